//! One batch of records to one batch of writes: the parallel part of a load. Reads the crosswalk, writes nothing.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};

use super::PipelineError;
use super::decide::{Class, Decisions, Detail, Untouched};
use super::document_subjects::DocumentSubjects;
use super::erased::Suspect;
use super::events::QuarantinedRow;
use super::identify::{Identified, RowText, identify, key_text, row_text, with_documents};
use super::outcome::IssueCounts;
use super::people::PersonDecisions;
use super::plan::{Plan, PlannedFile, PlannedStream, StreamKind};
use super::references::{RowReference, Target};
use super::survey::BatchSurvey;
use crate::extract::{Flaw, Record, RecordBatch};
use crate::model::{
    CellTotals, ChartId, DOCUMENT_COLUMNS, Disposition, Fate, Hash128, Issue, IssueCode, KeyHash, PartHasher,
    PartialDate, RecordType, StreamTotals, subject_key,
};
use crate::normalize::{Context, Normalized, normalize};
use crate::store::digest::{ItemHasher, record_state};
use crate::store::payload::FrameWriter;
use crate::store::{BatchWrite, ChartReader, Checkpoint, KnownRecord, NamedBytes, PayloadWrite, RecordWrite, StreamId};

mod chart;
mod documents;
mod quarantine;

pub use documents::ordinal_name;
use documents::{Found, Opened};

/// Whom a patient key names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolution {
    One(Registered),
    /// People who contradict each other: nothing can be filed under it.
    Shared,
}

/// A registration, and whom it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Registered {
    pub identity: ChartId,
    pub patient: ChartId,
    /// As it says.
    pub born: Option<PartialDate>,
}

/// From a registration's name ([`crate::model::subject_key`]) to the person.
pub type Crosswalk = HashMap<KeyHash, Resolution>;

/// What all batches of one file share.
pub struct Shared<'a> {
    pub plan: &'a Plan,
    pub stream: &'a PlannedStream,
    pub file: &'a PlannedFile,
    pub mixed_encoding: bool,
    pub file_sha256: &'a str,
    pub file_id: i64,
    pub stream_id: StreamId,
    pub context: Context,
    pub decisions: &'a Decisions,
    pub crosswalk: &'a Crosswalk,
    pub people: &'a PersonDecisions,
    /// Every kind of chart row that the stream makes or made: type, and mapping name where it is not the first.
    pub kinds: &'a [(RecordType, Option<String>)],
    /// Answers what the chart holds now, where records are mapped anew.
    pub reader: Option<&'a Mutex<ChartReader>>,
    /// Whose documents may be, where that is asked.
    pub subjects: Option<&'a DocumentSubjects>,
    /// The record comes from its kept payload, with the documents that waited with it, by number.
    pub kept_documents: Option<&'a BTreeMap<usize, NamedBytes>>,
}

/// A batch ready to be written, and its part of the books.
#[derive(Default)]
pub struct Prepared {
    pub batch: BatchWrite,
    pub records: u64,
    pub totals: StreamTotals,
    /// Per column of the file.
    pub columns: Vec<CellTotals>,
    pub issues: IssueCounts,
    pub quarantined: Vec<QuarantinedRow>,
    /// Files that document records took in, or that wait with them.
    pub consumed: Vec<usize>,
    /// Records that others may refer to.
    pub targets: Vec<Target>,
    pub references: Vec<RowReference>,
    /// What each record is to the next run, if nothing changes until then; fewer where that cannot be said.
    pub next: Vec<u8>,
    /// Records that wait, by position, with key and content.
    pub waiting: Vec<(u64, Hash128, Hash128)>,
}

/// A batch of records that are all as they were, by what the survey counted: nobody looks at their values again.
pub fn untouched(shared: &Shared<'_>, surveyed: &BatchSurvey, first_position: u64) -> Option<Prepared> {
    // What a document record takes in is found by reading it.
    if shared.stream.has_documents() || surveyed.records == 0 {
        return None;
    }
    let Untouched { unchanged, repeats, archived } = shared.decisions.untouched(first_position, surveyed.records)?;
    // Whose cells are whose is not counted.
    let disposition = match archived {
        0 => Disposition::Unchanged,
        _ if unchanged + repeats == 0 => Disposition::Kept,
        _ => return None,
    };
    let mut out = Prepared { records: surveyed.records, ..Default::default() };
    out.batch.stream = shared.stream_id;
    out.totals.read = surveyed.records;
    *out.totals.fate_mut(Fate::Unchanged) += unchanged;
    *out.totals.fate_mut(Fate::Duplicate) += repeats;
    *out.totals.fate_mut(Fate::Archived) += archived;
    let booked = |cells: u64| {
        let mut totals = CellTotals { non_empty: cells, ..Default::default() };
        totals.add(disposition, cells);
        totals
    };
    out.totals.cells = booked(surveyed.non_empty_cells);
    out.columns = surveyed.columns.iter().map(|cells| booked(u64::from(*cells))).collect();
    out.next = shared.decisions.bytes(first_position, surveyed.records).to_vec();
    Some(out)
}

pub fn prepare(shared: &Shared<'_>, records: &RecordBatch, first_position: u64) -> Result<Prepared, PipelineError> {
    let mut work = Work {
        shared,
        frame: FrameWriter::default(),
        hasher: PartHasher::new(),
        items: ItemHasher::default(),
        out: Prepared { columns: vec![CellTotals::default(); shared.file.header.columns.len()], ..Default::default() },
        written: None,
        opened: RefCell::default(),
    };
    work.out.batch.stream = shared.stream_id;
    if shared.decisions.new > 0 {
        // Most records become one chart row; growing by doubling copies them several times.
        work.out.batch.records.reserve(records.len());
        work.out.batch.chart.reserve(records.len());
    }
    for (index, record) in records.records().enumerate() {
        work.record(record, first_position + index as u64)?;
    }
    let Work { frame, mut out, .. } = work;
    if let Some((first_row, last_row)) = frame.rows() {
        let records = frame.len();
        let bytes = frame.finish().map_err(PipelineError::Temporary)?;
        out.batch.payload = Some(PayloadWrite { file: shared.file_id, records, first_row, last_row, bytes });
    }
    if let (false, Some(last)) = (out.batch.is_empty(), records.records().last()) {
        out.batch.checkpoint = Some(Checkpoint { file_sha256: shared.file_sha256.to_owned(), last_row: last.row() });
    }
    Ok(out)
}

struct Work<'a> {
    shared: &'a Shared<'a>,
    frame: FrameWriter,
    hasher: PartHasher,
    items: ItemHasher,
    out: Prepared,
    /// As what the record at hand was written.
    written: Option<Fate>,
    /// The document that was opened last.
    opened: RefCell<Option<(u64, String, Arc<Opened>)>>,
}

/// A record with what is known of it before it is normalized.
struct Known<'a> {
    record: Record<'a>,
    row: RowText<'a>,
    identified: Identified,
    class: Class,
    detail: Detail,
    position: u64,
}

impl Known<'_> {
    /// The value in a column of it, where there is one.
    fn cell(&self, column: Option<u32>) -> Option<&str> {
        self.row.cells.cells.get(column? as usize)?.as_deref()
    }
}

/// Registration and patient of each draft that is about one, or why the record must wait.
type Subjects = Result<Vec<Option<(ChartId, ChartId)>>, Issue>;

impl<'a> Work<'a> {
    fn record(&mut self, record: Record<'_>, position: u64) -> Result<(), PipelineError> {
        let mut row = row_text(record, &self.shared.file.header);
        if !self.shared.mixed_encoding {
            // In a file of one encoding the fallback is the rule, and only what that does not define is damage.
            row.cells.damaged.retain(|column| damaged_beyond_encoding(row.cells.cells[*column].as_deref()));
        }
        let (class, detail) = (self.shared.decisions.class(position), self.shared.decisions.detail(position));
        let mut identified = identify(&self.shared.file.plan, &row, record.flaw(), &mut self.hasher);
        if let (Some(_), Some(before)) = (self.shared.kept_documents, detail.known) {
            // What it said when it was read, documents included, is what it still says.
            identified.content = before.content;
        } else if self.shared.stream.has_documents() && record.flaw().is_none() {
            let (plan, stream) = (self.shared.plan, self.shared.stream);
            identified = with_documents(identified, &plan.document_hashes(stream, self.shared.file, &row.cells)?);
        }
        let known = Known { record, row, identified, class, detail, position };
        self.out.records += 1;
        self.out.totals.read += 1;
        self.out.totals.cells.non_empty += known.row.non_empty;
        self.written = None;
        if self.is_erased(&known)? {
            self.pass_over(&known);
            // A stored record that it would have changed is met again the next time: such a stream is not remembered.
            if !matches!(class, Class::Update | Class::Retry | Class::Remap { .. }) {
                self.out.next.push(Class::New.to_byte());
            }
            return Ok(());
        }
        let Identified { key, content, .. } = known.identified;
        match class {
            Class::Erased => self.pass_over(&known),
            Class::Duplicate { known: stored } => {
                self.close(&known, Fate::Duplicate, Disposition::Unchanged);
                if !stored {
                    self.write_record(&known, Fate::Duplicate, None, 0);
                }
            }
            Class::Conflict { known: stored } => {
                let issue = Issue {
                    code: IssueCode::KeyConflict,
                    column: self.shared.file.plan.key.first().map(|c| *c as u32),
                };
                self.quarantine(&known, &issue, !stored, 0)?;
            }
            Class::Superseded { known: stored } => {
                self.close(&known, Fate::Archived, Disposition::Kept);
                if !stored {
                    self.write_record(&known, Fate::Archived, Some(IssueCode::KeyConflict), 0);
                }
            }
            Class::Same { fate: Fate::Archived, this_run } => {
                self.close(&known, Fate::Archived, Disposition::Kept);
                if this_run && !self.is_archived_whole() && !self.is_indexed(&known) {
                    self.note_unmapped(&known);
                }
            }
            Class::Same { this_run: false, .. } => {
                self.close(&known, Fate::Unchanged, Disposition::Unchanged);
                self.note_documents(&known);
            }
            Class::Same { fate, this_run: true } => self.count_again(&known, fate)?,
            Class::New | Class::Update | Class::Retry | Class::Recall => self.load(&known)?,
            Class::Waits => {
                let code = known.detail.known.and_then(|before| before.reason).unwrap_or(IssueCode::KeyConflict);
                let charted = known.detail.known.map_or(0, |before| before.charted);
                self.quarantine(&known, &Issue { code, column: None }, false, charted)?;
            }
            Class::Remap { fate } => self.remap(known, fate)?,
        }
        let next = self.next_class(class);
        if next == Class::Retry {
            self.out.waiting.push((position, key, content));
        }
        self.out.next.push(next.to_byte());
        Ok(())
    }

    /// What a record of this class is to a run that finds it as it is now.
    fn next_class(&self, class: Class) -> Class {
        match class {
            Class::Duplicate { .. } => Class::Duplicate { known: true },
            Class::Conflict { .. } => Class::Conflict { known: true },
            Class::Superseded { .. } => Class::Superseded { known: true },
            Class::Same { fate, .. } => Class::Same { fate, this_run: false },
            Class::Remap { fate } => Class::Same { fate: self.written.unwrap_or(fate), this_run: false },
            Class::Erased => Class::New,
            Class::New | Class::Update | Class::Retry | Class::Waits | Class::Recall => match self.written {
                None | Some(Fate::Quarantined) => Class::Retry,
                Some(fate) => Class::Same { fate, this_run: false },
            },
        }
    }

    /// Whether the record is about a person who was erased from the store.
    fn is_erased(&self, known: &Known<'_>) -> Result<bool, PipelineError> {
        let Shared { plan, stream, file, context, .. } = self.shared;
        // What is known and the same was not erased; what waits is known, too.
        if plan.erased.is_empty() || matches!(known.class, Class::Same { .. } | Class::Waits | Class::Recall) {
            return Ok(false);
        }
        let is_about = plan.erased.is_about(&Suspect {
            system: &plan.system,
            stream: &stream.stream,
            kind: stream.kind,
            plan: &file.plan,
            context,
            row: &known.row,
            identified: known.identified,
            flaw: known.record.flaw(),
        });
        Ok(is_about || self.is_erased_document(known)?)
    }

    /// Counts a record of an erased person, of which nothing may be kept.
    fn pass_over(&mut self, known: &Known<'_>) {
        self.close(known, Fate::Archived, Disposition::Ignored);
        self.out.totals.erased += 1;
        if known.detail.known.is_some_and(|before| before.is_charted()) {
            // It was another person's until now, whose chart shows its earlier state.
            self.out.issues.add(IssueCode::ChartOutdated, None, known.record.row());
        }
        let (stream, erased) = (self.shared.stream, &self.shared.plan.erased);
        if stream.kind == StreamKind::People && known.record.flaw().is_none() {
            let drafts = self.normalized(known).drafts;
            let person = drafts.iter().find(|draft| draft.record == RecordType::Patient);
            if person.is_some_and(|draft| erased.is_somebody_else(&stream.name, &known.identified.key, &draft.values)) {
                let column = self.shared.file.plan.key.first().map(|column| *column as u32);
                self.out.issues.add(IssueCode::ErasedKey, column, known.record.row());
            }
        }
        // The files it names are not kept by themselves either.
        self.note_documents(known);
    }

    /// Whether no record of the stream has a chart record.
    fn is_archived_whole(&self) -> bool {
        matches!(self.shared.stream.kind, StreamKind::Archived | StreamKind::Unclaimed)
    }

    /// Whether it is a document that a record of another stream names, which charts it.
    fn is_indexed(&self, known: &Known<'_>) -> bool {
        let is_indexed_by = |column: &String| *column == DOCUMENT_COLUMNS[2];
        let at = self.shared.file.header.columns.iter().position(is_indexed_by);
        let cell = at.and_then(|at| known.row.cells.cells.get(at));
        // An index that is gone takes nothing back: whoever it filed the document with has it still.
        let was_indexed =
            known.class == Class::Update && known.detail.known.is_some_and(|before| before.fate == Fate::Archived);
        self.shared.stream.stream.documents.is_some() && (was_indexed || cell.is_some_and(Option::is_some))
    }

    fn note_unmapped(&mut self, known: &Known<'_>) {
        let column = self.shared.file.plan.deciding_column();
        self.out.issues.add(IssueCode::RecordUnmapped, column, known.record.row());
    }

    /// Books a record whose cells all have one disposition.
    fn close(&mut self, known: &Known<'_>, fate: Fate, disposition: Disposition) {
        self.out.totals.add_fate(fate);
        self.out.totals.cells.add(disposition, known.row.non_empty);
        for (column, cell) in known.row.cells.cells.iter().enumerate() {
            if cell.is_some() && column < self.out.columns.len() {
                self.out.columns[column].non_empty += 1;
                self.out.columns[column].add(disposition, 1);
            }
        }
    }

    fn close_cells(&mut self, normalized: &Normalized) {
        normalized.count_cells(&mut self.out.totals.cells);
        for (column, disposition) in normalized.dispositions.iter().enumerate() {
            if let (Some(disposition), true) = (disposition, column < self.out.columns.len()) {
                self.out.columns[column].non_empty += 1;
                self.out.columns[column].add(*disposition, 1);
            }
        }
    }

    fn normalized(&self, known: &Known<'_>) -> Normalized {
        normalize(&self.shared.file.plan, &known.row.cells, &self.shared.context)
    }

    /// A record that this run wrote before it was cut off: it is counted as it was then.
    fn count_again(&mut self, known: &Known<'_>, fate: Fate) -> Result<(), PipelineError> {
        let mut normalized = self.normalized(known);
        self.drop_strangers(known, &mut normalized);
        self.out.totals.add_fate(fate);
        self.close_cells(&normalized);
        self.add_issues(known, &normalized);
        let name = subject_key(&self.shared.stream.name, &known.identified.key);
        if self.shared.stream.kind == StreamKind::People
            && self.shared.crosswalk.get(&name) == Some(&Resolution::Shared)
        {
            self.note_shared(known);
        }
        for draft in &normalized.drafts {
            let is_new_patient = draft.record != RecordType::Patient || fate == Fate::Loaded;
            if fate != Fate::Updated && is_new_patient {
                *self.out.totals.chart.entry(draft.record.table().into()).or_default() += 1;
            }
        }
        if let Ok(subjects) = self.subjects(known, &normalized)? {
            for (draft, subject) in normalized.drafts.iter().zip(subjects) {
                self.note_references(known, draft, subject.map(|(_, patient)| patient));
            }
        }
        for (code, column) in self.note_documents(known) {
            self.out.issues.add(code, Some(column), known.record.row());
            self.fail_cell(column);
        }
        Ok(())
    }

    fn load(&mut self, known: &Known<'_>) -> Result<(), PipelineError> {
        if self.is_archived_whole() || self.is_indexed(known) {
            self.close(known, Fate::Archived, Disposition::Kept);
            self.add_former(known);
            self.write_record(known, Fate::Archived, None, 0);
            return Ok(());
        }
        let flaw = match known.record.flaw() {
            Some(Flaw::Ragged) => Some(IssueCode::RowRagged),
            Some(Flaw::UnclosedQuote | Flaw::StrayQuote) => Some(IssueCode::QuoteUnbalanced),
            Some(Flaw::NoTree) => Some(IssueCode::RecordUnreadable),
            None if known.row.non_empty == 0 => Some(IssueCode::RowEmpty),
            None => None,
        };
        if let Some(code) = flaw {
            return self.reject(known, &Issue { code, column: None });
        }
        let mut normalized = self.normalized(known);
        let is_nothing = normalized.drafts.is_empty();
        let waits = |issue: &&Issue| is_nothing || issue.code == IssueCode::RecordUnreadable;
        if let Some(issue) = normalized.rejected.as_ref().filter(waits) {
            return self.reject(known, issue);
        }
        if normalized.drafts.is_empty() {
            // No mapping applies to this row: it is kept, the report says so, and what the chart had of it leaves the chart.
            self.close(known, Fate::Archived, Disposition::Kept);
            self.note_unmapped(known);
            self.add_former(known);
            self.write_record(known, Fate::Archived, None, 0);
            return Ok(());
        }
        self.drop_strangers(known, &mut normalized);
        match self.subjects(known, &normalized)? {
            Ok(subjects) => self.load_chart(known, &mut normalized, &subjects),
            Err(issue) => self.reject(known, &issue),
        }
    }

    /// A registration does not wait for the patients of further facts in its row: such facts are left out, with an issue.
    fn drop_strangers(&mut self, known: &Known<'_>, normalized: &mut Normalized) {
        if self.shared.stream.kind != StreamKind::People {
            return;
        }
        let own = subject_key(&self.shared.stream.name, &known.identified.key);
        let mut dropped = Vec::new();
        normalized.drafts.retain(|draft| {
            if draft.record == RecordType::Patient || !draft.record.is_about_a_patient() {
                return true;
            }
            let code = match draft.subject.map(|subject| (subject.key, self.shared.crosswalk.get(&subject.key))) {
                Some((key, _)) if key == own => return true,
                Some((_, Some(Resolution::One(_)))) => return true,
                Some((_, Some(Resolution::Shared))) => IssueCode::IdentifierShared,
                Some((_, None)) => IssueCode::Orphan,
                None => IssueCode::RequiredMissing,
            };
            dropped.push((code, draft.subject.map(|subject| subject.column)));
            false
        });
        for (code, column) in dropped {
            self.out.issues.add(code, column, known.record.row());
        }
    }

    /// Whom each draft is about, or why the record must wait.
    fn subjects(&self, known: &Known<'_>, normalized: &Normalized) -> Result<Subjects, PipelineError> {
        if let Some(issue) = &normalized.rejected {
            return Ok(Err(issue.clone()));
        }
        let mut subjects = Vec::with_capacity(normalized.drafts.len());
        for draft in &normalized.drafts {
            if !draft.record.is_about_a_patient() {
                subjects.push(None);
                continue;
            }
            if draft.record == RecordType::Patient {
                let person = self.shared.people.get(known.position);
                let column = self.shared.file.plan.key.first().map(|column| *column as u32);
                let Some(person) = person else {
                    return Ok(Err(Issue { code: IssueCode::RequiredMissing, column }));
                };
                subjects.push(Some((person.identity, person.patient)));
                continue;
            }
            if let Some(subject) = self.decided_subject(known, draft) {
                subjects.push(Some(subject));
                continue;
            }
            let Some(subject) = draft.subject else {
                let code = match self.subject_in_text(known, draft)? {
                    Found::One(subject) => {
                        subjects.push(Some(subject));
                        continue;
                    }
                    Found::Nobody => IssueCode::DocumentUnassigned,
                    Found::NotAsked => IssueCode::RequiredMissing,
                };
                return Ok(Err(Issue { code, column: None }));
            };
            let column = Some(subject.column);
            // Further facts of a registration's own row are that person's, whoever else has its key.
            if let Some(person) = self.shared.people.get(known.position)
                && subject.key == subject_key(&self.shared.stream.name, &known.identified.key)
            {
                subjects.push(Some((person.identity, person.patient)));
                continue;
            }
            match self.shared.crosswalk.get(&subject.key) {
                Some(Resolution::One(Registered { identity, patient, .. })) => {
                    if self.is_anothers_by_text(known, draft, *patient)? {
                        return Ok(Err(Issue { code: IssueCode::DocumentUnassigned, column }));
                    }
                    subjects.push(Some((*identity, *patient)));
                }
                Some(Resolution::Shared) => return Ok(Err(Issue { code: IssueCode::IdentifierShared, column })),
                None => return Ok(Err(Issue { code: IssueCode::Orphan, column })),
            }
        }
        Ok(Ok(subjects))
    }

    fn note_shared(&mut self, known: &Known<'_>) {
        let column = self.shared.file.plan.key.first().map(|column| *column as u32);
        self.out.issues.add(IssueCode::IdentifierShared, column, known.record.row());
    }

    fn add_issues(&mut self, known: &Known<'_>, normalized: &Normalized) {
        for issue in &normalized.issues {
            self.out.issues.add_of(issue.code, issue.column, known.record.row(), known.cell(issue.column));
        }
        normalized.drafts.iter().for_each(|draft| self.doubt_by_age(known, draft, &normalized.issues));
    }

    fn write_record(&mut self, known: &Known<'_>, fate: Fate, reason: Option<IssueCode>, charted: u16) {
        self.written = Some(fate);
        let is_known = matches!(known.class, Class::Update | Class::Retry | Class::Recall | Class::Remap { .. });
        self.write(known, known.detail.known.filter(|_| is_known), fate, reason, charted);
    }

    fn write(
        &mut self,
        known: &Known<'_>,
        replaces: Option<KnownRecord>,
        fate: Fate,
        reason: Option<IssueCode>,
        charted: u16,
    ) {
        let (system, stream) = (&self.shared.plan.system, &self.shared.stream.name);
        let Identified { key, content, .. } = known.identified;
        let hash = self.items.source_record(system, stream, &key, &content, record_state(fate.as_str()));
        let former_hash = replaces.map(|before| {
            self.items.source_record(system, stream, &before.key, &before.content, record_state(before.fate.as_str()))
        });
        let payload_index = self.frame.push(known.record.row(), known.record.offset_bytes(), known.record.raw());
        let ordinal = known.detail.ordinal;
        self.out.batch.records.push(RecordWrite {
            replaces,
            key,
            ordinal,
            content,
            fate,
            reason,
            payload_index,
            charted,
            hash,
            former_hash,
        });
    }
}

fn damaged_beyond_encoding(text: Option<&str>) -> bool {
    text.is_some_and(|text| text.chars().any(|c| matches!(c, '\0' | '\u{80}'..='\u{9f}' | '\u{fffd}')))
}
