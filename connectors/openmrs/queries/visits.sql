-- Visits: the stay or attendance that holds encounters. Class by the name of the visit type, where that says one.
SELECT v.visit_id AS visit_id,
       v.patient_id AS patient_id,
       v.location_id AS location_id,
       CASE WHEN v.voided = '1' THEN 'entered-in-error' WHEN SUBSTR(v.date_stopped, 1, 4) > '0000' THEN 'finished' ELSE 'in-progress' END AS status,
       CASE
         WHEN LOWER(y.name) IN ('home visit') THEN 'HH'
         WHEN LOWER(y.name) IN ('inpatient', 'inpatient visit', 'ipd', 'hospitalization') THEN 'IMP'
         WHEN LOWER(y.name) IN ('emergency', 'emergency visit') THEN 'EMER'
         WHEN LOWER(y.name) IN ('facility visit', 'outpatient', 'outpatient visit', 'opd', 'opd visit', 'clinic or hospital visit', 'clinic visit', 'clinic') THEN 'AMB'
         WHEN LOWER(y.name) IN ('virtual', 'virtual visit', 'teleconsultation', 'telehealth') THEN 'VR'
       END AS class,
       y.name AS visit_type,
       y.uuid AS visit_type_uuid,
       v.date_started AS date_started,
       v.date_stopped AS date_stopped,
       rk.code AS indication_code,
       rk.source AS indication_source,
       rk.display AS indication_display,
       rn.name AS indication
  FROM visit v
  LEFT JOIN visit_type y ON y.visit_type_id = v.visit_type_id
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
      GROUP BY w.concept_id) rn ON rn.concept_id = v.indication_concept_id
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
       JOIN concept_reference_source s ON s.concept_source_id = t.concept_source_id) rk ON rk.concept_id = v.indication_concept_id
