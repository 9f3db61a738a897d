//! `chartlift patient show | erase | erasures | scrub`.

mod show;

use super::migrate::now;
use super::terminal::visible;
use super::{CliError, Exit, StoreArg, print};
use crate::pipeline::{EraseOptions, EraseOutcome, LinkedAnew, ThoseWhoStay, erase};
use crate::report::{counted, grouped};
use crate::store::{EhrStore, StoreError};

#[derive(Debug, clap::Subcommand)]
pub enum Args {
    /// Show a patient: each value with the registration it comes from and why that one won, and what every registration brings
    Show {
        /// Id of the patient, or of one of its registrations, or STREAM:KEY
        id: String,
        #[command(flatten)]
        store: StoreArg,
        /// Print one JSON value
        #[arg(long)]
        json: bool,
    },
    /// Erase everything the store holds of one person, by legal order; a sealed note that it was done stays
    ///
    /// Without --yes it counts and changes nothing. Erasing cannot be undone. Sources do not bring the person back: their records are
    /// counted as archived and not kept.
    Erase {
        /// Id of the patient, or of one of the person's registrations (`chartlift trace STREAM:KEY` prints both); for somebody of
        /// whom only kept records are there, source_record:NUMBER
        id: String,
        /// Who orders it
        #[arg(long, value_name = "NAME")]
        by: Option<String>,
        /// The order behind it, without any data of the person: it stays in the store
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
        /// A kept source record, by the number listed as doubtful, that is about the person too
        #[arg(long, value_name = "NUMBER")]
        also: Vec<i64>,
        /// Do it
        #[arg(long, requires_all = ["by", "reason"])]
        yes: bool,
        #[command(flatten)]
        store: StoreArg,
        /// Print one JSON value
        #[arg(long)]
        json: bool,
    },
    /// List what was erased: when, by whom and why
    Erasures {
        #[command(flatten)]
        store: StoreArg,
        /// Print one JSON value
        #[arg(long)]
        json: bool,
    },
    /// Write over the space that erased data took, where that failed
    Scrub {
        #[command(flatten)]
        store: StoreArg,
    },
}

pub fn run(args: &Args) -> Result<Exit, CliError> {
    match args {
        Args::Show { id, store, json } => show::show(&store.open()?, id, *json),
        Args::Erase { id, by, reason, also, yes, store, json } => {
            let (by, reason) = (by.as_deref().unwrap_or_default(), reason.as_deref().unwrap_or_default());
            if *yes && (by.trim().is_empty() || reason.trim().is_empty()) {
                return Err(CliError::Usage {
                    what: "who orders it, or the order behind it, is empty".into(),
                    hint: "an erasure needs both, for whoever asks later: --by NAME --reason TEXT".into(),
                });
            }
            let (store, rehearsal) = (store.place()?, !yes);
            let outcome = erase(&EraseOptions { store, person: id, by, reason, also, rehearsal, now: &now })?;
            print(&if *json { json_of(&outcome) } else { text_of(&outcome, id) })?;
            match outcome.scrub_error {
                None => Ok(Exit::Done),
                Some(source) => Err(CliError::NotScrubbed { source }),
            }
        }
        Args::Erasures { store, json } => erasures(store, *json),
        Args::Scrub { store } => {
            let place = store.place()?;
            if let Some(path) = place.file().filter(|path| !path.is_file()) {
                return Err(StoreError::Missing { path: path.display().to_string() }.into());
            }
            let _lock = place.lock()?;
            let opened = EhrStore::open(&place)?;
            opened.claim_alone()?;
            opened.scrub()?;
            opened.close()?;
            print("the store is written anew; nothing is left where erased data stood\n")?;
            Ok(Exit::Done)
        }
    }
}

fn json_of(outcome: &EraseOutcome) -> String {
    format!("{}\n", serde_json::to_string(outcome).unwrap_or_default())
}

fn text_of(outcome: &EraseOutcome, id: &str) -> String {
    let mut text = String::new();
    match outcome.run {
        Some(run) => text.push_str(&format!("erased, as run {run} of this store:\n")),
        None => text.push_str("this would be erased:\n"),
    }
    for system in &outcome.systems {
        let registrations = system.registrations;
        let word = if registrations == 1 { "registration" } else { "registrations" };
        text.push_str(&format!("  {registrations} {word} in source system `{}`\n", system.system));
        for (stream, records) in &system.uncharted {
            text.push_str(&format!("    {} kept records of {stream} that no chart shows\n", grouped(*records)));
        }
        if system.connector.is_none() {
            text.push_str(
                "    its connector cannot be read: kept records that no chart shows are found by the person's key alone\n",
            );
        }
    }
    for (table, rows) in &outcome.chart {
        text.push_str(&format!("  {:>9} {table}\n", grouped(*rows)));
    }
    text.push_str(&format!(
        "  {:>9} source records, with what they said earlier and the files kept with them\n",
        grouped(outcome.source_records)
    ));
    if !outcome.runs.is_empty() {
        let runs: Vec<String> = outcome.runs.iter().map(i64::to_string).collect();
        let (run, they) = if runs.len() == 1 { ("run", "It") } else { ("runs", "They") };
        text.push_str(&format!(
            "The data came by {run} {}. {they} cannot be undone {}.\n",
            runs.join(", "),
            if outcome.run.is_some() { "any more" } else { "afterwards" }
        ));
    }
    for (other, probability) in &outcome.pairs {
        text.push_str(&format!(
            "Nobody has judged yet whether patient_identity:{other} is the same person (match probability {probability:.3}); it stays.\n"
        ));
    }
    if !outcome.doubtful.is_empty() {
        let shown: Vec<String> = outcome.doubtful.iter().take(50).map(i64::to_string).collect();
        let more = outcome.doubtful.len().saturating_sub(shown.len());
        let more = if more > 0 { format!(" and {more} more (--json lists all)") } else { String::new() };
        text.push_str(&format!(
            "Kept source records that no chart shows may be about the person (by a name, by a key that names others too, by what they refer to): {}{more}\n\
             `chartlift trace source_record:NUMBER` prints one. Where it is about this person, name it with --also NUMBER.\n",
            shown.join(", ")
        ));
    }
    match &outcome.those_who_stay {
        ThoseWhoStay::AsTheyWere => {}
        ThoseWhoStay::LinkedAnew(linked) => {
            text.push_str(&linked_anew(linked));
            let (before, after) = (outcome.waiting, linked.review);
            text.push_str(&format!("Pairs to review: {before} before, {after} after.\n"));
        }
        ThoseWhoStay::LinkedByOtherRules => text.push_str(
            "People of this store were linked by other rules than this program's; the next run that brings or changes anybody links them anew.\n",
        ),
    }
    if !outcome.reports.is_empty() {
        text.push_str("Reports outside the store may name the person; destroy them, and write them again with `chartlift report RUN`:\n");
        outcome.reports.iter().for_each(|folder| text.push_str(&format!("  {}\n", visible(folder))));
    }
    text.push_str("Backups of the store and copies of the source are not reached from here.\n");
    if outcome.run.is_none() {
        text.push_str(&format!(
            "Nothing was changed. To do it: chartlift patient erase {} --by NAME --reason TEXT --yes\n",
            visible(id)
        ));
    }
    text
}

fn erasures(store: &StoreArg, json: bool) -> Result<Exit, CliError> {
    let kept = store.open()?.tombstones()?;
    if json {
        let values: Vec<serde_json::Value> = kept
            .iter()
            .map(|kept| serde_json::json!({ "run": kept.run, "scrubbed": kept.scrubbed, "tombstone": kept.tombstone }))
            .collect();
        print(&format!("{}\n", serde_json::Value::Array(values)))?;
        return Ok(Exit::Done);
    }
    if kept.is_empty() {
        print("nobody was erased from this store\n")?;
    }
    for one in kept {
        let tombstone = &one.tombstone;
        print(&format!(
            "run {}  {}  by {}: {}\n  {} registrations, {} chart rows, {} source records{}\n",
            one.run,
            tombstone.at,
            visible(&tombstone.by),
            visible(&tombstone.reason),
            grouped(tombstone.registrations.len() as u64),
            grouped(tombstone.chart_rows),
            grouped(tombstone.source_records),
            if one.scrubbed { "" } else { "; their space is NOT written over yet: `chartlift patient scrub`" }
        ))?;
    }
    Ok(Exit::Done)
}

/// What linking those who stay did, or would do.
pub(super) fn linked_anew(linked: &LinkedAnew) -> String {
    let (would, run) = linked.run.map_or(("would be", String::new()), |run| ("were", format!(", as run {run}")));
    let moves = counted(linked.moved as u64, "registration moves", "registrations move");
    let mut text = format!("Those who stay {would} linked anew{run}: {moves} to another patient.\n");
    for (one, other) in &linked.kept_apart {
        text.push_str(&format!(
            "Nobody could tell {one} from the erased: it is kept apart from {other}. If they are one person:\n  \
             chartlift review merge patient_identity:{one} patient_identity:{other} --overrule --by NAME --why TEXT\n"
        ));
    }
    text
}
