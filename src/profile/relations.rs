//! Which column identifies a row of its table, and which columns name rows of another.

use super::{ColumnProfile, Kind, Reference, TableProfile};

/// At least so much of a column must be among the other's values.
const ENOUGH: f64 = 0.9;

/// Finds keys and references of all tables.
pub fn relate(tables: &mut [TableProfile]) {
    for table in tables.iter_mut() {
        table.key = key(table);
    }
    let keys: Vec<Option<(usize, String, Vec<u64>, u64)>> = tables
        .iter()
        .map(|table| {
            let column = &table.columns[table.key?];
            Some((table.key?, column.name.clone(), column.sketch.clone(), column.distinct))
        })
        .collect();
    let paths: Vec<String> = tables.iter().map(|table| table.path.clone()).collect();
    for (at, table) in tables.iter_mut().enumerate() {
        for (number, column) in table.columns.iter_mut().enumerate() {
            if column.non_empty == 0 || is_no_name(column) {
                continue;
            }
            for (other, key) in keys.iter().enumerate() {
                let Some((key_column, _, sketch, _)) = key else { continue };
                if other == at && *key_column == number {
                    continue;
                }
                let included = inclusion(&column.sketch, sketch);
                if included >= ENOUGH {
                    column.refers_to.push(Reference { table: other, path: paths[other].clone(), included });
                }
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

/// The column that identifies rows: the first whose name says so, else the first that does and is no measure.
fn key(table: &TableProfile) -> Option<usize> {
    let candidates: Vec<usize> = (0..table.columns.len())
        .filter(|at| {
            table.columns[*at].identifies && !is_no_name(&table.columns[*at]) && table.columns[*at].longest <= 64
        })
        .collect();
    let says_so = |at: &&usize| {
        let name = table.columns[**at].name.to_lowercase();
        ["id", "no", "num", "number", "key", "uuid", "guid", "code", "nr", "pk", "mrn"]
            .iter()
            .any(|end| name.ends_with(end))
    };
    candidates.iter().find(says_so).or_else(|| candidates.first().filter(|at| **at <= 1)).copied()
}

/// Share of the values of one column that are among those of another, by their smallest hashes: below the largest that is kept of the
/// other, every hash of it is kept.
fn inclusion(column: &[u64], other: &[u64]) -> f64 {
    let Some(limit) = other.last() else { return 0.0 };
    let is_whole = other.len() < 4096;
    let known: Vec<&u64> = column.iter().filter(|hash| is_whole || *hash <= limit).collect();
    if known.is_empty() {
        return 0.0;
    }
    let found = known.iter().filter(|hash| other.binary_search(hash).is_ok()).count();
    found as f64 / known.len() as f64
}
