//! The workbook that paper charts are typed into: what the program writes is what the connector reads.

use std::collections::BTreeMap;
use std::path::Path;

use calamine::{Data, Reader, Xlsx, open_workbook_from_rs};
use chartlift::connector::{Template, load_folder, load_named};
use chartlift::template::{Lines, workbook};

use crate::support::{Folder, chartlift, repository};

fn template() -> Template {
    let files = load_folder(&repository("connectors/paper")).expect("a connector");
    Template::parse(&files).expect("a template").expect("a template")
}

/// Every sheet's cells.
fn cells(bytes: &[u8]) -> BTreeMap<String, Vec<Vec<Data>>> {
    let mut book: Xlsx<_> = open_workbook_from_rs(std::io::Cursor::new(bytes)).expect("a workbook");
    let rows = |range: calamine::Range<Data>| range.rows().map(<[Data]>::to_vec).collect();
    book.worksheets().into_iter().map(|(name, range)| (name, rows(range))).collect()
}

/// The lines of the fixture, as they are typed.
fn typed() -> Lines {
    let mut lines = Lines::new();
    for sheet in template().sheets {
        let path = repository(&format!("tests/fixtures/paper/{}.csv", sheet.name));
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_path(path).expect("the lines of a sheet");
        let headings: Vec<String> = reader.headers().expect("headings").iter().map(str::to_owned).collect();
        assert_eq!(
            headings,
            sheet.columns.iter().map(|column| column.name.clone()).collect::<Vec<_>>(),
            "{}",
            sheet.name
        );
        let rows = reader.records().map(|row| row.expect("a line").iter().map(str::to_owned).collect());
        lines.insert(sheet.name, rows.collect());
    }
    lines
}

#[test]
fn the_fixture_is_what_somebody_typed_into_the_workbook() {
    let made = workbook(&template(), &typed()).expect("a workbook");
    assert_eq!(made, workbook(&template(), &typed()).expect("a workbook"), "the same lines give the same bytes");
    let path = repository("connectors/paper/fixture/paper-charts.xlsx");
    if std::env::var_os("UPDATE_FIXTURES").is_some() {
        std::fs::write(&path, &made).expect("a file");
    }
    assert_eq!(cells(&made), cells(&std::fs::read(&path).expect("a file")), "UPDATE_FIXTURES=1 writes it again");
}

#[test]
fn the_workbook_is_written_once_and_read_by_its_connector() {
    let folder = Folder::new();
    let file = folder.arg("charts.xlsx");
    let written = chartlift(&["generate", "--paper-template", &file]);
    assert_eq!(written.code, 0, "{}", written.stderr);
    let again = chartlift(&["generate", "--paper-template", &file]);
    assert_eq!(again.code, 1, "what was typed is never written over");
    let sheets = cells(&std::fs::read(&file).expect("a file"));
    let pack = load_named("paper").expect("a connector").0;
    for sheet in template().sheets {
        assert_eq!(sheets[&sheet.name].len(), 1, "{}", sheet.name);
        let stream = pack.streams.iter().find(|stream| stream.matches(&format!("charts.xlsx/{}", sheet.name)));
        assert!(stream.is_some(), "{}", sheet.name);
    }
    // Nothing is typed yet: nothing to load, and nothing wrong.
    let (store, report) = (folder.arg("ehr.db"), folder.arg("report"));
    let loaded = chartlift(&["migrate", &file, "--store", &store, "--report", &report]);
    assert_eq!(loaded.code, 0, "{}", loaded.stderr);
    assert!(loaded.stdout.contains("the books balance"), "{}", loaded.stdout);
    let other = chartlift(&["generate", "--paper-template", &folder.arg("x.xlsx"), "--connector", "oakfield"]);
    assert!(other.code == 2 && other.stderr.contains("has no template.toml"), "{}", other.stderr);
    assert!(!Path::new(&folder.arg("x.xlsx")).exists());
    let wrong = chartlift(&["generate", &folder.arg("practice"), "--paper-template"]);
    assert_eq!(wrong.code, 2, "{}", wrong.stderr);
}

#[test]
fn a_template_that_is_wrong_is_told_where() {
    let told = |text: &str| {
        let mut files = load_folder(&repository("connectors/paper")).expect("a connector");
        files.insert(Template::FILE.into(), text.as_bytes().to_vec());
        let problems = Template::parse(&files).expect_err("problems");
        problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
    };
    let column = |more: &str| {
        format!(
            "file = \"x.xlsx\"\n[[sheet]]\nname = \"A\"\nabout = \"a\"\n[[sheet.column]]\nname = \"B\"\nwidth = 9\nhelp = \"h\"\n{more}\n"
        )
    };
    let list = told(&column("kind = \"list\""));
    assert_eq!(list, "template.toml:9: a list names its words: `codes = \"NAME\"`");
    assert!(told(&column("kind = \"colour\"")).contains("`kind` is one of"));
    assert!(told(&column("kind = \"list\"\ncodes = \"nowhere\"")).contains("there is no codes/nowhere.csv"));
    assert!(told("file = \"x.xlsx\"\n").contains("there is no [[sheet]]"));
    let long = "h".repeat(300);
    assert!(told(&column("kind = \"text\"").replace("\"h\"", &format!("\"{long}\""))).contains("at most 255"));
}
