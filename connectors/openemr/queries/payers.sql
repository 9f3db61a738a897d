-- Insurance companies, with address and telephone at work (type 2), which have tables of their own.
SELECT
    i.id AS id,
    i.name AS name,
    CASE i.inactive WHEN '0' THEN 'yes' ELSE 'no' END AS active,
    a.line1 AS line1,
    a.city AS city,
    a.state AS state,
    CASE WHEN a.plus_four <> '' THEN CONCAT(a.zip, '-', a.plus_four) ELSE a.zip END AS zip,
    a.country AS country,
    CASE WHEN p.prefix <> '' THEN CONCAT_WS('-', CASE WHEN p.area_code <> '' THEN p.area_code END, p.prefix, p.number) END AS phone
FROM insurance_companies i
LEFT JOIN (
    SELECT b.foreign_id AS company_id, MIN(CAST(b.id AS SIGNED)) AS address_id FROM addresses b GROUP BY b.foreign_id
) m ON m.company_id = i.id
LEFT JOIN addresses a ON a.id = m.address_id
LEFT JOIN (
    SELECT q.foreign_id AS company_id, MIN(CAST(q.id AS SIGNED)) AS phone_id
    FROM phone_numbers q WHERE q.type = '2' GROUP BY q.foreign_id
) n ON n.company_id = i.id
LEFT JOIN phone_numbers p ON p.id = n.phone_id
