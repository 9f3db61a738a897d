-- Patients of whom somebody clicked None in the allergies: a row of lists_touch, and no allergy in the issue list, ended ones
-- included.
SELECT
    t.pid AS pid,
    'No known allergies' AS statement,
    t.date AS recorded
FROM lists_touch t
LEFT JOIN (
    SELECT l.pid AS pid, COUNT(*) AS allergies FROM lists l WHERE l.type = 'allergy' GROUP BY l.pid
) a ON a.pid = t.pid
WHERE t.type = 'allergy' AND a.allergies IS NULL
