//! Every built-in connector: checked, and its fixtures against their golden results.

use crate::small::{Source, load, write_pack};
use crate::support::{Folder, chartlift, repository};

#[test]
fn built_in_packs_are_sound_and_golden() {
    let folders = std::fs::read_dir(repository("connectors")).expect("connectors");
    let mut tested = 0;
    for folder in folders {
        let folder = folder.expect("a folder").path();
        if !folder.join("connector.toml").is_file() {
            continue;
        }
        let name = folder.display().to_string();
        let checked = chartlift(&["connectors", "check", &name]);
        assert_eq!(checked.code, 0, "{}{}", checked.stdout, checked.stderr);
        let tested_pack = chartlift(&["connectors", "test", &name]);
        assert_eq!(tested_pack.code, 0, "{}{}", tested_pack.stdout, tested_pack.stderr);
        let manifest = std::fs::read_to_string(folder.join("connector.toml")).expect("a manifest");
        assert!(!manifest.contains("[tap]"), "{name}: only what somebody names as a folder runs a program");
        tested += 1;
    }
    assert!(tested >= 3, "{tested} packs");
}

#[test]
fn a_golden_result_that_differs_is_an_error() {
    let folder = Folder::new();
    copy(&repository("connectors/smart-sample-patients"), &folder.path().join("smart-sample-patients"));
    let golden = folder.path().join("smart-sample-patients/expected/allergy_intolerance.ndjson");
    let text = std::fs::read_to_string(&golden).expect("a golden file");
    assert!(text.contains("\"refuted\""), "the fixture has a refuted allergy");
    std::fs::write(&golden, text.replace("\"refuted\"", "\"confirmed\"")).expect("a file");
    let tested = chartlift(&["connectors", "test", &folder.arg("smart-sample-patients")]);
    assert_eq!(tested.code, 1, "{}", tested.stdout);
    assert!(tested.stdout.contains("expected/allergy_intolerance.ndjson:"), "{}", tested.stdout);
}

#[test]
fn codes_that_differ_by_case_are_told_apart_where_the_pack_says_so() {
    let folder = Folder::new();
    write_pack(&folder);
    let rows = |rows: &[&str]| rows.iter().map(|row| (*row).to_owned()).collect();
    let source = Source {
        people: rows(&["1,Quimby,Otto,1931-07-08,"]),
        visits: rows(&[]),
        allergies: rows(&["1,Latex,a", "1,Nuts,A", "1,Dust,r", "1,Soap,X", "1,Silk,x"]),
    };
    let source = source.write(&folder, "s");
    folder.write("pack/codes/states.csv", "source,target\na,active\nA,inactive\nR,resolved\n");
    let path = folder.path().join("pack/mappings/allergy.toml");
    let mapping = std::fs::read_to_string(&path).expect("a mapping");
    let write = |case: &str| {
        let when = format!("[[when]]\ncolumn = \"status\"\nis_not = [\"X\"]\n{case}\n[[field]]\nto = \"patient\"");
        let mapping = mapping.replacen("[[field]]\nto = \"patient\"", &when, 1);
        let mapped = format!("from = \"status\"\ntransform = \"map\"\nmap = \"states\"\n{case}\n");
        std::fs::write(&path, mapping.replacen("from = \"status\"\n", &mapped, 1)).expect("a mapping");
    };
    write("");
    let checked = chartlift(&["connectors", "check", &folder.arg("pack")]);
    assert_eq!(checked.code, 1, "{}", checked.stdout);
    let wanted = "mappings/allergy.toml:16: codes/states.csv:3 differs from another line only by case";
    assert!(checked.stderr.contains(wanted), "{}", checked.stderr);
    write("case = \"exact\"");
    let outcome = load(&folder, &source, "ehr.db").expect("a run");
    assert!(outcome.balanced);
    let states = folder
        .sql("ehr.db")
        .rows("SELECT code_text, COALESCE(clinical_status, '-') FROM allergy_intolerance ORDER BY code_text");
    assert_eq!(states, [["Dust", "-"], ["Latex", "active"], ["Nuts", "inactive"], ["Silk", "-"]]);
    let unmapped: u64 =
        outcome.issues.iter().filter(|issue| issue.code == "code_unmapped").map(|issue| issue.count).sum();
    assert_eq!(unmapped, 2, "r and x");
    for (from, to) in [("case = \"exact\"", "case = \"upper\""), ("is_not = [\"X\"]", "present = true")] {
        let text = std::fs::read_to_string(&path).expect("a mapping");
        std::fs::write(&path, text.replacen(from, to, 1)).expect("a mapping");
        let checked = chartlift(&["connectors", "check", &folder.arg("pack")]);
        assert!(checked.stderr.contains("mappings/allergy.toml:3: `case` is"), "{}", checked.stderr);
        std::fs::write(&path, text).expect("a mapping");
    }
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("a file");
        }
    }
}
