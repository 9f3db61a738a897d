//! How long a folder of clinical documents takes the first time and again, as ratios to a limit measured in the same run: every document
//! read, hashed (SHA-256) and parsed event by event, documents side by side.
//!
//!     cargo bench --bench documents
//!
//! takes 1,000 documents made of the connector's own fixture. `DOCUMENTS=5000` takes as many as you like, `TEMPLATES=FOLDER` makes them of
//! other documents.

mod shared;

use std::path::{Path, PathBuf};

use chartlift::pipeline::PlanOptions;
use chartlift::store::StorePlace;
use quick_xml::events::Event;
use rayon::prelude::*;
use sha2::{Digest, Sha256};
use shared::{Failure, load, timed};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const FIXTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/connectors/ccda/fixture/larkspur.xml");

fn main() -> Result<(), Failure> {
    // Cargo's test command starts benchmarks too; there is nothing to test here.
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let wanted = std::env::var("DOCUMENTS").ok().and_then(|text| text.parse().ok()).unwrap_or(1_000);
    let folder = tempfile::tempdir()?;
    let source = folder.path().join("documents");
    let documents = write_documents(&source, &templates()?, wanted)?;
    let parse = || documents.par_iter().map(|path| read_and_parse(path)).sum::<Result<usize, Failure>>();
    let (bytes, limit) = timed(parse)?;
    let megabytes = bytes as f64 / 1e6;
    println!("{wanted} documents, {megabytes:.0} MB, {} threads", rayon::current_num_threads());
    println!("{:32} {limit:8.2} s {:8.1} MB/s", "limit: reading and parsing", megabytes / limit);
    for what in ["first load", "unchanged"] {
        let plan = PlanOptions { connector: Some("ccda".into()), ..Default::default() };
        let seconds = load(&source, StorePlace::Sqlite(folder.path().join("ehr.db")), plan)?;
        println!("{what:32} {seconds:8.2} s {:8.1} MB/s {:6.2} x limit", megabytes / seconds, seconds / limit);
    }
    Ok(())
}

fn templates() -> Result<Vec<String>, Failure> {
    let Ok(folder) = std::env::var("TEMPLATES") else { return Ok(vec![std::fs::read_to_string(FIXTURE)?]) };
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("xml")) {
            paths.push(path);
        }
    }
    paths.sort();
    paths.iter().map(|path| Ok(std::fs::read_to_string(path)?)).collect()
}

/// Each about somebody else, under numbers of its own.
fn write_documents(folder: &Path, templates: &[String], wanted: usize) -> Result<Vec<PathBuf>, Failure> {
    std::fs::create_dir(folder)?;
    let mut paths = Vec::new();
    for (number, template) in (0..wanted).zip(templates.iter().cycle()) {
        let text = template
            .replace("extension=\"", &format!("extension=\"{number}-"))
            .replace("</family>", &format!("{}</family>", in_letters(number)));
        let path = folder.join(format!("{number:06}.xml"));
        std::fs::write(&path, text)?;
        paths.push(path);
    }
    Ok(paths)
}

fn in_letters(number: usize) -> String {
    number.to_string().bytes().map(|digit| char::from(b'a' + (digit - b'0'))).collect()
}

fn read_and_parse(path: &Path) -> Result<usize, Failure> {
    let bytes = std::fs::read(path)?;
    std::hint::black_box(Sha256::digest(&bytes));
    let text = String::from_utf8_lossy(&bytes);
    let mut reader = quick_xml::Reader::from_str(&text);
    loop {
        match reader.read_event()? {
            Event::Eof => return Ok(bytes.len()),
            event => drop(std::hint::black_box(event)),
        }
    }
}
