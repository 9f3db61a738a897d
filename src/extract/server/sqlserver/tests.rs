use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use insta::assert_snapshot;

use super::fake::{Answer, Fake, Kind, Login, Value, rows};
use super::*;
use crate::extract::place::SourcePlace;
use crate::extract::query::{Asked, Query};
use crate::extract::rows::{TableState, Tables, read_rows};
use crate::extract::server::Server;

fn address(port: u16, asked: &str) -> ServerAddress {
    let url = format!("mssql://reader@127.0.0.1:{port}/emr{asked}");
    match SourcePlace::parse(Path::new(&url), Some("s3cret")) {
        Ok(SourcePlace::Server(address)) => address,
        other => panic!("{other:?}"),
    }
}

/// The error, what is behind it, and its hint.
fn told(error: &ExtractError) -> String {
    let mut lines = vec![error.to_string()];
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        lines.push(format!("  {error}"));
        source = error.source();
    }
    lines.extend(error.hint().map(|hint| format!("  hint: {hint}")));
    lines.join("\n")
}

fn text(tables: Arc<dyn Tables>, table: usize) -> Result<String, String> {
    let mut text = String::new();
    let read = read_rows(tables, table).read_to_string(&mut text);
    let ours =
        |error: &std::io::Error| told(error.get_ref().and_then(|inner| inner.downcast_ref()).expect("our error"));
    read.map(|_| text).map_err(|error| ours(&error))
}

/// A small practice's database.
fn practice(sql: &str) -> Answer {
    match sql {
        _ if sql.contains("SERVERPROPERTY") => rows(&[["16.0.1000.6", "1", "READ_WRITE"]]),
        _ if sql.contains("dm_exec_describe_first_result_set") => described_by(sql),
        _ if sql.contains("FROM sys.objects") => rows(&[
            ["20", "dbo", "PATIENT", "U", "1"],
            ["30", "dbo", "lab.result", "U", "1"],
            ["40", "dbo", "secret", "U", "0"],
            ["50", "lab", "result", "U", "1"],
            ["60", "lab", "summary", "V", "1"],
        ]),
        _ if sql.contains("FROM sys.index_columns") => rows(&[["20", "ID", "0"], ["20", "part", "1"]]),
        _ if sql.contains("FROM sys.columns") => rows(&[
            ["20", "ID", "int", "4", "0"],
            ["20", "part", "varchar", "3", "0"],
            ["20", "family", "nvarchar", "80", "1"],
            ["20", "weight", "float", "8", "0"],
            ["20", "height", "real", "4", "0"],
            ["20", "photo", "varbinary", "-1", "0"],
            ["20", "notes", "ntext", "16", "0"],
            ["30", "a", "int", "4", "0"],
            ["40", "a", "int", "4", "0"],
            ["50", "a", "int", "4", "0"],
            ["60", "a", "int", "4", "0"],
        ]),
        _ if sql.contains("'DATABASE', 'SELECT'") => rows(&[["1"]]),
        _ if sql.contains("@@TRANCOUNT") => rows(&[["1"]]),
        _ if sql.contains("[PATIENT]") => patients(),
        _ if sql.contains("[lab].[result]") => {
            Answer::Error(245, "Conversion failed when converting the varchar value 'Quimby'.", 1)
        }
        _ if sql.contains("[lab.result]") => Answer::Gone,
        _ if sql.contains("[summary]") => Answer::Error(3961, "Snapshot isolation transaction failed.", 1),
        _ if sql.contains("ORDER BY q.[id]") => rows(&[["1", "x"]]),
        _ if sql.contains("nowhere") => Answer::Error(207, "Invalid column name 'nowhere'.", 3),
        _ => Answer::Done,
    }
}

fn described_by(sql: &str) -> Answer {
    match sql {
        _ if sql.contains("missing") => rows(&[["208", "Invalid object name 'missing'.", "", "", ""]]),
        _ if sql.contains("nowhere") => rows(&[["207", "Invalid column name 'nowhere'.", "", "", ""]]),
        _ if sql.contains("unnamed") => rows(&[["", "", "", "int", "4"]]),
        _ if sql.contains("DELETE") => rows::<5>(&[]),
        _ => rows(&[["", "", "id", "int", "4"], ["", "", "what", "text", "16"]]),
    }
}

fn patients() -> Answer {
    let kinds = vec![Kind::Text, Kind::Text, Kind::Text, Kind::Number, Kind::SmallNumber, Kind::Bytes, Kind::LongText];
    let first = vec![
        "1".into(),
        "".into(),
        "Gálya \"G\", 😀".into(),
        Value::Number(0.1),
        Value::SmallNumber(1.8),
        Value::Bytes(vec![0, 0xff]),
        Value::Text("long\n".repeat(20_000)),
    ];
    let cut = vec![
        "2".into(),
        Value::Null,
        Value::Units(vec![0x41, 0xd83d]),
        Value::Null,
        Value::Null,
        Value::Null,
        Value::Null,
    ];
    Answer::Rows(kinds, vec![first, cut])
}

#[test]
fn a_database_is_read() {
    let fake = Fake::new(Login::Good, practice);
    let server = Server::open(&address(fake.port, "?encrypt=no")).expect("a server");
    assert!(server.warnings.is_empty(), "{:?}", server.warnings);
    assert_eq!(server.names(), ["PATIENT", "lab.result", "secret", "lab.result (2)", "lab.summary"]);
    let states: Vec<TableState> = (0..5).map(|table| server.state(table)).collect();
    let own = TableState::Own;
    assert_eq!(states, [own, own, TableState::Broken, own, TableState::Derived]);
    assert_eq!(server.notes(0), [MASKED]);
    let read = text(server.clone(), 0).expect("a table");
    let read = read.replace(&"long\n".repeat(20_000), "LONG");
    assert_eq!(
        read,
        "ID,part,family,weight,height,photo,notes\r\n1,\"\",\"Gálya \"\"G\"\", 😀\",0.1,1.8,\\x00ff,\"LONG\"\r\n2,,A\u{fffd},,,,\r\n"
    );
    // A second time, as a run reads.
    assert_eq!(text(server.clone(), 0).map(|text| text.replace(&"long\n".repeat(20_000), "LONG")), Ok(read));
    let place = format!("mssql://127.0.0.1:{}/emr", fake.port);
    let failed = |table: usize| text(server.clone(), table).expect_err("an error").replace(&place, "PLACE");
    assert_eq!(
        failed(3),
        "PLACE: table lab.result (2) cannot be read: error 245\n  hint: may this user read all of the table?"
    );
    assert!(
        failed(4)
            .starts_with("PLACE: table lab.summary cannot be read: Snapshot isolation transaction failed (error 3961)")
    );
    assert!(failed(1).starts_with("the connection to PLACE was lost"), "{}", failed(1));
    drop(server);
    let asked = fake.asked();
    assert_eq!(asked[0], "login reader emr as chartlift to read");
    let begun = asked.iter().position(|sql| sql.contains("BEGIN TRANSACTION")).expect("a transaction");
    assert!(asked[begun].contains("ISOLATION LEVEL SNAPSHOT"));
    assert!(asked.iter().skip(begun).all(|sql| !sql.contains("COMMIT")));
    let select = asked.iter().find(|sql| sql.contains("[PATIENT]")).expect("a SELECT");
    assert_snapshot!(select);
}

#[test]
fn a_query_is_put_to_the_server() {
    let fake = Fake::new(Login::Good, practice);
    let server = Server::open(&address(fake.port, "?encrypt=no")).expect("a server");
    let ask = |sql: &str| {
        let key = ["ID".to_owned(), "what".to_owned()];
        server.ask(&Query { file: "queries/a.sql".into(), sql, key: &key })
    };
    let refused = |sql: &str| match ask(sql) {
        Err(error) => error.to_string(),
        Ok(_) => panic!("it is no query"),
    };
    let Ok(Asked::Table(table)) = ask("WITH x AS (SELECT 1 AS id)\nSELECT id, what FROM x; -- all") else {
        panic!("no table")
    };
    assert_eq!(text(table, 0).as_deref(), Ok("id,what\r\n1,x\r\n"));
    match ask("SELECT a FROM missing") {
        Ok(Asked::NoTable(why)) => assert_eq!(why, "Invalid object name 'missing'"),
        _ => panic!("a table"),
    }
    let nowhere = "queries/a.sql:3: Invalid column name 'nowhere' (error 207)";
    assert_eq!(refused("SELECT\n\nnowhere FROM PATIENT"), nowhere);
    assert_eq!(refused("SELECT 1 + 1 /* unnamed */"), "queries/a.sql: its column 1 has no name");
    assert_eq!(refused("DELETE FROM PATIENT"), "queries/a.sql: it is no SELECT");
    drop(server);
    let asked = fake.asked();
    let select = asked.iter().find(|sql| sql.contains("ORDER BY q.[id]")).expect("a SELECT");
    assert_snapshot!(select);
}

#[test]
fn a_database_without_snapshots_and_rights_is_read_with_a_warning() {
    let fake = Fake::new(Login::Good, |sql: &str| match sql {
        _ if sql.contains("SERVERPROPERTY") => rows(&[["11.0.7001.0", "0", "READ_WRITE"]]),
        _ if sql.contains("'DATABASE', 'SELECT'") => rows(&[["0"]]),
        // A column that is not there yet must not be asked for.
        _ if sql.contains("is_masked") => Answer::Error(207, "Invalid column name 'is_masked'.", 1),
        _ if sql.contains("@@TRANCOUNT") => rows(&[["0"]]),
        _ => practice(sql),
    });
    let server = Server::open(&address(fake.port, "?encrypt=no")).expect("a server");
    assert_eq!(server.warnings.len(), 2, "{:?}", server.warnings);
    assert!(server.warnings[1].contains("ALLOW_SNAPSHOT_ISOLATION"));
    // Where the transaction is over, nothing is read as if it were of the same moment.
    assert!(text(server.clone(), 0).expect_err("no transaction").contains("was lost"));
    drop(server);
    let asked = fake.asked().join("\n");
    assert!(asked.contains("READ COMMITTED") && !asked.contains("LEVEL SNAPSHOT"));
}

#[test]
fn reads_go_where_the_server_sends_them() {
    let fake = Fake::new(Login::Elsewhere, practice);
    let server = Server::open(&address(fake.port, "?encrypt=no")).expect("a server");
    assert_eq!(server.names().len(), 5);
    drop(server);
    assert_eq!(fake.asked().iter().filter(|asked| asked.starts_with("login")).count(), 2);
}

#[test]
fn who_is_not_let_in_is_told_why() {
    let mut all = Vec::new();
    for number in [18456, 18452, 18487, 4060, 40615] {
        let fake = Fake::new(Login::Wrong(number), |_: &str| Answer::Done);
        let address = address(fake.port, "?encrypt=no");
        let error = Server::open(&address).map(drop).expect_err("an error");
        all.push(told(&error).replace(&fake.port.to_string(), "PORT"));
        drop(fake.asked());
    }
    assert_snapshot!(all.join("\n"));
    assert!(!all.concat().contains("s3cret"));
}

#[test]
fn what_cannot_be_reached_is_told() {
    // By itself the connection has to be encrypted.
    let fake = Fake::new(Login::Good, practice);
    let error = Server::open(&address(fake.port, "")).map(drop).expect_err("an error");
    assert!(told(&error).contains("it does not encrypt the connection\n  hint: "), "{}", told(&error));
    drop(fake.asked());
    let old = Fake::new(Login::Good, |sql: &str| match sql {
        _ if sql.contains("SERVERPROPERTY") => rows(&[["10.50.6000.34", "1", "READ_WRITE"]]),
        _ => Answer::Done,
    });
    let error = Server::open(&address(old.port, "?encrypt=no")).map(drop).expect_err("an error");
    assert!(error.to_string().ends_with("it is older than SQL Server 2012"), "{error}");
    let zone = Fake::new(Login::Good, |sql: &str| match sql {
        _ if sql.contains("AT TIME ZONE") => Answer::Error(9820, "The time zone parameter is invalid.", 1),
        _ => practice(sql),
    });
    let error =
        Server::open(&address(zone.port, "?encrypt=no&timezone=Europe/Vienna")).map(drop).expect_err("an error");
    assert!(matches!(error, ExtractError::UrlZone), "{error}");
    let closed = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
    let error = Server::open(&address(closed, "")).map(drop).expect_err("an error");
    assert!(told(&error).contains("cannot be reached") && told(&error).contains("refused"), "{}", told(&error));
}

#[test]
fn what_may_quote_a_value_is_told_by_its_number_alone() {
    let check = |code: u32, said: &str, expected: Complaint| assert_eq!(described(code, said), expected, "{code}");
    check(208, "Invalid object name 'a'.", Complaint::NoTable("Invalid object name 'a'".into()));
    check(
        102,
        "Incorrect syntax near 'FORM'.",
        Complaint::Sql("Incorrect syntax near 'FORM' (error 102)".into(), 0, 0),
    );
    check(245, "Conversion failed when converting the varchar value 'Quimby'.", Complaint::Other("error 245".into()));
    check(
        2628,
        "String or binary data would be truncated. Truncated value: 'Quimby'.",
        Complaint::Other("error 2628".into()),
    );
    check(596, "Cannot continue the execution because the session is in the kill state.", Complaint::Lost);
    let io = Error::Io { kind: std::io::ErrorKind::ConnectionReset, message: "reset".into() };
    assert_eq!(complaint(&io), Complaint::Lost);
}
