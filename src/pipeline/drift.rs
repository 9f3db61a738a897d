//! What changed in the layout of a source since its last run, columns that are new, gone, renamed or of another kind, and what the
//! connector's policy makes of it.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::PipelineError;
use super::plan::{Plan, PlannedStream, StreamKind};
use super::survey::StreamSurvey;
use crate::connector::{Drift, Stream, folded};
use crate::extract::TREES;
use crate::model::{IssueCode, PartialDate};
use crate::normalize::{parse_date, parse_decimal};
use crate::store::EhrStore;

/// What the values of a column look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ValueKind {
    Number,
    Date,
    Text,
    /// Of no kind are most of them.
    Mixed,
}

/// How many of a column's first values are of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct KindTally {
    number: u32,
    date: u32,
    text: u32,
}

/// Fewer values say nothing of a column's kind.
const ENOUGH_VALUES: u32 = 5;
/// A kind is a column's where so many in a hundred are of it, and no kind is where none has so many.
const MOST_VALUES: u32 = 95;
const MANY_VALUES: u32 = 80;

impl KindTally {
    pub fn take(&mut self, value: &str) {
        // Two-digit years are no matter here.
        let far = PartialDate { year: 2100, month: Some(1), day: Some(1) };
        let value = value.trim();
        if value.is_empty() {
        } else if parse_decimal(value).is_ok() {
            self.number += 1;
        } else if value.len() <= 40 && matches!(parse_date(value, None, far), Ok(_) | Err(IssueCode::DateAmbiguous)) {
            self.date += 1;
        } else {
            self.text += 1;
        }
    }

    fn kind(self) -> Option<ValueKind> {
        let all = self.number + self.date + self.text;
        let is_most = |count: u32| all >= ENOUGH_VALUES && count * 100 >= all * MOST_VALUES;
        let kinds = [(self.number, ValueKind::Number), (self.date, ValueKind::Date), (self.text, ValueKind::Text)];
        let most = kinds.into_iter().find(|(count, _)| is_most(*count)).map(|(_, kind)| kind);
        let is_mixed = all >= ENOUGH_VALUES && kinds.iter().all(|(count, _)| count * 100 < all * MANY_VALUES);
        most.or(is_mixed.then_some(ValueKind::Mixed))
    }
}

/// The layout of a file, as it is noted with each run that reads it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layout {
    pub columns: Vec<String>,
    #[serde(default)]
    pub kinds: Vec<Option<ValueKind>>,
    /// Its records were held back: the layout before it counts on.
    #[serde(default)]
    pub held: bool,
}

impl Layout {
    pub fn new(columns: &[String], tallies: &[KindTally]) -> Self {
        let kinds = tallies.iter().map(|tally| tally.kind()).collect();
        Self { columns: columns.to_vec(), kinds, held: false }
    }

    /// As it was noted.
    pub fn of_note(note: &str) -> Option<Self> {
        serde_json::from_str(note).ok()
    }

    /// A header's note with what else a later run asks for.
    pub fn noted(&self, header: &str) -> String {
        let mut note: serde_json::Value = serde_json::from_str(header).unwrap_or_default();
        note["kinds"] = serde_json::to_value(&self.kinds).unwrap_or_default();
        if self.held {
            note["held"] = true.into();
        }
        note.to_string()
    }

    fn kind(&self, column: usize) -> Option<ValueKind> {
        self.kinds.get(column).copied().flatten()
    }
}

/// Something that is otherwise than it was.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Change {
    New(String),
    Gone(String),
    Renamed { from: String, to: String },
    Kind { column: String, from: ValueKind, to: ValueKind },
}

impl fmt::Display for ValueKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Number => "numbers",
            Self::Date => "dates",
            Self::Text => "text",
            Self::Mixed => "values of several kinds",
        })
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::New(column) => write!(f, "column `{column}` is new"),
            Self::Gone(column) => write!(f, "column `{column}` is gone"),
            Self::Renamed { from, to } => write!(f, "column `{from}` is gone, and `{to}` may be its new name"),
            Self::Kind { column, from, to } => write!(f, "column `{column}` had {from} and has {to}"),
        }
    }
}

/// Compares two layouts of a file.
fn changes(before: &Layout, now: &Layout) -> Vec<Change> {
    let places = |layout: &Layout| -> BTreeMap<String, usize> {
        layout.columns.iter().enumerate().map(|(at, column)| (folded(column), at)).collect()
    };
    let (was, is) = (places(before), places(now));
    let mut new: Vec<usize> = is.iter().filter(|(name, _)| !was.contains_key(*name)).map(|(_, at)| *at).collect();
    let mut gone: Vec<usize> = was.iter().filter(|(name, _)| !is.contains_key(*name)).map(|(_, at)| *at).collect();
    new.sort_unstable();
    gone.sort_unstable();
    let mut found = Vec::new();
    // One that stands where another stood, or sounds like it, and does not hold another kind of values.
    gone.retain(|from| {
        let kinds_agree = |to: usize| match (before.kind(*from), now.kind(to)) {
            (Some(from), Some(to)) => from == to,
            _ => true,
        };
        let is_alike = |to: usize| {
            let names = (folded(&before.columns[*from]), folded(&now.columns[to]));
            to == *from && before.columns.len() == now.columns.len() || strsim::jaro_winkler(&names.0, &names.1) > 0.85
        };
        let Some(place) = new.iter().position(|to| kinds_agree(*to) && is_alike(*to)) else { return true };
        let to = new.remove(place);
        found.push(Change::Renamed { from: before.columns[*from].clone(), to: now.columns[to].clone() });
        false
    });
    found.extend(gone.into_iter().map(|at| Change::Gone(before.columns[at].clone())));
    found.extend(new.into_iter().map(|at| Change::New(now.columns[at].clone())));
    for (name, at) in &is {
        let kinds = was.get(name).and_then(|before_at| Some((before.kind(*before_at)?, now.kind(*at)?)));
        if let Some((from, to)) = kinds.filter(|(from, to)| from != to) {
            found.push(Change::Kind { column: now.columns[*at].clone(), from, to });
        }
    }
    found
}

/// Whether a connector says what becomes of a column.
fn speaks_of(stream: &Stream, column: &str) -> bool {
    let fields = stream.mappings().iter().flat_map(|mapping| &mapping.fields);
    let guards = stream.mappings().iter().flat_map(|mapping| &mapping.when);
    let read = fields.flat_map(|field| field.columns()).chain(guards.map(|guard| guard.condition.column()));
    let named = read.chain(stream.key.iter().map(String::as_str)).chain(stream.ignore.iter().map(|(name, _)| &**name));
    let others = |name: &str| stream.also.get(name).into_iter().flatten();
    let mut all = named.flat_map(|name| std::iter::once(name).chain(others(name).map(String::as_str)));
    all.any(|name| folded(name) == folded(column))
}

/// Whether a connector that was edited since says what becomes of a change.
fn is_answered(stream: &Stream, change: &Change) -> bool {
    match change {
        Change::New(column) | Change::Renamed { to: column, .. } => speaks_of(stream, column),
        Change::Gone(column) => !speaks_of(stream, column),
        Change::Kind { .. } => false,
    }
}

impl Plan {
    /// Compares every file's layout with that of the last run which took its records in. Gives what is to be told; marks the files whose
    /// records are held back.
    ///
    /// # Errors
    /// Where the policy is that a run stops.
    pub(super) fn note_drift(
        &mut self,
        store: &EhrStore,
        surveys: &[StreamSurvey],
    ) -> Result<Vec<String>, PipelineError> {
        let named = self.drift.keys().filter(|name| *name != "*").chain(&self.accept_drift);
        let is_there = |name: &&String| self.pack.streams.iter().any(|stream| self.is_called(&stream.name, name));
        // Of several sources a stream is one's.
        if let (None, Some(name)) = (&self.label, named.into_iter().find(|name| !is_there(name))) {
            return Err(PipelineError::NoStream { stream: name.clone(), connector: self.pack.id.clone() });
        }
        let known = store.streams()?;
        let mut notes = Vec::new();
        for at in 0..self.streams.len() {
            let stream = &self.streams[at];
            if matches!(stream.kind, StreamKind::Unclaimed | StreamKind::Erased) {
                continue;
            }
            let is_it = |names: &(String, String)| *names == (self.system.clone(), stream.name.clone());
            let Some((id, _)) = known.iter().find(|(_, names)| is_it(names)) else { continue };
            let mut held = Vec::new();
            // Of the stream's earlier files.
            let mut earlier: Option<Vec<Layout>> = None;
            // Trees have the paths that their values have: none is a column that could be gone.
            let tables = stream.files.iter().enumerate().filter(|(_, file)| file.header.reading != TREES);
            for (number, file) in tables {
                let tallies = surveys.get(at).and_then(|survey| survey.files.get(number)).map(|file| &file.kinds[..]);
                let now = Layout::new(&file.header.columns, tallies.unwrap_or_default());
                let layouts = |notes: Vec<String>| {
                    let all = notes.into_iter().filter_map(|note| Layout::of_note(&note));
                    all.filter(|layout| !layout.held).collect::<Vec<_>>()
                };
                let same_file = layouts(store.earlier_headers(*id, Some(&file.path))?);
                let found = match same_file.first() {
                    Some(before) => changes(before, &now),
                    // It may bear a day in its name: of the stream's earlier files the one that is most like it counts.
                    None => {
                        if earlier.is_none() {
                            earlier = Some(layouts(store.earlier_headers(*id, None)?));
                        }
                        let all = earlier.iter().flatten();
                        let compared = all.map(|before| changes(before, &now));
                        compared.min_by_key(Vec::len).unwrap_or_default()
                    }
                };
                if found.is_empty() {
                    continue;
                }
                let told = found.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
                let is_open = found.iter().any(|change| !is_answered(&stream.stream, change));
                let name = self.named(&stream.name);
                let is_accepted = self.accept_drift.iter().any(|accepted| self.is_called(&stream.name, accepted));
                match self.drift_of(stream) {
                    Drift::Freeze if is_open && !is_accepted => {
                        return Err(PipelineError::LayoutChanged { file: file.path.clone(), told, stream: name });
                    }
                    Drift::Quarantine if is_open && !is_accepted && !stream.stream.mappings().is_empty() => {
                        held.push(number);
                        let flag = format!("`--accept-drift {name}` takes them in");
                        notes
                            .push(format!("{}: {told}; new and changed records wait in quarantine: {flag}", file.path));
                    }
                    _ => notes.push(format!("{}: {told}", file.path)),
                }
            }
            for number in held {
                self.streams[at].files[number].held = true;
            }
        }
        Ok(notes)
    }

    /// Whether this is a stream's name, or its name in reports.
    fn is_called(&self, stream: &str, name: &str) -> bool {
        name == stream || name == self.named(stream)
    }

    fn drift_of(&self, stream: &PlannedStream) -> Drift {
        let said = self.drift.get(&stream.name).or_else(|| self.drift.get("*"));
        said.copied().unwrap_or(stream.stream.drift)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(columns: &[(&str, &[&str])]) -> Layout {
        let names: Vec<String> = columns.iter().map(|(name, _)| (*name).to_owned()).collect();
        let tally = |values: &&[&str]| {
            let mut tally = KindTally::default();
            values.iter().for_each(|value| tally.take(value));
            tally
        };
        let tallies: Vec<KindTally> = columns.iter().map(|(_, values)| tally(values)).collect();
        Layout::new(&names, &tallies)
    }

    const NUMBERS: &[&str] = &["1", "2.5", "-3", "4", "5"];
    const DATES: &[&str] = &["2020-01-02", "1/2/2020", "3 Feb 2021", "2020-05-06", "2021-02"];
    const WORDS: &[&str] = &["a", "b", "c", "d", "e"];

    fn check(before: &[(&str, &[&str])], now: &[(&str, &[&str])], expected: &str) {
        let found = changes(&layout(before), &layout(now));
        assert_eq!(found.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "), expected);
    }

    #[test]
    fn changes_are_named() {
        check(&[("a", WORDS), ("B", NUMBERS)], &[("b", NUMBERS), ("A", WORDS)], "");
        check(&[("a", WORDS)], &[("a", WORDS), ("zip", NUMBERS)], "column `zip` is new");
        check(&[("a", WORDS), ("zip", NUMBERS)], &[("a", WORDS)], "column `zip` is gone");
        let renamed = "column `DOB` is gone, and `BORN` may be its new name";
        check(&[("id", NUMBERS), ("DOB", DATES)], &[("id", NUMBERS), ("BORN", DATES)], renamed);
        let alike = "column `BIRTH_DATE` is gone, and `BIRTHDATE` may be its new name; column `x` is new";
        check(&[("id", NUMBERS), ("BIRTH_DATE", DATES)], &[("x", WORDS), ("id", NUMBERS), ("BIRTHDATE", DATES)], alike);
        check(&[("a", NUMBERS)], &[("a", WORDS)], "column `a` had numbers and has text");
        check(&[("a", DATES)], &[("b", WORDS)], "column `a` is gone; column `b` is new");
        // Too few values tell nothing.
        check(&[("a", NUMBERS)], &[("a", &["x"])], "");
    }
}
