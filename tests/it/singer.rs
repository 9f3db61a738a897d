//! Sources that a program reads for us, by the Singer protocol.

use std::path::Path;
use std::process::Command;

use crate::small::{recounted, write_pack};
use crate::support::{Folder, Output, chartlift};

/// The small pack, whose source is a tap.
fn write_tap_pack(folder: &Folder, tap: &str) {
    write_pack(folder);
    let manifest = std::fs::read_to_string(folder.path().join("pack/connector.toml")).expect("a manifest");
    let head = "version = \"1\"\n";
    let manifest = manifest.replace(head, &format!("{head}[tap]\n{tap}\n")).replace(".csv", "");
    folder
        .write("pack/connector.toml", manifest.replace("name = \"people\"\n", "name = \"people\"\nrequired = true\n"));
}

fn migrate(folder: &Folder, store: &str, more: &[&str]) -> Output {
    migrate_from(folder, &folder.arg("s"), store, more)
}

/// With something in the environment.
fn migrate_knowing(folder: &Folder, source: &str, store: &str, known: &[(&str, &str)]) -> Output {
    let (pack, report, store) = (folder.arg("pack"), folder.arg("r"), folder.store(store));
    let output = Command::new(env!("CARGO_BIN_EXE_chartlift"))
        .args(["migrate", source, "--connector", &pack, "--store", &store, "--report", &report])
        .args(["--as-of", "2026-06-01"])
        .envs(known.iter().copied())
        .output()
        .expect("the program starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Output { code: output.status.code().unwrap_or(-1), stdout: text(&output.stdout), stderr: text(&output.stderr) }
}

fn migrate_from(folder: &Folder, source: &str, store: &str, more: &[&str]) -> Output {
    let (pack, report, store) = (folder.arg("pack"), folder.arg("r"), folder.store(store));
    let args =
        ["migrate", source, "--connector", &pack, "--store", &store, "--report", &report, "--as-of", "2026-06-01"];
    chartlift(&[&args[..], more].concat())
}

fn charts(folder: &Folder, store: &str) -> Vec<String> {
    let store = chartlift::store::EhrStore::open(&folder.place(store)).expect("a store");
    let records = chartlift::model::RecordType::ALL.iter();
    records.map(|record| store.dump(*record).expect("rows")).collect()
}

const MESSAGES: &str = r#"{"type": "SCHEMA", "stream": "people", "key_properties": ["id"], "schema": {"type": "object", "properties": {"id": {"type": "integer"}, "name": {"type": ["null", "object"], "properties": {"family": {"type": "string"}, "given": {}}}, "born": {"type": ["null", "string"], "format": "date-time"}, "phone": {"type": ["null", "string"]}, "tags": {"type": "array"}}}}
{"type": "RECORD", "stream": "people", "record": {"id": 1, "name": {"family": "Quimby", "given": "Otto \"O\""}, "born": "1931-07-08", "phone": null, "tags": ["a", "b"]}, "time_extracted": "2026-01-01T00:00:00Z"}
{"type": "STATE", "value": {"people": 1}}
{"type": "SCHEMA", "stream": "visits", "key_properties": ["no"], "schema": {"properties": {"id": {}, "person": {}, "day": {}, "pulse": true}}}

{"type": "RECORD", "stream": "visits", "record": {"id": 7, "person": 1, "day": "2020-01-01", "pulse": 60.5}}
{"type": "RECORD", "stream": "people", "record": {"id": 2, "name": {"family": "Long", "given": "Li"}, "born": "1961-04-09"}}
{"type": "RECORD", "stream": "people", "record": {"id": 3, "name": null, "born": null}}
{"type": "ACTIVATE_VERSION", "stream": "people", "version": 1}
{"type": "SCHEMA", "stream": "drugs", "key_properties": [], "schema": {"properties": {"name": {}}}}
{"type": "RECORD", "stream": "drugs", "record": {"name": "Aspirin"}}
"#;

/// The small pack's person is named within an object here.
fn name_within(folder: &Folder) {
    let path = folder.path().join("pack/mappings/person.toml");
    let mapping = std::fs::read_to_string(&path).expect("a mapping");
    let within = mapping
        .replace("from = \"family\"", "from = \"name.family\"")
        .replace("from = \"given\"", "from = \"name.given\"");
    std::fs::write(path, within).expect("a mapping");
}

#[test]
fn what_a_tap_writes_loads_as_the_same_rows_in_text_do() {
    let folder = Folder::new();
    write_pack(&folder);
    folder.write(
        "t/people.csv",
        "id,family,given,born,phone\n1,Quimby,\"Otto \"\"O\"\"\",1931-07-08,\n2,Long,Li,1961-04-09,\n3,,,,\n",
    );
    folder.write("t/visits.csv", "id,person,day,pulse\n7,1,2020-01-01,60.5\n");
    let usual = migrate_from(&folder, &folder.arg("t"), "t.db", &[]);
    assert_eq!(usual.code, 0, "{}", usual.stderr);
    write_tap_pack(&folder, "command = [\"bin/tap.sh\", \"a b\", \"$HOME;*\"]\nconfig = \"config.json\"");
    name_within(&folder);
    // It runs in SOURCE, without a shell between, and says how it was asked.
    let script = "#!/bin/sh\nprintf '%s|' \"$PWD\" \"$@\" > asked\nenv >> asked\necho Canary >&2\ncat messages\n";
    let tap = folder.write("pack/bin/tap.sh", script);
    executable(&tap);
    folder.write("s/messages", MESSAGES);
    folder.write("s/config.json", "{\"password\": \"zqvxov\"}");
    let done = migrate_knowing(&folder, &folder.arg("s"), "s.db", &[("CHARTLIFT_SOURCE_PASSWORD", "zqvxov-secret")]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    assert!(!done.stderr.contains("Canary"), "{}", done.stderr);
    assert!(done.stderr.contains("visits: the source's key is `no`, the connector's `id`"), "{}", done.stderr);
    assert_eq!(charts(&folder, "s.db"), charts(&folder, "t.db"));
    let asked = std::fs::read_to_string(folder.path().join("s/asked")).expect("what was asked");
    let source = std::fs::canonicalize(folder.path().join("s")).expect("a folder").display().to_string();
    assert!(asked.starts_with(&format!("{source}|a b|$HOME;*|--config|{source}/config.json|")), "{asked}");
    assert!(!asked.contains("zqvxov-secret"), "our secrets are none of its business: {asked}");
    // Secrets and other files of the folder are no source.
    let report = folder.json("r/report.json");
    let streams: Vec<(&str, u64)> = report["streams"]
        .as_array()
        .expect("streams")
        .iter()
        .map(|stream| (stream["stream"].as_str().unwrap_or_default(), stream["read"].as_u64().unwrap_or_default()))
        .collect();
    assert_eq!(streams, [("people", 3), ("visits", 1), ("drugs", 1)]);
    let traced = chartlift(&["trace", "people", "--row", "1", "--json", "--store", &folder.store("s.db")]);
    assert!(traced.stdout.contains(r#"["tags.1","b"]"#), "{}", traced.stdout);
    // The same again, and what it wrote once, from a file: nothing is run for that.
    std::fs::remove_file(tap).expect("a program");
    let saved = migrate_from(&folder, &folder.arg("s/messages"), "s.db", &[]);
    assert_eq!(saved.code, 0, "{}", saved.stderr);
    let digest = &folder.json("r/report.json")["digest"];
    assert_eq!(digest["before"], digest["after"]);
    let (kept, counted) = recounted(&folder, "s.db");
    assert_eq!(kept, counted);
    // Neither is anything where the connector is only looked at.
    folder.write("pack/fixture/tap.jsonl", MESSAGES);
    let checked = chartlift(&["connectors", "check", &folder.arg("pack")]);
    assert_eq!(checked.code, 0, "{}", checked.stderr);
    let shown = chartlift(&["connectors", "show", &folder.arg("pack")]);
    assert!(shown.stdout.contains("\nruns in SOURCE: bin/tap.sh a b $HOME;*\n"), "{}", shown.stdout);
}

fn executable(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).expect("a program");
}

#[test]
fn a_tap_that_fails_changes_nothing() {
    let folder = Folder::new();
    write_tap_pack(&folder, "command = [\"sh\", \"tap.sh\"]");
    name_within(&folder);
    let record = r#"{"type": "RECORD", "stream": "people", "record": {"id": "Canary"}}"#;
    let schema = MESSAGES.lines().next().expect("a line");
    let cat = |lines: &[&str]| format!("cat <<'EOF'\n{}\nEOF\n", lines.join("\n"));
    let mut said = String::new();
    for script in [
        cat(&[schema, record]) + "echo Canary >&2\nexit 3\n",
        cat(&[schema, record]) + "kill -9 $$\n",
        cat(&[schema, "Canary: reading people", record]),
        cat(&[record, schema]),
        cat(&[schema, "", "[1, 2]"]),
        cat(&[schema, r#"{"type": "Canary"}"#]),
        cat(&[schema, r#"{"type": "RECORD", "stream": "people", "record": "Canary"}"#]),
        cat(&[schema, r#"{"type": "RECORD", "stream": "people", "record": {"a.b": "Canary", "a": {"b": 2}}}"#]),
        cat(&[r#"{"type": "SCHEMA", "stream": "people", "schema": "Canary"}"#]),
        cat(&[r#"{"type": "BATCH", "stream": "people", "manifest": []}"#]),
        cat(&[r#"{"type": "SCHEMA", "stream": "visits", "schema": {"properties": {"id": {}}}}"#]),
        "exit 0\n".into(),
        // Nobody waits for a tap that goes on for ever behind what is no message.
        "yes Canary\n".into(),
    ] {
        folder.write("s/tap.sh", script);
        let refused = migrate(&folder, "x.db", &[]);
        assert!(!folder.path().join("x.db").exists(), "{}", refused.stderr);
        assert!(!refused.stderr.contains("Canary"), "{}", refused.stderr);
        let error = refused.stderr.lines().next().unwrap_or_default().replace(&folder.arg("s"), "SOURCE");
        said.push_str(&format!("{}: {error}\n", refused.code));
    }
    insta::assert_snapshot!(said, @"
    1: error: the tap `sh` ended with exit code 3
    1: error: the tap `sh` was stopped by a signal
    1: error: line 2 of what the tap `sh` writes is no message that can be taken: it is no JSON object, or not of its form
    1: error: line 1 of what the tap `sh` writes is no message that can be taken: it is a RECORD of a stream whose SCHEMA has not come
    1: error: line 3 of what the tap `sh` writes is no message that can be taken: it is no JSON object, or not of its form
    1: error: line 2 of what the tap `sh` writes is no message that can be taken: its `type` is none that Singer has
    1: error: line 2 of what the tap `sh` writes is no message that can be taken: its `record` is no object
    1: error: line 2 of what the tap `sh` writes is no message that can be taken: two values of its `record` have one path
    1: error: line 1 of what the tap `sh` writes is no message that can be taken: its `schema` is none
    1: error: line 1 of what the tap `sh` writes is no message that can be taken: it is a BATCH: have the tap write RECORDs
    1: error: connector `small` needs a file for its stream `people` (people), and SOURCE has none
    1: error: SOURCE holds no table that can be read
    1: error: line 1 of what the tap `sh` writes is no message that can be taken: it is no JSON object, or not of its form
    ");
}

#[test]
fn a_tap_that_cannot_be_run_is_told() {
    let folder = Folder::new();
    let mut said = String::new();
    folder.write("secret.json", "{}");
    folder.write("s/empty", "");
    std::os::unix::fs::symlink(folder.path().join("secret.json"), folder.path().join("s/link.json")).expect("a link");
    for (tap, source) in [
        ("command = [\"no-such-tap-zqvxov\"]", "s"),
        ("command = [\"bin/none.sh\"]", "s"),
        ("command = [\"true\"]\nconfig = \"none.json\"", "s"),
        ("command = [\"true\"]\ncatalog = \"link.json\"", "s"),
        ("command = [\"true\"]", "nowhere"),
        ("command = []", "s"),
        ("command = [\"../tap.sh\"]", "s"),
        ("command = [\"true\"]\nconfig = \"../secret.json\"", "s"),
        ("command = [\"true\"]\nconfig = \"/etc/passwd\"", "s"),
    ] {
        write_tap_pack(&folder, tap);
        let refused = migrate_from(&folder, &folder.arg(source), "x.db", &[]);
        assert!(!folder.path().join("x.db").exists(), "{}", refused.stderr);
        said.push_str(&format!("{}: {}", refused.code, refused.stderr.replace(&folder.arg(""), "")));
    }
    insta::assert_snapshot!(said, @r#"
    1: error: the tap `no-such-tap-zqvxov` cannot be run
      caused by: No such file or directory (os error 2)
      hint: is it installed, and may this user run it? the connector names it under [tap]; nothing was changed
    1: error: the tap `none.sh` cannot be run
      caused by: No such file or directory (os error 2)
      hint: is it installed, and may this user run it? the connector names it under [tap]; nothing was changed
    1: error: the tap's file `none.json` is not in SOURCE
      hint: put it there; links do not lead out of SOURCE; nothing was changed
    1: error: the tap's file `link.json` is not in SOURCE
      hint: put it there; links do not lead out of SOURCE; nothing was changed
    1: error: there is nothing at nowhere
      hint: check the path; SOURCE is a folder, a zip archive or a file
    1: error: the connector in pack has 1 problem
      connector.toml:6: `command` of [tap] is a program and its arguments: ["tap-name", "--option"]
      hint: `chartlift connectors check DIR` lists everything at once
    1: error: the connector in pack has 1 problem
      connector.toml:6: the program of [tap] is a name, an absolute path, or one below the connector's folder
      hint: `chartlift connectors check DIR` lists everything at once
    1: error: the connector in pack has 1 problem
      connector.toml:6: `config` of [tap] is a file in SOURCE, and leads nowhere else
      hint: `chartlift connectors check DIR` lists everything at once
    1: error: the connector in pack has 1 problem
      connector.toml:6: `config` of [tap] is a file in SOURCE, and leads nowhere else
      hint: `chartlift connectors check DIR` lists everything at once
    "#);
}

/// A tap of singer-python over `rows.json`, which reads what has changed since its state and notes how much it gave.
const TAP: &str = r#"
import json, sys
sys.path.insert(0, "SINGER")
import singer
from singer import bookmarks, utils
from singer.transform import Transformer

SCHEMAS = {
    "people": {"type": "object", "properties": {"id": {"type": "string"}, "family": {"type": ["null", "string"]},
        "given": {"type": ["null", "string"]}, "born": {"type": ["null", "string"]}, "phone": {"type": ["null", "string"]},
        "ssn": {"type": ["null", "string"]}, "tags": {"type": ["null", "array"], "items": {"type": "string"}},
        "changed": {"type": "string"}}},
    "visits": {"type": "object", "properties": {"id": {"type": "string"}, "person": {"type": "string"},
        "day": {"type": "string"}, "pulse": {"type": ["null", "string"]}, "changed": {"type": "string"}}},
    "allergies": {"type": "object", "properties": {"person": {"type": "string"}, "substance": {"type": "string"},
        "status": {"type": "string"}, "changed": {"type": "string"}}},
}

def main():
    args = utils.parse_args(["rows"])
    rows = json.load(open(args.config["rows"]))
    state, given = args.state, 0
    if args.config.get("loses"):
        del SCHEMAS["people"]["properties"]["ssn"]
    for stream, schema in SCHEMAS.items():
        singer.write_schema(stream, schema, ["id"] if "id" in schema["properties"] else [])
        since = bookmarks.get_bookmark(state, stream, "changed", "")
        for row in sorted(rows[stream], key=lambda row: row["changed"]):
            if row["changed"] <= since:
                continue
            with Transformer() as transformer:
                singer.write_record(stream, transformer.transform(row, schema))
            given += 1
            state = bookmarks.write_bookmark(state, stream, "changed", row["changed"])
        if not args.config.get("is_quiet"):
            singer.write_state(state)
    with open("given", "a") as log:
        log.write("%d\n" % given)
    if args.config.get("fails"):
        sys.exit(3)

main()
"#;

#[test]
fn a_tap_of_singer_python_reads_on_from_where_its_last_done_run_stopped() {
    let Some(singer) = std::env::var("CHARTLIFT_TEST_SINGER").ok().filter(|folder| !folder.is_empty()) else {
        eprintln!("NOT RUN: taps of singer-python; CHARTLIFT_TEST_SINGER names no folder with it");
        return;
    };
    let folder = Folder::new();
    let tap = "command = [\"python3\", \"tap.py\"]\nconfig = \"config.json\"\nstate = true";
    write_tap_pack(&folder, tap);
    // What stands in an array is a column only where it comes.
    let person = std::fs::read_to_string(folder.path().join("pack/mappings/person.toml")).expect("a mapping");
    let tag = "[[field]]\nto = \"extra.tag\"\nfrom = \"tags.0\"\noptional = true\n";
    folder.write("pack/mappings/person.toml", person + tag);
    folder.write("s/tap.py", TAP.replace("SINGER", &singer));
    folder.write("s/config.json", r#"{"rows": "rows.json"}"#);
    let first = r#"{"people": [
        {"id": "1", "family": "Quimby", "given": "Otto", "born": "1931-07-08", "phone": null, "tags": ["a"], "changed": "2026-01-01"},
        {"id": "2", "family": "Long", "given": "Li", "born": "1961-04-09", "phone": null, "changed": "2026-01-02"}],
        "visits": [{"id": "7", "person": "1", "day": "2020-01-01", "pulse": "60", "changed": "2026-01-01"}],
        "allergies": [{"person": "2", "substance": "Latex", "status": "active", "changed": "2026-01-01"}]}"#;
    let second = first.replace(
        r#""pulse": "60", "changed": "2026-01-01"}"#,
        r#""pulse": "61", "changed": "2026-02-01"},
        {"id": "8", "person": "2", "day": "2020-02-01", "pulse": null, "changed": "2026-02-02"}"#,
    );
    let run = |rows: &str, store: &str, more: &[&str]| {
        folder.write("s/rows.json", rows);
        let done = migrate(&folder, store, more);
        let given = std::fs::read_to_string(folder.path().join("s/given")).unwrap_or_default();
        (done.code, given.lines().last().and_then(|count| count.parse::<u64>().ok()).unwrap_or_default(), done.stderr)
    };
    let (code, given, said) = run(first, "ehr.db", &[]);
    assert_eq!((code, given), (0, 4), "{said}");
    // Neither what was only tried nor what failed moves it.
    let (code, given, said) = run(&second, "ehr.db", &["--dry-run"]);
    assert_eq!((code, given), (0, 2), "{said}");
    folder.write("s/config.json", r#"{"rows": "rows.json", "fails": true}"#);
    let (code, given, said) = run(&second, "ehr.db", &[]);
    assert_eq!((code, given), (1, 2), "{said}");
    folder.write("s/config.json", r#"{"rows": "rows.json", "loses": true}"#);
    let (code, given, said) = run(&second, "ehr.db", &[]);
    assert_eq!((code, given), (1, 2), "{said}");
    assert!(said.contains("error: people had a column `ssn` in an earlier run and has none now"), "{said}");
    folder.write("s/config.json", r#"{"rows": "rows.json"}"#);
    let (code, given, said) = run(&second, "ehr.db", &[]);
    assert_eq!((code, given), (0, 2), "{said}");
    assert!(said.contains("note: the tap reads on from where its last run stopped"), "{said}");
    let (code, given, said) = run(&second, "ehr.db", &[]);
    assert_eq!((code, given), (0, 0), "{said}");
    // A tap that says nothing of how far it has read is where it was.
    folder.write("s/config.json", r#"{"rows": "rows.json", "is_quiet": true}"#);
    let (code, given, said) = run(&second, "ehr.db", &[]);
    assert_eq!((code, given), (0, 0), "{said}");
    folder.write("s/config.json", r#"{"rows": "rows.json"}"#);
    let (code, given, said) = run(&second, "ehr.db", &[]);
    assert_eq!((code, given), (0, 0), "{said}");
    // It ends as one load of everything does; another system has read nothing yet.
    let (code, given, said) = run(&second, "whole.db", &[]);
    assert_eq!((code, given), (0, 4 + 1), "{said}");
    assert_eq!(recounted(&folder, "ehr.db"), recounted(&folder, "whole.db"));
    let (code, given, said) = run(&second, "ehr.db", &["--system", "other", "--dry-run"]);
    assert_eq!((code, given), (0, 5), "{said}");
    // What is taken back is read again.
    let undone = chartlift(&["undo", "3", "--with-dependents", "--store", &folder.store("ehr.db")]);
    assert_eq!(undone.code, 0, "{}", undone.stderr);
    let (code, given, said) = run(&second, "ehr.db", &[]);
    assert_eq!((code, given), (0, 5), "{said}");
    assert_eq!(recounted(&folder, "ehr.db"), recounted(&folder, "whole.db"));
    // So is everything once the connector says something else of it.
    let path = folder.path().join("pack/mappings/visit.toml");
    let mapping = std::fs::read_to_string(&path).expect("a mapping");
    std::fs::write(path, mapping + "[[field]]\nto = \"description\"\nfrom = \"pulse\"\n").expect("a mapping");
    let (code, given, said) = run(&second, "ehr.db", &[]);
    assert_eq!((code, given), (0, 5), "{said}");
}
