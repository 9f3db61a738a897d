//! A first mapping for a source that nobody mapped: from what its columns are called, look like and refer to, to a connector pack that
//! runs as it is and says of every guess how sure it is and why. What it does not know it leaves open: a wrong mapping is worse than none.

mod assign;
mod classify;
mod codes;
mod doubt;
mod lexicon;
mod reuse;
mod units;
mod whole;
mod words;
mod write;

use crate::connector::PackFiles;
use crate::model::RecordType;
use crate::profile::SourceProfile;
use lexicon::Form;

pub use reuse::{Extended, only_new};

/// What is known of a source's tables.
#[derive(Clone, Debug)]
pub struct Draft {
    pub streams: Vec<DraftStream>,
}

#[derive(Clone, Debug)]
pub struct DraftStream {
    /// Index of the table in the profile.
    pub table: usize,
    pub name: String,
    /// None where its rows are only kept.
    pub record: Option<RecordType>,
    pub why: String,
    pub key: Option<usize>,
    pub columns: Vec<Guess>,
    /// Columns that say that a row does not count, and how: rows of which they do are not charted.
    pub guards: Vec<(usize, Guard)>,
    /// A column tells of a row's state, and nothing is known of how.
    pub has_unknown_state: bool,
    /// Columns that are measurements of their own: column, LOINC code, unit.
    pub measurements: Vec<(usize, &'static str, String)>,
}

/// How a column says that a row does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guard {
    /// By a yes.
    Yes,
    /// By having a value.
    Present,
}

/// What a column is taken for.
#[derive(Clone, Debug)]
pub struct Guess {
    pub column: usize,
    pub target: String,
    pub form: Form,
    /// The stream that it refers to.
    pub stream: Option<usize>,
    /// From 0 to 1.
    pub confidence: f64,
    pub why: String,
}

/// Guesses what the tables of a source are. The `meaning` of each column is noted in the profile.
pub fn draft(profile: &mut SourceProfile) -> Draft {
    let mut streams = classify::streams(profile);
    assign::assign(profile, &mut streams);
    whole::heed(&mut streams);
    doubt::heed(profile, &mut streams);
    for stream in &streams {
        let table = &mut profile.tables[stream.table];
        let record = stream.record.map_or("", RecordType::name);
        for guess in &stream.columns {
            table.columns[guess.column].meaning = Some(format!("{record}.{}", guess.target));
        }
        for (column, code, _) in &stream.measurements {
            table.columns[*column].meaning = Some(format!("Observation {code}"));
        }
    }
    Draft { streams }
}

/// The draft as a pack. `id` is its name.
pub fn pack_files(draft: &Draft, profile: &SourceProfile, id: &str) -> PackFiles {
    write::files(draft, profile, id)
}
