use super::*;
use crate::exchange::Chart;
use crate::model::Value;

fn get(chart: &Chart, column: &str) -> String {
    match &chart.values[chart.record.column_index(column).expect("a column")] {
        Value::Real(number) => number.to_string(),
        value => value.as_str().unwrap_or_default().to_owned(),
    }
}

#[test]
fn points_in_time_keep_their_precision() {
    for (text, expected) in [
        ("2012", Some("2012")),
        ("201208", Some("2012-08")),
        ("20120806", Some("2012-08-06")),
        ("201208061030", Some("2012-08-06T10:30")),
        ("20120806103005-0500", Some("2012-08-06T10:30:05-05:00")),
        ("20120806103005.250+01", Some("2012-08-06T10:30:05.250+01:00")),
        ("20121306", None),
        ("20120230", None),
        ("2012080625", None),
        ("2009022713:00+0500", None),
        ("99991231", None),
        ("", None),
        ("-0500", None),
        ("2013-01-02", Some("2013-01-02")),
        ("2013-01-02T10:30:00-05:00", Some("2013-01-02T10:30:00-05:00")),
        ("2013-13-02", None),
        ("2013-01-02x", None),
        ("2013-01", None),
        ("2013-0500", None),
        ("20130102-0500", Some("2013-01-02")),
        ("20130102-05000", None),
    ] {
        assert_eq!(super::super::filling::iso(text).as_deref(), expected, "{text}");
    }
}

fn allergy(observation: Json) -> Chart {
    let mut observation = observation;
    observation["code"] = serde_json::json!({"@code": "ASSERTION"});
    let act = serde_json::json!({"statusCode": {"@code": "active"}, "entryRelationship": {"@typeCode": "SUBJ", "observation": observation}});
    let record = serde_json::json!({"key": "k", "patient": "p", "act": act});
    receive("Allergy", &record.to_string()).charts.remove(0)
}

#[test]
fn what_is_denied_is_charted_as_denied() {
    let substance = |entity: Json| serde_json::json!({"participantRole": {"playingEntity": entity}});
    let drug = serde_json::json!({"@code": "416098002"});
    let named = allergy(
        serde_json::json!({"@negationInd": "true", "participant": substance(serde_json::json!({"name": {"#text": "Latex"}}))}),
    );
    assert_eq!((get(&named, "verification_status"), get(&named, "code_text")), ("refuted".into(), "Latex".into()));
    let none = allergy(
        serde_json::json!({"@negationInd": "true", "value": drug, "participant": substance(serde_json::json!({"code": {"@nullFlavor": "NA"}}))}),
    );
    assert_eq!((get(&none, "code"), get(&none, "verification_status")), ("409137002".into(), String::new()));
    let some = allergy(
        serde_json::json!({"value": drug, "participant": substance(serde_json::json!({"code": {"@code": "7980", "@codeSystem": "2.16.840.1.113883.6.88"}}))}),
    );
    assert_eq!(
        (get(&some, "code"), get(&some, "clinical_status"), get(&some, "category")),
        ("7980".into(), "active".into(), "medication".into())
    );
}

#[test]
fn a_value_is_read_by_its_type() {
    let charted = |value: Json| {
        let record =
            serde_json::json!({"key": "k", "patient": "p", "observation": {"code": {"@code": "c"}, "value": value}});
        let chart = receive("SocialHistory", &record.to_string()).charts.remove(0);
        ["value_comparator", "value_quantity", "value_unit", "value_string", "value_code"]
            .map(|column| get(&chart, column))
            .join("|")
    };
    for (value, expected) in [
        (serde_json::json!({"@type": "PQ", "@value": "5.5", "@unit": "mg/dL"}), "|5.5|mg/dL||"),
        (serde_json::json!({"@type": "PQ", "@value": "7", "@unit": "1"}), "|7|||"),
        (serde_json::json!({"@type": "PQ", "@nullFlavor": "UNK"}), "||||"),
        (serde_json::json!({"@type": "IVL_PQ", "low": {"@value": "4", "@unit": "mg"}}), ">=|4|mg||"),
        (serde_json::json!({"@type": "IVL_PQ", "high": {"@value": "4", "@inclusive": "false"}}), "<|4|||"),
        (serde_json::json!({"@type": "IVL_PQ", "high": {"@value": "4", "@inclusive": "0"}}), "<|4|||"),
        (serde_json::json!({"@type": "IVL_PQ", "high": {"@value": "four"}}), "||||"),
        (
            serde_json::json!({"@type": "IVL_PQ", "low": {"@value": "1", "@unit": "g"}, "high": {"@value": "2"}}),
            "|||1-2 g|",
        ),
        (
            serde_json::json!({"@type": "IVL_PQ", "low": {"@value": "4"}, "high": {"@value": "6", "@unit": "mg"}}),
            "|||4-6 mg|",
        ),
        (serde_json::json!({"@type": "xsi:ST", "#text": "no growth"}), "|||no growth|"),
        (serde_json::json!({"@type": "CD", "@code": "260385009"}), "||||260385009"),
        (
            serde_json::json!({"@type": "RTO", "numerator": {"@value": "1"}, "denominator": {"@value": "64"}}),
            "|||1:64|",
        ),
    ] {
        assert_eq!(charted(value.clone()), expected, "{value}");
    }
    let denied = serde_json::json!({"key": "k", "patient": "p", "observation": {"@negationInd": "true", "code": {"@code": "c"}}});
    let rejected = receive("SocialHistory", &denied.to_string()).rejected;
    assert_eq!(rejected.map(|(code, _)| code), Some(IssueCode::ModifierUnknown));
}

/// The first chart record of an entry, and why it waits.
fn charted(kind: &str, name: &str, entry: Json) -> (Option<Chart>, Option<IssueCode>) {
    let record = serde_json::json!({"key": "k", "patient": "p", name: entry});
    let received = receive(kind, &record.to_string());
    (received.charts.into_iter().next(), received.rejected.map(|(code, _)| code))
}

fn act(more: Json, observation: Json) -> Json {
    let mut act = serde_json::json!({"@moodCode": "EVN", "statusCode": {"@code": "active"}, "entryRelationship": {"@typeCode": "SUBJ", "observation": observation}});
    act.as_object_mut().expect("an act").extend(more.as_object().expect("more").clone());
    act
}

fn problem(more: Json) -> Json {
    let mut observation = serde_json::json!({"@moodCode": "EVN", "statusCode": {"@code": "completed"}, "value": {"@code": "38341003", "@codeSystem": "2.16.840.1.113883.6.96"}});
    observation.as_object_mut().expect("an observation").extend(more.as_object().expect("more").clone());
    observation
}

fn status(more_of_act: Json, more: Json) -> String {
    match charted("Problem", "act", act(more_of_act, problem(more))) {
        (_, Some(code)) => code.as_str().to_owned(),
        (None, None) => "kept".into(),
        (Some(chart), None) => format!("{} {}", get(&chart, "clinical_status"), get(&chart, "verification_status")),
    }
}

#[test]
fn a_problem_is_what_its_document_says_and_no_more() {
    use serde_json::json;
    let none = || json!({});
    let beside = |code: &str, more: Json| {
        let mut says = json!({"code": {"@code": "33999-4"}, "value": {"@code": code}});
        says.as_object_mut().expect("an observation").extend(more.as_object().expect("more").clone());
        json!({"entryRelationship": {"@typeCode": "REFR", "observation": says}})
    };
    for (more_of_act, more, expected) in [
        (none(), none(), "active "),
        (none(), json!({"@negationInd": "1"}), "active refuted"),
        (json!({"@negationInd": "true"}), none(), "active refuted"),
        (none(), json!({"@negationInd": "perhaps"}), "modifier_unknown"),
        (none(), json!({"@moodCode": "GOL"}), "kept"),
        (json!({"@moodCode": "INT"}), none(), "kept"),
        (none(), json!({"statusCode": {"@code": "nullified"}}), " entered-in-error"),
        (json!({"statusCode": {"@code": "nullified"}}), json!({"@negationInd": "true"}), " entered-in-error"),
        (none(), json!({"statusCode": {"@code": "cancelled"}}), "modifier_unknown"),
        (none(), json!({"statusCode": {"@code": "aborted"}}), "active unconfirmed"),
        (none(), json!({"uncertaintyCode": {"@code": "U"}}), "active unconfirmed"),
        (none(), json!({"subject": {"relatedSubject": {"code": {"@code": "MTH"}}}}), "modifier_unknown"),
        (json!({"subject": {}}), none(), "modifier_unknown"),
        (none(), json!({"participant": {"@typeCode": "SBJ"}}), "modifier_unknown"),
        (none(), json!({"effectiveTime": {"high": {"@nullFlavor": "UNK"}}}), "resolved "),
        (none(), json!({"effectiveTime": {"high": {"@nullFlavor": "NA"}}}), "active "),
        (none(), json!({"value": {"@code": "160245001"}}), "inactive "),
        (none(), json!({"value": {"@nullFlavor": "NA"}, "text": {"#text": "No known problems"}}), "inactive "),
        (none(), json!({"value": {"@nullFlavor": "NA"}}), "required_missing"),
        (none(), json!({"@negationInd": "true", "value": {"@code": "160245001"}}), "modifier_unknown"),
        (none(), beside("413322009", none()), "resolved "),
        (none(), beside("413322009", json!({"@negationInd": "true"})), "active "),
        (none(), beside("413322009", json!({"@moodCode": "GOL"})), "active "),
        (none(), beside("413322009", json!({"statusCode": {"@code": "nullified"}})), "active "),
        (none(), beside("", json!({"value": {"originalText": {"#text": "Resolved"}}})), "resolved "),
    ] {
        assert_eq!(status(more_of_act.clone(), more.clone()), expected, "{more_of_act} {more}");
    }
    let section = json!({"key": "k", "patient": "p", "section": {"subject": {}}, "act": act(none(), problem(none()))});
    let rejected = receive("Problem", &section.to_string()).rejected;
    assert_eq!(rejected.map(|(code, _)| code), Some(IssueCode::ModifierUnknown));
    let shared = json!({"key": "k", "patient": "p", "patients": "2", "act": act(none(), problem(none()))});
    assert!(receive("Problem", &shared.to_string()).rejected.is_some());
    assert!(receive("Document", &json!({"key": "k", "patient": "p", "patients": "2"}).to_string()).rejected.is_some());
}

#[test]
fn an_allergy_is_to_what_was_consumed_and_never_to_nothing() {
    use serde_json::json;
    let penicillin = || json!({"@typeCode": "CSM", "participantRole": {"playingEntity": {"code": {"@code": "7982", "@codeSystem": "2.16.840.1.113883.6.88"}}}});
    let clinic = json!({"@typeCode": "LOC", "participantRole": {"playingEntity": {"name": {"#text": "Clinic"}}}});
    let check = |observation: Json| match charted("Allergy", "act", act(json!({}), observation)) {
        (_, Some(code)) => code.as_str().to_owned(),
        (None, None) => "kept".into(),
        (Some(chart), None) => {
            ["code", "code_text", "verification_status", "reaction_code"].map(|column| get(&chart, column)).join("|")
        }
    };
    let nothing = || json!({"@typeCode": "CSM", "participantRole": {"playingEntity": {"code": {"@nullFlavor": "NI"}}}});
    let drug = json!({"@typeCode": "CSM", "participantRole": {"playingEntity": {"code": {"@code": "410942007"}}}});
    let manifested = |more: Json| {
        let mut says = json!({"value": {"@code": "39579001"}});
        says.as_object_mut().expect("an observation").extend(more.as_object().expect("more").clone());
        json!({"participant": penicillin(), "entryRelationship": {"@typeCode": "MFST", "observation": says}})
    };
    for (observation, expected) in [
        (json!({"participant": [clinic, penicillin()]}), "7982|||"),
        (json!({"participant": clinic}), "required_missing"),
        (json!({"participant": nothing()}), "required_missing"),
        (json!({"participant": nothing(), "value": {"@code": "416098002"}}), "required_missing"),
        (json!({"participant": nothing(), "value": {"@code": "716186003"}}), "716186003|||"),
        (json!({"value": {"@code": "716186003"}}), "716186003|||"),
        (json!({"value": {"@code": "716186003"}, "@negationInd": "true"}), "modifier_unknown"),
        (json!({"value": {"@code": "716186003"}, "participant": penicillin()}), "modifier_unknown"),
        (json!({"value": {"@code": "91936005"}}), "91936005|||"),
        (json!({"participant": nothing(), "@negationInd": "1"}), "716186003|||"),
        (json!({"participant": drug, "@negationInd": "1"}), "409137002|||"),
        (json!({"participant": penicillin(), "@negationInd": "true"}), "7982||refuted|"),
        (json!({"participant": penicillin(), "@moodCode": "INT"}), "kept"),
        (json!({"text": {"#text": "bee venom"}}), "|bee venom||"),
        (manifested(json!({})), "7982|||39579001"),
        (manifested(json!({"@negationInd": "true"})), "7982|||"),
    ] {
        assert_eq!(check(observation.clone()), expected, "{observation}");
    }
}

#[test]
fn what_cannot_be_charted_holds_only_itself() {
    use serde_json::json;
    let observation = |more: Json| {
        let mut all = json!({"code": {"@code": "c"}, "statusCode": {"@code": "completed"}});
        all.as_object_mut().expect("an observation").extend(more.as_object().expect("more").clone());
        json!({"observation": all})
    };
    let organizer = |components: Vec<Json>| {
        let organizer =
            json!({"statusCode": {"@code": "completed"}, "effectiveTime": {"@value": "2015"}, "component": components});
        receive("Results", &json!({"key": "k", "patient": "p", "organizer": organizer}).to_string())
    };
    let mixed = organizer(vec![
        observation(json!({})),
        observation(json!({"@negationInd": "true"})),
        observation(json!({"@moodCode": "GOL"})),
        observation(json!({"effectiveTime": {"@value": "2016"}, "statusCode": {"@code": "nullified"}})),
        json!({"organizer": {"component": observation(json!({}))}}),
    ]);
    assert!(mixed.rejected.is_none());
    let told: Vec<(usize, String, String)> =
        mixed.charts.iter().map(|chart| (chart.part, get(chart, "status"), get(chart, "effective"))).collect();
    let expected =
        [(0, "final", "2015"), (1, "final", "2015"), (4, "entered-in-error", "2016"), (5, "unknown", "2015")];
    let expected = expected.map(|(part, status, time)| (part, status.to_owned(), time.to_owned()));
    assert_eq!(told.len(), 4);
    assert_eq!(told[..3], expected[..3]);
    let codes: Vec<IssueCode> = mixed.issues.iter().map(|(code, _)| *code).collect();
    assert_eq!(codes, [IssueCode::ModifierUnknown, IssueCode::RecordUnmapped]);
    assert_eq!(mixed.used.get("organizer.component.1.observation.code.@code"), None, "what is not charted is kept");
    let denied = organizer(vec![observation(json!({"@negationInd": "true"}))]);
    assert_eq!(denied.rejected.map(|(code, _)| code), Some(IssueCode::ModifierUnknown));
    let wished = organizer(vec![observation(json!({"@moodCode": "GOL"}))]);
    assert!(wished.rejected.is_none() && wished.charts.is_empty());
    let many = organizer((0..200).map(|_| observation(json!({}))).collect());
    assert_eq!(many.charts.len(), crate::model::standard::MOST_PARTS + 1);
    assert_eq!(many.issues.len(), 140, "what does not go into one record is told");
}

#[test]
fn a_medication_is_as_it_stands_now() {
    use serde_json::json;
    let drug = |kind: &str| json!({"manufacturedProduct": {kind: {"code": {"@code": "99"}}}});
    let beside = |code: &str| json!({"@typeCode": "REFR", "observation": {"code": {"@code": "33999-4"}, "value": {"@code": code}}});
    let check = |name: &str, entry: Json| match charted("Medication", name, entry) {
        (_, Some(code)) => code.as_str().to_owned(),
        (None, None) => "kept".into(),
        (Some(chart), None) => format!("{} {}", get(&chart, "status"), get(&chart, "code")),
    };
    let of = |more: Json| {
        let mut all =
            json!({"@moodCode": "EVN", "statusCode": {"@code": "active"}, "consumable": drug("manufacturedMaterial")});
        all.as_object_mut().expect("a statement").extend(more.as_object().expect("more").clone());
        all
    };
    for (more, expected) in [
        (json!({}), "active 99"),
        (json!({"@moodCode": "INT"}), "intended 99"),
        (json!({"@moodCode": "RQO"}), "kept"),
        (json!({"consumable": drug("manufacturedLabeledDrug")}), "active 99"),
        (json!({"entryRelationship": beside("421139008")}), "on-hold 99"),
        (json!({"entryRelationship": beside("421139008"), "@moodCode": "INT"}), "on-hold 99"),
        (json!({"entryRelationship": beside("55561003"), "statusCode": {"@code": "completed"}}), "active 99"),
        (json!({"entryRelationship": beside("55561003"), "statusCode": {"@code": "aborted"}}), "stopped 99"),
        (json!({"entryRelationship": beside("55561003"), "@negationInd": "1"}), "not-taken 99"),
        (json!({"statusCode": {"@code": "nullified"}, "@negationInd": "1"}), "entered-in-error 99"),
        (json!({"consumable": {}}), "required_missing"),
        (json!({"consumable": {}, "@negationInd": "true"}), "kept"),
        (json!({"subject": {}}), "modifier_unknown"),
    ] {
        assert_eq!(check("substanceAdministration", of(more.clone())), expected, "{more}");
    }
    let within = json!({"@moodCode": "EVN", "entryRelationship": {"@typeCode": "SUBJ", "substanceAdministration": of(json!({"@moodCode": "INT"}))}});
    assert_eq!(check("act", within), "intended 99");
}

#[test]
fn a_plan_is_what_is_asked_for() {
    use serde_json::json;
    for (mood, expected) in
        [("INT", "plan"), ("RQO", "order"), ("PRP", "proposal"), ("GOL", "kept"), ("EVN", "kept"), ("OPT", "kept")]
    {
        let planned = json!({"@moodCode": mood, "code": {"@code": "c"}, "statusCode": {"@code": "active"}});
        let said = charted("Plan", "observation", planned).0.map_or("kept".to_owned(), |chart| get(&chart, "intent"));
        assert_eq!(said, expected, "{mood}");
    }
    let planned = json!({"@moodCode": "INT", "code": {"@code": "c"}});
    assert!(charted("Procedure", "procedure", planned).0.is_none());
}

#[test]
fn a_range_is_in_the_unit_of_its_value() {
    use serde_json::json;
    let check = |unit: &str| {
        let bound = |value: &str| json!({"@value": value, "@unit": unit});
        let range = json!({"observationRange": {"value": {"low": bound("3.9"), "high": bound("5.5")}}});
        let observation = json!({"code": {"@code": "c"}, "value": {"@type": "PQ", "@value": "99", "@unit": "mg/dL"}, "referenceRange": range});
        let chart = charted("Results", "observation", observation).0.expect("a chart record");
        ["reference_low", "reference_high", "reference_text"].map(|column| get(&chart, column)).join("|")
    };
    assert_eq!(check("mg/dL"), "3.9|5.5|");
    assert_eq!(check("mg/dl"), "3.9|5.5|");
    assert_eq!(check("mmol/L"), "||3.9 mmol/L - 5.5 mmol/L");
    let bytes =
        json!({"code": {"@code": "c"}, "value": {"@type": "ED", "@representation": "B64", "#text": "iVBORw0KGgo="}});
    assert_eq!(get(&charted("Results", "observation", bytes).0.expect("a chart record"), "value_string"), "");
}

#[test]
fn relatives_are_told_of_one_by_one() {
    use serde_json::json;
    let illness =
        |code: &str, negation: &str| json!({"observation": {"@negationInd": negation, "value": {"@code": code}}});
    let organizer = json!({"subject": {"relatedSubject": {"code": {"@code": "MTH"}}}, "component": [illness("254837009", "false"), illness("73211009", "true")]});
    let received = receive("FamilyHistory", &json!({"key": "k", "patient": "p", "organizer": organizer}).to_string());
    assert!(received.rejected.is_none());
    let codes: Vec<String> = received.charts.iter().map(|chart| get(chart, "code")).collect();
    assert_eq!(codes, ["254837009"]);
}

#[test]
fn a_person_is_called_and_reached_as_it_is_now() {
    use serde_json::json;
    let old = json!({"high": {"@value": "2010"}});
    let role = json!({
        "patient": {"name": [
            {"@use": "L", "family": {"#text": "Old"}, "validTime": old},
            {"@use": "L", "family": {"#text": "New"}},
        ]},
        "addr": [{"@use": "HP", "city": {"#text": "Then"}, "useablePeriod": old}, {"@use": "HP", "city": {"#text": "Now"}}],
        "telecom": [
            {"@use": "HP", "@value": "tel:1", "useablePeriod": old},
            {"@use": "OLD HP", "@value": "tel:2"},
            {"@use": "PG", "@value": "tel:5"},
            {"@use": "MC HP", "@value": "tel:3"},
            {"@use": "HP", "@value": "tel:4"},
        ],
    });
    let chart = charted("Patient", "patientRole", role).0.expect("a person");
    let found = ["family_name", "city", "phone_home", "phone_mobile"].map(|column| get(&chart, column));
    assert_eq!(found, ["New", "Now", "4", "3"]);
    for (says, expected) in
        [("true", Value::Integer(1)), ("1", Value::Integer(1)), ("0", Value::Integer(0)), ("x", Value::Null)]
    {
        let role = json!({"patient": {"deceasedInd": {"@value": says}}});
        let chart = charted("Patient", "patientRole", role).0.expect("a person");
        let column = chart.record.column_index("deceased").expect("a column");
        assert_eq!(chart.values[column], expected, "{says}");
    }
    let text = json!({"patient": {"name": {"#text": "Isa Jones"}}});
    let chart = charted("Patient", "patientRole", text).0.expect("a person");
    assert_eq!((get(&chart, "given_name"), get(&chart, "family_name")), ("Isa".into(), "Jones".into()));
}

#[test]
fn a_visit_has_what_was_diagnosed_there() {
    use serde_json::json;
    let diagnosis = |more: Json| {
        json!({"act": {"@moodCode": "EVN", "code": {"@code": "29308-4"}, "statusCode": {"@code": "completed"},
        "entryRelationship": {"@typeCode": "SUBJ", "observation": problem(more)}}})
    };
    let visit = json!({"@moodCode": "EVN", "entryRelationship": [
        diagnosis(json!({})),
        diagnosis(json!({"@negationInd": "true"})),
        diagnosis(json!({"effectiveTime": {"low": {"@value": "2024"}, "high": {"@value": "20240401"}}})),
        {"@typeCode": "RSON", "observation": problem(json!({}))},
    ]});
    let record = json!({"key": "k", "patient": "p", "section": {"code": "46240-8"}, "encounter": visit});
    let received = receive("Encounter", &record.to_string());
    assert_eq!(received.rejected, None);
    let charts: Vec<&Chart> = received.charts.iter().collect();
    assert_eq!(charts.len(), 4);
    let said = |chart: &Chart, name: &str| {
        let at = chart.record.column_index(name).expect("a column");
        chart.values[at].as_str().unwrap_or_default().to_owned()
    };
    for (number, verification, clinical) in [(1, "", ""), (2, "refuted", ""), (3, "", "resolved")] {
        let chart = charts[number];
        assert_eq!((chart.record, chart.part), (RecordType::Condition, number));
        assert_eq!(said(chart, "code"), "38341003");
        assert_eq!(said(chart, "category"), "encounter-diagnosis");
        assert_eq!(
            (said(chart, "verification_status").as_str(), said(chart, "clinical_status").as_str()),
            (verification, clinical)
        );
        assert_eq!(chart.references.len(), 1, "it names its visit");
    }
}
