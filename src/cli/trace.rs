//! `chartlift trace`: from a chart row to its source record, and from a source record to what became of it.

use std::collections::BTreeSet;

use super::quarantine::cells_of;
use super::terminal::visible;
use super::{CliError, Exit, StoreArg, print, print_bytes};
use crate::connector::load_named;
use crate::model::{ChartId, Hash128, NamedPerson, RecordType, Sameness, SourceRef, record_id};
use crate::pipeline::sources_of;
use crate::store::{EhrStore, PayloadPlace, RecordRow};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// TABLE:ID (a chart row), STREAM:KEY (a source record; several key columns with `|` between), STREAM with --row, or
    /// source_record:NUMBER
    reference: String,
    /// The record's number after the header, from 1
    #[arg(long, value_name = "N")]
    row: Option<u64>,
    #[command(flatten)]
    store: StoreArg,
    /// Print one JSON value
    #[arg(long)]
    json: bool,
    /// Print the source record's bytes as they came, and nothing else
    #[arg(long, conflicts_with = "json")]
    raw: bool,
}

/// A source record and everything that hangs on it.
struct Traced {
    record: RecordRow,
    place: PayloadPlace,
    chart: Vec<(String, String)>,
    /// Whom it calls the same person: how, and by what name.
    same_person: Vec<(Sameness, String)>,
    /// Unfinished runs that the person's chart still waits for, with their systems.
    incomplete: Vec<(i64, String)>,
}

pub fn run(args: &Args) -> Result<Exit, CliError> {
    let store = args.store.open()?;
    let records = find(&store, args)?;
    if records.is_empty() {
        return Err(not_found(&store, args)?);
    }
    let mut traced = Vec::new();
    for record in records {
        let place = store.payload(record.payload_id, record.payload_index)?;
        let chart = chart_of(&store, &record)?;
        let registration = chart.iter().find(|(table, _)| table == "patient_identity");
        let registration: Vec<ChartId> = registration.and_then(|(_, id)| ChartId::parse(id)).into_iter().collect();
        let links = store.links_of(&registration)?;
        let same_person = links.iter().map(|link| (link.said.sameness, called(&link.said.named))).collect();
        let mut incomplete = BTreeSet::new();
        for (table, id) in &chart {
            incomplete.extend(store.incomplete_for(table, id)?);
        }
        traced.push(Traced { record, place, chart, same_person, incomplete: incomplete.into_iter().collect() });
    }
    if args.raw {
        for traced in &traced {
            print_bytes(&[&traced.place.record.raw, b"\n".as_slice()].concat())?;
        }
    } else if args.json {
        let values: Vec<serde_json::Value> = traced.iter().map(json).collect();
        print(&format!("{}\n", serde_json::Value::Array(values)))?;
    } else {
        let texts: Vec<String> = traced.iter().map(text).collect();
        print(&texts.join("\n"))?;
    }
    Ok(Exit::Done)
}

/// A registration as others call it.
fn called(named: &NamedPerson) -> String {
    match named {
        NamedPerson::Key(stream, key) => format!("{stream}:{}", key.reveal()),
        NamedPerson::Number(number) => format!("medical record number {}", number.reveal()),
    }
}

/// Says whether there is such a stream at all.
fn not_found(store: &EhrStore, args: &Args) -> Result<CliError, CliError> {
    let name = args.reference.split(':').next().unwrap_or_default();
    let is_table = ["patient_identity", "source_record"].contains(&name)
        || RecordType::ALL.iter().any(|record| record.table() == name);
    let streams: BTreeSet<String> = store.streams()?.into_values().map(|(_, stream)| stream).collect();
    if is_table || streams.contains(name) {
        return Ok(CliError::NotFound {
            what: "nothing in the store has this reference".into(),
            hint: "write TABLE:ID, STREAM:KEY, or STREAM --row N; `chartlift store info` lists tables".into(),
        });
    }
    let near = crate::connector::nearest(name, streams.iter().map(String::as_str));
    Ok(CliError::NotFound {
        what: "the store has neither a table nor a stream of this name".into(),
        hint: match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => "`chartlift store info` lists tables, the report lists streams".into(),
        },
    })
}

fn find(store: &EhrStore, args: &Args) -> Result<Vec<RecordRow>, CliError> {
    let mut found = find_by(store, args, &args.reference)?;
    // As a report of several sources calls it.
    if found.is_empty()
        && let Some((system, rest)) = args.reference.split_once('/')
    {
        found = find_by(store, args, rest)?;
        found.retain(|record| record.system == system);
    }
    Ok(found)
}

fn find_by(store: &EhrStore, args: &Args, reference: &str) -> Result<Vec<RecordRow>, CliError> {
    if let Some(row) = args.row {
        return Ok(store.records_of_row(reference, row)?);
    }
    let Some((name, key)) = reference.split_once(':') else {
        return Err(CliError::Usage {
            what: "the reference has no `:` and there is no --row".into(),
            hint: "write TABLE:ID, STREAM:KEY, or STREAM --row N".into(),
        });
    };
    if name == "source_record" {
        return Ok(key.parse().ok().map(|id| store.record(id)).transpose()?.flatten().into_iter().collect());
    }
    let is_table = name == "patient_identity" || RecordType::ALL.iter().any(|record| record.table() == name);
    if is_table && let Some(columns) = store.chart_row(name, key)? {
        let id = columns.iter().find(|(column, _)| column == "source_record_id").and_then(|(_, id)| id.parse().ok());
        return Ok(id.map(|id| store.record(id)).transpose()?.flatten().into_iter().collect());
    }
    let parts: Vec<&[u8]> = key.split('|').map(|part| part.trim().as_bytes()).collect();
    Ok(store.records_of_key(name, &Hash128::of_parts(&parts).0)?)
}

/// The chart rows of a record: TABLE and id.
fn chart_of(store: &EhrStore, record: &RecordRow) -> Result<Vec<(String, String)>, CliError> {
    let mut rows: Vec<(String, String)> = Vec::new();
    if let Some((identity, patient)) = store.identity_of_record(record.id)? {
        rows.push(("patient_identity".into(), identity));
        rows.push(("patient".into(), patient));
    }
    let Some(key) = Hash128::from_slice(&record.key_hash) else { return Ok(rows) };
    let candidates: Vec<(RecordType, String)> = kinds_of(store, record)?
        .into_iter()
        .map(|(kind, name)| {
            let id = record_id(&record.system, &record.stream, &key, record.ordinal as u32, name.as_deref());
            (kind, id.to_string())
        })
        .collect();
    for (record_type, id) in store.chart_of_record(&candidates, record.id)? {
        let row = (record_type.table().to_owned(), id);
        if !rows.contains(&row) {
            rows.push(row);
        }
    }
    Ok(rows)
}

/// Every kind of chart row that the record's stream made: as the store remembers it, else as the pack of its run says.
fn kinds_of(store: &EhrStore, record: &RecordRow) -> Result<Vec<(RecordType, Option<String>)>, CliError> {
    let ever = store.stream_mapping(record.stream_id)?.ever;
    if !ever.is_empty() {
        return Ok(ever.into_iter().filter_map(|(kind, name)| Some((RecordType::parse(&kind)?, name))).collect());
    }
    let sources = sources_of(&store.run(record.run_id)?.plan);
    let its = sources.iter().find(|source| source["system"] == record.system.as_str());
    let plan = its.or(sources.first()).cloned().unwrap_or_default();
    let name = plan["connector_folder"].as_str().or(plan["connector"].as_str()).unwrap_or_default();
    let Ok((pack, ..)) = load_named(name) else { return Ok(Vec::new()) };
    let mappings = pack.stream(&record.stream).map(|stream| stream.mappings()).unwrap_or_default();
    let kind = |(index, mapping): (usize, &std::sync::Arc<crate::connector::Mapping>)| {
        (mapping.record, (index > 0).then(|| mapping.name.clone()))
    };
    Ok(mappings.iter().enumerate().map(kind).collect())
}

fn json(traced: &Traced) -> serde_json::Value {
    let Traced { record, place, chart, same_person, incomplete } = traced;
    serde_json::json!({
        "system": record.system, "stream": record.stream, "file": place.path, "file_sha256": place.sha256, "row": place.record.row,
        "offset_bytes": place.record.offset_bytes, "fate": record.fate, "reason": record.reason, "run": record.run_id,
        "cells": cells_of(place).iter().map(|(name, text)| serde_json::json!([name, text])).collect::<Vec<_>>(),
        "incomplete": incomplete.iter().map(|(run, _)| run).collect::<Vec<_>>(),
        "same_person": same_person.iter().map(|(sameness, whom)| serde_json::json!({ "called": whom, "sameness": sameness.as_str() })).collect::<Vec<_>>(),
        "chart": chart.iter().map(|(table, id)| format!("{table}:{id}")).collect::<Vec<_>>(),
    })
}

fn text(traced: &Traced) -> String {
    let Traced { record, place, chart, same_person, incomplete } = traced;
    let reason = record.reason.as_deref().map(|reason| format!(" ({reason})")).unwrap_or_default();
    let at = SourceRef {
        system: record.system.clone(),
        stream: record.stream.clone(),
        file: place.path.clone(),
        row: place.record.row,
        offset_bytes: place.record.offset_bytes,
    };
    let mut text = format!("{at}\n{}{reason} in run {}\n", record.fate, record.run_id);
    if place.record.raw.is_empty() {
        text.push_str("  what it said was erased with the person it was about\n");
    }
    for (name, cell) in cells_of(place) {
        if !cell.trim().is_empty() {
            text.push_str(&format!("  {name:24} {}\n", visible(&cell)));
        }
    }
    match chart.is_empty() {
        true => text.push_str("no chart row\n"),
        false => {
            text.push_str("in the chart as\n");
            chart.iter().for_each(|(table, id)| text.push_str(&format!("  {table}:{id}\n")));
            for (sameness, whom) in same_person {
                let how = match sameness {
                    Sameness::Merged => "one was merged into the other",
                    Sameness::Related => "both are about one person",
                };
                text.push_str(&format!("the source calls the same person {}: {how}\n", visible(whom)));
            }
            for (run, system) in incomplete {
                text.push_str(&format!("NOT COMPLETE YET: run {run}, of source system `{system}`, has not finished\n"));
            }
        }
    }
    text
}
