//! Those who stay are linked anew when a person was erased: whom they could not be told from, or what kept two of them apart, is gone.

use serde::Serialize;

use super::PipelineError;
use super::decision_run::{DecisionRun, run_in_group};
use super::people::{Recount, unsettled};
use crate::store::{BatchWrite, EhrStore};

/// The command of its run.
pub(super) const LINK_ANEW: &str = "link-anew";

/// What changed for those who stay.
#[derive(Clone, Debug, Serialize)]
pub struct LinkedAnew {
    /// The number under which it stands in the store; none where it was only looked at.
    pub run: Option<i64>,
    /// Registrations that move to another patient.
    pub moved: usize,
    /// Pairs that wait for a person, before and after.
    pub review: (u64, u64),
}

/// Looks at what linking everybody would change; none where nothing would.
pub(super) fn would_link_anew(store: &EhrStore) -> Result<Option<LinkedAnew>, PipelineError> {
    let review = store.people_counts()?.reviews;
    let found = unsettled(store, Recount::Moved)?;
    Ok(found.map(|(changes, questions)| LinkedAnew {
        run: None,
        moved: changes.moves.len(),
        review: (review, questions.len() as u64),
    }))
}

/// Links everybody in an open group, as a run of its own; none where everybody is as he would be.
pub(super) fn link_anew(store: &mut EhrStore, now: &dyn Fn() -> String) -> Result<Option<LinkedAnew>, PipelineError> {
    let review = store.people_counts()?.reviews;
    let Some((changes, questions)) = unsettled(store, Recount::Moved)? else { return Ok(None) };
    let (moved, review) = (changes.moves.len(), (review, questions.len() as u64));
    let at = now();
    // Nobody gives this order twice: each is a run of its own.
    let run = DecisionRun { command: LINK_ANEW, plan: serde_json::json!({}), same: &[&at], now };
    let batch = BatchWrite { reviews: Some(questions), ..changes.into_batch() };
    let (run, ()) = run_in_group(store, &run, |store, run, _| Ok(store.write(run, &batch)?))?;
    Ok(Some(LinkedAnew { run: Some(run.id), moved, review }))
}
