//! Erasing a person: who that is, which source records are about the person, and what is left to a human's judgement.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use serde::Serialize;

use super::PipelineError;
use super::erased::{Erased, Suspect};
use super::identify::{RowText, identify, row_text};
use super::outcome::RunOutcome;
use super::people::person_hash;
use super::plan::{OTHER_FILES, StreamKind, unclaimed_stream};
use super::quarantined::quarantined_without;
use super::stored::header_of;
use crate::connector::{Pack, Stream, StreamUse, load_named};
use crate::extract::{Header, RecordBatch};
use crate::model::{ChartId, KeyHash, PartHasher, PartialDate, RecordType};
use crate::normalize::{Context, RowPlan};
use crate::store::payload::KeptRecord;
use crate::store::{
    EhrStore, ErasedPlaces, ErasedRecord, ErasedRegistration, Erasure, KnownBy, KnownIdentity, Redact, RunRow,
    StoreError, StorePlace, Tombstone,
};

pub struct EraseOptions<'a> {
    pub store: StorePlace,
    /// Id of the patient, or of one of the person's registrations.
    pub person: &'a str,
    pub by: &'a str,
    pub reason: &'a str,
    /// Source records that a human found to be about the person.
    pub also: &'a [i64],
    /// Counts, and changes nothing.
    pub rehearsal: bool,
    /// The time now, as RFC 3339 text.
    pub now: &'a dyn Fn() -> String,
}

/// What erasing did, or would do.
#[derive(Debug, Serialize)]
pub struct EraseOutcome {
    /// The number under which the erasure stands in the store; none of a rehearsal.
    pub run: Option<i64>,
    pub systems: Vec<ErasedSystem>,
    /// Rows by chart table.
    pub chart: BTreeMap<String, u64>,
    pub source_records: u64,
    /// Runs that cannot be undone any more.
    pub runs: Vec<i64>,
    /// Source records that may be about the person: someone of this name is in them, or they are under a key that names others too.
    pub doubtful: Vec<i64>,
    /// Where those runs wrote their reports.
    pub reports: Vec<String>,
    /// Whether the space of what was erased was written over; none of a rehearsal.
    pub scrubbed: Option<bool>,
    /// Why not.
    #[serde(skip)]
    pub scrub_error: Option<StoreError>,
}

/// The person in one source system.
#[derive(Clone, Debug, Serialize)]
pub struct ErasedSystem {
    pub system: String,
    pub registrations: usize,
    /// Source records that the chart shows nothing of, by stream.
    pub uncharted: BTreeMap<String, u64>,
    /// The connector's name, where it could be read: without it only what holds the person's key is found.
    pub connector: Option<String>,
}

pub fn erase(options: &EraseOptions<'_>) -> Result<EraseOutcome, PipelineError> {
    if let Some(path) = options.store.file().filter(|path| !path.is_file()) {
        // No lock is left beside what is not there.
        return Err(StoreError::Missing { path: path.display().to_string() }.into());
    }
    let _lock = options.store.lock()?;
    let mut store = EhrStore::open(&options.store)?;
    store.claim_alone()?;
    let patients = store.patients_of_person(options.person)?;
    if patients.is_empty() {
        return Err(PipelineError::NoPerson);
    }
    let people: HashSet<ChartId> = patients.iter().copied().collect();
    let mut registrations = Vec::new();
    store.known_identities(|identity| {
        if people.contains(&identity.patient) {
            registrations.push(identity);
        }
    })?;
    let keys: HashSet<(i64, KeyHash)> = registrations.iter().map(|one| (one.stream, one.key_hash)).collect();
    let mut others: Vec<KnownIdentity> = Vec::new();
    store.known_identities(|identity| {
        if !people.contains(&identity.patient) && keys.contains(&(identity.stream, identity.key_hash)) {
            others.push(identity);
        }
    })?;
    let streams = store.streams()?;
    let former = store.former_registrations(&registrations)?;
    let states = registrations.iter().chain(&former);
    let mut known: Vec<ErasedRegistration> = Vec::new();
    for identity in states {
        let Some((system, stream)) = streams.get(&identity.stream).cloned() else { continue };
        let is_shared =
            others.iter().any(|other| (other.stream, other.key_hash) == (identity.stream, identity.key_hash));
        let (person, known_by) = (person_hash(&identity.values), known_by(identity, is_shared));
        let registration = ErasedRegistration { system, stream, key: identity.key_hash, person, known_by };
        if !known.contains(&registration) {
            known.push(registration);
        }
    }
    let runs = store.runs()?;
    let charted = store.charted_records_of(&patients)?;
    let mut found = Found::default();
    let mut systems = Vec::new();
    let names: BTreeSet<&String> = known.iter().map(|registration| &registration.system).collect();
    for system in names {
        let of_system = known.iter().filter(|registration| registration.system == *system);
        let pack = pack_of(&runs, system);
        let mut erased = Erased::new(of_system.cloned(), pack.as_ref());
        for other in others.iter().filter(|other| other.system == *system) {
            if let Some((_, stream)) = streams.get(&other.stream) {
                erased.let_stand(stream, other.key_hash, other.values.clone());
            }
        }
        let search = Search {
            system,
            erased: &erased,
            pack: pack.as_ref(),
            names: &names_of(registrations.iter().chain(&former)),
        };
        let uncharted = search.uncharted(&store, &streams, options.also, &mut found)?;
        let registrations = erased_in(&registrations, system);
        systems.push(ErasedSystem {
            system: system.clone(),
            registrations,
            uncharted,
            connector: pack.map(|pack| pack.id),
        });
    }
    if let Some(record) = options.also.iter().find(|record| !found.about.contains(record)) {
        let why = match charted.contains_key(record) {
            true => "it is erased anyway",
            false => "it is no record of the person's source systems, or another person's chart shows it",
        };
        return Err(PipelineError::NotErasable { record: *record, why });
    }
    let mut records = Vec::new();
    for record in options.also {
        let known = store.known_record(*record)?;
        let stream = store.record(*record)?.map(|row| (row.system, row.stream));
        records.extend(stream.map(|(system, stream)| ErasedRecord { system, stream, key: known.key }));
    }
    let tombstone = Tombstone {
        at: (options.now)(),
        by: options.by.to_owned(),
        reason: options.reason.to_owned(),
        registrations: known,
        records,
        source_records: 0,
        chart_rows: 0,
        runs: Vec::new(),
    };
    let keys = registrations.iter().map(|identity| (identity.system.clone(), identity.key.clone())).collect();
    let now: HashSet<ChartId> = registrations.iter().map(|identity| identity.id).collect();
    let former_ids: BTreeSet<ChartId> =
        former.iter().map(|identity| identity.id).filter(|id| !now.contains(id)).collect();
    let former_ids = former_ids.into_iter().collect();
    let erasure = Erasure { patients, registrations, former_ids, charted, uncharted: found.about, tombstone };
    let (run, counts) = store.erase(&erasure, &FromRuns { keys }, options.rehearsal)?;
    let mut outcome = EraseOutcome {
        run: (!options.rehearsal).then_some(run),
        systems,
        chart: counts.chart,
        source_records: counts.source_records,
        doubtful: found.doubtful.into_iter().collect(),
        reports: reports_of(&runs, &counts.runs),
        runs: counts.runs,
        scrubbed: None,
        scrub_error: None,
    };
    if !options.rehearsal {
        outcome.scrub_error = store.scrub().err();
        outcome.scrubbed = Some(outcome.scrub_error.is_none());
    }
    store.close()?;
    Ok(outcome)
}

fn known_by(identity: &KnownIdentity, is_shared: bool) -> KnownBy {
    match () {
        () if is_shared => KnownBy::Others,
        () if identity.key.trim_matches('|').is_empty() => KnownBy::Person,
        () => KnownBy::Key,
    }
}

fn erased_in(registrations: &[KnownIdentity], system: &str) -> usize {
    registrations.iter().filter(|identity| identity.system == system).count()
}

/// Given and family names that the person has or had, in lower case.
fn names_of<'a>(states: impl Iterator<Item = &'a KnownIdentity>) -> Vec<(String, String)> {
    let name = |identity: &KnownIdentity, column| {
        let at = RecordType::Patient.column_index(column)?;
        identity.values[at].as_str().map(str::to_lowercase).filter(|name| name.chars().count() > 1)
    };
    let both = |identity: &KnownIdentity| Some((name(identity, "given_name")?, name(identity, "family_name")?));
    let mut names: Vec<(String, String)> = states.filter_map(both).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// The connector that a system was last loaded with.
fn pack_of(runs: &[RunRow], system: &str) -> Option<Pack> {
    let last = runs.iter().rev().find(|run| run.system == system)?;
    let plan: serde_json::Value = serde_json::from_str(&last.plan).ok()?;
    let name = plan["connector_folder"].as_str().or(plan["connector"].as_str())?;
    load_named(name).ok().map(|(pack, ..)| pack)
}

fn reports_of(runs: &[RunRow], numbers: &[i64]) -> Vec<String> {
    let plans = runs.iter().filter(|run| numbers.contains(&run.id)).filter_map(|run| {
        let plan: serde_json::Value = serde_json::from_str(&run.plan).ok()?;
        plan["report"].as_str().map(str::to_owned)
    });
    plans.collect::<BTreeSet<_>>().into_iter().collect()
}

/// Source records that the chart shows nothing of.
#[derive(Default)]
struct Found {
    about: BTreeSet<i64>,
    doubtful: BTreeSet<i64>,
}

struct Search<'a> {
    system: &'a str,
    erased: &'a Erased,
    pack: Option<&'a Pack>,
    names: &'a [(String, String)],
}

/// A stream as kept records of one file are read.
struct Reading {
    stream: Arc<Stream>,
    kind: StreamKind,
    plan: RowPlan,
    header: Header,
    context: Context,
}

impl Search<'_> {
    /// Looks through all records that the chart shows nothing of; gives how many are about the person, by stream.
    fn uncharted(
        &self,
        store: &EhrStore,
        streams: &BTreeMap<i64, (String, String)>,
        also: &[i64],
        found: &mut Found,
    ) -> Result<BTreeMap<String, u64>, PipelineError> {
        let mut by_stream: BTreeMap<String, u64> = BTreeMap::new();
        let mut frame: Option<(i64, Vec<KeptRecord>, Option<Reading>)> = None;
        for record in store.uncharted_records(self.system)? {
            let name = streams.get(&record.stream).map(|(_, stream)| stream.as_str()).unwrap_or_default();
            if frame.as_ref().is_none_or(|(payload, ..)| *payload != record.payload) {
                let file = store.frame_file(record.payload)?;
                frame = Some((record.payload, store.frame(record.payload)?, self.reading(name, &file.header)));
            }
            let Some((_, records, reading)) = &frame else { continue };
            let Some(kept) = records.get(record.payload_index as usize) else { continue };
            let is_about = also.contains(&record.id) || self.is_about(name, record.key, kept, reading.as_ref());
            if is_about {
                found.about.insert(record.id);
                *by_stream.entry(name.to_owned()).or_default() += 1;
            } else if self.may_be_about(name, kept, reading.as_ref()) {
                found.doubtful.insert(record.id);
            }
        }
        Ok(by_stream)
    }

    /// How the records of a stream are read; none of files that are no tables.
    fn reading(&self, name: &str, noted: &str) -> Option<Reading> {
        let header = header_of(noted).filter(|_| name != OTHER_FILES)?;
        let known = self.pack.and_then(|pack| pack.stream(name));
        let stream = Arc::new(known.cloned().unwrap_or_else(|| unclaimed_stream(name)));
        let plan = match &stream.use_ {
            StreamUse::Chart(_) => RowPlan::bind(&stream, self.system, &header.columns).ok(),
            StreamUse::Archive(_) => None,
        };
        let kind = match (&plan, stream.mappings().first(), known) {
            (_, _, None) => StreamKind::Unclaimed,
            (Some(_), Some(mapping), _) if mapping.record == RecordType::Patient => StreamKind::People,
            (Some(_), Some(_), _) => StreamKind::Chart,
            _ => StreamKind::Archived,
        };
        let plan = plan.unwrap_or_else(|| RowPlan::archived(&stream, self.system, &header.columns));
        let as_of = PartialDate { year: 9999, month: None, day: None };
        let context = Context { as_of, column_order: vec![None; header.columns.len()] };
        Some(Reading { stream, kind, plan, header, context })
    }

    fn is_about(&self, name: &str, key: KeyHash, kept: &KeptRecord, reading: Option<&Reading>) -> bool {
        match reading {
            Some(reading) => self.with_suspect(kept, reading, |suspect| self.erased.is_about(suspect)),
            None => name == OTHER_FILES && self.erased.is_file(self.system, key, &String::from_utf8_lossy(&kept.raw)),
        }
    }

    /// Whether a human should look at the record.
    fn may_be_about(&self, name: &str, kept: &KeptRecord, reading: Option<&Reading>) -> bool {
        match reading {
            Some(reading) => self.with_suspect(kept, reading, |suspect| {
                self.erased.may_be_about(suspect) || self.is_named(&words_of_row(suspect.row))
            }),
            None => name == OTHER_FILES && self.is_named(&words(&String::from_utf8_lossy(&kept.raw))),
        }
    }

    fn with_suspect(&self, kept: &KeptRecord, reading: &Reading, ask: impl Fn(&Suspect<'_>) -> bool) -> bool {
        let batch = RecordBatch::of_raw(&kept.raw, kept.row, kept.offset_bytes, &reading.header);
        batch.records().any(|record| {
            let row = row_text(record, &reading.header);
            let identified = identify(&reading.plan, &row, record.flaw(), &mut PartHasher::new());
            ask(&Suspect {
                system: self.system,
                stream: &reading.stream,
                kind: reading.kind,
                plan: &reading.plan,
                context: &reading.context,
                row: &row,
                identified,
                flaw: record.flaw(),
            })
        })
    }

    fn is_named(&self, words: &HashSet<String>) -> bool {
        let all = |name: &str| name.split_whitespace().all(|part| words.contains(part));
        self.names.iter().any(|(given, family)| all(given) && all(family))
    }
}

fn words(text: &str) -> HashSet<String> {
    let parts = text.split(|c: char| !c.is_alphanumeric() && c != '\'' && c != '-');
    parts.filter(|part| !part.is_empty()).map(str::to_lowercase).collect()
}

fn words_of_row(row: &RowText<'_>) -> HashSet<String> {
    row.cells.cells.iter().filter_map(|cell| cell.as_deref()).flat_map(words).collect()
}

/// Takes the person out of what runs keep about themselves.
struct FromRuns {
    /// System and key of each registration.
    keys: HashSet<(String, String)>,
}

impl Redact for FromRuns {
    fn report(&self, text: &str, places: &ErasedPlaces) -> Result<String, StoreError> {
        let damaged = |_| StoreError::Damaged { what: "a report that cannot be read".into() };
        let mut report: RunOutcome = serde_json::from_str(text).map_err(damaged)?;
        let pairs = report.patients.pairs.len();
        report.patients.pairs.retain(|pair| !self.keys.contains(&pair.left) && !self.keys.contains(&pair.right));
        let mut changed = pairs != report.patients.pairs.len();
        for stream in report.streams.iter_mut().filter(|stream| stream.stream == OTHER_FILES) {
            for file in stream.files.iter_mut().filter(|file| places.files.contains(*file)) {
                "(erased)".clone_into(file);
                changed = true;
            }
        }
        Ok(if changed { serde_json::to_string(&report).map_err(damaged)? } else { text.to_owned() })
    }

    fn quarantine(&self, frame: &[u8], places: &ErasedPlaces) -> Result<Vec<u8>, StoreError> {
        let goes = |row: &super::QuarantinedRow| {
            let key = row.key.reveal();
            places.rows.contains(&(row.file.clone(), row.row))
                || (!key.is_empty() && places.keys.contains(&(row.file.clone(), key.clone())))
        };
        quarantined_without(frame, goes)
            .map_err(|source| StoreError::Failed { doing: "erasing a person", source: Box::new(source) })
    }
}
