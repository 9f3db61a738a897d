use std::io::{Cursor, Write};

use proptest::prelude::*;
use serde_json::Value as Json;

use super::super::json::flatten_object;
use super::super::rows::read_rows;
use super::*;

/// Kinds and records of a text, and whether all paths of all values are known as columns.
fn records(text: &[u8]) -> Vec<(&'static str, Json)> {
    let mut found = Vec::new();
    let mut columns = Paths::default();
    let mut feed = Feed::of(Box::new(Cursor::new(text.to_vec())));
    while let Some(unit) = feed.next().expect("bytes") {
        unit.write_all(&mut |kind: &'static str, record: &dyn Fn(Line<'_>) -> String| {
            let line = record(Line::new(Some(&mut columns), false));
            flatten_object(&line, &mut |path, _| assert!(columns.contains(path), "{path}"));
            assert_eq!(line, record(Line::new(None, false)), "the same without columns");
            found.push((kind, serde_json::from_str(&line).expect("JSON")));
            true
        });
    }
    found
}

fn kinds(text: &str) -> Vec<&'static str> {
    records(text.as_bytes()).into_iter().map(|(kind, _)| kind).collect()
}

const PID: &str = "PID|1||7^^^M11^MR~9^^^SSA^SS||Reed^Ann||19500102|F";

fn message(kind: &str, segments: &[&str]) -> String {
    let mut text = format!("MSH|^~\\&|app|fac|||20240102030405||{kind}|C1|P|2.5.1\r");
    for segment in segments {
        text.push_str(segment);
        text.push('\r');
    }
    text
}

#[test]
fn a_message_is_taken_apart_by_what_it_tells() {
    let admission = message(
        "ADT^A01",
        &[
            "EVN|A01|2024",
            PID,
            "NK1|1|Reed^Bob",
            "PV1|1|I|||||||||||||||||V1",
            "AL1|1|DA|P^Penicillin",
            "DG1|1||I10^x^I10C",
            "IN1|1|plan",
            "IN2|x",
            "ZPI|own",
        ],
    );
    assert_eq!(kinds(&admission), ["Patient", "Visit", "Allergy", "Diagnosis", "Coverage", "Message"]);
    let all = records(admission.as_bytes());
    assert_eq!(all[0].1["key"], "7^M11|REED|ANN|19500102|F");
    assert_eq!(all[0].1["NK1"][0]["NK1-2"]["2"], "Bob");
    assert_eq!(all[3].1["visit"], all[1].1["key"]);
    assert_eq!(all[5].1["ZPI"][0]["ZPI-1"], "own", "what nobody knows is kept");
    let results = message(
        "ORU^R01",
        &[
            PID,
            "PV1|1|O",
            "ORC|RE|P1|F1",
            "OBR|1|P1|F1|CBC",
            "NTE|1||of the report",
            "OBX|1|NM|a||1",
            "NTE|1||of the value",
            "OBX|2|ED|pdf||^AP^PDF^Base64^aGk=",
            "OBR|2|P1|F2|LFT",
            "OBX|1|NM|b||2",
        ],
    );
    assert_eq!(
        kinds(&results),
        ["Patient", "Results", "Observation", "Attachment", "Results", "Observation", "Message"]
    );
    let all = records(results.as_bytes());
    assert_eq!(all[1].1["NTE"][0]["NTE-3"], "of the report");
    assert_eq!(all[2].1["NTE"][0]["NTE-3"], "of the value");
    assert_eq!(all[2].1["report"], all[1].1["key"]);
    assert_eq!(all[1].1["ORC-1"], "RE");
    assert_eq!(all[6].1["PV1"][0]["PV1-2"], "O", "who only names a visit does not say what it is");
    assert_eq!(all[0].1["key"], "7^M11|REED|ANN|19500102|F|named");
    for (kind, segments, expected) in [
        (
            "RDE^O11",
            vec![PID, "ORC|NW|1", "RXO|a", "RXE||b", "RXR|PO", "ORC|NW|2", "RXE||c"],
            vec!["Patient", "Prescription", "Prescription", "Message"],
        ),
        ("RDS^O13", vec![PID, "ORC|RE|1", "RXE||b", "RXD|1|b"], vec!["Patient", "Dispense", "Message"]),
        (
            "VXU^V04",
            vec![PID, "ORC|RE||1", "RXA|0|1|2024|2024|08^x^CVX", "RXR|IM", "OBX|1|CE|a"],
            vec!["Patient", "Immunization", "Message"],
        ),
        (
            "ORM^O01",
            vec![PID, "ORC|NW|1", "OBR|1|1||x", "DG1|1||I10", "OBX|1|ST|a||b"],
            vec!["Patient", "Order", "Message"],
        ),
        (
            "SIU^S12",
            vec!["SCH|1|2", "TQ1|1", PID, "RGS|1", "AIS|1", "NTE|1||x"],
            vec!["Patient", "Appointment", "Message"],
        ),
        ("MDM^T02", vec![PID, "TXA|1|DS", "OBX|1|TX|a||b"], vec!["Patient", "Note", "Message"]),
        ("ADT^A40", vec![PID, "MRG|8^^^M11^MR"], vec!["Patient", "Message"]),
        ("DFT^P03", vec![PID, "FT1|1"], vec!["Message"]),
        ("ADT^A99", vec![PID], vec!["Damaged"]),
        ("ORU^R01", vec!["OBR|1"], vec!["Damaged"]),
    ] {
        assert_eq!(kinds(&message(kind, &segments)), expected, "{kind}");
    }
}

#[test]
fn what_is_no_message_is_one_record() {
    for (text, fault) in [("MSHA^~\\&|x", "MSH-1"), ("MSH|ab|x", "MSH-2"), ("hello\r", "MSH")] {
        let all = records(text.as_bytes());
        assert_eq!((all.len(), all[0].0, &all[0].1["fault"]), (1, "Damaged", &Json::from(fault)), "{text}");
    }
}

#[test]
fn the_same_result_in_another_message_is_the_same_record() {
    let result = |time: &str, control: &str| {
        let text = message("ORU^R01", &[PID, "OBR|1||F1|CBC", "OBX|1|NM|a||1"]);
        let mut all = records(text.replace("20240102030405", time).replace("C1", control).as_bytes());
        // When it was told is no part of it.
        all.iter_mut().for_each(|(_, record)| drop(record.as_object_mut().and_then(|record| record.remove("told"))));
        all
    };
    let (one, other) = (result("20240102", "C1"), result("20240103", "C2"));
    assert_eq!(one[..3], other[..3]);
    assert_ne!(one[3], other[3], "the messages are two");
}

#[test]
fn each_result_is_a_record_and_lines_of_a_text_are_one() {
    let segments = [
        PID,
        "OBR|1||F1|CBC",
        "OBX|1|NM|a^x||1",
        "OBX|2|TX|t||one",
        "OBX|3|TX|t||two",
        "NTE|1||note",
        "OBX|4|NM|a||3",
        "OBX|5|TX|u||three",
    ];
    let all = records(message("ORU^R01", &segments).as_bytes());
    let results: Vec<&Json> = all.iter().filter(|(kind, _)| *kind == "Observation").map(|(_, record)| record).collect();
    assert_eq!(results.len(), 4);
    assert_eq!(results[1]["OBX"][0]["OBX-5"], "two");
    assert_eq!(results[1]["NTE"][0]["NTE-3"], "note");
    // The same code twice in one order is two results, known by what they say.
    let ends = |result: &Json, end: &str| result["key"].as_str().is_some_and(|key| key.ends_with(end));
    assert!(ends(results[0], "|a^|||1") && ends(results[2], "|a^|||3"));
    // A correction of one of them names it as the first message did, and says nothing of the others.
    let corrected = records(message("ORU^R01", &[PID, "OBR|1||F1|CBC", "OBX|1|TX|t||other"]).as_bytes());
    assert_eq!(corrected[2].1["key"], results[1]["key"]);
}

#[test]
fn what_is_kept_is_what_the_file_says() {
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    file.write_all(b"hello\rBHS|^~\\&\r").expect("written");
    for number in 0..3_000 {
        let result = format!("OBX|1|NM|a||{number}");
        let text = message("ORU^R01", &[PID, "OBR|1||F1|CBC", &result, "OBX|2|ST|b||\u{e9}"]);
        // Several of one minute, which are told apart by where they stand.
        file.write_all(text.replace("030405", &format!("{:06}", number / 7)).as_bytes()).expect("written");
    }
    file.write_all(b"BTS|2999\r").expect("written");
    let open = || {
        let file = LocalFile::Disk(file.path().to_owned());
        look_into("feed.hl7", file).expect("read").expect("messages")
    };
    let (kept, mut anew) = (open(), open());
    assert!(kept.kept.is_some() && kept.notes.len() == 1, "{:?}", kept.notes);
    anew.kept = None;
    let names = kept.tables.len();
    assert_eq!(names, 6);
    // Two read the same at once.
    let [mut one, mut other] =
        [0, 1].map(|_| kept.kept.as_ref().and_then(|kept| kept.read("Observation").ok()?).expect("records"));
    let (mut start, mut all) = (vec![0; 1000], Vec::new());
    one.read_exact(&mut start).expect("records");
    other.read_to_end(&mut all).expect("records");
    one.read_to_end(&mut start).expect("records");
    assert!(start == all && all.len() > 500_000);
    drop((one, other));
    let (kept, anew): (Arc<dyn Tables>, Arc<dyn Tables>) = (Arc::new(kept), Arc::new(anew));
    let text_of = |tables: &Arc<dyn Tables>, table: usize| {
        let mut text = String::new();
        read_rows(tables.clone(), table).read_to_string(&mut text).expect("rows");
        text
    };
    for table in 0..names {
        let text = text_of(&kept, table);
        assert!(text == text_of(&anew, table), "{}", kept.names()[table]);
        assert!(text.lines().count() > 1, "{text}");
    }
}

proptest! {
    #[test]
    fn no_bytes_make_it_stumble(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        records(&bytes);
        records(&[b"MSH|^~\\&|a|b|||2024||ORU^R01|1|P|2.5\rPID|1||7\r".as_slice(), &bytes].concat());
    }

    #[test]
    fn no_segments_make_it_stumble(
        kind in "(ADT\\^A01|ORU\\^R01|ORM\\^O01|VXU\\^V04|RDS\\^O13|MDM\\^T02|SIU\\^S12|REF\\^I12)",
        segments in proptest::collection::vec("(PID|PD1|NK1|MRG|PV1|PV2|AL1|DG1|PR1|IN1|ORC|OBR|OBX|NTE|RXE|RXD|RXA|RXR|SCH|AIS|TXA|ZZZ)\\|[A-Z0-9^&~\\\\|\" \n]{0,40}", 0..30),
    ) {
        let text = message(&kind, &segments.iter().map(String::as_str).collect::<Vec<_>>());
        let all = records(text.as_bytes());
        // Every value of the message is in one record.
        let message = Message::parse(&text);
        let values = message.expect("a message").segments.iter().flat_map(|segment| segment.fields()).filter(|(_, field)| {
            field.chars().all(|c| c.is_ascii_alphanumeric()) && !field.is_empty()
        }).count();
        let written = all.iter().map(|(_, record)| count(record)).sum::<usize>();
        prop_assert!(written >= values, "{written} of {values}");
    }
}

fn count(record: &Json) -> usize {
    let mut fields = 0;
    flatten_object(&record.to_string(), &mut |path, _| fields += usize::from(path.contains('-')));
    fields
}
