//! A chart record on its way.

use serde_json::{Map, Value as Json};

use super::{Content, Reference, Subject};
use crate::connector::Target;
use crate::model::{ColumnKind, RecordType, Value};
use crate::normalize::transform::sig::{Sig, parse_sig};

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

    /// Directions: their words, and what they plainly say where no other column says it.
    pub fn put_directions(&mut self, text: &str, source: usize) {
        let Sig { dose, frequency, route } = parse_sig(text);
        let amount = |of: Option<(f64, &'static str)>| of.map(|(number, _)| Value::Real(number));
        let unit = |of: Option<(f64, &'static str)>| of.map(|(_, unit)| Value::text(unit));
        for (name, value) in [
            ("dosage_text", Some(super::clean(text))),
            ("dose_value", amount(dose)),
            ("dose_unit", unit(dose)),
            ("frequency_value", amount(frequency)),
            ("frequency_unit", unit(frequency)),
            ("route", route.map(Value::text)),
        ] {
            let index = self.record.column_index(name).filter(|at| self.values[*at].is_null());
            if let Some((index, value)) = index.zip(value) {
                self.values[index] = value;
                self.sources.push((index, source));
            }
        }
    }

    pub fn put_named(&mut self, name: &str, value: Value) {
        if let Some(index) = self.record.column_index(name) {
            self.values[index] = value;
        }
    }
}
