//! The data types of HL7 v2 (2.8 chapter 2A): a field is what stands in its first component, and a component what stands in its first
//! subcomponent, unless it says otherwise. `""` says that there is nothing.

use super::super::filling::Filling;
use super::super::tree::Tree;
use crate::model::chart::coding_columns;
use crate::model::{Disposition, IssueCode, Value};

/// Where the text stands that a field, a component or a subcomponent is.
pub fn locate(tree: &Tree<'_>, path: &str) -> Option<String> {
    let mut path = path.to_owned();
    loop {
        match tree.find(&path) {
            Some(found) if found.value.is_object() => path.push_str(".1"),
            Some(found) => {
                let text = found.value.as_str()?;
                if text.trim() == "\"\"" {
                    tree.mark(&found.path, Disposition::Mapped);
                    return None;
                }
                return Some(found.path);
            }
            // What has one component is not parted.
            None => {
                path.truncate(path.strip_suffix(".1")?.len());
                if tree.find(&path).is_some_and(|found| found.value.is_object()) {
                    return None;
                }
            }
        }
    }
}

/// The text of a field, which does not count as taken in.
pub fn said<'r>(tree: &Tree<'r>, path: &str) -> Option<&'r str> {
    let found = tree.find(&locate(tree, path)?)?;
    found.value.as_str().map(str::trim).filter(|text| !text.is_empty())
}

/// The repetitions of a field, in their order.
pub fn repetitions(tree: &Tree<'_>, path: &str) -> Vec<String> {
    let (before, name) = path.rsplit_once('.').map_or(("", path), |(before, name)| (before, name));
    let number = |key: &String| match key.strip_prefix(name)? {
        "" => Some(1),
        rest => rest.strip_prefix('[')?.strip_suffix(']')?.parse::<u32>().ok(),
    };
    let mut numbers: Vec<u32> = tree.names(before).into_iter().filter_map(number).collect();
    numbers.sort_unstable();
    let named = |number: u32| if number == 1 { path.to_owned() } else { format!("{path}[{number}]") };
    numbers.into_iter().map(named).collect()
}

/// Code systems as HL7 v2 calls them (table 0396), as FHIR does.
const SYSTEMS: [(&str, &str); 29] = [
    ("LN", "http://loinc.org"),
    ("LOINC", "http://loinc.org"),
    ("SCT", "http://snomed.info/sct"),
    ("SNOMED", "http://snomed.info/sct"),
    ("SNOMED-CT", "http://snomed.info/sct"),
    ("SCT2", "http://snomed.info/sct"),
    ("I9", "http://hl7.org/fhir/sid/icd-9-cm"),
    ("I9C", "http://hl7.org/fhir/sid/icd-9-cm"),
    ("I9CDX", "http://hl7.org/fhir/sid/icd-9-cm"),
    ("I9CP", "http://hl7.org/fhir/sid/icd-9-cm/procedure"),
    ("I10", "http://hl7.org/fhir/sid/icd-10"),
    ("I10C", "http://hl7.org/fhir/sid/icd-10-cm"),
    ("ICD10", "http://hl7.org/fhir/sid/icd-10"),
    ("I10CM", "http://hl7.org/fhir/sid/icd-10-cm"),
    ("I10P", "http://www.cms.gov/Medicare/Coding/ICD10"),
    ("CVX", "http://hl7.org/fhir/sid/cvx"),
    ("MVX", "http://hl7.org/fhir/sid/mvx"),
    ("NDC", "http://hl7.org/fhir/sid/ndc"),
    ("RXNORM", "http://www.nlm.nih.gov/research/umls/rxnorm"),
    ("RXN", "http://www.nlm.nih.gov/research/umls/rxnorm"),
    ("C4", "http://www.ama-assn.org/go/cpt"),
    ("C5", "http://www.ama-assn.org/go/cpt"),
    ("CPT", "http://www.ama-assn.org/go/cpt"),
    ("CPT4", "http://www.ama-assn.org/go/cpt"),
    ("CPTM", "http://www.ama-assn.org/go/cpt"),
    ("HCPCS", "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"),
    ("UCUM", "http://unitsofmeasure.org"),
    ("UNII", "http://fdasis.nlm.nih.gov"),
    ("NCIT", "http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl"),
];

/// One of the two codes of a coded value, by the places of its parts.
struct Coding<'r> {
    code: String,
    system_at: String,
    text_at: String,
    system: Option<&'r str>,
}

impl Coding<'_> {
    fn uri(&self) -> Option<&'static str> {
        let system = self.system?;
        SYSTEMS.iter().find(|(name, _)| name.eq_ignore_ascii_case(system)).map(|(_, uri)| *uri)
    }
}

impl<'r> Filling<'_, 'r> {
    /// The first of these fields.
    pub fn field(&mut self, name: &str, paths: &[&str]) {
        if self.column(name).is_some()
            && let Some(at) = paths.iter().find_map(|path| locate(self.tree, path))
        {
            self.text(name, &[&at]);
        }
    }

    /// The first of these points in time (DTM).
    pub fn when(&mut self, name: &str, paths: &[&str]) {
        let all: Vec<String> = paths.iter().filter_map(|path| locate(self.tree, path)).collect();
        for at in all {
            // Some write zeros for what they do not know.
            match self.tree.find(&at).and_then(|found| found.value.as_str()) {
                Some(text) if text.trim().bytes().all(|byte| byte == b'0') => self.tree.mark(&at, Disposition::Mapped),
                _ => self.time(name, &[&at]),
            }
            if self.column(name).is_none() {
                return;
            }
        }
    }

    /// The first of these numbers.
    pub fn amount(&mut self, name: &str, paths: &[&str]) {
        let all: Vec<String> = paths.iter().filter_map(|path| locate(self.tree, path)).collect();
        self.number(name, &all.iter().map(String::as_str).collect::<Vec<_>>());
    }

    /// A word of the chart for a code.
    pub fn word_of(&mut self, name: &str, path: &str, words: &[(&str, &'static str)]) {
        if let (Some(at), true) = (locate(self.tree, path), self.column(name).is_some()) {
            self.coded(name, &at, words);
        }
    }

    /// The text of a field, which counts as taken in.
    pub fn read(&self, path: &str) -> Option<String> {
        self.take(&locate(self.tree, path)?)
    }

    pub fn said(&self, path: &str) -> Option<&'r str> {
        said(self.tree, path)
    }

    fn coding(&self, path: &str, [code, text, system]: [u8; 3]) -> Option<Coding<'r>> {
        let code = locate(self.tree, &format!("{path}.{code}"))?;
        let (system_at, text_at) = (format!("{path}.{system}"), format!("{path}.{text}"));
        let system = self.said(&system_at);
        Some(Coding { code, system_at, text_at, system })
    }

    /// A coded value (CE, CWE, CNE): the one of its two codes that stands in a system others know, the other as the original; without one,
    /// a code of the sender's own as the original, with its words. A value of one part alone is words.
    pub fn concept_of(&mut self, prefix: &str, paths: &[&str]) -> bool {
        let Some(columns) = coding_columns(self.chart.record, prefix) else { return false };
        if [columns.code, columns.text].iter().any(|at| !self.chart.values[*at].is_null()) {
            return true;
        }
        for path in paths {
            let codings: Vec<Coding<'r>> =
                [[1, 2, 3], [4, 5, 6]].into_iter().filter_map(|parts| self.coding(path, parts)).collect();
            let words = [format!("{path}.9"), format!("{path}.2"), format!("{path}.5")];
            let is_alone = |coding: &Coding<'_>| coding.system.is_none() && self.said(&coding.text_at).is_none();
            if let [only] = &codings[..]
                && is_alone(only)
            {
                let text = locate(self.tree, &words[0]).unwrap_or_else(|| only.code.clone());
                if let Some(words) = self.take(&text) {
                    self.put(columns.text, Value::text(words), &text);
                    return true;
                }
                continue;
            }
            let main = codings.iter().position(|coding| coding.uri().is_some());
            for (number, coding) in codings.iter().enumerate() {
                let (code, system) = match (main, columns.original) {
                    (Some(main), _) if main == number => (columns.code, columns.system),
                    (_, Some(original)) => original,
                    (None, None) if number == 0 => (columns.code, columns.system),
                    _ => continue,
                };
                let Some(text) = self.take(&coding.code) else { continue };
                self.tree.mark(&coding.code, Disposition::Coded);
                self.put(code, Value::text(text), &coding.code);
                if let Some(at) = locate(self.tree, &coding.system_at)
                    && let Some(name) = self.take(&at)
                {
                    let uri = coding.uri().map_or(name, str::to_owned);
                    self.put(system, Value::text(uri), &at);
                }
                if main == Some(number)
                    && let Some(at) = locate(self.tree, &coding.text_at)
                    && let Some(text) = self.take(&at)
                {
                    self.put(columns.display, Value::text(text), &at);
                }
            }
            let mut is_filled = !codings.is_empty();
            let shown = main.map(|main| codings[main].text_at.clone());
            for at in words.iter().filter(|at| Some(*at) != shown.as_ref()).filter_map(|at| locate(self.tree, at)) {
                if let Some(text) = self.take(&at) {
                    self.put(columns.text, Value::text(text), &at);
                    is_filled = true;
                    break;
                }
            }
            if is_filled {
                return true;
            }
        }
        false
    }

    /// What a coded value is called, in one text.
    pub fn called_by(&mut self, name: &str, paths: &[&str]) {
        for path in paths {
            let parts = ["9", "2", "5", "1"].map(|part| format!("{path}.{part}"));
            let at = parts.iter().find_map(|part| locate(self.tree, part));
            if let (Some(at), true) = (at, self.column(name).is_some()) {
                self.text(name, &[&at]);
            }
        }
    }

    /// A person (XPN from 1, XCN from 2), in the order in which one says the name; a text where it is one.
    pub fn person(&mut self, name: &str, path: &str, first: u8) {
        if self.column(name).is_none() {
            return;
        }
        let part = |offset: u8| self.read(&format!("{path}.{}", first + offset));
        // Prefix, given, further, family, suffix, degree.
        let words: Vec<String> = [4, 1, 2, 0, 3, 5].into_iter().filter_map(part).collect();
        if !words.is_empty() {
            self.set(name, Value::text(words.join(" ")), path);
        }
    }

    /// The notes behind a segment, as lines.
    pub fn notes(&mut self, name: &str, list: &str) {
        let mut lines = Vec::new();
        for at in self.tree.items(list) {
            for repetition in repetitions(self.tree, &format!("{at}.NTE-3")) {
                lines.extend(self.read(&repetition));
            }
        }
        lines.extend(self.read("NTE-3 further"));
        if !lines.is_empty() {
            self.set(name, Value::text(lines.join("\n")), list);
        }
    }

    /// A record of another kind to which this one belongs.
    pub fn belongs_to(&mut self, name: &str, kind: &str, path: &str) {
        if let (Some(column), Some(referred)) = (self.column(name), self.refer(kind, path)) {
            self.chart.references.push((column, referred));
        }
    }

    /// A number with its unit, where the column for the number takes one.
    pub fn measured(&mut self, (value, unit): (&str, &str), amount: &str, units: &str) {
        let Some(at) = locate(self.tree, amount) else { return };
        self.number(value, &[&at]);
        if self.has(value) {
            self.unit(unit, units);
        }
    }

    /// A unit: its code, unless that is a number of the sender's; what was not escaped (`10^3/uL`) is put together again.
    pub fn unit(&mut self, name: &str, path: &str) {
        let said = |part: &str| self.said(&format!("{path}.{part}")).unwrap_or_default();
        let (code, text, system) = (said("1"), said("2"), said("3"));
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let power = code.trim_start_matches(['x', 'X', '*', ' ']);
        let is_cut = power == "10" && text.starts_with(|c: char| c.is_ascii_digit() || c == '-');
        if is_cut && system.is_empty() {
            let whole = format!("{code}^{text}");
            let read = [self.read(&format!("{path}.1")), self.read(&format!("{path}.2"))];
            if read.iter().all(Option::is_some) {
                self.set(name, Value::text(whole), path);
            }
            return;
        }
        let [first, second] = if is_number(code) && !text.is_empty() { ["2", "1"] } else { ["1", "2"] };
        self.field(name, &[&format!("{path}.{first}"), &format!("{path}.{second}")]);
    }

    /// Holds the record back where an action says something that this program does not know.
    pub fn hold_unknown(&mut self, path: &str, known: &[&str]) {
        if let Some(at) = locate(self.tree, path)
            && let Some(text) = self.said(path)
            && !known.iter().any(|word| word.eq_ignore_ascii_case(text))
        {
            self.hold(IssueCode::ModifierUnknown, &at);
        }
    }
}
