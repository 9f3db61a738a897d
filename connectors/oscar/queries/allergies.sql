-- Allergies, with the precision that partial_date gives their dates (a day typed as 2010 is stored as 2010-01-01 and told there).
-- A drug's number (DIN) and an ATC class are told by TYPECODE; what OSCAR shows in words beside the reaction is the remark.
SELECT a.allergyid AS allergyid,
       a.demographic_no AS demographic_no,
       a.DESCRIPTION AS description,
       a.TYPECODE AS typecode,
       CASE WHEN a.TYPECODE IN ('8', '10', '11', '12', '13', '14') THEN 'medication' END AS agent_category,
       CASE WHEN LOWER(TRIM(COALESCE(a.regional_identifier, ''))) IN ('', '0', 'null') THEN NULL
            ELSE TRIM(a.regional_identifier) END AS agent_code,
       CASE WHEN LOWER(TRIM(COALESCE(a.regional_identifier, ''))) IN ('', '0', 'null') THEN NULL
            WHEN a.TYPECODE = '8' AND UPPER(SUBSTR(TRIM(a.regional_identifier), 1, 1)) BETWEEN 'A' AND 'V' THEN 'ATC'
            WHEN LENGTH(TRIM(a.regional_identifier)) = 8 AND TRIM(a.regional_identifier) BETWEEN '00000000' AND '99999999' THEN 'DIN'
            ELSE NULL END AS agent_system,
       a.archived AS archived,
       a.reaction AS reaction,
       CASE WHEN a.severity_of_reaction IN ('1', '2', '3') THEN a.severity_of_reaction END AS severity,
       CASE pe.format WHEN 'YYYY' THEN SUBSTR(a.entry_date, 1, 4) WHEN 'YYYY-MM' THEN SUBSTR(a.entry_date, 1, 7)
            ELSE SUBSTR(a.entry_date, 1, 10) END AS entered_on,
       CASE ps.format WHEN 'YYYY' THEN SUBSTR(a.start_date, 1, 4) WHEN 'YYYY-MM' THEN SUBSTR(a.start_date, 1, 7)
            ELSE SUBSTR(a.start_date, 1, 10) END AS started_on,
       NULLIF(CONCAT_WS('; ',
            CASE a.onset_of_reaction WHEN '1' THEN 'Onset of reaction: immediate'
                                     WHEN '2' THEN 'Onset of reaction: gradual'
                                     WHEN '3' THEN 'Onset of reaction: slow' END,
            CASE a.severity_of_reaction WHEN '5' THEN 'Severity: no reaction' END,
            CASE WHEN COALESCE(a.age_of_onset, '') IN ('', '0') THEN NULL ELSE CONCAT('Age at onset: ', a.age_of_onset) END,
            CASE a.life_stage WHEN 'N' THEN 'Life stage: newborn' WHEN 'I' THEN 'Life stage: infant'
                              WHEN 'C' THEN 'Life stage: child' WHEN 'T' THEN 'Life stage: adolescent'
                              WHEN 'A' THEN 'Life stage: adult' END), '') AS remark,
       a.drugref_id AS drugref_id,
       a.providerNo AS provider_no,
       a.lastUpdateDate AS last_update
FROM allergies a
LEFT JOIN (SELECT table_id, MIN(format) AS format FROM partial_date
           WHERE table_name = '1' AND field_name = '1' GROUP BY table_id) ps ON ps.table_id = a.allergyid
LEFT JOIN (SELECT table_id, MIN(format) AS format FROM partial_date
           WHERE table_name = '1' AND field_name = '2' GROUP BY table_id) pe ON pe.table_id = a.allergyid
