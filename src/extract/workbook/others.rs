//! Other tables of a sheet below its first one: where one begins, and where the same one names its columns again.
//!
//! A row that is taken for a header is no record. So another table begins only where nothing else explains the row: behind a gap, with
//! names that headings have, in its first column too, none of them a value of those above. A row in doubt is a row.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::cells::{Cell, Kind, SheetRow};
use super::shape::text_at;

/// Rows that may name columns, below a table's first ones.
#[derive(Default)]
pub struct Others {
    /// The row before.
    before: Option<u32>,
    /// The first of the rows right before that have one cell, as titles have.
    titles: Option<u32>,
    /// By column: cells, and how many of them have a digit.
    digits: BTreeMap<u32, (u64, u64)>,
    /// By column: how often each short text without a digit stands there.
    texts: BTreeMap<u32, HashMap<String, u32>>,
    candidates: Vec<Candidate>,
}

/// A row of texts without a digit, behind an empty row or a title, or as one of the first rows is.
struct Candidate {
    row: SheetRow,
    /// Where the titles above it begin.
    from: u32,
    is_behind_gap: bool,
    /// Of each cell how often its text stands above it.
    above: Vec<u32>,
    /// Whether it has texts where those above have digits: in the first column, or in several.
    is_unlike: bool,
    has_rows: bool,
}

/// What stands below a table's header.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Below {
    /// Rows that name the columns again.
    pub repeats: BTreeSet<u32>,
    /// Columns that are named there alone.
    pub names: BTreeMap<u32, String>,
    /// Where another table begins.
    pub end: Option<u32>,
    /// Rows that may be the header of another table, and are taken for rows of this one.
    pub doubtful: BTreeSet<u32>,
}

/// More are not looked at.
const MOST_CANDIDATES: usize = 1000;

/// Different texts of a column that are remembered, and how long one may be.
const MOST_TEXTS: usize = 2000;
const LONGEST_NAME: usize = 40;

impl Others {
    pub fn look(&mut self, row: &SheetRow, first: &[SheetRow]) {
        let has_digit = |cell: &Cell| cell.text.bytes().any(|byte| byte.is_ascii_digit());
        let are_words = row.cells.len() > 1 && row.cells.iter().all(|cell| cell.kind == Kind::Text && !has_digit(cell));
        let is_behind_gap = self.before.is_some_and(|before| row.row > before + 1);
        let is_as_before = are_words && first.iter().any(|one| is_same(one, row));
        let is_title = row.cells.len() == 1 && row.cells[0].kind == Kind::Text;
        if !is_title && let Some(last) = self.candidates.last_mut() {
            last.has_rows = true;
        }
        if are_words
            && self.candidates.len() < MOST_CANDIDATES
            && (is_behind_gap || self.titles.is_some() || is_as_before)
        {
            // The header is counted with the others.
            let is_unlike = |cell: &&Cell| {
                let above = self.digits.get(&cell.column);
                above.is_some_and(|(all, with)| *all > 2 && with * 5 >= (all - 1) * 4)
            };
            let unlike = row.cells.iter().filter(is_unlike).count();
            let leftmost = self.digits.keys().next().copied();
            let is_first = row.cells.iter().take(1).any(|cell| Some(cell.column) == leftmost && is_unlike(&cell));
            let above = |cell: &Cell| self.texts.get(&cell.column)?.get(&folded(&cell.text)).copied();
            self.candidates.push(Candidate {
                row: row.clone(),
                from: self.titles.unwrap_or(row.row),
                is_behind_gap: is_behind_gap || self.titles.is_some(),
                above: row.cells.iter().map(|cell| above(cell).unwrap_or_default()).collect(),
                is_unlike: unlike > 1 || is_first,
                has_rows: false,
            });
        }
        for cell in row.cells.iter().filter(|_| !is_title) {
            let (all, with) = self.digits.entry(cell.column).or_default();
            *all += 1;
            *with += u64::from(has_digit(cell));
            if !is_as_before && cell.text.len() <= LONGEST_NAME && !has_digit(cell) {
                let texts = self.texts.entry(cell.column).or_default();
                let text = folded(&cell.text);
                if texts.len() < MOST_TEXTS || texts.contains_key(&text) {
                    *texts.entry(text).or_default() += 1;
                }
            }
        }
        let goes_on = self.titles.filter(|_| !is_behind_gap);
        self.titles = if is_title { goes_on.or(is_behind_gap.then_some(row.row)) } else { None };
        self.before = Some(row.row);
    }

    pub fn below(&self, header: &SheetRow) -> Below {
        let mut below = Below::default();
        for candidate in self.candidates.iter().filter(|candidate| candidate.row.row > header.row) {
            let row = &candidate.row;
            let same = row.cells.iter().filter(|cell| is_named(header, cell)).count();
            let names_all = same == row.cells.len() && same * 4 >= header.cells.len() * 3;
            // With further columns behind it the same header is the same table's.
            let last = header.cells.last().map_or(0, |cell| cell.column);
            let beyond = row.cells.iter().filter(|cell| cell.column > last);
            let is_wider = same == header.cells.len() && same + beyond.clone().count() == row.cells.len();
            if names_all || (is_wider && candidate.is_behind_gap) {
                below.repeats.insert(row.row);
                for cell in beyond {
                    let name = text_at(row, cell.column).unwrap_or_default();
                    below.names.entry(cell.column).or_insert(name);
                }
            } else if candidate.is_header(header) {
                below.end = Some(candidate.from);
                return below;
            } else if candidate.is_behind_gap && (same > 0 || candidate.is_unlike) {
                below.doubtful.insert(row.row);
            }
        }
        below
    }
}

impl Candidate {
    /// Whether it names the columns of another table for certain.
    fn is_header(&self, header: &SheetRow) -> bool {
        let cells = &self.row.cells;
        let known: BTreeSet<String> = header.cells.iter().map(|cell| folded(&cell.text)).collect();
        let is_name = |(cell, above): (&Cell, &u32)| {
            // The header itself is no value.
            let values = above.saturating_sub(u32::from(is_named(header, cell)));
            values == 0 && (known.contains(&folded(&cell.text)) || is_heading(&cell.text))
        };
        let names = cells.iter().zip(&self.above).filter(|pair| is_name(*pair)).count();
        let begins = cells[0].column <= header.cells[0].column && is_name((&cells[0], &self.above[0]));
        let different: BTreeSet<String> = cells.iter().map(|cell| folded(&cell.text)).collect();
        let is_whole = cells.windows(2).all(|pair| pair[0].column + 1 == pair[1].column);
        let is_narrow = cells.len() * 2 < header.cells.len();
        self.is_behind_gap
            && self.has_rows
            && begins
            && is_whole
            && different.len() == cells.len()
            && names > 1
            && if is_narrow { names == cells.len() } else { names * 3 >= cells.len() * 2 }
    }
}

/// Whether a header has the text of a cell in its column.
fn is_named(header: &SheetRow, cell: &Cell) -> bool {
    text_at(header, cell.column).is_some_and(|name| folded(&name) == folded(&cell.text))
}

fn folded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// Words that headings of clinical tables are made of.
const HEADING_WORDS: &[&str] = &[
    "address",
    "allergen",
    "allergies",
    "allergy",
    "birth",
    "born",
    "bp",
    "category",
    "cell",
    "chart",
    "city",
    "code",
    "comment",
    "comments",
    "condition",
    "date",
    "day",
    "description",
    "diagnosis",
    "directions",
    "dob",
    "doctor",
    "dosage",
    "dose",
    "drug",
    "dx",
    "email",
    "encounter",
    "ended",
    "family",
    "first",
    "flag",
    "frequency",
    "gender",
    "given",
    "height",
    "icd",
    "id",
    "immunization",
    "insurance",
    "last",
    "lot",
    "manufacturer",
    "med",
    "medication",
    "medicine",
    "middle",
    "mobile",
    "mrn",
    "name",
    "note",
    "notes",
    "number",
    "onset",
    "patient",
    "phone",
    "physician",
    "policy",
    "prescriber",
    "problem",
    "procedure",
    "provider",
    "pt",
    "pulse",
    "qty",
    "quantity",
    "range",
    "reaction",
    "reason",
    "record",
    "refills",
    "remark",
    "remarks",
    "result",
    "route",
    "seen",
    "severity",
    "sex",
    "sig",
    "ssn",
    "start",
    "state",
    "status",
    "stop",
    "street",
    "strength",
    "substance",
    "surname",
    "temperature",
    "test",
    "time",
    "type",
    "unit",
    "units",
    "vaccine",
    "value",
    "visit",
    "weight",
    "zip",
];

/// Whether a text is made of words that headings have.
fn is_heading(text: &str) -> bool {
    const BETWEEN: [&str; 6] = ["of", "for", "the", "medical", "by", "on"];
    let text = text.to_lowercase();
    let mut words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).peekable();
    let is_short = text.len() <= LONGEST_NAME && words.peek().is_some_and(|first| !BETWEEN[..3].contains(first));
    is_short && words.all(|word| HEADING_WORDS.contains(&word) || BETWEEN.contains(&word))
}

/// Whether a heading is one of what a list is kept by: numbers, or the people and places that it lists.
pub fn is_key_heading(text: &str) -> bool {
    const WORDS: [&str; 16] = [
        "id",
        "mrn",
        "chart",
        "record",
        "number",
        "no",
        "code",
        "patient",
        "pt",
        "name",
        "doctor",
        "physician",
        "provider",
        "prescriber",
        "staff",
        "pharmacy",
    ];
    let text = text.to_lowercase();
    let mut words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).peekable();
    words.peek().is_some() && words.all(|word| WORDS.contains(&word))
}

/// Whether two rows have the same texts in the same columns.
fn is_same(one: &SheetRow, other: &SheetRow) -> bool {
    let pairs = one.cells.iter().zip(&other.cells);
    one.cells.len() == other.cells.len() && pairs.into_iter().all(|(a, b)| a.column == b.column && a.text == b.text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_are_made_of_few_words() {
        for heading in ["MRN", "Date of Birth", "Pt. Name", "Reason for Visit", "Start Date", "Dose/Unit", "Medication"]
        {
            assert!(is_heading(heading), "{heading}");
        }
        for value in
            ["pending", "see card", "Dr Brown", "reviewed", "Stroke", "Active", "", "-", "of the", "no allergy"]
        {
            assert!(!is_heading(value), "{value}");
        }
    }
}
