//! What was given, done and planned: medications, immunizations, procedures, encounters, plans, advance directives.

use serde_json::Value as Json;

use super::super::Chart;
use super::super::tree::Tree;
use super::filling::Filling;
use super::{is_negated, observations_of};
use crate::model::RecordType;

const DRUG: &str = "consumable.manufacturedProduct.manufacturedMaterial";

/// The statement of an entry, by its path.
fn statement(tree: &Tree<'_>, names: &[&'static str]) -> Option<&'static str> {
    names.iter().copied().find(|name| tree.find(name).is_some())
}

fn mood<'r>(tree: &Tree<'r>, at: &str) -> &'r str {
    tree.find(&format!("{at}.@moodCode")).and_then(|found| found.value.as_str()).unwrap_or("EVN")
}

fn drug(filling: &mut Filling<'_, '_>, at: &str) {
    if !filling.concept("code", &[&format!("{at}.{DRUG}.code")]) {
        filling.text("code_text", &[&format!("{at}.{DRUG}.name.#text"), &format!("{at}.text.reference.#text")]);
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

/// The value of the observation that says why.
fn reason(filling: &mut Filling<'_, '_>, at: &str) {
    let is_why = |item: &Json| item["@typeCode"].as_str() == Some("RSON") && item["observation"].is_object();
    if let Some(why) = filling.tree.item(&format!("{at}.entryRelationship"), is_why) {
        filling.concept("reason", &[&format!("{why}.observation.value")]);
    }
}

pub fn medication(tree: &Tree<'_>) -> Vec<Chart> {
    let Some(at) = statement(tree, &["substanceAdministration"]) else { return Vec::new() };
    let mut filling = Filling::new(tree, RecordType::MedicationStatement, 0);
    if is_negated(tree, at) {
        filling.word("status", "not-taken");
    }
    let status = format!("{at}.statusCode.@code");
    if mood(tree, at) != "EVN" {
        filling.coded("status", &status, &[("active", "intended"), ("completed", "intended"), ("new", "intended")]);
    }
    filling.coded(
        "status",
        &status,
        &[
            ("active", "active"),
            ("completed", "completed"),
            ("aborted", "stopped"),
            ("suspended", "on-hold"),
            ("held", "on-hold"),
            ("cancelled", "not-taken"),
            ("nullified", "entered-in-error"),
        ],
    );
    drug(&mut filling, at);
    period(&mut filling, at, ("effective_start", "effective_end"));
    filling.time("date_asserted", &[&format!("{at}.author.time.@value")]);
    filling.text("dosage_text", &[&format!("{at}.text.#text"), &format!("{at}.text.reference.#text")]);
    filling.number("dose_value", &[&format!("{at}.doseQuantity.@value")]);
    filling.text(
        "dose_unit",
        &[&format!("{at}.doseQuantity.@unit"), &format!("{at}.administrationUnitCode.@displayName")],
    );
    filling.called("route", &format!("{at}.routeCode"));
    reason(&mut filling, at);
    vec![filling.chart]
}

pub fn immunization(tree: &Tree<'_>) -> Vec<Chart> {
    let at = "substanceAdministration";
    // What is only planned was not given.
    if tree.find(at).is_none() || mood(tree, at) != "EVN" {
        return Vec::new();
    }
    let mut filling = Filling::new(tree, RecordType::Immunization, 0);
    if is_negated(tree, at) {
        filling.word("status", "not-done");
    }
    let words = [
        ("completed", "completed"),
        ("aborted", "not-done"),
        ("cancelled", "not-done"),
        ("nullified", "entered-in-error"),
    ];
    filling.coded("status", &format!("{at}.statusCode.@code"), &words);
    drug(&mut filling, at);
    period(&mut filling, at, ("occurrence", ""));
    filling.text("lot_number", &[&format!("{at}.{DRUG}.lotNumberText.#text")]);
    filling
        .text("manufacturer", &[&format!("{at}.consumable.manufacturedProduct.manufacturerOrganization.name.#text")]);
    filling.number("dose_quantity", &[&format!("{at}.doseQuantity.@value")]);
    filling.text("dose_unit", &[&format!("{at}.doseQuantity.@unit")]);
    filling.text("dose_number", &[&format!("{at}.repeatNumber.@value")]);
    filling.called("route", &format!("{at}.routeCode"));
    filling.called("site", &format!("{at}.approachSiteCode"));
    let is_why = |item: &Json| item["@typeCode"].as_str() == Some("RSON") && item["observation"].is_object();
    if let Some(why) = tree.item(&format!("{at}.entryRelationship"), is_why) {
        filling.called("status_reason", &format!("{why}.observation.code"));
    }
    vec![filling.chart]
}

pub fn procedure(tree: &Tree<'_>) -> Vec<Chart> {
    let Some(at) = statement(tree, &["procedure", "act", "observation"]) else { return Vec::new() };
    let mut filling = Filling::new(tree, RecordType::Procedure, 0);
    if is_negated(tree, at) {
        filling.word("status", "not-done");
    }
    if mood(tree, at) != "EVN" {
        filling.word("status", "preparation");
    }
    let words = [
        ("completed", "completed"),
        ("active", "in-progress"),
        ("aborted", "stopped"),
        ("cancelled", "not-done"),
        ("nullified", "entered-in-error"),
    ];
    filling.coded("status", &format!("{at}.statusCode.@code"), &words);
    if !filling.concept("code", &[&format!("{at}.code")]) {
        filling.text("code_text", &[&format!("{at}.text.reference.#text"), &format!("{at}.text.#text")]);
    }
    filling.concept("body_site", &[&format!("{at}.targetSiteCode")]);
    period(&mut filling, at, ("performed_start", "performed_end"));
    filling.name("practitioner_name", &format!("{at}.performer.assignedEntity.assignedPerson.name"));
    filling.text("practitioner_name", &[&format!("{at}.performer.assignedEntity.representedOrganization.name.#text")]);
    if at == "observation" {
        filling.called("outcome", &format!("{at}.value"));
    }
    reason(&mut filling, at);
    vec![filling.chart]
}

pub fn encounter(tree: &Tree<'_>) -> Vec<Chart> {
    let at = "encounter";
    if tree.find(at).is_none() {
        return Vec::new();
    }
    let mut filling = Filling::new(tree, RecordType::Encounter, 0);
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
    match mood(tree, at) {
        "EVN" => {
            filling.coded("status", status, &words);
            filling.word("status", "finished");
        }
        _ => filling.word("status", "planned"),
    }
    period(&mut filling, at, ("period_start", "period_end"));
    reason(&mut filling, at);
    vec![filling.chart]
}

pub fn plan(tree: &Tree<'_>) -> Vec<Chart> {
    let Some(at) =
        statement(tree, &["observation", "procedure", "act", "encounter", "supply", "substanceAdministration"])
    else {
        return Vec::new();
    };
    // What stands in a plan and has happened is told elsewhere.
    if mood(tree, at) == "EVN" || is_negated(tree, at) {
        return Vec::new();
    }
    let mut filling = Filling::new(tree, RecordType::ServiceRequest, 0);
    filling.word("intent", "plan");
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
        format!("{at}.{DRUG}.code"),
        format!("{at}.product.manufacturedProduct.manufacturedMaterial.code"),
    ];
    if !filling.concept("code", &paths.each_ref().map(String::as_str)) {
        filling.text("code_text", &[&format!("{at}.text.reference.#text"), &format!("{at}.text.#text")]);
    }
    period(&mut filling, at, ("occurrence", ""));
    filling.time("authored_on", &[&format!("{at}.author.time.@value")]);
    vec![filling.chart]
}

pub fn directives(tree: &Tree<'_>) -> Vec<Chart> {
    let all = observations_of(tree, "organizer", "component", |_| true);
    let chart = |(part, at): (usize, &String)| {
        let mut filling = Filling::new(tree, RecordType::Consent, part);
        filling.word("scope", "adr");
        if is_negated(tree, at) {
            filling.word("decision", "deny");
        }
        filling.coded(
            "status",
            &format!("{at}.statusCode.@code"),
            &[("completed", "active"), ("nullified", "entered-in-error")],
        );
        filling.concept("category", &[&format!("{at}.code")]);
        filling.called("policy", &format!("{at}.value"));
        filling.time("date_time", &[&format!("{at}.effectiveTime.@value"), &format!("{at}.effectiveTime.low.@value")]);
        filling.time("period_end", &[&format!("{at}.effectiveTime.high.@value")]);
        filling.chart
    };
    all.iter().enumerate().map(chart).collect()
}
