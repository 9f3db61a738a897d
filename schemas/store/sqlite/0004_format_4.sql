-- Store format 4: people who were erased, and what the last run found in each stream.

-- What is left of a person whose data was erased by legal order: that it was done, by whom and why, and by which names a source may not
-- bring the person back. No value of the chart, none of a source record.
CREATE TABLE tombstone (
    run_id      INTEGER PRIMARY KEY,            -- the erasure stands in the list of runs
    text        TEXT NOT NULL,                  -- JSON, as it is sealed
    former_seal TEXT NOT NULL,                  -- of the tombstone before it; empty for the first
    seal        TEXT NOT NULL,                  -- SHA-256, hex, over the former seal, a line feed and the text
    scrubbed    INTEGER NOT NULL                -- whether the space that the data took was written over since
);

-- What the last run of a source system found in a stream, and what each of its records is to the store since: a later run that finds
-- the same files need not compare them record by record. It only saves time, and holds only until anything else touches the system.
CREATE TABLE stream_memory (
    stream_id    INTEGER PRIMARY KEY,
    run_id       INTEGER NOT NULL,
    first_record INTEGER NOT NULL,                  -- the stream's source records have numbers from here ...
    last_record  INTEGER NOT NULL,                  -- ... to here
    survey       TEXT,                           -- JSON: files, counts, evidence; none where records have to be compared
    classes      BLOB                            -- a byte for each record, one zstd frame
);
