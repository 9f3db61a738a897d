//! Allergies and problems: concerns, each about one or more observations, with what they are now.

use serde_json::Value as Json;

use super::super::Chart;
use super::super::tree::Tree;
use super::filling::Filling;
use super::{beside, is_negated, observations_of, word_for};
use crate::model::{RecordType, Value};

/// SNOMED CT, value set Problem Status (2.16.840.1.113883.3.88.12.80.68).
const STATUS: [(&str, &str); 6] = [
    ("55561003", "active"),
    ("73425007", "inactive"),
    ("413322009", "resolved"),
    ("246455001", "recurrence"),
    ("263855007", "relapse"),
    ("277022003", "remission"),
];
/// Code of the observation that says what became of another (LOINC).
const STATUS_CODE: &str = "33999-4";
/// HL7 ActStatus of a concern.
const CONCERN: [(&str, &str); 4] =
    [("active", "active"), ("completed", "resolved"), ("suspended", "inactive"), ("aborted", "inactive")];

/// What kind of reaction to what (SNOMED CT, value set Allergy and Intolerance Type).
const TYPES: [(&str, Option<&str>, Option<&str>); 10] = [
    ("416098002", Some("allergy"), Some("medication")),
    ("59037007", Some("intolerance"), Some("medication")),
    ("419511003", None, Some("medication")),
    ("414285001", Some("allergy"), Some("food")),
    ("235719002", Some("intolerance"), Some("food")),
    ("418471000", None, Some("food")),
    ("419199007", Some("allergy"), None),
    ("418038007", None, None),
    ("420134006", None, None),
    ("426232007", Some("allergy"), Some("environment")),
];
const SEVERITY: [(&str, &str); 5] = [
    ("255604002", "mild"),
    ("6736007", "moderate"),
    ("371924009", "severe"),
    ("24484000", "severe"),
    ("399166001", "severe"),
];

/// What is the matter with a concern now: as an observation beside it says, else as the concern is, unless it has ended.
fn clinical_status(filling: &mut Filling<'_, '_>, at: &str) {
    if let Some(path) = beside(filling.tree, at, STATUS_CODE) {
        filling.coded("clinical_status", &path, &STATUS);
    }
    let ended = filling.tree.find(&format!("{at}.effectiveTime.high.@value")).is_some();
    if filling.has("clinical_status") {
        return;
    }
    match word_for(filling.tree, "act.statusCode.@code", &CONCERN) {
        Some("active") if ended => filling.word("clinical_status", "resolved"),
        Some(word) => filling.set("clinical_status", Value::text(word), "act.statusCode.@code"),
        None if ended => filling.word("clinical_status", "resolved"),
        None => {}
    }
}

fn times(filling: &mut Filling<'_, '_>, at: &str) {
    filling.time("onset", &[&format!("{at}.effectiveTime.low.@value"), &format!("{at}.effectiveTime.@value")]);
    filling.time("abatement", &[&format!("{at}.effectiveTime.high.@value")]);
    filling.time(
        "recorded_date",
        &[&format!("{at}.author.time.@value"), "act.author.time.@value", "act.effectiveTime.low.@value"],
    );
}

pub fn allergies(tree: &Tree<'_>) -> Vec<Chart> {
    let has_substance = |item: &Json| !item["observation"]["participant"].is_null();
    let mut all = observations_of(tree, "act", "entryRelationship", has_substance);
    if all.is_empty() {
        // Of what is about no substance the first says what there is none of, or what nobody named.
        all = observations_of(tree, "act", "entryRelationship", |item| item["@typeCode"].as_str() == Some("SUBJ"));
        all.truncate(1);
    }
    all.iter().enumerate().map(|(part, at)| allergy(tree, part, at)).collect()
}

fn allergy(tree: &Tree<'_>, part: usize, at: &str) -> Chart {
    let mut filling = Filling::new(tree, RecordType::AllergyIntolerance, part);
    let denied = is_negated(tree, at);
    let kind = format!("{at}.value.@code");
    let said = tree.find(&kind).and_then(|found| found.value.as_str()).unwrap_or_default().to_owned();
    if let Some((_, type_, category)) = TYPES.iter().find(|(code, ..)| *code == said) {
        filling.take(&kind);
        for (column, word) in [("type", type_), ("category", category)] {
            if let Some(word) = word {
                filling.set(column, Value::text(*word), &kind);
            }
        }
    }
    let substance = format!("{at}.participant.participantRole.playingEntity");
    let named = filling.concept("code", &[&format!("{substance}.code")]);
    filling.text("code_text", &[&format!("{substance}.name.#text")]);
    let named = named || filling.has("code_text");
    match (denied, named) {
        (true, true) => filling.word("verification_status", "refuted"),
        // Nothing is named of what there is none: none at all is known, of this kind.
        (true, false) => none_known(&mut filling, &said, &kind),
        (false, false) => {
            let words = [
                format!("{at}.value.originalText.#text"),
                format!("{at}.text.reference.#text"),
                format!("{at}.text.#text"),
            ];
            filling.text("code_text", &words.each_ref().map(String::as_str));
        }
        (false, true) => {}
    }
    clinical_status(&mut filling, at);
    if let Some(path) = beside(tree, at, "82606-5") {
        filling.coded("criticality", &path, &[("CRITL", "low"), ("CRITH", "high"), ("CRITU", "unable-to-assess")]);
    }
    let reactions = tree.items(&format!("{at}.entryRelationship")).into_iter();
    let is_one =
        |place: &String| tree.find(place).is_some_and(|found| found.value["@typeCode"].as_str() == Some("MFST"));
    let reactions: Vec<String> = reactions.filter(is_one).map(|place| format!("{place}.observation")).collect();
    for (reaction, prefix) in reactions.iter().zip(["reaction", "reaction_2"]) {
        let text = format!("{prefix}_text");
        if !filling.concept(prefix, &[&format!("{reaction}.value")]) {
            filling.text(&text, &[&format!("{reaction}.text.reference.#text"), &format!("{reaction}.text.#text")]);
        }
        if let Some(path) = beside(tree, reaction, "SEV") {
            filling.coded(&format!("{prefix}_severity"), &path, &SEVERITY);
        }
    }
    if let Some(path) = beside(tree, at, "SEV") {
        filling.coded("reaction_severity", &path, &SEVERITY);
    }
    times(&mut filling, at);
    filling.chart
}

/// SNOMED CT has a code for it.
fn none_known(filling: &mut Filling<'_, '_>, kind: &str, path: &str) {
    let (code, display) = match kind {
        "416098002" | "59037007" | "419511003" => ("409137002", "No known drug allergy"),
        "414285001" | "235719002" | "418471000" => ("429625007", "No known food allergy"),
        _ => ("716186003", "No known allergy"),
    };
    filling.set("code", Value::text(code), path);
    filling.word("code_system", "http://snomed.info/sct");
    filling.word("code_display", display);
}

pub fn problems(tree: &Tree<'_>) -> Vec<Chart> {
    let is_about = |item: &Json| item["@typeCode"].as_str() == Some("SUBJ");
    let all = observations_of(tree, "act", "entryRelationship", is_about);
    all.iter().enumerate().map(|(part, at)| problem(tree, part, at)).collect()
}

fn problem(tree: &Tree<'_>, part: usize, at: &str) -> Chart {
    let mut filling = Filling::new(tree, RecordType::Condition, part);
    if is_negated(tree, at) {
        filling.word("verification_status", "refuted");
    }
    let (value, text) = (format!("{at}.value"), format!("{at}.text"));
    if !filling.concept("code", &[&value]) {
        filling.text("code_text", &[&format!("{text}.reference.#text"), &format!("{text}.#text")]);
    }
    let section = tree.find("section.code").and_then(|found| found.value.as_str()).unwrap_or_default();
    if matches!(section, "11450-4" | "11348-0") {
        filling.word("category", "problem-list-item");
    } else {
        filling.word("category", "encounter-diagnosis");
    }
    filling.take("section.code");
    clinical_status(&mut filling, at);
    times(&mut filling, at);
    filling.chart
}
