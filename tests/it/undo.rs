//! Promise 8: undoing a run leaves the store as it was before it, row for row.

use std::path::Path;
use std::sync::atomic::AtomicU64;

use chartlift::model::PartialDate;
use chartlift::pipeline::{
    Listener, MigrateOptions, NoListener, PipelineError, PlanOptions, RunOutcome, SourceOptions, UndoOptions,
    UndoOutcome, migrate, undo,
};
use chartlift::store::EhrStore;
use proptest::prelude::*;

use crate::promises::{StopAfter, any_source, cases};
use crate::small::{Source, recounted, write_pack};
use crate::support::{Folder, chartlift, repository};

pub fn load(
    folder: &Folder,
    source: &Path,
    store: &str,
    system: &str,
    listener: &dyn Listener,
) -> Result<RunOutcome, PipelineError> {
    let options = MigrateOptions {
        sources: vec![SourceOptions {
            place: chartlift::extract::SourcePlace::Path(source.to_owned()),
            plan: PlanOptions {
                connector: Some(folder.arg("pack")),
                system: Some(system.into()),
                ..Default::default()
            },
        }],
        store: folder.place(store),
        dry_run: false,
        as_of: PartialDate::ymd(2026, 6, 1).expect("a day"),
        now: &|| "2026-06-01T00:00:00Z".into(),
        report: None,
        config: None,
        config_hash: None,
    };
    migrate(&options, listener)
}

pub fn take_back(folder: &Folder, store: &str, run: i64, with_dependents: bool) -> Result<UndoOutcome, PipelineError> {
    let now = || "2026-06-02T00:00:00Z".to_owned();
    undo(&UndoOptions { store: folder.place(store), run, with_dependents, now: &now })
}

/// Every row of every table, numbers included, but for the list of runs, their blocks of numbers and what they reported.
pub fn rows(folder: &Folder, store: &str) -> Vec<String> {
    let sql = folder.sql(store);
    let all = |prefix: &str, select: &str| -> Vec<String> {
        sql.rows(select).into_iter().map(|row| format!("{prefix}|{}", row.join("|"))).collect()
    };
    let on_server = crate::stores::server().is_some();
    let shape = match on_server {
        false => {
            "SELECT type, name, sql FROM sqlite_master WHERE type <> 'index' AND name NOT LIKE 'sqlite_%' ORDER BY name"
        }
        true => {
            "SELECT relname, relkind FROM pg_class WHERE relkind <> 'i' AND relnamespace = current_schema()::regnamespace ORDER BY 1"
        }
    };
    let tables = match on_server {
        false => "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name",
        true => {
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace ORDER BY 1"
        }
    };
    let mut found = all("shape", shape);
    for name in sql.rows(tables).into_iter().flatten() {
        if ![
            "run",
            "run_system",
            "run_block",
            "run_quarantine",
            "patient_move",
            "active_run",
            "store_meta",
            "stream_memory",
        ]
        .contains(&name.as_str())
        {
            let mut rows = all(&name, &format!("SELECT * FROM \"{name}\""));
            rows.sort_unstable();
            found.append(&mut rows);
        }
    }
    found
}

#[derive(Clone, Debug)]
enum Step {
    Load { system: usize, source: Source, stopped_after: Option<u64> },
    Again,
    Undo { which: usize },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let load = (0..3usize, any_source(), prop_oneof![4 => Just(None), 1 => (0..4u64).prop_map(Some)])
        .prop_map(|(system, source, stopped_after)| Step::Load { system, source, stopped_after });
    let step = prop_oneof![5 => load, 1 => Just(Step::Again), 3 => (0..4usize).prop_map(|which| Step::Undo { which })];
    proptest::collection::vec(step, 2..9)
}

/// A run that stands.
struct Standing {
    run: i64,
    /// None where an earlier run was undone since.
    before: Option<Vec<String>>,
    system: &'static str,
    source: std::path::PathBuf,
    whole: bool,
    /// A run that found nothing new leaves nothing, whatever is undone before it.
    wrote: bool,
}

/// The runs of a store, as a list would have them.
struct Model {
    folder: Folder,
    standing: Vec<Standing>,
}

impl Model {
    fn runs(&self) -> Vec<(i64, String)> {
        let path = self.folder.place("ehr.db");
        let store = EhrStore::open(&path).expect("a store");
        store.runs().expect("runs").into_iter().map(|run| (run.id, run.status)).collect()
    }

    fn load(&mut self, system: &'static str, source: &Path, stopped_after: Option<u64>) -> Result<(), TestCaseError> {
        let path = self.folder.place("ehr.db");
        if self.standing.is_empty() {
            EhrStore::open_or_create(&path).and_then(|mut store| store.ensure_indexes()).expect("a store");
        }
        let before = rows(&self.folder, "ehr.db");
        let known = self.runs().len();
        let outcome = match stopped_after {
            Some(batches) => load(&self.folder, source, "ehr.db", system, &StopAfter(AtomicU64::new(batches))),
            None => load(&self.folder, source, "ehr.db", system, &NoListener),
        };
        if let Ok(outcome) = &outcome {
            prop_assert!(outcome.balanced, "{:?}", outcome.discrepancies);
        }
        let runs = self.runs();
        let Some((run, status)) = runs.last().filter(|_| runs.len() > known) else {
            // The run went on with one that was cut off, or was refused before it began.
            if let (Ok(outcome), Some(last)) = (&outcome, self.standing.last_mut()) {
                prop_assert_eq!(outcome.run.id, last.run);
                (last.whole, last.wrote) = (true, true);
            }
            return Ok(());
        };
        let whole = outcome.is_ok() && status == "done";
        let wrote = outcome.map_or(true, |outcome| outcome.digest.before != outcome.digest.after);
        self.standing.push(Standing {
            run: *run,
            before: Some(before),
            system,
            source: source.to_owned(),
            whole,
            wrote,
        });
        Ok(())
    }

    fn undo(&mut self, which: usize) -> Result<(), TestCaseError> {
        if self.standing.is_empty() {
            return Ok(());
        }
        let at = which % self.standing.len();
        let (run, alone) = (self.standing[at].run, at + 1 == self.standing.len());
        match take_back(&self.folder, "ehr.db", run, false) {
            Ok(outcome) => prop_assert_eq!(outcome.undone, vec![run]),
            Err(PipelineError::NeededByLater { dependents, .. }) => {
                prop_assert!(!alone, "nothing comes after the last run");
                let outcome = take_back(&self.folder, "ehr.db", run, true).expect("an undo");
                let mut expected: Vec<i64> = dependents.iter().map(|dependent| dependent.run).collect();
                expected.reverse();
                expected.push(run);
                prop_assert_eq!(&outcome.undone, &expected);
                self.standing.retain(|standing| !outcome.undone.contains(&standing.run) || standing.run == run);
            }
            Err(error) => return Err(TestCaseError::fail(error.to_string())),
        }
        let (kept, counted) = recounted(&self.folder, "ehr.db");
        prop_assert_eq!(&kept, &counted, "after undoing run {}", run);
        let store = EhrStore::open(&self.folder.place("ehr.db")).expect("a store");
        prop_assert_eq!(store.damages().expect("a check"), Vec::<String>::new());
        drop(store);
        let undone = self.standing.remove(at);
        if let (Some(before), true) = (undone.before, at == self.standing.len()) {
            let now = rows(&self.folder, "ehr.db");
            let other =
                |a: &[String], b: &[String]| a.iter().filter(|row| !b.contains(row)).cloned().collect::<Vec<_>>();
            prop_assert_eq!(other(&now, &before), Vec::<String>::new(), "left of run {}", run);
            prop_assert_eq!(other(&before, &now), Vec::<String>::new(), "lost with run {}", run);
            return Ok(());
        }
        self.standing[at..].iter_mut().for_each(|later| later.before = None);
        if self.standing.iter().all(|standing| standing.whole) {
            // What came later and does not stand on it is as if it alone had been loaded.
            self.folder.forget("other.db");
            EhrStore::open_or_create(&self.folder.place("other.db")).expect("a store");
            for standing in self.standing.iter().filter(|standing| standing.wrote) {
                load(&self.folder, &standing.source, "other.db", standing.system, &NoListener).expect("a run");
            }
            prop_assert_eq!(recounted(&self.folder, "other.db").0, kept);
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn runs_can_be_taken_back_in_any_order(steps in steps()) {
        let mut model = Model { folder: Folder::new(), standing: Vec::new() };
        write_pack(&model.folder);
        for (number, step) in steps.into_iter().enumerate() {
            match step {
                Step::Load { system, source, stopped_after } => {
                    let path = source.write(&model.folder, &format!("source-{number}"));
                    model.load(["north", "south", "east"][system], &path, stopped_after)?;
                }
                Step::Again => {
                    if let Some((system, source)) = model.standing.last().map(|last| (last.system, last.source.clone())) {
                        model.load(system, &source, None)?;
                    }
                }
                Step::Undo { which } => model.undo(which)?,
            }
        }
    }
}

fn papers(folder: &Folder, name: &str, rows: &str, scans: &[(&str, &str)]) -> std::path::PathBuf {
    let people = vec!["1,Smith,Anna,1980-01-02,617-555-0147".into(), "2,Jones,Bob,1950-03-04,".into()];
    let path = Source { people, visits: vec!["1,1,2020-01-01,60".into()], allergies: vec![] }.write(folder, name);
    folder.write(&format!("{name}/papers.csv"), format!("person,kind,file,visit\n{rows}"));
    for (file, bytes) in scans {
        folder.write(&format!("{name}/{file}"), bytes);
    }
    path
}

#[test]
fn scans_that_changed_moved_or_waited_are_again_what_they_were() {
    let folder = Folder::new();
    write_pack(&folder);
    let run = |source: &Path| load(&folder, source, "ehr.db", "small", &NoListener).expect("a run");
    run(&papers(
        &folder,
        "one",
        "1,a,a.pdf,1\n2,b,b.pdf,\n7,c,c.pdf,\n",
        &[("a.pdf", "%PDF one"), ("b.pdf", "%PDF"), ("c.pdf", "%PDF c")],
    ));
    let before = rows(&folder, "ehr.db");
    let two = papers(&folder, "two", "1,a,a.pdf,1\n7,c,d.pdf,\n", &[("a.pdf", "%PDF two"), ("d.pdf", "%PDF d")]);
    let changed = run(&two);
    assert_ne!(changed.digest.before, changed.digest.after);
    let outcome = take_back(&folder, "ehr.db", changed.run.id, false).expect("an undo");
    assert_eq!(outcome.digest.after, changed.digest.before);
    assert_eq!(rows(&folder, "ehr.db"), before);
    let again = run(&two);
    assert_eq!(again.digest.after, changed.digest.after, "and the same source brings the same again");
}

#[test]
fn a_run_that_was_cut_off_before_another_was_undone_does_not_go_on() {
    let folder = Folder::new();
    write_pack(&folder);
    let visits = |person: &str| vec![format!("1,{person},2020-01-01,60"), format!("2,{person},2020-01-02,70")];
    let anna = Source { people: vec!["1,Smith,Anna,1980-01-02,".into()], visits: visits("1"), allergies: vec![] };
    let wilbur = Source { people: vec!["1,Okafor,Wilbur,1931-07-08,".into()], visits: visits("1"), allergies: vec![] };
    let (anna, wilbur) = (anna.write(&folder, "anna"), wilbur.write(&folder, "wilbur"));
    load(&folder, &anna, "ehr.db", "north", &NoListener).expect("a run");
    let stopped = (3..30).find_map(|batches| {
        let run = load(&folder, &wilbur, "ehr.db", "south", &StopAfter(AtomicU64::new(batches)));
        let count = "SELECT count(*) FROM patient_identity WHERE source_system = 'south'";
        let people = folder.sql("ehr.db").number(count);
        assert!(run.is_err() || people > 0);
        (people > 0).then_some(run.is_err())
    });
    assert_eq!(stopped, Some(true), "it was cut off after its people");
    take_back(&folder, "ehr.db", 1, false).expect("an undo: run 2 does not stand on run 1");
    let whole = load(&folder, &wilbur, "ehr.db", "south", &NoListener).expect("a run");
    assert!(whole.balanced, "{:?}", whole.discrepancies);
    let (kept, counted) = recounted(&folder, "ehr.db");
    assert_eq!(kept, counted);
    take_back(&folder, "ehr.db", 2, true).expect("an undo");
    assert_eq!(recounted(&folder, "ehr.db"), ("0".repeat(64), "0".repeat(64)));
}

#[test]
fn facts_that_came_after_a_merge_go_back_to_their_own_patient_with_it() {
    let folder = Folder::new();
    write_pack(&folder);
    let practice = |name: &str, person: &str, visits: &[&str]| {
        folder.write(&format!("{name}/people.csv"), format!("id,family,given,born,phone,ssn\n{person}\n"));
        folder.write(&format!("{name}/visits.csv"), format!("id,person,day,pulse\n{}\n", visits.join("\n")));
        folder.write(&format!("{name}/allergies.csv"), "person,substance,status\n");
        folder.path().join(name)
    };
    // One by her phone, one by her number, and one that has both.
    let by_phone = practice("a", "1,Lidagebi,Gigucu,1941-02-02,(592) 551-1001,", &["1,1,2020-01-01,60"]);
    let by_number = practice("b", "1,Gedigicu,Gigucu,1941-02-02,,201-11-1001", &["1,1,2021-01-01,70"]);
    let both = practice("c", "1,Lidagebi,Gigucu,1941-02-02,(592) 551-1001,201-11-1001", &["1,1,2022-01-01,80"]);
    let later = practice("d", "1,Gedigicu,Gigucu,1941-02-02,,201-11-1001", &["1,1,2021-01-01,70", "2,1,2021-02-01,71"]);
    let run = |source: &Path, system: &str| load(&folder, source, "ehr.db", system, &NoListener).expect("a run");
    run(&by_phone, "phone");
    run(&by_number, "number");
    let of = |folder: &Folder| folder.sql("ehr.db").rows("SELECT id, patient_id FROM encounter ORDER BY id");
    let apart = of(&folder);
    assert_eq!(run(&both, "both").patients.patients, 1, "they are one person");
    run(&later, "number");
    take_back(&folder, "ehr.db", 3, false).expect("an undo");
    let now = of(&folder);
    assert!(apart.iter().all(|row| now.contains(row)), "{apart:?} {now:?}");
    assert_eq!(now.len(), 3);
    let store = EhrStore::open(&folder.place("ehr.db")).expect("a store");
    assert_eq!(store.damages().expect("a check"), Vec::<String>::new());
    drop(store);
    let (kept, counted) = recounted(&folder, "ehr.db");
    assert_eq!(kept, counted);
    let once = |source: &Path, system: &str| load(&folder, source, "once.db", system, &NoListener).expect("a run");
    once(&by_phone, "phone");
    once(&by_number, "number");
    assert_eq!(once(&later, "number").digest.after, kept);
}

#[test]
fn undo_says_what_it_did_or_why_not() {
    let folder = Folder::new();
    write_pack(&folder);
    let store = folder.store("ehr.db");
    let source = |name: &str, person: &str| {
        let visits = vec!["1,1,2020-01-01,60".into()];
        Source { people: vec![person.into()], visits, allergies: vec![] }.write(&folder, name)
    };
    let anna = source("anna", "1,Smith,Anna,1980-01-02,617-555-0147");
    let also_anna = source("also-anna", "9,Smith,Anna,1980-01-02,617-555-0147");
    let bob = source("bob", "1,Okafor,Wilbur,1931-07-08,212-555-0199");
    let migrate = |path: &Path, system: &str| {
        let (path, pack, report) = (path.display().to_string(), folder.arg("pack"), folder.arg("report"));
        let said = chartlift(&[
            "migrate",
            &path,
            "--connector",
            &pack,
            "--system",
            system,
            "--store",
            &store,
            "--report",
            &report,
        ]);
        assert_eq!(said.code, 0, "{}", said.stderr);
    };
    let undo = |run: &str, more: &[&str]| chartlift(&[&["undo", run, "--store", &store], more].concat());
    migrate(&anna, "north");
    migrate(&bob, "south");
    migrate(&also_anna, "east");
    migrate(&anna, "north");

    let refused = undo("1", &[]);
    assert_eq!(refused.code, 1);
    assert!(refused.stderr.contains("run 1 cannot be undone by itself: run 3 "), "{}", refused.stderr);
    assert!(refused.stderr.contains("`chartlift undo 1 --with-dependents` undoes run 3 first"), "{}", refused.stderr);
    assert!(!refused.stderr.contains("run 2"), "another practice's people stand by themselves: {}", refused.stderr);
    assert!(!refused.stderr.contains("run 4"), "a run that wrote nothing needs nothing: {}", refused.stderr);

    let done = undo("1", &["--with-dependents", "--json"]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    let value: serde_json::Value = serde_json::from_str(&done.stdout).expect("JSON");
    assert_eq!((&value["run"], &value["undone"]), (&5.into(), &serde_json::json!([3, 1])));
    assert_eq!(value["source_records"], 4);
    let (kept, counted) = recounted(&folder, "ehr.db");
    assert_eq!(kept, counted);

    for (run, why) in [
        ("1", "run 1 cannot be undone: it is undone already"),
        ("5", "run 5 cannot be undone: it undid another run"),
        ("6", "there is no run 6"),
    ] {
        let refused = undo(run, &[]);
        assert_eq!(refused.code, 1);
        assert!(refused.stderr.contains(why), "{}", refused.stderr);
    }
    let report = chartlift(&["report", "5", "--store", &store]);
    assert!(report.stderr.contains("run 5 has no report: it undid another"), "{}", report.stderr);
    let last = undo("2", &[]);
    assert!(last.stdout.starts_with("run 2 is undone: 2 source records and 3 chart rows"), "{}", last.stdout);
    assert_eq!(recounted(&folder, "ehr.db").0, "0".repeat(64));
    let nowhere = chartlift(&["undo", "1", "--store", &folder.arg("nowhere.db")]);
    assert_eq!(nowhere.code, 1);
    assert!(nowhere.stderr.contains("there is no store"), "{}", nowhere.stderr);
    assert!(!folder.path().join("nowhere.db.lock").exists());
}

#[test]
fn an_undo_that_is_killed_was_done_or_was_not_begun() {
    let folder = Folder::new();
    let sample = repository("sample-data/oakfield").display().to_string();
    let mut killed = 0;
    for wait in [0, 5, 10, 20, 30, 40, 60, 80] {
        let name = format!("{wait}.db");
        let store = folder.store(&name);
        let loaded = chartlift(&["migrate", &sample, "--store", &store, "--report", &folder.arg("report")]);
        assert_eq!(loaded.code, 0, "{}", loaded.stderr);
        let whole = recounted(&folder, &name).0;
        let mut undoing = std::process::Command::new(env!("CARGO_BIN_EXE_chartlift"))
            .args(["undo", "1", "--store", &store])
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .expect("the program starts");
        std::thread::sleep(std::time::Duration::from_millis(wait));
        undoing.kill().expect("a signal");
        let ended = undoing.wait().expect("an end");
        let (kept, counted) = recounted(&folder, &name);
        assert_eq!(kept, counted, "killed after {wait} ms");
        if kept == whole {
            killed += 1;
            let again = chartlift(&["undo", "1", "--store", &store]);
            assert_eq!(again.code, 0, "{}", again.stderr);
        } else {
            assert!(ended.success() || kept == "0".repeat(64));
        }
        assert_eq!(recounted(&folder, &name).0, "0".repeat(64));
    }
    assert!(killed > 0, "the first ones come before the undo can end");
}
