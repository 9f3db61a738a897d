//! dBase III and IV, FoxPro and Visual FoxPro: a file is a table; its long texts are in a memo file of the same name.
//!
//! Written for this and not taken from a library: those there are read numbers into binary floating point, and refuse a file with one
//! type of field that they do not know. Sources of the rules: "Xbase File Format Description" (E. Bachmann), Microsoft's "Table File
//! Structure (.dbc, .dbf, .frx, .lbx, .mnx, .pjx, .scx, .vcx)" and "Memo File Structure (.FPT)".
//!
//! | field | text |
//! |---|---|
//! | C, V | without the spaces that fill it up, in the code page that the file names |
//! | N, F | as it is written |
//! | D, T | ISO 8601 |
//! | L | as it is written; nothing for `?` |
//! | I, +, Y, B, O | decimal |
//! | M | the text in the memo file |
//! | G, P, W, Q | `\x` and two hexadecimal digits for each byte |

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::sync::Arc;

use jiff::{ToSpan, civil};

use super::ExtractError;
use super::rows::{Companion, LocalFile, RowWriter, Tables, in_hexadecimal};

mod field;
mod memo;

use field::{Field, FieldKind, TextIn};
use memo::Memo;

pub(super) const ENDINGS: [&str; 1] = [".dbf"];

#[derive(Debug)]
struct Dbase {
    path: String,
    file: LocalFile,
    memo: Option<LocalFile>,
    header: Header,
    name: String,
    notes: Vec<String>,
}

/// As the file's first bytes have it.
#[derive(Clone, Debug)]
struct Header {
    version: u8,
    records: u64,
    header_bytes: u64,
    record_bytes: usize,
    text: TextIn,
    fields: Vec<Field>,
}

/// None where the file is another program's.
pub(super) fn open(
    path: &str,
    file: LocalFile,
    companion: &Companion<'_>,
) -> Result<Option<Arc<dyn Tables>>, ExtractError> {
    let unreadable = |source| ExtractError::Unreadable { path: path.to_owned(), source };
    let input = File::open(file.path()).map_err(unreadable)?;
    let size = input.metadata().map_err(unreadable)?.len();
    let mut input = BufReader::new(input);
    // Its fields are described otherwise. Version, year, month and day come first.
    if let [0x04 | 0x8c, _, 1..=12, 1..=31, ..] = input.fill_buf().map_err(unreadable)? {
        return Err(ExtractError::DbaseVersion { path: path.to_owned() });
    }
    let Some(header) = Header::read(&mut input).map_err(unreadable)? else { return Ok(None) };
    let there = size.saturating_sub(header.header_bytes) / header.record_bytes as u64;
    if there < header.records {
        return Err(ExtractError::TableCut { path: path.to_owned(), said: header.records, found: there });
    }
    let has_memo = header.fields.iter().any(|field| field.kind.is_in_memo());
    let mut memo = None;
    let stem = path.rsplit_once('.').map_or(path, |(stem, _)| stem);
    for ending in ["dbt", "fpt"].iter().filter(|_| has_memo) {
        memo = memo.or(companion(&format!("{stem}.{ending}"))?);
    }
    let name = path.rsplit('/').next().unwrap_or(path);
    let name = name.rsplit_once('.').map_or(name, |(stem, _)| stem).to_owned();
    let mut table = Dbase { path: path.to_owned(), file, memo, header, name, notes: Vec::new() };
    let found = table.read(|_| true)?;
    table.notes = found.notes(has_memo && table.memo.is_none());
    Ok(Some(Arc::new(table)))
}

impl Header {
    fn read(input: &mut impl Read) -> std::io::Result<Option<Self>> {
        let mut start = [0u8; 32];
        if !fills(input, &mut start)? || !matches!(start[0] & 7, 2..=5) && !matches!(start[0], 0x30..=0x32) {
            return Ok(None);
        }
        let two = |at: usize| u16::from_le_bytes([start[at], start[at + 1]]);
        let records = u32::from_le_bytes([start[4], start[5], start[6], start[7]]);
        let (header_bytes, record_bytes) = (two(8), two(10));
        let mut fields = Vec::new();
        let mut at = 1;
        loop {
            let mut described = [0u8; 32];
            if !fills(input, &mut described[..1])? {
                return Ok(None);
            }
            if described[0] == b'\r' {
                break;
            }
            if !fills(input, &mut described[1..])? || fields.len() > 2048 {
                return Ok(None);
            }
            let field = Field::of(&described, at, start[0]);
            at += field.bytes;
            fields.push(field);
        }
        // Whatever is called so and adds up is one.
        if fields.is_empty() || at != usize::from(record_bytes) || usize::from(header_bytes) < 33 + 32 * fields.len() {
            return Ok(None);
        }
        field::tell_names_apart(&mut fields);
        Ok(Some(Self {
            version: start[0],
            records: records.into(),
            header_bytes: header_bytes.into(),
            record_bytes: record_bytes.into(),
            text: TextIn::of_driver(start[29]),
            fields,
        }))
    }
}

/// Whether the buffer could be filled.
fn fills(input: &mut impl Read, buffer: &mut [u8]) -> std::io::Result<bool> {
    match input.read_exact(buffer) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

/// What was met in a reading.
#[derive(Default)]
struct Met {
    deleted: u64,
    /// Values that refer to a text which is not there.
    without_memo: u64,
}

impl Met {
    fn notes(&self, memo_is_missing: bool) -> Vec<String> {
        let mut notes = Vec::new();
        if self.deleted > 0 {
            let records = if self.deleted == 1 { "record is" } else { "records are" };
            notes.push(format!("{} {records} marked as deleted and left out", self.deleted));
        }
        if self.without_memo > 0 {
            let why = if memo_is_missing { "its memo file is missing" } else { "its memo file is damaged" };
            let values = if self.without_memo == 1 { "value has" } else { "values have" };
            notes.push(format!("{why}: {} {values} no text", self.without_memo));
        }
        notes
    }
}

impl Dbase {
    /// Gives each record that is not deleted, a value or nothing for each field, until nobody wants more.
    fn read(&self, mut each: impl FnMut(&[Option<Vec<u8>>]) -> bool) -> Result<Met, ExtractError> {
        let unreadable = |source| ExtractError::Unreadable { path: self.path.clone(), source };
        let mut input = BufReader::new(File::open(self.file.path()).map_err(unreadable)?);
        input.seek(SeekFrom::Start(self.header.header_bytes)).map_err(unreadable)?;
        let memo = self.memo.as_ref().map(|file| Memo::open(file.path(), self.header.version)).transpose();
        let mut memo = memo.map_err(unreadable)?;
        let mut met = Met::default();
        let mut record = vec![0; self.header.record_bytes];
        for _ in 0..self.header.records {
            input.read_exact(&mut record).map_err(unreadable)?;
            if record[0] == b'*' {
                met.deleted += 1;
                continue;
            }
            let flags = self.header.fields.iter().find(|field| field.kind == FieldKind::NullFlags);
            let flags = flags.map_or(&[][..], |field| &record[field.at..field.at + field.bytes]);
            let mut values = Vec::with_capacity(self.header.fields.len());
            for field in self.header.fields.iter().filter(|field| field.kind != FieldKind::NullFlags) {
                let bytes = &record[field.at..field.at + field.bytes];
                values.push(match field.value(bytes, flags) {
                    field::Value::Nothing => None,
                    field::Value::Text(text) => Some(self.header.text.decode(text)),
                    field::Value::Plain(text) => Some(text.into_bytes()),
                    field::Value::Bytes(bytes) => Some(in_hexadecimal(bytes)),
                    field::Value::InMemo(block) => {
                        let found = match &mut memo {
                            Some(memo) => memo.read(block).map_err(unreadable)?,
                            None => None,
                        };
                        met.without_memo += u64::from(found.is_none());
                        found.filter(|bytes| !bytes.is_empty()).map(|bytes| match field.kind {
                            FieldKind::Memo => self.header.text.decode(&bytes),
                            _ => in_hexadecimal(&bytes),
                        })
                    }
                });
            }
            if !each(&values) {
                break;
            }
        }
        Ok(met)
    }
}

impl Tables for Dbase {
    fn names(&self) -> Vec<&str> {
        vec![&self.name]
    }

    fn is_one(&self) -> bool {
        true
    }

    fn notes(&self, _table: usize) -> Vec<String> {
        self.notes.clone()
    }

    fn write(&self, _table: usize, rows: &mut RowWriter) -> Result<(), ExtractError> {
        let fields = self.header.fields.iter().filter(|field| field.kind != FieldKind::NullFlags);
        rows.header(fields.map(|field| field.name.as_str()));
        self.read(|values| rows.row(values.iter().map(Option::as_deref)))?;
        Ok(())
    }
}

/// A day by its Julian number and the milliseconds of it; nothing where there is no such day.
fn moment(day: u32, milliseconds: u32) -> Option<String> {
    /// 1 January 1970.
    const EPOCH: i64 = 2_440_588;
    let days = (i64::from(day) - EPOCH).days();
    let date = civil::date(1970, 1, 1).checked_add(days).ok().filter(|_| day > 0)?;
    let seconds = (i64::from(milliseconds) + 500) / 1000;
    let moment = date.to_datetime(civil::Time::midnight()).checked_add(seconds.seconds()).ok()?;
    Some(if seconds == 0 { moment.date().to_string() } else { moment.to_string() })
}
