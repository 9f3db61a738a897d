//! Tables whose rows are no text: each access method reads its kind of file and gives rows, which go on as delimited text in one form
//! (RFC 4180 in UTF-8, a header first), so that whatever reads tables reads them.

use std::cell::Cell;
use std::error::Error;
use std::fmt::Debug;
use std::io::{Cursor, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crossbeam_channel::Sender;
use tempfile::NamedTempFile;

use super::chunks::ChunkReader;
use super::{ExtractError, access, ccda, dbase, hl7v2, json, sqlite, workbook};

/// Text that is given out at once.
const CHUNK_BYTES: usize = 256 << 10;

/// What takes no more than this is read at once.
pub(super) const SMALL_BYTES: u64 = 256 << 10;

/// A kind of file that holds tables.
pub(super) struct AccessMethod {
    /// How names of such files end, lower case.
    endings: &'static [&'static str],
    /// None where a file is called like one and is another program's.
    open: Open,
}

type Open = fn(&str, LocalFile, &Companion<'_>) -> Result<Option<Arc<dyn Tables>>, ExtractError>;

/// Finds another file of the source by its path.
pub(super) type Companion<'a> = dyn Fn(&str) -> Result<Option<LocalFile>, ExtractError> + 'a;

/// All of them.
const METHODS: &[AccessMethod] = &[
    AccessMethod { endings: &workbook::ENDINGS, open: |path, file, _| workbook::open(path, file) },
    AccessMethod { endings: &sqlite::ENDINGS, open: sqlite::open },
    AccessMethod { endings: &dbase::ENDINGS, open: dbase::open },
    AccessMethod { endings: &access::ENDINGS, open: |path, file, _| access::open(path, file) },
    AccessMethod { endings: &ccda::ENDINGS, open: |path, file, _| ccda::open(path, file) },
    AccessMethod { endings: &hl7v2::ENDINGS, open: |path, file, _| hl7v2::open(path, file) },
    AccessMethod { endings: &json::ENDINGS, open: |path, file, _| json::open(path, file) },
];

/// The method for a file of this name.
pub(super) fn method_for(path: &str) -> Option<&'static AccessMethod> {
    let path = path.to_lowercase();
    // Beside a workbook that is open its program keeps a note of who has it, under nearly the same name.
    if path.rsplit('/').next().is_some_and(|name| name.starts_with("~$")) {
        return None;
    }
    METHODS.iter().find(|method| method.endings.iter().any(|ending| path.ends_with(ending)))
}

/// The method for databases of SQLite, whatever they are called.
pub(super) fn sqlite_method() -> &'static AccessMethod {
    &METHODS[SQLITE]
}

const SQLITE: usize = 1;

thread_local! {
    static IS_CAUGHT: Cell<bool> = const { Cell::new(false) };
}

/// Whether a panic on this thread is a library's, which stumbled over a damaged file: it is told as such.
pub fn panic_is_caught() -> bool {
    IS_CAUGHT.get()
}

fn caught<T>(work: impl FnOnce() -> T) -> Result<T, ()> {
    // Whoever waits for others on this thread may be given such work within his own.
    let before = IS_CAUGHT.replace(true);
    let done = catch_unwind(AssertUnwindSafe(work));
    IS_CAUGHT.set(before);
    done.map_err(drop)
}

/// Whether a file of this name holds tables of rows.
pub fn holds_tables(path: &str) -> bool {
    method_for(path).is_some()
}

impl AccessMethod {
    pub fn open(
        &self,
        path: &str,
        file: LocalFile,
        companion: &Companion<'_>,
    ) -> Result<Option<Arc<dyn Tables>>, ExtractError> {
        // A library that stumbles over a damaged file says so by a panic.
        let opened = caught(|| (self.open)(path, file, companion));
        opened.unwrap_or_else(|_| Err(ExtractError::WorkbookDamaged { path: path.to_owned() }))
    }
}

/// A file that was looked at, and the tables in it, numbered from 0.
pub trait Tables: Debug + Send + Sync {
    fn names(&self) -> Vec<&str>;

    /// Whether such a file is always one table, so that its own name names the table, too.
    fn is_one(&self) -> bool {
        false
    }

    /// The table of the file whose rows these are, too, under the same columns in another place.
    fn goes_on(&self, _table: usize) -> Option<&str> {
        None
    }

    /// Whether its records are trees, one on each line, behind a line that names the paths within them.
    fn is_tree(&self) -> bool {
        false
    }

    /// Whether all that the file holds is in its records, so that it need not be kept beside them.
    fn hold_all(&self) -> bool {
        false
    }

    fn state(&self, _table: usize) -> TableState {
        TableState::Own
    }

    /// The columns of a table, where they are known without reading it.
    fn columns(&self, _table: usize) -> Option<Vec<String>> {
        None
    }

    /// The same with the header of a table in a row that somebody names, from 0; none where tables are no sheets.
    fn with_header(&self, _table: usize, _row: u32) -> Result<Option<Arc<dyn Tables>>, ExtractError> {
        Ok(None)
    }

    /// The columns that identify a row, as the source says.
    fn key(&self, _table: usize) -> &[String] {
        &[]
    }

    /// Whether the table has a column of this name only where one of its rows has a value there.
    fn has_column_as_met(&self, _table: usize, _column: &str) -> bool {
        false
    }

    /// When all of it was written, and in which version: what is younger outdoes what is older.
    fn age(&self) -> Option<(String, u64)> {
        None
    }

    /// What whoever relies on a table should know; no value is in it.
    fn notes(&self, table: usize) -> Vec<String>;

    /// Counts a table where it lies, and gives some of its rows instead of all; nothing where that is no less work.
    fn sample(self: Arc<Self>, _table: usize, _wanted: u64) -> Result<Option<Sample>, ExtractError> {
        Ok(None)
    }

    /// Whether a table is so small that it is read at once, and not by a thread of its own: a folder may hold thousands.
    fn is_small(&self, _table: usize) -> bool {
        false
    }

    /// Gives the header of a table and then its rows.
    fn write(&self, table: usize, rows: &mut RowWriter) -> Result<(), ExtractError>;
}

/// A table counted as a whole, with some of its rows.
#[derive(Clone, Debug)]
pub struct Sample {
    pub rows: u64,
    /// Of each column how many values are not blank, and how many different ones there are.
    pub columns: Vec<(u64, u64)>,
    /// The only table of these; none where all rows are few enough.
    pub(super) some: Option<Arc<dyn Tables>>,
}

/// What a table is to those who did not ask for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableState {
    Own,
    /// Its rows are made of other tables': whoever does not ask for it has them there.
    Derived,
    /// It cannot be read.
    Broken,
}

/// A file in which a reader may go back and forth.
#[derive(Debug)]
pub enum LocalFile {
    Disk(PathBuf),
    /// Of a member of an archive, unpacked.
    Unpacked(NamedTempFile),
}

impl LocalFile {
    pub fn path(&self) -> &Path {
        match self {
            Self::Disk(path) => path,
            Self::Unpacked(file) => file.path(),
        }
    }

    /// Whether what stands in it is read at once.
    pub fn is_small(&self) -> bool {
        std::fs::metadata(self.path()).is_ok_and(|metadata| metadata.len() <= SMALL_BYTES)
    }
}

/// Takes rows, and hands them on as text.
#[derive(Default)]
pub struct RowWriter {
    text: Vec<u8>,
    /// None where the text stays together.
    chunks: Option<Sender<std::io::Result<Vec<u8>>>>,
}

impl RowWriter {
    /// Takes the names of the columns.
    pub fn header<'a>(&mut self, names: impl IntoIterator<Item = &'a str>) {
        self.row(names.into_iter().map(|name| Some(name.as_bytes())));
    }

    /// Takes a row, a value or nothing for each column; false where nobody wants more.
    pub fn row<'a>(&mut self, cells: impl IntoIterator<Item = Option<&'a [u8]>>) -> bool {
        let start = self.text.len();
        for (at, cell) in cells.into_iter().enumerate() {
            if at > 0 {
                self.text.push(b',');
            }
            let Some(cell) = cell else { continue };
            if !cell.is_empty() && !cell.iter().any(|byte| matches!(byte, b',' | b'"' | b'\r' | b'\n')) {
                self.text.extend(cell);
                continue;
            }
            // An empty value is written, and so told from none.
            self.text.push(b'"');
            for byte in cell {
                self.text.extend(std::iter::repeat_n(*byte, if *byte == b'"' { 2 } else { 1 }));
            }
            self.text.push(b'"');
        }
        if self.text.len() == start {
            // A line without a character would be no row.
            self.text.extend(b"\"\"");
        }
        self.text.extend(b"\r\n");
        self.hand_on()
    }

    /// Takes text of this form as a server writes it, header and all.
    pub fn text(&mut self, text: &[u8]) -> bool {
        self.text.extend(text);
        self.hand_on()
    }

    fn hand_on(&mut self) -> bool {
        let Some(chunks) = self.chunks.as_ref().filter(|_| self.text.len() >= CHUNK_BYTES) else { return true };
        let chunk = std::mem::replace(&mut self.text, Vec::with_capacity(CHUNK_BYTES * 2));
        chunks.send(Ok(chunk)).is_ok()
    }
}

/// Bytes that are no text.
pub(super) fn in_hexadecimal(bytes: &[u8]) -> Vec<u8> {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = |byte: &u8| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]];
    b"\\x".iter().copied().chain(bytes.iter().flat_map(digits)).collect()
}

/// The header of a table as text, where that is known without reading the table.
pub fn header_text(tables: &dyn Tables, table: usize) -> Option<Vec<u8>> {
    let columns = tables.columns(table)?;
    let mut rows = RowWriter::default();
    rows.header(columns.iter().map(String::as_str));
    Some(rows.text)
}

/// A table as text; where it is not at hand, a thread of its own reads the file.
pub fn read_rows(tables: Arc<dyn Tables>, table: usize) -> Box<dyn Read + Send> {
    if tables.is_small(table) {
        return match write_all(&*tables, table, &mut RowWriter::default()) {
            Ok(text) => Box::new(Cursor::new(text)),
            Err(error) => Box::new(Unread(Some(error))),
        };
    }
    let (sender, reader) = ChunkReader::new();
    std::thread::spawn(move || {
        let mut rows = RowWriter { text: Vec::new(), chunks: Some(sender.clone()) };
        // Whoever wants no more may not listen any more.
        let _ = sender.send(write_all(&*tables, table, &mut rows));
    });
    Box::new(reader)
}

/// Gives what was not handed on yet when all is written.
fn write_all(tables: &dyn Tables, table: usize, rows: &mut RowWriter) -> std::io::Result<Vec<u8>> {
    let failed = |why: Box<dyn Error + Send + Sync>| std::io::Error::new(std::io::ErrorKind::InvalidData, why);
    // A library that stumbles over a damaged file must not look like the end of a table.
    match caught(|| tables.write(table, rows)) {
        Ok(Ok(())) => Ok(std::mem::take(&mut rows.text)),
        Ok(Err(error)) => Err(failed(error.into())),
        Err(()) => Err(failed("it cannot be read to its end".into())),
    }
}

/// Says why a table cannot be read.
struct Unread(Option<std::io::Error>);

impl Read for Unread {
    fn read(&mut self, _out: &mut [u8]) -> std::io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connector::TABLE_FILES;

    /// A table of so many rows, or of none that can be read.
    #[derive(Debug)]
    struct Numbers {
        rows: Option<usize>,
        is_small: bool,
    }

    impl Tables for Numbers {
        fn names(&self) -> Vec<&str> {
            vec!["numbers"]
        }

        fn notes(&self, _table: usize) -> Vec<String> {
            Vec::new()
        }

        fn is_small(&self, _table: usize) -> bool {
            self.is_small
        }

        fn write(&self, _table: usize, rows: &mut RowWriter) -> Result<(), ExtractError> {
            rows.header(["number"]);
            let damaged = || ExtractError::WorkbookDamaged { path: "numbers".into() };
            for number in 0..self.rows.ok_or_else(damaged)? {
                rows.row([Some(number.to_string().as_bytes())]);
            }
            Ok(())
        }
    }

    #[test]
    fn a_table_is_the_same_text_read_at_once_or_by_a_thread() {
        let read = |rows, is_small| {
            let mut text = String::new();
            let read = read_rows(Arc::new(Numbers { rows, is_small }), 0).read_to_string(&mut text);
            read.map(|_| text).map_err(|error| error.to_string())
        };
        assert_eq!(read(Some(2), true).expect("text"), "number\r\n0\r\n1\r\n");
        for rows in [Some(0), Some(2), Some(100_000), None] {
            assert_eq!(read(rows, true), read(rows, false), "{rows:?}");
        }
        assert!(read(None, true).is_err());
    }

    #[test]
    fn packs_may_name_tables_of_every_kind_of_file() {
        let mut known: Vec<&str> = METHODS.iter().flat_map(|method| method.endings.iter().copied()).collect();
        let mut named: Vec<String> = TABLE_FILES.iter().map(|ending| format!(".{ending}")).collect();
        known.sort_unstable();
        named.sort_unstable();
        assert_eq!(named, known);
    }
}
