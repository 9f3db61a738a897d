-- Issues of a patient in the encounter module. Those of type `system` are only the drawers of the cumulative profile (Concerns,
-- MedHistory, ...): they name no disease and stand with the notes. An issue that only notes of the family history carry is a
-- disease of a relative: it is left out here and goes with the family history. One that only notes of the medical history carry is past.
SELECT c.id AS id,
       c.demographic_no AS demographic_no,
       i.code AS stored_code,
       LOWER(TRIM(i.type)) AS coding_system,
       CASE WHEN LOWER(TRIM(i.type)) IN ('icd9', 'snomedcore') THEN LOWER(TRIM(i.type)) END AS known_system,
       CASE WHEN LOWER(TRIM(i.type)) = 'icd9' AND INSTR(i.code, '.') = 0
                 AND UPPER(SUBSTR(i.code, 1, 1)) = 'E' AND LENGTH(i.code) > 4
                 THEN CONCAT(SUBSTR(i.code, 1, 4), '.', SUBSTR(i.code, 5))
            WHEN LOWER(TRIM(i.type)) = 'icd9' AND INSTR(i.code, '.') = 0
                 AND UPPER(SUBSTR(i.code, 1, 1)) <> 'E' AND LENGTH(i.code) > 3
                 THEN CONCAT(SUBSTR(i.code, 1, 3), '.', SUBSTR(i.code, 4))
            ELSE i.code END AS code,
       i.description AS code_text,
       c.acute AS acute,
       c.certain AS certain,
       c.major AS major,
       c.resolved AS resolved,
       CASE WHEN c.resolved = '1' THEN 'resolved'
            WHEN w.notes = w.past AND w.notes > 0 THEN 'inactive'
            ELSE 'active' END AS state,
       c.update_date AS update_date
FROM casemgmt_issue c
JOIN issue i ON i.issue_id = c.issue_id
LEFT JOIN (SELECT s.id AS id, COUNT(*) AS notes, SUM(COALESCE(f.fam, 0)) AS fam, SUM(COALESCE(f.past, 0)) AS past
           FROM casemgmt_issue_notes s
           LEFT JOIN (SELECT s2.note_id AS note_id,
                             MAX(CASE WHEN i2.code = 'FamHistory' THEN 1 ELSE 0 END) AS fam,
                             MAX(CASE WHEN i2.code = 'MedHistory' THEN 1 ELSE 0 END) AS past
                      FROM casemgmt_issue_notes s2
                      JOIN casemgmt_issue c2 ON c2.id = s2.id
                      JOIN issue i2 ON i2.issue_id = c2.issue_id
                      GROUP BY s2.note_id) f ON f.note_id = s.note_id
           GROUP BY s.id) w ON w.id = c.id
WHERE (w.id IS NULL OR w.notes <> w.fam) AND LOWER(TRIM(COALESCE(i.type, ''))) <> 'system'
