//! `inspect` and the connectors it drafts, measured against connectors that people wrote for the same sources.

use chartlift::connector::load_named;
use insta::assert_snapshot;

use crate::draft_score::score;
use crate::support::{Folder, chartlift, repository};

#[test]
fn a_draft_is_mostly_right_and_hardly_wrong() {
    for (source, known) in [
        ("sample-data/oakfield", "oakfield"),
        ("connectors/synthea-csv/fixture", "synthea-csv"),
        ("connectors/smart-sample-patients/fixture", "smart-sample-patients"),
    ] {
        let score = score(&repository(source), known);
        println!("=={source}: {score}");
        // Fixtures are a few rows: what a column holds says less there than in an export.
        let least = if source.starts_with("sample-data") { 0.85 } else { 0.75 };
        assert!(score.right_share() >= least && score.wrong_share() <= 0.02, "{source}: {score}");
    }
}

#[test]
fn real_exports_are_drafted_right() {
    let data = repository("../shared/data");
    if !data.is_dir() {
        eprintln!("NOT RUN: ../shared/data is not there");
        return;
    }
    for (source, known) in [("synthea-27-csv", "synthea-csv"), ("smart-sample-patients", "smart-sample-patients")] {
        let score = score(&data.join(source), known);
        println!("=={source}: {score}");
        assert!(score.right_share() >= 0.85 && score.wrong_share() <= 0.02, "{source}: {score}");
    }
}

#[test]
fn a_draft_runs_as_it_is() {
    let folder = Folder::new();
    let source = repository("sample-data/oakfield").display().to_string();
    let draft = folder.arg("draft");
    let drafted = chartlift(&["inspect", &source, "--draft", &draft]);
    assert_eq!(drafted.code, 0, "{}", drafted.stderr);
    let open =
        drafted.stdout.split(" points are open").next().and_then(|text| text.rsplit(' ').next()).expect("a count");
    let checked = chartlift(&["connectors", "check", &draft]);
    assert_eq!(checked.code, 0, "{}", checked.stdout);
    let notes: Vec<&str> = checked.stdout.lines().filter(|line| line.contains(": open: ")).collect();
    assert_eq!(notes.len().to_string(), open, "{}", checked.stdout);
    let has_line = |note: &&str| note.split(':').nth(2).is_some_and(|line| line.parse::<usize>().is_ok());
    assert!(notes.iter().all(has_line), "{}", checked.stdout);
    let args =
        ["migrate", &source, "--connector", &draft, "--store", &folder.arg("d.db"), "--report", &folder.arg("r")];
    let done = chartlift(&args);
    assert_eq!(done.code, 0, "{}", done.stderr);
    let report = folder.json("r/report.json");
    // Nothing is ignored that nobody gave a reason for, and no day is guessed where a column has both orders.
    let streams = report["streams"].as_array().expect("streams");
    assert!(streams.iter().all(|stream| stream["cells"]["ignored"] == 0), "{report}");
    let issues = report["issues"].as_array().expect("issues");
    assert!(issues.iter().any(|issue| issue["code"] == "date_ambiguous" && issue["column"] == "BOOKED_ON"));
    // A draft never writes over a connector: its code maps learn new codes, and there are none.
    let before = load_named(&draft).expect("a connector").1;
    let again = chartlift(&["inspect", &source, "--draft", &draft]);
    assert!(again.code == 0 && again.stdout.contains(": 0 new codes in 0 of "), "{}{}", again.stdout, again.stderr);
    assert_eq!(load_named(&draft).expect("a connector").1, before);
    let other = chartlift(&["inspect", &source, "--draft", &folder.arg("r")]);
    assert_eq!(other.code, 2, "{}", other.stderr);
}

const PEOPLE: &str = "PATNO,LNAME,FNAME,DOB,SEX,HOME_PH,NOTE\n\
    1,Canarino,Ottavia,1931-07-08,F,617-555-0147,likes tea\n2,Canarino,Bruno,1961-04-09,M,617-555-0148,\n\
    3,Quimby,Zora,1900-01-01,F,,\"sings, loudly\"\n";
const ALLERGIES: &str = "ALGNO,PATNO,ALLERGEN,STATUS\nA1,1,latex,active\nA2,2,nuts,inactive\nA3,3,bees,x1\n";

#[test]
fn a_profile_tells_no_value() {
    let folder = Folder::new();
    folder.write("s/PATIENTS.CSV", PEOPLE);
    folder.write("s/ALLERGIES.CSV", ALLERGIES);
    let (source, page) = (folder.arg("s"), folder.arg("p.html"));
    let text = chartlift(&["inspect", &source, "--html", &page]);
    assert_eq!(text.code, 0, "{}", text.stderr);
    assert_snapshot!(text.stdout);
    let json = chartlift(&["inspect", &source, "--json"]);
    let html = std::fs::read_to_string(&page).expect("a page");
    for said in [&text.stdout, &json.stdout, &html] {
        for value in ["Canarino", "Ottavia", "1931", "555-0147", "latex", "sings", "likes"] {
            assert!(!said.contains(value), "{value}");
        }
    }
    let shown = chartlift(&["inspect", &source, "--show-values"]);
    assert!(shown.stdout.contains("Canarino x2"), "{}", shown.stdout);
}

#[test]
fn a_draft_says_how_sure_it_is_and_why() {
    let folder = Folder::new();
    folder.write("s/PATIENTS.CSV", PEOPLE);
    folder.write("s/ALLERGIES.CSV", ALLERGIES);
    let drafted = chartlift(&["inspect", &folder.arg("s"), "--draft", &folder.arg("d")]);
    assert_eq!(drafted.code, 0, "{}", drafted.stderr);
    let read = |name: &str| std::fs::read_to_string(folder.path().join("d").join(name)).expect("a file");
    let files = ["connector.toml", "mappings/allergies.toml", "codes/allergies-status.csv"];
    let shown: Vec<String> = files.iter().map(|name| format!("== {name}\n{}", read(name))).collect();
    assert_snapshot!(shown.join("\n"));
}

#[test]
fn a_query_joins_the_tables_of_any_source() {
    let folder = Folder::new();
    crate::small::write_pack(&folder);
    let text = std::fs::read_to_string(folder.path().join("pack/connector.toml")).expect("a manifest");
    folder.write("pack/connector.toml", text.replace("files = [\"visits.csv\"]", "query = \"visits\""));
    let good = "-- the day of a visit stands in the chart\nSELECT c.number AS id, c.patient AS person, c.seen AS day, c.pulse\nFROM chart c\nJOIN people p ON p.id = c.patient\n";
    folder.write("pack/queries/visits.sql", good);
    folder.write("s/people.csv", "id,family,given,born,phone\n007,Quimby,Ottokar,1931-07-08,617-555-0147\n");
    folder.write(
        "s/chart.csv",
        "number;patient;seen;pulse\n2;007;2020-02-01;64\n1;007;2020-01-01;\n3;006;2020-01-01;60\n",
    );
    folder.write("s/allergies.csv", "person,substance,status\n007,Latex,active\n");
    let load = |store: &str| {
        let (pack, report, store) = (folder.arg("pack"), folder.arg("r"), folder.arg(store));
        let args = ["migrate", &folder.arg("s"), "--connector", &pack, "--store", &store, "--report", &report];
        chartlift(&[&args[..], &["--as-of", "2026-06-01"]].concat())
    };
    let done = load("q.db");
    assert_eq!(done.code, 0, "{}", done.stderr);
    let report = folder.json("r/report.json");
    let streams = report["streams"].as_array().expect("streams");
    let of = |name: &str| streams.iter().find(|stream| stream["stream"] == name).expect("a stream").clone();
    assert_eq!((&of("visits")["read"], &of("visits")["chart"]["encounter"]), (&2.into(), &2.into()));
    // What the query left out is kept with its table.
    assert_eq!((&of("chart")["read"], &of("chart")["archived"]), (&3.into(), &3.into()));
    let row = chartlift(&["trace", "visits", "--row", "1", "--store", &folder.arg("q.db")]);
    assert!(row.stdout.contains("2020-01-01"), "rows come in the order of their key: {}", row.stdout);
    let mut said = String::new();
    for (label, query) in [
        ("unknown column", good.replace("c.seen", "c.sein")),
        ("bad syntax", good.replace("JOIN", "JOIN JOIN")),
        ("no such table", good.replace("chart c", "charts c")),
        ("no SELECT", "DELETE FROM chart".to_owned()),
        ("two statements", format!("{good}; DROP TABLE chart")),
    ] {
        folder.write("pack/queries/visits.sql", query);
        let output = load(&format!("{label}.db"));
        let lines: Vec<&str> =
            output.stderr.lines().filter(|line| line.contains("visits.sql") || line.starts_with("  ")).collect();
        said.push_str(&format!("{label}: {}\n{}\n", output.code, lines.join("\n")));
    }
    assert_snapshot!(said);
    std::fs::remove_file(folder.path().join("pack/queries/visits.sql")).expect("a file");
    let checked = chartlift(&["connectors", "check", &folder.arg("pack")]);
    assert!(checked.stderr.contains("connector.toml:13: there is no queries/visits.sql"), "{}", checked.stderr);
}

/// Eight people with two numbers each, in tables that refer to them by the one that is called otherwise.
fn two_numbers(folder: &Folder) {
    let mut people = String::from("id,chart_no,last_name,first_name,dob,sex\n");
    let mut facts = String::from("allergy_id,patient_no,allergen,deleted,entered_in_error,end_date\n");
    for number in 1..=40 {
        let chart = (number * 7) % 41;
        people.push_str(&format!("{number},{chart},Canarino{number},Ottavia,19{:02}-07-08,F\n", 30 + number % 60));
        facts.push_str(&format!("{},{chart},latex,{},N,\n", 1000 + number, u8::from(number % 5 == 0)));
    }
    folder.write("s/patients.csv", people);
    folder.write("s/allergies.csv", facts);
}

#[test]
fn a_draft_never_guesses_whose_a_fact_is() {
    let folder = Folder::new();
    two_numbers(&folder);
    let drafted = chartlift(&["inspect", &folder.arg("s"), "--draft", &folder.arg("d")]);
    assert_eq!(drafted.code, 0, "{}", drafted.stderr);
    let (pack, ..) = load_named(&folder.arg("d")).expect("the draft");
    assert!(pack.stream("allergies").is_some_and(|stream| stream.mappings().is_empty()), "{}", drafted.stdout);
}

#[test]
fn a_draft_charts_no_row_that_does_not_count() {
    let folder = Folder::new();
    two_numbers(&folder);
    // The same tables, called alike.
    for name in ["patients.csv", "allergies.csv"] {
        let path = folder.path().join("s").join(name);
        let text = std::fs::read_to_string(&path).expect("a table");
        std::fs::write(&path, text.replace("patient_no", "chart_no").replace("id,chart_no,last", "row,chart_no,last"))
            .expect("a table");
    }
    let drafted = chartlift(&["inspect", &folder.arg("s"), "--draft", &folder.arg("d")]);
    assert_eq!(drafted.code, 0, "{}", drafted.stderr);
    let args = [
        "migrate",
        &folder.arg("s"),
        "--connector",
        &folder.arg("d"),
        "--store",
        &folder.arg("d.db"),
        "--report",
        &folder.arg("r"),
    ];
    let done = chartlift(&args);
    assert_eq!(done.code, 0, "{}", done.stderr);
    let report = folder.json("r/report.json");
    let streams = report["streams"].as_array().expect("streams");
    let allergies = streams.iter().find(|stream| stream["stream"] == "allergies").expect("a stream");
    assert_eq!(allergies["chart"]["allergy_intolerance"], 32, "{allergies}");
    // A column of which nothing tells how it says so keeps its table from being charted.
    let path = folder.path().join("s/allergies.csv");
    let text = std::fs::read_to_string(&path).expect("a table");
    std::fs::write(&path, text.replace(",latex,1,", ",latex,gone,").replace(",latex,0,", ",latex,here,"))
        .expect("a table");
    let drafted = chartlift(&["inspect", &folder.arg("s"), "--draft", &folder.arg("e")]);
    assert_eq!(drafted.code, 0, "{}", drafted.stderr);
    let manifest = std::fs::read_to_string(folder.path().join("e/connector.toml")).expect("a manifest");
    assert!(manifest.contains("archive = \"TODO: `deleted` may say which rows do not count"), "{manifest}");
}

#[test]
fn what_could_be_a_persons_is_no_code() {
    let folder = Folder::new();
    let mut people = String::from("Smith,John,1950-02-03,555-123-4567,M\n");
    let mut policies = String::from("policy_id,patient_id,relationship,status\n");
    for number in 1..=9 {
        people.push_str(&format!("Canarino{number},Ottavia,19{number}0-02-03,555-123-456{number},F\n"));
        policies.push_str(&format!("{number},{number},wife Zora Quimby{number} 555-010-000{number},active\n"));
    }
    folder.write("s/export.csv", people);
    folder.write("s/policies.csv", policies);
    folder.write(
        "s/patients.csv",
        "patient_id,last_name,first_name,dob,sex\n1,Quimby,Zora,1931-07-08,F\n2,Long,Li,1931-07-09,M\n",
    );
    let drafted = chartlift(&["inspect", &folder.arg("s"), "--draft", &folder.arg("d"), "--json"]);
    assert_eq!(drafted.code, 0, "{}", drafted.stderr);
    let text = chartlift(&["inspect", &folder.arg("s")]).stdout;
    let mut said = vec![drafted.stdout, text];
    let mut folders = vec![folder.path().join("d")];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                said.push(std::fs::read_to_string(&path).expect("a file"));
            }
        }
    }
    for said in &said {
        for value in ["Smith", "1950-02-03", "555-", "Zora", "Quimby", "Canarino"] {
            assert!(!said.contains(value), "{value}: {said}");
        }
    }
    let checked = chartlift(&["connectors", "check", &folder.arg("d")]);
    assert_eq!(checked.code, 0, "{}", checked.stderr);
    let args = [
        "migrate",
        &folder.arg("s"),
        "--connector",
        &folder.arg("d"),
        "--store",
        &folder.arg("d.db"),
        "--report",
        &folder.arg("r"),
    ];
    let done = chartlift(&args);
    assert_eq!(done.code, 0, "{}", done.stderr);
    let report = folder.json("r/report.json");
    let export = report["streams"].as_array().expect("streams").iter().find(|stream| stream["stream"] == "export");
    assert_eq!(export.expect("the table without a header")["read"], 10);
}

#[test]
fn mappings_of_a_draft_have_files_of_their_own() {
    let folder = Folder::new();
    let mut vitals = String::from("vital_id,patient_id,weight,height,pulse\n");
    let mut weights = String::from("weight_id,patient_id,code,result,units\n");
    let mut people = String::from("patient_id,last_name,first_name,dob,sex\n");
    for number in 1..=9 {
        people.push_str(&format!("{number},Quimby,Zora,193{number}-07-08,F\n"));
        vitals.push_str(&format!("{number},{number},7{number},17{number},6{number}\n"));
        weights.push_str(&format!("{number},{number},29463-7,7{number},kg\n"));
    }
    folder.write("s/patients.csv", people);
    folder.write("s/vitals.csv", vitals);
    folder.write("s/vitals_weight.csv", weights);
    let drafted = chartlift(&["inspect", &folder.arg("s"), "--draft", &folder.arg("d")]);
    assert_eq!(drafted.code, 0, "{}", drafted.stderr);
    let args = [
        "migrate",
        &folder.arg("s"),
        "--connector",
        &folder.arg("d"),
        "--store",
        &folder.arg("d.db"),
        "--report",
        &folder.arg("r"),
    ];
    let done = chartlift(&args);
    assert_eq!(done.code, 0, "{}", done.stderr);
}

#[test]
fn a_name_that_could_mean_either_number_is_left_open() {
    let folder = Folder::new();
    two_numbers(&folder);
    // Most tables call people by their chart's number; one says no more than `patient`.
    for name in ["visits", "problems"] {
        folder.write(&format!("s/{name}.csv"), "visit_id,chart_no,start\n1,7,2020-01-01\n2,14,2020-01-02\n");
    }
    let allergies = folder.path().join("s/allergies.csv");
    let text = std::fs::read_to_string(&allergies).expect("a table");
    std::fs::write(&allergies, text.replace("patient_no", "patient")).expect("a table");
    let drafted = chartlift(&["inspect", &folder.arg("s"), "--draft", &folder.arg("d")]);
    assert_eq!(drafted.code, 0, "{}", drafted.stderr);
    let (pack, ..) = load_named(&folder.arg("d")).expect("the draft");
    assert_eq!(pack.stream("patients").map(|stream| stream.key.clone()), Some(vec!["chart_no".to_owned()]));
    assert!(pack.stream("visits").is_some_and(|stream| !stream.mappings().is_empty()), "{}", drafted.stdout);
    assert!(pack.stream("allergies").is_some_and(|stream| stream.mappings().is_empty()), "{}", drafted.stdout);
}

#[test]
fn what_is_dispensed_as_written_is_not_substituted() {
    let folder = Folder::new();
    let mut people = String::from("patient_id,last_name,first_name,dob,sex\n");
    let mut scripts = String::from("prescription_id,patient_id,drug,dispense_as_written\n");
    for number in 1..=8 {
        people.push_str(&format!("{number},Quimby,Zora,193{number}-07-08,F\n"));
        scripts.push_str(&format!("{},{number},Lisinopril,{}\n", 100 + number, number % 2));
    }
    folder.write("s/patients.csv", people);
    folder.write("s/prescriptions.csv", scripts);
    let drafted = chartlift(&["inspect", &folder.arg("s"), "--draft", &folder.arg("d")]);
    assert_eq!(drafted.code, 0, "{}", drafted.stderr);
    let (source, draft, store, report) = (folder.arg("s"), folder.arg("d"), folder.arg("d.db"), folder.arg("r"));
    let done = chartlift(&["migrate", &source, "--connector", &draft, "--store", &store, "--report", &report]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    // Of prescription 101, which is to be dispensed as written.
    let store = rusqlite::Connection::open(&store).expect("the store");
    let sql = "SELECT r.substitution_allowed FROM medication_request r JOIN patient p ON p.id = r.patient_id WHERE p.birth_date = ?";
    let allowed = |born: &str| store.query_row(sql, [born], |row| row.get::<_, i64>(0)).expect("a row");
    assert_eq!((allowed("1931-07-08"), allowed("1932-07-08")), (0, 1));
}
