//! White space as people mean it.

/// Unicode's white space, and the four separators U+001C to U+001F.
pub fn is_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{1c}'..='\u{1f}')
}

/// The text without outer white space.
pub fn trimmed(text: &str) -> &str {
    text.trim_matches(is_space)
}
