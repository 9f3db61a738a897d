//! How bytes become source records: folders, files and zip archives of delimited text, workbooks, SQLite, dBase and Access files, JSON, databases of
//! servers, programs that speak the Singer protocol.
//!
//! Knows nothing of what a column means, of charts or of stores. Everything is read as a stream: memory does not grow with
//! the source. A new access method is a new file here.

mod access;
mod batches;
mod ccda;
mod chunks;
mod dbase;
mod delimited;
mod documents;
mod encoding;
mod error;
mod fhir;
mod fixed;
mod hl7v2;
mod json;
mod listed;
mod ocr;
mod place;
mod query;
mod rows;
mod server;
mod singer;
mod sniff;
mod sqlite;
mod told;
mod tree;
mod workbook;

pub use delimited::{
    Escape, Flaw, Header, ROWS, Record, RecordBatch, RecordReader, TREES, TextLayout, is_delimited, split_record,
};
pub use documents::{DocumentKind, Flaw as DocumentFlaw, Looked, look};
pub use encoding::{CellText, cell_text, is_blank};
pub use error::ExtractError;
pub use listed::Listed;
pub use ocr::{Ocr, Recognized};
pub use place::SourcePlace;
pub use query::Query;
pub use rows::{Sample, holds_tables, panic_is_caught};
pub use singer::Tap;
pub use sniff::{looks_like_a_table, sniff_delimiter};
pub use tree::{DocumentLookup, OpenedTables, SourceFile, SourceTree};
