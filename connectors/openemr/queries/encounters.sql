-- Visits, with the form record that says whether the visit was deleted, and the name of the visit's category.
SELECT
    e.encounter AS encounter,
    e.pid AS pid,
    CASE WHEN n.deleted = '1' THEN 'entered-in-error' ELSE 'finished' END AS status,
    CASE WHEN e.class_code <> '' THEN e.class_code END AS class_code,
    CASE WHEN e.encounter_type_description <> '' THEN e.encounter_type_description ELSE c.pc_catname END AS visit_type,
    CASE WHEN e.encounter_type_code <> '' THEN e.encounter_type_code END AS visit_type_code,
    e.reason AS reason,
    CASE WHEN e.date LIKE '% 00:00:00' THEN SUBSTR(e.date, 1, 10) ELSE e.date END AS started,
    CASE WHEN e.date_end LIKE '% 00:00:00' THEN SUBSTR(e.date_end, 1, 10) ELSE e.date_end END AS ended,
    CASE WHEN e.provider_id > 0 THEN e.provider_id END AS provider_id,
    CASE WHEN e.facility_id > 0 THEN e.facility_id END AS facility_id,
    e.sensitivity AS sensitivity,
    e.discharge_disposition AS discharge_disposition
FROM form_encounter e
LEFT JOIN (
    SELECT f.form_id AS form_id, MIN(f.deleted) AS deleted, MIN(CAST(f.encounter AS SIGNED)) AS encounter
    FROM forms f WHERE f.formdir = 'newpatient' GROUP BY f.form_id
) n ON n.form_id = e.id
LEFT JOIN openemr_postcalendar_categories c ON c.pc_catid = e.pc_catid
