//! Tells the kind of a document by its content. The name only tells kinds of text apart, which look alike.

use super::docx;
use super::text::decoded;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DocumentKind {
    Pdf,
    Tiff,
    Jpeg,
    Png,
    Gif,
    Bmp,
    Rtf,
    Docx,
    Html,
    Xml,
    Text,
    Dicom,
    Other,
}

/// So much of a text is looked at to tell what it is.
const LOOKED_AT_BYTES: usize = 64 << 10;

/// Readers take a PDF's first words for good within so many bytes (ISO 32000-1, implementation note 13).
const PDF_HEADER_BYTES: usize = 1024;

impl DocumentKind {
    pub fn of(bytes: &[u8], name: &str) -> DocumentKind {
        let kind = match bytes {
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(DocumentKind::Png),
            [0xff, 0xd8, 0xff, ..] => Some(DocumentKind::Jpeg),
            [b'I', b'I', 42 | 43, 0, ..] | [b'M', b'M', 0, 42 | 43, ..] => Some(DocumentKind::Tiff),
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(DocumentKind::Gif),
            // The length of the header tells it from a text that starts with these letters.
            [b'B', b'M', ..] if matches!(bytes.get(14..18), Some([12 | 40 | 52 | 56 | 64 | 108 | 124, 0, 0, 0])) => {
                Some(DocumentKind::Bmp)
            }
            [b'P', b'K', 3, 4, ..] if docx::is_docx(bytes) => Some(DocumentKind::Docx),
            _ if bytes.get(128..132) == Some(b"DICM") => Some(DocumentKind::Dicom),
            _ if without_blanks(bytes).starts_with(b"{\\rtf") => Some(DocumentKind::Rtf),
            _ => None,
        };
        let start = &bytes[..bytes.len().min(PDF_HEADER_BYTES)];
        match kind {
            Some(kind) => kind,
            None if memchr::memmem::find(start, b"%PDF-").is_some() => DocumentKind::Pdf,
            None => text_kind(bytes, name).unwrap_or(DocumentKind::Other),
        }
    }

    /// The MIME type by the bytes; where they say nothing, by the name.
    pub fn mime_type_of(self, name: &str) -> &'static str {
        let ending = name.rsplit('.').next().unwrap_or_default().to_lowercase();
        match (self, ending.as_str()) {
            (Self::Other, "dcm") => "application/dicom",
            (Self::Other, "doc") => "application/msword",
            (Self::Other, "heic") => "image/heic",
            (kind, _) => kind.mime_type(),
        }
    }

    pub fn mime_type(self) -> &'static str {
        match self {
            DocumentKind::Pdf => "application/pdf",
            DocumentKind::Tiff => "image/tiff",
            DocumentKind::Jpeg => "image/jpeg",
            DocumentKind::Png => "image/png",
            DocumentKind::Gif => "image/gif",
            DocumentKind::Bmp => "image/bmp",
            DocumentKind::Rtf => "application/rtf",
            DocumentKind::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            DocumentKind::Html => "text/html",
            DocumentKind::Xml => "application/xml",
            DocumentKind::Text => "text/plain",
            DocumentKind::Dicom => "application/dicom",
            DocumentKind::Other => "application/octet-stream",
        }
    }

    /// Whether the name's ending says something else. One that is not known here says nothing, and one kind of text may be
    /// called as another.
    pub fn ending_contradicts(self, name: &str) -> bool {
        let said = match ending(name).as_str() {
            "pdf" => DocumentKind::Pdf,
            "tif" | "tiff" => DocumentKind::Tiff,
            "jpg" | "jpeg" | "jpe" | "jfif" => DocumentKind::Jpeg,
            "png" => DocumentKind::Png,
            "gif" => DocumentKind::Gif,
            "bmp" | "dib" => DocumentKind::Bmp,
            "rtf" => DocumentKind::Rtf,
            "docx" => DocumentKind::Docx,
            "htm" | "html" | "xhtml" => DocumentKind::Html,
            "xml" => DocumentKind::Xml,
            "txt" => DocumentKind::Text,
            // Old ones have no mark to know them by.
            "dcm" | "dicom" if self != DocumentKind::Other => DocumentKind::Dicom,
            _ => return false,
        };
        said != self && !(said.is_plain() && self.is_plain())
    }

    fn is_plain(self) -> bool {
        matches!(self, DocumentKind::Html | DocumentKind::Xml | DocumentKind::Text)
    }
}

fn ending(name: &str) -> String {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    name.rsplit_once('.').map_or(String::new(), |(_, ending)| ending.trim().to_lowercase())
}

fn without_blanks(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start()
}

/// Which kind of text it is, if it is one.
fn text_kind(bytes: &[u8], name: &str) -> Option<DocumentKind> {
    let cut = &bytes[..bytes.len().min(LOOKED_AT_BYTES)];
    let text = decoded(cut);
    if bytes.is_empty() || !is_plausible(&text, cut) {
        return None;
    }
    let start = text.trim_start_matches(|c: char| c == '\u{feff}' || c.is_whitespace());
    let start: String = start.chars().take(1024).collect::<String>().to_lowercase();
    let is_marked_up = start.starts_with('<');
    let is_html = is_marked_up && (start.contains("<html") || start.starts_with("<!doctype html"));
    Some(match ending(name).as_str() {
        _ if is_html => DocumentKind::Html,
        _ if start.starts_with("<?xml") => DocumentKind::Xml,
        "htm" | "html" if is_marked_up => DocumentKind::Html,
        "xml" if is_marked_up => DocumentKind::Xml,
        _ => DocumentKind::Text,
    })
}

/// Whether it reads as text: no control characters but those of printers, and not mostly letters beyond ASCII that come of
/// bytes in disorder.
fn is_plausible(text: &str, bytes: &[u8]) -> bool {
    // Printer files feed forms, and files of DOS end in a substitute character.
    let is_control = |c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\x0b' | '\x0c' | '\r' | '\x1a' | '\u{85}');
    if text.chars().any(|c| is_control(c) || c == '\u{fffe}' || c == '\u{ffff}') {
        return false;
    }
    let is_utf8 = std::str::from_utf8(bytes).map_or_else(|error| error.error_len().is_none(), |_| true);
    let is_marked = bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff");
    let high = bytes.iter().filter(|b| !b.is_ascii()).count();
    is_utf8 || is_marked || high * 2 <= bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, bytes: &[u8], expected: DocumentKind) {
        assert_eq!(DocumentKind::of(bytes, name), expected, "{name} {bytes:?}");
    }

    #[test]
    fn content_tells_the_kind() {
        use DocumentKind::{Bmp, Dicom, Gif, Html, Jpeg, Other, Pdf, Png, Rtf, Text, Tiff, Xml};
        check("a.png", b"%PDF-1.4", Pdf);
        check("a", b"junk\0\n%PDF-1.4", Pdf);
        check("a", b"\x89PNG\r\n\x1a\n", Png);
        check("a", b"\xff\xd8\xff\xe0", Jpeg);
        check("a", b"II*\0", Tiff);
        check("a", b"MM\0\x2b", Tiff);
        check("a", b"GIF87a", Gif);
        check("a", b"BM\0\0\0\0\0\0\0\0\0\0\0\0\x28\0\0\0", Bmp);
        check("a", b"BMI 31, weight 90 kg", Text);
        check("a", b" \r\n{\\rtf1", Rtf);
        check("a", &[&[0; 128][..], b"DICM"].concat(), Dicom);
        check("a", b"\xef\xbb\xbf<!DOCTYPE HTML>", Html);
        check("a.xml", b"<?xml version='1.0'?><html>", Html);
        check("a.txt", b"<?xml version='1.0'?><a/>", Xml);
        check("a.xml", b"<a/>", Xml);
        check("a.html", b"<p>x", Html);
        check("a.html", b"x < y", Text);
        check("a.pdf", b"only text", Text);
        check("a", b"caf\xe9 au lait", Text);
        check("a", "Grüße".as_bytes(), Text);
        check("a", "\u{feff}text".as_bytes(), Text);
        check("a", b"\xff\xfet\0e\0\x3d\xd8", Text);
        check("a", b"page\x0c\x1a", Text);
        check("a", b"a\x00b", Other);
        check("a", b"a\x81b", Other);
        check("a", b"\xe9\xe8\xe7", Other);
        check("a", b"PK\x03\x04", Other);
        check("a", b"", Other);
    }

    #[test]
    fn a_text_may_be_cut_within_a_letter() {
        let mut text = "a".repeat(LOOKED_AT_BYTES - 1);
        text.push('é');
        check("a", text.as_bytes(), DocumentKind::Text);
    }

    fn check_ending(name: &str, kind: DocumentKind, expected: bool) {
        assert_eq!(kind.ending_contradicts(name), expected, "{name} {kind:?}");
    }

    #[test]
    fn endings_may_contradict() {
        use DocumentKind::{Docx, Html, Jpeg, Other, Pdf, Png, Rtf, Text};
        check_ending("SCANS/X1.PDF", Png, true);
        check_ending("SCANS/X1.PDF", Pdf, false);
        check_ending("x.jfif", Jpeg, false);
        check_ending("x.pdf", Other, true);
        check_ending("x.dcm", Other, false);
        check_ending("x.dcm", Pdf, true);
        check_ending("x.txt", Html, false);
        check_ending("x.txt", Rtf, true);
        check_ending("x.doc", Rtf, false);
        check_ending("x.docx", Docx, false);
        check_ending("pdf", Text, false);
        check_ending("v1.2/x", Text, false);
    }
}
