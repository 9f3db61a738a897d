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
