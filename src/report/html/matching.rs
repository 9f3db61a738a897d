//! How people were matched, for the eye: the pairs by weight as columns, the levels with their bars.

use serde::Serialize;

use crate::pipeline::MatchingOutcome;

/// The part of a page that tells of one matching.
#[derive(Serialize)]
pub struct MatchingView<'a> {
    account: &'a MatchingOutcome,
    /// What was matched, in words.
    unit: &'static str,
    /// The command that shows a pair.
    hint: &'static str,
    columns: Vec<Column>,
    /// Pairs in the tallest column.
    most: u64,
    levels: Vec<Level<'a>>,
}

/// Pairs of one span of weights, in the units of a picture of [`WIDTH`] by [`HEIGHT`].
#[derive(Serialize)]
struct Column {
    label: String,
    from: i32,
    matched: u64,
    review: u64,
    x: f64,
    width: f64,
    middle: f64,
    matched_y: f64,
    matched_height: f64,
    review_y: f64,
    review_height: f64,
    shows_label: bool,
}

#[derive(Serialize)]
struct Level<'a> {
    comparison: String,
    is_first: bool,
    level: &'a str,
    m: String,
    u: String,
    weight: f64,
    bar: f64,
}

const WIDTH: f64 = 720.0;
/// Of the columns alone; their numbers stand below.
const HEIGHT: f64 = 160.0;
const TOP: f64 = 4.0;
const MOST_COLUMNS: i32 = 30;
/// A single pair among a million is still seen.
const LEAST_HEIGHT: f64 = 1.5;
const REM_PER_BIT: f64 = 0.6;

impl<'a> MatchingView<'a> {
    pub fn of_run(account: &'a MatchingOutcome) -> Self {
        Self::of(account, "registrations of the whole store", "chartlift review show STREAM:KEY STREAM:KEY")
    }

    pub fn of_file(account: &'a MatchingOutcome) -> Self {
        Self::of(account, "rows", "chartlift match --explain ROW ROW")
    }

    fn of(account: &'a MatchingOutcome, unit: &'static str, hint: &'static str) -> Self {
        let (columns, most) = columns(account);
        Self { account, unit, hint, columns, most, levels: levels(account) }
    }
}

fn columns(account: &MatchingOutcome) -> (Vec<Column>, u64) {
    let (Some(first), Some(last)) = (account.weights.first(), account.weights.last()) else {
        return Default::default();
    };
    let bits = ((last.from - first.from) / MOST_COLUMNS) + 1;
    let count = (last.from - first.from) / bits + 1;
    let mut sums = vec![(0u64, 0u64); count as usize];
    for bin in &account.weights {
        let (matched, review) = &mut sums[((bin.from - first.from) / bits) as usize];
        *matched += bin.matched;
        *review += bin.review;
    }
    let most = sums.iter().map(|(matched, review)| matched + review).max().unwrap_or(1).max(1);
    let rounded = |number: f64| (number * 10.0).round() / 10.0;
    let height = |pairs: u64| match pairs {
        0 => 0.0,
        pairs => rounded((pairs as f64 / most as f64 * (HEIGHT - TOP)).max(LEAST_HEIGHT)),
    };
    let step = WIDTH / f64::from(count);
    let columns = sums.into_iter().zip(0i32..).map(|((matched, review), at)| {
        let from = first.from + at * bits;
        let (matched_height, review_height) = (height(matched), height(review));
        Column {
            label: format!("{from} to {}", from + bits),
            from,
            matched,
            review,
            x: rounded(f64::from(at) * step + 1.0),
            width: rounded((step - 2.0).max(1.0)),
            middle: rounded((f64::from(at) + 0.5) * step),
            matched_y: rounded(HEIGHT - matched_height),
            matched_height,
            review_y: rounded(HEIGHT - matched_height - review_height),
            review_height,
            shows_label: count <= 15 || at % 2 == 0,
        }
    });
    (columns.collect(), most)
}

fn levels(account: &MatchingOutcome) -> Vec<Level<'_>> {
    let mut before = "";
    let mut levels = Vec::new();
    for level in &account.levels {
        levels.push(Level {
            comparison: level.comparison.replace('_', " "),
            is_first: before != level.comparison,
            level: &level.level,
            m: share(level.m),
            u: share(level.u),
            weight: level.weight,
            bar: (level.weight.abs() * REM_PER_BIT * 10.0).round() / 10.0,
        });
        before = &level.comparison;
    }
    levels
}

/// In percent, or as one in so many.
fn share(p: f64) -> String {
    if p >= 0.001 {
        format!("{:.1} %", p * 100.0)
    } else {
        format!("1 in {}", super::super::grouped((1.0 / p).round() as u64))
    }
}
