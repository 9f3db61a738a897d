-- Relatives, from both ends of a relationship, where the one told of is a patient. `relative` is what the other person is to the patient.
-- Only kinships: a doctor stands in the patient's own row, other relationships (guardian, treatment supporter, spouse) are kept in their table.
SELECT r.relationship_id AS relationship_id,
       r.side AS side,
       r.patient_id AS patient_id,
       CASE WHEN r.voided = '1' THEN 'entered-in-error' ELSE 'health-unknown' END AS status,
       r.relative AS relative,
       NULLIF(CONCAT_WS(' ', NULLIF(TRIM(n.given_name), ''), NULLIF(TRIM(n.middle_name), ''), NULLIF(TRIM(n.family_name), '')), '') AS relative_name,
       CASE WHEN e.gender = 'F' THEN 'female' WHEN e.gender = 'M' THEN 'male' END AS gender
  FROM (SELECT a.relationship_id, 'A' AS side, a.person_b AS patient_id, a.person_a AS other_id, y.a_is_to_b AS relative, a.voided
          FROM relationship a
          JOIN relationship_type y ON y.relationship_type_id = a.relationship
         UNION ALL
        SELECT b.relationship_id, 'B' AS side, b.person_a AS patient_id, b.person_b AS other_id, z.b_is_to_a AS relative, b.voided
          FROM relationship b
          JOIN relationship_type z ON z.relationship_type_id = b.relationship) r
  JOIN patient p ON p.patient_id = r.patient_id
  LEFT JOIN person e ON e.person_id = r.other_id
  LEFT JOIN (SELECT x.person_id, SUBSTR(MIN(CONCAT(CASE WHEN x.voided = '1' THEN '1' ELSE '0' END, CASE WHEN x.preferred = '1' THEN '0' ELSE '1' END, SUBSTR(CONCAT('0000000000', x.person_name_id), -10))), 3) AS person_name_id
       FROM person_name x
      GROUP BY x.person_id) bn ON bn.person_id = r.other_id
  LEFT JOIN person_name n ON n.person_name_id = bn.person_name_id + 0 AND n.voided = '0'
 WHERE LOWER(r.relative) IN ('parent', 'child', 'sibling', 'mother', 'father', 'brother', 'sister', 'grandparent', 'grandchild',
                             'aunt/uncle', 'niece/nephew', 'aunt', 'uncle', 'niece', 'nephew')
