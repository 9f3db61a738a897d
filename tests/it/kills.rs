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
    command.args(["--store", &folder.arg(&format!("{name}.db")), "--report", &folder.arg(name)]);
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
    let output = chartlift(&["store", "digest", "--store", &folder.arg(&format!("{name}.db"))]);
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
