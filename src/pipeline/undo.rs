//! Undo: which later runs stand on a run, and taking them back together.

use serde::Serialize;

use super::PipelineError;
use super::people::stored_person;
use super::settings::pinned_model;
use crate::matching::weighed_against;
use crate::store::{EhrStore, KnownIdentity, Needs, RunRow, StoreError, StorePlace};

pub struct UndoOptions<'a> {
    pub store: StorePlace,
    pub run: i64,
    /// Also undoes the later runs that stand on it.
    pub with_dependents: bool,
    /// The time now, as RFC 3339 text.
    pub now: &'a dyn Fn() -> String,
}

/// What undoing did.
#[derive(Clone, Debug, Serialize)]
pub struct UndoOutcome {
    /// The number under which the undoing itself stands in the store.
    pub run: i64,
    /// In the order of being undone, the latest first.
    pub undone: Vec<i64>,
    /// Source records that the store no longer knows.
    pub source_records: u64,
    /// Chart rows that are gone.
    pub chart_rows: u64,
    /// Rows that are again as they were.
    pub restored: u64,
    pub digest: UndoDigest,
}

#[derive(Clone, Debug, Serialize)]
pub struct UndoDigest {
    pub before: String,
    pub after: String,
}

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
                write!(f, "in run {run} a person decided about {pairs} pairs with registrations of run {on}")
            }
            Needs::People(people) => {
                write!(f, "run {run} weighed {people} people against those of run {on}, who might be the same")
            }
        }
    }
}

pub fn undo(options: &UndoOptions<'_>) -> Result<UndoOutcome, PipelineError> {
    let run = options.run;
    if let Some(path) = options.store.file().filter(|path| !path.is_file()) {
        // No lock is left beside what is not there.
        return Err(StoreError::Missing { path: path.display().to_string() }.into());
    }
    let _lock = options.store.lock()?;
    let mut store = EhrStore::open(&options.store)?;
    store.claim_alone()?;
    let runs = store.runs()?;
    let wanted = runs.iter().find(|row| row.id == run).ok_or(StoreError::NoRun { run })?;
    let refused = |why: &str| PipelineError::NotUndoable { run, why: why.into() };
    match (wanted.status.as_str(), wanted.command.as_str()) {
        ("undone", _) => return Err(refused("it is undone already")),
        (_, "undo") => return Err(refused("it undid another run; that run's command loads its source again")),
        (_, "erase") => return Err(refused("it erased a person, of whom nothing is left")),
        _ => {}
    }
    if !store.keeps_what_was_before(run)? {
        return Err(refused("it was made before the store kept what was there before a run"));
    }
    let dependents = dependents(&store, &runs, run)?;
    if !options.with_dependents && !dependents.is_empty() {
        return Err(PipelineError::NeededByLater { run, dependents });
    }
    let mut undone: Vec<i64> = dependents.iter().map(|dependent| dependent.run).collect();
    undone.reverse();
    undone.push(run);
    for kept in store.tombstones()? {
        if let Some(run) = undone.iter().find(|run| kept.tombstone.runs.contains(run)) {
            let why = format!("run {} erased a person whose data it had loaded or changed", kept.run);
            return Err(PipelineError::NotUndoable { run: *run, why });
        }
    }
    let before = store.digest()?.to_string();
    let plan = serde_json::json!({ "undoes": undone }).to_string();
    let (number, counts) = store.undo(&undone, &plan, &(options.now)())?;
    let after = store.digest()?.to_string();
    store.close()?;
    Ok(UndoOutcome {
        run: number,
        undone,
        source_records: counts.source_records,
        chart_rows: counts.chart_rows,
        restored: counts.restored,
        digest: UndoDigest { before, after },
    })
}

/// The later runs that stand on a run, or on one that stands on it, each after those it comes after.
fn dependents(store: &EhrStore, runs: &[RunRow], run: i64) -> Result<Vec<Dependent>, PipelineError> {
    // Runs of several systems may go on side by side, and one that was cut off goes on after others: not numbers tell what
    // came later, but when people were linked. Facts rest on nothing of other systems.
    let people = store.order_of_people()?;
    let is_after = |later: &RunRow, earlier: &RunRow| {
        if later.system == earlier.system {
            return later.id > earlier.id;
        }
        people.get(&later.id).zip(people.get(&earlier.id)).is_some_and(|(later, earlier)| later > earlier)
    };
    let standing = |row: &&RunRow| row.status != "undone" && !["undo", "erase"].contains(&row.command.as_str());
    let mut on: Vec<&RunRow> = runs.iter().filter(|row| row.id == run).collect();
    let mut found: Vec<Dependent> = Vec::new();
    loop {
        let known: Vec<i64> = on.iter().map(|row| row.id).collect();
        let mut new = None;
        'next: for later in runs.iter().filter(standing).filter(|row| !known.contains(&row.id)) {
            for earlier in on.iter().filter(|earlier| is_after(later, earlier)) {
                if let Some(needs) = needs(store, later.id, earlier.id)? {
                    new = Some((later, Dependent { run: later.id, on: earlier.id, needs }));
                    break 'next;
                }
            }
        }
        let Some((later, dependent)) = new else { break };
        on.push(later);
        found.push(dependent);
    }
    // Those that others come after first.
    let row = |dependent: &Dependent| runs.iter().find(|row| row.id == dependent.run);
    let mut ordered: Vec<Dependent> = Vec::new();
    while !found.is_empty() {
        let first = found.iter().position(|one| {
            !found.iter().any(|other| row(one).zip(row(other)).is_some_and(|(one, other)| is_after(one, other)))
        });
        ordered.push(found.remove(first.unwrap_or(0)));
    }
    Ok(ordered)
}

fn needs(store: &EhrStore, later: i64, earlier: i64) -> Result<Option<Needs>, PipelineError> {
    let (wrote, needs) = store.needs(later, earlier)?;
    if !wrote || needs.is_some() {
        return Ok(needs);
    }
    let mut systems: Vec<String> = Vec::new();
    let mut system = |identity: &KnownIdentity| {
        let known = systems.iter().position(|name| *name == identity.system);
        known.unwrap_or_else(|| {
            systems.push(identity.system.clone());
            systems.len() - 1
        }) as u32
    };
    let (mut before, mut after) = (Vec::new(), Vec::new());
    store.identities_around(earlier, |identity| before.push(stored_person(&identity, system(&identity))))?;
    store.identities_of(later, |identity| after.push(stored_person(&identity, system(&identity))))?;
    let model = pinned_model(store)?;
    before.iter_mut().chain(&mut after).for_each(|person| model.frequencies.note(person));
    let people = weighed_against(&before, &after, &model);
    Ok((people > 0).then_some(Needs::People(people as u64)))
}
