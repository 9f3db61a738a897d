//! What an export lacks is no reason to take it from a chart: scans, columns, the rest of a source after a kill.

use std::sync::atomic::{AtomicU64, Ordering};

use chartlift::pipeline::{Event, Listener, NoListener, PipelineError};
use chartlift::store::SqliteStore;

use crate::small::{Source, load, load_with, recounted, write_pack};
use crate::support::{Folder, chartlift};

fn source(people: &[&str], visits: &[&str]) -> Source {
    let own = |rows: &[&str]| rows.iter().map(|row| (*row).to_owned()).collect();
    Source { people: own(people), visits: own(visits), allergies: vec![] }
}

const ANNA: &str = "1,Smith,Anna,1980-01-02,617-555-0147";

#[test]
fn a_scan_that_is_not_delivered_again_stays_in_the_chart() {
    let folder = Folder::new();
    write_pack(&folder);
    let keyed = std::fs::read_to_string(folder.path().join("pack/connector.toml")).expect("a pack");
    folder.write(
        "pack/connector.toml",
        keyed.replace("files = [\"papers.csv\"]", "files = [\"papers.csv\"]\nkey = [\"file\"]"),
    );
    let night = |name: &str, scan: Option<&[u8]>| {
        let path = source(&[ANNA], &[]).write(&folder, name);
        // The index changes with every night, the scan does not.
        folder
            .write(&format!("{name}/papers.csv"), format!("person,kind,file\n1,letter of the {name} night,scan.pdf\n"));
        scan.map(|bytes| folder.write(&format!("{name}/scan.pdf"), bytes));
        let run = load(&folder, &path, "ehr.db").expect("a run");
        assert!(run.balanced, "{name}: {:?}", run.discrepancies);
        let store = SqliteStore::open(&folder.path().join("ehr.db")).expect("a store");
        assert_eq!(store.digest().expect("a digest"), store.recount_digest().expect("a digest"), "{name}");
        assert_eq!(store.damages().expect("the bytes"), Vec::<String>::new(), "{name}");
        run
    };
    let ask = |sql: &str| {
        let sqlite = rusqlite::Connection::open(folder.path().join("ehr.db")).expect("a database");
        sqlite.query_row(sql, [], |row| row.get::<_, String>(0)).expect("a row")
    };
    let content = "SELECT hex(bytes) FROM document_content JOIN document_reference d ON d.id = document_id WHERE d.size_bytes = length(bytes)";
    night("first", Some(b"%PDF one"));
    let second = night("second", None);
    assert_eq!(ask(content), "25504446206F6E65", "the bytes are those that came");
    let missing = second.issues.iter().find(|issue| issue.code == "document_missing").expect("it is said");
    assert_eq!(missing.count, 1);
    let papers = second.streams.iter().find(|s| s.stream == "papers").expect("papers");
    assert_eq!(papers.totals.cells.failed, 1, "the cell names a file that is not there");
    // What a later scan replaces is kept beside it.
    night("third", Some(b"%PDF two"));
    assert_eq!(ask(content), "255044462074776F");
    assert_eq!(ask("SELECT hex(bytes) FROM document_history"), "25504446206F6E65");
}

#[test]
fn a_column_that_a_file_had_is_missed() {
    let folder = Folder::new();
    write_pack(&folder);
    folder.write("first/people.csv", "id,family,given,born,phone,ssn\n1,Smith,Anna,1980-01-02,,231-64-8817\n");
    folder.write("second/people.csv", "id,family,given,born,phone\n1,Smith,Anna,1980-01-02,\n");
    let first = load(&folder, &folder.path().join("first"), "ehr.db").expect("a run");
    let error = load(&folder, &folder.path().join("second"), "ehr.db").expect_err("it would blank a number");
    assert!(matches!(&error, PipelineError::ColumnLost { column, .. } if column == "ssn"), "{error}");
    assert_eq!(recounted(&folder, "ehr.db").0, first.digest.after);
}

#[test]
fn a_condition_s_column_is_not_done_without() {
    let folder = Folder::new();
    write_pack(&folder);
    folder.write("source/people.csv", format!("id,family,given,born,phone\n{ANNA}\n"));
    folder.write("source/visits.csv", "id,person,day\n1,1,2020-01-01\n");
    let error = load(&folder, &folder.path().join("source"), "ehr.db").expect_err("`pulse` decides a mapping");
    assert!(matches!(&error, PipelineError::MissingColumns(at) if at.missing[0].column == "pulse"), "{error}");
}

#[test]
fn a_row_to_which_no_mapping_applies_any_more_leaves_the_chart_and_the_books_close() {
    let folder = Folder::new();
    write_pack(&folder);
    let visit = std::fs::read_to_string(folder.path().join("pack/mappings/visit.toml")).expect("a mapping");
    let guarded = visit.replace(
        "record = \"Encounter\"\n",
        "record = \"Encounter\"\n[[when]]\ncolumn = \"pulse\"\nis_not = [\"99\"]\n",
    );
    folder.write("pack/mappings/visit.toml", guarded);
    let pack = std::fs::read_to_string(folder.path().join("pack/connector.toml")).expect("a pack");
    folder.write("pack/connector.toml", pack.replace("[\"visit\", \"pulse\"]", "[\"visit\"]"));
    let load = |name: &str, pulse: &str| {
        let path = source(&[ANNA], &[&format!("1,1,2020-01-01,{pulse}")]).write(&folder, name);
        load(&folder, &path, "ehr.db").expect("a run")
    };
    load("first", "60");
    let run = load("second", "99");
    assert!(run.balanced, "{:?}", run.discrepancies);
    let (kept, counted) = recounted(&folder, "ehr.db");
    assert_eq!(kept, counted);
}

#[test]
fn a_refused_export_leaves_nothing_behind() {
    let folder = Folder::new();
    write_pack(&folder);
    let here =
        ["0,Smith,Anna,12/31/1980,", "1,Jones,Bob,12/30/1950,", "2,Okafor,Ada,11/29/1999,", "3,Li,Mei,10/28/1971,"];
    let there = [
        "0,Brandt,Otto,31/12/1931,",
        "1,Silva,Rui,30/12/2001,",
        "2,Haddad,Omar,29/11/1961,",
        "3,Novak,Eva,28/10/1944,",
    ];
    let path = source(&here, &[]).write(&folder, "here");
    load(&folder, &path, "ehr.db").expect("a run");
    let refused = load(&folder, &source(&there, &[]).write(&folder, "there"), "ehr.db");
    assert!(matches!(refused, Err(PipelineError::WrongSystem { .. })));
    let next = source(&[&here[..], &["5,New,Nina,03/04/1990,"]].concat(), &[]).write(&folder, "next");
    let run = load(&folder, &next, "ehr.db").expect("a run");
    assert!(run.issues.iter().all(|issue| issue.code != "date_ambiguous"), "{:?}", run.issues);
}

#[test]
fn a_number_below_zero_and_nothing_is_zero() {
    let folder = Folder::new();
    write_pack(&folder);
    let path = source(&[ANNA], &["1,1,2020-01-01,-0", "2,1,2020-01-01,<-0.0"]).write(&folder, "source");
    load(&folder, &path, "ehr.db").expect("a run");
    let (kept, counted) = recounted(&folder, "ehr.db");
    assert_eq!(kept, counted);
}

/// Stops a run after some batches.
struct StopAfter(AtomicU64);

impl Listener for StopAfter {
    fn event(&self, _: Event<'_>) {}

    fn interrupted(&self) -> bool {
        self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| Some(left.saturating_sub(1))) == Ok(0)
    }
}

#[test]
fn a_source_that_shrank_after_a_kill_is_in_the_books_whole() {
    let folder = Folder::new();
    write_pack(&folder);
    let visits: Vec<String> = (0..9000).map(|id| format!("{id},1,2020-01-01,60")).collect();
    let visits: Vec<&str> = visits.iter().map(String::as_str).collect();
    let path = source(&[ANNA], &visits).write(&folder, "source");
    // Surveys ask per batch, too: the load is cut between the batches of the visits.
    let mut cut = 6;
    while load_with(&folder, &path, "ehr.db", &StopAfter(AtomicU64::new(cut))).is_err() && written(&folder) < 4096 {
        cut += 1;
    }
    assert!(written(&folder) >= 4096, "some visits are loaded");
    source(&[ANNA], &visits[..100]).write(&folder, "source");
    let run = load_with(&folder, &path, "ehr.db", &NoListener).expect("a run");
    assert!(run.balanced, "{:?}", run.discrepancies);
    let (kept, counted) = recounted(&folder, "ehr.db");
    assert_eq!(kept, counted);
}

fn written(folder: &Folder) -> i64 {
    let Ok(sqlite) = rusqlite::Connection::open(folder.path().join("ehr.db")) else { return 0 };
    sqlite.query_row("SELECT count(*) FROM encounter", [], |row| row.get(0)).unwrap_or_default()
}

#[test]
fn a_store_whose_making_was_cut_off_is_made() {
    let folder = Folder::new();
    write_pack(&folder);
    let sqlite = rusqlite::Connection::open(folder.path().join("ehr.db")).expect("a database");
    sqlite.execute_batch("PRAGMA page_size = 8192; PRAGMA journal_mode = wal; VACUUM;").expect("one page");
    drop(sqlite);
    assert!(std::fs::metadata(folder.path().join("ehr.db")).expect("a file").len() > 0);
    let path = source(&[ANNA], &[]).write(&folder, "source");
    assert!(load(&folder, &path, "ehr.db").expect("a run").balanced);
}

#[test]
fn damage_that_the_digest_does_not_see_is_told() {
    let folder = Folder::new();
    write_pack(&folder);
    let path = source(&[ANNA], &["1,9,2020-01-01,60"]).write(&folder, "source");
    folder.write("source/papers.csv", "person,kind,file\n1,letter,scan.pdf\n");
    folder.write("source/scan.pdf", b"%PDF one");
    load(&folder, &path, "ehr.db").expect("a run");
    let digest = || chartlift(&["store", "digest", "--store", &folder.arg("ehr.db")]);
    assert_eq!(digest().code, 0);
    let change = |sql: &str| {
        let sqlite = rusqlite::Connection::open(folder.path().join("ehr.db")).expect("a database");
        sqlite.execute_batch(sql).expect("changed");
    };
    change("UPDATE document_content SET bytes = x'00'");
    let told = digest();
    assert_eq!(told.code, 4);
    assert!(told.stderr.contains("holds other bytes than its run wrote"), "{}", told.stderr);
    change("UPDATE payload SET bytes = x'00' WHERE id = 1; DELETE FROM quarantine");
    let told = digest().stderr;
    assert!(told.contains("payload 1: its source records cannot be read again"), "{told}");
    assert!(told.contains("1 quarantined records without their place in the quarantine"), "{told}");
}

#[test]
fn a_report_written_again_is_the_report() {
    let folder = Folder::new();
    write_pack(&folder);
    let args = |source: &str, report: &str| {
        let output = chartlift(&[
            "migrate",
            &folder.arg(source),
            "--connector",
            &folder.arg("pack"),
            "--store",
            &folder.arg("ehr.db"),
            "--report",
            &folder.arg(report),
            "--as-of",
            "2026-06-01",
        ]);
        assert_eq!(output.code, 0, "{}", output.stderr);
        output.stderr
    };
    source(&[ANNA], &["1,9,2020-01-01,60", "2,8,2020-01-01,60"]).write(&folder, "first");
    args("first", "one");
    source(&[ANNA, "9,Jones,Bob,1950-03-04,"], &[]).write(&folder, "second");
    args("second", "two");
    let again = chartlift(&["report", "1", "--store", &folder.arg("ehr.db"), "--report", &folder.arg("again")]);
    assert_eq!(again.code, 0, "{}", again.stderr);
    for name in ["quarantine.csv", "report.json", "report.html"] {
        let read = |report: &str| std::fs::read_to_string(folder.path().join(report).join(name)).expect("a file");
        assert_eq!(read("again"), read("one"), "{name}");
    }
    // A run that ended without its report is named by the next one.
    let sqlite = rusqlite::Connection::open(folder.path().join("ehr.db")).expect("a database");
    sqlite.execute_batch("UPDATE run SET reported = 0 WHERE id = 2").expect("changed");
    drop(sqlite);
    let said = args("second", "three");
    assert!(said.contains("`chartlift report 2` writes it"), "{said}");
}
