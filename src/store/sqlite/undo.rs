//! Taking runs back: what a run appended goes, what it changed becomes what it was.
//!
//! Each table is put back row by row, numbers included: rows behind the run's mark were added by it, and the first state of every
//! other row it touched stands in the table's `..._before`. So undo knows nothing of what the rows mean.

use rusqlite::{Connection, OptionalExtension, params};

use super::super::schema::before::{Tracked, tracked};
use super::super::schema::quoted;
use super::super::{StoreDigest, StoreError};
use super::SqliteStore;
use super::bulk::{RowNumbers, next_numbers};
use crate::model::RecordType;

/// Why a later run cannot stand without an earlier one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Needs {
    /// It read the same source system and compared it with what the earlier one loaded.
    SameSystem(String),
    /// It changed rows that the earlier one wrote.
    Rows(u64),
    /// It gave registrations to patients that the earlier one made or changed.
    Patients(u64),
    /// It weighed people against those of the earlier one, who might have been the same.
    People(u64),
}

/// What was taken back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UndoCounts {
    pub source_records: u64,
    pub chart_rows: u64,
    /// Rows, of whatever kind, that are again as they were.
    pub restored: u64,
}

/// The rows that a run appended to a table: those with numbers above the first and up to the second.
pub(super) type Reach = (i64, i64);

impl SqliteStore {
    /// Whether the store kept what undoing this run takes: it did not in runs of a format before 3.
    pub fn keeps_what_was_before(&self, run: i64) -> Result<bool, StoreError> {
        let sql = "SELECT count(*) FROM run_mark WHERE run_id = ?";
        let failed = StoreError::rusqlite("reading a run");
        self.bulk.connection.query_row(sql, [run], |row| Ok(row.get::<_, i64>(0)? > 0)).map_err(failed)
    }

    /// Whether a later run wrote anything that is still there, and whether it stands on an earlier one, as their rows tell.
    pub fn needs(&self, later: i64, earlier: i64) -> Result<(bool, Option<Needs>), StoreError> {
        needs(&self.bulk.connection, later, earlier).map_err(StoreError::rusqlite("comparing two runs"))
    }

    /// The numbers of the rows that a run added to a table: above the first, up to the second.
    pub(super) fn rows_of_run(&self, table: &str, run: i64) -> Result<Reach, StoreError> {
        reach(&self.bulk.connection, table, run).map_err(StoreError::rusqlite("reading a run"))
    }

    /// Takes runs back, the latest first, as one transaction, and notes it as a run of its own, whose number it gives.
    pub fn undo(&mut self, runs: &[i64], plan: &str, now: &str) -> Result<(i64, UndoCounts), StoreError> {
        let failed = StoreError::rusqlite("undoing a run");
        let before = self.digest()?;
        let tables = tracked();
        let transaction = self.bulk.connection.transaction().map_err(&failed)?;
        let mut counts = UndoCounts::default();
        let mut digest = before;
        // What is put back is no change of a run.
        let triggers: String = tables.iter().map(Tracked::drop_triggers).collect();
        transaction.execute_batch(&triggers).map_err(&failed)?;
        for run in runs {
            let (began, ended) = digests_around(&transaction, *run, before)?;
            digest.merge(began);
            digest.subtract_all(ended);
            undo_run(&transaction, *run, &tables, &mut counts).map_err(&failed)?;
        }
        let triggers: String = tables.iter().map(Tracked::triggers).collect();
        transaction.execute_batch(&triggers).map_err(&failed)?;
        // A run that was cut off and stands cannot go on: what it compared with is gone. What it wrote is known to the next one.
        let overtaken = "UPDATE run SET status = 'superseded' WHERE status = 'running'";
        transaction.execute(overtaken, []).map_err(&failed)?;
        let set = "UPDATE store_meta SET value = ? WHERE name = 'digest'";
        transaction.execute(set, [digest.to_string()]).map_err(&failed)?;
        let number: i64 = transaction
            .query_row(
                "INSERT INTO run (command, plan, plan_key, status, as_of, started, finished, digest_before, digest_after, reported)
                 VALUES ('undo', ?1, '', 'done', ?2, ?2, ?2, ?3, ?4, 1) RETURNING id",
                params![plan, now, before.to_string(), digest.to_string()],
                |row| row.get(0),
            )
            .map_err(&failed)?;
        transaction.commit().map_err(&failed)?;
        (self.bulk.next_record, self.bulk.next_payload) = next_numbers(&self.bulk.connection)?;
        self.bulk.rows = RowNumbers::default();
        // A first load that was cut off left none. The undo is done, whatever becomes of this; the next run makes up for it.
        let tidied = self.ensure_indexes(|_| {}).and_then(|()| self.bulk.checkpoint_log());
        if let Err(error) = tidied {
            tracing::warn!(%error, "the run is undone, but indexes could not be made");
        }
        Ok((number, counts))
    }
}

/// The digest as a run began, and as the next one did.
fn digests_around(
    connection: &Connection,
    run: i64,
    current: StoreDigest,
) -> Result<(StoreDigest, StoreDigest), StoreError> {
    let failed = StoreError::rusqlite("reading the digest of a run");
    let sql = "SELECT digest_before FROM run WHERE id >= ? ORDER BY id LIMIT 2";
    let mut select = connection.prepare_cached(sql).map_err(&failed)?;
    let found = select.query_map([run], |row| row.get::<_, String>(0)).map_err(&failed)?;
    let mut around = Vec::new();
    for text in found {
        let digest = StoreDigest::parse(&text.map_err(&failed)?);
        around.push(digest.ok_or_else(|| StoreError::Damaged { what: "a run without its digest".into() })?);
    }
    let began = around.first().copied().ok_or(StoreError::NoRun { run })?;
    Ok((began, around.get(1).copied().unwrap_or(current)))
}

fn reach(connection: &Connection, table: &str, run: i64) -> rusqlite::Result<Reach> {
    let mark = "SELECT last_row FROM run_mark WHERE table_name = ? AND run_id = ?";
    let next = "SELECT last_row FROM run_mark WHERE table_name = ? AND run_id > ? ORDER BY run_id LIMIT 1";
    let one = |sql: &str| -> rusqlite::Result<Option<i64>> {
        connection.prepare_cached(sql)?.query_row(params![table, run], |row| row.get(0)).optional()
    };
    // Without a mark nothing is known to be the run's.
    let first = one(mark)?.unwrap_or(i64::MAX);
    Ok((first, one(next)?.unwrap_or(i64::MAX)))
}

fn undo_run(connection: &Connection, run: i64, tables: &[Tracked], counts: &mut UndoCounts) -> rusqlite::Result<()> {
    for (table, sql) in [
        ("source_record", "DELETE FROM kept_file WHERE source_record_id > ? AND source_record_id <= ?"),
        // A frame may hold records of an earlier run's file, which this run loaded from its own payload.
        ("payload", "DELETE FROM payload WHERE id > ? AND id <= ?"),
    ] {
        let (first, last) = reach(connection, table, run)?;
        connection.execute(sql, [first, last])?;
    }
    for sql in [
        "DELETE FROM source_file WHERE run_id = ?",
        "DELETE FROM source_record_history WHERE run_id = ?",
        "DELETE FROM document_history WHERE run_id = ?",
        "DELETE FROM checkpoint WHERE run_id = ?",
    ] {
        connection.execute(sql, [run])?;
    }
    // Streams come last: column evidence refers to them.
    let streams = |table: &&Tracked| table.table == "source_stream";
    for table in tables.iter().filter(|table| !streams(table)).chain(tables.iter().filter(streams)) {
        undo_table(connection, run, table, counts)?;
    }
    connection.execute("UPDATE run SET status = 'undone' WHERE id = ?", [run]).map(drop)
}

fn undo_table(connection: &Connection, run: i64, table: &Tracked, counts: &mut UndoCounts) -> rusqlite::Result<()> {
    let (name, before, key, columns) = (quoted(&table.table), table.before(), table.key, table.names(""));
    let (first, last) = reach(connection, &table.table, run)?;
    let removed = if table.table == "source_stream" {
        // A run that wrote nothing may have read it since; then it is as new.
        let read = "EXISTS (SELECT 1 FROM source_file f WHERE f.stream_id = source_stream.id)";
        let new = "UPDATE source_stream SET mapping = '{\"hash\":\"\",\"ever\":[]}' WHERE id > ? AND id <= ?";
        connection.execute(new, [first, last])?;
        connection
            .execute(&format!("DELETE FROM source_stream WHERE id > ? AND id <= ? AND NOT {read}"), [first, last])?
    } else if (first, last) == (0, i64::MAX) {
        // Everything at once: SQLite drops whole pages where nothing is said of single rows.
        connection.execute(&format!("DELETE FROM {name}"), [])?
    } else {
        connection.execute(&format!("DELETE FROM {name} WHERE {key} > ? AND {key} <= ?"), [first, last])?
    };
    match table.table.as_str() {
        "source_record" => counts.source_records += removed as u64,
        table if RecordType::ALL.iter().any(|record| record.table() == table) => counts.chart_rows += removed as u64,
        _ => {}
    }
    // A row may have taken the number or the id of one that it replaced.
    let restore = format!(
        "INSERT OR REPLACE INTO {name} ({columns}) SELECT {columns} FROM {before} WHERE run_id_before = ? ORDER BY {key}"
    );
    counts.restored += connection.execute(&restore, [run])? as u64;
    connection.execute(&format!("DELETE FROM {before} WHERE run_id_before = ?"), [run]).map(drop)
}

fn count(connection: &Connection, sql: &str, values: &[i64]) -> rusqlite::Result<u64> {
    let mut select = connection.prepare_cached(sql)?;
    select.query_row(rusqlite::params_from_iter(values), |row| row.get::<_, i64>(0)).map(|count| count as u64)
}

fn needs(connection: &Connection, later: i64, earlier: i64) -> rusqlite::Result<(bool, Option<Needs>)> {
    let mut rows = 0;
    let mut wrote = false;
    for table in tracked() {
        let (name, before, key) = (quoted(&table.table), table.before(), table.key);
        let (first, last) = reach(connection, &table.table, later)?;
        let added = format!("SELECT EXISTS (SELECT 1 FROM {name} WHERE {key} > ? AND {key} <= ?)");
        let changed = format!("SELECT count(*) FROM {before} WHERE run_id_before = ?");
        let changed = count(connection, &changed, &[later])?;
        wrote |= changed > 0 || count(connection, &added, &[first, last])? > 0;
        if changed > 0 {
            let (first, last) = reach(connection, &table.table, earlier)?;
            let sql = format!(
                "SELECT count(*) FROM {before} AS b WHERE b.run_id_before = ? AND ((b.{key} > ? AND b.{key} <= ?)
                 OR EXISTS (SELECT 1 FROM {before} AS c WHERE c.run_id_before = ? AND c.{key} = b.{key}))"
            );
            rows += count(connection, &sql, &[later, first, last, earlier])?;
        }
    }
    if !wrote {
        return Ok((false, None));
    }
    let same = "SELECT json_extract(l.plan, '$.system') FROM run l, run e WHERE l.id = ? AND e.id = ?
                AND json_extract(l.plan, '$.system') = json_extract(e.plan, '$.system')";
    let same: Option<String> = connection.query_row(same, [later, earlier], |row| row.get(0)).optional()?;
    if let Some(system) = same {
        return Ok((true, Some(Needs::SameSystem(system))));
    }
    if rows > 0 {
        return Ok((true, Some(Needs::Rows(rows))));
    }
    let touched = |run: i64| -> rusqlite::Result<(String, Vec<i64>)> {
        let (first, last) = reach(connection, "patient_identity", run)?;
        let sql = "SELECT patient_id FROM patient_identity WHERE row_id > ? AND row_id <= ?
                   UNION SELECT patient_id FROM patient_identity_before WHERE run_id_before = ?
                   UNION SELECT patient_id FROM patient_identity
                   WHERE id IN (SELECT id FROM patient_identity_before WHERE run_id_before = ?)";
        Ok((sql.into(), vec![first, last, run, run]))
    };
    let ((of_later, mut values), (of_earlier, more)) = (touched(later)?, touched(earlier)?);
    values.extend(more);
    let sql = format!("SELECT count(*) FROM (SELECT * FROM ({of_later}) INTERSECT SELECT * FROM ({of_earlier}))");
    let patients = count(connection, &sql, &values)?;
    Ok((true, (patients > 0).then_some(Needs::Patients(patients))))
}
