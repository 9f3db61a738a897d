//! What was measured, found and told: results, vital signs, social and family history.

use super::super::Referred;
use super::super::filling::Filling;
use super::super::tree::Tree;
use super::observations_of;
use super::part::{FACT, Part, is_negated, is_nullified, part, truth};
use crate::model::{IssueCode, RecordType, Value};

const STATUS: [(&str, &str); 6] = [
    ("completed", "final"),
    ("active", "preliminary"),
    ("held", "registered"),
    ("aborted", "cancelled"),
    ("cancelled", "cancelled"),
    ("nullified", "entered-in-error"),
];

pub fn results(tree: &Tree<'_>) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    let own = tree.find("key").and_then(|found| found.value.as_str()).unwrap_or_default().to_owned();
    let own = tree.find("report").and_then(|found| found.value.as_str()).map_or(own, str::to_owned);
    let has_report = tree.find("organizer").is_some();
    for (number, at) in (1..).zip(observations_of(tree, "organizer", "component", |_| true)) {
        let mut part = observation(tree, number, &at, "laboratory");
        if let (true, Some(column)) = (has_report, part.chart.record.column_index("diagnostic_report_id")) {
            let report = Referred { kind: "Results".into(), key: own.clone(), path: "key".into() };
            part.chart.references.push((column, report));
        }
        parts.push(part);
    }
    // Of a panel in pieces the first makes the report.
    if has_report && tree.find("report").is_none() {
        let mut report = part(tree, RecordType::DiagnosticReport, 0, "organizer", FACT, report);
        let is_held = |part: &Part| part.hold.is_some();
        if !parts.is_empty() && parts.iter().all(is_held) {
            report.hold = report.hold.or_else(|| parts[0].hold.clone());
        }
        parts.insert(0, report);
    }
    parts
}

fn report(filling: &mut Filling<'_, '_>) {
    filling.word("category", "LAB");
    filling.coded("status", "organizer.statusCode.@code", &STATUS);
    filling.concept("code", &["organizer.code"]);
    filling.time("effective", &["organizer.effectiveTime.@value", "organizer.effectiveTime.low.@value"]);
}

pub fn vital_signs(tree: &Tree<'_>) -> Vec<Part> {
    let all = observations_of(tree, "organizer", "component", |_| true).into_iter().enumerate();
    all.map(|(number, at)| observation(tree, number, &at, "vital-signs")).collect()
}

pub fn social_history(tree: &Tree<'_>) -> Vec<Part> {
    match tree.find("observation") {
        Some(_) => vec![observation(tree, 0, "observation", "social-history")],
        None => Vec::new(),
    }
}

fn observation(tree: &Tree<'_>, number: usize, at: &str, category: &'static str) -> Part {
    part(tree, RecordType::Observation, number, at, FACT, |filling| fill(filling, at, category))
}

fn fill(filling: &mut Filling<'_, '_>, at: &str, category: &str) {
    if is_negated(filling.tree, at) {
        // That it was not so has no column: it must not look as if it had been.
        filling.hold(IssueCode::ModifierUnknown, &format!("{at}.@negationInd"));
    }
    filling.word("category", category);
    if is_nullified(filling.tree, at) {
        filling.word("status", "entered-in-error");
    }
    filling.coded("status", &format!("{at}.statusCode.@code"), &STATUS);
    filling.word("status", "unknown");
    if !filling.concept("code", &[&format!("{at}.code")]) {
        filling.text("code_text", &[&format!("{at}.text.reference.#text"), &format!("{at}.text.#text")]);
    }
    filling.time("effective", &[&format!("{at}.effectiveTime.@value"), &format!("{at}.effectiveTime.low.@value")]);
    filling.time("effective", &["organizer.effectiveTime.@value", "organizer.effectiveTime.low.@value"]);
    value(filling, &format!("{at}.value"));
    for further in filling.tree.items(&format!("{at}.value")).iter().skip(1) {
        // An observation of the chart has one.
        filling.tree.fail(IssueCode::ValueRejected, &format!("{further}.@value"));
    }
    filling.text("interpretation", &[&format!("{at}.interpretationCode.@code")]);
    range(filling, at);
    filling.called("method", &format!("{at}.methodCode"));
    filling.called("body_site", &format!("{at}.targetSiteCode"));
}

/// The range that is usual, as numbers only in the unit of the value.
fn range(filling: &mut Filling<'_, '_>, at: &str) {
    let range = format!("{at}.referenceRange.observationRange");
    let said = |path: String| filling.tree.find(&path).and_then(|found| found.value.as_str()).unwrap_or_default();
    let unit_of = |path: String| Some(said(path)).filter(|unit| *unit != "1").unwrap_or_default();
    let bounds = ["low", "high"].map(|bound| format!("{range}.value.{bound}"));
    let units = ["value", "value.low", "value.high"].map(|of| unit_of(format!("{at}.{of}.@unit")));
    let own = units.into_iter().find(|unit| !unit.is_empty()).unwrap_or_default();
    let is_other = |bound: &String| {
        let unit = unit_of(format!("{bound}.@unit"));
        !unit.is_empty() && !unit.eq_ignore_ascii_case(own)
    };
    if bounds.iter().any(is_other) {
        let [low, high] = bounds.each_ref().map(|bound| {
            let (value, unit) = (said(format!("{bound}.@value")), unit_of(format!("{bound}.@unit")));
            format!("{value} {unit}").trim().to_owned()
        });
        let text = match (low.is_empty(), high.is_empty()) {
            (false, false) => format!("{low} - {high}"),
            (false, true) => format!(">= {low}"),
            _ => format!("<= {high}"),
        };
        filling.set("reference_text", Value::text(text), &format!("{}.@value", bounds[usize::from(low.is_empty())]));
        for path in bounds.iter().flat_map(|bound| ["@value", "@unit"].map(|leaf| format!("{bound}.{leaf}"))) {
            filling.take(&path);
        }
        return;
    }
    filling.number("reference_low", &[&format!("{}.@value", bounds[0])]);
    filling.number("reference_high", &[&format!("{}.@value", bounds[1])]);
    filling.text("reference_text", &[&format!("{range}.text.#text"), &format!("{range}.text.reference.#text")]);
}

/// A value by its data type, HL7 v3.
fn value(filling: &mut Filling<'_, '_>, at: &str) {
    let Some(kind) = filling.tree.find(&format!("{at}.@type")).and_then(|found| found.value.as_str()) else {
        filling.text("value_string", &[&format!("{at}.#text"), &format!("{at}.@value")]);
        return;
    };
    let kind = kind.rsplit(':').next().unwrap_or(kind).to_owned();
    let (amount, unit) = (format!("{at}.@value"), format!("{at}.@unit"));
    filling.take(&format!("{at}.@type"));
    match kind.as_str() {
        "PQ" | "INT" | "REAL" | "MO" => {
            filling.number("value_quantity", &[&amount]);
            if filling.has("value_quantity") {
                // 1 is what UCUM calls no unit.
                if filling.take(&unit).is_some_and(|unit| unit != "1") {
                    filling.text("value_unit", &[&unit]);
                }
            } else {
                filling.text(
                    "value_string",
                    &[&format!("{at}.originalText.#text"), &format!("{at}.translation.originalText.#text")],
                );
            }
        }
        "CD" | "CE" | "CO" | "CV" => {
            filling.concept("value", &[at]);
        }
        "IVL_PQ" | "IVL_INT" | "IVL_REAL" => interval(filling, at),
        "TS" => filling.time("value_datetime", &[&amount]),
        "RTO" | "RTO_PQ_PQ" | "RTO_INT_INT" => {
            let part = |name: &str| filling.take(&format!("{at}.{name}.@value"));
            if let (Some(above), Some(below)) = (part("numerator"), part("denominator")) {
                filling.set("value_string", Value::text(format!("{above}:{below}")), &format!("{at}.numerator.@value"));
            }
        }
        // Bytes are no words: they stay with the record.
        "ED" if filling.tree.find(&format!("{at}.@representation")).is_some_and(|found| found.value != "TXT") => {
            filling.tree.fail(IssueCode::ValueRejected, &format!("{at}.#text"));
        }
        _ => filling.text("value_string", &[&format!("{at}.#text"), &format!("{at}.reference.#text"), &amount]),
    }
}

/// One bound is a number with its sign, two are a text.
fn interval(filling: &mut Filling<'_, '_>, at: &str) {
    let bound = |name: &str| filling.tree.find(&format!("{at}.{name}.@value")).is_some();
    let (low, high) = (bound("low"), bound("high"));
    let is_open = |name: &str| {
        let inclusive = filling.tree.find(&format!("{at}.{name}.@inclusive"));
        inclusive.and_then(|found| found.value.as_str()).and_then(truth) == Some(false)
    };
    let (name, sign) = match (low, high) {
        (true, false) => ("low", if is_open("low") { ">" } else { ">=" }),
        (false, true) => ("high", if is_open("high") { "<" } else { "<=" }),
        (true, true) => {
            let part = |path: String| filling.take(&path).unwrap_or_default();
            let (low, high) = (part(format!("{at}.low.@value")), part(format!("{at}.high.@value")));
            let (lower, upper) = (part(format!("{at}.low.@unit")), part(format!("{at}.high.@unit")));
            let text = match (lower.as_str(), upper.as_str()) {
                (one, "") => format!("{low}-{high} {one}"),
                (one, other) if one.is_empty() || one == other => format!("{low}-{high} {other}"),
                (one, other) => format!("{low} {one}-{high} {other}"),
            };
            filling.set("value_string", Value::text(text.trim()), &format!("{at}.low.@value"));
            return;
        }
        (false, false) => return,
    };
    filling.number("value_quantity", &[&format!("{at}.{name}.@value")]);
    filling.text("value_unit", &[&format!("{at}.{name}.@unit")]);
    if filling.has("value_quantity") {
        filling.word("value_comparator", sign);
    }
}

pub fn family_history(tree: &Tree<'_>) -> Vec<Part> {
    let all = observations_of(tree, "organizer", "component", |_| true).into_iter().enumerate();
    let read = |(number, at): (usize, String)| {
        part(tree, RecordType::FamilyMemberHistory, number, &at, FACT, |filling| relative(filling, &at))
    };
    all.map(read).collect()
}

fn relative(filling: &mut Filling<'_, '_>, at: &str) {
    if is_negated(filling.tree, at) {
        filling.hold(IssueCode::ModifierUnknown, &format!("{at}.@negationInd"));
    }
    filling.word("status", if is_nullified(filling.tree, at) { "entered-in-error" } else { "completed" });
    let relative = "organizer.subject.relatedSubject";
    filling.concept("relationship", &[&format!("{relative}.code")]);
    let words = [("M", "male"), ("F", "female"), ("UN", "other")];
    filling.coded("gender", &format!("{relative}.subject.administrativeGenderCode.@code"), &words);
    filling.time("born", &[&format!("{relative}.subject.birthTime.@value")]);
    filling.time("deceased_date", &[&format!("{relative}.subject.deceasedTime.@value")]);
    filling.name("name", &format!("{relative}.subject.name"));
    if !filling.concept("code", &[&format!("{at}.value")]) {
        filling.text("code_text", &[&format!("{at}.text.reference.#text"), &format!("{at}.text.#text")]);
    }
}
