//! Codes held against the tables that a site brings: what is not in use there is told, what has no display gets the table's.

use super::code_form::coded_elements;
use super::terminology::{Known, SiteTables};
use super::truth::Fault;
use crate::model::{IssueCode, RecordType, Value};

pub(super) fn compare(record: RecordType, values: &mut [Value], tables: &SiteTables, faults: &mut Vec<Fault>) {
    for element in coded_elements(record) {
        let known = match (values[element.code].as_str(), values[element.system].as_str()) {
            (Some(code), Some(system)) => tables.find(system, code),
            _ => None,
        };
        let (display, in_use) = match known {
            None => continue,
            Some(Known::Active(display)) => (display, true),
            Some(Known::Retired(display)) => (display, false),
            Some(Known::Missing) => (None, false),
        };
        if !in_use && !faults.iter().any(|fault| fault.column == element.code) {
            faults.push(Fault { column: element.code, code: IssueCode::CodeUnknown });
        }
        if let (Some(at), Some(display)) = (element.display, display)
            && values[at].is_null()
        {
            values[at] = Value::text(display);
        }
    }
}
