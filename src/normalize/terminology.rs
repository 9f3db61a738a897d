//! Code systems: the tables that ship with the program, and those that a site brings.
//!
//! What a table says is told or fills what is missing; it never takes a code away from the chart.

pub mod gem;
pub mod icd_10_cm;
pub mod ndc;
mod packed;
mod site;

pub use site::{Known, SiteTables, TableError};

pub const ICD_9_CM: &str = "http://hl7.org/fhir/sid/icd-9-cm";
pub const ICD_10_CM: &str = "http://hl7.org/fhir/sid/icd-10-cm";
pub const NDC: &str = "http://hl7.org/fhir/sid/ndc";
