-- Requests for a consultation, with the service and the specialist by name.
SELECT r.requestId AS request_id,
       r.demographicNo AS demographic_no,
       r.providerNo AS provider_no,
       r.status AS status,
       CASE r.urgency WHEN '1' THEN 'urgent' WHEN '2' THEN 'routine' END AS priority,
       r.urgency AS urgency,
       s.serviceDesc AS service,
       NULLIF(TRIM(CONCAT_WS(' ', NULLIF(TRIM(p.fName), ''), NULLIF(TRIM(p.lName), ''), NULLIF(TRIM(p.proLetters), ''))), '') AS specialist,
       r.reason AS reason,
       r.clinicalInfo AS clinical_info,
       r.concurrentProblems AS concurrent_problems,
       r.currentMeds AS current_meds,
       r.allergies AS allergies,
       CASE WHEN COALESCE(SUBSTR(r.referalDate, 1, 4), '0000') < '1800' THEN NULL ELSE SUBSTR(r.referalDate, 1, 10) END AS referred_on,
       CASE WHEN COALESCE(SUBSTR(r.appointmentDate, 1, 4), '0000') < '1800' THEN NULL
            WHEN r.appointmentTime IS NULL OR SUBSTR(r.appointmentTime, 1, 8) = '00:00:00' THEN SUBSTR(r.appointmentDate, 1, 10)
            ELSE CONCAT(SUBSTR(r.appointmentDate, 1, 10), ' ', SUBSTR(r.appointmentTime, 1, 8)) END AS appointment_at,
       r.statusText AS status_text,
       r.appointmentInstructions AS instructions,
       r.followUpDate AS follow_up
FROM consultationRequests r
LEFT JOIN consultationServices s ON s.serviceId = r.serviceId
LEFT JOIN professionalSpecialists p ON p.specId = r.specId
