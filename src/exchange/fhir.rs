//! FHIR R4 resources as JSON. What a column of the chart holds is what the data dictionary says of it: its path in the resource. Exceptions
//! stand in [`rules`]; elements without a column are `extra`.

mod documents;
mod drugs;
mod medications;
mod people;
mod rules;

use serde_json::{Map, Value as Json};

use super::tree::{self, Found, Tree};
use super::{Chart, Received, Referred};
use crate::model::chart::{NO_KNOWN_ALLERGY, coding_columns};
use crate::model::standard::MOST_PARTS;
use crate::model::{Column, ColumnKind, Disposition, IssueCode, RecordType, Value};
pub use medications::Medications;
use rules::Rule;

/// What a resource says. Its type must be one of the chart's; `medications` are those that it may name.
pub fn receive(text: &str, medications: Option<&Medications>) -> Received {
    let Ok(Json::Object(resource)) = serde_json::from_str::<Json>(text) else {
        return Received { rejected: Some((IssueCode::RecordUnreadable, None)), ..Received::default() };
    };
    let kind = resource.get("resourceType").and_then(Json::as_str).unwrap_or_default();
    let Some(record) = RecordType::parse(kind) else { return Received::default() };
    let tree = Tree::new(&resource);
    tree.mark("resourceType", Disposition::Mapped);
    tree.mark("id", Disposition::Mapped);
    let mut charts = vec![Filling { medications, ..Filling::new(&tree, record, 0, "") }.whole()];
    for part in parts_of(record, &resource) {
        charts.push(match record {
            RecordType::Observation => component(&tree, part),
            _ => Filling::new(&tree, record, part, &format!("condition.{part}")).whole(),
        });
    }
    let further = documents::further(&tree, &charts[0]);
    charts.extend(further);
    if record == RecordType::Patient {
        people::fill(&tree, &mut charts[0]);
    }
    let rejected = changes_meaning(record, &resource).map(|path| (IssueCode::ModifierUnknown, Some(path)));
    let rejected = rejected.or_else(|| is_nameless(&charts[0]).then_some((IssueCode::RequiredMissing, None)));
    let (used, issues) = tree.into_used();
    Received { charts, used, issues, rejected, root: Some(resource) }
}

/// A problem, a drug or a deed of which nothing says what it is.
fn is_nameless(chart: &Chart) -> bool {
    use RecordType::*;
    let is_named_thing = matches!(
        chart.record,
        AllergyIntolerance
            | Condition
            | MedicationRequest
            | MedicationStatement
            | MedicationDispense
            | Immunization
            | Procedure
    );
    let columns = coding_columns(chart.record, "code").filter(|_| is_named_thing);
    columns.is_some_and(|of| [of.code, of.display, of.text].iter().all(|at| chart.values[*at].is_null()))
}

/// The parts of a resource that are chart records of their own.
fn parts_of(record: RecordType, resource: &Map<String, Json>) -> std::ops::Range<usize> {
    let count = |name: &str| resource.get(name).and_then(Json::as_array).map_or(0, Vec::len).min(MOST_PARTS);
    match record {
        RecordType::Observation => 1..count("component") + 1,
        RecordType::FamilyMemberHistory => 1..count("condition").max(1),
        _ => 0..0,
    }
}

/// An element that says that the whole means something else than it seems to, in a way that nobody here knows (FHIR R4 2.4.3, 2.36.10), or
/// that it is of somebody else (`focus`: an unborn child, a donor).
fn changes_meaning(record: RecordType, resource: &Map<String, Json>) -> Option<String> {
    let has = |name: &str| resource.contains_key(name);
    match () {
        () if has("implicitRules") => Some("implicitRules".into()),
        () if resource.get("doNotPerform") == Some(&Json::Bool(true)) => Some("doNotPerform".into()),
        () if record == RecordType::Observation && has("focus") => Some("focus.0.reference".into()),
        () => resource.iter().find_map(|(name, value)| modifier(value, name)),
    }
}

/// The path of a `modifierExtension`, however deep.
fn modifier(value: &Json, path: &str) -> Option<String> {
    if path.ends_with("modifierExtension") {
        return Some(format!("{path}.0.url"));
    }
    match value {
        Json::Object(object) => object.iter().find_map(|(name, value)| modifier(value, &format!("{path}.{name}"))),
        Json::Array(items) => items.iter().enumerate().find_map(|(at, value)| modifier(value, &format!("{path}.{at}"))),
        _ => None,
    }
}

/// A component of an observation: its own code and value, and all else from the whole.
fn component(tree: &Tree<'_>, part: usize) -> Chart {
    let is_own = |column: &Column| {
        ["code", "value", "interpretation", "reference"].iter().any(|name| column.name.starts_with(name))
    };
    let is_of_whole = |column: &Column| {
        let shared =
            ["status", "category", "effective", "issued", "encounter_id", "practitioner_id", "service_request_id"];
        shared.contains(&column.name)
    };
    let mut filling = Filling::new(tree, RecordType::Observation, part, &format!("component.{}", part - 1));
    filling.only = Some(&is_own);
    let mut chart = filling.whole();
    let mut shared = Filling::new(tree, RecordType::Observation, part, "");
    shared.only = Some(&is_of_whole);
    let shared = shared.whole();
    for (at, value) in shared.values.into_iter().enumerate().filter(|(_, value)| !value.is_null()) {
        chart.values[at] = value;
    }
    chart.sources.extend(shared.sources);
    chart.references = shared.references;
    chart.patient = shared.patient;
    chart
}

/// A chart record on its way.
struct Filling<'t, 'r> {
    tree: &'t Tree<'r>,
    /// Where in the resource it stands; paths go on from there.
    under: String,
    chart: Chart,
    only: Option<&'t dyn Fn(&Column) -> bool>,
    /// Of an allergy with more reactions than the chart holds: the two worst.
    reactions: Option<[usize; 2]>,
    /// Resources of drugs that it may name.
    medications: Option<&'t Medications>,
}

impl<'t, 'r> Filling<'t, 'r> {
    fn new(tree: &'t Tree<'r>, record: RecordType, part: usize, under: &str) -> Self {
        let values = vec![Value::Null; record.columns().len()];
        let (sources, references) = (Vec::new(), Vec::new());
        let chart =
            Chart { record, part, values, sources, patient: None, references, content: None, same_person: Vec::new() };
        Self {
            tree,
            under: under.to_owned(),
            chart,
            only: None,
            reactions: worst_reactions(tree, record),
            medications: None,
        }
    }

    fn path(&self, path: &str) -> String {
        if let (Some(worst), Some(rest)) = (self.reactions, path.strip_prefix("reaction.")) {
            let (at, rest) = rest.strip_prefix("1.").map_or((worst[0], rest), |rest| (worst[1], rest));
            return format!("reaction.{at}.{rest}");
        }
        match self.under.as_str() {
            "" => path.to_owned(),
            // The parts of a relative's history have the relative in common.
            under if under.starts_with("condition.") => match path.strip_prefix("condition.") {
                Some(path) => format!("{under}.{path}"),
                None => path.to_owned(),
            },
            under => format!("{under}.{path}"),
        }
    }

    /// Fills every column that the resource has something for.
    fn whole(mut self) -> Chart {
        let record = self.chart.record;
        for (at, column) in record.columns().iter().enumerate() {
            if self.only.is_some_and(|only| !only(column)) || !self.chart.values[at].is_null() {
                continue;
            }
            match rules::of(record, column) {
                Rule::Nothing => {}
                Rule::Drug => self.drug(),
                Rule::Directions => self.directions(at),
                Rule::Dose(paths) => {
                    if self.dosages().len() <= 1 {
                        paths.iter().any(|path| self.put(at, column, path));
                    }
                }
                Rule::Range(path) => {
                    if let Some(range) = self.range() {
                        self.put_at(at, column, &format!("{range}.{path}"));
                    }
                }
                Rule::Concept(prefix, paths) => self.concept(prefix, &paths),
                Rule::Paths(paths) => drop(paths.iter().any(|path| self.put(at, column, path))),
                Rule::All(path) => self.all(at, &path),
                Rule::Where(list, key, is, path) => {
                    let list = self.path(&list);
                    if let Some(item) = self.tree.item(&list, |item| tree::says(item, key, &is)) {
                        self.put(at, column, &format!("{item}.{path}"));
                    }
                }
            }
        }
        for path in rules::patient_of(record) {
            if self.chart.patient.is_none() {
                self.chart.patient = self.refer(&self.path(path), "Patient");
            }
        }
        if record == RecordType::Appointment && self.chart.patient.is_none() {
            let of =
                |item: &Json| item["actor"]["reference"].as_str().is_some_and(|to| key_of(to, "Patient").is_some());
            let found = self.tree.item("participant", of);
            self.chart.patient = found.and_then(|item| self.refer(&format!("{item}.actor"), "Patient"));
        }
        match record {
            RecordType::DocumentReference => self.document(),
            RecordType::AllergyIntolerance => self.manifestations(),
            _ => {}
        }
        self.chart
    }

    fn note(&mut self, at: usize, value: Value, path: String) {
        self.chart.values[at] = value;
        self.chart.sources.push((at, path));
    }

    /// A value by its path; false where there is none, or none that the column can hold.
    fn put(&mut self, at: usize, column: &Column, path: &str) -> bool {
        self.put_at(at, column, &self.path(path))
    }

    /// The same, by a path from the root.
    fn put_at(&mut self, at: usize, column: &Column, path: &str) -> bool {
        if let ColumnKind::Reference(to) = column.kind {
            let Some(referred) = self.refer(path, to.name()) else { return false };
            self.chart.references.push((at, referred));
            return true;
        }
        let words = self.chart.record.allowed(column.name);
        let found = self.tree.find(path);
        let known = words.zip(found.as_ref()).and_then(|(words, found)| self.coding_in(found, words));
        let Some(found) = known.or_else(|| found.and_then(|found| self.leaf_of(found, column.kind))) else {
            return false;
        };
        match typed(column.kind, found.value) {
            Ok(value) => {
                self.tree.mark(&found.path, Disposition::Mapped);
                self.note(at, value, found.path);
                true
            }
            Err(code) => {
                self.tree.fail(code, &found.path);
                false
            }
        }
    }

    /// Of several codings the one that has a word of the chart's: a status is one, whatever codes of a system's own stand before it.
    fn coding_in(&self, found: &Found<'r>, words: &[&str]) -> Option<Found<'r>> {
        let codings = self.tree.items(&format!("{}.coding", found.path));
        let codes = codings.iter().filter_map(|at| self.tree.find(&format!("{at}.code")));
        codes.into_iter().find(|code| code.value.as_str().is_some_and(|text| words.contains(&text)))
    }

    /// What stands for an element that is no single value: a code for codes and codings, a number for quantities, the text of a concept.
    fn leaf_of(&self, found: Found<'r>, kind: ColumnKind) -> Option<Found<'r>> {
        if !found.value.is_object() {
            // A list within a list is nothing that the standard knows.
            return Some(found).filter(|found| !found.value.is_array());
        }
        let wanted: &[&str] = match kind {
            ColumnKind::Integer | ColumnKind::Real => &["value"],
            ColumnKind::Date | ColumnKind::DateTime => &["start"],
            _ => &["coding.code", "code", "text", "coding.display", "display", "value"],
        };
        wanted
            .iter()
            .find_map(|name| self.tree.find(&format!("{}.{name}", found.path)))
            .filter(|leaf| !leaf.value.is_object() && !leaf.value.is_array())
    }

    /// All texts of a list, one below the other.
    fn all(&mut self, at: usize, path: &str) {
        let (list, leaf) = path.rsplit_once('.').unwrap_or((path, ""));
        let list = self.path(list);
        let texts: Vec<(String, String)> = self
            .tree
            .items(&list)
            .into_iter()
            .filter_map(|item| {
                let path = if leaf.is_empty() { item } else { format!("{item}.{leaf}") };
                let found = self.tree.find(&path)?;
                let text = found.value.as_str()?.trim().to_owned();
                (!text.is_empty()).then_some((found.path, text))
            })
            .collect();
        let Some((first, _)) = texts.first().cloned() else { return };
        texts.iter().for_each(|(path, _)| self.tree.mark(path, Disposition::Mapped));
        let joined = texts.into_iter().map(|(_, text)| text).collect::<Vec<_>>().join("\n");
        self.note(at, Value::text(joined), first);
    }

    /// A coded element: the first coding with a system and a code, or the first; the next one as the original.
    fn concept(&mut self, prefix: &str, paths: &[String]) {
        let Some(columns) = coding_columns(self.chart.record, prefix) else { return };
        for path in paths {
            let path = self.path(path);
            let Some(concept) = self.tree.find(&path) else { continue };
            if let Some(text) = concept.value.as_str() {
                let (text, path) = (Value::text(text.trim()), concept.path);
                self.tree.mark(&path, Disposition::Mapped);
                self.note(columns.text, text, path);
                return;
            }
            let codings = self.tree.items(&format!("{}.coding", concept.path));
            let has = |at: &String, name: &str| self.tree.find(&format!("{at}.{name}")).is_some();
            let main = codings.iter().find(|at| has(at, "code") && has(at, "system"));
            let main = main.or(codings.first()).cloned();
            let is_other = |at: &&String| Some(*at) != main.as_ref() && has(at, "code");
            // "No known allergies" is heard wherever it stands.
            let is_none = |at: &&String| {
                let code = self.tree.find(&format!("{at}.code"));
                let is_none =
                    code.and_then(|code| code.value.as_str()).is_some_and(|code| NO_KNOWN_ALLERGY.contains(&code));
                is_none && self.chart.record == RecordType::AllergyIntolerance
            };
            let others = || codings.iter().filter(is_other);
            let other = others().find(is_none).or_else(|| others().next()).cloned();
            let mut parts = vec![(columns.text, format!("{}.text", concept.path))];
            if let Some(main) = &main {
                parts.extend([
                    (columns.code, format!("{main}.code")),
                    (columns.system, format!("{main}.system")),
                    (columns.display, format!("{main}.display")),
                ]);
            }
            if let (Some(other), Some((code, system))) = (&other, columns.original) {
                parts.extend([(code, format!("{other}.code")), (system, format!("{other}.system"))]);
            }
            let mut filled = false;
            for (at, path) in parts {
                let Some(found) = self.tree.find(&path) else { continue };
                let Some(text) = found.value.as_str().map(str::trim).filter(|text| !text.is_empty()) else { continue };
                let is_code = at == columns.code || columns.original.is_some_and(|(code, _)| at == code);
                self.tree.mark(&found.path, if is_code { Disposition::Coded } else { Disposition::Mapped });
                self.note(at, Value::text(text), found.path);
                filled = true;
            }
            if filled {
                return;
            }
        }
    }

    /// The record that a reference names, if it is of the type that is wanted.
    fn refer(&self, path: &str, kind: &str) -> Option<Referred> {
        for list in self.tree.items(path) {
            let path = format!("{list}.reference");
            let Some(found) = self.tree.find(&path) else { continue };
            let key = found.value.as_str().and_then(|to| match key_of(to, kind) {
                // A patient who is named otherwise is one whom nobody knows, not none.
                None if kind == "Patient" && !to.contains('/') => Some(to.to_owned()),
                key => key,
            });
            if let Some(key) = key {
                self.tree.mark(&found.path, Disposition::Mapped);
                return Some(Referred { kind: kind.to_owned(), key, path: found.path });
            }
        }
        None
    }
}

/// The two worst reactions of an allergy that has more.
fn worst_reactions(tree: &Tree<'_>, record: RecordType) -> Option<[usize; 2]> {
    let count = if record == RecordType::AllergyIntolerance { tree.items("reaction").len() } else { 0 };
    let weight = |at: &usize| {
        let severity = tree.find(&format!("reaction.{at}.severity"));
        match severity.and_then(|found| found.value.as_str()) {
            Some("severe") => 0,
            Some("moderate") => 1,
            Some("mild") => 3,
            _ => 2,
        }
    };
    let mut all: Vec<usize> = (0..count).collect();
    all.sort_by_key(weight);
    (count > 2).then(|| [all[0], all[1]])
}

/// The key of a record of a type that a reference names: `Patient/7`, `https://ehr/fhir/Patient/7/_history/2`, `urn:uuid:7`.
fn key_of(reference: &str, kind: &str) -> Option<String> {
    if let Some(uuid) = reference.strip_prefix("urn:uuid:") {
        return Some(uuid.to_owned());
    }
    let path = reference.split_once("/_history/").map_or(reference, |(path, _)| path);
    let (before, key) = path.rsplit_once('/')?;
    let of = before.rsplit('/').next().unwrap_or(before);
    (of == kind && !key.is_empty() && !key.contains(['?', '#', '|'])).then(|| key.to_owned())
}

fn typed(kind: ColumnKind, value: &Json) -> Result<Value, IssueCode> {
    let text = match value {
        Json::String(text) => text.trim().to_owned(),
        Json::Number(number) => number.to_string(),
        Json::Bool(flag) => flag.to_string(),
        _ => return Err(IssueCode::ValueRejected),
    };
    match kind {
        ColumnKind::Text | ColumnKind::Json => Ok(Value::text(text.replace('\0', "\u{fffd}"))),
        ColumnKind::Boolean => match value {
            Json::Bool(flag) => Ok(Value::Integer(i64::from(*flag))),
            _ => Err(IssueCode::ValueRejected),
        },
        ColumnKind::Integer => text.parse::<i64>().map(Value::Integer).or_else(|_| whole(&text)),
        ColumnKind::Real => text
            .parse::<f64>()
            .ok()
            .filter(|number| number.is_finite())
            .map(Value::Real)
            .ok_or(IssueCode::QuantityInvalid),
        ColumnKind::Date => tree::date(&text)
            .map(|date| Value::text(date.split('T').next().unwrap_or(&date)))
            .ok_or(IssueCode::DateInvalid),
        ColumnKind::DateTime => tree::date(&text).map(Value::text).ok_or(IssueCode::DateInvalid),
        ColumnKind::Reference(_) => Err(IssueCode::ValueRejected),
    }
}

/// `30.0` is 30.
fn whole(text: &str) -> Result<Value, IssueCode> {
    let number = text.parse::<f64>().ok().filter(|number| number.fract() == 0.0 && number.abs() < 1e15);
    number.map(|number| Value::Integer(number as i64)).ok_or(IssueCode::QuantityInvalid)
}

#[cfg(test)]
mod tests;
