//! Truth that no pack can turn off: what is refuted is never active, nobody is born tomorrow, nothing ends before it begins.

use crate::model::{IssueCode, PartialDate, RecordType, Value};

use super::row::stored_date;

/// A value that was taken out of a record, by its column, and why.
pub(super) struct Fault {
    pub column: usize,
    pub code: IssueCode,
}

/// Codes that say "no known allergy" of some kind (SNOMED CT).
const NO_KNOWN_ALLERGY: [&str; 9] = [
    "716186003",
    "160244002",
    "409137002",
    "428607008",
    "429625007",
    "428197003",
    "716184000",
    "716185004",
    "716220001",
];

/// Corrects a record's values where they contradict themselves, and says what was taken out.
pub(super) fn enforce(record: RecordType, values: &mut [Value], as_of: PartialDate) -> Vec<Fault> {
    let mut faults = Vec::new();
    if record == RecordType::Patient || record == RecordType::FamilyMemberHistory {
        births_and_deaths(record, values, as_of, &mut faults);
    }
    for (start, end) in [
        ("period_start", "period_end"),
        ("onset", "abatement"),
        ("start", "end"),
        ("performed_start", "performed_end"),
        ("effective_start", "effective_end"),
    ] {
        if let Some((start, end)) = record.column_index(start).zip(record.column_index(end)) {
            in_order(values, start, end, IssueCode::PeriodReversed, &mut faults);
        }
    }
    if let Some(recorded) = record.column_index("recorded_date").or(record.column_index("last_updated")) {
        not_in_future(values, recorded, as_of, &mut faults);
    }
    not_active(record, values);
    faults
}

/// A registration without name and birth date registers nobody: an emptied row must not blank a person.
pub(super) fn is_nobody(values: &[Value]) -> bool {
    let empty = |name: &str| RecordType::Patient.column_index(name).is_none_or(|index| values[index].is_null());
    ["family_name", "given_name", "birth_date"].iter().all(|name| empty(name))
}

fn births_and_deaths(record: RecordType, values: &mut [Value], as_of: PartialDate, faults: &mut Vec<Fault>) {
    let birth = record.column_index("birth_date").or(record.column_index("born"));
    let Some((birth, death)) = birth.zip(record.column_index("deceased_date")) else { return };
    not_in_future(values, birth, as_of, faults);
    not_in_future(values, death, as_of, faults);
    in_order(values, birth, death, IssueCode::DeathBeforeBirth, faults);
}

fn not_in_future(values: &mut [Value], column: usize, as_of: PartialDate, faults: &mut Vec<Fault>) {
    if stored_date(&values[column]).is_some_and(|date| date.certainly_after(&as_of)) {
        values[column] = Value::Null;
        faults.push(Fault { column, code: IssueCode::DateInFuture });
    }
}

fn in_order(values: &mut [Value], start: usize, end: usize, code: IssueCode, faults: &mut Vec<Fault>) {
    let (Some(from), Some(to)) = (stored_date(&values[start]), stored_date(&values[end])) else { return };
    let reversed = from.certainly_after(&to)
        || (from == to && from.day.is_some() && time_reversed(values[start].as_str(), values[end].as_str()));
    if reversed {
        values[end] = Value::Null;
        faults.push(Fault { column: end, code });
    }
}

/// On one day, by the clock: only where both have a time in the same zone.
fn time_reversed(start: Option<&str>, end: Option<&str>) -> bool {
    let parts = |text: Option<&str>| text.and_then(|text| text.split_once('T')).map(|(_, time)| time.to_owned());
    let (Some(start), Some(end)) = (parts(start), parts(end)) else { return false };
    let zone = |time: &str| time.find(['Z', '+', '-']).map(|at| time[at..].to_owned());
    let clock = |time: &str| time[..time.find(['Z', '+', '-']).unwrap_or(time.len())].to_owned();
    zone(&start) == zone(&end) && clock(&start) > clock(&end) && clock(&start).len() == clock(&end).len()
}

/// Refuted, entered in error, or a statement that there is none: whatever the mapping says, it is not active.
fn not_active(record: RecordType, values: &mut [Value]) {
    let Some(status) = record.column_index("clinical_status") else { return };
    let text = |name: &str| record.column_index(name).and_then(|index| values[index].as_str()).unwrap_or_default();
    let withdrawn = matches!(text("verification_status"), "refuted" | "entered-in-error");
    let denied = record == RecordType::AllergyIntolerance
        && (["code", "code_original"].iter().any(|name| NO_KNOWN_ALLERGY.contains(&text(name)))
            || ["code_text", "code_display", "code_original"].iter().any(|name| says_none(text(name))));
    if withdrawn || denied {
        if values[status].as_str() == Some("active") || denied && values[status].is_null() {
            values[status] = Value::text("inactive");
        }
        if denied
            && let Some(verification) = record.column_index("verification_status")
            && values[verification].as_str() != Some("entered-in-error")
        {
            values[verification] = Value::text("refuted");
        }
    }
}

/// "No known allergies", "NKDA", "none known", "denies allergies".
fn says_none(text: &str) -> bool {
    let text = text.to_lowercase();
    let words: Vec<&str> = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    match words.as_slice() {
        ["nka" | "nkda" | "nkfa" | "none", ..] => words.len() <= 3,
        ["no", "known", ..] | ["no", "allergies" | "allergy", ..] | ["denies", ..] | ["not", "known", ..] => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(record: RecordType, given: &[(&str, &str)]) -> (Vec<Value>, Vec<IssueCode>) {
        let mut values = vec![Value::Null; record.columns().len()];
        for (name, text) in given {
            values[record.column_index(name).expect("a column")] = Value::text(*text);
        }
        let as_of = PartialDate::ymd(2026, 3, 1).expect("a day");
        let faults = enforce(record, &mut values, as_of);
        (values, faults.into_iter().map(|fault| fault.code).collect())
    }

    fn status(given: &[(&str, &str)]) -> String {
        let (values, _) = record(RecordType::AllergyIntolerance, given);
        values[RecordType::AllergyIntolerance.column_index("clinical_status").expect("a column")]
            .as_str()
            .unwrap_or("")
            .to_owned()
    }

    #[test]
    fn what_is_refuted_or_none_is_never_active() {
        for given in [
            &[("clinical_status", "active"), ("verification_status", "refuted")][..],
            &[("clinical_status", "active"), ("verification_status", "entered-in-error")],
            &[("clinical_status", "active"), ("code", "716186003")],
            &[("clinical_status", "active"), ("code_text", "No known drug allergies")],
            &[("clinical_status", "active"), ("code_display", "NKDA")],
            &[("code_text", "Denies any allergy")],
        ] {
            assert_eq!(status(given), "inactive", "{given:?}");
        }
        assert_eq!(status(&[("clinical_status", "active"), ("code_text", "Penicillin")]), "active");
        assert_eq!(status(&[("clinical_status", "active"), ("code_text", "None-such weed pollen mix")]), "active");
    }

    #[test]
    fn impossible_dates_are_taken_out() {
        let patient = |given: &[(&str, &str)]| record(RecordType::Patient, given).1;
        assert_eq!(patient(&[("birth_date", "2031-01-01")]), [IssueCode::DateInFuture]);
        assert_eq!(
            patient(&[("birth_date", "1980-05-01"), ("deceased_date", "1979-01-01")]),
            [IssueCode::DeathBeforeBirth]
        );
        assert_eq!(patient(&[("birth_date", "1980"), ("deceased_date", "1980-01-01")]), []);
        let encounter =
            |start: &str, end: &str| record(RecordType::Encounter, &[("period_start", start), ("period_end", end)]).1;
        assert_eq!(encounter("2020-01-02", "2020-01-01"), [IssueCode::PeriodReversed]);
        assert_eq!(encounter("2020-01-02T10:00:00Z", "2020-01-02T09:00:00Z"), [IssueCode::PeriodReversed]);
        assert_eq!(encounter("2020-01-02T10:00:00Z", "2020-01-02T09:00:00-05:00"), []);
    }
}
