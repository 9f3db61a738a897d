//! How many values a second one thread reads, as ratios to limits measured in the same run on the same texts:
//!
//! - names, telephone numbers, codes: a scan of their bytes, which any reading must do;
//! - dates: jiff's own reading of a date in ISO's form, and of one by a pattern;
//! - units: the library's check of each, nothing remembered.
//!
//! `VALUES` says how many of each, in millions.

use std::hint::black_box;
use std::time::Instant;

use chartlift::connector::DateOrder;
use chartlift::matching::{family_name, given_names, phone_number};
use chartlift::model::{PartialDate, phone};
use chartlift::normalize::{can_be_code, parse_date, ucum_code};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    // Cargo's test command starts benchmarks too; there is nothing to test here.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let millions: f64 = std::env::var("VALUES").ok().and_then(|text| text.parse().ok()).unwrap_or(2.0);
    let count = (millions * 1e6) as usize;
    let as_of = PartialDate { year: 2026, month: Some(6), day: Some(1) };

    let families: Vec<String> = texts(|n| format!("{}{}", FAMILIES[n % FAMILIES.len()], letters(n)));
    let givens: Vec<String> = texts(|n| format!("{}{}", GIVENS[n % GIVENS.len()], letters(n)));
    let limit = pace("limit: scan of names", count, &families, None, scan);
    pace("family names", count, &families, Some(limit), family_name);
    pace("given names", count, &givens, Some(limit), given_names);

    let iso: Vec<String> = texts(|n| format!("{}-{:02}-{:02}", 1930 + n % 95, 1 + n % 12, 1 + n % 28));
    let limit = pace("limit: jiff, ISO dates", count, &iso, None, |text| text.parse::<jiff::civil::Date>());
    pace("ISO dates", count, &iso, Some(limit), |text| parse_date(text, None, as_of));
    let american: Vec<String> = texts(|n| format!("{}/{}/{}", 1 + n % 12, 1 + n % 28, 1930 + n % 95));
    let by_pattern = |text: &str| jiff::civil::Date::strptime("%m/%d/%Y", text);
    let limit = pace("limit: jiff, US dates by a pattern", count, &american, None, by_pattern);
    let month_first = Some(DateOrder::MonthDay);
    pace("US dates", count, &american, Some(limit), |text| parse_date(text, month_first, as_of));

    let phones: Vec<String> = texts(|n| format!("({}) 555-{:04}", 201 + n % 700, n % 10_000));
    let limit = pace("limit: scan of telephone numbers", count, &phones, None, scan);
    pace("telephone numbers, digits", count, &phones, Some(limit), phone_number);
    pace("telephone numbers, E.164", count, &phones, Some(limit), phone::e164);

    let codes: Vec<(&str, String)> =
        texts(|n| CODES[n % CODES.len()]).into_iter().map(|(s, c)| (s, c.into())).collect();
    let only: Vec<String> = codes.iter().map(|(_, code)| code.clone()).collect();
    let limit = pace("limit: scan of codes", count, &only, None, scan);
    let began = Instant::now();
    for (system, code) in codes.iter().cycle().take(count) {
        black_box(can_be_code(black_box(system), black_box(code)));
    }
    line("codes held to their form", count as f64 / began.elapsed().as_secs_f64(), Some(limit));

    let units: Vec<String> = texts(|n| UNITS[n % UNITS.len()].to_owned());
    let limit = pace("limit: the library's check", count / 10, &units, None, octofhir_ucum::validate);
    pace("units to UCUM", count, &units, Some(limit), ucum_code);
}

/// Texts that fit a processor's cache, so that memory is not what is measured.
fn texts<T>(text: impl Fn(usize) -> T) -> Vec<T> {
    (0..4096).map(text).collect()
}

/// Values a second, in one thread.
fn pace<T>(what: &str, count: usize, texts: &[String], limit: Option<f64>, read: impl Fn(&str) -> T) -> f64 {
    let began = Instant::now();
    for text in texts.iter().cycle().take(count) {
        black_box(read(black_box(text)));
    }
    let pace = count as f64 / began.elapsed().as_secs_f64();
    line(what, pace, limit);
    pace
}

fn line(what: &str, pace: f64, limit: Option<f64>) {
    let ratio = limit.map(|limit| format!("{:7.2} x limit", limit / pace)).unwrap_or_default();
    println!("{what:36} {:8.2} M/s {ratio}", pace / 1e6);
}

fn scan(text: &str) -> u32 {
    text.bytes().map(u32::from).sum()
}

fn letters(n: usize) -> String {
    [n / 26 % 26, n % 26].map(|n| char::from(b'a' + n as u8)).iter().collect()
}

const FAMILIES: [&str; 8] =
    ["Larkspur", "SEDGE", "O'Tamarind", "Van der Bramble", "Fennel-Sage", "Núñez", "de la Rue", "Meadow"];
const GIVENS: [&str; 6] = ["Nora", "NOAH", "Iris May", "Otto J.", "Zoë", "Mary-Ann"];
const CODES: [(&str, &str); 6] = [
    ("http://loinc.org", "2345-7"),
    ("http://snomed.info/sct", "44054006"),
    ("http://hl7.org/fhir/sid/icd-10-cm", "E11.9"),
    ("http://www.nlm.nih.gov/research/umls/rxnorm", "860975"),
    ("http://hl7.org/fhir/sid/cvx", "140"),
    ("http://hl7.org/fhir/sid/ndc", "0002-1433-80"),
];
const UNITS: [&str; 8] = ["mg/dL", "mm[Hg]", "K/uL", "%", "/min", "mL/min/1.73m2", "lb", "mmol/L"];
