//! Writing people: registrations, the patients they belong to, and registrations that come to another patient.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::batch::{columns, put_all};
use super::database::{Cell, Gate, Row, SqlType};
use super::schema::{chart_columns, identity_columns, quoted};
use super::{BatchWrite, EhrStore, RecordPlace, StoreError, StreamId};
use crate::model::{ChartId, RecordType};

/// Types whose rows hang on a registration.
pub(super) fn filed() -> impl Iterator<Item = RecordType> {
    RecordType::ALL.iter().copied().filter(|record| record.is_about_a_patient() && *record != RecordType::Patient)
}

impl EhrStore {
    pub(super) fn write_people(
        &mut self,
        run: i64,
        batch: &BatchWrite,
        place: &impl Fn(RecordPlace) -> i64,
    ) -> Result<(), StoreError> {
        self.write_identities(batch, place)?;
        self.write_patients(batch, place)?;
        self.write_moves(run, batch)
    }

    fn write_identities(&mut self, batch: &BatchWrite, place: &impl Fn(RecordPlace) -> i64) -> Result<(), StoreError> {
        const DOING: &str = "writing registrations";
        if batch.identities.is_empty() {
            return Ok(());
        }
        let known: Vec<ChartId> = batch.identities.iter().filter(|identity| identity.known).map(|i| i.id).collect();
        self.database.execute_ids(DOING, "DELETE FROM patient_identity WHERE id", &known)?;
        let numbers: Vec<i64> =
            batch.identities.iter().map(|_| self.number("patient_identity")).collect::<Result<_, _>>()?;
        self.database.add(DOING, &identity_columns(), numbers.len(), &mut |at, sink| {
            let identity = &batch.identities[at];
            let matched = identity.matched.as_ref();
            let head: [Cell<'_>; 12] = [
                numbers[at].into(),
                (&identity.id).into(),
                (&identity.system).into(),
                (&identity.key).into(),
                identity.stream.into(),
                (&identity.key_hash).into(),
                (&identity.patient).into(),
                place(identity.record).into(),
                matched.map(|matched| &matched.identity).into(),
                matched.map(|matched| matched.weight).into(),
                matched.map(|matched| matched.probability).into(),
                matched.map(|matched| &matched.evidence).into(),
            ];
            put_all(sink, &head)?;
            let mut values = identity.values.iter().enumerate();
            values.try_for_each(|(index, value)| sink.put(index + head.len(), value.into()))
        })
    }

    fn write_patients(&mut self, batch: &BatchWrite, place: &impl Fn(RecordPlace) -> i64) -> Result<(), StoreError> {
        const DOING: &str = "writing patients";
        if batch.patients.is_empty() {
            return Ok(());
        }
        let known: Vec<ChartId> = batch.patients.iter().filter(|patient| patient.known).map(|p| p.id).collect();
        let mut sources: HashMap<ChartId, i64> = HashMap::new();
        let select = "SELECT id, source_record_id FROM patient WHERE id";
        self.database.query_ids(DOING, select, &known, &mut |row| {
            sources.insert(row.id(0)?, row.integer(1)?);
            Ok(())
        })?;
        self.database.execute_ids(DOING, "DELETE FROM patient WHERE id", &known)?;
        let numbers: Vec<i64> = batch.patients.iter().map(|_| self.number("patient")).collect::<Result<_, _>>()?;
        self.database.add(DOING, &chart_columns(RecordType::Patient), numbers.len(), &mut |at, sink| {
            let patient = &batch.patients[at];
            let source = sources.get(&patient.id).copied().unwrap_or_else(|| place(patient.record));
            let id = Cell::from(&patient.id);
            let head = [numbers[at].into(), id, (&patient.identity).into(), id, source.into()];
            put_all(sink, &head)?;
            let mut values = patient.values.iter().enumerate();
            values.try_for_each(|(index, value)| sink.put(index + head.len(), value.into()))
        })
    }

    /// Registrations that come to another patient: the crosswalk, and all that is filed under them.
    fn write_moves(&mut self, run: i64, batch: &BatchWrite) -> Result<(), StoreError> {
        const DOING: &str = "moving registrations";
        if batch.moves.is_empty() {
            return Ok(());
        }
        // Batches that were made ready with the former patients are written before this, or look again.
        self.database.enter(Gate::CrosswalkWrite)?;
        self.database.script(
            DOING,
            "CREATE TEMP TABLE IF NOT EXISTS new_move (identity TEXT PRIMARY KEY, former TEXT, patient TEXT, founded BIGINT,
             matched TEXT, weight DOUBLE PRECISION, probability DOUBLE PRECISION, evidence TEXT); DELETE FROM new_move;",
        )?;
        let to = columns(
            "new_move",
            &[
                ("identity", SqlType::Text),
                ("former", SqlType::Text),
                ("patient", SqlType::Text),
                ("founded", SqlType::Integer),
                ("matched", SqlType::Text),
                ("weight", SqlType::Real),
                ("probability", SqlType::Real),
                ("evidence", SqlType::Text),
            ],
        );
        self.database.add(DOING, &to, batch.moves.len(), &mut |at, sink| {
            let moved = &batch.moves[at];
            let matched = moved.matched.as_ref();
            let cells: [Cell<'_>; 8] = [
                (&moved.identity).into(),
                (&moved.former).into(),
                (&moved.patient).into(),
                i64::from(moved.founded).into(),
                matched.map(|matched| &matched.identity).into(),
                matched.map(|matched| matched.weight).into(),
                matched.map(|matched| matched.probability).into(),
                matched.map(|matched| &matched.evidence).into(),
            ];
            put_all(sink, &cells)
        })?;
        for table in filed().map(RecordType::table) {
            let table = quoted(table);
            let sql = format!(
                "UPDATE {table} SET patient_id = (SELECT patient FROM new_move WHERE identity = {table}.identity_id)
                 WHERE patient_id IN (SELECT former FROM new_move) AND identity_id IN (SELECT identity FROM new_move)"
            );
            self.database.execute(DOING, &sql, &[])?;
        }
        let identities =
            "UPDATE patient_identity SET patient_id = m.patient, matched_identity = m.matched, match_weight = m.weight,
                          match_probability = m.probability, match_evidence = m.evidence
                          FROM new_move m WHERE m.identity = patient_identity.id";
        self.database.execute(DOING, identities, &[])?;
        // What is nobody any more shows nothing: others' data may have been in it.
        let blank: Vec<String> =
            RecordType::Patient.columns().iter().map(|column| format!("{} = NULL", quoted(column.name))).collect();
        let make = "CREATE TEMP TABLE IF NOT EXISTS new_replaced (patient TEXT PRIMARY KEY, successor TEXT); DELETE FROM new_replaced;";
        self.database.script(DOING, make)?;
        // Of what is said twice the last holds.
        let replaced: BTreeMap<ChartId, ChartId> = batch.replaced.iter().copied().collect();
        let replaced: Vec<(ChartId, ChartId)> = replaced.into_iter().collect();
        let to = columns("new_replaced", &[("patient", SqlType::Text), ("successor", SqlType::Text)]);
        self.database.add(DOING, &to, replaced.len(), &mut |at, sink| {
            put_all(sink, &[(&replaced[at].0).into(), (&replaced[at].1).into()])
        })?;
        let replace = format!(
            "UPDATE patient SET replaced_by = n.successor, {} FROM new_replaced n WHERE n.patient = patient.id",
            blank.join(", ")
        );
        self.database.execute(DOING, &replace, &[])?;
        let note = "INSERT INTO patient_move (run_id, stream_id, identity, former, patient, founded)
                    SELECT ?, ?, identity, former, patient, founded FROM new_move ORDER BY identity";
        self.database.execute(DOING, note, &[run.into(), batch.stream.into()]).map(drop)
    }

    /// Registrations that another process moved to another patient since this one looked.
    pub(super) fn moved_identities(&mut self, batch: &BatchWrite) -> Result<HashMap<ChartId, ChartId>, StoreError> {
        let mut moved = HashMap::new();
        if batch.chart.iter().all(|write| write.row.patient.is_none()) {
            return Ok(moved);
        }
        let sql = "SELECT identity, patient FROM patient_move WHERE id > ? ORDER BY id";
        self.database.query("reading the crosswalk", sql, &[self.moves_seen.into()], &mut |row| {
            moved.insert(row.id(0)?, row.id(1)?);
            Ok(())
        })?;
        Ok(moved)
    }

    /// Whether there are patients that are shown and to whom no registration belongs.
    pub fn has_empty_patients(&self) -> Result<bool, StoreError> {
        let sql = "SELECT count(*) FROM patient WHERE replaced_by IS NULL AND id NOT IN (SELECT patient_id FROM patient_identity)";
        Ok(self.database.count(sql, &[])? > 0)
    }

    /// Notes that the crosswalk is read now: what is moved after this is looked up batch by batch.
    pub fn note_moves(&mut self) -> Result<(), StoreError> {
        self.moves_seen = self.database.count("SELECT max(id) FROM patient_move", &[])? as i64;
        Ok(())
    }

    /// How many patients a run made for registrations that no record of it brought, in a stream, and how many registrations came
    /// to another patient by it.
    pub fn moves_of(&self, run: i64, stream: Option<StreamId>) -> Result<(u64, u64), StoreError> {
        let sql = "SELECT coalesce(CAST(sum(founded) AS BIGINT), 0), count(DISTINCT identity) FROM patient_move
                   WHERE run_id = ? AND (?2 < 0 OR stream_id = ?2)";
        let sql = sql.replace("run_id = ?", "run_id = ?1");
        let read = |row: &dyn Row| Ok((row.integer(0)? as u64, row.integer(1)? as u64));
        let values = [run.into(), stream.unwrap_or(-1).into()];
        Ok(self.database.query_one("counting moves", &sql, &values, read)?.unwrap_or_default())
    }

    /// Source records that have chart rows under a registration, in the order of loading.
    pub fn records_under(&self, identity: ChartId) -> Result<Vec<i64>, StoreError> {
        let mut records = BTreeSet::new();
        for record in filed() {
            let sql = format!(
                "SELECT source_record_id FROM {} WHERE patient_id = (SELECT patient_id FROM patient_identity WHERE id = ?1)
                 AND identity_id = ?1",
                quoted(record.table())
            );
            let read = |row: &dyn Row| row.integer(0);
            records.extend(self.database.query_all("reading chart rows", &sql, &[(&identity).into()], read)?);
        }
        Ok(records.into_iter().collect())
    }
}
