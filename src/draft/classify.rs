//! Which chart record the rows of a table are.

use super::DraftStream;
use super::assign::best_field;
use super::lexicon::{Form, LEXICON, Lexicon, MEASUREMENTS, NO_CHART, SMOKING};
use super::links::{calls_person, means_the_key, name_of};
use super::words::words;
use crate::model::RecordType;
use crate::profile::{Kind, SourceProfile, TableProfile, prefer_shared_key};

/// Words of a table's name that say nothing of its rows.
pub const FILLERS: [&str; 14] =
    ["tbl", "table", "data", "list", "export", "form", "dbo", "emr", "all", "t", "history", "detail", "master", "info"];

/// A table's name, without folders, its holder and its ending.
pub fn table_name(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    if path.contains('/') && !name.contains('.') { name } else { name.rsplit_once('.').map_or(name, |(stem, _)| stem) }
}

/// Calls the people of a source by the number that most tables have of them; gives their table.
pub fn settle_people(profile: &mut SourceProfile) -> Option<usize> {
    let people = people(profile)?;
    prefer_shared_key(&mut profile.tables, people);
    Some(people)
}

pub fn streams(profile: &mut SourceProfile) -> Vec<DraftStream> {
    let people = settle_people(profile);
    let profile = &*profile;
    let mut streams: Vec<DraftStream> = Vec::new();
    for (index, table) in profile.tables.iter().enumerate() {
        let (record, why) = if Some(index) == people {
            (Some(RecordType::Patient), "it has people's names and birth dates, and others refer to it".to_owned())
        } else {
            record_of(profile, table, people)
        };
        streams.push(DraftStream {
            table: index,
            name: stream_name(&streams, table_name(&table.path)),
            record,
            why,
            key: table.key,
            columns: Vec::new(),
            guards: Vec::new(),
            has_unknown_state: false,
            only: None,
            measurements: Vec::new(),
        });
    }
    streams
}

/// Lower case with hyphens, and no name twice.
pub fn stream_name(streams: &[DraftStream], name: &str) -> String {
    let plain: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
    let plain = plain.split('-').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-");
    let plain = if plain.is_empty() { "table".to_owned() } else { plain };
    let is_taken = |name: &str| streams.iter().any(|stream| stream.name == name);
    if !is_taken(&plain) {
        return plain;
    }
    (2..).map(|number| format!("{plain}-{number}")).find(|name| !is_taken(name)).unwrap_or(plain)
}

pub fn name_score(table: &[String], names: &str) -> f64 {
    let meaningful: Vec<&String> = table.iter().filter(|word| !FILLERS.contains(&word.as_str())).collect();
    let mut best: f64 = 0.0;
    for name in names.split('|') {
        let wanted: Vec<&str> = name.split(' ').collect();
        if table.iter().map(String::as_str).eq(wanted.iter().copied()) {
            return 1.0;
        }
        let has_all = wanted.iter().all(|word| table.iter().any(|known| known == word));
        if has_all {
            // The last word of a name is what it is; words before it tell of which kind.
            let is_last = meaningful.last().is_some_and(|last| wanted.last() == Some(&last.as_str()));
            let share = wanted.len() as f64 / meaningful.len().max(1) as f64;
            best = best.max(share.min(1.0) * if is_last { 0.9 } else { 0.6 });
        }
    }
    best
}

/// Columns that a record's lexicon knows, as a share of the table's.
fn known_columns(table: &TableProfile, lexicon: &Lexicon) -> f64 {
    let filled: Vec<_> = table.columns.iter().filter(|column| column.non_empty > 0).collect();
    let known = filled.iter().filter(|column| best_field(lexicon, table, column).is_some()).count();
    known as f64 / filled.len().max(3) as f64
}

/// The table of patients: names, birth dates and sex, identified rows, and others that refer to it.
fn people(profile: &SourceProfile) -> Option<usize> {
    let lexicon = LEXICON.iter().find(|lexicon| lexicon.record == RecordType::Patient)?;
    let mut best: Option<(f64, usize)> = None;
    for (index, table) in profile.tables.iter().enumerate() {
        let has = |target: &str| {
            table.columns.iter().any(|column| {
                column.non_empty > 0 && best_field(lexicon, table, column).is_some_and(|(field, _)| field.0 == target)
            })
        };
        let named = has("family_name") && has("given_name") || has("name");
        if !named || !(has("birth_date") || has("gender")) {
            continue;
        }
        let referred = profile.tables.iter().flat_map(|other| &other.columns).flat_map(|column| &column.refers_to);
        let referred = referred.filter(|reference| reference.table == index).count() as f64;
        let words = words(table_name(&table.path));
        let score = 2.0 * name_score(&words, lexicon.tables)
            + f64::from(u8::from(has("gender")))
            + f64::from(u8::from(has("birth_date")))
            + (1.0 + referred).ln();
        // Patients are persons; not every person is a patient.
        let is_of_more = profile.tables.iter().enumerate().any(|(other, kind)| {
            let key = kind.key.filter(|_| other != index).map(|key| &kind.columns[key]);
            name_of(&kind.path) == ["patient"]
                && key.is_some_and(|key| key.refers_to.iter().any(|reference| reference.table == index))
        });
        if table.key.is_some() && !is_of_more && best.is_none_or(|(known, _)| score > known) {
            best = Some((score, index));
        }
    }
    best.map(|(_, index)| index)
}

/// Whether a column of a table names its patient.
pub fn names_patients(profile: &SourceProfile, table: &TableProfile, people: Option<usize>) -> bool {
    people.is_some_and(|people| {
        let key = profile.tables[people].key.map(|key| profile.tables[people].columns[key].name.to_lowercase());
        table.columns.iter().any(|column| {
            column.refers_to.iter().any(|reference| reference.table == people)
                || calls_person(profile, people, column)
                || profile.tables[people].key.is_some_and(|key| means_the_key(column, &profile.tables[people], key))
                || key.as_ref().is_some_and(|key| column.name.to_lowercase() == *key)
        })
    })
}

fn record_of(profile: &SourceProfile, table: &TableProfile, people: Option<usize>) -> (Option<RecordType>, String) {
    let words = words(table_name(&table.path));
    let money = name_score(&words, NO_CHART);
    let names_patients = names_patients(profile, table, people);
    let mut ranked: Vec<(f64, &Lexicon)> = Vec::new();
    for lexicon in LEXICON {
        if lexicon.record == RecordType::Patient || (lexicon.record.is_about_a_patient() && !names_patients) {
            continue;
        }
        let by_name = name_score(&words, lexicon.tables);
        let mut score = by_name * 2.0 + known_columns(table, lexicon);
        if by_name == 0.0 {
            score -= 0.6;
        }
        if by_name > 0.0 && tells_all(table, lexicon) {
            score += 0.3;
        }
        if lexicon.record == RecordType::Observation && measurements(table) >= 3 {
            score += 1.5;
        }
        if lexicon.record == RecordType::DocumentReference && names_files(table, lexicon) {
            score += 1.0;
        }
        ranked.push((score, lexicon));
    }
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
    let Some((score, lexicon)) = ranked.first() else {
        return (None, "nothing in it names a patient".into());
    };
    if money > 0.85 && score - money * 2.0 < 0.3 {
        return (None, "by its name no part of a chart".into());
    }
    if *score < 1.0 {
        return (None, "nothing tells what its rows are".into());
    }
    // A provider of something, by its name, may be a firm: people have a family name.
    let is_person = || {
        let is_family = |(field, _): (&super::lexicon::Field, f64)| field.0 == "family_name";
        table.columns.iter().any(|column| best_field(lexicon, table, column).is_some_and(is_family))
    };
    if lexicon.record == RecordType::Practitioner && name_score(&words, lexicon.tables) < 0.9 && !is_person() {
        return (None, "its rows may be firms as well as people".into());
    }
    let record = match lexicon.record {
        RecordType::MedicationStatement | RecordType::MedicationRequest => prescription_or_statement(table, &words),
        record => record,
    };
    (Some(record), format!("its name and {:.0}% of its columns say so", known_columns(table, lexicon) * 100.0))
}

/// Whether the columns are there without which the record would say nothing.
fn tells_all(table: &TableProfile, lexicon: &Lexicon) -> bool {
    let has = |forms: &[Form]| {
        table.columns.iter().any(|column| {
            column.non_empty > 0
                && best_field(lexicon, table, column).is_some_and(|(field, _)| forms.contains(&field.1))
        })
    };
    match lexicon.record {
        RecordType::DocumentReference => has(&[Form::Note, Form::Document]),
        RecordType::Observation => has(&[Form::Code, Form::CodeText]) && has(&[Form::Result]),
        _ => has(&[Form::Code, Form::CodeText]),
    }
}

/// Whether each row has a file.
fn names_files(table: &TableProfile, lexicon: &Lexicon) -> bool {
    let known = |column| best_field(lexicon, table, column).is_some_and(|(field, _)| field.1 == Form::Document);
    table
        .columns
        .iter()
        .any(|column| column.non_empty == table.rows && column.share(Kind::FileName) > 0.5 && known(column))
}

/// A list of what somebody takes, or of what was prescribed: the latter has refills, quantities or a prescriber's order.
fn prescription_or_statement(table: &TableProfile, name: &[String]) -> RecordType {
    if name.iter().any(|word| word == "prescription" || word == "order") {
        return RecordType::MedicationRequest;
    }
    let lexicon = LEXICON.iter().find(|lexicon| lexicon.record == RecordType::MedicationRequest);
    let ordered = ["refills", "quantity_value", "dispense_count", "days_supply", "pharmacy_name"];
    let is_ordered = table.columns.iter().filter(|column| column.non_empty > 0).any(|column| {
        lexicon
            .and_then(|lexicon| best_field(lexicon, table, column))
            .is_some_and(|(field, _)| ordered.contains(&field.0))
    });
    if is_ordered { RecordType::MedicationRequest } else { RecordType::MedicationStatement }
}

/// How many columns are measurements of their own.
pub fn measurements(table: &TableProfile) -> usize {
    let is_number =
        |column: &&crate::profile::ColumnProfile| column.share(Kind::Integer) + column.share(Kind::Decimal) > 0.8;
    table.columns.iter().filter(is_number).filter(|column| measurement(&column.name).is_some()).count()
}

/// Whether a column tells if somebody smokes.
pub fn is_smoking(name: &str) -> bool {
    measurement(name).is_some_and(|(code, _)| code == SMOKING)
}

/// The measurement that a column's name means.
pub fn measurement(name: &str) -> Option<(&'static str, &'static str)> {
    let name = words(name).join(" ");
    let found = MEASUREMENTS.iter().find(|(names, ..)| names.split('|').any(|known| known == name));
    found.map(|(_, code, unit)| (*code, *unit))
}
