-- Diagnoses written as groups of observations (before Platform 2.2, and by Bahmni until today). The group's concept and its members
-- are told by their mappings to the source org.openmrs.module.emrapi; Bahmni's two additions by their names.
SELECT o.obs_id AS obs_id,
       o.person_id AS patient_id,
       o.encounter_id AS encounter_id,
       p.provider_id AS provider_id,
       CASE
         WHEN o.voided = '1' THEN 'entered-in-error'
         WHEN sn.name LIKE 'ruled out%' THEN 'refuted'
         WHEN tr.role = 'confirmed' OR LOWER(tn.name) = 'confirmed' THEN 'confirmed'
         WHEN tr.role = 'presumed' OR LOWER(tn.name) = 'presumed' THEN 'provisional'
         ELSE 'unconfirmed'
       END AS verification,
       CASE
         WHEN sn.name LIKE 'ruled out%' OR sn.name LIKE 'inactive%' OR LOWER(vn.name) IN ('true', 'yes') THEN 'inactive'
         WHEN sn.name LIKE 'cured%' THEN 'resolved'
       END AS clinical_status,
       k.code AS code,
       k.source AS code_source,
       k.display AS code_display,
       COALESCE(cn.name, n.name, m.diagnosis_text, CASE WHEN m.diagnosis IS NOT NULL THEN CONCAT('OpenMRS concept ', m.diagnosis) END) AS diagnosis,
       c.uuid AS concept_uuid,
       rn.name AS diagnosis_order,
       o.obs_datetime AS obs_datetime,
       o.comments AS comments
  FROM obs o
  JOIN (SELECT m.concept_id, MIN(CASE LOWER(s.name)
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
  LEFT JOIN (SELECT b.obs_group_id + 0 AS obs_group_id,
                    MAX(CASE WHEN br.role = 'diagnosis-coded' THEN b.value_coded + 0 END) AS diagnosis,
                    MAX(CASE WHEN br.role = 'diagnosis-coded' THEN b.value_coded_name_id + 0 END) AS diagnosis_name,
                    MAX(CASE WHEN br.role = 'diagnosis-text' THEN NULLIF(TRIM(b.value_text), '') END) AS diagnosis_text,
                    MAX(CASE WHEN br.role = 'diagnosis-certainty' THEN b.value_coded + 0 END) AS certainty,
                    MAX(CASE WHEN br.role = 'diagnosis-order' THEN b.value_coded + 0 END) AS diagnosis_order,
                    MAX(CASE WHEN LOWER(bn.name) = 'bahmni diagnosis status' THEN b.value_coded + 0 END) AS state,
                    MAX(CASE WHEN LOWER(bn.name) = 'bahmni diagnosis revised' THEN b.value_coded + 0 END) AS revised
               FROM obs b
               JOIN obs a ON a.obs_id = b.obs_group_id
               JOIN (SELECT m.concept_id, MIN(CASE LOWER(s.name)
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
                   GROUP BY m.concept_id) ar ON ar.concept_id = a.concept_id
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
                   GROUP BY m.concept_id) br ON br.concept_id = b.concept_id
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
                   GROUP BY w.concept_id) bn ON bn.concept_id = b.concept_id
              WHERE ar.role = 'diagnosis-set' AND (b.voided = '0' OR a.voided = '1')
              GROUP BY b.obs_group_id + 0) m ON m.obs_group_id = o.obs_id
  LEFT JOIN concept c ON c.concept_id = m.diagnosis
  LEFT JOIN concept_name cn ON cn.concept_name_id = m.diagnosis_name
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
      GROUP BY w.concept_id) n ON n.concept_id = m.diagnosis
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
       JOIN concept_reference_source s ON s.concept_source_id = t.concept_source_id) k ON k.concept_id = m.diagnosis
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
      GROUP BY w.concept_id) tn ON tn.concept_id = m.certainty
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
      GROUP BY m.concept_id) tr ON tr.concept_id = m.certainty
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
      GROUP BY w.concept_id) rn ON rn.concept_id = m.diagnosis_order
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
      GROUP BY w.concept_id) sn ON sn.concept_id = m.state
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
      GROUP BY w.concept_id) vn ON vn.concept_id = m.revised
  LEFT JOIN (SELECT x.encounter_id, SUBSTR(MIN(CONCAT('0', SUBSTR(CONCAT('0000000000', x.encounter_provider_id), -10))), 2) AS encounter_provider_id
       FROM encounter_provider x
      WHERE x.voided = '0'
      GROUP BY x.encounter_id) bp ON bp.encounter_id = o.encounter_id
  LEFT JOIN encounter_provider p ON p.encounter_provider_id = bp.encounter_provider_id + 0
 WHERE r.role = 'diagnosis-set' AND (m.diagnosis IS NOT NULL OR m.diagnosis_text IS NOT NULL)
