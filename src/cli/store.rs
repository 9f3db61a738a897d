//! `chartlift store digest | info | model | prefer | backup | restore | migrate`.

mod model;
mod prefer;

use super::{CliError, Exit, StoreArg, backup, print};
use crate::report::grouped;
use crate::store::{EhrStore, StoreError, schema};

#[derive(Debug, clap::Subcommand)]
pub enum Args {
    /// Count the digest again from every row and compare it with the one kept
    Digest {
        #[command(flatten)]
        store: StoreArg,
        /// Print one JSON value
        #[arg(long)]
        json: bool,
    },
    /// Sizes, runs and formats
    Info {
        #[command(flatten)]
        store: StoreArg,
        /// Print one JSON value
        #[arg(long)]
        json: bool,
    },
    /// Copy the whole store into one file, while it is in use
    Backup(backup::BackupArgs),
    /// Make a store of a backup, and count every row of it again
    Restore(backup::RestoreArgs),
    /// The model that people are matched by; with --estimate, --file or --shipped: which patients another one would change
    Model(model::ModelArgs),
    /// Prefer source systems: their values are shown before others', also where those changed last
    Prefer(prefer::PreferArgs),
    /// Bring an older store to this program's format
    Migrate {
        #[command(flatten)]
        store: StoreArg,
    },
}

pub fn run(args: &Args) -> Result<Exit, CliError> {
    match args {
        Args::Digest { store, json } => digest(store, *json),
        Args::Info { store, json } => info(store, *json),
        Args::Model(args) => model::model(args),
        Args::Prefer(args) => prefer::run(args),
        Args::Backup(args) => backup::backup(args),
        Args::Restore(args) => backup::restore(args),
        Args::Migrate { store } => {
            let place = store.place()?;
            // A wrong path does not leave a lock behind.
            if let Some(path) = place.file().filter(|path| !path.is_file()) {
                return Err(StoreError::Missing { path: path.display().to_string() }.into());
            }
            let _lock = place.lock()?;
            let opened = EhrStore::open_and_migrate(&place)?;
            let (found, known) = (opened.found_format(), schema::FORMAT);
            opened.close()?;
            print(&match found == known {
                true => format!("the store has format {known}, the newest this program knows; nothing to do\n"),
                false => format!("the store had format {found} and now has {known}; everything in it was kept\n"),
            })?;
            Ok(Exit::Done)
        }
    }
}

fn digest(store: &StoreArg, json: bool) -> Result<Exit, CliError> {
    let mut store = store.open()?;
    let (kept, counted, damages) = store.as_of_now(|store| -> Result<_, StoreError> {
        Ok((store.digest()?.to_string(), store.recount_digest()?.to_string(), store.damages()?))
    })?;
    let equal = kept == counted && damages.is_empty();
    if json {
        print(&format!(
            "{}\n",
            serde_json::json!({ "digest": counted, "kept": kept, "equal": equal, "damages": damages })
        ))?;
    } else if equal {
        print(&format!("{counted}\n"))?;
    } else {
        print(&format!("counted {counted}\nkept    {kept}\n"))?;
        let listed: String = damages.iter().take(20).map(|damage| format!("  {damage}\n")).collect();
        eprintln!(
            "error: the store does not hold what its runs wrote\n{listed}  hint: something else changed this store, or its disk is damaged"
        );
    }
    Ok(if equal { Exit::Done } else { Exit::Unbalanced })
}

fn info(store: &StoreArg, json: bool) -> Result<Exit, CliError> {
    let store = store.open()?;
    let counts = store.counts()?;
    let chart = store.chart_counts()?;
    let runs = store.runs()?;
    let incomplete = store.incomplete_charts()?;
    let lineage = store.lineage_bytes()?;
    if json {
        let runs: Vec<serde_json::Value> = runs
            .iter()
            .map(|run| serde_json::json!({ "id": run.id, "command": run.command, "status": run.status, "started": run.started, "finished": run.finished }))
            .collect();
        let value = serde_json::json!({
            "format": schema::FORMAT,
            "identities": counts.identities,
            "patients": counts.patients,
            "review": counts.reviews,
            "source_records": counts.source_records,
            "quarantined": counts.quarantined,
            "payload_bytes": counts.payload_bytes,
            "file_bytes": counts.file_bytes,
            "lineage_bytes": { "payload": lineage.payload, "ledger": lineage.ledger, "before": lineage.before },
            "incomplete": incomplete.iter().map(|(run, system, people)| serde_json::json!({ "run": run, "system": system, "people": people })).collect::<Vec<_>>(),
            "chart": chart,
            "runs": runs,
        });
        print(&format!("{value}\n"))?;
        return Ok(Exit::Done);
    }
    let mut text = format!(
        "store {} (format {})\n{} people, {} registrations, {} pairs to review\n{} source records, {} in quarantine\n",
        store.place(),
        schema::FORMAT,
        grouped(counts.patients),
        grouped(counts.identities),
        grouped(counts.reviews),
        grouped(counts.source_records),
        grouped(counts.quarantined)
    );
    for (run, system, people) in &incomplete {
        text.push_str(&format!(
            "NOT COMPLETE YET: charts of {} people, until run {run} of source system `{system}` has finished\n",
            grouped(*people)
        ));
    }
    if store.tombstones()?.iter().any(|kept| !kept.scrubbed) {
        text.push_str(
            "NOT SCRUBBED YET: data of an erased person still stands in freed space; `chartlift patient scrub`\n",
        );
    }
    let per_record = |bytes: u64| bytes as f64 / counts.source_records.max(1) as f64;
    text.push_str(&format!(
        "{} bytes in all; of them\n  {:>16} the records as they came, compressed ({:.1} bytes each)\n  \
         {:>16} the ledger that leads to them ({:.1} bytes each)\n  {:>16} what rows were before runs changed them\n\nchart rows\n",
        grouped(counts.file_bytes),
        grouped(lineage.payload),
        per_record(lineage.payload),
        grouped(lineage.ledger),
        per_record(lineage.ledger),
        grouped(lineage.before),
    ));
    for (table, rows) in chart.iter().filter(|(_, rows)| **rows > 0) {
        text.push_str(&format!("  {table:24} {:>12}\n", grouped(*rows)));
    }
    text.push_str("\nruns\n");
    for run in runs {
        let unfinished = match run.status.as_str() {
            "superseded" => "cut off and overtaken by a later run; what it wrote stands",
            "undone" => "cut off, and undone since",
            _ => "not finished: the same command, or `chartlift resume`, goes on with it",
        };
        let finished = run.finished.unwrap_or_else(|| unfinished.into());
        text.push_str(&format!(
            "  {:>4}  {:9} {:10}  {} to {finished}\n",
            run.id, run.command, run.status, run.started
        ));
    }
    print(&text)?;
    Ok(Exit::Done)
}
