//! What a run did, as values: the report renders them, the tests compare them.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::match_quality::MatchingOutcome;
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
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct DigestOutcome {
    pub before: String,
    pub after: String,
}

/// Issues of one stream, gathered by code and column.
#[derive(Clone, Debug, Default)]
pub struct IssueCounts(BTreeMap<(IssueCode, Option<u32>), (u64, Vec<u64>)>);

const FIRST_ROWS: usize = 20;

impl IssueCounts {
    pub fn add(&mut self, code: IssueCode, column: Option<u32>, row: u64) {
        let (count, rows) = self.0.entry((code, column)).or_default();
        *count += 1;
        if rows.len() < FIRST_ROWS {
            rows.push(row);
        }
    }

    pub fn merge(&mut self, other: Self) {
        for (at, (count, rows)) in other.0 {
            let (sum, first) = self.0.entry(at).or_default();
            *sum += count;
            first.extend(rows.into_iter().take(FIRST_ROWS.saturating_sub(first.len())));
        }
    }

    pub fn total(&self) -> u64 {
        self.0.values().map(|(count, _)| count).sum()
    }

    pub fn outcomes<'a>(
        &'a self,
        stream: &'a str,
        column_name: impl Fn(u32) -> String + 'a,
    ) -> impl Iterator<Item = IssueOutcome> + 'a {
        self.0.iter().map(move |((code, column), (count, rows))| IssueOutcome {
            code: code.as_str().into(),
            stream: stream.into(),
            column: column.map(&column_name).unwrap_or_default(),
            count: *count,
            rows: rows.clone(),
        })
    }
}
