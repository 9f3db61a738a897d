-- Documents, with their category. url is the path on the old server; what follows /documents/ is the path in the site's
-- document folder. Documents that are encrypted, in CouchDB or on the web get no path: their bytes cannot be read.
-- Documents of no patient stay in their table.
SELECT
    d.id AS id,
    d.foreign_id AS pid,
    CASE WHEN d.deleted = '1' THEN 'entered-in-error' ELSE 'current' END AS status,
    c.name AS category,
    CASE WHEN INSTR(c.codes, ':') > 1 THEN SUBSTR(c.codes, 1, INSTR(c.codes, ':') - 1) END AS code_system,
    CASE WHEN INSTR(c.codes, ':') > 1 THEN SUBSTR(c.codes, INSTR(c.codes, ':') + 1) END AS code,
    d.docdate AS document_date,
    d.date AS uploaded,
    CASE WHEN d.name <> '' THEN d.name END AS name,
    CASE WHEN d.encrypted = '0' AND d.storagemethod = '0' AND d.type = 'file_url' AND INSTR(d.url, '/documents/') > 0
         THEN SUBSTR(d.url, INSTR(d.url, '/documents/') + 11) END AS path,
    CASE WHEN d.encrypted = '0' AND d.storagemethod = '0' AND d.type = 'file_url' AND INSTR(d.url, '/documents/') > 0
         THEN NULL ELSE d.url END AS elsewhere,
    d.mimetype AS mimetype,
    d.hash AS hash,
    CASE WHEN d.encounter_id > 0 THEN d.encounter_id END AS encounter
FROM documents d
LEFT JOIN (
    SELECT m.document_id AS document_id, MIN(CAST(m.category_id AS SIGNED)) AS category_id
    FROM categories_to_documents m GROUP BY m.document_id
) k ON k.document_id = d.id
LEFT JOIN categories c ON c.id = k.category_id
WHERE d.foreign_id > 0
