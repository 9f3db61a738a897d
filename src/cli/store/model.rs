//! `chartlift store model`: by which model people are matched, and what another one would change.

use std::path::PathBuf;

use super::super::match_people::read_model;
use super::super::migrate::now;
use super::super::terminal::visible;
use super::super::{CliError, Exit, StoreArg, print, who_and_why};
use crate::pipeline::{NewModel, RematchOptions, RematchOutcome, rematch};
use crate::report::grouped;
use crate::store::SettingName;

#[derive(Debug, clap::Args)]
pub struct ModelArgs {
    #[command(flatten)]
    store: StoreArg,
    /// Find a model in the people of this store
    #[arg(long, group = "another")]
    estimate: bool,
    /// Take the model.json of a `chartlift match`
    #[arg(long, value_name = "FILE", group = "another")]
    file: Option<PathBuf>,
    /// Go back to the model that ships with chartlift
    #[arg(long, group = "another")]
    shipped: bool,
    /// Match by it from now on, and move the registrations that it joins or parts; it can be undone
    #[arg(long, requires_all = ["another", "by", "why"])]
    apply: bool,
    /// Who decides
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// Why; it stays in the store
    #[arg(long, value_name = "TEXT")]
    why: Option<String>,
    /// Print one JSON value
    #[arg(long)]
    json: bool,
}

pub fn model(args: &ModelArgs) -> Result<Exit, CliError> {
    let model = match (args.estimate, args.shipped, &args.file) {
        (true, ..) => NewModel::Estimated,
        (_, true, _) => NewModel::Shipped,
        (.., Some(path)) => NewModel::Given(Box::new(read_model(path)?)),
        _ => return pinned(args),
    };
    let (by, why) = (args.by.as_deref().unwrap_or_default(), args.why.as_deref().unwrap_or_default());
    let apply = if args.apply { Some(who_and_why(by, why)?) } else { None };
    let outcome = rematch(&RematchOptions { store: args.store.place()?, model, apply, now: &now })?;
    print(&if args.json {
        format!("{}\n", serde_json::to_string(&outcome).unwrap_or_default())
    } else {
        text_of(&outcome)
    })?;
    Ok(Exit::Done)
}

fn pinned(args: &ModelArgs) -> Result<Exit, CliError> {
    let found = args.store.open()?.setting(SettingName::MatchModel)?;
    if args.json {
        let value = match &found {
            Some(model) => {
                serde_json::json!({ "model": model.value, "by": model.by, "at": model.at, "reason": model.reason })
            }
            None => serde_json::json!({ "model": "shipped" }),
        };
        print(&format!("{value}\n"))?;
        return Ok(Exit::Done);
    }
    print(&match found {
        None => "people are matched by the model that ships with chartlift\n".to_owned(),
        Some(model) => format!(
            "people are matched by a model that is {}, taken up by {} at {}: {}\n",
            model.value,
            visible(&model.by),
            model.at,
            visible(&model.reason)
        ),
    })?;
    Ok(Exit::Done)
}

/// Registrations named; --json has all.
const MOST_NAMED: usize = 20;

fn text_of(outcome: &RematchOutcome) -> String {
    let mut text = match outcome.run {
        Some(run) => format!("taken up, as run {run} of this store (`chartlift undo {run}` takes it back)\n"),
        None => "this would change:\n".to_owned(),
    };
    text.push_str(&format!(
        "  {} registrations come to another patient: {} patients gain some, {} lose some\n  pairs that wait for a person: {} before, {} after\n",
        grouped(outcome.moved.len() as u64),
        grouped(outcome.joined as u64),
        grouped(outcome.parted as u64),
        grouped(outcome.review.0),
        grouped(outcome.review.1)
    ));
    for (identity, former, patient) in outcome.moved.iter().take(MOST_NAMED) {
        text.push_str(&format!("  patient_identity:{identity}  from patient:{former} to patient:{patient}\n"));
    }
    let more = outcome.moved.len().saturating_sub(MOST_NAMED);
    if more > 0 {
        text.push_str(&format!("  and {} more (--json lists all)\n", grouped(more as u64)));
    }
    if outcome.run.is_none() {
        text.push_str("Nothing was changed. To do it: the same command with --apply --by NAME --why TEXT\n");
    }
    text
}
