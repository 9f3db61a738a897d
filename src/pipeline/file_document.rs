//! Whose a document is, as a person decides: it is filed at once, as a run of its own that can be undone.

use serde::Serialize;

use super::decide::Class;
use super::decision_run::{DecisionRun, decide_as_run, with_store};
use super::document_subjects::{DocumentSubjects, named_people};
use super::erased::Erased;
use super::plan::Plan;
use super::prepare::Crosswalk;
use super::review::{named_registrations, one_patient};
use super::stored::FromPayload;
use super::{PipelineError, sources_of};
use crate::connector::{Pack, load_named};
use crate::extract::{Header, Looked, Ocr, look};
use crate::model::{ChartId, DOCUMENT_COLUMNS, Fate, IssueCode, PartialDate, record_id};
use crate::store::{BatchWrite, DocumentDecision, EhrStore, KnownIdentity, StorePlace, StoredRecord, UnfiledDocument};

/// A document, as a person names it.
#[derive(Clone, Copy, Debug)]
pub enum NamedDocument {
    /// Its source record, which waits.
    Waiting(i64),
    /// Its chart row.
    Charted(ChartId),
}

pub struct FileOptions<'a> {
    pub store: StorePlace,
    pub document: NamedDocument,
    /// A patient or a registration by its id, or STREAM:KEY.
    pub patient: &'a str,
    pub by: &'a str,
    pub reason: &'a str,
    /// Also where somebody decided otherwise before.
    pub overrule: bool,
    /// Also where the document's text names somebody else.
    pub despite_contradictions: bool,
    /// The time now, as RFC 3339 text.
    pub now: &'a dyn Fn() -> String,
}

/// What a decision about a document did.
#[derive(Clone, Debug, Serialize)]
pub struct FiledDocument {
    /// The number under which it stands in the store.
    pub run: i64,
    pub document: ChartId,
    /// The registration it is filed under.
    pub identity: ChartId,
    pub patient: ChartId,
    /// Whose it was before, if anybody's.
    pub former: Option<ChartId>,
    pub digest: (String, String),
}

pub fn file_document(options: &FileOptions<'_>) -> Result<FiledDocument, PipelineError> {
    with_store(&options.store, |store| {
        // What cannot be is no run.
        let asked = Asked::of(store, options)?;
        let (document, identity) = (asked.documents[0], asked.identity.id);
        let run = DecisionRun {
            command: "review",
            systems: &[&asked.stored.system],
            plan: serde_json::json!({ "decision": "file-document" }),
            same: &["file-document", options.by, options.reason, document.as_str(), identity.as_str()],
            now: options.now,
        };
        let (run, (asked, former)) = decide_as_run(store, &run, |store, run, now| {
            // Again, now that nobody else links people.
            let asked = Asked::of(store, options)?;
            let former = asked.file(store, options, run, now)?;
            Ok((asked, former))
        })?;
        Ok(FiledDocument {
            run: run.id,
            document,
            identity: asked.identity.id,
            patient: asked.identity.patient,
            former,
            digest: (run.digest_before.to_string(), store.digest()?.to_string()),
        })
    })
}

/// A decision that can be taken.
struct Asked {
    stored: StoredRecord,
    /// The chart rows that the record makes or may make, the first one first.
    documents: Vec<ChartId>,
    identity: KnownIdentity,
    plan: Plan,
}

fn refused(why: &str, hint: &'static str) -> PipelineError {
    PipelineError::NotFiled { why: why.to_owned(), hint }
}

const LIST: &str = "`chartlift review documents` lists those that wait";

impl Asked {
    fn of(store: &EhrStore, options: &FileOptions<'_>) -> Result<Self, PipelineError> {
        let number = match options.document {
            NamedDocument::Waiting(number) => number,
            NamedDocument::Charted(id) => {
                let of = store.source_record_of_document(id)?;
                of.ok_or_else(|| refused("the chart has no such document", LIST))?
            }
        };
        let stored = store.stored_record(number)?.ok_or_else(|| refused("the store has no such record", LIST))?;
        if !is_document(&stored.header) {
            let hint = "a record of a table is filed by its own columns: correct it at the source";
            return Err(refused("it is no file of a folder of documents", hint));
        }
        match (stored.record.fate, stored.record.reason) {
            (Fate::Quarantined, Some(reason)) if CAN_BE_FILED.contains(&reason) => {}
            (Fate::Loaded | Fate::Updated, _) => {}
            (Fate::Archived, _) => {
                let hint = "correct the index at the source";
                return Err(refused("a record of another stream names it and files it", hint));
            }
            _ => return Err(refused("it does not wait for a person to say whose it is", LIST)),
        }
        let runs = store.runs()?;
        let is_cut_off = |system: &str| {
            let open = runs.iter().filter(|run| run.status == "running");
            open.into_iter().any(|run| sources_of(&run.plan).iter().any(|source| source["system"] == system))
        };
        if is_cut_off(&stored.system) {
            let hint = "`chartlift resume` ends it; decide then";
            return Err(refused("a run of its source system is under way or was cut off", hint));
        }
        let (pack, ocr) = pack_and_ocr(store, &stored)?;
        let ocr = ocr.map(|languages| Ocr::new(&languages)).transpose();
        let ocr = ocr.map_err(|why| PipelineError::NoOcr { why })?;
        let erased = Erased::of_store(store, &stored.system, &pack)?;
        let mappings = pack.stream(&stored.stream).map(|stream| stream.mappings()).unwrap_or_default();
        let id = |(at, mapping): (usize, &std::sync::Arc<crate::connector::Mapping>)| {
            let name = (at > 0).then_some(mapping.name.as_str());
            record_id(&stored.system, &stored.stream, &stored.record.key, stored.record.ordinal, name)
        };
        let documents: Vec<ChartId> = mappings.iter().enumerate().map(id).collect();
        let identity = registration(store, options.patient, &stored.system)?;
        if !options.overrule
            && let Some(former) = store.document_decision(documents[0])?
            && former.identity != identity.id
            && former.content == stored.record.content
        {
            return Err(PipelineError::DecidedOtherwise { decision: "the document is another's", at: former.at });
        }
        if !options.despite_contradictions && names_another(store, options.document, &stored, identity.patient)? {
            return Err(refused(
                "name and birth date of somebody else stand in it, and not those of this patient",
                "look at it with `chartlift review document`; --despite-contradictions files it all the same",
            ));
        }
        let plan = Plan::of_pack(pack, stored.system.clone(), ocr, erased);
        Ok(Self { stored, documents, identity, plan })
    }

    /// Writes the decision and what follows from it, in the open group. Gives whose the document was.
    fn file(
        &self,
        store: &mut EhrStore,
        options: &FileOptions<'_>,
        run: i64,
        now: &str,
    ) -> Result<Option<ChartId>, PipelineError> {
        let former = store.patient_of_document(self.documents[0])?;
        let decision = |document: &ChartId| DocumentDecision {
            document: *document,
            content: self.stored.record.content,
            identity: self.identity.id,
            by: options.by.to_owned(),
            at: now.to_owned(),
            reason: options.reason.to_owned(),
        };
        let document_decisions = self.documents.iter().map(decision).collect();
        store.write(run, &BatchWrite { document_decisions, ..Default::default() })?;
        let subjects = DocumentSubjects::decided_only(store)?;
        let day = now.split('T').next().unwrap_or_default();
        let as_of = PartialDate::parse_iso(day).unwrap_or(PartialDate { year: 9999, month: None, day: None });
        let nobody = Crosswalk::new();
        let mut from_payload = FromPayload::new(&self.plan, as_of, &nobody, Some(&subjects));
        let class = match self.stored.record.fate {
            Fate::Quarantined => Class::Retry,
            _ => Class::Update,
        };
        let prepared = from_payload.prepare(store, &self.stored, class)?;
        let prepared = prepared.ok_or_else(|| refused("its connector has no such stream any more", AGAIN))?.prepared;
        if prepared.totals.loaded + prepared.totals.updated == 0 {
            let why =
                prepared.quarantined.first().map_or("it is of a person who was erased", |row| row.reason.as_str());
            return Err(refused(why, "correct it at the source"));
        }
        store.write(run, &prepared.batch)?;
        Ok(former)
    }
}

/// What a document waits for that a person can say.
const CAN_BE_FILED: [IssueCode; 3] = [IssueCode::DocumentUnassigned, IssueCode::Orphan, IssueCode::IdentifierShared];

/// What a document is, with its text; that of its pictures, if letters were read when its source was read.
pub fn looked_at(
    store: &EhrStore,
    source_record: i64,
    (file, bytes): (&str, &[u8]),
) -> Result<(Looked, Option<String>), PipelineError> {
    let looked = look(file, bytes);
    if let Some(text) = looked.text.clone() {
        return Ok((looked, Some(text)));
    }
    let Some(stored) = store.stored_record(source_record)? else { return Ok((looked, None)) };
    let Ok((_, Some(languages))) = pack_and_ocr(store, &stored) else { return Ok((looked, None)) };
    let ocr = Ocr::new(&languages).map_err(|why| PipelineError::NoOcr { why })?;
    let text = ocr.read(looked.kind, bytes).map(|recognized| recognized.text);
    Ok((looked, text))
}

/// Whether a document's text names another person of its system with the birth date, and not this one.
fn names_another(
    store: &EhrStore,
    document: NamedDocument,
    stored: &StoredRecord,
    patient: ChartId,
) -> Result<bool, PipelineError> {
    let (number, found) = match document {
        NamedDocument::Waiting(number) => (number, store.waiting_documents(number)?.into_values().next()),
        NamedDocument::Charted(id) => {
            (store.source_record_of_document(id)?.unwrap_or_default(), store.document_content(id)?)
        }
    };
    let Some((file, bytes)) = found else { return Ok(false) };
    let (_, text) = looked_at(store, number, (&file, &bytes))?;
    let candidates = named_people(store, &stored.system)?.candidates(text.as_deref().unwrap_or_default());
    let mut named = candidates.iter().filter(|candidate| candidate.has_birth_date);
    Ok(named.clone().any(|other| other.patient != patient) && !named.any(|same| same.patient == patient))
}

/// Whether a record with these columns, as a note, is a file of a folder.
fn is_document(header: &str) -> bool {
    let Some(header) = Header::of_note(header) else { return false };
    DOCUMENT_COLUMNS.iter().all(|name| header.columns.iter().any(|column| column == name))
}

const AGAIN: &str = "run `chartlift migrate` with its source again, and decide then";

/// The connector with which a record's stream was read last, and the languages in which letters in pictures were read then.
fn pack_and_ocr(store: &EhrStore, stored: &StoredRecord) -> Result<(Pack, Option<String>), PipelineError> {
    let runs = store.runs()?;
    for run in runs.iter().rev().filter(|run| run.status != "undone") {
        for source in sources_of(&run.plan).iter().filter(|source| source["system"] == stored.system.as_str()) {
            let name = source["connector_folder"].as_str().or(source["connector"].as_str()).unwrap_or_default();
            if let Ok((pack, ..)) = load_named(name)
                && pack.stream(&stored.stream).is_some_and(|stream| stream.documents.is_some())
            {
                let plan: serde_json::Value = serde_json::from_str(&run.plan).unwrap_or_default();
                return Ok((pack, plan["ocr"].as_str().map(str::to_owned)));
            }
        }
    }
    Err(refused("the connector that its source was read with is not where it was", AGAIN))
}

/// The registration that a person means: one of the document's system where the patient has several, the smallest id else.
fn registration(store: &EhrStore, name: &str, system: &str) -> Result<KnownIdentity, PipelineError> {
    let mut found = named_registrations(store, name)?;
    one_patient(&found)?;
    found.sort_by_key(|one| (one.system != system, one.id));
    found.into_iter().next().ok_or(PipelineError::NoPerson)
}

/// The documents that wait for a person, by system and path.
pub fn unfiled_documents(store: &EhrStore) -> Result<Vec<UnfiledDocument>, PipelineError> {
    let mut waiting = store.waiting_files_of(CAN_BE_FILED)?;
    waiting.retain(|document| is_document(&document.header));
    Ok(waiting)
}
