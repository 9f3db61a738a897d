-- Patient notes, which the program calls messages. Those of no patient (the staff's own, pid 0) and those that are encrypted
-- stay in their table.
SELECT
    p.id AS id,
    p.pid AS pid,
    CASE WHEN p.deleted = '1' THEN 'entered-in-error' ELSE 'current' END AS status,
    p.date AS written,
    p.title AS title,
    p.body AS body,
    p.message_status AS message_status,
    p.user AS author,
    w.user_id AS user_id
FROM pnotes p
LEFT JOIN (
    SELECT u.username AS username, MIN(CAST(u.id AS SIGNED)) AS user_id FROM users u WHERE u.username <> '' GROUP BY u.username
) w ON w.username = p.user
WHERE p.pid > 0 AND COALESCE(p.is_msg_encrypted, '0') = '0'
