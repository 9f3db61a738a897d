//! A shared store as a file of its own: every row of every table.

use std::path::Path;

use super::database::{Cell, RowSink};
use super::schema::before::all_tables;
use super::schema::quoted;
use super::{EhrStore, StoreError, StorePlace};

const ROWS_AT_ONCE: usize = 2000;

/// A value that outlives its row.
enum Kept {
    Null,
    Integer(i64),
    Real(f64),
    Text(Box<str>),
    Bytes(Box<[u8]>),
}

impl Kept {
    fn of(cell: Cell<'_>) -> Self {
        match cell {
            Cell::Null => Self::Null,
            Cell::Integer(number) => Self::Integer(number),
            Cell::Real(number) => Self::Real(number),
            Cell::Text(text) => Self::Text(text.into()),
            Cell::Bytes(bytes) => Self::Bytes(bytes.into()),
        }
    }

    fn cell(&self) -> Cell<'_> {
        match self {
            Self::Null => Cell::Null,
            Self::Integer(number) => Cell::Integer(*number),
            Self::Real(number) => Cell::Real(*number),
            Self::Text(text) => Cell::Text(text),
            Self::Bytes(bytes) => Cell::Bytes(bytes),
        }
    }
}

/// Copies a store into a new file, without what rows were before.
pub(super) fn to_file(from: &EhrStore, to: &Path) -> Result<(), StoreError> {
    const DOING: &str = "copying the store";
    let copy = EhrStore::open_or_create(&StorePlace::Sqlite(to.to_owned()))?;
    copy.database.begin()?;
    from.database.begin_snapshot()?;
    for table in all_tables() {
        let names: Vec<String> = table.columns.iter().map(|(name, _)| quoted(name)).collect();
        let select = format!("SELECT {} FROM {}", names.join(", "), quoted(&table.table));
        let mut rows: Vec<Vec<Kept>> = Vec::new();
        let put = |rows: &mut Vec<Vec<Kept>>| -> Result<(), StoreError> {
            copy.database.add(DOING, &table, rows.len(), &mut |at, sink: &mut dyn RowSink| {
                rows[at].iter().enumerate().try_for_each(|(column, kept)| sink.put(column, kept.cell()))
            })?;
            rows.clear();
            Ok(())
        };
        from.database.query(DOING, &select, &[], &mut |row| {
            rows.push((0..table.columns.len()).map(|column| Kept::of(row.cell(column))).collect());
            if rows.len() >= ROWS_AT_ONCE { put(&mut rows) } else { Ok(()) }
        })?;
        put(&mut rows)?;
    }
    let base = from.database.query_one(DOING, "SELECT value FROM store_meta WHERE name = 'digest'", &[], |row| {
        Ok(row.text(0)?.to_owned())
    })?;
    let set = "UPDATE store_meta SET value = ? WHERE name = 'digest'";
    copy.database.execute(DOING, set, &[base.as_deref().into()])?;
    from.database.script(DOING, "COMMIT")?;
    copy.database.script(DOING, "COMMIT")
}
