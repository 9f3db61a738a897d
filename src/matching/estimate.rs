//! The model of a set: how often each level is seen among its own pairs, found without anybody's labels.
//!
//! u of strangers is counted over pairs drawn at random, of which nearly all are strangers. Everything else comes from
//! expectation-maximization (Dempster, Laird and Rubin 1977; Winkler 1988) over the agreement patterns of the pairs that
//! blocking proposes: nearly all pairs of one person are among them, so how often a level is seen among those, weighed with
//! how probable each is, estimates m whatever the blocking rules select. Each number is held to the shipped one by a prior
//! worth some records, so that what a set does not show stays as it ships.
//!
//! Sums run over counts in the order of patterns: the result depends neither on threads nor on the order of the people.

use std::collections::HashMap;

use rayon::prelude::*;

use super::comparison::{Area, BirthDate, COMPARISONS, Contact, FamilyName, GivenName, Pattern, Street, place};
use super::linkage::Candidates;
use super::model::{Model, Probabilities};
use super::person::mixed;

/// A set of fewer people is matched with the shipped model.
pub const MIN_PEOPLE: usize = 400;

/// Pairs drawn at random.
const RANDOM_PAIRS: u64 = 1_000_000;
/// People whose proposed pairs are looked at.
const SAMPLED_PEOPLE: usize = 20_000;
const ITERATIONS: usize = 24;

/// Pairs' worth of the shipped numbers: of m, of u among relatives, of u among strangers.
const PRIOR_M: f64 = 60.0;
const PRIOR_RELATIVES: f64 = 200.0;
const PRIOR_STRANGERS: f64 = 400.0;

/// Twins among relatives of one household, at least and at most.
const TWINS: (f64, f64) = (0.01, 0.05);
/// Parents with a child of their name among relatives, at least and at most.
const NAMESAKES: (f64, f64) = (0.002, 0.1);
/// Share of registrations that know a parent or a place among siblings, from which a set is one of children.
const CHILDREN: f64 = 0.2;
/// Relatives per pair of one person from which a set has households.
const HOUSEHOLDS: f64 = 0.05;

/// Where the priors are those of the set, a weight is a probability: 97 in a hundred.
const MATCH_WEIGHT: f64 = 5.0;
/// What is as probable as not, or more; and where a weight is no probability, what is much more probable.
const REVIEW_WEIGHT: (f64, f64) = (0.5, 3.0);

/// What makes relatives: names, birth dates and sexes of their own. A class of pairs that learned otherwise would be another.
const KNOWN_OF_RELATIVES: [usize; 6] =
    [place::given, place::middle, place::suffix, place::birth_date, place::sex, place::birth_order];

/// People of one name, of whom one has an e-mail address made of that name.
const EMAIL_OF_NAME: f64 = 64.0;

/// Levels that say nothing beside another comparison: swapped names are weighed with the given name, a move with the street.
const NEUTRAL: [(usize, usize); 2] =
    [(place::family, FamilyName::Swapped as usize), (place::area, Area::Elsewhere as usize)];

type Levels = [u8; COMPARISONS.len()];
type Counts = Vec<(Levels, f64)>;

/// Finds the model of a set. Its people bear the rarity of their names already.
pub fn estimate(candidates: &Candidates<'_>, mut model: Model) -> Model {
    let count = candidates.people().len();
    if count < MIN_PEOPLE {
        return model;
    }
    let of_family = candidates.people().iter().filter(|person| person.speaks_of_family()).count();
    let has_children = of_family as f64 > CHILDREN * count as f64;
    let random = random_pairs(candidates);
    let stride = count.div_ceil(SAMPLED_PEOPLE) as u64;
    let proposed = proposed_pairs(candidates, stride);
    let pairs = count as f64 * (count as f64 - 1.0) / 2.0;
    let shipped = model.levels.clone();
    let strangers = level_counts(&random);
    let slips = are_slips(&proposed);
    // As no pair of one person is known at first, none is taken out of the strangers.
    let mut known_lambda = 0.0;
    for _ in 0..ITERATIONS {
        model.levels = with_strangers(&model, &shipped, &strangers, known_lambda);
        let expected = expectation(&proposed, &model);
        let total = |class: usize| expected.totals[class] * stride as f64;
        model.lambda = ((total(0) + 1.0) / pairs).clamp(1e-12, 0.2);
        model.lambda_relatives = ((total(1) + 1.0) / pairs).clamp(1e-12, 0.2);
        model.has_households = has_children || !slips || expected.totals[1] > HOUSEHOLDS * expected.totals[0];
        // Who looks like a twin may be a person whose given name was changed, unless the set knows of children.
        let twins = ((total(2) + 1.0) / pairs).clamp(1e-12, 0.2);
        let usual = [TWINS.0, TWINS.1].map(|share| share * model.lambda_relatives);
        model.lambda_twins = if has_children { twins } else { twins.clamp(usual[0], usual[1]) };
        let usual = [NAMESAKES.0, NAMESAKES.1].map(|share| share * model.lambda_relatives);
        model.lambda_namesakes = ((total(3) + 1.0) / pairs).clamp(usual[0], usual[1]);
        for (at, levels) in model.levels.iter_mut().enumerate() {
            let share = |class: usize, level: usize, prior: f64, shipped: f64| {
                let seen: f64 = expected.seen[class][at].iter().sum();
                (expected.seen[class][at][level] + prior * shipped) / (seen + prior)
            };
            for (level, p) in levels.iter_mut().enumerate() {
                if NEUTRAL.contains(&(at, level)) {
                    continue;
                }
                p.m = share(0, level, PRIOR_M, shipped[at][level].m);
                if !KNOWN_OF_RELATIVES.contains(&at) && (at, level) != (place::contact, Contact::EmailOfName as usize) {
                    p.u_relatives = share(1, level, PRIOR_RELATIVES, shipped[at][level].u_relatives);
                    if at != place::family {
                        p.u_namesakes = p.u_relatives;
                    }
                }
            }
        }
        known_lambda = model.lambda;
    }
    // Where children are registered nearly everybody has siblings, and the pairs that matter most are theirs.
    model.is_calibrated = !has_children;
    model.review_weight = if model.is_calibrated { REVIEW_WEIGHT.0 } else { REVIEW_WEIGHT.1 };
    model.match_weight = MATCH_WEIGHT;
    model.ready()
}

/// Whether given names and birth dates that are far apart are slips of this set, as it proves itself: twins share the birth
/// date to the day, and between father and son lies a generation, but a slip of one field knows nothing of the other. Among
/// pairs that agree in family name and place, other given names are as frequent beside a misspelt birth date as beside an
/// exact one; among namesakes of one place, birth dates are also some years apart, not only a generation.
fn are_slips(proposed: &Counts) -> bool {
    let level = |levels: &Levels, at: usize| (levels[at] as usize).checked_sub(1);
    let (mut exact, mut misspelt) = ([0.0; 2], [0.0; 2]);
    let mut apart = [0.0; 2];
    for (levels, count) in proposed {
        let family = level(levels, place::family);
        let same_family = [FamilyName::Exact, FamilyName::Typo].iter().any(|name| family == Some(*name as usize));
        let street = level(levels, place::street);
        let same_street = [Street::Exact, Street::Similar].iter().any(|same| street == Some(*same as usize));
        let contact = level(levels, place::contact);
        let same_contact =
            [Contact::Phone, Contact::Email, Contact::EmailOfName].iter().any(|same| contact == Some(*same as usize));
        if !same_family || !(same_street || same_contact) {
            continue;
        }
        let given = level(levels, place::given);
        let other =
            usize::from([GivenName::Conflict, GivenName::OtherName].iter().any(|name| given == Some(*name as usize)));
        let is_same = given == Some(GivenName::Exact as usize);
        match level(levels, place::birth_date) {
            Some(date) if date == BirthDate::Exact as usize => exact[other] += count,
            Some(date) if [BirthDate::OneDigit, BirthDate::Swapped].iter().any(|slip| date == *slip as usize) => {
                misspelt[other] += count;
            }
            Some(date) if date == BirthDate::Generation as usize && is_same => apart[0] += count,
            Some(date) if date == BirthDate::Conflict as usize && is_same => apart[1] += count,
            _ => {}
        }
    }
    let share = |counts: [f64; 2]| counts[1] / (counts[0] + counts[1]).max(1.0);
    let other_names = misspelt[0] + misspelt[1] >= ENOUGH
        && share(misspelt) >= USUAL_SLIPS
        && share(exact) <= MANY_TIMES * share(misspelt);
    other_names && apart[1] >= FEW && apart[0] <= MANY_YEARS * apart[1]
}

/// Pairs with a misspelt birth date that are enough to count other given names among; how frequent those are where they are
/// slips, and how much more frequent they may be beside an exact birth date.
const ENOUGH: f64 = 20.0;
const USUAL_SLIPS: f64 = 0.03;
const MANY_TIMES: f64 = 3.0;
/// Namesakes of one place some years apart, and how many times as many may be a generation apart: of two days of a century,
/// three in four pairs are.
const FEW: f64 = 3.0;
const MANY_YEARS: f64 = 8.0;

/// Per comparison the counts of its levels.
fn level_counts(patterns: &Counts) -> Vec<Vec<f64>> {
    let mut counts: Vec<Vec<f64>> = COMPARISONS.iter().map(|comparison| vec![0.0; comparison.levels]).collect();
    for (levels, count) in patterns {
        for (at, level) in levels.iter().enumerate().filter(|(_, level)| **level > 0) {
            counts[at][*level as usize - 1] += count;
        }
    }
    counts
}

/// u of strangers: as counted, less the share of the pairs of one person among them, which in a small set is not small.
fn with_strangers(
    model: &Model,
    shipped: &[Vec<Probabilities>],
    counts: &[Vec<f64>],
    lambda: f64,
) -> Vec<Vec<Probabilities>> {
    let mut levels = model.levels.clone();
    for (at, levels) in levels.iter_mut().enumerate() {
        let seen: f64 = counts[at].iter().sum();
        for (level, p) in levels.iter_mut().enumerate() {
            if NEUTRAL.contains(&(at, level)) {
                continue;
            }
            if (at, level) == (place::contact, Contact::EmailOfName as usize) {
                // Never counted: who has another name has another such address.
                p.u = p.m / EMAIL_OF_NAME;
                p.u_relatives = p.u;
                p.u_twins = p.u;
                p.u_namesakes = p.u;
                continue;
            }
            let theirs = (counts[at][level] - lambda * seen * p.m).max(counts[at][level] * 0.02);
            // What a million pairs do not show once may still be.
            let least = shipped[at][level].u.min(0.7 / seen.max(1.0));
            p.u = ((theirs + PRIOR_STRANGERS * shipped[at][level].u) / (seen + PRIOR_STRANGERS)).max(least);
        }
    }
    levels
}

/// How many pairs of one person, of relatives, of twins and of namesakes patterns speak of, and with which levels for the first two.
struct Expected {
    totals: [f64; 4],
    seen: [Vec<Vec<f64>>; 2],
}

fn expectation(patterns: &Counts, model: &Model) -> Expected {
    let zeros = || -> Vec<Vec<f64>> { COMPARISONS.iter().map(|comparison| vec![0.0; comparison.levels]).collect() };
    let mut expected = Expected { totals: [0.0; 4], seen: [zeros(), zeros()] };
    let logs: Vec<Vec<[f64; 5]>> = model
        .levels
        .iter()
        .map(|levels| {
            levels.iter().map(|p| [p.m, p.u_relatives, p.u, p.u_twins, p.u_namesakes].map(f64::log2)).collect()
        })
        .collect();
    let priors = [
        model.lambda,
        model.lambda_relatives,
        1.0 - model.lambda - model.lambda_relatives - model.lambda_twins,
        model.lambda_twins,
        model.lambda_namesakes,
    ]
    .map(f64::log2);
    for (levels, count) in patterns {
        let mut sums = priors;
        for (at, level) in levels.iter().enumerate().filter(|(_, level)| **level > 0) {
            let of_level = &logs[at][*level as usize - 1];
            sums.iter_mut().zip(of_level).for_each(|(sum, log)| *sum += log);
        }
        let most = sums.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let weights = sums.map(|sum| (sum - most).exp2());
        let all: f64 = weights.iter().sum();
        expected.totals[2] += count * weights[3] / all;
        expected.totals[3] += count * weights[4] / all;
        for (class, weight) in weights.iter().take(2).enumerate() {
            let share = count * weight / all;
            if share < 1e-9 {
                continue;
            }
            expected.totals[class] += share;
            for (at, level) in levels.iter().enumerate().filter(|(_, level)| **level > 0) {
                expected.seen[class][at][*level as usize - 1] += share;
            }
        }
    }
    expected
}

/// Patterns with their counts, in order.
fn in_order(patterns: HashMap<Levels, u64>) -> Counts {
    let mut counts: Vec<(Levels, f64)> = patterns.into_iter().map(|(levels, count)| (levels, count as f64)).collect();
    counts.sort_unstable_by_key(|(levels, _)| *levels);
    counts
}

fn merged(mut patterns: HashMap<Levels, u64>, more: HashMap<Levels, u64>) -> HashMap<Levels, u64> {
    more.into_iter().for_each(|(levels, count)| *patterns.entry(levels).or_default() += count);
    patterns
}

/// splitmix64: the same numbers everywhere.
fn scatter(number: u64) -> u64 {
    mixed(number.wrapping_add(0x9e37_79b9_7f4a_7c15))
}

fn random_pairs(candidates: &Candidates<'_>) -> Counts {
    let count = candidates.people().len() as u64;
    let wanted = RANDOM_PAIRS.min(count * (count - 1) / 2);
    let patterns = (0..wanted)
        .into_par_iter()
        .fold(HashMap::new, |mut patterns, number| {
            let left = scatter(number * 2) % count;
            let right = (left + 1 + scatter(number * 2 + 1) % (count - 1)) % count;
            let (left, right) = (candidates.person(left as u32), candidates.person(right as u32));
            *patterns.entry(Pattern::of(left, right).levels()).or_default() += 1;
            patterns
        })
        .reduce(HashMap::new, merged);
    in_order(patterns)
}

/// The patterns of the pairs that blocking proposes for one in `stride` people.
fn proposed_pairs(candidates: &Candidates<'_>, stride: u64) -> Counts {
    let is_drawn = |rank: u32| scatter(u64::from(rank)).is_multiple_of(stride);
    let (patterns, _) = candidates.blocks().pairs(is_drawn, |left, right| {
        is_drawn(left).then(|| Pattern::of(candidates.person(left), candidates.person(right)).levels())
    });
    let counted = patterns
        .par_chunks(1 << 16)
        .map(|chunk| {
            let mut counts = HashMap::new();
            chunk.iter().for_each(|levels| *counts.entry(*levels).or_default() += 1);
            counts
        })
        .reduce(HashMap::new, merged);
    in_order(counted)
}
