//! What was measured, found and told: results, vital signs, social and family history.

use super::super::tree::Tree;
use super::super::{Chart, Referred};
use super::filling::Filling;
use super::{is_negated, observations_of};
use crate::model::{IssueCode, RecordType, Value};

/// Why a record waits, with the path of the value.
type Rejected = Option<(IssueCode, Option<String>)>;

const STATUS: [(&str, &str); 6] = [
    ("completed", "final"),
    ("active", "preliminary"),
    ("held", "registered"),
    ("aborted", "cancelled"),
    ("cancelled", "cancelled"),
    ("nullified", "entered-in-error"),
];

pub fn results(tree: &Tree<'_>, rejected: &mut Rejected) -> Vec<Chart> {
    let all = observations_of(tree, "organizer", "component", |_| true);
    let mut charts = Vec::new();
    if tree.find("organizer").is_some() {
        let mut filling = Filling::new(tree, RecordType::DiagnosticReport, 0);
        filling.word("category", "LAB");
        filling.coded("status", "organizer.statusCode.@code", &STATUS);
        filling.concept("code", &["organizer.code"]);
        filling.time("effective", &["organizer.effectiveTime.@value", "organizer.effectiveTime.low.@value"]);
        charts.push(filling.chart);
    }
    let own = tree.find("key").and_then(|found| found.value.as_str()).unwrap_or_default().to_owned();
    let has_report = !charts.is_empty();
    for (part, at) in (1..).zip(&all) {
        let mut chart = observation(tree, part, at, "laboratory", rejected);
        if let (true, Some(column)) = (has_report, chart.record.column_index("diagnostic_report_id")) {
            let report = Referred { kind: "Results".into(), key: own.clone(), path: "key".into() };
            chart.references.push((column, report));
        }
        charts.push(chart);
    }
    charts
}

pub fn vital_signs(tree: &Tree<'_>, rejected: &mut Rejected) -> Vec<Chart> {
    let all = observations_of(tree, "organizer", "component", |_| true);
    let chart = |(part, at): (usize, &String)| {
        let mut chart = observation(tree, part, at, "vital-signs", rejected);
        let time = RecordType::Observation.column_index("effective");
        if time.is_some_and(|time| chart.values[time].is_null()) {
            let mut filling = Filling { tree, chart };
            filling.time("effective", &["organizer.effectiveTime.@value", "organizer.effectiveTime.low.@value"]);
            chart = filling.chart;
        }
        chart
    };
    all.iter().enumerate().map(chart).collect()
}

pub fn social_history(tree: &Tree<'_>, rejected: &mut Rejected) -> Vec<Chart> {
    match tree.find("observation") {
        Some(_) => vec![observation(tree, 0, "observation", "social-history", rejected)],
        None => Vec::new(),
    }
}

fn observation(tree: &Tree<'_>, part: usize, at: &str, category: &str, rejected: &mut Rejected) -> Chart {
    let mut filling = Filling::new(tree, RecordType::Observation, part);
    if is_negated(tree, at) {
        // That it was not so has no column: it must not look as if it had been.
        rejected.get_or_insert((IssueCode::ModifierUnknown, Some(format!("{at}.@negationInd"))));
    }
    filling.word("category", category);
    filling.coded("status", &format!("{at}.statusCode.@code"), &STATUS);
    filling.word("status", "unknown");
    if !filling.concept("code", &[&format!("{at}.code")]) {
        filling.text("code_text", &[&format!("{at}.text.reference.#text"), &format!("{at}.text.#text")]);
    }
    filling.time("effective", &[&format!("{at}.effectiveTime.@value"), &format!("{at}.effectiveTime.low.@value")]);
    value(&mut filling, &format!("{at}.value"));
    filling.text("interpretation", &[&format!("{at}.interpretationCode.@code")]);
    let range = format!("{at}.referenceRange.observationRange");
    filling.number("reference_low", &[&format!("{range}.value.low.@value")]);
    filling.number("reference_high", &[&format!("{range}.value.high.@value")]);
    filling.text("reference_text", &[&format!("{range}.text.#text"), &format!("{range}.text.reference.#text")]);
    filling.called("method", &format!("{at}.methodCode"));
    filling.called("body_site", &format!("{at}.targetSiteCode"));
    filling.chart
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
        _ => filling.text("value_string", &[&format!("{at}.#text"), &format!("{at}.reference.#text"), &amount]),
    }
}

/// One bound is a number with its sign, two are a text.
fn interval(filling: &mut Filling<'_, '_>, at: &str) {
    let bound = |name: &str| filling.tree.find(&format!("{at}.{name}.@value")).is_some();
    let (low, high) = (bound("low"), bound("high"));
    let is_open = |name: &str| {
        let inclusive = filling.tree.find(&format!("{at}.{name}.@inclusive"));
        inclusive.is_some_and(|found| found.value.as_str() == Some("false"))
    };
    let (name, sign) = match (low, high) {
        (true, false) => ("low", if is_open("low") { ">" } else { ">=" }),
        (false, true) => ("high", if is_open("high") { "<" } else { "<=" }),
        (true, true) => {
            let part = |path: String| filling.take(&path).unwrap_or_default();
            let (low, high) = (part(format!("{at}.low.@value")), part(format!("{at}.high.@value")));
            let unit = part(format!("{at}.high.@unit"));
            let text = format!("{low}-{high} {unit}");
            filling.set("value_string", Value::text(text.trim()), &format!("{at}.low.@value"));
            return;
        }
        (false, false) => return,
    };
    filling.number("value_quantity", &[&format!("{at}.{name}.@value")]);
    filling.text("value_unit", &[&format!("{at}.{name}.@unit")]);
    filling.word("value_comparator", sign);
}

pub fn family_history(tree: &Tree<'_>, rejected: &mut Rejected) -> Vec<Chart> {
    let all = observations_of(tree, "organizer", "component", |_| true);
    let mut charts = Vec::new();
    for (part, at) in all.iter().enumerate() {
        let mut filling = Filling::new(tree, RecordType::FamilyMemberHistory, part);
        if is_negated(tree, at) {
            rejected.get_or_insert((IssueCode::ModifierUnknown, Some(format!("{at}.@negationInd"))));
        }
        filling.word("status", "completed");
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
        charts.push(filling.chart);
    }
    charts
}
