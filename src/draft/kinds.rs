//! Tables that hold several kinds of records, told apart by a column whose words are those of records: problems, allergies and
//! medications in one list. Each kind becomes a stream of its own.

use super::DraftStream;
use super::classify::{name_score, names_patients, stream_name};
use super::lexicon::LEXICON;
use super::query::sql_name;
use super::words::words;
use crate::model::RecordType;
use crate::profile::{SourceProfile, TableProfile};

/// A record, and the words that mean it.
type Kind = (RecordType, Vec<String>);

/// What a list may hold.
const KINDS: [RecordType; 6] = [
    RecordType::Condition,
    RecordType::AllergyIntolerance,
    RecordType::MedicationStatement,
    RecordType::Procedure,
    RecordType::Immunization,
    RecordType::Device,
];

/// A word is one of a record's from here: its last says what it is.
const SURE_ENOUGH: f64 = 0.4;

/// Adds a stream for each kind of the tables of which nothing else is known.
pub fn tell_apart(profile: &SourceProfile, streams: &mut Vec<DraftStream>) {
    let people = streams.iter().find(|stream| stream.record == Some(RecordType::Patient)).map(|stream| stream.table);
    let mut added: Vec<DraftStream> = Vec::new();
    let is_open = |stream: &&mut DraftStream| stream.record.is_none() && sql_name(profile, stream.table).is_some();
    for stream in streams.iter_mut().filter(is_open) {
        let table = &profile.tables[stream.table];
        let Some((column, kinds)) = kinds(table).filter(|_| names_patients(profile, table, people)) else { continue };
        let by = &table.columns[column].name;
        stream.why = format!("its rows are of several kinds, told apart by `{by}`");
        for (record, said) in kinds {
            let why = format!("`{by}` says so: {}", said.join(", "));
            let name = format!("{}-{}", stream.name, record.name());
            added.push(DraftStream { name, record: Some(record), why, only: Some((column, said)), ..stream.clone() });
        }
    }
    for mut stream in added {
        stream.name = stream_name(streams, &stream.name);
        streams.push(stream);
    }
}

/// The column by which the rows of a table are told apart, and the words for each record.
fn kinds(table: &TableProfile) -> Option<(usize, Vec<Kind>)> {
    table.columns.iter().enumerate().find_map(|(at, column)| {
        let tells = words(&column.name).iter().any(|word| ["type", "category", "class"].contains(&word.as_str()));
        if !tells || column.non_empty == 0 || !column.is_coded() {
            return None;
        }
        let mut found: Vec<Kind> = Vec::new();
        let mut told = 0;
        for (value, count) in column.codes() {
            let Some(record) = kind(value) else { continue };
            told += count;
            match found.iter_mut().find(|(known, _)| *known == record) {
                Some((_, values)) => values.push(value.to_owned()),
                None => found.push((record, vec![value.to_owned()])),
            }
        }
        found.iter_mut().for_each(|(_, values)| values.sort());
        found.sort_by_key(|(record, _)| record.name());
        (found.len() > 1 && told * 2 > column.non_empty).then_some((at, found))
    })
}

/// The record that a word means, where it means one.
fn kind(value: &str) -> Option<RecordType> {
    let value = words(value);
    let score = |record: &RecordType| {
        let lexicon = LEXICON.iter().find(|lexicon| lexicon.record == *record);
        lexicon.map_or(0.0, |lexicon| name_score(&value, lexicon.tables))
    };
    let best = KINDS.iter().map(score).fold(0.0, f64::max);
    let mut found = KINDS.iter().filter(|record| best >= SURE_ENOUGH && score(record) == best);
    let (record, None) = (found.next()?, found.next()) else { return None };
    Some(*record)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draft::tables::profile;

    #[test]
    fn words_tell_kinds_apart() {
        for (value, expected) in [
            ("medical_problem", Some(RecordType::Condition)),
            ("Allergies", Some(RecordType::AllergyIntolerance)),
            ("medication", Some(RecordType::MedicationStatement)),
            ("surgery", Some(RecordType::Procedure)),
            ("dental", None),
            ("problem of billing", None),
        ] {
            assert_eq!(kind(value), expected, "{value}");
        }
        let list =
            "id,type,title\n1,allergy,Latex\n2,problem,Asthma\n3,problem,Gout\n4,dental,Caries\n5,allergy,Nuts\n";
        let profile = profile(&[("list.csv", list)]);
        let (column, kinds) = kinds(&profile.tables[0]).expect("kinds");
        assert_eq!((column, kinds.len()), (1, 2));
        assert_eq!(kinds[0], (RecordType::AllergyIntolerance, vec!["allergy".to_owned()]));
    }
}
