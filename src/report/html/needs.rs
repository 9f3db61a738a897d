//! What waits for a person after a run, each with where and how often.

use std::collections::BTreeMap;

use serde::Serialize;

use super::super::grouped;
use super::{MOST_PLACES, count, issue_share, meaning, share};
use crate::model::{IssueCode, StreamTotals};
use crate::pipeline::{ColumnOutcome, IssueOutcome, QuarantinedRow, RunOutcome, StreamOutcome};

/// One thing that waits for a person.
#[derive(Serialize)]
pub struct Need {
    count: u64,
    title: String,
    text: String,
    places: Vec<Place>,
    /// Places beyond those named.
    more: usize,
    /// Where on this page its rows are.
    href: &'static str,
}

/// A stream, a column or a reason, with how often.
#[derive(Serialize)]
pub struct Place {
    /// Outermost first.
    path: Vec<String>,
    share: String,
}

impl Need {
    fn new(count: u64, (one, many): (&str, &str), text: &str, href: &'static str, places: Vec<Place>) -> Option<Self> {
        let more = places.len().saturating_sub(MOST_PLACES);
        let title = if count == 1 { one } else { many }.to_owned();
        let places = places.into_iter().take(MOST_PLACES).collect();
        (count > 0).then(|| Self { count, title, text: text.into(), places, more, href })
    }
}

pub fn needs(outcome: &RunOutcome, totals: &StreamTotals, quarantined: &[QuarantinedRow], total: u64) -> Vec<Need> {
    let coded = |code: IssueCode| outcome.issues.iter().filter(move |issue| issue.code == code.as_str());
    let (ambiguous, unmapped) = (coded(IssueCode::DateAmbiguous), coded(IssueCode::CodeUnmapped));
    let ambiguous: Vec<Place> = ambiguous.map(|issue| issue_place(issue, outcome)).collect();
    let unmapped_codes = unmapped.clone().map(|issue| issue.count).sum();
    let unmapped: Vec<Place> = unmapped.map(|issue| issue_place(issue, outcome)).collect();
    let kept = kept_columns(&outcome.streams);
    let unclaimed: Vec<Place> = outcome.streams.iter().filter_map(unclaimed).collect();
    let failed: Vec<Place> = outcome.streams.iter().flat_map(failed_columns).collect();
    [
        Need::new(
            totals.quarantined,
            ("record waits in quarantine", "records wait in quarantine"),
            "They are not in the chart. Each is kept whole with its reason; correct it at the source, or decide about it.",
            "#quarantine",
            reasons(quarantined, total),
        ),
        Need::new(
            outcome.patients.review,
            ("pair of registrations may be one person", "pairs of registrations may be the same person"),
            "The evidence was not enough to join them and too much to ignore. They stay as they are until a person judges.",
            "#patients",
            pairs(outcome),
        ),
        by_code(
            outcome,
            &[IssueCode::StatementDoubtful],
            ("allergy entry must be read", "allergy entries must be read"),
            "Their words begin like \"no allergies\" and go on to name something. They are charted as the source says.",
        ),
        by_code(
            outcome,
            &[IssueCode::ValueImplausible, IssueCode::DateImplausible, IssueCode::StatusContradicted],
            ("value is hardly possible", "values are hardly possible"),
            "A number that no living person measures in its unit, something done on a day to come, something active that has ended. They are charted as the source says.",
        ),
        by_code(
            outcome,
            &[IssueCode::ModifierUnknown],
            ("record means something else than it seems to", "records mean something else than they seem to"),
            "They say so themselves, in a way that this program does not know. They wait in quarantine until a person has read them.",
        ),
        by_code(
            outcome,
            &[IssueCode::IdentifierShared],
            ("record bears a patient number that several people have", "records bear a patient number that several people have"),
            "The people are kept apart. What stands under the number could be either's: it waits in quarantine until the source says whose.",
        ),
        by_code(
            outcome,
            &[IssueCode::DocumentMissing, IssueCode::DocumentOutside],
            ("document has no file", "documents have no file"),
            "The chart says that there is a document, and its scan or text is not in the export. Deliver the files and run again.",
        ),
        by_code(
            outcome,
            &[IssueCode::ReferenceMismatch],
            ("record refers to another patient's visit or order", "records refer to another patient's visit or order"),
            "One of the two patients is wrong at the source. Both are charted as they came.",
        ),
        by_code(
            outcome,
            &[IssueCode::ReferenceInvalid],
            ("reference leads nowhere", "references lead nowhere"),
            "The visit, order, place or member of staff is not in the export. The reference stays and holds when it arrives.",
        ),
        Need::new(
            ambiguous.len() as u64,
            ("date column can be read two ways", "date columns can be read two ways"),
            "Whether the day or the month comes first is not proven by the column, so these dates were not charted. Say the \
             order in the connector and run again.",
            "#issues",
            ambiguous,
        ),
        Need::new(
            unmapped_codes,
            ("code has no translation", "codes have no translation"),
            "The connector does not say what they mean. A code is in the chart as it was written; another value, such as a sex or a \
             status, is kept with its source record only.",
            "#issues",
            unmapped,
        ),
        Need::new(
            totals.cells.failed,
            ("value could not be charted", "values could not be charted"),
            "The record was loaded without this value; the original text is kept with the source record.",
            "#issues",
            failed,
        ),
        Need::new(
            kept.len() as u64,
            ("column holds values that no chart field takes", "columns hold values that no chart field takes"),
            "The values are kept with their source records and can be looked up, but nobody will see them in a chart.",
            "#cells",
            kept,
        ),
        Need::new(
            unclaimed.len() as u64,
            ("table is not known to the connector", "tables are not known to the connector"),
            "Every record is kept whole and none is in a chart. Decide whether the practice needs them there.",
            "#streams",
            unclaimed,
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The need that issues of some codes make.
fn by_code(outcome: &RunOutcome, codes: &[IssueCode], title: (&str, &str), text: &str) -> Option<Need> {
    let of = |issue: &&IssueOutcome| codes.iter().any(|code| code.as_str() == issue.code);
    let issues = || outcome.issues.iter().filter(of);
    let places = issues().map(|issue| issue_place(issue, outcome)).collect();
    Need::new(issues().map(|issue| issue.count).sum(), title, text, "#issues", places)
}

/// The pairs to judge, by their keys.
fn pairs(outcome: &RunOutcome) -> Vec<Place> {
    let shown = outcome.patients.pairs.iter().map(|pair| Place {
        path: vec![format!("{} and {}", pair.left.1, pair.right.1)],
        share: if pair.reason.is_empty() { "some things agree, not enough".into() } else { pair.reason.clone() },
    });
    shown.collect()
}

/// Quarantined records by reason. Of an excerpt it says so: the rest may have other reasons.
fn reasons(quarantined: &[QuarantinedRow], total: u64) -> Vec<Place> {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    quarantined.iter().for_each(|row| *counts.entry(row.reason_code).or_default() += 1);
    let listed = quarantined.len() as u64;
    let mut counts: Vec<(&str, u64)> = counts.into_iter().collect();
    counts.sort_by_key(|(code, count)| (std::cmp::Reverse(*count), *code));
    let share = |count| match listed < total {
        true => format!("{} of the first {} listed", grouped(count), grouped(listed)),
        false => grouped(count),
    };
    counts.into_iter().map(|(code, count)| Place { path: vec![meaning(code)], share: share(count) }).collect()
}

fn issue_place(issue: &IssueOutcome, outcome: &RunOutcome) -> Place {
    let path = [&issue.stream, &issue.column].into_iter().filter(|name| !name.is_empty()).cloned().collect();
    Place { path, share: issue_share(issue, outcome).unwrap_or_else(|| grouped(issue.count)) }
}

/// Streams that are archived are named as such, and not column by column.
fn kept_columns(streams: &[StreamOutcome]) -> Vec<Place> {
    let charted = streams.iter().filter(|stream| stream.archive_reason.is_none());
    let columns = charted.flat_map(|stream| stream.columns.iter().map(|column| (stream.stream.clone(), column)));
    let mut kept: Vec<_> = columns.filter(|(_, column)| column.cells.kept > 0).collect();
    kept.sort_by_key(|(_, column)| std::cmp::Reverse(column.cells.kept));
    let place = |(stream, column): (String, &ColumnOutcome)| Place {
        path: vec![stream, column.column.clone()],
        share: format!("{} values", share(column.cells.kept, column.cells.non_empty)),
    };
    kept.into_iter().map(place).collect()
}

fn failed_columns(stream: &StreamOutcome) -> impl Iterator<Item = Place> {
    let failed = stream.columns.iter().filter(|column| column.cells.failed > 0);
    failed.map(|column| Place {
        path: vec![stream.stream.clone(), column.column.clone()],
        share: format!("{} values", share(column.cells.failed, column.cells.non_empty)),
    })
}

/// A stream whose archive reason is not the pack's but the engine's: nothing claims it.
fn unclaimed(stream: &StreamOutcome) -> Option<Place> {
    let reason = stream.archive_reason.as_deref()?;
    let share = count(stream.totals.read, "record", "records");
    (reason == crate::pipeline::UNCLAIMED).then(|| Place { path: vec![stream.stream.clone()], share })
}
