//! The person's rows: in chart tables, the crosswalk, the quarantine and documents, as they are and as they were.

use std::collections::{BTreeSet, HashSet};

use super::super::batch::stored_hashes;
use super::super::database::{Cell, Row};
use super::super::digest::ItemHasher;
use super::super::schema::before::{Tracked, tracked};
use super::super::schema::quoted;
use super::super::undo::has_patient;
use super::super::{EhrStore, IdentityLink, StoreDigest, StoreError};
use super::{DOING, EraseCounts, Erasure};
use crate::model::{ChartId, RecordType};

impl EhrStore {
    /// The runs that added or changed any of what is to go.
    pub(super) fn runs_of_erased(&self) -> Result<Vec<i64>, StoreError> {
        let mut runs = BTreeSet::new();
        let mut add = |row: &dyn Row| match row.cell(0) {
            Cell::Integer(run) if run > 0 => {
                runs.insert(run);
                Ok(())
            }
            _ => Ok(()),
        };
        for table in tracked() {
            let Some(rows) = erased_rows(&table) else { continue };
            let (name, before, key) = (quoted(&table.table), table.before(), table.key);
            let added = format!(
                "SELECT DISTINCT (SELECT k.run_id FROM run_block k WHERE k.table_name = '{}' AND k.first_row <= t.{key}
                 ORDER BY k.first_row DESC LIMIT 1) FROM {name} t WHERE {rows}",
                table.table
            );
            self.database.query(DOING, &added, &[], &mut add)?;
            let moved = if is_filed(&table.table) { " OR patient_id IN (SELECT id FROM erased_patient)" } else { "" };
            let changed =
                format!("SELECT DISTINCT run_id_before FROM {before} t WHERE {}{moved}", former_rows(&table, &rows));
            self.database.query(DOING, &changed, &[], &mut add)?;
        }
        let erased = "(payload_id, payload_index) IN (SELECT payload_id, payload_index FROM erased_slot)";
        for sql in [
            "SELECT DISTINCT run_id FROM source_record WHERE id IN (SELECT id FROM erased_record)".to_owned(),
            "SELECT DISTINCT run_id FROM source_record_history WHERE source_record_id IN (SELECT id FROM erased_record)".to_owned(),
            // Whoever changed a state that is gone, and whoever made it.
            format!("SELECT DISTINCT run_id FROM source_record_history WHERE {erased}"),
            format!("SELECT DISTINCT previous_run_id FROM source_record_history WHERE {erased}"),
            format!("SELECT DISTINCT run_id_before FROM source_record_before WHERE {erased}"),
            format!("SELECT DISTINCT run_id FROM source_record_before WHERE {erased}"),
        ] {
            self.database.query(DOING, &sql, &[], &mut add)?;
        }
        Ok(runs.into_iter().collect())
    }

    /// Takes the rows out, and from the digest.
    pub(super) fn erase_rows(
        &mut self,
        erasure: &Erasure,
        counts: &mut EraseCounts,
        change: &mut StoreDigest,
    ) -> Result<(), StoreError> {
        let mut hasher = ItemHasher::default();
        let smallest = erasure.registrations.iter().map(|identity| identity.id).min();
        for identity in &erasure.registrations {
            change.subtract(hasher.identity(identity.id, &identity.system, &identity.key, &identity.values));
            change.subtract(hasher.link(identity.id, smallest.unwrap_or(identity.id)));
        }
        let theirs: HashSet<ChartId> = erasure.registrations.iter().map(|identity| identity.id).collect();
        for decision in self.decisions()? {
            if theirs.contains(&decision.left) || theirs.contains(&decision.right) {
                change.subtract(hasher.decision(&decision));
            }
        }
        for decision in self.document_decisions()?.iter().filter(|decision| theirs.contains(&decision.identity)) {
            change.subtract(hasher.document_decision(decision));
        }
        for link in self.erased_links()? {
            change.subtract(hasher.identity_link(link.identity, &link.system, &link.said));
        }
        for record in RecordType::ALL {
            let mut ids: Vec<ChartId> = Vec::new();
            let column = if *record == RecordType::Patient { "id" } else { "patient_id" };
            let select = format!("SELECT id FROM {} WHERE {column}", quoted(record.table()));
            self.database.query_ids(DOING, &select, &erasure.patients, &mut |row| {
                ids.push(row.id(0)?);
                Ok(())
            })?;
            if *record == RecordType::Patient {
                if let Some((patient, smallest)) = erasure.patients.first().zip(smallest) {
                    change.subtract(hasher.patient(smallest, &self.patient_values(*patient)?));
                }
            } else {
                let hashes = stored_hashes(self.database.as_ref(), *record, &ids)?;
                ids.iter().filter_map(|id| hashes.get(id)).for_each(|hash| change.subtract(*hash));
            }
            if !ids.is_empty() {
                counts.chart.insert(record.table().to_owned(), ids.len() as u64);
            }
        }
        for sql in [
            "DELETE FROM document_history WHERE document_id IN (SELECT id FROM erased_document)
             OR document_id IN (SELECT id FROM document_reference_before WHERE identity_id IN (SELECT id FROM erased_identity))",
            "DELETE FROM document_history WHERE document_id IN (SELECT 'source_record:' || id FROM erased_record)",
            "DELETE FROM document_content_before WHERE document_id IN
             (SELECT id FROM document_reference_before WHERE identity_id IN (SELECT id FROM erased_identity))",
        ] {
            self.database.execute(DOING, sql, &[])?;
        }
        // What was before is found by the rows, which go last.
        for table in tracked() {
            let Some(rows) = erased_rows(&table) else { continue };
            let before = format!("DELETE FROM {} WHERE {}", table.before(), former_rows(&table, &rows));
            self.database.execute(DOING, &before, &[])?;
        }
        for table in tracked() {
            let Some(rows) = erased_rows(&table) else { continue };
            self.database.execute(DOING, &format!("DELETE FROM {} WHERE {rows}", quoted(&table.table)), &[])?;
        }
        for sql in [
            "DELETE FROM stream_memory",
            // It names registrations; reports that have it are redacted.
            "DELETE FROM run_matching",
            "DELETE FROM kept_file WHERE source_record_id IN (SELECT id FROM erased_record)",
            "DELETE FROM patient_move WHERE identity IN (SELECT id FROM erased_identity)",
            "UPDATE patient_identity SET matched_identity = NULL, match_evidence = NULL
             WHERE matched_identity IN (SELECT id FROM erased_identity)",
            "UPDATE patient_identity_before SET matched_identity = NULL, match_evidence = NULL
             WHERE matched_identity IN (SELECT id FROM erased_identity)",
        ] {
            self.database.execute(DOING, sql, &[])?;
        }
        Ok(())
    }

    /// What the person's registrations say of others, and others of the person's.
    fn erased_links(&self) -> Result<Vec<IdentityLink>, StoreError> {
        let mut links = Vec::new();
        for table in tracked().iter().filter(|table| table.table == "identity_link") {
            links.extend(self.links_where(&erased_rows(table).unwrap_or_default())?);
        }
        Ok(links)
    }

    fn patient_values(&self, patient: ChartId) -> Result<Vec<crate::model::Value>, StoreError> {
        let columns = RecordType::Patient.columns();
        let names: Vec<String> = columns.iter().map(|column| quoted(column.name)).collect();
        let sql = format!("SELECT {} FROM patient WHERE id = ?", names.join(", "));
        let values = self.database.query_one(DOING, &sql, &[(&patient).into()], |row| {
            Ok(columns.iter().enumerate().map(|(at, column)| row.value(at, column.kind)).collect())
        })?;
        values.ok_or_else(|| StoreError::Damaged { what: "a patient that was just there".into() })
    }
}

/// Whether rows of a table hang on registrations, or are those.
fn is_filed(table: &str) -> bool {
    table == "patient_identity" || has_patient(table)
}

/// Which rows of a table tell of the person, as a condition; none where no row of it does.
fn erased_rows(table: &Tracked) -> Option<String> {
    let of = |column: &str, list: &str| format!("{column} IN (SELECT id FROM {list})");
    Some(match table.table.as_str() {
        "patient" => of("id", "erased_patient"),
        name if is_filed(name) => of("patient_id", "erased_patient"),
        // The ledger itself is another matter: a record may have been others' before, or be now.
        "quarantine" | "waiting_document" => of("source_record_id", "erased_record"),
        "document_content" => of("document_id", "erased_document"),
        "document_decision" => of("identity_id", "erased_identity"),
        "identity_link" => format!(
            "({} OR (source_system, named_by, stream, named) IN (SELECT source_system, named_by, stream, named FROM erased_name))",
            of("identity_id", "erased_identity")
        ),
        "match_review" | "review_decision" => {
            format!("({} OR {})", of("left_identity", "erased_identity"), of("right_identity", "erased_identity"))
        }
        _ => return None,
    })
}

/// Which rows of what was before tell of the person: what its rows were, and what was filed under its registrations. What was another's
/// all along, and belonged to this patient for a while, is that other's.
fn former_rows(table: &Tracked, rows: &str) -> String {
    let (name, key) = (quoted(&table.table), table.key);
    let own = format!("{key} IN (SELECT o.{key} FROM {name} o WHERE {rows})");
    match table.table.as_str() {
        // Patients that the person belonged to before the registrations came apart showed the person's data, too.
        "patient" => format!(
            "({own} OR {rows} OR id IN (SELECT former FROM patient_move WHERE identity IN (SELECT id FROM erased_identity))
             OR id IN (SELECT patient FROM patient_move WHERE identity IN (SELECT id FROM erased_identity)))"
        ),
        "patient_identity" => format!("({own} OR id IN (SELECT id FROM erased_identity))"),
        name if has_patient(name) => format!("({own} OR identity_id IN (SELECT id FROM erased_identity))"),
        _ => format!("({own} OR {rows})"),
    }
}
