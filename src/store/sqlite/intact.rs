//! Is what the digest does not see still what the runs wrote: the bytes of documents and of payload frames, and the quarantine?

use sha2::{Digest, Sha256};

use super::super::StoreError;
use super::super::payload::read_frame;
use super::SqliteStore;

impl SqliteStore {
    /// What is damaged, in words with ids and numbers; empty where nothing is.
    pub fn damages(&self) -> Result<Vec<String>, StoreError> {
        let mut damages = Vec::new();
        self.damaged_documents(&mut damages)?;
        self.damaged_payloads(&mut damages)?;
        let count = |sql: &str| {
            let failed = StoreError::rusqlite("counting");
            self.bulk.connection.query_row(sql, [], |row| row.get::<_, i64>(0)).map_err(failed)
        };
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
            let found = count(sql)?;
            if found > 0 {
                damages.push(format!("{found} {what}"));
            }
        }
        Ok(damages)
    }

    fn damaged_documents(&self, damages: &mut Vec<String>) -> Result<(), StoreError> {
        let failed = StoreError::rusqlite("reading documents");
        let sql = "SELECT c.document_id, c.encoding, c.bytes, c.sha256, d.sha256 FROM document_content c
                   LEFT JOIN document_reference d ON d.id = c.document_id";
        let mut select = self.bulk.connection.prepare(sql).map_err(&failed)?;
        let mut rows = select.query([]).map_err(&failed)?;
        while let Some(row) = rows.next().map_err(&failed)? {
            let text = |index: usize| row.get::<_, Option<String>>(index).map_err(&failed);
            let bytes = row.get_ref(2).map_err(&failed)?.as_blob().unwrap_or_default();
            let plain = match text(1)?.as_deref() {
                Some("zstd") => zstd::stream::decode_all(bytes).ok(),
                _ => Some(bytes.to_vec()),
            };
            let found = plain.map(|plain| Sha256::digest(&plain).iter().map(|byte| format!("{byte:02x}")).collect());
            let found: Option<String> = found;
            if found.is_none() || found != text(3)? || found != text(4)? {
                damages.push(format!("document {} holds other bytes than its run wrote", text(0)?.unwrap_or_default()));
            }
        }
        Ok(())
    }

    fn damaged_payloads(&self, damages: &mut Vec<String>) -> Result<(), StoreError> {
        let failed = StoreError::rusqlite("reading payloads");
        let sql = "SELECT id, records, bytes FROM payload";
        let mut select = self.bulk.connection.prepare(sql).map_err(&failed)?;
        let mut rows = select.query([]).map_err(&failed)?;
        while let Some(row) = rows.next().map_err(&failed)? {
            let bytes = row.get_ref(2).map_err(&failed)?.as_blob().unwrap_or_default();
            let records: i64 = row.get(1).map_err(&failed)?;
            if read_frame(bytes).map(|kept| kept.len() as i64).ok() != Some(records) {
                let id: i64 = row.get(0).map_err(&failed)?;
                damages.push(format!("payload {id}: its source records cannot be read again"));
            }
        }
        Ok(())
    }
}
