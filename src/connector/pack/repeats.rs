//! What rows of one key mean.

use super::super::Problem;
use super::super::check::Located;
use super::super::manifest::StreamText;

/// What rows of one key mean; `connectors/README.md` has the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeats {
    Duplicate,
    Last,
    Newest,
    Separate,
    Distinct,
}

/// The column by which a row is the newest, and those that rows must have in common.
pub type NewestBy = (String, Vec<String>);

pub(super) fn parse(
    text: &StreamText,
    at: Located<'_>,
    start: usize,
    problems: &mut Vec<Problem>,
) -> (Repeats, Option<NewestBy>) {
    let repeats = match text.repeats.as_ref().map(|word| word.get_ref().as_str()) {
        None | Some("duplicate") => Repeats::Duplicate,
        Some("last") => Repeats::Last,
        Some("newest") => Repeats::Newest,
        Some("separate") => Repeats::Separate,
        Some("distinct") => Repeats::Distinct,
        Some(_) => {
            let offset = text.repeats.as_ref().map_or(start, |word| word.span().start);
            problems.push(at.problem(offset, "`repeats` is one of duplicate, last, newest, separate, distinct"));
            Repeats::Duplicate
        }
    };
    let is_told_by_time = text.newest_by.is_some();
    if is_told_by_time && !matches!(repeats, Repeats::Last | Repeats::Newest)
        || !is_told_by_time && repeats == Repeats::Newest
    {
        let offset = text.newest_by.as_ref().map_or(start, |column| column.span().start);
        problems.push(at.problem(
            offset,
            "`newest_by` names the column by which a row is the newest: it is for `repeats = \"newest\"`, and may stand with \"last\"",
        ));
    }
    let newest = text.newest_by.as_ref().map(|column| (column.get_ref().clone(), text.newest_within.clone()));
    (repeats, newest)
}
