//! The second pass over a stream: batches are prepared in parallel, in order, and written by one thread.

use std::collections::{BTreeMap, HashMap};
use std::sync::Mutex;

use rayon::prelude::*;

use super::decide::Decisions;
use super::outcome::{IssueCounts, IssueOutcome};
use super::people::PersonDecision;
use super::plan::{Plan, PlannedStream};
use super::prepare::{Crosswalk, Prepared, Shared, prepare};
use super::references::References;
use super::survey::{BATCH_BYTES, BATCH_RECORDS, StreamSurvey, open};
use super::{Event, Listener, PipelineError};
use crate::extract::RecordBatch;
use crate::model::{CellTotals, RecordType, StreamTotals};
use crate::normalize::Context;
use crate::store::{BatchWrite, ChartReader, FileWrite, SqliteStore, StoreError, StreamId};

/// The books of one stream.
#[derive(Default)]
pub struct StreamAccount {
    pub totals: StreamTotals,
    pub columns: BTreeMap<String, CellTotals>,
    /// In the order of the file.
    pub column_order: Vec<String>,
    pub issues: Vec<IssueOutcome>,
    /// Files that document records took in.
    pub consumed: Vec<usize>,
}

/// What a stream is loaded with.
pub struct LoadInput<'a> {
    pub plan: &'a Plan,
    pub stream: &'a PlannedStream,
    pub stream_id: StreamId,
    pub survey: &'a StreamSurvey,
    pub contexts: &'a [Context],
    pub decisions: &'a Decisions,
    pub crosswalk: &'a Crosswalk,
    pub people: &'a HashMap<u64, PersonDecision>,
    pub kinds: &'a [(RecordType, Option<String>)],
    /// Answers what the chart holds, where the stream is mapped anew.
    pub reader: Option<&'a Mutex<ChartReader>>,
    pub run: i64,
}

/// Batches with the position of their first record.
type Batches = Vec<(u64, RecordBatch)>;

/// Batches that may wait for the writer.
const WAITING_BATCHES: usize = 2;

pub fn load(
    store: &mut SqliteStore,
    input: &LoadInput<'_>,
    references: &mut References,
    listener: &dyn Listener,
) -> Result<StreamAccount, PipelineError> {
    let mut account = StreamAccount::default();
    let mut position = 0;
    for (index, file) in input.stream.files.iter().enumerate() {
        let surveyed = &input.survey.files[index];
        let file_id = store.file_id(
            input.run,
            input.stream_id,
            &FileWrite {
                path: file.path.clone(),
                sha256: surveyed.sha256.clone(),
                size_bytes: surveyed.size_bytes,
                records: surveyed.records,
                header: serde_json::json!({
                    "columns": file.header.columns,
                    "delimiter": char::from(file.header.delimiter).to_string(),
                    "fallback": file.header.fallback.name(),
                    "reading": file.header.reading,
                })
                .to_string(),
            },
        )?;
        let shared = Shared {
            plan: input.plan,
            stream: input.stream,
            file,
            mixed_encoding: surveyed.mixed_encoding,
            file_sha256: &surveyed.sha256,
            file_id,
            stream_id: input.stream_id,
            context: input.contexts[index].clone(),
            decisions: input.decisions,
            crosswalk: input.crosswalk,
            people: input.people,
            kinds: input.kinds,
            reader: input.reader,
            kept_documents: None,
        };
        load_file(store, input, &shared, &mut position, (&mut account, references), listener)?;
    }
    Ok(account)
}

fn load_file(
    store: &mut SqliteStore,
    input: &LoadInput<'_>,
    shared: &Shared<'_>,
    position: &mut u64,
    (account, references): (&mut StreamAccount, &mut References),
    listener: &dyn Listener,
) -> Result<(), PipelineError> {
    let (mut reader, hash) = open(input.plan, input.stream, shared.file)?;
    // Records with documents may be large.
    let batch_records = if input.stream.has_documents() { 32 } else { BATCH_RECORDS };
    let mut issues = IssueCounts::default();
    let mut columns = vec![CellTotals::default(); shared.file.header.columns.len()];
    let run = input.run;
    let mut next = *position;
    let ended = std::thread::scope(|scope| -> Result<u64, PipelineError> {
        // Reading goes on while batches are prepared.
        let (read_sender, read_receiver) = crossbeam_channel::bounded::<Result<Batches, PipelineError>>(1);
        let reader = scope.spawn(move || {
            loop {
                let mut batches: Batches = Vec::new();
                while batches.len() < rayon::current_num_threads().max(1) {
                    match reader.next_batch(batch_records, BATCH_BYTES) {
                        Ok(Some(batch)) => {
                            let first = next;
                            next += batch.len() as u64;
                            batches.push((first, batch));
                        }
                        Ok(None) => break,
                        Err(error) => {
                            // Whoever listens ends with it.
                            let _ = read_sender.send(Err(error.into()));
                            return next;
                        }
                    }
                }
                if batches.is_empty() || read_sender.send(Ok(batches)).is_err() {
                    return next;
                }
            }
        });
        let (sender, receiver) = crossbeam_channel::bounded::<BatchWrite>(WAITING_BATCHES);
        let writer = scope.spawn(move || -> Result<(), StoreError> {
            for batch in receiver {
                store.write(run, &batch)?;
            }
            Ok(())
        });
        let mut read = || -> Result<(), PipelineError> {
            loop {
                if listener.interrupted() {
                    return Err(PipelineError::Interrupted);
                }
                let Ok(batches) = read_receiver.recv() else { return Ok(()) };
                let batches = batches?;
                let prepared: Vec<Result<Prepared, PipelineError>> =
                    batches.par_iter().map(|(first, batch)| prepare(shared, batch, *first)).collect();
                drop(batches);
                for prepared in prepared {
                    let prepared = prepared?;
                    add(&prepared.totals, &mut account.totals);
                    for (sum, part) in columns.iter_mut().zip(&prepared.columns) {
                        add_cells(part, sum);
                    }
                    let found = prepared.issues.total();
                    issues.merge(prepared.issues);
                    account.consumed.extend(prepared.consumed);
                    references.take(&input.stream.name, &prepared.targets, &prepared.references);
                    for row in prepared.quarantined {
                        listener.event(Event::Quarantined(row));
                    }
                    listener.event(Event::Progress { records: prepared.records, issues: found });
                    if !prepared.batch.is_empty() && sender.send(prepared.batch).is_err() {
                        // The writer stopped; it says why below.
                        return Ok(());
                    }
                }
            }
        };
        let outcome = read();
        drop(sender);
        drop(read_receiver);
        match writer.join() {
            Ok(written) => written?,
            Err(panic) => std::panic::resume_unwind(panic),
        }
        let ended = reader.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        outcome.map(|()| ended)
    })?;
    *position = ended;
    if hash.finish().0 != shared.file_sha256 {
        return Err(PipelineError::SourceChanged { file: shared.file.path.clone() });
    }
    for (name, cells) in shared.file.header.columns.iter().zip(&columns) {
        if !account.column_order.contains(name) {
            account.column_order.push(name.clone());
        }
        add_cells(cells, account.columns.entry(name.clone()).or_default());
    }
    let name = |column: u32| shared.file.header.columns.get(column as usize).cloned().unwrap_or_default();
    for outcome in issues.outcomes(&input.stream.name, name) {
        merge_issue(outcome, &mut account.issues);
    }
    Ok(())
}

/// Adds an issue to those of other files.
pub fn merge_issue(outcome: IssueOutcome, issues: &mut Vec<IssueOutcome>) {
    let same = |other: &&mut IssueOutcome| {
        other.code == outcome.code && other.column == outcome.column && other.stream == outcome.stream
    };
    match issues.iter_mut().find(same) {
        Some(other) => other.count += outcome.count,
        None => issues.push(outcome),
    }
}

/// Adds one part of a stream's books to another.
pub fn add(part: &StreamTotals, sum: &mut StreamTotals) {
    sum.read += part.read;
    for fate in crate::model::Fate::ALL {
        *sum.fate_mut(*fate) += part.fate(*fate);
    }
    sum.withdrawn += part.withdrawn;
    for (table, rows) in &part.chart {
        *sum.chart.entry(table.clone()).or_default() += rows;
    }
    add_cells(&part.cells, &mut sum.cells);
}

fn add_cells(part: &CellTotals, sum: &mut CellTotals) {
    sum.non_empty += part.non_empty;
    for (disposition, cells) in [
        (crate::model::Disposition::Mapped, part.mapped),
        (crate::model::Disposition::Coded, part.coded),
        (crate::model::Disposition::Kept, part.kept),
        (crate::model::Disposition::Ignored, part.ignored),
        (crate::model::Disposition::Failed, part.failed),
        (crate::model::Disposition::Quarantined, part.quarantined),
        (crate::model::Disposition::Unchanged, part.unchanged),
    ] {
        sum.add(disposition, cells);
    }
}
