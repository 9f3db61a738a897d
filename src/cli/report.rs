//! `chartlift report RUN`.

use std::path::PathBuf;

use super::{CliError, Exit, StoreArg, print};
use crate::model::{IssueCode, Phi};
use crate::pipeline::{QuarantinedRow, RunOutcome, read_quarantined};
use crate::report::{QuarantineFile, write};
use crate::store::EhrStore;

const LIST: &str = "`chartlift store info` lists the runs";

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Number of the run, as `store info` prints it
    run: i64,
    #[command(flatten)]
    store: StoreArg,
    /// Where the report goes; by default chartlift-report-RUN
    #[arg(long, value_name = "DIR")]
    report: Option<PathBuf>,
}

pub fn run(args: &Args) -> Result<Exit, CliError> {
    let mut store = args.store.open()?;
    let run = store.run(args.run)?;
    let (what, hint) = match (run.command.as_str(), run.status.as_str()) {
        ("undo", _) => ("it undid another".to_owned(), LIST),
        ("erase", _) => ("it erased a person".to_owned(), "`chartlift patient erasures` lists them"),
        ("review" | "rematch" | "prefer" | "link-anew", _) => ("it linked people and loaded nothing".to_owned(), LIST),
        (_, "undone") => ("it was cut off, and undone".to_owned(), "run its command again: it loads the source anew"),
        (_, status) => (format!("it is {status}"), "run its command again; it goes on where it stopped"),
    };
    let text = run.report.filter(|text| !text.is_empty()).ok_or_else(|| CliError::NotFound {
        what: format!("run {} has no report: {what}", run.id),
        hint: hint.into(),
    })?;
    let outcome: RunOutcome = serde_json::from_str(&text).map_err(|_| CliError::NotFound {
        what: format!("the report of run {} cannot be read", run.id),
        hint: "it was written by another version of chartlift; use that one".into(),
    })?;
    let folder = args.report.clone().unwrap_or_else(|| PathBuf::from(format!("chartlift-report-{}", args.run)));
    let mut quarantine = QuarantineFile::new(&folder);
    let unreadable = |_| CliError::NotFound {
        what: format!("the quarantined records of run {} cannot be read", args.run),
        hint: "`chartlift store digest` says whether the store is damaged".into(),
    };
    let rows = match store.run_quarantine(args.run)? {
        Some(frame) => read_quarantined(&frame).map_err(unreadable)?,
        None => still_waiting(&store, &outcome)?,
    };
    rows.into_iter().for_each(|row| quarantine.add(row));
    quarantine.finish()?;
    write(&folder, &outcome, &quarantine)?;
    // A store that may only be read is no reason to withhold the report.
    let _ = store.note_reported(args.run);
    print(&format!("report of run {}: {}\n", args.run, folder.join("report.html").display()))?;
    Ok(if outcome.balanced { Exit::Done } else { Exit::Unbalanced })
}

/// Of a run that an older program made: what waited then and still waits.
fn still_waiting(store: &EhrStore, outcome: &RunOutcome) -> Result<Vec<QuarantinedRow>, CliError> {
    let streams: Vec<&str> =
        outcome.streams.iter().filter(|s| s.totals.quarantined > 0).map(|s| s.stream.as_str()).collect();
    let rows = store.quarantine()?.into_iter().filter(|row| {
        let of_this_run = row.run_id <= outcome.run.id && outcome.run.system.0.contains(&row.system);
        let named = format!("{}/{}", row.system, row.stream);
        of_this_run && (streams.contains(&row.stream.as_str()) || streams.contains(&named.as_str()))
    });
    let rows = rows.map(|row| QuarantinedRow {
        file: row.file,
        row: row.row as u64,
        key: Phi::new(row.key),
        column: row.column_name.unwrap_or_default(),
        reason_code: IssueCode::parse(&row.reason_code).map_or("", |code| code.as_str()),
        reason: row.reason,
    });
    Ok(rows.collect())
}
