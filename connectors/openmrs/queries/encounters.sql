-- Encounters with their type and first provider. The class is that of their visit's type, where it says one.
SELECT e.encounter_id AS encounter_id,
       e.patient_id AS patient_id,
       e.location_id AS location_id,
       p.provider_id AS provider_id,
       CASE WHEN e.voided = '1' THEN 'entered-in-error' ELSE 'finished' END AS status,
       CASE
         WHEN LOWER(w.name) IN ('home visit') THEN 'HH'
         WHEN LOWER(w.name) IN ('inpatient', 'inpatient visit', 'ipd', 'hospitalization') THEN 'IMP'
         WHEN LOWER(w.name) IN ('emergency', 'emergency visit') THEN 'EMER'
         WHEN LOWER(w.name) IN ('facility visit', 'outpatient', 'outpatient visit', 'opd', 'opd visit', 'clinic or hospital visit', 'clinic visit', 'clinic') THEN 'AMB'
         WHEN LOWER(w.name) IN ('virtual', 'virtual visit', 'teleconsultation', 'telehealth') THEN 'VR'
       END AS class,
       y.name AS encounter_type,
       y.uuid AS encounter_type_uuid,
       e.encounter_datetime AS encounter_datetime,
       e.visit_id AS visit_id
  FROM encounter e
  LEFT JOIN encounter_type y ON y.encounter_type_id = e.encounter_type
  LEFT JOIN visit v ON v.visit_id = e.visit_id
  LEFT JOIN visit_type w ON w.visit_type_id = v.visit_type_id
  LEFT JOIN (SELECT x.encounter_id, SUBSTR(MIN(CONCAT('0', SUBSTR(CONCAT('0000000000', x.encounter_provider_id), -10))), 2) AS encounter_provider_id
       FROM encounter_provider x
      WHERE x.voided = '0'
      GROUP BY x.encounter_id) bp ON bp.encounter_id = e.encounter_id
  LEFT JOIN encounter_provider p ON p.encounter_provider_id = bp.encounter_provider_id + 0
