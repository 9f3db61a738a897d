//! Code maps: `codes/NAME.csv`, from a source's own values to standard ones.

use std::collections::{BTreeMap, BTreeSet};

use super::mapping::Case;

/// What a source value becomes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Translation {
    pub target: String,
    pub system: Option<String>,
    pub display: Option<String>,
}

/// A code map: compared without outer white space, and without case where a mapping does not say otherwise.
#[derive(Clone, Debug, Default)]
pub struct CodeMap {
    case: Case,
    /// By source value, as written or, without case, lower-cased.
    entries: BTreeMap<String, Translation>,
    /// The first line whose source value another has in other case.
    differs_by_case: Option<usize>,
    otherwise: Option<Translation>,
    /// Lines whose target is still to be said: the map does not know those values.
    open: Vec<usize>,
}

impl CodeMap {
    /// Everything that a value may become.
    pub fn targets(&self) -> impl Iterator<Item = &str> {
        self.entries.values().chain(&self.otherwise).map(|translation| translation.target.as_str())
    }

    /// Lines of values whose meaning is open.
    pub(super) fn open(&self) -> &[usize] {
        &self.open
    }

    /// Reads a map; on error says the line and what is wrong with it.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, (usize, String)> {
        let mut reader = csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(bytes);
        let header = reader.headers().map_err(|error| (1, error.to_string()))?.clone();
        let columns: Vec<&str> = header.iter().collect();
        if columns != ["source", "target"] && columns != ["source", "target", "system", "display"] {
            return Err((1, "the header is neither `source,target` nor `source,target,system,display`".into()));
        }
        let mut map = Self { case: Case::Exact, ..Self::default() };
        let mut folded = BTreeSet::new();
        for record in reader.records() {
            let record =
                record.map_err(|error| (error.position().map_or(1, |p| p.line() as usize), error.to_string()))?;
            let line = record.position().map_or(1, |position| position.line() as usize);
            if record.len() != columns.len() {
                return Err((line, format!("{} cells, the header has {}", record.len(), columns.len())));
            }
            if record.get(1) == Some(super::pack::OPEN) {
                map.open.push(line);
                continue;
            }
            let cell = |index: usize| record.get(index).filter(|text| !text.is_empty()).map(str::to_owned);
            let translation = Translation { target: cell(1).unwrap_or_default(), system: cell(2), display: cell(3) };
            match record.get(0) {
                Some("*") => map.otherwise = Some(translation),
                source => {
                    let source = source.unwrap_or_default();
                    if map.entries.insert(source.to_owned(), translation).is_some() {
                        return Err((line, "this source value stands in the map twice".into()));
                    }
                    if !folded.insert(source.to_lowercase()) {
                        map.differs_by_case.get_or_insert(line);
                    }
                }
            }
        }
        Ok(map)
    }

    /// The map as it is compared; on error the line whose source value another has, without case.
    pub(super) fn compared(&self, case: Case) -> Result<Self, usize> {
        match (case, self.differs_by_case) {
            (Case::Exact, _) => Ok(self.clone()),
            (Case::Ignored, Some(line)) => Err(line),
            (Case::Ignored, None) => {
                let entries = self.entries.iter().map(|(source, to)| (source.to_lowercase(), to.clone())).collect();
                Ok(Self { case, entries, ..self.clone() })
            }
        }
    }

    /// The translation of a source value, or `None` where the map does not know it. A translation whose target is empty
    /// says: known, and deliberately nothing.
    pub fn get(&self, source: &str) -> Option<&Translation> {
        let source = source.trim();
        if let Some(found) = self.entries.get(source) {
            return Some(found);
        }
        let found = match self.case {
            Case::Exact => None,
            Case::Ignored => self.entries.get(&source.to_lowercase()),
        };
        found.or(self.otherwise.as_ref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &[u8]) -> CodeMap {
        CodeMap::parse(text).expect("a map")
    }

    #[test]
    fn case_and_outer_space_do_not_matter() {
        let map = parse(b"source,target\r\nM,male\n f ,female\n*,unknown\n").compared(Case::Ignored).expect("a map");
        assert_eq!(map.get(" m ").map(|t| t.target.as_str()), Some("male"));
        assert_eq!(map.get("F").map(|t| t.target.as_str()), Some("female"));
        assert_eq!(map.get("x").map(|t| t.target.as_str()), Some("unknown"));
    }

    #[test]
    fn case_matters_where_a_mapping_says_so() {
        let parsed = parse(b"source,target\na,active\nA,allergy\n");
        let map = parsed.compared(Case::Exact).expect("a map");
        for (source, target) in [("a", Some("active")), (" A ", Some("allergy")), ("b", None)] {
            assert_eq!(map.get(source).map(|t| t.target.as_str()), target, "{source}");
        }
        assert_eq!(parsed.compared(Case::Ignored).expect_err("two"), 3);
        let exact = parse(b"source,target\na,active\n").compared(Case::Exact).expect("a map");
        assert_eq!(exact.get("A"), None);
    }

    #[test]
    fn a_wrong_map_names_its_line() {
        assert_eq!(CodeMap::parse(b"from,to\na,b\n").expect_err("header").0, 1);
        assert_eq!(CodeMap::parse(b"source,target\na,b\na,c\n").expect_err("twice").0, 3);
        assert_eq!(CodeMap::parse(b"source,target\na\n").expect_err("short").0, 2);
    }
}
