-- Documents that are filed to a patient (ctl_document); the files lie in a folder outside the database.
SELECT d.document_no AS document_no,
       c.module_id AS demographic_no,
       CASE WHEN d.status = 'D' OR c.status = 'D' THEN 'D' ELSE d.status END AS status,
       d.doctype AS doctype,
       d.docClass AS doc_class,
       d.docSubClass AS doc_subclass,
       d.docdesc AS description,
       d.docfilename AS file_name,
       d.contenttype AS content_type,
       CASE WHEN d.docxml IS NOT NULL AND TRIM(d.docxml) <> '' THEN d.docxml END AS text_content,
       CASE WHEN COALESCE(SUBSTR(d.observationdate, 1, 4), '0000') < '1800' THEN NULL ELSE SUBSTR(d.observationdate, 1, 10) END AS observed_on,
       d.contentdatetime AS content_at,
       d.updatedatetime AS updated_at,
       d.source AS source,
       d.sourceFacility AS source_facility,
       CASE WHEN COALESCE(d.responsible, '') = '' THEN d.doccreator ELSE d.responsible END AS provider_no,
       d.reviewer AS reviewer,
       d.reviewdatetime AS reviewed_at,
       d.abnormal AS abnormal,
       d.number_of_pages AS number_of_pages
FROM document d
JOIN ctl_document c ON c.document_no = d.document_no
WHERE c.module = 'demographic' AND c.module_id + 0 > 0
