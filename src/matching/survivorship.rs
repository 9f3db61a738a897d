//! Survivorship: the one set of demographics a patient is shown with, out of all of its registrations, and why each value won.
//!
//! What belongs together survives together: a name or an address is one registration's, never made of two. What a person keeps for
//! life (birth date, sex, social security number) goes by what most registrations say, what changes (name, address, telephone) by who
//! changed last, and before all that comes whose source the store prefers, where it prefers any. The sources' own dates count, never the order of arrival; ties fall to the smallest id. Every registration keeps its own
//! values beside.

use std::cmp::Ordering;

use crate::model::{ChartId, RecordType, Value};

/// One registration's demographics, a value per column of `Patient`.
#[derive(Clone, Copy, Debug)]
pub struct Member<'a> {
    pub identity: ChartId,
    pub values: &'a [Value],
    /// Whose source is preferred: the smaller first. The same for all where nobody prefers any.
    pub source_rank: u32,
}

/// Why a value won.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// No other registration says anything.
    Only,
    /// All that say something say this.
    Agreed,
    /// Its source is preferred to the others'.
    PreferredSource,
    MostFrequent,
    MostComplete,
    MostRecent,
    /// Nothing else told them apart.
    SmallestId,
}

impl Reason {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Only => "only one says it",
            Self::Agreed => "all agree",
            Self::PreferredSource => "preferred source",
            Self::MostFrequent => "most say it",
            Self::MostComplete => "most complete",
            Self::MostRecent => "changed last",
            Self::SmallestId => "first by id",
        }
    }
}

/// Where a column's value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Survivor {
    /// Index of the member.
    pub member: usize,
    pub reason: Reason,
}

/// Columns that survive together.
const UNITS: [&[&str]; 2] = [
    &["family_name", "given_name", "middle_name", "name_prefix", "name_suffix"],
    &["address_line1", "address_line2", "city", "district", "state", "postal_code", "country", "address_text"],
];

/// What a person keeps for life.
const FOR_LIFE: [&str; 9] = [
    "birth_date",
    "birth_order",
    "birth_place",
    "gender",
    "ssn",
    "mother_maiden_name",
    "maiden_name",
    "race",
    "ethnicity",
];

/// Per column of `Patient` the member whose value survives; `None` where nobody says anything, or where the one whose name or
/// address survives leaves that part of it out. Neither the order of the members nor that of their arrival matters.
pub fn survivors(members: &[Member<'_>]) -> Vec<Option<Survivor>> {
    let columns = RecordType::Patient.columns();
    let mut survivors = vec![None; columns.len()];
    let mut done = vec![false; columns.len()];
    for unit in UNITS {
        let unit: Vec<usize> = unit.iter().filter_map(|name| RecordType::Patient.column_index(name)).collect();
        let survivor = survivor(members, &unit, false);
        for column in unit {
            done[column] = true;
            survivors[column] = survivor.filter(|survivor| !members[survivor.member].values[column].is_null());
        }
    }
    for (column, described) in columns.iter().enumerate().filter(|(column, _)| !done[*column]) {
        survivors[column] = survivor(members, &[column], FOR_LIFE.contains(&described.name));
    }
    survivors
}

/// The values that survive.
pub fn golden(members: &[Member<'_>]) -> Vec<Value> {
    let survivors = survivors(members).into_iter().enumerate();
    survivors
        .map(|(column, survivor)| {
            survivor.map(|survivor| members[survivor.member].values[column].clone()).unwrap_or_default()
        })
        .collect()
}

/// What a member says in some columns, and what ranks it.
struct Said<'a> {
    member: usize,
    values: Vec<&'a Value>,
    /// Of the members that say something, how many say the same.
    frequency: usize,
    /// Columns filled.
    filled: usize,
    /// As the source dates it; none where it does not.
    changed: Option<&'a str>,
    source_rank: u32,
    identity: ChartId,
}

fn survivor(members: &[Member<'_>], columns: &[usize], for_life: bool) -> Option<Survivor> {
    let updated = RecordType::Patient.column_index("last_updated");
    let mut said: Vec<Said<'_>> = Vec::new();
    for (index, member) in members.iter().enumerate() {
        let values: Vec<&Value> = columns.iter().map(|column| &member.values[*column]).collect();
        if values.iter().all(|value| value.is_null()) {
            continue;
        }
        said.push(Said {
            member: index,
            frequency: 0,
            filled: values.iter().filter(|value| !value.is_null()).count(),
            changed: updated.and_then(|column| member.values[column].as_str()),
            identity: member.identity,
            source_rank: member.source_rank,
            values,
        });
    }
    // In one order, whatever the order of the members: which of three comes first may depend on which two meet.
    said.sort_by_key(|said| said.identity);
    for at in 0..said.len() {
        said[at].frequency = said.iter().filter(|other| other.values == said[at].values).count();
    }
    let first = said.iter().min_by(|a, b| rank(a, b, for_life).0)?;
    // What decided is what parts the winner from the best of those that say otherwise.
    let other = said.iter().filter(|other| other.values != first.values).min_by(|a, b| rank(a, b, for_life).0);
    let reason = match other {
        None if said.len() == 1 => Reason::Only,
        None => Reason::Agreed,
        Some(other) => rank(first, other, for_life).1,
    };
    Some(Survivor { member: first.member, reason })
}

/// Which of two comes first, and what decided.
fn rank(a: &Said<'_>, b: &Said<'_>, for_life: bool) -> (Ordering, Reason) {
    let recent = (b.changed.cmp(&a.changed), Reason::MostRecent);
    let frequent = (b.frequency.cmp(&a.frequency), Reason::MostFrequent);
    let complete = (completeness(a, b), Reason::MostComplete);
    // A year alone is no rival of the whole date.
    let preferred = (a.source_rank.cmp(&b.source_rank), Reason::PreferredSource);
    let order =
        if for_life { [preferred, complete, frequent, recent] } else { [preferred, recent, frequent, complete] };
    let decided = order.into_iter().find(|(order, _)| *order != Ordering::Equal);
    decided.unwrap_or((a.identity.cmp(&b.identity), Reason::SmallestId))
}

/// More columns filled, or a text that holds the other's: a whole date beside its year, a telephone number with its area code.
fn completeness(a: &Said<'_>, b: &Said<'_>) -> Ordering {
    let text = |said: &Said<'_>| said.values.iter().filter_map(|value| value.as_str()).collect::<Vec<_>>().join(" ");
    b.filled.cmp(&a.filled).then_with(|| {
        let (left, right) = (text(a), text(b));
        right.contains(&left).cmp(&left.contains(&right))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str) -> Vec<Value> {
        let mut values = vec![Value::Null; RecordType::Patient.columns().len()];
        for (name, text) in text.split('|').filter_map(|cell| cell.split_once('=')) {
            values[RecordType::Patient.column_index(name).expect("a column")] = Value::text(text);
        }
        values
    }

    fn id(row: usize) -> ChartId {
        ChartId::derive(&[&[row as u8]])
    }

    /// Which of the rows a column's value comes from, and why; in whatever order the rows stand.
    #[track_caller]
    fn check(rows: &[&str], column: &str, expected: Option<(usize, Reason)>) {
        let values: Vec<Vec<Value>> = rows.iter().map(|row| values(row)).collect();
        let at = RecordType::Patient.column_index(column).expect("a column");
        for turned in [false, true] {
            let mut order: Vec<usize> = (0..rows.len()).collect();
            if turned {
                order.reverse();
            }
            let member = |row: &usize| Member { identity: id(*row), values: &values[*row], source_rank: 0 };
            let members: Vec<Member<'_>> = order.iter().map(member).collect();
            let found = survivors(&members)[at].map(|survivor| (order[survivor.member], survivor.reason));
            assert_eq!(found, expected, "{column}");
            assert_eq!(golden(&members)[at].is_null(), expected.is_none());
        }
    }

    #[test]
    fn what_changes_goes_by_who_changed_last() {
        let rows = ["last_updated=2019-01-01|email=a@example.com|phone_home=1", "last_updated=2020-01-01|phone_home=2"];
        check(&rows, "phone_home", Some((1, Reason::MostRecent)));
        check(&rows, "email", Some((0, Reason::Only)));
        check(&rows, "city", None);
        check(&["phone_home=1", "last_updated=1999-01-01|phone_home=2"], "phone_home", Some((1, Reason::MostRecent)));
        let two = if id(1) < id(2) { 1 } else { 2 };
        check(&["phone_home=1", "phone_home=2", "phone_home=2"], "phone_home", Some((two, Reason::MostFrequent)));
    }

    #[test]
    fn a_name_and_an_address_are_one_registration_s() {
        let rows = [
            "last_updated=2019-01-01|address_line1=1 Elm St|city=Oldtown|postal_code=10001|given_name=Ann|middle_name=B|family_name=Q",
            "last_updated=2020-01-01|address_line1=9 Oak Ave|city=Newtown|given_name=Ann|family_name=R",
        ];
        check(&rows, "city", Some((1, Reason::MostRecent)));
        check(&rows, "postal_code", None);
        check(&rows, "family_name", Some((1, Reason::MostRecent)));
        check(&rows, "middle_name", None);
        check(&["city=Salem", "city=Salem|postal_code=01970"], "city", Some((1, Reason::MostComplete)));
    }

    #[test]
    fn what_is_kept_for_life_goes_by_what_most_say() {
        let rows = ["birth_date=1961-04-09", "birth_date=1961-04-09", "last_updated=2020-01-01|birth_date=1961-04-90"];
        check(&rows[1..], "birth_date", Some((2 - 1, Reason::MostRecent)));
        let found = {
            let values: Vec<Vec<Value>> = rows.iter().map(|row| values(row)).collect();
            let members: Vec<Member<'_>> = values
                .iter()
                .enumerate()
                .map(|(at, values)| Member { identity: id(at), values, source_rank: 0 })
                .collect();
            let at = RecordType::Patient.column_index("birth_date").expect("a column");
            (golden(&members)[at].clone(), survivors(&members)[at].map(|survivor| survivor.reason))
        };
        assert_eq!(found, (Value::text("1961-04-09"), Some(Reason::MostFrequent)));
        check(
            &["birth_date=1961-04-09", "last_updated=2020-01-01|birth_date=1961"],
            "birth_date",
            Some((0, Reason::MostComplete)),
        );
    }

    #[test]
    fn a_preferred_source_comes_first() {
        let values = [values("last_updated=2020-01-01|phone_home=1"), values("last_updated=1999-01-01|phone_home=2")];
        let member = |row: usize| Member { identity: id(row), values: &values[row], source_rank: 1 - row as u32 };
        let at = RecordType::Patient.column_index("phone_home").expect("a column");
        let found = survivors(&[member(0), member(1)])[at];
        assert_eq!(found, Some(Survivor { member: 1, reason: Reason::PreferredSource }));
    }

    #[test]
    fn those_that_agree_and_those_that_nothing_parts() {
        let first = usize::from(id(1) < id(0));
        check(&["phone_home=617-555-0147", "phone_home=555-0147"], "phone_home", Some((0, Reason::MostComplete)));
        check(&["language=en", "language=fr"], "language", Some((first, Reason::SmallestId)));
        let at = RecordType::Patient.column_index("language").expect("a column");
        let one = values("language=en");
        let members = [0, 1].map(|row| Member { identity: id(row), values: &one, source_rank: 0 });
        assert_eq!(survivors(&members)[at].map(|survivor| survivor.reason), Some(Reason::Agreed));
    }
}
