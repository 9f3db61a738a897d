-- Drug orders. An order that stops another (order_action DISCONTINUE) is no prescription: it gives its date and reason to the order it
-- stops. `clock.made` is the youngest date_created of encounters and orders: an order that expired before it is completed.
-- That is OpenMRS's own word of what is active; what the pharmacy did with the order (fulfiller_status) stands in the note.
-- The code of a drug is that of its own mapping (drug_reference_map) or, without a drug, of its concept.
SELECT o.order_id AS order_id,
       o.patient_id AS patient_id,
       o.encounter_id AS encounter_id,
       o.orderer AS provider_id,
       o.order_number AS order_number,
       CASE
         WHEN o.voided = '1' THEN 'entered-in-error'
         WHEN SUBSTR(o.date_stopped, 1, 4) > '0000' OR stop.stopped IS NOT NULL THEN 'stopped'
         WHEN SUBSTR(o.auto_expire_date, 1, 4) > '0000' AND o.auto_expire_date < clock.made THEN 'completed'
         ELSE 'active'
       END AS status,
       stop.reason AS stop_reason,
       CASE WHEN d.drug_id IS NOT NULL THEN dt.code WHEN NULLIF(TRIM(w.drug_non_coded), '') IS NULL THEN k.code END AS code,
       CASE WHEN d.drug_id IS NOT NULL THEN ds.name WHEN NULLIF(TRIM(w.drug_non_coded), '') IS NULL THEN k.source END AS code_source,
       CASE WHEN d.drug_id IS NOT NULL THEN dt.name WHEN NULLIF(TRIM(w.drug_non_coded), '') IS NULL THEN k.display END AS code_display,
       COALESCE(NULLIF(CONCAT_WS(' ', d.name, CASE WHEN INSTR(LOWER(d.name), LOWER(d.strength)) > 0 THEN NULL ELSE NULLIF(TRIM(d.strength), '') END), ''),
                NULLIF(TRIM(w.drug_non_coded), ''), n.name, CONCAT('OpenMRS concept ', o.concept_id)) AS drug,
       COALESCE(d.uuid, c.uuid) AS drug_uuid,
       COALESCE(o.date_activated, o.date_created) AS ordered,
       CASE WHEN o.urgency = 'ON_SCHEDULED_DATE' THEN COALESCE(o.scheduled_date, o.date_activated) ELSE o.date_activated END AS start_date,
       CASE
         WHEN SUBSTR(o.date_stopped, 1, 4) > '0000' THEN o.date_stopped
         WHEN stop.stopped IS NOT NULL THEN stop.stopped
         WHEN SUBSTR(o.auto_expire_date, 1, 4) > '0000' THEN o.auto_expire_date
       END AS end_date,
       w.dose AS dose,
       un.name AS dose_unit,
       rn.name AS route,
       f.frequency_per_day AS frequency_per_day,
       CASE WHEN f.frequency_per_day IS NOT NULL THEN 'd' END AS frequency_unit,
       NULLIF(CONCAT_WS(', ',
         NULLIF(CONCAT_WS(' ', w.dose, un.name), ''),
         rn.name,
         fn.name,
         CASE WHEN w.as_needed = '1' THEN CONCAT_WS(' ', 'as needed', NULLIF(TRIM(w.as_needed_condition), '')) END,
         CASE WHEN w.duration IS NOT NULL THEN CONCAT_WS(' ', 'for', w.duration, ln.name) END,
         NULLIF(TRIM(w.dosing_instructions), '')), '') AS dosage,
       CASE
         WHEN LOWER(ln.name) IN ('day(s)', 'days', 'day') THEN w.duration + 0
         WHEN LOWER(ln.name) IN ('week(s)', 'weeks', 'week') THEN w.duration * 7
       END AS days,
       w.quantity AS quantity,
       qn.name AS quantity_unit,
       w.num_refills AS refills,
       w.dispense_as_written AS dispense_as_written,
       jk.code AS reason_code,
       jk.source AS reason_source,
       jk.display AS reason_display,
       COALESCE(NULLIF(TRIM(o.order_reason_non_coded), ''), jn.name) AS reason,
       NULLIF(CONCAT_WS('; ', NULLIF(TRIM(o.instructions), ''), NULLIF(TRIM(o.comment_to_fulfiller), ''), NULLIF(TRIM(o.fulfiller_comment), ''),
                        CASE WHEN NULLIF(o.fulfiller_status, '') IS NOT NULL THEN CONCAT('pharmacy: ', LOWER(o.fulfiller_status)) END,
                        CASE WHEN NULLIF(TRIM(w.brand_name), '') IS NOT NULL THEN CONCAT('brand: ', TRIM(w.brand_name)) END), '') AS note
  FROM orders o
  JOIN order_type y ON y.order_type_id = o.order_type_id
  LEFT JOIN drug_order w ON w.order_id = o.order_id
  LEFT JOIN drug d ON d.drug_id = w.drug_inventory_id
  LEFT JOIN (SELECT q.drug_id, SUBSTR(MIN(CONCAT(CASE LOWER(qs.name) WHEN 'rxnorm' THEN '0' WHEN 'snomed ct' THEN '1' WHEN 'snomed-ct' THEN '1' ELSE '2' END,
                                       SUBSTR(CONCAT('0000000000', q.drug_reference_map_id), -10))), 2) AS map_id
               FROM drug_reference_map q
               JOIN concept_map_type qy ON qy.concept_map_type_id = q.concept_map_type
               JOIN concept_reference_term qt ON qt.concept_reference_term_id = q.term_id
               JOIN concept_reference_source qs ON qs.concept_source_id = qt.concept_source_id
              WHERE q.retired = '0' AND LOWER(qy.name) = 'same-as' AND LOWER(qs.name) IN ('rxnorm', 'snomed ct', 'snomed-ct', 'ciel')
              GROUP BY q.drug_id) db ON db.drug_id = d.drug_id
  LEFT JOIN drug_reference_map dm ON dm.drug_reference_map_id = db.map_id + 0
  LEFT JOIN concept_reference_term dt ON dt.concept_reference_term_id = dm.term_id
  LEFT JOIN concept_reference_source ds ON ds.concept_source_id = dt.concept_source_id
  LEFT JOIN order_frequency f ON f.order_frequency_id = w.frequency
  LEFT JOIN concept c ON c.concept_id = o.concept_id
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
      GROUP BY w.concept_id) un ON un.concept_id = w.dose_units
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
      GROUP BY w.concept_id) rn ON rn.concept_id = w.route
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
      GROUP BY w.concept_id) fn ON fn.concept_id = f.concept_id
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
      GROUP BY w.concept_id) ln ON ln.concept_id = w.duration_units
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
      GROUP BY w.concept_id) qn ON qn.concept_id = w.quantity_units
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
 WHERE o.order_action <> 'DISCONTINUE' AND (w.order_id IS NOT NULL OR y.java_class_name = 'org.openmrs.DrugOrder')
