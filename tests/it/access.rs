//! Microsoft Access files as sources. The fixtures hold invented people; a Java program that knows the format wrote them.

use insta::assert_snapshot;

use crate::small::write_pack;
use crate::support::{Folder, Output, chartlift, repository};

fn migrate(folder: &Folder, source: &str, store: &str) -> Output {
    let (pack, report, store) = (folder.arg("pack"), folder.arg(&format!("r-{store}")), folder.arg(store));
    let args =
        ["migrate", source, "--connector", &pack, "--store", &store, "--report", &report, "--as-of", "2026-06-01"];
    chartlift(&args)
}

/// The small pack, for tables of an Access file.
fn write_access_pack(folder: &Folder) {
    write_pack(folder);
    let manifest = folder.path().join("pack/connector.toml");
    let text = std::fs::read_to_string(&manifest).expect("a manifest");
    let of_tables = ["people", "visits", "allergies"]
        .iter()
        .fold(text, |text, name| text.replace(&format!("\"{name}.csv\""), &format!("\"{name}.csv\", \"{name}\"")));
    folder.write("pack/connector.toml", of_tables);
}

/// A folder with one of the files, compressed as it is.
fn fixture(folder: &Folder, name: &str) -> String {
    let packed = std::fs::read(repository("tests/it/access").join(format!("{name}.gz"))).expect("a file");
    folder.write(&format!("of-{name}/{name}.gz"), packed);
    folder.arg(&format!("of-{name}"))
}

fn unpacked(name: &str) -> Vec<u8> {
    let packed = std::fs::File::open(repository("tests/it/access").join(format!("{name}.gz"))).expect("a file");
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(packed), &mut bytes).expect("bytes");
    bytes
}

#[test]
fn tables_of_every_version_load_alike() {
    let folder = Folder::new();
    write_access_pack(&folder);
    let mut charts = Vec::new();
    for name in ["practice-2000.mdb", "practice-2007.accdb"] {
        let done = migrate(&folder, &fixture(&folder, name), &format!("{name}.db"));
        assert_eq!(done.code, 0, "{}", done.stderr);
        let report = folder.json(&format!("r-{name}.db/report.json"));
        let streams = report["streams"].as_array().expect("streams");
        let mut read: Vec<String> = streams
            .iter()
            .map(|stream| format!("{} {}", stream["stream"].as_str().unwrap_or_default(), stream["read"]))
            .collect();
        read.sort();
        let many = format!("{name}/many 3000");
        let expected: Vec<String> = ["allergies 2", "files 1", "people 3", "visits 3"].map(str::to_owned).to_vec();
        for expected in expected.iter().chain([&many]) {
            assert!(read.contains(expected), "{expected}: {read:?}");
        }
        let rows = |table: &str, row: &str| {
            chartlift(&["trace", table, "--row", row, "--store", &folder.arg(&format!("{name}.db"))]).stdout
        };
        let shown: Vec<String> = ["1", "2", "3"].iter().map(|row| rows("visits", row)).collect();
        charts.push(shown.join("").lines().filter(|line| !line.contains(" row ")).collect::<Vec<_>>().join("\n"));
        let again = migrate(&folder, &fixture(&folder, name), &format!("{name}.db"));
        let digest = &folder.json(&format!("r-{name}.db/report.json"))["digest"];
        assert_eq!((again.code, &digest["before"]), (0, &digest["after"]));
    }
    assert_eq!(charts[0], charts[1]);
    let short = |chart: &String| {
        chart.lines().map(|line| line.chars().take(90).collect::<String>()).collect::<Vec<_>>().join("\n")
    };
    assert_snapshot!(short(&charts[1]));
}

#[test]
fn what_is_cut_or_locked_is_named() {
    let folder = Folder::new();
    write_access_pack(&folder);
    let whole = unpacked("practice-2007.accdb");
    folder.write("locked.mdb", unpacked("locked.mdb"));
    folder.write("cut.accdb", &whole[..whole.len() * 6 / 10]);
    folder.write("not.mdb", "words");
    let mut said = String::new();
    for name in ["cut.accdb", "not.mdb", "locked.mdb"] {
        let output = migrate(&folder, &folder.arg(name), "x.db");
        let lines: Vec<String> = output
            .stderr
            .lines()
            .filter(|line| line.starts_with("error") || line.starts_with("  "))
            .map(|line| line.replace(&folder.arg(""), ""))
            .collect();
        said.push_str(&format!("{name}: {}\n{}\n", output.code, lines.join("\n")));
    }
    assert_snapshot!(said);
}
