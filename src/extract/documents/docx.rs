//! The text and the page count of Word's DOCX documents (ECMA-376, part 1). How it looks, and pictures, are not kept.

use std::borrow::Cow;
use std::io::{Cursor, Read as _};

use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesStart, Event};
use zip::ZipArchive;
use zip::result::ZipError;

use super::text::tidied;
use super::{Flaw, MAX_TEXT_BYTES};

const BODY: &str = "word/document.xml";

/// What all parts of one document may unpack to.
const MAX_UNPACKED_BYTES: u64 = 64 << 20;

/// Headers and footers beyond so many are not read.
const MAX_PARTS: usize = 200;

/// What was read of a document.
#[derive(Debug, Default)]
pub struct Read {
    pub pages: Option<u32>,
    pub text: Option<String>,
    pub flaw: Option<Flaw>,
}

/// Whether it is a zip archive with the body of a Word document.
pub fn is_docx(bytes: &[u8]) -> bool {
    ZipArchive::new(Cursor::new(bytes)).is_ok_and(|archive| archive.index_for_name(BODY).is_some())
}

/// As the program that saved it last has counted.
pub fn page_count(bytes: &[u8]) -> Option<u32> {
    Parts::open(bytes)?.page_count()
}

pub fn read(bytes: &[u8]) -> Read {
    let Some(mut parts) = Parts::open(bytes) else {
        return Read { flaw: Some(Flaw::Damaged), ..Read::default() };
    };
    let pages = parts.page_count();
    let names = parts.names();
    let starting = |start| names.iter().filter(move |name| name.starts_with(start)).take(MAX_PARTS).cloned();
    let ordered = starting("word/header")
        .chain([BODY.to_owned()])
        .chain(starting("word/footnotes"))
        .chain(starting("word/endnotes"))
        .chain(starting("word/footer"));
    let mut texts: Vec<String> = Vec::new();
    for name in ordered {
        let Some(source) = parts.read(&name) else { continue };
        let (text, is_whole) = text_of(&source);
        if !is_whole {
            parts.note(Flaw::Damaged);
        }
        // First pages and even pages often repeat the head of the others.
        if let Some(text) = tidied(&text).filter(|text| !texts.contains(text)) {
            texts.push(text);
        }
    }
    Read { pages, text: tidied(&texts.join("\n")), flaw: parts.flaw }
}

struct Parts<'a> {
    archive: ZipArchive<Cursor<&'a [u8]>>,
    left_bytes: u64,
    flaw: Option<Flaw>,
}

impl<'a> Parts<'a> {
    fn open(bytes: &'a [u8]) -> Option<Parts<'a>> {
        let archive = ZipArchive::new(Cursor::new(bytes)).ok()?;
        Some(Parts { archive, left_bytes: MAX_UNPACKED_BYTES, flaw: None })
    }

    fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.archive.file_names().flatten().map(Cow::into_owned).collect();
        names.retain(|name| name.ends_with(".xml"));
        // `header2` comes before `header10`.
        names.sort_by_key(|name| (name.len(), name.clone()));
        names
    }

    fn note(&mut self, flaw: Flaw) {
        self.flaw = Some(self.flaw.map_or(flaw, |noted| noted.min(flaw)));
    }

    /// A part's bytes. What a damaged part gives before its damage counts.
    fn read(&mut self, name: &str) -> Option<Vec<u8>> {
        let (part, flaw) = match self.archive.by_name(name) {
            Ok(member) => {
                let mut part = Vec::new();
                let done = member.take(self.left_bytes + 1).read_to_end(&mut part);
                (Some(part), done.is_err().then_some(Flaw::Damaged))
            }
            Err(ZipError::FileNotFound) => (None, None),
            Err(ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED)) => (None, Some(Flaw::Encrypted)),
            Err(_) => (None, Some(Flaw::Damaged)),
        };
        if let Some(flaw) = flaw {
            self.note(flaw);
        }
        let part = part?;
        if part.len() as u64 > self.left_bytes {
            self.left_bytes = 0;
            self.note(Flaw::TooLarge);
            return None;
        }
        self.left_bytes -= part.len() as u64;
        Some(part)
    }

    fn page_count(&mut self) -> Option<u32> {
        let source = self.read("docProps/app.xml")?;
        let source = String::from_utf8_lossy(&source);
        let (_, behind) = source.split_once("<Pages>")?;
        let (count, _) = behind.split_once("</Pages>")?;
        count.trim().parse().ok().filter(|count| *count > 0)
    }
}

/// The text of one part, and whether it was read to its end.
fn text_of(source: &[u8]) -> (String, bool) {
    let source = String::from_utf8_lossy(source);
    let mut reader = Reader::from_str(&source);
    reader.config_mut().check_end_names = false;
    let mut writer = Writer::default();
    loop {
        match reader.read_event() {
            Ok(Event::Start(tag)) => writer.open(&tag),
            Ok(Event::Empty(tag)) => {
                writer.open(&tag);
                writer.close(tag.local_name().as_ref());
            }
            Ok(Event::End(tag)) => writer.close(tag.local_name().as_ref()),
            Ok(Event::Text(text)) if writer.is_open() => writer.text.push_str(&text),
            Ok(Event::CData(text)) if writer.is_open() => writer.text.push_str(&text),
            Ok(Event::GeneralRef(entity)) if writer.is_open() => match entity.resolve_char_ref() {
                Ok(Some(letter)) => writer.text.push(letter),
                _ => writer.text.push_str(resolve_predefined_entity(&entity).unwrap_or_default()),
            },
            Ok(Event::Eof) => return (writer.text, writer.is_whole),
            Ok(_) => {}
            Err(_) => return (writer.text, false),
        }
        if writer.text.len() > MAX_TEXT_BYTES {
            return (writer.text, true);
        }
    }
}

#[derive(Default)]
struct Writer {
    text: String,
    /// Within an element of text.
    is_text: bool,
    /// Within a run that is hidden.
    is_hidden: bool,
    /// Elements open within one that is not read.
    silent: usize,
    /// The outermost element was closed.
    is_whole: bool,
    depth: usize,
}

impl Writer {
    fn is_open(&self) -> bool {
        self.is_text && !self.is_hidden && self.silent == 0
    }

    fn open(&mut self, tag: &BytesStart<'_>) {
        self.depth += 1;
        let name = tag.local_name();
        let name = name.as_ref();
        // An older drawing of what is drawn in the same place, and text that was moved away.
        if self.silent > 0 || matches!(name, "Fallback" | "moveFrom") {
            self.silent += 1;
            return;
        }
        match name {
            "t" => self.is_text = true,
            "vanish" => {
                let is_off = value(tag, "val").is_some_and(|value| matches!(value.as_str(), "0" | "false" | "off"));
                self.is_hidden = !is_off;
            }
            "sym" if !self.is_hidden => {
                let code = value(tag, "char").and_then(|code| u32::from_str_radix(&code, 16).ok()).unwrap_or(0);
                // Fonts of signs have them in the private area (see `codepage`).
                let sign = if (0xf000..0xf100).contains(&code) {
                    super::codepage::sign_of((code & 0xff) as u8)
                } else {
                    char::from_u32(code)
                };
                self.text.extend(sign);
            }
            // The same name is a place to stop at, in a paragraph's settings; there it has a position.
            "tab" if value(tag, "pos").is_none() && !self.is_hidden => self.text.push('\t'),
            "br" | "cr" => self.text.push('\n'),
            "noBreakHyphen" if !self.is_hidden => self.text.push('-'),
            // A box stands within a paragraph.
            "txbxContent" => self.end_line(),
            _ => {}
        }
    }

    fn close(&mut self, name: &str) {
        self.depth = self.depth.saturating_sub(1);
        self.is_whole |= self.depth == 0;
        if self.silent > 0 {
            self.silent -= 1;
            return;
        }
        match name {
            "t" => self.is_text = false,
            "r" | "pPr" => self.is_hidden = false,
            "p" => self.text.push('\n'),
            "tc" => {
                self.trim(&['\n']);
                self.text.push('\t');
            }
            "tr" => {
                self.trim(&['\n', '\t']);
                self.text.push('\n');
            }
            _ => {}
        }
    }

    fn end_line(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.text.push('\n');
        }
    }

    fn trim(&mut self, letters: &[char]) {
        self.text.truncate(self.text.trim_end_matches(letters).len());
    }
}

fn value(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    let found = tag.attributes().with_checks(false).flatten().find(|own| own.key.local_name().as_ref() == name)?;
    Some(found.value.into_owned())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use std::io::Write;
    use zip::write::{SimpleFileOptions, ZipWriter};

    pub fn docx(parts: &[(&str, &str)]) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in parts {
            writer.start_file(*name, SimpleFileOptions::default()).unwrap();
            writer.write_all(content.as_bytes()).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    fn check(body: &str, expected: &str) {
        let source = format!("<?xml version=\"1.0\"?><w:document><w:body>{body}</w:body></w:document>");
        let read = read(&docx(&[(BODY, &source)]));
        assert_eq!((read.text.unwrap_or_default().as_str(), read.flaw), (expected, None), "{body}");
    }

    #[test]
    fn text_is_read() {
        check(
            "<w:p><w:r><w:t>A &amp; </w:t><w:tab/><w:t>b&#233;</w:t><w:br/><w:t>c</w:t></w:r></w:p><w:p/>",
            "A & \tbé\nc",
        );
        check("<w:p><w:pPr><w:tabs><w:tab w:pos='9'/></w:tabs></w:pPr><w:t>x</w:t></w:p>", "x");
        let cell = |text: &str| format!("<w:tc><w:p><w:t>{text}</w:t></w:p></w:tc>");
        let row = format!("<w:tr>{}{}</w:tr>", cell("Na"), cell("140"));
        check(&format!("<w:tbl>{row}{row}</w:tbl><w:p><w:t>end</w:t></w:p>"), "Na\t140\nNa\t140\nend");
        check("<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>no</w:t></w:r><w:r><w:t>yes</w:t></w:r></w:p>", "yes");
        check("<w:p><w:del><w:r><w:delText>no</w:delText></w:r></w:del><w:instrText>PAGE</w:instrText></w:p>", "");
        check("<w:p><w:r><w:sym w:font='Wingdings' w:char='F0FE'/><w:t> seen</w:t></w:r></w:p>", "☑ seen");
        let twice =
            "<mc:Choice><w:p><w:t>box</w:t></w:p></mc:Choice><mc:Fallback><w:p><w:t>box</w:t></w:p></mc:Fallback>";
        check(&format!("<w:p>{twice}</w:p>"), "box");
    }

    #[test]
    fn heads_and_feet_are_around_the_body() {
        let part = |text: &str| format!("<w:hdr><w:p><w:t>{text}</w:t></w:p></w:hdr>");
        let bytes = docx(&[
            ("word/footer1.xml", &part("foot")),
            (BODY, &part("body")),
            ("word/header1.xml", &part("head")),
            ("word/header2.xml", &part("head")),
            ("docProps/app.xml", "<Properties><Pages>3</Pages></Properties>"),
        ]);
        let read = read(&bytes);
        assert_eq!((read.pages, read.text.as_deref(), read.flaw), (Some(3), Some("head\nbody\nfoot"), None));
        assert_eq!(page_count(&bytes), Some(3));
        assert!(is_docx(&bytes));
        assert!(!is_docx(&docx(&[("other.xml", "<a/>")])));
    }

    #[test]
    fn damage_and_bombs_are_flaws() {
        let cut = read(&docx(&[(BODY, "<w:document><w:p><w:t>half</w:t></w:p>")]));
        assert_eq!((cut.text.as_deref(), cut.flaw), (Some("half"), Some(Flaw::Damaged)));
        let bomb = read(&docx(&[(BODY, &" ".repeat(65 << 20))]));
        assert_eq!((bomb.text, bomb.flaw), (None, Some(Flaw::TooLarge)));
        assert_eq!(read(b"PK\x03\x04").flaw, Some(Flaw::Damaged));
    }
}
