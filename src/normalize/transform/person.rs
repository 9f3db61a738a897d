//! Names, addresses, telephone numbers and the like: split and checked, never corrected.

use crate::model::IssueCode;

use super::Transformed;

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
