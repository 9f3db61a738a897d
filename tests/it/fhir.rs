//! FHIR R4 as a source: Bundles, single resources, lines; what is damaged, and what is not to be believed.

use std::io::Write;

use serde_json::{Value, json};

use crate::small::recounted;
use crate::support::{Folder, chartlift, repository};

fn fixture() -> Vec<Value> {
    let text = std::fs::read_to_string(repository("connectors/fhir-r4/fixture/practice.json")).expect("a Bundle");
    let bundle: Value = serde_json::from_str(&text).expect("JSON");
    let entries = bundle["entry"].as_array().expect("entries").clone();
    entries
        .into_iter()
        .map(|entry| {
            let mut resource = entry["resource"].clone();
            let uuid = entry["fullUrl"].as_str().expect("a URL").trim_start_matches("urn:uuid:");
            resource["id"] = uuid.into();
            resource
        })
        .collect()
}

/// The books of a load that must balance, from report.json.
fn load(folder: &Folder, source: &str, store: &str) -> Value {
    let (source, report) = (folder.arg(source), folder.arg("report"));
    let done = chartlift(&["migrate", &source, "--store", &folder.store(store), "--report", &report]);
    assert_eq!(done.code, 0, "{}{}", done.stdout, done.stderr);
    let (kept, counted) = recounted(folder, store);
    assert_eq!(kept, counted);
    folder.json("report/report.json")
}

fn fates(report: &Value, stream: &str) -> [u64; 4] {
    let streams = report["streams"].as_array().expect("streams");
    let stream = streams.iter().find(|one| one["stream"] == stream).unwrap_or_else(|| panic!("no stream {stream}"));
    ["read", "loaded", "unchanged", "quarantined"].map(|fate| stream[fate].as_u64().expect("a count"))
}

#[test]
fn a_bundle_and_lines_make_the_same_charts() {
    let folder = Folder::new();
    let resources = fixture();
    let entries: Vec<Value> = resources.iter().map(|resource| json!({ "resource": resource })).collect();
    let bundle = json!({"resourceType": "Bundle", "type": "collection", "entry": entries});
    folder.write("bundle/all.json", serde_json::to_string_pretty(&bundle).expect("JSON"));
    let mut lines: std::collections::BTreeMap<String, String> = Default::default();
    for resource in &resources {
        let of = lines.entry(resource["resourceType"].as_str().expect("a type").to_owned()).or_default();
        of.push_str(&format!("{resource}\n"));
    }
    for (kind, lines) in &lines {
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gz.write_all(lines.as_bytes()).expect("memory");
        folder.write(&format!("packed/{kind}.000.ndjson.gz"), gz.finish().expect("memory"));
        folder.write(&format!("lines/{kind}.000.ndjson"), lines);
    }
    for resource in &resources {
        let (kind, id) = (resource["resourceType"].as_str().expect("a type"), resource["id"].as_str().expect("an id"));
        folder.write(&format!("single/{kind}-{id}.json"), resource.to_string());
    }
    let charts = |store: &str| {
        let sql = folder.sql(store);
        let tables = [
            "patient",
            "condition",
            "observation",
            "medication_request",
            "document_reference",
            "family_member_history",
        ];
        tables.map(|table| {
            sql.rows(&format!("SELECT * FROM {table} ORDER BY id")).into_iter().map(without_numbers).collect::<Vec<_>>()
        })
    };
    let mut made = Vec::new();
    for source in ["bundle", "lines", "packed", "single"] {
        let report = load(&folder, source, &format!("{source}.db"));
        assert_eq!(fates(&report, "conditions"), [5, 5, 0, 0], "{source}");
        assert_eq!(fates(&report, "allergies"), [4, 3, 0, 1], "{source}");
        let again = load(&folder, source, &format!("{source}.db"));
        assert_eq!(fates(&again, "conditions"), [5, 0, 5, 0], "{source}");
        assert_eq!(again["digest"]["before"], again["digest"]["after"], "{source}");
        made.push(charts(&format!("{source}.db")));
    }
    assert!(made.iter().all(|charts| *charts == made[0]));
}

/// A row without the numbers of its place in the store.
fn without_numbers(mut row: Vec<String>) -> Vec<String> {
    row.drain(..1);
    row.remove(3);
    row
}

#[test]
fn nothing_refuted_or_denied_is_active_whatever_the_resource_says() {
    let folder = Folder::new();
    let concept = |code: &str| json!({"coding": [{"code": code}]});
    let mut lines = String::from(
        "{\"resourceType\":\"Patient\",\"id\":\"1\",\"name\":[{\"family\":\"A\",\"given\":[\"B\"]}],\"birthDate\":\"1950-01-01\"}\n",
    );
    let mut number = 0;
    for kind in ["AllergyIntolerance", "Condition"] {
        for clinical in ["active", "recurrence", "relapse", "inactive", "resolved", "ACTIVE", ""] {
            for verification in ["confirmed", "refuted", "entered-in-error", "unconfirmed", "Refuted", ""] {
                for text in ["Penicillin", "No known allergies", "denies penicillin allergy"] {
                    number += 1;
                    let mut resource = json!({"resourceType": kind, "id": number.to_string(), "code": {"text": text}});
                    resource[if kind == "Condition" { "subject" } else { "patient" }] =
                        json!({"reference": "Patient/1"});
                    for (name, word) in [("clinicalStatus", clinical), ("verificationStatus", verification)] {
                        if !word.is_empty() {
                            resource[name] = concept(word);
                        }
                    }
                    lines.push_str(&format!("{resource}\n"));
                }
            }
        }
    }
    folder.write("s/all.ndjson", lines);
    load(&folder, "s", "ehr.db");
    let sql = folder.sql("ehr.db");
    let count = |table: &str, condition: &str| {
        sql.text(&format!("SELECT CAST(count(*) AS TEXT) FROM {table} WHERE {condition}"))
    };
    for table in ["allergy_intolerance", "condition"] {
        assert_eq!(count(table, "id IS NOT NULL"), "126");
        let lives = "clinical_status IN ('active', 'recurrence', 'relapse')";
        assert_ne!(count(table, lives), "0");
        assert_eq!(count(table, &format!("{lives} AND verification_status IN ('refuted', 'entered-in-error')")), "0");
    }
    let denied = "clinical_status = 'active' AND code_text IN ('No known allergies', 'denies penicillin allergy')";
    assert_eq!(count("allergy_intolerance", denied), "0");
}

#[test]
fn damaged_lines_wait_and_the_others_load() {
    let folder = Folder::new();
    let patient = json!({"resourceType": "Patient", "id": "1", "name": [{"family": "A", "given": ["B"]}], "birthDate": "1950-01-01"});
    let deep = format!("{{\"resourceType\":\"Patient\",\"id\":\"2\",\"x\":{}{}}}", "[".repeat(5000), "]".repeat(5000));
    folder.write(
        "s/Patient.ndjson",
        format!("\u{feff}{patient}\r\n{{\"resourceType\":\"Patient\",\n\nnonsense\n[1,2]\n{deep}\n"),
    );
    let report = load(&folder, "s", "ehr.db");
    let [read, loaded, _, waits] = fates(&report, "patients");
    assert_eq!((read, loaded, waits), (5, 1, 4));
    let listed = chartlift(&["quarantine", "list", "--store", &folder.store("ehr.db")]);
    assert_eq!(listed.stdout.matches("record_unreadable").count(), 4, "{}", listed.stdout);
    // A file that is no JSON at all is one record that waits.
    folder.write("t/Bundle.json", "{\"resourceType\":\"Bundle\",\"entry\":[");
    let report = load(&folder, "t", "t.db");
    assert_eq!(fates(&report, "patients"), [1, 0, 0, 1]);
}

#[test]
fn a_bulk_export_that_nobody_here_wrote_loads_whole() {
    let source = repository("../shared/data/fhir-bulk-10");
    if !source.is_dir() {
        eprintln!("NOT RUN: ../shared/data is not there");
        return;
    }
    let folder = Folder::new();
    let (source, report) = (source.display().to_string(), folder.arg("report"));
    let run = || chartlift(&["migrate", &source, "--store", &folder.store("ehr.db"), "--report", &report]);
    let done = run();
    assert_eq!(done.code, 0, "{}", done.stderr);
    let first = folder.json("report/report.json");
    for (stream, count) in [
        ("patients", 13),
        ("encounters", 1215),
        ("conditions", 555),
        ("medication-requests", 1745),
        ("immunizations", 161),
        ("allergies", 11),
        ("procedures", 2056),
        ("documents", 1215),
    ] {
        assert_eq!(fates(&first, stream), [count, count, 0, 0], "{stream}");
    }
    assert_eq!(run().code, 0);
    let second = folder.json("report/report.json");
    assert_eq!(fates(&second, "procedures"), [2056, 0, 2056, 0]);
    assert_eq!(second["digest"]["before"], second["digest"]["after"]);
}

#[test]
fn who_is_erased_is_erased_from_what_is_not_charted_too() {
    let folder = Folder::new();
    let patient = |id: &str, family: &str| json!({"resourceType": "Patient", "id": id, "name": [{"family": family, "given": ["Ann"]}], "birthDate": "1950-01-01"});
    let about = |id: &str| json!({"reference": format!("Patient/{id}")});
    let resources = [
        patient("p1", "Nettle"),
        patient("p2", "Fern"),
        json!({"resourceType": "Goal", "id": "g1", "subject": about("p1"), "description": {"text": "stop smoking"}}),
        json!({"resourceType": "Goal", "id": "g2", "subject": about("p2"), "description": {"text": "walk"}}),
        json!({"resourceType": "Observation", "id": "o1", "subject": about("p1"), "modifierExtension": [{"url": "x"}], "code": {"text": "x"}}),
        json!({"resourceType": "Group", "id": "all", "member": [{"entity": about("p1")}, {"entity": about("p2")}]}),
    ];
    let lines: Vec<String> = resources.iter().map(Value::to_string).collect();
    folder.write("s/all.ndjson", lines.join("\n"));
    load(&folder, "s", "ehr.db");
    let store = folder.store("ehr.db");
    let id = folder.sql("ehr.db").text("SELECT patient_id FROM patient_identity WHERE source_key = 'p1'");
    let erased =
        chartlift(&["patient", "erase", &id, "--by", "x", "--reason", "y", "--yes", "--store", &store, "--json"]);
    assert_eq!(erased.code, 0, "{}", erased.stderr);
    let erased: Value = serde_json::from_str(&erased.stdout).expect("JSON");
    assert_eq!(erased["source_records"], 3, "the registration, the goal, the observation that waits: {erased}");
    let doubtful = erased["doubtful"].as_array().expect("a list");
    assert!(!doubtful.is_empty(), "a group of many is for a person to judge: {erased}");
    // Nor does the next night bring any of it back.
    let before = chartlift(&["store", "digest", "--store", &store]).stdout;
    load(&folder, "s", "ehr.db");
    assert_eq!(chartlift(&["store", "digest", "--store", &store]).stdout, before);
}

#[test]
fn of_several_versions_the_newest_is_charted_whatever_their_order() {
    let patient = |id: &str| json!({"resourceType": "Patient", "id": id, "name": [{"family": id, "given": ["Ann"]}], "birthDate": "1950-01-01"});
    let condition = |of: &str, status: &str, time: &str| {
        json!({"resourceType": "Condition", "id": "c", "meta": {"lastUpdated": time}, "code": {"text": "cancer"},
            "subject": {"reference": format!("Patient/{of}")}, "verificationStatus": {"coding": [{"code": status}]}})
    };
    let (old, new) = (
        condition("one", "confirmed", "2019-01-01T00:00:00Z"),
        condition("one", "entered-in-error", "2022-01-01T00:00:00Z"),
    );
    for (name, records) in [("forth", [&old, &new]), ("back", [&new, &old])] {
        let folder = Folder::new();
        let lines = [&patient("one"), records[0], records[1]].map(Value::to_string);
        folder.write(&format!("{name}/all.ndjson"), lines.join("\n"));
        let first = load(&folder, name, "ehr.db");
        assert_eq!(fates(&first, "conditions"), [2, 1, 0, 0]);
        let charted = || folder.sql("ehr.db").rows("SELECT verification_status FROM condition");
        assert_eq!(charted(), [["entered-in-error"]]);
        let second = load(&folder, name, "ehr.db");
        assert_eq!(fates(&second, "conditions"), [2, 0, 1, 0]);
        assert_eq!(second["digest"]["before"], second["digest"]["after"]);
    }
    // Nor does it matter when they come: an old export that is read again takes nothing back.
    let folder = Folder::new();
    folder.write("new/all.ndjson", [&patient("one"), &new].map(Value::to_string).join("\n"));
    folder.write("old/all.ndjson", [&patient("one"), &old].map(Value::to_string).join("\n"));
    let migrate = |source: &str| {
        let (source, store, report) = (folder.arg(source), folder.store("ehr.db"), folder.arg("report"));
        let done = chartlift(&["migrate", &source, "--system", "clinic", "--store", &store, "--report", &report]);
        assert_eq!(done.code, 0, "{}{}", done.stdout, done.stderr);
        let (kept, counted) = recounted(&folder, "ehr.db");
        assert_eq!(kept, counted);
        folder.json("report/report.json")
    };
    migrate("new");
    let stale = migrate("old");
    assert_eq!(fates(&stale, "conditions"), [1, 0, 0, 0], "it is archived");
    assert_eq!(folder.sql("ehr.db").text("SELECT verification_status FROM condition"), "entered-in-error");
    let again = migrate("old");
    assert_eq!(again["digest"]["before"], again["digest"]["after"]);
    assert_eq!(fates(&migrate("new"), "conditions"), [1, 0, 1, 0]);
    // The same id of two people is no version: the first stands, the other waits.
    let folder = Folder::new();
    let other = condition("two", "confirmed", "2023-01-01T00:00:00Z");
    let lines = [&patient("one"), &patient("two"), &old, &other].map(Value::to_string);
    folder.write("s/all.ndjson", lines.join("\n"));
    assert_eq!(fates(&load(&folder, "s", "ehr.db"), "conditions"), [2, 1, 0, 1]);
}

#[test]
fn a_report_brings_its_documents_along() {
    let folder = Folder::new();
    let patient = json!({"resourceType": "Patient", "id": "1", "name": [{"family": "A", "given": ["B"]}], "birthDate": "1950-01-01"});
    let report = json!({"resourceType": "DiagnosticReport", "id": "r", "status": "final", "code": {"text": "CT"}, "subject": {"reference": "Patient/1"},
        "presentedForm": [{"contentType": "text/plain", "data": "bm90aGluZyBmb3VuZA=="}, {"contentType": "text/plain", "data": "cGFnZSB0d28="}]});
    folder.write("s/all.ndjson", format!("{patient}\n{report}"));
    assert_eq!(fates(&load(&folder, "s", "ehr.db"), "diagnostic-reports"), [1, 1, 0, 0]);
    let sql = "SELECT d.text FROM document_reference d JOIN document_content c ON c.document_id = d.id ORDER BY 1";
    assert_eq!(folder.sql("ehr.db").rows(sql), [["nothing found"], ["page two"]]);
    let again = load(&folder, "s", "ehr.db");
    assert_eq!(again["digest"]["before"], again["digest"]["after"]);
}

#[test]
fn one_file_that_is_damaged_stops_no_other() {
    let folder = Folder::new();
    let patient = |id: u32| {
        format!(r#"{{"resourceType":"Patient","id":"{id}","name":[{{"family":"F{id}"}}],"birthDate":"19{id}-01-01"}}"#)
    };
    let group: Vec<String> = (0..17_000).map(|at| format!(r#"{{"entity":{{"reference":"Patient/{at}"}}}}"#)).collect();
    folder.write("source/Jones_Ann_1950.json", r#"{"resourceType":"Bundle","type":"searchset","total":0}"#);
    folder.write("source/Jones_Bob_1951.json", "{\n\"resourceType\": \"Bundle\",\n\"entry\": [{\"resource\": {\"id");
    folder.write("source/Jones_Cid_1952.json", r#"{"patients": [{"id": 1"#);
    folder.write("source/manifest.json", r#"{"transactionTime": "2020", "output": [{"type": "Patient"}]}"#);
    folder.write("source/array.json", format!("[{}]", patient(51)));
    folder.write("source/lines.json", format!("{}\n{}\n", patient(52), patient(53)));
    folder.write("source/Jones_Dan_1953.ndjson", format!("so it begins\n{}\n", patient(54)));
    folder
        .write("source/Group.ndjson", format!(r#"{{"resourceType":"Group","id":"g","member":[{}]}}"#, group.join(",")));
    let placed = r#"{"resourceType":"Bundle","entry":[null,{"fullUrl":"http://x.org/Patient/55","resource":{"resourceType":"Patient","birthDate":"1955-01-01"}}]}"#;
    folder.write("source/placed.json", placed);
    let wide: Vec<u8> = format!("\u{feff}{}", patient(56)).encode_utf16().flat_map(u16::to_le_bytes).collect();
    folder.write("source/wide.json", wide);
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(patient(57).repeat(50).as_bytes()).expect("memory");
    let gz = gz.finish().expect("memory");
    folder.write("source/Jones_Eve_1957.ndjson.gz", &gz[..gz.len() - 20]);
    let (source, report) = (folder.arg("source"), folder.arg("report"));
    let done = chartlift(&["migrate", &source, "--store", &folder.store("ehr.db"), "--report", &report]);
    assert_eq!(done.code, 0, "{}{}", done.stdout, done.stderr);
    let (kept, counted) = recounted(&folder, "ehr.db");
    assert_eq!(kept, counted);
    let report = folder.json("report/report.json");
    // Two of those that were read are no resources: the cut Bundle, and a line.
    assert_eq!(fates(&report, "patients"), [8, 6, 0, 2]);
    assert_eq!(fates(&report, "files")[0], 9, "each file is kept but those of lines that are all records");
    assert_eq!(report["balanced"], true);
    assert!(done.stderr.contains("it is no JSON, or damaged: nothing in it is charted"), "{}", done.stderr);
    assert!(done.stderr.contains("1 line is no resource"), "{}", done.stderr);
    assert!(done.stderr.contains("is called like JSON and none, or damaged; it is kept as a file"), "{}", done.stderr);
    assert!(
        done.stderr.contains("is compressed and damaged, or cannot be read; it is kept as a file"),
        "{}",
        done.stderr
    );
    assert!(!done.stderr.contains("Jones") && !done.stdout.contains("Jones"), "a file's name may be a patient's");
    let again = chartlift(&["migrate", &source, "--store", &folder.store("ehr.db"), "--report", &folder.arg("report")]);
    assert_eq!(again.code, 0, "{}{}", again.stdout, again.stderr);
    let report = folder.json("report/report.json");
    assert_eq!(fates(&report, "patients"), [8, 0, 6, 2]);
    assert_eq!(report["digest"]["before"], report["digest"]["after"]);
}

#[test]
fn numbers_keep_their_digits() {
    let folder = Folder::new();
    let patient = r#"{"resourceType":"Patient","id":"1","name":[{"family":"A"}],"birthDate":"1950-01-01"}"#;
    let values = r#"[{"url":"a","valueDecimal":5.40},{"url":"b","valueDecimal":12345678901234567890.10}]"#;
    let dose = r#"{"resourceType":"Observation","id":"2","status":"final","subject":{"reference":"Patient/1"},"code":{"text":"x"},"valueQuantity":{"value":5.40,"unit":"mg"},"extension":"#;
    folder.write("s/all.ndjson", format!("{patient}\n{dose}{values}}}\n"));
    load(&folder, "s", "ehr.db");
    let sql = folder.sql("ehr.db");
    assert_eq!(sql.text("SELECT extra FROM observation"), format!(r#"{{"extension":{values}}}"#));
    assert_eq!(sql.rows("SELECT CAST(value_quantity AS TEXT) FROM observation"), [["5.4"]]);
}

#[test]
fn what_a_history_says_was_deleted_is_not_charted() {
    let folder = Folder::new();
    let patient = json!({"resourceType": "Patient", "id": "1", "name": [{"family": "A", "given": ["B"]}], "birthDate": "1950-01-01"});
    let condition = |id: &str| json!({"resourceType": "Condition", "id": id, "code": {"text": id}, "subject": {"reference": "Patient/1"}});
    let entry =
        |resource: &Value, method: &str| json!({"resource": resource, "request": {"method": method, "url": "x"}});
    let entries = [entry(&patient, "PUT"), entry(&condition("asthma"), "POST"), entry(&condition("gout"), "DELETE")];
    let bundle = json!({"resourceType": "Bundle", "type": "history", "entry": entries});
    folder.write("s/history.json", bundle.to_string());
    load(&folder, "s", "ehr.db");
    assert_eq!(folder.sql("ehr.db").rows("SELECT code_text FROM condition"), [["asthma"]]);
}

#[test]
fn an_order_is_of_the_drug_that_it_names_wherever_that_is_said() {
    let folder = Folder::new();
    let patient = json!({"resourceType": "Patient", "id": "1", "name": [{"family": "A", "given": ["B"]}], "birthDate": "1950-01-01"});
    let drug = |name: &str| json!({"resourceType": "Medication", "id": "m", "code": {"coding": [{"system": "s", "code": name}]}});
    let order = json!({"resourceType": "MedicationRequest", "id": "o", "status": "active", "subject": {"reference": "Patient/1"},
        "medicationReference": {"reference": "Medication/m", "display": "a drug"}});
    let nameless = json!({"resourceType": "MedicationRequest", "id": "n", "status": "active", "subject": {"reference": "Patient/1"},
        "medicationReference": {"reference": "Medication/m"}});
    let load = |name: &str, files: &[(&str, Value)]| {
        for (file, resource) in files {
            folder.write(&format!("{name}/{file}.ndjson"), resource.to_string());
        }
        let (source, store, report) = (folder.arg(name), folder.store("ehr.db"), folder.arg("report"));
        let done = chartlift(&["migrate", &source, "--system", "clinic", "--store", &store, "--report", &report]);
        assert_eq!(done.code, 0, "{}{}", done.stdout, done.stderr);
        let (kept, counted) = recounted(&folder, "ehr.db");
        assert_eq!(kept, counted);
        folder.json("report/report.json")
    };
    let charted = || folder.sql("ehr.db").rows("SELECT code, code_display FROM medication_request ORDER BY status, id");
    // Nothing says what it is, until a night brings that.
    let first = load("first", &[("a", patient.clone()), ("b", nameless.clone())]);
    assert_eq!(fates(&first, "medication-requests"), [1, 0, 0, 1]);
    let second = load("second", &[("c", drug("11"))]);
    assert_eq!(fates(&second, "medication-requests:replayed"), [1, 1, 0, 0]);
    assert_eq!(charted().iter().map(|row| row[0].as_str()).collect::<Vec<_>>(), ["11"]);
    // What was delivered before is known.
    let third = load("third", &[("d", order.clone())]);
    assert_eq!(fates(&third, "medication-requests"), [1, 1, 0, 0]);
    assert!(charted().iter().all(|row| row[0] == "11"));
    // In one file or several, and the same again is the same.
    let all = [("a", patient), ("b", nameless), ("c", drug("11")), ("d", order.clone())];
    load("all", &all);
    let again = load("all", &all);
    assert_eq!(fates(&again, "medication-requests"), [2, 0, 2, 0]);
    assert_eq!(again["digest"]["before"], again["digest"]["after"]);
    // An order is another one where its drug is.
    load("all", &[("c", drug("12"))]);
    assert!(charted().iter().all(|row| row[0] == "12"), "{:?}", charted());
}
