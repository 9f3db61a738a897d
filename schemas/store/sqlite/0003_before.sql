-- Made by the program (src/store/schema/before.rs); a test holds the two equal.
-- What rows were before a run changed them, by run: the first state of each in that run.

CREATE TABLE "patient_before" (
    run_id_before INTEGER NOT NULL,
    gone_before INTEGER NOT NULL,
    "row_id" INTEGER,
    "id" TEXT,
    "identity_id" TEXT,
    "patient_id" TEXT,
    "source_record_id" INTEGER,
    "medical_record_number" TEXT,
    "family_name" TEXT,
    "given_name" TEXT,
    "middle_name" TEXT,
    "name_prefix" TEXT,
    "name_suffix" TEXT,
    "maiden_name" TEXT,
    "mother_maiden_name" TEXT,
    "birth_date" TEXT,
    "birth_order" INTEGER,
    "birth_place" TEXT,
    "deceased_date" TEXT,
    "deceased" INTEGER,
    "gender" TEXT,
    "marital_status" TEXT,
    "race" TEXT,
    "ethnicity" TEXT,
    "language" TEXT,
    "ssn" TEXT,
    "drivers_license" TEXT,
    "passport_number" TEXT,
    "phone_home" TEXT,
    "phone_mobile" TEXT,
    "phone_work" TEXT,
    "email" TEXT,
    "address_line1" TEXT,
    "address_line2" TEXT,
    "city" TEXT,
    "district" TEXT,
    "state" TEXT,
    "postal_code" TEXT,
    "country" TEXT,
    "address_text" TEXT,
    "emergency_contact" TEXT,
    "general_practitioner_name" TEXT,
    "general_practitioner_id" TEXT,
    "active" INTEGER,
    "last_updated" TEXT,
    "extra" TEXT,
    "replaced_by" TEXT,
    PRIMARY KEY (run_id_before, row_id)
) WITHOUT ROWID;
CREATE TRIGGER "patient_before_update" BEFORE UPDATE ON "patient"
WHEN (SELECT run_id FROM active_run) <> coalesce((SELECT run_id FROM run_block
    WHERE table_name = 'patient' AND first_row <= old.row_id ORDER BY first_row DESC LIMIT 1), 0)
BEGIN
    INSERT OR IGNORE INTO "patient_before" SELECT run_id, 0, old."row_id", old."id", old."identity_id", old."patient_id", old."source_record_id", old."medical_record_number", old."family_name", old."given_name", old."middle_name", old."name_prefix", old."name_suffix", old."maiden_name", old."mother_maiden_name", old."birth_date", old."birth_order", old."birth_place", old."deceased_date", old."deceased", old."gender", old."marital_status", old."race", old."ethnicity", old."language", old."ssn", old."drivers_license", old."passport_number", old."phone_home", old."phone_mobile", old."phone_work", old."email", old."address_line1", old."address_line2", old."city", old."district", old."state", old."postal_code", old."country", old."address_text", old."emergency_contact", old."general_practitioner_name", old."general_practitioner_id", old."active", old."last_updated", old."extra", old."replaced_by" FROM active_run;
END;
CREATE TRIGGER "patient_before_delete" BEFORE DELETE ON "patient"
WHEN (SELECT run_id FROM active_run) <> coalesce((SELECT run_id FROM run_block
    WHERE table_name = 'patient' AND first_row <= old.row_id ORDER BY first_row DESC LIMIT 1), 0)
BEGIN
    INSERT OR IGNORE INTO "patient_before" SELECT run_id, 0, old."row_id", old."id", old."identity_id", old."patient_id", old."source_record_id", old."medical_record_number", old."family_name", old."given_name", old."middle_name", old."name_prefix", old."name_suffix", old."maiden_name", old."mother_maiden_name", old."birth_date", old."birth_order", old."birth_place", old."deceased_date", old."deceased", old."gender", old."marital_status", old."race", old."ethnicity", old."language", old."ssn", old."drivers_license", old."passport_number", old."phone_home", old."phone_mobile", old."phone_work", old."email", old."address_line1", old."address_line2", old."city", old."district", old."state", old."postal_code", old."country", old."address_text", old."emergency_contact", old."general_practitioner_name", old."general_practitioner_id", old."active", old."last_updated", old."extra", old."replaced_by" FROM active_run;
    UPDATE "patient_before" SET gone_before = 1
    WHERE run_id_before = (SELECT run_id FROM active_run) AND row_id = old.row_id;
END;

CREATE TABLE "allergy_intolerance_before" (
    run_id_before INTEGER NOT NULL,
    gone_before INTEGER NOT NULL,
    "row_id" INTEGER,
    "id" TEXT,
    "identity_id" TEXT,
    "patient_id" TEXT,
    "source_record_id" INTEGER,
    "clinical_status" TEXT,
    "verification_status" TEXT,
    "type" TEXT,
    "category" TEXT,
    "criticality" TEXT,
    "code" TEXT,
    "code_system" TEXT,
    "code_display" TEXT,
    "code_text" TEXT,
    "code_original" TEXT,
    "code_original_system" TEXT,
    "onset" TEXT,
    "abatement" TEXT,
    "recorded_date" TEXT,
    "reaction_code" TEXT,
    "reaction_system" TEXT,
    "reaction_display" TEXT,
    "reaction_text" TEXT,
    "reaction_severity" TEXT,
    "reaction_2_code" TEXT,
    "reaction_2_system" TEXT,
    "reaction_2_display" TEXT,
    "reaction_2_text" TEXT,
    "reaction_2_severity" TEXT,
    "encounter_id" TEXT,
    "practitioner_id" TEXT,
    "note" TEXT,
    "extra" TEXT,
    PRIMARY KEY (run_id_before, row_id)
) WITHOUT ROWID;
CREATE TRIGGER "allergy_intolerance_before_update" BEFORE UPDATE ON "allergy_intolerance"
WHEN (SELECT run_id FROM active_run) <> coalesce((SELECT run_id FROM run_block
    WHERE table_name = 'allergy_intolerance' AND first_row <= old.row_id ORDER BY first_row DESC LIMIT 1), 0)
BEGIN
    INSERT OR IGNORE INTO "allergy_intolerance_before" SELECT run_id, 0, old."row_id", old."id", old."identity_id", old."patient_id", old."source_record_id", old."clinical_status", old."verification_status", old."type", old."category", old."criticality", old."code", old."code_system", old."code_display", old."code_text", old."code_original", old."code_original_system", old."onset", old."abatement", old."recorded_date", old."reaction_code", old."reaction_system", old."reaction_display", old."reaction_text", old."reaction_severity", old."reaction_2_code", old."reaction_2_system", old."reaction_2_display", old."reaction_2_text", old."reaction_2_severity", old."encounter_id", old."practitioner_id", old."note", old."extra" FROM active_run;
END;
CREATE TRIGGER "allergy_intolerance_before_delete" BEFORE DELETE ON "allergy_intolerance"
WHEN (SELECT run_id FROM active_run) <> coalesce((SELECT run_id FROM run_block
    WHERE table_name = 'allergy_intolerance' AND first_row <= old.row_id ORDER BY first_row DESC LIMIT 1), 0)
BEGIN
    INSERT OR IGNORE INTO "allergy_intolerance_before" SELECT run_id, 0, old."row_id", old."id", old."identity_id", old."patient_id", old."source_record_id", old."clinical_status", old."verification_status", old."type", old."category", old."criticality", old."code", old."code_system", old."code_display", old."code_text", old."code_original", old."code_original_system", old."onset", old."abatement", old."recorded_date", old."reaction_code", old."reaction_system", old."reaction_display", old."reaction_text", old."reaction_severity", old."reaction_2_code", old."reaction_2_system", old."reaction_2_display", old."reaction_2_text", old."reaction_2_severity", old."encounter_id", old."practitioner_id", old."note", old."extra" FROM active_run;
    UPDATE "allergy_intolerance_before" SET gone_before = 1
    WHERE run_id_before = (SELECT run_id FROM active_run) AND row_id = old.row_id;
END;

CREATE TABLE "organization_before" (
    run_id_before INTEGER NOT NULL,
    gone_before INTEGER NOT NULL,
    "row_id" INTEGER,
    "id" TEXT,
    "identity_id" TEXT,
    "patient_id" TEXT,
    "source_record_id" INTEGER,
    "identifier" TEXT,
    "name" TEXT,
    "type" TEXT,
    "phone" TEXT,
    "email" TEXT,
    "address_line1" TEXT,
    "city" TEXT,
    "state" TEXT,
    "postal_code" TEXT,
    "country" TEXT,
    "active" INTEGER,
    "extra" TEXT,
    PRIMARY KEY (run_id_before, row_id)
) WITHOUT ROWID;
CREATE TRIGGER "organization_before_update" BEFORE UPDATE ON "organization"
WHEN (SELECT run_id FROM active_run) <> coalesce((SELECT run_id FROM run_block
    WHERE table_name = 'organization' AND first_row <= old.row_id ORDER BY first_row DESC LIMIT 1), 0)
BEGIN
    INSERT OR IGNORE INTO "organization_before" SELECT run_id, 0, old."row_id", old."id", old."identity_id", old."patient_id", old."source_record_id", old."identifier", old."name", old."type", old."phone", old."email", old."address_line1", old."city", old."state", old."postal_code", old."country", old."active", old."extra" FROM active_run;
END;
CREATE TRIGGER "organization_before_delete" BEFORE DELETE ON "organization"
WHEN (SELECT run_id FROM active_run) <> coalesce((SELECT run_id FROM run_block
    WHERE table_name = 'organization' AND first_row <= old.row_id ORDER BY first_row DESC LIMIT 1), 0)
BEGIN
    INSERT OR IGNORE INTO "organization_before" SELECT run_id, 0, old."row_id", old."id", old."identity_id", old."patient_id", old."source_record_id", old."identifier", old."name", old."type", old."phone", old."email", old."address_line1", old."city", old."state", old."postal_code", old."country", old."active", old."extra" FROM active_run;
    UPDATE "organization_before" SET gone_before = 1
    WHERE run_id_before = (SELECT run_id FROM active_run) AND row_id = old.row_id;
END;

CREATE TABLE "location_before" (
    run_id_before INTEGER NOT NULL,
    gone_before INTEGER NOT NULL,
    "row_id" INTEGER,
    "id" TEXT,
    "identity_id" TEXT,
    "patient_id" TEXT,
    "source_record_id" INTEGER,
    "identifier" TEXT,
    "name" TEXT,
    "status" TEXT,
    "type" TEXT,
    "phone" TEXT,
    "address_line1" TEXT,
    "city" TEXT,
    "state" TEXT,
    "postal_code" TEXT,
    "latitude" REAL,
    "longitude" REAL,
    "organization_id" TEXT,
    "extra" TEXT,
    PRIMARY KEY (run_id_before, row_id)
) WITHOUT ROWID;
CREATE TRIGGER "location_before_update" BEFORE UPDATE ON "location"
WHEN (SELECT run_id FROM active_run) <> coalesce((SELECT run_id FROM run_block
    WHERE table_name = 'location' AND first_row <= old.row_id ORDER BY first_row DESC LIMIT 1), 0)
BEGIN
    INSERT OR IGNORE INTO "location_before" SELECT run_id, 0, old."row_id", old."id", old."identity_id", old."patient_id", old."source_record_id", old."identifier", old."name", old."status", old."type", old."phone", old."address_line1", old."city", old."state", old."postal_code", old."latitude", old."longitude", old."organization_id", old."extra" FROM active_run;
END;
CREATE TRIGGER "location_before_delete" BEFORE DELETE ON "location"
WHEN (SELECT run_id FROM active_run) <> coalesce((SELECT run_id FROM run_block
    WHERE table_name = 'location' AND first_row <= old.row_id ORDER BY first_row DESC LIMIT 1), 0)
BEGIN
    INSERT OR IGNORE INTO "location_before" SELECT run_id, 0, old."row_id", old."id", old."identity_id", old."patient_id", old."source_record_id", old."identifier", old."name", old."status", old."type", old."phone", old."address_line1", old."city", old."state", old."postal_code", old."latitude", old."longitude", old."organization_id", old."extra" FROM active_run;
    UPDATE "location_before" SET gone_before = 1
    WHERE run_id_before = (SELECT run_id FROM active_run) AND row_id = old.row_id;
END;

CREATE TABLE "practitioner_before" (
    run_id_before INTEGER NOT NULL,
    gone_before INTEGER NOT NULL,
    "row_id" INTEGER,
    "id" TEXT,
    "identity_id" TEXT,
    "patient_id" TEXT,
    "source_record_id" INTEGER,
    "identifier" TEXT,
    "name" TEXT,
    "family_name" TEXT,
    "given_name" TEXT,
    "name_prefix" TEXT,
    "name_suffix" TEXT,
    "gender" TEXT,
    "specialty" TEXT,
    "phone" TEXT,
    "email" TEXT,
    "address_line1" TEXT,
    "city" TEXT,
    "state" TEXT,
    "postal_code" TEXT,
    "organization_id" TEXT,
    "active" INTEGER,
    "extra" TEXT,
    PRIMARY KEY (run_id_before, row_id)
) WITHOUT ROWID;
CREATE TRIGGER "practitioner_before_update" BEFORE UPDATE ON "practitioner"
WHEN (SELECT run_id FROM active_run) <> coalesce((SELECT run_id FROM run_block
    WHERE table_name = 'practitioner' AND first_row <= old.row_id ORDER BY first_row DESC LIMIT 1), 0)
BEGIN
    INSERT OR IGNORE INTO "practitioner_before" SELECT run_id, 0, old."row_id", old."id", old."identity_id", old."patient_id", old."source_record_id", old."identifier", old."name", old."family_name", old."given_name", old."name_prefix", old."name_suffix", old."gender", old."specialty", old."phone", old."email", old."address_line1", old."city", old."state", old."postal_code", old."organization_id", old."active", old."extra" FROM active_run;
END;
CREATE TRIGGER "practitioner_before_delete" BEFORE DELETE ON "practitioner"
WHEN (SELECT run_id FROM active_run) <> coalesce((SELECT run_id FROM run_block
    WHERE table_name = 'practitioner' AND first_row <= old.row_id ORDER BY first_row DESC LIMIT 1), 0)
BEGIN
    INSERT OR IGNORE INTO "practitioner_before" SELECT run_id, 0, old."row_id", old."id", old."identity_id", old."patient_id", old."source_record_id", old."identifier", old."name", old."family_name", old."given_name", old."name_prefix", old."name_suffix", old."gender", old."specialty", old."phone", old."email", old."address_line1", old."city", old."state", old."postal_code", old."organization_id", old."active", old."extra" FROM active_run;
    UPDATE "practitioner_before" SET gone_before = 1
    WHERE run_id_before = (SELECT run_id FROM active_run) AND row_id = old.row_id;
END;

CREATE TABLE "coverage_before" (
    run_id_before INTEGER NOT NULL,
    gone_before INTEGER NOT NULL,
    "row_id" INTEGER,
    "id" TEXT,
    "identity_id" TEXT,
    "patient_id" TEXT,
    "source_record_id" INTEGER,
    "status" TEXT,
    "type" TEXT,
    "subscriber_id" TEXT,
    "subscriber_name" TEXT,
    "relationship" TEXT,
    "period_start" TEXT,
    "period_end" TEXT,
    "priority" INTEGER,
    "payor_name" TEXT,
    "payor_organization_id" TEXT,
    "group_number" TEXT,
    "plan_name" TEXT,
    "extra" TEXT,
    PRIMARY KEY (run_id_before, row_id)
) WITHOUT ROWID;
CREATE TRIGGER "coverage_before_update" BEFORE UPDATE ON "coverage"
WHEN (SELECT run_id FROM active_run) <> coalesce((SELECT run_id FROM run_block
    WHERE table_name = 'coverage' AND first_row <= old.row_id ORDER BY first_row DESC LIMIT 1), 0)
BEGIN
    INSERT OR IGNORE INTO "coverage_before" SELECT run_id, 0, old."row_id", old."id", old."identity_id", old."patient_id", old."source_record_id", old."status", old."type", old."subscriber_id", old."subscriber_name", old."relationship", old."period_start", old."period_end", old."priority", old."payor_name", old."payor_organization_id", old."group_number", old."plan_name", old."extra" FROM active_run;
END;
CREATE TRIGGER "coverage_before_delete" BEFORE DELETE ON "coverage"
WHEN (SELECT run_id FROM active_run) <> coalesce((SELECT run_id FROM run_block
    WHERE table_name = 'coverage' AND first_row <= old.row_id ORDER BY first_row DESC LIMIT 1), 0)
BEGIN
    INSERT OR IGNORE INTO "coverage_before" SELECT run_id, 0, old."row_id", old."id", old."identity_id", old."patient_id", old."source_record_id", old."status", old."type", old."subscriber_id", old."subscriber_name", old."relationship", old."period_start", old."period_end", old."priority", old."payor_name", old."payor_organization_id", old."group_number", old."plan_name", old."extra" FROM active_run;
    UPDATE "coverage_before" SET gone_before = 1
    WHERE run_id_before = (SELECT run_id FROM active_run) AND row_id = old.row_id;
END;

CREATE TABLE "encounter_before" (
    run_id_before INTEGER NOT NULL,
    gone_before INTEGER NOT NULL,
    "row_id" INTEGER,
    "id" TEXT,
    "identity_id" TEXT,
    "patient_id" TEXT,
    "source_record_id" INTEGER,
    "status" TEXT,
    "class" TEXT,
    "code" TEXT,
    "code_system" TEXT,
    "code_display" TEXT,
    "code_text" TEXT,
    "code_original" TEXT,
    "code_original_system" TEXT,
    "reason_code" TEXT,
    "reason_system" TEXT,
    "reason_display" TEXT,
    "reason_text" TEXT,
    "period_start" TEXT,
    "period_end" TEXT,
    "description" TEXT,
    "practitioner_id" TEXT,
    "organization_id" TEXT,
    "location_id" TEXT,
    "appointment_id" TEXT,
    "extra" TEXT,
    PRIMARY KEY (run_id_before, row_id)
) WITHOUT ROWID;
CREATE TRIGGER "encounter_before_update" BEFORE UPDATE ON "encounter"
WHEN (SELECT run_id FROM active_run) <> coalesce((SELECT run_id FROM run_block
    WHERE table_name = 'encounter' AND first_row <= old.row_id ORDER BY first_row DESC LIMIT 1), 0)
BEGIN
    INSERT OR IGNORE INTO "encounter_before" SELECT run_id, 0, old."row_id", old."id", old."identity_id", old."patient_id", old."source_record_id", old."status", old."class", old."code", old."code_system", old."code_display", old."code_text", old."code_original", old."code_original_system", old."reason_code", old."reason_system", old."reason_display", old."reason_text", old."period_start", old."period_end", old."description", old."practitioner_id", old."organization_id", old."location_id", old."appointment_id", old."extra" FROM active_run;
END;
CREATE TRIGGER "encounter_before_delete" BEFORE DELETE ON "encounter"
WHEN (SELECT run_id FROM active_run) <> coalesce((SELECT run_id FROM run_block
    WHERE table_name = 'encounter' AND first_row <= old.row_id ORDER BY first_row DESC LIMIT 1), 0)
BEGIN
    INSERT OR IGNORE INTO "encounter_before" SELECT run_id, 0, old."row_id", old."id", old."identity_id", old."patient_id", old."source_record_id", old."status", old."class", old."code", old."code_system", old."code_display", old."code_text", old."code_original", old."code_original_system", old."reason_code", old."reason_system", old."reason_display", old."reason_text", old."period_start", old."period_end", old."description", old."practitioner_id", old."organization_id", old."location_id", old."appointment_id", old."extra" FROM active_run;
    UPDATE "encounter_before" SET gone_before = 1
    WHERE run_id_before = (SELECT run_id FROM active_run) AND row_id = old.row_id;
END;

CREATE TABLE "appointment_before" (
    run_id_before INTEGER NOT NULL,
    gone_before INTEGER NOT NULL,
    "row_id" INTEGER,
    "id" TEXT,
    "identity_id" TEXT,
    "patient_id" TEXT,
    "source_record_id" INTEGER,
    "status" TEXT,
    "type_text" TEXT,
    "description" TEXT,
    "reason_code" TEXT,
    "reason_system" TEXT,
    "reason_display" TEXT,
    "reason_text" TEXT,
    "start" TEXT,
    "end" TEXT,
    "minutes_duration" INTEGER,
    "created" TEXT,
    "comment" TEXT,
    "cancelation_reason" TEXT,
    "practitioner_name" TEXT,
    "practitioner_id" TEXT,
    "location_id" TEXT,
    "extra" TEXT,
    PRIMARY KEY (run_id_before, row_id)
) WITHOUT ROWID;
CREATE TRIGGER "appointment_before_update" BEFORE UPDATE ON "appointment"
WHEN (SELECT run_id FROM active_run) <> coalesce((SELECT run_id FROM run_block
    WHERE table_name = 'appointment' AND first_row <= old.row_id ORDER BY first_row DESC LIMIT 1), 0)
BEGIN
    INSERT OR IGNORE INTO "appointment_before" SELECT run_id, 0, old."row_id", old."id", old."identity_id", old."patient_id", old."source_record_id", old."status", old."type_text", old."description", old."reason_code", old."reason_system", old."reason_display", old."reason_text", old."start", old."end", old."minutes_duration", old."created", old."comment", old."cancelation_reason", old."practitioner_name", old."practitioner_id", old."location_id", old."extra" FROM active_run;
END;
CREATE TRIGGER "appointment_before_delete" BEFORE DELETE ON "appointment"
WHEN (SELECT run_id FROM active_run) <> coalesce((SELECT run_id FROM run_block
    WHERE table_name = 'appointment' AND first_row <= old.row_id ORDER BY first_row DESC LIMIT 1), 0)
BEGIN
    INSERT OR IGNORE INTO "appointment_before" SELECT run_id, 0, old."row_id", old."id", old."identity_id", old."patient_id", old."source_record_id", old."status", old."type_text", old."description", old."reason_code", old."reason_system", old."reason_display", old."reason_text", old."start", old."end", old."minutes_duration", old."created", old."comment", old."cancelation_reason", old."practitioner_name", old."practitioner_id", old."location_id", old."extra" FROM active_run;
    UPDATE "appointment_before" SET gone_before = 1
    WHERE run_id_before = (SELECT run_id FROM active_run) AND row_id = old.row_id;
END;

CREATE TABLE "condition_before" (
    run_id_before INTEGER NOT NULL,
    gone_before INTEGER NOT NULL,
    "row_id" INTEGER,
    "id" TEXT,
    "identity_id" TEXT,
    "patient_id" TEXT,
    "source_record_id" INTEGER,
    "clinical_status" TEXT,
    "verification_status" TEXT,
    "category" TEXT,
    "severity_code" TEXT,
    "severity_system" TEXT,
    "severity_display" TEXT,
    "severity_text" TEXT,
    "code" TEXT,
    "code_system" TEXT,
    "code_display" TEXT,
    "code_text" TEXT,
    "code_original" TEXT,
    "code_original_system" TEXT,
    "body_site_code" TEXT,
    "body_site_system" TEXT,
    "body_site_display" TEXT,
    "body_site_text" TEXT,
    "laterality" TEXT,
    "onset" TEXT,
    "abatement" TEXT,
    "recorded_date" TEXT,
    "encounter_id" TEXT,
    "practitioner_id" TEXT,
    "note" TEXT,
    "extra" TEXT,
    PRIMARY KEY (run_id_before, row_id)
) WITHOUT ROWID;
CREATE TRIGGER "condition_before_update" BEFORE UPDATE ON "condition"
WHEN (SELECT run_id FROM active_run) <> coalesce((SELECT run_id FROM run_block
    WHERE table_name = 'condition' AND first_row <= old.row_id ORDER BY first_row DESC LIMIT 1), 0)
BEGIN
    INSERT OR IGNORE INTO "condition_before" SELECT run_id, 0, old."row_id", old."id", old."identity_id", old."patient_id", old."source_record_id", old."clinical_status", old."verification_status", old."category", old."severity_code", old."severity_system", old."severity_display", old."severity_text", old."code", old."code_system", old."code_display", old."code_text", old."code_original", old."code_original_system", old."body_site_code", old."body_site_system", old."body_site_display", old."body_site_text", old."laterality", old."onset", old."abatement", old."recorded_date", old."encounter_id", old."practitioner_id", old."note", old."extra" FROM active_run;
END;
CREATE TRIGGER "condition_before_delete" BEFORE DELETE ON "condition"
WHEN (SELECT run_id FROM active_run) <> coalesce((SELECT run_id FROM run_block
    WHERE table_name = 'condition' AND first_row <= old.row_id ORDER BY first_row DESC LIMIT 1), 0)
BEGIN
    INSERT OR IGNORE INTO "condition_before" SELECT run_id, 0, old."row_id", old."id", old."identity_id", old."patient_id", old."source_record_id", old."clinical_status", old."verification_status", old."category", old."severity_code", old."severity_system", old."severity_display", old."severity_text", old."code", old."code_system", old."code_display", old."code_text", old."code_original", old."code_original_system", old."body_site_code", old."body_site_system", old."body_site_display", old."body_site_text", old."laterality", old."onset", old."abatement", old."recorded_date", old."encounter_id", old."practitioner_id", old."note", old."extra" FROM active_run;
    UPDATE "condition_before" SET gone_before = 1
    WHERE run_id_before = (SELECT run_id FROM active_run) AND row_id = old.row_id;
END;

CREATE TABLE "medication_request_before" (
    run_id_before INTEGER NOT NULL,
    gone_before INTEGER NOT NULL,
    "row_id" INTEGER,
    "id" TEXT,
    "identity_id" TEXT,
    "patient_id" TEXT,
    "source_record_id" INTEGER,
    "status" TEXT,
    "status_reason" TEXT,
    "intent" TEXT,
    "code" TEXT,
    "code_system" TEXT,
    "code_display" TEXT,
    "code_text" TEXT,
    "code_original" TEXT,
    "code_original_system" TEXT,
    "authored_on" TEXT,
    "period_start" TEXT,
    "period_end" TEXT,
    "dosage_text" TEXT,
    "dose_value" REAL,
    "dose_unit" TEXT,
    "frequency_value" REAL,
    "frequency_unit" TEXT,
    "route" TEXT,
    "quantity_value" REAL,
    "quantity_unit" TEXT,
    "days_supply" INTEGER,
    "refills" INTEGER,
    "dispense_count" INTEGER,
    "substitution_allowed" INTEGER,
    "pharmacy_name" TEXT,
    "prescription_number" TEXT,
    "reason_code" TEXT,
    "reason_system" TEXT,
    "reason_display" TEXT,
    "reason_text" TEXT,
    "note" TEXT,
    "encounter_id" TEXT,
    "practitioner_id" TEXT,
    "coverage_id" TEXT,
    "payer_organization_id" TEXT,
    "extra" TEXT,
    PRIMARY KEY (run_id_before, row_id)
) WITHOUT ROWID;
CREATE TRIGGER "medication_request_before_update" BEFORE UPDATE ON "medication_request"
WHEN (SELECT run_id FROM active_run) <> coalesce((SELECT run_id FROM run_block
    WHERE table_name = 'medication_request' AND first_row <= old.row_id ORDER BY first_row DESC LIMIT 1), 0)
BEGIN
    INSERT OR IGNORE INTO "medication_request_before" SELECT run_id, 0, old."row_id", old."id", old."identity_id", old."patient_id", old."source_record_id", old."status", old."status_reason", old."intent", old."code", old."code_system", old."code_display", old."code_text", old."code_original", old."code_original_system", old."authored_on", old."period_start", old."period_end", old."dosage_text", old."dose_value", old."dose_unit", old."frequency_value", old."frequency_unit", old."route", old."quantity_value", old."quantity_unit", old."days_supply", old."refills", old."dispense_count", old."substitution_allowed", old."pharmacy_name", old."prescription_number", old."reason_code", old."reason_system", old."reason_display", old."reason_text", old."note", old."encounter_id", old."practitioner_id", old."coverage_id", old."payer_organization_id", old."extra" FROM active_run;
END;
CREATE TRIGGER "medication_request_before_delete" BEFORE DELETE ON "medication_request"
WHEN (SELECT run_id FROM active_run) <> coalesce((SELECT run_id FROM run_block
    WHERE table_name = 'medication_request' AND first_row <= old.row_id ORDER BY first_row DESC LIMIT 1), 0)
BEGIN
    INSERT OR IGNORE INTO "medication_request_before" SELECT run_id, 0, old."row_id", old."id", old."identity_id", old."patient_id", old."source_record_id", old."status", old."status_reason", old."intent", old."code", old."code_system", old."code_display", old."code_text", old."code_original", old."code_original_system", old."authored_on", old."period_start", old."period_end", old."dosage_text", old."dose_value", old."dose_unit", old."frequency_value", old."frequency_unit", old."route", old."quantity_value", old."quantity_unit", old."days_supply", old."refills", old."dispense_count", old."substitution_allowed", old."pharmacy_name", old."prescription_number", old."reason_code", old."reason_system", old."reason_display", old."reason_text", old."note", old."encounter_id", old."practitioner_id", old."coverage_id", old."payer_organization_id", old."extra" FROM active_run;
    UPDATE "medication_request_before" SET gone_before = 1
    WHERE run_id_before = (SELECT run_id FROM active_run) AND row_id = old.row_id;
END;

CREATE TABLE "medication_statement_before" (
    run_id_before INTEGER NOT NULL,
    gone_before INTEGER NOT NULL,
    "row_id" INTEGER,
    "id" TEXT,
    "identity_id" TEXT,
    "patient_id" TEXT,
    "source_record_id" INTEGER,
    "status" TEXT,
    "code" TEXT,
    "code_system" TEXT,
    "code_display" TEXT,
    "code_text" TEXT,
    "code_original" TEXT,
    "code_original_system" TEXT,
    "effective_start" TEXT,
    "effective_end" TEXT,
    "date_asserted" TEXT,
    "dosage_text" TEXT,
    "dose_value" REAL,
    "dose_unit" TEXT,
    "frequency_value" REAL,
    "frequency_unit" TEXT,
    "route" TEXT,
    "information_source" TEXT,
    "reason_code" TEXT,
    "reason_system" TEXT,
    "reason_display" TEXT,
    "reason_text" TEXT,
    "note" TEXT,
    "encounter_id" TEXT,
    "extra" TEXT,
    PRIMARY KEY (run_id_before, row_id)
) WITHOUT ROWID;
CREATE TRIGGER "medication_statement_before_update" BEFORE UPDATE ON "medication_statement"
WHEN (SELECT run_id FROM active_run) <> coalesce((SELECT run_id FROM run_block
    WHERE table_name = 'medication_statement' AND first_row <= old.row_id ORDER BY first_row DESC LIMIT 1), 0)
BEGIN
    INSERT OR IGNORE INTO "medication_statement_before" SELECT run_id, 0, old."row_id", old."id", old."identity_id", old."patient_id", old."source_record_id", old."status", old."code", old."code_system", old."code_display", old."code_text", old."code_original", old."code_original_system", old."effective_start", old."effective_end", old."date_asserted", old."dosage_text", old."dose_value", old."dose_unit", old."frequency_value", old."frequency_unit", old."route", old."information_source", old."reason_code", old."reason_system", old."reason_display", old."reason_text", old."note", old."encounter_id", old."extra" FROM active_run;
END;
CREATE TRIGGER "medication_statement_before_delete" BEFORE DELETE ON "medication_statement"
WHEN (SELECT run_id FROM active_run) <> coalesce((SELECT run_id FROM run_block
    WHERE table_name = 'medication_statement' AND first_row <= old.row_id ORDER BY first_row DESC LIMIT 1), 0)
BEGIN
    INSERT OR IGNORE INTO "medication_statement_before" SELECT run_id, 0, old."row_id", old."id", old."identity_id", old."patient_id", old."source_record_id", old."status", old."code", old."code_system", old."code_display", old."code_text", old."code_original", old."code_original_system", old."effective_start", old."effective_end", old."date_asserted", old."dosage_text", old."dose_value", old."dose_unit", old."frequency_value", old."frequency_unit", old."route", old."information_source", old."reason_code", old."reason_system", old."reason_display", old."reason_text", old."note", old."encounter_id", old."extra" FROM active_run;
    UPDATE "medication_statement_before" SET gone_before = 1
    WHERE run_id_before = (SELECT run_id FROM active_run) AND row_id = old.row_id;
END;

CREATE TABLE "medication_dispense_before" (
    run_id_before INTEGER NOT NULL,
    gone_before INTEGER NOT NULL,
    "row_id" INTEGER,
    "id" TEXT,
    "identity_id" TEXT,
    "patient_id" TEXT,
    "source_record_id" INTEGER,
    "status" TEXT,
    "code" TEXT,
    "code_system" TEXT,
    "code_display" TEXT,
    "code_text" TEXT,
    "code_original" TEXT,
    "code_original_system" TEXT,
    "when_prepared" TEXT,
    "when_handed_over" TEXT,
    "quantity_value" REAL,
    "quantity_unit" TEXT,
    "days_supply" INTEGER,
    "pharmacy_name" TEXT,
    "medication_request_id" TEXT,
    "note" TEXT,
    "extra" TEXT,
    PRIMARY KEY (run_id_before, row_id)
) WITHOUT ROWID;
CREATE TRIGGER "medication_dispense_before_update" BEFORE UPDATE ON "medication_dispense"
WHEN (SELECT run_id FROM active_run) <> coalesce((SELECT run_id FROM run_block
    WHERE table_name = 'medication_dispense' AND first_row <= old.row_id ORDER BY first_row DESC LIMIT 1), 0)
BEGIN
    INSERT OR IGNORE INTO "medication_dispense_before" SELECT run_id, 0, old."row_id", old."id", old."identity_id", old."patient_id", old."source_record_id", old."status", old."code", old."code_system", old."code_display", old."code_text", old."code_original", old."code_original_system", old."when_prepared", old."when_handed_over", old."quantity_value", old."quantity_unit", old."days_supply", old."pharmacy_name", old."medication_request_id", old."note", old."extra" FROM active_run;
END;
CREATE TRIGGER "medication_dispense_before_delete" BEFORE DELETE ON "medication_dispense"
WHEN (SELECT run_id FROM active_run) <> coalesce((SELECT run_id FROM run_block
    WHERE table_name = 'medication_dispense' AND first_row <= old.row_id ORDER BY first_row DESC LIMIT 1), 0)
BEGIN
    INSERT OR IGNORE INTO "medication_dispense_before" SELECT run_id, 0, old."row_id", old."id", old."identity_id", old."patient_id", old."source_record_id", old."status", old."code", old."code_system", old."code_display", old."code_text", old."code_original", old."code_original_system", old."when_prepared", old."when_handed_over", old."quantity_value", old."quantity_unit", old."days_supply", old."pharmacy_name", old."medication_request_id", old."note", old."extra" FROM active_run;
    UPDATE "medication_dispense_before" SET gone_before = 1
    WHERE run_id_before = (SELECT run_id FROM active_run) AND row_id = old.row_id;
END;

CREATE TABLE "immunization_before" (
    run_id_before INTEGER NOT NULL,
    gone_before INTEGER NOT NULL,
    "row_id" INTEGER,
    "id" TEXT,
    "identity_id" TEXT,
    "patient_id" TEXT,
    "source_record_id" INTEGER,
    "status" TEXT,
    "status_reason" TEXT,
    "code" TEXT,
    "code_system" TEXT,
    "code_display" TEXT,
    "code_text" TEXT,
    "code_original" TEXT,
    "code_original_system" TEXT,
    "occurrence" TEXT,
    "lot_number" TEXT,
    "expiration_date" TEXT,
    "manufacturer" TEXT,
    "site" TEXT,
    "route" TEXT,
    "dose_quantity" REAL,
    "dose_unit" TEXT,
    "dose_number" TEXT,
    "vaccine_group" TEXT,
    "note" TEXT,
    "encounter_id" TEXT,
    "practitioner_id" TEXT,
    "extra" TEXT,
    PRIMARY KEY (run_id_before, row_id)
) WITHOUT ROWID;
CREATE TRIGGER "immunization_before_update" BEFORE UPDATE ON "immunization"
WHEN (SELECT run_id FROM active_run) <> coalesce((SELECT run_id FROM run_block
    WHERE table_name = 'immunization' AND first_row <= old.row_id ORDER BY first_row DESC LIMIT 1), 0)
BEGIN
    INSERT OR IGNORE INTO "immunization_before" SELECT run_id, 0, old."row_id", old."id", old."identity_id", old."patient_id", old."source_record_id", old."status", old."status_reason", old."code", old."code_system", old."code_display", old."code_text", old."code_original", old."code_original_system", old."occurrence", old."lot_number", old."expiration_date", old."manufacturer", old."site", old."route", old."dose_quantity", old."dose_unit", old."dose_number", old."vaccine_group", old."note", old."encounter_id", old."practitioner_id", old."extra" FROM active_run;
END;
CREATE TRIGGER "immunization_before_delete" BEFORE DELETE ON "immunization"
WHEN (SELECT run_id FROM active_run) <> coalesce((SELECT run_id FROM run_block
    WHERE table_name = 'immunization' AND first_row <= old.row_id ORDER BY first_row DESC LIMIT 1), 0)
BEGIN
    INSERT OR IGNORE INTO "immunization_before" SELECT run_id, 0, old."row_id", old."id", old."identity_id", old."patient_id", old."source_record_id", old."status", old."status_reason", old."code", old."code_system", old."code_display", old."code_text", old."code_original", old."code_original_system", old."occurrence", old."lot_number", old."expiration_date", old."manufacturer", old."site", old."route", old."dose_quantity", old."dose_unit", old."dose_number", old."vaccine_group", old."note", old."encounter_id", old."practitioner_id", old."extra" FROM active_run;
    UPDATE "immunization_before" SET gone_before = 1
    WHERE run_id_before = (SELECT run_id FROM active_run) AND row_id = old.row_id;
END;

CREATE TABLE "procedure_before" (
    run_id_before INTEGER NOT NULL,
    gone_before INTEGER NOT NULL,
    "row_id" INTEGER,
    "id" TEXT,
    "identity_id" TEXT,
    "patient_id" TEXT,
    "source_record_id" INTEGER,
    "status" TEXT,
    "category" TEXT,
    "code" TEXT,
    "code_system" TEXT,
    "code_display" TEXT,
    "code_text" TEXT,
    "code_original" TEXT,
    "code_original_system" TEXT,
    "reason_code" TEXT,
    "reason_system" TEXT,
    "reason_display" TEXT,
    "reason_text" TEXT,
    "body_site_code" TEXT,
    "body_site_system" TEXT,
    "body_site_display" TEXT,
    "body_site_text" TEXT,
    "laterality" TEXT,
    "anesthesia" TEXT,
    "performed_start" TEXT,
    "performed_end" TEXT,
    "outcome" TEXT,
    "complication" TEXT,
    "note" TEXT,
    "practitioner_name" TEXT,
    "practitioner_id" TEXT,
    "encounter_id" TEXT,
    "location_id" TEXT,
    "extra" TEXT,
    PRIMARY KEY (run_id_before, row_id)
) WITHOUT ROWID;
CREATE TRIGGER "procedure_before_update" BEFORE UPDATE ON "procedure"
WHEN (SELECT run_id FROM active_run) <> coalesce((SELECT run_id FROM run_block
    WHERE table_name = 'procedure' AND first_row <= old.row_id ORDER BY first_row DESC LIMIT 1), 0)
BEGIN
    INSERT OR IGNORE INTO "procedure_before" SELECT run_id, 0, old."row_id", old."id", old."identity_id", old."patient_id", old."source_record_id", old."status", old."category", old."code", old."code_system", old."code_display", old."code_text", old."code_original", old."code_original_system", old."reason_code", old."reason_system", old."reason_display", old."reason_text", old."body_site_code", old."body_site_system", old."body_site_display", old."body_site_text", old."laterality", old."anesthesia", old."performed_start", old."performed_end", old."outcome", old."complication", old."note", old."practitioner_name", old."practitioner_id", old."encounter_id", old."location_id", old."extra" FROM active_run;
END;
CREATE TRIGGER "procedure_before_delete" BEFORE DELETE ON "procedure"
WHEN (SELECT run_id FROM active_run) <> coalesce((SELECT run_id FROM run_block
    WHERE table_name = 'procedure' AND first_row <= old.row_id ORDER BY first_row DESC LIMIT 1), 0)
BEGIN
    INSERT OR IGNORE INTO "procedure_before" SELECT run_id, 0, old."row_id", old."id", old."identity_id", old."patient_id", old."source_record_id", old."status", old."category", old."code", old."code_system", old."code_display", old."code_text", old."code_original", old."code_original_system", old."reason_code", old."reason_system", old."reason_display", old."reason_text", old."body_site_code", old."body_site_system", old."body_site_display", old."body_site_text", old."laterality", old."anesthesia", old."performed_start", old."performed_end", old."outcome", old."complication", old."note", old."practitioner_name", old."practitioner_id", old."encounter_id", old."location_id", old."extra" FROM active_run;
    UPDATE "procedure_before" SET gone_before = 1
    WHERE run_id_before = (SELECT run_id FROM active_run) AND row_id = old.row_id;
END;

CREATE TABLE "service_request_before" (
    run_id_before INTEGER NOT NULL,
    gone_before INTEGER NOT NULL,
    "row_id" INTEGER,
    "id" TEXT,
    "identity_id" TEXT,
    "patient_id" TEXT,
    "source_record_id" INTEGER,
    "status" TEXT,
    "intent" TEXT,
    "category" TEXT,
    "priority" TEXT,
    "code" TEXT,
    "code_system" TEXT,
    "code_display" TEXT,
    "code_text" TEXT,
    "code_original" TEXT,
    "code_original_system" TEXT,
    "reason_code" TEXT,
    "reason_system" TEXT,
    "reason_display" TEXT,
    "reason_text" TEXT,
    "authored_on" TEXT,
    "occurrence" TEXT,
    "performer_name" TEXT,
    "order_number" TEXT,
    "note" TEXT,
    "encounter_id" TEXT,
    "practitioner_id" TEXT,
    "extra" TEXT,
    PRIMARY KEY (run_id_before, row_id)
) WITHOUT ROWID;
CREATE TRIGGER "service_request_before_update" BEFORE UPDATE ON "service_request"
WHEN (SELECT run_id FROM active_run) <> coalesce((SELECT run_id FROM run_block
    WHERE table_name = 'service_request' AND first_row <= old.row_id ORDER BY first_row DESC LIMIT 1), 0)
BEGIN
    INSERT OR IGNORE INTO "service_request_before" SELECT run_id, 0, old."row_id", old."id", old."identity_id", old."patient_id", old."source_record_id", old."status", old."intent", old."category", old."priority", old."code", old."code_system", old."code_display", old."code_text", old."code_original", old."code_original_system", old."reason_code", old."reason_system", old."reason_display", old."reason_text", old."authored_on", old."occurrence", old."performer_name", old."order_number", old."note", old."encounter_id", old."practitioner_id", old."extra" FROM active_run;
END;
CREATE TRIGGER "service_request_before_delete" BEFORE DELETE ON "service_request"
WHEN (SELECT run_id FROM active_run) <> coalesce((SELECT run_id FROM run_block
    WHERE table_name = 'service_request' AND first_row <= old.row_id ORDER BY first_row DESC LIMIT 1), 0)
BEGIN
    INSERT OR IGNORE INTO "service_request_before" SELECT run_id, 0, old."row_id", old."id", old."identity_id", old."patient_id", old."source_record_id", old."status", old."intent", old."category", old."priority", old."code", old."code_system", old."code_display", old."code_text", old."code_original", old."code_original_system", old."reason_code", old."reason_system", old."reason_display", old."reason_text", old."authored_on", old."occurrence", old."performer_name", old."order_number", old."note", old."encounter_id", old."practitioner_id", old."extra" FROM active_run;
    UPDATE "service_request_before" SET gone_before = 1
    WHERE run_id_before = (SELECT run_id FROM active_run) AND row_id = old.row_id;
END;

CREATE TABLE "diagnostic_report_before" (
    run_id_before INTEGER NOT NULL,
    gone_before INTEGER NOT NULL,
    "row_id" INTEGER,
    "id" TEXT,
    "identity_id" TEXT,
    "patient_id" TEXT,
    "source_record_id" INTEGER,
    "status" TEXT,
    "category" TEXT,
    "code" TEXT,
    "code_system" TEXT,
    "code_display" TEXT,
    "code_text" TEXT,
    "code_original" TEXT,
    "code_original_system" TEXT,
    "body_site_code" TEXT,
    "body_site_system" TEXT,
    "body_site_display" TEXT,
    "body_site_text" TEXT,
    "effective" TEXT,
    "issued" TEXT,
    "conclusion" TEXT,
    "accession_number" TEXT,
    "study_uid" TEXT,
    "series_uid" TEXT,
    "instance_uid" TEXT,
    "encounter_id" TEXT,
    "practitioner_id" TEXT,
    "service_request_id" TEXT,
    "extra" TEXT,
    PRIMARY KEY (run_id_before, row_id)
) WITHOUT ROWID;
CREATE TRIGGER "diagnostic_report_before_update" BEFORE UPDATE ON "diagnostic_report"
WHEN (SELECT run_id FROM active_run) <> coalesce((SELECT run_id FROM run_block
    WHERE table_name = 'diagnostic_report' AND first_row <= old.row_id ORDER BY first_row DESC LIMIT 1), 0)
BEGIN
    INSERT OR IGNORE INTO "diagnostic_report_before" SELECT run_id, 0, old."row_id", old."id", old."identity_id", old."patient_id", old."source_record_id", old."status", old."category", old."code", old."code_system", old."code_display", old."code_text", old."code_original", old."code_original_system", old."body_site_code", old."body_site_system", old."body_site_display", old."body_site_text", old."effective", old."issued", old."conclusion", old."accession_number", old."study_uid", old."series_uid", old."instance_uid", old."encounter_id", old."practitioner_id", old."service_request_id", old."extra" FROM active_run;
END;
CREATE TRIGGER "diagnostic_report_before_delete" BEFORE DELETE ON "diagnostic_report"
WHEN (SELECT run_id FROM active_run) <> coalesce((SELECT run_id FROM run_block
    WHERE table_name = 'diagnostic_report' AND first_row <= old.row_id ORDER BY first_row DESC LIMIT 1), 0)
BEGIN
    INSERT OR IGNORE INTO "diagnostic_report_before" SELECT run_id, 0, old."row_id", old."id", old."identity_id", old."patient_id", old."source_record_id", old."status", old."category", old."code", old."code_system", old."code_display", old."code_text", old."code_original", old."code_original_system", old."body_site_code", old."body_site_system", old."body_site_display", old."body_site_text", old."effective", old."issued", old."conclusion", old."accession_number", old."study_uid", old."series_uid", old."instance_uid", old."encounter_id", old."practitioner_id", old."service_request_id", old."extra" FROM active_run;
    UPDATE "diagnostic_report_before" SET gone_before = 1
    WHERE run_id_before = (SELECT run_id FROM active_run) AND row_id = old.row_id;
END;

CREATE TABLE "observation_before" (
    run_id_before INTEGER NOT NULL,
    gone_before INTEGER NOT NULL,
    "row_id" INTEGER,
    "id" TEXT,
    "identity_id" TEXT,
    "patient_id" TEXT,
    "source_record_id" INTEGER,
    "status" TEXT,
    "category" TEXT,
    "code" TEXT,
    "code_system" TEXT,
    "code_display" TEXT,
    "code_text" TEXT,
    "code_original" TEXT,
    "code_original_system" TEXT,
    "effective" TEXT,
    "issued" TEXT,
    "value_quantity" REAL,
    "value_comparator" TEXT,
    "value_unit" TEXT,
    "value_string" TEXT,
    "value_code" TEXT,
    "value_system" TEXT,
    "value_display" TEXT,
    "value_text" TEXT,
    "value_datetime" TEXT,
    "value_original" TEXT,
    "interpretation" TEXT,
    "reference_low" REAL,
    "reference_high" REAL,
    "reference_text" TEXT,
    "body_site" TEXT,
    "method" TEXT,
    "position" TEXT,
    "specimen" TEXT,
    "note" TEXT,
    "encounter_id" TEXT,
    "practitioner_id" TEXT,
    "diagnostic_report_id" TEXT,
    "service_request_id" TEXT,
    "extra" TEXT,
    PRIMARY KEY (run_id_before, row_id)
) WITHOUT ROWID;
CREATE TRIGGER "observation_before_update" BEFORE UPDATE ON "observation"
WHEN (SELECT run_id FROM active_run) <> coalesce((SELECT run_id FROM run_block
    WHERE table_name = 'observation' AND first_row <= old.row_id ORDER BY first_row DESC LIMIT 1), 0)
BEGIN
    INSERT OR IGNORE INTO "observation_before" SELECT run_id, 0, old."row_id", old."id", old."identity_id", old."patient_id", old."source_record_id", old."status", old."category", old."code", old."code_system", old."code_display", old."code_text", old."code_original", old."code_original_system", old."effective", old."issued", old."value_quantity", old."value_comparator", old."value_unit", old."value_string", old."value_code", old."value_system", old."value_display", old."value_text", old."value_datetime", old."value_original", old."interpretation", old."reference_low", old."reference_high", old."reference_text", old."body_site", old."method", old."position", old."specimen", old."note", old."encounter_id", old."practitioner_id", old."diagnostic_report_id", old."service_request_id", old."extra" FROM active_run;
END;
CREATE TRIGGER "observation_before_delete" BEFORE DELETE ON "observation"
WHEN (SELECT run_id FROM active_run) <> coalesce((SELECT run_id FROM run_block
    WHERE table_name = 'observation' AND first_row <= old.row_id ORDER BY first_row DESC LIMIT 1), 0)
BEGIN
    INSERT OR IGNORE INTO "observation_before" SELECT run_id, 0, old."row_id", old."id", old."identity_id", old."patient_id", old."source_record_id", old."status", old."category", old."code", old."code_system", old."code_display", old."code_text", old."code_original", old."code_original_system", old."effective", old."issued", old."value_quantity", old."value_comparator", old."value_unit", old."value_string", old."value_code", old."value_system", old."value_display", old."value_text", old."value_datetime", old."value_original", old."interpretation", old."reference_low", old."reference_high", old."reference_text", old."body_site", old."method", old."position", old."specimen", old."note", old."encounter_id", old."practitioner_id", old."diagnostic_report_id", old."service_request_id", old."extra" FROM active_run;
    UPDATE "observation_before" SET gone_before = 1
    WHERE run_id_before = (SELECT run_id FROM active_run) AND row_id = old.row_id;
END;

CREATE TABLE "document_reference_before" (
    run_id_before INTEGER NOT NULL,
    gone_before INTEGER NOT NULL,
    "row_id" INTEGER,
    "id" TEXT,
    "identity_id" TEXT,
    "patient_id" TEXT,
    "source_record_id" INTEGER,
    "status" TEXT,
    "doc_status" TEXT,
    "code" TEXT,
    "code_system" TEXT,
    "code_display" TEXT,
    "code_text" TEXT,
    "code_original" TEXT,
    "code_original_system" TEXT,
    "category" TEXT,
    "date" TEXT,
    "description" TEXT,
    "author_name" TEXT,
    "practitioner_id" TEXT,
    "mime_type" TEXT,
    "file_name" TEXT,
    "size_bytes" INTEGER,
    "sha256" TEXT,
    "encounter_id" TEXT,
    "procedure_id" TEXT,
    "series_uid" TEXT,
    "instance_uid" TEXT,
    "extra" TEXT,
    PRIMARY KEY (run_id_before, row_id)
) WITHOUT ROWID;
CREATE TRIGGER "document_reference_before_update" BEFORE UPDATE ON "document_reference"
WHEN (SELECT run_id FROM active_run) <> coalesce((SELECT run_id FROM run_block
    WHERE table_name = 'document_reference' AND first_row <= old.row_id ORDER BY first_row DESC LIMIT 1), 0)
BEGIN
    INSERT OR IGNORE INTO "document_reference_before" SELECT run_id, 0, old."row_id", old."id", old."identity_id", old."patient_id", old."source_record_id", old."status", old."doc_status", old."code", old."code_system", old."code_display", old."code_text", old."code_original", old."code_original_system", old."category", old."date", old."description", old."author_name", old."practitioner_id", old."mime_type", old."file_name", old."size_bytes", old."sha256", old."encounter_id", old."procedure_id", old."series_uid", old."instance_uid", old."extra" FROM active_run;
END;
CREATE TRIGGER "document_reference_before_delete" BEFORE DELETE ON "document_reference"
WHEN (SELECT run_id FROM active_run) <> coalesce((SELECT run_id FROM run_block
    WHERE table_name = 'document_reference' AND first_row <= old.row_id ORDER BY first_row DESC LIMIT 1), 0)
BEGIN
    INSERT OR IGNORE INTO "document_reference_before" SELECT run_id, 0, old."row_id", old."id", old."identity_id", old."patient_id", old."source_record_id", old."status", old."doc_status", old."code", old."code_system", old."code_display", old."code_text", old."code_original", old."code_original_system", old."category", old."date", old."description", old."author_name", old."practitioner_id", old."mime_type", old."file_name", old."size_bytes", old."sha256", old."encounter_id", old."procedure_id", old."series_uid", old."instance_uid", old."extra" FROM active_run;
    UPDATE "document_reference_before" SET gone_before = 1
    WHERE run_id_before = (SELECT run_id FROM active_run) AND row_id = old.row_id;
END;

CREATE TABLE "consent_before" (
    run_id_before INTEGER NOT NULL,
    gone_before INTEGER NOT NULL,
    "row_id" INTEGER,
    "id" TEXT,
    "identity_id" TEXT,
    "patient_id" TEXT,
    "source_record_id" INTEGER,
    "status" TEXT,
    "scope" TEXT,
    "category_code" TEXT,
    "category_system" TEXT,
    "category_display" TEXT,
    "category_text" TEXT,
    "decision" TEXT,
    "date_time" TEXT,
    "period_start" TEXT,
    "period_end" TEXT,
    "policy" TEXT,
    "performer_name" TEXT,
    "witness_name" TEXT,
    "note" TEXT,
    "encounter_id" TEXT,
    "document_id" TEXT,
    "extra" TEXT,
    PRIMARY KEY (run_id_before, row_id)
) WITHOUT ROWID;
CREATE TRIGGER "consent_before_update" BEFORE UPDATE ON "consent"
WHEN (SELECT run_id FROM active_run) <> coalesce((SELECT run_id FROM run_block
    WHERE table_name = 'consent' AND first_row <= old.row_id ORDER BY first_row DESC LIMIT 1), 0)
BEGIN
    INSERT OR IGNORE INTO "consent_before" SELECT run_id, 0, old."row_id", old."id", old."identity_id", old."patient_id", old."source_record_id", old."status", old."scope", old."category_code", old."category_system", old."category_display", old."category_text", old."decision", old."date_time", old."period_start", old."period_end", old."policy", old."performer_name", old."witness_name", old."note", old."encounter_id", old."document_id", old."extra" FROM active_run;
END;
CREATE TRIGGER "consent_before_delete" BEFORE DELETE ON "consent"
WHEN (SELECT run_id FROM active_run) <> coalesce((SELECT run_id FROM run_block
    WHERE table_name = 'consent' AND first_row <= old.row_id ORDER BY first_row DESC LIMIT 1), 0)
BEGIN
    INSERT OR IGNORE INTO "consent_before" SELECT run_id, 0, old."row_id", old."id", old."identity_id", old."patient_id", old."source_record_id", old."status", old."scope", old."category_code", old."category_system", old."category_display", old."category_text", old."decision", old."date_time", old."period_start", old."period_end", old."policy", old."performer_name", old."witness_name", old."note", old."encounter_id", old."document_id", old."extra" FROM active_run;
    UPDATE "consent_before" SET gone_before = 1
    WHERE run_id_before = (SELECT run_id FROM active_run) AND row_id = old.row_id;
END;

CREATE TABLE "care_plan_before" (
    run_id_before INTEGER NOT NULL,
    gone_before INTEGER NOT NULL,
    "row_id" INTEGER,
    "id" TEXT,
    "identity_id" TEXT,
    "patient_id" TEXT,
    "source_record_id" INTEGER,
    "status" TEXT,
    "intent" TEXT,
    "code" TEXT,
    "code_system" TEXT,
    "code_display" TEXT,
    "code_text" TEXT,
    "code_original" TEXT,
    "code_original_system" TEXT,
    "title" TEXT,
    "description" TEXT,
    "period_start" TEXT,
    "period_end" TEXT,
    "reason_code" TEXT,
    "reason_system" TEXT,
    "reason_display" TEXT,
    "reason_text" TEXT,
    "encounter_id" TEXT,
    "practitioner_id" TEXT,
    "extra" TEXT,
    PRIMARY KEY (run_id_before, row_id)
) WITHOUT ROWID;
CREATE TRIGGER "care_plan_before_update" BEFORE UPDATE ON "care_plan"
WHEN (SELECT run_id FROM active_run) <> coalesce((SELECT run_id FROM run_block
    WHERE table_name = 'care_plan' AND first_row <= old.row_id ORDER BY first_row DESC LIMIT 1), 0)
BEGIN
    INSERT OR IGNORE INTO "care_plan_before" SELECT run_id, 0, old."row_id", old."id", old."identity_id", old."patient_id", old."source_record_id", old."status", old."intent", old."code", old."code_system", old."code_display", old."code_text", old."code_original", old."code_original_system", old."title", old."description", old."period_start", old."period_end", old."reason_code", old."reason_system", old."reason_display", old."reason_text", old."encounter_id", old."practitioner_id", old."extra" FROM active_run;
END;
CREATE TRIGGER "care_plan_before_delete" BEFORE DELETE ON "care_plan"
WHEN (SELECT run_id FROM active_run) <> coalesce((SELECT run_id FROM run_block
    WHERE table_name = 'care_plan' AND first_row <= old.row_id ORDER BY first_row DESC LIMIT 1), 0)
BEGIN
    INSERT OR IGNORE INTO "care_plan_before" SELECT run_id, 0, old."row_id", old."id", old."identity_id", old."patient_id", old."source_record_id", old."status", old."intent", old."code", old."code_system", old."code_display", old."code_text", old."code_original", old."code_original_system", old."title", old."description", old."period_start", old."period_end", old."reason_code", old."reason_system", old."reason_display", old."reason_text", old."encounter_id", old."practitioner_id", old."extra" FROM active_run;
    UPDATE "care_plan_before" SET gone_before = 1
    WHERE run_id_before = (SELECT run_id FROM active_run) AND row_id = old.row_id;
END;

CREATE TABLE "device_before" (
    run_id_before INTEGER NOT NULL,
    gone_before INTEGER NOT NULL,
    "row_id" INTEGER,
    "id" TEXT,
    "identity_id" TEXT,
    "patient_id" TEXT,
    "source_record_id" INTEGER,
    "status" TEXT,
    "code" TEXT,
    "code_system" TEXT,
    "code_display" TEXT,
    "code_text" TEXT,
    "code_original" TEXT,
    "code_original_system" TEXT,
    "udi" TEXT,
    "device_name" TEXT,
    "manufacturer" TEXT,
    "model_number" TEXT,
    "lot_number" TEXT,
    "serial_number" TEXT,
    "manufacture_date" TEXT,
    "expiration_date" TEXT,
    "start" TEXT,
    "end" TEXT,
    "body_site_code" TEXT,
    "body_site_system" TEXT,
    "body_site_display" TEXT,
    "body_site_text" TEXT,
    "laterality" TEXT,
    "note" TEXT,
    "procedure_id" TEXT,
    "encounter_id" TEXT,
    "extra" TEXT,
    PRIMARY KEY (run_id_before, row_id)
) WITHOUT ROWID;
CREATE TRIGGER "device_before_update" BEFORE UPDATE ON "device"
WHEN (SELECT run_id FROM active_run) <> coalesce((SELECT run_id FROM run_block
    WHERE table_name = 'device' AND first_row <= old.row_id ORDER BY first_row DESC LIMIT 1), 0)
BEGIN
    INSERT OR IGNORE INTO "device_before" SELECT run_id, 0, old."row_id", old."id", old."identity_id", old."patient_id", old."source_record_id", old."status", old."code", old."code_system", old."code_display", old."code_text", old."code_original", old."code_original_system", old."udi", old."device_name", old."manufacturer", old."model_number", old."lot_number", old."serial_number", old."manufacture_date", old."expiration_date", old."start", old."end", old."body_site_code", old."body_site_system", old."body_site_display", old."body_site_text", old."laterality", old."note", old."procedure_id", old."encounter_id", old."extra" FROM active_run;
END;
CREATE TRIGGER "device_before_delete" BEFORE DELETE ON "device"
WHEN (SELECT run_id FROM active_run) <> coalesce((SELECT run_id FROM run_block
    WHERE table_name = 'device' AND first_row <= old.row_id ORDER BY first_row DESC LIMIT 1), 0)
BEGIN
    INSERT OR IGNORE INTO "device_before" SELECT run_id, 0, old."row_id", old."id", old."identity_id", old."patient_id", old."source_record_id", old."status", old."code", old."code_system", old."code_display", old."code_text", old."code_original", old."code_original_system", old."udi", old."device_name", old."manufacturer", old."model_number", old."lot_number", old."serial_number", old."manufacture_date", old."expiration_date", old."start", old."end", old."body_site_code", old."body_site_system", old."body_site_display", old."body_site_text", old."laterality", old."note", old."procedure_id", old."encounter_id", old."extra" FROM active_run;
    UPDATE "device_before" SET gone_before = 1
    WHERE run_id_before = (SELECT run_id FROM active_run) AND row_id = old.row_id;
END;

CREATE TABLE "family_member_history_before" (
    run_id_before INTEGER NOT NULL,
    gone_before INTEGER NOT NULL,
    "row_id" INTEGER,
    "id" TEXT,
    "identity_id" TEXT,
    "patient_id" TEXT,
    "source_record_id" INTEGER,
    "status" TEXT,
    "relationship_code" TEXT,
    "relationship_system" TEXT,
    "relationship_display" TEXT,
    "relationship_text" TEXT,
    "name" TEXT,
    "gender" TEXT,
    "born" TEXT,
    "deceased_date" TEXT,
    "code" TEXT,
    "code_system" TEXT,
    "code_display" TEXT,
    "code_text" TEXT,
    "code_original" TEXT,
    "code_original_system" TEXT,
    "onset_text" TEXT,
    "height_cm" REAL,
    "note" TEXT,
    "extra" TEXT,
    PRIMARY KEY (run_id_before, row_id)
) WITHOUT ROWID;
CREATE TRIGGER "family_member_history_before_update" BEFORE UPDATE ON "family_member_history"
WHEN (SELECT run_id FROM active_run) <> coalesce((SELECT run_id FROM run_block
    WHERE table_name = 'family_member_history' AND first_row <= old.row_id ORDER BY first_row DESC LIMIT 1), 0)
BEGIN
    INSERT OR IGNORE INTO "family_member_history_before" SELECT run_id, 0, old."row_id", old."id", old."identity_id", old."patient_id", old."source_record_id", old."status", old."relationship_code", old."relationship_system", old."relationship_display", old."relationship_text", old."name", old."gender", old."born", old."deceased_date", old."code", old."code_system", old."code_display", old."code_text", old."code_original", old."code_original_system", old."onset_text", old."height_cm", old."note", old."extra" FROM active_run;
END;
CREATE TRIGGER "family_member_history_before_delete" BEFORE DELETE ON "family_member_history"
WHEN (SELECT run_id FROM active_run) <> coalesce((SELECT run_id FROM run_block
    WHERE table_name = 'family_member_history' AND first_row <= old.row_id ORDER BY first_row DESC LIMIT 1), 0)
BEGIN
    INSERT OR IGNORE INTO "family_member_history_before" SELECT run_id, 0, old."row_id", old."id", old."identity_id", old."patient_id", old."source_record_id", old."status", old."relationship_code", old."relationship_system", old."relationship_display", old."relationship_text", old."name", old."gender", old."born", old."deceased_date", old."code", old."code_system", old."code_display", old."code_text", old."code_original", old."code_original_system", old."onset_text", old."height_cm", old."note", old."extra" FROM active_run;
    UPDATE "family_member_history_before" SET gone_before = 1
    WHERE run_id_before = (SELECT run_id FROM active_run) AND row_id = old.row_id;
END;

CREATE TABLE "patient_identity_before" (
    run_id_before INTEGER NOT NULL,
    gone_before INTEGER NOT NULL,
    "row_id" INTEGER,
    "id" TEXT,
    "source_system" TEXT,
    "source_key" TEXT,
    "stream_id" INTEGER,
    "key_hash" BLOB,
    "patient_id" TEXT,
    "source_record_id" INTEGER,
    "matched_identity" TEXT,
    "match_weight" REAL,
    "match_probability" REAL,
    "match_evidence" TEXT,
    "medical_record_number" TEXT,
    "family_name" TEXT,
    "given_name" TEXT,
    "middle_name" TEXT,
    "name_prefix" TEXT,
    "name_suffix" TEXT,
    "maiden_name" TEXT,
    "mother_maiden_name" TEXT,
    "birth_date" TEXT,
    "birth_order" INTEGER,
    "birth_place" TEXT,
    "deceased_date" TEXT,
    "deceased" INTEGER,
    "gender" TEXT,
    "marital_status" TEXT,
    "race" TEXT,
    "ethnicity" TEXT,
    "language" TEXT,
    "ssn" TEXT,
    "drivers_license" TEXT,
    "passport_number" TEXT,
    "phone_home" TEXT,
    "phone_mobile" TEXT,
    "phone_work" TEXT,
    "email" TEXT,
    "address_line1" TEXT,
    "address_line2" TEXT,
    "city" TEXT,
    "district" TEXT,
    "state" TEXT,
    "postal_code" TEXT,
    "country" TEXT,
    "address_text" TEXT,
    "emergency_contact" TEXT,
    "general_practitioner_name" TEXT,
    "general_practitioner_id" TEXT,
    "active" INTEGER,
    "last_updated" TEXT,
    "extra" TEXT,
    PRIMARY KEY (run_id_before, row_id)
) WITHOUT ROWID;
CREATE TRIGGER "patient_identity_before_update" BEFORE UPDATE ON "patient_identity"
WHEN (SELECT run_id FROM active_run) <> coalesce((SELECT run_id FROM run_block
    WHERE table_name = 'patient_identity' AND first_row <= old.row_id ORDER BY first_row DESC LIMIT 1), 0)
BEGIN
    INSERT OR IGNORE INTO "patient_identity_before" SELECT run_id, 0, old."row_id", old."id", old."source_system", old."source_key", old."stream_id", old."key_hash", old."patient_id", old."source_record_id", old."matched_identity", old."match_weight", old."match_probability", old."match_evidence", old."medical_record_number", old."family_name", old."given_name", old."middle_name", old."name_prefix", old."name_suffix", old."maiden_name", old."mother_maiden_name", old."birth_date", old."birth_order", old."birth_place", old."deceased_date", old."deceased", old."gender", old."marital_status", old."race", old."ethnicity", old."language", old."ssn", old."drivers_license", old."passport_number", old."phone_home", old."phone_mobile", old."phone_work", old."email", old."address_line1", old."address_line2", old."city", old."district", old."state", old."postal_code", old."country", old."address_text", old."emergency_contact", old."general_practitioner_name", old."general_practitioner_id", old."active", old."last_updated", old."extra" FROM active_run;
END;
CREATE TRIGGER "patient_identity_before_delete" BEFORE DELETE ON "patient_identity"
WHEN (SELECT run_id FROM active_run) <> coalesce((SELECT run_id FROM run_block
    WHERE table_name = 'patient_identity' AND first_row <= old.row_id ORDER BY first_row DESC LIMIT 1), 0)
BEGIN
    INSERT OR IGNORE INTO "patient_identity_before" SELECT run_id, 0, old."row_id", old."id", old."source_system", old."source_key", old."stream_id", old."key_hash", old."patient_id", old."source_record_id", old."matched_identity", old."match_weight", old."match_probability", old."match_evidence", old."medical_record_number", old."family_name", old."given_name", old."middle_name", old."name_prefix", old."name_suffix", old."maiden_name", old."mother_maiden_name", old."birth_date", old."birth_order", old."birth_place", old."deceased_date", old."deceased", old."gender", old."marital_status", old."race", old."ethnicity", old."language", old."ssn", old."drivers_license", old."passport_number", old."phone_home", old."phone_mobile", old."phone_work", old."email", old."address_line1", old."address_line2", old."city", old."district", old."state", old."postal_code", old."country", old."address_text", old."emergency_contact", old."general_practitioner_name", old."general_practitioner_id", old."active", old."last_updated", old."extra" FROM active_run;
    UPDATE "patient_identity_before" SET gone_before = 1
    WHERE run_id_before = (SELECT run_id FROM active_run) AND row_id = old.row_id;
END;

CREATE TABLE "source_record_before" (
    run_id_before INTEGER NOT NULL,
    gone_before INTEGER NOT NULL,
    "id" INTEGER,
    "stream_id" INTEGER,
    "key_hash" BLOB,
    "ordinal" INTEGER,
    "content_hash" BLOB,
    "fate" TEXT,
    "reason" TEXT,
    "run_id" INTEGER,
    "payload_id" INTEGER,
    "payload_index" INTEGER,
    "charted" INTEGER,
    PRIMARY KEY (run_id_before, id)
) WITHOUT ROWID;
CREATE TRIGGER "source_record_before_update" BEFORE UPDATE ON "source_record"
WHEN (SELECT run_id FROM active_run) <> coalesce((SELECT run_id FROM run_block
    WHERE table_name = 'source_record' AND first_row <= old.id ORDER BY first_row DESC LIMIT 1), 0)
BEGIN
    INSERT OR IGNORE INTO "source_record_before" SELECT run_id, 0, old."id", old."stream_id", old."key_hash", old."ordinal", old."content_hash", old."fate", old."reason", old."run_id", old."payload_id", old."payload_index", old."charted" FROM active_run;
END;
CREATE TRIGGER "source_record_before_delete" BEFORE DELETE ON "source_record"
WHEN (SELECT run_id FROM active_run) <> coalesce((SELECT run_id FROM run_block
    WHERE table_name = 'source_record' AND first_row <= old.id ORDER BY first_row DESC LIMIT 1), 0)
BEGIN
    INSERT OR IGNORE INTO "source_record_before" SELECT run_id, 0, old."id", old."stream_id", old."key_hash", old."ordinal", old."content_hash", old."fate", old."reason", old."run_id", old."payload_id", old."payload_index", old."charted" FROM active_run;
    UPDATE "source_record_before" SET gone_before = 1
    WHERE run_id_before = (SELECT run_id FROM active_run) AND id = old.id;
END;

CREATE TABLE "source_stream_before" (
    run_id_before INTEGER NOT NULL,
    gone_before INTEGER NOT NULL,
    "id" INTEGER,
    "system" TEXT,
    "stream" TEXT,
    "mapping" TEXT,
    PRIMARY KEY (run_id_before, id)
) WITHOUT ROWID;
CREATE TRIGGER "source_stream_before_update" BEFORE UPDATE ON "source_stream"
WHEN (SELECT run_id FROM active_run) <> coalesce((SELECT run_id FROM run_block
    WHERE table_name = 'source_stream' AND first_row <= old.id ORDER BY first_row DESC LIMIT 1), 0)
BEGIN
    INSERT OR IGNORE INTO "source_stream_before" SELECT run_id, 0, old."id", old."system", old."stream", old."mapping" FROM active_run;
END;
CREATE TRIGGER "source_stream_before_delete" BEFORE DELETE ON "source_stream"
WHEN (SELECT run_id FROM active_run) <> coalesce((SELECT run_id FROM run_block
    WHERE table_name = 'source_stream' AND first_row <= old.id ORDER BY first_row DESC LIMIT 1), 0)
BEGIN
    INSERT OR IGNORE INTO "source_stream_before" SELECT run_id, 0, old."id", old."system", old."stream", old."mapping" FROM active_run;
    UPDATE "source_stream_before" SET gone_before = 1
    WHERE run_id_before = (SELECT run_id FROM active_run) AND id = old.id;
END;

CREATE TABLE "column_evidence_before" (
    run_id_before INTEGER NOT NULL,
    gone_before INTEGER NOT NULL,
    "row_id" INTEGER,
    "stream_id" INTEGER,
    "column_name" TEXT,
    "day_first" INTEGER,
    "month_first" INTEGER,
    PRIMARY KEY (run_id_before, row_id)
) WITHOUT ROWID;
CREATE TRIGGER "column_evidence_before_update" BEFORE UPDATE ON "column_evidence"
WHEN (SELECT run_id FROM active_run) <> coalesce((SELECT run_id FROM run_block
    WHERE table_name = 'column_evidence' AND first_row <= old.row_id ORDER BY first_row DESC LIMIT 1), 0)
BEGIN
    INSERT OR IGNORE INTO "column_evidence_before" SELECT run_id, 0, old."row_id", old."stream_id", old."column_name", old."day_first", old."month_first" FROM active_run;
END;
CREATE TRIGGER "column_evidence_before_delete" BEFORE DELETE ON "column_evidence"
WHEN (SELECT run_id FROM active_run) <> coalesce((SELECT run_id FROM run_block
    WHERE table_name = 'column_evidence' AND first_row <= old.row_id ORDER BY first_row DESC LIMIT 1), 0)
BEGIN
    INSERT OR IGNORE INTO "column_evidence_before" SELECT run_id, 0, old."row_id", old."stream_id", old."column_name", old."day_first", old."month_first" FROM active_run;
    UPDATE "column_evidence_before" SET gone_before = 1
    WHERE run_id_before = (SELECT run_id FROM active_run) AND row_id = old.row_id;
END;

CREATE TABLE "quarantine_before" (
    run_id_before INTEGER NOT NULL,
    gone_before INTEGER NOT NULL,
    "row_id" INTEGER,
    "source_record_id" INTEGER,
    "run_id" INTEGER,
    "file" TEXT,
    "row" INTEGER,
    "offset_bytes" INTEGER,
    "key" TEXT,
    "column_name" TEXT,
    "reason_code" TEXT,
    "reason" TEXT,
    PRIMARY KEY (run_id_before, row_id)
) WITHOUT ROWID;
CREATE TRIGGER "quarantine_before_update" BEFORE UPDATE ON "quarantine"
WHEN (SELECT run_id FROM active_run) <> coalesce((SELECT run_id FROM run_block
    WHERE table_name = 'quarantine' AND first_row <= old.row_id ORDER BY first_row DESC LIMIT 1), 0)
BEGIN
    INSERT OR IGNORE INTO "quarantine_before" SELECT run_id, 0, old."row_id", old."source_record_id", old."run_id", old."file", old."row", old."offset_bytes", old."key", old."column_name", old."reason_code", old."reason" FROM active_run;
END;
CREATE TRIGGER "quarantine_before_delete" BEFORE DELETE ON "quarantine"
WHEN (SELECT run_id FROM active_run) <> coalesce((SELECT run_id FROM run_block
    WHERE table_name = 'quarantine' AND first_row <= old.row_id ORDER BY first_row DESC LIMIT 1), 0)
BEGIN
    INSERT OR IGNORE INTO "quarantine_before" SELECT run_id, 0, old."row_id", old."source_record_id", old."run_id", old."file", old."row", old."offset_bytes", old."key", old."column_name", old."reason_code", old."reason" FROM active_run;
    UPDATE "quarantine_before" SET gone_before = 1
    WHERE run_id_before = (SELECT run_id FROM active_run) AND row_id = old.row_id;
END;

CREATE TABLE "match_review_before" (
    run_id_before INTEGER NOT NULL,
    gone_before INTEGER NOT NULL,
    "row_id" INTEGER,
    "left_identity" TEXT,
    "right_identity" TEXT,
    "run_id" INTEGER,
    "weight" REAL,
    "probability" REAL,
    "reason" TEXT,
    "evidence" TEXT,
    "status" TEXT,
    PRIMARY KEY (run_id_before, row_id)
) WITHOUT ROWID;
CREATE TRIGGER "match_review_before_update" BEFORE UPDATE ON "match_review"
WHEN (SELECT run_id FROM active_run) <> coalesce((SELECT run_id FROM run_block
    WHERE table_name = 'match_review' AND first_row <= old.row_id ORDER BY first_row DESC LIMIT 1), 0)
BEGIN
    INSERT OR IGNORE INTO "match_review_before" SELECT run_id, 0, old."row_id", old."left_identity", old."right_identity", old."run_id", old."weight", old."probability", old."reason", old."evidence", old."status" FROM active_run;
END;
CREATE TRIGGER "match_review_before_delete" BEFORE DELETE ON "match_review"
WHEN (SELECT run_id FROM active_run) <> coalesce((SELECT run_id FROM run_block
    WHERE table_name = 'match_review' AND first_row <= old.row_id ORDER BY first_row DESC LIMIT 1), 0)
BEGIN
    INSERT OR IGNORE INTO "match_review_before" SELECT run_id, 0, old."row_id", old."left_identity", old."right_identity", old."run_id", old."weight", old."probability", old."reason", old."evidence", old."status" FROM active_run;
    UPDATE "match_review_before" SET gone_before = 1
    WHERE run_id_before = (SELECT run_id FROM active_run) AND row_id = old.row_id;
END;

CREATE TABLE "waiting_document_before" (
    run_id_before INTEGER NOT NULL,
    gone_before INTEGER NOT NULL,
    "row_id" INTEGER,
    "source_record_id" INTEGER,
    "number" INTEGER,
    "name" TEXT,
    "bytes" BLOB,
    PRIMARY KEY (run_id_before, row_id)
) WITHOUT ROWID;
CREATE TRIGGER "waiting_document_before_update" BEFORE UPDATE ON "waiting_document"
WHEN (SELECT run_id FROM active_run) <> coalesce((SELECT run_id FROM run_block
    WHERE table_name = 'waiting_document' AND first_row <= old.row_id ORDER BY first_row DESC LIMIT 1), 0)
BEGIN
    INSERT OR IGNORE INTO "waiting_document_before" SELECT run_id, 0, old."row_id", old."source_record_id", old."number", old."name", old."bytes" FROM active_run;
END;
CREATE TRIGGER "waiting_document_before_delete" BEFORE DELETE ON "waiting_document"
WHEN (SELECT run_id FROM active_run) <> coalesce((SELECT run_id FROM run_block
    WHERE table_name = 'waiting_document' AND first_row <= old.row_id ORDER BY first_row DESC LIMIT 1), 0)
BEGIN
    INSERT OR IGNORE INTO "waiting_document_before" SELECT run_id, 0, old."row_id", old."source_record_id", old."number", old."name", old."bytes" FROM active_run;
    UPDATE "waiting_document_before" SET gone_before = 1
    WHERE run_id_before = (SELECT run_id FROM active_run) AND row_id = old.row_id;
END;

CREATE TABLE "document_content_before" (
    run_id_before INTEGER NOT NULL,
    gone_before INTEGER NOT NULL,
    "row_id" INTEGER,
    "document_id" TEXT,
    "mime_type" TEXT,
    "size_bytes" INTEGER,
    "sha256" TEXT,
    "encoding" TEXT,
    "bytes" BLOB,
    PRIMARY KEY (run_id_before, row_id)
) WITHOUT ROWID;
CREATE TRIGGER "document_content_before_update" BEFORE UPDATE ON "document_content"
WHEN (SELECT run_id FROM active_run) <> coalesce((SELECT run_id FROM run_block
    WHERE table_name = 'document_content' AND first_row <= old.row_id ORDER BY first_row DESC LIMIT 1), 0)
BEGIN
    INSERT OR IGNORE INTO "document_content_before" SELECT run_id, 0, old."row_id", old."document_id", old."mime_type", old."size_bytes", old."sha256", old."encoding", old."bytes" FROM active_run;
END;
CREATE TRIGGER "document_content_before_delete" BEFORE DELETE ON "document_content"
WHEN (SELECT run_id FROM active_run) <> coalesce((SELECT run_id FROM run_block
    WHERE table_name = 'document_content' AND first_row <= old.row_id ORDER BY first_row DESC LIMIT 1), 0)
BEGIN
    INSERT OR IGNORE INTO "document_content_before" SELECT run_id, 0, old."row_id", old."document_id", old."mime_type", old."size_bytes", old."sha256", old."encoding", old."bytes" FROM active_run;
    UPDATE "document_content_before" SET gone_before = 1
    WHERE run_id_before = (SELECT run_id FROM active_run) AND row_id = old.row_id;
END;
