//! What the bytes of a shown text say in a font of a PDF file, and how wide they are (ISO 32000-1, chapter 9). Font programs
//! are not opened: a font that tells its characters only there says nothing.

use std::collections::HashMap;
use std::rc::Rc;

use encoding_rs::{MACINTOSH, WINDOWS_1252};

use super::file::File;
use super::glyphs::character;
use super::object::{Dict, Lexer, Object};

/// Codes that one font may set, each time it does. The largest fonts have 65,536 glyphs.
const MAX_CODES: usize = 1 << 17;

pub struct Font {
    /// How many bytes one code has.
    code_bytes: usize,
    /// What the file says itself, by code.
    unicode: HashMap<u32, String>,
    /// How many bytes a code has by that; 0 if it is not said.
    unicode_bytes: usize,
    /// What a font of single bytes says otherwise.
    letters: Vec<Option<char>>,
    widths: HashMap<u32, f64>,
    default_width: f64,
    /// Widths are not in the file: those of a common font are guessed.
    is_guessed: bool,
    /// Codes that were set.
    codes: usize,
}

/// One character that is shown.
pub struct Glyph {
    /// Empty if the font does not say what it is.
    pub text: String,
    /// In thousandths of the font's size.
    pub width: f64,
    /// A single byte 32: the space between words is wider or narrower there.
    pub is_word_space: bool,
}

impl Font {
    pub fn read(file: &File<'_>, dict: &Dict) -> Font {
        let is_composite = dict.is("Subtype", "Type0");
        let mut font = Font {
            code_bytes: if is_composite { 2 } else { 1 },
            unicode: HashMap::new(),
            unicode_bytes: 0,
            letters: Vec::new(),
            widths: HashMap::new(),
            default_width: 500.0,
            is_guessed: false,
            codes: 0,
        };
        if let Some(stream) = dict.get("ToUnicode").and_then(|object| file.stream(object)) {
            font.read_unicode(&file.plain(&stream));
        }
        if is_composite {
            font.read_wide(file, dict);
        } else {
            font.letters = letters(file, dict);
            font.read_widths(file, dict);
        }
        font
    }

    /// A text without a font that is known: its bytes are taken as they are most often.
    pub fn unknown() -> Font {
        Font {
            code_bytes: 1,
            unicode: HashMap::new(),
            unicode_bytes: 0,
            letters: of_encoding(WINDOWS_1252),
            widths: HashMap::new(),
            default_width: 500.0,
            is_guessed: true,
            codes: 0,
        }
    }

    /// What reading it cost, in operations.
    pub fn cost(&self) -> usize {
        500 + self.codes
    }

    pub fn glyphs<'t>(&'t self, shown: &'t [u8]) -> impl Iterator<Item = Glyph> + 't {
        shown.chunks(self.code_bytes).map(|bytes| {
            let code = bytes.iter().fold(0, |code, byte| code << 8 | u32::from(*byte));
            let letter = || self.letters.get(code as usize).copied().flatten();
            let text = match self.unicode.get(&code) {
                Some(text) => text.clone(),
                None => letter().map(String::from).unwrap_or_default(),
            };
            let text = apart(text);
            let width = match self.widths.get(&code) {
                Some(width) => *width,
                None if self.is_guessed => text.chars().next().map_or(self.default_width, guessed_width),
                None => self.default_width,
            };
            Glyph { text, width, is_word_space: self.code_bytes == 1 && code == 32 }
        })
    }

    /// A ToUnicode map: the sections of single codes and of ranges (Adobe Technical Note 5411).
    fn read_unicode(&mut self, written: &[u8]) {
        let mut lexer = Lexer::new(written, 0);
        let mut operands: Vec<Object> = Vec::new();
        while lexer.at < written.len() {
            let Some(object) = lexer.next() else { break };
            let Object::Word(word) = object else {
                operands.push(object);
                continue;
            };
            match word.as_slice() {
                b"endcodespacerange" => {
                    if let Some(Object::Text(low)) = operands.first() {
                        self.unicode_bytes = low.len();
                    }
                }
                b"endbfchar" => {
                    for pair in operands.chunks_exact(2) {
                        if let [Object::Text(code), target] = pair {
                            self.set(number(code), target, 0);
                        }
                    }
                }
                b"endbfrange" => {
                    for range in operands.chunks_exact(3) {
                        if let [Object::Text(low), Object::Text(high), target] = range {
                            self.set_range(number(low), number(high), target);
                        }
                    }
                }
                _ => {}
            }
            operands.clear();
        }
    }

    fn set_range(&mut self, low: u32, high: u32, target: &Object) {
        for (ordinal, code) in (low..=high).enumerate().take(1 << 16) {
            match target {
                Object::Array(targets) => match targets.get(ordinal) {
                    Some(target) => self.set(code, target, 0),
                    None => return,
                },
                target => self.set(code, target, ordinal),
            }
            if self.codes >= MAX_CODES {
                return;
            }
        }
    }

    /// Notes what a code stands for: `target`, its last unit raised by `step`.
    fn set(&mut self, code: u32, target: &Object, step: usize) {
        self.codes += 1;
        if self.codes >= MAX_CODES {
            return;
        }
        let text = match target {
            Object::Text(bytes) => {
                // No character is written as more than a few.
                let bytes = &bytes[..bytes.len().min(64)];
                let mut units: Vec<u16> = match bytes {
                    [single] => vec![u16::from(*single)],
                    bytes => bytes.chunks_exact(2).map(|unit| u16::from_be_bytes([unit[0], unit[1]])).collect(),
                };
                if let Some(last) = units.last_mut() {
                    *last = last.wrapping_add(step as u16);
                }
                String::from_utf16_lossy(&units)
            }
            Object::Name(name) => {
                std::str::from_utf8(name).ok().and_then(character).map_or(String::new(), String::from)
            }
            _ => return,
        };
        // A font that says "no character" leaves it to its encoding.
        if !text.chars().all(|c| c == '\0' || c == '\u{fffd}') {
            self.unicode.insert(code, text);
        }
    }

    /// Widths of a font whose codes are of more than one byte.
    fn read_wide(&mut self, file: &File<'_>, dict: &Dict) {
        // Maps other than the plain ones of two bytes are only known by the length of their codes.
        let is_plain = dict.get("Encoding").and_then(Object::name).is_some_and(|name| name.starts_with(b"Identity"));
        if !is_plain && self.unicode_bytes == 1 {
            self.code_bytes = 1;
        }
        let kids = file.array_in(dict, "DescendantFonts");
        let Some(kid) = kids.first().and_then(|kid| file.dict(kid)) else { return };
        self.default_width = file.number_in(&kid, "DW").unwrap_or(1000.0);
        let widths = file.array_in(&kid, "W");
        let mut parts = widths.iter().map(|part| file.resolve(part));
        while let (Some(Object::Number(low)), Some(second)) = (parts.next(), parts.next()) {
            let low = low.max(0.0) as u32;
            match second {
                Object::Array(own) => {
                    self.codes += own.len();
                    self.widths.extend((low..).zip(own.iter().filter_map(Object::number)));
                }
                Object::Number(high) => {
                    let Some(Object::Number(width)) = parts.next() else { return };
                    let high = (high.max(0.0) as u32).min(low.saturating_add(1 << 16));
                    self.codes += high.saturating_sub(low) as usize;
                    self.widths.extend((low..=high).map(|code| (code, width)));
                }
                _ => return,
            }
            if self.codes > MAX_CODES {
                return;
            }
        }
    }

    fn read_widths(&mut self, file: &File<'_>, dict: &Dict) {
        let widths = file.array_in(dict, "Widths");
        let first = file.number_in(dict, "FirstChar").unwrap_or(0.0).clamp(0.0, 255.0) as u32;
        // A font drawn by the file itself has a scale of its own.
        let matrix = file.array_in(dict, "FontMatrix");
        let scale = match matrix.first().map(|part| file.resolve(part)) {
            Some(Object::Number(scale)) if dict.is("Subtype", "Type3") => scale * 1000.0,
            _ => 1.0,
        };
        for (code, width) in (first..256).zip(widths.iter()) {
            if let Object::Number(width) = file.resolve(width) {
                self.widths.insert(code, width * scale);
            }
        }
        let descriptor = file.dict_in(dict, "FontDescriptor");
        let missing = descriptor.and_then(|descriptor| file.number_in(&descriptor, "MissingWidth"));
        let name = dict.get("BaseFont").and_then(Object::name).unwrap_or_default();
        let is_fixed = memchr::memmem::find(name, b"Courier").is_some();
        self.is_guessed = widths.is_empty() && !is_fixed;
        self.default_width = if is_fixed { 600.0 } else { missing.filter(|width| *width > 0.0).unwrap_or(500.0) };
    }
}

/// Letters that are printed as one sign are searched for one by one.
fn apart(text: String) -> String {
    let letters = match text.as_str() {
        "ﬀ" => "ff",
        "ﬁ" => "fi",
        "ﬂ" => "fl",
        "ﬃ" => "ffi",
        "ﬄ" => "ffl",
        _ => return text,
    };
    letters.to_owned()
}

fn number(code: &[u8]) -> u32 {
    code.iter().take(4).fold(0, |code, byte| code << 8 | u32::from(*byte))
}

/// What each byte of a font of single bytes says: by the encoding it starts from, and where it differs from that.
fn letters(file: &File<'_>, dict: &Dict) -> Vec<Option<char>> {
    let encoding = dict.get("Encoding").map_or(Object::Null, |encoding| file.resolve(encoding));
    let (base, differences) = match &encoding {
        Object::Dict(own) => (file.get(own, "BaseEncoding"), file.array_in(own, "Differences")),
        other => (other.clone(), Rc::default()),
    };
    let mut letters = match base.name() {
        Some(b"MacRomanEncoding") => of_encoding(MACINTOSH),
        Some(b"WinAnsiEncoding") => of_encoding(WINDOWS_1252),
        _ if dict.is("Subtype", "TrueType") || dict.is("Subtype", "Type3") => of_encoding(WINDOWS_1252),
        _ => standard(),
    };
    let mut code = 0_usize;
    for part in differences.iter() {
        match file.resolve(part) {
            Object::Number(number) => code = number.max(0.0) as usize,
            Object::Name(name) => {
                if let Some(letter) = letters.get_mut(code) {
                    let known = std::str::from_utf8(&name).ok().and_then(character);
                    // A subset's own names (`g17`) say nothing, and neither does the code then.
                    *letter = known;
                }
                code = code.saturating_add(1);
            }
            _ => {}
        }
    }
    letters
}

fn of_encoding(encoding: &'static encoding_rs::Encoding) -> Vec<Option<char>> {
    let all: Vec<u8> = (0..=255).collect();
    let (text, _) = encoding.decode_without_bom_handling(&all);
    text.chars().map(|letter| (!letter.is_control()).then_some(letter)).collect()
}

/// Adobe's StandardEncoding (ISO 32000-1, annex D.2): ASCII but for two quotes, and these above.
fn standard() -> Vec<Option<char>> {
    const ABOVE: [(usize, &str); 5] =
        [(0xa1, "¡¢£⁄¥ƒ§¤'“«‹›ﬁﬂ"), (0xb1, "–†‡·"), (0xb6, "¶•‚„”»…‰"), (0xc1, "`´ˆ˜¯˘˙¨"), (0xf1, "æ")];
    const SINGLE: [(usize, char); 17] = [
        (0x27, '’'),
        (0x60, '‘'),
        (0xbf, '¿'),
        (0xca, '˚'),
        (0xcb, '¸'),
        (0xcd, '˝'),
        (0xce, '˛'),
        (0xcf, 'ˇ'),
        (0xd0, '—'),
        (0xe1, 'Æ'),
        (0xe3, 'ª'),
        (0xe8, 'Ł'),
        (0xe9, 'Ø'),
        (0xea, 'Œ'),
        (0xf5, 'ı'),
        (0xfa, 'œ'),
        (0xfb, 'ß'),
    ];
    let mut letters: Vec<_> = (0..=255_u8).map(|b| (b' '..0x7f).contains(&b).then_some(char::from(b))).collect();
    let above = ABOVE.iter().flat_map(|(first, text)| (*first..).zip(text.chars()));
    for (code, letter) in above.chain(SINGLE).chain([(0xeb, 'º'), (0xf8, 'ł'), (0xf9, 'ø')]) {
        letters[code] = Some(letter);
    }
    letters
}

/// About the widths of Helvetica, in thousandths.
fn guessed_width(letter: char) -> f64 {
    match letter {
        'i' | 'j' | 'l' | '\'' | '|' => 225.0,
        ' ' | 'I' | 't' | 'f' | '.' | ',' | ':' | ';' | '!' | '/' => 278.0,
        'r' | '-' | '(' | ')' | '[' | ']' | '`' => 333.0,
        'c' | 'k' | 's' | 'v' | 'x' | 'y' | 'z' | 'J' => 500.0,
        'm' | 'M' => 833.0,
        'W' | '@' => 950.0,
        'w' | 'C' | 'D' | 'H' | 'N' | 'R' | 'U' => 722.0,
        'G' | 'O' | 'Q' => 778.0,
        'A'..='Z' => 650.0,
        _ => 556.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(objects: &str, shown: &[u8], expected: &str) {
        let file = File::open(objects.as_bytes());
        let dict = file.dict(&Object::Reference(1)).unwrap();
        let font = Font::read(&file, &dict);
        let text: String = font.glyphs(shown).map(|glyph| glyph.text).collect();
        assert_eq!(text, expected, "{objects}");
    }

    #[test]
    fn bytes_say_letters_by_their_encoding() {
        check("1 0 obj <</Subtype/Type1>>", b"A'\xa9\xfb\x01", "A’'ß");
        check("1 0 obj <</Subtype/Type1/Encoding/WinAnsiEncoding>>", b"A'\x80\xe9", "A'€é");
        check("1 0 obj <</Subtype/TrueType/Encoding/MacRomanEncoding>>", b"\x8e", "é");
        let own = "1 0 obj <</Subtype/Type1/Encoding 2 0 R>> 2 0 obj <</Differences[65/eacute/g17 200/B/ffi]>>";
        check(own, b"AB\xc8\xc9C", "éBffiC");
    }

    #[test]
    fn a_unicode_map_comes_first() {
        let map = "1 begincodespacerange <0000> <ffff> endcodespacerange 2 beginbfchar <0001> <0041> <0002> \
                   <00660069> endbfchar 2 beginbfrange <0010> <0012> <0061> <0020> <0021> [<0078> <D83DDE00>] endbfrange";
        let objects = format!(
            "1 0 obj <</Subtype/Type0/Encoding/Identity-H/ToUnicode 2 0 R>> 2 0 obj <<>> stream\n{map}\nendstream"
        );
        check(&objects, b"\0\x01\0\x02\0\x10\0\x12\0\x20\0\x21\0\x99", "Afiacx😀");
    }

    #[test]
    fn hostile_maps_stay_small() {
        let ranges = "3 beginbfrange <00000000> <ffffffff> <0041> endbfrange ".repeat(50);
        check(&format!("1 0 obj <</ToUnicode 2 0 R>> 2 0 obj <<>> stream\n{ranges}\nendstream"), b"\x01", "B");
        check("1 0 obj <</Subtype/Type0/DescendantFonts[<</W[0 4294967295 1 5 4294967295 2]>>]>>", b"\x01", "");
    }
}
