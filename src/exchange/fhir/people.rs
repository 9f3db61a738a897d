//! Patients: which of several names, numbers, telephones and addresses is which.

use serde_json::Value as Json;

use super::super::tree::{Tree, says};
use super::super::{Chart, Referred, SamePerson};
use super::key_of;
use crate::model::person_name::parse_name;
use crate::model::{Disposition, RecordType, Sameness, Value};

const US_CORE: &str = "http://hl7.org/fhir/us/core/StructureDefinition/";
const FHIR: &str = "http://hl7.org/fhir/StructureDefinition/";
const SSN: &str = "http://hl7.org/fhir/sid/us-ssn";

pub fn fill(tree: &Tree<'_>, chart: &mut Chart) {
    let mut people = People { tree, chart };
    people.identifiers();
    people.names();
    people.telecom();
    people.address();
    people.extensions();
    people.others();
    people.links();
}

/// Whether somebody says until when it held.
fn is_over(item: &Json) -> bool {
    !item["period"]["end"].is_null()
}

struct People<'a, 'r> {
    tree: &'a Tree<'r>,
    chart: &'a mut Chart,
}

impl People<'_, '_> {
    /// Puts the texts at these paths into a column, unless it has a value.
    fn put(&mut self, column: &str, paths: &[String], between: &str) {
        let Some(at) = RecordType::Patient.column_index(column).filter(|at| self.chart.values[*at].is_null()) else {
            return;
        };
        let text = |path: &String| {
            let found = self.tree.find(path)?;
            let text = found.value.as_str()?.trim();
            (!text.is_empty()).then(|| (found.path, text.replace('\0', "\u{fffd}")))
        };
        let texts: Vec<(String, String)> = paths.iter().filter_map(text).collect();
        let Some((first, _)) = texts.first().cloned() else { return };
        texts.iter().for_each(|(path, _)| self.tree.mark(path, Disposition::Mapped));
        let joined = texts.into_iter().map(|(_, text)| text).collect::<Vec<_>>().join(between);
        self.chart.values[at] = Value::text(joined);
        self.chart.sources.push((at, first));
    }

    /// The first item of a list for which something holds and that is not of old; one whose time is over where there is no other.
    fn current(&self, list: &str, holds: impl Fn(&Json) -> bool) -> Option<String> {
        let is_of_old = |item: &Json| says(item, "use", &["old"]);
        let lasting = self.tree.item(list, |item| holds(item) && !is_of_old(item) && !is_over(item));
        lasting.or_else(|| self.tree.item(list, |item| holds(item) && !is_of_old(item)))
    }

    fn one(&mut self, column: &str, path: String) {
        self.put(column, &[path], "");
    }

    fn identifiers(&mut self) {
        let of_type = |wanted: &'static str| move |item: &Json| says(item, "type.coding.code", &[wanted]);
        let by_system = |item: &Json| says(item, "system", &[SSN, "urn:oid:2.16.840.1.113883.4.1"]);
        let usual = |item: &Json| says(item, "use", &["usual"]) && item["type"].is_null();
        for (column, found) in [
            ("ssn", self.current("identifier", by_system)),
            ("ssn", self.current("identifier", of_type("SS"))),
            ("drivers_license", self.current("identifier", of_type("DL"))),
            ("passport_number", self.current("identifier", of_type("PPN"))),
            ("medical_record_number", self.current("identifier", of_type("MR"))),
            ("medical_record_number", self.current("identifier", usual)),
        ] {
            if let Some(item) = found {
                self.one(column, format!("{item}.value"));
            }
        }
    }

    fn names(&mut self) {
        let is = |uses: &'static [&'static str]| move |item: &Json| says(item, "use", uses) && !is_over(item);
        let found = self.tree.item("name", is(&["official"]));
        let found = found.or_else(|| self.tree.item("name", is(&["usual", ""])));
        let found = found.or_else(|| self.current("name", |item| !says(item, "use", &["maiden"])));
        let Some(name) = found.or_else(|| self.tree.items("name").into_iter().next()) else { return };
        let given = self.tree.items(&format!("{name}.given"));
        self.one("family_name", format!("{name}.family"));
        self.put("given_name", &given[..given.len().min(1)], "");
        self.put("middle_name", given.get(1..).unwrap_or_default(), " ");
        self.put("name_prefix", &self.tree.items(&format!("{name}.prefix")), " ");
        self.put("name_suffix", &self.tree.items(&format!("{name}.suffix")), " ");
        self.written_name(&name);
        if let Some(maiden) = self.tree.item("name", |item| says(item, "use", &["maiden"])).filter(|at| *at != name) {
            self.one("maiden_name", format!("{maiden}.family"));
        }
    }

    /// A name that is written as one text: `Jones, Ann`, `Ann Mary Jones`.
    fn written_name(&mut self, name: &str) {
        let column = |name: &str| RecordType::Patient.column_index(name);
        let mut is_there = ["family_name", "given_name"].into_iter().filter_map(column);
        let has_parts = is_there.any(|at| !self.chart.values[at].is_null());
        let Some(found) = self.tree.find(&format!("{name}.text")).filter(|_| !has_parts) else { return };
        let text = found.value.as_str().unwrap_or_default().replace('\0', "\u{fffd}");
        let Ok(parts) = parse_name(&text) else { return };
        for (name, part) in [
            ("family_name", parts.family),
            ("given_name", parts.given),
            ("middle_name", parts.middle),
            ("name_prefix", parts.prefix),
            ("name_suffix", parts.suffix),
        ] {
            let free = column(name).filter(|at| self.chart.values[*at].is_null());
            if let (Some(at), Some(part)) = (free, part) {
                self.chart.values[at] = Value::text(part);
                self.chart.sources.push((at, found.path.clone()));
                self.tree.mark(&found.path, Disposition::Mapped);
            }
        }
    }

    fn telecom(&mut self) {
        let is = |system: &'static str, uses: &'static [&'static str]| {
            move |item: &Json| says(item, "system", &[system]) && says(item, "use", uses)
        };
        for (column, found) in [
            ("phone_home", self.current("telecom", is("phone", &["home"]))),
            ("phone_mobile", self.current("telecom", is("phone", &["mobile"]))),
            ("phone_work", self.current("telecom", is("phone", &["work"]))),
            ("phone_home", self.current("telecom", is("phone", &[""]))),
            ("email", self.current("telecom", is("email", &["home", "work", "mobile", "temp", ""]))),
        ] {
            if let Some(item) = found {
                self.one(column, format!("{item}.value"));
            }
        }
    }

    fn address(&mut self) {
        let home = self.current("address", |item| says(item, "use", &["home"]));
        let Some(address) = home.or_else(|| self.current("address", |item| !says(item, "use", &["old", "billing"])))
        else {
            return;
        };
        let lines = self.tree.items(&format!("{address}.line"));
        self.put("address_line1", &lines[..lines.len().min(1)], "");
        self.put("address_line2", lines.get(1..).unwrap_or_default(), ", ");
        for (column, name) in [
            ("city", "city"),
            ("district", "district"),
            ("state", "state"),
            ("postal_code", "postalCode"),
            ("country", "country"),
            ("address_text", "text"),
        ] {
            self.one(column, format!("{address}.{name}"));
        }
    }

    fn extensions(&mut self) {
        let with = |url: String| move |item: &Json| item["url"].as_str() == Some(url.as_str());
        for (column, name) in [("race", "us-core-race"), ("ethnicity", "us-core-ethnicity")] {
            let Some(at) = self.tree.item("extension", with(format!("{US_CORE}{name}"))) else { continue };
            let within = format!("{at}.extension");
            if let Some(text) = self.tree.item(&within, with("text".into())) {
                self.one(column, format!("{text}.valueString"));
            }
            let categories = self.tree.items(&within).into_iter().map(|item| format!("{item}.valueCoding.display"));
            self.put(column, &categories.collect::<Vec<_>>(), ", ");
        }
        if let Some(at) = self.tree.item("extension", with(format!("{FHIR}patient-mothersMaidenName"))) {
            self.one("mother_maiden_name", format!("{at}.valueString"));
        }
        if let Some(at) = self.tree.item("extension", with(format!("{FHIR}patient-birthPlace"))) {
            let parts = ["text", "city", "state", "country"].map(|part| format!("{at}.valueAddress.{part}"));
            self.put("birth_place", &parts, ", ");
        }
    }

    /// Whom it calls the same person: by a reference, or by the number in one. It is kept in `extra`, too: no column has it.
    fn links(&mut self) {
        for item in self.tree.items("link") {
            let text = |name: &str| {
                let found = self.tree.find(&format!("{item}.{name}"))?;
                Some((found.value.as_str()?, found.path))
            };
            let sameness = match text("type") {
                Some(("replaced-by" | "replaces", _)) => Sameness::Merged,
                _ => Sameness::Related,
            };
            let of_patient = |(to, path): (&str, String)| {
                let referred = Referred { kind: "Patient".into(), key: key_of(to, "Patient")?, path };
                Some(SamePerson::Key(referred, sameness))
            };
            let is_number = self
                .tree
                .find(&format!("{item}.other.identifier"))
                .is_some_and(|found| found.value["type"].is_null() || says(found.value, "type.coding.code", &["MR"]));
            let by_number = || {
                let (number, path) = text("other.identifier.value")?;
                let is_merged = is_number && sameness == Sameness::Merged;
                is_merged.then(|| SamePerson::Number { number: number.to_owned(), path })
            };
            let said = text("other.reference").and_then(of_patient).or_else(by_number);
            self.chart.same_person.extend(said);
        }
    }

    fn others(&mut self) {
        let preferred = self.tree.item("communication", |item| item["preferred"] == Json::Bool(true));
        if let Some(at) = preferred.or_else(|| self.tree.items("communication").into_iter().next()) {
            self.one("language", format!("{at}.language.coding.code"));
            self.one("language", format!("{at}.language.text"));
        }
        // Codes of HL7 table 0131: C is whom to call in an emergency, E the employer, I the insurer, F and S an authority.
        let relates = |item: &Json, codes: &[&str]| says(item, "relationship.coding.code", codes);
        let called = self.tree.item("contact", |item| relates(item, &["C"]) && !is_over(item));
        let near = || self.tree.item("contact", |item| !relates(item, &["E", "I", "F", "S"]) && !is_over(item));
        if let Some(contact) = called.or_else(near) {
            let name = format!("{contact}.name");
            let given = self.tree.items(&format!("{name}.given"));
            let mut parts = vec![format!("{name}.text")];
            if self.tree.find(&parts[0]).is_none() {
                parts = given.into_iter().chain([format!("{name}.family")]).collect();
            }
            parts.push(format!("{contact}.telecom.value"));
            self.put("emergency_contact", &parts, " ");
        }
    }
}
