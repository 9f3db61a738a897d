-- Store format 8: whom sources call one person.

-- Registrations that their source says are another one's person. The other is found by what it is called, whenever it comes.
CREATE TABLE identity_link (
    row_id        BIGINT PRIMARY KEY,
    identity_id   TEXT COLLATE "C" NOT NULL,   -- the registration that says it
    source_system TEXT COLLATE "C" NOT NULL,   -- its own, and the other's
    named_by      TEXT COLLATE "C" NOT NULL,   -- how the other is called: key, number (its medical record number)
    stream        TEXT COLLATE "C" NOT NULL,   -- of a key: the stream that registers people
    named         TEXT COLLATE "C" NOT NULL,
    sameness      TEXT COLLATE "C" NOT NULL,   -- merged (one into the other), related (both are about one person)
    UNIQUE (identity_id, named_by, stream, named, sameness)
);
