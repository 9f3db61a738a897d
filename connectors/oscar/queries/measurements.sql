-- Measurements: what was typed into flow sheets, and every result line of an electronic laboratory report (told by its extension
-- row lab_no). A blood pressure is one text, 120/80. A laboratory line is left out here when the report it came from is no longer
-- filed to this one patient: OSCAR leaves the lines behind when a report is moved to another chart.
SELECT m.id AS id,
       m.demographicNo AS demographic_no,
       CASE WHEN x.lab_no IS NOT NULL THEN 'lab'
            WHEN UPPER(m.type) = 'BP' AND INSTR(m.dataField, '/') > 1 THEN 'bp'
            ELSE 'measure' END AS kind,
       m.type AS type,
       t.name AS type_name,
       m.dataField AS value,
       CASE WHEN x.lab_no IS NULL AND UPPER(m.type) = 'BP' AND INSTR(m.dataField, '/') > 1
                 THEN TRIM(SUBSTR(m.dataField, 1, INSTR(m.dataField, '/') - 1)) END AS systolic,
       CASE WHEN x.lab_no IS NULL AND UPPER(m.type) = 'BP' AND INSTR(m.dataField, '/') > 1
                 THEN TRIM(SUBSTR(m.dataField, INSTR(m.dataField, '/') + 1)) END AS diastolic,
       NULLIF(TRIM(m.measuringInstruction), '') AS instruction,
       CASE WHEN x.lab_no IS NOT NULL THEN NULL
            WHEN UPPER(m.type) = 'BMI' THEN 'kg/m2'
            WHEN UPPER(m.type) IN ('HR', 'RESP') THEN '/min'
            WHEN LOWER(m.measuringInstruction) LIKE 'in cm%' OR LOWER(m.measuringInstruction) LIKE '%circum in cm' THEN 'cm'
            WHEN LOWER(m.measuringInstruction) LIKE 'in inch%' THEN '[in_i]'
            WHEN LOWER(m.measuringInstruction) LIKE 'in kg%' THEN 'kg'
            WHEN LOWER(m.measuringInstruction) LIKE 'in lb%' THEN '[lb_av]'
            WHEN LOWER(m.measuringInstruction) LIKE 'c(for cel%' OR LOWER(m.measuringInstruction) LIKE 'in degrees celsius%' THEN 'Cel'
            WHEN LOWER(m.measuringInstruction) LIKE 'percent%' OR SUBSTR(m.measuringInstruction, 1, 4) = 'in %' THEN '%'
            WHEN LOWER(m.measuringInstruction) LIKE 'in mmol/l%' OR LOWER(m.measuringInstruction) LIKE 'mmol/l%' THEN 'mmol/L'
            WHEN LOWER(m.measuringInstruction) LIKE 'in umol/l%' OR LOWER(m.measuringInstruction) LIKE 'umol/l%' THEN 'umol/L'
            WHEN LOWER(m.measuringInstruction) LIKE 'in nmol/l%' OR LOWER(m.measuringInstruction) LIKE 'nmol/l%' THEN 'nmol/L'
            WHEN LOWER(m.measuringInstruction) LIKE 'pmol/l%' THEN 'pmol/L'
            WHEN LOWER(m.measuringInstruction) LIKE 'in g/l%' OR LOWER(m.measuringInstruction) LIKE 'g/l%' THEN 'g/L'
            WHEN LOWER(m.measuringInstruction) LIKE 'ug/l%' THEN 'ug/L'
            WHEN LOWER(m.measuringInstruction) LIKE 'mg/l%' THEN 'mg/L'
            WHEN LOWER(m.measuringInstruction) LIKE 'in u/l%' OR LOWER(m.measuringInstruction) LIKE 'u/l%' THEN 'U/L'
            WHEN LOWER(m.measuringInstruction) LIKE 'in mg/mmol%' THEN 'mg/mmol' END AS unit,
       CASE WHEN x.lab_no IS NOT NULL AND x.taken_at IS NOT NULL AND x.taken_at NOT LIKE '____-__-__%' THEN NULL
            WHEN COALESCE(SUBSTR(m.dateObserved, 1, 4), '0000') < '1800' THEN NULL
            WHEN SUBSTR(m.dateObserved, 12, 8) = '00:00:00' THEN SUBSTR(m.dateObserved, 1, 10)
            ELSE SUBSTR(m.dateObserved, 1, 19) END AS observed_at,
       CASE WHEN COALESCE(SUBSTR(m.dateEntered, 1, 4), '0000') < '1800' THEN NULL ELSE SUBSTR(m.dateEntered, 1, 19) END AS entered_at,
       NULLIF(TRIM(m.comments), '') AS comments,
       CASE WHEN COALESCE(m.providerNo, '') IN ('', '0') THEN NULL ELSE m.providerNo END AS provider_no,
       x.lab_no AS lab_no,
       CASE WHEN x.lab_no IS NOT NULL THEN COALESCE(g.loinc, x.identifier) END AS lab_code,
       CASE WHEN g.loinc IS NOT NULL THEN 'LOINC' END AS lab_code_system,
       x.identifier AS lab_identifier,
       COALESCE(x.lab_name, CASE WHEN x.lab_no IS NOT NULL THEN NULLIF(m.type, '') END) AS lab_test,
       x.unit AS lab_unit,
       x.minimum AS lab_low,
       x.maximum AS lab_high,
       x.range_text AS lab_range,
       x.abnormal AS lab_flag,
       COALESCE(x.line_status, CASE WHEN x.lab_no IS NOT NULL THEN '?' END) AS lab_status,
       x.laboratory AS laboratory,
       x.accession AS accession
FROM measurements m
LEFT JOIN (SELECT measurement_id,
                  MIN(CASE WHEN keyval = 'lab_no' THEN NULLIF(CAST(val AS SIGNED), 0) END) AS lab_no,
                  MIN(CASE WHEN keyval = 'identifier' THEN NULLIF(TRIM(val), '') END) AS identifier,
                  MIN(CASE WHEN keyval = 'name' THEN NULLIF(TRIM(val), '') END) AS lab_name,
                  MIN(CASE WHEN keyval = 'unit' THEN NULLIF(TRIM(val), '') END) AS unit,
                  MIN(CASE WHEN keyval = 'minimum' THEN NULLIF(TRIM(val), '') END) AS minimum,
                  MIN(CASE WHEN keyval = 'maximum' THEN NULLIF(TRIM(val), '') END) AS maximum,
                  MIN(CASE WHEN keyval = 'range' THEN NULLIF(TRIM(val), '') END) AS range_text,
                  MIN(CASE WHEN keyval = 'abnormal' THEN NULLIF(TRIM(val), '') END) AS abnormal,
                  MIN(CASE WHEN keyval = 'olis_status' THEN NULLIF(TRIM(val), '') END) AS line_status,
                  MIN(CASE WHEN keyval = 'labname' THEN NULLIF(TRIM(val), '') END) AS laboratory,
                  MIN(CASE WHEN keyval = 'accession' THEN NULLIF(TRIM(val), '') END) AS accession,
                  MIN(CASE WHEN keyval = 'datetime' THEN NULLIF(TRIM(val), '') END) AS taken_at
           FROM measurementsExt GROUP BY measurement_id) x ON x.measurement_id = m.id
LEFT JOIN (SELECT lab_no, COUNT(DISTINCT demographic_no) AS people, MIN(demographic_no) AS demographic_no
           FROM patientLabRouting WHERE lab_type = 'HL7' AND demographic_no <> '0' GROUP BY lab_no) r ON r.lab_no = x.lab_no
LEFT JOIN hl7TextMessage h ON h.lab_id = x.lab_no
LEFT JOIN (SELECT ident_code, lab_type, MIN(loinc_code) AS loinc FROM measurementMap
           WHERE SUBSTR(loinc_code, -2, 1) = '-' GROUP BY ident_code, lab_type HAVING COUNT(DISTINCT loinc_code) = 1) g
       ON g.ident_code = x.identifier AND g.lab_type = h.type
LEFT JOIN (SELECT type, MIN(typeDisplayName) AS name FROM measurementType GROUP BY type) t ON t.type = m.type
WHERE x.lab_no IS NULL OR (r.people = 1 AND r.demographic_no = m.demographicNo)
