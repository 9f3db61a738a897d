//! What clusters of registrations become: decisions per registration, patients, moves, and questions for people.

use std::collections::{BTreeSet, HashMap};

use rayon::prelude::*;

use super::super::PipelineError;
use super::super::decide::Decisions;
use super::super::settings::SourcePriority;
use super::super::survey::hex;
use super::regroup::{MemberValues, Placed, Recount, Regrouped, Touched, regroup};
use super::{Candidate, Known, People, PersonDecision, Scene, each_draft};
use crate::matching::{Decided, Linkage, Model, Person, ScoredPair, explain, judge_whole};
use crate::model::{ChartId, Fate, Hash128};
use crate::store::{Decision, EhrStore, MatchEvidence, ReviewDecision, ReviewWrite};

/// Everybody who takes part: known people first, in their places the changed ones, then the new ones.
pub(super) struct Grouping {
    pub people: Vec<Person>,
    changed: Vec<bool>,
    /// Per person, the candidate behind it.
    candidate_of: Vec<Option<usize>>,
    pub candidates: Vec<Candidate>,
}

impl Grouping {
    pub fn new(known: &[Known], candidates: Vec<Candidate>, model: &Model) -> Self {
        let mut group = Self {
            people: known.iter().map(|known| known.person.clone()).collect(),
            changed: vec![false; known.len()],
            candidate_of: vec![None; known.len()],
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
        group.people.par_iter_mut().for_each(|person| model.frequencies.note(person));
        group
    }

    /// What people decided, of those who take part.
    pub fn decided(&self, decisions: &[ReviewDecision]) -> Decided {
        let mut decided = Decided::default();
        if decisions.is_empty() {
            return decided;
        }
        let at: HashMap<ChartId, usize> =
            self.people.iter().enumerate().map(|(at, person)| (person.identity, at)).collect();
        for decision in decisions {
            let Some((left, right)) = at.get(&decision.left).zip(at.get(&decision.right)) else { continue };
            match decision.decision {
                Decision::Merge => decided.one_person.push((*left, *right)),
                Decision::KeepApart => decided.kept_apart.push((*left, *right)),
            }
        }
        decided
    }

    /// System and key of everybody.
    pub fn names<'a>(&'a self, known: &'a [Known], system: &'a str) -> impl Fn(usize) -> (String, String) + 'a {
        move |at| match (known.get(at), self.candidate_of[at]) {
            (Some(known), _) => (known.system.to_string(), known.source_key.clone()),
            (None, Some(index)) => (system.to_owned(), self.candidates[index].source_key.clone()),
            (None, None) => Default::default(),
        }
    }

    /// `new` is how much the source of new registrations is preferred.
    fn placed(&self, known: &[Known], linkage: &Linkage, priority: &SourcePriority, new: u32) -> Vec<Placed> {
        let place = |(at, person): (usize, &Person)| Placed {
            source_rank: known.get(at).map_or(new, |known| priority.rank(&known.system)),
            identity: person.identity,
            before: known.get(at).map(|known| (known.patient, known.source_record)),
            cluster: linkage.cluster[at],
            changed: self.changed[at],
        };
        self.people.iter().enumerate().map(place).collect()
    }
}

/// Who belongs together now among people that the store knows.
pub(super) fn regroup_known(
    store: &EhrStore,
    known: &[Known],
    group: &Grouping,
    linkage: &Linkage,
    (priority, recount): (&SourcePriority, Recount),
) -> Result<Regrouped, PipelineError> {
    let placed = group.placed(known, linkage, priority, 0);
    let touched = Touched::of(&placed, recount);
    let values = stored_values(store, &placed, &touched)?;
    let strongest = strongest_links(linkage);
    regroup(store, &placed, &touched, &values, |at| matched(at, &strongest, linkage, group))
}

pub(super) fn decide_people(
    scene: Scene<'_>,
    decisions: &Decisions,
    known: &[Known],
    group: &Grouping,
    (linkage, model, made): (&Linkage, &Model, &[ReviewDecision]),
) -> Result<People, PipelineError> {
    let priority = SourcePriority::of_store(scene.store)?;
    let placed = group.placed(known, linkage, &priority, priority.rank(&scene.plan.system));
    let touched = Touched::of(&placed, Recount::Moved);
    let mut values = stored_values(scene.store, &placed, &touched)?;
    let wanted: HashMap<u64, ChartId> = group.candidates.iter().map(|c| (c.position, c.person.identity)).collect();
    each_draft(scene, decisions, |row, draft, _| {
        if let Some((identity, draft)) = wanted.get(&row.position).zip(draft) {
            values.now.insert(*identity, draft.values);
        }
    })?;
    let strongest = strongest_links(linkage);
    let evidence = |at: usize| matched(at, &strongest, linkage, group);
    let mut regrouped = regroup(scene.store, &placed, &touched, &values, evidence)?;
    let mut people = People::default();
    for (at, candidate) in group.candidate_of.iter().enumerate() {
        let Some(candidate) = candidate.map(|index| &group.candidates[index]) else { continue };
        let founded = regrouped.founded.remove(&at);
        let is_known = candidate.known.is_some();
        let fate = match (is_known, &founded) {
            (true, _) => Fate::Updated,
            (false, Some(_)) => Fate::Loaded,
            (false, None) => Fate::Linked,
        };
        let identity = placed[at].identity;
        let patient = regrouped.patient_of.get(&at).copied().unwrap_or(identity);
        let (shared, matched) = (candidate.shared, evidence(at));
        let decision = PersonDecision { identity, patient, fate, known: is_known, shared, founded, matched };
        people.decisions.insert(candidate.position, decision);
    }
    people.reviews = Some(questions(linkage, group, model, made));
    people.changes = regrouped;
    Ok(people)
}

/// Demographics of the touched as the store has them.
fn stored_values(store: &EhrStore, placed: &[Placed], touched: &Touched) -> Result<MemberValues, PipelineError> {
    let known = touched.people().filter(|at| placed[*at].before.is_some()).map(|at| placed[at].identity);
    let known: BTreeSet<ChartId> = known.collect();
    let mut values = MemberValues { now: HashMap::new(), stored: HashMap::new() };
    for identity in store.identities_by_id(&known)? {
        values.now.insert(identity.id, identity.values.clone());
        values.stored.insert(identity.id, identity);
    }
    Ok(values)
}

/// Per person its strongest link, as a place in the list of links.
fn strongest_links(linkage: &Linkage) -> HashMap<usize, usize> {
    let mut strongest: HashMap<usize, usize> = HashMap::new();
    for (index, pair) in linkage.links.iter().enumerate() {
        for person in [pair.left, pair.right] {
            let best = strongest.entry(person).or_insert(index);
            if linkage.links[*best].weight < pair.weight {
                *best = index;
            }
        }
    }
    strongest
}

fn matched(at: usize, strongest: &HashMap<usize, usize>, linkage: &Linkage, group: &Grouping) -> Option<MatchEvidence> {
    let pair = &linkage.links[*strongest.get(&at)?];
    Some(MatchEvidence {
        identity: group.people[if pair.left == at { pair.right } else { pair.left }].identity,
        weight: pair.weight,
        probability: pair.probability,
        evidence: evidence(pair),
    })
}

/// What each comparison of a pair says, as JSON.
fn evidence(pair: &ScoredPair) -> String {
    let rows: Vec<serde_json::Value> = pair
        .evidence
        .iter()
        .map(|e| serde_json::json!({ "comparison": e.comparison, "level": e.level, "weight": (e.weight * 100.0).round() / 100.0 }))
        .collect();
    serde_json::Value::Array(rows).to_string()
}

/// All that a person must judge: pairs that may be one, and decisions that the registrations contradict.
pub(super) fn questions(
    linkage: &Linkage,
    group: &Grouping,
    model: &Model,
    decisions: &[ReviewDecision],
) -> Vec<ReviewWrite> {
    let write = |pair: &ScoredPair, reason: Option<&str>| {
        let (left, right) = (group.people[pair.left].identity, group.people[pair.right].identity);
        ReviewWrite {
            conflict: false,
            accepts: None,
            left: left.min(right),
            right: left.max(right),
            weight: pair.weight,
            probability: pair.probability,
            reason: reason.map(str::to_owned),
            evidence: evidence(pair),
        }
    };
    let open = linkage.reviews.iter().map(|pair| write(pair, pair.veto.or(pair.refused).or(pair.doubt)));
    let conflicts = linkage.conflicts.iter().map(|(left, right, reason)| {
        let (one, other) = (&group.people[*left], &group.people[*right]);
        let pair = explain((*left, one), (*right, other), &judge_whole(one, other, model), model);
        let accepts = Some(format!("{reason} {}", hex(&what_is_accepted(one, other).0)));
        ReviewWrite { conflict: true, accepts, ..write(&pair, Some(reason)) }
    });
    // What was there when it was decided is no news.
    let accepted: HashMap<(ChartId, ChartId), &str> = decisions
        .iter()
        .filter_map(|decision| Some(((decision.left, decision.right), decision.accepted.as_deref()?)))
        .collect();
    let is_news =
        |conflict: &ReviewWrite| accepted.get(&(conflict.left, conflict.right)).copied() != conflict.accepts.as_deref();
    open.chain(conflicts.filter(is_news)).collect()
}

/// Whoever joins two registrations joins them with these values: others would have to be looked at anew.
fn what_is_accepted(one: &Person, other: &Person) -> Hash128 {
    let (one, other) = if one.identity < other.identity { (one, other) } else { (other, one) };
    Hash128::of_parts(&[&one.what_tells_apart().0, &other.what_tells_apart().0])
}
