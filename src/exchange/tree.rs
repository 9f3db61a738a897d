//! A record in a standard form as a tree of values, with a note of what became of each.

use std::cell::RefCell;
use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use crate::model::{Disposition, IssueCode, PartialDate};

/// A value and where it stands, with the numbers of list items: `code.coding.0.code`.
#[derive(Clone)]
pub struct Found<'r> {
    pub value: &'r Json,
    pub path: String,
}

pub struct Tree<'r> {
    root: &'r Map<String, Json>,
    used: RefCell<BTreeMap<String, Disposition>>,
    issues: RefCell<Vec<(IssueCode, Option<String>)>>,
}

/// What became of the values, and what is wrong with some.
pub type Used = (BTreeMap<String, Disposition>, Vec<(IssueCode, Option<String>)>);

impl<'r> Tree<'r> {
    pub fn new(root: &'r Map<String, Json>) -> Self {
        Self { root, used: RefCell::default(), issues: RefCell::default() }
    }

    /// The value at a path; of lists without a number the first item.
    pub fn find(&self, path: &str) -> Option<Found<'r>> {
        let mut parts = path.split('.').filter(|part| !part.is_empty());
        let first = parts.next()?;
        let mut found = Found { value: self.root.get(first)?, path: first.to_owned() };
        for part in parts {
            if let (Json::Array(items), false) = (found.value, is_number(part)) {
                found = Found { value: items.first()?, path: format!("{}.0", found.path) };
            }
            let next = match found.value {
                Json::Object(object) => object.get(part)?,
                Json::Array(items) => items.get(part.parse::<usize>().ok()?)?,
                _ => return None,
            };
            found = Found { value: next, path: format!("{}.{part}", found.path) };
        }
        if let Json::Array(items) = found.value {
            found = Found { value: items.first()?, path: format!("{}.0", found.path) };
        }
        (!found.value.is_null()).then_some(found)
    }

    /// The paths of the items of a list; of what is no list its own.
    pub fn items(&self, path: &str) -> Vec<String> {
        let (before, last) = path.rsplit_once('.').map_or((None, path), |(before, last)| (Some(before), last));
        let holder = match before {
            None => Some((self.root.get(last), last.to_owned())),
            Some(before) => self.find(before).map(|found| {
                let at = format!("{}.{last}", found.path);
                (found.value.get(last).or_else(|| found.value.get(last.parse::<usize>().ok()?)), at)
            }),
        };
        match holder {
            Some((Some(Json::Array(items)), at)) => (0..items.len()).map(|number| format!("{at}.{number}")).collect(),
            Some((Some(value), at)) if !value.is_null() => vec![at],
            _ => Vec::new(),
        }
    }

    /// The names within an object; of the record itself where the path is empty.
    pub fn names(&self, path: &str) -> Vec<&'r String> {
        if path.is_empty() {
            return self.root.keys().collect();
        }
        self.find(path).and_then(|found| found.value.as_object()).into_iter().flat_map(Map::keys).collect()
    }

    /// The first item of a list for which something holds.
    pub fn item(&self, list: &str, holds: impl Fn(&Json) -> bool) -> Option<String> {
        self.items(list).into_iter().find(|at| self.find(at).is_some_and(|found| holds(found.value)))
    }

    /// A failure outweighs a translation, a translation a plain value.
    pub fn mark(&self, path: &str, disposition: Disposition) {
        let weight = |disposition: &Disposition| match disposition {
            Disposition::Failed => 2,
            Disposition::Coded => 1,
            _ => 0,
        };
        let mut used = self.used.borrow_mut();
        let known = used.entry(path.to_owned()).or_insert(disposition);
        if weight(&disposition) > weight(known) {
            *known = disposition;
        }
    }

    /// Whether something took a value in.
    pub fn is_used(&self, path: &str) -> bool {
        self.used.borrow().contains_key(path)
    }

    /// What is read within is not noted as taken in until it is adopted.
    pub fn aside<T>(&self, read: impl FnOnce() -> T) -> (T, Used) {
        let before = (self.used.take(), self.issues.take());
        let result = read();
        (result, (self.used.replace(before.0), self.issues.replace(before.1)))
    }

    pub fn adopt(&self, (used, issues): Used) {
        for (path, disposition) in used {
            self.mark(&path, disposition);
        }
        self.issues.borrow_mut().extend(issues);
    }

    /// Something to look at, in a value that is charted as it is.
    pub fn tell(&self, code: IssueCode, path: &str) {
        self.issues.borrow_mut().push((code, Some(path.to_owned())));
    }

    pub fn fail(&self, code: IssueCode, path: &str) {
        self.issues.borrow_mut().push((code, Some(path.to_owned())));
        self.mark(path, Disposition::Failed);
    }

    pub fn into_used(self) -> Used {
        (self.used.into_inner(), self.issues.into_inner())
    }
}

/// What nothing took in, in the shape of the resource: what was taken out of a list leaves a null.
pub fn left(root: &Map<String, Json>, used: &BTreeMap<String, Disposition>) -> Map<String, Json> {
    root.iter().filter_map(|(name, value)| Some((name.clone(), rest(value, name, used)?))).collect()
}

fn is_number(part: &str) -> bool {
    part.bytes().all(|byte| byte.is_ascii_digit())
}

fn rest(value: &Json, path: &str, used: &BTreeMap<String, Disposition>) -> Option<Json> {
    match value {
        Json::Object(object) => {
            let left: Map<String, Json> = object
                .iter()
                .filter_map(|(name, value)| Some((name.clone(), rest(value, &format!("{path}.{name}"), used)?)))
                .collect();
            (!left.is_empty()).then_some(Json::Object(left))
        }
        Json::Array(items) => {
            let mut left: Vec<Json> = items
                .iter()
                .enumerate()
                .map(|(at, value)| rest(value, &format!("{path}.{at}"), used).unwrap_or(Json::Null))
                .collect();
            while left.last().is_some_and(Json::is_null) {
                left.pop();
            }
            (!left.is_empty()).then_some(Json::Array(left))
        }
        Json::Null => None,
        // What failed is kept, too: the chart has it nowhere else.
        _ => used.get(path).is_none_or(|used| *used == Disposition::Failed).then(|| value.clone()),
    }
}

/// Whether an item has a text somewhere within: `type.coding.code` is `MR`, for any of its codings.
pub fn says(item: &Json, key: &str, wanted: &[&str]) -> bool {
    match (key.split_once('.'), item) {
        (_, Json::Array(items)) => items.iter().any(|item| says(item, key, wanted)),
        (Some((first, rest)), _) => says(&item[first], rest, wanted),
        (None, _) => match &item[key] {
            Json::String(text) => wanted.contains(&text.as_str()),
            Json::Null => wanted.contains(&""),
            _ => false,
        },
    }
}

/// A date or an instant as FHIR writes them, R4 2.24.0.1: `2019`, `2019-03`, `2019-03-04`, `2019-03-04T13:05:00+01:00`.
pub fn date(text: &str) -> Option<String> {
    let (day, time) = text.split_once('T').map_or((text, None), |(day, time)| (day, Some(time)));
    let parsed = PartialDate::parse_iso(day)?;
    let is_time = |time: &str| {
        let zone = time.find(['Z', '+', '-']).unwrap_or(time.len());
        let (clock, zone) = time.split_at(zone);
        let parts: Vec<&str> = clock.split(':').collect();
        let in_range =
            |part: &str, most: u32| part.len() == 2 && part.parse::<u32>().is_ok_and(|number| number <= most);
        let seconds = |part: &str| {
            let (whole, fraction) = part.split_once('.').unwrap_or((part, "0"));
            in_range(whole, 60) && !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit())
        };
        let is_clock = match parts.as_slice() {
            [hour, minute] => in_range(hour, 24) && in_range(minute, 59),
            [hour, minute, second] => in_range(hour, 24) && in_range(minute, 59) && seconds(second),
            _ => false,
        };
        let is_zone = zone.is_empty()
            || zone == "Z"
            || zone[1..].split_once(':').is_some_and(|(hour, minute)| in_range(hour, 14) && in_range(minute, 59));
        is_clock && is_zone
    };
    let is_plausible = (1800..=2200).contains(&parsed.year);
    let is_whole = match time {
        Some(time) => parsed.day.is_some() && is_time(time),
        None => true,
    };
    (is_plausible && is_whole).then(|| text.to_owned())
}

/// RFC 4648, with white space passed over.
pub fn from_base64(text: &str) -> Option<Vec<u8>> {
    use base64::Engine;
    let packed: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    base64::engine::general_purpose::STANDARD.decode(packed).ok()
}
