//! Where messages begin and end in a file: segments by carriage return, line feed or both, messages by their MSH, batches by FHS, BHS, BTS
//! and FTS (HL7 v2.5.1 chapter 2.10.3), with or without the bytes that frame them on a line (MLLP).

use std::io::{BufRead, BufReader, Read};

/// A message is held in memory while it is read; a larger one is none that a program wrote.
pub const MAX_MESSAGE_BYTES: usize = 64 << 20;

/// A part of a file.
#[derive(Debug, PartialEq, Eq)]
pub enum Frame {
    /// Its segments, each with a carriage return behind it; what stood on several lines has line feeds.
    Message(Vec<u8>),
    /// A segment that opens or closes a batch.
    Batch(Vec<u8>),
    /// Lines that belong to no message.
    Stray(Vec<u8>),
    /// A message, or such lines, of which no more is held than its start.
    TooLong(Vec<u8>),
}

/// Reads a file frame by frame.
pub struct Frames<R: Read> {
    input: BufReader<R>,
    /// A line that was read and belongs to the next frame.
    waiting: Option<Vec<u8>>,
    is_start: bool,
}

/// Start and end of a block on a line (MLLP), and blanks.
const PADDING: [u8; 5] = [0x0b, 0x1c, b' ', b'\t', 0];

impl<R: Read> Frames<R> {
    pub fn of(input: R) -> Self {
        Self { input: BufReader::with_capacity(256 << 10, input), waiting: None, is_start: true }
    }

    pub fn next(&mut self) -> std::io::Result<Option<Frame>> {
        let Some(first) = self.line()? else { return Ok(None) };
        if is_batch(&first) {
            return Ok(Some(Frame::Batch(first)));
        }
        let separator = first.get(3).copied().unwrap_or(b'|');
        let is_message = is_header(&first);
        let (mut bytes, mut is_whole) = (first, true);
        while let Some(line) = self.line()? {
            if is_header(&line) || is_batch(&line) {
                self.waiting = Some(line);
                break;
            }
            if bytes.len() + line.len() > MAX_MESSAGE_BYTES {
                is_whole = false;
                continue;
            }
            // A line that opens no segment goes on with the one before.
            let is_segment = is_message && is_segment(&line, separator);
            bytes.push(if is_segment { b'\r' } else { b'\n' });
            let start = bytes.len();
            bytes.extend_from_slice(&line);
            if is_segment {
                bytes[start..start + 3].make_ascii_uppercase();
            }
        }
        if bytes.len() >= MAX_MESSAGE_BYTES {
            is_whole = false;
        }
        Ok(Some(match (is_message, is_whole) {
            (_, false) => {
                bytes.truncate(4096);
                Frame::TooLong(bytes)
            }
            (true, true) => {
                bytes.push(b'\r');
                Frame::Message(bytes)
            }
            (false, true) => Frame::Stray(bytes),
        }))
    }

    /// The next line that says something, without its end; of an endless one the start.
    fn line(&mut self) -> std::io::Result<Option<Vec<u8>>> {
        if let Some(line) = self.waiting.take() {
            return Ok(Some(line));
        }
        loop {
            let mut line = Vec::new();
            let mut has_end = false;
            while !has_end {
                let left = self.input.fill_buf()?;
                if left.is_empty() {
                    break;
                }
                let end = memchr::memchr2(b'\r', b'\n', left);
                let taken = end.unwrap_or(left.len());
                if line.len() < MAX_MESSAGE_BYTES {
                    line.extend_from_slice(&left[..taken]);
                }
                has_end = end.is_some();
                self.input.consume(taken + usize::from(has_end));
            }
            if std::mem::take(&mut self.is_start) && line.starts_with(b"\xef\xbb\xbf") {
                line.drain(..3);
            }
            let start = line.iter().position(|byte| !PADDING.contains(byte)).unwrap_or(line.len());
            line.drain(..start);
            while line.last().is_some_and(|byte| PADDING[..2].contains(byte)) {
                line.pop();
            }
            if !line.is_empty() || !has_end {
                return Ok(Some(line).filter(|line| !line.is_empty()));
            }
        }
    }
}

/// Text may have lines that begin so: "MSH2: intact".
fn is_header(line: &[u8]) -> bool {
    let Some(rest) = line.strip_prefix(b"MSH") else { return false };
    rest.first().is_none_or(|sign| sign.is_ascii_punctuation() && *sign != b':') || rest.get(1..5) == Some(b"^~\\&")
}

fn is_batch(line: &[u8]) -> bool {
    let is_name = |name: &[u8]| {
        line.starts_with(name) && line.get(3).is_none_or(|sign| sign.is_ascii_punctuation() && *sign != b':')
    };
    [&b"FHS"[..], b"BHS", b"BTS", b"FTS"].into_iter().any(is_name)
}

/// A name of three letters and digits, and the sign behind it; some write it small.
fn is_segment(line: &[u8], separator: u8) -> bool {
    let Some((name, rest)) = line.split_at_checked(3) else { return false };
    name[0].is_ascii_alphabetic()
        && name[1..].iter().all(u8::is_ascii_alphanumeric)
        && rest.first().is_some_and(|byte| *byte == separator)
}

/// Whether messages begin near the start of a file, maybe behind lines that are none.
pub fn is_messages(start: &[u8]) -> bool {
    let start = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start);
    start.split(|byte| matches!(byte, b'\r' | b'\n')).any(|line| {
        let at = line.iter().position(|byte| !PADDING.contains(byte)).unwrap_or(line.len());
        is_header(&line[at..]) || is_batch(&line[at..])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(text: &[u8]) -> Vec<Frame> {
        let mut frames = Frames::of(text);
        std::iter::from_fn(|| frames.next().expect("bytes")).collect()
    }

    fn message(text: &str) -> Frame {
        Frame::Message(text.as_bytes().to_vec())
    }

    #[test]
    fn segments_end_as_programs_end_them() {
        let expected = [message("MSH|^~\\&|a\rPID|1\r"), message("MSH|^~\\&|b\rZZ1|\r")];
        for text in [
            "MSH|^~\\&|a\rPID|1\rMSH|^~\\&|b\rZZ1|\r",
            "\u{feff}MSH|^~\\&|a\nPID|1\n\nMSH|^~\\&|b\nzz1|",
            "\r\nMSH|^~\\&|a\r\nPID|1\r\nMSH|^~\\&|b\r\nZZ1|\r\n",
            "\u{b}MSH|^~\\&|a\rPID|1\r\u{1c}\r\u{b}MSH|^~\\&|b\rZZ1|\r\u{1c}\r",
        ] {
            assert_eq!(frames(text.as_bytes()), expected, "{text:?}");
        }
    }

    #[test]
    fn a_line_within_a_field_goes_on_with_it() {
        let text = "MSH|^~\\&|a\r\nOBX|1|TX|||one\r\nMSH2: two\r\nHIV\r\n  three|F\r\nNTE|1\r\n";
        let expected = "MSH|^~\\&|a\rOBX|1|TX|||one\nMSH2: two\nHIV\nthree|F\rNTE|1\r";
        assert_eq!(frames(text.as_bytes()), [message(expected)]);
    }

    #[test]
    fn batches_and_stray_lines_stand_apart() {
        let text = "hello\nFHS|^~\\&\nBHS|^~\\&\nMSH|^~\\&|a\nBTS|1\nFTS|1\n";
        let batch = |text: &str| Frame::Batch(text.as_bytes().to_vec());
        let expected = [
            Frame::Stray(b"hello".to_vec()),
            batch("FHS|^~\\&"),
            batch("BHS|^~\\&"),
            message("MSH|^~\\&|a\r"),
            batch("BTS|1"),
            batch("FTS|1"),
        ];
        assert_eq!(frames(text.as_bytes()), expected);
    }

    #[test]
    fn nothing_is_endless() {
        let text = [b"MSH|^~\\&|a\rOBX|1|".as_slice(), &vec![b'x'; MAX_MESSAGE_BYTES + 9], b"\rMSH|^~\\&|b\r"].concat();
        let found = frames(&text);
        assert!(matches!(&found[0], Frame::TooLong(start) if start.len() <= 4096));
        assert_eq!(found[1..], [message("MSH|^~\\&|b\r")]);
    }
}
