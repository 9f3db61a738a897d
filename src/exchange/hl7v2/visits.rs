//! Visits (PV1, PV2) and appointments (SCH and what is booked for it).

use super::super::filling::Filling;
use crate::model::{IssueCode, Value};

/// Table 0004, as HL7 v3 ActEncounterCode.
const CLASS: [(&str, &str); 6] =
    [("E", "EMER"), ("I", "IMP"), ("O", "AMB"), ("P", "PRENC"), ("R", "AMB"), ("B", "IMP")];

/// What an event says of the visit (table 0003); of others the visit says it itself.
const EVENTS: [(&str, &str); 13] = [
    ("A01", "in-progress"),
    ("A02", "in-progress"),
    ("A03", "finished"),
    ("A04", "in-progress"),
    ("A05", "planned"),
    ("A06", "in-progress"),
    ("A07", "in-progress"),
    ("A11", "cancelled"),
    ("A12", "in-progress"),
    ("A13", "in-progress"),
    ("A14", "planned"),
    ("A27", "cancelled"),
    ("A38", "cancelled"),
];

pub fn visit(filling: &mut Filling<'_, '_>) {
    let event = filling.said("event").unwrap_or_default();
    // A discharge that is cancelled did not happen.
    let is_over = filling.said("PV1-45").is_some() && event != "A13";
    let status = EVENTS.iter().find(|(own, _)| *own == event).map(|(_, status)| *status);
    match status {
        Some("in-progress") | None if is_over => filling.word("status", "finished"),
        Some(status) => filling.set("status", Value::text(status), "event"),
        None => filling.word("status", "unknown"),
    }
    filling.word_of("class", "PV1-2", &CLASS);
    filling.concept_of("code", &["PV1-18"]);
    if !filling.concept_of("reason", &["PV2-3"]) {
        filling.field("reason_text", &["PV2-12"]);
    }
    filling.when("period_start", &["PV1-44", "PV2-8"]);
    if event != "A13" {
        filling.when("period_end", &["PV1-45"]);
    }
    filling.called_by("description", &["PV1-10"]);
}

/// What an event says of the appointment (table 0003); it outweighs what the schedule says, which may be older.
const BOOKINGS: [(&str, &str); 4] =
    [("S15", "cancelled"), ("S16", "cancelled"), ("S17", "entered-in-error"), ("S26", "noshow")];
/// Table 0278, and as senders write it.
const STATUS: [(&str, &str); 16] = [
    ("Pending", "pending"),
    ("Waitlist", "waitlist"),
    ("Booked", "booked"),
    ("Scheduled", "booked"),
    ("Confirmed", "booked"),
    ("Overbook", "booked"),
    ("Started", "arrived"),
    ("Arrived", "arrived"),
    ("Complete", "fulfilled"),
    ("Completed", "fulfilled"),
    ("Cancelled", "cancelled"),
    ("Canceled", "cancelled"),
    ("Dc", "cancelled"),
    ("Deleted", "entered-in-error"),
    ("Noshow", "noshow"),
    ("No Show", "noshow"),
];

pub fn appointment(filling: &mut Filling<'_, '_>) {
    let event = filling.said("event").unwrap_or_default();
    if let Some((_, status)) = BOOKINGS.iter().find(|(own, _)| *own == event) {
        filling.set("status", Value::text(*status), "event");
    }
    filling.word_of("status", "SCH-25.1", &STATUS);
    filling.word_of("status", "SCH-25.2", &STATUS);
    if filling.said("SCH-25.1").is_some() && !filling.has("status") {
        filling.hold(IssueCode::ModifierUnknown, "SCH-25");
    }
    filling.word_of("status", "AIS.0.AIS-10.1", &STATUS);
    if matches!(event, "S12" | "S13" | "S14") {
        filling.word("status", "booked");
    }
    filling.called_by("type_text", &["SCH-8"]);
    filling.called_by("description", &["AIS.0.AIS-3"]);
    if matches!(event, "S15" | "S16") {
        filling.called_by("cancelation_reason", &["SCH-6"]);
    }
    filling.concept_of("reason", &["SCH-7"]);
    let starts = ["TQ1.0.TQ1-7", "SCH-11.4", "AIS.0.AIS-4", "AIP.0.AIP-6", "AIL.0.AIL-6", "AIG.0.AIG-8"];
    filling.when("start", &starts);
    filling.when("end", &["TQ1.0.TQ1-8", "SCH-11.5"]);
    for (amount, unit) in [("SCH-9", "SCH-10"), ("AIS.0.AIS-7", "AIS.0.AIS-8")] {
        minutes(filling, amount, unit);
    }
    filling.person("practitioner_name", "AIP.0.AIP-3", 2);
    filling.person("practitioner_name", "SCH-16", 2);
    filling.notes("comment", "NTE");
    if !filling.has("start") && !filling.has("status") {
        filling.hold(IssueCode::RequiredMissing, "key");
    }
}

/// A planned length; of other units than those of a clock nothing is said.
fn minutes(filling: &mut Filling<'_, '_>, amount: &str, unit: &str) {
    let Some(said) = filling.said(amount).and_then(|text| text.parse::<f64>().ok()) else { return };
    let unit = filling.said(unit).or_else(|| filling.said(&format!("{unit}.2"))).unwrap_or("min").to_lowercase();
    let minutes = match unit.as_str() {
        "s" | "sec" | "second" | "seconds" => said / 60.0,
        "m" | "min" | "mins" | "minute" | "minutes" => said,
        "h" | "hr" | "hour" | "hours" => said * 60.0,
        _ => return,
    };
    let is_whole = minutes.fract() == 0.0 && (1.0..=10_000.0).contains(&minutes);
    if is_whole && !filling.has("minutes_duration") && filling.read(amount).is_some() {
        filling.set("minutes_duration", Value::Integer(minutes as i64), amount);
    }
}
