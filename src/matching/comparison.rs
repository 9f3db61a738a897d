//! Compares two people: per comparison one of its ordered levels, or nothing where a side is silent.
//!
//! A [`Pattern`] is Fellegi and Sunter's agreement vector. It holds no weight and takes no decision. Fields that a
//! household shares (telephone, e-mail, street, postal code) are one comparison, because they are no independent
//! evidence, and it is void when the given names differ: then it shows where people live, not who they are.

use super::distance::{self, edits, jaro_winkler};
use super::person::Person;

mod contacts;
mod names;
mod numbers;

pub(super) use contacts::{house_number, longest_word};
pub(super) use names::is_initial;

use contacts::{area, contact, second_line, street};
use names::{family_name, given_name, is_crossed, middle_name, shares_part};
pub(super) use numbers::{GENERATION_YEARS, birth_date};
use numbers::{birth_date_of, identifier, sex, ssn};

macro_rules! levels {
    ($($(#[$doc:meta])* $comparison:ident = $name:literal { $($(#[$level_doc:meta])* $level:ident = $level_name:literal,)* })*) => {
        $($(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $comparison { $($(#[$level_doc])* $level,)* }

        impl $comparison {
            pub const COMPARISON: &'static str = $name;
            pub const ALL: &'static [Self] = &[$(Self::$level),*];

            pub fn name(self) -> &'static str {
                match self { $(Self::$level => $level_name,)* }
            }
        })*
    };
}

levels! {
    GivenName = "given_name" {
        Exact = "exact",
        /// Each one's given name is the other's family name.
        Swapped = "swapped with the family name",
        Nickname = "forms of one name",
        /// Written in one word here and in two there.
        Joined = "joined with the middle name",
        /// One insertion, deletion, substitution or transposition, two in a long name.
        Typo = "one edit apart",
        Similar = "similar",
        /// Each one's given name is the other's middle name, or begins as it does.
        MiddleSwapped = "swapped with the middle name",
        /// One's given name is the other's middle name.
        Middle = "is the middle name",
        Initial = "initial agrees",
        /// As close as a slip of the pen, yet both are names of their own: Jayden and Kayden, Eric and Erica.
        OtherName = "similar, but two names",
        Conflict = "conflict",
    }
    FamilyName = "family_name" {
        Exact = "exact",
        Swapped = "swapped with the given name",
        Typo = "one edit apart",
        Similar = "similar",
        Part = "a part of a double name agrees",
        Maiden = "agrees with the maiden name",
        /// One's given name is the other's family name, and the other names differ.
        Crossed = "is the other's given name",
        /// Women's family names change with marriage.
        ConflictFemale = "conflict, female",
        Conflict = "conflict",
    }
    MiddleName = "middle_name" {
        Agrees = "agrees",
        Similar = "similar",
        Initial = "initial agrees",
        InitialConflict = "initial differs",
        Conflict = "conflict",
    }
    Suffix = "name_suffix" {
        Agrees = "agrees",
        Conflict = "conflict",
    }
    BirthDate = "birth_date" {
        Exact = "exact",
        /// The first of January, and other days that forms fill in.
        ExactDefault = "exact, a usual default",
        Swapped = "day and month swapped",
        /// One digit differs or two neighbours are transposed.
        OneDigit = "one digit apart",
        /// The same, and the years a generation apart.
        YearSlip = "one digit apart, years a generation apart",
        PartialMonth = "year and month agree, no day",
        PartialYear = "year agrees, no month",
        /// A first of January is what forms fill in where only the year is known.
        Default = "same year, a usual default in one",
        TwoParts = "two of year, month, day agree",
        WithinMonth = "within a month",
        WithinYear = "within a year",
        Generation = "years a generation apart",
        Conflict = "conflict",
    }
    SexAtBirth = "sex" {
        Female = "both female",
        Male = "both male",
        Conflict = "conflict",
    }
    Contact = "contact" {
        Phone = "telephone",
        Email = "e-mail",
        /// Namesakes differ by a number in it at best.
        EmailOfName = "e-mail made of the name",
        /// The local digits of a telephone, or an e-mail address with a slip.
        Near = "similar telephone or e-mail",
        Differs = "differs",
    }
    Street = "street" {
        Exact = "exact",
        OtherUnit = "same house, another unit",
        /// The first line here is the second one there.
        LinesSwapped = "lines swapped",
        Similar = "similar",
        /// The same street, another house.
        OtherNumber = "same street, another number",
        Differs = "differs",
    }
    SecondLine = "second_line" {
        Agrees = "agrees",
        Similar = "similar",
        Differs = "differs",
    }
    Area = "area" {
        PostalCodeAndCity = "postal code and city",
        PostalCode = "postal code",
        City = "city",
        Near = "similar postal code or city",
        Differs = "differs",
        /// Who moved lives elsewhere in every respect: one difference, not two.
        Elsewhere = "differs, as the street does",
    }
    SocialSecurityNumber = "ssn" {
        Exact = "exact",
        /// Name and birth date speak of two people: a family's number, or a wrong one.
        Shared = "shared by different people",
        OneDigit = "one digit apart",
        Near = "two digits apart",
        Conflict = "conflict",
    }
    Identifier = "identifier" {
        /// Driver's licence, passport or health plan.
        Document = "licence, passport or health plan",
        RecordNumber = "record number of one system",
        Shared = "shared by different people",
        Conflict = "conflict",
    }
    BirthOrder = "birth_order" {
        Agrees = "agrees",
        Conflict = "conflict",
    }
    MotherMaidenName = "mother_maiden_name" {
        Agrees = "agrees",
        Similar = "similar",
        Conflict = "conflict",
    }
    Guardian = "guardian" {
        Agrees = "agrees",
        Similar = "similar",
        Conflict = "conflict",
    }
    BirthPlace = "birth_place" {
        Agrees = "agrees",
        Similar = "similar",
        Differs = "differs",
    }
}

/// A comparison, by its names.
pub struct Comparison {
    pub name: &'static str,
    pub level_name: fn(usize) -> &'static str,
    pub levels: usize,
}

macro_rules! pattern {
    ($($field:ident: $level:ident),* $(,)?) => {
        /// The levels of one pair; `None`: a side is silent.
        #[derive(Clone, Copy, Debug, Default)]
        pub struct Pattern { $(pub $field: Option<$level>),* }

        impl Pattern {
            /// Per comparison its level from 1, or 0 where a side is silent.
            pub fn levels(&self) -> [u8; COMPARISONS.len()] {
                [$(self.$field.map_or(0, |level| level as u8 + 1)),*]
            }
        }

        /// The comparisons, in the order in which evidence stands: their names, and those of their levels.
        pub static COMPARISONS: &[Comparison] = &[$(Comparison {
            name: $level::COMPARISON,
            level_name: |level| $level::ALL[level].name(),
            levels: $level::ALL.len(),
        }),*];

        /// Where each comparison stands in [`COMPARISONS`].
        #[expect(non_upper_case_globals, reason = "named as the fields of the pattern")]
        pub mod place {
            pattern!(@places 0; $($field)*);
        }
    };
    (@places $at:expr; $field:ident $($rest:ident)*) => {
        pub const $field: usize = $at;
        pattern!(@places $at + 1; $($rest)*);
    };
    (@places $at:expr;) => {};
}

pattern!(
    given: GivenName,
    family: FamilyName,
    middle: MiddleName,
    suffix: Suffix,
    birth_date: BirthDate,
    sex: SexAtBirth,
    contact: Contact,
    street: Street,
    second_line: SecondLine,
    area: Area,
    ssn: SocialSecurityNumber,
    identifier: Identifier,
    birth_order: BirthOrder,
    mother_maiden_name: MotherMaidenName,
    guardian: Guardian,
    birth_place: BirthPlace,
);

impl Pattern {
    /// The comparisons that cost no text work.
    pub fn of_numbers(left: &Person, right: &Person) -> Self {
        Self {
            birth_date: birth_date_of(left, right),
            sex: sex(left.sex(), right.sex()),
            suffix: both(left.generation(), right.generation())
                .map(|(a, b)| if a == b { Suffix::Agrees } else { Suffix::Conflict }),
            birth_order: both(left.birth_order(), right.birth_order())
                .map(|(a, b)| if a == b { BirthOrder::Agrees } else { BirthOrder::Conflict }),
            ssn: both(left.ssn(), right.ssn()).map(|(a, b)| ssn(a, b)),
            identifier: identifier(left, right),
            ..Self::default()
        }
    }

    /// Adds the names; the swapped ones fill both comparisons.
    pub fn compare_names(&mut self, left: &Person, right: &Person) {
        self.given = given_name(left, right);
        self.family = family_name(left, right);
        let apart = |given: GivenName| matches!(given, GivenName::Conflict | GivenName::OtherName | GivenName::Initial);
        if self.given.is_some_and(apart)
            && self.family.is_some_and(FamilyName::conflicts)
            && is_crossed(left, right)
            && is_crossed(right, left)
        {
            self.given = Some(GivenName::Swapped);
            self.family = Some(FamilyName::Swapped);
        }
        if self.given.is_none_or(apart)
            && self.family.is_none_or(FamilyName::conflicts)
            && (is_crossed(left, right) || is_crossed(right, left))
        {
            self.family = Some(FamilyName::Crossed);
        }
        if self.given_differs() && self.birth_date.is_some_and(BirthDate::is_far) {
            if self.ssn == Some(SocialSecurityNumber::Exact) {
                self.ssn = Some(SocialSecurityNumber::Shared);
            }
            if matches!(self.identifier, Some(Identifier::Document | Identifier::RecordNumber)) {
                self.identifier = Some(Identifier::Shared);
            }
        }
    }

    /// Adds what may only be judged once the names are known.
    pub fn compare_rest(&mut self, left: &Person, right: &Person) {
        self.middle = match self.given {
            Some(GivenName::Middle | GivenName::MiddleSwapped | GivenName::Joined) => None,
            _ => middle_name(left, right),
        };
        self.contact = contact(left, right);
        self.street = street(left, right);
        self.second_line = match self.street {
            Some(Street::LinesSwapped) => None,
            _ => second_line(left, right),
        };
        self.area = match (area(left, right), self.street) {
            (Some(Area::Differs), Some(Street::Differs)) => Some(Area::Elsewhere),
            (area, _) => area,
        };
        self.mother_maiden_name =
            both_texts(left.mother_maiden_name(), right.mother_maiden_name()).map(|(a, b)| match () {
                () if a == b || shares_part(a, b) => MotherMaidenName::Agrees,
                () if is_typo(a, b) || is_similar(a, b) => MotherMaidenName::Similar,
                () => MotherMaidenName::Conflict,
            });
        self.guardian = both_texts(left.guardian(), right.guardian()).map(|(a, b)| match () {
            () if a == b || shares_part(a, b) => Guardian::Agrees,
            () if is_typo(a, b) || is_similar(a, b) => Guardian::Similar,
            () => Guardian::Conflict,
        });
        self.birth_place = both_texts(left.birth_place(), right.birth_place()).map(|(a, b)| match () {
            () if a == b => BirthPlace::Agrees,
            () if is_typo(a, b) || shares_part(a, b) || jaro_winkler(a, b) >= 0.9 => BirthPlace::Similar,
            () => BirthPlace::Differs,
        });
    }

    /// The whole agreement pattern of a pair.
    pub fn of(left: &Person, right: &Person) -> Self {
        let mut pattern = Self::of_numbers(left, right);
        pattern.compare_names(left, right);
        pattern.compare_rest(left, right);
        pattern
    }

    /// Whether the given names are those of two people.
    pub fn given_differs(&self) -> bool {
        matches!(self.given, Some(GivenName::Conflict | GivenName::OtherName))
    }
}

impl BirthDate {
    /// Whether no slip of the pen leads from one to the other.
    pub fn is_far(self) -> bool {
        matches!(self, Self::Conflict | Self::Generation | Self::WithinYear | Self::WithinMonth | Self::YearSlip)
    }
}

impl FamilyName {
    pub fn conflicts(self) -> bool {
        matches!(self, Self::Conflict | Self::ConflictFemale)
    }
}

fn both<T>(left: Option<T>, right: Option<T>) -> Option<(T, T)> {
    left.zip(right)
}

fn both_texts<'a>(left: &'a str, right: &'a str) -> Option<(&'a str, &'a str)> {
    (!left.is_empty() && !right.is_empty()).then_some((left, right))
}

/// One edit apart, or two where both names are long enough for that to be a slip of the pen.
fn is_typo(left: &str, right: &str) -> bool {
    let (shorter, longer) = (left.len().min(right.len()), left.len().max(right.len()));
    if longer - shorter > 2 || shorter < 2 || longer < 3 || !may_be_alike(left, right) {
        return false;
    }
    edits(left, right) <= if shorter >= 7 { 2 } else { 1 }
}

/// Equal but for a slip of the pen.
fn alike(left: &str, right: &str) -> bool {
    !left.is_empty() && (left == right || is_typo(left, right))
}

/// Jaro-Winkler similarity (Winkler 1990) from which two names count as similar; below 0.85 chance prevails.
const SIMILAR: f64 = 0.87;

fn is_similar(left: &str, right: &str) -> bool {
    if !may_be_alike(left, right) {
        return false;
    }
    let similarity = jaro_winkler(left, right);
    similarity >= SIMILAR || (similarity >= 0.80 && super::names::sound(left) == super::names::sound(right))
}

/// Whether two spellings have letters enough in common to be looked at: many times cheaper than either distance.
fn may_be_alike(left: &str, right: &str) -> bool {
    distance::may_be_alike(distance::letters(left), distance::letters(right))
}
