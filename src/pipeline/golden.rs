//! Survivorship: the one set of demographics a patient is shown with, out of all of its registrations.

use crate::model::{ChartId, RecordType, Value};

/// One registration's demographics.
#[derive(Clone, Debug)]
pub struct Member<'a> {
    pub identity: ChartId,
    pub values: &'a [Value],
}

/// Field by field, the value of the registration that its source changed last; where sources give no date, or the same, of
/// the one with the smallest id. The order of arrival does not matter.
pub fn golden(members: &[Member<'_>]) -> Vec<Value> {
    let updated = RecordType::Patient.column_index("last_updated");
    let date = |member: &Member<'_>| updated.and_then(|at| member.values[at].as_str().map(str::to_owned));
    let mut order: Vec<(Option<String>, &Member<'_>)> = members.iter().map(|member| (date(member), member)).collect();
    // Later dates first; without a date last; then by identity.
    order.sort_by(|(a, left), (b, right)| b.cmp(a).then(left.identity.cmp(&right.identity)));
    (0..RecordType::Patient.columns().len())
        .map(|column| {
            order
                .iter()
                .map(|(_, member)| &member.values[column])
                .find(|value| !value.is_null())
                .cloned()
                .unwrap_or_default()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(given: &[(&str, &str)]) -> Vec<Value> {
        let mut values = vec![Value::Null; RecordType::Patient.columns().len()];
        for (name, text) in given {
            values[RecordType::Patient.column_index(name).expect("a column")] = Value::text(*text);
        }
        values
    }

    #[test]
    fn the_latest_source_wins_and_fills_are_taken_from_the_others() {
        let ids = [ChartId::derive(&[b"1"]), ChartId::derive(&[b"2"])];
        let old = values(&[("last_updated", "2019-01-01"), ("city", "Oldtown"), ("email", "a@example.com")]);
        let new = values(&[("last_updated", "2020-01-01"), ("city", "Newtown")]);
        let member = |at: usize, values| Member { identity: ids[at], values };
        for members in [[member(0, &old[..]), member(1, &new[..])], [member(1, &new[..]), member(0, &old[..])]] {
            let golden = golden(&members);
            let get =
                |name| golden[RecordType::Patient.column_index(name).expect("a column")].as_str().map(str::to_owned);
            assert_eq!(get("city").as_deref(), Some("Newtown"));
            assert_eq!(get("email").as_deref(), Some("a@example.com"));
        }
    }
}
