//! Text in columns of fixed width: each line becomes a row, each of its cells with all of its blanks, so that the line can be put
//! together again.

use std::io::{BufRead, BufReader, Read};

/// A line longer than this stops the run: the file is none of lines.
const MAX_LINE_BYTES: u64 = 16 << 20;

/// Gives lines as delimited text (RFC 4180).
pub struct FixedWidth {
    input: BufReader<Box<dyn Read + Send>>,
    widths: Vec<usize>,
    text: Vec<u8>,
    at: usize,
}

impl FixedWidth {
    /// `widths` in characters; in lines that are no UTF-8, in bytes.
    pub fn new(input: Box<dyn Read + Send>, widths: Vec<usize>) -> Self {
        Self { input: BufReader::with_capacity(256 << 10, input), widths, text: Vec::new(), at: 0 }
    }

    /// False at the end.
    fn next_line(&mut self) -> std::io::Result<bool> {
        let mut line = Vec::new();
        (&mut self.input).take(MAX_LINE_BYTES).read_until(b'\n', &mut line)?;
        if line.len() as u64 == MAX_LINE_BYTES {
            return Err(std::io::Error::new(std::io::ErrorKind::InvalidData, "a line is too long"));
        }
        let is_over = line.is_empty();
        while line.last().is_some_and(|byte| matches!(byte, b'\n' | b'\r' | 0x1a)) {
            line.pop();
        }
        self.text.clear();
        self.at = 0;
        if !line.is_empty() {
            cells(&line, &self.widths, |number, cell| {
                if number > 0 {
                    self.text.push(b',');
                }
                self.text.push(b'"');
                for byte in cell {
                    self.text.extend(std::iter::repeat_n(*byte, if *byte == b'"' { 2 } else { 1 }));
                }
                self.text.push(b'"');
            });
            self.text.extend(b"\r\n");
        }
        Ok(!is_over)
    }
}

/// Cuts a line. A short one has fewer characters in its last cell and empty ones behind; what is behind the last width is a cell more,
/// where it is not blank.
fn cells(line: &[u8], widths: &[usize], mut cell: impl FnMut(usize, &[u8])) {
    let text = std::str::from_utf8(line).ok();
    let mut rest = line;
    for (number, width) in widths.iter().enumerate() {
        let end = match text {
            Some(_) => {
                let here = std::str::from_utf8(rest).unwrap_or_default();
                here.char_indices().nth(*width).map_or(rest.len(), |(at, _)| at)
            }
            None => rest.len().min(*width),
        };
        let (this, after) = rest.split_at(end);
        cell(number, this);
        rest = after;
    }
    if !rest.iter().all(|byte| byte.is_ascii_whitespace()) {
        cell(widths.len(), rest);
    }
}

impl Read for FixedWidth {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        while self.at == self.text.len() {
            if !self.next_line()? {
                return Ok(0);
            }
        }
        let count = out.len().min(self.text.len() - self.at);
        out[..count].copy_from_slice(&self.text[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &[u8], expected: &str) {
        let mut out = Vec::new();
        let input = Box::new(std::io::Cursor::new(text.to_vec()));
        FixedWidth::new(input, vec![3, 4]).read_to_end(&mut out).expect("memory can be read");
        assert_eq!(String::from_utf8_lossy(&out), expected);
    }

    #[test]
    fn lines_are_cut_by_characters() {
        check("001José x\r\n".as_bytes(), "\"001\",\"José\",\" x\"\r\n");
    }

    #[test]
    fn short_and_long_lines_keep_all_they_have() {
        check(b"001Ann \n\n02\n003Bob!?\n\x1a", "\"001\",\"Ann \"\r\n\"02\",\"\"\r\n\"003\",\"Bob!\",\"?\"\r\n");
        check(b"001\"a\" \n", "\"001\",\"\"\"a\"\" \"\r\n");
        check(b"001Jos\xe9", "\"001\",\"Jos\u{fffd}\"\r\n");
    }
}
