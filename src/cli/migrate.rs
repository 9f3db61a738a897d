//! `chartlift migrate`.

use std::path::{Path, PathBuf};

use super::config::{self, Config};
use super::terminal::{Terminal, visible, watch_interrupts};
use super::{CliError, Exit, StoreArg, print};
use crate::extract::SourcePlace;
use crate::model::PartialDate;
use crate::pipeline::{MigrateOptions, PlanOptions, RunOutcome, SourceOptions, Stopped, migrate_and_tell};
use crate::report::{QuarantineFile, check_folder, closing_table, write};
use crate::store::EhrStore;

#[derive(Debug, Default, clap::Args)]
pub struct Args {
    /// A folder, a zip archive or a file of the legacy export, or a database: sqlite://FILE, postgres://USER@HOST/DATABASE,
    /// mysql://USER@HOST/DATABASE, mssql://USER@HOST/DATABASE (where built for it). A password is taken from
    /// CHARTLIFT_SOURCE_PASSWORD. Several are one run; without any, the file of sources lists them
    #[arg(value_name = "SOURCE")]
    pub(super) sources: Vec<PathBuf>,
    /// The file that lists the sources, where none is named [default: chartlift.toml]
    #[arg(long, value_name = "FILE", conflicts_with_all = ["sources", "connector", "system"])]
    pub(super) config: Option<PathBuf>,
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
    /// Read the letters in scanned documents, in these languages, with tesseract, which must be installed
    #[arg(long, value_name = "LANG", num_args = 0..=1, default_missing_value = "eng", require_equals = true)]
    pub(super) ocr: Option<String>,
    /// A folder of tables of code systems (loinc.csv, snomed.csv, cpt.csv, ...: code,display,status), to check codes and to fill in displays
    #[arg(long, value_name = "DIR")]
    pub(super) terminology: Option<PathBuf>,
    /// Streams whose columns changed and whose connector says to stop or to wait then: take them as they are now
    #[arg(long, value_name = "STREAM")]
    pub(super) accept_drift: Vec<String>,
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
    let config = match args.sources.is_empty() {
        true => Some(Config::read(args.config.as_deref().unwrap_or(Path::new(config::DEFAULT)))?),
        false => None,
    };
    let store = args.store.place_or(config.as_ref().and_then(|config| config.store.as_deref()))?;
    let configured = config.as_ref().and_then(|config| config.report.clone());
    let folder = args.report.clone().or(configured).unwrap_or_else(|| {
        let beside = store.file().and_then(Path::parent).map(PathBuf::from).unwrap_or_default();
        beside.join("chartlift-report")
    });
    let plan = PlanOptions {
        leave_out: own_files(store.file(), &folder),
        limit: args.limit,
        ocr: args.ocr.clone(),
        terminology: args.terminology.clone(),
        accept_drift: args.accept_drift.clone(),
        ..Default::default()
    };
    let options = MigrateOptions {
        sources: match &config {
            Some(config) => listed(config, &plan)?,
            None => named(args, &plan)?,
        },
        store,
        dry_run: args.dry_run,
        as_of: as_of(args.as_of.as_deref())?,
        now: &now,
        report: Some(folder.clone()),
        config_hash: config.as_ref().map(|config| config.hash.clone()),
        config: config.is_some().then(|| args.config.clone().unwrap_or(config::DEFAULT.into())),
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

/// The sources that the command names.
fn named(args: &Args, plan: &PlanOptions) -> Result<Vec<SourceOptions>, CliError> {
    if args.sources.len() > 1 && (args.connector.is_some() || args.system.is_some()) {
        return Err(CliError::Usage {
            what: "--connector and --system are for one source".into(),
            hint: "list the sources in chartlift.toml, each with its connector and system".into(),
        });
    }
    let plan = PlanOptions { connector: args.connector.clone(), system: args.system.clone(), ..plan.clone() };
    let one = |place: &PathBuf| Ok(SourceOptions { place: source(place)?, plan: plan.clone() });
    args.sources.iter().map(one).collect()
}

/// The sources that a file lists.
fn listed(config: &Config, plan: &PlanOptions) -> Result<Vec<SourceOptions>, CliError> {
    let one = |source: &config::Source| {
        let place = source.path.clone().or(source.url.as_ref().map(PathBuf::from)).unwrap_or_default();
        let plan = PlanOptions {
            connector: source.connector.clone(),
            system: source.system.clone(),
            ocr: plan.ocr.clone().or_else(|| source.ocr.clone()),
            drift: source.policies(),
            ..plan.clone()
        };
        if let Some(variable) = source.password_env.as_ref().filter(|variable| std::env::var_os(variable).is_none()) {
            return Err(CliError::Usage {
                what: format!("the environment variable {variable}, which holds a source's password, is not set"),
                hint: "set it, or leave `password_env` out".into(),
            });
        }
        let password = source.password_env.as_deref().unwrap_or(PASSWORD);
        Ok(SourceOptions { place: source_with(&place, password)?, plan })
    };
    config.source.iter().map(|source| one(source.get_ref())).collect()
}

/// The environment variable that holds the password of a source.
const PASSWORD: &str = "CHARTLIFT_SOURCE_PASSWORD";

/// Where a source is; the password of a server's database is no argument, which others could see.
pub fn source(place: &Path) -> Result<SourcePlace, CliError> {
    source_with(place, PASSWORD)
}

fn source_with(place: &Path, variable: &str) -> Result<SourcePlace, CliError> {
    let password = std::env::var(variable).ok().filter(|password| !password.is_empty());
    SourcePlace::parse(place, password.as_deref())
        .map_err(|error| CliError::Usage { what: error.to_string(), hint: error.hint().unwrap_or_default() })
}

/// The name of a source system stands in ids, messages and reports for good.
pub(super) fn check_system(name: &str) -> Result<(), CliError> {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    if name.is_empty() || name.len() > 64 || !name.chars().all(plain) {
        return Err(CliError::Usage {
            what: "this is no name of a source system".into(),
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
