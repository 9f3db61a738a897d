//! The named transforms: text to the value of a chart column, or the code of what is wrong with it.

pub mod address;
pub mod date;
pub mod demographics;
pub mod number;
pub mod person;
pub mod serial;
pub mod sig;

use crate::model::IssueCode;

/// The value of a transform, or why there is none.
pub type Transformed<T> = Result<T, IssueCode>;
