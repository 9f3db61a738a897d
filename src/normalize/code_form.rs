//! Whether a code can be one of its system: check digits and forms. A code that cannot was mistyped, cut off, or changed by a spreadsheet
//! (`8480-6` read as a date, a SNOMED CT number rounded); it is told, and charted as the source says.

use std::sync::LazyLock;

use super::truth::Fault;
use crate::model::chart::coding_columns;
use crate::model::check_digit::{is_verhoeff, luhn};
use crate::model::{IssueCode, RecordType, Value};

/// Code and system of each coded element, by record type.
static CODED: LazyLock<Vec<Vec<(usize, usize)>>> = LazyLock::new(|| {
    let of = |record: &RecordType| {
        let names = record.columns().iter().map(|column| column.name);
        let prefixes = names.filter_map(|name| if name == "code" { Some(name) } else { name.strip_suffix("_code") });
        let all = prefixes.filter_map(|prefix| coding_columns(*record, prefix));
        all.flat_map(|columns| [Some((columns.code, columns.system)), columns.original]).flatten().collect()
    };
    RecordType::ALL.iter().map(of).collect()
});

pub(super) fn faults(record: RecordType, values: &[Value], faults: &mut Vec<Fault>) {
    let at = RecordType::ALL.iter().position(|other| *other == record).unwrap_or_default();
    for (code, system) in &CODED[at] {
        if let (Some(text), Some(system)) = (values[*code].as_str(), values[*system].as_str())
            && !can_be(system, text)
        {
            faults.push(Fault { column: *code, code: IssueCode::CodeInvalid });
        }
    }
}

/// Whether a text has the form of a code of this system; of systems without one every text has it.
fn can_be(system: &str, code: &str) -> bool {
    match system {
        "http://loinc.org" => is_loinc(code),
        "http://snomed.info/sct" => is_snomed(code),
        "http://hl7.org/fhir/sid/icd-10-cm" => is_icd_10_cm(code),
        "http://www.nlm.nih.gov/research/umls/rxnorm" => is_number(code, 1..=8),
        "http://hl7.org/fhir/sid/cvx" => is_number(code, 1..=3),
        _ => true,
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
        check("http://example.org", &["anything"], &[]);
    }
}
