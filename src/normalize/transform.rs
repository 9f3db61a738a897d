//! The named transforms: text to the value of a chart column, or the code of what is wrong with it.

pub mod date;
pub mod number;
pub mod person;
pub mod sig;

use crate::model::IssueCode;

/// The value of a transform, or why there is none.
pub type Transformed<T> = Result<T, IssueCode>;
