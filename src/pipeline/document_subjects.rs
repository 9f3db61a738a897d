//! Whose the documents of a folder may be, where neither an index nor their names say it: as a person decided, or as their text does.

use super::PipelineError;
use super::plan::Plan;
use crate::matching::NamedPeople;
use crate::model::{ChartId, Hash128, PartialDate, RecordType};
use crate::store::{DecidedDocuments, EhrStore};

pub struct DocumentSubjects {
    /// The people of the system by their names.
    pub named: NamedPeople,
    decided: DecidedDocuments,
}

impl DocumentSubjects {
    /// None where the source has no folder of documents.
    pub fn of_source(store: &EhrStore, plan: &Plan) -> Result<Option<Self>, PipelineError> {
        if plan.streams.iter().all(|stream| stream.stream.documents.is_none()) {
            return Ok(None);
        }
        let named = named_people(store, &plan.system)?;
        Ok(Some(Self { named, decided: store.decided_documents()? }))
    }

    /// Only as people decided: no text is looked through.
    pub fn decided_only(store: &EhrStore) -> Result<Self, PipelineError> {
        Ok(Self { named: NamedPeople::default(), decided: store.decided_documents()? })
    }

    /// Registration and patient, where a person decided and the document holds what it held then.
    pub fn decided(&self, document: ChartId, content: Hash128) -> Option<(ChartId, ChartId)> {
        let (seen, subject) = self.decided.get(&document)?;
        (*seen == content).then_some(*subject)
    }
}

/// The people of a system, by their names.
pub fn named_people(store: &EhrStore, system: &str) -> Result<NamedPeople, PipelineError> {
    let columns = ["given_name", "family_name", "maiden_name", "birth_date"];
    let [given, family, maiden, birth] = columns.map(|name| RecordType::Patient.column_index(name));
    let mut named = NamedPeople::default();
    store.known_identities(|identity| {
        let text = |column: Option<usize>| column.and_then(|at| identity.values[at].as_str()).unwrap_or_default();
        let day = birth.and_then(|at| PartialDate::parse_iso(identity.values[at].as_str()?));
        if let (true, Some(day)) = (identity.system == system, day) {
            for family in [family, maiden] {
                named.add((identity.id, identity.patient), text(given), text(family), day);
            }
        }
    })?;
    Ok(named)
}
