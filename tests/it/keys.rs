//! Rows of one patient key, in the mixtures that sources really have: emptied rows, sparse ones, numbers that contradict each
//! other, registrations whose rows hold more than the person.

use chartlift::pipeline::{NoListener, RunOutcome};

use crate::small::{load, load_with, recounted, write_pack};
use crate::support::Folder;

fn people(folder: &Folder, name: &str, text: &str) -> std::path::PathBuf {
    folder.write(&format!("{name}/people.csv"), text);
    folder.path().join(name)
}

/// Loads, and holds the books and the digest to it; the same source again must change nothing.
fn night(folder: &Folder, name: &str, text: &str) -> RunOutcome {
    let path = people(folder, name, text);
    let run = load(folder, &path, "ehr.db").expect("a run");
    for run in [&run, &load(folder, &path, "ehr.db").expect("a run")] {
        assert!(run.balanced, "{name}: {:?}", run.discrepancies);
        let (kept, counted) = recounted(folder, "ehr.db");
        assert_eq!(kept, counted, "{name}");
    }
    let again = load(folder, &path, "ehr.db").expect("a run");
    assert_eq!(again.digest.before, again.digest.after, "{name} again");
    run
}

fn count(run: &RunOutcome, stream: &str, fate: fn(&chartlift::model::StreamTotals) -> u64) -> u64 {
    run.streams.iter().filter(|s| s.stream == stream).map(|s| fate(&s.totals)).sum()
}

#[test]
fn an_emptied_row_does_not_take_the_record_of_the_row_beside_it() {
    let folder = Folder::new();
    write_pack(&folder);
    night(&folder, "first", "id,family,given,born,phone\n2,Smyth,Anna,1931-07-08,\n");
    let run = night(
        &folder,
        "second",
        "id,family,given,born,phone\n2,,,,617-555-0147\n2,Smyth,Anna,1931-07-08,617-555-0148\n",
    );
    assert_eq!((count(&run, "people", |t| t.updated), count(&run, "people", |t| t.quarantined)), (1, 1));
}

#[test]
fn a_sparse_row_that_fits_two_people_makes_no_third_in_any_order() {
    let rows = ["1,Smith,Anna,1980-01-02,", "1,Okafor,Wilbur,1931-07-08,", "1,Smith,,,617-555-0147"];
    let mut digests = std::collections::BTreeSet::new();
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let folder = Folder::new();
        write_pack(&folder);
        let text =
            order.iter().fold("id,family,given,born,phone\n".to_owned(), |text, at| format!("{text}{}\n", rows[*at]));
        folder.write("all/visits.csv", "id,person,day,pulse\n1,1,2020-01-01,60\n");
        let run = night(&folder, "all", &text);
        assert_eq!(run.patients.identities, 2, "{order:?}");
        assert_eq!(count(&run, "visits", |t| t.quarantined), 1, "{order:?}");
        digests.insert(run.digest.after);
    }
    assert_eq!(digests.len(), 1, "the order of the rows does not matter");
}

#[test]
fn two_numbers_and_two_family_names_are_no_correction() {
    let both = "id,family,given,born,phone,ssn\n1,Smith,Maria,1980-01-02,,231-64-8817\n1,Okafor,Maria,1980-01-02,,529-81-7746\n";
    let folder = Folder::new();
    write_pack(&folder);
    assert_eq!(night(&folder, "both", both).patients.identities, 2);
    let folder = Folder::new();
    write_pack(&folder);
    night(&folder, "first", "id,family,given,born,phone,ssn\n1,Smith,Maria,1980-01-02,,231-64-8817\n");
    let run = night(&folder, "second", "id,family,given,born,phone,ssn\n1,Okafor,Maria,1980-01-02,,529-81-7746\n");
    assert_eq!(run.patients.identities, 2, "nobody is overwritten");
    // A name that changes with marriage, and a digit put right, are corrections.
    let folder = Folder::new();
    write_pack(&folder);
    night(&folder, "first", "id,family,given,born,phone,ssn\n1,Smith,Maria,1980-01-02,,231-64-8817\n");
    let run = night(&folder, "second", "id,family,given,born,phone,ssn\n1,Okafor,Maria,1980-01-02,,231-64-8817\n");
    assert_eq!((run.patients.identities, count(&run, "people", |t| t.updated)), (1, 1));
}

/// A pack whose people rows also make an observation, of the person that another column names, and a document.
fn write_richer_pack(folder: &Folder) {
    write_pack(folder);
    let pack = std::fs::read_to_string(folder.path().join("pack/connector.toml")).expect("a pack");
    folder.write("pack/connector.toml", pack.replace("[\"person\"]", "[\"person\", \"remark\", \"photo\"]"));
    folder.write(
        "pack/mappings/remark.toml",
        r#"
record = "Observation"
[[when]]
column = "remark"
present = true
optional = true
[[field]]
to = "patient"
from = "about"
transform = "reference"
stream = "people"
optional = true
[[field]]
to = "value"
from = "remark"
transform = "result"
optional = true
"#,
    );
    folder.write(
        "pack/mappings/photo.toml",
        r#"
record = "DocumentReference"
[[when]]
column = "photo"
present = true
optional = true
[[field]]
to = "patient"
from = "id"
transform = "reference"
stream = "people"
[[field]]
to = "content"
from = "photo"
transform = "document"
optional = true
"#,
    );
}

#[test]
fn a_registration_does_not_wait_for_the_patient_of_a_further_fact() {
    let folder = Folder::new();
    write_richer_pack(&folder);
    let run = night(
        &folder,
        "all",
        "id,family,given,born,phone,about,remark\n,Smith,Anna,1980-01-02,617-555-0147,9,n1\n2,Smith,Anna,1980-01-02,617-555-0147,2,n3\n3,Smith,Anna,1980-01-02,617-555-0147,,\n",
    );
    assert_eq!(run.patients.identities, 3);
    assert!(run.issues.iter().any(|issue| issue.code == "orphan"), "{:?}", run.issues);
}

#[test]
fn further_facts_follow_a_registration_that_takes_another_id() {
    let folder = Folder::new();
    write_richer_pack(&folder);
    let head = "id,family,given,born,phone,about,remark\n";
    let anna = "1,Smith,Anna,1980-01-02,,1,left-handed\n";
    let wilbur = "1,Okafor,Wilbur,1931-07-08,,1,deaf\n";
    night(&folder, "first", &format!("{head}{anna}"));
    let nights = night(&folder, "second", &format!("{head}{anna}{wilbur}"));
    let once = load_with(&folder, &people(&folder, "once", &format!("{head}{anna}{wilbur}")), "once.db", &NoListener);
    assert_eq!(nights.digest.after, once.expect("a run").digest.after);
}

#[test]
fn a_registration_with_a_document_settles() {
    let folder = Folder::new();
    write_richer_pack(&folder);
    for name in ["first", "second"] {
        folder.write(&format!("{name}/a.png"), b"\x89PNG");
    }
    night(&folder, "first", "id,family,given,born,phone,photo\n1,Smith,Anna,1980-01-02,,a.png\n");
    night(
        &folder,
        "second",
        "id,family,given,born,phone,photo\n1,Smith,Anna,1980-01-02,,a.png\n1,Smith,Anna,1980-01-02,617-555-0100,a.png\n",
    );
}

#[test]
fn registrations_of_one_patient_that_come_to_contradict_each_other_are_a_question() {
    let folder = Folder::new();
    write_pack(&folder);
    let rows = |a: &str, b: &str| {
        format!(
            "id,family,given,born,phone,ssn\n1,Smith,Anna,1980-01-02,617-555-0147,{a}\n2,Smith,Anna,1980-01-02,617-555-0147,{b}\n"
        )
    };
    let first = night(&folder, "first", &rows("", ""));
    assert_eq!((first.patients.patients, first.patients.review), (1, 0));
    let second = night(&folder, "second", &rows("231-64-8817", "529-81-7746"));
    assert_eq!(second.patients.review, 1, "a person must take them apart");
}

#[test]
fn recycled_numbers_are_few_also_after_the_connector_was_edited() {
    let rows = |recycled: bool| {
        (0..100).fold("id,family,given,born,phone\n".to_owned(), |text, id| {
            let new = recycled && id < 3;
            let (family, given, year) = if new { ("Brandt", "Otto", 1931) } else { ("Smith", "Anna", 1950 + id % 40) };
            format!("{text}{id},{family}{id},{given},{year}-01-02,\n")
        })
    };
    let folder = Folder::new();
    write_pack(&folder);
    night(&folder, "first", &rows(false));
    let person = std::fs::read_to_string(folder.path().join("pack/mappings/person.toml")).expect("a mapping");
    folder.write("pack/mappings/person.toml", format!("# edited\n{person}"));
    assert_eq!(night(&folder, "second", &rows(true)).patients.identities, 103);
}
