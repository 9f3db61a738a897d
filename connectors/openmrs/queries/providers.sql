-- Providers with the name of their person; a provider may have a name of its own instead (older rows).
SELECT v.provider_id AS provider_id,
       v.identifier AS identifier,
       COALESCE(NULLIF(CONCAT_WS(' ', NULLIF(TRIM(n.prefix), ''), NULLIF(TRIM(n.given_name), ''), NULLIF(TRIM(n.middle_name), ''), NULLIF(TRIM(n.family_name), ''), NULLIF(TRIM(n.degree), '')), ''), v.name) AS name,
       n.prefix AS name_prefix,
       n.given_name AS given_name,
       n.family_name AS family_name,
       n.degree AS degree,
       e.gender AS gender,
       sp.name AS speciality,
       CASE WHEN v.retired = '1' THEN '0' ELSE '1' END AS active
  FROM provider v
  LEFT JOIN person e ON e.person_id = v.person_id
  LEFT JOIN (SELECT x.person_id, SUBSTR(MIN(CONCAT(CASE WHEN x.voided = '1' THEN '1' ELSE '0' END, CASE WHEN x.preferred = '1' THEN '0' ELSE '1' END, SUBSTR(CONCAT('0000000000', x.person_name_id), -10))), 3) AS person_name_id
       FROM person_name x
      GROUP BY x.person_id) bn ON bn.person_id = v.person_id
  LEFT JOIN person_name n ON n.person_name_id = bn.person_name_id + 0 AND n.voided = '0'
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
      GROUP BY w.concept_id) sp ON sp.concept_id = v.speciality_id
