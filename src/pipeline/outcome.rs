//! What a run did, as values: the report renders them, the tests compare them.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::match_quality::MatchingOutcome;
use crate::model::text::shape;
use crate::model::{CellTotals, IssueCode, StreamTotals};

/// A finished run.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct RunOutcome {
    pub format: u32,
    pub run: RunFacts,
    pub streams: Vec<StreamOutcome>,
    pub patients: PatientsOutcome,
    /// How people were matched, where the run brought new or changed ones.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub matching: Option<MatchingOutcome>,
    pub issues: Vec<IssueOutcome>,
    pub balanced: bool,
    pub digest: DigestOutcome,
    /// What the independent recount found different; empty where nothing.
    pub discrepancies: Vec<String>,
}

/// All that may differ between two equal runs.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct RunFacts {
    pub id: i64,
    pub command: String,
    pub started: String,
    pub finished: String,
    pub chartlift: String,
    /// One each per source.
    pub source: Listed,
    pub system: Listed,
    pub connector: Listed,
    pub connector_hash: Listed,
    pub store: String,
    pub status: String,
    pub resumed: bool,
    pub dry_run: bool,
    pub as_of: String,
    pub seconds: f64,
    pub threads: usize,
    pub notes: Vec<String>,
}

/// One text, or a list where a run has several sources.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "OneOrMany", into = "OneOrMany")]
pub struct Listed(pub Vec<String>);

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl From<OneOrMany> for Listed {
    fn from(text: OneOrMany) -> Self {
        match text {
            OneOrMany::One(text) => Self(vec![text]),
            OneOrMany::Many(texts) => Self(texts),
        }
    }
}

impl From<Listed> for OneOrMany {
    fn from(Listed(mut texts): Listed) -> Self {
        match texts.len() {
            0 => Self::One(String::new()),
            1 => Self::One(texts.swap_remove(0)),
            _ => Self::Many(texts),
        }
    }
}

impl fmt::Display for Listed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(", "))
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StreamOutcome {
    pub stream: String,
    /// Why its records have no chart record, where they have none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub archive_reason: Option<String>,
    pub files: Vec<String>,
    #[serde(flatten)]
    pub totals: StreamTotals,
    pub balanced: bool,
    pub columns: Vec<ColumnOutcome>,
}

/// The archive reason of a table that no stream of the connector takes.
pub const UNCLAIMED: &str = "no stream of the connector takes this file";

/// The archive reason of a table that is called after a person who was erased.
pub const ERASED: &str = "it is called after a person who was erased; nothing of it is kept";

/// The cells of one column.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ColumnOutcome {
    pub column: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ignored_because: Option<String>,
    pub cells: CellTotals,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct PatientsOutcome {
    pub identities: u64,
    pub patients: u64,
    /// Identities that share their patient with an earlier one.
    pub linked: u64,
    pub review: u64,
    /// Registrations that this run brought to another patient than they belonged to before.
    #[serde(default)]
    pub moved: u64,
    /// The pairs that wait for a person, the likeliest first.
    #[serde(default)]
    pub pairs: Vec<PairOutcome>,
}

/// Two registrations that a person must judge.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PairOutcome {
    /// System and key.
    pub left: (String, String),
    pub right: (String, String),
    /// log2
    pub match_weight: f64,
    pub match_probability: f64,
    /// What keeps the machine from joining them, or what speaks against it that they are one.
    pub reason: String,
    pub evidence: Vec<EvidenceOutcome>,
}

/// What one comparison says about a pair.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct EvidenceOutcome {
    pub comparison: String,
    pub level: String,
    /// log2
    pub weight: f64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct IssueOutcome {
    pub code: String,
    pub stream: String,
    pub column: String,
    pub count: u64,
    /// The first rows, for looking them up.
    pub rows: Vec<u64>,
    /// How the first of the values look, without their letters and digits.
    #[serde(default)]
    pub shapes: Vec<String>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct DigestOutcome {
    pub before: String,
    pub after: String,
}

/// Issues of one stream, gathered by code and column.
#[derive(Clone, Debug, Default)]
pub struct IssueCounts(BTreeMap<(IssueCode, Option<u32>), IssueTally>);

#[derive(Clone, Debug, Default)]
struct IssueTally {
    count: u64,
    rows: Vec<u64>,
    shapes: Vec<String>,
}

const FIRST_ROWS: usize = 20;
const FIRST_SHAPES: usize = 3;

impl IssueTally {
    fn look_like(&mut self, shape: String) {
        if self.shapes.len() < FIRST_SHAPES && !self.shapes.contains(&shape) {
            self.shapes.push(shape);
        }
    }
}

impl IssueCounts {
    pub fn add(&mut self, code: IssueCode, column: Option<u32>, row: u64) {
        self.add_of(code, column, row, None);
    }

    /// The same, with the value that is to blame.
    pub fn add_of(&mut self, code: IssueCode, column: Option<u32>, row: u64, value: Option<&str>) {
        let tally = self.0.entry((code, column)).or_default();
        tally.count += 1;
        if tally.rows.len() < FIRST_ROWS {
            tally.rows.push(row);
        }
        if let Some(value) = value.filter(|_| tally.shapes.len() < FIRST_SHAPES) {
            tally.look_like(shape(value));
        }
    }

    pub fn merge(&mut self, other: Self) {
        for (at, IssueTally { count, rows, shapes }) in other.0 {
            let tally = self.0.entry(at).or_default();
            tally.count += count;
            tally.rows.extend(rows.into_iter().take(FIRST_ROWS.saturating_sub(tally.rows.len())));
            shapes.into_iter().for_each(|shape| tally.look_like(shape));
        }
    }

    pub fn total(&self) -> u64 {
        self.0.values().map(|tally| tally.count).sum()
    }

    pub fn outcomes<'a>(
        &'a self,
        stream: &'a str,
        column_name: impl Fn(u32) -> String + 'a,
    ) -> impl Iterator<Item = IssueOutcome> + 'a {
        self.0.iter().map(move |((code, column), tally)| IssueOutcome {
            code: code.as_str().into(),
            stream: stream.into(),
            column: column.map(&column_name).unwrap_or_default(),
            count: tally.count,
            rows: tally.rows.clone(),
            shapes: tally.shapes.clone(),
        })
    }
}
