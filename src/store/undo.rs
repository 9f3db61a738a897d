//! Taking runs back: what a run appended goes, what it changed becomes what it was.
//!
//! Each table is put back row by row, numbers included: rows with numbers of the run's blocks were added by it, and the first state
//! of every other row it touched stands in the table's `..._before`. So undo knows nothing of what the rows mean.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::database::Row;
use super::recount::joined;
use super::schema::before::{Tracked, tracked};
use super::schema::quoted;
use super::{EhrStore, StoreDigest, StoreError};
use crate::model::{ChartId, RecordType};

/// Why a later run cannot stand without an earlier one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Needs {
    /// It read the same source system and compared it with what the earlier one loaded.
    SameSystem(String),
    /// It changed rows that the earlier one wrote.
    Rows(u64),
    /// It gave registrations to patients that the earlier one made or changed.
    Patients(u64),
    /// In it a person decided about registrations of the earlier one.
    Decided(u64),
    /// It weighed people against those of the earlier one, who might have been the same.
    People(u64),
    /// It linked people, and would have linked them otherwise.
    Linked,
}

/// Whether a table's rows are facts about people.
pub(super) fn has_patient(table: &str) -> bool {
    let record = RecordType::ALL.iter().find(|record| record.table() == table);
    record.is_some_and(|record| record.is_about_a_patient() && *record != RecordType::Patient)
}

/// What was taken back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UndoCounts {
    pub source_records: u64,
    pub chart_rows: u64,
    /// Rows, of whatever kind, that are again as they were.
    pub restored: u64,
}

const DOING: &str = "undoing a run";
const COMPARING: &str = "comparing two runs";

impl EhrStore {
    /// Whether the store kept what undoing this run takes: it did not in runs of a format before 3.
    pub fn keeps_what_was_before(&self, run: i64) -> Result<bool, StoreError> {
        let sql = "SELECT count(*) FROM run WHERE id = ? AND digest_change IS NOT NULL";
        Ok(self.database.count(sql, &[run.into()])? > 0)
    }

    /// Keeps everybody else out until the store is closed: who loads relies on what is there.
    pub fn claim_alone(&self) -> Result<(), StoreError> {
        self.database.claim_alone()
    }

    /// Where each run stands in the order in which people were linked; runs without people are not in it.
    pub fn order_of_people(&self) -> Result<BTreeMap<i64, i64>, StoreError> {
        let sql = "SELECT run_id, max(first_row) FROM run_block WHERE table_name = 'patient_identity' GROUP BY run_id";
        let read = |row: &dyn Row| Ok((row.integer(0)?, row.integer(1)?));
        Ok(self.database.query_all(COMPARING, sql, &[], read)?.into_iter().collect())
    }

    /// Takes runs back, the latest first, in the open group, and notes it as a run of its own, whose number it gives.
    pub fn undo(&mut self, runs: &[i64], plan: &str, now: &str) -> Result<(i64, UndoCounts), StoreError> {
        self.transaction(|store| {
            store.database.make_durable()?;
            let before = store.digest()?.to_string();
            store.drop_match_index()?;
            // What is put back is no change of a run.
            store.database.set_active_run(None)?;
            let tables = tracked();
            let mut counts = UndoCounts::default();
            for run in runs {
                store.undo_run(*run, &tables, &mut counts)?;
            }
            // A run that was cut off and stands cannot go on: what it compared with is gone. What it wrote is known to the next one.
            let overtaken = "UPDATE run SET status = 'superseded' WHERE status = 'running'";
            store.database.execute(DOING, overtaken, &[])?;
            let after = store.digest()?.to_string();
            let note = "INSERT INTO run (command, system, plan, plan_key, status, as_of, started, finished, digest_before, digest_after,
                 digest_change, reported) VALUES ('undo', '', ?1, '', 'done', ?2, ?2, ?2, ?3, ?4, ?5, 1) RETURNING id";
            let nothing = StoreDigest::default().to_string();
            let values = [plan.into(), now.into(), (&before).into(), (&after).into(), (&nothing).into()];
            let number = store.database.query_one(DOING, note, &values, |row| row.integer(0))?;
            Ok((number.unwrap_or_default(), counts))
        })
    }

    /// Makes what was taken back the store's state.
    pub fn commit_undo(&mut self) -> Result<(), StoreError> {
        self.commit_group()?;
        self.numbers.forget();
        // A first load that was cut off left none. The undo is done, whatever becomes of this; the next run makes up for it.
        if let Err(error) = self.ensure_indexes() {
            tracing::warn!(%error, "the run is undone, but indexes could not be made");
        }
        Ok(())
    }

    fn undo_run(&mut self, run: i64, tables: &[Tracked], counts: &mut UndoCounts) -> Result<(), StoreError> {
        for (first, last) in joined(self.blocks("source_record", run)?) {
            let sql = "DELETE FROM kept_file WHERE source_record_id BETWEEN ? AND ?";
            self.database.execute(DOING, sql, &[first.into(), last.into()])?;
        }
        // A frame may hold records of an earlier run's file, which this run loaded from its own payload.
        for (first, last) in joined(self.blocks("payload", run)?) {
            let sql = "DELETE FROM payload WHERE id BETWEEN ? AND ?";
            self.database.execute(DOING, sql, &[first.into(), last.into()])?;
        }
        for sql in [
            "DELETE FROM source_file WHERE run_id = ?",
            "DELETE FROM source_record_history WHERE run_id = ?",
            "DELETE FROM document_history WHERE run_id = ?",
            "DELETE FROM checkpoint WHERE run_id = ?",
            "DELETE FROM run_matching WHERE run_id = ?",
        ] {
            self.database.execute(DOING, sql, &[run.into()])?;
        }
        self.note_moved(run, tables)?;
        // Streams come last: column evidence refers to them.
        let streams = |table: &&Tracked| table.table == "source_stream";
        for table in tables.iter().filter(|table| !streams(table)).chain(tables.iter().filter(streams)) {
            self.undo_table(run, table, counts)?;
        }
        self.follow_crosswalk()?;
        let undone = "UPDATE run SET status = 'undone', digest_change = ? WHERE id = ?";
        let nothing = StoreDigest::default().to_string();
        self.database.execute(DOING, undone, &[(&nothing).into(), run.into()]).map(drop)
    }

    /// Notes registrations whose patient, or the patient of whose rows, may be another after a run is taken back.
    fn note_moved(&mut self, run: i64, tables: &[Tracked]) -> Result<(), StoreError> {
        let make = "CREATE TEMP TABLE IF NOT EXISTS moved_identity (id TEXT); DELETE FROM moved_identity;";
        self.database.script(DOING, make)?;
        for table in tables {
            let column = match table.table.as_str() {
                "patient_identity" => "id",
                name if has_patient(name) => "identity_id",
                _ => continue,
            };
            let sql = format!(
                "INSERT INTO moved_identity SELECT DISTINCT {column} FROM {} WHERE run_id_before = ? AND {column} IS NOT NULL",
                table.before()
            );
            self.database.execute(DOING, &sql, &[run.into()])?;
        }
        Ok(())
    }

    /// Facts belong to whom their registration belongs to, also those that were filed since.
    fn follow_crosswalk(&mut self) -> Result<(), StoreError> {
        if self.database.count("SELECT count(*) FROM moved_identity", &[])? == 0 {
            return Ok(());
        }
        for record in RecordType::ALL.iter().filter(|record| has_patient(record.table())) {
            let table = quoted(record.table());
            let of = format!("(SELECT i.patient_id FROM patient_identity i WHERE i.id = {table}.identity_id)");
            let sql = format!(
                "UPDATE {table} SET patient_id = {of} WHERE identity_id IN (SELECT id FROM moved_identity) AND patient_id <> {of}"
            );
            self.database.execute(DOING, &sql, &[])?;
        }
        Ok(())
    }

    fn undo_table(&mut self, run: i64, table: &Tracked, counts: &mut UndoCounts) -> Result<(), StoreError> {
        let (name, before, key, columns) = (quoted(&table.table), table.before(), table.key, table.names(""));
        let blocks = joined(self.blocks(&table.table, run)?);
        let alone = self.is_alone(&table.table, run)?;
        let mut removed = 0;
        if table.table == "source_stream" {
            // A run that wrote nothing may have read it since; then it is as new.
            let read = "EXISTS (SELECT 1 FROM source_file f WHERE f.stream_id = source_stream.id)";
            for (first, last) in blocks {
                let values = [first.into(), last.into()];
                let new = "UPDATE source_stream SET mapping = '{\"hash\":\"\",\"ever\":[]}' WHERE id BETWEEN ? AND ?";
                self.database.execute(DOING, new, &values)?;
                let delete = format!("DELETE FROM source_stream WHERE id BETWEEN ? AND ? AND NOT {read}");
                self.database.execute(DOING, &delete, &values)?;
            }
        } else if alone && !blocks.is_empty() {
            // Everything at once: SQLite drops whole pages where nothing is said of single rows.
            removed = self.database.execute(DOING, &format!("DELETE FROM {name}"), &[])?;
        } else {
            let delete = format!("DELETE FROM {name} WHERE {key} BETWEEN ? AND ?");
            for (first, last) in blocks {
                removed += self.database.execute(DOING, &delete, &[first.into(), last.into()])?;
            }
        }
        match table.table.as_str() {
            "source_record" => counts.source_records += removed,
            table if RecordType::ALL.iter().any(|record| record.table() == table) => counts.chart_rows += removed,
            _ => {}
        }
        if table.table == "source_stream" {
            // What is known of a stream goes by its number, which stays.
            let restore = "UPDATE source_stream SET mapping = (SELECT b.mapping FROM source_stream_before b
                 WHERE b.run_id_before = ?1 AND b.id = source_stream.id)
                 WHERE id IN (SELECT id FROM source_stream_before WHERE run_id_before = ?1)";
            counts.restored += self.database.execute(DOING, restore, &[run.into()])?;
            let forget = "DELETE FROM source_stream_before WHERE run_id_before = ?";
            return self.database.execute(DOING, forget, &[run.into()]).map(drop);
        }
        // What the run changed and another took out since, in its own facts, does not come back.
        let gone_since = format!(
            "UPDATE {before} SET gone_before = 2 WHERE run_id_before = ? AND gone_before = 0
             AND NOT EXISTS (SELECT 1 FROM {name} t WHERE t.{key} = {before}.{key})"
        );
        self.database.execute(DOING, &gone_since, &[run.into()])?;
        // Rows may have changed ids among themselves: all go before any comes back.
        let changed = format!("DELETE FROM {name} WHERE {key} IN (SELECT {key} FROM {before} WHERE run_id_before = ?)");
        self.database.execute(DOING, &changed, &[run.into()])?;
        let restore = format!(
            "INSERT INTO {name} ({columns}) SELECT {columns} FROM {before} WHERE run_id_before = ? AND gone_before <> 2
             ORDER BY {key}"
        );
        counts.restored += self.database.execute(DOING, &restore, &[run.into()])?;
        let forget = format!("DELETE FROM {before} WHERE run_id_before = ?");
        self.database.execute(DOING, &forget, &[run.into()]).map(drop)
    }

    /// What a run left behind that a later one may stand on.
    pub fn trace(&self, run: i64) -> Result<RunTrace, StoreError> {
        let mut trace = RunTrace::default();
        for table in tracked() {
            let changed = format!("SELECT count(*) FROM {} WHERE run_id_before = ?", table.before());
            let is_changed = self.database.count(&changed, &[run.into()])? > 0;
            trace.wrote |= is_changed;
            for (first, last) in joined(self.blocks(&table.table, run)?) {
                let (name, key) = (quoted(&table.table), table.key);
                let added =
                    format!("SELECT count(*) FROM (SELECT 1 FROM {name} WHERE {key} BETWEEN ? AND ? LIMIT 1) AS one");
                trace.wrote = trace.wrote || self.database.count(&added, &[first.into(), last.into()])? > 0;
            }
            if is_changed {
                trace.changed.push(table);
            }
        }
        let added = self.added("patient_identity", "row_id", run)?;
        let decided = self.added("review_decision", "row_id", run)?;
        let pairs = format!("SELECT left_identity, right_identity FROM review_decision WHERE {decided}");
        trace.decided = self.database.query_all(COMPARING, &pairs, &[], |row| Ok((row.id(0)?, row.id(1)?)))?;
        let filed = self.added("document_decision", "row_id", run)?;
        let filed = format!("SELECT identity_id, identity_id FROM document_decision WHERE {filed}");
        self.database.query(COMPARING, &filed, &[], &mut |row| {
            trace.decided.push((row.id(0)?, row.id(1)?));
            Ok(())
        })?;
        let own = format!("SELECT id, patient_id FROM patient_identity WHERE {added}");
        self.database.query(COMPARING, &own, &[], &mut |row| {
            trace.added.insert(row.id(0)?);
            trace.patients.insert(row.id(1)?);
            Ok(())
        })?;
        // What the one wrote may have been changed since by a third.
        let before = format!("SELECT id, patient_id FROM patient_identity_before WHERE run_id_before = ? OR {added}");
        let mut ids: Vec<ChartId> = trace.decided.iter().flat_map(|(left, right)| [*left, *right]).collect();
        self.database.query(COMPARING, &before, &[run.into()], &mut |row| {
            ids.push(row.id(0)?);
            trace.patients.insert(row.id(1)?);
            Ok(())
        })?;
        ids.sort_unstable();
        ids.dedup();
        self.database.query_ids(COMPARING, "SELECT patient_id FROM patient_identity WHERE id", &ids, &mut |row| {
            trace.patients.insert(row.id(0)?);
            Ok(())
        })?;
        Ok(trace)
    }

    /// How many rows a later run changed that an earlier one wrote.
    pub fn changed_rows_of(&self, later: (i64, &RunTrace), earlier: i64) -> Result<u64, StoreError> {
        let mut rows = 0;
        for table in &later.1.changed {
            let (before, key) = (table.before(), table.key);
            let sql = format!(
                "SELECT count(*) FROM {before} AS b WHERE b.run_id_before = ? AND ({}
                 OR EXISTS (SELECT 1 FROM {before} AS c WHERE c.run_id_before = ? AND c.{key} = b.{key}))",
                self.added(&table.table, &format!("b.{key}"), earlier)?
            );
            rows += self.database.count(&sql, &[later.0.into(), earlier.into()])?;
        }
        Ok(rows)
    }
}

/// What a run left behind that a later one may stand on, or by which it stands on an earlier one.
#[derive(Default)]
pub struct RunTrace {
    /// Whether anything that it wrote is still there.
    pub wrote: bool,
    /// Tables of which it changed rows.
    changed: Vec<Tracked>,
    /// Registrations that it added.
    pub added: HashSet<ChartId>,
    /// Pairs that a person decided in it; of a registration that a document was filed under, itself twice.
    pub decided: Vec<(ChartId, ChartId)>,
    /// Patients of registrations that it added, changed or decided of.
    pub patients: BTreeSet<ChartId>,
}
