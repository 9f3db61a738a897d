-- Made by the program (src/store/schema/before.rs); a test holds the two equal.
-- What rows were before a run changed them, by run: the first state of each in that run.

CREATE TABLE "identity_link_before" (
    run_id_before INTEGER NOT NULL,
    gone_before INTEGER NOT NULL,
    "row_id" INTEGER,
    "identity_id" TEXT,
    "source_system" TEXT,
    "named_by" TEXT,
    "stream" TEXT,
    "named" TEXT,
    "sameness" TEXT,
    PRIMARY KEY (run_id_before, row_id)
) WITHOUT ROWID;
CREATE TRIGGER "identity_link_before_update" BEFORE UPDATE ON "identity_link"
WHEN (SELECT run_id FROM active_run) <> coalesce((SELECT run_id FROM run_block
    WHERE table_name = 'identity_link' AND first_row <= old.row_id ORDER BY first_row DESC LIMIT 1), 0)
BEGIN
    INSERT OR IGNORE INTO "identity_link_before" SELECT run_id, 0, old."row_id", old."identity_id", old."source_system", old."named_by", old."stream", old."named", old."sameness" FROM active_run;
END;
CREATE TRIGGER "identity_link_before_delete" BEFORE DELETE ON "identity_link"
WHEN (SELECT run_id FROM active_run) <> coalesce((SELECT run_id FROM run_block
    WHERE table_name = 'identity_link' AND first_row <= old.row_id ORDER BY first_row DESC LIMIT 1), 0)
BEGIN
    INSERT OR IGNORE INTO "identity_link_before" SELECT run_id, 0, old."row_id", old."identity_id", old."source_system", old."named_by", old."stream", old."named", old."sameness" FROM active_run;
    UPDATE "identity_link_before" SET gone_before = 1
    WHERE run_id_before = (SELECT run_id FROM active_run) AND row_id = old.row_id;
END;
