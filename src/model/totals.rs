//! The sums of a run: per stream, of records by fate and of cells by disposition.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Disposition, Fate};

/// Non-empty cells by disposition. `non_empty` is counted where the cell is read, the others where it is disposed of:
/// two counts by two pieces of code, which is what makes their equality worth something.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CellTotals {
    pub non_empty: u64,
    pub mapped: u64,
    pub coded: u64,
    pub kept: u64,
    pub ignored: u64,
    pub failed: u64,
    pub quarantined: u64,
    pub unchanged: u64,
}

impl CellTotals {
    pub fn add(&mut self, disposition: Disposition, cells: u64) {
        *match disposition {
            Disposition::Mapped => &mut self.mapped,
            Disposition::Coded => &mut self.coded,
            Disposition::Kept => &mut self.kept,
            Disposition::Ignored => &mut self.ignored,
            Disposition::Failed => &mut self.failed,
            Disposition::Quarantined => &mut self.quarantined,
            Disposition::Unchanged => &mut self.unchanged,
        } += cells;
    }

    pub fn disposed(&self) -> u64 {
        self.mapped + self.coded + self.kept + self.ignored + self.failed + self.quarantined + self.unchanged
    }

    pub fn balanced(&self) -> bool {
        self.non_empty == self.disposed()
    }
}

/// The account of one stream in one run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamTotals {
    pub read: u64,
    pub loaded: u64,
    pub updated: u64,
    pub unchanged: u64,
    pub linked: u64,
    pub duplicate: u64,
    pub quarantined: u64,
    pub archived: u64,
    /// Records that vanished at the source; outside the equation, and only `sync` withdraws.
    pub withdrawn: u64,
    /// Of the archived: records of people who were erased from the store. Nothing of them is kept, their cells are ignored.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub erased: u64,
    /// New chart rows by table.
    pub chart: BTreeMap<String, u64>,
    pub cells: CellTotals,
}

/// serde asks by reference.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl StreamTotals {
    pub fn add_fate(&mut self, fate: Fate) {
        *self.fate_mut(fate) += 1;
    }

    pub fn fate_mut(&mut self, fate: Fate) -> &mut u64 {
        match fate {
            Fate::Loaded => &mut self.loaded,
            Fate::Updated => &mut self.updated,
            Fate::Unchanged => &mut self.unchanged,
            Fate::Linked => &mut self.linked,
            Fate::Duplicate => &mut self.duplicate,
            Fate::Quarantined => &mut self.quarantined,
            Fate::Archived => &mut self.archived,
        }
    }

    pub fn fate(&self, fate: Fate) -> u64 {
        match fate {
            Fate::Loaded => self.loaded,
            Fate::Updated => self.updated,
            Fate::Unchanged => self.unchanged,
            Fate::Linked => self.linked,
            Fate::Duplicate => self.duplicate,
            Fate::Quarantined => self.quarantined,
            Fate::Archived => self.archived,
        }
    }

    pub fn fates(&self) -> u64 {
        Fate::ALL.iter().map(|fate| self.fate(*fate)).sum()
    }

    /// Whether both equations of the books hold.
    pub fn balanced(&self) -> bool {
        self.read == self.fates() && self.cells.balanced()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_record_or_cell_unbalances_the_books() {
        let mut totals = StreamTotals { read: 2, ..Default::default() };
        totals.add_fate(Fate::Loaded);
        assert!(!totals.balanced());
        totals.add_fate(Fate::Quarantined);
        assert!(totals.balanced());
        totals.cells.non_empty = 3;
        totals.cells.add(Disposition::Mapped, 2);
        assert!(!totals.balanced());
        totals.cells.add(Disposition::Quarantined, 1);
        assert!(totals.balanced());
    }
}
