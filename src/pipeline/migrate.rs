//! One run, from source to books.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::PathBuf;

use rayon::prelude::*;

use super::decide::{Decisions, decide};
use super::load::{LoadInput, StreamAccount, load, merge_issue};
use super::outcome::{
    ColumnOutcome, DigestOutcome, IssueOutcome, PatientsOutcome, RunFacts, RunOutcome, StreamOutcome,
};
use super::people::{People, Scene, known_crosswalk, resolve};
use super::plan::{OTHER_FILES, Plan, PlanOptions, PlannedStream, StreamKind};
use super::prepare::Crosswalk;
use super::survey::{StreamSurvey, survey};
use super::{Event, Listener, PipelineError, kept_files, replay};
use crate::connector::StreamUse;
use crate::model::{ChartId, Fate, PartialDate, RecordType};
use crate::normalize::{Context, Evidence};
use crate::reconcile;
use crate::store::{BatchWrite, RunStart, SqliteStore, StreamId};

/// A migration as the user asked for it.
pub struct MigrateOptions<'a> {
    pub source: PathBuf,
    pub plan: PlanOptions,
    pub store: PathBuf,
    /// Loads into a copy that is thrown away.
    pub dry_run: bool,
    /// The day taken for today.
    pub as_of: PartialDate,
    /// The time now, as RFC 3339 text.
    pub now: &'a dyn Fn() -> String,
}

pub fn migrate(options: &MigrateOptions<'_>, listener: &dyn Listener) -> Result<RunOutcome, PipelineError> {
    let began = std::time::Instant::now();
    let plan = Plan::make(&options.source, &options.plan)?;
    for note in &plan.notes {
        listener.event(Event::Note(note.clone()));
    }
    let scratch = if options.dry_run { Some(tempfile::tempdir().map_err(PipelineError::Temporary)?) } else { None };
    let path = match &scratch {
        Some(folder) => {
            let copy = folder.path().join("dry-run.db");
            if options.store.exists() {
                SqliteStore::open(&options.store)?.copy_to(&copy)?;
            }
            copy
        }
        None => options.store.clone(),
    };
    let _lock = SqliteStore::lock(&path)?;
    let mut store = SqliteStore::open_or_create(&path)?;
    let surveys = survey_all(&plan, listener)?;
    tracing::debug!(seconds = began.elapsed().as_secs_f64(), "surveyed");
    let started = (options.now)();
    let chart_before = store.chart_counts()?;
    let ledger_before = store.ledger_rows()?;
    let plan_text = serde_json::json!({
        "source": options.source.display().to_string(),
        "connector": plan.pack.id,
        "connector_folder": options.plan.connector.as_ref().filter(|name| name.contains(['/', '\\'])),
        "connector_hash": plan.pack.hash,
        "system": plan.system,
        "chart_before": chart_before,
        "ledger_before": ledger_before,
    });
    let source = std::fs::canonicalize(&options.source).unwrap_or_else(|_| options.source.clone());
    let plan_key = format!("migrate\n{}\n{}\n{}", source.display(), plan.system, plan.pack.hash);
    let run = store.begin_run("migrate", &plan_text.to_string(), &plan_key, &options.as_of.to_string(), &started)?;
    let outcome = run_all(&mut store, &plan, surveys, &run, listener);
    let (accounts, kept) = match outcome {
        Ok(done) => done,
        Err(error) => {
            store.abandon_group()?;
            if matches!(error, PipelineError::WrongSystem { .. }) {
                store.finish_run(run.id, "failed", &(options.now)(), "")?;
            }
            return Err(error);
        }
    };
    let facts = RunFacts {
        id: run.id,
        command: "migrate".into(),
        started: run.started.clone(),
        chartlift: env!("CARGO_PKG_VERSION").into(),
        source: options.source.display().to_string(),
        system: plan.system.clone(),
        connector: plan.pack.id.clone(),
        connector_hash: plan.pack.hash.clone(),
        store: format!("sqlite://{}", options.store.display()),
        resumed: run.resumed,
        dry_run: options.dry_run,
        as_of: run.as_of.clone(),
        threads: rayon::current_num_threads(),
        notes: plan.notes.clone(),
        ..Default::default()
    };
    let mut outcome = close_books(&mut store, &plan, &run, facts, accounts, kept)?;
    tracing::debug!(seconds = began.elapsed().as_secs_f64(), "books closed");
    outcome.run.finished = (options.now)();
    outcome.run.seconds = began.elapsed().as_secs_f64();
    outcome.run.status = if outcome.balanced { "done" } else { "unbalanced" }.into();
    let text = serde_json::to_string(&outcome).unwrap_or_default();
    store.finish_run(run.id, &outcome.run.status, &outcome.run.finished, &text)?;
    tracing::debug!(seconds = began.elapsed().as_secs_f64(), "run ended");
    store.close()?;
    Ok(outcome)
}

fn survey_all(plan: &Plan, listener: &dyn Listener) -> Result<Vec<StreamSurvey>, PipelineError> {
    listener.event(Event::Stage("reading the source"));
    plan.streams.par_iter().map(|stream| survey(plan, stream, listener)).collect()
}

/// A stream with its books.
struct Account {
    books: StreamAccount,
    /// As the first pass counted.
    surveyed_records: u64,
    surveyed_cells: u64,
}

/// What is kept of the files that are no tables.
struct Kept {
    books: StreamAccount,
    files: Vec<String>,
    replayed: BTreeMap<String, StreamAccount>,
}

fn run_all(
    store: &mut SqliteStore,
    plan: &Plan,
    mut surveys: Vec<StreamSurvey>,
    run: &RunStart,
    listener: &dyn Listener,
) -> Result<(Vec<Account>, Kept), PipelineError> {
    listener.event(Event::Stage("comparing with the store"));
    let as_of = PartialDate::parse_iso(&run.as_of).unwrap_or(PartialDate { year: 9999, month: None, day: None });
    let mut stream_ids = Vec::new();
    let mut decisions = Vec::new();
    for (stream, survey) in plan.streams.iter().zip(&mut surveys) {
        let id = store.stream_id(&plan.system, &stream.name)?;
        decisions.push(decide(store, id, run.id, stream.stream.repeats, survey)?);
        stream_ids.push(id);
    }
    choose_indexes(store, &decisions)?;
    let mut clock = std::time::Instant::now();
    let read_in_this_run: HashSet<i64> = decisions.iter().flat_map(Decisions::touched).collect();
    let mut crosswalk = known_crosswalk(store, &plan.system)?;
    let mut accounts = Vec::new();
    let mut consumed = BTreeSet::new();
    let mut directory = HashSet::new();
    for (index, stream) in plan.streams.iter().enumerate() {
        let contexts = contexts(store, stream, stream_ids[index], &surveys[index], as_of)?;
        // Everything else is loaded after staff, organizations and places, and may refer to them.
        if directory.is_empty() && stream.stream.load_rank() > RecordType::Practitioner.load_rank() {
            directory = store.directory()?;
        }
        let input = StreamInput {
            index,
            stream_id: stream_ids[index],
            contexts: &contexts,
            run: run.id,
            directory: &directory,
        };
        let books = if stream.kind == StreamKind::People {
            load_people(store, plan, &surveys[index], &mut decisions[index], &mut crosswalk, &input, listener)?
        } else {
            load_stream(store, plan, &surveys[index], &decisions[index], &crosswalk, &HashMap::new(), &input, listener)?
        };
        tracing::debug!(stream = stream.name, seconds = clock.elapsed().as_secs_f64(), "loaded");
        clock = std::time::Instant::now();
        consumed.extend(books.consumed.iter().copied());
        let surveyed_cells = surveys[index].files.iter().map(|file| file.non_empty_cells).sum();
        accounts.push(Account { books, surveyed_records: surveys[index].records(), surveyed_cells });
        decisions[index] = Decisions::default();
    }
    let replayed = replay::replay(store, plan, run.id, as_of, &crosswalk, &read_in_this_run, listener)?;
    consumed.extend(replayed.values().flat_map(|account| account.consumed.iter().copied()));
    let (books, files) = kept_files::keep(store, plan, run.id, &consumed, listener)?;
    listener.event(Event::Stage("making indexes"));
    store.ensure_indexes(|_| {})?;
    store.close_reviews()?;
    tracing::debug!(seconds = clock.elapsed().as_secs_f64(), "kept files, replayed, indexed");
    Ok((accounts, Kept { books, files, replayed }))
}

/// A first load goes faster without indexes, which are made at the end; one that changes rows needs them from the start.
fn choose_indexes(store: &mut SqliteStore, decisions: &[Decisions]) -> Result<(), PipelineError> {
    let new: u64 = decisions.iter().map(|decisions| decisions.new).sum();
    let changes = decisions.iter().any(|decisions| decisions.updates > 0 || decisions.touched().next().is_some());
    let there = store.ledger_rows()?;
    if changes {
        store.ensure_indexes(|_| {})?;
    } else if there == 0 && new > 0 {
        store.drop_indexes()?;
    }
    Ok(())
}

/// What the dates of each file's columns prove, together with what earlier runs found.
fn contexts(
    store: &mut SqliteStore,
    stream: &PlannedStream,
    stream_id: StreamId,
    survey: &StreamSurvey,
    as_of: PartialDate,
) -> Result<Vec<Context>, PipelineError> {
    let mut evidence: BTreeMap<String, Evidence> = BTreeMap::new();
    for (column, (day_first, month_first)) in store.column_evidence(stream_id)? {
        evidence.insert(column, Evidence { day_first, month_first });
    }
    for (column, found) in &survey.evidence {
        let known = evidence.entry(column.clone()).or_default();
        let before = *known;
        known.add(*found);
        if *known != before {
            store.put_column_evidence(stream_id, column, (known.day_first, known.month_first))?;
        }
    }
    Ok(stream
        .files
        .iter()
        .map(|file| Context {
            as_of,
            column_order: file
                .header
                .columns
                .iter()
                .map(|name| evidence.get(name).and_then(|found| found.order()))
                .collect(),
        })
        .collect())
}

struct StreamInput<'a> {
    index: usize,
    stream_id: StreamId,
    contexts: &'a [Context],
    run: i64,
    directory: &'a HashSet<ChartId>,
}

fn load_stream(
    store: &mut SqliteStore,
    plan: &Plan,
    survey: &StreamSurvey,
    decisions: &Decisions,
    crosswalk: &Crosswalk,
    people: &HashMap<u64, super::people::PersonDecision>,
    input: &StreamInput<'_>,
    listener: &dyn Listener,
) -> Result<StreamAccount, PipelineError> {
    let stream = &plan.streams[input.index];
    listener.event(Event::Stream { name: &stream.name, records: survey.records() });
    let load_input = LoadInput {
        plan,
        stream,
        stream_id: input.stream_id,
        survey,
        contexts: input.contexts,
        decisions,
        crosswalk,
        people,
        directory: input.directory,
        run: input.run,
    };
    load(store, &load_input, listener)
}

/// People are one transaction: a half-linked stream of them would be judged anew after a crash, on other evidence.
fn load_people(
    store: &mut SqliteStore,
    plan: &Plan,
    survey: &StreamSurvey,
    decisions: &mut Decisions,
    crosswalk: &mut Crosswalk,
    input: &StreamInput<'_>,
    listener: &dyn Listener,
) -> Result<StreamAccount, PipelineError> {
    listener.event(Event::Stage("matching patients"));
    let stream = &plan.streams[input.index];
    let scene = Scene { store, plan, stream, stream_id: input.stream_id, contexts: input.contexts, listener };
    let People { decisions: people, merges, reviews } = resolve(scene, decisions, crosswalk)?;
    store.begin_group()?;
    let account = load_stream(store, plan, survey, decisions, crosswalk, &people, input, listener)?;
    let last = BatchWrite { stream: input.stream_id, merges, reviews, ..Default::default() };
    if !last.is_empty() {
        store.write(input.run, &last)?;
    }
    store.commit_group()?;
    Ok(account)
}

/// Counts again from both ends and puts the run's books together.
fn close_books(
    store: &mut SqliteStore,
    plan: &Plan,
    run: &RunStart,
    facts: RunFacts,
    accounts: Vec<Account>,
    kept: Kept,
) -> Result<RunOutcome, PipelineError> {
    let mut streams = Vec::new();
    let mut issues: Vec<IssueOutcome> = Vec::new();
    let mut checks = Vec::new();
    for (stream, account) in plan.streams.iter().zip(accounts) {
        checks.push(reconcile::SourceCheck {
            stream: stream.name.clone(),
            surveyed_records: account.surveyed_records,
            surveyed_cells: account.surveyed_cells,
            booked_records: account.books.totals.read,
            booked_cells: account.books.totals.cells.non_empty,
        });
        account.books.issues.iter().cloned().for_each(|issue| merge_issue(issue, &mut issues));
        let files = stream.files.iter().map(|file| file.path.clone()).collect();
        let reason = match &stream.stream.use_ {
            StreamUse::Archive(reason) => Some(reason.clone()),
            StreamUse::Chart(_) => None,
        };
        streams.push(stream_outcome(&stream.name, files, reason, &stream.stream.ignore, account.books));
    }
    for (name, account) in kept.replayed {
        account.issues.iter().cloned().for_each(|issue| merge_issue(issue, &mut issues));
        streams.push(stream_outcome(&format!("{name}:replayed"), Vec::new(), None, &[], account));
    }
    if !kept.files.is_empty() {
        let reason = Some("no table and no document; the bytes are kept".to_owned());
        streams.push(stream_outcome(OTHER_FILES, kept.files, reason, &[], kept.books));
    }
    issues.sort_by(|a, b| (&a.stream, &a.code, &a.column).cmp(&(&b.stream, &b.code, &b.column)));
    let before: serde_json::Value = serde_json::from_str(&run.plan).unwrap_or_default();
    let chart_after = store.chart_counts()?;
    let chart: Vec<reconcile::TableCheck> = chart_after
        .iter()
        .map(|(table, after)| reconcile::TableCheck {
            table: (*table).to_owned(),
            before: before["chart_before"][*table].as_u64().unwrap_or_default(),
            after: *after,
            booked: streams
                .iter()
                .map(|s: &StreamOutcome| s.totals.chart.get(*table).copied().unwrap_or_default())
                .sum(),
        })
        .collect();
    let updated = streams.iter().any(|stream| stream.totals.updated > 0);
    let ledger_after = store.ledger_rows()?;
    let ledger = reconcile::LedgerCheck {
        before: before["ledger_before"].as_u64().unwrap_or_default(),
        after: ledger_after,
        most: streams.iter().map(|s| s.totals.read).sum(),
    };
    let mut discrepancies = reconcile::discrepancies(&checks, &chart, &ledger, updated);
    discrepancies.extend(reconcile::fate_discrepancies(&fate_checks(store, plan, run, &streams)?));
    let counts = store.counts()?;
    let balanced = discrepancies.is_empty() && streams.iter().all(|stream| stream.balanced);
    Ok(RunOutcome {
        format: 1,
        run: facts,
        balanced,
        patients: PatientsOutcome {
            identities: counts.identities,
            patients: counts.patients,
            linked: counts.identities.saturating_sub(counts.patients),
            review: counts.reviews,
        },
        issues,
        digest: DigestOutcome { before: run.digest_before.to_string(), after: store.digest()?.to_string() },
        discrepancies,
        streams,
    })
}

/// What was loaded, updated or linked in this run, counted again in the ledger.
fn fate_checks(
    store: &SqliteStore,
    plan: &Plan,
    run: &RunStart,
    streams: &[StreamOutcome],
) -> Result<Vec<reconcile::FateCheck>, PipelineError> {
    let stored = store.fates_of_run(run.id)?;
    let mut checks = Vec::new();
    for stream in plan.pack.streams.iter().map(|stream| &stream.name) {
        let replayed = format!("{stream}:replayed");
        for fate in [Fate::Loaded, Fate::Updated, Fate::Linked] {
            let of = streams.iter().filter(|s| s.stream == *stream || s.stream == replayed);
            let key = (plan.system.clone(), stream.clone(), fate.to_string());
            checks.push(reconcile::FateCheck {
                stream: stream.clone(),
                fate: fate.to_string(),
                booked: of.map(|s| s.totals.fate(fate)).sum(),
                stored: stored.get(&key).copied().unwrap_or_default(),
            });
        }
    }
    Ok(checks)
}

fn stream_outcome(
    name: &str,
    files: Vec<String>,
    archive_reason: Option<String>,
    ignore: &[(String, String)],
    books: StreamAccount,
) -> StreamOutcome {
    let columns = books
        .column_order
        .iter()
        .map(|column| ColumnOutcome {
            column: column.clone(),
            ignored_because: ignore
                .iter()
                .find(|(name, _)| name.eq_ignore_ascii_case(column))
                .map(|(_, reason)| reason.clone()),
            cells: books.columns.get(column).cloned().unwrap_or_default(),
        })
        .collect();
    let balanced = books.totals.balanced();
    StreamOutcome { stream: name.to_owned(), archive_reason, files, totals: books.totals, balanced, columns }
}
