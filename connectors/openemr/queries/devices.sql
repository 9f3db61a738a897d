-- Implants and other devices of the issue list.
SELECT
    l.id AS list_id,
    l.pid AS pid,
    l.title AS title,
    CASE WHEN l.verification IN ('refuted', 'entered-in-error') THEN 'entered-in-error'
         WHEN l.activity = '0' THEN 'inactive'
         WHEN l.enddate > '1000-01-01' THEN 'inactive'
         ELSE 'active' END AS status,
    l.udi AS udi,
    CASE WHEN l.begdate LIKE '% 00:00:00' THEN SUBSTR(l.begdate, 1, 10) ELSE l.begdate END AS started,
    CASE WHEN l.enddate LIKE '% 00:00:00' THEN SUBSTR(l.enddate, 1, 10) ELSE l.enddate END AS ended,
    l.comments AS comments,
    CASE WHEN INSTR(l.entry, ':') > 1 THEN SUBSTR(l.entry, 1, INSTR(l.entry, ':') - 1) END AS code_system,
    CASE WHEN INSTR(l.entry, ':') > 1 THEN SUBSTR(l.entry, INSTR(l.entry, ':') + 1) END AS code,
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
WHERE l.type = 'medical_device'
