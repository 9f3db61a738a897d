//! Every built-in connector: checked, and its fixtures against their golden results.

use crate::support::{chartlift, repository};

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
        tested += 1;
    }
    assert!(tested >= 3, "{tested} packs");
}

#[test]
fn a_golden_result_that_differs_is_an_error() {
    let folder = crate::support::Folder::new();
    copy(&repository("connectors/smart-sample-patients"), &folder.path().join("smart-sample-patients"));
    let golden = folder.path().join("smart-sample-patients/expected/allergy_intolerance.ndjson");
    let text = std::fs::read_to_string(&golden).expect("a golden file");
    assert!(text.contains("\"refuted\""), "the fixture has a refuted allergy");
    std::fs::write(&golden, text.replace("\"refuted\"", "\"confirmed\"")).expect("a file");
    let tested = chartlift(&["connectors", "test", &folder.arg("smart-sample-patients")]);
    assert_eq!(tested.code, 1, "{}", tested.stdout);
    assert!(tested.stdout.contains("expected/allergy_intolerance.ndjson:"), "{}", tested.stdout);
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
