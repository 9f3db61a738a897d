//! Telephone numbers, e-mail addresses and other numbers of people: checked, never corrected.

use crate::model::IssueCode;

use super::Transformed;

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

/// Whether a number was typed to get past a form, or shown on a sample card: no person has it.
pub fn is_dummy_ssn(text: &str) -> bool {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let Ok(number) = digits.parse::<u32>() else { return false };
    let repeats = digits.bytes().all(|digit| digits.starts_with(char::from(digit)));
    let shown = matches!(number, 123_456_789 | 987_654_321 | 111_223_333 | 78_051_120 | 219_099_999 | 457_555_462);
    // No area is 000: it stands where only the last digits are known.
    repeats || shown || number < 1_000_000
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
    fn what_cannot_be_one_is_rejected() {
        assert!(
            check_phone("(555) 010-2233 x12").is_ok()
                && check_phone("12").is_err()
                && check_phone("call the office").is_err()
        );
        assert!(check_email("a.b@example.com").is_ok() && check_email("example.com").is_err());
        assert!(check_ssn("999-12-3456").is_ok() && check_ssn("999-12-345").is_err());
        for (number, is_dummy) in [
            ("000-00-0000", true),
            ("999-99-9999", true),
            ("123-45-6789", true),
            ("000-00-1234", true),
            ("078051120", true),
            ("999-12-3456", false),
            ("900-00-0007", false),
            ("123-45-6780", false),
        ] {
            assert_eq!(is_dummy_ssn(number), is_dummy, "{number}");
        }
        assert!(check_postal_code("02139-1234").is_ok() && check_postal_code("SW1A 1AA").is_ok());
        for phone in ["555-0100", "(555) 010-2233", "617-555-0100"] {
            assert!(check_postal_code(phone).is_err(), "{phone}");
        }
    }
}
