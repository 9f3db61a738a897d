-- One row a patient: the person, the preferred name, identifier and address, the person attributes that have a place in the chart, and
-- the doctor by relationship. A voided patient is a row too (active = 0).
-- An estimated birth date is cut to its year, for children up to five (at registration) to its month; an estimated death date to its year.
SELECT p.patient_id AS patient_id,
       CASE WHEN p.voided = '1' OR e.voided = '1' OR t.test_patient = 'true' THEN '0' ELSE '1' END AS active,
       i.identifier AS identifier,
       n.prefix AS name_prefix,
       n.given_name AS given_name,
       n.middle_name AS middle_name,
       n.family_name_prefix AS family_name_prefix,
       n.family_name AS family_name,
       n.family_name2 AS family_name2,
       n.family_name_suffix AS family_name_suffix,
       n.degree AS degree,
       e.gender AS gender,
       CASE
         WHEN SUBSTR(e.birthdate, 1, 4) = '0000' THEN NULL
         WHEN e.birthdate_estimated = '1' AND SUBSTR(e.date_created, 1, 4) - SUBSTR(e.birthdate, 1, 4) > 5 THEN SUBSTR(e.birthdate, 1, 4)
         WHEN e.birthdate_estimated = '1' THEN SUBSTR(e.birthdate, 1, 7)
         ELSE SUBSTR(e.birthdate, 1, 10)
       END AS birth_date,
       e.dead AS dead,
       CASE
         WHEN e.dead <> '1' OR SUBSTR(e.death_date, 1, 4) = '0000' THEN NULL
         WHEN e.deathdate_estimated = '1' THEN SUBSTR(e.death_date, 1, 4)
         WHEN SUBSTR(e.death_date, 12, 8) = '00:00:00' THEN SUBSTR(e.death_date, 1, 10)
         ELSE SUBSTR(e.death_date, 1, 19)
       END AS death_date,
       a.address1 AS address1,
       a.address2 AS address2,
       a.city_village AS city_village,
       a.county_district AS county_district,
       a.state_province AS state_province,
       a.postal_code AS postal_code,
       a.country AS country,
       t.phone AS phone,
       t.mobile AS mobile,
       t.email AS email,
       t.race AS race,
       t.birthplace AS birthplace,
       COALESCE(cs.name, t.civil_text) AS civil_status,
       t.test_patient AS test_patient,
       doc.name AS doctor_name,
       doc.provider_id AS doctor_id,
       CASE
         WHEN p.voided = '1' THEN p.date_created
         WHEN p.date_changed IS NULL THEN COALESCE(e.date_changed, e.date_created)
         WHEN e.date_changed IS NULL THEN p.date_changed
         WHEN e.date_changed > p.date_changed THEN e.date_changed
         ELSE p.date_changed
       END AS last_updated
  FROM patient p
  LEFT JOIN person e ON e.person_id = p.patient_id
  LEFT JOIN (SELECT x.person_id, SUBSTR(MIN(CONCAT(CASE WHEN x.voided = '1' THEN '1' ELSE '0' END, CASE WHEN x.preferred = '1' THEN '0' ELSE '1' END, SUBSTR(CONCAT('0000000000', x.person_name_id), -10))), 3) AS person_name_id
       FROM person_name x
      GROUP BY x.person_id) bn ON bn.person_id = p.patient_id
  LEFT JOIN person_name n ON n.person_name_id = bn.person_name_id + 0 AND (n.voided = '0' OR p.voided = '1')
  LEFT JOIN (SELECT x.patient_id, SUBSTR(MIN(CONCAT(CASE WHEN x.voided = '1' THEN '1' ELSE '0' END, CASE WHEN x.preferred = '1' THEN '0' ELSE '1' END, SUBSTR(CONCAT('0000000000', x.patient_identifier_id), -10))), 3) AS patient_identifier_id
       FROM patient_identifier x
      GROUP BY x.patient_id) bi ON bi.patient_id = p.patient_id
  LEFT JOIN patient_identifier i ON i.patient_identifier_id = bi.patient_identifier_id + 0 AND (i.voided = '0' OR p.voided = '1')
  LEFT JOIN (SELECT x.person_id, SUBSTR(MIN(CONCAT(CASE WHEN x.voided = '1' THEN '1' ELSE '0' END, CASE WHEN SUBSTR(x.end_date, 1, 4) > '0000' THEN '1' ELSE '0' END, CASE WHEN x.preferred = '1' THEN '0' ELSE '1' END, SUBSTR(CONCAT('0000000000', x.person_address_id), -10))), 4) AS person_address_id
       FROM person_address x
      GROUP BY x.person_id) ba ON ba.person_id = p.patient_id
  LEFT JOIN person_address a ON a.person_address_id = ba.person_address_id + 0 AND (a.voided = '0' OR p.voided = '1')
  LEFT JOIN (SELECT v.person_id,
                    MAX(CASE WHEN LOWER(y.name) IN ('telephone number', 'telephone', 'phone number', 'phonenumber', 'primary contact number', 'primarycontact', 'contact phone number', 'telephone contact') THEN v.value END) AS phone,
                    MAX(CASE WHEN LOWER(y.name) IN ('mobile number', 'mobile phone', 'mobile phone number', 'cell phone', 'cell phone number') THEN v.value END) AS mobile,
                    MAX(CASE WHEN LOWER(y.name) IN ('email', 'e-mail', 'email address') THEN v.value END) AS email,
                    MAX(CASE WHEN LOWER(y.name) = 'race' THEN v.value END) AS race,
                    MAX(CASE WHEN LOWER(y.name) IN ('birthplace', 'place of birth') THEN v.value END) AS birthplace,
                    MAX(CASE WHEN LOWER(y.name) IN ('civil status', 'marital status') AND y.format = 'org.openmrs.Concept' THEN v.value END) AS civil_concept,
                    MAX(CASE WHEN LOWER(y.name) IN ('civil status', 'marital status') AND COALESCE(y.format, '') <> 'org.openmrs.Concept' THEN v.value END) AS civil_text,
                    MAX(CASE WHEN LOWER(y.name) = 'test patient' THEN LOWER(v.value) END) AS test_patient
               FROM person_attribute v
               JOIN person_attribute_type y ON y.person_attribute_type_id = v.person_attribute_type_id
              WHERE v.voided = '0'
              GROUP BY v.person_id) t ON t.person_id = p.patient_id
  LEFT JOIN (SELECT w.concept_id, SUBSTR(MIN(CONCAT(
                CASE WHEN w.locale LIKE 'en%' THEN '0' ELSE '1' END,
                CASE
                  WHEN COALESCE(w.concept_name_type, '') = 'INDEX_TERM' THEN '4'
                  WHEN COALESCE(w.concept_name_type, '') = 'SHORT' THEN '3'
                  WHEN w.locale_preferred = '1' THEN '0'
                  WHEN w.concept_name_type = 'FULLY_SPECIFIED' THEN '1'
                  ELSE '2'
                END,
                SUBSTR(CONCAT('0000000000', w.concept_name_id), -10),
                w.name)), 13) AS name
       FROM concept_name w
      WHERE w.voided = '0'
      GROUP BY w.concept_id) cs ON cs.concept_id = t.civil_concept + 0
  LEFT JOIN (SELECT chosen.person_b + 0 AS person_b, MIN(pr.provider_id) AS provider_id,
                    MIN(CONCAT_WS(' ', NULLIF(TRIM(dn.given_name), ''), NULLIF(TRIM(dn.family_name), ''))) AS name
               FROM (SELECT r.person_b, MIN(r.relationship_id + 0) AS relationship_id
                       FROM relationship r
                       JOIN relationship_type y ON y.relationship_type_id = r.relationship
                      WHERE r.voided = '0' AND COALESCE(SUBSTR(r.end_date, 1, 4), '0000') = '0000' AND LOWER(y.a_is_to_b) = 'doctor' AND LOWER(y.b_is_to_a) = 'patient'
                      GROUP BY r.person_b) chosen
               JOIN relationship r ON r.relationship_id = chosen.relationship_id
               LEFT JOIN (SELECT x.person_id, SUBSTR(MIN(CONCAT(CASE WHEN x.voided = '1' THEN '1' ELSE '0' END, CASE WHEN x.preferred = '1' THEN '0' ELSE '1' END, SUBSTR(CONCAT('0000000000', x.person_name_id), -10))), 3) AS person_name_id
                    FROM person_name x
                   GROUP BY x.person_id) db ON db.person_id = r.person_a
               LEFT JOIN person_name dn ON dn.person_name_id = db.person_name_id + 0
               LEFT JOIN (SELECT q.person_id, MIN(q.provider_id + 0) AS provider_id FROM provider q GROUP BY q.person_id) pr ON pr.person_id = r.person_a
              GROUP BY chosen.person_b + 0) doc ON doc.person_b = p.patient_id
