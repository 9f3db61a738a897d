//! PostgreSQL: a store that several practices share. Rows go in by binary COPY; everything else through sqlx.

use std::cell::{Cell as StdCell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::TryStreamExt;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgArguments, PgConnection, PgRow, PgTypeInfo};
use sqlx::{Arguments, AssertSqlSafe, Connection, Row as _, ValueRef as _};
use tokio::time::timeout;

use super::StoreError;
use super::database::{Cell, Columns, Database, EachRow, Gate, Row, RowSink};
use super::schema::before::all_tables;
use super::schema::quoted;
use crate::model::ChartId;

mod copy_in;
mod error;
mod open;
mod place;

use copy_in::CopyIn;
pub(super) use open::{Empty, open};
pub use place::ServerPlace;

/// As the sequences of row numbers go.
const NUMBERS_AT_ONCE: i64 = 1 << 16;

/// From this many new rows on the server is told at once; it comes round to fewer by itself.
const WORTH_STATISTICS: usize = 10_000;

/// An open connection.
pub struct Postgres {
    place: ServerPlace,
    /// The number of the schema that holds the tables: stores of one database are told apart by it.
    schema: i64,
    runtime: tokio::runtime::Runtime,
    /// None once it is closed.
    connection: RefCell<Option<PgConnection>>,
    /// Statements with `?` and as the server reads them.
    translated: RefCell<HashMap<String, String>>,
    /// Since statistics were gathered.
    rows_added: StdCell<usize>,
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // Without a word of farewell the server would hold this process's rights until it notices.
        if let Some(connection) = self.connection.get_mut().take() {
            let _ = self.runtime.block_on(async { timeout(Duration::from_secs(5), connection.close()).await });
        }
    }
}

/// NULL of whatever type its place has.
struct Untyped;

impl sqlx::Type<sqlx::Postgres> for Untyped {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(Oid(0))
    }
}

impl sqlx::Encode<'_, sqlx::Postgres> for Untyped {
    fn encode_by_ref(
        &self,
        _: &mut sqlx::postgres::PgArgumentBuffer,
    ) -> Result<sqlx::encode::IsNull, sqlx::error::BoxDynError> {
        Ok(sqlx::encode::IsNull::Yes)
    }
}

impl Row for PgRow {
    fn cell(&self, column: usize) -> Cell<'_> {
        let Ok(value) = self.try_get_raw(column) else { return Cell::Null };
        let Ok(bytes) = value.as_bytes() else { return Cell::Null };
        let integer = |length: usize| bytes.get(..length);
        // Type numbers of pg_type: 16 bool, 17 bytea, 20 int8, 21 int2, 23 int4, 701 float8; all else here is text.
        match value.type_info().oid().map(|oid| oid.0) {
            Some(16) => Cell::Integer(i64::from(bytes.first().copied().unwrap_or_default())),
            Some(17) => Cell::Bytes(bytes),
            Some(20) => integer(8).and_then(|b| b.try_into().ok()).map_or(Cell::Null, |b| i64::from_be_bytes(b).into()),
            Some(21) => {
                let two = integer(2).and_then(|b| b.try_into().ok());
                two.map_or(Cell::Null, |b| i64::from(i16::from_be_bytes(b)).into())
            }
            Some(23) => {
                let four = integer(4).and_then(|b| b.try_into().ok());
                four.map_or(Cell::Null, |b| i64::from(i32::from_be_bytes(b)).into())
            }
            Some(701) => {
                integer(8).and_then(|b| b.try_into().ok()).map_or(Cell::Null, |b| f64::from_be_bytes(b).into())
            }
            _ => std::str::from_utf8(bytes).map_or(Cell::Bytes(bytes), Cell::Text),
        }
    }
}

fn arguments(values: &[Cell<'_>]) -> Result<PgArguments, sqlx::Error> {
    let mut arguments = PgArguments::default();
    for value in values {
        match *value {
            Cell::Null => arguments.add(Untyped),
            Cell::Integer(number) => arguments.add(number),
            Cell::Real(number) => arguments.add(number),
            Cell::Text(text) => arguments.add(text),
            Cell::Bytes(bytes) => arguments.add(bytes),
        }
        .map_err(sqlx::Error::Encode)?;
    }
    Ok(arguments)
}

/// A statement with `$1` for `?` and for `?1`; none of ours has a question mark in a text.
fn translate(sql: &str) -> String {
    let mut out = String::with_capacity(sql.len() + 16);
    let mut bare = 0;
    let mut rest = sql;
    while let Some(at) = rest.find('?') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        if digits > 0 {
            out.push('$');
            out.push_str(&rest[..digits]);
            rest = &rest[digits..];
        } else {
            bare += 1;
            out.push_str(&format!("${bare}"));
        }
    }
    out.push_str(rest);
    out
}

impl Postgres {
    /// Works with the connection; a question within a question is our bug.
    fn with<T>(
        &self,
        doing: &'static str,
        work: impl AsyncFnOnce(&mut PgConnection) -> Result<T, sqlx::Error>,
    ) -> Result<T, StoreError> {
        let busy = || StoreError::Damaged { what: format!("a connection that is busy while {doing}") };
        let mut held = self.connection.try_borrow_mut().map_err(|_| busy())?;
        let connection = held.as_mut().ok_or_else(busy)?;
        self.runtime.block_on(work(connection)).map_err(error::failed(&self.place, doing))
    }

    fn translated(&self, sql: &str) -> String {
        if let Some(known) = self.translated.borrow().get(sql) {
            return known.clone();
        }
        let translated = translate(sql);
        self.translated.borrow_mut().insert(sql.to_owned(), translated.clone());
        translated
    }

    fn rows(
        &self,
        doing: &'static str,
        sql: String,
        arguments: Result<PgArguments, sqlx::Error>,
        each: EachRow<'_>,
    ) -> Result<(), StoreError> {
        let mut refused = None;
        self.with(doing, async |connection| {
            let mut rows = sqlx::query_with(AssertSqlSafe(sql), arguments?).fetch(connection);
            while let Some(row) = rows.try_next().await? {
                if let Err(error) = each(&row) {
                    refused = Some(error);
                    break;
                }
            }
            Ok(())
        })?;
        refused.map_or(Ok(()), Err)
    }

    fn make_index(&self, statement: &str) -> Result<(), StoreError> {
        const DOING: &str = "making indexes";
        // Of several processes that end their first loads, one makes an index, and the others find it.
        self.script(DOING, "BEGIN")?;
        let made = self
            .execute(DOING, "SELECT pg_advisory_xact_lock(?)", &[self.lock_key(statement).into()])
            .and_then(|_| self.script(DOING, statement));
        let ended = self.script(DOING, if made.is_ok() { "COMMIT" } else { "ROLLBACK" });
        made.and(ended)
    }

    fn lock_key(&self, name: &str) -> i64 {
        let hash = blake3::hash(format!("chartlift\0{}\0{name}", self.schema).as_bytes());
        let mut eight = [0; 8];
        eight.copy_from_slice(&hash.as_bytes()[..8]);
        i64::from_le_bytes(eight)
    }
}

impl Database for Postgres {
    fn dialect(&self) -> super::schema::Dialect {
        super::schema::Dialect::Postgres
    }

    fn execute(&self, doing: &'static str, sql: &str, values: &[Cell<'_>]) -> Result<u64, StoreError> {
        let (sql, arguments) = (self.translated(sql), arguments(values));
        self.with(doing, async |connection| {
            Ok(sqlx::query_with(AssertSqlSafe(sql), arguments?).execute(connection).await?.rows_affected())
        })
    }

    fn query(&self, doing: &'static str, sql: &str, values: &[Cell<'_>], each: EachRow<'_>) -> Result<(), StoreError> {
        self.rows(doing, self.translated(sql), arguments(values), each)
    }

    fn query_ids(
        &self,
        doing: &'static str,
        select: &str,
        ids: &[ChartId],
        each: EachRow<'_>,
    ) -> Result<(), StoreError> {
        if ids.is_empty() {
            return Ok(());
        }
        self.rows(doing, format!("{select} = ANY($1)"), id_list(ids), each)
    }

    fn execute_ids(&self, doing: &'static str, sql: &str, ids: &[ChartId]) -> Result<u64, StoreError> {
        if ids.is_empty() {
            return Ok(0);
        }
        let (sql, arguments) = (format!("{sql} = ANY($1)"), id_list(ids));
        self.with(doing, async |connection| {
            Ok(sqlx::query_with(AssertSqlSafe(sql), arguments?).execute(connection).await?.rows_affected())
        })
    }

    fn script(&self, doing: &'static str, sql: &str) -> Result<(), StoreError> {
        let sql = sql.to_owned();
        self.with(doing, async |connection| sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await.map(drop))
    }

    fn add(
        &self,
        doing: &'static str,
        to: &Columns,
        rows: usize,
        fill: &mut dyn FnMut(usize, &mut dyn RowSink) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        if rows == 0 {
            return Ok(());
        }
        self.rows_added.set(self.rows_added.get() + rows);
        let mut bytes = CopyIn::new(to);
        for row in 0..rows {
            fill(row, &mut bytes)?;
            bytes.end_row();
        }
        let names: Vec<String> = to.columns.iter().map(|(name, _)| quoted(name)).collect();
        let sql = format!("COPY {} ({}) FROM STDIN (FORMAT binary)", quoted(&to.table), names.join(", "));
        self.with(doing, async |connection| {
            let mut copy = connection.copy_in_raw(&sql).await?;
            copy.send(bytes.finish()).await?;
            copy.finish().await.map(drop)
        })
    }

    fn begin(&self) -> Result<(), StoreError> {
        self.script("beginning a transaction", "BEGIN")
    }

    fn begin_snapshot(&self) -> Result<(), StoreError> {
        self.script("beginning to count", "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    }

    fn enter(&self, gate: Gate) -> Result<(), StoreError> {
        let (name, take) = match gate {
            Gate::People => ("people", "SELECT pg_advisory_xact_lock(?)"),
            Gate::CrosswalkRead => ("crosswalk", "SELECT pg_advisory_xact_lock_shared(?)"),
            Gate::CrosswalkWrite => ("crosswalk", "SELECT pg_advisory_xact_lock(?)"),
        };
        self.execute("waiting for another process", take, &[self.lock_key(name).into()]).map(drop)
    }

    fn set_active_run(&self, run: Option<i64>) -> Result<(), StoreError> {
        let text = run.map(|run| run.to_string()).unwrap_or_default();
        let sql = "SELECT set_config('chartlift.run', ?, false)";
        self.execute("noting the run", sql, &[(&text).into()]).map(drop)
    }

    fn next_numbers(&self, table: &str, _: i64) -> Result<(i64, i64), StoreError> {
        let sql = format!("SELECT nextval('{table}_row_number')");
        let next = (self as &dyn Database).query_one("numbering rows", &sql, &[], |row| row.integer(0))?;
        let first = next.unwrap_or(1);
        Ok((first, first + NUMBERS_AT_ONCE - 1))
    }

    fn index_names(&self) -> Result<BTreeSet<String>, StoreError> {
        let sql = "SELECT CAST(c.relname AS TEXT) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                   WHERE c.relkind = 'i' AND n.nspname = current_schema()";
        let read = |row: &dyn Row| Ok(row.text(0)?.to_owned());
        Ok((self as &dyn Database).query_all("looking at indexes", sql, &[], read)?.into_iter().collect())
    }

    fn make_indexes(&self, statements: &[String]) -> Result<(), StoreError> {
        if statements.len() < 2 {
            return statements.iter().try_for_each(|statement| self.make_index(statement));
        }
        // Two at a time: the server has a core for each.
        let other = open::connect(&self.place)?;
        let next = AtomicUsize::new(0);
        let make = |postgres: &Self| loop {
            let Some(statement) = statements.get(next.fetch_add(1, Ordering::Relaxed)) else { return Ok(()) };
            postgres.make_index(statement)?;
        };
        std::thread::scope(|scope| {
            let beside = scope.spawn(|| {
                let other = other;
                make(&other)
            });
            let here = make(self);
            here.and(beside.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        })
    }

    fn gathers_well(&self) -> bool {
        true
    }

    fn settle(&self) -> Result<(), StoreError> {
        if self.rows_added.replace(0) >= WORTH_STATISTICS {
            // Without it the server would guess how to look things up, until it comes round to it by itself.
            let tables: Vec<String> = all_tables().iter().map(|table| quoted(&table.table)).collect();
            self.script("gathering statistics", &format!("ANALYZE {}", tables.join(", ")))?;
        }
        Ok(())
    }

    fn size_bytes(&self) -> Result<u64, StoreError> {
        Ok(self.table_bytes()?.values().sum())
    }

    fn table_bytes(&self) -> Result<BTreeMap<String, u64>, StoreError> {
        let sql = "SELECT CAST(c.relname AS TEXT), pg_total_relation_size(c.oid) FROM pg_class c
                   JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r' AND n.nspname = current_schema()";
        let mut sizes = BTreeMap::new();
        self.query("measuring the store", sql, &[], &mut |row| {
            sizes.insert(row.text(0)?.to_owned(), row.integer(1)? as u64);
            Ok(())
        })?;
        Ok(sizes)
    }

    fn reader(&self) -> Result<Box<dyn Database>, StoreError> {
        Ok(Box::new(open::connect(&self.place)?))
    }

    fn claim(&self, system: &str) -> Result<(), StoreError> {
        let sql = "SELECT has_database_privilege(current_database(), 'TEMP')";
        let temp = (self as &dyn Database).query_one(CLAIMING, sql, &[], |row| row.integer(0))?;
        if temp != Some(1) {
            let source = "it may not make temporary tables".into();
            return Err(StoreError::NoRight { place: self.place.to_string(), doing: "loading", source });
        }
        self.claim_presence()?;
        let name = format!("system {system}");
        if !self.take("SELECT pg_try_advisory_lock(?)", self.lock_key(&name))? {
            return Err(StoreError::SystemInUse { system: system.to_owned(), holder: self.holder(&name)? });
        }
        Ok(())
    }

    fn claim_presence(&self) -> Result<(), StoreError> {
        if !self.take("SELECT pg_try_advisory_lock_shared(?)", self.lock_key("present"))? {
            return Err(StoreError::InUse { path: self.place.to_string(), holder: self.holder("present")? });
        }
        Ok(())
    }

    fn claim_alone(&self) -> Result<(), StoreError> {
        if !self.take("SELECT pg_try_advisory_lock(?)", self.lock_key("present"))? {
            return Err(StoreError::InUse { path: self.place.to_string(), holder: self.holder("present")? });
        }
        Ok(())
    }

    fn make_durable(&self) -> Result<(), StoreError> {
        self.script("ending a run", "SET LOCAL synchronous_commit = on")
    }

    fn overwrite_deleted(&self) -> Result<(), StoreError> {
        Ok(())
    }

    fn scrub(&self, tables: &[String]) -> Result<(), StoreError> {
        const DOING: &str = "writing the store anew";
        let tables: Vec<String> = tables.iter().map(|table| quoted(table)).collect();
        // Whoever reads holds it up, and must not do so for ever.
        self.script(DOING, "SET lock_timeout = '30s'")?;
        let done = self.script(DOING, &format!("VACUUM (FULL, ANALYZE) {}", tables.join(", ")));
        self.script(DOING, "SET lock_timeout = 0")?;
        done
    }
}

const CLAIMING: &str = "taking the right to load";

impl Postgres {
    /// Tries to take a lock for a while: the server may take a moment to notice that a process which had it was killed.
    fn take(&self, sql: &str, key: i64) -> Result<bool, StoreError> {
        for _ in 0..30 {
            let has = (self as &dyn Database).query_one(CLAIMING, sql, &[key.into()], |row| row.integer(0))?;
            if has == Some(1) {
                return Ok(true);
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        Ok(false)
    }

    /// Who has a lock, in brackets.
    fn holder(&self, name: &str) -> Result<String, StoreError> {
        let sql = "SELECT CAST(l.pid AS BIGINT) FROM pg_locks l WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
                   AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
                   AND l.pid <> pg_backend_pid()
                   AND (CAST(l.classid AS BIGINT) << 32 | CAST(l.objid AS BIGINT)) = ? ORDER BY l.pid LIMIT 1";
        let key = self.lock_key(name);
        let pid = (self as &dyn Database).query_one(CLAIMING, sql, &[key.into()], |row| row.integer(0))?;
        Ok(pid.map(|pid| format!(" (server process {pid})")).unwrap_or_default())
    }
}

fn id_list(ids: &[ChartId]) -> Result<PgArguments, sqlx::Error> {
    let mut arguments = PgArguments::default();
    let list: Vec<&str> = ids.iter().map(ChartId::as_str).collect();
    arguments.add(list).map_err(sqlx::Error::Encode)?;
    Ok(arguments)
}

#[cfg(test)]
mod tests {
    use super::translate;

    #[test]
    fn question_marks_become_numbers() {
        assert_eq!(translate("a = ? AND b = ?"), "a = $1 AND b = $2");
        assert_eq!(translate("a = ?2 OR ?1 <> ?2"), "a = $2 OR $1 <> $2");
        assert_eq!(translate("SELECT 1"), "SELECT 1");
    }
}
