//! Orphans whose patient has arrived, and facts whose patient key turned out to name several people: records of earlier runs
//! that this run decides anew although its source may not hold them any more.

use std::collections::{BTreeMap, HashSet};

use super::decide::Class;
use super::load::{StreamAccount, add, merge_issue};
use super::outcome::IssueCounts;
use super::plan::Plan;
use super::prepare::Crosswalk;
use super::references::References;
use super::stored::FromPayload;
use super::{Event, Listener, PipelineError};
use crate::model::{ChartId, Fate, PartialDate};
use crate::store::{KnownRecord, SqliteStore, StoredRecord};

/// What became of records that were decided from their payload.
pub struct Replayed {
    /// The books of those that this run's source does not hold, by stream.
    pub accounts: BTreeMap<String, StreamAccount>,
    /// Whether there are any, be they in the source or not.
    pub any: bool,
}

/// Tries every waiting record that this run did not read.
pub fn replay(
    store: &mut SqliteStore,
    plan: &Plan,
    run: i64,
    (from_payload, references): (&mut FromPayload<'_>, &mut References),
    read_in_this_run: &HashSet<i64>,
    listener: &dyn Listener,
) -> Result<Replayed, PipelineError> {
    let mut any = false;
    let mut accounts: BTreeMap<String, StreamAccount> = BTreeMap::new();
    // What this run decided before, in an earlier step or before it was cut off, is counted and not written again.
    let decided = store.decided_from_payload(run)?.into_iter().map(|stored| (as_it_was(stored), true));
    let waiting = store.orphans(&plan.system)?.into_iter().map(|stored| (stored, false));
    for (stored, is_decided) in decided.chain(waiting).collect::<Vec<_>>() {
        any |= is_decided;
        // What this run itself put into quarantine was judged by the same crosswalk.
        let judged = !is_decided && stored.record.run == run;
        if judged || read_in_this_run.contains(&stored.record.id) {
            continue;
        }
        if listener.interrupted() {
            return Err(PipelineError::Interrupted);
        }
        let Some(again) = from_payload.prepare(store, &stored, Class::Retry)? else { continue };
        let mut prepared = again.prepared;
        if !is_decided {
            if prepared.totals.loaded + prepared.totals.updated == 0 {
                continue;
            }
            store.write(run, &prepared.batch)?;
            any = true;
        }
        for row in prepared.quarantined.drain(..) {
            listener.event(Event::Quarantined(row));
        }
        let account = accounts.entry(stored.stream.clone()).or_default();
        let name = format!("{}:replayed", stored.stream);
        references.take(&name, &prepared.targets, &prepared.references);
        add(&prepared.totals, &mut account.totals);
        let mut issues = IssueCounts::default();
        issues.merge(prepared.issues);
        let column = |column: u32| again.columns.get(column as usize).cloned().unwrap_or_default();
        for outcome in issues.outcomes(&name, column) {
            merge_issue(outcome, &mut account.issues);
        }
        account.consumed.extend(prepared.consumed);
    }
    for stream in accounts.keys() {
        references.ask_store(store, &format!("{stream}:replayed"))?;
    }
    Ok(Replayed { accounts, any })
}

/// A decided record as it was before, in so far as its fate tells.
fn as_it_was(stored: StoredRecord) -> StoredRecord {
    let charted = u16::from(stored.record.fate == Fate::Updated);
    StoredRecord { record: KnownRecord { charted, ..stored.record }, ..stored }
}

/// Takes back what was filed under these registrations while their key named nobody else: it waits in quarantine until a
/// person says whose it is. Records of `own` are the registrations' themselves.
pub fn recall(
    store: &mut SqliteStore,
    plan: &Plan,
    run: i64,
    as_of: PartialDate,
    crosswalk: &Crosswalk,
    (registrations, own): (&[ChartId], &HashSet<i64>),
) -> Result<(), PipelineError> {
    let mut from_payload = FromPayload::new(plan, as_of, crosswalk);
    for registration in registrations {
        for id in store.records_under(*registration)?.into_iter().filter(|id| !own.contains(id)) {
            let Some(stored) = store.stored_record(id)? else { continue };
            if let Some(again) = from_payload.prepare(store, &stored, Class::Recall)? {
                store.write(run, &again.prepared.batch)?;
            }
        }
    }
    Ok(())
}
