//! Writing people: registrations, the patients they belong to, patients that turned out to be one, and registrations that
//! take another id.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::batch::{put_all, stored_hashes};
use super::database::{Cell, Columns, Gate, Row, SqlType};
use super::schema::{chart_columns, identity_columns, quoted};
use super::{BatchWrite, EhrStore, RecordPlace, RekeyWrite, StoreDigest, StoreError};
use crate::model::{ChartId, RecordType};

/// Types whose rows hang on a registration.
fn filed() -> impl Iterator<Item = RecordType> {
    RecordType::ALL.iter().copied().filter(|record| record.is_about_a_patient() && *record != RecordType::Patient)
}

impl EhrStore {
    pub(super) fn write_people(
        &mut self,
        batch: &BatchWrite,
        place: &impl Fn(RecordPlace) -> i64,
    ) -> Result<(), StoreError> {
        self.write_identities(batch, place)?;
        self.write_patients(batch, place)?;
        self.write_merges(&batch.merges)
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

    /// Patients that turned out to be one: the later and the earlier, in the order of being found out.
    fn write_merges(&mut self, merges: &[(ChartId, ChartId)]) -> Result<(), StoreError> {
        const DOING: &str = "joining patients";
        if merges.is_empty() {
            return Ok(());
        }
        // Batches that were made ready with the former patients are written before this, or look again.
        self.database.enter(Gate::CrosswalkWrite)?;
        let mut last: BTreeMap<ChartId, ChartId> = BTreeMap::new();
        for (later, earlier) in merges {
            last.values_mut().filter(|patient| *patient == later).for_each(|patient| *patient = *earlier);
            last.insert(*later, *earlier);
        }
        self.database.script(
            DOING,
            "CREATE TEMP TABLE IF NOT EXISTS new_merge (later TEXT, earlier TEXT, patient TEXT); DELETE FROM new_merge;",
        )?;
        let names = ["later", "earlier", "patient"].map(|name| (name.to_owned(), SqlType::Text));
        let to = Columns { table: "new_merge".into(), columns: names.to_vec() };
        self.database.add(DOING, &to, merges.len(), &mut |at, sink| {
            let (later, earlier) = &merges[at];
            put_all(sink, &[later.into(), earlier.into(), last.get(later).into()])
        })?;
        for table in filed().map(RecordType::table).chain(["patient_identity"]) {
            let table = quoted(table);
            let sql = format!(
                "UPDATE {table} SET patient_id = (SELECT patient FROM new_merge WHERE later = {table}.patient_id)
                 WHERE patient_id IN (SELECT later FROM new_merge)"
            );
            self.database.execute(DOING, &sql, &[])?;
        }
        let replaced = "UPDATE patient SET replaced_by = (SELECT earlier FROM new_merge WHERE later = patient.id)
                        WHERE id IN (SELECT later FROM new_merge)";
        self.database.execute(DOING, replaced, &[])?;
        let note = "INSERT INTO patient_merge (later, patient) SELECT later, patient FROM new_merge";
        self.database.execute(DOING, note, &[]).map(drop)
    }

    /// Patients of a batch that another process joined with others since this one looked: each with the one it is now.
    pub(super) fn moved_patients(&mut self, batch: &BatchWrite) -> Result<HashMap<ChartId, ChartId>, StoreError> {
        let mut moved = HashMap::new();
        if batch.chart.iter().all(|write| write.row.patient.is_none()) {
            return Ok(moved);
        }
        let sql = "SELECT later, patient FROM patient_merge WHERE id > ? ORDER BY id";
        self.database.query("reading the crosswalk", sql, &[self.merges_seen.into()], &mut |row| {
            let (later, patient) = (row.id(0)?, row.id(1)?);
            moved.values_mut().filter(|other| **other == later).for_each(|other| *other = patient);
            moved.insert(later, patient);
            Ok(())
        })?;
        Ok(moved)
    }

    /// Notes that the crosswalk is read now: what patients become one after this is looked up batch by batch.
    pub fn note_merges(&mut self) -> Result<(), StoreError> {
        self.merges_seen = self.database.count("SELECT max(id) FROM patient_merge", &[])? as i64;
        Ok(())
    }

    /// Gives a registration another id, and all that hangs on it. What the digest holds of the registration itself, of its links
    /// and of its patient is the caller's to change.
    pub(super) fn write_rekey(&mut self, rekey: &RekeyWrite, digest: &mut StoreDigest) -> Result<(), StoreError> {
        const DOING: &str = "giving a registration another id";
        for record in filed() {
            for id in self.rows_of(record, rekey.former)? {
                let own = rekey.rows.iter().find(|(of, former, _)| (*of, *former) == (record, id));
                let renamed = own.map_or(id, |(_, _, renamed)| *renamed);
                if let Some(hash) = stored_hashes(self.database.as_ref(), record, &[id])?.get(&id) {
                    digest.subtract(*hash);
                }
                let sql = format!("UPDATE {} SET id = ?, identity_id = ? WHERE id = ?", quoted(record.table()));
                self.database.execute(DOING, &sql, &[(&renamed).into(), (&rekey.id).into(), (&id).into()])?;
                if record == RecordType::DocumentReference {
                    let sql = "UPDATE document_content SET document_id = ? WHERE document_id = ?";
                    self.database.execute(DOING, sql, &[(&renamed).into(), (&id).into()])?;
                }
                if let Some(hash) = stored_hashes(self.database.as_ref(), record, &[renamed])?.get(&renamed) {
                    digest.add(*hash);
                }
            }
        }
        let (id, former) = (Cell::from(&rekey.id), Cell::from(&rekey.former));
        for sql in [
            "UPDATE patient_identity SET id = ?1 WHERE id = ?2",
            "UPDATE patient_identity SET matched_identity = ?1 WHERE matched_identity = ?2",
            "UPDATE patient SET identity_id = ?1 WHERE identity_id = ?2",
            // A pair that is there under the other name already gives way.
            "DELETE FROM match_review WHERE left_identity = ?1 AND ?1 <> ?2
             AND right_identity IN (SELECT right_identity FROM match_review WHERE left_identity = ?2)",
            "UPDATE match_review SET left_identity = ?1 WHERE left_identity = ?2",
            "DELETE FROM match_review WHERE right_identity = ?1 AND ?1 <> ?2
             AND left_identity IN (SELECT left_identity FROM match_review WHERE right_identity = ?2)",
            "UPDATE match_review SET right_identity = ?1 WHERE right_identity = ?2",
            "DELETE FROM match_review WHERE ?1 <> ?2 AND left_identity < right_identity AND EXISTS (SELECT 1 FROM match_review o
             WHERE o.left_identity = match_review.right_identity AND o.right_identity = match_review.left_identity)",
            "UPDATE match_review SET left_identity = right_identity, right_identity = left_identity
             WHERE left_identity > right_identity AND ?1 <> ?2",
        ] {
            self.database.execute(DOING, sql, &[id, former])?;
        }
        let sql = "UPDATE source_record SET ordinal = ? WHERE id = ?";
        let values = [i64::from(rekey.ordinal).into(), rekey.source_record.into()];
        self.database.execute(DOING, sql, &values).map(drop)
    }

    /// Chart rows of a type that are filed under a registration.
    fn rows_of(&self, record: RecordType, identity: ChartId) -> Result<Vec<ChartId>, StoreError> {
        let sql = format!(
            "SELECT id FROM {} WHERE patient_id = (SELECT patient_id FROM patient_identity WHERE id = ?1) AND identity_id = ?1",
            quoted(record.table())
        );
        self.database.query_all("reading chart rows", &sql, &[(&identity).into()], |row| row.id(0))
    }

    /// Ids of all patients, those that others replaced included.
    pub fn patient_ids(&self) -> Result<HashSet<ChartId>, StoreError> {
        let mut ids = HashSet::new();
        self.database.query("reading the patients", "SELECT id FROM patient", &[], &mut |row| {
            ids.insert(row.id(0)?);
            Ok(())
        })?;
        Ok(ids)
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

    /// Closes reviews of registrations that have come to one patient since.
    pub fn close_reviews(&mut self) -> Result<(), StoreError> {
        let sql = "UPDATE match_review SET status = 'joined' WHERE status = 'open' AND
             (SELECT patient_id FROM patient_identity WHERE id = left_identity) =
             (SELECT patient_id FROM patient_identity WHERE id = right_identity)";
        self.transaction(|store| {
            store.database.enter(Gate::People)?;
            store.database.execute("closing reviews", sql, &[]).map(drop)
        })
    }
}
