//! Writing a batch: payload, ledger rows, chart rows, people, quarantine and the digest, as one transaction.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::database::SqlType::{self, Bytes, Integer, Text};
use super::database::{Cell, Columns, Gate, RowSink};
use super::digest::{ItemHash, ItemHasher};
use super::schema::{chart_columns, quoted};
use super::{BatchWrite, ChartWrite, EhrStore, RecordPlace, StoreDigest, StoreError, WaitingDocument};
use crate::model::{ChartId, IssueCode, RecordType};

pub(super) fn columns(table: &str, listed: &[(&str, SqlType)]) -> Columns {
    Columns {
        table: table.to_owned(),
        columns: listed.iter().map(|(name, kind)| ((*name).to_owned(), *kind)).collect(),
    }
}

impl EhrStore {
    /// Writes a batch: all of it, or nothing.
    pub fn write(&mut self, run: i64, batch: &BatchWrite) -> Result<(), StoreError> {
        self.write_all(run, std::slice::from_ref(batch))
    }

    /// Writes batches as one transaction: of small files that is less work than one for each.
    pub fn write_all(&mut self, run: i64, batches: &[BatchWrite]) -> Result<(), StoreError> {
        self.transaction(|store| batches.iter().try_for_each(|batch| store.write_parts(run, batch)))
    }

    fn write_parts(&mut self, run: i64, batch: &BatchWrite) -> Result<(), StoreError> {
        if !self.grouped {
            self.database.enter(Gate::CrosswalkRead)?;
        }
        let mut digest = batch.digest;
        self.write_rekeys(&batch.rekeys, &mut digest)?;
        let payload = self.write_payload(batch)?;
        let ids = self.write_records(run, batch, payload, &mut digest)?;
        let place = |place: RecordPlace| match place {
            RecordPlace::InBatch(index) => ids[index],
            RecordPlace::Known(id) => id,
        };
        self.write_chart(run, batch, &place, &mut digest)?;
        self.write_people(run, batch, &place)?;
        self.write_documents(batch)?;
        self.write_quarantine(run, batch, &ids)?;
        self.write_reviews(run, batch)?;
        self.write_decisions(run, batch, &mut digest)?;
        self.write_document_decisions(run, batch, &mut digest)?;
        self.write_links(batch, &mut digest)?;
        if let Some(checkpoint) = &batch.checkpoint {
            let sql = "INSERT INTO checkpoint (run_id, stream_id, file_sha256, last_row) VALUES (?, ?, ?, ?)
                       ON CONFLICT (run_id, stream_id) DO UPDATE SET file_sha256 = excluded.file_sha256, last_row = excluded.last_row";
            let last_row = checkpoint.last_row as i64;
            let values = [run.into(), batch.stream.into(), (&checkpoint.file_sha256).into(), last_row.into()];
            self.database.execute("writing a checkpoint", sql, &values)?;
        }
        self.add_to_digest(run, digest)
    }

    fn write_payload(&mut self, batch: &BatchWrite) -> Result<i64, StoreError> {
        let Some(payload) = &batch.payload else { return Ok(0) };
        let id = self.number("payload")?;
        let sql = "INSERT INTO payload (id, file_id, records, first_row, last_row, bytes) VALUES (?, ?, ?, ?, ?, ?)";
        let (records, first, last) = (payload.records as i64, payload.first_row as i64, payload.last_row as i64);
        let bytes = payload.bytes.as_slice();
        let values = [id.into(), payload.file.into(), records.into(), first.into(), last.into(), bytes.into()];
        self.database.execute("writing a payload", sql, &values)?;
        Ok(id)
    }

    /// Writes ledger rows; gives the number of each.
    fn write_records(
        &mut self,
        run: i64,
        batch: &BatchWrite,
        payload: i64,
        digest: &mut StoreDigest,
    ) -> Result<Vec<i64>, StoreError> {
        const DOING: &str = "writing the ledger";
        let mut ids = Vec::with_capacity(batch.records.len());
        let mut new = Vec::with_capacity(batch.records.len());
        for (index, record) in batch.records.iter().enumerate() {
            digest.add(record.hash);
            if let Some(hash) = record.former_hash {
                digest.subtract(hash);
            }
            let Some(known) = &record.replaces else {
                ids.push(self.number("source_record")?);
                new.push(index);
                continue;
            };
            let history = "INSERT INTO source_record_history (source_record_id, run_id, content_hash, fate, reason, previous_run_id, payload_id, payload_index)
                 SELECT id, ?, content_hash, fate, reason, run_id, payload_id, payload_index FROM source_record WHERE id = ?";
            self.database.execute(DOING, history, &[run.into(), known.id.into()])?;
            let update = "UPDATE source_record SET ordinal = ?, content_hash = ?, fate = ?, reason = ?, run_id = ?, payload_id = ?,
                 payload_index = ?, charted = ? WHERE id = ?";
            self.database.execute(
                DOING,
                update,
                &[
                    i64::from(record.ordinal).into(),
                    (&record.content).into(),
                    record.fate.as_str().into(),
                    record.reason.map(IssueCode::as_str).into(),
                    run.into(),
                    payload.into(),
                    i64::from(record.payload_index).into(),
                    i64::from(record.charted).into(),
                    known.id.into(),
                ],
            )?;
            let waits_no_more = "DELETE FROM quarantine WHERE source_record_id = ?";
            self.database.execute(DOING, waits_no_more, &[known.id.into()])?;
            self.keep_waiting(run, batch, ids.len(), known.id)?;
            ids.push(known.id);
        }
        let to = columns(
            "source_record",
            &[
                ("id", Integer),
                ("stream_id", Integer),
                ("key_hash", Bytes),
                ("ordinal", Integer),
                ("content_hash", Bytes),
                ("fate", Text),
                ("reason", Text),
                ("run_id", Integer),
                ("payload_id", Integer),
                ("payload_index", Integer),
                ("charted", Integer),
            ],
        );
        self.database.add(DOING, &to, new.len(), &mut |row, sink| {
            let record = &batch.records[new[row]];
            let cells: [Cell<'_>; 11] = [
                ids[new[row]].into(),
                batch.stream.into(),
                (&record.key).into(),
                i64::from(record.ordinal).into(),
                (&record.content).into(),
                record.fate.as_str().into(),
                record.reason.map(IssueCode::as_str).into(),
                run.into(),
                payload.into(),
                i64::from(record.payload_index).into(),
                i64::from(record.charted).into(),
            ];
            put_all(sink, &cells)
        })?;
        Ok(ids)
    }

    /// What waited with a record that is written again goes on waiting where the record says so; else it goes into the history.
    fn keep_waiting(&mut self, run: i64, batch: &BatchWrite, record: usize, id: i64) -> Result<(), StoreError> {
        const DOING: &str = "keeping waiting documents";
        let select = "SELECT number, name FROM waiting_document WHERE source_record_id = ?";
        let read = |row: &dyn super::database::Row| Ok((row.integer(0)?, row.text(1)?.to_owned()));
        for (number, name) in self.database.query_all(DOING, select, &[id.into()], read)? {
            let says = |w: &&WaitingDocument| w.record == record && w.number as i64 == number && w.name == name;
            if batch.waiting.iter().find(says).is_some_and(|waiting| waiting.bytes.is_none()) {
                continue;
            }
            let keep =
                "INSERT INTO document_history (document_id, run_id, mime_type, size_bytes, sha256, encoding, bytes)
                 SELECT 'source_record:' || source_record_id, ?, NULL, length(bytes), '', 'zstd', bytes
                 FROM waiting_document WHERE source_record_id = ? AND number = ?";
            self.database.execute(DOING, keep, &[run.into(), id.into(), number.into()])?;
            let delete = "DELETE FROM waiting_document WHERE source_record_id = ? AND number = ?";
            self.database.execute(DOING, delete, &[id.into(), number.into()])?;
        }
        Ok(())
    }

    fn write_chart(
        &mut self,
        run: i64,
        batch: &BatchWrite,
        place: &impl Fn(RecordPlace) -> i64,
        digest: &mut StoreDigest,
    ) -> Result<(), StoreError> {
        let stay = self.take_out_what_changed(run, batch, digest)?;
        let moved = self.moved_identities(batch)?;
        let mut by_type: BTreeMap<RecordType, Vec<(&ChartWrite, i64)>> = BTreeMap::new();
        for write in &batch.chart {
            let record = write.row.record;
            if !stay.is_empty() && stay.contains(&(record, write.row.id)) {
                continue;
            }
            digest.add(write.hash);
            let number = self.number(record.table())?;
            by_type.entry(record).or_default().push((write, number));
        }
        for (record, rows) in by_type {
            self.database.add("writing chart rows", &chart_columns(record), rows.len(), &mut |at, sink| {
                let (write, number) = rows[at];
                let row = &write.row;
                let patient = row.identity.and_then(|identity| moved.get(&identity).copied()).or(row.patient);
                let head = [
                    number.into(),
                    (&row.id).into(),
                    row.identity.as_ref().into(),
                    patient.as_ref().into(),
                    place(write.record).into(),
                ];
                put_all(sink, &head)?;
                let values = row.values.iter().enumerate().filter(|(_, value)| !value.is_null());
                values.into_iter().try_for_each(|(index, value)| sink.put(index + head.len(), value.into()))
            })?;
        }
        Ok(())
    }

    /// Compares what the chart holds of changed records with what the batch brings: rows that are the same stay and are given back,
    /// the others go.
    fn take_out_what_changed(
        &mut self,
        run: i64,
        batch: &BatchWrite,
        digest: &mut StoreDigest,
    ) -> Result<HashSet<(RecordType, ChartId)>, StoreError> {
        let mut stay = HashSet::new();
        if batch.former.is_empty() {
            return Ok(stay);
        }
        let mut former: BTreeMap<RecordType, Vec<ChartId>> = BTreeMap::new();
        batch.former.iter().for_each(|row| former.entry(row.record).or_default().push(row.id));
        let brought: HashMap<(RecordType, ChartId), ItemHash> =
            batch.chart.iter().map(|write| ((write.row.record, write.row.id), write.hash)).collect();
        for (record, mut ids) in former {
            ids.sort_unstable();
            ids.dedup();
            let held = stored_hashes(self.database.as_ref(), record, &ids)?;
            let mut gone = Vec::new();
            for id in ids {
                match (held.get(&id), brought.get(&(record, id))) {
                    (Some(held), Some(brought)) if held == brought => drop(stay.insert((record, id))),
                    (Some(held), _) => {
                        digest.subtract(*held);
                        gone.push(id);
                    }
                    (None, _) => {}
                }
            }
            self.remove(run, batch, record, &gone)?;
        }
        Ok(stay)
    }

    /// Takes chart rows out. What their documents held stays with them, or goes into the history.
    fn remove(&mut self, run: i64, batch: &BatchWrite, record: RecordType, ids: &[ChartId]) -> Result<(), StoreError> {
        const DOING: &str = "replacing chart rows";
        self.database.execute_ids(DOING, &format!("DELETE FROM {} WHERE id", quoted(record.table())), ids)?;
        if record != RecordType::DocumentReference {
            return Ok(());
        }
        for id in ids.iter().filter(|id| !batch.kept_contents.contains(id)) {
            if !batch.waiting_contents.contains(id) {
                let keep = "INSERT INTO document_history (document_id, run_id, mime_type, size_bytes, sha256, encoding, bytes)
                     SELECT document_id, ?, mime_type, size_bytes, sha256, encoding, bytes FROM document_content WHERE document_id = ?";
                self.database.execute(DOING, keep, &[run.into(), id.into()])?;
            }
            self.database.execute(DOING, "DELETE FROM document_content WHERE document_id = ?", &[id.into()])?;
        }
        Ok(())
    }

    fn write_documents(&mut self, batch: &BatchWrite) -> Result<(), StoreError> {
        const DOING: &str = "writing documents";
        if batch.documents.is_empty() {
            return Ok(());
        }
        let former: HashSet<ChartId> = batch.former.iter().map(|former| former.id).collect();
        let replaced: Vec<ChartId> =
            batch.documents.iter().map(|document| document.document).filter(|id| former.contains(id)).collect();
        self.database.execute_ids(DOING, "DELETE FROM document_content WHERE document_id", &replaced)?;
        let numbers: Vec<i64> =
            batch.documents.iter().map(|_| self.number("document_content")).collect::<Result<_, _>>()?;
        let to = columns(
            "document_content",
            &[
                ("row_id", Integer),
                ("document_id", Text),
                ("mime_type", Text),
                ("size_bytes", Integer),
                ("sha256", Text),
                ("encoding", Text),
                ("bytes", Bytes),
            ],
        );
        self.database.add(DOING, &to, numbers.len(), &mut |at, sink| {
            let document = &batch.documents[at];
            let cells: [Cell<'_>; 7] = [
                numbers[at].into(),
                (&document.document).into(),
                document.mime_type.as_deref().into(),
                (document.size_bytes as i64).into(),
                (&document.sha256).into(),
                if document.compressed { "zstd" } else { "plain" }.into(),
                document.bytes.as_slice().into(),
            ];
            put_all(sink, &cells)
        })
    }

    fn write_quarantine(&mut self, run: i64, batch: &BatchWrite, ids: &[i64]) -> Result<(), StoreError> {
        for waiting in &batch.waiting {
            let Some(bytes) = &waiting.bytes else { continue };
            let number = self.number("waiting_document")?;
            let sql = "INSERT INTO waiting_document (row_id, source_record_id, number, name, bytes) VALUES (?, ?, ?, ?, ?)
                       ON CONFLICT (source_record_id, number) DO UPDATE SET name = excluded.name, bytes = excluded.bytes";
            let (record, which) = (ids[waiting.record], waiting.number as i64);
            let values = [number.into(), record.into(), which.into(), (&waiting.name).into(), bytes.as_slice().into()];
            self.database.execute("keeping waiting documents", sql, &values)?;
        }
        if batch.quarantine.is_empty() {
            return Ok(());
        }
        let numbers: Vec<i64> = batch.quarantine.iter().map(|_| self.number("quarantine")).collect::<Result<_, _>>()?;
        let to = columns(
            "quarantine",
            &[
                ("row_id", Integer),
                ("source_record_id", Integer),
                ("run_id", Integer),
                ("file", Text),
                ("row", Integer),
                ("offset_bytes", Integer),
                ("key", Text),
                ("column_name", Text),
                ("reason_code", Text),
                ("reason", Text),
            ],
        );
        self.database.add("writing the quarantine", &to, numbers.len(), &mut |at, sink| {
            let row = &batch.quarantine[at];
            let cells: [Cell<'_>; 10] = [
                numbers[at].into(),
                ids[row.record].into(),
                run.into(),
                (&row.file).into(),
                (row.row as i64).into(),
                (row.offset_bytes as i64).into(),
                (&row.key).into(),
                row.column.as_ref().into(),
                row.reason_code.as_str().into(),
                (&row.reason).into(),
            ];
            put_all(sink, &cells)
        })
    }

    /// Adds a change of the digest to what its run did.
    fn add_to_digest(&mut self, run: i64, change: StoreDigest) -> Result<(), StoreError> {
        const DOING: &str = "keeping the digest";
        let select = "SELECT digest_change FROM run WHERE id = ?";
        let text = self.database.query_one(DOING, select, &[run.into()], |row| Ok(row.text(0)?.to_owned()))?;
        let mut digest = text
            .and_then(|text| StoreDigest::parse(&text))
            .ok_or_else(|| StoreError::Damaged { what: "a run without its digest".into() })?;
        digest.merge(change);
        let update = "UPDATE run SET digest_change = ? WHERE id = ?";
        self.database.execute(DOING, update, &[digest.to_string().as_str().into(), run.into()]).map(drop)
    }
}

/// Puts cells from the first column on.
pub(super) fn put_all(sink: &mut dyn RowSink, cells: &[Cell<'_>]) -> Result<(), StoreError> {
    cells.iter().enumerate().try_for_each(|(column, cell)| sink.put(column, *cell))
}

/// Hashes of chart rows as they stand.
pub(super) fn stored_hashes(
    database: &dyn super::Database,
    record: RecordType,
    ids: &[ChartId],
) -> Result<HashMap<ChartId, ItemHash>, StoreError> {
    let columns = record.columns();
    let names: Vec<String> = columns.iter().map(|column| quoted(column.name)).collect();
    let select = format!("SELECT id, identity_id, {} FROM {} WHERE id", names.join(", "), quoted(record.table()));
    let mut hashes = HashMap::new();
    let mut hasher = ItemHasher::default();
    let mut values = Vec::with_capacity(columns.len());
    database.query_ids("reading chart rows", &select, ids, &mut |row| {
        values.clear();
        values.extend(columns.iter().enumerate().map(|(index, column)| row.value(index + 2, column.kind)));
        let id = row.id(0)?;
        hashes.insert(id, hasher.chart_parts(record, id, row.optional_id(1)?, &values));
        Ok(())
    })?;
    Ok(hashes)
}
