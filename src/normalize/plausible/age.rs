//! What cannot well be of somebody of that age: done before the birth, or a number that nobody so young or so grown has. Told, and charted as the
//! source says; a row of another person's is often found by it.
//!
//! Bounds lie far beyond the outermost curves of the WHO Child Growth Standards and the CDC growth charts, and of adults beyond those who lived.

use super::super::row::stored_date;
use super::super::ucum;
use super::{LOINC, NOT_DONE, Places, ROUNDING, is_sentinel};
use crate::model::{IssueCode, PartialDate, RecordType, Value};

/// Who is not born yet is seen, measured and treated all the same.
const PREGNANCY_DAYS: i64 = 300;

const MONTH: i64 = 31;
const YEAR: i64 = 366;
/// No end.
const ON: i64 = i64::MAX;

/// Bounds until an age in days, one after the other.
struct Ages {
    codes: &'static [&'static str],
    unit: &'static str,
    /// Age at its end, lowest and highest number.
    until: &'static [(i64, f64, f64)],
}

const AGES: &[Ages] = &[
    Ages {
        codes: &["29463-7", "3141-9", "8335-2", "8339-4"],
        unit: "kg",
        until: &[
            (MONTH, 0.2, 10.0),
            (YEAR, 0.3, 20.0),
            (2 * YEAR, 2.0, 35.0),
            (6 * YEAR, 4.0, 110.0),
            (12 * YEAR, 7.0, 250.0),
            (18 * YEAR, 10.0, 450.0),
            (ON, 12.0, 650.0),
        ],
    },
    Ages {
        codes: &["8302-2", "8308-9", "3137-7", "8306-3"],
        unit: "cm",
        until: &[
            (MONTH, 20.0, 75.0),
            (YEAR, 20.0, 100.0),
            (3 * YEAR, 40.0, 130.0),
            (6 * YEAR, 45.0, 165.0),
            (12 * YEAR, 50.0, 220.0),
            (ON, 50.0, 275.0),
        ],
    },
    Ages {
        codes: &["9843-4", "8287-5"],
        unit: "cm",
        until: &[(MONTH, 15.0, 50.0), (3 * YEAR, 20.0, 65.0), (ON, 35.0, 80.0)],
    },
    Ages { codes: &["8480-6"], unit: "mm[Hg]", until: &[(MONTH, 15.0, 180.0), (YEAR, 20.0, 220.0), (ON, 20.0, 400.0)] },
    Ages { codes: &["8867-4"], unit: "/min", until: &[(18 * YEAR, 10.0, 500.0), (ON, 10.0, 350.0)] },
    Ages { codes: &["9279-1"], unit: "/min", until: &[(18 * YEAR, 2.0, 150.0), (ON, 2.0, 90.0)] },
];

/// The columns of a record in doubt, each with why. `born`: as its registration says.
pub fn doubts_of_age(record: RecordType, values: &[Value], born: PartialDate) -> Vec<(usize, IssueCode)> {
    if is_sentinel(born) {
        return Vec::new();
    }
    let places = Places::of(record);
    let status = places.status.and_then(|at| values[at].as_str()).unwrap_or_default();
    if NOT_DONE.contains(&status) {
        return Vec::new();
    }
    let (first, last) = born.days();
    let is_before = |at: &usize| stored_date(&values[*at]).is_some_and(|date| date.days().1 < first - PREGNANCY_DAYS);
    let mut doubts: Vec<(usize, IssueCode)> =
        places.happened.iter().copied().filter(is_before).map(|at| (at, IssueCode::DateImplausible)).collect();
    if let Some([code, system, number, unit]) = places.measured
        && values[system].as_str() == Some(LOINC)
        && let Value::Real(value) = values[number]
        && let (Some(code), Some(unit)) = (values[code].as_str(), values[unit].as_str())
        && let Some(date) = places.happened.first().and_then(|at| stored_date(&values[*at]))
        && let Some(of) = AGES.iter().find(|of| of.codes.contains(&code))
        && let Some(value) = ucum::convert(value, unit, of.unit)
    {
        let (from, to) = date.days();
        if of.is_beyond(value, (from - last, to - first)) {
            doubts.push((number, IssueCode::ValueImplausible));
        }
    }
    doubts
}

impl Ages {
    /// Whether nobody between two ages, in days, has such a number.
    fn is_beyond(&self, value: f64, (youngest, oldest): (i64, i64)) -> bool {
        let starts = std::iter::once(i64::MIN).chain(self.until.iter().map(|(until, ..)| *until));
        let mut possible = starts.zip(self.until).filter(|(start, (until, ..))| *start <= oldest && youngest < *until);
        oldest >= 0 && possible.all(|(_, (_, low, high))| value < low - ROUNDING || value > high + ROUNDING)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> PartialDate {
        PartialDate::parse_iso(text).expect("a date")
    }

    fn check(of: (&str, f64, &str), effective: &str, born: &str, expected: &[(&str, IssueCode)]) {
        let record = RecordType::Observation;
        let mut values = vec![Value::Null; record.columns().len()];
        let mut put = |name: &str, value: Value| values[record.column_index(name).expect("a column")] = value;
        put("status", Value::text("final"));
        put("code", Value::text(of.0));
        put("code_system", Value::text(LOINC));
        put("value_quantity", Value::Real(of.1));
        put("value_unit", Value::text(of.2));
        put("effective", Value::text(effective));
        let found = doubts_of_age(record, &values, date(born));
        let named: Vec<(&str, IssueCode)> =
            found.into_iter().map(|(at, code)| (record.columns()[at].name, code)).collect();
        assert_eq!(named, expected, "{of:?} on {effective} of somebody born {born}");
        values[record.column_index("status").expect("a column")] = Value::text("cancelled");
        assert_eq!(doubts_of_age(record, &values, date(born)), [], "what was not done is in no doubt");
    }

    #[test]
    fn numbers_are_held_to_the_age() {
        let weight = |kg: f64| ("29463-7", kg, "kg");
        let beyond = &[("value_quantity", IssueCode::ValueImplausible)];
        for (kg, effective, born, is_beyond) in [
            (70.0, "2024-03-05", "2024-03-01", true),
            (3.4, "2024-03-05", "2024-03-01", false),
            (3.4, "2024-03-05", "1950-03-01", true),
            (70.0, "2024-03-05", "1950", false),
            // Nobody knows whether it is a newborn.
            (3.4, "2024-03", "2024", false),
            (12.0, "2024", "2023", false),
            (60.0, "2024", "2023", true),
            // As heavy as 70 kg in pounds.
            (154.0, "2024-03-05T10:00:00Z", "2022-03-01", true),
        ] {
            check(weight(kg), effective, born, if is_beyond { beyond } else { &[] });
        }
        check(("29463-7", 20.0, "[lb_av]"), "2024-09-05", "2024-01-01", &[]);
        check(("8302-2", 60.0, "[in_i]"), "2024-09-05", "2024-01-01", beyond);
        check(("8302-2", 60.0, "furlong"), "2024-09-05", "2024-01-01", &[]);
        check(("2345-7", 9000.0, "mg/dL"), "2024-09-05", "2024-01-01", &[]);
    }

    #[test]
    fn nothing_is_done_long_before_the_birth() {
        let glucose = ("2345-7", 90.0, "mg/dL");
        let before = &[("effective", IssueCode::DateImplausible)];
        check(glucose, "2019-03-05", "2020-03-04", before);
        check(glucose, "2019", "2020-12", before);
        for (effective, born) in [("2019-12-05", "2020-03-04"), ("2020", "2020-12-31"), ("2020-03-04", "2020-03-04")] {
            check(glucose, effective, born, &[]);
        }
    }
}
