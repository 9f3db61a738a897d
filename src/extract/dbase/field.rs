//! Fields of a dBase table: where they stand in a record, and what stands there.

use std::collections::HashSet;

use encoding_rs::Encoding;

use super::moment;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    Text,
    /// Its length stands in its last byte where the record's flags say so.
    VariableText,
    VariableBytes,
    Number,
    Date,
    DateTime,
    Logical,
    Integer,
    Currency,
    Double,
    Memo,
    /// Pictures and other programs' objects, in the memo file.
    Object,
    /// Says which values of a record are NULL or of variable length.
    NullFlags,
    /// Whatever it is, its bytes are text.
    Other,
}

impl FieldKind {
    pub fn is_in_memo(self) -> bool {
        matches!(self, Self::Memo | Self::Object)
    }
}

#[derive(Clone, Debug)]
pub struct Field {
    pub name: String,
    pub kind: FieldKind,
    /// In the record.
    pub at: usize,
    pub bytes: usize,
    /// Its bit in the flags of a record, where it has one.
    length_flag: Option<usize>,
    null_flag: Option<usize>,
    is_nullable: bool,
}

/// A value as a record has it.
pub enum Value<'a> {
    Nothing,
    /// In the file's code page.
    Text(&'a [u8]),
    Plain(String),
    Bytes(&'a [u8]),
    /// Number of its block.
    InMemo(u32),
}

impl Field {
    /// From the 32 bytes that describe it.
    pub fn of(described: &[u8; 32], at: usize, version: u8) -> Self {
        let name = described[..11].split(|byte| *byte == 0).next().unwrap_or_default();
        let (code, decimals, flags) = (described[11], described[17], described[18]);
        let is_visual = matches!(version, 0x30..=0x32);
        let kind = match code {
            b'C' => FieldKind::Text,
            b'V' => FieldKind::VariableText,
            b'Q' => FieldKind::VariableBytes,
            b'N' | b'F' => FieldKind::Number,
            b'D' => FieldKind::Date,
            b'T' | b'@' => FieldKind::DateTime,
            b'L' => FieldKind::Logical,
            b'I' | b'+' => FieldKind::Integer,
            b'Y' => FieldKind::Currency,
            b'O' => FieldKind::Double,
            b'B' if is_visual => FieldKind::Double,
            b'M' => FieldKind::Memo,
            b'G' | b'P' | b'W' | b'B' => FieldKind::Object,
            b'0' => FieldKind::NullFlags,
            _ => FieldKind::Other,
        };
        let mut bytes = usize::from(described[16]);
        // Longer texts have the rest of their length where others have their decimals.
        if kind == FieldKind::Text && !is_visual {
            bytes += usize::from(decimals) << 8;
        }
        Self {
            name: String::from_utf8_lossy(name).trim().to_owned(),
            kind,
            at,
            bytes,
            length_flag: None,
            null_flag: None,
            is_nullable: is_visual && flags & 2 != 0,
        }
    }

    /// What stands in its bytes; `flags` are those of the record.
    pub fn value<'a>(&self, bytes: &'a [u8], flags: &[u8]) -> Value<'a> {
        let is_set = |bit: Option<usize>| {
            bit.is_some_and(|bit| flags.get(bit / 8).is_some_and(|byte| byte & (1 << (bit % 8)) != 0))
        };
        if is_set(self.null_flag) {
            return Value::Nothing;
        }
        let bytes = match is_set(self.length_flag) {
            true => &bytes[..usize::from(bytes.last().copied().unwrap_or_default()).min(bytes.len().saturating_sub(1))],
            false => bytes,
        };
        let text = bytes.trim_ascii();
        let plain = |text: Option<String>| text.map_or(Value::Nothing, Value::Plain);
        match self.kind {
            FieldKind::VariableBytes if bytes.is_empty() => Value::Nothing,
            FieldKind::VariableBytes => Value::Bytes(bytes),
            FieldKind::Text | FieldKind::VariableText | FieldKind::Other => {
                let end = bytes.iter().rposition(|byte| !matches!(byte, b' ' | 0)).map_or(0, |last| last + 1);
                if end == 0 { Value::Nothing } else { Value::Text(&bytes[..end]) }
            }
            FieldKind::Number if text.is_empty() || text.iter().all(|byte| *byte == 0) => Value::Nothing,
            FieldKind::Number => Value::Text(text),
            FieldKind::Logical if matches!(text, b"" | b"?" | b"\0") => Value::Nothing,
            FieldKind::Logical => Value::Text(text),
            FieldKind::Date => match text {
                [] | b"00000000" | [0, ..] => Value::Nothing,
                day if day.len() == 8 && day.iter().all(u8::is_ascii_digit) => {
                    let part = |range: std::ops::Range<usize>| String::from_utf8_lossy(&day[range]).into_owned();
                    Value::Plain(format!("{}-{}-{}", part(0..4), part(4..6), part(6..8)))
                }
                other => Value::Text(other),
            },
            FieldKind::DateTime => match bytes.split_at_checked(4) {
                Some((day, rest)) => plain(moment(unsigned(day), unsigned(rest))),
                None => Value::Nothing,
            },
            FieldKind::Integer => plain(bytes.try_into().ok().map(i32::from_le_bytes).map(|value| value.to_string())),
            FieldKind::Currency => plain(bytes.try_into().ok().map(i64::from_le_bytes).map(in_ten_thousandths)),
            FieldKind::Double => plain(bytes.try_into().ok().map(f64::from_le_bytes).map(|value| value.to_string())),
            FieldKind::Memo | FieldKind::Object => {
                // Four bytes are a number, ten are its digits.
                let block = match bytes.len() {
                    4 => Some(unsigned(bytes)),
                    _ => std::str::from_utf8(text).ok().and_then(|text| text.parse().ok()),
                };
                block.filter(|block| *block > 0).map_or(Value::Nothing, Value::InMemo)
            }
            FieldKind::NullFlags => Value::Nothing,
        }
    }
}

fn unsigned(bytes: &[u8]) -> u32 {
    bytes.get(..4).and_then(|four| four.try_into().ok()).map_or(0, u32::from_le_bytes)
}

fn in_ten_thousandths(value: i64) -> String {
    let (sign, digits) = (if value < 0 { "-" } else { "" }, value.unsigned_abs());
    format!("{sign}{}.{:04}", digits / 10_000, digits % 10_000)
}

/// Names have ten characters at most: two may have become one. Gives each field its bits in a record's flags, too.
pub fn tell_names_apart(fields: &mut [Field]) {
    let mut taken: HashSet<String> = HashSet::new();
    let mut bit = 0;
    let mut next = || {
        bit += 1;
        Some(bit - 1)
    };
    for field in fields {
        let own = field.name.clone();
        let mut number = 2;
        while !taken.insert(field.name.to_lowercase()) {
            field.name = format!("{own}_{number}");
            number += 1;
        }
        if matches!(field.kind, FieldKind::VariableText | FieldKind::VariableBytes) {
            field.length_flag = next();
        }
        if field.is_nullable {
            field.null_flag = next();
        }
    }
}

/// The code page that texts are in.
#[derive(Clone, Copy, Debug)]
pub enum TextIn {
    /// The file does not say, or says something else: its bytes are handed on.
    Unknown,
    Windows(&'static Encoding),
    /// What the second half of its bytes stands for.
    Dos(&'static [char; 128]),
}

impl TextIn {
    /// By the language driver's number in the header.
    pub fn of_driver(driver: u8) -> Self {
        match driver {
            0x01 | 0x09 | 0x0b | 0x0d | 0x0f | 0x11 | 0x15 | 0x18 | 0x19 | 0x1b => {
                Self::Dos(&oem_cp::code_table::DECODING_TABLE_CP437)
            }
            0x02 | 0x0a | 0x0e | 0x10 | 0x12 | 0x14 | 0x16 | 0x1a | 0x1d | 0x25 | 0x37 => {
                Self::Dos(&oem_cp::code_table::DECODING_TABLE_CP850)
            }
            0x1f | 0x22 | 0x23 | 0x40 | 0x64 | 0x87 => Self::Dos(&oem_cp::code_table::DECODING_TABLE_CP852),
            0x08 | 0x17 | 0x66 => Self::Dos(&oem_cp::code_table::DECODING_TABLE_CP865),
            0x1c | 0x6c => Self::Dos(&oem_cp::code_table::DECODING_TABLE_CP863),
            0x24 => Self::Dos(&oem_cp::code_table::DECODING_TABLE_CP860),
            0x67 => Self::Dos(&oem_cp::code_table::DECODING_TABLE_CP861),
            0x26 | 0x65 => Self::Windows(encoding_rs::IBM866),
            0x03 | 0x57..=0x59 => Self::Windows(encoding_rs::WINDOWS_1252),
            0xc8 => Self::Windows(encoding_rs::WINDOWS_1250),
            0xc9 => Self::Windows(encoding_rs::WINDOWS_1251),
            0xca => Self::Windows(encoding_rs::WINDOWS_1254),
            0xcb => Self::Windows(encoding_rs::WINDOWS_1253),
            0xcc => Self::Windows(encoding_rs::WINDOWS_1257),
            0x7d => Self::Windows(encoding_rs::WINDOWS_1255),
            0x7e => Self::Windows(encoding_rs::WINDOWS_1256),
            0x50 | 0x7c => Self::Windows(encoding_rs::WINDOWS_874),
            0x13 | 0x7b => Self::Windows(encoding_rs::SHIFT_JIS),
            0x4d | 0x7a => Self::Windows(encoding_rs::GBK),
            0x4e | 0x79 => Self::Windows(encoding_rs::EUC_KR),
            0x4f | 0x78 => Self::Windows(encoding_rs::BIG5),
            _ => Self::Unknown,
        }
    }

    /// In UTF-8, or as it is.
    pub fn decode(self, text: &[u8]) -> Vec<u8> {
        match self {
            Self::Windows(encoding) => encoding.decode_without_bom_handling(text).0.into_owned().into_bytes(),
            Self::Dos(upper) => {
                let decode = |byte: &u8| match byte.checked_sub(128) {
                    Some(high) => upper[usize::from(high)],
                    None => char::from(*byte),
                };
                text.iter().map(decode).collect::<String>().into_bytes()
            }
            Self::Unknown => text.to_vec(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(code: u8, bytes: u8, version: u8) -> Field {
        let mut described = [0; 32];
        described[0] = b'X';
        (described[11], described[16]) = (code, bytes);
        Field::of(&described, 1, version)
    }

    fn text(code: u8, version: u8, bytes: &[u8]) -> Option<String> {
        match field(code, bytes.len() as u8, version).value(bytes, &[]) {
            Value::Nothing => None,
            Value::Text(text) | Value::Bytes(text) => Some(String::from_utf8_lossy(text).into_owned()),
            Value::Plain(text) => Some(text),
            Value::InMemo(block) => Some(format!("block {block}")),
        }
    }

    #[test]
    fn values_are_what_stands_there() {
        let check = |code: u8, bytes: &[u8], expected: Option<&str>| {
            assert_eq!(text(code, 0x30, bytes).as_deref(), expected, "{} {bytes:?}", char::from(code));
        };
        check(b'C', b" Petrova   ", Some(" Petrova"));
        check(b'C', b"     ", None);
        check(b'N', b"    12.50", Some("12.50"));
        check(b'N', b"99999999999999999.99", Some("99999999999999999.99"));
        check(b'N', b"*****", Some("*****"));
        check(b'D', b"20190304", Some("2019-03-04"));
        check(b'D', b"        ", None);
        check(b'D', b"1 Mar 19", Some("1 Mar 19"));
        check(b'L', b"?", None);
        check(b'L', b"y", Some("y"));
        check(b'I', &(-7i32).to_le_bytes(), Some("-7"));
        check(b'Y', &(-12_345i64).to_le_bytes(), Some("-1.2345"));
        check(b'B', &98.6f64.to_le_bytes(), Some("98.6"));
        check(b'M', b"        12", Some("block 12"));
        check(b'M', b"          ", None);
        check(b'M', &3u32.to_le_bytes(), Some("block 3"));
        let at = [2_458_547u32.to_le_bytes(), 47_100_000u32.to_le_bytes()].concat();
        check(b'T', &at, Some("2019-03-04T13:05:00"));
        check(b'T', &[0; 8], None);
        check(b'?', b"what ", Some("what"));
        assert_eq!(text(b'B', 0x03, b"        12").as_deref(), Some("block 12"), "in dBase it is an object");
    }

    #[test]
    fn flags_tell_of_nulls_and_lengths() {
        let mut fields = [field(b'V', 5, 0x32), field(b'C', 3, 0x30)];
        fields[1].is_nullable = true;
        tell_names_apart(&mut fields);
        assert_eq!((fields[0].name.as_str(), fields[1].name.as_str()), ("X", "X_2"));
        assert!(matches!(fields[0].value(b"Ann\0\x03", &[0b01]), Value::Text(b"Ann")));
        assert!(matches!(fields[0].value(b"Annie", &[0b00]), Value::Text(b"Annie")));
        assert!(matches!(fields[1].value(b"abc", &[0b10]), Value::Nothing));
        assert!(matches!(fields[1].value(b"abc", &[0b00]), Value::Text(b"abc")));
    }

    #[test]
    fn texts_are_in_the_code_page_that_the_file_names() {
        let check = |driver: u8, bytes: &[u8], expected: &str| {
            assert_eq!(String::from_utf8_lossy(&TextIn::of_driver(driver).decode(bytes)), expected, "{driver:#x}");
        };
        check(0x01, b"Jos\x82", "José");
        check(0x02, b"\x9d", "Ø");
        check(0x03, b"Jos\xe9", "José");
        check(0xc9, b"\xcc\xee\xf1\xea\xe2\xe0", "Москва");
        assert_eq!(TextIn::of_driver(0).decode(b"Jos\xe9"), b"Jos\xe9");
    }
}
