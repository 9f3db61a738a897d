//! Dates that programs write as one number: VA FileMan's, and the days that spreadsheets count.

use crate::connector::Serial;
use crate::model::{IssueCode, PartialDate};

use super::Transformed;
use super::date::{DateAndTime, plausible};

/// Reads a number as a date, with its time of day where it has one.
pub fn parse_serial(text: &str, serial: Serial) -> Transformed<DateAndTime> {
    let read = match serial {
        Serial::FileMan => fileman(text),
        Serial::Excel => excel(text, false),
        Serial::Excel1904 => excel(text, true),
    };
    let DateAndTime { date, time } = read.ok_or(IssueCode::DateInvalid)?;
    Ok(DateAndTime { date: plausible(date)?, time })
}

/// `CYYMMDD.HHMMSS`: years from 1700, month and day 00 where they are not known, zeros at the end of the time left out (VA FileMan Developer's
/// Guide, "Data storage conventions").
fn fileman(text: &str) -> Option<DateAndTime> {
    let (day, time) = text.split_once('.').unwrap_or((text, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if day.len() != 7 || time.len() > 6 || !digits(day) || !digits(time) {
        return None;
    }
    let number = |text: &str| text.parse::<i16>().ok();
    let (year, month, day) = (number(&day[..3])? + 1700, number(&day[3..5])? as u8, number(&day[5..])? as u8);
    let date = match (month, day) {
        (0, 0) => PartialDate { year, month: None, day: None },
        (1..=12, 0) => PartialDate { year, month: Some(month), day: None },
        _ => PartialDate::ymd(year, month, day)?,
    };
    if time.is_empty() {
        return Some(DateAndTime { date, time: String::new() });
    }
    date.day?;
    let padded = format!("{time:0<6}");
    let (hour, minute, second) = (&padded[..2], &padded[2..4], &padded[4..]);
    match (number(hour)?, number(minute)?, number(second)?) {
        // The midnight that ends a day begins the next one.
        (24, 0, 0) => Some(DateAndTime { date: after(date, 1)?, time: "T00:00".into() }),
        (0..=23, 0..=59, 0..=59) if time.len() > 4 => {
            Some(DateAndTime { date, time: format!("T{hour}:{minute}:{second}") })
        }
        (0..=23, 0..=59, 0) => Some(DateAndTime { date, time: format!("T{hour}:{minute}") }),
        _ => None,
    }
}

/// Days since the end of 1899, or since the first day of 1904, and the part of the day that is over. Spreadsheets have a 29 February 1900, which
/// there was not: day 60 is none.
fn excel(text: &str, since_1904: bool) -> Option<DateAndTime> {
    const SECONDS: f64 = 86_400.0;
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let number: f64 = text.parse().ok().filter(|number| plain && (0.0..2_958_466.0).contains(number))?;
    let mut days = number.trunc() as i64;
    // A year that somebody typed where days are counted.
    if text.len() == 4 && (1850..=2100).contains(&days) {
        return None;
    }
    let mut seconds = ((number - number.trunc()) * SECONDS).round() as u32;
    if seconds == 86_400 {
        (days, seconds) = (days + 1, 0);
    }
    let date = match days {
        _ if since_1904 => after(PartialDate::ymd(1904, 1, 1)?, days)?,
        1..=59 => after(PartialDate::ymd(1899, 12, 31)?, days)?,
        61.. => after(PartialDate::ymd(1899, 12, 30)?, days)?,
        _ => return None,
    };
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let time = match (seconds, second) {
        (0, _) => String::new(),
        (_, 0) => format!("T{hour:02}:{minute:02}"),
        _ => format!("T{hour:02}:{minute:02}:{second:02}"),
    };
    Some(DateAndTime { date, time })
}

fn after(date: PartialDate, days: i64) -> Option<PartialDate> {
    let date = jiff::civil::Date::new(date.year, date.month? as i8, date.day? as i8).ok()?;
    let date = date.checked_add(jiff::Span::new().try_days(days).ok()?).ok()?;
    PartialDate::ymd(date.year(), date.month() as u8, date.day() as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(serial: Serial, text: &str, expected: Option<&str>) {
        let found = parse_serial(text, serial).ok().map(|read| read.iso());
        assert_eq!(found.as_deref(), expected, "{text}");
    }

    #[test]
    fn fileman_dates() {
        for (text, iso) in [
            ("3190304", "2019-03-04"),
            ("3190304.103005", "2019-03-04T10:30:05"),
            ("3190304.1", "2019-03-04T10:00"),
            ("3190304.093", "2019-03-04T09:30"),
            ("3190304.0905", "2019-03-04T09:05"),
            ("3190304.24", "2019-03-05T00:00"),
            ("3190300", "2019-03"),
            ("3190000", "2019"),
            ("2450101", "1945-01-01"),
            ("1991231", "1899-12-31"),
        ] {
            check(Serial::FileMan, text, Some(iso));
        }
        for text in [
            "",
            "319030",
            "3191304",
            "3190230",
            "3190304.25",
            "3190304.0960",
            "20190304",
            "3190300.1",
            "319030A",
            "0500101",
        ] {
            check(Serial::FileMan, text, None);
        }
    }

    #[test]
    fn spreadsheets_days() {
        for (text, iso) in [
            ("43528", "2019-03-04"),
            ("43528.0", "2019-03-04"),
            ("43528.4375", "2019-03-04T10:30"),
            ("43528.437557870369", "2019-03-04T10:30:05"),
            ("43528.999999999", "2019-03-05"),
            ("1", "1900-01-01"),
            ("59", "1900-02-28"),
            ("61", "1900-03-01"),
        ] {
            check(Serial::Excel, text, Some(iso));
        }
        for text in ["", "0", "60", "-1", "1e5", "NaN", "43528x", "9999999", "2019-03-04"] {
            check(Serial::Excel, text, None);
        }
        check(Serial::Excel1904, "42066", Some("2019-03-04"));
        check(Serial::Excel1904, "0", Some("1904-01-01"));
    }
}
