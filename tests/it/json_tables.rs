//! JSON and NDJSON as tables.

use crate::small::write_pack;
use crate::support::{Folder, Output, chartlift};

fn migrate(folder: &Folder, source: &str, store: &str) -> Output {
    let (pack, report, store) = (folder.arg("pack"), folder.arg(&format!("r-{store}")), folder.arg(store));
    let args =
        ["migrate", source, "--connector", &pack, "--store", &store, "--report", &report, "--as-of", "2026-06-01"];
    chartlift(&args)
}

/// The small pack, with more names of files and columns.
fn write_json_pack(folder: &Folder) {
    write_pack(folder);
    let manifest = folder.path().join("pack/connector.toml");
    let text = std::fs::read_to_string(&manifest).expect("a manifest");
    let text = text
        .replace("files = [\"people.csv\"]", "files = [\"people.csv\", \"people.ndjson\"]\nalso = { family = [\"name.family\"], given = [\"name.given.0\"] }")
        .replace("\"visits.csv\"", "\"visits.csv\", \"chart.json/visits\"")
        .replace("\"allergies.csv\"", "\"allergies.csv\", \"chart.json/allergies\"");
    folder.write("pack/connector.toml", text);
}

fn chart(folder: &Folder, store: &str) -> Vec<String> {
    let place = chartlift::store::StorePlace::Sqlite(folder.path().join(store));
    let store = chartlift::store::EhrStore::open(&place).expect("a store");
    let records = chartlift::model::RecordType::ALL.iter();
    records.map(|record| store.dump(*record).expect("rows")).collect()
}

#[test]
fn objects_load_as_rows_do() {
    let folder = Folder::new();
    write_json_pack(&folder);
    folder.write(
        "t/people.csv",
        "id,family,given,born,phone\n007,Quimby,Ottokar,1931-07-08,617-555-0147\n008,Pétrova,\"Galina \"\"G\"\"\",,\n",
    );
    folder.write("t/visits.csv", "id,person,day,pulse\n1,007,2020-01-01,60.50\n2,007,2020-02-01,\n");
    folder.write("t/allergies.csv", "person,substance,status\n008,Latex,active\n");
    let usual = migrate(&folder, &folder.arg("t"), "t.db");
    assert_eq!(usual.code, 0, "{}", usual.stderr);
    folder.write(
        "j/people.ndjson",
        "{\"id\": \"007\", \"name\": {\"family\": \"Quimby\", \"given\": [\"Ottokar\"]}, \"born\": \"1931-07-08\", \"phone\": \"617-555-0147\"}\n\n\
         {\"id\": \"008\", \"name\": {\"family\": \"P\\u00e9trova\", \"given\": [\"Galina \\\"G\\\"\"]}, \"born\": null, \"phone\": \"\", \"active\": true}\n",
    );
    folder.write(
        "j/chart.json",
        "\u{feff}{\"visits\": [{\"id\": 1, \"person\": \"007\", \"day\": \"2020-01-01\", \"pulse\": 60.50, \"seen\": [{\"by\": \"x\"}]}, {\"pulse\": null, \"day\": \"2020-02-01\", \"person\": \"007\", \"id\": 2}],\n\
          \"allergies\": [{\"person\": \"008\", \"substance\": \"Latex\", \"status\": \"active\"}], \"extra\": [], \"version\": 1.50, \"size\": 12345678901234567890123}",
    );
    let done = migrate(&folder, &folder.arg("j"), "j.db");
    assert_eq!(done.code, 0, "{}", done.stderr);
    assert_eq!(chart(&folder, "j.db"), chart(&folder, "t.db"));
    let visit = chartlift(&["trace", "visits", "--row", "1", "--store", &folder.arg("j.db")]);
    assert!(visit.stdout.contains("seen.0.by"), "{}", visit.stdout);
    assert!(visit.stdout.contains("60.50"), "a number is kept as written: {}", visit.stdout);
    let again = migrate(&folder, &folder.arg("j"), "j.db");
    let digest = &folder.json("r-j.db/report.json")["digest"];
    assert_eq!((again.code, &digest["before"]), (0, &digest["after"]));
}

#[test]
fn json_that_is_no_table_is_kept_as_a_file() {
    let folder = Folder::new();
    write_json_pack(&folder);
    folder.write("s/people.csv", "id,family,given,born,phone\n007,Quimby,Ottokar,1931-07-08,\n");
    for (name, text) in [
        ("settings.json", "{\"theme\": \"dark\"}"),
        ("mixed.json", "[{\"a\": 1}, 2]"),
        ("twice.json", "[{\"a.b\": 1, \"a\": {\"b\": 2}}]"),
        ("bundle.json", "{\"resourceType\": \"Bundle\", \"entry\": [{\"a\": 1}]}"),
        ("Patient.ndjson", "{\"resourceType\": \"Patient\", \"id\": \"1\"}\n"),
        ("text.json", "\"words\""),
        ("beside.json", "{\"rows\": [{\"a\": 1}], \"total\": {\"n\": 1}}"),
    ] {
        folder.write(&format!("s/{name}"), text);
    }
    let done = migrate(&folder, &folder.arg("s"), "k.db");
    assert_eq!(done.code, 0, "{}", done.stderr);
    let report = folder.json("r-k.db/report.json");
    let files = report["streams"].as_array().expect("streams").iter().find(|stream| stream["stream"] == "files");
    assert_eq!(files.expect("the files")["read"], 6, "lines that are all records are not kept twice: {report}");
    // Damage is told with its place where a connector wants the file, and noted where none does.
    folder.write("s/other.ndjson", "{\"a\": 1}\n{\"a\": ");
    let noted = migrate(&folder, &folder.arg("s"), "k.db");
    assert!(noted.stderr.contains("called like JSON and none, or damaged"), "{}", noted.stderr);
    folder.write("s/chart.json", "{\"visits\": [{\"id\": 1,\n \"person\" \"007\"}]}");
    let told = migrate(&folder, &folder.arg("s"), "k.db");
    assert_eq!(told.code, 1, "{}", told.stderr);
    assert!(told.stderr.contains("chart.json:2:"), "{}", told.stderr);
}
