-- Made by the program (src/store/schema/before.rs); a test holds the two equal.
-- What rows were before a run changed them, by run: the first state of each in that run.

CREATE SEQUENCE "document_decision_row_number" AS BIGINT INCREMENT BY 65536;
CREATE TABLE "document_decision_before" (
    run_id_before BIGINT NOT NULL,
    gone_before BIGINT NOT NULL,
    "row_id" BIGINT,
    "document_id" TEXT COLLATE "C",
    "content_hash" BYTEA,
    "identity_id" TEXT COLLATE "C",
    "run_id" BIGINT,
    "decided_by" TEXT COLLATE "C",
    "decided" TEXT COLLATE "C",
    "reason" TEXT COLLATE "C",
    PRIMARY KEY (run_id_before, row_id)
);
CREATE TRIGGER "document_decision_before_update" BEFORE UPDATE ON "document_decision" FOR EACH ROW EXECUTE FUNCTION keep_before('row_id');
CREATE TRIGGER "document_decision_before_delete" BEFORE DELETE ON "document_decision" FOR EACH ROW EXECUTE FUNCTION keep_before('row_id');
