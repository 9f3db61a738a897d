-- Store format 7: whose documents are, as people said.

-- Documents of which a person said whose they are; stronger than their names and texts, as long as they hold what they held then.
CREATE TABLE document_decision (
    row_id       BIGINT PRIMARY KEY,
    document_id  TEXT COLLATE "C" NOT NULL UNIQUE, -- the id of its chart row
    content_hash BYTEA NOT NULL,                  -- of its source record, with the file that this names
    identity_id  TEXT COLLATE "C" NOT NULL,       -- the registration it is filed under
    run_id       BIGINT NOT NULL,
    decided_by   TEXT COLLATE "C" NOT NULL,
    decided      TEXT COLLATE "C" NOT NULL,       -- when, as RFC 3339 text
    reason       TEXT COLLATE "C" NOT NULL
);
