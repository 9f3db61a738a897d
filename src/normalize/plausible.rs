//! What is likely a slip of the pen or of the unit: told, and charted as the source says. Bounds are of the living, wide on purpose: whoever
//! lies beyond them was measured wrongly, written down wrongly, or read in another unit.

mod age;

use std::sync::LazyLock;

use super::row::stored_date;
use super::truth::Fault;
use super::ucum;
use crate::model::{IssueCode, PartialDate, RecordType, Value};

pub use age::doubts_of_age;

/// LOINC codes of one measurement, a unit in UCUM, and the lowest and the highest number in it. They hold from the smallest child born too early to
/// the records of adults who lived.
struct Bounds {
    codes: &'static [&'static str],
    unit: &'static str,
    low: f64,
    high: f64,
}

const fn bounds(codes: &'static [&'static str], unit: &'static str, low: f64, high: f64) -> Bounds {
    Bounds { codes, unit, low, high }
}

const GLUCOSE: &[&str] = &["2339-0", "2345-7"];

/// A measurement in another unit is turned into the one here; glucose has two that do not turn into each other.
const BOUNDS: &[Bounds] = &[
    bounds(&["8310-5", "8331-1", "8332-9", "8333-7"], "Cel", 11.0, 47.0),
    bounds(&["8480-6"], "mm[Hg]", 20.0, 400.0),
    bounds(&["8462-4"], "mm[Hg]", 0.0, 360.0),
    bounds(&["8867-4"], "/min", 10.0, 500.0),
    bounds(&["9279-1"], "/min", 2.0, 150.0),
    bounds(&["2708-6", "59408-5", "2710-2"], "%", 10.0, 100.0),
    bounds(&["29463-7", "3141-9", "8335-2"], "kg", 0.2, 650.0),
    bounds(&["8302-2", "8308-9", "3137-7"], "cm", 20.0, 275.0),
    bounds(&["39156-5"], "kg/m2", 4.0, 260.0),
    bounds(&["4548-4", "17856-6"], "%", 2.0, 25.0),
    bounds(GLUCOSE, "mg/dL", 5.0, 3000.0),
    bounds(GLUCOSE, "mmol/L", 0.3, 167.0),
    bounds(&["15074-8"], "mmol/L", 0.3, 167.0),
    bounds(&["718-7"], "g/dL", 0.5, 30.0),
    bounds(&["4544-3", "20570-8"], "%", 2.0, 80.0),
    bounds(&["2823-3"], "mmol/L", 0.8, 15.0),
    bounds(&["2951-2"], "mmol/L", 80.0, 260.0),
    bounds(&["2160-0"], "mg/dL", 0.02, 100.0),
    bounds(&["2093-3"], "mg/dL", 5.0, 3000.0),
];

/// Days that programs write where they know none: where spreadsheets and databases begin to count.
const SENTINELS: [(i16, u8, u8); 6] =
    [(1753, 1, 1), (1800, 1, 1), (1840, 12, 31), (1899, 12, 30), (1899, 12, 31), (1900, 1, 1)];

pub(super) fn is_sentinel(date: PartialDate) -> bool {
    SENTINELS.iter().any(|(year, month, day)| PartialDate::ymd(*year, *month, *day) == Some(date))
}

/// What turning a unit into another may cost.
const ROUNDING: f64 = 1e-6;

const LOINC: &str = "http://loinc.org";

/// The columns of a record type that these rules speak of.
#[derive(Default)]
struct Places {
    /// When something happened that is told of as done.
    happened: Vec<usize>,
    /// Those, and when somebody was born.
    days: Vec<usize>,
    status: Option<usize>,
    /// Words of the status that say that it goes on, and the columns that say that it has ended.
    goes_on: &'static [&'static str],
    ends: Vec<usize>,
    /// Of an observation: code, system, number, unit, comparator.
    measured: Option<[usize; 4]>,
}

impl Places {
    fn of(record: RecordType) -> &'static Self {
        static PLACES: LazyLock<Vec<Places>> =
            LazyLock::new(|| RecordType::ALL.iter().map(|record| Places::new(*record)).collect());
        &PLACES[RecordType::ALL.iter().position(|other| *other == record).unwrap_or_default()]
    }

    fn new(record: RecordType) -> Self {
        use RecordType::*;
        let find = |name: &str| record.column_index(name);
        let (happened, status, goes_on, ends): (&[&str], &str, &'static [&'static str], &[&str]) = match record {
            Encounter => (&["period_start"], "status", &[], &[]),
            Observation => (&["effective"], "status", &[], &[]),
            Immunization => (&["occurrence"], "status", &[], &[]),
            Procedure => (&["performed_start"], "status", &[], &[]),
            DiagnosticReport => (&["effective", "issued"], "status", &[], &[]),
            DocumentReference => (&["date"], "status", &[], &[]),
            Condition => (&["onset"], "clinical_status", &["active", "recurrence", "relapse"], &["abatement"]),
            AllergyIntolerance => (&["onset"], "clinical_status", &["active"], &["abatement"]),
            MedicationStatement => (&["effective_start"], "status", &["active", "on-hold"], &["effective_end"]),
            MedicationRequest => (&["authored_on"], "status", &["active", "on-hold"], &["period_end"]),
            MedicationDispense => (&["when_handed_over"], "status", &[], &[]),
            _ => (&[], "", &[], &[]),
        };
        let all = |names: &[&str]| names.iter().filter_map(|name| find(name)).collect::<Vec<_>>();
        let measured = all(&["code", "code_system", "value_quantity", "value_unit"]);
        let measured = <[usize; 4]>::try_from(measured).ok().filter(|_| record == Observation);
        let happened = all(happened);
        let births = find("birth_date").filter(|_| record == Patient);
        let days = happened.iter().copied().chain(births).collect();
        Self { happened, days, status: find(status), goes_on, ends: all(ends), measured }
    }
}

/// Words of statuses that say that something is only planned, or never was.
const NOT_DONE: [&str; 9] = [
    "planned",
    "preparation",
    "intended",
    "draft",
    "registered",
    "not-done",
    "cancelled",
    "entered-in-error",
    "not-taken",
];

/// Whether what somebody's age tells may put a value of this column in doubt.
pub(super) fn is_of_age(record: RecordType, column: usize) -> bool {
    let places = Places::of(record);
    places.happened.contains(&column) || places.measured.is_some_and(|[_, _, number, _]| number == column)
}

pub(super) fn doubts(record: RecordType, values: &[Value], as_of: PartialDate, faults: &mut Vec<Fault>) {
    let places = Places::of(record);
    let status = places.status.and_then(|at| values[at].as_str()).unwrap_or_default();
    let is_after = |at: usize| stored_date(&values[at]).is_some_and(|date| date.certainly_after(&as_of));
    let is_sentinel = |at: &usize| stored_date(&values[*at]).is_some_and(is_sentinel);
    let sentinels = places.days.iter().copied().filter(is_sentinel);
    faults.extend(sentinels.map(|column| Fault { column, code: IssueCode::ValuePlaceholder }));
    if !NOT_DONE.contains(&status) {
        let future = places.happened.iter().copied().filter(|at| is_after(*at));
        faults.extend(future.map(|column| Fault { column, code: IssueCode::DateImplausible }));
    }
    if places.goes_on.contains(&status) {
        let has_ended = |at: &usize| stored_date(&values[*at]).is_some_and(|end| as_of.certainly_after(&end));
        let ended = places.ends.iter().copied().filter(has_ended);
        faults.extend(ended.map(|column| Fault { column, code: IssueCode::StatusContradicted }));
    }
    if let Some([code, system, number, unit]) = places.measured
        && values[system].as_str() == Some(LOINC)
        && let Value::Real(value) = values[number]
        && let (Some(code), Some(unit)) = (values[code].as_str(), values[unit].as_str())
    {
        let of_code = BOUNDS.iter().filter(|of| of.codes.contains(&code));
        let measured = of_code.into_iter().find_map(|of| Some((of, ucum::convert(value, unit, of.unit)?)));
        if measured.is_some_and(|(of, value)| value < of.low - ROUNDING || value > of.high + ROUNDING) {
            faults.push(Fault { column: number, code: IssueCode::ValueImplausible });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(record: RecordType, given: &[(&str, &str)], expected: &[IssueCode]) {
        let mut values = vec![Value::Null; record.columns().len()];
        for (name, text) in given {
            let number = text.parse::<f64>().ok().filter(|_| *name == "value_quantity");
            values[record.column_index(name).expect("a column")] = number.map_or(Value::text(*text), Value::Real);
        }
        let mut faults = Vec::new();
        doubts(record, &values, PartialDate::ymd(2026, 3, 1).expect("a day"), &mut faults);
        assert_eq!(faults.iter().map(|fault| fault.code).collect::<Vec<_>>(), expected, "{given:?}");
    }

    #[test]
    fn numbers_beyond_the_living_are_told() {
        let measured = |code: &str, number: &str, unit: &str, is_told: bool| {
            let given = [("code", code), ("code_system", LOINC), ("value_quantity", number), ("value_unit", unit)];
            check(RecordType::Observation, &given, if is_told { &[IssueCode::ValueImplausible] } else { &[] });
        };
        measured("8310-5", "37.2", "°F", true);
        measured("8310-5", "37.2", "Cel", false);
        measured("8310-5", "98.6", "[degF]", false);
        measured("8310-5", "98.6", "C", true);
        measured("29463-7", "3.2", "kg", false);
        measured("29463-7", "1650", "lb", true);
        measured("8302-2", "1.75", "cm", true);
        measured("8480-6", "1300", "mm[Hg]", true);
        measured("2708-6", "0.97", "%", true);
        measured("2339-0", "104", "mg/dL", false);
        measured("8310-5", "37.2", "K", true);
        measured("8310-5", "310.2", "K", false);
        // The same measurement in whatever unit; the smallest child and the largest man.
        for (number, unit) in [("0.21", "kg"), ("212", "g"), ("7.5", "oz"), ("635", "kg"), ("1400", "lbs")] {
            measured("29463-7", number, unit, false);
        }
        for (number, unit) in [("24", "cm"), ("9.5", "in"), ("8.9", "ft"), ("2.72", "m"), ("1750", "mm")] {
            measured("8302-2", number, unit, false);
        }
        for (number, unit, is_told) in [("70", "in", false), ("70", "ft", true), ("70", "m", true), ("5.9", "cm", true)]
        {
            measured("8302-2", number, unit, is_told);
        }
        measured("8867-4", "220", "bpm", false);
        measured("8480-6", "16", "kPa", false);
        measured("718-7", "140", "g/L", false);
        measured("718-7", "140", "g/dL", true);
        measured("2823-3", "4.1", "mEq/L", false);
        measured("2823-3", "41", "mEq/L", true);
        measured("2345-7", "5.5", "mmol/L", false);
        measured("2345-7", "550", "mmol/L", true);
        // A unit that nobody knows says nothing, and neither does one of something else.
        measured("8310-5", "37.2", "points", false);
        measured("29463-7", "1000", "cm", false);
        measured("1-8", "1e9", "mg/dL", false);
    }

    #[test]
    fn days_that_stand_for_none_are_told() {
        let told = &[IssueCode::ValuePlaceholder][..];
        for (day, told) in [("1900-01-01", told), ("1753-01-01", told), ("1900", &[]), ("1900-01-02", &[])] {
            check(RecordType::Patient, &[("birth_date", day)], told);
            check(RecordType::Condition, &[("onset", day)], told);
        }
        check(RecordType::Observation, &[("effective", "1900-01-01T00:00")], told);
    }

    #[test]
    fn what_has_happened_has_not_happened_tomorrow() {
        let told = &[IssueCode::DateImplausible][..];
        check(RecordType::Encounter, &[("status", "finished"), ("period_start", "2091-01-01")], told);
        check(RecordType::Encounter, &[("status", "planned"), ("period_start", "2091-01-01")], &[]);
        check(RecordType::Encounter, &[("period_start", "2026-03-01")], &[]);
        check(RecordType::Immunization, &[("status", "completed"), ("occurrence", "2027")], told);
        check(RecordType::Immunization, &[("status", "not-done"), ("occurrence", "2027")], &[]);
        check(RecordType::Appointment, &[("status", "booked"), ("start", "2091-01-01")], &[]);
    }

    #[test]
    fn what_has_ended_does_not_go_on() {
        let told = &[IssueCode::StatusContradicted][..];
        check(RecordType::MedicationStatement, &[("status", "active"), ("effective_end", "2019-01-01")], told);
        check(RecordType::MedicationStatement, &[("status", "active"), ("effective_end", "2027-01-01")], &[]);
        check(RecordType::MedicationStatement, &[("status", "stopped"), ("effective_end", "2019-01-01")], &[]);
        check(RecordType::Condition, &[("clinical_status", "active"), ("abatement", "2019")], told);
        check(RecordType::Condition, &[("clinical_status", "active"), ("abatement", "2026")], &[]);
    }
}
