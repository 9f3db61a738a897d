//! Allergies and problems: concerns, each about one or more observations, with what they are now.

use serde_json::Value as Json;

use super::super::filling::Filling;
use super::super::filling::word_for;
use super::super::tree::Tree;
use super::part::{FACT, Part, is_negated, is_nullified, is_said, part};
use super::{beside, observations_of};
use crate::model::chart::NO_KNOWN_ALLERGY;
use crate::model::{IssueCode, RecordType, Value};

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

const NO_PROBLEM: [&str; 2] = ["160245001", "no-known-problems"];
const NO_PROBLEM_WORDS: [&str; 8] = [
    "none",
    "none known",
    "no known problems",
    "no known active problems",
    "no active problems",
    "no current problems",
    "no current problems or disability",
    "no known problems or disability",
];
/// Substances of all kinds, which stand for no one of them (SNOMED CT), by what kind of reaction there is none of.
const ANY_SUBSTANCE: [(&str, &str); 5] = [
    ("410942007", "416098002"),
    ("373873005", "416098002"),
    ("762766007", "414285001"),
    ("255620007", "414285001"),
    ("105590001", ""),
];
const STATUS_WORDS: [(&str, &str); 3] = [("active", "active"), ("inactive", "inactive"), ("resolved", "resolved")];

/// What is the matter with a concern now: as an observation beside it says, else as the concern is, unless it has ended.
fn clinical_status(filling: &mut Filling<'_, '_>, at: &str) {
    if filling.says("verification_status", "entered-in-error") {
        return;
    }
    let status = format!("{at}.statusCode.@code");
    match filling.tree.find(&status).and_then(|found| found.value.as_str()) {
        // It was never made.
        Some("cancelled") => filling.hold(IssueCode::ModifierUnknown, &status),
        // It was not made to its end.
        Some("aborted") => filling.word("verification_status", "unconfirmed"),
        _ => {}
    }
    filling.coded("verification_status", &format!("{at}.uncertaintyCode.@code"), &[("U", "unconfirmed")]);
    // C-CDA R2.1, Problem Observation: what has an end is resolved, also where nobody knows when.
    let high = format!("{at}.effectiveTime.high");
    let unknown = format!("{high}.@nullFlavor");
    let is_unknown = filling.tree.find(&unknown).is_some_and(|found| found.value.as_str() == Some("UNK"));
    if let Some(path) = beside(filling.tree, at, STATUS_CODE) {
        filling.coded("clinical_status", &format!("{path}.@code"), &STATUS);
        filling.coded("clinical_status", &format!("{path}.@displayName"), &STATUS_WORDS);
        filling.coded("clinical_status", &format!("{path}.originalText.#text"), &STATUS_WORDS);
    }
    if filling.has("clinical_status") {
        if is_unknown && filling.says("clinical_status", "active") {
            filling.tree.tell(IssueCode::StatusContradicted, &unknown);
        }
        return;
    }
    let ended = is_unknown || filling.tree.find(&format!("{high}.@value")).is_some();
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

/// An observation that an act is about, and not one that says how that stands.
fn is_about(item: &Json) -> bool {
    let code = item["observation"]["code"]["@code"].as_str().unwrap_or_default();
    let is_said_of_it = ["SEV", "82606-5", STATUS_CODE].contains(&code);
    item["@typeCode"].as_str().is_none_or(|kind| kind == "SUBJ") && !is_said_of_it
}

/// What a concern is about.
fn concerns(tree: &Tree<'_>) -> Vec<String> {
    observations_of(tree, "act", "entryRelationship", is_about)
}

pub fn allergies(tree: &Tree<'_>) -> Vec<Part> {
    let all = concerns(tree).into_iter().enumerate();
    let read = |(number, at): (usize, String)| {
        part(tree, RecordType::AllergyIntolerance, number, &at, FACT, |filling| allergy(filling, &at))
    };
    all.map(read).collect()
}

/// The substance: who takes part as what was consumed, not where it was or who said so.
fn substance_of(tree: &Tree<'_>, at: &str) -> Option<String> {
    let is_substance = |item: &Json| {
        item["@typeCode"].as_str().is_none_or(|kind| kind == "CSM")
            && item["participantRole"]["playingEntity"].is_object()
    };
    let participant = tree.item(&format!("{at}.participant"), is_substance)?;
    Some(format!("{participant}.participantRole.playingEntity"))
}

fn allergy(filling: &mut Filling<'_, '_>, at: &str) {
    let tree = filling.tree;
    let denied = is_negated(tree, at);
    if is_nullified(tree, at) {
        filling.word("verification_status", "entered-in-error");
    }
    let kind = format!("{at}.value.@code");
    let code_at = |path: &str| tree.find(path).and_then(|found| found.value.as_str()).unwrap_or_default().to_owned();
    let mut said = code_at(&kind);
    if let Some((_, type_, category)) = TYPES.iter().find(|(code, ..)| *code == said) {
        filling.take(&kind);
        for (column, word) in [("type", type_), ("category", category)] {
            if let Some(word) = word {
                filling.set(column, Value::text(*word), &kind);
            }
        }
    }
    let substance = substance_of(tree, at).unwrap_or_default();
    let substance_code = code_at(&format!("{substance}.code.@code"));
    let any = ANY_SUBSTANCE.iter().find(|(code, _)| denied && *code == substance_code);
    if let Some((_, kind)) = any {
        filling.take(&format!("{substance}.code.@code"));
        said = if kind.is_empty() { said } else { (*kind).to_owned() };
    } else if !substance.is_empty() {
        filling.concept("code", &[&format!("{substance}.code")]);
        filling.text("code_text", &[&format!("{substance}.name.#text")]);
    }
    let named = filling.has("code") || filling.has("code_text");
    let is_kind = said.is_empty() || TYPES.iter().any(|(code, ..)| *code == said);
    let is_none = NO_KNOWN_ALLERGY.contains(&said.as_str());
    let is_none_named = NO_KNOWN_ALLERGY.contains(&substance_code.as_str());
    match (denied, named) {
        // "No known allergies", with something that is one, or denied in turn: a person must read it.
        _ if is_none && named && !is_none_named || denied && (is_none || is_none_named) => {
            filling.hold(IssueCode::ModifierUnknown, &kind);
        }
        (true, true) => filling.word("verification_status", "refuted"),
        (true, false) if is_kind => none_known(filling, &said, &kind),
        (denied, false) => {
            // Some say all of it with one code: "allergy to penicillin", "no known allergy".
            if !is_kind {
                filling.concept("code", &[&format!("{at}.value")]);
            }
            let words = [
                format!("{at}.value.originalText.#text"),
                format!("{at}.value.originalText.reference.#text"),
                format!("{at}.text.reference.#text"),
                format!("{at}.text.#text"),
            ];
            if !filling.has("code") {
                filling.text("code_text", &words.each_ref().map(String::as_str));
            }
            if denied {
                filling.word("verification_status", "refuted");
            }
        }
        (false, true) => {}
    }
    if !filling.has("code") && !filling.has("code_text") {
        // Nobody is allergic to nothing.
        filling.hold(IssueCode::RequiredMissing, &format!("{at}.code.@code"));
    }
    clinical_status(filling, at);
    if let Some(path) = beside(tree, at, "82606-5") {
        filling.coded(
            "criticality",
            &format!("{path}.@code"),
            &[("CRITL", "low"), ("CRITH", "high"), ("CRITU", "unable-to-assess")],
        );
    }
    let reactions = tree.items(&format!("{at}.entryRelationship")).into_iter();
    let is_one = |place: &String| {
        tree.find(place).is_some_and(|found| found.value["@typeCode"].as_str() == Some("MFST") && is_said(found.value))
    };
    let reactions: Vec<String> = reactions.filter(is_one).map(|place| format!("{place}.observation")).collect();
    for (reaction, prefix) in reactions.iter().zip(["reaction", "reaction_2"]) {
        let text = format!("{prefix}_text");
        if !filling.concept(prefix, &[&format!("{reaction}.value")]) {
            filling.text(&text, &[&format!("{reaction}.text.reference.#text"), &format!("{reaction}.text.#text")]);
        }
        if let Some(path) = beside(tree, reaction, "SEV") {
            filling.coded(&format!("{prefix}_severity"), &format!("{path}.@code"), &SEVERITY);
        }
    }
    if let Some(path) = beside(tree, at, "SEV") {
        filling.coded("reaction_severity", &format!("{path}.@code"), &SEVERITY);
    }
    times(filling, at);
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

/// What was diagnosed at a visit: C-CDA R2.1, Encounter Diagnosis.
pub fn diagnoses(tree: &Tree<'_>) -> Vec<String> {
    let mut all = Vec::new();
    for at in tree.items("encounter.entryRelationship") {
        let holder = format!("{at}.act");
        let is_diagnosis = tree.find(&format!("{holder}.code.@code")).and_then(|found| found.value.as_str());
        if is_diagnosis == Some("29308-4") {
            all.extend(observations_of(tree, &holder, "entryRelationship", is_about));
        }
    }
    all
}

pub fn problems(tree: &Tree<'_>) -> Vec<Part> {
    let all = concerns(tree).into_iter().enumerate();
    let read = |(number, at): (usize, String)| {
        part(tree, RecordType::Condition, number, &at, FACT, |filling| problem(filling, &at))
    };
    all.map(read).collect()
}

/// Of a concern, its status says how it stands, too; that a visit is documented is no end of what was diagnosed there.
pub fn problem(filling: &mut Filling<'_, '_>, at: &str) {
    let tree = filling.tree;
    let (value, text) = (format!("{at}.value"), format!("{at}.text"));
    if !filling.concept("code", &[&value]) {
        filling.text("code_text", &[&format!("{text}.reference.#text"), &format!("{text}.#text")]);
    }
    if !filling.has("code") && !filling.has("code_text") {
        filling.hold(IssueCode::RequiredMissing, &format!("{value}.@code"));
    }
    let section = tree.find("section.code").and_then(|found| found.value.as_str()).unwrap_or_default();
    if matches!(section, "11450-4" | "11348-0") {
        filling.word("category", "problem-list-item");
    } else {
        filling.word("category", "encounter-diagnosis");
    }
    filling.take("section.code");
    let is_none = NO_PROBLEM.iter().any(|code| filling.says("code", code))
        || !filling.has("code") && NO_PROBLEM_WORDS.iter().any(|words| filling.says("code_text", words));
    let denied = is_negated(tree, at);
    if is_nullified(tree, at) {
        filling.word("verification_status", "entered-in-error");
    } else if denied && is_none {
        // Not that there is none: a person must read it.
        filling.hold(IssueCode::ModifierUnknown, &value);
    } else if denied {
        filling.word("verification_status", "refuted");
    } else if is_none {
        filling.word("clinical_status", "inactive");
    }
    clinical_status(filling, at);
    times(filling, at);
}
