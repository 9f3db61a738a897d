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

/// People in one block at most. It bounds the pairs of a block to some five thousand.
pub const MAX_BLOCK: usize = 100;

/// People whose keys are worked out together.
const CHUNK: usize = 16_384;

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
    keys: fn(&Person, &Parts, &mut Vec<u64>),
}

/// In the order in which a pair is attributed to them.
const RULES: &[Rule] = &[
    Rule { name: "ssn", keys: by_ssn },
    Rule { name: "identifier", keys: by_identifier },
    Rule { name: "phone", keys: by_phone },
    Rule { name: "email", keys: by_email },
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

/// A narrowing part as blocks and their keys in a store have it.
fn narrowed(part: u64) -> u16 {
    key(&[part]) as u16
}

/// The key of a block in a store with all parts that may narrow it: people of one block share its first bytes, eight and two for
/// each part by which it was narrowed.
pub type BlockKey = [u8; 24];

/// The number of these rules: what was kept by others is not taken for theirs. A test notices when keys change.
pub const BLOCKING_RULES: u32 = 1;

/// How often a block may be narrowed.
pub const NARROWINGS: usize = NARROWING.len();

/// The bytes that people of one block share which was narrowed so often.
pub fn shared_bytes(key: &BlockKey, narrowings: usize) -> &[u8] {
    &key[..8 + 2 * narrowings]
}

/// The keys of all blocks that rules put a person into, in order.
pub fn block_keys(person: &Person) -> Vec<BlockKey> {
    let parts = Parts::of(person);
    let narrowing: Vec<u8> = NARROWING.iter().flat_map(|narrow| narrowed(narrow(person)).to_be_bytes()).collect();
    let (mut found, mut keys) = (Vec::new(), Vec::new());
    for (number, rule) in (1..).zip(RULES) {
        keys.clear();
        (rule.keys)(person, &parts, &mut keys);
        found.extend(keys.iter().map(|of_rule| whole_key(key(&[number, *of_rule]), &narrowing)));
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// A key that only those share who say the same in everything.
pub fn content_key(person: &Person) -> BlockKey {
    whole_key(key(&[0, person.content()]), &[0; 2 * NARROWINGS])
}

fn whole_key(block: u64, narrowing: &[u8]) -> BlockKey {
    let mut whole = [0; 24];
    whole[..8].copy_from_slice(&block.to_be_bytes());
    whole[8..].copy_from_slice(narrowing);
    whole
}

/// Mixes parts into one key (splitmix64).
fn key(parts: &[u64]) -> u64 {
    parts.iter().fold(0x9e37_79b9_7f4a_7c15, |state, part| {
        let mixed = (state ^ *part).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 29)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 32)
    })
}

fn initial(name: &str) -> u64 {
    name.chars().next().map_or(0, u64::from)
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

/// What keys are made of, worked out once per person; zero for nothing.
#[derive(Clone, Copy, Default)]
struct Parts {
    given_root: u64,
    given_sound: u32,
    initials: [u32; 2],
    /// By sound every part of the family name and the maiden name: what a hyphen or a marriage leaves.
    family: [u32; 5],
    family_sound: u32,
    day: u64,
    year: u64,
    street: u64,
    second_line: u64,
    city: u64,
    postal_code: u64,
}

impl Parts {
    fn of(p: &Person) -> Self {
        let value = |text: &str| if text.is_empty() { 0 } else { hash(&[text.as_bytes()]).max(1) };
        let mut family = [0; 5];
        let whole = p.family().contains(' ').then(|| names::sound(&p.family().replace(' ', "")));
        let parts = p.family().split(' ').filter(|part| part.len() >= 3 || *part == p.family()).take(3);
        let maiden = (!p.maiden().is_empty()).then(|| names::sound(p.maiden()));
        let sounds = whole.into_iter().chain(parts.map(names::sound)).chain(maiden).filter(|sound| *sound > 0);
        family.iter_mut().zip(sounds).for_each(|(slot, sound)| *slot = sound);
        Self {
            given_root: if p.given().is_empty() { 0 } else { given_root(p) },
            given_sound: names::sound(p.given()),
            initials: [p.given(), p.family()].map(|name| initial(name) as u32),
            family,
            family_sound: names::sound(p.family()),
            day: p.birth_date().and_then(day_key).unwrap_or_default(),
            year: p.birth_date().map_or(0, |date| date.year as u64),
            street: value(p.street()),
            second_line: value(p.second_line()),
            city: value(p.city()),
            postal_code: p.postal_code().unwrap_or_default(),
        }
    }

    fn family(&self) -> impl Iterator<Item = u64> + '_ {
        self.family.iter().take_while(|sound| **sound > 0).map(|sound| u64::from(*sound))
    }
}

/// A key of parts that are all there.
fn of_all<const N: usize>(parts: [u64; N]) -> Option<u64> {
    parts.iter().all(|part| *part != 0).then(|| key(&parts))
}

fn by_ssn(p: &Person, _: &Parts, keys: &mut Vec<u64>) {
    keys.extend(p.ssn().map(|ssn| key(&[u64::from(ssn)])));
}

fn by_identifier(p: &Person, _: &Parts, keys: &mut Vec<u64>) {
    keys.extend(p.drivers_license().map(|license| key(&[1, license])));
    keys.extend(p.passport_number().map(|passport| key(&[2, passport])));
    keys.extend(p.medical_record_number().map(|number| key(&[3, u64::from(p.system), number])));
    keys.extend(p.health_plan_number().map(|number| key(&[4, number])));
}

fn by_phone(p: &Person, _: &Parts, keys: &mut Vec<u64>) {
    keys.extend(p.phones().map(|phone| key(&[phone % 10_000_000])));
}

fn by_email(p: &Person, _: &Parts, keys: &mut Vec<u64>) {
    if !p.email().is_empty() {
        keys.push(hash(&[p.email().as_bytes()]));
    }
}

fn by_family_and_year(_: &Person, parts: &Parts, keys: &mut Vec<u64>) {
    keys.extend(parts.family().filter_map(|family| of_all([family, parts.year])));
}

fn by_given_and_date(_: &Person, parts: &Parts, keys: &mut Vec<u64>) {
    if let Some(given) = of_all([parts.given_root, parts.day]) {
        keys.push(given);
        keys.extend(of_all([u64::from(parts.family_sound) << 32, parts.day]));
    }
}

fn by_date_and_initials(_: &Person, parts: &Parts, keys: &mut Vec<u64>) {
    keys.extend(parts.initials.iter().filter_map(|initial| of_all([parts.day, u64::from(*initial)])));
}

fn by_date_and_postal_code(_: &Person, parts: &Parts, keys: &mut Vec<u64>) {
    keys.extend(of_all([parts.day, parts.postal_code]));
}

fn by_family_and_postal_code(_: &Person, parts: &Parts, keys: &mut Vec<u64>) {
    keys.extend(parts.family().filter_map(|family| of_all([family, parts.postal_code])));
}

/// Given and family name in either order, so that swapped ones meet.
fn by_names(_: &Person, parts: &Parts, keys: &mut Vec<u64>) {
    let given = u64::from(parts.given_sound);
    keys.extend(parts.family().filter_map(|family| of_all([given.min(family), given.max(family)])));
}

fn by_street(_: &Person, parts: &Parts, keys: &mut Vec<u64>) {
    keys.extend(of_all([parts.street, u64::from(parts.initials[0])]));
}

fn by_street_and_area(_: &Person, parts: &Parts, keys: &mut Vec<u64>) {
    keys.extend([parts.postal_code, parts.city].into_iter().filter_map(|area| of_all([parts.street, area])));
}

fn by_second_line(_: &Person, parts: &Parts, keys: &mut Vec<u64>) {
    keys.extend(of_all([parts.second_line, parts.city]));
}

fn by_given_and_postal_code(_: &Person, parts: &Parts, keys: &mut Vec<u64>) {
    keys.extend(of_all([parts.given_root, parts.postal_code]));
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
    /// Builds the blocks rule by rule; `person(rank)` is the person of a rank, who is left out where `takes_part` says so.
    pub fn build<'a>(
        count: usize,
        person: impl Fn(u32) -> &'a Person + Sync,
        takes_part: impl Fn(u32) -> bool + Sync,
    ) -> Self {
        let mut blocks = Self {
            members: Vec::new(),
            starts: vec![0],
            rule_starts: vec![0],
            blocks_of: Vec::new(),
            blocks_of_starts: Vec::new(),
            statistics: Vec::new(),
        };
        let parts: Vec<Parts> = (0..count as u32).into_par_iter().map(|rank| Parts::of(person(rank))).collect();
        for rule in RULES {
            let of_ranks = |ranks: Range<usize>| {
                let (mut entries, mut keys): (Vec<(u64, u32)>, Vec<u64>) = Default::default();
                for rank in ranks.filter(|rank| takes_part(*rank as u32)) {
                    keys.clear();
                    (rule.keys)(person(rank as u32), &parts[rank], &mut keys);
                    keys.sort_unstable();
                    keys.dedup();
                    entries.extend(keys.iter().map(|key| (*key, rank as u32)));
                }
                entries
            };
            let chunks: Vec<usize> = (0..count).step_by(CHUNK).collect();
            let read: Vec<Vec<(u64, u32)>> =
                chunks.into_par_iter().map(|start| of_ranks(start..count.min(start + CHUNK))).collect();
            let mut entries = read.concat();
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
            entry.0 = u64::from(narrowed(narrow(person(entry.1))));
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
