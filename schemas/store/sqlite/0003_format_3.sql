-- Store format 3: what a run did can be undone.
-- Every table that runs change has row numbers that stay (SQLite may give new ones to rows of a table without an integer key when
-- it packs a file) and that no later row gets again: the program gives them. Chart tables of an older store are made anew by the
-- program; these are the others.

-- Row numbers are given in blocks, each for one table and one run: what a run appended is known by its number.
CREATE TABLE run_block (
    table_name TEXT NOT NULL,
    run_id     INTEGER NOT NULL,                -- 0: before runs took blocks
    first_row  INTEGER NOT NULL,
    last_row   INTEGER NOT NULL,
    PRIMARY KEY (table_name, first_row)
) WITHOUT ROWID;

-- The run that changes rows now, for the triggers that keep what was before.
CREATE TABLE active_run (
    run_id INTEGER
);
INSERT INTO active_run VALUES (NULL);

-- Patients that turned out to be one, in the order of being found out: a process that loads looks here for what others joined.
CREATE TABLE patient_merge (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    later   TEXT NOT NULL,
    patient TEXT NOT NULL                       -- who it is now
);

ALTER TABLE run ADD COLUMN system TEXT NOT NULL DEFAULT '';
-- What the run added to the digest and took from it; the store's digest is the sum over all runs, and over what store_meta holds
-- from before runs kept it.
ALTER TABLE run ADD COLUMN digest_change TEXT;

ALTER TABLE column_evidence RENAME TO former_column_evidence;
CREATE TABLE column_evidence (
    row_id      INTEGER PRIMARY KEY,
    stream_id   INTEGER NOT NULL REFERENCES source_stream (id),
    column_name TEXT NOT NULL,
    day_first   INTEGER NOT NULL,
    month_first INTEGER NOT NULL,
    UNIQUE (stream_id, column_name)
);
INSERT INTO column_evidence (stream_id, column_name, day_first, month_first) SELECT * FROM former_column_evidence;
DROP TABLE former_column_evidence;

ALTER TABLE waiting_document RENAME TO former_waiting_document;
CREATE TABLE waiting_document (
    row_id           INTEGER PRIMARY KEY,
    source_record_id INTEGER NOT NULL,
    number           INTEGER NOT NULL,
    name             TEXT NOT NULL,
    bytes            BLOB NOT NULL,
    UNIQUE (source_record_id, number)
);
INSERT INTO waiting_document (source_record_id, number, name, bytes) SELECT * FROM former_waiting_document;
DROP TABLE former_waiting_document;

ALTER TABLE quarantine RENAME TO former_quarantine;
CREATE TABLE quarantine (
    row_id           INTEGER PRIMARY KEY,
    source_record_id INTEGER NOT NULL UNIQUE,
    run_id           INTEGER NOT NULL,
    file             TEXT NOT NULL,
    row              INTEGER NOT NULL,
    offset_bytes     INTEGER NOT NULL,
    key              TEXT NOT NULL,
    column_name      TEXT,
    reason_code      TEXT NOT NULL,
    reason           TEXT NOT NULL
);
INSERT INTO quarantine (source_record_id, run_id, file, row, offset_bytes, key, column_name, reason_code, reason)
    SELECT * FROM former_quarantine;
DROP TABLE former_quarantine;

ALTER TABLE match_review RENAME TO former_match_review;
CREATE TABLE match_review (
    row_id         INTEGER PRIMARY KEY,
    left_identity  TEXT NOT NULL,
    right_identity TEXT NOT NULL,
    run_id         INTEGER NOT NULL,
    weight         REAL NOT NULL,
    probability    REAL NOT NULL,
    reason         TEXT,
    evidence       TEXT NOT NULL,
    status         TEXT NOT NULL,
    UNIQUE (left_identity, right_identity)
);
INSERT INTO match_review (left_identity, right_identity, run_id, weight, probability, reason, evidence, status)
    SELECT * FROM former_match_review;
DROP TABLE former_match_review;

DROP INDEX IF EXISTS document_content_id;
ALTER TABLE document_content RENAME TO former_document_content;
CREATE TABLE document_content (
    row_id      INTEGER PRIMARY KEY,
    document_id TEXT NOT NULL,
    mime_type   TEXT,
    size_bytes  INTEGER NOT NULL,
    sha256      TEXT NOT NULL,
    encoding    TEXT NOT NULL,
    bytes       BLOB NOT NULL
);
INSERT INTO document_content (document_id, mime_type, size_bytes, sha256, encoding, bytes) SELECT * FROM former_document_content;
DROP TABLE former_document_content;

-- Made again where a run looks up many records by key.
DROP INDEX IF EXISTS source_record_key;
