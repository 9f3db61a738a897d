//! Days, and the ways this practice's program wrote them. Proleptic Gregorian, after Hinnant's "chrono-compatible
//! low-level date algorithms" (2013).

/// Days since 1970-01-01.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Day(pub(super) i32);

/// The day of the export: nothing in it has happened later, but for appointments that are booked.
pub(super) const EXPORT_DAY: Day = Day::new(2025, 9, 30);

/// How a column writes its days.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum DateStyle {
    /// 2019-03-04
    Iso,
    /// 03/04/2019, month first
    MonthFirst,
    /// 04/03/2019, day first
    DayFirst,
    /// 03/04/19, month first
    ShortYear,
    /// 04-Mar-2019
    MonthName,
}

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

impl Day {
    pub(super) const fn new(year: i32, month: i32, day: i32) -> Self {
        let year = if month <= 2 { year - 1 } else { year };
        let era = year.div_euclid(400);
        let year_of_era = year - era * 400;
        let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
        Self(era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468)
    }

    /// Year, month and day of the month.
    pub(super) fn civil(self) -> (i32, i32, i32) {
        let days = self.0 + 719_468;
        let era = days.div_euclid(146_097);
        let day_of_era = days - era * 146_097;
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * day_of_year + 2) / 153;
        let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
        let year = year_of_era + era * 400 + i32::from(month <= 2);
        (year, month, day_of_year - (153 * shifted_month + 2) / 5 + 1)
    }

    pub(super) fn plus(self, days: i32) -> Self {
        Self(self.0 + days)
    }

    /// Whole years of somebody born on this day, on `other`, to within a day or two.
    pub(super) fn years_until(self, other: Self) -> i32 {
        (other.0 - self.0) * 4 / 1461
    }

    /// The birth date that results when day and month change places, where that is another real day.
    pub(super) fn swapped(self) -> Option<Self> {
        let (year, month, day) = self.civil();
        (day <= 12 && day != month).then(|| Self::new(year, day, month))
    }

    pub(super) fn write(self, style: DateStyle, out: &mut Vec<u8>) {
        let (year, month, day) = self.civil();
        match style {
            DateStyle::Iso => {
                write_digits(year, 4, out);
                out.push(b'-');
                write_digits(month, 2, out);
                out.push(b'-');
                write_digits(day, 2, out);
            }
            DateStyle::MonthFirst | DateStyle::DayFirst | DateStyle::ShortYear => {
                let (first, second) = if style == DateStyle::DayFirst { (day, month) } else { (month, day) };
                write_digits(first, 2, out);
                out.push(b'/');
                write_digits(second, 2, out);
                out.push(b'/');
                match style {
                    DateStyle::ShortYear => write_digits(year % 100, 2, out),
                    _ => write_digits(year, 4, out),
                }
            }
            DateStyle::MonthName => {
                write_digits(day, 2, out);
                out.push(b'-');
                out.extend_from_slice(MONTHS[month as usize - 1].as_bytes());
                out.push(b'-');
                write_digits(year, 4, out);
            }
        }
    }

    pub(super) fn text(self, style: DateStyle) -> String {
        let mut out = Vec::with_capacity(11);
        self.write(style, &mut out);
        String::from_utf8(out).expect("digits and ASCII letters")
    }
}

/// Appends `number` in decimal, with zeros in front up to `width`.
pub(super) fn write_digits(number: i32, width: usize, out: &mut Vec<u8>) {
    let mut digits = [b'0'; 10];
    let mut rest = number.unsigned_abs();
    let mut position = digits.len();
    while rest > 0 {
        position -= 1;
        digits[position] = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    out.extend_from_slice(&digits[position.min(digits.len() - width)..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_civil_dates_agree() {
        for (day, text) in [
            (Day(0), "1970-01-01"),
            (Day::new(2000, 2, 29), "2000-02-29"),
            (Day::new(1900, 3, 1), "1900-03-01"),
            (Day::new(1931, 12, 31).plus(1), "1932-01-01"),
        ] {
            assert_eq!(day.text(DateStyle::Iso), text);
        }
        for day in (-30_000..30_000).map(Day) {
            let (year, month, of_month) = day.civil();
            assert_eq!(Day::new(year, month, of_month), day);
        }
    }

    #[test]
    fn every_style_of_one_day() {
        let day = Day::new(2019, 3, 4);
        let styles = [
            (DateStyle::MonthFirst, "03/04/2019"),
            (DateStyle::DayFirst, "04/03/2019"),
            (DateStyle::ShortYear, "03/04/19"),
            (DateStyle::MonthName, "04-Mar-2019"),
        ];
        for (style, text) in styles {
            assert_eq!(day.text(style), text);
        }
        assert_eq!(day.swapped(), Some(Day::new(2019, 4, 3)));
        assert_eq!(Day::new(2019, 4, 4).swapped(), None);
        assert_eq!(Day::new(2019, 4, 13).swapped(), None);
    }
}
