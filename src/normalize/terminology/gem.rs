//! From diagnoses of ICD-9-CM to those of ICD-10-CM, by the General Equivalence Mappings (schemas/terminology/README.md).
//!
//! What has one target becomes it. What has several, or none, is a decision about a patient, and nobody's to guess.

use std::sync::LazyLock;

use super::icd_10_cm;
use super::packed::Packed;

static TABLE: LazyLock<Packed> =
    LazyLock::new(|| Packed::unpack(include_bytes!("../../../schemas/terminology/gem.tsv.zst")));

/// What a code becomes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mapped {
    One {
        /// With its point.
        code: String,
        display: Option<&'static str>,
        /// Both say the same; else it is the nearest, by the approximate flag.
        exact: bool,
    },
    /// Several could be meant, or only several together say it.
    Several,
    /// The mappings have none, or do not have the code: a heading, a procedure, a mistake.
    Nothing,
}

/// The target of a code of ICD-9-CM, volumes 1 and 2, written with its point or without.
pub fn icd_10_cm_of(code: &str) -> Mapped {
    let Some(plain) = without_point(code) else { return Mapped::Nothing };
    let mut lines = TABLE.lines_of(&plain).map(|line| line.split_once('\t').unwrap_or((line, "")));
    let (Some((target, flags)), more) = (lines.next(), lines.next()) else { return Mapped::Nothing };
    let is_set = |flag: usize| flags.as_bytes().get(flag) == Some(&b'1');
    let (approximate, no_map, combination) = (is_set(0), is_set(1), is_set(2));
    if more.is_some() || combination {
        return Mapped::Several;
    }
    // A target that the list does not have any more was divided among others since; one that is a heading now says less than codes do.
    match icd_10_cm::find(target).filter(|entry| entry.state != icd_10_cm::State::Retired) {
        Some(entry) if !no_map => {
            let exact = !approximate && entry.state == icd_10_cm::State::Billable;
            Mapped::One { code: icd_10_cm::with_point(target), display: entry.display, exact }
        }
        None if !no_map => Mapped::Several,
        _ => Mapped::Nothing,
    }
}

/// The code as the table writes it. A point in another place means that a digit in front was lost, `25.0` for `025.0`: no code.
fn without_point(code: &str) -> Option<String> {
    let code = code.to_ascii_uppercase();
    let category = if code.starts_with('E') { 4 } else { 3 };
    match code.split_once('.') {
        Some((front, _)) if front.len() != category => None,
        Some((front, rest)) => Some(format!("{front}{rest}")),
        None => Some(code),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_target_is_taken_and_nothing_else_is() {
        let check = |code: &str, target: Option<(&str, bool)>| {
            let found = match icd_10_cm_of(code) {
                Mapped::One { code, exact, .. } => Some((code, exact)),
                _ => None,
            };
            assert_eq!(found.as_ref().map(|(code, exact)| (code.as_str(), *exact)), target, "{code}");
        };
        check("250.00", Some(("E11.9", false)));
        check("25000", Some(("E11.9", false)));
        check("401.9", Some(("I10", false)));
        check("001.0", Some(("A00.0", true)));
        check("V10.05", Some(("Z85.038", false)));
        check("v10.05", Some(("Z85.038", false)));
        check("340", Some(("G35", false)));
        check("E880.0", Some(("W10.0XXA", false)));
    }

    #[test]
    fn what_a_person_must_decide_is_said() {
        // Many targets; none in the mappings, a heading, a lost zero, a code of another system.
        assert_eq!(icd_10_cm_of("649.51"), Mapped::Several);
        for code in ["365.70", "250", "25.0", "E11.9", ""] {
            assert_eq!(icd_10_cm_of(code), Mapped::Nothing, "{code}");
        }
    }

    /// Every code of the table, against the flags that its lines have.
    #[test]
    fn nothing_is_chosen_among_several() {
        let mut single = 0;
        for code in TABLE.keys() {
            let lines: Vec<&str> = TABLE.lines_of(code).collect();
            match icd_10_cm_of(code) {
                Mapped::One { .. } => {
                    assert!(lines.len() == 1 && matches!(&lines[0][lines[0].len() - 4..], "0000"), "{code}");
                    single += 1;
                }
                Mapped::Several => assert!(!lines[0].contains("\t11"), "{code}"),
                Mapped::Nothing => assert!(lines[0].starts_with("\t11"), "{code}"),
            }
        }
        assert!(single > 10_890);
    }

    #[test]
    fn the_mappings_are_whole() {
        assert!(TABLE.keys().zip(TABLE.keys().skip(1)).all(|(one, next)| one <= next));
        assert_eq!(TABLE.keys().count(), 23_912);
    }
}
