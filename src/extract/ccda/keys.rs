//! What people and entries of clinical documents are known by. Numbers alone are not enough: documents of different people share them, and
//! programs give one number to all that they write.

use serde_json::Value as Json;

use super::xml::Element;

/// The first number among these elements.
pub fn identifier(elements: &[Element]) -> String {
    let ids = elements.iter().filter(|child| child.name == "id");
    ids.map(|id| joined(id.attribute("root"), id.attribute("extension"))).find(|id| !id.is_empty()).unwrap_or_default()
}

fn joined(root: Option<&str>, extension: Option<&str>) -> String {
    match (root.unwrap_or_default(), extension.unwrap_or_default()) {
        ("", "") => String::new(),
        (root, "") => root.to_owned(),
        (root, extension) => format!("{root}^{extension}"),
    }
}

/// Name, birth date and sex of a patient.
#[derive(PartialEq, Eq)]
pub struct Person {
    family: String,
    given: String,
    born: String,
    sex: String,
}

pub fn person_of(role: &Element) -> Person {
    let patient = role.child("patient");
    let name = patient.and_then(name_of);
    let folded = |name: Option<&Element>| -> String {
        let text = name.map(Element::all_text).unwrap_or_default();
        text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect()
    };
    let part = |part: &str| folded(name.and_then(|name| name.child(part)));
    let (family, given) = match (part("family"), part("given")) {
        // Some write the name as one text.
        (family, given) if family.is_empty() && given.is_empty() => (folded(name), String::new()),
        parts => parts,
    };
    let of = |element: &str, attribute: &str| {
        let value = patient.and_then(|patient| patient.child(element)).and_then(|found| found.attribute(attribute));
        value.unwrap_or_default()
    };
    let born = of("birthTime", "value").chars().filter(char::is_ascii_digit).take(8).collect();
    Person { family, given, born, sex: of("administrativeGenderCode", "code").to_owned() }
}

/// The name that somebody bears now, if one can tell.
fn name_of(patient: &Element) -> Option<&Element> {
    let uses = |name: &Element, wanted: &str| {
        name.attribute("use").is_some_and(|uses| uses.split_whitespace().any(|own| own == wanted))
    };
    let is_birth =
        |name: &Element| name.child("family").is_some_and(|family| family.attribute("qualifier") == Some("BR"));
    let has_ended = |name: &Element| {
        let high = name.child("validTime").and_then(|time| time.child("high"));
        uses(name, "OLD") || high.is_some_and(|high| high.attribute("value").is_some())
    };
    let all: Vec<&Element> = patient.children.iter().filter(|child| child.name == "name").collect();
    let rank = |name: &Element| (is_birth(name), has_ended(name), !uses(name, "L"));
    all.into_iter().min_by_key(|name| rank(name))
}

/// A patient of a document: the number together with the person, so that documents that share a number share nobody. Who has no name, or
/// neither number nor birth date, is known in this document alone.
pub fn patient_key(role: &Element, document: &str) -> String {
    let Person { family, given, born, sex } = person_of(role);
    let number = identifier(&role.children);
    let key = format!("{number}|{family}|{given}|{born}|{sex}");
    let is_nobody = family.is_empty() && given.is_empty() || number.is_empty() && born.is_empty();
    if is_nobody { format!("{key}|{document}") } else { key }
}

/// What an entry is known by: whose it is, what it calls itself, what it is about, and since when; its content where it does not say.
pub fn entry_key(name: &str, said: &Json, patient: &str, section: &str) -> String {
    let of_id = |id: &Json| joined(id["@root"].as_str(), id["@extension"].as_str());
    let id = items(&said["id"]).iter().filter(|id| id["@root"].is_string()).map(of_id).next().unwrap_or_default();
    let (mut subjects, mut times) = (Vec::new(), Vec::new());
    subjects_of(name, said, &mut subjects, &mut times);
    if id.is_empty() || subjects.is_empty() {
        return format!("{patient}|{section}|{id}|{}", blake3::hash(said.to_string().as_bytes()).to_hex());
    }
    let about = format!("{}|{}|{}", called(&said["code"]).unwrap_or_default(), subjects.join(","), times.join(","));
    format!("{patient}|{section}|{id}|{}", &blake3::hash(about.as_bytes()).to_hex()[..12])
}

fn items(value: &Json) -> &[Json] {
    match value {
        Json::Null => &[],
        Json::Array(items) => items,
        one => std::slice::from_ref(one),
    }
}

/// A coded value by its code, else by its words.
fn called(coded: &Json) -> Option<String> {
    let translated = items(&coded["translation"]).iter().find_map(|other| other["@code"].as_str());
    let words = [
        &coded["originalText"]["#text"],
        &coded["originalText"]["reference"]["#text"],
        &coded["@displayName"],
        &coded["#text"],
    ];
    let found = coded["@code"].as_str().or(translated).or_else(|| words.into_iter().find_map(Json::as_str));
    found.map(str::to_owned)
}

/// The day on which something began: programs write its hour as they please.
fn day(said: &Json) -> Option<String> {
    Some(start(said)?.chars().filter(char::is_ascii_digit).take(8).collect())
}

/// The start of what is told, as it is written.
fn start(said: &Json) -> Option<String> {
    let of = |time: &Json| time["low"]["@value"].as_str().or(time["@value"].as_str()).map(str::to_owned);
    items(&said["effectiveTime"]).iter().find_map(of)
}

fn words(said: &Json) -> Option<String> {
    let text = &said["text"];
    text["reference"]["#text"].as_str().or(text["#text"].as_str()).map(str::to_owned)
}

/// What an entry is about: the substance, the problem, the drug, what was measured; not how it is or was found.
fn subjects_of(name: &str, said: &Json, subjects: &mut Vec<String>, times: &mut Vec<String>) {
    match name {
        "substanceAdministration" | "supply" => {
            for holder in ["consumable", "product"] {
                let product = &said[holder]["manufacturedProduct"];
                for drug in [&product["manufacturedMaterial"], &product["manufacturedLabeledDrug"]] {
                    subjects.extend(called(&drug["code"]).or_else(|| called(&drug["name"])));
                }
            }
            if subjects.is_empty() {
                subjects.extend(words(said));
            }
            times.extend(day(said));
        }
        "organizer" => {
            let relative = called(&said["subject"]["relatedSubject"]["code"]);
            let own = start(said);
            for component in items(&said["component"]) {
                let observation = &component["observation"];
                // A result is what was measured, whatever came of it; of a relative it is what there was.
                subjects.extend(called(&observation["code"]).or_else(|| words(observation)));
                if relative.is_some() {
                    subjects.extend(called(&observation["value"]));
                }
                if own.is_none() {
                    times.extend(start(observation));
                }
            }
            if subjects.is_empty() {
                subjects.extend(called(&said["code"]));
            }
            subjects.extend(relative);
            times.extend(own);
        }
        "act" if !said["entryRelationship"].is_null() => {
            let related = items(&said["entryRelationship"]).iter();
            for item in related.filter(|item| item["@typeCode"].as_str().is_none_or(|kind| kind == "SUBJ")) {
                let observation = &item["observation"];
                let before = subjects.len();
                for participant in items(&observation["participant"]) {
                    let entity = &participant["participantRole"]["playingEntity"];
                    subjects.extend(called(&entity["code"]).or_else(|| called(&entity["name"])));
                }
                subjects.extend(called(&observation["value"]));
                if subjects.len() == before {
                    subjects.extend(words(observation));
                }
                times.extend(day(observation));
                let within = &item["substanceAdministration"];
                if within.is_object() {
                    subjects_of("substanceAdministration", within, subjects, times);
                }
            }
            if subjects.is_empty() && times.is_empty() {
                subjects.extend(called(&said["code"]));
                times.extend(start(said));
            }
        }
        _ => {
            subjects.extend(called(&said["code"]).or_else(|| words(said)));
            times.extend(start(said));
        }
    }
}
