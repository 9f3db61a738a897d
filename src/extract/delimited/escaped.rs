//! Delimited text in which a sign, mostly `\`, stands before what is meant as it is: quotes, delimiters and line ends within cells. MySQL's
//! `SELECT INTO OUTFILE`, PostgreSQL's `COPY` and many programs write so; RFC 4180 does not know it.
//!
//! | written | read |
//! |---|---|
//! | the sign before a quote, an apostrophe, a delimiter, a line end or itself | what stands behind it |
//! | `\N` as the whole cell | nothing |
//! | `\n`, `\t`, `\r`, `\b`, `\f`, `\v`, `\0`, `\Z`, where letters have a meaning | the character that they name |
//! | the sign before anything else | both, as written; the latter alone where letters have a meaning |
//!
//! Doubled quotes are one here, too. A carriage return that no line feed follows is content.

use csv_core::ReadRecordResult;

/// The sign, and what it makes of letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Escape {
    pub sign: u8,
    /// Letters behind it name characters.
    pub letters: bool,
}

/// Finds records as [`csv_core::Reader`] does, and is asked as that is.
#[derive(Debug)]
pub(super) struct EscapedParser {
    delimiter: u8,
    escape: Escape,
    state: State,
    /// Bytes of the record that were given.
    given: usize,
    /// How many of them are of cells before this one.
    before: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    RecordStart,
    CellStart,
    Plain,
    Quoted,
    /// Behind a quote in a quoted cell: it ends the cell, or is the first of two.
    Closed,
    /// Behind a carriage return outside of quotes.
    Return,
    /// Behind the sign.
    Escape(Within),
    /// Behind an escaped carriage return: a line feed belongs to it.
    EscapedReturn(Within),
    /// Behind `\N` at the front of a cell.
    Nothing(Within),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Within {
    Plain,
    Quoted,
}

impl Within {
    fn state(self) -> State {
        match self {
            Self::Plain => State::Plain,
            Self::Quoted => State::Quoted,
        }
    }
}

/// One byte of the file gives no more bytes than these.
const MOST_AT_ONCE: usize = 3;

/// What is given back.
struct Output<'a> {
    text: &'a mut [u8],
    wrote: usize,
    ends: &'a mut [usize],
    ended: usize,
}

impl Output<'_> {
    fn put(&mut self, byte: u8) {
        self.text[self.wrote] = byte;
        self.wrote += 1;
    }
}

impl EscapedParser {
    pub fn new(delimiter: u8, escape: Escape) -> Self {
        Self { delimiter, escape, state: State::RecordStart, given: 0, before: 0 }
    }

    /// As [`csv_core::Reader::read_record`]: the result, bytes read, bytes written, ends written. No input is the end of the file.
    pub fn read_record(
        &mut self,
        input: &[u8],
        text: &mut [u8],
        ends: &mut [usize],
    ) -> (ReadRecordResult, usize, usize, usize) {
        let mut out = Output { text, wrote: 0, ends, ended: 0 };
        let mut read = 0;
        let result = loop {
            if out.text.len() - out.wrote < MOST_AT_ONCE {
                break ReadRecordResult::OutputFull;
            }
            if out.ended == out.ends.len() {
                break ReadRecordResult::OutputEndsFull;
            }
            let Some(byte) = input.get(read) else {
                match input.is_empty() {
                    true => break self.finish(&mut out),
                    false => break ReadRecordResult::InputEmpty,
                }
            };
            read += 1;
            if self.step(*byte, &mut out) {
                break ReadRecordResult::Record;
            }
            if matches!(self.state, State::Plain | State::Quoted) {
                read += self.copy_run(&input[read..], &mut out);
            }
        };
        self.given = if result == ReadRecordResult::Record { 0 } else { self.given + out.wrote };
        (result, read, out.wrote, out.ended)
    }

    /// Copies what needs no thought.
    fn copy_run(&self, input: &[u8], out: &mut Output<'_>) -> usize {
        let room = out.text.len() - out.wrote;
        let is_plain =
            |byte: &u8| *byte != self.delimiter && *byte != self.escape.sign && !matches!(byte, b'"' | b'\r' | b'\n');
        let length = input.iter().take(room).position(|byte| !is_plain(byte)).unwrap_or(input.len().min(room));
        out.text[out.wrote..out.wrote + length].copy_from_slice(&input[..length]);
        out.wrote += length;
        length
    }

    /// Takes one byte; true where it ends the record.
    fn step(&mut self, byte: u8, out: &mut Output<'_>) -> bool {
        match self.state {
            State::RecordStart if matches!(byte, b'\r' | b'\n') => return false,
            State::RecordStart | State::CellStart => {
                self.before = self.given + out.wrote;
                if byte == b'"' {
                    self.state = State::Quoted;
                    return false;
                }
            }
            State::Plain => {}
            State::Quoted => {
                match byte {
                    b'"' => self.state = State::Closed,
                    _ if byte == self.escape.sign => self.state = State::Escape(Within::Quoted),
                    _ => out.put(byte),
                }
                return false;
            }
            State::Closed if byte == b'"' => {
                out.put(b'"');
                self.state = State::Quoted;
                return false;
            }
            State::Closed => {}
            State::Return if byte == b'\n' => {}
            State::Return => out.put(b'\r'),
            State::Escape(within) => {
                self.escaped(byte, within, out);
                return false;
            }
            State::EscapedReturn(within) => {
                self.state = within.state();
                if byte == b'\n' {
                    out.put(byte);
                    return false;
                }
                return self.step(byte, out);
            }
            State::Nothing(within) => {
                let ends = match within {
                    Within::Quoted => byte == b'"',
                    Within::Plain => byte == self.delimiter || matches!(byte, b'\r' | b'\n'),
                };
                if !ends {
                    out.put(self.escape.sign);
                    out.put(b'N');
                }
                self.state = within.state();
                return self.step(byte, out);
            }
        }
        // Outside of quotes.
        match byte {
            b'\n' => {
                self.end_cell(out);
                self.state = State::RecordStart;
                return true;
            }
            b'\r' => self.state = State::Return,
            _ if byte == self.delimiter => {
                self.end_cell(out);
                self.state = State::CellStart;
            }
            _ if byte == self.escape.sign => self.state = State::Escape(Within::Plain),
            _ => {
                out.put(byte);
                self.state = State::Plain;
            }
        }
        false
    }

    /// Takes the byte behind the sign.
    fn escaped(&mut self, byte: u8, within: Within, out: &mut Output<'_>) {
        self.state = within.state();
        let is_itself = byte == self.delimiter || byte == self.escape.sign || matches!(byte, b'"' | b'\'' | b'\n');
        match byte {
            b'N' if self.given + out.wrote == self.before => self.state = State::Nothing(within),
            b'\r' => {
                out.put(byte);
                self.state = State::EscapedReturn(within);
            }
            _ if is_itself => out.put(byte),
            _ if self.escape.letters => out.put(named(byte).unwrap_or(byte)),
            _ => {
                out.put(self.escape.sign);
                out.put(byte);
            }
        }
    }

    fn end_cell(&self, out: &mut Output<'_>) {
        out.ends[out.ended] = self.given + out.wrote;
        out.ended += 1;
    }

    /// The end of the file.
    fn finish(&mut self, out: &mut Output<'_>) -> ReadRecordResult {
        match std::mem::replace(&mut self.state, State::RecordStart) {
            State::RecordStart => return ReadRecordResult::End,
            State::Escape(_) => out.put(self.escape.sign),
            _ => {}
        }
        self.end_cell(out);
        ReadRecordResult::Record
    }
}

/// The character that a letter names, to MySQL or PostgreSQL.
fn named(letter: u8) -> Option<u8> {
    Some(match letter {
        b'n' => b'\n',
        b't' => b'\t',
        b'r' => b'\r',
        b'b' => 0x08,
        b'f' => 0x0c,
        b'v' => 0x0b,
        b'0' => 0,
        b'Z' => 0x1a,
        _ => return None,
    })
}

/// How many bytes at the end of a record are its line end.
pub(super) fn line_end(raw: &[u8]) -> usize {
    match raw {
        [.., b'\r', b'\n'] => 2,
        [.., b'\n'] => 1,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BACKSLASH: Escape = Escape { sign: b'\\', letters: false };

    /// The records of a text that is given in parts of some bytes.
    fn read(text: &[u8], escape: Escape, part: usize) -> Vec<Vec<String>> {
        let mut parser = EscapedParser::new(b',', escape);
        let (mut output, mut ends) = (vec![0; 4], vec![0; 1]);
        let (mut wrote, mut ended, mut at) = (0, 0, 0);
        let mut records = Vec::new();
        loop {
            let input = &text[at..text.len().min(at + part)];
            let (result, read, more, cells) = parser.read_record(input, &mut output[wrote..], &mut ends[ended..]);
            (at, wrote, ended) = (at + read, wrote + more, ended + cells);
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => output.resize(output.len() + 1, 0),
                ReadRecordResult::OutputEndsFull => ends.resize(ends.len() + 1, 0),
                ReadRecordResult::End => return records,
                ReadRecordResult::Record => {
                    let starts = std::iter::once(0).chain(ends[..ended].iter().copied());
                    let cells = starts.zip(&ends[..ended]).map(|(start, end)| &output[start..*end]);
                    records.push(cells.map(|cell| String::from_utf8_lossy(cell).into_owned()).collect());
                    (wrote, ended) = (0, 0);
                }
            }
        }
    }

    fn check_with(escape: Escape, text: &str, expected: &[&[&str]]) {
        for part in [1, 2, 3, text.len()] {
            assert_eq!(read(text.as_bytes(), escape, part), expected, "{text:?} in parts of {part}");
        }
    }

    fn check(text: &str, expected: &[&[&str]]) {
        check_with(BACKSLASH, text, expected);
    }

    #[test]
    fn what_is_escaped_is_text() {
        check(r#""say \"hi, there\"",2"#, &[&[r#"say "hi, there""#, "2"]]);
        check(r#""C:\\new\\",O\'Neil,"#, &[&[r"C:\new\", "O'Neil", ""]]);
        check("a\\,b,c\\\nd\n2,\"x\\\ny\"\n", &[&["a,b", "c\nd"], &["2", "x\ny"]]);
        check(r#""he said ""no""",1"#, &[&[r#"he said "no""#, "1"]]);
        check(r#"5\" tube,"a"b"#, &[&["5\" tube", "ab"]]);
    }

    #[test]
    fn line_ends_of_every_kind_end_a_record_or_are_text() {
        check("1,2\r\n\r\n3,4\n\n5,6", &[&["1", "2"], &["3", "4"], &["5", "6"]]);
        check("1,2\r", &[&["1", "2"]]);
        // MySQL escapes what its lines end with, and only that.
        check("1,a\r\\\nb\n2,c\n", &[&["1", "a\r\nb"], &["2", "c"]]);
        check("1,a\\\r\nb\r\n2,c\\\r\n\r\n", &[&["1", "a\r\nb"], &["2", "c\r\n"]]);
        check("1,a\rb\n", &[&["1", "a\rb"]]);
    }

    #[test]
    fn nothing_is_a_whole_cell() {
        check("\\N,\"\\N\",\\Na,a\\N,\\\\N\n\\N", &[&["", "", r"\Na", r"a\N", r"\N"], &[""]]);
        check("1,\\N\r\n2,\"\\Nobody\"\r\n", &[&["1", ""], &["2", r"\Nobody"]]);
    }

    #[test]
    fn letters_mean_what_the_format_says() {
        let letters = Escape { sign: b'\\', letters: true };
        check(r"a\nb\tc,\x", &[&[r"a\nb\tc", r"\x"]]);
        check_with(letters, r"a\nb\tc\r\Z\0,\x", &[&["a\nb\tc\r\u{1a}\0", "x"]]);
        check_with(Escape { sign: b'^', letters: false }, "a^,b,\"c^\"d\\\"\n", &[&["a,b", "c\"d\\"]]);
    }

    #[test]
    fn a_file_that_ends_behind_the_sign_keeps_it() {
        check("1,a\\", &[&["1", "a\\"]]);
    }

    proptest! {
        /// Where nothing is escaped, it is what everybody reads.
        #[test]
        fn text_without_the_sign_is_as_ever(text in "[ab,\"\n]{0,40}", part in 1..9usize) {
            let mut usual = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
            let usual: Vec<Vec<String>> =
                usual.records().map(|row| row.expect("text").iter().map(str::to_owned).collect()).collect();
            prop_assert_eq!(read(text.as_bytes(), BACKSLASH, part), usual);
        }

        /// What another program writes is read as it was, however it arrives.
        #[test]
        fn what_was_written_is_read(
            rows in prop::collection::vec(prop::collection::vec("[ab,\"\\\\N\n\r]{0,6}", 2..4), 1..5),
            quoted: bool,
            part in 1..9usize,
        ) {
            let mut text = String::new();
            for row in &rows {
                for (at, cell) in row.iter().enumerate() {
                    text.push_str(if at > 0 { "," } else { "" });
                    text.push_str(if quoted { "\"" } else { "" });
                    for c in cell.chars() {
                        text.push_str(if ",\"\\\n\r".contains(c) { "\\" } else { "" });
                        text.push(c);
                    }
                    text.push_str(if quoted { "\"" } else { "" });
                }
                text.push('\n');
            }
            // A cell that ends with an escaped carriage return before a plain line feed is two things at once: no program writes it.
            prop_assume!(quoted || rows.iter().all(|row| row.last().is_some_and(|cell| !cell.ends_with('\r'))));
            prop_assert_eq!(read(text.as_bytes(), BACKSLASH, part), rows);
        }
    }
}
