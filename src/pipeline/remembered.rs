//! Files that are those of the last run need no comparing record by record: what each record is to the store stands in its memory.
//! Everything else goes its usual way, so that a run with a memory ends as one without.

use std::collections::{BTreeMap, HashMap};
use std::io::Read;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::decide::Decisions;
use super::load::StreamAccount;
use super::plan::{Plan, PlannedFile, PlannedStream, StreamKind};
use super::survey::{FileSurvey, HashingReader, StreamSurvey, hex, survey};
use super::{Event, Listener, PipelineError};
use crate::extract::{ExtractError, Header};
use crate::model::Hash128;
use crate::normalize::{self, Evidence};
use crate::store::{EhrStore, KnownRecord, StreamMemory};

/// A stream with more waiting records is compared anew.
const MOST_WAITING: usize = 50_000;

/// What stands in the store of a stream, beside a byte for each record.
#[derive(Serialize, Deserialize)]
struct Remembered {
    /// Who read the stream, and how: another program or connector compares anew.
    reader: String,
    files: Vec<RememberedFile>,
    evidence: BTreeMap<String, (bool, bool)>,
    unseen: u64,
    waiting: Vec<Waiting>,
}

#[derive(Serialize, Deserialize)]
struct RememberedFile {
    path: String,
    header: String,
    survey: FileSurvey,
}

/// A record that waits, by its position in the stream.
#[derive(Serialize, Deserialize)]
struct Waiting {
    position: u64,
    key: [u8; 16],
    content: [u8; 16],
}

fn reader_of(plan: &Plan) -> String {
    let tables = super::memory::tables_of(plan);
    let drugs = plan.medications.as_ref().map(|drugs| hex(&drugs.fingerprint().0)).unwrap_or_default();
    format!("{} {} {}{tables} {drugs}", env!("CARGO_PKG_VERSION"), normalize::VERSION, plan.pack.hash)
}

/// A hash of a file's header, which may be long and many files'.
fn header_of<'a>(file: &'a PlannedFile, known: &mut HashMap<&'a Header, String>) -> String {
    let hash = |header: &Header| hex(&Hash128::of_parts(&[header.to_note().as_bytes()]).0);
    known.entry(&file.header).or_insert_with(|| hash(&file.header)).clone()
}

/// Whether what a stream's records are depends on nothing but its files and the store.
fn can_be_remembered(stream: &PlannedStream) -> bool {
    stream.kind != StreamKind::People && !stream.has_documents()
}

/// What is to be put down of a stream, once it is loaded.
pub fn remember(
    plan: &Plan,
    stream: &PlannedStream,
    survey: &StreamSurvey,
    books: &mut StreamAccount,
    unseen: u64,
) -> Option<(String, Vec<u8>)> {
    let (next, waiting) = (std::mem::take(&mut books.next), std::mem::take(&mut books.waiting));
    if !can_be_remembered(stream) || waiting.len() > MOST_WAITING || next.len() as u64 != survey.records() {
        return None;
    }
    let mut hashes = HashMap::new();
    let files = stream.files.iter().zip(&survey.files);
    let remembered = Remembered {
        reader: reader_of(plan),
        files: files
            .map(|(file, survey)| RememberedFile {
                path: file.path.clone(),
                header: header_of(file, &mut hashes),
                survey: survey.clone(),
            })
            .collect(),
        evidence: survey.evidence.iter().map(|(name, of)| (name.clone(), (of.day_first, of.month_first))).collect(),
        unseen,
        waiting: waiting
            .into_iter()
            .map(|(position, key, content)| Waiting { position, key: key.0, content: content.0 })
            .collect(),
    };
    Some((serde_json::to_string(&remembered).ok()?, next))
}

/// A survey as it was, if the plan is for the same files in name and size, and everything that waits is found again.
fn recollect(
    store: &EhrStore,
    plan: &Plan,
    stream: &PlannedStream,
    memory: &StreamMemory,
) -> Result<Option<StreamSurvey>, PipelineError> {
    let Some((text, classes)) = &memory.found else { return Ok(None) };
    let Ok(remembered) = serde_json::from_str::<Remembered>(text) else { return Ok(None) };
    let mut hashes = HashMap::new();
    let mut all_same = || {
        stream.files.iter().zip(&remembered.files).all(|(file, before)| {
            file.path == before.path
                && header_of(file, &mut hashes) == before.header
                && plan.tree.files[file.file].size_bytes == before.survey.size_bytes
        })
    };
    let fits = can_be_remembered(stream)
        && remembered.reader == reader_of(plan)
        && remembered.files.len() == stream.files.len()
        && all_same();
    if !fits {
        return Ok(None);
    }
    let mut known: HashMap<(Hash128, Hash128), Vec<KnownRecord>> = HashMap::new();
    if !remembered.waiting.is_empty() {
        for record in store.waiting_records(memory.stream)? {
            known.entry((record.key, record.content)).or_default().push(record);
        }
    }
    let mut waiting = Vec::new();
    for Waiting { position, key, content } in &remembered.waiting {
        match known.get(&(Hash128(*key), Hash128(*content))).map(Vec::as_slice) {
            Some([record]) => waiting.push((*position, *record)),
            // Gone, or several of which this may be any.
            _ => return Ok(None),
        }
    }
    let evidence = remembered.evidence.into_iter();
    Ok(Some(StreamSurvey {
        files: remembered.files.into_iter().map(|file| file.survey).collect(),
        evidence: evidence
            .map(|(name, (day_first, month_first))| (name, Evidence { day_first, month_first }))
            .collect(),
        decided: Some(Decisions::remembered(classes.clone(), waiting, remembered.unseen)),
        ..Default::default()
    }))
}

/// Reads every stream of the source: as far as the bytes of its files where these are those of the last run, else record by record.
pub fn survey_all(
    store: &EhrStore,
    plan: &Plan,
    memories: &BTreeMap<String, StreamMemory>,
    listener: &dyn Listener,
) -> Result<Vec<StreamSurvey>, PipelineError> {
    let mut before = Vec::new();
    for stream in &plan.streams {
        // Of a file that is read in part nothing is known by its bytes.
        let memory = memories.get(&stream.name).filter(|_| plan.limit.is_none());
        before.push(memory.map(|memory| recollect(store, plan, stream, memory)).transpose()?.flatten());
    }
    let read = |(stream, before): (&PlannedStream, Option<StreamSurvey>)| {
        if let Some(before) = before
            && is_still(plan, stream, &before, listener)?
        {
            return Ok(before);
        }
        survey(plan, stream, listener)
    };
    plan.streams.par_iter().zip(before).map(read).collect()
}

/// Whether a stream's files are byte by byte what they were.
fn is_still(
    plan: &Plan,
    stream: &PlannedStream,
    before: &StreamSurvey,
    listener: &dyn Listener,
) -> Result<bool, PipelineError> {
    let mut part = vec![0; 1 << 20];
    for (file, surveyed) in stream.files.iter().zip(&before.files) {
        let (mut reader, hash) = HashingReader::new(plan.tree.open_file(&plan.tree.files[file.file])?);
        loop {
            if listener.interrupted() {
                return Err(PipelineError::Interrupted);
            }
            let unreadable = |source| ExtractError::Unreadable { path: file.path.clone(), source };
            if reader.read(&mut part).map_err(unreadable)? == 0 {
                break;
            }
        }
        if hash.finish().0 != surveyed.sha256 {
            return Ok(false);
        }
    }
    for surveyed in &before.files {
        listener.event(Event::Progress { records: surveyed.records, issues: 0 });
    }
    Ok(true)
}
