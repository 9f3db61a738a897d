//! Questions people ask a store: one record's way, what waits in quarantine, sizes. Few rows each.

use std::collections::BTreeMap;

use super::database::{Cell, Row};
use super::known::read_record;
use super::payload::{KeptRecord, read_frame};
use super::schema::before::tracked;
use super::schema::quoted;
use super::{EhrStore, StoreError, StoredRecord};
use crate::model::{ChartId, RecordType, SourceRef};

/// Whether a column holds dates with the day first, and with the month first.
pub type DateFlags = (bool, bool);

/// A file's name, as its record says it, and its bytes.
pub type NamedBytes = (String, Vec<u8>);

/// A ledger row with the names of its stream.
#[derive(Clone, Debug)]
pub struct RecordRow {
    pub id: i64,
    pub system: String,
    pub stream: String,
    pub stream_id: i64,
    pub key_hash: Vec<u8>,
    pub ordinal: i64,
    pub fate: String,
    pub reason: Option<String>,
    pub run_id: i64,
    pub payload_id: i64,
    pub payload_index: i64,
}

/// Where a kept record lies, and how it is read.
#[derive(Clone, Debug)]
pub struct PayloadPlace {
    pub path: String,
    pub sha256: String,
    /// JSON.
    pub header: String,
    pub record: KeptRecord,
}

#[derive(Clone, Debug)]
pub struct QuarantineRow {
    pub source_record_id: i64,
    pub system: String,
    pub stream: String,
    pub run_id: i64,
    pub file: String,
    pub row: i64,
    pub offset_bytes: i64,
    pub key: String,
    pub column_name: Option<String>,
    pub reason_code: String,
    pub reason: String,
}

/// Sizes of a store.
#[derive(Clone, Debug, Default)]
pub struct StoreCounts {
    pub identities: u64,
    pub patients: u64,
    pub reviews: u64,
    pub source_records: u64,
    pub quarantined: u64,
    pub payload_bytes: u64,
    pub file_bytes: u64,
}

/// What lineage takes of a store, in bytes with their indexes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LineageBytes {
    /// Source records as they came.
    pub payload: u64,
    /// The rows that lead to and from them.
    pub ledger: u64,
    /// What rows and documents were before runs changed them.
    pub before: u64,
}

const RECORD: &str = "SELECT r.id, s.system, s.stream, r.stream_id, r.key_hash, r.ordinal, r.fate, r.reason, r.run_id,
    r.payload_id, r.payload_index, s.system FROM source_record r JOIN source_stream s ON s.id = r.stream_id";

/// A row of [`RECORD`].
fn record_row(row: &dyn Row) -> Result<RecordRow, StoreError> {
    Ok(RecordRow {
        id: row.integer(0)?,
        system: row.text(1)?.to_owned(),
        stream: row.text(2)?.to_owned(),
        stream_id: row.integer(3)?,
        key_hash: row.bytes(4)?.to_vec(),
        ordinal: row.integer(5)?,
        fate: row.text(6)?.to_owned(),
        reason: row.optional_text(7)?.map(str::to_owned),
        run_id: row.integer(8)?,
        payload_id: row.integer(9)?,
        payload_index: row.integer(10)?,
    })
}

impl QuarantineRow {
    /// Where the record came from.
    pub fn source(&self) -> SourceRef {
        SourceRef {
            system: self.system.clone(),
            stream: self.stream.clone(),
            file: self.file.clone(),
            row: self.row as u64,
            offset_bytes: self.offset_bytes as u64,
        }
    }
}

const LEDGER: &str = "reading the ledger";

impl EhrStore {
    /// How many people there are; the other counts are left out.
    pub fn people_counts(&self) -> Result<StoreCounts, StoreError> {
        let count = |sql: &str| self.database.count(sql, &[]);
        Ok(StoreCounts {
            identities: count("SELECT count(*) FROM patient_identity")?,
            patients: count("SELECT count(*) FROM patient WHERE replaced_by IS NULL")?,
            reviews: count("SELECT count(*) FROM match_review")?,
            ..Default::default()
        })
    }

    pub fn counts(&self) -> Result<StoreCounts, StoreError> {
        let count = |sql: &str| self.database.count(sql, &[]);
        let people = self.people_counts()?;
        Ok(StoreCounts {
            identities: people.identities,
            patients: people.patients,
            reviews: people.reviews,
            source_records: count("SELECT count(*) FROM source_record")?,
            quarantined: count("SELECT count(*) FROM quarantine")?,
            payload_bytes: count("SELECT CAST(sum(length(bytes)) AS BIGINT) FROM payload")?,
            file_bytes: self.database.size_bytes()?,
        })
    }

    /// What keeping everything costs, indexes included.
    pub fn lineage_bytes(&self) -> Result<LineageBytes, StoreError> {
        let mut bytes = LineageBytes::default();
        for (table, size) in self.database.table_bytes()? {
            match table.as_str() {
                "payload" | "kept_file" => bytes.payload += size,
                "source_record" | "source_record_history" | "source_file" | "source_stream" | "run_block" => {
                    bytes.ledger += size;
                }
                "document_history" => bytes.before += size,
                table if table.ends_with("_before") => bytes.before += size,
                _ => {}
            }
        }
        Ok(bytes)
    }

    pub fn quarantine(&self) -> Result<Vec<QuarantineRow>, StoreError> {
        let sql = "SELECT q.source_record_id, s.system, s.stream, q.run_id, q.file, q.\"row\", q.offset_bytes, q.key, q.column_name,
             q.reason_code, q.reason FROM quarantine q JOIN source_record r ON r.id = q.source_record_id
             JOIN source_stream s ON s.id = r.stream_id ORDER BY s.system, s.stream, q.file, q.\"row\", q.source_record_id";
        self.database.query_all("reading the quarantine", sql, &[], |row| {
            Ok(QuarantineRow {
                source_record_id: row.integer(0)?,
                system: row.text(1)?.to_owned(),
                stream: row.text(2)?.to_owned(),
                run_id: row.integer(3)?,
                file: row.text(4)?.to_owned(),
                row: row.integer(5)?,
                offset_bytes: row.integer(6)?,
                key: row.text(7)?.to_owned(),
                column_name: row.optional_text(8)?.map(str::to_owned),
                reason_code: row.text(9)?.to_owned(),
                reason: row.text(10)?.to_owned(),
            })
        })
    }

    /// The records of a system that wait for their patients, by payload.
    pub fn orphans(&self, system: &str) -> Result<Vec<StoredRecord>, StoreError> {
        let waits = "r.fate = 'quarantined' AND r.reason IN ('orphan', 'document_unassigned')
                     AND r.id IN (SELECT source_record_id FROM quarantine) AND s.system = ?";
        self.stored_records(waits, &[system.into()])
    }

    /// Records of a system that wait since nothing said what they are.
    pub fn nameless(&self, system: &str) -> Result<Vec<StoredRecord>, StoreError> {
        let waits = "r.fate = 'quarantined' AND r.reason = 'required_missing'
                     AND r.id IN (SELECT source_record_id FROM quarantine) AND s.system = ?";
        self.stored_records(waits, &[system.into()])
    }

    /// Records that a run decided anew from their kept payload, though its source does not hold them.
    pub fn decided_from_payload(&self, run: i64) -> Result<Vec<StoredRecord>, StoreError> {
        let decided = "r.run_id = ?1 AND f.run_id <> r.run_id
                       AND r.id IN (SELECT source_record_id FROM source_record_history WHERE run_id = ?1)";
        self.stored_records(decided, &[run.into()])
    }

    /// One source record with the place of its payload.
    pub fn stored_record(&self, id: i64) -> Result<Option<StoredRecord>, StoreError> {
        Ok(self.stored_records("r.id = ?", &[id.into()])?.pop())
    }

    fn stored_records(&self, condition: &str, values: &[Cell<'_>]) -> Result<Vec<StoredRecord>, StoreError> {
        let sql = format!(
            "SELECT r.id, r.key_hash, r.ordinal, r.content_hash, r.fate, r.reason, r.run_id, r.charted, s.stream, p.file_id, f.path,
             f.header, r.payload_id, r.payload_index, s.system FROM source_record r JOIN source_stream s ON s.id = r.stream_id
             JOIN payload p ON p.id = r.payload_id JOIN source_file f ON f.id = p.file_id WHERE {condition}
             ORDER BY r.payload_id, r.payload_index"
        );
        self.database.query_all(LEDGER, &sql, values, |row| {
            Ok(StoredRecord {
                record: read_record(row)?,
                system: row.text(14)?.to_owned(),
                stream: row.text(8)?.to_owned(),
                file: row.integer(9)?,
                path: row.text(10)?.to_owned(),
                header: row.text(11)?.to_owned(),
                payload: row.integer(12)?,
                payload_index: row.integer(13)?,
            })
        })
    }

    /// Files that wait with a quarantined record, by number.
    pub fn waiting_documents(&self, source_record: i64) -> Result<BTreeMap<usize, NamedBytes>, StoreError> {
        let sql = "SELECT number, name, bytes FROM waiting_document WHERE source_record_id = ?";
        let read = |row: &dyn Row| Ok((row.integer(0)? as usize, (row.text(1)?.to_owned(), unpacked(row.bytes(2)?)?)));
        let all = self.database.query_all("reading waiting documents", sql, &[source_record.into()], read)?;
        Ok(all.into_iter().collect())
    }

    /// The file name and the bytes of a document, where there are any.
    pub fn document_content(&self, document: ChartId) -> Result<Option<NamedBytes>, StoreError> {
        let sql = "SELECT c.encoding, c.bytes, coalesce(d.file_name, '') FROM document_content c
                   JOIN document_reference d ON d.id = c.document_id WHERE c.document_id = ?";
        self.database.query_one("reading a document", sql, &[(&document).into()], |row| {
            let bytes = row.bytes(1)?;
            let bytes = if row.text(0)? == "zstd" { unpacked(bytes)? } else { bytes.to_vec() };
            Ok((row.text(2)?.to_owned(), bytes))
        })
    }

    /// All records of a payload frame.
    pub fn frame(&self, payload: i64) -> Result<Vec<KeptRecord>, StoreError> {
        let sql = "SELECT bytes FROM payload WHERE id = ?";
        let found =
            self.database.query_one("reading a payload", sql, &[payload.into()], |row| read_frame(row.bytes(0)?))?;
        found.ok_or_else(|| StoreError::Damaged { what: "a payload that is not there".into() })
    }

    pub fn record(&self, id: i64) -> Result<Option<RecordRow>, StoreError> {
        self.database.query_one(LEDGER, &format!("{RECORD} WHERE r.id = ?"), &[id.into()], record_row)
    }

    /// The records of one key, in any stream of that name.
    pub fn records_of_key(&self, stream: &str, key: &[u8]) -> Result<Vec<RecordRow>, StoreError> {
        let sql = format!("{RECORD} WHERE s.stream = ? AND r.key_hash = ? ORDER BY r.id");
        self.database.query_all(LEDGER, &sql, &[stream.into(), key.into()], record_row)
    }

    /// The records that were read from this row of a stream.
    pub fn records_of_row(&self, stream: &str, row: u64) -> Result<Vec<RecordRow>, StoreError> {
        let sql = "SELECT p.id, p.bytes FROM payload p JOIN source_file f ON f.id = p.file_id JOIN source_stream s ON s.id = f.stream_id
             WHERE s.stream = ? AND p.first_row <= ? AND p.last_row >= ? ORDER BY p.id";
        let values = [stream.into(), (row as i64).into(), (row as i64).into()];
        let frames =
            self.database.query_all(LEDGER, sql, &values, |row| Ok((row.integer(0)?, read_frame(row.bytes(1)?)?)))?;
        let mut found = Vec::new();
        for (payload, records) in frames {
            for (index, _) in records.iter().enumerate().filter(|(_, record)| record.row == row) {
                let sql = format!("{RECORD} WHERE r.payload_id = ? AND r.payload_index = ?");
                found.extend(self.database.query_all(
                    LEDGER,
                    &sql,
                    &[payload.into(), (index as i64).into()],
                    record_row,
                )?);
            }
        }
        Ok(found)
    }

    /// The record as it came.
    pub fn payload(&self, payload: i64, index: i64) -> Result<PayloadPlace, StoreError> {
        let sql = "SELECT f.path, f.sha256, f.header, p.bytes FROM payload p JOIN source_file f ON f.id = p.file_id WHERE p.id = ?";
        let found = self.database.query_one("reading a payload", sql, &[payload.into()], |row| {
            let record = read_frame(row.bytes(3)?)?.into_iter().nth(index as usize);
            let shorter = || StoreError::Damaged { what: "a payload shorter than its ledger says".into() };
            let text = |column| row.text(column).map(str::to_owned);
            Ok(PayloadPlace { path: text(0)?, sha256: text(1)?, header: text(2)?, record: record.ok_or_else(shorter)? })
        })?;
        found.ok_or_else(|| StoreError::Damaged { what: "a payload that is not there".into() })
    }

    /// The non-empty columns of a row of a chart table or of the crosswalk, as text.
    pub fn chart_row(&self, table: &str, id: &str) -> Result<Option<Vec<(String, String)>>, StoreError> {
        let Some(table) = tracked().into_iter().find(|tracked| tracked.table == table) else { return Ok(None) };
        let sql = format!("SELECT {} FROM {} WHERE id = ?", table.names(""), quoted(&table.table));
        self.database.query_one("reading a chart row", &sql, &[id.into()], |row| {
            let named = table.columns.iter().enumerate().filter(|(_, (name, _))| name != "row_id");
            Ok(named.filter_map(|(at, (name, _))| Some((name.clone(), shown(row.cell(at))?))).collect())
        })
    }

    /// The chart rows of a source record: record type and id.
    pub fn chart_of_record(
        &self,
        candidates: &[(RecordType, String)],
        source_record: i64,
    ) -> Result<Vec<(RecordType, String)>, StoreError> {
        let mut found = Vec::new();
        for (record, id) in candidates {
            let sql = format!("SELECT count(*) FROM {} WHERE id = ? AND source_record_id = ?", quoted(record.table()));
            if self.database.count(&sql, &[id.into(), source_record.into()])? > 0 {
                found.push((*record, id.clone()));
            }
        }
        Ok(found)
    }

    /// The identity that a source record registers, with its patient.
    pub fn identity_of_record(&self, source_record: i64) -> Result<Option<(String, String)>, StoreError> {
        let sql = "SELECT id, patient_id FROM patient_identity WHERE source_record_id = ?";
        let read = |row: &dyn Row| Ok((row.text(0)?.to_owned(), row.text(1)?.to_owned()));
        self.database.query_one("reading the crosswalk", sql, &[source_record.into()], read)
    }

    /// Every row of a chart table as one JSON object a line, by id, without what depends on the store's history.
    pub fn dump(&self, record: RecordType) -> Result<String, StoreError> {
        let Some(table) = tracked().into_iter().find(|tracked| tracked.table == record.table()) else {
            return Ok(String::new());
        };
        let sql = format!("SELECT {} FROM {} ORDER BY id", table.names(""), quoted(&table.table));
        let mut text = String::new();
        self.database.query("reading chart rows", &sql, &[], &mut |row| {
            let columns = table.columns.iter().enumerate();
            let columns: serde_json::Map<String, serde_json::Value> = columns
                .filter(|(_, (name, _))| !["row_id", "source_record_id"].contains(&name.as_str()))
                .filter_map(|(at, (name, _))| Some((name.clone(), shown(row.cell(at))?.into())))
                .collect();
            text.push_str(&serde_json::Value::Object(columns).to_string());
            text.push('\n');
            Ok(())
        })?;
        Ok(text)
    }
}

fn unpacked(frame: &[u8]) -> Result<Vec<u8>, StoreError> {
    zstd::stream::decode_all(frame)
        .map_err(|_| StoreError::Damaged { what: "a document that cannot be unpacked".into() })
}

fn shown(cell: Cell<'_>) -> Option<String> {
    match cell {
        Cell::Integer(number) => Some(number.to_string()),
        Cell::Real(number) => Some(number.to_string()),
        Cell::Text(text) => Some(text.to_owned()),
        Cell::Null | Cell::Bytes(_) => None,
    }
}
