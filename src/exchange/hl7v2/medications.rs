//! Prescriptions (RXO, RXE), what a pharmacy gave out (RXD), and vaccinations (RXA).

use super::super::filling::Filling;
use crate::model::{IssueCode, Value};

/// Order control (table 0119): what a prescription is told to become.
const ENDS: [(&str, &str); 9] = [
    ("CA", "cancelled"),
    ("OC", "cancelled"),
    ("CR", "cancelled"),
    ("DC", "stopped"),
    ("OD", "stopped"),
    ("DR", "stopped"),
    ("RP", "stopped"),
    ("HD", "on-hold"),
    ("OH", "on-hold"),
];
const BEGINNINGS: [(&str, &str); 7] = [
    ("NW", "active"),
    ("OK", "active"),
    ("RE", "active"),
    ("RF", "active"),
    ("RL", "active"),
    ("RO", "active"),
    ("XO", "active"),
];
/// Order status (table 0038).
const STATUS: [(&str, &str); 9] = [
    ("A", "active"),
    ("IP", "active"),
    ("SC", "active"),
    ("CA", "cancelled"),
    ("DC", "stopped"),
    ("RP", "stopped"),
    ("CM", "completed"),
    ("HD", "on-hold"),
    ("ER", "entered-in-error"),
];

pub fn prescription(filling: &mut Filling<'_, '_>) {
    filling.word("intent", "order");
    filling.word_of("status", "ORC-1", &ENDS);
    filling.word_of("status", "ORC-5", &STATUS);
    filling.word_of("status", "ORC-1", &BEGINNINGS);
    filling.word("status", "unknown");
    // As the pharmacy encoded it, else as it was asked for.
    let is_encoded = filling.tree.items("RXE-2").first().is_some();
    let rx = |encoded: &'static str, asked: &'static str| if is_encoded { encoded } else { asked };
    if !filling.concept_of("code", &[rx("RXE-2", "RXO-1")]) {
        filling.hold(IssueCode::RequiredMissing, "key");
    }
    filling.when("authored_on", &["ORC-9", "RXE-32", "ORC-15"]);
    filling.when("period_start", &["TQ1.0.TQ1-7", "RXE-1.4", "ORC-7.4"]);
    filling.when("period_end", &["TQ1.0.TQ1-8", "RXE-1.5", "ORC-7.5"]);
    directions(filling, rx("RXE-7", "RXO-7"));
    filling.measured(("dose_value", "dose_unit"), rx("RXE-3", "RXO-2"), rx("RXE-5", "RXO-4"));
    filling.called_by("route", &["RXR.0.RXR-1", "RXO-5"]);
    filling.measured(("quantity_value", "quantity_unit"), rx("RXE-10", "RXO-11"), rx("RXE-11", "RXO-12"));
    filling.amount("refills", &[rx("RXE-12", "RXO-13")]);
    // Table 0167.
    let substitution = rx("RXE-9", "RXO-9");
    let allowed = match filling.said(substitution) {
        Some("N" | "0" | "1") => Some(0),
        Some("G" | "T" | "Y" | "2" | "3" | "4" | "5" | "7" | "8") => Some(1),
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

/// How to take it, in the words of the prescription: the pharmacy's instructions, and how often.
fn directions(filling: &mut Filling<'_, '_>, words: &str) {
    let said = |path: &str, filling: &Filling<'_, '_>| {
        ["2", "1"].iter().find_map(|part| filling.read(&format!("{path}.{part}")))
    };
    let mut text: Vec<String> = said(words, filling).into_iter().collect();
    text.extend(["TQ1.0.TQ1-3.1", "RXE-1.2", "ORC-7.2"].iter().find_map(|path| filling.read(path)));
    text.extend(filling.read("TQ1.0.TQ1-11"));
    if !text.is_empty() {
        filling.set("dosage_text", Value::text(text.join(" ")), words);
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
        filling.hold(IssueCode::RequiredMissing, "RXA-2");
    }
    filling.when("occurrence", &["RXA-3"]);
    filling.field("lot_number", &["RXA-15"]);
    filling.when("expiration_date", &["RXA-16"]);
    filling.called_by("manufacturer", &["RXA-17"]);
    filling.called_by("route", &["RXR.0.RXR-1"]);
    filling.called_by("site", &["RXR.0.RXR-2"]);
    filling.measured(("dose_quantity", "dose_unit"), "RXA-6", "RXA-7");
    filling.called_by("note", &["RXA-9"]);
}
