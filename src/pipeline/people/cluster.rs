//! What clusters of registrations become: patients, golden records, links, reviews, and what the digest gains and loses.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::super::PipelineError;
use super::super::decide::Decisions;
use super::super::golden::{Member, golden};
use super::{Candidate, Known, People, PersonDecision, Scene, each_draft};
use crate::matching::{Linkage, Person, ScoredPair, contradiction};
use crate::model::{ChartId, Fate, Value};
use crate::store::digest::{ItemHasher, StoreDigest};
use crate::store::{KnownIdentity, MatchEvidence, PatientWrite, RecordPlace, ReviewWrite};

/// Everybody who takes part: known people first, in their places the changed ones, then the new ones.
pub(super) struct Grouping {
    pub people: Vec<Person>,
    pub changed: Vec<bool>,
    /// Per person, the candidate behind it.
    candidate_of: Vec<Option<usize>>,
    pub candidates: Vec<Candidate>,
    known_count: usize,
}

impl Grouping {
    pub fn new(known: &[Known], candidates: Vec<Candidate>) -> Self {
        let mut group = Self {
            people: known.iter().map(|known| known.person.clone()).collect(),
            changed: vec![false; known.len()],
            candidate_of: vec![None; known.len()],
            known_count: known.len(),
            candidates,
        };
        for (index, candidate) in group.candidates.iter().enumerate() {
            match candidate.known {
                Some(at) => {
                    group.people[at] = candidate.person.clone();
                    group.changed[at] = true;
                    group.candidate_of[at] = Some(index);
                }
                None => {
                    group.people.push(candidate.person.clone());
                    group.changed.push(true);
                    group.candidate_of.push(Some(index));
                }
            }
        }
        group
    }
}

pub(super) fn decide_people(
    scene: Scene<'_>,
    decisions: &Decisions,
    known: &[Known],
    group: &Grouping,
    linkage: &Linkage,
) -> Result<People, PipelineError> {
    let mut clusters: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (person, root) in linkage.cluster.iter().enumerate() {
        clusters.entry(*root).or_default().push(person);
    }
    clusters.retain(|_, members| members.iter().any(|member| group.changed[*member]));
    let values = member_values(scene, decisions, group, &clusters)?;
    let strongest = strongest_links(linkage, group);
    // The id of a registration that shares its key follows its demographics; a patient keeps the id that was made of it before.
    let mut patients = HashSet::new();
    if group.candidates.iter().any(|candidate| candidate.shared) {
        patients = scene.store.patient_ids()?;
    }
    let judged = Judged { known, group, values: &values, strongest: &strongest, linkage, patients: &patients };
    let mut people = People::default();
    let mut items = ItemHasher::default();
    for members in clusters.values() {
        decide_cluster(members, judged, &mut items, &mut people);
    }
    people.reviews = linkage.reviews.iter().map(|pair| review(pair, group)).collect();
    for members in clusters.values() {
        people.reviews.extend(conflicts(members, known, group));
    }
    people.merges.sort_unstable();
    Ok(people)
}

/// Demographics of every member of the clusters that change, by identity: as they are now, and as the store has them.
struct MemberValues {
    now: HashMap<ChartId, Vec<Value>>,
    /// With system and key.
    stored: HashMap<ChartId, KnownIdentity>,
}

fn member_values(
    scene: Scene<'_>,
    decisions: &Decisions,
    group: &Grouping,
    clusters: &BTreeMap<usize, Vec<usize>>,
) -> Result<MemberValues, PipelineError> {
    let mut values = MemberValues { now: HashMap::new(), stored: HashMap::new() };
    let members: BTreeSet<ChartId> = clusters.values().flatten().map(|member| group.people[*member].identity).collect();
    if group.known_count > 0 {
        scene.store.known_identities(|identity| {
            if members.contains(&identity.id) {
                values.now.insert(identity.id, identity.values.clone());
                values.stored.insert(identity.id, identity);
            }
        })?;
    }
    let wanted: HashMap<u64, ChartId> = group.candidates.iter().map(|c| (c.position, c.person.identity)).collect();
    each_draft(scene, decisions, |row, draft, _| {
        if let Some((identity, draft)) = wanted.get(&row.position).zip(draft) {
            values.now.insert(*identity, draft.values);
        }
    })?;
    Ok(values)
}

fn strongest_links(linkage: &Linkage, group: &Grouping) -> HashMap<usize, usize> {
    let mut strongest: HashMap<usize, usize> = HashMap::new();
    for (index, pair) in linkage.links.iter().enumerate() {
        for person in [pair.left, pair.right] {
            if group.changed[person] {
                let best = strongest.entry(person).or_insert(index);
                if linkage.links[*best].weight < pair.weight {
                    *best = index;
                }
            }
        }
    }
    strongest
}

fn evidence(pair: &ScoredPair) -> String {
    let rows: Vec<serde_json::Value> = pair
        .evidence
        .iter()
        .map(|e| serde_json::json!({ "comparison": e.comparison, "level": e.level, "weight": (e.weight * 100.0).round() / 100.0 }))
        .collect();
    serde_json::Value::Array(rows).to_string()
}

fn review(pair: &ScoredPair, group: &Grouping) -> ReviewWrite {
    let reason = pair.veto.or(pair.refused).or(pair.doubt).map(str::to_owned);
    let (left, right) = (group.people[pair.left].identity, group.people[pair.right].identity);
    ReviewWrite {
        conflict: false,
        left: left.min(right),
        right: left.max(right),
        weight: pair.weight,
        probability: pair.probability,
        reason,
        evidence: evidence(pair),
    }
}

/// Registrations of one patient of which one was changed and now contradicts another: the machine joined them, and only a
/// person takes them apart.
fn conflicts(members: &[usize], known: &[Known], group: &Grouping) -> Vec<ReviewWrite> {
    let mut found = Vec::new();
    for (at, left) in members.iter().enumerate() {
        for right in &members[at + 1..] {
            let patient = |member: usize| known.get(member).map(|known| known.patient);
            let joined_before = patient(*left).is_some() && patient(*left) == patient(*right);
            if !joined_before || !(group.changed[*left] || group.changed[*right]) {
                continue;
            }
            let (a, b) = (&group.people[*left], &group.people[*right]);
            if let Some(reason) = contradiction(a, b) {
                let (left, right) = (a.identity.min(b.identity), a.identity.max(b.identity));
                found.push(ReviewWrite {
                    conflict: true,
                    left,
                    right,
                    weight: 0.0,
                    probability: 0.0,
                    reason: Some(reason.to_owned()),
                    evidence: "[]".into(),
                });
            }
        }
    }
    found
}

/// What clusters are decided from.
#[derive(Clone, Copy)]
struct Judged<'a> {
    known: &'a [Known],
    group: &'a Grouping,
    values: &'a MemberValues,
    strongest: &'a HashMap<usize, usize>,
    linkage: &'a Linkage,
    /// Ids that patients have already, where a new one could meet them.
    patients: &'a HashSet<ChartId>,
}

fn decide_cluster(members: &[usize], judged: Judged<'_>, items: &mut ItemHasher, people: &mut People) {
    let Judged { known, group, values, strongest, linkage, patients: taken } = judged;
    let identity = |member: usize| group.people[member].identity;
    let smallest = members.iter().map(|member| identity(*member)).min().unwrap_or_else(|| identity(members[0]));
    let mut digest = StoreDigest::default();
    let patients: BTreeSet<ChartId> = members.iter().filter_map(|m| known.get(*m)).map(|known| known.patient).collect();
    // What these patients were before.
    for patient in &patients {
        // All of a patient's registrations are in its cluster.
        let before: Vec<&KnownIdentity> = members
            .iter()
            .filter_map(|member| values.stored.get(&identity(*member)))
            .filter(|stored| stored.patient == *patient)
            .collect();
        let Some(first) = before.iter().map(|stored| stored.id).min() else { continue };
        let former: Vec<Member<'_>> =
            before.iter().map(|stored| Member { identity: stored.id, values: &stored.values }).collect();
        digest.subtract(items.patient(first, &golden(&former)));
        before.iter().for_each(|stored| digest.subtract(items.link(stored.id, first)));
    }
    let founded = |patient: &ChartId| {
        let of = members.iter().filter_map(|m| known.get(*m)).filter(|known| known.patient == *patient);
        of.map(|known| known.source_record).min().unwrap_or(i64::MAX)
    };
    let earliest = patients.iter().copied().min_by_key(|patient| (founded(patient), *patient));
    let patient = earliest.unwrap_or_else(|| {
        let again =
            std::iter::successors(Some(smallest), |id| Some(ChartId::derive(&[b"patient", id.as_str().as_bytes()])));
        again.into_iter().find(|id| !taken.contains(id)).unwrap_or(smallest)
    });
    people.merges.extend(patients.iter().filter(|later| **later != patient).map(|later| (*later, patient)));
    let present: Vec<Member<'_>> = members
        .iter()
        .filter_map(|member| Some(Member { identity: identity(*member), values: values.now.get(&identity(*member))? }))
        .collect();
    let survivors = golden(&present);
    digest.add(items.patient(smallest, &survivors));
    members.iter().for_each(|member| digest.add(items.link(identity(*member), smallest)));
    let mut golden_row = Some(PatientWrite {
        known: earliest.is_some(),
        id: patient,
        identity: smallest,
        record: RecordPlace::Known(0),
        values: survivors,
    });
    // The patient's row goes with the identity that founds it, or with the first that changes.
    let mut changed: Vec<usize> = members.iter().copied().filter(|member| group.changed[*member]).collect();
    changed.sort_by_key(|member| (identity(*member) != smallest, identity(*member)));
    for member in changed {
        let Some(candidate) = group.candidate_of[member].map(|index| &group.candidates[index]) else { continue };
        let is_known = candidate.known.is_some();
        let mut own = std::mem::take(&mut digest);
        if let Some(stored) = values.stored.get(&identity(member)).filter(|_| is_known) {
            own.subtract(items.identity(stored.id, &stored.system, &stored.key, &stored.values));
        }
        let fate = match (is_known, golden_row.is_some() && earliest.is_none()) {
            (true, _) => Fate::Updated,
            (false, true) => Fate::Loaded,
            (false, false) => Fate::Linked,
        };
        let matched = strongest.get(&member).map(|index| &linkage.links[*index]).map(|pair| MatchEvidence {
            identity: identity(if pair.left == member { pair.right } else { pair.left }),
            weight: pair.weight,
            probability: pair.probability,
            evidence: evidence(pair),
        });
        people.decisions.insert(
            candidate.position,
            PersonDecision {
                identity: identity(member),
                patient,
                fate,
                known: is_known,
                shared: candidate.shared,
                golden: golden_row.take(),
                matched,
                digest: own,
            },
        );
    }
}
