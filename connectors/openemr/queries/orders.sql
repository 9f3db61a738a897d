-- Orders: one row for each thing that was ordered. An order without any is one row, number 0.
-- A code is taken for LOINC where it has the form of one, digits, a hyphen and a digit; any other is the laboratory's own.
SELECT
    x.order_id AS order_id,
    x.order_seq AS order_seq,
    x.pid AS pid,
    x.status AS status,
    x.category AS category,
    x.priority AS priority,
    CASE WHEN x.code LIKE '%_-_' AND x.code NOT LIKE '%-%-%' AND LENGTH(x.code) < 9
             AND CONCAT(CAST(REPLACE(x.code, '-', '') AS SIGNED)) = REPLACE(x.code, '-', '') THEN x.code END AS loinc,
    CASE WHEN x.code LIKE '%_-_' AND x.code NOT LIKE '%-%-%' AND LENGTH(x.code) < 9
             AND CONCAT(CAST(REPLACE(x.code, '-', '') AS SIGNED)) = REPLACE(x.code, '-', '') THEN NULL ELSE x.code END AS local_code,
    x.name AS name,
    CASE WHEN INSTR(x.reason, ':') > 1 THEN SUBSTR(x.reason, 1, INSTR(x.reason, ':') - 1) END AS reason_system,
    CASE WHEN INSTR(x.reason, ':') > 1 THEN SUBSTR(x.reason, INSTR(x.reason, ':') + 1) END AS reason_code,
    CASE WHEN INSTR(x.reason, ':') < 2 THEN CASE WHEN x.reason <> '' THEN x.reason END END AS reason_text,
    x.diagnoses AS diagnoses,
    x.ordered AS ordered,
    x.collected AS collected,
    x.laboratory AS laboratory,
    x.control_id AS control_id,
    x.instructions AS instructions,
    x.clinical_history AS clinical_history,
    x.encounter AS encounter,
    x.provider_id AS provider_id
FROM (
    SELECT
        o.procedure_order_id AS order_id,
        COALESCE(c.procedure_order_seq, 0) AS order_seq,
        o.patient_id AS pid,
        CASE WHEN o.activity = '0' OR n.deleted = '1' THEN 'entered-in-error' ELSE CASE WHEN o.order_status <> '' THEN o.order_status END END AS status,
        CASE WHEN o.procedure_order_type <> '' THEN o.procedure_order_type END AS category,
        CASE WHEN o.order_priority <> '' THEN o.order_priority END AS priority,
        CASE WHEN c.procedure_code <> '' THEN c.procedure_code END AS code,
        c.procedure_name AS name,
        CASE WHEN c.diagnoses <> '' THEN TRIM(SUBSTR(CONCAT(c.diagnoses, ';'), 1, INSTR(CONCAT(c.diagnoses, ';'), ';') - 1))
             ELSE TRIM(SUBSTR(CONCAT(o.order_diagnosis, ';'), 1, INSTR(CONCAT(o.order_diagnosis, ';'), ';') - 1)) END AS reason,
        CASE WHEN c.diagnoses <> '' THEN c.diagnoses ELSE o.order_diagnosis END AS diagnoses,
        CASE WHEN o.date_ordered LIKE '% 00:00:00' THEN SUBSTR(o.date_ordered, 1, 10) ELSE o.date_ordered END AS ordered,
        CASE WHEN o.date_collected LIKE '% 00:00:00' THEN SUBSTR(o.date_collected, 1, 10) ELSE o.date_collected END AS collected,
        l.name AS laboratory,
        CASE WHEN o.control_id <> '' THEN o.control_id END AS control_id,
        CASE WHEN o.patient_instructions <> '' THEN o.patient_instructions END AS instructions,
        CASE WHEN o.clinical_hx <> '' THEN o.clinical_hx END AS clinical_history,
        CASE WHEN o.encounter_id > 0 THEN o.encounter_id END AS encounter,
        CASE WHEN o.provider_id > 0 THEN o.provider_id END AS provider_id
    FROM procedure_order o
    LEFT JOIN procedure_order_code c ON c.procedure_order_id = o.procedure_order_id
    LEFT JOIN procedure_providers l ON l.ppid = o.lab_id
    LEFT JOIN (
        SELECT f.form_id AS form_id, MIN(f.deleted) AS deleted, MIN(CAST(f.encounter AS SIGNED)) AS encounter
        FROM forms f WHERE f.formdir = 'procedure_order' GROUP BY f.form_id
    ) n ON n.form_id = o.procedure_order_id
) x
