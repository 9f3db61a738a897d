//! Bad input, end to end: one clear message with the position and what to do, an exit code by the table, no panic, no cell's
//! value on standard error; and where the run goes on, books that balance.
//!
//! Every value of the sources below holds the word `canary` (or is one of [`CANARIES`]), so that one that leaks is found.

use serde_json::Value;

use crate::support::{Folder, Output, chartlift};

mod archives;
mod columns;
mod encodings;
mod sources;
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
