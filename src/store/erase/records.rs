//! The person's source records: their rows in the ledger, what those were before, the frames in which they lie with others' records, and
//! what runs have written of them.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::super::batch::put_all;
use super::super::database::{Columns, Row, SqlType};
use super::super::digest::{ItemHash, ItemHasher, record_state};
use super::super::payload::FrameWriter;
use super::super::{EhrStore, KnownRecord, StoreDigest, StoreError};
use super::{DOING, ErasedPlaces, Erasure, FrameFile, Redact};
use crate::model::{Fate, Hash128};

/// What becomes of source records that are, or were, about the person.
pub(super) struct RecordFates {
    /// Those that are gone.
    gone: Vec<KnownRecord>,
    /// Those that are again what they were before, with how many rows charts have of that.
    back: Vec<(KnownRecord, u64)>,
    /// Those that are another's, or another's too, with how many rows charts go on having of them.
    others: Vec<(i64, u64)>,
}

/// An earlier state of a source record.
struct Former {
    content: Hash128,
    fate: String,
    reason: Option<String>,
    run: i64,
    place: (i64, i64),
}

const ERASED: &str = "(payload_id, payload_index) IN (SELECT payload_id, payload_index FROM erased_slot)";

impl EhrStore {
    /// Decides what becomes of every record that is in the person's charts, or is or was about the person.
    pub(super) fn fates_of_records(&mut self, erasure: &Erasure) -> Result<RecordFates, StoreError> {
        let id = |row: &dyn Row| row.integer(0);
        let now = format!("SELECT id FROM source_record WHERE {ERASED}");
        let now: BTreeSet<i64> = self.database.query_all(DOING, &now, &[], id)?.into_iter().collect();
        let (mut gone, mut back, mut others, mut places) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for record in now.union(&erasure.charted.keys().copied().collect()) {
            let known = self.known_record(*record)?;
            let theirs = erasure.charted.get(record).copied().unwrap_or_default();
            let left = u64::from(known.charted).saturating_sub(theirs);
            // What waits says something else than what the chart shows of it.
            let is_charted = theirs > 0 && left == 0 && known.fate != Fate::Quarantined;
            if is_charted && !now.contains(record) {
                places.extend(self.place_of(*record)?);
            }
            match (is_charted || now.contains(record), left) {
                (true, 0) => gone.push(known),
                (true, left) if known.fate == Fate::Quarantined => back.push((known, left)),
                // Also a row about several people: what it said goes, that it was there stays.
                (_, left) => others.push((*record, left)),
            }
        }
        self.put_slots(&places)?;
        let to = Columns { table: "erased_record".into(), columns: vec![("id".into(), SqlType::Integer)] };
        let listed: Vec<i64> = gone.iter().chain(back.iter().map(|(known, _)| known)).map(|known| known.id).collect();
        self.database.add(DOING, &to, listed.len(), &mut |at, sink| put_all(sink, &[listed[at].into()]))?;
        Ok(RecordFates { gone, back, others })
    }

    fn place_of(&self, record: i64) -> Result<Option<(i64, i64)>, StoreError> {
        let sql = "SELECT payload_id, payload_index FROM source_record WHERE id = ?";
        let read = |row: &dyn Row| Ok((row.integer(0)?, row.integer(1)?));
        self.database.query_one(DOING, sql, &[record.into()], read)
    }

    /// Changes the ledger, and what the digest holds of it; gives how many records say nothing of the person any more.
    pub(super) fn erase_records(&mut self, fates: &RecordFates, change: &mut StoreDigest) -> Result<u64, StoreError> {
        let streams = self.streams()?;
        for known in &fates.gone {
            change.subtract(self.hash_of_record(&streams, known, known.content, known.fate.as_str())?);
            for sql in [
                "DELETE FROM source_record WHERE id = ?",
                "DELETE FROM source_record_history WHERE source_record_id = ?",
                "DELETE FROM source_record_before WHERE id = ?",
            ] {
                self.database.execute(DOING, sql, &[known.id.into()])?;
            }
        }
        for (known, left) in &fates.back {
            change.subtract(self.hash_of_record(&streams, known, known.content, known.fate.as_str())?);
            // Where nothing is left of what the chart shows, its record is one that says nothing.
            let former = self.shown_before(known.id)?.unwrap_or(Former {
                content: known.content,
                fate: Fate::Updated.as_str().to_owned(),
                reason: None,
                run: known.run,
                place: self.place_of(known.id)?.unwrap_or_default(),
            });
            let (content, fate) = (former.content, former.fate.as_str());
            change.add(self.hash_of_record(&streams, known, content, fate)?);
            let update = "UPDATE source_record SET content_hash = ?, fate = ?, reason = ?, run_id = ?, payload_id = ?,
                 payload_index = ?, charted = ? WHERE id = ?";
            let values = [
                (&content).into(),
                fate.into(),
                former.reason.as_deref().into(),
                former.run.into(),
                former.place.0.into(),
                former.place.1.into(),
                (*left as i64).into(),
                known.id.into(),
            ];
            self.database.execute(DOING, update, &values)?;
        }
        for (record, left) in &fates.others {
            let sql = "UPDATE source_record SET charted = ? WHERE id = ?";
            self.database.execute(DOING, sql, &[(*left as i64).into(), (*record).into()])?;
        }
        let states = "SELECT count(*) FROM source_record_history";
        let before = self.database.count(states, &[])?;
        for table in ["source_record_history", "source_record_before"] {
            self.database.execute(DOING, &format!("DELETE FROM {table} WHERE {ERASED}"), &[])?;
        }
        let earlier = before - self.database.count(states, &[])?;
        Ok((fates.gone.len() + fates.back.len()) as u64 + earlier)
    }

    /// The state of a record that charts show while what it says now waits.
    fn shown_before(&self, record: i64) -> Result<Option<Former>, StoreError> {
        let sql = format!(
            "SELECT content_hash, fate, reason, previous_run_id, payload_id, payload_index FROM source_record_history
             WHERE source_record_id = ? AND fate IN ('loaded', 'updated', 'linked') AND NOT {ERASED}
             ORDER BY run_id DESC, payload_id DESC LIMIT 1"
        );
        self.database.query_one(DOING, &sql, &[record.into()], |row| {
            Ok(Former {
                content: row.hash(0)?,
                fate: row.text(1)?.to_owned(),
                reason: row.optional_text(2)?.map(str::to_owned),
                run: row.integer(3)?,
                place: (row.integer(4)?, row.integer(5)?),
            })
        })
    }

    fn hash_of_record(
        &self,
        streams: &BTreeMap<i64, (String, String)>,
        known: &KnownRecord,
        content: Hash128,
        fate: &str,
    ) -> Result<ItemHash, StoreError> {
        let sql = "SELECT stream_id FROM source_record WHERE id = ?";
        let stream = self.database.query_one(DOING, sql, &[known.id.into()], |row| row.integer(0))?;
        let (system, stream) = stream
            .and_then(|stream| streams.get(&stream))
            .ok_or_else(|| StoreError::Damaged { what: "a source record of no stream".into() })?;
        Ok(ItemHasher::default().source_record(system, stream, &known.key, &content, record_state(fate)))
    }

    /// Where the records stood in the files of each run, and what the quarantine calls them.
    pub(super) fn places_by_run(&self) -> Result<BTreeMap<i64, ErasedPlaces>, StoreError> {
        let mut keys: BTreeMap<i64, BTreeSet<String>> = BTreeMap::new();
        for (table, ledger) in [("quarantine", "source_record"), ("quarantine_before", "source_record_before")] {
            let sql = format!(
                "SELECT DISTINCT r.stream_id, q.key FROM {table} q JOIN {ledger} r ON r.id = q.source_record_id
                 WHERE q.source_record_id IN (SELECT id FROM erased_record) AND q.key <> ''"
            );
            self.database.query(DOING, &sql, &[], &mut |row| {
                keys.entry(row.integer(0)?).or_default().insert(row.text(1)?.to_owned());
                Ok(())
            })?;
        }
        let mut places: BTreeMap<i64, ErasedPlaces> = BTreeMap::new();
        let sql = "SELECT run_id, stream_id, path FROM source_file";
        self.database.query(DOING, sql, &[], &mut |row| {
            if let Some(keys) = keys.get(&row.integer(1)?) {
                let path = row.text(2)?;
                let of_run = places.entry(row.integer(0)?).or_default();
                of_run.keys.extend(keys.iter().map(|key| (path.to_owned(), key.clone())));
            }
            Ok(())
        })?;
        Ok(places)
    }

    /// Writes the frames anew with nothing where the records stood. One that holds nothing else goes whole, and a file with it that was
    /// kept as one record.
    pub(super) fn erase_payload(
        &mut self,
        erasure: &Erasure,
        places: &mut BTreeMap<i64, ErasedPlaces>,
    ) -> Result<(), StoreError> {
        let mut slots: BTreeMap<i64, BTreeSet<i64>> = BTreeMap::new();
        self.database.query(DOING, "SELECT payload_id, payload_index FROM erased_slot", &[], &mut |row| {
            slots.entry(row.integer(0)?).or_default().insert(row.integer(1)?);
            Ok(())
        })?;
        let needed = format!("SELECT DISTINCT payload_id FROM source_record WHERE {ERASED}");
        let needed: BTreeSet<i64> =
            self.database.query_all(DOING, &needed, &[], |row| row.integer(0))?.into_iter().collect();
        for (payload, indexes) in slots {
            self.empty_slots(payload, &indexes, !needed.contains(&payload), places)?;
        }
        for stream in &erasure.streams {
            let names = "SELECT stream FROM source_stream WHERE id = ?";
            let read = |row: &dyn Row| Ok(row.text(0)?.to_owned());
            let name = self.database.query_one(DOING, names, &[(*stream).into()], read)?;
            let files = "SELECT run_id, path FROM source_file WHERE stream_id = ?";
            self.database.query(DOING, files, &[(*stream).into()], &mut |row| {
                let of_run = places.entry(row.integer(0)?).or_default();
                of_run.files.insert(row.text(1)?.to_owned());
                of_run.streams.extend(name.clone());
                Ok(())
            })?;
            for sql in [
                "DELETE FROM source_file WHERE stream_id = ?1 AND NOT EXISTS (SELECT 1 FROM payload p WHERE p.file_id = source_file.id)",
                "DELETE FROM column_evidence WHERE stream_id = ?1",
                "UPDATE source_stream SET stream = '(erased ' || id || ')' WHERE id = ?1",
                "DELETE FROM source_stream_before WHERE id = ?1",
                "DELETE FROM checkpoint WHERE stream_id = ?1",
            ] {
                self.database.execute(DOING, sql, &[(*stream).into()])?;
            }
        }
        Ok(())
    }

    fn empty_slots(
        &mut self,
        payload: i64,
        indexes: &BTreeSet<i64>,
        may_go: bool,
        places: &mut BTreeMap<i64, ErasedPlaces>,
    ) -> Result<(), StoreError> {
        let (FrameFile { path, .. }, records) = self.frame_with_file(payload)?;
        let file = "SELECT f.id, f.run_id, CASE WHEN s.stream = 'files' THEN 1 ELSE 0 END FROM payload p
             JOIN source_file f ON f.id = p.file_id JOIN source_stream s ON s.id = f.stream_id WHERE p.id = ?";
        let read = |row: &dyn Row| Ok((row.integer(0)?, row.integer(1)?, row.integer(2)? == 1));
        let found = self.database.query_one(DOING, file, &[payload.into()], read)?;
        let (file, run, is_whole_file) =
            found.ok_or_else(|| StoreError::Damaged { what: "a payload of no file".into() })?;
        let of_run = places.entry(run).or_default();
        let mut writer = FrameWriter::default();
        let mut left = 0;
        for (index, record) in records.iter().enumerate() {
            if indexes.contains(&(index as i64)) {
                of_run.rows.insert((path.clone(), record.row));
                writer.push(record.row, record.offset_bytes, b"");
            } else {
                left += usize::from(!record.raw.is_empty());
                writer.push(record.row, record.offset_bytes, &record.raw);
            }
        }
        if left == 0 && may_go {
            self.database.execute(DOING, "DELETE FROM payload WHERE id = ?", &[payload.into()])?;
            if is_whole_file {
                let gone = "DELETE FROM source_file WHERE id = ? AND NOT EXISTS
                     (SELECT 1 FROM payload p WHERE p.file_id = source_file.id)";
                self.database.execute(DOING, gone, &[file.into()])?;
                of_run.files.insert(path.clone());
                // Later runs read the same file, and kept nothing of it.
                let others = "SELECT DISTINCT run_id FROM source_file WHERE path = ?";
                let read = |row: &dyn Row| row.integer(0);
                for run in self.database.query_all(DOING, others, &[(&path).into()], read)? {
                    places.entry(run).or_default().files.insert(path.clone());
                }
            }
            return Ok(());
        }
        let failed = |source: std::io::Error| StoreError::Failed { doing: DOING, source: Box::new(source) };
        let bytes = writer.finish().map_err(failed)?;
        let update = "UPDATE payload SET bytes = ? WHERE id = ?";
        self.database.execute(DOING, update, &[bytes.as_slice().into(), payload.into()]).map(drop)
    }

    /// Takes the person out of what runs have written; gives the runs that had named the person.
    pub(super) fn redact_runs(
        &mut self,
        redact: &dyn Redact,
        places: &BTreeMap<i64, ErasedPlaces>,
    ) -> Result<Vec<i64>, StoreError> {
        let files: HashSet<String> = places.values().flat_map(|places| places.files.iter().cloned()).collect();
        let streams: HashSet<String> = places.values().flat_map(|places| places.streams.iter().cloned()).collect();
        let mut reported = BTreeSet::new();
        for run in self.runs()? {
            let of_run = places.get(&run.id);
            // A file that was kept by one run is named by the reports of all that met it.
            let of_run = ErasedPlaces {
                rows: of_run.map(|places| places.rows.clone()).unwrap_or_default(),
                keys: of_run.map(|places| places.keys.clone()).unwrap_or_default(),
                files: files.clone(),
                streams: streams.clone(),
            };
            if let Some(report) = run.report.filter(|report| !report.is_empty()) {
                let redacted = redact.report(&report, &of_run)?;
                if redacted != report {
                    let update = "UPDATE run SET report = ? WHERE id = ?";
                    self.database.execute(DOING, update, &[(&redacted).into(), run.id.into()])?;
                    reported.insert(run.id);
                }
            }
            if let Some(frame) = self.run_quarantine(run.id)?.filter(|frame| !frame.is_empty()) {
                let redacted = redact.quarantine(&frame, &of_run)?;
                if redacted != frame {
                    let update = "UPDATE run_quarantine SET bytes = ? WHERE run_id = ?";
                    self.database.execute(DOING, update, &[redacted.as_slice().into(), run.id.into()])?;
                    reported.insert(run.id);
                }
            }
        }
        Ok(reported.into_iter().collect())
    }
}
