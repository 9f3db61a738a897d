-- Medications. OSCAR has no status: a drug is current while it is not archived and its last day is not over, or it is marked long
-- term. "Over" is counted from the last day on which anything in this table was written, so that the same data give the same
-- answer. archived_reason tells a deleted line from a stopped one; partial_date gives the dates their precision.
SELECT d.drugid AS drugid,
       d.demographic_no AS demographic_no,
       d.provider_no AS provider_no,
       CASE WHEN d.archived = '1' THEN
                 CASE WHEN LOWER(TRIM(COALESCE(d.archived_reason, ''))) = 'deleted' THEN 'deleted'
                      WHEN LOWER(TRIM(COALESCE(d.archived_reason, ''))) = 'represcribed' THEN 'replaced'
                      WHEN LOWER(COALESCE(d.archived_reason, '')) LIKE 'updated long-term status%' THEN 'replaced'
                      ELSE 'discontinued' END
            WHEN d.past_med = '1' THEN 'past'
            WHEN d.long_term = '1' THEN 'long-term'
            WHEN COALESCE(SUBSTR(d.end_date, 1, 4), '0000') < '1800' THEN 'no-end'
            WHEN SUBSTR(d.end_date, 1, 10) < SUBSTR(z.last_day, 1, 10) THEN 'over'
            ELSE 'running' END AS state,
       CASE WHEN d.archived = '1' THEN NULLIF(TRIM(d.archived_reason), '') END AS archived_reason,
       NULLIF(TRIM(COALESCE(d.outside_provider_name, '')), '') AS outside_provider,
       CASE WHEN TRIM(COALESCE(d.regional_identifier, '')) NOT IN ('', '0', 'null') THEN TRIM(d.regional_identifier)
            WHEN TRIM(COALESCE(d.ATC, '')) NOT IN ('', '0', 'null') THEN TRIM(d.ATC) END AS drug_code,
       CASE WHEN TRIM(COALESCE(d.regional_identifier, '')) NOT IN ('', '0', 'null') THEN 'DIN'
            WHEN TRIM(COALESCE(d.ATC, '')) NOT IN ('', '0', 'null') THEN 'ATC' END AS drug_system,
       CASE WHEN TRIM(COALESCE(d.customName, '')) NOT IN ('', 'null') THEN d.customName
            WHEN TRIM(COALESCE(d.BN, '')) NOT IN ('', 'null') THEN d.BN
            WHEN TRIM(COALESCE(d.GN, '')) NOT IN ('', 'null') THEN d.GN
            ELSE d.special END AS drug_name,
       NULLIF(TRIM(COALESCE(d.GN, '')), 'null') AS generic_name,
       d.ATC AS atc,
       CASE WHEN SUBSTR(d.written_date, 1, 4) < '1800' THEN NULL
            WHEN pw.format = 'YYYY' THEN SUBSTR(d.written_date, 1, 4)
            WHEN pw.format = 'YYYY-MM' THEN SUBSTR(d.written_date, 1, 7)
            ELSE SUBSTR(d.written_date, 1, 10) END AS written_on,
       CASE WHEN d.start_date_unknown = '1' OR SUBSTR(d.rx_date, 1, 4) < '1800' THEN NULL
            WHEN ps.format = 'YYYY' THEN SUBSTR(d.rx_date, 1, 4)
            WHEN ps.format = 'YYYY-MM' THEN SUBSTR(d.rx_date, 1, 7)
            ELSE SUBSTR(d.rx_date, 1, 10) END AS started_on,
       CASE WHEN d.archived = '1' AND SUBSTR(d.archived_date, 1, 4) > '1800'
                 AND (SUBSTR(d.end_date, 1, 4) < '1800' OR d.long_term = '1' OR SUBSTR(d.archived_date, 1, 10) < SUBSTR(d.end_date, 1, 10))
                 THEN SUBSTR(d.archived_date, 1, 10)
            WHEN SUBSTR(d.end_date, 1, 4) < '1800' THEN NULL
            ELSE SUBSTR(d.end_date, 1, 10) END AS ended_on,
       d.create_date AS entered_at,
       d.special AS special,
       d.special_instruction AS special_instruction,
       CASE WHEN d.prn = '1' AND INSTR(UPPER(COALESCE(d.special, '')), 'PRN') = 0 THEN 'PRN (as needed)' END AS prn_text,
       CASE WHEN d.takemin = d.takemax AND d.takemin + 0 > 0 THEN d.takemin END AS dose,
       CASE WHEN d.takemin = d.takemax AND d.takemin + 0 > 0 THEN COALESCE(NULLIF(TRIM(d.unitName), ''), NULLIF(TRIM(d.drug_form), '')) END AS dose_unit,
       d.takemin AS takemin,
       d.takemax AS takemax,
       d.freqcode AS freqcode,
       CASE WHEN UPPER(d.freqcode) IN ('OD', 'QD', 'QAM', 'QPM', 'QHS', 'Q24H', 'Q1D') THEN '1'
            WHEN UPPER(d.freqcode) IN ('BID', 'Q12H') THEN '2'
            WHEN UPPER(d.freqcode) IN ('TID', 'Q8H') THEN '3'
            WHEN UPPER(d.freqcode) IN ('QID', 'Q6H') THEN '4'
            WHEN UPPER(d.freqcode) = 'Q4H' THEN '6'
            WHEN UPPER(d.freqcode) = 'Q2H' THEN '12'
            WHEN UPPER(d.freqcode) = 'Q1H' THEN '24'
            WHEN UPPER(d.freqcode) IN ('Q1WEEK', 'Q1MONTH') THEN '1' END AS freq_value,
       CASE WHEN UPPER(d.freqcode) = 'Q1WEEK' THEN 'wk'
            WHEN UPPER(d.freqcode) = 'Q1MONTH' THEN 'mo'
            WHEN UPPER(d.freqcode) IN ('OD', 'QD', 'QAM', 'QPM', 'QHS', 'Q24H', 'Q1D', 'BID', 'Q12H', 'TID', 'Q8H', 'QID', 'Q6H', 'Q4H', 'Q2H', 'Q1H') THEN 'd' END AS freq_unit,
       d.route AS route,
       CASE WHEN INSTR(TRIM(d.quantity), ' ') > 0 THEN SUBSTR(TRIM(d.quantity), 1, INSTR(TRIM(d.quantity), ' ') - 1)
            ELSE NULLIF(TRIM(d.quantity), '') END AS quantity,
       CASE WHEN INSTR(TRIM(d.quantity), ' ') > 0 THEN TRIM(SUBSTR(TRIM(d.quantity), INSTR(TRIM(d.quantity), ' ') + 1)) END AS quantity_unit,
       d.repeat AS repeats,
       d.duration AS duration,
       d.durunit AS durunit,
       CASE WHEN UPPER(d.durunit) = 'D' THEN NULLIF(TRIM(d.duration), '')
            WHEN UPPER(d.durunit) = 'W' AND CAST(d.duration AS SIGNED) > 0 THEN CAST(CAST(d.duration AS SIGNED) * 7 AS CHAR) END AS days_supply,
       d.nosubs AS nosubs,
       d.script_no AS script_no,
       d.comment AS comment
FROM drugs d
CROSS JOIN (SELECT MAX(lastUpdateDate) AS last_day FROM drugs) z
LEFT JOIN (SELECT table_id, MIN(format) AS format FROM partial_date
           WHERE table_name = '2' AND field_name = '3' GROUP BY table_id) pw ON pw.table_id = d.drugid
LEFT JOIN (SELECT table_id, MIN(format) AS format FROM partial_date
           WHERE table_name = '2' AND field_name = '5' GROUP BY table_id) ps ON ps.table_id = d.drugid
