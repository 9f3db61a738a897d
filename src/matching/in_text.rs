//! Whose document a text is: the one person whose name and birth date stand in it, near each other. A doubt is nobody: a letter in the
//! wrong chart is worse than one that a person looks at.

use std::collections::{BTreeMap, HashMap};

use super::standardize::{family_name, given_names, words};
use crate::model::{ChartId, PartialDate};

/// People by the days they were born on.
#[derive(Debug, Default)]
pub struct NamedPeople {
    by_birth: HashMap<PartialDate, Vec<NamedPerson>>,
}

#[derive(Debug)]
struct NamedPerson {
    given: String,
    family: Vec<String>,
    identity: ChartId,
    patient: ChartId,
}

/// Whom a text names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InText {
    Nobody,
    One {
        identity: ChartId,
        patient: ChartId,
    },
    /// Several people, or one beside whom another birth date stands.
    Doubtful,
}

/// Name and date of birth stand so many words apart at most.
const NEAR_WORDS: usize = 40;
/// What says that a date is a birth's stands so many words before it at most.
const LABEL_WORDS: usize = 4;
const LABELS: [&str; 6] = ["DOB", "BORN", "BIRTH", "BIRTHDATE", "BIRTHDAY", "BD"];
/// No more of a text is looked at.
const MOST_WORDS: usize = 200_000;
const MONTHS: [&str; 12] = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];

impl NamedPeople {
    /// Takes in a registration. Who has no whole birth date, or no name of two parts, is found in no text.
    pub fn add(&mut self, (identity, patient): (ChartId, ChartId), given: &str, family: &str, birth: PartialDate) {
        let given = given_names(given).first;
        let family: Vec<String> = family_name(family).parts.split(' ').map(str::to_owned).collect();
        let is_whole = birth.day.is_some() && given.chars().count() > 1 && family.concat().chars().count() > 1;
        if is_whole {
            self.by_birth.entry(birth).or_default().push(NamedPerson { given, family, identity, patient });
        }
    }

    /// Whom a text is about.
    pub fn find(&self, text: &str) -> InText {
        let Read { words, dates } = Read::new(text);
        let mut found: BTreeMap<ChartId, (ChartId, PartialDate)> = BTreeMap::new();
        for date in &dates {
            for day in &date.readings {
                for person in self.by_birth.get(day).into_iter().flatten().filter(|one| one.stands_in(&words, date.at))
                {
                    let one = found.entry(person.patient).or_insert((person.identity, *day));
                    one.0 = one.0.min(person.identity);
                }
            }
        }
        let mut found = found.into_iter();
        match (found.next(), found.next()) {
            (None, _) => InText::Nobody,
            (Some((patient, (identity, birth))), None) => {
                let is_anothers = |date: &Date| date.is_birth && !date.readings.contains(&birth);
                if dates.iter().any(is_anothers) { InText::Doubtful } else { InText::One { identity, patient } }
            }
            _ => InText::Doubtful,
        }
    }
}

impl NamedPerson {
    /// Whether the name stands near a word: `Ann Fairweather`, `Ann M. Fairweather`, `Fairweather, Ann`.
    fn stands_in(&self, words: &[String], near: usize) -> bool {
        let length = self.family.len();
        let (first, last) = (near.saturating_sub(NEAR_WORDS), (near + NEAR_WORDS).min(words.len()));
        (first..last).any(|at| {
            words.get(at..at + length).is_some_and(|family| family == self.family) && {
                let before = &words[at.saturating_sub(2)..at];
                let behind = words.get(at + length..(at + length + 2).min(words.len())).unwrap_or_default();
                // A title or a generation may stand between: the next word but one counts, too.
                before.contains(&self.given) || behind.contains(&self.given)
            }
        })
    }
}

/// A text in words, with its dates.
struct Read {
    words: Vec<String>,
    dates: Vec<Date>,
}

struct Date {
    /// The word at whose place it stands.
    at: usize,
    /// Both, where day and month can be read both ways.
    readings: Vec<PartialDate>,
    is_birth: bool,
}

impl Read {
    fn new(text: &str) -> Self {
        let (mut all, mut dates) = (Vec::new(), Vec::new());
        let parts = |c: char| c.is_whitespace() || matches!(c, ':' | ';' | ',' | '(' | ')' | '[' | ']' | '|' | '=');
        for token in text.split(parts).filter(|token| !token.is_empty()) {
            if all.len() > MOST_WORDS {
                break;
            }
            let mut readings = days(token.trim_matches(|c: char| !c.is_ascii_digit()));
            let at = all.len();
            all.extend(words(token));
            if readings.is_empty() {
                readings = written_day(&all[at.saturating_sub(2)..]).into_iter().collect();
            }
            if !readings.is_empty() {
                let before = &all[at.saturating_sub(LABEL_WORDS + 2)..at];
                let is_birth = before.iter().any(|word| LABELS.contains(&word.as_str()));
                dates.push(Date { at, readings, is_birth });
            }
        }
        Self { words: all, dates }
    }
}

/// The days that figures may mean: `1950-02-03`, `02/03/1950`, `3.2.1950`, `19500203`.
fn days(figures: &str) -> Vec<PartialDate> {
    let number = |text: &str| text.parse::<u16>().ok().filter(|_| text.len() <= 4);
    if let (8, true) = (figures.len(), figures.bytes().all(|byte| byte.is_ascii_digit())) {
        let (year, month, day) = (number(&figures[..4]), number(&figures[4..6]), number(&figures[6..]));
        return year.zip(month).zip(day).and_then(|((year, month), day)| date(year, month, day)).into_iter().collect();
    }
    let parts: Vec<Option<u16>> = figures.split(['/', '-', '.']).map(number).collect();
    let &[Some(first), Some(second), Some(third)] = parts.as_slice() else { return Vec::new() };
    let mut readings: Vec<PartialDate> = match (first > 31, third > 31) {
        (true, false) => date(first, second, third).into_iter().collect(),
        (false, true) => [date(third, first, second), date(third, second, first)].into_iter().flatten().collect(),
        _ => Vec::new(),
    };
    readings.dedup();
    readings
}

/// The day that three words say: `3 February 1950`, `February 3rd 1950`.
fn written_day(words: &[String]) -> Option<PartialDate> {
    let [.., first, second, year] = words else { return None };
    let month = |word: &str| {
        let start: String = word.chars().take(3).collect();
        let is_one = word.chars().all(|c| c.is_ascii_alphabetic());
        MONTHS.iter().position(|month| is_one && *month == start).map(|at| at as u16 + 1)
    };
    let day = |word: &str| word.trim_end_matches(|c: char| c.is_ascii_alphabetic()).parse::<u16>().ok();
    let year = year.parse::<u16>().ok()?;
    match (month(first), month(second)) {
        (Some(month), _) => date(year, month, day(second)?),
        (None, Some(month)) => date(year, month, day(first)?),
        (None, None) => None,
    }
}

/// A day on which somebody who is alive, or was, may be born.
fn date(year: u16, month: u16, day: u16) -> Option<PartialDate> {
    let whole = |number: u16| u8::try_from(number).ok();
    PartialDate::ymd(i16::try_from(year).ok()?, whole(month)?, whole(day)?).filter(|date| date.year >= 1850)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Hash128, record_id};

    fn id(number: u8) -> ChartId {
        record_id("x", "people", &Hash128::of_parts(&[&[number]]), 0, None)
    }

    fn people() -> NamedPeople {
        let mut people = NamedPeople::default();
        let all = [
            (1, 11, "Ann Marie", "Fairweather", (1950, 2, 3)),
            // The same person in another registration.
            (2, 11, "Ann", "Fairweather", (1950, 2, 3)),
            (3, 13, "Tim", "Fairweather", (2015, 6, 7)),
            (4, 14, "Tom", "Fairweather", (2015, 6, 7)),
            (5, 15, "José", "de la Cruz", (1961, 12, 25)),
            (6, 16, "Kim", "Stone-Brook", (1970, 3, 4)),
            (7, 17, "Kim", "Stone-Brook", (1970, 4, 3)),
        ];
        for (identity, patient, given, family, (year, month, day)) in all {
            let birth = PartialDate::ymd(year, month, day).expect("a day");
            people.add((id(identity), id(patient)), given, family, birth);
        }
        people
    }

    fn check(text: &str, expected: Option<u8>) {
        let found = people().find(text);
        match (expected, found) {
            (Some(number), InText::One { patient, .. }) => assert_eq!(patient, id(number), "{text}"),
            (None, InText::Nobody | InText::Doubtful) => {}
            _ => panic!("{text}: {found:?}"),
        }
    }

    #[test]
    fn a_name_with_its_birth_date_is_somebody() {
        for text in [
            "RE: Ann Fairweather, DOB 02/03/1950\nDear colleague, seen on 04/05/2019",
            "Patient: FAIRWEATHER, ANN M.  Date of birth: 1950-02-03",
            "Fairweather Ann (born 3 February 1950)",
            "ann marie fairweather\nFebruary 3rd, 1950",
            "DOB:02/03/1950;Name:Fairweather,Ann",
            "Ann Fairweather 19500203",
            "Mrs. Ann O. Fairweather 3.2.1950",
        ] {
            check(text, Some(11));
        }
        check("JOSE DE LA CRUZ 12/25/1961", Some(15));
        check("de la Cruz, José 25.12.1961", Some(15));
        check("Tom Fairweather, DOB 6/7/2015", Some(14));
    }

    #[test]
    fn who_is_not_certain_is_nobody() {
        for text in [
            "",
            "Ann Fairweather",
            "02/03/1950",
            "Ann Fairweather, DOB 02/03/1951",
            "Anna Fairweather, DOB 02/03/1950",
            "Fairweather, DOB 02/03/1950. Dr. Ann Stone",
            // Twins in one letter.
            "Tim and Tom: Tim Fairweather, Tom Fairweather, both born 6/7/2015",
            // A child whom nobody knows, and the mother beside.
            "Patient: Zoe Fairweather, DOB 01/02/2018. Mother: Ann Fairweather, 02/03/1950",
            // It can be read both ways, and there is somebody for each.
            "Kim Stone-Brook, DOB 03/04/1970",
            "José Cruz 12/25/1961",
        ] {
            check(text, None);
        }
        let far = format!("Ann Fairweather {} 02/03/1950", "word ".repeat(60));
        check(&far, None);
    }

    #[test]
    fn the_smallest_registration_stands_for_a_patient() {
        let found = people().find("Ann Fairweather 02/03/1950");
        assert_eq!(found, InText::One { identity: id(1).min(id(2)), patient: id(11) });
    }
}
