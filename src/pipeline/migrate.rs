//! One run, from source to books.

use std::path::PathBuf;

use super::books::close_books;
use super::erased::Erased;
use super::loading::{Within, load_sources};
use super::outcome::{Listed, RunFacts, RunOutcome};
use super::plan::{Plan, PlanOptions};
use super::quarantined::KeepsQuarantine;
use super::remembered::survey_all;
use super::tap::last_state;
use super::unfinished::{Stopped, so_far};
use super::{Event, Listener, PipelineError};
use crate::extract::SourcePlace;
use crate::model::PartialDate;
use crate::store::{EhrStore, RunPlan, StoreError, StorePlace};

/// A migration as the user asked for it.
pub struct MigrateOptions<'a> {
    /// At least one.
    pub sources: Vec<SourceOptions>,
    pub store: StorePlace,
    /// Loads into a copy that is thrown away.
    pub dry_run: bool,
    /// The day taken for today.
    pub as_of: PartialDate,
    /// The time now, as RFC 3339 text.
    pub now: &'a dyn Fn() -> String,
    /// Where the report goes, for whoever goes on with this run.
    pub report: Option<PathBuf>,
    /// The file that lists the sources, for the same, and a hash of what stands in it.
    pub config: Option<PathBuf>,
    pub config_hash: Option<String>,
}

/// A source of a run.
#[derive(Clone, Debug)]
pub struct SourceOptions {
    pub place: SourcePlace,
    pub plan: PlanOptions,
}

impl MigrateOptions<'_> {
    /// Makes the plan of each source.
    fn plans(&self) -> Result<Vec<Plan>, PipelineError> {
        let mut plans: Vec<Plan> = Vec::new();
        for source in &self.sources {
            let tap_state = last_state(&source.place, &source.plan, &self.store)?;
            let mut plan = Plan::make(&source.place, &PlanOptions { tap_state, ..source.plan.clone() })?;
            if self.sources.len() > 1 {
                plan.label = Some(plan.system.clone());
            }
            for other in plans.iter().filter(|other| other.system == plan.system) {
                let shared = |name: &str| other.pack.stream(name).is_some();
                let shared = plan.pack.streams.iter().find(|stream| shared(&stream.name)).map(|s| s.name.clone());
                let unclaimed = || {
                    let has = |name: &str| other.streams.iter().any(|stream| stream.name == name);
                    let at = plan.streams.iter().position(|stream| has(&stream.name))?;
                    Some(plan.streams[at].shown_name(at).into_owned())
                };
                if let Some(stream) = shared.or_else(unclaimed) {
                    return Err(PipelineError::SystemTwice { system: plan.system, stream });
                }
            }
            plans.push(plan);
        }
        Ok(plans)
    }

    /// What `resume` needs to give this command again.
    fn plan_text(&self, plans: &[Plan]) -> String {
        let whole = |path: &PathBuf| std::path::absolute(path).unwrap_or_else(|_| path.clone()).display().to_string();
        let source = |(source, plan): (&SourceOptions, &Plan)| {
            let folder = source.plan.connector.as_ref().filter(|name| is_folder(name));
            let mut text = serde_json::json!({
                "source": source.place.to_string(),
                "source_path": source.place.absolute(),
                "connector": plan.pack.id,
                "connector_folder": folder.map(|name| whole(&name.into())),
                "connector_hash": plan.pack.hash,
                "system": plan.system,
            });
            if let Some(state) = plan.tree.tap_state() {
                text["tap_state"] = state.into();
            }
            text
        };
        let mut sources: Vec<serde_json::Value> = self.sources.iter().zip(plans).map(source).collect();
        let mut text = match sources.len() {
            1 => sources.swap_remove(0),
            _ => serde_json::json!({ "sources": sources }),
        };
        let first = self.sources.first().map(|source| &source.plan);
        text["accept_drift"] = first.map(|plan| plan.accept_drift.clone()).into();
        text["ocr"] = first.and_then(|plan| plan.ocr.clone()).into();
        text["terminology"] = first.and_then(|plan| plan.terminology.as_ref()).map(whole).into();
        text["config_hash"] = self.config_hash.clone().into();
        text["report"] = self.report.as_ref().map(whole).into();
        text["config"] = self.config.as_ref().map(whole).into();
        text.to_string()
    }

    /// What makes a later command the same one.
    fn plan_key(&self, plans: &[Plan]) -> String {
        let source = |(source, plan): (&SourceOptions, &Plan)| {
            let tables = super::memory::tables_of(plan);
            format!("\n{}\n{}\n{}{tables}", source.place.absolute(), plan.system, plan.pack.hash)
        };
        let sources: String = self.sources.iter().zip(plans).map(source).collect();
        format!("migrate{sources}")
    }
}

pub fn migrate(options: &MigrateOptions<'_>, listener: &dyn Listener) -> Result<RunOutcome, PipelineError> {
    migrate_and_tell(options, listener).map_err(|stopped| *stopped.error)
}

/// [`migrate`], which also tells what a run that stopped had done by then.
pub fn migrate_and_tell(options: &MigrateOptions<'_>, listener: &dyn Listener) -> Result<RunOutcome, Stopped> {
    let began = std::time::Instant::now();
    let keeps = KeepsQuarantine::new(listener)?;
    let listener: &dyn Listener = &keeps;
    let mut plans = options.plans()?;
    let scratch = if options.dry_run { Some(tempfile::tempdir().map_err(PipelineError::Temporary)?) } else { None };
    let place = match &scratch {
        Some(folder) => {
            let copy = folder.path().join("dry-run.db");
            match EhrStore::copy(&options.store, &copy) {
                // Nothing is there yet: the dry run begins with an empty store.
                Err(StoreError::Missing { .. }) => {}
                copied => copied?,
            }
            StorePlace::Sqlite(copy)
        }
        None => options.store.clone(),
    };
    let _lock = place.lock()?;
    let mut store = EhrStore::open_or_create(&place)?;
    let mut systems: Vec<String> = plans.iter().map(|plan| plan.system.clone()).collect();
    systems.sort_unstable();
    systems.dedup();
    let systems: Vec<&str> = systems.iter().map(String::as_str).collect();
    let mut notes = Vec::new();
    let mut unreported = Vec::new();
    // In one order, so that no two processes wait for each other.
    for system in &systems {
        store.claim(system)?;
        unreported.extend(store.unreported(system)?);
    }
    for plan in &mut plans {
        let erased = Erased::of_store(&store, &plan.system, &plan.pack)?;
        plan.heed(erased);
        plan.heed_medications(&store)?;
        let label = plan.label.as_ref().map(|label| format!("{label}: ")).unwrap_or_default();
        notes.extend(plan.notes.iter().map(|note| format!("{label}{note}")));
    }
    unreported.sort_unstable();
    unreported.dedup();
    for run in unreported {
        notes.push(format!("run {run} ended without its report being written; `chartlift report {run}` writes it"));
    }
    if store.tombstones()?.iter().any(|kept| !kept.scrubbed) {
        notes.push(
            "data of an erased person still stands in freed space of the store; `chartlift patient scrub`".into(),
        );
    }
    for note in &notes {
        listener.event(Event::Note(note.clone()));
    }
    let mut within = Within::new();
    let mut surveys = Vec::new();
    listener.event(Event::Stage("reading the source"));
    for plan in &mut plans {
        let label = plan.label.as_ref().map(|label| format!("{label}: ")).unwrap_or_default();
        let before = store.stream_memories(&plan.system)?;
        let found = survey_all(&store, plan, &before, listener)?;
        for (stream, survey) in plan.streams.iter().zip(&found) {
            for note in survey.notes(stream) {
                let note = format!("{label}{note}");
                listener.event(Event::Note(note.clone()));
                notes.push(note);
            }
        }
        for note in plan.note_drift(&store, &found)? {
            let note = format!("{label}{note}");
            listener.event(Event::Note(note.clone()));
            notes.push(note);
        }
        within.extend(before.values().map(|memory| (memory.stream, memory.records)));
        surveys.push(found);
    }
    let plans = plans;
    tracing::debug!(seconds = began.elapsed().as_secs_f64(), "surveyed");
    let started = (options.now)();
    let run = store.begin_run(&RunPlan {
        command: "migrate",
        systems: &systems,
        plan: &options.plan_text(&plans),
        plan_key: &options.plan_key(&plans),
        as_of: &options.as_of.to_string(),
        started: &started,
    })?;
    let facts = RunFacts {
        id: run.id,
        command: "migrate".into(),
        started: run.started.clone(),
        chartlift: env!("CARGO_PKG_VERSION").into(),
        source: Listed(options.sources.iter().map(|source| source.place.to_string()).collect()),
        system: Listed(plans.iter().map(|plan| plan.system.clone()).collect()),
        connector: Listed(plans.iter().map(|plan| plan.pack.id.clone()).collect()),
        connector_hash: Listed(plans.iter().map(|plan| plan.pack.hash.clone()).collect()),
        store: options.store.to_string(),
        resumed: run.resumed,
        dry_run: options.dry_run,
        as_of: run.as_of.clone(),
        threads: rayon::current_num_threads(),
        notes,
        ..Default::default()
    };
    // A run that goes on has written since.
    if run.resumed {
        within.clear();
    }
    let loaded = match load_sources(&mut store, &plans, surveys, (&run, &within), listener) {
        Ok(loaded) => loaded,
        Err(error) => {
            let abandoned = store.abandon_group();
            if matches!(error, PipelineError::WrongSystem { .. } | PipelineError::ColumnLost { .. }) {
                abandoned?;
                store.finish_run(run.id, "failed", &(options.now)(), "", &[], (&systems, &[]))?;
                return Err(error.into());
            }
            let facts = RunFacts { finished: (options.now)(), seconds: began.elapsed().as_secs_f64(), ..facts };
            let so_far = so_far(&place, store, &plans, &run, facts, &error);
            return Err(Stopped { error: Box::new(error), so_far: Some(Box::new(so_far)) });
        }
    };
    let (mut outcome, found) = store.as_of_now(|store| close_books(store, &plans, (&run, within), facts, loaded))?;
    tracing::debug!(seconds = began.elapsed().as_secs_f64(), "books closed");
    outcome.run.finished = (options.now)();
    outcome.run.seconds = began.elapsed().as_secs_f64();
    outcome.run.status = if outcome.balanced { "done" } else { "unbalanced" }.into();
    let text = serde_json::to_string(&outcome).unwrap_or_default();
    let found = if outcome.balanced { &found[..] } else { &[] };
    let ended = (&*outcome.run.status, &*outcome.run.finished);
    store.finish_run(run.id, ended.0, ended.1, &text, &keeps.finish()?, (&systems, found))?;
    tracing::debug!(seconds = began.elapsed().as_secs_f64(), "run ended");
    store.close()?;
    Ok(outcome)
}

/// The sources of a run, as its plan tells of them.
pub fn sources_of(plan: &str) -> Vec<serde_json::Value> {
    let plan: serde_json::Value = serde_json::from_str(plan).unwrap_or_default();
    plan["sources"].as_array().cloned().unwrap_or_else(|| vec![plan])
}

/// As the catalog takes a connector's name.
fn is_folder(name: &str) -> bool {
    name.contains(['/', '\\']) || std::path::Path::new(name).is_dir()
}
