//! What was given, done and planned: medications, immunizations, procedures, encounters, plans, advance directives.

use serde_json::Value as Json;

use super::super::Referred;
use super::super::filling::Filling;
use super::super::tree::Tree;
use super::part::{FACT, Part, is_negated, is_nullified, is_said, part};
use super::{beside, lists, observations_of};
use crate::model::{IssueCode, RecordType};

const PRODUCT: &str = "consumable.manufacturedProduct";
/// As it is made, or as it is labeled.
const DRUGS: [&str; 2] = ["manufacturedMaterial", "manufacturedLabeledDrug"];
/// What a person takes, or is to take.
const MEDICATION: &[&str] = &["EVN", "INT"];
/// ActMood of what is asked for, arranged or proposed; a goal (GOL) is none of it.
const PLANNED: &[&str] = &["INT", "ARQ", "APT", "PRMS", "PRP", "RQO"];
const VISIT: &[&str] = &["EVN", "INT", "ARQ", "APT"];

/// The statement of an entry, by its path.
fn statement(tree: &Tree<'_>, names: &[&'static str]) -> Option<&'static str> {
    names.iter().copied().find(|name| tree.find(name).is_some())
}

fn mood<'r>(tree: &Tree<'r>, at: &str) -> &'r str {
    tree.find(&format!("{at}.@moodCode")).and_then(|found| found.value.as_str()).unwrap_or("EVN")
}

fn drug(filling: &mut Filling<'_, '_>, at: &str) {
    let all = DRUGS.map(|kind| format!("{at}.{PRODUCT}.{kind}"));
    let codes = all.each_ref().map(|drug| format!("{drug}.code"));
    if !filling.concept("code", &codes.each_ref().map(String::as_str)) {
        let words =
            [format!("{}.name.#text", all[0]), format!("{}.name.#text", all[1]), format!("{at}.text.reference.#text")];
        filling.text("code_text", &words.each_ref().map(String::as_str));
    }
    if !filling.has("code") && !filling.has("code_text") {
        // A drug without a name waits; that none is taken is no statement about one.
        let code = if is_negated(filling.tree, at) { IssueCode::RecordUnmapped } else { IssueCode::RequiredMissing };
        filling.hold(code, &format!("{at}.statusCode.@code"));
    }
}

/// Start and end, where a time is a period, and of several the period.
fn period(filling: &mut Filling<'_, '_>, at: &str, (start, end): (&str, &str)) {
    for time in filling.tree.items(&format!("{at}.effectiveTime")) {
        filling
            .time(start, &[&format!("{time}.low.@value"), &format!("{time}.@value"), &format!("{time}.center.@value")]);
        filling.time(end, &[&format!("{time}.high.@value")]);
    }
}

/// The observation that says why.
fn why(tree: &Tree<'_>, at: &str) -> Option<String> {
    let is_why =
        |item: &Json| item["@typeCode"].as_str() == Some("RSON") && item["observation"].is_object() && is_said(item);
    Some(format!("{}.observation", tree.item(&format!("{at}.entryRelationship"), is_why)?))
}

fn reason(filling: &mut Filling<'_, '_>, at: &str) {
    if let Some(why) = why(filling.tree, at) {
        filling.concept("reason", &[&format!("{why}.value")]);
    }
}

/// The status of a deed: taken back, denied, or what its own status says.
fn status(filling: &mut Filling<'_, '_>, at: &str, denied: &str, words: &[(&str, &'static str)]) {
    if is_nullified(filling.tree, at) {
        filling.word("status", "entered-in-error");
    }
    if is_negated(filling.tree, at) {
        filling.word("status", denied);
    }
    filling.coded("status", &format!("{at}.statusCode.@code"), words);
}

/// What became of a medication (SNOMED CT, value set Medication Status of C32 and C-CDA R1.1).
const MEDICATION_STATUS: [(&str, &str); 5] = [
    ("55561003", "active"),
    ("421139008", "on-hold"),
    ("392521001", "completed"),
    ("73425007", "completed"),
    ("385655000", "on-hold"),
];

/// A statement, or those within an act: what was given at discharge or taken at admission.
pub fn medications(tree: &Tree<'_>) -> Vec<Part> {
    const STATEMENT: &str = "substanceAdministration";
    let within = tree.items("act.entryRelationship").into_iter().map(|at| format!("{at}.{STATEMENT}"));
    let all: Vec<String> = std::iter::once(STATEMENT.to_owned()).chain(within).collect();
    let all = all.into_iter().filter(|at| tree.find(at).is_some()).enumerate();
    let read = |(number, at): (usize, String)| {
        part(tree, RecordType::MedicationStatement, number, &at, MEDICATION, |filling| medication(filling, &at))
    };
    all.map(read).collect()
}

fn medication(filling: &mut Filling<'_, '_>, at: &str) {
    let tree = filling.tree;
    let over = [("aborted", "stopped"), ("suspended", "on-hold"), ("held", "on-hold"), ("cancelled", "not-taken")];
    status(filling, at, "not-taken", &over);
    let code = format!("{at}.statusCode.@code");
    let is_intended = mood(tree, at) == "INT";
    if let Some(path) = beside(tree, at, "33999-4") {
        let all = if is_intended { &MEDICATION_STATUS[1..] } else { &MEDICATION_STATUS };
        filling.coded("status", &format!("{path}.@code"), all);
    }
    if is_intended {
        filling.coded("status", &code, &[("active", "intended"), ("completed", "intended"), ("new", "intended")]);
    }
    filling.coded("status", &code, &[("active", "active"), ("completed", "completed")]);
    drug(filling, at);
    period(filling, at, ("effective_start", "effective_end"));
    filling.time("date_asserted", &[&format!("{at}.author.time.@value")]);
    filling.text("dosage_text", &[&format!("{at}.text.#text"), &format!("{at}.text.reference.#text")]);
    filling.number("dose_value", &[&format!("{at}.doseQuantity.@value")]);
    filling.text(
        "dose_unit",
        &[&format!("{at}.doseQuantity.@unit"), &format!("{at}.administrationUnitCode.@displayName")],
    );
    filling.called("route", &format!("{at}.routeCode"));
    reason(filling, at);
}

pub fn immunization(tree: &Tree<'_>) -> Vec<Part> {
    let at = "substanceAdministration";
    match tree.find(at) {
        // What is only planned was not given.
        Some(_) => vec![part(tree, RecordType::Immunization, 0, at, FACT, |filling| vaccine(filling, at))],
        None => Vec::new(),
    }
}

fn vaccine(filling: &mut Filling<'_, '_>, at: &str) {
    let words = [
        ("completed", "completed"),
        ("aborted", "not-done"),
        ("cancelled", "not-done"),
        ("nullified", "entered-in-error"),
    ];
    status(filling, at, "not-done", &words);
    drug(filling, at);
    period(filling, at, ("occurrence", ""));
    filling.text("lot_number", &[&format!("{at}.{PRODUCT}.{}.lotNumberText.#text", DRUGS[0])]);
    filling.text("manufacturer", &[&format!("{at}.{PRODUCT}.manufacturerOrganization.name.#text")]);
    filling.number("dose_quantity", &[&format!("{at}.doseQuantity.@value")]);
    filling.text("dose_unit", &[&format!("{at}.doseQuantity.@unit")]);
    filling.text("dose_number", &[&format!("{at}.repeatNumber.@value")]);
    filling.called("route", &format!("{at}.routeCode"));
    filling.called("site", &format!("{at}.approachSiteCode"));
    if let Some(why) = why(filling.tree, at) {
        filling.called("status_reason", &format!("{why}.code"));
    }
}

pub fn procedure(tree: &Tree<'_>) -> Vec<Part> {
    let Some(at) = statement(tree, &["procedure", "act", "observation"]) else { return Vec::new() };
    vec![part(tree, RecordType::Procedure, 0, at, FACT, |filling| done(filling, at))]
}

fn done(filling: &mut Filling<'_, '_>, at: &str) {
    let words = [
        ("completed", "completed"),
        ("active", "in-progress"),
        ("aborted", "stopped"),
        ("cancelled", "not-done"),
        ("nullified", "entered-in-error"),
    ];
    status(filling, at, "not-done", &words);
    if !filling.concept("code", &[&format!("{at}.code")]) {
        filling.text("code_text", &[&format!("{at}.text.reference.#text"), &format!("{at}.text.#text")]);
    }
    filling.concept("body_site", &[&format!("{at}.targetSiteCode")]);
    period(filling, at, ("performed_start", "performed_end"));
    filling.name("practitioner_name", &format!("{at}.performer.assignedEntity.assignedPerson.name"));
    filling.text("practitioner_name", &[&format!("{at}.performer.assignedEntity.representedOrganization.name.#text")]);
    if at == "observation" {
        filling.called("outcome", &format!("{at}.value"));
    }
    reason(filling, at);
}

pub fn encounter(tree: &Tree<'_>) -> Vec<Part> {
    let at = "encounter";
    if tree.find(at).is_none() {
        return Vec::new();
    }
    let mut parts = vec![part(tree, RecordType::Encounter, 0, at, VISIT, |filling| visit(filling, at))];
    let own = tree.find("key").and_then(|found| found.value.as_str()).unwrap_or_default();
    for (number, at) in (1..).zip(lists::diagnoses(tree)) {
        let mut diagnosis =
            part(tree, RecordType::Condition, number, &at, FACT, |filling| lists::problem(filling, &at));
        if let Some(column) = diagnosis.chart.record.column_index("encounter_id") {
            let visit = Referred { kind: "Encounter".into(), key: own.to_owned(), path: "key".into() };
            diagnosis.chart.references.push((column, visit));
        }
        parts.push(diagnosis);
    }
    parts
}

fn visit(filling: &mut Filling<'_, '_>, at: &str) {
    let tree = filling.tree;
    let is_class = |item: &Json| item["@codeSystem"].as_str() == Some("2.16.840.1.113883.5.4");
    if let Some(class) = tree.item("encounter.code.translation", is_class) {
        filling.text("class", &[&format!("{class}.@code")]);
    }
    filling.concept("code", &["encounter.code"]);
    let status = "encounter.statusCode.@code";
    let words = [
        ("aborted", "cancelled"),
        ("cancelled", "cancelled"),
        ("nullified", "entered-in-error"),
        ("active", "in-progress"),
    ];
    if is_negated(tree, at) {
        // There was none.
        filling.hold(IssueCode::ModifierUnknown, "encounter.@negationInd");
    }
    match mood(tree, at) {
        "EVN" => {
            filling.coded("status", status, &words);
            filling.word("status", "finished");
        }
        _ => {
            filling.coded("status", status, &words[..3]);
            filling.word("status", "planned");
        }
    }
    period(filling, at, ("period_start", "period_end"));
    reason(filling, at);
}

pub fn plan(tree: &Tree<'_>) -> Vec<Part> {
    let names = ["observation", "procedure", "act", "encounter", "supply", "substanceAdministration"];
    let Some(at) = statement(tree, &names) else { return Vec::new() };
    // What stands in a plan and has happened is told elsewhere.
    let moods = if mood(tree, at) == "EVN" { &[] } else { PLANNED };
    vec![part(tree, RecordType::ServiceRequest, 0, at, moods, |filling| request(filling, at))]
}

fn request(filling: &mut Filling<'_, '_>, at: &str) {
    let tree = filling.tree;
    if is_negated(tree, at) || tree.find(&format!("{at}.@moodCode")).is_none() {
        filling.hold(IssueCode::RecordUnmapped, &format!("{at}.@moodCode"));
    }
    if is_nullified(tree, at) {
        filling.word("status", "entered-in-error");
    }
    let intent = match mood(tree, at) {
        "RQO" => "order",
        "PRP" => "proposal",
        _ => "plan",
    };
    filling.word("intent", intent);
    let words = [
        ("completed", "completed"),
        ("aborted", "revoked"),
        ("cancelled", "revoked"),
        ("suspended", "on-hold"),
        ("nullified", "entered-in-error"),
        ("active", "active"),
        ("new", "draft"),
    ];
    filling.coded("status", &format!("{at}.statusCode.@code"), &words);
    let paths = [
        format!("{at}.code"),
        format!("{at}.{PRODUCT}.{}.code", DRUGS[0]),
        format!("{at}.{PRODUCT}.{}.code", DRUGS[1]),
        format!("{at}.product.manufacturedProduct.manufacturedMaterial.code"),
    ];
    if !filling.concept("code", &paths.each_ref().map(String::as_str)) {
        filling.text("code_text", &[&format!("{at}.text.reference.#text"), &format!("{at}.text.#text")]);
    }
    period(filling, at, ("occurrence", ""));
    filling.time("authored_on", &[&format!("{at}.author.time.@value")]);
}

pub fn directives(tree: &Tree<'_>) -> Vec<Part> {
    let all = observations_of(tree, "organizer", "component", |_| true).into_iter().enumerate();
    let read = |(number, at): (usize, String)| {
        part(tree, RecordType::Consent, number, &at, FACT, |filling| directive(filling, &at))
    };
    all.map(read).collect()
}

fn directive(filling: &mut Filling<'_, '_>, at: &str) {
    filling.word("scope", "adr");
    if is_negated(filling.tree, at) {
        filling.word("decision", "deny");
    }
    if is_nullified(filling.tree, at) {
        filling.word("status", "entered-in-error");
    }
    let words = [("completed", "active"), ("aborted", "inactive"), ("cancelled", "inactive")];
    filling.coded("status", &format!("{at}.statusCode.@code"), &words);
    filling.concept("category", &[&format!("{at}.code")]);
    filling.called("policy", &format!("{at}.value"));
    filling.time("date_time", &[&format!("{at}.effectiveTime.@value"), &format!("{at}.effectiveTime.low.@value")]);
    filling.time("period_end", &[&format!("{at}.effectiveTime.high.@value")]);
}
