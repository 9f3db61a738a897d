//! One batch of records to one batch of writes: the parallel part of a load. Reads the crosswalk, writes nothing.

use std::collections::{HashMap, HashSet};

use super::PipelineError;
use super::decide::{Class, Decisions, Detail};
use super::events::QuarantinedRow;
use super::identify::{Identified, RowText, identify, key_text, row_text, with_documents};
use super::outcome::IssueCounts;
use super::people::PersonDecision;
use super::plan::{Plan, PlannedFile, PlannedStream, StreamKind};
use crate::extract::{Flaw, Record, RecordBatch};
use crate::model::{
    CellTotals, ChartId, ChartRow, Disposition, Fate, Issue, IssueCode, KeyHash, PartHasher, RecordType, StreamTotals,
    record_id, subject_key,
};
use crate::normalize::{Context, Draft, Normalized, normalize};
use crate::store::digest::{ItemHasher, record_state};
use crate::store::payload::FrameWriter;
use crate::store::{
    BatchWrite, ChartWrite, Checkpoint, Former, IdentityWrite, KnownRecord, PatientWrite, PayloadWrite,
    QuarantineWrite, RecordPlace, RecordWrite, StreamId,
};

mod documents;

pub use documents::ordinal_name;

/// Whom a patient key names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolution {
    One {
        identity: ChartId,
        patient: ChartId,
    },
    /// People who contradict each other: nothing can be filed under it.
    Shared,
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
    pub people: &'a HashMap<u64, PersonDecision>,
    /// Ids of staff, organizations and places; empty while these are loaded themselves.
    pub directory: &'a HashSet<ChartId>,
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
    /// Files that document records took in.
    pub consumed: Vec<usize>,
}

pub fn prepare(shared: &Shared<'_>, records: &RecordBatch, first_position: u64) -> Result<Prepared, PipelineError> {
    let mut work = Work {
        shared,
        frame: FrameWriter::default(),
        hasher: PartHasher::new(),
        items: ItemHasher::default(),
        out: Prepared { columns: vec![CellTotals::default(); shared.file.header.columns.len()], ..Default::default() },
    };
    work.out.batch.stream = shared.stream_id;
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

impl<'a> Work<'a> {
    fn record(&mut self, record: Record<'_>, position: u64) -> Result<(), PipelineError> {
        let mut row = row_text(record, &self.shared.file.header);
        if !self.shared.mixed_encoding {
            // In a file of one encoding the fallback is the rule, and only what that does not define is damage.
            row.cells.damaged.retain(|column| damaged_beyond_encoding(row.cells.cells[*column].as_deref()));
        }
        let mut identified = identify(&self.shared.file.plan, &row, record.flaw(), &mut self.hasher);
        if self.shared.stream.has_documents() && record.flaw().is_none() {
            let (plan, stream) = (self.shared.plan, self.shared.stream);
            identified = with_documents(identified, &plan.document_hashes(stream, self.shared.file, &row.cells)?);
        }
        let (class, detail) = (self.shared.decisions.class(position), self.shared.decisions.detail(position));
        let known = Known { record, row, identified, class, detail, position };
        self.out.records += 1;
        self.out.totals.read += 1;
        self.out.totals.cells.non_empty += known.row.non_empty;
        match class {
            Class::Duplicate { known: stored } => {
                self.close(&known, Fate::Duplicate, Disposition::Unchanged);
                if !stored {
                    self.write_record(&known, Fate::Duplicate, None);
                }
            }
            Class::Conflict { known: stored } => {
                let issue = Issue {
                    code: IssueCode::KeyConflict,
                    column: self.shared.file.plan.key.first().map(|c| *c as u32),
                };
                self.quarantine(&known, &issue, !stored);
            }
            Class::Superseded { known: stored } => {
                self.close(&known, Fate::Archived, Disposition::Kept);
                if !stored {
                    self.write_record(&known, Fate::Archived, Some(IssueCode::KeyConflict));
                }
            }
            Class::Same { fate: Fate::Archived, .. } => self.close(&known, Fate::Archived, Disposition::Kept),
            Class::Same { this_run: false, .. } => {
                self.close(&known, Fate::Unchanged, Disposition::Unchanged);
                self.note_documents(&known);
            }
            Class::Same { fate, this_run: true } => self.count_again(&known, fate),
            Class::New | Class::Update | Class::Retry => self.load(&known)?,
        }
        Ok(())
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
    fn count_again(&mut self, known: &Known<'_>, fate: Fate) {
        let normalized = self.normalized(known);
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
        for (code, column) in self.note_documents(known) {
            self.out.issues.add(code, Some(column), known.record.row());
        }
    }

    fn load(&mut self, known: &Known<'_>) -> Result<(), PipelineError> {
        if matches!(self.shared.stream.kind, StreamKind::Archived | StreamKind::Unclaimed) {
            self.close(known, Fate::Archived, Disposition::Kept);
            self.write_record(known, Fate::Archived, None);
            return Ok(());
        }
        let flaw = match known.record.flaw() {
            Some(Flaw::Ragged) => Some(IssueCode::RowRagged),
            Some(Flaw::UnclosedQuote) => Some(IssueCode::QuoteUnbalanced),
            None if known.row.non_empty == 0 => Some(IssueCode::RowEmpty),
            None => None,
        };
        if let Some(code) = flaw {
            self.reject(known, &Issue { code, column: None });
            return Ok(());
        }
        let mut normalized = self.normalized(known);
        if normalized.drafts.is_empty() {
            // No mapping applies to this row: it is kept, the report says so, and what the chart had of it leaves the chart.
            self.close(known, Fate::Archived, Disposition::Kept);
            self.out.issues.add(IssueCode::RecordUnmapped, self.shared.file.plan.deciding_column(), known.record.row());
            self.add_former(known);
            self.write_record(known, Fate::Archived, None);
            return Ok(());
        }
        let subjects = match self.subjects(known, &normalized) {
            Ok(subjects) => subjects,
            Err(issue) => {
                self.reject(known, &issue);
                return Ok(());
            }
        };
        self.load_chart(known, &mut normalized, &subjects)
    }

    /// Whom each draft is about, or why the record must wait.
    fn subjects(&self, known: &Known<'_>, normalized: &Normalized) -> Result<Vec<Option<(ChartId, ChartId)>>, Issue> {
        if let Some(issue) = &normalized.rejected {
            return Err(issue.clone());
        }
        let mut subjects = Vec::with_capacity(normalized.drafts.len());
        for draft in &normalized.drafts {
            if !draft.record.is_about_a_patient() {
                subjects.push(None);
                continue;
            }
            if draft.record == RecordType::Patient {
                let person = self.shared.people.get(&known.position);
                let column = self.shared.file.plan.key.first().map(|column| *column as u32);
                let person = person.ok_or(Issue { code: IssueCode::RequiredMissing, column })?;
                subjects.push(Some((person.identity, person.patient)));
                continue;
            }
            let Some(subject) = draft.subject else {
                return Err(Issue { code: IssueCode::RequiredMissing, column: None });
            };
            let column = Some(subject.column);
            match self.shared.crosswalk.get(&subject.key) {
                Some(Resolution::One { identity, patient }) => subjects.push(Some((*identity, *patient))),
                Some(Resolution::Shared) => return Err(Issue { code: IssueCode::IdentifierShared, column }),
                None => return Err(Issue { code: IssueCode::Orphan, column }),
            }
        }
        Ok(subjects)
    }

    fn load_chart(
        &mut self,
        known: &Known<'_>,
        normalized: &mut Normalized,
        subjects: &[Option<(ChartId, ChartId)>],
    ) -> Result<(), PipelineError> {
        let fate = match (known.detail.known, self.shared.people.get(&known.position)) {
            (Some(before), _) if before.charted => Fate::Updated,
            (_, Some(person)) => person.fate,
            _ => Fate::Loaded,
        };
        self.close_cells(normalized);
        self.add_issues(known, normalized);
        let place = RecordPlace::InBatch(self.out.batch.records.len());
        self.add_former(known);
        for (draft, subject) in std::mem::take(&mut normalized.drafts).into_iter().zip(subjects) {
            if draft.record == RecordType::Patient {
                self.load_person(known, draft, place);
                continue;
            }
            let id = self.record_id(known, draft.mapping);
            if fate != Fate::Updated {
                *self.out.totals.chart.entry(draft.record.table().into()).or_default() += 1;
            }
            self.load_draft(known, draft, id, *subject, place)?;
        }
        self.out.totals.add_fate(fate);
        self.write_record(known, fate, None);
        if let Some(conflict) = known.detail.clears {
            self.write(known, Some(conflict), Fate::Duplicate, None, false);
        }
        Ok(())
    }

    /// What the chart may have of a known record from before.
    fn add_former(&mut self, known: &Known<'_>) {
        if known.detail.known.is_none_or(|before| !before.charted) {
            return;
        }
        for (index, mapping) in self.shared.stream.stream.mappings().iter().enumerate() {
            if mapping.record != RecordType::Patient {
                let id = self.record_id(known, index);
                self.out.batch.former.push(Former { record: mapping.record, id });
            }
        }
    }

    fn record_id(&self, known: &Known<'_>, mapping: usize) -> ChartId {
        let name = (mapping > 0).then(|| self.shared.file.plan.mapping_name(mapping));
        let ordinal = known.detail.ordinal;
        record_id(&self.shared.plan.system, &self.shared.stream.name, &known.identified.key, ordinal, name)
    }

    fn load_draft(
        &mut self,
        known: &Known<'_>,
        draft: Draft,
        id: ChartId,
        subject: Option<(ChartId, ChartId)>,
        record: RecordPlace,
    ) -> Result<(), PipelineError> {
        let mut row = ChartRow {
            record: draft.record,
            id,
            identity: subject.map(|(identity, _)| identity),
            patient: subject.map(|(_, patient)| patient),
            values: draft.values,
        };
        for (column, id) in &draft.directory {
            if !self.shared.directory.contains(id) && !self.shared.directory.is_empty() {
                self.out.issues.add(IssueCode::ReferenceInvalid, Some(*column), known.record.row());
            }
        }
        if let Some(content) = draft.content {
            self.load_content(known, &mut row, content)?;
        }
        let hash = self.items.chart(&row);
        self.out.batch.chart.push(ChartWrite { row, record, hash });
        Ok(())
    }

    fn load_person(&mut self, known: &Known<'_>, draft: Draft, record: RecordPlace) {
        let Some(person) = self.shared.people.get(&known.position) else { return };
        let key = key_text(&self.shared.file.plan, &known.row);
        let mut digest = self.out.batch.digest;
        digest.add(self.items.identity(person.identity, &self.shared.plan.system, &key, &draft.values));
        digest.merge(person.digest);
        self.out.batch.digest = digest;
        if person.shared {
            self.note_shared(known);
        }
        if let Some(patient) = &person.golden {
            let PatientWrite { known, .. } = patient;
            if !known {
                *self.out.totals.chart.entry(RecordType::Patient.table().into()).or_default() += 1;
            }
            self.out.batch.patients.push(PatientWrite { record, ..patient.clone() });
        }
        self.out.batch.identities.push(IdentityWrite {
            known: person.known,
            id: person.identity,
            system: self.shared.plan.system.clone(),
            key,
            stream: self.shared.stream_id,
            key_hash: known.identified.key,
            patient: person.patient,
            record,
            matched: person.matched.clone(),
            values: draft.values,
        });
    }

    fn note_shared(&mut self, known: &Known<'_>) {
        let column = self.shared.file.plan.key.first().map(|column| *column as u32);
        self.out.issues.add(IssueCode::IdentifierShared, column, known.record.row());
    }

    fn add_issues(&mut self, known: &Known<'_>, normalized: &Normalized) {
        for issue in &normalized.issues {
            self.out.issues.add(issue.code, issue.column, known.record.row());
        }
    }

    /// Quarantines a record that is new, changed, or waited there before.
    fn reject(&mut self, known: &Known<'_>, issue: &Issue) {
        let waits_already =
            known.class == Class::Retry && known.detail.known.is_some_and(|before| before.reason == Some(issue.code));
        self.quarantine(known, issue, !waits_already);
    }

    fn quarantine(&mut self, known: &Known<'_>, issue: &Issue, write: bool) {
        self.close(known, Fate::Quarantined, Disposition::Quarantined);
        // Cells beyond the header have no column but are cells of the record all the same.
        let (file, row, key) =
            (self.shared.file.path.clone(), known.record.row(), key_text(&self.shared.file.plan, &known.row));
        self.out.issues.add(issue.code, issue.column, row);
        if known.detail.known.is_some_and(|before| before.charted) {
            self.out.issues.add(IssueCode::ChartOutdated, issue.column, row);
        }
        let column = issue.column.and_then(|column| self.shared.file.header.columns.get(column as usize)).cloned();
        let reason = reason_text(known, issue.code, self.shared.file.header.columns.len());
        self.out.quarantined.push(QuarantinedRow {
            file: file.clone(),
            row,
            key: key.clone(),
            column: column.clone().unwrap_or_default(),
            reason_code: issue.code.as_str(),
            reason: reason.clone(),
        });
        if write {
            self.out.batch.quarantine.push(QuarantineWrite {
                record: self.out.batch.records.len(),
                file,
                row,
                offset_bytes: known.record.offset_bytes(),
                key,
                column,
                reason_code: issue.code,
                reason,
            });
            self.write_record(known, Fate::Quarantined, Some(issue.code));
        }
    }

    fn write_record(&mut self, known: &Known<'_>, fate: Fate, reason: Option<IssueCode>) {
        let replaces = known.detail.known.filter(|_| matches!(known.class, Class::Update | Class::Retry));
        let in_chart = matches!(fate, Fate::Loaded | Fate::Updated | Fate::Linked);
        let stays = fate == Fate::Quarantined && replaces.is_some_and(|before| before.charted);
        self.write(known, replaces, fate, reason, in_chart || stays);
    }

    fn write(
        &mut self,
        known: &Known<'_>,
        replaces: Option<KnownRecord>,
        fate: Fate,
        reason: Option<IssueCode>,
        charted: bool,
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

fn reason_text(known: &Known<'_>, code: IssueCode, columns: usize) -> String {
    match code {
        IssueCode::RowRagged => format!("the row has {} cells, the header has {columns}", known.record.len()),
        IssueCode::QuoteUnbalanced => {
            let lines = memchr::memchr_iter(b'\n', known.record.raw()).count();
            let at = known.record.offset_bytes();
            format!(
                "a quote opened in this row (byte {at}) is never closed and takes in {lines} more lines, to the end of the file"
            )
        }
        code => code.meaning().to_owned(),
    }
}
