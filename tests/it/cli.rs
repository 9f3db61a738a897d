//! What people read: help, tables, traces and errors, as snapshots; exit codes; who may read what is written.
//!
//! A snapshot that should change: `INSTA_UPDATE=always cargo test --test it cli` writes those in `snapshots/` anew.

use insta::assert_snapshot;
use serde_json::Value;

use crate::support::{Folder, Output, chartlift, repository};

/// The older layout's fixture of the Synthea connector in a store: repeats, an orphan, everything else sound.
fn small_store() -> Folder {
    let folder = Folder::new();
    let output = migrate(&folder, "connectors/synthea-csv/fixture-old", &[]);
    assert_eq!(output.code, 0, "{}", output.stderr);
    folder
}

fn migrate(folder: &Folder, source: &str, more: &[&str]) -> Output {
    let (source, store, report) =
        (repository(source).display().to_string(), folder.store("ehr.db"), folder.arg("report"));
    let args = ["migrate", &source, "--store", &store, "--report", &report, "--as-of", "2026-01-01"];
    chartlift(&[&args, more].concat())
}

/// Runs a command on the small store; it must succeed.
#[track_caller]
fn ask(folder: &Folder, args: &[&str]) -> String {
    let output = chartlift(&[args, &["--store", &folder.store("ehr.db")]].concat());
    assert_eq!((output.code, output.stderr.as_str()), (0, ""), "{args:?}");
    output.stdout
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

/// `text` with what stands between `start` and `end` replaced, wherever that is.
fn redacted(text: &str, start: &str, end: &str, by: &str) -> String {
    let mut parts = text.split(start);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.find(end).map_or("", |at| &part[at..]);
        out.push_str(&format!("{start}{by}{rest}"));
    }
    out
}

/// The closing table without its clock and its folder.
fn without_clock(text: &str) -> String {
    redacted(&redacted(text, "read in ", "\n", "[time]"), "report: ", "\n", "[page]")
}

#[test]
fn help_of_every_command() {
    let mut text = String::new();
    let mut queue = vec![Vec::new()];
    while let Some(command) = queue.pop() {
        let args: Vec<&str> = command.iter().map(String::as_str).chain(["--help"]).collect();
        let output = chartlift(&args);
        assert_eq!((output.code, output.stderr.as_str()), (0, ""), "{args:?}");
        let lines: Vec<&str> = output.stdout.lines().map(str::trim_end).collect();
        text.push_str(&format!("$ chartlift {}\n{}\n\n", args.join(" "), lines.join("\n")));
        let commands =
            lines.iter().skip_while(|line| **line != "Commands:").skip(1).take_while(|line| !line.is_empty());
        // A name is indented by two, a wrapped text by more.
        let names = commands.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
        let names: Vec<&str> = names.filter_map(|line| line.split_whitespace().next()).collect();
        for name in names.into_iter().rev().filter(|name| *name != "help") {
            queue.push([command.clone(), vec![name.to_owned()]].concat());
        }
    }
    assert_snapshot!("help", text);
}

#[test]
fn the_version_is_the_package_s() {
    assert_eq!(chartlift(&["--version"]).stdout, format!("chartlift {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn wrong_usage_is_two() {
    let source = repository("connectors/synthea-csv/fixture-old").display().to_string();
    for (args, says) in [
        (&[][..], "Usage: chartlift <COMMAND>"),
        (&["serve"], "unrecognized subcommand 'serve'"),
        (&["undo"], "<RUN>"),
        (&["migrate"], "no source is named, and there is no chartlift.toml"),
        (&["migrate", &source, "--threads", "0"], "--threads is at least 1"),
        (&["migrate", &source, "--threads", "many"], "invalid value 'many'"),
        (&["migrate", &source, "--as-of", "2026-02-30"], "--as-of is no day"),
        (&["migrate", &source, "--as-of", "2026-02"], "--as-of is no day"),
        (&["migrate", &source, "--stoer", "x"], "a similar argument exists: '--store'"),
        (&["quarantine"], "Usage: chartlift quarantine <COMMAND>"),
        (&["quarantine", "show", "first"], "invalid value 'first'"),
        (&["report"], "<RUN>"),
        (&["connectors", "show"], "<NAME|DIR>"),
        (&["connectors", "test", "synthea-csv", "--update"], "--update needs the pack's folder"),
        (&["generate"], "<FOLDER>"),
    ] {
        let output = chartlift(args);
        assert_eq!(output.code, 2, "{args:?}\n{}", output.stderr);
        assert!(output.stderr.contains(says) && output.stdout.is_empty(), "{args:?}\n{}", output.stderr);
    }
    let folder = small_store();
    let output = chartlift(&["trace", "patients", "--store", &folder.store("ehr.db")]);
    assert_eq!(output.code, 2);
    assert_snapshot!(output.stderr, @r"
    error: the reference has no `:` and there is no --row
      hint: write TABLE:ID, STREAM:KEY, or STREAM --row N
    ");
}

#[test]
fn the_sample_practice_closes_with_a_table() {
    let folder = Folder::new();
    let output = migrate(&folder, "sample-data/oakfield", &[]);
    assert_eq!(output.code, 0, "{}", output.stderr);
    assert_snapshot!("closing_table", without_clock(&output.stdout));
    assert_snapshot!(output.stderr, @r"
    note: file 16 (6083cdaa): the connector does not know this table; its records are kept, none is charted; the report names it
    reading the source
    comparing with the store
    matching patients
    making indexes
    ");
    assert_snapshot!("quarantine_list", ask(&folder, &["quarantine", "list"]));
}

#[test]
fn a_second_run_and_a_dry_run() {
    let folder = small_store();
    let before = ask(&folder, &["store", "digest"]);
    let again = migrate(&folder, "connectors/synthea-csv/fixture-old", &[]);
    assert_snapshot!(without_clock(&again.stdout), @r"
    stream         read  unchanged  duplicate  quarantined  balanced
    patients          6          6          -            -  yes
    allergies         2          2          -            -  yes
    encounters        6          6          -            -  yes
    conditions        5          3          1            1  yes
    medications       2          2          -            -  yes
    careplans         2          2          -            -  yes
    procedures        2          2          -            -  yes
    immunizations     2          2          -            -  yes
    observations      3          3          -            -  yes
    all              30         28          1            1  yes

    patients: 6 people from 6 registrations; 0 pairs to review
    issues: orphan 1
    the books balance: 30 records read in [time]
    report: [page]
    ");
    let dry = migrate(&folder, "connectors/synthea-csv/fixture", &["--dry-run"]);
    assert_eq!(dry.code, 0, "{}", dry.stderr);
    assert!(dry.stdout.contains("; dry run, nothing was kept"), "{}", dry.stdout);
    assert_eq!(ask(&folder, &["store", "digest"]), before);
    assert_eq!(json(&ask(&folder, &["store", "info", "--json"]))["runs"].as_array().map(Vec::len), Some(2));
}

#[test]
fn json_is_one_object_and_nothing_else() {
    let folder = Folder::new();
    let output = migrate(&folder, "connectors/synthea-csv/fixture-old", &["--json"]);
    assert_eq!((output.code, output.stderr.as_str()), (0, ""));
    assert_eq!(output.stdout.lines().count(), 1);
    assert_eq!(json(&output.stdout), folder.json("report/report.json"));
}

#[test]
fn the_connectors() {
    assert_snapshot!(chartlift(&["connectors", "list"]).stdout, @r"
    ccda                     1.0.0    C-CDA and CDA R2 documents
    fhir-r4                  1.0.0    FHIR R4: Bundles, resources and bulk exports (NDJSON)
    generic-clinic           1.0.0    A clinic's own workbook or CSV files
    hl7v2                    1.0.0    HL7 v2 messages (2.1 to 2.8)
    oakfield                 1.0.0    Oakfield Practice Manager export
    openemr                  1.0.0    OpenEMR database
    openmrs                  1.0.0    OpenMRS Platform database
    oscar                    1.0.0    OSCAR EMR 19 (Canada)
    paper                    1.0.0    Paper charts
    smart-sample-patients    1.0.0    SMART sample patients
    synthea-csv              1.0.0    Synthea CSV export
    ");
    let listed = json(&chartlift(&["connectors", "list", "--json"]).stdout);
    let ids: Vec<&str> = listed.as_array().expect("a list").iter().filter_map(|pack| pack["id"].as_str()).collect();
    assert_eq!(
        ids,
        [
            "ccda",
            "fhir-r4",
            "generic-clinic",
            "hl7v2",
            "oakfield",
            "openemr",
            "openmrs",
            "oscar",
            "paper",
            "smart-sample-patients",
            "synthea-csv"
        ]
    );

    let shown = chartlift(&["connectors", "show", "oakfield"]).stdout;
    let notes = std::fs::read_to_string(repository("connectors/oakfield/NOTES.md")).expect("notes");
    let shown = shown.strip_suffix(&notes).expect("the notes come last");
    assert_snapshot!("connectors_show", redacted(shown, "\nhash ", "\n", "[hash]"));

    let checked = chartlift(&["connectors", "check", "synthea-csv"]);
    assert_eq!((checked.code, checked.stderr.as_str()), (0, ""));
    assert_snapshot!(checked.stdout, @r"
    note: fixture/patients.csv:1: column `INCOME` has values (6 here) that no mapping takes and no `ignore` names: they are kept
    note: fixture/payers.csv:1: column `OWNERSHIP` has values (3 here) that no mapping takes and no `ignore` names: they are kept
    note: fixture/encounters.csv:1: column `PAYER` has values (10 here) that no mapping takes and no `ignore` names: they are kept
    synthea-csv: 19 streams, no problems, 3 notes
    ");
}

#[test]
fn an_invalid_connector_with_all_its_problems() {
    let folder = Folder::new();
    folder.write(
        "pack/connector.toml",
        "format = 2\nid = \"My Pack\"\nname = \"mine\"\nversion = \"1\"\n\n[[stream]]\nname = \"people\"\nfiles = [\"p.csv\"]\n\
         repeats = \"often\"\nencoding = \"ebcdic\"\ndelimiter = \"||\"\nmappings = [\"person\", \"visit\"]\n",
    );
    folder.write("pack/mappings/person.toml", "record = \"Person\"\n");
    folder.write("pack/codes/sex.csv", "from,to\nM,male\n");
    let output = chartlift(&["connectors", "check", &folder.arg("pack")]);
    assert_eq!((output.code, output.stdout.as_str()), (1, ""));
    assert_snapshot!(output.stderr.replace(&folder.arg("pack"), "[folder]"), @r"
    error: the connector in [folder] has 8 problems
      codes/sex.csv:1: the header does not begin `source,target`
      connector.toml:1: this program knows `format = 1`
      connector.toml:2: `id` has lower-case letters, digits and hyphens only
      connector.toml:9: `repeats` is one of duplicate, last, newest, separate, distinct
      connector.toml:10: no encoding has this name; try `windows-1252` or `utf-8`
      connector.toml:11: `delimiter` is one ASCII character
      connector.toml:12: there is no mappings/visit.toml
      mappings/person.toml:1: no chart record is called `Person`
      hint: mend these; connectors/README.md has the vocabulary
    ");

    folder.write("pack/connector.toml", "format = 1\nid = \"mine\"\nname = \n");
    let output = chartlift(&["connectors", "check", &folder.arg("pack")]);
    assert_eq!(output.code, 1);
    assert_snapshot!(output.stderr.replace(&folder.arg("pack"), "[folder]"), @r"
    error: the connector in [folder] has 2 problems
      connector.toml:3: string values must be quoted, expected literal string
      codes/sex.csv:1: the header does not begin `source,target`
      hint: mend these; connectors/README.md has the vocabulary
    ");
}

#[test]
fn unknown_names_are_not_found() {
    let folder = small_store();
    let store = folder.store("ehr.db");
    let said = |args: &[&str]| {
        let output = chartlift(args);
        assert_eq!((output.code, output.stdout.as_str()), (1, ""), "{args:?}");
        output.stderr
    };
    assert_snapshot!(said(&["connectors", "show", "oakfeld"]), @r"
    error: no connector is called `oakfeld`
      hint: did you mean `oakfield`?
    ");
    assert_snapshot!(said(&["quarantine", "show", "1", "--store", &store]), @r"
    error: no record 1 waits in quarantine
      hint: `chartlift quarantine list` shows what waits
    ");
    assert_snapshot!(said(&["report", "9", "--store", &store]), @r"
    error: there is no run 9
      hint: `chartlift store info` lists the runs
    ");
    assert_snapshot!(said(&["trace", "patients:nobody", "--store", &store]), @r"
    error: nothing in the store has this reference
      hint: write TABLE:ID, STREAM:KEY, or STREAM --row N; `chartlift store info` lists tables
    ");
}

#[test]
fn quarantine_shows_what_waits_and_why() {
    let folder = small_store();
    assert_snapshot!(ask(&folder, &["quarantine", "list"]), @r"
          19  orphan              conditions.csv row 5 (byte 541), column `PATIENT`
    1 records wait; `chartlift quarantine show ID` prints one
    ");
    assert_snapshot!(ask(&folder, &["quarantine", "list", "--reason", "row_ragged"]), @r"0 records wait; `chartlift quarantine show ID` prints one");
    let listed = json(&ask(&folder, &["quarantine", "list", "--json"]));
    let id = listed[0]["id"].to_string();
    assert_snapshot!(ask(&folder, &["quarantine", "show", &id]), @r"
    conditions.csv row 5 (byte 541), stream conditions of synthea-csv
    orphan: the patient of this record is not there; it waits in quarantine and loads by itself when the patient arrives

      START                    2014-01-01
      STOP                     
    > PATIENT                  2d2371e3-28cd-5576-ba80-b9a3db640b54
      ENCOUNTER                529632f6-e7db-5050-b948-4ef547cce1c3
      CODE                     15777000
      DESCRIPTION              Prediabetes
    ");
    let shown = json(&ask(&folder, &["quarantine", "show", &id, "--json"]));
    assert_snapshot!("quarantine_show_json", serde_json::to_string_pretty(&shown).expect("JSON"));
}

#[test]
fn trace_leads_back_and_forth() {
    let folder = small_store();
    let forward = ask(&folder, &["trace", "conditions", "--row", "1"]);
    assert_snapshot!("trace", forward);
    let traced = json(&ask(&folder, &["trace", "conditions", "--row", "1", "--json"]));
    assert_snapshot!("trace_json", serde_json::to_string_pretty(&traced).expect("JSON"));
    let chart = traced[0]["chart"][0].as_str().expect("a chart row");
    assert!(chart.starts_with("condition:"), "{chart}");
    assert_eq!(ask(&folder, &["trace", chart]), forward, "from the chart row one comes to the same record");

    let patient = json(&ask(&folder, &["trace", "patients", "--row", "1", "--json"]));
    let key = format!("patients:{}", patient[0]["cells"][0][1].as_str().expect("its key"));
    assert_eq!(json(&ask(&folder, &["trace", &key, "--json"])), patient, "by its key one comes to the same record");
    let key = ["START", "PATIENT", "ENCOUNTER", "CODE"].map(|column| {
        let cells = traced[0]["cells"].as_array().expect("cells");
        cells.iter().find(|cell| cell[0] == column).and_then(|cell| cell[1].as_str()).expect("a key's cell").to_owned()
    });
    assert_eq!(ask(&folder, &["trace", &format!("conditions:{}", key.join("|"))]), forward);

    let waiting = json(&ask(&folder, &["trace", "conditions", "--row", "5", "--json"]));
    assert_eq!((&waiting[0]["fate"], &waiting[0]["reason"]), (&"quarantined".into(), &"orphan".into()));
    assert_eq!(waiting[0]["chart"].as_array().map(Vec::len), Some(0));
    assert!(ask(&folder, &["trace", "conditions", "--row", "5"]).ends_with("no chart row\n"));
}

#[test]
fn every_chart_row_traces_to_its_source_record_and_back() {
    let folder = small_store();
    for table in
        ["patient", "patient_identity", "encounter", "allergy_intolerance", "observation", "medication_request"]
    {
        let id = folder.sql("ehr.db").text(&format!("SELECT max(id) FROM {table}"));
        let reference = format!("{table}:{id}");
        let traced = json(&ask(&folder, &["trace", &reference, "--json"]));
        let chart = traced[0]["chart"].as_array().expect("chart rows");
        assert!(chart.contains(&reference.as_str().into()), "{reference}: {traced}");
    }
}

#[test]
fn store_info_and_digest() {
    let folder = small_store();
    let info = ask(&folder, &["store", "info"]).replace(&folder.place("ehr.db").to_string(), "[store]");
    let info = redacted(&redacted(&info, "in quarantine\n", " bytes in all", "[n]"), "done        ", "\n", "[times]");
    let info = redacted(&redacted(&info, "of them\n", " the records", "[n]"), "compressed (", " bytes each", "[n]");
    let info = redacted(
        &redacted(&info, "compressed ([n] bytes each)\n", " the ledger", "[n]"),
        "to them (",
        " bytes each",
        "[n]",
    );
    let info = redacted(&info, "to them ([n] bytes each)\n", " what rows were", "[n]");
    assert_snapshot!("store_info", info);
    let value = json(&ask(&folder, &["store", "info", "--json"]));
    let names: Vec<&String> = value.as_object().expect("an object").keys().collect();
    assert_snapshot!(format!("{names:?}"), @r#"["format", "identities", "patients", "review", "source_records", "quarantined", "payload_bytes", "file_bytes", "lineage_bytes", "incomplete", "chart", "runs"]"#);
    let digest = ask(&folder, &["store", "digest"]);
    assert_eq!(digest.trim_end().len(), 64);
    let report = folder.json("report/report.json");
    assert_eq!(report["digest"]["after"], digest.trim_end());
    let counted = json(&ask(&folder, &["store", "digest", "--json"]));
    assert_eq!(
        counted,
        serde_json::json!({ "digest": digest.trim_end(), "kept": digest.trim_end(), "equal": true, "damages": [] })
    );
    assert_snapshot!(ask(&folder, &["store", "migrate"]), @r"the store has format 8, the newest this program knows; nothing to do");
}

#[test]
fn a_store_that_something_else_changed_does_not_balance() {
    let folder = small_store();
    folder.sql("ehr.db").execute("UPDATE condition SET code = 'changed' WHERE id = (SELECT min(id) FROM condition)");
    let output = chartlift(&["store", "digest", "--store", &folder.store("ehr.db")]);
    assert_eq!(output.code, 4);
    assert_snapshot!(output.stderr, @r"
    error: the store does not hold what its runs wrote
      hint: something else changed this store, or its disk is damaged
    ");
}

#[test]
fn the_report_is_written_again_as_it_was() {
    let folder = small_store();
    let again = folder.arg("again");
    let said = ask(&folder, &["report", "1", "--report", &again]);
    assert_eq!(said, format!("report of run 1: {again}/report.html\n"));
    for name in ["report.json", "quarantine.csv", "report.html"] {
        let read = |at: &str| std::fs::read_to_string(folder.path().join(at).join(name)).expect("a file of the report");
        assert_eq!(read("report"), read("again"), "{name}");
    }
}

#[cfg(unix)]
#[test]
fn only_the_owner_may_read_what_is_written() {
    use std::os::unix::fs::PermissionsExt;

    let folder = small_store();
    ask(&folder, &["report", "1", "--report", &folder.arg("deep/again")]);
    let mut found = 0;
    let mut folders = vec![folder.path().to_owned()];
    while let Some(path) = folders.pop() {
        for entry in std::fs::read_dir(path).expect("a folder") {
            let entry = entry.expect("an entry");
            let mode = entry.metadata().expect("its rights").permissions().mode() & 0o777;
            let name = entry.path().display().to_string();
            if entry.path().is_dir() {
                assert_eq!(mode, 0o700, "{name}");
                folders.push(entry.path());
            } else {
                assert_eq!(mode, 0o600, "{name}");
                found += 1;
            }
        }
    }
    let of_store = if crate::stores::server().is_some() { 0 } else { 2 };
    assert!(found >= of_store + 5, "store, lock and two reports: {found}");
}

#[test]
fn generate_says_what_it_wrote() {
    let folder = Folder::new();
    let output = chartlift(&["generate", &folder.arg("practice"), "--patients", "20", "--seed", "7"]);
    assert_eq!((output.code, output.stderr.as_str()), (0, ""));
    assert_snapshot!(output.stdout.replace(&folder.path().display().to_string(), "[folder]"), @r"291 rows in 21 files (40,383 bytes) in [folder]/practice; the truth about them is in [folder]/practice-truth");
    let again = chartlift(&["generate", &folder.arg("practice"), "--patients", "20"]);
    assert_eq!(again.code, 1);
    assert_snapshot!(again.stderr.replace(&folder.path().display().to_string(), "[folder]"), @r"
    error: folder `[folder]/practice` is not empty; nothing was written
      hint: name a folder that is not there yet
    ");
}
