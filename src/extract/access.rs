//! Microsoft Access databases (Access 97 to 2019): each table is one, in the order in which its rows lie in the file.
//!
//! | value | text |
//! |---|---|
//! | NULL | nothing; an empty text is `""` in the kept row |
//! | yes or no | `1` or `0` |
//! | numbers, currency, decimal | decimal form, exact |
//! | date and time | ISO 8601; without a time where it is midnight |
//! | text, long text | itself |
//! | binary, OLE object | `\x` and two hexadecimal digits for each byte |

use std::collections::HashMap;
use std::fmt;
use std::fs::File;
use std::io::Read;
use std::sync::{Arc, Mutex, PoisonError};

use jetdb::{ColumnType, FileError, ObjectType, PageReader, TableDef, TableRows, Value};
use jiff::{ToSpan, civil};

use super::ExtractError;
use super::rows::{LocalFile, RowWriter, TableState, Tables, in_hexadecimal};

/// How names of such files end.
pub(super) const ENDINGS: [&str; 2] = [".mdb", ".accdb"];

struct AccessFile {
    path: String,
    reader: Mutex<PageReader>,
    tables: Vec<AccessTable>,
    /// Unpacked from an archive, it must outlive the reader.
    _file: LocalFile,
}

struct AccessTable {
    definition: TableDef,
    calculated: HashMap<String, ColumnType>,
    notes: Vec<String>,
    is_broken: bool,
}

impl fmt::Debug for AccessFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessFile").field("path", &self.path).finish_non_exhaustive()
    }
}

/// None where it is none.
pub(super) fn open(path: &str, file: LocalFile) -> Result<Option<Arc<dyn Tables>>, ExtractError> {
    let unreadable = |source| ExtractError::Unreadable { path: path.to_owned(), source };
    let mut start = [0u8; 20];
    let read = File::open(file.path()).and_then(|mut file| file.read(&mut start)).map_err(unreadable)?;
    // `Standard Jet DB` and `Standard ACE DB` stand behind four bytes; a file that is encrypted as a whole is an OLE container.
    let is_container = start.starts_with(b"\xd0\xcf\x11\xe0");
    if read < 20
        || !(start[4..].starts_with(b"Standard Jet DB") || start[4..].starts_with(b"Standard ACE DB") || is_container)
    {
        return Ok(None);
    }
    let failed = |error| refused(path, error);
    let mut reader = PageReader::open(file.path()).map_err(failed)?;
    let mut tables = Vec::new();
    for entry in jetdb::read_catalog(&mut reader).map_err(failed)? {
        match entry.object_type {
            ObjectType::Table if !entry.is_system() => {}
            _ => continue,
        }
        let definition = jetdb::read_table_def(&mut reader, &entry.name, entry.table_page).map_err(failed)?;
        let calculated = jetdb::calculated_column_types(&mut reader, &definition);
        let mut table = AccessTable { definition, calculated, notes: Vec::new(), is_broken: false };
        match count(&mut reader, &table) {
            // A row that cannot be read would be lost without a word.
            Ok((_, skipped)) if skipped > 0 => table.is_broken = true,
            Ok((rows, _)) if rows < u64::from(table.definition.num_rows) => table.is_broken = true,
            Ok(_) => {}
            Err(FileError::Io(source)) => return Err(unreadable(source)),
            Err(_) => table.is_broken = true,
        }
        if table.definition.columns.iter().any(|column| column.complex_id.is_some()) {
            table.notes.push(
                "attachments and fields of several values are not read; they are in the file, which is kept".into(),
            );
        }
        tables.push(table);
    }
    tables.sort_by(|a, b| a.definition.name.cmp(&b.definition.name));
    Ok(Some(Arc::new(AccessFile { path: path.to_owned(), reader: Mutex::new(reader), tables, _file: file })))
}

/// Rows that can be read, and those that cannot.
fn count(reader: &mut PageReader, table: &AccessTable) -> Result<(u64, usize), FileError> {
    let (mut rows, mut lost) = (0, 0);
    let skipped = each_row(reader, table, |row| {
        match row {
            Some(_) => rows += 1,
            None => lost += 1,
        }
        true
    })?;
    Ok((rows, skipped + lost))
}

/// Gives every row; nothing for one that is there and cannot be read. Says how many were passed over.
fn each_row(
    reader: &mut PageReader,
    table: &AccessTable,
    mut take: impl FnMut(Option<&[Value]>) -> bool,
) -> Result<usize, FileError> {
    let mut rows = TableRows::new(&table.definition, &table.calculated);
    // The end and a row whose values cannot be read look the same, but for what is to come.
    while rows.peek(reader)?.is_some() {
        let row = rows.next_row(reader)?;
        if !take(row.as_ref().map(|row| row.values.as_slice())) {
            break;
        }
    }
    Ok(rows.skipped_rows())
}

fn refused(path: &str, error: FileError) -> ExtractError {
    let path = path.to_owned();
    match error {
        FileError::Io(source) => ExtractError::Unreadable { path, source },
        FileError::PasswordRequired | FileError::InvalidPassword => ExtractError::DatabaseLocked { path },
        FileError::UnsupportedEncryption { .. } => ExtractError::DatabaseLocked { path },
        _ => ExtractError::DatabaseDamaged { path },
    }
}

impl Tables for AccessFile {
    fn names(&self) -> Vec<&str> {
        self.tables.iter().map(|table| table.definition.name.as_str()).collect()
    }

    fn columns(&self, table: usize) -> Option<Vec<String>> {
        Some(self.tables[table].definition.columns.iter().map(|column| column.name.clone()).collect())
    }

    fn state(&self, table: usize) -> TableState {
        if self.tables[table].is_broken { TableState::Broken } else { TableState::Own }
    }

    fn notes(&self, table: usize) -> Vec<String> {
        self.tables[table].notes.clone()
    }

    fn write(&self, table: usize, rows: &mut RowWriter) -> Result<(), ExtractError> {
        let table = &self.tables[table];
        rows.header(table.definition.columns.iter().map(|column| column.name.as_str()));
        // A poisoned lock is another thread's panic, which ends the run.
        let mut reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        let mut is_lost = false;
        let skipped = each_row(&mut reader, table, |row| match row {
            Some(values) => {
                let cells: Vec<Option<Vec<u8>>> = values.iter().map(text).collect();
                rows.row(cells.iter().map(Option::as_deref))
            }
            None => {
                is_lost = true;
                false
            }
        })
        .map_err(|error| refused(&self.path, error))?;
        if is_lost || skipped > 0 {
            return Err(ExtractError::DatabaseDamaged { path: self.path.clone() });
        }
        Ok(())
    }
}

fn text(value: &Value) -> Option<Vec<u8>> {
    let text = match value {
        Value::Null => return None,
        Value::Bool(value) => u8::from(*value).to_string(),
        Value::Byte(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::Long(value) => value.to_string(),
        Value::BigInt(value) => value.to_string(),
        Value::Float(value) => value.to_string(),
        Value::Double(value) => value.to_string(),
        Value::Text(text) | Value::Money(text) | Value::Numeric(text) | Value::DateTimeExtended(text) => text.clone(),
        Value::Guid(text) => text.trim_matches(['{', '}']).to_owned(),
        Value::Timestamp(days) => moment(*days).unwrap_or_else(|| days.to_string()),
        Value::Binary(bytes) => return Some(in_hexadecimal(bytes)),
        // A kind of value that a later reader may know.
        other => format!("{other:?}"),
    };
    Some(text.into_bytes())
}

/// A day by its number from 30 December 1899; the fraction is the time of day, also of days before.
fn moment(days: f64) -> Option<String> {
    if !days.is_finite() || days.abs() > 4_000_000.0 {
        return None;
    }
    let day = civil::date(1899, 12, 30).checked_add((days.trunc() as i64).days()).ok()?;
    let milliseconds = (days.fract().abs() * 86_400_000.0).round() as i64;
    let moment = day.to_datetime(civil::Time::midnight()).checked_add(milliseconds.milliseconds()).ok()?;
    Some(if milliseconds == 0 { moment.date().to_string() } else { moment.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_from_1899() {
        for (days, expected) in [
            (0.0, "1899-12-30"),
            (22380.0, "1961-04-09"),
            (-36522.0, "1800-01-01"),
            (-1.25, "1899-12-29T06:00:00"),
            (45_351.999_988_425_92, "2024-02-29T23:59:59"),
            (0.4375, "1899-12-30T10:30:00"),
        ] {
            assert_eq!(moment(days).as_deref(), Some(expected), "{days}");
        }
        assert_eq!(moment(f64::NAN), None);
    }
}
