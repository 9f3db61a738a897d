//! From the bytes of a cell to text. A cell that is valid UTF-8 is UTF-8; another one is read in the file's own encoding.

use std::borrow::Cow;

use encoding_rs::Encoding;

use crate::model::text::is_space;

/// The text of a cell and how sure its reading is.
#[derive(Debug, PartialEq, Eq)]
pub struct CellText<'a> {
    pub text: Cow<'a, str>,
    /// The bytes were no UTF-8 and were read in the fallback encoding.
    pub by_fallback: bool,
    /// The cell has characters that no text has: NUL, or bytes the encoding does not define.
    pub damaged: bool,
}

/// Reads a cell. `fallback` is for cells that are not valid UTF-8.
pub fn cell_text<'a>(bytes: &'a [u8], fallback: &'static Encoding) -> CellText<'a> {
    match std::str::from_utf8(bytes) {
        Ok(text) => {
            // U+FFFD stands where an earlier reader, or our own of UTF-16, met bytes that are no text.
            let damaged = memchr::memchr(0, bytes).is_some() || (!text.is_ascii() && text.contains('\u{fffd}'));
            CellText { text: Cow::Borrowed(text), by_fallback: false, damaged }
        }
        Err(_) => {
            let (text, malformed) = fallback.decode_without_bom_handling(bytes);
            // Windows-1252 has five bytes without a character; the decoder turns them into C1 controls.
            let undefined = text.chars().any(|c| matches!(c, '\0' | '\u{80}'..='\u{9f}'));
            CellText { text, by_fallback: true, damaged: malformed || undefined }
        }
    }
}

/// Whether nothing is left of a cell after trimming white space.
pub fn is_blank(bytes: &[u8], fallback: &'static Encoding) -> bool {
    match bytes.first() {
        None => true,
        Some(byte) if byte.is_ascii_graphic() => false,
        _ if bytes.is_ascii() => bytes.iter().all(|b| is_space(char::from(*b))),
        _ => cell_text(bytes, fallback).text.chars().all(is_space),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use encoding_rs::WINDOWS_1252;

    fn check(bytes: &[u8], text: &str, by_fallback: bool, damaged: bool) {
        let cell = cell_text(bytes, WINDOWS_1252);
        assert_eq!((&*cell.text, cell.by_fallback, cell.damaged), (text, by_fallback, damaged), "{bytes:?}");
    }

    #[test]
    fn a_cell_is_utf8_or_the_fallback() {
        check(b"Jones", "Jones", false, false);
        check("José".as_bytes(), "José", false, false);
        check(b"Jos\xe9 \x80 \x93x\x94", "José € “x”", true, false);
        check(b"bad \x81", "bad \u{81}", true, true);
        check(b"nul\0", "nul\0", false, true);
        check("lost \u{fffd}".as_bytes(), "lost \u{fffd}", false, true);
    }

    #[test]
    fn blank_is_what_trimming_leaves_empty() {
        for blank in [&b""[..], b" ", b"\t\r\n", b"\x1c", "\u{a0}".as_bytes(), b"\xa0"] {
            assert!(is_blank(blank, WINDOWS_1252), "{blank:?}");
        }
        for full in [&b"0"[..], b" x", b"\0", b"\x85", "é".as_bytes()] {
            assert!(!is_blank(full, WINDOWS_1252), "{full:?}");
        }
    }
}
