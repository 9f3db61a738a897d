//! A store that several practices share: on PostgreSQL only, so `tests/run` leaves these out where it runs without a server.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::small::{Source, load, write_pack};
use crate::stores::{Server, Sql};
use crate::support::{Folder, Output, chartlift, repository};

fn migrate(source: &Path, system: &str, store: &str, report: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_chartlift"));
    command.arg("migrate").arg(source).args(["--system", system, "--store", store, "--report", report]);
    command.args(["--as-of", "2026-06-01"]).env_remove("CHARTLIFT_STORE").env_remove("CHARTLIFT_LOG");
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    command
}

fn ended(child: Child) -> Output {
    let output = child.wait_with_output().expect("a child");
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    Output { code: output.status.code().unwrap_or(-1), stdout: String::new(), stderr }
}

fn run(mut command: Command) {
    let output = ended(command.spawn().expect("the program starts"));
    assert_eq!(output.code, 0, "{}", output.stderr);
}

/// The digest, counted again.
fn digest(store: &str) -> String {
    let output = chartlift(&["store", "digest", "--store", store]);
    assert_eq!(output.code, 0, "{}{}", output.stdout, output.stderr);
    output.stdout
}

/// Three practices that share some people: the same practice as two systems, and the sample.
fn practices(folder: &Folder) -> Vec<(&'static str, std::path::PathBuf)> {
    let source = folder.path().join("practice");
    let made = chartlift(&["generate", &source.display().to_string(), "--patients", "120", "--seed", "7"]);
    assert_eq!(made.code, 0, "{}", made.stderr);
    vec![("north", source.clone()), ("south", source), ("east", repository("sample-data/oakfield"))]
}

#[test]
fn practices_that_load_at_once_make_the_store_of_one_after_the_other() {
    let folder = Folder::new();
    let practices = practices(&folder);
    for (system, source) in &practices {
        run(migrate(source, system, &folder.store("after"), &folder.arg("after")));
    }
    let expected = digest(&folder.store("after"));
    for round in 0..4 {
        let store = folder.store(&format!("at_once{round}"));
        // In the first round they also make the store together.
        let running: Vec<Child> = practices
            .iter()
            .map(|(system, source)| {
                migrate(source, system, &store, &folder.arg(&format!("{system}{round}"))).spawn().expect("the program")
            })
            .collect();
        for child in running {
            let output = ended(child);
            assert_eq!(output.code, 0, "round {round}: {}", output.stderr);
        }
        assert_eq!(digest(&store), expected, "round {round}");
        for (system, _) in &practices {
            assert_eq!(folder.json(&format!("{system}{round}/report.json"))["balanced"], true);
        }
    }
}

#[test]
fn a_killed_practice_holds_nobody_up_and_goes_on_beside_the_others() {
    let folder = Folder::new();
    let practices = practices(&folder);
    let began = Instant::now();
    for (system, source) in &practices {
        run(migrate(source, system, &folder.store("after"), &folder.arg("after")));
    }
    let whole = began.elapsed() / 3;
    let expected = digest(&folder.store("after"));
    for tenth in [2, 4, 5, 6, 8] {
        let store = folder.store(&format!("kill{tenth}"));
        let (system, source) = &practices[0];
        let mut killed = migrate(source, system, &store, &folder.arg("killed")).spawn().expect("the program");
        std::thread::sleep(whole.mul_f64(f64::from(tenth) / 10.0));
        killed.kill().expect("a child");
        killed.wait().expect("a child");
        let running = practices.iter().map(|(system, source)| {
            migrate(source, system, &store, &folder.arg(&format!("{system}{tenth}"))).spawn().expect("the program")
        });
        for child in running.collect::<Vec<_>>() {
            let output = ended(child);
            assert_eq!(output.code, 0, "{tenth}: {}", output.stderr);
        }
        assert_eq!(digest(&store), expected, "{tenth}");
    }
}

#[test]
fn one_system_is_loaded_by_one_process_at_a_time() {
    let folder = Folder::new();
    let practices = practices(&folder);
    let store = folder.store("ehr");
    let running: Vec<Child> =
        (0..2).map(|_| migrate(&practices[0].1, "north", &store, &folder.arg("r")).spawn().expect("it")).collect();
    let outputs: Vec<Output> = running.into_iter().map(ended).collect();
    // The second waits a little, then says who is in its way; where the first was quicker, it finds everything unchanged.
    assert!(outputs.iter().any(|output| output.code == 0));
    for output in outputs.iter().filter(|output| output.code != 0) {
        assert_eq!(output.code, 1, "{}", output.stderr);
        assert!(output.stderr.contains("`north` is being loaded"), "{}", output.stderr);
    }
    run(migrate(&practices[0].1, "north", &store, &folder.arg("r")));
    run(migrate(&practices[0].1, "north", &folder.store("alone"), &folder.arg("r")));
    assert_eq!(digest(&store), digest(&folder.store("alone")));
}

/// Loads into a server that something happens to, then again; `happens` is given how long a whole load takes.
fn after_a_failure(server: &Server, name: &str, happens: impl FnOnce(Duration)) {
    let folder = Folder::new();
    let source = folder.path().join("practice");
    let made = chartlift(&["generate", &source.display().to_string(), "--patients", "150", "--seed", "3"]);
    assert_eq!(made.code, 0, "{}", made.stderr);
    let (whole, store) = (server.database(&format!("{name}_whole")), server.database(name));
    let began = Instant::now();
    run(migrate(&source, "north", &whole, &folder.arg("whole")));
    let took = began.elapsed();
    let child = migrate(&source, "north", &store, &folder.arg("report")).spawn().expect("the program");
    happens(took);
    let output = ended(child);
    if output.code != 0 {
        assert_eq!(output.code, 1, "{}", output.stderr);
        let said = ["was lost", "cannot be reached", "refuses the connection"];
        assert!(said.iter().any(|said| output.stderr.contains(said)), "{}", output.stderr);
        assert!(!output.stderr.contains("panicked"), "{}", output.stderr);
        if output.stderr.contains("was lost") && output.stderr.contains("what was done so far") {
            let report = folder.json("report/report.json");
            assert_eq!((&report["run"]["status"], &report["balanced"]), (&"failed".into(), &false.into()));
            let notes = report["run"]["notes"].to_string();
            assert!(notes.contains("was lost") && notes.contains("run the same command again"), "{notes}");
        }
    }
    run(migrate(&source, "north", &store, &folder.arg("report")));
    assert_eq!(digest(&store), digest(&whole), "{name}");
    assert_eq!(folder.json("report/report.json")["balanced"], true);
}

#[test]
fn a_server_that_falls_over_and_comes_back() {
    let server = Server::start(0);
    for tenth in [1, 3, 5, 6, 7, 9] {
        after_a_failure(&server, &format!("fall{tenth}"), |whole| {
            std::thread::sleep(whole.mul_f64(f64::from(tenth) / 10.0));
            server.kill();
            server.up();
        });
    }
}

#[test]
fn a_connection_that_is_cut() {
    let server = Server::start(0);
    for tenth in 1..10 {
        let name = format!("cut{tenth}");
        after_a_failure(&server, &name, |whole| {
            std::thread::sleep(whole.mul_f64(f64::from(tenth) / 10.0));
            let cut = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");
            server.sql("postgres").execute(&cut);
        });
    }
}

#[test]
fn a_disk_that_is_full_stops_the_run_and_room_lets_it_go_on() {
    let folder = Folder::new();
    let sample = repository("sample-data/oakfield");
    run(migrate(&sample, "north", &folder.store("whole"), &folder.arg("whole")));
    for table in ["source_record", "observation", "patient", "payload", "run_quarantine"] {
        let store = folder.store(table);
        assert_eq!(chartlift(&["generate", &folder.arg(table), "--patients", "1"]).code, 0);
        run(migrate(&folder.path().join(table), "other", &store, &folder.arg("report")));
        let sql = folder.sql(table);
        sql.execute(
            "CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS
             $$ BEGIN RAISE EXCEPTION 'no space left on device' USING ERRCODE = 'disk_full'; END $$",
        );
        // Not the first row that is written, but one in the midst.
        let when = match table {
            "run_quarantine" => "TRUE",
            "payload" => "NEW.records % 2 = 0",
            _ => "NEW.source_record_id % 50 = 0",
        };
        let when = if table == "source_record" { "NEW.id % 500 = 0" } else { when };
        sql.execute(&format!(
            "CREATE TRIGGER no_room BEFORE INSERT ON {table} FOR EACH ROW WHEN ({when}) EXECUTE FUNCTION no_room()"
        ));
        let output = ended(migrate(&sample, "north", &store, &folder.arg("report")).spawn().expect("the program"));
        assert_eq!(output.code, 1, "{table}: {}", output.stderr);
        assert!(output.stderr.contains("the disk of the store is full"), "{table}: {}", output.stderr);
        sql.execute(&format!("DROP TRIGGER no_room ON {table}"));
        run(migrate(&sample, "north", &store, &folder.arg("report")));
        digest(&store);
        let undone = chartlift(&["undo", "1", "--with-dependents", "--store", &store]);
        assert_eq!(undone.code, 0, "{}", undone.stderr);
        run(migrate(&sample, "north", &store, &folder.arg("report")));
        assert_eq!(digest(&store), digest(&folder.store("whole")), "{table}");
    }
}

#[test]
fn what_came_later_is_told_by_when_people_were_linked_not_by_numbers() {
    let folder = Folder::new();
    let practices = practices(&folder);
    let store = folder.store("ehr");
    run(migrate(&practices[2].1, "east", &store, &folder.arg("east")));
    let before = digest(&store);
    // North begins first and is held up before it comes to its people.
    let held = folder.sql("ehr");
    held.execute("BEGIN; INSERT INTO source_stream (id, system, stream) SELECT 999999999, 'north', stream FROM source_stream WHERE id = 1");
    let north = migrate(&practices[0].1, "north", &store, &folder.arg("north")).spawn().expect("the program");
    let began = Instant::now();
    let known = folder.sql("ehr");
    while known.number("SELECT count(*) FROM run WHERE system = 'north'") == 0 {
        assert!(began.elapsed() < Duration::from_secs(60));
        std::thread::sleep(Duration::from_millis(20));
    }
    run(migrate(&practices[1].1, "south", &store, &folder.arg("south")));
    // Nothing is taken away while somebody loads.
    let undo = |run: &str, more: &[&str]| chartlift(&[&["undo", run, "--store", &store], more].concat());
    let refused = undo("3", &[]);
    assert_eq!(refused.code, 1);
    assert!(refused.stderr.contains("is in use by another chartlift"), "{}", refused.stderr);
    held.execute("ROLLBACK");
    assert_eq!(ended(north).code, 0);
    let refused = undo("3", &[]);
    assert_eq!(refused.code, 1);
    assert!(refused.stderr.contains("run 3 cannot be undone by itself: run 2 "), "{}", refused.stderr);
    assert_eq!(undo("2", &[]).code, 0, "run 2 came last, whatever its number");
    digest(&store);
    assert_eq!(undo("3", &[]).code, 0);
    assert_eq!(digest(&store), before);
}

#[test]
fn a_store_in_use_is_counted_and_copied_as_of_one_moment() {
    let folder = Folder::new();
    let practices = practices(&folder);
    let store = folder.store("ehr");
    run(migrate(&practices[2].1, "east", &store, &folder.arg("east")));
    let mut loading = migrate(&practices[0].1, "north", &store, &folder.arg("north")).spawn().expect("the program");
    let mut counted = 0;
    while loading.try_wait().expect("a child").is_none() {
        digest(&store);
        counted += 1;
    }
    assert!(counted > 1);
    let mut dry = migrate(&practices[1].1, "south", &store, &folder.arg("dry"));
    dry.arg("--dry-run");
    let loading = migrate(&practices[1].1, "west", &store, &folder.arg("west")).spawn().expect("the program");
    run(dry);
    assert_eq!(ended(loading).code, 0);
    digest(&store);
}

/// A command that has to fail at once, and what it says.
fn refused(store: &str, says: &[&str]) {
    let folder = Folder::new();
    let sample = repository("sample-data/oakfield");
    let output = ended(migrate(&sample, "north", store, &folder.arg("report")).spawn().expect("the program"));
    assert_eq!(output.code, 1, "{}", output.stderr);
    for says in says {
        assert!(output.stderr.contains(says), "`{says}` is not in: {}", output.stderr);
    }
    assert!(output.stderr.contains("hint: "), "{}", output.stderr);
    assert!(!output.stderr.contains("hunter2"), "a password is shown: {}", output.stderr);
}

#[test]
fn what_is_wrong_with_a_server_is_said_in_a_sentence() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
    let server = Server::start(free);
    let admin = server.sql("postgres");
    admin.execute("CREATE ROLE clerk LOGIN PASSWORD 'hunter2x'; CREATE ROLE sealed LOGIN");
    server.database("ehr");
    server.database("other");
    let tcp = |user: &str, database: &str| format!("postgres://{user}@127.0.0.1:{free}/{database}");
    refused(&tcp("clerk:hunter2", "ehr"), &["does not accept the password of user `clerk`", "PGPASSWORD"]);
    refused(&tcp("clerk:hunter2x", "nowhere"), &["no database `nowhere`", "createdb"]);
    refused(&tcp("clerk:hunter2x", "ehr"), &["lacks a right", "CREATE"]);
    refused(&tcp("sealed", "ehr"), &["does not let user `sealed` in", "sslmode=require"]);
    let forced = format!("{}?sslmode=require", tcp("clerk:hunter2x", "ehr"));
    refused(&forced, &["cannot be reached", "TLS"]);
    refused("postgres://clerk:hunter2@127.0.0.1:1/ehr", &["cannot be reached", "127.0.0.1:1"]);
    refused("postgres://clerk:hunter2@127.0.0.1:port/ehr", &["no store this program can open"]);
    refused(&format!("{}?options=-c%20search_path%3Dnowhere", server.url("ehr")), &["search_path"]);

    refused(&format!("{}?pasword=hunter2", server.url("ehr")), &["`pasword` is no parameter"]);
    admin.execute("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0");
    refused(&server.url("latin"), &["holds text as LATIN1", "--encoding=UTF8"]);
    server.database("barren");
    admin.execute("REVOKE TEMP ON DATABASE barren FROM PUBLIC");
    server.sql("barren").execute("GRANT CREATE ON SCHEMA public TO clerk");
    refused(&tcp("clerk:hunter2x", "barren"), &["lacks a right", "TEMP"]);

    server.sql("other").execute("CREATE TABLE accounts (id BIGINT)");
    refused(&server.url("other"), &["is no chartlift store"]);
    let made = chartlift(&["migrate", &folder_of_sample(), "--store", &server.url("ehr"), "--report", "/dev/null/x"]);
    assert_eq!(made.code, 1, "the report's folder is refused before anything is made");
    let missing = chartlift(&["store", "info", "--store", &server.url("ehr")]);
    assert_eq!(missing.code, 1);
    assert!(missing.stderr.contains("there is no store"), "{}", missing.stderr);
    let folder = Folder::new();
    run(migrate(&repository("sample-data/oakfield"), "north", &server.url("ehr"), &folder.arg("report")));
    server.sql("ehr").execute("ALTER TABLE quarantine RENAME TO elsewhere");
    refused_as_damaged(&server.url("ehr"), "its table `quarantine` is missing");
    server.sql("ehr").execute("ALTER TABLE elsewhere RENAME TO quarantine");
    server.sql("ehr").execute("UPDATE store_meta SET value = '99' WHERE name = 'format'");
    refused(&server.url("ehr"), &["format 99", "newer chartlift"]);
    let backup = chartlift(&["store", "backup", &folder.arg("copy"), "--store", &server.url("ehr")]);
    assert_eq!(backup.code, 1);
    assert!(backup.stderr.contains("pg_dump"), "{}", backup.stderr);
}

fn folder_of_sample() -> String {
    repository("sample-data/oakfield").display().to_string()
}

fn refused_as_damaged(store: &str, says: &str) {
    let output = chartlift(&["store", "info", "--store", store]);
    assert_eq!(output.code, 1);
    assert!(output.stderr.contains(says), "{}", output.stderr);
}

#[test]
fn the_server_s_own_backup_comes_back_whole() {
    let server = Server::start(0);
    let folder = Folder::new();
    let sample = repository("sample-data/oakfield");
    let (store, back) = (server.database("ehr"), server.database("back"));
    run(migrate(&sample, "north", &store, &folder.arg("report")));
    let copy = folder.arg("ehr.dump");
    let dumped = Command::new("pg_dump").args(["--format=custom", "--file", &copy, &store]).status().expect("pg_dump");
    assert!(dumped.success());
    let restored = Command::new("pg_restore").args(["--dbname", &back, &copy]).status().expect("pg_restore");
    assert!(restored.success());
    assert_eq!(digest(&back), digest(&store));
    run(migrate(&sample, "north", &back, &folder.arg("again")));
    assert_eq!(digest(&back), digest(&store), "nothing is loaded again");
    assert_eq!(chartlift(&["undo", "1", "--with-dependents", "--store", &back]).code, 0);
    assert_eq!(digest(&back).trim(), "0".repeat(64));
}

#[test]
fn a_dry_run_leaves_a_shared_store_alone() {
    let folder = Folder::new();
    let practices = practices(&folder);
    let store = folder.store("ehr");
    run(migrate(&practices[0].1, "north", &store, &folder.arg("report")));
    let before = digest(&store);
    let runs = |sql: &Sql| sql.number("SELECT count(*) FROM run");
    let known = runs(&folder.sql("ehr"));
    let mut dry = migrate(&practices[2].1, "east", &store, &folder.arg("dry"));
    dry.arg("--dry-run");
    run(dry);
    assert_eq!(digest(&store), before);
    assert_eq!(runs(&folder.sql("ehr")), known);
    run(migrate(&practices[2].1, "east", &store, &folder.arg("wet")));
    let report = |name: &str| {
        let mut report = folder.json(&format!("{name}/report.json"));
        report.as_object_mut().expect("an object").remove("run");
        report
    };
    assert_eq!(report("dry"), report("wet"), "it says what will happen");
}

#[test]
fn a_shared_store_of_an_older_format_is_brought_forward() {
    let folder = Folder::new();
    write_pack(&folder);
    let source = Source {
        people: vec!["1,Smith,Anna,1980-01-02,617-555-0147".into()],
        visits: vec!["1,1,2020-01-01,60".into()],
        allergies: vec!["1,Latex,active".into()],
    };
    let path = source.write(&folder, "source");
    let before = load(&folder, &path, "ehr.db").expect("a run").digest.after;
    // Formats 4 to 8 added these, and 5 took one out.
    folder.sql("ehr.db").execute(
        "DROP TABLE identity_link; DROP TABLE identity_link_before; DROP SEQUENCE identity_link_row_number;
         DROP TABLE document_decision; DROP TABLE document_decision_before; DROP SEQUENCE document_decision_row_number;
         DROP TABLE tombstone; DROP TABLE stream_memory; DROP TABLE review_decision; DROP TABLE review_decision_before;
         DROP SEQUENCE review_decision_row_number; DROP TABLE patient_move; DROP TABLE run_matching;
         DROP TABLE setting; DROP TABLE setting_before; DROP SEQUENCE setting_row_number;
         DROP TABLE run_system CASCADE;
         CREATE VIEW incomplete_chart AS SELECT i.patient_id, i.id AS identity_id, i.source_system, r.id AS run_id
             FROM patient_identity i JOIN run r ON r.system = i.source_system;
         ALTER TABLE document_reference DROP COLUMN page_count, DROP COLUMN text, DROP COLUMN text_source,
             DROP COLUMN text_confidence;
         ALTER TABLE document_reference_before DROP COLUMN page_count, DROP COLUMN text, DROP COLUMN text_source,
             DROP COLUMN text_confidence;
         CREATE TABLE patient_merge (id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, later TEXT, patient TEXT);
         UPDATE store_meta SET value = '3' WHERE name = 'format'",
    );
    let store = folder.store("ehr.db");
    let refused = chartlift(&["store", "digest", "--store", &store]);
    assert_eq!(refused.code, 1);
    assert!(refused.stderr.contains("chartlift store migrate"), "{}", refused.stderr);
    let migrated = chartlift(&["store", "migrate", "--store", &store]);
    assert_eq!(migrated.code, 0, "{}", migrated.stderr);
    assert!(migrated.stdout.contains("had format 3"), "{}", migrated.stdout);
    let again = load(&folder, &path, "ehr.db").expect("a run");
    assert_eq!((again.digest.before, again.digest.after), (before.clone(), before));
}
