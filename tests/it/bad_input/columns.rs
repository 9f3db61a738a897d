//! Headers: columns renamed, missing, there twice; no header; nothing but a header.

use super::*;

#[test]
fn a_renamed_column() {
    let folder = practice();
    folder.write("export/people.csv", PEOPLE.replace("SURNAME", "SURNAMES"));
    let output = migrate(&folder, "export");
    assert_refused(
        &output,
        1,
        &["people.csv", "column `SURNAME` is missing", "mappings/person.toml:3", "family_name"],
        &["did you mean `SURNAMES`"],
    );
    assert_eq!(ask(&folder, "SELECT name FROM sqlite_master WHERE name = 'run'").len(), 0, "nothing was changed");
}

#[test]
fn all_missing_columns_at_once() {
    let folder = practice();
    folder.write("export/people.csv", "ID,FIRST,CITY\ncanary1,Anncanary,Canarytown\n");
    let output = migrate(&folder, "export");
    assert_refused(
        &output,
        1,
        &["people.csv", "`SURNAME`", "mappings/person.toml:3", "`DOB`", "mappings/person.toml:11"],
        &["`also`", "`optional = true`"],
    );
}

#[test]
fn a_missing_key_column() {
    let folder = practice();
    folder.write("export/people.csv", PEOPLE.replace("ID,SUR", "IDX,SUR"));
    let output = migrate(&folder, "export");
    assert_refused(
        &output,
        1,
        &["people.csv", "`ID`", "connector.toml:10", "key of stream `people`"],
        &["did you mean `IDX`"],
    );
}

#[test]
fn a_file_without_a_header_is_not_read_aloud() {
    let folder = practice();
    folder.write("export/people.csv", PEOPLE.split_once('\n').map_or("", |(_, rows)| rows));
    let output = migrate(&folder, "export");
    assert_refused(&output, 1, &["people.csv", "`SURNAME`"], &["header"]);
}

#[test]
fn a_file_without_a_header_whose_first_row_repeats_a_value_is_not_read_aloud() {
    let folder = practice();
    folder.write("export/people.csv", "canary1,Canaryson,Canaryson,1961-04-30,Canarytown\n");
    assert_refused(&migrate(&folder, "export"), 1, &["people.csv", "columns 2 and 3"], &[""]);
}

#[test]
fn two_columns_of_one_name() {
    let folder = practice();
    folder.write("export/people.csv", PEOPLE.replace("SURNAME,FIRST", "SURNAME,SURNAME"));
    let output = migrate(&folder, "export");
    assert_refused(&output, 1, &["people.csv", "`SURNAME`", "columns 2 and 3"], &["rename"]);
}

#[test]
fn a_column_that_no_mapping_names_is_kept_and_an_optional_one_may_be_missing() {
    let folder = practice();
    folder.write("export/people.csv", PEOPLE.replace("CITY", "CANARYTOWN"));
    let report = assert_done(&folder, &migrate(&folder, "export"));
    let columns = stream(&report, "people")["columns"].as_array().expect("columns").clone();
    let kept = columns.iter().find(|column| column["column"] == "CANARYTOWN").expect("the column is named");
    assert_eq!(kept["cells"]["kept"], 3);
}

#[test]
fn a_header_alone() {
    let folder = practice();
    folder.write("export/people.csv", "ID,SURNAME,FIRST,DOB,CITY\n");
    folder.write("export/visits.csv", "NO,PERSON,START,REASON");
    let report = assert_done(&folder, &migrate(&folder, "export"));
    assert_eq!((counts(&report, "people"), counts(&report, "visits")), ((0, 0, 0), (0, 0, 0)));
}

#[test]
fn an_empty_file_that_is_required() {
    for nothing in [&b""[..], b"\r\n\n", b"\xef\xbb\xbf"] {
        let folder = practice();
        folder.write("export/people.csv", nothing);
        assert_refused(&migrate(&folder, "export"), 1, &["people.csv", "is empty", "`aviary`"], &["export it again"]);
    }
}

#[test]
fn an_empty_file_that_is_not_required() {
    let folder = practice();
    folder.write("export/visits.csv", "");
    let output = migrate(&folder, "export");
    let report = assert_done(&folder, &output);
    assert_eq!(counts(&report, "visits"), (0, 0, 0));
    assert!(output.stderr.contains("note: visits.csv is empty"), "{}", output.stderr);
}
