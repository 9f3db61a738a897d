//! Records that are trees, as JSON on one line each: what stands in the file is the record, and the values within it are its cells.

use std::collections::{HashMap, HashSet};
use std::io::Read;
use std::sync::Arc;

use encoding_rs::WINDOWS_1252;

use super::super::ExtractError;
use super::super::json::{Object, flatten};
use super::layout::{Header, TREES};
use super::{Flaw, MAX_COLUMNS, MAX_RECORD_BYTES, Parser, RecordBatch, RecordReader, Span};

/// Many files of trees are small.
const TREE_CHUNK_BYTES: usize = 64 << 10;

/// The cell of each path, and the elements that are one cell whatever is in them.
#[derive(Clone)]
pub(super) struct Places(Arc<(HashMap<String, usize>, HashSet<String>)>);

impl Places {
    pub fn of(columns: &[String]) -> Self {
        let cells = columns.iter().enumerate().map(|(at, path)| (path.clone(), at)).collect();
        let parted: HashSet<&str> = columns.iter().filter_map(|path| Some(path.split_once('.')?.0)).collect();
        let whole = columns.iter().filter(|path| !path.contains('.') && !parted.contains(path.as_str()));
        Self(Arc::new((cells, whole.cloned().collect())))
    }
}

impl Header {
    /// Of trees with these paths within them.
    pub fn of_trees(file: &str, columns: Vec<String>) -> Result<Self, ExtractError> {
        if columns.len() > MAX_COLUMNS {
            let (file, columns) = (file.to_owned(), columns.len());
            return Err(ExtractError::HeaderTooWide { file, columns, limit: MAX_COLUMNS });
        }
        Ok(Self { columns, delimiter: b',', escape: None, fallback: WINDOWS_1252, reading: TREES })
    }
}

impl RecordReader {
    /// Opens trees, behind a line that names the paths within them.
    pub fn open_trees(file: &str, input: Box<dyn Read + Send>) -> Result<(Self, Header), ExtractError> {
        let mut reader = Self { next_row: 1, ..Self::new(file, input, TREE_CHUNK_BYTES, Parser::Trees) };
        let mut line = Vec::new();
        reader.line(&mut line)?;
        let damaged = |error: serde_json::Error| ExtractError::JsonDamaged {
            path: file.to_owned(),
            line: error.line(),
            column: error.column(),
        };
        let columns: Vec<String> = serde_json::from_slice(&line).map_err(damaged)?;
        let header = Header::of_trees(file, columns)?;
        (reader.columns, reader.places) = (header.columns.len(), Some(Places::of(&header.columns)));
        Ok((reader, header))
    }

    /// Takes a line with its end; what is too long for a record ends the run.
    fn line(&mut self, line: &mut Vec<u8>) -> Result<(), ExtractError> {
        loop {
            if self.at == self.filled {
                if self.ended {
                    return Ok(());
                }
                self.refill()?;
                continue;
            }
            let left = &self.chunk[self.at..self.filled];
            let (taken, is_whole) = match memchr::memchr(b'\n', left) {
                Some(end) => (end + 1, true),
                None => (left.len(), false),
            };
            line.extend_from_slice(&left[..taken]);
            self.at += taken;
            self.offset_bytes += taken as u64;
            if line.len() > MAX_RECORD_BYTES {
                let (file, row, offset) = (self.file.clone(), self.next_row, self.offset_bytes);
                return Err(ExtractError::RecordTooLong { file, row, offset, limit: MAX_RECORD_BYTES });
            }
            if is_whole {
                return Ok(());
            }
        }
    }

    /// Reads one tree to the end of the batch; false at the end of the file.
    pub(super) fn read_tree(&mut self, batch: &mut RecordBatch) -> Result<bool, ExtractError> {
        let Some(places) = self.places.clone() else { return Ok(false) };
        let mut line = Vec::new();
        let mut offset_bytes;
        loop {
            line.clear();
            offset_bytes = self.offset_bytes;
            self.line(&mut line)?;
            if line.is_empty() {
                return Ok(false);
            }
            if line.iter().any(|byte| !byte.is_ascii_whitespace()) {
                break;
            }
        }
        let raw_start = batch.raw.len();
        batch.raw.extend_from_slice(&line);
        let length = line.iter().rposition(|byte| !matches!(byte, b'\r' | b'\n')).map_or(0, |last| last + 1);
        let (text_start, ends_start) = (batch.text.len(), batch.ends.len());
        let text = String::from_utf8_lossy(&line[..length]);
        let mut cells: Vec<Option<String>> = vec![None; self.columns];
        // Values of paths that no column names, and second values of one path, have no cell; the record has them all the same.
        let mut beyond = 0;
        let (places, whole) = &*places.0;
        let mut fill = |path: &str, value: Option<String>| match (places.get(path), value) {
            (Some(at), Some(value)) if cells[*at].is_none() => cells[*at] = Some(value),
            (_, Some(_)) => beyond += 1,
            (_, None) => {}
        };
        let elements = serde_json::from_str::<Object>(&text);
        let is_tree = elements.is_ok();
        for (name, value) in elements.into_iter().flat_map(|Object(elements)| elements) {
            let is_parted = matches!(value.get().as_bytes().first(), Some(b'{' | b'['));
            match is_parted && whole.contains(&name) {
                true => fill(&name, Some(value.get().to_owned())),
                false => flatten(&name, &value, 0, &mut fill),
            }
        }
        let mut put = |cell: &str| {
            batch.text.extend_from_slice(cell.as_bytes());
            batch.ends.push(batch.text.len() - text_start);
        };
        match is_tree && beyond == 0 {
            true => cells.iter().for_each(|cell| put(cell.as_deref().unwrap_or_default())),
            // What is no tree is one cell.
            false => put(&text),
        }
        batch.spans.push(Span {
            raw: raw_start..raw_start + length,
            text_start,
            ends: ends_start..batch.ends.len(),
            offset_bytes,
            flaw: (!is_tree || beyond > 0).then_some(Flaw::NoTree),
        });
        Ok(true)
    }
}
