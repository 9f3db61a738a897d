//! SQLite files: each table is one, and each view that a pack asks for. They are read from a copy, as of one moment.
//!
//! | value | text |
//! |---|---|
//! | NULL | nothing; an empty text is `""` in the kept row |
//! | integer, real | shortest decimal form |
//! | text | its bytes |
//! | blob | `\x` and two hexadecimal digits for each byte |

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, ErrorCode, OpenFlags};
use tempfile::TempDir;

use super::ExtractError;
use super::query::{quoted, write_rows};
use super::rows::{Companion, LocalFile, RowWriter, TableState, Tables};

/// How names of such files end.
pub(super) const ENDINGS: [&str; 4] = [".sqlite", ".sqlite3", ".db", ".db3"];

const MAGIC: &[u8; 16] = b"SQLite format 3\0";

#[derive(Debug)]
struct SqliteFile {
    path: String,
    /// In a transaction from when it was looked at.
    connection: Mutex<Connection>,
    tables: Vec<Table>,
    /// Where the copy is, for as long as it is read.
    _folder: TempDir,
}

#[derive(Debug)]
struct Table {
    name: String,
    columns: Vec<String>,
    /// Columns by which its rows have one order.
    order: Vec<String>,
    is_view: bool,
    /// Why it cannot be asked is its author's to know: a function or module of another program, a table that is gone.
    is_broken: bool,
}

/// None where the file is another program's.
pub(super) fn open(
    path: &str,
    file: LocalFile,
    companion: &Companion<'_>,
) -> Result<Option<Arc<dyn Tables>>, ExtractError> {
    let unreadable = |source| ExtractError::Unreadable { path: path.to_owned(), source };
    let mut start = Vec::new();
    let opened = File::open(file.path()).map_err(unreadable)?;
    opened.take(MAGIC.len() as u64).read_to_end(&mut start).map_err(unreadable)?;
    if start != MAGIC {
        return Ok(None);
    }
    let fault = |source| refused(path, source);
    let (connection, folder) = copied(path, &file, companion)?;
    let tables = tables_of(&connection).map_err(fault)?;
    Ok(Some(Arc::new(SqliteFile {
        path: path.to_owned(),
        connection: Mutex::new(connection),
        tables,
        _folder: folder,
    })))
}

/// Copies a database with its journal, which may hold what the file itself does not yet, or should not, and opens the copy: nothing is
/// written beside the original, and nobody who uses it has to wait.
fn copied(path: &str, file: &LocalFile, companion: &Companion<'_>) -> Result<(Connection, TempDir), ExtractError> {
    let unreadable = |source| ExtractError::Unreadable { path: path.to_owned(), source };
    // Of an archive's member the journal is a member; beside a file it comes and goes.
    let mut members = Vec::new();
    let mut parts = vec![(file.path().to_owned(), "source.db".to_owned())];
    for ending in ["-wal", "-journal"] {
        let from = match file {
            LocalFile::Disk(path) => {
                let mut beside = path.clone().into_os_string();
                beside.push(ending);
                Some(beside.into())
            }
            LocalFile::Unpacked(_) => companion(&format!("{path}{ending}"))?.map(|member| {
                let from = member.path().to_owned();
                members.push(member);
                from
            }),
        };
        parts.extend(from.map(|from: PathBuf| (from, format!("source.db{ending}"))));
    }
    let stamps = || -> Vec<Option<(u64, std::time::SystemTime)>> {
        let stamp = |(from, _): &(PathBuf, String)| {
            let metadata = std::fs::metadata(from).ok()?;
            Some((metadata.len(), metadata.modified().ok()?))
        };
        parts.iter().map(stamp).collect()
    };
    for _ in 0..ATTEMPTS {
        let folder = tempfile::tempdir().map_err(unreadable)?;
        let before = stamps();
        let is_there = parts.iter().zip(&before).filter(|(_, stamp)| stamp.is_some());
        // What goes away meanwhile is another state, and copied again.
        // The copy is ours to write, whatever the original allows.
        let copy = |((from, name), _): (&(PathBuf, String), _)| {
            std::io::copy(&mut File::open(from)?, &mut File::create(folder.path().join(name))?)
        };
        let copied: std::io::Result<Vec<u64>> = is_there.map(copy).collect();
        if stamps() != before {
            continue;
        }
        copied.map_err(unreadable)?;
        let connection = connect(&folder.path().join("source.db")).map_err(|source| refused(path, source))?;
        return Ok((connection, folder));
    }
    Err(ExtractError::DatabaseBusy { path: path.to_owned() })
}

/// As often a copy is made of what somebody writes in.
const ATTEMPTS: usize = 5;

fn connect(copy: &Path) -> rusqlite::Result<Connection> {
    let connection =
        Connection::open_with_flags(copy, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    // What it says of itself is not trusted: functions in views and triggers do nothing beyond it.
    connection.execute_batch("PRAGMA trusted_schema = OFF; PRAGMA query_only = ON; BEGIN")?;
    connection.query_row("SELECT count(*) FROM sqlite_master", [], |row| row.get::<_, i64>(0))?;
    Ok(connection)
}

fn tables_of(connection: &Connection) -> rusqlite::Result<Vec<Table>> {
    let mut listed = connection.prepare(
        "SELECT name, type, wr FROM pragma_table_list
         WHERE schema = 'main' AND type IN ('table', 'view', 'virtual') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name",
    )?;
    let listed: Vec<(String, String, bool)> =
        listed.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?.collect::<Result<_, _>>()?;
    let mut tables = Vec::new();
    for (name, kind, is_without_rowid) in listed {
        let ask = || -> rusqlite::Result<Vec<(String, u32)>> {
            let sql = "SELECT name, pk FROM pragma_table_xinfo(?) WHERE hidden <> 1 ORDER BY cid";
            connection.prepare(sql)?.query_map([&name], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
        };
        // Of a broken view not even the columns are told.
        let found = ask().unwrap_or_default();
        let mut keys: Vec<(u32, String)> =
            found.iter().filter(|(_, pk)| *pk > 0).map(|(n, pk)| (*pk, n.clone())).collect();
        keys.sort_unstable();
        let columns: Vec<String> = found.into_iter().map(|(name, _)| name).collect();
        let order = match (kind.as_str(), is_without_rowid) {
            ("table", true) => keys.into_iter().map(|(_, name)| name).collect(),
            ("table", false) => Vec::new(),
            _ => columns.clone(),
        };
        let table = Table { name, columns, order, is_view: kind == "view", is_broken: false };
        let is_broken = table.columns.is_empty() || connection.prepare(&table.select()).is_err();
        tables.push(Table { is_broken, ..table });
    }
    Ok(tables)
}

impl Table {
    fn select(&self) -> String {
        let columns: Vec<String> = self.columns.iter().map(|name| quoted(name)).collect();
        // `rowid` may be a column of the table's own: then another of its names is not.
        let is_taken = |name: &str| self.columns.iter().any(|column| column.eq_ignore_ascii_case(name));
        let order = match self.order.is_empty() {
            false => self.order.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", "),
            true => ["rowid", "_rowid_", "oid"].into_iter().find(|name| !is_taken(name)).unwrap_or("1").to_owned(),
        };
        format!("SELECT {} FROM {} ORDER BY {order}", columns.join(", "), quoted(&self.name))
    }
}

impl Tables for SqliteFile {
    fn names(&self) -> Vec<&str> {
        self.tables.iter().map(|table| table.name.as_str()).collect()
    }

    fn state(&self, table: usize) -> TableState {
        match &self.tables[table] {
            Table { is_broken: true, .. } => TableState::Broken,
            Table { is_view: true, .. } => TableState::Derived,
            _ => TableState::Own,
        }
    }

    fn columns(&self, table: usize) -> Option<Vec<String>> {
        Some(self.tables[table].columns.clone())
    }

    fn notes(&self, _table: usize) -> Vec<String> {
        Vec::new()
    }

    fn write(&self, table: usize, rows: &mut RowWriter) -> Result<(), ExtractError> {
        let table = &self.tables[table];
        rows.header(table.columns.iter().map(String::as_str));
        // A poisoned lock is another thread's panic, which ends the run.
        let connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let mut write = || write_rows(&mut connection.prepare(&table.select())?, table.columns.len(), rows);
        write().map_err(|source| refused(&self.path, source))
    }
}

/// Only its kind is told: its text may quote what stands in the file.
fn refused(path: &str, source: rusqlite::Error) -> ExtractError {
    let path = path.to_owned();
    match source.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => ExtractError::DatabaseBusy { path },
        _ => ExtractError::DatabaseDamaged { path },
    }
}
