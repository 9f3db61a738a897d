-- Made by the program (src/store/schema/before.rs); a test holds the two equal.
-- What rows were before a run changed them, by run: the first state of each in that run.

CREATE SEQUENCE "identity_link_row_number" AS BIGINT INCREMENT BY 65536;
CREATE TABLE "identity_link_before" (
    run_id_before BIGINT NOT NULL,
    gone_before BIGINT NOT NULL,
    "row_id" BIGINT,
    "identity_id" TEXT COLLATE "C",
    "source_system" TEXT COLLATE "C",
    "named_by" TEXT COLLATE "C",
    "stream" TEXT COLLATE "C",
    "named" TEXT COLLATE "C",
    "sameness" TEXT COLLATE "C",
    PRIMARY KEY (run_id_before, row_id)
);
CREATE TRIGGER "identity_link_before_update" BEFORE UPDATE ON "identity_link" FOR EACH ROW EXECUTE FUNCTION keep_before('row_id');
CREATE TRIGGER "identity_link_before_delete" BEFORE DELETE ON "identity_link" FOR EACH ROW EXECUTE FUNCTION keep_before('row_id');
