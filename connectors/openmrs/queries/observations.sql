-- Every observation, but for those that are told as something else: laboratory panels (lab-panels), diagnoses written as groups of
-- observations (obs-diagnoses), vaccinations written so (immunizations). `kind` says where the value stands.
SELECT o.obs_id AS obs_id,
       o.person_id AS patient_id,
       o.encounter_id AS encounter_id,
       p.provider_id AS provider_id,
       CASE WHEN x.order_id IS NOT NULL THEN o.order_id END AS order_id,
       CASE WHEN g.obs_id IS NOT NULL AND gc.name = 'LabSet' THEN o.obs_group_id END AS panel_obs_id,
       CASE
         WHEN r.role = 'note' AND NULLIF(TRIM(o.value_text), '') IS NOT NULL THEN 'note'
         WHEN NULLIF(TRIM(o.value_complex), '') IS NOT NULL THEN 'complex'
         WHEN o.value_coded IS NOT NULL OR o.value_drug IS NOT NULL THEN 'coded'
         WHEN o.value_numeric IS NOT NULL AND COALESCE(dt.name, '') <> 'Boolean' THEN 'numeric'
         WHEN o.value_numeric IS NOT NULL THEN 'text'
         WHEN o.value_datetime IS NOT NULL AND dt.name = 'Time' THEN 'text'
         WHEN o.value_datetime IS NOT NULL THEN 'date'
         WHEN NULLIF(TRIM(o.value_text), '') IS NOT NULL THEN 'text'
         ELSE 'empty'
       END AS kind,
       CASE WHEN o.voided = '1' THEN 'VOIDED' ELSE o.status END AS status,
       CASE
         WHEN r.role = 'vital' THEN 'vital-signs'
         WHEN cc.name IN ('Test', 'LabSet') THEN 'laboratory'
         WHEN cc.name IN ('Radiology/Imaging Procedure', 'Radiology') THEN 'imaging'
         WHEN cc.name IN ('Finding', 'Symptom', 'Symptom/Finding') THEN 'exam'
       END AS category,
       k.code AS code,
       k.source AS code_source,
       k.display AS code_display,
       COALESCE(n.name, CONCAT('OpenMRS concept ', o.concept_id)) AS concept,
       c.uuid AS concept_uuid,
       o.obs_datetime AS obs_datetime,
       CASE WHEN o.value_numeric IS NOT NULL THEN CONCAT(COALESCE(o.value_modifier, ''), o.value_numeric) END AS number,
       CASE WHEN o.value_numeric IS NOT NULL THEN u.units END AS units,
       CASE WHEN o.value_numeric IS NOT NULL THEN u.low_normal END AS low_normal,
       CASE WHEN o.value_numeric IS NOT NULL THEN u.hi_normal END AS hi_normal,
       CASE WHEN o.value_drug IS NULL THEN ak.code END AS answer_code,
       CASE WHEN o.value_drug IS NULL THEN ak.source END AS answer_source,
       CASE WHEN o.value_drug IS NULL THEN ak.display END AS answer_display,
       CASE WHEN o.value_coded IS NOT NULL OR o.value_drug IS NOT NULL
            THEN COALESCE(d.name, vn.name, an.name, CONCAT('OpenMRS concept ', o.value_coded)) END AS answer,
       CASE
         WHEN o.value_numeric IS NOT NULL AND dt.name = 'Boolean' THEN CASE WHEN o.value_numeric = '1' THEN 'true' WHEN o.value_numeric = '0' THEN 'false' ELSE o.value_numeric END
         WHEN o.value_datetime IS NOT NULL AND dt.name = 'Time' THEN SUBSTR(o.value_datetime, 12, 8)
         ELSE NULLIF(TRIM(o.value_text), '')
       END AS text_value,
       CASE
         WHEN dt.name = 'Date' THEN SUBSTR(o.value_datetime, 1, 10)
         WHEN COALESCE(dt.name, '') <> 'Time' THEN SUBSTR(o.value_datetime, 1, 19)
       END AS date_value,
       CASE WHEN INSTR(o.value_complex, '|') > 0 THEN SUBSTR(o.value_complex, 1, INSTR(o.value_complex, '|') - 1) ELSE o.value_complex END AS file_title,
       CASE WHEN INSTR(o.value_complex, '|') > 0 THEN SUBSTR(o.value_complex, INSTR(o.value_complex, '|') + 1) END AS file_name,
       o.interpretation AS interpretation,
       o.accession_number AS accession_number,
       o.comments AS comments,
       o.obs_group_id AS obs_group_id
  FROM obs o
  LEFT JOIN concept c ON c.concept_id = o.concept_id
  LEFT JOIN concept_class cc ON cc.concept_class_id = c.class_id
  LEFT JOIN concept_datatype dt ON dt.concept_datatype_id = c.datatype_id
  LEFT JOIN concept_numeric u ON u.concept_id = o.concept_id
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
  LEFT JOIN (SELECT m.concept_id, MIN(CASE LOWER(s.name)
                WHEN 'ciel' THEN CASE t.code
                  WHEN '1421' THEN 'immunization-set'
                  WHEN '984' THEN 'vaccine'
                  WHEN '1410' THEN 'vaccine-date'
                  WHEN '1418' THEN 'vaccine-dose'
                  WHEN '1419' THEN 'vaccine-maker'
                  WHEN '1420' THEN 'vaccine-lot'
                  WHEN '165907' THEN 'vaccine-expiry'
                  WHEN '161011' THEN 'vaccine-note'
                  WHEN '162169' THEN 'note'
                  WHEN '5085' THEN 'vital' WHEN '5086' THEN 'vital' WHEN '5087' THEN 'vital' WHEN '5088' THEN 'vital'
                  WHEN '5089' THEN 'vital' WHEN '5090' THEN 'vital' WHEN '5092' THEN 'vital' WHEN '5242' THEN 'vital'
                  WHEN '1342' THEN 'vital' WHEN '1343' THEN 'vital' WHEN '5314' THEN 'vital'
                END
                WHEN 'loinc' THEN CASE t.code
                  WHEN '8480-6' THEN 'vital' WHEN '8462-4' THEN 'vital' WHEN '8867-4' THEN 'vital' WHEN '8310-5' THEN 'vital'
                  WHEN '3141-9' THEN 'vital' WHEN '29463-7' THEN 'vital' WHEN '8302-2' THEN 'vital' WHEN '9279-1' THEN 'vital'
                  WHEN '59408-5' THEN 'vital' WHEN '2708-6' THEN 'vital' WHEN '39156-5' THEN 'vital' WHEN '8287-5' THEN 'vital'
                END
                WHEN 'org.openmrs.module.emrapi' THEN CASE LOWER(t.code)
                  WHEN 'diagnosis concept set' THEN 'diagnosis-set'
                  WHEN 'coded diagnosis' THEN 'diagnosis-coded'
                  WHEN 'non-coded diagnosis' THEN 'diagnosis-text'
                  WHEN 'diagnosis certainty' THEN 'diagnosis-certainty'
                  WHEN 'diagnosis order' THEN 'diagnosis-order'
                  WHEN 'confirmed' THEN 'confirmed'
                  WHEN 'presumed' THEN 'presumed'
                  WHEN 'consult free text comments' THEN 'note'
                END
              END) AS role
       FROM concept_reference_map m
       JOIN concept_map_type y ON y.concept_map_type_id = m.concept_map_type_id
       JOIN concept_reference_term t ON t.concept_reference_term_id = m.concept_reference_term_id
       JOIN concept_reference_source s ON s.concept_source_id = t.concept_source_id
      WHERE LOWER(y.name) = 'same-as'
      GROUP BY m.concept_id) r ON r.concept_id = o.concept_id
  LEFT JOIN obs g ON g.obs_id = o.obs_group_id
  LEFT JOIN concept gt ON gt.concept_id = g.concept_id
  LEFT JOIN concept_class gc ON gc.concept_class_id = gt.class_id
  LEFT JOIN (SELECT m.concept_id, MIN(CASE LOWER(s.name)
                WHEN 'ciel' THEN CASE t.code
                  WHEN '1421' THEN 'immunization-set'
                  WHEN '984' THEN 'vaccine'
                  WHEN '1410' THEN 'vaccine-date'
                  WHEN '1418' THEN 'vaccine-dose'
                  WHEN '1419' THEN 'vaccine-maker'
                  WHEN '1420' THEN 'vaccine-lot'
                  WHEN '165907' THEN 'vaccine-expiry'
                  WHEN '161011' THEN 'vaccine-note'
                  WHEN '162169' THEN 'note'
                  WHEN '5085' THEN 'vital' WHEN '5086' THEN 'vital' WHEN '5087' THEN 'vital' WHEN '5088' THEN 'vital'
                  WHEN '5089' THEN 'vital' WHEN '5090' THEN 'vital' WHEN '5092' THEN 'vital' WHEN '5242' THEN 'vital'
                  WHEN '1342' THEN 'vital' WHEN '1343' THEN 'vital' WHEN '5314' THEN 'vital'
                END
                WHEN 'loinc' THEN CASE t.code
                  WHEN '8480-6' THEN 'vital' WHEN '8462-4' THEN 'vital' WHEN '8867-4' THEN 'vital' WHEN '8310-5' THEN 'vital'
                  WHEN '3141-9' THEN 'vital' WHEN '29463-7' THEN 'vital' WHEN '8302-2' THEN 'vital' WHEN '9279-1' THEN 'vital'
                  WHEN '59408-5' THEN 'vital' WHEN '2708-6' THEN 'vital' WHEN '39156-5' THEN 'vital' WHEN '8287-5' THEN 'vital'
                END
                WHEN 'org.openmrs.module.emrapi' THEN CASE LOWER(t.code)
                  WHEN 'diagnosis concept set' THEN 'diagnosis-set'
                  WHEN 'coded diagnosis' THEN 'diagnosis-coded'
                  WHEN 'non-coded diagnosis' THEN 'diagnosis-text'
                  WHEN 'diagnosis certainty' THEN 'diagnosis-certainty'
                  WHEN 'diagnosis order' THEN 'diagnosis-order'
                  WHEN 'confirmed' THEN 'confirmed'
                  WHEN 'presumed' THEN 'presumed'
                  WHEN 'consult free text comments' THEN 'note'
                END
              END) AS role
       FROM concept_reference_map m
       JOIN concept_map_type y ON y.concept_map_type_id = m.concept_map_type_id
       JOIN concept_reference_term t ON t.concept_reference_term_id = m.concept_reference_term_id
       JOIN concept_reference_source s ON s.concept_source_id = t.concept_source_id
      WHERE LOWER(y.name) = 'same-as'
      GROUP BY m.concept_id) gr ON gr.concept_id = g.concept_id
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
      GROUP BY w.concept_id) an ON an.concept_id = o.value_coded
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
       JOIN concept_reference_source s ON s.concept_source_id = t.concept_source_id) ak ON ak.concept_id = o.value_coded
  LEFT JOIN concept_name vn ON vn.concept_name_id = o.value_coded_name_id
  LEFT JOIN drug d ON d.drug_id = o.value_drug
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
 WHERE COALESCE(r.role, '') NOT IN ('diagnosis-set', 'immunization-set')
   AND NOT (COALESCE(gr.role, '') = 'diagnosis-set' AND COALESCE(r.role, '') IN ('diagnosis-coded', 'diagnosis-text', 'diagnosis-certainty', 'diagnosis-order'))
   AND NOT (COALESCE(gr.role, '') = 'diagnosis-set' AND LOWER(COALESCE(n.name, '')) IN ('bahmni diagnosis status', 'bahmni diagnosis revised', 'bahmni initial diagnosis'))
   AND NOT (COALESCE(gr.role, '') = 'immunization-set' AND COALESCE(r.role, '') IN ('vaccine', 'vaccine-date', 'vaccine-dose', 'vaccine-maker', 'vaccine-lot', 'vaccine-expiry', 'vaccine-note'))
   AND NOT (COALESCE(cc.name, '') = 'LabSet' AND o.value_numeric IS NULL AND o.value_coded IS NULL AND o.value_drug IS NULL
            AND o.value_datetime IS NULL AND NULLIF(TRIM(o.value_text), '') IS NULL AND NULLIF(TRIM(o.value_complex), '') IS NULL)
