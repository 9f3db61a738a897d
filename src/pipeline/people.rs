//! Patients: who of this stream is who, before anything of it is written. Identities are linked to patients here; clinical
//! records then follow the crosswalk.

use std::collections::{BTreeMap, HashMap};

use super::decide::{Class, Decisions, Detail};
use super::identify::{identify, key_text, row_text};
use super::plan::{Plan, PlannedStream};
use super::prepare::{Crosswalk, Resolution};
use super::survey::{BATCH_BYTES, BATCH_RECORDS, open};
use super::{Listener, PipelineError};
use crate::matching::{Demographics, Model, Person, contradiction, link};
use crate::model::{ChartId, Fate, Hash128, KeyHash, PartHasher, RecordType, Value, record_id, subject_key};
use crate::normalize::{Context, Draft, normalize};
use crate::store::digest::StoreDigest;
use crate::store::{KnownIdentity, MatchEvidence, PatientWrite, ReviewWrite, SqliteStore, StreamId};

mod cluster;

use cluster::{Grouping, decide_people};

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
    /// The patient's demographics, with the member of its cluster that comes first.
    pub golden: Option<PatientWrite>,
    pub matched: Option<MatchEvidence>,
    /// What the digest gains by links and by the patient, and loses by what they were before.
    pub digest: StoreDigest,
}

/// The people of a run.
#[derive(Default)]
pub struct People {
    /// By position in the stream.
    pub decisions: HashMap<u64, PersonDecision>,
    pub merges: Vec<(ChartId, ChartId)>,
    pub reviews: Vec<ReviewWrite>,
}

/// Where people are read from and what is known of them.
#[derive(Clone, Copy)]
pub struct Scene<'a> {
    pub store: &'a SqliteStore,
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

    /// Whether enough stayed the same that the rest is a correction: the birth date with a name, or the social security
    /// number with both names.
    fn is_correction_of(&self, other: &Self) -> bool {
        let same = |a: &str, b: &str| !a.is_empty() && a == b;
        let (given, family) = (same(&self.given, &other.given), same(&self.family, &other.family));
        let spelling = family && strsim::jaro_winkler(&self.given, &other.given) >= SPELLING;
        (same(&self.birth_date, &other.birth_date) && (given || spelling))
            || (same(&self.ssn, &other.ssn) && given && family)
    }
}

/// Jaro-Winkler similarity from which two given names under one key are spellings of one.
const SPELLING: f64 = 0.85;

/// A registration the store knows, without its demographics.
struct Known {
    id: ChartId,
    patient: ChartId,
    key: KeyHash,
    stream: StreamId,
    source_record: i64,
    person: Person,
    traits: Traits,
}

/// Fills the crosswalk with the registrations of this system that the store knows.
pub fn known_crosswalk(store: &SqliteStore, system: &str) -> Result<Crosswalk, PipelineError> {
    let streams = store.streams()?;
    let mut crosswalk = Crosswalk::new();
    store.known_identities(|identity| {
        if let Some((owner, stream)) = streams.get(&identity.stream)
            && owner == system
        {
            add(&mut crosswalk, subject_key(stream, &identity.key_hash), identity.id, identity.patient);
        }
    })?;
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

/// Decides who the new and changed registrations of a stream are, and enters them into the crosswalk.
pub fn resolve(
    scene: Scene<'_>,
    decisions: &mut Decisions,
    crosswalk: &mut Crosswalk,
) -> Result<People, PipelineError> {
    let Scene { store, plan, stream, .. } = scene;
    let mut candidates = Vec::new();
    let mut conflicts = Vec::new();
    let mut known_keys = 0usize;
    each_draft(scene, decisions, |position, key, class, draft, source_key| {
        known_keys += usize::from(matches!(class, Class::Update | Class::Same { .. }));
        let Some(draft) = draft else { return };
        let candidate = candidate(position, key, draft, source_key, &plan.system, 0);
        if matches!(class, Class::Conflict { .. }) { conflicts.push(candidate) } else { candidates.push(candidate) }
    })?;
    if candidates.is_empty() && conflicts.is_empty() {
        return Ok(People::default());
    }
    let mut systems = BTreeMap::new();
    systems.insert(plan.system.clone(), 0u32);
    let known = known_people(store, &mut systems)?;
    tell_apart(scene, &known, &mut candidates, conflicts, known_keys, decisions)?;
    for candidate in &mut candidates {
        let ordinal = decisions.detail(candidate.position).ordinal;
        candidate.person.identity = match candidate.known {
            Some(index) => known[index].id,
            None => record_id(&plan.system, &stream.name, &candidate.key, ordinal, None),
        };
        candidate.person.patient = candidate.known.map(|index| known[index].patient);
    }
    let group = Grouping::new(&known, candidates);
    let linkage = link(&group.people, &group.changed, &Model::shipped());
    let people = decide_people(scene, decisions, &known, &group, &linkage)?;
    for candidate in &group.candidates {
        let decision = &people.decisions[&candidate.position];
        add(crosswalk, subject_key(&stream.name, &candidate.key), decision.identity, decision.patient);
        if candidate.shared {
            crosswalk.insert(subject_key(&stream.name, &candidate.key), Resolution::Shared);
        }
    }
    let merged: HashMap<ChartId, ChartId> = people.merges.iter().copied().collect();
    if !merged.is_empty() {
        follow(crosswalk, &merged);
    }
    Ok(people)
}

/// Points registrations of a patient that turned out to be another one to that one.
#[expect(clippy::iter_over_hash_type, reason = "each entry is changed by itself")]
fn follow(crosswalk: &mut Crosswalk, merged: &HashMap<ChartId, ChartId>) {
    for resolution in crosswalk.values_mut() {
        if let Resolution::One { patient, .. } = resolution
            && let Some(earlier) = merged.get(patient)
        {
            *patient = *earlier;
        }
    }
}

/// Reads a stream and gives the patient draft of every record that is not settled by its hash.
fn each_draft(
    scene: Scene<'_>,
    decisions: &Decisions,
    mut each: impl FnMut(u64, KeyHash, Class, Option<Draft>, String),
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
                let open = matches!(class, Class::New | Class::Update | Class::Retry | Class::Conflict { .. });
                if open && record.flaw().is_none() {
                    let mut row = row_text(record, &file.header);
                    let key = identify(&file.plan, &row, None, &mut hasher).key;
                    let source_key = key_text(&file.plan, &row);
                    row.cells.cells.truncate(file.header.columns.len());
                    let normalized = normalize(&file.plan, &row.cells, context);
                    let loadable = normalized.rejected.is_none() && row.non_empty > 0;
                    let draft = normalized.drafts.into_iter().find(|draft| draft.record == RecordType::Patient);
                    each(position, key, class, draft.filter(|_| loadable), source_key);
                } else {
                    each(position, Hash128([0; 16]), class, None, String::new());
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

fn person(id: ChartId, system: u32, patient: Option<ChartId>, values: &[Value], source_key: &str) -> Person {
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
        patient,
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
        },
    )
}

fn candidate(position: u64, key: KeyHash, draft: Draft, source_key: String, system: &str, number: u32) -> Candidate {
    let values = &draft.values;
    let traits = Traits::of(values);
    let lower = |column| text(values, column).unwrap_or_default().to_lowercase();
    let order =
        RecordType::Patient.column_index("birth_order").map(|index| format!("{:?}", values[index])).unwrap_or_default();
    let (gender, suffix) = (lower("gender"), lower("name_suffix"));
    let parts = [&*traits.family, &*traits.given, &*traits.birth_date, &*traits.ssn, &gender, &suffix, &order];
    let parts = parts.map(str::as_bytes);
    let hash = Hash128::of_parts(&parts).0;
    let fingerprint = u32::from_le_bytes([hash[0], hash[1], hash[2], hash[3]]) | 1;
    // The id is set once it is known whether the key is shared.
    let id = record_id(system, "", &key, 0, None);
    Candidate {
        position,
        key,
        person: person(id, number, None, values, &source_key),
        known: None,
        shared: false,
        traits,
        fingerprint,
    }
}

fn known_people(store: &SqliteStore, systems: &mut BTreeMap<String, u32>) -> Result<Vec<Known>, PipelineError> {
    let mut known = Vec::new();
    store.known_identities(|identity: KnownIdentity| {
        let next = systems.len() as u32;
        let system = *systems.entry(identity.system.clone()).or_insert(next);
        known.push(Known {
            id: identity.id,
            patient: identity.patient,
            key: identity.key_hash,
            stream: identity.stream,
            source_record: identity.source_record,
            person: person(identity.id, system, Some(identity.patient), &identity.values, &identity.key),
            traits: Traits::of(&identity.values),
        });
    })?;
    Ok(known)
}

/// Whether two registrations under one key are different people, and not one person corrected.
fn different_people(a: &Person, a_traits: &Traits, b: &Person, b_traits: &Traits) -> bool {
    contradiction(a, b).is_some() && !a_traits.is_correction_of(b_traits)
}

/// Finds keys that name people who contradict each other: each becomes an identity of its own.
fn tell_apart(
    scene: Scene<'_>,
    known: &[Known],
    candidates: &mut Vec<Candidate>,
    conflicts: Vec<Candidate>,
    known_keys: usize,
    decisions: &mut Decisions,
) -> Result<(), PipelineError> {
    let by_record: HashMap<i64, usize> =
        known.iter().enumerate().map(|(index, known)| (known.source_record, index)).collect();
    let mut by_key: HashMap<KeyHash, Vec<usize>> = HashMap::new();
    for (index, known) in known.iter().enumerate().filter(|(_, known)| known.stream == scene.stream_id) {
        by_key.entry(known.key).or_default().push(index);
    }
    let mut contradicting = 0;
    for candidate in candidates.iter_mut() {
        let before = decisions.detail(candidate.position).known.and_then(|record| by_record.get(&record.id));
        let Some(index) = before.copied() else {
            candidate.shared = by_key.contains_key(&candidate.key);
            continue;
        };
        let stored = &known[index];
        if different_people(&candidate.person, &candidate.traits, &stored.person, &stored.traits) {
            contradicting += 1;
            candidate.shared = true;
            decisions.set(candidate.position, Class::New, Detail { known: None, ordinal: candidate.fingerprint });
        } else {
            candidate.known = Some(index);
        }
    }
    if contradicting >= 3 && contradicting * 20 > known_keys {
        return Err(PipelineError::WrongSystem { system: scene.plan.system.clone(), contradicting, known: known_keys });
    }
    let mut standing: HashMap<KeyHash, Vec<usize>> = HashMap::new();
    for (index, candidate) in candidates.iter().enumerate() {
        standing.entry(candidate.key).or_default().push(index);
    }
    for mut conflict in conflicts {
        let here = standing.get(&conflict.key).cloned().unwrap_or_default();
        let there = by_key.get(&conflict.key).map(Vec::as_slice).unwrap_or_default();
        let differs =
            |person: &Person, traits: &Traits| different_people(&conflict.person, &conflict.traits, person, traits);
        let apart = here.iter().all(|at| differs(&candidates[*at].person, &candidates[*at].traits))
            && there.iter().all(|at| differs(&known[*at].person, &known[*at].traits));
        if !apart || (here.is_empty() && there.is_empty()) {
            continue;
        }
        // Who stands in the same file takes an id of the same kind, so that the order of the two rows does not matter.
        for at in here {
            candidates[at].shared = true;
            if candidates[at].known.is_none() {
                let (position, ordinal) = (candidates[at].position, candidates[at].fingerprint);
                let detail = decisions.detail(position);
                decisions.set(position, decisions.class(position), Detail { ordinal, ..detail });
            }
        }
        conflict.shared = true;
        decisions.set(conflict.position, Class::New, Detail { known: None, ordinal: conflict.fingerprint });
        standing.entry(conflict.key).or_default().push(candidates.len());
        candidates.push(conflict);
    }
    Ok(())
}
