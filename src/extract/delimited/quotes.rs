//! Quotes that were not meant as quotes: a cell that begins with an inch mark or a quotation takes in everything up to the next
//! quote, and whole rows of other patients with it. CSV has no word for that; what the lines look like has.

use memchr::{memchr, memchr_iter};

/// Whether a record of several lines is several rows that a stray quote joined: text stands behind a closing quote, or every
/// line has a row's number of delimiters and most begin like the record itself.
pub(super) fn took_in_rows(raw: &[u8], delimiter: u8, columns: usize) -> bool {
    if memchr(b'"', raw).is_none() || !raw.iter().any(|byte| matches!(byte, b'\n' | b'\r')) {
        return false;
    }
    text_behind_a_quote(raw, delimiter) || looks_like_rows(raw, delimiter, columns)
}

/// Whether a quoted cell goes on behind its closing quote, which RFC 4180 does not know.
fn text_behind_a_quote(raw: &[u8], delimiter: u8) -> bool {
    let mut at = 0;
    while at < raw.len() {
        if raw[at] != b'"' {
            match raw[at..].iter().position(|byte| *byte == delimiter) {
                Some(length) => at += length + 1,
                None => return false,
            }
            continue;
        }
        at += 1;
        loop {
            match memchr(b'"', &raw[at..]) {
                None => return false,
                Some(length) if raw.get(at + length + 1) == Some(&b'"') => at += length + 2,
                Some(length) => {
                    at += length + 1;
                    break;
                }
            }
        }
        match raw.get(at) {
            None => return false,
            Some(byte) if *byte == delimiter => at += 1,
            Some(b' ' | b'\t') => match raw[at..].iter().position(|byte| !matches!(byte, b' ' | b'\t')) {
                None => return false,
                Some(blanks) if raw[at + blanks] == delimiter => at += blanks + 1,
                Some(_) => return true,
            },
            Some(_) => return true,
        }
    }
    false
}

/// So many commas in every line of a note are not to be expected.
const MANY_COLUMNS: usize = 6;

fn looks_like_rows(raw: &[u8], delimiter: u8, columns: usize) -> bool {
    // A note in the last column may well have lines of commas, and its first line is a whole row as it stands.
    let ends_quoted = raw.trim_ascii_end().last() == Some(&b'"');
    if columns < if ends_quoted { MANY_COLUMNS } else { 3 } {
        return false;
    }
    let lines: Vec<&[u8]> =
        raw.split(|byte| matches!(byte, b'\n' | b'\r')).filter(|line| !line.is_empty()).take(64).collect();
    let is_row = |line: &&[u8]| memchr_iter(delimiter, line).count() == columns - 1;
    let first = shape(lines[0], delimiter);
    let alike = lines[1..].iter().filter(|line| shape(line, delimiter) == first).count();
    lines.iter().all(is_row) && alike * 2 >= lines.len() - 1
}

/// What kind of text a line's first cell is: letters and digits by their runs, other characters as they are.
fn shape(line: &[u8], delimiter: u8) -> Vec<u8> {
    let cell = line.split(|byte| *byte == delimiter).next().unwrap_or_default();
    let mut shape: Vec<u8> = Vec::new();
    for run in cell.chunk_by(|a, b| a.is_ascii_alphanumeric() == b.is_ascii_alphanumeric()) {
        match run[0].is_ascii_alphanumeric() {
            true if run.iter().any(u8::is_ascii_digit) => shape.push(b'9'),
            true => shape.push(b'a'),
            false => shape.extend_from_slice(run),
        }
    }
    shape
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_a_quote_joined_are_told_from_cells_of_several_lines() {
        let stray = |text: &str, columns| took_in_rows(text.as_bytes(), b',', columns);
        // A quote at the front of one cell and another at the end of a later row's.
        assert!(stray("2019-01-02,17,\"12 inch cut,1\n2019-01-03,18,cold,2\n2019-01-04,19,a \"flu\",3", 4));
        assert!(stray("2019-01-02,17,\"stress,1\n2019-01-03,18,cough\",2", 4));
        assert!(stray("1,\"Stress\" (finding\n2,cold", 2), "text behind a closing quote");
        for (text, columns) in [
            ("1,\"line one\nline two, with commas, and more\",3", 3),
            ("1,\"aspirin, daily, morning\nmetformin, twice, meals\",x,y", 4),
            ("1,2,3,\"aspirin, a, b, c\nmetformin, d, e, f\"", 4),
            ("1,\"plain\",3", 3),
            ("1,\"he said \"\"no\"\"\nand left\",3", 3),
            ("1,\"a\nb\" ,3", 3),
            ("1,2,\"a\nb\" ", 3),
            ("7,2,\"Meds:\n1, aspirin, daily\n2, metformin, twice\"", 3),
            ("2020-01-01,17,\"BP log\n2020-01-02, 120/80, 72\n2020-01-03, 118/79, 70\"", 3),
        ] {
            assert!(!stray(text, columns), "{text}");
        }
    }
}
