-- What a large store keeps of its matching; derived from the registrations, and made and dropped as a whole.

-- The blocks that each registration falls into.
CREATE TABLE match_block (
    key      BLOB NOT NULL,                -- of a blocking rule, eight bytes, then two for each part that may narrow its block
    identity TEXT NOT NULL,
    PRIMARY KEY (key, identity)
) WITHOUT ROWID;

-- Pairs that are a match or worth a review, also those that were not joined.
CREATE TABLE match_edge (
    left_identity  TEXT NOT NULL,
    right_identity TEXT NOT NULL,
    weight         REAL NOT NULL,          -- log2
    is_match       INTEGER NOT NULL,
    is_repeat      INTEGER NOT NULL,       -- one of them only repeats what many say
    PRIMARY KEY (left_identity, right_identity)
) WITHOUT ROWID;
