//! Zip archives: whole, broken and hostile.

use std::io::{Cursor, Write};

use zip::CompressionMethod;
use zip::write::{SimpleFileOptions, ZipWriter};

use super::*;

/// An archive of these members, deflated.
fn zip_of(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        zip.start_file(*name, options).expect("a member");
        zip.write_all(bytes).expect("its bytes");
    }
    zip.finish().expect("an archive").into_inner()
}

fn zip_of_practice() -> Vec<u8> {
    zip_of(&[("people.csv", PEOPLE.as_bytes()), ("visits.csv", VISITS.as_bytes())])
}

/// Where the central directory's entry of a member begins.
fn central_entry(zip: &[u8], member: &str) -> usize {
    let starts = (0..zip.len() - 4).filter(|at| &zip[*at..at + 4] == b"PK\x01\x02");
    let mut named = starts.filter(|at| zip[at + 46..].starts_with(member.as_bytes()));
    named.next().expect("the member is in the directory")
}

#[test]
fn a_zip_of_a_folder_is_that_folder() {
    let folder = practice();
    let members = [("a/export/people.csv", PEOPLE), ("a/export/visits.csv", VISITS)].map(|(n, t)| (n, t.as_bytes()));
    folder.write("export.zip", zip_of(&members));
    let report = assert_done(&folder, &migrate(&folder, "export.zip"));
    assert_eq!((counts(&report, "people"), counts(&report, "visits")), ((3, 3, 0), (3, 3, 0)));
    let zipped = report["digest"]["after"].clone();
    let again = assert_done(&folder, &migrate(&folder, "export"));
    assert_eq!(again["digest"]["after"], zipped, "the same records as unpacked");
    assert_eq!(number(stream(&again, "people"), "unchanged"), 3);
}

#[test]
fn a_zip_without_members() {
    let folder = practice();
    folder.write("export.zip", zip_of(&[]));
    assert_refused(&migrate(&folder, "export.zip"), 1, &["export.zip", "holds no file"], &["folder"]);
}

#[test]
fn an_archive_that_was_cut_off() {
    let folder = practice();
    let zip = zip_of_practice();
    folder.write("export.zip", &zip[..zip.len() - 40]);
    let output = migrate(&folder, "export.zip");
    assert_refused(&output, 1, &["export.zip is no zip archive that can be read"], &["unpack it"]);
}

#[test]
fn a_damaged_member() {
    let folder = practice();
    let mut zip = zip_of_practice();
    let at = zip.windows(10).position(|name| name == b"people.csv").expect("the member") + 10;
    zip[at + 12..at + 40].fill(0x55);
    folder.write("export.zip", zip);
    assert_refused(&migrate(&folder, "export.zip"), 1, &["people.csv cannot be read"], &["archive"]);
}

#[test]
fn an_encrypted_archive() {
    let folder = practice();
    let mut zip = zip_of_practice();
    for (signature, flags) in [(b"PK\x03\x04", 6), (b"PK\x01\x02", 8)] {
        let starts: Vec<usize> = (0..zip.len() - 4).filter(|at| &zip[*at..at + 4] == signature).collect();
        starts.into_iter().for_each(|at| zip[at + flags] |= 1);
    }
    folder.write("export.zip", zip);
    let output = migrate(&folder, "export.zip");
    assert_refused(&output, 1, &["export.zip: member 1", "encrypted"], &["password"]);
}

#[test]
fn a_member_whose_name_leads_outside() {
    for name in ["../canary.csv", "a/../../canary.csv"] {
        let folder = practice();
        folder.write("deep/export.zip", zip_of(&[("people.csv", PEOPLE.as_bytes()), (name, b"A,B\n")]));
        let output = migrate(&folder, "deep/export.zip");
        assert_refused(&output, 1, &["export.zip: member 2", "outside"], &["do not unpack it"]);
        assert!(!folder.path().join("canary.csv").exists());
    }
}

#[test]
fn a_bomb_is_not_unpacked() {
    let folder = practice();
    let zeros = vec![b'0'; 70 << 20];
    folder.write("export.zip", zip_of(&[("people.csv", PEOPLE.as_bytes()), ("canary.csv", &zeros)]));
    let output = migrate(&folder, "export.zip");
    assert_refused(&output, 1, &["export.zip: member 2", "unpacks to", "times its size"], &["if you trust it"]);
}

#[test]
fn a_member_that_is_not_as_long_as_its_directory_says() {
    for wrong in [10, 4 * PEOPLE.len()] {
        let folder = practice();
        let mut zip = zip_of_practice();
        let at = central_entry(&zip, "people.csv") + 24;
        zip[at..at + 4].copy_from_slice(&(wrong as u32).to_le_bytes());
        folder.write("export.zip", zip);
        assert_refused(&migrate(&folder, "export.zip"), 1, &["people.csv cannot be read"], &["archive"]);
    }
}

#[test]
fn two_members_of_one_name() {
    let folder = practice();
    let mut zip = zip_of(&[("people.csv", PEOPLE.as_bytes()), ("peoplf.csv", VISITS.as_bytes())]);
    let at = central_entry(&zip, "peoplf.csv") + 46;
    zip[at..at + 10].copy_from_slice(b"people.csv");
    folder.write("export.zip", zip);
    let output = migrate(&folder, "export.zip");
    assert_refused(&output, 1, &["export.zip", "two members", "one name"], &["unpack"]);
}

#[test]
fn a_document_in_an_archive_is_loaded_from_it() {
    let folder = practice();
    let papers = PAPERS.replace("canaryp1", "canaryp0").replace("canary-letter.txt", "../../canary-letter.txt")
        + "canaryp2,canary2,Canary letter,canary-letter.txt\n";
    folder.write("scans/canary-letter.txt", "outside");
    folder.write(
        "export.zip",
        zip_of(&[
            ("people.csv", PEOPLE.as_bytes()),
            ("papers.csv", papers.as_bytes()),
            ("scans/canary-letter.txt", b"Dear canary, all is well"),
        ]),
    );
    let report = assert_done(&folder, &migrate(&folder, "export.zip"));
    assert_eq!(counts(&report, "papers"), (2, 2, 0));
    assert_eq!(issue(&report, "document_outside"), issue_of("papers", "FILE", 1));
    assert_eq!(ask(&folder, "SELECT CAST(bytes AS TEXT) FROM document_content"), ["Dear canary, all is well"]);
}
