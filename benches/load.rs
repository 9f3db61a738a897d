//! How long a first load and an unchanged second run take, as ratios to two limits measured in the same run: reading the same
//! files record by record, and putting their cells as text into SQLite tables without an index, on one thread.
//!
//! `cargo bench` takes 5,000 patients (half a million records); `PATIENTS=100000 cargo bench` as many as you like.

use std::path::{Path, PathBuf};
use std::time::Instant;

use chartlift::generate::{GenerateOptions, Richness, generate};
use chartlift::model::PartialDate;
use chartlift::pipeline::{MigrateOptions, NoListener, PlanOptions, migrate};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Cargo's test command starts benchmarks too; there is nothing to test here.
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let patients = std::env::var("PATIENTS").ok().and_then(|text| text.parse().ok()).unwrap_or(5_000);
    let folder = tempfile::tempdir()?;
    let source = folder.path().join("practice");
    generate(&source, &GenerateOptions { patients, seed: 1, richness: Richness::Full }, &mut |_| {})?;
    let tables = tables(&source)?;

    let (records, reading) = timed(|| read(&tables))?;
    let (_, inserting) = timed(|| insert(&tables, &folder.path().join("limit.db")))?;
    let options = MigrateOptions {
        source,
        plan: PlanOptions::default(),
        store: chartlift::store::StorePlace::Sqlite(folder.path().join("ehr.db")),
        dry_run: false,
        as_of: PartialDate { year: 2026, month: Some(6), day: Some(1) },
        now: &|| "2026-06-01T00:00:00Z".into(),
        report: None,
    };
    let (_, first) = timed(|| migrate(&options, &NoListener))?;
    let (_, second) = timed(|| migrate(&options, &NoListener))?;

    println!("{records} records of {patients} patients, {} threads", rayon::current_num_threads());
    let line = |what: &str, seconds: f64, limit: f64| {
        println!(
            "{what:34} {seconds:8.2} s {:10.0} records/s {:6.2} x limit",
            records as f64 / seconds,
            seconds / limit
        );
    };
    line("limit: read the files", reading, reading);
    line("limit: cells as text into SQLite", inserting, inserting);
    line("first load (limit: into SQLite)", first, inserting);
    line("unchanged again (limit: read)", second, reading);
    Ok(())
}

fn timed<T, E>(work: impl FnOnce() -> Result<T, E>) -> Result<(T, f64), E> {
    let began = Instant::now();
    let done = work()?;
    Ok((done, began.elapsed().as_secs_f64()))
}

fn tables(source: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut tables = Vec::new();
    for entry in std::fs::read_dir(source)? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("csv")) {
            tables.push(path);
        }
    }
    tables.sort();
    Ok(tables)
}

fn read(tables: &[PathBuf]) -> Result<u64, csv::Error> {
    let mut records = 0;
    let mut record = csv::ByteRecord::new();
    for table in tables {
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_path(table)?;
        while reader.read_byte_record(&mut record)? {
            records += 1;
        }
    }
    Ok(records)
}

fn insert(tables: &[PathBuf], store: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let mut connection = rusqlite::Connection::open(store)?;
    connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL")?;
    let transaction = connection.transaction()?;
    let mut record = csv::ByteRecord::new();
    for (number, table) in tables.iter().enumerate() {
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_path(table)?;
        let columns = reader.byte_headers()?.len();
        let names: Vec<String> = (0..columns).map(|column| format!("c{column} TEXT")).collect();
        transaction.execute_batch(&format!("CREATE TABLE t{number} ({})", names.join(", ")))?;
        let mut insert =
            transaction.prepare(&format!("INSERT INTO t{number} VALUES ({})", vec!["?"; columns].join(", ")))?;
        while reader.read_byte_record(&mut record)? {
            insert.clear_bindings();
            for (column, cell) in record.iter().take(columns).enumerate() {
                insert.raw_bind_parameter(column + 1, String::from_utf8_lossy(cell).as_ref())?;
            }
            insert.raw_execute()?;
        }
    }
    transaction.commit()?;
    Ok(())
}
