//! A message in its segments and fields, as its own header says they are parted (HL7 v2.5.1 chapter 2.5).

use std::borrow::Cow;

use encoding_rs::{BIG5, EUC_KR, Encoding, GB18030, ISO_2022_JP, UTF_8, WINDOWS_1252};

/// What parts a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delimiters {
    pub field: char,
    pub component: Option<char>,
    pub repetition: Option<char>,
    pub escape: Option<char>,
    pub subcomponent: Option<char>,
}

/// A segment, of which the fields are as they stand.
#[derive(Debug)]
pub struct Segment<'t> {
    pub name: &'t str,
    /// From 1; the first two of a header are the delimiters themselves.
    fields: Vec<&'t str>,
}

#[derive(Debug)]
pub struct Message<'t> {
    pub delimiters: Delimiters,
    pub segments: Vec<Segment<'t>>,
}

/// The header of a message, a file or a batch: its first two fields part the others.
pub fn is_header(name: &str) -> bool {
    matches!(name, "MSH" | "FHS" | "BHS")
}

impl<'t> Segment<'t> {
    fn of(line: &'t str, separator: char) -> Self {
        let name = line.get(..3).unwrap_or(line);
        let rest = line.get(3..).unwrap_or_default();
        let mut fields: Vec<&str> = Vec::with_capacity(24);
        if is_header(name) {
            fields.push(rest.get(..separator.len_utf8()).unwrap_or_default());
        }
        // What parts fields is a sign of ASCII.
        let mut start = None;
        for at in memchr::memchr_iter(separator as u8, rest.as_bytes()) {
            fields.extend(start.map(|start| &rest[start..at]));
            start = Some(at + 1);
        }
        fields.extend(start.map(|start| &rest[start..]));
        Self { name, fields }
    }

    /// A field as it stands, from 1.
    pub fn field(&self, number: usize) -> &'t str {
        self.fields.get(number.wrapping_sub(1)).copied().unwrap_or_default()
    }

    /// As it stands.
    pub fn whole(&self, separator: char) -> String {
        let fields = if is_header(self.name) { self.fields.get(1..).unwrap_or_default() } else { &self.fields };
        let mut text = self.name.to_owned();
        for field in fields {
            text.push(separator);
            text.push_str(field);
        }
        text
    }

    /// All of them, with their numbers.
    pub fn fields(&self) -> impl Iterator<Item = (usize, &'t str)> {
        (1..).zip(self.fields.iter().copied())
    }
}

impl<'t> Message<'t> {
    /// What is at fault, where it is no message: the field of its header.
    pub fn parse(text: &'t str) -> Result<Self, &'static str> {
        let delimiters = Delimiters::of(text)?;
        let lines = text.split('\r').filter(|line| !line.is_empty());
        let segments = lines.map(|line| Segment::of(line, delimiters.field)).collect();
        Ok(Self { delimiters, segments })
    }

    /// The header of a message, and no more of it.
    pub fn parse_header(text: &'t str) -> Result<Self, &'static str> {
        Self::parse(text.split_inclusive('\r').next().unwrap_or_default())
    }

    /// A segment of a batch that is parted as the batch's header says.
    pub fn parse_within(text: &'t str, signs: &str) -> Result<Self, &'static str> {
        let delimiters = Delimiters::of(&format!("BHS{signs}"))?;
        Ok(Self { delimiters, segments: vec![Segment::of(text, delimiters.field)] })
    }

    pub fn header(&self) -> &Segment<'t> {
        &self.segments[0]
    }

    /// A component of the first repetition of a field, from 1.
    pub fn component(&self, segment: &Segment<'t>, field: usize, component: usize) -> Cow<'t, str> {
        self.part(first(segment.field(field), self.delimiters.repetition), component)
    }

    /// A component of a repetition.
    pub fn part(&self, repetition: &'t str, component: usize) -> Cow<'t, str> {
        let part = split(repetition, self.delimiters.component).nth(component - 1).unwrap_or_default();
        let part = first(part, self.delimiters.subcomponent);
        match self.delimiters.unescape(part.trim()) {
            Cow::Borrowed("\"\"") => Cow::Borrowed(""),
            text => text,
        }
    }

    /// The repetitions of a field.
    pub fn repetitions(&self, field: &'t str) -> impl Iterator<Item = &'t str> {
        split(field, self.delimiters.repetition)
    }
}

/// The parts of a text; the text itself where nothing parts it.
pub fn split(text: &str, by: Option<char>) -> impl Iterator<Item = &str> {
    let mut left = Some(text);
    std::iter::from_fn(move || {
        let text = left?;
        match by.and_then(|by| text.split_once(by)) {
            Some((part, rest)) => {
                left = Some(rest);
                Some(part)
            }
            None => left.take(),
        }
    })
}

fn first(text: &str, by: Option<char>) -> &str {
    split(text, by).next().unwrap_or_default()
}

impl Delimiters {
    /// MSH-1 and MSH-2: signs, and no two the same. Older senders name fewer of them.
    pub fn of(text: &str) -> Result<Self, &'static str> {
        let mut signs = text.get(3..).unwrap_or_default().chars();
        let field = signs.next().filter(char::is_ascii_punctuation).ok_or("MSH-1")?;
        let end = |c: char| c == field || c == '\r' || c == '\n';
        let others: Vec<char> = signs.by_ref().take_while(|c| !end(*c)).take(6).collect();
        let is_once = |(at, sign): (usize, &char)| *sign != field && !others[..at].contains(sign);
        let are_signs = others.iter().all(char::is_ascii_punctuation) && others.iter().enumerate().all(is_once);
        if others.is_empty() || others.len() > 5 || !are_signs {
            return Err("MSH-2");
        }
        let sign = |at: usize| others.get(at).copied();
        Ok(Self { field, component: sign(0), repetition: sign(1), escape: sign(2), subcomponent: sign(3) })
    }

    /// Whether nothing in a text parts or escapes it.
    pub fn is_plain(&self, text: &str) -> bool {
        // No byte of a text is 0xff.
        let byte = |sign: Option<char>| sign.map_or(0xff, |sign| sign as u8);
        let signs = [self.component, self.repetition, self.escape, self.subcomponent].map(byte);
        !text.bytes().fold(false, |found, byte| {
            found | (byte == signs[0]) | (byte == signs[1]) | (byte == signs[2]) | (byte == signs[3])
        })
    }

    /// Escaped signs as themselves, the commands of formatted text as line breaks and blanks (chapter 2.7). What nobody knows stays.
    pub fn unescape<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let Some(escape) = self.escape.filter(|escape| text.contains(*escape)) else { return Cow::Borrowed(text) };
        let mut plain = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once(escape) {
            plain.push_str(before);
            let Some((sequence, behind)) = after.split_once(escape) else {
                plain.push(escape);
                rest = after;
                continue;
            };
            match self.meaning(sequence) {
                Some(meaning) => {
                    plain.push_str(&meaning);
                    rest = behind;
                }
                None => {
                    // The second sign may open the next.
                    plain.push(escape);
                    rest = after;
                }
            }
        }
        plain.push_str(rest);
        Cow::Owned(plain)
    }

    fn meaning(&self, sequence: &str) -> Option<String> {
        let sign = |sign: Option<char>| sign.map(String::from);
        match sequence {
            "F" => return sign(Some(self.field)),
            "S" => return sign(self.component),
            "T" => return sign(self.subcomponent),
            "R" => return sign(self.repetition),
            "E" => return sign(self.escape),
            "P" => return Some("#".into()),
            "H" | "N" => return Some(String::new()),
            _ => {}
        }
        if let Some(digits) = sequence.strip_prefix('X') {
            let is_hex = !digits.is_empty() && digits.len() % 2 == 0 && digits.bytes().all(|b| b.is_ascii_hexdigit());
            let byte = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).ok();
            let bytes = is_hex.then(|| (0..digits.len()).step_by(2).filter_map(byte).collect::<Vec<u8>>())?;
            return Some(decoded(bytes, WINDOWS_1252));
        }
        let command = sequence.strip_prefix('.')?;
        let (command, count) = command.split_at_checked(2)?;
        let count = match count.trim_start_matches(['+', '-']) {
            "" => 1,
            digits => digits.parse::<usize>().ok()?.min(99),
        };
        Some(match command {
            "br" | "ce" => "\n".into(),
            "sp" => "\n".repeat(count),
            "sk" => " ".repeat(count),
            "in" | "ti" | "fi" | "nf" => String::new(),
            _ => return None,
        })
    }
}

/// A message as text, in the character set that its header names (MSH-18, table 0211); UTF-8 where it is that.
pub fn text_of(bytes: Vec<u8>) -> String {
    let header = bytes.split(|byte| matches!(byte, b'\r' | b'\n')).next().unwrap_or_default();
    let separator = header.get(3).copied().unwrap_or(b'|');
    let named = header.split(|byte| *byte == separator).nth(17).unwrap_or_default();
    let named = named.split(|byte| !byte.is_ascii_graphic() && *byte != b' ' || *byte == b'~').next();
    let encoding = charset(&String::from_utf8_lossy(named.unwrap_or_default()));
    if encoding == ISO_2022_JP {
        // It writes all its signs in seven bits, as UTF-8 writes others.
        return encoding.decode_without_bom_handling(&bytes).0.into_owned();
    }
    decoded(bytes, encoding)
}

fn decoded(bytes: Vec<u8>, encoding: &'static Encoding) -> String {
    match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => encoding.decode_without_bom_handling(error.as_bytes()).0.into_owned(),
    }
}

/// Table 0211; what is unknown is read as windows-1252.
fn charset(name: &str) -> &'static Encoding {
    let name = name.trim().to_ascii_uppercase();
    if let Some(part) = name.strip_prefix("8859/").or_else(|| name.strip_prefix("8859-")) {
        return Encoding::for_label(format!("iso-8859-{part}").as_bytes()).unwrap_or(WINDOWS_1252);
    }
    match name.as_str() {
        "UNICODE UTF-8" | "UNICODE" | "UTF-8" => UTF_8,
        "ISO IR14" | "ISO IR87" | "ISO IR159" => ISO_2022_JP,
        "KS X 1001" => EUC_KR,
        "GB 18030-2000" => GB18030,
        "BIG-5" => BIG5,
        label => Encoding::for_label(label.as_bytes()).unwrap_or(WINDOWS_1252),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_says_what_parts_a_message() {
        let usual = Delimiters::of("MSH|^~\\&|x").expect("delimiters");
        assert_eq!(usual, Delimiters::of("MSH|^~\\&#|x").expect("with truncation"));
        let other = Delimiters::of("MSH$%~!@$x").expect("others");
        assert_eq!((other.field, other.component, other.subcomponent), ('$', Some('%'), Some('@')));
        assert_eq!(Delimiters::of("MSH|^|x").expect("one").escape, None);
        for (text, fault) in [
            ("MSH", "MSH-1"),
            ("MSHA^~\\&|", "MSH-1"),
            ("MSH ^~\\&|", "MSH-1"),
            ("MSH||x", "MSH-2"),
            ("MSH|^^\\&|", "MSH-2"),
            ("MSH|abc&|", "MSH-2"),
            ("MSH|^~\\&!$%|", "MSH-2"),
        ] {
            assert_eq!(Delimiters::of(text), Err(fault), "{text}");
        }
    }

    #[test]
    fn fields_count_from_one() {
        let message = Message::parse("MSH|^~\\&|A^b|F\rPID|1||7^^^M11~8|\"\"\r").expect("a message");
        let header = message.header();
        assert_eq!((header.field(1), header.field(2), header.field(4), header.field(9)), ("|", "^~\\&", "F", ""));
        let pid = &message.segments[1];
        assert_eq!(message.component(pid, 3, 4), "M11");
        assert_eq!(message.component(pid, 4, 1), "");
        assert_eq!(message.repetitions(pid.field(3)).collect::<Vec<_>>(), ["7^^^M11", "8"]);
    }

    #[test]
    fn escapes_are_what_they_stand_for() {
        let delimiters = Delimiters::of("MSH|^~\\&|").expect("delimiters");
        for (text, plain) in [
            ("plain", "plain"),
            ("a\\T\\b \\S\\ \\F\\ \\R\\ \\E\\", "a&b ^ | ~ \\"),
            ("one\\.br\\two\\.sp2\\three", "one\ntwo\n\nthree"),
            ("\\H\\bold\\N\\", "bold"),
            ("\\X0D0A\\x\\XC3A9\\", "\r\nxé"),
            ("C:\\Windows\\T", "C:\\Windows\\T"),
            ("100\\", "100\\"),
            ("\\Zown\\ \\C2842\\ \\X0\\", "\\Zown\\ \\C2842\\ \\X0\\"),
            ("\\T\\\\T\\", "&&"),
        ] {
            assert_eq!(delimiters.unescape(text), plain, "{text}");
        }
    }

    #[test]
    fn the_character_set_is_the_headers_unless_it_is_utf_8() {
        let of = |set: &str, name: &[u8]| {
            let mut bytes = format!("MSH|^~\\&{}{set}|\rPID|1||||", "|".repeat(16)).into_bytes();
            bytes.extend_from_slice(name);
            text_of(bytes).rsplit('|').next().unwrap_or_default().to_owned()
        };
        assert_eq!(of("", b"Jos\xe9"), "José");
        assert_eq!(of("8859/15", b"\xa4"), "€");
        assert_eq!(of("8859/2", b"\xb3"), "ł");
        assert_eq!(of("UNICODE UTF-8", "José".as_bytes()), "José");
        assert_eq!(of("8859/1~UNICODE UTF-8", b"Jos\xe9"), "José");
        assert_eq!(of("KS X 1001", b"\xb0\xa1"), "가");
    }
}
