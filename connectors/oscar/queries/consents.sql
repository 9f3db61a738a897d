-- Consents, with the words of their kind. An opt-out is a consent record with its own date.
SELECT c.id AS id,
       c.demographic_no AS demographic_no,
       CASE WHEN c.deleted = '1' THEN 'deleted' ELSE 'valid' END AS state,
       CASE WHEN c.optout = '1' THEN 'deny' ELSE 'permit' END AS decision,
       CASE WHEN c.optout = '1' THEN COALESCE(c.optout_date, c.consent_date) ELSE c.consent_date END AS decided_on,
       c.consent_date AS consent_date,
       c.optout_date AS optout_date,
       CASE WHEN c.explicit = '1' THEN 'explicit' WHEN c.explicit = '0' THEN 'implied' END AS how,
       t.type AS type,
       t.name AS type_name,
       t.description AS type_text,
       c.edit_date AS edit_date,
       c.last_entered_by AS last_entered_by
FROM Consent c
LEFT JOIN consentType t ON t.id = c.consent_type_id
