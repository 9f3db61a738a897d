//! Nights that bring what earlier nights did not know: a second person under a known key, a connector that reads otherwise, a
//! scan whose patient comes later. Wherever one load at once could be made of them, the store must be the same.

use chartlift::pipeline::RunOutcome;

use crate::small::{Source, load, recounted, write_pack};
use crate::support::{Folder, chartlift};

const ANNA: &str = "1,Smith,Anna,1980-01-02,617-555-0147";
const WILBUR: &str = "1,Okafor,Wilbur,1931-07-08,";
const BOB: &str = "2,Jones,Bob,1950-03-04,";

fn source(people: &[&str], visits: &[&str]) -> Source {
    let own = |rows: &[&str]| rows.iter().map(|row| (*row).to_owned()).collect();
    Source {
        people: own(people),
        visits: own(visits),
        allergies: vec!["1,Latex,active".into(), "2,Dust,active".into()],
    }
}

/// Loads one night after the other into one store.
fn nights(folder: &Folder, store: &str, nights: &[Source]) -> RunOutcome {
    let mut last = None;
    for (number, night) in nights.iter().enumerate() {
        let path = night.write(folder, &format!("{store}-{number}"));
        let run = load(folder, &path, store).expect("a run");
        assert!(run.balanced, "{:?}", run.discrepancies);
        let (kept, counted) = recounted(folder, store);
        assert_eq!(kept, counted, "night {number} of {store}");
        last = Some(run);
    }
    last.expect("a night")
}

fn fate(run: &RunOutcome, stream: &str, fate: fn(&chartlift::model::StreamTotals) -> u64) -> u64 {
    run.streams.iter().filter(|s| s.stream == stream).map(|s| fate(&s.totals)).sum()
}

#[test]
fn a_key_that_comes_to_name_two_people_ends_as_if_both_had_come_at_once() {
    let visits = &["1,1,2020-01-01,60", "2,2,2020-01-01,70"];
    let both = source(&[ANNA, WILBUR, BOB], visits);
    let folder = Folder::new();
    write_pack(&folder);
    let once = nights(&folder, "once.db", std::slice::from_ref(&both));
    assert_eq!((once.patients.identities, once.patients.patients), (3, 3));
    for (name, first) in [("anna.db", ANNA), ("wilbur.db", WILBUR)] {
        let run = nights(&folder, name, &[source(&[first, BOB], visits), both.clone()]);
        assert_eq!(run.digest.after, once.digest.after, "{name}");
        assert_eq!(fate(&run, "visits", |t| t.quarantined), 1, "what was filed when the key named one is taken back");
        assert_eq!(fate(&run, "allergies", |t| t.quarantined), 1);
        assert_eq!(fate(&run, "allergies", |t| t.unchanged), 1, "who does not share a key keeps everything");
        let again = nights(&folder, name, std::slice::from_ref(&both));
        assert_eq!(again.digest.before, again.digest.after);
        assert_eq!(again.streams.iter().map(|s| s.totals.updated + s.totals.loaded).sum::<u64>(), 0);
    }
}

#[test]
fn what_is_taken_back_and_not_read_stands_in_a_stream_of_its_own() {
    let folder = Folder::new();
    write_pack(&folder);
    let first = source(&[ANNA, BOB], &["1,1,2020-01-01,60", "2,2,2020-01-01,70"]);
    let second = Source { people: vec![WILBUR.into()], visits: vec![], allergies: vec![] };
    let run = nights(&folder, "ehr.db", &[first, second]);
    assert_eq!(fate(&run, "visits:replayed", |t| t.quarantined), 1);
    assert_eq!(fate(&run, "allergies:replayed", |t| t.quarantined), 1);
    assert_eq!((run.patients.identities, run.patients.patients), (3, 3));
    let once = nights(&folder, "once.db", &[source(&[ANNA, BOB, WILBUR], &["1,1,2020-01-01,60", "2,2,2020-01-01,70"])]);
    assert_eq!(run.digest.after, once.digest.after);
}

#[test]
fn a_connector_that_reads_otherwise_is_followed_and_only_what_differs_is_written() {
    let folder = Folder::new();
    write_pack(&folder);
    let all = source(&[ANNA, BOB], &["1,1,2020-01-01,60", "2,2,2020-01-01,70", "3,2,2020-01-02,"]);
    nights(&folder, "ehr.db", std::slice::from_ref(&all));
    let pulse = std::fs::read_to_string(folder.path().join("pack/mappings/pulse.toml")).expect("a mapping");
    folder.write("pack/mappings/pulse.toml", pulse.replace("8867-4", "8889-8"));
    let person = std::fs::read_to_string(folder.path().join("pack/mappings/person.toml")).expect("a mapping");
    folder.write("pack/mappings/person.toml", person.replace("phone_home", "phone_mobile"));
    let run = nights(&folder, "ehr.db", std::slice::from_ref(&all));
    let counts = |stream| (fate(&run, stream, |t| t.updated), fate(&run, stream, |t| t.unchanged));
    assert_eq!(counts("visits"), (2, 1), "the visit without a pulse makes what it made before");
    assert_eq!(counts("people"), (1, 1), "only one of them has a telephone");
    assert_eq!(counts("allergies"), (0, 2));
    let once = nights(&folder, "once.db", std::slice::from_ref(&all));
    assert_eq!(run.digest.after, once.digest.after, "as if the new connector had always been there");
    let again = nights(&folder, "ehr.db", std::slice::from_ref(&all));
    assert_eq!(fate(&again, "visits", |t| t.unchanged), 3);
}

#[test]
fn rows_of_a_mapping_that_is_gone_leave_the_chart() {
    let folder = Folder::new();
    write_pack(&folder);
    let all = source(&[ANNA, BOB], &["1,1,2020-01-01,60", "2,2,2020-01-01,70"]);
    nights(&folder, "ehr.db", std::slice::from_ref(&all));
    let pack = std::fs::read_to_string(folder.path().join("pack/connector.toml")).expect("a pack");
    folder.write("pack/connector.toml", pack.replace("[\"visit\", \"pulse\"]", "[\"visit\"]"));
    std::fs::remove_file(folder.path().join("pack/mappings/pulse.toml")).expect("a mapping");
    let run = nights(&folder, "ehr.db", std::slice::from_ref(&all));
    assert_eq!(fate(&run, "visits", |t| t.updated), 2);
    assert_eq!(run.digest.after, nights(&folder, "once.db", std::slice::from_ref(&all)).digest.after);
}

#[test]
fn a_scan_waits_with_its_record_and_loads_with_it_after_its_source_is_gone() {
    let folder = Folder::new();
    write_pack(&folder);
    let scan: Vec<u8> = b"%PDF-1.4 scan ".iter().copied().cycle().take(5000).collect();
    let night = |people: &[&str], with_scan: bool, name: &str| {
        let path = source(people, &[]).write(&folder, name);
        if with_scan {
            folder.write(&format!("{name}/papers.csv"), "person,kind,file\n1,letter,a/scan.pdf\n");
            folder.write(&format!("{name}/a/scan.pdf"), &scan);
        }
        path
    };
    let first = load(&folder, &night(&[BOB], true, "first"), "ehr.db").expect("a run");
    assert_eq!(fate(&first, "papers", |t| t.quarantined), 1);
    assert!(first.streams.iter().all(|s| s.stream != "files"), "the scan is no stray file: it waits with its record");
    let second = load(&folder, &night(&[BOB, ANNA], false, "second"), "ehr.db").expect("a run");
    assert_eq!(fate(&second, "papers:replayed", |t| t.loaded), 1);
    assert!(second.issues.iter().all(|issue| issue.code != "document_missing"), "{:?}", second.issues);
    let once = load(&folder, &night(&[BOB, ANNA], true, "once"), "once.db").expect("a run");
    assert_eq!(second.digest.after, once.digest.after);
    let (kept, counted) = recounted(&folder, "ehr.db");
    assert_eq!(kept, counted);
}

#[test]
fn references_that_lead_nowhere_or_to_another_patient_are_issues() {
    let folder = Folder::new();
    write_pack(&folder);
    let path = source(&[ANNA, BOB], &["1,1,2020-01-01,60", "2,2,2020-01-01,70"]).write(&folder, "source");
    folder.write("source/papers.csv", "person,kind,file,visit\n1,a,,1\n1,b,,2\n1,c,,9\n2,d,,2\n");
    let run = load(&folder, &path, "ehr.db").expect("a run");
    let rows = |code: &str| {
        run.issues
            .iter()
            .filter(|i| i.code == code && i.stream == "papers")
            .flat_map(|i| i.rows.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!((rows("reference_mismatch"), rows("reference_invalid")), (vec![2], vec![3]));
    // A later night's facts refer to visits that only the store has.
    let later = source(&[], &[]).write(&folder, "later");
    folder.write("later/papers.csv", "person,kind,file,visit\n1,e,,1\n1,f,,2\n1,g,,8\n");
    let run = load(&folder, &later, "ehr.db").expect("a run");
    let rows =
        |code: &str| run.issues.iter().filter(|i| i.code == code).flat_map(|i| i.rows.clone()).collect::<Vec<_>>();
    assert_eq!((rows("reference_mismatch"), rows("reference_invalid")), (vec![2], vec![3]));
}

/// As chartlift wrote it when format 2 was the newest, from the two people of [`source`].
const FORMAT_2: &[u8] = include_bytes!("stores/format_2.db.zst");

/// The same when format 3 was.
const FORMAT_3: &[u8] = include_bytes!("stores/format_3.db.zst");

/// The same when format 4 was.
const FORMAT_4: &[u8] = include_bytes!("stores/format_4.db.zst");

/// The same when format 5 was.
const FORMAT_5: &[u8] = include_bytes!("stores/format_5.db.zst");

#[test]
fn a_file_of_an_older_format_is_brought_forward() {
    let mut of_before: Option<String> = None;
    for format in [1, 2, 3, 4, 5] {
        let folder = Folder::new();
        write_pack(&folder);
        let all = source(&[ANNA, BOB], &["1,1,2020-01-01,60", "2,2,2020-01-01,70"]);
        nights(&folder, "now.db", std::slice::from_ref(&all));
        let stored = match format {
            5 => FORMAT_5,
            4 => FORMAT_4,
            3 => FORMAT_3,
            _ => FORMAT_2,
        };
        folder.write("ehr.db", zstd::decode_all(stored).expect("a store"));
        if format == 1 {
            let sqlite = rusqlite::Connection::open(folder.path().join("ehr.db")).expect("a database");
            sqlite
                .execute_batch(
                    "DROP TABLE waiting_document; DROP TABLE document_history; DROP TABLE run_quarantine;
                     ALTER TABLE source_stream DROP COLUMN mapping; ALTER TABLE run DROP COLUMN reported;
                     UPDATE source_record SET charted = min(charted, 1);
                     UPDATE store_meta SET value = '1' WHERE name = 'format';",
                )
                .expect("an older store");
        }
        let store = folder.arg("ehr.db");
        let refused = chartlift(&["store", "info", "--store", &store]);
        assert_eq!(refused.code, 1);
        assert!(refused.stderr.contains("chartlift store migrate"), "{}", refused.stderr);
        let migrated = chartlift(&["store", "migrate", "--store", &store]);
        assert_eq!(migrated.code, 0, "{}", migrated.stderr);
        assert!(migrated.stdout.contains(&format!("had format {format}")), "{}", migrated.stdout);
        let shape = |name: &str| {
            let sqlite = rusqlite::Connection::open(folder.path().join(name)).expect("a database");
            let sql = "SELECT type || ' ' || name || ' ' || coalesce(replace(sql, '\"', ''), '') FROM sqlite_master
                       WHERE name NOT IN ('run', 'source_stream') AND name NOT LIKE 'sqlite_stat%' ORDER BY 1";
            let mut select = sqlite.prepare(sql).expect("a statement");
            let rows = select.query_map([], |row| row.get::<_, String>(0)).expect("rows");
            rows.collect::<Result<Vec<_>, _>>().expect("rows")
        };
        assert_eq!(shape("ehr.db"), shape("now.db"), "tables, indexes and triggers are those of a new store");
        let (kept, counted) = recounted(&folder, "ehr.db");
        assert_eq!(kept, counted);
        // All of them were made of the same, which is read with units by now.
        assert_eq!(*of_before.get_or_insert(kept.clone()), kept);
        let undone = chartlift(&["undo", "1", "--store", &store]);
        if format >= 3 {
            assert_eq!(undone.code, 0, "{}", undone.stderr);
            continue;
        }
        assert!(undone.stderr.contains("made before the store kept what was there before"), "{}", undone.stderr);
        // What is mapped otherwise by now is mapped anew once.
        nights(&folder, "ehr.db", std::slice::from_ref(&all));
        let again = nights(&folder, "ehr.db", std::slice::from_ref(&all));
        let (kept, counted) = recounted(&folder, "ehr.db");
        assert_eq!((&again.digest.after, &counted), (&kept, &kept));
        assert_eq!(again.streams.iter().map(|s| s.totals.updated + s.totals.loaded).sum::<u64>(), 0);
    }
}

#[test]
fn a_mapping_of_another_record_type_or_place_is_followed() {
    let folder = Folder::new();
    write_pack(&folder);
    let all = source(&[ANNA, BOB], &["1,1,2020-01-01,60", "2,2,2020-01-01,70"]);
    nights(&folder, "ehr.db", std::slice::from_ref(&all));
    let edit = |file: &str, from: &str, to: &str| {
        let text = std::fs::read_to_string(folder.path().join(file)).expect("a file of the pack");
        assert!(text.contains(from), "{file}");
        folder.write(file, text.replace(from, to));
    };
    edit("pack/connector.toml", "[\"visit\", \"pulse\"]", "[\"pulse\", \"visit\"]");
    edit("pack/mappings/allergy.toml", "AllergyIntolerance", "Condition");
    // The order of mappings decides which record others refer to; papers refer to the visit.
    edit(
        "pack/mappings/paper.toml",
        "to = \"encounter_id\"\nfrom = \"visit\"\ntransform = \"reference\"\nstream = \"visits\"\noptional = true\n[[field]]\n",
        "",
    );
    let run = nights(&folder, "ehr.db", std::slice::from_ref(&all));
    assert_eq!(run.digest.after, nights(&folder, "once.db", std::slice::from_ref(&all)).digest.after);
    edit("pack/connector.toml", "mappings = [\"allergy\"]", "archive = \"no longer charted\"");
    let run = nights(&folder, "ehr.db", std::slice::from_ref(&all));
    assert_eq!(fate(&run, "allergies", |t| t.archived), 2);
    assert_eq!(run.digest.after, nights(&folder, "again.db", std::slice::from_ref(&all)).digest.after);
}

#[test]
fn what_the_connector_no_longer_knows_is_taken_back_too() {
    let folder = Folder::new();
    write_pack(&folder);
    nights(&folder, "ehr.db", &[source(&[ANNA, BOB], &["1,1,2020-01-01,60"])]);
    let pack = std::fs::read_to_string(folder.path().join("pack/connector.toml")).expect("a pack");
    let without =
        pack.replace("[[stream]]\nname = \"allergies\"\nfiles = [\"allergies.csv\"]\nmappings = [\"allergy\"]\n", "");
    assert_ne!(pack, without);
    folder.write("pack/connector.toml", without);
    std::fs::remove_file(folder.path().join("pack/mappings/allergy.toml")).expect("a mapping");
    nights(&folder, "ehr.db", &[Source { people: vec![WILBUR.into()], visits: vec![], allergies: vec![] }]);
    let left = folder.sql("ehr.db").number(
        "SELECT count(*) FROM allergy_intolerance a JOIN patient_identity i ON i.id = a.identity_id WHERE i.source_key = '1'",
    );
    assert_eq!(left, 0, "nobody knows whose allergy it is");
}
