//! Bytes that are text in one encoding or another, or no text; line ends.

use super::*;

#[test]
fn encodings_are_read_as_what_they_are() {
    let people = PEOPLE.replace("Canaryson", "Canärysøn");
    let utf16 = |mark: &[u8], bytes: fn(u16) -> [u8; 2]| {
        mark.iter().copied().chain(people.encode_utf16().flat_map(bytes)).collect::<Vec<u8>>()
    };
    let marked = |text: &str| [b"\xef\xbb\xbf", text.as_bytes()].concat();
    let one_byte = |text: &str| encoding_rs::WINDOWS_1252.encode(text).0.into_owned();
    for (name, bytes) in [
        ("UTF-8", people.clone().into_bytes()),
        ("UTF-8 with a byte order mark", marked(&people)),
        ("UTF-8 with a byte order mark and quotes", marked(&people.replace("ID,", "\"ID\","))),
        ("UTF-16LE", utf16(&[0xff, 0xfe], u16::to_le_bytes)),
        ("UTF-16BE", utf16(&[0xfe, 0xff], u16::to_be_bytes)),
        ("UTF-16LE without a byte order mark", utf16(&[], u16::to_le_bytes)),
        ("UTF-16BE without a byte order mark", utf16(&[], u16::to_be_bytes)),
        ("windows-1252", one_byte(&people)),
    ] {
        let folder = practice();
        folder.write("export/people.csv", bytes);
        let report = assert_done(&folder, &migrate(&folder, "export"));
        assert_eq!(counts(&report, "people"), (3, 3, 0), "{name}");
        assert_eq!(surnames(&folder), ["Canärysøn", "Canarybee", "Canarycee"], "{name}");
        assert_eq!(report["issues"].as_array().map(Vec::len), Some(0), "{name}");
        let traced = visible_in_trace(&folder, "people:canary1");
        assert_eq!(traced[0]["cells"][1][1], "Canärysøn", "{name}");
    }
}

#[test]
fn half_a_utf16_character_is_an_issue() {
    let folder = practice();
    let text = PEOPLE.replace("Canaryson", "Canary#son");
    let bytes = [0xfeff].into_iter().chain(text.encode_utf16()).map(|unit| if unit == 0x23 { 0xd800 } else { unit });
    folder.write("export/people.csv", bytes.flat_map(u16::to_le_bytes).collect::<Vec<u8>>());
    let report = assert_done(&folder, &migrate(&folder, "export"));
    assert_eq!(issue(&report, "encoding_invalid"), issue_of("people", "SURNAME", 1));
}

#[test]
fn bytes_that_their_encoding_does_not_have() {
    let folder = practice();
    let bytes: Vec<u8> =
        PEOPLE.replace("Canaryson", "Canary#").bytes().map(|b| if b == b'#' { 0x81 } else { b }).collect();
    folder.write("export/people.csv", bytes);
    let report = assert_done(&folder, &migrate(&folder, "export"));
    assert_eq!(issue(&report, "encoding_invalid"), issue_of("people", "SURNAME", 1));
    assert_eq!(counts(&report, "people"), (3, 3, 0));
}

#[test]
fn nul_bytes_never_reach_the_chart() {
    let folder = practice();
    folder.write("export/people.csv", PEOPLE.replace("Canaryson", "Canary\0son"));
    let report = assert_done(&folder, &migrate(&folder, "export"));
    assert_eq!(issue(&report, "encoding_invalid"), issue_of("people", "SURNAME", 1));
    assert!(!surnames(&folder)[0].contains('\0'), "{:?}", surnames(&folder));
    assert_eq!(
        visible_in_trace(&folder, "people:canary1")[0]["cells"][1][1],
        "Canary\0son",
        "the source record is kept"
    );
}

#[test]
fn line_ends_of_every_kind() {
    let mixed = PEOPLE.replacen('\n', "\r\n", 2).replacen("town\ncanary3", "town\rcanary3", 1);
    let endless = PEOPLE.trim_end().to_owned();
    let blank_lines = PEOPLE.replace('\n', "\n\r\n\n");
    for text in [PEOPLE.replace('\n', "\r\n"), PEOPLE.replace('\n', "\r"), mixed, endless, blank_lines] {
        let folder = practice();
        folder.write("export/people.csv", &text);
        let report = assert_done(&folder, &migrate(&folder, "export"));
        assert_eq!(counts(&report, "people"), (3, 3, 0), "{text:?}");
        assert_eq!(surnames(&folder), ["Canaryson", "Canarybee", "Canarycee"], "{text:?}");
    }
}

#[test]
fn a_line_end_in_a_quoted_cell_is_text() {
    let folder = practice();
    folder.write("export/visits.csv", VISITS.replace("cough of a canary", "\"cough\r\nof a \"\"canary\"\"\""));
    let report = assert_done(&folder, &migrate(&folder, "export"));
    assert_eq!(counts(&report, "visits"), (3, 3, 0));
    assert_eq!(visible_in_trace(&folder, "visits:canaryv1")[0]["cells"][3][1], "cough\r\nof a \"canary\"");
}

#[test]
fn text_that_was_read_wrongly_is_told_and_repaired_on_demand() {
    let folder = practice();
    let wrong =
        PEOPLE.replace("Canaryson", "CanarysÃ¸n").replace("Canarybee", "CANARYÃO").replace("canary2", "canaryÃ©2");
    folder.write("export/people.csv", &wrong);
    folder.write(
        "export/visits.csv",
        VISITS.replace("canary2,", "canaryÃ©2,").replace("canary flew", "canary â€œflewâ€\u{9d}"),
    );
    let report = assert_done(&folder, &migrate(&folder, "export"));
    let sorted = || {
        let mut names = surnames(&folder);
        names.sort_unstable();
        names
    };
    assert_eq!(sorted(), ["CANARYÃO", "Canarycee", "CanarysÃ¸n"], "as they stand");
    assert_eq!(issue(&report, "mojibake"), issue_of("people", "ID", 1));
    let found = |report: &Value| -> Vec<String> {
        let issues = report["issues"].as_array().expect("issues").iter();
        issues
            .map(|issue| format!("{} {} {} {}", issue["stream"], issue["code"], issue["column"], issue["count"]))
            .collect()
    };
    let all = |code: &str| {
        [
            "\"people\" # \"ID\" 1",
            "\"people\" # \"SURNAME\" 1",
            "\"visits\" # \"PERSON\" 1",
            "\"visits\" # \"REASON\" 1",
        ]
        .map(|issue| issue.replace('#', &format!("{code:?}")))
    };
    assert_eq!(found(&report), all("mojibake"));
    // The connector has it repaired: what was charted is charted anew.
    let manifest = std::fs::read_to_string(folder.path().join("pack/connector.toml")).expect("a manifest");
    let head = "version = \"1\"\n";
    folder
        .write("pack/connector.toml", manifest.replace(head, &format!("{head}[defaults]\nrepair = [\"mojibake\"]\n")));
    let report = assert_done(&folder, &migrate(&folder, "export"));
    assert_eq!(found(&report), [1, 3].map(|at| all("text_repaired")[at].clone()), "of those whose chart changes");
    assert_eq!(sorted(), ["CANARYÃO", "Canarycee", "Canarysøn"]);
    assert_eq!(
        visible_in_trace(&folder, "people:canary1")[0]["cells"][1][1],
        "CanarysÃ¸n",
        "the source record is kept"
    );
    // Keys are what they are in both tables.
    assert_eq!(counts(&report, "visits").0, 3);
    assert_eq!(report["patients"]["identities"], 3);
    let store = chartlift::store::EhrStore::open(&chartlift::store::StorePlace::Sqlite(folder.path().join("ehr.db")));
    let visits = store.expect("a store").dump(chartlift::model::RecordType::Encounter).expect("rows");
    assert!(visits.contains("canary “flew” away"), "{visits}");
    let again = assert_done(&folder, &migrate(&folder, "export"));
    assert_eq!(again["digest"]["before"], again["digest"]["after"]);
    std::fs::remove_file(folder.path().join("ehr.db")).expect("a store");
    let anew = assert_done(&folder, &migrate(&folder, "export"));
    assert_eq!((found(&anew), &anew["digest"]["after"]), (all("text_repaired").to_vec(), &again["digest"]["after"]));
}

#[test]
fn inspect_counts_text_that_was_read_wrongly() {
    let folder = practice();
    folder.write("export/people.csv", PEOPLE.replace("Canaryson", "CanarysÃ¸n"));
    let looked = chartlift(&["inspect", &folder.arg("export")]);
    assert!(looked.stdout.contains("[mojibake x1]"), "{}", looked.stdout);
    let manifest = std::fs::read_to_string(folder.path().join("pack/connector.toml")).expect("a manifest");
    folder
        .write("pack/connector.toml", manifest.replacen("[[stream]]", "[defaults]\nrepair = [\"all\"]\n[[stream]]", 1));
    let checked = chartlift(&["connectors", "check", &folder.arg("pack")]);
    assert!(checked.stderr.contains("connector.toml:7: `repair` knows only `mojibake`"), "{}", checked.stderr);
}
