//! What each record of a stream is against what the store knows of it, decided from hashes alone before the first record is
//! loaded: DESIGN's table of keys, as code.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::PipelineError;
use super::newest::{self, Changed};
use super::spill::{Entry, Partitions, Spill};
use super::survey::StreamSurvey;
use crate::connector::Repeats;
use crate::model::{Fate, Hash128, IssueCode};
use crate::store::{EhrStore, KnownRecord, StoreError, StreamId};

/// What to do with one record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Not known yet.
    New,
    /// Known with the same content. The fate is the one the store remembers; `this_run` where this run itself wrote it
    /// before it was cut off.
    Same { fate: Fate, this_run: bool },
    /// Known, with other content.
    Update,
    /// Known and in quarantine with the same content: tried again.
    Retry,
    /// An exact repeat; `known` where the store has it as such.
    Duplicate { known: bool },
    /// Its key stands already with other content.
    Conflict { known: bool },
    /// A later row of its key took its place.
    Superseded { known: bool },
    /// Known with the same content and the fate the store remembers, but mapped by another pack than this run's.
    Remap { fate: Fate },
    /// Known and waiting, and not tried again; never decided from hashes.
    Waits,
    /// Known and charted under a patient key that turned out to name several people; never decided from hashes.
    Recall,
    /// Registers a person who was erased from the store; never decided from hashes.
    Erased,
}

/// What the store knows of a record that is updated or tried again, and the ordinal of a new one that is not the first of
/// its key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Detail {
    pub known: Option<KnownRecord>,
    pub ordinal: u32,
    /// A record that waited as this one's conflict and is now its repeat.
    pub clears: Option<KnownRecord>,
}

/// The class of every record of a stream, by position.
#[derive(Default)]
pub struct Decisions {
    classes: Vec<u8>,
    details: HashMap<u64, Detail>,
    /// How many records are neither known nor repeats.
    pub new: u64,
    /// How many known records change.
    pub updates: u64,
    /// How many known records, repeats and conflicts aside, the source does not hold.
    pub unseen: u64,
    /// Records that this run wrote before it was cut off and that the source does not hold any more.
    pub lost: Vec<i64>,
    /// Records that rows of people were given, whatever their hashes said.
    pub claimed: Vec<i64>,
    /// Where rows say when they were written: what would change a known record, if it is the newer one.
    pub changed: Vec<Changed>,
    /// Watched records that the source holds unchanged.
    pub met: Vec<i64>,
}

/// Records that are as they were, known repeats, and records that were archived and are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Untouched {
    pub unchanged: u64,
    pub repeats: u64,
    pub archived: u64,
}

impl Class {
    pub fn to_byte(self) -> u8 {
        match self {
            Self::New => 0,
            Self::Update => 1,
            Self::Retry => 2,
            Self::Duplicate { known } => 3 + u8::from(known),
            Self::Conflict { known } => 5 + u8::from(known),
            Self::Superseded { known } => 7 + u8::from(known),
            Self::Recall => 9,
            Self::Waits => 10,
            Self::Erased => 11,
            Self::Remap { fate } => 64 + fate as u8,
            Self::Same { fate, this_run } => 16 + (fate as u8) * 2 + u8::from(this_run),
        }
    }

    fn from_byte(byte: u8) -> Self {
        match byte {
            0 => Self::New,
            1 => Self::Update,
            2 => Self::Retry,
            3 | 4 => Self::Duplicate { known: byte == 4 },
            5 | 6 => Self::Conflict { known: byte == 6 },
            7 | 8 => Self::Superseded { known: byte == 8 },
            9 => Self::Recall,
            10 => Self::Waits,
            11 => Self::Erased,
            64.. => Self::Remap { fate: Fate::ALL[usize::from(byte - 64).min(Fate::ALL.len() - 1)] },
            _ => {
                let fate = Fate::ALL[usize::from((byte - 16) / 2).min(Fate::ALL.len() - 1)];
                Self::Same { fate, this_run: (byte - 16) % 2 == 1 }
            }
        }
    }
}

impl Decisions {
    pub fn class(&self, position: u64) -> Class {
        self.classes.get(position as usize).map_or(Class::New, |byte| Class::from_byte(*byte))
    }

    /// What a row of positions holds, where nothing of it has changed.
    pub fn untouched(&self, first: u64, records: u64) -> Option<Untouched> {
        let classes = self.classes.get(first as usize..(first + records) as usize)?;
        let mut untouched = Untouched::default();
        for byte in classes {
            *match Class::from_byte(*byte) {
                Class::Duplicate { known: true } => &mut untouched.repeats,
                Class::Same { fate: Fate::Archived, this_run: false } => &mut untouched.archived,
                Class::Same { this_run: false, .. } => &mut untouched.unchanged,
                _ => return None,
            } += 1;
        }
        Some(untouched)
    }

    /// Whether nothing is to be told apart or matched: every record is as it was, or repeats one that is.
    pub fn is_settled(&self) -> bool {
        self.classes.iter().all(|byte| matches!(Class::from_byte(*byte), Class::Same { .. } | Class::Duplicate { .. }))
    }

    pub fn detail(&self, position: u64) -> Detail {
        self.details.get(&position).copied().unwrap_or_default()
    }

    /// Turns a record into another one: for people, whose contradictions hashes cannot see.
    pub fn set(&mut self, position: u64, class: Class, detail: Detail) {
        self.classes[position as usize] = class.to_byte();
        if detail == Detail::default() {
            self.details.remove(&position);
        } else {
            self.details.insert(position, detail);
        }
    }

    /// As an earlier run left them, with the records that wait by position.
    pub fn remembered(classes: Vec<u8>, waiting: impl IntoIterator<Item = (u64, KnownRecord)>, unseen: u64) -> Self {
        let new = classes.iter().filter(|byte| Class::from_byte(**byte) == Class::New).count() as u64;
        let detail = |known: KnownRecord| Detail { known: Some(known), ordinal: known.ordinal, clears: None };
        let details = waiting.into_iter().map(|(position, known)| (position, detail(known))).collect();
        Self { classes, details, new, unseen, ..Default::default() }
    }

    pub fn bytes(&self, first: u64, records: u64) -> &[u8] {
        self.classes.get(first as usize..(first + records) as usize).unwrap_or_default()
    }

    /// One stored record that is tried again by itself.
    pub fn of_stored(known: KnownRecord, class: Class) -> Self {
        let mut decisions = Self { classes: vec![class.to_byte()], ..Default::default() };
        decisions.details.insert(0, Detail { known: Some(known), ordinal: known.ordinal, clears: None });
        decisions
    }

    /// Store ids of the records that are changed or tried again.
    pub fn touched(&self) -> impl Iterator<Item = i64> + '_ {
        self.details.values().filter_map(|detail| detail.known.map(|known| known.id))
    }

    /// Notes known records whose keys the source does not have.
    fn miss(&mut self, known: &[KnownRecord], how: (Repeats, Mapped)) {
        Group::new(known, how).miss(self);
        // Repeats and conflicts that this run wrote are part of its books, too.
        let of_this_run = known.iter().filter(|record| record.run != 0 && !is_primary(record));
        self.lost.extend(of_this_run.map(|record| record.id));
    }

    fn put(&mut self, entry: &Entry, class: Class) {
        self.classes[entry.tag as usize] = class.to_byte();
        match class {
            Class::New => self.new += 1,
            Class::Update => self.updates += 1,
            _ => {}
        }
    }

    fn put_with(&mut self, entry: &Entry, class: Class, detail: Detail) {
        self.put(entry, class);
        if detail != Detail::default() {
            self.details.insert(entry.tag, detail);
        }
    }
}

/// Whether what the chart holds of a stream was made by the mapping of this run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mapped {
    AsNow,
    Otherwise,
}

/// What the store knows of a stream: its records' hashes, in parts.
pub type KnownHashes = Vec<Spill>;

/// What the store knows of streams, gathered in one pass over the ledger, by two connections.
pub fn known_hashes(
    store: &EhrStore,
    streams: &[StreamId],
    run: i64,
    within: &BTreeMap<StreamId, (i64, i64)>,
) -> Result<Vec<KnownHashes>, PipelineError> {
    let spills = || streams.iter().map(|stream| (*stream, Spill::default())).collect::<BTreeMap<_, _>>();
    let mut parts = [spills(), spills()];
    let temporary = |error: std::io::Error| StoreError::Failed { doing: "sorting the ledger", source: Box::new(error) };
    let takers = parts.iter_mut().map(|known| {
        move |stream: StreamId, record: KnownRecord| match known.get_mut(&stream) {
            Some(known) => known.push(pack(&record, run)).map_err(temporary),
            None => Ok(()),
        }
    });
    store.known_records(streams, takers.collect(), within)?;
    let of_stream = |stream| parts.iter_mut().filter_map(|part| part.remove(stream)).collect();
    Ok(streams.iter().map(of_stream).collect())
}

/// Compares a stream with what the store knows of it.
pub fn decide(
    mut known: KnownHashes,
    run: i64,
    repeats: Repeats,
    mapped: Mapped,
    (survey, watched): (&mut StreamSurvey, &HashSet<i64>),
) -> Result<Decisions, PipelineError> {
    let records = survey.records();
    let mut decisions = Decisions { classes: vec![0; records as usize], ..Default::default() };
    let mut entries = std::mem::take(&mut survey.entries);
    // Both are in memory, or both in a file with the same borders.
    if entries.is_spilled() || known.iter().any(Spill::is_spilled) {
        let all = known.iter_mut().chain([&mut entries]);
        all.into_iter().try_for_each(Spill::spill).map_err(PipelineError::Temporary)?;
    }
    let mut entries = entries.finish();
    let mut known: Vec<Partitions> = known.into_iter().map(Spill::finish).collect();
    for part in 0..entries.len() {
        let new = entries.read(part).map_err(PipelineError::Temporary)?;
        let old = read_all(&mut known, part).map_err(PipelineError::Temporary)?;
        join(&new, &old, run, (repeats, mapped), watched, &mut decisions);
    }
    Ok(decisions)
}

/// A partition of all parts, by key.
fn read_all(parts: &mut [Partitions], partition: usize) -> std::io::Result<Vec<Entry>> {
    let mut entries = Vec::new();
    for part in parts {
        entries.append(&mut part.read(partition)?);
    }
    entries.sort_unstable();
    Ok(entries)
}

fn join(
    new: &[Entry],
    old: &[Entry],
    run: i64,
    how: (Repeats, Mapped),
    watched: &HashSet<i64>,
    decisions: &mut Decisions,
) {
    let mut old_at = 0;
    for group in new.chunk_by(|a, b| a.key == b.key) {
        let before = old_at;
        while old.get(old_at).is_some_and(|entry| entry.key < group[0].key) {
            old_at += 1;
        }
        decisions.miss(&unpack_all(&old[before..old_at], run), how);
        let known_end = old[old_at..].iter().take_while(|entry| entry.key == group[0].key).count() + old_at;
        let known = unpack_all(&old[old_at..known_end], run);
        if known.is_empty() && group.len() == 1 {
            decisions.put(&group[0], Class::New);
        } else {
            miss_others(&known, group, decisions);
            let mut known = Group::new(&known, how);
            known.decide(group, decisions);
            known.miss(decisions);
            let met = known.primaries.iter().filter(|(record, used)| *used && watched.contains(&record.id));
            decisions.met.extend(met.map(|(record, _)| record.id));
        }
        old_at = known_end;
    }
    decisions.miss(&unpack_all(&old[old_at..], run), how);
}

/// Notes repeats and conflicts that this run wrote before it was cut off and that the rows of their key do not hold any more.
fn miss_others(known: &[KnownRecord], group: &[Entry], decisions: &mut Decisions) {
    let mut left: BTreeMap<Hash128, usize> = BTreeMap::new();
    for record in known.iter().filter(|record| record.run != 0 && !is_primary(record)) {
        let rows = group.iter().filter(|entry| entry.content == record.content).count();
        // The first of equal rows is no repeat of another.
        let rows = if record.fate == Fate::Duplicate { rows.saturating_sub(1) } else { rows };
        let left = left.entry(record.content).or_insert(rows);
        match left.checked_sub(1) {
            Some(less) => *left = less,
            None => decisions.lost.push(record.id),
        }
    }
}

fn unpack_all(entries: &[Entry], run: i64) -> Vec<KnownRecord> {
    entries.iter().map(|entry| unpack(entry, run)).collect()
}

fn pack(record: &KnownRecord, run: i64) -> Entry {
    let reason = record
        .reason
        .and_then(|reason| IssueCode::ALL.iter().position(|code| *code == reason))
        .map_or(0, |at| at as u64 + 1);
    let this_run = u64::from(record.run == run);
    // No stream has as many mappings as the bits for `charted` could not hold.
    let charted = u64::from(record.charted & 0x7fff);
    let more = u64::from(record.ordinal) | (record.fate as u64) << 32 | reason << 40 | this_run << 48 | charted << 49;
    Entry { key: record.key, tag: record.id as u64, content: record.content, more }
}

fn unpack(entry: &Entry, run: i64) -> KnownRecord {
    let byte = |shift: u32| (entry.more >> shift) as usize & 0xff;
    KnownRecord {
        id: entry.tag as i64,
        key: entry.key,
        ordinal: entry.more as u32,
        content: entry.content,
        fate: Fate::ALL[byte(32).min(Fate::ALL.len() - 1)],
        reason: byte(40).checked_sub(1).and_then(|at| IssueCode::ALL.get(at)).copied(),
        run: if byte(48) & 1 == 1 { run } else { 0 },
        charted: (entry.more >> 49) as u16,
    }
}

/// The records of one key.
struct Group<'a> {
    repeats: Repeats,
    mapped: Mapped,
    /// What stands, stood or waits under this key as a record of its own.
    primaries: Vec<(&'a KnownRecord, bool)>,
    conflicts: Vec<KnownRecord>,
    superseded: Vec<Hash128>,
    duplicates: BTreeMap<Hash128, usize>,
}

impl<'a> Group<'a> {
    fn new(known: &'a [KnownRecord], (repeats, mapped): (Repeats, Mapped)) -> Self {
        let mut group = Self {
            repeats,
            mapped,
            primaries: Vec::new(),
            conflicts: Vec::new(),
            superseded: Vec::new(),
            duplicates: BTreeMap::new(),
        };
        for record in known {
            match (record.fate, record.reason) {
                (Fate::Duplicate, _) => *group.duplicates.entry(record.content).or_default() += 1,
                (Fate::Quarantined, Some(IssueCode::KeyConflict)) => group.conflicts.push(*record),
                (Fate::Archived, Some(IssueCode::KeyConflict)) => group.superseded.push(record.content),
                _ => group.primaries.push((record, false)),
            }
        }
        group.primaries.sort_by_key(|(record, _)| (record.ordinal, record.id));
        group
    }

    fn decide(&mut self, entries: &[Entry], decisions: &mut Decisions) {
        let mut seen: BTreeMap<Hash128, usize> = BTreeMap::new();
        let mut open: Vec<&Entry> = Vec::new();
        let last = self.last_standing(entries);
        for entry in entries {
            let count = seen.entry(entry.content).or_default();
            *count += 1;
            if *count > 1 && self.repeats != Repeats::Distinct {
                let known = self.duplicates.get(&entry.content).is_some_and(|known| *known >= *count - 1);
                decisions.put(entry, Class::Duplicate { known });
                continue;
            }
            if last.is_some_and(|last| last != entry.content) {
                let known = self.superseded.contains(&entry.content);
                decisions.put(entry, Class::Superseded { known });
                continue;
            }
            match self.primaries.iter_mut().find(|(record, used)| !used && record.content == entry.content) {
                Some((record, used)) => {
                    *used = true;
                    let class = same(record, self.mapped);
                    let known = (class == Class::Retry).then_some(**record);
                    decisions.put_with(entry, class, Detail { known, ordinal: record.ordinal, clears: None });
                }
                None => open.push(entry),
            }
        }
        self.decide_open(open, decisions);
    }

    /// Records of unknown content: changed, new, or in conflict.
    fn decide_open(&mut self, mut open: Vec<&Entry>, decisions: &mut Decisions) {
        let free: Vec<KnownRecord> =
            self.primaries.iter().filter(|(_, used)| !used).map(|(record, _)| **record).collect();
        if matches!(self.repeats, Repeats::Separate | Repeats::Distinct) {
            let mut next = self.primaries.last().map_or(0, |(record, _)| record.ordinal + 1);
            for (index, entry) in open.into_iter().enumerate() {
                match free.get(index) {
                    Some(known) => {
                        use_up(&mut self.primaries, known.id);
                        decisions.put_with(
                            entry,
                            Class::Update,
                            Detail { known: Some(*known), ordinal: known.ordinal, clears: None },
                        );
                    }
                    None => {
                        decisions.put_with(entry, Class::New, Detail { known: None, ordinal: next, clears: None });
                        next += 1;
                    }
                }
            }
            return;
        }
        // What was in conflict before does not take the place of what stands.
        let in_conflict = |entry: &Entry| self.conflicts.iter().find(|known| known.content == entry.content).copied();
        let unmet = open.iter().position(|entry| in_conflict(entry).is_none());
        // Nor does it take the place of somebody else's row that is gone, where the key still names a person who is there.
        let someone_stands = self.primaries.iter().any(|(_, used)| *used);
        let Some(unmet) = unmet.or((!someone_stands && !open.is_empty()).then_some(0)) else {
            return open.iter().for_each(|entry| decisions.put(entry, Class::Conflict { known: true }));
        };
        let stands = match (self.primaries.is_empty(), free.first()) {
            (true, _) => Some((Class::New, Detail::default())),
            (false, Some(known)) => {
                Some((Class::Update, Detail { known: Some(*known), ordinal: known.ordinal, clears: None }))
            }
            (false, None) => None,
        };
        if let Some((class, detail)) = stands.filter(|_| !open.is_empty()) {
            detail.known.iter().for_each(|known| use_up(&mut self.primaries, known.id));
            let entry = open.remove(unmet);
            let tells_when = matches!(self.repeats, Repeats::Newest | Repeats::Last) && entry.more != 0;
            if tells_when && class == Class::Update {
                let is_archived = self.superseded.contains(&entry.content);
                decisions.changed.push(Changed { position: entry.tag, word: entry.more, is_archived });
            }
            decisions.put_with(entry, class, Detail { clears: in_conflict(entry), ..detail });
        }
        for entry in open {
            let known = in_conflict(entry).is_some();
            decisions.put(entry, Class::Conflict { known });
        }
    }

    /// Notes the records that were not met.
    fn miss(&self, decisions: &mut Decisions) {
        for (record, _) in self.primaries.iter().filter(|(_, used)| !used) {
            decisions.unseen += 1;
            if record.run != 0 {
                decisions.lost.push(record.id);
            }
        }
    }

    /// In a stream where the last or the newest row of a key stands: its content.
    fn last_standing(&self, entries: &[Entry]) -> Option<Hash128> {
        match self.repeats {
            Repeats::Last => entries.last().map(|entry| entry.content),
            Repeats::Newest => newest::of(entries),
            _ => None,
        }
    }
}

/// What stands, stood or waits under its key as a record of its own.
fn is_primary(record: &KnownRecord) -> bool {
    record.fate != Fate::Duplicate && record.reason != Some(IssueCode::KeyConflict)
}

fn use_up(primaries: &mut [(&KnownRecord, bool)], id: i64) {
    primaries.iter_mut().filter(|(record, _)| record.id == id).for_each(|(_, used)| *used = true);
}

fn same(record: &KnownRecord, mapped: Mapped) -> Class {
    match record.fate {
        Fate::Quarantined => Class::Retry,
        fate if mapped == Mapped::Otherwise && record.run == 0 => Class::Remap { fate },
        fate => Class::Same { fate, this_run: record.run != 0 },
    }
}

#[cfg(test)]
mod tests;
