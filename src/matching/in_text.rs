//! Whose document a text is: the one person whose name and labelled birth date stand in it, near each other. A doubt is nobody: a letter in
//! the wrong chart is worse than one that a person looks at.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

use super::standardize::{family_name, given_names, words};
use crate::model::{ChartId, Hash128, PartHasher, PartialDate};

/// People by the days they were born on, and by their names.
#[derive(Debug, Default)]
pub struct NamedPeople {
    by_birth: HashMap<PartialDate, Vec<NamedPerson>>,
    /// Family name, given name, and the patients who bear both.
    by_name: HashMap<String, HashMap<String, BTreeSet<ChartId>>>,
}

#[derive(Debug)]
struct NamedPerson {
    given: String,
    further: Vec<String>,
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
    /// Somebody, and something speaks against it: another name or birth date, a relative, a list.
    Doubtful,
}

/// Somebody whose name stands in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    pub patient: ChartId,
    pub has_birth_date: bool,
}

/// Name and date of birth stand so many words apart at most, and on neighbouring lines.
const NEAR_WORDS: usize = 15;
/// What says that a date is a birth's stands so many words beside it at most.
const LABEL_WORDS: usize = 3;
/// What says that a name is not the patient's stands so many words before it at most.
const ROLE_WORDS: usize = 5;
/// Kinship is looked for so many words around.
const AROUND_WORDS: usize = 40;
/// Words of a family name.
const LONGEST_FAMILY: usize = 4;
/// A longer text is no letter.
const MOST_WORDS: usize = 200_000;

const LABELS: [&str; 15] = [
    "DOB",
    "BORN",
    "BIRTH",
    "BIRTHDATE",
    "BIRTHDAY",
    "BD",
    "BDATE",
    "GEB",
    "GEBOREN",
    "GEBURTSDATUM",
    "NACIDO",
    "NACIDA",
    "NACIMIENTO",
    "NAISSANCE",
    "NATO",
];
const MONTHS: [&str; 12] = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
/// Words of kinship and of standing beside a patient: near a name, or on a line beside it, they say that it may be somebody else's.
const ROLES: &str = "MOTHER FATHER MOTHERS FATHERS MOM DAD MUM MAMA PAPA PARENT PARENTS STEPMOTHER STEPFATHER WIFE HUSBAND SPOUSE PARTNER FIANCE \
    FIANCEE SON DAUGHTER SONS DAUGHTERS CHILD CHILDREN BABY INFANT NEWBORN GIRL BOY FETUS FOETUS SISTER BROTHER SISTERS BROTHERS SIBLING SIBLINGS \
    TWIN TWINS TRIPLET GRANDMOTHER GRANDFATHER GRANDPARENT GRANDSON GRANDDAUGHTER GRANDCHILD AUNT UNCLE COUSIN NEPHEW NIECE RELATIVE RELATION \
    RELATIONSHIP KIN NOK FOB MOB GUARDIAN WARD CONTACT EMERGENCY GUARANTOR SUBSCRIBER INSURED HOLDER POLICYHOLDER RESPONSIBLE PARTY PAYER \
    PAYOR BILL BILLING COPY COPIES CC ACCOMPANIED ACCOMPANYING INFORMANT HISTORIAN INTERPRETER WITNESS POA ATTORNEY PROXY SURROGATE DONOR \
    RECIPIENT INDEX CARER CAREGIVER CARETAKER FRIEND NEIGHBOR NEIGHBOUR EMPLOYER INLAW LAW MUTTER VATER EHEFRAU EHEMANN SOHN TOCHTER BRUDER \
    SCHWESTER MADRE PADRE HIJO HIJA HERMANO HERMANA ESPOSO ESPOSA MERE PERE FILS FILLE VS NOT";
/// More words that say so right beside a name.
const OTHERS: &str = "DR DOCTOR PROF PROFESSOR NURSE PHYSICIAN PROVIDER AND ET UND Y";
/// What may stand on a line before a patient's name, and between it and the date of birth.
const HEADING: &str = "PATIENT PATIENTS PT NAME NAMES FULL LAST FIRST MIDDLE FAMILY SURNAME GIVEN LEGAL RE REGARDING CLIENT SUBJECT MR MRS MS MISS MX HERR FRAU \
    SENOR SENORA DATE OF DAY DOB BORN BIRTH BIRTHDATE BIRTHDAY BD BDATE ON GEB GEBOREN AM GEBURTSDATUM NACIDO NACIDA EL NACIMIENTO FECHA DE \
    NAISSANCE NE NEE LE NATO NATA IL SEX GENDER MALE FEMALE M F AGE AGED YEARS YEAR OLD YO YRS Y MRN MR ID IDENTIFIER NO NUMBER NR CHART FILE \
    RECORD MEDICAL ACCOUNT ACCT SSN YOUR OUR";
/// Before a colon, what says that the patient's name follows.
const SUBJECTS: [&str; 5] = ["PATIENT", "PATIENTS", "PT", "CLIENT", "NAME"];
const HONORIFICS: [&str; 8] = ["MR", "MRS", "MS", "MISS", "MX", "HERR", "FRAU", "THE"];
const TITLES: [&str; 5] = ["DR", "DOCTOR", "PROF", "NURSE", "PROFESSOR"];

impl NamedPeople {
    /// Takes in a registration. Who has no whole birth date, or no name of two parts, is found in no text.
    pub fn add(&mut self, (identity, patient): (ChartId, ChartId), given: &str, family: &str, birth: PartialDate) {
        let names = given_names(given);
        let family: Vec<String> = family_name(family).parts.split(' ').map(str::to_owned).collect();
        let is_whole = birth.day.is_some() && names.first.chars().count() > 1 && family.concat().chars().count() > 1;
        if !is_whole {
            return;
        }
        let bearers = self.by_name.entry(family.join(" ")).or_default().entry(names.first.clone()).or_default();
        bearers.insert(patient);
        let further = names.further.split(' ').map(str::to_owned).collect();
        let person = NamedPerson { given: names.first, further, family, identity, patient };
        self.by_birth.entry(birth).or_default().push(person);
    }

    /// A hash of everybody, by which a change is noticed.
    pub fn fingerprint(&self) -> Hash128 {
        let mut hasher = PartHasher::new();
        let mut all: Vec<(PartialDate, &NamedPerson)> = Vec::new();
        for (birth, people) in self.by_birth.iter().collect::<std::collections::BTreeMap<_, _>>() {
            all.extend(people.iter().map(|person| (*birth, person)));
        }
        all.sort_by(|(a, one), (b, other)| (a, one.identity, &one.family).cmp(&(b, other.identity, &other.family)));
        for (birth, person) in all {
            hasher.part(birth.to_string().as_bytes());
            hasher.part(person.identity.as_str().as_bytes());
            hasher.part(person.patient.as_str().as_bytes());
            hasher.part(person.given.as_bytes());
            person.further.iter().chain(&person.family).for_each(|name| hasher.part(name.as_bytes()));
        }
        Hash128::from_hash(&hasher.finish())
    }

    /// Whom a text is about.
    pub fn find(&self, text: &str) -> InText {
        let Some(read) = Read::new(text) else { return InText::Doubtful };
        let mut found: Option<(&NamedPerson, PartialDate)> = None;
        for date in read.dates.iter().filter(|date| date.is_birth) {
            for day in &date.readings {
                for person in self.by_birth.get(day).into_iter().flatten() {
                    let is_patients = |name: &Range<usize>| read.is_heading(name, date);
                    if !read.names(date.at).filter_map(|at| read.name_of(person, at)).any(|name| is_patients(&name)) {
                        continue;
                    }
                    match found {
                        Some((other, _)) if other.patient != person.patient => return InText::Doubtful,
                        Some((other, _)) if other.identity <= person.identity => {}
                        _ => found = Some((person, *day)),
                    }
                }
            }
        }
        let Some((person, birth)) = found else { return InText::Nobody };
        if read.has_another_birth(birth) || read.has_another_subject(person) || self.names_others(&read, person, birth)
        {
            return InText::Doubtful;
        }
        InText::One { identity: person.identity, patient: person.patient }
    }

    /// Who may be meant, for a person to choose from: whose given and family name stand side by side, those first whose birth date stands in
    /// the text, too.
    pub fn candidates(&self, text: &str) -> Vec<Candidate> {
        let Some(read) = Read::new(text) else { return Vec::new() };
        let mut named = BTreeSet::new();
        for at in 0..read.words.len() {
            for length in 1..=LONGEST_FAMILY {
                let family = read.text_of(at, length);
                let Some(by_given) = family.and_then(|family| self.by_name.get(&family)) else { continue };
                for word in read.beside(at, length) {
                    named.extend(by_given.get(&word.text).into_iter().flatten().copied());
                }
            }
        }
        let days = read.dates.iter().flat_map(|date| &date.readings);
        let born: BTreeSet<ChartId> = days
            .filter_map(|day| self.by_birth.get(day))
            .flat_map(|people| people.iter().map(|person| person.patient))
            .collect();
        let candidate = |patient: ChartId| Candidate { patient, has_birth_date: born.contains(&patient) };
        let mut all: Vec<Candidate> = named.into_iter().map(candidate).collect();
        all.sort_by_key(|one| (!one.has_birth_date, one.patient));
        all
    }

    /// Whether anybody else of the system is named: in full, or, of those born on the same day, by the given name alone.
    fn names_others(&self, read: &Read, person: &NamedPerson, birth: PartialDate) -> bool {
        let same_day = self.by_birth.get(&birth).into_iter().flatten();
        let mut siblings = same_day.filter(|other| other.patient != person.patient && other.given != person.given);
        if siblings.any(|other| other.family == person.family && read.words.iter().any(|word| word.text == other.given))
        {
            return true;
        }
        (0..read.words.len()).any(|at| {
            (1..=LONGEST_FAMILY).any(|length| {
                let Some(family) = read.text_of(at, length) else { return false };
                let Some(by_given) = self.by_name.get(&family) else { return false };
                read.beside(at, length).map(|word| &word.text).any(|given| {
                    let bearers = by_given.get(given);
                    bearers.is_some_and(|bearers| !bearers.contains(&person.patient))
                        && !(family == person.family.join(" ") && *given == person.given)
                })
            })
        })
    }
}

fn is_in(list: &str, word: &str) -> bool {
    list.split(' ').any(|one| one == word)
}

/// A text in words, with its dates and what speaks of births.
struct Read {
    words: Vec<Word>,
    dates: Vec<Date>,
    labels: Vec<usize>,
}

struct Word {
    text: String,
    line: usize,
    /// Words that a hyphen joins are of one token.
    token: usize,
    has_colon: bool,
}

struct Date {
    start: usize,
    /// Its last token, which of a written day is the year, and that one's last word.
    at: usize,
    end: usize,
    /// Both, where day and month can be read both ways.
    readings: Vec<PartialDate>,
    /// Whether a label stands before it or right behind.
    is_birth: bool,
}

impl Read {
    /// None where the text is too long to be looked through.
    fn new(text: &str) -> Option<Self> {
        let (mut all, mut dates, mut token_number) = (Vec::<Word>::new(), Vec::new(), 0);
        let parts = |c: char| c.is_whitespace() || matches!(c, ':' | ';' | ',' | '(' | ')' | '[' | ']' | '|' | '=');
        for (line, row) in text.lines().enumerate() {
            for piece in row.split_inclusive(parts) {
                let token = piece.trim_matches(parts);
                if token.is_empty() {
                    let last = all.last_mut().filter(|_| piece == ":");
                    last.into_iter().for_each(|word| word.has_colon = true);
                    continue;
                }
                if all.len() > MOST_WORDS {
                    return None;
                }
                token_number += 1;
                let at = all.len();
                let found = words(token).into_iter();
                all.extend(found.map(|text| Word { text, line, token: token_number, has_colon: piece.ends_with(':') }));
                let mut start = at;
                let mut readings = days(token.trim_matches(|c: char| !c.is_ascii_digit()));
                if readings.is_empty() {
                    start = at.saturating_sub(2);
                    readings = written_day(&all[start..]).into_iter().collect();
                }
                if !readings.is_empty() {
                    let end = all.len().saturating_sub(1).max(at);
                    dates.push(Date { start, at, end, readings, is_birth: false });
                }
            }
        }
        let is_label = |(at, word): (usize, &Word)| LABELS.contains(&word.text.as_str()).then_some(at);
        let labels: Vec<usize> = all.iter().enumerate().filter_map(is_label).collect();
        for date in &mut dates {
            // A written day takes three words.
            let before = |label: &usize| *label < date.at && date.at - label <= LABEL_WORDS + 2;
            date.is_birth = labels.iter().any(before);
        }
        Some(Self { words: all, dates, labels })
    }

    fn text_of(&self, at: usize, length: usize) -> Option<String> {
        let words = self.words.get(at..at + length)?;
        Some(words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" "))
    }

    /// The words right before and behind some.
    fn beside(&self, at: usize, length: usize) -> impl Iterator<Item = &Word> {
        let places = (at.saturating_sub(2)..at).chain(at + length..at + length + 2);
        places.filter_map(|place| self.words.get(place))
    }

    /// The words near a date, on its line and those beside.
    fn names(&self, near: usize) -> impl Iterator<Item = usize> + '_ {
        let line = self.words.get(near).map_or(0, |word| word.line);
        let all = near.saturating_sub(NEAR_WORDS)..(near + NEAR_WORDS).min(self.words.len());
        all.filter(move |at| self.words[*at].line.abs_diff(line) <= 1)
    }

    /// The words of a person's name, if its family name stands here: `Ann Fairweather`, `Ann M. Fairweather`, `Fairweather, Ann`.
    fn name_of(&self, person: &NamedPerson, at: usize) -> Option<Range<usize>> {
        let end = at + person.family.len();
        let word = |at: Option<usize>| at.and_then(|at| self.words.get(at));
        let is_family = self.words.get(at..end).is_some_and(|words| {
            words.iter().map(|word| &word.text).eq(&person.family)
                // A part of a hyphenated name is another name.
                && word(at.checked_sub(1)).is_none_or(|before| before.token != words[0].token)
                && word(Some(end)).is_none_or(|behind| behind.token != words[words.len() - 1].token)
        });
        if !is_family || word(at.checked_sub(1)).is_some_and(|before| TITLES.contains(&before.text.as_str())) {
            return None;
        }
        let is_given = |place: Option<usize>| word(place).is_some_and(|word| word.text == person.given);
        let is_middle = |word: &Word| word.text.chars().count() == 1 || person.further.contains(&word.text);
        if is_given(at.checked_sub(1)) {
            Some(at - 1..end)
        } else if is_given(at.checked_sub(2)) && word(at.checked_sub(1)).is_some_and(is_middle) {
            Some(at - 2..end)
        } else if is_given(Some(end)) {
            // Another name behind the given one makes it that one's: `Dear Dr. Brook, Ann Stonehouse`.
            let line = self.words[end].line;
            let goes_on = word(Some(end + 1)).filter(|behind| behind.line == line && !is_middle(behind));
            let is_name = |behind: &Word| {
                behind.text.chars().all(char::is_alphabetic)
                    && !LABELS.contains(&behind.text.as_str())
                    && behind.text != "DATE"
            };
            let middle = word(Some(end + 1)).filter(|behind| is_middle(behind));
            goes_on.is_none_or(|behind| !is_name(behind)).then(|| at..end + 1 + usize::from(middle.is_some()))
        } else {
            None
        }
    }

    /// Whether a name and a date of birth head a text as its patient's: nothing but labels stands before and between them, and nobody's kinship
    /// with the patient on their lines or those beside.
    fn is_heading(&self, name: &Range<usize>, date: &Date) -> bool {
        let (first, last) = (name.start.min(date.start), (date.end + 1).max(name.end));
        let between = if name.start < date.start { name.end..date.start } else { date.end + 1..name.start };
        let is_label = |word: &Word| is_in(HEADING, &word.text) || word.text.bytes().any(|byte| byte.is_ascii_digit());
        let line = self.words[first].line;
        let before = self.words[..first].iter().rev().take_while(|word| word.line == line);
        let mut before = before.take_while(|word| !(word.has_colon && SUBJECTS.contains(&word.text.as_str())));
        if !before.all(is_label) || !self.words.get(between).is_none_or(|words| words.iter().all(is_label)) {
            return false;
        }
        let end = self.words[last - 1].line;
        let above = self.words[..first].iter().rev().find(|word| word.line < line).map_or(line, |word| word.line);
        let below = self.words[last..].iter().find(|word| word.line > end).map_or(end, |word| word.line);
        let around = first.saturating_sub(AROUND_WORDS)..(last + AROUND_WORDS).min(self.words.len());
        let mut around = self.words[around].iter().filter(|word| (above..=below).contains(&word.line));
        let near = self.words[name.start.saturating_sub(ROLE_WORDS)..name.start].iter();
        let mut near = near.chain(&self.words[name.end..(name.end + 2).min(self.words.len())]);
        !around.any(|word| is_in(ROLES, &word.text)) && !near.any(|word| is_in(OTHERS, &word.text))
    }

    /// Whether a label says that the patient is somebody else.
    fn has_another_subject(&self, person: &NamedPerson) -> bool {
        let is_theirs = |text: &String| {
            *text == person.given
                || person.family.contains(text)
                || person.further.contains(text)
                || text.chars().count() == 1
        };
        let is_label = |word: &&Word| is_in(HEADING, &word.text) || HONORIFICS.contains(&word.text.as_str());
        let labels = self.words.iter().enumerate();
        let mut labels = labels.filter(|(_, word)| word.has_colon && SUBJECTS.contains(&word.text.as_str()));
        labels.any(|(at, label)| {
            let mut behind = self.words[at + 1..].iter().take(AROUND_WORDS).skip_while(is_label);
            let named = behind.next().filter(|word| word.line - label.line <= 2);
            named.is_some_and(|word| word.text.chars().all(char::is_alphabetic) && !is_theirs(&word.text))
        })
    }

    /// Whether anything speaks of a birth that is not this one.
    fn has_another_birth(&self, birth: PartialDate) -> bool {
        let is_it = |date: &Date| date.readings.contains(&birth);
        // A label is of the date that is nearest, of two the one behind it.
        let distance = |label: usize, date: &Date| match date.at > label {
            true => (date.at - label, 0),
            false => (label.saturating_sub(date.end), 1),
        };
        let of = |label: usize| self.dates.iter().min_by_key(|date| distance(label, date));
        self.dates.iter().any(|date| date.is_birth && !is_it(date))
            || self.labels.iter().any(|label| {
                let date = of(*label).filter(|date| distance(*label, date).0 <= LABEL_WORDS + 2);
                date.is_none_or(|date| !is_it(date))
            })
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
fn written_day(words: &[Word]) -> Option<PartialDate> {
    let [.., first, second, year] = words else { return None };
    let [first, second, year] = [first, second, year].map(|word| word.text.as_str());
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
            "ann marie fairweather\nBorn February 3rd, 1950",
            "DOB:02/03/1950;Name:Fairweather,Ann",
            "Ann Fairweather DOB 19500203",
            "Mrs. Ann O. Fairweather geb. 3.2.1950",
            "FAIRWEATHER, ANN MARIE, DOB 02/03/1950",
        ] {
            check(text, Some(11));
        }
        check("JOSE DE LA CRUZ dob 12/25/1961", Some(15));
        check("de la Cruz, José, nacido 25.12.1961", Some(15));
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
            "José Cruz, born 12/25/1961",
            // No label: a day is a day.
            "Ann Fairweather 02/03/1950",
            "Patient: Robert Moss. Next of kin: Ann Fairweather (born 02/03/1950)",
            "Re: Tim Fairweather, DOB 6/7/2015. Twin of Tom Fairweather",
            "Tim and Tom Fairweather, DOB 6/7/2015",
            "Timothy Fairweather, brother of Tom Fairweather, DOB 6/7/2015",
            "RE: Zoey F. 01/02/2018. Mother: Ann Fairweather, born 02/03/1950",
            "Zoe Kent DOB 01/02/18. With her: Ann Fairweather DOB 02/03/1950",
            "Zoe Kent born in 2018. Seen with Ann Fairweather, born 02/03/1950",
            "Zoe Kent, 01/02/2018 (DOB). Ann Fairweather, born 02/03/1950",
            "Zoe Kent geb. 01.02.2018; Mutter Ann Fairweather geb. 03.02.1950",
            "Dear Dr. Fairweather, Ann Stonehouse, born 02/03/1950",
            "Ann Miller-Fairweather, born 02/03/1950",
            "Ann Fairweather-Miller, born 02/03/1950",
            // Somebody else of the practice is named, too.
            "Ann Fairweather, DOB 02/03/1950. Seen together with José de la Cruz",
            "Dr. Ann Fairweather, born 02/03/1950",
            // The one that the text speaks of is beside the patient, or nobody knows who it is.
            "Ann Fairweather, DOB 02/03/1950, is the father of the patient",
            "Name: Ann Fairweather\nDOB: 02/03/1950\nRelationship to patient: mother",
            "Patient: Zed Unknown / Ann Fairweather DOB 02/03/1950",
            "Patient:\nZed Unknown\nAnn Fairweather DOB 02/03/1950",
            "FOB: Ann Fairweather DOB 02/03/1950",
            "Responsible party:\nAnn Fairweather DOB 02/03/1950",
            "Bill to: Ann Fairweather, DOB 02/03/1950",
            "Accompanied by Ann Fairweather, DOB 02/03/1950",
            "Cousin: Ann Fairweather, DOB 02/03/1950",
            "Organ for: Ann Fairweather, DOB 02/03/1950",
            "This is NOT Ann Fairweather, DOB 02/03/1950",
            "Copy to: Ann Fairweather, born 02/03/1950",
            "Fetus of Ann Fairweather, born 02/03/1950",
            "Zed called. Ann Fairweather, DOB 02/03/1950 came along",
        ] {
            check(text, None);
        }
        check(&format!("Ann Fairweather {} DOB 02/03/1950", "word ".repeat(60)), None);
        check("Ann Fairweather\n\n\n\nDOB 02/03/1950", None);
        check(&format!("Ann Fairweather, DOB 02/03/1950 {}", "word ".repeat(MOST_WORDS)), None);
    }

    #[test]
    fn the_smallest_registration_stands_for_a_patient() {
        let found = people().find("Ann Fairweather, DOB 02/03/1950");
        assert_eq!(found, InText::One { identity: id(1).min(id(2)), patient: id(11) });
    }
}
