//! Documents that come within a resource, as bytes: of a document reference, and of a report.

use super::super::{Chart, Document};
use super::{Filling, Tree, tree};
use crate::model::standard::MOST_PARTS;
use crate::model::{Disposition, IssueCode, RecordType, Value};

impl Filling<'_, '_> {
    /// The bytes of the first attachment that has any.
    pub(super) fn document(&mut self) {
        let items = self.tree.items("content").into_iter().map(|item| format!("{item}.attachment"));
        self.chart.content = items.into_iter().find_map(|attachment| bytes(self.tree, &attachment));
    }
}

/// The bytes of an attachment; none where it has none, or where they are damaged.
fn bytes(tree: &Tree<'_>, attachment: &str) -> Option<Document> {
    let found = tree.find(&format!("{attachment}.data"))?;
    let text = found.value.as_str()?;
    match tree::from_base64(text) {
        Some(bytes) => {
            tree.mark(&found.path, Disposition::Mapped);
            Some(Document::Bytes(bytes))
        }
        None => {
            tree.fail(IssueCode::DocumentUnreadable, &found.path);
            None
        }
    }
}

/// The documents of a resource beside what it makes: what a report presents, and further contents of a document.
pub(super) fn further(tree: &Tree<'_>, first: &Chart) -> Vec<Chart> {
    let (list, within) = match first.record {
        RecordType::DiagnosticReport => ("presentedForm", ""),
        RecordType::DocumentReference => ("content", ".attachment"),
        _ => return Vec::new(),
    };
    let attachments = tree.items(list).into_iter().take(MOST_PARTS).enumerate();
    let document = |(at, item): (usize, String)| {
        let attachment = format!("{item}{within}");
        // What the first record has is taken.
        let data = tree.find(&format!("{attachment}.data"))?;
        let is_new = !tree.is_used(&data.path);
        let content = bytes(tree, &attachment).filter(|_| is_new)?;
        Some(chart(tree, first, at + 1, &attachment, content))
    };
    attachments.filter_map(document).collect()
}

/// A document with all that its resource says of it.
fn chart(tree: &Tree<'_>, of: &Chart, part: usize, attachment: &str, content: Document) -> Chart {
    let record = RecordType::DocumentReference;
    let mut filling = Filling::new(tree, record, part, "");
    let from = |name: &str| of.record.column_index(name);
    for (at, column) in record.columns().iter().enumerate() {
        let source = match (of.record, column.name) {
            (_, "extra" | "mime_type" | "file_name" | "size_bytes" | "sha256") => None,
            (RecordType::DiagnosticReport, "date") => {
                let issued = from("issued").filter(|at| !of.values[*at].is_null());
                issued.or(from("effective")).or(from("effective_start"))
            }
            (RecordType::DiagnosticReport, "status" | "doc_status" | "category") => None,
            (_, name) => from(name),
        };
        let Some(source) = source else { continue };
        filling.chart.values[at] = of.values[source].clone();
        let paths = of.sources.iter().filter(|(place, _)| *place == source);
        filling.chart.sources.extend(paths.map(|(_, path)| (at, path.clone())));
        let referred = of.references.iter().filter(|(place, _)| *place == source);
        filling.chart.references.extend(referred.map(|(_, referred)| (at, referred.clone())));
    }
    for (name, element) in [("mime_type", "contentType"), ("file_name", "title")] {
        let column = record.columns().iter().enumerate().find(|(_, column)| column.name == name);
        if let Some((at, column)) = column {
            filling.put(at, column, &format!("{attachment}.{element}"));
        }
    }
    if of.record == RecordType::DiagnosticReport {
        let status = from("status").and_then(|at| of.values[at].as_str()).unwrap_or_default();
        let (status, doc_status) = match status {
            "entered-in-error" => ("entered-in-error", Some("entered-in-error")),
            "registered" | "partial" | "preliminary" => ("current", Some("preliminary")),
            "amended" | "corrected" | "appended" => ("current", Some("amended")),
            "final" => ("current", Some("final")),
            _ => ("current", None),
        };
        for (name, word) in [("status", Some(status)), ("doc_status", doc_status)] {
            if let (Some(at), Some(word)) = (record.column_index(name), word) {
                filling.chart.values[at] = Value::text(word);
            }
        }
    }
    filling.chart.patient = of.patient.clone();
    filling.chart.content = Some(content);
    filling.chart
}
