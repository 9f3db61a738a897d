//! What a person decides about a store is a run: it begins, writes all of it or nothing, and ends; it can be undone as any run can.

use super::PipelineError;
use super::settings::matcher_name;
use super::survey::hex;
use crate::model::Hash128;
use crate::store::{EhrStore, RunPlan, RunStart, StoreError, StorePlace};

/// A decision as its command describes it.
pub(super) struct DecisionRun<'a> {
    pub command: &'static str,
    /// The source systems whose records it changes.
    pub systems: &'a [&'a str],
    /// Without anything that a person wrote: it outlives an erasure.
    pub plan: serde_json::Value,
    /// All that makes a later command the same one; a hash of it is kept.
    pub same: &'a [&'a str],
    /// The time now, as RFC 3339 text.
    pub now: &'a dyn Fn() -> String,
}

/// Opens a store that is there, with nobody else writing to its file, and nobody who must be alone with it.
pub(super) fn with_store<T>(
    place: &StorePlace,
    work: impl FnOnce(&mut EhrStore) -> Result<T, PipelineError>,
) -> Result<T, PipelineError> {
    if let Some(path) = place.file().filter(|path| !path.is_file()) {
        // No lock is left beside what is not there.
        return Err(StoreError::Missing { path: path.display().to_string() }.into());
    }
    let _lock = place.lock()?;
    let mut store = EhrStore::open(place)?;
    store.claim_presence()?;
    let done = work(&mut store)?;
    store.close()?;
    Ok(done)
}

/// Does `work` in a group in which nobody else links people; it gets the run and its time. The run is there with all it did, or not at
/// all.
pub(super) fn decide_as_run<T>(
    store: &mut EhrStore,
    run: &DecisionRun<'_>,
    work: impl FnOnce(&mut EhrStore, i64, &str) -> Result<T, PipelineError>,
) -> Result<(RunStart, T), PipelineError> {
    store.begin_people()?;
    match run_in_group(store, run, work) {
        Ok(done) => {
            store.commit_group()?;
            store.settle()?;
            Ok(done)
        }
        Err(error) => {
            store.abandon_group()?;
            Err(error)
        }
    }
}

/// The same in a group that is open, and left so.
pub(super) fn run_in_group<T>(
    store: &mut EhrStore,
    run: &DecisionRun<'_>,
    work: impl FnOnce(&mut EhrStore, i64, &str) -> Result<T, PipelineError>,
) -> Result<(RunStart, T), PipelineError> {
    let now = (run.now)();
    let parts: Vec<&[u8]> = run.same.iter().map(|part| part.as_bytes()).collect();
    let start = store.begin_run(&RunPlan {
        command: run.command,
        systems: run.systems,
        plan: &run.plan.to_string(),
        plan_key: &format!("{}\n{}", run.command, hex(&Hash128::of_parts(&parts).0)),
        as_of: now.split('T').next().unwrap_or_default(),
        started: &now,
    })?;
    let name = matcher_name(store)?;
    let is_kept = store.has_match_index(&name)?;
    let done = work(store, start.id, &now)?;
    store.note_linked()?;
    // Which registrations match is as it was.
    if is_kept && matcher_name(store)? == name {
        store.stamp_match_index(&name)?;
    }
    store.finish_run(start.id, "done", &(run.now)(), "", &[], (&[], &[]))?;
    Ok((start, done))
}
