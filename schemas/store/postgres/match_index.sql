-- What a large store keeps of its matching; derived from the registrations, and made and dropped as a whole.

-- The blocks that each registration falls into.
CREATE TABLE match_block (
    key      BYTEA NOT NULL,               -- of a blocking rule, eight bytes, then two for each part that may narrow its block
    identity TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (key, identity)
);

-- Pairs that are a match or worth a review, also those that were not joined.
CREATE TABLE match_edge (
    left_identity  TEXT COLLATE "C" NOT NULL,
    right_identity TEXT COLLATE "C" NOT NULL,
    weight         DOUBLE PRECISION NOT NULL,  -- log2
    is_match       BIGINT NOT NULL,
    is_repeat      BIGINT NOT NULL,        -- one of them only repeats what many say
    PRIMARY KEY (left_identity, right_identity)
);
