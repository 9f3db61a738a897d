//! Numbers of rows. None is given twice, also not after an undo: a row that a run took out may come back to its own. They are taken
//! from the store in blocks, each for one table and one run, so that it stays known which run added a row, whoever else writes.

use std::collections::BTreeMap;

use super::recount::joined;
use super::{EhrStore, StoreError};

const FIRST_BLOCK: i64 = 1 << 10;
const LARGEST_BLOCK: i64 = 1 << 16;

/// What is left of the blocks that this process took.
#[derive(Default)]
pub(super) struct Numbers {
    run: Option<i64>,
    left: BTreeMap<&'static str, Left>,
}

struct Left {
    next: i64,
    last: i64,
    size: i64,
}

impl Numbers {
    /// For what comes next, which belongs to this run.
    pub fn start(&mut self, run: i64) {
        *self = Self { run: Some(run), left: BTreeMap::new() };
    }

    /// The number given last was only looked at.
    pub fn give_back(&mut self, table: &'static str) {
        if let Some(left) = self.left.get_mut(table) {
            left.next -= 1;
        }
    }

    /// What was taken in a transaction that was undone was not taken.
    pub fn forget(&mut self) {
        self.left.clear();
    }
}

impl EhrStore {
    /// The next number of a table, in the open transaction.
    pub(super) fn number(&mut self, table: &'static str) -> Result<i64, StoreError> {
        if let Some(left) = self.numbers.left.get_mut(table)
            && left.next <= left.last
        {
            left.next += 1;
            return Ok(left.next - 1);
        }
        let no_run = || StoreError::Damaged { what: "rows that belong to no run".into() };
        let run = self.numbers.run.ok_or_else(no_run)?;
        let size = self.numbers.left.get(table).map_or(FIRST_BLOCK, |left| (left.size * 2).min(LARGEST_BLOCK));
        let (first, last) = self.database.next_numbers(table, size)?;
        let insert = "INSERT INTO run_block (table_name, run_id, first_row, last_row) VALUES (?, ?, ?, ?)";
        self.database.execute("numbering rows", insert, &[table.into(), run.into(), first.into(), last.into()])?;
        self.numbers.left.insert(table, Left { next: first + 1, last, size });
        Ok(first)
    }

    /// The blocks of a table that belong to a run, as first and last number.
    pub(super) fn blocks(&self, table: &str, run: i64) -> Result<Vec<(i64, i64)>, StoreError> {
        let sql = "SELECT first_row, last_row FROM run_block WHERE table_name = ? AND run_id = ? ORDER BY first_row";
        let read = |row: &dyn super::database::Row| Ok((row.integer(0)?, row.integer(1)?));
        self.database.query_all("reading a run's rows", sql, &[table.into(), run.into()], read)
    }

    /// Whether no other run ever added rows to a table.
    pub(super) fn is_alone(&self, table: &str, run: i64) -> Result<bool, StoreError> {
        let others = "SELECT count(*) FROM run_block WHERE table_name = ? AND run_id <> ?";
        Ok(self.database.count(others, &[table.into(), run.into()])? == 0)
    }

    /// A condition that holds for rows of a table which a run added, as SQL; `key` is the column with their numbers.
    pub(super) fn added(&self, table: &str, key: &str, run: i64) -> Result<String, StoreError> {
        let blocks = joined(self.blocks(table, run)?);
        let ranges: Vec<String> =
            blocks.iter().map(|(first, last)| format!("{key} BETWEEN {first} AND {last}")).collect();
        Ok(if ranges.is_empty() { "FALSE".into() } else { format!("({})", ranges.join(" OR ")) })
    }
}
