//! The practice itself: staff, payers, and the one setting file that is no table.

use super::GenerateError;
use super::tables::Tables;
use std::fs;
use std::path::Path;

/// Those who see patients, by their number in STAFF.CSV.
pub(super) const CLINICIANS: [&str; 6] = ["S01", "S02", "S03", "S04", "S05", "S06"];
/// Those who take vital signs and give vaccines.
pub(super) const NURSES: [&str; 3] = ["S07", "S08", "S09"];
/// Names as the clinicians sign.
pub(super) const SIGNATURES: [&str; 6] =
    ["N. Okafor MD", "W. Abernathy MD", "Zoë Lindström MD", "R. Peña DO", "C. Whitaker PA-C", "M. D’Angelo NP"];

/// Staff: number, family name, given name, credentials, role, sex, active.
const STAFF: [[&str; 7]; 12] = [
    ["S01", "Okafor", "Ngozi", "MD", "Family Medicine", "F", "Y"],
    ["S02", "Abernathy", "Walter", "MD", "Family Medicine", "M", "Y"],
    ["S03", "Lindström", "Zoë", "MD", "Pediatrics", "F", "Y"],
    ["S04", "Peña", "Ramón", "DO", "Family Medicine, minor surgery", "M", "Y"],
    ["S05", "Whitaker", "Claire", "PA-C", "Physician Assistant", "F", "Y"],
    ["S06", "D’Angelo", "Marco", "NP", "Nurse Practitioner", "M", "N"],
    ["S07", "Tackett", "Bonnie", "RN", "Nurse", "F", "Y"],
    ["S08", "Nguyen", "Linh", "LPN", "Nurse", "F", "Y"],
    ["S09", "Fugate", "Delbert", "MA", "Medical Assistant", "M", "Y"],
    ["S10", "Slone", "Wanda", "", "Front desk", "F", "Y"],
    ["S11", "Gayheart", "Opal", "", "Billing", "F", "N"],
    ["S12", "Müller", "Jürgen", "MD", "Locum", "M", "N"],
];

/// Payers: number, name, kind of plan.
pub(super) const PAYERS: [(&str, &str, &str); 7] = [
    ("PY1", "Bluegrass Mutual Health", "PPO"),
    ("PY2", "Alder Valley Health Plan", "HMO"),
    ("PY3", "Medicare", "MCR"),
    ("PY4", "Medicaid", "MCD"),
    ("PY5", "Commonwealth Workers’ Compensation", "WC"),
    ("PY6", "Tern Lake Insurance, Inc.", "PPO"),
    ("PY7", "Self pay", "SELF"),
];

/// Writes the tables about the practice, and returns the bytes of the files that are not tables.
pub(super) fn write(folder: &Path, tables: &mut Tables) -> Result<u64, GenerateError> {
    for (number, [staff, family, given, credentials, role, sex, active]) in (0..).zip(STAFF) {
        let email = format!("{}@oakfield.example.com", staff.to_lowercase());
        // National provider identifiers begin with 1 or 2: one with 9 is nobody's.
        let npi = if credentials.is_empty() { String::new() } else { format!("90000{:05}", number * 4321 + 17) };
        tables.staff.text(staff).text(family).text(given).text(credentials).text(role).text(&npi).text(sex);
        tables.staff.text("(592) 555-0100").text(&email).text(active).text(&format!("{:04}", number * 709 + 1133));
        tables.staff.end()?;
    }
    for (number, (payer, name, _)) in (0..).zip(PAYERS) {
        tables.payers.text(payer).text(name).text(&format!("(692) 555-01{number:02}"));
        tables.payers.text(&format!("PO Box {}", 100 + number * 37)).text("Harlow").text("KY").text("42906");
        tables.payers.text(&format!("EDI{:04}", number * 111)).text(if number == 4 { "N" } else { "Y" });
        tables.payers.end()?;
    }
    let settings = "[PRINTER]\r\nPORT=LPT1\r\nFORM=SUPERBILL\r\nEJECT=1\r\n";
    let path = folder.join("PRINTER.CFG");
    fs::write(&path, settings).map_err(GenerateError::io(&path))?;
    Ok(settings.len() as u64)
}
