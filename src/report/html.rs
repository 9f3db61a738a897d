//! The report as one page for people: the verdict, what needs a person, where every record and every cell went.
//!
//! Words, numbers and geometry are made here; `template.html` only places them. It reads no store and no clock, so equal
//! outcomes give equal pages. Every text that comes from a source is escaped by the template engine.

use std::borrow::Cow;
use std::collections::BTreeMap;

use minijinja::Environment;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use serde::Serialize;

use super::grouped;
use crate::model::{Disposition, Fate, IssueCode, StreamTotals};
use crate::pipeline::{ColumnOutcome, IssueOutcome, MatchingOutcome, QuarantinedRow, RunOutcome, StreamOutcome};
use crate::profile::SourceProfile;

mod matching;
mod needs;
mod profile;
#[cfg(test)]
mod tests;

use matching::MatchingView;
use needs::{Need, needs};
use profile::ProfileView;

/// The engine escapes by the ending of this name.
const TEMPLATE: &str = "report.html";

/// Places named under one thing that needs a person; the tables further down have all of them.
const MOST_PLACES: usize = 8;

/// Rows named per issue; report.json has more.
const MOST_ROWS: usize = 10;

/// The narrowest part of a bar, in percent of it, so that one record of a million can still be seen.
const NARROWEST_PERCENT: f64 = 0.8;

/// The report as one self-contained page. `quarantined` is an excerpt of the `quarantined_total` rows of quarantine.csv.
pub fn html(
    outcome: &RunOutcome,
    quarantined: &[QuarantinedRow],
    quarantined_total: u64,
) -> Result<String, minijinja::Error> {
    let page = Page::of(outcome, quarantined, quarantined_total);
    environment()?.get_template(TEMPLATE)?.render(Serde(page))
}

/// How the people of a file were matched, as one self-contained page.
pub fn quality_html(matching: &MatchingOutcome) -> Result<String, minijinja::Error> {
    let page = minijinja::context! { matching => Serde(MatchingView::of_file(matching)) };
    environment()?.get_template("quality.html")?.render(page)
}

/// What the columns of a source look like, as one self-contained page.
pub fn profile_html(profile: &SourceProfile) -> Result<String, minijinja::Error> {
    environment()?.get_template("profile.html")?.render(Serde(ProfileView::of(profile)))
}

fn environment() -> Result<Environment<'static>, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    environment.add_filter("number", grouped);
    environment.add_filter("visible", visible);
    environment.add_filter("listed", listed);
    for (name, text) in [
        (TEMPLATE, include_str!("template.html")),
        ("quality.html", include_str!("html/quality.html")),
        ("profile.html", include_str!("html/profile.html")),
        ("matching.html", include_str!("html/matching.html")),
        ("style.html", include_str!("html/style.html")),
        ("patterns.html", include_str!("html/patterns.html")),
    ] {
        environment.add_template(name, text)?;
    }
    Ok(environment)
}

/// All that the template places.
#[derive(Serialize)]
struct Page<'a> {
    outcome: &'a RunOutcome,
    verdict: Verdict,
    needs: Vec<Need>,
    fates: Vec<Term>,
    dispositions: Vec<Term>,
    streams: Vec<StreamView<'a>>,
    total: StreamView<'a>,
    issues: Vec<IssueGroup<'a>>,
    matching: Option<MatchingView<'a>>,
    quarantined: Vec<QuarantinedView<'a>>,
    quarantined_total: u64,
    duration: String,
    words: &'static [(&'static str, &'static str)],
}

impl<'a> Page<'a> {
    fn of(outcome: &'a RunOutcome, quarantined: &'a [QuarantinedRow], quarantined_total: u64) -> Self {
        let totals = sum(&outcome.streams);
        Self {
            outcome,
            verdict: verdict(outcome, &totals),
            needs: needs(outcome, &totals, quarantined, quarantined_total),
            fates: fates(&totals),
            dispositions: dispositions(&totals),
            streams: outcome.streams.iter().map(|stream| StreamView::of(Cow::Borrowed(stream))).collect(),
            issues: issues(outcome),
            matching: outcome.matching.as_ref().map(MatchingView::of_run),
            quarantined: quarantined.iter().map(QuarantinedView::of).collect(),
            quarantined_total,
            duration: duration(outcome.run.seconds),
            words: WORDS,
            total: StreamView::of(Cow::Owned(total_stream(totals, outcome))),
        }
    }
}

/// What the books say, in words.
#[derive(Serialize)]
struct Verdict {
    /// `balanced`, `waiting` (balanced, with records in quarantine), `unbalanced`, or `unfinished`.
    state: &'static str,
    headline: String,
    sentence: String,
    discrepancies: Vec<String>,
}

fn verdict(outcome: &RunOutcome, totals: &StreamTotals) -> Verdict {
    if ["interrupted", "failed"].contains(&outcome.run.status.as_str()) {
        let decided = count(totals.read, "record was", "records were");
        return Verdict {
            state: "unfinished",
            headline: "The run stopped before its end.".into(),
            sentence: format!(
                "{decided} loaded, or set aside, by then; the rest was not looked at, and the books are not closed. No chart in this \
                 store is whole before the run has ended: give the same command again, or `chartlift resume`."
            ),
            discrepancies: outcome.run.notes.last().cloned().into_iter().collect(),
        };
    }
    let read = count(totals.read, "record was read", "records were read");
    let discrepancies = discrepancies(outcome);
    let unbalanced = !outcome.balanced || !discrepancies.is_empty();
    let waiting = totals.quarantined;
    let state = match (unbalanced, waiting) {
        (true, _) => "unbalanced",
        (false, 0) => "balanced",
        (false, _) => "waiting",
    };
    let headline = match state {
        "unbalanced" => "The books do not balance.".to_owned(),
        "balanced" => "The books balance.".to_owned(),
        _ => format!("The books balance, with {} waiting in quarantine.", count(waiting, "record", "records")),
    };
    let sentence = match state {
        "unbalanced" => {
            format!("{read}. Do not rely on this load before each difference below is explained.")
        }
        _ if totals.read == 0 => "No record was read.".to_owned(),
        "balanced" => format!("{read}; every one is accounted for."),
        _ => format!(
            "{read}; every one is accounted for. {} not loaded: kept whole, with the reason, until somebody decides.",
            match waiting {
                1 => "One was".to_owned(),
                _ => format!("{} were", grouped(waiting)),
            }
        ),
    };
    Verdict { state, headline, sentence, discrepancies }
}

/// What the recount found, and what the books of the streams say by themselves.
fn discrepancies(outcome: &RunOutcome) -> Vec<String> {
    let mut found = outcome.discrepancies.clone();
    for StreamOutcome { stream, totals, balanced, .. } in &outcome.streams {
        let (fates, cells) = (totals.fates(), &totals.cells);
        if totals.read != fates {
            let read = count(totals.read, "record", "records");
            found.push(format!("stream {stream}: {read} read, {} accounted for", grouped(fates)));
        }
        if !cells.balanced() {
            let values = count(cells.non_empty, "value", "values");
            found.push(format!("stream {stream}: {values} read, {} accounted for", grouped(cells.disposed())));
        }
        if !balanced && totals.balanced() {
            found.push(format!("stream {stream}: marked as not balanced"));
        }
    }
    if found.is_empty() && !outcome.balanced {
        found.push("the run is marked as not balanced, without a reason".into());
    }
    found
}

/// A fate or disposition with its number: a term of an equation, and the key of the picture.
#[derive(Serialize)]
struct Term {
    word: &'static str,
    count: u64,
}

fn fates(totals: &StreamTotals) -> Vec<Term> {
    Fate::ALL.iter().map(|fate| Term { word: fate.as_str(), count: totals.fate(*fate) }).collect()
}

fn dispositions(totals: &StreamTotals) -> Vec<Term> {
    let cells = &totals.cells;
    let counts =
        [cells.mapped, cells.coded, cells.kept, cells.ignored, cells.failed, cells.quarantined, cells.unchanged];
    Disposition::ALL.iter().zip(counts).map(|(word, count)| Term { word: word.as_str(), count }).collect()
}

#[derive(Serialize)]
struct StreamView<'a> {
    #[serde(flatten)]
    outcome: Cow<'a, StreamOutcome>,
    bar: Vec<Segment>,
    /// The bar in words: `12 loaded, 3 quarantined`.
    label: String,
    /// Chart rows written, by table in plain words.
    charted: Vec<(String, u64)>,
    /// What the columns are, in one line.
    columns_label: String,
    cells_balanced: bool,
    /// What of each column a chart shows, in the order of the columns.
    columns_charted: Vec<String>,
}

/// A part of a stream's bar; positions in percent of the bar's length.
#[derive(Serialize)]
struct Segment {
    word: &'static str,
    x_percent: String,
    width_percent: String,
}

impl<'a> StreamView<'a> {
    fn of(outcome: Cow<'a, StreamOutcome>) -> Self {
        let StreamOutcome { totals, columns, .. } = outcome.as_ref();
        let mut parts: Vec<(&str, u64)> = fates(totals).into_iter().map(|term| (term.word, term.count)).collect();
        parts.push(("unaccounted", totals.read.saturating_sub(totals.fates())));
        parts.retain(|(_, count)| *count > 0);
        let mut labels: Vec<String> = parts.iter().map(|(word, count)| format!("{} {word}", grouped(*count))).collect();
        if totals.fates() > totals.read {
            labels.push(format!("{} more than were read", grouped(totals.fates() - totals.read)));
        }
        Self {
            bar: segments(&parts),
            label: labels.join(", "),
            charted: totals.chart.iter().filter(|(_, rows)| **rows > 0).map(|(t, n)| (plain(t), *n)).collect(),
            columns_label: columns_label(columns),
            cells_balanced: totals.cells.balanced(),
            columns_charted: columns.iter().map(column_charted).collect(),
            outcome,
        }
    }
}

/// Of the values that this run judged; empty where it judged none.
fn column_charted(column: &ColumnOutcome) -> String {
    let cells = &column.cells;
    match cells.non_empty.saturating_sub(cells.unchanged) {
        _ if cells.non_empty == 0 => "empty".into(),
        0 => String::new(),
        judged => share(cells.mapped + cells.coded, judged),
    }
}

fn columns_label(columns: &[ColumnOutcome]) -> String {
    let with = |test: fn(&ColumnOutcome) -> bool| columns.iter().filter(|column| test(column)).count() as u64;
    let mut labels = vec![count(columns.len() as u64, "column", "columns")];
    for (word, columns) in [
        ("with values kept", with(|column| column.cells.kept > 0)),
        ("with values ignored", with(|column| column.cells.ignored > 0)),
        ("with failures", with(|column| column.cells.failed > 0)),
        ("empty", with(|column| column.cells.non_empty == 0)),
    ] {
        if columns > 0 {
            labels.push(format!("{} {word}", grouped(columns)));
        }
    }
    labels.join(", ")
}

/// Where each part of a bar begins and how long it is. Parts too narrow to see are widened at the cost of the others.
fn segments(parts: &[(&'static str, u64)]) -> Vec<Segment> {
    let whole: u64 = parts.iter().map(|(_, count)| count).sum();
    let percent = |count: u64| count as f64 / whole as f64 * 100.0;
    let narrow = |count: &u64| percent(*count) < NARROWEST_PERCENT;
    let narrows = parts.iter().filter(|(_, count)| narrow(count)).count() as f64;
    let wide: u64 = parts.iter().map(|(_, count)| count).filter(|count| !narrow(count)).sum();
    let room = 100.0 - narrows * NARROWEST_PERCENT;
    let mut x = 0.0;
    let mut segment = |(word, count): &(&'static str, u64)| {
        let width = if narrow(count) { NARROWEST_PERCENT } else { *count as f64 / wide as f64 * room };
        x += width;
        Segment { word, x_percent: format!("{:.2}", x - width), width_percent: format!("{width:.2}") }
    };
    parts.iter().map(&mut segment).collect()
}

/// All streams as one.
fn total_stream(totals: StreamTotals, outcome: &RunOutcome) -> StreamOutcome {
    let balanced = outcome.balanced && outcome.streams.iter().all(|stream| stream.balanced);
    let (stream, files, columns) = ("all streams".into(), Vec::new(), Vec::new());
    StreamOutcome { stream, archive_reason: None, files, totals, balanced, columns }
}

fn sum(streams: &[StreamOutcome]) -> StreamTotals {
    let mut sum = StreamTotals::default();
    for StreamOutcome { totals, .. } in streams {
        sum.read += totals.read;
        sum.withdrawn += totals.withdrawn;
        Fate::ALL.iter().for_each(|fate| *sum.fate_mut(*fate) += totals.fate(*fate));
        totals.chart.iter().for_each(|(table, rows)| *sum.chart.entry(table.clone()).or_default() += rows);
        sum.cells.non_empty += totals.cells.non_empty;
        dispositions(totals).iter().zip(Disposition::ALL).for_each(|(term, word)| sum.cells.add(*word, term.count));
    }
    sum
}

/// The issues of one code.
#[derive(Serialize)]
struct IssueGroup<'a> {
    code: &'a str,
    meaning: String,
    places: Vec<IssueView<'a>>,
}

#[derive(Serialize)]
struct IssueView<'a> {
    #[serde(flatten)]
    outcome: &'a IssueOutcome,
    share: String,
    rows_label: String,
    shapes_label: String,
}

fn issues(outcome: &RunOutcome) -> Vec<IssueGroup<'_>> {
    let mut groups: BTreeMap<&str, Vec<IssueView<'_>>> = BTreeMap::new();
    for issue in &outcome.issues {
        let rows: Vec<String> = issue.rows.iter().take(MOST_ROWS).map(u64::to_string).collect();
        let more = if issue.count > rows.len() as u64 { ", …" } else { "" };
        let rows_label = if rows.is_empty() { String::new() } else { format!("{}{more}", rows.join(", ")) };
        let share = issue_share(issue, outcome).unwrap_or_default();
        groups.entry(&issue.code).or_default().push(IssueView {
            outcome: issue,
            share,
            rows_label,
            shapes_label: issue.shapes.join("   "),
        });
    }
    groups.into_iter().map(|(code, places)| IssueGroup { code, meaning: meaning(code), places }).collect()
}

/// The part of a stream's records that have this issue.
fn issue_share(issue: &IssueOutcome, outcome: &RunOutcome) -> Option<String> {
    let read = outcome.streams.iter().find(|stream| stream.stream == issue.stream)?.totals.read;
    (issue.count <= read).then(|| format!("{} records", share(issue.count, read)))
}

fn meaning(code: &str) -> String {
    IssueCode::parse(code).map_or_else(|| code.to_owned(), |code| code.meaning().to_owned())
}

#[derive(Serialize)]
struct QuarantinedView<'a> {
    file: &'a str,
    row: u64,
    key: &'a str,
    column: &'a str,
    reason_code: &'static str,
    reason: &'a str,
}

impl<'a> QuarantinedView<'a> {
    fn of(quarantined: &'a QuarantinedRow) -> Self {
        let QuarantinedRow { file, row, key, column, reason_code, reason } = quarantined;
        Self { file, row: *row, key: key.reveal(), column, reason_code, reason }
    }
}

fn count(count: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(count), if count == 1 { one } else { many })
}

/// A part of a whole. The percentage stands only where it cannot pass for none or all: `3 of 100,000`, `830 of 2,000
/// (41.5%)`, `all 12`, `none of 12`.
fn share(part: u64, whole: u64) -> String {
    let percent = part as f64 / whole as f64 * 100.0;
    match (part, grouped(whole)) {
        (0, whole) => format!("none of {whole}"),
        (part, whole_text) if part == whole => format!("all {whole_text}"),
        (part, whole_text) if whole >= 100 && (1.0..=99.0).contains(&percent) => {
            format!("{} of {whole_text} ({percent:.1}%)", grouped(part))
        }
        (part, whole_text) => format!("{} of {whole_text}", grouped(part)),
    }
}

/// A table's name in plain words: `allergy intolerance`.
fn plain(table: &str) -> String {
    table.replace('_', " ")
}

fn duration(seconds: f64) -> String {
    match seconds {
        _ if seconds < 120.0 => format!("{seconds:.1} s"),
        _ if seconds < 7200.0 => format!("{} min {} s", seconds as u64 / 60, seconds as u64 % 60),
        _ => format!("{} h {} min", seconds as u64 / 3600, seconds as u64 / 60 % 60),
    }
}

/// What a run has one of, or several where it has several sources.
fn listed(value: minijinja::Value) -> String {
    match value.as_str() {
        Some(one) => one.to_owned(),
        None => {
            let several = value.try_iter().into_iter().flatten();
            several.map(|one| one.to_string()).collect::<Vec<_>>().join(", ")
        }
    }
}

/// A name from outside with what would not be seen, or would turn the text around it, made visible (Unicode UAX 9, 4.3).
fn visible(name: &str) -> String {
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
    };
    name.chars().map(|c| if hidden(c) { c.escape_unicode().to_string() } else { c.to_string() }).collect()
}

/// The words of the report, for a reader who has never seen one.
const WORDS: &[(&str, &str)] = &[
    ("record", "one row, message or document entry of the old system"),
    ("stream", "one table, sheet or kind of message of the old system"),
    ("fate", "what became of a record; each record has exactly one, and together they are the books"),
    ("loaded", "new, and now in the chart"),
    ("updated", "known from an earlier run, changed at the source since; the chart follows"),
    ("unchanged", "known from an earlier run and the same; nothing was written"),
    ("linked", "a further registration of a person who was already there; it joined that patient"),
    ("duplicate", "an exact repeat of another record of its stream; it is not charted twice"),
    ("quarantined", "not loaded, kept whole with the reason, until it is corrected or decided about"),
    ("archived", "kept whole, without a place in a chart"),
    ("withdrawn", "no longer at the source; marked, never removed"),
    ("cell", "one value of a record that is not empty; each has exactly one disposition"),
    ("mapped", "a cell that is in a chart field as it was, or in standard form"),
    ("coded", "a cell that is in a chart field by translation of its code; the original stays beside it"),
    ("kept", "a cell that is stored with its source record; no chart field takes it"),
    ("ignored", "a cell that the connector says is not needed, with its reason"),
    ("failed", "a cell that could not be read as what it should be; the record loaded without it"),
    ("issue", "something wrong with a record's data: counted and shown; the run goes on"),
    ("review", "two registrations that may be one person; only a person joins them"),
    ("identity", "one registration of a person in the old system; a patient may have several"),
    ("connector", "the description of the old system: its tables, and where each column goes"),
    ("fingerprint", "one number made from all that the store holds; equal content, equal fingerprint"),
];
