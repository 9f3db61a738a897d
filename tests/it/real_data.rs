//! Real exports that are not ours: run where `CHARTLIFT_DATA` or a folder beside the repository has them, said loudly where not.

use std::path::PathBuf;

use crate::support::{Folder, chartlift, repository};

fn export(name: &str) -> Option<PathBuf> {
    let base = std::env::var_os("CHARTLIFT_DATA").map(PathBuf::from).unwrap_or_else(|| repository("../shared/data"));
    let path = base.join(name);
    if !path.is_dir() {
        eprintln!("SKIPPED: there is no {name} in {}", base.display());
        return None;
    }
    Some(path)
}

fn loads(name: &str) -> Option<Folder> {
    let source = export(name)?.display().to_string();
    let folder = Folder::new();
    let (store, report) = (folder.store("ehr.db"), folder.arg("report"));
    let first = chartlift(&["migrate", &source, "--store", &store, "--report", &report]);
    assert_eq!(first.code, 0, "{}{}", first.stdout, first.stderr);
    let again = chartlift(&["migrate", &source, "--store", &store, "--report", &folder.arg("again")]);
    assert_eq!(again.code, 0, "{}{}", again.stdout, again.stderr);
    let again = folder.json("again/report.json");
    assert_eq!(again["digest"]["before"], again["digest"]["after"]);
    for stream in again["streams"].as_array().expect("streams") {
        assert_eq!(
            (stream["loaded"].as_u64(), stream["updated"].as_u64(), stream["linked"].as_u64()),
            (Some(0), Some(0), Some(0)),
            "{stream}"
        );
    }
    let digest = chartlift(&["store", "digest", "--store", &store]);
    assert_eq!((digest.code, digest.stdout.trim()), (0, again["digest"]["after"].as_str().expect("a digest")));
    Some(folder)
}

#[test]
fn a_synthea_export_loads_whole() {
    let Some(folder) = loads("synthea-27-csv") else { return };
    let report = folder.json("report/report.json");
    assert_eq!(report["patients"]["patients"], 27);
    assert_eq!(report["streams"].as_array().expect("streams").len(), 19, "18 tables and the licence");
    // One of its SNOMED CT codes has a wrong check digit: 10939881000119104 is 10939881000119105.
    let told: Vec<_> =
        report["issues"].as_array().expect("issues").iter().map(|one| (&one["code"], &one["count"])).collect();
    assert_eq!(told, [(&serde_json::json!("code_invalid"), &serde_json::json!(4))]);
}

/// Workbooks of other programs, with errors, merged cells, both epochs: every sheet is a table, and the books balance.
#[test]
fn workbooks_of_other_programs_load_whole() {
    let Some(source) = export("spreadsheets") else { return };
    let folder = Folder::new();
    crate::small::write_pack(&folder);
    let (store, report) = (folder.store("ehr.db"), folder.arg("report"));
    let run = |report: &str| {
        let source = source.display().to_string();
        chartlift(&["migrate", &source, "--connector", &folder.arg("pack"), "--store", &store, "--report", report])
    };
    let first = run(&report);
    assert_eq!(first.code, 0, "{}{}", first.stdout, first.stderr);
    let written = folder.json("report/report.json");
    let streams: Vec<&str> =
        written["streams"].as_array().expect("streams").iter().filter_map(|one| one["stream"].as_str()).collect();
    for sheet in
        ["date.xlsx/Sheet1", "date_1904.xls/Sheet1", "date.ods/Sheet1", "issues.xlsb/Sheet1", "errors.xlsx/Feuil1"]
    {
        assert!(streams.iter().any(|stream| stream.eq_ignore_ascii_case(sheet)), "{sheet}: {streams:?}");
    }
    assert_eq!(written["balanced"], true);
    let again = run(&folder.arg("again"));
    assert_eq!(again.code, 0, "{}{}", again.stdout, again.stderr);
    let again = folder.json("again/report.json");
    assert_eq!(again["digest"]["before"], again["digest"]["after"]);
}

/// Tables of dBase III and IV and of FoxPro, with their memo files and without.
#[test]
fn dbase_tables_load_whole() {
    let Some(source) = export("dbf") else { return };
    let folder = Folder::new();
    crate::small::write_pack(&folder);
    let store = folder.store("ehr.db");
    let source = source.display().to_string();
    let run = |report: &str| {
        chartlift(&["migrate", &source, "--connector", &folder.arg("pack"), "--store", &store, "--report", report])
    };
    let first = run(&folder.arg("report"));
    assert_eq!(first.code, 0, "{}{}", first.stdout, first.stderr);
    let written = folder.json("report/report.json");
    let streams = written["streams"].as_array().expect("streams");
    let read = |table: &str| {
        let stream = streams.iter().find(|one| one["stream"] == format!("{table}.dbf/{table}"));
        stream.unwrap_or_else(|| panic!("no stream {table}"))["read"].as_u64()
    };
    let tables = ["calls", "cp1251", "dbase_03", "dbase_30", "dbase_83", "dbase_83_missing_memo", "dbase_8b"];
    assert_eq!(tables.map(read), [16, 4, 14, 34, 67, 67, 10].map(Some));
    let row = |table: &str, number: &str| {
        let trace = ["trace", &format!("{table}.dbf/{table}"), "--row", number, "--raw", "--store", &store];
        chartlift(&trace).stdout.trim_end().to_owned()
    };
    assert_eq!(row("cp1251", "1"), "1,амбулаторно-поликлиническое");
    assert_eq!(row("dbase_8b", "1"), "One,1.00,1970-01-01,Y,1.234567890123460000,\"First memo\r\n\"");
    let again = run(&folder.arg("again"));
    assert_eq!(again.code, 0, "{}{}", again.stdout, again.stderr);
    let again = folder.json("again/report.json");
    assert_eq!(again["digest"]["before"], again["digest"]["after"]);
}

#[test]
fn the_smart_sample_patients_load_whole_and_no_negative_allergy_is_active() {
    let Some(folder) = loads("smart-sample-patients") else { return };
    let store = folder.sql("ehr.db");
    let count = |sql: &str| store.number(sql);
    assert_eq!(count("SELECT count(*) FROM allergy_intolerance WHERE clinical_status = 'active'"), 18);
    assert_eq!(
        count(
            "SELECT count(*) FROM allergy_intolerance WHERE verification_status = 'refuted' AND clinical_status = 'inactive'"
        ),
        45
    );
    assert_eq!(count("SELECT count(*) FROM document_content"), 18);
}
