//! Bad input, end to end: one clear message with the position and what to do, an exit code by the table, no panic, no cell's
//! value on standard error; and where the run goes on, books that balance.
//!
//! Every value of the sources below holds the word `canary` (or is one of [`CANARIES`]), so that one that leaks is found.

use serde_json::Value;

use crate::support::{Folder, Output, chartlift};

mod archives;
mod stores;

const PEOPLE: &str = "ID,SURNAME,FIRST,DOB,CITY
canary1,Canaryson,Anncanary,1961-04-30,Canarytown
canary2,Canarybee,Bencanary,1972-05-06,Canarytown
canary3,Canarycee,Cidcanary,1983-07-08,Canarytown
";
const VISITS: &str = "NO,PERSON,START,REASON
canaryv1,canary1,2020-01-02,cough of a canary
canaryv2,canary2,2020-02-03,
canaryv3,canary3,2020-03-04,canary flew away
";
const PAPERS: &str = "NO,PERSON,TITLE,FILE\ncanaryp1,canary1,Canary letter,canary-letter.txt\n";

/// Compared without case.
const CANARIES: [&str; 4] = ["canar", "1961-04-30", "1972-05-06", "2020-01-02"];

/// A small practice's export in `export/`, its pack in `pack/`.
fn practice() -> Folder {
    let folder = Folder::new();
    write_pack(&folder);
    folder.write("export/people.csv", PEOPLE);
    folder.write("export/visits.csv", VISITS);
    folder
}

fn write_pack(folder: &Folder) {
    folder.write(
        "pack/connector.toml",
        r#"format = 1
id = "aviary"
name = "aviary"
version = "1"

[[stream]]
name = "people"
files = ["people.csv"]
required = true
key = ["ID"]
mappings = ["person"]

[[stream]]
name = "visits"
files = ["visits.csv"]
key = ["NO"]
mappings = ["visit"]

[[stream]]
name = "papers"
files = ["papers.csv"]
key = ["NO"]
mappings = ["paper"]
"#,
    );
    folder.write(
        "pack/mappings/person.toml",
        r#"record = "Patient"

[[field]]
to = "family_name"
from = "SURNAME"

[[field]]
to = "given_name"
from = "FIRST"

[[field]]
to = "birth_date"
from = "DOB"
transform = "date"

[[field]]
to = "city"
from = "CITY"
optional = true
"#,
    );
    let about = |record: &str| {
        format!(
            "record = \"{record}\"\n\n[[field]]\nto = \"patient\"\nfrom = \"PERSON\"\ntransform = \"reference\"\nstream = \"people\"\n\n"
        )
    };
    let visit = about("Encounter")
        + "[[field]]\nto = \"period_start\"\nfrom = \"START\"\ntransform = \"datetime\"\n\n[[field]]\nto = \"description\"\nfrom = \"REASON\"\n";
    folder.write("pack/mappings/visit.toml", visit);
    let paper = about("DocumentReference")
        + "[[field]]\nto = \"description\"\nfrom = \"TITLE\"\n\n[[field]]\nto = \"content\"\nfrom = \"FILE\"\ntransform = \"document\"\nunder = \"scans\"\n";
    folder.write("pack/mappings/paper.toml", paper);
}

/// `chartlift migrate` of SOURCE with the practice's pack, its store and its report folder.
fn migrate(folder: &Folder, source: &str) -> Output {
    migrate_with(folder, source, &["--connector", &folder.arg("pack")])
}

fn migrate_with(folder: &Folder, source: &str, more: &[&str]) -> Output {
    let (source, store, report) = (folder.arg(source), folder.arg("ehr.db"), folder.arg("report"));
    let mut args = vec!["migrate", &source, "--report", &report, "--as-of", "2026-01-01"];
    if !more.contains(&"--store") {
        args.extend(["--store", &store]);
    }
    args.extend(more);
    chartlift(&args)
}

fn lines_with<'a>(text: &'a str, start: &str) -> Vec<&'a str> {
    text.lines().filter(|line| line.trim_start().starts_with(start)).collect()
}

fn assert_quiet(output: &Output) {
    let said = format!("{}\n{}", output.stderr, output.stdout).to_lowercase();
    for canary in CANARIES {
        assert!(!said.contains(canary), "a value was printed: {canary}\n{}\n{}", output.stderr, output.stdout);
    }
    assert!(!said.contains("panicked") && !said.contains("internal error"), "{}", output.stderr);
    let control = said.chars().find(|c| c.is_control() && *c != '\n');
    assert_eq!(control, None, "a control character was printed: {said:?}");
}

/// The command stopped: with this exit code, one error that says all of `what`, and one hint that says all of `hints`.
#[track_caller]
fn assert_refused(output: &Output, code: i32, what: &[&str], hints: &[&str]) {
    assert_quiet(output);
    assert_eq!(output.code, code, "{}", output.stderr);
    let (errors, found_hints) = (lines_with(&output.stderr, "error:"), lines_with(&output.stderr, "hint:"));
    assert_eq!((errors.len(), found_hints.len()), (1, 1), "one error and one hint\n{}", output.stderr);
    let explained = output.stderr.split("hint:").next().unwrap_or_default();
    for text in what {
        assert!(explained.contains(text), "the error does not say {text:?}\n{}", output.stderr);
    }
    for text in hints {
        assert!(found_hints[0].contains(text), "the hint does not say {text:?}\n{}", output.stderr);
    }
}

/// The run was done: exit code 0, no error, and books that balance, which come back.
#[track_caller]
fn assert_done(folder: &Folder, output: &Output) -> Value {
    assert_quiet(output);
    assert_eq!(output.code, 0, "{}", output.stderr);
    assert!(lines_with(&output.stderr, "error:").is_empty(), "{}", output.stderr);
    let report = folder.json("report/report.json");
    assert_balanced(&report);
    let quarantined: u64 = streams(&report).map(|stream| number(stream, "quarantined")).sum();
    assert_eq!(quarantine(folder).len() as u64, quarantined, "one line of quarantine.csv for each quarantined record");
    report
}

fn streams(report: &Value) -> impl Iterator<Item = &Value> {
    report["streams"].as_array().into_iter().flatten()
}

fn number(value: &Value, name: &str) -> u64 {
    value[name].as_u64().unwrap_or_else(|| panic!("no number `{name}` in {value}"))
}

#[track_caller]
fn assert_balanced(report: &Value) {
    assert_eq!(report["balanced"], true);
    for stream in streams(report) {
        let sum = |value: &Value, names: &[&str]| names.iter().map(|name| number(value, name)).sum::<u64>();
        let fates = ["loaded", "updated", "unchanged", "linked", "duplicate", "quarantined", "archived"];
        assert_eq!(number(stream, "read"), sum(stream, &fates), "{stream}");
        let cells = &stream["cells"];
        let dispositions = ["mapped", "coded", "kept", "ignored", "failed", "quarantined", "unchanged"];
        assert_eq!(number(cells, "non_empty"), sum(cells, &dispositions), "{stream}");
    }
}

#[track_caller]
fn stream<'a>(report: &'a Value, name: &str) -> &'a Value {
    streams(report).find(|stream| stream["stream"] == name).unwrap_or_else(|| panic!("no stream `{name}` in {report}"))
}

/// Read, loaded, quarantined of a stream.
#[track_caller]
fn counts(report: &Value, name: &str) -> (u64, u64, u64) {
    let stream = stream(report, name);
    (number(stream, "read"), number(stream, "loaded"), number(stream, "quarantined"))
}

fn issue(report: &Value, code: &str) -> Option<(String, String, u64)> {
    let issue = report["issues"].as_array()?.iter().find(|issue| issue["code"] == code)?;
    Some((issue["stream"].as_str()?.into(), issue["column"].as_str()?.into(), issue["count"].as_u64()?))
}

fn issue_of(stream: &str, column: &str, count: u64) -> Option<(String, String, u64)> {
    Some((stream.into(), column.into(), count))
}

/// The lines of quarantine.csv after its header: file, row, key, column, reason_code, reason.
fn quarantine(folder: &Folder) -> Vec<Vec<String>> {
    let mut reader = csv::Reader::from_path(folder.path().join("report/quarantine.csv")).expect("quarantine.csv");
    let header: Vec<String> = reader.headers().expect("a header").iter().map(str::to_owned).collect();
    assert_eq!(header, ["file", "row", "key", "column", "reason_code", "reason"]);
    reader.records().map(|line| line.expect("a line").iter().map(str::to_owned).collect()).collect()
}

/// The first five cells of each line of quarantine.csv.
fn waiting(folder: &Folder) -> Vec<String> {
    quarantine(folder).iter().map(|line| line[..5].join(" ")).collect()
}

fn ask(folder: &Folder, sql: &str) -> Vec<String> {
    let store = rusqlite::Connection::open(folder.path().join("ehr.db")).expect("the store");
    let mut query = store.prepare(sql).expect("a query");
    let rows = query.query_map([], |row| row.get::<_, Option<String>>(0)).expect("rows");
    rows.map(|row| row.expect("a row").unwrap_or_default()).collect()
}

fn surnames(folder: &Folder) -> Vec<String> {
    ask(folder, "SELECT family_name FROM patient_identity ORDER BY source_key")
}

fn visible_in_trace(folder: &Folder, reference: &str) -> Value {
    let traced = chartlift(&["trace", reference, "--json", "--store", &folder.arg("ehr.db")]);
    assert_eq!(traced.code, 0, "{}", traced.stderr);
    serde_json::from_str(&traced.stdout).expect("JSON")
}

// What is there at all.

#[test]
fn a_sound_source_is_done() {
    let folder = practice();
    let report = assert_done(&folder, &migrate(&folder, "export"));
    assert_eq!(counts(&report, "people"), (3, 3, 0));
    assert_eq!(counts(&report, "visits"), (3, 3, 0));
}

#[test]
fn a_source_that_is_not_there() {
    let folder = practice();
    let output = migrate(&folder, "exprot");
    assert_refused(&output, 1, &["there is nothing at", "exprot"], &["check the path"]);
    assert!(!folder.path().join("ehr.db").exists(), "no store is made");
}

#[test]
fn an_error_leaves_the_report_of_the_run_before() {
    let folder = practice();
    folder.write("export/visits.csv", VISITS.replace("canaryv2,canary2", "canaryv2,canary9"));
    assert_done(&folder, &migrate(&folder, "export"));
    assert_eq!(waiting(&folder), ["visits.csv 2 canaryv2 PERSON orphan"]);
    assert_eq!(migrate(&folder, "exprot").code, 1);
    assert_eq!(
        waiting(&folder),
        ["visits.csv 2 canaryv2 PERSON orphan"],
        "a run that never was empties no quarantine.csv"
    );
    assert_eq!(folder.json("report/report.json")["run"]["id"], 1);
}

#[test]
fn a_folder_without_files() {
    let folder = practice();
    std::fs::create_dir(folder.path().join("empty")).expect("a folder");
    assert_refused(&migrate(&folder, "empty"), 1, &["holds no file", "empty"], &["folder"]);
}

#[cfg(unix)]
#[test]
fn a_source_that_is_a_device() {
    let folder = practice();
    let output =
        chartlift(&["migrate", "/dev/null", "--store", &folder.arg("ehr.db"), "--report", &folder.arg("report")]);
    assert_refused(&output, 1, &["/dev/null is neither"], &["name the folder"]);
}

#[test]
fn no_known_connector_shows_the_nearest_and_why() {
    let folder = practice();
    folder.write("strange/patients.csv", "Id,LAST,FIRST,BIRTHDATE\ncanary1,Canaryson,Anncanary,1961-04-30\n");
    folder.write(
        "strange/encounters.csv",
        "Id,START,STOP,PATIENT,CODE,DESCRIPTION,REASONCODE,REASONDESCRIPTION,ENCOUNTERCLASS\n",
    );
    let output = migrate_with(&folder, "strange", &[]);
    assert_refused(
        &output,
        1,
        &["no connector fits", "strange"],
        &["nearest is `synthea-csv`", "patients.csv has 4 of the", "--connector"],
    );
}

#[test]
fn a_file_of_the_right_name_is_near_even_if_its_columns_are_not() {
    let folder = practice();
    folder.write("strange/patients.csv", "Id,LAST,FIRST,BIRTHDATE\ncanary1,Canaryson,Anncanary,1961-04-30\n");
    let output = migrate_with(&folder, "strange", &[]);
    assert_refused(&output, 1, &["no connector fits"], &["`synthea-csv`", "patients.csv has 4 of the"]);
}

#[test]
fn nothing_near_says_how_to_name_a_connector() {
    let folder = practice();
    folder.write("strange/stock.csv", "PART,SHELF\ncanary,3\n");
    assert_refused(&migrate_with(&folder, "strange", &[]), 1, &["no connector fits"], &["--connector"]);
}

#[test]
fn a_tie_is_not_decided() {
    let folder = practice();
    let header_of = |file: &str| {
        let bytes = std::fs::read(crate::support::repository(file)).expect("a sample");
        String::from_utf8_lossy(&bytes).lines().next().unwrap_or_default().to_owned()
    };
    folder.write("both/a/patients.csv", header_of("connectors/synthea-csv/fixture/patients.csv"));
    folder.write("both/a/encounters.csv", header_of("connectors/synthea-csv/fixture/encounters.csv"));
    folder.write("both/b/PATIENTS.CSV", header_of("sample-data/oakfield/PATIENTS.CSV"));
    folder.write("both/b/VISITS.CSV", header_of("sample-data/oakfield/VISITS.CSV"));
    let output = migrate_with(&folder, "both", &[]);
    assert_refused(&output, 1, &["2 connectors fit", "synthea-csv", "oakfield"], &["--connector"]);
}

#[test]
fn an_unknown_connector_name() {
    let folder = practice();
    let output = migrate_with(&folder, "export", &["--connector", "sinthea-csv"]);
    assert_refused(&output, 1, &["no connector is called `sinthea-csv`"], &["`synthea-csv`"]);
    let output = migrate_with(&folder, "export", &["--connector", "zzzz"]);
    assert_refused(&output, 1, &["no connector is called `zzzz`"], &["connectors list"]);
}

#[test]
fn a_folder_that_is_no_connector() {
    let folder = practice();
    let output = migrate_with(&folder, "export", &["--connector", &folder.arg("export")]);
    assert_refused(&output, 1, &["export", "connector.toml"], &["connector"]);
}

#[test]
fn an_invalid_pack_shows_all_its_problems_at_once() {
    let folder = practice();
    let manifest = std::fs::read_to_string(folder.path().join("pack/connector.toml")).expect("the pack");
    folder.write(
        "pack/connector.toml",
        manifest.replace("key = [\"NO\"]\nmappings = [\"visit\"]", "repeats = \"sometimes\"\nmappings = [\"visits\"]"),
    );
    folder.write("pack/mappings/person.toml", "record = \"Patient\"\n\n[[field]]\nto = \"famly_name\"\nfrom = \"SURNAME\"\n\n[[field]]\nto = \"birth_date\"\nfrom = \"DOB\"\ntransform = \"dat\"\n");
    let output = migrate(&folder, "export");
    assert_refused(
        &output,
        1,
        &[
            "has 4 problems",
            "connector.toml:16: `repeats` is one of",
            "connector.toml:17: there is no mappings/visits.toml",
            "mappings/person.toml:3: ",
            "mappings/person.toml:7: ",
            "did you mean `family_name`?",
            "did you mean `date`?",
        ],
        &["connectors check"],
    );
    let checked = chartlift(&["connectors", "check", &folder.arg("pack")]);
    assert_eq!(checked.code, 1);
    assert_eq!(lines_with(&checked.stderr, "error:").len(), 1);
    assert!(checked.stderr.contains("has 4 problems"), "{}", checked.stderr);
}

#[test]
fn a_required_file_that_is_not_there() {
    let folder = practice();
    std::fs::remove_file(folder.path().join("export/people.csv")).expect("the file");
    let output = migrate(&folder, "export");
    assert_refused(&output, 1, &["`aviary`", "stream `people`", "people.csv"], &["complete"]);
}

#[cfg(unix)]
#[test]
fn a_required_file_that_is_a_link_is_told() {
    let folder = practice();
    std::fs::rename(folder.path().join("export/people.csv"), folder.path().join("people.csv")).expect("a move");
    std::os::unix::fs::symlink(folder.path().join("people.csv"), folder.path().join("export/people.csv"))
        .expect("a link");
    let output = migrate(&folder, "export");
    assert_refused(&output, 1, &["stream `people`"], &["link"]);
}

// Columns.

#[test]
fn a_renamed_column() {
    let folder = practice();
    folder.write("export/people.csv", PEOPLE.replace("SURNAME", "SURNAMES"));
    let output = migrate(&folder, "export");
    assert_refused(
        &output,
        1,
        &["people.csv", "column `SURNAME` is missing", "mappings/person.toml:3", "family_name"],
        &["did you mean `SURNAMES`"],
    );
    assert_eq!(ask(&folder, "SELECT name FROM sqlite_master WHERE name = 'run'").len(), 0, "nothing was changed");
}

#[test]
fn all_missing_columns_at_once() {
    let folder = practice();
    folder.write("export/people.csv", "ID,FIRST,CITY\ncanary1,Anncanary,Canarytown\n");
    let output = migrate(&folder, "export");
    assert_refused(
        &output,
        1,
        &["people.csv", "`SURNAME`", "mappings/person.toml:3", "`DOB`", "mappings/person.toml:11"],
        &["`also`", "`optional = true`"],
    );
}

#[test]
fn a_missing_key_column() {
    let folder = practice();
    folder.write("export/people.csv", PEOPLE.replace("ID,SUR", "IDX,SUR"));
    let output = migrate(&folder, "export");
    assert_refused(
        &output,
        1,
        &["people.csv", "`ID`", "connector.toml:10", "key of stream `people`"],
        &["did you mean `IDX`"],
    );
}

#[test]
fn a_file_without_a_header_is_not_read_aloud() {
    let folder = practice();
    folder.write("export/people.csv", PEOPLE.split_once('\n').map_or("", |(_, rows)| rows));
    let output = migrate(&folder, "export");
    assert_refused(&output, 1, &["people.csv", "`SURNAME`"], &["header"]);
}

#[test]
fn a_file_without_a_header_whose_first_row_repeats_a_value_is_not_read_aloud() {
    let folder = practice();
    folder.write("export/people.csv", "canary1,Canaryson,Canaryson,1961-04-30,Canarytown\n");
    assert_refused(&migrate(&folder, "export"), 1, &["people.csv", "columns 2 and 3"], &[""]);
}

#[test]
fn two_columns_of_one_name() {
    let folder = practice();
    folder.write("export/people.csv", PEOPLE.replace("SURNAME,FIRST", "SURNAME,SURNAME"));
    let output = migrate(&folder, "export");
    assert_refused(&output, 1, &["people.csv", "`SURNAME`", "columns 2 and 3"], &["rename"]);
}

#[test]
fn a_column_that_no_mapping_names_is_kept_and_an_optional_one_may_be_missing() {
    let folder = practice();
    folder.write("export/people.csv", PEOPLE.replace("CITY", "CANARYTOWN"));
    let report = assert_done(&folder, &migrate(&folder, "export"));
    let columns = stream(&report, "people")["columns"].as_array().expect("columns").clone();
    let kept = columns.iter().find(|column| column["column"] == "CANARYTOWN").expect("the column is named");
    assert_eq!(kept["cells"]["kept"], 3);
}

#[test]
fn a_header_alone() {
    let folder = practice();
    folder.write("export/people.csv", "ID,SURNAME,FIRST,DOB,CITY\n");
    folder.write("export/visits.csv", "NO,PERSON,START,REASON");
    let report = assert_done(&folder, &migrate(&folder, "export"));
    assert_eq!((counts(&report, "people"), counts(&report, "visits")), ((0, 0, 0), (0, 0, 0)));
}

#[test]
fn an_empty_file_that_is_required() {
    for nothing in [&b""[..], b"\r\n\n", b"\xef\xbb\xbf"] {
        let folder = practice();
        folder.write("export/people.csv", nothing);
        assert_refused(&migrate(&folder, "export"), 1, &["people.csv", "is empty", "`aviary`"], &["export it again"]);
    }
}

#[test]
fn an_empty_file_that_is_not_required() {
    let folder = practice();
    folder.write("export/visits.csv", "");
    let output = migrate(&folder, "export");
    let report = assert_done(&folder, &output);
    assert_eq!(counts(&report, "visits"), (0, 0, 0));
    assert!(output.stderr.contains("note: visits.csv is empty"), "{}", output.stderr);
}

// Bytes.

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

// Rows and cells.

#[test]
fn a_quote_that_is_never_closed() {
    let folder = practice();
    folder.write("export/visits.csv", VISITS.replace(",canary flew", ",\"canary flew"));
    folder.write("export/papers.csv", PAPERS.replace("Canary letter", "\"Canary letter"));
    let report = assert_done(&folder, &migrate(&folder, "export"));
    assert_eq!(counts(&report, "visits"), (3, 2, 1));
    assert_eq!(counts(&report, "papers"), (1, 0, 1));
    let mut waiting = waiting(&folder);
    waiting.sort();
    assert_eq!(waiting, ["papers.csv 1 canaryp1  quote_unbalanced", "visits.csv 3 canaryv3  quote_unbalanced"]);
    let reason = &quarantine(&folder).into_iter().find(|line| line[0] == "visits.csv").expect("a line")[5];
    let byte = VISITS.find("canaryv3").expect("the row");
    assert!(reason.contains(&format!("byte {byte}")), "{reason}");
    let shown = chartlift(&["quarantine", "list", "--store", &folder.arg("ehr.db"), "--json"]);
    let listed: Value = serde_json::from_str(&shown.stdout).expect("JSON");
    assert_eq!(listed.as_array().map(Vec::len), Some(2));
}

#[test]
fn a_quote_within_a_cell_is_text() {
    let folder = practice();
    folder.write("export/visits.csv", VISITS.replace("canary flew away", "6\" canary"));
    let report = assert_done(&folder, &migrate(&folder, "export"));
    assert_eq!(counts(&report, "visits"), (3, 3, 0));
}

#[test]
fn ragged_rows_wait_whole() {
    let folder = practice();
    let short = VISITS.replace("canaryv1,canary1,2020-01-02,cough of a canary", "canaryv1,canary1");
    folder.write("export/visits.csv", short.replace("2020-03-04,canary flew", "2020-03-04,canary,flew"));
    let report = assert_done(&folder, &migrate(&folder, "export"));
    assert_eq!(counts(&report, "visits"), (3, 1, 2));
    assert_eq!(waiting(&folder), ["visits.csv 1 canaryv1  row_ragged", "visits.csv 3 canaryv3  row_ragged"]);
    let reasons: Vec<String> = quarantine(&folder).into_iter().map(|mut line| line.remove(5)).collect();
    assert_eq!(reasons[0], "the row has 2 cells, the header has 4");
    assert_eq!(reasons[1], "the row has 5 cells, the header has 4");
    assert_eq!(stream(&report, "visits")["cells"]["quarantined"], 7);
    let again = assert_done(&folder, &migrate(&folder, "export"));
    assert_eq!(number(stream(&again, "visits"), "unchanged"), 1);
    assert_eq!(report["digest"]["after"], again["digest"]["after"]);
}

#[test]
fn one_key_with_different_content() {
    let folder = practice();
    folder.write("export/visits.csv", VISITS.replace("canaryv2,canary2", "canaryv1,canary2"));
    let report = assert_done(&folder, &migrate(&folder, "export"));
    assert_eq!(counts(&report, "visits"), (3, 2, 1));
    assert_eq!(waiting(&folder), ["visits.csv 2 canaryv1 NO key_conflict"]);
    let again = assert_done(&folder, &migrate(&folder, "export"));
    assert_eq!((number(stream(&again, "visits"), "updated"), number(stream(&again, "visits"), "unchanged")), (0, 2));
}

#[test]
fn a_cell_of_five_megabytes() {
    let folder = practice();
    let long = "canary ".repeat(5 << 20 >> 3) + &"x".repeat(5 << 20 >> 3);
    folder.write("export/visits.csv", VISITS.replace("canary flew away", &long));
    let report = assert_done(&folder, &migrate(&folder, "export"));
    assert_eq!(counts(&report, "visits"), (3, 3, 0));
    let charted = ask(&folder, "SELECT description FROM encounter ORDER BY length(description) DESC LIMIT 1");
    assert!(charted[0] == long, "the whole cell is in the chart: {} of {} bytes", charted[0].len(), long.len());
}

#[test]
fn a_header_of_too_many_columns() {
    let folder = practice();
    let header: Vec<String> = (0..20_000).map(|n| format!("C{n}")).collect();
    folder.write("export/people.csv", header.join(","));
    assert_refused(&migrate(&folder, "export"), 1, &["people.csv", "20000 columns"], &["delimiter"]);
}

// Links and documents.

#[cfg(unix)]
#[test]
fn links_are_not_followed_not_even_in_a_circle() {
    let folder = practice();
    std::os::unix::fs::symlink(folder.path().join("export"), folder.path().join("export/circle")).expect("a link");
    std::os::unix::fs::symlink(folder.path().join("nowhere"), folder.path().join("export/dangling")).expect("a link");
    let output = migrate(&folder, "export");
    let report = assert_done(&folder, &output);
    assert_eq!(counts(&report, "people"), (3, 3, 0));
    assert!(output.stderr.contains("note: 2 symbolic links in"), "{}", output.stderr);
}

#[cfg(unix)]
#[test]
fn a_document_outside_of_the_source_is_not_opened() {
    let absolute = "/etc/passwd";
    for named in ["../../outside-canary.txt", absolute, "..\\..\\outside-canary.txt", "C:\\outside-canary.txt"] {
        let folder = practice();
        folder.write("outside-canary.txt", "never to be read");
        folder.write("export/papers.csv", PAPERS.replace("canary-letter.txt", named));
        let report = assert_done(&folder, &migrate(&folder, "export"));
        assert_eq!(counts(&report, "papers"), (1, 1, 0), "{named}");
        assert_eq!(issue(&report, "document_outside"), issue_of("papers", "FILE", 1), "{named}");
        assert_eq!(ask(&folder, "SELECT document_id FROM document_content").len(), 0, "{named}");
    }
}

#[cfg(unix)]
#[test]
fn a_document_that_is_a_link_is_not_opened() {
    let folder = practice();
    let outside = folder.write("outside-canary.txt", "never to be read");
    folder.write("export/scans/other.txt", "canary");
    folder.write("export/papers.csv", PAPERS);
    std::os::unix::fs::symlink(outside, folder.path().join("export/scans/canary-letter.txt")).expect("a link");
    let report = assert_done(&folder, &migrate(&folder, "export"));
    assert_eq!(issue(&report, "document_missing"), issue_of("papers", "FILE", 1));
    assert_eq!(ask(&folder, "SELECT document_id FROM document_content").len(), 0);
}

#[test]
fn a_document_is_loaded_and_its_name_is_not_read_aloud() {
    // Both texts: one that is prose, one that could be taken for a table of its own.
    for text in ["Dear canary,\nall is well.\n", "canary\tweight\n2020-01-02\t17 g\n"] {
        let folder = practice();
        folder.write("export/scans/canary-letter.txt", text);
        folder.write("export/papers.csv", PAPERS);
        let report = assert_done(&folder, &migrate(&folder, "export"));
        assert_eq!(counts(&report, "papers"), (1, 1, 0), "{text}");
        assert_eq!(ask(&folder, "SELECT document_id FROM document_content").len(), 1, "{text}");
        assert_eq!(streams(&report).count(), 3, "the document is no stream of its own: {text}");
    }
}

// What is printed.

#[test]
fn names_are_inert_in_every_output() {
    let folder = practice();
    let (script, formula) = ("<script>alert('canary')</script>", "=cmd|' /C canary'!A0");
    let visits = format!(
        "NO,PERSON,START,REASON,<img src=x>\n{script},canary9,2020-01-02,x,y\n{formula},canary9,2020-01-02,x,y\n"
    );
    folder.write("export/visits.csv", visits);
    folder.write("export/<b>=1+1.csv", "=A,<i>\n=cmd|x,<script>1</script>\n");
    let report = assert_done(&folder, &migrate(&folder, "export"));
    assert_eq!(counts(&report, "visits"), (2, 0, 2));
    let page = std::fs::read_to_string(folder.path().join("report/report.html")).expect("report.html");
    for live in ["<script>alert", "<script>1", "<img src=x", "<b>=1", "<i>\n", "<i></"] {
        assert!(!page.contains(live), "report.html has {live}");
    }
    assert!(page.contains("&lt;script&gt;alert"), "the key is shown, escaped");
    let text = std::fs::read_to_string(folder.path().join("report/quarantine.csv")).expect("quarantine.csv");
    for line in quarantine(&folder) {
        assert!(line.iter().all(|cell| !cell.starts_with(['=', '+', '-', '@', '\t', '\r'])), "{text}");
    }
    assert_eq!(quarantine(&folder)[1][2], format!("'{formula}"));
    let shown = chartlift(&["quarantine", "show", "1", "--store", &folder.arg("ehr.db")]);
    assert!(!shown.stdout.contains('\u{1b}'));
}

#[test]
fn a_terminal_obeys_no_name() {
    let folder = practice();
    folder.write("export/\u{1b}[31mred\u{7}.csv", "A,B\n1,2\n");
    assert_done(&folder, &migrate(&folder, "export"));
    let folder = practice();
    folder.write("export/people.csv", PEOPLE.replace("SURNAME", "SUR\u{1b}]0;x\u{7}NAME"));
    assert_refused(&migrate(&folder, "export"), 1, &["people.csv", "`SURNAME`"], &[""]);
}
