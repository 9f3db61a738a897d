//! What cannot be of somebody of that age is told, charted as it is, and told of nobody else.

use chartlift::pipeline::RunOutcome;

use crate::small::{Source, load, write_pack};
use crate::support::Folder;

/// What the stream of visits tells, by column.
fn told(outcome: &RunOutcome) -> Vec<(&str, &str, u64)> {
    let all = outcome.issues.iter().filter(|issue| issue.stream == "visits");
    all.map(|issue| (&*issue.code, &*issue.column, issue.count)).collect()
}

#[test]
fn what_is_not_of_the_patients_age_is_told() {
    let folder = Folder::new();
    write_pack(&folder);
    let pulse = folder.path().join("pack/mappings/pulse.toml");
    let text = std::fs::read_to_string(&pulse).expect("a mapping");
    folder.write(
        "pack/mappings/pulse.toml",
        text + "[[field]]\nto = \"effective\"\nfrom = \"day\"\ntransform = \"datetime\"\n",
    );
    let rows = |rows: &[&str]| rows.iter().map(|row| (*row).to_owned()).collect();
    let mut source = Source {
        people: rows(&["1,Quimby,Zora,1950-07-08,", "2,Canarino,Ottavia,2024-01-01,", "3,Sedge,Noah,,"]),
        visits: rows(&[
            // A grown-up's heart does not beat so, an infant's may.
            "1,1,2024-03-01,420",
            "2,2,2024-03-01,420",
            // Nobody's does.
            "3,1,2024-03-02,700",
            // Nobody is seen years before the birth; before it one may be.
            "4,2,2019-03-01,140",
            "5,2,2023-11-01,140",
            // Of whom no birth is known, nothing is told.
            "6,3,1900-03-01,420",
        ]),
        allergies: Vec::new(),
    };
    let first = load(&folder, &source.write(&folder, "one"), "ehr.db").expect("loaded");
    assert_eq!(
        told(&first),
        [
            // The visit, and what was measured.
            ("date_implausible", "day", 2),
            ("value_implausible", "pulse", 2),
        ]
    );
    // On a later night the store tells when somebody was born.
    source.people.clear();
    source.visits = rows(&["7,1,2024-05-01,420", "8,2,2024-05-01,420"]);
    let second = load(&folder, &source.write(&folder, "two"), "ehr.db").expect("loaded");
    assert_eq!(told(&second), [("value_implausible", "pulse", 1)]);
}
