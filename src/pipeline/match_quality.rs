//! How well people were told apart: what a reader needs to trust a matching, or to doubt it.

use serde::{Deserialize, Serialize};

use super::outcome::{EvidenceOutcome, PairOutcome};
use crate::matching::{Linkage, Model, ScoredPair};

/// The account of one matching.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MatchingOutcome {
    /// Registrations, or rows.
    pub registrations: u64,
    /// Where only those were looked at who are new or changed, and those near them: how many they were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub near: Option<u64>,
    /// Groups of registrations that are one person's.
    pub people: u64,
    /// Pairs that a blocking rule proposed.
    pub compared: u64,
    /// Pairs by zone, as judged one by one.
    pub matched: u64,
    pub review: u64,
    pub non_match: u64,
    /// Of the review pairs, those that a hard contradiction keeps apart.
    pub vetoed: u64,
    /// Of the matched pairs, those that clustering did not join.
    pub refused: u64,
    /// Pairs that are one person since the source says so, whatever their weight.
    #[serde(default, skip_serializing_if = "is_none")]
    pub said: u64,
    /// Pairs that are not in spite of it.
    #[serde(default, skip_serializing_if = "is_none")]
    pub said_refused: u64,
    pub match_weight: f64,
    pub review_weight: f64,
    pub weights: Vec<WeightBin>,
    pub blocking: Vec<BlockingOutcome>,
    pub levels: Vec<LevelOutcome>,
    /// Of the pairs that brought people together, the weakest.
    pub doubtful: Vec<PairOutcome>,
}

/// Pairs whose weight lies in one span.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct WeightBin {
    /// The least weight, in bits; up to one more.
    pub from: i32,
    pub matched: u64,
    pub review: u64,
}

/// One blocking rule.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BlockingOutcome {
    pub rule: String,
    pub blocks: u64,
    /// That no earlier rule had proposed.
    pub pairs: u64,
    pub narrowed: u64,
    pub left_out: u64,
    pub people_left_out: u64,
}

/// One level of a comparison.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LevelOutcome {
    pub comparison: String,
    pub level: String,
    /// How often it holds for two registrations of one person, and of two strangers.
    pub m: f64,
    pub u: f64,
    /// log2 of their ratio; what rare values add is left out.
    pub weight: f64,
}

fn is_none(count: &u64) -> bool {
    *count == 0
}

fn rounded(number: f64) -> f64 {
    (number * 10_000.0).round() / 10_000.0
}

/// `name` gives system and key of a person, or what else it is known by.
pub fn matching_outcome(linkage: &Linkage, model: &Model, name: impl Fn(usize) -> (String, String)) -> MatchingOutcome {
    let statistics = &linkage.statistics;
    let mut levels = Vec::new();
    model.each_level(|comparison, level, p, weight| {
        let significant = |p: f64| format!("{p:.4e}").parse().unwrap_or(p);
        let (comparison, level) = (comparison.to_owned(), level.to_owned());
        let (m, u) = (significant(p.m), significant(p.u));
        levels.push(LevelOutcome { comparison, level, m, u, weight: rounded(weight) });
    });
    let blocking = statistics.blocking.iter().map(|rule| BlockingOutcome {
        rule: rule.rule.to_owned(),
        blocks: rule.blocks,
        pairs: rule.pairs,
        narrowed: rule.narrowed,
        left_out: rule.left_out,
        people_left_out: rule.people_left_out,
    });
    let weights = statistics.weights.iter();
    MatchingOutcome {
        registrations: statistics.people,
        near: None,
        people: statistics.clusters,
        compared: statistics.pairs_compared,
        matched: statistics.matches,
        review: statistics.reviews,
        non_match: statistics.non_matches,
        vetoed: statistics.vetoed,
        refused: statistics.refused,
        said: statistics.said.0,
        said_refused: statistics.said.1,
        match_weight: model.match_weight,
        review_weight: model.review_weight,
        weights: weights
            .map(|(from, (matched, review))| WeightBin { from: *from, matched: *matched, review: *review })
            .collect(),
        blocking: blocking.collect(),
        levels,
        doubtful: linkage.doubtful.iter().map(|at| pair(&linkage.links[*at], &name)).collect(),
    }
}

fn pair(pair: &ScoredPair, name: impl Fn(usize) -> (String, String)) -> PairOutcome {
    let evidence = pair.evidence.iter().map(|evidence| EvidenceOutcome {
        comparison: evidence.comparison.to_owned(),
        level: evidence.level.to_owned(),
        weight: (evidence.weight * 100.0).round() / 100.0,
    });
    PairOutcome {
        left: name(pair.left),
        right: name(pair.right),
        match_weight: rounded(pair.weight),
        match_probability: rounded(pair.probability),
        reason: pair.veto.or(pair.refused).or(pair.doubt).unwrap_or_default().to_owned(),
        evidence: evidence.collect(),
    }
}
