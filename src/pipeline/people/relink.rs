//! Linking people again of whom nothing is new: under another model, other preferences, or decisions.

use std::collections::BTreeSet;

use super::super::PipelineError;
use super::super::settings::{SourcePriority, matcher_name};
use super::cluster::{Grouping, questions, regroup_known};
use super::known::KnownPeople;
use super::near::around;
use super::regroup::{Recount, Regrouped};
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
    let group = Grouping::new(&known, Vec::new(), model);
    let made = store.decisions()?;
    let decided = group.decided(&made);
    let linkage = link(&group.people, &decided, model);
    let changes = regroup_known(store, &known, &group, &linkage, (priority, recount))?;
    Ok((changes, questions(&linkage, &group, model, &made)))
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
    let made = store.decisions()?;
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
    let group = Grouping::new(&known, Vec::new(), model);
    let linkage = near.link(&group.people, &group.decided(&made), model);
    let changes = regroup_known(store, &known, &group, &linkage, (priority, Recount::Moved))?;
    let mut questions = questions(&linkage, &group, model, &made);
    near.ask(&mut questions);
    Ok((changes, Questions { all: questions, of: Some(near.anew.into_iter().collect()) }))
}
