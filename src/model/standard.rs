//! Standard forms of charts, and which chart records theirs make.

use super::RecordType;

/// A standard whose records a stream's are; code reads them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standard {
    FhirR4,
    Ccda,
}

impl Standard {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FhirR4 => "fhir-r4",
            Self::Ccda => "ccda",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::FhirR4, Self::Ccda].into_iter().find(|standard| standard.as_str() == text)
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
                "Encounter" => (Encounter, None),
                "FamilyHistory" => (FamilyMemberHistory, Some((FamilyMemberHistory, "observation"))),
                "AdvanceDirective" => (Consent, Some((Consent, "observation"))),
                "Plan" => (ServiceRequest, None),
                _ => return None,
            }),
        }
    }

    /// Whether the key of a patient names the person by name, birth date and sex, beside a number.
    pub fn keys_are_people(self) -> bool {
        self == Self::Ccda
    }

    /// Whether records of a type name files of the source.
    pub fn has_files(self, kind: &str) -> bool {
        self == Self::Ccda && kind == "Document"
    }
}

/// Chart records that one record may make beside its first.
pub const MOST_PARTS: usize = 60;
