//! Names, addresses, telephone numbers and the like: split and checked, never corrected.

use crate::model::IssueCode;

use super::Transformed;

/// The parts of a whole name.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct NameParts {
    pub prefix: Option<String>,
    pub given: Option<String>,
    pub middle: Option<String>,
    pub family: Option<String>,
    pub suffix: Option<String>,
}

const PREFIXES: [&str; 9] = ["dr", "mr", "mrs", "ms", "miss", "prof", "rev", "sir", "sister"];
const SUFFIXES: [&str; 16] =
    ["jr", "sr", "ii", "iii", "iv", "md", "do", "np", "pa", "rn", "phd", "dds", "dpm", "pa-c", "fnp", "aprn"];
const PARTICLES: [&str; 13] = ["van", "von", "de", "del", "della", "der", "den", "da", "di", "la", "le", "st", "mac"];

/// "Last, First M", "First M Last", "Dr. First van Last MD".
pub fn parse_name(text: &str) -> Transformed<NameParts> {
    if !text.chars().any(char::is_alphabetic) {
        return Err(IssueCode::ValueRejected);
    }
    let bare = |word: &str| word.trim_matches(['.', ',']).to_lowercase();
    let mut parts = NameParts::default();
    let mut suffixes = Vec::new();
    let (before, after) = match text.split_once(',') {
        // "First Last, MD": the comma stands before a suffix.
        Some((name, rest)) if rest.split_whitespace().all(|word| SUFFIXES.contains(&bare(word).as_str())) => {
            suffixes.extend(rest.split_whitespace());
            (name, None)
        }
        Some((family, rest)) => (family, Some(rest)),
        None => (text, None),
    };
    let mut words: Vec<&str> = after.unwrap_or(before).split_whitespace().collect();
    if words.len() > 1 && PREFIXES.contains(&bare(words[0]).as_str()) {
        parts.prefix = Some(words.remove(0).to_owned());
    }
    while words.len() > 1 && words.last().is_some_and(|word| SUFFIXES.contains(&bare(word).as_str())) {
        suffixes.extend(words.pop());
    }
    let family_words = match after {
        Some(_) => {
            let mut family: Vec<&str> = before.split_whitespace().collect();
            while family.len() > 1 && family.last().is_some_and(|word| SUFFIXES.contains(&bare(word).as_str())) {
                suffixes.extend(family.pop());
            }
            family
        }
        None => {
            let particle = words.iter().skip(1).position(|word| PARTICLES.contains(&word.to_lowercase().as_str()));
            let start = particle.map_or(words.len().saturating_sub(1), |index| index + 1);
            words.split_off(start)
        }
    };
    let joined = |words: &[&str]| Some(words.join(" ").trim_matches(',').to_owned()).filter(|text| !text.is_empty());
    parts.family = joined(&family_words);
    parts.given = joined(&words[..words.len().min(1)]);
    parts.middle = joined(&words[words.len().min(1)..]);
    parts.suffix = joined(&suffixes);
    Ok(parts)
}

/// The parts of an address that came as one text; what cannot be told stays in the first line.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct AddressParts {
    pub line: Option<String>,
    pub city: Option<String>,
    pub state: Option<String>,
    pub postal_code: Option<String>,
}

/// "123 Main St, Boston, MA 02139" by its commas; "123 Main St Boston MA 02139 US" by its end alone: where the street stops
/// and the city starts cannot be told, so neither is.
pub fn parse_address(text: &str) -> AddressParts {
    let mut parts = AddressParts::default();
    let mut pieces: Vec<&str> = text.split(',').map(str::trim).filter(|piece| !piece.is_empty()).collect();
    if pieces.len() >= 3 {
        let (state, postal_code) = state_and_code(pieces.pop().unwrap_or_default());
        parts.state = state;
        parts.postal_code = postal_code;
        if parts.state.is_none()
            && let Some(state) = pieces.pop()
        {
            parts.state = Some(state.to_owned());
        }
        parts.city = pieces.pop().map(str::to_owned);
        parts.line = Some(pieces.join(", ")).filter(|line| !line.is_empty());
    } else {
        let words: Vec<&str> = text.split_whitespace().collect();
        parts.postal_code = words.iter().rev().take(2).find(|word| is_us_zip(word)).map(|word| (*word).to_owned());
    }
    parts
}

fn state_and_code(text: &str) -> (Option<String>, Option<String>) {
    let (code, words): (Vec<&str>, Vec<&str>) =
        text.split_whitespace().partition(|word| word.bytes().any(|b| b.is_ascii_digit()));
    let some = |words: Vec<&str>| Some(words.join(" ")).filter(|text| !text.is_empty());
    (some(words), some(code))
}

fn is_us_zip(text: &str) -> bool {
    let (zip, plus) = text.split_once('-').unwrap_or((text, "0000"));
    zip.len() == 5 && plus.len() == 4 && [zip, plus].iter().all(|part| part.bytes().all(|b| b.is_ascii_digit()))
}

/// A telephone number has 7 to 15 digits (ITU-T E.164) and few letters (an extension).
pub fn check_phone(text: &str) -> Transformed<()> {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    if (7..=20).contains(&digits) && letters <= 9 { Ok(()) } else { Err(IssueCode::ValueRejected) }
}

pub fn check_email(text: &str) -> Transformed<()> {
    let fits = text.split_once('@').is_some_and(|(user, host)| {
        !user.is_empty() && host.contains('.') && !host.contains('@') && !text.contains(char::is_whitespace)
    });
    if fits { Ok(()) } else { Err(IssueCode::ValueRejected) }
}

/// A US social security number has nine digits.
pub fn check_ssn(text: &str) -> Transformed<()> {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let others = text.bytes().filter(|b| !b.is_ascii_digit()).all(|b| matches!(b, b'-' | b' '));
    if digits == 9 && others { Ok(()) } else { Err(IssueCode::ValueRejected) }
}

/// Postal codes of the world have up to ten letters, digits, spaces and hyphens, and at least one digit.
pub fn check_postal_code(text: &str) -> Transformed<()> {
    let fits = text.len() <= 10
        && text.bytes().any(|b| b.is_ascii_digit())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b' ' | b'-'))
        && !(text.contains('-') && text.split('-').count() > 2);
    let is_phone = text
        .split_once('-')
        .is_some_and(|(a, b)| a.len() == 3 && b.len() == 4 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-'));
    if fits && !is_phone { Ok(()) } else { Err(IssueCode::ValueRejected) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let check = |text: &str, expected: [&str; 5]| {
            let parts = parse_name(text).expect("a name");
            let shown =
                [parts.prefix, parts.given, parts.middle, parts.family, parts.suffix].map(Option::unwrap_or_default);
            assert_eq!(shown, expected, "{text}");
        };
        check("Smith, Anna B", ["", "Anna", "B", "Smith", ""]);
        check("Anna B Smith", ["", "Anna", "B", "Smith", ""]);
        check("Dr. Anna Smith MD", ["Dr.", "Anna", "", "Smith", "MD"]);
        check("Anna Smith, MD", ["", "Anna", "", "Smith", "MD"]);
        check("Ludwig van der Berg", ["", "Ludwig", "", "van der Berg", ""]);
        check("Smith Jr, John", ["", "John", "", "Smith", "Jr"]);
        check("Cher", ["", "", "", "Cher", ""]);
        check("Ludivina884 Steuber698", ["", "Ludivina884", "", "Steuber698", ""]);
        assert!(parse_name("12345").is_err());
    }

    #[test]
    fn an_address_is_split_only_where_its_commas_say_so() {
        let parts = parse_address("12 Elm St, Apt 3, Boston, MA 02139");
        assert_eq!(parts.line.as_deref(), Some("12 Elm St, Apt 3"));
        assert_eq!((parts.city.as_deref(), parts.state.as_deref()), (Some("Boston"), Some("MA")));
        assert_eq!(parts.postal_code.as_deref(), Some("02139"));
        let parts = parse_address("12 Elm St Boston MA 02139 US");
        assert_eq!((parts.line, parts.city, parts.postal_code.as_deref()), (None, None, Some("02139")));
    }

    #[test]
    fn what_cannot_be_one_is_rejected() {
        assert!(
            check_phone("(555) 010-2233 x12").is_ok()
                && check_phone("12").is_err()
                && check_phone("call the office").is_err()
        );
        assert!(check_email("a.b@example.com").is_ok() && check_email("example.com").is_err());
        assert!(check_ssn("999-12-3456").is_ok() && check_ssn("999-12-345").is_err());
        assert!(check_postal_code("02139-1234").is_ok() && check_postal_code("SW1A 1AA").is_ok());
        for phone in ["555-0100", "(555) 010-2233", "617-555-0100"] {
            assert!(check_postal_code(phone).is_err(), "{phone}");
        }
    }
}
