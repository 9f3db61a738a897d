//! A run that stopped before its end, and the report of what it had done by then.

use std::collections::BTreeMap;

use super::PipelineError;
use super::outcome::{DigestOutcome, PatientsOutcome, RunFacts, RunOutcome, StreamOutcome};
use super::plan::{Plan, PlannedStream};
use crate::model::{Fate, StreamTotals};
use crate::store::{EhrStore, RunStart, StoreError, StorePlace};

/// Why a run stopped, and what it had done, where it had begun and the store can still be read.
#[derive(Debug)]
pub struct Stopped {
    pub error: Box<PipelineError>,
    pub so_far: Option<Box<RunOutcome>>,
}

impl<E: Into<PipelineError>> From<E> for Stopped {
    fn from(error: E) -> Self {
        Self { error: Box::new(error.into()), so_far: None }
    }
}

/// How far a run came that stopped. A server may be there again when its connection is not; where it is not, all there is to tell is
/// why the run stopped.
pub(super) fn so_far(
    place: &StorePlace,
    store: EhrStore,
    plans: &[Plan],
    run: &RunStart,
    mut facts: RunFacts,
    error: &PipelineError,
) -> RunOutcome {
    facts.status = if matches!(error, PipelineError::Interrupted) { "interrupted" } else { "failed" }.into();
    let hint = error.hint().map(|hint| format!("; {hint}")).unwrap_or_default();
    facts.notes.push(format!("the run stopped: {error}{hint}"));
    let told = by_the_ledger(&store, plans, run, facts.clone());
    // Its rights are given back before it is asked for anew.
    drop(store);
    told.or_else(|_| by_the_ledger(&EhrStore::open(place)?, plans, run, facts.clone())).unwrap_or_else(|_| RunOutcome {
        format: 1,
        digest: DigestOutcome { before: run.digest_before.to_string(), after: String::new() },
        run: facts,
        ..Default::default()
    })
}

/// What stands in the ledger of a run: the records it decided, by stream. The cells are counted by a whole run only.
fn by_the_ledger(store: &EhrStore, plans: &[Plan], run: &RunStart, facts: RunFacts) -> Result<RunOutcome, StoreError> {
    let ledger = store.count_ledger(run.id)?;
    let mut totals: BTreeMap<String, StreamTotals> = BTreeMap::new();
    for ((system, stream, fate), records) in &ledger.fates {
        let plan = plans.iter().find(|plan| plan.system == *system);
        if let (Some(plan), Some(fate)) = (plan, Fate::parse(fate)) {
            let totals = totals.entry(plan.named(stream)).or_default();
            totals.read += records;
            *totals.fate_mut(fate) += records;
        }
    }
    let files_of = |plan: &Plan| -> Vec<(String, Vec<String>)> {
        let files = |stream: &PlannedStream| stream.files.iter().map(|file| file.path.clone()).collect();
        plan.streams.iter().map(|stream| (plan.named(&stream.name), files(stream))).collect()
    };
    let files: BTreeMap<String, Vec<String>> = plans.iter().flat_map(files_of).collect();
    let streams = totals.into_iter().map(|(stream, totals)| StreamOutcome {
        archive_reason: None,
        files: files.get(&stream).cloned().unwrap_or_default(),
        stream,
        totals,
        // What is left to read is not in these books.
        balanced: false,
        columns: Vec::new(),
    });
    let counts = store.counts()?;
    Ok(RunOutcome {
        matching: None,
        format: 1,
        run: facts,
        streams: streams.collect(),
        patients: PatientsOutcome {
            identities: counts.identities,
            patients: counts.patients,
            linked: counts.identities.saturating_sub(counts.patients),
            review: counts.reviews,
            moved: store.moves_of(run.id, None)?.1,
            pairs: Vec::new(),
        },
        issues: Vec::new(),
        balanced: false,
        digest: DigestOutcome { before: run.digest_before.to_string(), after: store.digest()?.to_string() },
        discrepancies: Vec::new(),
    })
}
