//! What a stream has to load, in the order of its files, some batches at a time: those that are read, and those of which nothing has
//! changed.

use std::collections::VecDeque;

use super::super::PipelineError;
use super::super::prepare::{Prepared, Shared, prepare, untouched};
use super::super::survey::{BATCH_BYTES, BATCH_RECORDS, FileHash, FileSurvey, open};
use super::LoadInput;
use crate::extract::{RecordBatch, RecordReader};

/// Small batches go on together until they have so many records or bytes.
const ENOUGH_RECORDS: usize = BATCH_RECORDS / 2;
const ENOUGH_BYTES: usize = BATCH_BYTES / 4;

/// Records of streams with documents, which may be large, that are read at once.
const WITH_DOCUMENTS: usize = 32;

/// A batch of one file, by the file's number in the stream.
pub(super) struct Piece {
    file: usize,
    work: Work,
}

enum Work {
    /// Read, with the position of its first record.
    Records { first: u64, batch: RecordBatch },
    /// Of which nothing has changed: it is booked as it was surveyed.
    Untouched(Box<Prepared>),
}

/// Makes pieces ready, each with the number of its file.
pub(super) fn prepare_all(files: &[Shared<'_>], pieces: Vec<Piece>) -> Result<Vec<(usize, Prepared)>, PipelineError> {
    let ready = |Piece { file, work }| match work {
        Work::Records { first, batch } => Ok((file, prepare(&files[file], &batch, first)?)),
        Work::Untouched(prepared) => Ok((file, *prepared)),
    };
    pieces.into_iter().map(ready).collect()
}

/// Where the reading of a stream is.
pub(super) struct Reading<'a> {
    input: &'a LoadInput<'a>,
    files: &'a [Shared<'a>],
    next_file: usize,
    /// The file that is read.
    open: Option<Open>,
    /// Of files that nobody opens.
    untouched: VecDeque<Piece>,
    position: u64,
    batch_records: usize,
    /// Why it cannot go on, once what was read before is taken.
    failed: Option<PipelineError>,
}

struct Open {
    file: usize,
    reader: RecordReader,
    hash: FileHash,
    /// Batches that were read or passed over.
    batches: usize,
}

impl<'a> Reading<'a> {
    pub fn new(input: &'a LoadInput<'a>, files: &'a [Shared<'a>]) -> Self {
        let batch_records = if input.stream.has_documents() { WITH_DOCUMENTS } else { BATCH_RECORDS };
        Self {
            input,
            files,
            next_file: 0,
            open: None,
            untouched: VecDeque::new(),
            position: 0,
            batch_records,
            failed: None,
        }
    }

    /// The next pieces; none at the end.
    pub fn next(&mut self) -> Result<Option<Vec<Piece>>, PipelineError> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        let enough_records = self.batch_records.min(ENOUGH_RECORDS);
        let (mut records, mut bytes) = (0, 0);
        let mut pieces = Vec::new();
        while records < enough_records && bytes < ENOUGH_BYTES {
            match self.piece() {
                Ok(Some(piece)) => {
                    match &piece.work {
                        Work::Records { batch, .. } => {
                            records += batch.len();
                            bytes += batch.raw_bytes() as usize;
                        }
                        Work::Untouched(prepared) => records += prepared.records as usize,
                    }
                    pieces.push(piece);
                }
                Ok(None) => break,
                Err(error) if pieces.is_empty() => return Err(error),
                Err(error) => {
                    self.failed = Some(error);
                    break;
                }
            }
        }
        Ok((!pieces.is_empty()).then_some(pieces))
    }

    fn piece(&mut self) -> Result<Option<Piece>, PipelineError> {
        loop {
            if let Some(piece) = self.untouched.pop_front() {
                return Ok(Some(piece));
            }
            if let Some(open) = &mut self.open {
                let surveyed = &self.input.survey.files[open.file];
                let found = open.piece(&self.files[open.file], surveyed, &mut self.position, self.batch_records)?;
                if found.is_some() {
                    return Ok(found);
                }
                self.open = None;
            }
            let file = self.next_file;
            let Some(shared) = self.files.get(file) else { return Ok(None) };
            self.next_file += 1;
            if !self.pass_untouched(file) {
                let (reader, hash) = open(self.input.plan, self.input.stream, shared.file)?;
                self.open = Some(Open { file, reader, hash, batches: 0 });
            }
        }
    }

    /// Takes up a file of which every record is as it was: it is not read again. Says whether it is one.
    fn pass_untouched(&mut self, file: usize) -> bool {
        let mut first = self.position;
        let mut all = Vec::new();
        for batch in &self.input.survey.files[file].batches {
            let Some(prepared) = untouched(&self.files[file], batch, first) else { return false };
            first += batch.records;
            all.push(Piece { file, work: Work::Untouched(Box::new(prepared)) });
        }
        self.position = first;
        self.untouched.extend(all);
        true
    }
}

impl Open {
    /// The next batch; one without any change is booked as it was surveyed, and its bytes passed over.
    fn piece(
        &mut self,
        shared: &Shared<'_>,
        surveyed: &FileSurvey,
        position: &mut u64,
        batch_records: usize,
    ) -> Result<Option<Piece>, PipelineError> {
        let (file, first) = (self.file, *position);
        if let Some(of_batch) = surveyed.batches.get(self.batches)
            && let Some(prepared) = untouched(shared, of_batch, first)
        {
            self.batches += 1;
            *position += of_batch.records;
            self.reader.skip(of_batch.records, of_batch.raw_bytes)?;
            return Ok(Some(Piece { file, work: Work::Untouched(Box::new(prepared)) }));
        }
        if let Some(batch) = self.reader.next_batch(batch_records, BATCH_BYTES)? {
            self.batches += 1;
            *position += batch.len() as u64;
            return Ok(Some(Piece { file, work: Work::Records { first, batch } }));
        }
        match self.hash.finish().0 == shared.file_sha256 {
            true => Ok(None),
            false => Err(PipelineError::SourceChanged { file: shared.file.path.clone() }),
        }
    }
}
