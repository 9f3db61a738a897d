//! Is what the digest does not see still what the runs wrote: the bytes of documents and of payload frames, and the quarantine?

use sha2::{Digest, Sha256};

use super::payload::read_frame;
use super::schema::quoted;
use super::undo::has_patient;
use super::{EhrStore, StoreError};
use crate::model::RecordType;

impl EhrStore {
    /// What is damaged, in words with ids and numbers; empty where nothing is.
    pub fn damages(&self) -> Result<Vec<String>, StoreError> {
        let mut damages = Vec::new();
        self.damaged_documents(&mut damages)?;
        self.damaged_payloads(&mut damages)?;
        self.damaged_tombstones(&mut damages)?;
        for record in RecordType::ALL.iter().filter(|record| has_patient(record.table())) {
            let sql = format!(
                "SELECT count(*) FROM {} r JOIN patient_identity i ON i.id = r.identity_id WHERE i.patient_id <> r.patient_id",
                quoted(record.table())
            );
            let found = self.database.count(&sql, &[])?;
            if found > 0 {
                damages.push(format!("{found} rows of {} are another's than their registration", record.table()));
            }
        }
        for (sql, what) in [
            (
                "SELECT count(*) FROM document_reference d WHERE sha256 IS NOT NULL AND NOT EXISTS
                 (SELECT 1 FROM document_content c WHERE c.document_id = d.id)",
                "documents whose bytes are not there",
            ),
            (
                "SELECT count(*) FROM source_record r WHERE fate = 'quarantined' AND NOT EXISTS
                 (SELECT 1 FROM quarantine q WHERE q.source_record_id = r.id)",
                "quarantined records without their place in the quarantine",
            ),
            (
                "SELECT count(*) FROM quarantine q WHERE NOT EXISTS
                 (SELECT 1 FROM source_record r WHERE r.id = q.source_record_id AND r.fate = 'quarantined')",
                "entries of the quarantine without a quarantined record",
            ),
        ] {
            let found = self.database.count(sql, &[])?;
            if found > 0 {
                damages.push(format!("{found} {what}"));
            }
        }
        Ok(damages)
    }

    fn damaged_documents(&self, damages: &mut Vec<String>) -> Result<(), StoreError> {
        let sql = "SELECT c.document_id, c.encoding, c.bytes, c.sha256, d.sha256 FROM document_content c
                   LEFT JOIN document_reference d ON d.id = c.document_id ORDER BY c.row_id";
        self.database.query("reading documents", sql, &[], &mut |row| {
            let bytes = row.bytes(2).unwrap_or_default();
            let plain = match row.text(1)? {
                "zstd" => zstd::stream::decode_all(bytes).ok(),
                _ => Some(bytes.to_vec()),
            };
            let found: Option<String> =
                plain.map(|plain| Sha256::digest(&plain).iter().map(|byte| format!("{byte:02x}")).collect());
            if found.is_none()
                || found.as_deref() != row.optional_text(3)?
                || found.as_deref() != row.optional_text(4)?
            {
                damages.push(format!("document {} holds other bytes than its run wrote", row.text(0)?));
            }
            Ok(())
        })
    }

    fn damaged_payloads(&self, damages: &mut Vec<String>) -> Result<(), StoreError> {
        let sql = "SELECT id, records, bytes FROM payload ORDER BY id";
        self.database.query("reading payloads", sql, &[], &mut |row| {
            let kept = read_frame(row.bytes(2).unwrap_or_default());
            if kept.map(|kept| kept.len() as i64).ok() != Some(row.integer(1)?) {
                let id = row.integer(0)?;
                damages.push(format!("payload {id}: its source records cannot be read again"));
            }
            Ok(())
        })
    }
}
