//! Files of a source that are neither tables nor documents: one record of one cell each, their bytes kept.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::io::Read;

use super::decide::{Class, Mapped, decide, known_hashes};
use super::load::StreamAccount;
use super::plan::{OTHER_FILES, Plan};
use super::prepare::ordinal_name;
use super::spill::Entry;
use super::survey::{FileSurvey, HashingReader, StreamSurvey};
use super::{Listener, PipelineError};
use crate::connector::Repeats;
use crate::extract::ExtractError;
use crate::model::{Disposition, Fate, Hash128};
use crate::store::digest::{ItemHasher, record_state};
use crate::store::payload::FrameWriter;
use crate::store::{BatchWrite, EhrStore, FileWrite, PayloadWrite, RecordWrite, RunStart, StreamId};

const PART_BYTES: usize = 4 << 20;
const LONGEST_WORD: usize = 256;

/// Keeps every file of a system's sources that nothing else took; each source comes with the files that its records named. Gives the
/// books and the files' names.
pub fn keep(
    store: &mut EhrStore,
    sources: &[(&Plan, &BTreeSet<usize>)],
    start: &RunStart,
    within: &BTreeMap<StreamId, (i64, i64)>,
    listener: &dyn Listener,
) -> Result<(StreamAccount, Vec<String>), PipelineError> {
    let left = |(plan, consumed): &(&'_ Plan, &BTreeSet<usize>)| -> Vec<usize> {
        plan.other_files.iter().copied().filter(|index| !consumed.contains(index)).collect()
    };
    let files: Vec<(&Plan, usize)> =
        sources.iter().flat_map(|source| left(source).into_iter().map(|index| (source.0, index))).collect();
    let mut account = StreamAccount::default();
    if files.is_empty() && !start.resumed {
        return Ok((account, Vec::new()));
    }
    let Some((first, _)) = sources.first() else { return Ok((account, Vec::new())) };
    let run = start.id;
    let stream_id = store.stream_id(&first.system, OTHER_FILES)?;
    let mut survey = StreamSurvey::default();
    let mut identified = Vec::new();
    for (position, (plan, index)) in files.iter().enumerate() {
        let surveyed = hash_file(plan, *index)?;
        // The name alone is no key: a file that changed is another record, and what it was before stays.
        let path = plan.tree.files[*index].path.as_bytes();
        let content = Hash128::of_parts(&[surveyed.sha256.as_bytes()]);
        let key = Hash128::of_parts(&[path, &content.0]);
        survey.entries.push(Entry { key, tag: position as u64, content, more: 0 }).map_err(PipelineError::Temporary)?;
        survey.files.push(surveyed);
        identified.push((key, content));
    }
    let surveys = survey.files.clone();
    let known = known_hashes(store, &[stream_id], run, within)?.pop().unwrap_or_default();
    let decisions = decide(known, run, Repeats::Duplicate, Mapped::AsNow, (&mut survey, &HashSet::new()))?;
    // Files that this run kept before it was cut off and that are gone are in its books.
    for _ in &decisions.lost {
        account.totals.read += 1;
        account.totals.add_fate(Fate::Archived);
        account.totals.cells.non_empty += 1;
        account.totals.cells.add(Disposition::Kept, 1);
    }
    for (position, (plan, index)) in files.iter().enumerate() {
        if listener.interrupted() {
            return Err(PipelineError::Interrupted);
        }
        let cells = u64::from(surveys[position].size_bytes > 0);
        account.totals.read += 1;
        account.totals.cells.non_empty += cells;
        // Two sources may hold one file under one name.
        if matches!(decisions.class(position as u64), Class::Duplicate { .. }) {
            account.totals.add_fate(Fate::Duplicate);
            account.totals.cells.add(Disposition::Unchanged, cells);
            continue;
        }
        account.totals.add_fate(Fate::Archived);
        if plan.erased.is_file(&plan.system, identified[position], &plan.tree.files[*index].path)
            || holds_an_erased_key(plan, *index)?
        {
            account.totals.cells.add(Disposition::Ignored, cells);
            account.totals.erased += 1;
            continue;
        }
        account.totals.cells.add(Disposition::Kept, cells);
        if decisions.class(position as u64) == Class::New {
            let (key, content) = identified[position];
            keep_file(store, plan, run, stream_id, *index, &surveys[position], key, content)?;
        }
    }
    Ok((account, files.iter().map(|(plan, index)| plan.tree.files[*index].path.clone()).collect()))
}

/// Whether a file holds the key of a person who was erased.
fn holds_an_erased_key(plan: &Plan, index: usize) -> Result<bool, PipelineError> {
    if plan.erased.is_empty() {
        return Ok(false);
    }
    let mut reader = plan.open_document(index)?;
    let mut bytes = Vec::new();
    loop {
        // A word may go on in the next part.
        let kept = bytes.len().min(LONGEST_WORD);
        bytes.drain(..bytes.len() - kept);
        let read = reader.by_ref().take(PART_BYTES as u64).read_to_end(&mut bytes);
        if read.map_err(|source| unreadable(plan, index, source))? == 0 {
            return Ok(false);
        }
        if plan.erased.is_in_bytes(&bytes) {
            return Ok(true);
        }
    }
}

fn hash_file(plan: &Plan, index: usize) -> Result<FileSurvey, PipelineError> {
    let (mut reader, hash) = HashingReader::new(plan.open_document(index)?);
    std::io::copy(&mut reader, &mut std::io::sink()).map_err(|source| unreadable(plan, index, source))?;
    let (sha256, size_bytes) = hash.finish();
    Ok(FileSurvey { sha256, size_bytes, records: 1, ..Default::default() })
}

fn unreadable(plan: &Plan, index: usize, source: std::io::Error) -> PipelineError {
    ExtractError::Unreadable { path: ordinal_name(index, &plan.tree.files[index].path), source }.into()
}

fn keep_file(
    store: &mut EhrStore,
    plan: &Plan,
    run: i64,
    stream_id: i64,
    index: usize,
    surveyed: &FileSurvey,
    key: Hash128,
    content: Hash128,
) -> Result<(), PipelineError> {
    let path = &plan.tree.files[index].path;
    let header = serde_json::json!({ "columns": ["file"], "delimiter": "\t", "fallback": "UTF-8", "reading": "bytes" })
        .to_string();
    let (sha256, size_bytes) = (surveyed.sha256.clone(), surveyed.size_bytes);
    let file =
        store.file_id(run, stream_id, &FileWrite { path: path.clone(), sha256, size_bytes, records: 1, header })?;
    store.begin_group()?;
    let id = store.next_record_id()?;
    let mut reader = plan.open_document(index)?;
    for part in 0.. {
        let mut bytes = Vec::new();
        let read = reader.by_ref().take(PART_BYTES as u64).read_to_end(&mut bytes);
        if read.map_err(|source| unreadable(plan, index, source))? == 0 {
            break;
        }
        let packed = zstd::bulk::compress(&bytes, 3).map_err(PipelineError::Temporary)?;
        store.write_kept_file_part(id, part, &packed)?;
    }
    let mut frame = FrameWriter::default();
    let payload_index = frame.push(1, 0, path.as_bytes());
    let bytes = frame.finish().map_err(PipelineError::Temporary)?;
    let hash = ItemHasher::default().source_record(&plan.system, OTHER_FILES, &key, &content, record_state("archived"));
    let record = RecordWrite {
        replaces: None,
        key,
        ordinal: 0,
        content,
        fate: Fate::Archived,
        reason: None,
        payload_index,
        charted: 0,
        hash,
        former_hash: None,
    };
    let payload = PayloadWrite { file, records: 1, first_row: 1, last_row: 1, bytes };
    store.write(
        run,
        &BatchWrite { stream: stream_id, records: vec![record], payload: Some(payload), ..Default::default() },
    )?;
    store.commit_group()?;
    Ok(())
}
