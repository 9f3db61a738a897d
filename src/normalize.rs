//! From the cells of one source record to chart records, by a pack's mapping. Pure: no file, no store, no clock.
//!
//! [`RowPlan::bind`] ties a stream's mappings to the columns of one file; [`normalize`] then takes a row and cannot fail: what
//! is wrong with the data comes back as issues beside the result.

mod bind;
mod code_form;
mod code_list;
mod denial;
mod diagnosis;
mod mojibake;
mod plausible;
mod row;
mod terminology;
mod transform;
mod truth;
mod ucum;

pub use crate::exchange::fhir::Medications;
pub use bind::{MissingColumn, RowPlan, resolve_column};
pub use code_form::can_be as can_be_code;
pub use mojibake::before_mojibake;
pub use plausible::doubts_of_age;
pub use row::{Content, Draft, Normalized, Reference, RowCells, Subject, normalize};
pub use terminology::{SiteTables, TableError};
pub use transform::date::{Evidence, date_evidence, parse_date, parse_datetime};
pub use transform::number::{parse_decimal, parse_integer};
pub use transform::person::{check_email, check_phone, check_ssn};
pub use ucum::code as ucum_code;

use std::sync::Arc;

use crate::connector::DateOrder;
use crate::model::PartialDate;

/// Raised by one whenever the same row under the same pack makes another chart record than before, so that stores follow.
pub const VERSION: u32 = 4;

/// What a row is normalized against, besides its plan.
#[derive(Clone, Debug)]
pub struct Context {
    /// The day of the run: births after it are issues, two-digit years are not later.
    pub as_of: PartialDate,
    /// Per column, what its dates prove; `None` where they prove nothing or contradict each other.
    pub column_order: Vec<Option<DateOrder>>,
    /// The layout of the file changed, and its records wait until somebody says that this is right.
    pub held: bool,
    /// Tables of code systems that the site brought.
    pub terminology: Option<Arc<SiteTables>>,
}
