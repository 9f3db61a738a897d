//! Opening a shared store: its server, its tables, its format.

use std::cell::{Cell as StdCell, RefCell};
use std::cmp::Ordering;
use std::collections::HashMap;
use std::time::Duration;

use sqlx::{ConnectOptions, PgConnection};

use super::super::database::Database;
use super::super::open::Older;
use super::super::schema::before::all_tables;
use super::super::{StoreDigest, StoreError, schema};
use super::{Postgres, ServerPlace, error};

/// What becomes of a database without tables.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Empty {
    /// A store is made in it.
    Filled,
    Refused,
}

/// An open store, with the format in which it was found.
pub(in super::super) struct Opened {
    pub database: Postgres,
    pub found_format: u32,
}

/// Identity columns, triggers with EXECUTE FUNCTION and MERGE-free upserts are older; older servers are no longer mended.
const OLDEST_SERVER: u32 = 13;

const SESSION: &str = "
    SET client_min_messages = warning;
    -- A batch that a crash of the server takes back is read again; the end of a run waits for the disk.
    SET synchronous_commit = off;
    -- People are weighed within one transaction.
    SET idle_in_transaction_session_timeout = 0;
    SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL READ COMMITTED;
    SET statement_timeout = 0;
    SET lock_timeout = 0;
    SET tcp_keepalives_idle = 60;
    SET tcp_keepalives_interval = 10;
    SET tcp_keepalives_count = 3;
    SET maintenance_work_mem = '256MB';
    -- Enough to look things up well after a load; the server gathers finer statistics by itself.
    SET default_statistics_target = 10;
";

pub(super) fn connect(place: &ServerPlace) -> Result<Postgres, StoreError> {
    let unreachable = |source| StoreError::Unreachable { place: place.to_string(), source };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|source| unreachable(Box::new(source)))?;
    let connecting = async { tokio::time::timeout(Duration::from_secs(20), place.options().connect()).await };
    let connected: Result<PgConnection, _> = match runtime.block_on(connecting) {
        Ok(connected) => connected,
        Err(_) => return Err(unreachable("it does not answer".into())),
    };
    let connection = connected.map_err(|error| error::connecting(place, error))?;
    let version = connection.server_version_num().unwrap_or_default() / 10_000;
    if version < OLDEST_SERVER {
        return Err(StoreError::ServerTooOld { place: place.to_string(), found: version, needed: OLDEST_SERVER });
    }
    let mut postgres = Postgres {
        place: place.clone(),
        schema: 0,
        runtime,
        connection: RefCell::new(Some(connection)),
        translated: RefCell::new(HashMap::new()),
        rows_added: StdCell::new(0),
    };
    postgres.script("opening the store", SESSION)?;
    if version >= 14 {
        // A process that is killed while it waits gives back at once what it holds.
        postgres.script("opening the store", "SET client_connection_check_interval = '1s'")?;
    }
    let schema = "SELECT CAST(oid AS BIGINT) FROM pg_namespace WHERE nspname = current_schema()";
    let found = (&postgres as &dyn Database).query_one("opening the store", schema, &[], |row| row.integer(0))?;
    postgres.schema = found.ok_or_else(|| StoreError::Refused {
        place: place.to_string(),
        why: "the schema that its search_path names is not there".into(),
        hint: "make it (`CREATE SCHEMA NAME`), or leave `search_path` out of the URL",
    })?;
    Ok(postgres)
}

/// Opens the store of a database.
pub(in super::super) fn open(place: &ServerPlace, older: Older, empty: Empty) -> Result<Opened, StoreError> {
    let postgres = connect(place)?;
    let shown = place.to_string();
    let mut tables = tables(&postgres)?;
    if tables.is_empty() {
        if empty == Empty::Refused {
            return Err(StoreError::Missing { path: shown });
        }
        let encoding = (&postgres as &dyn Database)
            .query_one("opening the store", "SELECT current_setting('server_encoding')", &[], |row| {
                Ok(row.text(0)?.to_owned())
            })?
            .unwrap_or_default();
        if encoding != "UTF8" {
            return Err(StoreError::Encoding { place: shown, encoding });
        }
        create(&postgres)?;
        tables = self::tables(&postgres)?;
    }
    if !tables.iter().any(|table| table == "store_meta") {
        return Err(StoreError::Foreign { path: shown });
    }
    let select = "SELECT value FROM store_meta WHERE name = 'format'";
    let format = (&postgres as &dyn Database)
        .query_one("opening the store", select, &[], |row| Ok(row.text(0)?.parse().unwrap_or(u32::MAX)))?
        .ok_or(StoreError::Foreign { path: shown.clone() })?;
    match (format.cmp(&schema::FORMAT), older) {
        (Ordering::Greater, _) => return Err(StoreError::Newer { path: shown, found: format, known: schema::FORMAT }),
        (Ordering::Less, Older::Refused) => {
            return Err(StoreError::Older { path: shown, found: format, known: schema::FORMAT });
        }
        (Ordering::Less, Older::Migrated) => {
            migrate(&postgres)?;
            tables = self::tables(&postgres)?;
        }
        (Ordering::Equal, _) => {}
    }
    if let Some(missing) = all_tables().into_iter().find(|table| !tables.contains(&table.table)) {
        return Err(StoreError::Damaged { what: format!("its table `{}` is missing", missing.table) });
    }
    Ok(Opened { database: postgres, found_format: format })
}

fn tables(postgres: &Postgres) -> Result<Vec<String>, StoreError> {
    let sql = "SELECT CAST(c.relname AS TEXT) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
               WHERE c.relkind IN ('r', 'p', 'f') AND n.nspname = current_schema()";
    (postgres as &dyn Database).query_all("opening the store", sql, &[], |row| Ok(row.text(0)?.to_owned()))
}

/// Makes the tables, all of them or none; of several processes one.
fn create(postgres: &Postgres) -> Result<(), StoreError> {
    const DOING: &str = "making the store's tables";
    postgres.script(DOING, "BEGIN")?;
    postgres.execute(DOING, "SELECT pg_advisory_xact_lock(?)", &[postgres.lock_key("create").into()])?;
    if !tables(postgres)?.is_empty() {
        return postgres.script(DOING, "ROLLBACK");
    }
    for part in schema::POSTGRES
        .into_iter()
        .chain([schema::POSTGRES_FORMAT_4])
        .chain(schema::POSTGRES_FORMAT_5)
        .chain(schema::POSTGRES_FORMAT_6)
        .chain(schema::POSTGRES_FORMAT_7)
        .chain(schema::POSTGRES_FORMAT_8)
    {
        postgres.script(DOING, part)?;
    }
    for (name, value) in [("format", schema::FORMAT.to_string()), ("digest", StoreDigest::default().to_string())] {
        let insert = "INSERT INTO store_meta (name, value) VALUES (?, ?)";
        postgres.execute(DOING, insert, &[name.into(), (&value).into()])?;
    }
    postgres.script(DOING, "COMMIT")
}

/// Brings an older store forward, all in one transaction, while nobody loads into it.
fn migrate(postgres: &Postgres) -> Result<(), StoreError> {
    const DOING: &str = "bringing the store to a newer format";
    postgres.claim_alone()?;
    postgres.script(DOING, "BEGIN")?;
    let select = "SELECT value FROM store_meta WHERE name = 'format' FOR UPDATE";
    let read = |row: &dyn super::Row| Ok(row.text(0)?.parse().unwrap_or(u32::MAX));
    let found = (postgres as &dyn Database).query_one(DOING, select, &[], read)?;
    if found.is_some_and(|found| found < 4) {
        postgres.script(DOING, schema::POSTGRES_FORMAT_4)?;
    }
    if found.is_some_and(|found| found < 5) {
        schema::POSTGRES_FORMAT_5.into_iter().try_for_each(|part| postgres.script(DOING, part))?;
    }
    if found.is_some_and(|found| found < 6) {
        schema::POSTGRES_FORMAT_6.into_iter().try_for_each(|part| postgres.script(DOING, part))?;
    }
    if found.is_some_and(|found| found < 7) {
        schema::POSTGRES_FORMAT_7.into_iter().try_for_each(|part| postgres.script(DOING, part))?;
    }
    if found.is_some_and(|found| found < 8) {
        schema::POSTGRES_FORMAT_8.into_iter().try_for_each(|part| postgres.script(DOING, part))?;
    }
    let update = "UPDATE store_meta SET value = ? WHERE name = 'format'";
    postgres.execute(DOING, update, &[(&schema::FORMAT.to_string()).into()])?;
    postgres.script(DOING, "COMMIT")?;
    let give_back = "SELECT CAST(pg_advisory_unlock(?) AS INTEGER)";
    postgres.execute(DOING, give_back, &[postgres.lock_key("present").into()]).map(drop)
}
