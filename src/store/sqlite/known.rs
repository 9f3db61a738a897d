//! What a run must know of a store before it writes: the ledger's records and the registrations, whole tables at a time.

use std::collections::HashSet;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, params, params_from_iter};

use super::super::schema::quoted;
use super::super::{KnownIdentity, KnownRecord, StoreError, StreamId};
use super::SqliteStore;
use super::bulk::{Bulk, read_id, read_value, stored_hash};
use crate::model::{ChartId, Fate, Hash128, IssueCode, KeyHash, RecordType};
use crate::store::digest::ItemHash;

pub(super) fn hash_of(value: ValueRef<'_>) -> Result<Hash128, StoreError> {
    let bytes = value.as_blob().ok().and_then(Hash128::from_slice);
    bytes.ok_or_else(|| StoreError::Damaged { what: "a hash of another length".into() })
}

/// A row of `id, key_hash, ordinal, content_hash, fate, reason, run_id, charted`.
fn read_record(row: &rusqlite::Row<'_>) -> Result<KnownRecord, StoreError> {
    let failed = StoreError::rusqlite("reading the ledger");
    let get = |index: usize| row.get_ref(index).map_err(&failed);
    let fate = get(4)?.as_str().ok().and_then(Fate::parse);
    Ok(KnownRecord {
        id: row.get(0).map_err(&failed)?,
        key: hash_of(get(1)?)?,
        ordinal: row.get(2).map_err(&failed)?,
        content: hash_of(get(3)?)?,
        fate: fate.ok_or_else(|| StoreError::Damaged { what: "a fate that is none".into() })?,
        reason: get(5)?.as_str().ok().and_then(IssueCode::parse),
        run: row.get(6).map_err(&failed)?,
        charted: row.get(7).map_err(&failed)?,
    })
}

impl SqliteStore {
    /// Every source record of a stream, in the order of loading.
    pub fn known_records(
        &self,
        stream: StreamId,
        mut each: impl FnMut(KnownRecord) -> Result<(), StoreError>,
    ) -> Result<u64, StoreError> {
        let failed = StoreError::rusqlite("reading the ledger");
        let mut select = self
            .bulk
            .connection
            .prepare("SELECT id, key_hash, ordinal, content_hash, fate, reason, run_id, charted FROM source_record WHERE +stream_id = ? ORDER BY id")
            .map_err(&failed)?;
        let mut rows = select.query([stream]).map_err(&failed)?;
        let mut count = 0;
        while let Some(row) = rows.next().map_err(&failed)? {
            each(read_record(row)?)?;
            count += 1;
        }
        Ok(count)
    }

    /// A source record by its number.
    pub fn known_record(&self, id: i64) -> Result<KnownRecord, StoreError> {
        let failed = StoreError::rusqlite("reading the ledger");
        let missing = || StoreError::Damaged { what: "an identity without source record".into() };
        let sql =
            "SELECT id, key_hash, ordinal, content_hash, fate, reason, run_id, charted FROM source_record WHERE id = ?";
        let mut select = self.bulk.connection.prepare_cached(sql).map_err(&failed)?;
        let mut rows = select.query([id]).map_err(&failed)?;
        read_record(rows.next().map_err(&failed)?.ok_or_else(missing)?)
    }

    /// Every registration the store knows.
    pub fn known_identities(&self, each: impl FnMut(KnownIdentity)) -> Result<(), StoreError> {
        self.identities("patient_identity", "1", &[], each)
    }

    /// Registrations that a run added or changed, and all others of their patients; changed ones also as they were before it.
    pub fn identities_around(&self, run: i64, mut each: impl FnMut(KnownIdentity)) -> Result<(), StoreError> {
        let (first, last) = self.rows_of_run("patient_identity", run)?;
        let own =
            "row_id > ?1 AND row_id <= ?2 OR id IN (SELECT id FROM patient_identity_before WHERE run_id_before = ?3)";
        let around = format!(
            "patient_id IN (SELECT patient_id FROM patient_identity WHERE {own}
             UNION SELECT patient_id FROM patient_identity_before WHERE run_id_before = ?3)"
        );
        self.identities("patient_identity", &around, &[first, last, run], &mut each)?;
        self.identities("patient_identity_before", "run_id_before = ?1", &[run], each)
    }

    /// Registrations that a run added or changed, as they are now.
    pub fn identities_of(&self, run: i64, each: impl FnMut(KnownIdentity)) -> Result<(), StoreError> {
        let (first, last) = self.rows_of_run("patient_identity", run)?;
        let own =
            "row_id > ?1 AND row_id <= ?2 OR id IN (SELECT id FROM patient_identity_before WHERE run_id_before = ?3)";
        self.identities("patient_identity", own, &[first, last, run], each)
    }

    fn identities(
        &self,
        table: &str,
        condition: &str,
        values: &[i64],
        mut each: impl FnMut(KnownIdentity),
    ) -> Result<(), StoreError> {
        let failed = StoreError::rusqlite("reading the crosswalk");
        let columns = RecordType::Patient.columns();
        let names: Vec<String> = columns.iter().map(|column| quoted(column.name)).collect();
        let sql = format!(
            "SELECT id, source_system, source_key, stream_id, key_hash, patient_id, source_record_id, {} FROM {table}
             WHERE {condition}",
            names.join(", ")
        );
        let mut select = self.bulk.connection.prepare(&sql).map_err(&failed)?;
        let mut rows = select.query(params_from_iter(values)).map_err(&failed)?;
        let no_id = || StoreError::Damaged { what: "an identity without id".into() };
        while let Some(row) = rows.next().map_err(&failed)? {
            let get = |index: usize| row.get_ref(index).map_err(&failed);
            let mut values = Vec::with_capacity(columns.len());
            for (index, column) in columns.iter().enumerate() {
                values.push(read_value(get(index + 7)?, column.kind));
            }
            each(KnownIdentity {
                id: read_id(get(0)?)?.ok_or_else(no_id)?,
                system: row.get(1).map_err(&failed)?,
                key: row.get(2).map_err(&failed)?,
                stream: row.get(3).map_err(&failed)?,
                key_hash: hash_of(get(4)?)?,
                patient: read_id(get(5)?)?.ok_or_else(no_id)?,
                source_record: row.get(6).map_err(&failed)?,
                values,
            });
        }
        Ok(())
    }
}

/// A document's content as the chart holds it.
pub struct HeldContent {
    pub mime_type: Option<String>,
    pub size_bytes: i64,
    pub sha256: String,
    pub file_name: String,
    pub identity: Option<ChartId>,
}

/// Answers what the chart holds, record by record, beside the one connection that writes. It sees what is committed.
pub struct ChartReader {
    connection: Connection,
}

impl ChartReader {
    /// The hash of a chart row as it stands.
    pub fn row_hash(&self, record: RecordType, id: ChartId) -> Result<Option<ItemHash>, StoreError> {
        stored_hash(&self.connection, record, id)
    }

    /// What a document holds, and under which file name and registration.
    pub fn content(&self, document: ChartId) -> Result<Option<HeldContent>, StoreError> {
        let failed = StoreError::rusqlite("reading a document");
        let sql = "SELECT c.mime_type, c.size_bytes, c.sha256, coalesce(d.file_name, ''), d.identity_id FROM document_content c
                   JOIN document_reference d ON d.id = c.document_id WHERE c.document_id = ?";
        let mut select = self.connection.prepare_cached(sql).map_err(&failed)?;
        let mut rows = select.query(params![document]).map_err(&failed)?;
        let Some(row) = rows.next().map_err(&failed)? else { return Ok(None) };
        Ok(Some(HeldContent {
            mime_type: row.get(0).map_err(&failed)?,
            size_bytes: row.get(1).map_err(&failed)?,
            sha256: row.get(2).map_err(&failed)?,
            file_name: row.get(3).map_err(&failed)?,
            identity: read_id(row.get_ref(4).map_err(&failed)?)?,
        }))
    }

    /// The bytes that wait with a record under this name.
    pub fn waiting(&self, source_record: i64, number: usize, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let failed = StoreError::rusqlite("reading a waiting document");
        let sql = "SELECT bytes FROM waiting_document WHERE source_record_id = ? AND number = ? AND name = ?";
        let mut select = self.connection.prepare_cached(sql).map_err(&failed)?;
        let mut rows = select.query(params![source_record, number as i64, name]).map_err(&failed)?;
        let Some(row) = rows.next().map_err(&failed)? else { return Ok(None) };
        let packed = row.get_ref(0).map_err(&failed)?.as_blob().unwrap_or_default();
        let damaged = |_| StoreError::Damaged { what: "a waiting document that cannot be unpacked".into() };
        zstd::stream::decode_all(packed).map(Some).map_err(damaged)
    }

    /// The record of a key and a content that is in the chart or was archived.
    pub fn known(
        &self,
        stream: StreamId,
        key: &KeyHash,
        ordinal: u32,
        content: &Hash128,
    ) -> Result<Option<KnownRecord>, StoreError> {
        let failed = StoreError::rusqlite("reading the ledger");
        let sql = "SELECT id, key_hash, ordinal, content_hash, fate, reason, run_id, charted FROM source_record
                   WHERE stream_id = ? AND key_hash = ? AND ordinal = ? AND content_hash = ?
                   AND fate NOT IN ('duplicate', 'quarantined') AND reason IS NULL";
        let mut select = self.connection.prepare_cached(sql).map_err(&failed)?;
        let mut rows = select.query(params![stream, key.0, ordinal, content.0]).map_err(&failed)?;
        rows.next().map_err(&failed)?.map(read_record).transpose()
    }
}

impl SqliteStore {
    /// Records that a run decided in streams of a system that are not there any more.
    pub fn records_of_absent_streams(
        &self,
        system: &str,
        run: i64,
        is_there: impl Fn(&str) -> bool,
    ) -> Result<Vec<i64>, StoreError> {
        let failed = StoreError::rusqlite("reading the ledger");
        let mut ids = Vec::new();
        for (stream, _) in self.streams()?.into_iter().filter(|(_, (owner, name))| owner == system && !is_there(name)) {
            let sql = "SELECT id FROM source_record WHERE stream_id = ? AND run_id = ? ORDER BY id";
            let mut select = self.bulk.connection.prepare_cached(sql).map_err(&failed)?;
            let found = select.query_map([stream, run], |row| row.get::<_, i64>(0)).map_err(&failed)?;
            for id in found {
                ids.push(id.map_err(&failed)?);
            }
        }
        Ok(ids)
    }
}

/// From this many ids on a table is read through instead of asked for each.
const WORTH_A_SCAN: usize = 2000;

impl SqliteStore {
    pub fn chart_reader(&self) -> Result<ChartReader, StoreError> {
        Ok(ChartReader { connection: Bulk::open(&self.path, false)?.connection })
    }

    /// Which of these rows of a chart table are there, with their patients.
    pub fn patients_of(
        &self,
        record: RecordType,
        ids: &HashSet<ChartId>,
        mut each: impl FnMut(ChartId, Option<ChartId>),
    ) -> Result<(), StoreError> {
        let failed = StoreError::rusqlite("looking up references");
        let connection = &self.bulk.connection;
        let select = format!("SELECT id, patient_id FROM {}", quoted(record.table()));
        let index = format!("{}_id", record.table());
        let has_index: bool = connection
            .query_row("SELECT count(*) FROM sqlite_master WHERE type = 'index' AND name = ?", [index], |row| {
                row.get::<_, i64>(0)
            })
            .map(|count| count > 0)
            .map_err(&failed)?;
        let mut read = |row: &rusqlite::Row<'_>| -> Result<(), StoreError> {
            if let Some(id) = read_id(row.get_ref(0).map_err(&failed)?)?
                && ids.contains(&id)
            {
                each(id, read_id(row.get_ref(1).map_err(&failed)?)?);
            }
            Ok(())
        };
        if !has_index || ids.len() >= WORTH_A_SCAN {
            let mut select = connection.prepare(&select).map_err(&failed)?;
            let mut rows = select.query([]).map_err(&failed)?;
            while let Some(row) = rows.next().map_err(&failed)? {
                read(row)?;
            }
            return Ok(());
        }
        let mut select = connection.prepare(&format!("{select} WHERE id = ?")).map_err(&failed)?;
        let mut sorted: Vec<ChartId> = ids.iter().copied().collect();
        sorted.sort_unstable();
        for id in sorted {
            let mut rows = select.query(params![id]).map_err(&failed)?;
            if let Some(row) = rows.next().map_err(&failed)? {
                read(row)?;
            }
        }
        Ok(())
    }
}
