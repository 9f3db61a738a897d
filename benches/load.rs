//! How long a first load and an unchanged second run take, as ratios to limits measured in the same run on the same files:
//!
//! - reading: every file record by record, each record's cells hashed (BLAKE3) and the file as a whole (SHA-256), files side by side;
//! - SQLite: `sqlite3 .import` of the files into tables of text, with as many indexes as a store has, made afterwards;
//! - PostgreSQL: `psql \copy` of them into logged tables, with as many indexes; where `BENCH_POSTGRES` names a database to work in.
//!
//! `cargo bench` takes 15,000 patients (1.5 million records); `PATIENTS=100000 cargo bench` as many as you like. A limit whose program is
//! not there is left out.

mod shared;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use chartlift::generate::{GenerateOptions, Richness, generate};
use chartlift::pipeline::PlanOptions;
use chartlift::store::StorePlace;
use rayon::prelude::*;
use sha2::{Digest, Sha256};
use shared::{Failure, load, timed};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Indexes of a store: two for most kinds of chart row.
const INDEXES: usize = 42;

fn main() -> Result<(), Failure> {
    // Cargo's test command starts benchmarks too; there is nothing to test here.
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let patients = std::env::var("PATIENTS").ok().and_then(|text| text.parse().ok()).unwrap_or(15_000);
    let folder = tempfile::tempdir()?;
    let source = folder.path().join("practice");
    generate(&source, &GenerateOptions { patients, seed: 1, richness: Richness::Full }, &mut |_| {})?;
    let tables = tables(&source)?;
    let (records, reading) = timed(|| read_and_hash(&tables))?;
    println!("{records} records of {patients} patients, {} threads", rayon::current_num_threads());
    let line = |what: &str, seconds: f64, limit: Option<f64>| {
        let ratio = limit.map(|limit| format!("{:6.2} x limit", seconds / limit)).unwrap_or_default();
        println!("{what:44} {seconds:8.2} s {:10.0} records/s {ratio}", records as f64 / seconds);
    };
    line("limit: reading and hashing", reading, None);
    let imported = limit("sqlite3", || import(&tables, &folder.path().join("limit.db")))?;
    imported.iter().for_each(|seconds| line("limit: sqlite3 .import, 42 indexes", *seconds, None));
    let load = |store: StorePlace| load(&source, store, PlanOptions::default());
    let file = StorePlace::Sqlite(folder.path().join("ehr.db"));
    line("SQLite, first load (limit: .import)", load(file.clone())?, imported);
    line("SQLite, unchanged (limit: reading)", load(file)?, Some(reading));
    if let Ok(server) = std::env::var("BENCH_POSTGRES") {
        let (clean, script) = copying(&tables)?;
        let copied = limit("psql", || psql(&server, &script))?;
        drop(clean);
        copied.iter().for_each(|seconds| line("limit: psql \\copy, 42 indexes", *seconds, None));
        psql(&server, "DROP SCHEMA IF EXISTS bench_store CASCADE; CREATE SCHEMA bench_store")?;
        let mark = if server.contains('?') { '&' } else { '?' };
        let place = StorePlace::parse(&format!("{server}{mark}options=-c%20search_path%3Dbench_store"))?;
        line("PostgreSQL, first load (limit: \\copy)", load(place.clone())?, copied);
        line("PostgreSQL, unchanged (limit: reading)", load(place)?, Some(reading));
        psql(&server, "DROP SCHEMA bench_store CASCADE")?;
    }
    Ok(())
}

/// How long a limit takes; none where its program is not there.
fn limit(program: &str, work: impl FnOnce() -> Result<(), Failure>) -> Result<Option<f64>, Failure> {
    if Command::new(program).arg("--version").stdout(Stdio::null()).status().is_err() {
        println!("limit: {program} is not installed");
        return Ok(None);
    }
    timed(work).map(|((), seconds)| Some(seconds))
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

fn read_and_hash(tables: &[PathBuf]) -> Result<u64, Failure> {
    let each = |table: &PathBuf| -> Result<u64, Failure> {
        let mut records = 0;
        let mut record = csv::ByteRecord::new();
        let mut sum = 0u64;
        let bytes = std::fs::read(table)?;
        let whole = Sha256::digest(&bytes);
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(&bytes[..]);
        let mut cells = Vec::new();
        while reader.read_byte_record(&mut record)? {
            cells.clear();
            for cell in &record {
                cells.extend_from_slice(&(cell.len() as u32).to_le_bytes());
                cells.extend_from_slice(cell);
            }
            sum = sum.wrapping_add(u64::from(blake3::hash(&cells).as_bytes()[0]));
            records += 1;
        }
        std::hint::black_box((sum, whole));
        Ok(records)
    };
    tables.par_iter().map(each).sum()
}

/// The header of a file as columns of text.
fn columns(table: &Path) -> Result<Vec<String>, Failure> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_path(table)?;
    Ok(reader.headers()?.iter().map(|name| format!("\"{name}\"")).collect())
}

fn name(table: &Path) -> String {
    table.file_stem().unwrap_or_default().to_string_lossy().to_lowercase()
}

/// As many indexes as a store has, on the first two columns of each table.
fn indexes(tables: &[PathBuf]) -> Result<String, Failure> {
    let mut all = Vec::new();
    for table in tables {
        for column in columns(table)?.iter().take(2) {
            all.push(format!("CREATE INDEX i{} ON {} ({column});\n", all.len(), name(table)));
        }
    }
    all.truncate(INDEXES);
    Ok(all.concat())
}

fn import(tables: &[PathBuf], store: &Path) -> Result<(), Failure> {
    let mut script = String::from("PRAGMA journal_mode = WAL;\nPRAGMA synchronous = NORMAL;\n.mode csv\n");
    for table in tables {
        let columns: Vec<String> = columns(table)?.iter().map(|column| format!("{column} TEXT")).collect();
        script.push_str(&format!("CREATE TABLE {} ({});\n", name(table), columns.join(", ")));
        script.push_str(&format!(".import --skip 1 {} {}\n", table.display(), name(table)));
    }
    script.push_str(&indexes(tables)?);
    // It complains of every row that has too many cells.
    run(Command::new("sqlite3").arg(store).stderr(Stdio::null()), &script)
}

/// The files with rows of one width, which is all that a server takes, and the script that copies them.
fn copying(tables: &[PathBuf]) -> Result<(tempfile::TempDir, String), Failure> {
    let mut script = String::from(
        "SET client_encoding = 'LATIN1';\nDROP SCHEMA IF EXISTS bench_limit CASCADE;\nCREATE SCHEMA bench_limit;\nSET search_path = bench_limit;\n",
    );
    let clean = tempfile::tempdir()?;
    for table in tables {
        let columns = columns(table)?;
        let path = clean.path().join(name(table));
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_path(table)?;
        let mut writer = csv::Writer::from_path(&path)?;
        let mut record = csv::ByteRecord::new();
        while reader.read_byte_record(&mut record)? {
            let cells = (0..columns.len()).map(|at| record.get(at).unwrap_or_default());
            writer.write_record(cells)?;
        }
        writer.flush()?;
        let typed: Vec<String> = columns.iter().map(|column| format!("{column} TEXT")).collect();
        script.push_str(&format!("CREATE TABLE {} ({});\n", name(table), typed.join(", ")));
        script.push_str(&format!("\\copy {} FROM '{}' WITH (FORMAT csv)\n", name(table), path.display()));
    }
    script.push_str(&indexes(tables)?);
    script.push_str("DROP SCHEMA bench_limit CASCADE;\n");
    Ok((clean, script))
}

fn psql(server: &str, sql: &str) -> Result<(), Failure> {
    run(Command::new("psql").args(["--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1", server]), sql)
}

fn run(command: &mut Command, script: &str) -> Result<(), Failure> {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn()?;
    child.stdin.take().ok_or("no input")?.write_all(script.as_bytes())?;
    if child.wait()?.success() { Ok(()) } else { Err("the limit's program failed".into()) }
}
