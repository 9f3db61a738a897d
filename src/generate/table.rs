//! One table of the export: comma separated, Windows-1252, CRLF, quoted where it must be. Counts what it writes.

use super::GenerateError;
use super::calendar::{DateStyle, Day, write_digits};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// What the books of a first load must show for a record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Fate {
    /// In the chart, as a new record or, for a patient, as a further identity of a known one.
    Loaded,
    Duplicate,
    Quarantined,
    Archived,
}

/// A date cell: a day in the column's style, or what somebody typed instead.
#[derive(Clone, Copy)]
pub(super) enum When<'a> {
    Day(Day),
    Typed(&'a str),
}

pub(super) struct Table {
    path: PathBuf,
    name: &'static str,
    file: BufWriter<File>,
    /// The record being written, without its line end.
    line: Vec<u8>,
    /// Where each of its cells begins.
    cells: Vec<usize>,
    width: usize,
    rows: u64,
    bytes: u64,
    /// Records by [`Fate`].
    fates: [u64; 4],
    usual_fate: Fate,
}

/// What is known of a table that is complete.
pub(super) struct FinishedTable {
    pub(super) name: String,
    pub(super) rows: u64,
    pub(super) bytes: u64,
    pub(super) fates: [u64; 4],
}

impl Table {
    /// A new file in `folder` with its header. Records have `usual_fate` unless they are ended otherwise.
    pub(super) fn create(
        folder: &Path,
        name: &'static str,
        header: &str,
        usual_fate: Fate,
    ) -> Result<Self, GenerateError> {
        let path = folder.join(name);
        let file = BufWriter::with_capacity(1 << 16, File::create(&path).map_err(GenerateError::io(&path))?);
        let mut table = Self {
            path,
            name,
            file,
            line: Vec::with_capacity(1024),
            cells: Vec::with_capacity(40),
            width: header.split(',').count(),
            rows: 0,
            bytes: 0,
            fates: [0; 4],
            usual_fate,
        };
        table.line.extend_from_slice(header.as_bytes());
        table.write_line()?;
        table.line.clear();
        Ok(table)
    }

    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    /// A cell of text.
    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        self.begin_cell();
        let must_quote = text.bytes().any(|byte| matches!(byte, b',' | b'"' | b'\r' | b'\n'));
        if must_quote {
            self.line.push(b'"');
        }
        if !must_quote && text.is_ascii() {
            self.line.extend_from_slice(text.as_bytes());
        } else {
            for character in text.chars() {
                if character == '"' {
                    self.line.push(b'"');
                }
                self.line.push(windows_1252(character));
            }
        }
        if must_quote {
            self.line.push(b'"');
        }
        self
    }

    pub(super) fn blank(&mut self) -> &mut Self {
        self.begin_cell();
        self
    }

    pub(super) fn number(&mut self, number: i32) -> &mut Self {
        self.begin_cell();
        write_digits(number, 1, &mut self.line);
        self
    }

    /// A number with one decimal, given in tenths.
    pub(super) fn tenths(&mut self, tenths: i32) -> &mut Self {
        self.begin_cell();
        write_digits(tenths / 10, 1, &mut self.line);
        self.line.push(b'.');
        write_digits(tenths % 10, 1, &mut self.line);
        self
    }

    pub(super) fn day(&mut self, day: Day, style: DateStyle) -> &mut Self {
        self.begin_cell();
        day.write(style, &mut self.line);
        self
    }

    pub(super) fn day_or_blank(&mut self, day: Option<Day>, style: DateStyle) -> &mut Self {
        match day {
            Some(day) => self.day(day, style),
            None => self.blank(),
        }
    }

    pub(super) fn when(&mut self, when: When<'_>, style: DateStyle) -> &mut Self {
        match when {
            When::Day(day) => self.day(day, style),
            When::Typed(text) => self.text(text),
        }
    }

    /// An ISO day with a time of day in minutes after midnight: `2019-03-04 09:15`.
    pub(super) fn moment(&mut self, day: Day, minutes: i32) -> &mut Self {
        self.begin_cell();
        day.write(DateStyle::Iso, &mut self.line);
        self.line.push(b' ');
        write_digits(minutes / 60, 2, &mut self.line);
        self.line.push(b':');
        write_digits(minutes % 60, 2, &mut self.line);
        self
    }

    /// Ends the record with the table's usual fate and returns its number.
    pub(super) fn end(&mut self) -> Result<u64, GenerateError> {
        self.end_as(self.usual_fate)
    }

    /// Ends the record and returns its number, from 1.
    pub(super) fn end_as(&mut self, fate: Fate) -> Result<u64, GenerateError> {
        debug_assert_eq!(self.cells.len(), self.width, "{}", self.name);
        self.end_unchecked(fate)
    }

    /// Ends the record after its first `cells` cells, whatever was written behind them.
    pub(super) fn end_cut_short(&mut self, cells: usize) -> Result<u64, GenerateError> {
        self.line.truncate(self.cells[cells] - 1);
        self.end_unchecked(Fate::Quarantined)
    }

    /// Ends the record with `surplus` cells more than the header has.
    pub(super) fn end_too_long(&mut self, surplus: &[&str]) -> Result<u64, GenerateError> {
        for cell in surplus {
            self.text(cell);
        }
        self.end_unchecked(Fate::Quarantined)
    }

    /// A record of nothing but separators.
    pub(super) fn empty_record(&mut self) -> Result<u64, GenerateError> {
        for _ in 0..self.width {
            self.blank();
        }
        self.end_as(Fate::Quarantined)
    }

    /// Writes the last record once more, to the letter.
    pub(super) fn repeat(&mut self) -> Result<u64, GenerateError> {
        self.count(Fate::Duplicate);
        self.write_line()?;
        Ok(self.rows)
    }

    pub(super) fn finish(mut self) -> Result<FinishedTable, GenerateError> {
        self.file.flush().map_err(GenerateError::io(&self.path))?;
        Ok(FinishedTable { name: self.name.to_owned(), rows: self.rows, bytes: self.bytes, fates: self.fates })
    }

    fn begin_cell(&mut self) {
        if self.cells.is_empty() {
            self.line.clear();
        } else {
            self.line.push(b',');
        }
        self.cells.push(self.line.len());
    }

    fn end_unchecked(&mut self, fate: Fate) -> Result<u64, GenerateError> {
        self.cells.clear();
        self.count(fate);
        self.write_line()?;
        Ok(self.rows)
    }

    fn count(&mut self, fate: Fate) {
        self.rows += 1;
        self.fates[fate as usize] += 1;
    }

    fn write_line(&mut self) -> Result<(), GenerateError> {
        self.bytes += self.line.len() as u64 + 2;
        self.file
            .write_all(&self.line)
            .and_then(|()| self.file.write_all(b"\r\n"))
            .map_err(GenerateError::io(&self.path))
    }
}

/// The byte of a character in Windows-1252 (WHATWG Encoding Standard, index windows-1252).
fn windows_1252(character: char) -> u8 {
    const HIGH: [(char, u8); 27] = [
        ('€', 0x80),
        ('‚', 0x82),
        ('ƒ', 0x83),
        ('„', 0x84),
        ('…', 0x85),
        ('†', 0x86),
        ('‡', 0x87),
        ('ˆ', 0x88),
        ('‰', 0x89),
        ('Š', 0x8a),
        ('‹', 0x8b),
        ('Œ', 0x8c),
        ('Ž', 0x8e),
        ('‘', 0x91),
        ('’', 0x92),
        ('“', 0x93),
        ('”', 0x94),
        ('•', 0x95),
        ('–', 0x96),
        ('—', 0x97),
        ('˜', 0x98),
        ('™', 0x99),
        ('š', 0x9a),
        ('›', 0x9b),
        ('œ', 0x9c),
        ('ž', 0x9e),
        ('Ÿ', 0x9f),
    ];
    match character as u32 {
        code @ (0..=0x7f | 0xa0..=0xff) => code as u8,
        _ => HIGH.iter().find(|(high, _)| *high == character).map_or(b'?', |(_, byte)| *byte),
    }
}
