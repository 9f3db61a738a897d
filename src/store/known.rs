//! What a run must know of a store before it writes: the ledger's records and the registrations, whole tables at a time.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::batch::stored_hashes;
use super::database::{Cell, Database, Row};
use super::digest::ItemHash;
use super::schema::quoted;
use super::{EhrStore, KnownIdentity, KnownPatient, KnownRecord, StoreError, StreamId};
use crate::model::{ChartId, ColumnKind, Fate, Hash128, IssueCode, KeyHash, PartialDate, RecordType, Value};

pub(super) const RECORD: &str =
    "SELECT id, key_hash, ordinal, content_hash, fate, reason, run_id, charted, stream_id FROM source_record WHERE";

/// A row that begins as one of [`RECORD`] does.
pub(super) fn read_record(row: &dyn Row) -> Result<KnownRecord, StoreError> {
    let fate = Fate::parse(row.text(4)?);
    Ok(KnownRecord {
        id: row.integer(0)?,
        key: row.hash(1)?,
        ordinal: row.integer(2)? as u32,
        content: row.hash(3)?,
        fate: fate.ok_or_else(|| StoreError::Damaged { what: "a fate that is none".into() })?,
        reason: row.optional_text(5)?.and_then(IssueCode::parse),
        run: row.integer(6)?,
        charted: row.integer(7)? as u16,
    })
}

impl EhrStore {
    /// Every committed source record of these streams, in any order, in as many parts as there are takers, side by side.
    pub fn known_records<T: FnMut(StreamId, KnownRecord) -> Result<(), StoreError> + Send>(
        &self,
        streams: &[StreamId],
        mut takers: Vec<T>,
        within: &BTreeMap<StreamId, (i64, i64)>,
    ) -> Result<(), StoreError> {
        const DOING: &str = "reading the ledger";
        if streams.is_empty() {
            return Ok(());
        }
        // Where it is known between which numbers a stream's records lie, nothing else is read.
        if let (Some(take), true) = (takers.first_mut(), streams.iter().all(|stream| within.contains_key(stream))) {
            for stream in streams {
                let sql = format!("{RECORD} +stream_id = ? AND id BETWEEN ? AND ?");
                let (first, last) = within[stream];
                let values = [(*stream).into(), first.into(), last.into()];
                self.database.query(DOING, &sql, &values, &mut |row| take(row.integer(8)?, read_record(row)?))?;
            }
            return Ok(());
        }
        let (first, last) = ("SELECT min(id) FROM source_record", "SELECT max(id) FROM source_record");
        let (first, last) = (self.database.count(first, &[])? as i64, self.database.count(last, &[])? as i64);
        let step = (last - first) / takers.len().max(1) as i64 + 1;
        // Read through, once: SQLite would go by an index, where there is one, and look up every row. The numbers are the store's own.
        let streams: Vec<String> = streams.iter().map(i64::to_string).collect();
        let sql = format!("{RECORD} +stream_id IN ({}) AND id >= ? AND id < ?", streams.join(", "));
        let read = |database: &dyn Database, part: usize, mut take: T| {
            let begin = first + step * part as i64;
            let values = [begin.into(), (begin + step).into()];
            database.query(DOING, &sql, &values, &mut |row| take(row.integer(8)?, read_record(row)?))
        };
        if last - first < WORTH_A_SECOND_CONNECTION {
            let all = takers.into_iter().enumerate();
            return all.into_iter().try_for_each(|(part, take)| read(self.database.as_ref(), part, take));
        }
        let readers: Vec<Box<dyn Database>> =
            takers.iter().map(|_| self.database.reader()).collect::<Result<_, _>>()?;
        std::thread::scope(|scope| {
            let parts = takers.into_iter().zip(readers).enumerate();
            let parts: Vec<_> = parts
                .map(|(part, (take, reader))| {
                    let read = &read;
                    scope.spawn(move || read(reader.as_ref(), part, take))
                })
                .collect();
            parts.into_iter().try_for_each(|part| part.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        })
    }

    /// A source record by its number.
    pub fn known_record(&self, id: i64) -> Result<KnownRecord, StoreError> {
        let found =
            self.database.query_one("reading the ledger", &format!("{RECORD} id = ?"), &[id.into()], read_record)?;
        found.ok_or_else(|| StoreError::Damaged { what: "an identity without source record".into() })
    }

    /// Every registration the store knows.
    pub fn known_identities(&self, each: impl FnMut(KnownIdentity)) -> Result<(), StoreError> {
        self.identities("patient_identity", "TRUE", &[], each)
    }

    /// Of every registration of these streams: stream, hash of the key, id, patient, date of birth.
    pub fn crosswalk(
        &self,
        streams: &BTreeSet<StreamId>,
        mut each: impl FnMut(StreamId, KeyHash, ChartId, ChartId, Option<PartialDate>),
    ) -> Result<(), StoreError> {
        let sql = "SELECT stream_id, key_hash, id, patient_id, birth_date FROM patient_identity";
        self.database.query("reading the crosswalk", sql, &[], &mut |row| {
            let stream = row.integer(0)?;
            if streams.contains(&stream) {
                let born = row.optional_text(4)?.and_then(PartialDate::parse_iso);
                each(stream, row.hash(1)?, row.id(2)?, row.id(3)?, born);
            }
            Ok(())
        })
    }

    /// Registrations that a run added, changed or decided of, and all others of their patients; changed ones also as they were before
    /// it or after it.
    pub fn identities_around(&self, run: i64, mut each: impl FnMut(KnownIdentity)) -> Result<(), StoreError> {
        let patients: Vec<ChartId> = self.trace(run)?.patients.into_iter().collect();
        let select = format!("{} FROM patient_identity WHERE patient_id", identity_select());
        self.database.query_ids("reading the crosswalk", &select, &patients, &mut |row| {
            each(read_identity(row)?);
            Ok(())
        })?;
        let before = format!("run_id_before = ? OR {}", self.added("patient_identity", "row_id", run)?);
        self.identities("patient_identity_before", &before, &[run], each)
    }

    /// Registrations that a run added or changed, as they are now, also where another changed them since.
    pub fn identities_of(&self, run: i64, each: impl FnMut(KnownIdentity)) -> Result<(), StoreError> {
        let added = self.added("patient_identity", "row_id", run)?;
        let of_run =
            format!("{added} OR id IN (SELECT id FROM patient_identity_before WHERE run_id_before = ? OR {added})");
        self.identities("patient_identity", &of_run, &[run], each)
    }

    /// What registrations were before runs changed them.
    pub fn identities_before(&self, each: impl FnMut(KnownIdentity)) -> Result<(), StoreError> {
        self.identities("patient_identity_before", "TRUE", &[], each)
    }

    fn identities(
        &self,
        table: &str,
        condition: &str,
        values: &[i64],
        mut each: impl FnMut(KnownIdentity),
    ) -> Result<(), StoreError> {
        let sql = format!("{} FROM {table} WHERE {condition}", identity_select());
        let values: Vec<Cell<'_>> = values.iter().map(|value| Cell::from(*value)).collect();
        self.database.query("reading the crosswalk", &sql, &values, &mut |row| {
            each(read_identity(row)?);
            Ok(())
        })
    }

    /// These registrations, in any order; those that are not there are left out.
    pub fn identities_by_id(&self, ids: &BTreeSet<ChartId>) -> Result<Vec<KnownIdentity>, StoreError> {
        let mut found = Vec::new();
        if ids.len() >= WORTH_A_SCAN {
            self.known_identities(|identity| {
                if ids.contains(&identity.id) {
                    found.push(identity);
                }
            })?;
            return Ok(found);
        }
        let select = format!("{} FROM patient_identity WHERE id", identity_select());
        let ids: Vec<ChartId> = ids.iter().copied().collect();
        self.database.query_ids("reading the crosswalk", &select, &ids, &mut |row| {
            found.push(read_identity(row)?);
            Ok(())
        })?;
        Ok(found)
    }

    /// These registrations, each looked up by itself, however many they are.
    pub fn identities_one_by_one(
        &self,
        ids: &[ChartId],
        mut each: impl FnMut(KnownIdentity),
    ) -> Result<(), StoreError> {
        let select = format!("{} FROM patient_identity WHERE id", identity_select());
        self.database.query_ids("reading the crosswalk", &select, ids, &mut |row| {
            each(read_identity(row)?);
            Ok(())
        })
    }

    /// The registrations that a stream has under a key.
    pub fn identities_of_key_hash(&self, stream: StreamId, key: &KeyHash) -> Result<Vec<KnownIdentity>, StoreError> {
        let sql = format!("{} FROM patient_identity WHERE stream_id = ? AND key_hash = ?", identity_select());
        self.database.query_all("reading the crosswalk", &sql, &[stream.into(), key.into()], read_identity)
    }

    /// The registrations that a stream has under a key, as the key was written.
    pub fn identities_of_key(&self, stream: StreamId, key: &str) -> Result<Vec<KnownIdentity>, StoreError> {
        let sql = format!("{} FROM patient_identity WHERE stream_id = ? AND source_key = ?", identity_select());
        self.database.query_all("reading the crosswalk", &sql, &[stream.into(), key.into()], read_identity)
    }

    /// The registrations of these patients.
    pub fn identities_of_patients(&self, patients: &[ChartId]) -> Result<Vec<KnownIdentity>, StoreError> {
        let mut found = Vec::new();
        let select = format!("{} FROM patient_identity WHERE patient_id", identity_select());
        self.database.query_ids("reading the crosswalk", &select, patients, &mut |row| {
            found.push(read_identity(row)?);
            Ok(())
        })?;
        Ok(found)
    }

    /// These patients, as they are shown, those that others replaced included; those that are not there are left out.
    pub fn patients(&self, ids: &BTreeSet<ChartId>) -> Result<Vec<KnownPatient>, StoreError> {
        let columns = RecordType::Patient.columns();
        let names: Vec<String> = columns.iter().map(|column| quoted(column.name)).collect();
        let select = format!(
            "SELECT id, identity_id, source_record_id, replaced_by, {} FROM patient WHERE id",
            names.join(", ")
        );
        let ids: Vec<ChartId> = ids.iter().copied().collect();
        let mut found = Vec::new();
        self.database.query_ids("reading the patients", &select, &ids, &mut |row| {
            found.push(KnownPatient {
                id: row.id(0)?,
                identity: row.optional_id(1)?,
                source_record: row.integer(2)?,
                replaced_by: row.optional_id(3)?,
                values: columns.iter().enumerate().map(|(at, column)| row.value(at + 4, column.kind)).collect(),
            });
            Ok(())
        })?;
        Ok(found)
    }

    /// Which of these ids patients have, those that others replaced included.
    pub fn taken_ids(&self, ids: &[ChartId]) -> Result<HashSet<ChartId>, StoreError> {
        const DOING: &str = "reading the patients";
        let mut taken = HashSet::new();
        let mut take = |row: &dyn Row| -> Result<(), StoreError> {
            let id = row.id(0)?;
            if ids.binary_search(&id).is_ok() {
                taken.insert(id);
            }
            Ok(())
        };
        if ids.len() >= WORTH_A_SCAN {
            self.database.query(DOING, "SELECT id FROM patient", &[], &mut take)?;
        } else {
            self.database.query_ids(DOING, "SELECT id FROM patient WHERE id", ids, &mut take)?;
        }
        Ok(taken)
    }

    /// Patients that others replaced: the record that founded each, its id, and by whom.
    pub fn replaced_patients(&self) -> Result<Vec<(i64, ChartId, ChartId)>, StoreError> {
        let sql = "SELECT source_record_id, id, replaced_by FROM patient WHERE replaced_by IS NOT NULL
                   ORDER BY source_record_id, id";
        let read = |row: &dyn Row| Ok((row.integer(0)?, row.id(1)?, row.id(2)?));
        self.database.query_all("reading the patients", sql, &[], read)
    }

    /// Records that a run decided in streams of a system that are not there any more.
    pub fn records_of_absent_streams(
        &self,
        system: &str,
        run: i64,
        is_there: impl Fn(&str) -> bool,
    ) -> Result<Vec<i64>, StoreError> {
        let mut ids = Vec::new();
        for (stream, _) in self.streams()?.into_iter().filter(|(_, (owner, name))| owner == system && !is_there(name)) {
            let sql = "SELECT id FROM source_record WHERE stream_id = ? AND run_id = ? ORDER BY id";
            let values = [stream.into(), run.into()];
            ids.extend(self.database.query_all("reading the ledger", sql, &values, |row| row.integer(0))?);
        }
        Ok(ids)
    }

    pub fn chart_reader(&self) -> Result<ChartReader, StoreError> {
        Ok(ChartReader { database: self.database.reader()? })
    }

    /// Which of these rows of a chart table are there, with their patients.
    pub fn patients_of(
        &self,
        record: RecordType,
        ids: &HashSet<ChartId>,
        mut each: impl FnMut(ChartId, Option<ChartId>),
    ) -> Result<(), StoreError> {
        const DOING: &str = "looking up references";
        let mut found = |row: &dyn Row| -> Result<(), StoreError> {
            let id = row.id(0)?;
            if ids.contains(&id) {
                each(id, row.optional_id(1)?);
            }
            Ok(())
        };
        let select = format!("SELECT id, patient_id FROM {}", quoted(record.table()));
        if ids.len() >= WORTH_A_SCAN || !self.database.index_names()?.contains(&format!("{}_id", record.table())) {
            return self.database.query(DOING, &select, &[], &mut found);
        }
        let mut sorted: Vec<ChartId> = ids.iter().copied().collect();
        sorted.sort_unstable();
        self.database.query_ids(DOING, &format!("{select} WHERE id"), &sorted, &mut found)
    }
}

/// The columns of a registration, for [`read_identity`].
fn identity_select() -> String {
    let names: Vec<String> = RecordType::Patient.columns().iter().map(|column| quoted(column.name)).collect();
    let names = names.join(", ");
    format!("SELECT id, source_system, source_key, stream_id, key_hash, patient_id, source_record_id, {names}")
}

fn read_identity(row: &dyn Row) -> Result<KnownIdentity, StoreError> {
    let columns = RecordType::Patient.columns().iter().enumerate();
    Ok(KnownIdentity {
        id: row.id(0)?,
        system: row.text(1)?.to_owned(),
        key: row.text(2)?.to_owned(),
        stream: row.integer(3)?,
        key_hash: row.hash(4)?,
        patient: row.id(5)?,
        source_record: row.integer(6)?,
        values: columns.map(|(at, column)| row.value(at + 7, column.kind)).collect(),
    })
}

/// From this many rows on a table is read over several connections.
const WORTH_A_SECOND_CONNECTION: i64 = 100_000;

/// From this many ids on a table is read through instead of asked for each.
const WORTH_A_SCAN: usize = 2000;

/// What is found in documents, by chart column.
const FOUND: [(&str, ColumnKind); 4] = [
    ("page_count", ColumnKind::Integer),
    ("text", ColumnKind::Text),
    ("text_source", ColumnKind::Text),
    ("text_confidence", ColumnKind::Real),
];

/// A document's content as the chart holds it.
pub struct HeldContent {
    pub mime_type: Option<String>,
    pub size_bytes: i64,
    pub sha256: String,
    pub file_name: String,
    pub identity: Option<ChartId>,
    /// What was found in it, by chart column.
    pub found: Vec<(&'static str, Value)>,
}

/// Answers what the chart holds, record by record, beside the one connection that writes. It sees what is committed.
pub struct ChartReader {
    database: Box<dyn Database>,
}

impl ChartReader {
    /// The hash of a chart row as it stands.
    pub fn row_hash(&self, record: RecordType, id: ChartId) -> Result<Option<ItemHash>, StoreError> {
        Ok(stored_hashes(self.database.as_ref(), record, &[id])?.get(&id).copied())
    }

    /// What a document holds, and under which file name and registration.
    pub fn content(&self, document: ChartId) -> Result<Option<HeldContent>, StoreError> {
        let sql = "SELECT c.mime_type, c.size_bytes, c.sha256, coalesce(d.file_name, ''), d.identity_id,
                   d.page_count, d.text, d.text_source, d.text_confidence FROM document_content c
                   JOIN document_reference d ON d.id = c.document_id WHERE c.document_id = ?";
        self.database.query_one("reading a document", sql, &[(&document).into()], |row| {
            Ok(HeldContent {
                mime_type: row.optional_text(0)?.map(str::to_owned),
                size_bytes: row.integer(1)?,
                sha256: row.text(2)?.to_owned(),
                file_name: row.text(3)?.to_owned(),
                identity: row.optional_id(4)?,
                found: FOUND.iter().zip(5..).map(|((name, kind), at)| (*name, row.value(at, *kind))).collect(),
            })
        })
    }

    /// The bytes that wait with a record under this name.
    pub fn waiting(&self, source_record: i64, number: usize, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let sql = "SELECT bytes FROM waiting_document WHERE source_record_id = ? AND number = ? AND name = ?";
        let values = [source_record.into(), (number as i64).into(), name.into()];
        self.database.query_one("reading a waiting document", sql, &values, |row| {
            let damaged = |_| StoreError::Damaged { what: "a waiting document that cannot be unpacked".into() };
            zstd::stream::decode_all(row.bytes(0)?).map_err(damaged)
        })
    }

    /// The record of a key and a content that is in the chart or was archived.
    pub fn known(
        &self,
        stream: StreamId,
        key: &KeyHash,
        ordinal: u32,
        content: &Hash128,
    ) -> Result<Option<KnownRecord>, StoreError> {
        let sql = format!(
            "{RECORD} stream_id = ? AND key_hash = ? AND ordinal = ? AND content_hash = ?
             AND fate NOT IN ('duplicate', 'quarantined') AND reason IS NULL ORDER BY id DESC"
        );
        let values = [stream.into(), key.into(), i64::from(ordinal).into(), content.into()];
        self.database.query_one("reading the ledger", &sql, &values, read_record)
    }
}
