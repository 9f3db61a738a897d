//! Numbers and results. A number whose text says more than its value (`1.0`, `007`) keeps its text.

use crate::model::IssueCode;

use super::Transformed;
use crate::normalize::ucum;

/// A decimal number: digits, one point, a sign. No thousands separators: `1,234` is two numbers in half the world.
pub fn parse_decimal(text: &str) -> Transformed<f64> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let plain = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if (whole.is_empty() && fraction.is_empty()) || digits.is_empty() || !plain(whole) || !plain(fraction) {
        return Err(IssueCode::NumberInvalid);
    }
    if digits == "." {
        return Err(IssueCode::NumberInvalid);
    }
    text.parse().map_err(|_| IssueCode::NumberInvalid)
}

pub fn parse_integer(text: &str) -> Transformed<i64> {
    let whole = text.strip_suffix(".0").unwrap_or(text);
    whole.parse().map_err(|_| IssueCode::NumberInvalid)
}

/// A quantity as written: comparator, number, unit.
#[derive(Debug, PartialEq)]
pub struct Quantity<'a> {
    pub comparator: Option<&'static str>,
    pub value: f64,
    /// The number's text where it says more than the value.
    pub original: Option<&'a str>,
    pub unit: Option<&'a str>,
}

/// `5.2`, `<5`, `>= 200 mg/dL`; `None` where it is text.
pub fn parse_quantity(text: &str) -> Option<Quantity<'_>> {
    let (comparator, rest) = [("<=", "<="), (">=", ">="), ("≤", "<="), ("≥", ">="), ("<", "<"), (">", ">")]
        .iter()
        .find_map(|(sign, comparator)| text.strip_prefix(sign).map(|rest| (Some(*comparator), rest.trim_start())))
        .unwrap_or((None, text));
    let number_end = rest
        .char_indices()
        .find(|(i, c)| !(c.is_ascii_digit() || *c == '.' || (*i == 0 && matches!(c, '-' | '+'))))
        .map_or(rest.len(), |(i, _)| i);
    let (number, unit) = rest.split_at(number_end);
    let value = parse_decimal(number).ok()?;
    let unit = unit.trim();
    // `3-5`, `1:40`, `2+`, `1 in 40`, `1.5e3`, `120H` and dates begin with a number and are none: what follows must be a unit.
    if !unit.is_empty() && !is_unit(unit) {
        return None;
    }
    let original = (value.to_string() != number).then_some(number);
    Some(Quantity { comparator, value, original, unit: Some(unit).filter(|unit| !unit.is_empty()) })
}

/// A grade with its sign in front (`+1` to `+4`); one behind it (`2+`) is never a number.
pub fn is_grade(text: &str) -> bool {
    matches!(text.strip_prefix('+').map(str::trim), Some("1" | "2" | "3" | "4"))
}

/// Systolic and diastolic pressure: `150/84`, `150 over 84`, `BP 150 / 84 mmHg`; `None` where there are not just these two, or where they are
/// no pressures of one measurement.
pub fn parse_pressure(text: &str) -> Option<(f64, f64)> {
    let lower = text.trim().to_ascii_lowercase();
    let text = lower.strip_prefix("bp").map_or(lower.as_str(), |rest| rest.trim_start_matches([':', ' ']));
    let text = ["mmhg", "mm hg", "mm[hg]"].iter().find_map(|unit| text.strip_suffix(unit)).unwrap_or(text).trim_end();
    let (above, below) = text.split_once('/').or_else(|| text.split_once(" over "))?;
    let number = |part: &str| part.trim().parse::<u16>().ok().map(f64::from);
    let (systolic, diastolic) = (number(above)?, number(below)?);
    (systolic > diastolic && diastolic > 0.0).then_some((systolic, diastolic))
}

/// Words that are units, in UCUM's spelling and in those that practices use; compared without case but for single letters.
const UNITS: &[&str] = &[
    "%",
    "amp",
    "application",
    "applications",
    "beats",
    "bpm",
    "cap",
    "caps",
    "capsule",
    "capsules",
    "cc",
    "cells",
    "cm",
    "copies",
    "day",
    "days",
    "deg",
    "degf",
    "degc",
    "dl",
    "dose",
    "doses",
    "drop",
    "drops",
    "eq",
    "fl",
    "fmol",
    "ft",
    "gm",
    "gram",
    "grams",
    "gtt",
    "hour",
    "hours",
    "hr",
    "hrs",
    "inch",
    "inches",
    "iu",
    "kat",
    "kcal",
    "kg",
    "kpa",
    "ku",
    "lb",
    "lbs",
    "mcg",
    "mcl",
    "meq",
    "mg",
    "min",
    "minutes",
    "miu",
    "ml",
    "mm",
    "mmhg",
    "mmol",
    "mol",
    "month",
    "months",
    "mosm",
    "mu",
    "ng",
    "nm",
    "nmol",
    "ounces",
    "oz",
    "pack",
    "patch",
    "patches",
    "pg",
    "pill",
    "pills",
    "pmol",
    "pounds",
    "puff",
    "puffs",
    "ratio",
    "sec",
    "seconds",
    "spray",
    "sprays",
    "suppository",
    "tab",
    "tablet",
    "tablets",
    "tabs",
    "tsp",
    "tbsp",
    "ug",
    "uiu",
    "ul",
    "um",
    "umol",
    "unit",
    "units",
    "vial",
    "vials",
    "week",
    "weeks",
    "wk",
    "wks",
    "year",
    "years",
    "yr",
    "yrs",
    "µg",
    "µl",
    "µm",
    "µmol",
    "μg",
    "μl",
    "μm",
    "μmol",
];

/// Single letters mean other things in the other case.
const LETTERS: &[&str] = &["g", "L", "U", "m", "F", "C", "K", "s", "d"];

/// Whether a text is a unit: a known word, one over another, one with an exponent or an annotation.
fn is_unit(text: &str) -> bool {
    if text.len() > 24 || text.split(' ').count() > 2 {
        return false;
    }
    if text.starts_with('°') || text == "mm Hg" || text == "mm[Hg]" {
        return true;
    }
    // `[H]` is a flag, `% of cells` more than a unit; `x10^3/uL` is one where something stands below the line.
    if text.starts_with(['{', '[', '%']) || (text.starts_with(['x', 'X']) && text.contains('/')) {
        return ucum::code(text).is_some();
    }
    let known = |word: &str| {
        let word = word.trim_end_matches(['.', '²', '³']);
        LETTERS.contains(&word) || (word.chars().count() > 1 && UNITS.contains(&word.to_lowercase().as_str()))
    };
    match text.split_once('/') {
        // `/min`, `mg/dL`, `mL/min/1.73m2`: what is above the line tells.
        // What two numbers stand in (`120/80`) has none: the second would be lost.
        Some(("", below)) => below.starts_with(|c: char| c.is_alphabetic() || matches!(c, '[' | '{')),
        Some((above, below)) => !below.is_empty() && known(above.trim()),
        None => text.split(' ').all(known),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals() {
        for (text, value) in [("5", 5.0), ("-0.5", -0.5), (".5", 0.5), ("5.", 5.0), ("007", 7.0)] {
            assert_eq!(parse_decimal(text), Ok(value), "{text}");
        }
        for text in ["", ".", "-", "1,234", "1e5", "NaN", "inf", "5 mg", "1.2.3"] {
            assert_eq!(parse_decimal(text), Err(IssueCode::NumberInvalid), "{text}");
        }
        assert_eq!(parse_integer("30.0"), Ok(30));
        assert!(parse_integer("30.5").is_err());
    }

    #[test]
    fn pressures() {
        for text in
            ["150/84", " 150 / 84 ", "150 over 84", "BP: 150/84", "bp 150/84 mmHg", "150/84 mm Hg", "150/84mm[Hg]"]
        {
            assert_eq!(parse_pressure(text), Some((150.0, 84.0)), "{text}");
        }
        for text in [
            "",
            "150",
            "84/150",
            "150/",
            "150/84/70",
            "150/84 sitting, 140/80",
            "150-84",
            "20/0",
            "abc/def",
            "03/04/2019",
        ] {
            assert_eq!(parse_pressure(text), None, "{text}");
        }
    }

    #[test]
    fn quantities_keep_what_the_number_alone_would_lose() {
        let check = |text, comparator, value, original, unit| {
            assert_eq!(parse_quantity(text), Some(Quantity { comparator, value, original, unit }), "{text}");
        };
        check("5.2", None, 5.2, None, None);
        check("1.0", None, 1.0, Some("1.0"), None);
        check("<5", Some("<"), 5.0, None, None);
        check(">= 200 mg/dL", Some(">="), 200.0, None, Some("mg/dL"));
        check("98%", None, 98.0, None, Some("%"));
        check("2 tablets", None, 2.0, None, Some("tablets"));
        check("60 mL/min/1.73m2", None, 60.0, None, Some("mL/min/1.73m2"));
        check("72 /min", None, 72.0, None, Some("/min"));
        check("5 g", None, 5.0, None, Some("g"));
        for text in [
            "negative",
            "3-5",
            "1:40",
            "2+",
            "see note",
            "5 out of 10 points",
            "2019-03-04",
            "",
            "1.5e3",
            "4.5x10^3",
            "1 in 40",
            "3 of 5",
            "120H",
            "6 positive",
            "8 am",
            "12 Mar",
            "2nd",
            "1 or 2",
            "120/80",
            "120/80 mmHg",
            "20/40",
            "2 /100 cells",
        ] {
            assert_eq!(parse_quantity(text), None, "{text}");
        }
    }
}
