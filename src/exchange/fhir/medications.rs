//! Drugs that orders name as resources of their own (FHIR R4, Medication): what each is called, by its id.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::key_of;
use crate::model::Hash128;

/// The codes of the medications that a source has, or had.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Medications {
    by_id: BTreeMap<String, Known>,
    /// Counts what is known from earlier and what the source has now.
    generation: u32,
}

#[derive(Clone, Debug, PartialEq)]
struct Known {
    /// A resource of a code alone; nothing where one id names several drugs.
    said: Map<String, Json>,
    hash: Hash128,
    generation: u32,
}

impl Medications {
    /// The type of such a resource.
    pub const KIND: &str = "Medication";
    /// The path of the value that names one.
    pub const PLACE: &str = "medicationReference.reference";

    /// What is added from here on takes the place of what was before.
    pub fn renew(&mut self) {
        self.generation += 1;
    }

    /// Takes in what a resource says. Where several of one id say different things, nobody can tell which is meant: bundles of several servers
    /// share ids. What is none, or was entered in error, is no drug.
    pub fn add(&mut self, text: &str) {
        let Ok(Json::Object(mut resource)) = serde_json::from_str::<Json>(text) else { return };
        let is_one = resource.get("resourceType").is_some_and(|kind| kind == Self::KIND);
        let is_error = resource.get("status").is_some_and(|status| status == "entered-in-error");
        let (id, code) = (resource.remove("id"), resource.remove("code"));
        let (Some(Json::String(id)), true) = (id, is_one) else { return };
        let said = match code.filter(|code| code.is_object() && !is_error) {
            Some(code) => Map::from_iter([("code".to_owned(), code)]),
            None => Map::new(),
        };
        let hash = Hash128::of_parts(&[Json::Object(said.clone()).to_string().as_bytes()]);
        let generation = self.generation;
        match self.by_id.get_mut(&id) {
            Some(known) if known.generation == generation && generation > 0 && known.hash != hash => {
                known.said = Map::new();
                known.hash = Hash128::of_parts(&[b"several"]);
            }
            _ => drop(self.by_id.insert(id, Known { said, hash, generation })),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    /// What is said of the medication that a reference names, as a resource of a code alone. An earlier version of it is another one.
    pub(super) fn named(&self, reference: &str) -> Option<&Map<String, Json>> {
        Some(&self.known(reference)?.said).filter(|said| !said.is_empty())
    }

    fn known(&self, reference: &str) -> Option<&Known> {
        let id = key_of(reference, Self::KIND).filter(|_| !reference.contains("/_history/"))?;
        self.by_id.get(&id)
    }

    /// A hash of that: an order is another one where its drug is.
    pub fn hash_of(&self, reference: &str) -> Option<Hash128> {
        Some(self.known(reference)?.hash)
    }

    /// A hash of all.
    pub fn fingerprint(&self) -> Hash128 {
        let parts: Vec<&[u8]> = self.by_id.iter().flat_map(|(id, known)| [id.as_bytes(), &known.hash.0]).collect();
        Hash128::of_parts(&parts)
    }
}
