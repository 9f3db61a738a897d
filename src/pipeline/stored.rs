//! Records that the store keeps, prepared again from their kept payload, without their source.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::PipelineError;
use super::decide::{Class, Decisions};
use super::document_subjects::DocumentSubjects;
use super::identify::row_text;
use super::people::PersonDecisions;
use super::plan::{Plan, PlannedFile, PlannedStream, StreamKind};
use super::prepare::{Crosswalk, Prepared, Shared, prepare};
use crate::extract::{Header, RecordBatch};
use crate::model::{Fate, IssueCode, PartialDate, RecordType, StreamTotals, record_id};
use crate::normalize::{Context, Evidence, RowPlan};
use crate::store::digest::{ItemHasher, record_state};
use crate::store::payload::{FrameWriter, KeptRecord};
use crate::store::{
    BatchWrite, EhrStore, Former, NamedBytes, PayloadWrite, QuarantineWrite, RecordWrite, StoreError, StoredRecord,
};

/// Reads payload frames, one at a time: records that lie together are asked for together.
pub struct FromPayload<'a> {
    plan: &'a Plan,
    as_of: PartialDate,
    crosswalk: &'a Crosswalk,
    subjects: Option<&'a DocumentSubjects>,
    frame: (i64, Vec<KeptRecord>),
}

/// A record prepared from its payload, with the names of its columns.
pub struct PreparedAgain {
    pub prepared: Prepared,
    pub columns: Vec<String>,
}

impl<'a> FromPayload<'a> {
    pub fn new(
        plan: &'a Plan,
        as_of: PartialDate,
        crosswalk: &'a Crosswalk,
        subjects: Option<&'a DocumentSubjects>,
    ) -> Self {
        Self { plan, as_of, crosswalk, subjects, frame: (0, Vec::new()) }
    }

    /// The source system whose records it prepares.
    pub fn system(&self) -> &str {
        &self.plan.system
    }

    /// Whether records may name drugs that are known.
    pub fn knows_drugs(&self) -> bool {
        self.plan.medications.is_some()
    }

    /// A record as it was kept.
    fn kept(&mut self, store: &mut EhrStore, stored: &StoredRecord) -> Result<Option<&KeptRecord>, PipelineError> {
        if self.frame.0 != stored.payload {
            self.frame = (stored.payload, store.frame(stored.payload)?);
        }
        Ok(self.frame.1.get(stored.payload_index as usize))
    }

    /// Prepares one record; none where this run's pack has no such stream any more.
    pub fn prepare(
        &mut self,
        store: &mut EhrStore,
        stored: &StoredRecord,
        class: Class,
    ) -> Result<Option<PreparedAgain>, PipelineError> {
        let Some((stream, file)) = planned(self.plan, stored) else { return Ok(None) };
        let Some(kept) = self.kept(store, stored)? else { return Ok(None) };
        let batch = RecordBatch::of_raw(&kept.raw, kept.row, kept.offset_bytes, &file.header);
        let stream_id = store.stream_id(&self.plan.system, &stored.stream)?;
        let evidence = store.column_evidence(stream_id)?;
        let order = |name: &String| {
            let (day_first, month_first) = evidence.get(name).copied()?;
            Evidence { day_first, month_first }.order()
        };
        let kinds = super::memory::kinds(&stream, &store.stream_mapping(stream_id)?);
        let documents = documents(store, self.plan, &stream, stored, &kinds)?;
        let shared = Shared {
            plan: self.plan,
            stream: &stream,
            file: &file,
            mixed_encoding: false,
            file_sha256: "",
            file_id: stored.file,
            stream_id,
            context: Context {
                as_of: self.as_of,
                column_order: file.header.columns.iter().map(order).collect(),
                held: false,
                terminology: self.plan.terminology.clone(),
            },
            decisions: &Decisions::of_stored(stored.record, class),
            crosswalk: self.crosswalk,
            people: &PersonDecisions::default(),
            kinds: &kinds,
            reader: None,
            subjects: self.subjects,
            kept_documents: Some(&documents),
        };
        let mut prepared = prepare(&shared, &batch, 0)?;
        prepared.batch.checkpoint = None;
        Ok(Some(PreparedAgain { prepared, columns: file.header.columns.clone() }))
    }
}

impl FromPayload<'_> {
    /// The books of a decided record whose stream this run's pack does not have: all of its cells have one disposition.
    pub fn as_booked(&mut self, store: &mut EhrStore, stored: &StoredRecord) -> Result<StreamTotals, PipelineError> {
        let mut totals = StreamTotals { read: 1, ..Default::default() };
        totals.add_fate(stored.record.fate);
        if let (Some(kept), Some(header)) = (self.kept(store, stored)?, Header::of_note(&stored.header)) {
            let batch = RecordBatch::of_raw(&kept.raw, kept.row, kept.offset_bytes, &header);
            let cells = batch.records().map(|record| row_text(record, &header).non_empty).sum();
            totals.cells.non_empty = cells;
            totals.cells.add(stored.record.fate.disposition(), cells);
        }
        Ok(totals)
    }

    /// Takes a record back that the pack has no stream for any more: without its mapping, whose it is cannot be said at all.
    pub fn without_pack(&mut self, store: &mut EhrStore, stored: &StoredRecord) -> Result<BatchWrite, PipelineError> {
        let missing = || StoreError::Damaged { what: "a payload shorter than its ledger says".into() };
        let kept = self.kept(store, stored)?.ok_or_else(missing)?.clone();
        let stream = store.stream_id(&self.plan.system, &stored.stream)?;
        let known = stored.record;
        let ever = store.stream_mapping(stream)?.ever.into_iter();
        let former = ever.filter_map(|(record, name)| {
            let record = RecordType::parse(&record)?;
            let id = record_id(&self.plan.system, &stored.stream, &known.key, known.ordinal, name.as_deref());
            Some(Former { record, id })
        });
        let mut items = ItemHasher::default();
        let mut hash = |fate: Fate| {
            let (system, name) = (&self.plan.system, &stored.stream);
            items.source_record(system, name, &known.key, &known.content, record_state(fate.as_str()))
        };
        let mut frame = FrameWriter::default();
        let payload_index = frame.push(kept.row, kept.offset_bytes, &kept.raw);
        let bytes = frame.finish().map_err(PipelineError::Temporary)?;
        let payload = PayloadWrite { file: stored.file, records: 1, first_row: kept.row, last_row: kept.row, bytes };
        let record = RecordWrite {
            replaces: Some(known),
            key: known.key,
            ordinal: known.ordinal,
            content: known.content,
            fate: Fate::Quarantined,
            reason: Some(IssueCode::IdentifierShared),
            payload_index,
            charted: 0,
            hash: hash(Fate::Quarantined),
            former_hash: Some(hash(known.fate)),
        };
        let quarantine = QuarantineWrite {
            record: 0,
            file: stored.path.clone(),
            row: kept.row,
            offset_bytes: kept.offset_bytes,
            key: String::new(),
            column: None,
            reason_code: IssueCode::IdentifierShared,
            reason: IssueCode::IdentifierShared.meaning().to_owned(),
        };
        let (former, payload) = (former.collect(), Some(payload));
        let (records, quarantine) = (vec![record], vec![quarantine]);
        Ok(BatchWrite { stream, records, payload, former, quarantine, ..Default::default() })
    }
}

/// The files of a document record: those that wait with it, or those that the chart has of it.
fn documents(
    store: &mut EhrStore,
    plan: &Plan,
    stream: &PlannedStream,
    stored: &StoredRecord,
    kinds: &[(RecordType, Option<String>)],
) -> Result<BTreeMap<usize, NamedBytes>, PipelineError> {
    if !stream.has_documents() {
        return Ok(BTreeMap::new());
    }
    let mut documents = store.waiting_documents(stored.record.id)?;
    for (number, (record, name)) in kinds.iter().enumerate().take(stream.stream.mappings().len()) {
        if *record == RecordType::DocumentReference {
            let known = stored.record;
            let id = record_id(&plan.system, &stream.name, &known.key, known.ordinal, name.as_deref());
            if let Some(named) = store.document_content(id)? {
                documents.entry(number).or_insert(named);
            }
        }
    }
    Ok(documents)
}

/// The stream and file a kept record came from, as this run's pack sees them.
fn planned(plan: &Plan, stored: &StoredRecord) -> Option<(PlannedStream, PlannedFile)> {
    let stream = Arc::new(plan.pack.stream(&stored.stream)?.clone());
    let header = Header::of_note(&stored.header)?;
    let mut row_plan = RowPlan::bind(&stream, &plan.system, &header.columns).ok()?;
    row_plan.heed_medications(&plan.medications);
    let (header, row_plan) = (Arc::new(header), Arc::new(row_plan));
    let file = PlannedFile { file: 0, path: stored.path.clone(), header, plan: row_plan, held: false };
    let (name, is_referred_to) = (stored.stream.clone(), plan.is_referred_to(&stored.stream));
    Some((PlannedStream { name, stream, kind: StreamKind::Chart, files: Vec::new(), is_referred_to }, file))
}
