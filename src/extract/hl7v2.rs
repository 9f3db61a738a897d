//! HL7 v2 messages (2.1 to 2.8) as tables: whom a message is about, the visit, each result, order, appointment, vaccination, document and so on
//! that it tells of, and each message itself with all of it that is none of those. A record is JSON; its values are called by their fields
//! (`PID-5.1`). A message of which nothing can be made is one record, whole.

mod framing;
mod keys;
mod line;
mod message;
mod records;
mod types;

use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::io::{Cursor, Read};
use std::sync::Arc;

use encoding_rs::{UTF_16BE, UTF_16LE};

use super::ExtractError;
use super::rows::{LocalFile, RowWriter, Tables};
use framing::{Frame, Frames};
use line::Line;
use message::{Message, Segment, text_of};
use records::Records;

/// How names of such files end.
pub(super) const ENDINGS: [&str; 1] = [".hl7"];

/// A file in UTF-16 is held in memory while it is read.
const MAX_UTF16_BYTES: u64 = 256 << 20;
/// Values of records of one kind.
const MAX_COLUMNS: usize = 16_000;

#[derive(Debug)]
struct Messages {
    path: String,
    file: LocalFile,
    /// By kind, with the paths of the values in its records.
    tables: Vec<(&'static str, Vec<String>)>,
    /// When the latest was written.
    age: String,
    notes: Vec<String>,
    /// Kinds whose records are too wide to be parted.
    whole: HashSet<&'static str>,
}

/// What a frame says.
enum Said<'a, 't> {
    /// With its text, and its place among those of the same time.
    Message(&'a Message<'t>, &'a str, u64),
    /// A segment of a batch.
    Batch(&'a Message<'t>),
    /// What is no message, and what is at fault.
    Nothing(&'static str, &'a str),
}

/// None where it is another kind of file.
pub(super) fn open(path: &str, file: LocalFile) -> Result<Option<Arc<dyn Tables>>, ExtractError> {
    let unreadable = |source| ExtractError::Unreadable { path: path.to_owned(), source };
    let mut start = Vec::new();
    File::open(file.path()).and_then(|opened| opened.take(4096).read_to_end(&mut start)).map_err(unreadable)?;
    if !framing::is_messages(&start) && utf16_of(&start).is_none() {
        return Ok(None);
    }
    let mut opened = Messages {
        path: path.to_owned(),
        file,
        tables: Vec::new(),
        age: String::new(),
        notes: Vec::new(),
        whole: HashSet::new(),
    };
    let (mut age, mut messages, mut batch) = (String::new(), 0u64, BatchCount::default());
    let mut columns = opened.columns(|said| match said {
        Said::Message(message, ..) => {
            messages += 1;
            let time = message.component(message.header(), 7, 1);
            let digits: String = time.chars().take_while(char::is_ascii_digit).collect();
            age = std::mem::take(&mut age).max(digits);
            batch.in_training += u64::from(message.component(message.header(), 11, 1) == "T");
        }
        Said::Nothing("MSH-1" | "MSH-2" | "size", _) => messages += 1,
        Said::Nothing(..) => {}
        Said::Batch(message) => batch.add(message, messages),
    })?;
    if columns.is_empty() {
        return Ok(None);
    }
    // What no table has room for is not parted.
    opened.whole = columns.iter().filter(|(_, columns)| columns.len() > MAX_COLUMNS).map(|(kind, _)| *kind).collect();
    if !opened.whole.is_empty() {
        columns = opened.columns(|_| {})?;
    }
    let sorted = |columns: HashSet<String>| {
        let mut columns: Vec<String> = columns.into_iter().collect();
        columns.sort_unstable();
        columns
    };
    opened.tables = columns.into_iter().map(|(kind, columns)| (kind, sorted(columns))).collect();
    (opened.age, opened.notes) = (age, batch.finish());
    Ok(Some(Arc::new(opened)))
}

/// What batches say of how many messages they have (BTS-1).
#[derive(Default)]
struct BatchCount {
    before: u64,
    /// Messages that say of themselves that they are for training (MSH-11).
    in_training: u64,
    notes: Vec<String>,
}

impl BatchCount {
    fn finish(mut self) -> Vec<String> {
        match self.in_training {
            0 => {}
            1 => self.notes.push("a message says that it is for training (MSH-11): it is charted all the same".into()),
            count => self.notes.push(format!(
                "{count} messages say that they are for training (MSH-11): they are charted all the same"
            )),
        }
        self.notes
    }

    fn add(&mut self, batch: &Message<'_>, messages: u64) {
        let segment = batch.header();
        match segment.name {
            "BHS" => self.before = messages,
            "BTS" => {
                let (said, there) = (segment.field(1).trim().parse::<u64>(), messages - self.before);
                if said.is_ok_and(|said| said != there) {
                    self.notes.push(format!(
                        "a batch says that it has another number of messages than the {there} that are there"
                    ));
                }
            }
            _ => {}
        }
    }
}

type Write<'a> = dyn FnMut(&'static str, &dyn Fn(Line<'_>) -> String) -> bool + 'a;

/// The records of a frame, each with its kind; false where no more is wanted.
fn write_all(said: &Said<'_, '_>, write: &mut Write<'_>) -> bool {
    let mut wants_more = true;
    match said {
        Said::Message(message, text, place) => {
            Records::of(message, text, *place).each(|kind, record| wants_more = wants_more && write(kind, record));
        }
        Said::Batch(message) => {
            let segment: &Segment<'_> = message.header();
            wants_more = write("Batch", &|mut line| {
                line.segment(segment, &message.delimiters);
                line.finish()
            });
        }
        Said::Nothing(fault, text) => {
            let key = blake3::hash(text.as_bytes()).to_hex();
            wants_more = write("Damaged", &|mut line| {
                line.word("key", &key[..32]);
                line.word("fault", fault);
                line.word("text", text);
                line.finish()
            });
        }
    }
    wants_more
}

/// UTF-16 by its mark, or by how the first segment stands in it.
fn utf16_of(start: &[u8]) -> Option<&'static encoding_rs::Encoding> {
    match start {
        [0xff, 0xfe, b'M' | b'F' | b'B', 0, ..] | [b'M' | b'F' | b'B', 0, b'S' | b'H', 0, ..] => Some(UTF_16LE),
        [0xfe, 0xff, 0, b'M' | b'F' | b'B', ..] | [0, b'M' | b'F' | b'B', 0, b'S' | b'H', ..] => Some(UTF_16BE),
        _ => None,
    }
}

impl Messages {
    /// The paths of all values, by kind; each frame is looked at beside.
    fn columns(
        &self,
        mut look: impl FnMut(&Said<'_, '_>),
    ) -> Result<BTreeMap<&'static str, HashSet<String>>, ExtractError> {
        let mut columns: BTreeMap<&'static str, HashSet<String>> = BTreeMap::new();
        self.each(&mut |said| {
            look(&said);
            write_all(&said, &mut |kind, write| {
                write(Line::new(Some(columns.entry(kind).or_default()), self.whole.contains(kind)));
                true
            })
        })?;
        Ok(columns)
    }

    /// Reads the file, frame by frame, until somebody has enough.
    fn each(&self, take: &mut dyn FnMut(Said<'_, '_>) -> bool) -> Result<(), ExtractError> {
        let unreadable = |source| ExtractError::Unreadable { path: self.path.clone(), source };
        let mut opened = File::open(self.file.path()).map_err(unreadable)?;
        let mut start = Vec::new();
        opened.by_ref().take(4).read_to_end(&mut start).map_err(unreadable)?;
        let input: Box<dyn Read> = match utf16_of(&start) {
            Some(encoding) => {
                opened.take(MAX_UTF16_BYTES).read_to_end(&mut start).map_err(unreadable)?;
                Box::new(Cursor::new(encoding.decode_with_bom_removal(&start).0.into_owned().into_bytes()))
            }
            None => Box::new(Cursor::new(start).chain(opened)),
        };
        let mut frames = Frames::of(input);
        // A batch ends with segments that do not say what parts them.
        let mut signs = String::from("|^~\\&");
        let (mut time, mut place) = (String::new(), 0);
        while let Some(frame) = frames.next().map_err(unreadable)? {
            let wants_more = match frame {
                Frame::Message(bytes) => {
                    let text = text_of(bytes);
                    match Message::parse(&text) {
                        Ok(message) => {
                            let own = message.component(message.header(), 7, 1);
                            place = if own == time { place + 1 } else { 0 };
                            time = own.into_owned();
                            take(Said::Message(&message, &text, place))
                        }
                        Err(fault) => take(Said::Nothing(fault, &text)),
                    }
                }
                Frame::Batch(bytes) => {
                    let text = text_of(bytes);
                    let is_header = message::is_header(text.get(..3).unwrap_or_default());
                    if let (true, Some(own)) = (is_header, text.get(3..).and_then(|rest| rest.get(..5))) {
                        signs = own.to_owned();
                    }
                    match if is_header { Message::parse(&text) } else { Message::parse_within(&text, &signs) } {
                        Ok(message) => take(Said::Batch(&message)),
                        Err(_) => take(Said::Nothing("batch", &text)),
                    }
                }
                Frame::Stray(bytes) => take(Said::Nothing("MSH", &text_of(bytes))),
                Frame::TooLong(bytes) => take(Said::Nothing("size", &text_of(bytes))),
            };
            if !wants_more {
                break;
            }
        }
        Ok(())
    }
}

impl Tables for Messages {
    fn names(&self) -> Vec<&str> {
        self.tables.iter().map(|(kind, _)| *kind).collect()
    }

    fn age(&self) -> Option<(String, u64)> {
        Some((self.age.clone(), 0))
    }

    fn is_tree(&self) -> bool {
        true
    }

    fn columns(&self, table: usize) -> Option<Vec<String>> {
        Some(self.tables[table].1.clone())
    }

    fn has_column_as_met(&self, _table: usize, _column: &str) -> bool {
        true
    }

    fn is_small(&self, _table: usize) -> bool {
        self.file.is_small()
    }

    fn notes(&self, table: usize) -> Vec<String> {
        if self.tables[table].0 == "Message" { self.notes.clone() } else { Vec::new() }
    }

    fn write(&self, table: usize, rows: &mut RowWriter) -> Result<(), ExtractError> {
        let (wanted, columns) = &self.tables[table];
        let header = serde_json::to_string(columns).unwrap_or_default();
        rows.text(format!("{header}\n").as_bytes());
        self.each(&mut |said| {
            write_all(&said, &mut |kind, record| {
                kind != *wanted || rows.text(record(Line::new(None, self.whole.contains(kind))).as_bytes())
            })
        })
    }
}

#[cfg(test)]
mod tests;
