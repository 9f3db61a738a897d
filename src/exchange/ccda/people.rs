//! The patient of a document.

use serde_json::Value as Json;

use super::super::filling::Filling;
use super::super::tree::Tree;
use super::part::truth;
use crate::model::person_name::parse_name;
use crate::model::{IssueCode, Value};

const SSN: &str = "2.16.840.1.113883.4.1";

pub fn patient(filling: &mut Filling<'_, '_>) {
    let tree = filling.tree;
    let is_ssn = |item: &Json| item["@root"].as_str() == Some(SSN);
    if let Some(at) = tree.item("patientRole.id", is_ssn) {
        filling.text("ssn", &[&format!("{at}.@extension")]);
    }
    if let Some(at) = tree.item("patientRole.id", |item| !is_ssn(item) && item["@extension"].is_string()) {
        filling.text("medical_record_number", &[&format!("{at}.@extension")]);
    }
    names(tree, filling);
    filling.coded(
        "gender",
        "patientRole.patient.administrativeGenderCode.@code",
        &[("M", "male"), ("F", "female"), ("UN", "other"), ("UNK", "unknown")],
    );
    filling.time("birth_date", &["patientRole.patient.birthTime.@value"]);
    let deceased = "patientRole.patient.deceasedInd.@value";
    if let Some(says) = tree.find(deceased).and_then(|found| found.value.as_str()) {
        match truth(says) {
            Some(is_so) => {
                filling.take(deceased);
                filling.set("deceased", Value::Integer(i64::from(is_so)), deceased);
            }
            None => tree.fail(IssueCode::ValueRejected, deceased),
        }
    }
    filling.time("deceased_date", &["patientRole.patient.deceasedTime.@value"]);
    filling.text("marital_status", &["patientRole.patient.maritalStatusCode.@code"]);
    for (column, name) in [("race", "raceCode"), ("ethnicity", "ethnicGroupCode")] {
        filling.called(column, &format!("patientRole.patient.{name}"));
    }
    let preferred = tree.item("patientRole.patient.languageCommunication", |item| {
        item["preferenceInd"]["@value"].as_str().and_then(truth) == Some(true)
    });
    let spoken = preferred.or_else(|| tree.items("patientRole.patient.languageCommunication").into_iter().next());
    if let Some(at) = spoken {
        filling.text("language", &[&format!("{at}.languageCode.@code")]);
    }
    let place = "patientRole.patient.birthplace.place.addr";
    let parts = ["city", "state", "country"].map(|part| filling.take(&format!("{place}.{part}.#text")));
    let place_of_birth: Vec<String> = parts.into_iter().flatten().collect();
    if !place_of_birth.is_empty() {
        filling.set("birth_place", Value::text(place_of_birth.join(", ")), place);
    }
    address(tree, filling);
    telecom(tree, filling);
}

/// Whether something is used for this (HL7 v3 TelecommunicationAddressUse and its like): several uses stand side by side.
fn has_use(item: &Json, wanted: &[&str]) -> bool {
    let uses = item["@use"].as_str().unwrap_or_default();
    uses.split_whitespace().any(|own| wanted.contains(&own))
}

/// Whether something is in use: not called old or bad, and with no end.
fn is_current(item: &Json) -> bool {
    let ends = |period: &Json| {
        let mut all = period.as_array().map_or_else(|| std::slice::from_ref(period), Vec::as_slice).iter();
        all.any(|period| period["high"]["@value"].is_string())
    };
    !has_use(item, &["OLD", "BAD"]) && !ends(&item["useablePeriod"]) && !ends(&item["validTime"])
}

fn names(tree: &Tree<'_>, filling: &mut Filling<'_, '_>) {
    let is_birth = |item: &Json| {
        let of = |part: &Json| part["@qualifier"].as_str() == Some("BR");
        of(&item["family"]) || item["family"].as_array().is_some_and(|parts| parts.iter().any(of))
    };
    let list = "patientRole.patient.name";
    let legal = tree.item(list, |item| has_use(item, &["L"]) && !is_birth(item) && is_current(item));
    let Some(name) = legal
        .or_else(|| tree.item(list, |item| !is_birth(item) && is_current(item)))
        .or_else(|| tree.item(list, |item| !is_birth(item)))
        .or_else(|| tree.items(list).into_iter().next())
    else {
        return;
    };
    let given = tree.items(&format!("{name}.given"));
    let parts = |paths: &[String], filling: &Filling<'_, '_>| {
        let words: Vec<String> = paths.iter().filter_map(|at| filling.take(&format!("{at}.#text"))).collect();
        (!words.is_empty()).then(|| words.join(" "))
    };
    for (column, paths) in [
        ("family_name", tree.items(&format!("{name}.family"))),
        ("given_name", given.iter().take(1).cloned().collect()),
        ("middle_name", given.iter().skip(1).cloned().collect()),
        ("name_prefix", tree.items(&format!("{name}.prefix"))),
        ("name_suffix", tree.items(&format!("{name}.suffix"))),
    ] {
        if let Some(text) = parts(&paths, filling) {
            filling.set(column, Value::text(text), &format!("{}.#text", paths[0]));
        }
    }
    let text = format!("{name}.#text");
    let is_apart = filling.has("family_name") || filling.has("given_name");
    let whole = if is_apart { None } else { filling.take(&text) };
    if let Some(Ok(parts)) = whole.map(|text| parse_name(&text)) {
        for (column, part) in [
            ("family_name", parts.family),
            ("given_name", parts.given),
            ("middle_name", parts.middle),
            ("name_prefix", parts.prefix),
            ("name_suffix", parts.suffix),
        ] {
            if let Some(part) = part {
                filling.set(column, Value::text(part), &text);
            }
        }
    }
    if let Some(birth) = tree.item(list, is_birth).filter(|birth| *birth != name) {
        filling.text("maiden_name", &[&format!("{birth}.family.#text")]);
    }
}

fn address(tree: &Tree<'_>, filling: &mut Filling<'_, '_>) {
    let home = tree.item("patientRole.addr", |item| is_current(item) && has_use(item, &["HP", "H"]));
    let Some(at) = home.or_else(|| tree.item("patientRole.addr", is_current)) else { return };
    let lines = tree.items(&format!("{at}.streetAddressLine"));
    if let Some(first) = lines.first() {
        filling.text("address_line1", &[&format!("{first}.#text")]);
    }
    let more: Vec<String> = lines.iter().skip(1).filter_map(|line| filling.take(&format!("{line}.#text"))).collect();
    if !more.is_empty() {
        filling.set("address_line2", Value::text(more.join(", ")), &format!("{}.#text", lines[1]));
    }
    for (column, part) in [
        ("city", "city"),
        ("district", "county"),
        ("state", "state"),
        ("postal_code", "postalCode"),
        ("country", "country"),
        ("address_text", "#text"),
    ] {
        let leaf = if part == "#text" { String::new() } else { ".#text".to_owned() };
        filling.text(column, &[&format!("{at}.{part}{leaf}")]);
    }
}

fn telecom(tree: &Tree<'_>, filling: &mut Filling<'_, '_>) {
    for at in tree.items("patientRole.telecom") {
        let path = format!("{at}.@value");
        let Some(item) = tree.find(&at).filter(|found| is_current(found.value)) else { continue };
        if has_use(item.value, &["PG"]) {
            // A pager is no telephone.
            continue;
        }
        let Some(found) = tree.find(&path).and_then(|found| found.value.as_str()) else { continue };
        let (column, number) = match found.split_once(':') {
            Some(("mailto", address)) => ("email", address),
            Some(("tel", number)) => (column_of(item.value), number),
            Some(_) => continue,
            None if found.contains('@') => ("email", found),
            None => (column_of(item.value), found),
        };
        if !filling.has(column) && filling.take(&path).is_some() {
            filling.set(column, Value::text(number.trim()), &path);
        }
    }
}

fn column_of(item: &Json) -> &'static str {
    match item {
        _ if has_use(item, &["MC"]) => "phone_mobile",
        _ if has_use(item, &["WP"]) => "phone_work",
        _ => "phone_home",
    }
}
