-- Made by the program (src/store/schema/before.rs); a test holds the two equal.
-- What rows were before a run changed them, by run: the first state of each in that run.

CREATE SEQUENCE "patient_row_number" AS BIGINT INCREMENT BY 65536;
CREATE TABLE "patient_before" (
    run_id_before BIGINT NOT NULL,
    gone_before BIGINT NOT NULL,
    "row_id" BIGINT,
    "id" TEXT COLLATE "C",
    "identity_id" TEXT COLLATE "C",
    "patient_id" TEXT COLLATE "C",
    "source_record_id" BIGINT,
    "medical_record_number" TEXT COLLATE "C",
    "family_name" TEXT COLLATE "C",
    "given_name" TEXT COLLATE "C",
    "middle_name" TEXT COLLATE "C",
    "name_prefix" TEXT COLLATE "C",
    "name_suffix" TEXT COLLATE "C",
    "maiden_name" TEXT COLLATE "C",
    "mother_maiden_name" TEXT COLLATE "C",
    "birth_date" TEXT COLLATE "C",
    "birth_order" BIGINT,
    "birth_place" TEXT COLLATE "C",
    "deceased_date" TEXT COLLATE "C",
    "deceased" BOOLEAN,
    "gender" TEXT COLLATE "C",
    "marital_status" TEXT COLLATE "C",
    "race" TEXT COLLATE "C",
    "ethnicity" TEXT COLLATE "C",
    "language" TEXT COLLATE "C",
    "ssn" TEXT COLLATE "C",
    "drivers_license" TEXT COLLATE "C",
    "passport_number" TEXT COLLATE "C",
    "phone_home" TEXT COLLATE "C",
    "phone_mobile" TEXT COLLATE "C",
    "phone_work" TEXT COLLATE "C",
    "email" TEXT COLLATE "C",
    "address_line1" TEXT COLLATE "C",
    "address_line2" TEXT COLLATE "C",
    "city" TEXT COLLATE "C",
    "district" TEXT COLLATE "C",
    "state" TEXT COLLATE "C",
    "postal_code" TEXT COLLATE "C",
    "country" TEXT COLLATE "C",
    "address_text" TEXT COLLATE "C",
    "emergency_contact" TEXT COLLATE "C",
    "general_practitioner_name" TEXT COLLATE "C",
    "general_practitioner_id" TEXT COLLATE "C",
    "active" BOOLEAN,
    "last_updated" TEXT COLLATE "C",
    "extra" TEXT COLLATE "C",
    "replaced_by" TEXT COLLATE "C",
    PRIMARY KEY (run_id_before, row_id)
);
CREATE TRIGGER "patient_before_update" BEFORE UPDATE ON "patient" FOR EACH ROW EXECUTE FUNCTION keep_before('row_id');
CREATE TRIGGER "patient_before_delete" BEFORE DELETE ON "patient" FOR EACH ROW EXECUTE FUNCTION keep_before('row_id');

CREATE SEQUENCE "allergy_intolerance_row_number" AS BIGINT INCREMENT BY 65536;
CREATE TABLE "allergy_intolerance_before" (
    run_id_before BIGINT NOT NULL,
    gone_before BIGINT NOT NULL,
    "row_id" BIGINT,
    "id" TEXT COLLATE "C",
    "identity_id" TEXT COLLATE "C",
    "patient_id" TEXT COLLATE "C",
    "source_record_id" BIGINT,
    "clinical_status" TEXT COLLATE "C",
    "verification_status" TEXT COLLATE "C",
    "type" TEXT COLLATE "C",
    "category" TEXT COLLATE "C",
    "criticality" TEXT COLLATE "C",
    "code" TEXT COLLATE "C",
    "code_system" TEXT COLLATE "C",
    "code_display" TEXT COLLATE "C",
    "code_text" TEXT COLLATE "C",
    "code_original" TEXT COLLATE "C",
    "code_original_system" TEXT COLLATE "C",
    "onset" TEXT COLLATE "C",
    "abatement" TEXT COLLATE "C",
    "recorded_date" TEXT COLLATE "C",
    "reaction_code" TEXT COLLATE "C",
    "reaction_system" TEXT COLLATE "C",
    "reaction_display" TEXT COLLATE "C",
    "reaction_text" TEXT COLLATE "C",
    "reaction_severity" TEXT COLLATE "C",
    "reaction_2_code" TEXT COLLATE "C",
    "reaction_2_system" TEXT COLLATE "C",
    "reaction_2_display" TEXT COLLATE "C",
    "reaction_2_text" TEXT COLLATE "C",
    "reaction_2_severity" TEXT COLLATE "C",
    "encounter_id" TEXT COLLATE "C",
    "practitioner_id" TEXT COLLATE "C",
    "note" TEXT COLLATE "C",
    "extra" TEXT COLLATE "C",
    PRIMARY KEY (run_id_before, row_id)
);
CREATE TRIGGER "allergy_intolerance_before_update" BEFORE UPDATE ON "allergy_intolerance" FOR EACH ROW EXECUTE FUNCTION keep_before('row_id');
CREATE TRIGGER "allergy_intolerance_before_delete" BEFORE DELETE ON "allergy_intolerance" FOR EACH ROW EXECUTE FUNCTION keep_before('row_id');

CREATE SEQUENCE "organization_row_number" AS BIGINT INCREMENT BY 65536;
CREATE TABLE "organization_before" (
    run_id_before BIGINT NOT NULL,
    gone_before BIGINT NOT NULL,
    "row_id" BIGINT,
    "id" TEXT COLLATE "C",
    "identity_id" TEXT COLLATE "C",
    "patient_id" TEXT COLLATE "C",
    "source_record_id" BIGINT,
    "identifier" TEXT COLLATE "C",
    "name" TEXT COLLATE "C",
    "type" TEXT COLLATE "C",
    "phone" TEXT COLLATE "C",
    "email" TEXT COLLATE "C",
    "address_line1" TEXT COLLATE "C",
    "city" TEXT COLLATE "C",
    "state" TEXT COLLATE "C",
    "postal_code" TEXT COLLATE "C",
    "country" TEXT COLLATE "C",
    "active" BOOLEAN,
    "extra" TEXT COLLATE "C",
    PRIMARY KEY (run_id_before, row_id)
);
CREATE TRIGGER "organization_before_update" BEFORE UPDATE ON "organization" FOR EACH ROW EXECUTE FUNCTION keep_before('row_id');
CREATE TRIGGER "organization_before_delete" BEFORE DELETE ON "organization" FOR EACH ROW EXECUTE FUNCTION keep_before('row_id');

CREATE SEQUENCE "location_row_number" AS BIGINT INCREMENT BY 65536;
CREATE TABLE "location_before" (
    run_id_before BIGINT NOT NULL,
    gone_before BIGINT NOT NULL,
    "row_id" BIGINT,
    "id" TEXT COLLATE "C",
    "identity_id" TEXT COLLATE "C",
    "patient_id" TEXT COLLATE "C",
    "source_record_id" BIGINT,
    "identifier" TEXT COLLATE "C",
    "name" TEXT COLLATE "C",
    "status" TEXT COLLATE "C",
    "type" TEXT COLLATE "C",
    "phone" TEXT COLLATE "C",
    "address_line1" TEXT COLLATE "C",
    "city" TEXT COLLATE "C",
    "state" TEXT COLLATE "C",
    "postal_code" TEXT COLLATE "C",
    "latitude" DOUBLE PRECISION,
    "longitude" DOUBLE PRECISION,
    "organization_id" TEXT COLLATE "C",
    "extra" TEXT COLLATE "C",
    PRIMARY KEY (run_id_before, row_id)
);
CREATE TRIGGER "location_before_update" BEFORE UPDATE ON "location" FOR EACH ROW EXECUTE FUNCTION keep_before('row_id');
CREATE TRIGGER "location_before_delete" BEFORE DELETE ON "location" FOR EACH ROW EXECUTE FUNCTION keep_before('row_id');

CREATE SEQUENCE "practitioner_row_number" AS BIGINT INCREMENT BY 65536;
CREATE TABLE "practitioner_before" (
    run_id_before BIGINT NOT NULL,
    gone_before BIGINT NOT NULL,
    "row_id" BIGINT,
    "id" TEXT COLLATE "C",
    "identity_id" TEXT COLLATE "C",
    "patient_id" TEXT COLLATE "C",
    "source_record_id" BIGINT,
    "identifier" TEXT COLLATE "C",
    "name" TEXT COLLATE "C",
    "family_name" TEXT COLLATE "C",
    "given_name" TEXT COLLATE "C",
    "name_prefix" TEXT COLLATE "C",
    "name_suffix" TEXT COLLATE "C",
    "gender" TEXT COLLATE "C",
    "specialty" TEXT COLLATE "C",
    "phone" TEXT COLLATE "C",
    "email" TEXT COLLATE "C",
    "address_line1" TEXT COLLATE "C",
    "city" TEXT COLLATE "C",
    "state" TEXT COLLATE "C",
    "postal_code" TEXT COLLATE "C",
    "organization_id" TEXT COLLATE "C",
    "active" BOOLEAN,
    "extra" TEXT COLLATE "C",
    PRIMARY KEY (run_id_before, row_id)
);
CREATE TRIGGER "practitioner_before_update" BEFORE UPDATE ON "practitioner" FOR EACH ROW EXECUTE FUNCTION keep_before('row_id');
CREATE TRIGGER "practitioner_before_delete" BEFORE DELETE ON "practitioner" FOR EACH ROW EXECUTE FUNCTION keep_before('row_id');

CREATE SEQUENCE "coverage_row_number" AS BIGINT INCREMENT BY 65536;
CREATE TABLE "coverage_before" (
    run_id_before BIGINT NOT NULL,
    gone_before BIGINT NOT NULL,
    "row_id" BIGINT,
    "id" TEXT COLLATE "C",
    "identity_id" TEXT COLLATE "C",
    "patient_id" TEXT COLLATE "C",
    "source_record_id" BIGINT,
    "status" TEXT COLLATE "C",
    "type" TEXT COLLATE "C",
    "subscriber_id" TEXT COLLATE "C",
    "subscriber_name" TEXT COLLATE "C",
    "relationship" TEXT COLLATE "C",
    "period_start" TEXT COLLATE "C",
    "period_end" TEXT COLLATE "C",
    "priority" BIGINT,
    "payor_name" TEXT COLLATE "C",
    "payor_organization_id" TEXT COLLATE "C",
    "group_number" TEXT COLLATE "C",
    "plan_name" TEXT COLLATE "C",
    "extra" TEXT COLLATE "C",
    PRIMARY KEY (run_id_before, row_id)
);
CREATE TRIGGER "coverage_before_update" BEFORE UPDATE ON "coverage" FOR EACH ROW EXECUTE FUNCTION keep_before('row_id');
CREATE TRIGGER "coverage_before_delete" BEFORE DELETE ON "coverage" FOR EACH ROW EXECUTE FUNCTION keep_before('row_id');

CREATE SEQUENCE "encounter_row_number" AS BIGINT INCREMENT BY 65536;
CREATE TABLE "encounter_before" (
    run_id_before BIGINT NOT NULL,
    gone_before BIGINT NOT NULL,
    "row_id" BIGINT,
    "id" TEXT COLLATE "C",
    "identity_id" TEXT COLLATE "C",
    "patient_id" TEXT COLLATE "C",
    "source_record_id" BIGINT,
    "status" TEXT COLLATE "C",
    "class" TEXT COLLATE "C",
    "code" TEXT COLLATE "C",
    "code_system" TEXT COLLATE "C",
    "code_display" TEXT COLLATE "C",
    "code_text" TEXT COLLATE "C",
    "code_original" TEXT COLLATE "C",
    "code_original_system" TEXT COLLATE "C",
    "reason_code" TEXT COLLATE "C",
    "reason_system" TEXT COLLATE "C",
    "reason_display" TEXT COLLATE "C",
    "reason_text" TEXT COLLATE "C",
    "period_start" TEXT COLLATE "C",
    "period_end" TEXT COLLATE "C",
    "description" TEXT COLLATE "C",
    "practitioner_id" TEXT COLLATE "C",
    "organization_id" TEXT COLLATE "C",
    "location_id" TEXT COLLATE "C",
    "appointment_id" TEXT COLLATE "C",
    "extra" TEXT COLLATE "C",
    PRIMARY KEY (run_id_before, row_id)
);
CREATE TRIGGER "encounter_before_update" BEFORE UPDATE ON "encounter" FOR EACH ROW EXECUTE FUNCTION keep_before('row_id');
CREATE TRIGGER "encounter_before_delete" BEFORE DELETE ON "encounter" FOR EACH ROW EXECUTE FUNCTION keep_before('row_id');

CREATE SEQUENCE "appointment_row_number" AS BIGINT INCREMENT BY 65536;
CREATE TABLE "appointment_before" (
    run_id_before BIGINT NOT NULL,
    gone_before BIGINT NOT NULL,
    "row_id" BIGINT,
    "id" TEXT COLLATE "C",
    "identity_id" TEXT COLLATE "C",
    "patient_id" TEXT COLLATE "C",
    "source_record_id" BIGINT,
    "status" TEXT COLLATE "C",
    "type_text" TEXT COLLATE "C",
    "description" TEXT COLLATE "C",
    "reason_code" TEXT COLLATE "C",
    "reason_system" TEXT COLLATE "C",
    "reason_display" TEXT COLLATE "C",
    "reason_text" TEXT COLLATE "C",
    "start" TEXT COLLATE "C",
    "end" TEXT COLLATE "C",
    "minutes_duration" BIGINT,
    "created" TEXT COLLATE "C",
    "comment" TEXT COLLATE "C",
    "cancelation_reason" TEXT COLLATE "C",
    "practitioner_name" TEXT COLLATE "C",
    "practitioner_id" TEXT COLLATE "C",
    "location_id" TEXT COLLATE "C",
    "extra" TEXT COLLATE "C",
    PRIMARY KEY (run_id_before, row_id)
);
CREATE TRIGGER "appointment_before_update" BEFORE UPDATE ON "appointment" FOR EACH ROW EXECUTE FUNCTION keep_before('row_id');
CREATE TRIGGER "appointment_before_delete" BEFORE DELETE ON "appointment" FOR EACH ROW EXECUTE FUNCTION keep_before('row_id');

CREATE SEQUENCE "condition_row_number" AS BIGINT INCREMENT BY 65536;
CREATE TABLE "condition_before" (
    run_id_before BIGINT NOT NULL,
    gone_before BIGINT NOT NULL,
    "row_id" BIGINT,
    "id" TEXT COLLATE "C",
    "identity_id" TEXT COLLATE "C",
    "patient_id" TEXT COLLATE "C",
    "source_record_id" BIGINT,
    "clinical_status" TEXT COLLATE "C",
    "verification_status" TEXT COLLATE "C",
    "category" TEXT COLLATE "C",
    "severity_code" TEXT COLLATE "C",
    "severity_system" TEXT COLLATE "C",
    "severity_display" TEXT COLLATE "C",
    "severity_text" TEXT COLLATE "C",
    "code" TEXT COLLATE "C",
    "code_system" TEXT COLLATE "C",
    "code_display" TEXT COLLATE "C",
    "code_text" TEXT COLLATE "C",
    "code_original" TEXT COLLATE "C",
    "code_original_system" TEXT COLLATE "C",
    "body_site_code" TEXT COLLATE "C",
    "body_site_system" TEXT COLLATE "C",
    "body_site_display" TEXT COLLATE "C",
    "body_site_text" TEXT COLLATE "C",
    "laterality" TEXT COLLATE "C",
    "onset" TEXT COLLATE "C",
    "abatement" TEXT COLLATE "C",
    "recorded_date" TEXT COLLATE "C",
    "encounter_id" TEXT COLLATE "C",
    "practitioner_id" TEXT COLLATE "C",
    "note" TEXT COLLATE "C",
    "extra" TEXT COLLATE "C",
    PRIMARY KEY (run_id_before, row_id)
);
CREATE TRIGGER "condition_before_update" BEFORE UPDATE ON "condition" FOR EACH ROW EXECUTE FUNCTION keep_before('row_id');
CREATE TRIGGER "condition_before_delete" BEFORE DELETE ON "condition" FOR EACH ROW EXECUTE FUNCTION keep_before('row_id');

CREATE SEQUENCE "medication_request_row_number" AS BIGINT INCREMENT BY 65536;
CREATE TABLE "medication_request_before" (
    run_id_before BIGINT NOT NULL,
    gone_before BIGINT NOT NULL,
    "row_id" BIGINT,
    "id" TEXT COLLATE "C",
    "identity_id" TEXT COLLATE "C",
    "patient_id" TEXT COLLATE "C",
    "source_record_id" BIGINT,
    "status" TEXT COLLATE "C",
    "status_reason" TEXT COLLATE "C",
    "intent" TEXT COLLATE "C",
    "code" TEXT COLLATE "C",
    "code_system" TEXT COLLATE "C",
    "code_display" TEXT COLLATE "C",
    "code_text" TEXT COLLATE "C",
    "code_original" TEXT COLLATE "C",
    "code_original_system" TEXT COLLATE "C",
    "authored_on" TEXT COLLATE "C",
    "period_start" TEXT COLLATE "C",
    "period_end" TEXT COLLATE "C",
    "dosage_text" TEXT COLLATE "C",
    "dose_value" DOUBLE PRECISION,
    "dose_unit" TEXT COLLATE "C",
    "frequency_value" DOUBLE PRECISION,
    "frequency_unit" TEXT COLLATE "C",
    "route" TEXT COLLATE "C",
    "quantity_value" DOUBLE PRECISION,
    "quantity_unit" TEXT COLLATE "C",
    "days_supply" BIGINT,
    "refills" BIGINT,
    "dispense_count" BIGINT,
    "substitution_allowed" BOOLEAN,
    "pharmacy_name" TEXT COLLATE "C",
    "prescription_number" TEXT COLLATE "C",
    "reason_code" TEXT COLLATE "C",
    "reason_system" TEXT COLLATE "C",
    "reason_display" TEXT COLLATE "C",
    "reason_text" TEXT COLLATE "C",
    "note" TEXT COLLATE "C",
    "encounter_id" TEXT COLLATE "C",
    "practitioner_id" TEXT COLLATE "C",
    "coverage_id" TEXT COLLATE "C",
    "payer_organization_id" TEXT COLLATE "C",
    "extra" TEXT COLLATE "C",
    PRIMARY KEY (run_id_before, row_id)
);
CREATE TRIGGER "medication_request_before_update" BEFORE UPDATE ON "medication_request" FOR EACH ROW EXECUTE FUNCTION keep_before('row_id');
CREATE TRIGGER "medication_request_before_delete" BEFORE DELETE ON "medication_request" FOR EACH ROW EXECUTE FUNCTION keep_before('row_id');

CREATE SEQUENCE "medication_statement_row_number" AS BIGINT INCREMENT BY 65536;
CREATE TABLE "medication_statement_before" (
    run_id_before BIGINT NOT NULL,
    gone_before BIGINT NOT NULL,
    "row_id" BIGINT,
    "id" TEXT COLLATE "C",
    "identity_id" TEXT COLLATE "C",
    "patient_id" TEXT COLLATE "C",
    "source_record_id" BIGINT,
    "status" TEXT COLLATE "C",
    "code" TEXT COLLATE "C",
    "code_system" TEXT COLLATE "C",
    "code_display" TEXT COLLATE "C",
    "code_text" TEXT COLLATE "C",
    "code_original" TEXT COLLATE "C",
    "code_original_system" TEXT COLLATE "C",
    "effective_start" TEXT COLLATE "C",
    "effective_end" TEXT COLLATE "C",
    "date_asserted" TEXT COLLATE "C",
    "dosage_text" TEXT COLLATE "C",
    "dose_value" DOUBLE PRECISION,
    "dose_unit" TEXT COLLATE "C",
    "frequency_value" DOUBLE PRECISION,
    "frequency_unit" TEXT COLLATE "C",
    "route" TEXT COLLATE "C",
    "information_source" TEXT COLLATE "C",
    "reason_code" TEXT COLLATE "C",
    "reason_system" TEXT COLLATE "C",
    "reason_display" TEXT COLLATE "C",
    "reason_text" TEXT COLLATE "C",
    "note" TEXT COLLATE "C",
    "encounter_id" TEXT COLLATE "C",
    "extra" TEXT COLLATE "C",
    PRIMARY KEY (run_id_before, row_id)
);
CREATE TRIGGER "medication_statement_before_update" BEFORE UPDATE ON "medication_statement" FOR EACH ROW EXECUTE FUNCTION keep_before('row_id');
CREATE TRIGGER "medication_statement_before_delete" BEFORE DELETE ON "medication_statement" FOR EACH ROW EXECUTE FUNCTION keep_before('row_id');

CREATE SEQUENCE "medication_dispense_row_number" AS BIGINT INCREMENT BY 65536;
CREATE TABLE "medication_dispense_before" (
    run_id_before BIGINT NOT NULL,
    gone_before BIGINT NOT NULL,
    "row_id" BIGINT,
    "id" TEXT COLLATE "C",
    "identity_id" TEXT COLLATE "C",
    "patient_id" TEXT COLLATE "C",
    "source_record_id" BIGINT,
    "status" TEXT COLLATE "C",
    "code" TEXT COLLATE "C",
    "code_system" TEXT COLLATE "C",
    "code_display" TEXT COLLATE "C",
    "code_text" TEXT COLLATE "C",
    "code_original" TEXT COLLATE "C",
    "code_original_system" TEXT COLLATE "C",
    "when_prepared" TEXT COLLATE "C",
    "when_handed_over" TEXT COLLATE "C",
    "quantity_value" DOUBLE PRECISION,
    "quantity_unit" TEXT COLLATE "C",
    "days_supply" BIGINT,
    "pharmacy_name" TEXT COLLATE "C",
    "medication_request_id" TEXT COLLATE "C",
    "note" TEXT COLLATE "C",
    "extra" TEXT COLLATE "C",
    PRIMARY KEY (run_id_before, row_id)
);
CREATE TRIGGER "medication_dispense_before_update" BEFORE UPDATE ON "medication_dispense" FOR EACH ROW EXECUTE FUNCTION keep_before('row_id');
CREATE TRIGGER "medication_dispense_before_delete" BEFORE DELETE ON "medication_dispense" FOR EACH ROW EXECUTE FUNCTION keep_before('row_id');

CREATE SEQUENCE "immunization_row_number" AS BIGINT INCREMENT BY 65536;
CREATE TABLE "immunization_before" (
    run_id_before BIGINT NOT NULL,
    gone_before BIGINT NOT NULL,
    "row_id" BIGINT,
    "id" TEXT COLLATE "C",
    "identity_id" TEXT COLLATE "C",
    "patient_id" TEXT COLLATE "C",
    "source_record_id" BIGINT,
    "status" TEXT COLLATE "C",
    "status_reason" TEXT COLLATE "C",
    "code" TEXT COLLATE "C",
    "code_system" TEXT COLLATE "C",
    "code_display" TEXT COLLATE "C",
    "code_text" TEXT COLLATE "C",
    "code_original" TEXT COLLATE "C",
    "code_original_system" TEXT COLLATE "C",
    "occurrence" TEXT COLLATE "C",
    "lot_number" TEXT COLLATE "C",
    "expiration_date" TEXT COLLATE "C",
    "manufacturer" TEXT COLLATE "C",
    "site" TEXT COLLATE "C",
    "route" TEXT COLLATE "C",
    "dose_quantity" DOUBLE PRECISION,
    "dose_unit" TEXT COLLATE "C",
    "dose_number" TEXT COLLATE "C",
    "vaccine_group" TEXT COLLATE "C",
    "note" TEXT COLLATE "C",
    "encounter_id" TEXT COLLATE "C",
    "practitioner_id" TEXT COLLATE "C",
    "extra" TEXT COLLATE "C",
    PRIMARY KEY (run_id_before, row_id)
);
CREATE TRIGGER "immunization_before_update" BEFORE UPDATE ON "immunization" FOR EACH ROW EXECUTE FUNCTION keep_before('row_id');
CREATE TRIGGER "immunization_before_delete" BEFORE DELETE ON "immunization" FOR EACH ROW EXECUTE FUNCTION keep_before('row_id');

CREATE SEQUENCE "procedure_row_number" AS BIGINT INCREMENT BY 65536;
CREATE TABLE "procedure_before" (
    run_id_before BIGINT NOT NULL,
    gone_before BIGINT NOT NULL,
    "row_id" BIGINT,
    "id" TEXT COLLATE "C",
    "identity_id" TEXT COLLATE "C",
    "patient_id" TEXT COLLATE "C",
    "source_record_id" BIGINT,
    "status" TEXT COLLATE "C",
    "category" TEXT COLLATE "C",
    "code" TEXT COLLATE "C",
    "code_system" TEXT COLLATE "C",
    "code_display" TEXT COLLATE "C",
    "code_text" TEXT COLLATE "C",
    "code_original" TEXT COLLATE "C",
    "code_original_system" TEXT COLLATE "C",
    "reason_code" TEXT COLLATE "C",
    "reason_system" TEXT COLLATE "C",
    "reason_display" TEXT COLLATE "C",
    "reason_text" TEXT COLLATE "C",
    "body_site_code" TEXT COLLATE "C",
    "body_site_system" TEXT COLLATE "C",
    "body_site_display" TEXT COLLATE "C",
    "body_site_text" TEXT COLLATE "C",
    "laterality" TEXT COLLATE "C",
    "anesthesia" TEXT COLLATE "C",
    "performed_start" TEXT COLLATE "C",
    "performed_end" TEXT COLLATE "C",
    "outcome" TEXT COLLATE "C",
    "complication" TEXT COLLATE "C",
    "note" TEXT COLLATE "C",
    "practitioner_name" TEXT COLLATE "C",
    "practitioner_id" TEXT COLLATE "C",
    "encounter_id" TEXT COLLATE "C",
    "location_id" TEXT COLLATE "C",
    "extra" TEXT COLLATE "C",
    PRIMARY KEY (run_id_before, row_id)
);
CREATE TRIGGER "procedure_before_update" BEFORE UPDATE ON "procedure" FOR EACH ROW EXECUTE FUNCTION keep_before('row_id');
CREATE TRIGGER "procedure_before_delete" BEFORE DELETE ON "procedure" FOR EACH ROW EXECUTE FUNCTION keep_before('row_id');

CREATE SEQUENCE "service_request_row_number" AS BIGINT INCREMENT BY 65536;
CREATE TABLE "service_request_before" (
    run_id_before BIGINT NOT NULL,
    gone_before BIGINT NOT NULL,
    "row_id" BIGINT,
    "id" TEXT COLLATE "C",
    "identity_id" TEXT COLLATE "C",
    "patient_id" TEXT COLLATE "C",
    "source_record_id" BIGINT,
    "status" TEXT COLLATE "C",
    "intent" TEXT COLLATE "C",
    "category" TEXT COLLATE "C",
    "priority" TEXT COLLATE "C",
    "code" TEXT COLLATE "C",
    "code_system" TEXT COLLATE "C",
    "code_display" TEXT COLLATE "C",
    "code_text" TEXT COLLATE "C",
    "code_original" TEXT COLLATE "C",
    "code_original_system" TEXT COLLATE "C",
    "reason_code" TEXT COLLATE "C",
    "reason_system" TEXT COLLATE "C",
    "reason_display" TEXT COLLATE "C",
    "reason_text" TEXT COLLATE "C",
    "authored_on" TEXT COLLATE "C",
    "occurrence" TEXT COLLATE "C",
    "performer_name" TEXT COLLATE "C",
    "order_number" TEXT COLLATE "C",
    "note" TEXT COLLATE "C",
    "encounter_id" TEXT COLLATE "C",
    "practitioner_id" TEXT COLLATE "C",
    "extra" TEXT COLLATE "C",
    PRIMARY KEY (run_id_before, row_id)
);
CREATE TRIGGER "service_request_before_update" BEFORE UPDATE ON "service_request" FOR EACH ROW EXECUTE FUNCTION keep_before('row_id');
CREATE TRIGGER "service_request_before_delete" BEFORE DELETE ON "service_request" FOR EACH ROW EXECUTE FUNCTION keep_before('row_id');

CREATE SEQUENCE "diagnostic_report_row_number" AS BIGINT INCREMENT BY 65536;
CREATE TABLE "diagnostic_report_before" (
    run_id_before BIGINT NOT NULL,
    gone_before BIGINT NOT NULL,
    "row_id" BIGINT,
    "id" TEXT COLLATE "C",
    "identity_id" TEXT COLLATE "C",
    "patient_id" TEXT COLLATE "C",
    "source_record_id" BIGINT,
    "status" TEXT COLLATE "C",
    "category" TEXT COLLATE "C",
    "code" TEXT COLLATE "C",
    "code_system" TEXT COLLATE "C",
    "code_display" TEXT COLLATE "C",
    "code_text" TEXT COLLATE "C",
    "code_original" TEXT COLLATE "C",
    "code_original_system" TEXT COLLATE "C",
    "body_site_code" TEXT COLLATE "C",
    "body_site_system" TEXT COLLATE "C",
    "body_site_display" TEXT COLLATE "C",
    "body_site_text" TEXT COLLATE "C",
    "effective" TEXT COLLATE "C",
    "issued" TEXT COLLATE "C",
    "conclusion" TEXT COLLATE "C",
    "accession_number" TEXT COLLATE "C",
    "study_uid" TEXT COLLATE "C",
    "series_uid" TEXT COLLATE "C",
    "instance_uid" TEXT COLLATE "C",
    "encounter_id" TEXT COLLATE "C",
    "practitioner_id" TEXT COLLATE "C",
    "service_request_id" TEXT COLLATE "C",
    "extra" TEXT COLLATE "C",
    PRIMARY KEY (run_id_before, row_id)
);
CREATE TRIGGER "diagnostic_report_before_update" BEFORE UPDATE ON "diagnostic_report" FOR EACH ROW EXECUTE FUNCTION keep_before('row_id');
CREATE TRIGGER "diagnostic_report_before_delete" BEFORE DELETE ON "diagnostic_report" FOR EACH ROW EXECUTE FUNCTION keep_before('row_id');

CREATE SEQUENCE "observation_row_number" AS BIGINT INCREMENT BY 65536;
CREATE TABLE "observation_before" (
    run_id_before BIGINT NOT NULL,
    gone_before BIGINT NOT NULL,
    "row_id" BIGINT,
    "id" TEXT COLLATE "C",
    "identity_id" TEXT COLLATE "C",
    "patient_id" TEXT COLLATE "C",
    "source_record_id" BIGINT,
    "status" TEXT COLLATE "C",
    "category" TEXT COLLATE "C",
    "code" TEXT COLLATE "C",
    "code_system" TEXT COLLATE "C",
    "code_display" TEXT COLLATE "C",
    "code_text" TEXT COLLATE "C",
    "code_original" TEXT COLLATE "C",
    "code_original_system" TEXT COLLATE "C",
    "effective" TEXT COLLATE "C",
    "issued" TEXT COLLATE "C",
    "value_quantity" DOUBLE PRECISION,
    "value_comparator" TEXT COLLATE "C",
    "value_unit" TEXT COLLATE "C",
    "value_string" TEXT COLLATE "C",
    "value_code" TEXT COLLATE "C",
    "value_system" TEXT COLLATE "C",
    "value_display" TEXT COLLATE "C",
    "value_text" TEXT COLLATE "C",
    "value_datetime" TEXT COLLATE "C",
    "value_original" TEXT COLLATE "C",
    "interpretation" TEXT COLLATE "C",
    "reference_low" DOUBLE PRECISION,
    "reference_high" DOUBLE PRECISION,
    "reference_text" TEXT COLLATE "C",
    "body_site" TEXT COLLATE "C",
    "method" TEXT COLLATE "C",
    "position" TEXT COLLATE "C",
    "specimen" TEXT COLLATE "C",
    "note" TEXT COLLATE "C",
    "encounter_id" TEXT COLLATE "C",
    "practitioner_id" TEXT COLLATE "C",
    "diagnostic_report_id" TEXT COLLATE "C",
    "service_request_id" TEXT COLLATE "C",
    "extra" TEXT COLLATE "C",
    PRIMARY KEY (run_id_before, row_id)
);
CREATE TRIGGER "observation_before_update" BEFORE UPDATE ON "observation" FOR EACH ROW EXECUTE FUNCTION keep_before('row_id');
CREATE TRIGGER "observation_before_delete" BEFORE DELETE ON "observation" FOR EACH ROW EXECUTE FUNCTION keep_before('row_id');

CREATE SEQUENCE "document_reference_row_number" AS BIGINT INCREMENT BY 65536;
CREATE TABLE "document_reference_before" (
    run_id_before BIGINT NOT NULL,
    gone_before BIGINT NOT NULL,
    "row_id" BIGINT,
    "id" TEXT COLLATE "C",
    "identity_id" TEXT COLLATE "C",
    "patient_id" TEXT COLLATE "C",
    "source_record_id" BIGINT,
    "status" TEXT COLLATE "C",
    "doc_status" TEXT COLLATE "C",
    "code" TEXT COLLATE "C",
    "code_system" TEXT COLLATE "C",
    "code_display" TEXT COLLATE "C",
    "code_text" TEXT COLLATE "C",
    "code_original" TEXT COLLATE "C",
    "code_original_system" TEXT COLLATE "C",
    "category" TEXT COLLATE "C",
    "date" TEXT COLLATE "C",
    "description" TEXT COLLATE "C",
    "author_name" TEXT COLLATE "C",
    "practitioner_id" TEXT COLLATE "C",
    "mime_type" TEXT COLLATE "C",
    "file_name" TEXT COLLATE "C",
    "size_bytes" BIGINT,
    "sha256" TEXT COLLATE "C",
    "encounter_id" TEXT COLLATE "C",
    "procedure_id" TEXT COLLATE "C",
    "series_uid" TEXT COLLATE "C",
    "instance_uid" TEXT COLLATE "C",
    "extra" TEXT COLLATE "C",
    PRIMARY KEY (run_id_before, row_id)
);
CREATE TRIGGER "document_reference_before_update" BEFORE UPDATE ON "document_reference" FOR EACH ROW EXECUTE FUNCTION keep_before('row_id');
CREATE TRIGGER "document_reference_before_delete" BEFORE DELETE ON "document_reference" FOR EACH ROW EXECUTE FUNCTION keep_before('row_id');

CREATE SEQUENCE "consent_row_number" AS BIGINT INCREMENT BY 65536;
CREATE TABLE "consent_before" (
    run_id_before BIGINT NOT NULL,
    gone_before BIGINT NOT NULL,
    "row_id" BIGINT,
    "id" TEXT COLLATE "C",
    "identity_id" TEXT COLLATE "C",
    "patient_id" TEXT COLLATE "C",
    "source_record_id" BIGINT,
    "status" TEXT COLLATE "C",
    "scope" TEXT COLLATE "C",
    "category_code" TEXT COLLATE "C",
    "category_system" TEXT COLLATE "C",
    "category_display" TEXT COLLATE "C",
    "category_text" TEXT COLLATE "C",
    "decision" TEXT COLLATE "C",
    "date_time" TEXT COLLATE "C",
    "period_start" TEXT COLLATE "C",
    "period_end" TEXT COLLATE "C",
    "policy" TEXT COLLATE "C",
    "performer_name" TEXT COLLATE "C",
    "witness_name" TEXT COLLATE "C",
    "note" TEXT COLLATE "C",
    "encounter_id" TEXT COLLATE "C",
    "document_id" TEXT COLLATE "C",
    "extra" TEXT COLLATE "C",
    PRIMARY KEY (run_id_before, row_id)
);
CREATE TRIGGER "consent_before_update" BEFORE UPDATE ON "consent" FOR EACH ROW EXECUTE FUNCTION keep_before('row_id');
CREATE TRIGGER "consent_before_delete" BEFORE DELETE ON "consent" FOR EACH ROW EXECUTE FUNCTION keep_before('row_id');

CREATE SEQUENCE "care_plan_row_number" AS BIGINT INCREMENT BY 65536;
CREATE TABLE "care_plan_before" (
    run_id_before BIGINT NOT NULL,
    gone_before BIGINT NOT NULL,
    "row_id" BIGINT,
    "id" TEXT COLLATE "C",
    "identity_id" TEXT COLLATE "C",
    "patient_id" TEXT COLLATE "C",
    "source_record_id" BIGINT,
    "status" TEXT COLLATE "C",
    "intent" TEXT COLLATE "C",
    "code" TEXT COLLATE "C",
    "code_system" TEXT COLLATE "C",
    "code_display" TEXT COLLATE "C",
    "code_text" TEXT COLLATE "C",
    "code_original" TEXT COLLATE "C",
    "code_original_system" TEXT COLLATE "C",
    "title" TEXT COLLATE "C",
    "description" TEXT COLLATE "C",
    "period_start" TEXT COLLATE "C",
    "period_end" TEXT COLLATE "C",
    "reason_code" TEXT COLLATE "C",
    "reason_system" TEXT COLLATE "C",
    "reason_display" TEXT COLLATE "C",
    "reason_text" TEXT COLLATE "C",
    "encounter_id" TEXT COLLATE "C",
    "practitioner_id" TEXT COLLATE "C",
    "extra" TEXT COLLATE "C",
    PRIMARY KEY (run_id_before, row_id)
);
CREATE TRIGGER "care_plan_before_update" BEFORE UPDATE ON "care_plan" FOR EACH ROW EXECUTE FUNCTION keep_before('row_id');
CREATE TRIGGER "care_plan_before_delete" BEFORE DELETE ON "care_plan" FOR EACH ROW EXECUTE FUNCTION keep_before('row_id');

CREATE SEQUENCE "device_row_number" AS BIGINT INCREMENT BY 65536;
CREATE TABLE "device_before" (
    run_id_before BIGINT NOT NULL,
    gone_before BIGINT NOT NULL,
    "row_id" BIGINT,
    "id" TEXT COLLATE "C",
    "identity_id" TEXT COLLATE "C",
    "patient_id" TEXT COLLATE "C",
    "source_record_id" BIGINT,
    "status" TEXT COLLATE "C",
    "code" TEXT COLLATE "C",
    "code_system" TEXT COLLATE "C",
    "code_display" TEXT COLLATE "C",
    "code_text" TEXT COLLATE "C",
    "code_original" TEXT COLLATE "C",
    "code_original_system" TEXT COLLATE "C",
    "udi" TEXT COLLATE "C",
    "device_name" TEXT COLLATE "C",
    "manufacturer" TEXT COLLATE "C",
    "model_number" TEXT COLLATE "C",
    "lot_number" TEXT COLLATE "C",
    "serial_number" TEXT COLLATE "C",
    "manufacture_date" TEXT COLLATE "C",
    "expiration_date" TEXT COLLATE "C",
    "start" TEXT COLLATE "C",
    "end" TEXT COLLATE "C",
    "body_site_code" TEXT COLLATE "C",
    "body_site_system" TEXT COLLATE "C",
    "body_site_display" TEXT COLLATE "C",
    "body_site_text" TEXT COLLATE "C",
    "laterality" TEXT COLLATE "C",
    "note" TEXT COLLATE "C",
    "procedure_id" TEXT COLLATE "C",
    "encounter_id" TEXT COLLATE "C",
    "extra" TEXT COLLATE "C",
    PRIMARY KEY (run_id_before, row_id)
);
CREATE TRIGGER "device_before_update" BEFORE UPDATE ON "device" FOR EACH ROW EXECUTE FUNCTION keep_before('row_id');
CREATE TRIGGER "device_before_delete" BEFORE DELETE ON "device" FOR EACH ROW EXECUTE FUNCTION keep_before('row_id');

CREATE SEQUENCE "family_member_history_row_number" AS BIGINT INCREMENT BY 65536;
CREATE TABLE "family_member_history_before" (
    run_id_before BIGINT NOT NULL,
    gone_before BIGINT NOT NULL,
    "row_id" BIGINT,
    "id" TEXT COLLATE "C",
    "identity_id" TEXT COLLATE "C",
    "patient_id" TEXT COLLATE "C",
    "source_record_id" BIGINT,
    "status" TEXT COLLATE "C",
    "relationship_code" TEXT COLLATE "C",
    "relationship_system" TEXT COLLATE "C",
    "relationship_display" TEXT COLLATE "C",
    "relationship_text" TEXT COLLATE "C",
    "name" TEXT COLLATE "C",
    "gender" TEXT COLLATE "C",
    "born" TEXT COLLATE "C",
    "deceased_date" TEXT COLLATE "C",
    "code" TEXT COLLATE "C",
    "code_system" TEXT COLLATE "C",
    "code_display" TEXT COLLATE "C",
    "code_text" TEXT COLLATE "C",
    "code_original" TEXT COLLATE "C",
    "code_original_system" TEXT COLLATE "C",
    "onset_text" TEXT COLLATE "C",
    "height_cm" DOUBLE PRECISION,
    "note" TEXT COLLATE "C",
    "extra" TEXT COLLATE "C",
    PRIMARY KEY (run_id_before, row_id)
);
CREATE TRIGGER "family_member_history_before_update" BEFORE UPDATE ON "family_member_history" FOR EACH ROW EXECUTE FUNCTION keep_before('row_id');
CREATE TRIGGER "family_member_history_before_delete" BEFORE DELETE ON "family_member_history" FOR EACH ROW EXECUTE FUNCTION keep_before('row_id');

CREATE SEQUENCE "patient_identity_row_number" AS BIGINT INCREMENT BY 65536;
CREATE TABLE "patient_identity_before" (
    run_id_before BIGINT NOT NULL,
    gone_before BIGINT NOT NULL,
    "row_id" BIGINT,
    "id" TEXT COLLATE "C",
    "source_system" TEXT COLLATE "C",
    "source_key" TEXT COLLATE "C",
    "stream_id" BIGINT,
    "key_hash" BYTEA,
    "patient_id" TEXT COLLATE "C",
    "source_record_id" BIGINT,
    "matched_identity" TEXT COLLATE "C",
    "match_weight" DOUBLE PRECISION,
    "match_probability" DOUBLE PRECISION,
    "match_evidence" TEXT COLLATE "C",
    "medical_record_number" TEXT COLLATE "C",
    "family_name" TEXT COLLATE "C",
    "given_name" TEXT COLLATE "C",
    "middle_name" TEXT COLLATE "C",
    "name_prefix" TEXT COLLATE "C",
    "name_suffix" TEXT COLLATE "C",
    "maiden_name" TEXT COLLATE "C",
    "mother_maiden_name" TEXT COLLATE "C",
    "birth_date" TEXT COLLATE "C",
    "birth_order" BIGINT,
    "birth_place" TEXT COLLATE "C",
    "deceased_date" TEXT COLLATE "C",
    "deceased" BOOLEAN,
    "gender" TEXT COLLATE "C",
    "marital_status" TEXT COLLATE "C",
    "race" TEXT COLLATE "C",
    "ethnicity" TEXT COLLATE "C",
    "language" TEXT COLLATE "C",
    "ssn" TEXT COLLATE "C",
    "drivers_license" TEXT COLLATE "C",
    "passport_number" TEXT COLLATE "C",
    "phone_home" TEXT COLLATE "C",
    "phone_mobile" TEXT COLLATE "C",
    "phone_work" TEXT COLLATE "C",
    "email" TEXT COLLATE "C",
    "address_line1" TEXT COLLATE "C",
    "address_line2" TEXT COLLATE "C",
    "city" TEXT COLLATE "C",
    "district" TEXT COLLATE "C",
    "state" TEXT COLLATE "C",
    "postal_code" TEXT COLLATE "C",
    "country" TEXT COLLATE "C",
    "address_text" TEXT COLLATE "C",
    "emergency_contact" TEXT COLLATE "C",
    "general_practitioner_name" TEXT COLLATE "C",
    "general_practitioner_id" TEXT COLLATE "C",
    "active" BOOLEAN,
    "last_updated" TEXT COLLATE "C",
    "extra" TEXT COLLATE "C",
    PRIMARY KEY (run_id_before, row_id)
);
CREATE TRIGGER "patient_identity_before_update" BEFORE UPDATE ON "patient_identity" FOR EACH ROW EXECUTE FUNCTION keep_before('row_id');
CREATE TRIGGER "patient_identity_before_delete" BEFORE DELETE ON "patient_identity" FOR EACH ROW EXECUTE FUNCTION keep_before('row_id');

CREATE SEQUENCE "source_record_row_number" AS BIGINT INCREMENT BY 65536;
CREATE TABLE "source_record_before" (
    run_id_before BIGINT NOT NULL,
    gone_before BIGINT NOT NULL,
    "id" BIGINT,
    "stream_id" BIGINT,
    "key_hash" BYTEA,
    "ordinal" BIGINT,
    "content_hash" BYTEA,
    "fate" TEXT COLLATE "C",
    "reason" TEXT COLLATE "C",
    "run_id" BIGINT,
    "payload_id" BIGINT,
    "payload_index" BIGINT,
    "charted" BIGINT,
    PRIMARY KEY (run_id_before, id)
);
CREATE TRIGGER "source_record_before_update" BEFORE UPDATE ON "source_record" FOR EACH ROW EXECUTE FUNCTION keep_before('id');
CREATE TRIGGER "source_record_before_delete" BEFORE DELETE ON "source_record" FOR EACH ROW EXECUTE FUNCTION keep_before('id');

CREATE SEQUENCE "source_stream_row_number" AS BIGINT INCREMENT BY 65536;
CREATE TABLE "source_stream_before" (
    run_id_before BIGINT NOT NULL,
    gone_before BIGINT NOT NULL,
    "id" BIGINT,
    "system" TEXT COLLATE "C",
    "stream" TEXT COLLATE "C",
    "mapping" TEXT COLLATE "C",
    PRIMARY KEY (run_id_before, id)
);
CREATE TRIGGER "source_stream_before_update" BEFORE UPDATE ON "source_stream" FOR EACH ROW EXECUTE FUNCTION keep_before('id');
CREATE TRIGGER "source_stream_before_delete" BEFORE DELETE ON "source_stream" FOR EACH ROW EXECUTE FUNCTION keep_before('id');

CREATE SEQUENCE "column_evidence_row_number" AS BIGINT INCREMENT BY 65536;
CREATE TABLE "column_evidence_before" (
    run_id_before BIGINT NOT NULL,
    gone_before BIGINT NOT NULL,
    "row_id" BIGINT,
    "stream_id" BIGINT,
    "column_name" TEXT COLLATE "C",
    "day_first" BIGINT,
    "month_first" BIGINT,
    PRIMARY KEY (run_id_before, row_id)
);
CREATE TRIGGER "column_evidence_before_update" BEFORE UPDATE ON "column_evidence" FOR EACH ROW EXECUTE FUNCTION keep_before('row_id');
CREATE TRIGGER "column_evidence_before_delete" BEFORE DELETE ON "column_evidence" FOR EACH ROW EXECUTE FUNCTION keep_before('row_id');

CREATE SEQUENCE "quarantine_row_number" AS BIGINT INCREMENT BY 65536;
CREATE TABLE "quarantine_before" (
    run_id_before BIGINT NOT NULL,
    gone_before BIGINT NOT NULL,
    "row_id" BIGINT,
    "source_record_id" BIGINT,
    "run_id" BIGINT,
    "file" TEXT COLLATE "C",
    "row" BIGINT,
    "offset_bytes" BIGINT,
    "key" TEXT COLLATE "C",
    "column_name" TEXT COLLATE "C",
    "reason_code" TEXT COLLATE "C",
    "reason" TEXT COLLATE "C",
    PRIMARY KEY (run_id_before, row_id)
);
CREATE TRIGGER "quarantine_before_update" BEFORE UPDATE ON "quarantine" FOR EACH ROW EXECUTE FUNCTION keep_before('row_id');
CREATE TRIGGER "quarantine_before_delete" BEFORE DELETE ON "quarantine" FOR EACH ROW EXECUTE FUNCTION keep_before('row_id');

CREATE SEQUENCE "match_review_row_number" AS BIGINT INCREMENT BY 65536;
CREATE TABLE "match_review_before" (
    run_id_before BIGINT NOT NULL,
    gone_before BIGINT NOT NULL,
    "row_id" BIGINT,
    "left_identity" TEXT COLLATE "C",
    "right_identity" TEXT COLLATE "C",
    "run_id" BIGINT,
    "weight" DOUBLE PRECISION,
    "probability" DOUBLE PRECISION,
    "reason" TEXT COLLATE "C",
    "evidence" TEXT COLLATE "C",
    "status" TEXT COLLATE "C",
    PRIMARY KEY (run_id_before, row_id)
);
CREATE TRIGGER "match_review_before_update" BEFORE UPDATE ON "match_review" FOR EACH ROW EXECUTE FUNCTION keep_before('row_id');
CREATE TRIGGER "match_review_before_delete" BEFORE DELETE ON "match_review" FOR EACH ROW EXECUTE FUNCTION keep_before('row_id');

CREATE SEQUENCE "waiting_document_row_number" AS BIGINT INCREMENT BY 65536;
CREATE TABLE "waiting_document_before" (
    run_id_before BIGINT NOT NULL,
    gone_before BIGINT NOT NULL,
    "row_id" BIGINT,
    "source_record_id" BIGINT,
    "number" BIGINT,
    "name" TEXT COLLATE "C",
    "bytes" BYTEA,
    PRIMARY KEY (run_id_before, row_id)
);
CREATE TRIGGER "waiting_document_before_update" BEFORE UPDATE ON "waiting_document" FOR EACH ROW EXECUTE FUNCTION keep_before('row_id');
CREATE TRIGGER "waiting_document_before_delete" BEFORE DELETE ON "waiting_document" FOR EACH ROW EXECUTE FUNCTION keep_before('row_id');

CREATE SEQUENCE "document_content_row_number" AS BIGINT INCREMENT BY 65536;
CREATE TABLE "document_content_before" (
    run_id_before BIGINT NOT NULL,
    gone_before BIGINT NOT NULL,
    "row_id" BIGINT,
    "document_id" TEXT COLLATE "C",
    "mime_type" TEXT COLLATE "C",
    "size_bytes" BIGINT,
    "sha256" TEXT COLLATE "C",
    "encoding" TEXT COLLATE "C",
    "bytes" BYTEA,
    PRIMARY KEY (run_id_before, row_id)
);
CREATE TRIGGER "document_content_before_update" BEFORE UPDATE ON "document_content" FOR EACH ROW EXECUTE FUNCTION keep_before('row_id');
CREATE TRIGGER "document_content_before_delete" BEFORE DELETE ON "document_content" FOR EACH ROW EXECUTE FUNCTION keep_before('row_id');
