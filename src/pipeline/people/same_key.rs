//! Rows of one patient key: one person corrected, or people who contradict each other and are kept apart.

use std::collections::{HashMap, HashSet};

use super::super::PipelineError;
use super::super::decide::{Class, Decisions, Detail};
use super::registration::{Candidate, OpenRow, Row, Traits};
use super::rekey::Rekey;
use super::{Known, Scene};
use crate::matching::{Person, contradiction};
use crate::model::{ChartId, Hash128, KeyHash, record_id};
use crate::store::KnownRecord;

/// Rows that their hash settles: who is named by an unchanged row is spoken for.
#[derive(Default)]
pub(super) struct SettledRows {
    unchanged: HashSet<(KeyHash, Hash128)>,
    /// Rows whose key the store knows.
    known_keys: usize,
}

impl SettledRows {
    pub fn count(&mut self, row: Row) {
        self.known_keys += usize::from(matches!(row.class, Class::Update | Class::Remap { .. } | Class::Same { .. }));
        if matches!(row.class, Class::Same { .. }) {
            self.unchanged.insert((row.key, row.content));
        }
    }
}

/// Whether two registrations under one key are different people, and not one person corrected.
fn different(a: (&Person, &Traits), b: (&Person, &Traits)) -> bool {
    contradiction(a.0, b.0).is_some() && !a.1.is_correction_of(b.1)
}

/// Gives every open row of a key its person: a stored one who it does not contradict, or one of its own. Rows that are only
/// another version of somebody who stands already wait as conflicts. Gives those who take part in matching.
pub(super) fn tell_apart(
    scene: Scene<'_>,
    known: &[Known],
    mut open: Vec<OpenRow>,
    rows: &SettledRows,
    decisions: &mut Decisions,
) -> Result<(Vec<Candidate>, Vec<Rekey>), PipelineError> {
    let keys: HashSet<KeyHash> = open.iter().map(|one| one.candidate.key).collect();
    let mut by_key: HashMap<KeyHash, Vec<usize>> = HashMap::new();
    let is_asked = |known: &Known| known.stream == scene.stream_id && keys.contains(&known.key);
    for (index, known) in known.iter().enumerate().filter(|(_, known)| is_asked(known)) {
        by_key.entry(known.key).or_default().push(index);
    }
    drop(keys);
    // Rows of one key in the order in which they stand, whatever made them open.
    open.sort_unstable_by_key(|one| (one.candidate.key, one.candidate.position));
    let mut accepted = Vec::with_capacity(open.len());
    let mut rekeys = Vec::new();
    let mut contradicting = 0;
    let mut open = open.into_iter().peekable();
    while let Some(first) = open.next() {
        let key = first.candidate.key;
        let stored = by_key.get(&key).map(Vec::as_slice).unwrap_or_default();
        let is_same_key = |one: &OpenRow| one.candidate.key == key;
        if stored.is_empty() && !open.peek().is_some_and(is_same_key) {
            accepted.extend(
                Some(first).filter(|one| !matches!(one.class, Class::Conflict { .. })).map(|one| one.candidate),
            );
            continue;
        }
        let mut rows_of_key = vec![first];
        rows_of_key.extend(std::iter::from_fn(|| open.next_if(is_same_key)));
        let group = KeyGroup { scene, known, stored, unchanged: &rows.unchanged };
        contradicting += group.settle(key, rows_of_key, decisions, &mut accepted, &mut rekeys)?;
    }
    if contradicting >= 3 && contradicting * 20 > rows.known_keys {
        let (system, known) = (scene.plan.system.clone(), rows.known_keys);
        return Err(PipelineError::WrongSystem { system, contradicting, known });
    }
    Ok((accepted, rekeys))
}

/// One key that the store knows, or that several rows bear.
struct KeyGroup<'a> {
    scene: Scene<'a>,
    known: &'a [Known],
    /// Who the store has under this key.
    stored: &'a [usize],
    unchanged: &'a HashSet<(KeyHash, Hash128)>,
}

impl KeyGroup<'_> {
    /// Settles the key's rows; gives how many known keys turned out to name somebody else.
    fn settle(
        &self,
        key: KeyHash,
        candidates: Vec<OpenRow>,
        decisions: &mut Decisions,
        accepted: &mut Vec<Candidate>,
        rekeys: &mut Vec<Rekey>,
    ) -> Result<usize, PipelineError> {
        let mut free: Vec<(usize, KnownRecord)> = Vec::new();
        for index in self.stored {
            let record = self.scene.store.known_record(self.known[*index].source_record)?;
            if !self.unchanged.contains(&(key, record.content)) {
                free.push((*index, record));
            }
        }
        // Rows that are read otherwise now are still those people's.
        let (mut settled, mut others): (Vec<OpenRow>, Vec<OpenRow>) =
            candidates.into_iter().partition(|one| one.candidate.known.is_some());
        free.retain(|(index, _)| !settled.iter().any(|one| one.candidate.known == Some(*index)));
        // Whoever is plainly a stored person corrected goes first, then whoever may be one.
        for plainly in [true, false] {
            for mut one in std::mem::take(&mut others) {
                let is_one = |index: usize| {
                    !self.is_other(&one, index) && (!plainly || one.traits.is_correction_of(&self.known[index].traits))
                };
                match free.iter().position(|(index, _)| is_one(*index)) {
                    Some(at) => {
                        let (index, record) = free.remove(at);
                        let clears = decisions.detail(one.candidate.position).clears;
                        let detail = Detail { known: Some(record), ordinal: record.ordinal, clears };
                        decisions.set(one.candidate.position, Class::Update, detail);
                        one.candidate.known = Some(index);
                        settled.push(one);
                    }
                    None => others.push(one),
                }
            }
        }
        let mut new: Vec<OpenRow> = Vec::new();
        // Where people of this key contradict each other, who says most about himself goes first: a sparse row that fits several
        // is another version of one of them, in whatever order the rows stand.
        let differ =
            |a: &OpenRow, b: &OpenRow| different((&a.candidate.person, &a.traits), (&b.candidate.person, &b.traits));
        if others.iter().enumerate().any(|(at, one)| others[at + 1..].iter().any(|other| differ(one, other))) {
            others.sort_by_key(|one| (std::cmp::Reverse(one.traits.said()), one.fingerprint));
        }
        for one in others {
            if !self.stands_already(&one, &settled, &new) {
                new.push(one);
            } else if !matches!(one.class, Class::Conflict { .. }) {
                // What is said to clear a waiting conflict is that conflict itself.
                let known = decisions.detail(one.candidate.position).clears.is_some();
                decisions.set(one.candidate.position, Class::Conflict { known }, Detail::default());
            }
        }
        let shared = self.stored.len() + new.len() > 1;
        let contradicting = new.iter().filter(|one| one.class == Class::Update).count();
        let mut taken: HashSet<ChartId> = HashSet::new();
        // Who shares a key takes an id made of who they are, so that neither the order of the rows nor that of the nights
        // matters; whoever was alone under it until now, too.
        let mut ordinal_of = |fingerprint: u32| {
            let mut ordinal = if shared { fingerprint } else { 0 };
            let id = |ordinal| record_id(&self.scene.plan.system, &self.scene.stream.name, &key, ordinal, None);
            while !taken.insert(id(ordinal)) {
                ordinal = ordinal.wrapping_add(2);
            }
            (ordinal, id(ordinal))
        };
        for index in self.stored {
            let now = settled.iter().find(|one| one.candidate.known == Some(*index));
            let fingerprint = now.map_or(self.known[*index].fingerprint, |one| one.fingerprint);
            let (ordinal, id) = ordinal_of(fingerprint);
            if id != self.known[*index].id {
                rekeys.push(Rekey { known: *index, ordinal, id });
            }
            if let Some(one) = now {
                let detail = decisions.detail(one.candidate.position);
                decisions.set(one.candidate.position, Class::Update, Detail { ordinal, ..detail });
            }
        }
        for one in &new {
            let retried = Some(decisions.detail(one.candidate.position)).filter(|_| one.class == Class::Retry);
            let class = if retried.is_some() { Class::Retry } else { Class::New };
            let (ordinal, _) = ordinal_of(one.fingerprint);
            let known = retried.and_then(|detail| detail.known);
            decisions.set(one.candidate.position, class, Detail { known, ordinal, clears: None });
        }
        for mut one in settled.into_iter().chain(new) {
            one.candidate.shared = shared;
            accepted.push(one.candidate);
        }
        Ok(contradicting)
    }

    /// Whether a row is another version of somebody who stands under this key after this run: as this run has them where it
    /// changes them, else as stored. Judged so, the same rows are judged the same when they come again.
    fn stands_already(&self, one: &OpenRow, settled: &[OpenRow], new: &[OpenRow]) -> bool {
        let same = |other: &OpenRow| {
            !different((&one.candidate.person, &one.traits), (&other.candidate.person, &other.traits))
        };
        let changed = |index: usize| settled.iter().find(|other| other.candidate.known == Some(index));
        self.stored.iter().any(|index| changed(*index).map_or_else(|| !self.is_other(one, *index), same))
            || new.iter().any(same)
    }

    fn is_other(&self, one: &OpenRow, stored: usize) -> bool {
        let stored = &self.known[stored];
        different((&one.candidate.person, &one.traits), (&stored.person, &stored.traits))
    }
}
