//! Which statements of a record are charted. The others are kept, or wait.

use super::Chart;
use super::filling::Filling;
use super::tree::{Tree, Used};
use crate::model::{IssueCode, RecordType};

/// Why something is not charted, with the path of the value that says so.
pub type Hold = (IssueCode, String);
pub type Rejected = Option<(IssueCode, Option<String>)>;

/// A chart record that a statement makes, unless something holds it.
pub struct Part {
    pub chart: Chart,
    pub hold: Option<Hold>,
    used: Used,
}

/// Reads a statement; `hold` is what speaks against it beforehand.
pub fn read<'t, 'r>(
    tree: &'t Tree<'r>,
    record: RecordType,
    number: usize,
    hold: Option<Hold>,
    fill: impl FnOnce(&mut Filling<'t, 'r>),
) -> Part {
    let (filling, used) = tree.aside(|| {
        let mut filling = Filling::new(tree, record, number);
        filling.hold = hold;
        fill(&mut filling);
        filling
    });
    Part { chart: filling.chart, hold: filling.hold, used }
}

/// What is charted, with an issue for each part that is not; where nothing can be, what waits, and why.
pub fn sort(tree: &Tree<'_>, parts: Vec<Part>) -> (Vec<Chart>, Rejected) {
    let is_charted = parts.iter().any(|part| part.hold.is_none());
    let mut rejected = None;
    let mut charts = Vec::new();
    for Part { chart, hold, used } in parts {
        match hold {
            None => {}
            Some((code, path)) if is_charted => {
                tree.fail(code, &path);
                continue;
            }
            // What is no fact does not wait to become one.
            Some((IssueCode::RecordUnmapped, _)) => continue,
            Some((code, path)) => drop(rejected.get_or_insert((code, Some(path)))),
        }
        tree.adopt(used);
        charts.push(chart);
    }
    (charts, rejected)
}
