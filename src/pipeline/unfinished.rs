//! A run that stopped before its end, and the report of what it had done by then.

use std::collections::BTreeMap;

use super::PipelineError;
use super::outcome::{DigestOutcome, PatientsOutcome, RunFacts, RunOutcome, StreamOutcome};
use super::plan::Plan;
use crate::model::{Fate, StreamTotals};
use crate::store::{EhrStore, RunStart, StoreError};

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

/// What stands in the ledger of a run that stopped: the records it decided, by stream. The cells are counted by a whole run only.
pub(super) fn so_far(
    store: &mut EhrStore,
    plan: &Plan,
    run: &RunStart,
    mut facts: RunFacts,
    error: &PipelineError,
) -> Result<RunOutcome, StoreError> {
    facts.status = if matches!(error, PipelineError::Interrupted) { "interrupted" } else { "failed" }.into();
    let hint = error.hint().map(|hint| format!("; {hint}")).unwrap_or_default();
    facts.notes.push(format!("the run stopped: {error}{hint}"));
    let ledger = store.count_ledger(run.id)?;
    let mut totals: BTreeMap<&str, StreamTotals> = BTreeMap::new();
    for ((system, stream, fate), records) in &ledger.fates {
        if let (true, Some(fate)) = (*system == plan.system, Fate::parse(fate)) {
            let totals = totals.entry(stream).or_default();
            totals.read += records;
            *totals.fate_mut(fate) += records;
        }
    }
    let files: BTreeMap<&str, Vec<String>> = plan
        .streams
        .iter()
        .map(|stream| (stream.name.as_str(), stream.files.iter().map(|file| file.path.clone()).collect()))
        .collect();
    let streams = totals.into_iter().map(|(stream, totals)| StreamOutcome {
        stream: stream.to_owned(),
        archive_reason: None,
        files: files.get(stream).cloned().unwrap_or_default(),
        totals,
        // What is left to read is not in these books.
        balanced: false,
        columns: Vec::new(),
    });
    let counts = store.counts()?;
    Ok(RunOutcome {
        format: 1,
        run: facts,
        streams: streams.collect(),
        patients: PatientsOutcome {
            identities: counts.identities,
            patients: counts.patients,
            linked: counts.identities.saturating_sub(counts.patients),
            review: counts.reviews,
            pairs: Vec::new(),
        },
        issues: Vec::new(),
        balanced: false,
        digest: DigestOutcome { before: run.digest_before.to_string(), after: store.digest()?.to_string() },
        discrepancies: Vec::new(),
    })
}
