//! What cannot be one person: the hard contradictions that no weight outvotes.
//!
//! They are rules, not probabilities: a match weight says how likely, these say what harm is never risked by a machine.
//! Joining across one is left to a reviewer. Measured against Splink's own pairs they cost under one point of recall.

use super::comparison::{
    BirthDate, BirthOrder, FamilyName, GENERATION_YEARS, GivenName, Pattern, SexAtBirth, SocialSecurityNumber, Suffix,
};
use super::model::Model;
use super::person::Person;

/// Why two registrations cannot be one person, or `None` where nothing speaks against it. Symmetric.
pub fn contradiction(left: &Person, right: &Person) -> Option<&'static str> {
    of(left, right, true)
}

/// The same in a set with the households of its model.
pub(super) fn contradiction_in(left: &Person, right: &Person, model: &Model) -> Option<&'static str> {
    of(left, right, model.has_households)
}

fn of(left: &Person, right: &Person, has_households: bool) -> Option<&'static str> {
    let mut pattern = Pattern::of_numbers(left, right);
    hard_in_numbers(&pattern, left, right, has_households).or_else(|| {
        pattern.compare_names(left, right);
        hard_in_names(&pattern, has_households)
    })
}

/// The contradictions of a pair whose pattern holds the names.
pub(super) fn contradiction_of(
    pattern: &Pattern,
    left: &Person,
    right: &Person,
    model: &Model,
) -> Option<&'static str> {
    let has_households = model.has_households;
    hard_in_numbers(pattern, left, right, has_households).or_else(|| hard_in_names(pattern, has_households))
}

fn hard_in_numbers(pattern: &Pattern, left: &Person, right: &Person, has_households: bool) -> Option<&'static str> {
    let years = left.birth_date().zip(right.birth_date()).map_or(0, |(a, b)| a.year.abs_diff(b.year));
    if has_households && years >= GENERATION_YEARS {
        return Some("birth years a generation apart");
    }
    if pattern.suffix == Some(Suffix::Conflict) {
        return Some("name suffixes of two generations");
    }
    if pattern.birth_order == Some(BirthOrder::Conflict) {
        return Some("different birth orders");
    }
    (pattern.ssn == Some(SocialSecurityNumber::Conflict)).then_some("social security numbers far apart")
}

fn hard_in_names(pattern: &Pattern, has_households: bool) -> Option<&'static str> {
    let family_agrees = pattern.family.is_some_and(|level| !level.conflicts());
    let one_birth = matches!(pattern.birth_date, Some(BirthDate::Exact | BirthDate::ExactDefault | BirthDate::Swapped));
    if has_households && pattern.given_differs() && pattern.birth_date.is_some_and(BirthDate::is_far) {
        return Some("given names and birth dates far apart");
    }
    if has_households && pattern.given_differs() && one_birth && family_agrees {
        return Some("different given names of one birth, as twins have");
    }
    // One number and one birth date are nobody else's, unless a family shares the number.
    let one_number = !has_households && one_birth && pattern.ssn == Some(SocialSecurityNumber::Exact);
    if pattern.given == Some(GivenName::Conflict) && pattern.family.is_some_and(FamilyName::conflicts) && !one_number {
        return Some("given and family names far apart");
    }
    let same_given =
        matches!(pattern.given, Some(GivenName::Exact | GivenName::Nickname | GivenName::Swapped | GivenName::Joined));
    let outweighed = (same_given && one_birth) || pattern.ssn == Some(SocialSecurityNumber::Exact);
    (pattern.sex == Some(SexAtBirth::Conflict) && !outweighed).then_some("sex differs, and little else agrees")
}
