//! The closed vocabularies of FHIR R4's required bindings, for the columns on which others rely: statuses, genders, and what kind
//! of allergy. A word that is not in the list is never charted there.

use super::RecordType;

const GENDER: &[&str] = &["male", "female", "other", "unknown"];

/// The words a column may hold; none where any text is right.
pub(super) fn allowed(record: RecordType, column: &str) -> Option<&'static [&'static str]> {
    use RecordType::*;
    Some(match (record, column) {
        (Patient | Practitioner | FamilyMemberHistory, "gender") => GENDER,
        (Location, "status") => &["active", "suspended", "inactive"],
        (Coverage, "status") => &["active", "cancelled", "draft", "entered-in-error"],
        (Appointment, "status") => &[
            "proposed",
            "pending",
            "booked",
            "arrived",
            "fulfilled",
            "cancelled",
            "noshow",
            "entered-in-error",
            "checked-in",
            "waitlist",
        ],
        (Encounter, "status") => &[
            "planned",
            "arrived",
            "triaged",
            "in-progress",
            "onleave",
            "finished",
            "cancelled",
            "entered-in-error",
            "unknown",
        ],
        (Condition, "clinical_status") => &["active", "recurrence", "relapse", "inactive", "remission", "resolved"],
        (Condition, "verification_status") => {
            &["unconfirmed", "provisional", "differential", "confirmed", "refuted", "entered-in-error"]
        }
        (AllergyIntolerance, "clinical_status") => &["active", "inactive", "resolved"],
        (AllergyIntolerance, "verification_status") => &["unconfirmed", "confirmed", "refuted", "entered-in-error"],
        (AllergyIntolerance, "type") => &["allergy", "intolerance"],
        (AllergyIntolerance, "category") => &["food", "medication", "environment", "biologic"],
        (AllergyIntolerance, "criticality") => &["low", "high", "unable-to-assess"],
        (AllergyIntolerance, "reaction_severity" | "reaction_2_severity") => &["mild", "moderate", "severe"],
        (MedicationRequest, "status") => {
            &["active", "on-hold", "cancelled", "completed", "entered-in-error", "stopped", "draft", "unknown"]
        }
        (MedicationStatement, "status") => {
            &["active", "completed", "entered-in-error", "intended", "stopped", "on-hold", "unknown", "not-taken"]
        }
        (MedicationDispense, "status") => &[
            "preparation",
            "in-progress",
            "cancelled",
            "on-hold",
            "completed",
            "entered-in-error",
            "stopped",
            "declined",
            "unknown",
        ],
        (Immunization, "status") => &["completed", "entered-in-error", "not-done"],
        (Procedure, "status") => &[
            "preparation",
            "in-progress",
            "not-done",
            "on-hold",
            "stopped",
            "completed",
            "entered-in-error",
            "unknown",
        ],
        (ServiceRequest | CarePlan, "status") => {
            &["draft", "active", "on-hold", "revoked", "completed", "entered-in-error", "unknown"]
        }
        (DiagnosticReport, "status") => &[
            "registered",
            "partial",
            "preliminary",
            "final",
            "amended",
            "corrected",
            "appended",
            "cancelled",
            "entered-in-error",
            "unknown",
        ],
        (Observation, "status") => {
            &["registered", "preliminary", "final", "amended", "corrected", "cancelled", "entered-in-error", "unknown"]
        }
        (DocumentReference, "status") => &["current", "superseded", "entered-in-error"],
        (DocumentReference, "doc_status") => &["preliminary", "final", "amended", "entered-in-error"],
        (Consent, "status") => &["draft", "proposed", "active", "rejected", "inactive", "entered-in-error"],
        (Device, "status") => &["active", "inactive", "entered-in-error", "unknown"],
        (FamilyMemberHistory, "status") => &["partial", "completed", "entered-in-error", "health-unknown"],
        _ => return None,
    })
}

/// Codes that say "no known allergy" of some kind (SNOMED CT).
pub const NO_KNOWN_ALLERGY: [&str; 9] = [
    "716186003",
    "160244002",
    "409137002",
    "428607008",
    "429625007",
    "428197003",
    "716184000",
    "716185004",
    "716220001",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_and_gender_has_its_list() {
        for record in RecordType::ALL {
            for column in record.columns() {
                let is_status = column.name == "status" || column.name.ends_with("_status");
                if (is_status || column.name == "gender") && column.name != "marital_status" {
                    assert!(allowed(*record, column.name).is_some(), "{record:?}.{}", column.name);
                }
            }
        }
    }
}
