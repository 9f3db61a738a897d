//! Links identities to patients: blocking, comparison, Fellegi-Sunter weights, vetoes, constrained clustering.
//!
//! Pure: values in, values out. No file, store, clock or randomness, and the result depends neither on the order of the
//! people nor on the number of threads; ties are broken by identity. It decides who *is* one person and says why. What
//! the joined chart then shows is survivorship ([`survivors`]); what a reviewer has decided comes in with [`Decided`]. Who
//! was linked before does not: the same people are linked the same, in one load or in fifty.
//!
//! The words are those of the record-linkage literature: a *blocking rule* proposes pairs, a *comparison* has ordered
//! *levels*, a level has an *m* and a *u probability*, their ratio's logarithm is the *match weight* (Fellegi and Sunter
//! 1969). [`Model`] is the seam: another model is other numbers for the same levels.

mod bits;
mod blocking;
mod cluster;
mod columns;
mod comparison;
mod contradiction;
mod decided;
mod distance;
mod estimate;
mod frequency;
mod in_text;
mod linkage;
mod model;
mod names;
mod person;
mod said;
mod scoring;
mod sketch;
mod standardize;
mod survivorship;

#[cfg(test)]
mod tests;

pub use blocking::{
    BLOCKING_RULES, BlockKey, BlockingStatistics, MAX_BLOCK, NARROWINGS, block_keys, content_key, shared_bytes,
};
pub use columns::{ColumnsError, PeopleColumns, Role};
pub use contradiction::contradiction;
pub use decided::{Decided, KEPT_APART};
pub use estimate::{MIN_PEOPLE, estimate};
pub use frequency::Frequencies;
pub use in_text::{Candidate, InText, NamedPeople};
pub use linkage::{
    Candidates, Linkage, MOST_REPEATS, PairEdge, Statistics, judge_pairs, link, link_and_keep, link_candidates,
    link_edges, non_matches, weighed_against,
};
pub use model::{Model, ModelError, Probabilities, comparison_names};
pub use names::{is_common_family, is_common_given};
pub use person::{Demographics, Person, Sex, UNKNOWN_SYSTEM};
pub use said::Said;
pub use scoring::{Evidence, ScoredPair, Zone, explain, judge_whole};
pub use standardize::{family_name, given_names, is_multiple_birth, phone as phone_number};
pub use survivorship::{Member, Reason, Survivor, golden, survivors};
