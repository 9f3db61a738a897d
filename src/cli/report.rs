//! `chartlift report RUN`.

use std::path::PathBuf;

use super::{CliError, Exit, StoreArg, print};
use crate::model::Phi;
use crate::pipeline::{QuarantinedRow, RunOutcome};
use crate::report::{QuarantineFile, write};

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
    let text = run.report.filter(|text| !text.is_empty()).ok_or_else(|| CliError::NotFound {
        what: format!("run {} has no report: it is {}", run.id, run.status),
        hint: "run its command again; it goes on where it stopped".into(),
    })?;
    let outcome: RunOutcome = serde_json::from_str(&text).map_err(|_| CliError::NotFound {
        what: format!("the report of run {} cannot be read", run.id),
        hint: "it was written by another version of chartlift; use that one".into(),
    })?;
    let folder = args.report.clone().unwrap_or_else(|| PathBuf::from(format!("chartlift-report-{}", args.run)));
    let mut quarantine = QuarantineFile::new(&folder);
    let streams: Vec<&str> =
        outcome.streams.iter().filter(|s| s.totals.quarantined > 0).map(|s| s.stream.as_str()).collect();
    for row in store.quarantine()? {
        // What has left quarantine since is not in it any more.
        if row.system == outcome.run.system && streams.contains(&row.stream.as_str()) && row.run_id <= args.run {
            quarantine.add(QuarantinedRow {
                file: row.file,
                row: row.row as u64,
                key: Phi::new(row.key),
                column: row.column_name.unwrap_or_default(),
                reason_code: crate::model::IssueCode::parse(&row.reason_code).map_or("", |code| code.as_str()),
                reason: row.reason,
            });
        }
    }
    quarantine.finish()?;
    write(&folder, &outcome, &quarantine)?;
    print(&format!("report of run {}: {}\n", args.run, folder.join("report.html").display()))?;
    Ok(if outcome.balanced { Exit::Done } else { Exit::Unbalanced })
}
