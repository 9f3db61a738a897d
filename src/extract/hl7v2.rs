//! HL7 v2 messages (2.1 to 2.8) as tables: whom a message is about, the visit, each result, order, appointment, vaccination, document and so on
//! that it tells of, and each message itself with all of it that is none of those. A record is JSON; its values are called by their fields
//! (`PID-5.1`). A message of which nothing can be made is one record, whole.

mod feed;
mod framing;
mod kept;
mod keys;
mod line;
mod message;
mod records;
mod types;

use std::collections::HashSet;
use std::fs::File;
use std::io::Read;
use std::sync::Arc;

use super::ExtractError;
use super::json::Paths;
use super::rows::{LocalFile, RowWriter, Tables};
use feed::{Feed, Unit};
use kept::{Columns, Kept};
use line::Line;
use message::Message;

/// How names of such files end.
pub(super) const ENDINGS: [&str; 1] = [".hl7"];

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
    /// None of a small file, and where there was no room: it is read anew.
    kept: Option<Kept>,
}

/// None where it is another kind of file.
pub(super) fn open(path: &str, file: LocalFile) -> Result<Option<Arc<dyn Tables>>, ExtractError> {
    Ok(look_into(path, file)?.map(|messages| Arc::new(messages) as Arc<dyn Tables>))
}

fn look_into(path: &str, file: LocalFile) -> Result<Option<Messages>, ExtractError> {
    let unreadable = |source| ExtractError::Unreadable { path: path.to_owned(), source };
    let mut start = Vec::new();
    File::open(file.path()).and_then(|opened| opened.take(4096).read_to_end(&mut start)).map_err(unreadable)?;
    if !framing::is_messages(&start) && feed::utf16_of(&start).is_none() {
        return Ok(None);
    }
    let mut opened = Messages {
        path: path.to_owned(),
        file,
        tables: Vec::new(),
        age: String::new(),
        notes: Vec::new(),
        whole: HashSet::new(),
        kept: None,
    };
    let mut feed = FeedCount::default();
    let mut columns = opened.take_apart(|unit| feed.add(unit))?;
    if columns.is_empty() {
        return Ok(None);
    }
    // What no table has room for is not parted.
    opened.whole = columns.iter().filter(|(_, columns)| columns.len() > MAX_COLUMNS).map(|(kind, _)| *kind).collect();
    if !opened.whole.is_empty() {
        columns = opened.take_apart(|_| {})?;
    }
    let sorted = |columns: Paths| {
        let mut columns: Vec<String> = columns.into_iter().collect();
        columns.sort_unstable();
        columns
    };
    opened.tables = columns.into_iter().map(|(kind, columns)| (kind, sorted(columns))).collect();
    (opened.age, opened.notes) = feed.finish();
    Ok(Some(opened))
}

/// What a file says of all its messages, and batches of how many they have (BTS-1).
#[derive(Default)]
struct FeedCount {
    messages: u64,
    /// Of those before the batch.
    before: u64,
    /// Messages that say of themselves that they are for training (MSH-11).
    in_training: u64,
    /// When the latest was written.
    age: String,
    notes: Vec<String>,
}

impl FeedCount {
    /// The age, and what whoever relies on the file should know.
    fn finish(mut self) -> (String, Vec<String>) {
        match self.in_training {
            0 => {}
            1 => self.notes.push("a message says that it is for training (MSH-11): it is charted all the same".into()),
            count => self.notes.push(format!(
                "{count} messages say that they are for training (MSH-11): they are charted all the same"
            )),
        }
        (self.age, self.notes)
    }

    fn add(&mut self, unit: &Unit) {
        match unit {
            Unit::Message { text, .. } => {
                self.messages += 1;
                let Ok(message) = Message::parse_header(text) else { return };
                let time = message.component(message.header(), 7, 1);
                let digits = time.split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default();
                if digits > self.age.as_str() {
                    digits.clone_into(&mut self.age);
                }
                self.in_training += u64::from(message.component(message.header(), 11, 1) == "T");
            }
            Unit::Nothing { fault: "MSH-1" | "MSH-2" | "size", .. } => self.messages += 1,
            Unit::Nothing { .. } => {}
            Unit::Batch { .. } => unit.batch().iter().for_each(|batch| self.add_batch(batch)),
        }
    }

    fn add_batch(&mut self, batch: &Message<'_>) {
        let segment = batch.header();
        match segment.name {
            "BHS" => self.before = self.messages,
            "BTS" => {
                let (said, there) = (segment.field(1).trim().parse::<u64>(), self.messages - self.before);
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

impl Messages {
    /// The columns of all records, which are kept where the file is not small; each unit is looked at beside.
    fn take_apart(&mut self, mut look: impl FnMut(&Unit) + Send) -> Result<Columns, ExtractError> {
        let unreadable = |source| ExtractError::Unreadable { path: self.path.clone(), source };
        if !self.file.is_small() {
            let feed = Feed::open(self.file.path()).map_err(unreadable)?;
            let (columns, kept) = kept::keep(feed, &self.whole, look).map_err(unreadable)?;
            self.kept = kept;
            return Ok(columns);
        }
        let mut columns = Columns::new();
        self.each(&mut |unit| {
            look(unit);
            unit.write_all(&mut |kind, write| {
                write(Line::new(Some(columns.entry(kind).or_default()), self.whole.contains(kind)));
                true
            })
        })?;
        Ok(columns)
    }

    /// Reads the file, unit by unit, until somebody has enough.
    fn each(&self, take: &mut dyn FnMut(&Unit) -> bool) -> Result<(), ExtractError> {
        let unreadable = |source| ExtractError::Unreadable { path: self.path.clone(), source };
        let mut feed = Feed::open(self.file.path()).map_err(unreadable)?;
        while let Some(unit) = feed.next().map_err(unreadable)? {
            if !take(&unit) {
                break;
            }
        }
        Ok(())
    }

    /// Gives the records of a kind as they were kept; false where they were not.
    fn write_kept(&self, kind: &str, rows: &mut RowWriter) -> Result<bool, ExtractError> {
        let unreadable = |source| ExtractError::Unreadable { path: self.path.clone(), source };
        let Some(mut kept) = self.kept.as_ref().and_then(|kept| kept.read(kind).ok().flatten()) else {
            return Ok(false);
        };
        let mut text = vec![0; 128 << 10];
        loop {
            let read = kept.read(&mut text).map_err(unreadable)?;
            if read == 0 || !rows.text(&text[..read]) {
                return Ok(true);
            }
        }
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
        if self.write_kept(wanted, rows)? {
            return Ok(());
        }
        self.each(&mut |unit| {
            unit.write_all(&mut |kind, record| {
                kind != *wanted || rows.text(record(Line::new(None, self.whole.contains(kind))).as_bytes())
            })
        })
    }
}

#[cfg(test)]
mod tests;
