//! What people do to workbooks that somebody else's program has to read: percent signs, several tables on a sheet, macros, errors.

use std::io::{Cursor, Read, Write};

use rust_xlsxwriter::{Format, FormatUnderline, Workbook};
use zip::write::SimpleFileOptions;

use super::row;
use crate::support::{Folder, Output, chartlift};

const PEOPLE: [&[&str]; 3] = [
    &["Patient ID", "Last Name", "First Name", "DOB", "Sex"],
    &["1", "Quimby", "Ottokar", "1931-07-08", "M"],
    &["2", "Petrova", "Galina", "1961-04-09", "F"],
];

fn book(sheets: &[(&str, &[&[&str]])]) -> Vec<u8> {
    let mut book = Workbook::new();
    for (name, rows) in sheets {
        let sheet = book.add_worksheet();
        sheet.set_name(*name).expect("a name");
        for (at, cells) in (0..).zip(*rows) {
            row(sheet, at, cells);
        }
    }
    book.save_to_buffer().expect("a workbook")
}

/// Loads a workbook as any clinic's own.
fn load(folder: &Folder, name: &str, bytes: &[u8]) -> Output {
    let path = folder.write(&format!("s/{name}"), bytes);
    let (source, store, report) = (path.display().to_string(), folder.store("ehr.db"), folder.arg("report"));
    let connector = ["--connector", "generic-clinic", "--system", "clinic"];
    chartlift(&[&["migrate", &source, "--store", &store, "--report", &report][..], &connector].concat())
}

/// A zip archive with one of its members changed or added.
fn with_member(archive: &[u8], name: &str, change: impl Fn(Option<String>) -> String) -> Vec<u8> {
    let mut read = zip::ZipArchive::new(Cursor::new(archive)).expect("an archive");
    let mut write = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let mut put = |name: &str, text: &[u8]| {
        write.start_file(name, SimpleFileOptions::default()).expect("a member");
        write.write_all(text).expect("a member");
    };
    let mut was_there = false;
    for at in 0..read.len() {
        let mut member = read.by_index(at).expect("a member");
        let (own, mut text) = (member.name().expect("a name").into_owned(), Vec::new());
        member.read_to_end(&mut text).expect("a member");
        if own == name {
            was_there = true;
            text = change(Some(String::from_utf8(text).expect("text"))).into_bytes();
        }
        put(&own, &text);
    }
    if !was_there {
        put(name, change(None).as_bytes());
    }
    write.finish().expect("an archive").into_inner()
}

const MANIFEST: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><manifest:manifest \
    xmlns:manifest=\"urn:oasis:names:tc:opendocument:xmlns:manifest:1.0\" manifest:version=\"1.2\"/>";

#[test]
fn percentages_and_zeros_are_as_they_are_shown_in_every_kind() {
    let folder = Folder::new();
    let cell = |kind: &str, value: &str, shown: &str| {
        format!(
            "<table:table-cell office:value-type=\"{kind}\" office:value=\"{value}\"><text:p>{shown}</text:p></table:table-cell>"
        )
    };
    let text = |shown: &str| {
        format!("<table:table-cell office:value-type=\"string\"><text:p>{shown}</text:p></table:table-cell>")
    };
    let row = |cells: &[String]| format!("<table:table-row>{}</table:table-row>", cells.concat());
    let texts = |cells: &[&str]| row(&cells.iter().map(|cell| text(cell)).collect::<Vec<_>>());
    let empty = "<table:table-row table:number-rows-repeated=\"3\"><table:table-cell table:number-columns-repeated=\"5\"/></table:table-row>";
    let result = |shown: [String; 2], unit: &str| {
        row(&[shown[0].clone(), text("2020-01-02"), text("HbA1c"), shown[1].clone(), text(unit)])
    };
    let content = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><office:document-content xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\" \
         xmlns:table=\"urn:oasis:names:tc:opendocument:xmlns:table:1.0\" xmlns:text=\"urn:oasis:names:tc:opendocument:xmlns:text:1.0\" \
         office:version=\"1.2\"><office:body><office:spreadsheet><table:table table:name=\"Patients\">{}{}</table:table>\
         <table:table table:name=\"Results\">{empty}{}{}{}</table:table></office:spreadsheet></office:body></office:document-content>",
        texts(&["Patient ID", "Last Name", "First Name", "DOB", "Sex"]),
        row(&[cell("float", "101", "00101"), text("Quimby"), text("Ottokar"), text("1931-07-08"), text("M")]),
        texts(&["Patient ID", "Date", "Test", "Result", "Units"]),
        result([cell("float", "101", "00101"), cell("percentage", "0.075", "7.5%")], "%"),
        result([cell("float", "101", "00101"), cell("float", "42", "42")], "%"),
    );
    let mut ods = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in [
        ("mimetype", "application/vnd.oasis.opendocument.spreadsheet"),
        ("META-INF/manifest.xml", MANIFEST),
        ("content.xml", &content),
    ] {
        ods.start_file(name, SimpleFileOptions::default()).expect("a member");
        ods.write_all(text.as_bytes()).expect("a member");
    }
    let done = load(&folder, "clinic.ods", &ods.finish().expect("an archive").into_inner());
    assert_eq!(done.code, 0, "{}{}", done.stdout, done.stderr);
    let sql = folder.sql("ehr.db");
    let values = sql
        .rows("SELECT CAST(value_quantity AS TEXT), value_unit FROM observation ORDER BY observation.value_quantity");
    let values: Vec<&str> = values.iter().map(|row| row[0].trim_end_matches(".0")).collect();
    assert_eq!(values, ["7.5", "42"]);
    assert_eq!(sql.text("SELECT source_key FROM patient_identity"), "00101");
}

#[test]
fn another_table_on_a_sheet_is_charted_as_nothing_else() {
    let folder = Folder::new();
    let allergies: [&[&str]; 7] = [
        &["Patient ID", "Allergy", "Reaction"],
        &["1", "Penicillin", "rash"],
        &["2", "Latex", ""],
        &[],
        &["Medications"],
        &["Patient ID", "Medication", "Dose"],
        &["1", "Warfarin", "5 mg"],
    ];
    let done = load(&folder, "clinic.xlsx", &book(&[("Patients", &PEOPLE), ("Allergies", &allergies)]));
    assert_eq!(done.code, 0, "{}{}", done.stdout, done.stderr);
    assert!(done.stderr.contains("another table seems to begin in row 5"), "{}", done.stderr);
    let sql = folder.sql("ehr.db");
    let charted = sql.rows("SELECT code_text FROM allergy_intolerance ORDER BY code_text");
    assert_eq!(charted, [["Latex"], ["Penicillin"]]);
    assert_eq!(
        sql.text("SELECT CAST(count(*) AS TEXT) FROM source_record WHERE fate = 'archived'"),
        "2",
        "Warfarin, and the workbook"
    );
}

#[test]
fn the_same_columns_in_another_order_are_the_same_stream_s() {
    let folder = Folder::new();
    let allergies: [&[&str]; 6] = [
        &["Patient ID", "Allergy", "Reaction"],
        &["1", "Penicillin", "rash"],
        &[],
        &["This year"],
        &["Patient ID", "Reaction", "Allergy"],
        &["2", "hives", "Sulfa"],
    ];
    let done = load(&folder, "clinic.xlsx", &book(&[("Patients", &PEOPLE), ("Allergies", &allergies)]));
    assert_eq!(done.code, 0, "{}{}", done.stdout, done.stderr);
    let charted = "SELECT code_text, reaction_text FROM allergy_intolerance ORDER BY code_text";
    assert_eq!(folder.sql("ehr.db").rows(charted), [["Penicillin", "rash"], ["Sulfa", "hives"]]);
}

#[test]
fn a_row_in_words_and_columns_behind_a_gap_are_charted_as_they_are() {
    let folder = Folder::new();
    let allergies: [&[&str]; 7] = [
        &["Patient ID", "Allergy", "", "Reaction", "Active/Inactive"],
        &["1", "Penicillin", "", "rash", "Active"],
        &["1", "Latex", "", "hives", "Active"],
        &[],
        &["pending", "Sulfa", "", "hives", "Active"],
        &["2", "Codeine", "", "rash", "Inactive"],
        &["2", "Aspirin"],
    ];
    let done = load(&folder, "clinic.xlsx", &book(&[("Patients", &PEOPLE), ("Allergies", &allergies)]));
    assert_eq!(done.code, 0, "{}{}", done.stdout, done.stderr);
    assert!(done.stderr.contains("row 5 may name the columns of another table"), "{}", done.stderr);
    assert!(done.stderr.contains("the columns from D on are read with those before the gap"), "{}", done.stderr);
    let sql = folder.sql("ehr.db");
    let charted = sql.rows("SELECT code_text, clinical_status FROM allergy_intolerance ORDER BY code_text");
    let expected = [["Aspirin", "active"], ["Codeine", "inactive"], ["Latex", "active"], ["Penicillin", "active"]];
    assert_eq!(charted, expected);
    let waiting = "SELECT CAST(count(*) AS TEXT) FROM source_record WHERE fate = 'quarantined'";
    assert_eq!(sql.text(waiting), "1", "whoever is pending");
}

#[test]
fn a_list_beside_the_patients_is_not_theirs() {
    let folder = Folder::new();
    let people: Vec<Vec<String>> = (1..9u32)
        .map(|number| {
            let born = format!("19{}-07-08", 30 + number);
            let mut row = vec![number.to_string(), format!("Family{number}"), "Eve".into(), born, "F".into()];
            if number < 4 {
                row.extend(["".into(), format!("Dr. {number}"), format!("617-555-010{number}")]);
            }
            row
        })
        .collect();
    let people: Vec<Vec<&str>> = people.iter().map(|row| row.iter().map(String::as_str).collect()).collect();
    let header = ["Patient ID", "Last Name", "First Name", "DOB", "Sex", "", "Doctor", "Phone"];
    let rows: Vec<&[&str]> = [&header[..]].into_iter().chain(people.iter().map(Vec::as_slice)).collect();
    let done = load(&folder, "clinic.xlsx", &book(&[("Patients", &rows)]));
    assert_eq!(done.code, 0, "{}{}", done.stdout, done.stderr);
    assert!(done.stderr.contains("beside it from column G"), "{}", done.stderr);
    assert_eq!(folder.sql("ehr.db").text("SELECT CAST(count(phone_home) AS TEXT) FROM patient"), "0");
}

#[test]
fn macros_new_errors_and_lock_files_do_not_stop_a_run() {
    let folder = Folder::new();
    let mut written = Workbook::new();
    let sheet = written.add_worksheet();
    sheet.set_name("Patients").expect("a name");
    (0..).zip(PEOPLE).for_each(|(at, cells)| row(sheet, at, cells));
    let sheet = written.add_worksheet();
    sheet.set_name("Allergies").expect("a name");
    row(sheet, 0, &["Patient ID", "Allergy", "Reaction"]);
    row(sheet, 1, &["1", "Penicillin", "@here"]);
    row(sheet, 2, &["2", "", "rash"]);
    let struck = Format::new().set_font_strikethrough().set_underline(FormatUnderline::None);
    sheet.write_with_format(2, 1, "Latex", &struck).expect("a cell");
    sheet.write_formula(1, 2, rust_xlsxwriter::Formula::new("=SORT(A1:A9)").set_result("@here")).expect("a formula");
    let plain = written.save_to_buffer().expect("a workbook");
    let spilled = with_member(&plain, "xl/worksheets/sheet2.xml", |text| {
        let text = text.expect("a sheet");
        assert!(text.contains("<v>@here</v>"), "{text}");
        text.replace("t=\"str\"", "t=\"e\"").replace("<v>@here</v>", "<v>#SPILL!</v>")
    });
    let with_macro = with_member(&spilled, "[Content_Types].xml", |text| {
        text.expect("types").replace(
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
            "application/vnd.ms-excel.sheet.macroEnabled.main+xml",
        )
    });
    let with_macro = with_member(&with_macro, "xl/vbaProject.bin", |_| "Sub Auto_Open()".into());
    folder.write("s/~$clinic.xlsm", [0; 165]);
    folder.write("s/clinic.xlsm", with_macro);
    let (source, store, report) = (folder.arg("s"), folder.store("ehr.db"), folder.arg("report"));
    let done =
        chartlift(&["migrate", &source, "--connector", "generic-clinic", "--store", &store, "--report", &report]);
    assert_eq!(done.code, 0, "{}{}", done.stdout, done.stderr);
    for told in
        ["1 cell with an error instead of a value, the first C2", "1 cell with a line through them, the first B3"]
    {
        assert!(done.stderr.contains(told), "{told}: {}", done.stderr);
    }
    let charted = folder.sql("ehr.db").rows("SELECT code_text FROM allergy_intolerance ORDER BY code_text");
    assert_eq!(charted, [["Latex"], ["Penicillin"]]);
}

#[test]
fn a_paper_workbook_with_a_changed_heading_is_no_clinic_s_own() {
    let folder = Folder::new();
    folder.write("s/scans/note.txt", "seen");
    let made = chartlift(&["generate", "--paper-template", &folder.arg("s/paper-charts.xlsx")]);
    assert_eq!(made.code, 0, "{}", made.stderr);
    let path = folder.path().join("s/paper-charts.xlsx");
    let bytes = std::fs::read(&path).expect("a workbook");
    let changed =
        with_member(&bytes, "xl/sharedStrings.xml", |text| text.expect("texts").replace(">Allergic to<", ">Allergy<"));
    std::fs::write(&path, changed).expect("a workbook");
    let done =
        chartlift(&["migrate", &folder.arg("s"), "--store", &folder.store("ehr.db"), "--report", &folder.arg("r")]);
    assert_eq!(done.code, 1, "{}", done.stdout);
    assert!(done.stderr.contains("Allergies has no column for the key of stream `allergies`"), "{}", done.stderr);
    assert!(!done.stderr.contains("but ;"), "{}", done.stderr);
}

#[test]
fn a_column_that_asks_whether_something_is_active_is_its_status() {
    let folder = Folder::new();
    folder.write("s/patients.csv", "MRN,Last,First,DOB,Sex\n1,Fern,Ann,1950-01-02,F\n");
    folder.write(
        "s/allergies.csv",
        "MRN,Allergy,Reaction,Active\n1,Latex,rash,Yes\n1,Penicillin,hives,Inactive\n1,Sulfa,rash,No\n",
    );
    folder.write("s/problems.csv", "MRN,Problem,Active?\n1,Asthma,Y\n1,Gout,N\n");
    let (store, report) = (folder.store("ehr.db"), folder.arg("report"));
    let done = chartlift(&["migrate", &folder.arg("s"), "--store", &store, "--report", &report]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    let statuses = |table: &str| {
        folder.sql("ehr.db").rows(&format!("SELECT code_text, clinical_status FROM {table} ORDER BY code_text"))
    };
    assert_eq!(
        statuses("allergy_intolerance"),
        [["Latex", "active"], ["Penicillin", "inactive"], ["Sulfa", "inactive"]]
    );
    assert_eq!(statuses("condition"), [["Asthma", "active"], ["Gout", "inactive"]]);
}
