//! Databases of servers as sources: PostgreSQL where CHARTLIFT_TEST_POSTGRES names a server, MariaDB where CHARTLIFT_TEST_MARIADB does
//! (`tests/run`). What stands in a table loads as the same rows in delimited text would.

use std::process::Command;

use insta::assert_snapshot;
use sqlx::{AssertSqlSafe, Connection, MySqlConnection, PgConnection};

use crate::small::write_pack;
use crate::support::{Folder, Output, repository};

/// A server for a test.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Postgres,
    MariaDb,
}

/// A database of a server that is gone after the test.
struct Database {
    kind: Kind,
    server: String,
    name: String,
}

impl Database {
    fn new(kind: Kind, name: &str) -> Self {
        let variable = if kind == Kind::Postgres { "CHARTLIFT_TEST_POSTGRES" } else { "CHARTLIFT_TEST_MARIADB" };
        let server =
            std::env::var(variable).unwrap_or_else(|_| panic!("{variable} names no server; `tests/run` starts one"));
        let database = Self { kind, server, name: format!("{name}_{}", std::process::id()) };
        execute(kind, &database.server, &format!("DROP DATABASE IF EXISTS {}", database.name));
        execute(kind, &database.server, &format!("CREATE DATABASE {}", database.name));
        database
    }

    /// The URL of the database, for the server's own user.
    fn url(&self) -> String {
        let (base, asked) = self.server.split_once('?').map_or((&*self.server, ""), |(base, asked)| (base, asked));
        let (host, _) = base.rsplit_once('/').expect("a database in the URL");
        format!("{host}/{}?{asked}", self.name)
    }

    /// The URL for another user.
    fn url_of(&self, user: &str) -> String {
        let (scheme, rest) = self.url().split_once("://").map(|(a, b)| (a.to_owned(), b.to_owned())).expect("a URL");
        let (_, host) = rest.split_once('@').expect("a user");
        format!("{scheme}://{user}@{host}")
    }

    fn execute(&self, sql: &str) {
        execute(self.kind, &self.url(), sql);
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        execute(self.kind, &self.server, &format!("DROP DATABASE IF EXISTS {}", self.name));
    }
}

fn execute(kind: Kind, url: &str, sql: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let sql = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
        match kind {
            Kind::Postgres => {
                let mut connection = PgConnection::connect(url).await.expect("a server");
                sql.execute(&mut connection).await.expect("SQL");
            }
            Kind::MariaDb => {
                let mut connection = MySqlConnection::connect(url).await.expect("a server");
                sql.execute(&mut connection).await.expect("SQL");
            }
        }
    });
}

/// Runs the program with the password of a source in its environment.
fn chartlift(password: &str, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_chartlift"));
    let output = command.args(args).env("CHARTLIFT_SOURCE_PASSWORD", password).env_remove("PGPASSWORD").output();
    let output = output.expect("the program starts");
    Output {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

fn migrate(folder: &Folder, source: &str, store: &str, password: &str) -> Output {
    let (pack, report, store) = (folder.arg("pack"), folder.arg(&format!("report-{store}")), folder.arg(store));
    let args =
        ["migrate", source, "--connector", &pack, "--store", &store, "--report", &report, "--as-of", "2026-06-01"];
    chartlift(password, &args)
}

/// The small pack, whose people and allergies are tables and whose visits are what a query gives.
fn write_server_pack(folder: &Folder) {
    write_pack(folder);
    let text = std::fs::read_to_string(folder.path().join("pack/connector.toml")).expect("a manifest");
    let text = text.replace("files = [\"visits.csv\"]", "query = \"visits\"");
    let text = text.replace("\"people.csv\"", "\"people\", \"people.csv\"");
    let text = text.replace("\"allergies.csv\"", "\"allergies\", \"allergies.csv\"");
    folder.write("pack/connector.toml", text);
    folder.write(
        "pack/queries/visits.sql",
        "-- a visit's day is in its chart\nSELECT c.number AS id, c.patient AS person, c.seen AS day, c.pulse AS pulse\n\
         FROM chart c JOIN people p ON p.id = c.patient\nWHERE c.deleted = 0\n",
    );
}

const TABLES: &str = "
    CREATE TABLE people (id VARCHAR(9) PRIMARY KEY, family VARCHAR(40), given VARCHAR(40), born DATE, phone VARCHAR(20));
    INSERT INTO people VALUES ('008', 'Petrova', 'Galina, \"Gálya\"', '1961-04-09', NULL),
                              ('007', 'Quimby', 'Ottokar', '1931-07-08', '617-555-0147');
    CREATE TABLE chart (number INT PRIMARY KEY, patient VARCHAR(9), seen DATE, pulse NUMERIC(5, 1), deleted SMALLINT);
    INSERT INTO chart VALUES (10, '007', '2020-01-01', 60.5, 0), (9, '007', '2020-02-01', 64.5, 0),
                             (8, '007', '2020-02-01', 0.5, 1), (7, '006', '2020-02-01', 50.5, 0);
    CREATE TABLE allergies (person VARCHAR(9), substance VARCHAR(40), status VARCHAR(9));
    INSERT INTO allergies VALUES ('008', 'Latex', 'active'), ('007', 'Nuts', 'active');
    CREATE VIEW everything AS SELECT number FROM chart;";

/// The same tables as delimited text.
fn write_text(folder: &Folder) {
    let people = "id,family,given,born,phone\n007,Quimby,Ottokar,1931-07-08,617-555-0147\n008,Petrova,\"Galina, \"\"Gálya\"\"\",1961-04-09,\n";
    folder.write("text/people.csv", people);
    let chart = "number,patient,seen,pulse,deleted\n7,006,2020-02-01,50.5,0\n8,007,2020-02-01,0.5,1\n9,007,2020-02-01,64.5,0\n10,007,2020-01-01,60.5,0\n";
    folder.write("text/chart.csv", chart);
    folder.write("text/allergies.csv", "person,substance,status\n008,Latex,active\n007,Nuts,active\n");
}

/// Key and content of every record of the small pack's streams.
fn records(folder: &Folder, store: &str) -> Vec<Vec<u8>> {
    let database = rusqlite::Connection::open(folder.path().join(store)).expect("a store");
    let sql = "SELECT s.stream, r.key_hash, r.content_hash FROM source_record r JOIN source_stream s ON s.id = r.stream_id ORDER BY 1, 2";
    let mut select = database.prepare(sql).expect("a statement");
    let row = |row: &rusqlite::Row<'_>| {
        Ok([row.get::<_, String>(0)?.into_bytes(), row.get::<_, Vec<u8>>(1)?, row.get::<_, Vec<u8>>(2)?].concat())
    };
    select.query_map([], row).expect("rows").collect::<Result<_, _>>().expect("rows")
}

fn as_text_does(kind: Kind) {
    let folder = Folder::new();
    write_server_pack(&folder);
    write_text(&folder);
    let text = migrate(&folder, &folder.arg("text"), "text.db", "");
    assert_eq!(text.code, 0, "{}", text.stderr);
    let database = Database::new(kind, "as_text_does");
    database.execute(TABLES);
    let first = migrate(&folder, &database.url(), "tables.db", "");
    assert_eq!(first.code, 0, "{}", first.stderr);
    assert_eq!(records(&folder, "tables.db"), records(&folder, "text.db"));
    let streams = |report: &str| folder.json(&format!("{report}/report.json"))["streams"].clone();
    let visits =
        streams("report-tables.db").as_array().expect("streams").iter().find(|s| s["stream"] == "visits").cloned();
    let visits = visits.expect("the query's stream");
    assert_eq!((&visits["read"], &visits["chart"]["observation"]), (&2.into(), &2.into()), "{visits}");
    assert_eq!(visits["files"], serde_json::json!(["queries/visits.sql"]));
    // The tables that the query reads are kept, whatever it leaves out.
    let kept = folder.json("report-tables.db/report.json").to_string();
    assert!(kept.contains("\"stream\":\"chart\"") && !kept.contains("\"stream\":\"everything\""));
    // Nothing changed: nothing is loaded.
    let again = migrate(&folder, &database.url(), "tables.db", "");
    assert_eq!(again.code, 0, "{}", again.stderr);
    let digest = &folder.json("report-tables.db/report.json")["digest"];
    assert_eq!(digest["before"], digest["after"]);
    // A change comes over.
    database.execute("UPDATE people SET phone = '617-555-0199' WHERE id = '007'");
    let changed = migrate(&folder, &database.url(), "tables.db", "");
    let people = streams("report-tables.db")[0].clone();
    assert_eq!((changed.code, &people["updated"]), (0, &1.into()), "{}{people}", changed.stderr);
}

#[test]
fn a_table_of_postgres_loads_as_text_does() {
    as_text_does(Kind::Postgres);
}

#[test]
fn a_table_of_mariadb_loads_as_text_does() {
    as_text_does(Kind::MariaDb);
}

/// What became of every column of row `row` of table `kinds`.
fn kept(folder: &Folder, store: &str, row: &str) -> String {
    chartlift("", &["trace", "kinds", "--row", row, "--store", &folder.arg(store)]).stdout
}

#[test]
fn every_type_of_mariadb_has_a_text() {
    let folder = Folder::new();
    write_pack(&folder);
    let database = Database::new(Kind::MariaDb, "every_type");
    database.execute(
        "SET sql_mode = ''; SET time_zone = '+00:00';
         CREATE TABLE kinds (id INT PRIMARY KEY, cp1252 VARCHAR(40) CHARACTER SET latin1, by_bytes VARCHAR(9) COLLATE utf8mb4_bin,
            zero DATE, part DATE, price DECIMAL(30, 10), single FLOAT, twice DOUBLE, bytes BLOB, fixed BINARY(3), bits BIT(10),
            instant TIMESTAMP NULL, zero_instant TIMESTAMP NULL, moment DATETIME(3), clock TIME, y YEAR, e ENUM('a', 'b'),
            s SET('x', 'y'), j JSON, flag TINYINT(1), big BIGINT UNSIGNED, filled INT(5) ZEROFILL, words LONGTEXT, place POINT);
         INSERT INTO kinds VALUES (1, CONVERT(x'4a6f73e92080' USING latin1), 'Ab', '0000-00-00', '1980-05-00',
            12345678901234567890.0123456789, 1.5, 0.1, x'00ff41', x'010203', b'1000000001', '2024-03-01 10:00:00',
            '0000-00-00 00:00:00', '2024-03-01 10:00:00.125', '-25:10:11', 2024, 'b', 'x,y', '{\"a\": 1}', 1,
            18446744073709551615, 42, 'a,\"b\"\n\\\\c', ST_GeomFromText('POINT(1 2)'));
         INSERT INTO kinds (id, cp1252) VALUES (2, ''), (3, NULL);
         CREATE TABLE old (a INT) ENGINE = MyISAM; INSERT INTO old VALUES (2), (1);
         CREATE VIEW broken AS SELECT a FROM old; ALTER TABLE old RENAME COLUMN a TO b;",
    );
    let done = migrate(&folder, &database.url(), "kinds.db", "");
    assert_eq!(done.code, 0, "{}", done.stderr);
    assert!(done.stderr.contains("an engine without transactions"), "{}", done.stderr);
    assert_snapshot!(kept(&folder, "kinds.db", "1"));
    let zone = if database.url().ends_with('?') { "" } else { "&" };
    let vienna = migrate(&folder, &format!("{}{zone}timezone=%2B01:00", database.url()), "zone.db", "");
    assert_eq!(vienna.code, 0, "{}", vienna.stderr);
    assert!(kept(&folder, "zone.db", "1").contains("2024-03-01 11:00:00\n"));
    let nowhere = migrate(&folder, &format!("{}{zone}timezone=Nowhere/Land", database.url()), "zone.db", "");
    assert!(nowhere.stderr.contains("is none that the server knows"), "{}", nowhere.stderr);
}

#[test]
fn every_type_of_postgres_has_a_text() {
    let folder = Folder::new();
    write_pack(&folder);
    let database = Database::new(Kind::Postgres, "every_type");
    database.execute(
        r#"CREATE TABLE kinds (id int PRIMARY KEY, words text, day date, price numeric(40, 12), single real, twice double precision,
            bytes bytea, instant timestamptz, moment timestamp, j json, jb jsonb, list text[], flag boolean, span interval, clock time);
         INSERT INTO kinds VALUES (1, E'José € "x", \\ y\nz', '1980-02-03', 123456789012345678901234567.123456789012, 1.1, 0.1,
            '\x00ff41', '2024-03-01 10:00:00+02', '2024-03-01 10:00:00', '{"a" : 1}', '{"a" : 1}', ARRAY['a', 'b,"c'], true,
            '1 day 2 hours', '10:11:12');
         INSERT INTO kinds (id, words, day) VALUES (2, '', 'infinity');
         CREATE TABLE one (n text); INSERT INTO one VALUES (NULL), ('\.'), ('a');
         CREATE SCHEMA other; CREATE TABLE other.kinds (k int, j json); INSERT INTO other.kinds VALUES (2, '{"b":2}'), (1, '{}');
         CREATE TABLE parts (id int) PARTITION BY RANGE (id);
         CREATE TABLE part PARTITION OF parts FOR VALUES FROM (0) TO (10); INSERT INTO parts VALUES (1);
         CREATE TABLE above (id int); CREATE TABLE below (x int) INHERITS (above); INSERT INTO above VALUES (1);
         INSERT INTO below VALUES (2, 3); CREATE TABLE without ();"#,
    );
    let done = migrate(&folder, &database.url(), "kinds.db", "");
    assert_eq!(done.code, 0, "{}", done.stderr);
    assert_snapshot!(kept(&folder, "kinds.db", "1"));
    let report = folder.json("report-kinds.db/report.json");
    let mut read: Vec<String> = report["streams"]
        .as_array()
        .expect("streams")
        .iter()
        .map(|stream| format!("{} {}", stream["stream"].as_str().unwrap_or_default(), stream["read"]))
        .collect();
    read.sort();
    assert_eq!(read, ["above 1", "below 1", "kinds 2", "one 3", "other.kinds 2", "parts 1"]);
}

#[test]
fn a_large_table_is_counted_there_and_looked_at_in_part() {
    for kind in [Kind::Postgres, Kind::MariaDb] {
        let database = Database::new(kind, "chartlift_sample");
        database.execute("CREATE TABLE visits (id INTEGER PRIMARY KEY, day VARCHAR(20), code VARCHAR(9), note TEXT)");
        let row = |n: u32| {
            let note = if n.is_multiple_of(4) {
                "NULL".into()
            } else {
                format!("'{}'", if n % 4 == 1 { "  " } else { "Mild" })
            };
            format!("({n}, '2020-01-{:02}', '{}', {note})", n % 28 + 1, if n.is_multiple_of(2) { "a" } else { "A" })
        };
        let rows: Vec<String> = (1..=2000).map(row).collect();
        database.execute(&format!("INSERT INTO visits VALUES {}", rows.join(", ")));
        let inspect = |more: &[&str]| {
            let url = database.url();
            let output = chartlift("", &[&["inspect", &url, "--json"], more].concat());
            assert_eq!(output.code, 0, "{}", output.stderr);
            serde_json::from_str::<serde_json::Value>(&output.stdout).expect("JSON")
        };
        let (part, whole) = (inspect(&["--sample", "200"]), inspect(&[]));
        let table = |profile: &serde_json::Value| profile["tables"][0].clone();
        let looked_at = table(&part)["looked_at"].as_u64().expect("a part");
        assert!((100..400).contains(&looked_at), "{looked_at}");
        assert_eq!(table(&whole)["looked_at"], serde_json::Value::Null);
        assert_eq!((&table(&part)["rows"], &table(&part)["key"]), (&2000.into(), &table(&whole)["key"]));
        for at in 0..4 {
            let column = |profile: &serde_json::Value| {
                let column = table(profile)["columns"][at].clone();
                (column["non_empty"].clone(), column["distinct"].clone(), column["identifies"].clone())
            };
            assert_eq!(column(&part), column(&whole), "column {at}");
        }
        assert_eq!(part, inspect(&["--sample", "200"]), "the same rows are looked at again");
        assert!(part["notes"].to_string().contains("some rows were looked at"), "{}", part["notes"]);
    }
}

#[test]
fn a_run_sees_one_moment() {
    for kind in [Kind::Postgres, Kind::MariaDb] {
        let folder = Folder::new();
        write_server_pack(&folder);
        let database = Database::new(kind, "one_moment");
        database.execute(TABLES);
        let opened =
            chartlift::extract::SourcePlace::parse(std::path::Path::new(&database.url()), None).expect("a place");
        let mut tree = chartlift::extract::SourceTree::open(&opened).expect("a source");
        tree.open_tables().expect("tables");
        let read = |tree: &chartlift::extract::SourceTree| {
            let file = tree.files.iter().find(|file| file.path == "people").expect("a table");
            let mut text = String::new();
            std::io::Read::read_to_string(&mut tree.open_file(file).expect("a table"), &mut text).expect("text");
            text
        };
        let before = read(&tree);
        database.execute("DELETE FROM people WHERE id = '007'");
        assert_eq!(read(&tree), before);
        assert_eq!(before.lines().count(), 3);
    }
}

#[test]
fn rows_come_in_one_order_however_they_lie() {
    for kind in [Kind::Postgres, Kind::MariaDb] {
        let folder = Folder::new();
        write_pack(&folder);
        let mut digests = Vec::new();
        for (number, rows) in
            ["(1, 'B', 'x'), (1, 'b', 'x'), (2, 'a', NULL)", "(2, 'a', NULL), (1, 'b', 'x'), (1, 'B', 'x')"]
                .iter()
                .enumerate()
        {
            let database = Database::new(kind, "one_order");
            // A column that is called as the program might call a table, and a table as it calls other files.
            database
                .execute(&format!("CREATE TABLE files (t INT, v VARCHAR(9), q TEXT); INSERT INTO files VALUES {rows}"));
            let store = format!("{number}.db");
            let done = migrate(&folder, &database.url(), &store, "");
            assert_eq!(done.code, 0, "{}", done.stderr);
            let order =
                |row: &str| chartlift("", &["trace", "files (2)", "--row", row, "--store", &folder.arg(&store)]).stdout;
            assert!(order("1").contains("archived in run 1"), "{}", order("1"));
            digests.push((
                folder.json(&format!("report-{store}/report.json"))["digest"].clone(),
                order("1"),
                order("2"),
            ));
        }
        assert_eq!(digests[0], digests[1]);
    }
}

#[test]
fn whoever_may_not_read_is_told_why() {
    let folder = Folder::new();
    write_server_pack(&folder);
    // Of MariaDB a table that a user may not read is not there.
    for (kind, name) in [(Kind::MariaDb, "mariadb"), (Kind::Postgres, "postgres")] {
        let database = Database::new(kind, "told_why");
        database.execute(TABLES);
        let user = format!("reader_{}", std::process::id());
        match kind {
            Kind::MariaDb => database.execute(&format!(
                "CREATE OR REPLACE USER {user} IDENTIFIED BY 'canary'; GRANT SELECT ON {0}.people TO {user}; GRANT SELECT ON {0}.chart TO {user}",
                database.name
            )),
            Kind::Postgres => database.execute(&format!(
                "DO $$ BEGIN CREATE ROLE asked_for_password; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
                 DROP ROLE IF EXISTS {user}; CREATE ROLE {user} LOGIN PASSWORD 'canary' IN ROLE asked_for_password;
                 GRANT SELECT ON people, chart TO {user}"
            )),
        }
        let mut said = String::new();
        let mut note = |label: &str, output: Output| {
            assert!(!output.stderr.contains("canary") && !output.stdout.contains("canary"), "{}", output.stderr);
            let lines = output.stderr.lines().filter(|line| {
                ["error", "  caused", "  hint", "note: this", "note: queries", "note: 1 table"]
                    .iter()
                    .any(|start| line.starts_with(start))
            });
            let lines: Vec<&str> = lines.collect();
            said.push_str(&format!("{label}: {}\n{}\n", output.code, lines.join("\n")));
        };
        let url = database.url_of(&user);
        note("wrong password", migrate(&folder, &url, "w.db", "canary2"));
        let no_database = url.replace(&database.name, "nothing_of_that_name");
        note("no database", migrate(&folder, &no_database, "w.db", "canary"));
        note("some tables", migrate(&folder, &url, "w.db", "canary"));
        let sql = folder.path().join("pack/queries/visits.sql");
        let good = std::fs::read_to_string(&sql).expect("a query");
        for (label, query) in [
            ("unknown column", good.replace("c.seen", "c.sein")),
            ("bad syntax", good.replace("WHERE", "WHERE WHERE")),
            ("no such table", good.replace("chart", "charts")),
            ("no SELECT", "DELETE FROM chart".to_owned()),
            ("two statements", format!("{good}; DROP TABLE chart")),
        ] {
            std::fs::write(&sql, query).expect("a query");
            note(label, migrate(&folder, &database.url(), "w.db", ""));
        }
        std::fs::write(&sql, good).expect("a query");
        let number = std::process::id().to_string();
        let socket = database.server.clone();
        let shown = said.replace(&number, "N");
        let places: Vec<String> = shown
            .split_whitespace()
            .filter(|word| word.contains("://") && word.contains("told_why") || word.contains("nothing_of"))
            .filter_map(|word| word.split_once("://"))
            .filter_map(|(_, rest)| rest.rsplit_once('/').map(|(host, _)| host.to_owned()))
            .collect();
        let shown = places.iter().fold(shown, |text, host| text.replace(host.as_str(), "HOST"));
        assert!(!shown.contains(&socket));
        assert_snapshot!(format!("told_why_{name}"), shown);
        if kind == Kind::Postgres {
            database.execute(&format!("DROP OWNED BY {user}; DROP ROLE {user}"));
        } else {
            database.execute(&format!("DROP USER {user}"));
        }
    }
}

#[test]
fn a_server_that_goes_away_is_told_and_the_run_goes_on_later() {
    let folder = Folder::new();
    write_server_pack(&folder);
    let database = Database::new(Kind::MariaDb, "goes_away");
    database.execute(TABLES);
    // More than fits into the buffers between the server and the run.
    database.execute(
        "CREATE TABLE big (id INT PRIMARY KEY, words LONGTEXT); INSERT INTO big SELECT seq, REPEAT('x', 100000) FROM seq_1_to_400",
    );
    let args = [
        "migrate",
        &database.url(),
        "--connector",
        &folder.arg("pack"),
        "--store",
        &folder.arg("g.db"),
        "--report",
        &folder.arg("r"),
    ];
    let mut child = Command::new(env!("CARGO_BIN_EXE_chartlift"))
        .args(args)
        .stderr(std::process::Stdio::piped())
        .stdout(std::process::Stdio::null())
        .spawn()
        .expect("the program starts");
    // The server ends the connection as soon as it sees it.
    let find = format!(
        "SELECT id FROM information_schema.processlist WHERE db = '{}' AND info LIKE 'SELECT%big%'",
        database.name
    );
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let mut connection = MySqlConnection::connect(&database.server).await.expect("a server");
        for _ in 0..20_000 {
            let found: Option<i64> =
                sqlx::query_scalar(AssertSqlSafe(find.clone())).fetch_optional(&mut connection).await.expect("a list");
            if let Some(number) = found {
                let kill = sqlx::raw_sql(AssertSqlSafe(format!("KILL {number}")));
                kill.execute(&mut connection).await.expect("an end");
                return;
            }
        }
    });
    let mut said = String::new();
    std::io::Read::read_to_string(&mut child.stderr.take().expect("its words"), &mut said).expect("text");
    assert_eq!(child.wait().expect("its end").code(), Some(1), "{said}");
    assert!(said.contains("was lost") && said.contains("run the same command again"), "{said}");
    let again = chartlift("", &args);
    assert_eq!(again.code, 0, "{}", again.stderr);
}

#[test]
fn packs_of_real_systems_read_their_databases_as_their_fixtures() {
    let mut tested = 0;
    for folder in std::fs::read_dir(repository("connectors")).expect("connectors") {
        let pack = folder.expect("a folder").path();
        let Ok(schema) = std::fs::read_to_string(pack.join("schema.sql")) else { continue };
        let id = pack.file_name().expect("a name").to_string_lossy().into_owned();
        let folder = Folder::new();
        let database = Database::new(Kind::MariaDb, &format!("pack_{}", id.replace('-', "_")));
        database.execute(&format!("SET sql_mode = ''; SET foreign_key_checks = 0; {schema}"));
        let mut rows = String::from(
            "SET sql_mode = 'NO_BACKSLASH_ESCAPES,NO_AUTO_VALUE_ON_ZERO'; SET foreign_key_checks = 0; SET time_zone = '+00:00';",
        );
        for table in std::fs::read_dir(pack.join("fixture")).expect("a fixture") {
            let path = table.expect("a table").path();
            let table = path.file_stem().expect("a name").to_string_lossy().into_owned();
            let mut reader = csv::Reader::from_path(&path).expect("a table");
            let columns: Vec<String> =
                reader.headers().expect("a header").iter().map(|name| format!("`{name}`")).collect();
            for row in reader.records() {
                let value = |cell: &str| match cell {
                    "" => "NULL".to_owned(),
                    cell => format!("'{}'", cell.replace('\'', "''")),
                };
                let row = row.expect("a row");
                // What may not be NULL is left to the column's own default.
                let filled = columns.iter().zip(row.iter()).filter(|(_, cell)| !cell.is_empty());
                let (names, values): (Vec<String>, Vec<String>) =
                    filled.map(|(name, cell)| (name.clone(), value(cell))).unzip();
                rows.push_str(&format!("INSERT INTO `{table}` ({}) VALUES ({});\n", names.join(","), values.join(",")));
            }
        }
        database.execute(&rows);
        let load = |source: &str, store: &str| {
            let (connector, store, report) =
                (pack.display().to_string(), folder.arg(store), folder.arg(&format!("r-{store}")));
            let done = chartlift(
                "",
                &[
                    "migrate",
                    source,
                    "--connector",
                    &connector,
                    "--store",
                    &store,
                    "--report",
                    &report,
                    "--as-of",
                    "2026-01-01",
                ],
            );
            assert_eq!(done.code, 0, "{id}: {}", done.stderr);
        };
        load(&database.url(), "database.db");
        load(&pack.join("fixture").display().to_string(), "fixture.db");
        assert_eq!(charted(&folder, "database.db"), charted(&folder, "fixture.db"), "{id}");
        tested += 1;
    }
    assert!(tested > 0, "no connector has a schema.sql");
}

/// Every chart row, as text.
fn charted(folder: &Folder, store: &str) -> Vec<String> {
    let store = chartlift::store::EhrStore::open(&folder_place(folder, store)).expect("a store");
    let records = chartlift::model::RecordType::ALL.iter();
    records.map(|record| store.dump(*record).expect("rows")).collect()
}

fn folder_place(folder: &Folder, store: &str) -> chartlift::store::StorePlace {
    chartlift::store::StorePlace::Sqlite(folder.path().join(store))
}

/// A draft of joined tables asks a server as it stands: with capitals, words that SQL keeps for itself, numbers, truths.
fn a_draft_asks(kind: Kind) {
    let folder = Folder::new();
    let database = Database::new(kind, "chartlift_draft");
    let name = |name: &str| if kind == Kind::Postgres { format!("\"{name}\"") } else { format!("`{name}`") };
    let mut rows = format!(
        "CREATE TABLE patient (patient_id INT PRIMARY KEY, voided BOOLEAN);
         CREATE TABLE person (person_id INT PRIMARY KEY, sex VARCHAR(1), birth_date DATE);
         CREATE TABLE person_name (person_name_id INT PRIMARY KEY, person_id INT, preferred BOOLEAN, voided BOOLEAN,
            first_name VARCHAR(20), last_name VARCHAR(20));
         CREATE TABLE {} ({} INT PRIMARY KEY, name VARCHAR(20));
         CREATE TABLE lab_order (lab_order_id INT PRIMARY KEY, patient_id INT, test_name VARCHAR(20), {} VARCHAR(20));
         CREATE TABLE lab_result (lab_result_id INT PRIMARY KEY, lab_order_id INT, {} INT, result_value VARCHAR(9), {} VARCHAR(9));",
        name("ResultType"),
        name("ResultTypeId"),
        name("group"),
        name("ResultTypeId"),
        name("range"),
    );
    rows.push_str(&format!("INSERT INTO {} VALUES (1, 'Potassium'), (2, 'Sodium');", name("ResultType")));
    for number in 1..=20 {
        let person = number + 500;
        rows.push_str(&format!(
            "INSERT INTO patient VALUES ({person}, false);
             INSERT INTO person VALUES ({person}, 'F', '19{:02}-07-08');
             INSERT INTO person_name VALUES ({number}, {person}, false, false, 'Ottavia', 'Former{number}'),
                ({}, {person}, true, false, 'Ottavia', 'Canarino{number}'), ({}, {person}, true, true, 'Ottavia', 'Mistyped');
             INSERT INTO lab_order VALUES ({}, {person}, 'Electrolytes', 'blood');
             INSERT INTO lab_result VALUES ({}, {}, {}, '4.{number}', '3 - 5');",
            30 + number,
            number + 100,
            number + 200,
            number + 7000,
            number + 9000,
            number + 7000,
            1 + number % 2,
        ));
    }
    database.execute(&rows);
    let draft = folder.arg("draft");
    let drafted = chartlift("", &["inspect", &database.url(), "--draft", &draft]);
    assert_eq!(drafted.code, 0, "{}", drafted.stderr);
    let (store, report) = (folder.arg("d.db"), folder.arg("r"));
    let args = ["migrate", &database.url(), "--connector", &draft, "--store", &store, "--report", &report];
    let done = chartlift("", &args);
    assert_eq!(done.code, 0, "{}", done.stderr);
    let report = folder.json("r/report.json");
    let of = |name: &str| {
        let streams = report["streams"].as_array().expect("streams");
        streams.iter().find(|stream| stream["stream"] == name).expect("a stream")["chart"].clone()
    };
    assert_eq!((&of("patient")["patient"], &of("lab-result")["observation"]), (&20.into(), &20.into()), "{report}");
    let charted = charted(&folder, "d.db").join("\n");
    assert!(charted.contains("Canarino7") && charted.contains("Potassium") && !charted.contains("Former"));
}

#[test]
fn a_draft_of_joined_tables_asks_postgres() {
    a_draft_asks(Kind::Postgres);
}

#[test]
fn a_draft_of_joined_tables_asks_mariadb() {
    a_draft_asks(Kind::MariaDb);
}
