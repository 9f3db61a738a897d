//! Source systems whose demographics survive others': chosen for a whole store, as a run that first says how many patients would
//! look otherwise.

use std::collections::BTreeSet;

use serde::Serialize;

use super::PipelineError;
use super::decision_run::{DecisionRun, decide_as_run, with_store};
use super::people::{Recount, link_known};
use super::settings::{SourcePriority, pinned_model};
use crate::store::{BatchWrite, EhrStore, Setting, SettingName, StorePlace};

pub struct PreferOptions<'a> {
    pub store: StorePlace,
    /// The preferred first; none: all are equal again.
    pub systems: Vec<String>,
    /// Who decides and why; `None` only looks at what would change.
    pub apply: Option<(&'a str, &'a str)>,
    /// The time now, as RFC 3339 text.
    pub now: &'a dyn Fn() -> String,
}

#[derive(Clone, Debug, Serialize)]
pub struct PreferOutcome {
    /// The number under which it stands in the store; none where nothing was done.
    pub run: Option<i64>,
    pub systems: Vec<String>,
    /// Patients who are shown otherwise.
    pub patients: usize,
}

pub fn prefer(options: &PreferOptions<'_>) -> Result<PreferOutcome, PipelineError> {
    with_store(&options.store, |store| {
        let systems = &options.systems;
        let known: BTreeSet<String> = store.streams()?.into_values().map(|(system, _)| system).collect();
        if let Some(system) = systems.iter().find(|system| !known.contains(*system)) {
            return Err(PipelineError::NoSystem { system: system.clone(), known: known.into_iter().collect() });
        }
        if let Some(system) = systems.iter().enumerate().find(|(at, system)| systems[..*at].contains(system)) {
            let why = format!("source system `{}` is named twice", system.1);
            return Err(PipelineError::NotDecidable { why });
        }
        let priority = SourcePriority(systems.clone());
        let outcome = |run, patients| PreferOutcome { run, systems: systems.clone(), patients };
        let Some((by, reason)) = options.apply else {
            let (changes, _) = link_known(store, &pinned_model(store)?, &priority, Recount::Everybody)?;
            return Ok(outcome(None, changes.into_batch().patients.len()));
        };
        let value = serde_json::to_string(systems).unwrap_or_default();
        let run = DecisionRun {
            command: "prefer",
            systems: &[],
            plan: serde_json::json!({ "systems": systems }),
            same: &[&value, by, reason],
            now: options.now,
        };
        let (run, patients) = decide_as_run(store, &run, |store, run, now| {
            let setting = Setting {
                name: SettingName::SourcePriority,
                value: value.clone(),
                by: by.to_owned(),
                at: now.to_owned(),
                reason: reason.to_owned(),
                text: String::new(),
            };
            write(store, run, &setting, &priority)
        })?;
        Ok(outcome(Some(run.id), patients))
    })
}

fn write(store: &mut EhrStore, run: i64, setting: &Setting, priority: &SourcePriority) -> Result<usize, PipelineError> {
    store.put_setting(run, setting)?;
    let (changes, questions) = link_known(store, &pinned_model(store)?, priority, Recount::Everybody)?;
    let batch = BatchWrite { reviews: Some(questions), ..changes.into_batch() };
    store.write(run, &batch)?;
    Ok(batch.patients.len())
}
