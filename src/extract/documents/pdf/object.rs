//! The objects that a PDF file and its page contents are written in (ISO 32000-1, chapter 7.3). Where an object is in a
//! file is `file`; what it means is not known here.

use std::collections::BTreeMap;
use std::rc::Rc;

/// Arrays and dictionaries nest no deeper in what people make.
const MAX_DEPTH: usize = 48;

/// Numbers, names and so on in one object. The longest arrays are widths of glyphs.
const MAX_PARTS: usize = 1 << 20;

/// Copies are cheap.
#[derive(Clone, Debug, PartialEq)]
pub enum Object {
    Null,
    Number(f64),
    Name(Vec<u8>),
    Text(Vec<u8>),
    Array(Rc<Vec<Object>>),
    Dict(Dict),
    Reference(u32),
    /// `true`, `obj`, `Tj`: a word that is no object of another kind.
    Word(Vec<u8>),
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Dict(Rc<BTreeMap<Vec<u8>, Object>>);

impl Dict {
    pub fn get(&self, key: &str) -> Option<&Object> {
        self.0.get(key.as_bytes())
    }

    /// The value of a key that need not be UTF-8.
    pub fn get_bytes(&self, key: &[u8]) -> Option<&Object> {
        self.0.get(key)
    }

    pub fn is(&self, key: &str, name: &str) -> bool {
        matches!(self.get(key), Some(Object::Name(found)) if found == name.as_bytes())
    }

    pub fn number(&self, key: &str) -> Option<f64> {
        self.get(key).and_then(Object::number)
    }
}

impl Object {
    pub fn number(&self) -> Option<f64> {
        if let Object::Number(number) = self { Some(*number) } else { None }
    }

    pub fn name(&self) -> Option<&[u8]> {
        if let Object::Name(name) = self { Some(name) } else { None }
    }

    pub fn is_word(&self, word: &str) -> bool {
        matches!(self, Object::Word(found) if found == word.as_bytes())
    }
}

/// Reads objects one after the other.
pub struct Lexer<'a> {
    bytes: &'a [u8],
    pub at: usize,
    parts: usize,
}

impl<'a> Lexer<'a> {
    pub fn new(bytes: &'a [u8], at: usize) -> Lexer<'a> {
        Lexer { bytes, at, parts: 0 }
    }

    /// The next object or word. None at the end and where the bytes are no object.
    pub fn next(&mut self) -> Option<Object> {
        self.parts = 0;
        self.object(0)
    }

    /// Takes `word` if it comes next.
    pub fn take_word(&mut self, word: &str) -> bool {
        self.skip_blanks();
        let is_there = self.bytes.get(self.at..).is_some_and(|rest| rest.starts_with(word.as_bytes()));
        if is_there {
            self.at += word.len();
        }
        is_there
    }

    /// Goes behind the picture that is written into a page's content, after its `BI`.
    pub fn skip_inline_image(&mut self) {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let data = memchr::memmem::find(rest, b"ID").map_or(rest.len(), |found| found + 2);
        let ends = memchr::memmem::find_iter(rest.get(data..).unwrap_or_default(), b"EI").map(|found| data + found);
        let end = ends.into_iter().find(|end| {
            let before = end.checked_sub(1).and_then(|before| rest.get(before));
            before.copied().is_some_and(is_blank) && rest.get(end + 2).copied().is_none_or(is_blank)
        });
        self.at += end.map_or(rest.len(), |end| end + 2);
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip_blanks(&mut self) {
        while let Some(byte) = self.peek() {
            if byte == b'%' {
                let rest = &self.bytes[self.at..];
                self.at += memchr::memchr2(b'\r', b'\n', rest).unwrap_or(rest.len());
            } else if is_blank(byte) {
                self.at += 1;
            } else {
                return;
            }
        }
    }

    fn object(&mut self, depth: usize) -> Option<Object> {
        self.skip_blanks();
        self.parts += 1;
        if depth > MAX_DEPTH || self.parts > MAX_PARTS {
            return None;
        }
        match self.peek()? {
            b'/' => {
                self.at += 1;
                Some(Object::Name(self.name()))
            }
            b'(' => Some(Object::Text(self.literal())),
            b'<' if self.bytes.get(self.at + 1) == Some(&b'<') => {
                self.at += 2;
                self.dict(depth).map(Object::Dict)
            }
            b'<' => Some(Object::Text(self.hex())),
            b'[' => {
                self.at += 1;
                self.array(depth).map(|parts| Object::Array(Rc::new(parts)))
            }
            b'0'..=b'9' | b'+' | b'-' | b'.' => Some(self.number_or_reference(depth)),
            // A stray end of something: content goes on behind it.
            b')' | b']' | b'{' | b'}' => {
                self.at += 1;
                Some(Object::Null)
            }
            b'>' => {
                self.at += if self.bytes.get(self.at + 1) == Some(&b'>') { 2 } else { 1 };
                Some(Object::Null)
            }
            _ => Some(match self.regular() {
                b"null" => Object::Null,
                word => Object::Word(word.to_vec()),
            }),
        }
    }

    fn regular(&mut self) -> &'a [u8] {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let length = rest.iter().position(|b| is_blank(*b) || is_delimiter(*b)).unwrap_or(rest.len());
        self.at += length;
        &rest[..length]
    }

    fn name(&mut self) -> Vec<u8> {
        let written = self.regular();
        let mut name = Vec::with_capacity(written.len());
        let mut at = 0;
        while let Some(byte) = written.get(at) {
            let escaped = (*byte == b'#').then(|| Some((digit(*written.get(at + 1)?)?, digit(*written.get(at + 2)?)?)));
            if let Some(Some((high, low))) = escaped {
                name.push(high << 4 | low);
                at += 3;
            } else {
                name.push(*byte);
                at += 1;
            }
        }
        name
    }

    fn literal(&mut self) -> Vec<u8> {
        self.at += 1;
        let mut text = Vec::new();
        let mut open = 0;
        while let Some(byte) = self.peek() {
            self.at += 1;
            match byte {
                b'(' => open += 1,
                b')' if open == 0 => break,
                b')' => open -= 1,
                b'\\' => {
                    self.escape(&mut text);
                    continue;
                }
                _ => {}
            }
            text.push(byte);
        }
        text
    }

    fn escape(&mut self, text: &mut Vec<u8>) {
        let Some(byte) = self.peek() else { return };
        self.at += 1;
        match byte {
            b'n' => text.push(b'\n'),
            b'r' => text.push(b'\r'),
            b't' => text.push(b'\t'),
            b'b' => text.push(8),
            b'f' => text.push(12),
            b'0'..=b'7' => {
                let mut code = u32::from(byte - b'0');
                for _ in 0..2 {
                    match self.peek() {
                        Some(digit @ b'0'..=b'7') => code = code * 8 + u32::from(digit - b'0'),
                        _ => break,
                    }
                    self.at += 1;
                }
                text.push((code & 0xff) as u8);
            }
            // The line goes on behind its end.
            b'\r' if self.peek() == Some(b'\n') => self.at += 1,
            b'\r' | b'\n' => {}
            other => text.push(other),
        }
    }

    fn hex(&mut self) -> Vec<u8> {
        self.at += 1;
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let length = memchr::memchr(b'>', rest).unwrap_or(rest.len());
        self.at += length + 1;
        unhex(&rest[..length])
    }

    fn array(&mut self, depth: usize) -> Option<Vec<Object>> {
        let mut parts = Vec::new();
        loop {
            self.skip_blanks();
            if self.peek()? == b']' {
                self.at += 1;
                return Some(parts);
            }
            let part = self.object(depth + 1)?;
            // The end of the object around it: its bracket is missing.
            if part.is_word("endobj") || part.is_word("obj") {
                return None;
            }
            parts.push(part);
        }
    }

    fn dict(&mut self, depth: usize) -> Option<Dict> {
        let mut entries = BTreeMap::new();
        loop {
            self.skip_blanks();
            if self.peek()? == b'>' {
                self.at += if self.bytes.get(self.at + 1) == Some(&b'>') { 2 } else { 1 };
                return Some(Dict(Rc::new(entries)));
            }
            match self.object(depth + 1)? {
                Object::Name(key) => {
                    self.skip_blanks();
                    if self.peek()? == b'>' {
                        continue;
                    }
                    let value = self.object(depth + 1)?;
                    entries.entry(key).or_insert(value);
                }
                part if part.is_word("endobj") || part.is_word("stream") || part.is_word("obj") => return None,
                _ => {}
            }
        }
    }

    fn number_or_reference(&mut self, depth: usize) -> Object {
        let first = self.regular();
        let number = number(first);
        // In a page's content, which is at depth 0, no reference stands, and `0 0 R` would cost three looks at each number.
        if depth == 0 || first.len() > 10 || !first.iter().all(u8::is_ascii_digit) {
            return Object::Number(number);
        }
        let behind = self.at;
        self.skip_blanks();
        let generation = self.regular();
        self.skip_blanks();
        if (1..=5).contains(&generation.len())
            && generation.iter().all(u8::is_ascii_digit)
            && self.regular() == b"R"
            && number <= f64::from(u32::MAX)
        {
            return Object::Reference(number as u32);
        }
        self.at = behind;
        Object::Number(number)
    }
}

/// A number as lenient readers take it: `--5`, `4.`, `12-3`; what is none is 0.
fn number(written: &[u8]) -> f64 {
    let is_negative = written.first() == Some(&b'-');
    let digits: String = written
        .iter()
        .skip_while(|b| matches!(b, b'+' | b'-'))
        .take_while(|b| b.is_ascii_digit() || **b == b'.')
        .map(|b| char::from(*b))
        .take(40)
        .collect();
    let number: f64 = digits.parse().unwrap_or(0.0);
    if is_negative { -number } else { number }
}

/// The bytes that pairs of hexadecimal digits stand for; a last single one counts as if a 0 followed.
pub fn unhex(digits: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(digits.len() / 2 + 1);
    let mut high = None;
    for digit in digits.iter().filter_map(|b| digit(*b)) {
        match high.take() {
            None => high = Some(digit),
            Some(high) => bytes.push(high << 4 | digit),
        }
    }
    bytes.extend(high.map(|high| high << 4));
    bytes
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).map(|digit| digit as u8)
}

pub fn is_blank(byte: u8) -> bool {
    matches!(byte, 0 | b'\t' | b'\n' | 12 | b'\r' | b' ')
}

fn is_delimiter(byte: u8) -> bool {
    matches!(byte, b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(written: &str, expected: Option<Object>) {
        // As in a file, where references stand.
        assert_eq!(Lexer::new(written.as_bytes(), 0).object(1), expected, "{written}");
    }

    #[test]
    fn objects_are_read() {
        let text = |text: &str| Some(Object::Text(text.into()));
        let array = |parts: Vec<Object>| Some(Object::Array(Rc::new(parts)));
        check("-12.5", Some(Object::Number(-12.5)));
        check(".5", Some(Object::Number(0.5)));
        check("--5", Some(Object::Number(-5.0)));
        check("12 0 R", Some(Object::Reference(12)));
        check("12 0 obj", Some(Object::Number(12.0)));
        check("/A#20B#", Some(Object::Name(b"A B#".to_vec())));
        check(r"(a\(b\)(c)\101\\)", text("a(b)(c)A\\"));
        check("(two\\\r\nlines)", text("twolines"));
        check("(open", text("open"));
        check("<41 4>", text("A@"));
        check("% word\nnull", Some(Object::Null));
        check(
            "[1 [2] /A]",
            array(vec![
                Object::Number(1.0),
                Object::Array(Rc::new(vec![Object::Number(2.0)])),
                Object::Name(b"A".to_vec()),
            ]),
        );
        check("[1 2", None);
        check("[1 endobj", None);
        let dict = [(b"A".to_vec(), Object::Number(1.0))].into();
        check("<</A 1 /B>>", Some(Object::Dict(Dict(Rc::new(dict)))));
        check("", None);
        check(&"[".repeat(100_000), None);
        check(&"<</A".repeat(100_000), None);
    }

    #[test]
    fn an_inline_image_is_skipped() {
        let mut lexer = Lexer::new(b" /W 1 ID \x01EI\x02 EIx\n\xff EI Q", 0);
        lexer.skip_inline_image();
        assert_eq!(lexer.next(), Some(Object::Word(b"Q".to_vec())));
    }
}
