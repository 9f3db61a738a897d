-- Made from the data dictionary (src/model/chart/dictionary.rs); a test holds the two equal.
ALTER TABLE "document_reference" ADD COLUMN "page_count" BIGINT;
ALTER TABLE "document_reference_before" ADD COLUMN "page_count" BIGINT;
ALTER TABLE "document_reference" ADD COLUMN "text" TEXT COLLATE "C";
ALTER TABLE "document_reference_before" ADD COLUMN "text" TEXT COLLATE "C";
ALTER TABLE "document_reference" ADD COLUMN "text_source" TEXT COLLATE "C";
ALTER TABLE "document_reference_before" ADD COLUMN "text_source" TEXT COLLATE "C";
ALTER TABLE "document_reference" ADD COLUMN "text_confidence" DOUBLE PRECISION;
ALTER TABLE "document_reference_before" ADD COLUMN "text_confidence" DOUBLE PRECISION;
