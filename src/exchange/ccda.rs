//! Records of clinical documents (C-CDA R2.1 and its elders) as JSON, as chart records. What an entry says is read from its codes and statuses;
//! what it denies (`negationInd`) is charted as denied, or waits.

mod filling;
mod lists;
mod observations;
mod part;
mod people;
mod treatment;

use serde_json::Value as Json;

use super::filling::Filling;
use super::tree::Tree;
use super::{Document, Received};
use crate::model::{Disposition, IssueCode, RecordType};
use part::{FACT, part};

/// What a record of a kind says.
pub fn receive(kind: &str, text: &str) -> Received {
    let Ok(Json::Object(record)) = serde_json::from_str::<Json>(text) else {
        return Received { rejected: Some((IssueCode::RecordUnreadable, None)), ..Received::default() };
    };
    let tree = Tree::new(&record);
    ["key", "told"].into_iter().for_each(|own| tree.mark(own, Disposition::Mapped));
    let parts = match kind {
        "Patient" => vec![part(&tree, RecordType::Patient, 0, "", FACT, |filling| people::patient(filling))],
        "Document" => vec![part(&tree, RecordType::DocumentReference, 0, "", FACT, document)],
        "Section" => vec![part(&tree, RecordType::DocumentReference, 0, "", FACT, section)],
        "Allergy" => lists::allergies(&tree),
        "Problem" => lists::problems(&tree),
        "Medication" => treatment::medications(&tree),
        "Immunization" => treatment::immunization(&tree),
        "Procedure" => treatment::procedure(&tree),
        "Encounter" => treatment::encounter(&tree),
        "Plan" => treatment::plan(&tree),
        "AdvanceDirective" => treatment::directives(&tree),
        "Results" => observations::results(&tree),
        "VitalSigns" => observations::vital_signs(&tree),
        "SocialHistory" => observations::social_history(&tree),
        "FamilyHistory" => observations::family_history(&tree),
        _ => Vec::new(),
    };
    let (charts, rejected) = super::part::sort(&tree, parts);
    let (used, issues) = tree.into_used();
    Received { charts, used, issues, rejected, root: None }
}

fn document(filling: &mut Filling<'_, '_>) {
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
}

fn section(filling: &mut Filling<'_, '_>) {
    filling.word("status", "current");
    filling.word("category", "clinical-note");
    filling.concept("code", &["code"]);
    filling.time("date", &["time"]);
    filling.text("description", &["title"]);
    if let Some(text) = filling.take("text") {
        filling.chart.content = Some(Document::Text(text));
    }
}

/// The observations of an organizer, those of organizers within it, or those of an act that is about some; the statement itself where it is one.
fn observations_of(tree: &Tree<'_>, holder: &str, list: &str, holds: impl Fn(&Json) -> bool) -> Vec<String> {
    let mut all = Vec::new();
    collect(tree, holder, list, &holds, &mut all);
    if all.is_empty() && tree.find(holder).is_none() && tree.find("observation").is_some() {
        all.push("observation".into());
    }
    all
}

fn collect(tree: &Tree<'_>, holder: &str, list: &str, holds: &impl Fn(&Json) -> bool, all: &mut Vec<String>) {
    for at in tree.items(&format!("{holder}.{list}")) {
        let Some(found) = tree.find(&at) else { continue };
        if found.value["organizer"].is_object() {
            collect(tree, &format!("{at}.organizer"), list, holds, all);
        } else if found.value["observation"].is_object() && holds(found.value) {
            all.push(format!("{at}.observation"));
        }
    }
}

/// The value of the observation beside a statement that has this code: its status, severity, criticality. What is denied, taken back
/// or only wished for says nothing.
fn beside(tree: &Tree<'_>, at: &str, code: &str) -> Option<String> {
    let is_it = |item: &Json| {
        let says = &item["observation"];
        says["code"]["@code"].as_str() == Some(code)
            && part::is_said(item)
            && (says["value"]["@code"].is_string() || says["value"]["originalText"]["#text"].is_string())
    };
    let found = tree.item(&format!("{at}.entryRelationship"), is_it)?;
    Some(format!("{found}.observation.value"))
}

#[cfg(test)]
mod tests;
