//! Clinical documents as a source: those of the fixture, those that nobody here wrote, and what is no document at all.

use proptest::prelude::*;

use crate::small::recounted;
use crate::support::{Folder, chartlift, repository};

fn migrate(source: &str, store: &str, report: &str) -> crate::support::Output {
    chartlift(&["migrate", source, "--connector", "ccda", "--store", store, "--report", report])
}

#[test]
fn documents_that_nobody_here_wrote_load_with_closed_books() {
    let source = repository("../shared/data/ccda");
    if !source.is_dir() {
        eprintln!("NOT RUN: ../shared/data is not there");
        return;
    }
    let folder = Folder::new();
    let (source, store, report) = (source.display().to_string(), folder.store("ehr.db"), folder.arg("report"));
    let done = migrate(&source, &store, &report);
    assert_eq!(done.code, 0, "{}{}", done.stdout, done.stderr);
    let (kept, counted) = recounted(&folder, "ehr.db");
    assert_eq!(kept, counted);
    let sql = folder.sql("ehr.db");
    // Mother and daughter share a number and an SSN.
    let born =
        "SELECT birth_date FROM patient WHERE family_name = 'Betterhalf' AND replaced_by IS NULL ORDER BY birth_date";
    assert_eq!(sql.rows(born), [["1945-05-01"], ["1975-05-01"]]);
    let nameless = "SELECT CAST(count(*) AS TEXT) FROM allergy_intolerance WHERE code IS NULL AND code_text IS NULL";
    assert_eq!(sql.text(nameless), "0");
    let denied = "SELECT clinical_status FROM allergy_intolerance WHERE verification_status = 'refuted'";
    assert!(sql.rows(denied).iter().all(|row| row[0] == "inactive"));
    assert_eq!(
        sql.text("SELECT CAST(count(*) AS TEXT) FROM document_reference WHERE mime_type = 'application/hl7-v3+xml'"),
        "12"
    );
    let again = migrate(&source, &store, &report);
    assert_eq!(again.code, 0);
    let report = folder.json("report/report.json");
    assert_eq!(report["digest"]["before"], report["digest"]["after"]);
}

fn document(number: &str, time: &str, status: &str) -> String {
    let status = format!("<code code='33999-4'/><value code='{status}'/>");
    let observation = format!(
        "<observation><effectiveTime><low value='2010'/></effectiveTime><value code='254837009' codeSystem='2.16.840.1.113883.6.96'/>\
         <entryRelationship><observation>{status}</observation></entryRelationship></observation>"
    );
    format!(
        "<ClinicalDocument xmlns='urn:hl7-org:v3'><id root='1' extension='{number}'/><effectiveTime value='{time}'/>\
         <recordTarget><patientRole><id root='2' extension='7'/><patient><name><given>Isabel</given><family>Larkspur</family></name>\
         <birthTime value='19750501'/></patient></patientRole></recordTarget><component><structuredBody><component><section>\
         <code code='11450-4'/><entry><act><id root='3'/><statusCode code='active'/><entryRelationship typeCode='SUBJ'>{observation}\
         </entryRelationship></act></entry></section></component></structuredBody></component></ClinicalDocument>"
    )
}

#[test]
fn the_youngest_document_stands_whatever_it_is_called() {
    let folder = Folder::new();
    folder.write("s/a.xml", document("2", "20220101", "413322009"));
    folder.write("s/b.xml", document("1", "20150101", "55561003"));
    let done = migrate(&folder.arg("s"), &folder.store("ehr.db"), &folder.arg("report"));
    assert_eq!(done.code, 0, "{}{}", done.stdout, done.stderr);
    assert_eq!(folder.sql("ehr.db").rows("SELECT clinical_status FROM condition"), [["resolved"]]);
    let (kept, counted) = recounted(&folder, "ehr.db");
    assert_eq!(kept, counted);
}

#[test]
fn a_document_that_comes_late_takes_nothing_of_a_younger_one_back() {
    let (resolved, active) = ("413322009", "55561003");
    for (name, first, later, status) in [
        ("an older one", ("20220101", resolved), ("20150101", active), "resolved"),
        ("of one day, to the minute", ("202201011200-0500", resolved), ("202201011600+0000", active), "resolved"),
        ("a younger one", ("20150101", active), ("20220101", resolved), "resolved"),
        ("one that does not say when", ("20220101", resolved), ("", active), "active"),
    ] {
        let folder = Folder::new();
        folder.write("one/a.xml", document("1", first.0, first.1));
        folder.write("two/b.xml", document("2", later.0, later.1));
        for source in ["one", "two", "two"] {
            let done = migrate(&folder.arg(source), &folder.store("ehr.db"), &folder.arg("report"));
            assert_eq!(done.code, 0, "{}{}", done.stdout, done.stderr);
        }
        let sql = folder.sql("ehr.db");
        assert_eq!(sql.rows("SELECT clinical_status FROM condition"), [[status]], "{name}");
        let report = folder.json("report/report.json");
        assert_eq!(report["digest"]["before"], report["digest"]["after"], "{name}");
        let (kept, counted) = recounted(&folder, "ehr.db");
        assert_eq!(kept, counted);
    }
}

#[test]
fn a_damaged_document_is_not_called_by_its_name() {
    let folder = Folder::new();
    folder.write("s/Larkspur_Isabel.xml", "<!DOCTYPE x SYSTEM 'y'><ClinicalDocument/>");
    folder.write("s/whole.xml", document("1", "20150101", "55561003"));
    let done = migrate(&folder.arg("s"), &folder.store("ehr.db"), &folder.arg("report"));
    assert_eq!(done.code, 0, "{}{}", done.stdout, done.stderr);
    assert!(done.stderr.contains("it is damaged"), "{}", done.stderr);
    assert!(!done.stderr.contains("Larkspur"), "{}", done.stderr);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn no_damage_stops_a_run_or_opens_its_books(cuts in prop::collection::vec((0usize..19_000, any::<u8>(), 0usize..40), 1..6)) {
        let whole = std::fs::read(repository("connectors/ccda/fixture/larkspur.xml")).expect("a document");
        let mut damaged = whole.clone();
        for (at, byte, length) in cuts {
            let at = at.min(damaged.len() - 1);
            damaged[at] = byte;
            let end = (at + length).min(damaged.len());
            if byte % 3 == 0 {
                damaged.drain(at..end);
            }
        }
        let folder = Folder::new();
        folder.write("s/damaged.xml", &damaged);
        folder.write("s/whole.xml", &whole);
        let done = migrate(&folder.arg("s"), &folder.store("ehr.db"), &folder.arg("report"));
        prop_assert_eq!(done.code, 0, "{}{}", done.stdout, done.stderr);
        prop_assert!(done.stdout.contains("the books balance"), "{}", done.stdout);
        prop_assert!(!done.stderr.contains("Larkspur"), "{}", done.stderr);
    }
}
