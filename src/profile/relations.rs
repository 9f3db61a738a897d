//! Which column identifies a row of its table, and which columns name rows of another.

use super::column::SKETCH;
use super::{ColumnProfile, Kind, Reference, TableProfile};

/// Takes another column for a table's key: the one that identifies its rows, too, and by whose name most other tables call them.
pub fn prefer_shared_key(tables: &mut [TableProfile], table: usize) {
    let shared = |name: &str| {
        let others = tables.iter().enumerate().filter(|(at, _)| *at != table).flat_map(|(_, other)| &other.columns);
        others.filter(|column| column.non_empty > 0 && column.name.eq_ignore_ascii_case(name)).count()
    };
    let Some(key) = tables[table].key else { return };
    let is_common = |name: &str| ["id", "uuid", "guid", "uid", "no", "number"].contains(&&*name.to_lowercase());
    let known = &tables[table].columns[key].name;
    let of_known = if is_common(known) { 0 } else { shared(known) };
    let mut best = (of_known, key);
    for (at, column) in tables[table].columns.iter().enumerate() {
        if column.identifies
            && is_called_a_key(&column.name)
            && !is_common(&column.name)
            && shared(&column.name) > best.0
        {
            best = (shared(&column.name), at);
        }
    }
    if best.1 == key {
        return;
    }
    tables[table].key = Some(best.1);
    for column in tables.iter_mut().flat_map(|table| &mut table.columns) {
        column.refers_to.retain(|reference| reference.table != table);
    }
    refer_to(tables, table);
}

/// A key that is another table's, and is not called one, is that table's: a row of it names the other's.
fn drop_borrowed_keys(tables: &mut [TableProfile]) {
    for at in 0..tables.len() {
        let Some(key) = tables[at].key else { continue };
        let column = &tables[at].columns[key];
        if !is_called_a_key(&column.name) && !column.refers_to.is_empty() {
            tables[at].key = None;
            for column in tables.iter_mut().flat_map(|table| &mut table.columns) {
                column.refers_to.retain(|reference| reference.table != at);
            }
        }
    }
}

fn is_called_a_key(name: &str) -> bool {
    let name = name.to_lowercase();
    let ends = ["id", "no", "num", "number", "key", "uuid", "guid", "nr", "pk", "mrn", "#"];
    ends.iter().any(|end| name.ends_with(end))
}

/// At least so much of a column must be among the other's values.
const ENOUGH: f64 = 0.9;

/// Finds keys and references of all tables.
pub fn relate(tables: &mut [TableProfile]) {
    for table in tables.iter_mut() {
        table.key = key(table);
    }
    for table in 0..tables.len() {
        refer_to(tables, table);
    }
    drop_borrowed_keys(tables);
}

/// Finds the columns whose values are all among the keys of a table.
fn refer_to(tables: &mut [TableProfile], table: usize) {
    let own = &tables[table];
    let Some(key) = own.key else { return };
    let (sketch, path) = (own.columns[key].sketch.clone(), own.path.clone());
    let is_counted = own.columns[key].share(Kind::Integer) > 0.99 && own.columns[key].longest <= 9;
    // Other columns that identify rows, too, or nearly.
    let is_rival = |(at, column): &(usize, &ColumnProfile)| {
        let is_nearly = column.distinct > 1 && column.distinct * 10 >= column.non_empty * 9;
        *at != key && !own.are_twins(*at, key) && !is_no_name(column) && is_nearly
    };
    let rivals: Vec<Vec<u64>> =
        own.columns.iter().enumerate().filter(is_rival).map(|(_, column)| column.sketch.clone()).collect();
    for (at, other) in tables.iter_mut().enumerate() {
        for (number, column) in other.columns.iter_mut().enumerate() {
            let is_itself = at == table && number == key;
            if is_itself || column.non_empty == 0 || is_no_name(column) {
                continue;
            }
            let included = inclusion(&column.sketch, &sketch);
            if included >= ENOUGH {
                let is_ambiguous = rivals.iter().any(|rival| inclusion(&column.sketch, rival) >= ENOUGH);
                let path = path.clone();
                column.refers_to.push(Reference { table, path, included, is_ambiguous, is_counted });
            }
        }
    }
}

/// A column whose values cannot be another table's keys, whatever they are: dates, decimals, texts.
fn is_no_name(column: &ColumnProfile) -> bool {
    let of = |kind| column.share(kind) > 0.5;
    column.sampled == 0
        || of(Kind::Decimal)
        || of(Kind::LongText)
        || of(Kind::Words)
        || of(Kind::DateTime)
        || (of(Kind::Date) && !of(Kind::Integer))
}

/// Rows whose key another row has, too: a practice gives numbers out again, and exports hold rows twice.
const FEW_REPEATS: f64 = 0.03;

/// The column that identifies rows: the first that does and whose name says so, else the first that nearly does, else one at the
/// beginning that does.
fn key(table: &TableProfile) -> Option<usize> {
    let can = |at: &usize| {
        let column = &table.columns[*at];
        !is_no_name(column) && column.longest <= 64 && column.non_empty > 0
    };
    let says_so = |at: &usize| is_called_a_key(&table.columns[*at].name);
    let nearly = |at: &usize| {
        let column = &table.columns[*at];
        let rows = (table.rows - table.ragged) as f64;
        let own = column.distinct as f64 + table.repeats as f64;
        column.non_empty as f64 > rows * (1.0 - FEW_REPEATS) && own >= rows * (1.0 - FEW_REPEATS)
    };
    let all = || (0..table.columns.len()).filter(can);
    let identifies = |at: &usize| table.columns[*at].identifies;
    all()
        .filter(identifies)
        .find(says_so)
        .or_else(|| all().filter(nearly).find(says_so))
        .or_else(|| all().take(1).find(identifies))
}

/// Share of the values of one column that are among those of another, from 0 to 1.
pub fn included(column: &ColumnProfile, other: &ColumnProfile) -> f64 {
    inclusion(&column.sketch, &other.sketch)
}

/// Share of the values of one column that are among those of another, by their smallest hashes: below the largest that is kept of the
/// other, every hash of it is kept.
fn inclusion(column: &[u64], other: &[u64]) -> f64 {
    let Some(limit) = other.last() else { return 0.0 };
    let is_whole = other.len() < SKETCH;
    let known: Vec<&u64> = column.iter().filter(|hash| is_whole || *hash <= limit).collect();
    if known.is_empty() {
        return 0.0;
    }
    let found = known.iter().filter(|hash| other.binary_search(hash).is_ok()).count();
    found as f64 / known.len() as f64
}
