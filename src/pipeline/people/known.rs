//! Registrations that the store knows, as the matcher sees them: all of them, or those that are asked for.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::super::PipelineError;
use super::Candidate;
use super::registration::{Traits, fingerprint, person};
use crate::matching::Person;
use crate::model::{ChartId, Hash128, KeyHash};
use crate::store::{EhrStore, KnownIdentity, StreamId};

/// A registration the store knows, without its demographics.
pub(super) struct Known {
    pub id: ChartId,
    pub patient: ChartId,
    pub system: Arc<str>,
    pub source_key: String,
    pub key: KeyHash,
    pub stream: StreamId,
    pub source_record: i64,
    pub person: Person,
    pub traits: Traits,
    pub fingerprint: u32,
}

/// Those that are read so far.
#[derive(Default)]
pub(super) struct KnownPeople {
    pub list: Vec<Known>,
    at: HashMap<ChartId, usize>,
    names: HashMap<u32, Arc<str>>,
}

impl KnownPeople {
    /// Everybody.
    pub fn all(store: &EhrStore) -> Result<Self, PipelineError> {
        let mut known = Self::default();
        known.load_all(store)?;
        Ok(known)
    }

    /// Those of a stream under these keys.
    pub fn of_keys(store: &EhrStore, stream: StreamId, keys: &BTreeSet<KeyHash>) -> Result<Self, PipelineError> {
        let mut known = Self::default();
        for key in keys {
            store.identities_of_key_hash(stream, key)?.into_iter().for_each(|identity| known.push(identity));
        }
        Ok(known)
    }

    /// The others, too.
    pub fn load_all(&mut self, store: &EhrStore) -> Result<(), PipelineError> {
        Ok(store.known_identities(|identity| self.push(identity))?)
    }

    /// These, too, as far as the store has them.
    pub fn load(&mut self, store: &EhrStore, ids: &BTreeSet<ChartId>) -> Result<(), PipelineError> {
        let wanted: Vec<ChartId> = ids.iter().filter(|id| !self.at.contains_key(id)).copied().collect();
        Ok(store.identities_one_by_one(&wanted, |identity| self.push(identity))?)
    }

    fn push(&mut self, identity: KnownIdentity) {
        if self.at.contains_key(&identity.id) {
            return;
        }
        let number = system_number(&identity.system);
        let system = self.names.entry(number).or_insert_with(|| identity.system.as_str().into()).clone();
        self.at.insert(identity.id, self.list.len());
        self.list.push(Known {
            id: identity.id,
            patient: identity.patient,
            system,
            key: identity.key_hash,
            stream: identity.stream,
            source_record: identity.source_record,
            person: person(identity.id, number, &identity.values, &identity.key),
            traits: Traits::of(&identity.values),
            fingerprint: fingerprint(&identity.values),
            source_key: identity.key,
        });
    }

    /// Notes where they are by their ids, once some have others.
    pub fn note_ids(&mut self) {
        self.at = self.list.iter().enumerate().map(|(at, known)| (known.id, at)).collect();
    }

    pub fn person(&self, id: &ChartId) -> Option<&Person> {
        self.at.get(id).map(|at| &self.list[*at].person)
    }

    /// The patients of these, each once.
    pub fn patients_of(&self, ids: &BTreeSet<ChartId>) -> Vec<ChartId> {
        let patients: BTreeSet<ChartId> =
            ids.iter().filter_map(|id| self.at.get(id)).map(|at| self.list[*at].patient).collect();
        patients.into_iter().collect()
    }

    /// Leaves only some; candidates keep theirs.
    pub fn keep(&mut self, candidates: &mut [Candidate], stays: impl Fn(&ChartId) -> bool) {
        let own: HashSet<usize> = candidates.iter().filter_map(|candidate| candidate.known).collect();
        let mut places = vec![0; self.list.len()];
        let mut kept = Vec::new();
        for (at, known) in std::mem::take(&mut self.list).into_iter().enumerate() {
            if own.contains(&at) || stays(&known.id) {
                places[at] = kept.len();
                kept.push(known);
            }
        }
        self.list = kept;
        self.note_ids();
        for known in candidates.iter_mut().filter_map(|candidate| candidate.known.as_mut()) {
            *known = places[*known];
        }
    }
}

/// The number of a source system: the same in every run.
pub fn system_number(system: &str) -> u32 {
    let hash = Hash128::of_parts(&[system.as_bytes()]).0;
    // The largest stands for an unknown one.
    u32::from_le_bytes([hash[0], hash[1], hash[2], hash[3]]) % u32::MAX
}
