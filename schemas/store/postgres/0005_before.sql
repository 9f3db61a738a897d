-- Made by the program (src/store/schema/before.rs); a test holds the two equal.
-- What rows were before a run changed them, by run: the first state of each in that run.

CREATE SEQUENCE "review_decision_row_number" AS BIGINT INCREMENT BY 65536;
CREATE TABLE "review_decision_before" (
    run_id_before BIGINT NOT NULL,
    gone_before BIGINT NOT NULL,
    "row_id" BIGINT,
    "left_identity" TEXT COLLATE "C",
    "right_identity" TEXT COLLATE "C",
    "run_id" BIGINT,
    "decision" TEXT COLLATE "C",
    "decided_by" TEXT COLLATE "C",
    "decided" TEXT COLLATE "C",
    "reason" TEXT COLLATE "C",
    "accepted" TEXT COLLATE "C",
    PRIMARY KEY (run_id_before, row_id)
);
CREATE TRIGGER "review_decision_before_update" BEFORE UPDATE ON "review_decision" FOR EACH ROW EXECUTE FUNCTION keep_before('row_id');
CREATE TRIGGER "review_decision_before_delete" BEFORE DELETE ON "review_decision" FOR EACH ROW EXECUTE FUNCTION keep_before('row_id');

CREATE SEQUENCE "setting_row_number" AS BIGINT INCREMENT BY 65536;
CREATE TABLE "setting_before" (
    run_id_before BIGINT NOT NULL,
    gone_before BIGINT NOT NULL,
    "row_id" BIGINT,
    "run_id" BIGINT,
    "name" TEXT COLLATE "C",
    "value" TEXT COLLATE "C",
    "decided_by" TEXT COLLATE "C",
    "decided" TEXT COLLATE "C",
    "reason" TEXT COLLATE "C",
    "text" TEXT COLLATE "C",
    PRIMARY KEY (run_id_before, row_id)
);
CREATE TRIGGER "setting_before_update" BEFORE UPDATE ON "setting" FOR EACH ROW EXECUTE FUNCTION keep_before('row_id');
CREATE TRIGGER "setting_before_delete" BEFORE DELETE ON "setting" FOR EACH ROW EXECUTE FUNCTION keep_before('row_id');
