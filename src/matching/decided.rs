//! What people decided, among the people who are linked: it joins before any score is heard, keeps apart whatever the score, and says
//! which pairs are no question any more.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::cluster::Clusters;
use super::linkage::Edge;
use super::said::Said;
use super::scoring::Zone;

/// What people have decided, in pairs of indices, which is stronger than any score; and what sources say, which is weaker than that.
#[derive(Clone, Debug, Default)]
pub struct Decided {
    pub one_person: Vec<(usize, usize)>,
    pub kept_apart: Vec<(usize, usize)>,
    pub said: Vec<Said>,
}

/// Why a decision to join does not hold.
pub const KEPT_APART: &str = "a person keeps them apart";

/// Why somebody is joined with neither of two people.
pub(super) const FITS_TWO: &str = "it fits two people whom a person keeps apart";

/// Somebody who fits two people whom a person keeps apart comes to one of them by himself where that one is this much likelier, in
/// bits: over thirty times.
const CLEARLY_LIKELIER: f64 = 5.0;

/// What was decided, in pairs of ranks, the smaller first.
#[derive(Default)]
pub(super) struct DecidedRanks {
    apart: HashSet<(u32, u32)>,
    /// Whom people joined: each to the smallest rank of those. Others stand for themselves.
    joined: HashMap<u32, u32>,
    /// The same as `apart`, in whom people joined.
    apart_joined: HashSet<(u32, u32)>,
}

impl DecidedRanks {
    /// Joins whom a person joined; gives what speaks against it beside the decisions.
    pub fn join(
        decided: &Decided,
        by_rank: &[u32],
        clusters: &mut Clusters,
        contradiction: impl Fn(u32, u32) -> Option<&'static str>,
    ) -> (Self, Vec<(u32, u32, &'static str)>) {
        if decided.one_person.is_empty() && decided.kept_apart.is_empty() {
            return Default::default();
        }
        let mut ranks = vec![0u32; by_rank.len()];
        for (rank, index) in (0u32..).zip(by_rank) {
            ranks[*index as usize] = rank;
        }
        let pair = |(left, right): &(usize, usize)| in_order(ranks[*left], ranks[*right]);
        let mut one_person: Vec<(u32, u32)> = decided.one_person.iter().map(pair).collect();
        one_person.sort_unstable();
        let mut found = Self { apart: decided.kept_apart.iter().map(pair).collect(), ..Self::default() };
        let mut conflicts = Vec::new();
        for (left, right) in &one_person {
            let refused = clusters.try_join(*left, *right, |a, b| found.objection(a, b)).err();
            let reason = refused.or_else(|| contradiction(*left, *right));
            conflicts.extend(reason.map(|reason| (*left, *right, reason)));
        }
        let members = one_person.iter().flat_map(|(left, right)| [*left, *right]);
        found.joined = members.map(|rank| (rank, clusters.root(rank))).collect();
        found.apart_joined = found.apart.iter().map(|pair| found.whom(*pair)).collect();
        (found, conflicts)
    }

    pub fn keeps_nobody_apart(&self) -> bool {
        self.apart.is_empty()
    }

    pub fn objection(&self, left: u32, right: u32) -> Option<&'static str> {
        self.apart.contains(&(left, right)).then_some(KEPT_APART)
    }

    fn whom(&self, (left, right): (u32, u32)) -> (u32, u32) {
        let joined = |rank: u32| self.joined.get(&rank).copied().unwrap_or(rank);
        in_order(joined(left), joined(right))
    }

    /// Whether decisions say already what becomes of a pair.
    fn is_answered(&self, left: u32, right: u32) -> bool {
        let (left, right) = self.whom((left, right));
        left == right || self.apart_joined.contains(&(left, right))
    }

    /// Matches of somebody who fits both of two people whom a person keeps apart, neither far better than the other: no score
    /// says whose he is.
    pub fn torn(&self, edges: &[Edge]) -> HashSet<(u32, u32)> {
        let mut fits: HashMap<u32, Vec<(u32, f64)>> =
            self.apart.iter().flat_map(|(left, right)| [(*left, Vec::new()), (*right, Vec::new())]).collect();
        let matches = edges.iter().filter(|edge| edge.zone == Zone::Match);
        for edge in matches.take(if fits.is_empty() { 0 } else { usize::MAX }) {
            for (one, other) in [(edge.left, edge.right), (edge.right, edge.left)] {
                if let Some(fits) = fits.get_mut(&one) {
                    fits.push((other, edge.weight));
                }
            }
        }
        let mut torn = HashSet::new();
        let apart: BTreeSet<&(u32, u32)> = self.apart.iter().collect();
        for (left, right) in apart {
            let of_right: HashMap<u32, f64> = fits[right].iter().copied().collect();
            for (who, weight) in &fits[left] {
                let Some(other) = of_right.get(who) else { continue };
                let is_open = !self.is_answered(*who, *left) && !self.is_answered(*who, *right);
                if is_open && (weight - other).abs() < CLEARLY_LIKELIER {
                    torn.extend([in_order(*who, *left), in_order(*who, *right)]);
                }
            }
        }
        torn
    }

    /// Of the open pairs, strongest first, leaves the first between each two clusters: one question, asked once, and none that a
    /// person has answered. Between clusters of which a person keeps members apart only somebody new who matches is a question.
    pub fn ask_once(&self, open: &mut Vec<(Edge, Option<&'static str>)>, clusters: &Clusters) {
        let roots = |left, right| in_order(clusters.root(left), clusters.root(right));
        let settled: HashSet<(u32, u32)> = self.apart.iter().map(|(left, right)| roots(*left, *right)).collect();
        let mut asked: HashSet<(u32, u32)> = HashSet::new();
        open.retain(|(edge, _)| {
            let (left, right) = roots(edge.left, edge.right);
            let is_settled = settled.contains(&(left, right));
            left != right
                && !(is_settled && (edge.zone != Zone::Match || self.is_answered(edge.left, edge.right)))
                && asked.insert((left, right))
        });
    }
}

fn in_order(one: u32, other: u32) -> (u32, u32) {
    (one.min(other), one.max(other))
}
