//! Allergies (AL1, IAM), diagnoses of visits (DG1), problems (PRB) and procedures (PR1).

use super::super::filling::Filling;
use super::filling::{locate, repetitions};
use crate::model::{IssueCode, Value};

/// Table 0127.
const KINDS: [(&str, &str); 8] = [
    ("DA", "medication"),
    ("FA", "food"),
    ("EA", "environment"),
    ("AA", "environment"),
    ("PA", "environment"),
    ("LA", "environment"),
    ("D", "medication"),
    ("F", "food"),
];
/// Table 0128.
const SEVERITY: [(&str, &str); 3] = [("MI", "mild"), ("MO", "moderate"), ("SV", "severe")];
/// Table 0206: what is deleted was never so; what is unchanged is as it is told.
const ACTIONS: [&str; 5] = ["A", "D", "U", "S", "X"];

/// What a segment's action says: that it was deleted. One that nobody knows holds the record back.
fn action(filling: &mut Filling<'_, '_>, path: &str, column: &str) {
    if filling.said(path).is_some_and(|text| text.eq_ignore_ascii_case("D")) {
        filling.read(path);
        filling.set(column, Value::text("entered-in-error"), path);
    }
    filling.hold_unknown(path, &ACTIONS);
}

pub fn allergy(filling: &mut Filling<'_, '_>) {
    let segment =
        if filling.tree.find("IAM-3").is_some() || filling.tree.find("IAM-1").is_some() { "IAM" } else { "AL1" };
    let at = |field: u8| format!("{segment}-{field}");
    if segment == "IAM" {
        action(filling, "IAM-6", "verification_status");
        let status = [
            ("C", "confirmed"),
            ("I", "confirmed"),
            ("P", "unconfirmed"),
            ("S", "unconfirmed"),
            ("U", "unconfirmed"),
            ("D", "unconfirmed"),
            ("E", "entered-in-error"),
        ];
        if filling.said("IAM-17") == Some("I") {
            filling.word("clinical_status", "inactive");
        }
        filling.word_of("verification_status", "IAM-17", &status);
        filling.hold_unknown("IAM-17", &["C", "I", "P", "S", "U", "D", "E"]);
        filling.word_of("type", "IAM-9", &[("AL", "allergy"), ("IN", "intolerance")]);
        filling.when("onset", &["IAM-11"]);
        filling.when("recorded_date", &["IAM-13", "IAM-20"]);
    } else {
        filling.when("onset", &["AL1-6"]);
    }
    filling.word_of("category", &at(2), &KINDS);
    if !filling.concept_of("code", &[&at(3)]) {
        // Nobody is allergic to nothing.
        filling.hold(IssueCode::RequiredMissing, &at(2));
    }
    let reactions = repetitions(filling.tree, &at(5));
    for (reaction, prefix) in reactions.iter().zip(["reaction", "reaction_2"]) {
        filling.concept_of(prefix, &[reaction]);
    }
    filling.word_of("reaction_severity", &at(4), &SEVERITY);
    // Whoever tells of an allergy today tells that it is there.
    if !filling.says("verification_status", "entered-in-error") {
        filling.word("clinical_status", "active");
    }
}

pub fn diagnosis(filling: &mut Filling<'_, '_>) {
    action(filling, "DG1-21", "verification_status");
    filling.word("category", "encounter-diagnosis");
    filling.word_of("verification_status", "DG1-6", &[("A", "provisional"), ("W", "provisional"), ("F", "confirmed")]);
    named(filling, "DG1-3", "DG1-4", "DG1-2");
    filling.when("onset", &["DG1-5"]);
    filling.when("recorded_date", &["DG1-19"]);
    visit_of(filling);
}

/// A code with its words; older senders say the code system in a field of its own.
fn named(filling: &mut Filling<'_, '_>, code: &str, words: &str, method: &str) {
    let is_bare = filling.said(&format!("{code}.3")).is_none() && filling.said(&format!("{code}.6")).is_none();
    let system = match filling.said(method).filter(|_| is_bare) {
        Some("I9" | "I9C" | "ICD9") => "http://hl7.org/fhir/sid/icd-9-cm",
        Some("I10" | "I10C" | "ICD10") => "http://hl7.org/fhir/sid/icd-10-cm",
        Some("C4" | "CPT" | "CPT4") => "http://www.ama-assn.org/go/cpt",
        _ => "",
    };
    if let (false, Some(at)) = (system.is_empty(), locate(filling.tree, &format!("{code}.1"))) {
        filling.field("code", &[&at]);
        filling.word("code_system", system);
        filling.read(method);
        filling.field("code_display", &[&format!("{code}.2")]);
    } else {
        filling.concept_of("code", &[code]);
    }
    filling.field("code_text", &[words]);
    if !["code", "code_original", "code_text"].iter().any(|column| filling.has(column)) {
        filling.hold(IssueCode::RequiredMissing, code);
    }
}

fn visit_of(filling: &mut Filling<'_, '_>) {
    filling.belongs_to("encounter_id", "Visit", "visit");
}

/// What senders call it how sure a problem is (PRB-13 has no table of its own).
const CONFIRMATION: [(&str, &str); 16] = [
    ("confirmed", "confirmed"),
    ("verified", "confirmed"),
    ("c", "confirmed"),
    ("differential", "differential"),
    ("possible", "differential"),
    ("rule-out", "differential"),
    ("rule out", "differential"),
    ("r/o", "differential"),
    ("provisional", "provisional"),
    ("probable", "provisional"),
    ("suspected", "provisional"),
    ("unconfirmed", "unconfirmed"),
    ("ruled out", "refuted"),
    ("ruled-out", "refuted"),
    ("refuted", "refuted"),
    ("entered-in-error", "entered-in-error"),
];
/// And how it stands (PRB-14).
const LIFE_CYCLE: [(&str, &str); 11] = [
    ("active", "active"),
    ("a", "active"),
    ("inactive", "inactive"),
    ("i", "inactive"),
    ("resolved", "resolved"),
    ("r", "resolved"),
    ("recurrence", "recurrence"),
    ("recurrent", "recurrence"),
    ("relapse", "relapse"),
    ("remission", "remission"),
    ("chronic", "active"),
];

/// A word of the chart for a code or for its words; what is neither holds the record back.
fn said_so(filling: &mut Filling<'_, '_>, column: &str, path: &str, words: &[(&str, &'static str)]) {
    for part in ["1", "2"] {
        filling.word_of(column, &format!("{path}.{part}"), words);
    }
    if !filling.has(column)
        && let Some(at) =
            locate(filling.tree, &format!("{path}.1")).or_else(|| locate(filling.tree, &format!("{path}.2")))
    {
        filling.hold(IssueCode::ModifierUnknown, &at);
    }
}

pub fn problem(filling: &mut Filling<'_, '_>) {
    // Table 0287: add, correct, delete, link, unlink, update, unchanged.
    if filling.said("PRB-1").is_some_and(|text| text.eq_ignore_ascii_case("DE")) {
        filling.read("PRB-1");
        filling.set("verification_status", Value::text("entered-in-error"), "PRB-1");
    }
    filling.hold_unknown("PRB-1", &["AD", "CO", "DE", "LI", "UC", "UN", "UP"]);
    filling.word("category", "problem-list-item");
    if !filling.concept_of("code", &["PRB-3"]) {
        filling.hold(IssueCode::RequiredMissing, "PRB-2");
    }
    said_so(filling, "verification_status", "PRB-13", &CONFIRMATION);
    said_so(filling, "clinical_status", "PRB-14", &LIFE_CYCLE);
    if filling.tree.find("PRB-9").is_some() && !filling.says("verification_status", "entered-in-error") {
        filling.word("clinical_status", "resolved");
    }
    filling.when("onset", &["PRB-16", "PRB-7"]);
    filling.when("abatement", &["PRB-9"]);
    filling.when("recorded_date", &["PRB-7", "PRB-2"]);
    visit_of(filling);
}

pub fn procedure(filling: &mut Filling<'_, '_>) {
    action(filling, "PR1-20", "status");
    filling.word("status", "completed");
    named(filling, "PR1-3", "PR1-4", "PR1-2");
    filling.when("performed_start", &["PR1-5"]);
    filling.word_of(
        "category",
        "PR1-6.1",
        &[
            ("A", "Anesthesia"),
            ("D", "Diagnostic procedure"),
            ("I", "Invasive procedure"),
            ("P", "Procedure for treatment"),
        ],
    );
    filling.called_by("anesthesia", &["PR1-9"]);
    filling.concept_of("reason", &["PR1-15"]);
    filling.person("practitioner_name", "PR1-11", 2);
    filling.person("practitioner_name", "PR1-12", 2);
    visit_of(filling);
}
