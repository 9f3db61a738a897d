//! What a single value can be, by its form alone.

use serde::Serialize;

use crate::connector::DateOrder;
use crate::matching::{is_common_family, is_common_given};
use crate::model::PartialDate;
use crate::model::check_digit::{is_verhoeff, luhn};
use crate::normalize::{check_email, check_phone, check_ssn, parse_date, parse_datetime, parse_decimal, parse_integer};

/// A kind of value. One value may be of several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Integer,
    Decimal,
    Date,
    /// With a time of day.
    DateTime,
    /// A day that can be read both ways.
    DateBothWays,
    YesNo,
    Sex,
    Icd10,
    Icd9,
    Loinc,
    Snomed,
    Ndc,
    Npi,
    Ssn,
    Phone,
    Email,
    PostalCode,
    State,
    GivenName,
    FamilyName,
    Uuid,
    FileName,
    /// Several words.
    Words,
    /// More than a line or 200 characters.
    LongText,
}

const STATES: &str = "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA PR RI SC SD TN TX UT VT VA WA WV WI WY";

/// Endings of files that practices keep.
const FILE_ENDINGS: [&str; 14] = [
    ".pdf", ".tif", ".tiff", ".jpg", ".jpeg", ".png", ".rtf", ".txt", ".doc", ".docx", ".dcm", ".xml", ".html", ".gif",
];

/// The day taken for today: only two-digit years ask for it.
const FAR: PartialDate = PartialDate { year: 2100, month: Some(1), day: Some(1) };

/// Whether a word of it is a usual name of people.
pub(super) fn has_a_name(text: &str) -> bool {
    let mut words = text.split(|c: char| !c.is_alphabetic()).filter(|word| word.chars().count() > 2);
    words.any(|word| {
        let upper = word.to_uppercase();
        is_common_given(&upper) || is_common_family(&upper)
    })
}

/// Whether a first line is a row rather than names of columns: days, telephone numbers, numbers and addresses stand in it.
pub fn looks_like_data(first_line: &[String]) -> bool {
    let is_data = |cell: &&String| {
        let mut found = false;
        kinds_of(cell, |kind| {
            found |= matches!(
                kind,
                Kind::Date
                    | Kind::DateTime
                    | Kind::Phone
                    | Kind::Ssn
                    | Kind::Email
                    | Kind::Decimal
                    | Kind::Uuid
                    | Kind::PostalCode
            );
        });
        found
    };
    first_line.iter().any(|cell| is_data(&cell))
}

/// All kinds a value is of.
pub fn kinds_of(text: &str, mut found: impl FnMut(Kind)) {
    let length = text.chars().count();
    if length > 200 || text.contains('\n') {
        return found(Kind::LongText);
    }
    let bytes = text.as_bytes();
    let digits = bytes.iter().filter(|byte| byte.is_ascii_digit()).count();
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    if digits > 0 && letters == 0 {
        if parse_integer(text).is_ok() {
            found(Kind::Integer);
        } else if parse_decimal(text).is_ok() {
            found(Kind::Decimal);
        }
    }
    if digits >= 4 && length <= 40 {
        let is_date = dates(text, digits, length, &mut found);
        numbers(text, digits, letters, &mut |kind| {
            // A day looks like a telephone number; nobody means that.
            if !(is_date && kind == Kind::Phone) {
                found(kind);
            }
        });
    }
    let upper = text.to_ascii_uppercase();
    if matches!(&*upper, "Y" | "N" | "YES" | "NO" | "T" | "F" | "TRUE" | "FALSE" | "0" | "1") {
        found(Kind::YesNo);
    }
    if matches!(&*upper, "M" | "F" | "MALE" | "FEMALE" | "U" | "UNKNOWN" | "O" | "OTHER" | "X" | "UN") {
        found(Kind::Sex);
    }
    if is_icd10(bytes) {
        found(Kind::Icd10);
    }
    if length == 2 && letters == 2 && STATES.split(' ').any(|state| state == text) {
        found(Kind::State);
    }
    if text.contains('@') && check_email(text).is_ok() {
        found(Kind::Email);
    }
    if FILE_ENDINGS.iter().any(|ending| text.to_ascii_lowercase().ends_with(ending)) {
        found(Kind::FileName);
    }
    if letters > 1 && digits == 0 && !text.contains(' ') {
        if is_common_given(&upper) {
            found(Kind::GivenName);
        }
        if is_common_family(&upper) {
            found(Kind::FamilyName);
        }
    }
    if letters > 0 && text.trim().contains(' ') {
        found(Kind::Words);
    }
}

/// Whether it is one.
fn dates(text: &str, digits: usize, length: usize, found: &mut impl FnMut(Kind)) -> bool {
    // A bare number is a day only in the one form that cannot be a number of anything else by accident: eight digits of a day of our time.
    // A year with one digit behind it is a LOINC code rather than a month.
    if length == 6 && digits == 5 && text.as_bytes()[4] == b'-' {
        return false;
    }
    if digits == length && !(digits == 8 && (text.starts_with("19") || text.starts_with("20"))) {
        return false;
    }
    let month_first = parse_datetime(text, Some(DateOrder::MonthDay), FAR);
    let day_first = parse_datetime(text, Some(DateOrder::DayMonth), FAR);
    let Some(parsed) = month_first.as_ref().ok().or(day_first.as_ref().ok()) else { return false };
    if parsed.time.is_empty() {
        if parse_date(text, None, FAR).is_ok() || month_first.is_ok() || day_first.is_ok() {
            found(Kind::Date);
        }
    } else {
        found(Kind::DateTime);
    }
    if month_first.is_ok() && day_first.is_ok() && month_first.ok().map(|d| d.date) != day_first.ok().map(|d| d.date) {
        found(Kind::DateBothWays);
    }
    true
}

fn numbers(text: &str, digits: usize, letters: usize, found: &mut impl FnMut(Kind)) {
    let bytes = text.as_bytes();
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if letters == 0 && text.contains('-') && check_ssn(text).is_ok() {
        found(Kind::Ssn);
    }
    if letters <= 3 && (7..=15).contains(&digits) && text.len() > digits && check_phone(text).is_ok() {
        found(Kind::Phone);
    }
    let parts: Vec<&str> = text.split('-').collect();
    match parts.as_slice() {
        [zip] if zip.len() == 5 && is_digits(zip) => found(Kind::PostalCode),
        [zip, four] if zip.len() == 5 && four.len() == 4 && is_digits(zip) && is_digits(four) => {
            found(Kind::PostalCode);
        }
        [number, check]
            if check.len() == 1
                && number.len() <= 7
                && is_digits(number)
                && is_digits(check)
                // LOINC's check digit is that of Luhn (LOINC Users' Guide, appendix C).
                && luhn(number.bytes()) == check.as_bytes()[0] - b'0' =>
        {
            found(Kind::Loinc);
        }
        [a, b, c]
            if [a, b, c].iter().all(|part| is_digits(part))
                && matches!((a.len(), b.len(), c.len()), (4..=5, 3..=4, 1..=2)) =>
        {
            found(Kind::Ndc);
        }
        _ => {}
    }
    if digits == text.len() {
        if digits == 10 && matches!(bytes[0], b'1' | b'2') && npi_is_sound(text) {
            found(Kind::Npi);
        }
        if (6..=18).contains(&digits) && bytes[0] != b'0' && snomed_is_sound(text) {
            found(Kind::Snomed);
        }
    }
    if digits == 10 && letters == 0 && check_phone(text).is_ok() && text.len() == digits {
        found(Kind::Phone);
    }
    let is_icd9 = bytes.len() <= 6 && bytes.len() >= 5 && bytes[3] == b'.' && digits == bytes.len() - 1;
    if is_icd9 {
        found(Kind::Icd9);
    }
    if bytes.len() == 36 && [8, 13, 18, 23].iter().all(|at| bytes[*at] == b'-') {
        let is_hex = |byte: &u8| byte.is_ascii_hexdigit() || *byte == b'-';
        if bytes.iter().all(is_hex) {
            found(Kind::Uuid);
        }
    }
}

/// `A00` to `Z99`, with up to four more characters after a point (ICD-10-CM Official Guidelines, section I.A).
fn is_icd10(bytes: &[u8]) -> bool {
    let [letter, tens, third, rest @ ..] = bytes else { return false };
    letter.is_ascii_uppercase()
        && tens.is_ascii_digit()
        && third.is_ascii_alphanumeric()
        && match rest {
            [] => third.is_ascii_digit(),
            [b'.', more @ ..] => (1..=4).contains(&more.len()) && more.iter().all(u8::is_ascii_alphanumeric),
            _ => false,
        }
}

/// A National Provider Identifier is Luhn's with 80840 before it (45 CFR 162.406).
fn npi_is_sound(text: &str) -> bool {
    let (number, check) = text.as_bytes().split_at(9);
    luhn(b"80840".iter().chain(number).copied().collect::<Vec<_>>().into_iter()) == check[0] - b'0'
}

/// A concept of SNOMED CT: Verhoeff's check digit, and `00` or `10` before it (SNOMED CT Release File Specification, 5.4).
fn snomed_is_sound(text: &str) -> bool {
    let bytes = text.as_bytes();
    matches!(&bytes[bytes.len() - 3..bytes.len() - 1], b"00" | b"10") && is_verhoeff(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[Kind]) {
        let mut found = Vec::new();
        kinds_of(text, |kind| found.push(kind));
        found.sort();
        let mut expected = expected.to_vec();
        expected.sort();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn a_value_is_what_its_form_says() {
        check("2019-03-14", &[Kind::Date]);
        check("03/04/2019", &[Kind::Date, Kind::DateBothWays]);
        check("03/14/2019", &[Kind::Date]);
        check("2019-03-14 10:00", &[Kind::DateTime]);
        check("20190314", &[Kind::Integer, Kind::Date]);
        check("J45.909", &[Kind::Icd10]);
        check("E11", &[Kind::Icd10]);
        check("250.00", &[Kind::Decimal, Kind::Icd9]);
        check("2085-9", &[Kind::Loinc]);
        check("2085-8", &[]);
        check("38341003", &[Kind::Integer, Kind::Snomed]);
        check("38341004", &[Kind::Integer]);
        check("1234567893", &[Kind::Integer, Kind::Npi, Kind::Phone]);
        check("987-65-4329", &[Kind::Phone, Kind::Ssn]);
        check("(617) 555-0147", &[Kind::Phone]);
        check("02139", &[Kind::Integer, Kind::PostalCode]);
        check("MA", &[Kind::State]);
        check("F", &[Kind::YesNo, Kind::Sex]);
        check("a@example.org", &[Kind::Email]);
        check("Scan 1.PDF", &[Kind::FileName, Kind::Words]);
        check("two words", &[Kind::Words]);
        check("12.5", &[Kind::Decimal]);
    }
}
