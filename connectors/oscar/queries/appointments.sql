-- Appointments of patients (blocks of the day sheet have none). The letter of the status is told by its code point, since h
-- (confirmed) and H (here) are two; a second letter only says signed or verified. Small letters a to f are the site's own.
SELECT a.appointment_no AS appointment_no,
       a.demographic_no AS demographic_no,
       a.provider_no AS provider_no,
       CASE WHEN SUBSTR(a.appointment_date, 1, 4) > '1800' THEN CONCAT(SUBSTR(a.appointment_date, 1, 10), ' ', SUBSTR(a.start_time, 1, 8)) END AS start_at,
       CASE WHEN SUBSTR(a.appointment_date, 1, 4) > '1800' AND SUBSTR(a.end_time, 1, 8) > SUBSTR(a.start_time, 1, 8)
                 THEN CONCAT(SUBSTR(a.appointment_date, 1, 10), ' ', SUBSTR(a.end_time, 1, 8)) END AS end_at,
       CASE HEX(SUBSTR(a.status, 1, 1))
            WHEN '74' THEN 'to do' WHEN '54' THEN 'day sheet printed' WHEN '68' THEN 'confirmed' WHEN '48' THEN 'here'
            WHEN '50' THEN 'picked' WHEN '45' THEN 'empty room' WHEN '4E' THEN 'no show' WHEN '43' THEN 'cancelled'
            WHEN '42' THEN 'billed' WHEN '44' THEN 'deleted' END AS state,
       a.status AS status,
       s.description AS status_name,
       a.type AS type,
       a.reason AS reason,
       a.notes AS notes,
       a.remarks AS remarks,
       a.location AS location,
       a.resources AS resources,
       a.urgency AS urgency,
       a.createdatetime AS created_at
FROM appointment a
LEFT JOIN (SELECT HEX(status) AS letter, MIN(description) AS description FROM appointment_status GROUP BY HEX(status)) s
       ON s.letter = HEX(SUBSTR(a.status, 1, 1))
WHERE a.demographic_no IS NOT NULL AND a.demographic_no <> '0'
