-- Orders that are no drug orders: tests, imaging, referrals. Orders that only stop another are left out, as with drugs.
SELECT o.order_id AS order_id,
       o.patient_id AS patient_id,
       o.encounter_id AS encounter_id,
       o.orderer AS provider_id,
       o.order_number AS order_number,
       CASE
         WHEN o.voided = '1' THEN 'entered-in-error'
         WHEN o.fulfiller_status = 'COMPLETED' THEN 'completed'
         WHEN SUBSTR(o.date_stopped, 1, 4) > '0000' OR stop.stopped IS NOT NULL THEN 'revoked'
         WHEN o.fulfiller_status = 'DECLINED' THEN 'revoked'
         WHEN SUBSTR(o.auto_expire_date, 1, 4) > '0000' AND o.auto_expire_date < clock.made THEN 'unknown'
         WHEN o.fulfiller_status = 'ON_HOLD' THEN 'on-hold'
         ELSE 'active'
       END AS status,
       CASE
         WHEN y.java_class_name LIKE '%ReferralOrder' THEN 'referral'
         WHEN cc.name IN ('Test', 'LabSet') THEN 'laboratory'
         WHEN cc.name IN ('Radiology/Imaging Procedure', 'Radiology') THEN 'imaging'
       END AS category,
       CASE WHEN o.urgency = 'STAT' THEN 'stat' ELSE 'routine' END AS priority,
       k.code AS code,
       k.source AS code_source,
       k.display AS code_display,
       COALESCE(n.name, CONCAT('OpenMRS concept ', o.concept_id)) AS concept,
       c.uuid AS concept_uuid,
       y.name AS order_type,
       COALESCE(o.date_activated, o.date_created) AS ordered,
       o.scheduled_date AS scheduled_date,
       jk.code AS reason_code,
       jk.source AS reason_source,
       jk.display AS reason_display,
       COALESCE(NULLIF(TRIM(o.order_reason_non_coded), ''), jn.name) AS reason,
       NULLIF(CONCAT_WS('; ', NULLIF(TRIM(o.instructions), ''), NULLIF(TRIM(w.clinical_history), ''), NULLIF(TRIM(o.comment_to_fulfiller), ''),
                        NULLIF(TRIM(o.fulfiller_comment), ''), stop.reason,
                        CASE WHEN sn.name IS NOT NULL THEN CONCAT('specimen: ', sn.name) END,
                        CASE WHEN NULLIF(w.laterality, '') IS NOT NULL THEN CONCAT('side: ', LOWER(w.laterality)) END), '') AS note
  FROM orders o
  JOIN order_type y ON y.order_type_id = o.order_type_id
  LEFT JOIN drug_order g ON g.order_id = o.order_id
  LEFT JOIN test_order w ON w.order_id = o.order_id
  LEFT JOIN concept c ON c.concept_id = o.concept_id
  LEFT JOIN concept_class cc ON cc.concept_class_id = c.class_id
  LEFT JOIN (SELECT w.concept_id, SUBSTR(MIN(CONCAT(
                CASE WHEN w.locale LIKE 'en%' THEN '0' ELSE '1' END,
                CASE
                  WHEN COALESCE(w.concept_name_type, '') = 'INDEX_TERM' THEN '4'
                  WHEN COALESCE(w.concept_name_type, '') = 'SHORT' THEN '3'
                  WHEN w.locale_preferred = '1' THEN '0'
                  WHEN w.concept_name_type = 'FULLY_SPECIFIED' THEN '1'
                  ELSE '2'
                END,
                SUBSTR(CONCAT('0000000000', w.concept_name_id), -10),
                w.name)), 13) AS name
       FROM concept_name w
      WHERE w.voided = '0'
      GROUP BY w.concept_id) n ON n.concept_id = o.concept_id
  LEFT JOIN (SELECT best.concept_id, t.code, t.name AS display, s.name AS source
       FROM (SELECT m.concept_id, SUBSTR(MIN(CONCAT(
                      CASE LOWER(s.name)
                        WHEN 'cvx' THEN '0'
                        WHEN 'rxnorm' THEN '1'
                        WHEN 'loinc' THEN '2'
                        WHEN 'snomed ct' THEN '3'
                        WHEN 'snomed-ct' THEN '3'
                        WHEN 'icd-10-who' THEN '4'
                        WHEN 'icd-10-cm' THEN '5'
                        ELSE '6'
                      END,
                      t.retired,
                      SUBSTR(CONCAT('0000000000', m.concept_map_id), -10))), 3) AS map_id
               FROM concept_reference_map m
               JOIN concept_map_type y ON y.concept_map_type_id = m.concept_map_type_id
               JOIN concept_reference_term t ON t.concept_reference_term_id = m.concept_reference_term_id
               JOIN concept_reference_source s ON s.concept_source_id = t.concept_source_id
              WHERE LOWER(y.name) = 'same-as'
                AND LOWER(s.name) IN ('cvx', 'rxnorm', 'loinc', 'snomed ct', 'snomed-ct', 'icd-10-who', 'icd-10-cm', 'ciel')
              GROUP BY m.concept_id) best
       JOIN concept_reference_map m ON m.concept_map_id = best.map_id + 0
       JOIN concept_reference_term t ON t.concept_reference_term_id = m.concept_reference_term_id
       JOIN concept_reference_source s ON s.concept_source_id = t.concept_source_id) k ON k.concept_id = o.concept_id
  LEFT JOIN (SELECT w.concept_id, SUBSTR(MIN(CONCAT(
                CASE WHEN w.locale LIKE 'en%' THEN '0' ELSE '1' END,
                CASE
                  WHEN COALESCE(w.concept_name_type, '') = 'INDEX_TERM' THEN '4'
                  WHEN COALESCE(w.concept_name_type, '') = 'SHORT' THEN '3'
                  WHEN w.locale_preferred = '1' THEN '0'
                  WHEN w.concept_name_type = 'FULLY_SPECIFIED' THEN '1'
                  ELSE '2'
                END,
                SUBSTR(CONCAT('0000000000', w.concept_name_id), -10),
                w.name)), 13) AS name
       FROM concept_name w
      WHERE w.voided = '0'
      GROUP BY w.concept_id) jn ON jn.concept_id = o.order_reason
  LEFT JOIN (SELECT best.concept_id, t.code, t.name AS display, s.name AS source
       FROM (SELECT m.concept_id, SUBSTR(MIN(CONCAT(
                      CASE LOWER(s.name)
                        WHEN 'cvx' THEN '0'
                        WHEN 'rxnorm' THEN '1'
                        WHEN 'loinc' THEN '2'
                        WHEN 'snomed ct' THEN '3'
                        WHEN 'snomed-ct' THEN '3'
                        WHEN 'icd-10-who' THEN '4'
                        WHEN 'icd-10-cm' THEN '5'
                        ELSE '6'
                      END,
                      t.retired,
                      SUBSTR(CONCAT('0000000000', m.concept_map_id), -10))), 3) AS map_id
               FROM concept_reference_map m
               JOIN concept_map_type y ON y.concept_map_type_id = m.concept_map_type_id
               JOIN concept_reference_term t ON t.concept_reference_term_id = m.concept_reference_term_id
               JOIN concept_reference_source s ON s.concept_source_id = t.concept_source_id
              WHERE LOWER(y.name) = 'same-as'
                AND LOWER(s.name) IN ('cvx', 'rxnorm', 'loinc', 'snomed ct', 'snomed-ct', 'icd-10-who', 'icd-10-cm', 'ciel')
              GROUP BY m.concept_id) best
       JOIN concept_reference_map m ON m.concept_map_id = best.map_id + 0
       JOIN concept_reference_term t ON t.concept_reference_term_id = m.concept_reference_term_id
       JOIN concept_reference_source s ON s.concept_source_id = t.concept_source_id) jk ON jk.concept_id = o.order_reason
  LEFT JOIN (SELECT w.concept_id, SUBSTR(MIN(CONCAT(
                CASE WHEN w.locale LIKE 'en%' THEN '0' ELSE '1' END,
                CASE
                  WHEN COALESCE(w.concept_name_type, '') = 'INDEX_TERM' THEN '4'
                  WHEN COALESCE(w.concept_name_type, '') = 'SHORT' THEN '3'
                  WHEN w.locale_preferred = '1' THEN '0'
                  WHEN w.concept_name_type = 'FULLY_SPECIFIED' THEN '1'
                  ELSE '2'
                END,
                SUBSTR(CONCAT('0000000000', w.concept_name_id), -10),
                w.name)), 13) AS name
       FROM concept_name w
      WHERE w.voided = '0'
      GROUP BY w.concept_id) sn ON sn.concept_id = w.specimen_source
  LEFT JOIN (SELECT z.previous_order_id + 0 AS previous_order_id, MIN(COALESCE(z.date_activated, z.date_created)) AS stopped,
                    MIN(CASE WHEN z.order_action = 'DISCONTINUE' THEN COALESCE(NULLIF(TRIM(z.order_reason_non_coded), ''), zn.name) END) AS reason
               FROM orders z
               LEFT JOIN (SELECT w.concept_id, SUBSTR(MIN(CONCAT(
                             CASE WHEN w.locale LIKE 'en%' THEN '0' ELSE '1' END,
                             CASE
                               WHEN COALESCE(w.concept_name_type, '') = 'INDEX_TERM' THEN '4'
                               WHEN COALESCE(w.concept_name_type, '') = 'SHORT' THEN '3'
                               WHEN w.locale_preferred = '1' THEN '0'
                               WHEN w.concept_name_type = 'FULLY_SPECIFIED' THEN '1'
                               ELSE '2'
                             END,
                             SUBSTR(CONCAT('0000000000', w.concept_name_id), -10),
                             w.name)), 13) AS name
                    FROM concept_name w
                   WHERE w.voided = '0'
                   GROUP BY w.concept_id) zn ON zn.concept_id = z.order_reason
              WHERE z.voided = '0' AND z.order_action IN ('DISCONTINUE', 'REVISE')
              GROUP BY z.previous_order_id + 0) stop ON stop.previous_order_id = o.order_id
  CROSS JOIN (SELECT MAX(l.made) AS made
              FROM (SELECT MAX(a.date_created) AS made FROM encounter a
                    UNION ALL
                    SELECT MAX(b.date_created) AS made FROM orders b) l) clock
 WHERE o.order_action <> 'DISCONTINUE' AND g.order_id IS NULL AND y.java_class_name <> 'org.openmrs.DrugOrder'
