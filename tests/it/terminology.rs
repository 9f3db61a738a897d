//! Codes on their way into the chart: translated by the tables that ship, held against those that a site brings.

use serde_json::Value;

use crate::support::{Folder, chartlift};

const PACK: &str = r#"
format = 1
id = "codes"
name = "codes"
version = "1"
[[stream]]
name = "people"
files = ["people.csv"]
key = ["id"]
mappings = ["person"]
[[stream]]
name = "problems"
files = ["problems.csv"]
key = ["id"]
mappings = ["problem"]
[[stream]]
name = "labs"
files = ["labs.csv"]
key = ["id"]
mappings = ["lab"]
"#;

const PERSON: &str = r#"
record = "Patient"
[[field]]
to = "family_name"
from = "family"
[[field]]
to = "birth_date"
from = "born"
transform = "date"
"#;

const PATIENT: &str = r#"
[[field]]
to = "patient"
from = "person"
transform = "reference"
stream = "people"
"#;

const PROBLEM: &str = r#"
[[field]]
to = "code"
from = "code"
transform = "code"
system = "http://hl7.org/fhir/sid/icd-9-cm"
display_from = "title"
translate = "icd-10-cm"
"#;

const LAB: &str = r#"
[[field]]
to = "code"
from = "code"
transform = "code"
system = "http://loinc.org"
[[field]]
to = "value"
from = "result"
transform = "result"
"#;

fn practice() -> Folder {
    let folder = Folder::new();
    folder.write("pack/connector.toml", PACK);
    folder.write("pack/mappings/person.toml", PERSON);
    folder.write("pack/mappings/problem.toml", format!("record = \"Condition\"{PATIENT}{PROBLEM}"));
    folder.write("pack/mappings/lab.toml", format!("record = \"Observation\"{PATIENT}{LAB}"));
    folder.write("source/people.csv", "id,family,born\n1,Larkspur,1960-02-03\n");
    folder.write(
        "source/problems.csv",
        "id,person,code,title\n1,1,250.00,DMII wo cmp nt st uncntr\n2,1,340,Multiple sclerosis\n\
         3,1,649.51,Spotting-delivered\n4,1,365.70,Glaucoma stage NOS\n",
    );
    folder.write("source/labs.csv", "id,person,code,result\n1,1,8867-4,72\n2,1,2339-0,99\n3,1,718-7,13.1\n");
    folder.write(
        "tables/loinc.csv",
        "LOINC_NUM,LONG_COMMON_NAME,STATUS\n8867-4,Heart rate,ACTIVE\n2339-0,Glucose [Mass/volume] in Blood,DEPRECATED\n",
    );
    folder
}

fn migrate(folder: &Folder, more: &[&str]) -> Value {
    let (source, pack, store) = (folder.arg("source"), folder.arg("pack"), folder.arg("ehr.db"));
    let args = ["migrate", &source, "--connector", &pack, "--store", &store, "--as-of", "2026-01-01", "--json"];
    let output = chartlift(&[&args, more].concat());
    assert_eq!(output.code, 0, "{}", output.stderr);
    serde_json::from_str(&output.stdout).expect("a report")
}

fn issues(report: &Value) -> Vec<(String, u64)> {
    let of = |issue: &Value| Some((issue["code"].as_str()?.to_owned(), issue["count"].as_u64()?));
    report["issues"].as_array().into_iter().flatten().filter_map(of).collect()
}

fn rows(folder: &Folder, sql: &str) -> Vec<[Option<String>; 4]> {
    let store = rusqlite::Connection::open(folder.path().join("ehr.db")).expect("a store");
    let mut found = store.prepare(sql).expect("a query");
    let row = |row: &rusqlite::Row<'_>| Ok([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?]);
    found.query_map([], row).expect("rows").map(|row| row.expect("a row")).collect()
}

fn told(code: &str, count: u64) -> (String, u64) {
    (code.to_owned(), count)
}

#[test]
fn diagnoses_are_translated_and_what_is_open_is_told() {
    let folder = practice();
    let report = migrate(&folder, &[]);
    assert_eq!(issues(&report), [told("code_map_ambiguous", 1), told("code_map_inexact", 2), told("code_no_map", 1)]);
    let codes = rows(&folder, "SELECT code, code_display, code_original, code_text FROM condition ORDER BY code");
    let codes: Vec<[&str; 4]> =
        codes.iter().map(|row| [0, 1, 2, 3].map(|at: usize| row[at].as_deref().unwrap_or_default())).collect();
    assert_eq!(
        codes,
        [
            ["365.70", "Glaucoma stage NOS", "", ""],
            ["649.51", "Spotting-delivered", "", ""],
            ["E11.9", "Type 2 diabetes mellitus without complications", "250.00", "DMII wo cmp nt st uncntr"],
            ["G35", "Multiple sclerosis", "340", "Multiple sclerosis"],
        ]
    );
}

#[test]
fn a_site_s_tables_fill_displays_and_tell_what_is_not_in_them() {
    let folder = practice();
    let without = migrate(&folder, &[]);
    let displays = |folder: &Folder| {
        let rows = rows(folder, "SELECT code, code_display, NULL, NULL FROM observation ORDER BY code");
        rows.into_iter().map(|[code, display, ..]| (code.unwrap_or_default(), display)).collect::<Vec<_>>()
    };
    assert!(displays(&folder).iter().all(|(_, display)| display.is_none()));
    let tables = folder.arg("tables");
    let with = migrate(&folder, &["--terminology", &tables]);
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(
        displays(&folder),
        [
            ("2339-0".to_owned(), text("Glucose [Mass/volume] in Blood")),
            ("718-7".to_owned(), None),
            ("8867-4".to_owned(), text("Heart rate")),
        ]
    );
    // What is not in use there, and what is not there at all, stay as they are; a record that does not change is not told of again.
    let afresh = practice();
    let anew = migrate(&afresh, &["--terminology", &tables]);
    assert!(issues(&anew).contains(&told("code_unknown", 2)), "{:?}", issues(&anew));
    assert_eq!(anew["digest"]["after"], with["digest"]["after"]);
    assert_ne!(without["digest"]["after"], with["digest"]["after"]);
    let again = migrate(&folder, &["--terminology", &tables]);
    assert_eq!(again["digest"]["before"], again["digest"]["after"]);
    assert_eq!(again["digest"]["after"], with["digest"]["after"]);
}

#[test]
fn a_wrong_table_stops_the_run_before_anything_is_written() {
    let folder = practice();
    folder.write("tables/loinc.csv", "code,display\n8867-4,Heart rate\n,nothing\n");
    let (source, pack, store, tables) =
        (folder.arg("source"), folder.arg("pack"), folder.arg("ehr.db"), folder.arg("tables"));
    let args = ["migrate", &source, "--connector", &pack, "--store", &store, "--terminology", &tables];
    let output = chartlift(&args);
    let said = output.stderr;
    assert_eq!(output.code, 1, "{said}");
    assert!(said.contains("loinc.csv:3: has no code") && said.contains("hint: --terminology"), "{said}");
}

#[test]
fn a_draft_over_a_connector_adds_only_new_codes() {
    let folder = Folder::new();
    folder.write(
        "source/people.csv",
        "id,first_name,last_name,dob,sex\n1,Ann,Lark,1960-02-03,F\n2,Ben,Roe,1961-02-03,M\n3,Cy,Fen,1962-02-03,M\n",
    );
    let (source, pack) = (folder.arg("source"), folder.arg("pack"));
    let draft = || {
        let output = chartlift(&["inspect", &source, "--draft", &pack]);
        assert_eq!(output.code, 0, "{}", output.stderr);
        output.stdout
    };
    draft();
    let map = std::fs::read_dir(folder.path().join("pack/codes"))
        .expect("code maps")
        .map(|entry| entry.expect("an entry").path())
        .next()
        .expect("a code map");
    let decided = "source,target,status,author,reviewer\nF,female,approved,rw,Dr. Lane\nM,male,approved,rw,Dr. Lane\n";
    std::fs::write(&map, decided).expect("a file");
    let manifest = std::fs::read(folder.path().join("pack/connector.toml")).expect("a file");
    folder.write("source/people.csv", "id,first_name,last_name,dob,sex\n1,Ann,Lark,1960-02-03,F\n2,Ben,Roe,1961-02-03,M\n3,Cy,Fen,1962-02-03,M\n4,Di,Oak,1963-02-03,U\n");
    let said = draft();
    assert!(said.contains("1 new codes in 1 of 1 code maps, 0 of them open"), "{said}");
    assert_eq!(std::fs::read_to_string(&map).expect("a file"), format!("{decided}U,unknown,draft,,\n"));
    assert_eq!(std::fs::read(folder.path().join("pack/connector.toml")).expect("a file"), manifest);
    assert!(draft().contains("0 new codes"));
    let checked = chartlift(&["connectors", "check", &pack]);
    assert!(checked.stdout.contains("1 line is not approved yet"), "{}", checked.stdout);
}
