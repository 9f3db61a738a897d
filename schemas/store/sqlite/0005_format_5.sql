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
    accepted       TEXT,                       -- the contradiction that was there when it was decided
    UNIQUE (left_identity, right_identity)
);

-- What people chose for the whole store; of each setting the last row holds.
CREATE TABLE setting (
    row_id     INTEGER PRIMARY KEY,
    run_id     INTEGER NOT NULL,
    name       TEXT NOT NULL,               -- match_model, source_priority
    value      TEXT NOT NULL,               -- a model: shipped, estimated, given; source systems: the preferred first, as JSON
    decided_by TEXT NOT NULL,
    decided    TEXT NOT NULL,               -- when, as RFC 3339 text
    reason     TEXT NOT NULL,
    text       TEXT NOT NULL                -- a model as JSON, or `shipped` and its number
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
