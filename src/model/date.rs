//! Dates as charts have them: a year, a month of a year, or a day. Precision is never invented.

use std::fmt;

/// A calendar date of known precision, FHIR R4 `date`: `2007`, `2007-03` or `2007-03-05`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PartialDate {
    pub year: i16,
    pub month: Option<u8>,
    pub day: Option<u8>,
}

impl PartialDate {
    /// A date that exists in the calendar, or `None` (31 February, month 13, a day without a month, year 0).
    pub fn new(year: i16, month: Option<u8>, day: Option<u8>) -> Option<Self> {
        let real = match (month, day) {
            (None, None) => true,
            (Some(month), None) => (1..=12).contains(&month),
            (Some(month), Some(day)) => {
                jiff::civil::Date::new(year, month as i8, day as i8).is_ok() && day <= 31 && month <= 12
            }
            (None, Some(_)) => false,
        };
        (real && (1..=9999).contains(&year)).then_some(Self { year, month, day })
    }

    pub fn ymd(year: i16, month: u8, day: u8) -> Option<Self> {
        Self::new(year, Some(month), Some(day))
    }

    /// Reads `YYYY`, `YYYY-MM`, `YYYY-MM-DD`, and the date part of an ISO date and time.
    pub fn parse_iso(text: &str) -> Option<Self> {
        let text = text.split(['T', ' ']).next()?;
        let mut parts = text.split('-');
        let year = digits(parts.next()?, 4)?;
        let month = parts.next().map(|part| digits(part, 2)).map_or(Some(None), |part| part.map(Some))?;
        let day = parts.next().map(|part| digits(part, 2)).map_or(Some(None), |part| part.map(Some))?;
        if parts.next().is_some() {
            return None;
        }
        Self::new(year as i16, month.map(|m| m as u8), day.map(|d| d as u8))
    }

    /// The first and the last day that it may be, in days since 1970.
    pub fn days(&self) -> (i64, i64) {
        let day = |month: u8, day: u8| {
            let date = jiff::civil::Date::new(self.year, month as i8, day as i8).unwrap_or_default();
            (date - jiff::civil::Date::new(1970, 1, 1).unwrap_or_default()).get_days()
        };
        let last_of = |month: u8| {
            let first = jiff::civil::Date::new(self.year, month as i8, 1).unwrap_or_default();
            first.days_in_month() as u8
        };
        let (first, last) = match (self.month, self.day) {
            (Some(month), Some(of_month)) => (day(month, of_month), day(month, of_month)),
            (Some(month), None) => (day(month, 1), day(month, last_of(month))),
            (None, _) => (day(1, 1), day(12, 31)),
        };
        (i64::from(first), i64::from(last))
    }

    /// Whether `self` is certainly after `other`, as far as both precisions tell: 2007 is not certainly after 2007-03.
    pub fn certainly_after(&self, other: &Self) -> bool {
        if self.year != other.year {
            return self.year > other.year;
        }
        match (self.month, other.month) {
            (Some(a), Some(b)) if a != b => a > b,
            (Some(_), Some(_)) => matches!((self.day, other.day), (Some(a), Some(b)) if a > b),
            _ => false,
        }
    }
}

fn digits(text: &str, width: usize) -> Option<u16> {
    (text.len() == width && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?
}

impl fmt::Display for PartialDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Written digit by digit: a load prints tens of millions of dates.
        let digit = |number: i16| b'0' + (number % 10) as u8;
        let year = self.year.clamp(0, 9999);
        let mut text = *b"0000-00-00";
        for (at, power) in [1000, 100, 10, 1].into_iter().enumerate() {
            text[at] = digit(year / power);
        }
        let mut length = 4;
        for part in [self.month, self.day].into_iter().flatten().map(i16::from) {
            (text[length + 1], text[length + 2]) = (digit(part / 10), digit(part));
            length += 3;
        }
        f.write_str(std::str::from_utf8(&text[..length]).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_real_dates_exist() {
        assert!(PartialDate::ymd(2024, 2, 29).is_some());
        assert!(PartialDate::ymd(2023, 2, 29).is_none());
        assert!(PartialDate::ymd(2023, 2, 31).is_none());
        assert!(PartialDate::new(2023, None, Some(3)).is_none());
        assert!(PartialDate::new(2023, Some(13), None).is_none());
    }

    #[test]
    fn iso_keeps_its_precision() {
        for text in ["2007", "2007-03", "2007-03-05"] {
            assert_eq!(PartialDate::parse_iso(text).map(|d| d.to_string()).as_deref(), Some(text));
        }
        assert_eq!(PartialDate::parse_iso("2007-03-05T10:00:00Z"), PartialDate::ymd(2007, 3, 5));
        for text in ["207", "2007-3", "2007-03-32", "2007-03-05-01", "", "20a7"] {
            assert_eq!(PartialDate::parse_iso(text), None, "{text}");
        }
    }

    #[test]
    fn a_date_is_one_of_its_days() {
        for (text, days) in [
            ("1970-01-01", (0, 0)),
            ("1970-02", (31, 58)),
            ("1972-02", (761, 789)),
            ("1969", (-365, -1)),
            ("2000-03-01", (11_017, 11_017)),
        ] {
            assert_eq!(PartialDate::parse_iso(text).map(|date| date.days()), Some(days), "{text}");
        }
    }

    #[test]
    fn an_unknown_month_is_not_certainly_later() {
        let year = PartialDate::new(2007, None, None).expect("a year");
        let month = PartialDate::new(2007, Some(3), None).expect("a month");
        assert!(!year.certainly_after(&month) && !month.certainly_after(&year));
        assert!(PartialDate::ymd(2007, 4, 1).expect("a day").certainly_after(&month));
    }
}
