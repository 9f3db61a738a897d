//! Patients: who of this stream is who, before anything of it is written. Identities are linked to patients here; clinical
//! records then follow the crosswalk.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::decide::{Class, Decisions, Detail};
use super::erased::Erased;
use super::identify::{identify, key_text, row_text, with_documents};
use super::match_quality::{MatchingOutcome, matching_outcome};
use super::plan::{Plan, PlannedStream};
use super::prepare::{Crosswalk, Resolution};
use super::settings::{matcher_name, pinned_model};
use super::survey::{BATCH_BYTES, BATCH_RECORDS, open};
use super::{Listener, PipelineError};
use crate::matching::{Demographics, Person, link, link_and_keep};
use crate::model::{ChartId, Fate, Hash128, KeyHash, PartHasher, RecordType, Value, record_id, subject_key};
use crate::normalize::{Context, Draft, normalize};
use crate::store::{
    BatchWrite, EhrStore, KnownIdentity, KnownRecord, MatchEvidence, PatientWrite, ReviewWrite, StreamId,
};

mod cluster;
mod known;
mod near;
mod regroup;
mod rekey;
mod relink;
mod same_key;

use cluster::{Grouping, decide_people};
pub(super) use known::system_number;
use known::{Known, KnownPeople};
use near::{MatchIndex, Near, around, compare_again};
pub use regroup::{Recount, Regrouped};
use rekey::Rekey;
pub use relink::{Questions, known_as_people, link_decided, link_known};

/// What one registration becomes.
#[derive(Clone, Debug)]
pub struct PersonDecision {
    pub identity: ChartId,
    pub patient: ChartId,
    pub fate: Fate,
    /// The store has this identity already.
    pub known: bool,
    /// Its key names other people too.
    pub shared: bool,
    /// The patient that comes with it, where it is a new one.
    pub founded: Option<PatientWrite>,
    pub matched: Option<MatchEvidence>,
}

/// The people of a run.
#[derive(Default)]
pub struct People {
    /// By position in the stream.
    pub decisions: HashMap<u64, PersonDecision>,
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

/// A registration of this run that is new or changed.
struct Candidate {
    position: u64,
    key: KeyHash,
    source_key: String,
    /// As its hash alone says.
    class: Class,
    /// Place in the list of people, once it is there.
    person: Person,
    known: Option<usize>,
    shared: bool,
    traits: Traits,
    fingerprint: u32,
}

/// What tells a corrected registration from another person's under the same key; lower case.
#[derive(Clone)]
struct Traits {
    given: Box<str>,
    family: Box<str>,
    birth_date: Box<str>,
    ssn: Box<str>,
}

impl Traits {
    fn of(values: &[Value]) -> Self {
        let lower = |column| text(values, column).unwrap_or_default().to_lowercase().into_boxed_str();
        Self {
            given: lower("given_name"),
            family: lower("family_name"),
            birth_date: lower("birth_date"),
            ssn: lower("ssn"),
        }
    }

    /// How much it says.
    fn said(&self) -> usize {
        [&self.given, &self.family, &self.birth_date, &self.ssn].iter().filter(|text| !text.is_empty()).count()
    }

    /// Whether enough stayed the same that the rest is a correction: the birth date with a name, or the social security
    /// number with both names.
    fn is_correction_of(&self, other: &Self) -> bool {
        let same = |a: &str, b: &str| !a.is_empty() && a == b;
        let (given, family) = (same(&self.given, &other.given), same(&self.family, &other.family));
        let spelling = family && strsim::jaro_winkler(&self.given, &other.given) >= SPELLING;
        // Two numbers and two family names are more than one correction.
        let others_number = !self.ssn.is_empty() && !other.ssn.is_empty() && self.ssn != other.ssn;
        (same(&self.birth_date, &other.birth_date) && (given || spelling) && (family || !others_number))
            || (same(&self.ssn, &other.ssn) && given && family)
    }
}

/// Jaro-Winkler similarity from which two given names under one key are spellings of one.
const SPELLING: f64 = 0.85;

/// Fills the crosswalk with the registrations of this system that the store knows.
pub fn known_crosswalk(store: &EhrStore, system: &str, erased: &Erased) -> Result<Crosswalk, PipelineError> {
    let mut streams = store.streams()?;
    streams.retain(|_, (owner, _)| owner == system);
    let mut crosswalk = Crosswalk::new();
    store.crosswalk(&streams.keys().copied().collect(), |stream, key, identity, patient| {
        add(&mut crosswalk, subject_key(&streams[&stream].1, &key), identity, patient);
    })?;
    erased.enter_shared(&mut crosswalk);
    Ok(crosswalk)
}

fn add(crosswalk: &mut Crosswalk, key: KeyHash, identity: ChartId, patient: ChartId) {
    use std::collections::hash_map::Entry;
    match crosswalk.entry(key) {
        Entry::Vacant(vacant) => drop(vacant.insert(Resolution::One { identity, patient })),
        Entry::Occupied(mut occupied) => match *occupied.get() {
            Resolution::One { identity: other, .. } if other == identity => {
                occupied.insert(Resolution::One { identity, patient });
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
    each_draft(scene, decisions, |row, draft, source_key| {
        let values = draft.as_ref().map(|draft| &draft.values[..]);
        if !matches!(row.class, Class::Same { .. }) && plan.erased.is_registration(&stream.name, &row.key, values) {
            erased.push(row.position);
            return;
        }
        rows.count(row);
        let Some(draft) = draft else {
            nobody.push(row);
            return;
        };
        if matches!(row.class, Class::Remap { .. }) {
            remapped.push((row, draft, source_key));
        } else {
            open.push(candidate(row, draft, source_key, &plan.system));
        }
    })?;
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
        true => KnownPeople::of_keys(store, scene.stream_id, &open.iter().map(|candidate| candidate.key).collect())?,
        false => KnownPeople::all(store)?,
    };
    if !remapped.is_empty() {
        open.extend(changed_by_mapping(scene, &known.list, remapped, &mut rows, decisions)?);
    }
    // Of this run, before it was cut off: a record that a row was taken for may turn out to be nobody's any more.
    let own = |decisions: &Decisions, open: &[Candidate]| -> BTreeSet<i64> {
        let known = open.iter().filter_map(|candidate| decisions.detail(candidate.position).known);
        known.filter(|known| known.run != 0 && known.is_charted()).map(|known| known.id).collect()
    };
    let before = own(decisions, &open);
    let (mut candidates, rekeys) = same_key::tell_apart(scene, &known.list, open, &rows, decisions)?;
    let after = own(decisions, &candidates);
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
) -> Result<Vec<Candidate>, PipelineError> {
    let mut by_record: HashMap<(KeyHash, Hash128), (usize, KnownRecord)> = HashMap::new();
    for (index, known) in known.iter().enumerate().filter(|(_, known)| known.stream == scene.stream_id) {
        let record = scene.store.known_record(known.source_record)?;
        by_record.insert((known.key, record.content), (index, record));
    }
    let mut stored: HashMap<ChartId, Vec<Value>> = HashMap::new();
    scene.store.known_identities(|identity| drop(stored.insert(identity.id, identity.values)))?;
    let has_more_mappings = scene.stream.stream.mappings().len() > 1;
    let mut changed = Vec::new();
    for (row, draft, source_key) in remapped {
        let Class::Remap { fate } = row.class else { continue };
        let before = by_record.get(&(row.key, row.content));
        let same = before.is_some_and(|(index, _)| stored.get(&known[*index].id) == Some(&draft.values));
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
        let mut candidate = candidate(Row { class, ..row }, draft, source_key, &scene.plan.system);
        candidate.known = before.map(|(index, _)| *index);
        changed.push(candidate);
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

    /// Looks for those who must be clustered anew, where the store keeps how the others were matched; everybody must where that does
    /// not tell.
    pub fn look_near(&mut self, store: &mut EhrStore) -> Result<(), PipelineError> {
        if !self.is_kept {
            return Ok(());
        }
        let (model, made) = (pinned_model(store)?, store.decisions()?);
        let changed = (&self.candidates[..], &self.renamed);
        if let Some(from) = compare_again(store, &mut self.known, changed, &model)? {
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
        let known = known.list;
        let (store, stream) = (scene.store, &scene.stream.name);
        let model = pinned_model(store)?;
        let changed = candidates.len() as u64;
        let group = Grouping::new(&known, candidates, &model);
        let made = store.decisions()?;
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
        let mut people = decide_people(scene, decisions, &known, &group, (&linkage, &model, &made))?;
        let names = group.names(&known, &scene.plan.system);
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
        for candidate in &group.candidates {
            let decision = &people.decisions[&candidate.position];
            add(crosswalk, subject_key(stream, &candidate.key), decision.identity, decision.patient);
            if candidate.shared {
                crosswalk.insert(subject_key(stream, &candidate.key), Resolution::Shared);
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
        if let Resolution::One { patient, identity } = resolution
            && let Some(now) = moved.get(identity)
        {
            *patient = *now;
        }
    }
}

/// A record of a stream of patients.
#[derive(Clone, Copy)]
struct Row {
    position: u64,
    key: KeyHash,
    content: Hash128,
    class: Class,
}

/// Reads a stream and gives the patient draft of every record that is not settled by its hash, and the others without one.
fn each_draft(
    scene: Scene<'_>,
    decisions: &Decisions,
    mut each: impl FnMut(Row, Option<Draft>, String),
) -> Result<(), PipelineError> {
    let Scene { plan, stream, contexts, listener, .. } = scene;
    let mut position = 0;
    let mut hasher = PartHasher::new();
    for (file, context) in stream.files.iter().zip(contexts) {
        let (mut reader, _) = open(plan, stream, file)?;
        while let Some(batch) = reader.next_batch(BATCH_RECORDS, BATCH_BYTES)? {
            if listener.interrupted() {
                return Err(PipelineError::Interrupted);
            }
            for record in batch.records() {
                let class = decisions.class(position);
                let open = matches!(
                    class,
                    Class::New | Class::Update | Class::Retry | Class::Conflict { .. } | Class::Remap { .. }
                );
                let settled = matches!(class, Class::Same { .. });
                if (open || settled) && record.flaw().is_none() {
                    let text = row_text(record, &file.header);
                    let mut identified = identify(&file.plan, &text, None, &mut hasher);
                    if stream.has_documents() {
                        identified = with_documents(identified, &plan.document_hashes(stream, file, &text.cells)?);
                    }
                    let row = Row { position, key: identified.key, content: identified.content, class };
                    if settled {
                        each(row, None, String::new());
                    } else {
                        let source_key = key_text(&file.plan, &text);
                        let normalized = normalize(&file.plan, &text.cells, context);
                        let loadable = normalized.rejected.is_none() && text.non_empty > 0;
                        let draft = normalized.drafts.into_iter().find(|draft| draft.record == RecordType::Patient);
                        each(row, draft.filter(|_| loadable), source_key);
                    }
                }
                position += 1;
            }
        }
    }
    Ok(())
}

fn text<'v>(values: &'v [Value], column: &str) -> Option<&'v str> {
    RecordType::Patient.column_index(column).and_then(|index| values[index].as_str())
}

/// A stored registration as the matcher sees it.
pub(super) fn stored_person(identity: &KnownIdentity, system: u32) -> Person {
    person(identity.id, system, &identity.values, &identity.key)
}

fn person(id: ChartId, system: u32, values: &[Value], source_key: &str) -> Person {
    let order = RecordType::Patient.column_index("birth_order").map(|index| &values[index]);
    let order = match order {
        Some(Value::Integer(order)) => Some(order.to_string()),
        _ => None,
    };
    let get = |column| text(values, column);
    // Two numbers of one system speak against one person also where the pack maps no record number.
    let number = get("medical_record_number").or(Some(source_key)).filter(|number| !number.is_empty());
    Person::new(
        id,
        system,
        &Demographics {
            given_name: get("given_name"),
            middle_name: get("middle_name"),
            family_name: get("family_name"),
            name_suffix: get("name_suffix"),
            maiden_name: get("maiden_name"),
            birth_date: get("birth_date"),
            birth_order: order.as_deref(),
            gender: get("gender"),
            ssn: get("ssn"),
            drivers_license: get("drivers_license"),
            passport_number: get("passport_number"),
            phone_home: get("phone_home"),
            phone_mobile: get("phone_mobile"),
            phone_work: get("phone_work"),
            email: get("email"),
            address_line1: get("address_line1"),
            address_line2: get("address_line2"),
            city: get("city"),
            state: get("state"),
            postal_code: get("postal_code"),
            medical_record_number: number,
            mother_maiden_name: get("mother_maiden_name"),
            ..Demographics::default()
        },
    )
}

fn candidate(row: Row, draft: Draft, source_key: String, system: &str) -> Candidate {
    let Row { position, key, class, .. } = row;
    let values = &draft.values;
    // The id is set once it is known whether the key is shared.
    let id = record_id(system, "", &key, 0, None);
    Candidate {
        position,
        key,
        class,
        person: person(id, system_number(system), values, &source_key),
        source_key,
        known: None,
        shared: false,
        traits: Traits::of(values),
        fingerprint: fingerprint(values),
    }
}

/// The ordinal of a registration whose key names other people too: made of what tells people apart, so that the order in
/// which they arrive does not matter.
fn fingerprint(values: &[Value]) -> u32 {
    let hash = person_hash(values).0;
    u32::from_le_bytes([hash[0], hash[1], hash[2], hash[3]]) | 1
}

/// A hash of what tells people apart.
pub(super) fn person_hash(values: &[Value]) -> Hash128 {
    let traits = Traits::of(values);
    let lower = |column| text(values, column).unwrap_or_default().to_lowercase();
    let order = match RecordType::Patient.column_index("birth_order").map(|index| &values[index]) {
        Some(Value::Integer(order)) => order.to_string(),
        _ => String::new(),
    };
    let (gender, suffix) = (lower("gender"), lower("name_suffix"));
    let parts = [&*traits.family, &*traits.given, &*traits.birth_date, &*traits.ssn, &gender, &suffix, &order];
    Hash128::of_parts(&parts.map(str::as_bytes))
}
