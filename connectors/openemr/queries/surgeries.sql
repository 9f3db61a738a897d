-- Operations of the issue list.
-- Only the first code of diagnosis is taken apart; the whole column comes along.
SELECT
    l.id AS list_id,
    l.pid AS pid,
    l.title AS title,
    CASE WHEN l.activity = '0' THEN 'entered-in-error'
         WHEN l.verification IN ('refuted', 'entered-in-error') THEN 'entered-in-error'
         ELSE 'completed' END AS status,
    CASE WHEN l.begdate LIKE '% 00:00:00' THEN SUBSTR(l.begdate, 1, 10) ELSE l.begdate END AS started,
    CASE WHEN l.enddate LIKE '% 00:00:00' THEN SUBSTR(l.enddate, 1, 10) ELSE l.enddate END AS ended,
    CASE WHEN l.outcome <> '0' THEN o.title END AS outcome,
    l.comments AS comments,
    CASE WHEN INSTR(l.entry, ':') > 1 THEN SUBSTR(l.entry, 1, INSTR(l.entry, ':') - 1) END AS code_system,
    CASE WHEN INSTR(l.entry, ':') > 1 THEN SUBSTR(l.entry, INSTR(l.entry, ':') + 1) END AS code,
    l.diagnosis AS diagnosis,
    v.encounter AS encounter
FROM (
    SELECT
        t.*, TRIM(SUBSTR(CONCAT(COALESCE(t.diagnosis, ''), ';'), 1, INSTR(CONCAT(COALESCE(t.diagnosis, ''), ';'), ';') - 1)) AS entry
    FROM lists t
) l
LEFT JOIN (
    SELECT i.list_id AS list_id, i.pid AS pid, MIN(CAST(i.encounter AS SIGNED)) AS encounter
    FROM issue_encounter i GROUP BY i.list_id, i.pid
) v ON v.list_id = l.id AND v.pid = l.pid
LEFT JOIN list_options o ON o.list_id = 'outcome' AND o.option_id = CONCAT(l.outcome)
WHERE l.type = 'surgery'
