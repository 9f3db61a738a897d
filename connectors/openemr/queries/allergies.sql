-- Allergies of the issue list. The reaction and its severity are entries of the option lists; a reaction that is none of them is
-- free text.
-- The column diagnosis reads like ICD10:E11.9;ICD10:I10. Where a later code is of the first one's system, each code is a
-- diagnosis of its own: one row each, told apart by code_number. Where there is none, the second code says the same in another
-- system: second_code. It reads the first four codes; the whole column comes along.
SELECT
    l.id AS list_id,
    d.code_number AS code_number,
    l.pid AS pid,
    l.title AS title,
    CASE WHEN l.enddate > '1000-01-01' AND l.outcome = '1' THEN 'resolved'
         WHEN l.enddate > '1000-01-01' THEN 'inactive'
         WHEN l.activity = '0' THEN 'inactive'
         ELSE 'active' END AS clinical_status,
    CASE WHEN l.verification <> '' THEN l.verification END AS verification,
    CASE WHEN l.begdate LIKE '% 00:00:00' THEN SUBSTR(l.begdate, 1, 10) ELSE l.begdate END AS onset,
    CASE WHEN l.enddate LIKE '% 00:00:00' THEN SUBSTR(l.enddate, 1, 10) ELSE l.enddate END AS ended,
    l.date AS recorded,
    CASE WHEN l.reaction IN ('', 'unassigned') THEN NULL ELSE COALESCE(r.title, l.reaction) END AS reaction,
    CASE WHEN INSTR(r.codes, ':') > 1 THEN SUBSTR(r.codes, 1, INSTR(r.codes, ':') - 1) END AS reaction_system,
    CASE WHEN INSTR(r.codes, ':') > 1 THEN SUBSTR(r.codes, INSTR(r.codes, ':') + 1) END AS reaction_code,
    CASE WHEN l.severity_al <> '' THEN l.severity_al END AS severity,
    l.comments AS comments,
    v.encounter AS encounter,
    w.user_id AS user_id,
    CASE WHEN INSTR(d.entry, ':') > 1 THEN SUBSTR(d.entry, 1, INSTR(d.entry, ':') - 1) END AS code_system,
    CASE WHEN INSTR(d.entry, ':') > 1 THEN SUBSTR(d.entry, INSTR(d.entry, ':') + 1) END AS code,
    CASE WHEN INSTR(d.second_entry, ':') > 1 THEN SUBSTR(d.second_entry, 1, INSTR(d.second_entry, ':') - 1) END AS second_system,
    CASE WHEN INSTR(d.second_entry, ':') > 1 THEN SUBSTR(d.second_entry, INSTR(d.second_entry, ':') + 1)
         WHEN INSTR(d.entry, ':') < 2 THEN d.entry END AS second_code,
    l.diagnosis AS diagnosis
FROM lists l
JOIN (
    SELECT
        c.list_id AS list_id,
        k.n AS code_number,
        CASE k.n WHEN 1 THEN c.e1 WHEN 2 THEN c.e2 WHEN 3 THEN c.e3 ELSE c.e4 END AS entry,
        CASE WHEN c.siblings = 0 THEN c.e2 END AS second_entry
    FROM (
        SELECT
            s.list_id AS list_id, s.e1 AS e1, s.e2 AS e2, s.e3 AS e3, s.e4 AS e4,
            CASE WHEN s.e2 <> '' AND SUBSTR(s.e2, 1, INSTR(s.e2, ':')) = SUBSTR(s.e1, 1, INSTR(s.e1, ':')) THEN 1
                 WHEN s.e3 <> '' AND SUBSTR(s.e3, 1, INSTR(s.e3, ':')) = SUBSTR(s.e1, 1, INSTR(s.e1, ':')) THEN 1
                 WHEN s.e4 <> '' AND SUBSTR(s.e4, 1, INSTR(s.e4, ':')) = SUBSTR(s.e1, 1, INSTR(s.e1, ':')) THEN 1 ELSE 0 END AS siblings
        FROM (
            SELECT
                s3.list_id AS list_id, s3.e1 AS e1, s3.e2 AS e2, s3.e3 AS e3,
                TRIM(SUBSTR(s3.rest, 1, INSTR(s3.rest, ';') - 1)) AS e4
            FROM (
                SELECT
                    s2.list_id AS list_id, s2.e1 AS e1, s2.e2 AS e2,
                    TRIM(SUBSTR(s2.rest, 1, INSTR(s2.rest, ';') - 1)) AS e3,
                    SUBSTR(s2.rest, INSTR(s2.rest, ';') + 1) AS rest
                FROM (
                    SELECT
                        s1.list_id AS list_id, s1.e1 AS e1,
                        TRIM(SUBSTR(s1.rest, 1, INSTR(s1.rest, ';') - 1)) AS e2,
                        SUBSTR(s1.rest, INSTR(s1.rest, ';') + 1) AS rest
                    FROM (
                        SELECT
                            s0.list_id AS list_id,
                            TRIM(SUBSTR(s0.rest, 1, INSTR(s0.rest, ';') - 1)) AS e1,
                            SUBSTR(s0.rest, INSTR(s0.rest, ';') + 1) AS rest
                        FROM (
                            SELECT t.id AS list_id, CONCAT(COALESCE(t.diagnosis, ''), ';;;;') AS rest
                            FROM lists t WHERE t.type IN ('allergy')
                        ) s0
                    ) s1
                ) s2
            ) s3
        ) s
    ) c
    JOIN (SELECT 1 AS n UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4) k
        ON k.n = 1
        OR (c.siblings = 1 AND ((k.n = 2 AND c.e2 <> '') OR (k.n = 3 AND c.e3 <> '') OR (k.n = 4 AND c.e4 <> '')))
) d ON d.list_id = l.id
LEFT JOIN (
    SELECT i.list_id AS list_id, i.pid AS pid, MIN(CAST(i.encounter AS SIGNED)) AS encounter
    FROM issue_encounter i GROUP BY i.list_id, i.pid
) v ON v.list_id = l.id AND v.pid = l.pid
LEFT JOIN (
    SELECT u.username AS username, MIN(CAST(u.id AS SIGNED)) AS user_id FROM users u WHERE u.username <> '' GROUP BY u.username
) w ON w.username = l.user
LEFT JOIN list_options r ON r.list_id = 'reaction' AND r.option_id = l.reaction
WHERE l.type IN ('allergy')
