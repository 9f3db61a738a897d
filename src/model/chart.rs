//! Chart records as rows of typed values, and the dictionary that names their columns.
//!
//! A chart record type is data, not a struct: pack mappings, the store's tables, the digest, the report and the published
//! data dictionary all read the same table of columns, so that a new column is one line in `dictionary.rs`.

use super::{ChartId, PartialDate};

mod dictionary;
mod vocabulary;

pub use vocabulary::NO_KNOWN_ALLERGY;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    Text,
    /// ISO 8601 text of known precision: `2007`, `2007-03`, `2007-03-05`.
    Date,
    /// ISO 8601 text: a date as above, or a date and time with the zone the source gave, or none where it gave none.
    DateTime,
    Integer,
    /// A number; its text as written stands in `value_original` where the two differ.
    Real,
    /// 0 or 1.
    Boolean,
    /// The id of a row in the table of this record type.
    Reference(RecordType),
    /// A JSON object.
    Json,
}

impl ColumnKind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Date => "date",
            Self::DateTime => "dateTime",
            Self::Integer => "integer",
            Self::Real => "decimal",
            Self::Boolean => "boolean",
            Self::Reference(_) => "reference",
            Self::Json => "json",
        }
    }
}

/// One column of a chart table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    pub name: &'static str,
    pub kind: ColumnKind,
    /// The FHIR R4 element this column holds.
    pub fhir: &'static str,
    pub meaning: &'static str,
    /// The store format that brought it; 1 where it was there from the start.
    pub since: u32,
}

macro_rules! record_types {
    ($($variant:ident = $name:literal, $table:literal, rank $rank:literal;)*) => {
        /// The chart record types, named as in FHIR R4.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum RecordType { $($variant,)* }

        impl RecordType {
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// FHIR R4 resource name.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// Table of the EHR store.
            pub fn table(self) -> &'static str {
                match self { $(Self::$variant => $table,)* }
            }

            pub fn parse(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)* _ => None }
            }

            /// Load order: the people and places that others refer to, then allergies, first among the clinical facts.
            pub fn load_rank(self) -> u8 {
                match self { $(Self::$variant => $rank,)* }
            }
        }
    };
}

record_types! {
    Patient = "Patient", "patient", rank 0;
    AllergyIntolerance = "AllergyIntolerance", "allergy_intolerance", rank 2;
    Organization = "Organization", "organization", rank 1;
    Location = "Location", "location", rank 1;
    Practitioner = "Practitioner", "practitioner", rank 1;
    Coverage = "Coverage", "coverage", rank 3;
    Encounter = "Encounter", "encounter", rank 4;
    Appointment = "Appointment", "appointment", rank 5;
    Condition = "Condition", "condition", rank 5;
    MedicationRequest = "MedicationRequest", "medication_request", rank 5;
    MedicationStatement = "MedicationStatement", "medication_statement", rank 5;
    MedicationDispense = "MedicationDispense", "medication_dispense", rank 6;
    Immunization = "Immunization", "immunization", rank 5;
    Procedure = "Procedure", "procedure", rank 5;
    ServiceRequest = "ServiceRequest", "service_request", rank 5;
    DiagnosticReport = "DiagnosticReport", "diagnostic_report", rank 6;
    Observation = "Observation", "observation", rank 7;
    DocumentReference = "DocumentReference", "document_reference", rank 8;
    Consent = "Consent", "consent", rank 5;
    CarePlan = "CarePlan", "care_plan", rank 5;
    Device = "Device", "device", rank 5;
    FamilyMemberHistory = "FamilyMemberHistory", "family_member_history", rank 5;
}

impl RecordType {
    /// The columns of this type's own content, in storage order; `extra` is always the last.
    pub fn columns(self) -> &'static [Column] {
        dictionary::columns(self)
    }

    /// Position of a column in [`RecordType::columns`].
    pub fn column_index(self, name: &str) -> Option<usize> {
        self.columns().iter().position(|column| column.name == name)
    }

    /// Position of the column of elements that have none.
    pub fn extra_column(self) -> usize {
        self.column_index("extra").expect("every type has one, as a test holds")
    }

    /// The words that a column may hold, FHIR R4's required bindings; none where any text is right.
    pub fn allowed(self, column: &str) -> Option<&'static [&'static str]> {
        vocabulary::allowed(self, column)
    }

    /// Whether every record of this type belongs to a patient.
    pub fn is_about_a_patient(self) -> bool {
        !matches!(self, Self::Organization | Self::Location | Self::Practitioner)
    }

    /// The code groups of this type: prefixes `p` with columns `p_code` or `code`, `..._system`, `..._display`, `..._text`.
    pub fn is_coding(self, prefix: &str) -> bool {
        coding_columns(self, prefix).is_some()
    }
}

/// The columns of one coded element: `code`, `code_system`, `code_display`, `code_text` for the main one and
/// `reason_code`, `reason_system`, `reason_display`, `reason_text` for a further one called `reason`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodingColumns {
    pub code: usize,
    pub system: usize,
    pub display: usize,
    pub text: usize,
    /// Where the untranslated code and its system stand; the main code alone has these.
    pub original: Option<(usize, usize)>,
}

/// Finds the columns of the coded element called `prefix`, if this record type has it.
pub fn coding_columns(record: RecordType, prefix: &str) -> Option<CodingColumns> {
    let find = |name: String| record.column_index(&name);
    let (code, original) = if prefix == "code" {
        let original = find("code_original".into()).zip(find("code_original_system".into()));
        (find("code".into())?, original)
    } else {
        (find(format!("{prefix}_code"))?, None)
    };
    Some(CodingColumns {
        code,
        system: find(format!("{prefix}_system"))?,
        display: find(format!("{prefix}_display"))?,
        text: find(format!("{prefix}_text"))?,
        original,
    })
}

/// One value of a chart row. Patient data: outside of tests its `Debug` shows no text and no number.
#[derive(Clone, PartialEq, Default)]
#[cfg_attr(test, derive(Debug))]
pub enum Value {
    #[default]
    Null,
    Integer(i64),
    Real(f64),
    Text(Box<str>),
    Id(ChartId),
}

#[cfg(not(test))]
impl std::fmt::Debug for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Null => f.write_str("Null"),
            Self::Id(id) => write!(f, "{id:?}"),
            _ => f.write_str("<phi>"),
        }
    }
}

impl Value {
    pub fn text(text: impl Into<Box<str>>) -> Self {
        Self::Text(text.into())
    }

    pub fn date(date: PartialDate) -> Self {
        Self::Text(date.to_string().into())
    }

    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Id(id) => Some(id.as_str()),
            _ => None,
        }
    }

    /// Appends the canonical form that the store digest hashes: a tag, the length where it varies, the bytes. A text and
    /// an id of the same characters are the same value, since a store gives both back as text.
    pub fn write_canonical(&self, out: &mut Vec<u8>) {
        match self {
            Self::Null => out.push(0),
            Self::Integer(number) => {
                out.push(1);
                out.extend_from_slice(&number.to_le_bytes());
            }
            Self::Real(number) => {
                out.push(2);
                // A store may give -0 back as 0: they are one value.
                out.extend_from_slice(&(number + 0.0).to_bits().to_le_bytes());
            }
            Self::Text(text) => write_text(text, out),
            Self::Id(id) => write_text(id.as_str(), out),
        }
    }
}

fn write_text(text: &str, out: &mut Vec<u8>) {
    out.push(3);
    out.extend_from_slice(&(text.len() as u32).to_le_bytes());
    out.extend_from_slice(text.as_bytes());
}

/// One chart record, ready for its table.
#[derive(Clone, Debug, PartialEq)]
pub struct ChartRow {
    pub record: RecordType,
    pub id: ChartId,
    /// The identity under which it was filed; none for practitioners, organizations and locations.
    pub identity: Option<ChartId>,
    /// The patient that identity belongs to now.
    pub patient: Option<ChartId>,
    /// One value per entry of [`RecordType::columns`].
    pub values: Vec<Value>,
}

impl ChartRow {
    pub fn get(&self, column: &str) -> &Value {
        static NULL: Value = Value::Null;
        self.record.column_index(column).and_then(|index| self.values.get(index)).unwrap_or(&NULL)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_type_has_distinct_columns_and_ends_in_extra() {
        for record in RecordType::ALL {
            let names: HashSet<_> = record.columns().iter().map(|column| column.name).collect();
            assert_eq!(names.len(), record.columns().len(), "{record:?}");
            // Columns that came later stand behind it: hashes name columns by position.
            let first = record.columns().iter().take_while(|column| column.since == 1);
            assert_eq!(first.last().map(|column| column.name), Some("extra"), "{record:?}");
            assert!(record.columns().is_sorted_by_key(|column| column.since), "{record:?}");
            assert_eq!(record.columns()[record.extra_column()].name, "extra", "{record:?}");
            assert_eq!(RecordType::parse(record.name()), Some(*record));
        }
    }

    #[test]
    fn what_a_chart_needs_first_is_loaded_first() {
        let rank = RecordType::load_rank;
        assert!(RecordType::ALL.iter().all(|r| rank(*r) >= rank(RecordType::Patient)));
        for clinical in [RecordType::Encounter, RecordType::Condition, RecordType::Observation, RecordType::Procedure] {
            assert!(rank(RecordType::AllergyIntolerance) < rank(clinical));
        }
    }

    #[test]
    fn a_coded_element_is_found_by_its_prefix() {
        assert!(coding_columns(RecordType::Condition, "code").is_some_and(|c| c.original.is_some()));
        assert!(coding_columns(RecordType::Encounter, "reason").is_some_and(|c| c.original.is_none()));
        assert!(coding_columns(RecordType::Patient, "code").is_none());
    }

    #[test]
    fn a_text_and_an_id_of_the_same_characters_hash_alike() {
        let id = ChartId::derive(&[b"x"]);
        let (mut a, mut b) = (Vec::new(), Vec::new());
        Value::Id(id).write_canonical(&mut a);
        Value::text(id.as_str()).write_canonical(&mut b);
        assert_eq!(a, b);
    }
}
