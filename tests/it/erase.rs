//! A person who was erased is gone from everywhere, does not come back with the next night, and leaves everybody else as they were.

use std::collections::BTreeSet;

use chartlift::model::ChartId;
use chartlift::pipeline::{EraseOptions, EraseOutcome, NoListener, PipelineError, UndoOptions, erase, undo};
use chartlift::store::EhrStore;
use proptest::prelude::*;

use crate::promises::{any_source, cases, tidy_source};
use crate::settled::is_settled;
use crate::small::{Source, load, recounted, write_pack};
use crate::support::{Folder, chartlift};

pub fn take_out(folder: &Folder, store: &str, person: &str, also: &[i64]) -> Result<EraseOutcome, PipelineError> {
    erase(&EraseOptions {
        store: folder.place(store),
        person,
        by: "records office",
        reason: "order 17",
        also,
        rehearsal: false,
        now: &|| "2026-06-02T00:00:00Z".into(),
    })
}

/// Id, patient and source key of every registration.
fn registrations(folder: &Folder, store: &str) -> Vec<(ChartId, ChartId, String)> {
    let mut all = Vec::new();
    let store = EhrStore::open(&folder.place(store)).expect("a store");
    store.known_identities(|identity| all.push((identity.id, identity.patient, identity.key))).expect("registrations");
    all.sort_unstable();
    all
}

fn is_sound(folder: &Folder, store: &str) -> Result<String, TestCaseError> {
    let (kept, counted) = recounted(folder, store);
    prop_assert_eq!(&kept, &counted);
    let store = EhrStore::open(&folder.place(store)).expect("a store");
    prop_assert_eq!(store.damages().expect("a check"), Vec::<String>::new());
    Ok(kept)
}

/// Dates that say nothing about the order of day and month in others.
fn plain_dates(mut source: Source) -> Source {
    for row in source.people.iter_mut().chain(&mut source.visits) {
        *row =
            row.replace("31/02/1980", "1980-02-31").replace("03/04/1980", "1980-04-03").replace("13/13/2020", "2020");
    }
    source
}

/// Without rows that have too many or too few cells: whose those are is a guess.
fn regular(mut source: Source) -> Source {
    for (rows, cells) in [(&mut source.people, 5), (&mut source.visits, 4), (&mut source.allergies, 3)] {
        rows.retain(|row| !row.contains('"') && row.split(',').count() == cells);
    }
    source
}

fn without(source: &Source, keys: &BTreeSet<String>) -> Source {
    let keep = |rows: &[String], column: usize| {
        let is_other = |row: &&String| !keys.contains(row.split(',').nth(column).unwrap_or_default());
        rows.iter().filter(is_other).cloned().collect()
    };
    Source { people: keep(&source.people, 0), visits: keep(&source.visits, 1), allergies: keep(&source.allergies, 0) }
}

proptest! {
    #![proptest_config(cases(12))]

    #[test]
    fn erasing_is_as_if_the_person_had_never_been_there(source in tidy_source(), which in 0..6usize) {
        let source = regular(plain_dates(source));
        let folder = Folder::new();
        write_pack(&folder);
        load(&folder, &source.write(&folder, "all"), "ehr.db").expect("a run");
        let before = registrations(&folder, "ehr.db");
        prop_assume!(!before.is_empty());
        let (_, patient, _) = &before[which % before.len()];
        let theirs = before.iter().filter(|(_, of, _)| of == patient);
        let keys: BTreeSet<String> = theirs.map(|(_, _, key)| key.clone()).collect();
        take_out(&folder, "ehr.db", patient.as_str(), &[]).expect("an erasure");
        let after = is_sound(&folder, "ehr.db")?;
        load(&folder, &without(&source, &keys).write(&folder, "others"), "other.db").expect("a run");
        prop_assert_eq!(&after, &recounted(&folder, "other.db").0);
        let again = load(&folder, &folder.path().join("all"), "ehr.db").expect("a run");
        prop_assert!(again.balanced, "{:?}", again.discrepancies);
        prop_assert_eq!(is_sound(&folder, "ehr.db")?, after);
        let gone: u64 = again.streams.iter().map(|stream| stream.totals.erased).sum();
        prop_assert_eq!(gone, source.rows() - without(&source, &keys).rows());
    }

    #[test]
    fn the_nights_after_an_erasure_balance_and_bring_nobody_back(
        nights in proptest::collection::vec(any_source(), 1..4),
        which in 0..6usize,
        later in any_source(),
    ) {
        let folder = Folder::new();
        write_pack(&folder);
        let paths: Vec<_> = nights.iter().enumerate().map(|(n, source)| source.write(&folder, &format!("n{n}"))).collect();
        for path in &paths {
            let _ = load(&folder, path, "ehr.db");
        }
        let before = registrations(&folder, "ehr.db");
        prop_assume!(!before.is_empty());
        let (id, patient, _) = before[which % before.len()].clone();
        let outcome = take_out(&folder, "ehr.db", id.as_str(), &[]).expect("an erasure");
        is_sound(&folder, "ehr.db")?;
        for run in &outcome.runs {
            let options = UndoOptions { store: folder.place("ehr.db"), run: *run, with_dependents: true, now: &|| String::new() };
            let refused = matches!(undo(&options), Err(PipelineError::NotUndoable { .. }));
            prop_assert!(refused);
        }
        for path in paths.iter().rev().chain([&later.write(&folder, "later")]) {
            // Nights made up so may well look like another practice's.
            let Ok(outcome) = load(&folder, path, "ehr.db") else { continue };
            prop_assert!(outcome.balanced, "{:?}", outcome.discrepancies);
            let kept = is_sound(&folder, "ehr.db")?;
            let again = load(&folder, path, "ehr.db").expect("a run");
            prop_assert_eq!(again.digest.after, kept);
            let now = registrations(&folder, "ehr.db");
            let back: Vec<_> = now.iter().filter(|(one, of, _)| *one == id || *of == patient).collect();
            prop_assert!(back.is_empty(), "{:?} of {:?}", back, before);
        }
    }
}

/// A person with something of everything, and others beside; what tells of the person alone holds `Zqvx`.
fn write_nights(folder: &Folder) {
    write_pack(folder);
    let people = "id,family,given,born,phone\nZqvx-person-0001,Zqvxfamily,Zqvxgiven,1980-01-02,617-555-0147\n2,Jones,Bob,1990-02-03,\n\
                  3,Smith,Anna,1970-05-06,\n";
    let visits = "id,person,day,pulse\nZqvx-v1,Zqvx-person-0001,2020-01-01,60\nZqvx-v1,Zqvx-person-0001,2020-01-09,61\nv2,2,2020-01-02,70\nv3,3,2020-01-03,80\n";
    folder.write("one/people.csv", people);
    folder.write("one/visits.csv", visits);
    folder.write(
        "one/allergies.csv",
        "person,substance,status\nZqvx-person-0001,Zqvxlatex,active\nZqvx-person-0001,Zqvxlatex,active\n2,Latex,active\n\
         Zqvx-person-0001,Zqvxragged,active,1,2\n",
    );
    folder.write(
        "one/papers.csv",
        "person,visit,kind,file\nZqvx-person-0001,Zqvx-v1,Zqvxpaper,Zqvxscan.txt\n2,v2,letter,letter.txt\nnobody,,Zqvx but whose,x.txt\n",
    );
    folder.write("one/Zqvxscan.txt", format!("Zqvxscanned {}", "Zqvxpage ".repeat(400)));
    folder.write("one/letter.txt", "a letter");
    folder
        .write("one/billing.csv", "person,amount\nZqvx-person-0001,Zqvxbill\n2,5\nsomeone,Zqvxgiven Zqvxfamily owes\n");
    folder.write("one/export_Zqvx-person-0001.xml", "<Zqvxxml/>");
    folder.write("one/other.xml", "<other/>");
    // Another night: corrected, a visit that turns out to be another's, a bad row, a conflict.
    folder.write("two/people.csv", people.replace("Zqvxgiven", "Zqvxgivens"));
    folder.write(
        "two/visits.csv",
        visits.replace("v2,2,", "v2,Zqvx-person-0001,").replace("v3,3,", "v3,2,") + "v4,Zqvx-person-0001,Zqvxday\n",
    );
    folder.write("two/allergies.csv", "person,substance,status\nZqvx-person-0001,Zqvxpollen,active\n");
    // And back again: the second person's visit was the erased person's for a night.
    folder.write("three/people.csv", people.replace("Zqvxgiven", "Zqvxgivens"));
    folder.write("three/visits.csv", visits);
    folder.write("three/allergies.csv", "person,substance,status\n2,Latex,active\n");
}

fn run(folder: &Folder, args: &[&str]) -> String {
    let output = chartlift(args);
    assert_eq!(output.code, 0, "{}{}", output.stdout, output.stderr);
    let _ = folder;
    output.stdout
}

fn migrate(folder: &Folder, night: &str) {
    let (source, store, report) = (folder.arg(night), folder.store("ehr.db"), folder.arg(&format!("report-{night}")));
    let pack = folder.arg("pack");
    run(folder, &["migrate", &source, "--connector", &pack, "--store", &store, "--report", &report]);
}

/// Everything a database holds, compressed values also as what they hold.
fn everything(folder: &Folder) -> Vec<(String, Vec<u8>)> {
    let sql = folder.sql("ehr.db");
    let mut found = Vec::new();
    for table in sql.tables() {
        for value in sql.bytes(&format!("SELECT * FROM \"{table}\"")) {
            if let Ok(plain) = zstd::stream::decode_all(&value[..]) {
                found.push((table.clone(), plain));
            }
            found.push((table.clone(), value));
        }
    }
    found
}

fn holds(bytes: &[u8], what: &str) -> bool {
    memchr::memmem::find(bytes, what.as_bytes()).is_some()
}

#[test]
fn nothing_of_an_erased_person_is_left() {
    let folder = Folder::new();
    write_nights(&folder);
    for night in ["one", "two", "three"] {
        migrate(&folder, night);
    }
    let tells = |found: &[(String, Vec<u8>)]| -> BTreeSet<String> {
        found.iter().filter(|(_, value)| holds(value, "Zqvx")).map(|(table, _)| table.clone()).collect()
    };
    let tables = tells(&everything(&folder));
    for table in
        ["patient", "patient_before", "payload", "quarantine", "document_content", "kept_file", "run", "run_quarantine"]
    {
        assert!(tables.contains(table), "the test says nothing about {table}: {tables:?}");
    }
    let store = folder.store("ehr.db");
    let person = folder.sql("ehr.db").rows("SELECT id FROM patient_identity WHERE source_key = 'Zqvx-person-0001'");
    let would = run(&folder, &["patient", "erase", &person[0][0], "--store", &store, "--json"]);
    let would: serde_json::Value = serde_json::from_str(&would).expect("JSON");
    assert_eq!(tables, tells(&everything(&folder)), "a rehearsal changes nothing");
    // Two say the person's name where no rule can tell: a bill to somebody, and a paper of nobody.
    let doubtful: Vec<String> = would["doubtful"].as_array().expect("a list").iter().map(ToString::to_string).collect();
    assert_eq!(doubtful.len(), 1, "{would}");
    let nobody = folder.sql("ehr.db").rows("SELECT source_record_id FROM quarantine WHERE reason_code = 'orphan'");
    let also = ["--also", &doubtful[0], "--also", &nobody[0][0]];
    let order = [
        "patient",
        "erase",
        &person[0][0],
        "--by",
        "records office",
        "--reason",
        "order 17",
        "--yes",
        "--store",
        &store,
    ];
    let said = run(&folder, &[&order[..], &also].concat());
    assert!(said.contains("erased, as run 4"), "{said}");
    let left: Vec<String> = everything(&folder)
        .into_iter()
        .filter(|(_, value)| holds(value, "Zqvx"))
        .map(|(table, value)| format!("{table}: {}", String::from_utf8_lossy(&value)))
        .collect();
    assert_eq!(left, Vec::<String>::new());
    if crate::stores::server().is_none() {
        for entry in std::fs::read_dir(folder.path()).expect("a folder").map(|entry| entry.expect("an entry").path()) {
            if entry.file_name().is_some_and(|name| name.to_string_lossy().starts_with("ehr.db")) {
                let bytes = std::fs::read(&entry).expect("a file");
                assert!(!holds(&bytes, "Zqvx"), "{}", entry.display());
            }
        }
    }
    run(&folder, &["store", "digest", "--store", &store]);
    // Others are as they were, and lead to their own rows.
    let visit = run(&folder, &["trace", "visits:v2", "--raw", "--store", &store]);
    assert_eq!(visit, "v2,2,2020-01-02,70\n");
    let letter = folder.sql("ehr.db").rows("SELECT count(*) FROM document_content");
    assert_eq!(letter, [["1"]]);
    for night in ["three", "two", "one"] {
        migrate(&folder, night);
        run(&folder, &["store", "digest", "--store", &store]);
        let back: Vec<String> = tells(&everything(&folder)).into_iter().collect();
        assert!(
            back.iter().all(|table| !["patient", "patient_identity", "allergy_intolerance"].contains(&table.as_str())),
            "{back:?}"
        );
    }
    let listed = run(&folder, &["patient", "erasures", "--store", &store]);
    assert!(listed.contains("by records office: order 17"), "{listed}");
}

#[test]
fn a_key_that_names_others_too_brings_back_only_them() {
    let folder = Folder::new();
    write_pack(&folder);
    let header = "id,family,given,born,phone\n";
    folder.write("one/people.csv", format!("{header}1,Jones,Bob,1980-01-02,\n1,Garcia,Maria,1955-07-08,\n"));
    folder.write("one/visits.csv", "id,person,day,pulse\nv1,1,2020-01-01,60\n");
    folder.write("one/allergies.csv", "person,substance,status\n");
    let source = folder.path().join("one");
    load(&folder, &source, "ehr.db").expect("a run");
    let bob = "SELECT id FROM patient_identity WHERE given_name = 'Bob'";
    let bob = folder.sql("ehr.db").rows(bob)[0][0].clone();
    let outcome = take_out(&folder, "ehr.db", &bob, &[]).expect("an erasure");
    assert_eq!(outcome.doubtful.len(), 1, "a visit under the key may be either's");
    let again = load(&folder, &source, "ehr.db").expect("a run");
    assert!(again.balanced);
    assert_eq!(again.digest.before, again.digest.after);
    let people = folder.sql("ehr.db").rows("SELECT given_name FROM patient_identity");
    assert_eq!(people, [["Maria"]]);
    let visits = folder.sql("ehr.db").rows("SELECT count(*) FROM encounter");
    assert_eq!(visits, [["0"]], "whose the visit is, nobody knows");
    let again = take_out(&folder, "ehr.db", &bob, &[]);
    assert!(matches!(again, Err(PipelineError::NoPerson)));
}

#[test]
fn a_changed_tombstone_is_noticed() {
    let folder = Folder::new();
    write_nights(&folder);
    migrate(&folder, "one");
    let store = folder.store("ehr.db");
    for who in ["2", "3"] {
        let id = folder.sql("ehr.db").rows(&format!("SELECT id FROM patient_identity WHERE source_key = '{who}'"));
        take_out(&folder, "ehr.db", &id[0][0], &[]).expect("an erasure");
    }
    run(&folder, &["store", "digest", "--store", &store]);
    let sql = folder.sql("ehr.db");
    for (change, back) in [
        (
            "UPDATE tombstone SET text = replace(text, 'order 17', 'order 18') WHERE run_id = 2",
            "UPDATE tombstone SET text = replace(text, 'order 18', 'order 17') WHERE run_id = 2",
        ),
        ("DELETE FROM tombstone WHERE run_id = 3", ""),
    ] {
        sql.execute(change);
        let output = chartlift(&["store", "digest", "--store", &store]);
        assert_eq!(output.code, 4, "{change}: {}", output.stderr);
        assert!(output.stderr.contains("tombstone"), "{}", output.stderr);
        if !back.is_empty() {
            sql.execute(back);
        }
    }
}

#[test]
fn an_erasure_says_who_and_why() {
    let folder = Folder::new();
    write_nights(&folder);
    migrate(&folder, "one");
    let store = folder.store("ehr.db");
    let id = &folder.sql("ehr.db").rows("SELECT patient_id FROM patient_identity WHERE source_key = '2'")[0][0];
    for args in [
        &["patient", "erase", id, "--yes", "--store", &store][..],
        &["patient", "erase", id, "--yes", "--by", " ", "--reason", "x", "--store", &store],
    ] {
        assert_eq!(chartlift(args).code, 2);
    }
    let output = chartlift(&["patient", "erase", "no-such-person", "--store", &store]);
    assert_eq!(output.code, 1);
    assert!(output.stderr.contains("no patient and no registration"), "{}", output.stderr);
    let also = folder.sql("ehr.db").rows("SELECT r.id FROM source_record r WHERE r.charted > 0 ORDER BY r.id DESC");
    let output = chartlift(&["patient", "erase", id, "--also", &also[0][0], "--store", &store]);
    assert_eq!(output.code, 1, "{}", output.stdout);
}

/// What a visit's row says in one night: whose it is, and whether it can be charted.
fn any_history() -> impl Strategy<Value = Vec<Vec<(usize, bool)>>> {
    proptest::collection::vec(
        proptest::collection::vec((0..3usize, prop_oneof![3 => Just(true), 1 => Just(false)]), 3),
        1..5,
    )
}

/// What the ledger's records say now, by number, but for those that nothing is left of.
fn kept_rows(folder: &Folder) -> Vec<(i64, String)> {
    let store = EhrStore::open(&folder.place("ehr.db")).expect("a store");
    let rows = folder.sql("ehr.db").rows("SELECT id, payload_id, payload_index FROM source_record ORDER BY id");
    let number = |text: &String| text.parse::<i64>().expect("a number");
    let kept = rows.iter().map(|row| {
        let place = store.payload(number(&row[1]), number(&row[2])).expect("a payload");
        (number(&row[0]), String::from_utf8_lossy(&place.record.raw).into_owned())
    });
    kept.collect()
}

proptest! {
    #![proptest_config(cases(12))]

    #[test]
    fn every_state_of_a_record_is_judged_by_itself(nights in any_history()) {
        let folder = Folder::new();
        write_pack(&folder);
        let visit = std::fs::read_to_string(folder.path().join("pack/mappings/visit.toml")).expect("a mapping");
        folder.write("pack/mappings/visit.toml", visit.replace("from = \"day\"\n", "from = \"day\"\nrequired = true\n"));
        for (night, visits) in nights.iter().enumerate() {
            let row = |(at, (person, is_good)): (usize, &(usize, bool))| {
                let day = if *is_good { format!("2020-01-0{}", night + 1) } else { String::new() };
                format!("v{at},{},{day},{night}", ["Zqvx-person-0001", "2", "3"][*person])
            };
            let source = Source {
                people: vec![
                    "Zqvx-person-0001,Zqvxfamily,Zqvxgiven,1980-01-02,".into(),
                    "2,Jones,Bob,1990-02-03,".into(),
                    "3,Smith,Anna,1970-05-06,".into(),
                ],
                visits: visits.iter().enumerate().map(row).collect(),
                allergies: vec!["2,Latex,active".into()],
            };
            load(&folder, &source.write(&folder, &format!("n{night}")), "ehr.db").expect("a run");
        }
        let charts = "SELECT id, patient_id FROM encounter WHERE identity_id IN
             (SELECT id FROM patient_identity WHERE source_key <> 'Zqvx-person-0001') ORDER BY id";
        let before = folder.sql("ehr.db").rows(charts);
        let rows_before = kept_rows(&folder);
        let person = folder.sql("ehr.db").text("SELECT id FROM patient_identity WHERE source_key = 'Zqvx-person-0001'");
        take_out(&folder, "ehr.db", &person, &[]).expect("an erasure");
        is_sound(&folder, "ehr.db")?;
        let left = everything(&folder).into_iter().filter(|(_, value)| holds(value, "Zqvx"));
        prop_assert_eq!(left.map(|(table, _)| table).collect::<Vec<_>>(), Vec::<String>::new());
        prop_assert_eq!(folder.sql("ehr.db").rows(charts), before, "others' charts");
        let others = |rows: Vec<(i64, String)>| -> Vec<_> {
            rows.into_iter().filter(|(_, row)| !row.contains("Zqvx") && !row.is_empty()).collect()
        };
        let rows_after = others(kept_rows(&folder));
        for row in others(rows_before) {
            prop_assert!(rows_after.contains(&row), "{:?}", row);
        }
        for night in (0..nights.len()).rev() {
            let outcome = load(&folder, &folder.path().join(format!("n{night}")), "ehr.db").expect("a run");
            prop_assert!(outcome.balanced, "{:?}", outcome.discrepancies);
            is_sound(&folder, "ehr.db")?;
        }
        let left = everything(&folder).into_iter().filter(|(_, value)| holds(value, "Zqvx"));
        prop_assert_eq!(left.map(|(table, _)| table).collect::<Vec<_>>(), Vec::<String>::new(), "brought back");
    }
}

#[test]
fn a_file_that_is_being_read_is_not_scrubbed_yet() {
    let folder = Folder::new();
    write_nights(&folder);
    migrate(&folder, "one");
    let store = folder.arg("ehr.db");
    let sqlite = rusqlite::Connection::open(folder.path().join("ehr.db")).expect("a database");
    let id: String = sqlite
        .query_row("SELECT id FROM patient_identity WHERE source_key = 'Zqvx-person-0001'", [], |row| row.get(0))
        .expect("a person");
    sqlite.execute_batch("BEGIN; SELECT count(*) FROM patient;").expect("a reader");
    assert!(holds(&std::fs::read(&store).expect("a file"), "Zqvxlatex"));
    let order = ["patient", "erase", &id, "--by", "office", "--reason", "order 17", "--yes", "--store", &store];
    let output = chartlift(&order);
    assert_eq!(output.code, 1, "{}", output.stdout);
    assert!(
        output.stderr.contains("could not be written over") && output.stderr.contains("patient scrub"),
        "{}",
        output.stderr
    );
    assert!(chartlift(&["store", "info", "--store", &store]).stdout.contains("NOT SCRUBBED YET"));
    let again = chartlift(&order);
    assert!(again.stderr.contains("still stands in freed space"), "{}", again.stderr);
    sqlite.execute_batch("COMMIT").expect("a reader");
    run(&folder, &["patient", "scrub", "--store", &store]);
    drop(sqlite);
    assert!(!holds(&std::fs::read(&store).expect("a file"), "Zqvxlatex"));
    assert!(!chartlift(&["store", "info", "--store", &store]).stdout.contains("NOT SCRUBBED YET"));
}

#[test]
fn what_may_be_anybodys_is_left_to_a_human() {
    let folder = Folder::new();
    write_pack(&folder);
    folder.write("one/people.csv", "id,family,given,born,phone\n1,Smith,Anna,1980-01-02,\n3,Jones,Bob,1990-02-03,\n");
    // Visit 1 of person 3, with a cell too many; an account with a number that may be a patient's.
    folder.write("one/visits.csv", "id,person,day,pulse\n1,3,2020-01-01,70,note\nv2,1,2020-01-02,60\n");
    folder.write("one/allergies.csv", "person,substance,status\n");
    folder.write("one/accounts.csv", "account,patient no\nx,1\ny,3\n");
    let source = folder.path().join("one");
    load(&folder, &source, "ehr.db").expect("a run");
    let anna = folder.sql("ehr.db").text("SELECT id FROM patient_identity WHERE given_name = 'Anna'");
    let outcome = take_out(&folder, "ehr.db", &anna, &[]).expect("an erasure");
    assert_eq!(outcome.doubtful.len(), 2);
    let again = load(&folder, &source, "ehr.db").expect("a run");
    let visits = again.streams.iter().find(|stream| stream.stream == "visits").expect("a stream");
    assert_eq!((visits.totals.quarantined, visits.totals.erased), (1, 1));
    // What a human has named stays away, too; by a record alone also whoever was never registered.
    let named = format!("source_record:{}", outcome.doubtful[0]);
    take_out(&folder, "ehr.db", &named, &outcome.doubtful[1..]).expect("an erasure");
    let again = load(&folder, &source, "ehr.db").expect("a run");
    assert_eq!(again.digest.before, again.digest.after);
    assert_eq!(again.streams.iter().map(|stream| stream.totals.erased).sum::<u64>(), 4);
    // Another person under the key of one who was erased is passed over, and not in silence.
    folder
        .write("two/people.csv", "id,family,given,born,phone\n1,Okafor,Wilbur,1931-07-08,\n3,Jones,Bob,1990-02-03,\n");
    folder.write("two/visits.csv", "id,person,day,pulse\n");
    folder.write("two/allergies.csv", "person,substance,status\n");
    let other = load(&folder, &folder.path().join("two"), "ehr.db").expect("a run");
    let issues: Vec<_> = other.issues.iter().filter(|issue| issue.code == "erased_key").collect();
    assert_eq!((issues.len(), &issues[0].rows), (1, &vec![1]));
}

/// Two whom a person keeps apart, and a third who fits both: once one of them is erased, the third may be his, and goes to nobody. Who
/// stays is linked as if linked now, whatever is taken back.
#[test]
fn who_could_not_be_told_from_the_erased_goes_to_nobody_else() {
    let folder = Folder::new();
    write_pack(&folder);
    let person = |system: &str, row: &str| {
        folder.write(&format!("{system}/people.csv"), format!("id,family,given,born,phone,ssn\n{row}\n"));
        folder.write(&format!("{system}/visits.csv"), "id,person,day,pulse\n1,1,2020-01-01,60\n");
        folder.write(&format!("{system}/allergies.csv"), "person,substance,status\n1,Latex,active\n");
        crate::undo::load(&folder, &folder.path().join(system), "ehr.db", system, &NoListener).expect("a run");
    };
    let store = folder.store("ehr.db");
    let ask = |args: &[&str]| chartlift(&[args, &["--store", &store]].concat());
    let patients = || -> BTreeSet<ChartId> {
        registrations(&folder, "ehr.db").into_iter().map(|(_, patient, _)| patient).collect()
    };
    let waiting = || folder.sql("ehr.db").number("SELECT count(*) FROM match_review WHERE status = 'open'");
    for system in ["north", "south"] {
        person(system, "1,Petrova,Galina,1961-04-09,617-555-0199,219-45-6781");
    }
    let apart = ask(&["review", "split", "south/people:1", "--by", "Ada", "--why", "two sisters", "--overrule"]);
    assert_eq!(apart.code, 0, "{}", apart.stderr);
    person("west", "1,Petrova,Galina,1961-04-09,617-555-0199,219-45-6781");
    person("west", "1,Petrova,GALINA,1961-04-09,617-555-0199,219-45-6781");
    assert_eq!((patients().len(), waiting()), (3, 2), "who fits two is asked about");
    let north = &folder.sql("ehr.db").rows("SELECT id FROM patient_identity WHERE source_system = 'north'")[0][0];
    let would = ask(&["patient", "erase", north]);
    assert!(would.stdout.contains("Those who stay would be linked anew"), "{}", would.stdout);
    let erased = ask(&["patient", "erase", north, "--by", "office", "--reason", "order 17", "--yes"]);
    assert_eq!(erased.code, 0, "{}", erased.stderr);
    assert!(erased.stdout.contains("linked anew, as run 7: 0 registrations move"), "{}", erased.stdout);
    assert!(erased.stdout.contains("Nobody could tell"), "{}", erased.stdout);
    assert!(erased.stdout.contains("Pairs to review: 2 before, 0 after."), "{}", erased.stdout);
    let is_as_it_was = || {
        assert_eq!((patients().len(), waiting()), (2, 0));
        is_sound(&folder, "ehr.db").expect("a sound store");
        is_settled(&folder, "ehr.db").expect("as if linked now");
    };
    is_as_it_was();
    assert!(ask(&["undo", "7"]).stderr.contains("it linked those who stayed"));
    // Somebody else comes; what came of the third is taken back with what stands on it, and with nothing else.
    person("east", "1,Quimby,Ottokar,1931-07-08,,");
    let undone = ask(&["undo", "5", "--with-dependents"]);
    assert!(undone.stdout.starts_with("runs 7, 5 are undone"), "{}{}", undone.stdout, undone.stderr);
    assert!(undone.stdout.contains("Those who stay were linked anew, as run 10"), "{}", undone.stdout);
    assert_eq!(ask(&["undo", "8"]).code, 0);
    is_as_it_was();
    // And a person may say so.
    let merge = ["review", "merge", "west/people:1", "south/people:1", "--overrule", "--by", "Ada", "--why", "one"];
    let merged = ask(&merge);
    assert_eq!((merged.code, patients().len()), (0, 1), "{}", merged.stderr);
}
