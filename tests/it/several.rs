//! Several sources in one run: one ledger, one report, the same store as one after the other.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::small::{Source, write_pack};
use crate::support::{Folder, Output, chartlift};

/// Two practices that share a person, and a third source with papers of the first one's people.
fn sources(folder: &Folder) {
    write_pack(folder);
    let ann = "1,Fairweather,Ann,1950-02-03,555-0101";
    let north = Source {
        people: vec![ann.into(), "2,Brook,Bob,1961-04-05,555-0102".into()],
        visits: vec!["1,1,2020-01-01,60".into(), "2,2,2020-01-02,70".into()],
        allergies: vec!["1,penicillin,active".into()],
    };
    let south = Source {
        people: vec!["71,Fairweather,Ann,1950-02-03,555-0101".into(), "72,Stone,Cy,1970-06-07,555-0103".into()],
        visits: vec!["1,71,2021-01-01,61".into(), "2,99,2021-01-02,71".into()],
        allergies: vec!["72,latex,active".into()],
    };
    north.write(folder, "north");
    south.write(folder, "south");
    folder.write("north/printer.cfg", "printer=lp0\n");
    folder.write("scans/letters.csv", "person,file\n1,one.txt\n2,two.txt\n9,three.txt\n");
    for (name, text) in [("one", "about one"), ("two", "about two"), ("three", "about three"), ("stray", "stray")] {
        folder.write(&format!("scans/{name}.txt"), text);
    }
    folder.write(
        "scans-pack/connector.toml",
        "format = 1\nid = \"scans\"\nname = \"scans\"\nversion = \"1\"\nelsewhere = [\"people\"]\n[[stream]]\nname = \"letters\"\nfiles = [\"letters.csv\"]\nmappings = [\"letter\"]\n",
    );
    folder.write(
        "scans-pack/mappings/letter.toml",
        "record = \"DocumentReference\"\n[[field]]\nto = \"patient\"\nfrom = \"person\"\ntransform = \"reference\"\nstream = \"people\"\n\
         [[field]]\nto = \"content\"\nfrom = \"file\"\ntransform = \"document\"\n",
    );
}

fn source(path: &str, pack: &str, system: &str) -> String {
    format!("[[source]]\npath = \"{path}\"\nconnector = \"{pack}\"\nsystem = \"{system}\"\n")
}

fn config(folder: &Folder, name: &str, listed: &[(&str, &str, &str)]) {
    let listed: String = listed.iter().map(|(path, pack, system)| source(path, pack, system)).collect();
    folder.write(name, format!("store = \"{name}.db\"\nreport = \"{name}-report\"\n{listed}"));
}

const ALL: [(&str, &str, &str); 3] =
    [("north", "pack", "north"), ("scans", "scans-pack", "north"), ("south", "pack", "south")];

fn migrate(folder: &Folder, name: &str) -> Output {
    let output = chartlift(&["migrate", "--config", &folder.arg(name), "--as-of", "2026-06-01"]);
    assert_eq!(output.code, 0, "{}{}", output.stdout, output.stderr);
    output
}

fn report(folder: &Folder, name: &str) -> serde_json::Value {
    folder.json(&format!("{name}-report/report.json"))
}

fn stream<'a>(report: &'a serde_json::Value, name: &str) -> &'a serde_json::Value {
    let streams = report["streams"].as_array().expect("streams");
    streams.iter().find(|stream| stream["stream"] == name).unwrap_or_else(|| panic!("no stream {name}: {streams:?}"))
}

fn digest(folder: &Folder, name: &str) -> String {
    let store = folder.arg(&format!("{name}.db"));
    let output = chartlift(&["store", "digest", "--store", &store]);
    assert_eq!(output.code, 0, "{}{}", output.stdout, output.stderr);
    output.stdout
}

#[test]
fn one_run_is_one_ledger() {
    let folder = Folder::new();
    sources(&folder);
    config(&folder, "all", &ALL);
    let output = migrate(&folder, "all");
    let first = report(&folder, "all");
    assert_eq!(first["balanced"], true);
    assert_eq!(first["run"]["system"], serde_json::json!(["north", "north", "south"]), "{}", output.stdout);
    assert_eq!(first["run"]["connector"], serde_json::json!(["small", "scans", "small"]));
    assert_eq!(first["run"]["source"].as_array().map(Vec::len), Some(3));
    let fates = |name: &str| {
        let stream = stream(&first, name);
        ["read", "loaded", "linked", "quarantined", "archived"].map(|fate| stream[fate].as_u64().unwrap_or_default())
    };
    // Ann is one person in both practices.
    assert_eq!(fates("north/people"), [2, 2, 0, 0, 0]);
    assert_eq!(fates("south/people"), [2, 1, 1, 0, 0]);
    assert_eq!(fates("south/visits"), [2, 1, 0, 1, 0]);
    // The letters are of people whom another source of the same system brings.
    assert_eq!(fates("north/letters"), [3, 2, 0, 1, 0]);
    // Files of both sources of a system are one stream.
    assert_eq!(fates("north/files"), [2, 0, 0, 0, 2]);
    assert_eq!((first["patients"]["identities"].as_u64(), first["patients"]["patients"].as_u64()), (Some(4), Some(3)));
    let quarantined = std::fs::read_to_string(folder.path().join("all-report/quarantine.csv")).expect("a file");
    assert!(quarantined.contains("south/visits.csv,2,"), "{quarantined}");
    let page = std::fs::read_to_string(folder.path().join("all-report/report.html")).expect("a page");
    assert!(page.contains("small, scans, small"), "{}", &page[page.len() - 3000..]);
    assert!(page.contains("letters"));

    migrate(&folder, "all");
    let again = report(&folder, "all");
    assert_eq!(
        (&again["digest"]["before"], &again["digest"]["after"]),
        (&first["digest"]["after"], &first["digest"]["after"])
    );
    for stream in again["streams"].as_array().expect("streams") {
        assert_eq!(stream["loaded"].as_u64().unwrap_or(0) + stream["updated"].as_u64().unwrap_or(0), 0, "{stream}");
    }
    let store = folder.arg("all.db");
    let undone = chartlift(&["undo", "1", "--with-dependents", "--store", &store]);
    assert_eq!(undone.code, 0, "{}", undone.stderr);
    assert!(digest(&folder, "all").contains(first["digest"]["before"].as_str().expect("a digest")));
}

#[test]
fn one_run_of_all_ends_as_one_run_of_each_in_any_order() {
    let folder = Folder::new();
    sources(&folder);
    let mut digests = Vec::new();
    for (name, order) in [("abc", [0, 1, 2]), ("cba", [2, 1, 0]), ("bca", [1, 2, 0])] {
        config(&folder, name, &order.map(|at| ALL[at]));
        migrate(&folder, name);
        digests.push(digest(&folder, name));
    }
    // One at a time; letters that come first wait for their people until their source is read again.
    for (name, order) in [("each", &[0, 1, 2][..]), ("other", &[1, 2, 0, 1])] {
        for at in order.iter().copied() {
            config(&folder, name, &[ALL[at]]);
            migrate(&folder, name);
        }
        digests.push(digest(&folder, name));
    }
    digests.dedup();
    assert_eq!(digests.len(), 1, "{digests:?}");
}

#[test]
fn an_orphan_of_one_source_is_replayed_when_another_brings_the_patient() {
    let folder = Folder::new();
    sources(&folder);
    config(&folder, "night", &ALL[1..2]);
    migrate(&folder, "night");
    config(&folder, "night", &ALL);
    migrate(&folder, "night");
    let second = report(&folder, "night");
    let fates = |fate: &str| stream(&second, "north/letters")[fate].as_u64();
    assert_eq!((fates("loaded"), fates("quarantined"), fates("read")), (Some(2), Some(1), Some(3)));
}

#[test]
fn killed_at_any_instant_a_run_of_several_goes_on() {
    let folder = Folder::new();
    sources(&folder);
    config(&folder, "whole", &ALL);
    let began = Instant::now();
    migrate(&folder, "whole");
    let whole = began.elapsed();
    let expected = digest(&folder, "whole");
    for kill in 0..8 {
        let name = format!("kill{kill}");
        config(&folder, &name, &ALL);
        let mut command = Command::new(env!("CARGO_BIN_EXE_chartlift"));
        command
            .args(["migrate", "--config", &folder.arg(&name), "--as-of", "2026-06-01"])
            .env_remove("CHARTLIFT_STORE");
        let quiet = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut running = quiet.spawn().expect("the program starts");
        std::thread::sleep(whole.mul_f64(f64::from(kill) / 8.0).max(Duration::from_millis(1)));
        running.kill().expect("a child");
        running.wait().expect("a child");
        let store = folder.arg(&format!("{name}.db"));
        if kill == 4 {
            // Another file of sources is another run.
            let file = std::fs::read_to_string(folder.path().join(&name)).expect("a file");
            folder.write(&name, format!("{file}# edited\n"));
            let refused = chartlift(&["resume", "--store", &store]);
            let why = &refused.stderr;
            assert!(refused.code == 2 && why.contains("was changed since run") || refused.code == 1, "{why}");
            folder.write(&name, file);
        }
        let resumed = chartlift(&["resume", "--store", &store]);
        if resumed.code != 0 {
            // It had not begun, or was done.
            let why = &resumed.stderr;
            assert!(["was cut off", "no store", "there is no"].iter().any(|known| why.contains(known)), "{why}");
            migrate(&folder, &name);
        }
        assert_eq!(digest(&folder, &name), expected, "{name}");
        let run = report(&folder, &name);
        assert_eq!(run["balanced"], true, "{name}");
    }
}

#[test]
fn a_file_of_sources_that_is_wrong_is_told_where() {
    let folder = Folder::new();
    sources(&folder);
    let told = |text: &str| {
        folder.write("wrong.toml", text);
        let output = chartlift(&["migrate", "--config", &folder.arg("wrong.toml")]);
        (output.code, output.stderr.replace(&folder.path().display().to_string(), "DIR"))
    };
    let cases = [
        ("store = \"x.db\"\n", 2, "wrong.toml:1: there is no [[source]]"),
        ("[[source]]\npath = \"a\"\nurl = \"mysql://h/d\"\n", 2, "wrong.toml:1: a source has either `path` or `url`"),
        ("\n[[source]]\npath = \"a\"\ncolour = \"red\"\n", 2, "wrong.toml:4: unknown field `colour`"),
        ("[[source]]\npath = \"a\"\nsystem = \"no good\"\n", 2, "wrong.toml:1: this is no name of a source system"),
        ("[[source]]\npath = \n", 2, "wrong.toml:2:"),
    ];
    for (text, code, expected) in cases {
        let (found, stderr) = told(text);
        assert!(found == code && stderr.contains(expected), "{expected}: {found} {stderr}");
    }
    let twice = source("north", "pack", "one") + &source("south", "pack", "one");
    let (code, stderr) = told(&twice);
    assert!(code == 1 && stderr.contains("two sources of system `one` both have a stream `people`"), "{stderr}");
    assert!(!folder.path().join("ehr.db").exists());
    let output = chartlift(&["migrate", "--config", &folder.arg("nowhere.toml")]);
    assert!(output.code == 2 && output.stderr.contains("no source is named, and there is no"), "{}", output.stderr);
    let output = chartlift(&["migrate", &folder.arg("north"), &folder.arg("south"), "--system", "x"]);
    assert!(output.code == 2 && output.stderr.contains("for one source"), "{}", output.stderr);
}
