-- Appointments of the appointments module (Bahmni's, also part of the O3 distribution).
SELECT o.patient_appointment_id AS patient_appointment_id,
       o.patient_id AS patient_id,
       o.location_id AS location_id,
       COALESCE(p.provider_id, o.provider_id) AS provider_id,
       CASE WHEN o.voided = '1' THEN 'VOIDED' ELSE o.status END AS status,
       CONCAT_WS(', ', s.name, t.name) AS service,
       o.appointment_kind AS appointment_kind,
       o.start_date_time AS start_date_time,
       o.end_date_time AS end_date_time,
       COALESCE(o.date_appointment_scheduled, o.date_created) AS made,
       o.comments AS comments
  FROM patient_appointment o
  LEFT JOIN appointment_service s ON s.appointment_service_id = o.appointment_service_id
  LEFT JOIN appointment_service_type t ON t.appointment_service_type_id = o.appointment_service_type_id
  LEFT JOIN (SELECT x.patient_appointment_id, SUBSTR(MIN(CONCAT(CASE WHEN x.response = 'ACCEPTED' THEN '0' ELSE '1' END, SUBSTR(CONCAT('0000000000', x.patient_appointment_provider_id), -10))), 2) AS patient_appointment_provider_id
       FROM patient_appointment_provider x
      WHERE COALESCE(x.voided, '0') = '0' AND COALESCE(x.response, '') NOT IN ('REJECTED', 'CANCELLED')
      GROUP BY x.patient_appointment_id) bp ON bp.patient_appointment_id = o.patient_appointment_id
  LEFT JOIN patient_appointment_provider p ON p.patient_appointment_provider_id = bp.patient_appointment_provider_id + 0
