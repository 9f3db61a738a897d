-- Single results, with report and order: the order says whose they are. A result whose report or order is gone belongs to
-- nobody.
-- A code is taken for LOINC where it has the form of one, digits, a hyphen and a digit; any other is the laboratory's own. A
-- long text (type L) stands in the comments. DNR is did not report, TNP test not performed. The results of a report in error
-- are in error. A range like 4.0-5.6 is taken apart into bounds; any other stays words.
SELECT
    s.result_id AS result_id,
    o.patient_id AS pid,
    CASE WHEN o.activity = '0' OR n.deleted = '1' THEN 'entered-in-error'
         WHEN r.report_status = 'error' THEN 'error'
         WHEN s.result IN ('DNR', 'TNP') THEN 'cancel'
         ELSE CASE WHEN s.result_status <> '' THEN s.result_status END END AS status,
    CASE WHEN o.procedure_order_type <> '' THEN o.procedure_order_type END AS category,
    CASE WHEN s.code LIKE '%_-_' AND s.code NOT LIKE '%-%-%' AND LENGTH(s.code) < 9
             AND CONCAT(CAST(REPLACE(s.code, '-', '') AS SIGNED)) = REPLACE(s.code, '-', '') THEN s.code END AS loinc,
    CASE WHEN s.code LIKE '%_-_' AND s.code NOT LIKE '%-%-%' AND LENGTH(s.code) < 9
             AND CONCAT(CAST(REPLACE(s.code, '-', '') AS SIGNED)) = REPLACE(s.code, '-', '') THEN NULL ELSE s.code END AS local_code,
    CASE WHEN s.name <> '' THEN s.name ELSE c.procedure_name END AS name,
    s.result AS result,
    s.long_result AS long_result,
    s.units AS units,
    s.range_words AS range_words,
    CASE WHEN s.range_rest = '-' AND s.range_text NOT LIKE '-%' AND s.range_text NOT LIKE '%-' AND s.range_text NOT LIKE '%.-%'
             AND s.range_text NOT LIKE '%.' AND s.range_text NOT LIKE '.%' AND s.range_text NOT LIKE '%-.%' AND s.range_text NOT LIKE '%.%.%.%' THEN SUBSTR(s.range_text, 1, INSTR(s.range_text, '-') - 1) END AS range_low,
    CASE WHEN s.range_rest = '-' AND s.range_text NOT LIKE '-%' AND s.range_text NOT LIKE '%-' AND s.range_text NOT LIKE '%.-%'
             AND s.range_text NOT LIKE '%.' AND s.range_text NOT LIKE '.%' AND s.range_text NOT LIKE '%-.%' AND s.range_text NOT LIKE '%.%.%.%' THEN SUBSTR(s.range_text, INSTR(s.range_text, '-') + 1) END AS range_high,
    s.abnormal AS abnormal,
    CASE WHEN s.observed > '1000-01-01' THEN CASE WHEN s.observed LIKE '% 00:00:00' THEN SUBSTR(s.observed, 1, 10) ELSE s.observed END
         ELSE CASE WHEN r.date_collected > '1000-01-01' AND r.date_collected_tz LIKE '_____'
         THEN CONCAT(r.date_collected, SUBSTR(r.date_collected_tz, 1, 3), ':', SUBSTR(r.date_collected_tz, 4, 2))
         WHEN r.date_collected LIKE '% 00:00:00' THEN SUBSTR(r.date_collected, 1, 10)
         ELSE r.date_collected END END AS observed,
    CASE WHEN r.date_report > '1000-01-01' AND r.date_report_tz LIKE '_____'
         THEN CONCAT(r.date_report, SUBSTR(r.date_report_tz, 1, 3), ':', SUBSTR(r.date_report_tz, 4, 2))
         WHEN r.date_report LIKE '% 00:00:00' THEN SUBSTR(r.date_report, 1, 10)
         ELSE r.date_report END AS reported,
    CASE WHEN o.specimen_type <> '' THEN o.specimen_type END AS specimen,
    s.comments AS comments,
    s.facility AS facility,
    s.document_id AS document_id,
    s.report_id AS report_id,
    CASE WHEN c.procedure_order_seq IS NULL THEN NULL ELSE r.procedure_order_id END AS order_id,
    c.procedure_order_seq AS order_seq,
    CASE WHEN o.encounter_id > 0 THEN o.encounter_id END AS encounter
FROM (
    SELECT
        t.procedure_result_id AS result_id,
        t.procedure_report_id AS report_id,
        CASE WHEN t.result_code <> '' THEN t.result_code END AS code,
        t.result_text AS name,
        t.result_status AS result_status,
        CASE WHEN t.result_data_type = 'L' AND t.comments <> '' THEN NULL ELSE t.result END AS result,
        CASE WHEN t.result_data_type = 'L' AND t.comments <> '' THEN t.comments END AS long_result,
        CASE WHEN t.result_data_type = 'L' THEN NULL ELSE t.comments END AS comments,
        CASE WHEN t.units <> '' THEN t.units END AS units,
        CASE WHEN t.range <> '' THEN t.range END AS range_words,
        REPLACE(t.range, ' ', '') AS range_text,
        REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(t.range,
            ' ', ''), '.', ''), '0', ''), '1', ''), '2', ''), '3', ''), '4', ''), '5', ''), '6', ''), '7', ''), '8', ''), '9', '')
            AS range_rest,
        CASE WHEN t.abnormal <> '' THEN t.abnormal END AS abnormal,
        t.date AS observed,
        CASE WHEN t.facility <> '' THEN t.facility END AS facility,
        CASE WHEN t.document_id > 0 THEN t.document_id END AS document_id
    FROM procedure_result t
) s
LEFT JOIN procedure_report r ON r.procedure_report_id = s.report_id
LEFT JOIN procedure_order o ON o.procedure_order_id = r.procedure_order_id
LEFT JOIN procedure_order_code c
    ON c.procedure_order_id = r.procedure_order_id AND c.procedure_order_seq = r.procedure_order_seq
LEFT JOIN (
    SELECT f.form_id AS form_id, MIN(f.deleted) AS deleted, MIN(CAST(f.encounter AS SIGNED)) AS encounter
    FROM forms f WHERE f.formdir = 'procedure_order' GROUP BY f.form_id
) n ON n.form_id = o.procedure_order_id
