//! One identity as the matcher sees it: standardized once, then compared many times.
//!
//! A person is packed: a million of them must fit beside everything else. It holds no raw text, and its `Debug` prints no
//! value of a patient.

use std::fmt;

use super::frequency::Frequencies;
use super::names::{self, NameForms};
use super::standardize;
use crate::model::{ChartId, Hash128, PartialDate};

/// Demographics as the pipeline has them. `birth_date` is ISO text of any precision; `gender` one of FHIR's words.
#[derive(Clone, Copy, Default)]
pub struct Demographics<'a> {
    pub given_name: Option<&'a str>,
    pub middle_name: Option<&'a str>,
    pub family_name: Option<&'a str>,
    pub name_suffix: Option<&'a str>,
    pub maiden_name: Option<&'a str>,
    pub birth_date: Option<&'a str>,
    /// Position within a multiple birth, from 1.
    pub birth_order: Option<&'a str>,
    /// male, female, other, unknown
    pub gender: Option<&'a str>,
    pub ssn: Option<&'a str>,
    pub drivers_license: Option<&'a str>,
    pub passport_number: Option<&'a str>,
    pub phone_home: Option<&'a str>,
    pub phone_mobile: Option<&'a str>,
    pub phone_work: Option<&'a str>,
    pub email: Option<&'a str>,
    pub address_line1: Option<&'a str>,
    pub address_line2: Option<&'a str>,
    pub city: Option<&'a str>,
    pub state: Option<&'a str>,
    pub postal_code: Option<&'a str>,
    pub medical_record_number: Option<&'a str>,
    pub health_plan_number: Option<&'a str>,
    /// Whether it was a multiple birth, or how many children were born.
    pub multiple_birth: Option<&'a str>,
    /// Another name the person goes by.
    pub alias: Option<&'a str>,
    pub mother_maiden_name: Option<&'a str>,
    pub guardian_given_name: Option<&'a str>,
    pub guardian_family_name: Option<&'a str>,
    pub birth_place: Option<&'a str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sex {
    Unknown,
    Male,
    Female,
    /// Stated, and neither: it conflicts with nothing.
    Other,
}

/// The number of the source system where a set does not say which one a registration is of.
pub const UNKNOWN_SYSTEM: u32 = u32::MAX;

/// One identity, ready to be compared.
#[derive(Clone)]
pub struct Person {
    pub identity: ChartId,
    /// Number of the source system.
    pub system: u32,
    birth_date: Option<PartialDate>,
    sex: Sex,
    birth_order: u8,
    is_of_multiple_birth: bool,
    generation: u8,
    given_forms: NameForms,
    /// Of given and family name, in eighths of a bit, and by how much the birth date is too common.
    pub(super) rarity: [u8; 3],
    /// 0: none. Likewise below.
    ssn: u32,
    phones: [u64; 3],
    postal_code: u64,
    drivers_license: u64,
    passport_number: u64,
    medical_record_number: u64,
    health_plan_number: u64,
    /// Year, month and day as eight digits, also where there is no such day.
    birth_digits: u32,
    /// All texts, one behind the other; `ends` says where each ends.
    text: Box<str>,
    ends: [u16; TEXTS],
}

/// The texts a person is made of, in the order of `Person::text`.
#[derive(Clone, Copy)]
enum Text {
    Given,
    Middle,
    Family,
    Maiden,
    Street,
    Unit,
    City,
    State,
    Email,
    SecondLine,
    MotherMaidenName,
    Guardian,
    BirthPlace,
}

const TEXTS: usize = 13;

impl Person {
    /// Whether two registrations say the same in everything.
    pub(super) fn says_the_same(&self, other: &Self) -> bool {
        self.numbers() == other.numbers() && self.text == other.text && self.ends == other.ends
    }

    /// A hash of everything that is said.
    pub(super) fn content(&self) -> u64 {
        let (long, short) = self.numbers();
        let mut numbers: Vec<u8> = long.iter().flat_map(|number| number.to_le_bytes()).collect();
        numbers.extend(short.iter().flat_map(|number| number.to_le_bytes()));
        numbers.extend(self.ends.iter().flat_map(|end| end.to_le_bytes()));
        hash(&[&numbers, self.text.as_bytes()])
    }

    /// A hash of all that two registrations can contradict each other in; the same in every version and on every machine.
    pub fn what_tells_apart(&self) -> Hash128 {
        let numbers = [
            u64::from(self.birth_digits),
            u64::from(self.ssn),
            self.medical_record_number,
            u64::from(self.generation),
            u64::from(self.birth_order),
            match self.sex {
                Sex::Unknown => 0,
                Sex::Male => 1,
                Sex::Female => 2,
                Sex::Other => 3,
            },
        ];
        let numbers: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
        let names = [self.given(), self.middle(), self.family(), self.maiden()].map(str::as_bytes);
        Hash128::of_parts(&[&numbers, names[0], names[1], names[2], names[3]])
    }

    /// All that is said in numbers.
    fn numbers(&self) -> ([u64; 9], [u32; 8]) {
        let sex = match self.sex {
            Sex::Unknown => 0,
            Sex::Male => 1,
            Sex::Female => 2,
            Sex::Other => 3,
        };
        let birth_order = u32::from(self.birth_order) << 8 | u32::from(self.generation);
        let [a, b, c] = self.phones;
        (
            [
                a,
                b,
                c,
                self.postal_code,
                self.drivers_license,
                self.passport_number,
                self.medical_record_number,
                self.health_plan_number,
                u64::from(self.is_of_multiple_birth),
            ],
            [
                self.system,
                self.ssn,
                self.birth_digits,
                sex,
                birth_order,
                self.birth_date.map_or(0, |date| date.year as u32),
                self.birth_date.and_then(|date| date.month).map_or(0, u32::from),
                self.birth_date.and_then(|date| date.day).map_or(0, u32::from),
            ],
        )
    }

    /// Standardizes the demographics of one identity. Dummy values count as missing.
    pub fn new(identity: ChartId, system: u32, demographics: &Demographics<'_>) -> Self {
        let d = demographics;
        let given = standardize::given_names(d.given_name.unwrap_or_default());
        let family = standardize::family_name(d.family_name.unwrap_or_default());
        let maiden = standardize::family_name(d.maiden_name.unwrap_or_default());
        let middle = standardize::given_names(d.middle_name.unwrap_or_default());
        // What somebody goes by is one more given name.
        let alias = standardize::given_names(d.alias.unwrap_or_default());
        let middle = [given.further, middle.first, middle.further, alias.first];
        let middle = middle.iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join(" ");
        let (given_name, family_name) = match (given.first.as_str(), family.parts.as_str()) {
            ("JOHN" | "JANE", "DOE") => (String::new(), String::new()),
            _ => (given.first, family.parts),
        };
        let street = standardize::street(d.address_line1.unwrap_or_default(), d.address_line2.unwrap_or_default());
        let city = standardize::city(d.city.unwrap_or_default());
        let state = standardize::state(d.state.unwrap_or_default());
        let email = d.email.and_then(standardize::email).unwrap_or_default();
        let suffix = standardize::suffix_generation(d.name_suffix.unwrap_or_default());
        let order = d.birth_order.and_then(standardize::birth_order).unwrap_or(given.birth_order);

        let mut phones = [d.phone_home, d.phone_mobile, d.phone_work]
            .map(|phone| phone.and_then(standardize::phone).unwrap_or_default());
        // One number in two fields is one number; the order of fields carries nothing.
        phones.sort_unstable_by(|a, b| b.cmp(a));
        for at in 1..phones.len() {
            if phones[at] == phones[at - 1] {
                phones[at..].rotate_left(1);
                phones[2] = 0;
            }
        }
        let guardian = [d.guardian_given_name, d.guardian_family_name].map(|part| part.unwrap_or_default()).join(" ");
        let guardian = standardize::family_name(&guardian).parts;
        let (text, ends) = pack([
            &given_name,
            &middle,
            &family_name,
            &maiden.parts,
            &street.line,
            &street.unit,
            &city,
            &state,
            &email,
            &street.second_line,
            &standardize::family_name(d.mother_maiden_name.unwrap_or_default()).parts,
            &guardian,
            &standardize::city(d.birth_place.unwrap_or_default()),
        ]);
        let mut person = Self {
            identity,
            system,
            birth_date: d.birth_date.and_then(|text| PartialDate::parse_iso(text.trim())).filter(plausible_birth),
            sex: sex(d.gender.unwrap_or_default()),
            birth_order: order,
            is_of_multiple_birth: d.multiple_birth.is_some_and(standardize::is_multiple_birth),
            generation: if suffix > 0 { suffix } else { family.generation },
            given_forms: names::forms(&given_name),
            rarity: [0; 3],
            ssn: d.ssn.and_then(standardize::ssn).unwrap_or_default(),
            phones,
            postal_code: standardize::postal_code(d.postal_code.unwrap_or_default()),
            drivers_license: identifier(d.drivers_license),
            passport_number: identifier(d.passport_number),
            medical_record_number: identifier(d.medical_record_number),
            health_plan_number: identifier(d.health_plan_number),
            birth_digits: d.birth_date.map_or(0, birth_digits),
            text,
            ends,
        };
        Frequencies::shipped().note(&mut person);
        person
    }

    fn text(&self, which: Text) -> &str {
        let at = which as usize;
        let start = if at == 0 { 0 } else { self.ends[at - 1] as usize };
        &self.text[start..self.ends[at] as usize]
    }

    pub(super) fn given(&self) -> &str {
        self.text(Text::Given)
    }

    /// Further given names, parted by one space.
    pub(super) fn middle(&self) -> &str {
        self.text(Text::Middle)
    }

    /// The parts of the family name, parted by one space.
    pub(super) fn family(&self) -> &str {
        self.text(Text::Family)
    }

    pub(super) fn maiden(&self) -> &str {
        self.text(Text::Maiden)
    }

    pub(super) fn street(&self) -> &str {
        self.text(Text::Street)
    }

    pub(super) fn unit(&self) -> &str {
        self.text(Text::Unit)
    }

    pub(super) fn city(&self) -> &str {
        self.text(Text::City)
    }

    /// The state's code, or the first letter of its name: they agree where one begins the other.
    pub(super) fn state(&self) -> &str {
        self.text(Text::State)
    }

    pub(super) fn email(&self) -> &str {
        self.text(Text::Email)
    }

    pub fn birth_date(&self) -> Option<PartialDate> {
        self.birth_date
    }

    pub(super) fn sex(&self) -> Sex {
        self.sex
    }

    pub(super) fn birth_order(&self) -> Option<u8> {
        (self.birth_order > 0).then_some(self.birth_order)
    }

    /// 1 for Sr, 2 for Jr and II, 3 for III ...
    pub(super) fn generation(&self) -> Option<u8> {
        (self.generation > 0).then_some(self.generation)
    }

    pub(super) fn given_forms(&self) -> NameForms {
        self.given_forms
    }

    pub(super) fn ssn(&self) -> Option<u32> {
        (self.ssn > 0).then_some(self.ssn)
    }

    pub(super) fn phones(&self) -> impl Iterator<Item = u64> + '_ {
        self.phones.iter().copied().filter(|phone| *phone > 0)
    }

    pub(super) fn postal_code(&self) -> Option<u64> {
        (self.postal_code > 0).then_some(self.postal_code)
    }

    pub(super) fn drivers_license(&self) -> Option<u64> {
        (self.drivers_license > 0).then_some(self.drivers_license)
    }

    pub(super) fn passport_number(&self) -> Option<u64> {
        (self.passport_number > 0).then_some(self.passport_number)
    }

    pub(super) fn medical_record_number(&self) -> Option<u64> {
        (self.medical_record_number > 0).then_some(self.medical_record_number)
    }

    pub(super) fn health_plan_number(&self) -> Option<u64> {
        (self.health_plan_number > 0).then_some(self.health_plan_number)
    }

    pub(super) fn birth_digits(&self) -> Option<u32> {
        (self.birth_digits > 0).then_some(self.birth_digits)
    }

    /// What the second address line says beside an apartment.
    pub(super) fn second_line(&self) -> &str {
        self.text(Text::SecondLine)
    }

    pub(super) fn mother_maiden_name(&self) -> &str {
        self.text(Text::MotherMaidenName)
    }

    /// Given and family name of a parent or guardian, parted by one space.
    pub(super) fn guardian(&self) -> &str {
        self.text(Text::Guardian)
    }

    pub(super) fn birth_place(&self) -> &str {
        self.text(Text::BirthPlace)
    }

    pub fn birth_year(&self) -> Option<i16> {
        self.birth_date.map(|date| date.year)
    }

    /// Takes the birth date for none of any day: only its digits count then.
    pub fn distrust_birth_date(&mut self) {
        self.birth_date = None;
    }

    pub(super) fn is_of_multiple_birth(&self) -> bool {
        self.is_of_multiple_birth
    }

    /// Whether the registration knows a parent or a place among siblings: then families are what the set is about.
    pub(super) fn speaks_of_family(&self) -> bool {
        self.birth_order > 0 || !self.guardian().is_empty() || !self.mother_maiden_name().is_empty()
    }

    /// Bytes of memory behind this person, for the callers' account.
    pub fn heap_bytes(&self) -> usize {
        self.text.len()
    }
}

/// Prints who it is in the store, never what is known about the patient.
impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Person").field("identity", &self.identity).field("system", &self.system).finish_non_exhaustive()
    }
}

fn pack(texts: [&str; TEXTS]) -> (Box<str>, [u16; TEXTS]) {
    let mut ends = [0; TEXTS];
    let mut end = 0;
    for (slot, text) in ends.iter_mut().zip(texts) {
        end += text.len() as u16;
        *slot = end;
    }
    (texts.concat().into_boxed_str(), ends)
}

/// FHIR's words, their letters, or the digits of ISO/IEC 5218.
fn sex(gender: &str) -> Sex {
    match gender.trim().to_ascii_lowercase().as_str() {
        "male" | "m" | "1" => Sex::Male,
        "female" | "f" | "2" => Sex::Female,
        "other" => Sex::Other,
        _ => Sex::Unknown,
    }
}

/// Forms are filled with the first day their calendar has.
fn plausible_birth(date: &PartialDate) -> bool {
    let default = matches!((date.year, date.month, date.day), (1900 | 1901, Some(1), Some(1)) | (1900, _, None));
    (1000..9999).contains(&date.year) && !default
}

/// The digits of a whole date, also of one that no calendar has: a slip away from a real one.
fn birth_digits(text: &str) -> u32 {
    let digits: String = text.chars().take(12).filter(char::is_ascii_digit).collect();
    match digits.len() {
        8 if !digits.starts_with("190001") && !digits.starts_with("9999") => digits.parse().unwrap_or_default(),
        _ => 0,
    }
}

fn identifier(cell: Option<&str>) -> u64 {
    cell.and_then(standardize::identifier).map_or(0, |text| hash(&[text.as_bytes()]).max(1))
}

/// FNV-1a over length-delimited parts with a final mix (splitmix64): fast, and the same on every machine.
pub(super) fn hash(parts: &[&[u8]]) -> u64 {
    let mut state = 0xcbf2_9ce4_8422_2325_u64;
    for part in parts {
        for byte in (part.len() as u32).to_le_bytes().iter().chain(*part) {
            state = (state ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3);
        }
    }
    mixed(state)
}

/// Every bit of the result depends on every bit (the finalizer of splitmix64).
pub(super) fn mixed(mut state: u64) -> u64 {
    state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^ (state >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person() -> Person {
        let demographics = Demographics {
            given_name: Some("Zoltana"),
            family_name: Some("Quirkleby Jr"),
            birth_date: Some("1980-02-03"),
            ssn: Some("219-45-6781"),
            phone_home: Some("617-234-5678"),
            phone_work: Some("(617) 234 5678"),
            ..Demographics::default()
        };
        Person::new(ChartId::derive(&[b"1"]), 3, &demographics)
    }

    #[test]
    fn debug_prints_no_value_of_a_patient() {
        let text = format!("{:?}", person()).to_uppercase();
        for value in ["ZOLTANA", "QUIRKLEBY", "1980", "21945", "234"] {
            assert!(!text.contains(value), "{text}");
        }
    }

    #[test]
    fn a_person_is_small_and_holds_each_number_once() {
        let person = person();
        assert_eq!(person.phones().count(), 1);
        assert_eq!((person.given(), person.family(), person.generation()), ("ZOLTANA", "QUIRKLEBY", Some(2)));
        assert!(size_of::<Person>() + person.heap_bytes() < 300, "{}", size_of::<Person>());
    }

    #[test]
    fn default_birth_dates_are_missing() {
        let of = |text| {
            let demographics = Demographics { birth_date: Some(text), ..Demographics::default() };
            Person::new(ChartId::derive(&[b"1"]), 0, &demographics).birth_date()
        };
        assert!(of("1900-01-01").is_none() && of("9999-12-31").is_none() && of("0800-05-05").is_none());
        assert!(of("1970-01-01").is_some() && of("1969").is_some());
    }
}
