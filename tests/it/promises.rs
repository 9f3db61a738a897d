//! The promises of DESIGN section 2 as properties over sources that nobody would write by hand: repeats, conflicts, orphans,
//! rows cut short, in any mixture.

use std::sync::atomic::{AtomicU64, Ordering};

use chartlift::pipeline::{Event, Listener, NoListener, PipelineError, RunOutcome};
use chartlift::store::EhrStore;
use proptest::prelude::*;

use crate::small::{Source, load_with as load, recounted, write_pack};
use crate::support::{Folder, chartlift};

/// Few keys and few values, so that repeats, conflicts, shared keys and orphans are the rule.
pub fn any_source() -> impl Strategy<Value = Source> {
    let person = (0..6u8, 0..4usize, 0..4usize, 0..5usize, 0..3usize).prop_map(|(id, family, given, born, phone)| {
        let family = ["Smith", "Jones", "O'Neil", ""][family];
        let given = ["Anna", "Bob", "Zoë", "Ann"][given];
        let born = ["1980-01-02", "1980", "31/02/1980", "2090-01-01", "03/04/1980"][born];
        format!("{id},{family},{given},{born},{}", ["617-555-0147", "x", ""][phone])
    });
    let odd = prop_oneof![
        Just("1,2".to_owned()),
        Just(",,,,,,9".to_owned()),
        Just(" , ".to_owned()),
        Just("\"a\"\"b,\",2,,4".to_owned())
    ];
    let visit = (0..8u8, 0..8u8, 0..3usize, 0..4usize).prop_map(|(id, person, day, pulse)| {
        format!("{id},{person},{},{}", ["2020-01-01", "13/13/2020", ""][day], ["60", "<40", "n/a", ""][pulse])
    });
    let allergy = (0..8u8, 0..3usize, 0..2usize).prop_map(|(person, substance, status)| {
        format!("{person},{},{}", ["Latex", "No known allergies", ""][substance], ["active", ""][status])
    });
    let rows = |row: BoxedStrategy<String>, odd: BoxedStrategy<String>| {
        proptest::collection::vec(prop_oneof![9 => row, 1 => odd], 0..25)
    };
    let odd = odd.boxed();
    (rows(person.boxed(), odd.clone()), rows(visit.boxed(), odd.clone()), rows(allergy.boxed(), odd))
        .prop_map(|(people, visits, allergies)| Source { people, visits, allergies })
}

/// Sources whose keys do not conflict, so that the order of rows means nothing.
pub fn tidy_source() -> impl Strategy<Value = Source> {
    any_source().prop_map(|mut source| {
        for rows in [&mut source.people, &mut source.visits] {
            let mut seen = std::collections::BTreeMap::<String, String>::new();
            rows.retain(|row| {
                let key = row.split(',').next().unwrap_or_default().to_owned();
                seen.entry(key).or_insert_with(|| row.clone()) == row
            });
        }
        source
    })
}

/// Everything in an outcome but what may differ.
fn comparable(outcome: &RunOutcome) -> serde_json::Value {
    let mut value = serde_json::to_value(outcome).expect("JSON");
    value.as_object_mut().expect("an object").remove("run");
    value
}

/// Stops a run after some batches.
pub struct StopAfter(pub AtomicU64);

impl Listener for StopAfter {
    fn event(&self, _: Event<'_>) {}

    fn interrupted(&self) -> bool {
        self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| Some(left.saturating_sub(1))) == Ok(0)
    }
}

/// `PROMISE_CASES=1000 tests/run promises` looks longer.
pub fn cases(cases: u32) -> ProptestConfig {
    // Making tables takes a server longer than a file.
    let cases = if crate::stores::server().is_some() { cases.div_ceil(4) } else { cases };
    let cases = std::env::var("PROMISE_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(cases);
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases(40))]

    /// Promises 1 and 5: the books close to the row and the cell, and the same source again changes nothing.
    #[test]
    fn books_close_and_twice_equals_once(source in any_source()) {
        let folder = Folder::new();
        write_pack(&folder);
        let path = source.write(&folder, "source");
        let first = load(&folder, &path, "ehr.db", &NoListener).expect("a run");
        prop_assert!(first.balanced, "{:?}", first.discrepancies);
        // A row of blanks and separators is a record, a line without a character is none: the test writes no such line.
        prop_assert_eq!(first.streams.iter().map(|s| s.totals.read).sum::<u64>(), source.rows());
        for stream in &first.streams {
            prop_assert_eq!(stream.totals.read, stream.totals.fates());
            prop_assert_eq!(stream.totals.cells.non_empty, stream.totals.cells.disposed());
        }
        let (kept, counted) = recounted(&folder, "ehr.db");
        prop_assert_eq!(&kept, &counted, "the digest kept is the digest counted");
        let again = load(&folder, &path, "ehr.db", &NoListener).expect("a run");
        prop_assert!(again.balanced, "{:?}", again.discrepancies);
        prop_assert_eq!(&again.digest.before, &again.digest.after);
        for (before, after) in first.streams.iter().zip(&again.streams) {
            let (b, a) = (&before.totals, &after.totals);
            prop_assert_eq!((a.loaded, a.updated, a.linked), (0, 0, 0), "{}", after.stream);
            prop_assert_eq!(a.unchanged, b.loaded + b.updated + b.linked);
            prop_assert_eq!((a.duplicate, a.quarantined, a.archived), (b.duplicate, b.quarantined, b.archived));
            prop_assert!(a.chart.is_empty());
        }
    }

    /// Promise 3: one thread or four, the same report and digest.
    #[test]
    fn threads_do_not_matter(source in any_source()) {
        let folder = Folder::new();
        write_pack(&folder);
        let path = source.write(&folder, "source");
        let run = |threads: usize, store: &str| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
            comparable(&pool.install(|| load(&folder, &path, store, &NoListener)).expect("a run"))
        };
        prop_assert_eq!(run(1, "one.db"), run(4, "four.db"));
    }

    /// Promise 3: where no key conflicts, the order of rows does not matter.
    #[test]
    fn the_order_of_rows_does_not_matter(source in tidy_source()) {
        let folder = Folder::new();
        write_pack(&folder);
        let turned = Source {
            people: source.people.iter().rev().cloned().collect(),
            visits: source.visits.iter().rev().cloned().collect(),
            allergies: source.allergies.iter().rev().cloned().collect(),
        };
        let forth = load(&folder, &source.write(&folder, "forth"), "forth.db", &NoListener).expect("a run");
        let back = load(&folder, &turned.write(&folder, "back"), "back.db", &NoListener).expect("a run");
        prop_assert_eq!(forth.digest.after, back.digest.after);
    }

    /// Promise 4, in so far as a run can be cut between batches: the same command again ends in the same store and report.
    #[test]
    fn a_run_that_was_cut_off_ends_as_if_it_was_not(source in any_source(), after in 3u64..12) {
        let folder = Folder::new();
        write_pack(&folder);
        let path = source.write(&folder, "source");
        let whole = load(&folder, &path, "whole.db", &NoListener).expect("a run");
        let cut = load(&folder, &path, "cut.db", &StopAfter(AtomicU64::new(after)));
        prop_assert!(matches!(cut, Ok(_) | Err(PipelineError::Interrupted)));
        let ended = if cut.is_ok() { cut.expect("a run") } else { load(&folder, &path, "cut.db", &NoListener).expect("a run") };
        prop_assert_eq!(comparable(&ended), comparable(&whole));
        let (kept, counted) = recounted(&folder, "cut.db");
        prop_assert_eq!(kept, counted);
    }

    /// Promises 1 and 5 over nights that have nothing to do with each other: whatever changed, conflicts, shared keys and all,
    /// every night's books close and the same night again changes nothing.
    #[test]
    fn any_nights_close_their_books(first in any_source(), second in any_source()) {
        let folder = Folder::new();
        write_pack(&folder);
        let nights = [first.write(&folder, "first"), second.write(&folder, "second")];
        for night in [&nights[0], &nights[1], &nights[0]] {
            let run = match load(&folder, night, "ehr.db", &NoListener) {
                Err(PipelineError::WrongSystem { .. }) => continue,
                run => run.expect("a run"),
            };
            prop_assert!(run.balanced, "{:?}", run.discrepancies);
            let again = load(&folder, night, "ehr.db", &NoListener).expect("a run");
            prop_assert!(again.balanced, "{:?}", again.discrepancies);
            prop_assert_eq!(&again.digest.before, &again.digest.after, "the same night again");
            let fates = |fate: fn(&chartlift::model::StreamTotals) -> u64| again.streams.iter().map(|s| fate(&s.totals)).sum::<u64>();
            prop_assert_eq!((fates(|t| t.loaded), fates(|t| t.updated), fates(|t| t.linked)), (0, 0, 0));
            let (kept, counted) = recounted(&folder, "ehr.db");
            prop_assert_eq!(kept, counted);
        }
    }

    /// Promise 3 and the table of keys: people who contradict each other under one key, in any order, over any nights, with
    /// facts before and after, end where one load of them all ends.
    #[test]
    fn people_of_one_key_may_come_in_any_order(
        people in Just(vec![
            "1,Smith,Anna,1980-01-02,617-555-0147",
            "1,Okafor,Wilbur,1931-07-08,",
            "1,Lindqvist,Ragnhild,2004-11-30,617-555-0148",
            "2,Smith,Anna,1980-01-02,617-555-0147",
            "3,Jones,Bob,1950-03-04,",
        ]).prop_shuffle(),
        nights in proptest::collection::vec(0usize..3, 5),
        visits in proptest::collection::vec((0..6u8, 1..4u8, 0usize..3), 0..8),
    ) {
        let folder = Folder::new();
        write_pack(&folder);
        let mut seen = std::collections::BTreeSet::new();
        let visits: Vec<(String, usize)> = visits
            .into_iter()
            .filter(|(id, ..)| seen.insert(*id))
            .map(|(id, person, night)| (format!("{id},{person},2020-01-01,60"), night))
            .collect();
        let night = |wanted: Option<usize>| Source {
            people: people.iter().zip(&nights).filter(|(_, n)| wanted.is_none_or(|w| **n == w)).map(|(row, _)| (*row).to_owned()).collect(),
            visits: visits.iter().filter(|(_, n)| wanted.is_none_or(|w| *n == w)).map(|(row, _)| row.clone()).collect(),
            allergies: vec![],
        };
        let mut last = None;
        for wanted in 0..3 {
            let run = load(&folder, &night(Some(wanted)).write(&folder, &format!("night{wanted}")), "nights.db", &NoListener).expect("a run");
            prop_assert!(run.balanced, "{:?}", run.discrepancies);
            let (kept, counted) = recounted(&folder, "nights.db");
            prop_assert_eq!(kept, counted);
            last = Some(run.digest.after);
        }
        let once = load(&folder, &night(None).write(&folder, "once"), "once.db", &NoListener).expect("a run");
        prop_assert_eq!(last, Some(once.digest.after));
    }

    /// Promise 7: two nights or one. Visits may come before their patients: they wait, and load by themselves.
    #[test]
    fn nights_end_where_one_load_ends(source in tidy_source(), people in 0usize..25, visits in 0usize..25) {
        let folder = Folder::new();
        write_pack(&folder);
        let night = Source {
            people: source.people.iter().take(people).cloned().collect(),
            visits: source.visits.iter().take(visits).cloned().collect(),
            allergies: source.allergies.clone(),
        };
        load(&folder, &night.write(&folder, "night"), "nights.db", &NoListener).expect("a run");
        let nights = load(&folder, &source.write(&folder, "source"), "nights.db", &NoListener).expect("a run");
        let once = load(&folder, &source.write(&folder, "once"), "once.db", &NoListener).expect("a run");
        prop_assert!(nights.balanced, "{:?}", nights.discrepancies);
        let (kept, counted) = recounted(&folder, "nights.db");
        prop_assert_eq!(kept, counted);
        prop_assert_eq!(nights.digest.after, once.digest.after);
    }
}

#[test]
fn an_orphan_loads_when_its_patient_arrives_also_when_it_is_not_in_the_source_any_more() {
    let folder = Folder::new();
    write_pack(&folder);
    let visit = Source { people: vec![], visits: vec!["1,7,2020-01-01,60".into()], allergies: vec![] };
    let first = load(&folder, &visit.write(&folder, "first"), "ehr.db", &NoListener).expect("a run");
    assert_eq!(first.streams.iter().map(|s| s.totals.quarantined).sum::<u64>(), 1);
    let person = Source { people: vec!["7,Smith,Anna,1980-01-02,".into()], visits: vec![], allergies: vec![] };
    let second = load(&folder, &person.write(&folder, "second"), "ehr.db", &NoListener).expect("a run");
    let replayed = second.streams.iter().find(|s| s.stream == "visits:replayed").expect("a stream of its own");
    assert_eq!((replayed.totals.read, replayed.totals.loaded), (1, 1));
    assert_eq!(replayed.totals.chart.values().sum::<u64>(), 2, "an encounter and a pulse");
    assert!(second.balanced, "{:?}", second.discrepancies);
    let (kept, counted) = recounted(&folder, "ehr.db");
    assert_eq!(kept, counted);
}

#[test]
fn one_key_of_two_people_makes_two_identities_in_any_order() {
    let people = ["1,Smith,Anna,1980-01-02,617-555-0147".to_owned(), "1,Okafor,Wilbur,1931-07-08,".to_owned()];
    let visits = vec!["1,1,2020-01-01,60".to_owned()];
    let mut digests = Vec::new();
    for order in [[0, 1], [1, 0]] {
        let folder = Folder::new();
        write_pack(&folder);
        let source = Source {
            people: order.iter().map(|at| people[*at].clone()).collect(),
            visits: visits.clone(),
            allergies: vec![],
        };
        let path = source.write(&folder, "source");
        let run = load(&folder, &path, "ehr.db", &NoListener).expect("a run");
        assert_eq!((run.patients.identities, run.patients.patients), (2, 2));
        assert!(run.issues.iter().any(|issue| issue.code == "identifier_shared"));
        let visits = run.streams.iter().find(|s| s.stream == "visits").expect("visits");
        assert_eq!(visits.totals.quarantined, 1, "nobody knows whose visit it is");
        let again = load(&folder, &path, "ehr.db", &NoListener).expect("a run");
        assert_eq!(again.digest.before, again.digest.after);
        digests.push(run.digest.after);
    }
    assert_eq!(digests[0], digests[1]);
}

#[test]
fn another_practice_under_a_known_name_is_stopped_before_anything_is_written() {
    let folder = Folder::new();
    write_pack(&folder);
    let people = |names: [&str; 4]| names.iter().enumerate().map(|(id, name)| format!("{id},{name},")).collect();
    let here = Source {
        people: people(["Smith,Anna,1980-01-02", "Jones,Bob,1950-03-04", "Okafor,Ada,1999-05-06", "Li,Mei,1971-07-08"]),
        visits: vec![],
        allergies: vec![],
    };
    let there = Source {
        people: people([
            "Brandt,Otto,1931-01-02",
            "Silva,Rui,2001-03-04",
            "Haddad,Omar,1961-05-06",
            "Novak,Eva,1944-07-08",
        ]),
        visits: vec![],
        allergies: vec![],
    };
    let first = load(&folder, &here.write(&folder, "here"), "ehr.db", &NoListener).expect("a run");
    let error = load(&folder, &there.write(&folder, "there"), "ehr.db", &NoListener).expect_err("another practice");
    assert!(matches!(error, PipelineError::WrongSystem { contradicting: 4, known: 4, .. }), "{error}");
    assert_eq!(recounted(&folder, "ehr.db"), (first.digest.after.clone(), first.digest.after));
}

#[test]
fn nothing_of_a_patient_reaches_a_log() {
    let folder = Folder::new();
    write_pack(&folder);
    let canaries = ["Zanzibarsson", "Quetzalina", "617-555-0199", "1931-11-29", "Xylophonia"];
    let people = format!(
        "id,family,given,born,phone\n1,{},{},{},{}\n2,{},x,32/13/19,none\n2,{},y\n",
        canaries[0], canaries[1], canaries[3], canaries[2], canaries[0], canaries[0]
    );
    folder.write("source/people.csv", people);
    folder.write(
        "source/visits.csv",
        format!("id,person,day,pulse\n1,1,2020-01-01,{}\n2,{},2020,1\n\"3,1,2020\n", canaries[4], canaries[4]),
    );
    let log = std::process::Command::new(env!("CARGO_BIN_EXE_chartlift"))
        .args([
            "migrate",
            &folder.arg("source"),
            "--connector",
            &folder.arg("pack"),
            "--store",
            &folder.store("ehr.db"),
            "--report",
            &folder.arg("report"),
        ])
        .env("CHARTLIFT_LOG", "trace")
        .output()
        .expect("the program starts");
    assert!(log.status.success());
    let said =
        format!("{}{}", String::from_utf8_lossy(&log.stdout), String::from_utf8_lossy(&log.stderr)).to_lowercase();
    for (number, canary) in canaries.iter().enumerate() {
        assert!(!said.contains(&canary.to_lowercase()), "canary {number} is in the output");
    }
    let quarantine = chartlift(&["quarantine", "list", "--store", &folder.store("ehr.db")]);
    assert_eq!(quarantine.code, 0);
}

proptest! {
    #![proptest_config(cases(16))]

    /// What the last run remembers of unchanged files saves time and changes nothing else.
    #[test]
    fn a_run_that_remembers_ends_as_one_that_does_not(sources in proptest::collection::vec(any_source(), 1..4), order in proptest::collection::vec(0..3usize, 2..6)) {
        let folder = Folder::new();
        write_pack(&folder);
        let paths: Vec<_> = sources.iter().enumerate().map(|(n, source)| source.write(&folder, &format!("s{n}"))).collect();
        // A table that nobody speaks of, too.
        paths.iter().for_each(|path| std::fs::write(path.join("billing.csv"), "a,b\n1,2\n1,2\n3,\n").expect("a file"));
        for which in order {
            let path = &paths[which % paths.len()];
            let mut forgetful = Vec::new();
            for _ in 0..3 {
                if EhrStore::open(&folder.place("forgetful.db")).is_ok() {
                    folder.sql("forgetful.db").execute("DELETE FROM stream_memory");
                }
                let (one, other) = (load(&folder, path, "ehr.db", &NoListener), load(&folder, path, "forgetful.db", &NoListener));
                match (one, other) {
                    (Ok(one), Ok(other)) => {
                        prop_assert_eq!(comparable(&one), comparable(&other));
                        forgetful.push(other.digest.after);
                    }
                    (Err(one), Err(other)) => prop_assert_eq!(one.to_string(), other.to_string()),
                    (one, other) => prop_assert!(false, "{:?} {:?}", one.err(), other.err()),
                }
                let (kept, counted) = recounted(&folder, "ehr.db");
                prop_assert_eq!(kept, counted);
            }
        }
        let remembered = folder.sql("ehr.db").number("SELECT count(*) FROM stream_memory WHERE survey IS NOT NULL");
        let ended = folder.sql("ehr.db").text("SELECT status FROM run ORDER BY id DESC LIMIT 1");
        prop_assert!(remembered > 0 || ended != "done");
    }
}
