//! Records of HL7 v2 messages (2.1 to 2.8) as JSON, as chart records. What is said to be deleted, wrong, denied or only asked for is charted
//! as that, or waits. Statuses and events are those of the tables of HL7 v2.8.

mod filling;
mod lists;
mod medications;
mod observations;
mod orders;
mod people;
mod visits;

use serde_json::Value as Json;

use super::Received;
use super::part::{self, Part};
use super::tree::Tree;
use crate::model::{Disposition, IssueCode, RecordType};

/// What a record of a kind says.
pub fn receive(kind: &str, text: &str) -> Received {
    let Ok(Json::Object(record)) = serde_json::from_str::<Json>(text) else {
        return Received { rejected: Some((IssueCode::RecordUnreadable, None)), ..Received::default() };
    };
    let tree = Tree::new(&record);
    for own in ["key", "told", "patient", "visit", "event", "report", "reported"] {
        tree.find(own).into_iter().for_each(|_| tree.mark(own, Disposition::Mapped));
    }
    let one = |record, fill: fn(&mut super::filling::Filling<'_, '_>)| vec![part::read(&tree, record, 0, None, fill)];
    let parts: Vec<Part> = match kind {
        "Patient" => one(RecordType::Patient, people::patient),
        "Visit" => one(RecordType::Encounter, visits::visit),
        "Appointment" => one(RecordType::Appointment, visits::appointment),
        "Coverage" => one(RecordType::Coverage, people::coverage),
        "Allergy" => one(RecordType::AllergyIntolerance, lists::allergy),
        "Diagnosis" => one(RecordType::Condition, lists::diagnosis),
        "Problem" => one(RecordType::Condition, lists::problem),
        "Procedure" => one(RecordType::Procedure, lists::procedure),
        "Order" => one(RecordType::ServiceRequest, orders::order),
        "Referral" => one(RecordType::ServiceRequest, orders::referral),
        "Prescription" => one(RecordType::MedicationRequest, medications::prescription),
        "Dispense" => one(RecordType::MedicationDispense, medications::dispense),
        "Immunization" => one(RecordType::Immunization, medications::immunization),
        "Note" => one(RecordType::DocumentReference, observations::note),
        "Attachment" => one(RecordType::DocumentReference, observations::attachment),
        "Results" => one(RecordType::DiagnosticReport, observations::report),
        "Observation" => one(RecordType::Observation, observations::observation),
        _ => Vec::new(),
    };
    let (charts, mut rejected) = part::sort(&tree, parts);
    if let ("Damaged", Some(fault)) = (kind, tree.find("fault").and_then(|found| found.value.as_str())) {
        rejected = Some((fault_of(fault), Some(place_of(&tree, fault))));
    }
    let (used, issues) = tree.into_used();
    Received { charts, used, issues, rejected, root: None }
}

/// What is wrong with a message as a whole, by the part that is at fault.
fn fault_of(fault: &str) -> IssueCode {
    match fault {
        "MSH-9" => IssueCode::RecordUnmapped,
        "PID" => IssueCode::RequiredMissing,
        _ => IssueCode::RecordUnreadable,
    }
}

/// The value that says so.
fn place_of(tree: &Tree<'_>, fault: &str) -> String {
    let places =
        [fault.to_owned(), format!("{fault}.2"), format!("{fault}.1"), "MSH-9.1".to_owned(), "fault".to_owned()];
    let is_value = |place: &String| tree.find(place).is_some_and(|found| found.value.is_string());
    places.into_iter().find(is_value).unwrap_or_default()
}

#[cfg(test)]
mod tests;
