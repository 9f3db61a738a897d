//! Standard forms of charts, and which chart records theirs make.

use super::RecordType;

/// A standard whose records a stream's are; code reads them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standard {
    FhirR4,
}

impl Standard {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FhirR4 => "fhir-r4",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::FhirR4].into_iter().find(|standard| standard.as_str() == text)
    }

    /// The chart records that records of a type make: the first, and those of its parts by name; none where the chart has no such type.
    pub fn kinds(self, kind: &str) -> Vec<(RecordType, String)> {
        let Some(record) = RecordType::parse(kind) else { return Vec::new() };
        let part = |number: usize| match FhirParts::of(record)? {
            FhirParts::Components => Some(format!("component-{number}")),
            FhirParts::Conditions => Some(format!("condition-{}", number + 1)),
        };
        let parts = (1..=MOST_PARTS).filter_map(part).map(|name| (record, name));
        std::iter::once((record, self.as_str().to_owned())).chain(parts).collect()
    }
}

/// Chart records that one record may make beside its first.
pub const MOST_PARTS: usize = 20;

/// Parts of a resource of FHIR that are chart records of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FhirParts {
    /// Of an observation.
    Components,
    /// Of a relative, but the first.
    Conditions,
}

impl FhirParts {
    pub fn of(record: RecordType) -> Option<Self> {
        match record {
            RecordType::Observation => Some(Self::Components),
            RecordType::FamilyMemberHistory => Some(Self::Conditions),
            _ => None,
        }
    }
}
