-- Store format 4: people who were erased.

-- What is left of a person whose data was erased by legal order: that it was done, by whom and why, and by which names a source may not
-- bring the person back. No value of the chart, none of a source record.
CREATE TABLE tombstone (
    run_id      BIGINT PRIMARY KEY,             -- the erasure stands in the list of runs
    text        TEXT COLLATE "C" NOT NULL,      -- JSON, as it is sealed
    former_seal TEXT COLLATE "C" NOT NULL,      -- of the tombstone before it; empty for the first
    seal        TEXT COLLATE "C" NOT NULL,      -- SHA-256, hex, over the former seal, a line feed and the text
    scrubbed    BIGINT NOT NULL                 -- whether the space that the data took was written over since
);
