//! Columns that say that a row does not count any more, or never did: deleted, voided, entered in error, ruled out. A draft charts no
//! row of which one of them says so, and no table where it does not know what one says.

use super::DraftStream;
pub use super::Guard;
use super::words::words;
use crate::profile::{ColumnProfile, Kind, SourceProfile};

/// Words of columns by which a row does not count.
const DOES_NOT_COUNT: [&str; 22] = [
    "deleted",
    "delete",
    "del",
    "void",
    "voided",
    "error",
    "errored",
    "refuted",
    "ruled",
    "removed",
    "retired",
    "archived",
    "archive",
    "invalid",
    "erased",
    "purged",
    "obsolete",
    "negated",
    "negative",
    "hidden",
    "duplicate",
    "suppressed",
];

/// Words of columns that tell of a row's state.
const STATE: [&str; 15] = [
    "active",
    "activity",
    "inactive",
    "status",
    "state",
    "current",
    "resolved",
    "discontinued",
    "stopped",
    "closed",
    "enabled",
    "disabled",
    "valid",
    "historical",
    "outcome",
];

/// Words of columns that tell more of what another says.
const BESIDE: [&str; 8] = ["by", "reason", "date", "on", "at", "user", "note", "time"];

/// The first letters of a column's word for what does not count, where the column says yes or no: `void` of `voided`.
fn sign(column: &ColumnProfile) -> Option<String> {
    let name = words(&column.name);
    let word = name.iter().find(|word| DOES_NOT_COUNT.contains(&word.as_str()))?;
    let is_flag = guard(column) == Some(Guard::Yes) && !name.iter().any(|word| BESIDE.contains(&word.as_str()));
    is_flag.then(|| word.chars().take(4).collect())
}

pub fn heed(profile: &SourceProfile, streams: &mut [DraftStream]) {
    for stream in streams.iter_mut().filter(|stream| stream.record.is_some()) {
        let table = &profile.tables[stream.table];
        let flags: Vec<String> = table.columns.iter().filter(|column| column.non_empty > 0).filter_map(sign).collect();
        let mut unknown = None;
        for (index, column) in table.columns.iter().enumerate() {
            let is_mapped = stream.columns.iter().any(|guess| guess.column == index)
                || stream.measurements.iter().any(|(known, ..)| *known == index);
            if column.non_empty == 0 || is_mapped || stream.key == Some(index) {
                continue;
            }
            let name = words(&column.name);
            let says = |known: &[&str]| name.iter().any(|word| known.contains(&word.as_str()));
            // Who deleted a row, when and why is told beside a column that says whether.
            let is_beside = says(&BESIDE) && name.iter().any(|word| flags.iter().any(|flag| word.starts_with(flag)));
            if says(&DOES_NOT_COUNT) && is_beside {
                continue;
            }
            if says(&DOES_NOT_COUNT) {
                match guard(column) {
                    Some(guard) => stream.guards.push((index, guard)),
                    None => unknown = Some(column.name.clone()),
                }
            } else if says(&STATE) {
                stream.has_unknown_state = true;
            }
        }
        if let Some(column) = unknown {
            stream.record = None;
            stream.why = format!("`{column}` may say which rows do not count, and nothing tells how");
            stream.columns.clear();
            stream.measurements.clear();
            stream.guards.clear();
        }
    }
    drop_dangling(streams);
}

/// What refers to a table that is not charted refers to nothing.
pub fn drop_dangling(streams: &mut [DraftStream]) {
    let charted: Vec<bool> = streams.iter().map(|stream| stream.record.is_some()).collect();
    for stream in streams.iter_mut() {
        stream.columns.retain(|guess| guess.stream.is_none_or(|other| charted[other]));
    }
}

/// How a column says that a row does not count, where its name says that it does and its values how.
pub fn flag(column: &ColumnProfile) -> Option<Guard> {
    sign(column).and_then(|_| guard(column))
}

fn guard(column: &ColumnProfile) -> Option<Guard> {
    let dates = column.share(Kind::Date) + column.share(Kind::DateTime);
    match () {
        () if column.share(Kind::YesNo) > 0.999 => Some(Guard::Yes),
        () if dates > 0.9 => Some(Guard::Present),
        () => None,
    }
}
