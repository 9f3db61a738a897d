//! Which later runs stand on a run.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap, HashSet};

use super::super::PipelineError;
use super::super::people::{stored_person, system_number};
use super::super::settings::pinned_model;
use crate::matching::{Person, weighed_against};
use crate::model::ChartId;
use crate::store::{EhrStore, KnownIdentity, Needs, RunRow, RunTrace};

/// A later run, and why it cannot stand without an earlier one.
#[derive(Debug)]
pub struct Dependent {
    pub run: i64,
    pub on: i64,
    pub needs: Needs,
}

impl std::fmt::Display for Dependent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { run, on, needs } = self;
        match needs {
            Needs::SameSystem(system) => {
                write!(f, "run {run} compared source system `{system}` with what run {on} had loaded")
            }
            Needs::Rows(rows) => write!(f, "run {run} changed {rows} rows that run {on} wrote"),
            Needs::Patients(patients) => {
                write!(f, "run {run} gave registrations to {patients} patients of run {on}")
            }
            Needs::Decided(pairs) => {
                write!(f, "in run {run} a person decided about registrations of run {on}, {pairs} times")
            }
            Needs::Linked => write!(f, "run {run} linked people, whom it would have linked otherwise without run {on}"),
            Needs::People(people) => {
                write!(f, "run {run} weighed {people} people against those of run {on}, who might be the same")
            }
        }
    }
}

/// All runs of a store, and the order in which they linked people.
///
/// Runs of several systems may go on side by side, and one that was cut off goes on after others: not numbers tell what came later,
/// but when people were linked. Facts rest on nothing of other systems.
pub(super) struct Runs {
    rows: Vec<RunRow>,
    /// Where each run stands in the order of linking; runs without people are not in it.
    linked: BTreeMap<i64, i64>,
}

impl Runs {
    pub fn of(store: &EhrStore) -> Result<Self, PipelineError> {
        Ok(Self { rows: store.runs()?, linked: store.order_of_people()? })
    }

    pub fn row(&self, run: i64) -> Option<&RunRow> {
        self.rows.iter().find(|row| row.id == run)
    }

    fn standing(&self) -> impl Iterator<Item = &RunRow> {
        self.rows.iter().filter(|row| row.status != "undone" && !["undo", "erase"].contains(&row.command.as_str()))
    }

    fn is_after(&self, later: &RunRow, earlier: &RunRow) -> bool {
        if later.system == earlier.system && !later.system.is_empty() {
            return later.id > earlier.id;
        }
        let (later, earlier) = (self.linked.get(&later.id), self.linked.get(&earlier.id));
        later.zip(earlier).is_some_and(|(later, earlier)| later > earlier)
    }

    /// The runs that linked people after the first of these did, and are not among them, each as standing on that one; none where
    /// there are none.
    pub fn linked_after(&self, runs: &[i64]) -> Option<Vec<Dependent>> {
        let (first, on) = runs.iter().filter_map(|run| Some((*self.linked.get(run)?, *run))).min()?;
        let is_later = |row: &&RunRow| self.linked.get(&row.id).is_some_and(|order| *order > first);
        let later = self.standing().filter(|row| !runs.contains(&row.id)).filter(is_later);
        let later: Vec<Dependent> = later.map(|row| Dependent { run: row.id, on, needs: Needs::Linked }).collect();
        (!later.is_empty()).then_some(later)
    }

    /// The later runs that stand on a run, or on one that stands on it, each after those it comes after; `linked` are known to.
    pub fn dependents(
        &self,
        store: &EhrStore,
        run: i64,
        linked: Vec<Dependent>,
    ) -> Result<Vec<Dependent>, PipelineError> {
        let mut on: Vec<&RunRow> = self.row(run).into_iter().collect();
        on.extend(linked.iter().filter_map(|dependent| self.row(dependent.run)));
        let mut found = linked;
        let mut traces = Traces::default();
        let mut looked_at = 0;
        while let Some(earlier) = on.get(looked_at).copied() {
            looked_at += 1;
            let known: HashSet<i64> = on.iter().map(|row| row.id).collect();
            let open = self.standing().filter(|row| !known.contains(&row.id) && self.is_after(row, earlier));
            let mut doubtful = Vec::new();
            let mut stand = Vec::new();
            for later in open {
                if !traces.of(store, later.id)?.wrote {
                    continue;
                }
                match traces.needs(store, later, earlier)? {
                    Some(needs) => stand.push((later, needs)),
                    None => doubtful.push(later),
                }
            }
            let weighed = traces.weighed(store, earlier.id, &doubtful)?;
            let weighed = doubtful.into_iter().zip(weighed).filter(|(_, people)| *people > 0);
            stand.extend(weighed.map(|(later, people)| (later, Needs::People(people as u64))));
            for (later, needs) in stand {
                on.push(later);
                found.push(Dependent { run: later.id, on: earlier.id, needs });
            }
        }
        // Those that others come after first.
        let row = |dependent: &Dependent| self.row(dependent.run);
        let mut ordered: Vec<Dependent> = Vec::new();
        while !found.is_empty() {
            let is_after = |one: &Dependent, other: &Dependent| {
                row(one).zip(row(other)).is_some_and(|(one, other)| self.is_after(one, other))
            };
            let first = found.iter().position(|one| !found.iter().any(|other| is_after(one, other)));
            ordered.push(found.remove(first.unwrap_or(0)));
        }
        Ok(ordered)
    }
}

/// What runs left behind, each read once.
#[derive(Default)]
struct Traces {
    of_run: HashMap<i64, RunTrace>,
    /// Registrations that each run added or changed, as they are now.
    people: HashMap<i64, Vec<Person>>,
}

impl Traces {
    fn of(&mut self, store: &EhrStore, run: i64) -> Result<&RunTrace, PipelineError> {
        Ok(match self.of_run.entry(run) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(vacant) => vacant.insert(store.trace(run)?),
        })
    }

    /// Whether a later run stands on an earlier one, as their rows tell.
    fn needs(&mut self, store: &EhrStore, later: &RunRow, earlier: &RunRow) -> Result<Option<Needs>, PipelineError> {
        if later.system == earlier.system && !later.system.is_empty() {
            return Ok(Some(Needs::SameSystem(later.system.clone())));
        }
        self.of(store, later.id)?;
        self.of(store, earlier.id)?;
        let (of_later, of_earlier) = (&self.of_run[&later.id], &self.of_run[&earlier.id]);
        let rows = store.changed_rows_of((later.id, of_later), earlier.id)?;
        if rows > 0 {
            return Ok(Some(Needs::Rows(rows)));
        }
        let is_of_earlier =
            |(left, right): &&(ChartId, ChartId)| of_earlier.added.contains(left) || of_earlier.added.contains(right);
        let decided = of_later.decided.iter().filter(is_of_earlier).count();
        if decided > 0 {
            return Ok(Some(Needs::Decided(decided as u64)));
        }
        let patients = of_later.patients.intersection(&of_earlier.patients).count();
        Ok((patients > 0).then_some(Needs::Patients(patients as u64)))
    }

    /// How many people of each later run were weighed against those around an earlier one.
    fn weighed(&mut self, store: &EhrStore, earlier: i64, later: &[&RunRow]) -> Result<Vec<usize>, PipelineError> {
        if later.is_empty() {
            return Ok(Vec::new());
        }
        let model = pinned_model(store)?;
        let read = |identity: &KnownIdentity| {
            let mut person = stored_person(identity, system_number(&identity.system));
            model.frequencies.note(&mut person);
            person
        };
        let mut before: Vec<Person> = Vec::new();
        store.identities_around(earlier, |identity| before.push(read(&identity)))?;
        let mut after: Vec<Vec<Person>> = Vec::new();
        for later in later {
            let people = match self.people.entry(later.id) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(vacant) => {
                    let mut people = Vec::new();
                    store.identities_of(later.id, |identity| people.push(read(&identity)))?;
                    vacant.insert(people)
                }
            };
            after.push(people.clone());
        }
        Ok(weighed_against(&before, &after, &model))
    }
}
