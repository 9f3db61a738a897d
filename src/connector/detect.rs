//! Which pack a source belongs to: by file names and headers, with the reasons.

use std::sync::Arc;

use super::pack::{Pack, Stream, folded};

/// A table of the source: its path relative to SOURCE and its column names.
#[derive(Clone, Debug)]
pub struct FileHeader {
    pub path: String,
    /// Shared by files that have the same ones.
    pub columns: Arc<Vec<String>>,
}

/// How well a pack fits a source.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    pub id: String,
    /// Streams of the pack for which there is a file with the right columns.
    pub streams_found: Vec<String>,
    /// Why this pack cannot be the one; empty where it can.
    pub against: Vec<String>,
    /// Share of the found streams' columns that the files have, from 0 to 1.
    pub columns_found: f64,
}

/// The answer to "whose export is this?".
#[derive(Clone, Debug, PartialEq)]
pub enum Detection {
    /// Index of the pack.
    Found(usize),
    /// More than one pack fits equally well.
    Tie(Vec<Candidate>),
    /// None fits; the nearest come first.
    None(Vec<Candidate>),
}

/// Half of a stream's columns must be there for a file to count as that stream's.
const ENOUGH_COLUMNS: f64 = 0.5;

pub fn detect(packs: &[Pack], files: &[FileHeader]) -> Detection {
    let mut candidates: Vec<(usize, Candidate)> = packs.iter().map(|pack| candidate(pack, files)).enumerate().collect();
    candidates.sort_by(|(_, a), (_, b)| rank(b).partial_cmp(&rank(a)).unwrap_or(std::cmp::Ordering::Equal));
    let mut fitting: Vec<&(usize, Candidate)> = candidates.iter().filter(|(_, c)| c.against.is_empty()).collect();
    if fitting.iter().any(|(index, _)| !packs[*index].fallback) {
        fitting.retain(|(index, _)| !packs[*index].fallback);
    }
    // What is nearly another program's is that, and not what any clinic may have: something of it is missing.
    let is_nearly = |candidate: &Candidate| {
        let others = candidates.iter().filter(|(index, _)| !packs[*index].fallback);
        others.into_iter().any(|(_, other)| other.streams_found.len() > candidate.streams_found.len())
    };
    fitting.retain(|(index, candidate)| !packs[*index].fallback || !is_nearly(candidate));
    match fitting.as_slice() {
        [] => Detection::None(
            candidates.into_iter().map(|(_, c)| c).filter(|c| c.columns_found > 0.0 && !c.against.is_empty()).collect(),
        ),
        [(index, _)] => Detection::Found(*index),
        [(index, best), (_, next), ..] if rank(best) > rank(next) => Detection::Found(*index),
        [(_, best), ..] => {
            Detection::Tie(fitting.iter().map(|(_, c)| c).filter(|c| rank(c) == rank(best)).cloned().collect())
        }
    }
}

fn rank(candidate: &Candidate) -> (bool, usize, f64) {
    (candidate.against.is_empty(), candidate.streams_found.len(), candidate.columns_found)
}

fn candidate(pack: &Pack, files: &[FileHeader]) -> Candidate {
    let mut found = Vec::new();
    let mut against = Vec::new();
    let (mut have, mut want) = (0usize, 0usize);
    // What a query gives is known once the pack is.
    for stream in pack.streams.iter().filter(|stream| stream.query.is_none()) {
        let of_this_name = || files.iter().filter(|file| stream.matches(&file.path));
        // A file without a byte speaks neither for nor against a pack.
        let named: Vec<&FileHeader> = of_this_name().filter(|file| !file.columns.is_empty()).collect();
        // A file without a header speaks by its name alone.
        let has_no_header = !stream.columns.is_empty() || !stream.widths.is_empty();
        if has_no_header && !named.is_empty() {
            found.push(stream.name.clone());
            continue;
        }
        if named.is_empty() {
            if stream.required {
                let stream = &stream.name;
                against.push(match of_this_name().next() {
                    Some(empty) => format!("{}, its stream `{stream}`, is empty", empty.path),
                    None => format!("no file for its stream `{stream}`"),
                });
            }
            continue;
        }
        let (present, expected) = named
            .iter()
            .map(|file| columns_present(stream, &file.columns))
            .max_by(|a, b| (a.0 * b.1.max(1)).cmp(&(b.0 * a.1.max(1))))
            .unwrap_or((0, 0));
        let keyless = |file: &&FileHeader| stream.key.iter().any(|key| !has_column(stream, &file.columns, key));
        if named.iter().all(keyless) {
            against.push(format!("{} has no column for the key of stream `{}`", named[0].path, stream.name));
            continue;
        }
        have += present;
        want += expected;
        if expected > 0 && (present as f64) < ENOUGH_COLUMNS * expected as f64 {
            let message =
                format!("{} has {present} of the {expected} columns of stream `{}`", named[0].path, stream.name);
            against.push(message);
        } else {
            found.push(stream.name.clone());
        }
    }
    if found.is_empty() && against.is_empty() {
        against.push("none of its files is there".into());
    }
    let columns_found = if want == 0 { 0.0 } else { have as f64 / want as f64 };
    Candidate { id: pack.id.clone(), streams_found: found, against, columns_found }
}

/// How many of a stream's indispensable columns a header has, and how many there are.
fn columns_present(stream: &Stream, columns: &[String]) -> (usize, usize) {
    let mut wanted: Vec<&str> = stream.key.iter().map(String::as_str).collect();
    for field in stream.mappings().iter().flat_map(|mapping| &mapping.fields).filter(|field| !field.optional) {
        wanted.extend(field.columns());
    }
    wanted.sort_unstable();
    wanted.dedup();
    (wanted.iter().filter(|name| has_column(stream, columns, name)).count(), wanted.len())
}

/// Whether a header has a column, under any of its names.
fn has_column(stream: &Stream, columns: &[String], name: &str) -> bool {
    let has = |name: &str| columns.iter().any(|column| folded(column) == folded(name));
    has(name) || stream.also.get(name).is_some_and(|others| others.iter().any(|other| has(other)))
}
