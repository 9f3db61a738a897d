//! PostgreSQL: rows come by COPY as CSV, which is the form that we hand on.

use futures_util::TryStreamExt;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgDatabaseError, PgErrorPosition, PgRow};
use sqlx::{AssertSqlSafe, Column as _, ConnectOptions, Executor, Row as _, SqlSafeStr, Statement as _};
use tokio::runtime::Runtime;

use super::{Complaint, ServerTable, Session, State, connected, of_the_driver, unreachable};
use crate::extract::ExtractError;
use crate::extract::place::ServerAddress;
use crate::extract::query::{line_and_column, quoted};
use crate::extract::rows::RowWriter;

struct Postgres {
    runtime: Runtime,
    connection: PgConnection,
}

/// Sees one state of the database until the connection ends. Where a policy hides rows the server says so instead.
const SESSION: &str = "
    SET statement_timeout = 0;
    SET lock_timeout = 0;
    SET idle_in_transaction_session_timeout = 0;
    SET row_security = off;
    SET bytea_output = hex;
    SET IntervalStyle = iso_8601;
    SET tcp_keepalives_idle = 60;
    BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY
";

const TABLES: &str = "
    SELECT c.oid::bigint, n.nspname::text, c.relname::text, c.relkind::text,
           has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT'),
           n.nspname = current_schema() OR n.nspname = 'public'
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
      AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_%'
    ORDER BY n.nspname = current_schema() DESC NULLS LAST, n.nspname = 'public' DESC, n.nspname, c.relname
";

const COLUMNS: &str = "
    SELECT a.attrelid::bigint, a.attname::text
    FROM pg_attribute a WHERE a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attrelid, a.attnum
";

const KEYS: &str = "
    SELECT i.indrelid::bigint, a.attname::text
    FROM pg_index i CROSS JOIN LATERAL unnest(i.indkey::smallint[]) WITH ORDINALITY AS k(number, place)
    JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number
    WHERE i.indisprimary ORDER BY i.indrelid, k.place
";

pub(super) fn connect(
    runtime: Runtime,
    options: &PgConnectOptions,
    address: &ServerAddress,
) -> Result<Box<dyn Session>, ExtractError> {
    let connected = connected(&runtime, options.connect(), address)?;
    let mut connection = connected.map_err(|error| refused(address, error))?;
    let zone = if address.is_utc() { "UTC" } else { &address.zone };
    let setting = format!("SET TIME ZONE '{}'", zone.replace('\'', "''"));
    let began = runtime.block_on(async {
        connection.execute(AssertSqlSafe(setting)).await?;
        connection.execute(sqlx::raw_sql(SESSION)).await
    });
    began.map_err(|error| match code(&error).as_deref() {
        Some("22023") => ExtractError::UrlZone,
        _ => refused(address, error),
    })?;
    Ok(Box::new(Postgres { runtime, connection }))
}

fn code(error: &sqlx::Error) -> Option<String> {
    error.as_database_error().and_then(|error| error.code()).map(|code| code.into_owned())
}

fn refused(address: &ServerAddress, error: sqlx::Error) -> ExtractError {
    let place = address.to_string();
    let refused = |why: String, hint: &'static str| ExtractError::ServerRefused { place: place.clone(), why, hint };
    match code(&error).as_deref() {
        Some("28P01") => refused(
            format!("it does not accept the password of user `{}`", address.user()),
            "set CHARTLIFT_SOURCE_PASSWORD or PGPASSWORD, or write the password into ~/.pgpass",
        ),
        Some("28000") => refused(
            format!("it does not let user `{}` in from here without further ado", address.user()),
            "check the user's name and pg_hba.conf; where the server demands TLS, add `?sslmode=require` to the URL",
        ),
        Some("3D000") => refused(format!("it has no database `{}`", address.database()), "is the name right?"),
        Some("42501") => refused(
            format!("user `{}` may not connect to database `{}`", address.user(), address.database()),
            "grant CONNECT on the database to this user",
        ),
        Some("53300") => refused("it has no free connection".into(), "wait, or raise max_connections"),
        Some("57P03") => refused("it is just starting or stopping".into(), "wait a moment, then try again"),
        _ => unreachable(place, error),
    }
}

fn list(columns: &[String]) -> String {
    columns.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ")
}

impl Postgres {
    fn rows<T>(
        &mut self,
        sql: &'static str,
        of: impl Fn(&PgRow) -> Result<T, sqlx::Error>,
    ) -> Result<Vec<T>, Complaint> {
        let connection = &mut self.connection;
        let rows = self.runtime.block_on(async { sqlx::query(sql).fetch_all(connection).await });
        let rows: Result<Vec<T>, sqlx::Error> = rows.and_then(|rows| rows.iter().map(of).collect());
        rows.map_err(|error| complaint(&error, sql))
    }
}

impl Session for Postgres {
    fn tables(&mut self) -> Result<Vec<ServerTable>, Complaint> {
        let pair = |row: &PgRow| Ok((row.try_get::<i64, _>(0)?, row.try_get::<String, _>(1)?));
        let columns = self.rows(COLUMNS, pair)?;
        let keys = self.rows(KEYS, pair)?;
        let of = |pairs: &[(i64, String)], table: i64| -> Vec<String> {
            let start = pairs.partition_point(|(oid, _)| *oid < table);
            pairs[start..].iter().take_while(|(oid, _)| *oid == table).map(|(_, name)| name.clone()).collect()
        };
        let mut names = std::collections::BTreeSet::new();
        self.rows(TABLES, |row| {
            let (oid, schema, name): (i64, String, String) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
            let (kind, may_read, is_default): (String, bool, bool) =
                (row.try_get(3)?, row.try_get(4)?, row.try_get(5)?);
            Ok((oid, schema, name, kind, may_read, is_default))
        })?
        .into_iter()
        .map(|(oid, schema, name, kind, may_read, is_default)| {
            let columns = of(&columns, oid);
            let key = of(&keys, oid);
            let state = match kind.as_str() {
                _ if !may_read || columns.is_empty() => State::Closed,
                "v" | "m" => State::View,
                _ => State::Own,
            };
            // Rows of tables that inherit from this one are theirs; those of partitions are its own.
            let only = if kind == "r" { "ONLY " } else { "" };
            let place = format!("{only}{}.{}", quoted(&schema), quoted(&name));
            // COPY writes a row of one NULL as a line without a character, which would be no row.
            let wanted = match columns.as_slice() {
                [one] => format!("COALESCE({0}::text, '') AS {0}", quoted(one)),
                columns => list(columns),
            };
            let order = if key.is_empty() { "(t.*)::text COLLATE \"C\"".to_owned() } else { list(&key) };
            let select = format!("SELECT {wanted} FROM {place} AS t ORDER BY {order}");
            let whole = format!("{schema}.{name}");
            let more = (2..).map(|number| format!("{whole} ({number})"));
            let mut wanted = is_default.then_some(name).into_iter().chain([whole.clone()]).chain(more);
            let name = wanted.find(|name| names.insert(name.clone())).unwrap_or(whole);
            Ok(ServerTable { name, columns, place, select, state, ..Default::default() })
        })
        .collect()
    }

    fn columns(&mut self, sql: &str) -> Result<Vec<String>, Complaint> {
        let connection = &mut self.connection;
        let prepared: Result<_, sqlx::Error> = self.runtime.block_on(async {
            // After an error a transaction takes nothing more: this one goes back to here.
            connection.execute("SAVEPOINT asked").await?;
            let prepared = connection.prepare(AssertSqlSafe(sql.to_owned()).into_sql_str()).await;
            connection.execute("ROLLBACK TO SAVEPOINT asked").await?;
            prepared
        });
        let prepared = prepared.map_err(|error| complaint(&error, sql))?;
        Ok(prepared.columns().iter().map(|column| column.name().to_owned()).collect())
    }

    fn ordered(&self, sql: &str, columns: &[String], by: &[String]) -> String {
        let wanted = match columns {
            [one] => format!("COALESCE({0}::text, '') AS {0}", quoted(one)),
            columns => list(columns),
        };
        let all = "(q.*)::text COLLATE \"C\"".to_owned();
        let order = if by.is_empty() { all } else { format!("{}, {all}", list(by)) };
        format!("SELECT {wanted} FROM (\n{sql}\n) AS q ORDER BY {order}")
    }

    fn read(&mut self, select: &str, _columns: &[String], rows: &mut RowWriter) -> Result<(), Complaint> {
        let connection = &mut self.connection;
        let done: Result<(), sqlx::Error> = self.runtime.block_on(async {
            let copy = format!("COPY ({select}) TO STDOUT (FORMAT csv, HEADER)");
            let mut text = connection.copy_out_raw(&copy).await?;
            while let Some(bytes) = text.try_next().await? {
                if !rows.text(&bytes) {
                    break;
                }
            }
            Ok(())
        });
        done.map_err(|error| complaint(&error, select))
    }

    fn counting(&self, table: &ServerTable) -> Option<String> {
        let column = |(number, name): (usize, &String)| {
            let value = format!("NULLIF(btrim({}::text, E' \\t\\r\\n'), '')", quoted(name));
            format!(", count({value}) AS c{}, count(DISTINCT {value}) AS c{}", number * 2 + 1, number * 2 + 2)
        };
        let columns: String = table.columns.iter().enumerate().map(column).collect();
        Some(format!("SELECT count(*) AS c0{columns} FROM {} AS t", table.place))
    }

    fn sampling(&self, table: &ServerTable, share: f64) -> Option<String> {
        let wanted = match table.columns.as_slice() {
            [one] => format!("COALESCE({0}::text, '') AS {0}", quoted(one)),
            columns => list(columns),
        };
        let percent = share * 100.0;
        // A view has no rows of its own.
        let is_table = table.state == State::Own;
        let place = &table.place;
        is_table.then(|| format!("SELECT {wanted} FROM {place} AS t TABLESAMPLE BERNOULLI ({percent}) REPEATABLE (1)"))
    }
}

fn complaint(error: &sqlx::Error, sql: &str) -> Complaint {
    let Some(database) = error.as_database_error() else { return of_the_driver(error) };
    let code = database.code().unwrap_or_default().into_owned();
    match code.as_str() {
        "42P01" => Complaint::NoTable(database.message().to_owned()),
        "57P01" | "57P02" | "57P03" => Complaint::Lost,
        _ if code.starts_with("08") => Complaint::Lost,
        // Syntax errors, unknown names and rights: what is said of them are names.
        _ if code.starts_with("42") => {
            let position = match database.try_downcast_ref::<PgDatabaseError>().and_then(PgDatabaseError::position) {
                Some(PgErrorPosition::Original(character)) => {
                    let byte = sql.char_indices().nth(character.saturating_sub(1)).map_or(sql.len(), |(at, _)| at);
                    line_and_column(sql, byte)
                }
                _ => (0, 0),
            };
            Complaint::Sql(database.message().to_owned(), position.0, position.1)
        }
        _ => Complaint::Other(format!("SQLSTATE {code}")),
    }
}
