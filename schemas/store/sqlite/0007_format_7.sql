-- Store format 7: whose documents are, as people said.

-- Documents of which a person said whose they are; stronger than their names and texts, as long as they hold what they held then.
CREATE TABLE document_decision (
    row_id       INTEGER PRIMARY KEY,
    document_id  TEXT NOT NULL UNIQUE,            -- the id of its chart row
    content_hash BLOB NOT NULL,                   -- of its source record, with the file that this names
    identity_id  TEXT NOT NULL,                   -- the registration it is filed under
    run_id       INTEGER NOT NULL,
    decided_by   TEXT NOT NULL,
    decided      TEXT NOT NULL,                   -- when, as RFC 3339 text
    reason       TEXT NOT NULL
);
