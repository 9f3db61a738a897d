//! Sources that are not there, not whole, or nobody's; and connectors that are none.

use super::*;

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

#[test]
fn a_store_and_a_report_inside_the_source_are_no_source() {
    let folder = practice();
    let (store, report) = (folder.arg("export/ehr.db"), folder.arg("export/chartlift-report"));
    let run = || {
        let (source, pack) = (folder.arg("export"), folder.arg("pack"));
        let output = chartlift(&["migrate", &source, "--connector", &pack, "--store", &store, "--report", &report]);
        assert_quiet(&output);
        assert_eq!(output.code, 0, "{}", output.stderr);
        folder.json("export/chartlift-report/report.json")
    };
    let (first, second) = (run(), run());
    assert_eq!(streams(&second).count(), 2, "the export's own streams: {second}");
    assert_eq!(first["digest"]["after"], second["digest"]["after"]);
}
