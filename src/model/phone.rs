//! Telephone numbers in the form that every system dials (ITU-T E.164), where a text can be read for certain.

/// Longest text that is looked at, in bytes.
const LONGEST: usize = 48;

/// A number of the North American plan, or with its country's code, as `+16175550123` or, with an extension, `+16175550123;ext=12` (RFC 3966);
/// `None` where it has no area code, two numbers or words.
pub fn e164(text: &str) -> Option<String> {
    let text = text.trim();
    if text.len() > LONGEST || !text.is_ascii() {
        return None;
    }
    let (number, extension) = without_extension(text)?;
    let is_international = number.starts_with('+');
    let separates = |byte: u8| matches!(byte, b' ' | b'-' | b'.' | b'(' | b')' | b'/');
    let bytes = number.strip_prefix('+').unwrap_or(number).bytes();
    let mut digits = String::with_capacity(16);
    for byte in bytes {
        if byte.is_ascii_digit() {
            digits.push(char::from(byte));
        } else if !separates(byte) {
            return None;
        }
    }
    let whole = match (is_international, digits.strip_prefix("011")) {
        (true, _) => country_and_number(&digits)?,
        (false, Some(abroad)) if digits.len() > 11 => country_and_number(abroad)?,
        (false, _) => match (digits.len(), digits.strip_prefix('1')) {
            (10, _) => north_american(&digits)?,
            (11, Some(number)) => north_american(number)?,
            _ => return None,
        },
    };
    Some(match extension {
        Some(extension) => format!("{whole};ext={extension}"),
        None => whole,
    })
}

/// Whether the digits stand where no number is known: `555-5555`, `000-000-0000`, `123-4567`.
pub fn is_placeholder(text: &str) -> bool {
    let number = text.split(['x', 'X', 'e', 'E', '#', ';']).next().unwrap_or_default();
    let digits: Vec<u8> = number.bytes().filter(u8::is_ascii_digit).collect();
    let Some(local) = digits.len().checked_sub(7).map(|from| &digits[from..]) else { return false };
    local.iter().all(|digit| *digit == local[0])
        || [b"1234567", b"4567890"].iter().any(|other| local == *other)
        || digits == *b"1234567890"
}

/// The text before an extension, and its digits; `None` where what stands behind is more than that.
fn without_extension(text: &str) -> Option<(&str, Option<&str>)> {
    let mark = text.find(|c: char| c.is_ascii_alphabetic() || matches!(c, '#' | ';' | ','));
    let Some(mark) = mark else { return Some((text, None)) };
    let (number, rest) = text.split_at(mark);
    let rest = rest.trim_start_matches([';', ',', ' ']);
    let word_end = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
    let (word, rest) = rest.split_at(word_end);
    let known = matches!(word.to_ascii_lowercase().as_str(), "x" | "ext" | "extn" | "extension" | "");
    let digits = rest.trim_start_matches(['.', ':', '#', '=', ' ']).trim_end();
    let plain = (1..=7).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    (known && plain).then_some((number, Some(digits)))
}

/// Area code and exchange begin with 2 to 9 (North American Numbering Plan).
fn north_american(digits: &str) -> Option<String> {
    let bytes = digits.as_bytes();
    let starts = |at: usize| (b'2'..=b'9').contains(&bytes[at]);
    (bytes.len() == 10 && starts(0) && starts(3) && !digits[..3].ends_with("11")).then(|| format!("+1{digits}"))
}

/// At most fifteen digits, none of the country codes begins with 0.
fn country_and_number(digits: &str) -> Option<String> {
    match digits.strip_prefix('1') {
        Some(number) => north_american(number),
        None => ((8..=15).contains(&digits.len()) && !digits.starts_with('0')).then(|| format!("+{digits}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_can_be_read_for_certain() {
        for (text, number) in [
            ("(617) 555-0123", "+16175550123"),
            ("617-555-0123", "+16175550123"),
            ("617.555.0123", "+16175550123"),
            ("6175550123", "+16175550123"),
            ("1-617-555-0123", "+16175550123"),
            ("+1 617 555 0123", "+16175550123"),
            (" 617 555 0123 ", "+16175550123"),
            ("(617) 555-0123 x12", "+16175550123;ext=12"),
            ("617-555-0123 ext. 4411", "+16175550123;ext=4411"),
            ("617-555-0123, extension 7", "+16175550123;ext=7"),
            ("617-555-0123 #12", "+16175550123;ext=12"),
            ("+16175550123;ext=12", "+16175550123;ext=12"),
            ("+44 20 7946 0018", "+442079460018"),
            ("011 44 20 7946 0018", "+442079460018"),
            ("+49 (30) 901820", "+4930901820"),
        ] {
            assert_eq!(e164(text).as_deref(), Some(number), "{text}");
            assert_eq!(e164(number).as_deref(), Some(number), "{text}: twice is once");
        }
    }

    #[test]
    fn what_cannot_be_read_is_left_as_text() {
        for text in [
            "",
            "555-0123",
            "(017) 555-0123",
            "911-555-0123",
            "617-155-0123",
            "617-555-0123 or 617-555-0124",
            "617-555-0123 wife",
            "617-555-012",
            "61755501234",
            "call the office",
            "+1 617 555 012",
            "+0 617 555 0123",
            "617-555-0123 x",
            "617-555-0123 x12345678",
            "６１７-555-0123",
        ] {
            assert_eq!(e164(text), None, "{text}");
        }
    }

    #[test]
    fn numbers_that_stand_for_none() {
        for text in
            ["555-5555", "(000) 000-0000", "999-999-9999", "123-4567", "1234567890", "617-555-5555", "000-0000 x1"]
        {
            assert!(is_placeholder(text), "{text}");
        }
        for text in ["617-555-0123", "555-5556", "", "12", "+44 20 7946 0018"] {
            assert!(!is_placeholder(text), "{text}");
        }
    }
}
