//! Which columns name rows of other tables, by what they are called and by what stands in them: both must say so. Small numbers are
//! among any other small numbers, so that what stands in a column is never enough.

use super::classify::{FILLERS, table_name};
use super::query::sql_name;
use super::words::words;
use crate::profile::{ColumnProfile, SourceProfile, TableProfile, included};

/// At least so much of a column must be among a key that is called as it is: the rest are rows that are gone.
const NEARLY_ALL: f64 = 0.8;
/// The same, of a key whose table is called as the column is.
const ALL: f64 = 0.999;

/// A column of a table, and the table that it names a row of by its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    pub column: usize,
    pub table: usize,
}

/// The links of each table, in the order of its columns. Where a column could name rows of two tables, it names none.
pub fn links(profile: &SourceProfile) -> Vec<Vec<Link>> {
    let names: Vec<Vec<String>> = profile.tables.iter().map(|table| name_of(&table.path)).collect();
    let can_ask: Vec<bool> = (0..profile.tables.len()).map(|table| sql_name(profile, table).is_some()).collect();
    let of_table = |at: usize| {
        let columns = profile.tables[at].columns.iter().enumerate().filter(|_| can_ask[at]);
        let links = columns.filter_map(|(column, _)| link(profile, &names, at, column));
        links.filter(|link| can_ask[link.table]).collect()
    };
    (0..profile.tables.len()).map(of_table).collect()
}

/// What a table's rows are, as words.
pub fn name_of(path: &str) -> Vec<String> {
    let mut words = words(table_name(path));
    words.retain(|word| !FILLERS.contains(&word.as_str()));
    words
}

fn link(profile: &SourceProfile, names: &[Vec<String>], at: usize, number: usize) -> Option<Link> {
    let column = &profile.tables[at].columns[number];
    if column.non_empty == 0 {
        return None;
    }
    let mut stem = words(&column.name);
    while stem.len() > 1 && stem.last().is_some_and(|word| matches!(word.as_str(), "id" | "number" | "code")) {
        stem.pop();
    }
    let mut found: Vec<(u8, usize)> = Vec::new();
    for (other, table) in profile.tables.iter().enumerate() {
        let Some(key) = table.key.filter(|key| other != at && table.columns[*key].identifies) else { continue };
        let key_column = &table.columns[key];
        let is_tables = !names[other].is_empty() && names[other] == stem;
        let ends_so = names[other].len() < stem.len() && !names[other].is_empty() && stem.ends_with(&names[other]);
        let is_keys = column.name.eq_ignore_ascii_case(&key_column.name) && !is_common(&key_column.name);
        let is_keys = is_keys || means_the_key(column, table, key);
        let is_word = is_coded(&stem) && has_words(names, other);
        let rank = match () {
            () if is_keys && is_tables => 4,
            () if is_kind_of(profile, names, (at, number), other) => 3,
            () if is_tables && is_own_name(&key_column.name) => 3,
            () if is_keys || is_word => 2,
            () if ends_so && is_own_name(&key_column.name) && profile.tables[at].key != Some(number) => 1,
            () => continue,
        };
        let least = if is_keys || is_word { NEARLY_ALL } else { ALL };
        if found_among(column, key_column) >= least {
            found.push((rank, other));
        }
    }
    let best = found.iter().map(|(rank, _)| *rank).max()?;
    let mut best = found.iter().filter(|(rank, _)| *rank == best);
    match (best.next(), best.next()) {
        (Some((_, table)), None) => Some(Link { column: number, table: *table }),
        _ => None,
    }
}

/// Whether a column says that it holds a word of the dictionary: `coded_allergen`, `value_coded`.
fn is_coded(stem: &[String]) -> bool {
    let is_one = |word: Option<&String>| word.is_some_and(|word| word == "coded");
    stem.len() > 1 && (is_one(stem.first()) || is_one(stem.last())) && !stem.iter().any(|word| word == "non")
}

/// Whether a table is a dictionary, whose words stand in a table beside it: `concept` with `concept_name`.
fn has_words(names: &[Vec<String>], table: usize) -> bool {
    let own = &names[table];
    let is_beside = |other: &Vec<String>| other.strip_prefix(own.as_slice()).is_some_and(|rest| rest == ["name"]);
    ["concept", "term", "dictionary"].iter().any(|word| own.last().is_some_and(|last| last == word))
        && names.iter().any(is_beside)
}

/// Whether a column calls people by the number that they have as persons, where patients are persons.
pub fn calls_person(profile: &SourceProfile, people: usize, column: &ColumnProfile) -> bool {
    let patients = &profile.tables[people];
    let Some(key) = patients.key.map(|key| &patients.columns[key]) else { return false };
    name_of(&patients.path) == ["patient"]
        && included(column, key) >= 0.5
        && profile.tables.iter().any(|table| {
            let person = table.key.map(|key| &table.columns[key]);
            name_of(&table.path) == ["person"]
                && person.is_some_and(|person| {
                    column.name.eq_ignore_ascii_case(&person.name) && included(key, person) >= ALL
                })
        })
}

/// Share of a column's values that are among a key's; a zero that is no key means none.
fn found_among(column: &ColumnProfile, key: &ColumnProfile) -> f64 {
    let has_zero = |column: &ColumnProfile| column.values.iter().any(|(value, _)| value == "0");
    let share = included(column, key);
    if has_zero(column) && !key.values.is_empty() && !has_zero(key) && column.distinct > 1 {
        (share * column.distinct as f64 / (column.distinct - 1) as f64).min(1.0)
    } else {
        share
    }
}

/// Whether a table's key is a person's: patients are persons, where neither table names a row of the other in another way.
fn is_kind_of(profile: &SourceProfile, names: &[Vec<String>], (at, column): (usize, usize), other: usize) -> bool {
    let (own, theirs) = (&profile.tables[at], &profile.tables[other]);
    let names_the_other = |table: &TableProfile, key: Option<usize>, name: &[String]| {
        let mut others =
            table.columns.iter().enumerate().filter(|(at, column)| Some(*at) != key && column.non_empty > 0);
        others.any(|(_, column)| words(&column.name).starts_with(name))
    };
    own.key == Some(column)
        && names[at] == ["patient"]
        && names[other] == ["person"]
        && !names_the_other(own, own.key, &names[other])
        && !names_the_other(theirs, theirs.key, &names[at])
}

/// Whether a key counts the rows of its table, and is no number that others give.
fn is_own_name(key: &str) -> bool {
    words(key).last().is_some_and(|word| matches!(word.as_str(), "id" | "number" | "code"))
}

fn is_common(name: &str) -> bool {
    ["id", "uuid", "guid", "uid", "no", "number", "code", "name"].contains(&&*name.to_lowercase())
}

/// Whether a column is called as a table's key in other letters: `patient_id` and `pid`. Where another column of that table could be
/// meant as well, nothing is said.
pub fn means_the_key(column: &ColumnProfile, table: &TableProfile, key: usize) -> bool {
    let name = words(&column.name);
    let most = included(column, &table.columns[key]);
    let is_rival = |(at, other): (usize, &ColumnProfile)| {
        at != key && !table.are_twins(at, key) && other.identifies && included(column, other) >= most
    };
    name.len() > 1
        && name == words(&table.columns[key].name)
        && most >= 0.5
        && !table.columns.iter().enumerate().any(is_rival)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draft::tables::profile;

    #[test]
    fn a_link_is_called_so_and_holds() {
        let profile = profile(&[
            ("patient.csv", "patient_id,born\n10,1950-01-01\n11,1960-01-01\n12,1970-01-01\n"),
            ("visit_type.csv", "visit_type_id,name\n1,Home\n2,Clinic\n"),
            ("visit.csv", "visit_id,patient_id,visit_type,creator\n1,10,1,1\n2,11,2,1\n3,12,2,1\n"),
        ]);
        let links = links(&profile);
        assert_eq!(links[2], [Link { column: 1, table: 0 }, Link { column: 2, table: 1 }]);
        assert!(links[0].is_empty() && links[1].is_empty(), "{links:?}");
    }
}
