//! Delimited text: bytes to records, each with its raw bytes, its cells and its position.
//!
//! The parser works on bytes, so that any encoding that contains ASCII is read without being decoded first; UTF-16 is turned
//! into UTF-8 on the way in. Lines without a character are no records (RFC 4180 has none; neither do people).

use std::io::Read;
use std::ops::Range;

use csv_core::ReadRecordResult;
use encoding_rs::{Encoding, UTF_16BE, UTF_16LE, WINDOWS_1252};

use super::encoding::cell_text;
use super::{ExtractError, sniff_delimiter};
use crate::model::text::trimmed;
use escaped::EscapedParser;

mod escaped;
mod layout;
mod quotes;
mod trees;

pub use escaped::Escape;
pub use layout::{Header, ROWS, TREES, TextLayout};
use trees::Places;

/// A record longer than this stops the run: a quote that is never closed would otherwise read the rest of a large file
/// into memory.
const MAX_RECORD_BYTES: usize = 128 << 20;
const MAX_COLUMNS: usize = 16_384;
const CHUNK_BYTES: usize = 256 << 10;
/// A chunk begins so small, and grows: many files are no larger.
const FIRST_CHUNK_BYTES: usize = 8 << 10;

/// Whether a file of this name may be delimited text.
pub fn is_delimited(path: &str) -> bool {
    let path = path.to_lowercase();
    [".csv", ".tsv", ".txt", ".tab", ".psv"].iter().any(|ending| path.ends_with(ending))
}

/// What is wrong with a record as a row of cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// Fewer or more cells than the header.
    Ragged,
    /// The file ends inside a quoted cell.
    UnclosedQuote,
    /// A quote took in lines that are rows of their own.
    StrayQuote,
    /// What should be a tree is none.
    NoTree,
}

#[derive(Clone, Debug)]
struct Span {
    raw: Range<usize>,
    text_start: usize,
    ends: Range<usize>,
    offset_bytes: u64,
    flaw: Option<Flaw>,
}

/// Some consecutive records of a file.
#[derive(Clone, Debug, Default)]
pub struct RecordBatch {
    /// Number of the first record after the header, from 1.
    pub first_row: u64,
    raw: Vec<u8>,
    text: Vec<u8>,
    ends: Vec<usize>,
    spans: Vec<Span>,
}

/// One record of a batch.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    batch: &'a RecordBatch,
    index: usize,
}

impl RecordBatch {
    /// A batch of one record from its raw bytes, as it was kept: with the flaw it had.
    pub fn of_raw(raw: &[u8], row: u64, offset_bytes: u64, header: &Header) -> Self {
        let parser = match header.reading {
            TREES => Parser::Trees,
            _ => Parser::new(header.delimiter, header.escape),
        };
        let mut reader = RecordReader {
            escape: header.escape,
            chunk: raw.to_vec(),
            filled: raw.len(),
            ended: true,
            offset_bytes,
            is_rows: header.reading == ROWS,
            places: (header.reading == TREES).then(|| Places::of(&header.columns)),
            next_row: row.max(1),
            columns: header.columns.len(),
            delimiter: header.delimiter,
            ..RecordReader::new("", Box::new(std::io::empty()), 0, parser)
        };
        let mut batch = Self { first_row: row, ..Default::default() };
        // Memory can always be read, and a kept record is not longer than one that was read.
        let _ = reader.read_into(&mut batch);
        batch
    }

    pub fn len(&self) -> usize {
        self.spans.len()
    }

    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// How many bytes its records take, line ends included, as [`RecordReader::skip`] counts.
    pub fn raw_bytes(&self) -> u64 {
        self.raw.len() as u64
    }

    pub fn record(&self, index: usize) -> Record<'_> {
        Record { batch: self, index }
    }

    pub fn records(&self) -> impl Iterator<Item = Record<'_>> {
        (0..self.len()).map(|index| self.record(index))
    }
}

impl<'a> Record<'a> {
    fn span(&self) -> &'a Span {
        &self.batch.spans[self.index]
    }

    /// The bytes as they stand in the file, without the line end (UTF-16 files: as UTF-8).
    pub fn raw(&self) -> &'a [u8] {
        &self.batch.raw[self.span().raw.clone()]
    }

    pub fn row(&self) -> u64 {
        self.batch.first_row + self.index as u64
    }

    pub fn offset_bytes(&self) -> u64 {
        self.span().offset_bytes
    }

    pub fn flaw(&self) -> Option<Flaw> {
        self.span().flaw
    }

    pub fn len(&self) -> usize {
        self.span().ends.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes of a cell, unquoted; empty where the row has no such cell.
    pub fn cell(&self, index: usize) -> &'a [u8] {
        let span = self.span();
        let ends = &self.batch.ends[span.ends.clone()];
        match ends.get(index) {
            Some(end) => {
                let start = if index == 0 { 0 } else { ends[index - 1] };
                &self.batch.text[span.text_start + start..span.text_start + end]
            }
            None => &[],
        }
    }

    /// Whether it is torn, and has quotes written as `\"`: maybe they are escaped so.
    pub fn is_torn_at_escapes(&self, header: &Header) -> bool {
        let looks_for = || memchr::memmem::find(self.raw(), b"\\\"").is_some();
        self.flaw().is_some() && header.escape.is_none() && header.reading != ROWS && looks_for()
    }

    pub fn cells(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let record = *self;
        (0..self.len()).map(move |index| record.cell(index))
    }
}

/// Where records and cells end.
enum Parser {
    Doubled(Box<csv_core::Reader>),
    Escaped(EscapedParser),
    /// Each stands on a line of its own.
    Trees,
}

impl Parser {
    fn new(delimiter: u8, escape: Option<Escape>) -> Self {
        match escape {
            None => Self::Doubled(Box::new(csv_core::ReaderBuilder::new().delimiter(delimiter).build())),
            Some(escape) => Self::Escaped(EscapedParser::new(delimiter, escape)),
        }
    }

    fn read_record(
        &mut self,
        input: &[u8],
        text: &mut [u8],
        ends: &mut [usize],
    ) -> (ReadRecordResult, usize, usize, usize) {
        match self {
            Self::Doubled(parser) => parser.read_record(input, text, ends),
            Self::Escaped(parser) => parser.read_record(input, text, ends),
            Self::Trees => (ReadRecordResult::End, 0, 0, 0),
        }
    }
}

/// Reads a file record by record, batch by batch.
pub struct RecordReader {
    file: String,
    input: Box<dyn Read + Send>,
    parser: Parser,
    /// As long as [`Self::chunk_bytes`] at most.
    chunk: Vec<u8>,
    chunk_bytes: usize,
    at: usize,
    filled: usize,
    ended: bool,
    /// Offset in the file of the next byte to be parsed.
    offset_bytes: u64,
    utf16: bool,
    is_rows: bool,
    /// Where the values of trees go, in a file of such.
    places: Option<Places>,
    next_row: u64,
    /// Number of the last record that is given.
    last_row: u64,
    columns: usize,
    delimiter: u8,
    escape: Option<Escape>,
    text: Vec<u8>,
    ends: Vec<usize>,
}

impl RecordReader {
    /// Before its header, with commas.
    fn new(file: &str, input: Box<dyn Read + Send>, chunk_bytes: usize, parser: Parser) -> Self {
        Self {
            file: file.to_owned(),
            input,
            parser,
            chunk: vec![0; chunk_bytes.min(FIRST_CHUNK_BYTES)],
            chunk_bytes,
            at: 0,
            filled: 0,
            ended: false,
            offset_bytes: 0,
            utf16: false,
            is_rows: false,
            places: None,
            next_row: 0,
            last_row: u64::MAX,
            columns: 0,
            delimiter: b',',
            escape: None,
            text: vec![0; 4096],
            ends: vec![0; 64],
        }
    }

    /// Opens a file of delimited text and reads its header, where it has one. An empty file has a header without columns.
    pub fn open(
        file: &str,
        mut input: Box<dyn Read + Send>,
        layout: &TextLayout,
    ) -> Result<(Self, Header), ExtractError> {
        let unreadable = |source| ExtractError::Unreadable { path: file.to_owned(), source };
        let mut start = [0u8; 4];
        let known = fill(&mut *input, &mut start).map_err(unreadable)?;
        let (encoding, mark) = byte_order_mark(&start[..known]);
        let rest: Box<dyn Read + Send> = Box::new(std::io::Cursor::new(start[mark..known].to_vec()).chain(input));
        let input = match encoding {
            Some(utf16) => Box::new(Utf16Reader::new(utf16, rest)) as Box<dyn Read + Send>,
            None => rest,
        };
        let escape = layout.escape;
        let parser = Parser::new(layout.delimiter.unwrap_or(b','), escape);
        let mut reader = Self {
            utf16: encoding.is_some(),
            offset_bytes: mark as u64,
            ..Self::new(file, input, CHUNK_BYTES, parser)
        };
        reader.refill()?;
        let delimiter = layout.delimiter.unwrap_or_else(|| sniff_delimiter(&reader.chunk[..reader.filled]));
        if delimiter != layout.delimiter.unwrap_or(b',') {
            reader.parser = Parser::new(delimiter, escape);
        }
        (reader.delimiter, reader.escape) = (delimiter, escape);
        let fallback = layout.encoding.unwrap_or(WINDOWS_1252);
        let reading = encoding.map_or("UTF-8", |utf16| utf16.name());
        let columns = match layout.columns.is_empty() {
            true => reader.read_header(fallback)?,
            false => reader.without_header(&layout.columns),
        };
        Ok((reader, Header { columns, delimiter, escape, fallback, reading }))
    }

    /// Opens a table of rows that are no text, as its access method writes them: RFC 4180 in UTF-8.
    pub fn open_rows(
        file: &str,
        input: Box<dyn Read + Send>,
        fallback: Option<&'static Encoding>,
    ) -> Result<(Self, Header), ExtractError> {
        let fallback = fallback.unwrap_or(WINDOWS_1252);
        let mut reader = Self { is_rows: true, ..Self::new(file, input, CHUNK_BYTES, Parser::new(b',', None)) };
        let columns = reader.read_header(fallback)?;
        Ok((reader, Header { columns, delimiter: b',', escape: None, fallback, reading: ROWS }))
    }

    /// Opens a table of rows that has no header: these are its columns.
    pub fn open_named(
        file: &str,
        input: Box<dyn Read + Send>,
        columns: &[String],
        fallback: Option<&'static Encoding>,
    ) -> (Self, Header) {
        let mut reader = Self { is_rows: true, ..Self::new(file, input, CHUNK_BYTES, Parser::new(b',', None)) };
        let columns = reader.without_header(columns);
        let fallback = fallback.unwrap_or(WINDOWS_1252);
        (reader, Header { columns, delimiter: b',', escape: None, fallback, reading: ROWS })
    }

    fn without_header(&mut self, columns: &[String]) -> Vec<String> {
        self.columns = columns.len();
        self.next_row = 1;
        columns.to_vec()
    }

    fn read_header(&mut self, fallback: &'static Encoding) -> Result<Vec<String>, ExtractError> {
        let mut batch = RecordBatch::default();
        let columns: Vec<String> = match self.read_into(&mut batch)? {
            true => batch.record(0).cells().map(|cell| trimmed(&cell_text(cell, fallback).text).to_owned()).collect(),
            false => Vec::new(),
        };
        if columns.len() > MAX_COLUMNS {
            let (file, columns) = (self.file.clone(), columns.len());
            return Err(ExtractError::HeaderTooWide { file, columns, limit: MAX_COLUMNS });
        }
        self.columns = columns.len();
        self.next_row = 1;
        Ok(columns)
    }

    /// The next records: at most `max_records`, and not many more than `max_bytes` bytes. `None` at the end of the file.
    pub fn next_batch(&mut self, max_records: usize, max_bytes: usize) -> Result<Option<RecordBatch>, ExtractError> {
        let mut batch = RecordBatch { first_row: self.next_row, ..Default::default() };
        let left = self.last_row.saturating_add(1).saturating_sub(self.next_row);
        let max_records = max_records.min(usize::try_from(left).unwrap_or(usize::MAX));
        while batch.len() < max_records && batch.raw.len() < max_bytes && self.read_into(&mut batch)? {}
        self.next_row += batch.len() as u64;
        Ok((!batch.is_empty()).then_some(batch))
    }

    /// Gives no record behind this one, as if the file ended there.
    pub fn stop_after(&mut self, row: u64) {
        self.last_row = row;
    }

    /// Passes over records that are known from an earlier reading of the same file: how many there are, and how many bytes they take.
    pub fn skip(&mut self, records: u64, raw_bytes: u64) -> Result<(), ExtractError> {
        let mut left = raw_bytes;
        while left > 0 {
            if self.at == self.filled {
                if self.ended {
                    break;
                }
                self.refill()?;
                continue;
            }
            let here = usize::try_from(left).unwrap_or(usize::MAX).min(self.filled - self.at);
            self.offset_bytes += self.width_in_file(&self.chunk[self.at..self.at + here]);
            self.at += here;
            left -= here as u64;
        }
        self.next_row += records;
        // Between records, whatever the last one ended with: line ends before a record are passed over.
        if self.places.is_none() {
            self.parser = Parser::new(self.delimiter, self.escape);
        }
        Ok(())
    }

    /// Parses one record to the end of the batch; false at the end of the file.
    fn read_into(&mut self, batch: &mut RecordBatch) -> Result<bool, ExtractError> {
        if self.places.is_some() {
            return self.read_tree(batch);
        }
        let (raw_start, text_start, ends_start) = (batch.raw.len(), batch.text.len(), batch.ends.len());
        let offset_before = self.offset_bytes;
        let (mut written, mut fields) = (0, 0);
        let mut unclosed = false;
        let has_line_end = loop {
            if self.at == self.filled && !self.ended {
                self.refill()?;
            }
            let at_end = self.ended && self.at == self.filled;
            // At the end of the file a line end tells whether the parser is inside a quoted cell: there it is content.
            let probing =
                at_end && !unclosed && batch.raw.len() > raw_start && !only_line_ends(&batch.raw[raw_start..]);
            let input: &[u8] = if probing { b"\n" } else { &self.chunk[self.at..self.filled] };
            let (result, read, wrote, ended) =
                self.parser.read_record(input, &mut self.text[written..], &mut self.ends[fields..]);
            if !probing {
                batch.raw.extend_from_slice(&self.chunk[self.at..self.at + read]);
                self.at += read;
            }
            written += wrote;
            fields += ended;
            match result {
                ReadRecordResult::InputEmpty if probing => unclosed = true,
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => self.text.resize(self.text.len() * 2, 0),
                ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
                ReadRecordResult::Record => break !probing,
                ReadRecordResult::End => {
                    batch.raw.truncate(raw_start);
                    return Ok(false);
                }
            }
            if batch.raw.len() - raw_start > MAX_RECORD_BYTES {
                let (file, row) = (self.file.clone(), self.next_row + batch.len() as u64);
                return Err(ExtractError::RecordTooLong { file, row, offset: offset_before, limit: MAX_RECORD_BYTES });
            }
        };
        if unclosed {
            // The probe's line end was taken for content of the open cell; it is not in the file.
            written -= 1;
            if let Some(last) = self.ends[..fields].last_mut() {
                *last -= 1;
            }
        }
        let raw = &batch.raw[raw_start..];
        let before = raw.iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
        let after = match self.escape {
            _ if unclosed => 0,
            // Others at the end of a record may be escaped, and content.
            Some(_) if has_line_end => escaped::line_end(&raw[before..]),
            Some(_) => 0,
            None => raw[before..].iter().rev().take_while(|b| matches!(b, b'\r' | b'\n')).count(),
        };
        let offset_bytes = offset_before + self.width_in_file(&raw[..before]);
        self.offset_bytes = offset_before + self.width_in_file(raw);
        batch.text.extend_from_slice(&self.text[..written]);
        batch.ends.extend_from_slice(&self.ends[..fields]);
        let is_text = self.next_row > 0 && !self.is_rows;
        let line = &raw[before..raw.len() - after];
        let flaw = if unclosed {
            Some(Flaw::UnclosedQuote)
        } else if is_text && quotes::are_astray(line, self.delimiter, self.columns, self.escape) {
            Some(Flaw::StrayQuote)
        } else if self.next_row > 0 && self.is_ragged(&batch.ends[ends_start..]) {
            Some(Flaw::Ragged)
        } else {
            None
        };
        batch.spans.push(Span {
            raw: raw_start + before..batch.raw.len() - after,
            text_start,
            ends: ends_start..ends_start + fields,
            offset_bytes,
            flaw,
        });
        Ok(true)
    }

    /// Too few cells, or too many of which one beyond the header is not empty (a delimiter at the line's end is harmless).
    fn is_ragged(&self, ends: &[usize]) -> bool {
        match ends.len().cmp(&self.columns) {
            std::cmp::Ordering::Equal => false,
            std::cmp::Ordering::Less => true,
            std::cmp::Ordering::Greater => {
                let last_known = if self.columns == 0 { 0 } else { ends[self.columns - 1] };
                ends.last().is_some_and(|end| *end > last_known)
            }
        }
    }

    /// How many bytes of the file these bytes of UTF-8 came from.
    fn width_in_file(&self, bytes: &[u8]) -> u64 {
        if !self.utf16 {
            return bytes.len() as u64;
        }
        let units = bytes.iter().map(|b| if *b >= 0xf0 { 2 } else { u64::from(*b & 0xc0 != 0x80) }).sum::<u64>();
        units * 2
    }

    fn refill(&mut self) -> Result<(), ExtractError> {
        (self.at, self.filled) = (0, 0);
        loop {
            self.filled += fill(&mut *self.input, &mut self.chunk[self.filled..])
                .map_err(|source| ExtractError::Unreadable { path: self.file.clone(), source })?;
            self.ended = self.filled < self.chunk.len();
            if self.ended || self.filled == self.chunk_bytes {
                return Ok(());
            }
            self.chunk.resize((self.filled * 2).min(self.chunk_bytes), 0);
        }
    }
}

fn only_line_ends(bytes: &[u8]) -> bool {
    bytes.iter().all(|b| matches!(b, b'\r' | b'\n'))
}

/// Reads until the buffer is full or the input ends.
fn fill(input: &mut dyn Read, buffer: &mut [u8]) -> std::io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match input.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

fn byte_order_mark(start: &[u8]) -> (Option<&'static Encoding>, usize) {
    match start {
        [0xef, 0xbb, 0xbf, ..] => (None, 3),
        [0xff, 0xfe, ..] => (Some(UTF_16LE), 2),
        [0xfe, 0xff, ..] => (Some(UTF_16BE), 2),
        // Without a mark: a header begins with two ASCII characters, and no other text has a NUL beside each.
        [1..=255, 0, 1..=255, 0] => (Some(UTF_16LE), 0),
        [0, 1..=255, 0, 1..=255] => (Some(UTF_16BE), 0),
        _ => (None, 0),
    }
}

/// Turns UTF-16 into UTF-8 on the way in.
struct Utf16Reader {
    input: Box<dyn Read + Send>,
    decoder: encoding_rs::Decoder,
    source: Vec<u8>,
    decoded: Vec<u8>,
    at: usize,
    ended: bool,
}

impl Utf16Reader {
    fn new(encoding: &'static Encoding, input: Box<dyn Read + Send>) -> Self {
        let decoder = encoding.new_decoder_without_bom_handling();
        Self { input, decoder, source: vec![0; 64 << 10], decoded: Vec::new(), at: 0, ended: false }
    }
}

impl Read for Utf16Reader {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        while self.at == self.decoded.len() && !self.ended {
            let filled = fill(&mut *self.input, &mut self.source)?;
            self.ended = filled < self.source.len();
            let room = self.decoder.max_utf8_buffer_length(filled).unwrap_or(self.source.len() * 3);
            self.decoded.resize(room, 0);
            let (_, _, wrote, _) = self.decoder.decode_to_utf8(&self.source[..filled], &mut self.decoded, self.ended);
            self.decoded.truncate(wrote);
            self.at = 0;
        }
        let count = out.len().min(self.decoded.len() - self.at);
        out[..count].copy_from_slice(&self.decoded[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

/// The cells of one record's raw bytes, as text: for printing a kept record again.
pub fn split_record(raw: &[u8], header: &Header) -> Vec<String> {
    let batch = RecordBatch::of_raw(raw, 1, 0, header);
    let cells = batch.records().take(1).flat_map(|record| record.cells());
    cells.map(|cell| cell_text(cell, header.fallback).text.into_owned()).collect()
}

#[cfg(test)]
mod tests;
