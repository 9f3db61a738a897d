//! `chartlift store prefer`: whose demographics survive.

use super::super::migrate::now;
use super::super::terminal::visible;
use super::super::{CliError, Exit, StoreArg, print, who_and_why};
use crate::pipeline::{PreferOptions, PreferOutcome, SourcePriority, prefer};
use crate::report::grouped;

#[derive(Debug, clap::Args)]
pub struct PreferArgs {
    /// Source systems, the preferred first; without any it says which are
    system: Vec<String>,
    /// None is preferred any more
    #[arg(long, conflicts_with = "system")]
    none: bool,
    /// Show patients so from now on; it can be undone
    #[arg(long, requires_all = ["by", "why"])]
    apply: bool,
    /// Who decides
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// Why; it stays in the store
    #[arg(long, value_name = "TEXT")]
    why: Option<String>,
    #[command(flatten)]
    store: StoreArg,
    /// Print one JSON value
    #[arg(long)]
    json: bool,
}

pub fn run(args: &PreferArgs) -> Result<Exit, CliError> {
    if args.system.is_empty() && !args.none {
        let priority = SourcePriority::of_store(&args.store.open()?)?;
        let systems = priority.systems();
        print(&match (args.json, systems) {
            (true, _) => format!("{}\n", serde_json::json!({ "systems": systems })),
            (false, []) => "no source system is preferred to another\n".to_owned(),
            (false, _) => format!("preferred: {}\n", visible(&systems.join(", "))),
        })?;
        return Ok(Exit::Done);
    }
    let (by, why) = (args.by.as_deref().unwrap_or_default(), args.why.as_deref().unwrap_or_default());
    let apply = if args.apply { Some(who_and_why(by, why)?) } else { None };
    let options = PreferOptions { store: args.store.place()?, systems: args.system.clone(), apply, now: &now };
    let outcome = prefer(&options)?;
    print(&if args.json {
        format!("{}\n", serde_json::to_string(&outcome).unwrap_or_default())
    } else {
        text_of(&outcome)
    })?;
    Ok(Exit::Done)
}

fn text_of(outcome: &PreferOutcome) -> String {
    let patients = grouped(outcome.patients as u64);
    match outcome.run {
        Some(run) => format!(
            "done, as run {run} of this store (`chartlift undo {run}` takes it back): {patients} patients are shown otherwise\n"
        ),
        None => format!(
            "{patients} patients would be shown otherwise\nNothing was changed. To do it: the same command with --apply --by NAME --why TEXT\n"
        ),
    }
}
