//! What a unit is in UCUM, the Unified Code for Units of Measure: by the spellings of programs and laboratories, else by UCUM's own grammar.
//!
//! Spellings come first, since many of them are codes of something else there: `K/uL` is kelvin per microlitre, `ML` megalitre, `F` farad. The unit
//! itself is never altered: its code stands beside it.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::LazyLock;

/// What FHIR calls the code system.
pub(super) const UCUM: &str = "http://unitsofmeasure.org";

/// Longer texts are no units.
const LONGEST: usize = 48;

/// So many different units a thread remembers: a source has dozens.
const REMEMBERED: usize = 1024;

/// Whole units as they are written, compared without case: spelling, code.
const SPELLINGS: &[(&str, &str)] = &[
    ("#/area", "/[HPF]"),
    ("#/hpf", "/[HPF]"),
    ("#/lpf", "/[LPF]"),
    ("%", "%"),
    ("/100 wbc", "/100{WBC}"),
    ("/100wbc", "/100{WBC}"),
    ("/hpf", "/[HPF]"),
    ("/lpf", "/[LPF]"),
    ("/minute", "/min"),
    ("au/ml", "[arb'U]/mL"),
    ("beat/min", "/min"),
    ("beats", "{beats}"),
    ("beats per minute", "/min"),
    ("beats/min", "/min"),
    ("beats/minute", "/min"),
    ("bpm", "/min"),
    ("breath/min", "/min"),
    ("breaths per minute", "/min"),
    ("breaths/min", "/min"),
    ("breaths/minute", "/min"),
    ("c", "Cel"),
    ("celsius", "Cel"),
    ("cmh2o", "cm[H2O]"),
    ("cm h2o", "cm[H2O]"),
    ("deg c", "Cel"),
    ("deg f", "[degF]"),
    ("degc", "Cel"),
    ("degf", "[degF]"),
    ("degrees c", "Cel"),
    ("degrees celsius", "Cel"),
    ("degrees f", "[degF]"),
    ("degrees fahrenheit", "[degF]"),
    ("f", "[degF]"),
    ("fahrenheit", "[degF]"),
    ("fl oz", "[foz_us]"),
    ("index", "{index}"),
    ("inr", "{INR}"),
    ("k/cumm", "10*3/mm3"),
    ("k/mcl", "10*3/uL"),
    ("k/mm3", "10*3/mm3"),
    ("k/ul", "10*3/uL"),
    ("lpm", "L/min"),
    ("m/cumm", "10*6/mm3"),
    ("m/mcl", "10*6/uL"),
    ("m/mm3", "10*6/mm3"),
    ("m/ul", "10*6/uL"),
    ("mil/mcl", "10*6/uL"),
    ("mil/ul", "10*6/uL"),
    ("mill/mcl", "10*6/uL"),
    ("mill/ul", "10*6/uL"),
    ("million/ul", "10*6/uL"),
    ("mm hg", "mm[Hg]"),
    ("mm/hg", "mm[Hg]"),
    ("mmhg", "mm[Hg]"),
    ("mm[hg]", "mm[Hg]"),
    ("pack years", "{pack-years}"),
    ("pack-years", "{pack-years}"),
    ("pct", "%"),
    ("per minute", "/min"),
    ("percent", "%"),
    ("ph", "[pH]"),
    ("ph units", "[pH]"),
    ("ppb", "[ppb]"),
    ("ppd", "{packs}/d"),
    ("ppm", "[ppm]"),
    ("ratio", "{ratio}"),
    ("s/co", "{s_co_ratio}"),
    ("score", "{score}"),
    ("t/l", "10*12/L"),
    ("th/ul", "10*3/uL"),
    ("thou/mcl", "10*3/uL"),
    ("thou/ul", "10*3/uL"),
    ("thousand/ul", "10*3/uL"),
    ("u/l", "U/L"),
    ("u/ml", "U/mL"),
    ("unit/l", "[arb'U]/L"),
    ("unit/ml", "[arb'U]/mL"),
    ("unitless", "1"),
    ("units", "[arb'U]"),
    ("units/l", "[arb'U]/L"),
    ("units/ml", "[arb'U]/mL"),
    ("°c", "Cel"),
    ("°f", "[degF]"),
    ("º c", "Cel"),
    ("º f", "[degF]"),
    ("ºc", "Cel"),
    ("ºf", "[degF]"),
    ("° c", "Cel"),
    ("° f", "[degF]"),
];

/// Parts of units, compared without case. In UCUM the case tells: `MG` is megagauss; nobody measures that in a patient.
const PARTS: &[(&str, &str)] = &[
    ("cc", "mL"),
    ("cell", "{cells}"),
    ("cells", "{cells}"),
    ("cfu", "[CFU]"),
    ("cm", "cm"),
    ("copies", "{copies}"),
    ("copy", "{copies}"),
    ("cumm", "mm3"),
    ("cu mm", "mm3"),
    ("day", "d"),
    ("days", "d"),
    ("dl", "dL"),
    ("drinks", "{drinks}"),
    ("feet", "[ft_i]"),
    ("fl", "fL"),
    ("fmol", "fmol"),
    ("foot", "[ft_i]"),
    ("ft", "[ft_i]"),
    ("gm", "g"),
    ("gms", "g"),
    ("gram", "g"),
    ("grams", "g"),
    ("hour", "h"),
    ("hours", "h"),
    ("hpf", "[HPF]"),
    ("hr", "h"),
    ("hrs", "h"),
    ("in", "[in_i]"),
    ("inch", "[in_i]"),
    ("inches", "[in_i]"),
    ("iu", "[IU]"),
    ("kcal", "kcal"),
    ("kg", "kg"),
    ("kgs", "kg"),
    ("kiu", "k[IU]"),
    ("kpa", "kPa"),
    ("ku", "kU"),
    ("lb", "[lb_av]"),
    ("lbs", "[lb_av]"),
    ("liter", "L"),
    ("litre", "L"),
    ("lpf", "[LPF]"),
    ("m2", "m2"),
    ("m3", "m3"),
    ("m^2", "m2"),
    ("mcg", "ug"),
    ("mcgs", "ug"),
    ("mciu", "u[IU]"),
    ("mcl", "uL"),
    ("mcmol", "umol"),
    ("mcu", "uU"),
    ("meq", "meq"),
    ("mg", "mg"),
    ("mgs", "mg"),
    ("microgram", "ug"),
    ("micrograms", "ug"),
    ("micromol", "umol"),
    ("min", "min"),
    ("mins", "min"),
    ("minute", "min"),
    ("minutes", "min"),
    ("ml", "mL"),
    ("ml ddu", "mL{DDU}"),
    ("ml feu", "mL{FEU}"),
    ("mls", "mL"),
    ("mm", "mm"),
    ("mm^3", "mm3"),
    ("mmol", "mmol"),
    ("mmoles", "mmol"),
    ("mol", "mol"),
    ("month", "mo"),
    ("months", "mo"),
    ("mosm", "mosm"),
    ("mosmol", "mosm"),
    ("msec", "ms"),
    ("ng", "ng"),
    ("nmol", "nmol"),
    ("ounce", "[oz_av]"),
    ("ounces", "[oz_av]"),
    ("oz", "[oz_av]"),
    ("packs", "{packs}"),
    ("pg", "pg"),
    ("pmol", "pmol"),
    ("pound", "[lb_av]"),
    ("pounds", "[lb_av]"),
    ("sec", "s"),
    ("second", "s"),
    ("seconds", "s"),
    ("secs", "s"),
    ("sq m", "m2"),
    ("ug", "ug"),
    ("uiu", "u[IU]"),
    ("ul", "uL"),
    ("umol", "umol"),
    ("usec", "us"),
    ("week", "wk"),
    ("weeks", "wk"),
    ("wks", "wk"),
    ("year", "a"),
    ("years", "a"),
    ("yr", "a"),
    ("yrs", "a"),
    ("24h", "(24.h)"),
    ("24 h", "(24.h)"),
    ("24hr", "(24.h)"),
    ("24 hr", "(24.h)"),
    ("24hrs", "(24.h)"),
    ("24 hrs", "(24.h)"),
    ("24 hours", "(24.h)"),
    ("1.73m2", "{1.73_m2}"),
    ("1.73 m2", "{1.73_m2}"),
    ("1.73m^2", "{1.73_m2}"),
    ("1.73 m^2", "{1.73_m2}"),
    ("1.73 sq m", "{1.73_m2}"),
    ("g cr", "g{creat}"),
    ("g creat", "g{creat}"),
    ("g creatinine", "g{creat}"),
    ("mg cr", "mg{creat}"),
    ("mg creat", "mg{creat}"),
    ("mmol cr", "mmol{creat}"),
    ("mmol creat", "mmol{creat}"),
];

/// What is a code in UCUM of something that nobody measures in a patient, and is said for something else, or for several things: `G/L` for grams
/// and for 10^9, `MU` for milli- and for megaunits, `st` for stones; `N/A`, newton per ampere, is no unit.
const AMBIGUOUS: &[&str] = &["G/L", "MU", "MU/L", "MU/mL", "N/A", "st"];

/// A number in one unit as a number in another: times `factor`, plus `offset`.
#[derive(Clone, Copy)]
struct Line {
    factor: f64,
    offset: f64,
}

thread_local! {
    static CODES: RefCell<HashMap<String, Option<String>>> = RefCell::default();
    static LINES: RefCell<HashMap<&'static str, HashMap<String, Option<Line>>>> = RefCell::default();
}

/// The UCUM code of a unit as a source writes it; `None` where it is neither a known spelling nor of UCUM's grammar.
pub fn code(unit: &str) -> Option<String> {
    remembered(unit, |code| code.map(str::to_owned))
}

/// A number in the unit `from`, as a source writes that, in the UCUM unit `to`; `None` where the two measure different things.
pub(super) fn convert(value: f64, from: &str, to: &'static str) -> Option<f64> {
    remembered(from, |code| {
        let code = code?;
        if code == to {
            return Some(value);
        }
        LINES.with_borrow_mut(|lines| {
            let lines = lines.entry(to).or_default();
            let line = match lines.get(code) {
                Some(line) => *line,
                None => {
                    let line = line(code, to);
                    if lines.len() < REMEMBERED {
                        lines.insert(code.to_owned(), line);
                    }
                    line
                }
            };
            line.map(|Line { factor, offset }| value * factor + offset)
        })
    })
}

fn remembered<T>(unit: &str, then: impl FnOnce(Option<&str>) -> T) -> T {
    CODES.with_borrow_mut(|codes| {
        if let Some(code) = codes.get(unit) {
            return then(code.as_deref());
        }
        let code = read(unit);
        let value = then(code.as_deref());
        if codes.len() < REMEMBERED {
            codes.insert(unit.to_owned(), code);
        }
        value
    })
}

/// All units of patients but logarithms turn into each other along a line.
fn line(from: &str, to: &str) -> Option<Line> {
    let at = |value: f64| octofhir_ucum::convert(value, from, to).ok();
    let (offset, one, two) = (at(0.0)?, at(1.0)?, at(2.0)?);
    let factor = one - offset;
    let is_straight = (two - one - factor).abs() <= 1e-9 * factor.abs();
    (is_straight && factor.is_finite()).then_some(Line { factor, offset })
}

fn read(unit: &str) -> Option<String> {
    let text = unit.split_whitespace().collect::<Vec<_>>().join(" ");
    let text = text.replace(['µ', 'μ'], "u").replace('²', "2").replace('³', "3").replace('×', "x");
    if text.is_empty() || text.len() > LONGEST || AMBIGUOUS.contains(&text.as_str()) {
        return None;
    }
    static WHOLE: LazyLock<HashMap<&str, &str>> = LazyLock::new(|| SPELLINGS.iter().copied().collect());
    if let Some(code) = WHOLE.get(text.to_lowercase().as_str()) {
        return Some((*code).to_owned());
    }
    // What stands between braces is anybody's words.
    let code = if text.contains('{') { text } else { in_parts(&text) };
    // `109/L` lost a superscript; in UCUM it is 109 in a litre.
    let has_number = code.starts_with(|c: char| c.is_ascii_digit());
    let is_plain = !has_number || code == "1" || code.starts_with("1/") || code.starts_with("10*");
    (is_plain && octofhir_ucum::validate(&code).is_ok()).then_some(code)
}

/// Each part of a fraction by its spelling; what has none stays.
fn in_parts(text: &str) -> String {
    static KNOWN: LazyLock<HashMap<&str, &str>> = LazyLock::new(|| PARTS.iter().copied().collect());
    let has_small = text.bytes().any(|byte| byte.is_ascii_lowercase());
    let is_fraction = text.contains('/');
    let part = |(at, part): (usize, &str)| {
        let part = part.trim();
        if let Some(power) = power_of_ten(part).filter(|_| at == 0 && is_fraction) {
            return format!("10*{power}");
        }
        match part {
            // Gauss and henry.
            "G" if is_fraction && !has_small => return "g".to_owned(),
            "H" if at > 0 => return "h".to_owned(),
            "mIU" | "miu" => return "m[IU]".to_owned(),
            "MIU" if !has_small => return "m[IU]".to_owned(),
            _ => {}
        }
        KNOWN.get(part.to_lowercase().as_str()).map_or(part, |code| code).to_owned()
    };
    text.split('/').enumerate().map(part).collect::<Vec<_>>().join("/")
}

/// `10^9`, `x10*9`, `x 10E9`, `x10(9)`, `10x9`, `E9`, `1000`.
fn power_of_ten(text: &str) -> Option<u8> {
    let text = text.trim_start_matches(['x', 'X']).trim_start();
    if text == "1000" {
        return Some(3);
    }
    let rest = text.strip_prefix("10").unwrap_or(text);
    let is_whole = rest.len() < text.len();
    let signs: &[char] = if is_whole { &['*', '^', 'e', 'E', 'x', 'X', '('] } else { &['e', 'E'] };
    let digits = rest.strip_prefix(signs)?;
    let digits = if rest.starts_with('(') { digits.strip_suffix(')')? } else { digits };
    digits.parse().ok().filter(|power| (1..=15).contains(power))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_programs_become_codes() {
        for (unit, expected) in [
            ("mmHg", "mm[Hg]"),
            ("mm Hg", "mm[Hg]"),
            ("MM HG", "mm[Hg]"),
            ("mm[Hg]", "mm[Hg]"),
            ("mg/dl", "mg/dL"),
            ("MG/DL", "mg/dL"),
            ("Mg/dL", "mg/dL"),
            ("G/DL", "g/dL"),
            ("gm/dl", "g/dL"),
            ("K/uL", "10*3/uL"),
            ("K/µL", "10*3/uL"),
            ("k/cumm", "10*3/mm3"),
            ("Thou/mcL", "10*3/uL"),
            ("M/uL", "10*6/uL"),
            ("x10^9/L", "10*9/L"),
            ("10^9/L", "10*9/L"),
            ("x 10E9/L", "10*9/L"),
            ("X10(3)/uL", "10*3/uL"),
            ("x10*3/uL", "10*3/uL"),
            ("10x3/uL", "10*3/uL"),
            ("E9/L", "10*9/L"),
            ("x1000/mm3", "10*3/mm3"),
            ("mcg", "ug"),
            ("mcg/mL", "ug/mL"),
            ("µg/L", "ug/L"),
            ("μmol/L", "umol/L"),
            ("IU/L", "[IU]/L"),
            ("mIU/L", "m[IU]/L"),
            ("MIU/ML", "m[IU]/mL"),
            ("uIU/mL", "u[IU]/mL"),
            ("mEq/L", "meq/L"),
            ("mOsm/kg", "mosm/kg"),
            ("u/l", "U/L"),
            ("KU/L", "kU/L"),
            ("bpm", "/min"),
            ("beats/min", "/min"),
            ("breaths/min", "/min"),
            ("BREATHS PER MINUTE", "/min"),
            ("lb", "[lb_av]"),
            ("lbs", "[lb_av]"),
            ("oz", "[oz_av]"),
            ("in", "[in_i]"),
            ("inches", "[in_i]"),
            ("ft", "[ft_i]"),
            ("F", "[degF]"),
            ("degF", "[degF]"),
            ("° F", "[degF]"),
            ("DEG C", "Cel"),
            ("°C", "Cel"),
            ("C", "Cel"),
            ("pH", "[pH]"),
            ("PG", "pg"),
            ("FL", "fL"),
            ("ML", "mL"),
            ("cc", "mL"),
            ("KG/M2", "kg/m2"),
            ("kg/m^2", "kg/m2"),
            ("kg/m²", "kg/m2"),
            ("mm/hr", "mm/h"),
            ("MM/H", "mm/h"),
            ("mL/min/1.73m2", "mL/min/{1.73_m2}"),
            ("mL/min/1.73 m²", "mL/min/{1.73_m2}"),
            ("mg/24 hr", "mg/(24.h)"),
            ("mcg/mg creat", "ug/mg{creat}"),
            ("ng/mL FEU", "ng/mL{FEU}"),
            ("#/HPF", "/[HPF]"),
            ("copies/ml", "{copies}/mL"),
            ("cells/mcL", "{cells}/uL"),
            ("years", "a"),
            ("INR", "{INR}"),
            ("ratio", "{ratio}"),
            ("seconds", "s"),
            ("units/mL", "[arb'U]/mL"),
            ("AU/mL", "[arb'U]/mL"),
        ] {
            assert_eq!(code(unit).as_deref(), Some(expected), "{unit}");
            assert_eq!(octofhir_ucum::validate(expected).ok(), Some(()), "{expected}");
        }
    }

    #[test]
    fn codes_of_ucum_stay() {
        for unit in [
            "mg/dL",
            "%",
            "fL",
            "pg",
            "mm[Hg]",
            "[lb_av]",
            "[in_i]",
            "[degF]",
            "Cel",
            "10*3/uL",
            "/min",
            "{score}",
            "U/L",
            "g",
            "m",
            "mL/min/{1.73_m2}",
            "mg/g{creat}",
            "m[IU]/mL",
            "/[HPF]",
            "a",
            "mo",
            "s",
            "1",
            "L/min",
            "nmol/min/mg",
            "m-2",
            "kg.m/s2",
            "mg/(24.h)",
            "{a/b}",
            "mU/L",
            "/100{WBC}",
        ] {
            assert_eq!(code(unit).as_deref(), Some(unit), "{unit}");
        }
    }

    #[test]
    fn what_is_no_unit_or_could_be_several_has_no_code() {
        let long = "m".repeat(LONGEST + 1);
        for unit in [
            "",
            " ",
            "see note",
            "cells/mmL",
            "G/L",
            "MU/L",
            "st",
            "109/L",
            "103/uL",
            "100",
            "mg//dL",
            "/",
            "mg/",
            "mg/dL)",
            "((m",
            "{open",
            "[foo]",
            "N/A",
            "mg dL",
            "mmHg/",
            &long,
        ] {
            assert_eq!(code(unit), None, "{unit}");
        }
    }

    #[test]
    fn every_spelling_has_a_code_of_ucum_and_stands_once() {
        for table in [SPELLINGS, PARTS] {
            let mut spellings: Vec<&str> = table.iter().map(|(spelling, _)| *spelling).collect();
            spellings.sort_unstable();
            spellings.dedup();
            assert_eq!(spellings.len(), table.len());
            for (spelling, code) in table {
                assert_eq!(*spelling, spelling.to_lowercase());
                assert!(octofhir_ucum::validate(code).is_ok(), "{code}");
            }
        }
    }

    #[test]
    fn numbers_are_turned_into_other_units() {
        let check = |value: f64, from: &str, to: &'static str, expected: Option<f64>| {
            let turned = convert(value, from, to);
            let is_near = |turned: f64| expected.is_some_and(|expected| (turned - expected).abs() < 1e-9);
            assert!(turned.map_or(expected.is_none(), is_near), "{value} {from}: {turned:?}");
        };
        for _ in 0..2 {
            check(98.6, "F", "Cel", Some(37.0));
            check(37.0, "°C", "Cel", Some(37.0));
            check(100.0, "lbs", "kg", Some(45.359237));
            check(70.0, "in", "cm", Some(177.8));
            check(5.0, "ft", "cm", Some(152.4));
            check(4.5, "10*3/uL", "10*9/L", Some(4.5));
            check(140.0, "mEq/L", "mmol/L", Some(140.0));
            check(7.4, "pH", "mmol/L", None);
            check(5.0, "mg/dL", "mmol/L", None);
            check(5.0, "nobody's", "kg", None);
        }
    }
}
