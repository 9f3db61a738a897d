//! What the bytes of older documents stand for: code pages of Windows and DOS, and fonts of signs.

use encoding_rs::{Encoding, WINDOWS_1252};
use oem_cp::code_table_type::TableType;

#[derive(Clone, Copy)]
pub enum CodePage {
    Dos(u16),
    Other(&'static Encoding),
    /// A font of signs: bullets and boxes.
    Signs,
}

impl CodePage {
    /// By the number of a font's character set, as Windows has them; None for the document's own.
    pub fn of_charset(charset: i32) -> Option<CodePage> {
        CodePage::of_number(match charset {
            2 => return Some(CodePage::Signs),
            77 => 10000,
            128 => 932,
            129 | 130 => 949,
            134 => 936,
            136 => 950,
            161 => 1253,
            162 => 1254,
            163 => 1258,
            177 => 1255,
            178 => 1256,
            186 => 1257,
            204 => 1251,
            222 => 874,
            238 => 1250,
            254 => 437,
            255 => 850,
            // The document's own.
            _ => return None,
        })
    }

    /// By the number of a Windows or DOS code page.
    pub fn of_number(number: i32) -> Option<CodePage> {
        let label = match number {
            874 => "windows-874",
            932 => "shift_jis",
            936 => "gbk",
            949 => "euc-kr",
            950 => "big5",
            1250 => "windows-1250",
            1251 => "windows-1251",
            1252 => "windows-1252",
            1253 => "windows-1253",
            1254 => "windows-1254",
            1255 => "windows-1255",
            1256 => "windows-1256",
            1257 => "windows-1257",
            1258 => "windows-1258",
            10000 => "macintosh",
            65001 => "utf-8",
            437..=869 => return Some(CodePage::Dos(number as u16)),
            _ => return None,
        };
        Encoding::for_label(label.as_bytes()).map(CodePage::Other)
    }

    pub fn decode(self, bytes: &[u8], text: &mut String) {
        match self {
            CodePage::Signs => text.extend(bytes.iter().filter_map(|byte| sign_of(*byte))),
            CodePage::Other(encoding) => text.push_str(&encoding.decode_without_bom_handling(bytes).0),
            CodePage::Dos(page) => match oem_cp::code_table::DECODING_TABLE_CP_MAP.get(&page) {
                Some(table) => text.extend(bytes.iter().map(|byte| dos_letter(*byte, table))),
                None => text.push_str(&WINDOWS_1252.decode_without_bom_handling(bytes).0),
            },
        }
    }
}

fn dos_letter(byte: u8, table: &TableType) -> char {
    match (byte.checked_sub(128), table) {
        (None, _) => char::from(byte),
        (Some(high), TableType::Complete(table)) => table[usize::from(high)],
        (Some(high), TableType::Incomplete(table)) => table[usize::from(high)].unwrap_or('\u{fffd}'),
    }
}

/// What people use fonts of signs for: bullets and boxes to tick (Symbol, Wingdings). Blanks are blanks; the rest is unknown.
pub fn sign_of(byte: u8) -> Option<char> {
    match byte {
        b' ' => Some(' '),
        0xb7 | 0x6c | 0x9f => Some('•'),
        0xa7 | 0x6e => Some('▪'),
        0x6f | 0xa8 | 0x71 => Some('☐'),
        0x78 | 0xfd => Some('☒'),
        0xfe => Some('☑'),
        0xfc => Some('✓'),
        0xfb => Some('✗'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(page: Option<CodePage>, bytes: &[u8], expected: &str) {
        let mut text = String::new();
        page.unwrap().decode(bytes, &mut text);
        assert_eq!(text, expected);
    }

    #[test]
    fn bytes_are_decoded() {
        check(CodePage::of_number(850), b"a\x82", "aé");
        check(CodePage::of_number(1250), b"\xb3", "ł");
        check(CodePage::of_number(500), b"\xe9", "é");
        check(CodePage::of_charset(2), b"\xb7 \xfe\x01", "• ☑");
        check(CodePage::of_charset(128), b"\x93\xfa", "日");
        assert!(CodePage::of_charset(0).is_none());
        assert!(CodePage::of_number(99999).is_none());
    }
}
