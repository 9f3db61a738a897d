//! A record's text, key and content hash: the same in the survey and in the load.

use std::borrow::Cow;

use crate::extract::{Flaw, Header, Record, cell_text};
use crate::model::text::trimmed;
use crate::model::{Hash128, KeyHash, PartHasher};
use crate::normalize::{RowCells, RowPlan, before_mojibake};

/// The cells of a record as text: trimmed, `None` where nothing is left.
pub struct RowText<'a> {
    pub cells: RowCells<'a>,
    pub non_empty: u64,
    /// Cells read in the fallback encoding.
    pub by_fallback: u64,
    /// Cells with characters that only UTF-8 gave.
    pub by_utf8: u64,
}

/// Empty cells beyond the header are no columns; a row of another width keeps all of its cells, for they are what it has.
pub fn row_text<'a>(record: Record<'a>, header: &Header) -> RowText<'a> {
    let width = if record.flaw().is_some() { record.len() } else { header.columns.len() };
    let mut row = RowText {
        cells: RowCells {
            cells: Vec::with_capacity(width),
            damaged: Vec::new(),
            garbled: Vec::new(),
            raw: record.raw(),
        },
        non_empty: 0,
        by_fallback: 0,
        by_utf8: 0,
    };
    for (index, bytes) in record.cells().take(width).enumerate() {
        let cell = cell_text(bytes, header.fallback);
        let is_ascii = bytes.is_ascii();
        // With the blanks around it, which may be half of a character.
        let before = if is_ascii { None } else { before_mojibake(&cell.text) };
        let text = match cell.text {
            Cow::Borrowed(text) => Cow::Borrowed(trimmed(text)),
            Cow::Owned(text) => Cow::Owned(trimmed(&text).to_owned()),
        };
        if text.is_empty() {
            row.cells.cells.push(None);
            continue;
        }
        row.non_empty += 1;
        if cell.damaged {
            row.cells.damaged.push(index);
        }
        if let Some(before) = before {
            row.cells.garbled.push((index, trimmed(&before).to_owned()));
        }
        if !is_ascii {
            *if cell.by_fallback { &mut row.by_fallback } else { &mut row.by_utf8 } += 1;
        }
        row.cells.cells.push(Some(text));
    }
    row
}

/// What a record is known by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identified {
    pub key: KeyHash,
    pub content: Hash128,
    /// The key is made from the content.
    pub by_content: bool,
}

/// Key and content of a record. A row that is no proper row is known by all of its cells; a row whose key cells are all blank
/// by its content.
pub fn identify(plan: &RowPlan, row: &RowText<'_>, flaw: Option<Flaw>, hasher: &mut PartHasher) -> Identified {
    let cells = &row.cells.cells;
    let cell = |index: usize| cells.get(index).and_then(|cell| cell.as_deref());
    if flaw.is_some() {
        hasher.clear();
        hasher.part(b"flawed row");
        cells.iter().for_each(|cell| hasher.part(cell.as_deref().unwrap_or_default().as_bytes()));
        let content = Hash128::from_hash(&hasher.finish());
        return Identified { key: content, content, by_content: true };
    }
    let mut content = plan.content_hash(hasher, |index| cell(index).map(str::as_bytes));
    if let Some(drug) = plan.drug_hash(cell) {
        content = Hash128::of_parts(&[&content.0, &drug.0]);
    }
    if plan.key.is_empty() || plan.key.iter().all(|column| cell(*column).is_none()) {
        let key = Hash128::of_parts(&[b"content", &content.0]);
        return Identified { key, content, by_content: true };
    }
    hasher.clear();
    for column in &plan.key {
        hasher.part(cell(*column).unwrap_or_default().as_bytes());
    }
    Identified { key: Hash128::from_hash(&hasher.finish()), content, by_content: false }
}

/// The content of a record together with the content of the files it names: a scan that arrives or changes later makes
/// its record a changed one.
pub fn with_documents(identified: Identified, documents: &[Hash128]) -> Identified {
    if documents.is_empty() {
        return identified;
    }
    let mut parts: Vec<&[u8]> = vec![&identified.content.0];
    parts.extend(documents.iter().map(|hash| &hash.0[..]));
    Identified { content: Hash128::of_parts(&parts), ..identified }
}

/// The key as people write it, for quarantine.csv.
pub fn key_text(plan: &RowPlan, row: &RowText<'_>) -> String {
    let cell = |column: &usize| row.cells.cells.get(*column).and_then(|cell| cell.as_deref()).unwrap_or_default();
    // No database of text holds a NUL.
    plan.key.iter().map(cell).collect::<Vec<_>>().join("|").replace('\0', "\u{fffd}")
}
