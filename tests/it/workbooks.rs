//! Workbooks as sources: what stands in a sheet loads as the same rows in delimited text would; whatever cannot be read is named.

mod typed;

use std::path::PathBuf;

use chartlift::pipeline::PipelineError;
use chartlift::store::EhrStore;
use insta::assert_snapshot;
use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook, Worksheet};

use crate::small::{load, recounted, write_pack};
use crate::support::{Folder, chartlift};

/// The small pack, for sheets of a workbook.
fn write_sheet_pack(folder: &Folder) {
    write_pack(folder);
    let manifest = std::fs::read_to_string(folder.path().join("pack/connector.toml")).expect("a manifest");
    let of_sheets = manifest
        .replace("\"people.csv\"", "\"*.xlsx/People\"")
        .replace("\"visits.csv\"", "\"*.xlsx/Visits\"")
        .replace("\"allergies.csv\"", "\"*.xlsx/Allergies\"");
    folder.write("sheets/connector.toml", of_sheets);
    for mapping in ["person", "visit", "pulse", "allergy", "paper"] {
        let text = std::fs::read(folder.path().join(format!("pack/mappings/{mapping}.toml"))).expect("a mapping");
        folder.write(&format!("sheets/mappings/{mapping}.toml"), text);
    }
}

fn row(sheet: &mut Worksheet, row: u32, cells: &[&str]) {
    for (column, cell) in (0..).zip(cells).filter(|(_, cell)| !cell.is_empty()) {
        sheet.write(row, column, *cell).expect("a cell");
    }
}

/// As somebody types it who has never heard of tables: titles, dates of both kinds, merged cells, a sum.
fn clinic() -> Workbook {
    let mut book = Workbook::new();
    let people = book.add_worksheet();
    people.set_name("People").expect("a name");
    row(people, 0, &["Dr. Field's patients"]);
    row(people, 1, &["as of today", "typed by Ada"]);
    row(people, 3, &["id", "family", "given", "born", "phone"]);
    row(people, 4, &["", "Quimby", "Ottokar", "", "617-555-0147"]);
    people.write_with_format(4, 0, 7, &Format::new().set_num_format("000")).expect("a number");
    let day = Format::new().set_num_format("yyyy-mm-dd");
    let born = ExcelDateTime::from_ymd(1931, 7, 8).expect("a day");
    people.write_with_format(4, 3, &born, &day).expect("a date");
    // An empty row between two people, and a birth date typed as text.
    row(people, 6, &["008", "Petrova", "Galina, \"Galya\"", "1961-04-09", "617-555-0199\nafter six"]);
    let visits = book.add_worksheet();
    visits.set_name("Visits").expect("a name");
    row(visits, 0, &["id", "person", "day", "pulse"]);
    visits.merge_range(1, 1, 2, 1, "007", &Format::new()).expect("merged cells");
    for (at, (id, on, pulse)) in (1..).zip([(1, "2020-01-01", 60), (2, "2020-02-01", 64), (3, "2020-03-01", 72)]) {
        visits.write(at, 0, id).expect("a number");
        visits.write(at, 2, on).expect("a day");
        visits.write(at, 3, pulse).expect("a number");
    }
    row(visits, 3, &["", "008"]);
    row(visits, 4, &["Total", "", "", ""]);
    visits.write_formula(4, 3, Formula::new("=SUM(D2:D4)").set_result("196")).expect("a formula");
    let allergies = book.add_worksheet();
    allergies.set_name("Allergies").expect("a name").set_hidden(true);
    row(allergies, 0, &["person", "substance", "status"]);
    row(allergies, 1, &["008", "Latex", "active"]);
    book.add_worksheet().set_name("Empty").expect("a name");
    book
}

fn save(folder: &Folder, name: &str, mut book: Workbook) -> PathBuf {
    folder.write(name, book.save_to_buffer().expect("a workbook"))
}

fn same_as_text(folder: &Folder) -> PathBuf {
    let people = "id,family,given,born,phone\n007,Quimby,Ottokar,1931-07-08,617-555-0147\n\
                  008,Petrova,\"Galina, \"\"Galya\"\"\",1961-04-09,\"617-555-0199\nafter six\"\n";
    folder.write("text/people.csv", people);
    folder.write(
        "text/visits.csv",
        "id,person,day,pulse\n1,007,2020-01-01,60\n2,007,2020-02-01,64\n3,008,2020-03-01,72\n",
    );
    folder.write("text/allergies.csv", "person,substance,status\n008,Latex,active\n");
    folder.path().join("text")
}

#[test]
fn a_sheet_loads_as_the_same_rows_in_text_do() {
    let folder = Folder::new();
    write_sheet_pack(&folder);
    let source = save(&folder, "book/clinic.xlsx", clinic());
    let args = |source: &str, store: &str| {
        let pack = if store == "text.db" { folder.arg("pack") } else { folder.arg("sheets") };
        chartlift(&[
            "migrate",
            source,
            "--connector",
            &pack,
            "--store",
            &folder.store(store),
            "--report",
            &folder.arg(&format!("report-{store}")),
            "--as-of",
            "2026-06-01",
        ])
    };
    let book = args(&source.display().to_string(), "book.db");
    assert_eq!(book.code, 0, "{}{}", book.stdout, book.stderr);
    let text = args(&same_as_text(&folder).display().to_string(), "text.db");
    assert_eq!(text.code, 0, "{}", text.stderr);
    // Keys and contents are hashed alike: the cells are the same to the letter.
    let rows = |store: &str, column: &str| {
        let sql = format!(
            "SELECT r.{column} FROM source_record r JOIN source_stream s ON s.id = r.stream_id WHERE s.stream <> 'files'
             ORDER BY s.stream, r.key_hash"
        );
        folder.sql(store).bytes(&sql)
    };
    for column in ["key_hash", "content_hash"] {
        assert_eq!(rows("book.db", column), rows("text.db", column), "{column}");
    }
    for table in ["patient", "encounter", "observation", "allergy_intolerance"] {
        let sql = format!("SELECT * FROM {table} ORDER BY id");
        let values =
            |store: &str| folder.sql(store).rows(&sql).into_iter().map(|row| row.join("|")).collect::<Vec<_>>();
        assert_eq!(values("book.db").len(), values("text.db").len(), "{table}");
    }
    let report = folder.json("report-book.db/report.json");
    assert_eq!(report["balanced"], true);
    let notes = report["run"]["notes"].as_array().expect("notes");
    let notes: Vec<&str> = notes.iter().filter_map(|note| note.as_str()).collect();
    assert_snapshot!(notes.join("\n"), @"
    the source has nothing for: papers
    clinic.xlsx/People: its columns are named in row 4, and what stands above is left out
    clinic.xlsx/Allergies: the sheet is hidden
    clinic.xlsx/Visits: row 5 sums up those above and is left out
    clinic.xlsx/Visits: 1 cell merged over several rows, the first B2: the value counts for each of them
    clinic.xlsx/Visits: 1 cell computed: values are those of when the workbook was saved last
    ");
    // The workbook itself is kept, with whatever is in it beside values.
    let files =
        "SELECT count(*) FROM source_record r JOIN source_stream s ON s.id = r.stream_id WHERE s.stream = 'files'";
    assert_eq!(folder.sql("book.db").number(files), 1);
    let traced = chartlift(&["trace", "people", "--row", "2", "--store", &folder.store("book.db")]);
    assert!(traced.stdout.contains("Petrova"), "{}{}", traced.stdout, traced.stderr);
    // The same again.
    let (kept, counted) = recounted(&folder, "book.db");
    assert_eq!(kept, counted);
    let again = args(&source.display().to_string(), "book.db");
    assert_eq!(again.code, 0, "{}", again.stderr);
    assert_eq!(recounted(&folder, "book.db").0, kept);
}

#[test]
fn a_workbook_may_lie_in_a_folder_or_an_archive() {
    let folder = Folder::new();
    write_sheet_pack(&folder);
    let source = save(&folder, "folder/charts/clinic.xlsx", clinic());
    let archive = folder.path().join("export.zip");
    let mut zip = zip::ZipWriter::new(std::fs::File::create(&archive).expect("a file"));
    let options = zip::write::SimpleFileOptions::default();
    zip.start_file("charts/clinic.xlsx", options).expect("a member");
    std::io::Write::write_all(&mut zip, &std::fs::read(&source).expect("a workbook")).expect("bytes");
    zip.start_file("readme.md", options).expect("a member");
    zip.finish().expect("an archive");
    let of_folder = load_sheets(&folder, &folder.path().join("folder"), "folder.db").expect("a run");
    let of_archive = load_sheets(&folder, &archive, "archive.db").expect("a run");
    for outcome in [of_folder, of_archive] {
        assert!(outcome.balanced);
        assert_eq!(outcome.patients.patients, 2);
    }
}

fn load_sheets(
    folder: &Folder,
    source: &std::path::Path,
    store: &str,
) -> Result<chartlift::pipeline::RunOutcome, PipelineError> {
    std::fs::rename(folder.path().join("pack"), folder.path().join("pack-of-text")).ok();
    std::fs::rename(folder.path().join("sheets"), folder.path().join("pack")).ok();
    load(folder, source, store)
}

/// A compound file with the one stream that tells of a password (MS-OFFCRYPTO 2.3.1): header, sector table, directory.
fn locked() -> Vec<u8> {
    let mut file = vec![0u8; 512 * 3];
    file[..8].copy_from_slice(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1");
    let mut put = |at: usize, bytes: &[u8]| file[at..at + bytes.len()].copy_from_slice(bytes);
    put(24, &[0x3e, 0, 3, 0, 0xfe, 0xff, 9, 0, 6, 0]);
    put(44, &1u32.to_le_bytes());
    put(48, &1u32.to_le_bytes());
    put(56, &4096u32.to_le_bytes());
    put(60, &0xffff_fffeu32.to_le_bytes());
    put(68, &0xffff_fffeu32.to_le_bytes());
    put(76, &[0xff; 436]);
    put(76, &0u32.to_le_bytes());
    // The table of sectors: itself, and the directory's end.
    put(512, &[0xff; 512]);
    put(512, &0xffff_fffdu32.to_le_bytes());
    put(516, &0xffff_fffeu32.to_le_bytes());
    for (at, (name, kind)) in [("Root Entry", 5u8), ("EncryptedPackage", 2)].into_iter().enumerate() {
        let entry = 1024 + 128 * at;
        let text: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        put(entry, &text);
        put(entry + 64, &(text.len() as u16 + 2).to_le_bytes());
        put(entry + 66, &[kind, 1]);
        put(entry + 68, &[0xff; 12]);
        put(entry + 116, &0xffff_fffeu32.to_le_bytes());
    }
    file
}

#[test]
fn what_is_no_workbook_that_can_be_read_is_named() {
    let folder = Folder::new();
    write_sheet_pack(&folder);
    let whole = save(&folder, "whole.xlsx", clinic());
    let bytes = std::fs::read(whole).expect("a workbook");
    let sources = [
        folder.write("cut.xlsx", &bytes[..bytes.len() / 2]),
        folder.write("page.xlsx", "<html><table><tr><td>Petrova</td></tr></table></html>"),
        folder.write("locked.xlsx", locked()),
        folder.write("missing.xlsx", {
            let mut book = Workbook::new();
            row(book.add_worksheet().set_name("Visits").expect("a name"), 0, &["id", "family"]);
            book.save_to_buffer().expect("a workbook")
        }),
    ];
    let mut said = String::new();
    for source in &sources {
        let source = source.display().to_string();
        let output =
            chartlift(&["migrate", &source, "--connector", &folder.arg("sheets"), "--store", &folder.store("x.db")]);
        said.push_str(&format!("{}: {}", output.code, output.stderr.replace(&folder.arg(""), "")));
    }
    assert_snapshot!(said, @"
    1: error: cut.xlsx is a workbook that cannot be read
      hint: open it in its program and save it again, as xlsx
    1: error: page.xlsx is called like a workbook and is none
      hint: if it is text or a web page, open it in a spreadsheet program and save it as xlsx
    1: error: locked.xlsx is locked with a password
      hint: open it in its program with the password, save it without one, and name that
    1: error: missing.xlsx/Visits: 3 columns are missing: `person` (mappings/visit.toml:3 maps it to `patient`), `day` (mappings/visit.toml:8 maps it to `period_start`), `pulse` (mappings/pulse.toml:3 maps it to a condition (`[[when]]`))
      hint: the file also has `family`; a renamed column goes into the connector's `also`, one that may be missing is `optional = true`
    ");
    // Beside others it is kept as a file, and the run goes on.
    let folder = Folder::new();
    write_pack(&folder);
    let source = same_as_text(&folder);
    folder.write("text/Zqvxov.xlsx", locked());
    let outcome = load(&folder, &source, "ehr.db").expect("a run");
    assert!(outcome.balanced);
    let note = outcome.run.notes.iter().find(|note| note.contains("password")).expect("a note");
    assert!(!note.contains("Zqvxov"), "a file's name may be a patient's: {note}");
    let store = EhrStore::open(&folder.place("ehr.db")).expect("a store");
    assert_eq!(store.damages().expect("a check"), Vec::<String>::new());
}

#[test]
fn the_row_of_a_header_may_be_named() {
    let folder = Folder::new();
    write_sheet_pack(&folder);
    let mut book = Workbook::new();
    let people = book.add_worksheet();
    people.set_name("People").expect("a name");
    // What stands on top looks like a header.
    row(people, 0, &["who", "what", "where", "when", "why"]);
    row(people, 1, &["Ada", "types", "here", "daily", "dunno"]);
    row(people, 59, &["id", "family", "given", "born", "phone"]);
    row(people, 60, &["007", "Quimby", "Ottokar", "1931-07-08", "617-555-0147"]);
    row(people, 61, &["008", "Petrova", "Galina", "1961-04-09", ""]);
    let source = save(&folder, "deep.xlsx", book);
    let manifest = std::fs::read_to_string(folder.path().join("sheets/connector.toml")).expect("a manifest");
    let run = |line: &str, store: &str| {
        let files = "files = [\"*.xlsx/People\"]\n";
        assert!(manifest.contains(files), "{manifest}");
        folder.write("sheets/connector.toml", manifest.replace(files, &format!("{files}{line}\n")));
        let (source, pack, store) = (source.display().to_string(), folder.arg("sheets"), folder.store(store));
        let report = folder.arg("report");
        let output = chartlift(&["migrate", &source, "--connector", &pack, "--store", &store, "--report", &report]);
        (output.code, output.stderr.replace(&folder.arg(""), ""), output.stdout)
    };
    let (code, said, _) = run("", "guessed.db");
    assert_eq!((code, said.contains("5 columns are missing")), (1, true), "{said}");
    let (code, said, told) = run("header_row = 60", "named.db");
    assert_eq!(code, 0, "{said}");
    assert!(
        said.contains("deep.xlsx/People: its columns are named in row 60, and what stands above is left out"),
        "{said}"
    );
    let patients = folder.sql("named.db").rows("SELECT family_name FROM patient ORDER BY 1");
    assert_eq!(patients, [["Petrova"], ["Quimby"]], "{told}");
    for (line, expected) in [
        (
            "header_row = 70",
            "error: deep.xlsx/People: its columns are to be named in row 70, which is empty; the last row with a value is 62\n  \
             hint: mend `header_row` in the connector; rows count from 1, as the program shows them\n",
        ),
        (
            "header_row = 0",
            "error: the connector in sheets has 1 problem\n  \
             connector.toml:9: `header_row` is a row of the sheet, the first is 1\n  \
             hint: `chartlift connectors check DIR` lists everything at once\n",
        ),
    ] {
        let (code, said, _) = run(line, "refused.db");
        assert_eq!((code, said.as_str()), (1, expected));
    }
    assert!(!folder.path().join("refused.db").exists(), "nothing was changed");
    let text =
        folder.write("text/people.csv", "id,family,given,born,phone\n1,Quimby,Ottokar,,\n").display().to_string();
    let of_text = manifest.replace("\"*.xlsx/People\"]", "\"people.csv\"]\nheader_row = 2");
    folder.write("sheets/connector.toml", of_text);
    let refused =
        chartlift(&["migrate", &text, "--connector", &folder.arg("sheets"), "--store", &folder.store("refused.db")]);
    assert!(
        refused.stderr.starts_with("error: people.csv is no sheet of a workbook, and has no `header_row`"),
        "{}",
        refused.stderr
    );
}
