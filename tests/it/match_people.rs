//! `chartlift match`: a file of people in, clusters and pairs out; every kind of bad input; known answers.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;

use crate::support::{Folder, Output, chartlift};

fn matched(folder: &Folder, file: &str, more: &[&str]) -> Output {
    let (file, out) = (folder.arg(file), folder.arg("out"));
    chartlift(&[&["match", &file, "--out", &out, "--as-of", "2026-01-01"], more].concat())
}

fn table(path: &Path) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(path).expect("a table");
    let header = reader.headers().expect("a header").clone();
    let rows = reader.records().map(|row| row.expect("a row"));
    rows.map(|row| header.iter().map(str::to_owned).zip(row.iter().map(str::to_owned)).collect()).collect()
}

/// The cluster of each row.
fn clusters(folder: &Folder) -> Vec<String> {
    let rows = table(&folder.path().join("out/clusters.csv"));
    assert!(rows.iter().enumerate().all(|(at, row)| row["row"] == at.to_string()));
    rows.into_iter().map(|row| row["cluster"].clone()).collect()
}

#[test]
fn a_file_of_people_needs_no_configuration() {
    let folder = Folder::new();
    folder.write(
        "people.csv",
        "id;Last Name;First Name;DOB;Sex;Home Phone;Street;City;ZIP\n\
         a;Quimby;Robert;04/09/1961;M;978-234-5678;14 Elm Street;Salem;01970\n\
         b;Petrova;Olga;08/17/1978;F;617-300-4000;9 Oak Ave;Lynn;01905\n\
         c;Quimby;Bob;04/09/1961;M;978-234-5678;14 Elm St;Salem;1970\n\
         d;Quimby;Helen;01/30/1963;F;978-234-5678;14 Elm Street;Salem;01970\n",
    );
    let output = matched(&folder, "people.csv", &[]);
    assert_eq!(output.code, 0, "{}", output.stderr);
    assert!(output.stdout.contains("4 rows are 3 people; 1 pairs joined, 0 to review"), "{}", output.stdout);
    assert!(output.stdout.contains("not used: id"), "{}", output.stdout);
    assert_eq!(clusters(&folder), ["0", "1", "0", "3"]);
    let pairs = table(&folder.path().join("out/pairs.csv"));
    assert_eq!((&*pairs[0]["row_l"], &*pairs[0]["row_r"], &*pairs[0]["decision"]), ("0", "2", "match"));
    assert_eq!(pairs[0]["given_name"], "forms of one name");
    // The evidence and the prior are the weight.
    let evidence: f64 = pairs[0]
        .iter()
        .filter(|(name, _)| name.ends_with("_weight") && **name != "match_weight")
        .map(|(_, bits)| bits.parse().unwrap_or(0.0))
        .sum();
    let weight: f64 = pairs[0]["match_weight"].parse().expect("a number");
    assert!((weight - evidence - (1e-5_f64 / (1.0 - 1e-5)).log2()).abs() < 0.01);
    #[cfg(unix)]
    for file in ["clusters.csv", "pairs.csv", "model.json"] {
        let mode = std::os::unix::fs::MetadataExt::mode(
            &std::fs::metadata(folder.path().join("out").join(file)).expect("a file"),
        );
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    let explained = matched(&folder, "people.csv", &["--explain", "0", "3"]);
    insta::assert_snapshot!("explain", explained.stdout);
    let all = matched(&folder, "people.csv", &["--all-pairs", "--json"]);
    let account: serde_json::Value = serde_json::from_str(&all.stdout).expect("JSON");
    let pairs = table(&folder.path().join("out/pairs.csv"));
    assert_eq!(account["pairs"]["compared"], pairs.len());
    assert!(pairs.iter().any(|pair| pair["decision"] == "non_match"));
    for value in ["Quimby", "Petrova", "978-234"] {
        assert!(!all.stdout.contains(value) && !all.stderr.contains(value), "{value} is nobody's business here");
    }
}

#[test]
fn bad_input_is_told_what_to_do() {
    let folder = Folder::new();
    folder.write("empty.csv", "");
    folder.write("header.csv", "given_name,surname,dob\n");
    folder.write("unknown.csv", "aa,bb\n1,2\n");
    folder.write("half.csv", "surname,colour\nQuimby,red\n");
    folder.write("twice.csv", "surname,dob,dob\nQuimby,1961-04-09,1961-04-09\n");
    folder.write("model.json", "{}");
    let cases: [(&str, &[&str], i32, &str, &str); 11] = [
        ("empty.csv", &[], 1, "has no row of a person", "a header"),
        ("header.csv", &[], 1, "has no row of a person", "one registration in each row"),
        ("unknown.csv", &[], 1, "no column was recognised", "--columns given_name=FIRST"),
        ("half.csv", &[], 1, "only `surname` as family_name was recognised", "date_of_birth"),
        ("twice.csv", &[], 1, "the header names `dob` more than once", "different names"),
        ("half.csv", &["--columns", "dob=born"], 1, "there is no column `born`", "say what columns hold"),
        ("half.csv", &["--columns", "shoe_size=colour"], 1, "`shoe_size` is no role of a column", "given_name"),
        ("half.csv", &["--columns", "colour"], 2, "--columns takes ROLE=COLUMN", "for example"),
        ("half.csv", &["--columns", "dob=colour,given_name=colour"], 1, "`colour` is said twice", "--columns"),
        ("half.csv", &["--threads", "9999"], 2, "--threads is at most", ""),
        ("missing.csv", &[], 1, "cannot be read", ""),
    ];
    for (file, more, code, what, hint) in cases {
        let output = matched(&folder, file, more);
        assert_eq!(output.code, code, "{file}: {}", output.stderr);
        assert!(output.stderr.contains(what) && output.stderr.contains(hint), "{file}: {}", output.stderr);
        assert!(!output.stderr.contains("Quimby"), "{file}: {}", output.stderr);
        assert!(!folder.path().join("out").exists(), "{file} leaves nothing behind");
    }
    let model = folder.arg("model.json");
    folder.write("in/pairs.csv", "surname,dob\nQuimby,1961-04-09\n");
    let (file, out) = (folder.arg("in/pairs.csv"), folder.arg("in"));
    let output = chartlift(&["match", &file, "--out", &out]);
    assert!(output.code == 2 && output.stderr.contains("would be written over"), "{}", output.stderr);
    folder.write("one.csv", "surname,given_name,dob\nQuimby,Robert,1961-04-09\n");
    let output = matched(&folder, "one.csv", &["--model", &model]);
    assert!(output.code == 1 && output.stderr.contains("is no model"), "{}", output.stderr);
    let output = matched(&folder, "one.csv", &["--explain", "0", "7"]);
    assert!(output.code == 1 && output.stderr.contains("there is no row 7"), "{}", output.stderr);
    let output = matched(&folder, "one.csv", &[]);
    assert!(output.code == 0 && output.stdout.contains("1 rows are 1 people"), "{}{}", output.stdout, output.stderr);
}

#[test]
fn odd_cells_and_rows_alike_do_no_harm() {
    let folder = Folder::new();
    let mut bytes = b"surname,given_name,dob,ssn\n".to_vec();
    bytes.extend(b"M\xfcller,J\xfcrgen,1961-04-09,219-45-6781\nM\xc3\xbcller,J\xc3\xbcrgen,1961-04-09,219-45-6781\n");
    bytes.extend("Q".repeat(1 << 20).bytes());
    bytes.extend(b",A,1950-01-02\nQuimby,Ann,1950-01-02,,,\n");
    for _ in 0..100_000 {
        bytes.extend(b"UNKNOWN,BABY BOY,1900-01-01,999-99-9999\n");
    }
    folder.write("people.csv", bytes);
    let output = matched(&folder, "people.csv", &[]);
    assert_eq!(output.code, 0, "{}", output.stderr);
    let clusters = clusters(&folder);
    assert_eq!(clusters[0], clusters[1], "two encodings of one name");
    assert_eq!(clusters.iter().collect::<BTreeSet<_>>().len(), 100_003, "dummies are nobody");
    assert!(output.stdout.contains("note: 1 rows have more or fewer cells"), "{}", output.stdout);
}

/// Steele, Lea and Flood 2014.
fn splitmix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The generated practice's people with their truth, in an order of the caller's.
fn practice(folder: &Folder, seed: u64, shuffle: bool) -> Vec<String> {
    let source = folder.path().join(format!("practice{seed}"));
    if !source.exists() {
        let (path, seed) = (source.display().to_string(), seed.to_string());
        let made = chartlift(&["generate", &path, "--patients", "3000", "--seed", &seed, "--richness", "sample"]);
        assert_eq!(made.code, 0, "{}", made.stderr);
    }
    let people = std::fs::read(source.join("PATIENTS.CSV")).expect("people");
    let people: String = people.iter().map(|byte| *byte as char).collect();
    let truth = table(&folder.path().join(format!("practice{seed}-truth/patients.csv")));
    let mut lines = people.lines();
    let header = lines.next().expect("a header");
    let mut rows: Vec<(&str, String)> = lines.zip(truth.into_iter().map(|row| row["person"].clone())).collect();
    if shuffle {
        let mut state = seed;
        for at in (1..rows.len()).rev() {
            rows.swap(at, (splitmix(&mut state) % (at as u64 + 1)) as usize);
        }
    }
    let mut text = format!("{header}\n");
    rows.iter().for_each(|(line, _)| writeln!(text, "{line}").expect("text"));
    folder.write("people.csv", text.chars().map(|c| c as u8).collect::<Vec<_>>());
    rows.into_iter().map(|(_, person)| person).collect()
}

/// How many pairs of rows are rightly, wrongly and not joined. People to whom a used number was given (`R...`) all bear one
/// invented name and birth date, and are left out.
fn score(persons: &[String], clusters: &[String]) -> (usize, usize, usize) {
    let pairs = |groups: &[String]| -> BTreeSet<(usize, usize)> {
        let mut of: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        let counted = groups.iter().enumerate().filter(|(row, _)| !persons[*row].starts_with('R'));
        counted.for_each(|(row, group)| of.entry(group).or_default().push(row));
        of.values()
            .flat_map(|rows| rows.iter().flat_map(|a| rows.iter().map(move |b| (*a, *b))))
            .filter(|(a, b)| a < b)
            .collect()
    };
    let (true_pairs, found) = (pairs(persons), pairs(clusters));
    let right = true_pairs.intersection(&found).count();
    (right, found.len() - right, true_pairs.len() - right)
}

#[test]
fn known_answers_are_found_and_nobody_is_joined_wrongly() {
    let folder = Folder::new();
    for seed in [1, 5] {
        let persons = practice(&folder, seed, false);
        let output = matched(&folder, "people.csv", &[]);
        assert_eq!(output.code, 0, "{}", output.stderr);
        let (right, wrong, missed) = score(&persons, &clusters(&folder));
        assert_eq!(wrong, 0, "seed {seed}");
        let recall = right as f64 / (right + missed) as f64;
        assert!(recall >= 0.85, "seed {seed}: {right} of {} pairs found", right + missed);
    }
}

#[test]
fn the_order_of_rows_and_the_number_of_threads_change_nothing() {
    let folder = Folder::new();
    let persons = practice(&folder, 3, false);
    let output = matched(&folder, "people.csv", &["--threads", "1"]);
    assert_eq!(output.code, 0, "{}", output.stderr);
    let read = |name: &str| std::fs::read_to_string(folder.path().join("out").join(name)).expect("a file");
    let (expected, model) = (score(&persons, &clusters(&folder)), read("model.json"));
    let pairs = read("pairs.csv");
    let output = matched(&folder, "people.csv", &["--threads", "5"]);
    assert_eq!((output.code, read("pairs.csv") == pairs), (0, true), "{}", output.stderr);
    let persons = practice(&folder, 3, true);
    let output = matched(&folder, "people.csv", &[]);
    assert_eq!(output.code, 0, "{}", output.stderr);
    assert_eq!((score(&persons, &clusters(&folder)), read("model.json") == model), (expected, true));
    // Its own model gives the same again.
    let model = folder.write("kept.json", read("model.json")).display().to_string();
    let again = read("pairs.csv");
    let output = matched(&folder, "people.csv", &["--model", &model]);
    assert_eq!((output.code, read("pairs.csv") == again), (0, true), "{}", output.stderr);
}

/// Nobody here lives with a relative but some twins and a father and his son: the set proves nothing about those.
#[test]
fn lonely_people_are_no_proof_against_twins() {
    const GIVEN: [&str; 8] = ["Anna", "Bruno", "Carla", "David", "Elena", "Felix", "Greta", "Hugo"];
    let folder = Folder::new();
    let mut state = 11;
    let mut text = String::from("given_name,family_name,date_of_birth,address_1,city,zip,phone\n");
    let mut row = |given: &str, family: &str, born: &str, home: usize| {
        writeln!(
            text,
            "{given},{family},{born},{} Elm Street {home},Town{},{:05},617-{:03}-{home:04}",
            home + 1,
            home % 9,
            10_000 + home,
            home % 700 + 200
        )
        .expect("text");
    };
    let letters =
        |number: u64| -> String { (0..4).map(|at| char::from(b'a' + (number >> (4 * at) & 15) as u8)).collect() };
    let mut people = Vec::new();
    for home in 0..900 {
        let (number, given) = (splitmix(&mut state), GIVEN[home % 8]);
        let family = format!("K{}son", letters(number));
        let born = format!("19{}-{:02}-{:02}", 40 + number % 60, 1 + number / 64 % 12, 1 + number / 1024 % 28);
        row(given, &family, &born, home);
        if home % 6 == 0 {
            // Again, with a slip in the family name.
            row(given, &family.replacen('s', "z", 1), &born, home);
        }
        people.push((family, born));
    }
    let single = 900 + 150;
    for (number, (family, born)) in people.iter().enumerate().take(25) {
        row(GIVEN[number % 8], &format!("{family}berg"), born, 2_000 + number);
        row(GIVEN[(number + 3) % 8], &format!("{family}berg"), born, 2_000 + number);
    }
    row("Ottokar", "Quimby", "1955-03-04", 3_000);
    row("Ottokar", "Quimby", "1985-06-17", 3_000);
    folder.write("people.csv", text);
    let output = matched(&folder, "people.csv", &[]);
    assert_eq!(output.code, 0, "{}", output.stderr);
    let clusters = clusters(&folder);
    assert!(clusters[..single].iter().collect::<BTreeSet<_>>().len() < 920, "the duplicates are found");
    for pair in clusters[single..].chunks(2) {
        assert_ne!(pair[0], pair[1], "two of one home");
    }
}

/// FEBRL's labelled people without their social security numbers, where `tests/run` could get them.
#[test]
fn known_answers_of_febrl_are_found() {
    let Ok(febrl) = std::env::var("CHARTLIFT_FEBRL") else {
        eprintln!("NOT RUN: CHARTLIFT_FEBRL names no folder with FEBRL's people");
        return;
    };
    let folder = Folder::new();
    for (files, least) in [(&["dataset3.csv"][..], 0.98), (&["dataset4a.csv", "dataset4b.csv"], 0.992)] {
        let mut writer = csv::Writer::from_path(folder.path().join("people.csv")).expect("a file");
        let mut persons = Vec::new();
        for (number, file) in files.iter().enumerate() {
            let path = Path::new(&febrl).join(file);
            let mut reader =
                csv::ReaderBuilder::new().trim(csv::Trim::All).has_headers(false).from_path(path).expect("a table");
            for row in reader.records().skip(number) {
                let row = row.expect("a row");
                writer.write_record(row.iter().skip(1).take(row.len() - 2)).expect("a row");
                if &row[0] != "rec_id" {
                    persons.push(row[0].split('-').nth(1).expect("a number").to_owned());
                }
            }
        }
        writer.flush().expect("a file");
        let output = matched(&folder, "people.csv", &[]);
        assert_eq!(output.code, 0, "{}", output.stderr);
        let (right, wrong, missed) = score(&persons, &clusters(&folder));
        let f1 = 2.0 * right as f64 / (2 * right + wrong + missed) as f64;
        assert!(wrong == 0 && f1 >= least, "{files:?}: {wrong} wrong, F1 {f1:.4}");
    }
}

/// Columns with commas in their names, sex as digits, a name that elsewhere stands for none, and all of it through a pipe.
#[test]
fn unusual_files_are_read_as_they_are_meant() {
    let folder = Folder::new();
    let file = folder.write(
        "people.csv",
        "\"Name, First\",\"Name, Last\",sex,dob\nJin,Na,1,1980-01-02\nJin,Na,1,1980-01-02\nJin,Na,2,1980-01-02\n",
    );
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_chartlift"))
        .args(["match", "/dev/stdin", "--columns", "given_name=Name, First,family_name=Name, Last", "--out"])
        .arg(folder.path().join("out"))
        .args(["--explain", "0", "2"])
        .stdin(piped(&file))
        .output()
        .expect("the program starts");
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let says = |comparison: &str, level: &str| {
        told.lines()
            .any(|line| line.starts_with(comparison) && line[comparison.len()..].trim_start().starts_with(level))
    };
    assert!(says("family name", "exact") && says("sex", "conflict"), "{told}");
}

/// What a pipe gives: it can be read once.
fn piped(file: &Path) -> std::process::Stdio {
    let cat = std::process::Command::new("cat").arg(file).stdout(std::process::Stdio::piped()).spawn();
    cat.expect("cat").stdout.take().expect("its output").into()
}
