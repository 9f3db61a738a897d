//! The text of a document, as plain lines. Each kind's own reading is beside this file.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

use super::{DocumentKind, MAX_TEXT_BYTES, docx, markup, pdf, rtf};

/// None when there is no text, as in pictures.
pub fn text(kind: DocumentKind, bytes: &[u8]) -> Option<String> {
    match kind {
        DocumentKind::Pdf => pdf::read(bytes).text,
        DocumentKind::Docx => docx::read(bytes).text,
        DocumentKind::Rtf => tidied(&rtf::text(bytes)),
        DocumentKind::Html => tidied(&markup::text_of_html(&decoded(start_of(bytes)))),
        DocumentKind::Xml => tidied(&markup::text_of_xml(&decoded(start_of(bytes)))),
        DocumentKind::Text => tidied(&decoded(start_of(bytes))),
        _ => None,
    }
}

/// The part of a text file that can come to bear: markup and wide characters are more bytes than text.
fn start_of(bytes: &[u8]) -> &[u8] {
    &bytes[..bytes.len().min(MAX_TEXT_BYTES * 4)]
}

/// UTF-8 or UTF-16 by their marks, else UTF-8 if it is valid, else windows-1252.
pub fn decoded(bytes: &[u8]) -> Cow<'_, str> {
    if let Some((encoding, mark_bytes)) = Encoding::for_bom(bytes) {
        return encoding.decode_without_bom_handling(&bytes[mark_bytes..]).0;
    }
    let encoding = match std::str::from_utf8(bytes) {
        Ok(text) => return Cow::Borrowed(text),
        // Cut within a character at the end, it is still UTF-8.
        Err(error) if error.error_len().is_none() && error.valid_up_to() > 0 => {
            return UTF_8.decode_without_bom_handling(&bytes[..error.valid_up_to()]).0;
        }
        Err(_) => WINDOWS_1252,
    };
    encoding.decode_without_bom_handling(bytes).0
}

/// Lines that end in `\n`, without control characters, blanks at their ends and empty lines around them. None if nothing is
/// left.
pub fn tidied(text: &str) -> Option<String> {
    let mut tidy = String::with_capacity(text.len().min(MAX_TEXT_BYTES));
    let mut is_after_return = false;
    for letter in text.chars() {
        let is_return = letter == '\r';
        match letter {
            '\n' if is_after_return => {}
            '\r' | '\n' | '\x0b' | '\x0c' | '\u{85}' | '\u{2028}' | '\u{2029}' => {
                tidy.truncate(tidy.trim_end_matches(is_blank).len());
                if !tidy.is_empty() {
                    tidy.push('\n');
                }
            }
            '\t' => tidy.push('\t'),
            '\u{feff}' | '\u{fffe}' | '\u{ffff}' => {}
            letter if letter.is_control() => {}
            letter => tidy.push(letter),
        }
        is_after_return = is_return;
        if tidy.len() >= MAX_TEXT_BYTES {
            break;
        }
    }
    tidy.truncate(tidy.trim_end().len());
    (!tidy.is_empty()).then_some(tidy)
}

fn is_blank(letter: char) -> bool {
    letter.is_whitespace() && letter != '\n'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8], expected: Option<&str>) {
        assert_eq!(text(DocumentKind::Text, bytes).as_deref(), expected, "{bytes:?}");
    }

    #[test]
    fn plain_text_is_read() {
        check(b"a\r\nb\rc\nd", Some("a\nb\nc\nd"));
        check(b"\r\n  a \t\r\n\r\n b\x0c\r\n", Some("  a\n\n b"));
        check(b"caf\xe9 \x93x\x94", Some("café “x”"));
        check("é".as_bytes(), Some("é"));
        check("a é".as_bytes().split_last().unwrap().1, Some("a"));
        check("\u{feff}é".as_bytes(), Some("é"));
        check(b"\xff\xfea\0\r\0\n\0\xe9\0", Some("a\né"));
        check(b"\xfe\xff\0a", Some("a"));
        check(b"a\0b\x1b[1mc\x1a", Some("ab[1mc"));
        check(b"", None);
        check(b" \r\n\0", None);
        check(&b"a".repeat(MAX_TEXT_BYTES + 5), Some(&"a".repeat(MAX_TEXT_BYTES)));
    }

    #[test]
    fn pictures_have_no_text() {
        assert_eq!(text(DocumentKind::Jpeg, b"\xff\xd8\xff text"), None);
    }
}
