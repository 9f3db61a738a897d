//! Backups: whole, checked as they come back, closed to whoever has no key.

use std::process::{Command, Stdio};

use age::secrecy::ExposeSecret;

use crate::small::{Source, load, recounted, write_pack};
use crate::support::{Folder, chartlift, repository};

fn stocked(folder: &Folder) -> String {
    write_pack(folder);
    let people = vec!["1,Smith,Anna,1980-01-02,617-555-0147".into(), "2,Jones,Bob,1950-03-04,".into()];
    let source = Source { people, visits: vec!["1,1,2020-01-01,60".into()], allergies: vec!["1,Latex,active".into()] };
    load(folder, &source.write(folder, "source"), "ehr.db").expect("a run").digest.after
}

fn names(folder: &Folder) -> Vec<String> {
    let entries = std::fs::read_dir(folder.path()).expect("a folder");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

fn key(folder: &Folder, name: &str) -> String {
    let identity = age::x25519::Identity::generate();
    let secret = identity.to_string();
    folder.write(name, format!("# a key\n{}\n", secret.expose_secret()));
    folder.write(&format!("{name}.pub"), format!("{}\n", identity.to_public()));
    folder.arg(name)
}

#[test]
fn a_backup_comes_back_as_it_was_and_never_over_anything() {
    let folder = Folder::new();
    let digest = stocked(&folder);
    let (store, file) = (folder.arg("ehr.db"), folder.arg("ehr.backup"));
    let made = chartlift(&["store", "backup", &file, "--store", &store]);
    assert_eq!(made.code, 0, "{}", made.stderr);
    assert!(
        made.stdout.contains(&format!("digest: {digest}")) && made.stdout.contains("not encrypted"),
        "{}",
        made.stdout
    );
    for args in [["backup", &file, "--store", &store], ["restore", &file, "--store", &store]] {
        let refused = chartlift(&[&["store"], &args[..]].concat());
        assert_eq!(refused.code, 1);
        assert!(refused.stderr.contains("is there already; nothing was written"), "{}", refused.stderr);
    }
    let back = chartlift(&["store", "restore", &file, "--store", &folder.arg("back.db")]);
    assert_eq!(back.code, 0, "{}", back.stderr);
    assert_eq!(recounted(&folder, "back.db"), (digest.clone(), digest));
    #[cfg(unix)]
    for name in ["ehr.backup", "back.db"] {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(folder.path().join(name)).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    // What came back is a store like any other: the same source changes nothing in it, and its run can be undone.
    let again = load(&folder, &folder.path().join("source"), "back.db").expect("a run");
    assert_eq!(again.digest.before, again.digest.after);
    assert_eq!(chartlift(&["undo", "1", "--store", &folder.arg("back.db")]).code, 0);
}

#[test]
fn a_backup_with_a_key_opens_with_that_key_alone() {
    let folder = Folder::new();
    let digest = stocked(&folder);
    let (right, wrong) = (key(&folder, "right.key"), key(&folder, "wrong.key"));
    let (store, file, back) = (folder.arg("ehr.db"), folder.arg("ehr.age"), folder.arg("back.db"));
    let made = chartlift(&["store", "backup", &file, "--store", &store, "--key", &folder.arg("right.key.pub")]);
    assert_eq!(made.code, 0, "{}", made.stderr);
    let bytes = std::fs::read(folder.path().join("ehr.age")).expect("a file");
    assert!(!bytes.windows(5).any(|part| part == b"Smith"));
    let before = names(&folder);
    let refused = |args: &[&str], says: &str| {
        let said = chartlift(&[&["store", "restore", &file, "--store", &back], args].concat());
        assert_eq!(said.code, 1);
        assert!(said.stderr.contains(says), "{}", said.stderr);
        assert!(!said.stderr.contains("AGE-SECRET-KEY-1"), "{}", said.stderr);
        assert_eq!(names(&folder), before, "nothing is left");
    };
    refused(&[], "is encrypted");
    refused(&["--key", &wrong], "does not open with this key");
    refused(&["--key", &folder.arg("right.key.pub")], "right.key.pub:1: this line is no AGE-SECRET-KEY");
    for at in [bytes.len() / 2, bytes.len() - 1] {
        let mut damaged = bytes.clone();
        damaged[at] ^= 1;
        folder.write("ehr.age", damaged);
        refused(&["--key", &right], "or is damaged");
    }
    folder.write("ehr.age", &bytes[..bytes.len() - 70_000]);
    refused(&["--key", &right], "or is damaged");
    folder.write("ehr.age", &bytes);
    let done = chartlift(&["store", "restore", &file, "--store", &back, "--key", &right]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    assert_eq!(recounted(&folder, "back.db"), (digest.clone(), digest));
}

#[test]
fn what_is_no_backup_or_a_damaged_one_is_refused() {
    let folder = Folder::new();
    stocked(&folder);
    let file = folder.arg("ehr.backup");
    assert_eq!(chartlift(&["store", "backup", &file, "--store", &folder.arg("ehr.db")]).code, 0);
    let sqlite = rusqlite::Connection::open(&file).expect("a database");
    sqlite.execute("UPDATE allergy_intolerance SET code_display = 'Dust'", []).expect("a change");
    drop(sqlite);
    folder.write("text.backup", "no store");
    folder.write("short.backup", &std::fs::read(&file).expect("a file")[..10_000]);
    let before = names(&folder);
    for (name, says) in [
        ("ehr.backup", "does not hold what the store held"),
        ("short.backup", "does not hold what the store held"),
        ("text.backup", "is no backup of a store"),
        ("none.backup", "cannot be read"),
    ] {
        let refused = chartlift(&["store", "restore", &folder.arg(name), "--store", &folder.arg("back.db")]);
        assert_eq!(refused.code, 1, "{name}");
        assert!(refused.stderr.contains(says), "{name}: {}", refused.stderr);
        assert_eq!(names(&folder), before, "nothing is left");
    }
}

#[test]
fn what_a_killed_run_left_beside_a_store_is_not_taken_for_the_restored_one_s() {
    let folder = Folder::new();
    stocked(&folder);
    let (file, back) = (folder.arg("ehr.backup"), folder.arg("back.db"));
    assert_eq!(chartlift(&["store", "backup", &file, "--store", &folder.arg("ehr.db")]).code, 0);
    folder.write("back.db-wal", "of another store");
    let refused = chartlift(&["store", "restore", &file, "--store", &back]);
    assert_eq!(refused.code, 1);
    assert!(refused.stderr.contains("back.db-wal is there already"), "{}", refused.stderr);
}

#[test]
fn a_store_can_be_backed_up_while_it_is_loaded() {
    let folder = Folder::new();
    let store = folder.arg("ehr.db");
    let mut loading = Command::new(env!("CARGO_BIN_EXE_chartlift"))
        .arg("migrate")
        .arg(repository("sample-data/oakfield"))
        .args(["--store", &store, "--report", &folder.arg("report")])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut restored = 0;
    for number in 0.. {
        let ended = loading.try_wait().expect("a child").is_some();
        let (file, back) = (folder.arg(&format!("{number}.backup")), folder.arg(&format!("{number}.db")));
        let made = chartlift(&["store", "backup", &file, "--store", &store]);
        if made.code == 0 {
            let back = chartlift(&["store", "restore", &file, "--store", &back]);
            assert_eq!(back.code, 0, "{}", back.stderr);
            restored += 1;
        }
        if ended {
            assert_eq!(made.code, 0, "{}", made.stderr);
            break;
        }
    }
    let loaded = loading.wait_with_output().expect("a child");
    assert!(restored > 0 && loaded.status.success(), "{restored}: {}", String::from_utf8_lossy(&loaded.stderr));
}
