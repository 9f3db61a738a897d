//! Columns that say the same in every row: which of two such keys a table is called by makes no difference.

/// Of tables with more columns no twins are looked for.
const MOST_COLUMNS: usize = 300;

/// Takes rows one after another. Only columns that change with every row can be twins: what repeats identifies nothing.
#[derive(Default)]
pub struct TwinTally {
    /// None before the first row.
    pairs: Option<Vec<(usize, usize)>>,
    last: Vec<Option<String>>,
}

impl TwinTally {
    pub fn add<'a>(&mut self, cells: impl ExactSizeIterator<Item = Option<&'a str>>) {
        if self.pairs.as_ref().is_some_and(Vec::is_empty) || cells.len() > MOST_COLUMNS {
            return;
        }
        let cells: Vec<Option<&str>> = cells.collect();
        let pairs = self.pairs.get_or_insert_with(|| {
            let all = |one: usize| (one + 1..cells.len()).map(move |other| (one, other));
            (0..cells.len()).flat_map(all).collect()
        });
        let last = &self.last;
        let is_new = |at: usize| last.get(at).is_none_or(|last| last.as_deref() != cells[at]);
        pairs.retain(|(one, other)| cells[*one].is_some() && cells[*one] == cells[*other] && is_new(*one));
        let is_paired = |at: usize| pairs.iter().any(|(one, _)| *one == at);
        let kept = |(at, cell): (usize, &Option<&str>)| cell.filter(|_| is_paired(at)).map(str::to_owned);
        self.last = cells.iter().enumerate().map(kept).collect();
    }

    pub fn finish(self) -> Vec<(usize, usize)> {
        self.pairs.unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twins_agree_in_every_row() {
        let mut tally = TwinTally::default();
        for row in [["1", "1", "1", "x"], ["2", "2", "1", "x"], ["3", "3", "3", "x"]] {
            tally.add(row.iter().map(|cell| Some(*cell)));
        }
        assert_eq!(tally.finish(), [(0, 1)]);
    }
}
