-- People. The birth date stands in three text columns, any of which may be empty; the cell phone and the extensions are rows of
-- demographicExt (the newest row of a key counts); demographic_merged says whether this registration was merged into another.
SELECT d.demographic_no AS demographic_no,
       d.title AS title,
       d.last_name AS last_name,
       d.first_name AS first_name,
       d.middleNames AS middle_names,
       d.alias AS alias,
       CASE WHEN d.byear IS NULL THEN NULL
            WHEN d.bmonth IS NULL THEN d.byear
            WHEN d.bday IS NULL THEN CONCAT(d.byear, '-', d.bmonth)
            ELSE CONCAT(d.byear, '-', d.bmonth, '-', d.bday) END AS birth_date,
       d.sex AS sex,
       d.patient_status AS patient_status,
       d.patient_status_date AS patient_status_date,
       CASE WHEN UPPER(d.patient_status) = 'DE' THEN 'Y' END AS is_dead,
       CASE WHEN g.merged_to IS NOT NULL THEN 'N'
            WHEN UPPER(d.patient_status) = 'AC' THEN 'Y'
            WHEN UPPER(d.patient_status) IN ('IN', 'DE', 'MO', 'FI') THEN 'N'
            ELSE NULL END AS is_active,
       g.merged_to AS merged_to,
       d.official_lang AS official_lang,
       d.spoken_lang AS spoken_lang,
       d.address AS address,
       d.city AS city,
       CASE WHEN d.province LIKE 'US-%' THEN SUBSTR(d.province, 4) ELSE d.province END AS province,
       d.postal AS postal,
       CASE WHEN d.province IS NULL OR d.province IN ('', 'OT') THEN NULL
            WHEN d.province LIKE 'US-%' THEN 'US'
            ELSE 'CA' END AS country,
       CASE WHEN COALESCE(h.value, '') <> '' AND COALESCE(d.phone, '') <> '' THEN CONCAT(d.phone, ' x', h.value) ELSE d.phone END AS phone_home,
       CASE WHEN COALESCE(w.value, '') <> '' AND COALESCE(d.phone2, '') <> '' THEN CONCAT(d.phone2, ' x', w.value) ELSE d.phone2 END AS phone_work,
       c.value AS phone_cell,
       d.email AS email,
       d.hin AS hin,
       d.ver AS hin_version,
       d.hc_type AS hin_province,
       SUBSTR(d.eff_date, 1, 10) AS hin_from,
       SUBSTR(d.hc_renew_date, 1, 10) AS hin_until,
       d.provider_no AS provider_no,
       d.lastUpdateDate AS last_update
FROM (SELECT x.*,
             CASE WHEN COALESCE(x.year_of_birth, '') IN ('', '0', '0000', '0001') THEN NULL ELSE x.year_of_birth END AS byear,
             CASE WHEN COALESCE(x.month_of_birth, '') IN ('', '0', '00') THEN NULL ELSE SUBSTR(CONCAT('0', x.month_of_birth), -2) END AS bmonth,
             CASE WHEN COALESCE(x.date_of_birth, '') IN ('', '0', '00') THEN NULL ELSE SUBSTR(CONCAT('0', x.date_of_birth), -2) END AS bday
      FROM demographic x) d
LEFT JOIN (SELECT e.demographic_no AS demographic_no, e.value AS value
           FROM demographicExt e
           JOIN (SELECT demographic_no, MAX(CAST(id AS SIGNED)) AS id FROM demographicExt WHERE key_val = 'demo_cell' GROUP BY demographic_no) n
             ON n.id = e.id) c ON c.demographic_no = d.demographic_no
LEFT JOIN (SELECT e.demographic_no AS demographic_no, e.value AS value
           FROM demographicExt e
           JOIN (SELECT demographic_no, MAX(CAST(id AS SIGNED)) AS id FROM demographicExt WHERE key_val = 'hPhoneExt' GROUP BY demographic_no) n
             ON n.id = e.id) h ON h.demographic_no = d.demographic_no
LEFT JOIN (SELECT e.demographic_no AS demographic_no, e.value AS value
           FROM demographicExt e
           JOIN (SELECT demographic_no, MAX(CAST(id AS SIGNED)) AS id FROM demographicExt WHERE key_val = 'wPhoneExt' GROUP BY demographic_no) n
             ON n.id = e.id) w ON w.demographic_no = d.demographic_no
LEFT JOIN (SELECT demographic_no, MAX(CAST(merged_to AS SIGNED)) AS merged_to
           FROM demographic_merged WHERE deleted = '0' GROUP BY demographic_no) g ON g.demographic_no = d.demographic_no
