-- Made from the data dictionary (src/model/chart/dictionary.rs); a test holds the two equal.
ALTER TABLE "document_reference" ADD COLUMN "page_count" INTEGER;
ALTER TABLE "document_reference_before" ADD COLUMN "page_count" INTEGER;
ALTER TABLE "document_reference" ADD COLUMN "text" TEXT;
ALTER TABLE "document_reference_before" ADD COLUMN "text" TEXT;
ALTER TABLE "document_reference" ADD COLUMN "text_source" TEXT;
ALTER TABLE "document_reference_before" ADD COLUMN "text_source" TEXT;
ALTER TABLE "document_reference" ADD COLUMN "text_confidence" REAL;
ALTER TABLE "document_reference_before" ADD COLUMN "text_confidence" REAL;
DROP TRIGGER "document_reference_before_update";
DROP TRIGGER "document_reference_before_delete";
CREATE TRIGGER "document_reference_before_update" BEFORE UPDATE ON "document_reference"
WHEN (SELECT run_id FROM active_run) <> coalesce((SELECT run_id FROM run_block
    WHERE table_name = 'document_reference' AND first_row <= old.row_id ORDER BY first_row DESC LIMIT 1), 0)
BEGIN
    INSERT OR IGNORE INTO "document_reference_before" SELECT run_id, 0, old."row_id", old."id", old."identity_id", old."patient_id", old."source_record_id", old."status", old."doc_status", old."code", old."code_system", old."code_display", old."code_text", old."code_original", old."code_original_system", old."category", old."date", old."description", old."author_name", old."practitioner_id", old."mime_type", old."file_name", old."size_bytes", old."sha256", old."encounter_id", old."procedure_id", old."series_uid", old."instance_uid", old."extra", old."page_count", old."text", old."text_source", old."text_confidence" FROM active_run;
END;
CREATE TRIGGER "document_reference_before_delete" BEFORE DELETE ON "document_reference"
WHEN (SELECT run_id FROM active_run) <> coalesce((SELECT run_id FROM run_block
    WHERE table_name = 'document_reference' AND first_row <= old.row_id ORDER BY first_row DESC LIMIT 1), 0)
BEGIN
    INSERT OR IGNORE INTO "document_reference_before" SELECT run_id, 0, old."row_id", old."id", old."identity_id", old."patient_id", old."source_record_id", old."status", old."doc_status", old."code", old."code_system", old."code_display", old."code_text", old."code_original", old."code_original_system", old."category", old."date", old."description", old."author_name", old."practitioner_id", old."mime_type", old."file_name", old."size_bytes", old."sha256", old."encounter_id", old."procedure_id", old."series_uid", old."instance_uid", old."extra", old."page_count", old."text", old."text_source", old."text_confidence" FROM active_run;
    UPDATE "document_reference_before" SET gone_before = 1
    WHERE run_id_before = (SELECT run_id FROM active_run) AND row_id = old.row_id;
END;
