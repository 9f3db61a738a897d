//! Raw demographic text becomes comparable values: upper-case ASCII names, digits, canonical streets; dummies vanish.
//!
//! A value that only stands for "we do not know" (999-99-9999, 555-5555, UNKNOWN, BABY BOY) is worse than none: it agrees
//! with every other such value. Each function here returns nothing for one. It knows nothing of people or pairs.

/// Cells are cut here before anything is made of them: a cell of megabytes is no name.
const MAX_CELL_CHARS: usize = 160;
/// Names, streets and e-mail addresses keep this many characters.
const MAX_VALUE_CHARS: usize = 40;

/// Words that stand where a name is not known.
fn is_dummy_name(word: &str) -> bool {
    matches!(
        word,
        "ANON"
            | "ANONYMOUS"
            | "DECLINED"
            | "DUMMY"
            | "FAKE"
            | "FNU"
            | "FIRSTNAME"
            | "LASTNAME"
            | "LNU"
            | "MISSING"
            | "NA"
            | "NAME"
            | "NFN"
            | "NI"
            | "NLN"
            | "NMI"
            | "NMN"
            | "NO"
            | "NONAME"
            | "NONE"
            | "NOT"
            | "NULL"
            | "PATIENT"
            | "REFUSED"
            | "TBD"
            | "TEMP"
            | "TEST"
            | "TESTING"
            | "TESTPATIENT"
            | "UNDEFINED"
            | "UNIDENTIFIED"
            | "UNK"
            | "UNKN"
            | "UNKNOWN"
            | "UNNAMED"
            | "UNSPECIFIED"
            | "ZZTEST"
            | "ZZZTEST"
    )
}

fn is_title(word: &str) -> bool {
    matches!(word, "DR" | "MISS" | "MR" | "MRS" | "MS" | "PROF" | "REV" | "SR" | "SIR")
}

/// Words that stand for the name of a newborn, alone, beside a number or letter (`TWIN B`, `BABYBOY2`), or beside the mother's name.
fn is_newborn_word(word: &str) -> bool {
    matches!(
        word,
        "BABY"
            | "BABYBOY"
            | "BABYGIRL"
            | "BOY"
            | "GIRL"
            | "INFANT"
            | "NEWBORN"
            | "TRIPLET"
            | "TWIN"
            | "BB"
            | "BG"
            | "MALE"
            | "FEMALE"
            | "NB"
            | "BBOY"
            | "BGIRL"
            | "BABYMALE"
            | "BABYFEMALE"
            | "NEWBORNBOY"
            | "NEWBORNGIRL"
            | "UNNAMED"
    )
}

/// Whether a word is one of those, with a number or one letter of A to F glued to it or not.
fn is_newborn(word: &str) -> bool {
    let glued = |word: &str| word.len() > 3 && is_newborn_word(word);
    is_newborn_word(word)
        || glued(word.trim_end_matches(|c: char| c.is_ascii_digit()))
        || word.strip_suffix(['A', 'B', 'C', 'D', 'E', 'F']).is_some_and(glued)
}

/// Upper-case words of letters and digits. Accents fold to ASCII, apostrophes and full stops vanish, anything else parts words.
pub fn words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for c in text.trim().chars().take(MAX_CELL_CHARS) {
        match c {
            '\'' | '\u{2019}' | '\u{2018}' | '`' | '\u{b4}' | '.' => {}
            _ if c.is_ascii_alphanumeric() => last(&mut words).push(c.to_ascii_uppercase()),
            _ => match fold(c) {
                Some(ascii) => last(&mut words).push_str(ascii),
                None if c.is_alphanumeric() => last(&mut words).extend(c.to_uppercase()),
                None if !last(&mut words).is_empty() => words.push(String::new()),
                None => {}
            },
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

fn last(words: &mut [String]) -> &mut String {
    words.last_mut().expect("words starts with one word and only grows")
}

/// The usual ASCII spelling of a Latin letter.
fn fold(c: char) -> Option<&'static str> {
    Some(match c {
        'À'..='Å' | 'à'..='å' | 'Ā' | 'ā' | 'Ă' | 'ă' | 'Ą' | 'ą' => "A",
        'Æ' | 'æ' => "AE",
        'Ç' | 'ç' | 'Ć' | 'ć' | 'Č' | 'č' | 'Ĉ' | 'ĉ' | 'Ċ' | 'ċ' => "C",
        'Ď' | 'ď' | 'Đ' | 'đ' | 'Ð' | 'ð' => "D",
        'È'..='Ë' | 'è'..='ë' | 'Ē' | 'ē' | 'Ė' | 'ė' | 'Ę' | 'ę' | 'Ě' | 'ě' => "E",
        'Ğ' | 'ğ' | 'Ģ' | 'ģ' => "G",
        'Ì'..='Ï' | 'ì'..='ï' | 'Ī' | 'ī' | 'Į' | 'į' | 'İ' | 'ı' => "I",
        'Ķ' | 'ķ' => "K",
        'Ł' | 'ł' | 'Ļ' | 'ļ' | 'Ľ' | 'ľ' => "L",
        'Ñ' | 'ñ' | 'Ń' | 'ń' | 'Ņ' | 'ņ' | 'Ň' | 'ň' => "N",
        'Ò'..='Ö' | 'Ø' | 'ò'..='ö' | 'ø' | 'Ō' | 'ō' | 'Ő' | 'ő' => "O",
        'Œ' | 'œ' => "OE",
        'Ŕ' | 'ŕ' | 'Ř' | 'ř' => "R",
        'Ś' | 'ś' | 'Ş' | 'ş' | 'Š' | 'š' | 'Ș' | 'ș' => "S",
        'ß' => "SS",
        'Ţ' | 'ţ' | 'Ť' | 'ť' | 'Ț' | 'ț' => "T",
        'Þ' | 'þ' => "TH",
        'Ù'..='Ü' | 'ù'..='ü' | 'Ū' | 'ū' | 'Ů' | 'ů' | 'Ű' | 'ű' | 'Ų' | 'ų' => "U",
        'Ý' | 'ý' | 'ÿ' | 'Ÿ' => "Y",
        'Ź' | 'ź' | 'Ż' | 'ż' | 'Ž' | 'ž' => "Z",
        _ => return None,
    })
}

/// The only word of a name in plain letters, as most are: what the long way would make of it. None where that is to be seen.
fn plain_name(text: &str) -> Option<String> {
    let text = text.trim();
    if !(2..=MAX_VALUE_CHARS).contains(&text.len()) || !text.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return None;
    }
    let word = text.to_ascii_uppercase();
    (!is_dummy_name(&word) && !is_newborn(&word) && !repeats_one_letter(&word)).then_some(word)
}

/// What a given-name cell says.
#[derive(Default)]
pub struct GivenNames {
    /// The first given name, or empty.
    pub first: String,
    /// Further given names, parted by one space.
    pub further: String,
    /// Letter or number of a `TWIN B` placeholder, 1 for A.
    pub birth_order: u8,
}

/// Reads a given-name cell: titles go, `BABY BOY` and other placeholders count as missing.
pub fn given_names(text: &str) -> GivenNames {
    if let Some(first) = plain_name(text) {
        return GivenNames { first, ..GivenNames::default() };
    }
    all_of_given_names(text)
}

fn all_of_given_names(text: &str) -> GivenNames {
    if is_a_name_after_all(text) {
        return GivenNames { first: text.trim().to_ascii_uppercase(), ..GivenNames::default() };
    }
    let mut words = words(text);
    if words.iter().any(|word| is_newborn(word)) {
        let order = words.iter().rev().find_map(|word| birth_order(word)).unwrap_or(0);
        return GivenNames { birth_order: order, ..GivenNames::default() };
    }
    while words.len() > 1 && is_title(&words[0]) {
        words.remove(0);
    }
    let mut words = names(words).into_iter();
    GivenNames {
        first: cut(words.next().unwrap_or_default()),
        further: cut(words.collect::<Vec<_>>().join(" ")),
        birth_order: 0,
    }
}

/// Names that people bear, where they are written as names are; in capitals they stand for none.
fn is_a_name_after_all(text: &str) -> bool {
    matches!(text.trim(), "Na" | "Ni" | "No")
}

/// What a family-name cell says.
#[derive(Default)]
pub struct FamilyName {
    /// The parts, parted by one space; a hyphen parts too.
    pub parts: String,
    /// Generation from a suffix in the same cell, 0 where there is none.
    pub generation: u8,
}

/// Reads a family-name cell; `SMITH JR` yields a generation.
pub fn family_name(text: &str) -> FamilyName {
    if let Some(parts) = plain_name(text) {
        return FamilyName { parts, generation: 0 };
    }
    all_of_family_name(text)
}

fn all_of_family_name(text: &str) -> FamilyName {
    if is_a_name_after_all(text) {
        return FamilyName { parts: text.trim().to_ascii_uppercase(), generation: 0 };
    }
    let mut words = words(text);
    let mut generation = 0;
    while words.len() > 1 {
        match words.last().map(|word| suffix_generation(word)) {
            Some(found) if found > 0 => {
                generation = found;
                words.pop();
            }
            _ => break,
        }
    }
    FamilyName { parts: cut(names(words).join(" ")), generation }
}

/// Drops dummies and the digits that generators glue to names (`Mosciski958`).
fn names(words: Vec<String>) -> Vec<String> {
    // `N/A` comes as two words.
    if words.len() > 1 && is_dummy_name(&words.concat()) {
        return Vec::new();
    }
    words
        .into_iter()
        .map(|word| {
            let letters = word.trim_end_matches(|c: char| c.is_ascii_digit());
            if letters.len() >= 2 { letters.to_owned() } else { word }
        })
        .filter(|word| !is_dummy_name(word) && !repeats_one_letter(word))
        .filter(|word| word.chars().any(char::is_alphabetic))
        .collect()
}

fn repeats_one_letter(word: &str) -> bool {
    word.len() > 1 && word.bytes().all(|b| b == word.as_bytes()[0])
}

fn cut(text: String) -> String {
    match text.char_indices().nth(MAX_VALUE_CHARS) {
        Some((end, _)) => text[..end].trim_end().to_owned(),
        None => text,
    }
}

/// The generation that a name suffix states: 1 for Sr and I, 2 for Jr and II, 3 for III ...; 0 for none (MD, Esq.).
pub fn suffix_generation(text: &str) -> u8 {
    match words(text).concat().as_str() {
        "SR" | "SENIOR" | "I" | "1ST" => 1,
        "JR" | "JNR" | "JUNIOR" | "II" | "2ND" => 2,
        "III" | "3RD" => 3,
        "IV" | "4TH" => 4,
        "V" | "5TH" => 5,
        _ => 0,
    }
}

/// Whether a cell says that several children were born: `Y`, `true`, `2`, `twin`.
pub fn is_multiple_birth(text: &str) -> bool {
    let word = words(text).concat();
    matches!(word.as_str(), "Y" | "YES" | "T" | "TRUE" | "TWIN" | "TWINS" | "TRIPLET" | "TRIPLETS" | "MULTIPLE")
        || word.parse::<u32>().is_ok_and(|born| (2..=9).contains(&born))
}

/// Position within a multiple birth, from 1: `2`, `B`, `TWIN B`.
pub fn birth_order(text: &str) -> Option<u8> {
    let word = words(text).pop()?;
    match word.as_bytes() {
        [digit @ b'1'..=b'9'] => Some(digit - b'0'),
        [letter @ b'A'..=b'F'] => Some(letter - b'A' + 1),
        _ if is_newborn(&word) && !is_newborn_word(&word) => match word.as_bytes()[word.len() - 1] {
            letter @ b'A'..=b'F' => Some(letter - b'A' + 1),
            digit @ b'1'..=b'9' => Some(digit - b'0'),
            _ => None,
        },
        _ => None,
    }
}

fn digits(text: &str) -> String {
    text.chars().take(MAX_CELL_CHARS).filter(char::is_ascii_digit).collect()
}

/// A plausible social security number as a number, or `None`. Leading zeros that a spreadsheet lost are restored. Numbers
/// from 900 on are kept: tax payer numbers and synthetic patients have them.
pub fn ssn(text: &str) -> Option<u32> {
    let digits = digits(text);
    if !(7..=9).contains(&digits.len()) || repeats_one_letter(&digits) {
        return None;
    }
    let number: u32 = digits.parse().ok()?;
    let (area, group, serial) = (number / 1_000_000, number / 10_000 % 100, number % 10_000);
    // Shown on sample cards and in advertisements, or typed to get past a form.
    let known_dummy = matches!(
        number,
        123_456_789 | 987_654_321 | 12_345_678 | 111_223_333 | 78_051_120 | 219_099_999 | 457_555_462 | 999_999_999
    );
    (!known_dummy && (digits.len() < 9 || (area != 0 && group != 0 && serial != 0))).then_some(number)
}

/// A telephone number's last ten digits, or its seven where no area code was given.
pub fn phone(text: &str) -> Option<u64> {
    let mut all = [0; MAX_CELL_CHARS];
    let mut count = 0;
    let number = text.chars().take(MAX_CELL_CHARS).take_while(|c| !matches!(c, 'x' | 'X' | 'e' | 'E' | ';' | '/'));
    for digit in number.filter(char::is_ascii_digit) {
        all[count] = digit as u8 - b'0';
        count += 1;
    }
    let digits = match &all[..count] {
        [1, rest @ ..] if count == 11 => rest,
        digits => digits,
    };
    if digits.len() < 7 {
        return None;
    }
    let digits = &digits[digits.len().saturating_sub(10)..];
    let value = |digits: &[u8]| digits.iter().fold(0, |number, digit| number * 10 + u64::from(*digit));
    let (number, local) = (value(digits), value(&digits[digits.len() - 7..]));
    let is_one_digit = local % 1_111_111 == 0;
    let is_dummy = is_one_digit || matches!(local, 1_234_567 | 4_567_890 | 1_234);
    (!is_dummy).then_some(number)
}

/// A personal e-mail address in lower case.
pub fn email(text: &str) -> Option<String> {
    const NOBODY: &[&str] = &[
        "a", "abc", "declined", "email", "example", "info", "mail", "me", "n", "na", "name", "no", "nobody", "noemail",
        "nomail", "none", "noreply", "null", "patient", "refused", "test", "unknown", "user", "x", "xxx",
    ];
    let text: String = text.trim().chars().take(MAX_CELL_CHARS).collect::<String>().to_lowercase();
    let (local, domain) = text.split_once('@')?;
    let dummy = NOBODY.contains(&local) || local.is_empty() || domain.starts_with("none.") || !domain.contains('.');
    (!dummy && !text.contains(char::is_whitespace)).then(|| cut(text))
}

/// The comparable parts of an address.
#[derive(Default)]
pub struct Street {
    /// House number and street in canonical words.
    pub line: String,
    /// Apartment, unit or room, without its designator.
    pub unit: String,
    /// What else the second line says: a building, a village.
    pub second_line: String,
}

/// Reads the street lines: directions and street types get one spelling, the unit is set apart.
pub fn street(line1: &str, line2: &str) -> Street {
    let mut unit = String::new();
    let [mut first, mut second] = [line1, line2].map(|line| {
        let line = line.replace('#', " APT ");
        let mut street = Vec::new();
        let mut words = words(&line).into_iter().peekable();
        while let Some(word) = words.next() {
            match word.as_str() {
                "APT" | "APARTMENT" | "UNIT" | "SUITE" | "STE" | "RM" | "ROOM" | "FLAT" | "LOT" | "TRLR" | "SPC"
                | "NUMBER" => {
                    while words.peek().is_some_and(|next| next == "APT" || next == "NO") {
                        words.next();
                    }
                    if let Some(word) = words.next() {
                        unit = word;
                    }
                }
                _ => street.push(street_word(&word).to_owned()),
            }
        }
        street
    });
    if first.is_empty() {
        std::mem::swap(&mut first, &mut second);
    }
    let street = first;
    let line = street.join(" ");
    let dummy = matches!(
        line.as_str(),
        "123 MAIN ST" | "123 ANY ST" | "1234 MAIN ST" | "GENERAL DELIVERY" | "NO FIXED ABODE" | "NO FIXED ADDRESS"
    ) || street.first().is_some_and(|word| is_dummy_name(word) || word == "HOMELESS");
    if dummy {
        return Street::default();
    }
    Street { line: cut(line), unit: cut(unit), second_line: cut(second.join(" ")) }
}

fn street_word(word: &str) -> &str {
    match word {
        "STREET" | "STR" => "ST",
        "AVENUE" | "AV" => "AVE",
        "ROAD" => "RD",
        "DRIVE" => "DR",
        "LANE" => "LN",
        "COURT" => "CT",
        "CIRCLE" => "CIR",
        "PLACE" => "PL",
        "BOULEVARD" => "BLVD",
        "TERRACE" => "TER",
        "HIGHWAY" => "HWY",
        "PARKWAY" => "PKWY",
        "SQUARE" => "SQ",
        "TRAIL" => "TRL",
        "CRESCENT" => "CRES",
        "NORTH" => "N",
        "SOUTH" => "S",
        "EAST" => "E",
        "WEST" => "W",
        "NORTHEAST" => "NE",
        "NORTHWEST" => "NW",
        "SOUTHEAST" => "SE",
        "SOUTHWEST" => "SW",
        other => other,
    }
}

/// A city in canonical words.
pub fn city(text: &str) -> String {
    let words = words(text);
    if words.first().is_some_and(|word| is_dummy_name(word)) {
        return String::new();
    }
    let words = words.iter().map(|word| match word.as_str() {
        "SAINT" => "ST",
        "TWP" | "TWNSHP" | "TOWNSHIP" => "TWP",
        "MOUNT" => "MT",
        "FORT" => "FT",
        other => other,
    });
    cut(words.collect::<Vec<_>>().join(" "))
}

/// A state's code (`MA`), or the first letter of a name written out, which every code begins with.
pub fn state(text: &str) -> String {
    let state = words(text).concat();
    let length = if state.len() <= 3 { 3 } else { 1 };
    state.chars().take(length).collect()
}

/// A postal code: the five digits of a ZIP code (a lost leading zero restored), other countries' as they are; zero for none.
pub fn postal_code(text: &str) -> u64 {
    let code = words(text).concat();
    let code = match code.len() {
        _ if !code.is_ascii() => return 0,
        4 if is_number(&code) => format!("0{code}"),
        9 if is_number(&code) => code[..5].to_owned(),
        0..=2 | 9.. => return 0,
        _ => code,
    };
    if repeats_one_letter(&code) {
        return 0;
    }
    code.bytes().fold(0, |packed, byte| packed << 8 | u64::from(byte))
}

fn is_number(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

/// A licence, passport or record number without its punctuation; dummies are none.
pub fn identifier(text: &str) -> Option<String> {
    let value = words(text).concat();
    let trimmed = value.trim_start_matches('0');
    let dummy = trimmed.len() < 2 || repeats_one_letter(&value) || is_dummy_name(&value);
    (!dummy).then_some(value)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn plain_names_are_read_as_all_are(
            text in "[ ]?([A-Za-z]{0,4}|[a-z]{38,42}|N[aio]|(baby|twin|BOY|male|TEST|Unknown|mr|JR|II)[A-Fa-f]?)[ ]?"
        ) {
            let (fast, slow) = (family_name(&text), all_of_family_name(&text));
            prop_assert_eq!((fast.parts, fast.generation), (slow.parts, slow.generation));
            let (fast, slow) = (given_names(&text), all_of_given_names(&text));
            prop_assert_eq!((fast.first, fast.further, fast.birth_order), (slow.first, slow.further, slow.birth_order));
        }
    }

    #[test]
    fn dummies_are_no_values() {
        for text in ["999-99-9999", "000-00-0000", "123-45-6789", "078-05-1120", "000-12-3456", "", "12"] {
            assert_eq!(ssn(text), None, "{text}");
        }
        for text in ["555-5555", "(999) 999-9999", "617-555-5555", "000-0000", "123-4567", "911"] {
            assert_eq!(phone(text), None, "{text}");
        }
        for text in ["none@none.com", "test@example.com", "n/a", "unknown@x.org", "@"] {
            assert_eq!(email(text), None, "{text}");
        }
        for text in ["UNKNOWN", "Baby Boy", "BABYGIRL", "Twin A", "Test", "n/a", "XXX", "Newborn", ""] {
            assert_eq!(given_names(text).first, "", "{text}");
        }
        for (text, order) in [
            ("Twin B", 2),
            ("TWINA", 1),
            ("Babyboy2", 2),
            ("Baby Girl A", 1),
            ("Male B", 2),
            ("Quimby Boy A", 1),
            ("Jane's Girl", 0),
        ] {
            let names = given_names(text);
            assert_eq!((names.first.as_str(), names.birth_order), ("", order), "{text}");
        }
        for text in ["Malena", "Boyd", "Twinkle", "Abby", "Babette"] {
            assert_eq!(given_names(text).first, text.to_uppercase());
        }
        assert_eq!(street("UNKNOWN", "").line, "");
        assert_eq!(postal_code("00000"), 0);
        assert_eq!(identifier("0000"), None);
    }

    #[test]
    fn synthetic_but_plausible_values_stay() {
        assert_eq!(ssn("999-17-5017"), Some(999_175_017));
        assert_eq!(ssn("1234567"), Some(1_234_567));
        assert_eq!(family_name("Mosciski958").parts, "MOSCISKI");
        assert_eq!(phone("1 (617) 555-0123 x12"), Some(6_175_550_123));
    }

    #[test]
    fn names_fold_and_part() {
        let name = given_names("Mrs. Zoë-Anne  Marie");
        assert_eq!((name.first.as_str(), name.further.as_str()), ("ZOE", "ANNE MARIE"));
        let name = family_name("O'Brien-Núñez, Jr.");
        assert_eq!((name.parts.as_str(), name.generation), ("OBRIEN NUNEZ", 2));
        assert_eq!(given_names("TWIN B").birth_order, 2);
        assert_eq!(given_names("Иван").first, "ИВАН");
        assert!(given_names(&"é".repeat(5_000_000)).first.len() <= MAX_VALUE_CHARS * 2);
    }

    #[test]
    fn addresses_get_one_spelling() {
        let street_of = |line| street(line, "").line;
        assert_eq!(street_of("12 North Main Street Apt. 4B"), "12 N MAIN ST");
        assert_eq!(street("12 N MAIN ST", "# 4b").line, street_of("12 North Main Street #4B"));
        assert_eq!(street("12 N Main St #4B", "").unit, "4B");
        assert_eq!(postal_code("02155-1234"), postal_code("2155"));
    }
}
