-- The last version of each note: versions share a uuid, the highest note_id counts (that is what OSCAR shows). The issues of type
-- `system` say in which drawer of the cumulative profile it lies, a link says that it remarks on another record, its extension rows
-- hold dates and, for family history, the relative. A note locked with a password keeps its text to itself.
SELECT CASE WHEN COALESCE(n.uuid, '') = '' THEN CONCAT('note-', n.note_id) ELSE n.uuid END AS note_key,
       n.note_id AS note_id,
       n.demographic_no AS demographic_no,
       CASE WHEN n.locked = '1' THEN 'locked'
            WHEN k.fam = 1 THEN 'FamHistory'
            WHEN k.concern = 1 THEN 'Concerns'
            WHEN k.past = 1 THEN 'MedHistory'
            WHEN k.omeds = 1 THEN 'OMeds'
            WHEN k.soc = 1 THEN 'SocHistory'
            WHEN k.risk = 1 THEN 'RiskFactors'
            WHEN k.remind = 1 THEN 'Reminders'
            WHEN k.tickle = 1 OR l.about IS NOT NULL THEN 'Annotation'
            ELSE 'Encounter' END AS kind,
       CASE WHEN l.about IS NULL THEN NULL
            WHEN l.about = 1 THEN 'about a note' WHEN l.about = 2 THEN 'about a drug' WHEN l.about = 3 THEN 'about an allergy'
            WHEN l.about IN (4, 9) THEN 'about a laboratory report' WHEN l.about = 5 THEN 'about a document'
            WHEN l.about = 6 THEN 'about a form' WHEN l.about = 7 THEN 'about the patient record'
            WHEN l.about = 8 THEN 'about a prevention' WHEN l.about = 10 THEN 'about a tickler'
            WHEN l.about = 11 THEN 'about an appointment' ELSE 'about another record' END AS about,
       CASE WHEN n.locked = '1' THEN 'Locked with a password in OSCAR: the text is kept with the source record, not charted'
            ELSE NULLIF(TRIM(n.encounter_type), '') END AS description,
       CASE WHEN n.locked = '1' THEN NULL ELSE n.note END AS note_text,
       n.signed AS signed,
       COALESCE(n.archived, '0') AS archived,
       CASE WHEN COALESCE(SUBSTR(n.observation_date, 1, 4), '0000') < '1800' THEN NULL
            WHEN SUBSTR(n.observation_date, 12, 8) = '00:00:00' THEN SUBSTR(n.observation_date, 1, 10)
            ELSE SUBSTR(n.observation_date, 1, 19) END AS observation_date,
       n.update_date AS update_date,
       CASE WHEN COALESCE(n.signing_provider_no, '') = '' THEN n.provider_no ELSE n.signing_provider_no END AS provider_no,
       CASE WHEN e.ended IS NOT NULL THEN 'resolved' WHEN n.archived = '1' THEN 'inactive' ELSE 'active' END AS concern_status,
       CASE WHEN k.codes = 1 THEN
            CASE WHEN k.code_type = 'icd9' AND INSTR(k.code, '.') = 0 AND UPPER(SUBSTR(k.code, 1, 1)) = 'E' AND LENGTH(k.code) > 4
                      THEN CONCAT(SUBSTR(k.code, 1, 4), '.', SUBSTR(k.code, 5))
                 WHEN k.code_type = 'icd9' AND INSTR(k.code, '.') = 0 AND UPPER(SUBSTR(k.code, 1, 1)) <> 'E' AND LENGTH(k.code) > 3
                      THEN CONCAT(SUBSTR(k.code, 1, 3), '.', SUBSTR(k.code, 4))
                 ELSE k.code END END AS dx_code,
       CASE WHEN k.codes = 1 THEN k.code END AS dx_stored_code,
       CASE WHEN k.codes = 1 AND k.code_type IN ('icd9', 'snomedcore') THEN k.code_type END AS dx_system,
       CASE WHEN k.codes = 1 THEN k.code_text END AS dx_text,
       CASE WHEN n.locked = '1' THEN NULL
            WHEN k.fam = 1 THEN '10157-6' WHEN k.concern = 1 THEN '11450-4' WHEN k.past = 1 THEN '11348-0'
            WHEN k.omeds = 1 THEN '10160-0' WHEN k.soc = 1 THEN '29762-2'
            WHEN k.risk = 1 OR k.remind = 1 OR k.tickle = 1 OR l.about IS NOT NULL THEN NULL
            ELSE '11506-3' END AS kind_loinc,
       e.started AS started_on,
       e.ended AS ended_on,
       e.relation AS relation,
       e.age AS age_at_onset,
       NULLIF(CONCAT_WS('; ', CASE WHEN e.treatment <> '' THEN CONCAT('Treatment: ', e.treatment) END,
                              CASE WHEN e.state <> '' THEN CONCAT('Problem status: ', e.state) END,
                              CASE WHEN e.descr <> '' THEN CONCAT('Problem description: ', e.descr) END,
                              CASE WHEN e.exposure <> '' THEN CONCAT('Exposure details: ', e.exposure) END), '') AS ext_remark
FROM casemgmt_note n
LEFT JOIN (SELECT uuid, MAX(CAST(note_id AS SIGNED)) AS last_id FROM casemgmt_note
           WHERE COALESCE(uuid, '') <> '' GROUP BY uuid) v ON v.uuid = n.uuid
LEFT JOIN (SELECT s.note_id AS note_id,
                  MAX(CASE WHEN i.code = 'FamHistory' THEN 1 ELSE 0 END) AS fam,
                  MAX(CASE WHEN i.code = 'Concerns' THEN 1 ELSE 0 END) AS concern,
                  MAX(CASE WHEN i.code = 'MedHistory' THEN 1 ELSE 0 END) AS past,
                  MAX(CASE WHEN i.code = 'OMeds' THEN 1 ELSE 0 END) AS omeds,
                  MAX(CASE WHEN i.code = 'SocHistory' THEN 1 ELSE 0 END) AS soc,
                  MAX(CASE WHEN i.code = 'RiskFactors' THEN 1 ELSE 0 END) AS risk,
                  MAX(CASE WHEN i.code = 'Reminders' THEN 1 ELSE 0 END) AS remind,
                  MAX(CASE WHEN i.code = 'TicklerNote' THEN 1 ELSE 0 END) AS tickle,
                  COUNT(DISTINCT CASE WHEN LOWER(i.type) <> 'system' THEN i.issue_id END) AS codes,
                  MIN(CASE WHEN LOWER(i.type) <> 'system' THEN i.code END) AS code,
                  MIN(CASE WHEN LOWER(i.type) <> 'system' THEN LOWER(TRIM(i.type)) END) AS code_type,
                  MIN(CASE WHEN LOWER(i.type) <> 'system' THEN i.description END) AS code_text
           FROM casemgmt_issue_notes s
           JOIN casemgmt_issue c ON c.id = s.id
           JOIN issue i ON i.issue_id = c.issue_id
           GROUP BY s.note_id) k ON k.note_id = n.note_id
LEFT JOIN (SELECT note_id, MIN(CAST(table_name AS SIGNED)) AS about FROM casemgmt_note_link GROUP BY note_id) l ON l.note_id = n.note_id
LEFT JOIN (SELECT t.note_id AS note_id,
                  MIN(CASE WHEN t.key_val = 'Start Date' THEN t.day END) AS started,
                  MIN(CASE WHEN t.key_val = 'Resolution Date' THEN t.day END) AS ended,
                  MIN(CASE WHEN t.key_val = 'Relationship' THEN NULLIF(TRIM(t.value), '') END) AS relation,
                  MIN(CASE WHEN t.key_val = 'Age at Onset' THEN NULLIF(TRIM(t.value), '') END) AS age,
                  MIN(CASE WHEN t.key_val = 'Treatment' THEN t.value END) AS treatment,
                  MIN(CASE WHEN t.key_val = 'Problem Status' THEN t.value END) AS state,
                  MIN(CASE WHEN t.key_val = 'Problem Description' THEN t.value END) AS descr,
                  MIN(CASE WHEN t.key_val = 'Exposure Details' THEN t.value END) AS exposure
           FROM (SELECT y.note_id AS note_id, y.key_val AS key_val, y.value AS value,
                        CASE WHEN COALESCE(SUBSTR(y.date_value, 1, 4), '0000') < '1800' THEN NULL
                             WHEN y.value = 'YYYY' THEN SUBSTR(y.date_value, 1, 4)
                             WHEN y.value = 'YYYY-MM' THEN SUBSTR(y.date_value, 1, 7)
                             ELSE SUBSTR(y.date_value, 1, 10) END AS day
                 FROM casemgmt_note_ext y) t
           GROUP BY t.note_id) e ON e.note_id = n.note_id
WHERE v.last_id IS NULL OR v.last_id = CAST(n.note_id AS SIGNED)
