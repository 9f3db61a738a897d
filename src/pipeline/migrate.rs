//! One run, from source to books.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::PathBuf;
use std::sync::Mutex;

use rayon::prelude::*;

use super::books::close_books;
use super::decide::{Decisions, KnownHashes, Mapped, decide, known_hashes};
use super::erased::Erased;
use super::load::{LoadInput, StreamAccount, load, merge_issue};
use super::memory::{Memory, memories};
use super::outcome::{IssueCounts, RunFacts, RunOutcome};
use super::people::{PersonDecisions, Scene, known_crosswalk, settle};
use super::plan::{OTHER_FILES, Plan, PlanOptions, StreamKind};
use super::prepare::Crosswalk;
use super::quarantined::KeepsQuarantine;
use super::references::References;
use super::remembered::{remember, survey_all};
use super::stored::FromPayload;
use super::survey::{StreamSurvey, survey};
use super::unfinished::{Stopped, so_far};
use super::{Event, Listener, PipelineError, kept_files, replay};
use crate::extract::SourcePlace;
use crate::model::{PartialDate, RecordType};
use crate::store::{ChartReader, EhrStore, RunPlan, RunStart, StoreError, StorePlace, StreamId, StreamMemory};

/// A migration as the user asked for it.
pub struct MigrateOptions<'a> {
    pub source: SourcePlace,
    pub plan: PlanOptions,
    pub store: StorePlace,
    /// Loads into a copy that is thrown away.
    pub dry_run: bool,
    /// The day taken for today.
    pub as_of: PartialDate,
    /// The time now, as RFC 3339 text.
    pub now: &'a dyn Fn() -> String,
    /// Where the report goes, for whoever goes on with this run.
    pub report: Option<PathBuf>,
}

pub fn migrate(options: &MigrateOptions<'_>, listener: &dyn Listener) -> Result<RunOutcome, PipelineError> {
    migrate_and_tell(options, listener).map_err(|stopped| *stopped.error)
}

/// [`migrate`], which also tells what a run that stopped had done by then.
pub fn migrate_and_tell(options: &MigrateOptions<'_>, listener: &dyn Listener) -> Result<RunOutcome, Stopped> {
    let began = std::time::Instant::now();
    let keeps = KeepsQuarantine::new(listener)?;
    let listener: &dyn Listener = &keeps;
    let mut plan = Plan::make(&options.source, &options.plan)?;
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
    store.claim(&plan.system)?;
    let erased = Erased::of_store(&store, &plan.system, &plan.pack)?;
    plan.heed(erased);
    let plan = plan;
    let mut notes = plan.notes.clone();
    for run in store.unreported(&plan.system)? {
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
    let before = store.stream_memories(&plan.system)?;
    let surveys = survey_all(&store, &plan, &before, listener)?;
    for (stream, survey) in plan.streams.iter().zip(&surveys) {
        if stream.stream.required && survey.records() == 0 {
            let note = format!("{} has a header and no rows", stream.files[0].path);
            listener.event(Event::Note(note.clone()));
            notes.push(note);
        }
    }
    tracing::debug!(seconds = began.elapsed().as_secs_f64(), "surveyed");
    let started = (options.now)();
    let source = options.source.absolute();
    let whole = |path: &PathBuf| std::path::absolute(path).unwrap_or_else(|_| path.clone()).display().to_string();
    let plan_text = serde_json::json!({
        "source": options.source.to_string(),
        "source_path": source,
        "report": options.report.as_ref().map(whole),
        "connector": plan.pack.id,
        "connector_folder": options.plan.connector.as_ref().filter(|name| is_folder(name)).map(|name| whole(&name.into())),
        "connector_hash": plan.pack.hash,
        "system": plan.system,
    });
    let plan_key = format!("migrate\n{}\n{}\n{}", source, plan.system, plan.pack.hash);
    let run = store.begin_run(&RunPlan {
        command: "migrate",
        system: &plan.system,
        plan: &plan_text.to_string(),
        plan_key: &plan_key,
        as_of: &options.as_of.to_string(),
        started: &started,
    })?;
    let facts = RunFacts {
        id: run.id,
        command: "migrate".into(),
        started: run.started.clone(),
        chartlift: env!("CARGO_PKG_VERSION").into(),
        source: options.source.to_string(),
        system: plan.system.clone(),
        connector: plan.pack.id.clone(),
        connector_hash: plan.pack.hash.clone(),
        store: options.store.to_string(),
        resumed: run.resumed,
        dry_run: options.dry_run,
        as_of: run.as_of.clone(),
        threads: rayon::current_num_threads(),
        notes,
        ..Default::default()
    };
    // A run that goes on has written since.
    let within: BTreeMap<StreamId, (i64, i64)> = match run.resumed {
        true => BTreeMap::new(),
        false => before.values().map(|memory| (memory.stream, memory.records)).collect(),
    };
    let (accounts, kept) = match run_all(&mut store, &plan, surveys, (&run, &within), listener) {
        Ok(done) => done,
        Err(error) => {
            let abandoned = store.abandon_group();
            if matches!(error, PipelineError::WrongSystem { .. } | PipelineError::ColumnLost { .. }) {
                abandoned?;
                store.finish_run(run.id, "failed", &(options.now)(), "", &[], (&plan.system, &[]))?;
                return Err(error.into());
            }
            let facts = RunFacts { finished: (options.now)(), seconds: began.elapsed().as_secs_f64(), ..facts };
            let so_far = so_far(&place, store, &plan, &run, facts, &error);
            return Err(Stopped { error: Box::new(error), so_far: Some(Box::new(so_far)) });
        }
    };
    let (mut outcome, found) =
        store.as_of_now(|store| close_books(store, &plan, (&run, within), facts, accounts, kept))?;
    tracing::debug!(seconds = began.elapsed().as_secs_f64(), "books closed");
    outcome.run.finished = (options.now)();
    outcome.run.seconds = began.elapsed().as_secs_f64();
    outcome.run.status = if outcome.balanced { "done" } else { "unbalanced" }.into();
    let text = serde_json::to_string(&outcome).unwrap_or_default();
    let found = if outcome.balanced { &found[..] } else { &[] };
    let ended = (&*outcome.run.status, &*outcome.run.finished);
    store.finish_run(run.id, ended.0, ended.1, &text, &keeps.finish()?, (&plan.system, found))?;
    tracing::debug!(seconds = began.elapsed().as_secs_f64(), "run ended");
    store.close()?;
    Ok(outcome)
}

/// As the catalog takes a connector's name.
fn is_folder(name: &str) -> bool {
    name.contains(['/', '\\']) || std::path::Path::new(name).is_dir()
}

/// A stream with its books.
pub(super) struct Account {
    pub books: StreamAccount,
    /// As the first pass counted.
    pub surveyed_records: u64,
    pub surveyed_cells: u64,
    /// For the next run.
    pub memory: StreamMemory,
}

/// What is kept of the files that are no tables.
pub(super) struct Kept {
    pub books: StreamAccount,
    pub files: Vec<String>,
    pub replayed: BTreeMap<String, StreamAccount>,
}

/// Stored records that this run's source holds, and those that this run wrote before it was cut off and that it does not.
#[derive(Default)]
struct Seen {
    read: HashSet<i64>,
    lost: Vec<i64>,
}

impl Seen {
    /// As the hashes of a stream say.
    fn compared(&mut self, found: &mut Decisions) {
        self.read.extend(found.touched().chain(found.met.iter().copied()));
        self.lost.append(&mut found.lost);
    }

    /// As it turned out for people, whose rows may be taken for another's by their hashes.
    fn told_apart(&mut self, found: &mut Decisions) {
        found.lost.iter().for_each(|id| {
            self.read.remove(id);
        });
        self.lost.append(&mut found.lost);
        let claimed: HashSet<i64> = found.claimed.iter().copied().collect();
        self.lost.retain(|id| !claimed.contains(id));
    }
}

fn run_all(
    store: &mut EhrStore,
    plan: &Plan,
    mut surveys: Vec<StreamSurvey>,
    (run, within): (&RunStart, &BTreeMap<StreamId, (i64, i64)>),
    listener: &dyn Listener,
) -> Result<(Vec<Account>, Kept), PipelineError> {
    listener.event(Event::Stage("comparing with the store"));
    let as_of = PartialDate::parse_iso(&run.as_of).unwrap_or(PartialDate { year: 9999, month: None, day: None });
    let memories = memories(store, plan, &surveys, as_of)?;
    // A memory is of no use where records are read otherwise than then, or where this run has written already.
    for (index, stream) in plan.streams.iter().enumerate() {
        if surveys[index].decided.is_some() && (run.resumed || memories[index].mapped == Mapped::Otherwise) {
            surveys[index] = survey(plan, stream, listener)?;
        }
    }
    let mut clock = std::time::Instant::now();
    let mut crosswalk = Crosswalk::new();
    let mut references = References::default();
    let mut seen = Seen::default();
    let mut accounts = Vec::new();
    let mut consumed = BTreeSet::new();
    // Patients come first: whom a key names decides what the facts under it are.
    let people = plan.streams.iter().take_while(|stream| stream.kind == StreamKind::People).count();
    let mut decisions: Vec<Decisions> = Vec::new();
    let mut known: BTreeMap<StreamId, KnownHashes> = BTreeMap::new();
    let mut recalled = false;
    let first_load = store.ledger_rows()? == 0 && !store.has_other_open_runs(run.id)?;
    if first_load {
        store.drop_indexes()?;
    }
    for (index, stream) in plan.streams.iter().enumerate() {
        if index == 0 || index == people {
            let next = if index < people { index..people } else { people..plan.streams.len() };
            // What this run took back, or decided before it was cut off, may be in the source as it is.
            let decided = store.decided_from_payload(run.id)?.into_iter();
            let watched: HashSet<i64> = decided.map(|stored| stored.record.id).collect();
            if recalled {
                for at in next.clone().filter(|at| surveys[*at].decided.is_some()).collect::<Vec<_>>() {
                    surveys[at] = survey(plan, &plan.streams[at], listener)?;
                }
            }
            // The ledger is read once for all streams, and again for facts where people changed what it says of them.
            if index == 0 || recalled {
                let wanted = memories[index..].iter().zip(&surveys[index..]);
                let wanted = wanted.filter(|(_, survey)| survey.decided.is_none()).map(|(memory, _)| memory.id);
                let streams: Vec<StreamId> = wanted.collect();
                let nothing = BTreeMap::new();
                let within = if recalled { &nothing } else { within };
                known = streams.iter().copied().zip(known_hashes(store, &streams, run.id, within)?).collect();
                tracing::debug!(seconds = clock.elapsed().as_secs_f64(), "ledger read");
            }
            let mut mine = Vec::new();
            for (at, survey) in next.clone().zip(&mut surveys[index..]) {
                mine.push((at, known.remove(&memories[at].id).unwrap_or_default(), survey));
            }
            let found: Vec<Result<Decisions, PipelineError>> = mine
                .into_par_iter()
                .map(|(at, known, survey)| {
                    if let Some(decided) = survey.decided.take() {
                        return Ok(decided);
                    }
                    let (mapped, repeats) = (memories[at].mapped, plan.streams[at].stream.fate_of_repeats());
                    decide(known, run.id, repeats, mapped, (survey, &watched))
                })
                .collect();
            for found in found {
                let mut found = found?;
                seen.compared(&mut found);
                decisions.push(found);
            }
            tracing::debug!(seconds = clock.elapsed().as_secs_f64(), "compared");
            let changes = decisions.iter().any(|found| found.updates > 0 || found.touched().next().is_some());
            if changes || memories.iter().any(|memory| memory.mapped == Mapped::Otherwise) {
                store.ensure_indexes()?;
            }
            if memories.iter().any(|memory| memory.mapped == Mapped::Otherwise) {
                store.ensure_key_index()?;
            }
        }
        let asks_the_chart = memories[index].mapped == Mapped::Otherwise || stream.has_documents();
        let reader = if asks_the_chart { Some(Mutex::new(store.chart_reader()?)) } else { None };
        let input = StreamInput { plan, index, memory: &memories[index], run: run.id, as_of, reader: reader.as_ref() };
        // All streams of people are one transaction: a half-linked stream would be judged anew after a crash, on other evidence,
        // and where one of them is refused nothing was changed.
        if index == 0 {
            if people > 0 {
                store.begin_people()?;
            } else {
                store.note_moves()?;
            }
            crosswalk = known_crosswalk(store, &plan.system, &plan.erased)?;
        }
        let mut books = if stream.kind == StreamKind::People {
            let (found, crosswalk) = (&mut decisions[index], &mut crosswalk);
            let (books, has_recalled) =
                load_people(store, &surveys[index], found, crosswalk, &input, &mut references, listener)?;
            recalled |= has_recalled;
            books
        } else {
            memories[index].keep_evidence(store)?;
            let nobody = PersonDecisions::default();
            let (found, survey) = (&decisions[index], &surveys[index]);
            load_stream(store, survey, found, &crosswalk, &nobody, &input, &mut references, listener)?
        };
        seen.told_apart(&mut decisions[index]);
        references.ask_store(store, &stream.name)?;
        if let Some(memory) = memories[index].afterwards(decisions[index].unseen) {
            store.put_stream_mapping(memories[index].id, &memory)?;
        }
        if index + 1 == people {
            store.commit_group()?;
        }
        tracing::debug!(stream = &*stream.shown_name(index), seconds = clock.elapsed().as_secs_f64(), "loaded");
        clock = std::time::Instant::now();
        consumed.extend(books.consumed.iter().copied());
        let surveyed_cells = surveys[index].files.iter().map(|file| file.non_empty_cells).sum();
        let is_as_now = memories[index].mapped == Mapped::AsNow;
        let found = remember(plan, stream, &surveys[index], &mut books, decisions[index].unseen).filter(|_| is_as_now);
        let memory = StreamMemory { stream: memories[index].id, records: (1, 0), found };
        accounts.push(Account { books, surveyed_records: surveys[index].records(), surveyed_cells, memory });
        decisions[index] = Decisions::default();
    }
    if run.resumed {
        seen.lost.extend(store.records_of_absent_streams(&plan.system, run.id, |stream| {
            stream == OTHER_FILES || plan.streams.iter().any(|planned| planned.name == stream)
        })?);
    }
    let mut from_payload = FromPayload::new(plan, as_of, &crosswalk);
    let again = (&mut from_payload, &mut references);
    let mut replayed = replay::replay(store, plan, run.id, again, (&seen.read, &seen.lost), listener)?;
    consumed.extend(replayed.values().flat_map(|account| account.consumed.iter().copied()));
    note_references(store, plan, references, (&mut accounts, &mut replayed), listener)?;
    let (books, files) = kept_files::keep(store, plan, run, &consumed, within, listener)?;
    listener.event(Event::Stage("making indexes"));
    store.ensure_indexes()?;
    tracing::debug!(seconds = clock.elapsed().as_secs_f64(), "kept files, replayed, indexed");
    Ok((accounts, Kept { books, files, replayed }))
}

/// Enters what is wrong with references into the books of their streams.
fn note_references(
    store: &EhrStore,
    plan: &Plan,
    references: References,
    (accounts, replayed): (&mut [Account], &mut BTreeMap<String, StreamAccount>),
    listener: &dyn Listener,
) -> Result<(), PipelineError> {
    let filled = store.filled_tables()?;
    let (faults, missing) = references.finish(|record| filled.contains(record.table()));
    for (record, count) in missing {
        let table = record.table();
        listener.event(Event::Note(format!("the store has no {table}; {count} references to one lead nowhere yet")));
    }
    for (stream, faults) in faults {
        let original = stream.strip_suffix(":replayed");
        let account = match original {
            Some(name) => replayed.get_mut(name),
            None => {
                let at = plan.streams.iter().position(|planned| planned.name == stream);
                at.and_then(|at| accounts.get_mut(at)).map(|account| &mut account.books)
            }
        };
        let Some(account) = account else { continue };
        let name = original.unwrap_or(&stream);
        let planned = plan.streams.iter().find(|planned| planned.name == name);
        let columns = planned.and_then(|planned| planned.files.first()).map(|file| &file.header.columns);
        let mut issues = IssueCounts::default();
        faults.iter().for_each(|fault| issues.add(fault.code, Some(fault.column), fault.row));
        let column = |at: u32| columns.and_then(|columns| columns.get(at as usize)).cloned().unwrap_or_default();
        issues.outcomes(&stream, column).for_each(|issue| merge_issue(issue, &mut account.issues));
    }
    Ok(())
}

struct StreamInput<'a> {
    plan: &'a Plan,
    index: usize,
    memory: &'a Memory,
    run: i64,
    as_of: PartialDate,
    reader: Option<&'a Mutex<ChartReader>>,
}

impl StreamInput<'_> {
    fn scene<'a>(&'a self, store: &'a EhrStore, listener: &'a dyn Listener) -> Scene<'a> {
        let (stream, stream_id) = (&self.plan.streams[self.index], self.memory.id);
        Scene { store, plan: self.plan, stream, stream_id, contexts: &self.memory.contexts, listener }
    }
}

fn load_stream(
    store: &mut EhrStore,
    survey: &StreamSurvey,
    decisions: &Decisions,
    crosswalk: &Crosswalk,
    people: &PersonDecisions,
    input: &StreamInput<'_>,
    references: &mut References,
    listener: &dyn Listener,
) -> Result<StreamAccount, PipelineError> {
    let stream = &input.plan.streams[input.index];
    listener.event(Event::Stream { name: &stream.shown_name(input.index), records: survey.records() });
    let load_input = LoadInput {
        plan: input.plan,
        stream,
        stream_id: input.memory.id,
        survey,
        contexts: &input.memory.contexts,
        decisions,
        crosswalk,
        people,
        kinds: &input.memory.kinds,
        reader: input.reader,
        run: input.run,
    };
    load(store, &load_input, references, listener)
}

/// Loads a stream of people, in the open group. Also says whether facts were taken back that were filed under their keys.
fn load_people(
    store: &mut EhrStore,
    survey: &StreamSurvey,
    decisions: &mut Decisions,
    crosswalk: &mut Crosswalk,
    input: &StreamInput<'_>,
    references: &mut References,
    listener: &dyn Listener,
) -> Result<(StreamAccount, bool), PipelineError> {
    listener.event(Event::Stage("matching patients"));
    let StreamInput { plan, run, .. } = *input;
    let stream = &plan.streams[input.index];
    let stream_id = input.memory.id;
    let mut settled = settle(input.scene(store, listener), decisions)?;
    input.memory.keep_evidence(store)?;
    let rekeyed = settled.rekeyed();
    if !rekeyed.is_empty() {
        settled.note_shared(&stream.name, crosswalk);
        let own = settled.rekeyed_records();
        replay::recall(store, plan, run, input.as_of, crosswalk, (&rekeyed, &own))?;
        let rekey = settled.rekey(input.scene(store, listener), &input.memory.kinds)?;
        store.write(run, &rekey)?;
    }
    settled.look_near(store)?;
    let mut people = settled.decide(input.scene(store, listener), decisions, crosswalk)?;
    let mut account = load_stream(store, survey, decisions, crosswalk, &people.decisions, input, references, listener)?;
    if let Some(matching) = &people.matching {
        store.put_matching(run, &serde_json::to_string(matching).unwrap_or_default())?;
    }
    people.keep(store)?;
    let last = people.into_batch(stream_id);
    if !last.is_empty() {
        store.write(run, &last)?;
    }
    // Also those that this run founded before it was cut off.
    let (founded, _) = store.moves_of(run, Some(stream_id))?;
    if founded > 0 {
        *account.totals.chart.entry(RecordType::Patient.table().into()).or_default() += founded;
    }
    Ok((account, !rekeyed.is_empty()))
}
