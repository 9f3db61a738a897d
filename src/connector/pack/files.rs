//! Which files of a source a stream is made of.

use globset::{GlobBuilder, GlobMatcher};

use super::super::Problem;
use super::super::check::Located;
use crate::model::{DOCUMENT_COLUMNS, NamePattern};

#[derive(Clone, Debug)]
pub struct FilePattern {
    pub(super) text: String,
    matcher: GlobMatcher,
}

impl FilePattern {
    pub(super) fn new(text: &str) -> Result<Self, String> {
        let glob = GlobBuilder::new(text).case_insensitive(true).literal_separator(true).build();
        Ok(Self { text: text.to_owned(), matcher: glob.map_err(|error| error.to_string())?.compile_matcher() })
    }

    /// A pattern with a `/` is compared to the whole relative path, another one to the file's name. `*.xlsx/Visits` means a table of a
    /// file, wherever that lies.
    pub fn matches(&self, path: &str) -> bool {
        let last =
            |parts: usize| path.rsplitn(parts + 1, '/').nth(parts).map_or(path, |above| &path[above.len() + 1..]);
        match self.text.split_once('/') {
            None => self.matcher.is_match(last(1)),
            Some((holder, table)) if holds_tables(holder) && !table.contains('/') => self.matcher.is_match(last(2)),
            Some(_) => self.matcher.is_match(path),
        }
    }
}

/// Endings of files that hold tables, which a pattern names as `FILE/TABLE`.
pub const TABLE_FILES: [&str; 18] = [
    "xlsx", "xlsm", "xlsb", "xls", "ods", "sqlite", "sqlite3", "db", "db3", "dbf", "json", "ndjson", "jsonl", "mdb",
    "accdb", "xml", "cda", "hl7",
];

/// Whether a pattern's file may hold tables, by its ending.
fn holds_tables(pattern: &str) -> bool {
    let ending = pattern.rsplit_once('.').map(|(_, ending)| ending.to_lowercase());
    ending.is_some_and(|ending| ending.contains(['*', '?', '{', '[']) || TABLE_FILES.contains(&ending.as_str()))
}

/// Files that are documents, of which each is a record.
#[derive(Clone, Debug)]
pub struct DocumentFiles {
    pub(super) patterns: Vec<FilePattern>,
    /// How their names fall into parts; the first that fits counts.
    pub names: Vec<NamePattern>,
}

impl DocumentFiles {
    pub fn matches(&self, path: &str) -> bool {
        !is_of_the_system(path) && self.patterns.iter().any(|pattern| pattern.matches(path))
    }
}

/// Whether a file is one that desktops leave in folders, and nobody's document.
fn is_of_the_system(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_lowercase();
    ["thumbs.db", "desktop.ini", ".ds_store"].contains(&name.as_str())
        || name.starts_with("~$")
        || name.starts_with("._")
}

/// What the table of a stream's documents is called among the files of a source.
pub(super) fn documents_path(stream: &str) -> String {
    format!("{stream} (documents)")
}

pub(super) fn file_patterns(
    files: &toml::Spanned<Vec<String>>,
    at: Located<'_>,
    problems: &mut Vec<Problem>,
) -> Vec<FilePattern> {
    let mut patterns = Vec::new();
    for pattern in files.get_ref() {
        match FilePattern::new(pattern) {
            Ok(pattern) => patterns.push(pattern),
            Err(message) => problems.push(at.problem(files.span().start, message)),
        }
    }
    patterns
}

pub(super) fn name_patterns(
    names: &[toml::Spanned<String>],
    at: Located<'_>,
    problems: &mut Vec<Problem>,
) -> Vec<NamePattern> {
    let mut patterns = Vec::new();
    for name in names {
        let start = name.span().start;
        match NamePattern::parse(name.get_ref()) {
            Ok(pattern) => {
                if let Some(part) = pattern.parts().find(|part| DOCUMENT_COLUMNS.contains(part)) {
                    problems.push(at.problem(start, format!("`{part}` is a column of every document")));
                }
                patterns.push(pattern);
            }
            Err(why) => problems.push(at.problem(start, format!("this is no pattern of names: {why}"))),
        }
    }
    patterns
}
