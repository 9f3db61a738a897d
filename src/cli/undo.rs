//! `chartlift undo RUN`.

use super::migrate::now;
use super::patient::linked_anew;
use super::{CliError, Exit, StoreArg, print};
use crate::pipeline::{UndoOptions, undo};
use crate::report::grouped;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Number of the run, as `store info` prints it
    run: i64,
    #[command(flatten)]
    store: StoreArg,
    /// Also undo the later runs that stand on it
    #[arg(long)]
    with_dependents: bool,
    /// Print one JSON value
    #[arg(long)]
    json: bool,
}

pub fn run(args: &Args) -> Result<Exit, CliError> {
    let (store, with_dependents) = (args.store.place()?, args.with_dependents);
    let outcome = undo(&UndoOptions { store, run: args.run, with_dependents, now: &now })?;
    if args.json {
        print(&format!("{}\n", serde_json::to_string(&outcome).unwrap_or_default()))?;
        return Ok(Exit::Done);
    }
    let numbers: Vec<String> = outcome.undone.iter().map(i64::to_string).collect();
    let (runs, are) = if numbers.len() == 1 { ("run", "is") } else { ("runs", "are") };
    let linked = outcome.linked_anew.as_ref().map(linked_anew).unwrap_or_default();
    print(&format!(
        "{runs} {} {are} undone: {} source records and {} chart rows are gone, {} rows are again as they were\n\
         {linked}digest: {}\nthis stands in the store as run {}; `chartlift store info` lists all\n",
        numbers.join(", "),
        grouped(outcome.source_records),
        grouped(outcome.chart_rows),
        grouped(outcome.restored),
        outcome.digest.after,
        outcome.run
    ))?;
    Ok(Exit::Done)
}
