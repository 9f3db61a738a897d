-- Habits of the latest history record of each patient; every save adds a record, the earlier ones stay in their table.
-- A habit reads note|statustopic|date|code, for instance 1 pack a day|quittobacco|2015-06-01|3: the date is that of
-- quitting, the code one of the option list smoking_status. Older entries are words alone.
SELECT
    q.history_id AS history_id,
    q.item AS item,
    q.pid AS pid,
    q.noted AS noted,
    CASE q.item
        WHEN 'tobacco' THEN 'Tobacco'
        WHEN 'alcohol' THEN 'Alcohol'
        WHEN 'recreational_drugs' THEN 'Recreational drugs'
        WHEN 'coffee' THEN 'Coffee'
        WHEN 'exercise_patterns' THEN 'Exercise patterns'
        WHEN 'sleep_patterns' THEN 'Sleep patterns'
        WHEN 'seatbelt_use' THEN 'Seatbelt use'
        WHEN 'counseling' THEN 'Counseling'
        WHEN 'hazardous_activities' THEN 'Hazardous activities' END AS topic,
    CASE q.item WHEN 'tobacco' THEN '72166-2' WHEN 'alcohol' THEN '11331-6' END AS loinc,
    o.title AS smoking,
    CASE WHEN INSTR(o.codes, ':') > 1 THEN SUBSTR(o.codes, 1, INSTR(o.codes, ':') - 1) END AS smoking_system,
    CASE WHEN INSTR(o.codes, ':') > 1 THEN SUBSTR(o.codes, INSTR(o.codes, ':') + 1) END AS smoking_code,
    q.said AS said
FROM (
    SELECT
        c.history_id AS history_id, c.item AS item, c.pid AS pid, c.noted AS noted, c.smoking AS smoking,
        CONCAT_WS('; ',
            CASE WHEN c.habit LIKE 'current%' THEN 'Current' WHEN c.habit LIKE 'quit%' THEN 'Quit'
                 WHEN c.habit LIKE 'never%' THEN 'Never' WHEN c.habit LIKE 'not_applicable%' THEN 'Not applicable'
                 WHEN c.habit <> '' THEN c.habit END,
            CASE WHEN c.quit_date <> '' THEN c.quit_date END,
            CASE WHEN c.note <> '' THEN c.note END) AS said
    FROM (
        SELECT
            b.history_id AS history_id, b.item AS item, b.pid AS pid, b.noted AS noted, b.note AS note, b.habit AS habit,
            TRIM(SUBSTR(b.rest, 1, INSTR(b.rest, '|') - 1)) AS quit_date,
            CASE WHEN b.item = 'tobacco'
                 THEN TRIM(REPLACE(SUBSTR(b.rest, INSTR(b.rest, '|') + 1), '|', '')) END AS smoking
        FROM (
            SELECT
                a.history_id AS history_id, a.item AS item, a.pid AS pid, a.noted AS noted, a.note AS note,
                TRIM(SUBSTR(a.rest, 1, INSTR(a.rest, '|') - 1)) AS habit,
                SUBSTR(a.rest, INSTR(a.rest, '|') + 1) AS rest
            FROM (
                SELECT
                    z.history_id AS history_id, z.item AS item, z.pid AS pid, z.noted AS noted,
                    TRIM(SUBSTR(z.entry, 1, INSTR(z.entry, '|') - 1)) AS note,
                    SUBSTR(z.entry, INSTR(z.entry, '|') + 1) AS rest
                FROM (
                    SELECT
                        h.id AS history_id, t.item AS item, h.pid AS pid, h.date AS noted,
                        CONCAT(COALESCE(CASE t.item
                            WHEN 'tobacco' THEN h.tobacco
                            WHEN 'alcohol' THEN h.alcohol
                            WHEN 'recreational_drugs' THEN h.recreational_drugs
                            WHEN 'coffee' THEN h.coffee
                            WHEN 'exercise_patterns' THEN h.exercise_patterns
                            WHEN 'sleep_patterns' THEN h.sleep_patterns
                            WHEN 'seatbelt_use' THEN h.seatbelt_use
                            WHEN 'counseling' THEN h.counseling
                            WHEN 'hazardous_activities' THEN h.hazardous_activities END, ''), '|', '|', '|') AS entry
                    FROM history_data h
                    JOIN (
                        SELECT g.pid AS pid, MAX(CAST(g.id AS SIGNED)) AS last_id FROM history_data g GROUP BY g.pid
                    ) m ON m.last_id = h.id
                    CROSS JOIN (
                        SELECT 'tobacco' AS item UNION ALL
                        SELECT 'alcohol' AS item UNION ALL
                        SELECT 'recreational_drugs' AS item UNION ALL
                        SELECT 'coffee' AS item UNION ALL
                        SELECT 'exercise_patterns' AS item UNION ALL
                        SELECT 'sleep_patterns' AS item UNION ALL
                        SELECT 'seatbelt_use' AS item UNION ALL
                        SELECT 'counseling' AS item UNION ALL
                        SELECT 'hazardous_activities' AS item
                    ) t
                ) z
            ) a
        ) b
    ) c
) q
LEFT JOIN list_options o ON o.list_id = 'smoking_status' AND o.option_id = q.smoking
WHERE q.said <> '' OR o.title <> ''
