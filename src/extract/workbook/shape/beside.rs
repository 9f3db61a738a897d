//! Tables side by side on a sheet.

use std::collections::BTreeSet;

use super::super::cells::SheetRow;
use super::super::others::is_key_heading;
use super::{Looking, Merged, text_at};

impl Looking {
    /// Columns by the tables that they make up, and the first column of what may be another one. Whatever stands behind an empty column may
    /// be the rest of the same rows, some of which are not filled. It is another table where it names the same key with other values, or a
    /// key of its own whose values end when less than half of the rows are told.
    pub(super) fn side_by_side(
        &self,
        header: &SheetRow,
        columns: Vec<(u32, String)>,
        merged: &[Merged],
    ) -> (Vec<Vec<(u32, String)>>, Option<u32>) {
        let is_bridged = |column: u32| merged.iter().any(|one| one.first.1 < column && column <= one.last.1);
        let mut blocks: Vec<Vec<(u32, String)>> = Vec::new();
        for column in columns {
            let goes_on = blocks.last().and_then(|block| block.last()).is_some_and(|(last, _)| {
                (last + 1..column.0).all(|between| self.columns.contains_key(&between) || is_bridged(between))
            });
            match blocks.last_mut().filter(|_| goes_on) {
                Some(block) => block.push(column),
                None => blocks.push(vec![column]),
            }
        }
        let last_row = |block: &[(u32, String)]| {
            let own = block.iter().filter_map(|(column, _)| Some(self.columns.get(column)?.last_row));
            own.max().unwrap_or_default()
        };
        let rows = || self.first.iter().chain(&self.last).filter(|row| row.row > header.row);
        let is_key = |block: &[(u32, String)]| text_at(header, block[0].0).is_some_and(|name| is_key_heading(&name));
        // Whether a list with a key is done long before the other one.
        let is_over_early = |block: &[(u32, String)], other: &[(u32, String)]| {
            let (own, others) = (last_row(block), last_row(other));
            let keys: Vec<Option<String>> =
                rows().take_while(|row| row.row <= own).map(|row| text_at(row, block[0].0)).collect();
            let different: BTreeSet<&String> = keys.iter().flatten().collect();
            let count = keys.len() as u32;
            count > 2
                && different.len() == keys.len()
                && count == own - header.row
                && rows().any(|row| row.row == own)
                && others - header.row > 2 * count
        };
        let mut tables: Vec<Vec<(u32, String)>> = Vec::new();
        let mut doubtful = None;
        for block in blocks {
            let Some(before) = tables.last_mut() else {
                tables.push(block);
                continue;
            };
            let ((left, left_name), (right, right_name)) = (&before[0], &block[0]);
            let differs = rows().any(|row| text_at(row, *left) != text_at(row, *right));
            let are_tables = before.len() > 1 && block.len() > 1 && text_at(header, *right).is_some();
            let have_same_key = differs && left_name.to_lowercase() == right_name.to_lowercase();
            let have_own_keys =
                is_key(before) && is_key(&block) && (is_over_early(before, &block) || is_over_early(&block, before));
            if are_tables && (have_same_key || have_own_keys) {
                tables.push(block);
                continue;
            }
            if are_tables && last_row(before) != last_row(&block) {
                doubtful.get_or_insert(*right);
            }
            before.extend(block);
        }
        (tables, doubtful)
    }
}
