-- Prescriptions, with the words of the option lists for form, unit, route and interval, and the pharmacy's name.
-- The directions as typed and what the fields say (size, dose, route, interval) come together in dosage. A number that the lists
-- do not know is left out; it is in the table.
SELECT
    x.id AS id,
    x.pid AS pid,
    x.drug AS drug,
    x.rxnorm AS rxnorm,
    x.status AS status,
    x.intent AS intent,
    x.written AS written,
    x.started AS started,
    x.ended AS ended,
    CONCAT_WS('; ', x.instructions, CASE WHEN x.fields <> '' THEN x.fields END) AS dosage,
    x.route AS route,
    x.quantity AS quantity,
    x.quantity_unit AS quantity_unit,
    x.refills AS refills,
    x.substitution AS substitution,
    x.pharmacy AS pharmacy,
    x.indication AS indication,
    x.note AS note,
    x.encounter AS encounter,
    x.provider_id AS provider_id
FROM (
    SELECT
        p.id AS id,
        p.patient_id AS pid,
        p.drug AS drug,
        CASE WHEN INSTR(p.rxnorm_drugcode, ':') > 0 THEN SUBSTR(p.rxnorm_drugcode, INSTR(p.rxnorm_drugcode, ':') + 1)
             ELSE p.rxnorm_drugcode END AS rxnorm,
        CASE WHEN p.active <> '1' THEN 'stopped'
             WHEN p.end_date > '1000-01-01' THEN 'completed'
             ELSE 'active' END AS status,
        CASE WHEN p.request_intent <> '' THEN p.request_intent END AS intent,
        p.date_added AS written,
        p.start_date AS started,
        p.end_date AS ended,
        CASE WHEN p.drug_dosage_instructions <> '' THEN p.drug_dosage_instructions END AS instructions,
        CONCAT_WS(', ',
            CASE WHEN p.size <> '' THEN CONCAT_WS(' ', p.size, CASE WHEN u.title <> '' THEN u.title END) END,
            CASE WHEN p.dosage <> '' THEN CONCAT_WS(' ', p.dosage, CASE WHEN f.title <> '' THEN f.title END) ELSE CASE WHEN f.title <> '' THEN f.title END END,
            CASE WHEN r.title <> '' THEN r.title WHEN CONCAT(CAST(p.route AS SIGNED)) <> CONCAT(p.route) THEN p.route END,
            CASE WHEN t.title <> '' THEN t.title END,
            CASE WHEN p.prn <> '' THEN p.prn END) AS fields,
        CASE WHEN r.title <> '' THEN r.title WHEN CONCAT(CAST(p.route AS SIGNED)) <> CONCAT(p.route) THEN p.route END AS route,
        CASE WHEN p.quantity <> '' THEN p.quantity END AS quantity,
        CASE WHEN f.title <> '' THEN f.title END AS quantity_unit,
        p.refills AS refills,
        CASE p.substitute WHEN '1' THEN 'yes' WHEN '2' THEN 'no' END AS substitution,
        a.name AS pharmacy,
        p.indication AS indication,
        p.note AS note,
        CASE WHEN p.encounter > 0 THEN p.encounter END AS encounter,
        CASE WHEN p.provider_id > 0 THEN p.provider_id END AS provider_id
    FROM prescriptions p
    LEFT JOIN pharmacies a ON a.id = p.pharmacy_id
    LEFT JOIN list_options f ON f.list_id = 'drug_form' AND f.option_id = CONCAT(p.form)
    LEFT JOIN list_options u ON u.list_id = 'drug_units' AND u.option_id = CONCAT(p.unit)
    LEFT JOIN list_options r ON r.list_id = 'drug_route' AND r.option_id = CONCAT(p.route)
    LEFT JOIN list_options t ON t.list_id = 'drug_interval' AND t.option_id = CONCAT(p.interval)
) x
