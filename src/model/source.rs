//! Where a source record came from.

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
