//! Questions people ask a store: its runs, one record's way, what waits in quarantine. Few rows each, through sqlx.

use std::collections::BTreeMap;

use sqlx::{AssertSqlSafe, Column as _, Row, TypeInfo as _, ValueRef as _};

use super::super::payload::{KeptRecord, read_frame};
use super::super::schema::quoted;
use super::super::{KnownRecord, StoreError, StoredRecord, StreamId};
use super::SqliteStore;
use crate::model::{ChartId, Fate, Hash128, IssueCode, RecordType, SourceRef};

/// Whether a column holds dates with the day first, and with the month first.
pub type DateFlags = (bool, bool);

/// A file's name, as its record says it, and its bytes.
pub type NamedBytes = (String, Vec<u8>);

/// A run as the store remembers it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct RunRow {
    pub id: i64,
    pub command: String,
    pub plan: String,
    pub status: String,
    pub started: String,
    pub finished: Option<String>,
    pub digest_before: String,
    pub digest_after: Option<String>,
    pub report: Option<String>,
}

/// A ledger row with the names of its stream.
#[derive(Clone, Debug, sqlx::FromRow)]
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

#[derive(Clone, Debug, sqlx::FromRow)]
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

/// A pair that waits for a person.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct OpenReview {
    pub left_system: String,
    pub left_key: String,
    pub right_system: String,
    pub right_key: String,
    pub weight: f64,
    pub probability: f64,
    pub reason: Option<String>,
    /// JSON: comparison, level, weight.
    pub evidence: String,
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

const RECORD: &str = "SELECT r.id, s.system, s.stream, r.stream_id, r.key_hash, r.ordinal, r.fate, r.reason, r.run_id,
    r.payload_id, r.payload_index FROM source_record r JOIN source_stream s ON s.id = r.stream_id";

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

impl SqliteStore {
    pub fn runs(&mut self) -> Result<Vec<RunRow>, StoreError> {
        let query = sqlx::query_as(
            "SELECT id, command, plan, status, started, finished, digest_before, digest_after, report FROM run ORDER BY id",
        );
        self.runtime.block_on(query.fetch_all(&mut self.queries)).map_err(StoreError::sqlx("reading the runs"))
    }

    pub fn run(&mut self, run: i64) -> Result<RunRow, StoreError> {
        self.runs()?.into_iter().find(|row| row.id == run).ok_or(StoreError::NoRun { run })
    }

    /// Runs that ended and whose report was never written.
    pub fn unreported(&mut self) -> Result<Vec<i64>, StoreError> {
        let sql = "SELECT id FROM run WHERE reported = 0 AND status IN ('done', 'unbalanced') ORDER BY id";
        let query = sqlx::query_scalar(sql).fetch_all(&mut self.queries);
        self.runtime.block_on(query).map_err(StoreError::sqlx("reading the runs"))
    }

    /// The quarantined rows of a run as it wrote them; none where an older program ran it.
    pub fn run_quarantine(&mut self, run: i64) -> Result<Option<Vec<u8>>, StoreError> {
        let query = sqlx::query_scalar("SELECT bytes FROM run_quarantine WHERE run_id = ?").bind(run);
        self.runtime
            .block_on(query.fetch_optional(&mut self.queries))
            .map_err(StoreError::sqlx("reading the quarantine of a run"))
    }

    /// Pairs that wait for a person, the likeliest first.
    pub fn open_reviews(&mut self, most: usize) -> Result<Vec<OpenReview>, StoreError> {
        let query = sqlx::query_as(
            "SELECT l.source_system AS left_system, l.source_key AS left_key, r.source_system AS right_system,
             r.source_key AS right_key, m.weight, m.probability, m.reason, m.evidence FROM match_review m
             JOIN patient_identity l ON l.id = m.left_identity JOIN patient_identity r ON r.id = m.right_identity
             WHERE m.status IN ('open', 'conflict') ORDER BY m.status, m.probability DESC, m.left_identity, m.right_identity LIMIT ?",
        );
        self.runtime
            .block_on(query.bind(most as i64).fetch_all(&mut self.queries))
            .map_err(StoreError::sqlx("reading the reviews"))
    }

    pub fn counts(&mut self) -> Result<StoreCounts, StoreError> {
        let failed = StoreError::sqlx("counting");
        let queries = &mut self.queries;
        let mut count = |sql: &'static str| -> Result<u64, StoreError> {
            let found: Option<i64> =
                self.runtime.block_on(sqlx::query_scalar(sql).fetch_one(&mut *queries)).map_err(&failed)?;
            Ok(found.unwrap_or_default() as u64)
        };
        Ok(StoreCounts {
            identities: count("SELECT count(*) FROM patient_identity")?,
            patients: count("SELECT count(*) FROM patient WHERE replaced_by IS NULL")?,
            reviews: count("SELECT count(*) FROM match_review WHERE status IN ('open', 'conflict')")?,
            source_records: count("SELECT count(*) FROM source_record")?,
            quarantined: count("SELECT count(*) FROM quarantine")?,
            payload_bytes: count("SELECT sum(length(bytes)) FROM payload")?,
            file_bytes: count("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()")?,
        })
    }

    /// What the dates of a stream's columns have proven so far.
    pub fn column_evidence(&mut self, stream: StreamId) -> Result<BTreeMap<String, DateFlags>, StoreError> {
        let query = sqlx::query("SELECT column_name, day_first, month_first FROM column_evidence WHERE stream_id = ?")
            .bind(stream);
        let rows =
            self.runtime.block_on(query.fetch_all(&mut self.queries)).map_err(StoreError::sqlx("reading evidence"))?;
        Ok(rows.iter().map(|row| (row.get(0), (row.get::<i64, _>(1) != 0, row.get::<i64, _>(2) != 0))).collect())
    }

    /// The columns that a file of a stream had when it was last read by a run that ended.
    pub fn earlier_columns(&mut self, stream: StreamId, path: &str) -> Result<Option<Vec<String>>, StoreError> {
        let query = sqlx::query_scalar::<_, String>(
            "SELECT f.header FROM source_file f JOIN run r ON r.id = f.run_id
             WHERE f.stream_id = ? AND f.path = ? AND r.status IN ('done', 'unbalanced') ORDER BY f.id DESC LIMIT 1",
        );
        let header = self
            .runtime
            .block_on(query.bind(stream).bind(path).fetch_optional(&mut self.queries))
            .map_err(StoreError::sqlx("reading the files"))?;
        let columns = header.and_then(|header| serde_json::from_str::<serde_json::Value>(&header).ok());
        Ok(columns.and_then(|header| serde_json::from_value(header["columns"].clone()).ok()))
    }

    pub fn quarantine(&mut self) -> Result<Vec<QuarantineRow>, StoreError> {
        let query = sqlx::query_as(
            "SELECT q.source_record_id, s.system, s.stream, q.run_id, q.file, q.row, q.offset_bytes, q.key, q.column_name,
             q.reason_code, q.reason FROM quarantine q JOIN source_record r ON r.id = q.source_record_id
             JOIN source_stream s ON s.id = r.stream_id ORDER BY s.system, s.stream, q.file, q.row, q.source_record_id",
        );
        self.runtime.block_on(query.fetch_all(&mut self.queries)).map_err(StoreError::sqlx("reading the quarantine"))
    }

    /// The records of a system that wait for their patients, by payload.
    pub fn orphans(&mut self, system: &str) -> Result<Vec<StoredRecord>, StoreError> {
        self.stored_records("r.fate = 'quarantined' AND r.reason = 'orphan' AND r.id IN (SELECT source_record_id FROM quarantine) AND s.system = ?", |query| query.bind(system.to_owned()))
    }

    /// Records that a run decided anew from their kept payload, though its source does not hold them.
    pub fn decided_from_payload(&mut self, run: i64) -> Result<Vec<StoredRecord>, StoreError> {
        self.stored_records(
            "r.run_id = ? AND f.run_id <> r.run_id AND r.id IN (SELECT source_record_id FROM source_record_history WHERE run_id = ?)",
            |query| query.bind(run).bind(run),
        )
    }

    /// One source record with the place of its payload.
    pub fn stored_record(&mut self, id: i64) -> Result<Option<StoredRecord>, StoreError> {
        Ok(self.stored_records("r.id = ?", |query| query.bind(id))?.pop())
    }

    fn stored_records<'q>(
        &mut self,
        condition: &str,
        bind: impl FnOnce(
            sqlx::query::Query<'q, sqlx::Sqlite, sqlx::sqlite::SqliteArguments>,
        ) -> sqlx::query::Query<'q, sqlx::Sqlite, sqlx::sqlite::SqliteArguments>,
    ) -> Result<Vec<StoredRecord>, StoreError> {
        let sql = format!(
            "SELECT r.id, r.key_hash, r.ordinal, r.content_hash, r.fate, r.reason, r.run_id, r.charted, s.stream, p.file_id, f.path,
             f.header, r.payload_id, r.payload_index FROM source_record r JOIN source_stream s ON s.id = r.stream_id
             JOIN payload p ON p.id = r.payload_id JOIN source_file f ON f.id = p.file_id WHERE {condition}
             ORDER BY r.payload_id, r.payload_index"
        );
        let query = bind(sqlx::query(AssertSqlSafe(sql)));
        let rows = self
            .runtime
            .block_on(query.fetch_all(&mut self.queries))
            .map_err(StoreError::sqlx("reading the ledger"))?;
        rows.iter().map(stored_record).collect()
    }

    /// Files that wait with a quarantined record, by number.
    pub fn waiting_documents(&mut self, source_record: i64) -> Result<BTreeMap<usize, NamedBytes>, StoreError> {
        let query = sqlx::query("SELECT number, name, bytes FROM waiting_document WHERE source_record_id = ?")
            .bind(source_record);
        let rows = self
            .runtime
            .block_on(query.fetch_all(&mut self.queries))
            .map_err(StoreError::sqlx("reading waiting documents"))?;
        let mut documents = BTreeMap::new();
        for row in rows {
            documents.insert(row.get::<i64, _>(0) as usize, (row.get(1), unpacked(row.get(2))?));
        }
        Ok(documents)
    }

    /// The file name and the bytes of a document, where there are any.
    pub fn document_content(&mut self, document: ChartId) -> Result<Option<NamedBytes>, StoreError> {
        let sql = "SELECT c.encoding, c.bytes, coalesce(d.file_name, '') FROM document_content c
                   JOIN document_reference d ON d.id = c.document_id WHERE c.document_id = ?";
        let query = sqlx::query(sql).bind(document.as_str().to_owned());
        let row = self
            .runtime
            .block_on(query.fetch_optional(&mut self.queries))
            .map_err(StoreError::sqlx("reading a document"))?;
        let Some(row) = row else { return Ok(None) };
        let bytes: Vec<u8> = row.get(1);
        let bytes = if row.get::<&str, _>(0) == "zstd" { unpacked(&bytes)? } else { bytes };
        Ok(Some((row.get(2), bytes)))
    }

    /// All records of a payload frame.
    pub fn frame(&mut self, payload: i64) -> Result<Vec<KeptRecord>, StoreError> {
        let query = sqlx::query_scalar::<_, Vec<u8>>("SELECT bytes FROM payload WHERE id = ?").bind(payload);
        let bytes =
            self.runtime.block_on(query.fetch_one(&mut self.queries)).map_err(StoreError::sqlx("reading a payload"))?;
        read_frame(&bytes)
    }

    pub fn record(&mut self, id: i64) -> Result<Option<RecordRow>, StoreError> {
        let query = sqlx::query_as(AssertSqlSafe(format!("{RECORD} WHERE r.id = ?"))).bind(id);
        self.runtime.block_on(query.fetch_optional(&mut self.queries)).map_err(StoreError::sqlx("reading the ledger"))
    }

    /// The records of one key, in any stream of that name.
    pub fn records_of_key(&mut self, stream: &str, key: &[u8]) -> Result<Vec<RecordRow>, StoreError> {
        let sql = format!("{RECORD} WHERE s.stream = ? AND r.key_hash = ? ORDER BY r.id");
        let query = sqlx::query_as(AssertSqlSafe(sql)).bind(stream).bind(key);
        self.runtime.block_on(query.fetch_all(&mut self.queries)).map_err(StoreError::sqlx("reading the ledger"))
    }

    /// The records that were read from this row of a stream.
    pub fn records_of_row(&mut self, stream: &str, row: u64) -> Result<Vec<RecordRow>, StoreError> {
        let failed = StoreError::sqlx("reading the ledger");
        let query = sqlx::query(
            "SELECT p.id, p.bytes FROM payload p JOIN source_file f ON f.id = p.file_id JOIN source_stream s ON s.id = f.stream_id
             WHERE s.stream = ? AND p.first_row <= ? AND p.last_row >= ? ORDER BY p.id",
        );
        let query = query.bind(stream).bind(row as i64).bind(row as i64);
        let frames = self.runtime.block_on(query.fetch_all(&mut self.queries)).map_err(&failed)?;
        let mut found = Vec::new();
        for frame in frames {
            let payload: i64 = frame.get(0);
            let records = read_frame(frame.get(1))?;
            for (index, _) in records.iter().enumerate().filter(|(_, record)| record.row == row) {
                let sql = format!("{RECORD} WHERE r.payload_id = ? AND r.payload_index = ?");
                let query = sqlx::query_as(AssertSqlSafe(sql)).bind(payload).bind(index as i64);
                found.extend(self.runtime.block_on(query.fetch_all(&mut self.queries)).map_err(&failed)?);
            }
        }
        Ok(found)
    }

    /// The record as it came.
    pub fn payload(&mut self, payload: i64, index: i64) -> Result<PayloadPlace, StoreError> {
        let query = sqlx::query(
            "SELECT f.path, f.sha256, f.header, p.bytes FROM payload p JOIN source_file f ON f.id = p.file_id WHERE p.id = ?",
        );
        let row = self
            .runtime
            .block_on(query.bind(payload).fetch_one(&mut self.queries))
            .map_err(StoreError::sqlx("reading a payload"))?;
        let record = read_frame(row.get(3))?.into_iter().nth(index as usize);
        let record = record.ok_or(StoreError::Damaged { what: "a payload shorter than its ledger says".into() })?;
        Ok(PayloadPlace { path: row.get(0), sha256: row.get(1), header: row.get(2), record })
    }

    /// The non-empty columns of a chart row, as text.
    pub fn chart_row(&mut self, table: &str, id: &str) -> Result<Option<Vec<(String, String)>>, StoreError> {
        let sql = format!("SELECT * FROM {} WHERE id = ?", quoted(table));
        let query = sqlx::query(AssertSqlSafe(sql)).bind(id);
        let row = self
            .runtime
            .block_on(query.fetch_optional(&mut self.queries))
            .map_err(StoreError::sqlx("reading a chart row"))?;
        Ok(row.map(|row| {
            row.columns()
                .iter()
                .filter(|column| column.name() != "row_id")
                .filter_map(|column| Some((column.name().to_owned(), shown(&row, column.ordinal())?)))
                .collect()
        }))
    }

    /// The chart rows of a source record: record type and id.
    pub fn chart_of_record(
        &mut self,
        candidates: &[(RecordType, String)],
        source_record: i64,
    ) -> Result<Vec<(RecordType, String)>, StoreError> {
        let mut found = Vec::new();
        for (record, id) in candidates {
            let sql = format!("SELECT count(*) FROM {} WHERE id = ? AND source_record_id = ?", quoted(record.table()));
            let query = sqlx::query_scalar(AssertSqlSafe(sql)).bind(id).bind(source_record);
            let count: i64 = self
                .runtime
                .block_on(query.fetch_one(&mut self.queries))
                .map_err(StoreError::sqlx("reading a chart row"))?;
            if count > 0 {
                found.push((*record, id.clone()));
            }
        }
        Ok(found)
    }

    /// The identity that a source record registers, with its patient.
    pub fn identity_of_record(&mut self, source_record: i64) -> Result<Option<(String, String)>, StoreError> {
        let query =
            sqlx::query("SELECT id, patient_id FROM patient_identity WHERE source_record_id = ?").bind(source_record);
        let row = self
            .runtime
            .block_on(query.fetch_optional(&mut self.queries))
            .map_err(StoreError::sqlx("reading the crosswalk"))?;
        Ok(row.map(|row| (row.get(0), row.get(1))))
    }
}

fn unpacked(frame: &[u8]) -> Result<Vec<u8>, StoreError> {
    zstd::stream::decode_all(frame)
        .map_err(|_| StoreError::Damaged { what: "a document that cannot be unpacked".into() })
}

fn stored_record(row: &sqlx::sqlite::SqliteRow) -> Result<StoredRecord, StoreError> {
    let damaged = |what: &str| StoreError::Damaged { what: what.into() };
    let hash = |bytes: &[u8]| Hash128::from_slice(bytes).ok_or_else(|| damaged("a hash of another length"));
    Ok(StoredRecord {
        record: KnownRecord {
            id: row.get(0),
            key: hash(row.get(1))?,
            ordinal: row.get::<i64, _>(2) as u32,
            content: hash(row.get(3))?,
            fate: Fate::parse(row.get(4)).ok_or_else(|| damaged("a fate that is none"))?,
            reason: row.get::<Option<&str>, _>(5).and_then(IssueCode::parse),
            run: row.get(6),
            charted: row.get::<i64, _>(7) as u16,
        },
        stream: row.get(8),
        file: row.get(9),
        path: row.get(10),
        header: row.get(11),
        payload: row.get(12),
        payload_index: row.get(13),
    })
}

fn shown(row: &sqlx::sqlite::SqliteRow, index: usize) -> Option<String> {
    let raw = row.try_get_raw(index).ok()?;
    if raw.is_null() {
        return None;
    }
    match raw.type_info().name() {
        "INTEGER" => row.try_get::<i64, _>(index).ok().map(|number| number.to_string()),
        "REAL" => row.try_get::<f64, _>(index).ok().map(|number| number.to_string()),
        "BLOB" => None,
        _ => row.try_get::<String, _>(index).ok(),
    }
}

impl SqliteStore {
    /// Every row of a chart table as one JSON object a line, by id, without what depends on the store's history.
    pub fn dump(&mut self, table: &str) -> Result<String, StoreError> {
        let sql = format!("SELECT * FROM {} ORDER BY id", quoted(table));
        let query = sqlx::query(AssertSqlSafe(sql));
        let rows = self
            .runtime
            .block_on(query.fetch_all(&mut self.queries))
            .map_err(StoreError::sqlx("reading chart rows"))?;
        let mut text = String::new();
        for row in rows {
            let columns: serde_json::Map<String, serde_json::Value> = row
                .columns()
                .iter()
                .filter(|column| !["row_id", "source_record_id"].contains(&column.name()))
                .filter_map(|column| Some((column.name().to_owned(), shown(&row, column.ordinal())?.into())))
                .collect();
            text.push_str(&serde_json::Value::Object(columns).to_string());
            text.push('\n');
        }
        Ok(text)
    }
}
