//! What clusters of registrations become: decisions per registration, patients, moves, and questions for people.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use rayon::prelude::*;

use super::super::PipelineError;
use super::super::decide::Decisions;
use super::super::settings::SourcePriority;
use super::super::survey::hex;
use super::regroup::{MemberValues, Placed, Recount, Regrouped, Touched, regroup};
use super::said::{Made, SaidPair};
use super::{Candidate, Founded, Known, People, PersonDecision, Row, Scene, each_draft};
use crate::matching::{Decided, Linkage, Model, Person, Said, ScoredPair, explain, judge_whole};
use crate::model::{ChartId, Fate, Hash128, KeyHash, PartialDate};
use crate::normalize::Draft;
use crate::store::{Decision, EhrStore, MatchEvidence, ReviewDecision, ReviewWrite};

/// Everybody who takes part: known people first, in their places the changed ones, then the new ones.
pub(super) struct Grouping {
    pub people: Vec<Person>,
    /// Those that the store knows, in the same places.
    pub known: Vec<Registered>,
    /// Per person, the registration of this run behind it.
    entrant_of: Vec<Option<u32>>,
    pub entrants: Vec<Entrant>,
}

/// A registration that the store knows, without what the matcher looks at.
pub(super) struct Registered {
    pub patient: ChartId,
    system: Arc<str>,
    source_key: String,
    source_record: i64,
}

/// A registration of this run that is new or changed, likewise.
pub(super) struct Entrant {
    pub position: u64,
    pub key: KeyHash,
    source_key: String,
    pub shared: bool,
    is_known: bool,
}

impl Grouping {
    pub fn new(known: Vec<Known>, candidates: Vec<Candidate>, model: &Model) -> Self {
        let new = candidates.iter().filter(|candidate| candidate.known.is_none()).count();
        let mut group = Self {
            people: Vec::with_capacity(known.len() + new),
            entrant_of: vec![None; known.len()],
            known: Vec::with_capacity(known.len()),
            entrants: Vec::with_capacity(candidates.len()),
        };
        for Known { patient, system, source_key, source_record, person, .. } in known {
            group.people.push(person);
            group.known.push(Registered { patient, system, source_key, source_record });
        }
        for (index, candidate) in (0..).zip(candidates) {
            let Candidate { position, key, source_key, person, known, shared, .. } = candidate;
            match known {
                Some(at) => {
                    group.people[at] = person;
                    group.entrant_of[at] = Some(index);
                }
                None => {
                    group.people.push(person);
                    group.entrant_of.push(Some(index));
                }
            }
            group.entrants.push(Entrant { position, key, source_key, shared, is_known: known.is_some() });
        }
        group.people.par_iter_mut().for_each(|person| model.frequencies.note(person));
        group
    }

    /// When each entrant was born, as its registration says.
    pub fn births(&self) -> Vec<Option<PartialDate>> {
        let mut births = vec![None; self.entrants.len()];
        for (person, entrant) in self.people.iter().zip(&self.entrant_of) {
            if let Some(index) = entrant {
                births[*index as usize] = person.birth_date();
            }
        }
        births
    }

    /// What people decided, and what sources say, of those who take part.
    pub fn decided(&self, made: &Made) -> Decided {
        let mut decided = Decided::default();
        let Made { decisions, said, .. } = made;
        if decisions.is_empty() && said.is_empty() {
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
        for SaidPair { who, whom, sameness } in said {
            let Some((left, right)) = at.get(who).zip(at.get(whom)) else { continue };
            decided.said.push(Said { left: *left, right: *right, sameness: *sameness });
        }
        decided
    }

    /// System and key of everybody.
    pub fn names<'a>(&'a self, system: &'a str) -> impl Fn(usize) -> (String, String) + 'a {
        move |at| match (self.known.get(at), self.entrant_of[at]) {
            (Some(known), _) => (known.system.to_string(), known.source_key.clone()),
            (None, Some(index)) => (system.to_owned(), self.entrants[index as usize].source_key.clone()),
            (None, None) => Default::default(),
        }
    }

    /// `new` is how much the source of new registrations is preferred.
    fn placed(&self, linkage: &Linkage, priority: &SourcePriority, new: u32) -> Vec<Placed> {
        let place = |(at, person): (usize, &Person)| Placed {
            source_rank: self.known.get(at).map_or(new, |known| priority.rank(&known.system)),
            identity: person.identity,
            before: self.known.get(at).map(|known| (known.patient, known.source_record)),
            cluster: linkage.cluster[at],
            changed: self.entrant_of[at].is_some(),
        };
        self.people.iter().enumerate().map(place).collect()
    }
}

/// Who belongs together now among people that the store knows.
pub(super) fn regroup_known(
    store: &EhrStore,
    group: &Grouping,
    linkage: &Linkage,
    (priority, recount): (&SourcePriority, Recount),
) -> Result<Regrouped, PipelineError> {
    let placed = group.placed(linkage, priority, 0);
    let touched = Touched::of(store, &placed, recount)?;
    let values = stored_values(store, &placed, &touched)?;
    let strongest = strongest_links(linkage);
    regroup(store, &placed, &touched, &values, |at| matched(at, &strongest, linkage, group))
}

pub(super) fn decide_people(
    scene: Scene<'_>,
    decisions: &Decisions,
    group: &Grouping,
    (linkage, model, made): (&Linkage, &Model, &[ReviewDecision]),
) -> Result<People, PipelineError> {
    let priority = SourcePriority::of_store(scene.store)?;
    let placed = group.placed(linkage, &priority, priority.rank(&scene.plan.system));
    let touched = Touched::of(scene.store, &placed, Recount::Moved)?;
    let mut values = stored_values(scene.store, &placed, &touched)?;
    let entrant = |at: usize| group.entrant_of[at].map(|index| &group.entrants[index as usize]);
    let wanted: HashMap<u64, ChartId> =
        touched.people().filter_map(|at| Some((entrant(at)?.position, placed[at].identity))).collect();
    if !wanted.is_empty() {
        let is_wanted = |position| wanted.contains_key(&position);
        let read = |row: Row, draft: Option<(Draft, String)>| Some((wanted[&row.position], draft?.0.values));
        each_draft(scene, decisions, is_wanted, read, |read| values.now.extend(read))?;
    }
    let strongest = strongest_links(linkage);
    let evidence = |at: usize| matched(at, &strongest, linkage, group);
    let mut regrouped = regroup(scene.store, &placed, &touched, &values, evidence)?;
    let decide = |(at, entrant): (usize, &Entrant)| {
        let founded = match touched.is_alone(at) {
            true => Some(Founded::Alone),
            false => regrouped.founded.remove(&at).map(|patient| Founded::OfSeveral(Box::new(patient))),
        };
        let (known, shared) = (entrant.is_known, entrant.shared);
        let fate = match (known, &founded) {
            (true, _) => Fate::Updated,
            (false, Some(_)) => Fate::Loaded,
            (false, None) => Fate::Linked,
        };
        let identity = placed[at].identity;
        let patient = regrouped.patient_of.get(&at).copied().unwrap_or(identity);
        let matched = evidence(at).map(Box::new);
        (entrant.position, PersonDecision { identity, patient, fate, known, shared, founded, matched })
    };
    let entrants = (0..placed.len()).filter_map(|at| Some((at, entrant(at)?)));
    let decisions = entrants.map(decide).collect();
    let reviews = Some(questions(linkage, group, model, made));
    Ok(People { decisions, reviews, changes: regrouped, ..People::default() })
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

/// Per person its strongest link, as a place in the list of links: what the source says, then what weighs most.
fn strongest_links(linkage: &Linkage) -> HashMap<usize, usize> {
    let mut strongest: HashMap<usize, usize> = HashMap::new();
    for (index, pair) in linkage.links.iter().enumerate() {
        for person in [pair.left, pair.right] {
            let best = strongest.entry(person).or_insert(index);
            let before = &linkage.links[*best];
            if (before.said, before.weight) < (pair.said, pair.weight) {
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
    let open = linkage.reviews.iter().map(|pair| match (pair.said, pair.refused) {
        (Some(_), Some(reason)) => {
            write(pair, Some(&format!("the source says that they are one person, but: {reason}")))
        }
        _ => write(pair, pair.veto.or(pair.refused).or(pair.doubt)),
    });
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
