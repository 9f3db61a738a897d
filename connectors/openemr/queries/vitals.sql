-- Vital signs, with the form record that says whether they were deleted and to which visit they belong. A row without form
-- record is shown nowhere in the program: its status is unknown.
SELECT
    x.id AS id,
    x.pid AS pid,
    CASE WHEN n.deleted IS NULL THEN 'unknown' WHEN n.deleted = '0' THEN 'final' ELSE 'entered-in-error' END AS status,
    CASE WHEN x.date LIKE '% 00:00:00' THEN SUBSTR(x.date, 1, 10) ELSE x.date END AS taken,
    x.bps AS bps,
    x.bpd AS bpd,
    x.weight AS weight,
    x.height AS height,
    x.temperature AS temperature,
    x.temp_method AS temp_method,
    x.pulse AS pulse,
    x.respiration AS respiration,
    x.BMI AS bmi,
    x.BMI_status AS bmi_status,
    x.waist_circ AS waist_circ,
    x.head_circ AS head_circ,
    x.oxygen_saturation AS oxygen_saturation,
    x.oxygen_flow_rate AS oxygen_flow_rate,
    x.inhaled_oxygen_concentration AS inhaled_oxygen,
    x.ped_weight_height AS ped_weight_height,
    x.ped_bmi AS ped_bmi,
    x.ped_head_circ AS ped_head_circ,
    x.note AS note,
    n.encounter AS encounter,
    w.user_id AS user_id
FROM form_vitals x
LEFT JOIN (
    SELECT f.form_id AS form_id, MIN(f.deleted) AS deleted, MIN(CAST(f.encounter AS SIGNED)) AS encounter
    FROM forms f WHERE f.formdir = 'vitals' GROUP BY f.form_id
) n ON n.form_id = x.id
LEFT JOIN (
    SELECT u.username AS username, MIN(CAST(u.id AS SIGNED)) AS user_id FROM users u WHERE u.username <> '' GROUP BY u.username
) w ON w.username = x.user
