//! Whether a code can be one of its system: check digits and forms. A code that cannot was mistyped, cut off, or changed by a spreadsheet
//! (`8480-6` read as a date, a SNOMED CT number rounded); it is told, and charted as the source says.

use std::sync::LazyLock;

use super::terminology::{ICD_9_CM, ICD_10_CM, NDC, icd_10_cm, ndc};
use super::truth::Fault;
use crate::model::chart::{CodingColumns, coding_columns};
use crate::model::check_digit::{is_verhoeff, luhn};
use crate::model::{IssueCode, RecordType, Value};

/// Where a code stands with its system; what it was before a translation has no display.
pub(super) struct CodedElement {
    pub code: usize,
    pub system: usize,
    pub display: Option<usize>,
}

/// The coded elements of each record type.
static CODED: LazyLock<Vec<Vec<CodedElement>>> = LazyLock::new(|| {
    let of = |record: &RecordType| {
        let names = record.columns().iter().map(|column| column.name);
        let prefixes = names.filter_map(|name| if name == "code" { Some(name) } else { name.strip_suffix("_code") });
        let all = prefixes.filter_map(|prefix| coding_columns(*record, prefix));
        let elements = all.flat_map(|CodingColumns { code, system, display, original, .. }| {
            let original = original.map(|(code, system)| CodedElement { code, system, display: None });
            [Some(CodedElement { code, system, display: Some(display) }), original]
        });
        elements.flatten().collect()
    };
    RecordType::ALL.iter().map(of).collect()
});

pub(super) fn coded_elements(record: RecordType) -> &'static [CodedElement] {
    let at = RecordType::ALL.iter().position(|other| *other == record).unwrap_or_default();
    &CODED[at]
}

pub(super) fn faults(record: RecordType, values: &[Value], faults: &mut Vec<Fault>) {
    for CodedElement { code, system, .. } in coded_elements(record) {
        if let (Some(text), Some(system)) = (values[*code].as_str(), values[*system].as_str())
            && let Some(issue) = doubt(system, text)
        {
            faults.push(Fault { column: *code, code: issue });
        }
    }
}

/// What is to be told of a code of a system.
fn doubt(system: &str, code: &str) -> Option<IssueCode> {
    if !can_be(system, code) {
        return Some(IssueCode::CodeInvalid);
    }
    match system {
        ICD_10_CM if icd_10_cm::find(code).is_none() => Some(IssueCode::CodeUnknown),
        NDC if ndc::read(code) == ndc::Ndc::Ambiguous => Some(IssueCode::CodeAmbiguous),
        _ => None,
    }
}

/// Whether a text has the form of a code of this system; of systems without one every text has it.
pub fn can_be(system: &str, code: &str) -> bool {
    match system {
        "http://loinc.org" => is_loinc(code),
        "http://snomed.info/sct" => is_snomed(code),
        ICD_10_CM => is_icd_10_cm(code),
        ICD_9_CM => is_icd_9_cm(code),
        NDC => ndc::read(code) != ndc::Ndc::Neither,
        "http://www.nlm.nih.gov/research/umls/rxnorm" => is_number(code, 1..=8),
        "http://hl7.org/fhir/sid/cvx" => is_number(code, 1..=3),
        "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets" | "urn:oid:2.16.840.1.113883.6.285" => is_hcpcs(code),
        _ => true,
    }
}

/// A letter and four digits; the letters are those of its sections (CMS, HCPCS Level II). Codes of level I are CPT's, five digits of which the
/// last may be a letter: they come under this name, too.
fn is_hcpcs(code: &str) -> bool {
    let bytes = code.as_bytes();
    let digits = |part: &[u8]| part.iter().all(u8::is_ascii_digit);
    match bytes {
        [b'A'..=b'V', rest @ ..] if rest.len() == 4 => digits(rest),
        [front @ .., b'0'..=b'9' | b'A' | b'F' | b'M' | b'T' | b'U'] if front.len() == 4 => digits(front),
        _ => false,
    }
}

/// Three digits, or V and two, or E and three, and up to two more; or a procedure: two digits and up to two more. The point may be left out.
fn is_icd_9_cm(code: &str) -> bool {
    let (front, rest) = code.split_once('.').unwrap_or((code, ""));
    let (letter, digits) = match front.strip_prefix(['V', 'E']) {
        Some(digits) => (front.as_bytes()[0], digits),
        None => (b' ', front),
    };
    let has_point = code.contains('.');
    let category = match letter {
        b'V' => 2..=2,
        b'E' => 3..=3,
        _ => 2..=3,
    };
    let most = if letter == b'E' { 1 } else { 2 };
    if has_point {
        is_number(digits, category) && is_number(rest, 1..=most)
    } else {
        is_number(digits, *category.start()..=category.end() + most)
    }
}

fn is_number(code: &str, lengths: std::ops::RangeInclusive<usize>) -> bool {
    lengths.contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_digit())
}

/// Digits, a hyphen, and a check digit by Luhn's rule (LOINC Users' Guide, appendix C); of parts (`LP...`) and answers (`LA...`)
/// the form alone.
fn is_loinc(code: &str) -> bool {
    let Some((number, check)) = code.split_once('-') else { return false };
    let digits = number.trim_start_matches(|c: char| c.is_ascii_uppercase());
    let has_prefix = digits.len() < number.len();
    if !is_number(digits, 1..=7) || !is_number(check, 1..=1) {
        return false;
    }
    // Parts and answers follow another rule.
    has_prefix || luhn(digits.bytes()) == check.as_bytes()[0] - b'0' || MISNUMBERED.contains(&code)
}

/// Terms that LOINC published with a digit that its own rule does not give, as its Users' Guide lists them.
const MISNUMBERED: [&str; 14] = [
    "11491-6", "11501-6", "5895-7", "5896-5", "5897-3", "5928-1", "6028-3", "6415-5", "6580-7", "6645-7", "6646-5",
    "6647-3", "6648-1", "6649-9",
];

/// Six to eighteen digits of which the last is a check digit by Verhoeff's rule (SNOMED CT Release File Specification, 6.4). Codes that
/// end in other partitions than those of concepts are none.
fn is_snomed(code: &str) -> bool {
    is_number(code, 6..=18) && !code.starts_with('0') && is_verhoeff(code.as_bytes())
}

/// A letter, a digit, a digit or letter, and up to four more behind a point, which may be left out.
fn is_icd_10_cm(code: &str) -> bool {
    let plain = code.replace('.', "");
    let bytes = plain.as_bytes();
    let has_point_in_place = code.find('.').is_none_or(|at| at == 3 && code.len() > 4);
    (3..=7).contains(&bytes.len())
        && has_point_in_place
        && bytes[0].is_ascii_uppercase()
        && bytes[1].is_ascii_digit()
        && bytes[2..].iter().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_held_to_the_list_of_their_system() {
        for (system, code, expected) in [
            (ICD_10_CM, "E11.9", None),
            (ICD_10_CM, "E119", None),
            (ICD_10_CM, "E11", None),
            (ICD_10_CM, "E11.99", Some(IssueCode::CodeUnknown)),
            (ICD_10_CM, "J45.90", None),
            (ICD_10_CM, "250.00", Some(IssueCode::CodeInvalid)),
            (NDC, "0002143380", Some(IssueCode::CodeAmbiguous)),
            (NDC, "0002-1433-80", None),
        ] {
            assert_eq!(doubt(system, code), expected, "{code}");
        }
    }

    #[test]
    fn codes_have_the_form_of_their_system() {
        let check = |system: &str, good: &[&str], bad: &[&str]| {
            good.iter().for_each(|code| assert!(can_be(system, code), "{code}"));
            bad.iter().for_each(|code| assert!(!can_be(system, code), "{code}"));
        };
        check(
            "http://loinc.org",
            &["8480-6", "2339-0", "718-7", "72166-2", "LA6576-8", "94500-6", "3150-0", "11491-6"],
            &["8480-7", "3150-6", "8480", "06/08/80", "8480-6 ", "", "-6"],
        );
        check(
            "http://snomed.info/sct",
            &["38341003", "22298006", "716186003", "900000000000207008", "1119300000"],
            &["38341004", "38314003", "3.8341E+07", "12345", "038341003"],
        );
        check(
            "http://hl7.org/fhir/sid/icd-10-cm",
            &["I10", "E11.9", "E119", "S72.001A", "Z3A.20", "C7A.00"],
            &["250.00", "I1", "i10", "E11.", "E1.19", "J45.9090000"],
        );
        check("http://www.nlm.nih.gov/research/umls/rxnorm", &["7980", "314076"], &["aspirin", "", "1234567890"]);
        check("http://hl7.org/fhir/sid/cvx", &["08", "141"], &["CVX141", "1410"]);
        check(
            ICD_9_CM,
            &["250.00", "25000", "401.9", "4019", "250", "V10.05", "V1005", "E880.0", "E8800", "47.09", "4709"],
            &["25.000", "I10", "E11.9", "250.000", "V1", "", ".5", "250.", "E880.00", "250.0x"],
        );
        check(NDC, &["0002-1433-80", "00002143380", "0002143380", "0002-1433"], &["2143380", "aspirin", ""]);
        check(
            "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets",
            &["J1885", "G0438", "99213", "0001A", "0001U", "0042T", "1125F"],
            &["J188", "W1885", "j1885", "J1885X", "J18 5", ""],
        );
        check("http://example.org", &["anything"], &[]);
    }
}
