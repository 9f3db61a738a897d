//! HL7 v2 messages as a source: those that nobody here wrote, those of the fixture night by night, and what is no message at all.

use crate::small::recounted;
use crate::support::{Folder, Output, chartlift, repository};

fn migrate(source: &str, store: &str, report: &str) -> Output {
    chartlift(&["migrate", source, "--connector", "hl7v2", "--store", store, "--report", report])
}

#[test]
fn messages_that_nobody_here_wrote_load_with_closed_books() {
    let source = repository("../shared/data/hl7v2");
    if !source.is_dir() {
        eprintln!("NOT RUN: ../shared/data is not there");
        return;
    }
    let folder = Folder::new();
    let (source, store, report) = (source.display().to_string(), folder.store("ehr.db"), folder.arg("report"));
    let done = chartlift(&["migrate", &source, "--store", &store, "--report", &report]);
    assert_eq!(done.code, 0, "{}{}", done.stdout, done.stderr);
    let (kept, counted) = recounted(&folder, "ehr.db");
    assert_eq!(kept, counted);
    let report_json = folder.json("report/report.json");
    let read = |name: &str| {
        let streams = report_json["streams"].as_array().expect("streams");
        streams
            .iter()
            .find(|stream| stream["stream"] == name)
            .map_or(0, |stream| stream["read"].as_u64().unwrap_or_default())
    };
    // Twenty-two files of one message each; all are read.
    assert_eq!((read("messages"), read("damaged-messages")), (22, 0));
    let sql = folder.sql("ehr.db");
    let hemogram = "SELECT count(*) FROM observation o JOIN diagnostic_report r ON o.diagnostic_report_id = r.id WHERE r.code = '57021-8'";
    assert_eq!(sql.text(&format!("SELECT CAST(({hemogram}) AS TEXT)")), "28");
    let again = migrate(&source, &store, &report);
    assert_eq!(again.code, 0);
    let report = folder.json("report/report.json");
    assert_eq!(report["digest"]["before"], report["digest"]["after"]);
}

fn message(kind: &str, control: &str, segments: &[&str]) -> String {
    let person = "PID|1||4711^^^HILLTOP^MR||Larkspur^Nora||19610304|F|||12 Mill Lane^^Ashford^CT^06278";
    let mut text = format!("MSH|^~\\&|LAB|HILLTOP|||202403010800{control}||{kind}|M{control}|P|2.5.1\r{person}\r");
    for segment in segments {
        text.push_str(segment);
        text.push('\r');
    }
    text
}

const ORDER: &str = "OBR|1||F-900^LAB|58410-2^CBC panel^LN|||20240301084500|||||||||||||||20240301|||P";

/// A corrected report that tells of one result takes nothing back of the others; the same result in another message is nothing new.
#[test]
fn a_correction_changes_what_it_corrects() {
    let folder = Folder::new();
    let first = message(
        "ORU^R01",
        "01",
        &[ORDER, "OBX|1|NM|718-7^Hb^LN||13.1|g/dL|||||P", "OBX|2|NM|6690-2^WBC^LN||11.5||||||F"],
    );
    let second = message("ORU^R01", "02", &[&ORDER.replace("|P", "|C"), "OBX|1|NM|718-7^Hb^LN||12.7|g/dL|||||C"]);
    let (store, report) = (folder.store("ehr.db"), folder.arg("report"));
    folder.write("night/a.hl7", &first);
    assert_eq!(migrate(&folder.arg("night"), &store, &report).code, 0);
    folder.write("night/b.hl7", &second);
    assert_eq!(migrate(&folder.arg("night"), &store, &report).code, 0);
    let values = "SELECT code, status, CAST(value_quantity AS TEXT) FROM observation ORDER BY code";
    let expected = [["6690-2", "final", "11.5"], ["718-7", "corrected", "12.7"]];
    assert_eq!(folder.sql("ehr.db").rows(values), expected);
    // Both nights at once.
    let (other, report_of_other) = (folder.store("other.db"), folder.arg("other"));
    assert_eq!(migrate(&folder.arg("night"), &other, &report_of_other).code, 0);
    assert_eq!(folder.sql("other.db").rows(values), expected);
    // The same again, under other names and numbers.
    folder.write("night/c.hl7", second.replace("M02", "M03").replace("20240301080002", "20240301080003"));
    assert_eq!(migrate(&folder.arg("night"), &store, &report).code, 0);
    let streams = folder.json("report/report.json");
    let observations =
        streams["streams"].as_array().and_then(|all| all.iter().find(|one| one["stream"] == "observations").cloned());
    let observations = observations.expect("observations");
    assert_eq!((&observations["updated"], &observations["loaded"]), (&0.into(), &0.into()));
    assert_eq!(folder.sql("ehr.db").rows(values), expected);
}

/// A result that knows less of a person than a registration takes nothing of it back, and is the same person's.
#[test]
fn a_result_registers_nobody_anew() {
    let folder = Folder::new();
    let admission = message("ADT^A04", "01", &["PV1|1|O|||||||||||||||||V1"]);
    let result = message("ORU^R01", "02", &[ORDER, "OBX|1|NM|718-7^Hb^LN||13.1|g/dL|||||F"])
        .replace("|||12 Mill Lane^^Ashford^CT^06278", "");
    folder.write("feed/a.hl7", format!("{admission}{result}"));
    let (store, report) = (folder.store("ehr.db"), folder.arg("report"));
    assert_eq!(migrate(&folder.arg("feed"), &store, &report).code, 0);
    let sql = folder.sql("ehr.db");
    assert_eq!(sql.rows("SELECT city FROM patient WHERE replaced_by IS NULL"), [["Ashford"]]);
    let charts = "SELECT CAST(count(DISTINCT patient_id) AS TEXT) FROM (SELECT patient_id FROM encounter UNION ALL SELECT patient_id FROM observation) AS charts";
    assert_eq!(sql.text(charts), "1");
}

#[test]
fn what_is_no_message_waits_and_the_others_load() {
    let folder = Folder::new();
    let good = message("ORU^R01", "01", &[ORDER, "OBX|1|NM|718-7^Hb^LN||13.1|g/dL|||||F"]);
    let unknown = message("ORU^R01", "02", &[]).replace("ORU^R01", "ZZZ^Z99");
    let signs = good.replace("^~\\&|LAB", "^^\\&|LAB");
    let nobody = format!("MSH|^~\\&|LAB|H|||20240301||ORU^R01|M5|P|2.5\r{ORDER}\rOBX|1|NM|718-7^Hb^LN||1\r");
    folder.write("feed/a.hl7", format!("garbage\r{unknown}{good}{signs}{nobody}MSH|^~\\&|LAB"));
    let (store, report) = (folder.store("ehr.db"), folder.arg("report"));
    let done = migrate(&folder.arg("feed"), &store, &report);
    assert_eq!(done.code, 0, "{}", done.stderr);
    let waiting = std::fs::read_to_string(folder.path().join("report/quarantine.csv")).expect("a list");
    let reasons: Vec<&str> =
        waiting.lines().skip(1).filter_map(|line| line.split(',').find(|cell| cell.contains('_'))).collect();
    assert_eq!(reasons.len(), 5, "{waiting}");
    assert!(waiting.contains("a.hl7/Damaged"), "{waiting}");
    assert_eq!(folder.sql("ehr.db").text("SELECT CAST(count(*) AS TEXT) FROM observation"), "1");
    let (kept, counted) = recounted(&folder, "ehr.db");
    assert_eq!(kept, counted);
}

/// What the source merged is one person, whichever of the three messages comes first, on one night or on several; but not against a
/// contradiction.
#[test]
fn a_merge_at_the_source_joins_in_any_order() {
    let old = message("ADT^A28", "01", &[]).replace("4711^", "4799^").replace("Larkspur^Nora", "Larkspur^N");
    let new = message("ADT^A28", "02", &[]);
    let merge = message("ADT^A40", "03", &["MRG|4799^^^HILLTOP^MR"]);
    let people = "SELECT CAST(count(*) AS TEXT) FROM patient WHERE replaced_by IS NULL";
    for (at, order) in [[&old, &new, &merge], [&merge, &old, &new], [&new, &merge, &old]].iter().enumerate() {
        let folder = Folder::new();
        let (store, report) = (folder.store("ehr.db"), folder.arg("report"));
        for (number, text) in order.iter().enumerate() {
            folder.write(&format!("feed/{number}.hl7"), text);
            if at > 0 {
                assert_eq!(migrate(&folder.arg("feed"), &store, &report).code, 0);
            }
        }
        assert_eq!(migrate(&folder.arg("feed"), &store, &report).code, 0);
        assert_eq!(folder.sql("ehr.db").text(people), "1", "{at}");
    }
    let folder = Folder::new();
    let other = old.replace("Larkspur^N|", "Sedge^Noah|").replace("19610304|F", "19900917|M");
    folder.write("feed/a.hl7", format!("{other}{new}{merge}"));
    let (store, report) = (folder.store("ehr.db"), folder.arg("report"));
    assert_eq!(migrate(&folder.arg("feed"), &store, &report).code, 0);
    assert_eq!(folder.sql("ehr.db").text(people), "2");
    assert_eq!(folder.json("report/report.json")["patients"]["review"], 1);
}

fn values(folder: &Folder, sql: &str) -> Vec<Vec<String>> {
    folder.sql("ehr.db").rows(sql)
}

/// A stop, a correction or a deletion meets what it is about, whatever else of the person changed meanwhile.
#[test]
fn a_stop_meets_its_prescription_under_another_name() {
    let drug = |control: &str, code: &str| format!("ORC|{control}|RX1^P\rRXE||{code}^Oxycodone^NDC|1||TAB");
    let first = message("RDE^O11", "01", &[&drug("NW", "00406055201")]);
    let married = |text: String| {
        text.replace("Larkspur^Nora", "Larkspur-Finch^Nora").replace("^^^HILLTOP", "^^^HILLTOP&1.2.3&ISO")
    };
    let stop = married(message("RDE^O11", "03", &[&drug("DC", "1049621")]));
    let folder = Folder::new();
    let (store, report) = (folder.store("ehr.db"), folder.arg("report"));
    folder.write("feed/a.hl7", &first);
    assert_eq!(migrate(&folder.arg("feed"), &store, &report).code, 0);
    folder.write("feed/b.hl7", &stop);
    assert_eq!(migrate(&folder.arg("feed"), &store, &report).code, 0);
    assert_eq!(values(&folder, "SELECT status FROM medication_request"), [["stopped"]]);
    // One that names no drug is seen.
    folder.write("feed/c.hl7", message("RDE^O11", "04", &["ORC|RL|RX1^P"]));
    assert_eq!(migrate(&folder.arg("feed"), &store, &report).code, 0);
    let waiting = std::fs::read_to_string(folder.path().join("report/quarantine.csv")).expect("a list");
    assert!(waiting.contains("c.hl7/Prescription"), "{waiting}");
}

/// What is older takes nothing back of what is newer: in one file, in files of any name, on later nights.
#[test]
fn an_older_message_takes_nothing_back() {
    let told = |control: &str, status: &str, value: &str| {
        message("ORU^R01", control, &[ORDER, &format!("OBX|1|NM|2823-3^K^LN||{value}|mmol/L|||||{status}")])
    };
    let (preliminary, wrong) = (told("01", "P", "3.9"), told("09", "W", "7.9"));
    let query = "SELECT status, CAST(value_quantity AS TEXT) FROM observation";
    let expected = [["entered-in-error", "7.9"]];
    let other_day = preliminary.replace("F-900", "F-1").replace("202403010800", "202403012300");
    for feed in [
        vec![format!("{wrong}{preliminary}")],
        vec![wrong.clone(), format!("{preliminary}{other_day}")],
        vec![format!("{other_day}{preliminary}"), wrong.clone()],
    ] {
        let folder = Folder::new();
        let (store, report) = (folder.store("ehr.db"), folder.arg("report"));
        for (number, text) in feed.iter().enumerate() {
            folder.write(&format!("feed/{number}.hl7"), text);
        }
        assert_eq!(migrate(&folder.arg("feed"), &store, &report).code, 0);
        let of_order = format!("{query} WHERE status = 'entered-in-error'");
        assert_eq!(values(&folder, &of_order), expected);
        // Last week's file, once more.
        folder.write("again/old.hl7", &preliminary);
        for _ in 0..2 {
            assert_eq!(migrate(&folder.arg("again"), &store, &report).code, 0);
            assert_eq!(values(&folder, &of_order), expected);
        }
        let told_now = folder.json("report/report.json");
        assert_eq!(told_now["digest"]["before"], told_now["digest"]["after"]);
    }
}

/// A correction of one of two findings under one code changes neither by its place alone, and a long text is whole.
#[test]
fn findings_under_one_code_stay_and_texts_are_whole() {
    let folder = Folder::new();
    let (store, report) = (folder.store("ehr.db"), folder.arg("report"));
    let two = message(
        "ORU^R01",
        "01",
        &[
            ORDER,
            "OBX|1|CE|600-7^Organism^LN||EC^E. coli^L||||||F",
            "OBX|2|CE|600-7^Organism^LN||SA^S. aureus^L||||||F",
        ],
    );
    let one = message("ORU^R01", "02", &[ORDER, "OBX|2|CE|600-7^Organism^LN||SE^S. epidermidis^L||||||C"]);
    let lines: Vec<String> = (1..=300).map(|line| format!("OBX|{line}|TX|TXT^Report^L||line {line}||||||F")).collect();
    let long = message("ORU^R01", "03", &[&ORDER.replace("F-900", "F-2"), &lines.join("\r")]);
    let repeated = (1..=250).map(|line| format!("part {line}")).collect::<Vec<_>>().join("~");
    let parts = message(
        "ORU^R01",
        "04",
        &[&ORDER.replace("F-900", "F-3"), &format!("OBX|1|TX|REP^Report^L||{repeated}||||||F")],
    );
    folder.write("feed/a.hl7", format!("{two}{long}{parts}"));
    assert_eq!(migrate(&folder.arg("feed"), &store, &report).code, 0);
    folder.write("feed/b.hl7", &one);
    assert_eq!(migrate(&folder.arg("feed"), &store, &report).code, 0);
    let found = values(&folder, "SELECT value_text FROM observation WHERE code = '600-7' ORDER BY value_text");
    assert_eq!(found, [["E. coli"], ["S. aureus"], ["S. epidermidis"]]);
    let text =
        |code: &str| values(&folder, &format!("SELECT value_string FROM observation WHERE code_original = '{code}'"));
    assert!(text("TXT")[0][0].starts_with("line 1\n") && text("TXT")[0][0].ends_with("\nline 300"));
    let whole = text("REP");
    assert!(
        whole[0][0].starts_with("part 1\n") && whole[0][0].contains("part 200") && whole[0][0].ends_with("part 250")
    );
}

/// More values than a table has columns, and files with nothing in them, stop nobody else.
#[test]
fn one_wide_message_stops_no_other() {
    let folder = Folder::new();
    let (store, report) = (folder.store("ehr.db"), folder.arg("report"));
    let good = message("ORU^R01", "01", &[ORDER, "OBX|1|NM|718-7^Hb^LN||13.1|g/dL|||||F"]);
    let wide = |name: &str, count: usize| {
        (0..count).map(|number| format!("{name}|{}", "a^b^c^d|".repeat(30 + number % 2))).collect::<Vec<_>>().join("\r")
    };
    let charge = message("DFT^P03", "02", &[&wide("FT1", 400), &wide("PR1", 400)]);
    let odd = message("ADT^A04", "03", &[&format!("PV1|1|O|{}", "x^y~".repeat(5000))]);
    let deep: String =
        (0..90).map(|field| format!("|{}", "a&b&c&d&e&f&g&h^".repeat(20).repeat(1 + field % 3))).collect();
    let very_wide = message("ADT^A04", "04", &[&format!("AL1{}", deep.repeat(4))]);
    folder.write("feed/a.hl7", format!("{good}{charge}{odd}{very_wide}"));
    folder.write("feed/empty.hl7", "");
    folder.write("feed/words.hl7", "nothing of the kind\n");
    let done = migrate(&folder.arg("feed"), &store, &report);
    assert_eq!(done.code, 0, "{}", done.stderr);
    assert_eq!(values(&folder, "SELECT CAST(value_quantity AS TEXT) FROM observation"), [["13.1"]]);
    let (kept, counted) = recounted(&folder, "ehr.db");
    assert_eq!(kept, counted);
}
