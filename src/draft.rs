//! A first mapping for a source that nobody mapped: from what its columns are called, look like and refer to, to a connector pack that
//! runs as it is and says of every guess how sure it is and why. What it does not know it leaves open: a wrong mapping is worse than none.

mod assign;
mod classify;
mod codes;
mod doubt;
mod kinds;
mod lexicon;
mod links;
mod meanings;
mod query;
mod reuse;
#[cfg(test)]
mod tables;
mod units;
mod whole;
mod wide;
mod words;
mod write;

use crate::connector::PackFiles;
use crate::model::RecordType;
use crate::profile::SourceProfile;
use lexicon::Form;
use wide::View;

pub use reuse::{Extended, only_new};

/// What is known of a source's tables.
#[derive(Clone, Debug)]
pub struct Draft {
    pub streams: Vec<DraftStream>,
    /// The tables with what stands beside their rows in others.
    wide: SourceProfile,
    views: Vec<View>,
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
    /// Which rows of the table it is of, where a column tells several records apart: the column and its words for this one.
    pub only: Option<(usize, Vec<String>)>,
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
    classify::settle_people(profile);
    let (mut wide, views) = wide::widen(profile);
    let mut streams = classify::streams(&mut wide);
    kinds::tell_apart(&wide, &mut streams);
    assign::assign(&wide, &mut streams);
    whole::heed(&mut streams);
    doubt::drop_dangling(&mut streams);
    wide::settle(&views, &mut streams);
    wide::heed_kinds(&wide, &views, &mut streams);
    doubt::heed(&wide, &mut streams);
    for stream in &streams {
        let record = stream.record.map_or("", RecordType::name);
        let view = &views[stream.table];
        let of_guesses = stream.columns.iter().map(|guess| (guess.column, format!("{record}.{}", guess.target)));
        let of_measurements =
            stream.measurements.iter().map(|(column, code, _)| (*column, format!("Observation {code}")));
        for (column, meaning) in of_guesses.chain(of_measurements) {
            let (table, column) = match view.origin(column) {
                Some((join, column)) => (view.joins[join].table, column),
                None => (stream.table, column),
            };
            profile.tables[table].columns[column].meaning.get_or_insert(meaning);
        }
    }
    Draft { streams, wide, views }
}

/// The draft as a pack. `id` is its name.
pub fn pack_files(draft: &Draft, id: &str) -> PackFiles {
    write::files(draft, &draft.wide, id)
}
