//! What is wrong with a pack: every problem at once, each with file and line.

use std::fmt;

/// Something that keeps a pack from running.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// Relative to the pack's folder.
    pub file: String,
    /// From 1; 0 where the whole file is meant.
    pub line: usize,
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line == 0 {
            write!(f, "{}: {}", self.file, self.message)
        } else {
            write!(f, "{}:{}: {}", self.file, self.line, self.message)
        }
    }
}

/// Something a pack's author should know, though the pack runs.
pub type Note = Problem;

/// The text of one pack file, for turning byte spans into lines.
#[derive(Clone, Copy)]
pub(super) struct Located<'a> {
    pub file: &'a str,
    pub text: &'a str,
}

impl Located<'_> {
    pub fn line(&self, offset: usize) -> usize {
        line_of(self.text, offset)
    }

    pub fn problem(&self, offset: usize, message: impl Into<String>) -> Problem {
        Problem { file: self.file.to_owned(), line: self.line(offset), message: message.into() }
    }
}

/// The line of a byte of a text, from 1.
pub fn line_of(text: &str, offset: usize) -> usize {
    text.as_bytes()[..offset.min(text.len())].iter().filter(|byte| **byte == b'\n').count() + 1
}

/// Parses TOML, or says where and why not.
pub(super) fn parse_toml<T: serde::de::DeserializeOwned>(at: Located<'_>) -> Result<T, Problem> {
    toml::from_str(at.text).map_err(|error| {
        let offset = error.span().map_or(0, |span| span.start);
        at.problem(offset, error.message().lines().collect::<Vec<_>>().join("; "))
    })
}

/// The closest of some names to a wrong one, for "did you mean".
pub fn nearest<'a>(wrong: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wrong = wrong.to_lowercase();
    names
        .into_iter()
        .map(|name| (strsim::jaro_winkler(&wrong, &name.to_lowercase()), name))
        .filter(|(similarity, _)| *similarity > 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(a.1)))
        .map(|(_, name)| name)
}

pub(super) fn did_you_mean<'a>(wrong: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    nearest(wrong, names).map_or_else(String::new, |name| format!("; did you mean `{name}`?"))
}
