-- Immunizations and screening, with their extension rows. A changed entry is a deleted one and a new one. `never` is the box "never
-- remind"; where it is set, nothing was refused and nothing tells of a dose given, no dose was given. kind: a vaccine is told by the
-- list of OSCAR's types or by what only a dose has.
SELECT p.id AS id,
       p.demographic_no AS demographic_no,
       CASE WHEN UPPER(p.prevention_type) IN ('PAP', 'HPV-CERVIX', 'MAM', 'PSA', 'FOBT', 'COLONOSCOPY', 'BMD', 'HIV', 'HEPB SCREEN',
                 'HEPC SCREEN', 'VDRL', 'CHLAMYDIA', 'GHONORRHEA PCR', 'PHV', 'SMOKING', 'TUBERCULOSIS', 'OTHERB') THEN 'screening'
            WHEN UPPER(p.prevention_type) IN ('DTAP', 'DTAP-IPV-HIB-HB', 'DTAP-IPV-HB', 'DT-IPV', 'TDAP-IPV', 'DTAP-IPV-HIB',
                 'DTAP-HBV-IPV-HIB', 'DTAP-IPV', 'ROT', 'HIB', 'PNEUMOVAX', 'PNEU-C', 'M', 'MR', 'MMR', 'MMRV', 'MEN-P-AC',
                 'MEN-P-ACWY', 'MEN-C-ACYW-135', 'MENC-C', 'RMENB', 'VZ', 'HZV', 'RZV', 'HEPB', 'T', 'TD-IPV', 'TD', 'FLU',
                 'HA-TYPH-I', 'HEPA', 'HEPAB', 'CHOL-ECOL-O', 'CHOLERA', 'RABIES', 'TYPHOID', 'TYPH-O', 'HPV VACCINE', 'TDP', 'IPV',
                 'BCG', 'YF', 'TBE', 'JE', 'H1N1', 'COVID-19', 'OTHERA', 'TDP-IPV-HIB', 'DTAP-HIB', 'HBTMF', 'RSV', 'RSVAB')
                 THEN 'vaccine'
            WHEN COALESCE(p.snomedId, '') <> '' OR x.lot IS NOT NULL OR x.din IS NOT NULL OR x.route IS NOT NULL
                 OR x.dose IS NOT NULL OR x.manufacturer IS NOT NULL THEN 'vaccine'
            ELSE 'other' END AS kind,
       p.prevention_type AS prevention_type,
       COALESCE(x.product, p.prevention_type) AS product,
       CASE WHEN COALESCE(TRIM(p.snomedId), '') NOT IN ('', '-1', '0') THEN TRIM(p.snomedId) ELSE x.din END AS vaccine_code,
       CASE WHEN COALESCE(TRIM(p.snomedId), '') NOT IN ('', '-1', '0') THEN 'SNOMED'
            WHEN x.din IS NOT NULL THEN 'DIN' END AS vaccine_system,
       CASE WHEN p.deleted = '1' THEN 'deleted'
            WHEN p.refused = '1' THEN 'refused'
            WHEN p.refused = '2' THEN 'ineligible'
            WHEN p.refused = '3' THEN 'elsewhere'
            WHEN p.never = '1' AND x.lot IS NULL AND x.din IS NULL AND x.route IS NULL AND x.dose IS NULL AND x.manufacturer IS NULL
                 AND x.site IS NULL AND x.result IS NULL THEN 'never'
            ELSE 'given' END AS state,
       CASE WHEN p.deleted = '1' THEN NULL
            WHEN p.refused = '1' THEN COALESCE(x.never_reason, x.reason, 'refused')
            WHEN p.refused = '2' THEN COALESCE(x.never_reason, x.reason, 'ineligible')
            WHEN COALESCE(p.refused, '0') <> '3' AND p.never = '1' AND x.lot IS NULL AND x.din IS NULL AND x.route IS NULL AND x.dose IS NULL
                 AND x.manufacturer IS NULL AND x.site IS NULL AND x.result IS NULL THEN COALESCE(x.never_reason, 'never remind') END AS state_reason,
       CASE WHEN COALESCE(SUBSTR(p.prevention_date, 1, 4), '0000') < '1800' THEN NULL
            WHEN d.format = 'YYYY' THEN SUBSTR(p.prevention_date, 1, 4)
            WHEN d.format = 'YYYY-MM' THEN SUBSTR(p.prevention_date, 1, 7)
            WHEN SUBSTR(p.prevention_date, 12, 8) = '00:00:00' THEN SUBSTR(p.prevention_date, 1, 10)
            ELSE SUBSTR(p.prevention_date, 1, 19) END AS happened_on,
       p.next_date AS next_date,
       p.never AS never,
       p.creation_date AS creation_date,
       CASE WHEN COALESCE(p.provider_no, '') IN ('', '-1') THEN NULL ELSE p.provider_no END AS provider_no,
       COALESCE(NULLIF(TRIM(p.provider_name), ''), x.provider_name) AS provider_name,
       x.lot AS lot, x.manufacturer AS manufacturer, x.route AS route, x.site AS site,
       CASE WHEN INSTR(x.dose, ' ') > 0 THEN SUBSTR(x.dose, 1, INSTR(x.dose, ' ') - 1) ELSE x.dose END AS dose,
       CASE WHEN INSTR(x.dose, ' ') > 0 THEN TRIM(SUBSTR(x.dose, INSTR(x.dose, ' ') + 1)) END AS dose_unit,
       x.expiry AS expiry,
       x.result AS result,
       NULLIF(CONCAT_WS('; ', x.comments, CASE WHEN p.refused = '3' THEN 'completed elsewhere' END,
                        CASE WHEN COALESCE(p.refused, '0') IN ('0', '3') AND x.reason IS NOT NULL THEN CONCAT('Reason: ', x.reason) END), '') AS remark
FROM preventions p
LEFT JOIN (SELECT prevention_id,
                  MIN(CASE WHEN keyval = 'lot' THEN NULLIF(TRIM(val), '') END) AS lot,
                  MIN(CASE WHEN keyval = 'manufacture' THEN NULLIF(TRIM(val), '') END) AS manufacturer,
                  MIN(CASE WHEN keyval = 'route' THEN NULLIF(TRIM(val), '') END) AS route,
                  MIN(CASE WHEN keyval = 'location' THEN NULLIF(TRIM(val), '') END) AS site,
                  MIN(CASE WHEN keyval = 'dose' THEN NULLIF(TRIM(val), '') END) AS dose,
                  MIN(CASE WHEN keyval = 'din' THEN NULLIF(TRIM(val), '') END) AS din,
                  MIN(CASE WHEN keyval = 'name' THEN NULLIF(TRIM(val), '') END) AS product,
                  MIN(CASE WHEN keyval = 'expiryDate' THEN NULLIF(TRIM(val), '') END) AS expiry,
                  MIN(CASE WHEN keyval = 'result' THEN NULLIF(TRIM(val), '') END) AS result,
                  MIN(CASE WHEN keyval = 'reason' THEN NULLIF(TRIM(val), '') END) AS reason,
                  MIN(CASE WHEN keyval = 'neverReason' THEN NULLIF(TRIM(val), '') END) AS never_reason,
                  MIN(CASE WHEN keyval = 'comments' THEN NULLIF(TRIM(val), '') END) AS comments,
                  MIN(CASE WHEN keyval = 'providerName' THEN NULLIF(TRIM(val), '') END) AS provider_name
           FROM preventionsExt GROUP BY prevention_id) x ON x.prevention_id = p.id
LEFT JOIN (SELECT table_id, MIN(format) AS format FROM partial_date
           WHERE table_name = '4' AND field_name = '7' GROUP BY table_id) d ON d.table_id = p.id
