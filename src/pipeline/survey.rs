//! The first pass over a source: it reads every record once, writes nothing, and learns what the load must know before its
//! first record: files' hashes, counts, keys, and what the dates of each column prove.

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::{Arc, Mutex};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::decide::Decisions;
use super::drift::KindTally;
use super::identify::{identify, row_text, with_documents};
use super::newest::Newest;
use super::plan::{Plan, PlannedFile, PlannedStream, layout_of};
use super::spill::{Entry, Spill};
use super::{Event, Listener, PipelineError};
use crate::extract::{RecordBatch, RecordReader, TREES};
use crate::model::PartHasher;
use crate::normalize::{Evidence, date_evidence};

pub const BATCH_RECORDS: usize = 2048;
pub const BATCH_BYTES: usize = 4 << 20;

/// What the first pass learned of a stream.
#[derive(Default)]
pub struct StreamSurvey {
    pub files: Vec<FileSurvey>,
    /// Every record's key and content; tags are positions in the stream, from 0 over all of its files.
    pub entries: Spill,
    /// By column name.
    pub evidence: BTreeMap<String, Evidence>,
    /// What each record is, where the files are those of an earlier run: then there are no entries.
    pub decided: Option<Decisions>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileSurvey {
    pub sha256: String,
    pub size_bytes: u64,
    pub records: u64,
    pub non_empty_cells: u64,
    /// What its first values look like, by column.
    #[serde(default)]
    pub kinds: Vec<KindTally>,
    /// The file mixes encodings: some cells are UTF-8, others are not.
    pub mixed_encoding: bool,
    /// Records that are torn and have quotes written as `\"`.
    #[serde(default)]
    pub torn_at_escapes: u64,
    /// In the order of the file, as [`BATCH_RECORDS`] and [`BATCH_BYTES`] cut it.
    pub batches: Vec<BatchSurvey>,
}

/// What the values of a batch count: enough to book records that are as they were.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchSurvey {
    pub records: u64,
    pub raw_bytes: u64,
    pub non_empty_cells: u64,
    /// Non-empty cells of each column of the header.
    pub columns: Vec<u32>,
}

impl StreamSurvey {
    pub fn records(&self) -> u64 {
        self.files.iter().map(|file| file.records).sum()
    }

    /// What whoever runs this should know of the stream's files; no value is in it.
    pub fn notes(&self, stream: &PlannedStream) -> Vec<String> {
        let mut notes = Vec::new();
        if stream.stream.required && self.records() == 0 {
            notes.push(format!("{} has a header and no rows", stream.files[0].path));
        }
        for (file, survey) in stream.files.iter().zip(&self.files).filter(|(_, survey)| survey.torn_at_escapes > 0) {
            let rows = match survey.torn_at_escapes {
                1 => "1 row is".to_owned(),
                rows => format!("{rows} rows are"),
            };
            notes.push(format!(
                r#"{}: {rows} torn where a quote is written as `\"`; if the file writes quotes so, say `escape = "\\"` in the connector"#,
                stream.shown_path(file)
            ));
        }
        notes
    }
}

/// Hashes what is read through it.
pub struct HashingReader {
    input: Box<dyn Read + Send>,
    state: Arc<Mutex<(Sha256, u64)>>,
}

/// The hash and size of what a [`HashingReader`] has given so far.
pub struct FileHash(Arc<Mutex<(Sha256, u64)>>);

impl HashingReader {
    pub fn new(input: Box<dyn Read + Send>) -> (Self, FileHash) {
        let state = Arc::new(Mutex::new((Sha256::new(), 0)));
        (Self { input, state: state.clone() }, FileHash(state))
    }
}

impl Read for HashingReader {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let count = self.input.read(out)?;
        if let Ok(mut state) = self.state.lock() {
            state.0.update(&out[..count]);
            state.1 += count as u64;
        }
        Ok(count)
    }
}

impl FileHash {
    pub fn finish(&self) -> (String, u64) {
        match self.0.lock() {
            Ok(state) => (hex(&state.0.clone().finalize()), state.1),
            Err(_) => (String::new(), 0),
        }
    }
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Opens a planned file for a pass, hashing as it goes.
pub fn open(
    plan: &Plan,
    stream: &PlannedStream,
    file: &PlannedFile,
) -> Result<(RecordReader, FileHash), PipelineError> {
    let source = &plan.tree.files[file.file];
    let (input, hash) = HashingReader::new(plan.tree.open_file(source)?);
    let (mut reader, header) = source.read(&stream.shown_path(file), Box::new(input), &layout_of(&stream.stream))?;
    if header != *file.header {
        return Err(PipelineError::SourceChanged { file: file.path.clone() });
    }
    if let Some(limit) = plan.limit {
        reader.stop_after(limit);
    }
    Ok((reader, hash))
}

pub fn survey(plan: &Plan, stream: &PlannedStream, listener: &dyn Listener) -> Result<StreamSurvey, PipelineError> {
    let mut survey = StreamSurvey::default();
    let mut position = 0;
    for file in &stream.files {
        let (mut reader, hash) = open(plan, stream, file)?;
        let mut counts =
            Counts { evidence: vec![Evidence::default(); file.header.columns.len()], ..Default::default() };
        // The paths of trees are no columns that could be of another kind the next time.
        let tallied = if file.header.reading == TREES { 0 } else { file.header.columns.len() };
        counts.kinds = vec![KindTally::default(); tallied];
        while let Some(batch) = reader.next_batch(BATCH_RECORDS, BATCH_BYTES)? {
            if listener.interrupted() {
                return Err(PipelineError::Interrupted);
            }
            let columns = vec![0; file.header.columns.len()];
            counts.batches.push(BatchSurvey { columns, raw_bytes: batch.raw_bytes(), ..Default::default() });
            take_batch(plan, stream, file, &batch, &mut position, &mut survey.entries, &mut counts)?;
            listener.event(Event::Progress { records: batch.len() as u64, issues: 0 });
        }
        let (sha256, size_bytes) = hash.finish();
        for column in &file.plan.evidence_columns {
            survey.evidence.entry(file.header.columns[*column].clone()).or_default().add(counts.evidence[*column]);
        }
        survey.files.push(FileSurvey {
            sha256,
            size_bytes,
            records: counts.records,
            non_empty_cells: counts.non_empty,
            mixed_encoding: counts.by_fallback > 0 && counts.by_utf8 > 0,
            torn_at_escapes: counts.torn_at_escapes,
            batches: counts.batches,
            kinds: counts.kinds,
        });
    }
    Ok(survey)
}

#[derive(Default)]
struct Counts {
    records: u64,
    non_empty: u64,
    by_fallback: u64,
    by_utf8: u64,
    torn_at_escapes: u64,
    evidence: Vec<Evidence>,
    batches: Vec<BatchSurvey>,
    kinds: Vec<KindTally>,
}

/// So many rows tell what a column holds.
const KINDS_OF_ROWS: u64 = 200;

fn take_batch(
    plan: &Plan,
    stream: &PlannedStream,
    file: &PlannedFile,
    batch: &RecordBatch,
    position: &mut u64,
    entries: &mut Spill,
    counts: &mut Counts,
) -> Result<(), PipelineError> {
    let mut hasher = PartHasher::new();
    let newest = Newest::of(&stream.stream, &file.header.columns);
    for record in batch.records() {
        let row = row_text(record, &file.header);
        let mut identified = identify(&file.plan, &row, record.flaw(), &mut hasher);
        counts.records += 1;
        counts.non_empty += row.non_empty;
        counts.by_fallback += row.by_fallback;
        counts.by_utf8 += row.by_utf8;
        counts.torn_at_escapes += u64::from(record.is_torn_at_escapes(&file.header));
        if let Some(of_batch) = counts.batches.last_mut() {
            of_batch.records += 1;
            of_batch.non_empty_cells += row.non_empty;
            for (count, cell) in of_batch.columns.iter_mut().zip(&row.cells.cells) {
                *count += u32::from(cell.is_some());
            }
            if counts.records <= KINDS_OF_ROWS {
                let cells = row.cells.cells.iter().map(|cell| cell.as_deref().unwrap_or_default());
                counts.kinds.iter_mut().zip(cells).for_each(|(tally, cell)| tally.take(cell));
            }
        }
        if record.flaw().is_none() {
            for column in &file.plan.evidence_columns {
                if let Some(Some(text)) = row.cells.cells.get(*column)
                    && text.as_bytes().get(4) != Some(&b'-')
                {
                    counts.evidence[*column].add(date_evidence(text));
                }
            }
        }
        if stream.has_documents() && record.flaw().is_none() {
            identified = with_documents(identified, &plan.document_hashes(stream, file, &row.cells)?);
        }
        let more = newest.as_ref().map_or(0, |newest| newest.word(&row.cells.cells));
        let entry = Entry { key: identified.key, tag: *position, content: identified.content, more };
        entries.push(entry).map_err(PipelineError::Temporary)?;
        *position += 1;
    }
    Ok(())
}
