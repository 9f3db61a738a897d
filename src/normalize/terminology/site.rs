//! Tables of code systems that a site brings, for licences that let no program ship them: `loinc.csv`, `snomed.csv`, `cpt.csv` and others.

use std::collections::HashMap;

use super::{ICD_9_CM, ICD_10_CM, NDC};
use crate::model::{Hash128, PartHasher};

/// What is known of codes, by system.
#[derive(Clone, Debug)]
pub struct SiteTables {
    systems: HashMap<String, HashMap<Box<str>, Entry>>,
    /// Over all that they say.
    fingerprint: Hash128,
}

#[derive(Clone, Debug)]
struct Entry {
    display: Option<Box<str>>,
    is_active: bool,
}

/// What the tables say of a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known<'a> {
    Active(Option<&'a str>),
    /// It was a code once.
    Retired(Option<&'a str>),
    /// Its system has a table, in which it is not.
    Missing,
}

/// A table that cannot be read: where, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableError {
    pub file: String,
    pub line: usize,
    pub message: String,
}

/// Names of files and of systems in a column, with their URIs (HL7 Terminology).
const SYSTEMS: [(&str, &str); 14] = [
    ("loinc", "http://loinc.org"),
    ("snomed", "http://snomed.info/sct"),
    ("snomed-ct", "http://snomed.info/sct"),
    ("cpt", "http://www.ama-assn.org/go/cpt"),
    ("rxnorm", "http://www.nlm.nih.gov/research/umls/rxnorm"),
    ("cvx", "http://hl7.org/fhir/sid/cvx"),
    ("ndc", NDC),
    ("hcpcs", "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"),
    ("icd-9-cm", ICD_9_CM),
    ("icd9", ICD_9_CM),
    ("icd-10-cm", ICD_10_CM),
    ("icd10", ICD_10_CM),
    ("icd-10-pcs", "http://www.cms.gov/Medicare/Coding/ICD10"),
    ("cdt", "http://www.ada.org/cdt"),
];

/// Words of a status that say that a code is not in use.
const RETIRED: [&str; 8] = ["inactive", "retired", "deprecated", "deleted", "obsolete", "0", "false", "n"];

fn system_of(name: &str) -> Option<&str> {
    let folded = name.to_lowercase().replace('_', "-");
    let known = SYSTEMS.iter().find(|(word, _)| *word == folded).map(|(_, uri)| *uri);
    known.or_else(|| Some(name).filter(|name| name.contains(':')))
}

impl SiteTables {
    /// Reads tables: the name of each without `.csv`, and its text. Their order does not matter; a code that stands in two is the later one's by name.
    pub fn read(tables: &mut [(String, Vec<u8>)]) -> Result<Self, TableError> {
        tables.sort();
        let mut hasher = PartHasher::new();
        let mut systems = HashMap::new();
        for (name, bytes) in tables.iter() {
            hasher.part(name.as_bytes());
            hasher.part(bytes);
            read_table(name, bytes, &mut systems).map_err(|(line, message)| TableError {
                file: format!("{name}.csv"),
                line,
                message,
            })?;
        }
        Ok(Self { systems, fingerprint: Hash128::from_hash(&hasher.finish()) })
    }

    pub fn fingerprint(&self) -> Hash128 {
        self.fingerprint
    }

    /// What the table of a system says of a code; nothing where there is no table of it.
    pub fn find(&self, system: &str, code: &str) -> Option<Known<'_>> {
        let table = self.systems.get(system)?;
        let found = table.get(code).or_else(|| match system {
            // They stand in tables with their point and without.
            ICD_9_CM | ICD_10_CM => table.get(code.replace('.', "").as_str()),
            _ => None,
        });
        Some(match found {
            Some(Entry { display, is_active: true }) => Known::Active(display.as_deref()),
            Some(Entry { display, is_active: false }) => Known::Retired(display.as_deref()),
            None => Known::Missing,
        })
    }
}

/// The columns of a table.
struct Columns {
    code: usize,
    display: Option<usize>,
    status: Option<usize>,
    system: Option<usize>,
}

impl Columns {
    fn of(header: &csv::StringRecord) -> Result<Self, String> {
        let find = |names: &[&str]| header.iter().position(|name| names.contains(&name.to_lowercase().as_str()));
        // LOINC's own table has its own names.
        let code = find(&["code", "loinc_num"]).ok_or("the header has no column `code`")?;
        let display = find(&["display", "long_common_name"]);
        Ok(Self { code, display, status: find(&["status"]), system: find(&["system"]) })
    }
}

fn read_table(
    name: &str,
    bytes: &[u8],
    systems: &mut HashMap<String, HashMap<Box<str>, Entry>>,
) -> Result<(), (usize, String)> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(bytes);
    let line_of = |position: Option<&csv::Position>| position.map_or(1, |position| position.line() as usize);
    let unreadable = |error: &csv::Error| (line_of(error.position()), "is not UTF-8 or no CSV".to_owned());
    let header = reader.headers().map_err(|error| unreadable(&error))?.clone();
    let columns = Columns::of(&header).map_err(|message| (1, message))?;
    let of_file = system_of(name);
    if columns.system.is_none() && of_file.is_none() {
        let names: Vec<&str> = SYSTEMS.iter().map(|(name, _)| *name).collect();
        return Err((1, format!("has no column `system`, and is not named as one: {}", names.join(", "))));
    }
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).map_err(|error| unreadable(&error))? {
        let cell = |index: Option<usize>| record.get(index?).filter(|text| !text.is_empty());
        let line = line_of(record.position());
        let Some(code) = cell(Some(columns.code)) else { return Err((line, "has no code".into())) };
        let system = match cell(columns.system) {
            Some(named) => {
                system_of(named).ok_or((line, "the code system is neither a known name nor a URI".to_owned()))?
            }
            None => of_file.ok_or((line, "has no code system".to_owned()))?,
        };
        let is_active = cell(columns.status).is_none_or(|word| !RETIRED.contains(&word.to_lowercase().as_str()));
        let entry = Entry { display: cell(columns.display).map(Into::into), is_active };
        if !systems.contains_key(system) {
            systems.insert(system.to_owned(), HashMap::new());
        }
        if let Some(table) = systems.get_mut(system) {
            table.insert(code.into(), entry);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tables(files: &[(&str, &str)]) -> Result<SiteTables, TableError> {
        let mut files: Vec<(String, Vec<u8>)> =
            files.iter().map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec())).collect();
        SiteTables::read(&mut files)
    }

    #[test]
    fn codes_are_found_by_system() {
        let known = tables(&[
            ("loinc", "\u{feff}LOINC_NUM,LONG_COMMON_NAME,STATUS\n8867-4,Heart rate,ACTIVE\n1-8,Old,DEPRECATED\n"),
            ("site", "system,code,display\ncpt,99213,Office visit\nhttp://clinic.example/labs,GLU,Glucose\n"),
            ("icd-10-cm", "code\nE119\n"),
        ])
        .expect("tables");
        for (system, code, expected) in [
            ("http://loinc.org", "8867-4", Some(Known::Active(Some("Heart rate")))),
            ("http://loinc.org", "1-8", Some(Known::Retired(Some("Old")))),
            ("http://loinc.org", "2-6", Some(Known::Missing)),
            ("http://www.ama-assn.org/go/cpt", "99213", Some(Known::Active(Some("Office visit")))),
            ("http://clinic.example/labs", "GLU", Some(Known::Active(Some("Glucose")))),
            (ICD_10_CM, "E11.9", Some(Known::Active(None))),
            ("http://snomed.info/sct", "38341003", None),
        ] {
            assert_eq!(known.find(system, code), expected, "{code}");
        }
    }

    #[test]
    fn a_wrong_table_names_its_line() {
        for (name, text, line) in [
            ("labs", "code,display\nGLU,Glucose\n", 1),
            ("loinc", "number,name\n1,a\n", 1),
            ("loinc", "code,display\n8867-4,Heart rate\n,Nothing\n", 3),
            ("site", "system,code\nnowhere,1\n", 2),
            ("site", "system,code\n,1\n", 2),
        ] {
            assert_eq!(tables(&[(name, text)]).expect_err("wrong").line, line, "{text}");
        }
    }

    #[test]
    fn the_order_of_files_does_not_matter() {
        let (one, two) = (("loinc", "code\n1-8\n"), ("cpt", "code\n99213\n"));
        let of = |files: &[(&str, &str)]| tables(files).expect("tables").fingerprint();
        assert_eq!(of(&[one, two]), of(&[two, one]));
        assert_ne!(of(&[one]), of(&[two]));
    }
}
