//! `chartlift patient show`: survivorship with its reasons.

use std::collections::{BTreeMap, BTreeSet};

use super::super::review::{decision_line, name_of, value_text};
use super::super::terminal::visible;
use super::super::{CliError, Exit, print};
use crate::matching::{Member, Survivor, survivors};
use crate::model::{ChartId, RecordType};
use crate::pipeline::{SourcePriority, named_registrations};
use crate::store::{EhrStore, KnownIdentity, ReviewDecision};

/// A patient with its registrations, smallest id first.
struct Shown {
    patient: ChartId,
    registrations: Vec<KnownIdentity>,
    /// Rows of each chart table, by registration.
    facts: Vec<BTreeMap<&'static str, u64>>,
    survivors: Vec<Option<Survivor>>,
    decisions: Vec<ReviewDecision>,
}

pub fn show(store: &EhrStore, id: &str, json: bool) -> Result<Exit, CliError> {
    let mut patients: BTreeSet<ChartId> = named_registrations(store, id)?.into_iter().map(|one| one.patient).collect();
    let mut all = Vec::new();
    while let Some(patient) = patients.pop_first() {
        all.push(look(store, patient)?);
    }
    if json {
        let values: Vec<serde_json::Value> = all.iter().map(json_of).collect();
        print(&format!("{}\n", serde_json::Value::Array(values)))?;
    } else {
        let texts: Vec<String> = all.iter().map(text_of).collect();
        print(&texts.join("\n"))?;
    }
    Ok(Exit::Done)
}

fn look(store: &EhrStore, patient: ChartId) -> Result<Shown, CliError> {
    let mut registrations = store.identities_of_patients(&[patient])?;
    registrations.sort_by_key(|one| one.id);
    let facts = registrations.iter().map(|one| store.facts_of(one.id)).collect::<Result<_, _>>()?;
    let priority = SourcePriority::of_store(store)?;
    let members: Vec<Member<'_>> = registrations
        .iter()
        .map(|one| Member { identity: one.id, values: &one.values, source_rank: priority.rank(&one.system) })
        .collect();
    let survivors = survivors(&members);
    let mut decisions: Vec<ReviewDecision> = Vec::new();
    for one in &registrations {
        let of = store.decisions_of(one.id)?;
        decisions.extend(of.into_iter().filter(|new| {
            // Of both sides it would be told twice.
            !registrations.iter().any(|other| other.id < one.id && (other.id == new.left || other.id == new.right))
        }));
    }
    Ok(Shown { patient, registrations, facts, survivors, decisions })
}

/// Values with their columns, registrations and reasons.
fn rows(shown: &Shown) -> Vec<(&'static str, String, usize, &'static str)> {
    let columns = RecordType::Patient.columns().iter().enumerate();
    columns
        .filter_map(|(at, column)| {
            let survivor = shown.survivors[at]?;
            let value = value_text(&shown.registrations[survivor.member].values[at])?;
            Some((column.name, value, survivor.member, survivor.reason.as_str()))
        })
        .collect()
}

fn text_of(shown: &Shown) -> String {
    let place = |one: &KnownIdentity| visible(&format!("{}/{}", one.system, one.key));
    let mut text = format!("patient:{}\n", shown.patient);
    for (column, value, member, reason) in rows(shown) {
        let from = &shown.registrations[member];
        text.push_str(&format!("  {column:26} {:32} {:24} {reason}\n", visible(&value), place(from)));
    }
    text.push_str("registrations, each with its own values kept\n");
    for (one, facts) in shown.registrations.iter().zip(&shown.facts) {
        text.push_str(&format!("  patient_identity:{}  {}  {}\n", one.id, place(one), visible(&name_of(one))));
        let facts: Vec<String> = facts.iter().map(|(table, rows)| format!("{table} {rows}")).collect();
        if !facts.is_empty() {
            text.push_str(&format!("      {}\n", facts.join(", ")));
        }
    }
    text.extend(shown.decisions.iter().map(decision_line));
    text
}

fn json_of(shown: &Shown) -> serde_json::Value {
    let values: serde_json::Map<String, serde_json::Value> = rows(shown)
        .into_iter()
        .map(|(column, value, member, reason)| {
            let from = shown.registrations[member].id;
            (column.to_owned(), serde_json::json!({ "value": value, "registration": from, "reason": reason }))
        })
        .collect();
    let registrations: Vec<serde_json::Value> = shown
        .registrations
        .iter()
        .zip(&shown.facts)
        .map(|(one, facts)| {
            let columns = RecordType::Patient.columns().iter().zip(&one.values);
            let own: serde_json::Map<String, serde_json::Value> = columns
                .filter_map(|(column, value)| Some((column.name.to_owned(), value_text(value)?.into())))
                .collect();
            serde_json::json!({
                "id": one.id, "system": one.system, "key": one.key, "source_record": one.source_record, "values": own, "facts": facts,
            })
        })
        .collect();
    let decisions: Vec<serde_json::Value> = shown
        .decisions
        .iter()
        .map(|d| serde_json::json!({ "left": d.left, "right": d.right, "decision": d.decision, "by": d.by, "at": d.at, "reason": d.reason }))
        .collect();
    serde_json::json!({ "patient": shown.patient, "values": values, "registrations": registrations, "decisions": decisions })
}
