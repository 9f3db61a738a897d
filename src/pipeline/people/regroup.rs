//! From how the store has people to how they belong together now: which patients are founded, changed, joined and parted, which
//! registrations move, and what the digest gains and loses by it.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::super::PipelineError;
use crate::matching::{Member, golden};
use crate::model::{ChartId, Value};
use crate::store::digest::{ItemHasher, StoreDigest};
use crate::store::{
    BatchWrite, EhrStore, IdentityMove, KnownIdentity, KnownPatient, MatchEvidence, PatientWrite, RecordPlace,
};

/// A registration with its place before and now.
#[derive(Clone, Copy, Debug)]
pub(super) struct Placed {
    pub identity: ChartId,
    /// As the store has it: its patient, and the source record that it came with.
    pub before: Option<(ChartId, i64)>,
    /// Place of one of its cluster, the same for all of them.
    pub cluster: usize,
    /// Whether its demographics are new.
    pub changed: bool,
    /// How much its source is preferred.
    pub source_rank: u32,
}

/// Whose demographics are chosen anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recount {
    /// Of patients whose registrations are new, changed, or others than before.
    Moved,
    /// Of all who have several registrations.
    Everybody,
    /// Of all, also of those who have but one: what is there may be wrong.
    Whole,
}

/// What changes.
#[derive(Default)]
pub struct Regrouped {
    /// The patient of everybody who is touched, by place in the list.
    pub(super) patient_of: HashMap<usize, ChartId>,
    /// Patients that come with a registration that is new itself, by its place in the list.
    pub(super) founded: HashMap<usize, PatientWrite>,
    /// Patients that are changed, or that are founded by registrations the store knows.
    pub patients: Vec<PatientWrite>,
    pub moves: Vec<IdentityMove>,
    pub replaced: Vec<(ChartId, ChartId)>,
    /// What changes by patients and links, and what changed registrations were.
    pub digest: StoreDigest,
}

impl Regrouped {
    pub fn into_batch(self) -> BatchWrite {
        let Self { patients, moves, replaced, digest, .. } = self;
        BatchWrite { patients, moves, replaced, digest, ..Default::default() }
    }
}

/// People of whom something changes: all that belonged together before or belong together now.
pub(super) struct Touched {
    /// Places in the list, each group in order.
    groups: Vec<Vec<usize>>,
    /// Places of new registrations that belong with nobody, and bring a patient that has their id and values; in order.
    alone: Vec<usize>,
    /// Ids that patients have, among those that new ones might get.
    taken: HashSet<ChartId>,
}

impl Touched {
    /// Told by where people stood and stand; the store says which ids are taken.
    pub fn of(store: &EhrStore, people: &[Placed], recount: Recount) -> Result<Self, PipelineError> {
        // Patients and clusters are nodes, everybody an edge between the two of his.
        let mut first_of_patient: HashMap<ChartId, usize> = HashMap::new();
        let mut root: Vec<usize> = (0..people.len()).collect();
        let join = |root: &mut [usize], at, end| {
            let (low, high) = (find(root, at), find(root, end));
            root[low.max(high)] = low.min(high);
        };
        for (at, person) in people.iter().enumerate() {
            join(&mut root, at, person.cluster);
            if let Some((patient, _)) = person.before {
                join(&mut root, at, *first_of_patient.entry(patient).or_insert(at));
            }
        }
        let mut members = vec![0u32; people.len()];
        (0..people.len()).for_each(|at| members[find(&mut root, at)] += 1);
        let mut alone: Vec<usize> = Vec::new();
        let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (at, person) in people.iter().enumerate() {
            match find(&mut root, at) {
                root if members[root] == 1 && person.before.is_none() => alone.push(at),
                root => groups.entry(root).or_insert_with(|| Vec::with_capacity(members[root] as usize)).push(at),
            }
        }
        let is_touched = |group: &Vec<usize>| {
            let patients: BTreeSet<_> = group.iter().map(|at| people[*at].before.map(|(patient, _)| patient)).collect();
            let clusters: BTreeSet<_> = group.iter().map(|at| people[*at].cluster).collect();
            let is_wanted = match recount {
                Recount::Moved => false,
                Recount::Everybody => group.len() > 1,
                Recount::Whole => true,
            };
            is_wanted || patients.len() + clusters.len() > 2 || group.iter().any(|at| people[*at].changed)
        };
        groups.retain(|_, group| is_touched(group));
        let mut ids: Vec<ChartId> = groups.values().flatten().chain(&alone).map(|at| people[*at].identity).collect();
        ids.sort_unstable();
        let taken = store.taken_ids(&ids)?;
        alone.retain(|at| {
            let is_free = !taken.contains(&people[*at].identity);
            if !is_free {
                groups.insert(*at, vec![*at]);
            }
            is_free
        });
        Ok(Self { groups: groups.into_values().collect(), alone, taken })
    }

    /// Those of whom values are needed to tell what changes.
    pub fn people(&self) -> impl Iterator<Item = usize> + '_ {
        self.groups.iter().flatten().copied()
    }

    pub fn is_alone(&self, at: usize) -> bool {
        self.alone.binary_search(&at).is_ok()
    }
}

fn find(root: &mut [usize], mut at: usize) -> usize {
    while root[at] != at {
        root[at] = root[root[at]];
        at = root[at];
    }
    at
}

/// Demographics of everybody who is touched.
pub(super) struct MemberValues {
    /// As they are now.
    pub now: HashMap<ChartId, Vec<Value>>,
    /// As the store has them.
    pub stored: HashMap<ChartId, KnownIdentity>,
}

pub(super) fn regroup(
    store: &EhrStore,
    people: &[Placed],
    touched: &Touched,
    values: &MemberValues,
    evidence: impl Fn(usize) -> Option<MatchEvidence>,
) -> Result<Regrouped, PipelineError> {
    let ids: BTreeSet<ChartId> =
        touched.people().filter_map(|at| people[at].before.map(|(patient, _)| patient)).collect();
    let patients: HashMap<ChartId, KnownPatient> =
        store.patients(&ids)?.into_iter().map(|patient| (patient.id, patient)).collect();
    // Whoever leaves a patient may have been one himself before.
    let parts = |group: &Vec<usize>| {
        let clusters: BTreeSet<_> = group.iter().map(|at| people[*at].cluster).collect();
        clusters.len() > 1
    };
    let replaced = if touched.groups.iter().any(parts) { store.replaced_patients()? } else { Vec::new() };
    let mut work = Regroup {
        store,
        people,
        values,
        patients,
        joined: replaced.iter().map(|(_, patient, _)| *patient).collect(),
        replaced: replaced.into_iter().map(|(record, patient, by)| (record, (patient, by))).collect(),
        taken: touched.taken.clone(),
        items: ItemHasher::default(),
        out: Regrouped::default(),
    };
    let mut open = Vec::new();
    for group in &touched.groups {
        open.push((group, work.keep_ids(group)?));
    }
    for (group, patient_of_cluster) in open {
        work.settle(group, &patient_of_cluster, &evidence);
    }
    let mut out = work.out;
    out.moves.sort_unstable_by_key(|moved| moved.identity);
    out.replaced.sort_unstable();
    Ok(out)
}

struct Regroup<'a> {
    store: &'a EhrStore,
    people: &'a [Placed],
    values: &'a MemberValues,
    /// Who the touched belonged to.
    patients: HashMap<ChartId, KnownPatient>,
    /// Patients that others stand for, by founding record: id, and by whom.
    replaced: BTreeMap<i64, (ChartId, ChartId)>,
    /// Ids of those.
    joined: HashSet<ChartId>,
    /// Ids that patients have, among those that new ones might get.
    taken: HashSet<ChartId>,
    items: ItemHasher,
    out: Regrouped,
}

impl Regroup<'_> {
    /// Which patient each cluster of a group is: the one whose founder it has, the earliest of several; one that was joined to
    /// others before and comes back; or a new one.
    fn keep_ids(&mut self, group: &[usize]) -> Result<BTreeMap<usize, ChartId>, PipelineError> {
        let mut clusters: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        group.iter().for_each(|at| clusters.entry(self.people[*at].cluster).or_default().push(*at));
        let founders = self.founders(group);
        let mut claims: BTreeMap<usize, (i64, ChartId)> = BTreeMap::new();
        for (patient, (founder, record)) in &founders {
            let claim = claims.entry(self.people[*founder].cluster).or_insert((*record, *patient));
            *claim = (*claim).min((*record, *patient));
        }
        let mut kept: BTreeMap<usize, ChartId> =
            claims.into_iter().map(|(cluster, (_, patient))| (cluster, patient)).collect();
        for (cluster, members) in &clusters {
            if kept.contains_key(cluster) {
                continue;
            }
            let records: BTreeSet<i64> =
                members.iter().filter_map(|at| self.people[*at].before.map(|(_, record)| record)).collect();
            let returns = records.iter().find_map(|record| self.replaced.get(record)).map(|(patient, _)| *patient);
            let patient = match returns {
                Some(patient) => patient,
                None => self.new_id(members)?,
            };
            kept.insert(*cluster, patient);
        }
        // Whoever is somebody no longer is known by who stands there now.
        for (patient, (founder, _)) in founders {
            let now = kept[&self.people[founder].cluster];
            if patient != now {
                self.out.replaced.push((patient, now));
            }
        }
        for at in group {
            let Some((_, record)) = self.people[*at].before else { continue };
            if let Some((patient, by)) = self.replaced.get(&record) {
                let now = kept[&self.people[*at].cluster];
                if *patient != now && *by != now && clusters.len() > 1 {
                    self.out.replaced.push((*patient, now));
                }
            }
        }
        Ok(kept)
    }

    /// Per patient of a group, the registration that founded it and its record; where that is gone, the earliest that is there.
    fn founders(&self, group: &[usize]) -> BTreeMap<ChartId, (usize, i64)> {
        let mut founders: BTreeMap<ChartId, (bool, i64, usize)> = BTreeMap::new();
        for at in group {
            let Some((patient, record)) = self.people[*at].before else { continue };
            let is_other = self.patients.get(&patient).is_none_or(|known| known.source_record != record);
            let founder = founders.entry(patient).or_insert((is_other, record, *at));
            *founder = (*founder).min((is_other, record, *at));
        }
        founders.into_iter().map(|(patient, (_, record, at))| (patient, (at, record))).collect()
    }

    /// The id of a new patient: that of its smallest registration, unless another patient has it.
    fn new_id(&mut self, members: &[usize]) -> Result<ChartId, PipelineError> {
        let mut id = self.smallest(members);
        while self.taken.contains(&id) {
            id = ChartId::derive(&[b"patient", id.as_str().as_bytes()]);
            self.taken.extend(self.store.taken_ids(&[id])?);
        }
        self.taken.insert(id);
        Ok(id)
    }

    fn smallest(&self, members: &[usize]) -> ChartId {
        let ids = members.iter().map(|at| self.people[*at].identity);
        ids.min().unwrap_or_else(|| self.people[members[0]].identity)
    }

    fn settle(
        &mut self,
        group: &[usize],
        patient_of_cluster: &BTreeMap<usize, ChartId>,
        evidence: &impl Fn(usize) -> Option<MatchEvidence>,
    ) {
        self.take_out_what_was(group);
        let mut clusters: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        group.iter().for_each(|at| clusters.entry(self.people[*at].cluster).or_default().push(*at));
        for (cluster, members) in clusters {
            self.put_in(&members, patient_of_cluster[&cluster], evidence);
        }
    }

    /// What the digest holds of a group's patients, links and changed registrations.
    fn take_out_what_was(&mut self, group: &[usize]) {
        let mut before: BTreeMap<ChartId, Vec<ChartId>> = BTreeMap::new();
        for at in group {
            let person = &self.people[*at];
            let Some((patient, _)) = person.before else { continue };
            before.entry(patient).or_default().push(person.identity);
            if let Some(stored) = self.values.stored.get(&person.identity).filter(|_| person.changed) {
                let hash = self.items.identity(stored.id, &stored.system, &stored.key, &stored.values);
                self.out.digest.subtract(hash);
            }
        }
        for (patient, identities) in before {
            let Some(first) = identities.iter().copied().min() else { continue };
            if let Some(known) = self.patients.get(&patient) {
                self.out.digest.subtract(self.items.patient(first, &known.values));
            }
            identities.iter().for_each(|identity| self.out.digest.subtract(self.items.link(*identity, first)));
        }
    }

    fn put_in(&mut self, members: &[usize], patient: ChartId, evidence: &impl Fn(usize) -> Option<MatchEvidence>) {
        let smallest = self.smallest(members);
        let survivors = {
            let present = members.iter().filter_map(|at| {
                let Placed { identity, source_rank, .. } = self.people[*at];
                Some(Member { identity, values: self.values.now.get(&identity)?, source_rank })
            });
            golden(&present.collect::<Vec<_>>())
        };
        self.out.digest.add(self.items.patient(smallest, &survivors));
        for at in members {
            self.out.digest.add(self.items.link(self.people[*at].identity, smallest));
            self.out.patient_of.insert(*at, patient);
        }
        let known = self.patients.get(&patient);
        let returns = known.is_none() && self.joined.contains(&patient);
        let is_same = known.is_some_and(|known| known.identity == Some(smallest) && known.values == survivors);
        let is_new = known.is_none() && !returns;
        // The row of a new patient comes with a new registration, its smallest one, where there is one.
        let carrier = members
            .iter()
            .copied()
            .filter(|at| self.people[*at].before.is_none())
            .min_by_key(|at| self.people[*at].identity)
            .filter(|_| is_new);
        // A patient that no record of the run founds is founded by the first that comes to it.
        let founder = members
            .iter()
            .copied()
            .filter(|at| self.people[*at].before.is_some())
            .min_by_key(|at| self.people[*at].identity)
            .filter(|_| is_new && carrier.is_none());
        let record = founder.and_then(|at| self.people[at].before).map_or(0, |(_, record)| record);
        let write = PatientWrite {
            known: !is_new,
            id: patient,
            identity: smallest,
            record: RecordPlace::Known(record),
            values: survivors,
        };
        match carrier {
            Some(at) => drop(self.out.founded.insert(at, write)),
            None if is_same => {}
            None => self.out.patients.push(write),
        }
        for at in members {
            let Some((former, _)) = self.people[*at].before.filter(|(former, _)| *former != patient) else { continue };
            let (identity, founded) = (self.people[*at].identity, founder == Some(*at));
            let matched = evidence(*at).filter(|_| members.len() > 1);
            self.out.moves.push(IdentityMove { identity, former, patient, founded, matched });
        }
    }
}
