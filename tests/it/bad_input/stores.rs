//! Stores and report folders that cannot be written, or are not what they were taken for.

use std::process::Command;

use chartlift::store::StorePlace;

use super::*;

#[test]
fn a_store_of_another_kind_does_not_show_its_password() {
    let folder = practice();
    let output =
        migrate_with(&folder, "export", &["--connector", "synthea-csv", "--store", "mongodb://u:canary@host/db"]);
    assert_refused(&output, 1, &["`mongodb://...` is no store"], &["sqlite://ehr.db"]);
}

#[test]
fn a_store_where_no_file_can_be() {
    let folder = practice();
    for store in ["export/people.csv/ehr.db", "nowhere/ehr.db"] {
        let output =
            migrate_with(&folder, "export", &["--connector", &folder.arg("pack"), "--store", &folder.arg(store)]);
        assert_refused(&output, 1, &[store], &["check the path"]);
    }
}

#[test]
fn a_store_that_is_a_folder() {
    let folder = practice();
    std::fs::create_dir(folder.path().join("ehr.db")).expect("a folder");
    assert_refused(&migrate(&folder, "export"), 1, &["ehr.db"], &[""]);
}

#[test]
fn a_store_that_is_not_there() {
    let folder = practice();
    for command in [
        &["store", "info"][..],
        &["store", "digest"],
        &["quarantine", "list"],
        &["trace", "people:1"],
        &["report", "1"],
    ] {
        let store = folder.arg("ehr.db");
        let output = chartlift(&[command, &["--store", &store]].concat());
        assert_refused(&output, 1, &["there is no store at", "ehr.db"], &["migrate"]);
        assert!(!folder.path().join("ehr.db").exists(), "looking makes no store");
    }
}

#[test]
fn another_database_is_left_alone() {
    let folder = practice();
    let path = folder.path().join("ehr.db");
    let other = rusqlite::Connection::open(&path).expect("a database");
    other.execute_batch("CREATE TABLE bird (name TEXT); INSERT INTO bird VALUES ('canary');").expect("a table");
    drop(other);
    let before = std::fs::read(&path).expect("the file");
    assert_refused(&migrate(&folder, "export"), 1, &["ehr.db", "no chartlift store"], &["--store"]);
    assert_eq!(std::fs::read(&path).expect("the file"), before, "not a byte was changed");
}

#[test]
fn a_file_that_is_no_database_is_left_alone() {
    let folder = practice();
    let path = folder.write("ehr.db", "Dear canary,\nthis is a letter and no database at all.\n".repeat(100));
    let before = std::fs::read(&path).expect("the file");
    assert_refused(&migrate(&folder, "export"), 1, &["ehr.db", "no chartlift store"], &["--store"]);
    assert_eq!(std::fs::read(&path).expect("the file"), before, "not a byte was changed");
}

#[test]
fn a_store_of_a_newer_format() {
    let folder = practice();
    assert_done(&folder, &migrate(&folder, "export"));
    let store = rusqlite::Connection::open(folder.path().join("ehr.db")).expect("the store");
    store.execute("UPDATE store_meta SET value = '99' WHERE name = 'format'", []).expect("a newer store");
    drop(store);
    assert_refused(&migrate(&folder, "export"), 1, &["ehr.db", "format 99"], &["newer chartlift"]);
    let info = chartlift(&["store", "info", "--store", &folder.arg("ehr.db")]);
    assert_refused(&info, 1, &["format 99"], &["newer chartlift"]);
}

#[test]
fn a_store_that_another_chartlift_writes_to() {
    let folder = practice();
    assert_done(&folder, &migrate(&folder, "export"));
    let lock = StorePlace::Sqlite(folder.path().join("ehr.db")).lock().expect("the right to write");
    let output = migrate(&folder, "export");
    assert_refused(&output, 1, &["ehr.db is in use", &format!("process {}", std::process::id())], &["wait"]);
    drop(lock);
    assert_done(&folder, &migrate(&folder, "export"));
}

#[test]
fn a_report_folder_that_is_a_file() {
    let folder = practice();
    folder.write("report", "a file");
    assert_refused(&migrate(&folder, "export"), 1, &["report", "cannot be written"], &["--report"]);
    assert!(!folder.path().join("ehr.db").exists(), "known before anything is loaded");
}

/// Runs a script as root of a mount namespace of its own, with `$0` the program and `$1` the folder; nothing outside sees its
/// mounts. `None`, said loudly, where this machine does not allow that.
fn with_mounts(folder: &Folder, script: &str) -> Option<Output> {
    let namespace = |script: &str| {
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-root-user", "--mount", "sh", "-c", script, env!("CARGO_BIN_EXE_chartlift")]);
        command.arg(folder.path()).env_remove("CHARTLIFT_STORE").env_remove("CHARTLIFT_LOG").output()
    };
    let possible = namespace("mkdir -p \"$1/probe\" && mount -t tmpfs none \"$1/probe\"");
    if !possible.is_ok_and(|output| output.status.success()) {
        eprintln!("SKIPPED: this machine lets no test mount a file system; not tested here: {script}");
        return None;
    }
    let output = namespace(script).expect("the namespace that was just possible");
    Some(Output {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}

const MIGRATE: &str = "\"$0\" migrate \"$1/export\" --connector \"$1/pack\" --report \"$1/report\" --as-of 2026-01-01";

#[test]
fn a_store_that_may_only_be_read() {
    let folder = practice();
    assert_done(&folder, &migrate(&folder, "export"));
    std::fs::create_dir(folder.path().join("store")).expect("a folder");
    std::fs::rename(folder.path().join("ehr.db"), folder.path().join("store/ehr.db")).expect("a move");
    let read_only = "mount --bind \"$1/store\" \"$1/store\" && mount -o remount,bind,ro \"$1/store\" && ";
    let run = format!("{read_only}{MIGRATE} --store \"sqlite://$1/store/ehr.db\"");
    let Some(output) = with_mounts(&folder, &run) else { return };
    assert_refused(&output, 1, &["store/ehr.db", "may not be written"], &["rights"]);
}

#[test]
fn looking_at_a_store_needs_no_right_to_write() {
    let folder = practice();
    assert_done(&folder, &migrate(&folder, "export"));
    std::fs::create_dir(folder.path().join("store")).expect("a folder");
    std::fs::rename(folder.path().join("ehr.db"), folder.path().join("store/ehr.db")).expect("a move");
    let look = "mount --bind \"$1/store\" \"$1/store\" && mount -o remount,bind,ro \"$1/store\" && \
                \"$0\" store info --store \"sqlite://$1/store/ehr.db\"";
    let Some(looked) = with_mounts(&folder, look) else { return };
    assert_eq!(looked.code, 0, "{}", looked.stderr);
}

#[test]
fn a_new_store_where_nothing_may_be_written() {
    let folder = practice();
    std::fs::create_dir(folder.path().join("store")).expect("a folder");
    let read_only = "mount --bind \"$1/store\" \"$1/store\" && mount -o remount,bind,ro \"$1/store\" && ";
    let run = format!("{read_only}{MIGRATE} --store \"sqlite://$1/store/ehr.db\"");
    let Some(output) = with_mounts(&folder, &run) else { return };
    assert_refused(&output, 1, &["store/ehr.db", "may not be written"], &["rights"]);
}

/// The same practice with visits that do not compress, more than a small disk holds.
fn write_many_visits(folder: &Folder) {
    let mut visits = String::from("NO,PERSON,START,REASON\n");
    let mut seed = 1u64;
    for number in 0..6000 {
        visits.push_str(&format!("canaryv{number},canary{},2020-01-02,", number % 3 + 1));
        for _ in 0..20 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            visits.push_str(&format!("{:x}", seed >> 8));
        }
        visits.push('\n');
    }
    folder.write("export/visits.csv", visits);
}

#[test]
fn a_full_disk_stops_the_run_and_the_same_command_goes_on() {
    let folder = practice();
    write_many_visits(&folder);
    let whole = assert_done(&folder, &migrate(&folder, "export"));
    std::fs::create_dir(folder.path().join("disk")).expect("a folder");
    let script = format!(
        "mount -t tmpfs -o size=3m none \"$1/disk\"
         {MIGRATE} --store \"sqlite://$1/disk/ehr.db\" > \"$1/out\" 2> \"$1/err\"; echo $? > \"$1/code\"
         mount -o remount,size=100m \"$1/disk\"
         {MIGRATE} --store \"sqlite://$1/disk/ehr.db\""
    );
    let Some(second) = with_mounts(&folder, &script) else { return };
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).expect("what the first run said");
    let first = Output { code: read("code").trim().parse().expect("a code"), stdout: read("out"), stderr: read("err") };
    assert_refused(&first, 1, &["full"], &["make room", "goes on"]);
    let report = assert_done(&folder, &second);
    assert_eq!(counts(&report, "visits"), (6000, 6000, 0));
    assert_eq!(report["digest"]["after"], whole["digest"]["after"]);
}

#[test]
fn a_disk_too_small_for_an_empty_store() {
    let folder = practice();
    std::fs::create_dir(folder.path().join("disk")).expect("a folder");
    let script = format!("mount -t tmpfs -o size=16k none \"$1/disk\"; {MIGRATE} --store \"sqlite://$1/disk/ehr.db\"");
    let Some(output) = with_mounts(&folder, &script) else { return };
    assert_refused(&output, 1, &["full"], &["make room"]);
}

#[test]
fn a_report_folder_without_room() {
    let folder = practice();
    std::fs::create_dir(folder.path().join("small")).expect("a folder");
    let migrate = MIGRATE.replace("$1/report", "$1/small");
    let script = format!("mount -t tmpfs -o size=8k none \"$1/small\"; {migrate} --store \"sqlite://$1/ehr.db\"");
    let Some(output) = with_mounts(&folder, &script) else { return };
    assert_refused(
        &output,
        1,
        &["run 1 is in the store", "small/", "cannot be written"],
        &["room", "`chartlift report 1 "],
    );
    let report = chartlift(&["report", "1", "--store", &folder.arg("ehr.db"), "--report", &folder.arg("report")]);
    assert_eq!(report.code, 0, "{}", report.stderr);
    assert_balanced(&folder.json("report/report.json"));
}
