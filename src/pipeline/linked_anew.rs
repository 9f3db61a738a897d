//! Those who stay are linked anew when a person was erased: whom they could not be told from, or what kept two of them apart, is gone.
//!
//! Whoever nobody could tell from the erased is not joined with others for that: what may be the erased person's would come into
//! another chart, unseen. He is kept apart from them until a person says otherwise.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::PipelineError;
use super::decision_run::{DecisionRun, run_in_group};
use super::people::{Recount, Regrouped, unsettled};
use crate::model::ChartId;
use crate::store::{BatchWrite, Decision, EhrStore, ReviewDecision};

/// The command of its run.
pub(super) const LINK_ANEW: &str = "link-anew";

const REASON: &str = "could not be told from a person who was erased";

/// What changed for those who stay.
#[derive(Clone, Debug, Serialize)]
pub struct LinkedAnew {
    /// The number under which it stands in the store; none where it was only looked at.
    pub run: Option<i64>,
    /// Registrations that move to another patient.
    pub moved: usize,
    /// Registrations that could not be told from the erased, each with one it would have been joined with and is kept apart from.
    pub kept_apart: Vec<(ChartId, ChartId)>,
    /// Pairs that wait for a person.
    pub review: u64,
}

/// Looks at what linking everybody would change; none where nothing would.
pub(super) fn would_link_anew(store: &EhrStore) -> Result<Option<LinkedAnew>, PipelineError> {
    let found = unsettled(store, Recount::Moved)?;
    Ok(found.map(|(changes, questions)| LinkedAnew {
        run: None,
        moved: changes.moves.len(),
        kept_apart: Vec::new(),
        review: questions.len() as u64,
    }))
}

/// Whom nobody could tell from the erased, and who gave the order; or what was decided so before.
pub(super) enum Doubt<'a> {
    Of { registrations: BTreeSet<ChartId>, by: &'a str },
    Decided(Vec<ReviewDecision>),
}

/// What `LINK_ANEW` runs decided, so that it can be decided again when they are taken back.
pub(super) fn decided_in_doubt(store: &EhrStore, runs: &[i64]) -> Result<Vec<ReviewDecision>, PipelineError> {
    let mut pairs: BTreeSet<(ChartId, ChartId)> = BTreeSet::new();
    for run in runs {
        pairs.extend(store.trace(*run)?.decided);
    }
    let mut decisions = store.decisions()?;
    decisions.retain(|decision| decision.reason == REASON && pairs.contains(&(decision.left, decision.right)));
    Ok(decisions)
}

/// Links everybody in an open group, as a run of its own.
pub(super) fn link_anew(
    store: &mut EhrStore,
    doubt: Doubt<'_>,
    now: &dyn Fn() -> String,
) -> Result<LinkedAnew, PipelineError> {
    let at = now();
    // Nobody gives this order twice: each is a run of its own.
    let run = DecisionRun { command: LINK_ANEW, systems: &[], plan: serde_json::json!({}), same: &[&at], now };
    let (run, linked) = run_in_group(store, &run, |store, run, at| link_in_doubt(store, doubt, run, at))?;
    Ok(LinkedAnew { run: Some(run.id), ..linked })
}

fn link_in_doubt(store: &mut EhrStore, doubt: Doubt<'_>, run: i64, at: &str) -> Result<LinkedAnew, PipelineError> {
    let (doubtful, by) = match doubt {
        Doubt::Of { registrations, by } => (registrations, by),
        Doubt::Decided(mut decisions) => {
            let ids: BTreeSet<ChartId> = decisions.iter().flat_map(|one| [one.left, one.right]).collect();
            let there: BTreeSet<ChartId> = store.identities_by_id(&ids)?.into_iter().map(|one| one.id).collect();
            decisions.retain(|one| there.contains(&one.left) && there.contains(&one.right));
            store.write(run, &BatchWrite { decisions, ..Default::default() })?;
            (BTreeSet::new(), "")
        }
    };
    let mut kept_apart: BTreeSet<(ChartId, ChartId)> = BTreeSet::new();
    loop {
        let Some((changes, questions)) = unsettled(store, Recount::Moved)? else {
            let (kept_apart, review) = (kept_apart.into_iter().collect(), store.people_counts()?.reviews);
            return Ok(LinkedAnew { run: None, moved: 0, kept_apart, review });
        };
        let joined = joined_in_doubt(store, &changes, &doubtful)?;
        if joined.is_empty() {
            let (moved, review) = (changes.moves.len(), questions.len() as u64);
            store.write(run, &BatchWrite { reviews: Some(questions), ..changes.into_batch() })?;
            return Ok(LinkedAnew { run: None, moved, kept_apart: kept_apart.into_iter().collect(), review });
        }
        let decision = |(one, other): &(ChartId, ChartId)| ReviewDecision {
            left: *one.min(other),
            right: *one.max(other),
            decision: Decision::KeepApart,
            by: by.to_owned(),
            at: at.to_owned(),
            reason: REASON.to_owned(),
            accepted: None,
        };
        let mut decisions: Vec<ReviewDecision> = joined.iter().map(decision).collect();
        decisions.sort_unstable_by_key(|one| (one.left, one.right));
        decisions.dedup_by_key(|one| (one.left, one.right));
        store.write(run, &BatchWrite { decisions, ..Default::default() })?;
        kept_apart.extend(joined);
    }
}

/// The doubtful, each with those it would come together with.
fn joined_in_doubt(
    store: &EhrStore,
    changes: &Regrouped,
    doubtful: &BTreeSet<ChartId>,
) -> Result<Vec<(ChartId, ChartId)>, PipelineError> {
    let moves: BTreeMap<ChartId, ChartId> = changes.moves.iter().map(|one| (one.identity, one.patient)).collect();
    let doubtful = store.identities_by_id(doubtful)?;
    // By the patient that each comes to: those of the store, and those who come to it.
    let patients: BTreeSet<ChartId> =
        doubtful.iter().map(|one| moves.get(&one.id).copied().unwrap_or(one.patient)).collect();
    let mut members: BTreeMap<ChartId, Vec<(ChartId, ChartId)>> = BTreeMap::new();
    for one in store.identities_of_patients(&patients.iter().copied().collect::<Vec<_>>())? {
        if !moves.contains_key(&one.id) {
            members.entry(one.patient).or_default().push((one.id, one.patient));
        }
    }
    for one in changes.moves.iter().filter(|one| patients.contains(&one.patient)) {
        members.entry(one.patient).or_default().push((one.identity, one.former));
    }
    let mut joined = Vec::new();
    for one in &doubtful {
        let patient = moves.get(&one.id).copied().unwrap_or(one.patient);
        let others = members.get(&patient).into_iter().flatten().filter(|(_, former)| *former != one.patient);
        joined.extend(others.map(|(other, _)| (one.id, *other)));
    }
    joined.sort_unstable();
    Ok(joined)
}
