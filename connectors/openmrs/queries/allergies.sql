-- Allergies with their reactions: two have columns of their own in the chart, the others are told in the remark.
-- An allergen or reaction that is not coded stands on the concept `other, non-coded`: then the free text is what counts, and no code is given.
SELECT a.allergy_id AS allergy_id,
       a.patient_id AS patient_id,
       CASE WHEN a.voided = '1' THEN NULL ELSE 'active' END AS clinical_status,
       CASE WHEN a.voided = '1' THEN 'entered-in-error' ELSE 'confirmed' END AS verification,
       a.allergen_type AS allergen_type,
       CASE WHEN NULLIF(TRIM(a.non_coded_allergen), '') IS NULL THEN k.code END AS code,
       CASE WHEN NULLIF(TRIM(a.non_coded_allergen), '') IS NULL THEN k.source END AS code_source,
       CASE WHEN NULLIF(TRIM(a.non_coded_allergen), '') IS NULL THEN k.display END AS code_display,
       COALESCE(NULLIF(TRIM(a.non_coded_allergen), ''), n.name, CONCAT('OpenMRS concept ', a.coded_allergen)) AS allergen,
       c.uuid AS concept_uuid,
       r.code_1 AS reaction_code,
       r.source_1 AS reaction_source,
       r.display_1 AS reaction_display,
       r.reaction_1 AS reaction,
       CASE WHEN r.reaction_1 IS NOT NULL THEN sn.name END AS reaction_severity,
       r.code_2 AS reaction_2_code,
       r.source_2 AS reaction_2_source,
       r.display_2 AS reaction_2_display,
       r.reaction_2 AS reaction_2,
       CASE WHEN r.reaction_2 IS NOT NULL THEN sn.name END AS reaction_2_severity,
       a.date_created AS date_created,
       NULLIF(CONCAT_WS('; ',
         NULLIF(TRIM(a.comments), ''),
         CASE WHEN r.reaction_1 IS NULL AND sn.name IS NOT NULL THEN CONCAT('severity: ', sn.name) END,
         CASE WHEN r.reaction_3 IS NOT NULL THEN CONCAT_WS(', ', CONCAT('further reactions: ', r.reaction_3), r.reaction_4, r.reaction_5, r.reaction_6,
           CASE WHEN r.reactions > 6 THEN CONCAT(r.reactions - 6, ' more') END) END,
         CASE WHEN a.voided = '1' AND NULLIF(TRIM(a.void_reason), '') IS NOT NULL THEN CONCAT('deleted: ', a.void_reason) END), '') AS note
  FROM allergy a
  LEFT JOIN concept c ON c.concept_id = a.coded_allergen
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
      GROUP BY w.concept_id) n ON n.concept_id = a.coded_allergen
  LEFT JOIN (SELECT best.concept_id, t.code, t.name AS display, s.name AS source
       FROM (SELECT m.concept_id, SUBSTR(MIN(CONCAT(
                      CASE LOWER(s.name)
                        WHEN 'cvx' THEN '0'
                        WHEN 'rxnorm' THEN '1'
                        WHEN 'loinc' THEN '2'
                        WHEN 'snomed ct' THEN '3'
                        WHEN 'snomed-ct' THEN '3'
                        WHEN 'icd-10-who' THEN '4'
                        WHEN 'icd-10-cm' THEN '5'
                        ELSE '6'
                      END,
                      t.retired,
                      SUBSTR(CONCAT('0000000000', m.concept_map_id), -10))), 3) AS map_id
               FROM concept_reference_map m
               JOIN concept_map_type y ON y.concept_map_type_id = m.concept_map_type_id
               JOIN concept_reference_term t ON t.concept_reference_term_id = m.concept_reference_term_id
               JOIN concept_reference_source s ON s.concept_source_id = t.concept_source_id
              WHERE LOWER(y.name) = 'same-as'
                AND LOWER(s.name) IN ('cvx', 'rxnorm', 'loinc', 'snomed ct', 'snomed-ct', 'icd-10-who', 'icd-10-cm', 'ciel')
              GROUP BY m.concept_id) best
       JOIN concept_reference_map m ON m.concept_map_id = best.map_id + 0
       JOIN concept_reference_term t ON t.concept_reference_term_id = m.concept_reference_term_id
       JOIN concept_reference_source s ON s.concept_source_id = t.concept_source_id) k ON k.concept_id = a.coded_allergen
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
      GROUP BY w.concept_id) sn ON sn.concept_id = a.severity_concept_id
  LEFT JOIN (SELECT b.allergy_id + 0 AS allergy_id, COUNT(*) AS reactions,
                    MAX(CASE WHEN b.place = 1 THEN b.reaction END) AS reaction_1,
                    MAX(CASE WHEN b.place = 1 THEN b.code END) AS code_1,
                    MAX(CASE WHEN b.place = 1 THEN b.source END) AS source_1,
                    MAX(CASE WHEN b.place = 1 THEN b.display END) AS display_1,
                    MAX(CASE WHEN b.place = 2 THEN b.reaction END) AS reaction_2,
                    MAX(CASE WHEN b.place = 2 THEN b.code END) AS code_2,
                    MAX(CASE WHEN b.place = 2 THEN b.source END) AS source_2,
                    MAX(CASE WHEN b.place = 2 THEN b.display END) AS display_2,
                    MAX(CASE WHEN b.place = 3 THEN b.reaction END) AS reaction_3,
                    MAX(CASE WHEN b.place = 4 THEN b.reaction END) AS reaction_4,
                    MAX(CASE WHEN b.place = 5 THEN b.reaction END) AS reaction_5,
                    MAX(CASE WHEN b.place = 6 THEN b.reaction END) AS reaction_6
               FROM (SELECT w.allergy_id, o.place,
                            COALESCE(NULLIF(TRIM(w.reaction_non_coded), ''), wn.name, CONCAT('OpenMRS concept ', w.reaction_concept_id)) AS reaction,
                            CASE WHEN NULLIF(TRIM(w.reaction_non_coded), '') IS NULL THEN wk.code END AS code,
                            CASE WHEN NULLIF(TRIM(w.reaction_non_coded), '') IS NULL THEN wk.source END AS source,
                            CASE WHEN NULLIF(TRIM(w.reaction_non_coded), '') IS NULL THEN wk.display END AS display
                       FROM allergy_reaction w
                       JOIN (SELECT x.allergy_reaction_id, COUNT(*) AS place
                               FROM allergy_reaction x
                               JOIN allergy_reaction y ON y.allergy_id = x.allergy_id AND y.allergy_reaction_id + 0 <= x.allergy_reaction_id + 0
                              GROUP BY x.allergy_reaction_id) o ON o.allergy_reaction_id = w.allergy_reaction_id
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
                           GROUP BY w.concept_id) wn ON wn.concept_id = w.reaction_concept_id
                       LEFT JOIN (SELECT best.concept_id, t.code, t.name AS display, s.name AS source
                            FROM (SELECT m.concept_id, SUBSTR(MIN(CONCAT(
                                           CASE LOWER(s.name)
                                             WHEN 'cvx' THEN '0'
                                             WHEN 'rxnorm' THEN '1'
                                             WHEN 'loinc' THEN '2'
                                             WHEN 'snomed ct' THEN '3'
                                             WHEN 'snomed-ct' THEN '3'
                                             WHEN 'icd-10-who' THEN '4'
                                             WHEN 'icd-10-cm' THEN '5'
                                             ELSE '6'
                                           END,
                                           t.retired,
                                           SUBSTR(CONCAT('0000000000', m.concept_map_id), -10))), 3) AS map_id
                                    FROM concept_reference_map m
                                    JOIN concept_map_type y ON y.concept_map_type_id = m.concept_map_type_id
                                    JOIN concept_reference_term t ON t.concept_reference_term_id = m.concept_reference_term_id
                                    JOIN concept_reference_source s ON s.concept_source_id = t.concept_source_id
                                   WHERE LOWER(y.name) = 'same-as'
                                     AND LOWER(s.name) IN ('cvx', 'rxnorm', 'loinc', 'snomed ct', 'snomed-ct', 'icd-10-who', 'icd-10-cm', 'ciel')
                                   GROUP BY m.concept_id) best
                            JOIN concept_reference_map m ON m.concept_map_id = best.map_id + 0
                            JOIN concept_reference_term t ON t.concept_reference_term_id = m.concept_reference_term_id
                            JOIN concept_reference_source s ON s.concept_source_id = t.concept_source_id) wk ON wk.concept_id = w.reaction_concept_id) b
              GROUP BY b.allergy_id + 0) r ON r.allergy_id = a.allergy_id
