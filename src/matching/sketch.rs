//! What of a person is enough to see cheaply that two cannot be one: a few numbers side by side, and a bound on the weight.
//!
//! Most proposed pairs share a name or a day and nothing else. [`Bounds::may_reach`] says so, and never wrongly: then nobody looks
//! at the texts.

use super::bits::Bits;
use super::comparison::{
    Area, BirthDate, BirthOrder, BirthPlace, Contact, FamilyName, GivenName, Guardian, Identifier, MiddleName,
    MotherMaidenName, SecondLine, SexAtBirth, SocialSecurityNumber, Street, Suffix, birth_date, house_number,
    is_initial, longest_word, place,
};
use super::distance::{letters, may_be_alike};
use super::model::Model;
use super::names::{NameForms, are_forms_of_one};
use super::person::{Person, Sex, hash};
use crate::model::PartialDate;

/// A value as a number, zero for none, and its letters.
#[derive(Clone, Copy, Default)]
struct Value {
    hash: u32,
    letters: u32,
}

impl Value {
    fn of(text: &str) -> Self {
        match text {
            "" => Self::default(),
            text => Self { hash: number(hash(&[text.as_bytes()])), letters: letters(text) },
        }
    }

    fn is_there(self) -> bool {
        self.hash != 0
    }

    fn may_be_alike(self, other: Self) -> bool {
        may_be_alike(self.letters, other.letters)
    }
}

fn number(wide: u64) -> u32 {
    if wide == 0 { 0 } else { ((wide ^ (wide >> 32)) as u32).max(1) }
}

/// One person in a few numbers.
#[derive(Clone, Copy)]
pub struct Sketch {
    birth_date: Option<PartialDate>,
    given: Value,
    family: Value,
    /// Letters of the middle and of the maiden name.
    middle: u32,
    maiden: u32,
    /// The local digits.
    phones: [u32; 3],
    email: Value,
    /// Its letters are those of the street without the house number.
    street: Value,
    /// The longest word of the street.
    street_word: u32,
    second_line: Value,
    city: Value,
    postal_code: u64,
    ssn: u32,
    identifiers: [u32; 4],
    given_forms: NameForms,
    rarity: [u8; 3],
    sex: Sex,
    generation: u8,
    birth_order: u8,
    flags: u8,
}

/// What else a person has.
const PARTED_FAMILY: u8 = 1;
const MOTHER: u8 = 2;
const GUARDIAN: u8 = 4;
const BIRTH_PLACE: u8 = 8;
const ODD_DATE: u8 = 16;
const INITIAL: u8 = 32;
const FEMALE_OR_UNKNOWN: u8 = 64;

impl Sketch {
    pub fn of(person: &Person) -> Self {
        let mut phones = [0; 3];
        for (slot, phone) in phones.iter_mut().zip(person.phones()) {
            *slot = (phone % 10_000_000) as u32 + 1;
        }
        let identifiers = [
            person.drivers_license(),
            person.passport_number(),
            person.health_plan_number(),
            person.medical_record_number(),
        ];
        let flags = [
            (person.family().contains(' '), PARTED_FAMILY),
            (!person.mother_maiden_name().is_empty(), MOTHER),
            (!person.guardian().is_empty(), GUARDIAN),
            (!person.birth_place().is_empty(), BIRTH_PLACE),
            (person.birth_date().is_none() && person.birth_digits().is_some(), ODD_DATE),
            (is_initial(person.given()), INITIAL),
            (person.sex() != Sex::Male, FEMALE_OR_UNKNOWN),
        ];
        Self {
            birth_date: person.birth_date(),
            given: Value::of(person.given()),
            family: Value::of(person.family()),
            middle: letters(person.middle()),
            maiden: letters(person.maiden()),
            phones,
            email: Value::of(person.email()),
            street: Value { letters: letters(house_number(person.street()).1), ..Value::of(person.street()) },
            street_word: number(hash(&[longest_word(house_number(person.street()).1).as_bytes()])),
            second_line: Value::of(person.second_line()),
            city: Value::of(person.city()),
            postal_code: person.postal_code().unwrap_or_default(),
            ssn: person.ssn().unwrap_or_default(),
            identifiers: identifiers.map(|identifier| number(identifier.unwrap_or_default())),
            given_forms: person.given_forms(),
            rarity: person.rarity,
            sex: person.sex(),
            generation: person.generation().unwrap_or_default(),
            birth_order: person.birth_order().unwrap_or_default(),
            flags: flags.iter().filter(|(is_so, _)| *is_so).fold(0, |flags, (_, flag)| flags | flag),
        }
    }
}

/// What levels weigh, and the most that several of them do.
pub struct Bounds {
    prior: Bits,
    weights: Vec<Vec<Bits>>,
    /// Of what agrees: without its rarity, which is added.
    given_exact: Bits,
    family_exact: Bits,
    birth_date_exact: Bits,
    usual_birth_date: Bits,
    swapped: Bits,
    given_rough: Bits,
    family_rough: Bits,
    middle: Bits,
    given_conflict: Bits,
    family_conflict: [Bits; 2],
}

impl Bounds {
    pub fn of(model: &Model) -> Self {
        let weights = model.weights();
        let most = |comparison: usize, levels: &[usize]| {
            levels.iter().map(|level| weights[comparison][*level]).fold(Bits::LEAST, Bits::max)
        };
        let all_but = |comparison: usize, without: &[usize]| {
            let levels: Vec<usize> = (0..weights[comparison].len()).filter(|level| !without.contains(level)).collect();
            most(comparison, &levels)
        };
        // The rarity of a value stands in for the u of its level, of strangers and, where it is a given name, of relatives.
        let rare = |comparison: usize, level: usize, of_relatives: bool| {
            let bits = weights[comparison][level] + Bits::both(model.u_bits(comparison, level));
            if of_relatives { bits } else { Bits { relatives: weights[comparison][level].relatives, ..bits } }
        };
        let (given_exact, swapped) = (GivenName::Exact as usize, GivenName::Swapped as usize);
        let family_exact = FamilyName::Exact as usize;
        let fuzzy = super::model::FUZZY_BITS.1 as f32;
        let usual = model.usual_birth_date_bits();
        Self {
            prior: Bits { strangers: model.prior_weight() as f32, relatives: model.prior_against_relatives() },
            given_exact: rare(place::given, given_exact, true),
            family_exact: rare(place::family, family_exact, false),
            birth_date_exact: rare(place::birth_date, BirthDate::Exact as usize, false),
            usual_birth_date: Bits { strangers: -usual, relatives: 0.0 },
            swapped: rare(place::given, swapped, true),
            given_rough: all_but(place::given, &[given_exact, swapped]) + Bits::both(fuzzy),
            family_rough: all_but(place::family, &[family_exact]) + Bits { strangers: fuzzy, relatives: 0.0 },
            middle: all_but(place::middle, &[]).or_nothing(),
            given_conflict: most(place::given, &[GivenName::Conflict as usize, GivenName::OtherName as usize]),
            family_conflict: [
                most(place::family, &[FamilyName::Conflict as usize]),
                most(place::family, &[FamilyName::Conflict as usize, FamilyName::ConflictFemale as usize]),
            ],
            weights,
        }
    }

    fn weight(&self, comparison: usize, level: usize) -> Bits {
        self.weights[comparison][level]
    }

    fn most(&self, comparison: usize, levels: &[usize]) -> Bits {
        levels.iter().map(|level| self.weight(comparison, *level)).fold(Bits::LEAST, Bits::max)
    }

    /// Whether the weight of the pair may reach `least`; never wrongly not. If so, with the prior, and what is compared after
    /// numbers and names adds to it at most.
    pub fn may_reach(&self, left: &Sketch, right: &Sketch, least: f32) -> Option<Bits> {
        let first = self.numbers(left, right) + self.names(left, right);
        let rest = self.prior + self.contact(left, right) + self.area(left, right) + self.others(left, right);
        let most_of_streets = self.weight(place::street, Street::Exact as usize).or_nothing()
            + self.weight(place::second_line, SecondLine::Agrees as usize).or_nothing();
        if !(first + rest + most_of_streets).reach(least) {
            return None;
        }
        let rest = rest + self.street(left, right);
        (first + rest).reach(least).then_some(rest)
    }

    fn numbers(&self, left: &Sketch, right: &Sketch) -> Bits {
        let mut weight = Bits::default();
        match (left.birth_date, right.birth_date) {
            (Some(a), Some(b)) => weight = weight + self.dates(birth_date(a, b), left, right),
            _ if (left.flags | right.flags) & ODD_DATE != 0 => {
                weight = weight + self.weight(place::birth_date, BirthDate::OneDigit as usize).or_nothing();
            }
            _ => {}
        }
        weight = weight
            + match (left.sex, right.sex) {
                (Sex::Male, Sex::Male) => self.weight(place::sex, SexAtBirth::Male as usize),
                (Sex::Female, Sex::Female) => self.weight(place::sex, SexAtBirth::Female as usize),
                (Sex::Male, Sex::Female) | (Sex::Female, Sex::Male) => {
                    self.weight(place::sex, SexAtBirth::Conflict as usize)
                }
                _ => Bits::default(),
            };
        let mut both = |a: u8, b: u8, comparison: usize, agrees: usize, conflict: usize| {
            if a > 0 && b > 0 {
                weight = weight + self.weight(comparison, if a == b { agrees } else { conflict });
            }
        };
        both(left.generation, right.generation, place::suffix, Suffix::Agrees as usize, Suffix::Conflict as usize);
        let (agrees, conflict) = (BirthOrder::Agrees as usize, BirthOrder::Conflict as usize);
        both(left.birth_order, right.birth_order, place::birth_order, agrees, conflict);
        if left.ssn > 0 && right.ssn > 0 {
            weight = weight
                + match left.ssn == right.ssn {
                    true => self.most(
                        place::ssn,
                        &[SocialSecurityNumber::Exact as usize, SocialSecurityNumber::Shared as usize],
                    ),
                    false => self.most(
                        place::ssn,
                        &[
                            SocialSecurityNumber::OneDigit as usize,
                            SocialSecurityNumber::Near as usize,
                            SocialSecurityNumber::Conflict as usize,
                        ],
                    ),
                };
        }
        if left.identifiers.iter().zip(&right.identifiers).any(|(a, b)| *a > 0 && a == b) {
            let levels =
                [Identifier::Document, Identifier::RecordNumber, Identifier::Shared].map(|level| level as usize);
            weight = weight + self.most(place::identifier, &levels).or_nothing();
        }
        weight
    }

    /// What few registrations have.
    fn others(&self, left: &Sketch, right: &Sketch) -> Bits {
        let mut weight = Bits::default();
        for (flag, comparison, levels) in [
            (MOTHER, place::mother_maiden_name, MotherMaidenName::ALL.len()),
            (GUARDIAN, place::guardian, Guardian::ALL.len()),
            (BIRTH_PLACE, place::birth_place, BirthPlace::ALL.len()),
        ] {
            if left.flags & right.flags & flag != 0 {
                weight = weight + (0..levels).map(|level| self.weight(comparison, level)).fold(Bits::LEAST, Bits::max);
            }
        }
        if left.middle != 0 && right.middle != 0 {
            weight = weight
                + match may_be_alike(left.middle, right.middle) {
                    true => self.middle,
                    false => {
                        let levels = [
                            MiddleName::Agrees,
                            MiddleName::Initial,
                            MiddleName::InitialConflict,
                            MiddleName::Conflict,
                        ];
                        self.most(place::middle, &levels.map(|level| level as usize)).or_nothing()
                    }
                };
        }
        weight
    }

    fn dates(&self, level: BirthDate, left: &Sketch, right: &Sketch) -> Bits {
        match level {
            BirthDate::Exact | BirthDate::ExactDefault => {
                let rarity = f32::from(left.rarity[2].max(right.rarity[2])) / 8.0;
                let exact = match rarity > 0.0 {
                    true => self.birth_date_exact + Bits { strangers: rarity, relatives: 0.0 },
                    false => self.weight(place::birth_date, BirthDate::Exact as usize) + self.usual_birth_date,
                };
                let of = |level: BirthDate| self.weight(place::birth_date, level as usize);
                // A usual default has an m and u of its own, beside the same rarity.
                exact + of(level) - of(BirthDate::Exact)
            }
            level => self.weight(place::birth_date, level as usize),
        }
    }

    fn names(&self, left: &Sketch, right: &Sketch) -> Bits {
        let bits = |at: usize| f32::from(left.rarity[at].max(right.rarity[at])) / 8.0;
        let both = left.given.is_there() && right.given.is_there();
        let same_given = both && left.given.hash == right.given.hash;
        let both_family = left.family.is_there() && right.family.is_there();
        let same_family = both_family && left.family.hash == right.family.hash;
        let crossed = (may_cross(left, right) || may_cross(right, left)) && !same_given;
        let rare_family = Bits { strangers: bits(1), relatives: 0.0 };
        let given = match () {
            () if !both => Bits::default(),
            () if same_given && left.flags & INITIAL == 0 => self.given_exact + Bits::both(bits(0)),
            () if same_given || self.given_may_be_alike(left, right) => self.given_rough,
            () => self.given_conflict,
        };
        let family = match () {
            () if !both_family => {
                if crossed {
                    self.family_rough.or_nothing()
                } else {
                    Bits::default()
                }
            }
            () if same_family => self.family_exact + rare_family,
            // A blank more or less makes no other name.
            () if (left.flags | right.flags) & PARTED_FAMILY != 0 => {
                self.family_rough.max(self.family_exact + rare_family)
            }
            () if crossed || family_may_be_alike(left, right) => self.family_rough,
            () => self.family_conflict[usize::from((left.flags | right.flags) & FEMALE_OR_UNKNOWN != 0)],
        };
        let names = given + family;
        // Swapped names fill both comparisons, and all that they weigh is in the first.
        if crossed && both && both_family && may_cross(left, right) && may_cross(right, left) {
            let swapped = |sketch: &Sketch| f32::from(u16::from(sketch.rarity[0]) + u16::from(sketch.rarity[1])) / 8.0;
            return names.max(self.swapped + Bits::both(swapped(left).min(swapped(right))));
        }
        names
    }

    fn given_may_be_alike(&self, left: &Sketch, right: &Sketch) -> bool {
        let is_in = |given: &Sketch, other: &Sketch| {
            other.middle != 0 && (given.given.letters & !other.middle).count_ones() <= 1
        };
        (left.flags | right.flags) & INITIAL != 0
            || left.given.may_be_alike(right.given)
            || are_forms_of_one(left.given_forms, right.given_forms)
            || is_in(left, right)
            || is_in(right, left)
            || may_be_parted(left, right)
            || may_be_parted(right, left)
    }

    fn contact(&self, left: &Sketch, right: &Sketch) -> Bits {
        let of = |level: Contact| self.weight(place::contact, level as usize);
        let phones = left.phones[0] > 0 && right.phones[0] > 0;
        let emails = left.email.is_there() && right.email.is_there();
        if phones && left.phones.iter().any(|phone| *phone > 0 && right.phones.contains(phone)) {
            return of(Contact::Phone).max(of(Contact::Near)).max(of(Contact::Email)).max(of(Contact::EmailOfName));
        }
        if emails && left.email.hash == right.email.hash {
            return of(Contact::Email).max(of(Contact::EmailOfName));
        }
        match (phones, emails) {
            (false, false) => Bits::default(),
            // A similar address made of the name counts as none.
            (_, true) if left.email.may_be_alike(right.email) => of(Contact::Near).or_nothing(),
            _ => of(Contact::Differs),
        }
    }

    fn area(&self, left: &Sketch, right: &Sketch) -> Bits {
        let of = |level: Area| self.weight(place::area, level as usize);
        let codes = left.postal_code > 0 && right.postal_code > 0;
        let cities = left.city.is_there() && right.city.is_there();
        let same_code = codes && left.postal_code == right.postal_code;
        let near_city = cities && (left.city.hash == right.city.hash || left.city.may_be_alike(right.city));
        match () {
            () if !codes && !cities => Bits::default(),
            () if same_code && near_city => of(Area::PostalCodeAndCity).max(of(Area::PostalCode)),
            () if same_code => of(Area::PostalCode),
            // What differs is not counted beside a street that does.
            () if near_city => of(Area::City).max(of(Area::Near)).or_nothing(),
            () if codes => of(Area::Near).or_nothing(),
            () => Bits::default(),
        }
    }

    fn street(&self, left: &Sketch, right: &Sketch) -> Bits {
        let of = |level: Street| self.weight(place::street, level as usize);
        let streets = left.street.is_there() && right.street.is_there();
        let lines = left.second_line.is_there() && right.second_line.is_there();
        let line = |level: SecondLine| self.weight(place::second_line, level as usize);
        let swapped = |a: &Sketch, b: &Sketch| {
            a.street.is_there()
                && b.second_line.is_there()
                && (b.second_line.letters & !a.street.letters).count_ones() <= 4
        };
        let may_be_swapped = swapped(left, right) || swapped(right, left);
        let street = match () {
            () if streets && left.street.hash == right.street.hash => of(Street::Exact).max(of(Street::OtherUnit)),
            () if streets && streets_may_be_alike(left, right) => {
                [Street::OtherUnit, Street::LinesSwapped, Street::Similar, Street::OtherNumber, Street::Differs]
                    .map(of)
                    .into_iter()
                    .fold(Bits::LEAST, Bits::max)
            }
            () if may_be_swapped => of(Street::LinesSwapped).or_nothing(),
            () if streets => of(Street::Differs),
            () => Bits::default(),
        };
        let second = match () {
            () if !lines => Bits::default(),
            () if left.second_line.hash == right.second_line.hash => line(SecondLine::Agrees),
            () if left.second_line.may_be_alike(right.second_line) => {
                line(SecondLine::Similar).max(line(SecondLine::Differs))
            }
            () => line(SecondLine::Differs),
        };
        street + if may_be_swapped { second.or_nothing() } else { second }
    }
}

/// Whether the given name of one may be the family name of the other.
fn may_cross(one: &Sketch, other: &Sketch) -> bool {
    one.given.is_there()
        && other.family.is_there()
        && (may_be_alike(one.given.letters, other.family.letters)
            || may_be_alike(one.given.letters | one.middle, other.family.letters))
}

/// Whether one name may have come to stand in two.
fn may_be_parted(parted: &Sketch, whole: &Sketch) -> bool {
    parted.middle != 0 && may_be_alike(parted.given.letters | parted.middle, whole.given.letters)
}

fn family_may_be_alike(left: &Sketch, right: &Sketch) -> bool {
    left.family.may_be_alike(right.family) || left.maiden != 0 || right.maiden != 0
}

fn streets_may_be_alike(left: &Sketch, right: &Sketch) -> bool {
    left.street_word == right.street_word || left.street.may_be_alike(right.street)
}
