//! The shipped probabilities, level by level. Columns: one person, strangers, relatives of one household, twins.

use super::super::comparison::{
    BirthDate, BirthOrder, FamilyName, GivenName, Household, Identifier, MiddleName, SexAtBirth, SocialSecurityNumber,
    Suffix,
};
use super::Probabilities;

const fn p(m: f64, u: f64, u_relatives: f64, u_twins: f64) -> Probabilities {
    Probabilities { m, u, u_relatives, u_twins }
}

/// Strangers: a common given name is borne by two in a hundred of one sex, another by two in a thousand (SSA).
/// Relatives: a child is named after a parent, but then a generation lies between, and that is a contradiction anyway. Twins: names of one birth differ, but like to rhyme.
pub fn given(level: GivenName) -> Probabilities {
    match level {
        GivenName::Exact => p(0.45, 0.0015, 0.002, 0.0002),
        GivenName::ExactCommon => p(0.30, 0.012, 0.004, 0.0002),
        GivenName::Swapped => p(0.01, 0.00002, 0.0001, 0.00005),
        GivenName::Nickname => p(0.05, 0.003, 0.002, 0.0005),
        GivenName::Joined => p(0.01, 0.0001, 0.0005, 0.0002),
        GivenName::Typo => p(0.07, 0.003, 0.003, 0.001),
        GivenName::Similar => p(0.04, 0.005, 0.01, 0.01),
        GivenName::Middle => p(0.02, 0.002, 0.03, 0.005),
        GivenName::Initial => p(0.02, 0.005, 0.005, 0.01),
        GivenName::OtherName => p(0.01, 0.006, 0.02, 0.06),
        GivenName::Conflict => p(0.02, 0.95, 0.92, 0.88),
    }
}

/// Strangers: the hundred commonest family names are borne by two to eight in a thousand each (Census 2010).
pub fn family(level: FamilyName) -> Probabilities {
    match level {
        FamilyName::Exact => p(0.55, 0.0006, 0.55, 0.62),
        FamilyName::ExactCommon => p(0.22, 0.004, 0.18, 0.20),
        FamilyName::Swapped => p(0.70, 0.004, 0.20, 0.20),
        FamilyName::Typo => p(0.08, 0.002, 0.03, 0.05),
        FamilyName::Similar => p(0.03, 0.003, 0.02, 0.02),
        FamilyName::Part => p(0.02, 0.001, 0.04, 0.03),
        FamilyName::Maiden => p(0.02, 0.0008, 0.03, 0.01),
        FamilyName::ConflictFemale => p(0.07, 0.98, 0.12, 0.03),
        FamilyName::Conflict => p(0.04, 0.98, 0.08, 0.03),
    }
}

pub fn middle(level: MiddleName) -> Probabilities {
    match level {
        MiddleName::Agrees => p(0.60, 0.04, 0.08, 0.05),
        MiddleName::Similar => p(0.05, 0.02, 0.03, 0.03),
        MiddleName::Initial => p(0.28, 0.09, 0.12, 0.12),
        MiddleName::InitialConflict => p(0.04, 0.40, 0.37, 0.40),
        MiddleName::Conflict => p(0.03, 0.45, 0.40, 0.40),
    }
}

pub fn suffix(level: Suffix) -> Probabilities {
    match level {
        Suffix::Agrees => p(0.97, 0.50, 0.30, 0.90),
        Suffix::Conflict => p(0.03, 0.50, 0.70, 0.10),
    }
}

/// Strangers: one day out of some fifty years is one in 18,000; the first of January is a usual default.
pub fn birth_date(level: BirthDate) -> Probabilities {
    match level {
        BirthDate::Exact => p(0.88, 0.00005, 0.0006, 0.95),
        BirthDate::ExactDefault => p(0.03, 0.0003, 0.0006, 0.02),
        BirthDate::Swapped => p(0.01, 0.00004, 0.0001, 0.002),
        BirthDate::OneDigit => p(0.03, 0.0015, 0.004, 0.01),
        BirthDate::PartialMonth => p(0.90, 0.0015, 0.004, 0.90),
        BirthDate::PartialYear => p(0.90, 0.016, 0.05, 0.90),
        BirthDate::TwoParts => p(0.015, 0.005, 0.03, 0.005),
        BirthDate::Conflict => p(0.01, 0.97, 0.95, 0.01),
    }
}

pub fn sex(level: SexAtBirth) -> Probabilities {
    match level {
        SexAtBirth::Agrees => p(0.985, 0.50, 0.50, 0.60),
        SexAtBirth::Conflict => p(0.015, 0.50, 0.50, 0.40),
    }
}

/// Strangers meet in nursing homes, shelters and large buildings, so even the strongest level stays near eleven bits.
pub fn household(level: Household) -> Probabilities {
    match level {
        Household::PhoneAndStreet => p(0.28, 0.00012, 0.35, 0.40),
        Household::StreetAndArea => p(0.25, 0.00015, 0.25, 0.27),
        Household::Phone => p(0.12, 0.00010, 0.10, 0.08),
        Household::StreetSimilar => p(0.08, 0.00012, 0.08, 0.08),
        Household::Street => p(0.04, 0.00010, 0.04, 0.04),
        Household::Near => p(0.03, 0.0003, 0.02, 0.02),
        Household::OtherNumber => p(0.02, 0.0008, 0.02, 0.01),
        Household::PostalCode => p(0.06, 0.012, 0.04, 0.03),
        Household::City => p(0.05, 0.03, 0.02, 0.02),
        Household::OtherMember => p(0.03, 0.03, 0.90, 0.95),
        Household::Differs => p(0.20, 0.80, 0.10, 0.07),
    }
}

/// Numbers are lent, shared in families and given to siblings in sequence: they prove less than their rarity.
pub fn ssn(level: SocialSecurityNumber) -> Probabilities {
    match level {
        SocialSecurityNumber::Exact => p(0.92, 0.00005, 0.03, 0.02),
        SocialSecurityNumber::Shared => p(0.01, 0.01, 0.05, 0.05),
        SocialSecurityNumber::OneDigit => p(0.03, 0.001, 0.01, 0.08),
        SocialSecurityNumber::Near => p(0.01, 0.006, 0.03, 0.10),
        SocialSecurityNumber::Conflict => p(0.02, 0.98, 0.92, 0.80),
    }
}

pub fn identifier(level: Identifier) -> Probabilities {
    match level {
        Identifier::Document => p(0.90, 0.0004, 0.002, 0.002),
        Identifier::RecordNumber => p(0.90, 0.007, 0.05, 0.05),
        Identifier::Shared => p(0.01, 0.01, 0.05, 0.05),
        Identifier::Conflict => p(0.08, 0.16, 0.16, 0.16),
    }
}

pub fn birth_order(level: BirthOrder) -> Probabilities {
    match level {
        BirthOrder::Agrees => p(0.95, 0.60, 0.60, 0.05),
        BirthOrder::Conflict => p(0.05, 0.40, 0.40, 0.95),
    }
}
