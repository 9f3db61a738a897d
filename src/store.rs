//! The EHR store: chart tables, ledger, payloads, crosswalk, and the digest over all of it.
//!
//! The pipeline writes through [`BatchWrite`]: chart rows, their ledger rows, their payload and the checkpoint in one
//! transaction. This module never decides what a record means or who is who; it keeps what it is given.

pub mod digest;
mod error;
pub mod payload;
pub mod schema;
mod sqlite;
mod write;

pub use digest::StoreDigest;
pub use error::StoreError;
pub use sqlite::{
    ChartReader, DateFlags, LedgerCount, NamedBytes, Needs, OpenReview, PayloadPlace, QuarantineRow, RecordRow, RunRow,
    SqliteStore, StoreCounts, StoreLock, UndoCounts,
};
pub use write::*;
