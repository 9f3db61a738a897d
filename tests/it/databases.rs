//! SQLite and dBase files as sources: what stands in a table loads as the same rows in delimited text would.

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
    practice(&folder);
    let bytes = std::fs::read(folder.path().join("emr.sqlite")).expect("a database");
    let cut = folder.write("cut.sqlite", &bytes[..bytes.len() / 3]);
    let mut said = migrate(&folder, &cut.display().to_string(), "x.db").stderr.replace(&folder.arg(""), "");
    // Encrypted, or empty: no table is in it.
    let sealed = folder.write("sealed.sqlite", [7; 4096]);
    said.push_str(&migrate(&folder, &sealed.display().to_string(), "x.db").stderr.replace(&folder.arg(""), ""));
    assert_snapshot!(said, @"
    error: cut.sqlite is a database that cannot be read
      hint: fetch it again; if it was copied while in use, copy it once its program is closed
    error: sealed.sqlite holds no table that can be read
      hint: is it empty, encrypted, or another program's?
    ");
    // Another program's file of that name is a file.
    folder.write("other/Thumbs.db", "not one");
    folder.write("other/people.csv", "id,family,given,born,phone\n1,Quimby,Ottokar,1931-07-08,\n");
    write_pack(&folder);
    let other = migrate(&folder, &folder.arg("other"), "other.db");
    assert_eq!(other.code, 0, "{}", other.stderr);
    assert_eq!(folder.json("report-other.db/report.json")["balanced"], true);
}

/// What is committed is read, also where it stands in a journal beside the file, and nothing is written there: the second run finds the
/// same, in a folder as in an archive.
#[test]
fn a_database_in_use_is_read_as_it_was_committed() {
    let folder = Folder::new();
    write_table_pack(&folder);
    std::fs::create_dir(folder.path().join("source")).expect("a folder");
    let path = folder.path().join("source/emr.sqlite");
    let mut database = Connection::open(&path).expect("a database");
    database
        .execute_batch(
            "PRAGMA journal_mode = WAL; CREATE TABLE people (id, family, given, born, phone); PRAGMA wal_checkpoint(TRUNCATE);
             CREATE VIEW broken AS SELECT app_function(id) FROM people; CREATE VIEW nobody AS SELECT * FROM gone;
             INSERT INTO people VALUES ('1', 'Quimby', 'Ottokar', '1931-07-08', NULL);",
        )
        .expect("a row");
    let open = database.transaction().expect("a transaction");
    open.execute("INSERT INTO people VALUES ('2', 'Petrova', 'Galina', '1961-04-09', NULL)", []).expect("a row");
    let names = || {
        let entries = std::fs::read_dir(folder.path().join("source")).expect("a folder");
        let mut names: Vec<_> = entries.flatten().map(|entry| entry.file_name()).collect();
        names.sort();
        names
    };
    let before = names();
    let mut zip = zip::ZipWriter::new(std::fs::File::create(folder.path().join("source.zip")).expect("a file"));
    for name in &before {
        let options = zip::write::SimpleFileOptions::default();
        zip.start_file(name.to_string_lossy(), options).expect("a member");
        let bytes = std::fs::read(folder.path().join("source").join(name)).expect("bytes");
        std::io::Write::write_all(&mut zip, &bytes).expect("bytes");
    }
    zip.finish().expect("an archive");
    for (source, store) in [("source", "folder.db"), ("source.zip", "zip.db"), ("source", "folder.db")] {
        let output = migrate(&folder, &folder.arg(source), store);
        assert_eq!(output.code, 0, "{}{}", output.stdout, output.stderr);
        let people = "SELECT count(*) FROM patient_identity";
        assert_eq!(folder.sql(store).number(people), 1, "{source}");
        assert!(!output.stderr.contains("broken"), "{}", output.stderr);
    }
    assert_eq!(names(), before);
    let report = folder.json("report-folder.db/report.json");
    assert_eq!(report["digest"]["before"], report["digest"]["after"]);
    open.rollback().expect("nothing");
    // A journal that was left by a crash takes back what was not committed.
    std::fs::create_dir(folder.path().join("crashed")).expect("a folder");
    let path = folder.path().join("crashed/emr.sqlite");
    let mut database = Connection::open(&path).expect("a database");
    database
        .execute_batch(
            "PRAGMA cache_size = 1; CREATE TABLE people (id, family, given, born, phone);
             INSERT INTO people VALUES ('1', 'Quimby', 'Ottokar', '1931-07-08', NULL);",
        )
        .expect("a row");
    let open = database.transaction().expect("a transaction");
    for id in 2..2000 {
        open.execute("INSERT INTO people VALUES (?, 'Lost', 'Nobody', '1950-01-01', NULL)", [id]).expect("a row");
    }
    let journal = folder.path().join("crashed/emr.sqlite-journal");
    assert!(std::fs::metadata(&journal).is_ok_and(|metadata| metadata.len() > 0), "the test says nothing");
    std::fs::create_dir(folder.path().join("left")).expect("a folder");
    for name in ["emr.sqlite", "emr.sqlite-journal"] {
        std::fs::copy(folder.path().join("crashed").join(name), folder.path().join("left").join(name)).expect("a copy");
    }
    let output = migrate(&folder, &folder.arg("left"), "left.db");
    assert_eq!(output.code, 0, "{}", output.stderr);
    assert_eq!(folder.sql("left.db").number("SELECT count(*) FROM patient_identity"), 1);
}

/// A table of dBase III in code page 437: fields with type and length, then rows, deleted ones first marked so.
fn dbf(fields: &[(&str, u8, u8)], rows: &[(bool, &[&[u8]])]) -> Vec<u8> {
    let header = 33 + 32 * fields.len() as u16;
    let record: u16 = 1 + fields.iter().map(|(.., length)| u16::from(*length)).sum::<u16>();
    let mut file = vec![0x83, 99, 3, 4];
    file.extend((rows.len() as u32).to_le_bytes());
    file.extend([header.to_le_bytes(), record.to_le_bytes()].concat());
    file.resize(29, 0);
    file.extend([1, 0, 0]);
    for (name, kind, length) in fields {
        let mut field = [0; 32];
        field[..name.len()].copy_from_slice(name.as_bytes());
        (field[11], field[16]) = (*kind, *length);
        file.extend(field);
    }
    file.push(b'\r');
    for (is_deleted, cells) in rows {
        file.push(if *is_deleted { b'*' } else { b' ' });
        for (cell, (.., length)) in cells.iter().zip(fields) {
            let mut padded = cell.to_vec();
            padded.resize(usize::from(*length), b' ');
            file.extend(padded);
        }
    }
    file.push(0x1a);
    file
}

const PEOPLE: [(&str, u8, u8); 5] =
    [("ID", b'C', 4), ("FAMILY", b'C', 12), ("GIVEN", b'C', 12), ("BORN", b'D', 8), ("PHONE", b'M', 10)];

fn people() -> Vec<u8> {
    dbf(
        &PEOPLE,
        &[
            (false, &[b"007", b"Quimby", b"Jos\x82", b"19310708", b"         1"]),
            (true, &[b"009", b"Gone", b"Ann", b"19500101", b""]),
            (false, &[b"008", b"Petrova", b"Galina", b"19610409", b""]),
        ],
    )
}

/// Blocks of 512 bytes; the first says where the next goes.
fn memo(text: &[u8]) -> Vec<u8> {
    let mut file = vec![0; 512];
    file.extend(text);
    file.extend([0x1a, 0x1a]);
    file
}

#[test]
fn a_dbase_table_loads_as_the_same_rows_in_text_do() {
    let folder = Folder::new();
    write_pack(&folder);
    let manifest = std::fs::read_to_string(folder.path().join("pack/connector.toml")).expect("a manifest");
    folder.write("pack/connector.toml", manifest.replace("\"people.csv\"", "\"people.dbf\""));
    folder.write("dbase/PEOPLE.DBF", people());
    folder.write("dbase/people.dbt", memo(b"617-555-0147\x8d\nafter six"));
    folder.write("dbase/visits.csv", "id,person,day,pulse\n1,007,2020-01-01,60\n");
    let first = migrate(&folder, &folder.arg("dbase"), "dbase.db");
    assert_eq!(first.code, 0, "{}{}", first.stdout, first.stderr);
    assert!(first.stderr.contains("PEOPLE.DBF/PEOPLE: 1 record is marked as deleted and left out"), "{}", first.stderr);
    write_pack(&folder);
    folder.write(
        "text/people.csv",
        "id,family,given,born,phone\n007,Quimby,José,1931-07-08,617-555-0147 after six\n008,Petrova,Galina,1961-04-09,\n",
    );
    folder.write("text/visits.csv", "id,person,day,pulse\n1,007,2020-01-01,60\n");
    let text = migrate(&folder, &folder.arg("text"), "text.db");
    assert_eq!(text.code, 0, "{}", text.stderr);
    let people = |store: &str| {
        let sql = "SELECT r.content_hash FROM source_record r JOIN source_stream s ON s.id = r.stream_id
                   WHERE s.stream = 'people' ORDER BY r.key_hash";
        folder.sql(store).bytes(sql)
    };
    assert_eq!(people("dbase.db"), people("text.db"));
    // Both files of the table are kept whole: the deleted record is in one.
    let kept =
        "SELECT count(*) FROM source_record r JOIN source_stream s ON s.id = r.stream_id WHERE s.stream = 'files'";
    assert_eq!(folder.sql("dbase.db").number(kept), 2);
}

#[test]
fn a_dbase_table_that_is_cut_or_lacks_its_memo_is_named() {
    let folder = Folder::new();
    write_pack(&folder);
    let manifest = std::fs::read_to_string(folder.path().join("pack/connector.toml")).expect("a manifest");
    folder.write("pack/connector.toml", manifest.replace("\"people.csv\"", "\"people.dbf\""));
    let mut said = String::new();
    let whole = people();
    folder.write("lacking/people.dbf", &whole);
    said.push_str(&migrate(&folder, &folder.arg("lacking"), "lacking.db").stderr);
    let newer = [&[0x04], &whole[1..]].concat();
    for (name, bytes) in [("cut", &whole[..whole.len() - 60]), ("newer", &newer), ("other", &b"no table"[..])] {
        let source = folder.write(&format!("{name}/people.dbf"), bytes).display().to_string();
        let output = migrate(&folder, &source, "x.db");
        said.push_str(&format!("{}: {}", output.code, output.stderr.replace(&folder.arg(""), "")));
    }
    assert_snapshot!(said, @"
    note: the source has nothing for: visits, allergies, papers
    note: people.dbf/people: 1 record is marked as deleted and left out
    note: people.dbf/people: its memo file is missing: 1 value has no text
    reading the source
    comparing with the store
    matching patients
    making indexes
    1: error: people.dbf is cut off: it says it has 3 records, and 1 are there
      hint: fetch it again
    1: error: people.dbf is a table of dBase 7
      hint: open it in its program and save it as dBase IV
    1: error: people.dbf: 5 columns are missing: `id` (connector.toml:9 maps it to the key of stream `people`), `family` (mappings/person.toml:3 maps it to `family_name`), `given` (mappings/person.toml:6 maps it to `given_name`), `born` (mappings/person.toml:9 maps it to `birth_date`), `phone` (mappings/person.toml:13 maps it to `phone_home`)
      hint: not one column of the first line is known: does the file have a header?
    ");
}
