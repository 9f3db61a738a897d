//! Whom the source of two registrations calls one person. It joins before any score is heard, and after what people decided; it never joins
//! across a hard contradiction, nor what a person keeps apart.

use std::collections::{BTreeMap, BTreeSet};

use super::cluster::Clusters;
use crate::model::Sameness;

/// Two people, by index, whom their source calls one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Said {
    pub left: usize,
    pub right: usize,
    pub sameness: Sameness,
}

/// Why somebody is joined with none of those of whom it is said.
const OF_OTHERS: &str = "it says so of people who are not one";

/// Of so many others it is said of nobody.
const MOST: usize = 50;

/// What became of a pair of ranks, the smaller first, of which it is said.
pub(super) struct Heard {
    pub left: u32,
    pub right: u32,
    pub sameness: Sameness,
    /// Why they are not joined.
    pub refused: Option<&'static str>,
}

/// Joins whom their source calls one person, those who were merged first. `apart` tells whom a person keeps apart, `contradiction` what
/// cannot be one person, and `disagreement` also what hardly is.
pub(super) fn join(
    said: &[Said],
    by_rank: &[u32],
    clusters: &mut Clusters,
    (apart, contradiction, disagreement): (Why<'_>, Why<'_>, Why<'_>),
) -> Vec<Heard> {
    if said.is_empty() {
        return Vec::new();
    }
    let mut ranks = vec![0u32; by_rank.len()];
    for (rank, index) in (0u32..).zip(by_rank) {
        ranks[*index as usize] = rank;
    }
    // Of what is said twice the stronger word holds.
    let mut pairs: BTreeMap<(u32, u32), Sameness> = BTreeMap::new();
    for Said { left, right, sameness } in said.iter().filter(|said| said.left != said.right) {
        let (one, other) = (ranks[*left], ranks[*right]);
        let known = pairs.entry((one.min(other), one.max(other))).or_insert(*sameness);
        *known = (*known).max(*sameness);
    }
    let mut with: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
    for (left, right) in pairs.keys() {
        with.entry(*left).or_default().insert(*right);
        with.entry(*right).or_default().insert(*left);
    }
    // Whether it is also said of somebody who cannot be that other one: told by all that is said, so that no order matters.
    let is_of_others = |one: u32, other: u32| {
        let between = |a: u32, b: u32| (a.min(b), a.max(b));
        let is_not = |third: u32| {
            let (kept, pair) = (between(one, third), between(third, other));
            apart(kept.0, kept.1).is_none() && apart(pair.0, pair.1).or_else(|| contradiction(pair.0, pair.1)).is_some()
        };
        with[&one].len() > MOST || with[&one].iter().any(|third| *third != other && is_not(*third))
    };
    let mut in_order: Vec<(Sameness, u32, u32)> =
        pairs.into_iter().map(|((left, right), sameness)| (sameness, left, right)).collect();
    in_order.sort_unstable_by_key(|(sameness, left, right)| (std::cmp::Reverse(*sameness), *left, *right));
    let heard = |(sameness, left, right): (Sameness, u32, u32)| {
        let speaks_against = |one: u32, other: u32| {
            apart(one, other).or_else(|| match sameness {
                Sameness::Merged => contradiction(one, other),
                Sameness::Related => disagreement(one, other),
            })
        };
        let refused = match clusters.root(left) == clusters.root(right) {
            true => None,
            false
                if speaks_against(left, right).is_none()
                    && (is_of_others(left, right) || is_of_others(right, left)) =>
            {
                Some(OF_OTHERS)
            }
            false => clusters.try_join(left, right, speaks_against).err(),
        };
        Heard { left, right, sameness, refused }
    };
    in_order.into_iter().map(heard).collect()
}

/// What speaks against it that two ranks are one person, the smaller first.
pub(super) type Why<'a> = &'a dyn Fn(u32, u32) -> Option<&'static str>;

#[cfg(test)]
mod tests {
    use super::*;

    /// Who is with whom after it, and how many pairs were refused; ranks are indices.
    fn clusters(count: usize, said: &[Said], apart: &[(u32, u32)], contradict: &[(u32, u32)]) -> (Vec<u32>, usize) {
        let ranks: Vec<u32> = (0..count as u32).collect();
        let mut clusters = Clusters::new(count);
        let within = |pairs: &[(u32, u32)], why| {
            let pairs = pairs.to_vec();
            move |one, other| pairs.contains(&(one, other)).then_some(why)
        };
        let (apart, contradiction) = (within(apart, "kept apart"), within(contradict, "contradict"));
        let disagreement = |one, other| contradiction(one, other).or((other == 9).then_some("disagree"));
        let heard = join(said, &ranks, &mut clusters, (&apart, &contradiction, &disagreement));
        (
            ranks.iter().map(|rank| clusters.root(*rank)).collect(),
            heard.iter().filter(|one| one.refused.is_some()).count(),
        )
    }

    fn merged(left: usize, right: usize) -> Said {
        Said { left, right, sameness: Sameness::Merged }
    }

    #[test]
    fn what_is_said_joins_and_goes_round_without_harm() {
        let round = [merged(0, 1), merged(1, 2), merged(2, 0), merged(1, 0), merged(3, 3)];
        assert_eq!(clusters(4, &round, &[], &[]), (vec![0, 0, 0, 3], 0));
    }

    #[test]
    fn nobody_is_joined_with_either_of_two_who_are_not_one() {
        for said in [[merged(0, 1), merged(1, 2)], [merged(1, 2), merged(0, 1)]] {
            assert_eq!(clusters(3, &said, &[], &[(0, 2)]), (vec![0, 1, 2], 2), "they contradict each other");
            assert_eq!(clusters(3, &said, &[(0, 2)], &[]), (vec![0, 1, 2], 2), "a person keeps them apart");
        }
        // Who was taken out by a person leaves the others together.
        let all = [merged(0, 1), merged(1, 2), merged(0, 2)];
        assert_eq!(clusters(3, &all, &[(0, 1), (0, 2)], &[]), (vec![0, 1, 1], 2));
    }

    #[test]
    fn a_chain_ends_where_it_contradicts_itself() {
        let chain = [merged(2, 3), merged(0, 1), merged(1, 2)];
        assert_eq!(clusters(4, &chain, &[], &[(0, 3)]), (vec![0, 0, 0, 3], 1));
    }

    #[test]
    fn people_in_use_are_joined_only_where_they_agree() {
        let related = Said { left: 0, right: 9, sameness: Sameness::Related };
        assert_eq!(clusters(10, &[related], &[], &[]).1, 1);
        assert_eq!(clusters(10, &[related, merged(9, 0)], &[], &[]).1, 0, "the stronger word holds");
    }

    #[test]
    fn what_is_said_of_very_many_is_said_of_nobody() {
        let many: Vec<Said> = (1..=MOST + 1).map(|other| merged(0, other)).collect();
        assert_eq!(clusters(MOST + 2, &many, &[], &[]).1, MOST + 1);
        assert_eq!(clusters(MOST + 2, &many[1..], &[], &[]).1, 0);
    }
}
