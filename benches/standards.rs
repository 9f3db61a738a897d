//! How fast records in standard forms are taken apart, and loaded into a new store, as ratios to limits measured in the same run on the same
//! bytes:
//!
//! - HL7 v2: cutting the file into segments and fields, and nothing else;
//! - FHIR NDJSON: every line read by serde_json and thrown away, lines side by side.
//!
//! `MESSAGES` and `RESOURCES` say how many. Clinical documents have a benchmark of their own.

mod shared;

use std::hint::black_box;
use std::path::{Path, PathBuf};

use chartlift::extract::{SourcePlace, SourceTree};
use chartlift::pipeline::PlanOptions;
use chartlift::store::StorePlace;
use rayon::prelude::*;
use shared::{Failure, load, timed};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> Result<(), Failure> {
    // Cargo's test command starts benchmarks too; there is nothing to test here.
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let folder = tempfile::tempdir()?;
    let wanted =
        |name: &str, usual: usize| std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual);
    let messages = wanted("MESSAGES", 100_000);
    let feed = folder.path().join("feed");
    std::fs::create_dir(&feed)?;
    std::fs::write(feed.join("feed.hl7"), (0..messages).map(message).collect::<String>())?;
    measure("HL7 v2", "messages", messages, &feed, cut)?;
    let resources = wanted("RESOURCES", 200_000);
    let export = folder.path().join("export");
    std::fs::create_dir(&export)?;
    std::fs::write(export.join("Patient.ndjson"), (0..resources / 20).map(patient).collect::<String>())?;
    std::fs::write(export.join("Observation.ndjson"), (0..resources).map(observation).collect::<String>())?;
    measure("FHIR NDJSON", "resources", resources + resources / 20, &export, read_json)
}

/// Takes a source apart, loads it, and says both beside the limit.
fn measure(
    form: &str,
    unit: &str,
    count: usize,
    source: &Path,
    limit: fn(&[PathBuf]) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(source)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    files.sort();
    let bytes: u64 = files.iter().filter_map(|file| std::fs::metadata(file).ok()).map(|file| file.len()).sum();
    let megabytes = bytes as f64 / 1e6;
    let line = |what: &str, seconds: f64, limit: Option<f64>| {
        let ratio = limit.map(|limit| format!("{:7.2} x limit", seconds / limit)).unwrap_or_default();
        let (rate, pace) = (count as f64 / seconds, megabytes / seconds);
        println!("{form:12} {what:22} {seconds:7.2} s {rate:10.0} {unit}/s {pace:7.1} MB/s {ratio}");
    };
    let ((), limit) = timed(|| limit(&files))?;
    line("limit", limit, None);
    let ((), taken_apart) = timed(|| {
        let mut tree = SourceTree::open(&SourcePlace::Path(source.to_owned()))?;
        black_box(tree.open_tables()?);
        Ok::<_, Failure>(())
    })?;
    line("taken apart", taken_apart, Some(limit));
    let store = tempfile::tempdir()?;
    let place = StorePlace::Sqlite(store.path().join("ehr.db"));
    line("first load", load(source, place.clone(), PlanOptions::default())?, Some(limit));
    line("again", load(source, place, PlanOptions::default())?, Some(limit));
    Ok(())
}

fn cut(files: &[PathBuf]) -> Result<(), Failure> {
    for file in files {
        let bytes = std::fs::read(file)?;
        let mut fields = 0;
        for segment in bytes.split(|byte| *byte == b'\r') {
            fields += memchr::memchr_iter(b'|', segment).count();
        }
        black_box(fields);
    }
    Ok(())
}

fn read_json(files: &[PathBuf]) -> Result<(), Failure> {
    for file in files {
        let text = std::fs::read_to_string(file)?;
        text.par_lines()
            .try_for_each(|line| serde_json::from_str::<serde_json::Value>(line).map(|value| drop(black_box(value))))?;
    }
    Ok(())
}

fn message(number: usize) -> String {
    let (person, order) = (number % 5_000, number);
    let (family, given) = (
        ["Larkspur", "Sedge", "Tamarind", "Bramble", "Fennel"][person % 5],
        ["Nora", "Noah", "Iris", "Otto"][person % 4],
    );
    let (year, month, day) = (1930 + person % 90, 1 + person % 12, 1 + person % 28);
    let results: String = (0..5)
        .map(|result| {
            let value = 10 + (number * 7 + result * 13) % 90;
            format!(
                "OBX|{}|NM|{}-{}^Analyte {result}^LN||{value}.5|mg/dL|10-90|N|||F|||20240301084500\r",
                result + 1,
                2000 + result,
                result
            )
        })
        .collect();
    format!(
        "MSH|^~\\&|LAB|HILLTOP|CHARTLIFT|STORE|202403{:02}{:02}{:02}00||ORU^R01^ORU_R01|M{number}|P|2.5.1\r\
         PID|1||{}^^^HILLTOP^MR||{family}{}^{given}||{year}{month:02}{day:02}|F|||{} Mill Lane^^Ashford^CT^06278\r\
         ORC|RE|P{order}|F{order}^LAB\rOBR|1|P{order}|F{order}^LAB|58410-2^CBC panel^LN|||20240301084500|||||||||||||||20240301120000||LAB|F\r{results}",
        1 + number % 28,
        number % 24,
        number % 60,
        10_000 + person,
        person,
        person,
    )
}

fn patient(number: usize) -> String {
    let (year, month, day) = (1930 + number % 90, 1 + number % 12, 1 + number % 28);
    format!(
        "{{\"resourceType\":\"Patient\",\"id\":\"p{number}\",\"name\":[{{\"family\":\"Larkspur{number}\",\"given\":[\"Nora\"]}}],\"gender\":\"female\",\
         \"birthDate\":\"{year}-{month:02}-{day:02}\"}}\n"
    )
}

fn observation(number: usize) -> String {
    let value = 10 + number % 90;
    format!(
        "{{\"resourceType\":\"Observation\",\"id\":\"o{number}\",\"status\":\"final\",\"category\":[{{\"coding\":[{{\"system\":\
         \"http://terminology.hl7.org/CodeSystem/observation-category\",\"code\":\"laboratory\"}}]}}],\"code\":{{\"coding\":[{{\"system\":\
         \"http://loinc.org\",\"code\":\"2345-7\",\"display\":\"Glucose\"}}],\"text\":\"Glucose\"}},\"subject\":{{\"reference\":\"Patient/p{}\"}},\
         \"effectiveDateTime\":\"2024-03-01T08:{:02}:00-05:00\",\"issued\":\"2024-03-01T12:00:00-05:00\",\"valueQuantity\":{{\"value\":{value}.5,\
         \"unit\":\"mg/dL\",\"system\":\"http://unitsofmeasure.org\",\"code\":\"mg/dL\"}}}}\n",
        number / 20,
        number % 60,
    )
}
