//! What is asked for: examinations (ORC, OBR) and referrals (RF1).

use super::super::filling::Filling;
use crate::model::{IssueCode, Value};

/// Order control (table 0119): what ends or holds an order.
pub const ENDS: [(&str, &str); 14] = [
    ("CA", "revoked"),
    ("OC", "revoked"),
    ("CR", "revoked"),
    ("DC", "revoked"),
    ("OD", "revoked"),
    ("DR", "revoked"),
    ("RP", "revoked"),
    ("RU", "revoked"),
    ("RQ", "revoked"),
    ("UA", "revoked"),
    ("HD", "on-hold"),
    ("OH", "on-hold"),
    ("HR", "on-hold"),
    ("DE", "unknown"),
];
/// What begins it, or says that it goes on.
const BEGINNINGS: [(&str, &str); 13] = [
    ("NW", "active"),
    ("OK", "active"),
    ("RE", "active"),
    ("RL", "active"),
    ("RO", "active"),
    ("RR", "active"),
    ("SN", "active"),
    ("XO", "active"),
    ("XR", "active"),
    ("XX", "active"),
    ("PA", "active"),
    ("CH", "active"),
    ("NA", "active"),
];
/// Order status (table 0038).
const STATUS: [(&str, &str); 9] = [
    // No status of the table, and sent as one.
    ("NW", "active"),
    ("A", "active"),
    ("IP", "active"),
    ("SC", "active"),
    ("CA", "revoked"),
    ("DC", "revoked"),
    ("RP", "revoked"),
    ("CM", "completed"),
    ("HD", "on-hold"),
];
/// It only asks how an order stands, or says so.
const TOLD: [&str; 4] = ["SC", "SR", "SS", "CN"];

/// Codes with the words of the chart for them.
type Words<'a> = &'a [(&'a str, &'static str)];

/// How an order stands: as it is told to become, then as it is said to be. What is neither holds it back.
pub fn stands(filling: &mut Filling<'_, '_>, (ends, status, beginnings): (Words<'_>, Words<'_>, Words<'_>)) {
    filling.word_of("status", "ORC-1", ends);
    if !filling.has("status") {
        let known: Vec<&str> = status.iter().map(|(code, _)| *code).collect();
        filling.word_of("status", "ORC-5", status);
        filling.hold_unknown("ORC-5", &known);
    }
    filling.word_of("status", "ORC-1", beginnings);
    if !filling.has("status") {
        filling.hold_unknown("ORC-1", &TOLD);
    }
    filling.word("status", "unknown");
}

/// Tables 0027 and 0485.
const PRIORITY: [(&str, &str); 6] =
    [("S", "stat"), ("A", "asap"), ("R", "routine"), ("P", "urgent"), ("T", "urgent"), ("C", "urgent")];

pub fn order(filling: &mut Filling<'_, '_>) {
    filling.word("intent", "order");
    stands(filling, (&ENDS, &STATUS, &BEGINNINGS));
    filling.word("category", "laboratory");
    for path in ["TQ1.0.TQ1-9.1", "OBR-27.6", "ORC-7.6", "OBR-5"] {
        filling.word_of("priority", path, &PRIORITY);
    }
    if !filling.concept_of("code", &["OBR-4"]) {
        filling.hold(IssueCode::RequiredMissing, "key");
    }
    if !filling.concept_of("reason", &["OBR-31", "ORC-16", "DG1.0.DG1-3"]) {
        filling.field("reason_text", &["OBR-13", "DG1.0.DG1-4"]);
    }
    filling.when("authored_on", &["ORC-9", "ORC-15"]);
    filling.when("occurrence", &["TQ1.0.TQ1-7", "OBR-27.4", "ORC-7.4", "OBR-36", "OBR-6"]);
    filling.field("order_number", &["OBR-2.1", "ORC-2.1", "OBR-3.1", "ORC-3.1"]);
    filling.called_by("performer_name", &["ORC-21"]);
    filling.notes("note", "NTE");
}

pub fn referral(filling: &mut Filling<'_, '_>) {
    filling.word("intent", "order");
    filling.word("category", "referral");
    // Cancelled (I14); else table 0283.
    if filling.said("event") == Some("I14") {
        filling.word("status", "revoked");
    }
    filling.word_of("status", "RF1-1.1", &[("A", "active"), ("P", "draft"), ("R", "revoked"), ("E", "completed")]);
    filling.word("status", "unknown");
    filling.word_of("priority", "RF1-2.1", &PRIORITY);
    if !filling.concept_of("code", &["RF1-3"]) {
        filling.field("code_text", &["RF1-3.1"]);
    }
    filling.concept_of("reason", &["RF1-10"]);
    filling.when("authored_on", &["RF1-7"]);
    filling.field("order_number", &["RF1-6.1", "RF1-11.1"]);
    // To whom (table 0286).
    let list = filling.tree.items("PRD");
    let is_addressee = |at: &&String| filling.said(&format!("{at}.PRD-1.1")) == Some("RT");
    if let Some(at) = list.iter().find(is_addressee).cloned() {
        filling.person("performer_name", &format!("{at}.PRD-2"), 1);
    }
    if !filling.has("code") && !filling.has("code_original") && !filling.has("code_text") {
        filling.set("code_text", Value::text("Referral"), "key");
    }
    filling.notes("note", "NTE");
}
