-- Store format 6: the source systems of each run. A run over several sources brings the records of several.
CREATE TABLE run_system (
    run_id BIGINT NOT NULL,
    system TEXT NOT NULL,
    PRIMARY KEY (run_id, system)
);
INSERT INTO run_system (run_id, system) SELECT id, system FROM run WHERE system <> '';

-- Charts that are not complete yet: some registration of the person comes from a source system whose last run has not finished.
DROP VIEW incomplete_chart;
CREATE VIEW incomplete_chart AS
SELECT i.patient_id, i.id AS identity_id, i.source_system, r.id AS run_id
FROM patient_identity i JOIN run_system o ON o.system = i.source_system JOIN run r ON r.id = o.run_id
WHERE r.status IN ('running', 'superseded') AND r.id = (
    SELECT max(l.id) FROM run l JOIN run_system s ON s.run_id = l.id
    WHERE s.system = o.system AND l.status IN ('running', 'superseded', 'done', 'unbalanced')
);
