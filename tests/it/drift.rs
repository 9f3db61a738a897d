//! Columns that change between two runs: named, and by policy kept, refused or held back.

use crate::small::write_pack;
use crate::support::{Folder, Output, chartlift};

fn policy(folder: &Folder, drift: &str) {
    write_pack(folder);
    let manifest = std::fs::read_to_string(folder.path().join("pack/connector.toml")).expect("a pack");
    let with = manifest.replace("name = \"visits\"\n", &format!("name = \"visits\"\ndrift = \"{drift}\"\n"));
    assert_ne!(manifest, with);
    folder.write("pack/connector.toml", with);
}

const PEOPLE: &str = "id,family,given,born,phone\n1,Fairweather,Ann,1950-02-03,555-0101\n";

fn first(folder: &Folder) {
    folder.write("s/people.csv", PEOPLE);
    let rows: String = (1..=6).map(|n| format!("{n},1,2020-01-0{n},6{n},note {n}\n")).collect();
    folder.write("s/visits.csv", format!("id,person,day,pulse,remark\n{rows}"));
    folder.write("s/allergies.csv", "person,substance,status\n1,latex,active\n");
    assert_eq!(migrate(folder, &[]).code, 0);
}

/// The same visits with another column, one of them changed, and a new one.
fn second(folder: &Folder) {
    let rows: String = (1..=7).map(|n| format!("{n},1,2020-01-0{n},6{n},note {n},\n")).collect();
    folder.write(
        "s/visits.csv",
        format!("id,person,day,pulse,remark,room\n{}", rows.replace("63,note 3,", "99,note 3,B")),
    );
}

fn migrate(folder: &Folder, more: &[&str]) -> Output {
    let (source, pack) = (folder.arg("s"), folder.arg("pack"));
    let (store, report) = (folder.arg("ehr.db"), folder.arg("report"));
    let args =
        ["migrate", &source, "--connector", &pack, "--store", &store, "--report", &report, "--as-of", "2026-06-01"];
    chartlift(&[&args[..], more].concat())
}

/// Unchanged, updated, loaded, quarantined.
fn visits(folder: &Folder) -> [u64; 4] {
    let report = folder.json("report/report.json");
    let streams = report["streams"].as_array().expect("streams").clone();
    let stream = streams.into_iter().find(|stream| stream["stream"] == "visits").expect("visits");
    ["unchanged", "updated", "loaded", "quarantined"].map(|fate| stream[fate].as_u64().unwrap_or_default())
}

#[test]
fn what_evolves_is_kept_and_told() {
    let folder = Folder::new();
    policy(&folder, "evolve");
    first(&folder);
    second(&folder);
    let output = migrate(&folder, &[]);
    assert_eq!(output.code, 0, "{}", output.stderr);
    assert!(output.stderr.contains("visits.csv: column `room` is new"), "{}", output.stderr);
    assert_eq!(visits(&folder), [5, 1, 1, 0]);
    let again = migrate(&folder, &[]);
    assert!(!again.stderr.contains("is new"), "it is told once: {}", again.stderr);
}

#[test]
fn what_is_frozen_stops_before_anything_is_written() {
    let folder = Folder::new();
    policy(&folder, "freeze");
    first(&folder);
    let digest = || chartlift(&["store", "digest", "--store", &folder.arg("ehr.db")]).stdout;
    let before = digest();
    second(&folder);
    let stopped = migrate(&folder, &[]);
    assert_eq!(stopped.code, 1);
    let said = "visits.csv changed since the last run, and its connector says to stop then: column `room` is new";
    assert!(stopped.stderr.contains(said) && stopped.stderr.contains("--accept-drift visits"), "{}", stopped.stderr);
    assert_eq!(digest(), before);
    let runs = chartlift(&["store", "info", "--json", "--store", &folder.arg("ehr.db")]).stdout;
    assert!(!runs.contains("running"), "no run was begun: {runs}");
    let accepted = migrate(&folder, &["--accept-drift", "visits"]);
    assert_eq!(accepted.code, 0, "{}", accepted.stderr);
    assert_eq!(visits(&folder), [5, 1, 1, 0]);
    assert_eq!(migrate(&folder, &[]).code, 0, "what was taken in once is no change any more");
}

#[test]
fn what_is_held_back_waits_until_somebody_answers() {
    for answer in ["flag", "connector"] {
        let folder = Folder::new();
        policy(&folder, "quarantine");
        first(&folder);
        second(&folder);
        for _ in 0..2 {
            let held = migrate(&folder, &[]);
            assert_eq!(held.code, 0, "{}", held.stderr);
            assert!(held.stderr.contains("new and changed records wait in quarantine"), "{}", held.stderr);
            assert_eq!(visits(&folder), [5, 0, 0, 2], "it does not get used to it");
        }
        let quarantined = std::fs::read_to_string(folder.path().join("report/quarantine.csv")).expect("a file");
        assert_eq!(quarantined.matches("layout_changed").count(), 2, "{quarantined}");
        let pulse = |store: &str| {
            let store = rusqlite::Connection::open(folder.path().join(store)).expect("a store");
            let sql = "SELECT group_concat(value_quantity) FROM (SELECT value_quantity FROM observation ORDER BY 1)";
            store.query_row(sql, [], |row| row.get::<_, String>(0)).expect("observations")
        };
        assert_eq!(pulse("ehr.db"), "61.0,62.0,63.0,64.0,65.0,66.0", "a held record does not change the chart");
        let output = if answer == "flag" {
            migrate(&folder, &["--accept-drift", "visits"])
        } else {
            let manifest = std::fs::read_to_string(folder.path().join("pack/connector.toml")).expect("a pack");
            let ignored = "drift = \"quarantine\"\nignore = [{ columns = [\"room\"], reason = \"no matter\" }]\n";
            folder.write("pack/connector.toml", manifest.replace("drift = \"quarantine\"\n", ignored));
            migrate(&folder, &[])
        };
        assert_eq!(output.code, 0, "{}", output.stderr);
        assert_eq!(visits(&folder)[3], 0, "{answer}: {}", output.stdout);
        assert_eq!(pulse("ehr.db"), "61.0,62.0,64.0,65.0,66.0,67.0,99.0");
    }
}

#[test]
fn a_file_of_sources_may_say_otherwise() {
    let folder = Folder::new();
    policy(&folder, "evolve");
    first(&folder);
    second(&folder);
    let config = |drift: &str| {
        let text = format!(
            "store = \"ehr.db\"\nreport = \"report\"\n[[source]]\npath = \"s\"\nconnector = \"pack\"\n[source.drift]\nvisits = \"{drift}\"\n"
        );
        folder.write("c.toml", text);
        chartlift(&["migrate", "--config", &folder.arg("c.toml"), "--as-of", "2026-06-01"])
    };
    let wrong = config("melt");
    assert!(wrong.code == 2 && wrong.stderr.contains("c.toml:7: `drift` is one of"), "{}", wrong.stderr);
    let frozen = config("freeze");
    assert!(frozen.code == 1 && frozen.stderr.contains("column `room` is new"), "{}", frozen.stderr);
    assert_eq!(config("evolve").code, 0);
}

#[test]
fn other_values_and_names_are_told() {
    let folder = Folder::new();
    policy(&folder, "evolve");
    first(&folder);
    let rows: String = (1..=6).map(|n| format!("{n},1,2020-01-0{n},6{n},{n}\n")).collect();
    folder.write("s/visits.csv", format!("id,person,day,pulse,remark\n{rows}"));
    let numbers = migrate(&folder, &[]);
    assert!(numbers.stderr.contains("visits.csv: column `remark` had text and has numbers"), "{}", numbers.stderr);
    folder.write("s/visits.csv", format!("id,person,day,pulse,remarks\n{rows}"));
    let renamed = migrate(&folder, &[]);
    let said = "visits.csv: column `remark` is gone, and `remarks` may be its new name";
    assert!(renamed.stderr.contains(said), "{}", renamed.stderr);
    // A file with a day in its name is compared with the one before it.
    policy(&folder, "evolve");
    let manifest = std::fs::read_to_string(folder.path().join("pack/connector.toml")).expect("a pack");
    folder.write("pack/connector.toml", manifest.replace("[\"visits.csv\"]", "[\"visits*.csv\"]"));
    std::fs::remove_file(folder.path().join("s/visits.csv")).expect("a file");
    folder.write("s/visits-2026-06-02.csv", format!("id,person,day,pulse,remarks,bed\n{}", rows.replace('\n', ",\n")));
    let dated = migrate(&folder, &[]);
    assert!(dated.stderr.contains("column `bed` is new"), "{}", dated.stderr);
}

#[test]
fn several_files_with_a_day_in_their_names_are_watched_too() {
    let folder = Folder::new();
    policy(&folder, "freeze");
    let manifest = std::fs::read_to_string(folder.path().join("pack/connector.toml")).expect("a pack");
    folder.write("pack/connector.toml", manifest.replace("[\"visits.csv\"]", "[\"visits*.csv\"]"));
    folder.write("s/people.csv", PEOPLE);
    folder.write("s/allergies.csv", "person,substance,status\n");
    let night = |day: u32, header: &str, more: &str| {
        for part in ["a", "b"] {
            let rows: String = (1..=6).map(|n| format!("{part}{day}{n},1,2020-01-0{n},6{n}{more}\n")).collect();
            folder.write(&format!("s/visits-{part}-{day}.csv"), format!("id,person,day,pulse{header}\n{rows}"));
            let _ = std::fs::remove_file(folder.path().join(format!("s/visits-{part}-{}.csv", day - 1)));
        }
    };
    night(1, "", "");
    assert_eq!(migrate(&folder, &[]).code, 0);
    night(2, "", "");
    assert_eq!(migrate(&folder, &[]).code, 0);
    night(3, ",room", ",1");
    let stopped = migrate(&folder, &[]);
    assert!(stopped.code == 1 && stopped.stderr.contains("column `room` is new"), "{}", stopped.stderr);
    let unknown = migrate(&folder, &["--accept-drift", "visist"]);
    assert!(unknown.code == 1 && unknown.stderr.contains("no stream `visist`"), "{}", unknown.stderr);
}
