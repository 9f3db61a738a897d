use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::exchange::Chart;
use crate::model::Value;

/// What is charted in these columns, a line each; `held: CODE` where it waits, `nothing` where it is only kept.
fn check(kind: &str, record: Json, expected: &str) {
    let mut record = record;
    record["key"] = json!("k");
    record["patient"] = json!("p");
    let received = receive(kind, &record.to_string());
    let found = match (&received.rejected, &received.charts[..]) {
        (Some((code, _)), _) => format!("held: {}", code.as_str()),
        (None, []) => "nothing".to_owned(),
        (None, [chart]) => said(chart),
        _ => unreachable!("one record makes one chart record"),
    };
    assert_eq!(found, expected, "{record}");
}

fn said(chart: &Chart) -> String {
    let columns = chart.record.columns().iter().zip(&chart.values);
    let written = columns.filter(|(_, value)| !value.is_null()).map(|(column, value)| match value {
        Value::Real(number) => format!("{}={number}", column.name),
        Value::Integer(number) => format!("{}={number}", column.name),
        value => format!("{}={}", column.name, value.as_str().unwrap_or_default()),
    });
    written.collect::<Vec<_>>().join("; ")
}

#[test]
fn a_result_is_what_its_type_says() {
    let result = |kind: &str, value: Json, unit: &str, status: &str| json!({ "OBX-2": kind, "OBX-3": { "1": "a", "3": "LN" }, "OBX-5": value, "OBX-6": unit, "OBX-11": status });
    let rest = |value: &str, status: &str| {
        format!("status={status}; category=exam; code=a; code_system=http://loinc.org{value}")
    };
    for (kind, value, unit, expected) in [
        ("NM", json!("5.0"), "mg", "; value_quantity=5; value_unit=mg"),
        ("NM", json!("-0.5"), "", "; value_quantity=-0.5"),
        ("NM", json!("<5"), "mg", "; value_quantity=5; value_comparator=<; value_unit=mg"),
        ("NM", json!("1e3"), "", "; value_string=1e3"),
        ("NM", json!("NaN"), "", "; value_string=NaN"),
        ("ST", json!("7.2"), "mg", "; value_quantity=7.2; value_unit=mg"),
        ("ST", json!("7.2"), "", "; value_string=7.2"),
        ("ST", json!("1+"), "", "; value_string=1+"),
        ("SN", json!({ "1": ">", "2": "200" }), "mg", "; value_quantity=200; value_comparator=>; value_unit=mg"),
        ("SN", json!({ "2": "1", "3": ":", "4": "128" }), "", "; value_string=1:128"),
        ("SN", json!({ "2": "2", "3": "-", "4": "4" }), "mg", "; value_unit=mg; value_string=2-4"),
        ("SN", json!({ "1": "<>", "2": "4" }), "", "; value_string=<>4"),
        ("DT", json!("20240301"), "", "; value_datetime=2024-03-01"),
        ("DT", json!("soon"), "", "; value_string=soon"),
        ("ID", json!("Y"), "", "; value_string=Y"),
        ("", json!("x"), "", "; value_string=x"),
    ] {
        check("Observation", result(kind, value, unit, "F"), &rest(expected, "final"));
    }
    for (status, expected) in [
        ("C", "corrected"),
        ("P", "preliminary"),
        ("D", "entered-in-error"),
        ("W", "entered-in-error"),
        ("X", "cancelled"),
    ] {
        check("Observation", result("NM", json!("1"), "", status), &rest("; value_quantity=1", expected));
    }
    check("Observation", result("NM", json!("1"), "", "N"), "nothing");
    check("Observation", result("NM", json!("1"), "", "Q"), "held: modifier_unknown");
}

#[test]
fn a_code_is_in_the_system_that_others_know() {
    let diagnosis = |code: Json| json!({ "DG1-3": code });
    for (code, expected) in [
        (
            json!({ "1": "I10", "2": "x", "3": "I10C" }),
            "code=I10; code_system=http://hl7.org/fhir/sid/icd-10-cm; code_display=x",
        ),
        (
            json!({ "1": "HTN", "2": "own", "3": "L", "4": "I10", "5": "x", "6": "I10" }),
            "code=I10; code_system=http://hl7.org/fhir/sid/icd-10; code_display=x; code_text=own; code_original=HTN; code_original_system=L",
        ),
        (json!({ "1": "HTN", "2": "own", "3": "L" }), "code_text=own; code_original=HTN; code_original_system=L"),
        (json!({ "1": "HTN", "2": "own" }), "code_text=own; code_original=HTN"),
        (json!({ "2": "own" }), "code_text=own"),
        (json!("own"), "code_text=own"),
        (
            json!({ "1": "I10", "3": "I10C", "9": "as said" }),
            "code=I10; code_system=http://hl7.org/fhir/sid/icd-10-cm; code_text=as said",
        ),
    ] {
        check("Diagnosis", diagnosis(code), &format!("category=encounter-diagnosis; {expected}"));
    }
    check("Diagnosis", json!({ "DG1-1": "1" }), "held: required_missing");
    check(
        "Diagnosis",
        json!({ "DG1-2": "I9", "DG1-3": "401.9", "DG1-4": "words" }),
        "category=encounter-diagnosis; code=401.9; code_system=http://hl7.org/fhir/sid/icd-9-cm; code_text=words",
    );
}

#[test]
fn what_is_deleted_was_never_so() {
    let code = json!({ "1": "a", "2": "b", "3": "SCT" });
    let coded = "code=a; code_system=http://snomed.info/sct; code_display=b";
    check(
        "Diagnosis",
        json!({ "DG1-3": code, "DG1-21": "D" }),
        &format!("verification_status=entered-in-error; category=encounter-diagnosis; {coded}"),
    );
    check("Diagnosis", json!({ "DG1-3": code, "DG1-21": "Q" }), "held: modifier_unknown");
    check(
        "Problem",
        json!({ "PRB-3": code, "PRB-1": "DE", "PRB-14": "active" }),
        &format!("clinical_status=active; verification_status=entered-in-error; category=problem-list-item; {coded}"),
    );
    check("Allergy", json!({ "IAM-3": code, "IAM-6": "D" }), &format!("verification_status=entered-in-error; {coded}"));
    check("Allergy", json!({ "AL1-3": code }), &format!("clinical_status=active; {coded}"));
    check("Procedure", json!({ "PR1-3": code, "PR1-20": "D" }), &format!("status=entered-in-error; {coded}"));
    check(
        "Immunization",
        json!({ "RXA-5": code, "RXA-20": "CP", "RXA-21": "D" }),
        &format!("status=entered-in-error; {coded}"),
    );
    check(
        "Immunization",
        json!({ "RXA-5": code, "RXA-20": "RE", "RXA-18": "no" }),
        &format!("status=not-done; status_reason=no; {coded}"),
    );
    check("Immunization", json!({ "RXA-5": { "1": "998", "3": "CVX" }, "RXA-20": "CP" }), "nothing");
    check(
        "Prescription",
        json!({ "RXE-2": code, "ORC-1": "DC", "ORC-5": "A" }),
        &format!("status=stopped; intent=order; {coded}"),
    );
    check(
        "Order",
        json!({ "OBR-4": code, "ORC-1": "CA" }),
        &format!("status=revoked; intent=order; category=laboratory; {coded}"),
    );
    check("Appointment", json!({ "event": "S15", "SCH-25": "Booked" }), "status=cancelled");
    check("Visit", json!({ "event": "A11", "PV1-2": "I" }), "status=cancelled; class=IMP");
    check("Visit", json!({ "event": "A13", "PV1-2": "I", "PV1-45": "20240301" }), "status=in-progress; class=IMP");
}

#[test]
fn what_ends_an_order_outweighs_what_is_told_at_the_same_time() {
    for (code, _) in orders::ENDS.iter().chain(&medications::ENDS) {
        assert!(crate::model::hl7v2::ends_order(code), "{code}");
    }
}

#[test]
fn what_nobody_knows_waits() {
    let code = json!({ "1": "a", "2": "b", "3": "SCT" });
    for (kind, record) in [
        ("Problem", json!({ "PRB-3": code, "PRB-13": "perhaps" })),
        ("Problem", json!({ "PRB-3": code, "PRB-14": "deleted" })),
        ("Allergy", json!({ "IAM-3": code, "IAM-17": "ERR" })),
        ("Appointment", json!({ "event": "S14", "SCH-25": "CX" })),
        ("Order", json!({ "OBR-4": code, "ORC-1": "QQ" })),
        ("Order", json!({ "OBR-4": code, "ORC-1": "NW", "ORC-5": "ER" })),
        ("Prescription", json!({ "RXE-2": code, "ORC-1": "QQ" })),
        ("Attachment", json!({ "OBX-3": code, "OBX-5": { "4": "A", "5": "x" }, "OBX-11": "Q" })),
    ] {
        check(kind, record, "held: modifier_unknown");
    }
    check(
        "Problem",
        json!({ "PRB-3": code, "PRB-13": "R/O" }),
        "verification_status=differential; category=problem-list-item; code=a; code_system=http://snomed.info/sct; code_display=b",
    );
    check("Prescription", json!({ "ORC-1": "DC" }), "held: required_missing");
    // Final, and not told again: the value must not go.
    check("Observation", json!({ "OBX-3": code, "OBX-11": "U" }), "held: required_missing");
    check("Note", json!({ "event": "T03", "TXA-2": "DS" }), "nothing");
}

#[test]
fn how_to_take_it_is_told_whole() {
    let drug = json!({ "1": "a", "2": "b", "3": "RXNORM" });
    let coded = "code=a; code_system=http://www.nlm.nih.gov/research/umls/rxnorm; code_display=b";
    check(
        "Prescription",
        json!({ "ORC-1": "NW", "RXE-2": drug, "RXE-3": "1", "RXE-5": "TAB", "RXE-7": "take with food", "RXE-7[2]": "no alcohol",
            "TQ1": [{ "TQ1-3": "Q6H", "TQ1-9": "PRN" }] }),
        &format!(
            "status=active; intent=order; {coded}; dosage_text=take with food; no alcohol; Q6H PRN; dose_value=1; dose_unit=TAB"
        ),
    );
    check(
        "Prescription",
        json!({ "ORC-1": "NW", "RXE-2": drug, "RXE-3": "4", "RXE-5": "TAB",
            "TQ1": [{ "TQ1-2": { "1": "4" }, "TQ1-3": "QD" }, { "TQ1-2": { "1": "2" }, "TQ1-3": "QD" }] }),
        &format!("status=active; intent=order; {coded}; dosage_text=4 QD; 2 QD"),
    );
    check(
        "Prescription",
        json!({ "ORC-1": "NW", "RXE-2": drug, "RXE-3": "2", "RXE-4": "4", "RXE-5": "TAB", "RXE-9": "7" }),
        &format!("status=active; intent=order; {coded}; dosage_text=2 to 4 TAB; substitution_allowed=0"),
    );
}

#[test]
fn a_unit_that_was_not_escaped_is_whole() {
    for (unit, expected) in [
        (json!({ "1": "10", "2": "3/uL" }), "10^3/uL"),
        (json!({ "1": "x10", "2": "9/L" }), "x10^9/L"),
        (json!({ "1": "258", "2": "mg/dL", "3": "L" }), "mg/dL"),
        (json!({ "1": "mL", "2": "milliliter", "3": "UCUM" }), "mL"),
        (json!("mg"), "mg"),
    ] {
        let record = json!({ "OBX-2": "NM", "OBX-3": { "1": "a", "3": "LN" }, "OBX-5": "1", "OBX-6": unit });
        check(
            "Observation",
            record,
            &format!(
                "status=unknown; category=exam; code=a; code_system=http://loinc.org; value_quantity=1; value_unit={expected}"
            ),
        );
    }
}

#[test]
fn nothing_is_said_by_two_quotes() {
    check(
        "Patient",
        json!({ "PID-5": { "1": "Reed", "2": "\"\"" }, "PID-8": "\"\"", "PID-7": "00000000" }),
        "family_name=Reed",
    );
}

#[test]
fn a_person_goes_by_the_first_name_that_is_no_other() {
    check(
        "Patient",
        json!({ "PID-5": { "1": "Old", "7": "M" }, "PID-5[2]": { "1": { "1": "Reed", "2": "x" }, "2": "Ann", "7": "L" }, "PID-3": { "1": "9", "5": "SS" }, "PID-3[2]": "7" }),
        "medical_record_number=7; family_name=Reed; given_name=Ann; maiden_name=Old; ssn=9",
    );
}

proptest! {
    #[test]
    fn no_record_makes_it_stumble(
        kind in "(Patient|Visit|Allergy|Diagnosis|Problem|Procedure|Coverage|Order|Referral|Prescription|Dispense|Immunization|Results|Observation|Appointment|Note|Attachment|Damaged)",
        fields in proptest::collection::btree_map("(PID|PV1|AL1|DG1|PRB|PR1|IN1|ORC|OBR|OBX|RXE|RXO|RXD|RXA|SCH|TXA)-[0-9]{1,2}(\\[2\\])?", "[-A-Za-z0-9<>.\"^ ]{0,12}", 0..12),
        parted in any::<bool>(),
    ) {
        let value = |text: &String| if parted { json!({ "1": text, "2": { "1": text }, "5": text }) } else { json!(text) };
        let record: serde_json::Map<String, Json> = fields.iter().map(|(name, text)| (name.clone(), value(text))).collect();
        let received = receive(&kind, &Json::Object(record).to_string());
        // What is said to be deleted is never active.
        for chart in &received.charts {
            let column = |name: &str| chart.record.column_index(name).and_then(|at| chart.values[at].as_str());
            prop_assert!(column("verification_status") != Some("entered-in-error") || chart.record != RecordType::AllergyIntolerance || column("clinical_status") != Some("active"));
        }
    }
}
