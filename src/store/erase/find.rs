//! Questions that an erasure begins with: who the person is, and where what the store keeps of source records lies.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::super::database::Row;
use super::super::payload::{KeptRecord, read_frame};
use super::super::schema::quoted;
use super::super::undo::has_patient;
use super::super::{EhrStore, KnownIdentity, StoreError, StreamId};
use super::{DOING, FrameFile, KeptFile, PairOf};
use crate::model::{ChartId, Hash128, RecordType};

/// Hears of a document that waits: its record, its name, its bytes.
pub type EachWaiting<'a> = dyn FnMut(i64, &str, &[u8]) -> Result<(), StoreError> + 'a;

impl EhrStore {
    /// The patients that are the person of this id, a patient's or a registration's: the one that stands and all that it replaced.
    pub fn patients_of_person(&self, id: &str) -> Result<Vec<ChartId>, StoreError> {
        let Some(id) = ChartId::parse(id) else { return Ok(Vec::new()) };
        let registered = "SELECT patient_id FROM patient_identity WHERE id = ?";
        let of = self.database.query_one(DOING, registered, &[(&id).into()], |row| row.id(0))?;
        let mut replaced: HashMap<ChartId, ChartId> = HashMap::new();
        let sql = "SELECT id, replaced_by FROM patient WHERE replaced_by IS NOT NULL";
        self.database.query(DOING, sql, &[], &mut |row| {
            replaced.insert(row.id(0)?, row.id(1)?);
            Ok(())
        })?;
        let mut standing = of.unwrap_or(id);
        while let Some(by) = replaced.get(&standing) {
            standing = *by;
        }
        let there = "SELECT count(*) FROM patient WHERE id = ?";
        if self.database.count(there, &[(&standing).into()])? == 0 {
            return Ok(Vec::new());
        }
        let mut patients = vec![standing];
        let mut at = 0;
        while let Some(patient) = patients.get(at).copied() {
            let mut before: Vec<ChartId> =
                replaced.iter().filter(|(_, by)| **by == patient).map(|(former, _)| *former).collect();
            before.sort_unstable();
            patients.extend(before);
            at += 1;
        }
        Ok(patients)
    }

    /// What registrations were before runs changed them, under whatever id. Ids that are another's now are not given.
    pub fn former_registrations(&self, registrations: &[KnownIdentity]) -> Result<Vec<KnownIdentity>, StoreError> {
        let mut theirs: HashSet<ChartId> = registrations.iter().map(|identity| identity.id).collect();
        let mut rows: HashMap<ChartId, Vec<i64>> = HashMap::new();
        let mut ids: HashMap<i64, Vec<ChartId>> = HashMap::new();
        let mut others: HashSet<ChartId> = HashSet::new();
        self.database.query(DOING, "SELECT id, row_id FROM patient_identity", &[], &mut |row| {
            let (id, number) = (row.id(0)?, row.integer(1)?);
            if theirs.contains(&id) {
                rows.entry(id).or_default().push(number);
                ids.entry(number).or_default().push(id);
            } else {
                others.insert(id);
            }
            Ok(())
        })?;
        self.database.query(DOING, "SELECT id, row_id FROM patient_identity_before", &[], &mut |row| {
            let (id, number) = (row.id(0)?, row.integer(1)?);
            rows.entry(id).or_default().push(number);
            ids.entry(number).or_default().push(id);
            Ok(())
        })?;
        // A changed row has a new number and keeps its id; one that takes another id keeps its number.
        let mut open: Vec<ChartId> = theirs.iter().copied().collect();
        while let Some(id) = open.pop() {
            let numbers = rows.get(&id).into_iter().flatten();
            for same in numbers.filter_map(|number| ids.get(number)).flatten() {
                if !others.contains(same) && theirs.insert(*same) {
                    open.push(*same);
                }
            }
        }
        let mut former = Vec::new();
        self.identities_before(|identity| {
            if theirs.contains(&identity.id) {
                former.push(identity);
            }
        })?;
        Ok(former)
    }

    /// The source records of these patients' charts, each with how many rows it has there, registrations included.
    pub fn charted_records_of(&self, patients: &[ChartId]) -> Result<BTreeMap<i64, u64>, StoreError> {
        let mut records: BTreeMap<i64, u64> = BTreeMap::new();
        let tables = RecordType::ALL.iter().map(|record| record.table()).filter(|table| has_patient(table));
        for table in tables.chain(["patient_identity"]) {
            let select = format!("SELECT source_record_id FROM {} WHERE patient_id", quoted(table));
            self.database.query_ids(DOING, &select, patients, &mut |row| {
                *records.entry(row.integer(0)?).or_default() += 1;
                Ok(())
            })?;
        }
        Ok(records)
    }

    /// Ids of all chart rows about these patients.
    pub fn chart_ids_of(&self, patients: &[ChartId]) -> Result<HashSet<ChartId>, StoreError> {
        let mut ids = HashSet::new();
        for record in RecordType::ALL.iter().filter(|record| has_patient(record.table())) {
            let select = format!("SELECT id FROM {} WHERE patient_id", quoted(record.table()));
            self.database.query_ids(DOING, &select, patients, &mut |row| {
                ids.insert(row.id(0)?);
                Ok(())
            })?;
        }
        Ok(ids)
    }

    /// Pairs of one of the registrations and somebody else, that wait to be judged.
    pub fn open_pairs_of(&self, registrations: &[KnownIdentity]) -> Result<Vec<PairOf>, StoreError> {
        let theirs: HashSet<ChartId> = registrations.iter().map(|identity| identity.id).collect();
        let sql = "SELECT left_identity, right_identity, probability FROM match_review ORDER BY left_identity, right_identity";
        let mut pairs = Vec::new();
        self.database.query(DOING, sql, &[], &mut |row| {
            let (left, right, match_probability) = (row.id(0)?, row.id(1)?, row.real(2)?);
            let other = match (theirs.contains(&left), theirs.contains(&right)) {
                (true, false) => right,
                (false, true) => left,
                _ => return Ok(()),
            };
            pairs.push(PairOf { other, match_probability });
            Ok(())
        })?;
        Ok(pairs)
    }

    /// The payload frames of a system's tables, with the stream of each, in the order of being written.
    pub fn frames_of(&self, system: &str, files: &str) -> Result<Vec<(i64, StreamId)>, StoreError> {
        let sql = "SELECT p.id, f.stream_id FROM payload p JOIN source_file f ON f.id = p.file_id
             JOIN source_stream s ON s.id = f.stream_id WHERE s.system = ? AND s.stream <> ? ORDER BY p.id";
        let read = |row: &dyn Row| Ok((row.integer(0)?, row.integer(1)?));
        self.database.query_all(DOING, sql, &[system.into(), files.into()], read)
    }

    /// The payload frames of a system's tables whose names end so, in the order of being written.
    pub fn frames_of_tables(&self, system: &str, ending: &str) -> Result<Vec<i64>, StoreError> {
        let sql = "SELECT p.id FROM payload p JOIN source_file f ON f.id = p.file_id
             JOIN source_stream s ON s.id = f.stream_id WHERE s.system = ?1 AND substr(f.path, length(f.path) - length(?2) + 1) = ?2
             ORDER BY p.id";
        self.database.query_all("reading payloads", sql, &[system.into(), ending.into()], |row| row.integer(0))
    }

    /// A frame with the file that it was read from.
    pub fn frame_with_file(&self, payload: i64) -> Result<(FrameFile, Vec<KeptRecord>), StoreError> {
        let sql =
            "SELECT f.path, f.header, p.bytes FROM payload p JOIN source_file f ON f.id = p.file_id WHERE p.id = ?";
        let found = self.database.query_one(DOING, sql, &[payload.into()], |row| {
            let file = FrameFile { path: row.text(0)?.to_owned(), header: row.text(1)?.to_owned() };
            Ok((file, read_frame(row.bytes(2)?)?))
        })?;
        found.ok_or_else(|| StoreError::Damaged { what: "a payload that is not there".into() })
    }

    /// Which of these places in payload frames are what source records say now, each with the record, where no chart shows it.
    pub fn uncharted_at(&self, system: &str) -> Result<HashMap<(i64, i64), i64>, StoreError> {
        let sql =
            "SELECT r.payload_id, r.payload_index, r.id FROM source_record r JOIN source_stream s ON s.id = r.stream_id
             WHERE r.charted = 0 AND s.system = ?";
        let read = |row: &dyn Row| Ok(((row.integer(0)?, row.integer(1)?), row.integer(2)?));
        Ok(self.database.query_all(DOING, sql, &[system.into()], read)?.into_iter().collect())
    }

    /// Files of a system that were kept whole: `files` is their stream.
    pub fn kept_files(&self, system: &str, files: &str) -> Result<Vec<KeptFile>, StoreError> {
        let sql = "SELECT r.id, r.key_hash, r.content_hash, r.payload_id, r.payload_index, f.path FROM source_record r
             JOIN source_stream s ON s.id = r.stream_id JOIN payload p ON p.id = r.payload_id
             JOIN source_file f ON f.id = p.file_id WHERE s.system = ? AND s.stream = ? ORDER BY r.id";
        self.database.query_all(DOING, sql, &[system.into(), files.into()], |row| {
            Ok(KeptFile {
                record: row.integer(0)?,
                key: row.hash(1)?,
                content: row.hash(2)?,
                place: (row.integer(3)?, row.integer(4)?),
                path: row.text(5)?.to_owned(),
            })
        })
    }

    /// The bytes of a file that was kept whole, part by part.
    pub fn kept_file_parts(
        &self,
        record: i64,
        each: &mut dyn FnMut(&[u8]) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let sql = "SELECT bytes FROM kept_file WHERE source_record_id = ? ORDER BY part";
        self.database.query(DOING, sql, &[record.into()], &mut |row| {
            let damaged = |_| StoreError::Damaged { what: "a kept file that cannot be unpacked".into() };
            each(&zstd::stream::decode_all(row.bytes(0)?).map_err(damaged)?)
        })
    }

    /// Every document of a system that waits with a record: the record, its name, its bytes.
    pub fn waiting_files(&self, system: &str, each: &mut EachWaiting<'_>) -> Result<(), StoreError> {
        let sql = "SELECT w.source_record_id, w.name, w.bytes FROM waiting_document w
             JOIN source_record r ON r.id = w.source_record_id JOIN source_stream s ON s.id = r.stream_id
             WHERE s.system = ? AND w.bytes IS NOT NULL ORDER BY w.source_record_id, w.number";
        self.database.query(DOING, sql, &[system.into()], &mut |row| {
            let damaged = |_| StoreError::Damaged { what: "a waiting document that cannot be unpacked".into() };
            each(row.integer(0)?, row.text(1)?, &zstd::stream::decode_all(row.bytes(2)?).map_err(damaged)?)
        })
    }

    /// Where what a source record says, and what it said before, lies.
    pub fn places_of(&self, record: i64) -> Result<Vec<(i64, i64)>, StoreError> {
        let sql = "SELECT payload_id, payload_index FROM source_record WHERE id = ?1
             UNION SELECT payload_id, payload_index FROM source_record_history WHERE source_record_id = ?1
             UNION SELECT payload_id, payload_index FROM source_record_before WHERE id = ?1";
        let read = |row: &dyn Row| Ok((row.integer(0)?, row.integer(1)?));
        self.database.query_all(DOING, sql, &[record.into()], read)
    }

    /// The contents of documents of these patients, as a file of that content is known by.
    pub fn document_contents_of(&self, patients: &[ChartId]) -> Result<Vec<Hash128>, StoreError> {
        let mut contents = Vec::new();
        let select = "SELECT sha256 FROM document_reference WHERE sha256 IS NOT NULL AND patient_id";
        self.database.query_ids(DOING, select, patients, &mut |row| {
            contents.push(Hash128::of_parts(&[row.text(0)?.as_bytes()]));
            Ok(())
        })?;
        contents.sort_unstable();
        contents.dedup();
        Ok(contents)
    }
}
