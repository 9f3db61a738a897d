//! How a file of delimited text is written.

use encoding_rs::Encoding;

use super::escaped::Escape;

/// Column names as written, trimmed, and how the file is read.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Header {
    pub columns: Vec<String>,
    pub delimiter: u8,
    /// None where quotes are doubled.
    pub escape: Option<Escape>,
    /// For cells that are not UTF-8.
    pub fallback: &'static Encoding,
    /// `UTF-8`, `UTF-16LE`, `UTF-16BE`, [`ROWS`], [`TREES`]: how the file as a whole is read.
    pub reading: &'static str,
}

/// Rows that were no text: we wrote them as text ourselves, and no quote in them is astray.
pub const ROWS: &str = "rows";

/// Trees as JSON, one on each line: the cells are the values within.
pub const TREES: &str = "trees";

/// How a file of text is written, as far as a connector says so.
#[derive(Clone, Debug, Default)]
pub struct TextLayout {
    pub delimiter: Option<u8>,
    /// What stands before quotes within cells, where they are not doubled.
    pub escape: Option<Escape>,
    /// For cells that are not UTF-8.
    pub encoding: Option<&'static Encoding>,
    /// Its columns, where it has no header.
    pub columns: Vec<String>,
    /// How many characters each column takes, where nothing is between them.
    pub widths: Vec<usize>,
}

impl Header {
    /// As JSON, to be kept beside the records: they can be read again by it.
    pub fn to_note(&self) -> String {
        let mut note = serde_json::json!({
            "columns": self.columns,
            "delimiter": char::from(self.delimiter).to_string(),
            "fallback": self.fallback.name(),
            "reading": self.reading,
        });
        if let Some(escape) = self.escape {
            note["escape"] = char::from(escape.sign).to_string().into();
            note["escape_letters"] = escape.letters.into();
        }
        note.to_string()
    }

    /// The header of the file that kept records came from, as it was noted.
    pub fn of_note(note: &str) -> Option<Self> {
        let note: serde_json::Value = serde_json::from_str(note).ok()?;
        let columns: Vec<String> = serde_json::from_value(note["columns"].clone()).ok()?;
        let byte = |name: &str| note[name].as_str().and_then(|text| text.bytes().next());
        let delimiter = byte("delimiter")?;
        let escape = byte("escape").map(|sign| Escape { sign, letters: note["escape_letters"] == true });
        let fallback = Encoding::for_label(note["fallback"].as_str()?.as_bytes())?;
        // Kept records are in UTF-8, whatever the file was in.
        let known = [ROWS, TREES].into_iter().find(|known| note["reading"] == *known);
        let reading = known.unwrap_or("UTF-8");
        Some(Self { columns, delimiter, escape, fallback, reading })
    }
}
