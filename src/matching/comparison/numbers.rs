//! What is written in digits: birth dates, social security and other numbers; and sex.

use super::{BirthDate, Identifier, SexAtBirth, SocialSecurityNumber, both};
use crate::matching::distance::edits;
use crate::matching::person::{Person, Sex};
use crate::model::PartialDate;

/// Years between two births that make two generations of a family, and more than a mistyped year should.
pub(in crate::matching) const GENERATION_YEARS: u16 = 12;

pub(super) fn birth_date_of(left: &Person, right: &Person) -> Option<BirthDate> {
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

pub(in crate::matching) fn birth_date(left: PartialDate, right: PartialDate) -> BirthDate {
    let months = left.month.zip(right.month);
    let days = left.day.zip(right.day);
    if left.year.abs_diff(right.year) >= GENERATION_YEARS {
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
pub(super) fn differ_by_one_slip(left: &[u8], right: &[u8]) -> bool {
    let mut differing = left.iter().zip(right).enumerate().filter(|(_, (a, b))| a != b).map(|(at, _)| at);
    match (differing.next(), differing.next(), differing.next()) {
        (Some(_), None, _) => true,
        (Some(first), Some(second), None) => {
            second == first + 1 && left[first] == right[second] && left[second] == right[first]
        }
        _ => false,
    }
}

pub(super) fn sex(left: Sex, right: Sex) -> Option<SexAtBirth> {
    match (left, right) {
        (Sex::Male, Sex::Male) => Some(SexAtBirth::Male),
        (Sex::Female, Sex::Female) => Some(SexAtBirth::Female),
        (Sex::Male, Sex::Female) | (Sex::Female, Sex::Male) => Some(SexAtBirth::Conflict),
        _ => None,
    }
}

pub(super) fn ssn(left: u32, right: u32) -> SocialSecurityNumber {
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

pub(super) fn identifier(left: &Person, right: &Person) -> Option<Identifier> {
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
