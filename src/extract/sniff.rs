//! Which delimiter a file has, and whether a text file is a table at all.

use std::collections::BTreeMap;
use std::io::Read;

const DELIMITERS: [u8; 4] = [b',', b'\t', b';', b'|'];

/// The delimiter that splits the first line into most cells; a comma where none does.
pub fn sniff_delimiter(start: &[u8]) -> u8 {
    let line = start.split(|b| matches!(b, b'\r' | b'\n')).find(|line| !line.is_empty()).unwrap_or_default();
    let mut best = (0, b',');
    for delimiter in DELIMITERS {
        let count = memchr::memchr_iter(delimiter, line).count();
        if count > best.0 {
            best = (count, delimiter);
        }
    }
    best.1
}

/// How much of a text file is looked at.
const SAMPLE_BYTES: u64 = 64 << 20;

/// Whether a `.txt` file is a table: its rows have one width of at least two cells. Prose has commas, so with commas every
/// row must have that width; with the other delimiters nine of ten.
pub fn looks_like_a_table(input: impl Read) -> std::io::Result<bool> {
    let mut bytes = Vec::new();
    input.take(SAMPLE_BYTES).read_to_end(&mut bytes)?;
    let delimiter = sniff_delimiter(&bytes);
    let mut widths: BTreeMap<usize, u64> = BTreeMap::new();
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(bytes.as_slice());
    let mut record = csv::ByteRecord::new();
    while reader.read_byte_record(&mut record).map_err(std::io::Error::other)? {
        *widths.entry(record.len()).or_default() += 1;
    }
    let total: u64 = widths.values().sum();
    let Some((width, rows)) = widths.into_iter().max_by_key(|(_, rows)| *rows) else { return Ok(false) };
    let share = if delimiter == b',' { 1.0 } else { 0.9 };
    Ok(width > 1 && total > 1 && rows as f64 >= share * total as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delimiter_is_what_splits_the_header_most() {
        assert_eq!(sniff_delimiter(b"a,b,c\n1;2;3;4"), b',');
        assert_eq!(sniff_delimiter(b"a\tb\tc,d"), b'\t');
        assert_eq!(sniff_delimiter(b"\r\na;b"), b';');
        assert_eq!(sniff_delimiter(b"one"), b',');
    }

    #[test]
    fn prose_is_no_table() {
        let table = |text: &str| looks_like_a_table(text.as_bytes()).expect("memory can be read");
        assert!(table("a\tb\n1\t2\n"));
        assert!(table("a,b\n1,2\n"));
        assert!(!table("Dear Sir,\nthank you, and goodbye.\nYours\n"));
        assert!(!table("one\ntwo\n"));
        assert!(!table(""));
    }
}
