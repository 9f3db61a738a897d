//! How common a value is: two people of one rare name are sooner one person than two of a common name.
//!
//! The shipped frequencies are fixed: those of the set at hand would change with every night's load, and fifty nights would
//! no longer equal one. A set that is matched by itself may bring its own.

use std::collections::HashMap;

use rayon::prelude::*;

use super::names;
use super::person::Person;

/// How common values are.
#[derive(Clone, Debug, Default)]
pub struct Frequencies {
    /// Given and family names with the share of people who bear them; none for the shipped ones.
    pub given: HashMap<Box<str>, f64>,
    pub family: HashMap<Box<str>, f64>,
    /// Birth dates that far more people bear than a day should have, with their share.
    pub birth_date: HashMap<u32, f64>,
    /// Whether these were counted, and the shares of names that are not in them.
    pub counted: Option<Unseen>,
}

/// The share that a name is given which was not counted.
#[derive(Clone, Copy, Debug)]
pub struct Unseen {
    pub given: f64,
    pub family: f64,
}

/// What the values of one pair weigh beside their level, log2.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rarity {
    /// Of the one name that both bear, and of the more common of two that are alike: -log2 of its share.
    pub given: f64,
    pub given_fuzzy: f64,
    pub family: f64,
    pub family_fuzzy: f64,
    /// Of both names together, where they are swapped.
    pub swapped: f64,
    /// Of a birth date that far more people bear than a day should have; zero for a usual one.
    pub birth_date: f64,
}

/// Shares of shipped names: the commonest given names are borne by two in a hundred of one sex, another by two in a thousand
/// (Social Security Administration); the hundred commonest family names by two to eight in a thousand each (Census 2010).
const GIVEN: (f64, f64) = (0.012, 0.0015);
const FAMILY: (f64, f64) = (0.004, 0.0006);

/// Records' worth of the shipped frequencies that the counted ones are mixed with.
const SHIPPED_RECORDS: f64 = 4000.0;

/// A day that this many times more people bear than a usual one, and at least so many people.
const TOO_COMMON: (f64, u32) = (12.0, 12);

impl Frequencies {
    pub fn shipped() -> Self {
        Self::default()
    }

    /// Counts the names and birth dates of a set.
    pub fn count(people: &[Person]) -> Self {
        Self::count_of_many(people, 2)
    }

    /// The same, where a name is told of only if so many bear it: what is kept beside people must not name one of them. The others
    /// all count as borne by as many as may not be told of, which takes them for more common than they are, never for rarer.
    pub fn count_of_many(people: &[Person], bearers: u32) -> Self {
        let given = counts(people, Person::given);
        let family = counts(people, Person::family);
        let total = people.len() as f64;
        let share = |count: u32, shipped: f64| {
            (f64::from(count.saturating_sub(1)) + SHIPPED_RECORDS * shipped) / (total + SHIPPED_RECORDS)
        };
        let shares = |counts: HashMap<&str, u32>, shipped: fn(&str) -> f64| -> HashMap<Box<str>, f64> {
            let seen = counts.into_iter().filter(|(_, count)| *count >= bearers);
            seen.map(|(name, count)| (name.into(), share(count, shipped(name)))).collect()
        };
        let mut dates: HashMap<u32, u32> = HashMap::new();
        people.iter().filter_map(Person::birth_digits).for_each(|date| *dates.entry(date).or_default() += 1);
        let known: u32 = dates.values().sum();
        let usual = f64::from(known) / 18_000.0;
        let common = |count: u32| count >= TOO_COMMON.1 && f64::from(count) > TOO_COMMON.0 * usual.max(1.0);
        let birth_date = dates.into_iter().filter(|(_, count)| common(*count));
        Self {
            birth_date: birth_date.map(|(date, count)| (date, f64::from(count) / f64::from(known))).collect(),
            counted: Some(Unseen { given: share(bearers - 1, GIVEN.1), family: share(bearers - 1, FAMILY.1) }),
            given: shares(given, |name| shipped(names::is_common_given(name), GIVEN)),
            family: shares(family, |name| shipped(names::is_common_family(name), FAMILY)),
        }
    }

    /// Forgets names that fewer of these people bear, as [`Self::count_of_many`] would not have told of them: all that are not told
    /// of count as common as the commonest of those that are forgotten.
    pub fn forget_rare(&mut self, people: &[Person], bearers: u32) {
        let Some(unseen) = &mut self.counted else { return };
        let forget = |shares: &mut HashMap<Box<str>, f64>, borne: HashMap<&str, u32>, unseen: &mut f64| {
            shares.retain(|name, share| {
                let is_told = borne.get(&**name).is_some_and(|count| *count >= bearers);
                if !is_told {
                    *unseen = unseen.max(*share);
                }
                is_told
            });
        };
        forget(&mut self.given, counts(people, Person::given), &mut unseen.given);
        forget(&mut self.family, counts(people, Person::family), &mut unseen.family);
    }

    fn given_share(&self, name: &str) -> f64 {
        match self.counted {
            Some(unseen) => self.given.get(name).copied().unwrap_or(unseen.given),
            None => shipped(names::is_common_given(name), GIVEN),
        }
    }

    fn family_share(&self, name: &str) -> f64 {
        match self.counted {
            Some(unseen) => self.family.get(name).copied().unwrap_or(unseen.family),
            None => shipped(names::is_common_family(name), FAMILY),
        }
    }

    /// How often two people share one of the dates that are too common.
    pub(super) fn common_dates(&self) -> f64 {
        let mut shares: Vec<f64> = self.birth_date.values().copied().collect();
        shares.sort_unstable_by(f64::total_cmp);
        shares.into_iter().map(|share| share * share).sum()
    }

    /// Notes on a person how rare the values are, for [`Self::of_pair`].
    pub fn note(&self, person: &mut Person) {
        let bits = |share: f64| (-share.log2() * 8.0).round().clamp(0.0, 255.0) as u8;
        let (given, family) = (self.given_share(person.given()), self.family_share(person.family()));
        let too_common = person.birth_digits().and_then(|date| self.birth_date.get(&date)).copied();
        person.rarity = [bits(given), bits(family), too_common.map_or(0, |share| bits(share).max(1))];
    }

    /// What the values of a pair weigh.
    pub(super) fn of_pair(left: &Person, right: &Person) -> Rarity {
        let bits = |at: usize| {
            let (a, b) = (f64::from(left.rarity[at]) / 8.0, f64::from(right.rarity[at]) / 8.0);
            (a.max(b), a.min(b))
        };
        let ((given, given_fuzzy), (family, family_fuzzy)) = (bits(0), bits(1));
        let both = |person: &Person| f64::from(u16::from(person.rarity[0]) + u16::from(person.rarity[1])) / 8.0;
        let swapped = both(left).min(both(right));
        Rarity { given, given_fuzzy, family, family_fuzzy, swapped, birth_date: bits(2).0 }
    }
}

fn shipped(is_common: bool, shares: (f64, f64)) -> f64 {
    if is_common { shares.0 } else { shares.1 }
}

fn counts<'a>(people: &'a [Person], value: fn(&Person) -> &str) -> HashMap<&'a str, u32> {
    let fold = HashMap::new;
    people
        .par_iter()
        .fold(fold, |mut counts: HashMap<&'a str, u32>, person| {
            let value = value(person);
            if !value.is_empty() {
                *counts.entry(value).or_default() += 1;
            }
            counts
        })
        .reduce(fold, |mut counts, more| {
            more.into_iter().for_each(|(value, count)| *counts.entry(value).or_default() += count);
            counts
        })
}
