//! The text of RTF documents (Rich Text Format Specification 1.9.1). How it looks is not kept.

use std::collections::HashMap;

use encoding_rs::WINDOWS_1252;

use super::MAX_TEXT_BYTES;
use super::codepage::{CodePage, sign_of};

/// Groups in groups; what is deeper is passed over.
const MAX_DEPTH: usize = 512;

/// Groups whose content is not text of the document, beside those marked so (`\*`).
const SILENT: &str = " annotation author colortbl comment datafield filetbl fontemb fontfile generator info listtable nonshppict \
    objdata pict revtbl rsidtbl rxe shprslt sn stylesheet sv tc template txe xe ";

/// The text, in lines.
pub fn text(bytes: &[u8]) -> String {
    let mut reader = Reader {
        bytes,
        at: 0,
        text: String::new(),
        pending: Vec::new(),
        high_surrogate: None,
        to_skip: 0,
        group: Group { is_silent: false, is_hidden: false, is_font_table: false, font: 0, fallback_letters: 1 },
        outer: Vec::new(),
        too_deep: 0,
        page: CodePage::Other(WINDOWS_1252),
        fonts: HashMap::new(),
        default_font: 0,
    };
    while reader.at < bytes.len() && reader.text.len() < MAX_TEXT_BYTES {
        reader.step();
    }
    reader.flush();
    reader.text
}

#[derive(Clone)]
struct Group {
    is_silent: bool,
    /// Hidden or deleted text.
    is_hidden: bool,
    is_font_table: bool,
    font: i32,
    /// How many letters follow each `\u` for readers that do not know it.
    fallback_letters: usize,
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    text: String,
    /// Bytes that are not decoded yet: a letter may be of two.
    pending: Vec<u8>,
    high_surrogate: Option<u16>,
    /// Letters to pass over, after a `\u`.
    to_skip: usize,
    group: Group,
    outer: Vec<Group>,
    /// Groups that are open beyond the deepest.
    too_deep: usize,
    page: CodePage,
    fonts: HashMap<i32, CodePage>,
    default_font: i32,
}

impl Reader<'_> {
    fn step(&mut self) {
        let byte = self.bytes[self.at];
        self.at += 1;
        match byte {
            b'{' => {
                self.flush();
                self.to_skip = 0;
                if self.outer.len() < MAX_DEPTH {
                    self.outer.push(self.group.clone());
                } else {
                    self.too_deep += 1;
                }
            }
            b'}' => {
                self.flush();
                self.to_skip = 0;
                if self.too_deep > 0 {
                    self.too_deep -= 1;
                } else if let Some(group) = self.outer.pop() {
                    self.group = group;
                }
            }
            b'\\' => self.control(),
            b'\r' | b'\n' | 0 => {}
            byte => self.byte(byte),
        }
    }

    fn control(&mut self) {
        let Some(first) = self.bytes.get(self.at).copied() else { return };
        if !first.is_ascii_alphabetic() {
            self.at += 1;
            match first {
                b'\'' => {
                    let digits = self.bytes.get(self.at..self.at + 2).unwrap_or_default();
                    let code = std::str::from_utf8(digits).ok().and_then(|digits| u8::from_str_radix(digits, 16).ok());
                    if let Some(code) = code {
                        self.at += 2;
                        self.byte(code);
                    }
                }
                b'\\' | b'{' | b'}' => self.byte(first),
                b'~' => self.sign("\u{a0}"),
                b'_' => self.sign("-"),
                b'\r' | b'\n' => self.sign("\n"),
                b'\t' => self.sign("\t"),
                b'*' => self.starred(),
                _ => {}
            }
            return;
        }
        let (word, number) = self.word();
        self.obey(&word, number);
    }

    /// A control word and its number, with the blank that ends them.
    fn word(&mut self) -> (String, Option<i32>) {
        let rest = &self.bytes[self.at..];
        let length = rest.iter().position(|b| !b.is_ascii_alphabetic()).unwrap_or(rest.len());
        let word = rest[..length].iter().take(32).map(|b| char::from(*b)).collect();
        self.at += length;
        let rest = &self.bytes[self.at..];
        let sign_length = usize::from(rest.first() == Some(&b'-'));
        let digits = rest[sign_length..].iter().take(10).take_while(|b| b.is_ascii_digit()).count();
        let mut number = None;
        if digits > 0 {
            number = std::str::from_utf8(&rest[..sign_length + digits]).ok().and_then(|digits| digits.parse().ok());
            self.at += sign_length + digits;
        }
        if self.bytes.get(self.at) == Some(&b' ') {
            self.at += 1;
        }
        (word, number)
    }

    /// A group that a reader may pass over if it does not know it. Only boxes with text are known here.
    fn starred(&mut self) {
        let rest = &self.bytes[self.at..];
        if !rest.trim_ascii_start().starts_with(b"\\shpinst") {
            self.flush();
            self.group.is_silent = true;
        }
    }

    fn obey(&mut self, word: &str, number: Option<i32>) {
        match word {
            "par" | "line" | "row" | "sect" | "page" | "nestrow" => return self.sign("\n"),
            "tab" | "cell" | "nestcell" => return self.sign("\t"),
            "emdash" => return self.sign("—"),
            "endash" => return self.sign("–"),
            "bullet" => return self.sign("•"),
            "lquote" => return self.sign("‘"),
            "rquote" => return self.sign("’"),
            "ldblquote" => return self.sign("“"),
            "rdblquote" => return self.sign("”"),
            "emspace" | "enspace" | "qmspace" => return self.sign(" "),
            "u" => return self.unit(number.unwrap_or(0)),
            _ => {}
        }
        if self.to_skip > 0 && word != "bin" {
            self.to_skip -= 1;
            return;
        }
        self.flush();
        let is_on = number != Some(0);
        match word {
            "bin" => {
                self.to_skip = self.to_skip.saturating_sub(1);
                let length = usize::try_from(number.unwrap_or(0)).unwrap_or(0);
                self.at = self.at.saturating_add(length).min(self.bytes.len());
            }
            "uc" => self.group.fallback_letters = number.unwrap_or(1).clamp(0, 16) as usize,
            "v" | "deleted" => self.group.is_hidden = is_on,
            "plain" => {
                self.group.is_hidden = false;
                self.group.font = self.default_font;
            }
            "f" => self.group.font = number.unwrap_or(0),
            "deff" => {
                self.default_font = number.unwrap_or(0);
                self.group.font = self.default_font;
            }
            "fonttbl" => {
                self.group.is_silent = true;
                self.group.is_font_table = true;
            }
            "fcharset" if self.group.is_font_table => {
                if let Some(page) = number.and_then(CodePage::of_charset).filter(|_| self.fonts.len() < 1 << 16) {
                    self.fonts.insert(self.group.font, page);
                }
            }
            "cpg" if self.group.is_font_table => {
                if let Some(page) = number.and_then(CodePage::of_number).filter(|_| self.fonts.len() < 1 << 16) {
                    self.fonts.insert(self.group.font, page);
                }
            }
            "ansicpg" => self.page = number.and_then(CodePage::of_number).unwrap_or(self.page),
            "mac" => self.page = CodePage::Other(encoding_rs::MACINTOSH),
            "pc" => self.page = CodePage::Dos(437),
            "pca" => self.page = CodePage::Dos(850),
            word if SILENT.contains(&format!(" {word} ")) => self.group.is_silent = true,
            _ => {}
        }
    }

    fn is_quiet(&self) -> bool {
        self.group.is_silent || self.group.is_hidden || self.too_deep > 0
    }

    fn byte(&mut self, byte: u8) {
        if self.to_skip > 0 {
            self.to_skip -= 1;
        } else if !self.is_quiet() {
            self.pending.push(byte);
        }
    }

    fn sign(&mut self, sign: &str) {
        if self.to_skip > 0 {
            self.to_skip -= 1;
            return;
        }
        self.flush();
        // Hidden ends of paragraphs still part what is around them.
        if !self.is_quiet() || (sign == "\n" && !self.group.is_silent) {
            self.text.push_str(sign);
        }
    }

    /// One unit of UTF-16, which is written as a signed number.
    fn unit(&mut self, number: i32) {
        let high = self.high_surrogate.take();
        self.flush();
        self.to_skip = self.group.fallback_letters;
        if self.is_quiet() {
            return;
        }
        let unit = number as u16;
        if (0xd800..0xdc00).contains(&unit) {
            self.high_surrogate = Some(unit);
            return;
        }
        let units: Vec<u16> = high.into_iter().chain([unit]).collect();
        let is_sign = matches!(self.page_here(), CodePage::Signs) || (0xf020..0xf100).contains(&unit);
        match u8::try_from(unit & 0xff).ok().filter(|_| is_sign && unit >= 0xf000) {
            Some(byte) => self.text.extend(sign_of(byte)),
            None => self.text.extend(char::decode_utf16(units).flatten()),
        }
    }

    fn page_here(&self) -> CodePage {
        self.fonts.get(&self.group.font).copied().unwrap_or(self.page)
    }

    fn flush(&mut self) {
        if self.pending.is_empty() {
            return;
        }
        self.high_surrogate = None;
        let bytes = std::mem::take(&mut self.pending);
        self.page_here().decode(&bytes, &mut self.text);
    }
}

#[cfg(test)]
mod tests {
    use super::super::text::tidied;
    use super::*;

    fn check(source: &str, expected: &str) {
        assert_eq!(tidied(&text(source.as_bytes())).unwrap_or_default(), expected, "{source}");
    }

    #[test]
    fn text_is_read() {
        check(
            "{\\rtf1\\ansi Hello \\b bold\\b0 , x.\\par\r\nNext\\line line\\tab tab}",
            "Hello bold, x.\nNext\nline\ttab",
        );
        check("{\\rtf1 a\\~b\\_c\\-d \\{e\\}\\\\ \\'97\\emdash\\bullet x\\\nz}", "a\u{a0}b-cd {e}\\ ——•x\nz");
        check("{\\rtf1\\trowd a\\cell b\\cell\\row c\\cell\\row}", "a\tb\nc");
        check("{\\rtf1 no\\v  hidden\\v0 thing {\\deleted gone}here}", "nothing here");
    }

    #[test]
    fn letters_have_code_pages() {
        check("{\\rtf1\\ansi\\ansicpg1252 caf\\'e9 \\'80}", "café €");
        check("{\\rtf1\\ansi\\ansicpg1251 \\'cf\\'f0}", "Пр");
        check("{\\rtf1\\pca \\'82}", "é");
        check("{\\rtf1\\mac \\'8e}", "é");
        check("{\\rtf1{\\fonttbl{\\f0\\fcharset0 Arial;}{\\f1\\fcharset238 Arial CE;}}\\f1 \\'b3\\f0 \\'b3}", "ł³");
        check("{\\rtf1\\deff1{\\fonttbl{\\f1\\fcharset128 MS;}}\\f1\\'93\\'fa\\'96{}\\'7b}", "日�{");
        check("{\\rtf1{\\fonttbl{\\f3\\fcharset2 Symbol;}}{\\f3\\'b7}x{\\f3 \\u-3913 ?}}", "•x•");
    }

    #[test]
    fn unicode_is_read_and_its_fallback_is_not() {
        check("{\\rtf1\\uc1 \\u233?x\\u8364\\'80y\\u-10179?\\u-8704?}", "éx€y😀");
        check("{\\rtf1\\uc2\\u233 ab\\u233\\'41\\'42c{\\uc0\\u233 d}\\u233 {e}}", "éécédée");
        check("{\\rtf1\\u55357?x}", "x");
    }

    #[test]
    fn what_is_no_text_is_passed_over() {
        check(
            "{\\rtf1{\\fonttbl{\\f0 Arial;}}{\\colortbl;\\red0;}{\\stylesheet{\\s1 Normal;}}{\\info{\\title T}}Text}",
            "Text",
        );
        check("{\\rtf1{\\*\\generator Word;}{\\pict\\pngblip 89504e47}a{\\pict\\bin3 {}}}{b}c}", "abc");
        check("{\\rtf1{\\field{\\*\\fldinst PAGE}{\\fldrslt 3}}{\\header Head\\par}}", "3Head");
        check("{\\rtf1{\\shp{\\*\\shpinst{\\sp{\\sn a}{\\sv b}}{\\shptxt Box}}{\\shprslt twice}}}", "Box");
        check("{\\rtf1 a}}}}b", "ab");
        check("{\\rtf1 a\\", "a");
        check("{\\rtf1 a\\'4", "a4");
        check("{\\rtf1 a\\bin99999999 b", "a");
        check(&format!("{}x{}y", "{".repeat(100_000), "}".repeat(100_000)), "y");
    }
}
