use super::*;
use std::collections::{BTreeMap, BTreeSet};

/// A generated export in a folder of its own, removed at the end.
struct Export {
    folder: PathBuf,
    generated: Generated,
}

impl Export {
    fn new(name: &str, options: GenerateOptions) -> Self {
        let folder = std::env::temp_dir().join(format!("chartlift-generate-{}-{name}", std::process::id()));
        let export = folder.join("oakfield");
        let generated = generate(&export, &options, &mut |_| {}).expect("a folder that can be written");
        Self { folder, generated }
    }

    /// The records of a table of the export (or, with `truth` in front, of the truth), header first.
    fn table(&self, file: &str) -> Vec<Vec<String>> {
        let folder = if file.starts_with(char::is_uppercase) { "oakfield" } else { "oakfield-truth" };
        records(&fs::read(self.folder.join(folder).join(file)).expect("a table"))
    }

    /// Every file, relative to the folder, with its bytes.
    fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let mut files = BTreeMap::new();
        let mut folders = vec![self.folder.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
                if entry.is_dir() {
                    folders.push(entry);
                } else {
                    let name = entry.strip_prefix(&self.folder).expect("below the folder").to_string_lossy();
                    files.insert(name.replace('\\', "/"), fs::read(&entry).expect("a file"));
                }
            }
        }
        files
    }

    fn hash(&self) -> u64 {
        // FNV-1a, over names and contents with their lengths.
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        let mut add = |bytes: &[u8]| {
            for byte in (bytes.len() as u64).to_le_bytes().iter().chain(bytes) {
                hash = (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3);
            }
        };
        for (name, content) in self.files() {
            add(name.as_bytes());
            add(&content);
        }
        hash
    }
}

impl Drop for Export {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Reads a table with code of its own; bytes above ASCII become the Latin-1 characters of their number.
fn records(bytes: &[u8]) -> Vec<Vec<String>> {
    let (mut records, mut record, mut cell, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut position = 0;
    while position < bytes.len() {
        match bytes[position] {
            b'"' if quoted && bytes.get(position + 1) == Some(&b'"') => {
                cell.push('"');
                position += 1;
            }
            b'"' => quoted = !quoted,
            b',' if !quoted => record.push(std::mem::take(&mut cell)),
            b'\r' if !quoted => {}
            b'\n' if !quoted => {
                record.push(std::mem::take(&mut cell));
                records.push(std::mem::take(&mut record));
            }
            byte => cell.push(char::from(byte)),
        }
        position += 1;
    }
    assert!(!quoted && record.is_empty() && cell.is_empty(), "the last record has its end");
    records
}

fn sample(name: &str) -> Export {
    Export::new(name, GenerateOptions::default())
}

#[test]
fn the_same_options_give_the_same_bytes_for_ever() {
    let export = sample("same");
    assert_eq!(export.hash(), sample("same-again").hash());
    // The sample in the repository and its truth are made of these bytes: a change here is a change of the sample.
    assert_eq!(export.hash(), PINNED, "{:#x}", export.hash());
}

const PINNED: u64 = 0x79ca_2dab_c147_50dd;

#[test]
fn another_seed_gives_another_practice() {
    let other = Export::new("other", GenerateOptions { seed: 2, ..GenerateOptions::default() });
    let one = sample("one");
    assert_ne!(one.table("PATIENTS.CSV")[1..40], other.table("PATIENTS.CSV")[1..40]);
}

#[test]
fn a_larger_practice_begins_like_a_smaller_one() {
    let small = sample("small");
    let large = Export::new("large", GenerateOptions { patients: 400, ..GenerateOptions::default() });
    let large = large.files();
    for (name, content) in small.files() {
        if name.ends_with(".CSV") {
            assert!(large[&name].starts_with(&content), "{name}");
        }
    }
}

#[test]
fn every_patient_stands_alone_so_that_memory_does_not_grow() {
    let mut in_order = Population::new(9);
    let people: Vec<_> = (0..64).map(|number| in_order.registration(number).person.birth).collect();
    let mut backwards = Population::new(9);
    for number in (0..64).rev() {
        assert_eq!(backwards.registration(number).person.birth, people[number as usize]);
    }
}

#[test]
fn the_counts_are_those_of_the_files() {
    let export = sample("counts");
    let counts = export.table("counts.csv");
    assert_eq!(counts.len() - 1, export.generated.files.len());
    for row in &counts[1..] {
        let number = |column: usize| row[column].parse::<u64>().expect("a number");
        let table = export.table(&row[0]);
        assert_eq!(number(1), table.len() as u64 - 1, "{}", row[0]);
        assert_eq!(number(1), (2..=5).map(number).sum::<u64>(), "{}", row[0]);
        assert!(export.generated.files.contains(&(row[0].clone(), number(1))));
    }
    let size: usize =
        export.files().iter().filter(|(name, _)| name.starts_with("oakfield/")).map(|(_, b)| b.len()).sum();
    assert_eq!(export.generated.bytes, size as u64);
    assert!(size < 1_000_000, "the sample stays small: {size}");
    let quarantined: u64 = counts[1..].iter().map(|row| row[4].parse::<u64>().expect("a number")).sum();
    let reasons = ["orphan", "key_conflict", "row_ragged", "row_empty", "required_missing"];
    let planted = export.table("errors.csv");
    let planted = planted.iter().filter(|row| reasons.contains(&row[3].as_str()) || row[2] == "fact_of_reused_number");
    assert_eq!(quarantined, planted.count() as u64);
}

#[test]
fn keys_are_given_once_but_where_planted() {
    let export = Export::new("keys", GenerateOptions { patients: 600, seed: 5, richness: Richness::Full });
    let planted: BTreeSet<(String, String)> =
        export.table("errors.csv").into_iter().map(|row| (row[0].clone(), row[1].clone())).collect();
    for (file, _) in &export.generated.files {
        let mut seen = BTreeSet::new();
        for (row, record) in export.table(file).into_iter().enumerate().skip(1) {
            let is_new = record[0].is_empty() || seen.insert(record[0].clone());
            assert!(is_new || planted.contains(&(file.clone(), row.to_string())), "{file} {row}");
        }
    }
}

#[test]
fn who_is_who_covers_every_patient_record() {
    let export = sample("who");
    let patients = export.table("PATIENTS.CSV");
    let truth = export.table("patients.csv");
    assert_eq!(truth.len(), patients.len());
    for (row, entry) in truth.iter().enumerate().skip(1) {
        assert_eq!(entry[1], row.to_string());
        assert_eq!(entry[0], patients[row][0]);
    }
    let kinds: BTreeSet<&str> = truth.iter().skip(1).map(|entry| entry[3].as_str()).collect();
    for kind in [
        "single",
        "household",
        "twin",
        "senior",
        "junior",
        "nickname",
        "swapped_birth_date",
        "typo",
        "married_name",
        "moved",
        "registered_again",
        "number_reused",
        "repeat",
    ] {
        assert!(kinds.contains(kind), "{kind}");
    }
    let second = truth.iter().skip(1).filter(|entry| entry[2] != format!("P{}", entry[0])).count();
    assert!((10..=25).contains(&second), "about six in a hundred have a second number: {second}");
}

/// What is wrong with a planted record, seen with the eyes of a reader.
fn is_there(kind: &str, cell: &str, record: &[String], width: usize) -> bool {
    match kind {
        "birth_year_only" => cell.len() == 4,
        "birth_month_only" | "partial_onset" => cell.len() == 7 && cell.contains('/'),
        "birth_31_february" => cell.starts_with("02/31/"),
        "birth_in_future" => cell.ends_with("/2091"),
        "birth_sentinel" => cell == "0000-00-00",
        "sex_in_birth_column" => cell == "F" || cell == "M" || cell.contains('/'),
        "death_before_birth" => cell[6..] < record[7][6..],
        "row_cut_short" => record.len() < width,
        "row_too_long" => record.len() > width,
        "row_of_commas" => record.len() == width && record.iter().all(String::is_empty),
        "phone_in_zip" => cell.starts_with('('),
        "sentinel_words" | "noughts_for_nothing" => ["UNK", "n/a", "0"].contains(&cell),
        "dummy_ssn" => cell == "999-99-9999",
        "shared_ssn" => cell.starts_with("998-"),
        "dummy_phone" => cell == "555-5555",
        "practice_phone" => cell == "(592) 555-0100",
        "markup_in_contact" => cell.contains("<script>"),
        "formula_in_address" => cell.starts_with("=cmd|"),
        "orphan_visit" | "orphan_lab" => cell.parse::<u64>().is_ok_and(|number| number < FIRST_PATIENT_NUMBER),
        "patient_number_missing" => cell.is_empty(),
        "visit_ends_before_start" => cell < record[4].as_str(),
        "unknown_staff" => cell == "S99",
        "collected_31_february" => cell == "31-Feb-2023",
        "local_lab_code" => cell == "SEDX",
        "local_problem_code" => cell == "TATT",
        "local_procedure_code" => cell.starts_with("OP-"),
        "result_below_limit" => cell == "<5",
        "result_negative" => cell == "negative",
        "problem_refuted" => cell == "Q",
        "problem_entered_in_error" | "allergy_entered_in_error" => cell == "X",
        "none_known_typed_as_drug" => cell == "NKDA" && record[6] == "D",
        "allergy_refuted" => cell == "F",
        "allergy_resolved" => cell == "R",
        "quantity_in_words" => cell == "one bottle",
        "policy_ends_before_start" => cell[6..] < record[10][6..],
        "document_outside" => cell.contains("etc") && (cell.starts_with('/') || cell.starts_with("..")),
        "document_missing" => cell.ends_with(".PDF"),
        "note_with_quotes_and_formula" => cell.contains("\r\n") && cell.contains('"') && record[6].starts_with('='),
        "booked_month_first" => cell[3..5] > *"12",
        "booked_day_first" => cell[..2] > *"12",
        "booked_either_way" => cell[..2] <= *"12" && cell[3..5] <= *"12" && cell[..2] != cell[3..5],
        // These are told by the records around them, below.
        "exact_repeat" | "exact_repeat_follows" | "number_reused" | "number_reused_later" | "key_conflict" => true,
        "fact_of_rejected_patient" | "fact_of_reused_number" => true,
        _ => false,
    }
}

#[test]
fn what_was_planted_is_there() {
    let export = sample("planted");
    let errors = export.table("errors.csv");
    let kinds: BTreeSet<&str> = errors.iter().skip(1).map(|error| error[2].as_str()).collect();
    for kind in dirt::PatientFault::ALL.iter().map(|fault| fault.word()) {
        assert!(kinds.contains(kind), "{kind}");
    }
    for fault in dirt::FactFault::ALL.iter().filter(|fault| fault.leaves_a_mark()) {
        assert!(kinds.contains(fault.word()), "{}", fault.word());
    }
    for error in &errors[1..] {
        let (file, kind) = (error[0].as_str(), error[2].as_str());
        let row: usize = error[1].parse().expect("a row number");
        let table = export.table(file);
        let (header, record) = (&table[0], &table[row]);
        let column = header.iter().position(|column| *column == error[4]);
        assert!(column.is_some() || error[4].is_empty(), "{file} has {}", error[4]);
        let cell = column.and_then(|column| record.get(column)).map_or("", String::as_str);
        assert!(is_there(kind, cell, record, header.len()), "{kind} at {file} {row}");
        match kind {
            "exact_repeat" => assert_eq!(table[row - 1], *record),
            "exact_repeat_follows" => assert_eq!(table[row + 1], *record),
            "number_reused" | "key_conflict" => {
                assert_eq!(table[row - 1][0], record[0]);
                assert_ne!(table[row - 1], *record);
            }
            "number_reused_later" => assert_eq!(table[row + 1][0], record[0]),
            "fact_of_rejected_patient" | "fact_of_reused_number" => {
                assert_eq!(table.iter().filter(|other| other[1] == record[1]).count(), 1, "the only fact");
            }
            _ => {}
        }
    }
}

#[test]
fn codes_of_issues_are_words_that_the_program_has() {
    let export = sample("codes");
    let known = [
        "none",
        "duplicate",
        "code_unmapped",
        "date_ambiguous",
        "date_in_future",
        "date_invalid",
        "death_before_birth",
        "document_missing",
        "document_outside",
        "identifier_shared",
        "key_conflict",
        "orphan",
        "period_reversed",
        "quantity_invalid",
        "reference_invalid",
        "required_missing",
        "row_empty",
        "row_ragged",
        "value_rejected",
    ];
    let expected: BTreeSet<String> = export.table("errors.csv").into_iter().skip(1).map(|row| row[3].clone()).collect();
    assert_eq!(expected, known.map(str::to_owned).into());
}

#[test]
fn a_full_practice_has_about_a_hundred_records_a_patient() {
    let export = Export::new("full", GenerateOptions { patients: 500, richness: Richness::Full, seed: 1 });
    let per_patient = export.generated.rows() / 500;
    assert!((95..=105).contains(&per_patient), "{per_patient}");
}

#[test]
fn very_small_practices_are_written_too() {
    for patients in [0, 1, 15, 16, 17] {
        let options = GenerateOptions { patients, ..GenerateOptions::default() };
        let export = Export::new(&format!("small-{patients}"), options);
        let first = export.generated.files.iter().find(|(name, _)| name == "PATIENTS.CSV").expect("patients");
        assert!(first.1 >= patients, "{patients}");
    }
}

#[test]
fn a_folder_that_holds_something_is_left_alone() {
    let export = sample("twice");
    let before = export.hash();
    let folder = export.folder.join("oakfield");
    let error = generate(&folder, &GenerateOptions::default(), &mut |_| {}).expect_err("the folder is not empty");
    assert!(matches!(&error, GenerateError::NotEmpty { path } if *path == folder), "{error}");
    assert_eq!(export.hash(), before);
}

#[test]
fn a_path_that_is_a_file_is_an_error_with_the_path() {
    let path = std::env::temp_dir().join(format!("chartlift-generate-{}-file", std::process::id()));
    fs::write(&path, "in the way").expect("a file");
    let error = generate(&path, &GenerateOptions::default(), &mut |_| {}).expect_err("a file is no folder");
    fs::remove_file(&path).expect("removed");
    assert!(matches!(&error, GenerateError::Io { path: named, .. } if *named == path), "{error}");
}
