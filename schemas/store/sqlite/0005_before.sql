-- Made by the program (src/store/schema/before.rs); a test holds the two equal.
-- What rows were before a run changed them, by run: the first state of each in that run.

CREATE TABLE "review_decision_before" (
    run_id_before INTEGER NOT NULL,
    gone_before INTEGER NOT NULL,
    "row_id" INTEGER,
    "left_identity" TEXT,
    "right_identity" TEXT,
    "run_id" INTEGER,
    "decision" TEXT,
    "decided_by" TEXT,
    "decided" TEXT,
    "reason" TEXT,
    "accepted" TEXT,
    PRIMARY KEY (run_id_before, row_id)
) WITHOUT ROWID;
CREATE TRIGGER "review_decision_before_update" BEFORE UPDATE ON "review_decision"
WHEN (SELECT run_id FROM active_run) <> coalesce((SELECT run_id FROM run_block
    WHERE table_name = 'review_decision' AND first_row <= old.row_id ORDER BY first_row DESC LIMIT 1), 0)
BEGIN
    INSERT OR IGNORE INTO "review_decision_before" SELECT run_id, 0, old."row_id", old."left_identity", old."right_identity", old."run_id", old."decision", old."decided_by", old."decided", old."reason", old."accepted" FROM active_run;
END;
CREATE TRIGGER "review_decision_before_delete" BEFORE DELETE ON "review_decision"
WHEN (SELECT run_id FROM active_run) <> coalesce((SELECT run_id FROM run_block
    WHERE table_name = 'review_decision' AND first_row <= old.row_id ORDER BY first_row DESC LIMIT 1), 0)
BEGIN
    INSERT OR IGNORE INTO "review_decision_before" SELECT run_id, 0, old."row_id", old."left_identity", old."right_identity", old."run_id", old."decision", old."decided_by", old."decided", old."reason", old."accepted" FROM active_run;
    UPDATE "review_decision_before" SET gone_before = 1
    WHERE run_id_before = (SELECT run_id FROM active_run) AND row_id = old.row_id;
END;

CREATE TABLE "setting_before" (
    run_id_before INTEGER NOT NULL,
    gone_before INTEGER NOT NULL,
    "row_id" INTEGER,
    "run_id" INTEGER,
    "name" TEXT,
    "value" TEXT,
    "decided_by" TEXT,
    "decided" TEXT,
    "reason" TEXT,
    "text" TEXT,
    PRIMARY KEY (run_id_before, row_id)
) WITHOUT ROWID;
CREATE TRIGGER "setting_before_update" BEFORE UPDATE ON "setting"
WHEN (SELECT run_id FROM active_run) <> coalesce((SELECT run_id FROM run_block
    WHERE table_name = 'setting' AND first_row <= old.row_id ORDER BY first_row DESC LIMIT 1), 0)
BEGIN
    INSERT OR IGNORE INTO "setting_before" SELECT run_id, 0, old."row_id", old."run_id", old."name", old."value", old."decided_by", old."decided", old."reason", old."text" FROM active_run;
END;
CREATE TRIGGER "setting_before_delete" BEFORE DELETE ON "setting"
WHEN (SELECT run_id FROM active_run) <> coalesce((SELECT run_id FROM run_block
    WHERE table_name = 'setting' AND first_row <= old.row_id ORDER BY first_row DESC LIMIT 1), 0)
BEGIN
    INSERT OR IGNORE INTO "setting_before" SELECT run_id, 0, old."row_id", old."run_id", old."name", old."value", old."decided_by", old."decided", old."reason", old."text" FROM active_run;
    UPDATE "setting_before" SET gone_before = 1
    WHERE run_id_before = (SELECT run_id FROM active_run) AND row_id = old.row_id;
END;
