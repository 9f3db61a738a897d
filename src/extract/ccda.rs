//! Clinical documents (CDA R2, C-CDA, C32) as tables: the patient of a document, the document itself, each entry of a section by what the section
//! is about, and each section that has no entry. A record is its element as JSON: attributes as `@name`, text as `#text`, an element that
//! stands there several times as a list.
//!
//! No document type is read, no entity is expanded that the document defines itself, and nothing is fetched. References to the narrative
//! (`#id`) are given with what stands there.

mod keys;
mod narrative;
mod xml;

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::Read;
use std::sync::Arc;

use serde_json::{Map, Value as Json, json};
use zstd::bulk::{Compressor, Decompressor};

use super::ExtractError;
use super::json::{Paths, paths_in};
use super::rows::{LocalFile, RowWriter, SMALL_BYTES, Tables};
use super::told::Told;
use crate::model::standard::MOST_PARTS;
use keys::{entry_key, identifier, patient_key, person_of};
use narrative::Narrative;
use xml::Element;

/// How names of such files end.
pub(super) const ENDINGS: [&str; 2] = [".xml", ".cda"];

/// A document is held in memory while it is read; a larger one is none that a person wrote.
const MAX_BYTES: u64 = 64 << 20;

thread_local! {
    /// To make them anew takes longer than a small table does.
    static PACKERS: RefCell<(Compressor<'static>, Decompressor<'static>)> =
        RefCell::new((Compressor::new(1).unwrap_or_default(), Decompressor::default()));
}

#[derive(Debug)]
struct Document {
    /// By kind.
    tables: Vec<(&'static str, Packed)>,
    /// What is wrong with the whole.
    fault: Option<String>,
    /// When it was written, and in which version.
    age: Option<(String, u64)>,
}

/// The columns of a table in a line, and a record in each behind it, compressed: a folder holds thousands of documents.
#[derive(Debug)]
struct Packed {
    bytes: Vec<u8>,
    unpacked_bytes: usize,
}

impl Document {
    /// One record, of which nothing can be read.
    fn unreadable(fault: String) -> Self {
        let columns = ["key", "patient"].map(str::to_owned);
        Self {
            tables: vec![("Document", Packed::new(&columns, &["(unreadable)".to_owned()]))],
            fault: Some(fault),
            age: None,
        }
    }
}

/// None where it is another kind of XML.
pub(super) fn open(path: &str, file: LocalFile) -> Result<Option<Arc<dyn Tables>>, ExtractError> {
    let unreadable = |source| ExtractError::Unreadable { path: path.to_owned(), source };
    let opened = File::open(file.path()).map_err(unreadable)?;
    let size = opened.metadata().map_err(unreadable)?.len();
    let mut bytes = Vec::new();
    opened.take(4096).read_to_end(&mut bytes).map_err(unreadable)?;
    if !xml::is_called(&bytes, "ClinicalDocument") {
        return Ok(None);
    }
    if size > MAX_BYTES {
        return Ok(Some(Arc::new(Document::unreadable("it is larger than a document may be".into()))));
    }
    bytes.clear();
    File::open(file.path()).and_then(|mut file| file.read_to_end(&mut bytes)).map_err(unreadable)?;
    let root = match xml::parse(&bytes) {
        Ok(root) => root,
        Err(at) => {
            return Ok(Some(Arc::new(Document::unreadable(format!(
                "it is damaged, or more than a document may be, at byte {at}"
            )))));
        }
    };
    let mut records: BTreeMap<&'static str, Vec<Json>> = BTreeMap::new();
    let age = age_of(&root);
    // The later version of a document that was written at one time.
    let time = root.child("effectiveTime").and_then(|time| time.attribute("value")).unwrap_or_default();
    let told = Told::at(time).map(|time| json!(time.with(age.1)));
    for (kind, mut record) in records_of(&root, path) {
        told.iter().for_each(|told| record["told"] = told.clone());
        records.entry(kind).or_default().push(record);
    }
    let mut tables = Vec::new();
    for (kind, records) in records {
        let mut paths = Paths::default();
        records.iter().for_each(|record| paths_in(record, &mut paths));
        let mut columns: Vec<String> = paths.into_iter().collect();
        columns.sort_unstable();
        let lines: Vec<String> =
            records.iter().map(|record| serde_json::to_string(record).unwrap_or_default()).collect();
        tables.push((kind, Packed::new(&columns, &lines)));
    }
    Ok(Some(Arc::new(Document { tables, fault: None, age: Some(age) })))
}

/// Of several documents that tell of one thing the youngest is read last.
fn age_of(root: &Element) -> (String, u64) {
    let value = |name: &str| root.child(name).and_then(|child| child.attribute("value")).unwrap_or_default();
    let time = value("effectiveTime").chars().filter(char::is_ascii_digit).take(14).collect();
    (time, value("versionNumber").parse().unwrap_or_default())
}

impl Packed {
    fn new(columns: &[String], lines: &[String]) -> Self {
        let mut text = serde_json::to_string(columns).unwrap_or_default();
        for line in lines {
            text.push('\n');
            text.push_str(line);
        }
        text.push('\n');
        // Memory takes whatever is written to it.
        let bytes = PACKERS.with_borrow_mut(|(packer, _)| packer.compress(text.as_bytes())).unwrap_or_default();
        Self { bytes, unpacked_bytes: text.len() }
    }

    fn unpacked(&self) -> Vec<u8> {
        let unpack = |unpacker: &mut Decompressor<'_>| unpacker.decompress(&self.bytes, self.unpacked_bytes);
        PACKERS.with_borrow_mut(|(_, unpacker)| unpack(unpacker)).unwrap_or_default()
    }
}

/// What entries of a section are about, by its LOINC code.
fn kind_of(section: &str) -> &'static str {
    match section {
        "48765-2" => "Allergy",
        "10160-0" | "10183-2" | "75311-1" | "42346-7" | "29549-3" => "Medication",
        "11369-6" => "Immunization",
        "11450-4" | "46241-6" | "42347-5" | "11535-2" | "C-CDAV2-DDN" | "10219-4" | "10218-6" | "59769-0"
        | "11348-0" | "29308-4" => "Problem",
        "47519-4" => "Procedure",
        "30954-2" => "Results",
        "8716-3" => "VitalSigns",
        "29762-2" => "SocialHistory",
        "46240-8" => "Encounter",
        "10157-6" => "FamilyHistory",
        "42348-3" => "AdvanceDirective",
        "18776-5" => "Plan",
        _ => "Entry",
    }
}

fn records_of(root: &Element, path: &str) -> Vec<(&'static str, Json)> {
    let mut records = Vec::new();
    let document = identifier(&root.children);
    let targets = root.children.iter().filter(|child| child.name == "recordTarget");
    let mut roles: Vec<&Element> = Vec::new();
    for role in targets.filter_map(|target| target.child("patientRole")) {
        if roles.iter().all(|known| person_of(known) != person_of(role)) {
            roles.push(role);
        }
    }
    let source = if document.is_empty() { path } else { &document };
    for role in &roles {
        let mut record = Map::new();
        record.insert("key".into(), patient_key(role, source).into());
        record.insert("patientRole".into(), role.to_json(None));
        records.push(("Patient", record.into()));
    }
    let patient = roles.first().map(|role| patient_key(role, source)).unwrap_or_default();
    // Some give one number to whatever they write: what kind of document it is and when it was written stand beside it.
    let kind = root.child("code").and_then(|code| code.attribute("code")).unwrap_or_default();
    let time = root.child("effectiveTime").and_then(|time| time.attribute("value")).unwrap_or_default();
    let own = if document.is_empty() { path.to_owned() } else { format!("{document}|{kind}|{time}") };
    let mut header = Map::new();
    header.insert("key".into(), json!(format!("{own}|{patient}")));
    header.insert("patient".into(), json!(patient));
    header.insert("file".into(), json!(path));
    for child in
        root.children.iter().filter(|child| !["recordTarget", "component", "templateId"].contains(&child.name.as_str()))
    {
        put(&mut header, &child.name, child.to_json(None));
    }
    let shared = (roles.len() > 1).then(|| json!(roles.len().to_string()));
    header.extend(shared.clone().map(|count| ("patients".to_owned(), count)));
    records.push(("Document", Json::Object(header)));
    // Two that call themselves the same in one document are two.
    let mut taken: HashMap<String, u32> = HashMap::new();
    let mut told_apart = |key: String| {
        let times = taken.entry(key.clone()).or_default();
        *times += 1;
        if *times > 1 { format!("{key}|{times}") } else { key }
    };
    let body = root.child("component").and_then(|component| component.child("structuredBody"));
    let mut sections = Vec::new();
    if let Some(body) = body {
        collect(body, None, &mut sections);
    }
    for (section, subject) in sections {
        let code = section.child("code").and_then(|code| code.attribute("code")).unwrap_or_default();
        let title = section.child("title").map(Element::all_text).unwrap_or_default();
        let narrative = Narrative::of(section.child("text"));
        let mut about = json!({ "code": code, "title": title });
        if let Some(subject) = subject {
            about["subject"] = subject.to_json(None);
        }
        let entries: Vec<&Element> =
            section.children.iter().filter(|child| child.name == "entry").filter_map(Element::main_child).collect();
        for entry in &entries {
            let said = entry.to_json(Some(&narrative));
            let key = told_apart(entry_key(&entry.name, &said, &patient, code));
            for (number, piece) in pieces(kind_of(code), &entry.name, said).into_iter().enumerate() {
                let own = if number == 0 { key.clone() } else { format!("{key}|piece {}", number + 1) };
                let mut record = Map::new();
                record.insert("key".into(), own.into());
                record.insert("patient".into(), json!(patient));
                record.insert("section".into(), about.clone());
                record.insert("document".into(), json!(document));
                record.insert(entry.name.clone(), piece);
                if number > 0 {
                    record.insert("report".into(), json!(key));
                }
                records.push((kind_of(code), with(record.into(), &shared)));
            }
        }
        if entries.is_empty() && !narrative.text.is_empty() {
            let key = told_apart(format!("{own}|{patient}|{code}|{title}"));
            let coded = section.child("code").map(|code| code.to_json(None)).unwrap_or_default();
            let mut record = json!({ "key": key, "patient": patient, "document": document, "time": time, "code": coded, "title": title, "text": narrative.text });
            if let Some(subject) = about.get("subject") {
                record["section"] = json!({ "subject": subject });
            }
            records.push(("Section", with(record, &shared)));
        }
    }
    records
}

/// How many people the document is about, where they are several.
fn with(mut record: Json, shared: &Option<Json>) -> Json {
    if let Some(count) = shared {
        record["patients"] = count.clone();
    }
    record
}

/// An entry of more statements than one record can make chart records of, in several.
fn pieces(kind: &str, name: &str, said: Json) -> Vec<Json> {
    let list = match (name, kind) {
        ("organizer", _) => "component",
        ("act", "Allergy" | "Problem" | "Medication") => "entryRelationship",
        _ => return vec![said],
    };
    let Some(items) = said[list].as_array().filter(|items| items.len() > MOST_PARTS) else { return vec![said] };
    let piece = |items: &[Json]| {
        let mut piece = said.clone();
        piece[list] = json!(items);
        piece
    };
    items.chunks(MOST_PARTS).map(piece).collect()
}

/// Sections in their order, those within others behind them, with whom they are about where that is not the patient.
fn collect<'e>(
    element: &'e Element,
    about: Option<&'e Element>,
    sections: &mut Vec<(&'e Element, Option<&'e Element>)>,
) {
    for component in element.children.iter().filter(|child| child.name == "component") {
        if let Some(section) = component.child("section") {
            let about = section.child("subject").or(about);
            sections.push((section, about));
            collect(section, about, sections);
        }
    }
}

fn put(map: &mut Map<String, Json>, name: &str, value: Json) {
    match map.get_mut(name) {
        None => drop(map.insert(name.to_owned(), value)),
        Some(Json::Array(items)) => items.push(value),
        Some(one) => *one = Json::Array(vec![one.take(), value]),
    }
}

impl Tables for Document {
    fn names(&self) -> Vec<&str> {
        self.tables.iter().map(|(kind, _)| *kind).collect()
    }

    fn age(&self) -> Option<(String, u64)> {
        self.age.clone()
    }

    fn is_tree(&self) -> bool {
        true
    }

    fn columns(&self, table: usize) -> Option<Vec<String>> {
        let text = self.tables[table].1.unpacked();
        serde_json::from_slice(text.split(|byte| *byte == b'\n').next()?).ok()
    }

    fn has_column_as_met(&self, _table: usize, _column: &str) -> bool {
        true
    }

    fn notes(&self, _table: usize) -> Vec<String> {
        self.fault.iter().cloned().collect()
    }

    fn is_small(&self, table: usize) -> bool {
        self.tables[table].1.unpacked_bytes as u64 <= SMALL_BYTES
    }

    fn write(&self, table: usize, rows: &mut RowWriter) -> Result<(), ExtractError> {
        rows.text(&self.tables[table].1.unpacked());
        Ok(())
    }
}

#[cfg(test)]
mod tests;
