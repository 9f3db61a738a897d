//! Profiles of small tables, for tests.

use crate::profile::{ColumnTally, SourceProfile, TableProfile, TwinTally, relate};

/// Tables by their paths, as text with commas.
pub fn profile(tables: &[(&str, &str)]) -> SourceProfile {
    let table = |(path, text): &(&str, &str)| {
        let mut lines = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
        let header = lines.next().unwrap_or_default();
        let mut tallies: Vec<ColumnTally> = header.iter().map(|_| ColumnTally::default()).collect();
        let mut twins = TwinTally::default();
        let mut rows = 0;
        for line in lines {
            rows += 1;
            let cells: Vec<Option<&str>> =
                line.iter().map(|cell| Some(*cell).filter(|cell| !cell.is_empty())).collect();
            twins.add(cells.iter().copied());
            for (tally, cell) in tallies.iter_mut().zip(cells) {
                cell.into_iter().for_each(|cell| tally.add(cell));
            }
        }
        let columns = header.iter().zip(tallies).map(|(name, tally)| tally.finish(name, rows, false)).collect();
        let path = (*path).to_owned();
        TableProfile { path, rows, has_header: true, columns, twins: twins.finish(), ..Default::default() }
    };
    let mut profile = SourceProfile { tables: tables.iter().map(table).collect(), ..Default::default() };
    relate(&mut profile.tables);
    profile
}
