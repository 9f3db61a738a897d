//! Code maps: `codes/NAME.csv`, from a source's own values to standard ones, and who says so.

use std::collections::{BTreeMap, BTreeSet};

use super::mapping::Case;

/// What a source value becomes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Translation {
    pub target: String,
    pub system: Option<String>,
    pub display: Option<String>,
    pub equivalence: Equivalence,
    /// Nobody has approved it yet.
    pub is_draft: bool,
}

/// Whether a target says what the source said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Equivalence {
    #[default]
    Same,
    /// More, less, or something near.
    Inexact,
    /// There is no target.
    Unmatched,
}

impl Equivalence {
    /// A word of FHIR R4's ConceptMapEquivalence.
    fn parse(word: &str) -> Option<Self> {
        match word {
            "equivalent" | "equal" => Some(Self::Same),
            "relatedto" | "wider" | "subsumes" | "narrower" | "specializes" | "inexact" => Some(Self::Inexact),
            "unmatched" | "disjoint" => Some(Self::Unmatched),
            _ => None,
        }
    }
}

/// The columns of a map behind `source` and `target`, each there or not.
#[derive(Clone, Copy, Debug, Default)]
struct Layout {
    system: Option<usize>,
    display: Option<usize>,
    equivalence: Option<usize>,
    status: Option<usize>,
    reviewer: Option<usize>,
}

impl Layout {
    fn of(header: &csv::StringRecord) -> Result<Self, String> {
        let mut layout = Self::default();
        let columns: Vec<&str> = header.iter().collect();
        let Some(["source", "target"]) = columns.get(..2) else {
            return Err("the header does not begin `source,target`".into());
        };
        for (at, name) in columns.iter().enumerate().skip(2) {
            if columns[..at].contains(name) {
                return Err(format!("the column `{name}` stands in the header twice"));
            }
            match *name {
                "system" => layout.system = Some(at),
                "display" => layout.display = Some(at),
                "equivalence" => layout.equivalence = Some(at),
                "status" => layout.status = Some(at),
                "reviewer" => layout.reviewer = Some(at),
                "author" | "comment" => {}
                _ => {
                    return Err(format!(
                        "behind `source,target` stand system, display, equivalence, status, author, reviewer, comment; not `{name}`"
                    ));
                }
            }
        }
        Ok(layout)
    }

    fn translation(self, record: &csv::StringRecord) -> Result<Translation, String> {
        let cell = |index: Option<usize>| record.get(index?).filter(|text| !text.is_empty());
        let target = cell(Some(1)).unwrap_or_default().to_owned();
        let equivalence = match cell(self.equivalence) {
            None if target.is_empty() => Equivalence::Unmatched,
            None => Equivalence::Same,
            Some(word) => Equivalence::parse(word).ok_or(
                "`equivalence` is one of equivalent, equal, wider, subsumes, narrower, specializes, inexact, relatedto, unmatched, disjoint",
            )?,
        };
        if (equivalence == Equivalence::Unmatched) != target.is_empty() {
            return Err("`equivalence` is unmatched or disjoint where there is no target, and only there".into());
        }
        let is_draft = match cell(self.status) {
            None | Some("approved") => false,
            Some("draft") => true,
            Some(_) => return Err("`status` is draft or approved".into()),
        };
        if cell(self.status) == Some("approved") && cell(self.reviewer).is_none() {
            return Err("an approved line names its `reviewer`".into());
        }
        let owned = |index| cell(index).map(str::to_owned);
        Ok(Translation { target, system: owned(self.system), display: owned(self.display), equivalence, is_draft })
    }
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
    /// Lines that nobody has approved yet.
    drafts: Vec<usize>,
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

    /// Lines that work, and that nobody has approved yet.
    pub(super) fn drafts(&self) -> &[usize] {
        &self.drafts
    }

    /// Reads a map; on error says the line and what is wrong with it.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, (usize, String)> {
        let mut reader = csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(bytes);
        let header = reader.headers().map_err(|error| (1, error.to_string()))?.clone();
        let layout = Layout::of(&header).map_err(|message| (1, message))?;
        let mut map = Self { case: Case::Exact, ..Self::default() };
        let mut folded = BTreeSet::new();
        for record in reader.records() {
            let record =
                record.map_err(|error| (error.position().map_or(1, |p| p.line() as usize), error.to_string()))?;
            let line = record.position().map_or(1, |position| position.line() as usize);
            if record.len() != header.len() {
                return Err((line, format!("{} cells, the header has {}", record.len(), header.len())));
            }
            if record.get(1) == Some(super::pack::OPEN) {
                map.open.push(line);
                continue;
            }
            let translation = layout.translation(&record).map_err(|message| (line, message))?;
            if translation.is_draft {
                map.drafts.push(line);
            }
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
        for (map, line) in [
            ("source,target,colour\na,b,red\n", 1),
            ("source,target,system,system\na,b,,\n", 1),
            ("source,target,equivalence\na,b,roughly\n", 2),
            ("source,target,equivalence\na,b,unmatched\n", 2),
            ("source,target,equivalence\na,,wider\n", 2),
            ("source,target,status\na,b,maybe\n", 2),
            ("source,target,status\na,b,draft\nc,d,approved\n", 3),
        ] {
            assert_eq!(CodeMap::parse(map.as_bytes()).expect_err("wrong").0, line, "{map}");
        }
    }

    #[test]
    fn a_line_says_how_near_its_target_is_and_who_approved_it() {
        let map = parse(
            b"source,target,display,equivalence,status,author,reviewer\n\
              HTN,38341003,Hypertension,equivalent,approved,rw,Dr. Lane\n\
              DM,73211009,,wider,draft,rw,\nNONE,,,unmatched,approved,rw,Dr. Lane\n,skip,,,,,\n",
        );
        let of = |source| map.get(source).map(|to| (to.target.as_str(), to.equivalence, to.is_draft)).expect("known");
        assert_eq!(of("HTN"), ("38341003", Equivalence::Same, false));
        assert_eq!(of("DM"), ("73211009", Equivalence::Inexact, true));
        assert_eq!(of("NONE"), ("", Equivalence::Unmatched, false));
        assert_eq!(map.drafts(), [3]);
    }
}
