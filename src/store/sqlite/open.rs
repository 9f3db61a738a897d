//! Opening a file: new, of this format, or of an older one that is brought forward.

use std::cmp::Ordering;
use std::fs::OpenOptions;
use std::path::Path;

use rusqlite::{Connection, TransactionBehavior, params};

use super::super::open::Older;
use super::super::{StoreDigest, StoreError, schema};
use super::{Sqlite, beside};

/// An open file, with the format in which it was found.
pub(in super::super) struct Opened {
    pub database: Sqlite,
    pub found_format: u32,
}

/// Makes an empty file that nobody else may read, where there is none.
pub(in super::super) fn create_file(path: &Path) -> Result<(), StoreError> {
    if path.exists() {
        return Ok(());
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let opened = options.open(path).map(drop);
    opened.map_err(|source| StoreError::Open { path: path.display().to_string(), source: Box::new(source) })
}

/// Opens a store that is there. An empty file is an empty store.
pub(in super::super) fn open(path: &Path, older: Older) -> Result<Opened, StoreError> {
    let shown = path.display().to_string();
    if !path.is_file() {
        return Err(StoreError::Missing { path: shown });
    }
    let failed = |error: rusqlite::Error| open_error(&shown, error);
    let is_new = std::fs::metadata(path).is_ok_and(|metadata| metadata.len() == 0);
    let mut read_only = false;
    let mut database = match Sqlite::connect(path, false).and_then(|database| probe(database, is_new)) {
        // Without the right to write beside the store, SQLite cannot share it; nobody else may write it either.
        Err(error) if code(&error) == Some(14) && !beside(path, "-wal").exists() => {
            read_only = true;
            Sqlite::connect(path, true)
        }
        result => result,
    }
    .map_err(failed)?;
    // A store whose making was cut off is a database without a table.
    let is_new = is_new || is_empty(&database.connection).unwrap_or(false);
    if is_new && !read_only {
        create(&mut database.connection).map_err(failed)?;
    }
    let found_format = format_of(&database.connection, &shown)?;
    match (found_format.cmp(&schema::FORMAT), older) {
        (Ordering::Greater, _) => {
            return Err(StoreError::Newer { path: shown, found: found_format, known: schema::FORMAT });
        }
        (Ordering::Less, Older::Refused) => {
            return Err(StoreError::Older { path: shown, found: found_format, known: schema::FORMAT });
        }
        (Ordering::Less, Older::Migrated) if read_only => return Err(StoreError::ReadOnly { path: shown }),
        (Ordering::Less, Older::Migrated) => migrate(&mut database.connection, found_format).map_err(failed)?,
        (Ordering::Equal, _) => {}
    }
    Ok(Opened { database, found_format })
}

/// SQLite looks at a file only when it is asked something.
fn probe(database: Sqlite, is_new: bool) -> rusqlite::Result<Sqlite> {
    if is_new {
        database.connection.execute_batch("PRAGMA page_size = 8192; PRAGMA journal_mode = WAL;")?;
    }
    database.connection.query_row("SELECT count(*) FROM sqlite_master", [], |_| Ok(()))?;
    Ok(database)
}

/// SQLite's extended result code.
fn code(error: &rusqlite::Error) -> Option<i32> {
    error.sqlite_error().map(|error| error.extended_code)
}

/// Result codes: 5 BUSY, 13 FULL, 26 NOTADB; 778 and 4874 are IOERR_WRITE and IOERR_SHMSIZE, which a full disk gives too.
fn open_error(shown: &str, error: rusqlite::Error) -> StoreError {
    match code(&error) {
        Some(26) => StoreError::Foreign { path: shown.into() },
        Some(13 | 778 | 4874) => StoreError::DiskFull,
        Some(code) if code & 0xff == 5 => StoreError::InUse { path: shown.into(), holder: String::new() },
        _ => StoreError::Open { path: shown.into(), source: Box::new(error) },
    }
}

fn is_empty(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row("SELECT count(*) FROM sqlite_master", [], |row| Ok(row.get::<_, i64>(0)? == 0))
}

fn create(connection: &mut Connection) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Somebody else may have made it since.
    if !is_empty(&transaction)? {
        return Ok(());
    }
    let steps = [schema::BOOKS, schema::CHART, schema::FORMAT_2, schema::FORMAT_3, schema::BEFORE, schema::VIEWS];
    for step in steps
        .into_iter()
        .chain([schema::FORMAT_4])
        .chain(schema::FORMAT_5)
        .chain(schema::FORMAT_6)
        .chain(schema::FORMAT_7)
        .chain(schema::FORMAT_8)
    {
        transaction.execute_batch(step)?;
    }
    for (name, value) in [("format", schema::FORMAT.to_string()), ("digest", StoreDigest::default().to_string())] {
        transaction.execute("INSERT INTO store_meta (name, value) VALUES (?, ?)", params![name, value])?;
    }
    transaction.commit()
}

/// Brings an older store forward, all in one transaction.
fn migrate(connection: &mut Connection, found: u32) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    if found < 2 {
        transaction.execute_batch(schema::FORMAT_2)?;
        transaction.execute_batch(&schema::count_charted())?;
    }
    if found < 3 {
        transaction.execute_batch(schema::FORMAT_3)?;
        transaction.execute_batch(&schema::before::renew_chart_sql(schema::CHART))?;
        transaction.execute_batch(schema::BEFORE)?;
        transaction.execute_batch(schema::VIEWS)?;
        transaction.execute_batch(&schema::before::first_blocks_sql())?;
        transaction.execute_batch(
            "UPDATE run SET system = coalesce(json_extract(plan, '$.system'), '') WHERE json_valid(plan)",
        )?;
    }
    if found < 4 {
        transaction.execute_batch(schema::FORMAT_4)?;
    }
    if found < 5 {
        transaction.execute_batch(&schema::FORMAT_5.concat())?;
    }
    if found < 6 {
        transaction.execute_batch(&schema::FORMAT_6.concat())?;
    }
    if found < 7 {
        transaction.execute_batch(&schema::FORMAT_7.concat())?;
    }
    if found < 8 {
        transaction.execute_batch(&schema::FORMAT_8.concat())?;
    }
    let update = "UPDATE store_meta SET value = ? WHERE name = 'format'";
    transaction.execute(update, [schema::FORMAT.to_string()])?;
    transaction.commit()
}

fn format_of(connection: &Connection, shown: &str) -> Result<u32, StoreError> {
    let select = "SELECT value FROM store_meta WHERE name = 'format'";
    match connection.query_row(select, [], |row| row.get::<_, String>(0)) {
        Ok(format) => Ok(format.parse().unwrap_or(u32::MAX)),
        Err(rusqlite::Error::QueryReturnedNoRows) => Err(StoreError::Foreign { path: shown.into() }),
        Err(error) if code(&error) == Some(1) => Err(StoreError::Foreign { path: shown.into() }),
        Err(error) => Err(open_error(shown, error)),
    }
}

/// Copies a store into a new file.
pub(in super::super) fn copy(from: &Path, to: &Path) -> Result<(), StoreError> {
    let opened = open(from, Older::Refused)?;
    let failed = StoreError::rusqlite("copying the store");
    opened.database.connection.execute("VACUUM INTO ?", [to.display().to_string()]).map(drop).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_who_find_an_empty_store_make_one() {
        let folder = tempfile::tempdir().expect("a folder");
        for number in 0..20 {
            let path = folder.path().join(format!("{number}.db"));
            let mut both = [0, 1].map(|_| Connection::open(&path).expect("a file"));
            both.iter().for_each(|one| one.busy_timeout(std::time::Duration::from_secs(10)).expect("a connection"));
            std::thread::scope(|scope| {
                let made = both.each_mut().map(|one| scope.spawn(|| create(one)));
                made.into_iter().for_each(|made| made.join().expect("no panic").expect("a store"));
            });
            assert_eq!(format_of(&both[0], "it").expect("a format"), schema::FORMAT);
        }
    }
}
