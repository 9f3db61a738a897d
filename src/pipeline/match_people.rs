//! `chartlift match`: the people of one file, without a store.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::{Event, Listener, PipelineError};
use crate::extract::{
    ExtractError, Header, Record, RecordBatch, RecordReader, SourcePlace, SourceTree, TextLayout, cell_text,
    holds_tables,
};
use crate::matching::{
    Candidates, ColumnsError, Decided, Demographics, Frequencies, Linkage, MIN_PEOPLE, Model, PeopleColumns, Person,
    Role, ScoredPair, UNKNOWN_SYSTEM, estimate, is_multiple_birth, link_candidates, non_matches,
};
use crate::model::person_name::parse_name;
use crate::model::text::trimmed;
use crate::model::{ChartId, IssueCode, PartialDate};
use crate::normalize::{Evidence, date_evidence, parse_date};

/// What to match.
pub struct MatchOptions {
    pub file: PathBuf,
    /// Role and column name, as the user said.
    pub columns: Vec<(String, String)>,
    /// The day taken for today: births after it are none.
    pub as_of: PartialDate,
    /// A model to use as it is; without one the set's own is found.
    pub model: Option<Model>,
    /// Whether pairs that are neither match nor review are wanted, too.
    pub all_pairs: bool,
}

/// The people of a file, and who of them is who.
pub struct MatchedPeople {
    pub header: Vec<String>,
    pub columns: PeopleColumns,
    /// In the order of the file: a person's place is the number of its row, from 0.
    pub people: Vec<Person>,
    pub linkage: Linkage,
    /// Where all pairs were wanted.
    pub non_matches: Vec<ScoredPair>,
    pub model: Model,
    /// Rows of which a cell is missing or one too many.
    pub ragged: u64,
}

const BATCH_RECORDS: usize = 4096;
const BATCH_BYTES: usize = 4 << 20;
const BATCHES_AT_ONCE: usize = 4;

/// Reads a file of people and links them.
pub fn match_people(options: &MatchOptions, listener: &dyn Listener) -> Result<MatchedPeople, PipelineError> {
    let file = options.file.display().to_string();
    // What is no file on a disk can be read but once.
    let spooled = spooled(&options.file)?;
    let path = spooled.as_ref().map_or(options.file.as_path(), |spooled| spooled.path());
    listener.event(Event::Stage("reading people"));
    let (_, header) = open(path)?;
    let columns = recognise(&file, &header, &options.columns)?;
    // Most files write dates as ISO does, and are read once.
    let dates = columns.known.iter().find(|(role, _)| *role == Role::BirthDate).map(|(_, column)| *column);
    let mut reading =
        Reading { header: &header, columns: &columns, evidence: Evidence::default(), iso: dates, as_of: options.as_of };
    let (mut people, ragged) = match read(path, &reading, listener)? {
        Some(read) => read,
        None => {
            reading.evidence = date_order(path, &columns, listener)?;
            reading.iso = None;
            read(path, &reading, listener)?.unwrap_or_default()
        }
    };
    if people.is_empty() {
        return Err(PipelineError::NoPeople { file });
    }
    let clock = std::time::Instant::now();
    let seconds = |what: &str| tracing::debug!(seconds = clock.elapsed().as_secs_f64(), "{what}");
    listener.event(Event::Stage("comparing people"));
    let is_given = options.model.is_some();
    let mut model = options.model.clone().unwrap_or_else(Model::shipped);
    if !is_given && people.len() >= MIN_PEOPLE {
        model.frequencies = Frequencies::count(&people);
    }
    people.par_iter_mut().for_each(|person| model.frequencies.note(person));
    seconds("names counted");
    let candidates = Candidates::new(&people);
    seconds("blocked");
    let model = if is_given { model } else { estimate(&candidates, model) };
    seconds("model estimated");
    let linkage = link_candidates(&candidates, &Decided::default(), &model);
    seconds("linked");
    let non_matches = if options.all_pairs { non_matches(&candidates, &model) } else { Vec::new() };
    drop(candidates);
    Ok(MatchedPeople { header: header.columns.clone(), columns, people, linkage, non_matches, model, ragged })
}

/// A copy of what comes through a pipe, for its owner alone; none of what can be read again.
fn spooled(path: &Path) -> Result<Option<tempfile::NamedTempFile>, PipelineError> {
    let is_stream = std::fs::metadata(path).is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir());
    if !is_stream {
        return Ok(None);
    }
    let shown = path.display().to_string();
    let unreadable = |source| PipelineError::Extract(ExtractError::Unreadable { path: shown.clone(), source });
    let mut input = File::open(path).map_err(unreadable)?;
    let mut copy = tempfile::NamedTempFile::new().map_err(PipelineError::Temporary)?;
    std::io::copy(&mut input, &mut copy).map_err(PipelineError::Temporary)?;
    Ok(Some(copy))
}

fn open(path: &Path) -> Result<(RecordReader, Header), PipelineError> {
    let file = path.display().to_string();
    let unreadable = |source| PipelineError::Extract(ExtractError::Unreadable { path: file.clone(), source });
    let input = File::open(path).map_err(unreadable)?;
    if input.metadata().map_err(unreadable)?.is_dir() {
        return Err(unreadable(std::io::ErrorKind::IsADirectory.into()));
    }
    if !holds_tables(&file) {
        return Ok(RecordReader::open(&file, Box::new(input), &TextLayout::default())?);
    }
    // Of a file of several tables, the first.
    let mut tree = SourceTree::open(&SourcePlace::Path(path.to_owned()))?;
    if let Some((_, error)) = tree.open_tables()?.refused.pop() {
        return Err(error.into());
    }
    let first = tree.files.iter().filter(|file| file.is_rows()).min_by_key(|file| file.table_number());
    let first = first.ok_or(PipelineError::NoPeople { file })?;
    Ok(first.read(&first.path, tree.open_file(first)?, &TextLayout::default())?)
}

fn recognise(file: &str, header: &Header, said: &[(String, String)]) -> Result<PeopleColumns, PipelineError> {
    if header.columns.is_empty() {
        return Err(PipelineError::NoPeople { file: file.to_owned() });
    }
    let wrong = |error: ColumnsError| PipelineError::PeopleColumns { file: file.to_owned(), error };
    let columns = PeopleColumns::recognise(&header.columns, said).map_err(wrong)?;
    if columns.suffice() {
        return Ok(columns);
    }
    let known = columns.known.iter().map(|(role, at)| (*role, header.columns[*at].clone())).collect();
    Err(PipelineError::NotPeople { file: file.to_owned(), known })
}

/// What the birth dates of the file prove about the order of day and month.
fn date_order(path: &Path, columns: &PeopleColumns, listener: &dyn Listener) -> Result<Evidence, PipelineError> {
    let mut evidence = Evidence::default();
    let Some((_, column)) = columns.known.iter().find(|(role, _)| *role == Role::BirthDate) else {
        return Ok(evidence);
    };
    let (mut reader, header) = open(path)?;
    while let Some(batch) = reader.next_batch(BATCH_RECORDS, BATCH_BYTES)? {
        check(listener)?;
        for record in batch.records().filter(|record| !is_iso(record.cell(*column))) {
            evidence.add(date_evidence(&cell_text(record.cell(*column), header.fallback).text));
        }
    }
    Ok(evidence)
}

/// A date that can be read one way only, or none.
fn is_iso(cell: &[u8]) -> bool {
    cell.is_empty() || cell.get(4) == Some(&b'-') || cell.iter().all(u8::is_ascii_digit)
}

fn check(listener: &dyn Listener) -> Result<(), PipelineError> {
    if listener.interrupted() { Err(PipelineError::Interrupted) } else { Ok(()) }
}

/// How rows are read.
struct Reading<'a> {
    header: &'a Header,
    columns: &'a PeopleColumns,
    evidence: Evidence,
    /// A column that is taken for dates as ISO writes them, until one is not.
    iso: Option<usize>,
    as_of: PartialDate,
}

/// The people, and how many rows are ragged; nothing where dates are not as they were taken to be.
fn read(
    path: &Path,
    reading: &Reading<'_>,
    listener: &dyn Listener,
) -> Result<Option<(Vec<Person>, u64)>, PipelineError> {
    let (mut reader, _) = open(path)?;
    let mut people = Vec::new();
    let mut ragged = 0;
    let mut systems: HashMap<String, u32> = HashMap::new();
    loop {
        check(listener)?;
        let mut batches = Vec::new();
        while batches.len() < BATCHES_AT_ONCE * rayon::current_num_threads() {
            let Some(batch) = reader.next_batch(BATCH_RECORDS, BATCH_BYTES)? else { break };
            batches.push(batch);
        }
        if batches.is_empty() {
            break;
        }
        let is_other = |batch: &RecordBatch, at: usize| batch.records().any(|record| !is_iso(record.cell(at)));
        if reading.iso.is_some_and(|at| batches.par_iter().any(|batch| is_other(batch, at))) {
            return Ok(None);
        }
        // Systems are numbered as they come, which no comparison looks at.
        let system_column = reading.columns.known.iter().find(|(role, _)| *role == Role::SourceSystem);
        let mut system_of: Vec<Vec<u32>> = Vec::new();
        for batch in &batches {
            let number = |record: Record<'_>| match system_column {
                Some((_, column)) => {
                    let next = systems.len() as u32;
                    let name = cell_text(record.cell(*column), reading.header.fallback).text.into_owned();
                    *systems.entry(name).or_insert(next)
                }
                None => UNKNOWN_SYSTEM,
            };
            system_of.push(batch.records().map(number).collect());
            ragged += batch.records().filter(|record| record.flaw().is_some()).count() as u64;
        }
        let read: Vec<Vec<Person>> =
            batches.par_iter().zip(&system_of).map(|(batch, systems)| people_of(batch, systems, reading)).collect();
        people.extend(read.into_iter().flatten());
        let records = batches.iter().map(|batch| batch.len() as u64).sum();
        listener.event(Event::Progress { records, issues: 0 });
    }
    name_repeats(&mut people);
    distrust_impossible_births(&mut people, reading.as_of);
    Ok(Some((people, ragged)))
}

/// Rows that say the same are told apart by a number: which of them gets which does not matter.
fn name_repeats(people: &mut [Person]) {
    let mut seen: HashMap<ChartId, u32> = HashMap::with_capacity(people.len());
    for person in people {
        let count = seen.entry(person.identity).or_default();
        if *count > 0 {
            person.identity = ChartId::derive(&[person.identity.as_str().as_bytes(), &count.to_le_bytes()]);
        }
        *count += 1;
    }
}

/// More years than anybody lived, and how few of a set may be born before, for it to be a slip and no history.
const LIFETIME: i16 = 125;
const FEW: f64 = 0.005;

/// Nobody is born in the future, and nobody here is Methuselah, unless this is a set of people of long ago.
fn distrust_impossible_births(people: &mut [Person], as_of: PartialDate) {
    let known = people.iter().filter(|person| person.birth_year().is_some()).count();
    let is_old = |person: &Person| person.birth_year().is_some_and(|year| year < as_of.year - LIFETIME);
    let few_old = people.iter().filter(|person| is_old(person)).count() as f64 <= FEW * known as f64;
    for person in people {
        if person.birth_year().is_some_and(|year| year > as_of.year) || (few_old && is_old(person)) {
            person.distrust_birth_date();
        }
    }
}

fn people_of(batch: &RecordBatch, systems: &[u32], reading: &Reading<'_>) -> Vec<Person> {
    batch.records().zip(systems).map(|(record, system)| person(record, *system, reading)).collect()
}

fn person(record: Record<'_>, system: u32, reading: &Reading<'_>) -> Person {
    let cells: Vec<&[u8]> = record.cells().collect();
    let identity = ChartId::derive(&cells);
    let text = |at: usize| -> Cow<'_, str> {
        match cell_text(record.cell(at), reading.header.fallback).text {
            Cow::Borrowed(text) => Cow::Borrowed(trimmed(text)),
            Cow::Owned(text) => Cow::Owned(trimmed(&text).to_owned()),
        }
    };
    let mut texts: Vec<(Role, Cow<'_, str>)> = Vec::with_capacity(reading.columns.known.len() + 4);
    for (role, at) in &reading.columns.known {
        let cell = text(*at);
        if !cell.is_empty() {
            texts.push((*role, cell));
        }
    }
    let get = |wanted: Role| texts.iter().find(|(role, _)| *role == wanted).map(|(_, text)| &**text);
    let whole = get(Role::FullName).and_then(|name| parse_name(name).ok()).unwrap_or_default();
    let mut phones = texts.iter().filter(|(role, _)| *role == Role::Phone).map(|(_, text)| &**text);
    let (phone_home, phone_mobile, phone_work) = (phones.next(), phones.next(), phones.next());
    let birth_date = birth_date(&get, reading);
    let street = match (get(Role::HouseNumber), get(Role::AddressLine1)) {
        (Some(number), Some(line)) if !line.starts_with(number) => Some(format!("{number} {line}")),
        (_, line) => line.map(str::to_owned),
    };
    Person::new(
        identity,
        system,
        &Demographics {
            given_name: get(Role::GivenName).or(whole.given.as_deref()),
            middle_name: get(Role::MiddleName).or(whole.middle.as_deref()),
            family_name: get(Role::FamilyName).or(whole.family.as_deref()),
            name_suffix: get(Role::NameSuffix).or(whole.suffix.as_deref()),
            maiden_name: get(Role::MaidenName),
            birth_date: birth_date.as_deref(),
            birth_order: get(Role::BirthOrder),
            gender: get(Role::Sex),
            ssn: get(Role::Ssn),
            drivers_license: get(Role::DriversLicense),
            passport_number: get(Role::Passport),
            phone_home,
            phone_mobile,
            phone_work,
            email: get(Role::Email),
            address_line1: street.as_deref(),
            address_line2: get(Role::AddressLine2),
            city: get(Role::City),
            state: get(Role::State),
            postal_code: get(Role::PostalCode),
            medical_record_number: get(Role::MedicalRecordNumber),
            health_plan_number: get(Role::HealthPlanNumber),
            multiple_birth: texts
                .iter()
                .filter(|(role, _)| *role == Role::MultipleBirth)
                .map(|(_, text)| &**text)
                .max_by_key(|text| is_multiple_birth(text)),
            alias: get(Role::Alias),
            mother_maiden_name: get(Role::MotherMaidenName),
            guardian_given_name: get(Role::GuardianGivenName),
            guardian_family_name: get(Role::GuardianFamilyName),
            birth_place: get(Role::BirthPlace),
        },
    )
}

/// The birth date as ISO text.
fn birth_date<'a>(get: &impl Fn(Role) -> Option<&'a str>, reading: &Reading<'_>) -> Option<String> {
    if let Some(text) = get(Role::BirthDate) {
        let date = match parse_date(text, reading.evidence.order(), reading.as_of) {
            Ok(date) => Some(date.to_string()),
            // Which is the day and which the month cannot be told; the year can.
            Err(IssueCode::DateAmbiguous) => {
                let year = text.split(|c: char| !c.is_ascii_digit()).find(|digits| digits.len() == 4);
                return year.map(str::to_owned);
            }
            Err(_) => None,
        };
        // No day of a calendar may still be a slip away from one.
        return date.or_else(|| Some(text.to_owned()));
    }
    let part = |role| get(role).and_then(|text| text.parse::<u16>().ok());
    let (month, day) = (part(Role::BirthMonth), part(Role::BirthDay));
    let date = PartialDate::new(part(Role::BirthYear)? as i16, month.map(|m| m as u8), month.and(day).map(|d| d as u8));
    date.map(|date| date.to_string())
}
