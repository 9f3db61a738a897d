//! Prescriptions (RXO, RXE), what a pharmacy gave out (RXD), and vaccinations (RXA).

use super::super::filling::Filling;
use super::filling::repetitions;
use super::orders::stands;
use crate::model::{IssueCode, Value};

/// Order control (table 0119): what ends or holds a prescription.
pub const ENDS: [(&str, &str); 14] = [
    ("CA", "cancelled"),
    ("OC", "cancelled"),
    ("CR", "cancelled"),
    ("UA", "cancelled"),
    ("DC", "stopped"),
    ("OD", "stopped"),
    ("DR", "stopped"),
    ("RP", "stopped"),
    ("RU", "stopped"),
    ("RQ", "stopped"),
    ("HD", "on-hold"),
    ("OH", "on-hold"),
    ("HR", "on-hold"),
    ("DE", "unknown"),
];
const BEGINNINGS: [(&str, &str); 11] = [
    ("NW", "active"),
    ("OK", "active"),
    ("RE", "active"),
    ("RF", "active"),
    ("AF", "active"),
    ("RL", "active"),
    ("RO", "active"),
    ("XO", "active"),
    ("XR", "active"),
    ("XX", "active"),
    ("SN", "active"),
];
/// Order status (table 0038).
const STATUS: [(&str, &str); 9] = [
    // No status of the table, and sent as one.
    ("NW", "active"),
    ("A", "active"),
    ("IP", "active"),
    ("SC", "active"),
    ("CA", "cancelled"),
    ("DC", "stopped"),
    ("RP", "stopped"),
    ("CM", "completed"),
    ("HD", "on-hold"),
];

pub fn prescription(filling: &mut Filling<'_, '_>) {
    filling.word("intent", "order");
    stands(filling, (&ENDS, &STATUS, &BEGINNINGS));
    // As the pharmacy encoded it, else as it was asked for.
    let is_encoded = !filling.tree.items("RXE-2").is_empty();
    let rx = |encoded: &'static str, asked: &'static str| if is_encoded { encoded } else { asked };
    if !filling.concept_of("code", &[rx("RXE-2", "RXO-1")]) {
        filling.hold(IssueCode::RequiredMissing, "key");
    }
    filling.when("authored_on", &["ORC-9", "RXE-32", "ORC-15"]);
    filling.when("period_start", &["TQ1.0.TQ1-7", "RXE-1.4", "ORC-7.4"]);
    // Of several steps the last ends it.
    let last = filling.tree.items("TQ1").last().map_or_else(String::new, |at| format!("{at}.TQ1-8"));
    filling.when("period_end", &[&last, "RXE-1.5", "ORC-7.5"]);
    directions(filling, rx("RXE-7", "RXO-7"), (rx("RXE-3", "RXO-2"), rx("RXE-4", "RXO-3"), rx("RXE-5", "RXO-4")));
    filling.called_by("route", &["RXR.0.RXR-1", "RXO-5"]);
    filling.measured(("quantity_value", "quantity_unit"), rx("RXE-10", "RXO-11"), rx("RXE-11", "RXO-12"));
    filling.amount("refills", &[rx("RXE-12", "RXO-13")]);
    // Tables 0167 and 0161.
    let substitution = rx("RXE-9", "RXO-9");
    let allowed = match (is_encoded, filling.said(substitution)) {
        (true, Some("1" | "7")) | (false, Some("N")) => Some(0),
        (true, Some("2" | "3" | "4" | "5" | "8" | "G" | "T")) | (false, Some("G" | "T" | "Y")) => Some(1),
        _ => None,
    };
    if let Some(allowed) = allowed {
        filling.read(substitution);
        filling.set("substitution_allowed", Value::Integer(allowed), substitution);
    }
    filling.field("prescription_number", &["RXE-15", "ORC-2.1", "ORC-3.1"]);
    filling.concept_of("reason", &["RXE-27", "RXO-20", "ORC-16"]);
    filling.notes("note", "NTE");
}

/// How to take it, in the words of the prescription: the instructions, how often, whether only when needed. One dose at one pace is also told in
/// numbers; a range or several steps are words.
fn directions(filling: &mut Filling<'_, '_>, words: &str, (least, most, unit): (&str, &str, &str)) {
    let tree = filling.tree;
    let mut text: Vec<String> = Vec::new();
    for at in repetitions(tree, words) {
        text.extend(["2", "1"].iter().find_map(|part| filling.read(&format!("{at}.{part}"))));
    }
    let amounts = [least, most].map(|path| filling.said(path).unwrap_or_default().to_owned());
    let is_range = !amounts[1].is_empty() && amounts[1] != amounts[0];
    if is_range {
        let units = ["2", "1"].iter().find_map(|part| filling.said(&format!("{unit}.{part}"))).unwrap_or_default();
        text.push(format!("{} to {} {units}", amounts[0], amounts[1]).trim().to_owned());
    }
    let steps = tree.items("TQ1");
    for step in &steps {
        let mut said: Vec<String> = Vec::new();
        let part = |filling: &Filling<'_, '_>, field: &str| filling.read(&format!("{step}.TQ1-{field}"));
        // How much, how often, for how long, when needed, under which condition, and what else.
        if steps.len() > 1 {
            said.extend([part(filling, "2.1"), filling.read(&format!("{step}.TQ1-2.2.1"))].into_iter().flatten());
        }
        for at in repetitions(tree, &format!("{step}.TQ1-3")) {
            said.extend(filling.read(&format!("{at}.1")));
        }
        let length = [part(filling, "13.1"), part(filling, "13.2")].into_iter().flatten().collect::<Vec<_>>().join(" ");
        said.extend(Some(length).filter(|length| !length.is_empty()).map(|length| format!("for {length}")));
        for at in repetitions(tree, &format!("{step}.TQ1-9")) {
            said.extend(filling.read(&format!("{at}.1")).filter(|priority| priority.to_uppercase().starts_with("PRN")));
        }
        said.extend([part(filling, "10"), part(filling, "11")].into_iter().flatten());
        if !said.is_empty() {
            text.push(said.join(" "));
        }
    }
    if steps.is_empty() {
        for timing in ["RXE-1", "ORC-7"] {
            let parts = ["2", "3", "6", "8"].map(|part| filling.read(&format!("{timing}.{part}")));
            let said: Vec<String> = parts.into_iter().flatten().collect();
            if !said.is_empty() {
                text.push(said.join(" "));
                break;
            }
        }
    }
    if !text.is_empty() {
        filling.set("dosage_text", Value::text(text.join("; ")), words);
    }
    if !is_range && steps.len() < 2 {
        filling.measured(("dose_value", "dose_unit"), least, unit);
    }
}

pub fn dispense(filling: &mut Filling<'_, '_>) {
    filling.word_of("status", "ORC-1", &[("CA", "cancelled"), ("OC", "cancelled"), ("CR", "cancelled")]);
    filling.word("status", "completed");
    if !filling.concept_of("code", &["RXD-2"]) {
        filling.hold(IssueCode::RequiredMissing, "RXD-1");
    }
    filling.when("when_handed_over", &["RXD-3"]);
    filling.measured(("quantity_value", "quantity_unit"), "RXD-4", "RXD-5");
    filling.called_by("pharmacy_name", &["RXD-29", "RXD-13.4"]);
    filling.field("note", &["RXD-9"]);
    filling.notes("note", "NTE");
}

/// "No vaccine administered" (CVX).
const NO_VACCINE: &str = "998";

pub fn immunization(filling: &mut Filling<'_, '_>) {
    // Tables 0323 and 0322.
    if filling.said("RXA-21").is_some_and(|text| text.eq_ignore_ascii_case("D")) {
        filling.read("RXA-21");
        filling.set("status", Value::text("entered-in-error"), "RXA-21");
    }
    filling.hold_unknown("RXA-21", &["A", "D", "U", "S", "X"]);
    let completion = [("CP", "completed"), ("PA", "completed"), ("RE", "not-done"), ("NA", "not-done")];
    filling.word_of("status", "RXA-20", &completion);
    filling.hold_unknown("RXA-20", &["CP", "PA", "RE", "NA"]);
    if filling.said("RXA-20").is_none() {
        filling.word("status", "completed");
    }
    filling.called_by("status_reason", &["RXA-18"]);
    if filling.said("RXA-5.1") == Some(NO_VACCINE) {
        // Forecasts and the history of a disease stand in such a record: nothing was given.
        filling.hold(IssueCode::RecordUnmapped, "RXA-5.1");
    }
    if !filling.concept_of("code", &["RXA-5"]) {
        filling.hold(IssueCode::RequiredMissing, "key");
    }
    filling.when("occurrence", &["RXA-3"]);
    filling.field("lot_number", &["RXA-15"]);
    filling.when("expiration_date", &["RXA-16"]);
    filling.called_by("manufacturer", &["RXA-17"]);
    filling.called_by("route", &["RXR.0.RXR-1"]);
    filling.called_by("site", &["RXR.0.RXR-2"]);
    // 999 is "unknown" (CDC, HL7 v2.5.1 implementation guide for immunization messaging).
    match filling.said("RXA-6") {
        Some("999") => drop(filling.read("RXA-6")),
        _ => filling.measured(("dose_quantity", "dose_unit"), "RXA-6", "RXA-7"),
    }
    filling.called_by("note", &["RXA-9"]);
}
