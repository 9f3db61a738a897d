-- Laboratory panels: observations of a concept of class LabSet without a value of their own; their members refer to them.
SELECT o.obs_id AS obs_id,
       o.person_id AS patient_id,
       o.encounter_id AS encounter_id,
       p.provider_id AS provider_id,
       CASE WHEN x.order_id IS NOT NULL THEN o.order_id END AS order_id,
       CASE WHEN o.voided = '1' THEN 'VOIDED' ELSE o.status END AS status,
       k.code AS code,
       k.source AS code_source,
       k.display AS code_display,
       COALESCE(n.name, CONCAT('OpenMRS concept ', o.concept_id)) AS concept,
       c.uuid AS concept_uuid,
       o.obs_datetime AS obs_datetime,
       o.accession_number AS accession_number,
       o.comments AS comments
  FROM obs o
  JOIN concept c ON c.concept_id = o.concept_id
  JOIN concept_class cc ON cc.concept_class_id = c.class_id
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
  LEFT JOIN (SELECT y.order_id
               FROM orders y
               JOIN order_type z ON z.order_type_id = y.order_type_id
               LEFT JOIN drug_order w ON w.order_id = y.order_id
              WHERE w.order_id IS NULL AND z.java_class_name <> 'org.openmrs.DrugOrder' AND y.order_action <> 'DISCONTINUE') x ON x.order_id = o.order_id
  LEFT JOIN (SELECT x.encounter_id, SUBSTR(MIN(CONCAT('0', SUBSTR(CONCAT('0000000000', x.encounter_provider_id), -10))), 2) AS encounter_provider_id
       FROM encounter_provider x
      WHERE x.voided = '0'
      GROUP BY x.encounter_id) bp ON bp.encounter_id = o.encounter_id
  LEFT JOIN encounter_provider p ON p.encounter_provider_id = bp.encounter_provider_id + 0
 WHERE cc.name = 'LabSet' AND o.value_numeric IS NULL AND o.value_coded IS NULL AND o.value_drug IS NULL
   AND o.value_datetime IS NULL AND NULLIF(TRIM(o.value_text), '') IS NULL AND NULLIF(TRIM(o.value_complex), '') IS NULL
