//! The sources of a run, loaded: the people of all of them first, then everything else, source by source.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ops::Range;
use std::sync::Mutex;

use rayon::prelude::*;

use super::decide::{Decisions, KnownHashes, Mapped, decide, known_hashes};
use super::document_subjects::DocumentSubjects;
use super::load::{LoadInput, StreamAccount, load, merge_issue};
use super::memory::{Memory, memories};
use super::newest;
use super::outcome::IssueCounts;
use super::people::{PersonDecisions, Scene, known_crosswalk, settle};
use super::plan::{Plan, StreamKind};
use super::prepare::Crosswalk;
use super::references::References;
use super::remembered::remember;
use super::stored::FromPayload;
use super::survey::{StreamSurvey, hex, survey};
use super::{Event, Listener, PipelineError, QuarantinedRow, kept_files, replay};
use crate::model::{PartialDate, RecordType};
use crate::store::{ChartReader, EhrStore, RunStart, StoredRecord, StreamId, StreamMemory};

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

/// A source, loaded.
pub(super) struct Loaded {
    /// One per stream of its plan.
    pub accounts: Vec<Account>,
    pub kept: Kept,
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

/// The row numbers that hold a stream's records, where that is known.
pub(super) type Within = BTreeMap<StreamId, (i64, i64)>;

/// Loads the sources of a run. Gives one [`Loaded`] per plan.
pub(super) fn load_sources(
    store: &mut EhrStore,
    plans: &[Plan],
    surveys: Vec<Vec<StreamSurvey>>,
    (run, within): (&RunStart, &Within),
    listener: &dyn Listener,
) -> Result<Vec<Loaded>, PipelineError> {
    listener.event(Event::Stage("comparing with the store"));
    let named: Vec<Named<'_>> = plans.iter().map(|plan| Named { label: plan.label.as_deref(), listener }).collect();
    let mut sources = Vec::new();
    for ((plan, surveys), listener) in plans.iter().zip(surveys).zip(&named) {
        sources.push(Source::begin(store, plan, surveys, run, listener)?);
    }
    if store.ledger_rows()? == 0 && !store.has_other_open_runs(run.id)? {
        store.drop_indexes()?;
    }
    // The ledger is read once for all streams, and again for facts where people changed what it says of them.
    let streams: Vec<StreamId> = sources.iter().flat_map(|source| source.undecided(0)).collect();
    let mut known: Known = streams.iter().copied().zip(known_hashes(store, &streams, run.id, within)?).collect();
    // Patients come first: whom a key names decides what the facts under it are.
    for source in &mut sources {
        source.compare(store, 0..source.people, &mut known)?;
    }
    // All people are one transaction: a half-linked stream would be judged anew after a crash, on other evidence, and where one of
    // them is refused nothing was changed.
    let has_people = sources.iter().any(|source| source.people > 0);
    if has_people {
        store.begin_people()?;
    } else {
        store.note_moves()?;
    }
    let mut recalled = false;
    for source in &mut sources {
        source.crosswalk = known_crosswalk(store, &source.plan.system, &source.plan.erased)?;
        for index in 0..source.people {
            recalled |= source.load(store, index)?;
        }
    }
    if has_people {
        store.commit_group()?;
    }
    for source in &mut sources {
        if plans.iter().filter(|plan| plan.system == source.plan.system).count() > 1 {
            source.crosswalk = known_crosswalk(store, &source.plan.system, &source.plan.erased)?;
        }
        source.look_for_people(store)?;
        let facts = source.people..source.plan.streams.len();
        if recalled {
            source.read_again(facts.clone())?;
            let streams = source.undecided(source.people);
            known = streams.iter().copied().zip(known_hashes(store, &streams, run.id, &Within::new())?).collect();
        }
        source.compare(store, facts.clone(), &mut known)?;
        for index in facts {
            source.load(store, index)?;
        }
    }
    for (at, source) in sources.iter_mut().enumerate() {
        source.replay(store, &|system, stream| owner(plans, system, stream) == Some(at))?;
    }
    let mut loaded = Vec::new();
    for (at, source) in sources.iter().enumerate() {
        let of_system = || sources.iter().enumerate().filter(|(_, other)| other.plan.system == source.plan.system);
        // The files of a system's sources are one stream; the first of them has its books.
        let (books, files) = match of_system().next() {
            Some((first, _)) if first == at => {
                let sources: Vec<_> = of_system().map(|(_, source)| (source.plan, &source.consumed)).collect();
                kept_files::keep(store, &sources, run, within, source.listener)?
            }
            _ => Default::default(),
        };
        loaded.push((books, files));
    }
    let loaded = loaded.into_iter().zip(sources).map(|((books, files), source)| Loaded {
        accounts: source.accounts,
        kept: Kept { books, files, replayed: source.replayed },
    });
    let loaded = loaded.collect();
    listener.event(Event::Stage("making indexes"));
    store.ensure_indexes()?;
    Ok(loaded)
}

/// Of several sources of one system, whose stream this is; the first answers for what none has any more.
fn owner(plans: &[Plan], system: &str, stream: &str) -> Option<usize> {
    let of_system = |plan: &Plan| plan.system == system;
    let with_it = plans.iter().position(|plan| of_system(plan) && plan.has_stream(stream));
    with_it.or_else(|| plans.iter().position(of_system))
}

type Known = BTreeMap<StreamId, KnownHashes>;

/// Says of which source it speaks, where a run has several.
struct Named<'a> {
    label: Option<&'a str>,
    listener: &'a dyn Listener,
}

impl Listener for Named<'_> {
    fn event(&self, event: Event<'_>) {
        let Some(label) = self.label else { return self.listener.event(event) };
        match event {
            Event::Stream { name, records } => {
                self.listener.event(Event::Stream { name: &format!("{label}/{name}"), records });
            }
            Event::Note(note) => self.listener.event(Event::Note(format!("{label}: {note}"))),
            Event::Quarantined(row) => {
                let file = format!("{label}/{}", row.file);
                self.listener.event(Event::Quarantined(QuarantinedRow { file, ..row }));
            }
            other => self.listener.event(other),
        }
    }

    fn interrupted(&self) -> bool {
        self.listener.interrupted()
    }
}

/// One source of a run, on its way into the store.
struct Source<'a> {
    plan: &'a Plan,
    listener: &'a dyn Listener,
    run: &'a RunStart,
    as_of: PartialDate,
    /// One per stream, as all lists below.
    surveys: Vec<StreamSurvey>,
    memories: Vec<Memory>,
    decisions: Vec<Decisions>,
    accounts: Vec<Account>,
    /// How many of its streams are people; they are the first ones.
    people: usize,
    crosswalk: Crosswalk,
    /// Whose documents may be, where that is asked.
    subjects: Option<DocumentSubjects>,
    references: References,
    seen: Seen,
    /// Files that records named.
    consumed: BTreeSet<usize>,
    replayed: BTreeMap<String, StreamAccount>,
}

impl<'a> Source<'a> {
    fn begin(
        store: &mut EhrStore,
        plan: &'a Plan,
        mut surveys: Vec<StreamSurvey>,
        run: &'a RunStart,
        listener: &'a dyn Listener,
    ) -> Result<Self, PipelineError> {
        let as_of = PartialDate::parse_iso(&run.as_of).unwrap_or(PartialDate { year: 9999, month: None, day: None });
        let memories = memories(store, plan, &surveys, as_of)?;
        // A memory is of no use where records are read otherwise than then, or where this run has written already.
        for (index, stream) in plan.streams.iter().enumerate() {
            if surveys[index].decided.is_some() && (run.resumed || memories[index].mapped == Mapped::Otherwise) {
                surveys[index] = survey(plan, stream, listener)?;
            }
        }
        let people = plan.streams.iter().take_while(|stream| stream.kind == StreamKind::People).count();
        let (decisions, accounts, consumed) = (Vec::new(), Vec::new(), BTreeSet::new());
        let (crosswalk, references, seen) = (Crosswalk::new(), References::default(), Seen::default());
        Ok(Self {
            plan,
            listener,
            run,
            as_of,
            surveys,
            memories,
            decisions,
            accounts,
            people,
            crosswalk,
            subjects: None,
            references,
            seen,
            consumed,
            replayed: BTreeMap::new(),
        })
    }

    /// Takes in who may stand in the text of documents: these are judged anew when people change, and read anew once their letters are
    /// recognized.
    fn look_for_people(&mut self, store: &EhrStore) -> Result<(), PipelineError> {
        self.subjects = DocumentSubjects::of_source(store, self.plan)?;
        let people = self.subjects.as_ref().map(|of| format!("-people:{}", hex(&of.named.fingerprint().0)));
        let people = people.unwrap_or_default();
        let ocr = self.plan.ocr.as_ref().map(|ocr| format!("-ocr:{}", ocr.languages())).unwrap_or_default();
        for (stream, memory) in self.plan.streams.iter().zip(&mut self.memories) {
            if stream.stream.documents.is_some() {
                memory.depends_on(&people);
            }
            if stream.has_documents() {
                memory.depends_on(&ocr);
            }
        }
        Ok(())
    }

    /// The streams from here on that a memory does not decide.
    fn undecided(&self, first: usize) -> Vec<StreamId> {
        let all = self.memories[first..].iter().zip(&self.surveys[first..]);
        all.filter(|(_, survey)| survey.decided.is_none()).map(|(memory, _)| memory.id).collect()
    }

    /// Reads streams record by record whose memory does not hold any more.
    fn read_again(&mut self, streams: Range<usize>) -> Result<(), PipelineError> {
        for at in streams {
            if self.surveys[at].decided.is_some() {
                self.surveys[at] = survey(self.plan, &self.plan.streams[at], self.listener)?;
            }
        }
        Ok(())
    }

    /// Decides every record of these streams, the next ones.
    fn compare(&mut self, store: &mut EhrStore, next: Range<usize>, known: &mut Known) -> Result<(), PipelineError> {
        if next.is_empty() {
            return Ok(());
        }
        // What this run took back, or decided before it was cut off, may be in the source as it is.
        let decided = store.decided_from_payload(self.run.id)?.into_iter();
        let watched: HashSet<i64> = decided.map(|stored| stored.record.id).collect();
        let mut mine = Vec::new();
        for (at, survey) in next.clone().zip(&mut self.surveys[next]) {
            mine.push((at, known.remove(&self.memories[at].id).unwrap_or_default(), survey));
        }
        let (plan, memories, run) = (self.plan, &self.memories, self.run.id);
        let found: Vec<Result<Decisions, PipelineError>> = mine
            .into_par_iter()
            .map(|(at, known, survey)| {
                if let Some(decided) = survey.decided.take() {
                    return Ok(decided);
                }
                let (mapped, repeats) = (memories[at].mapped, plan.streams[at].stream.fate_of_repeats());
                decide(known, run, repeats, mapped, (survey, &watched))
            })
            .collect();
        for found in found {
            let mut found = found?;
            self.seen.compared(&mut found);
            self.decisions.push(found);
        }
        let changes = self.decisions.iter().any(|found| found.updates > 0 || found.touched().next().is_some());
        let is_mapped_anew = self.memories.iter().any(|memory| memory.mapped == Mapped::Otherwise);
        if changes || is_mapped_anew {
            store.ensure_indexes()?;
        }
        if is_mapped_anew {
            store.ensure_key_index()?;
        }
        let streams = self.plan.streams.iter().zip(&mut self.decisions);
        for (stream, decisions) in streams.filter(|(_, decisions)| !decisions.changed.is_empty()) {
            newest::keep_newer(store, &stream.stream, decisions)?;
        }
        Ok(())
    }

    /// Loads one stream. Says whether facts were taken back that were filed under keys of its people.
    fn load(&mut self, store: &mut EhrStore, index: usize) -> Result<bool, PipelineError> {
        let clock = std::time::Instant::now();
        let stream = &self.plan.streams[index];
        let memory = &self.memories[index];
        let asks_the_chart = memory.mapped == Mapped::Otherwise || stream.has_documents();
        let reader = if asks_the_chart { Some(Mutex::new(store.chart_reader()?)) } else { None };
        let input = StreamInput {
            plan: self.plan,
            index,
            memory,
            run: self.run.id,
            as_of: self.as_of,
            reader: reader.as_ref(),
            subjects: self.subjects.as_ref(),
            listener: self.listener,
        };
        let (survey, found) = (&self.surveys[index], &mut self.decisions[index]);
        let (mut books, has_recalled) = if stream.kind == StreamKind::People {
            load_people(store, survey, found, &mut self.crosswalk, &input, &mut self.references)?
        } else {
            memory.keep_evidence(store)?;
            let nobody = PersonDecisions::default();
            let books = load_stream(store, survey, found, &self.crosswalk, &nobody, &input, &mut self.references)?;
            (books, false)
        };
        self.seen.told_apart(found);
        self.references.ask_store(store, &stream.name)?;
        if let Some(after) = memory.afterwards(found.unseen) {
            store.put_stream_mapping(memory.id, &after)?;
        }
        self.consumed.extend(books.consumed.iter().copied());
        let surveyed_cells = survey.files.iter().map(|file| file.non_empty_cells).sum();
        let is_as_now = memory.mapped == Mapped::AsNow;
        let remembered = remember(self.plan, stream, survey, &mut books, found.unseen).filter(|_| is_as_now);
        let memory = StreamMemory { stream: memory.id, records: (1, 0), found: remembered };
        self.accounts.push(Account { books, surveyed_records: survey.records(), surveyed_cells, memory });
        self.decisions[index] = Decisions::default();
        let seconds = clock.elapsed().as_secs_f64();
        tracing::debug!(stream = &*stream.shown_name(index), seconds, "loaded");
        Ok(has_recalled)
    }

    /// Once every stream of every source is loaded: who waited, and what was referred to.
    fn replay(&mut self, store: &mut EhrStore, is_its: &dyn Fn(&str, &str) -> bool) -> Result<(), PipelineError> {
        let (plan, run, listener) = (self.plan, self.run, self.listener);
        if run.resumed {
            let is_there = |stream: &str| plan.has_stream_now(stream) || !is_its(&plan.system, stream);
            self.seen.lost.extend(store.records_of_absent_streams(&plan.system, run.id, is_there)?);
        }
        let mut from_payload = FromPayload::new(plan, self.as_of, &self.crosswalk, self.subjects.as_ref());
        let again = (&mut from_payload, &mut self.references);
        let is_its = |stored: &StoredRecord| is_its(&stored.system, &stored.stream);
        let seen = (&self.seen.read, &self.seen.lost[..]);
        self.replayed = replay::replay(store, &is_its, run.id, again, seen, listener)?;
        self.consumed.extend(self.replayed.values().flat_map(|account| account.consumed.iter().copied()));
        let references = std::mem::take(&mut self.references);
        note_references(store, plan, references, (&mut self.accounts, &mut self.replayed), listener)
    }
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
    subjects: Option<&'a DocumentSubjects>,
    listener: &'a dyn Listener,
}

impl StreamInput<'_> {
    fn scene<'a>(&'a self, store: &'a EhrStore) -> Scene<'a> {
        let (stream, stream_id) = (&self.plan.streams[self.index], self.memory.id);
        let (contexts, listener) = (&self.memory.contexts, self.listener);
        Scene { store, plan: self.plan, stream, stream_id, contexts, listener }
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
) -> Result<StreamAccount, PipelineError> {
    let stream = &input.plan.streams[input.index];
    input.listener.event(Event::Stream { name: &stream.shown_name(input.index), records: survey.records() });
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
        subjects: input.subjects,
        run: input.run,
    };
    load(store, &load_input, references, input.listener)
}

/// Loads a stream of people, in the open group. Also says whether facts were taken back that were filed under their keys.
fn load_people(
    store: &mut EhrStore,
    survey: &StreamSurvey,
    decisions: &mut Decisions,
    crosswalk: &mut Crosswalk,
    input: &StreamInput<'_>,
    references: &mut References,
) -> Result<(StreamAccount, bool), PipelineError> {
    input.listener.event(Event::Stage("matching patients"));
    let StreamInput { plan, run, .. } = *input;
    let stream = &plan.streams[input.index];
    let stream_id = input.memory.id;
    let mut settled = settle(input.scene(store), decisions)?;
    input.memory.keep_evidence(store)?;
    let rekeyed = settled.rekeyed();
    if !rekeyed.is_empty() {
        settled.note_shared(&stream.name, crosswalk);
        let own = settled.rekeyed_records();
        replay::recall(store, plan, run, input.as_of, crosswalk, (&rekeyed, &own))?;
        let rekey = settled.rekey(input.scene(store), &input.memory.kinds)?;
        store.write(run, &rekey)?;
    }
    let links = settled.links(store, plan, stream_id)?;
    if !links.is_empty() {
        store.write(run, &links)?;
    }
    settled.look_near(store, (&plan.system, &stream.name))?;
    let mut people = settled.decide(input.scene(store), decisions, crosswalk)?;
    let mut account = load_stream(store, survey, decisions, crosswalk, &people.decisions, input, references)?;
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
