//! Microsoft SQL Server from 2012 on: every value is written by the server itself (`text.rs`), and rows come as they are sent.

#[cfg(test)]
mod fake;
mod statement;
mod text;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use futures_util::TryStreamExt;
use tiberius::error::{Error, TokenError};
use tiberius::{Client, ColumnData, FromSql, QueryItem, Row, SqlBrowser};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use tokio_util::compat::{Compat, TokioAsyncWriteCompatExt};

use super::{Complaint, ServerTable, Session, State, connected};
use crate::extract::ExtractError;
use crate::extract::place::ServerAddress;
use crate::extract::place::sqlserver::SqlServerOptions;
use crate::extract::rows::{RowWriter, in_hexadecimal};
use statement::select_starts;
use text::{Column, Dialect, OLDEST, kind_of, literal, number, quoted, small_number, sorts, wanted, whole_row};

type Connection = Client<Compat<TcpStream>>;

struct SqlServer {
    runtime: Runtime,
    client: Connection,
    dialect: Dialect,
    is_snapshot: bool,
    /// Of the query whose columns were asked for last.
    asked: Vec<Column>,
}

/// A server that is read gives way to whoever works on it, and shortens no value.
const SESSION: &str = "
    SET NOCOUNT ON;
    SET ANSI_NULLS, ANSI_PADDING, ANSI_WARNINGS, ARITHABORT, CONCAT_NULL_YIELDS_NULL, QUOTED_IDENTIFIER ON;
    SET NUMERIC_ROUNDABORT OFF;
    SET XACT_ABORT OFF;
    SET IMPLICIT_TRANSACTIONS OFF;
    SET TEXTSIZE 2147483647;
    SET LOCK_TIMEOUT -1;
    SET DEADLOCK_PRIORITY LOW;
";

/// The product's version, and whether the database allows snapshots and takes no changes. Azure's servers are of no version, and new.
const STATE: &str = "
    SELECT CASE WHEN CONVERT(int, SERVERPROPERTY('EngineEdition')) IN (5, 8) THEN N'16'
           ELSE CONVERT(nvarchar(20), SERVERPROPERTY('ProductVersion')) END, CONVERT(nvarchar(1), d.snapshot_isolation_state),
           CONVERT(nvarchar(20), DATABASEPROPERTYEX(d.name, 'Updateability'))
    FROM sys.databases AS d WHERE d.database_id = DB_ID()";

const SNAPSHOT: &str = "SET TRANSACTION ISOLATION LEVEL SNAPSHOT; BEGIN TRANSACTION";
/// A stricter level would hold up who works in the program, for as long as the run goes.
const NO_SNAPSHOT: &str = "SET TRANSACTION ISOLATION LEVEL READ COMMITTED; BEGIN TRANSACTION";

const TABLES: &str = "
    SELECT CONVERT(nvarchar(20), o.object_id), s.name, o.name, RTRIM(CONVERT(nvarchar(2), o.type)),
           CONVERT(nvarchar(1), HAS_PERMS_BY_NAME(QUOTENAME(s.name) + N'.' + QUOTENAME(o.name), 'OBJECT', 'SELECT'))
    FROM sys.objects AS o JOIN sys.schemas AS s ON s.schema_id = o.schema_id
    WHERE o.type IN ('U', 'V') AND o.is_ms_shipped = 0 AND s.name NOT IN (N'sys', N'INFORMATION_SCHEMA')
    ORDER BY CASE s.name WHEN N'dbo' THEN 0 ELSE 1 END, CONVERT(varbinary(256), s.name), CONVERT(varbinary(256), o.name)";

/// Of the first index, the primary key's before others, in which no two rows are alike.
const KEYS: &str = "
    SELECT CONVERT(nvarchar(20), k.object_id), c.name, CONVERT(nvarchar(1), k.is_descending_key)
    FROM sys.index_columns AS k JOIN sys.columns AS c ON c.object_id = k.object_id AND c.column_id = k.column_id
    WHERE k.key_ordinal > 0 AND k.index_id = (
        SELECT TOP (1) i.index_id FROM sys.indexes AS i
        WHERE i.object_id = k.object_id AND i.is_unique = 1 AND i.has_filter = 0 AND i.is_disabled = 0 AND i.is_hypothetical = 0
        ORDER BY i.is_primary_key DESC, i.index_id)
    ORDER BY k.object_id, k.key_ordinal";

/// Whether this user may read the whole database, and as it is.
const RIGHTS: &str = "SELECT CONVERT(nvarchar(1), HAS_PERMS_BY_NAME(QUOTENAME(DB_NAME()), 'DATABASE', 'SELECT'))";

const MASKED: &str =
    "the server masks values of this table for this user, and what it shows instead is what is read; GRANT UNMASK";

/// `c.is_masked` is there since SQL Server 2016.
fn columns_of_tables(dialect: &Dialect) -> String {
    let kind = kind_of("c.system_type_id", "c.user_type_id");
    let masked = "CASE WHEN c.is_masked = 1 AND HAS_PERMS_BY_NAME(QUOTENAME(DB_NAME()), 'DATABASE', 'UNMASK') = 0 THEN N'1' ELSE N'0' END";
    let masked = if dialect.major > 12 { masked } else { "N'0'" };
    format!(
        "SELECT CONVERT(nvarchar(20), c.object_id), c.name, {kind}, CONVERT(nvarchar(20), c.max_length), {masked}
         FROM sys.columns AS c ORDER BY c.object_id, c.column_id"
    )
}

/// What a query would give, or why it cannot be run.
fn columns_of_query(sql: &str) -> String {
    let kind = kind_of("d.system_type_id", "d.user_type_id");
    format!(
        "SELECT CONVERT(nvarchar(20), d.error_number), d.error_message, d.name, {kind}, CONVERT(nvarchar(20), d.max_length)
         FROM sys.dm_exec_describe_first_result_set({}, NULL, 0) AS d ORDER BY d.column_ordinal",
        literal(sql)
    )
}

pub(super) fn connect(
    runtime: Runtime,
    options: &SqlServerOptions,
    address: &ServerAddress,
) -> Result<Box<dyn Session>, ExtractError> {
    let failed = |error| refused(address, error);
    let mut client = connected(&runtime, open(options), address)?.map_err(failed)?;
    let mut dialect = Dialect { major: 0, zone: address.zone.clone() };
    let begun = runtime.block_on(async {
        execute(&mut client, SESSION).await?;
        let state = texts(&mut client, STATE).await?.into_iter().next().unwrap_or_default();
        let [version, snapshot, updates] = state.try_into().unwrap_or_default();
        dialect.major = version.split('.').next().and_then(|major| major.parse().ok()).unwrap_or_default();
        if !dialect.zone.is_empty() {
            let now = Column { name: "now".into(), kind: "datetimeoffset".into(), length: 0 };
            let probe = wanted(&[now], "t", &dialect);
            execute(&mut client, &format!("SELECT {probe} FROM (SELECT SYSDATETIMEOFFSET() AS [now]) AS t")).await?;
        }
        let is_snapshot = snapshot == "1";
        execute(&mut client, if is_snapshot { SNAPSHOT } else { NO_SNAPSHOT }).await?;
        Ok(is_snapshot || updates == "READ_ONLY")
    });
    let is_snapshot = begun.map_err(failed)?;
    if dialect.major < OLDEST {
        return Err(ExtractError::ServerRefused {
            place: address.to_string(),
            why: "it is older than SQL Server 2012".into(),
            hint: "restore a backup of the database on a newer server, and read that",
        });
    }
    Ok(Box::new(SqlServer { runtime, client, dialect, is_snapshot, asked: Vec::new() }))
}

/// Connects, also where the server names another to whom only reads.
async fn open(options: &SqlServerOptions) -> Result<Connection, Error> {
    let mut config = options.config();
    let mut by_name = options.has_instance();
    for _ in 0..3 {
        let stream = if by_name {
            TcpStream::connect_named(&config).await?
        } else {
            TcpStream::connect(config.get_addr()).await?
        };
        stream.set_nodelay(true)?;
        match Client::connect(config.clone(), stream.compat_write()).await {
            Err(Error::Routing { host, port }) => {
                config.host(host);
                config.port(port);
                by_name = false;
            }
            done => return done,
        }
    }
    Err(Error::Protocol("it sends us from one server to the next".into()))
}

fn refused(address: &ServerAddress, error: Error) -> ExtractError {
    let place = address.to_string();
    let refused = |why: String, hint: &'static str| ExtractError::ServerRefused { place: place.clone(), why, hint };
    let (user, database) = (address.user(), address.database());
    match &error {
        Error::Server(token) => match token.code() {
            18456 => refused(
                format!("it does not let user `{user}` in with this password (error 18456)"),
                "set CHARTLIFT_SOURCE_PASSWORD; the server must take logins of its own (\"mixed mode\"), not only Windows'",
            ),
            18452 => refused(
                format!("it does not take `{user}` as a login of its own (error 18452)"),
                "make a login with a password on the server (CREATE LOGIN ... WITH PASSWORD); logins of Windows are not used",
            ),
            number @ (18470 | 18486 | 18487 | 18488) => refused(
                format!("the login `{user}` is disabled or locked, or its password has expired (error {number})"),
                "ask who runs the server",
            ),
            number @ (4060 | 4064 | 916) => refused(
                format!("it has no database `{database}` that user `{user}` may use (error {number})"),
                "is the name right? make the login a user of it (CREATE USER), with the role db_datareader",
            ),
            9820 | 8116 | 9812 => ExtractError::UrlZone,
            17809 | 10928 | 10929 => refused("it has no free connection".into(), "wait, or raise `user connections`"),
            number => {
                let said = token.message().trim().trim_end_matches('.');
                refused(format!("{said} (error {number})"), "ask who runs the server")
            }
        },
        Error::Tls(said) => {
            // The rest is advice to programmers.
            let said = said.split(" To connect anyway").next().unwrap_or_default().trim_end_matches('.');
            refused(
                format!("no encrypted connection comes about: {said}"),
                "name the server as its certificate does; add `?trust=PATH` with the certificate that signed it, or, on a network that \
                 you trust, `?trust=any`",
            )
        }
        Error::Protocol(said) if said.contains("encryption level") => refused(
            "it does not encrypt the connection".into(),
            "have it set up with a certificate; on a network that you trust add `?encrypt=no`, which sends the password in the open, too",
        ),
        Error::Io { message, .. } => {
            // The driver puts its own words before the system's, once or twice.
            let said = message.rsplit("performing I/O: ").next().unwrap_or_default();
            if said.contains("certificate") {
                return refused(said.to_owned(), "`?trust=` is system, any, or the path to certificates (PEM)");
            }
            ExtractError::ServerUnreachable { place, source: said.into() }
        }
        // So it is told that no instance of the name is found.
        Error::Conversion(said) => ExtractError::ServerUnreachable { place, source: said.as_ref().into() },
        _ => ExtractError::ServerUnreachable { place, source: Box::new(error) },
    }
}

/// Runs what gives nothing that is wanted.
async fn execute(client: &mut Connection, sql: &str) -> Result<(), Error> {
    let mut answer = client.simple_query(sql).await?;
    while answer.try_next().await?.is_some() {}
    Ok(())
}

/// Rows of texts; NULL is an empty one.
async fn texts(client: &mut Connection, sql: &str) -> Result<Vec<Vec<String>>, Error> {
    let mut answer = client.simple_query(sql).await?;
    let mut rows = Vec::new();
    while let Some(item) = answer.try_next().await? {
        let QueryItem::Row(row) = item else { continue };
        let text = |value: ColumnData<'static>| Ok(<&str>::from_sql(&value)?.unwrap_or_default().to_owned());
        rows.push(row.into_iter().map(text).collect::<Result<_, Error>>()?);
    }
    Ok(rows)
}

/// Puts the values of a row where they belong.
fn take(row: Row, cells: &mut [Option<Vec<u8>>]) -> Result<(), Error> {
    let mut values = row.into_iter();
    for cell in cells {
        *cell = match values.next() {
            Some(ColumnData::String(text)) => text.map(|text| Cow::into_owned(text).into_bytes()),
            Some(ColumnData::Binary(bytes)) => bytes.map(|bytes| in_hexadecimal(&bytes)),
            Some(ColumnData::F64(value)) => value.map(|value| number(value).into_bytes()),
            Some(ColumnData::F32(value)) => value.map(|value| small_number(value).into_bytes()),
            // Everything else is asked for as one of these.
            _ => return Err(Error::Conversion("a value comes in a form that was not asked for".into())),
        };
    }
    Ok(())
}

impl SqlServer {
    fn texts(&mut self, sql: &str) -> Result<Vec<Vec<String>>, Complaint> {
        let client = &mut self.client;
        self.runtime.block_on(texts(client, sql)).map_err(|error| complaint(&error))
    }

    /// Why and where a query is wrong. What is only read through says where; it is asked once the run is lost anyway.
    fn wrong(&mut self, sql: &str) -> Option<Complaint> {
        let client = &mut self.client;
        self.runtime.block_on(async {
            execute(client, "SET NOEXEC ON").await.ok()?;
            let read = execute(client, sql).await;
            execute(client, "SET NOEXEC OFF").await.ok()?;
            read.err().map(|error| complaint(&error))
        })
    }
}

impl Session for SqlServer {
    fn tables(&mut self) -> Result<Vec<ServerTable>, Complaint> {
        let mut columns: BTreeMap<String, (Vec<Column>, bool)> = BTreeMap::new();
        for row in self.texts(&columns_of_tables(&self.dialect))? {
            let [table, name, kind, length, masked] = row.try_into().unwrap_or_default();
            let (columns, is_masked) = columns.entry(table).or_default();
            columns.push(Column { name, kind, length: length.parse().unwrap_or_default() });
            *is_masked |= masked == "1";
        }
        let mut keys: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for row in self.texts(KEYS)? {
            let [table, name, is_descending] = row.try_into().unwrap_or_default();
            let way = if is_descending == "1" { " DESC" } else { "" };
            keys.entry(table).or_default().push(format!("t.{}{way}", quoted(&name)));
        }
        let mut tables = Vec::new();
        let mut names = BTreeSet::new();
        for row in self.texts(TABLES)? {
            let [id, schema, name, kind, may_read] = row.try_into().unwrap_or_default();
            let (columns, is_masked) = columns.remove(&id).unwrap_or_default();
            let state = match kind.as_str() {
                _ if may_read != "1" || columns.is_empty() => State::Closed,
                "V" => State::View,
                _ => State::Own,
            };
            let key = keys.remove(&id).map(|key| key.join(", "));
            let order = key.unwrap_or_else(|| whole_row(&columns, "t", &self.dialect));
            let select = format!(
                "SELECT {} FROM {}.{} AS t ORDER BY {order}",
                wanted(&columns, "t", &self.dialect),
                quoted(&schema),
                quoted(&name)
            );
            let whole = format!("{schema}.{name}");
            let more = (2..).map(|number| format!("{whole} ({number})"));
            let mut possible = (schema == "dbo").then_some(name).into_iter().chain([whole.clone()]).chain(more);
            let name = possible.find(|name| names.insert(name.clone())).unwrap_or(whole);
            let columns = columns.into_iter().map(|column| column.name).collect();
            let note = is_masked.then_some(MASKED);
            tables.push(ServerTable { name, columns, select, state, note, ..Default::default() });
        }
        Ok(tables)
    }

    fn warnings(&mut self) -> Vec<&'static str> {
        let rights = self.texts(RIGHTS).ok().and_then(|rows| rows.into_iter().flatten().next());
        let few_rights = (rights.as_deref() == Some("0")).then_some(
            "this user has rights to single tables only: what else is in the database is not seen; make it a member of db_datareader",
        );
        let no_snapshot = (!self.is_snapshot).then_some(
            "this database does not allow snapshots, so what changes during the run is read as it is at that moment; read while nobody \
             works in the program, or ALTER DATABASE ... SET ALLOW_SNAPSHOT_ISOLATION ON",
        );
        few_rights.into_iter().chain(no_snapshot).collect()
    }

    fn columns(&mut self, sql: &str) -> Result<Vec<String>, Complaint> {
        self.asked.clear();
        for row in self.texts(&columns_of_query(sql))? {
            let [error, said, name, kind, length] = row.try_into().unwrap_or_default();
            if let Ok(code) = error.parse() {
                return Err(match described(code, &said) {
                    Complaint::NoTable(said) => Complaint::NoTable(said),
                    known => self.wrong(sql).unwrap_or(known),
                });
            }
            if name.is_empty() {
                let at = self.asked.len() + 1;
                return Err(Complaint::Sql(format!("its column {at} has no name"), 0, 0));
            }
            self.asked.push(Column { name, kind, length: length.parse().unwrap_or_default() });
        }
        Ok(self.asked.iter().map(|column| column.name.clone()).collect())
    }

    fn ordered(&self, sql: &str, _columns: &[String], by: &[String]) -> String {
        ordered(sql, &self.asked, by, &self.dialect)
    }

    fn read(&mut self, select: &str, columns: &[String], rows: &mut RowWriter) -> Result<(), Complaint> {
        let client = &mut self.client;
        let done: Result<(), Error> = self.runtime.block_on(async {
            // Whatever ended the transaction ended the moment that this run sees.
            let open = texts(client, "SELECT CONVERT(nvarchar(20), @@TRANCOUNT)").await?;
            if open.into_iter().flatten().next().as_deref() == Some("0") {
                return Err(Error::Protocol("the transaction is over".into()));
            }
            rows.header(columns.iter().map(String::as_str));
            let mut found = client.simple_query(select).await?;
            let mut cells: Vec<Option<Vec<u8>>> = vec![None; columns.len()];
            while let Some(item) = found.try_next().await? {
                let QueryItem::Row(row) = item else { continue };
                take(row, &mut cells)?;
                if !rows.row(cells.iter().map(Option::as_deref)) {
                    break;
                }
            }
            Ok(())
        });
        done.map_err(|error| complaint(&error))
    }
}

/// A query's own lines are one further down, as those of other servers are.
fn ordered(sql: &str, columns: &[Column], by: &[String], dialect: &Dialect) -> String {
    let (before, select) = sql.split_at(select_starts(sql));
    let sorted_by = |name: &&String| columns.iter().any(|column| column.name == **name && sorts(column));
    let mut order: Vec<String> = by.iter().filter(sorted_by).map(|name| format!("q.{}", quoted(name))).collect();
    order.push(whole_row(columns, "q", dialect));
    format!("\n{before}SELECT {} FROM ({select}\n) AS q ORDER BY {}", wanted(columns, "q", dialect), order.join(", "))
}

fn complaint(error: &Error) -> Complaint {
    match error {
        Error::Server(token) => of_the_server(token),
        Error::Io { .. } | Error::Protocol(_) | Error::Tls(_) | Error::Routing { .. } => Complaint::Lost,
        _ => Complaint::Other("the driver does not understand the server".into()),
    }
}

fn of_the_server(token: &TokenError) -> Complaint {
    // From this severity on the server ends the connection.
    if token.class() >= 20 {
        return Complaint::Lost;
    }
    match described(token.code(), token.message()) {
        Complaint::Sql(why, ..) => Complaint::Sql(why, usize::try_from(token.line()).unwrap_or_default(), 0),
        complaint => complaint,
    }
}

/// What the server says of an error by its number.
fn described(code: u32, said: &str) -> Complaint {
    let said = said.trim().trim_end_matches('.');
    match code {
        208 => Complaint::NoTable(said.to_owned()),
        596 | 6005 | 6006 | 17_142 | 17_148 => Complaint::Lost,
        // What is said of syntax, names, types, rights, locks and snapshots speaks of SQL alone.
        102
        | 103
        | 104
        | 105
        | 107
        | 109
        | 116
        | 128
        | 130
        | 137
        | 139
        | 141
        | 144
        | 145
        | 147
        | 156
        | 174
        | 178
        | 189
        | 195
        | 205
        | 206
        | 207
        | 209
        | 229
        | 230
        | 262
        | 297
        | 300
        | 305
        | 306
        | 319
        | 321
        | 325
        | 343
        | 402
        | 408
        | 421
        | 447
        | 451
        | 457
        | 468
        | 916
        | 1011
        | 1013
        | 1016
        | 1033
        | 1205
        | 1222
        | 2812
        | 3952
        | 3960
        | 3961
        | 4104
        | 4121
        | 4145
        | 8116
        | 8117
        | 8120
        | 8127
        | 8155
        | 8156
        | 8618
        | 8623
        | 8631
        | 11_501..=11_541
        | 41_332 => Complaint::Sql(format!("{said} (error {code})"), 0, 0),
        code => Complaint::Other(format!("error {code}")),
    }
}

#[cfg(test)]
mod tests;
