//! What a pack says of how files are written.

use encoding_rs::Encoding;
use toml::Spanned;

use super::super::check::Located;
use super::super::manifest::{Defaults, StreamText};
use super::{Problem, folded};

/// What a stream says of files without a header and of fixed widths.
pub(super) fn check(text: &StreamText, at: Located<'_>, problems: &mut Vec<Problem>) {
    if let Some(columns) = &text.columns {
        let names: Vec<String> = columns.get_ref().iter().map(|name| folded(name)).collect();
        let is_named = |(at, name): (usize, &String)| !name.is_empty() && !names[..at].contains(name);
        if names.is_empty() || !names.iter().enumerate().all(is_named) {
            problems.push(
                at.problem(columns.span().start, "`columns` names each column of a file without a header, none twice"),
            );
        }
    }
    if let Some(row) = &text.header_row {
        let start = row.span().start;
        if *row.get_ref() == 0 {
            problems.push(at.problem(start, "`header_row` is a row of the sheet, the first is 1"));
        }
        if text.query.is_some() || text.columns.is_some() || text.widths.is_some() {
            problems
                .push(at.problem(start, "a stream with a `header_row` has neither `query`, `columns` nor `widths`"));
        }
    }
    let Some(widths) = &text.widths else { return };
    let start = widths.span().start;
    if widths.get_ref().is_empty() || widths.get_ref().contains(&0) {
        problems.push(at.problem(start, "`widths` says how many characters each column takes, at least 1"));
    }
    if text.columns.as_ref().is_some_and(|columns| columns.get_ref().len() != widths.get_ref().len()) {
        problems.push(at.problem(start, "`widths` and `columns` are of different lengths"));
    }
    if text.query.is_some() || text.delimiter.is_some() || text.escape.is_some() {
        problems.push(at.problem(start, "a stream of fixed `widths` has neither `query`, `delimiter` nor `escape`"));
    }
}

/// The columns that a manifest names for files without a header.
pub(super) fn columns(stream: &StreamText) -> &[String] {
    stream.columns.as_ref().map_or(&[], |columns| columns.get_ref())
}

/// For cells that are not UTF-8.
pub(super) fn encoding(
    label: Option<&Spanned<String>>,
    at: Located<'_>,
    problems: &mut Vec<Problem>,
) -> Option<&'static Encoding> {
    let label = label?;
    let found = Encoding::for_label(label.get_ref().as_bytes());
    if found.is_none() {
        problems.push(at.problem(label.span().start, "no encoding has this name; try `windows-1252` or `utf-8`"));
    }
    found
}

pub(super) fn delimiter(text: Option<&Spanned<String>>, at: Located<'_>, problems: &mut Vec<Problem>) -> Option<u8> {
    let text = text?;
    match text.get_ref().as_bytes() {
        [byte] if !matches!(byte, b'"' | b'\r' | b'\n') => Some(*byte),
        _ => {
            problems.push(at.problem(text.span().start, "`delimiter` is one ASCII character"));
            None
        }
    }
}

/// What stands before quotes within cells: a stream's own, or that of all.
pub(super) fn escape(
    text: &StreamText,
    defaults: &Defaults,
    at: Located<'_>,
    problems: &mut Vec<Problem>,
) -> Option<(u8, bool)> {
    let letters = text.escape_letters.as_ref().or(defaults.escape_letters.as_ref());
    let Some(sign) = text.escape.as_ref().or(defaults.escape.as_ref()).filter(|_| text.widths.is_none()) else {
        if let Some(letters) = &text.escape_letters {
            problems.push(at.problem(letters.span().start, "`escape_letters` needs `escape`"));
        }
        return None;
    };
    let delimiter = text.delimiter.as_ref().or(defaults.delimiter.as_ref()).map(|text| text.get_ref());
    match sign.get_ref().as_bytes() {
        [byte] if byte.is_ascii_punctuation() && *byte != b'"' && delimiter != Some(sign.get_ref()) => {
            Some((*byte, letters.is_some_and(|letters| *letters.get_ref())))
        }
        _ => {
            let message =
                "`escape` is one sign, mostly `\\\\`, neither a quote nor the delimiter; doubled quotes need none";
            problems.push(at.problem(sign.span().start, message));
            None
        }
    }
}
