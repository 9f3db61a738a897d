//! What a number's format shows that its value does not: `02139`, `97%`.

/// What a number's format shows that its value does not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum NumberStyle {
    #[default]
    General,
    /// A hundred times the value, with all of its digits.
    Percent,
    /// Digits stand where the zeros are: `00000`, `000-00-0000`.
    Digits(String),
}

impl NumberStyle {
    /// Of a format code, ECMA-376 part 1, 18.8.31; the part for positive numbers counts.
    pub fn of(code: &str) -> Self {
        let positive = code.split(';').next().unwrap_or_default().replace(['\\', '"'], "");
        if let Some(number) = positive.strip_suffix('%')
            && number.chars().all(|c| matches!(c, '0' | '#' | '.' | ','))
        {
            return Self::Percent;
        }
        let zeros = positive.matches('0').count();
        if zeros > 1 && positive.chars().all(|c| matches!(c, '0' | '-' | ' ')) {
            return Self::Digits(positive);
        }
        Self::General
    }

    /// What the text of a cell shows of its number: zeros before it.
    pub fn of_shown(value: &str, shown: &str) -> Self {
        let digits: String = shown.chars().filter(char::is_ascii_digit).collect();
        let is_pattern = shown.starts_with('0') || shown.contains('-');
        let has_its_digits = digits.len() > 1 && digits.trim_start_matches('0') == value.trim_start_matches('0');
        if is_pattern && has_its_digits && shown.chars().all(|c| c.is_ascii_digit() || matches!(c, '-' | ' ')) {
            return Self::Digits(shown.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect());
        }
        Self::General
    }

    /// Whether it shows anything that the shortest form does not.
    pub fn is_shown(&self) -> bool {
        *self != Self::General
    }

    pub fn text(&self, value: f64) -> String {
        match self {
            // What a hundred times the value is, to the digits that a number has.
            Self::Percent => {
                let rounded = format!("{:.12}", value * 100.0);
                format!("{}%", rounded.trim_end_matches('0').trim_end_matches('.'))
            }
            Self::Digits(pattern) if value >= 0.0 && value.fract() == 0.0 && value < MOST_EXACT => {
                in_digits(pattern, &number(value))
            }
            _ => number(value),
        }
    }
}

/// Whole numbers up to here have a digit for each of theirs.
const MOST_EXACT: f64 = 9_007_199_254_740_992.0;

pub fn number(value: f64) -> String {
    // Negative zero is zero.
    if value == 0.0 { "0".into() } else { format!("{value}") }
}

/// Puts digits where a pattern has zeros, from the right; more digits than zeros stand before.
fn in_digits(pattern: &str, digits: &str) -> String {
    let mut left = digits.chars().rev().peekable();
    let mut shown: Vec<char> =
        pattern.chars().rev().map(|place| if place == '0' { left.next().unwrap_or('0') } else { place }).collect();
    shown.extend(left);
    shown.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_that_are_shown_are_kept() {
        let check = |value: &str, shown: &str, expected: &str| {
            assert_eq!(NumberStyle::of_shown(value, shown).text(value.parse().unwrap()), expected, "{shown}");
        };
        check("2139", "02139", "02139");
        check("21390001", "02139-0001", "02139-0001");
        check("101", "00101", "00101");
        check("-5", "-5", "-5");
        check("5", "05.00", "5");
        check("7", "7", "7");
        check("44000", "2020-06-18", "44000");
    }

    #[test]
    fn numbers_are_shown_as_their_formats_show_them() {
        let check = |code: &str, value: f64, expected: &str| {
            assert_eq!(NumberStyle::of(code).text(value), expected, "{code} {value}");
        };
        check("General", 12.0, "12");
        check("General", -0.0, "0");
        check("General", 98.6, "98.6");
        check("General", 1e15, "1000000000000000");
        check("00000", 2139.0, "02139");
        check("00000", 123456.0, "123456");
        check("000\\-00\\-0000", 12345678.0, "012-34-5678");
        check("000\"-\"00\"-\"0000;@", 219099999.0, "219-09-9999");
        check("00000", 21.5, "21.5");
        check("0", 7.0, "7");
        check("0%", 0.97, "97%");
        check("0%", 0.9749, "97.49%");
        check("0.0%", 0.971, "97.1%");
        check("0%", 0.0, "0%");
        check("#,##0.00", 1234.5, "1234.5");
    }
}
