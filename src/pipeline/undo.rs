//! Undo: a run is taken back, together with the later ones that stand on it, and only if people are then as they would be without it.

mod dependents;

use serde::Serialize;

pub use self::dependents::Dependent;
use self::dependents::Runs;
use super::PipelineError;
use super::linked_anew::{Doubt, LINK_ANEW, LinkedAnew, decided_in_doubt, link_anew};
use super::people::{Recount, unsettled};
use crate::store::{EhrStore, StoreError, StorePlace, UndoCounts};

pub struct UndoOptions<'a> {
    pub store: StorePlace,
    pub run: i64,
    /// Also undoes the later runs that stand on it.
    pub with_dependents: bool,
    /// The time now, as RFC 3339 text.
    pub now: &'a dyn Fn() -> String,
}

/// What undoing did.
#[derive(Clone, Debug, Serialize)]
pub struct UndoOutcome {
    /// The number under which the undoing itself stands in the store.
    pub run: i64,
    /// In the order of being undone, the latest first.
    pub undone: Vec<i64>,
    /// Source records that the store no longer knows.
    pub source_records: u64,
    /// Chart rows that are gone.
    pub chart_rows: u64,
    /// Rows that are again as they were.
    pub restored: u64,
    /// How those are linked who stayed when somebody was erased, where that was taken back with the others.
    pub linked_anew: Option<LinkedAnew>,
    pub digest: UndoDigest,
}

#[derive(Clone, Debug, Serialize)]
pub struct UndoDigest {
    pub before: String,
    pub after: String,
}

pub fn undo(options: &UndoOptions<'_>) -> Result<UndoOutcome, PipelineError> {
    let run = options.run;
    if let Some(path) = options.store.file().filter(|path| !path.is_file()) {
        // No lock is left beside what is not there.
        return Err(StoreError::Missing { path: path.display().to_string() }.into());
    }
    let _lock = options.store.lock()?;
    let mut store = EhrStore::open(&options.store)?;
    store.claim_alone()?;
    let runs = Runs::of(&store)?;
    let wanted = runs.row(run).ok_or(StoreError::NoRun { run })?;
    let refused = |why: &str| PipelineError::NotUndoable { run, why: why.into() };
    match (wanted.status.as_str(), wanted.command.as_str()) {
        ("undone", _) => return Err(refused("it is undone already")),
        (_, "undo") => return Err(refused("it undid another run; that run's command loads its source again")),
        (_, "erase") => return Err(refused("it erased a person, of whom nothing is left")),
        (_, LINK_ANEW) => return Err(refused("it linked those who stayed when a person was erased")),
        _ => {}
    }
    if !store.keeps_what_was_before(run)? {
        return Err(refused("it was made before the store kept what was there before a run"));
    }
    let dependents = runs.dependents(&store, run, Vec::new())?;
    let mut taken = take_back(&mut store, &runs, options, dependents)?;
    if let Some(later) = runs.linked_after(&taken.undone)
        && !is_settled(&store)?
    {
        store.abandon_group()?;
        // Where people had been linked by another rule before, as in older formats, nothing follows from it.
        let linked = if is_settled(&store)? { later } else { Vec::new() };
        let dependents = runs.dependents(&store, run, linked)?;
        taken = take_back(&mut store, &runs, options, dependents)?;
    }
    store.commit_undo()?;
    store.close()?;
    Ok(taken)
}

/// Takes a run back with those that stand on it, in a group that is left open.
fn take_back(
    store: &mut EhrStore,
    runs: &Runs,
    options: &UndoOptions<'_>,
    dependents: Vec<Dependent>,
) -> Result<UndoOutcome, PipelineError> {
    let run = options.run;
    if !options.with_dependents && !dependents.is_empty() {
        return Err(PipelineError::NeededByLater { run, dependents });
    }
    let mut undone: Vec<i64> = dependents.iter().map(|dependent| dependent.run).collect();
    undone.reverse();
    undone.push(run);
    for kept in store.tombstones()? {
        if let Some(run) = undone.iter().find(|run| kept.tombstone.runs.contains(run)) {
            let why = format!("run {} erased a person whose data it had loaded or changed", kept.run);
            return Err(PipelineError::NotUndoable { run: *run, why });
        }
    }
    // Whoever was erased is so for good: those who stay are linked without him, whatever is taken back.
    let anew = undone.iter().copied().filter(|run| runs.row(*run).is_some_and(|row| row.command == LINK_ANEW));
    let anew: Vec<i64> = anew.collect();
    let in_doubt = decided_in_doubt(store, &anew)?;
    store.begin_group()?;
    let before = store.digest()?.to_string();
    let plan = serde_json::json!({ "undoes": undone }).to_string();
    let (number, counts) = store.undo(&undone, &plan, &(options.now)())?;
    let UndoCounts { source_records, chart_rows, restored } = counts;
    let linked_anew = match anew.is_empty() {
        true => None,
        false => Some(link_anew(store, Doubt::Decided(in_doubt), options.now)?),
    };
    let digest = UndoDigest { before, after: store.digest()?.to_string() };
    Ok(UndoOutcome { run: number, undone, source_records, chart_rows, restored, linked_anew, digest })
}

/// Whether everybody is as they would be if they were linked now, and the same pairs wait for a person.
fn is_settled(store: &EhrStore) -> Result<bool, PipelineError> {
    Ok(unsettled(store, Recount::Whole)?.is_none() && !store.has_empty_patients()?)
}
