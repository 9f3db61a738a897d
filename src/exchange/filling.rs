//! A chart record on its way: what is taken from a record in a standard form, and into which column; points in time of HL7 v2 and v3.

use super::part::Hold;
use super::tree::{Tree, date};
use super::{Chart, Referred};
use crate::model::{ColumnKind, Disposition, IssueCode, PartialDate, RecordType, Value};

pub struct Filling<'t, 'r> {
    pub tree: &'t Tree<'r>,
    pub chart: Chart,
    /// Why it cannot be charted.
    pub hold: Option<Hold>,
}

impl<'t, 'r> Filling<'t, 'r> {
    pub fn new(tree: &'t Tree<'r>, record: RecordType, part: usize) -> Self {
        let (sources, references) = (Vec::new(), Vec::new());
        let chart = Chart {
            record,
            part,
            values: vec![Value::Null; record.columns().len()],
            sources,
            patient: None,
            references,
            content: None,
            same_person: Vec::new(),
        };
        let mut filling = Self { tree, chart, hold: None };
        if record != RecordType::Patient {
            filling.chart.patient = filling.refer("Patient", "patient");
        }
        filling
    }

    /// The first reason stands.
    pub fn hold(&mut self, code: IssueCode, path: &str) {
        self.hold.get_or_insert_with(|| (code, path.to_owned()));
    }

    /// The record of a kind whose key stands at a path.
    pub fn refer(&self, kind: &str, path: &str) -> Option<Referred> {
        let key = self.take(path)?;
        Some(Referred { kind: kind.to_owned(), key, path: path.to_owned() })
    }

    /// The text at a path, which counts as taken in.
    pub fn take(&self, path: &str) -> Option<String> {
        let found = self.tree.find(path)?;
        let text = found.value.as_str().map(str::trim).filter(|text| !text.is_empty())?;
        self.tree.mark(&found.path, Disposition::Mapped);
        Some(text.replace('\0', "\u{fffd}"))
    }

    /// The place of a column that has no value yet.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.chart.record.column_index(name).filter(|at| self.chart.values[*at].is_null())
    }

    pub fn set(&mut self, name: &str, value: Value, path: &str) {
        if let Some(at) = self.column(name) {
            self.chart.values[at] = value;
            self.chart.sources.push((at, path.to_owned()));
        }
    }

    /// A word of ours, from no value.
    pub fn word(&mut self, name: &str, word: &str) {
        if let Some(at) = self.column(name) {
            self.chart.values[at] = Value::text(word);
        }
    }

    pub fn has(&self, name: &str) -> bool {
        self.chart.record.column_index(name).is_some_and(|at| !self.chart.values[at].is_null())
    }

    /// Whether a column has this word, in whatever case.
    pub fn says(&self, name: &str, word: &str) -> bool {
        let at = self.chart.record.column_index(name);
        at.and_then(|at| self.chart.values[at].as_str()).is_some_and(|text| text.trim().eq_ignore_ascii_case(word))
    }

    /// The first of these texts.
    pub fn text(&mut self, name: &str, paths: &[&str]) {
        if self.column(name).is_none() {
            return;
        }
        if let Some((path, text)) = paths.iter().find_map(|path| Some((*path, self.take(path)?))) {
            self.set(name, Value::text(text), path);
        }
    }

    /// A word of the chart for a code.
    pub fn coded(&mut self, name: &str, path: &str, words: &[(&str, &'static str)]) {
        if let Some(word) = word_for(self.tree, path, words) {
            self.set(name, Value::text(word), path);
        }
    }

    /// The first of these points in time, HL7 v3 TS or v2 DTM: `20120806`, `201208061030-0500`.
    pub fn time(&mut self, name: &str, paths: &[&str]) {
        let Some(at) = self.column(name) else { return };
        for path in paths {
            let Some(found) = self.tree.find(path) else { continue };
            let Some(text) = found.value.as_str().map(str::trim) else { continue };
            let day_only = self.chart.record.columns()[at].kind == ColumnKind::Date;
            match iso(text) {
                Some(time) => {
                    self.tree.mark(&found.path, Disposition::Mapped);
                    let time = if day_only { time.split('T').next().unwrap_or_default().to_owned() } else { time };
                    self.set(name, Value::text(time), &found.path);
                    return;
                }
                None => self.tree.fail(IssueCode::DateInvalid, &found.path),
            }
        }
    }

    pub fn number(&mut self, name: &str, paths: &[&str]) {
        let Some(at) = self.column(name) else { return };
        for path in paths {
            let Some(found) = self.tree.find(path) else { continue };
            let text = found.value.as_str().map(str::trim).unwrap_or_default();
            match text.parse::<f64>().ok().filter(|number| number.is_finite()) {
                Some(number) => {
                    self.tree.mark(&found.path, Disposition::Mapped);
                    let is_whole = self.chart.record.columns()[at].kind == ColumnKind::Integer;
                    let value = if is_whole { Value::Integer(number as i64) } else { Value::Real(number) };
                    self.set(name, value, &found.path);
                    return;
                }
                None if !text.is_empty() => self.tree.fail(IssueCode::QuantityInvalid, &found.path),
                None => {}
            }
        }
    }

    /// A value for a column by its place, unless it has one.
    pub fn put(&mut self, at: usize, value: Value, path: &str) {
        if self.chart.values[at].is_null() {
            self.chart.values[at] = value;
            self.chart.sources.push((at, path.to_owned()));
        }
    }
}

/// What a code stands for in the chart's words.
pub fn word_for(tree: &Tree<'_>, path: &str, words: &[(&str, &'static str)]) -> Option<&'static str> {
    let found = tree.find(path)?;
    let code = found.value.as_str()?;
    let word = words.iter().find(|(source, _)| source.eq_ignore_ascii_case(code)).map(|(_, word)| *word)?;
    tree.mark(&found.path, Disposition::Coded);
    Some(word)
}

/// HL7 v3 TS and v2 DTM as ISO 8601, with the precision that it has; none where it is no time of the calendar.
pub fn iso(text: &str) -> Option<String> {
    // Some write ISO 8601, which cannot be mistaken where day and month are there.
    if text.len() >= 10 && text.as_bytes()[4] == b'-' && text.as_bytes()[7] == b'-' {
        return date(text);
    }
    let zone_at = text.find(['+', '-']).unwrap_or(text.len());
    let (digits, zone) = text.split_at(zone_at);
    let (digits, fraction) = digits.split_once('.').map_or((digits, None), |(digits, rest)| (digits, Some(rest)));
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) || digits.len() % 2 == 1 || digits.len() < 4 {
        return None;
    }
    let part = |at: usize| digits.get(at..at + 2);
    let day = match digits.len() {
        4 => digits.to_owned(),
        6 => format!("{}-{}", &digits[..4], part(4)?),
        _ => format!("{}-{}-{}", &digits[..4], part(4)?, part(6)?),
    };
    let known = PartialDate::parse_iso(&day)?;
    if !(1800..=2200).contains(&known.year) {
        return None;
    }
    let in_range = |part: &str, most: u32| part.parse::<u32>().is_ok_and(|number| number <= most);
    let is_zone = match zone.len() {
        0 => true,
        3 => in_range(&zone[1..], 14),
        5 => in_range(&zone[1..3], 14) && in_range(&zone[3..], 59),
        _ => false,
    };
    let Some(hour) = part(8) else { return (zone.is_empty() || is_zone && digits.len() == 8).then_some(day) };
    let (minute, second) = (part(10).unwrap_or("00"), part(12));
    if !in_range(hour, 23) || !in_range(minute, 59) || !second.is_none_or(|second| in_range(second, 60)) {
        return None;
    }
    let mut iso = format!("{day}T{hour}:{minute}");
    if let Some(second) = second {
        iso.push_str(&format!(":{second}"));
        if let Some(fraction) =
            fraction.filter(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()))
        {
            iso.push_str(&format!(".{fraction}"));
        }
    }
    match zone.len() {
        _ if !is_zone => None,
        3 => Some(format!("{iso}{zone}:00")),
        5 => Some(format!("{iso}{}:{}", &zone[..3], &zone[3..])),
        _ => Some(iso),
    }
}
