//! The second pass over a stream: batches are prepared in parallel, in order, and written by one thread.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Mutex;
use std::thread::ScopedJoinHandle;

use crossbeam_channel::{Receiver, Sender, bounded};

use super::decide::Decisions;
use super::document_subjects::DocumentSubjects;
use super::drift::Layout;
use super::outcome::{IssueCounts, IssueOutcome};
use super::people::PersonDecisions;
use super::plan::{Plan, PlannedStream};
use super::prepare::{Crosswalk, Prepared, Shared, prepare, untouched};
use super::references::References;
use super::survey::{BATCH_BYTES, BATCH_RECORDS, BatchSurvey, FileSurvey, StreamSurvey, open};
use super::{Event, Listener, PipelineError};
use crate::extract::{RecordBatch, RecordReader};
use crate::model::{CellTotals, Hash128, RecordType, StreamTotals};
use crate::normalize::Context;
use crate::store::{BatchWrite, ChartReader, EhrStore, FileWrite, StoreError, StreamId};

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
    /// What each record is to the next run, by position, if nothing changes until then.
    pub next: Vec<u8>,
    /// Records that wait, by position, with key and content.
    pub waiting: Vec<(u64, Hash128, Hash128)>,
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
    pub people: &'a PersonDecisions,
    pub kinds: &'a [(RecordType, Option<String>)],
    /// Answers what the chart holds, where the stream is mapped anew.
    pub reader: Option<&'a Mutex<ChartReader>>,
    /// Whose documents may be, where that is asked.
    pub subjects: Option<&'a DocumentSubjects>,
    pub run: i64,
}

/// Batches that may wait for the writer.
const WAITING_BATCHES: usize = 2;

/// Batches between the reader and the books, beside the one that each core works on.
const BATCHES_IN_FLIGHT: usize = 2;

pub fn load(
    store: &mut EhrStore,
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
                header: Layout { held: file.held, ..Layout::new(&file.header.columns, &surveyed.kinds) }
                    .noted(&file.header.to_note()),
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
            subjects: input.subjects,
            reader: input.reader,
            kept_documents: None,
        };
        load_file(store, input, (index, &shared), &mut position, (&mut account, references), listener)?;
    }
    Ok(account)
}

fn load_file(
    store: &mut EhrStore,
    input: &LoadInput<'_>,
    (index, shared): (usize, &Shared<'_>),
    position: &mut u64,
    (account, references): (&mut StreamAccount, &mut References),
    listener: &dyn Listener,
) -> Result<(), PipelineError> {
    let mut books = Books {
        stream: &input.stream.name,
        columns: vec![CellTotals::default(); shared.file.header.columns.len()],
        issues: IssueCounts::default(),
        account,
        references,
        listener,
    };
    if !books.take_untouched(shared, &input.survey.files[index], position) {
        let (reader, hash) = open(input.plan, input.stream, shared.file)?;
        run_stations(store, input, (index, shared), reader, position, &mut books)?;
        if hash.finish().0 != shared.file_sha256 {
            return Err(PipelineError::SourceChanged { file: shared.file.path.clone() });
        }
    }
    let Books { columns, issues, account, .. } = books;
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

/// A batch on its way, numbered from 0, with the position of its first record.
struct Numbered {
    number: u64,
    first: u64,
    batch: RecordBatch,
}

/// What became of a batch: made ready, or why the run ends there; the outer error is a panic.
type Step = std::thread::Result<Result<Prepared, PipelineError>>;

/// Four stations, each at its own pace: one reads, the cores prepare, this thread does the books in the order of the file, one
/// writes. Who reads takes a ticket for each batch, which comes back when the batch is in the books: however far the
/// stations drift apart, memory is bounded.
fn run_stations(
    store: &mut EhrStore,
    input: &LoadInput<'_>,
    (index, shared): (usize, &Shared<'_>),
    reader: RecordReader,
    position: &mut u64,
    books: &mut Books<'_>,
) -> Result<(), PipelineError> {
    // Records with documents may be large.
    let batch_records = if input.stream.has_documents() { 32 } else { BATCH_RECORDS };
    let run = input.run;
    let batches_surveyed = &input.survey.files[index].batches;
    // Threads of their own, as many as rayon has: a station waits for its neighbour, and rayon's threads must not wait.
    let cores = rayon::current_num_threads();
    let tickets = BATCHES_IN_FLIGHT + cores;
    std::thread::scope(|scope| {
        let (give_ticket, take_ticket) = bounded::<()>(tickets);
        (0..tickets).for_each(|_| _ = give_ticket.send(()));
        let (read_sender, read_receiver) = bounded::<Numbered>(tickets);
        let (step_sender, step_receiver) = bounded::<(u64, Step)>(tickets + 1);
        let (write_sender, write_receiver) = bounded::<BatchWrite>(WAITING_BATCHES);
        let failed_sender = step_sender.clone();
        let reading = scope.spawn(move || {
            let sent = |number, step| failed_sender.send((number, Ok(step))).is_ok();
            let untouched = |number: u64, first| {
                let surveyed = batches_surveyed.get(number as usize)?;
                Some((untouched(shared, surveyed, first)?, surveyed))
            };
            read_all(reader, batch_records, position, &take_ticket, &read_sender, (untouched, sent));
        });
        for _ in 0..cores {
            let (batches, steps) = (read_receiver.clone(), step_sender.clone());
            scope.spawn(move || {
                for Numbered { number, first, batch } in batches {
                    let step = catch_unwind(AssertUnwindSafe(|| prepare(shared, &batch, first)));
                    if steps.send((number, step)).is_err() {
                        // Whoever listens stopped on an error.
                        break;
                    }
                }
            });
        }
        drop((read_receiver, step_sender));
        let writing = scope.spawn(move || -> Result<(), StoreError> {
            write_receiver.into_iter().try_for_each(|batch| store.write(run, &batch))
        });
        let outcome = books.take_all(step_receiver, &give_ticket, &write_sender);
        drop((write_sender, give_ticket));
        // Why the writer stopped comes first: it is why the others did.
        joined(writing)?;
        joined(reading);
        outcome
    })
}

/// Reads what there is to do; batches without any change are booked as they were surveyed, and their bytes passed over.
fn read_all<'a>(
    mut reader: RecordReader,
    batch_records: usize,
    position: &mut u64,
    tickets: &Receiver<()>,
    batches: &Sender<Numbered>,
    (untouched, sent): (
        impl Fn(u64, u64) -> Option<(Prepared, &'a BatchSurvey)>,
        impl Fn(u64, Result<Prepared, PipelineError>) -> bool,
    ),
) {
    for number in 0.. {
        if tickets.recv().is_err() {
            return;
        }
        if let Some((prepared, surveyed)) = untouched(number, *position) {
            *position += surveyed.records;
            let skipped = reader.skip(surveyed.records, surveyed.raw_bytes);
            if !sent(number, skipped.map(|()| prepared).map_err(PipelineError::from)) {
                return;
            }
            continue;
        }
        match reader.next_batch(batch_records, BATCH_BYTES) {
            Ok(Some(batch)) => {
                let first = *position;
                *position += batch.len() as u64;
                if batches.send(Numbered { number, first, batch }).is_err() {
                    return;
                }
            }
            Ok(None) => return,
            Err(error) => {
                sent(number, Err(error.into()));
                return;
            }
        }
    }
}

/// The books of one file.
struct Books<'a> {
    stream: &'a str,
    /// Per column of the file.
    columns: Vec<CellTotals>,
    issues: IssueCounts,
    account: &'a mut StreamAccount,
    references: &'a mut References,
    listener: &'a dyn Listener,
}

impl Books<'_> {
    /// Books a file of which every record is as it was: it is not read again. Says whether it is one.
    fn take_untouched(&mut self, shared: &Shared<'_>, surveyed: &FileSurvey, position: &mut u64) -> bool {
        let mut first = *position;
        let mut all = Vec::new();
        for batch in &surveyed.batches {
            let Some(prepared) = untouched(shared, batch, first) else { return false };
            first += batch.records;
            all.push(prepared);
        }
        *position = first;
        for prepared in all {
            self.take(prepared);
        }
        true
    }

    /// Takes in every batch in the order of the file and hands it on to be written.
    fn take_all(
        &mut self,
        steps: Receiver<(u64, Step)>,
        tickets: &Sender<()>,
        writer: &Sender<BatchWrite>,
    ) -> Result<(), PipelineError> {
        let mut early: BTreeMap<u64, Step> = BTreeMap::new();
        let mut wanted = 0;
        for (number, step) in steps {
            early.insert(number, step);
            while let Some(step) = early.remove(&wanted) {
                if self.listener.interrupted() {
                    return Err(PipelineError::Interrupted);
                }
                wanted += 1;
                let prepared = step.unwrap_or_else(|panic| resume_unwind(panic))?;
                let batch = self.take(prepared);
                if !batch.is_empty() && writer.send(batch).is_err() {
                    // The writer stopped, and says why itself.
                    return Ok(());
                }
                // Nobody takes it at the end of the file.
                let _ = tickets.send(());
            }
        }
        Ok(())
    }

    fn take(&mut self, prepared: Prepared) -> BatchWrite {
        add(&prepared.totals, &mut self.account.totals);
        for (sum, part) in self.columns.iter_mut().zip(&prepared.columns) {
            add_cells(part, sum);
        }
        let issues = prepared.issues.total();
        self.issues.merge(prepared.issues);
        self.account.consumed.extend(prepared.consumed);
        self.account.next.extend(prepared.next);
        self.account.waiting.extend(prepared.waiting);
        self.references.take(self.stream, &prepared.targets, &prepared.references);
        for row in prepared.quarantined {
            self.listener.event(Event::Quarantined(row));
        }
        self.listener.event(Event::Progress { records: prepared.records, issues });
        prepared.batch
    }
}

/// What a station ends with; its panic is ours.
fn joined<T>(station: ScopedJoinHandle<'_, T>) -> T {
    station.join().unwrap_or_else(|panic| resume_unwind(panic))
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
    sum.erased += part.erased;
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
