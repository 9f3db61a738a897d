//! SQLite files as sources: what stands in a table loads as the same rows in delimited text would.

use insta::assert_snapshot;
use rusqlite::Connection;

use crate::small::{recounted, write_pack};
use crate::support::{Folder, chartlift};

/// The small pack, for tables of a database.
fn write_table_pack(folder: &Folder) {
    write_pack(folder);
    let manifest = folder.path().join("pack/connector.toml");
    let text = std::fs::read_to_string(&manifest).expect("a manifest");
    let of_tables = ["people", "visits", "allergies", "papers"]
        .iter()
        .fold(text, |text, name| text.replace(&format!("\"{name}.csv\""), &format!("\"*.sqlite/{name}\"")));
    folder.write("pack/connector.toml", of_tables);
}

fn migrate(folder: &Folder, source: &str, store: &str) -> crate::support::Output {
    let (pack, report, store) = (folder.arg("pack"), folder.arg(&format!("report-{store}")), folder.store(store));
    chartlift(&[
        "migrate",
        source,
        "--connector",
        &pack,
        "--store",
        &store,
        "--report",
        &report,
        "--as-of",
        "2026-06-01",
    ])
}

fn practice(folder: &Folder) -> Connection {
    let path = folder.path().join("emr.sqlite");
    let database = Connection::open(path).expect("a database");
    database
        .execute_batch(
            "CREATE TABLE people (id TEXT PRIMARY KEY, family TEXT, given TEXT, born TEXT, phone TEXT) WITHOUT ROWID;
             INSERT INTO people VALUES ('008', 'Petrova', 'Galina, \"Galya\"', '1961-04-09', NULL),
                                       ('007', 'Quimby', 'Ottokar', '1931-07-08', '617-555-0147');
             CREATE TABLE chart (number INTEGER PRIMARY KEY, patient TEXT, seen TEXT, pulse REAL, note TEXT, scan BLOB);
             INSERT INTO chart VALUES (1, '007', '2020-01-01', 60.0, '', x'00ff'), (2, '007', '2020-02-01', 64.5, NULL, NULL);
             CREATE VIEW visits AS SELECT number AS id, patient AS person, seen AS day, pulse FROM chart;
             CREATE TABLE allergies (person TEXT, substance TEXT, status TEXT);
             INSERT INTO allergies VALUES ('008', 'Latex', 'active');",
        )
        .expect("tables");
    database
}

#[test]
fn a_table_loads_as_the_same_rows_in_text_do() {
    let folder = Folder::new();
    write_table_pack(&folder);
    let database = practice(&folder);
    let source = folder.arg("emr.sqlite");
    let first = migrate(&folder, &source, "tables.db");
    assert_eq!(first.code, 0, "{}{}", first.stdout, first.stderr);
    write_pack(&folder);
    folder.write(
        "text/people.csv",
        "id,family,given,born,phone\n007,Quimby,Ottokar,1931-07-08,617-555-0147\n008,Petrova,\"Galina, \"\"Galya\"\"\",1961-04-09,\n",
    );
    folder.write("text/visits.csv", "id,person,day,pulse\n1,007,2020-01-01,60\n2,007,2020-02-01,64.5\n");
    folder.write("text/allergies.csv", "person,substance,status\n008,Latex,active\n");
    let text = migrate(&folder, &folder.arg("text"), "text.db");
    assert_eq!(text.code, 0, "{}", text.stderr);
    let rows = |store: &str, column: &str| {
        let sql = format!(
            "SELECT r.{column} FROM source_record r JOIN source_stream s ON s.id = r.stream_id
             WHERE s.stream IN ('people', 'visits', 'allergies') ORDER BY s.stream, r.key_hash"
        );
        folder.sql(store).bytes(&sql)
    };
    for column in ["key_hash", "content_hash"] {
        assert_eq!(rows("tables.db", column), rows("text.db", column), "{column}");
    }
    // Whatever no stream claims is kept, row by row, each value in its form.
    write_table_pack(&folder);
    let raw = chartlift(&["trace", "emr.sqlite/chart", "--row", "1", "--raw", "--store", &folder.store("tables.db")]);
    assert_eq!(raw.stdout.trim_end(), "1,007,2020-01-01,60,\"\",\\x00ff", "{}", raw.stderr);
    let raw = chartlift(&["trace", "emr.sqlite/chart", "--row", "2", "--raw", "--store", &folder.store("tables.db")]);
    assert_eq!(raw.stdout.trim_end(), "2,007,2020-02-01,64.5,,", "{}", raw.stderr);
    // The next night, one row is another.
    database.execute("UPDATE chart SET pulse = 61 WHERE number = 1", []).expect("a change");
    let again = migrate(&folder, &source, "tables.db");
    assert_eq!(again.code, 0, "{}", again.stderr);
    let (kept, counted) = recounted(&folder, "tables.db");
    assert_eq!(kept, counted);
    let report = folder.json("report-tables.db/report.json");
    let visits = report["streams"].as_array().expect("streams").iter().find(|one| one["stream"] == "visits");
    assert_eq!(visits.map(|one| (one["updated"].as_u64(), one["unchanged"].as_u64())), Some((Some(1), Some(1))));
}

#[test]
fn what_is_no_database_that_can_be_read_is_named() {
    let folder = Folder::new();
    write_table_pack(&folder);
    let database = practice(&folder);
    let bytes = std::fs::read(folder.path().join("emr.sqlite")).expect("a database");
    let cut = folder.write("cut.sqlite", &bytes[..bytes.len() / 3]);
    let mut said = migrate(&folder, &cut.display().to_string(), "x.db").stderr.replace(&folder.arg(""), "");
    // Somebody writes.
    database.execute_batch("BEGIN EXCLUSIVE").expect("a lock");
    said.push_str(&migrate(&folder, &folder.arg("emr.sqlite"), "x.db").stderr.replace(&folder.arg(""), ""));
    assert_snapshot!(said, @"
    error: cut.sqlite is a database that cannot be read
      hint: fetch it again; if it was copied while in use, copy it once its program is closed
    error: emr.sqlite is a database that another program has locked
      hint: close the program that uses it, or copy the file and name the copy
    ");
    // Another program's file of that name is a file.
    folder.write("other/Thumbs.db", "not one");
    folder.write("other/people.csv", "id,family,given,born,phone\n1,Quimby,Ottokar,1931-07-08,\n");
    write_pack(&folder);
    let other = migrate(&folder, &folder.arg("other"), "other.db");
    assert_eq!(other.code, 0, "{}", other.stderr);
    assert_eq!(folder.json("report-other.db/report.json")["balanced"], true);
}
