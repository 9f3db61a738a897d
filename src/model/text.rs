//! White space as people mean it, and how a text looks without what it says.

/// Unicode's white space, and the four separators U+001C to U+001F.
pub fn is_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{1c}'..='\u{1f}')
}

/// The text without outer white space.
pub fn trimmed(text: &str) -> &str {
    text.trim_matches(is_space)
}

/// A value without its letters and digits: runs of letters as one, digits one by one as far as a number is short.
pub fn shape(text: &str) -> String {
    let mut out = String::new();
    let mut last = ' ';
    for c in text.chars().take(40) {
        let class = match c {
            c if c.is_numeric() => '9',
            c if c.is_lowercase() => 'a',
            c if c.is_alphabetic() => 'A',
            c if c.is_whitespace() => ' ',
            c if c.is_ascii_punctuation() => c,
            // Signs may be names in some script, or do something to a terminal.
            _ => '?',
        };
        if class != last || class == '9' || out.is_empty() {
            out.push(class);
        }
        last = class;
        if out.chars().count() >= 24 {
            out.push('…');
            break;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shape_has_no_letter_of_the_value() {
        for (text, expected) in
            [("Reynolds", "Aa"), ("J45.909", "A99.999"), ("2019-03-04 9:15", "9999-99-99 9:99"), ("O'Neil-Ó", "A'Aa-A")]
        {
            assert_eq!(shape(text), expected);
        }
    }
}
