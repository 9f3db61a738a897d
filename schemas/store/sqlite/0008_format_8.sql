-- Store format 8: whom sources call one person.

-- Registrations that their source says are another one's person. The other is found by what it is called, whenever it comes.
CREATE TABLE identity_link (
    row_id        INTEGER PRIMARY KEY,
    identity_id   TEXT NOT NULL,   -- the registration that says it
    source_system TEXT NOT NULL,   -- its own, and the other's
    named_by      TEXT NOT NULL,   -- how the other is called: key, number (its medical record number)
    stream        TEXT NOT NULL,   -- of a key: the stream that registers people
    named         TEXT NOT NULL,
    sameness      TEXT NOT NULL,   -- merged (one into the other), related (both are about one person)
    UNIQUE (identity_id, named_by, stream, named, sameness)
);
