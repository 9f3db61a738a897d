use super::*;

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
    ] {
        assert_eq!(filling::iso(text).as_deref(), expected, "{text}");
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
