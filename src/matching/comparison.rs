//! Compares two people: per comparison one of its ordered levels, or nothing where a side is silent.
//!
//! A [`Pattern`] is Fellegi and Sunter's agreement vector. It holds no weight and takes no decision. Fields that a
//! household shares (telephone, e-mail, street, postal code) are one comparison, because they are no independent
//! evidence, and it is void when the given names differ: then it shows where people live, not who they are.

use super::distance::{self, edits, jaro_winkler};
use super::names;
use super::person::{Person, Sex};
use crate::model::PartialDate;

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
        pub static COMPARISONS: &[(&str, fn(usize) -> &'static str, usize)] =
            &[$(($level::COMPARISON, |level| $level::ALL[level].name(), $level::ALL.len())),*];

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
    similarity >= SIMILAR || (similarity >= 0.80 && names::sound(left) == names::sound(right))
}

/// Whether two spellings have letters enough in common to be looked at: many times cheaper than either distance.
fn may_be_alike(left: &str, right: &str) -> bool {
    distance::may_be_alike(distance::letters(left), distance::letters(right))
}

/// Whether the given name of one is the family name of the other.
fn is_crossed(one: &Person, other: &Person) -> bool {
    let (given, family) = (one.given(), other.family());
    if given.len() < 3 || family.len() < 3 {
        return false;
    }
    // A blank too many makes two names of one.
    let parted = || {
        let joined = [given, one.middle()].concat().replace(' ', "");
        alike(&joined, &family.replace(' ', ""))
    };
    alike(given, family) || ((!one.middle().is_empty() || family.contains(' ')) && parted())
}

pub(super) fn is_initial(name: &str) -> bool {
    name.chars().count() == 1
}

fn given_name(left: &Person, right: &Person) -> Option<GivenName> {
    let (a, b) = both_texts(left.given(), right.given())?;
    Some(if a == b {
        match () {
            () if is_initial(a) => GivenName::Initial,
            () => GivenName::Exact,
        }
    } else if is_initial(a) || is_initial(b) {
        if is_middle(left, right) {
            GivenName::Middle
        } else if a.chars().next() == b.chars().next() {
            GivenName::Initial
        } else {
            GivenName::Conflict
        }
    } else if names::are_forms_of_one(left.given_forms(), right.given_forms()) {
        GivenName::Nickname
    } else if is_joined(left, right) || is_joined(right, left) || is_parted(left, right) || is_parted(right, left) {
        GivenName::Joined
    } else if is_middle_swapped(left, right) {
        GivenName::MiddleSwapped
    } else if is_middle(left, right) {
        GivenName::Middle
    } else {
        if !may_be_alike(a, b) {
            return Some(GivenName::Conflict);
        }
        let two_names = left.given_forms()[0] > 0 && right.given_forms()[0] > 0;
        let two_slips = a.len().min(b.len()) >= 5 && edits(a, b) == 2;
        match (is_typo(a, b), two_slips || is_similar(a, b)) {
            (true, _) | (_, true) if two_names => GivenName::OtherName,
            (true, _) => GivenName::Typo,
            (_, true) => GivenName::Similar,
            _ => GivenName::Conflict,
        }
    })
}

/// MARYANN here, MARY with the middle name ANN there.
fn is_joined(split: &Person, joined: &Person) -> bool {
    let first_middle = split.middle().split(' ').next().unwrap_or_default();
    !first_middle.is_empty() && joined.given().strip_prefix(split.given()).is_some_and(|rest| rest == first_middle)
}

/// MARY ANN or MA RYANN here, MARYANN there, give or take a slip.
fn is_parted(parted: &Person, whole: &Person) -> bool {
    if parted.middle().is_empty() || !whole.middle().is_empty() || whole.given().len() < 4 {
        return false;
    }
    let joined = [parted.given(), parted.middle()].concat().replace(' ', "");
    alike(&joined, whole.given())
}

/// MARY ANN here, ANN MARY or ANN M there.
fn is_middle_swapped(left: &Person, right: &Person) -> bool {
    if left.middle().is_empty() || right.middle().is_empty() {
        return false;
    }
    let begins = |name: &str, whole: &str| {
        !name.is_empty() && !whole.is_empty() && (whole.starts_with(name) || name.starts_with(whole))
    };
    let first = |person: &'_ Person| person.middle().split(' ').next().unwrap_or_default().to_owned();
    let (middle_left, middle_right) = (first(left), first(right));
    let is_full = |name: &str| name.len() >= 3;
    begins(left.given(), &middle_right)
        && begins(right.given(), &middle_left)
        && (is_full(&middle_left) || is_full(&middle_right))
}

fn is_middle(left: &Person, right: &Person) -> bool {
    let called_by = |given: &str, middle: &str| {
        given.len() >= 3 && middle.len() >= given.len() && middle.split(' ').any(|part| part == given)
    };
    called_by(left.given(), right.middle()) || called_by(right.given(), left.middle())
}

fn middle_name(left: &Person, right: &Person) -> Option<MiddleName> {
    let (a, b) = both_texts(left.middle(), right.middle())?;
    if a == b {
        return Some(if is_initial(a) { MiddleName::Initial } else { MiddleName::Agrees });
    }
    let (first_a, first_b) = (a.split(' ').next().unwrap_or(a), b.split(' ').next().unwrap_or(b));
    let same_initial = first_a.chars().next() == first_b.chars().next();
    if is_initial(first_a) || is_initial(first_b) {
        return Some(if same_initial { MiddleName::Initial } else { MiddleName::InitialConflict });
    }
    // Women often carry the maiden name in the middle.
    let is_family = |part: &str, person: &Person| alike(part, person.family()) || alike(part, person.maiden());
    if is_family(first_a, right) || is_family(first_b, left) {
        return None;
    }
    let forms = names::are_forms_of_one(names::forms(first_a), names::forms(first_b));
    let shared = a.split(' ').any(|part| !is_initial(part) && b.split(' ').any(|other| other == part));
    Some(if shared || forms {
        MiddleName::Agrees
    } else if is_typo(first_a, first_b) || is_similar(first_a, first_b) {
        MiddleName::Similar
    } else {
        MiddleName::Conflict
    })
}

fn family_name(left: &Person, right: &Person) -> Option<FamilyName> {
    let (a, b) = both_texts(left.family(), right.family())?;
    let (joined_a, joined_b);
    let (whole_a, whole_b) = if a.contains(' ') || b.contains(' ') {
        (joined_a, joined_b) = (a.replace(' ', ""), b.replace(' ', ""));
        (joined_a.as_str(), joined_b.as_str())
    } else {
        (a, b)
    };
    if whole_a == whole_b {
        return Some(FamilyName::Exact);
    }
    let may_be_alike = may_be_alike(whole_a, whole_b);
    Some(if may_be_alike && is_typo(whole_a, whole_b) {
        FamilyName::Typo
    } else if shares_part(a, b) {
        FamilyName::Part
    } else if may_be_alike && is_similar(whole_a, whole_b) {
        FamilyName::Similar
    } else if shares_part(left.maiden(), b) || shares_part(right.maiden(), a) {
        FamilyName::Maiden
    } else if left.sex() == Sex::Female || right.sex() == Sex::Female {
        FamilyName::ConflictFemale
    } else {
        FamilyName::Conflict
    })
}

/// Whether a part of three letters or more stands in both: SMITH in SMITH JONES, not DE in DE SILVA.
fn shares_part(left: &str, right: &str) -> bool {
    if left.is_empty() || right.is_empty() {
        return false;
    }
    left.split(' ').filter(|part| part.len() >= 3).any(|part| right.split(' ').any(|other| other == part))
}

fn birth_date_of(left: &Person, right: &Person) -> Option<BirthDate> {
    match both(left.birth_date(), right.birth_date()) {
        Some((a, b)) => Some(birth_date(a, b)),
        // No day of any calendar: a slip away from one that is, or nothing that could be compared.
        None => {
            let (a, b) = both(left.birth_digits(), right.birth_digits())?;
            (a == b || differ_by_one_slip(&digits_of(a), &digits_of(b))).then_some(BirthDate::OneDigit)
        }
    }
}

fn digits_of(number: u32) -> [u8; 8] {
    let mut rest = number;
    let mut digits = [0u8; 8];
    for digit in digits.iter_mut().rev() {
        *digit = (rest % 10) as u8;
        rest /= 10;
    }
    digits
}

pub(super) fn birth_date(left: PartialDate, right: PartialDate) -> BirthDate {
    let months = left.month.zip(right.month);
    let days = left.day.zip(right.day);
    if left.year.abs_diff(right.year) >= super::contradiction::GENERATION_YEARS {
        let is_slip = days.is_some() && one_digit_apart(left, right);
        return if is_slip { BirthDate::YearSlip } else { BirthDate::Generation };
    }
    match (left.year == right.year, months, days) {
        (true, None, _) => BirthDate::PartialYear,
        (true, Some((a, b)), None) if a == b => BirthDate::PartialMonth,
        (_, None, _) | (_, _, None) => BirthDate::Conflict,
        (same_year, Some((month_a, month_b)), Some((day_a, day_b))) => {
            let parts = [same_year, month_a == month_b, day_a == day_b];
            let equal = parts.iter().filter(|equal| **equal).count();
            if equal == 3 {
                let default = (month_a, day_a) == (1, 1);
                return if default { BirthDate::ExactDefault } else { BirthDate::Exact };
            }
            if same_year && month_a == day_b && day_a == month_b {
                BirthDate::Swapped
            } else if one_digit_apart(left, right) {
                BirthDate::OneDigit
            } else if same_year && ((month_a, day_a) == (1, 1) || (month_b, day_b) == (1, 1)) {
                BirthDate::Default
            } else if equal == 2 {
                BirthDate::TwoParts
            } else {
                let days = |date: PartialDate, month: u8, day: u8| {
                    i64::from(date.year) * 365 + (i64::from(month) - 1) * 30 + i64::from(day)
                };
                match days(left, month_a, day_a).abs_diff(days(right, month_b, day_b)) {
                    0..=31 => BirthDate::WithinMonth,
                    32..=366 => BirthDate::WithinYear,
                    _ => BirthDate::Conflict,
                }
            }
        }
    }
}

fn one_digit_apart(left: PartialDate, right: PartialDate) -> bool {
    let digits = |date: PartialDate| {
        let (month, day) = (date.month.unwrap_or_default(), date.day.unwrap_or_default());
        digits_of(date.year as u32 * 10_000 + u32::from(month) * 100 + u32::from(day))
    };
    differ_by_one_slip(&digits(left), &digits(right))
}

/// One substitution, or one transposition of neighbours, between digit strings of one length.
fn differ_by_one_slip(left: &[u8], right: &[u8]) -> bool {
    let mut differing = left.iter().zip(right).enumerate().filter(|(_, (a, b))| a != b).map(|(at, _)| at);
    match (differing.next(), differing.next(), differing.next()) {
        (Some(_), None, _) => true,
        (Some(first), Some(second), None) => {
            second == first + 1 && left[first] == right[second] && left[second] == right[first]
        }
        _ => false,
    }
}

fn sex(left: Sex, right: Sex) -> Option<SexAtBirth> {
    match (left, right) {
        (Sex::Male, Sex::Male) => Some(SexAtBirth::Male),
        (Sex::Female, Sex::Female) => Some(SexAtBirth::Female),
        (Sex::Male, Sex::Female) | (Sex::Female, Sex::Male) => Some(SexAtBirth::Conflict),
        _ => None,
    }
}

fn ssn(left: u32, right: u32) -> SocialSecurityNumber {
    if left == right {
        return SocialSecurityNumber::Exact;
    }
    let digits = |number: u32| {
        let mut digits = *b"000000000";
        digits.iter_mut().rev().fold(number, |rest, digit| {
            *digit += (rest % 10) as u8;
            rest / 10
        });
        digits
    };
    let (a, b) = (digits(left), digits(right));
    let text = |digits| std::str::from_utf8(digits).unwrap_or_default();
    match edits(text(&a), text(&b)) {
        1 => SocialSecurityNumber::OneDigit,
        2 => SocialSecurityNumber::Near,
        _ => SocialSecurityNumber::Conflict,
    }
}

fn identifier(left: &Person, right: &Person) -> Option<Identifier> {
    let license = both(left.drivers_license(), right.drivers_license());
    let passport = both(left.passport_number(), right.passport_number());
    let plan = both(left.health_plan_number(), right.health_plan_number());
    let number = both(left.medical_record_number(), right.medical_record_number());
    if [license, passport, plan].into_iter().flatten().any(|(a, b)| a == b) {
        Some(Identifier::Document)
    } else if left.system == right.system && number.is_some_and(|(a, b)| a == b) {
        Some(Identifier::RecordNumber)
    } else if license.is_some() || passport.is_some() || plan.is_some() {
        Some(Identifier::Conflict)
    } else {
        None
    }
}

/// Agreement of one field.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Agreement {
    Missing,
    Differs,
    Near,
    Same,
}

fn contact(left: &Person, right: &Person) -> Option<Contact> {
    Some(match (phone(left, right), email(left, right)) {
        (Agreement::Missing, Agreement::Missing) => return None,
        (Agreement::Same, _) => Contact::Phone,
        (_, Agreement::Same) if is_made_of_name(left) => Contact::EmailOfName,
        (_, Agreement::Same) => Contact::Email,
        (Agreement::Near, _) | (_, Agreement::Near) => Contact::Near,
        _ => Contact::Differs,
    })
}

fn phone(left: &Person, right: &Person) -> Agreement {
    const LOCAL: u64 = 10_000_000;
    let mut agreement = Agreement::Missing;
    for a in left.phones() {
        for b in right.phones() {
            let same = a == b || (a % LOCAL == b % LOCAL && (a < LOCAL || b < LOCAL));
            let found = match () {
                () if same => Agreement::Same,
                () if a % LOCAL == b % LOCAL => Agreement::Near,
                () => Agreement::Differs,
            };
            agreement = agreement.max(found);
        }
    }
    agreement
}

fn email(left: &Person, right: &Person) -> Agreement {
    match both_texts(left.email(), right.email()) {
        None => Agreement::Missing,
        Some((a, b)) if a == b => Agreement::Same,
        // People of one name have similar addresses.
        Some((a, b)) if a.len() >= 12 && is_near(a, b) && is_made_of_name(left) => Agreement::Missing,
        Some((a, b)) if a.len() >= 12 && is_near(a, b) => Agreement::Near,
        _ => Agreement::Differs,
    }
}

/// Whether the address before the at sign holds the given or the family name.
fn is_made_of_name(person: &Person) -> bool {
    let local = person.email().split('@').next().unwrap_or_default();
    let letters: String = local.chars().filter(char::is_ascii_alphabetic).collect::<String>().to_ascii_uppercase();
    [person.given(), person.family(), person.maiden()].iter().any(|name| name.len() >= 3 && letters.contains(name))
}

/// Two edits apart at most, seen cheaply where it is out of the question.
fn is_near(left: &str, right: &str) -> bool {
    left.len().abs_diff(right.len()) <= 2
        && (left.as_bytes()[0] == right.as_bytes()[0] || left.as_bytes()[1] == right.as_bytes()[1])
        && edits(left, right) <= 2
}

fn street(left: &Person, right: &Person) -> Option<Street> {
    let (a, b) = match both_texts(left.street(), right.street()) {
        Some(both) => both,
        None => return lines_swapped(left, right).then_some(Street::LinesSwapped),
    };
    let other_unit = both_texts(left.unit(), right.unit()).is_some_and(|(a, b)| a != b);
    if a == b {
        return Some(if other_unit { Street::OtherUnit } else { Street::Exact });
    }
    let (number_a, name_a) = house_number(a);
    let (number_b, name_b) = house_number(b);
    let same_number = number_a == number_b;
    let near_number = number_a.is_empty() || number_b.is_empty() || is_one_slip(number_a, number_b);
    Some(match (is_same_street(name_a, name_b), same_number || near_number) {
        (true, true) if other_unit => Street::OtherUnit,
        (true, true) => Street::Similar,
        (true, false) => Street::OtherNumber,
        (false, _) if lines_swapped(left, right) => Street::LinesSwapped,
        (false, _) => Street::Differs,
    })
}

/// Spellings of one street: a slip, a word left out, a blank too many.
fn is_same_street(left: &str, right: &str) -> bool {
    if left.is_empty() || right.is_empty() {
        return false;
    }
    left == right
        || is_typo(left, right)
        || (may_be_alike(left, right) && jaro_winkler(left, right) >= 0.9)
        || shares_most_words(left, right)
}

/// Whether the longest word, which is seldom the type of the street, stands in both, and little else differs.
fn shares_most_words(left: &str, right: &str) -> bool {
    let word = longest_word(left);
    word.len() >= 5 && word == longest_word(right)
}

/// The first of the longest words.
pub(super) fn longest_word(text: &str) -> &str {
    text.split(' ').fold("", |longest, word| if word.len() > longest.len() { word } else { longest })
}

fn lines_swapped(left: &Person, right: &Person) -> bool {
    let is_other = |one: &Person, other: &Person| {
        both_texts(house_number(one.street()).1, other.second_line())
            .is_some_and(|(a, b)| a.len() >= 4 && (a == b || is_typo(a, b)))
    };
    is_other(left, right) || is_other(right, left)
}

fn second_line(left: &Person, right: &Person) -> Option<SecondLine> {
    let (a, b) = both_texts(left.second_line(), right.second_line())?;
    Some(match () {
        () if a == b => SecondLine::Agrees,
        () if is_typo(a, b) || (may_be_alike(a, b) && jaro_winkler(a, b) >= 0.88) => SecondLine::Similar,
        () => SecondLine::Differs,
    })
}

fn is_one_slip(left: &str, right: &str) -> bool {
    left.len().abs_diff(right.len()) <= 1 && left.len().max(right.len()) > 1 && edits(left, right) == 1
}

pub(super) fn house_number(street: &str) -> (&str, &str) {
    match street.split_once(' ') {
        Some((number, name)) if number.starts_with(|c: char| c.is_ascii_digit()) => (number, name),
        _ => ("", street),
    }
}

fn area(left: &Person, right: &Person) -> Option<Area> {
    let postal_code = match both(left.postal_code(), right.postal_code()) {
        Some((a, b)) if a == b => Agreement::Same,
        Some((a, b)) if is_one_slip_of_code(a, b) => Agreement::Near,
        Some(_) => Agreement::Differs,
        None => Agreement::Missing,
    };
    Some(match (postal_code, city(left, right)) {
        (Agreement::Missing, Agreement::Missing) => return None,
        (Agreement::Same, Agreement::Same | Agreement::Near) => Area::PostalCodeAndCity,
        (Agreement::Same, _) => Area::PostalCode,
        (_, Agreement::Same) => Area::City,
        (Agreement::Near, _) | (_, Agreement::Near) => Area::Near,
        _ => Area::Differs,
    })
}

/// Between postal codes as they are packed: one character differs, or two neighbours are transposed.
fn is_one_slip_of_code(left: u64, right: u64) -> bool {
    differ_by_one_slip(&left.to_be_bytes(), &right.to_be_bytes())
}

fn city(left: &Person, right: &Person) -> Agreement {
    let Some((a, b)) = both_texts(left.city(), right.city()) else { return Agreement::Missing };
    let other_state =
        both_texts(left.state(), right.state()).is_some_and(|(a, b)| !a.starts_with(b) && !b.starts_with(a));
    match () {
        () if other_state && a != b => Agreement::Differs,
        () if other_state => Agreement::Near,
        () if a == b => Agreement::Same,
        () if is_typo(a, b) || (may_be_alike(a, b) && jaro_winkler(a, b) >= 0.92) => Agreement::Near,
        () => Agreement::Differs,
    }
}
