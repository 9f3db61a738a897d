//! Resources of FHIR as JSON: a resource or a Bundle in a file, or one on each line (NDJSON). Each type of resource is a table; its records are
//! the resources as they stand, and their columns the paths of all values within (`code.coding.0.code`).
//!
//! A Bundle is a box: what stands in it beside its resources is kept with the file. A line of NDJSON that is no resource is a record of the
//! file's first table, which cannot be read.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::sync::Arc;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::ExtractError;
use super::json::flatten_object;
use super::rows::{LocalFile, RowWriter, Tables};

/// Longer lines are no resource; a resource with its documents in it is one.
const MAX_LINE_BYTES: u64 = 128 << 20;
/// A Bundle is held in memory while it is read.
const MAX_BUNDLE_BYTES: u64 = 1 << 30;
/// Different paths of one type of resource.
const MAX_COLUMNS: usize = 16_384;

#[derive(Debug)]
struct FhirFile {
    path: String,
    file: LocalFile,
    is_lines: bool,
    /// By type of resource.
    tables: Vec<(String, Vec<String>)>,
    /// Lines that are no resource.
    garbage: u64,
}

/// None where the first thing in it is no resource.
pub(super) fn open(path: &str, file: LocalFile) -> Result<Option<Arc<dyn Tables>>, ExtractError> {
    let is_lines = !path.to_lowercase().ends_with(".json");
    let mut opened = FhirFile { path: path.to_owned(), file, is_lines, tables: Vec::new(), garbage: 0 };
    let mut found: BTreeMap<String, (Vec<String>, HashMap<String, ()>)> = BTreeMap::new();
    let mut garbage = 0;
    let mut wide = None;
    opened.each(&mut |kind, text| {
        let Some(kind) = kind else {
            garbage += 1;
            return true;
        };
        let (columns, known) = found.entry(kind.to_owned()).or_default();
        flatten_object(text, &mut |path, _| {
            if !known.contains_key(path) {
                known.insert(path.to_owned(), ());
                columns.push(path.to_owned());
            }
        });
        if columns.len() > MAX_COLUMNS {
            wide = Some(columns.len());
        }
        wide.is_none()
    })?;
    if let Some(columns) = wide {
        return Err(ExtractError::HeaderTooWide { file: path.to_owned(), columns, limit: MAX_COLUMNS });
    }
    if found.is_empty() {
        return Ok(None);
    }
    // The order in which paths are met is the file's; sorted, files of one export have the same columns in the same order.
    opened.tables = found
        .into_iter()
        .map(|(kind, (mut columns, _))| {
            columns.sort_unstable();
            (kind, columns)
        })
        .collect();
    opened.garbage = garbage;
    Ok(Some(Arc::new(opened)))
}

#[derive(Deserialize)]
struct Kind<'a> {
    #[serde(rename = "resourceType", borrow)]
    kind: std::borrow::Cow<'a, str>,
    #[serde(borrow)]
    id: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Bundle<'a> {
    #[serde(borrow, default)]
    entry: Vec<Entry<'a>>,
}

#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(rename = "fullUrl")]
    full_url: Option<String>,
    #[serde(borrow)]
    resource: Option<&'a RawValue>,
}

/// Takes the type of a resource, or none for what is no resource, and its text; false where no more is wanted.
type Sink<'a> = dyn FnMut(Option<&str>, &str) -> bool + 'a;

impl FhirFile {
    fn each(&self, sink: &mut Sink<'_>) -> Result<(), ExtractError> {
        let unreadable = |source| ExtractError::Unreadable { path: self.path.clone(), source };
        let mut input = BufReader::with_capacity(256 << 10, File::open(self.file.path()).map_err(unreadable)?);
        // A byte order mark is none of the text.
        if input.fill_buf().map_err(unreadable)?.starts_with(b"\xef\xbb\xbf") {
            input.consume(3);
        }
        if !self.is_lines {
            let mut text = String::new();
            input.take(MAX_BUNDLE_BYTES).read_to_string(&mut text).map_err(unreadable)?;
            let kind = serde_json::from_str::<Kind<'_>>(&text);
            let damaged = |error: serde_json::Error| ExtractError::JsonDamaged {
                path: self.path.clone(),
                line: error.line(),
                column: error.column(),
            };
            let kind = kind.map_err(damaged)?;
            let _ = each_of(&kind.kind, &text, sink);
            return Ok(());
        }
        let mut line = Vec::new();
        loop {
            line.clear();
            if (&mut input).take(MAX_LINE_BYTES).read_until(b'\n', &mut line).map_err(unreadable)? == 0 {
                return Ok(());
            }
            let text = String::from_utf8_lossy(&line);
            let text = text.trim();
            if text.is_empty() {
                continue;
            }
            let goes_on = match serde_json::from_str::<Kind<'_>>(text) {
                Ok(kind) => each_of(&kind.kind, text, sink),
                Err(_) => sink(None, text),
            };
            if !goes_on {
                return Ok(());
            }
        }
    }
}

/// A resource, or those of a Bundle.
fn each_of(kind: &str, text: &str, sink: &mut Sink<'_>) -> bool {
    if kind != "Bundle" {
        return sink(Some(kind), text);
    }
    let Ok(bundle) = serde_json::from_str::<Bundle<'_>>(text) else { return sink(None, text) };
    bundle.entry.iter().filter_map(|entry| Some((entry.full_url.as_deref(), entry.resource?))).all(|(url, resource)| {
        let text = resource.get();
        match (serde_json::from_str::<Kind<'_>>(text), url.and_then(|url| url.strip_prefix("urn:uuid:"))) {
            // Others in the Bundle know it by its place in there.
            (Ok(Kind { kind, id: None }), Some(uuid)) => {
                let id = serde_json::to_string(uuid).unwrap_or_default();
                each_of(&kind, &text.trim_start().replacen('{', &format!("{{\"id\":{id},"), 1), sink)
            }
            (Ok(kind), _) => each_of(&kind.kind, text, sink),
            (Err(_), _) => sink(None, text),
        }
    })
}

impl Tables for FhirFile {
    fn names(&self) -> Vec<&str> {
        self.tables.iter().map(|(kind, _)| kind.as_str()).collect()
    }

    fn is_tree(&self) -> bool {
        true
    }

    fn columns(&self, table: usize) -> Option<Vec<String>> {
        Some(self.tables[table].1.clone())
    }

    fn has_column_as_met(&self, _table: usize, _column: &str) -> bool {
        true
    }

    fn notes(&self, table: usize) -> Vec<String> {
        match (table, self.garbage) {
            (0, 1) => vec!["1 line is no resource".to_owned()],
            (0, garbage) if garbage > 1 => vec![format!("{garbage} lines are no resources")],
            _ => Vec::new(),
        }
    }

    fn write(&self, table: usize, rows: &mut RowWriter) -> Result<(), ExtractError> {
        let (wanted, columns) = &self.tables[table];
        let header = serde_json::to_string(columns).unwrap_or_default();
        rows.text(format!("{header}\n").as_bytes());
        self.each(&mut |kind, text| {
            let is_its = kind.map_or(table == 0, |kind| kind == wanted);
            if !is_its {
                return true;
            }
            // Line ends stand between the parts of a resource alone, never within its texts.
            let mut line = text.replace(['\n', '\r'], " ");
            line.push('\n');
            rows.text(line.as_bytes())
        })
    }
}
