//! How much of a drafted connector is right, measured against a connector that people wrote for the same source. Queries of either are
//! followed back to the columns of tables that they give on as they are.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use chartlift::connector::{Pack, Stream, Target, load_named};
use chartlift::model::RecordType;
use serde_json::Value;

use crate::sql_columns::{Outputs, outputs};
use crate::support::{Folder, chartlift};

/// What a column is for: chart fields, the key, or only a condition.
#[derive(Default)]
struct Roles {
    fields: BTreeSet<String>,
    /// Fields whose values are made of it and of others: nobody has to draft that, and whoever does is not wrong.
    parts: BTreeSet<String>,
    is_key: bool,
    is_condition: bool,
}

/// Of the filled columns of the source's tables that the known connector charts: how many the draft has right, wrong and left open.
/// Of those that the known connector charts nowhere, a charted one is wrong.
#[derive(Default)]
pub struct Score {
    pub right: usize,
    pub wrong: usize,
    pub all: usize,
    /// What is wrong, and what is open, column by column.
    list: Vec<String>,
}

impl Score {
    pub fn right_share(&self) -> f64 {
        self.right as f64 / self.all as f64
    }

    pub fn wrong_share(&self) -> f64 {
        self.wrong as f64 / self.all as f64
    }
}

impl std::fmt::Display for Score {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { right, wrong, all, list } = self;
        write!(f, "{all} columns, {right} right, {wrong} wrong\n{}", list.join("\n"))
    }
}

/// By column, lower case.
fn roles(pack: &Pack, path: &str) -> BTreeMap<String, Roles> {
    let mut found: BTreeMap<String, Roles> = BTreeMap::new();
    let table = path.rsplit('/').next().unwrap_or(path).to_lowercase();
    let table = table.strip_suffix(".csv").unwrap_or(&table);
    if let Some(stream) = pack.streams.iter().find(|stream| stream.matches(path)) {
        take(stream, &mut |column, part| {
            let entry = names(stream, column).map(|name| (name, true)).collect();
            part.put(&mut found, entry);
        });
    }
    for stream in &pack.streams {
        let Some((_, sql)) = &stream.query else { continue };
        let outputs: Outputs = outputs(sql);
        take(stream, &mut |column, part| {
            let Some(output) = outputs.get(&column.trim().to_lowercase()) else { return };
            let of_table = output.mentioned.iter().filter(|(of, _)| of == table);
            part.put(&mut found, of_table.map(|of| (of.1.clone(), output.plain.contains(of))).collect());
        });
    }
    found
}

/// What a pack does with a column of a stream.
enum Part {
    Condition,
    Field(String),
    Key,
}

impl Part {
    /// Notes it of columns, and whether they are given on as they are.
    fn put(&self, found: &mut BTreeMap<String, Roles>, columns: Vec<(String, bool)>) {
        for (column, is_plain) in columns {
            let roles = found.entry(column).or_default();
            match self {
                Self::Condition => roles.is_condition = true,
                Self::Field(name) if is_plain => drop(roles.fields.insert(name.clone())),
                Self::Field(name) => drop(roles.parts.insert(name.clone())),
                Self::Key => roles.is_key |= is_plain,
            }
        }
    }
}

fn take(stream: &Stream, note: &mut dyn FnMut(&str, Part)) {
    for mapping in stream.mappings() {
        for guard in &mapping.when {
            note(guard.condition.column(), Part::Condition);
        }
        for field in &mapping.fields {
            let name = format!("{}.{}", mapping.record.name(), target(mapping.record, &field.target));
            for column in field.columns() {
                note(column, Part::Field(name.clone()));
            }
        }
    }
    if !stream.mappings().is_empty() {
        stream.key.iter().for_each(|column| note(column, Part::Key));
    }
}

/// A column's name with those it had in other layouts.
fn names<'a>(stream: &'a Stream, column: &'a str) -> impl Iterator<Item = String> + 'a {
    let others = stream.also.get(column).into_iter().flatten().map(String::as_str);
    std::iter::once(column).chain(others).map(|name| name.trim().to_lowercase())
}

/// A coded element's text, and the code that the source gave it, are that element.
fn target(record: RecordType, target: &Target) -> String {
    match target {
        Target::Column(index) => {
            let name = record.columns()[*index].name;
            let part = name.strip_suffix("_text").or_else(|| name.strip_suffix("_original"));
            part.filter(|prefix| record.is_coding(prefix)).unwrap_or(name).to_owned()
        }
        Target::Extra(name) => format!("extra.{name}"),
        Target::Patient => "patient".into(),
        Target::Coding(prefix) => prefix.clone(),
        Target::Result => "value".into(),
        Target::Content => "content".into(),
        Target::PersonName => "name".into(),
        Target::Address => "address".into(),
        Target::Dosage => "dosage_text".into(),
    }
}

pub fn score(source: &Path, known: &str) -> Score {
    let folder = Folder::new();
    let drafted = chartlift(&["inspect", &source.display().to_string(), "--draft", &folder.arg("draft"), "--json"]);
    assert_eq!(drafted.code, 0, "{}", drafted.stderr);
    let profile: Value = serde_json::from_str(&drafted.stdout).expect("a profile");
    let (known, ..) = load_named(known).expect("a connector");
    let (draft, ..) = load_named(&folder.arg("draft")).expect("the draft");
    let mut score = Score::default();
    for table in profile["tables"].as_array().expect("tables") {
        let path = table["path"].as_str().expect("a path");
        let (truth, guess) = (roles(&known, path), roles(&draft, path));
        for column in table["columns"].as_array().expect("columns") {
            let name = column["name"].as_str().expect("a name").trim().to_lowercase();
            if column["non_empty"] == 0 {
                continue;
            }
            let nothing = Roles::default();
            let (truth, guess) = (truth.get(&name).unwrap_or(&nothing), guess.get(&name).unwrap_or(&nothing));
            let is_charted = !truth.fields.is_empty() || truth.is_key;
            score.all += usize::from(is_charted);
            let is_beside =
                guess.fields.iter().any(|field| !truth.fields.contains(field) && !truth.parts.contains(field));
            let (guessed, wanted) = (&guess.fields, &truth.fields);
            if is_beside && !truth.is_condition {
                score.wrong += 1;
                score.list.push(format!("wrong {path} {name}: {guessed:?}, not {wanted:?} {:?}", truth.parts));
            } else if is_charted && (!guess.fields.is_empty() || (guess.is_key && truth.is_key)) {
                score.right += 1;
            } else if is_charted {
                score.list.push(format!("open {path} {name}: {wanted:?}{}", if truth.is_key { " key" } else { "" }));
            }
        }
    }
    score
}
