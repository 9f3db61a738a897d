//! The load itself and whole-table scans, on rusqlite.
//!
//! Why a second binding beside sqlx: one writer must insert two to three rows per source record. sqlx sends every row
//! through a channel to its worker thread and copies each value; rusqlite binds straight to the prepared statement, and
//! leaves unset what is NULL, which most columns of a chart row are. Both use the same SQLite library. The connection here
//! is the only one that writes chart rows and ledger rows.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, Connection, OpenFlags, OptionalExtension, Statement, ToSql, params};

use super::super::digest::{ItemHash, ItemHasher};
use super::super::schema::before::last_number_sql;
use super::super::schema::{indexes, quoted};
use super::super::{
    BatchWrite, ChartWrite, FileWrite, RecordPlace, StoreDigest, StoreError, StreamId, StreamMapping, WaitingDocument,
};
use super::people::{write_people, write_rekey};
use super::{DateFlags, SqliteStore};
use crate::model::{ChartId, ColumnKind, IssueCode, RecordType, Value};

const CACHE_KIB: u32 = 64 << 10;

/// What is sorted for an index is sorted in pieces of this size, one while the next is gathered. Pieces that fit the
/// processor's cache are sorted nearly twice as fast as large ones: 5.6 million ids took 2.8 s so, 5.0 s in pieces of 64 MiB.
const SORTED_PIECE_KIB: u32 = 4 << 10;

pub(super) struct Bulk {
    pub(super) connection: Connection,
    pub(super) next_record: i64,
    pub(super) next_payload: i64,
    pub(super) rows: RowNumbers,
    inserts: HashMap<RecordType, String>,
    /// Several batches are one transaction.
    grouped: bool,
}

/// Gives rows of chart tables their numbers, none of them twice: a row that a run took out may come back to its own.
#[derive(Default)]
pub(super) struct RowNumbers(BTreeMap<&'static str, i64>);

impl RowNumbers {
    pub(super) fn next(&mut self, connection: &Connection, table: &'static str) -> rusqlite::Result<i64> {
        let last = match self.0.entry(table) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => {
                new.insert(connection.query_row(&last_number_sql(table, "row_id"), [], |row| row.get(0))?)
            }
        };
        *last += 1;
        Ok(*last)
    }
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Null => ToSqlOutput::Owned(rusqlite::types::Value::Null),
            Self::Integer(number) => ToSqlOutput::Owned((*number).into()),
            Self::Real(number) => ToSqlOutput::Owned((*number).into()),
            Self::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Self::Id(id) => ToSqlOutput::Borrowed(ValueRef::Text(id.as_str().as_bytes())),
        })
    }
}

impl ToSql for ChartId {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(ValueRef::Text(self.as_str().as_bytes())))
    }
}

pub(super) fn read_value(value: ValueRef<'_>, kind: ColumnKind) -> Value {
    match value {
        ValueRef::Integer(number) if kind == ColumnKind::Real => Value::Real(number as f64),
        ValueRef::Integer(number) => Value::Integer(number),
        ValueRef::Real(number) => Value::Real(number),
        ValueRef::Text(text) => Value::text(String::from_utf8_lossy(text).as_ref()),
        ValueRef::Null | ValueRef::Blob(_) => Value::Null,
    }
}

pub(super) fn read_id(value: ValueRef<'_>) -> Result<Option<ChartId>, StoreError> {
    match value {
        ValueRef::Null => Ok(None),
        ValueRef::Text(text) => match std::str::from_utf8(text).ok().and_then(ChartId::parse) {
            Some(id) => Ok(Some(id)),
            None => Err(StoreError::Damaged { what: "an id that is none".into() }),
        },
        _ => Err(StoreError::Damaged { what: "an id that is no text".into() }),
    }
}

impl Bulk {
    pub(super) fn open(path: &Path, read_only: bool) -> Result<Self, StoreError> {
        let failed = StoreError::rusqlite("opening");
        let connection = if read_only {
            let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
            let whole = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()).display().to_string();
            let escaped = whole.replace('%', "%25").replace('?', "%3f").replace('#', "%23");
            Connection::open_with_flags(format!("file:{escaped}?immutable=1"), flags)
        } else {
            Connection::open(path)
        }
        .map_err(&failed)?;
        connection
            .execute_batch(
                &format!(
                    "PRAGMA synchronous = NORMAL; PRAGMA cache_size = -{CACHE_KIB}; PRAGMA temp_store = FILE; PRAGMA threads = 1;
                     PRAGMA recursive_triggers = ON;
                     PRAGMA wal_autocheckpoint = 8000; PRAGMA busy_timeout = 5000;"
                ),
            )
            .map_err(&failed)?;
        connection.set_prepared_statement_cache_capacity(128);
        let (next_record, next_payload) = next_numbers(&connection)?;
        Ok(Self {
            connection,
            next_record,
            next_payload,
            rows: RowNumbers::default(),
            inserts: HashMap::new(),
            grouped: false,
        })
    }

    /// Moves everything from the write-ahead log into the store's file.
    pub(super) fn checkpoint_log(&self) -> Result<(), StoreError> {
        let failed = StoreError::rusqlite("writing back the log");
        self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).map_err(failed)
    }

    fn write(&mut self, run: i64, batch: &BatchWrite) -> Result<(), StoreError> {
        let failed = StoreError::rusqlite("writing a batch");
        let mut digest = batch.digest;
        let payload_id = self.next_payload;
        let first_record = self.next_record;
        let mut inserts = std::mem::take(&mut self.inserts);
        for write in &batch.chart {
            inserts.entry(write.row.record).or_insert_with(|| insert_sql(write.row.record));
        }
        self.inserts = inserts;
        // Outside a group this savepoint is the transaction; inside it is a part of the group's.
        let transaction = self.connection.savepoint().map_err(&failed)?;
        for rekey in &batch.rekeys {
            write_rekey(&transaction, rekey, &mut digest)?;
        }
        if let Some(payload) = &batch.payload {
            transaction
                .prepare_cached(
                    "INSERT INTO payload (id, file_id, records, first_row, last_row, bytes) VALUES (?, ?, ?, ?, ?, ?)",
                )
                .and_then(|mut insert| {
                    insert.execute(params![
                        payload_id,
                        payload.file,
                        payload.records as i64,
                        payload.first_row as i64,
                        payload.last_row as i64,
                        payload.bytes
                    ])
                })
                .map_err(&failed)?;
        }
        let (ids, next_record) =
            write_records(&transaction, run, batch, first_record, payload_id, &mut digest).map_err(&failed)?;
        let place = |place: RecordPlace| match place {
            RecordPlace::InBatch(index) => ids[index],
            RecordPlace::Known(id) => id,
        };
        write_chart(&transaction, run, batch, (&self.inserts, &mut self.rows), &place, &mut digest)?;
        write_people(&transaction, batch, &place, &mut self.rows).map_err(&failed)?;
        write_rest(&transaction, run, batch, &ids).map_err(&failed)?;
        add_to_digest(&transaction, digest)?;
        transaction.commit().map_err(&failed)?;
        self.next_record = next_record;
        self.next_payload += i64::from(batch.payload.is_some());
        Ok(())
    }
}

/// Numbers that the next source record and the next payload frame get.
pub(super) fn next_numbers(connection: &Connection) -> Result<(i64, i64), StoreError> {
    let next = |table: &str| {
        let last = connection.query_row(&last_number_sql(table, "id"), [], |row| row.get::<_, i64>(0));
        last.map(|last| last + 1).map_err(StoreError::rusqlite("reading the ledger"))
    };
    Ok((next("source_record")?, next("payload")?))
}

fn add_to_digest(connection: &Connection, change: StoreDigest) -> Result<(), StoreError> {
    let failed = StoreError::rusqlite("keeping the digest");
    let text: String = connection
        .query_row("SELECT value FROM store_meta WHERE name = 'digest'", [], |row| row.get(0))
        .map_err(&failed)?;
    let mut digest = StoreDigest::parse(&text).ok_or(StoreError::Damaged { what: "no digest".into() })?;
    digest.merge(change);
    connection
        .execute("UPDATE store_meta SET value = ? WHERE name = 'digest'", [digest.to_string()])
        .map(drop)
        .map_err(&failed)
}

/// Writes ledger rows; gives the id of each and the next free one.
fn write_records(
    connection: &Connection,
    run: i64,
    batch: &BatchWrite,
    first: i64,
    payload: i64,
    digest: &mut StoreDigest,
) -> rusqlite::Result<(Vec<i64>, i64)> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO source_record (id, stream_id, key_hash, ordinal, content_hash, fate, reason, run_id, payload_id, payload_index,
         charted) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )?;
    let mut next = first;
    let mut ids = Vec::with_capacity(batch.records.len());
    for record in &batch.records {
        digest.add(record.hash);
        if let Some(hash) = record.former_hash {
            digest.subtract(hash);
        }
        let (fate, reason) = (record.fate.as_str(), record.reason.map(IssueCode::as_str));
        match &record.replaces {
            None => {
                insert.execute(params![
                    next,
                    batch.stream,
                    record.key.0,
                    record.ordinal,
                    record.content.0,
                    fate,
                    reason,
                    run,
                    payload,
                    record.payload_index,
                    record.charted
                ])?;
                ids.push(next);
                next += 1;
            }
            Some(known) => {
                connection
                    .prepare_cached(
                        "INSERT INTO source_record_history
                         SELECT id, ?, content_hash, fate, reason, run_id, payload_id, payload_index FROM source_record WHERE id = ?",
                    )?
                    .execute(params![run, known.id])?;
                connection
                    .prepare_cached(
                        "UPDATE source_record SET ordinal = ?, content_hash = ?, fate = ?, reason = ?, run_id = ?, payload_id = ?, payload_index = ?,
                         charted = ? WHERE id = ?",
                    )?
                    .execute(params![
                        record.ordinal,record.content.0, fate, reason, run, payload, record.payload_index,
                        record.charted, known.id])?;
                connection.prepare_cached("DELETE FROM quarantine WHERE source_record_id = ?")?.execute([known.id])?;
                keep_waiting(connection, run, batch, ids.len(), known.id)?;
                ids.push(known.id);
            }
        }
    }
    Ok((ids, next))
}

/// What waited with a record that is written again goes on waiting where the record says so; else it goes into the history.
fn keep_waiting(connection: &Connection, run: i64, batch: &BatchWrite, record: usize, id: i64) -> rusqlite::Result<()> {
    let mut select =
        connection.prepare_cached("SELECT number, name FROM waiting_document WHERE source_record_id = ?")?;
    let waiting = select.query_map([id], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)))?;
    for entry in waiting.collect::<Result<Vec<_>, _>>()? {
        let (number, name) = &entry;
        let says = |w: &&WaitingDocument| w.record == record && w.number as i64 == *number && w.name == *name;
        if batch.waiting.iter().find(says).is_some_and(|waiting| waiting.bytes.is_none()) {
            continue;
        }
        connection
            .prepare_cached(
                "INSERT INTO document_history SELECT 'source_record:' || source_record_id, ?1, NULL, length(bytes), '', 'zstd', bytes
                 FROM waiting_document WHERE source_record_id = ?2 AND number = ?3",
            )?
            .execute(params![run, id, number])?;
        connection
            .prepare_cached("DELETE FROM waiting_document WHERE source_record_id = ? AND number = ?")?
            .execute(params![id, number])?;
    }
    Ok(())
}

pub(super) fn insert_sql(record: RecordType) -> String {
    let columns: Vec<String> = record.columns().iter().map(|column| quoted(column.name)).collect();
    let marks = vec!["?"; columns.len() + 5].join(", ");
    format!(
        "INSERT INTO {} (id, identity_id, patient_id, source_record_id, row_id, {}) VALUES ({marks})",
        quoted(record.table()),
        columns.join(", ")
    )
}

/// Binds what is there and leaves the rest NULL.
pub(super) fn insert_row(
    insert: &mut Statement<'_>,
    row: &crate::model::ChartRow,
    source_record: i64,
    number: i64,
) -> rusqlite::Result<()> {
    insert.clear_bindings();
    insert.raw_bind_parameter(1, row.id)?;
    if let Some(identity) = row.identity {
        insert.raw_bind_parameter(2, identity)?;
    }
    if let Some(patient) = row.patient {
        insert.raw_bind_parameter(3, patient)?;
    }
    insert.raw_bind_parameter(4, source_record)?;
    insert.raw_bind_parameter(5, number)?;
    for (index, value) in row.values.iter().enumerate().filter(|(_, value)| !value.is_null()) {
        insert.raw_bind_parameter(index + 6, value)?;
    }
    insert.raw_execute().map(drop)
}

fn write_chart(
    connection: &Connection,
    run: i64,
    batch: &BatchWrite,
    (inserts, rows): (&HashMap<RecordType, String>, &mut RowNumbers),
    place: &impl Fn(RecordPlace) -> i64,
    digest: &mut StoreDigest,
) -> Result<(), StoreError> {
    let failed = StoreError::rusqlite("writing chart rows");
    let mut former: HashSet<(RecordType, ChartId)> =
        batch.former.iter().map(|former| (former.record, former.id)).collect();
    // One look-up per record type: the statement's text is long, and looking it up hashes it.
    let mut statements: BTreeMap<RecordType, CachedStatement<'_>> = BTreeMap::new();
    for write in &batch.chart {
        let record = write.row.record;
        let is_former = !former.is_empty() && former.remove(&(record, write.row.id));
        if is_former && keep_or_remove(connection, run, batch, write, digest)? {
            continue;
        }
        digest.add(write.hash);
        let insert = match statements.entry(record) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(connection.prepare_cached(&inserts[&record]).map_err(&failed)?),
        };
        let number = rows.next(connection, record.table()).map_err(&failed)?;
        insert_row(insert, &write.row, place(write.record), number).map_err(&failed)?;
    }
    let mut gone: Vec<_> = former.into_iter().collect();
    gone.sort_unstable();
    for (record, id) in gone {
        if let Some(hash) = stored_hash(connection, record, id)? {
            digest.subtract(hash);
            remove(connection, run, batch, record, id)?;
        }
    }
    Ok(())
}

/// Whether the chart already holds this row as it is; a row that differs is taken out.
fn keep_or_remove(
    connection: &Connection,
    run: i64,
    batch: &BatchWrite,
    write: &ChartWrite,
    digest: &mut StoreDigest,
) -> Result<bool, StoreError> {
    let Some(hash) = stored_hash(connection, write.row.record, write.row.id)? else { return Ok(false) };
    if hash == write.hash {
        return Ok(true);
    }
    digest.subtract(hash);
    remove(connection, run, batch, write.row.record, write.row.id)?;
    Ok(false)
}

/// Takes a chart row out. What its document held stays with it, or goes into the history.
fn remove(
    connection: &Connection,
    run: i64,
    batch: &BatchWrite,
    record: RecordType,
    id: ChartId,
) -> Result<(), StoreError> {
    let failed = StoreError::rusqlite("replacing a chart row");
    let sql = format!("DELETE FROM {} WHERE id = ?", quoted(record.table()));
    connection.prepare_cached(&sql).and_then(|mut delete| delete.execute(params![id])).map(drop).map_err(&failed)?;
    if record == RecordType::DocumentReference && !batch.kept_contents.contains(&id) {
        let keep = "INSERT INTO document_history SELECT document_id, ?2, mime_type, size_bytes, sha256, encoding, bytes
                    FROM document_content WHERE document_id = ?1";
        if !batch.waiting_contents.contains(&id) {
            connection.prepare_cached(keep).and_then(|mut keep| keep.execute(params![id, run])).map_err(&failed)?;
        }
        connection
            .prepare_cached("DELETE FROM document_content WHERE document_id = ?")
            .and_then(|mut delete| delete.execute(params![id]))
            .map(drop)
            .map_err(&failed)?;
    }
    Ok(())
}

pub(super) fn stored_hash(
    connection: &Connection,
    record: RecordType,
    id: ChartId,
) -> Result<Option<ItemHash>, StoreError> {
    let failed = StoreError::rusqlite("reading a chart row");
    let columns: Vec<String> = record.columns().iter().map(|column| quoted(column.name)).collect();
    let sql = format!("SELECT identity_id, {} FROM {} WHERE id = ?", columns.join(", "), quoted(record.table()));
    let mut select = connection.prepare_cached(&sql).map_err(&failed)?;
    let mut rows = select.query(params![id]).map_err(&failed)?;
    let Some(row) = rows.next().map_err(&failed)? else { return Ok(None) };
    let identity = read_id(row.get_ref(0).map_err(&failed)?)?;
    let mut values = Vec::with_capacity(record.columns().len());
    for (index, column) in record.columns().iter().enumerate() {
        values.push(read_value(row.get_ref(index + 1).map_err(&failed)?, column.kind));
    }
    Ok(Some(ItemHasher::default().chart_parts(record, id, identity, &values)))
}

fn write_rest(connection: &Connection, run: i64, batch: &BatchWrite, ids: &[i64]) -> rusqlite::Result<()> {
    let former: HashSet<ChartId> = batch.former.iter().map(|former| former.id).collect();
    for document in &batch.documents {
        if former.contains(&document.document) {
            connection
                .prepare_cached("DELETE FROM document_content WHERE document_id = ?")?
                .execute(params![document.document])?;
        }
        let encoding = if document.compressed { "zstd" } else { "plain" };
        connection.prepare_cached("INSERT INTO document_content VALUES (NULL, ?, ?, ?, ?, ?, ?)")?.execute(params![
            document.document,
            document.mime_type,
            document.size_bytes as i64,
            document.sha256,
            encoding,
            document.bytes
        ])?;
    }
    for waiting in batch.waiting.iter().filter(|waiting| waiting.bytes.is_some()) {
        connection
            .prepare_cached("INSERT OR REPLACE INTO waiting_document VALUES (NULL, ?, ?, ?, ?)")?
            .execute(params![ids[waiting.record], waiting.number as i64, waiting.name, waiting.bytes])?;
    }
    for row in &batch.quarantine {
        connection
            .prepare_cached("INSERT OR REPLACE INTO quarantine VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?)")?
            .execute(params![
                ids[row.record],
                run,
                row.file,
                row.row as i64,
                row.offset_bytes as i64,
                row.key,
                row.column,
                row.reason_code.as_str(),
                row.reason
            ])?;
    }
    for review in &batch.reviews {
        // A question that was asked is not asked again; a conflict takes the place of what was settled.
        let sql = "INSERT INTO match_review VALUES (NULL, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO UPDATE SET
                   run_id = ?3, weight = ?4, probability = ?5, reason = ?6, evidence = ?7, status = ?8
                   WHERE ?8 = 'conflict' AND status <> 'conflict'";
        let status = if review.conflict { "conflict" } else { "open" };
        connection.prepare_cached(sql)?.execute(params![
            review.left,
            review.right,
            run,
            review.weight,
            review.probability,
            review.reason,
            review.evidence,
            status
        ])?;
    }
    if let Some(checkpoint) = &batch.checkpoint {
        connection.prepare_cached("INSERT OR REPLACE INTO checkpoint VALUES (?, ?, ?, ?)")?.execute(params![
            run,
            batch.stream,
            checkpoint.file_sha256,
            checkpoint.last_row as i64
        ])?;
    }
    Ok(())
}

impl SqliteStore {
    /// From here to [`Self::commit_group`] all batches become visible together. A group that is not committed is undone when
    /// the store is closed or the process ends.
    pub fn begin_group(&mut self) -> Result<(), StoreError> {
        self.bulk.grouped = true;
        self.bulk.connection.execute_batch("BEGIN IMMEDIATE").map_err(StoreError::rusqlite("beginning a group"))
    }

    pub fn commit_group(&mut self) -> Result<(), StoreError> {
        self.bulk.grouped = false;
        self.bulk.connection.execute_batch("COMMIT").map_err(StoreError::rusqlite("committing a group"))
    }

    /// Undoes an open group.
    pub fn abandon_group(&mut self) -> Result<(), StoreError> {
        if !std::mem::take(&mut self.bulk.grouped) {
            return Ok(());
        }
        self.bulk.connection.execute_batch("ROLLBACK").map_err(StoreError::rusqlite("undoing a group"))
    }

    /// Copies the store into a new file.
    pub fn copy_to(&self, path: &Path) -> Result<(), StoreError> {
        let failed = StoreError::rusqlite("copying the store");
        self.bulk.connection.execute("VACUUM INTO ?", [path.display().to_string()]).map(drop).map_err(failed)
    }

    /// Writes a batch: all of it, or nothing.
    pub fn write(&mut self, run: i64, batch: &BatchWrite) -> Result<(), StoreError> {
        self.bulk.write(run, batch)
    }

    /// The number of a stream, new or known.
    pub fn stream_id(&mut self, system: &str, stream: &str) -> Result<StreamId, StoreError> {
        let failed = StoreError::rusqlite("naming a stream");
        let connection = &self.bulk.connection;
        let select = "SELECT id FROM source_stream WHERE system = ? AND stream = ?";
        let known = || connection.query_row(select, [system, stream], |row| row.get(0)).optional().map_err(&failed);
        if let Some(id) = known()? {
            return Ok(id);
        }
        let id = format!("{} + 1", last_number_sql("source_stream", "id"));
        let insert = format!("INSERT INTO source_stream (id, system, stream) SELECT ({id}), ?, ?");
        connection.execute(&insert, [system, stream]).map_err(&failed)?;
        known()?.ok_or_else(|| StoreError::Damaged { what: "a stream that was just named".into() })
    }

    /// Keeps what the dates of a column prove; in an open group, with the group.
    pub fn put_column_evidence(&mut self, stream: StreamId, column: &str, flags: DateFlags) -> Result<(), StoreError> {
        let failed = StoreError::rusqlite("keeping evidence");
        let sql = "INSERT INTO column_evidence VALUES (NULL, ?, ?, ?, ?) ON CONFLICT (stream_id, column_name) DO UPDATE SET
                   day_first = max(day_first, excluded.day_first), month_first = max(month_first, excluded.month_first)";
        self.bulk.connection.execute(sql, params![stream, column, flags.0, flags.1]).map(drop).map_err(failed)
    }

    /// What a stream's charted records were last mapped with.
    pub fn stream_mapping(&self, stream: StreamId) -> Result<StreamMapping, StoreError> {
        let failed = StoreError::rusqlite("reading a stream");
        let select = "SELECT mapping FROM source_stream WHERE id = ?";
        let text: String = self.bulk.connection.query_row(select, [stream], |row| row.get(0)).map_err(&failed)?;
        serde_json::from_str(&text).map_err(|_| StoreError::Damaged { what: "a stream's mapping".into() })
    }

    pub fn put_stream_mapping(&mut self, stream: StreamId, mapping: &StreamMapping) -> Result<(), StoreError> {
        let failed = StoreError::rusqlite("noting a stream's mapping");
        let text = serde_json::to_string(mapping).unwrap_or_default();
        let update = "UPDATE source_stream SET mapping = ? WHERE id = ? AND mapping <> ?1";
        self.bulk.connection.execute(update, params![text, stream]).map(drop).map_err(failed)
    }

    /// Notes a file of this run; the same file of a resumed run keeps its number.
    pub fn file_id(&mut self, run: i64, stream: StreamId, file: &FileWrite) -> Result<i64, StoreError> {
        let failed = StoreError::rusqlite("noting a file");
        let connection = &self.bulk.connection;
        connection
            .query_row(
                "INSERT INTO source_file (run_id, stream_id, path, sha256, size_bytes, records, header) VALUES (?, ?, ?, ?, ?, ?, ?)
                 ON CONFLICT DO UPDATE SET sha256 = excluded.sha256, size_bytes = excluded.size_bytes,
                 records = excluded.records, header = excluded.header RETURNING id",
                params![run, stream, file.path, file.sha256, file.size_bytes as i64, file.records as i64, file.header],
                |row| row.get(0),
            )
            .map_err(&failed)
    }

    /// Takes the indexes away before a load that is larger than what is there; [`Self::ensure_indexes`] makes them again.
    pub fn drop_indexes(&mut self) -> Result<(), StoreError> {
        let failed = StoreError::rusqlite("dropping indexes");
        for (name, ..) in indexes() {
            self.bulk.connection.execute(&format!("DROP INDEX IF EXISTS {}", quoted(&name)), []).map_err(&failed)?;
        }
        Ok(())
    }

    pub fn ensure_indexes(&mut self, mut progress: impl FnMut(&str)) -> Result<(), StoreError> {
        let failed = StoreError::rusqlite("making indexes");
        let connection = &self.bulk.connection;
        // SQLite takes the size of the pieces from the size of the cache.
        let cache = |kib: u32| connection.execute_batch(&format!("PRAGMA cache_size = -{kib}")).map_err(&failed);
        cache(SORTED_PIECE_KIB)?;
        for (name, _, statement) in indexes() {
            progress(&name);
            connection.execute(&statement, []).map_err(&failed)?;
        }
        cache(CACHE_KIB)?;
        connection.execute_batch("PRAGMA optimize").map_err(&failed)
    }

    /// Keeps a part of a file that is no table.
    pub fn write_kept_file_part(&mut self, source_record: i64, part: i64, bytes: &[u8]) -> Result<(), StoreError> {
        let failed = StoreError::rusqlite("keeping a file");
        self.bulk
            .connection
            .prepare_cached("INSERT OR REPLACE INTO kept_file VALUES (?, ?, ?)")
            .and_then(|mut insert| insert.execute(params![source_record, part, bytes]))
            .map(drop)
            .map_err(failed)
    }

    /// Id that the next new source record will get.
    pub fn next_record_id(&self) -> i64 {
        self.bulk.next_record
    }
}
