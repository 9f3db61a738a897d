//! What an export lacks is no reason to take it from a chart: scans, columns, the rest of a source after a kill.

use std::sync::atomic::{AtomicU64, Ordering};

use chartlift::pipeline::{Event, Listener, NoListener, PipelineError};
use chartlift::store::EhrStore;

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
        let store = EhrStore::open(&folder.place("ehr.db")).expect("a store");
        assert_eq!(store.digest().expect("a digest"), store.recount_digest().expect("a digest"), "{name}");
        assert_eq!(store.damages().expect("the bytes"), Vec::<String>::new(), "{name}");
        run
    };
    let ask = |sql: &str| folder.sql("ehr.db").text(sql).trim_start_matches("\\x").to_uppercase();
    let content = "SELECT bytes FROM document_content JOIN document_reference d ON d.id = document_id WHERE d.size_bytes = length(bytes)";
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
    assert_eq!(ask("SELECT bytes FROM document_history"), "25504446206F6E65");
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
    folder.sql("ehr.db").number("SELECT count(*) FROM encounter")
}

#[test]
fn a_file_whose_making_was_cut_off_is_made() {
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
    let digest = || chartlift(&["store", "digest", "--store", &folder.store("ehr.db")]);
    assert_eq!(digest().code, 0);
    let change = |sql: &str| folder.sql("ehr.db").execute(sql);
    let nothing = if crate::stores::server().is_some() { "'\\x00'" } else { "x'00'" };
    change(&format!("UPDATE document_content SET bytes = {nothing}"));
    let told = digest();
    assert_eq!(told.code, 4);
    assert!(told.stderr.contains("holds other bytes than its run wrote"), "{}", told.stderr);
    change(&format!(
        "UPDATE payload SET bytes = {nothing} WHERE id = (SELECT min(id) FROM payload); DELETE FROM quarantine"
    ));
    let told = digest().stderr;
    let first = folder.sql("ehr.db").text("SELECT min(id) FROM payload");
    assert!(told.contains(&format!("payload {first}: its source records cannot be read again")), "{told}");
    assert!(told.contains("1 quarantined records without their place in the quarantine"), "{told}");
}

#[test]
fn a_key_with_a_character_that_no_text_has_is_kept_apart_and_shown() {
    let folder = Folder::new();
    write_pack(&folder);
    let people = ["1,Smith,Anna,1980-01-02,", "1\0,Jones,Bob,1950-03-04,"];
    let path = source(&people, &["1\0,1\0,2020-01-01,60", "2\0,9\0,2020-01-01,60"]).write(&folder, "source");
    let run = load(&folder, &path, "ehr.db").expect("a run");
    assert!(run.balanced, "{:?}", run.discrepancies);
    assert_eq!((run.patients.identities, run.patients.patients), (2, 2));
    assert_eq!(folder.sql("ehr.db").number("SELECT count(*) FROM quarantine WHERE key LIKE '2%'"), 1);
    let again = load(&folder, &path, "ehr.db").expect("a run");
    assert_eq!(again.digest.before, again.digest.after);
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
            &folder.store("ehr.db"),
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
    let again = chartlift(&["report", "1", "--store", &folder.store("ehr.db"), "--report", &folder.arg("again")]);
    assert_eq!(again.code, 0, "{}", again.stderr);
    for name in ["quarantine.csv", "report.json", "report.html"] {
        let read = |report: &str| std::fs::read_to_string(folder.path().join(report).join(name)).expect("a file");
        assert_eq!(read("again"), read("one"), "{name}");
    }
    // A run that ended without its report is named by the next one.
    folder.sql("ehr.db").execute("UPDATE run SET reported = 0 WHERE id = 2");
    let said = args("second", "three");
    assert!(said.contains("`chartlift report 2` writes it"), "{said}");
}

/// A pack in which papers have keys and name their people.
fn write_keyed_pack(folder: &Folder) {
    write_pack(folder);
    let pack = std::fs::read_to_string(folder.path().join("pack/connector.toml")).expect("a pack");
    folder.write(
        "pack/connector.toml",
        pack.replace("files = [\"papers.csv\"]", "files = [\"papers.csv\"]\nkey = [\"id\"]"),
    );
}

/// Every document's file name and bytes, and what else is kept of documents.
fn papers(folder: &Folder) -> (Vec<(String, String)>, i64, i64) {
    let store = folder.sql("ehr.db");
    let text =
        if crate::stores::server().is_some() { "convert_from(c.bytes, 'UTF8')" } else { "CAST(c.bytes AS TEXT)" };
    let rows = store.rows(&format!(
        "SELECT d.file_name, coalesce({text}, '') FROM document_reference d
         LEFT JOIN document_content c ON c.document_id = d.id ORDER BY d.file_name"
    ));
    let rows = rows.into_iter().map(|mut row| (std::mem::take(&mut row[0]), std::mem::take(&mut row[1])));
    let count = |table: &str| store.number(&format!("SELECT count(*) FROM {table}"));
    (rows.collect(), count("waiting_document"), count("document_history"))
}

fn paper_night(
    folder: &Folder,
    name: &str,
    people: &[&str],
    papers: &str,
    files: &[&str],
) -> chartlift::pipeline::RunOutcome {
    let path = source(people, &[]).write(folder, name);
    folder.write(&format!("{name}/papers.csv"), format!("id,person,kind,file\n{papers}"));
    for file in files {
        folder.write(&format!("{name}/{file}"), format!("bytes of {file}"));
    }
    let run = load(folder, &path, "ehr.db").expect("a run");
    assert!(run.balanced, "{name}: {:?}", run.discrepancies);
    let (kept, counted) = recounted(folder, "ehr.db");
    assert_eq!(kept, counted, "{name}");
    run
}

#[test]
fn a_scan_that_waits_is_not_lost_when_its_row_comes_again_without_it() {
    let folder = Folder::new();
    write_keyed_pack(&folder);
    paper_night(&folder, "first", &[ANNA], "1,9,letter,a.pdf\n", &["a.pdf"]);
    paper_night(&folder, "second", &[ANNA], "1,9,letter,a.pdf\n", &[]);
    assert_eq!(papers(&folder), (vec![], 1, 0), "it goes on waiting");
    paper_night(&folder, "third", &[ANNA], "1,1,letter,a.pdf\n", &[]);
    assert_eq!(papers(&folder).0, [("a.pdf".into(), "bytes of a.pdf".into())], "the row was put right");
}

#[test]
fn a_scan_never_goes_to_another_patient_under_another_name() {
    let folder = Folder::new();
    write_keyed_pack(&folder);
    let people = [ANNA, "2,Li,Mei,1971-07-08,"];
    paper_night(&folder, "first", &people, "1,1,letter,a.pdf\n", &["a.pdf"]);
    paper_night(&folder, "second", &people, "1,2,letter,z.pdf\n", &[]);
    assert_eq!(papers(&folder), (vec![("z.pdf".into(), String::new())], 0, 1), "what it was is kept beside");
}

#[test]
fn a_changed_scan_is_kept_beside_whatever_else_the_batch_holds() {
    let folder = Folder::new();
    write_keyed_pack(&folder);
    paper_night(&folder, "first", &[ANNA], "1,1,letter,a.pdf\n", &["a.pdf"]);
    paper_night(&folder, "second", &[ANNA], "1,1,letter,b.pdf\n2,9,letter,c.pdf\n", &["b.pdf", "c.pdf"]);
    assert_eq!(papers(&folder), (vec![("b.pdf".into(), "bytes of b.pdf".into())], 1, 1));
}

#[test]
fn what_a_key_of_two_people_takes_back_keeps_its_scan_though_it_is_not_delivered() {
    let folder = Folder::new();
    write_keyed_pack(&folder);
    paper_night(&folder, "first", &[ANNA], "1,1,letter,a.pdf\n", &["a.pdf"]);
    paper_night(&folder, "second", &[ANNA, "1,Okafor,Wilbur,1931-07-08,"], "1,1,letter,a.pdf\n", &[]);
    assert_eq!(papers(&folder), (vec![], 1, 0));
}

/// Sets the last run back to where a kill just before its end would leave it.
fn unend(folder: &Folder) {
    let sql = "UPDATE run SET status = 'running', finished = NULL, report = NULL, digest_after = NULL
               WHERE id = (SELECT max(id) FROM run)";
    folder.sql("ehr.db").execute(sql);
}

#[test]
fn broken_rows_that_are_put_right_after_a_kill_stay_in_the_books() {
    for broken in ["7,1,2020-01-01", "8,1,2020-01-01,\"60", "9,99,2020-01-01,60"] {
        let folder = Folder::new();
        write_pack(&folder);
        let path = source(&[ANNA], &["1,1,2020-01-01,60", broken]).write(&folder, "source");
        load(&folder, &path, "ehr.db").expect("a run");
        unend(&folder);
        source(&[ANNA], &["1,1,2020-01-01,60"]).write(&folder, "source");
        let run = load(&folder, &path, "ehr.db").expect("a run");
        assert!(run.balanced, "{broken}: {:?}", run.discrepancies);
        let lost = run.streams.iter().find(|s| s.stream == "visits:replayed").expect("the row that is gone");
        assert_eq!((lost.totals.read, lost.totals.quarantined), (1, 1), "{broken}");
        let (kept, counted) = recounted(&folder, "ehr.db");
        assert_eq!(kept, counted, "{broken}");
    }
}

#[test]
fn two_streams_of_people_are_refused_together() {
    let folder = Folder::new();
    write_pack(&folder);
    let pack = std::fs::read_to_string(folder.path().join("pack/connector.toml")).expect("a pack");
    let clients =
        "[[stream]]\nname = \"clients\"\nfiles = [\"clients.csv\"]\nkey = [\"id\"]\nmappings = [\"person\"]\n";
    folder.write("pack/connector.toml", format!("{pack}{clients}"));
    let night = |name: &str, person: &str, clients: [&str; 4]| {
        let path = source(&[person], &["1,1,2020-01-01,60"]).write(&folder, name);
        let rows: String = clients.iter().enumerate().map(|(id, row)| format!("{id},{row},\n")).collect();
        folder.write(&format!("{name}/clients.csv"), format!("id,family,given,born,phone\n{rows}"));
        load(&folder, &path, "ehr.db")
    };
    let here = ["Berg,Ole,1980-01-02", "Jones,Bob,1950-03-04", "Okafor,Ada,1999-05-06", "Li,Mei,1971-07-08"];
    let there = ["Brandt,Otto,1931-01-02", "Silva,Rui,2001-03-04", "Haddad,Omar,1961-05-06", "Novak,Eva,1944-07-08"];
    let first = night("first", ANNA, here).expect("a run");
    let refused = night("second", "1,Okafor,Wilbur,1931-07-08,", there);
    assert!(matches!(refused, Err(PipelineError::WrongSystem { .. })));
    assert_eq!(recounted(&folder, "ehr.db"), (first.digest.after.clone(), first.digest.after));
}

#[test]
fn a_person_whose_row_is_gone_after_a_kill_stays_in_the_books() {
    let folder = Folder::new();
    write_pack(&folder);
    let sparse = "1,Smith,Anna,,617-555-0147";
    let (anna, wilbur) = ("1,Smith,Anna,1980-01-02,", "1,Okafor,Wilbur,1931-07-08,");
    let path = source(&[sparse, anna], &[]).write(&folder, "source");
    load(&folder, &path, "ehr.db").expect("a run");
    source(&[sparse, anna, wilbur], &[]).write(&folder, "source");
    load(&folder, &path, "ehr.db").expect("a run");
    unend(&folder);
    source(&[sparse, anna], &[]).write(&folder, "source");
    let run = load(&folder, &path, "ehr.db").expect("a run");
    assert!(run.balanced, "{:?}", run.discrepancies);
}
