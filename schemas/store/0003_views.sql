-- Charts that are not complete yet: some registration of the person comes from a source system whose last run has not finished.
CREATE VIEW incomplete_chart AS
SELECT i.patient_id, i.id AS identity_id, i.source_system, r.id AS run_id
FROM patient_identity i JOIN run r ON r.system = i.source_system
WHERE r.status IN ('running', 'superseded') AND r.id = (
    SELECT max(l.id) FROM run l
    WHERE l.system = r.system AND l.status IN ('running', 'superseded', 'done', 'unbalanced')
);
