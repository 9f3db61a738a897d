//! Which of several rows of one key is the newest, where each says when it was written: in one word beside its hashes.

use std::borrow::Cow;

use super::PipelineError;
use super::decide::{Class, Decisions, Detail};
use super::identify::row_text;
use super::spill::Entry;
use crate::connector::Stream;
use crate::extract::{Header, RecordBatch};
use crate::model::Hash128;
use crate::normalize::resolve_column;
use crate::store::EhrStore;

/// The columns of a file that tell.
pub struct Newest {
    by: Option<usize>,
    within: Vec<Option<usize>>,
}

/// Bits for what rows must have in common; those above are milliseconds.
const SAME_BITS: u32 = 20;

impl Newest {
    pub fn of(stream: &Stream, columns: &[String]) -> Option<Self> {
        let (by, within) = stream.newest.as_ref()?;
        let place = |name: &String| resolve_column(stream, columns, name);
        Some(Self { by: place(by), within: within.iter().map(place).collect() })
    }

    /// When a row was written and what it must have in common; 0 where it does not say when.
    pub fn word(&self, cells: &[Option<Cow<'_, str>>]) -> u64 {
        let cell = |at: Option<usize>| at.and_then(|at| cells.get(at)?.as_deref());
        let Some(time) = cell(self.by).and_then(milliseconds) else { return 0 };
        let parts: Vec<&[u8]> = self.within.iter().map(|at| cell(*at).unwrap_or_default().as_bytes()).collect();
        let same = Hash128::of_parts(&parts).0;
        let same = u64::from_le_bytes([same[0], same[1], same[2], 0, 0, 0, 0, 0]) & ((1 << SAME_BITS) - 1);
        time << SAME_BITS | same
    }
}

/// The content of the newest row; none where a row does not say when, where two are as new, or where they are not of the same.
pub fn of(entries: &[Entry]) -> Option<Hash128> {
    let newest = entries.iter().max_by_key(|entry| entry.more >> SAME_BITS)?;
    let is_clear = |entry: &Entry| {
        let is_of_same = (entry.more ^ newest.more) & ((1 << SAME_BITS) - 1) == 0;
        let is_older = entry.more >> SAME_BITS < newest.more >> SAME_BITS;
        entry.more != 0 && is_of_same && (is_older || entry.content == newest.content)
    };
    entries.iter().all(is_clear).then_some(newest.content)
}

/// A row that would change a known record.
#[derive(Clone, Copy, Debug)]
pub struct Changed {
    pub position: u64,
    pub word: u64,
    /// The store has it as one that a newer one took the place of.
    pub is_archived: bool,
}

/// Lets known records stand that are newer than the rows that would change them: an old export that is read again takes nothing back.
pub fn keep_newer(store: &EhrStore, stream: &Stream, decisions: &mut Decisions) -> Result<(), PipelineError> {
    let mut known = Vec::new();
    for changed in std::mem::take(&mut decisions.changed) {
        let record = decisions.detail(changed.position).known.filter(|_| changed.word != 0);
        let stored = record.map(|record| store.stored_record(record.id)).transpose()?.flatten();
        known.extend(stored.map(|stored| (stored, changed)));
    }
    // Records that lie together are read together.
    known.sort_by_key(|(stored, changed)| (stored.payload, changed.position));
    let mut frame = (0, Vec::new());
    for (stored, changed) in known {
        if frame.0 != stored.payload {
            frame = (stored.payload, store.frame(stored.payload)?);
        }
        let Some((kept, header)) = frame.1.get(stored.payload_index as usize).zip(Header::of_note(&stored.header))
        else {
            continue;
        };
        let batch = RecordBatch::of_raw(&kept.raw, kept.row, kept.offset_bytes, &header);
        let Some(newest) = Newest::of(stream, &header.columns) else { continue };
        let word = batch.records().map(|record| newest.word(&row_text(record, &header).cells.cells)).max();
        if word.is_some_and(|word| is_newer(word, changed.word)) {
            let class = Class::Superseded { known: changed.is_archived };
            decisions.set(changed.position, class, Detail::default());
            decisions.updates -= 1;
        }
    }
    Ok(())
}

fn is_newer(word: u64, than: u64) -> bool {
    (word ^ than) & ((1 << SAME_BITS) - 1) == 0 && word >> SAME_BITS > than >> SAME_BITS
}

/// Since 1970, of an instant or of a day or time as ISO 8601 writes it.
fn milliseconds(text: &str) -> Option<u64> {
    let instant = text.parse::<jiff::Timestamp>().ok().or_else(|| {
        let time = text.parse::<jiff::civil::DateTime>().ok()?;
        Some(time.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp())
    });
    u64::try_from(instant?.as_millisecond()).ok().filter(|time| (1..1 << (64 - SAME_BITS)).contains(time))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(content: u8, more: u64) -> Entry {
        Entry { key: Hash128::of_parts(&[]), tag: 0, content: Hash128::of_parts(&[&[content]]), more }
    }

    fn word(time: &str, subject: &str) -> u64 {
        let newest = Newest { by: Some(0), within: vec![Some(1)] };
        newest.word(&[Some(time.into()), Some(subject.into())])
    }

    #[test]
    fn the_newest_stands_where_that_is_plain() {
        let (old, new) = (word("2019-03-04T10:00:00Z", "7"), word("2019-03-04T05:00:00.001-05:00", "7"));
        let newest = |entries: &[Entry]| of(entries).map(|content| content == entry(2, 0).content);
        assert_eq!(newest(&[entry(1, old), entry(2, new)]), Some(true));
        assert_eq!(newest(&[entry(2, new), entry(1, old), entry(2, new)]), Some(true));
        // As new, of somebody else, without a time.
        assert_eq!(newest(&[entry(1, new), entry(2, new)]), None);
        assert_eq!(newest(&[entry(1, word("2019", "8")), entry(2, new)]), None);
        assert_eq!(newest(&[entry(1, word("2019-03-04", "8")), entry(2, new)]), None);
        assert_eq!(newest(&[entry(1, 0), entry(2, new)]), None);
    }
}
