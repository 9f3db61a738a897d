//! From the text of a mapping to its typed form: every option is checked against its transform.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::suggestion;
use crate::connector::check::{Located, parse_toml};
use crate::connector::manifest::{FieldText, MappingText, When};
use crate::connector::mapping::{
    CodeTransform, Condition, DateOrder, Field, Guard, Mapping, PersonWord, PressurePart, Serial, Target, Transform,
    Translate,
};
use crate::connector::{Case, CodeMap, Note, Problem, Stream};
use crate::model::chart::coding_columns;
use crate::model::{ColumnKind, RecordType};

const TRANSFORMS: &[&str] = &[
    "text",
    "join",
    "map",
    "presence",
    "date",
    "datetime",
    "integer",
    "decimal",
    "boolean",
    "deceased",
    "phone",
    "email",
    "ssn",
    "postal_code",
    "name",
    "address",
    "sig",
    "reference",
    "code",
    "result",
    "quantity",
    "document",
    "note",
];

/// Reads mappings and remembers what was used.
pub(super) struct Parser<'a> {
    pub texts: &'a BTreeMap<&'a str, &'a str>,
    pub queries: &'a BTreeMap<String, Arc<str>>,
    pub maps: &'a BTreeMap<String, Arc<CodeMap>>,
    pub used_maps: BTreeSet<String>,
    pub parsed: BTreeMap<String, ()>,
    pub notes: Vec<Note>,
}

pub(super) enum Failed {
    Missing,
    Wrong(Vec<Problem>),
}

pub(super) fn date_order(word: &str) -> Option<DateOrder> {
    match word {
        "dmy" => Some(DateOrder::DayMonth),
        "mdy" => Some(DateOrder::MonthDay),
        "evidence" => Some(DateOrder::Evidence),
        _ => None,
    }
}

/// What is wrong with a mapping as TOML.
pub(super) fn syntax(at: Located<'_>) -> Option<Problem> {
    parse_toml::<MappingText>(at).err()
}

/// A target that the record type has for no transform at all; what else is wrong with its field is told beside it.
fn unknown_target(record: RecordType, to: &str) -> Option<String> {
    let special = ["patient", "value", "content", "name", "address", "dosage"];
    let known =
        to.starts_with("extra.") || special.contains(&to) || record.column_index(to).is_some() || record.is_coding(to);
    let names = record.columns().iter().map(|column| column.name).chain(special);
    (!known).then(|| format!("{} has no target `{to}`{}", record.name(), suggestion(to, names)))
}

impl Parser<'_> {
    pub fn mapping(&mut self, name: &str, order: DateOrder) -> Result<Arc<Mapping>, Failed> {
        let file = format!("mappings/{name}.toml");
        let text = self.texts.get(file.as_str()).ok_or(Failed::Missing)?;
        self.parsed.insert(name.to_owned(), ());
        let at = Located { file: &file, text };
        let parsed: MappingText = parse_toml(at).map_err(|problem| Failed::Wrong(vec![problem]))?;
        let mut problems = Vec::new();
        let Some(record) = RecordType::parse(parsed.record.get_ref()) else {
            let names = RecordType::ALL.iter().map(|record| record.name());
            let message = format!(
                "no chart record is called `{}`{}",
                parsed.record.get_ref(),
                suggestion(parsed.record.get_ref(), names)
            );
            return Err(Failed::Wrong(vec![at.problem(parsed.record.span().start, message)]));
        };
        let mut when = Vec::new();
        for condition in parsed.when {
            let offset = condition.span().start;
            let (optional, line) = (condition.get_ref().optional, at.line(offset));
            match condition_of(condition.into_inner()) {
                Ok(condition) => when.push(Guard { condition, optional, line }),
                Err(message) => problems.push(at.problem(offset, message)),
            }
        }
        let mut fields = Vec::new();
        for field in parsed.field {
            let offset = field.span().start;
            let unknown = unknown_target(record, &field.get_ref().to);
            match self.field(record, field.into_inner(), order, at.line(offset)) {
                Ok(field) => fields.push(field),
                Err(message) => {
                    problems
                        .extend(unknown.filter(|_| !message.contains("target")).map(|text| at.problem(offset, text)));
                    problems.push(at.problem(offset, message));
                }
            }
        }
        problems.extend(check_whole(record, &fields, at));
        if problems.is_empty() {
            Ok(Arc::new(Mapping { name: name.to_owned(), record, when, fields }))
        } else {
            Err(Failed::Wrong(problems))
        }
    }

    /// Notes on mappings and code maps that nothing uses.
    pub fn unused(&self) -> Vec<Note> {
        let mut notes = self.notes.clone();
        for file in self.texts.keys() {
            if let Some(name) = file.strip_prefix("mappings/").and_then(|name| name.strip_suffix(".toml"))
                && !self.parsed.contains_key(name)
            {
                notes.push(Note { file: (*file).to_owned(), line: 0, message: "no stream uses this mapping".into() });
            }
        }
        for name in self.maps.keys().filter(|name| !self.used_maps.contains(*name)) {
            notes.push(Note {
                file: format!("codes/{name}.csv"),
                line: 0,
                message: "no mapping uses this code map".into(),
            });
        }
        notes
    }

    fn map(&mut self, name: Option<&String>, case: Case) -> Result<Option<Arc<CodeMap>>, String> {
        let Some(name) = name else { return Ok(None) };
        self.used_maps.insert(name.clone());
        match self.maps.get(name) {
            Some(map) => match map.compared(case) {
                Ok(map) => Ok(Some(Arc::new(map))),
                Err(line) => Err(format!(
                    "codes/{name}.csv:{line} differs from another line only by case; where that matters, say `case = \"exact\"`"
                )),
            },
            None => {
                Err(format!("there is no codes/{name}.csv{}", suggestion(name, self.maps.keys().map(String::as_str))))
            }
        }
    }

    fn field(&mut self, record: RecordType, text: FieldText, order: DateOrder, line: usize) -> Result<Field, String> {
        let word = text.transform.clone().unwrap_or_else(|| "text".into());
        let order = match &text.order {
            Some(word) => date_order(word).ok_or("`order` is one of dmy, mdy, evidence")?,
            None => order,
        };
        check_options(&word, &text)?;
        let from = text.from.clone().map(|from| from.into_vec()).unwrap_or_default();
        let transform = match word.as_str() {
            "text" if from.is_empty() => {
                Transform::Constant(text.value.clone().ok_or("a field needs `from` or `value`")?)
            }
            "text" => Transform::Text,
            "join" => Transform::Join { separator: text.separator.clone().unwrap_or_else(|| " ".into()) },
            "map" => Transform::Map(
                self.map(text.map.as_ref(), case_of(text.case.as_deref())?)?
                    .ok_or("the transform `map` needs `map`")?,
            ),
            "presence" => Transform::Presence { then: text.then.clone(), otherwise: text.otherwise.clone() },
            "date" => Transform::Date(order),
            "datetime" => Transform::DateTime(order),
            "integer" => Transform::Integer,
            "decimal" => Transform::Decimal,
            "boolean" => Transform::Boolean {
                true_values: lowered(text.true_values.as_ref(), &["y", "yes", "true", "t", "1"]),
                false_values: lowered(text.false_values.as_ref(), &["n", "no", "false", "f", "0"]),
            },
            "deceased" => Transform::Deceased {
                order,
                true_values: lowered(
                    text.true_values.as_ref(),
                    &["y", "yes", "true", "t", "1", "dead", "died", "deceased", "expired"],
                ),
                false_values: lowered(
                    text.false_values.as_ref(),
                    &["n", "no", "false", "f", "0", "alive", "living", "not deceased"],
                ),
            },
            "phone" => Transform::Phone,
            "email" => Transform::Email,
            "ssn" => Transform::Ssn,
            "postal_code" => Transform::PostalCode,
            "name" => Transform::Name,
            "address" => Transform::Address,
            "sig" => Transform::Sig,
            "reference" => {
                Transform::Reference { stream: text.stream.clone().ok_or("the transform `reference` needs `stream`")? }
            }
            "code" => Transform::Code(Box::new(self.code(record, &text)?)),
            "result" => Transform::Result {
                unit: text.unit.clone(),
                unit_from: text.unit_from.clone(),
                low_from: text.low_from.clone(),
                high_from: text.high_from.clone(),
                part: match text.part.as_deref() {
                    None => None,
                    Some("systolic") => Some(PressurePart::Systolic),
                    Some("diastolic") => Some(PressurePart::Diastolic),
                    Some(_) => return Err("`part` is systolic or diastolic".into()),
                },
            },
            "quantity" => Transform::Quantity { unit: text.unit.clone(), unit_from: text.unit_from.clone() },
            "document" => Transform::Document { under: text.under.clone(), folder_from: text.folder_from.clone() },
            "note" => Transform::Note,
            other => named(other)?,
        };
        let reads = !matches!(transform, Transform::Constant(_))
            && !matches!(&transform, Transform::Code(code) if code.value.is_some() || code.display_from.is_some() || code.text_from.is_some());
        if reads && from.is_empty() {
            return Err(format!("the transform `{word}` needs `from`"));
        }
        let target = target(record, &text.to, &transform)?;
        check_words(record, &target, &transform, text.default.as_deref())?;
        Ok(Field {
            target,
            from,
            transform,
            optional: text.optional,
            required: text.required,
            default: text.default,
            line,
        })
    }

    fn code(&mut self, record: RecordType, text: &FieldText) -> Result<CodeTransform, String> {
        if text.value.is_some() && text.from.is_some() {
            return Err("a code is either constant (`value`) or read (`from`)".into());
        }
        if text.system.is_some() && text.system_from.is_some() && text.system_map.is_none() {
            return Err(
                "`system` beside `system_from` is what stands in when that cell is empty; it needs `system_map`".into(),
            );
        }
        Ok(CodeTransform {
            value: text.value.clone(),
            system: text.system.clone(),
            system_from: text.system_from.clone(),
            system_map: self.map(text.system_map.as_ref(), Case::Ignored)?,
            display: text.display.clone(),
            display_from: text.display_from.clone(),
            text_from: text.text_from.clone(),
            strip: text.strip.clone(),
            translate: translate(record, text)?,
            map: self.map(text.map.as_ref(), case_of(text.case.as_deref())?)?,
        })
    }
}

/// A transform without options, one of a family.
fn named(word: &str) -> Result<Transform, String> {
    let person = PersonWord::NAMES.map(|(name, kind)| (name, Transform::PersonWord(kind)));
    let serial = Serial::NAMES.map(|(name, kind)| (name, Transform::Serial(kind)));
    let mut all = person.into_iter().chain(serial);
    if let Some((_, transform)) = all.find(|(name, _)| *name == word) {
        return Ok(transform);
    }
    let names = PersonWord::NAMES.iter().map(|(name, _)| *name).chain(Serial::NAMES.iter().map(|(name, _)| *name));
    Err(format!("no transform is called `{word}`{}", suggestion(word, TRANSFORMS.iter().copied().chain(names))))
}

/// A table that translates; only where the code that was has a place of its own beside the one it became.
fn translate(record: RecordType, text: &FieldText) -> Result<Option<Translate>, String> {
    let Some(word) = &text.translate else { return Ok(None) };
    let table = Translate::parse(word).ok_or("`translate` is one of icd-10-cm, ndc-11")?;
    if text.from.is_none() || (text.system.is_none() && text.system_from.is_none()) {
        return Err("`translate` needs `from`, and `system` or `system_from`".into());
    }
    if coding_columns(record, &text.to).is_none_or(|columns| columns.original.is_none()) {
        return Err("`translate` is for `to = \"code\"` of records that keep the original code".into());
    }
    if table == Translate::Icd10Cm && record == RecordType::Procedure {
        return Err("the table into icd-10-cm has diagnoses, and no procedures".into());
    }
    Ok(Some(table))
}

fn lowered(values: Option<&Vec<String>>, otherwise: &[&str]) -> Vec<String> {
    values.map_or_else(
        || otherwise.iter().map(|v| (*v).to_owned()).collect(),
        |v| v.iter().map(|v| v.to_lowercase()).collect(),
    )
}

fn case_of(word: Option<&str>) -> Result<Case, String> {
    match word {
        None | Some("ignored") => Ok(Case::Ignored),
        Some("exact") => Ok(Case::Exact),
        Some(_) => Err("`case` is exact or ignored".into()),
    }
}

fn condition_of(text: When) -> Result<Condition, String> {
    let column = text.column;
    let case = case_of(text.case.as_deref())?;
    let compared = |values: Vec<String>| match case {
        Case::Exact => values,
        Case::Ignored => lowered(Some(&values), &[]),
    };
    if text.present.is_some() && text.case.is_some() {
        return Err("`case` is for `is` and `is_not`".into());
    }
    match (text.is, text.is_not, text.present) {
        (Some(values), None, None) => Ok(Condition::Is { column, values: compared(values), case }),
        (None, Some(values), None) => Ok(Condition::IsNot { column, values: compared(values), case }),
        (None, None, Some(present)) => Ok(Condition::Present { column, present }),
        _ => Err("a condition has exactly one of `is`, `is_not`, `present`".into()),
    }
}

/// Refuses options that the transform would silently pass over.
fn check_options(word: &str, text: &FieldText) -> Result<(), String> {
    if text.case.is_some() && text.map.is_none() {
        return Err("`case` says how `map` is compared, and there is none".into());
    }
    let options: [(&str, bool, &[&str]); 22] = [
        ("value", text.value.is_some(), &["text", "code"]),
        ("map", text.map.is_some(), &["map", "code"]),
        ("separator", text.separator.is_some(), &["join"]),
        ("then", text.then.is_some(), &["presence"]),
        ("otherwise", text.otherwise.is_some(), &["presence"]),
        ("order", text.order.is_some(), &["date", "datetime", "deceased"]),
        ("true_values", text.true_values.is_some(), &["boolean", "deceased"]),
        ("false_values", text.false_values.is_some(), &["boolean", "deceased"]),
        ("stream", text.stream.is_some(), &["reference"]),
        ("system", text.system.is_some(), &["code"]),
        ("system_from", text.system_from.is_some(), &["code"]),
        ("system_map", text.system_map.is_some(), &["code"]),
        ("display", text.display.is_some(), &["code"]),
        ("display_from", text.display_from.is_some(), &["code"]),
        ("text_from", text.text_from.is_some(), &["code"]),
        ("strip", text.strip.is_some(), &["code"]),
        ("translate", text.translate.is_some(), &["code"]),
        ("unit", text.unit.is_some(), &["result", "quantity"]),
        ("unit_from", text.unit_from.is_some(), &["result", "quantity"]),
        ("low_from", text.low_from.is_some() || text.high_from.is_some(), &["result"]),
        ("part", text.part.is_some(), &["result"]),
        ("under", text.under.is_some() || text.folder_from.is_some(), &["document"]),
    ];
    match options.iter().find(|(_, given, of)| *given && !of.contains(&word)) {
        Some((option, ..)) => Err(format!("the transform `{word}` has no option `{option}`")),
        None => Ok(()),
    }
}

fn target(record: RecordType, to: &str, transform: &Transform) -> Result<Target, String> {
    if let Some(name) = to.strip_prefix("extra.") {
        let plain = matches!(
            transform,
            Transform::Text
                | Transform::Join { .. }
                | Transform::Map(_)
                | Transform::Presence { .. }
                | Transform::Constant(_)
        );
        return if plain {
            Ok(Target::Extra(name.to_owned()))
        } else {
            Err("`extra` takes text, join, map, presence or a constant".into())
        };
    }
    let special = match (to, transform) {
        ("patient", Transform::Reference { .. }) if record.is_about_a_patient() && record != RecordType::Patient => {
            Some(Target::Patient)
        }
        ("content", Transform::Document { .. } | Transform::Note) if record == RecordType::DocumentReference => {
            Some(Target::Content)
        }
        ("value", Transform::Result { .. }) if record == RecordType::Observation => Some(Target::Result),
        ("name", Transform::Name) if record.column_index("family_name").is_some() => Some(Target::PersonName),
        ("address", Transform::Address) if record.column_index("city").is_some() => Some(Target::Address),
        ("dosage", Transform::Sig) if record.column_index("dosage_text").is_some() => Some(Target::Dosage),
        (prefix, Transform::Code(_)) if record.is_coding(prefix) => Some(Target::Coding(prefix.to_owned())),
        _ => None,
    };
    if let Some(target) = special {
        return Ok(target);
    }
    let wants_special = matches!(
        transform,
        Transform::Code(_)
            | Transform::Result { .. }
            | Transform::Document { .. }
            | Transform::Note
            | Transform::Name
            | Transform::Address
            | Transform::Sig
    );
    let Some(index) = record.column_index(to).filter(|_| !wants_special) else {
        let names = record
            .columns()
            .iter()
            .map(|column| column.name)
            .chain(["patient", "value", "content", "name", "address", "dosage"]);
        return Err(format!("{} has no target `{to}` for this transform{}", record.name(), suggestion(to, names)));
    };
    let kind = record.columns()[index].kind;
    let fits = match transform {
        Transform::PersonWord(word) => kind == ColumnKind::Text && word.fits(to),
        Transform::Reference { .. } => matches!(kind, ColumnKind::Reference(_)),
        Transform::Date(_) | Transform::Serial(_) => matches!(kind, ColumnKind::Date | ColumnKind::DateTime),
        Transform::DateTime(_) => kind == ColumnKind::DateTime,
        Transform::Integer => matches!(kind, ColumnKind::Integer | ColumnKind::Real),
        Transform::Decimal | Transform::Quantity { .. } => kind == ColumnKind::Real,
        Transform::Boolean { .. } => kind == ColumnKind::Boolean,
        Transform::Deceased { .. } => record == RecordType::Patient && to == "deceased",
        Transform::Constant(value) => match kind {
            ColumnKind::Boolean => matches!(value.as_str(), "true" | "false"),
            ColumnKind::Integer => value.parse::<i64>().is_ok(),
            kind => kind == ColumnKind::Text,
        },
        Transform::Map(_) | Transform::Presence { .. } => matches!(kind, ColumnKind::Text | ColumnKind::Boolean),
        _ => kind == ColumnKind::Text,
    };
    if fits {
        Ok(Target::Column(index))
    } else {
        Err(format!("`{to}` holds a {}, which this transform does not make", kind.name()))
    }
}

/// Refuses words that the column's closed vocabulary does not have.
fn check_words(
    record: RecordType,
    target: &Target,
    transform: &Transform,
    default: Option<&str>,
) -> Result<(), String> {
    let Target::Column(index) = target else { return Ok(()) };
    let name = record.columns()[*index].name;
    let Some(allowed) = record.allowed(name) else { return Ok(()) };
    let mut words: Vec<&str> = default.into_iter().collect();
    match transform {
        Transform::Constant(word) => words.push(word),
        Transform::Presence { then, otherwise } => words.extend(then.iter().chain(otherwise).map(String::as_str)),
        Transform::Map(map) => words.extend(map.targets()),
        _ => {}
    }
    match words.into_iter().find(|word| !word.is_empty() && !allowed.contains(word)) {
        Some(word) => {
            let near = suggestion(word, allowed.iter().copied());
            Err(format!("`{name}` of {} cannot be `{word}`{near}; it is one of {}", record.name(), allowed.join(", ")))
        }
        None => Ok(()),
    }
}

fn check_whole(record: RecordType, fields: &[Field], at: Located<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    let names_patient = fields.iter().any(|field| field.target == Target::Patient);
    if record.is_about_a_patient() && record != RecordType::Patient && !names_patient {
        problems.push(at.problem(0, format!("{} is about a patient: map `to = \"patient\"`", record.name())));
    }
    let mut seen: Vec<&Target> = Vec::new();
    for field in fields {
        if seen.contains(&&field.target) {
            let message = "this target is mapped twice".into();
            problems.push(Problem { file: at.file.to_owned(), line: field.line, message });
        }
        seen.push(&field.target);
        let keeps_original = matches!(&field.transform, Transform::Code(code) if code.translate.is_some());
        let original = record.column_index("code_original").map(Target::Column);
        if keeps_original && fields.iter().any(|other| Some(&other.target) == original.as_ref()) {
            let message = "`translate` puts the code that was into `code_original`, which another field fills".into();
            problems.push(Problem { file: at.file.to_owned(), line: field.line, message });
        }
        if let Target::Coding(prefix) = &field.target {
            debug_assert!(coding_columns(record, prefix).is_some());
        }
    }
    problems
}

/// Checks that references name streams of this pack and reach the record type that the column holds.
/// `named` are all streams of the manifest: one that is wrong in itself is no reason to call a reference to it wrong too.
pub(super) fn check_references(streams: &[Stream], named: &BTreeSet<&str>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for stream in streams {
        for mapping in stream.mappings() {
            for field in &mapping.fields {
                let Transform::Reference { stream: to } = &field.transform else { continue };
                let problem =
                    |message| Problem { file: format!("mappings/{}.toml", mapping.name), line: field.line, message };
                let Some(target) = streams.iter().find(|stream| stream.name == *to) else {
                    if !named.contains(to.as_str()) {
                        let names = named.iter().copied();
                        problems.push(problem(format!("there is no stream `{to}`{}", suggestion(to, names))));
                    }
                    continue;
                };
                let reached = target.mappings().first().map(|mapping| mapping.record);
                let wanted = match field.target {
                    Target::Column(index) => match mapping.record.columns()[index].kind {
                        ColumnKind::Reference(record) => Some(record),
                        _ => None,
                    },
                    _ => Some(RecordType::Patient),
                };
                if reached != wanted {
                    let name = wanted.map_or("nothing", RecordType::name);
                    problems.push(problem(format!("the rows of `{to}` become no {name}")));
                }
                if !target.key.is_empty() && target.key.len() != field.from.len() {
                    problems.push(problem(format!(
                        "the key of `{to}` has {} columns, `from` lists {}",
                        target.key.len(),
                        field.from.len()
                    )));
                }
                if target.key.is_empty() {
                    problems.push(problem(format!("the rows of `{to}` have no key to refer to")));
                }
            }
        }
    }
    problems
}
