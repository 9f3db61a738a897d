//! `chartlift quarantine list | show`.

use super::terminal::visible;
use super::{CliError, Exit, StoreArg, print};
use crate::extract::{Header, split_record};
use crate::store::{EhrStore, PayloadPlace, QuarantineRow};

#[derive(Debug, clap::Subcommand)]
pub enum Args {
    /// What waits, by reason, file and row
    List {
        #[command(flatten)]
        store: StoreArg,
        /// Only this reason
        #[arg(long, value_name = "CODE")]
        reason: Option<String>,
        /// Print one JSON value
        #[arg(long)]
        json: bool,
    },
    /// One record, whole, with its reason
    Show {
        /// Number of the record, as `list` prints it
        id: i64,
        #[command(flatten)]
        store: StoreArg,
        /// Print one JSON value
        #[arg(long)]
        json: bool,
    },
}

pub fn run(args: &Args) -> Result<Exit, CliError> {
    match args {
        Args::List { store, reason, json } => list(store, reason.as_deref(), *json),
        Args::Show { id, store, json } => show(*id, store, *json),
    }
}

fn value(row: &QuarantineRow) -> serde_json::Value {
    serde_json::json!({
        "id": row.source_record_id, "system": row.system, "stream": row.stream, "run": row.run_id, "file": row.file, "row": row.row,
        "offset_bytes": row.offset_bytes, "key": row.key, "column": row.column_name, "reason_code": row.reason_code, "reason": row.reason,
    })
}

fn list(store: &StoreArg, reason: Option<&str>, json: bool) -> Result<Exit, CliError> {
    let store = store.open()?;
    let mut rows = store.quarantine()?;
    rows.retain(|row| reason.is_none_or(|reason| row.reason_code == reason));
    if json {
        let rows: Vec<_> = rows.iter().map(value).collect();
        print(&format!("{}\n", serde_json::Value::Array(rows)))?;
        return Ok(Exit::Done);
    }
    let mut text = String::new();
    let is_of_several = rows.iter().any(|row| row.system != rows[0].system);
    for row in &rows {
        let system = if is_of_several { format!("{}/", row.system) } else { String::new() };
        let column = row.column_name.as_deref().map(|column| format!(", column `{column}`")).unwrap_or_default();
        text.push_str(&format!(
            "{:>8}  {:18}  {system}{} row {} (byte {}){column}\n",
            row.source_record_id, row.reason_code, row.file, row.row, row.offset_bytes
        ));
    }
    text.push_str(&format!("{} records wait; `chartlift quarantine show ID` prints one\n", rows.len()));
    print(&text)?;
    Ok(Exit::Done)
}

fn show(id: i64, store: &StoreArg, json: bool) -> Result<Exit, CliError> {
    let store = store.open()?;
    let found = store.quarantine()?.into_iter().find(|row| row.source_record_id == id);
    let row = found.ok_or(CliError::NotFound {
        what: format!("no record {id} waits in quarantine"),
        hint: "`chartlift quarantine list` shows what waits".into(),
    })?;
    let cells = source_cells(&store, id)?;
    if json {
        let mut value = value(&row);
        value["cells"] = cells.iter().map(|(name, text)| serde_json::json!([name, text])).collect();
        print(&format!("{value}\n"))?;
        return Ok(Exit::Done);
    }
    let mut text = format!("{}\n{}: {}\n\n", row.source(), row.reason_code, row.reason);
    for (name, cell) in cells {
        let mark = if row.column_name.as_deref() == Some(name.as_str()) { ">" } else { " " };
        text.push_str(&format!("{mark} {name:24} {}\n", visible(&cell)));
    }
    print(&text)?;
    Ok(Exit::Done)
}

/// The cells of a kept record with their columns' names.
pub fn source_cells(store: &EhrStore, id: i64) -> Result<Vec<(String, String)>, CliError> {
    let missing =
        || CliError::NotFound { what: format!("there is no source record {id}"), hint: "check the number".into() };
    let record = store.record(id)?.ok_or_else(missing)?;
    Ok(cells_of(&store.payload(record.payload_id, record.payload_index)?))
}

pub fn cells_of(place: &PayloadPlace) -> Vec<(String, String)> {
    let Some(header) = Header::of_note(&place.header) else { return Vec::new() };
    let cells = split_record(&place.record.raw, &header);
    let name = |index: usize| header.columns.get(index).cloned().unwrap_or_else(|| format!("(cell {})", index + 1));
    cells.into_iter().enumerate().map(|(index, cell)| (name(index), cell)).collect()
}
