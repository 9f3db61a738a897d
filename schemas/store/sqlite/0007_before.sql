-- Made by the program (src/store/schema/before.rs); a test holds the two equal.
-- What rows were before a run changed them, by run: the first state of each in that run.

CREATE TABLE "document_decision_before" (
    run_id_before INTEGER NOT NULL,
    gone_before INTEGER NOT NULL,
    "row_id" INTEGER,
    "document_id" TEXT,
    "content_hash" BLOB,
    "identity_id" TEXT,
    "run_id" INTEGER,
    "decided_by" TEXT,
    "decided" TEXT,
    "reason" TEXT,
    PRIMARY KEY (run_id_before, row_id)
) WITHOUT ROWID;
CREATE TRIGGER "document_decision_before_update" BEFORE UPDATE ON "document_decision"
WHEN (SELECT run_id FROM active_run) <> coalesce((SELECT run_id FROM run_block
    WHERE table_name = 'document_decision' AND first_row <= old.row_id ORDER BY first_row DESC LIMIT 1), 0)
BEGIN
    INSERT OR IGNORE INTO "document_decision_before" SELECT run_id, 0, old."row_id", old."document_id", old."content_hash", old."identity_id", old."run_id", old."decided_by", old."decided", old."reason" FROM active_run;
END;
CREATE TRIGGER "document_decision_before_delete" BEFORE DELETE ON "document_decision"
WHEN (SELECT run_id FROM active_run) <> coalesce((SELECT run_id FROM run_block
    WHERE table_name = 'document_decision' AND first_row <= old.row_id ORDER BY first_row DESC LIMIT 1), 0)
BEGIN
    INSERT OR IGNORE INTO "document_decision_before" SELECT run_id, 0, old."row_id", old."document_id", old."content_hash", old."identity_id", old."run_id", old."decided_by", old."decided", old."reason" FROM active_run;
    UPDATE "document_decision_before" SET gone_before = 1
    WHERE run_id_before = (SELECT run_id FROM active_run) AND row_id = old.row_id;
END;
