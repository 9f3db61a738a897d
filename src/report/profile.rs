//! A look at a source, as plain text. Names, counts and shapes; values only where somebody asked for them.

use std::fmt::Write as _;

use super::grouped;
use crate::profile::{ColumnProfile, Kind, SourceProfile, TableProfile};

/// The profile as a table per table of the source.
pub fn profile_text(profile: &SourceProfile) -> String {
    let mut text = String::new();
    for table in &profile.tables {
        // Writing to a text cannot fail.
        let _ = writeln!(text, "{}", headline(table));
        let width = table.columns.iter().map(|column| column.name.chars().count()).max().unwrap_or(0).clamp(6, 30);
        let _ = writeln!(
            text,
            "  {:width$}  {:>6}  {:>10}  {:18}  {:26}  likely",
            "column", "filled", "different", "kind", "shape"
        );
        for column in &table.columns {
            let _ = writeln!(text, "{}", line(table, column, width).trim_end());
        }
        text.push('\n');
    }
    let rows: u64 = profile.tables.iter().map(|table| table.rows).sum();
    let _ =
        writeln!(text, "{} tables, {} rows, {} other files", profile.tables.len(), grouped(rows), profile.other_files);
    for note in &profile.notes {
        let _ = writeln!(text, "note: {note}");
    }
    text
}

fn headline(table: &TableProfile) -> String {
    let mut text = format!("{}: {} rows", table.path, grouped(table.rows));
    if let Some(looked_at) = table.looked_at {
        text.push_str(&format!(", {} of them looked at", grouped(looked_at)));
    }
    if table.repeats > 0 {
        let _ = write!(text, ", {} repeat another", grouped(table.repeats));
    }
    if table.ragged > 0 {
        let _ = write!(text, ", {} with more or fewer cells than the header", grouped(table.ragged));
    }
    if !table.has_header {
        text.push_str(", without a header as it seems");
    }
    if table.encoding != "rows" {
        let _ = write!(text, ", {}", table.encoding);
    }
    match table.delimiter {
        Some('\t') => text.push_str(", tab"),
        Some(delimiter) => drop(write!(text, ", `{delimiter}`")),
        None => {}
    }
    if let Some(escape) = table.escape {
        let _ = write!(text, ", quotes as `{escape}\"`");
    }
    if let Some(key) = table.key {
        let _ = write!(text, ", key {}", table.columns[key].name);
    }
    text
}

fn line(table: &TableProfile, column: &ColumnProfile, width: usize) -> String {
    let filled = percent(column.non_empty, table.rows);
    let estimate = if column.distinct_is_estimate { "~" } else { "" };
    let distinct = format!("{estimate}{}", grouped(column.distinct));
    let shape = column.shapes.first().map_or("", |(shape, _)| shape);
    let mut likely = column.meaning.clone().unwrap_or_default();
    if let Some(reference) = column.refers_to.iter().max_by(|a, b| a.included.total_cmp(&b.included))
        && likely.ends_with("_id") | likely.ends_with(".patient")
    {
        let _ = write!(likely, " -> {}", reference.path);
    }
    if column.garbled > 0 {
        let _ = write!(likely, " [mojibake x{}]", grouped(column.garbled));
    }
    for (word, count) in &column.sentinels {
        let _ = write!(likely, " [{word} x{}]", grouped(*count));
    }
    if let Some(shown) = &column.shown {
        let commonest: Vec<String> =
            shown.commonest.iter().take(5).map(|(value, count)| format!("{value} x{count}")).collect();
        let _ = write!(likely, " {} .. {} {}", shown.smallest, shown.largest, commonest.join(", "));
    }
    let name: String = column.name.chars().take(width).collect();
    format!("  {name:width$}  {filled:>6}  {distinct:>10}  {:18}  {shape:26}  {likely}", kinds(column))
}

/// The most telling kind that most values are of.
pub fn kinds(column: &ColumnProfile) -> String {
    const TELLING: [Kind; 23] = [
        Kind::Uuid,
        Kind::Email,
        Kind::DateTime,
        Kind::Date,
        Kind::Ssn,
        Kind::Loinc,
        Kind::Snomed,
        Kind::Npi,
        Kind::Ndc,
        Kind::Icd10,
        Kind::Icd9,
        Kind::State,
        Kind::Sex,
        Kind::YesNo,
        Kind::FileName,
        Kind::PostalCode,
        Kind::Phone,
        Kind::GivenName,
        Kind::FamilyName,
        Kind::Integer,
        Kind::Decimal,
        Kind::LongText,
        Kind::Words,
    ];
    // Numbers of rows elsewhere look like many things.
    let is_reference =
        column.meaning.as_deref().is_some_and(|meaning| meaning.ends_with("_id") || meaning.ends_with(".patient"));
    let is_enough = |kind: &&Kind| {
        if is_reference && !matches!(kind, Kind::Uuid | Kind::Integer) {
            return false;
        }
        let least = if matches!(kind, Kind::GivenName | Kind::FamilyName) { 0.3 } else { 0.5 };
        column.share(**kind) > least
    };
    let numbers = column.share(Kind::Integer) + column.share(Kind::Decimal);
    let found = match TELLING.iter().find(is_enough) {
        Some(kind) => word(*kind),
        None if column.non_empty == 0 => "",
        None if numbers > 0.8 => "number",
        None => "text",
    };
    let both = if column.day_first && column.month_first { ", both orders" } else { "" };
    format!("{found}{both}")
}

fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Integer => "whole number",
        Kind::Decimal => "number",
        Kind::Date | Kind::DateBothWays => "date",
        Kind::DateTime => "date and time",
        Kind::YesNo => "yes or no",
        Kind::Sex => "sex",
        Kind::Icd10 => "ICD-10",
        Kind::Icd9 => "ICD-9",
        Kind::Loinc => "LOINC",
        Kind::Snomed => "SNOMED CT",
        Kind::Ndc => "NDC",
        Kind::Npi => "NPI",
        Kind::Ssn => "SSN",
        Kind::Phone => "telephone",
        Kind::Email => "e-mail",
        Kind::PostalCode => "postal code",
        Kind::State => "US state",
        Kind::GivenName => "given name",
        Kind::FamilyName => "family name",
        Kind::Uuid => "UUID",
        Kind::FileName => "file name",
        Kind::Words => "words",
        Kind::LongText => "long text",
    }
}

/// A share in whole percent; what is there is never none, and what is missing never all.
pub fn percent(part: u64, whole: u64) -> String {
    match (part, whole) {
        (0, _) => "-".into(),
        (part, whole) if part >= whole => "100%".into(),
        (part, whole) => format!("{}%", (part * 100 / whole).clamp(1, 99)),
    }
}
