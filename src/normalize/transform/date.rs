//! Dates: every usual spelling, partial ones with their precision, and no guess between day and month.

use crate::connector::DateOrder;
use crate::model::{IssueCode, PartialDate};

use super::Transformed;

/// What a text proves about the order of day and month in its column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    pub day_first: bool,
    pub month_first: bool,
}

impl Evidence {
    pub fn add(&mut self, other: Self) {
        self.day_first |= other.day_first;
        self.month_first |= other.month_first;
    }

    /// The one order that is proven, if just one is.
    pub fn order(self) -> Option<DateOrder> {
        match (self.day_first, self.month_first) {
            (true, false) => Some(DateOrder::DayMonth),
            (false, true) => Some(DateOrder::MonthDay),
            _ => None,
        }
    }
}

/// A date with the time of day that stood behind it, as ISO 8601 text (`T10:30`, `T10:30:05.1Z`), or nothing.
#[derive(Debug, PartialEq, Eq)]
pub struct DateAndTime {
    pub date: PartialDate,
    pub time: String,
}

impl DateAndTime {
    pub fn iso(&self) -> String {
        format!("{}{}", self.date, self.time)
    }
}

/// Reads a date. `order` settles what can be read both ways; without it that is `date_ambiguous`.
pub fn parse_date(text: &str, order: Option<DateOrder>, as_of: PartialDate) -> Transformed<PartialDate> {
    if let Some(date) = iso_day(text.as_bytes()) {
        return plausible(date);
    }
    parse(text, order, as_of).and_then(|parsed| plausible(parsed.date))
}

/// Reads a date with its time of day, where one is given.
pub fn parse_datetime(text: &str, order: Option<DateOrder>, as_of: PartialDate) -> Transformed<DateAndTime> {
    let parsed = parse(text, order, as_of)?;
    plausible(parsed.date)?;
    Ok(parsed)
}

/// `9999-12-31` and `0001-01-01` are what programs write for "never" and "not known", not days of anybody's chart.
pub(super) fn plausible(date: PartialDate) -> Transformed<PartialDate> {
    if (1800..=2200).contains(&date.year) { Ok(date) } else { Err(IssueCode::DateInvalid) }
}

/// What one text proves: `25/12/2019` that the day comes first, `12/25/2019` that the month does, others nothing.
pub fn date_evidence(text: &str) -> Evidence {
    let (date, _) = split_time(text);
    let Some(Parts::Numeric([first, second, third])) = parts_of(date) else { return Evidence::default() };
    if first.width > 2 || !matches!(third.width, 2 | 4) {
        return Evidence::default();
    }
    let (a, b) = (first.value, second.value);
    Evidence {
        day_first: (13..=31).contains(&a) && (1..=12).contains(&b),
        month_first: (13..=31).contains(&b) && (1..=12).contains(&a),
    }
}

/// `2007-03-05`, without going the long way: it is what most exports hold.
fn iso_day(bytes: &[u8]) -> Option<PartialDate> {
    let [a, b, c, d, b'-', e, f, b'-', g, h] = *bytes else { return None };
    let digits = [a, b, c, d, e, f, g, h];
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let [a, b, c, d, e, f, g, h] = digits.map(|b| i16::from(b - b'0'));
    PartialDate::ymd(a * 1000 + b * 100 + c * 10 + d, (e * 10 + f) as u8, (g * 10 + h) as u8)
}

#[derive(Clone, Copy, Debug)]
struct Number {
    value: u16,
    width: usize,
}

#[derive(Debug)]
enum Parts {
    Year(Number),
    /// Two numbers: year and month in either order.
    Two(Number, Number),
    Numeric([Number; 3]),
    /// A month by name, with a day (if any) and a year.
    Named {
        day: Option<Number>,
        month: u8,
        year: Number,
    },
}

fn parse(text: &str, order: Option<DateOrder>, as_of: PartialDate) -> Transformed<DateAndTime> {
    let (date, time) = split_time(text);
    let invalid = IssueCode::DateInvalid;
    let date = match parts_of(date).ok_or(invalid)? {
        Parts::Year(year) => PartialDate::new(year.value as i16, None, None),
        Parts::Two(a, b) if a.width == 4 => year_month(a, b),
        Parts::Two(a, b) if b.width == 4 => year_month(b, a),
        Parts::Two(..) => None,
        Parts::Numeric([year, month, day]) if year.width == 4 => day_or_less(year.value as i16, month.value, day.value),
        Parts::Numeric([first, second, year]) => {
            return numeric(first, second, full_year(year, as_of).ok_or(invalid)?, order)
                .and_then(|date| Ok(DateAndTime { date, time: time_of(time).ok_or(invalid)? }));
        }
        Parts::Named { day, month, year } => {
            let year = full_year(year, as_of).ok_or(invalid)?;
            PartialDate::new(year, Some(month), day.map(|day| day.value.min(99) as u8))
        }
    };
    Ok(DateAndTime { date: date.ok_or(invalid)?, time: time_of(time).ok_or(invalid)? })
}

fn year_month(year: Number, month: Number) -> Option<PartialDate> {
    let month = if month.value == 0 { None } else { Some(month.value.min(99) as u8) };
    PartialDate::new(year.value as i16, month, None)
}

/// `2007-00-00` is a year and `2007-03-00` a month: zeros say "not known".
fn day_or_less(year: i16, month: u16, day: u16) -> Option<PartialDate> {
    match (month, day) {
        (0, 0) => PartialDate::new(year, None, None),
        (month, 0) => PartialDate::new(year, Some(month.min(99) as u8), None),
        (month, day) => PartialDate::new(year, Some(month.min(99) as u8), Some(day.min(99) as u8)),
    }
}

fn numeric(first: Number, second: Number, year: i16, order: Option<DateOrder>) -> Transformed<PartialDate> {
    let day_first = day_or_less(year, second.value, first.value);
    let month_first = day_or_less(year, first.value, second.value);
    match (day_first, month_first, order) {
        (Some(date), Some(same), _) if date == same => Ok(date),
        (Some(date), None, _) | (Some(date), Some(_), Some(DateOrder::DayMonth)) => Ok(date),
        (None, Some(date), _) | (Some(_), Some(date), Some(DateOrder::MonthDay)) => Ok(date),
        (Some(_), Some(_), _) => Err(IssueCode::DateAmbiguous),
        (None, None, _) => Err(IssueCode::DateInvalid),
    }
}

/// Two digits mean the latest year that is not after the day of the run.
fn full_year(year: Number, as_of: PartialDate) -> Option<i16> {
    match year.width {
        4 => Some(year.value as i16),
        2 => {
            let this_century = as_of.year - as_of.year % 100 + year.value as i16;
            Some(if this_century > as_of.year { this_century - 100 } else { this_century })
        }
        _ => None,
    }
}

/// The date part and what stands behind it, without the white space between.
fn split_time(text: &str) -> (&str, &str) {
    // An apostrophe that was to tell a spreadsheet that text follows, and stayed.
    let text = text.trim().trim_start_matches('\'');
    let Some(colon) = text.find(':') else {
        // `2019-03-04T00` and a bare zone do not occur; a `T` between digits with no colon is HL7-like and left alone.
        return (text, "");
    };
    let hour = text[..colon].trim_end_matches(|c: char| c.is_ascii_digit());
    (hour.trim_end_matches(['T', 't']).trim_end().trim_end_matches(','), &text[hour.len()..])
}

/// `10:30`, `10:30:05.123Z`, `3:07 PM`, `10:30+01:00` as ISO text; `None` where it is no time of day.
fn time_of(text: &str) -> Option<String> {
    if text.is_empty() {
        return Some(String::new());
    }
    let digits_end = text.find(|c: char| !(c.is_ascii_digit() || c == ':' || c == '.')).unwrap_or(text.len());
    let (clock, rest) = text.split_at(digits_end);
    let mut parts = clock.split(':');
    let mut hour: u8 = parts.next()?.parse().ok()?;
    let minute = parts.next().filter(|m| m.len() == 2)?;
    let second = parts.next();
    if parts.next().is_some() || minute.parse::<u8>().ok()? > 59 {
        return None;
    }
    let (whole, _) = second.unwrap_or("00").split_once('.').unwrap_or((second.unwrap_or("00"), ""));
    if whole.len() != 2 || whole.parse::<u8>().ok()? > 60 {
        return None;
    }
    let rest = rest.trim();
    let (half, zone) = match rest.get(..2).map(str::to_ascii_uppercase).as_deref() {
        Some(half @ ("AM" | "PM")) => (Some(half == "PM"), rest[2..].trim()),
        _ => (None, rest),
    };
    match half {
        Some(_) if !(1..=12).contains(&hour) => return None,
        Some(afternoon) => hour = hour % 12 + if afternoon { 12 } else { 0 },
        None if hour > 23 => return None,
        None => {}
    }
    let second = second.map(|second| format!(":{second}")).unwrap_or_default();
    Some(format!("T{hour:02}:{minute}{second}{}", zone_of(zone)?))
}

fn zone_of(text: &str) -> Option<String> {
    match text {
        "" => return Some(String::new()),
        "Z" | "z" | "UTC" | "GMT" => return Some("Z".into()),
        _ => {}
    }
    let sign = text.chars().next().filter(|c| matches!(c, '+' | '-'))?;
    let digits: String = text[1..].chars().filter(|c| *c != ':').collect();
    let number: u16 = digits.parse().ok().filter(|_| digits.len() == 4 || digits.len() == 2)?;
    let (hours, minutes) = if digits.len() == 4 { (number / 100, number % 100) } else { (number, 0) };
    (hours <= 14 && minutes < 60).then(|| format!("{sign}{hours:02}:{minutes:02}"))
}

fn parts_of(text: &str) -> Option<Parts> {
    let mut numbers: Vec<Number> = Vec::new();
    let mut month: Option<(usize, u8)> = None;
    for token in text.split(['/', '-', '.', ',', ' ']).filter(|token| !token.is_empty()) {
        if token.bytes().all(|b| b.is_ascii_digit()) && token.len() <= 8 {
            if matches!(token.len(), 6 | 8) {
                return (numbers.is_empty() && token.len() == text.len()).then(|| compact(token))?;
            }
            numbers.push(Number { value: token.parse().ok()?, width: token.len() });
        } else if month.is_none() {
            month = Some((numbers.len(), month_by_name(token).or_else(|| day_with_suffix(token, &mut numbers))?));
            if month.is_some_and(|(_, number)| number == 0) {
                month = None;
            }
        } else {
            numbers.push(Number { value: token.trim_end_matches(char::is_alphabetic).parse().ok()?, width: 2 });
        }
    }
    match (month, numbers.as_slice()) {
        (None, [year]) if year.width == 4 => Some(Parts::Year(*year)),
        (None, [a, b]) => Some(Parts::Two(*a, *b)),
        (None, [a, b, c]) => Some(Parts::Numeric([*a, *b, *c])),
        (Some((_, month)), [year]) if year.width == 4 => Some(Parts::Named { day: None, month, year: *year }),
        (Some((2.., _)), _) => None,
        (Some((_, month)), [year, day]) if year.width == 4 => {
            Some(Parts::Named { day: Some(*day), month, year: *year })
        }
        (Some((_, month)), [day, year]) => Some(Parts::Named { day: Some(*day), month, year: *year }),
        _ => None,
    }
}

/// `20190304` and `201903`.
fn compact(token: &str) -> Option<Parts> {
    let number = |range: std::ops::Range<usize>| {
        Some(Number { value: token.get(range.clone())?.parse().ok()?, width: range.len() })
    };
    let (year, month) = (number(0..4)?, number(4..6)?);
    if !(1800..=2200).contains(&year.value) {
        return None;
    }
    // 190304 may be 4 March 2019, too.
    let last = number(2..4).zip(number(4..6));
    if token.len() == 6
        && last.is_some_and(|(month, day)| (1..=12).contains(&month.value) && (1..=31).contains(&day.value))
    {
        return None;
    }
    Some(if token.len() == 8 { Parts::Numeric([year, month, number(6..8)?]) } else { Parts::Two(year, month) })
}

/// `4th`: pushes the number and says "no month" with 0.
fn day_with_suffix(token: &str, numbers: &mut Vec<Number>) -> Option<u8> {
    let digits = ["st", "nd", "rd", "th"]
        .iter()
        .find_map(|suffix| token.to_ascii_lowercase().strip_suffix(suffix).map(str::to_owned))?;
    numbers.push(Number { value: digits.parse().ok()?, width: digits.len() });
    Some(0)
}

fn month_by_name(token: &str) -> Option<u8> {
    const NAMES: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let token = token.to_ascii_lowercase();
    let index = NAMES
        .iter()
        .position(|name| token.len() >= 3 && name.starts_with(&token) || token == "sept" && *name == "september")?;
    Some(index as u8 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, order: Option<DateOrder>, expected: Result<&str, IssueCode>) {
        let as_of = PartialDate::ymd(2026, 3, 1).expect("a day");
        let found = parse_datetime(text, order, as_of).map(|parsed| parsed.iso());
        assert_eq!(found.as_deref().map_err(|code| *code), expected, "{text}");
    }

    #[test]
    fn spellings() {
        for (text, iso) in [
            ("2019-03-04", "2019-03-04"),
            ("2019/3/4", "2019-03-04"),
            ("20190304", "2019-03-04"),
            ("2019", "2019"),
            ("2019-03", "2019-03"),
            ("201903", "2019-03"),
            ("03/2019", "2019-03"),
            ("2019-00-00", "2019"),
            ("2019-03-00", "2019-03"),
            ("4 Mar 2019", "2019-03-04"),
            ("04-MAR-2019", "2019-03-04"),
            ("Mar 4, 2019", "2019-03-04"),
            ("March 4th, 2019", "2019-03-04"),
            ("Sept 2019", "2019-09"),
            ("04-Mar-19", "2019-03-04"),
            ("04-Mar-27", "1927-03-04"),
            ("25/12/2019", "2019-12-25"),
            ("12/25/19", "2019-12-25"),
            ("5.5.2019", "2019-05-05"),
            ("2019-03-04T10:30:05Z", "2019-03-04T10:30:05Z"),
            ("2019-03-04 10:30", "2019-03-04T10:30"),
            ("12/25/2019 3:07 PM", "2019-12-25T15:07"),
            ("12/25/2019 12:00:00 AM", "2019-12-25T00:00:00"),
            ("2019-03-04T10:30:05.123-05:00", "2019-03-04T10:30:05.123-05:00"),
            ("2019-03-04T10:30+0100", "2019-03-04T10:30+01:00"),
            ("29 Feb 2020", "2020-02-29"),
        ] {
            check(text, None, Ok(iso));
        }
    }

    #[test]
    fn what_is_no_date() {
        for text in [
            "",
            "31/02/2019",
            "2019-02-31",
            "2019-13-01",
            "13/13/2019",
            "12/2",
            "M",
            "hello",
            "555-0100",
            "29 Feb 2019",
            "0000-00-00",
            "99999",
            "2019-03-04T25:00",
            "2019-03-04 10:61",
            "1/2/3/4",
            "04 Foo 2019",
            "2019-1-1-1",
            "120319",
        ] {
            check(text, None, Err(IssueCode::DateInvalid));
        }
    }

    #[test]
    fn day_and_month_are_not_guessed() {
        check("03/04/2019", None, Err(IssueCode::DateAmbiguous));
        check("03/04/2019", Some(DateOrder::Evidence), Err(IssueCode::DateAmbiguous));
        check("03/04/2019", Some(DateOrder::DayMonth), Ok("2019-04-03"));
        check("03/04/2019", Some(DateOrder::MonthDay), Ok("2019-03-04"));
        check("03/25/2019", Some(DateOrder::DayMonth), Ok("2019-03-25"));
    }

    #[test]
    fn evidence_comes_from_what_can_be_read_one_way() {
        let evidence = |text| (date_evidence(text).day_first, date_evidence(text).month_first);
        assert_eq!(evidence("25/12/2019"), (true, false));
        assert_eq!(evidence("12/25/2019 10:00"), (false, true));
        for text in ["03/04/2019", "2019-12-25", "25 Dec 2019", "45/12/2019", "", "25/12"] {
            assert_eq!(evidence(text), (false, false), "{text}");
        }
    }
}
