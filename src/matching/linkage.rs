//! The whole of it: people in, clusters, links and reviews out.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::blocking::{BlockingStatistics, Blocks};
use super::cluster::Clusters;
use super::contradiction::contradiction_in;
use super::decided::{Decided, DecidedRanks, FITS_TWO};
use super::model::Model;
use super::names;
use super::person::Person;
use super::said::{self, Heard};
use super::scoring::{Judgement, ScoredPair, Zone, evidence_weight, explain, judge, judge_whole, judge_within};
use super::sketch::{Bounds, Sketch};
use crate::model::{ChartId, Sameness};

/// What `link` found.
#[derive(Clone, Debug, PartialEq)]
pub struct Linkage {
    /// Per person: index of one person of its cluster, the same for all of them.
    pub cluster: Vec<usize>,
    /// The pairs that joined people, and the other matches within a cluster: those that the source says, then the strongest first.
    pub links: Vec<ScoredPair>,
    /// Per pair of clusters the strongest pair that a person must judge; strongest first.
    pub reviews: Vec<ScoredPair>,
    /// The weakest of the links that brought two clusters together, as places in `links`; the weakest first.
    pub doubtful: Vec<usize>,
    /// Pairs that a person's decision holds together, or would, and what speaks against it.
    pub conflicts: Vec<(usize, usize, &'static str)>,
    pub statistics: Statistics,
}

/// The account of one linkage.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    pub people: u64,
    pub clusters: u64,
    pub pairs_compared: u64,
    pub blocking: Vec<BlockingStatistics>,
    /// Pairs by zone, as judged one by one.
    pub matches: u64,
    pub reviews: u64,
    pub non_matches: u64,
    /// Review pairs that a hard contradiction keeps from being a match.
    pub vetoed: u64,
    /// Matches that clustering did not join.
    pub refused: u64,
    /// Pairs that are one person since the source says so, and those that are not in spite of it.
    pub said: (u64, u64),
    /// Matches and other pairs worth a review, by their weight in whole bits, rounded down.
    pub weights: BTreeMap<i32, (u64, u64)>,
}

/// A judged pair of ranks while all of them are sorted: the evidence is written out for the few that remain.
#[derive(Clone, Copy)]
pub(super) struct Edge {
    pub weight: f64,
    pub left: u32,
    pub right: u32,
    pub zone: Zone,
    vetoed: bool,
    /// The source calls them one person.
    said: Option<Sameness>,
}

/// How many of each group of later people were weighed against an earlier one with some chance to be the same: without the earlier
/// ones they might have been linked otherwise.
pub fn weighed_against(earlier: &[Person], later: &[Vec<Person>], model: &Model) -> Vec<usize> {
    let everybody: Vec<&Person> = earlier.iter().chain(later.iter().flatten()).collect();
    let group_of: Vec<usize> =
        later.iter().enumerate().flat_map(|(group, people)| std::iter::repeat_n(group, people.len())).collect();
    let person = |at: u32| everybody[at as usize];
    let is_later = |at: u32| at as usize >= earlier.len();
    let sketches: Vec<Sketch> = everybody.par_iter().map(|person| Sketch::of(person)).collect();
    let sieve = Sieve::of(model);
    let judge = |left: u32, right: u32| {
        sieve.judge((person(left), &sketches[left as usize]), (person(right), &sketches[right as usize]))
    };
    let (mut weighed, _) = Blocks::build(everybody.len(), person, |_| true).pairs(is_later, |left, right| {
        // The lower of the two is the earlier one, where they are not both later.
        (!is_later(left) && judge(left, right).is_some()).then_some(right)
    });
    weighed.sort_unstable();
    weighed.dedup();
    let mut counts = vec![0; later.len()];
    weighed.iter().for_each(|at| counts[group_of[*at as usize - earlier.len()]] += 1);
    counts
}

/// Weights are bounded in single precision.
const ROUNDING: f32 = 0.01;

/// Judges proposed pairs, of which most need no look at a text.
struct Sieve<'a> {
    model: &'a Model,
    bounds: Bounds,
    least: f32,
}

impl<'a> Sieve<'a> {
    fn of(model: &'a Model) -> Self {
        Self { model, bounds: Bounds::of(model), least: model.review_weight as f32 - ROUNDING }
    }

    /// As [`judge`] does.
    fn judge(
        &self,
        (left, left_sketch): (&Person, &Sketch),
        (right, right_sketch): (&Person, &Sketch),
    ) -> Option<Judgement> {
        let rest = self.bounds.may_reach(left_sketch, right_sketch, self.least)?;
        judge_within(left, right, self.model, Some((rest, self.least)))
    }
}

/// People with the pairs that blocking proposes, ready to be judged.
pub struct Candidates<'a> {
    people: &'a [Person],
    /// Indices of people, by rank: those of one family's sound and one birth date stand side by side, as most blocks want them,
    /// and identity parts them.
    by_rank: Vec<u32>,
    /// By rank.
    sketches: Vec<Sketch>,
    /// Ranks that say the same as an earlier one in everything, with that one: where there are many, one stands for all.
    repeats: Vec<(u32, u32)>,
    blocks: Blocks,
}

/// As many registrations may say the same before one of them stands for all.
pub const MOST_REPEATS: usize = 20;

/// From so many on they are nobody, whatever they say: a form's default, or a load gone wrong.
const TOO_MANY_REPEATS: usize = 1000;

impl<'a> Candidates<'a> {
    pub fn new(people: &'a [Person]) -> Self {
        let keyed = in_ranks(people);
        let repeats = repeats(people, &keyed);
        let by_rank: Vec<u32> = keyed.into_iter().map(|(.., index)| index).collect();
        let mut takes_part = vec![true; people.len()];
        repeats.iter().for_each(|(rank, _)| takes_part[*rank as usize] = false);
        let person = |rank: u32| &people[by_rank[rank as usize] as usize];
        let blocks = Blocks::build(people.len(), person, |rank| takes_part[rank as usize]);
        let sketches = by_rank.par_iter().map(|index| Sketch::of(&people[*index as usize])).collect();
        Self { people, by_rank, sketches, repeats, blocks }
    }

    pub(super) fn people(&self) -> &'a [Person] {
        self.people
    }

    pub(super) fn person(&self, rank: u32) -> &'a Person {
        &self.people[self.by_rank[rank as usize] as usize]
    }

    pub(super) fn blocks(&self) -> &Blocks {
        &self.blocks
    }
}

/// People in the order of their ranks: sound of the family name, birth date, identity, index.
fn in_ranks(people: &[Person]) -> Vec<(u32, u32, ChartId, u32)> {
    let keyed = people.par_iter().enumerate().map(|(index, person)| {
        let (sound, birth) = (names::sound(person.family()), person.birth_digits().unwrap_or_default());
        (sound, birth, person.identity, index as u32)
    });
    let mut keyed: Vec<_> = keyed.collect();
    keyed.par_sort_unstable();
    keyed
}

/// Ranks that say the same as the first of more than [`MOST_REPEATS`], with that first one. `keyed` stands in the order of ranks.
fn repeats(people: &[Person], keyed: &[(u32, u32, ChartId, u32)]) -> Vec<(u32, u32)> {
    let mut repeats = Vec::new();
    let mut start = 0u32;
    for run in keyed.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
        if run.len() > MOST_REPEATS {
            let person = |rank: u32| &people[run[(rank - start) as usize].3 as usize];
            let mut by_content: Vec<(u64, u32)> =
                (start..start + run.len() as u32).map(|rank| (person(rank).content(), rank)).collect();
            by_content.sort_unstable();
            for same in by_content.chunk_by(|a, b| a.0 == b.0 && person(a.1).says_the_same(person(b.1))) {
                if same.len() > MOST_REPEATS {
                    repeats.extend(same[1..].iter().map(|(_, rank)| (*rank, same[0].1)));
                }
            }
        }
        start += run.len() as u32;
    }
    repeats
}

/// Links people, as if nobody had been linked before. The result depends neither on the order of `people` nor on threads.
pub fn link(people: &[Person], decided: &Decided, model: &Model) -> Linkage {
    link_candidates(&Candidates::new(people), decided, model)
}

/// All pairs that blocking proposes and that are neither a match nor worth a review, in the order of the people.
pub fn non_matches(candidates: &Candidates<'_>, model: &Model) -> Vec<ScoredPair> {
    let people = candidates.people;
    let index = |rank: u32| candidates.by_rank[rank as usize] as usize;
    let (mut pairs, _) = candidates.blocks.pairs(
        |_| true,
        |left, right| {
            let (left, right) = (index(left), index(right));
            let judgement = judge_whole(&people[left], &people[right], model);
            (judgement.zone == Zone::NonMatch).then_some((left.min(right), left.max(right)))
        },
    );
    pairs.par_sort_unstable();
    let write = |(left, right): (usize, usize)| {
        let judgement = judge_whole(&people[left], &people[right], model);
        explain((left, &people[left]), (right, &people[right]), &judgement, model)
    };
    pairs.into_par_iter().map(write).collect()
}

/// Links people whose pairs are proposed already.
pub fn link_candidates(candidates: &Candidates<'_>, decided: &Decided, model: &Model) -> Linkage {
    let (mut edges, blocking) = found_edges(candidates, model);
    let graph = Graph::of(candidates);
    graph.link(&mut edges, decided, (blocking, model))
}

/// The pairs that are a match or worth a review, and who takes no part in blocks since he only repeats what many say.
pub type Kept = (Vec<PairEdge>, Vec<usize>);

/// Links people as [`link`] does, and gives what a later linking of some of them needs.
pub fn link_and_keep(people: &[Person], decided: &Decided, model: &Model) -> (Linkage, Kept) {
    let candidates = Candidates::new(people);
    let (mut edges, blocking) = found_edges(&candidates, model);
    let graph = Graph::of(&candidates);
    let linkage = graph.link(&mut edges, decided, (blocking, model));
    let index = |rank: u32| candidates.by_rank[rank as usize] as usize;
    let kept = edges.iter().map(|edge| PairEdge {
        left: index(edge.left),
        right: index(edge.right),
        weight: edge.weight,
        is_match: edge.zone == Zone::Match,
        is_repeat: graph.is_repeat[edge.left as usize] || graph.is_repeat[edge.right as usize],
    });
    (linkage, (kept.collect(), candidates.repeats.iter().map(|(rank, _)| index(*rank)).collect()))
}

/// A pair that is a match, or worth a review, by indices of its people.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PairEdge {
    pub left: usize,
    pub right: usize,
    pub weight: f64,
    pub is_match: bool,
    /// One of them only repeats what many say.
    pub is_repeat: bool,
}

/// Which of these pairs of indices are a match or worth a review.
pub fn judge_pairs(people: &[Person], pairs: &[(usize, usize)], model: &Model) -> Vec<PairEdge> {
    let sieve = Sieve::of(model);
    let sketches: Vec<Sketch> = people.par_iter().map(Sketch::of).collect();
    let mut ranks = vec![0u32; people.len()];
    in_ranks(people).iter().zip(0..).for_each(|((.., index), rank)| ranks[*index as usize] = rank);
    let judge = |(one, other): &(usize, usize)| {
        // As ranks stand, so that it is judged as among everybody.
        let (left, right) = if ranks[*one] < ranks[*other] { (*one, *other) } else { (*other, *one) };
        let judgement = sieve.judge((&people[left], &sketches[left]), (&people[right], &sketches[right]))?;
        let (weight, is_match) = (judgement.weight, judgement.zone == Zone::Match);
        Some(PairEdge { left, right, weight, is_match, is_repeat: false })
    };
    pairs.par_iter().filter_map(judge).collect()
}

/// Links people among whom all edges are known, and so many pairs that are none. Those who are `together` are linked already, and none
/// of them with anybody else.
pub fn link_edges(
    people: &[Person],
    edges: &[PairEdge],
    together: &[(usize, usize)],
    (decided, model, non_matches): (&Decided, &Model, u64),
) -> Linkage {
    let by_rank: Vec<u32> = in_ranks(people).into_iter().map(|(.., index)| index).collect();
    let mut ranks = vec![0u32; people.len()];
    by_rank.iter().zip(0..).for_each(|(index, rank)| ranks[*index as usize] = rank);
    let in_order = |left: usize, right: usize| (ranks[left].min(ranks[right]), ranks[left].max(ranks[right]));
    let mut edges: Vec<Edge> = edges
        .iter()
        .map(|edge| {
            let (left, right) = in_order(edge.left, edge.right);
            let zone = if edge.is_match { Zone::Match } else { Zone::Review };
            let person = |rank: u32| &people[by_rank[rank as usize] as usize];
            // Only what is for a person to judge was kept from being a match by a contradiction.
            let vetoed = !edge.is_match
                && judge(person(left), person(right), model).is_some_and(|judgement| judgement.veto.is_some());
            Edge { weight: edge.weight, left, right, zone, vetoed, said: None }
        })
        .collect();
    let together: Vec<(u32, u32)> = together.iter().map(|(left, right)| in_order(*left, *right)).collect();
    let is_repeat = vec![false; people.len()];
    let pairs = edges.len() as u64 + non_matches;
    let blocking = BlockingStatistics { rule: "near what is new or changed", pairs, ..Default::default() };
    let graph = Graph { people, by_rank: &by_rank, is_repeat, together };
    graph.link(&mut edges, decided, (vec![blocking], model))
}

/// The pairs of candidates that are a match or worth a review.
fn found_edges(candidates: &Candidates<'_>, model: &Model) -> (Vec<Edge>, Vec<BlockingStatistics>) {
    let (sieve, sketches) = (Sieve::of(model), &candidates.sketches);
    let person = |rank: u32| candidates.person(rank);
    let (mut edges, mut blocking) = candidates.blocks.pairs(
        |_| true,
        |left, right| {
            sieve.judge((person(left), &sketches[left as usize]), (person(right), &sketches[right as usize])).map(
                |judgement| Edge {
                    weight: judgement.weight,
                    left,
                    right,
                    zone: judgement.zone,
                    vetoed: judgement.veto.is_some(),
                    said: None,
                },
            )
        },
    );
    blocking.push(add_repeats(candidates, model, &mut edges));
    (edges, blocking)
}

/// People by rank, to be joined along edges.
struct Graph<'a> {
    people: &'a [Person],
    by_rank: &'a [u32],
    /// By rank: who says the same as one who is asked anyway is not asked again.
    is_repeat: Vec<bool>,
    /// Pairs of ranks that are joined already.
    together: Vec<(u32, u32)>,
}

impl<'a> Graph<'a> {
    fn of(candidates: &'a Candidates<'_>) -> Self {
        let mut is_repeat = vec![false; candidates.people.len()];
        candidates.repeats.iter().for_each(|(rank, _)| is_repeat[*rank as usize] = true);
        Self { people: candidates.people, by_rank: &candidates.by_rank, is_repeat, together: Vec::new() }
    }

    fn link(
        &self,
        edges: &mut [Edge],
        decided: &Decided,
        (blocking, model): (Vec<BlockingStatistics>, &Model),
    ) -> Linkage {
        let people = self.people;
        let index = |rank: u32| self.by_rank[rank as usize] as usize;
        let person = |rank: u32| &people[index(rank)];
        edges.par_sort_unstable_by(|a, b| {
            b.weight.total_cmp(&a.weight).then_with(|| (a.left, a.right).cmp(&(b.left, b.right)))
        });
        let mut clusters = Clusters::new(people.len());
        self.together.iter().for_each(|(left, right)| clusters.join(*left, *right));
        let contradiction = |left, right| contradiction_in(person(left), person(right), model);
        let said = &decided.said;
        let (decided, mut conflicts) = DecidedRanks::join(decided, self.by_rank, &mut clusters, contradiction);
        let apart = |left, right| decided.objection(left, right);
        let disagreement = |left, right| objection(person(left), person(right), model);
        let heard = said::join(said, self.by_rank, &mut clusters, (&apart, &contradiction, &disagreement));
        let torn = decided.torn(edges);
        let is_repeat = |rank: u32| self.is_repeat[rank as usize];
        let objection = |left: u32, right: u32| {
            decided.objection(left, right).or_else(|| match is_repeat(left) || is_repeat(right) {
                true => None,
                false => objection(person(left), person(right), model),
            })
        };
        let mut links = Vec::new();
        let mut joining = Vec::new();
        let mut open: Vec<(Edge, Option<&'static str>)> = Vec::new();
        for Heard { left, right, sameness, refused } in heard {
            let judgement = judge_whole(person(left), person(right), model);
            let (weight, vetoed) = (judgement.weight, judgement.veto.is_some());
            let edge = Edge { weight, left, right, zone: Zone::Match, vetoed, said: Some(sameness) };
            match refused {
                Some(reason) => open.push((edge, Some(reason))),
                None => links.push(edge),
            }
        }
        let said = (links.len() as u64, open.len() as u64);
        let said_open = open.len();
        for edge in edges.iter() {
            match edge.zone {
                Zone::Match if is_repeat(edge.right) && decided.keeps_nobody_apart() => {
                    clusters.join(edge.left, edge.right);
                    links.push(*edge);
                }
                Zone::Match if torn.contains(&(edge.left, edge.right)) => open.push((*edge, Some(FITS_TWO))),
                Zone::Match => match clusters.try_join(edge.left, edge.right, objection) {
                    Ok(joined) => {
                        if joined {
                            joining.push(links.len());
                        }
                        links.push(*edge);
                    }
                    Err(reason) => open.push((*edge, Some(reason))),
                },
                Zone::Review => open.push((*edge, None)),
                Zone::NonMatch => {}
            }
        }
        let pairs_compared: u64 = blocking.iter().map(|rule| rule.pairs).sum();
        let count = |wanted: fn(&Edge) -> bool| edges.iter().filter(|edge| wanted(edge)).count() as u64;
        let statistics = Statistics {
            people: people.len() as u64,
            clusters: (0..people.len() as u32).filter(|rank| clusters.root(*rank) == *rank).count() as u64,
            pairs_compared,
            blocking,
            matches: count(|edge| edge.zone == Zone::Match),
            reviews: count(|edge| edge.zone == Zone::Review),
            non_matches: pairs_compared - edges.len() as u64,
            vetoed: count(|edge| edge.vetoed),
            refused: open[said_open..].iter().filter(|(_, refused)| refused.is_some()).count() as u64,
            said,
            weights: by_weight(edges),
        };
        let by_identity = |one: u32, other: u32| {
            let (one, other) = (index(one), index(other));
            if people[one].identity < people[other].identity { (one, other) } else { (other, one) }
        };
        let write = |edge: &Edge, refused| {
            let judgement = judge_whole(person(edge.left), person(edge.right), model);
            let (left, right) = by_identity(edge.left, edge.right);
            let pair = explain((left, &people[left]), (right, &people[right]), &judgement, model);
            let pair = match edge.said {
                Some(sameness) => pair.said(sameness),
                None => pair,
            };
            match refused {
                Some(_) => ScoredPair { zone: Zone::Review, refused, ..pair },
                None => pair,
            }
        };
        // What the source says is asked before what scores say, between the same two people.
        decided.ask_once(&mut open, &clusters);
        open.sort_by(|(a, _), (b, _)| b.weight.total_cmp(&a.weight));
        let mut cluster = vec![0; people.len()];
        for rank in 0..people.len() as u32 {
            cluster[index(rank)] = index(clusters.root(rank));
        }
        conflicts.sort_unstable();
        let conflict = |(left, right, reason)| {
            let (left, right) = by_identity(left, right);
            (left, right, reason)
        };
        Linkage {
            cluster,
            links: links.par_iter().map(|edge| write(edge, None)).collect(),
            reviews: open.par_iter().map(|(edge, refused)| write(edge, *refused)).collect(),
            doubtful: joining.into_iter().rev().take(MOST_DOUBTFUL).collect(),
            conflicts: conflicts.into_iter().map(conflict).collect(),
            statistics,
        }
    }
}

/// Whoever says the same as many others is one with the first of them, if two of them are one person at all.
fn add_repeats(candidates: &Candidates<'_>, model: &Model, edges: &mut Vec<Edge>) -> BlockingStatistics {
    let mut statistics = BlockingStatistics { rule: "the same in everything", ..Default::default() };
    for same in candidates.repeats.chunk_by(|a, b| a.1 == b.1) {
        let (rank, first) = same[0];
        let judgement = judge(candidates.person(first), candidates.person(rank), model);
        let is_one = |judgement: &Judgement| judgement.zone == Zone::Match && same.len() < TOO_MANY_REPEATS;
        let Some(judgement) = judgement.filter(is_one) else {
            statistics.left_out += 1;
            statistics.people_left_out += same.len() as u64 + 1;
            continue;
        };
        statistics.blocks += 1;
        statistics.pairs += same.len() as u64;
        edges.extend(same.iter().map(|(rank, first)| Edge {
            weight: judgement.weight,
            left: *first,
            right: *rank,
            zone: Zone::Match,
            vetoed: false,
            said: None,
        }));
    }
    statistics
}

/// How many doubtful links are named.
const MOST_DOUBTFUL: usize = 10;

fn by_weight(edges: &[Edge]) -> BTreeMap<i32, (u64, u64)> {
    let mut weights: BTreeMap<i32, (u64, u64)> = BTreeMap::new();
    for edge in edges {
        let (matches, others) = weights.entry(edge.weight.floor() as i32).or_default();
        *(if edge.zone == Zone::Match { matches } else { others }) += 1;
    }
    weights
}

/// Why two people must not come into one cluster by way of others.
fn objection(left: &Person, right: &Person, model: &Model) -> Option<&'static str> {
    contradiction_in(left, right, model)
        .or_else(|| (evidence_weight(left, right, model) < 0.0).then_some("members of both clusters disagree"))
}
