//! Writing people: registrations, the patients they belong to, patients that turned out to be one, and registrations that
//! take another id.

use std::collections::HashSet;

use rusqlite::types::Null;
use rusqlite::{Connection, params};

use super::super::schema::quoted;
use super::super::{BatchWrite, IdentityWrite, PatientWrite, RecordPlace, RekeyWrite, StoreDigest, StoreError};
use super::SqliteStore;
use super::bulk::{RowNumbers, insert_row, insert_sql, read_id, stored_hash};
use crate::model::{ChartId, RecordType};

/// Types whose rows hang on a registration.
fn filed() -> impl Iterator<Item = RecordType> {
    RecordType::ALL.iter().copied().filter(|record| record.is_about_a_patient() && *record != RecordType::Patient)
}

pub(super) fn write_people(
    connection: &Connection,
    batch: &BatchWrite,
    place: &impl Fn(RecordPlace) -> i64,
    rows: &mut RowNumbers,
) -> rusqlite::Result<()> {
    for identity in &batch.identities {
        write_identity(connection, identity, place(identity.record), rows.next(connection, "patient_identity")?)?;
    }
    for patient in &batch.patients {
        write_patient(connection, patient, place(patient.record), rows.next(connection, "patient")?)?;
    }
    for (later, earlier) in &batch.merges {
        for record in filed() {
            let sql = format!("UPDATE {} SET patient_id = ? WHERE patient_id = ?", quoted(record.table()));
            connection.prepare_cached(&sql)?.execute(params![earlier, later])?;
        }
        connection
            .execute("UPDATE patient_identity SET patient_id = ? WHERE patient_id = ?", params![earlier, later])?;
        connection.execute("UPDATE patient SET replaced_by = ? WHERE id = ?", params![earlier, later])?;
    }
    Ok(())
}

fn write_identity(
    connection: &Connection,
    identity: &IdentityWrite,
    source_record: i64,
    number: i64,
) -> rusqlite::Result<()> {
    let names: Vec<String> = RecordType::Patient.columns().iter().map(|column| quoted(column.name)).collect();
    let marks = vec!["?"; names.len() + 12].join(", ");
    if identity.known {
        connection.prepare_cached("DELETE FROM patient_identity WHERE id = ?")?.execute(params![identity.id])?;
    }
    let sql = format!(
        "INSERT INTO patient_identity (id, source_system, source_key, stream_id, key_hash, patient_id, source_record_id,
         matched_identity, match_weight, match_probability, match_evidence, row_id, {}) VALUES ({marks})",
        names.join(", ")
    );
    let mut insert = connection.prepare_cached(&sql)?;
    insert.clear_bindings();
    insert.raw_bind_parameter(1, identity.id)?;
    insert.raw_bind_parameter(2, &identity.system)?;
    insert.raw_bind_parameter(3, &identity.key)?;
    insert.raw_bind_parameter(4, identity.stream)?;
    insert.raw_bind_parameter(5, identity.key_hash.0)?;
    insert.raw_bind_parameter(6, identity.patient)?;
    insert.raw_bind_parameter(7, source_record)?;
    match &identity.matched {
        Some(matched) => {
            insert.raw_bind_parameter(8, matched.identity)?;
            insert.raw_bind_parameter(9, matched.weight)?;
            insert.raw_bind_parameter(10, matched.probability)?;
            insert.raw_bind_parameter(11, &matched.evidence)?;
        }
        None => insert.raw_bind_parameter(8, Null)?,
    }
    insert.raw_bind_parameter(12, number)?;
    for (index, value) in identity.values.iter().enumerate().filter(|(_, value)| !value.is_null()) {
        insert.raw_bind_parameter(index + 13, value)?;
    }
    insert.raw_execute().map(drop)
}

fn write_patient(
    connection: &Connection,
    patient: &PatientWrite,
    source_record: i64,
    number: i64,
) -> rusqlite::Result<()> {
    let source_record = if patient.known {
        let select = "SELECT source_record_id FROM patient WHERE id = ?";
        let former: i64 = connection.prepare_cached(select)?.query_row(params![patient.id], |row| row.get(0))?;
        connection.prepare_cached("DELETE FROM patient WHERE id = ?")?.execute(params![patient.id])?;
        former
    } else {
        source_record
    };
    let mut insert = connection.prepare_cached(&insert_sql(RecordType::Patient))?;
    let row = crate::model::ChartRow {
        record: RecordType::Patient,
        id: patient.id,
        identity: Some(patient.identity),
        patient: Some(patient.id),
        values: patient.values.clone(),
    };
    insert_row(&mut insert, &row, source_record, number)
}

/// Gives a registration another id, and all that hangs on it. What the digest holds of the registration itself, of its links
/// and of its patient is the caller's to say.
pub(super) fn write_rekey(
    connection: &Connection,
    rekey: &RekeyWrite,
    digest: &mut StoreDigest,
) -> Result<(), StoreError> {
    let failed = StoreError::rusqlite("giving a registration another id");
    for record in filed() {
        for id in rows_of(connection, record, rekey.former)? {
            let own = rekey.rows.iter().find(|(of, former, _)| (*of, *former) == (record, id));
            let renamed = own.map_or(id, |(_, _, renamed)| *renamed);
            if let Some(hash) = stored_hash(connection, record, id)? {
                digest.subtract(hash);
            }
            let sql = format!("UPDATE {} SET id = ?, identity_id = ? WHERE id = ?", quoted(record.table()));
            connection
                .prepare_cached(&sql)
                .and_then(|mut update| update.execute(params![renamed, rekey.id, id]))
                .map_err(&failed)?;
            if record == RecordType::DocumentReference {
                let sql = "UPDATE document_content SET document_id = ? WHERE document_id = ?";
                connection.execute(sql, params![renamed, id]).map_err(&failed)?;
            }
            if let Some(hash) = stored_hash(connection, record, renamed)? {
                digest.add(hash);
            }
        }
    }
    for sql in [
        "UPDATE patient_identity SET id = ?1 WHERE id = ?2",
        "UPDATE patient_identity SET matched_identity = ?1 WHERE matched_identity = ?2",
        "UPDATE patient SET identity_id = ?1 WHERE identity_id = ?2",
        "UPDATE OR REPLACE match_review SET left_identity = ?1 WHERE left_identity = ?2",
        "UPDATE OR REPLACE match_review SET right_identity = ?1 WHERE right_identity = ?2",
        "UPDATE OR REPLACE match_review SET left_identity = right_identity, right_identity = left_identity
         WHERE left_identity > right_identity AND ?1 <> ?2",
    ] {
        connection.execute(sql, params![rekey.id, rekey.former]).map_err(&failed)?;
    }
    let sql = "UPDATE source_record SET ordinal = ? WHERE id = ?";
    connection.execute(sql, params![rekey.ordinal, rekey.source_record]).map(drop).map_err(&failed)
}

/// Chart rows of a type that are filed under a registration.
fn rows_of(connection: &Connection, record: RecordType, identity: ChartId) -> Result<Vec<ChartId>, StoreError> {
    let failed = StoreError::rusqlite("reading chart rows");
    let sql = format!(
        "SELECT id FROM {} WHERE patient_id = (SELECT patient_id FROM patient_identity WHERE id = ?1) AND identity_id = ?1",
        quoted(record.table())
    );
    let mut select = connection.prepare_cached(&sql).map_err(&failed)?;
    let mut rows = select.query(params![identity]).map_err(&failed)?;
    let mut ids = Vec::new();
    while let Some(row) = rows.next().map_err(&failed)? {
        ids.extend(read_id(row.get_ref(0).map_err(&failed)?)?);
    }
    Ok(ids)
}

impl SqliteStore {
    /// Ids of all patients, those that others replaced included.
    pub fn patient_ids(&self) -> Result<HashSet<ChartId>, StoreError> {
        let failed = StoreError::rusqlite("reading the patients");
        let mut select = self.bulk.connection.prepare("SELECT id FROM patient").map_err(&failed)?;
        let mut rows = select.query([]).map_err(&failed)?;
        let mut ids = HashSet::new();
        while let Some(row) = rows.next().map_err(&failed)? {
            ids.extend(read_id(row.get_ref(0).map_err(&failed)?)?);
        }
        Ok(ids)
    }

    /// Source records that have chart rows under a registration, in the order of loading.
    pub fn records_under(&self, identity: ChartId) -> Result<Vec<i64>, StoreError> {
        let failed = StoreError::rusqlite("reading chart rows");
        let mut records = std::collections::BTreeSet::new();
        for record in filed() {
            let sql = format!(
                "SELECT source_record_id FROM {} WHERE patient_id = (SELECT patient_id FROM patient_identity WHERE id = ?1)
                 AND identity_id = ?1",
                quoted(record.table())
            );
            let mut select = self.bulk.connection.prepare_cached(&sql).map_err(&failed)?;
            let found = select.query_map(params![identity], |row| row.get::<_, i64>(0)).map_err(&failed)?;
            for id in found {
                records.insert(id.map_err(&failed)?);
            }
        }
        Ok(records.into_iter().collect())
    }
}
