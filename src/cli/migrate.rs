//! `chartlift migrate`.

use std::path::{Path, PathBuf};

use super::terminal::{Terminal, visible, watch_interrupts};
use super::{CliError, Exit, StoreArg, print};
use crate::extract::SourcePlace;
use crate::model::PartialDate;
use crate::pipeline::{MigrateOptions, PlanOptions, RunOutcome, Stopped, migrate_and_tell};
use crate::report::{QuarantineFile, check_folder, closing_table, write};
use crate::store::EhrStore;

#[derive(Debug, Default, clap::Args)]
pub struct Args {
    /// A folder, a zip archive or a file of the legacy export, or a database: sqlite://FILE, postgres://USER@HOST/DATABASE,
    /// mysql://USER@HOST/DATABASE. A password is taken from CHARTLIFT_SOURCE_PASSWORD
    pub(super) source: PathBuf,
    /// A built-in connector's name or the folder of one; found by file names and headers where not given
    #[arg(long, value_name = "NAME|DIR")]
    pub(super) connector: Option<String>,
    /// Name of the source system; two practices on one kind of EMR need two names
    #[arg(long, value_name = "NAME")]
    pub(super) system: Option<String>,
    #[command(flatten)]
    pub(super) store: StoreArg,
    /// Where the report goes; by default chartlift-report beside the store
    #[arg(long, value_name = "DIR")]
    pub(super) report: Option<PathBuf>,
    /// Show what would happen; nothing is kept but the report
    #[arg(long)]
    pub(super) dry_run: bool,
    /// With --dry-run: read no more than so many records of each file
    #[arg(long, value_name = "N", requires = "dry_run")]
    pub(super) limit: Option<u64>,
    /// Print the report as one JSON object
    #[arg(long)]
    pub(super) json: bool,
    /// How many threads may work
    #[arg(long, value_name = "N")]
    pub(super) threads: Option<usize>,
    /// The day taken for today, for births in the future and two-digit years
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(super) as_of: Option<String>,
}

pub fn run(args: &Args) -> Result<Exit, CliError> {
    super::use_threads(args.threads)?;
    if let Some(system) = &args.system {
        check_system(system)?;
    }
    let store = args.store.place()?;
    let folder = args.report.clone().unwrap_or_else(|| {
        let beside = store.file().and_then(Path::parent).map(PathBuf::from).unwrap_or_default();
        beside.join("chartlift-report")
    });
    let options = MigrateOptions {
        source: source(&args.source)?,
        plan: PlanOptions {
            connector: args.connector.clone(),
            system: args.system.clone(),
            leave_out: own_files(store.file(), &folder),
            limit: args.limit,
        },
        store,
        dry_run: args.dry_run,
        as_of: as_of(args.as_of.as_deref())?,
        now: &now,
        report: Some(folder.clone()),
    };
    check_folder(&folder)?;
    watch_interrupts();
    let terminal = Terminal::new(Some(QuarantineFile::new(&folder)), args.json);
    let result = migrate_and_tell(&options, &terminal);
    let Some(mut quarantine) = terminal.finish() else {
        return Err(CliError::NotFound {
            what: "the quarantine file was lost".into(),
            hint: "run the same command again".into(),
        });
    };
    let outcome = match result {
        Ok(outcome) => outcome,
        Err(Stopped { error, so_far }) => {
            if let Some(so_far) = so_far {
                // Why the run stopped matters more than a report that cannot be written either.
                let written = quarantine.finish().and_then(|()| write(&folder, &so_far, &quarantine));
                if let Some(page) = written.ok().and_then(|written| written.into_iter().next_back()) {
                    eprintln!("what was done so far: {}", visible(&page.display().to_string()));
                }
            }
            return Err((*error).into());
        }
    };
    let unreported = |source| CliError::NotReported { run: outcome.run.id, source };
    quarantine.finish().map_err(unreported)?;
    let written = write(&folder, &outcome, &quarantine).map_err(unreported)?;
    if !args.dry_run {
        EhrStore::open(&options.store)?.note_reported(outcome.run.id)?;
    }
    if args.json {
        print(&format!("{}\n", serde_json::to_string(&outcome).unwrap_or_default()))?;
    } else {
        let page = written.last().map(|path| path.display().to_string()).unwrap_or_default();
        print(&format!("{}report: {}\n", closing_table(&outcome), visible(&page)))?;
    }
    Ok(exit(&outcome))
}

/// Where a source is; the password of a server's database is no argument, which others could see.
pub fn source(place: &Path) -> Result<SourcePlace, CliError> {
    let password = std::env::var("CHARTLIFT_SOURCE_PASSWORD").ok().filter(|password| !password.is_empty());
    SourcePlace::parse(place, password.as_deref())
        .map_err(|error| CliError::Usage { what: error.to_string(), hint: error.hint().unwrap_or_default() })
}

/// The name of a source system stands in ids, messages and reports for good.
fn check_system(name: &str) -> Result<(), CliError> {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    if name.is_empty() || name.len() > 64 || !name.chars().all(plain) {
        return Err(CliError::Usage {
            what: "--system is no name of a source system".into(),
            hint: "letters, digits, `-`, `_` and `.`, at most 64 of them: `oakfield-north`".into(),
        });
    }
    Ok(())
}

/// The store with the files beside it, and the report: they may lie in the source without being of it.
fn own_files(store: Option<&Path>, report: &Path) -> Vec<PathBuf> {
    let beside = |store: &Path, ending: &str| {
        let mut name = store.as_os_str().to_owned();
        name.push(ending);
        PathBuf::from(name)
    };
    let files = store.into_iter().flat_map(|store| ["", "-wal", "-shm", ".lock"].map(|ending| beside(store, ending)));
    files.chain([report.to_owned()]).collect()
}

fn exit(outcome: &RunOutcome) -> Exit {
    if outcome.balanced { Exit::Done } else { Exit::Unbalanced }
}

/// The time as RFC 3339 text, in whole seconds.
pub fn now() -> String {
    let seconds = jiff::Timestamp::now().as_second();
    jiff::Timestamp::from_second(seconds).map(|time| time.to_string()).unwrap_or_default()
}

pub fn as_of(text: Option<&str>) -> Result<PartialDate, CliError> {
    let today = now();
    let wanted = PartialDate::parse_iso(text.unwrap_or(&today)).filter(|date| date.day.is_some());
    wanted.ok_or(CliError::Usage { what: "--as-of is no day".into(), hint: "write it as 2026-01-31".into() })
}
