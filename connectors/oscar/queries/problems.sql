-- The disease registry (dxresearch), with the words of the code tables and the precision of partial_date. OSCAR stores ICD-9 codes
-- without their point: here it is set (after three characters, after four for E codes); the code as stored stands beside it.
SELECT x.dxresearch_no AS dxresearch_no,
       x.demographic_no AS demographic_no,
       x.status AS status,
       LOWER(TRIM(x.coding_system)) AS coding_system,
       CASE WHEN LOWER(TRIM(x.coding_system)) IN ('icd9', 'snomedcore') THEN LOWER(TRIM(x.coding_system)) END AS known_system,
       x.dxresearch_code AS stored_code,
       CASE WHEN LOWER(TRIM(x.coding_system)) = 'icd9' AND INSTR(x.dxresearch_code, '.') = 0
                 AND UPPER(SUBSTR(x.dxresearch_code, 1, 1)) = 'E' AND LENGTH(x.dxresearch_code) > 4
                 THEN CONCAT(SUBSTR(x.dxresearch_code, 1, 4), '.', SUBSTR(x.dxresearch_code, 5))
            WHEN LOWER(TRIM(x.coding_system)) = 'icd9' AND INSTR(x.dxresearch_code, '.') = 0
                 AND UPPER(SUBSTR(x.dxresearch_code, 1, 1)) <> 'E' AND LENGTH(x.dxresearch_code) > 3
                 THEN CONCAT(SUBSTR(x.dxresearch_code, 1, 3), '.', SUBSTR(x.dxresearch_code, 4))
            ELSE x.dxresearch_code END AS code,
       CASE LOWER(TRIM(x.coding_system)) WHEN 'icd9' THEN i.description WHEN 'ichppccode' THEN h.description END AS code_text,
       CASE WHEN COALESCE(SUBSTR(x.start_date, 1, 4), '0000') < '1800' THEN NULL
            WHEN p.format = 'YYYY' THEN SUBSTR(x.start_date, 1, 4)
            WHEN p.format = 'YYYY-MM' THEN SUBSTR(x.start_date, 1, 7)
            ELSE SUBSTR(x.start_date, 1, 10) END AS started_on,
       x.update_date AS update_date,
       x.providerNo AS provider_no
FROM dxresearch x
LEFT JOIN (SELECT icd9, MIN(description) AS description FROM icd9 GROUP BY icd9) i ON i.icd9 = x.dxresearch_code
LEFT JOIN (SELECT ichppccode, MIN(description) AS description FROM ichppccode GROUP BY ichppccode) h ON h.ichppccode = x.dxresearch_code
LEFT JOIN (SELECT table_id, MIN(format) AS format FROM partial_date
           WHERE table_name = '3' AND field_name = '4' GROUP BY table_id) p ON p.table_id = x.dxresearch_no
