//! Records of clinical documents (C-CDA R2.1 and its elders) as JSON, as chart records. What an entry says is read from its codes and statuses;
//! what it denies (`negationInd`) is charted as denied, or waits.

mod filling;
mod lists;
mod observations;
mod people;
mod treatment;

use serde_json::Value as Json;

use super::tree::Tree;
use super::{Chart, Document, Received};
use crate::model::{Disposition, IssueCode, RecordType, Value};
use filling::Filling;

/// What a record of a kind says.
pub fn receive(kind: &str, text: &str) -> Received {
    let Ok(Json::Object(record)) = serde_json::from_str::<Json>(text) else {
        return Received { rejected: Some((IssueCode::RecordUnreadable, None)), ..Received::default() };
    };
    let tree = Tree::new(&record);
    tree.mark("key", Disposition::Mapped);
    let mut rejected = None;
    let charts = match kind {
        "Patient" => vec![people::patient(&tree)],
        "Document" => vec![document(&tree)],
        "Section" => vec![section(&tree)],
        "Allergy" => lists::allergies(&tree),
        "Problem" => lists::problems(&tree),
        "Medication" => treatment::medication(&tree),
        "Immunization" => treatment::immunization(&tree),
        "Procedure" => treatment::procedure(&tree),
        "Encounter" => treatment::encounter(&tree),
        "Plan" => treatment::plan(&tree),
        "AdvanceDirective" => treatment::directives(&tree),
        "Results" => observations::results(&tree, &mut rejected),
        "VitalSigns" => observations::vital_signs(&tree, &mut rejected),
        "SocialHistory" => observations::social_history(&tree, &mut rejected),
        "FamilyHistory" => observations::family_history(&tree, &mut rejected),
        _ => Vec::new(),
    };
    let (used, issues) = tree.into_used();
    Received { charts, used, issues, rejected, root: None }
}

fn document(tree: &Tree<'_>) -> Chart {
    let mut filling = Filling::new(tree, RecordType::DocumentReference, 0);
    filling.word("status", "current");
    filling.word("category", "clinical-note");
    filling.concept("code", &["code"]);
    filling.time("date", &["effectiveTime.@value"]);
    filling.text("description", &["title.#text"]);
    filling.name("author_name", "author.assignedAuthor.assignedPerson.name");
    filling.text("author_name", &["author.assignedAuthor.representedOrganization.name.#text"]);
    if let Some(file) = filling.take("file") {
        filling.word("file_name", &file);
        filling.word("mime_type", "application/hl7-v3+xml");
        filling.chart.content = Some(Document::File(file, "file".into()));
    }
    filling.chart
}

fn section(tree: &Tree<'_>) -> Chart {
    let mut filling = Filling::new(tree, RecordType::DocumentReference, 0);
    filling.word("status", "current");
    filling.word("category", "clinical-note");
    filling.concept("code", &["code"]);
    filling.time("date", &["time"]);
    filling.text("description", &["title"]);
    if let Some(text) = filling.take("text") {
        filling.chart.content = Some(Document::Text(text));
    }
    filling.chart
}

/// Whether a statement is denied.
fn is_negated(tree: &Tree<'_>, at: &str) -> bool {
    let path = format!("{at}.@negationInd");
    let says = tree.find(&path).is_some_and(|found| found.value.as_str() == Some("true"));
    if tree.find(&path).is_some() {
        tree.mark(&path, Disposition::Mapped);
    }
    says
}

/// The observations of an organizer, or of an act that is about some; the statement itself where it is one.
fn observations_of(tree: &Tree<'_>, holder: &str, list: &str, holds: impl Fn(&Json) -> bool) -> Vec<String> {
    let items = tree.items(&format!("{holder}.{list}")).into_iter();
    let wanted =
        |at: &String| tree.find(at).is_some_and(|found| found.value["observation"].is_object() && holds(found.value));
    let mut all: Vec<String> = items.filter(wanted).map(|at| format!("{at}.observation")).collect();
    if all.is_empty() && tree.find(holder).is_none() && tree.find("observation").is_some() {
        all.push("observation".into());
    }
    all
}

/// What a code stands for in the chart's words.
fn word_for(tree: &Tree<'_>, path: &str, words: &[(&str, &'static str)]) -> Option<&'static str> {
    let found = tree.find(path)?;
    let code = found.value.as_str()?;
    let word = words.iter().find(|(source, _)| source.eq_ignore_ascii_case(code)).map(|(_, word)| *word)?;
    tree.mark(&found.path, Disposition::Coded);
    Some(word)
}

/// The value of the observation beside a statement that has this code: its status, severity, criticality.
fn beside(tree: &Tree<'_>, at: &str, code: &str) -> Option<String> {
    let is_it = |item: &Json| item["observation"]["code"]["@code"].as_str() == Some(code);
    let found = tree.item(&format!("{at}.entryRelationship"), is_it)?;
    Some(format!("{found}.observation.value.@code"))
}

fn null(record: RecordType) -> Vec<Value> {
    vec![Value::Null; record.columns().len()]
}

#[cfg(test)]
mod tests;
