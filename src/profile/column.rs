//! Counts what stands in one column.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use super::kinds::kinds_of;
use super::{ColumnProfile, Kind, ShownValues};
use crate::model::text::shape;
use crate::normalize::date_evidence;

/// So many smallest hashes are kept of a column: they tell how many different values there are, and whether they are another's.
pub(super) const SKETCH: usize = 4096;
/// Values up to this many are looked at one by one, then one of [`SAMPLE_EVERY`].
const LOOKED_AT: u64 = 20_000;
const SAMPLE_EVERY: u64 = 64;
/// Of more different values than this none is kept.
const FEW_VALUES: usize = 300;
/// A code is not longer.
const LONGEST_CODE: usize = 120;
/// Shapes that are counted.
const MOST_SHAPES: usize = 200;
/// Whether a value repeats is known up to this many rows.
const MOST_UNIQUE: usize = 8 << 20;

/// What legacy programs write for nothing.
const SENTINELS: [&str; 26] = [
    "null",
    "none",
    "n/a",
    "na",
    "unk",
    "unknown",
    "-",
    "--",
    ".",
    "?",
    "0000-00-00",
    "0000-00-00 00:00:00",
    "1900-01-01",
    "01/01/1900",
    "1/1/1900",
    "9999-12-31",
    "12/31/9999",
    "1753-01-01",
    "1899-12-30",
    "999-99-9999",
    "000-00-0000",
    "999999999",
    "(none)",
    "nil",
    "tbd",
    "\\n",
];

/// Takes values one after another.
#[derive(Default)]
pub struct ColumnTally {
    non_empty: u64,
    garbled: u64,
    kinds: BTreeMap<Kind, u64>,
    sampled: u64,
    shapes: BTreeMap<String, u64>,
    sentinels: BTreeMap<String, u64>,
    lengths: Option<(usize, usize)>,
    values: BTreeMap<String, u64>,
    has_many: bool,
    smallest_hashes: BTreeSet<u64>,
    /// None once a value repeated.
    unique: Option<HashSet<u64>>,
    repeats: bool,
    smallest: Option<String>,
    largest: Option<String>,
    day_first: bool,
    month_first: bool,
}

impl ColumnTally {
    /// Takes a value, which is not blank.
    pub fn add(&mut self, text: &str) {
        self.non_empty += 1;
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        let hash = hasher.finish();
        self.note_hash(hash);
        let length = text.chars().count();
        let (shortest, longest) = self.lengths.unwrap_or((length, length));
        self.lengths = Some((shortest.min(length), longest.max(length)));
        if !self.has_many {
            if text.len() <= LONGEST_CODE {
                *self.values.entry(text.to_owned()).or_default() += 1;
            }
            if self.values.len() > FEW_VALUES || text.len() > LONGEST_CODE {
                self.has_many = true;
                self.values.clear();
            }
        }
        let is_less = |known: &Option<String>| known.as_deref().is_none_or(|known| text < known);
        if is_less(&self.smallest) {
            self.smallest = Some(text.to_owned());
        }
        if self.largest.as_deref().is_none_or(|known| text > known) {
            self.largest = Some(text.to_owned());
        }
        if self.non_empty <= LOOKED_AT || hash.is_multiple_of(SAMPLE_EVERY) {
            self.look_at(text);
        }
    }

    fn note_hash(&mut self, hash: u64) {
        if !self.repeats {
            let unique = self.unique.get_or_insert_default();
            if !unique.insert(hash) || unique.len() > MOST_UNIQUE {
                self.repeats = true;
                self.unique = None;
            }
        }
        if self.smallest_hashes.len() < SKETCH {
            self.smallest_hashes.insert(hash);
        } else if self.smallest_hashes.last().is_some_and(|last| hash < *last) && self.smallest_hashes.insert(hash) {
            self.smallest_hashes.pop_last();
        }
    }

    fn look_at(&mut self, text: &str) {
        let lowered = text.to_lowercase();
        if SENTINELS.contains(&&*lowered) {
            *self.sentinels.entry(text.to_owned()).or_default() += 1;
            return;
        }
        self.sampled += 1;
        let kinds = &mut self.kinds;
        kinds_of(text, |kind| *kinds.entry(kind).or_default() += 1);
        let evidence = date_evidence(text);
        self.day_first |= evidence.day_first;
        self.month_first |= evidence.month_first;
        let shape = shape(text);
        if self.shapes.len() < MOST_SHAPES || self.shapes.contains_key(&shape) {
            *self.shapes.entry(shape).or_default() += 1;
        }
    }

    /// What was seen, of `rows` rows. Values are given where they are asked for.
    /// Notes that one of the values is UTF-8 read as windows-1252.
    pub fn add_garbled(&mut self) {
        self.garbled += 1;
    }

    pub fn finish(self, name: &str, rows: u64, with_values: bool) -> ColumnProfile {
        let kept = self.smallest_hashes.len();
        // Of so many smallest of hashes that lie evenly the largest tells how many there are (Bar-Yossef et al. 2002).
        let estimate = match self.smallest_hashes.last() {
            Some(last) if kept == SKETCH => ((SKETCH - 1) as f64 / (*last as f64 / u64::MAX as f64)) as u64,
            _ => kept as u64,
        };
        let distinct = self.unique.as_ref().map_or(estimate, |unique| unique.len() as u64);
        let mut shapes: Vec<(String, u64)> = self.shapes.into_iter().collect();
        shapes.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        shapes.truncate(3);
        let mut values: Vec<(String, u64)> = self.values.into_iter().collect();
        values.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        let (shortest, longest) = self.lengths.unwrap_or_default();
        let shown = (with_values && self.non_empty > 0).then(|| ShownValues {
            smallest: self.smallest.clone().unwrap_or_default(),
            largest: self.largest.clone().unwrap_or_default(),
            commonest: values.iter().take(10).cloned().collect(),
        });
        ColumnProfile {
            name: name.to_owned(),
            non_empty: self.non_empty,
            garbled: self.garbled,
            distinct,
            distinct_is_estimate: kept == SKETCH && self.unique.is_none(),
            identifies: !self.repeats && self.non_empty == rows && rows > 0,
            sampled: self.sampled,
            kinds: self.kinds.into_iter().collect(),
            shapes,
            shortest,
            longest,
            sentinels: self.sentinels.into_iter().collect(),
            day_first: self.day_first,
            month_first: self.month_first,
            values,
            shown,
            sketch: self.smallest_hashes.into_iter().collect(),
            ..Default::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sketch_tells_how_many_there_are() {
        let mut tally = ColumnTally::default();
        for number in 0..50_000 {
            tally.add(&number.to_string());
            tally.add(&number.to_string());
        }
        let column = tally.finish("n", 100_000, false);
        assert!((47_000..53_000).contains(&column.distinct), "{}", column.distinct);
        assert!(
            column.distinct_is_estimate && !column.identifies && column.values.is_empty() && column.shown.is_none()
        );
    }
}
