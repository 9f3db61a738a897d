//! Which column is which field.

use super::classify::{is_smoking, measurement, measurements, table_name};
use super::codes::known_share;
use super::lexicon::{Field, Form, LEXICON, Lexicon};
use super::links::{calls_person, means_the_key};
use super::units::unit_of;
use super::words::{spoken, words};
use super::{DraftStream, Guess};
use crate::model::RecordType;
use crate::profile::{ColumnProfile, Kind, SourceProfile, TableProfile, included};

/// Below this a guess is none.
const SURE_ENOUGH: f64 = 0.7;

/// By so much one field of a column must be surer than another: more than the places of its names make.
const CLEARLY: f64 = 0.005;

/// Targets that no number is.
const WORDS_ONLY: [&str; 7] =
    ["family_name", "given_name", "city", "route", "pharmacy_name", "manufacturer", "practitioner_name"];

/// Which of several comes first: no type of anything.
const RANKS: [&str; 3] = ["primary", "secondary", "tertiary"];

/// Targets for which `type` may stand, and much else.
const NEEDS_WORDS: [&str; 3] = ["class", "category", "type"];

/// Words that say nothing more of a column.
const FILLERS: [&str; 14] =
    ["of", "the", "value", "field", "s", "a", "on", "at", "date", "number", "name", "text", "coded", "concept"];

/// How well a column's words are one of the names.
fn name_score(column: &[String], names: &str) -> f64 {
    let mut best: f64 = 0.0;
    for (place, name) in names.split('|').enumerate() {
        let wanted: Vec<&str> = name.split(' ').collect();
        if column.iter().map(String::as_str).eq(wanted.iter().copied()) {
            // Of two columns that are called so, the one whose name comes first is meant.
            return 1.0 - place as f64 * 1e-4;
        }
        let (mut a, mut b): (Vec<&str>, Vec<&str>) = (column.iter().map(String::as_str).collect(), wanted.clone());
        a.sort_unstable();
        b.sort_unstable();
        if a == b {
            best = best.max(0.95);
            continue;
        }
        let meaningful = |words: &[&str]| -> Vec<String> {
            let kept: Vec<String> =
                words.iter().filter(|word| !FILLERS.contains(word)).map(|word| (*word).to_owned()).collect();
            kept
        };
        let (a, b) = (meaningful(&a), meaningful(&b));
        if !a.is_empty() && a == b {
            best = best.max(0.8);
        }
    }
    best
}

/// The field that a column is by its name and by what stands in it, with how sure that is.
pub fn best_field<'a>(lexicon: &'a Lexicon, table: &TableProfile, column: &ColumnProfile) -> Option<(&'a Field, f64)> {
    let mut best: Option<(&Field, f64)> = None;
    for (field, score) in likely_fields(lexicon, table, column) {
        if best.is_none_or(|(_, known)| score > known + CLEARLY) {
            best = Some((field, score));
        }
    }
    best
}

/// The fields that a column may be.
fn likely_fields<'a>(lexicon: &'a Lexicon, table: &TableProfile, column: &ColumnProfile) -> Vec<(&'a Field, f64)> {
    let all = words(spoken(table, column));
    let mut own: Vec<String> = words(table_name(&table.path));
    own.extend(lexicon.nouns.split(['|', ' ']).map(str::to_owned));
    let stripped: Vec<String> = match all.iter().position(|word| !own.contains(word)) {
        Some(start) => all[start..].to_vec(),
        None => all.clone(),
    };
    let mut likely = Vec::new();
    for field in lexicon.fields {
        // A whole name is surer than one whose first word is the table's.
        let score = name_score(&all, field.2).max(name_score(&stripped, field.2) * 0.97);
        // A date that is no field's name is a date all the same, and a number a number.
        let says = |wanted: &str| all.iter().any(|word| word == wanted);
        let is_other = if field.1 == Form::Date { says("number") } else { says("date") };
        let is_vague = score < 0.95 && field.1 == Form::Decimal;
        if score < SURE_ENOUGH || (score < 0.95 && is_other) || is_vague {
            continue;
        }
        let mut score = score * fit(lexicon.record, field, column);
        // Of two fields of one name the codes tell which it is.
        if field.1 == Form::Map && known_share(lexicon.record, field.0, column) < 0.3 {
            score *= 0.95;
        }
        if score >= SURE_ENOUGH {
            likely.push((field, score));
        }
    }
    likely
}

/// Whether what stands in a column can be a field's, from 0 to 1.
fn fit(record: RecordType, field: &Field, column: &ColumnProfile) -> f64 {
    let share = |kinds: &[Kind]| kinds.iter().map(|kind| column.share(*kind)).sum::<f64>().min(1.0);
    if column.sampled == 0 {
        return if column.non_empty == 0 { 1.0 } else { 0.5 };
    }
    let is_number = share(&[Kind::Integer, Kind::Decimal]);
    let is_date = share(&[Kind::Date, Kind::DateTime]);
    let enough = |share: f64, least: f64| if share >= least { 1.0 } else { 0.4 };
    match field.1 {
        Form::Date => {
            // A bare year is a date of its own precision.
            let is_year = column.shortest == 4 && column.longest == 4 && share(&[Kind::Integer]) > 0.9;
            let is_partial = column.shortest >= 4 && column.longest <= 10 && is_date + share(&[Kind::Integer]) > 0.7;
            if is_year || is_partial { 1.0 } else { enough(is_date, 0.6) }
        }
        Form::Integer => enough(share(&[Kind::Integer]), 0.9),
        Form::Decimal | Form::Low | Form::High => enough(is_number, 0.8),
        Form::Quantity => enough(is_number, 0.5),
        Form::Boolean => enough(share(&[Kind::YesNo]), 0.9),
        Form::Phone => enough(share(&[Kind::Phone]), 0.5),
        Form::Email => enough(share(&[Kind::Email]), 0.6),
        Form::Ssn => enough(share(&[Kind::Ssn, Kind::Integer]), 0.5),
        Form::PostalCode => {
            if column.longest <= 10 || share(&[Kind::PostalCode]) > 0.5 {
                1.0
            } else {
                0.4
            }
        }
        Form::Map => {
            if field.0 == "marital_status" && !column.name.to_lowercase().contains("mar") {
                return enough(known_share(record, field.0, column), 0.5);
            }
            if field.0 == "gender" {
                return enough(share(&[Kind::Sex]), 0.8);
            }
            // Numbers are codes of something; of what, no word in them says. Words that are none of a field's say what else they are.
            let says_nothing = known_share(record, field.0, column) == 0.0;
            let is_integer = share(&[Kind::Integer]) > 0.9;
            let needs_words = NEEDS_WORDS.contains(&field.0) && (is_integer || column.shortest > 3);
            if is_date > 0.3 || (says_nothing && (needs_words || (is_integer && column.longest > 2))) {
                return 0.4;
            }
            if column.is_coded() && column.distinct <= 80 { 1.0 } else { 0.4 }
        }
        Form::Code => {
            let is_text = share(&[Kind::Words, Kind::LongText]);
            if is_text > 0.2 || is_date > 0.5 { 0.4 } else { 1.0 }
        }
        Form::CodeSystem => {
            if column.distinct <= 20 {
                1.0
            } else {
                0.4
            }
        }
        Form::CodeText => {
            // Numbers and codes are no words.
            let is_code = share(&[Kind::Icd10, Kind::Snomed, Kind::Loinc]).max(is_number);
            if is_code > 0.5 || is_date > 0.5 { 0.4 } else { 1.0 }
        }
        Form::Document => enough(share(&[Kind::FileName]), 0.5),
        Form::Note => enough(share(&[Kind::LongText, Kind::Words]), 0.5),
        Form::Name => enough(share(&[Kind::Words]), 0.5),
        Form::Text => {
            let wants_words = WORDS_ONLY.contains(&field.0);
            let is_rank =
                field.0 == "type" && column.values.iter().any(|(value, _)| RANKS.contains(&&*value.to_lowercase()));
            let is_markup = column.shapes.first().is_some_and(|(shape, _)| shape.starts_with('<'));
            if wants_words && is_number > 0.2 || is_date > 0.8 || is_rank || is_markup { 0.4 } else { 1.0 }
        }
        // The number of a unit is none.
        Form::Unit => enough(1.0 - is_number, 0.5),
        Form::Result | Form::Folder => 1.0,
    }
}

pub fn assign(profile: &SourceProfile, streams: &mut [DraftStream]) {
    let known: Vec<(Option<RecordType>, Option<usize>)> =
        streams.iter().map(|stream| (stream.record, stream.key)).collect();
    for stream in streams.iter_mut() {
        let Some(record) = stream.record else { continue };
        let Some(lexicon) = LEXICON.iter().find(|lexicon| lexicon.record == record) else { continue };
        let table = &profile.tables[stream.table];
        let mut guesses = references(profile, stream.table, lexicon, &known);
        let tells_smoking = || table.columns.iter().any(|column| is_smoking(&column.name) && column.non_empty > 0);
        if record == RecordType::Observation && (measurements(table) >= 2 || tells_smoking()) {
            for (index, column) in table.columns.iter().enumerate() {
                if column.non_empty > 0
                    && let Some((code, unit)) = measurement(&column.name)
                {
                    stream.measurements.push((index, code, unit_of(code, unit, column)));
                }
            }
        }
        let is_free = |guesses: &[Guess], column: usize| !guesses.iter().any(|guess| guess.column == column);
        let mut found: Vec<(f64, usize, &Field)> = Vec::new();
        for (index, column) in table.columns.iter().enumerate() {
            let is_measurement = stream.measurements.iter().any(|(known, ..)| *known == index);
            let tells_kind = stream.only.as_ref().is_some_and(|(known, _)| *known == index);
            if column.non_empty == 0 || !is_free(&guesses, index) || is_measurement || tells_kind {
                continue;
            }
            let best = best_field(lexicon, table, column).map(|(field, _)| std::ptr::from_ref(field));
            for (field, score) in likely_fields(lexicon, table, column) {
                // What is not its best field is so only by its very name, where another column is the best.
                let is_best = best == Some(std::ptr::from_ref(field));
                if !is_best && score < 0.95 {
                    continue;
                }
                let score = if is_best { score } else { score - 2.0 * CLEARLY };
                // What counts the rows is seldom said of them, too.
                let score = if table.key == Some(index) && record != RecordType::Patient { score * 0.8 } else { score };
                found.push((score, index, field));
            }
        }
        let mut values = Vec::new();
        if record == RecordType::Observation {
            values = values_of_kinds(table);
            found.retain(|(_, column, field)| field.1 != Form::Result && !values.contains(column) || values.is_empty());
        }
        for column in &values {
            let why = format!("`{}` is one of several columns for values", table.columns[*column].name);
            let (target, form) = ("value".to_owned(), Form::Result);
            guesses.push(Guess { column: *column, target, form, stream: None, confidence: 0.9, why });
        }
        // The surest takes a field first; of equals the one further left.
        found.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        for (score, column, field) in found {
            let is_taken = |guess: &Guess| {
                guess.target == field.0 && (guess.form == field.1 || !shares_a_target(guess.form, field.1))
            };
            if guesses.iter().any(is_taken) || !is_free(&guesses, column) {
                continue;
            }
            let name = &table.columns[column].name;
            let why =
                if score > 0.99 { format!("`{name}` is called so") } else { format!("`{name}` is called nearly so") };
            guesses.push(Guess {
                column,
                target: field.0.to_owned(),
                form: field.1,
                stream: None,
                confidence: score,
                why,
            });
        }
        if !stream.measurements.is_empty() {
            guesses.retain(|guess| {
                !matches!(
                    guess.form,
                    Form::Result | Form::Unit | Form::Low | Form::High | Form::Code | Form::CodeText | Form::CodeSystem
                )
            });
        }
        if record == RecordType::Observation
            && stream.measurements.is_empty()
            && guesses.iter().any(|guess| guess.form == Form::Result)
            && !guesses.iter().any(|guess| guess.target == "code")
        {
            guesses.extend(type_of_result(table, &guesses));
        }
        settle(table, record, &mut guesses);
        guesses.sort_by_key(|guess| guess.column);
        stream.columns = guesses;
    }
}

/// What was measured, where no column says it but the one of the type.
fn type_of_result(table: &TableProfile, guesses: &[Guess]) -> Option<Guess> {
    let is_type = |(at, column): &(usize, &ColumnProfile)| {
        let mut name = words(spoken(table, column));
        name.retain(|word| word != "name" && word != "description");
        name.last().is_some_and(|word| word == "type")
            && column.share(Kind::Integer) < 0.5
            && column.non_empty > 0
            && !guesses.iter().any(|guess| guess.column == *at)
    };
    let mut found = table.columns.iter().enumerate().filter(is_type);
    let (Some((column, profiled)), None) = (found.next(), found.next()) else { return None };
    let why = format!("`{}` alone says what was measured", profiled.name);
    Some(Guess { column, target: "code".into(), form: Form::CodeText, stream: None, confidence: SURE_ENOUGH, why })
}

/// Columns that hold the results of observations, each those of one kind, where there are several: numbers, words, coded words.
fn values_of_kinds(table: &TableProfile) -> Vec<usize> {
    let is_one = |(_, column): &(usize, &ColumnProfile)| {
        let name = words(spoken(table, column));
        let name: Vec<&str> = name.iter().map(String::as_str).collect();
        let is_words = column.share(Kind::Integer) < 0.5;
        column.non_empty > 0
            && match name.as_slice() {
                ["value", "numeric" | "number" | "decimal"] | ["numeric" | "number" | "decimal", "value"] => true,
                ["value", "text" | "string" | "date" | "date time"] | ["text" | "string", "value"] => true,
                ["value", "date", "time"] => true,
                ["value", "coded", "name" | "text"] | ["coded", "value", "name" | "text"] => is_words,
                _ => false,
            }
    };
    let found: Vec<usize> = table.columns.iter().enumerate().filter(is_one).map(|(at, _)| at).collect();
    if found.len() > 1 { found } else { Vec::new() }
}

/// Whether two columns make one target together.
fn shares_a_target(one: Form, other: Form) -> bool {
    let of_code = |form| matches!(form, Form::Code | Form::CodeText | Form::CodeSystem);
    let of_number = |form| matches!(form, Form::Quantity | Form::Result | Form::Unit | Form::Low | Form::High);
    let of_file = |form| matches!(form, Form::Document | Form::Folder);
    (of_code(one) && of_code(other)) || (of_number(one) && of_number(other)) || (of_file(one) && of_file(other))
}

/// Takes back what makes no sense by itself.
fn settle(table: &TableProfile, record: RecordType, guesses: &mut Vec<Guess>) {
    let has = |guesses: &[Guess], target: &str, form: Form| {
        guesses.iter().any(|guess| guess.target == target && guess.form == form)
    };
    let lonely: Vec<(String, Form)> = guesses
        .iter()
        .filter(|guess| match guess.form {
            Form::Unit => !has(guesses, &guess.target, Form::Quantity) && !has(guesses, &guess.target, Form::Result),
            Form::Low | Form::High => !has(guesses, &guess.target, Form::Result),
            Form::CodeSystem => !has(guesses, &guess.target, Form::Code),
            Form::Folder => !has(guesses, &guess.target, Form::Document),
            // Of a person's name the parts are surer than the whole.
            Form::Name => has(guesses, "family_name", Form::Text),
            _ => false,
        })
        .map(|guess| (guess.target.clone(), guess.form))
        .collect();
    guesses.retain(|guess| !lonely.contains(&(guess.target.clone(), guess.form)));
    // Of a note whose words stand nowhere else, a long description is the note.
    let has_content = guesses.iter().any(|guess| guess.target == "content");
    if record == RecordType::DocumentReference && !has_content {
        let is_long = |guess: &&mut Guess| {
            guess.target == "description" && table.columns[guess.column].share(Kind::LongText) > 0.2
        };
        if let Some(guess) = guesses.iter_mut().find(is_long) {
            (guess.target, guess.form) = ("content".to_owned(), Form::Note);
        }
    }
    // The number of a patient is the key where nothing else is.
    if record == RecordType::Patient
        && let Some(key) = table.key
        && !guesses.iter().any(|guess| guess.target == "medical_record_number" || guess.column == key)
    {
        let why = format!("`{}` identifies the rows", table.columns[key].name);
        let (target, form) = ("medical_record_number".to_owned(), Form::Text);
        guesses.push(Guess { column: key, target, form, stream: None, confidence: 0.9, why });
    }
}

/// Whether a column is called as a key would be by another table: `patient_id` and `id`, `patient` and `id`, not `patient_no` and `id`.
fn calls_alike(column: &str, key: &str) -> bool {
    let last = |name: &str| words(name).pop().unwrap_or_default();
    let of = |word: &str| match word {
        "id" => Some("id"),
        "number" => Some("number"),
        "code" => Some("code"),
        _ => None,
    };
    let (column, key) = (last(column), last(key));
    of(&column).is_none() || of(&column) == of(&key)
}

/// Columns that name rows of other tables.
fn references(
    profile: &SourceProfile,
    table: usize,
    lexicon: &Lexicon,
    known: &[(Option<RecordType>, Option<usize>)],
) -> Vec<Guess> {
    let own = &profile.tables[table];
    let mut wanted: Vec<(&str, RecordType, &str)> = lexicon.references.to_vec();
    if lexicon.record.is_about_a_patient() && lexicon.record != RecordType::Patient {
        wanted.insert(0, ("patient", RecordType::Patient, "patient|patient id|patient number|person|person id|record number|demographic number|client|chart number|patient uid|demographic"));
    }
    let mut guesses: Vec<Guess> = Vec::new();
    for (target, record, names) in wanted {
        let mut best: Option<(f64, Guess)> = None;
        for (column, profiled) in own.columns.iter().enumerate() {
            if profiled.non_empty == 0 || guesses.iter().any(|guess| guess.column == column) || own.key == Some(column)
            {
                continue;
            }
            let by_name = name_score(&words(spoken(own, profiled)), names);
            // Streams of some rows of a table stand behind those of the tables, and nothing refers to them.
            for (other, (of, key)) in known.iter().enumerate().take(profile.tables.len()) {
                let Some(key) = key.filter(|_| *of == Some(record)) else { continue };
                let key_name = &profile.tables[other].columns[key].name;
                let is_same = (profiled.name.eq_ignore_ascii_case(key_name) && !key_name.eq_ignore_ascii_case("id"))
                    || means_the_key(profiled, &profile.tables[other], key)
                    || (record == RecordType::Patient && calls_person(profile, other, profiled));
                let included = profiled
                    .refers_to
                    .iter()
                    .find(|reference| reference.table == other)
                    .map_or_else(|| included(profiled, &profile.tables[other].columns[key]), |found| found.included);
                let name = if is_same { 1.0 } else { by_name };
                let is_found = profiled.refers_to.iter().any(|reference| reference.table == other);
                if name < SURE_ENOUGH || !(is_found || is_same) {
                    continue;
                }
                // Whose row it is must not be guessed: small numbers are among any other small numbers.
                let reference = profiled.refers_to.iter().find(|reference| reference.table == other);
                let is_doubtful = reference.is_some_and(|reference| {
                    reference.is_ambiguous || (reference.is_counted && !calls_alike(&profiled.name, key_name))
                });
                if is_doubtful && !is_same {
                    continue;
                }
                let confidence = 0.5 * name + 0.5 * included.max(0.6);
                if best.as_ref().is_none_or(|(known, _)| confidence > *known) {
                    let why = format!(
                        "{:.0}% of `{}` are keys of {}",
                        included * 100.0,
                        profiled.name,
                        profile.tables[other].path
                    );
                    let target = target.to_owned();
                    let guess = Guess { column, target, form: Form::Text, stream: Some(other), confidence, why };
                    best = Some((confidence, guess));
                }
            }
        }
        guesses.extend(best.map(|(_, guess)| guess));
    }
    guesses
}
