//! Standard forms of charts: what other systems give, and get, as the field has agreed on it. Pure; knows chart records and nothing of where
//! they come from or go to.

pub mod ccda;
pub mod fhir;
mod filling;
pub mod hl7v2;
mod oid;
mod part;
mod tree;

use std::collections::BTreeMap;

use crate::model::{Disposition, IssueCode, RecordType, Sameness, Value};

/// What a record in a standard form says.
#[derive(Debug, Default)]
pub struct Received {
    pub charts: Vec<Chart>,
    /// What became of each value, by its path; values that are not in it are kept with the first chart record.
    pub used: BTreeMap<String, Disposition>,
    /// With the path of the value, where one is at fault.
    pub issues: Vec<(IssueCode, Option<String>)>,
    /// Why it cannot be charted.
    pub rejected: Option<(IssueCode, Option<String>)>,
    /// Where what nothing took in goes along with the first chart record: all that the record says.
    pub root: Option<serde_json::Map<String, serde_json::Value>>,
}

impl Received {
    /// Keeps with the first chart record what is charted nowhere, in the shape of what came; called when it is known what is.
    pub fn keep_rest(&mut self) {
        let (Some(root), Some(chart)) = (self.root.take(), self.charts.first_mut()) else { return };
        let left = tree::left(&root, &self.used);
        if !left.is_empty() {
            chart.values[chart.record.extra_column()] = Value::text(serde_json::Value::Object(left).to_string());
        }
    }
}

/// A chart record whose patient and references are not resolved yet.
#[derive(Debug)]
pub struct Chart {
    pub record: RecordType,
    /// Which of the chart records that such a record may make, from 0.
    pub part: usize,
    pub values: Vec<Value>,
    /// The columns that have a value, with the path each is from.
    pub sources: Vec<(usize, String)>,
    pub patient: Option<Referred>,
    /// By column.
    pub references: Vec<(usize, Referred)>,
    pub content: Option<Document>,
    /// Of a patient: whom the source calls the same person.
    pub same_person: Vec<SamePerson>,
}

/// Another registration of the source system that it says is the same person.
///
/// It is said by the record, for as long as this says so: a state. An event that says it once (a message that merges two numbers) must be a
/// record of its own, whose key no later record has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SamePerson {
    Key(Referred, Sameness),
    /// All registrations with this medical record number, merged into this one.
    Number {
        number: String,
        /// Of the value that says it.
        path: String,
    },
}

/// The content of a document record.
#[derive(Debug)]
pub enum Document {
    Bytes(Vec<u8>),
    Text(String),
    /// A file of the source, with the path of the value that names it.
    File(String, String),
}

/// Another record, by its type and key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Referred {
    /// As the standard calls its type.
    pub kind: String,
    pub key: String,
    /// Of the value that refers.
    pub path: String,
}
