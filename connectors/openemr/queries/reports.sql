-- Reports of laboratories and others, with their order: it says whose they are. A report whose order is gone belongs to nobody.
-- A code is taken for LOINC where it has the form of one, digits, a hyphen and a digit; any other is the laboratory's own.
SELECT
    r.procedure_report_id AS report_id,
    o.patient_id AS pid,
    CASE WHEN o.activity = '0' OR n.deleted = '1' THEN 'entered-in-error' ELSE CASE WHEN r.report_status <> '' THEN r.report_status END END AS status,
    CASE WHEN o.procedure_order_type <> '' THEN o.procedure_order_type END AS category,
    CASE WHEN c.procedure_code LIKE '%_-_' AND c.procedure_code NOT LIKE '%-%-%' AND LENGTH(c.procedure_code) < 9
             AND CONCAT(CAST(REPLACE(c.procedure_code, '-', '') AS SIGNED)) = REPLACE(c.procedure_code, '-', '') THEN c.procedure_code END AS loinc,
    CASE WHEN c.procedure_code LIKE '%_-_' AND c.procedure_code NOT LIKE '%-%-%' AND LENGTH(c.procedure_code) < 9
             AND CONCAT(CAST(REPLACE(c.procedure_code, '-', '') AS SIGNED)) = REPLACE(c.procedure_code, '-', '') THEN NULL ELSE CASE WHEN c.procedure_code <> '' THEN c.procedure_code END END AS local_code,
    c.procedure_name AS name,
    CASE WHEN r.date_collected > '1000-01-01' AND r.date_collected_tz LIKE '_____'
         THEN CONCAT(r.date_collected, SUBSTR(r.date_collected_tz, 1, 3), ':', SUBSTR(r.date_collected_tz, 4, 2))
         WHEN r.date_collected LIKE '% 00:00:00' THEN SUBSTR(r.date_collected, 1, 10)
         ELSE r.date_collected END AS collected,
    CASE WHEN r.date_report > '1000-01-01' AND r.date_report_tz LIKE '_____'
         THEN CONCAT(r.date_report, SUBSTR(r.date_report_tz, 1, 3), ':', SUBSTR(r.date_report_tz, 4, 2))
         WHEN r.date_report LIKE '% 00:00:00' THEN SUBSTR(r.date_report, 1, 10)
         ELSE r.date_report END AS reported,
    r.specimen_num AS specimen_number,
    r.report_notes AS notes,
    r.review_status AS review_status,
    CASE WHEN c.procedure_order_seq IS NULL THEN NULL ELSE r.procedure_order_id END AS order_id,
    c.procedure_order_seq AS order_seq,
    CASE WHEN o.encounter_id > 0 THEN o.encounter_id END AS encounter
FROM procedure_report r
LEFT JOIN procedure_order o ON o.procedure_order_id = r.procedure_order_id
LEFT JOIN procedure_order_code c
    ON c.procedure_order_id = r.procedure_order_id AND c.procedure_order_seq = r.procedure_order_seq
LEFT JOIN (
    SELECT f.form_id AS form_id, MIN(f.deleted) AS deleted, MIN(CAST(f.encounter AS SIGNED)) AS encounter
    FROM forms f WHERE f.formdir = 'procedure_order' GROUP BY f.form_id
) n ON n.form_id = o.procedure_order_id
