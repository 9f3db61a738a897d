//! Where a source record came from.

use std::fmt;

/// The position of one source record, precise enough to find it again with a text editor or a hex viewer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceRef {
    /// The source system's name (`--system`, by default the connector's id).
    pub system: String,
    pub stream: String,
    /// Relative to SOURCE, with `/` between folders.
    pub file: String,
    /// The record's number after the header, from 1; lines without a character do not count.
    pub row: u64,
    /// Offset of the record's first byte in the file, from 0.
    pub offset_bytes: u64,
}

/// As people look it up: file, row, byte, stream and system. For the store's questions and reports; the file's name is not for logs.
impl fmt::Display for SourceRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { system, stream, file, row, offset_bytes } = self;
        write!(f, "{file} row {row} (byte {offset_bytes}), stream {stream} of {system}")
    }
}
