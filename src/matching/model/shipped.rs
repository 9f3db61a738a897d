//! The shipped probabilities, level by level. Columns: one person, strangers, relatives of one household, twins; parents with a
//! child of their name are relatives but for their names and birth dates.

use super::super::comparison::{
    Area, BirthDate, BirthOrder, BirthPlace, COMPARISONS, Contact, FamilyName, GivenName, Guardian, Identifier,
    MiddleName, MotherMaidenName, SecondLine, SexAtBirth, SocialSecurityNumber, Street, Suffix,
};
use super::Probabilities;

/// A parent and a child of one name share what relatives share.
const fn p(m: f64, u: f64, u_relatives: f64, u_twins: f64) -> Probabilities {
    Probabilities { m, u, u_relatives, u_twins, u_namesakes: u_relatives }
}

/// What a parent and a child of one name do not share as other relatives do.
const fn namesakes(p: Probabilities, u_namesakes: f64) -> Probabilities {
    Probabilities { u_namesakes, ..p }
}

/// All of them, by comparison and level.
pub fn all() -> Vec<Vec<Probabilities>> {
    let tables = vec![
        GivenName::ALL.iter().map(|level| given(*level)).collect::<Vec<_>>(),
        FamilyName::ALL.iter().map(|level| family(*level)).collect(),
        MiddleName::ALL.iter().map(|level| middle(*level)).collect(),
        Suffix::ALL.iter().map(|level| suffix(*level)).collect(),
        BirthDate::ALL.iter().map(|level| birth_date(*level)).collect(),
        SexAtBirth::ALL.iter().map(|level| sex(*level)).collect(),
        Contact::ALL.iter().map(|level| contact(*level)).collect(),
        Street::ALL.iter().map(|level| street(*level)).collect(),
        SecondLine::ALL.iter().map(|level| second_line(*level)).collect(),
        Area::ALL.iter().map(|level| area(*level)).collect(),
        SocialSecurityNumber::ALL.iter().map(|level| ssn(*level)).collect(),
        Identifier::ALL.iter().map(|level| identifier(*level)).collect(),
        BirthOrder::ALL.iter().map(|level| birth_order(*level)).collect(),
        MotherMaidenName::ALL.iter().map(|level| mother_maiden_name(*level)).collect(),
        Guardian::ALL.iter().map(|level| guardian(*level)).collect(),
        BirthPlace::ALL.iter().map(|level| birth_place(*level)).collect(),
    ];
    debug_assert!(tables.iter().zip(COMPARISONS).all(|(table, comparison)| table.len() == comparison.levels));
    tables
}

/// Strangers: what one name weighs follows from how common it is; this is the mean. Relatives: who is not named after a
/// parent has a name that nobody else at home has. Twins: names of one birth differ, but like to rhyme.
fn given(level: GivenName) -> Probabilities {
    match level {
        GivenName::Exact => namesakes(p(0.75, 0.0045, 0.001, 0.0004), 0.92),
        GivenName::Swapped => namesakes(p(0.01, 0.00002, 0.0001, 0.00005), 0.001),
        GivenName::Nickname => namesakes(p(0.05, 0.003, 0.001, 0.0005), 0.03),
        GivenName::Joined => namesakes(p(0.01, 0.0001, 0.0005, 0.0002), 0.005),
        GivenName::Typo => namesakes(p(0.07, 0.003, 0.001, 0.001), 0.02),
        GivenName::Similar => namesakes(p(0.04, 0.005, 0.005, 0.008), 0.005),
        GivenName::MiddleSwapped => namesakes(p(0.006, 0.00003, 0.003, 0.0005), 0.005),
        GivenName::Middle => namesakes(p(0.02, 0.002, 0.03, 0.005), 0.01),
        GivenName::Initial => namesakes(p(0.02, 0.005, 0.005, 0.01), 0.01),
        GivenName::OtherName => namesakes(p(0.01, 0.006, 0.02, 0.06), 0.001),
        GivenName::Conflict => namesakes(p(0.02, 0.95, 0.92, 0.88), 0.001),
    }
}

fn family(level: FamilyName) -> Probabilities {
    match level {
        FamilyName::Exact => namesakes(p(0.77, 0.0016, 0.73, 0.82), 0.97),
        // Said with the given name already.
        FamilyName::Swapped => p(0.5, 0.5, 0.5, 0.5),
        FamilyName::Typo => namesakes(p(0.08, 0.002, 0.03, 0.05), 0.015),
        FamilyName::Similar => namesakes(p(0.03, 0.003, 0.02, 0.02), 0.005),
        FamilyName::Part => namesakes(p(0.02, 0.001, 0.04, 0.03), 0.005),
        FamilyName::Maiden => p(0.02, 0.0008, 0.03, 0.01),
        FamilyName::Crossed => p(0.01, 0.0008, 0.002, 0.001),
        FamilyName::ConflictFemale => namesakes(p(0.07, 0.98, 0.12, 0.03), 0.005),
        FamilyName::Conflict => namesakes(p(0.04, 0.98, 0.08, 0.03), 0.005),
    }
}

fn middle(level: MiddleName) -> Probabilities {
    match level {
        MiddleName::Agrees => namesakes(p(0.60, 0.04, 0.08, 0.05), 0.40),
        MiddleName::Similar => p(0.05, 0.02, 0.03, 0.03),
        MiddleName::Initial => namesakes(p(0.28, 0.09, 0.12, 0.12), 0.30),
        MiddleName::InitialConflict => namesakes(p(0.04, 0.40, 0.37, 0.40), 0.15),
        MiddleName::Conflict => namesakes(p(0.03, 0.45, 0.40, 0.40), 0.12),
    }
}

fn suffix(level: Suffix) -> Probabilities {
    match level {
        Suffix::Agrees => namesakes(p(0.97, 0.50, 0.30, 0.90), 0.10),
        Suffix::Conflict => namesakes(p(0.03, 0.50, 0.70, 0.10), 0.90),
    }
}

/// Strangers: one day out of some fifty years is one in 18,000; the first of January is a usual default.
fn birth_date(level: BirthDate) -> Probabilities {
    match level {
        BirthDate::Exact => namesakes(p(0.88, 0.00005, 0.0003, 0.95), 0.00002),
        BirthDate::ExactDefault => namesakes(p(0.03, 0.0003, 0.0003, 0.02), 0.00002),
        BirthDate::Swapped => namesakes(p(0.01, 0.00004, 0.00005, 0.002), 0.000002),
        BirthDate::OneDigit => namesakes(p(0.03, 0.0015, 0.0015, 0.01), 0.0002),
        BirthDate::YearSlip => namesakes(p(0.003, 0.0008, 0.001, 0.0001), 0.0015),
        BirthDate::PartialMonth => namesakes(p(0.90, 0.0015, 0.001, 0.90), 0.00005),
        BirthDate::PartialYear => namesakes(p(0.90, 0.016, 0.03, 0.90), 0.00005),
        BirthDate::Default => namesakes(p(0.01, 0.0003, 0.0006, 0.003), 0.00005),
        BirthDate::TwoParts => namesakes(p(0.015, 0.005, 0.004, 0.005), 0.0005),
        BirthDate::WithinMonth => namesakes(p(0.003, 0.002, 0.0007, 0.005), 0.00001),
        BirthDate::WithinYear => namesakes(p(0.003, 0.03, 0.02, 0.001), 0.0001),
        BirthDate::Generation => namesakes(p(0.005, 0.65, 0.45, 0.003), 0.99),
        BirthDate::Conflict => namesakes(p(0.006, 0.29, 0.5, 0.007), 0.005),
    }
}

/// Sons bear their father's name far oftener than daughters their mother's.
fn sex(level: SexAtBirth) -> Probabilities {
    match level {
        SexAtBirth::Female => namesakes(p(0.50, 0.26, 0.26, 0.31), 0.07),
        SexAtBirth::Male => namesakes(p(0.485, 0.24, 0.24, 0.29), 0.90),
        SexAtBirth::Conflict => namesakes(p(0.015, 0.50, 0.50, 0.40), 0.03),
    }
}

fn contact(level: Contact) -> Probabilities {
    match level {
        Contact::Phone => p(0.55, 0.0003, 0.55, 0.60),
        Contact::Email => p(0.06, 0.00003, 0.03, 0.02),
        Contact::EmailOfName => p(0.06, 0.001, 0.001, 0.001),
        Contact::Near => p(0.04, 0.0006, 0.02, 0.02),
        Contact::Differs => p(0.35, 0.999, 0.40, 0.36),
    }
}

/// Strangers meet in nursing homes, shelters and large buildings.
fn street(level: Street) -> Probabilities {
    match level {
        Street::Exact => p(0.60, 0.0003, 0.78, 0.86),
        Street::OtherUnit => p(0.03, 0.0004, 0.03, 0.02),
        Street::LinesSwapped => p(0.01, 0.00003, 0.01, 0.01),
        Street::Similar => p(0.13, 0.0005, 0.10, 0.06),
        Street::OtherNumber => p(0.02, 0.003, 0.01, 0.01),
        Street::Differs => p(0.21, 0.995, 0.07, 0.04),
    }
}

fn second_line(level: SecondLine) -> Probabilities {
    match level {
        SecondLine::Agrees => p(0.70, 0.005, 0.80, 0.90),
        SecondLine::Similar => p(0.12, 0.005, 0.10, 0.05),
        SecondLine::Differs => p(0.18, 0.99, 0.10, 0.05),
    }
}

fn area(level: Area) -> Probabilities {
    match level {
        Area::PostalCodeAndCity => p(0.74, 0.03, 0.90, 0.94),
        Area::PostalCode => p(0.05, 0.01, 0.03, 0.02),
        Area::City => p(0.08, 0.04, 0.03, 0.02),
        Area::Near => p(0.03, 0.02, 0.01, 0.01),
        Area::Differs => p(0.10, 0.90, 0.03, 0.01),
        // Said with the street already.
        Area::Elsewhere => p(0.5, 0.5, 0.5, 0.5),
    }
}

/// Numbers are lent, shared in families and given to siblings in sequence: they prove less than their rarity.
fn ssn(level: SocialSecurityNumber) -> Probabilities {
    match level {
        SocialSecurityNumber::Exact => p(0.92, 0.00005, 0.03, 0.02),
        SocialSecurityNumber::Shared => p(0.01, 0.01, 0.05, 0.05),
        SocialSecurityNumber::OneDigit => p(0.03, 0.001, 0.01, 0.08),
        SocialSecurityNumber::Near => p(0.01, 0.006, 0.03, 0.10),
        SocialSecurityNumber::Conflict => p(0.02, 0.98, 0.92, 0.80),
    }
}

fn identifier(level: Identifier) -> Probabilities {
    match level {
        Identifier::Document => p(0.90, 0.0004, 0.002, 0.002),
        Identifier::RecordNumber => p(0.90, 0.007, 0.05, 0.05),
        Identifier::Shared => p(0.01, 0.01, 0.05, 0.05),
        Identifier::Conflict => p(0.08, 0.16, 0.16, 0.16),
    }
}

fn birth_order(level: BirthOrder) -> Probabilities {
    match level {
        BirthOrder::Agrees => p(0.95, 0.60, 0.60, 0.05),
        BirthOrder::Conflict => p(0.05, 0.40, 0.40, 0.95),
    }
}

fn mother_maiden_name(level: MotherMaidenName) -> Probabilities {
    match level {
        MotherMaidenName::Agrees => p(0.88, 0.003, 0.60, 0.92),
        MotherMaidenName::Similar => p(0.06, 0.004, 0.04, 0.04),
        MotherMaidenName::Conflict => p(0.06, 0.993, 0.36, 0.04),
    }
}

/// Of children: which parent was written down changes from desk to desk.
fn guardian(level: Guardian) -> Probabilities {
    match level {
        Guardian::Agrees => p(0.75, 0.006, 0.65, 0.80),
        Guardian::Similar => p(0.07, 0.006, 0.06, 0.06),
        Guardian::Conflict => p(0.18, 0.988, 0.29, 0.14),
    }
}

fn birth_place(level: BirthPlace) -> Probabilities {
    match level {
        BirthPlace::Agrees => p(0.85, 0.03, 0.55, 0.97),
        BirthPlace::Similar => p(0.07, 0.02, 0.05, 0.01),
        BirthPlace::Differs => p(0.08, 0.95, 0.40, 0.02),
    }
}
