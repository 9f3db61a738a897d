//! Linking people again of whom nothing is new: under another model, other preferences, or decisions.

use std::collections::BTreeSet;

use super::super::PipelineError;
use super::super::settings::{SourcePriority, matcher_name, pinned_model};
use super::cluster::{Grouping, questions, regroup_known};
use super::known::KnownPeople;
use super::near::around;
use super::regroup::{Recount, Regrouped};
use super::said::Made;
use crate::matching::{Model, Person, link};
use crate::model::ChartId;
use crate::store::{EhrStore, ReviewWrite};

/// Everybody the store knows, as the matcher sees them.
pub fn known_as_people(store: &EhrStore) -> Result<Vec<Person>, PipelineError> {
    Ok(KnownPeople::all(store)?.list.into_iter().map(|known| known.person).collect())
}

/// Links everybody the store knows, under all decisions there are: what changes by it, and what a person must judge.
pub fn link_known(
    store: &EhrStore,
    model: &Model,
    priority: &SourcePriority,
    recount: Recount,
) -> Result<(Regrouped, Vec<ReviewWrite>), PipelineError> {
    let known = KnownPeople::all(store)?.list;
    let group = Grouping::new(known, Vec::new(), model);
    let made = Made::of(store)?;
    let decided = group.decided(&made);
    let linkage = link(&group.people, &decided, model);
    let changes = regroup_known(store, &group, &linkage, (priority, recount))?;
    Ok((changes, questions(&linkage, &group, model, &made.decisions)))
}

/// What linking everybody now would change; none where everybody is as he would be then, and the same pairs wait for a person.
pub fn unsettled(store: &EhrStore, recount: Recount) -> Result<Option<(Regrouped, Vec<ReviewWrite>)>, PipelineError> {
    let (model, priority) = (pinned_model(store)?, SourcePriority::of_store(store)?);
    let (changes, questions) = link_known(store, &model, &priority, recount)?;
    let mut asked: Vec<_> = questions.iter().map(|one| (one.left, one.right, one.conflict, &one.reason)).collect();
    let waiting = store.open_reviews(usize::MAX)?;
    let mut waiting: Vec<_> = waiting.iter().map(|one| (one.left, one.right, one.conflict, &one.reason)).collect();
    asked.sort_unstable();
    waiting.sort_unstable();
    let is_settled = changes.moves.is_empty() && changes.patients.is_empty() && asked == waiting;
    Ok((!is_settled).then_some((changes, questions)))
}

/// What a person must judge.
pub struct Questions {
    pub all: Vec<ReviewWrite>,
    /// Registrations of which those are all; none where they are everybody's.
    pub of: Option<Vec<ChartId>>,
}

/// Links those anew whom a decision about some may reach, under all decisions there are: what changes by it, and what a person must
/// judge.
pub fn link_decided(
    store: &EhrStore,
    model: &Model,
    priority: &SourcePriority,
    decided_of: BTreeSet<ChartId>,
) -> Result<(Regrouped, Questions), PipelineError> {
    let made = Made::of(store)?;
    let mut known = KnownPeople::default();
    let near = match store.has_match_index(&matcher_name(store)?)? {
        true => around(store, &mut known, &mut [], (decided_of, 0), &made)?,
        false => None,
    };
    let Some(near) = near else {
        let (changes, questions) = link_known(store, model, priority, Recount::Moved)?;
        return Ok((changes, Questions { all: questions, of: None }));
    };
    let known = known.list;
    let group = Grouping::new(known, Vec::new(), model);
    let linkage = near.link(&group.people, &group.decided(&made), model);
    let changes = regroup_known(store, &group, &linkage, (priority, Recount::Moved))?;
    let mut questions = questions(&linkage, &group, model, &made.decisions);
    near.ask(&mut questions);
    Ok((changes, Questions { all: questions, of: Some(near.anew.into_iter().collect()) }))
}
