//! The columns of a file, as the stream that claims it reads them.

use std::collections::BTreeMap;

use super::super::PipelineError;
use super::super::outcome::UNCLAIMED;
use crate::connector::{Drift, Repeats, Stream, StreamUse, Target, folded};
use crate::extract::{Escape, ExtractError, Header, SourceFile, SourceTree, TextLayout};
use crate::normalize::resolve_column;

/// The stream of a table that no pack speaks of.
pub(in super::super) fn unclaimed_stream(name: &str) -> Stream {
    Stream {
        name: name.to_owned(),
        patterns: Vec::new(),
        documents: None,
        drift: Drift::Evolve,
        query: None,
        required: false,
        key: Vec::new(),
        key_line: 0,
        repeats: Repeats::Duplicate,
        newest: None,
        also: BTreeMap::new(),
        null_values: Default::default(),
        ignore: Vec::new(),
        use_: StreamUse::Archive(UNCLAIMED.into()),
        encoding: None,
        delimiter: None,
        escape: None,
        repairs_mojibake: false,
        header_row: None,
        columns: Vec::new(),
        widths: Vec::new(),
        standard: None,
        mapping_hash: String::new(),
    }
}

/// Columns that neither key, mapping nor `ignore` names.
pub(super) fn spare_columns(stream: &Stream, columns: &[String]) -> Vec<String> {
    let fields = stream.mappings().iter().flat_map(|mapping| &mapping.fields);
    let read = fields.flat_map(|field| field.columns().map(str::to_owned));
    let named = read.chain(stream.key.iter().cloned()).chain(stream.ignore.iter().map(|(column, _)| column.clone()));
    let named: Vec<usize> = named.filter_map(|name| resolve_column(stream, columns, &name)).collect();
    columns.iter().enumerate().filter(|(index, _)| !named.contains(index)).map(|(_, column)| column.clone()).collect()
}

/// Two columns that may each be one by which the stream's records, or their patients, are known.
pub(super) fn two_for_a_key(stream: &Stream, columns: &[String]) -> Option<(String, String, String)> {
    let fields = stream.mappings().iter().flat_map(|mapping| &mapping.fields);
    let patients = fields.filter(|field| field.target == Target::Patient).flat_map(|field| &field.from);
    stream.key.iter().chain(patients).find_map(|key| {
        let names: Vec<String> =
            std::iter::once(key).chain(stream.also.get(key).into_iter().flatten()).map(|name| folded(name)).collect();
        let mut found = columns.iter().filter(|column| names.contains(&folded(column)));
        let (first, second) = (found.next()?, found.next()?);
        Some((key.clone(), first.clone(), second.clone()))
    })
}

/// How the files of a stream are written, as its pack says.
pub(in super::super) fn layout_of(stream: &Stream) -> TextLayout {
    let (columns, widths) = (stream.columns.clone(), stream.widths.clone());
    let escape = stream.escape.map(|(sign, letters)| Escape { sign, letters });
    TextLayout { delimiter: stream.delimiter, escape, encoding: stream.encoding, columns, widths }
}

/// The header of a file as its stream reads it. `columns` are those that it was seen to have.
pub(super) fn read_header(
    tree: &SourceTree,
    file: &SourceFile,
    stream: &Stream,
    columns: Option<&[String]>,
) -> Result<Header, PipelineError> {
    let header = match columns.filter(|_| file.is_tree()) {
        // How text is written is of no matter to trees.
        Some(columns) => Header::of_trees(&file.path, columns.to_vec())?,
        None => tree.header(file, &layout_of(stream))?,
    };
    // A table that nobody reads by its columns may name them as it likes.
    let columns = if stream.mappings().is_empty() { &[][..] } else { &header.columns[..] };
    for (second, column) in columns.iter().enumerate() {
        if let Some(first) = columns[..second].iter().position(|other| other == column && !column.is_empty()) {
            let fields = stream.mappings().iter().flat_map(|mapping| &mapping.fields);
            let is_known = fields.flat_map(|field| field.columns()).any(|name| folded(name) == folded(column));
            let (file, column) = (file.path.clone(), is_known.then(|| column.clone()));
            return Err(ExtractError::ColumnTwice { file, column, first: first + 1, second: second + 1 }.into());
        }
    }
    Ok(header)
}
