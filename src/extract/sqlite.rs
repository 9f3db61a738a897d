//! SQLite files: each table and view is a table. They are read in one read transaction, as of one moment.
//!
//! | value | text |
//! |---|---|
//! | NULL | nothing; an empty text is `""` in the kept row |
//! | integer, real | shortest decimal form |
//! | text | its bytes |
//! | blob | `\x` and two hexadecimal digits for each byte |

use std::io::Read;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::ExtractError;
use super::rows::{LocalFile, RowWriter, Tables, in_hexadecimal};

/// How names of such files end.
pub(super) const ENDINGS: [&str; 4] = [".sqlite", ".sqlite3", ".db", ".db3"];

const MAGIC: &[u8; 16] = b"SQLite format 3\0";

#[derive(Debug)]
struct SqliteFile {
    path: String,
    /// In a transaction from when it was looked at.
    connection: Mutex<Connection>,
    tables: Vec<Table>,
    /// Of an archive's member, for as long as it is read.
    _file: LocalFile,
}

#[derive(Debug)]
struct Table {
    name: String,
    columns: Vec<String>,
    /// Columns by which its rows have one order.
    order: Vec<String>,
}

/// None where the file is another program's.
pub(super) fn open(path: &str, file: LocalFile) -> Result<Option<Arc<dyn Tables>>, ExtractError> {
    let unreadable = |source| ExtractError::Unreadable { path: path.to_owned(), source };
    let mut start = Vec::new();
    let opened = std::fs::File::open(file.path()).map_err(unreadable)?;
    opened.take(MAGIC.len() as u64).read_to_end(&mut start).map_err(unreadable)?;
    if start != MAGIC {
        return Ok(None);
    }
    let fault = |source| refused(path, source);
    let connection = connect(&file).map_err(fault)?;
    let tables = tables_of(&connection).map_err(fault)?;
    Ok(Some(Arc::new(SqliteFile { path: path.to_owned(), connection: Mutex::new(connection), tables, _file: file })))
}

/// Opens a file to be read; one whose folder may not be written is taken for one that nobody changes.
fn connect(file: &LocalFile) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let begin = |connection: Connection| -> rusqlite::Result<Connection> {
        // What it says of itself is not trusted: functions in views and triggers do nothing beyond it.
        connection.execute_batch("PRAGMA trusted_schema = OFF; BEGIN")?;
        connection.query_row("SELECT count(*) FROM sqlite_master", [], |row| row.get::<_, i64>(0))?;
        Ok(connection)
    };
    Connection::open_with_flags(file.path(), flags).and_then(begin).or_else(|error| {
        if !matches!(error.sqlite_error_code(), Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly)) {
            return Err(error);
        }
        let bytes = file.path().as_os_str().as_encoded_bytes();
        let escaped: String = bytes.iter().map(|byte| format!("%{byte:02x}")).collect();
        let name = format!("file:{escaped}?immutable=1");
        let unchanging = Connection::open_with_flags(name, flags | OpenFlags::SQLITE_OPEN_URI).and_then(begin);
        unchanging.map_err(|_| error)
    })
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
        let mut found =
            connection.prepare("SELECT name, pk FROM pragma_table_xinfo(?) WHERE hidden <> 1 ORDER BY cid")?;
        let found: Vec<(String, u32)> =
            found.query_map([&name], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
        let mut keys: Vec<(u32, String)> =
            found.iter().filter(|(_, pk)| *pk > 0).map(|(n, pk)| (*pk, n.clone())).collect();
        keys.sort_unstable();
        let columns: Vec<String> = found.into_iter().map(|(name, _)| name).collect();
        let order = match (kind.as_str(), is_without_rowid) {
            ("table", true) => keys.into_iter().map(|(_, name)| name).collect(),
            ("table", false) => Vec::new(),
            _ => columns.clone(),
        };
        tables.push(Table { name, columns, order });
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

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

impl Tables for SqliteFile {
    fn names(&self) -> Vec<&str> {
        self.tables.iter().map(|table| table.name.as_str()).collect()
    }

    fn notes(&self, _table: usize) -> Vec<String> {
        Vec::new()
    }

    fn write(&self, table: usize, rows: &mut RowWriter) -> Result<(), ExtractError> {
        let table = &self.tables[table];
        rows.header(table.columns.iter().map(String::as_str));
        // A poisoned lock is another thread's panic, which ends the run.
        let connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let mut write = || -> rusqlite::Result<()> {
            let mut select = connection.prepare(&table.select())?;
            let mut found = select.query([])?;
            let mut cells: Vec<Option<Vec<u8>>> = vec![None; table.columns.len()];
            while let Some(row) = found.next()? {
                for (at, cell) in cells.iter_mut().enumerate() {
                    *cell = match row.get_ref(at)? {
                        ValueRef::Null => None,
                        ValueRef::Integer(value) => Some(value.to_string().into_bytes()),
                        ValueRef::Real(value) => Some(value.to_string().into_bytes()),
                        ValueRef::Text(text) => Some(text.to_vec()),
                        ValueRef::Blob(bytes) => Some(in_hexadecimal(bytes)),
                    };
                }
                if !rows.row(cells.iter().map(Option::as_deref)) {
                    break;
                }
            }
            Ok(())
        };
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
