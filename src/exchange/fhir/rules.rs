//! Where in a resource each column of the chart stands: as the data dictionary says, and where that is no path, as it says here.

use crate::model::chart::coding_columns;
use crate::model::{Column, RecordType};

/// How a column is filled.
pub enum Rule {
    /// From nowhere, or by other code.
    Nothing,
    /// With all columns of a coded element of this prefix, from the first of these paths that is there.
    Concept(&'static str, Vec<String>),
    /// The first of these paths that is there.
    Paths(Vec<String>),
    /// All texts of a list.
    All(String),
    /// The drug that is meant.
    Drug,
    /// The words of all directions.
    Directions,
    /// The first of these paths that is there, where there is one direction alone.
    Dose(Vec<String>),
    /// Of the range of what is normal.
    Range(&'static str),
    /// In a list the item that has a text at a path, and of that the value at another: list, path and texts, path.
    Where(String, &'static str, Vec<&'static str>, &'static str),
}

/// The paths of a resource's patient.
pub fn patient_of(record: RecordType) -> &'static [&'static str] {
    match record {
        RecordType::Patient
        | RecordType::Practitioner
        | RecordType::Organization
        | RecordType::Location
        | RecordType::Appointment => &[],
        RecordType::Coverage => &["beneficiary"],
        _ => &["subject", "patient"],
    }
}

fn paths(paths: &[&str]) -> Rule {
    Rule::Paths(paths.iter().map(|path| (*path).to_owned()).collect())
}

fn item(list: &str, key: &'static str, is: &[&'static str], path: &'static str) -> Rule {
    Rule::Where(list.to_owned(), key, is.to_vec(), path)
}

/// Paths within a direction, as orders and as statements call it.
fn dose(paths: &[&str]) -> Rule {
    let within = |path: &&str| ["dosageInstruction", "dosage"].map(|list| format!("{list}.{path}"));
    Rule::Dose(paths.iter().flat_map(within).collect())
}

pub fn of(record: RecordType, column: &Column) -> Rule {
    use RecordType::*;
    let name = column.name;
    match (record, name) {
        (_, "extra" | "size_bytes" | "sha256" | "page_count" | "text" | "text_source" | "text_confidence") => {
            Rule::Nothing
        }
        // People are taken in whole.
        (
            Patient,
            "birth_date"
            | "birth_order"
            | "deceased_date"
            | "deceased"
            | "gender"
            | "marital_status"
            | "active"
            | "last_updated"
            | "general_practitioner_name"
            | "general_practitioner_id",
        ) => by_dictionary(record, column),
        (Patient, _) => Rule::Nothing,
        (Practitioner, "identifier") => item("identifier", "system", &["http://hl7.org/fhir/sid/us-npi"], "value"),
        (Practitioner, "specialty") => paths(&["qualification.code"]),
        (Organization | Location, "identifier") => paths(&["identifier.value"]),
        (_, "phone") => item("telecom", "system", &["phone"], "value"),
        (_, "email") => item("telecom", "system", &["email"], "value"),
        (_, "address_line1") => paths(&["address.line"]),
        (Coverage, "group_number") => item("class", "type.coding.code", &["group"], "value"),
        (Coverage, "plan_name") => item("class", "type.coding.code", &["plan"], "name"),
        (Appointment, "practitioner_name") => Rule::Nothing,
        (Appointment, "practitioner_id" | "location_id") => {
            Rule::Paths((0..8).map(|at| format!("participant.{at}.actor")).collect())
        }
        // A narrative is no complaint.
        (Encounter, "description") => Rule::Nothing,
        (Encounter, "practitioner_id") => {
            Rule::Paths((0..8).map(|at| format!("participant.{at}.individual")).collect())
        }
        (MedicationRequest | MedicationStatement | MedicationDispense, "code") => Rule::Drug,
        (_, "dose_value") => dose(&["doseAndRate.doseQuantity.value"]),
        (_, "dose_unit") if record != Immunization => {
            dose(&["doseAndRate.doseQuantity.unit", "doseAndRate.doseQuantity.code"])
        }
        // "Once in six hours" is no number per hour; the text says it.
        (_, "frequency_value" | "frequency_unit") => Rule::Nothing,
        (MedicationRequest | MedicationStatement, "route") => dose(&["route.text", "route"]),
        (MedicationRequest | MedicationStatement | MedicationDispense, "dosage_text") => Rule::Directions,
        (AllergyIntolerance, "code") => Rule::Concept("code", vec!["code".into(), "reaction.substance".into()]),
        (MedicationRequest, "days_supply") => Rule::Nothing,
        (MedicationRequest, "prescription_number") => paths(&["identifier.value"]),
        (MedicationRequest, "payer_organization_id" | "dispense_count") => Rule::Nothing,
        (MedicationStatement, "effective_start") => paths(&["effectivePeriod.start", "effectiveDateTime"]),
        (MedicationDispense, "days_supply") => Rule::Nothing,
        (Immunization, "dose_number") => {
            paths(&["protocolApplied.doseNumberString", "protocolApplied.doseNumberPositiveInt"])
        }
        (Procedure, "performed_start") => paths(&["performedPeriod.start", "performedDateTime"]),
        (ServiceRequest, "order_number") => paths(&["identifier.value"]),
        (DiagnosticReport, "accession_number") => paths(&["identifier.value"]),
        (Observation, "value_quantity") => paths(&["valueQuantity.value", "valueInteger"]),
        (Observation, "value_string") => paths(&["valueString", "valueBoolean", "valueTime"]),
        (Observation, "reference_low") => Rule::Range("low.value"),
        (Observation, "reference_high") => Rule::Range("high.value"),
        (Observation, "reference_text") => Rule::Range("text"),
        (DocumentReference, "category") => paths(&["category"]),
        (CarePlan, "reason_code") => Rule::Nothing,
        (FamilyMemberHistory, "gender") => paths(&["sex.coding.code", "sex"]),
        (_, "note") if column.fhir == "note.text" => Rule::All("note.text".into()),
        (Device, "udi") => paths(&["udiCarrier.carrierHRF", "udiCarrier.deviceIdentifier"]),
        _ => by_dictionary(record, column),
    }
}

/// The elements that `[x]` may stand for, as the chart can hold them.
const CHOICES: [&str; 6] = ["DateTime", "Period.start", "Date", "Instant", "String", "Age.value"];

fn by_dictionary(record: RecordType, column: &Column) -> Rule {
    if let Some(prefix) = prefix_of(column.name)
        && coding_columns(record, prefix).is_some()
    {
        let path = column.fhir.strip_suffix(".coding.code").unwrap_or(column.fhir).replace("[1]", ".1");
        return Rule::Concept(prefix, vec![path]);
    }
    if is_of_a_concept(record, column.name) {
        return Rule::Nothing;
    }
    let path = column.fhir;
    if let Some(base) = path.strip_suffix("[x]") {
        let dates = column.kind != crate::model::ColumnKind::Text;
        let choices = CHOICES.iter().filter(|choice| !dates || !matches!(**choice, "String" | "Age.value"));
        return Rule::Paths(choices.map(|choice| format!("{base}{choice}")).collect());
    }
    // Another resource's, an extension, a kind of identifier.
    let is_elsewhere = path.starts_with(|c: char| c.is_uppercase()) || path.contains(':') || path.contains('(');
    if is_elsewhere {
        return Rule::Nothing;
    }
    let path = path.replace("[1]", ".1").replace("[0]", ".0");
    match path.strip_suffix(".text") {
        // A concept without a text has what its code system calls it.
        Some(concept) => Rule::Paths(vec![path.clone(), format!("{concept}.coding.display"), concept.to_owned()]),
        None => match path.strip_suffix(".unit") {
            // What is only coded is written as its code.
            Some(quantity) => Rule::Paths(vec![format!("{quantity}.unit"), format!("{quantity}.code")]),
            None => Rule::Paths(vec![path]),
        },
    }
}

/// The prefix of the coded element whose code a column holds.
fn prefix_of(name: &'static str) -> Option<&'static str> {
    if name == "code" { Some("code") } else { name.strip_suffix("_code") }
}

/// Whether a column is filled together with the code of its element.
fn is_of_a_concept(record: RecordType, name: &str) -> bool {
    let prefixes = record.columns().iter().filter_map(|column| prefix_of(column.name));
    prefixes.filter_map(|prefix| coding_columns(record, prefix)).any(|columns| {
        let original = columns.original.map_or([usize::MAX; 2], |(code, system)| [code, system]);
        let all = [columns.system, columns.display, columns.text, original[0], original[1]];
        all.iter().any(|at| record.columns().get(*at).is_some_and(|column| column.name == name))
    })
}
