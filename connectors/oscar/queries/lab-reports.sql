-- Electronic laboratory reports: what OSCAR wrote about each message. Only those that are filed to exactly one patient.
SELECT i.lab_no AS lab_no,
       r.demographic_no AS demographic_no,
       i.report_status AS report_status,
       i.result_status AS result_status,
       i.discipline AS discipline,
       COALESCE(NULLIF(TRIM(i.label), ''), NULLIF(TRIM(i.discipline), ''), 'Laboratory report') AS title,
       NULLIF(TRIM(i.obr_date), '') AS taken_at,
       h.created AS received_at,
       i.accessionNum AS accession,
       i.filler_order_num AS filler_order,
       i.requesting_client AS requesting_client,
       i.sending_facility AS sending_facility,
       i.final_result_count AS final_result_count,
       h.type AS lab_format
FROM hl7TextInfo i
JOIN (SELECT lab_no, MIN(demographic_no) AS demographic_no FROM patientLabRouting
      WHERE lab_type = 'HL7' AND demographic_no <> '0'
      GROUP BY lab_no HAVING COUNT(DISTINCT demographic_no) = 1) r ON r.lab_no = i.lab_no
LEFT JOIN hl7TextMessage h ON h.lab_id = i.lab_no
