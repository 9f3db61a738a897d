//! The typed form of a mapping: which columns, through which named transform, into which chart column.

use std::sync::Arc;

use crate::model::RecordType;

use super::CodeMap;

/// How a row of a stream becomes one chart record.
#[derive(Clone, Debug)]
pub struct Mapping {
    /// File name in `mappings/`, without `.toml`.
    pub name: String,
    pub record: RecordType,
    pub when: Vec<Guard>,
    pub fields: Vec<Field>,
}

/// A `[[when]]`: a condition, and what becomes of it where its column is not in the file.
#[derive(Clone, Debug)]
pub struct Guard {
    pub condition: Condition,
    /// The column may be missing: then it says nothing in any row.
    pub optional: bool,
    /// Line in the mapping file.
    pub line: usize,
}

/// Whether values that differ only by case are one. Where they are, what is compared with is lower-cased already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Case {
    #[default]
    Ignored,
    Exact,
}

impl Case {
    pub fn is_among(self, text: &str, values: &[String]) -> bool {
        match self {
            Self::Ignored => values.contains(&text.to_lowercase()),
            Self::Exact => values.iter().any(|value| value == text),
        }
    }
}

/// A condition on one column; a mapping applies where all of its conditions hold.
#[derive(Clone, Debug)]
pub enum Condition {
    /// The trimmed cell is one of these.
    Is {
        column: String,
        values: Vec<String>,
        case: Case,
    },
    IsNot {
        column: String,
        values: Vec<String>,
        case: Case,
    },
    Present {
        column: String,
        present: bool,
    },
}

impl Condition {
    pub fn column(&self) -> &str {
        match self {
            Self::Is { column, .. } | Self::IsNot { column, .. } | Self::Present { column, .. } => column,
        }
    }
}

/// One `[[field]]`.
#[derive(Clone, Debug)]
pub struct Field {
    pub target: Target,
    /// Source columns in the order of the mapping; empty for a constant.
    pub from: Vec<String>,
    pub transform: Transform,
    /// Whether the source columns may be missing from the file.
    pub optional: bool,
    /// Whether a record without a value here is quarantined.
    pub required: bool,
    pub default: Option<String>,
    /// Line in the mapping file.
    pub line: usize,
}

impl Field {
    /// Every column this field reads, with those of its options.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        let more: Vec<&String> = match &self.transform {
            Transform::Code(code) => {
                [&code.system_from, &code.display_from, &code.text_from].into_iter().flatten().collect()
            }
            Transform::Result { unit_from, low_from, high_from, .. } => {
                [unit_from, low_from, high_from].into_iter().flatten().collect()
            }
            Transform::Quantity { unit_from, .. } => unit_from.iter().collect(),
            Transform::Document { folder_from, .. } => folder_from.iter().collect(),
            _ => Vec::new(),
        };
        self.from.iter().chain(more).map(String::as_str)
    }
}

/// Where a field's value goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// Index into the record type's columns.
    Column(usize),
    /// `extra.NAME`.
    Extra(String),
    /// Whose chart it is.
    Patient,
    /// A coded element, by its prefix.
    Coding(String),
    /// The result of an observation.
    Result,
    /// The bytes of a document.
    Content,
    /// A whole name of a person.
    PersonName,
    /// A whole address.
    Address,
    /// The words of directions, and what they say.
    Dosage,
}

/// The order of day and month in dates that can be read both ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateOrder {
    DayMonth,
    MonthDay,
    /// Decided for each column from the dates in it that can be read one way only.
    Evidence,
}

/// What becomes of a table whose columns changed since the last run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Drift {
    /// What is new is kept, and told.
    #[default]
    Evolve,
    /// The run stops.
    Freeze,
    /// New and changed records wait.
    Quarantine,
}

impl Drift {
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "evolve" => Some(Self::Evolve),
            "freeze" => Some(Self::Freeze),
            "quarantine" => Some(Self::Quarantine),
            _ => None,
        }
    }
}

/// The closed list of transforms. `connectors/README.md` says what each does.
#[derive(Clone, Debug)]
pub enum Transform {
    Constant(String),
    Text,
    Join {
        separator: String,
    },
    Map(Arc<CodeMap>),
    Presence {
        then: Option<String>,
        otherwise: Option<String>,
    },
    Date(DateOrder),
    DateTime(DateOrder),
    /// A date, or a date and time, written as one number.
    Serial(Serial),
    Integer,
    Decimal,
    Boolean {
        true_values: Vec<String>,
        false_values: Vec<String>,
    },
    /// Whether somebody has died, or when, in one column.
    Deceased {
        order: DateOrder,
        true_values: Vec<String>,
        false_values: Vec<String>,
    },
    Phone,
    Email,
    Ssn,
    PostalCode,
    Name,
    Address,
    /// A word about a person, into the code of a standard.
    PersonWord(PersonWord),
    /// Directions of a prescription: into dose, frequency and route, as far as they are plain, beside their words.
    Sig,
    Reference {
        stream: String,
    },
    Code(Box<CodeTransform>),
    Result {
        unit: Option<String>,
        unit_from: Option<String>,
        low_from: Option<String>,
        high_from: Option<String>,
        /// Which of the two numbers of a blood pressure it is.
        part: Option<PressurePart>,
    },
    Quantity {
        unit: Option<String>,
        unit_from: Option<String>,
    },
    Document {
        under: Option<String>,
        folder_from: Option<String>,
    },
    Note,
}

/// A number of a blood pressure that stands in one cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PressurePart {
    Systolic,
    Diastolic,
}

/// How a number says a date; each is a transform of this name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Serial {
    /// VA FileMan's `CYYMMDD.HHMMSS`.
    FileMan,
    /// Days since the end of 1899.
    Excel,
    /// Days since the first day of 1904.
    Excel1904,
}

impl Serial {
    pub const NAMES: [(&str, Self); 3] =
        [("fileman_date", Self::FileMan), ("excel_date", Self::Excel), ("excel_1904_date", Self::Excel1904)];
}

/// What a word says of a person; each is a transform of this name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PersonWord {
    /// BCP 47.
    Language,
    /// HL7 v3 MaritalStatus.
    MaritalStatus,
    /// Categories of the OMB, beside the words.
    Race,
    Ethnicity,
    /// A state of the United States, by its two letters.
    State,
    /// A telephone number in the form of E.164.
    E164,
    /// A National Provider Identifier, whose check digit is looked at.
    Npi,
}

impl PersonWord {
    pub const NAMES: [(&str, Self); 7] = [
        ("language", Self::Language),
        ("marital_status", Self::MaritalStatus),
        ("race", Self::Race),
        ("ethnicity", Self::Ethnicity),
        ("state", Self::State),
        ("e164", Self::E164),
        ("npi", Self::Npi),
    ];

    /// Whether a column of this name can hold it.
    pub fn fits(self, column: &str) -> bool {
        match self {
            Self::Language => column == "language",
            Self::MaritalStatus => column == "marital_status",
            Self::Race => column == "race",
            Self::Ethnicity => column == "ethnicity",
            Self::State => column == "state",
            Self::E164 => column.starts_with("phone"),
            Self::Npi => column == "identifier",
        }
    }
}

/// The options of the transform `code`.
#[derive(Clone, Debug, Default)]
pub struct CodeTransform {
    pub value: Option<String>,
    pub system: Option<String>,
    pub system_from: Option<String>,
    pub system_map: Option<Arc<CodeMap>>,
    pub display: Option<String>,
    /// A column with the text that the code system gives the code.
    pub display_from: Option<String>,
    /// A column with the source's own words.
    pub text_from: Option<String>,
    pub strip: Option<String>,
    pub map: Option<Arc<CodeMap>>,
    /// By a table that ships with the program, for codes that `map` does not know.
    pub translate: Option<Translate>,
}

/// A table by which codes of a known system become those of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Translate {
    /// Diagnoses of ICD-9-CM.
    Icd10Cm,
    /// National Drug Codes, into their form of eleven digits.
    Ndc11,
}

impl Translate {
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "icd-10-cm" => Some(Self::Icd10Cm),
            "ndc-11" => Some(Self::Ndc11),
            _ => None,
        }
    }
}
