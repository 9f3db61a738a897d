//! Where people are reached: telephone and e-mail, street, second address line, area.

use super::numbers::differ_by_one_slip;
use super::{Area, Contact, SecondLine, Street, both, both_texts, is_typo, may_be_alike};
use crate::matching::distance::{edits, jaro_winkler};
use crate::matching::person::Person;

/// Agreement of one field.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Agreement {
    Missing,
    Differs,
    Near,
    Same,
}

pub(super) fn contact(left: &Person, right: &Person) -> Option<Contact> {
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

pub(super) fn street(left: &Person, right: &Person) -> Option<Street> {
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
pub(in crate::matching) fn longest_word(text: &str) -> &str {
    text.split(' ').fold("", |longest, word| if word.len() > longest.len() { word } else { longest })
}

fn lines_swapped(left: &Person, right: &Person) -> bool {
    let is_other = |one: &Person, other: &Person| {
        both_texts(house_number(one.street()).1, other.second_line())
            .is_some_and(|(a, b)| a.len() >= 4 && (a == b || is_typo(a, b)))
    };
    is_other(left, right) || is_other(right, left)
}

pub(super) fn second_line(left: &Person, right: &Person) -> Option<SecondLine> {
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

pub(in crate::matching) fn house_number(street: &str) -> (&str, &str) {
    match street.split_once(' ') {
        Some((number, name)) if number.starts_with(|c: char| c.is_ascii_digit()) => (number, name),
        _ => ("", street),
    }
}

pub(super) fn area(left: &Person, right: &Person) -> Option<Area> {
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
