-- Dispensings (Platform 2.6 on).
SELECT m.medication_dispense_id AS medication_dispense_id,
       m.patient_id AS patient_id,
       m.drug_order_id AS drug_order_id,
       CASE
         WHEN m.voided = '1' THEN 'entered-in-error'
         ELSE LOWER(COALESCE(st.code, sn.name))
       END AS status,
       CASE WHEN m.drug_id IS NULL THEN k.code END AS code,
       CASE WHEN m.drug_id IS NULL THEN k.source END AS code_source,
       CASE WHEN m.drug_id IS NULL THEN k.display END AS code_display,
       COALESCE(NULLIF(CONCAT_WS(' ', d.name, CASE WHEN INSTR(LOWER(d.name), LOWER(d.strength)) > 0 THEN NULL ELSE NULLIF(TRIM(d.strength), '') END), ''),
                n.name, CONCAT('OpenMRS concept ', m.concept)) AS drug,
       COALESCE(d.uuid, c.uuid) AS drug_uuid,
       m.date_prepared AS date_prepared,
       m.date_handed_over AS date_handed_over,
       m.quantity AS quantity,
       qn.name AS quantity_unit,
       l.name AS location,
       NULLIF(TRIM(m.dosing_instructions), '') AS note
  FROM medication_dispense m
  LEFT JOIN drug d ON d.drug_id = m.drug_id
  LEFT JOIN concept c ON c.concept_id = m.concept
  LEFT JOIN location l ON l.location_id = m.location_id
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
      GROUP BY w.concept_id) n ON n.concept_id = m.concept
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
       JOIN concept_reference_source s ON s.concept_source_id = t.concept_source_id) k ON k.concept_id = m.concept
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
      GROUP BY w.concept_id) sn ON sn.concept_id = m.status
  LEFT JOIN (SELECT q.concept_id, MIN(t.code) AS code
               FROM concept_reference_map q
               JOIN concept_reference_term t ON t.concept_reference_term_id = q.concept_reference_term_id
               JOIN concept_reference_source s ON s.concept_source_id = t.concept_source_id
              WHERE LOWER(s.name) LIKE '%medicationdispense-status%' OR LOWER(s.name) LIKE '%medication dispense status%'
              GROUP BY q.concept_id) st ON st.concept_id = m.status
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
      GROUP BY w.concept_id) qn ON qn.concept_id = m.quantity_units
