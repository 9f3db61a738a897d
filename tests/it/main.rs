//! The one integration binary. Every file in this folder is a module here; the first test finds those that were forgotten.

mod access;
mod ages;
mod architecture;
mod backup;
mod bad_input;
mod ccda;
mod cli;
mod databases;
mod draft_score;
mod drafts;
mod drift;
mod erase;
mod fhir;
mod hl7v2;
mod joined_drafts;
mod json_tables;
mod keys;
mod kills;
mod layouts;
mod many_files;
mod match_index;
mod match_people;
mod never_destroy;
mod nights;
mod notes;
mod packs;
mod paper;
mod promises;
mod real_data;
mod review;
mod scans;
mod servers;
mod settled;
mod several;
mod shared;
mod singer;
mod small;
mod source_links;
mod sql_columns;
mod stores;
mod support;
mod synthea_layouts;
mod terminology;
mod truth;
mod two_roads;
mod undo;
mod workbooks;

#[test]
fn no_test_file_is_forgotten() {
    let main = include_str!("main.rs");
    for entry in std::fs::read_dir(support::repository("tests/it")).expect("the folder of this file") {
        let name = entry.expect("a file").file_name().to_string_lossy().into_owned();
        if let Some(module) = name.strip_suffix(".rs").filter(|module| *module != "main") {
            assert!(main.contains(&format!("mod {module};")), "tests/it/{name} is not declared in main.rs");
        }
    }
}
