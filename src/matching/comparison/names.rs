//! Names: spellings, nicknames, swapped and parted ones, marriage.

use super::{FamilyName, GivenName, MiddleName, alike, both_texts, is_similar, is_typo, may_be_alike};
use crate::matching::distance::edits;
use crate::matching::names;
use crate::matching::person::{Person, Sex};

/// Whether the given name of one is the family name of the other.
pub(super) fn is_crossed(one: &Person, other: &Person) -> bool {
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

pub(in crate::matching) fn is_initial(name: &str) -> bool {
    name.chars().count() == 1
}

pub(super) fn given_name(left: &Person, right: &Person) -> Option<GivenName> {
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

pub(super) fn middle_name(left: &Person, right: &Person) -> Option<MiddleName> {
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

pub(super) fn family_name(left: &Person, right: &Person) -> Option<FamilyName> {
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
pub(super) fn shares_part(left: &str, right: &str) -> bool {
    if left.is_empty() || right.is_empty() {
        return false;
    }
    left.split(' ').filter(|part| part.len() >= 3).any(|part| right.split(' ').any(|other| other == part))
}
