//! Standard forms of charts, and which chart records theirs make.

use super::RecordType;

/// A standard whose records a stream's are; code reads them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standard {
    FhirR4,
    Ccda,
    Hl7v2,
}

impl Standard {
    pub const ALL: [Self; 3] = [Self::FhirR4, Self::Ccda, Self::Hl7v2];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::FhirR4 => "fhir-r4",
            Self::Ccda => "ccda",
            Self::Hl7v2 => "hl7v2",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|standard| standard.as_str() == text)
    }

    /// The chart records that records of a type make: the first, and those of its parts by name; none where the chart has no such type.
    pub fn kinds(self, kind: &str) -> Vec<(RecordType, String)> {
        let Some((record, parts)) = self.record_and_parts(kind) else { return Vec::new() };
        let parts = parts
            .into_iter()
            .flat_map(|(record, word)| (1..=MOST_PARTS).map(move |number| (record, format!("{word}-{number}"))));
        std::iter::once((record, self.as_str().to_owned())).chain(parts).collect()
    }

    fn record_and_parts(self, kind: &str) -> Option<(RecordType, Option<(RecordType, &'static str)>)> {
        use RecordType::*;
        match self {
            Self::FhirR4 => {
                let record = RecordType::parse(kind)?;
                let parts = match record {
                    Observation => Some((record, "component")),
                    FamilyMemberHistory => Some((record, "condition")),
                    DiagnosticReport => Some((DocumentReference, "presented-form")),
                    DocumentReference => Some((record, "content")),
                    _ => None,
                };
                Some((record, parts))
            }
            Self::Ccda => Some(match kind {
                "Patient" => (Patient, None),
                "Document" | "Section" => (DocumentReference, None),
                "Allergy" => (AllergyIntolerance, Some((AllergyIntolerance, "observation"))),
                "Medication" => (MedicationStatement, Some((MedicationStatement, "statement"))),
                "Immunization" => (Immunization, None),
                "Problem" => (Condition, Some((Condition, "observation"))),
                "Procedure" => (Procedure, None),
                "Results" => (DiagnosticReport, Some((Observation, "result"))),
                "VitalSigns" => (Observation, Some((Observation, "result"))),
                "SocialHistory" => (Observation, None),
                "Encounter" => (Encounter, Some((Condition, "diagnosis"))),
                "FamilyHistory" => (FamilyMemberHistory, Some((FamilyMemberHistory, "observation"))),
                "AdvanceDirective" => (Consent, Some((Consent, "observation"))),
                "Plan" => (ServiceRequest, None),
                _ => return None,
            }),
            Self::Hl7v2 => Some(match kind {
                "Patient" => (Patient, None),
                "Coverage" => (Coverage, None),
                "Visit" => (Encounter, None),
                "Appointment" => (Appointment, None),
                "Allergy" => (AllergyIntolerance, None),
                "Diagnosis" | "Problem" => (Condition, None),
                "Procedure" => (Procedure, None),
                "Order" | "Referral" => (ServiceRequest, None),
                "Prescription" => (MedicationRequest, None),
                "Dispense" => (MedicationDispense, None),
                "Immunization" => (Immunization, None),
                "Results" => (DiagnosticReport, None),
                "Observation" => (Observation, None),
                // What cannot be read would be a document of somebody's, if anything.
                "Note" | "Attachment" | "Damaged" => (DocumentReference, None),
                _ => return None,
            }),
        }
    }

    /// Whether the key of a patient names the person by name, birth date and sex, beside a number.
    pub fn keys_are_people(self) -> bool {
        matches!(self, Self::Ccda | Self::Hl7v2)
    }

    /// The value of a record that says when it was told, and is no part of what it tells.
    pub fn told(self) -> Option<&'static str> {
        matches!(self, Self::Ccda | Self::Hl7v2).then_some("told")
    }

    /// Whether records of a type name files of the source.
    pub fn has_files(self, kind: &str) -> bool {
        self == Self::Ccda && kind == "Document"
    }
}

/// Chart records that one record may make beside its first.
pub const MOST_PARTS: usize = 60;
