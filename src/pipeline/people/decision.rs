//! What becomes of the registrations of a run.

use crate::model::{ChartId, Fate};
use crate::store::{MatchEvidence, PatientWrite};

/// What one registration becomes.
#[derive(Clone, Debug)]
pub struct PersonDecision {
    pub identity: ChartId,
    pub patient: ChartId,
    pub fate: Fate,
    /// The store has this identity already.
    pub known: bool,
    /// Its key names other people too.
    pub shared: bool,
    /// The patient that comes with it, where it is a new one.
    pub founded: Option<Founded>,
    pub matched: Option<Box<MatchEvidence>>,
}

/// A patient that comes with a registration.
#[derive(Clone, Debug)]
pub enum Founded {
    /// It is this registration's alone, and has its values: nobody needs to hold them until they are read again to be written.
    Alone,
    /// It has values of several.
    OfSeveral(Box<PatientWrite>),
}

/// By position in the stream.
#[derive(Default)]
pub struct PersonDecisions {
    /// In the order of the positions.
    decisions: Vec<(u64, PersonDecision)>,
}

impl PersonDecisions {
    pub fn get(&self, position: u64) -> Option<&PersonDecision> {
        let at = self.decisions.binary_search_by_key(&position, |(position, _)| *position).ok()?;
        Some(&self.decisions[at].1)
    }
}

impl FromIterator<(u64, PersonDecision)> for PersonDecisions {
    fn from_iter<I: IntoIterator<Item = (u64, PersonDecision)>>(decisions: I) -> Self {
        let mut decisions: Vec<_> = decisions.into_iter().collect();
        decisions.sort_unstable_by_key(|(position, _)| *position);
        Self { decisions }
    }
}
