//! The EHR store: chart tables, ledger, payloads, crosswalk, and the digest over all of it.
//!
//! The pipeline writes through [`BatchWrite`]: chart rows, their ledger rows, their payload and the checkpoint in one
//! transaction. This module never decides what a record means or who is who; it keeps what it is given. What it does is written
//! once, over [`Database`]; `sqlite` and `postgres` are the two that hold stores.

mod batch;
mod copy;
mod database;
pub mod digest;
mod documents;
mod erase;
mod error;
mod identity_links;
mod intact;
mod known;
mod match_index;
mod memory;
mod numbers;
mod open;
pub mod payload;
mod people;
mod place;
mod postgres;
mod read;
mod recount;
mod rekey;
mod reviews;
mod runs;
pub mod schema;
mod sqlite;
mod streams;
mod tombstone;
mod undo;
mod write;

pub(crate) use database::{Database, Row};
pub use digest::StoreDigest;
pub use documents::{DecidedDocuments, UnfiledDocument};
pub use erase::{EraseCounts, ErasedPlaces, Erasure, FrameFile, KeptFile, PairOf, Redact, Slots};
pub use error::StoreError;
pub use identity_links::IdentityLink;
pub use known::ChartReader;
pub use match_index::MatchEdge;
pub use memory::StreamMemory;
pub use open::EhrStore;
pub use place::StorePlace;
pub use read::{DateFlags, LineageBytes, NamedBytes, PayloadPlace, QuarantineRow, RecordRow, StoreCounts};
pub use recount::LedgerCount;
pub use reviews::OpenReview;
pub use runs::{RunPlan, RunRow};
pub use sqlite::back_up;
pub use tombstone::{ErasedContent, ErasedRecord, ErasedRegistration, KeptTombstone, KnownBy, Tombstone};
pub use undo::{Needs, RunTrace, UndoCounts};
pub use write::*;
