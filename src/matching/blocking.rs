//! Proposes pairs: a union of blocking rules, each pair once, oversized blocks narrowed.
//!
//! A rule gives a person keys; people who share a key form a block. A block with more than [`MAX_BLOCK`] people is split
//! by further parts of their keys, never cut by order of arrival; what no part can split (a hundred thousand rows alike)
//! is left out and counted. Pairs are streamed from the blocks and not kept.

use std::ops::Range;

use rayon::prelude::*;

use super::names;
use super::person::{Person, hash};
use crate::model::PartialDate;

/// People in one block at most. It bounds the pairs of a block to some ten thousand.
pub const MAX_BLOCK: usize = 150;

/// The account of one blocking rule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BlockingStatistics {
    pub rule: &'static str,
    /// Blocks of two people or more, after narrowing.
    pub blocks: u64,
    /// Pairs that no earlier rule had proposed.
    pub pairs: u64,
    /// Oversized blocks that were split by further key parts.
    pub narrowed: u64,
    /// Blocks that no key part could split, and the people in them: this rule proposes no pair of theirs.
    pub left_out: u64,
    pub people_left_out: u64,
}

/// One rule: its name in the statistics and the keys it gives a person.
struct Rule {
    name: &'static str,
    keys: fn(&Person, &mut Vec<u64>),
}

/// In the order in which a pair is attributed to them.
const RULES: &[Rule] = &[
    Rule { name: "ssn", keys: |p, keys| keys.extend(p.ssn().map(|ssn| key(&[u64::from(ssn)]))) },
    Rule { name: "identifier", keys: by_identifier },
    Rule { name: "phone", keys: |p, keys| keys.extend(p.phones().map(|phone| key(&[phone % 10_000_000]))) },
    Rule { name: "email", keys: |p, keys| keys.extend(some(p.email()).map(|email| hash(&[email.as_bytes()]))) },
    Rule { name: "family and birth year", keys: by_family_and_year },
    Rule { name: "given and birth date", keys: by_given_and_date },
    Rule { name: "birth date and initials", keys: by_date_and_initials },
    Rule { name: "birth date and postal code", keys: by_date_and_postal_code },
    Rule { name: "family and postal code", keys: by_family_and_postal_code },
    Rule { name: "names, also swapped or maiden", keys: by_names },
    Rule { name: "street and given initial", keys: by_street },
    Rule { name: "street and area", keys: by_street_and_area },
    Rule { name: "second address line and city", keys: by_second_line },
    Rule { name: "given and postal code", keys: by_given_and_postal_code },
];

/// Parts by which an oversized block is split, one after the other until it is small enough.
const NARROWING: &[fn(&Person) -> u64] = &[
    |p| key(&[initial(p.given())]),
    |p| p.birth_date().map_or(0, |date| date.year as u64),
    |p| u64::from(names::sound(p.family())),
    |p| given_root(p),
    |p| p.birth_date().and_then(day_key).unwrap_or_default(),
    |p| p.postal_code().unwrap_or_default(),
    |p| hash(&[p.street().as_bytes()]),
    |p| hash(&[p.middle().as_bytes()]),
];

fn key(parts: &[u64]) -> u64 {
    parts.iter().fold(0x9e37_79b9_7f4a_7c15, |state, part| hash(&[&state.to_le_bytes(), &part.to_le_bytes()]))
}

fn some(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

fn initial(name: &str) -> u64 {
    name.chars().next().map_or(0, u64::from)
}

fn sound(name: &str) -> Option<u64> {
    some(name).map(|name| u64::from(names::sound(name))).filter(|sound| *sound > 0)
}

/// One value for all forms of a given name, or its sound where it is not a known one.
fn given_root(person: &Person) -> u64 {
    match person.given_forms()[0] {
        0 => u64::from(names::sound(person.given())) << 16,
        form => u64::from(form),
    }
}

/// A day, the same for both orders of day and month.
fn day_key(date: PartialDate) -> Option<u64> {
    let (month, day) = (date.month?, date.day?);
    let (first, second) = if day <= 12 { (month.min(day), month.max(day)) } else { (month, day) };
    Some(date.year as u64 * 10_000 + u64::from(first) * 100 + u64::from(second))
}

fn by_identifier(p: &Person, keys: &mut Vec<u64>) {
    keys.extend(p.drivers_license().map(|license| key(&[1, license])));
    keys.extend(p.passport_number().map(|passport| key(&[2, passport])));
    keys.extend(p.medical_record_number().map(|number| key(&[3, u64::from(p.system), number])));
}

/// Every part of the family name and the maiden name, by sound: what a hyphen or a marriage leaves.
fn family_sounds(p: &Person) -> impl Iterator<Item = u64> + '_ {
    let whole = p.family().contains(' ').then(|| sound(&p.family().replace(' ', ""))).flatten();
    let parts = p.family().split(' ').filter(|part| part.len() >= 3 || *part == p.family());
    whole.into_iter().chain(parts.take(3).chain(some(p.maiden())).filter_map(sound))
}

fn by_family_and_year(p: &Person, keys: &mut Vec<u64>) {
    if let Some(date) = p.birth_date() {
        keys.extend(family_sounds(p).map(|family| key(&[family, date.year as u64])));
    }
}

fn by_given_and_date(p: &Person, keys: &mut Vec<u64>) {
    if let Some(day) = p.birth_date().and_then(day_key).filter(|_| !p.given().is_empty()) {
        keys.push(key(&[given_root(p), day]));
        keys.extend(sound(p.family()).map(|family| key(&[family << 32, day])));
    }
}

fn by_date_and_initials(p: &Person, keys: &mut Vec<u64>) {
    if let Some(day) = p.birth_date().and_then(day_key) {
        let (given, family) = (initial(p.given()), initial(p.family()));
        keys.extend([given, family].into_iter().filter(|initial| *initial > 0).map(|initial| key(&[day, initial])));
    }
}

fn by_date_and_postal_code(p: &Person, keys: &mut Vec<u64>) {
    if let Some((day, code)) = p.birth_date().and_then(day_key).zip(p.postal_code()) {
        keys.push(key(&[day, code]));
    }
}

fn by_family_and_postal_code(p: &Person, keys: &mut Vec<u64>) {
    if let Some(code) = p.postal_code() {
        keys.extend(family_sounds(p).map(|family| key(&[family, code])));
    }
}

/// Given and family name in either order, so that swapped ones meet.
fn by_names(p: &Person, keys: &mut Vec<u64>) {
    if let Some(given) = sound(p.given()) {
        keys.extend(family_sounds(p).map(|family| key(&[given.min(family), given.max(family)])));
    }
}

fn by_street(p: &Person, keys: &mut Vec<u64>) {
    let (street, given) = (p.street(), initial(p.given()));
    if !street.is_empty() && given > 0 {
        keys.push(hash(&[street.as_bytes(), &given.to_le_bytes()]));
    }
}

fn by_street_and_area(p: &Person, keys: &mut Vec<u64>) {
    if !p.street().is_empty() {
        let street = hash(&[p.street().as_bytes()]);
        keys.extend(p.postal_code().map(|code| key(&[street, code])));
        keys.extend(some(p.city()).map(|city| key(&[street, hash(&[city.as_bytes()])])));
    }
}

fn by_second_line(p: &Person, keys: &mut Vec<u64>) {
    if let Some((line, city)) = some(p.second_line()).zip(some(p.city())) {
        keys.push(hash(&[line.as_bytes(), city.as_bytes()]));
    }
}

fn by_given_and_postal_code(p: &Person, keys: &mut Vec<u64>) {
    if let Some(code) = p.postal_code()
        && !p.given().is_empty()
    {
        keys.push(key(&[given_root(p), code]));
    }
}

/// The blocks of all rules, over people numbered by rank of identity.
pub struct Blocks {
    members: Vec<u32>,
    /// Where each block starts in `members`; one more than there are blocks.
    starts: Vec<u32>,
    /// The first block of each rule; one more than there are rules.
    rule_starts: Vec<u32>,
    /// The blocks of each person, ascending, and where each person's start.
    blocks_of: Vec<u32>,
    blocks_of_starts: Vec<u32>,
    statistics: Vec<BlockingStatistics>,
}

impl Blocks {
    /// Builds the blocks rule by rule; `person(rank)` is the person of a rank.
    pub fn build<'a>(count: usize, person: impl Fn(u32) -> &'a Person + Sync) -> Self {
        let mut blocks = Self {
            members: Vec::new(),
            starts: vec![0],
            rule_starts: vec![0],
            blocks_of: Vec::new(),
            blocks_of_starts: Vec::new(),
            statistics: Vec::new(),
        };
        for rule in RULES {
            let mut entries: Vec<(u64, u32)> = Vec::new();
            let mut keys = Vec::new();
            for rank in 0..count as u32 {
                keys.clear();
                (rule.keys)(person(rank), &mut keys);
                keys.sort_unstable();
                keys.dedup();
                entries.extend(keys.iter().map(|key| (*key, rank)));
            }
            entries.par_sort_unstable();
            blocks.statistics.push(BlockingStatistics { rule: rule.name, ..Default::default() });
            for block in entries.chunk_by_mut(|a, b| a.0 == b.0) {
                blocks.add(block, 0, &person);
            }
            blocks.rule_starts.push(blocks.count() as u32);
        }
        blocks.members.shrink_to_fit();
        blocks.index(count);
        blocks
    }

    /// Adds a block, or its parts where it is too large; `part` is the first narrowing part not yet used.
    fn add<'a>(&mut self, block: &mut [(u64, u32)], part: usize, person: &(impl Fn(u32) -> &'a Person + Sync)) {
        let statistics = self.statistics.last_mut().expect("a rule opens its statistics before its blocks");
        if block.len() < 2 {
            return;
        }
        if block.len() <= MAX_BLOCK {
            statistics.blocks += 1;
            self.members.extend(block.iter().map(|(_, rank)| *rank));
            self.starts.push(self.members.len() as u32);
            return;
        }
        let Some(narrow) = NARROWING.get(part) else {
            statistics.left_out += 1;
            statistics.people_left_out += block.len() as u64;
            return;
        };
        statistics.narrowed += u64::from(part == 0);
        for entry in block.iter_mut() {
            entry.0 = narrow(person(entry.1));
        }
        block.sort_unstable();
        for smaller in block.chunk_by_mut(|a, b| a.0 == b.0) {
            self.add(smaller, part + 1, person);
        }
    }

    /// Notes for each person the blocks it is in.
    fn index(&mut self, count: usize) {
        let mut starts = vec![0u32; count + 1];
        for rank in &self.members {
            starts[*rank as usize + 1] += 1;
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        let mut next = starts.clone();
        let mut blocks_of = vec![0u32; self.members.len()];
        for block in 0..self.count() {
            for rank in &self.members[self.range(block)] {
                let slot = &mut next[*rank as usize];
                blocks_of[*slot as usize] = block as u32;
                *slot += 1;
            }
        }
        self.blocks_of = blocks_of;
        self.blocks_of_starts = starts;
    }

    fn count(&self) -> usize {
        self.starts.len() - 1
    }

    fn range(&self, block: usize) -> Range<usize> {
        self.starts[block] as usize..self.starts[block + 1] as usize
    }

    fn blocks_of(&self, rank: u32) -> &[u32] {
        let at = rank as usize;
        &self.blocks_of[self.blocks_of_starts[at] as usize..self.blocks_of_starts[at + 1] as usize]
    }

    /// The first block that holds both; it alone proposes the pair.
    fn first_shared(&self, left: u32, right: u32) -> Option<u32> {
        let (mut a, mut b) = (self.blocks_of(left), self.blocks_of(right));
        while let (Some(first_a), Some(first_b)) = (a.first(), b.first()) {
            match first_a.cmp(first_b) {
                std::cmp::Ordering::Equal => return Some(*first_a),
                std::cmp::Ordering::Less => a = &a[1..],
                std::cmp::Ordering::Greater => b = &b[1..],
            }
        }
        None
    }

    /// Visits each pair of ranks of which at least one is `changed`, once, lower rank first, on all threads; returns what
    /// the visitor kept, in no particular order, and the account per rule.
    pub fn pairs<Kept: Send>(
        &self,
        changed: impl Fn(u32) -> bool + Sync,
        visit: impl Fn(u32, u32) -> Option<Kept> + Sync,
    ) -> (Vec<Kept>, Vec<BlockingStatistics>) {
        let rule_of = |block: usize| self.rule_starts.partition_point(|start| *start as usize <= block) - 1;
        let fold = || (Vec::new(), vec![0u64; self.statistics.len()]);
        let (kept, pairs) = (0..self.count())
            .into_par_iter()
            .fold(fold, |(mut kept, mut pairs), block| {
                let rule = rule_of(block);
                let members = &self.members[self.range(block)];
                for (at, left) in members.iter().enumerate() {
                    let left_changed = changed(*left);
                    for right in &members[at + 1..] {
                        let wanted = left_changed || changed(*right);
                        if wanted && self.first_shared(*left, *right) == Some(block as u32) {
                            pairs[rule] += 1;
                            kept.extend(visit(*left.min(right), *left.max(right)));
                        }
                    }
                }
                (kept, pairs)
            })
            .reduce(fold, |(mut kept, mut pairs), (more, more_pairs)| {
                kept.extend(more);
                pairs.iter_mut().zip(more_pairs).for_each(|(sum, more)| *sum += more);
                (kept, pairs)
            });
        let mut statistics = self.statistics.clone();
        statistics.iter_mut().zip(pairs).for_each(|(rule, pairs)| rule.pairs = pairs);
        (kept, statistics)
    }
}
