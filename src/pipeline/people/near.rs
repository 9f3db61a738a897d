//! Who must be looked at when some registrations are new or changed, in a store that keeps how its people were matched.
//!
//! The new and changed are compared with those they share a block with, and with nobody else; where a block became too large or small
//! enough, so are all of its members. What a change may reach goes along the pairs that match: everybody on the way is clustered anew
//! from the pairs that are kept, as linking all of them would. Where that cannot be told from what is kept, all are linked.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use rayon::prelude::*;

use super::super::PipelineError;
use super::said::{Made, SaidPair};
use super::{Candidate, Known, KnownPeople};
use crate::matching::{
    BlockKey, Decided, Linkage, MAX_BLOCK, MOST_REPEATS, Model, NARROWINGS, PairEdge, Person, block_keys, content_key,
    judge_pairs, link_edges, shared_bytes,
};
use crate::model::ChartId;
use crate::store::{Decision, EhrStore, MatchEdge, ReviewWrite};

/// What is clustered anew, and what it takes.
pub(super) struct Near {
    pub anew: BTreeSet<ChartId>,
    /// All pairs of those, also with others.
    edges: Vec<MatchEdge>,
    /// Pairs of others who are one person, and stay so.
    together: Vec<(ChartId, ChartId)>,
    /// Pairs that were compared with them and are neither a match nor worth a review.
    non_matches: u64,
}

impl Near {
    /// Links those anew; `people` are they and whom they may be confused with.
    pub fn link(&self, people: &[Person], decided: &Decided, model: &Model) -> Linkage {
        let at: HashMap<ChartId, usize> = people.iter().enumerate().map(|(at, person)| (person.identity, at)).collect();
        let edges = self.edges.iter().filter_map(|edge| {
            let (left, right) = (*at.get(&edge.left)?, *at.get(&edge.right)?);
            let MatchEdge { weight, is_match, is_repeat, .. } = *edge;
            Some(PairEdge { left, right, weight, is_match, is_repeat })
        });
        let together = self.together.iter().filter_map(|(left, right)| Some((*at.get(left)?, *at.get(right)?)));
        let (edges, together): (Vec<_>, Vec<_>) = (edges.collect(), together.collect());
        link_edges(people, &edges, &together, (decided, model, self.non_matches))
    }

    /// Leaves the questions about those.
    pub fn ask(&self, questions: &mut Vec<ReviewWrite>) {
        questions.retain(|one| self.anew.contains(&one.left) || self.anew.contains(&one.right));
    }
}

/// Compares new and changed registrations, and those that took another id (by place, with their former ones), with those near them,
/// and keeps what is found; gives whose pairs are others now, with how many turned out to be no pair. None where what is kept does not
/// tell.
pub(super) fn compare_again(
    store: &mut EhrStore,
    known: &mut KnownPeople,
    (candidates, renamed): (&[Candidate], &BTreeMap<usize, ChartId>),
    model: &Model,
) -> Result<Option<(BTreeSet<ChartId>, u64)>, PipelineError> {
    let (mut added, mut removed) = (Vec::new(), Vec::new());
    let mut contents: BTreeSet<BlockKey> = BTreeSet::new();
    let mut again: BTreeSet<ChartId> = candidates.iter().map(|candidate| candidate.person.identity).collect();
    let changed: BTreeSet<usize> = candidates.iter().filter_map(|candidate| candidate.known).collect();
    for (at, former) in renamed {
        let Known { id, person, .. } = &known.list[*at];
        again.insert(*id);
        if !changed.contains(at) {
            let keys = all_keys(person);
            contents.insert(content_key(person));
            removed.extend(keys.iter().map(|key| (*key, *former)));
            added.extend(keys.iter().map(|key| (*key, *id)));
        }
    }
    for candidate in candidates {
        let id = candidate.person.identity;
        let new = all_keys(&candidate.person);
        let old = candidate.known.map(|at| all_keys(&known.list[at].person)).unwrap_or_default();
        contents.insert(content_key(&candidate.person));
        contents.extend(candidate.known.map(|at| content_key(&known.list[at].person)));
        if let Some(former) = candidate.known.and_then(|at| renamed.get(&at)) {
            added.extend(new.iter().map(|key| (*key, id)));
            removed.extend(old.iter().map(|key| (*key, *former)));
        } else {
            added.extend(new.difference(&old).map(|key| (*key, id)));
            removed.extend(old.difference(&new).map(|key| (*key, id)));
        }
    }
    added.sort_unstable();
    removed.sort_unstable();
    store.remove_match_keys(&removed)?;
    store.add_match_keys(&added)?;
    let blocks = Blocks { store, added: &added, removed: &removed };
    for content in &contents {
        let (before, after) = blocks.sizes(content, MOST_REPEATS)?;
        if before.max(after) > MOST_REPEATS {
            return Ok(None);
        }
    }
    let is_block = |(key, _): &&(BlockKey, ChartId)| !contents.contains(key);
    let changed: BTreeSet<BlockKey> = added.iter().chain(&removed).filter(is_block).map(|(key, _)| *key).collect();
    blocks.members_that_met_anew(0, &changed.into_iter().collect::<Vec<_>>(), &mut again)?;
    known.load(store, &again)?;

    let new: HashMap<ChartId, &Person> =
        candidates.iter().map(|candidate| (candidate.person.identity, &candidate.person)).collect();
    let mut pairs: BTreeSet<(ChartId, ChartId)> = BTreeSet::new();
    let mut leaves: BTreeMap<Vec<u8>, Vec<ChartId>> = BTreeMap::new();
    for id in &again {
        let Some(person) = new.get(id).copied().or_else(|| known.person(id)) else { return Ok(None) };
        for key in block_keys(person) {
            let Some(shared) = blocks.leaf(&key)? else { continue };
            if !leaves.contains_key(shared) {
                leaves.insert(shared.to_vec(), store.match_members(shared)?);
            }
            pairs.extend(leaves[shared].iter().filter(|other| *other != id).map(|other| in_order(*id, *other)));
        }
    }
    let people: BTreeSet<ChartId> = pairs.iter().flat_map(|(left, right)| [*left, *right]).collect();
    known.load(store, &people)?;
    let found = people.iter().map(|id| new.get(id).copied().or_else(|| known.person(id)).cloned());
    let Some(mut found): Option<Vec<Person>> = found.collect() else { return Ok(None) };
    found.par_iter_mut().for_each(|person| model.frequencies.note(person));
    let at: HashMap<ChartId, usize> = people.into_iter().zip(0..).collect();
    let by_place: Vec<(usize, usize)> = pairs.iter().map(|(left, right)| (at[left], at[right])).collect();
    let edges = judge_pairs(&found, &by_place, model).into_iter().map(|edge| {
        let (left, right) = in_order(found[edge.left].identity, found[edge.right].identity);
        MatchEdge { left, right, weight: edge.weight, is_match: edge.is_match, is_repeat: false }
    });
    let edges: Vec<MatchEdge> = edges.collect();
    let gone: BTreeSet<ChartId> = renamed.values().filter(|former| !again.contains(former)).copied().collect();
    let list: Vec<ChartId> = again.union(&gone).copied().collect();
    let before = store.match_edges_of(&list)?;
    if before.iter().any(|edge| edge.is_repeat) {
        return Ok(None);
    }
    store.remove_match_edges_of(&list)?;
    store.add_match_edges(&edges)?;
    // Whoever matched one of them may not do so any more.
    again.extend(before.iter().flat_map(|edge| [edge.left, edge.right]).filter(|id| !gone.contains(id)));
    Ok(Some((again, (pairs.len() - edges.len()) as u64)))
}

/// Everybody whom a change of these may reach, with all it takes to cluster them anew; none where what is kept does not tell. Of those
/// whom the store knows, only who takes part stays in the list.
pub(super) fn around(
    store: &EhrStore,
    known: &mut KnownPeople,
    candidates: &mut [Candidate],
    (from, non_matches): (BTreeSet<ChartId>, u64),
    made: &Made,
) -> Result<Option<Near>, PipelineError> {
    let mut joined: HashMap<ChartId, Vec<ChartId>> = HashMap::new();
    for decision in made.decisions.iter().filter(|decision| decision.decision == Decision::Merge) {
        joined.entry(decision.left).or_default().push(decision.right);
        joined.entry(decision.right).or_default().push(decision.left);
    }
    for SaidPair { who, whom, .. } in &made.said {
        joined.entry(*who).or_default().push(*whom);
        joined.entry(*whom).or_default().push(*who);
    }
    let mut anew = from.clone();
    let mut edges: BTreeMap<(ChartId, ChartId), MatchEdge> = BTreeMap::new();
    let mut frontier: Vec<ChartId> = from.into_iter().collect();
    while !frontier.is_empty() {
        let found = store.match_edges_of(&frontier)?;
        let mut next: BTreeSet<ChartId> = BTreeSet::new();
        for edge in found {
            if edge.is_repeat {
                return Ok(None);
            }
            if edge.is_match {
                next.extend([edge.left, edge.right]);
            }
            edges.insert((edge.left, edge.right), edge);
        }
        next.extend(frontier.iter().filter_map(|id| joined.get(id)).flatten());
        frontier = next.into_iter().filter(|id| anew.insert(*id)).collect();
    }
    known.load(store, &anew)?;
    let patients = known.patients_of(&anew);
    let members = store.identities_of_patients(&patients)?;
    if members.iter().any(|member| !anew.contains(&member.id)) {
        // Who belongs together is so by what is kept, or what is kept is not that of this store.
        return Ok(None);
    }
    let others: BTreeSet<ChartId> =
        edges.keys().flat_map(|(left, right)| [*left, *right]).filter(|id| !anew.contains(id)).collect();
    known.load(store, &others)?;
    let patients = known.patients_of(&others);
    let mut by_patient: BTreeMap<ChartId, Vec<ChartId>> = BTreeMap::new();
    for member in store.identities_of_patients(&patients)? {
        by_patient.entry(member.patient).or_default().push(member.id);
    }
    let others: BTreeSet<ChartId> = by_patient.values().flatten().copied().collect();
    known.load(store, &others)?;
    known.keep(candidates, |id| anew.contains(id) || others.contains(id));
    let together = by_patient.values().flat_map(|members| members.windows(2).map(|pair| (pair[0], pair[1])));
    let together = together.collect();
    Ok(Some(Near { anew, edges: edges.into_values().collect(), together, non_matches }))
}

/// The keys of a person with that of all it says.
pub(super) fn all_keys(person: &Person) -> BTreeSet<BlockKey> {
    block_keys(person).into_iter().chain([content_key(person)]).collect()
}

fn in_order(one: ChartId, other: ChartId) -> (ChartId, ChartId) {
    (one.min(other), one.max(other))
}

/// The blocks as they stand in the store now, and what was changed in them.
struct Blocks<'a> {
    store: &'a EhrStore,
    added: &'a [(BlockKey, ChartId)],
    removed: &'a [(BlockKey, ChartId)],
}

impl Blocks<'_> {
    /// How many people a block had and has; exact only up to `most`.
    fn sizes(&self, shared: &[u8], most: usize) -> Result<(usize, usize), PipelineError> {
        let within = |keys: &[(BlockKey, ChartId)]| {
            let first = keys.partition_point(|(key, _)| &key[..shared.len()] < shared);
            keys[first..].partition_point(|(key, _)| &key[..shared.len()] == shared)
        };
        let (added, removed) = (within(self.added), within(self.removed));
        let after = self.store.count_match_keys(shared, most + added + 1)?;
        Ok((after + removed - added, after))
    }

    /// Everybody in blocks that became too large to be one, or are no longer.
    fn members_that_met_anew(
        &self,
        narrowings: usize,
        changed: &[BlockKey],
        found: &mut BTreeSet<ChartId>,
    ) -> Result<(), PipelineError> {
        for block in changed.chunk_by(|a, b| shared_bytes(a, narrowings) == shared_bytes(b, narrowings)) {
            let shared = shared_bytes(&block[0], narrowings);
            let (before, after) = self.sizes(shared, MAX_BLOCK)?;
            match (before > MAX_BLOCK, after > MAX_BLOCK) {
                (false, false) => {}
                (true, true) if narrowings < NARROWINGS => self.members_that_met_anew(narrowings + 1, block, found)?,
                (true, true) => {}
                _ => found.extend(self.store.match_members(shared)?),
            }
        }
        Ok(())
    }

    /// What those share with whom a key brings its owner together; none where there are too many of them.
    fn leaf<'k>(&self, key: &'k BlockKey) -> Result<Option<&'k [u8]>, PipelineError> {
        for narrowings in 0..=NARROWINGS {
            let shared = shared_bytes(key, narrowings);
            if self.store.count_match_keys(shared, MAX_BLOCK + 1)? <= MAX_BLOCK {
                return Ok(Some(shared));
            }
        }
        Ok(None)
    }
}

/// What a store keeps of its matching, made from all of its people.
pub struct MatchIndex {
    pub(super) people: Vec<Person>,
    pub(super) edges: Vec<PairEdge>,
    /// Places of people who only repeat what many say.
    pub(super) repeats: Vec<usize>,
}

impl MatchIndex {
    /// Writes it, in the order of its keys and in parts that fit into memory.
    pub fn write(self, store: &mut EhrStore) -> Result<(), PipelineError> {
        let Self { people, edges, repeats } = self;
        let mut takes_part = vec![true; people.len()];
        repeats.into_iter().for_each(|at| takes_part[at] = false);
        store.begin_match_index()?;
        let parts = (people.len() / PEOPLE_IN_PART + 1).min(256);
        for part in 0..parts {
            // By the first byte of a key.
            let (first, last) = (part * 256 / parts, (part + 1) * 256 / parts);
            let in_part = |key: &BlockKey| (first..last).contains(&usize::from(key[0]));
            let of_person = |(person, takes_part): (&Person, &bool)| {
                let keys = if *takes_part { block_keys(person) } else { Vec::new() };
                let keys = keys.into_iter().chain([content_key(person)]).filter(in_part);
                keys.map(|key| (key, person.identity)).collect::<Vec<_>>()
            };
            let mut keys: Vec<(BlockKey, ChartId)> =
                people.par_iter().zip(takes_part.par_iter()).flat_map_iter(of_person).collect();
            keys.par_sort_unstable();
            store.add_match_keys(&keys)?;
        }
        let mut kept: Vec<MatchEdge> = edges
            .iter()
            .map(|edge| {
                let (left, right) = in_order(people[edge.left].identity, people[edge.right].identity);
                MatchEdge { left, right, weight: edge.weight, is_match: edge.is_match, is_repeat: edge.is_repeat }
            })
            .collect();
        kept.par_sort_unstable_by_key(|edge| (edge.left, edge.right));
        store.add_match_edges(&kept)?;
        Ok(store.finish_match_index()?)
    }
}

/// Some twenty keys each, of forty-four bytes.
const PEOPLE_IN_PART: usize = 250_000;
