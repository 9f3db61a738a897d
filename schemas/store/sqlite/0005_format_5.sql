-- Store format 5: what people decide about registrations, and registrations that come to another patient.

-- Pairs of registrations of which a person said that they are one, or two; stronger than any score, and the last word counts.
CREATE TABLE review_decision (
    row_id         INTEGER PRIMARY KEY,
    left_identity  TEXT NOT NULL,               -- the smaller id
    right_identity TEXT NOT NULL,
    run_id         INTEGER NOT NULL,
    decision       TEXT NOT NULL,               -- merge, keep-apart
    decided_by     TEXT NOT NULL,
    decided        TEXT NOT NULL,               -- when, as RFC 3339 text
    reason         TEXT NOT NULL,
    UNIQUE (left_identity, right_identity)
);

-- The model that people are matched by: the last row. None: the first that shipped.
CREATE TABLE match_model (
    row_id     INTEGER PRIMARY KEY,
    run_id     INTEGER NOT NULL,
    name       TEXT NOT NULL,               -- shipped, estimated, given
    decided_by TEXT NOT NULL,
    decided    TEXT NOT NULL,               -- when, as RFC 3339 text
    reason     TEXT NOT NULL,
    text       TEXT NOT NULL                -- JSON, or `shipped` and its number
);

-- Registrations that came to another patient, in the order of it: a process that loads looks here for what others moved.
CREATE TABLE patient_move (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    run_id    INTEGER NOT NULL,
    stream_id INTEGER NOT NULL,                 -- the stream whose people brought it about; 0 where a person decided
    identity  TEXT NOT NULL,
    former    TEXT NOT NULL,                    -- the patient it belonged to
    patient   TEXT NOT NULL,                    -- the patient it belongs to now
    founded   INTEGER NOT NULL                  -- whether the patient's row was made for it
);
DROP TABLE patient_merge;

-- How a run matched people, for as long as it has not ended: then its report has it.
CREATE TABLE run_matching (
    run_id INTEGER PRIMARY KEY,
    text   TEXT NOT NULL                   -- JSON
);

-- Questions that are settled are asked no more; what a question was before stands with its run.
DELETE FROM match_review WHERE status = 'joined';
