//! Patients: who of this stream is who, before anything of it is written. Identities are linked to patients here; clinical
//! records then follow the crosswalk.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::decide::{Class, Decisions, Detail};
use super::erased::Erased;
use super::match_quality::{MatchingOutcome, matching_outcome};
use super::plan::{Plan, PlannedStream};
use super::prepare::{Crosswalk, Registered, Resolution};
use super::settings::{matcher_name, pinned_model};
use super::{Listener, PipelineError};
use crate::matching::{link, link_and_keep};
use crate::model::{ChartId, Hash128, KeyHash, RecordType, SaidSame, Value, record_id, subject_key};
use crate::normalize::{Context, Draft};
use crate::store::{BatchWrite, EhrStore, KnownRecord, ReviewWrite, StoreError, StreamId};

mod cluster;
mod decision;
mod known;
mod near;
mod registration;
mod regroup;
mod rekey;
mod relink;
mod said;
mod same_key;

use cluster::{Grouping, decide_people};
pub use decision::{Founded, PersonDecision, PersonDecisions};
pub(super) use known::system_number;
use known::{Known, KnownPeople};
use near::{MatchIndex, Near, around, compare_again};
use registration::{Candidate, OpenRow, Row, each_draft};
pub use registration::{person_hash, stored_person};
pub use regroup::{Recount, Regrouped};
use rekey::Rekey;
pub use relink::{Questions, known_as_people, link_decided, link_known, unsettled};
use said::{Made, changed_links, is_same};

/// The people of a run.
#[derive(Default)]
pub struct People {
    pub decisions: PersonDecisions,
    changes: Regrouped,
    /// All pairs that wait for a person now, where people were matched.
    reviews: Option<Vec<ReviewWrite>>,
    /// Registrations of which those are all; none where they are everybody's.
    reviews_of: Option<Vec<ChartId>>,
    /// How they were matched, where they were.
    pub matching: Option<MatchingOutcome>,
    /// What becomes of what the store keeps of its matching.
    kept: Keeping,
}

/// What becomes of what a store keeps of its matching.
#[derive(Default)]
enum Keeping {
    /// Nobody is new, changed or renamed.
    #[default]
    AsItWas,
    /// It tells nothing of who is.
    Gone,
    Updated,
    Whole(Box<MatchIndex>),
}

impl People {
    /// What is to be written beside the registrations themselves.
    pub fn into_batch(self, stream: StreamId) -> BatchWrite {
        let Self { reviews, reviews_of, changes, .. } = self;
        BatchWrite { stream, reviews, reviews_of, ..changes.into_batch() }
    }

    /// Keeps how people were matched, once the registrations themselves are written.
    pub fn keep(&mut self, store: &mut EhrStore) -> Result<(), PipelineError> {
        match std::mem::take(&mut self.kept) {
            Keeping::AsItWas => return Ok(()),
            Keeping::Gone => return Ok(store.drop_match_index()?),
            Keeping::Updated => {}
            Keeping::Whole(index) => index.write(store)?,
        }
        Ok(store.stamp_match_index(&matcher_name(store)?)?)
    }
}

/// Where people are read from and what is known of them.
#[derive(Clone, Copy)]
pub struct Scene<'a> {
    pub store: &'a EhrStore,
    pub plan: &'a Plan,
    pub stream: &'a PlannedStream,
    pub stream_id: StreamId,
    /// Per file.
    pub contexts: &'a [Context],
    pub listener: &'a dyn Listener,
}

/// Fills the crosswalk with the registrations of this system that the store knows.
pub fn known_crosswalk(store: &EhrStore, system: &str, erased: &Erased) -> Result<Crosswalk, PipelineError> {
    let mut streams = store.streams()?;
    streams.retain(|_, (owner, _)| owner == system);
    let mut crosswalk = Crosswalk::new();
    store.crosswalk(&streams.keys().copied().collect(), |stream, key, identity, patient, born| {
        add(&mut crosswalk, subject_key(&streams[&stream].1, &key), Registered { identity, patient, born });
    })?;
    erased.enter_shared(&mut crosswalk);
    Ok(crosswalk)
}

fn add(crosswalk: &mut Crosswalk, key: KeyHash, registered: Registered) {
    use std::collections::hash_map::Entry;
    match crosswalk.entry(key) {
        Entry::Vacant(vacant) => drop(vacant.insert(Resolution::One(registered))),
        Entry::Occupied(mut occupied) => match *occupied.get() {
            Resolution::One(other) if other.identity == registered.identity => {
                occupied.insert(Resolution::One(registered));
            }
            _ => drop(occupied.insert(Resolution::Shared)),
        },
    }
}

/// The registrations of a stream that are new or changed, each told apart from the others of its key.
#[derive(Default)]
pub struct Settled {
    known: KnownPeople,
    candidates: Vec<Candidate>,
    rekeys: Vec<Rekey>,
    /// Those registrations, by place in `known`, with the ids they had.
    renamed: BTreeMap<usize, ChartId>,
    /// Whether the store keeps how all others were matched, and they are not in `known`.
    is_kept: bool,
    /// Who is clustered anew; everybody where it is not said.
    near: Option<Near>,
}

/// What a row turns out to be.
enum Read {
    Erased(u64),
    Nobody(Row),
    Remapped(Row, Box<(Draft, String)>),
    Open(Row, Box<OpenRow>),
}

/// Reads the new and changed registrations of a stream, and tells those of one key apart.
pub fn settle(scene: Scene<'_>, decisions: &mut Decisions) -> Result<Settled, PipelineError> {
    let Scene { store, plan, stream, .. } = scene;
    if decisions.is_settled() {
        return Ok(Settled::default());
    }
    let mut open = Vec::new();
    let mut remapped = Vec::new();
    let mut nobody = Vec::new();
    let mut rows = same_key::SettledRows::default();
    let mut erased = Vec::new();
    let read = |row: Row, draft: Option<(Draft, String)>| {
        let values = draft.as_ref().map(|(draft, _)| &draft.values[..]);
        if !matches!(row.class, Class::Same { .. }) && plan.erased.is_registration(&stream.name, &row.key, values) {
            return Read::Erased(row.position);
        }
        match draft {
            None => Read::Nobody(row),
            Some((draft, source_key)) if matches!(row.class, Class::Remap { .. }) => {
                Read::Remapped(row, Box::new((draft, source_key)))
            }
            Some((draft, source_key)) => Read::Open(row, Box::new(OpenRow::new(row, &draft, source_key, &plan.system))),
        }
    };
    each_draft(
        scene,
        decisions,
        |_| true,
        read,
        |read| match read {
            Read::Erased(position) => erased.push(position),
            Read::Nobody(row) => {
                rows.count(row);
                nobody.push(row);
            }
            Read::Remapped(row, draft) => {
                rows.count(row);
                let (draft, source_key) = *draft;
                remapped.push((row, draft, source_key));
            }
            Read::Open(row, one) => {
                rows.count(row);
                open.push(*one);
            }
        },
    )?;
    for position in erased {
        decisions.set(position, Class::Erased, Detail::default());
    }
    if open.is_empty() && remapped.is_empty() {
        return Ok(Settled::default());
    }
    // With very many new ones it takes less to link all.
    let new = open.len() as u64;
    let is_few = |registrations: u64| new * MANY < registrations && (new <= A_FEW || new * FAR_FEWER < registrations);
    let is_kept = remapped.is_empty()
        && store.has_match_index(&matcher_name(store)?)?
        && is_few(store.people_counts()?.identities);
    let known = match is_kept {
        true => KnownPeople::of_keys(store, scene.stream_id, &open.iter().map(|one| one.candidate.key).collect())?,
        false => KnownPeople::all(store)?,
    };
    if !remapped.is_empty() {
        open.extend(changed_by_mapping(scene, &known.list, remapped, &mut rows, decisions)?);
    }
    // Of this run, before it was cut off: a record that a row was taken for may turn out to be nobody's any more.
    let own = |decisions: &Decisions, positions: &mut dyn Iterator<Item = u64>| -> BTreeSet<i64> {
        let known = positions.filter_map(|position| decisions.detail(position).known);
        known.filter(|known| known.run != 0 && known.is_charted()).map(|known| known.id).collect()
    };
    let before = own(decisions, &mut open.iter().map(|one| one.candidate.position));
    let (mut candidates, rekeys) = same_key::tell_apart(scene, &known.list, open, &rows, decisions)?;
    let after = own(decisions, &mut candidates.iter().map(|candidate| candidate.position));
    decisions.lost.extend(before.difference(&after));
    decisions.claimed.extend(after);
    release_records(&nobody, &candidates, decisions);
    for candidate in &mut candidates {
        let ordinal = decisions.detail(candidate.position).ordinal;
        candidate.person.identity = record_id(&plan.system, &stream.name, &candidate.key, ordinal, None);
    }
    Ok(Settled { known, candidates, rekeys, is_kept, ..Default::default() })
}

/// One in so many is new or changed at most, where it is worth to keep how all were matched for the next night.
const MANY: u64 = 5;

/// One in so many is new or changed at most, where it is worth to look at them alone; so few always are.
const FAR_FEWER: u64 = 50;
const A_FEW: u64 = 100;

/// A row that registers nobody may have been taken for the change of a stored record that turned out to be another row's: then
/// it is a record of its own.
fn release_records(nobody: &[Row], candidates: &[Candidate], decisions: &mut Decisions) {
    let record_of = |decisions: &Decisions, position| decisions.detail(position).known.map(|known| known.id);
    let taken: HashSet<i64> = candidates.iter().filter_map(|c| record_of(decisions, c.position)).collect();
    for row in nobody.iter().filter(|row| matches!(row.class, Class::Update | Class::Retry)) {
        if record_of(decisions, row.position).is_some_and(|id| taken.contains(&id)) {
            decisions.set(row.position, Class::New, Detail::default());
        }
    }
}

/// Registrations whose row is the same and whose demographics are not, since the connector reads them otherwise now.
fn changed_by_mapping(
    scene: Scene<'_>,
    known: &[Known],
    remapped: Vec<(Row, Draft, String)>,
    rows: &mut same_key::SettledRows,
    decisions: &mut Decisions,
) -> Result<Vec<OpenRow>, PipelineError> {
    let mut by_record: HashMap<(KeyHash, Hash128), (usize, KnownRecord)> = HashMap::new();
    for (index, known) in known.iter().enumerate().filter(|(_, known)| known.stream == scene.stream_id) {
        let record = scene.store.known_record(known.source_record)?;
        by_record.insert((known.key, record.content), (index, record));
    }
    let mut stored: HashMap<ChartId, Vec<Value>> = HashMap::new();
    scene.store.known_identities(|identity| drop(stored.insert(identity.id, identity.values)))?;
    let mut said: HashMap<ChartId, Vec<SaidSame>> = HashMap::new();
    for link in scene.store.identity_links()? {
        said.entry(link.identity).or_default().push(link.said);
    }
    let has_more_mappings = scene.stream.stream.mappings().len() > 1;
    let mut changed = Vec::new();
    for (row, draft, source_key) in remapped {
        let Class::Remap { fate } = row.class else { continue };
        let before = by_record.get(&(row.key, row.content));
        let same = before.is_some_and(|(index, _)| {
            let id = &known[*index].id;
            let said = said.get(id).map(Vec::as_slice).unwrap_or_default();
            stored.get(id) == Some(&draft.values) && is_same(said, &draft.same_person)
        });
        if same && !has_more_mappings {
            let class = Class::Same { fate, this_run: false };
            let ordinal = decisions.detail(row.position).ordinal;
            decisions.set(row.position, class, Detail { known: None, ordinal, clears: None });
            rows.count(Row { class, ..row });
            continue;
        }
        let (class, record) = before.map_or((Class::New, None), |(_, record)| (Class::Update, Some(*record)));
        let ordinal = record.map_or(0, |record| record.ordinal);
        decisions.set(row.position, class, Detail { known: record, ordinal, clears: None });
        let mut one = OpenRow::new(Row { class, ..row }, &draft, source_key, &scene.plan.system);
        one.candidate.known = before.map(|(index, _)| *index);
        changed.push(one);
    }
    Ok(changed)
}

impl Settled {
    /// Registrations that take another id since their key names others too, by the id they had.
    pub fn rekeyed(&self) -> Vec<ChartId> {
        self.rekeys.iter().map(|rekey| self.known.list[rekey.known].id).collect()
    }

    /// The source records of those registrations.
    pub fn rekeyed_records(&self) -> HashSet<i64> {
        self.rekeys.iter().map(|rekey| self.known.list[rekey.known].source_record).collect()
    }

    /// Enters keys that name several people into the crosswalk.
    pub fn note_shared(&self, stream: &str, crosswalk: &mut Crosswalk) {
        let shared = self.candidates.iter().filter(|candidate| candidate.shared).map(|candidate| candidate.key);
        let rekeyed = self.rekeys.iter().map(|rekey| self.known.list[rekey.known].key);
        for key in shared.chain(rekeyed) {
            crosswalk.insert(subject_key(stream, &key), Resolution::Shared);
        }
    }

    /// What they say of others, where the store has it not: to be written before anybody asks who is who.
    pub fn links(&self, store: &EhrStore, plan: &Plan, stream: StreamId) -> Result<BatchWrite, PipelineError> {
        let links = changed_links(store, &plan.system, &self.candidates)?;
        Ok(BatchWrite { stream, links, ..Default::default() })
    }

    /// Looks for those who must be clustered anew, where the store keeps how the others were matched; everybody must where that does
    /// not tell. `named` are system and stream of those who are new or changed.
    pub fn look_near(&mut self, store: &mut EhrStore, named: (&str, &str)) -> Result<(), PipelineError> {
        if !self.is_kept {
            return Ok(());
        }
        let (model, made) = (pinned_model(store)?, Made::with(store, named, &self.candidates)?);
        let changed = (&self.candidates[..], &self.renamed);
        if let Some(mut from) = compare_again(store, &mut self.known, changed, &model)? {
            from.0.extend(&made.unsettled);
            self.near = around(store, &mut self.known, &mut self.candidates, from, &made)?;
        }
        if self.near.is_none() {
            self.known.load_all(store)?;
        }
        Ok(())
    }

    /// What gives those registrations their ids. From here on they are known by them.
    pub fn rekey(
        &mut self,
        scene: Scene<'_>,
        kinds: &[(RecordType, Option<String>)],
    ) -> Result<BatchWrite, PipelineError> {
        self.renamed = self.rekeys.iter().map(|rekey| (rekey.known, self.known.list[rekey.known].id)).collect();
        let batch = rekey::rekey(scene, &mut self.known.list, &self.rekeys, kinds)?;
        self.known.note_ids();
        Ok(batch)
    }

    /// Decides who everybody is, and enters them into the crosswalk.
    pub fn decide(
        self,
        scene: Scene<'_>,
        decisions: &Decisions,
        crosswalk: &mut Crosswalk,
    ) -> Result<People, PipelineError> {
        if self.candidates.is_empty() {
            let kept = if self.rekeys.is_empty() { Keeping::AsItWas } else { Keeping::Gone };
            return Ok(People { kept, ..People::default() });
        }
        let Self { known, candidates, near, .. } = self;
        let (store, stream) = (scene.store, &scene.stream.name);
        let model = pinned_model(store)?;
        let changed = candidates.len() as u64;
        let made = Made::with(scene.store, (&scene.plan.system, stream), &candidates)?;
        let group = Grouping::new(known.list, candidates, &model);
        let known = &group.known;
        let decided = group.decided(&made);
        let is_worth_keeping =
            near.is_none() && known.len() as u64 >= store.match_index_from()? && changed * MANY < known.len() as u64;
        let mut kept = None;
        let linkage = match &near {
            Some(near) => near.link(&group.people, &decided, &model),
            None if is_worth_keeping => {
                let (linkage, found) = link_and_keep(&group.people, &decided, &model);
                kept = Some(found);
                linkage
            }
            None => link(&group.people, &decided, &model),
        };
        let mut people = decide_people(scene, decisions, &group, (&linkage, &model, &made.decisions))?;
        let names = group.names(&scene.plan.system);
        let mut matching = matching_outcome(&linkage, &model, names);
        people.kept = Keeping::Gone;
        if let Some(near) = near {
            people.reviews.iter_mut().for_each(|reviews| near.ask(reviews));
            let patients: BTreeSet<ChartId> = known.iter().map(|known| known.patient).collect();
            let (counts, new) = (store.people_counts()?, (group.people.len() - known.len()) as u64);
            matching.near = Some(matching.registrations);
            matching.registrations = counts.identities + new;
            matching.people = (counts.patients + matching.people).saturating_sub(patients.len() as u64);
            people.reviews_of = Some(near.anew.into_iter().collect());
            people.kept = Keeping::Updated;
        }
        people.matching = Some(matching);
        crosswalk.reserve(group.entrants.len());
        for (entrant, born) in group.entrants.iter().zip(group.births()) {
            let nobody = || StoreError::Damaged { what: "a registration that was not decided".into() };
            let decision = people.decisions.get(entrant.position).ok_or_else(nobody)?;
            let registered = Registered { identity: decision.identity, patient: decision.patient, born };
            add(crosswalk, subject_key(stream, &entrant.key), registered);
            if entrant.shared {
                crosswalk.insert(subject_key(stream, &entrant.key), Resolution::Shared);
            }
        }
        let moved: HashMap<ChartId, ChartId> =
            people.changes.moves.iter().map(|moved| (moved.identity, moved.patient)).collect();
        if !moved.is_empty() {
            follow(crosswalk, &moved);
        }
        if let Some((edges, repeats)) = kept {
            people.kept = Keeping::Whole(Box::new(MatchIndex { people: group.people, edges, repeats }));
        }
        Ok(people)
    }
}

/// Points registrations that came to another patient to that one.
#[expect(clippy::iter_over_hash_type, reason = "each entry is changed by itself")]
fn follow(crosswalk: &mut Crosswalk, moved: &HashMap<ChartId, ChartId>) {
    for resolution in crosswalk.values_mut() {
        if let Resolution::One(registered) = resolution
            && let Some(now) = moved.get(&registered.identity)
        {
            registered.patient = *now;
        }
    }
}
