//! Other tables of a sheet below its first one: where one begins, and where the same one names its columns again.

use std::collections::{BTreeMap, BTreeSet};

use super::cells::{Cell, Kind, SheetRow};
use super::shape::text_at;

/// Rows that may name columns, below a table's first ones.
#[derive(Default)]
pub struct Others {
    /// The row before, and how many cells it has.
    before: Option<(u32, usize)>,
    /// The first of the rows right before that have one cell, as titles have.
    titles: Option<u32>,
    /// By column: cells, and how many of them have a digit.
    digits: BTreeMap<u32, (u64, u64)>,
    candidates: Vec<Candidate>,
}

/// A row of texts without a digit, behind an empty row or a title, or as one of the first rows is.
struct Candidate {
    row: SheetRow,
    /// Where the titles above it begin.
    from: u32,
    /// Whether it has texts where those above have digits: in the first column, or in several.
    is_unlike: bool,
}

/// More are not looked at.
const MOST_CANDIDATES: usize = 1000;

impl Others {
    pub fn look(&mut self, row: &SheetRow, first: &[SheetRow]) {
        let has_digit = |cell: &Cell| cell.text.bytes().any(|byte| byte.is_ascii_digit());
        let are_words = row.cells.len() > 1 && row.cells.iter().all(|cell| cell.kind == Kind::Text && !has_digit(cell));
        let is_behind_gap = self.before.is_some_and(|(before, _)| row.row > before + 1);
        let is_as_before = || first.iter().any(|one| is_same(one, row));
        if are_words
            && self.candidates.len() < MOST_CANDIDATES
            && (is_behind_gap || self.titles.is_some() || is_as_before())
        {
            // The header is counted with the others.
            let is_unlike = |cell: &&Cell| {
                let above = self.digits.get(&cell.column);
                above.is_some_and(|(all, with)| *all > 2 && with * 5 >= (all - 1) * 4)
            };
            let unlike = row.cells.iter().filter(is_unlike).count();
            let leftmost = self.digits.keys().next().copied();
            let is_first = row.cells.iter().take(1).any(|cell| Some(cell.column) == leftmost && is_unlike(&cell));
            let is_unlike = unlike > 1 || is_first;
            let from = self.titles.unwrap_or(row.row);
            self.candidates.push(Candidate { row: row.clone(), from, is_unlike });
        }
        let is_title = row.cells.len() == 1 && row.cells[0].kind == Kind::Text;
        for cell in row.cells.iter().filter(|_| !is_title) {
            let (all, with) = self.digits.entry(cell.column).or_default();
            *all += 1;
            *with += u64::from(has_digit(cell));
        }
        let goes_on = self.titles.filter(|_| !is_behind_gap);
        self.titles = if is_title { goes_on.or(is_behind_gap.then_some(row.row)) } else { None };
        self.before = Some((row.row, row.cells.len()));
    }

    /// The rows that name a header's columns again, and where another table begins.
    pub fn below(&self, header: &SheetRow) -> (BTreeSet<u32>, Option<u32>) {
        let mut repeats = BTreeSet::new();
        for candidate in self.candidates.iter().filter(|candidate| candidate.row.row > header.row) {
            let same = candidate.row.cells.iter().filter(|cell| {
                let above = text_at(header, cell.column);
                above.is_some_and(|above| {
                    Some(above.to_lowercase()) == text_at(&candidate.row, cell.column).map(|own| own.to_lowercase())
                })
            });
            let same = same.count();
            if same == candidate.row.cells.len() && same * 4 >= header.cells.len() * 3 {
                repeats.insert(candidate.row.row);
            } else if same > 0 || candidate.is_unlike {
                return (repeats, Some(candidate.from));
            }
        }
        (repeats, None)
    }
}

/// Whether two rows have the same texts in the same columns.
fn is_same(one: &SheetRow, other: &SheetRow) -> bool {
    let pairs = one.cells.iter().zip(&other.cells);
    one.cells.len() == other.cells.len() && pairs.into_iter().all(|(a, b)| a.column == b.column && a.text == b.text)
}
