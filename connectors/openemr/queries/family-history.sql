-- Family history of the latest history record of each patient. The columns of a relative hold words and codes (the first is
-- taken), those of an illness hold words that name relatives or deny it: they are charted as said, never as a code.
SELECT
    f.history_id AS history_id,
    f.item AS item,
    f.pid AS pid,
    f.noted AS noted,
    f.relative AS relative,
    f.said AS said,
    CASE WHEN INSTR(f.entry, ':') > 1 THEN SUBSTR(f.entry, 1, INSTR(f.entry, ':') - 1) END AS code_system,
    CASE WHEN INSTR(f.entry, ':') > 1 THEN SUBSTR(f.entry, INSTR(f.entry, ':') + 1) END AS code,
    f.codes AS codes
FROM (
    SELECT e.*, TRIM(SUBSTR(CONCAT(e.codes, ';'), 1, INSTR(CONCAT(e.codes, ';'), ';') - 1)) AS entry
    FROM (
        SELECT h.id AS history_id, 'mother' AS item, h.pid AS pid, h.date AS noted, 'mother' AS relative,
               h.history_mother AS said, COALESCE(h.dc_mother, '') AS codes
        FROM history_data h WHERE h.history_mother <> '' OR h.dc_mother <> ''
        UNION ALL
        SELECT h.id AS history_id, 'father' AS item, h.pid AS pid, h.date AS noted, 'father' AS relative,
               h.history_father AS said, COALESCE(h.dc_father, '') AS codes
        FROM history_data h WHERE h.history_father <> '' OR h.dc_father <> ''
        UNION ALL
        SELECT h.id AS history_id, 'siblings' AS item, h.pid AS pid, h.date AS noted, 'sibling' AS relative,
               h.history_siblings AS said, COALESCE(h.dc_siblings, '') AS codes
        FROM history_data h WHERE h.history_siblings <> '' OR h.dc_siblings <> ''
        UNION ALL
        SELECT h.id AS history_id, 'offspring' AS item, h.pid AS pid, h.date AS noted, 'child' AS relative,
               h.history_offspring AS said, COALESCE(h.dc_offspring, '') AS codes
        FROM history_data h WHERE h.history_offspring <> '' OR h.dc_offspring <> ''
        UNION ALL
        SELECT h.id AS history_id, 'spouse' AS item, h.pid AS pid, h.date AS noted, 'spouse' AS relative,
               h.history_spouse AS said, COALESCE(h.dc_spouse, '') AS codes
        FROM history_data h WHERE h.history_spouse <> '' OR h.dc_spouse <> ''
        UNION ALL
        SELECT h.id, 'relatives_cancer', h.pid, h.date, 'family member', CONCAT('Cancer: ', h.relatives_cancer), ''
        FROM history_data h WHERE h.relatives_cancer <> ''
        UNION ALL
        SELECT h.id, 'relatives_tuberculosis', h.pid, h.date, 'family member', CONCAT('Tuberculosis: ', h.relatives_tuberculosis), ''
        FROM history_data h WHERE h.relatives_tuberculosis <> ''
        UNION ALL
        SELECT h.id, 'relatives_diabetes', h.pid, h.date, 'family member', CONCAT('Diabetes: ', h.relatives_diabetes), ''
        FROM history_data h WHERE h.relatives_diabetes <> ''
        UNION ALL
        SELECT h.id, 'relatives_high_blood_pressure', h.pid, h.date, 'family member', CONCAT('High blood pressure: ', h.relatives_high_blood_pressure), ''
        FROM history_data h WHERE h.relatives_high_blood_pressure <> ''
        UNION ALL
        SELECT h.id, 'relatives_heart_problems', h.pid, h.date, 'family member', CONCAT('Heart problems: ', h.relatives_heart_problems), ''
        FROM history_data h WHERE h.relatives_heart_problems <> ''
        UNION ALL
        SELECT h.id, 'relatives_stroke', h.pid, h.date, 'family member', CONCAT('Stroke: ', h.relatives_stroke), ''
        FROM history_data h WHERE h.relatives_stroke <> ''
        UNION ALL
        SELECT h.id, 'relatives_epilepsy', h.pid, h.date, 'family member', CONCAT('Epilepsy: ', h.relatives_epilepsy), ''
        FROM history_data h WHERE h.relatives_epilepsy <> ''
        UNION ALL
        SELECT h.id, 'relatives_mental_illness', h.pid, h.date, 'family member', CONCAT('Mental illness: ', h.relatives_mental_illness), ''
        FROM history_data h WHERE h.relatives_mental_illness <> ''
        UNION ALL
        SELECT h.id, 'relatives_suicide', h.pid, h.date, 'family member', CONCAT('Suicide: ', h.relatives_suicide), ''
        FROM history_data h WHERE h.relatives_suicide <> ''
    ) e
) f
JOIN (
    SELECT g.pid AS pid, MAX(CAST(g.id AS SIGNED)) AS last_id FROM history_data g GROUP BY g.pid
) m ON m.last_id = f.history_id
