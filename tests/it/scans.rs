//! Folders of documents: whose each is, by an index, its name or its text; and what waits for a person.

use std::process::Command;

use chartlift::pipeline::RunOutcome;

use crate::small::{load, recounted, write_pack};
use crate::stores::server;
use crate::support::{Folder, chartlift, repository};

const ANN: &str = "1,Fairweather,Ann,1950-02-03,555-0101";
const TIM: &str = "2,Fairweather,Tim,2015-06-07,555-0101";

/// The small pack with a folder of scans beside.
fn pack(folder: &Folder) {
    write_pack(folder);
    let manifest = std::fs::read_to_string(folder.path().join("pack/connector.toml")).expect("a pack");
    let scans = "\n[[stream]]\nname = \"scans\"\ndocuments = [\"scans/**\"]\nnames = [\"{person:digits} {kind}\"]\nkey = [\"file\"]\n\
                 mappings = [\"scan\"]\nignore = [{ columns = [\"name\"], reason = \"the end of the path\" }]\n";
    folder.write("pack/connector.toml", manifest + scans);
    folder.write(
        "pack/mappings/scan.toml",
        "record = \"DocumentReference\"\n[[field]]\nto = \"patient\"\nfrom = \"person\"\ntransform = \"reference\"\nstream = \"people\"\n\
         [[field]]\nto = \"description\"\nfrom = \"kind\"\n[[field]]\nto = \"content\"\nfrom = \"file\"\ntransform = \"document\"\n",
    );
}

fn people(folder: &Folder, source: &str, rows: &[&str]) {
    folder.write(&format!("{source}/people.csv"), format!("id,family,given,born,phone\n{}\n", rows.join("\n")));
}

fn index(folder: &Folder, source: &str, rows: &[&str]) {
    folder.write(&format!("{source}/papers.csv"), format!("person,kind,file,visit\n{}\n", rows.join("\n")));
}

fn scan(folder: &Folder, source: &str, name: &str, bytes: &[u8]) {
    folder.write(&format!("{source}/scans/{name}"), bytes);
}

fn run(folder: &Folder, source: &str) -> RunOutcome {
    let outcome = load(folder, &folder.path().join(source), "ehr.db").expect("a run");
    assert!(outcome.balanced, "{:?}", outcome.discrepancies);
    let (kept, counted) = recounted(folder, "ehr.db");
    assert_eq!(kept, counted);
    outcome
}

/// Read, loaded, updated, unchanged, quarantined, archived.
fn fates(outcome: &RunOutcome, stream: &str) -> [u64; 6] {
    let of = outcome.streams.iter().filter(|one| one.stream == stream || one.stream == format!("{stream}:replayed"));
    let mut sum = [0; 6];
    for totals in of.map(|one| &one.totals) {
        let one = [totals.read, totals.loaded, totals.updated, totals.unchanged, totals.quarantined, totals.archived];
        sum.iter_mut().zip(one).for_each(|(sum, one)| *sum += one);
    }
    sum
}

fn issues(outcome: &RunOutcome, code: &str) -> u64 {
    outcome.issues.iter().filter(|issue| issue.code == code).map(|issue| issue.count).sum()
}

/// File name and family, given of whoever has it, for every document.
fn charted(folder: &Folder) -> Vec<String> {
    let sql = "SELECT d.file_name || ' ' || p.given_name || ' ' || coalesce(d.text_source, '-') || ' ' || c.size_bytes
               FROM document_reference d JOIN patient p ON p.id = d.patient_id JOIN document_content c ON c.document_id = d.id
               WHERE d.file_name <> '' ORDER BY d.file_name";
    folder.sql("ehr.db").rows(sql).into_iter().flatten().collect()
}

#[test]
fn a_document_goes_by_index_then_name_then_text_and_else_waits() {
    let folder = Folder::new();
    pack(&folder);
    people(&folder, "s", &[ANN, TIM]);
    index(&folder, "s", &["2,letter,scans/2020/a.txt,"]);
    // What an index says counts, whatever stands in it.
    scan(&folder, "s", "2020/a.txt", b"Ann Fairweather, DOB 02/03/1950");
    scan(&folder, "s", "1 ecg.txt", b"sinus rhythm");
    // A name that begins with a number is not always a patient's.
    scan(&folder, "s", "1 letter to Tim.txt", b"Tim Fairweather, born 6/7/2015");
    scan(&folder, "s", "b.rtf", b"{\\rtf1 Re: Ann Fairweather\\par DOB 3 February 1950}");
    scan(&folder, "s", "two.txt", b"Ann Fairweather 02/03/1950, mother of Tim Fairweather 06/07/2015");
    scan(&folder, "s", "c.txt", b"Ann Fairweather");
    scan(&folder, "s", "9 x.txt", b"Ann Fairweather, DOB 02/03/1950");
    let first = run(&folder, "s");
    assert_eq!(fates(&first, "scans"), [7, 2, 0, 0, 4, 1]);
    assert_eq!(
        (issues(&first, "document_unassigned"), issues(&first, "orphan")),
        (3, 1),
        "a number of nobody is no doubt"
    );
    let all = ["scans/1 ecg.txt Ann document 12", "scans/2020/a.txt Tim document 31", "scans/b.rtf Ann document 51"];
    assert_eq!(charted(&folder), all);
    assert!(first.streams.iter().all(|stream| stream.stream != "files"), "nothing is kept twice");
    let second = run(&folder, "s");
    assert_eq!(fates(&second, "scans"), [7, 0, 0, 2, 4, 1]);
    assert_eq!(second.digest.before, second.digest.after);
}

#[test]
fn what_waits_is_filed_by_an_index_or_when_the_person_comes() {
    let folder = Folder::new();
    pack(&folder);
    people(&folder, "s", &[TIM]);
    scan(&folder, "s", "letter.txt", b"Ann Fairweather, DOB 02/03/1950");
    scan(&folder, "s", "unclear.txt", b"please call back");
    let first = run(&folder, "s");
    assert_eq!(fates(&first, "scans"), [2, 0, 0, 0, 2, 0]);
    // The person comes in a delivery without scans.
    people(&folder, "later", &[TIM, ANN]);
    let later = run(&folder, "later");
    assert_eq!(charted(&folder), Vec::<String>::new(), "no stream of documents is there to read them with");
    assert_eq!(fates(&later, "people")[1], 1);
    let again = run(&folder, "s");
    assert_eq!(fates(&again, "scans"), [2, 1, 0, 0, 1, 0]);
    assert_eq!(charted(&folder), ["scans/letter.txt Ann document 31"]);
    // A person says whose the other one is.
    people(&folder, "s", &[TIM, ANN]);
    index(&folder, "s", &["2,call,scans/unclear.txt,"]);
    let said = run(&folder, "s");
    assert_eq!(fates(&said, "scans"), [2, 0, 0, 1, 0, 1]);
    assert_eq!(charted(&folder), ["scans/letter.txt Ann document 31", "scans/unclear.txt Tim document 16"]);
    let listed = chartlift(&["quarantine", "list", "--store", &folder.store("ehr.db")]);
    assert!(!listed.stdout.contains("document_unassigned"), "{}", listed.stdout);
    // An index that names what stood in the chart takes it over.
    index(&folder, "s", &["2,call,scans/unclear.txt,", "2,letter,scans/letter.txt,"]);
    let taken = run(&folder, "s");
    assert_eq!(fates(&taken, "scans"), [2, 0, 0, 0, 0, 2]);
    assert_eq!(charted(&folder), ["scans/letter.txt Tim document 31", "scans/unclear.txt Tim document 16"]);
    let (one, fresh) = (taken.digest.after, load(&folder, &folder.path().join("s"), "fresh.db").expect("a run"));
    let live = |store: &str| chartlift(&["store", "digest", "--live", "--store", &folder.store(store)]).stdout;
    assert_ne!((one, fresh.digest.after), Default::default());
    assert_eq!(live("ehr.db"), live("fresh.db"));
}

#[test]
fn odd_documents_are_charted_and_told() {
    let folder = Folder::new();
    pack(&folder);
    people(&folder, "s", &[ANN]);
    scan(&folder, "s", "1 empty.pdf", b"");
    scan(&folder, "s", "1 picture.pdf", b"\x89PNG\r\n\x1a\n....IEND\xae\x42\x60\x82");
    scan(&folder, "s", "1 cut.pdf", b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog");
    scan(&folder, "s", "1 table.txt", b"a,b\n1,2\n3,4\n");
    let first = run(&folder, "s");
    assert_eq!(fates(&first, "scans"), [4, 4, 0, 0, 0, 0]);
    let told = ["document_empty", "document_type_differs", "document_unreadable"].map(|code| issues(&first, code));
    assert_eq!(told, [1, 1, 1], "{:?}", first.issues);
    let mime = folder.sql("ehr.db").text("SELECT mime_type FROM document_reference WHERE file_name LIKE '%picture%'");
    assert_eq!(mime, "image/png");
}

#[test]
fn letters_in_pictures_are_read_where_that_is_asked() {
    let folder = Folder::new();
    pack(&folder);
    people(&folder, "s", &[ANN]);
    let migrate = |ocr: &str, store: &str| {
        let source = folder.arg("s");
        let (pack, store, report) = (folder.arg("pack"), folder.arg(store), folder.arg("report"));
        chartlift(&["migrate", &source, "--connector", &pack, "--store", &store, "--report", &report, ocr])
    };
    let unknown = migrate("--ocr=klingon", "a.db");
    assert!(unknown.code == 1 && unknown.stderr.contains("letters in pictures cannot be read"), "{}", unknown.stderr);
    if Command::new("tesseract").arg("--version").output().is_err() {
        println!("tesseract is not installed: no picture is read");
        return;
    }
    scan(&folder, "s", "page.png", &std::fs::read(repository("tests/fixtures/page.png")).expect("a picture"));
    // What has letters is not guessed at.
    scan(&folder, "s", "1 note.txt", b"seen");
    let read = migrate("--ocr=eng", "ehr.db");
    assert_eq!(read.code, 0, "{}", read.stderr);
    let store = rusqlite::Connection::open(folder.path().join("ehr.db")).expect("a store");
    let sql = "SELECT text_source, text_confidence, text FROM document_reference WHERE file_name LIKE '%.png'";
    let found: (String, f64, String) = store
        .query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .expect("it is filed by its letters");
    assert!(found.0 == "ocr" && found.1 > 50.0 && found.2.contains("Fairweather"), "{found:?}");
}

#[test]
fn people_who_change_change_whose_a_document_is() {
    let folder = Folder::new();
    pack(&folder);
    scan(&folder, "s", "a.txt", b"Ann Fairweather, DOB 02/03/1950");
    scan(&folder, "s", "b.txt", b"Ann Fairweather, DOB 03/02/1950");
    scan(&folder, "s", "1 c.txt", b"seen");
    people(&folder, "s", &[&ANN.replace("1950-02-03", "1950-02-13"), TIM]);
    let first = run(&folder, "s");
    assert_eq!(charted(&folder), ["scans/1 c.txt Ann document 4"], "{:?}", first.issues);
    // The birth date is put right, and somebody of the same name comes.
    people(&folder, "s", &[ANN, TIM]);
    run(&folder, "s");
    assert_eq!(charted(&folder).len(), 3);
    people(&folder, "s", &[ANN, TIM, "3,Fairweather,Ann,1950-03-02,555-0109"]);
    let last = run(&folder, "s");
    assert_eq!(fates(&last, "scans")[4], 2, "day and month can be read both ways, and there is somebody for each");
    let fresh = load(&folder, &folder.path().join("s"), "fresh.db").expect("a run");
    assert_eq!(fates(&fresh, "scans")[1..5], [1, 0, 0, 2]);
    let again = run(&folder, "s");
    assert_eq!(again.digest.before, again.digest.after);
}

#[test]
fn an_index_that_is_gone_takes_nothing_back() {
    let folder = Folder::new();
    pack(&folder);
    people(&folder, "s", &[ANN, TIM]);
    index(&folder, "s", &["2,letter,scans/a.txt,"]);
    scan(&folder, "s", "a.txt", b"Ann Fairweather, DOB 02/03/1950");
    run(&folder, "s");
    index(&folder, "s", &[]);
    for _ in 0..2 {
        let without = run(&folder, "s");
        assert_eq!(fates(&without, "scans")[1..], [0, 0, 0, 0, 1]);
        assert_eq!(charted(&folder), ["scans/a.txt Tim document 31"]);
    }
}

#[test]
fn what_was_erased_does_not_come_back_with_its_documents() {
    let folder = Folder::new();
    pack(&folder);
    people(&folder, "s", &[ANN, TIM]);
    scan(&folder, "s", "a.txt", b"Ann Fairweather, DOB 02/03/1950, has a secret");
    scan(&folder, "s", "w.txt", b"Ann Fairweather called, it is a secret");
    run(&folder, "s");
    let store = folder.store("ehr.db");
    let patient = folder.sql("ehr.db").text("SELECT id FROM patient WHERE given_name = 'Ann'");
    // What waits and names the person is a human's to decide.
    let would = chartlift(&["patient", "erase", &patient, "--json", "--store", &store]);
    let would: serde_json::Value = serde_json::from_str(&would.stdout).expect("JSON");
    let doubtful = would["doubtful"].as_array().expect("a list");
    assert_eq!(doubtful.len(), 1, "{would}");
    let also = doubtful[0].to_string();
    let by = ["--by", "me", "--reason", "law", "--yes", "--also", &also, "--store", &store];
    let erased = chartlift(&[&["patient", "erase", &patient][..], &by].concat());
    assert_eq!(erased.code, 0, "{}{}", erased.stdout, erased.stderr);
    let again = run(&folder, "s");
    assert_eq!(again.streams.iter().map(|one| one.totals.erased).sum::<u64>(), 3, "{:?}", again.streams);
    if server().is_none() {
        let bytes = std::fs::read(folder.path().join("ehr.db")).expect("a store");
        assert!(!bytes.windows(6).any(|part| part == b"secret"));
    }
    let waiting = folder.sql("ehr.db").number("SELECT count(*) FROM waiting_document");
    assert_eq!(waiting, 0);
}

#[test]
fn a_workbook_among_documents_is_a_document_and_no_name_is_told() {
    let folder = Folder::new();
    pack(&folder);
    people(&folder, "s", &[ANN]);
    scan(&folder, "s", "1 people.csv", b"id,family,given,born,phone\n9,Wrong,Person,1990-01-01,\n");
    scan(&folder, "s", "Fairweather budget.xlsx", b"no workbook");
    scan(&folder, "s", "Fairweather list.txt", &[0xff, 0xfe, 0x41, 0x00, 0x0a, 0x00]);
    let source = folder.arg("s");
    let (pack, store, report) = (folder.arg("pack"), folder.arg("ehr.db"), folder.arg("report"));
    let output = chartlift(&["migrate", &source, "--connector", &pack, "--store", &store, "--report", &report]);
    assert_eq!(output.code, 0, "{}", output.stderr);
    assert!(!(output.stdout + &output.stderr).contains("Fairweather"));
    let read = folder.json("report/report.json");
    assert_eq!(read["patients"]["identities"], 1);
}

/// The numbers of the documents that wait, by path.
fn waiting(folder: &Folder) -> Vec<(String, String)> {
    let listed = chartlift(&["review", "documents", "--json", "--store", &folder.store("ehr.db")]);
    let listed: serde_json::Value = serde_json::from_str(&listed.stdout).expect("JSON");
    let documents = listed["documents"].as_array().expect("documents").iter();
    documents.map(|one| (one["number"].to_string(), one["file"].as_str().unwrap_or_default().to_owned())).collect()
}

fn assign(folder: &Folder, document: &str, patient: &str, more: &[&str]) -> crate::support::Output {
    let store = folder.store("ehr.db");
    let all = ["review", "assign", document, patient, "--by", "Dr. Low", "--why", "seen", "--store", &store];
    chartlift(&[&all[..], more].concat())
}

#[test]
fn a_person_says_whose_a_document_is() {
    let folder = Folder::new();
    pack(&folder);
    people(&folder, "s", &[ANN, TIM]);
    scan(&folder, "s", "call.txt", b"Please call Ann Fairweather back, or Tim");
    scan(&folder, "s", "9 old number.txt", b"sinus rhythm");
    let first = run(&folder, "s");
    assert_eq!(fates(&first, "scans"), [2, 0, 0, 0, 2, 0]);
    let wait = waiting(&folder);
    let files: Vec<&str> = wait.iter().map(|(_, file)| file.as_str()).collect();
    assert_eq!(files, ["scans/9 old number.txt", "scans/call.txt"]);
    let listed = chartlift(&["review", "list", "--store", &folder.store("ehr.db")]);
    assert!(listed.stdout.contains("2 documents wait for a person"), "{}", listed.stdout);
    let shown = chartlift(&["review", "document", &wait[1].0, "--store", &folder.store("ehr.db")]);
    assert!(shown.stdout.contains("Fairweather, Ann"), "{}", shown.stdout);
    assert!(shown.stdout.contains("Please call Ann"), "{}", shown.stdout);

    let done = assign(&folder, &wait[1].0, "people:1", &[]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    assert_eq!(assign(&folder, &wait[0].0, "people:2", &[]).code, 0);
    assert_eq!(charted(&folder), ["scans/9 old number.txt Tim document 12", "scans/call.txt Ann document 40"]);
    assert_eq!(waiting(&folder), []);
    let (kept, counted) = recounted(&folder, "ehr.db");
    assert_eq!(kept, counted);
    assert_eq!(chartlift(&["store", "digest", "--store", &folder.store("ehr.db")]).code, 0);
    // The source says nothing new: what was decided stands.
    let second = run(&folder, "s");
    assert_eq!(fates(&second, "scans"), [2, 0, 0, 2, 0, 0]);
    assert_eq!(second.digest.before, second.digest.after);
    // Nor does it matter that people change, and all are judged anew.
    people(&folder, "s", &[ANN, TIM, "3,Stone,Eve,1980-01-01,"]);
    let third = run(&folder, "s");
    assert_eq!(fates(&third, "scans"), [2, 0, 0, 2, 0, 0]);

    // A wrong decision is decided otherwise, and undone.
    let id = folder.sql("ehr.db").text("SELECT id FROM document_reference WHERE file_name = 'scans/call.txt'");
    let reference = format!("document_reference:{id}");
    let refused = assign(&folder, &reference, "people:3", &[]);
    assert_eq!(refused.code, 1);
    assert!(refused.stderr.contains("decided otherwise"), "{}", refused.stderr);
    let before = chartlift(&["store", "digest", "--store", &folder.store("ehr.db")]).stdout;
    assert_eq!(assign(&folder, &reference, "people:3", &["--overrule"]).code, 0);
    assert_eq!(charted(&folder)[1], "scans/call.txt Eve document 40");
    let (kept, counted) = recounted(&folder, "ehr.db");
    assert_eq!(kept, counted);
    let last = folder.sql("ehr.db").text("SELECT CAST(max(id) AS TEXT) FROM run");
    assert_eq!(chartlift(&["undo", &last, "--store", &folder.store("ehr.db")]).code, 0);
    assert_eq!(charted(&folder)[1], "scans/call.txt Ann document 40");
    assert_eq!(chartlift(&["store", "digest", "--store", &folder.store("ehr.db")]).stdout, before);
    // Whose people a decision names is undone only with it.
    let alone = chartlift(&["undo", "1", "--store", &folder.store("ehr.db")]);
    assert_eq!(alone.code, 1, "{}", alone.stdout);

    // Other content is another document.
    scan(&folder, "s", "call.txt", b"Please call back");
    let changed = run(&folder, "s");
    assert_eq!(fates(&changed, "scans"), [2, 0, 0, 1, 1, 0]);
    assert_eq!(issues(&changed, "chart_outdated"), 1);
    assert_eq!(waiting(&folder).len(), 1);
    // A letter that names somebody else is filed only by who says that it is right all the same.
    scan(&folder, "s", "letter.txt", b"Concerning Tim Fairweather, DOB 06/07/2015: to be seen again");
    run(&folder, "s");
    let letter = waiting(&folder).into_iter().find(|(_, file)| file.contains("letter")).expect("it waits").0;
    let other = assign(&folder, &letter, "people:1", &[]);
    assert!(other.code == 1 && other.stderr.contains("somebody else"), "{}", other.stderr);
    assert_eq!(assign(&folder, &letter, "people:1", &["--despite-contradictions"]).code, 0);
    // What no person can say is refused with what to do.
    let none = assign(&folder, "1", "people:1", &[]);
    assert!(none.code == 1 && none.stderr.contains("no file of a folder"), "{}", none.stderr);
}

#[test]
fn a_decision_about_a_document_goes_with_the_person() {
    let folder = Folder::new();
    pack(&folder);
    people(&folder, "s", &[ANN, TIM]);
    scan(&folder, "s", "call.txt", b"please call back");
    run(&folder, "s");
    let store = folder.store("ehr.db");
    assert_eq!(assign(&folder, &waiting(&folder)[0].0, "people:1", &[]).code, 0);
    let id = folder.sql("ehr.db").text("SELECT id FROM patient WHERE given_name = 'Ann'");
    let erase = ["patient", "erase", &id, "--by", "Court", "--reason", "order 7", "--yes", "--store", &store];
    let erased = chartlift(&erase);
    assert_eq!(erased.code, 0, "{}", erased.stderr);
    let (kept, counted) = recounted(&folder, "ehr.db");
    assert_eq!(kept, counted);
    for table in ["document_decision", "document_decision_before", "document_content", "waiting_document"] {
        assert_eq!(folder.sql("ehr.db").text(&format!("SELECT CAST(count(*) AS TEXT) FROM {table}")), "0", "{table}");
    }
    let again = run(&folder, "s");
    assert_eq!(charted(&folder), Vec::<String>::new());
    assert_eq!(waiting(&folder), [], "what was the person's does not wait for another either: {:?}", again.streams);
}
