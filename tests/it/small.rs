//! A small pack of people, visits, allergies and papers, and sources for it that a test can write by hand.

use std::path::{Path, PathBuf};

use chartlift::model::PartialDate;
use chartlift::pipeline::{
    Listener, MigrateOptions, NoListener, PipelineError, PlanOptions, RunOutcome, SourceOptions, migrate,
};
use chartlift::store::EhrStore;

use crate::support::Folder;

/// A small pack of people, visits that refer to them, and allergies.
pub fn write_pack(folder: &Folder) {
    folder.write(
        "pack/connector.toml",
        r#"
format = 1
id = "small"
name = "small"
version = "1"
[[stream]]
name = "people"
files = ["people.csv"]
key = ["id"]
mappings = ["person"]
[[stream]]
name = "visits"
files = ["visits.csv"]
key = ["id"]
mappings = ["visit", "pulse"]
[[stream]]
name = "allergies"
files = ["allergies.csv"]
mappings = ["allergy"]
[[stream]]
name = "papers"
files = ["papers.csv"]
mappings = ["paper"]
"#,
    );
    folder.write(
        "pack/mappings/paper.toml",
        r#"
record = "DocumentReference"
[[field]]
to = "patient"
from = "person"
transform = "reference"
stream = "people"
[[field]]
to = "encounter_id"
from = "visit"
transform = "reference"
stream = "visits"
optional = true
[[field]]
to = "description"
from = "kind"
[[field]]
to = "content"
from = "file"
transform = "document"
"#,
    );
    folder.write(
        "pack/mappings/person.toml",
        r#"
record = "Patient"
[[field]]
to = "family_name"
from = "family"
[[field]]
to = "given_name"
from = "given"
[[field]]
to = "birth_date"
from = "born"
transform = "date"
[[field]]
to = "phone_home"
from = "phone"
transform = "phone"
[[field]]
to = "ssn"
from = "ssn"
transform = "ssn"
optional = true
"#,
    );
    folder.write(
        "pack/mappings/visit.toml",
        r#"
record = "Encounter"
[[field]]
to = "patient"
from = "person"
transform = "reference"
stream = "people"
[[field]]
to = "period_start"
from = "day"
transform = "datetime"
"#,
    );
    folder.write(
        "pack/mappings/pulse.toml",
        r#"
record = "Observation"
[[when]]
column = "pulse"
present = true
[[field]]
to = "patient"
from = "person"
transform = "reference"
stream = "people"
[[field]]
to = "code"
transform = "code"
value = "8867-4"
system = "http://loinc.org"
[[field]]
to = "value"
from = "pulse"
transform = "result"
unit = "/min"
"#,
    );
    folder.write(
        "pack/mappings/allergy.toml",
        r#"
record = "AllergyIntolerance"
[[field]]
to = "patient"
from = "person"
transform = "reference"
stream = "people"
[[field]]
to = "code"
transform = "code"
display_from = "substance"
[[field]]
to = "clinical_status"
from = "status"
"#,
    );
}

/// The rows of the three tables, without headers.
#[derive(Clone, Debug)]
pub struct Source {
    pub people: Vec<String>,
    pub visits: Vec<String>,
    pub allergies: Vec<String>,
}

impl Source {
    pub fn write(&self, folder: &Folder, name: &str) -> PathBuf {
        let table = |header: &str, rows: &[String]| format!("{header}\n{}\n", rows.join("\n"));
        folder.write(&format!("{name}/people.csv"), table("id,family,given,born,phone", &self.people));
        folder.write(&format!("{name}/visits.csv"), table("id,person,day,pulse", &self.visits));
        folder.write(&format!("{name}/allergies.csv"), table("person,substance,status", &self.allergies));
        folder.path().join(name)
    }

    pub fn rows(&self) -> u64 {
        (self.people.len() + self.visits.len() + self.allergies.len()) as u64
    }
}

pub fn load(folder: &Folder, source: &Path, store: &str) -> Result<RunOutcome, PipelineError> {
    load_with(folder, source, store, &NoListener)
}

pub fn load_with(
    folder: &Folder,
    source: &Path,
    store: &str,
    listener: &dyn Listener,
) -> Result<RunOutcome, PipelineError> {
    let options = MigrateOptions {
        sources: vec![SourceOptions {
            place: chartlift::extract::SourcePlace::Path(source.to_owned()),
            plan: PlanOptions { connector: Some(folder.arg("pack")), system: None, ..Default::default() },
        }],
        store: folder.place(store),
        dry_run: false,
        as_of: PartialDate::ymd(2026, 6, 1).expect("a day"),
        now: &|| "2026-06-01T00:00:00Z".into(),
        report: None,
        config: None,
        config_hash: None,
    };
    migrate(&options, listener)
}

pub fn recounted(folder: &Folder, store: &str) -> (String, String) {
    let store = EhrStore::open(&folder.place(store)).expect("a store");
    (store.digest().expect("a digest").to_string(), store.recount_digest().expect("a digest").to_string())
}
