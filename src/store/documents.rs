//! Whose documents are, as people said.

use std::collections::HashMap;

use super::database::{Cell, Row};
use super::digest::ItemHasher;
use super::{BatchWrite, DocumentDecision, EhrStore, StoreDigest, StoreError};
use crate::model::{ChartId, Hash128, IssueCode};

const DECIDED: &str = "SELECT document_id, content_hash, identity_id, decided_by, decided, reason";
const DOING: &str = "writing decisions about documents";

fn read_decision(row: &dyn Row) -> Result<DocumentDecision, StoreError> {
    let text = |column| row.text(column).map(str::to_owned);
    Ok(DocumentDecision {
        document: row.id(0)?,
        content: row.hash(1)?,
        identity: row.id(2)?,
        by: text(3)?,
        at: text(4)?,
        reason: text(5)?,
    })
}

/// A file that waits for a person to say whose it is.
#[derive(Clone, Debug)]
pub struct UnfiledDocument {
    /// Of its source record.
    pub number: i64,
    pub system: String,
    pub stream: String,
    /// Path in its source.
    pub file: String,
    pub reason: IssueCode,
    /// The columns of its source record, as a note.
    pub header: String,
}

/// Of which content a person decided, and the registration and patient whose it is.
pub type DecidedDocuments = HashMap<ChartId, (Hash128, (ChartId, ChartId))>;

impl EhrStore {
    /// The files that wait with quarantined records, by system, stream and path.
    pub fn waiting_files_of<const CODES: usize>(
        &self,
        codes: [IssueCode; CODES],
    ) -> Result<Vec<UnfiledDocument>, StoreError> {
        let marks = vec!["?"; CODES].join(", ");
        let sql = format!(
            "SELECT r.id, s.system, s.stream, w.name, q.reason_code, f.header FROM quarantine q
             JOIN source_record r ON r.id = q.source_record_id JOIN source_stream s ON s.id = r.stream_id
             JOIN waiting_document w ON w.source_record_id = r.id
             JOIN payload p ON p.id = r.payload_id JOIN source_file f ON f.id = p.file_id
             WHERE q.reason_code IN ({marks}) ORDER BY s.system, s.stream, w.name, r.id"
        );
        let codes = codes.map(|code| Cell::from(code.as_str()));
        self.database.query_all("reading the quarantine", &sql, &codes, |row| {
            let text = |column| row.text(column).map(str::to_owned);
            let unknown = || StoreError::Damaged { what: "a reason that is none".into() };
            Ok(UnfiledDocument {
                number: row.integer(0)?,
                system: text(1)?,
                stream: text(2)?,
                file: text(3)?,
                reason: IssueCode::parse(row.text(4)?).ok_or_else(unknown)?,
                header: text(5)?,
            })
        })
    }

    /// The source record of a document that the chart has.
    pub fn source_record_of_document(&self, document: ChartId) -> Result<Option<i64>, StoreError> {
        let sql = "SELECT source_record_id FROM document_reference WHERE id = ?";
        self.database.query_one("reading a document", sql, &[(&document).into()], |row| row.integer(0))
    }

    /// Whose document it is now, if the chart has it.
    pub fn patient_of_document(&self, document: ChartId) -> Result<Option<ChartId>, StoreError> {
        let sql = "SELECT patient_id FROM document_reference WHERE id = ? AND patient_id IS NOT NULL";
        self.database.query_one("reading a document", sql, &[(&document).into()], |row| row.id(0))
    }

    /// Everything that people decided of documents.
    pub fn document_decisions(&self) -> Result<Vec<DocumentDecision>, StoreError> {
        let sql = format!("{DECIDED} FROM document_decision ORDER BY document_id");
        self.database.query_all("reading decisions about documents", &sql, &[], read_decision)
    }

    /// What somebody decided of a document.
    pub fn document_decision(&self, document: ChartId) -> Result<Option<DocumentDecision>, StoreError> {
        let sql = format!("{DECIDED} FROM document_decision WHERE document_id = ?");
        self.database.query_one("reading decisions about documents", &sql, &[(&document).into()], read_decision)
    }

    /// By document, whose each is that a person decided of. Decisions of registrations that are not there are passed over.
    pub fn decided_documents(&self) -> Result<DecidedDocuments, StoreError> {
        let sql = "SELECT d.document_id, d.content_hash, d.identity_id, i.patient_id
                   FROM document_decision d JOIN patient_identity i ON i.id = d.identity_id";
        let mut decided = DecidedDocuments::new();
        self.database.query("reading decisions about documents", sql, &[], &mut |row| {
            decided.insert(row.id(0)?, (row.hash(1)?, (row.id(2)?, row.id(3)?)));
            Ok(())
        })?;
        Ok(decided)
    }

    /// The last word on a document counts.
    pub(super) fn write_document_decisions(
        &mut self,
        run: i64,
        batch: &BatchWrite,
        digest: &mut StoreDigest,
    ) -> Result<(), StoreError> {
        let mut hasher = ItemHasher::default();
        for decision in &batch.document_decisions {
            if let Some(former) = self.document_decision(decision.document)? {
                digest.subtract(hasher.document_decision(&former));
            }
            let delete = "DELETE FROM document_decision WHERE document_id = ?";
            self.database.execute(DOING, delete, &[(&decision.document).into()])?;
            let insert = "INSERT INTO document_decision
                 (row_id, document_id, content_hash, identity_id, run_id, decided_by, decided, reason)
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
            let number = self.number("document_decision")?;
            let values: [Cell<'_>; 8] = [
                number.into(),
                (&decision.document).into(),
                (&decision.content).into(),
                (&decision.identity).into(),
                run.into(),
                (&decision.by).into(),
                (&decision.at).into(),
                (&decision.reason).into(),
            ];
            self.database.execute(DOING, insert, &values)?;
            digest.add(hasher.document_decision(decision));
        }
        Ok(())
    }

    /// Decisions follow a registration that takes another id.
    pub(super) fn rename_in_document_decisions(
        &mut self,
        renamed: &HashMap<ChartId, ChartId>,
        digest: &mut StoreDigest,
    ) -> Result<(), StoreError> {
        let mut hasher = ItemHasher::default();
        let mut changed = Vec::new();
        for decision in self.document_decisions()? {
            if let Some(identity) = renamed.get(&decision.identity).copied() {
                digest.subtract(hasher.document_decision(&decision));
                digest.add(hasher.document_decision(&DocumentDecision { identity, ..decision.clone() }));
                changed.push((decision.document, identity));
            }
        }
        for (document, identity) in &changed {
            let update = "UPDATE document_decision SET identity_id = ? WHERE document_id = ?";
            self.database.execute(DOING, update, &[identity.into(), document.into()])?;
        }
        Ok(())
    }
}
