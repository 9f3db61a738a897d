//! A record's chart rows: made from its drafts, or compared with those the chart holds already.

use super::super::PipelineError;
use super::super::people::Founded;
use super::super::references::RowReference;
use super::documents::Attached;
use super::{Known, Registered, Resolution, Work};
use crate::model::{ChartId, ChartRow, Disposition, Fate, Issue, RecordType, record_id};
use crate::normalize::{Draft, Normalized, Reference, doubts_of_age};
use crate::store::{ChartReader, ChartWrite, Former, IdentityWrite, PatientWrite, RecordPlace, StoreError};

use super::key_text;

impl Work<'_> {
    pub(super) fn load_chart(
        &mut self,
        known: &Known<'_>,
        normalized: &mut Normalized,
        subjects: &[Option<(ChartId, ChartId)>],
    ) -> Result<(), PipelineError> {
        let fate = match (known.detail.known, self.shared.people.get(known.position)) {
            (Some(before), _) if before.is_charted() => Fate::Updated,
            (_, Some(person)) => person.fate,
            _ => Fate::Loaded,
        };
        self.close_cells(normalized);
        self.add_issues(known, normalized);
        let place = RecordPlace::InBatch(self.out.batch.records.len());
        self.add_former(known);
        let charted = normalized.drafts.len().min(usize::from(u16::MAX)) as u16;
        for (draft, subject) in std::mem::take(&mut normalized.drafts).into_iter().zip(subjects) {
            if draft.record == RecordType::Patient {
                self.load_person(known, draft, place);
                continue;
            }
            if fate != Fate::Updated {
                *self.out.totals.chart.entry(draft.record.table().into()).or_default() += 1;
            }
            self.load_draft(known, draft, *subject, place)?;
        }
        self.out.totals.add_fate(fate);
        self.write_record(known, fate, None, charted);
        if let Some(conflict) = known.detail.clears {
            self.write(known, Some(conflict), Fate::Duplicate, None, 0);
        }
        Ok(())
    }

    /// What the chart may have of a known record from before.
    pub(super) fn add_former(&mut self, known: &Known<'_>) {
        if known.detail.known.is_none_or(|before| !before.is_charted()) {
            return;
        }
        for (record, mapping) in self.shared.kinds.iter().filter(|(record, _)| *record != RecordType::Patient) {
            let id = self.id_of(known, mapping.as_deref());
            self.out.batch.former.push(Former { record: *record, id });
        }
    }

    fn id_of(&self, known: &Known<'_>, mapping: Option<&str>) -> ChartId {
        let ordinal = known.detail.ordinal;
        record_id(&self.shared.plan.system, &self.shared.stream.name, &known.identified.key, ordinal, mapping)
    }

    pub(super) fn record_id(&self, known: &Known<'_>, mapping: usize) -> ChartId {
        self.id_of(known, (mapping > 0).then(|| self.shared.file.plan.mapping_name(mapping)))
    }

    /// A draft as its row, with the content of its document.
    fn row_of(
        &self,
        known: &Known<'_>,
        draft: Draft,
        subject: Option<(ChartId, ChartId)>,
    ) -> Result<(ChartRow, Attached), PipelineError> {
        let mut row = ChartRow {
            record: draft.record,
            id: self.record_id(known, draft.mapping),
            identity: subject.map(|(identity, _)| identity),
            patient: subject.map(|(_, patient)| patient),
            values: draft.values,
        };
        let attached = match draft.content {
            Some(content) => self.attach(known, &mut row, content, draft.mapping)?,
            None => Attached::Nothing,
        };
        Ok((row, attached))
    }

    fn load_draft(
        &mut self,
        known: &Known<'_>,
        draft: Draft,
        subject: Option<(ChartId, ChartId)>,
        record: RecordPlace,
    ) -> Result<(), PipelineError> {
        self.note_references(known, &draft, subject.map(|(_, patient)| patient));
        let (mut row, attached) = self.row_of(known, draft, subject)?;
        self.take_attached(known, &mut row, attached)?;
        let hash = self.items.chart(&row);
        self.out.batch.chart.push(ChartWrite { row, record, hash });
        Ok(())
    }

    /// Tells what cannot well be of somebody of that age, where it was not told of anybody.
    pub(super) fn doubt_by_age(&mut self, known: &Known<'_>, draft: &Draft, told: &[Issue]) {
        if draft.of_age.is_empty() {
            return;
        }
        let resolved = draft.subject.and_then(|subject| self.shared.crosswalk.get(&subject.key));
        let Some(Resolution::One(Registered { born: Some(born), .. })) = resolved else { return };
        for (at, code) in doubts_of_age(draft.record, &draft.values, *born) {
            let column = draft.of_age.iter().find(|(of, _)| *of == at).map(|(_, column)| *column);
            if !told.iter().any(|issue| (issue.code, issue.column) == (code, column)) {
                self.out.issues.add_of(code, column, known.record.row(), known.cell(column));
            }
        }
    }

    pub(super) fn note_references(&mut self, known: &Known<'_>, draft: &Draft, patient: Option<ChartId>) {
        if draft.mapping == 0 && self.shared.stream.is_referred_to {
            self.out.targets.push((self.record_id(known, 0), patient));
        }
        for reference in &draft.references {
            let Reference { to, id, column } = *reference;
            self.out.references.push(RowReference { to, id, patient, column, row: known.record.row() });
        }
    }

    /// A record whose content is known and whose mapping changed: what it makes now is compared with what the chart holds.
    pub(super) fn remap(&mut self, mut known: Known<'_>, fate: Fate) -> Result<(), PipelineError> {
        let normalized = self.normalized(&known);
        let stays = normalized.drafts.is_empty() || self.is_archived_whole() || self.is_indexed(&known);
        if fate == Fate::Archived && stays {
            self.close(&known, Fate::Archived, Disposition::Kept);
            return Ok(());
        }
        if self.makes_the_same(&known, &normalized)? {
            self.close(&known, Fate::Unchanged, Disposition::Unchanged);
            self.note_documents(&known);
            return Ok(());
        }
        known.detail.known = self.ask(|reader| {
            reader.known(self.shared.stream_id, &known.identified.key, known.detail.ordinal, &known.identified.content)
        })?;
        self.load(&known)
    }

    pub(super) fn ask<T>(
        &self,
        question: impl FnOnce(&ChartReader) -> Result<T, StoreError>,
    ) -> Result<T, PipelineError> {
        let missing = || StoreError::Damaged { what: "records are mapped anew, and nobody reads the chart".into() };
        let reader = self.shared.reader.ok_or_else(missing)?;
        // A poisoned lock is another thread's panic, which ends the run.
        let reader = reader.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        Ok(question(&reader)?)
    }

    fn makes_the_same(&mut self, known: &Known<'_>, normalized: &Normalized) -> Result<bool, PipelineError> {
        let has_person = normalized.drafts.iter().any(|draft| draft.record == RecordType::Patient);
        let Ok(subjects) = self.subjects(known, normalized)? else { return Ok(false) };
        if normalized.drafts.is_empty() || has_person {
            return Ok(false);
        }
        let mut absent: Vec<(RecordType, ChartId)> = Vec::new();
        for (record, mapping) in self.shared.kinds {
            absent.push((*record, self.id_of(known, mapping.as_deref())));
        }
        for (draft, subject) in normalized.drafts.iter().zip(subjects) {
            let (row, _) = self.row_of(known, draft.clone(), subject)?;
            let hash = self.items.chart(&row);
            if self.ask(|reader| reader.row_hash(row.record, row.id))? != Some(hash) {
                return Ok(false);
            }
            absent.retain(|other| *other != (row.record, row.id));
        }
        for (record, id) in absent {
            if self.ask(|reader| reader.row_hash(record, id))?.is_some() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn load_person(&mut self, known: &Known<'_>, draft: Draft, record: RecordPlace) {
        let Some(person) = self.shared.people.get(known.position) else { return };
        let key = key_text(&self.shared.file.plan, &known.row);
        let mut digest = self.out.batch.digest;
        digest.add(self.items.identity(person.identity, &self.shared.plan.system, &key, &draft.values));
        if person.shared {
            self.note_shared(known);
        }
        let founded = match &person.founded {
            None => None,
            Some(Founded::OfSeveral(patient)) => Some(PatientWrite { record, ..(**patient).clone() }),
            Some(Founded::Alone) => {
                let (id, identity, values) = (person.patient, person.identity, draft.values.clone());
                digest.add(self.items.patient(identity, &values));
                digest.add(self.items.link(identity, identity));
                Some(PatientWrite { known: false, id, identity, record, values })
            }
        };
        self.out.batch.digest = digest;
        if let Some(patient) = founded {
            *self.out.totals.chart.entry(RecordType::Patient.table().into()).or_default() += 1;
            self.out.batch.patients.push(patient);
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
            matched: person.matched.as_deref().cloned(),
            values: draft.values,
        });
    }
}
