//! Code maps with the codes that a column has: filled in where a word is the standard's own, left open where it is only a letter.

use crate::model::RecordType;
use crate::profile::ColumnProfile;

/// What is to be filled in by a person; such a code is not charted.
pub const OPEN: &str = "TODO";

/// Words that mean the same in every program, with the standard's word.
const WORDS: &[(&str, &str)] = &[
    ("m", "male"),
    ("f", "female"),
    ("male", "male"),
    ("female", "female"),
    ("u", "unknown"),
    ("unknown", "unknown"),
    ("unk", "unknown"),
    ("o", "other"),
    ("other", "other"),
    ("x", "other"),
    ("active", "active"),
    ("inactive", "inactive"),
    ("resolved", "resolved"),
    ("confirmed", "confirmed"),
    ("unconfirmed", "unconfirmed"),
    ("refuted", "refuted"),
    ("entered in error", "entered-in-error"),
    ("entered-in-error", "entered-in-error"),
    ("error", "entered-in-error"),
    ("provisional", "provisional"),
    ("differential", "differential"),
    ("completed", "completed"),
    ("complete", "completed"),
    ("stopped", "stopped"),
    ("discontinued", "stopped"),
    ("on hold", "on-hold"),
    ("on-hold", "on-hold"),
    ("cancelled", "cancelled"),
    ("canceled", "cancelled"),
    ("draft", "draft"),
    ("final", "final"),
    ("preliminary", "preliminary"),
    ("corrected", "corrected"),
    ("amended", "amended"),
    ("registered", "registered"),
    ("booked", "booked"),
    ("scheduled", "booked"),
    ("arrived", "arrived"),
    ("fulfilled", "fulfilled"),
    ("noshow", "noshow"),
    ("no show", "noshow"),
    ("no-show", "noshow"),
    ("finished", "finished"),
    ("in-progress", "in-progress"),
    ("in progress", "in-progress"),
    ("planned", "planned"),
    ("food", "food"),
    ("medication", "medication"),
    ("drug", "medication"),
    ("environment", "environment"),
    ("environmental", "environment"),
    ("biologic", "biologic"),
    ("allergy", "allergy"),
    ("intolerance", "intolerance"),
    ("mild", "mild"),
    ("moderate", "moderate"),
    ("severe", "severe"),
    ("low", "low"),
    ("high", "high"),
    ("not done", "not-done"),
    ("not-done", "not-done"),
    ("refused", "not-done"),
    ("current", "current"),
    ("superseded", "superseded"),
    ("signed", "final"),
    ("unsigned", "preliminary"),
    ("rejected", "rejected"),
    ("revoked", "revoked"),
    ("recurrence", "recurrence"),
    ("relapse", "relapse"),
    ("remission", "remission"),
    ("suspended", "suspended"),
    ("pending", "pending"),
    ("not taken", "not-taken"),
    ("intended", "intended"),
    ("waitlist", "waitlist"),
    ("checked in", "checked-in"),
    ("declined", "declined"),
];

/// Letters that say so only of a sex.
const OF_SEX_ONLY: [&str; 5] = ["m", "f", "u", "o", "x"];

/// Vocabularies that are no closed list of ours, but have their own words.
const OPEN_WORDS: &[(&str, &[(&str, &str)])] = &[
    (
        "class",
        &[
            ("ambulatory", "AMB"),
            ("outpatient", "AMB"),
            ("amb", "AMB"),
            ("office", "AMB"),
            ("wellness", "AMB"),
            ("emergency", "EMER"),
            ("inpatient", "IMP"),
            ("imp", "IMP"),
            ("emer", "EMER"),
            ("virtual", "VR"),
            ("home", "HH"),
            ("urgentcare", "AMB"),
        ],
    ),
    (
        "marital_status",
        &[
            ("married", "M"),
            ("single", "S"),
            ("divorced", "D"),
            ("widowed", "W"),
            ("m", "M"),
            ("s", "S"),
            ("d", "D"),
            ("w", "W"),
            ("never married", "S"),
            ("separated", "L"),
            ("domestic partner", "T"),
        ],
    ),
    (
        "interpretation",
        &[
            ("h", "H"),
            ("l", "L"),
            ("n", "N"),
            ("hh", "HH"),
            ("ll", "LL"),
            ("a", "A"),
            ("high", "H"),
            ("low", "L"),
            ("normal", "N"),
            ("abnormal", "A"),
        ],
    ),
    (
        "laterality",
        &[
            ("left", "left"),
            ("right", "right"),
            ("bilateral", "bilateral"),
            ("l", "left"),
            ("r", "right"),
            ("both", "bilateral"),
        ],
    ),
    (
        "relationship",
        &[("self", "self"), ("spouse", "spouse"), ("child", "child"), ("parent", "parent"), ("other", "other")],
    ),
    ("priority", &[("routine", "routine"), ("urgent", "urgent"), ("stat", "stat"), ("asap", "asap")]),
    ("frequency_unit", &[("d", "d"), ("/d", "d"), ("h", "h"), ("/h", "h"), ("/wk", "wk"), ("wk", "wk"), ("/mo", "mo")]),
];

/// Names of code systems, with their URIs (HL7 Terminology).
const SYSTEMS: &[(&str, &str)] = &[
    ("snomed-ct", "http://snomed.info/sct"),
    ("snomed", "http://snomed.info/sct"),
    ("snomedct", "http://snomed.info/sct"),
    ("sct", "http://snomed.info/sct"),
    ("snomed ct", "http://snomed.info/sct"),
    ("rxnorm", "http://www.nlm.nih.gov/research/umls/rxnorm"),
    ("rxn", "http://www.nlm.nih.gov/research/umls/rxnorm"),
    ("rxcui", "http://www.nlm.nih.gov/research/umls/rxnorm"),
    ("loinc", "http://loinc.org"),
    ("ln", "http://loinc.org"),
    ("cvx", "http://hl7.org/fhir/sid/cvx"),
    ("ndc", "http://hl7.org/fhir/sid/ndc"),
    ("icd10", "http://hl7.org/fhir/sid/icd-10-cm"),
    ("icd-10", "http://hl7.org/fhir/sid/icd-10-cm"),
    ("icd10-cm", "http://hl7.org/fhir/sid/icd-10-cm"),
    ("icd-10-cm", "http://hl7.org/fhir/sid/icd-10-cm"),
    ("i10", "http://hl7.org/fhir/sid/icd-10-cm"),
    ("icd10cm", "http://hl7.org/fhir/sid/icd-10-cm"),
    ("icd9", "http://hl7.org/fhir/sid/icd-9-cm"),
    ("icd-9", "http://hl7.org/fhir/sid/icd-9-cm"),
    ("icd9-cm", "http://hl7.org/fhir/sid/icd-9-cm"),
    ("icd-9-cm", "http://hl7.org/fhir/sid/icd-9-cm"),
    ("i9", "http://hl7.org/fhir/sid/icd-9-cm"),
    ("cpt", "http://www.ama-assn.org/go/cpt"),
    ("cpt4", "http://www.ama-assn.org/go/cpt"),
    ("hcpcs", "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"),
];

/// A code map for a column, as CSV; and how many of its codes are open.
pub fn code_map(record: RecordType, target: &str, column: &ColumnProfile) -> (String, usize) {
    map_of(column, |value| translation(record, target, value))
}

fn translation(record: RecordType, target: &str, value: &str) -> Option<&'static str> {
    let allowed = record.allowed(target);
    let value = value.to_lowercase().replace('_', " ");
    if let Some((_, words)) = OPEN_WORDS.iter().find(|(name, _)| *name == target) {
        return words.iter().find(|(word, _)| *word == value).map(|(_, meaning)| *meaning);
    }
    let found = WORDS.iter().find(|(word, _)| *word == value).map(|(_, meaning)| *meaning)?;
    let is_sure = target == "gender" || !OF_SEX_ONLY.contains(&&*value);
    (is_sure && allowed.is_some_and(|allowed| allowed.contains(&found))).then_some(found)
}

/// Share of a column's codes, by how often they stand there, whose meaning for a target is known.
pub fn known_share(record: RecordType, target: &str, column: &ColumnProfile) -> f64 {
    let all: u64 = column.values.iter().map(|(_, count)| count).sum();
    let known = column.values.iter().filter(|(value, _)| translation(record, target, value).is_some());
    if all == 0 { 0.0 } else { known.map(|(_, count)| count).sum::<u64>() as f64 / all as f64 }
}

/// A code map from the names of code systems.
pub fn system_map(column: &ColumnProfile) -> (String, usize) {
    map_of(column, |value| {
        let value = value.to_lowercase();
        let by_uri = SYSTEMS.iter().find(|(_, uri)| *uri == value);
        by_uri.or_else(|| SYSTEMS.iter().find(|(name, _)| *name == value)).map(|(_, uri)| *uri)
    })
}

fn map_of(column: &ColumnProfile, translate: impl Fn(&str) -> Option<&'static str>) -> (String, usize) {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let mut open = 0;
    let mut seen: Vec<String> = Vec::new();
    // Memory can always be written.
    let _ = writer.write_record(["source", "target"]);
    let mut values: Vec<(&str, u64)> = column.codes().collect();
    values.sort_unstable();
    for (value, _) in values {
        let folded = value.trim().to_lowercase();
        // A map reads a star as everything else.
        if seen.contains(&folded) || folded == "*" {
            continue;
        }
        seen.push(folded);
        let target = translate(value);
        open += usize::from(target.is_none());
        let _ = writer.write_record([value, target.unwrap_or(OPEN)]);
    }
    (String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default(), open)
}
