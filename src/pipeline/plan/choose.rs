//! Which connector a source is read by, and what that asks of it before the first table is planned.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use rayon::prelude::*;

use super::super::PipelineError;
use super::PlanOptions;
use super::header::layout_of;
use crate::connector::{Detection, FileHeader, Pack, PackError, Stream, built_in, built_in_ids, detect, load_named};
use crate::extract::{ExtractError, Query, SourceFile, SourceTree, TextLayout, is_delimited};

/// The first line of every file that may be a table.
pub(super) fn headers(tree: &SourceTree) -> Result<BTreeMap<usize, FileHeader>, PipelineError> {
    let mut headers = BTreeMap::new();
    let mut known: HashSet<Arc<Vec<String>>> = HashSet::new();
    let tables = tree.files.iter().enumerate().filter(|(_, file)| file.is_rows() || is_delimited(&file.path));
    let tables: Vec<(usize, &SourceFile)> = tables.collect();
    // Part by part, so that equal headers of many files are not there at once.
    for part in tables.chunks(1024) {
        let read: Vec<_> = part.par_iter().map(|(_, file)| tree.header(file, &TextLayout::default())).collect();
        for ((index, file), header) in part.iter().zip(read) {
            // What has no header that could be one is no table; a stream that claims the file says so.
            match header {
                Ok(header) => {
                    let path = file.claimed_as().next().unwrap_or(&file.path).to_owned();
                    let columns = Arc::new(header.columns);
                    let columns = known.get(&columns).cloned().unwrap_or_else(|| {
                        known.insert(columns.clone());
                        columns
                    });
                    headers.insert(*index, FileHeader { path, columns });
                }
                Err(ExtractError::HeaderTooWide { .. } | ExtractError::RecordTooLong { .. }) => {}
                // Only whoever asks for a view needs to know what is wrong with it; and what is wrong with a file that may be a document,
                // whoever reads it, who knows how to call it.
                Err(_) if file.is_derived() || !file.is_rows() => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok(headers)
}

/// The stream of a pack that claims a file.
pub(super) fn claimant<'a>(pack: &'a Pack, file: &SourceFile) -> Option<&'a Stream> {
    pack.streams.iter().find(|stream| file.claimed_as().any(|path| stream.matches(path)))
}

/// Puts the pack's queries to the source, and says of which a table is not there.
pub(super) fn ask(tree: &mut SourceTree, pack: &Pack) -> Result<Vec<String>, PipelineError> {
    let streams = pack.streams.iter();
    let asking = streams.filter_map(|stream| Some((stream, stream.query.as_ref()?)));
    let queries: Vec<Query<'_>> =
        asking.map(|(stream, (file, sql))| Query { file: file.clone(), sql, key: &stream.key }).collect();
    if queries.is_empty() {
        return Ok(Vec::new());
    }
    let layout = |file: &SourceFile| {
        // What no stream claims is in the encoding of the others.
        let encoding = pack.streams.first().and_then(|stream| stream.encoding);
        claimant(pack, file).map_or(TextLayout { encoding, ..Default::default() }, layout_of)
    };
    let without = tree.ask(&queries, layout)?.into_iter();
    Ok(without.map(|query| format!("{}: {}; it gives nothing", query.0.file, query.1)).collect())
}

/// The connector that was named, or else the one that fits.
pub(super) fn choose(
    tree: &SourceTree,
    headers: &BTreeMap<usize, FileHeader>,
    options: &PlanOptions,
) -> Result<Pack, PipelineError> {
    if let Some(name) = &options.connector {
        return Ok(load_named(name)?.0);
    }
    let mut packs = Vec::new();
    for id in built_in_ids() {
        let files = built_in(id).unwrap_or_default();
        let parsed =
            Pack::parse(&files).map_err(|problems| PackError::Invalid { folder: format!("connectors/{id}"), problems });
        packs.push(parsed?.0);
    }
    let headers: Vec<FileHeader> = headers.values().cloned().collect();
    match detect(&packs, &headers) {
        Detection::Found(index) => Ok(packs.swap_remove(index)),
        Detection::Tie(candidates) => Err(PipelineError::ConnectorTie { source_path: tree.source.clone(), candidates }),
        Detection::None(nearest) => {
            Err(PipelineError::NoConnector { source_path: tree.source.clone(), nearest, files: tree.files.len() })
        }
    }
}
