-- SOAP notes as one text, with the form record that says whether they were deleted and to which visit they belong.
SELECT
    s.id AS id,
    s.pid AS pid,
    CASE WHEN n.deleted = '1' THEN 'entered-in-error' ELSE 'current' END AS status,
    s.date AS written,
    CONCAT_WS('

',
        CASE WHEN s.subjective <> '' THEN CONCAT('Subjective: ', s.subjective) END,
        CASE WHEN s.objective <> '' THEN CONCAT('Objective: ', s.objective) END,
        CASE WHEN s.assessment <> '' THEN CONCAT('Assessment: ', s.assessment) END,
        CASE WHEN s.plan <> '' THEN CONCAT('Plan: ', s.plan) END) AS body,
    n.encounter AS encounter,
    w.user_id AS user_id
FROM form_soap s
LEFT JOIN (
    SELECT f.form_id AS form_id, MIN(f.deleted) AS deleted, MIN(CAST(f.encounter AS SIGNED)) AS encounter
    FROM forms f WHERE f.formdir = 'soap' GROUP BY f.form_id
) n ON n.form_id = s.id
LEFT JOIN (
    SELECT u.username AS username, MIN(CAST(u.id AS SIGNED)) AS user_id FROM users u WHERE u.username <> '' GROUP BY u.username
) w ON w.username = s.user
