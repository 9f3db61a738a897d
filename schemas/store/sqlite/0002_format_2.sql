-- Store format 2: documents wait with quarantined records and are kept when they change, streams remember their mapping, runs
-- their quarantine.
-- source_record.charted counts the chart rows and registrations of a record; in format 1 it only said whether there are any.
-- The program counts it anew when it brings a store of format 1 forward.

-- Files that quarantined records name: they wait with their record, one zstd frame each.
CREATE TABLE waiting_document (
    source_record_id INTEGER NOT NULL,
    number           INTEGER NOT NULL,          -- which of the record's documents, from 0
    name             TEXT NOT NULL,             -- as the record names it
    bytes            BLOB NOT NULL,
    PRIMARY KEY (source_record_id, number)
) WITHOUT ROWID;

-- JSON: what the stream's charted records were last mapped with, and every kind of chart row it ever made.
ALTER TABLE source_stream ADD COLUMN mapping TEXT NOT NULL DEFAULT '{"hash":"","ever":[]}';

-- What a document held before a run changed it.
CREATE TABLE document_history (
    document_id TEXT NOT NULL,                  -- of one that waited with its record: source_record:ID
    run_id      INTEGER NOT NULL,               -- the run that changed it
    mime_type   TEXT,
    size_bytes  INTEGER NOT NULL,
    sha256      TEXT NOT NULL,
    encoding    TEXT NOT NULL,
    bytes       BLOB NOT NULL
);

-- quarantine.csv as a run wrote it, one zstd frame: what waits later says nothing about what waited then.
CREATE TABLE run_quarantine (
    run_id INTEGER PRIMARY KEY,
    bytes  BLOB NOT NULL
);

-- Whether the run's report was written to its folder: a run can be cut off after its last transaction.
ALTER TABLE run ADD COLUMN reported INTEGER NOT NULL DEFAULT 0;
UPDATE run SET reported = 1;
