//! The text forms of `connector.toml` and `mappings/*.toml`, as serde reads them. Meaning is given in `pack.rs`.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Manifest {
    pub format: Spanned<u32>,
    pub id: Spanned<String>,
    pub name: String,
    pub version: String,
    #[serde(default)]
    pub description: String,
    pub as_of: Option<Spanned<String>>,
    /// Considered only where no other connector fits.
    #[serde(default)]
    pub fallback: bool,
    pub tap: Option<Spanned<TapText>>,
    #[serde(default)]
    pub defaults: Defaults,
    /// Streams of the same system that another source brings.
    #[serde(default)]
    pub elsewhere: Vec<Spanned<String>>,
    #[serde(default)]
    pub stream: Vec<StreamText>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TapText {
    pub command: Vec<String>,
    pub config: Option<String>,
    pub catalog: Option<String>,
    #[serde(default)]
    pub state: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Defaults {
    pub encoding: Option<Spanned<String>>,
    pub delimiter: Option<Spanned<String>>,
    pub escape: Option<Spanned<String>>,
    pub escape_letters: Option<Spanned<bool>>,
    /// What is wrong with texts and put right for the chart.
    pub repair: Option<Spanned<Vec<String>>>,
    #[serde(default)]
    pub null_values: Vec<String>,
    pub date_order: Option<Spanned<String>>,
    /// What becomes of changed columns: evolve, freeze, quarantine.
    pub drift: Option<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StreamText {
    pub name: Spanned<String>,
    pub files: Option<Spanned<Vec<String>>>,
    /// Files that are documents, a record each.
    pub documents: Option<Spanned<Vec<String>>>,
    /// How the names of documents fall into parts.
    #[serde(default)]
    pub names: Vec<Spanned<String>>,
    /// Name in `queries/`, without `.sql`.
    pub query: Option<Spanned<String>>,
    #[serde(default)]
    pub required: bool,
    #[serde(default)]
    pub mappings: Vec<Spanned<String>>,
    /// Instead of mappings: the standard whose records these are.
    pub standard: Option<Spanned<String>>,
    /// Of that, the type of the records.
    pub resource: Option<Spanned<String>>,
    #[serde(default)]
    pub key: Vec<Spanned<String>>,
    pub repeats: Option<Spanned<String>>,
    pub newest_by: Option<Spanned<String>>,
    #[serde(default)]
    pub newest_within: Vec<String>,
    #[serde(default)]
    pub also: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    pub ignore: Vec<Ignore>,
    pub archive: Option<String>,
    pub encoding: Option<Spanned<String>>,
    pub delimiter: Option<Spanned<String>>,
    /// What stands before quotes within cells.
    pub escape: Option<Spanned<String>>,
    /// Whether letters behind it name characters.
    pub escape_letters: Option<Spanned<bool>>,
    /// Of a sheet, from 1.
    pub header_row: Option<Spanned<u32>>,
    /// The columns of files without a header.
    pub columns: Option<Spanned<Vec<String>>>,
    /// Characters of each column, where nothing is between them.
    pub widths: Option<Spanned<Vec<usize>>>,
    /// What is wrong with texts and put right for the chart.
    pub repair: Option<Spanned<Vec<String>>>,
    #[serde(default)]
    pub null_values: Vec<String>,
    pub drift: Option<Spanned<String>>,
    pub date_order: Option<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ignore {
    pub columns: Vec<String>,
    pub reason: Spanned<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MappingText {
    pub record: Spanned<String>,
    #[serde(default)]
    pub when: Vec<Spanned<When>>,
    #[serde(default)]
    pub field: Vec<Spanned<FieldText>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct When {
    pub column: String,
    pub is: Option<Vec<String>>,
    pub is_not: Option<Vec<String>>,
    pub case: Option<String>,
    pub present: Option<bool>,
    #[serde(default)]
    pub optional: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl OneOrMany {
    pub fn into_vec(self) -> Vec<String> {
        match self {
            Self::One(one) => vec![one],
            Self::Many(many) => many,
        }
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FieldText {
    pub to: String,
    pub from: Option<OneOrMany>,
    pub value: Option<String>,
    pub transform: Option<String>,
    #[serde(default)]
    pub optional: bool,
    #[serde(default)]
    pub required: bool,
    pub default: Option<String>,
    pub map: Option<String>,
    pub case: Option<String>,
    pub separator: Option<String>,
    pub then: Option<String>,
    pub otherwise: Option<String>,
    pub order: Option<String>,
    pub true_values: Option<Vec<String>>,
    pub false_values: Option<Vec<String>>,
    pub stream: Option<String>,
    pub system: Option<String>,
    pub system_from: Option<String>,
    pub system_map: Option<String>,
    pub display: Option<String>,
    pub display_from: Option<String>,
    pub text_from: Option<String>,
    pub strip: Option<String>,
    pub translate: Option<String>,
    pub unit: Option<String>,
    pub unit_from: Option<String>,
    pub low_from: Option<String>,
    pub high_from: Option<String>,
    pub part: Option<String>,
    pub under: Option<String>,
    pub folder_from: Option<String>,
}
