//! Promise 4 with a real process and a real SIGKILL: at any instant, from the making of the store to the writing of the report,
//! and the same command again ends in the store and the report of a run that nobody disturbed.
//!
//! `KILLS=200 tests/run kills` looks longer.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::{Folder, chartlift, repository};

fn kills() -> u32 {
    std::env::var("KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(20)
}

fn command(source: &Path, folder: &Folder, name: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_chartlift"));
    command.arg("migrate").arg(source).args(["--as-of", "2026-06-01"]);
    command.args(["--store", &folder.store(&format!("{name}.db")), "--report", &folder.arg(name)]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// report.json without what may differ.
fn report(folder: &Folder, name: &str) -> serde_json::Value {
    let mut report = folder.json(&format!("{name}/report.json"));
    report.as_object_mut().expect("an object").remove("run");
    report
}

fn digest(folder: &Folder, name: &str) -> String {
    let output = chartlift(&["store", "digest", "--store", &folder.store(&format!("{name}.db"))]);
    assert_eq!(output.code, 0, "{name}: {}{}", output.stdout, output.stderr);
    output.stdout
}

#[test]
fn killed_at_any_instant_it_ends_as_if_nothing_had_been() {
    let folder = Folder::new();
    let source = repository("sample-data/oakfield");
    let began = Instant::now();
    assert!(command(&source, &folder, "whole").status().expect("the program starts").success());
    let whole = began.elapsed();
    let (expected, books) = (digest(&folder, "whole"), report(&folder, "whole"));
    let kills = kills();
    let mut done_before_the_kill = 0;
    for kill in 0..kills {
        let name = format!("kill{kill}");
        // Spread over the run, each interval hit at another place.
        let place = (f64::from(kill) + f64::from(kill * 7 % 10) / 10.0) / f64::from(kills);
        let mut running = command(&source, &folder, &name).spawn().expect("the program starts");
        std::thread::sleep(whole.mul_f64(place).max(Duration::from_millis(1)));
        let ended = running.try_wait().expect("a child").is_some();
        running.kill().expect("a child");
        running.wait().expect("a child");
        done_before_the_kill += u32::from(ended);
        assert!(command(&source, &folder, &name).status().expect("the program starts").success(), "{name}");
        assert_eq!(digest(&folder, &name), expected, "{name}, killed after {place:.2} of a run");
        let run = folder.json(&format!("{name}/report.json"))["run"]["id"].as_i64();
        // A run that had ended is not gone on with: the second one finds everything unchanged.
        if run == Some(1) {
            assert_eq!(report(&folder, &name), books, "{name}, killed after {place:.2} of a run");
        }
    }
    assert!(
        done_before_the_kill < kills / 2,
        "{done_before_the_kill} of {kills} runs had ended before they were killed"
    );
}

#[test]
fn killed_again_and_again_it_still_ends_there() {
    let folder = Folder::new();
    let source = repository("sample-data/oakfield");
    let began = Instant::now();
    assert!(command(&source, &folder, "whole").status().expect("the program starts").success());
    let whole = began.elapsed();
    for part in [3, 5, 7, 8, 9] {
        let mut running = command(&source, &folder, "often").spawn().expect("the program starts");
        std::thread::sleep(whole.mul_f64(f64::from(part) / 10.0));
        running.kill().expect("a child");
        running.wait().expect("a child");
    }
    assert!(command(&source, &folder, "often").status().expect("the program starts").success());
    assert_eq!(digest(&folder, "often"), digest(&folder, "whole"));
}

#[test]
fn an_interrupted_run_says_how_far_it_came_and_resume_ends_it() {
    let folder = Folder::new();
    let source = folder.path().join("practice");
    let made = chartlift(&["generate", &source.display().to_string(), "--patients", "300"]);
    assert_eq!(made.code, 0, "{}", made.stderr);
    let began = Instant::now();
    assert!(command(&source, &folder, "whole").status().expect("the program starts").success());
    let whole = began.elapsed();
    let none = chartlift(&["resume", "--store", &folder.store("whole.db")]);
    assert_eq!(none.code, 1);
    assert!(none.stderr.contains("no run of this store was cut off"), "{}", none.stderr);

    let mut running = command(&source, &folder, "part").stderr(Stdio::piped()).spawn().expect("the program starts");
    let began_at = Instant::now();
    // People are there, and not all of their charts: how soon that is depends on the machine.
    let info = || chartlift(&["store", "info", "--store", &folder.store("part.db")]).stdout;
    let has_records = |text: &str| {
        let line = text.lines().find(|line| line.contains(" source records"));
        line.is_some_and(|line| !line.starts_with("0 "))
    };
    while began_at.elapsed() < whole * 20 && !has_records(&info()) {
        std::thread::sleep(Duration::from_millis(5));
    }
    let sent = Command::new("kill").args(["-INT", &running.id().to_string()]).status().expect("kill");
    assert!(sent.success() && running.try_wait().expect("a child").is_none(), "it ended before its time");
    let ended = running.wait_with_output().expect("a child");
    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert_eq!(ended.status.code(), Some(130), "{said}");
    assert!(said.contains("what was done so far: ") && said.contains("`chartlift resume`"), "{said}");
    let so_far = folder.json("part/report.json");
    assert_eq!((&so_far["run"]["status"], &so_far["balanced"]), (&"interrupted".into(), &false.into()));
    let read: u64 = so_far["streams"].as_array().expect("streams").iter().filter_map(|s| s["read"].as_u64()).sum();
    let known = folder.sql("part.db").number("SELECT count(*) FROM source_record");
    assert_eq!(read as i64, known);
    let page = std::fs::read_to_string(folder.path().join("part/report.html")).expect("a page");
    assert!(page.contains("The run stopped before its end."));

    let people = folder.sql("part.db").number("SELECT count(DISTINCT patient_id) FROM incomplete_chart");
    assert!(
        people > 0 && info().contains(&format!("NOT COMPLETE YET: charts of {people} people, until run 1")),
        "{}",
        info()
    );
    let anyone = folder.sql("part.db").text("SELECT max(id) FROM patient");
    let traced = || chartlift(&["trace", &format!("patient:{anyone}"), "--store", &folder.store("part.db")]).stdout;
    assert!(traced().contains("NOT COMPLETE YET: run 1"), "{}", traced());

    let resumed = chartlift(&["resume", "--store", &folder.store("part.db")]);
    assert_eq!(resumed.code, 0, "{}", resumed.stderr);
    assert!(!info().contains("NOT COMPLETE") && !traced().contains("NOT COMPLETE"));
    assert_eq!(digest(&folder, "part"), digest(&folder, "whole"));
    assert_eq!(report(&folder, "part"), report(&folder, "whole"), "the report covers the whole run, in its own folder");
}
