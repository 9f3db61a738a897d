//! What is said of people beside what they say of themselves: what people decided, and whom sources call one person.
//!
//! A source names the other registration; whom that means is looked up each time, among those who are there by then. So neither the order
//! in which the two come matters, nor the night.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::super::PipelineError;
use super::Candidate;
use super::registration::number_hash;
use crate::model::{ChartId, Hash128, NamedPerson, SaidSame, Sameness};
use crate::store::{EhrStore, IdentityLink, LinksWrite, ReviewDecision};

/// All that is said of people.
pub(super) struct Made {
    pub decisions: Vec<ReviewDecision>,
    pub said: Vec<SaidPair>,
    /// Registrations that name one who is changed, and may be called otherwise now.
    pub unsettled: Vec<ChartId>,
}

/// A registration, and one that it calls the same person.
pub(super) struct SaidPair {
    pub who: ChartId,
    pub whom: ChartId,
    pub sameness: Sameness,
}

/// What names more registrations than this names nobody: the rest is not looked at.
const MOST: usize = 100;

impl Made {
    /// Of the people whom the store knows.
    pub fn of(store: &EhrStore) -> Result<Self, PipelineError> {
        Self::with(store, ("", ""), &[])
    }

    /// Also of registrations of a system's stream that are new or changed; what they say is in the store already.
    pub fn with(
        store: &EhrStore,
        (system, stream): (&str, &str),
        candidates: &[Candidate],
    ) -> Result<Self, PipelineError> {
        let (decisions, links) = (store.decisions()?, store.identity_links()?);
        if links.is_empty() {
            return Ok(Self { decisions, said: Vec::new(), unsettled: Vec::new() });
        }
        let by_number: BTreeMap<i64, &IdentityLink> = links.iter().map(|link| (link.number, link)).collect();
        let changed: HashSet<ChartId> = candidates.iter().map(|candidate| candidate.person.identity).collect();
        let mut named: BTreeMap<i64, BTreeSet<ChartId>> = BTreeMap::new();
        let mut unsettled = Vec::new();
        for (number, whom) in store.named_by_links()? {
            if !changed.contains(&whom) {
                named.entry(number).or_default().insert(whom);
            } else if let Some(link) = by_number.get(&number) {
                unsettled.push(link.identity);
            }
        }
        let names = Names::of(&links, system, stream);
        for candidate in candidates {
            let whom = candidate.person.identity;
            for link in names.of_candidate(candidate).filter(|link| link.identity != whom) {
                named.entry(link.number).or_default().insert(whom);
            }
        }
        let mut said = Vec::new();
        for (number, all) in named {
            let Some(IdentityLink { identity, said: SaidSame { sameness, .. }, .. }) = by_number.get(&number) else {
                continue;
            };
            said.extend(all.into_iter().take(MOST).map(|whom| SaidPair { who: *identity, whom, sameness: *sameness }));
        }
        Ok(Self { decisions, said, unsettled })
    }
}

/// The links of a system by what they name.
struct Names<'a> {
    by_key: HashMap<&'a str, Vec<&'a IdentityLink>>,
    by_number: HashMap<Hash128, Vec<&'a IdentityLink>>,
}

impl<'a> Names<'a> {
    fn of(links: &'a [IdentityLink], system: &str, stream: &str) -> Self {
        let mut names = Self { by_key: HashMap::new(), by_number: HashMap::new() };
        for link in links.iter().filter(|link| link.system == system) {
            match &link.said.named {
                NamedPerson::Key(of, key) if of == stream => names.by_key.entry(key.reveal()).or_default().push(link),
                NamedPerson::Key(..) => {}
                NamedPerson::Number(number) => {
                    names.by_number.entry(number_hash(number.reveal())).or_default().push(link);
                }
            }
        }
        names
    }

    /// Those that mean a registration.
    fn of_candidate(&self, candidate: &Candidate) -> impl Iterator<Item = &'a IdentityLink> {
        let by_key = self.by_key.get(candidate.source_key.as_str());
        let by_number = candidate.number.and_then(|number| self.by_number.get(&number));
        by_key.into_iter().chain(by_number).flatten().copied()
    }
}

/// What registrations say of others, where it is not what the store has of them.
pub(super) fn changed_links(
    store: &EhrStore,
    system: &str,
    candidates: &[Candidate],
) -> Result<Vec<LinksWrite>, PipelineError> {
    let mut before: HashMap<ChartId, Vec<SaidSame>> = HashMap::new();
    if candidates.iter().any(|candidate| candidate.known.is_some()) {
        for link in store.identity_links()? {
            before.entry(link.identity).or_default().push(link.said);
        }
    }
    let mut changed = Vec::new();
    for Candidate { person, said, .. } in candidates {
        let before = before.get_mut(&person.identity).map(std::mem::take).unwrap_or_default();
        if !is_same(&before, said) {
            changed.push(LinksWrite { identity: person.identity, system: system.to_owned(), said: said.clone() });
        }
    }
    changed.sort_unstable_by_key(|write| write.identity);
    Ok(changed)
}

/// Whether the same is said, in whatever order.
pub(super) fn is_same(one: &[SaidSame], other: &[SaidSame]) -> bool {
    one.len() == other.len() && one.iter().all(|said| other.contains(said))
}
