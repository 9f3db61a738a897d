//! What people decide about registrations: one person, or two. A decision is a run of its own, which can be undone; everybody is
//! then matched again under all decisions there are.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::PipelineError;
use super::decision_run::{DecisionRun, decide_as_run, with_store};
use super::people::{Questions, Regrouped, link_decided, stored_person};
use super::settings::{SourcePriority, pinned_model};
use crate::matching::{KEPT_APART, ScoredPair, explain, judge_whole};
use crate::model::{ChartId, NamedPerson, RecordType, Sameness};
use crate::store::{BatchWrite, Decision, EhrStore, KnownIdentity, ReviewDecision, StorePlace};

/// What a person says.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// All registrations of both people are one person's.
    Merge(PeopleOf, PeopleOf),
    /// No registration of the one is a registration of the other.
    KeepApart(PeopleOf, PeopleOf),
    /// These registrations of a patient are somebody else's.
    Split(Vec<String>),
}

/// One side of a pair, as a person names it.
#[derive(Clone, Debug)]
pub enum PeopleOf {
    /// Id of a patient or a registration, or STREAM:KEY.
    Named(String),
    /// Of a pair that waits, by its number.
    LeftOf(i64),
    RightOf(i64),
}

pub struct ReviewOptions<'a> {
    pub store: StorePlace,
    pub verdict: Verdict,
    pub by: &'a str,
    pub reason: &'a str,
    /// Also where somebody decided otherwise before.
    pub overrule: bool,
    /// Joins registrations also where hard contradictions stand between them.
    pub despite_contradictions: bool,
    /// The time now, as RFC 3339 text.
    pub now: &'a dyn Fn() -> String,
}

/// What a decision did.
#[derive(Clone, Debug, Serialize)]
pub struct ReviewOutcome {
    /// The number under which it stands in the store.
    pub run: i64,
    pub decision: Decision,
    /// Pairs of registrations of which it is said.
    pub pairs: usize,
    /// Registrations that belong to another patient now, with that patient.
    pub moved: Vec<(ChartId, ChartId)>,
    /// The patients of the registrations that were named, as they are now, with their registrations.
    pub patients: BTreeMap<ChartId, Vec<ChartId>>,
    /// Pairs that wait for a person.
    pub review: u64,
    pub digest: (String, String),
}

pub fn review(options: &ReviewOptions<'_>) -> Result<ReviewOutcome, PipelineError> {
    with_store(&options.store, |store| {
        // What cannot be is no run.
        let asked = Asked::of(store, options)?;
        let named: Vec<String> = asked.pairs.iter().map(|(left, right)| format!("{left} {right}")).collect();
        let decision = asked.decision.as_str();
        let run = DecisionRun {
            command: "review",
            systems: &[],
            plan: serde_json::json!({ "decision": decision, "pairs": asked.pairs.len() }),
            same: &[decision, options.by, options.reason, &named.join("\n")],
            now: options.now,
        };
        let (run, (asked, moved)) = decide_as_run(store, &run, |store, run, now| decide(store, options, run, now))?;
        let ids: BTreeSet<ChartId> = asked.pairs.iter().flat_map(|(left, right)| [*left, *right]).collect();
        let patients: BTreeSet<ChartId> = store.identities_by_id(&ids)?.into_iter().map(|one| one.patient).collect();
        let mut members: BTreeMap<ChartId, Vec<ChartId>> = BTreeMap::new();
        for identity in store.identities_of_patients(&patients.into_iter().collect::<Vec<_>>())? {
            members.entry(identity.patient).or_default().push(identity.id);
        }
        members.values_mut().for_each(|ids| ids.sort_unstable());
        Ok(ReviewOutcome {
            run: run.id,
            decision: asked.decision,
            pairs: asked.pairs.len(),
            moved,
            patients: members,
            review: store.people_counts()?.reviews,
            digest: (run.digest_before.to_string(), store.digest()?.to_string()),
        })
    })
}

/// Writes a decision and what follows from it, in the open group.
fn decide(
    store: &mut EhrStore,
    options: &ReviewOptions<'_>,
    run: i64,
    now: &str,
) -> Result<(Asked, Vec<(ChartId, ChartId)>), PipelineError> {
    // Again, now that nobody else links people.
    let asked = Asked::of(store, options)?;
    let decisions: Vec<ReviewDecision> = asked
        .pairs
        .iter()
        .map(|(left, right)| ReviewDecision {
            left: *left,
            right: *right,
            decision: asked.decision,
            by: options.by.to_owned(),
            at: now.to_owned(),
            reason: options.reason.to_owned(),
            accepted: None,
        })
        .collect();
    store.write(run, &BatchWrite { decisions: decisions.clone(), ..Default::default() })?;
    let ids = asked.pairs.iter().flat_map(|(left, right)| [*left, *right]).collect();
    let (changes, Questions { all: mut questions, of: reviews_of }) =
        link_decided(store, &pinned_model(store)?, &SourcePriority::of_store(store)?, ids)?;
    // What speaks against it is seen by whoever decides: it is not asked again, but it is told before.
    let (mut seen, mut accepted) = (Vec::new(), Vec::new());
    questions.retain(|question| {
        let is_own = question.conflict && asked.pairs.binary_search(&(question.left, question.right)).is_ok();
        if is_own {
            seen.push((question.left, question.right, question.accepts.clone(), question.reason.clone()));
        }
        !is_own
    });
    if seen.iter().any(|(.., reason)| reason.as_deref() == Some(KEPT_APART)) {
        let why = "a person keeps apart others of their registrations; split those off first".into();
        return Err(PipelineError::NotDecidable { why });
    }
    if !options.despite_contradictions && !seen.is_empty() {
        let pairs = seen.into_iter().map(|(left, right, _, reason)| (left, right, reason.unwrap_or_default()));
        return Err(PipelineError::Contradicted { pairs: pairs.collect() });
    }
    for (left, right, accepts, _) in seen {
        let own = decisions.binary_search_by_key(&(left, right), |decision| (decision.left, decision.right)).ok();
        accepted.extend(own.map(|at| ReviewDecision { accepted: accepts, ..decisions[at].clone() }));
    }
    store.write(run, &BatchWrite { decisions: accepted, ..Default::default() })?;
    let Regrouped { moves, .. } = &changes;
    let moved = moves.iter().map(|moved| (moved.identity, moved.patient)).collect();
    store.write(run, &BatchWrite { reviews: Some(questions), reviews_of, ..changes.into_batch() })?;
    Ok((asked, moved))
}

/// A verdict in pairs of registrations.
struct Asked {
    decision: Decision,
    /// The smaller id first.
    pairs: Vec<(ChartId, ChartId)>,
}

impl Asked {
    fn of(store: &EhrStore, options: &ReviewOptions<'_>) -> Result<Self, PipelineError> {
        let refused = |why: &str| PipelineError::NotDecidable { why: why.to_owned() };
        let (decision, left, right) = match &options.verdict {
            Verdict::Merge(left, right) => {
                let (left, right) = (people_of(store, left)?, people_of(store, right)?);
                (Decision::Merge, left, right)
            }
            Verdict::KeepApart(left, right) => {
                let (left, right) = (people_of(store, left)?, people_of(store, right)?);
                if left.first().map(|one| one.patient) == right.first().map(|one| one.patient) {
                    return Err(refused(
                        "both belong to one patient; `chartlift review split` takes a registration out",
                    ));
                }
                (Decision::KeepApart, left, right)
            }
            Verdict::Split(named) => {
                let mut out: Vec<KnownIdentity> = Vec::new();
                for name in named {
                    let found = named_registrations(store, name)?;
                    out.extend(found);
                }
                let patients: BTreeSet<ChartId> = out.iter().map(|one| one.patient).collect();
                if patients.len() != 1 {
                    return Err(refused("the registrations belong to several patients; split one patient at a time"));
                }
                let mut rest = store.identities_of_patients(&patients.into_iter().collect::<Vec<_>>())?;
                rest.retain(|one| out.iter().all(|other| other.id != one.id));
                if rest.is_empty() {
                    return Err(refused("no other registration belongs to this patient; there is nothing to split"));
                }
                (Decision::KeepApart, out, rest)
            }
        };
        let mut pairs: BTreeSet<(ChartId, ChartId)> = BTreeSet::new();
        let (left, right): (Vec<ChartId>, Vec<ChartId>) =
            (left.iter().map(|one| one.id).collect(), right.iter().map(|one| one.id).collect());
        // Who is one person is so in every pair: whoever leaves later leaves the others joined.
        let (rows, columns) = match decision {
            Decision::Merge => {
                let all: Vec<ChartId> = left.iter().chain(&right).copied().collect();
                (all.clone(), all)
            }
            Decision::KeepApart => (left, right),
        };
        for one in &rows {
            for other in columns.iter().filter(|other| *other != one) {
                pairs.insert((*one.min(other), *one.max(other)));
            }
        }
        if pairs.is_empty() {
            return Err(refused("both are one registration"));
        }
        if pairs.len() > MOST_PAIRS {
            return Err(refused("the patients have too many registrations for one decision; split them first"));
        }
        let asked = Self { decision, pairs: pairs.into_iter().collect() };
        if !options.overrule
            && let Some(former) = store.decisions()?.into_iter().find(|former| asked.overrules(former))
        {
            return Err(PipelineError::DecidedOtherwise { decision: former.decision.as_str(), at: former.at });
        }
        Ok(asked)
    }

    fn overrules(&self, former: &ReviewDecision) -> bool {
        former.decision != self.decision && self.pairs.binary_search(&(former.left, former.right)).is_ok()
    }
}

/// Two registrations compared, as the model of their store does.
pub fn compare(store: &EhrStore, left: &KnownIdentity, right: &KnownIdentity) -> Result<ScoredPair, PipelineError> {
    let other = u32::from(left.system != right.system);
    let (mut one, mut other) = (stored_person(left, 0), stored_person(right, other));
    let model = pinned_model(store)?;
    [&mut one, &mut other].into_iter().for_each(|person| model.frequencies.note(person));
    let pair = explain((0, &one), (1, &other), &judge_whole(&one, &other, &model), &model);
    Ok(match said_between(store, left, right)? {
        Some(sameness) => pair.said(sameness),
        None => pair,
    })
}

/// Whether one of two registrations calls the other the same person.
fn said_between(
    store: &EhrStore,
    left: &KnownIdentity,
    right: &KnownIdentity,
) -> Result<Option<Sameness>, PipelineError> {
    let streams = store.streams()?;
    let number_at = RecordType::Patient.column_index("medical_record_number");
    let is_named = |named: &NamedPerson, one: &KnownIdentity| match named {
        NamedPerson::Key(stream, key) => {
            streams.get(&one.stream).is_some_and(|(_, name)| name == stream) && *key.reveal() == one.key
        }
        NamedPerson::Number(number) => {
            number_at.and_then(|at| one.values[at].as_str()).is_some_and(|text| text == number.reveal())
        }
    };
    let mut said = None;
    for link in store.links_of(&[left.id, right.id])? {
        let other = if link.identity == left.id { right } else { left };
        if link.system == other.system && is_named(&link.said.named, other) {
            said = said.max(Some(link.said.sameness));
        }
    }
    Ok(said)
}

/// More pairs are no decision that anybody took with open eyes.
const MOST_PAIRS: usize = 10_000;

/// All registrations of the patient that is meant.
fn people_of(store: &EhrStore, which: &PeopleOf) -> Result<Vec<KnownIdentity>, PipelineError> {
    let pair = |number: i64| store.open_review(number)?.ok_or(PipelineError::NoPair { number });
    let registration = match which {
        PeopleOf::LeftOf(number) => pair(*number)?.left,
        PeopleOf::RightOf(number) => pair(*number)?.right,
        PeopleOf::Named(name) => {
            let found = named_registrations(store, name)?;
            let patients: BTreeSet<ChartId> = one_patient(&found)?;
            return Ok(store.identities_of_patients(&patients.into_iter().collect::<Vec<_>>())?);
        }
    };
    let found = store.identities_by_id(&BTreeSet::from([registration]))?;
    let patients: Vec<ChartId> = found.iter().map(|one| one.patient).collect();
    Ok(store.identities_of_patients(&patients)?)
}

/// The patient of these registrations; a key that several people bear says of none of them who is meant.
pub fn one_patient(found: &[KnownIdentity]) -> Result<BTreeSet<ChartId>, PipelineError> {
    let patients: BTreeSet<ChartId> = found.iter().map(|one| one.patient).collect();
    if patients.len() > 1 {
        let ids: Vec<String> = found.iter().map(|one| one.id.to_string()).collect();
        let why = format!("the key names several people; say which by the id of a registration: {}", ids.join(", "));
        return Err(PipelineError::NotDecidable { why });
    }
    Ok(patients)
}

/// The registrations that a name means: all of a patient, one by its id, or those of a key.
pub fn named_registrations(store: &EhrStore, name: &str) -> Result<Vec<KnownIdentity>, PipelineError> {
    let id = name.strip_prefix("patient:").or(name.strip_prefix("patient_identity:")).unwrap_or(name);
    if let Some(id) = ChartId::parse(id) {
        let found = store.identities_by_id(&BTreeSet::from([id]))?;
        let of_patient = store.identities_of_patients(&[id])?;
        // A patient is called as its first registration is: who names that means the registration, unless he says otherwise.
        let found = if name.starts_with("patient:") || found.is_empty() { of_patient } else { found };
        return if found.is_empty() { Err(PipelineError::NoPerson) } else { Ok(found) };
    }
    let Some((stream, key)) = name.split_once(':') else { return Err(PipelineError::NoPerson) };
    let (system, stream) = stream.split_once('/').map_or((None, stream), |(system, stream)| (Some(system), stream));
    let mut found = Vec::new();
    for (number, (owner, stream_name)) in store.streams()? {
        if stream_name == stream && system.is_none_or(|system| system == owner) {
            found.extend(store.identities_of_key(number, key)?);
        }
    }
    let systems: BTreeSet<&String> = found.iter().map(|one| &one.system).collect();
    match systems.len() {
        0 => Err(PipelineError::NoPerson),
        1 => Ok(found),
        _ => Err(PipelineError::NotDecidable {
            why: "the key names people in several source systems; say SYSTEM/STREAM:KEY".into(),
        }),
    }
}
