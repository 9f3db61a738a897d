use super::*;

fn receive_json(resource: Json) -> Received {
    receive(&resource.to_string(), None)
}

fn get<'c>(chart: &'c Chart, column: &str) -> &'c Value {
    &chart.values[chart.record.column_index(column).expect("a column")]
}

fn text(chart: &Chart, column: &str) -> String {
    get(chart, column).as_str().unwrap_or_default().to_owned()
}

#[test]
fn references_name_their_record_in_every_form() {
    let check = |reference: &str, expected: Option<&str>| {
        assert_eq!(key_of(reference, "Patient").as_deref(), expected, "{reference}");
    };
    check("Patient/7", Some("7"));
    check("https://ehr.example.org/fhir/Patient/7", Some("7"));
    check("Patient/7/_history/2", Some("7"));
    check("urn:uuid:0b", Some("0b"));
    check("Group/7", None);
    check("Patient/", None);
    check("Patient?identifier=a|b", None);
    check("#p", None);
    check("", None);
}

#[test]
fn dates_are_those_of_the_standard() {
    for good in
        ["2019", "2019-03", "2019-03-04", "2019-03-04T13:05:00Z", "2019-03-04T13:05:00.123-05:00", "2019-03-04T13:05Z"]
    {
        assert_eq!(tree::date(good).as_deref(), Some(good));
    }
    for bad in [
        "",
        "19",
        "2019-13",
        "2019-02-30",
        "2019-03T13:05:00Z",
        "2019-03-04T25:00:00Z",
        "2019-03-04T13:05:00+1",
        "03/04/2019",
        "9999-12-31",
    ] {
        assert_eq!(tree::date(bad), None, "{bad}");
    }
}

#[test]
fn what_has_no_column_is_left_as_it_stood() {
    let received = receive_json(serde_json::json!({
        "resourceType": "Condition", "id": "c", "code": {"coding": [{"system": "s", "code": "1", "version": "2"}, {"code": "x", "userSelected": true}]},
        "subject": {"reference": "Patient/7", "display": "Ann"}, "evidence": [{"detail": [{"reference": "Observation/9"}]}],
        "onsetDateTime": "2019-13"
    }));
    let mut received = received;
    received.keep_rest();
    let chart = &received.charts[0];
    let extra: Json = serde_json::from_str(&text(chart, "extra")).expect("JSON");
    let expected = serde_json::json!({
        "code": {"coding": [{"version": "2"}, {"userSelected": true}]}, "subject": {"display": "Ann"},
        "evidence": [{"detail": [{"reference": "Observation/9"}]}], "onsetDateTime": "2019-13"
    });
    assert_eq!(extra, expected);
    assert_eq!((text(chart, "code"), text(chart, "code_original")), ("1".into(), "x".into()));
    assert_eq!(received.issues, [(IssueCode::DateInvalid, Some("onsetDateTime".into()))]);
    assert_eq!(received.used["onsetDateTime"], Disposition::Failed);
    assert_eq!(received.used["code.coding.0.code"], Disposition::Coded);
    let patient = chart.patient.as_ref().map(|patient| (patient.key.as_str(), patient.path.as_str()));
    assert_eq!(patient, Some(("7", "subject.reference")));
}

#[test]
fn every_part_of_an_observation_is_one() {
    let part = |code: &str, value: f64| serde_json::json!({"code": {"text": code}, "valueQuantity": {"value": value, "unit": "mmHg"}});
    let received = receive_json(serde_json::json!({
        "resourceType": "Observation", "id": "o", "status": "final", "code": {"text": "BP"}, "subject": {"reference": "Patient/7"},
        "effectiveDateTime": "2024", "component": [part("systolic", 120.0), part("diastolic", 80.5)]
    }));
    let seen: Vec<_> =
        received.charts.iter().map(|chart| (chart.part, text(chart, "code_text"), text(chart, "effective"))).collect();
    let expected =
        [(0, "BP"), (1, "systolic"), (2, "diastolic")].map(|(part, code)| (part, code.to_owned(), "2024".to_owned()));
    assert_eq!(seen, expected);
    assert_eq!(*get(&received.charts[2], "value_quantity"), Value::Real(80.5));
    assert!(received.charts.iter().all(|chart| chart.patient.is_some() && text(chart, "status") == "final"));
    let mut received = received;
    received.keep_rest();
    assert_eq!(*get(&received.charts[0], "extra"), Value::Null, "nothing is left over");
}

#[test]
fn what_changes_the_meaning_waits() {
    for (name, value, waits) in [
        ("modifierExtension", serde_json::json!([{"url": "x"}]), true),
        ("implicitRules", "http://rules".into(), true),
        ("doNotPerform", true.into(), true),
        ("doNotPerform", false.into(), false),
        ("dosageInstruction", serde_json::json!([{"modifierExtension": [{"url": "x"}]}]), true),
    ] {
        let mut resource = serde_json::json!({"resourceType": "MedicationRequest", "id": "m", "status": "active",
            "medicationCodeableConcept": {"text": "aspirin"}});
        resource[name] = value;
        let rejected = receive_json(resource).rejected.map(|(code, _)| code);
        assert_eq!(rejected, waits.then_some(IssueCode::ModifierUnknown), "{name}");
    }
}

/// The columns of what a resource makes.
fn check(resource: Json, expected: &[(&str, &str)]) {
    let mut received = receive_json(resource);
    assert_eq!(received.rejected, None);
    received.keep_rest();
    for (column, value) in expected {
        let found = get(&received.charts[0], column);
        let found = match found {
            Value::Real(number) => number.to_string(),
            other => other.as_str().unwrap_or_default().to_owned(),
        };
        assert_eq!(found, *value, "{column}");
    }
}

#[test]
fn the_drug_is_the_one_that_the_reference_names() {
    let contained = serde_json::json!([
        {"resourceType": "Condition", "id": "c", "code": {"text": "atrial fibrillation"}},
        {"resourceType": "Medication", "id": "ingredient", "code": {"text": "codeine"}},
        {"resourceType": "Medication", "id": "med", "code": {"text": "warfarin"}},
    ]);
    let of = |reference: Json| {
        serde_json::json!({"resourceType": "MedicationRequest", "id": "m", "status": "active", "contained": contained,
            "medicationReference": reference})
    };
    check(of(serde_json::json!({"reference": "#med"})), &[("code_text", "warfarin")]);
    check(of(serde_json::json!({"reference": "Medication/9", "display": "aspirin"})), &[("code_text", "aspirin")]);
    for unknown in ["#c", "#none", "Medication/9"] {
        let rejected = receive_json(of(serde_json::json!({"reference": unknown}))).rejected;
        assert_eq!(rejected.map(|(code, _)| code), Some(IssueCode::RequiredMissing), "{unknown}");
    }
}

#[test]
fn a_status_is_the_coding_that_is_one() {
    let coded = |codes: &[&str]| serde_json::json!({"coding": codes.iter().map(|code| serde_json::json!({"code": code})).collect::<Vec<_>>()});
    check(
        serde_json::json!({"resourceType": "Condition", "id": "c", "code": {"text": "x"},
            "clinicalStatus": coded(&["A1", "resolved"]), "verificationStatus": coded(&["local", "entered-in-error"])}),
        &[("clinical_status", "resolved"), ("verification_status", "entered-in-error")],
    );
}

#[test]
fn what_a_number_is_measured_in_comes_along() {
    let observation = |value: Json, ranges: Json| {
        serde_json::json!({"resourceType": "Observation", "id": "o", "code": {"text": "glucose"}, "status": "final",
            "valueQuantity": value, "referenceRange": ranges})
    };
    let range =
        |unit: &str| serde_json::json!({"low": {"value": 3.9, "unit": unit}, "high": {"value": 5.5, "unit": unit}});
    let coded = serde_json::json!({"value": 5.4, "code": "mmol/L"});
    check(observation(coded, Json::Null), &[("value_unit", "mmol/L")]);
    let plain = serde_json::json!({"value": 99, "unit": "mg/dL"});
    check(observation(plain.clone(), serde_json::json!([range("mmol/L")])), &[("reference_low", "")]);
    check(
        observation(plain.clone(), serde_json::json!([range("mmol/L"), range("mg/dL")])),
        &[("reference_low", "3.9")],
    );
    let mut treatment = range("mg/dL");
    treatment["type"] = serde_json::json!({"coding": [{"code": "treatment"}]});
    check(observation(plain, serde_json::json!([treatment])), &[("reference_high", "")]);
}

#[test]
fn several_directions_are_all_said_and_none_is_the_dose() {
    let dosage = |sequence: u64, text: &str, dose: f64| serde_json::json!({"sequence": sequence, "text": text, "doseAndRate": [{"doseQuantity": {"value": dose, "unit": "tablet"}}]});
    let of = |all: Json| serde_json::json!({"resourceType": "MedicationRequest", "id": "m", "medicationCodeableConcept": {"text": "x"}, "dosageInstruction": all});
    check(
        of(serde_json::json!([dosage(2, "then 1 daily", 1.0), dosage(1, "4 for 5 days", 4.0)])),
        &[("dosage_text", "4 for 5 days\nthen 1 daily"), ("dose_value", ""), ("dose_unit", "")],
    );
    check(of(serde_json::json!([dosage(1, "1 daily", 1.0)])), &[("dose_value", "1"), ("dose_unit", "tablet")]);
}

#[test]
fn the_worst_reactions_are_charted_with_all_their_signs() {
    let reaction = |severity: &str, signs: &[&str]| {
        let signs: Vec<Json> = signs.iter().map(|sign| serde_json::json!({"text": sign})).collect();
        serde_json::json!({"severity": severity, "manifestation": signs, "substance": {"text": "latex"}})
    };
    check(
        serde_json::json!({"resourceType": "AllergyIntolerance", "id": "a", "reaction": [
            reaction("mild", &["itch"]), reaction("moderate", &["hives"]), reaction("severe", &["rash", "anaphylaxis"])]}),
        &[
            ("code_text", "latex"),
            ("reaction_text", "rash; anaphylaxis"),
            ("reaction_severity", "severe"),
            ("reaction_2_text", "hives"),
        ],
    );
}

#[test]
fn what_was_is_not_what_is() {
    check(
        serde_json::json!({"resourceType": "Patient", "id": "p",
            "identifier": [
                {"use": "old", "system": "http://hl7.org/fhir/sid/us-ssn", "value": "111-11-1111"},
                {"type": {"coding": [{"code": "MR"}]}, "value": "1", "period": {"end": "2012"}},
                {"type": {"coding": [{"code": "MR"}]}, "value": "2"}],
            "name": [{"use": "official", "family": "Maidenly", "period": {"end": "2012"}}, {"text": "Dr. Ann Mary Jones Jr."}],
            "telecom": [{"system": "phone", "use": "old", "value": "1"}, {"system": "phone", "use": "home", "value": "2"}],
            "address": [{"use": "home", "line": ["1 Old St"], "period": {"end": "2012"}}, {"line": ["2 New St"]}],
            "contact": [
                {"relationship": [{"coding": [{"code": "E"}]}], "name": {"text": "The Works"}},
                {"relationship": [{"coding": [{"code": "C"}]}], "name": {"text": "Ben Jones"}}]}),
        &[
            ("ssn", ""),
            ("medical_record_number", "2"),
            ("family_name", "Jones"),
            ("given_name", "Ann"),
            ("middle_name", "Mary"),
            ("name_prefix", "Dr."),
            ("name_suffix", "Jr."),
            ("phone_home", "2"),
            ("emergency_contact", "Ben Jones"),
        ],
    );
}

#[test]
fn what_comes_as_bytes_is_a_document_each() {
    let report = receive_json(
        serde_json::json!({"resourceType": "DiagnosticReport", "id": "r", "status": "amended", "code": {"text": "CT"},
        "subject": {"reference": "Patient/7"}, "issued": "2024-01-02T03:04:05Z",
        "presentedForm": [{"contentType": "text/plain", "data": "YQ==", "title": "ct.txt"}, {"url": "x"}, {"data": "Yg=="}, {"data": "!"}]}),
    );
    let documents = &report.charts[1..];
    let seen: Vec<_> =
        documents.iter().map(|chart| (chart.part, text(chart, "code_text"), text(chart, "date"))).collect();
    let expected = [1, 3].map(|part| (part, "CT".to_owned(), "2024-01-02T03:04:05Z".to_owned()));
    assert_eq!(seen, expected);
    assert_eq!(text(&documents[0], "mime_type") + &text(&documents[0], "doc_status"), "text/plainamended");
    assert!(documents.iter().all(|chart| chart.patient.is_some() && chart.content.is_some()));
    assert_eq!(report.issues, [(IssueCode::DocumentUnreadable, Some("presentedForm.3.data".into()))]);
    let two = receive_json(
        serde_json::json!({"resourceType": "DocumentReference", "id": "d", "status": "current", "subject": {"reference": "Patient/7"},
        "content": [{"attachment": {"url": "x"}}, {"attachment": {"data": "YQ=="}}, {"attachment": {"data": "Yg==", "title": "b"}}]}),
    );
    let seen: Vec<_> =
        two.charts.iter().map(|chart| (chart.part, text(chart, "file_name"), text(chart, "status"))).collect();
    assert_eq!(seen, [(0, String::new(), "current".to_owned()), (3, "b".to_owned(), "current".to_owned())]);
}

#[test]
fn what_is_of_somebody_else_waits() {
    let observation = serde_json::json!({"resourceType": "Observation", "id": "o", "code": {"text": "heart rate"}, "focus": [{"reference": "#fetus"}]});
    assert_eq!(receive_json(observation).rejected.map(|(code, _)| code), Some(IssueCode::ModifierUnknown));
}

/// A resource with one of its values in another's place, or of another kind.
fn twisted(value: &Json, seed: u64, at: &mut u64) -> Json {
    *at += 1;
    let roll = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left((*at % 61) as u32) % 23;
    match (roll, value) {
        (0, _) => Json::Null,
        (1, _) => serde_json::json!([]),
        (2, _) => serde_json::json!({}),
        (3, value) => serde_json::json!([value, [value], {"coding": value, "reference": value}]),
        (4, _) => serde_json::json!(-1e300),
        (5, _) => "\u{0}\u{202e}é".into(),
        (_, Json::Object(object)) => {
            Json::Object(object.iter().map(|(name, value)| (name.clone(), twisted(value, seed, at))).collect())
        }
        (_, Json::Array(items)) => Json::Array(items.iter().map(|item| twisted(item, seed, at)).collect()),
        (_, value) => value.clone(),
    }
}

#[test]
fn nothing_that_is_no_resource_as_the_standard_says_stops_the_reader() {
    let fixture = include_str!("../../../connectors/fhir-r4/fixture/practice.json");
    let bundle: Json = serde_json::from_str(fixture).expect("a Bundle");
    let resources: Vec<&Json> =
        bundle["entry"].as_array().expect("entries").iter().map(|entry| &entry["resource"]).collect();
    for seed in 0..300 {
        for resource in &resources {
            let mut changed = twisted(resource, seed, &mut 0);
            if changed.is_object() {
                changed["resourceType"] = resource["resourceType"].clone();
            }
            let received = receive_json(changed.clone());
            // What is said of a value is said of one that is there.
            let Json::Object(root) = &changed else { continue };
            let tree = Tree::new(root);
            for path in received.used.keys().filter(|path| !["id", "resourceType"].contains(&path.as_str())) {
                assert!(
                    tree.find(path).is_some_and(|found| !found.value.is_object() && found.path == *path),
                    "{path}: {changed}"
                );
            }
        }
    }
    for text in ["", "null", "[]", "{", "{\"resourceType\":7}", "{\"resourceType\":\"Nonsense\"}"] {
        assert!(receive(text, None).charts.is_empty());
    }
}

#[test]
fn no_known_allergies_are_heard_in_whatever_coding_they_are_said() {
    let received = receive_json(serde_json::json!({
        "resourceType": "AllergyIntolerance", "id": "a", "patient": {"reference": "Patient/7"},
        "code": {"coding": [{"system": "local", "code": "1"}, {"system": "other", "code": "2"},
            {"system": "http://snomed.info/sct", "code": "716186003"}]}
    }));
    assert_eq!(text(&received.charts[0], "code"), "1");
    assert_eq!(text(&received.charts[0], "code_original"), "716186003");
}

#[test]
fn whom_a_link_calls_the_same_person_is_told() {
    use super::super::SamePerson;
    let link = |other: Json, kind: &str| serde_json::json!({"other": other, "type": kind});
    let to = |reference: &str| serde_json::json!({"reference": reference});
    let number = |code: &str| serde_json::json!({"identifier": {"type": {"coding": [{"code": code}]}, "value": "N1"}});
    let received = receive_json(serde_json::json!({
        "resourceType": "Patient", "id": "p", "name": [{"family": "A"}], "link": [
            link(to("Patient/2"), "replaced-by"), link(to("RelatedPerson/3"), "seealso"), link(to("urn:uuid:4"), "refer"),
            link(number("MR"), "replaces"), link(number("DL"), "replaces"), link(number("MR"), "seealso"), {"type": "replaces"},
        ]
    }));
    let told: Vec<String> = received.charts[0]
        .same_person
        .iter()
        .map(|said| match said {
            SamePerson::Key(referred, sameness) => format!("{} {}", referred.key, sameness.as_str()),
            SamePerson::Number { number, .. } => format!("number {number}"),
        })
        .collect();
    assert_eq!(told, ["2 merged", "4 related", "number N1"]);
}
