//! `chartlift resume`.

use std::path::{Path, PathBuf};

use super::config::Config;
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
    let many = plan["sources"].as_array();
    let text_of = |source: &serde_json::Value| source["source_path"].as_str().map(PathBuf::from);
    // A file of sources is read again; what was named on the command line is in the plan.
    let sources = match (text("config"), many) {
        (Some(_), _) => Some(Vec::new()),
        (None, Some(many)) => many.iter().map(text_of).collect(),
        (None, None) => text_of(&plan).map(|source| vec![source]),
    };
    let sources = sources.ok_or_else(|| CliError::NotFound {
        what: format!("run {} was begun by an older chartlift, which did not note all of its command", run.id),
        hint: "give its command again: it goes on where it stopped".into(),
    })?;
    if let (Some(config), Some(hash)) = (text("config"), text("config_hash")) {
        let now = Config::read(Path::new(&config))?;
        if now.hash != hash {
            return Err(CliError::Usage {
                what: format!("{config} was changed since run {} began", run.id),
                hint: "put it back as it was, or begin a new run: `chartlift migrate`".into(),
            });
        }
    }
    let accepted = plan["accept_drift"].as_array().into_iter().flatten();
    migrate::run(&migrate::Args {
        accept_drift: accepted.filter_map(|stream| stream.as_str().map(str::to_owned)).collect(),
        ocr: text("ocr"),
        terminology: text("terminology").map(PathBuf::from),
        connector: text("connector_folder").or_else(|| text("connector")).filter(|_| sources.len() == 1),
        system: text("system").filter(|_| sources.len() == 1),
        sources,
        config: text("config").map(PathBuf::from),
        store: args.store.clone(),
        report: text("report").map(PathBuf::from),
        json: args.json,
        threads: args.threads,
        ..Default::default()
    })
}
