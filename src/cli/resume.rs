//! `chartlift resume`.

use std::path::PathBuf;

use super::{CliError, Exit, StoreArg, migrate};
use crate::store::RunRow;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    store: StoreArg,
    /// Print the report as one JSON object
    #[arg(long)]
    json: bool,
    /// How many threads may work
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
}

/// Gives the command of the run that was cut off again.
pub fn run(args: &Args) -> Result<Exit, CliError> {
    let store = args.store.open()?;
    let is_open = |run: &RunRow| run.status == "running" && ["migrate", "sync"].contains(&run.command.as_str());
    let run = store.runs()?.into_iter().rfind(is_open).ok_or_else(|| CliError::NotFound {
        what: "no run of this store was cut off".into(),
        hint: "`chartlift store info` lists the runs".into(),
    })?;
    store.close()?;
    let plan: serde_json::Value = serde_json::from_str(&run.plan).unwrap_or_default();
    let text = |name: &str| plan[name].as_str().map(str::to_owned);
    let source = text("source_path").ok_or_else(|| CliError::NotFound {
        what: format!("run {} was begun by an older chartlift, which did not note all of its command", run.id),
        hint: "give its command again: it goes on where it stopped".into(),
    })?;
    migrate::run(&migrate::Args {
        source: source.into(),
        connector: text("connector_folder").or_else(|| text("connector")),
        system: text("system"),
        store: args.store.clone(),
        report: text("report").map(PathBuf::from),
        json: args.json,
        threads: args.threads,
        ..Default::default()
    })
}
