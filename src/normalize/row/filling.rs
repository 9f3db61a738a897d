//! A chart record on its way.

use serde_json::{Map, Value as Json};

use super::{Content, Reference, Subject};
use crate::connector::Target;
use crate::model::{ColumnKind, RecordType, Value};

/// A chart record being filled.
pub(super) struct Filling {
    pub record: RecordType,
    pub values: Vec<Value>,
    /// Which source column a target's value came from.
    pub sources: Vec<(usize, usize)>,
    pub extra: Map<String, Json>,
    pub subject: Option<Subject>,
    pub content: Option<Content>,
    pub references: Vec<Reference>,
}

impl Filling {
    pub fn kind(&self, target: &Target) -> Option<ColumnKind> {
        match target {
            Target::Column(index) => Some(self.record.columns()[*index].kind),
            _ => None,
        }
    }

    pub fn put(&mut self, target: &Target, value: Value, source: Option<usize>) -> bool {
        match target {
            Target::Column(index) => {
                self.values[*index] = value;
                self.sources.extend(source.map(|source| (*index, source)));
            }
            Target::Extra(name) => {
                self.extra.insert(name.clone(), Json::from(value.as_str().unwrap_or_default()));
            }
            _ => return false,
        }
        true
    }

    pub fn put_named(&mut self, name: &str, value: Value) {
        if let Some(index) = self.record.column_index(name) {
            self.values[index] = value;
        }
    }
}
