//! Stores for tests: a file in the test's folder, or, where CHARTLIFT_TEST_POSTGRES names a server, a schema of its own there. The
//! same tests run on both (`tests/run`).

use std::cell::RefCell;

use chartlift::store::StorePlace;
use sqlx::{AssertSqlSafe, Connection, Row, ValueRef};

use crate::support::Folder;

/// The server that stores are made on, where tests run on one.
pub fn server() -> Option<String> {
    std::env::var("CHARTLIFT_TEST_POSTGRES").ok().filter(|url| !url.is_empty())
}

impl Folder {
    /// A store's URL as an argument.
    pub fn store(&self, name: &str) -> String {
        match server() {
            None => self.arg(name),
            Some(server) => {
                let path = self.arg(name);
                let schema: String = path.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
                let schema = format!("t{}", schema.to_lowercase());
                Sql::postgres(&server).execute(&format!("CREATE SCHEMA IF NOT EXISTS {schema}"));
                let mark = if server.contains('?') { '&' } else { '?' };
                format!("{server}{mark}options=-c%20search_path%3D{schema}")
            }
        }
    }

    pub fn place(&self, name: &str) -> StorePlace {
        StorePlace::parse(&self.store(name)).expect("a store's URL")
    }

    /// What the store's database says itself.
    pub fn sql(&self, name: &str) -> Sql {
        match server() {
            None => Sql::Sqlite(rusqlite::Connection::open(self.path().join(name)).expect("a database")),
            Some(_) => Sql::postgres(&self.store(name)),
        }
    }

    /// A store that never was.
    pub fn forget(&self, name: &str) {
        match server() {
            None => {
                for ending in ["", "-wal", "-shm"] {
                    let _ = std::fs::remove_file(self.path().join(format!("{name}{ending}")));
                }
            }
            Some(server) => {
                let url = self.store(name);
                let schema = url.rsplit("%3D").next().expect("a schema");
                Sql::postgres(&server).execute(&format!("DROP SCHEMA {schema} CASCADE; CREATE SCHEMA {schema}"));
            }
        }
    }
}

/// A database, asked in its own words.
pub enum Sql {
    Sqlite(rusqlite::Connection),
    Postgres(tokio::runtime::Runtime, RefCell<sqlx::PgConnection>),
}

impl Sql {
    pub fn postgres(url: &str) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let connection = runtime.block_on(sqlx::PgConnection::connect(url)).expect("a server");
        let quiet = "SET client_min_messages = warning";
        let connection = RefCell::new(connection);
        runtime.block_on(sqlx::raw_sql(quiet).execute(&mut *connection.borrow_mut())).expect("a setting");
        Self::Postgres(runtime, connection)
    }

    /// Every value as text; NULL is empty.
    pub fn rows(&self, sql: &str) -> Vec<Vec<String>> {
        match self {
            Self::Sqlite(connection) => {
                let mut select = connection.prepare(sql).expect("a statement");
                let columns = select.column_count();
                let rows = select.query_map([], |row| {
                    (0..columns).map(|at| row.get_ref(at).map(shown)).collect::<Result<Vec<_>, _>>()
                });
                rows.expect("rows").map(|row| row.expect("a row")).collect()
            }
            Self::Postgres(runtime, connection) => {
                let query = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
                let rows = runtime.block_on(query.fetch_all(&mut *connection.borrow_mut())).expect("rows");
                let text = |row: &sqlx::postgres::PgRow, at| {
                    let raw = row.try_get_raw(at).expect("a column");
                    if raw.is_null() { String::new() } else { raw.as_str().expect("text").to_owned() }
                };
                rows.iter().map(|row| (0..row.len()).map(|at| text(row, at)).collect()).collect()
            }
        }
    }

    /// The only value of the only row.
    pub fn text(&self, sql: &str) -> String {
        self.rows(sql).into_iter().flatten().next().unwrap_or_default()
    }

    pub fn number(&self, sql: &str) -> i64 {
        self.text(sql).parse().expect("a number")
    }

    pub fn execute(&self, sql: &str) {
        match self {
            Self::Sqlite(connection) => connection.execute_batch(sql).expect("a statement"),
            Self::Postgres(runtime, connection) => {
                let query = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
                runtime.block_on(query.execute(&mut *connection.borrow_mut())).expect("a statement");
            }
        }
    }
}

fn shown(value: rusqlite::types::ValueRef<'_>) -> String {
    use rusqlite::types::ValueRef;
    match value {
        ValueRef::Null => String::new(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => number.to_string(),
        ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
        ValueRef::Blob(bytes) => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
    }
}
