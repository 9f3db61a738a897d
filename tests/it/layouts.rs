//! Text that is no usual table: without a header, in columns of fixed width; and a look at a part of a source.

use insta::assert_snapshot;

use crate::small::write_pack;
use crate::support::{Folder, Output, chartlift};

const MANIFEST: &str = r#"
format = 1
id = "small"
name = "small"
version = "1"
[[stream]]
name = "people"
files = ["PEOPLE.DAT"]
key = ["id"]
mappings = ["person"]
encoding = "windows-1252"
columns = ["id", "family", "given", "born", "phone"]
widths = [4, 8, 8, 10, 12]
[[stream]]
name = "visits"
files = ["visits.txt"]
key = ["id"]
mappings = ["visit", "pulse"]
delimiter = "^"
columns = ["id", "person", "day", "pulse"]
[[stream]]
name = "allergies"
files = ["allergies.prn"]
mappings = ["allergy"]
widths = [7, 10, 7]
"#;

fn migrate(folder: &Folder, source: &str, store: &str, more: &[&str]) -> Output {
    let (pack, report, store) = (folder.arg("pack"), folder.arg("r"), folder.arg(store));
    let args =
        ["migrate", source, "--connector", &pack, "--store", &store, "--report", &report, "--as-of", "2026-06-01"];
    chartlift(&[&args[..], more].concat())
}

fn chart(folder: &Folder, store: &str) -> Vec<String> {
    let place = chartlift::store::StorePlace::Sqlite(folder.path().join(store));
    let store = chartlift::store::EhrStore::open(&place).expect("a store");
    let records = chartlift::model::RecordType::ALL.iter();
    records.map(|record| store.dump(*record).expect("rows")).collect()
}

fn write_layouts(folder: &Folder) -> String {
    folder.write("pack/connector.toml", MANIFEST);
    let people = b"007 Quimby  Ottokar 1931-07-08617-555-0147\r\n008 P\xe9trova Galina  1961-04-09\r\n\r\n009 Long    Li\r\n\x1a";
    folder.write("s/PEOPLE.DAT", people);
    folder.write("s/visits.txt", "1^007^2020-01-01^60\n2^007^2020-02-01^\n");
    folder.write("s/allergies.prn", "person substance status \n008    Latex     active\n007    Nuts      active\n");
    folder.arg("s")
}

#[test]
fn text_without_a_header_or_delimiters_loads_as_a_table() {
    let folder = Folder::new();
    write_pack(&folder);
    folder.write(
        "t/people.csv",
        "id,family,given,born,phone\n007,Quimby,Ottokar,1931-07-08,617-555-0147\n008,Pétrova,Galina,1961-04-09,\n009,Long,Li,,\n",
    );
    folder.write("t/visits.csv", "id,person,day,pulse\n1,007,2020-01-01,60\n2,007,2020-02-01,\n");
    folder.write("t/allergies.csv", "person,substance,status\n008,Latex,active\n007,Nuts,active\n");
    let usual = migrate(&folder, &folder.arg("t"), "t.db", &[]);
    assert_eq!(usual.code, 0, "{}", usual.stderr);
    let source = write_layouts(&folder);
    let done = migrate(&folder, &source, "s.db", &[]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    assert_eq!(chart(&folder, "s.db"), chart(&folder, "t.db"));
    // A row keeps the blanks of its cells: its line can be put together again.
    let kept = chartlift(&["trace", "people", "--row", "2", "--json", "--store", &folder.arg("s.db")]);
    assert!(kept.stdout.contains("Galina  "), "{}", kept.stdout);
    let again = migrate(&folder, &source, "s.db", &[]);
    let digest = &folder.json("r/report.json")["digest"];
    assert_eq!((again.code, &digest["before"]), (0, &digest["after"]));
}

#[test]
fn a_wrong_layout_is_told_with_its_line() {
    let folder = Folder::new();
    write_pack(&folder);
    for (from, to) in [
        ("widths = [4, 8, 8, 10, 12]", "widths = [4, 8, 8, 10]"),
        ("widths = [7, 10, 7]", "widths = [7, 0, 7]"),
        ("columns = [\"id\", \"person\", \"day\", \"pulse\"]", "columns = [\"id\", \"person\", \"day\", \"Day\"]"),
    ] {
        folder.write("pack/connector.toml", MANIFEST.replace(from, to));
        let checked = chartlift(&["connectors", "check", &folder.arg("pack")]);
        assert_eq!(checked.code, 1, "{}", checked.stdout);
        let line = MANIFEST.lines().position(|line| line == from).expect("a line") + 1;
        assert!(checked.stderr.contains(&format!("connector.toml:{line}: ")), "{}", checked.stderr);
    }
    // More than the columns take is a cell more: the row is no row of this table.
    write_layouts(&folder);
    folder.write("s/PEOPLE.DAT", "007 Quimby  Ottokar 1931-07-08617-555-0147 and more\n");
    let done = migrate(&folder, &folder.arg("s"), "w.db", &[]);
    assert!(done.stdout.contains("row_ragged 1"), "{}", done.stdout);
}

#[test]
fn a_dry_run_says_how_much_is_explained() {
    let folder = Folder::new();
    write_pack(&folder);
    folder.write(
        "s/people.csv",
        "id,family,given,born,phone,shoe\n1,Quimby,Ottokar,31/12/1931,x,44\n2,Petrova,Galina,1961-04-09,,38\n3,Long,Li,,,\n",
    );
    folder.write("s/visits.csv", "id,person,day,pulse\n1,1,2020-01-01,60\n2,2,2020-02-30,\n3,9,2020-01-01,70\n");
    folder.write("s/extra.csv", "a,b\n1,2\n");
    let source = folder.arg("s");
    let cleaned = |output: &Output| {
        let lines = output.stdout.lines().filter(|line| !line.contains("rows/s") && !line.starts_with("report:"));
        lines.collect::<Vec<_>>().join("\n")
    };
    let whole = migrate(&folder, &source, "d.db", &["--dry-run"]);
    assert_eq!(whole.code, 0, "{}", whole.stderr);
    assert_snapshot!(cleaned(&whole));
    let part = migrate(&folder, &source, "d.db", &["--dry-run", "--limit", "1"]);
    assert_eq!(part.code, 0, "{}", part.stderr);
    assert_snapshot!(cleaned(&part));
    assert!(part.stderr.contains("only the first 1 records of each file are read"), "{}", part.stderr);
    let for_good = migrate(&folder, &source, "d.db", &["--limit", "1"]);
    assert_eq!(for_good.code, 2, "{}", for_good.stderr);
}

/// The small pack for files whose quotes are escaped as `layout` says.
fn write_escaped_pack(folder: &Folder, layout: &str) {
    write_pack(folder);
    let manifest = std::fs::read_to_string(folder.path().join("pack/connector.toml")).expect("a manifest");
    let head = "version = \"1\"\n";
    folder.write("pack/connector.toml", manifest.replace(head, &format!("{head}[defaults]\n{layout}\n")));
}

#[test]
fn what_mysql_writes_with_backslashes_loads_as_it_was() {
    let folder = Folder::new();
    write_pack(&folder);
    folder.write(
        "t/people.csv",
        "id,family,given,born,phone\n1,\"Quimby \"\"Q, or so\"\"\",\"Otto\nKar\\\",1931-07-08,\n2,Long,Li,,\n",
    );
    folder.write("t/visits.csv", "id,person,day,pulse\n7,1,2020-01-01,60\n");
    folder.write("t/allergies.csv", "person,substance,status\n2,\"a\tb\\n\",active\n");
    let usual = migrate(&folder, &folder.arg("t"), "t.db", &[]);
    assert_eq!(usual.code, 0, "{}", usual.stderr);
    // As `SELECT INTO OUTFILE` does, with commas and without, quoted and not.
    let people = "id,family,given,born,phone\n1,\"Quimby \\\"Q, or so\\\"\",\"Otto\\\nKar\\\\\",1931-07-08,\\N\n2,Long,Li,\\N,\\N\n";
    folder.write("s/people.csv", people);
    folder.write("s/visits.csv", "id\tperson\tday\tpulse\n7\t1\t2020-01-01\t60\n");
    folder.write("s/allergies.csv", "person\tsubstance\tstatus\n2\ta\\\tb\\\\n\tactive\n");
    let source = folder.arg("s");
    // Nothing is said of it: whoever is torn waits, and the run says why.
    let unsaid = migrate(&folder, &source, "u.db", &[]);
    assert!(
        unsaid.stderr.contains("people.csv: 1 row is torn where a quote is written as `\\\"`"),
        "{}",
        unsaid.stderr
    );
    assert!(unsaid.stdout.contains("quote_unbalanced 1"), "{}", unsaid.stdout);
    write_escaped_pack(&folder, "escape = \"\\\\\"");
    let done = migrate(&folder, &source, "s.db", &[]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    assert!(!done.stderr.contains("torn"), "{}", done.stderr);
    assert_eq!(chart(&folder, "s.db"), chart(&folder, "t.db"));
    // What waited in the other store loads now, too.
    let mended = migrate(&folder, &source, "u.db", &[]);
    assert_eq!(mended.code, 0, "{}", mended.stderr);
    assert_eq!(chart(&folder, "u.db"), chart(&folder, "t.db"));
    let traced = |more: &str| {
        let store = folder.arg("s.db");
        chartlift(&["trace", "people", "--row", "1", more, "--store", &store]).stdout
    };
    assert_eq!(traced("--raw"), "1,\"Quimby \\\"Q, or so\\\"\",\"Otto\\\nKar\\\\\",1931-07-08,\\N\n");
    assert!(traced("--json").contains(r#"Quimby \"Q, or so\""#), "{}", traced("--json"));
    let again = migrate(&folder, &source, "s.db", &[]);
    let digest = &folder.json("r/report.json")["digest"];
    assert_eq!((again.code, &digest["before"]), (0, &digest["after"]));
}

#[test]
fn inspect_finds_out_how_quotes_are_written() {
    let folder = Folder::new();
    folder.write(
        "s/people.csv",
        "patient_id,last_name,first_name,dob\n1,\"Quimby \\\"Q\\\"\",Otto,1931-07-08\n2,Long,Li,1961-04-09\n",
    );
    let looked = chartlift(&["inspect", &folder.arg("s")]);
    assert_eq!(looked.code, 0, "{}", looked.stderr);
    assert!(looked.stdout.contains("people.csv: 2 rows, ASCII, `,`, quotes as `\\\"`"), "{}", looked.stdout);
    let drafted = chartlift(&["inspect", &folder.arg("s"), "--draft", &folder.arg("draft")]);
    assert_eq!(drafted.code, 0, "{}", drafted.stderr);
    let draft = std::fs::read_to_string(folder.path().join("draft/connector.toml")).expect("a draft");
    assert!(draft.contains("escape = '\\'\n"), "{draft}");
    let checked = chartlift(&["connectors", "check", &folder.arg("draft")]);
    assert_eq!(checked.code, 0, "{}", checked.stderr);
}

#[test]
fn a_wrong_escape_is_told_with_its_line() {
    let folder = Folder::new();
    for wrong in ["escape = \"\\\"\"", "escape = \",\"\ndelimiter = \",\"", "escape = \"n\"", "escape = \"\""] {
        write_escaped_pack(&folder, wrong);
        let checked = chartlift(&["connectors", "check", &folder.arg("pack")]);
        assert_eq!(checked.code, 1, "{wrong}: {}", checked.stdout);
        assert!(checked.stderr.contains("connector.toml:7: `escape` is one sign"), "{}", checked.stderr);
    }
}
