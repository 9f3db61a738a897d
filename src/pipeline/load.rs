//! The second pass over a stream: batches are prepared in parallel, in order, and written by one thread.

use std::collections::{BTreeMap, HashMap};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex};
use std::thread::ScopedJoinHandle;

use crossbeam_channel::{Receiver, Sender, bounded};

use super::decide::Decisions;
use super::document_subjects::DocumentSubjects;
use super::drift::Layout;
use super::outcome::{IssueCounts, IssueOutcome};
use super::people::PersonDecisions;
use super::plan::{Plan, PlannedStream};
use super::prepare::{Crosswalk, Prepared, Shared};
use super::references::References;
use super::survey::StreamSurvey;
use super::{Event, Listener, PipelineError};
use crate::model::{CellTotals, Hash128, RecordType, StreamTotals};
use crate::normalize::Context;
use crate::store::{BatchWrite, ChartReader, EhrStore, FileWrite, StoreError, StreamId};
use reading::{Reading, prepare_all};

mod reading;

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

/// A stream of so few records and bytes is loaded by whoever asks for it: many streams are small.
const FEW_RECORDS: u64 = 64;
const FEW_BYTES: u64 = 1 << 20;

pub fn load(
    store: &mut EhrStore,
    input: &LoadInput<'_>,
    references: &mut References,
    listener: &dyn Listener,
) -> Result<StreamAccount, PipelineError> {
    let mut account = StreamAccount::default();
    let surveyed = || input.stream.files.iter().zip(&input.survey.files);
    // Many files have one layout.
    let mut notes = HashMap::new();
    let writes = surveyed().map(|(file, surveyed)| {
        let header = notes.entry((&*file.header, &surveyed.kinds, file.held)).or_insert_with(|| {
            let layout = Layout { held: file.held, ..Layout::new(&file.header.columns, &surveyed.kinds) };
            layout.noted(&file.header.to_note())
        });
        FileWrite {
            path: file.path.clone(),
            sha256: surveyed.sha256.clone(),
            size_bytes: surveyed.size_bytes,
            records: surveyed.records,
            header: header.clone(),
        }
    });
    let file_ids = store.file_ids(input.run, input.stream_id, writes)?;
    let all = surveyed().zip(input.contexts).zip(file_ids);
    let files = all.map(|(((file, surveyed), context), file_id)| Shared {
        plan: input.plan,
        stream: input.stream,
        file,
        mixed_encoding: surveyed.mixed_encoding,
        file_sha256: &surveyed.sha256,
        file_id,
        stream_id: input.stream_id,
        context: context.clone(),
        decisions: input.decisions,
        crosswalk: input.crosswalk,
        people: input.people,
        kinds: input.kinds,
        subjects: input.subjects,
        reader: input.reader,
        kept_documents: None,
    });
    let files: Vec<Shared<'_>> = files.collect();
    let mut books = Books::new(&input.stream.name, &files, &mut account, references, listener);
    let reading = Reading::new(input, &files);
    let bytes: u64 = input.survey.files.iter().map(|file| file.size_bytes).sum();
    if input.survey.records() <= FEW_RECORDS && bytes <= FEW_BYTES && !input.stream.has_documents() {
        load_here(store, input.run, reading, &mut books)?;
    } else {
        run_stations(store, input.run, reading, &mut books)?;
    }
    books.close();
    Ok(account)
}

/// Pieces made ready, each with its file.
type Ready = Vec<(usize, Prepared)>;

/// What became of pieces: made ready, or why the run ends there; the outer error is a panic.
type Step = std::thread::Result<Result<Ready, PipelineError>>;

fn load_here(
    store: &mut EhrStore,
    run: i64,
    mut reading: Reading<'_>,
    books: &mut Books<'_>,
) -> Result<(), PipelineError> {
    while let Some(pieces) = reading.next()? {
        let batches = books.take_all(prepare_all(books.files, pieces)?)?;
        if !batches.is_empty() {
            store.write_all(run, &batches)?;
        }
    }
    Ok(())
}

/// Four stations, each at its own pace: one reads, the cores prepare, this thread does the books in the order of the files, one
/// writes. Who reads takes a ticket for what it hands on, which comes back when that is in the books: however far the
/// stations drift apart, memory is bounded.
fn run_stations(
    store: &mut EhrStore,
    run: i64,
    mut reading: Reading<'_>,
    books: &mut Books<'_>,
) -> Result<(), PipelineError> {
    let tickets = BATCHES_IN_FLIGHT + rayon::current_num_threads();
    let files = books.files;
    rayon::in_place_scope(|cores| {
        std::thread::scope(|scope| {
            let (give_ticket, take_ticket) = bounded::<()>(tickets);
            (0..tickets).for_each(|_| _ = give_ticket.send(()));
            // Room for all that is on its way and for an error: rayon's threads must not wait.
            let (step_sender, step_receiver) = bounded::<(u64, Step)>(tickets + 1);
            let (write_sender, write_receiver) = bounded::<Vec<BatchWrite>>(WAITING_BATCHES);
            let reading = scope.spawn(move || {
                for (number, ()) in (0..).zip(take_ticket) {
                    let steps = step_sender.clone();
                    // Whoever listens may have stopped on an error.
                    match reading.next() {
                        Ok(Some(pieces)) => cores.spawn(move |_| {
                            let step = catch_unwind(AssertUnwindSafe(|| prepare_all(files, pieces)));
                            let _ = steps.send((number, step));
                        }),
                        Ok(None) => return,
                        Err(error) => {
                            let _ = steps.send((number, Ok(Err(error))));
                            return;
                        }
                    }
                }
            });
            let writing = scope.spawn(move || -> Result<(), StoreError> {
                write_receiver.into_iter().try_for_each(|batches| store.write_all(run, &batches))
            });
            let outcome = books.take_steps(step_receiver, &give_ticket, &write_sender);
            drop((write_sender, give_ticket));
            // Why the writer stopped comes first: it is why the others did.
            joined(writing)?;
            joined(reading);
            outcome
        })
    })
}

/// The books of a stream, file by file.
struct Books<'a> {
    stream: &'a str,
    files: &'a [Shared<'a>],
    /// The file that is at hand, by its number.
    file: usize,
    /// Per column of the file, of this one and of those before it that had the same ones.
    columns: Vec<CellTotals>,
    issues: IssueCounts,
    account: &'a mut StreamAccount,
    references: &'a mut References,
    listener: &'a dyn Listener,
}

impl<'a> Books<'a> {
    fn new(
        stream: &'a str,
        files: &'a [Shared<'a>],
        account: &'a mut StreamAccount,
        references: &'a mut References,
        listener: &'a dyn Listener,
    ) -> Self {
        let mut books = Self {
            stream,
            files,
            file: 0,
            columns: Vec::new(),
            issues: IssueCounts::default(),
            account,
            references,
            listener,
        };
        books.open_columns();
        books
    }

    fn open_columns(&mut self) {
        let width = self.files.get(self.file).map_or(0, |shared| shared.file.header.columns.len());
        self.columns = vec![CellTotals::default(); width];
    }

    fn close(mut self) {
        self.turn_to(self.files.len());
    }

    /// Closes the books of the files before this one.
    fn turn_to(&mut self, file: usize) {
        let files = self.files;
        while self.file < file {
            let header = &files[self.file].file.header;
            let name = |column: u32| header.columns.get(column as usize).cloned().unwrap_or_default();
            for outcome in std::mem::take(&mut self.issues).outcomes(self.stream, name) {
                merge_issue(outcome, &mut self.account.issues);
            }
            self.file += 1;
            let has_same = |next: &Shared<'_>| Arc::ptr_eq(&next.file.header, header);
            if !files.get(self.file).is_some_and(has_same) {
                self.close_columns(&header.columns);
                self.open_columns();
            }
        }
    }

    fn close_columns(&mut self, names: &[String]) {
        for (name, cells) in names.iter().zip(&self.columns) {
            if let Some(sum) = self.account.columns.get_mut(name) {
                add_cells(cells, sum);
                continue;
            }
            self.account.column_order.push(name.clone());
            self.account.columns.insert(name.clone(), cells.clone());
        }
    }

    /// Takes in whatever is ready in the order of the files and hands it on to be written.
    fn take_steps(
        &mut self,
        steps: Receiver<(u64, Step)>,
        tickets: &Sender<()>,
        writer: &Sender<Vec<BatchWrite>>,
    ) -> Result<(), PipelineError> {
        let mut early: BTreeMap<u64, Step> = BTreeMap::new();
        let mut wanted = 0;
        for (number, step) in steps {
            early.insert(number, step);
            while let Some(step) = early.remove(&wanted) {
                wanted += 1;
                let batches = self.take_all(step.unwrap_or_else(|panic| resume_unwind(panic))?)?;
                if !batches.is_empty() && writer.send(batches).is_err() {
                    // The writer stopped, and says why itself.
                    return Ok(());
                }
                // Nobody takes it at the end of the stream.
                let _ = tickets.send(());
            }
        }
        Ok(())
    }

    /// Gives what is to be written.
    fn take_all(&mut self, ready: Ready) -> Result<Vec<BatchWrite>, PipelineError> {
        if self.listener.interrupted() {
            return Err(PipelineError::Interrupted);
        }
        let mut batches = Vec::new();
        for (file, prepared) in ready {
            self.turn_to(file);
            let batch = self.take(prepared);
            if !batch.is_empty() {
                batches.push(batch);
            }
        }
        Ok(batches)
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
