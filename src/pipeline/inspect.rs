//! Looks at a source without loading it: every table is read once, and what its columns look like is counted.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use rayon::prelude::*;

use super::identify::row_text;
use super::{Event, Listener, PipelineError};
use crate::extract::{
    Escape, Header, ROWS, SourceFile, SourcePlace, SourceTree, TextLayout, is_delimited, looks_like_a_table,
};
use crate::profile::{ColumnTally, SourceProfile, TableProfile, TwinTally, looks_like_data, relate};

const BATCH_RECORDS: usize = 4096;
const BATCH_BYTES: usize = 4 << 20;

/// Rows up to this many are compared with one another.
const MOST_COMPARED: usize = 4 << 20;

pub struct InspectOptions {
    pub source: SourcePlace,
    /// Whether values may be shown.
    pub show_values: bool,
    /// Of each table no more rows than these are read.
    pub limit: Option<u64>,
    /// Tables of a database are counted there, and of each about so many rows are looked at.
    pub sample: Option<u64>,
}

pub fn inspect(options: &InspectOptions, listener: &dyn Listener) -> Result<SourceProfile, PipelineError> {
    let mut tree = SourceTree::open(&options.source)?;
    let opened = tree.open_tables()?;
    let mut profile = SourceProfile { source: tree.source.clone(), ..Default::default() };
    let unread = opened.refused.len() + opened.broken.len();
    if unread > 0 {
        profile.notes.push(format!("{unread} files or tables cannot be read"));
    }
    let mut tables = Vec::new();
    let views = tree.files.iter().filter(|file| file.is_derived()).count();
    if views > 0 {
        profile.notes.push(format!("{views} views are left out: their rows are those of tables"));
    }
    for file in tree.files.iter().filter(|file| !file.is_derived()) {
        if file.is_rows() || (is_delimited(&file.path) && is_table(&tree, file)?) {
            tables.push(file);
        } else if !file.holds_tables() && file.claimed_as().next().is_some() {
            profile.other_files += 1;
        }
    }
    listener.event(Event::Stage("reading the source"));
    let looked_at: Result<Vec<TableProfile>, PipelineError> =
        tables.par_iter().map(|file| look_at(&tree, file, options, listener)).collect();
    profile.tables = looked_at?;
    if options.limit.is_some_and(|limit| profile.tables.iter().any(|table| table.rows >= limit)) {
        profile.notes.push("of some tables only the first rows were read: keys and references are not certain".into());
    }
    if profile.tables.iter().any(|table| table.looked_at.is_some()) {
        profile.notes.push(
            "of large tables some rows were looked at: rows, filled and different values are counted, all else is of these".into(),
        );
    }
    relate(&mut profile.tables);
    Ok(profile)
}

fn is_table(tree: &SourceTree, file: &SourceFile) -> Result<bool, PipelineError> {
    if !file.path.to_lowercase().ends_with(".txt") {
        return Ok(true);
    }
    // What cannot be read is no table; its name may be a patient's.
    Ok(tree.open_file(file).is_ok_and(|input| looks_like_a_table(input).unwrap_or(false)))
}

fn look_at(
    tree: &SourceTree,
    file: &SourceFile,
    options: &InspectOptions,
    listener: &dyn Listener,
) -> Result<TableProfile, PipelineError> {
    if let Some((sample, some)) = options.sample.map(|wanted| tree.sample(file, wanted)).transpose()?.flatten() {
        let (table, _) = read_table(tree, &some, &TextLayout::default(), options, listener)?;
        return Ok(TableProfile { has_header: true, ..table.counted(sample.rows, &sample.columns) });
    }
    let mut layout = TextLayout::default();
    let header = tree.header(file, &layout)?;
    let has_header = file.is_rows() || !looks_like_data(&header.columns);
    if !has_header {
        // The first line is a row like the others, maybe a patient's.
        layout.columns = (1..=header.columns.len()).map(|number| format!("column {number}")).collect();
    }
    let (mut table, torn_at_escapes) = read_table(tree, file, &layout, options, listener)?;
    if torn_at_escapes > 0 {
        let layout = TextLayout { escape: Some(Escape { sign: b'\\', letters: false }), ..layout };
        let (escaped, _) = read_table(tree, file, &layout, options, listener)?;
        if escaped.ragged < table.ragged {
            table = escaped;
        }
    }
    Ok(TableProfile { has_header, ..table })
}

/// Reads a table as one that is written so. Also says how many of its rows are torn at quotes that may be escaped.
fn read_table(
    tree: &SourceTree,
    file: &SourceFile,
    layout: &TextLayout,
    options: &InspectOptions,
    listener: &dyn Listener,
) -> Result<(TableProfile, u64), PipelineError> {
    let (mut reader, header) = file.read(&file.path, tree.open_file(file)?, layout)?;
    let mut tallies: Vec<ColumnTally> = header.columns.iter().map(|_| ColumnTally::default()).collect();
    let mut table = TableProfile { path: file.path.clone(), ..Default::default() };
    let mut seen: HashSet<u64> = HashSet::new();
    let mut twins = TwinTally::default();
    let (mut by_utf8, mut by_fallback, mut torn_at_escapes) = (0, 0, 0);
    'read: while let Some(batch) = reader.next_batch(BATCH_RECORDS, BATCH_BYTES)? {
        if listener.interrupted() {
            return Err(PipelineError::Interrupted);
        }
        for record in batch.records() {
            if options.limit.is_some_and(|limit| table.rows >= limit) {
                break 'read;
            }
            table.rows += 1;
            if record.flaw().is_some() {
                table.ragged += 1;
                torn_at_escapes += u64::from(record.is_torn_at_escapes(&header));
                continue;
            }
            if seen.len() < MOST_COMPARED {
                let mut hasher = DefaultHasher::new();
                record.raw().hash(&mut hasher);
                table.repeats += u64::from(!seen.insert(hasher.finish()));
            }
            let row = row_text(record, &header);
            by_utf8 += row.by_utf8;
            by_fallback += row.by_fallback;
            for (column, _) in &row.cells.garbled {
                tallies[*column].add_garbled();
            }
            twins.add(row.cells.cells.iter().map(|cell| cell.as_deref()));
            for (tally, cell) in tallies.iter_mut().zip(&row.cells.cells) {
                if let Some(text) = cell {
                    tally.add(text);
                }
            }
        }
        listener.event(Event::Progress { records: batch.len() as u64, issues: 0 });
    }
    table.encoding = encoding(&header, by_utf8, by_fallback);
    table.delimiter = (header.reading != ROWS).then_some(char::from(header.delimiter));
    table.escape = header.escape.map(|escape| char::from(escape.sign));
    table.twins = twins.finish();
    let rows = table.rows - table.ragged;
    let named = header.columns.iter().zip(tallies);
    table.columns = named.map(|(name, tally)| tally.finish(name, rows, options.show_values)).collect();
    Ok((table, torn_at_escapes))
}

fn encoding(header: &Header, by_utf8: u64, by_fallback: u64) -> String {
    match (header.reading, by_utf8, by_fallback) {
        (ROWS, ..) => "rows".into(),
        ("UTF-8", 0, 0) => "ASCII".into(),
        ("UTF-8", _, 0) => "UTF-8".into(),
        ("UTF-8", 0, _) => header.fallback.name().into(),
        ("UTF-8", ..) => format!("UTF-8 and {} mixed", header.fallback.name()),
        (reading, ..) => reading.into(),
    }
}
