//! Erasing a person: who that is, which source records are about the person, and what is left to a human's judgement.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use serde::Serialize;

use super::PipelineError;
use super::erased::Erased;
use super::linked_anew::{Doubt, LinkedAnew, link_anew, would_link_anew};
use super::migrate::sources_of;
use super::outcome::RunOutcome;
use super::people::person_hash;
use super::quarantined::quarantined_without;
use crate::connector::{Pack, load_named};
use crate::model::{ChartId, KeyHash, RecordType};
use crate::store::{
    EhrStore, EraseCounts, ErasedContent, ErasedPlaces, ErasedRecord, ErasedRegistration, Erasure, KnownBy,
    KnownIdentity, Redact, RunRow, StoreError, StorePlace, Tombstone,
};

mod search;

use search::{Found, Search};

pub struct EraseOptions<'a> {
    pub store: StorePlace,
    /// Id of the patient, or of one of the person's registrations; or a kept record, as `source_record:NUMBER`.
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
    /// Registrations of which nobody has judged yet whether they are the same person's, with the match probability.
    pub pairs: Vec<(String, f64)>,
    /// Where runs wrote reports that may name the person.
    pub reports: Vec<String>,
    /// Pairs that waited for a person before.
    pub waiting: u64,
    pub those_who_stay: ThoseWhoStay,
    /// Whether the space of what was erased was written over; none of a rehearsal.
    pub scrubbed: Option<bool>,
    /// Why not.
    #[serde(skip)]
    pub scrub_error: Option<StoreError>,
}

/// How people are linked without the person.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ThoseWhoStay {
    AsTheyWere,
    LinkedAnew(LinkedAnew),
    /// They were linked by other rules than this program's before: the next run that brings anybody links them.
    LinkedByOtherRules,
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
    // Somebody of whom no registration could be loaded is a kept record, or several.
    let record = options.person.strip_prefix("source_record:").map(str::parse::<i64>);
    let mut also = options.also.to_vec();
    let patients = match record {
        Some(Ok(record)) => {
            also.push(record);
            Vec::new()
        }
        Some(Err(_)) => return Err(PipelineError::NoPerson),
        None => {
            let id = options.person.rsplit_once(':').map_or(options.person, |(_, id)| id);
            let patients = store.patients_of_person(id)?;
            if patients.is_empty() {
                return Err(match store.tombstones()?.iter().all(|kept| kept.scrubbed) {
                    true => PipelineError::NoPerson,
                    false => PipelineError::NoPersonLeft,
                });
            }
            patients
        }
    };
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
    let (facts, files) = (store.chart_ids_of(&patients)?, store.document_contents_of(&patients)?);
    let pairs = store.open_pairs_of(&registrations)?;
    let mut records = Vec::new();
    for record in &also {
        let unknown = PipelineError::NotErasable { record: *record, why: "the store has no such record" };
        let row = store.record(*record)?.ok_or(unknown)?;
        let known = store.known_record(*record)?;
        let (key, content) = (known.key, known.content);
        records.push(ErasedRecord { system: row.system, stream: row.stream, key, content });
    }
    let mut found = Found::default();
    let mut systems = Vec::new();
    let names: BTreeSet<&String> =
        known.iter().map(|one| &one.system).chain(records.iter().map(|one| &one.system)).collect();
    for system in names {
        let of_system = known.iter().filter(|registration| registration.system == *system);
        let pack = pack_of(&runs, system);
        let mut erased = Erased::new(of_system.cloned(), pack.as_ref());
        for other in others.iter().filter(|other| other.system == *system) {
            if let Some((_, stream)) = streams.get(&other.stream) {
                erased.let_stand(stream, other.key_hash, &other.values);
            }
        }
        let search = Search {
            system,
            erased: &erased,
            pack: pack.as_ref(),
            names: &names_of(registrations.iter().chain(&former)),
            facts: &facts,
            files: &files,
            also: &also,
        };
        let uncharted = search.run(&store, &streams, &mut found)?;
        systems.push(ErasedSystem {
            system: system.clone(),
            registrations: registrations.iter().filter(|identity| identity.system == *system).count(),
            uncharted,
            connector: pack.map(|pack| pack.id),
        });
    }
    for record in &also {
        if !found.uncharted.contains(record) {
            return Err(PipelineError::NotErasable { record: *record, why: "a chart shows it" });
        }
        for (payload, index) in store.places_of(*record)? {
            found.slots.entry(payload).or_default().insert(index);
        }
        found.doubtful.remove(record);
    }
    let tombstone = Tombstone {
        at: (options.now)(),
        by: options.by.to_owned(),
        reason: options.reason.to_owned(),
        registrations: known,
        records,
        files: files.into_iter().map(ErasedContent).collect(),
        source_records: 0,
        chart_rows: 0,
        runs: Vec::new(),
    };
    let keys = registrations.iter().map(|identity| (identity.system.clone(), identity.key.clone())).collect();
    let now: HashSet<ChartId> = registrations.iter().map(|identity| identity.id).collect();
    let former_ids: BTreeSet<ChartId> =
        former.iter().map(|identity| identity.id).filter(|id| !now.contains(id)).collect();
    let former_ids = former_ids.into_iter().collect();
    let Found { slots, streams, doubtful, .. } = found;
    let erasure = Erasure { patients, registrations, former_ids, charted, slots, streams, tombstone };
    let waiting = store.people_counts()?.reviews;
    let unjudged: BTreeSet<ChartId> = pairs.iter().map(|pair| pair.other).collect();
    let redact = FromRuns { keys };
    let erased = erase_and_link(&mut store, (&erasure, &redact), &unjudged, options)?;
    let ErasedAndLinked { run, counts, those_who_stay } = erased;
    let reported: BTreeSet<i64> = counts.runs.iter().chain(&counts.reported).copied().collect();
    let mut outcome = EraseOutcome {
        run: (!options.rehearsal).then_some(run),
        systems,
        chart: counts.chart,
        source_records: counts.source_records,
        doubtful: doubtful.into_iter().collect(),
        pairs: pairs.into_iter().map(|pair| (pair.other.to_string(), pair.match_probability)).collect(),
        reports: reports_of(&runs, &reported),
        runs: counts.runs,
        waiting,
        those_who_stay,
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

struct ErasedAndLinked {
    run: i64,
    counts: EraseCounts,
    those_who_stay: ThoseWhoStay,
}

/// Erases and links those who stay as one transaction. They are linked only where they were as this program links them before.
fn erase_and_link(
    store: &mut EhrStore,
    (erasure, redact): (&Erasure, &FromRuns),
    unjudged: &BTreeSet<ChartId>,
    options: &EraseOptions<'_>,
) -> Result<ErasedAndLinked, PipelineError> {
    let in_order = |run, counts, those_who_stay| ErasedAndLinked { run, counts, those_who_stay };
    // At first to see what comes of it: no number is taken for what is not kept.
    let looked = in_group(store, Looked::is_done, |store| {
        let erased = store.erase(erasure, redact)?;
        match would_link_anew(store)? {
            None if !options.rehearsal => {
                let run = store.put_tombstone(erasure, &erased)?;
                Ok(Looked::Done(in_order(run, erased.counts, ThoseWhoStay::AsTheyWere)))
            }
            would => {
                let those_who_stay = would.map_or(ThoseWhoStay::AsTheyWere, ThoseWhoStay::LinkedAnew);
                Ok(Looked::Would(in_order(0, erased.counts, those_who_stay)))
            }
        }
    })?;
    match looked {
        Looked::Done(erased) => return Ok(erased),
        Looked::Would(would) if options.rehearsal => return Ok(would),
        Looked::Would(_) => {}
    }
    let were_settled = would_link_anew(store)?.is_none();
    let keep = |_: &ErasedAndLinked| true;
    in_group(store, keep, |store| {
        let erased = store.erase(erasure, redact)?;
        let run = store.put_tombstone(erasure, &erased)?;
        let those_who_stay = match were_settled {
            true => {
                let doubt = Doubt::Of { registrations: unjudged.clone(), by: options.by };
                ThoseWhoStay::LinkedAnew(link_anew(store, doubt, options.now)?)
            }
            false => ThoseWhoStay::LinkedByOtherRules,
        };
        Ok(in_order(run, erased.counts, those_who_stay))
    })
}

/// What a first look at an erasure found: nobody else is touched by it, and it is done; or it would be so.
enum Looked {
    Done(ErasedAndLinked),
    Would(ErasedAndLinked),
}

impl Looked {
    fn is_done(&self) -> bool {
        matches!(self, Self::Done(_))
    }
}

/// Does `work` in a group of an erasure's own, and keeps what it did if it is to be kept.
fn in_group<T>(
    store: &mut EhrStore,
    is_kept: impl FnOnce(&T) -> bool,
    work: impl FnOnce(&mut EhrStore) -> Result<T, PipelineError>,
) -> Result<T, PipelineError> {
    store.begin_erasing()?;
    let done = work(store);
    let ended = match &done {
        Ok(done) if is_kept(done) => store.commit_group(),
        _ => store.abandon_group(),
    };
    let done = done?;
    ended?;
    Ok(done)
}

fn known_by(identity: &KnownIdentity, is_shared: bool) -> KnownBy {
    match () {
        () if is_shared => KnownBy::Others,
        () if identity.key.trim_matches('|').is_empty() => KnownBy::Person,
        () => KnownBy::Key,
    }
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
    let name = |run: &RunRow| {
        let sources = sources_of(&run.plan);
        let source = sources.iter().find(|source| source["system"].as_str() == Some(system))?;
        source["connector_folder"].as_str().or(source["connector"].as_str()).map(str::to_owned)
    };
    let last = runs.iter().rev().find_map(name)?;
    load_named(&last).ok().map(|(pack, ..)| pack)
}

fn reports_of(runs: &[RunRow], numbers: &BTreeSet<i64>) -> Vec<String> {
    let plans = runs.iter().filter(|run| numbers.contains(&run.id)).filter_map(|run| {
        let plan: serde_json::Value = serde_json::from_str(&run.plan).ok()?;
        plan["report"].as_str().map(str::to_owned)
    });
    plans.collect::<BTreeSet<_>>().into_iter().collect()
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
        if let Some(matching) = &mut report.matching {
            let doubtful = matching.doubtful.len();
            matching.doubtful.retain(|pair| !self.keys.contains(&pair.left) && !self.keys.contains(&pair.right));
            changed |= doubtful != matching.doubtful.len();
        }
        for stream in &mut report.streams {
            if places.streams.contains(&stream.stream) {
                "(erased)".clone_into(&mut stream.stream);
                changed = true;
            }
            for file in stream.files.iter_mut().filter(|file| places.files.contains(*file)) {
                "(erased)".clone_into(file);
                changed = true;
            }
        }
        for issue in report.issues.iter_mut().filter(|issue| places.streams.contains(&issue.stream)) {
            "(erased)".clone_into(&mut issue.stream);
            changed = true;
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
