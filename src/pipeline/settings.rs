//! What people chose for a whole store: the model that its people are matched by, and whose demographics survive. The model is pinned:
//! what a later night decides must not depend on how many people there are by then.

use super::PipelineError;
use super::survey::hex;
use crate::matching::{BLOCKING_RULES, Model};
use crate::model::Hash128;
use crate::store::{EhrStore, SettingName, StoreError};

/// What stands in a store for the model that ships with the program. A program with another shipped model must know this one still.
pub(super) const SHIPPED: &str = "shipped 1";

/// The model that a store is matched by.
pub fn pinned_model(store: &EhrStore) -> Result<Model, PipelineError> {
    match store.setting(SettingName::MatchModel)? {
        None => Ok(Model::shipped()),
        Some(pinned) if pinned.text == SHIPPED => Ok(Model::shipped()),
        Some(pinned) => Model::from_json(&pinned.text)
            .map_err(|_| StoreError::Damaged { what: "a pinned model that cannot be read".into() }.into()),
    }
}

/// By what a store's people are matched: the program and the model.
pub fn matcher_name(store: &EhrStore) -> Result<String, PipelineError> {
    let model = pinned_model(store)?.to_json();
    let model = hex(&Hash128::of_parts(&[model.as_bytes()]).0);
    Ok(format!("{} {BLOCKING_RULES} {model}", env!("CARGO_PKG_VERSION")))
}

/// The preferred first; those that are not named come after them, none before another.
#[derive(Clone, Debug, Default)]
pub struct SourcePriority(pub(super) Vec<String>);

impl SourcePriority {
    pub fn of_store(store: &EhrStore) -> Result<Self, PipelineError> {
        let Some(setting) = store.setting(SettingName::SourcePriority)? else { return Ok(Self::default()) };
        let damaged = |_| StoreError::Damaged { what: "preferred sources that cannot be read".into() };
        Ok(Self(serde_json::from_str(&setting.value).map_err(damaged)?))
    }

    pub fn rank(&self, system: &str) -> u32 {
        self.0.iter().position(|named| named == system).unwrap_or(self.0.len()) as u32
    }

    pub fn systems(&self) -> &[String] {
        &self.0
    }
}
