//! The plain vocabulary every stage shares: chart records, source references, issues, fates and totals.
//!
//! Nothing here reads a file, opens a store or knows a connector: `model` imports no other module.

pub mod chart;
pub mod check_digit;
pub mod date;
pub mod fate;
pub mod hl7v2;
pub mod id;
pub mod issue;
pub mod name_pattern;
pub mod person_name;
pub mod phi;
pub mod phone;
pub mod same_person;
pub mod source;
pub mod standard;
pub mod text;
pub mod totals;

pub use chart::{ChartRow, Column, ColumnKind, RecordType, Value};
pub use date::PartialDate;
pub use fate::{Disposition, Fate};
pub use id::{ChartId, Hash128, KeyHash, PartHasher, record_id, subject_key};
pub use issue::{Issue, IssueCode};
pub use name_pattern::{DOCUMENT_COLUMNS, NamePattern};
pub use phi::Phi;
pub use same_person::{NamedPerson, SaidSame, Sameness};
pub use source::SourceRef;
pub use standard::Standard;
pub use totals::{CellTotals, StreamTotals};
