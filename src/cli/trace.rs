//! `chartlift trace`: from a chart row to its source record, and from a source record to what became of it.

use super::quarantine::cells_of;
use super::terminal::visible;
use super::{CliError, Exit, StoreArg, print};
use crate::connector::{Pack, load_named};
use crate::model::{Hash128, RecordType, record_id};
use crate::store::{PayloadPlace, RecordRow, SqliteStore};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// TABLE:ID (a chart row), STREAM:KEY (a source record; several key columns with `|` between), or STREAM with --row
    reference: String,
    /// The record's number after the header, from 1
    #[arg(long, value_name = "N")]
    row: Option<u64>,
    #[command(flatten)]
    store: StoreArg,
    /// Print one JSON value
    #[arg(long)]
    json: bool,
}

/// A source record and everything that hangs on it.
struct Traced {
    record: RecordRow,
    place: PayloadPlace,
    chart: Vec<(String, String)>,
}

pub fn run(args: &Args) -> Result<Exit, CliError> {
    let mut store = args.store.open()?;
    let records = find(&mut store, args)?;
    if records.is_empty() {
        return Err(CliError::NotFound {
            what: "nothing in the store has this reference".into(),
            hint: "write TABLE:ID, STREAM:KEY, or STREAM --row N; `chartlift store info` lists tables".into(),
        });
    }
    let mut traced = Vec::new();
    for record in records {
        let place = store.payload(record.payload_id, record.payload_index)?;
        let chart = chart_of(&mut store, &record)?;
        traced.push(Traced { record, place, chart });
    }
    if args.json {
        let values: Vec<serde_json::Value> = traced.iter().map(json).collect();
        print(&format!("{}\n", serde_json::Value::Array(values)))?;
    } else {
        let texts: Vec<String> = traced.iter().map(text).collect();
        print(&texts.join("\n"))?;
    }
    Ok(Exit::Done)
}

fn find(store: &mut SqliteStore, args: &Args) -> Result<Vec<RecordRow>, CliError> {
    if let Some(row) = args.row {
        return Ok(store.records_of_row(&args.reference, row)?);
    }
    let Some((name, key)) = args.reference.split_once(':') else {
        return Err(CliError::Usage {
            what: "the reference has no `:` and there is no --row".into(),
            hint: "write TABLE:ID, STREAM:KEY, or STREAM --row N".into(),
        });
    };
    let is_table = name == "patient_identity" || RecordType::ALL.iter().any(|record| record.table() == name);
    if is_table && let Some(columns) = store.chart_row(name, key)? {
        let id = columns.iter().find(|(column, _)| column == "source_record_id").and_then(|(_, id)| id.parse().ok());
        return Ok(id.map(|id| store.record(id)).transpose()?.flatten().into_iter().collect());
    }
    let parts: Vec<&[u8]> = key.split('|').map(|part| part.trim().as_bytes()).collect();
    Ok(store.records_of_key(name, &Hash128::of_parts(&parts).0)?)
}

/// The chart rows of a record: TABLE and id.
fn chart_of(store: &mut SqliteStore, record: &RecordRow) -> Result<Vec<(String, String)>, CliError> {
    let mut rows: Vec<(String, String)> = Vec::new();
    if let Some((identity, patient)) = store.identity_of_record(record.id)? {
        rows.push(("patient_identity".into(), identity));
        rows.push(("patient".into(), patient));
    }
    let Some(pack) = pack_of(store, record)? else { return Ok(rows) };
    let Some(key) = Hash128::from_slice(&record.key_hash) else { return Ok(rows) };
    let mut candidates = Vec::new();
    for (index, mapping) in
        pack.stream(&record.stream).map(|stream| stream.mappings()).unwrap_or_default().iter().enumerate()
    {
        let name = (index > 0).then_some(mapping.name.as_str());
        let id = record_id(&record.system, &record.stream, &key, record.ordinal as u32, name);
        candidates.push((mapping.record, id.to_string()));
    }
    for (record_type, id) in store.chart_of_record(&candidates, record.id)? {
        let row = (record_type.table().to_owned(), id);
        if !rows.contains(&row) {
            rows.push(row);
        }
    }
    Ok(rows)
}

/// The pack that the record's run used, where it can still be had.
fn pack_of(store: &mut SqliteStore, record: &RecordRow) -> Result<Option<Pack>, CliError> {
    let plan: serde_json::Value = serde_json::from_str(&store.run(record.run_id)?.plan).unwrap_or_default();
    let name = plan["connector_folder"].as_str().or(plan["connector"].as_str()).unwrap_or_default().to_owned();
    Ok(load_named(&name).ok().map(|(pack, ..)| pack))
}

fn json(traced: &Traced) -> serde_json::Value {
    let Traced { record, place, chart } = traced;
    serde_json::json!({
        "system": record.system, "stream": record.stream, "file": place.path, "file_sha256": place.sha256, "row": place.record.row,
        "offset_bytes": place.record.offset_bytes, "fate": record.fate, "reason": record.reason, "run": record.run_id,
        "cells": cells_of(place).iter().map(|(name, text)| serde_json::json!([name, text])).collect::<Vec<_>>(),
        "chart": chart.iter().map(|(table, id)| format!("{table}:{id}")).collect::<Vec<_>>(),
    })
}

fn text(traced: &Traced) -> String {
    let Traced { record, place, chart } = traced;
    let reason = record.reason.as_deref().map(|reason| format!(" ({reason})")).unwrap_or_default();
    let mut text = format!(
        "{} row {} (byte {}), stream {} of {}\n{}{reason} in run {}\n",
        place.path,
        place.record.row,
        place.record.offset_bytes,
        record.stream,
        record.system,
        record.fate,
        record.run_id
    );
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
        }
    }
    text
}
