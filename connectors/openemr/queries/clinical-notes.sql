-- Clinical notes, with the form record that says whether they were deleted. form_id is the form's number, and several notes can
-- share it.
SELECT
    c.id AS id,
    c.pid AS pid,
    CASE WHEN n.deleted = '1' OR c.activity = '0' THEN 'entered-in-error' ELSE 'current' END AS status,
    c.date AS written,
    CASE WHEN INSTR(c.code, ':') > 1 THEN SUBSTR(c.code, 1, INSTR(c.code, ':') - 1) END AS code_system,
    CASE WHEN INSTR(c.code, ':') > 1 THEN SUBSTR(c.code, INSTR(c.code, ':') + 1) END AS code,
    CASE WHEN c.codetext <> '' THEN c.codetext ELSE t.title END AS title,
    c.description AS body,
    c.clinical_notes_category AS category,
    CASE WHEN n.encounter > 0 THEN n.encounter END AS encounter,
    w.user_id AS user_id
FROM form_clinical_notes c
LEFT JOIN (
    SELECT f.form_id AS form_id, MIN(f.deleted) AS deleted, MIN(CAST(f.encounter AS SIGNED)) AS encounter
    FROM forms f WHERE f.formdir = 'clinical_notes' GROUP BY f.form_id
) n ON n.form_id = c.form_id
LEFT JOIN (
    SELECT u.username AS username, MIN(CAST(u.id AS SIGNED)) AS user_id FROM users u WHERE u.username <> '' GROUP BY u.username
) w ON w.username = c.user
LEFT JOIN list_options t ON t.list_id = 'Clinical_Note_Type' AND t.option_id = c.clinical_notes_type
