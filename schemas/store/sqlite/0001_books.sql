-- The books of an EHR store: runs, sources, the ledger, payloads, the crosswalk, quarantine and reviews.
-- Chart tables stand in 0001_chart.sql, which is made from the data dictionary.

CREATE TABLE store_meta (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE run (
    id            INTEGER PRIMARY KEY,          -- a sequence of this store
    command       TEXT NOT NULL,
    plan          TEXT NOT NULL,                -- JSON: sources, connectors with their hash, options
    plan_key      TEXT NOT NULL,                -- what makes a later command the same one
    status        TEXT NOT NULL,                -- running, done, unbalanced, failed, superseded
    as_of         TEXT NOT NULL,                -- the day taken for today
    started       TEXT NOT NULL,
    finished      TEXT,
    digest_before TEXT NOT NULL,
    digest_after  TEXT,
    report        TEXT                          -- report.json as written
);

CREATE TABLE source_stream (
    id       INTEGER PRIMARY KEY,
    system   TEXT NOT NULL,
    stream   TEXT NOT NULL,
    UNIQUE (system, stream)
);

-- What the dates of a column prove about day and month; kept, so that a small later file is read as the first one was.
CREATE TABLE column_evidence (
    stream_id   INTEGER NOT NULL REFERENCES source_stream (id),
    column_name TEXT NOT NULL,
    day_first   INTEGER NOT NULL,
    month_first INTEGER NOT NULL,
    PRIMARY KEY (stream_id, column_name)
) WITHOUT ROWID;

CREATE TABLE source_file (
    id         INTEGER PRIMARY KEY,
    run_id     INTEGER NOT NULL REFERENCES run (id),
    stream_id  INTEGER NOT NULL REFERENCES source_stream (id),
    path       TEXT NOT NULL,                   -- relative to SOURCE
    sha256     TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    records    INTEGER NOT NULL,
    header     TEXT NOT NULL,                   -- JSON: columns, delimiter, fallback encoding, reading
    UNIQUE (run_id, stream_id, path, sha256)    -- a run that goes on may find another file under the same path
);

-- Source records as they came: one zstd frame per batch (src/store/payload.rs).
CREATE TABLE payload (
    id      INTEGER PRIMARY KEY,
    file_id INTEGER NOT NULL REFERENCES source_file (id),
    records INTEGER NOT NULL,
    first_row INTEGER NOT NULL,
    last_row  INTEGER NOT NULL,
    bytes   BLOB NOT NULL
);

-- Ledger, change detector and trace in one narrow row.
CREATE TABLE source_record (
    id            INTEGER PRIMARY KEY,
    stream_id     INTEGER NOT NULL,
    key_hash      BLOB NOT NULL,                -- 16 bytes
    ordinal       INTEGER NOT NULL,             -- tells separate acts of one key apart
    content_hash  BLOB NOT NULL,                -- 16 bytes
    fate          TEXT NOT NULL,                -- in the run that last decided it
    reason        TEXT,                         -- issue code of a quarantined record
    run_id        INTEGER NOT NULL,             -- the run that last decided it
    payload_id    INTEGER NOT NULL,
    payload_index INTEGER NOT NULL,
    charted       INTEGER NOT NULL              -- whether the chart shows it, be it in an earlier state
);

-- What a source record was before a run changed it.
CREATE TABLE source_record_history (
    source_record_id INTEGER NOT NULL,
    run_id           INTEGER NOT NULL,          -- the run that changed it
    content_hash     BLOB NOT NULL,
    fate             TEXT NOT NULL,
    reason           TEXT,
    previous_run_id  INTEGER NOT NULL,
    payload_id       INTEGER NOT NULL,
    payload_index    INTEGER NOT NULL
);

-- Files of a source that are neither tables nor documents: their bytes, in zstd frames.
CREATE TABLE kept_file (
    source_record_id INTEGER NOT NULL,
    part             INTEGER NOT NULL,
    bytes            BLOB NOT NULL,
    PRIMARY KEY (source_record_id, part)
) WITHOUT ROWID;

CREATE TABLE document_content (
    document_id TEXT NOT NULL,                  -- document_reference.id
    mime_type   TEXT,
    size_bytes  INTEGER NOT NULL,
    sha256      TEXT NOT NULL,
    encoding    TEXT NOT NULL,                  -- plain or zstd (one self-contained frame)
    bytes       BLOB NOT NULL
);

CREATE TABLE quarantine (
    source_record_id INTEGER PRIMARY KEY,
    run_id           INTEGER NOT NULL,
    file             TEXT NOT NULL,
    row              INTEGER NOT NULL,
    offset_bytes     INTEGER NOT NULL,
    key              TEXT NOT NULL,
    column_name      TEXT,
    reason_code      TEXT NOT NULL,
    reason           TEXT NOT NULL
);

CREATE TABLE match_review (
    left_identity  TEXT NOT NULL,
    right_identity TEXT NOT NULL,
    run_id         INTEGER NOT NULL,
    weight         REAL NOT NULL,               -- log2
    probability    REAL NOT NULL,
    reason         TEXT,                        -- the veto or refusal, where there was one
    evidence       TEXT NOT NULL,               -- JSON: comparison, level, weight
    status         TEXT NOT NULL,               -- open, joined; conflict: of one patient, and in contradiction since
    PRIMARY KEY (left_identity, right_identity)
) WITHOUT ROWID;

CREATE TABLE checkpoint (
    run_id      INTEGER NOT NULL,
    stream_id   INTEGER NOT NULL,
    file_sha256 TEXT NOT NULL,
    last_row    INTEGER NOT NULL,               -- the last record of that file that is in the store
    PRIMARY KEY (run_id, stream_id)
) WITHOUT ROWID;
