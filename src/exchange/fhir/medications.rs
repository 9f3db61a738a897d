//! Drugs that orders name as resources of their own (FHIR R4, Medication): what each is called, by its id.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::key_of;
use crate::model::Hash128;

/// The codes of the medications that a source has, or had.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Medications {
    by_id: BTreeMap<String, (Map<String, Json>, Hash128)>,
}

impl Medications {
    /// The type of such a resource.
    pub const KIND: &str = "Medication";
    /// The path of the value that names one.
    pub const PLACE: &str = "medicationReference.reference";

    /// Takes in what a resource says; of one id the last holds. What is none is passed over.
    pub fn add(&mut self, text: &str) {
        let Ok(Json::Object(mut resource)) = serde_json::from_str::<Json>(text) else { return };
        let (id, code) = (resource.remove("id"), resource.remove("code"));
        if let (Some(Json::String(id)), Some(code @ Json::Object(_))) = (id, code)
            && resource.get("resourceType").is_some_and(|kind| kind == Self::KIND)
        {
            let hash = Hash128::of_parts(&[code.to_string().as_bytes()]);
            self.by_id.insert(id, (Map::from_iter([("code".to_owned(), code)]), hash));
        }
    }

    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    /// What is said of the medication that a reference names, as a resource of a code alone.
    pub(super) fn named(&self, reference: &str) -> Option<&Map<String, Json>> {
        Some(&self.by_id.get(&key_of(reference, Self::KIND)?)?.0)
    }

    /// A hash of that: an order is another one where its drug is.
    pub fn hash_of(&self, reference: &str) -> Option<Hash128> {
        Some(self.by_id.get(&key_of(reference, Self::KIND)?)?.1)
    }

    /// A hash of all.
    pub fn fingerprint(&self) -> Hash128 {
        let parts: Vec<&[u8]> = self.by_id.iter().flat_map(|(id, (_, hash))| [id.as_bytes(), &hash.0]).collect();
        Hash128::of_parts(&parts)
    }
}
