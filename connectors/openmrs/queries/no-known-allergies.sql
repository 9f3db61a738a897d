-- Patients with the status `No known allergies` and no allergy that stands: where both are there, the allergy counts.
SELECT p.patient_id AS patient_id,
       p.allergy_status AS allergy_status,
       COALESCE(p.date_changed, p.date_created) AS recorded
  FROM patient p
  LEFT JOIN (SELECT a.patient_id, COUNT(*) AS allergies FROM allergy a WHERE a.voided = '0' GROUP BY a.patient_id) x ON x.patient_id = p.patient_id
 WHERE p.voided = '0' AND LOWER(TRIM(p.allergy_status)) = 'no known allergies' AND x.allergies IS NULL
