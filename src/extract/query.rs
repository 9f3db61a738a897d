//! A pack's queries: what needs a join is a SELECT, run by the server that is read, or over a copy of the source's tables in SQLite.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Statement};
use tempfile::NamedTempFile;

use super::delimited::RecordReader;
use super::rows::{RowWriter, TableState, Tables, in_hexadecimal};
use super::{ExtractError, Header, cell_text};
use crate::model::text::trimmed;

/// One of a pack's queries.
#[derive(Clone, Debug)]
pub struct Query<'a> {
    /// `queries/NAME.sql`.
    pub file: String,
    pub sql: &'a str,
    /// Columns that identify a row, where the pack says so.
    pub key: &'a [String],
}

/// What a query gives.
pub enum Asked {
    Table(Arc<dyn Tables>),
    /// A table that it reads is not there: what is said of it.
    NoTable(String),
}

/// The columns by which rows are sorted, so that they always come in one order: the key's, or none, which means all.
pub(super) fn order(query: &Query<'_>, columns: &[String]) -> Vec<String> {
    let find = |name: &String| columns.iter().find(|column| column.trim().eq_ignore_ascii_case(name.trim())).cloned();
    let found: Option<Vec<String>> = query.key.iter().map(find).collect();
    found.unwrap_or_default()
}

/// A query without what ends it: a semicolon, and blanks and comments behind.
pub(super) fn body(sql: &str) -> &str {
    let is_nothing = |line: &str| line.trim().is_empty() || line.trim_start().starts_with("--");
    match sql.rsplit_once(';') {
        Some((before, after)) if after.lines().all(is_nothing) => before,
        _ => sql,
    }
}

/// Two columns of one name could be told apart by nobody.
pub(super) fn check_columns(query: &Query<'_>, columns: &[String]) -> Result<(), ExtractError> {
    let twice = columns
        .iter()
        .enumerate()
        .find(|(at, name)| columns[..*at].iter().any(|other| other.eq_ignore_ascii_case(name)));
    match twice {
        Some((_, name)) => {
            let why = format!("two of its columns are called `{name}`");
            Err(ExtractError::QueryRefused { at: query.file.clone(), why })
        }
        None => Ok(()),
    }
}

/// `queries/NAME.sql:LINE:COLUMN`, as far as that is known.
pub(super) fn position(file: &str, line: usize, column: usize) -> String {
    match (line, column) {
        (0, _) => file.to_owned(),
        (line, 0) => format!("{file}:{line}"),
        (line, column) => format!("{file}:{line}:{column}"),
    }
}

/// Line and column, from 1, of a byte of a text.
pub(super) fn line_and_column(text: &str, byte: usize) -> (usize, usize) {
    let before = &text.as_bytes()[..byte.min(text.len())];
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    (line, String::from_utf8_lossy(&before[start..]).chars().count() + 1)
}

/// Whether a query may read a table of this name: the name stands in it as a word.
pub fn may_read(sql: &str, table: &str) -> bool {
    let (sql, table) = (sql.to_lowercase(), table.to_lowercase());
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    !table.is_empty()
        && sql
            .match_indices(&table)
            .any(|(at, _)| !sql[..at].ends_with(is_word) && !sql[at + table.len()..].starts_with(is_word))
}

/// Tables of a source that is no database, in a SQLite file of our own that queries can be put to. Every value is text; an empty one is
/// NULL.
pub struct Staged {
    connection: Mutex<Connection>,
    columns: BTreeMap<String, Vec<String>>,
    _file: NamedTempFile,
}

/// Where a staged table has more columns, the others are left out: no query can name them.
const MAX_COLUMNS: usize = 1990;
const BATCH_RECORDS: usize = 4096;
const BATCH_BYTES: usize = 8 << 20;

impl Staged {
    pub fn new() -> Result<Self, ExtractError> {
        let failed = |source| ExtractError::Staging { source };
        let file = NamedTempFile::new().map_err(|error| ExtractError::Unreadable {
            path: std::env::temp_dir().display().to_string(),
            source: error,
        })?;
        let connection = Connection::open(file.path()).map_err(failed)?;
        // It is thrown away: nothing of it has to outlive a crash.
        let settings = "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA trusted_schema = OFF; BEGIN";
        connection.execute_batch(settings).map_err(failed)?;
        Ok(Self { connection: Mutex::new(connection), columns: BTreeMap::new(), _file: file })
    }

    /// Takes a table in. A second one of a name is more rows of the first.
    pub fn add(&mut self, table: &str, reader: &mut RecordReader, header: &Header) -> Result<(), ExtractError> {
        let failed = |source| ExtractError::Staging { source };
        let connection = self.connection.get_mut().unwrap_or_else(PoisonError::into_inner);
        // Names are alike to SQLite where they differ in the case of ASCII letters only.
        let table = table.to_ascii_lowercase();
        let known = self.columns.entry(table.clone()).or_default();
        let mut wanted: Vec<(usize, String)> = Vec::new();
        for (at, name) in header.columns.iter().enumerate().take(MAX_COLUMNS) {
            let name = name.to_ascii_lowercase();
            if !name.is_empty() && !wanted.iter().any(|(_, other)| *other == name) {
                wanted.push((at, name));
            }
        }
        if wanted.is_empty() {
            return Ok(());
        }
        if known.is_empty() {
            let columns: Vec<String> = wanted.iter().map(|(_, name)| format!("{} TEXT", quoted(name))).collect();
            let sql = format!("CREATE TABLE {} ({})", quoted(&table), columns.join(", "));
            connection.execute_batch(&sql).map_err(failed)?;
        } else {
            for (_, name) in wanted.iter().filter(|(_, name)| !known.contains(name)) {
                let sql = format!("ALTER TABLE {} ADD COLUMN {} TEXT", quoted(&table), quoted(name));
                connection.execute_batch(&sql).map_err(failed)?;
            }
        }
        known.extend(wanted.iter().map(|(_, name)| name.clone()));
        known.sort();
        known.dedup();
        let names: Vec<String> = wanted.iter().map(|(_, name)| quoted(name)).collect();
        let places = vec!["?"; names.len()].join(", ");
        let sql = format!("INSERT INTO {} ({}) VALUES ({places})", quoted(&table), names.join(", "));
        let mut insert = connection.prepare(&sql).map_err(failed)?;
        while let Some(batch) = reader.next_batch(BATCH_RECORDS, BATCH_BYTES)? {
            for record in batch.records() {
                for (place, (at, _)) in wanted.iter().enumerate() {
                    let cell = cell_text(record.cell(*at), header.fallback);
                    let text = Some(trimmed(&cell.text)).filter(|text| !text.is_empty());
                    insert.raw_bind_parameter(place + 1, text).map_err(failed)?;
                }
                insert.raw_execute().map_err(failed)?;
            }
        }
        Ok(())
    }

    /// No more tables are to come.
    pub fn close(self) -> Result<Arc<Self>, ExtractError> {
        let done = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        // Joins of tables without an index would compare every row with every row.
        let settled = done.execute_batch("COMMIT; PRAGMA query_only = ON; PRAGMA automatic_index = ON");
        settled.map_err(|source| ExtractError::Staging { source })?;
        drop(done);
        Ok(Arc::new(self))
    }

    pub fn ask(self: &Arc<Self>, query: &Query<'_>) -> Result<Asked, ExtractError> {
        let sql = body(query.sql);
        let connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let columns = {
            let prepared = connection.prepare(sql);
            match prepared {
                Ok(statement) if statement.readonly() => {
                    statement.column_names().into_iter().map(str::to_owned).collect::<Vec<_>>()
                }
                Ok(_) => {
                    let at = query.file.clone();
                    return Err(ExtractError::QueryRefused { at, why: "it is no SELECT".into() });
                }
                Err(error) => {
                    let (why, at) = complaint(&error, sql);
                    if why.starts_with("no such table") {
                        return Ok(Asked::NoTable(why));
                    }
                    let at = at.map_or(query.file.clone(), |(line, column)| position(&query.file, line, column));
                    return Err(ExtractError::QueryRefused { at, why });
                }
            }
        };
        check_columns(query, &columns)?;
        let mut by = order(query, &columns);
        by.extend(columns.iter().filter(|column| !by.contains(column)).cloned().collect::<Vec<_>>());
        let by: Vec<String> = by.iter().map(|column| quoted(column)).collect();
        let select = format!("SELECT * FROM (\n{sql}\n) AS q ORDER BY {}", by.join(", "));
        Ok(Asked::Table(Arc::new(StagedQuery { staged: self.clone(), file: query.file.clone(), select, columns })))
    }
}

impl std::fmt::Debug for Staged {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Staged").finish_non_exhaustive()
    }
}

/// What SQLite says of a statement, which speaks of SQL alone, and where.
fn complaint(error: &rusqlite::Error, sql: &str) -> (String, Option<(usize, usize)>) {
    match error {
        rusqlite::Error::SqlInputError { msg, offset, .. } => {
            let at = usize::try_from(*offset).ok().map(|byte| line_and_column(sql, byte));
            (msg.clone(), at)
        }
        rusqlite::Error::SqliteFailure(_, Some(message)) if message.starts_with("no such") => (message.clone(), None),
        rusqlite::Error::SqliteFailure(code, _) => (format!("SQLite error {}", code.extended_code), None),
        rusqlite::Error::MultipleStatement => ("it is more than one statement".into(), None),
        _ => ("it is no SELECT that SQLite can run".into(), None),
    }
}

/// An identifier of SQL, as SQLite and PostgreSQL read it.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[derive(Debug)]
struct StagedQuery {
    staged: Arc<Staged>,
    file: String,
    select: String,
    columns: Vec<String>,
}

impl Tables for StagedQuery {
    fn names(&self) -> Vec<&str> {
        vec![&self.file]
    }

    fn columns(&self, _table: usize) -> Option<Vec<String>> {
        Some(self.columns.clone())
    }

    fn state(&self, _table: usize) -> TableState {
        TableState::Derived
    }

    fn notes(&self, _table: usize) -> Vec<String> {
        Vec::new()
    }

    fn write(&self, _table: usize, rows: &mut RowWriter) -> Result<(), ExtractError> {
        rows.header(self.columns.iter().map(String::as_str));
        let connection = self.staged.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let refused = |error: rusqlite::Error| {
            let (why, _) = complaint(&error, &self.select);
            ExtractError::QueryRefused { at: self.file.clone(), why }
        };
        let mut select = connection.prepare(&self.select).map_err(refused)?;
        write_rows(&mut select, self.columns.len(), rows).map_err(refused)
    }
}

/// Gives what a statement of SQLite finds.
pub(super) fn write_rows(select: &mut Statement<'_>, columns: usize, rows: &mut RowWriter) -> rusqlite::Result<()> {
    let mut found = select.query([])?;
    let mut cells: Vec<Option<Vec<u8>>> = vec![None; columns];
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_read_where_its_name_is_a_word() {
        let sql = "SELECT * FROM Person p JOIN person_name n ON n.person_id = p.person_id";
        for (table, is_read) in
            [("person", true), ("PERSON_NAME", true), ("person_n", false), ("name", false), ("", false)]
        {
            assert_eq!(may_read(sql, table), is_read, "{table}");
        }
    }

    #[test]
    fn a_byte_has_a_line_and_a_column() {
        assert_eq!(line_and_column("a\nbé c", 6), (2, 4));
        assert_eq!(line_and_column("abc", 0), (1, 1));
    }
}
