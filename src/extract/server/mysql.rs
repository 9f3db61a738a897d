//! MySQL and MariaDB: rows come in the text protocol, in which the server itself writes every value. What it keeps in another character
//! set it turns into UTF-8, and what it calls `latin1` is Windows-1252 to it.

use futures_util::TryStreamExt;
use sqlx::mysql::{MySqlConnectOptions, MySqlConnection, MySqlRow, MySqlTypeInfo};
use sqlx::{
    AssertSqlSafe, Column as _, ConnectOptions, Decode, Executor, MySql, Row as _, SqlSafeStr, Statement as _, Type,
    TypeInfo as _, ValueRef as _,
};
use std::collections::BTreeMap;
use tokio::runtime::Runtime;

use super::{Complaint, ServerTable, Session, State, connected, of_the_driver, unreachable};
use crate::extract::ExtractError;
use crate::extract::place::ServerAddress;
use crate::extract::rows::{RowWriter, in_hexadecimal};

struct Server {
    runtime: Runtime,
    connection: MySqlConnection,
    /// Whether instants are written as UTC has them.
    is_utc: bool,
}

/// A run reads for a long time, and rests between two tables.
const SESSION: [&str; 3] = [
    "SET SESSION net_write_timeout = 86400, net_read_timeout = 86400, wait_timeout = 604800",
    "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
    "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
];

const TABLES: &str = "
    SELECT CAST(table_name AS CHAR), CAST(table_type AS CHAR), CAST(COALESCE(engine, '') AS CHAR)
    FROM information_schema.tables
    WHERE table_schema = DATABASE() AND table_type IN ('BASE TABLE', 'VIEW', 'SYSTEM VERSIONED')
    ORDER BY table_name";

const COLUMNS: &str = "
    SELECT CAST(table_name AS CHAR), CAST(column_name AS CHAR)
    FROM information_schema.columns WHERE table_schema = DATABASE() ORDER BY table_name, ordinal_position";

const KEYS: &str = "
    SELECT CAST(table_name AS CHAR), CAST(column_name AS CHAR)
    FROM information_schema.statistics
    WHERE table_schema = DATABASE() AND index_name = 'PRIMARY' ORDER BY table_name, seq_in_index";

/// Whether this user may read the whole database; somebody's own rights are seen by everybody.
const RIGHTS: &str = "
    SELECT CAST((SELECT COUNT(*) FROM information_schema.user_privileges WHERE privilege_type = 'SELECT')
              + (SELECT COUNT(*) FROM information_schema.schema_privileges
                 WHERE privilege_type = 'SELECT' AND DATABASE() LIKE table_schema) AS CHAR)";

/// Engines that take part in a transaction's snapshot.
const SNAPSHOT_ENGINES: [&str; 3] = ["InnoDB", "RocksDB", "TokuDB"];

pub(super) fn connect(
    runtime: Runtime,
    options: &MySqlConnectOptions,
    address: &ServerAddress,
) -> Result<Box<dyn Session>, ExtractError> {
    let connected = connected(&runtime, options.connect(), address)?;
    let mut connection = connected.map_err(|error| refused(address, error))?;
    let began = runtime.block_on(async {
        for statement in SESSION {
            connection.execute(sqlx::raw_sql(statement)).await?;
        }
        Ok(())
    });
    began.map_err(|error| refused(address, error))?;
    Ok(Box::new(Server { runtime, connection, is_utc: address.is_utc() }))
}

/// The server's own number of an error.
fn number(error: &sqlx::Error) -> Option<u16> {
    let database = error.as_database_error()?;
    database.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>().map(sqlx::mysql::MySqlDatabaseError::number)
}

fn refused(address: &ServerAddress, error: sqlx::Error) -> ExtractError {
    let place = address.to_string();
    let refused = |why: String, hint: &'static str| ExtractError::ServerRefused { place: place.clone(), why, hint };
    match number(&error) {
        Some(1045 | 1698) => refused(
            format!("it does not let user `{}` in with this password", address.user()),
            "set CHARTLIFT_SOURCE_PASSWORD, and check from which hosts the user may come",
        ),
        Some(1044) => refused(
            format!("user `{}` may not use database `{}`", address.user(), address.database()),
            "grant SELECT on the database to this user",
        ),
        Some(1049) => refused(format!("it has no database `{}`", address.database()), "is the name right?"),
        Some(1130) => refused("it lets nobody in from this machine".into(), "grant the user access from here"),
        Some(1040 | 1203) => refused("it has no free connection".into(), "wait, or raise max_connections"),
        Some(1298) => ExtractError::UrlZone,
        Some(3159) => refused("it demands TLS".into(), "add `?ssl-mode=required` to the URL"),
        _ => unreachable(place, error),
    }
}

fn quoted(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

fn list(columns: &[String]) -> String {
    columns.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ")
}

/// An order of rows that have no key: by a hash of all that stands in them, whatever their collations take for equal.
fn whole_row(columns: &[String]) -> String {
    let bytes: Vec<String> =
        columns.iter().map(|name| format!("COALESCE(CAST({} AS BINARY), 0x00)", quoted(name))).collect();
    format!("SHA2(CONCAT_WS(0x1f, {}), 256)", bytes.join(", "))
}

/// How a column's values become text.
#[derive(Clone, Copy)]
enum Form {
    Text,
    Bytes,
    Bits,
    Instant,
}

fn form(kind: &MySqlTypeInfo) -> Form {
    match kind.name() {
        // A text that is compared byte by byte goes by the name of bytes, too.
        _ if <str as Type<MySql>>::compatible(kind) => Form::Text,
        "BINARY" | "VARBINARY" | "TINYBLOB" | "BLOB" | "MEDIUMBLOB" | "LONGBLOB" | "GEOMETRY" => Form::Bytes,
        "BIT" => Form::Bits,
        "TIMESTAMP" => Form::Instant,
        _ => Form::Text,
    }
}

impl Server {
    fn texts(&mut self, sql: &'static str) -> Result<Vec<Vec<String>>, Complaint> {
        let connection = &mut self.connection;
        let rows = self.runtime.block_on(async { sqlx::raw_sql(sql).fetch_all(connection).await });
        let rows: Vec<MySqlRow> = rows.map_err(|error| complaint(&error))?;
        let texts = |row: &MySqlRow| (0..row.len()).map(|at| row.try_get::<String, _>(at)).collect();
        rows.iter().map(texts).collect::<Result<_, _>>().map_err(|error| complaint(&error))
    }

    fn by_table(&mut self, sql: &'static str) -> Result<BTreeMap<String, Vec<String>>, Complaint> {
        let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for row in self.texts(sql)? {
            let [table, column] = row.try_into().unwrap_or_default();
            found.entry(table).or_default().push(column);
        }
        Ok(found)
    }
}

impl Session for Server {
    fn tables(&mut self) -> Result<Vec<ServerTable>, Complaint> {
        let mut columns = self.by_table(COLUMNS)?;
        let mut keys = self.by_table(KEYS)?;
        let mut tables = Vec::new();
        for row in self.texts(TABLES)? {
            let [name, kind, engine] = row.try_into().unwrap_or_default();
            let columns = columns.remove(&name).unwrap_or_default();
            let key = keys.remove(&name).unwrap_or_default();
            let state = match kind.as_str() {
                _ if columns.is_empty() => State::Closed,
                "VIEW" => State::View,
                _ => State::Own,
            };
            let order = if key.is_empty() { whole_row(&columns) } else { list(&key) };
            let select = format!("SELECT {} FROM {} ORDER BY {order}", list(&columns), quoted(&name));
            let knows_snapshots = SNAPSHOT_ENGINES.iter().any(|known| known.eq_ignore_ascii_case(&engine));
            let note = match kind.as_str() {
                "SYSTEM VERSIONED" => Some("the server keeps the history of this table; only what is now is read"),
                _ if state == State::Own && !knows_snapshots => Some(
                    "the server keeps this table in an engine without transactions; read it while nobody works in the program",
                ),
                _ => None,
            };
            // Of a table that may not be read whole the server shows what may be, and says nothing of the rest.
            let state = match state {
                State::Own if self.columns(&select).is_err() => State::Closed,
                state => state,
            };
            let place = quoted(&name);
            tables.push(ServerTable { name, columns, place, select, state, note, ..Default::default() });
        }
        Ok(tables)
    }

    fn warnings(&mut self) -> Vec<&'static str> {
        let rights = self.texts(RIGHTS);
        let may_see_all =
            rights.ok().and_then(|rows| rows.into_iter().flatten().next()).is_none_or(|count| count != "0");
        let few_rights = (!may_see_all).then_some(
            "this user has rights to single tables only: what else is in the database, tables and columns, is not seen; \
             GRANT SELECT on all of it",
        );
        few_rights.into_iter().collect()
    }

    fn columns(&mut self, sql: &str) -> Result<Vec<String>, Complaint> {
        let connection = &mut self.connection;
        let sql = AssertSqlSafe(sql.to_owned()).into_sql_str();
        let prepared = self.runtime.block_on(async { connection.prepare(sql).await });
        let prepared = prepared.map_err(|error| complaint(&error))?;
        Ok(prepared.columns().iter().map(|column| column.name().to_owned()).collect())
    }

    fn ordered(&self, sql: &str, columns: &[String], by: &[String]) -> String {
        let key = if by.is_empty() { String::new() } else { format!("{}, ", list(by)) };
        let order = format!("{key}{}", whole_row(columns));
        format!("SELECT * FROM (\n{sql}\n) AS q ORDER BY {order}")
    }

    fn read(&mut self, select: &str, columns: &[String], rows: &mut RowWriter) -> Result<(), Complaint> {
        let is_utc = self.is_utc;
        let connection = &mut self.connection;
        let done = self.runtime.block_on(async {
            rows.header(columns.iter().map(String::as_str));
            let mut found = sqlx::raw_sql(AssertSqlSafe(select.to_owned())).fetch(connection);
            let mut forms: Vec<Form> = Vec::new();
            let mut cells: Vec<Option<Vec<u8>>> = vec![None; columns.len()];
            while let Some(row) = found.try_next().await? {
                if forms.is_empty() {
                    forms = row.columns().iter().map(|column| form(column.type_info())).collect();
                }
                for (at, (cell, form)) in cells.iter_mut().zip(&forms).enumerate() {
                    let value = row.try_get_raw(at)?;
                    if value.is_null() {
                        *cell = None;
                        continue;
                    }
                    let bytes = <&[u8] as Decode<MySql>>::decode(value).map_err(sqlx::Error::Decode)?;
                    let text = cell.get_or_insert_default();
                    text.clear();
                    match form {
                        Form::Text => text.extend(bytes),
                        Form::Bytes => *text = in_hexadecimal(bytes),
                        Form::Bits => {
                            let number = bytes.iter().fold(0u64, |sum, byte| (sum << 8) | u64::from(*byte));
                            text.extend(number.to_string().as_bytes());
                        }
                        Form::Instant => {
                            text.extend(bytes);
                            // A date of zeros is no instant.
                            if is_utc && !bytes.starts_with(b"0000") {
                                text.extend(b"+00:00");
                            }
                        }
                    }
                }
                if !rows.row(cells.iter().map(Option::as_deref)) {
                    break;
                }
            }
            Ok(())
        });
        done.map_err(|error| complaint(&error))
    }

    fn counting(&self, table: &ServerTable) -> Option<String> {
        let column = |(number, name): (usize, &String)| {
            // Byte by byte: to a collation of words `Mild` and `mild` are one.
            let value = format!("NULLIF(TRIM(CAST({} AS BINARY)), '')", quoted(name));
            format!(", COUNT({value}) AS c{}, COUNT(DISTINCT {value}) AS c{}", number * 2 + 1, number * 2 + 2)
        };
        let columns: String = table.columns.iter().enumerate().map(column).collect();
        Some(format!("SELECT COUNT(*) AS c0{columns} FROM {}", table.place))
    }

    fn sampling(&self, table: &ServerTable, share: f64) -> Option<String> {
        Some(format!("SELECT {} FROM {} WHERE RAND(1) < {share}", list(&table.columns), table.place))
    }
}

fn complaint(error: &sqlx::Error) -> Complaint {
    let Some(database) = error.as_database_error() else { return of_the_driver(error) };
    match number(error).unwrap_or_default() {
        1146 => Complaint::NoTable(database.message().to_owned()),
        1053 | 1152 | 1158..=1161 | 1927 | 2006 | 2013 => Complaint::Lost,
        // What is said of syntax, names and rights are names.
        number @ (1052 | 1054 | 1056 | 1060 | 1064 | 1142 | 1143 | 1221 | 1247 | 1248 | 1305 | 1356 | 1370 | 1630) => {
            let message = database.message();
            let line = message.rsplit_once("at line ").and_then(|(_, line)| line.trim().parse().ok());
            // Its words on syntax repeat the rest of the statement.
            let said = if number == 1064 { "it does not understand the SQL" } else { message };
            Complaint::Sql(said.to_owned(), line.unwrap_or_default(), 0)
        }
        number => Complaint::Other(format!("error {number}")),
    }
}
