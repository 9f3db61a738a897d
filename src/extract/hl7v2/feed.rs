//! A file of messages, one after the other: each with its text and its place, before anything is made of it.

use std::borrow::Cow;
use std::fs::File;
use std::io::{Cursor, Read};
use std::path::Path;

use encoding_rs::{UTF_16BE, UTF_16LE};

use super::super::batches::batch;
use super::framing::{Frame, Frames};
use super::line::Line;
use super::message::{Message, is_header, text_of};
use super::records::Records;

/// A file in UTF-16 is held in memory while it is read.
const MAX_UTF16_BYTES: u64 = 256 << 20;

/// What stands in a file.
#[derive(Debug)]
pub enum Unit {
    /// With its place among those of the same time.
    Message { text: String, place: u64 },
    /// A segment of a batch, and the signs that part it where it does not say so itself.
    Batch { text: String, signs: Option<String> },
    /// What is no message, and what is at fault.
    Nothing { fault: &'static str, text: String },
}

/// Takes a record's kind and what writes it; false where no more is wanted.
pub type Write<'a> = dyn FnMut(&'static str, &dyn Fn(Line<'_>) -> String) -> bool + 'a;

impl Unit {
    fn len_bytes(&self) -> usize {
        match self {
            Self::Message { text, .. } | Self::Batch { text, .. } | Self::Nothing { text, .. } => text.len(),
        }
    }

    /// The segment that a batch opens or closes with.
    pub fn batch(&self) -> Option<Message<'_>> {
        match self {
            Self::Batch { text, signs: None } => Message::parse(text).ok(),
            Self::Batch { text, signs: Some(signs) } => Message::parse_within(text, signs).ok(),
            _ => None,
        }
    }

    /// Its records, each with its kind; false where no more is wanted.
    pub fn write_all(&self, write: &mut Write<'_>) -> bool {
        let mut wants_more = true;
        match self {
            Self::Message { text, place } => match Message::parse(text) {
                Ok(message) => Records::of(&message, text, *place)
                    .each(|kind, record| wants_more = wants_more && write(kind, record)),
                Err(fault) => wants_more = damaged(fault, text, write),
            },
            Self::Batch { text, .. } => match self.batch() {
                Some(message) => {
                    wants_more = write("Batch", &|mut line| {
                        line.segment(message.header(), &message.delimiters);
                        line.finish()
                    });
                }
                None => wants_more = damaged("batch", text, write),
            },
            Self::Nothing { fault, text } => wants_more = damaged(fault, text, write),
        }
        wants_more
    }
}

fn damaged(fault: &str, text: &str, write: &mut Write<'_>) -> bool {
    let key = blake3::hash(text.as_bytes()).to_hex();
    write("Damaged", &|mut line| {
        line.word("key", &key[..32]);
        line.word("fault", fault);
        line.word("text", text);
        line.finish()
    })
}

/// UTF-16 by its mark, or by how the first segment stands in it.
pub fn utf16_of(start: &[u8]) -> Option<&'static encoding_rs::Encoding> {
    match start {
        [0xff, 0xfe, b'M' | b'F' | b'B', 0, ..] | [b'M' | b'F' | b'B', 0, b'S' | b'H', 0, ..] => Some(UTF_16LE),
        [0xfe, 0xff, 0, b'M' | b'F' | b'B', ..] | [0, b'M' | b'F' | b'B', 0, b'S' | b'H', ..] => Some(UTF_16BE),
        _ => None,
    }
}

/// Reads a file, unit by unit.
pub struct Feed {
    frames: Frames<Box<dyn Read + Send>>,
    /// A batch ends with segments that do not say what parts them.
    signs: String,
    /// Of the last message.
    time: String,
    place: u64,
}

impl Feed {
    pub fn open(path: &Path) -> std::io::Result<Self> {
        let mut opened = File::open(path)?;
        let mut start = Vec::new();
        opened.by_ref().take(4).read_to_end(&mut start)?;
        Ok(Self::of(match utf16_of(&start) {
            Some(encoding) => {
                opened.take(MAX_UTF16_BYTES).read_to_end(&mut start)?;
                Box::new(Cursor::new(encoding.decode_with_bom_removal(&start).0.into_owned().into_bytes()))
            }
            None => Box::new(Cursor::new(start).chain(opened)),
        }))
    }

    pub fn of(input: Box<dyn Read + Send>) -> Self {
        Self { frames: Frames::of(input), signs: "|^~\\&".into(), time: String::new(), place: 0 }
    }

    pub fn next(&mut self) -> std::io::Result<Option<Unit>> {
        let Some(frame) = self.frames.next()? else { return Ok(None) };
        Ok(Some(match frame {
            Frame::Message(bytes) => self.message(text_of(bytes)),
            Frame::Batch(bytes) => self.batch(text_of(bytes)),
            Frame::Stray(bytes) => Unit::Nothing { fault: "MSH", text: text_of(bytes) },
            Frame::TooLong(bytes) => Unit::Nothing { fault: "size", text: text_of(bytes) },
        }))
    }

    /// What comes next, as much as is worked on at once.
    pub fn next_batch(&mut self) -> std::io::Result<Vec<Unit>> {
        batch(|| self.next(), Unit::len_bytes)
    }

    fn message(&mut self, text: String) -> Unit {
        let time = match Message::parse_header(&text) {
            Ok(header) => header.component(header.header(), 7, 1),
            Err(fault) => return Unit::Nothing { fault, text },
        };
        if self.time == time {
            self.place += 1;
        } else {
            self.place = 0;
            self.time = Cow::into_owned(time);
        }
        Unit::Message { text, place: self.place }
    }

    fn batch(&mut self, text: String) -> Unit {
        if !is_header(text.get(..3).unwrap_or_default()) {
            return Unit::Batch { text, signs: Some(self.signs.clone()) };
        }
        if let Some(own) = text.get(3..).and_then(|rest| rest.get(..5)) {
            own.clone_into(&mut self.signs);
        }
        Unit::Batch { text, signs: None }
    }
}
