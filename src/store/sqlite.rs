//! The SQLite store: one file, one writer. Runs, queries and migrations go through sqlx; the load itself and whole-table
//! scans through `bulk.rs`, which says why.

use std::cmp::Ordering;
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Row, SqliteConnection};

use super::{RunStart, StoreDigest, StoreError, schema};

mod backup;
mod bulk;
mod intact;
mod known;
mod people;
mod read;
mod recount;
mod undo;

pub use known::ChartReader;
pub use recount::LedgerCount;
pub use undo::{Needs, UndoCounts};

pub use read::{DateFlags, NamedBytes, OpenReview, PayloadPlace, QuarantineRow, RecordRow, RunRow, StoreCounts};

/// An open store.
pub struct SqliteStore {
    path: PathBuf,
    found_format: u32,
    runtime: tokio::runtime::Runtime,
    queries: SqliteConnection,
    bulk: bulk::Bulk,
}

/// The right to write to a store: held by one process at a time, given back when the process ends, however it ends.
#[derive(Debug)]
pub struct StoreLock {
    file: File,
}

impl Drop for StoreLock {
    fn drop(&mut self) {
        // Closing alone would leave it to a child process that has just begun and not yet let go of its parent's files.
        let _ = self.file.unlock();
    }
}

impl SqliteStore {
    /// The file behind `sqlite://FILE`, `sqlite:FILE` or a plain path.
    pub fn path_of(url: &str) -> Result<PathBuf, StoreError> {
        let path = url.strip_prefix("sqlite://").or_else(|| url.strip_prefix("sqlite:")).unwrap_or(url);
        if path.is_empty() || path.contains("://") || path == ":memory:" {
            // Only what stands before the first `:` is shown: a URL may hold a password.
            let kind = url.split(':').next().unwrap_or_default();
            return Err(StoreError::UnknownUrl { url: format!("{kind}://...") });
        }
        Ok(PathBuf::from(path))
    }

    /// Opens a store, or makes an empty one.
    pub fn open_or_create(path: &Path) -> Result<Self, StoreError> {
        let shown = path.display().to_string();
        if !path.exists() {
            let mut options = OpenOptions::new();
            options.write(true).create_new(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            options.open(path).map_err(|source| StoreError::Open { path: shown.clone(), source: Box::new(source) })?;
        }
        Self::open_for(path, Older::Migrated)
    }

    /// Opens a store that is there. An empty file is an empty store; one of an older format is refused.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Self::open_for(path, Older::Refused)
    }

    /// Opens a store that is there and brings it to this program's format. Whoever calls this holds the lock.
    pub fn open_and_migrate(path: &Path) -> Result<Self, StoreError> {
        Self::open_for(path, Older::Migrated)
    }

    fn open_for(path: &Path, older: Older) -> Result<Self, StoreError> {
        let shown = path.display().to_string();
        if !path.is_file() {
            return Err(StoreError::Missing { path: shown });
        }
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .map_err(|source| StoreError::Open { path: shown.clone(), source: Box::new(source) })?;
        let is_new = std::fs::metadata(path).is_ok_and(|metadata| metadata.len() == 0);
        let mut options = SqliteConnectOptions::new().filename(path).synchronous(SqliteSynchronous::Normal);
        if is_new {
            options = options.page_size(8192).journal_mode(SqliteJournalMode::Wal);
        }
        let options = options.disable_statement_logging();
        let mut read_only = false;
        let mut queries = match runtime.block_on(options.clone().connect()) {
            // Without the right to write beside the store, SQLite cannot share it; nobody else may write it either.
            Err(error) if sqlite_code(&error) == Some(14) && !beside(path, "-wal").exists() => {
                read_only = true;
                runtime.block_on(options.read_only(true).immutable(true).connect())
            }
            result => result,
        }
        .map_err(|error| open_error(&shown, error))?;
        // A store whose making was cut off is a database without a table.
        let is_new = is_new || runtime.block_on(is_empty(&mut queries)).unwrap_or(false);
        if is_new && !read_only {
            runtime.block_on(create(&mut queries)).map_err(|error| open_error(&shown, error))?;
        }
        let format = format_of(&runtime, &mut queries, &shown)?;
        match (format.cmp(&schema::FORMAT), older) {
            (Ordering::Greater, _) => {
                return Err(StoreError::Newer { path: shown, found: format, known: schema::FORMAT });
            }
            (Ordering::Less, Older::Refused) => {
                return Err(StoreError::Older { path: shown, found: format, known: schema::FORMAT });
            }
            (Ordering::Less, Older::Migrated) if read_only => return Err(StoreError::ReadOnly { path: shown }),
            (Ordering::Less, Older::Migrated) => {
                let migrated = runtime.block_on(migrate(&mut queries, format));
                migrated.map_err(|error| open_error(&shown, error))?;
            }
            (Ordering::Equal, _) => {}
        }
        let bulk = bulk::Bulk::open(path, read_only)?;
        let mut store = Self { path: path.to_owned(), found_format: format, runtime, queries, bulk };
        if format < schema::FORMAT {
            store.ensure_indexes(|_| {})?;
        }
        Ok(store)
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The format the store had when it was opened.
    pub fn found_format(&self) -> u32 {
        self.found_format
    }

    /// Takes the right to write. Another holder is named.
    pub fn lock(path: &Path) -> Result<StoreLock, StoreError> {
        let shown = path.display().to_string();
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let opened = options.open(beside(path, ".lock"));
        let mut file = opened.map_err(|source| match source.kind() {
            std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => {
                StoreError::ReadOnly { path: shown.clone() }
            }
            _ => StoreError::Open { path: shown.clone(), source: Box::new(source) },
        })?;
        match file.try_lock() {
            Ok(()) => {}
            Err(std::fs::TryLockError::WouldBlock) => {
                let mut holder = String::new();
                let _ = file.read_to_string(&mut holder);
                let holder =
                    if holder.trim().is_empty() { String::new() } else { format!(" (process {})", holder.trim()) };
                return Err(StoreError::InUse { path: shown, holder });
            }
            Err(std::fs::TryLockError::Error(source)) => {
                return Err(StoreError::Open { path: shown, source: Box::new(source) });
            }
        }
        // Whoever finds the store in use is told by whom; that this cannot be written is no reason to stop.
        let _ = file.set_len(0).and_then(|()| file.rewind()).and_then(|()| write!(file, "{}", std::process::id()));
        Ok(StoreLock { file })
    }

    /// Begins a run, or goes on with the same command that was cut off.
    pub fn begin_run(
        &mut self,
        command: &str,
        plan: &str,
        plan_key: &str,
        as_of: &str,
        started: &str,
    ) -> Result<RunStart, StoreError> {
        let failed = StoreError::sqlx("beginning a run");
        let writable = |error: sqlx::Error| match &error {
            sqlx::Error::Database(inner) if inner.message().contains("readonly") => {
                StoreError::ReadOnly { path: self.path.display().to_string() }
            }
            sqlx::Error::Database(inner) if inner.message().contains("full") => StoreError::DiskFull,
            _ => failed(error),
        };
        let queries = &mut self.queries;
        self.runtime.block_on(async {
            let digest: String = sqlx::query_scalar("SELECT value FROM store_meta WHERE name = 'digest'")
                .fetch_one(&mut *queries)
                .await
                .map_err(&failed)?;
            let before = StoreDigest::parse(&digest).ok_or(StoreError::Damaged { what: "no digest".into() })?;
            let open = sqlx::query(
                "SELECT id, as_of, started, digest_before, plan FROM run WHERE status = 'running' AND plan_key = ? ORDER BY id DESC LIMIT 1",
            )
            .bind(plan_key)
            .fetch_optional(&mut *queries)
            .await
            .map_err(&failed)?;
            if let Some(row) = open {
                let digest_before = StoreDigest::parse(row.get(3)).unwrap_or_default();
                return Ok(RunStart { id: row.get(0), resumed: true, digest_before, as_of: row.get(1), started: row.get(2), plan: row.get(4) });
            }
            let mut transaction = queries.begin().await.map_err(&writable)?;
            // A run that another overtakes is not gone on with: what it wrote is then known, as of any earlier run.
            sqlx::query("UPDATE run SET status = 'superseded' WHERE status = 'running'")
                .execute(&mut *transaction)
                .await
                .map_err(&writable)?;
            let id: i64 = sqlx::query_scalar(
                "INSERT INTO run (command, plan, plan_key, status, as_of, started, digest_before)
                 VALUES (?, ?, ?, 'running', ?, ?, ?) RETURNING id",
            )
            .bind(command)
            .bind(plan)
            .bind(plan_key)
            .bind(as_of)
            .bind(started)
            .bind(&digest)
            .fetch_one(&mut *transaction)
            .await
            .map_err(&writable)?;
            let marks = AssertSqlSafe(schema::before::mark_sql(id));
            sqlx::raw_sql(marks).execute(&mut *transaction).await.map_err(&writable)?;
            transaction.commit().await.map_err(&writable)?;
            Ok(RunStart { id, resumed: false, digest_before: before, as_of: as_of.into(), started: started.into(), plan: plan.into() })
        })
    }

    /// Ends a run with its report and its quarantined rows.
    pub fn finish_run(
        &mut self,
        run: i64,
        status: &str,
        finished: &str,
        report: &str,
        quarantined: &[u8],
    ) -> Result<(), StoreError> {
        let failed = StoreError::sqlx("ending a run");
        let ended = sqlx::query(
            "UPDATE run SET status = ?, finished = ?, report = ?,
             digest_after = (SELECT value FROM store_meta WHERE name = 'digest') WHERE id = ?",
        );
        let ended = ended.bind(status).bind(finished).bind(report).bind(run);
        let kept = sqlx::query("INSERT OR REPLACE INTO run_quarantine VALUES (?, ?)").bind(run).bind(quarantined);
        let queries = &mut self.queries;
        self.runtime
            .block_on(async {
                let mut transaction = queries.begin().await?;
                kept.execute(&mut *transaction).await?;
                ended.execute(&mut *transaction).await?;
                transaction.commit().await
            })
            .map_err(failed)?;
        self.bulk.checkpoint_log()
    }

    /// Notes that a run's report stands in its folder.
    pub fn note_reported(&mut self, run: i64) -> Result<(), StoreError> {
        let query = sqlx::query("UPDATE run SET reported = 1 WHERE id = ?").bind(run);
        self.runtime.block_on(query.execute(&mut self.queries)).map(drop).map_err(StoreError::sqlx("noting a report"))
    }

    /// Closes the store so that the file alone holds everything.
    pub fn close(self) -> Result<(), StoreError> {
        let Self { runtime, queries, bulk, .. } = self;
        drop(bulk);
        runtime.block_on(queries.close()).map_err(StoreError::sqlx("closing"))
    }
}

/// A file beside the store: its name with something behind it.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// SQLite's extended result code.
fn sqlite_code(error: &sqlx::Error) -> Option<u32> {
    match error {
        sqlx::Error::Database(error) => error.code().and_then(|code| code.parse().ok()),
        _ => None,
    }
}

/// Result codes: 5 BUSY, 13 FULL, 26 NOTADB; 778 and 4874 are IOERR_WRITE and IOERR_SHMSIZE, which a full disk gives too.
fn open_error(shown: &str, error: sqlx::Error) -> StoreError {
    match sqlite_code(&error) {
        Some(26) => StoreError::Foreign { path: shown.into() },
        Some(13 | 778 | 4874) => StoreError::DiskFull,
        Some(code) if code & 0xff == 5 => StoreError::InUse { path: shown.into(), holder: String::new() },
        _ => StoreError::Open { path: shown.into(), source: Box::new(error) },
    }
}

async fn is_empty(queries: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    let tables: i64 = sqlx::query_scalar("SELECT count(*) FROM sqlite_master").fetch_one(queries).await?;
    Ok(tables == 0)
}

async fn create(queries: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    let mut transaction = queries.begin().await?;
    sqlx::raw_sql(schema::BOOKS).execute(&mut *transaction).await?;
    sqlx::raw_sql(schema::CHART).execute(&mut *transaction).await?;
    for step in [schema::FORMAT_2, schema::FORMAT_3, schema::BEFORE] {
        sqlx::raw_sql(step).execute(&mut *transaction).await?;
    }
    for (name, value) in [("format", schema::FORMAT.to_string()), ("digest", StoreDigest::default().to_string())] {
        let query = sqlx::query("INSERT INTO store_meta (name, value) VALUES (?, ?)");
        query.bind(name).bind(value).execute(&mut *transaction).await?;
    }
    transaction.commit().await
}

/// Brings an older store forward, all in one transaction.
async fn migrate(queries: &mut SqliteConnection, found: u32) -> Result<(), sqlx::Error> {
    let mut transaction = queries.begin().await?;
    if found < 2 {
        sqlx::raw_sql(schema::FORMAT_2).execute(&mut *transaction).await?;
        sqlx::raw_sql(AssertSqlSafe(schema::count_charted())).execute(&mut *transaction).await?;
    }
    if found < 3 {
        sqlx::raw_sql(schema::FORMAT_3).execute(&mut *transaction).await?;
        let renewed = schema::before::renew_chart_sql(schema::CHART);
        sqlx::raw_sql(AssertSqlSafe(renewed)).execute(&mut *transaction).await?;
        sqlx::raw_sql(schema::BEFORE).execute(&mut *transaction).await?;
    }
    let query = sqlx::query("UPDATE store_meta SET value = ? WHERE name = 'format'");
    query.bind(schema::FORMAT.to_string()).execute(&mut *transaction).await?;
    transaction.commit().await
}

/// What becomes of a store that an older program wrote.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Older {
    Refused,
    Migrated,
}

fn format_of(
    runtime: &tokio::runtime::Runtime,
    queries: &mut SqliteConnection,
    shown: &str,
) -> Result<u32, StoreError> {
    let format: Result<String, sqlx::Error> =
        runtime.block_on(sqlx::query_scalar("SELECT value FROM store_meta WHERE name = 'format'").fetch_one(queries));
    match format {
        Ok(format) => Ok(format.parse().unwrap_or(u32::MAX)),
        Err(sqlx::Error::Io(source)) => Err(StoreError::Open { path: shown.into(), source: Box::new(source) }),
        Err(error) if sqlite_code(&error) == Some(1) => Err(StoreError::Foreign { path: shown.into() }),
        Err(error) => Err(open_error(shown, error)),
    }
}
