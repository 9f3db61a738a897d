//! Source systems whose demographics survive others': chosen for a whole store, as a run that first says how many patients would
//! look otherwise.

use std::collections::BTreeSet;

use serde::Serialize;

use super::PipelineError;
use super::people::{Recount, link_known};
use super::pinned_model::pinned_model;
use crate::store::{BatchWrite, EhrStore, RunPlan, Setting, SettingName, StoreError, StorePlace};

/// The preferred first; those that are not named come after them, none before another.
#[derive(Clone, Debug, Default)]
pub struct SourcePriority(Vec<String>);

impl SourcePriority {
    pub fn of_store(store: &EhrStore) -> Result<Self, PipelineError> {
        let Some(setting) = store.setting(SettingName::SourcePriority)? else { return Ok(Self::default()) };
        let damaged = |_| StoreError::Damaged { what: "preferred sources that cannot be read".into() };
        Ok(Self(serde_json::from_str(&setting.value).map_err(damaged)?))
    }

    pub fn rank(&self, system: &str) -> u32 {
        self.0.iter().position(|named| named == system).unwrap_or(self.0.len()) as u32
    }

    pub fn systems(&self) -> &[String] {
        &self.0
    }
}

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
    if let Some(path) = options.store.file().filter(|path| !path.is_file()) {
        // No lock is left beside what is not there.
        return Err(StoreError::Missing { path: path.display().to_string() }.into());
    }
    let _lock = options.store.lock()?;
    let mut store = EhrStore::open(&options.store)?;
    let systems = &options.systems;
    let known: BTreeSet<String> = store.streams()?.into_values().map(|(system, _)| system).collect();
    if let Some(system) = systems.iter().find(|system| !known.contains(*system)) {
        return Err(PipelineError::NoSystem { system: system.clone(), known: known.into_iter().collect() });
    }
    let priority = SourcePriority(systems.clone());
    let outcome = |run, patients| PreferOutcome { run, systems: systems.clone(), patients };
    let Some((by, reason)) = options.apply else {
        let (changes, _) = link_known(&store, &pinned_model(&store)?, &priority, Recount::Everybody)?;
        return Ok(outcome(None, changes.into_batch().patients.len()));
    };
    let now = (options.now)();
    let value = serde_json::to_string(systems).unwrap_or_default();
    let run = store.begin_run(&RunPlan {
        command: "prefer",
        system: "",
        plan: &serde_json::json!({ "systems": systems }).to_string(),
        plan_key: &format!("prefer\n{value}\n{by}\n{reason}"),
        as_of: now.split('T').next().unwrap_or_default(),
        started: &now,
    })?;
    store.begin_people()?;
    let setting = Setting {
        name: SettingName::SourcePriority,
        value,
        by: by.to_owned(),
        at: now,
        reason: reason.to_owned(),
        text: String::new(),
    };
    match write(&mut store, run.id, &setting, &priority) {
        Ok(patients) => {
            store.commit_group()?;
            store.finish_run(run.id, "done", &(options.now)(), "", &[], ("", &[]))?;
            store.close()?;
            Ok(outcome(Some(run.id), patients))
        }
        Err(error) => {
            store.abandon_group()?;
            store.finish_run(run.id, "failed", &(options.now)(), "", &[], ("", &[]))?;
            Err(error)
        }
    }
}

fn write(store: &mut EhrStore, run: i64, setting: &Setting, priority: &SourcePriority) -> Result<usize, PipelineError> {
    store.put_setting(run, setting)?;
    let (changes, questions) = link_known(store, &pinned_model(store)?, priority, Recount::Everybody)?;
    let batch = BatchWrite { reviews: Some(questions), ..changes.into_batch() };
    store.write(run, &batch)?;
    store.note_linked()?;
    Ok(batch.patients.len())
}
