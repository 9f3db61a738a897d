//! What the columns of a source look like: how full they are, what kinds of values stand in them, which identify a row and which name
//! rows of other tables. Counts and shapes only: a value leaves this module where somebody asked for values, or where it is one of a
//! few that a column repeats (a code).
//!
//! Knows no file and no pack: whoever reads gives it cells.

mod column;
mod kinds;
mod relations;
mod twins;

pub use column::ColumnTally;
pub use kinds::{Kind, looks_like_data};
pub use relations::{included, prefer_shared_key, relate};
pub use twins::TwinTally;

use serde::Serialize;

/// A source, looked at.
#[derive(Clone, Debug, Default, Serialize)]
pub struct SourceProfile {
    pub source: String,
    pub tables: Vec<TableProfile>,
    /// Files that are no tables.
    pub other_files: usize,
    pub notes: Vec<String>,
}

#[derive(Clone, Debug, Default, Serialize)]
pub struct TableProfile {
    /// Relative to the source.
    pub path: String,
    pub rows: u64,
    /// How many of them were looked at, where not all were.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub looked_at: Option<u64>,
    /// Rows that are other rows to the letter.
    pub repeats: u64,
    /// Rows with more or fewer cells than the header.
    pub ragged: u64,
    /// Else its columns are called by their numbers.
    pub has_header: bool,
    /// How its text is written.
    pub encoding: String,
    pub delimiter: Option<char>,
    /// What stands before quotes within cells, where they are not doubled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub escape: Option<char>,
    pub columns: Vec<ColumnProfile>,
    /// The column that identifies a row, if one does.
    pub key: Option<usize>,
    /// Pairs of columns that say the same in every row that was looked at.
    #[serde(skip)]
    pub twins: Vec<(usize, usize)>,
}

impl TableProfile {
    /// Whether two columns say the same in every row.
    pub fn are_twins(&self, one: usize, other: usize) -> bool {
        self.twins.contains(&(one.min(other), one.max(other)))
    }

    /// A table of which some rows were looked at, with what was counted of all: its rows, and of each column the values that are not
    /// blank and the different ones.
    pub fn counted(mut self, rows: u64, columns: &[(u64, u64)]) -> Self {
        self.looked_at = Some(self.rows).filter(|looked_at| *looked_at < rows);
        self.rows = rows;
        for (column, (non_empty, distinct)) in self.columns.iter_mut().zip(columns) {
            (column.non_empty, column.distinct, column.distinct_is_estimate) = (*non_empty, *distinct, false);
            column.identifies = rows > 0 && *non_empty == rows && *distinct == rows;
        }
        self
    }
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}

#[derive(Clone, Debug, Default, Serialize)]
pub struct ColumnProfile {
    pub name: String,
    pub non_empty: u64,
    /// Different values; an estimate where `distinct_is_estimate`.
    pub distinct: u64,
    pub distinct_is_estimate: bool,
    /// No value stands in it twice, and none is empty.
    pub identifies: bool,
    /// Values whose kind was looked at.
    pub sampled: u64,
    /// How many of those are of each kind; a value may be of several.
    pub kinds: Vec<(Kind, u64)>,
    /// How many of those have each shape, commonest first: letters as `A` and `a`, digits as `9`.
    pub shapes: Vec<(String, u64)>,
    pub shortest: usize,
    pub longest: usize,
    /// Values that are UTF-8 read as windows-1252.
    #[serde(skip_serializing_if = "is_zero")]
    pub garbled: u64,
    /// Words for nothing, with how often they stand there.
    pub sentinels: Vec<(String, u64)>,
    /// What the dates prove: day first, month first.
    pub day_first: bool,
    pub month_first: bool,
    /// All values with their counts, where there are few; shown only on demand.
    #[serde(skip)]
    pub values: Vec<(String, u64)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shown: Option<ShownValues>,
    /// Another table's key whose values all of this column's are among.
    pub refers_to: Vec<Reference>,
    /// What it is likely to mean.
    pub meaning: Option<String>,
    #[serde(skip)]
    pub sketch: Vec<u64>,
}

/// Values, which somebody asked for.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ShownValues {
    pub smallest: String,
    pub largest: String,
    pub commonest: Vec<(String, u64)>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reference {
    /// Index of the table, and its path.
    pub table: usize,
    pub path: String,
    /// Share of the values that are there, from 0 to 1.
    pub included: f64,
    /// Another column that identifies the table's rows has them, too: which of the two is meant is not said.
    pub is_ambiguous: bool,
    /// The keys are whole numbers that lie close together: any small numbers are among them.
    pub is_counted: bool,
}

fn is_code(value: &str, count: u64) -> bool {
    let digits = value.chars().filter(char::is_ascii_digit).count();
    let words = value.split_whitespace().count();
    let is_address_of_code = value.starts_with("http") || value.starts_with("urn:");
    let mut is_personal = false;
    kinds::kinds_of(value, |kind| {
        is_personal |=
            matches!(kind, Kind::Date | Kind::DateTime | Kind::Phone | Kind::Ssn | Kind::Email | Kind::LongText);
    });
    match count {
        _ if is_address_of_code => true,
        _ if is_personal => false,
        1 => value.chars().count() <= 20 && words <= 2 && digits <= 3 && !kinds::has_a_name(value),
        _ => words <= 5 && digits <= 6,
    }
}

impl ColumnProfile {
    /// Share of the values looked at that are of a kind, from 0 to 1.
    pub fn share(&self, kind: Kind) -> f64 {
        let count = self.kinds.iter().find(|(known, _)| *known == kind).map_or(0, |(_, count)| *count);
        if self.sampled == 0 { 0.0 } else { count as f64 / self.sampled as f64 }
    }

    /// Whether a few values repeat, as codes do.
    pub fn is_coded(&self) -> bool {
        let coded: u64 = self.codes().map(|(_, count)| count).sum();
        coded * 20 >= self.non_empty * 19 && (self.distinct <= 12 || self.distinct * 4 <= self.non_empty) && coded > 0
    }

    /// Values that look like codes: those that repeat, and short words that may have met us only once. What could be somebody's name,
    /// number, birth date or words is none.
    pub fn codes(&self) -> impl Iterator<Item = (&str, u64)> {
        self.values
            .iter()
            .filter(|(value, count)| is_code(value, *count))
            .map(|(value, count)| (value.as_str(), *count))
    }
}
