//! Stores for tests: a file in the test's folder, or, where CHARTLIFT_TEST_POSTGRES names a server, a schema of its own there. The
//! same tests run on both (`tests/run`).

use std::cell::RefCell;
use std::process::{Command, Stdio};

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

    /// Every table of the store.
    pub fn tables(&self) -> Vec<String> {
        let sql = match self {
            Self::Sqlite(_) => {
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
            }
            Self::Postgres(..) => {
                "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace ORDER BY 1"
            }
        };
        self.rows(sql).into_iter().flatten().collect()
    }

    /// Every value as bytes.
    pub fn bytes(&self, sql: &str) -> Vec<Vec<u8>> {
        let unhex = |text: &str| -> Option<Vec<u8>> {
            let digits = text.strip_prefix("\\x").unwrap_or(text);
            let byte = |at| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
            (0..digits.len()).step_by(2).map(byte).collect()
        };
        let all = self.rows(sql).into_iter().flatten();
        all.flat_map(|text| [unhex(&text), Some(text.into_bytes())]).flatten().collect()
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

/// A PostgreSQL server of a test's own, which it may kill.
pub struct Server {
    folder: tempfile::TempDir,
    /// 0 where it is reached through its socket alone.
    port: u16,
}

impl Server {
    /// Starts one; with a port, it also listens on 127.0.0.1, asks for passwords there, and lets user `sealed` in by TLS alone.
    pub fn start(port: u16) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let server = Self { folder, port };
        if is_root() {
            let done = Command::new("chown").arg("postgres").arg(server.folder.path()).status().expect("chown");
            assert!(done.success());
        }
        let mut initdb = server.program("initdb");
        initdb.args(["--username=chartlift", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]);
        assert!(initdb.arg(server.data()).stdout(Stdio::null()).status().expect("initdb").success());
        let address = if port == 0 { "" } else { "127.0.0.1" };
        let settings = format!(
            "listen_addresses = '{address}'\nport = {}\nunix_socket_directories = '{}'\nfsync = off\nmax_connections = 50\n",
            if port == 0 { 5432 } else { port },
            server.folder.path().display()
        );
        let hba = "local all all trust\nhostssl all sealed 127.0.0.1/32 trust\nhostnossl all sealed 127.0.0.1/32 reject\n\
                   host all all 127.0.0.1/32 scram-sha-256\n";
        server.append("postgresql.conf", &settings);
        server.append("pg_hba.conf.new", hba);
        let data = server.folder.path().join("data");
        std::fs::rename(data.join("pg_hba.conf.new"), data.join("pg_hba.conf")).expect("a file");
        server.up();
        // So that the program under test, run by another user, finds the socket.
        let open = Command::new("chmod").arg("711").arg(server.folder.path()).status().expect("chmod");
        assert!(open.success());
        server
    }

    fn append(&self, name: &str, text: &str) {
        use std::io::Write;
        let path = self.folder.path().join("data").join(name);
        let mut file = std::fs::OpenOptions::new().append(true).create(true).open(&path).expect("a file");
        file.write_all(text.as_bytes()).expect("room");
        if is_root() {
            assert!(Command::new("chown").arg("postgres").arg(&path).status().expect("chown").success());
        }
    }

    fn data(&self) -> String {
        format!("--pgdata={}/data", self.folder.path().display())
    }

    /// A program of the server, which does not run as root.
    fn program(&self, name: &str) -> Command {
        let mut command = Command::new(if is_root() { "setpriv" } else { name });
        if is_root() {
            command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups", name]);
        }
        command.env("HOME", self.folder.path()).current_dir(self.folder.path());
        command
    }

    pub fn up(&self) {
        let mut start = self.program("pg_ctl");
        start.arg(self.data()).args(["--wait", "--silent", "start"]);
        start.arg(format!("--log={}/log", self.folder.path().display())).stdout(Stdio::null());
        assert!(start.status().expect("pg_ctl").success());
    }

    /// As if its power were cut.
    pub fn kill(&self) {
        let mut stop = self.program("pg_ctl");
        stop.arg(self.data()).args(["--mode=immediate", "--wait", "--silent", "stop"]);
        assert!(stop.status().expect("pg_ctl").success());
    }

    /// A new database; its URL by the socket.
    pub fn database(&self, name: &str) -> String {
        self.sql("postgres").execute(&format!("CREATE DATABASE {name}"));
        self.url(name)
    }

    pub fn url(&self, database: &str) -> String {
        let socket = self.folder.path().display().to_string().replace('/', "%2F");
        let port = if self.port == 0 { String::new() } else { format!(":{}", self.port) };
        format!("postgres://chartlift@{socket}{port}/{database}")
    }

    pub fn sql(&self, database: &str) -> Sql {
        Sql::postgres(&self.url(database))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let mut stop = self.program("pg_ctl");
        stop.arg(self.data()).args(["--mode=immediate", "--silent", "stop"]).stderr(Stdio::null());
        let _ = stop.status();
    }
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").is_ok_and(|metadata| metadata.uid() == 0)
}
