//! Judges one pair: its weight, what speaks against it, and the zone it falls into.
//!
//! A weight alone is never enough for a match. Two independent groups of evidence must agree (name; birth date; place
//! and telephone; identifiers), and a birth date in full or a strong identifier must be among them.

use super::bits::Bits;
use super::comparison::{
    Area, BirthDate, Contact, FamilyName, GivenName, Identifier, MiddleName, Pattern, SexAtBirth, SocialSecurityNumber,
    Street,
};
use super::contradiction::contradiction_of;
use super::frequency::Frequencies;
use super::model::Model;
use super::person::{Person, Sex, UNKNOWN_SYSTEM};
use crate::model::Sameness;

/// What becomes of a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Zone {
    /// One person, by the machine's decision.
    Match,
    /// A person must judge it.
    Review,
    NonMatch,
}

/// What one comparison found and what that weighs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Evidence {
    pub comparison: &'static str,
    pub level: &'static str,
    /// log2 of m over u.
    pub weight: f64,
}

/// A judged pair. Indices are those of the people given; `left` has the smaller identity.
#[derive(Clone, Debug, PartialEq)]
pub struct ScoredPair {
    pub left: usize,
    pub right: usize,
    /// Prior and evidence, log2.
    pub weight: f64,
    pub probability: f64,
    pub zone: Zone,
    /// The hard contradiction that keeps the pair from being a match.
    pub veto: Option<&'static str>,
    /// What a match lacks although the weight would do and nothing contradicts.
    pub doubt: Option<&'static str>,
    /// The comparisons in which both sides speak.
    pub evidence: Vec<Evidence>,
    /// Why clustering did not join a pair that is a match by itself, or of which the source says so.
    pub refused: Option<&'static str>,
    /// The source calls them one person: then that joins them, and not their weight.
    pub said: Option<Sameness>,
}

impl ScoredPair {
    /// The same pair, of which its source says that it is one person: that weighs nothing, it is a reason of its own.
    pub fn said(mut self, sameness: Sameness) -> Self {
        let level = match sameness {
            Sameness::Merged => "the source says so: one was merged into the other",
            Sameness::Related => "the source says so: both are about one person",
        };
        self.evidence.insert(0, Evidence { comparison: SOURCE, level, weight: 0.0 });
        Self { said: Some(sameness), ..self }
    }
}

/// What stands for a comparison where the source says who is who.
const SOURCE: &str = "source";

/// A judgement before it is written out.
#[derive(Clone, Copy, Debug)]
pub struct Judgement {
    pub pattern: Pattern,
    pub weight: f64,
    pub zone: Zone,
    pub veto: Option<&'static str>,
    pub doubt: Option<&'static str>,
}

/// Judges a pair; `None` where it does not reach the review zone.
pub fn judge(left: &Person, right: &Person, model: &Model) -> Option<Judgement> {
    judge_within(left, right, model, None)
}

/// Judges a pair of which it is known what the comparisons after the names add at most, and what they must reach.
pub fn judge_within(left: &Person, right: &Person, model: &Model, rest: Option<(Bits, f32)>) -> Option<Judgement> {
    let mut pattern = Pattern::of_numbers(left, right);
    let rarity = Frequencies::of_pair(left, right);
    pattern.compare_names(left, right);
    if let Some((rest, least)) = rest
        && !(rest + model.bits_so_far(&pattern, &rarity)).reach(least)
    {
        return None;
    }
    pattern.compare_rest(left, right);
    let weight = model.weight(&pattern, &rarity);
    (weight >= model.review_weight).then(|| of_pattern(pattern, weight, left, right, model))
}

/// Judges a pair, whatever its weight.
pub fn judge_whole(left: &Person, right: &Person, model: &Model) -> Judgement {
    let pattern = Pattern::of(left, right);
    let weight = model.weight(&pattern, &Frequencies::of_pair(left, right));
    of_pattern(pattern, weight, left, right, model)
}

fn of_pattern(pattern: Pattern, weight: f64, left: &Person, right: &Person, model: &Model) -> Judgement {
    let veto = contradiction_of(&pattern, left, right, model);
    let reaches_match = weight >= model.match_weight;
    let doubt = if veto.is_none() && reaches_match { doubt(&pattern, weight, left, right, model) } else { None };
    let zone = match () {
        () if weight < model.review_weight => Zone::NonMatch,
        () if reaches_match && veto.is_none() && doubt.is_none() => Zone::Match,
        () => Zone::Review,
    };
    Judgement { pattern, weight, zone, veto, doubt }
}

/// The weight of a pair's evidence alone, without the prior: below zero, more speaks against one person than for.
pub fn evidence_weight(left: &Person, right: &Person, model: &Model) -> f64 {
    model.weight(&Pattern::of(left, right), &Frequencies::of_pair(left, right)) - model.prior_weight()
}

/// Writes a judgement out with its evidence.
pub fn explain(
    (left, left_person): (usize, &Person),
    (right, right_person): (usize, &Person),
    judgement: &Judgement,
    model: &Model,
) -> ScoredPair {
    let mut evidence = Vec::new();
    model.each_weight(
        &judgement.pattern,
        &Frequencies::of_pair(left_person, right_person),
        |comparison, level, weight| {
            evidence.push(Evidence { comparison, level, weight });
        },
    );
    evidence.shrink_to_fit();
    ScoredPair {
        left,
        right,
        weight: judgement.weight,
        probability: 1.0 / (1.0 + (-judgement.weight).exp2()),
        zone: judgement.zone,
        veto: judgement.veto,
        doubt: judgement.doubt,
        evidence,
        refused: None,
        said: None,
    }
}

/// Which independent groups of evidence agree.
struct Groups {
    name: bool,
    birth_date: bool,
    place: bool,
    identifier: bool,
}

impl Groups {
    fn of(pattern: &Pattern) -> Self {
        Self {
            name: given_agrees(pattern) && pattern.family.is_some_and(|level| !level.conflicts()),
            birth_date: full_birth_date(pattern)
                || matches!(pattern.birth_date, Some(BirthDate::OneDigit | BirthDate::PartialMonth)),
            place: place_agrees(pattern),
            identifier: strong_identifier(pattern)
                || pattern.ssn == Some(SocialSecurityNumber::OneDigit)
                || pattern.identifier == Some(Identifier::RecordNumber),
        }
    }

    fn agreeing(&self) -> usize {
        [self.name, self.birth_date, self.place, self.identifier].iter().filter(|agrees| **agrees).count()
    }
}

fn place_agrees(pattern: &Pattern) -> bool {
    pattern.contact.is_some_and(|level| level != Contact::Differs)
        || (matches!(pattern.street, Some(Street::Exact | Street::Similar | Street::LinesSwapped))
            && !matches!(pattern.area, Some(Area::Differs | Area::Elsewhere)))
}

fn given_agrees(pattern: &Pattern) -> bool {
    pattern.given.is_some_and(|level| !matches!(level, GivenName::Initial | GivenName::OtherName | GivenName::Conflict))
}

fn full_birth_date(pattern: &Pattern) -> bool {
    matches!(pattern.birth_date, Some(BirthDate::Exact | BirthDate::ExactDefault | BirthDate::Swapped))
}

fn strong_identifier(pattern: &Pattern) -> bool {
    pattern.ssn == Some(SocialSecurityNumber::Exact) || pattern.identifier == Some(Identifier::Document)
}

/// From how many bits on a name is rare enough to be one person's with a birth date alone: one in sixty thousand bears it. Two
/// common names do not reach that.
const RARE_NAME_BITS: f64 = 16.0;

/// What keeps a pair of sufficient weight from being a match.
fn doubt(pattern: &Pattern, weight: f64, left: &Person, right: &Person, model: &Model) -> Option<&'static str> {
    if model.is_calibrated {
        // The weight knows how many relatives, twins and namesakes the set has: what is needed beside it is that it does not
        // rest on one thing alone.
        let groups = model.speaking_groups(pattern, left, right);
        if groups < 2 {
            return Some("one group of evidence alone");
        }
        if matches!(pattern.middle, Some(MiddleName::Conflict | MiddleName::InitialConflict))
            && !strong_identifier(pattern)
        {
            return Some("middle names differ");
        }
        if let Some(doubt) = multiple_birth(pattern, left, right) {
            return Some(doubt);
        }
        if left.system != UNKNOWN_SYSTEM
            && let Some(doubt) = two_record_numbers(pattern, &Groups::of(pattern), left, right)
        {
            return Some(doubt);
        }
        return (model.has_households && pattern.given_differs()).then_some("given names differ");
    }
    let groups = Groups::of(pattern);
    let strong = strong_identifier(pattern);
    if let Some(doubt) = multiple_birth(pattern, left, right) {
        return Some(doubt);
    }
    if groups.agreeing() < 2 {
        return Some("one group of evidence alone");
    }
    if pattern.given_differs() {
        return Some("given names differ");
    }
    if !groups.name && !strong {
        // Without a given name it may be any child of one birth. A family name may be missing, or changed by marriage
        // where this is not a man, if all the rest is complete: no two of a household share given name and birth date.
        let same_given = same_given(pattern);
        let family_may_change = !(left.sex() == Sex::Male && right.sex() == Sex::Male);
        let family_fits = pattern.family.is_none() || (family_may_change && pattern.sex != Some(SexAtBirth::Conflict));
        let all_else = same_given && family_fits && full_birth_date(pattern) && groups.place;
        if !all_else {
            return Some("names agree in part only");
        }
    }
    if pattern.middle == Some(MiddleName::Conflict) && !strong {
        return Some("middle names differ");
    }
    if !full_birth_date(pattern) && !strong {
        let slip = pattern.birth_date == Some(BirthDate::OneDigit);
        if !(slip && groups.place && close_names(pattern) && pattern.sex != Some(SexAtBirth::Conflict)) {
            return Some("birth date does not agree in full");
        }
    }
    let sparse = !groups.place && !groups.identifier;
    let enough = if same_names(pattern) { model.sparse_match_weight } else { model.sparse_misspelt_match_weight };
    let rarity = Frequencies::of_pair(left, right);
    let rare = rarity.given_fuzzy + rarity.family_fuzzy >= RARE_NAME_BITS;
    if sparse && (weight < enough || !rare || pattern.sex == Some(SexAtBirth::Conflict)) {
        return Some("name and birth date alone, and not rare enough");
    }
    two_record_numbers(pattern, &groups, left, right)
}

/// A system that gave two numbers took them for two people: all must agree for that to be its mistake.
fn two_record_numbers(pattern: &Pattern, groups: &Groups, left: &Person, right: &Person) -> Option<&'static str> {
    let two = left.system == right.system
        && left.medical_record_number().zip(right.medical_record_number()).is_some_and(|(a, b)| a != b);
    let married = same_given(pattern) && pattern.family == Some(FamilyName::Maiden) && strong_identifier(pattern);
    let complete =
        full_birth_date(pattern) && (married || (close_names(pattern) && (groups.place || groups.identifier)));
    (two && !complete).then_some("two record numbers of one system")
}

/// Children of one birth have names alike: only the same name will do.
fn multiple_birth(pattern: &Pattern, left: &Person, right: &Person) -> Option<&'static str> {
    let is_multiple = left.is_of_multiple_birth() || right.is_of_multiple_birth();
    (is_multiple && pattern.given != Some(GivenName::Exact)).then_some("a multiple birth, and not the same given name")
}

fn same_given(pattern: &Pattern) -> bool {
    matches!(pattern.given, Some(GivenName::Exact | GivenName::Nickname))
}

/// Names that agree letter by letter, or are forms of one.
fn same_names(pattern: &Pattern) -> bool {
    close_names(pattern) && pattern.given != Some(GivenName::Typo) && pattern.family != Some(FamilyName::Typo)
}

/// Names that agree but for a nickname or a slip of the pen.
fn close_names(pattern: &Pattern) -> bool {
    let given = matches!(
        pattern.given,
        Some(GivenName::Exact | GivenName::Swapped | GivenName::Nickname | GivenName::Joined | GivenName::Typo)
    );
    let family = matches!(pattern.family, Some(FamilyName::Exact | FamilyName::Swapped | FamilyName::Typo));
    given && family
}
