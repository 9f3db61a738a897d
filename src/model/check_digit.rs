//! Check digits, by which a number that was mistyped or cut off is found out.

/// Luhn's digit, which belongs behind these (ISO/IEC 7812-1, annex B).
pub fn luhn(digits: impl DoubleEndedIterator<Item = u8>) -> u8 {
    let sum: u32 = digits
        .rev()
        .enumerate()
        .map(|(at, byte)| {
            let digit = u32::from(byte - b'0') * if at % 2 == 0 { 2 } else { 1 };
            digit / 10 + digit % 10
        })
        .sum();
    ((10 - sum % 10) % 10) as u8
}

/// Whether a text is a National Provider Identifier: ten digits that begin with 1 or 2, the last of which is Luhn's over `80840` and the others
/// (45 CFR 162.406).
pub fn is_npi(text: &str) -> bool {
    let bytes = text.as_bytes();
    let [b'1' | b'2', ..] = bytes else { return false };
    if bytes.len() != 10 || !bytes.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let (digits, check) = bytes.split_at(9);
    let prefix: &[u8] = b"80840";
    luhn(prefix.iter().chain(digits).copied()) == check[0] - b'0'
}

/// Whether the last of these digits is Verhoeff's.
pub fn is_verhoeff(digits: &[u8]) -> bool {
    const PRODUCT: [[u8; 10]; 10] = [
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
        [1, 2, 3, 4, 0, 6, 7, 8, 9, 5],
        [2, 3, 4, 0, 1, 7, 8, 9, 5, 6],
        [3, 4, 0, 1, 2, 8, 9, 5, 6, 7],
        [4, 0, 1, 2, 3, 9, 5, 6, 7, 8],
        [5, 9, 8, 7, 6, 0, 4, 3, 2, 1],
        [6, 5, 9, 8, 7, 1, 0, 4, 3, 2],
        [7, 6, 5, 9, 8, 2, 1, 0, 4, 3],
        [8, 7, 6, 5, 9, 3, 2, 1, 0, 4],
        [9, 8, 7, 6, 5, 4, 3, 2, 1, 0],
    ];
    const TURN: [u8; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
    let check = digits.iter().rev().enumerate().fold(0, |check, (at, byte)| {
        let turned = (0..at % 8).fold(byte - b'0', |digit, _| TURN[usize::from(digit)]);
        PRODUCT[usize::from(check)][usize::from(turned)]
    });
    check == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn provider_numbers() {
        for (text, is_one) in [
            ("1234567893", true),
            ("1245319599", true),
            ("1234567890", false),
            ("3234567893", false),
            ("123456789", false),
            ("12345678931", false),
            ("", false),
        ] {
            assert_eq!(is_npi(text), is_one, "{text}");
        }
    }
}
