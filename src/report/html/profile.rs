//! The profile of a source as a page: per table one row per column, with how full it is and what it holds as bars.

use serde::Serialize;

use crate::profile::{ColumnProfile, Kind, SourceProfile, TableProfile};
use crate::report::profile::{kinds, percent};

#[derive(Serialize)]
pub struct ProfileView {
    source: String,
    rows: u64,
    tables: Vec<TableView>,
    other_files: usize,
    notes: Vec<String>,
}

#[derive(Serialize)]
struct TableView {
    anchor: String,
    path: String,
    rows: u64,
    looked_at: Option<u64>,
    repeats: u64,
    ragged: u64,
    encoding: String,
    columns: Vec<ColumnView>,
    mapped: usize,
}

#[derive(Serialize)]
struct ColumnView {
    name: String,
    is_key: bool,
    filled: String,
    filled_percent: f64,
    distinct: u64,
    distinct_is_estimate: bool,
    distinct_percent: f64,
    kind: String,
    /// Dates, numbers, words, other: percent of the values looked at, with where each part begins.
    mix: Vec<MixPart>,
    mix_label: String,
    shapes: String,
    meaning: String,
    refers_to: String,
    sentinels: String,
    garbled: u64,
    values: String,
}

#[derive(Serialize)]
struct MixPart {
    word: &'static str,
    x: f64,
    width: f64,
}

impl ProfileView {
    pub fn of(profile: &SourceProfile) -> Self {
        Self {
            source: profile.source.clone(),
            rows: profile.tables.iter().map(|table| table.rows).sum(),
            tables: profile.tables.iter().enumerate().map(|(index, table)| table_view(index, table)).collect(),
            other_files: profile.other_files,
            notes: profile.notes.clone(),
        }
    }
}

fn table_view(index: usize, table: &TableProfile) -> TableView {
    TableView {
        anchor: format!("t{index}"),
        path: table.path.clone(),
        rows: table.rows,
        looked_at: table.looked_at,
        repeats: table.repeats,
        ragged: table.ragged,
        encoding: if table.encoding == "rows" { String::new() } else { table.encoding.clone() },
        mapped: table.columns.iter().filter(|column| column.meaning.is_some()).count(),
        columns: table
            .columns
            .iter()
            .enumerate()
            .map(|(at, column)| column_view(table, column, table.key == Some(at)))
            .collect(),
    }
}

fn column_view(table: &TableProfile, column: &ColumnProfile, is_key: bool) -> ColumnView {
    let share = |part: u64, whole: u64| if whole == 0 { 0.0 } else { (part as f64 / whole as f64 * 100.0).min(100.0) };
    let dates = (column.share(Kind::Date) + column.share(Kind::DateTime)).min(1.0);
    let numbers = (column.share(Kind::Integer) + column.share(Kind::Decimal)).min(1.0 - dates);
    let words = (column.share(Kind::Words) + column.share(Kind::LongText)).min(1.0 - dates - numbers);
    let mut mix = Vec::new();
    let mut x = 0.0;
    let mut label = Vec::new();
    let rest = if column.sampled == 0 { 0.0 } else { (1.0 - dates - numbers - words).max(0.0) };
    for (word, part) in [("dates", dates), ("numbers", numbers), ("words", words), ("other", rest)] {
        if part > 0.004 {
            mix.push(MixPart { word, x, width: part * 100.0 });
            label.push(format!("{:.0}% {word}", part * 100.0));
            x += part * 100.0;
        }
    }
    let best = column.refers_to.iter().max_by(|a, b| a.included.total_cmp(&b.included));
    let is_reference =
        column.meaning.as_deref().is_some_and(|meaning| meaning.ends_with("_id") || meaning.ends_with(".patient"));
    let values = column.shown.as_ref().map_or_else(String::new, |shown| {
        let commonest: Vec<String> = shown.commonest.iter().map(|(value, count)| format!("{value} ×{count}")).collect();
        format!("{} … {}; {}", shown.smallest, shown.largest, commonest.join(", "))
    });
    let shapes: Vec<String> =
        column.shapes.iter().map(|(shape, count)| format!("{shape} ({})", percent(*count, column.sampled))).collect();
    let sentinels: Vec<String> = column.sentinels.iter().map(|(word, count)| format!("{word} ×{count}")).collect();
    ColumnView {
        name: column.name.clone(),
        is_key,
        filled: percent(column.non_empty, table.rows),
        filled_percent: share(column.non_empty, table.rows),
        distinct: column.distinct,
        distinct_is_estimate: column.distinct_is_estimate,
        distinct_percent: share(column.distinct, column.non_empty),
        kind: kinds(column),
        mix_label: label.join(", "),
        mix,
        shapes: shapes.join(", "),
        meaning: column.meaning.clone().unwrap_or_default(),
        refers_to: best.filter(|_| is_reference).map_or_else(String::new, |reference| reference.path.clone()),
        sentinels: sentinels.join(", "),
        garbled: column.garbled,
        values,
    }
}
