//! The same patients by two roads: a practice's tables as CSV, and the same rows as FHIR resources, written here by the rules of FHIR alone.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::support::{Folder, chartlift, repository};

type Row = BTreeMap<String, String>;

fn rows(folder: &Path, table: &str) -> Vec<Row> {
    let path = folder.join(format!("{table}.csv"));
    let mut reader = csv::Reader::from_path(path).expect("a table");
    let read = reader.deserialize::<Row>();
    let upper = |row: Row| row.into_iter().map(|(name, value)| (name.to_uppercase(), value)).collect();
    read.map(|row| upper(row.expect("a row"))).collect()
}

fn resource(table: &str, number: usize, row: &Row) -> Value {
    let cell = |name: &str| row.get(name).map(String::as_str).unwrap_or_default();
    let patient = json!({ "reference": format!("Patient/{}", cell("PATIENT")) });
    let visit = json!({ "reference": format!("Encounter/{}", cell("ENCOUNTER")) });
    let code =
        |system: &str| json!({ "coding": [{ "system": system, "code": cell("CODE") }], "text": cell("DESCRIPTION") });
    let mut made = match table {
        "patients" => json!({
            "resourceType": "Patient", "id": cell("ID"), "birthDate": cell("BIRTHDATE"),
            "name": [{ "family": cell("LAST"), "given": [cell("FIRST")] }],
            "gender": if cell("GENDER") == "F" { "female" } else { "male" },
        }),
        "encounters" => json!({
            "resourceType": "Encounter", "id": cell("ID"), "status": "finished", "subject": patient,
            "class": { "code": "AMB" }, "type": [code("http://snomed.info/sct")], "period": { "start": cell("START") },
        }),
        "conditions" => json!({
            "resourceType": "Condition", "subject": patient, "encounter": visit, "onsetDateTime": cell("START"),
            "clinicalStatus": { "coding": [{ "code": if cell("STOP").is_empty() { "active" } else { "resolved" } }] },
            "code": code("http://snomed.info/sct"),
        }),
        "medications" => json!({
            "resourceType": "MedicationRequest", "subject": patient, "encounter": visit, "authoredOn": cell("START"), "intent": "order",
            "status": if cell("STOP").is_empty() { "active" } else { "stopped" },
            "medicationCodeableConcept": code("http://www.nlm.nih.gov/research/umls/rxnorm"),
        }),
        "immunizations" => json!({
            "resourceType": "Immunization", "patient": patient, "encounter": visit, "status": "completed",
            "occurrenceDateTime": cell("DATE"), "vaccineCode": code("http://hl7.org/fhir/sid/cvx"),
        }),
        "allergies" => json!({
            "resourceType": "AllergyIntolerance", "patient": patient, "encounter": visit, "recordedDate": cell("START"),
            "clinicalStatus": { "coding": [{ "code": "active" }] }, "code": code("http://snomed.info/sct"),
        }),
        _ => json!({
            "resourceType": "Procedure", "subject": patient, "encounter": visit, "status": "completed",
            "performedDateTime": if cell("START").is_empty() { cell("DATE") } else { cell("START") },
            "code": code("http://snomed.info/sct"),
        }),
    };
    if made["id"].is_null() {
        made["id"] = json!(format!("{table}-{number}"));
    }
    made
}

const TABLES: [(&str, &str); 7] = [
    ("patients", "patient"),
    ("encounters", "encounter"),
    ("conditions", "condition"),
    ("medications", "medication_request"),
    ("immunizations", "immunization"),
    ("allergies", "allergy_intolerance"),
    ("procedures", "procedure"),
];

fn counts_are_the_same(csv: &Path) {
    let folder = Folder::new();
    for (table, _) in TABLES {
        let lines: Vec<String> =
            rows(csv, table).iter().enumerate().map(|(number, row)| resource(table, number, row).to_string()).collect();
        folder.write(&format!("fhir/{table}.ndjson"), lines.join("\n"));
    }
    let load = |source: &str, name: &str| {
        let (store, report) = (folder.store(&format!("{name}.db")), folder.arg(name));
        let done = chartlift(&["migrate", source, "--store", &store, "--report", &report, "--system", name]);
        assert_eq!(done.code, 0, "{}{}", done.stdout, done.stderr);
        folder.json(&format!("{name}/report.json"))
    };
    let (tables, resources) = (load(&csv.display().to_string(), "tables"), load(&folder.arg("fhir"), "resources"));
    let streams = |report: &Value| report["streams"].as_array().cloned().unwrap_or_default();
    let charted = |report: &Value, record: &str| {
        streams(report).iter().filter_map(|stream| stream["chart"][record].as_u64()).sum::<u64>()
    };
    for (table, record) in TABLES {
        let repeats: u64 = streams(&tables)
            .iter()
            .filter(|stream| stream["stream"] == table)
            .filter_map(|stream| stream["duplicate"].as_u64())
            .sum();
        // A resource has an id of its own: two that say the same are two.
        let by_tables = charted(&tables, record) + repeats;
        assert!(by_tables > 0, "{record}");
        assert_eq!(by_tables, charted(&resources, record), "{record}");
    }
}

#[test]
fn tables_and_resources_of_the_same_patients_make_the_same_charts() {
    counts_are_the_same(&repository("connectors/synthea-csv/fixture"));
    let real: PathBuf = repository("../shared/data/synthea-27-csv");
    if !real.is_dir() {
        eprintln!("NOT RUN: ../shared/data is not there");
        return;
    }
    counts_are_the_same(&real);
}
