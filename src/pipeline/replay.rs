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
use crate::model::{ChartId, Fate, IssueCode, PartialDate, RecordType};
use crate::store::{EhrStore, StoredRecord};

/// Tries every waiting record of one source that this run did not read. Gives the books of those whose fate changed, by stream; also those of
/// `lost`, which this run wrote before it was cut off and its source does not hold any more.
pub fn replay(
    store: &mut EhrStore,
    is_its: &dyn Fn(&StoredRecord) -> bool,
    run: i64,
    (from_payload, references): (&mut FromPayload<'_>, &mut References),
    (read_in_this_run, lost): (&HashSet<i64>, &[i64]),
    listener: &dyn Listener,
) -> Result<BTreeMap<String, StreamAccount>, PipelineError> {
    let mut accounts: BTreeMap<String, StreamAccount> = BTreeMap::new();
    // What this run decided before, in an earlier step or before it was cut off, is counted and not written again.
    let decided = store.decided_from_payload(run)?.into_iter().map(|stored| (stored, true));
    let mut waiting = store.orphans(from_payload.system())?;
    // What drug an order is of may be known by now.
    if from_payload.knows_drugs() {
        waiting.extend(store.nameless(from_payload.system())?);
    }
    let waiting = waiting.into_iter().map(|stored| (stored, false));
    let decided: Vec<(StoredRecord, bool)> = decided.filter(|(stored, _)| is_its(stored)).collect();
    let known: HashSet<i64> = decided.iter().map(|(stored, _)| stored.record.id).collect();
    let mut all: Vec<(StoredRecord, bool)> =
        decided.into_iter().chain(waiting.filter(|(stored, _)| is_its(stored))).collect();
    for id in lost.iter().filter(|id| !known.contains(id)) {
        all.extend(store.stored_record(*id)?.map(|stored| (stored, true)));
    }
    for (stored, is_decided) in all {
        // What this run itself put into quarantine was judged by the same crosswalk.
        let judged = !is_decided && stored.record.run == run;
        if judged || read_in_this_run.contains(&stored.record.id) {
            continue;
        }
        if listener.interrupted() {
            return Err(PipelineError::Interrupted);
        }
        let class = match (stored.record.fate, stored.record.reason) {
            (
                Fate::Quarantined,
                Some(IssueCode::Orphan | IssueCode::DocumentUnassigned | IssueCode::IdentifierShared),
            ) => Class::Retry,
            (Fate::Quarantined, Some(IssueCode::RequiredMissing)) if !is_decided => Class::Retry,
            (Fate::Quarantined, _) => Class::Waits,
            (Fate::Duplicate, _) => Class::Duplicate { known: true },
            (fate, _) => Class::Same { fate, this_run: true },
        };
        let Some(again) = from_payload.prepare(store, &stored, class)? else {
            if is_decided {
                let account = accounts.entry(stored.stream.clone()).or_default();
                add(&from_payload.as_booked(store, &stored)?, &mut account.totals);
            }
            continue;
        };
        let mut prepared = again.prepared;
        let loads = prepared.totals.loaded + prepared.totals.updated > 0;
        // Also what was taken back in this run loads where its patient has come.
        if loads && stored.record.fate == Fate::Quarantined {
            store.write(run, &prepared.batch)?;
        } else if !is_decided {
            continue;
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
    Ok(accounts)
}

/// Takes back what was filed under these registrations while their key named nobody else: it waits in quarantine until a
/// person says whose it is. Records of `own` are the registrations' themselves.
pub fn recall(
    store: &mut EhrStore,
    plan: &Plan,
    run: i64,
    as_of: PartialDate,
    crosswalk: &Crosswalk,
    (registrations, own): (&[ChartId], &HashSet<i64>),
) -> Result<(), PipelineError> {
    let mut from_payload = FromPayload::new(plan, as_of, crosswalk, None);
    for registration in registrations {
        for id in store.records_under(*registration)?.into_iter().filter(|id| !own.contains(id)) {
            let Some(stored) = store.stored_record(id)? else { continue };
            // Facts of another registration's row stay with the person they are about, who keeps them under the new id.
            let mappings = plan.pack.stream(&stored.stream).map(|stream| stream.mappings()).unwrap_or_default();
            if mappings.first().is_some_and(|mapping| mapping.record == RecordType::Patient) {
                continue;
            }
            let batch = match from_payload.prepare(store, &stored, Class::Recall)? {
                Some(again) => again.prepared.batch,
                None => from_payload.without_pack(store, &stored)?,
            };
            store.write(run, &batch)?;
        }
    }
    Ok(())
}
