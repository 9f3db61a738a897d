//! Another model for a store: a run of its own, which says first who would change.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use serde::Serialize;

use super::decision_run::{DecisionRun, decide_as_run, with_store};
use super::people::{Recount, known_as_people, link_known};
use super::settings::{SHIPPED, SourcePriority, pinned_model};
use super::{PipelineError, Regrouped};
use crate::matching::{Candidates, Frequencies, MIN_PEOPLE, Model, estimate};
use crate::model::ChartId;
use crate::store::{BatchWrite, EhrStore, Setting, SettingName, StoreError, StorePlace};

/// Registrations that must bear a name for a store's model to tell of it: the model outlives an erasure.
const LEAST_BEARERS: u32 = 10;

/// Where another model comes from.
#[derive(Clone, Debug)]
pub enum NewModel {
    Shipped,
    /// Found in the store's own people.
    Estimated,
    Given(Box<Model>),
}

impl NewModel {
    fn name(&self) -> &'static str {
        match self {
            Self::Shipped => "shipped",
            Self::Estimated => "estimated",
            Self::Given(_) => "given",
        }
    }
}

pub struct RematchOptions<'a> {
    pub store: StorePlace,
    pub model: NewModel,
    /// Who takes it up and why; `None` only looks at what would change.
    pub apply: Option<(&'a str, &'a str)>,
    /// The time now, as RFC 3339 text.
    pub now: &'a dyn Fn() -> String,
}

/// Who belongs to another patient by another model.
#[derive(Clone, Debug, Serialize)]
pub struct RematchOutcome {
    /// The number under which it stands in the store; none where nothing was done.
    pub run: Option<i64>,
    pub model: &'static str,
    /// Registrations that move, with the patient each leaves and the one it comes to.
    pub moved: Vec<(ChartId, ChartId, ChartId)>,
    /// Patients to whom registrations of others come, and patients who lose some to others.
    pub joined: usize,
    pub parted: usize,
    /// Pairs that wait for a person, before and after.
    pub review: (u64, u64),
    /// The model itself, as JSON; empty for the shipped one.
    #[serde(skip)]
    pub text: String,
}

pub fn rematch(options: &RematchOptions<'_>) -> Result<RematchOutcome, PipelineError> {
    with_store(&options.store, |store| {
        let Some((by, reason)) = options.apply else {
            let (model, text) = new_model(store, &options.model)?;
            let (changes, questions) = link_known(store, &model, &SourcePriority::of_store(store)?, Recount::Moved)?;
            let review = (store.people_counts()?.reviews, questions.len() as u64);
            return Ok(outcome(options.model.name(), &changes, review, text));
        };
        let given = match &options.model {
            NewModel::Given(model) => model.to_json(),
            _ => String::new(),
        };
        let run = DecisionRun {
            command: "rematch",
            systems: &[],
            plan: serde_json::json!({ "model": options.model.name() }),
            same: &[options.model.name(), by, reason, &given],
            now: options.now,
        };
        let take_up = |store: &mut EhrStore, run, now: &str| take_up(store, &options.model, run, (by, reason, now));
        let (run, outcome) = decide_as_run(store, &run, take_up)?;
        Ok(RematchOutcome { run: Some(run.id), ..outcome })
    })
}

fn take_up(
    store: &mut EhrStore,
    wanted: &NewModel,
    run: i64,
    (by, reason, now): (&str, &str, &str),
) -> Result<RematchOutcome, PipelineError> {
    let (model, text) = new_model(store, wanted)?;
    let before = store.people_counts()?.reviews;
    store.put_setting(
        run,
        &Setting {
            name: SettingName::MatchModel,
            value: wanted.name().to_owned(),
            by: by.to_owned(),
            at: now.to_owned(),
            reason: reason.to_owned(),
            text: if text.is_empty() { SHIPPED.to_owned() } else { text.clone() },
        },
    )?;
    // As it is read back, to the last digit.
    let model = if text.is_empty() { model } else { pinned_model(store)? };
    let (changes, questions) = link_known(store, &model, &SourcePriority::of_store(store)?, Recount::Moved)?;
    let outcome = outcome(wanted.name(), &changes, (before, questions.len() as u64), text);
    store.write(run, &BatchWrite { reviews: Some(questions), ..changes.into_batch() })?;
    Ok(outcome)
}

/// The model with its text; no text for the shipped one.
fn new_model(store: &EhrStore, wanted: &NewModel) -> Result<(Model, String), PipelineError> {
    let through_text = |model: &Model| {
        let text = model.to_json();
        let read = Model::from_json(&text);
        read.map(|model| (model, text))
            .map_err(|_| StoreError::Damaged { what: "a model that cannot be read back".into() }.into())
    };
    match wanted {
        NewModel::Shipped => Ok((Model::shipped(), String::new())),
        NewModel::Given(given) => {
            let mut model = (**given).clone();
            model.frequencies.forget_rare(&known_as_people(store)?, LEAST_BEARERS);
            through_text(&model)
        }
        NewModel::Estimated => {
            let mut people = known_as_people(store)?;
            if people.len() < MIN_PEOPLE {
                return Err(PipelineError::TooFewPeople { needed: MIN_PEOPLE, found: people.len() });
            }
            let mut model = Model::shipped();
            model.frequencies = Frequencies::count_of_many(&people, LEAST_BEARERS);
            people.par_iter_mut().for_each(|person| model.frequencies.note(person));
            through_text(&estimate(&Candidates::new(&people), model))
        }
    }
}

fn outcome(model: &'static str, changes: &Regrouped, review: (u64, u64), text: String) -> RematchOutcome {
    let moved: Vec<(ChartId, ChartId, ChartId)> =
        changes.moves.iter().map(|moved| (moved.identity, moved.former, moved.patient)).collect();
    // Whoever is replaced joins another; who leaves somebody that stays parts from him.
    let replaced: BTreeMap<ChartId, ChartId> = changes.replaced.iter().copied().collect();
    let joined: BTreeSet<ChartId> =
        moved.iter().filter(|(_, former, _)| replaced.contains_key(former)).map(|(.., patient)| *patient).collect();
    let parted: BTreeSet<ChartId> =
        moved.iter().filter(|(_, former, _)| !replaced.contains_key(former)).map(|(_, former, _)| *former).collect();
    RematchOutcome { run: None, model, joined: joined.len(), parted: parted.len(), moved, review, text }
}
