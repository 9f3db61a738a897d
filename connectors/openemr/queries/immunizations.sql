-- Immunizations, with the words of the option lists for the vaccine of old entries, route, site, unit and refusal.
SELECT
    m.id AS id,
    m.patient_id AS pid,
    CASE WHEN m.added_erroneously <> '0' THEN 'entered-in-error'
         WHEN m.completion_status IN ('Completed', 'Partially_Administered') THEN 'completed'
         WHEN m.completion_status IN ('Refused', 'Not_Administered') THEN 'not-done'
         WHEN m.completion_status <> '' THEN m.completion_status
         WHEN m.administered_date > '1000-01-01' THEN 'completed' END AS status,
    CASE WHEN m.completion_status IN ('Refused', 'Not_Administered', 'Partially_Administered')
         THEN CASE WHEN f.title <> '' THEN f.title WHEN m.refusal_reason <> '' THEN m.refusal_reason ELSE c.title END
    END AS status_reason,
    CASE WHEN m.cvx_code <> '' THEN m.cvx_code END AS cvx,
    i.title AS vaccine,
    CASE WHEN m.administered_date LIKE '% 00:00:00' THEN SUBSTR(m.administered_date, 1, 10) ELSE m.administered_date END AS given,
    m.lot_number AS lot,
    m.expiration_date AS expires,
    m.manufacturer AS manufacturer,
    CASE WHEN s.title <> '' THEN s.title ELSE CASE WHEN m.administration_site <> '' THEN m.administration_site END END AS site,
    CASE WHEN r.title <> '' THEN r.title ELSE CASE WHEN m.route <> '' THEN m.route END END AS route,
    m.amount_administered AS amount,
    CASE WHEN u.title <> '' THEN u.title ELSE CASE WHEN m.amount_administered_unit <> '' THEN m.amount_administered_unit END END AS amount_unit,
    m.note AS note,
    CASE WHEN m.administered_by_id > 0 THEN m.administered_by_id END AS administered_by_id
FROM immunizations m
LEFT JOIN list_options i ON i.list_id = 'immunizations' AND i.option_id = CONCAT(m.immunization_id)
LEFT JOIN list_options c ON c.list_id = 'Immunization_Completion_Status' AND c.option_id = m.completion_status
LEFT JOIN list_options f ON f.list_id = 'immunization_refusal_reason' AND f.option_id = m.refusal_reason
LEFT JOIN list_options s ON s.list_id = 'immunization_administered_site' AND s.option_id = m.administration_site
LEFT JOIN list_options r ON r.list_id = 'drug_route' AND r.option_id = m.route
LEFT JOIN list_options u ON u.list_id = 'drug_units' AND u.option_id = m.amount_administered_unit
