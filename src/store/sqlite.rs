//! SQLite: one file, one writer.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, Connection, OpenFlags, Row as SqliteRow, Statement, ToSql};

use super::StoreError;
use super::database::{Cell, Columns, Database, EachRow, Gate, Row, RowSink};
use super::schema::{Dialect, quoted};
use crate::model::ChartId;

mod backup;
mod lock;
mod open;

pub use backup::back_up;
pub use lock::{FileLock, lock};
pub(super) use open::{copy, create_file, open};

const CACHE_KIB: u32 = 64 << 10;

/// What is sorted for an index is sorted in pieces of this size, one while the next is gathered. Pieces that fit the
/// processor's cache are sorted nearly twice as fast as large ones: 5.6 million ids took 2.8 s so, 5.0 s in pieces of 64 MiB.
const SORTED_PIECE_KIB: u32 = 4 << 10;

/// An open file.
pub struct Sqlite {
    path: PathBuf,
    connection: Connection,
}

impl ToSql for Cell<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match *self {
            Self::Null => ValueRef::Null,
            Self::Integer(number) => ValueRef::Integer(number),
            Self::Real(number) => ValueRef::Real(number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

impl Row for SqliteRow<'_> {
    fn cell(&self, column: usize) -> Cell<'_> {
        match self.get_ref(column) {
            Ok(ValueRef::Integer(number)) => Cell::Integer(number),
            Ok(ValueRef::Real(number)) => Cell::Real(number),
            Ok(ValueRef::Text(text)) => std::str::from_utf8(text).map_or(Cell::Bytes(text), Cell::Text),
            Ok(ValueRef::Blob(bytes)) => Cell::Bytes(bytes),
            Ok(ValueRef::Null) | Err(_) => Cell::Null,
        }
    }
}

/// Binds what is there and leaves the rest NULL, as most columns of a chart row are.
struct Binding<'a, 'c> {
    statement: &'a mut Statement<'c>,
    failed: &'a dyn Fn(rusqlite::Error) -> StoreError,
}

impl RowSink for Binding<'_, '_> {
    fn put(&mut self, column: usize, cell: Cell<'_>) -> Result<(), StoreError> {
        match cell {
            Cell::Null => Ok(()),
            cell => self.statement.raw_bind_parameter(column + 1, cell).map_err(self.failed),
        }
    }
}

impl Sqlite {
    fn connect(path: &Path, read_only: bool) -> Result<Self, rusqlite::Error> {
        let connection = if read_only {
            let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
            let whole = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()).display().to_string();
            let escaped = whole.replace('%', "%25").replace('?', "%3f").replace('#', "%23");
            Connection::open_with_flags(format!("file:{escaped}?immutable=1"), flags)?
        } else {
            Connection::open(path)?
        };
        connection.execute_batch(&format!(
            "PRAGMA synchronous = NORMAL; PRAGMA cache_size = -{CACHE_KIB}; PRAGMA temp_store = FILE; PRAGMA threads = 1;
             PRAGMA wal_autocheckpoint = 8000; PRAGMA busy_timeout = 5000;"
        ))?;
        connection.set_prepared_statement_cache_capacity(256);
        Ok(Self { path: path.to_owned(), connection })
    }

    fn prepared(&self, doing: &'static str, sql: &str) -> Result<CachedStatement<'_>, StoreError> {
        self.connection.prepare_cached(sql).map_err(StoreError::rusqlite(doing))
    }
}

impl Database for Sqlite {
    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    fn execute(&self, doing: &'static str, sql: &str, values: &[Cell<'_>]) -> Result<u64, StoreError> {
        let mut statement = self.prepared(doing, sql)?;
        let touched = statement.execute(rusqlite::params_from_iter(values)).map_err(StoreError::rusqlite(doing))?;
        Ok(touched as u64)
    }

    fn query(&self, doing: &'static str, sql: &str, values: &[Cell<'_>], each: EachRow<'_>) -> Result<(), StoreError> {
        let failed = StoreError::rusqlite(doing);
        let mut statement = self.prepared(doing, sql)?;
        let mut rows = statement.query(rusqlite::params_from_iter(values)).map_err(&failed)?;
        while let Some(row) = rows.next().map_err(&failed)? {
            each(row)?;
        }
        Ok(())
    }

    fn query_ids(
        &self,
        doing: &'static str,
        select: &str,
        ids: &[ChartId],
        each: EachRow<'_>,
    ) -> Result<(), StoreError> {
        let failed = StoreError::rusqlite(doing);
        let mut statement = self.prepared(doing, &format!("{select} = ?"))?;
        for id in ids {
            let mut rows = statement.query([Cell::from(id)]).map_err(&failed)?;
            while let Some(row) = rows.next().map_err(&failed)? {
                each(row)?;
            }
        }
        Ok(())
    }

    fn execute_ids(&self, doing: &'static str, sql: &str, ids: &[ChartId]) -> Result<u64, StoreError> {
        let mut statement = self.prepared(doing, &format!("{sql} = ?"))?;
        let mut touched = 0;
        for id in ids {
            touched += statement.execute([Cell::from(id)]).map_err(StoreError::rusqlite(doing))?;
        }
        Ok(touched as u64)
    }

    fn script(&self, doing: &'static str, sql: &str) -> Result<(), StoreError> {
        self.connection.execute_batch(sql).map_err(StoreError::rusqlite(doing))
    }

    fn add(
        &self,
        doing: &'static str,
        to: &Columns,
        rows: usize,
        fill: &mut dyn FnMut(usize, &mut dyn RowSink) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let failed = StoreError::rusqlite(doing);
        let names: Vec<String> = to.columns.iter().map(|(name, _)| quoted(name)).collect();
        let marks = vec!["?"; names.len()].join(", ");
        let sql = format!("INSERT INTO {} ({}) VALUES ({marks})", quoted(&to.table), names.join(", "));
        let mut statement = self.prepared(doing, &sql)?;
        for row in 0..rows {
            statement.clear_bindings();
            fill(row, &mut Binding { statement: &mut statement, failed: &failed })?;
            statement.raw_execute().map_err(&failed)?;
        }
        Ok(())
    }

    fn begin(&self) -> Result<(), StoreError> {
        self.script("beginning a transaction", "BEGIN IMMEDIATE")
    }

    fn begin_snapshot(&self) -> Result<(), StoreError> {
        self.script("beginning to count", "BEGIN")
    }

    /// Whoever writes a file is alone with it.
    fn enter(&self, _: Gate) -> Result<(), StoreError> {
        Ok(())
    }

    fn set_active_run(&self, run: Option<i64>) -> Result<(), StoreError> {
        self.execute("noting the run", "UPDATE active_run SET run_id = ?", &[run.into()]).map(drop)
    }

    fn next_numbers(&self, table: &str, wanted: i64) -> Result<(i64, i64), StoreError> {
        let sql = "SELECT coalesce(max(last_row), 0) + 1 FROM run_block WHERE table_name = ?";
        let next = (self as &dyn Database).query_one("numbering rows", sql, &[table.into()], |row| row.integer(0))?;
        let first = next.unwrap_or(1);
        Ok((first, first + wanted - 1))
    }

    fn index_names(&self) -> Result<BTreeSet<String>, StoreError> {
        let sql = "SELECT name FROM sqlite_master WHERE type = 'index'";
        let read = |row: &dyn Row| Ok(row.text(0)?.to_owned());
        Ok((self as &dyn Database).query_all("looking at indexes", sql, &[], read)?.into_iter().collect())
    }

    fn make_indexes(&self, statements: &[String]) -> Result<(), StoreError> {
        const DOING: &str = "making indexes";
        if statements.is_empty() {
            return Ok(());
        }
        // SQLite takes the size of sorted pieces from the size of the cache.
        self.script(DOING, &format!("PRAGMA cache_size = -{SORTED_PIECE_KIB}"))?;
        statements.iter().try_for_each(|statement| self.script(DOING, statement))?;
        self.script(DOING, &format!("PRAGMA cache_size = -{CACHE_KIB}; PRAGMA optimize"))
    }

    fn gathers_well(&self) -> bool {
        false
    }

    fn settle(&self) -> Result<(), StoreError> {
        // Moves everything from the write-ahead log into the store's file.
        self.query("writing back the log", "PRAGMA wal_checkpoint(TRUNCATE)", &[], &mut |_| Ok(()))
    }

    fn size_bytes(&self) -> Result<u64, StoreError> {
        (self as &dyn Database).count("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()", &[])
    }

    fn table_bytes(&self) -> Result<BTreeMap<String, u64>, StoreError> {
        let sql =
            "SELECT m.tbl_name, CAST(sum(s.pgsize) AS INTEGER) FROM dbstat s JOIN sqlite_master m ON m.name = s.name
                   WHERE s.aggregate = TRUE GROUP BY m.tbl_name";
        let mut sizes = BTreeMap::new();
        self.query("measuring the store", sql, &[], &mut |row| {
            sizes.insert(row.text(0)?.to_owned(), row.integer(1)? as u64);
            Ok(())
        })?;
        Ok(sizes)
    }

    fn reader(&self) -> Result<Box<dyn Database>, StoreError> {
        Ok(Box::new(Self::connect(&self.path, false).map_err(StoreError::rusqlite("opening"))?))
    }

    /// Whoever writes a file has all of it.
    fn claim(&self, _: &str) -> Result<(), StoreError> {
        Ok(())
    }

    fn claim_presence(&self) -> Result<(), StoreError> {
        Ok(())
    }

    fn claim_alone(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// [`Self::settle`] comes after whatever has to.
    fn make_durable(&self) -> Result<(), StoreError> {
        Ok(())
    }

    fn overwrite_deleted(&self) -> Result<(), StoreError> {
        self.query("preparing to erase", "PRAGMA secure_delete = ON", &[], &mut |_| Ok(()))
    }

    /// All tables: what is free in a file belongs to none. It takes as much room again as the store.
    fn scrub(&self, _: &[String]) -> Result<(), StoreError> {
        const DOING: &str = "writing the store anew";
        self.script(DOING, "VACUUM")?;
        // Who reads the store meanwhile keeps the former pages in the file.
        let mut is_busy = false;
        self.query(DOING, "PRAGMA wal_checkpoint(TRUNCATE)", &[], &mut |row| {
            is_busy = row.integer(0)? != 0;
            Ok(())
        })?;
        match is_busy {
            true => Err(StoreError::InUse { path: self.path.display().to_string(), holder: String::new() }),
            false => Ok(()),
        }
    }
}

/// A file beside the store: its name with something behind it.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}
