-- Insurance policies. A change of insurance is a new row with a later date: the earlier one of the same rank is over. Rows that
-- name neither payer, plan nor policy are the form's empty lines and stay in their table.
-- date_end came with 7.0.1. It is named in a subquery without its table on purpose: where the table has no such column, it is
-- the NULL of before_7_0_1.
SELECT
    i.id AS id,
    i.pid AS pid,
    CASE WHEN n.last_date IS NOT NULL AND (i.date IS NULL OR i.date < n.last_date) THEN 'superseded'
         WHEN (SELECT date_end FROM insurance_data e WHERE e.id = i.id) > '1000-01-01' THEN 'ended'
         ELSE 'current' END AS status,
    CASE i.type WHEN 'primary' THEN 1 WHEN 'secondary' THEN 2 WHEN 'tertiary' THEN 3 END AS priority,
    CASE WHEN i.provider IN ('', '0') THEN NULL ELSE i.provider END AS payer_id,
    i.plan_name AS plan_name,
    i.policy_number AS policy_number,
    i.group_number AS group_number,
    i.subscriber_fname AS subscriber_fname,
    i.subscriber_mname AS subscriber_mname,
    i.subscriber_lname AS subscriber_lname,
    CASE WHEN i.subscriber_relationship <> '' THEN i.subscriber_relationship END AS relationship,
    i.date AS begins,
    (SELECT date_end FROM insurance_data e WHERE e.id = i.id) AS ends,
    i.policy_type AS policy_type
FROM insurance_data i
CROSS JOIN (SELECT NULL AS date_end) before_7_0_1
LEFT JOIN (
    SELECT j.pid AS pid, j.type AS type, MAX(j.date) AS last_date
    FROM insurance_data j
    WHERE COALESCE(j.provider, '') NOT IN ('', '0') OR j.plan_name <> '' OR j.policy_number <> ''
    GROUP BY j.pid, j.type
) n ON n.pid = i.pid AND n.type = i.type
WHERE COALESCE(i.provider, '') NOT IN ('', '0') OR i.plan_name <> '' OR i.policy_number <> ''
