-- Result lines of the old CML laboratory files: line C is a result, line D a text. Only reports filed to exactly one patient.
SELECT t.id AS id,
       r.demographic_no AS demographic_no,
       i.id AS report_id,
       t.line_type AS line_type,
       t.title AS title,
       COALESCE(NULLIF(TRIM(t.test_name), ''), NULLIF(TRIM(t.title), '')) AS test_name,
       CASE WHEN t.line_type = 'D' THEN t.description ELSE t.result END AS result,
       t.units AS units,
       t.minimum AS minimum,
       t.maximum AS maximum,
       t.abn AS abn,
       CASE WHEN t.line_type = 'D' THEN NULL ELSE NULLIF(TRIM(t.description), '') END AS remark,
       i.lab_status AS lab_status,
       COALESCE(NULLIF(TRIM(i.collection_date), ''), NULLIF(TRIM(i.service_date), '')) AS taken_on,
       i.accession_num AS accession_num,
       i.doc_name AS doc_name
FROM labTestResults t
JOIN labPatientPhysicianInfo i ON i.id = t.labPatientPhysicianInfo_id
JOIN (SELECT lab_no, MIN(demographic_no) AS demographic_no FROM patientLabRouting
      WHERE lab_type = 'CML' AND demographic_no <> '0'
      GROUP BY lab_no HAVING COUNT(DISTINCT demographic_no) = 1) r ON r.lab_no = i.id
WHERE COALESCE(TRIM(t.result), '') <> '' OR COALESCE(TRIM(t.description), '') <> ''
