//! Which statements of a record are charted: what happened to this patient. The others are kept, or wait.

use serde_json::Value as Json;

use super::super::filling::Filling;
pub use super::super::part::Part;
use super::super::part::{Hold, read};
use super::super::tree::Tree;
use crate::model::standard::MOST_PARTS;
use crate::model::{Disposition, IssueCode, RecordType};

/// ActMood of what happened (HL7 v3 ActMood); what has none is told as a fact.
pub const FACT: &[&str] = &["EVN"];

/// Reads a statement, which stands in one of these moods.
pub fn part<'t, 'r>(
    tree: &'t Tree<'r>,
    record: RecordType,
    number: usize,
    at: &str,
    moods: &[&str],
    fill: impl FnOnce(&mut Filling<'t, 'r>),
) -> Part {
    let hold = if number > MOST_PARTS {
        Some((IssueCode::RecordUnmapped, at.to_owned()))
    } else {
        hindrance(tree, record, at, moods)
    };
    read(tree, record, number, hold, fill)
}

/// Each element on the way to a statement, from the outside.
fn ways<'p>(tree: &Tree<'_>, at: &'p str) -> Vec<&'p str> {
    let ends = at.match_indices('.').map(|(end, _)| end).chain([at.len()]);
    let all = ends.map(|end| &at[..end]).filter(|path| !path.is_empty());
    // A list is none of them.
    all.filter(|path| tree.find(path).is_some_and(|found| found.path == **path)).collect()
}

/// Somebody else's, planned or wished for, denied in a way that nobody knows.
fn hindrance(tree: &Tree<'_>, record: RecordType, at: &str, moods: &[&str]) -> Option<Hold> {
    let is_there = |path: &str| tree.find(path).is_some();
    if record != RecordType::Patient && is_there("patients") {
        return Some((IssueCode::ModifierUnknown, "patients".into()));
    }
    let mut hold = None;
    for way in std::iter::once("section").chain(ways(tree, at)) {
        let subject = format!("{way}.subject");
        // Family history is about relatives, as its organizer says.
        let is_relative = record == RecordType::FamilyMemberHistory && way == "organizer";
        if is_there(&subject) && !is_relative {
            return Some((IssueCode::ModifierUnknown, subject));
        }
        // ParticipationType: who takes part as the subject.
        let stranger = tree.item(&format!("{way}.participant"), |item| item["@typeCode"].as_str() == Some("SBJ"));
        if let Some(stranger) = stranger {
            return Some((IssueCode::ModifierUnknown, format!("{stranger}.@typeCode")));
        }
        let denial = format!("{way}.@negationInd");
        let says = tree.find(&denial).and_then(|found| found.value.as_str());
        if says.is_some_and(|says| truth(says).is_none()) {
            return Some((IssueCode::ModifierUnknown, denial));
        }
        let mood = format!("{way}.@moodCode");
        let is_other = tree.find(&mood).and_then(|found| found.value.as_str()).is_some_and(|own| !moods.contains(&own));
        if is_other {
            hold.get_or_insert((IssueCode::RecordUnmapped, mood));
        }
    }
    hold
}

/// XML Schema part 2, boolean.
pub fn truth(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

/// Whether a statement is denied, by itself or by what it stands in.
pub fn is_negated(tree: &Tree<'_>, at: &str) -> bool {
    let mut is_denied = false;
    for way in ways(tree, at) {
        let path = format!("{way}.@negationInd");
        if let Some(says) = tree.find(&path).and_then(|found| found.value.as_str()) {
            tree.mark(&path, Disposition::Mapped);
            is_denied |= truth(says) == Some(true);
        }
    }
    is_denied
}

/// Whether a statement was taken back, by itself or with what it stands in.
pub fn is_nullified(tree: &Tree<'_>, at: &str) -> bool {
    let mut is_void = false;
    for way in ways(tree, at) {
        let path = format!("{way}.statusCode.@code");
        if tree.find(&path).is_some_and(|found| found.value.as_str() == Some("nullified")) {
            tree.mark(&path, Disposition::Coded);
            is_void = true;
        }
    }
    is_void
}

/// Whether a relation to an observation, and the observation, say that it is so.
pub fn is_said(item: &Json) -> bool {
    let says = &item["observation"];
    let is_denied = |item: &Json| item["@negationInd"].as_str().is_some_and(|negation| truth(negation) != Some(false));
    let is_void = matches!(says["statusCode"]["@code"].as_str(), Some("nullified" | "cancelled" | "aborted"));
    let is_fact = says["@moodCode"].as_str().is_none_or(|mood| FACT.contains(&mood));
    !is_denied(item) && !is_denied(says) && !is_void && is_fact && says["subject"].is_null()
}
