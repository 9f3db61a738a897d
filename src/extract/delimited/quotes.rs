//! Quotes that were not meant as quotes: a cell that begins with an inch mark or a quotation takes in everything up to the next
//! quote, and whole rows of other patients with it. CSV has no word for that; what the lines look like has.

use memchr::{memchr, memchr_iter, memchr2};

use super::Escape;

/// Whether quotes of a record are not what they were read as: it is several rows that a stray quote joined, or they are escaped
/// by `\`, of which nothing was said.
pub(super) fn are_astray(raw: &[u8], delimiter: u8, columns: usize, escape: Option<Escape>) -> bool {
    if memchr(b'"', raw).is_none() {
        return false;
    }
    let has_lines = raw.iter().any(|byte| matches!(byte, b'\n' | b'\r'));
    let behind = || text_behind_a_quote(raw, delimiter, escape);
    if has_lines {
        return behind().is_some() || looks_like_rows(raw, delimiter, columns);
    }
    // In one line a quote that is only out of place does no harm to other rows.
    let has_escapes = || memchr_iter(b'\\', raw).any(|at| raw.get(at + 1) == Some(&b'"'));
    escape.is_none() && has_escapes() && behind().is_some_and(|at| raw[at - 1] == b'\\')
}

/// Where a quoted cell goes on behind its closing quote, which RFC 4180 does not know: the place of that quote.
fn text_behind_a_quote(raw: &[u8], delimiter: u8, escape: Option<Escape>) -> Option<usize> {
    let mut at = 0;
    while at < raw.len() {
        if raw[at] != b'"' {
            at += unquoted(&raw[at..], delimiter, escape)? + 1;
            continue;
        }
        let quote = closing_quote(raw, at + 1, escape)?;
        at = quote + 1;
        let blanks = raw[at..].iter().position(|byte| !matches!(byte, b' ' | b'\t') || *byte == delimiter)?;
        if raw[at + blanks] != delimiter {
            return Some(quote);
        }
        at += blanks + 1;
    }
    None
}

/// The length of a cell without quotes that a delimiter ends.
fn unquoted(raw: &[u8], delimiter: u8, escape: Option<Escape>) -> Option<usize> {
    let Some(Escape { sign, .. }) = escape else { return memchr(delimiter, raw) };
    let mut is_escaped = false;
    raw.iter().position(|byte| {
        let ends = !is_escaped && *byte == delimiter;
        is_escaped = !is_escaped && *byte == sign;
        ends
    })
}

/// The quote that closes a cell of which the text begins at a place.
fn closing_quote(raw: &[u8], mut at: usize, escape: Option<Escape>) -> Option<usize> {
    let sign = escape.map_or(b'"', |escape| escape.sign);
    loop {
        at += memchr2(b'"', sign, raw.get(at..)?)?;
        if raw[at] == b'"' && raw.get(at + 1) != Some(&b'"') {
            return Some(at);
        }
        at += 2;
    }
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
        let stray = |text: &str, columns| are_astray(text.as_bytes(), b',', columns, None);
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
