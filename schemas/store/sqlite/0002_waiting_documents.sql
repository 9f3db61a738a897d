-- Store format 2.
-- source_record.charted counts the chart rows and registrations of a record; in format 1 it only said whether there are any.
-- The program counts it anew when it brings a store of format 1 forward.

-- Files that quarantined records name: they wait with their record, one zstd frame each.
CREATE TABLE waiting_document (
    source_record_id INTEGER NOT NULL,
    number           INTEGER NOT NULL,          -- which of the record's documents, from 0
    bytes            BLOB NOT NULL,
    PRIMARY KEY (source_record_id, number)
) WITHOUT ROWID;

-- JSON: what the stream's charted records were last mapped with, and every kind of chart row it ever made.
ALTER TABLE source_stream ADD COLUMN mapping TEXT NOT NULL DEFAULT '{"hash":"","ever":[]}';
