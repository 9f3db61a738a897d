//! Results (OBR, OBX), observations that stand alone (OBX), and documents (TXA, OBX).

use super::super::Document;
use super::super::filling::{Filling, iso};
use super::super::tree::from_base64;
use super::filling::{locate, repetitions, said};
use crate::model::{Disposition, IssueCode, Value};

/// Table 0123.
const REPORT: [(&str, &str); 12] = [
    ("F", "final"),
    ("C", "corrected"),
    ("P", "preliminary"),
    ("R", "preliminary"),
    ("A", "partial"),
    ("I", "registered"),
    ("O", "registered"),
    ("S", "registered"),
    ("X", "cancelled"),
    ("M", "amended"),
    ("Y", "registered"),
    ("Z", "unknown"),
];
/// Table 0085. What was not asked for, or only says how to order it, is no observation.
const STATUS: [(&str, &str); 13] = [
    ("F", "final"),
    ("U", "final"),
    ("V", "final"),
    ("C", "corrected"),
    ("A", "amended"),
    ("B", "amended"),
    ("P", "preliminary"),
    ("R", "preliminary"),
    ("S", "preliminary"),
    ("I", "registered"),
    ("X", "cancelled"),
    ("D", "entered-in-error"),
    ("W", "entered-in-error"),
];
const NO_RESULT: [&str; 2] = ["N", "O"];

pub fn report(filling: &mut Filling<'_, '_>) {
    filling.word_of("status", "OBR-25", &REPORT);
    if filling.said("OBR-25").is_some() && !filling.has("status") {
        filling.hold(IssueCode::ModifierUnknown, "OBR-25");
    }
    filling.word("status", "unknown");
    filling.field("category", &["OBR-24"]);
    filling.word("category", "LAB");
    if !filling.concept_of("code", &["OBR-4"]) {
        filling.hold(IssueCode::RequiredMissing, "OBR-1");
    }
    filling.when("effective", &["OBR-7", "SPM.0.SPM-17.1"]);
    filling.when("issued", &["OBR-22"]);
    filling.field("accession_number", &["OBR-3.1", "ORC-3.1"]);
    filling.notes("conclusion", "NTE");
}

/// An observation: a result of an order, or one that stands alone.
pub fn observation(filling: &mut Filling<'_, '_>) {
    let kind = filling.said("OBX-2").unwrap_or_default().to_owned();
    filling.word_of("status", "OBX-11", &STATUS);
    let status = filling.said("OBX-11").unwrap_or_default().to_owned();
    if NO_RESULT.contains(&status.as_str()) {
        filling.hold(IssueCode::RecordUnmapped, "OBX-11");
    } else if !filling.has("status") && !status.is_empty() {
        filling.hold(IssueCode::ModifierUnknown, "OBX-11");
    } else if status == "U" && filling.said("OBX-5").is_none() {
        // It is final what was told before, and is not told again: this would take it away.
        filling.hold(IssueCode::RequiredMissing, "OBX-11");
    } else if status.is_empty() {
        let reported = filling.said("reported").unwrap_or_default();
        let status = REPORT.iter().find(|(code, _)| *code == reported).map(|(_, status)| *status);
        status.filter(|status| *status != "partial").into_iter().for_each(|status| filling.word("status", status));
    }
    filling.word("status", "unknown");
    filling.word("category", if filling.tree.find("report").is_some() { "laboratory" } else { "exam" });
    if !filling.concept_of("code", &["OBX-3"]) {
        filling.hold(IssueCode::RequiredMissing, "key");
    }
    filling.read("OBX-2");
    value(filling, &kind);
    filling.field("interpretation", &["OBX-8.1"]);
    range(filling, "OBX-7");
    filling.when("effective", &["OBX-14", "effective"]);
    filling.when("issued", &["OBX-19", "issued"]);
    filling.called_by("method", &["OBX-17"]);
    filling.called_by("body_site", &["OBX-20"]);
    filling.field("specimen", &["specimen"]);
    filling.notes("note", "NTE");
    filling.belongs_to("diagnostic_report_id", "Results", "report");
}

/// Data types of points in time, and of coded values.
const TIMES: [&str; 3] = ["DT", "TS", "DTM"];
const CODED: [&str; 4] = ["CE", "CWE", "CNE", "CF"];

/// A value by its data type (OBX-2).
fn value(filling: &mut Filling<'_, '_>, kind: &str) {
    let tree = filling.tree;
    let (path, unit) = ("OBX-5", "OBX-6");
    let mut all = repetitions(tree, path);
    // Further lines of a text.
    for at in tree.items("OBX") {
        all.extend(repetitions(tree, &format!("{at}.OBX-5")));
    }
    all.extend(tree.find("OBX-5 further").map(|found| found.path));
    let Some(first) = all.first().cloned() else { return };
    match kind {
        "SN" => structured(filling, &first, unit),
        "NM" if all.len() == 1 => number(filling, &first, unit, true),
        "ST" | "TX" | "FT" | "" if all.len() == 1 => number(filling, &first, unit, false),
        _ if CODED.contains(&kind) && all.len() == 1 => {
            filling.concept_of("value", &[&first]);
        }
        _ if TIMES.contains(&kind) && all.len() == 1 && said(tree, &first).is_some_and(|text| iso(text).is_some()) => {
            filling.when("value_datetime", &[&first]);
        }
        _ => words(filling, &all, path),
    }
    if !filling.has("value_unit") && !filling.has("value_quantity") && filling.has("value_string") {
        // A text with a unit would lose it.
        filling.unit("value_unit", unit);
    }
}

/// A number, maybe with a bound before it; else the text that stands there.
fn number(filling: &mut Filling<'_, '_>, path: &str, unit: &str, is_number: bool) {
    let Some(at) = locate(filling.tree, path) else { return };
    // What is parted is no one text.
    let is_whole = filling.tree.find(path).is_some_and(|found| found.value.is_string());
    let text = filling.tree.find(&at).and_then(|found| found.value.as_str()).unwrap_or_default().trim().to_owned();
    let (sign, digits) = bound(&text);
    let parsed = digits.parse::<f64>().ok().filter(|number| number.is_finite() && is_plain(digits));
    let has_unit = filling.said(&format!("{unit}.1")).is_some() || filling.said(&format!("{unit}.2")).is_some();
    match parsed.filter(|_| is_whole && (is_number || has_unit)) {
        Some(number) => {
            filling.tree.mark(&at, Disposition::Mapped);
            filling.set("value_quantity", Value::Real(number), &at);
            if !sign.is_empty() {
                filling.word("value_comparator", sign);
            }
            filling.unit("value_unit", unit);
        }
        None => {
            if is_number {
                filling.tree.tell(IssueCode::QuantityInvalid, &at);
            }
            words(filling, &[path.to_owned()], path);
        }
    }
}

/// Digits, a sign and a point: neither an exponent nor infinity.
fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+'))
}

fn bound(text: &str) -> (&'static str, &str) {
    for sign in ["<=", ">=", "<", ">"] {
        if let Some(rest) = text.strip_prefix(sign) {
            return (sign, rest.trim());
        }
    }
    ("", text)
}

/// A structured number (SN): a bound with a number, a range, a ratio, a grade.
fn structured(filling: &mut Filling<'_, '_>, path: &str, unit: &str) {
    let part = |number: u8| filling.said(&format!("{path}.{number}")).unwrap_or_default().to_owned();
    let (sign, first, separator, second) = (part(1), part(2), part(3), part(4));
    let is_parted = filling.tree.find(path).is_some_and(|found| found.value.is_object());
    if !is_parted {
        return number(filling, path, unit, true);
    }
    let take =
        |filling: &Filling<'_, '_>| [1, 2, 3, 4].iter().for_each(|at| drop(filling.read(&format!("{path}.{at}"))));
    let parsed = first.parse::<f64>().ok().filter(|_| is_plain(&first));
    let is_bound = matches!(sign.as_str(), "" | "=" | "<" | ">" | "<=" | ">=");
    match parsed.filter(|_| is_bound && separator.is_empty() && second.is_empty()) {
        Some(amount) => {
            filling.set("value_quantity", Value::Real(amount), &format!("{path}.2"));
            if sign != "=" && !sign.is_empty() {
                filling.set("value_comparator", Value::text(sign.as_str()), &format!("{path}.1"));
            }
            take(filling);
            filling.unit("value_unit", unit);
        }
        None => {
            let text = format!("{sign}{first}{separator}{second}");
            if !text.is_empty() {
                filling.set("value_string", Value::text(text), path);
                take(filling);
            }
        }
    }
}

/// What stands there in words: repetitions are lines, parts stand side by side.
fn words(filling: &mut Filling<'_, '_>, all: &[String], path: &str) {
    let mut lines = Vec::new();
    for repetition in all {
        lines.extend(whole(filling, repetition));
    }
    if !lines.is_empty() {
        filling.set("value_string", Value::text(lines.join("\n")), path);
    }
}

/// All that a field says, with its components in their order.
fn whole(filling: &Filling<'_, '_>, path: &str) -> Option<String> {
    let found = filling.tree.find(path)?;
    let Some(parts) = found.value.as_object() else { return filling.take(path) };
    let mut numbers: Vec<u32> = parts.keys().filter_map(|key| key.parse().ok()).collect();
    numbers.sort_unstable();
    let texts: Vec<String> = numbers.iter().filter_map(|number| whole(filling, &format!("{path}.{number}"))).collect();
    Some(texts.join(" ")).filter(|text| !text.is_empty())
}

/// The range that is usual, as it is written; as numbers where it is two, or one bound.
fn range(filling: &mut Filling<'_, '_>, path: &str) {
    let Some(text) = filling.said(path) else { return };
    let number = |text: &str| text.trim().parse::<f64>().ok().filter(|_| is_plain(text.trim()));
    let at = locate(filling.tree, path).unwrap_or_default();
    match bound(text) {
        (">=" | ">", low) => {
            number(low).into_iter().for_each(|low| filling.set("reference_low", Value::Real(low), &at));
        }
        ("<=" | "<", high) => {
            number(high).into_iter().for_each(|high| filling.set("reference_high", Value::Real(high), &at));
        }
        _ => {
            // A minus sign may stand before the first.
            let dash =
                text.char_indices().skip(1).find(|(_, c)| *c == '-').map(|(at, _)| (&text[..at], &text[at + 1..]));
            if let Some((low, high)) =
                text.split_once(" to ").or(dash).and_then(|(low, high)| Some((number(low)?, number(high)?)))
                && low <= high
            {
                filling.set("reference_low", Value::Real(low), &at);
                filling.set("reference_high", Value::Real(high), &at);
            }
        }
    }
    filling.field("reference_text", &[path]);
}

/// Table 0271.
const COMPLETION: [(&str, &str); 7] = [
    ("AU", "final"),
    ("LA", "final"),
    ("DI", "preliminary"),
    ("DO", "preliminary"),
    ("IN", "preliminary"),
    ("IP", "preliminary"),
    ("PA", "preliminary"),
];

pub fn note(filling: &mut Filling<'_, '_>) {
    let tree = filling.tree;
    // Cancelled (T11), or out of use (table 0273).
    if filling.said("event") == Some("T11") {
        filling.word("status", "entered-in-error");
    }
    // Unavailable for patient care (table 0273), or a notice that it is there: nothing to read.
    if filling.said("TXA-19") == Some("UN") {
        filling.hold(IssueCode::ModifierUnknown, "TXA-19");
    }
    let is_told_only = filling.tree.find("OBX").is_none() && filling.said("event") != Some("T11");
    if is_told_only {
        filling.hold(IssueCode::RecordUnmapped, "key");
    }
    filling.word_of("status", "TXA-19", &[("OB", "superseded"), ("CA", "entered-in-error"), ("AV", "current")]);
    filling.word("status", "current");
    filling.word_of("doc_status", "TXA-17", &COMPLETION);
    filling.word("category", "clinical-note");
    if !filling.concept_of("code", &["TXA-2"]) {
        filling.field("code_text", &["OBX.0.OBX-3.2"]);
    }
    filling.field("description", &["TXA-25.1", "TXA-16", "OBX.0.OBX-3.2"]);
    filling.when("date", &["TXA-4", "TXA-6", "TXA-7"]);
    filling.person("author_name", "TXA-9", 2);
    filling.field("file_name", &["TXA-16"]);
    let parts = tree.items("OBX");
    let kind = |at: &String| said(tree, &format!("{at}.OBX-2")).unwrap_or_default();
    if let Some(at) = parts.iter().find(|at| kind(at) == "ED") {
        content(filling, &format!("{at}.OBX-5"));
    }
    if filling.chart.content.is_none() {
        let mut lines = Vec::new();
        for at in parts.iter().filter(|at| !matches!(kind(at), "ED" | "RP")) {
            let all = repetitions(tree, &format!("{at}.OBX-5"));
            lines.extend(all.iter().filter_map(|at| whole(filling, at)));
        }
        lines.extend(filling.read("OBX-5 further"));
        if !lines.is_empty() {
            filling.chart.content = Some(Document::Text(lines.join("\n")));
        }
    }
}

/// A document among results.
pub fn attachment(filling: &mut Filling<'_, '_>) {
    match filling.said("OBX-11") {
        Some("D" | "W" | "X") => filling.word("status", "entered-in-error"),
        Some("N" | "O") => filling.hold(IssueCode::RecordUnmapped, "OBX-11"),
        _ => filling.hold_unknown("OBX-11", &["F", "U", "V", "C", "A", "B", "P", "R", "S", "I"]),
    }
    filling.word("status", "current");
    let statuses = [
        ("F", "final"),
        ("U", "final"),
        ("C", "amended"),
        ("A", "amended"),
        ("P", "preliminary"),
        ("R", "preliminary"),
    ];
    filling.word_of("doc_status", "OBX-11", &statuses);
    filling.word("category", "clinical-note");
    filling.concept_of("code", &["OBX-3"]);
    filling.field("description", &["OBX-3.2", "OBX-3.5"]);
    filling.when("date", &["OBX-14", "OBX-19", "effective"]);
    content(filling, "OBX-5");
}

/// Encapsulated data (ED): its last component, as the one before says that it is written.
fn content(filling: &mut Filling<'_, '_>, path: &str) {
    let (data, encoding) = (format!("{path}.5"), format!("{path}.4"));
    let Some(text) = filling.said(&data) else {
        let at = locate(filling.tree, &encoding).unwrap_or_else(|| path.to_owned());
        return filling.tree.tell(IssueCode::DocumentEmpty, &at);
    };
    let unpacked = match filling.said(&encoding).unwrap_or_default().to_ascii_lowercase().as_str() {
        "base64" => from_base64(text),
        "hex" => from_hex(text),
        _ => Some(text.as_bytes().to_vec()),
    };
    if unpacked.is_none() {
        filling.tree.tell(IssueCode::DocumentUnreadable, &data);
    }
    filling.chart.content = Some(Document::Bytes(unpacked.unwrap_or_else(|| text.as_bytes().to_vec())));
    filling.read(&data);
    filling.read(&encoding);
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    digits.chunks(2).map(byte).collect()
}
