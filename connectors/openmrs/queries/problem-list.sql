-- The problem list. A condition that a later one names as its previous version, or that ended, is not active, whatever its status says.
SELECT o.condition_id AS condition_id,
       o.patient_id AS patient_id,
       o.encounter_id AS encounter_id,
       CASE
         WHEN o.voided = '1' THEN NULL
         WHEN o.clinical_status IN ('ACTIVE', 'RECURRENCE', 'RELAPSE') AND (x.previous_version IS NOT NULL OR SUBSTR(o.end_date, 1, 4) > '0000') THEN 'INACTIVE'
         ELSE o.clinical_status
       END AS clinical_status,
       CASE WHEN o.voided = '1' THEN 'VOIDED' ELSE COALESCE(NULLIF(o.verification_status, ''), 'UNKNOWN') END AS verification_status,
       k.code AS code,
       k.source AS code_source,
       k.display AS code_display,
       COALESCE(NULLIF(TRIM(o.condition_non_coded), ''), cn.name, n.name, CONCAT('OpenMRS concept ', o.condition_coded)) AS condition_text,
       c.uuid AS concept_uuid,
       o.onset_date AS onset_date,
       o.end_date AS end_date,
       o.date_created AS date_created,
       NULLIF(CONCAT_WS('; ', NULLIF(TRIM(o.additional_detail), ''),
         CASE WHEN o.voided = '1' AND NULLIF(TRIM(o.void_reason), '') IS NOT NULL THEN CONCAT('deleted: ', o.void_reason) END), '') AS note
  FROM conditions o
  LEFT JOIN concept c ON c.concept_id = o.condition_coded
  LEFT JOIN concept_name cn ON cn.concept_name_id = o.condition_coded_name
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
      GROUP BY w.concept_id) n ON n.concept_id = o.condition_coded
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
       JOIN concept_reference_source s ON s.concept_source_id = t.concept_source_id) k ON k.concept_id = o.condition_coded
  LEFT JOIN (SELECT z.previous_version FROM conditions z WHERE z.voided = '0' AND z.previous_version IS NOT NULL GROUP BY z.previous_version) x
    ON x.previous_version = o.condition_id
