//! The command line: arguments, one file per command, errors with hints, exit codes. Nothing imports this module.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::store::{EhrStore, StorePlace};

mod backup;
mod config;
mod connectors;
mod error;
mod generate;
mod inspect;
mod match_people;
mod migrate;
mod patient;
mod quarantine;
mod report;
mod resume;
mod review;
mod store;
mod terminal;
mod trace;
mod undo;

pub use error::{CliError, Exit};

/// Moves a practice's charts out of a legacy EMR into a shared EHR store, and proves that nothing was lost.
#[derive(Debug, Parser)]
#[command(name = "chartlift", version, max_term_width = 100, after_help = EXIT_CODES)]
struct Args {
    #[command(subcommand)]
    command: Command,
}

const EXIT_CODES: &str =
    "Exit codes: 0 done and the books balance, 1 failed, 2 wrong usage, 3 done but over a limit you set,
4 the books do not balance, 130 interrupted (the same command goes on)";

#[derive(Debug, Subcommand)]
enum Command {
    /// Load a legacy export into the store and write the report
    Migrate(migrate::Args),
    /// Look at a source without loading it: its columns, keys and references, and what they are likely to mean; draft a connector
    Inspect(inspect::Args),
    /// Find out who of a file of people is who; no store is needed
    Match(match_people::Args),
    /// Show where a chart record came from, or what became of a source record
    Trace(trace::Args),
    /// Judge pairs of registrations that may be one person, and take joined ones apart
    #[command(subcommand)]
    Review(review::Args),
    /// List what waits in quarantine
    #[command(subcommand)]
    Quarantine(quarantine::Args),
    /// Write the report of a run again
    Report(report::Args),
    /// Go on with a run that was cut off
    Resume(resume::Args),
    /// Take a run back: the store is again as it was before
    Undo(undo::Args),
    /// Show a patient and why its values are what they are; erase a person by legal order
    #[command(subcommand)]
    Patient(patient::Args),
    /// Look at a store as a whole
    #[command(subcommand)]
    Store(store::Args),
    /// Look at, check and test connectors
    #[command(subcommand)]
    Connectors(connectors::Args),
    /// Write an invented practice's export, with the truth about it beside
    Generate(generate::Args),
}

/// The store to work on.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct StoreArg {
    /// The EHR store: a SQLite file, or postgres://USER@HOST/DATABASE [default: sqlite://ehr.db]
    #[arg(long, value_name = "URL", env = "CHARTLIFT_STORE", hide_env_values = true)]
    store: Option<String>,
}

impl StoreArg {
    fn place(&self) -> Result<StorePlace, CliError> {
        self.place_or(None)
    }

    /// The store that was named, or else that of a file of sources.
    fn place_or(&self, configured: Option<&str>) -> Result<StorePlace, CliError> {
        let named = self.store.as_deref().or(configured);
        Ok(StorePlace::parse(named.unwrap_or("sqlite://ehr.db"))?)
    }

    fn open(&self) -> Result<EhrStore, CliError> {
        Ok(EhrStore::open(&self.place()?)?)
    }
}

/// Runs the program; the only place that decides an exit code.
pub fn main() -> ExitCode {
    quiet_panics();
    let filter = tracing_subscriber::EnvFilter::try_from_env("CHARTLIFT_LOG").unwrap_or_else(|_| "warn".into());
    // A reader of workbooks may quote what it stumbles over, and a driver repeats what a server says, which may be a value.
    let filter = filter.add_directive("calamine=off".parse().expect("a directive"));
    let filter = filter.add_directive("tiberius=off".parse().expect("a directive"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let args = Args::parse();
    let result = match args.command {
        Command::Migrate(args) => migrate::run(&args),
        Command::Inspect(args) => inspect::run(&args),
        Command::Match(args) => match_people::run(&args),
        Command::Trace(args) => trace::run(&args),
        Command::Review(args) => review::run(&args),
        Command::Quarantine(args) => quarantine::run(&args),
        Command::Report(args) => report::run(&args),
        Command::Resume(args) => resume::run(&args),
        Command::Undo(args) => undo::run(&args),
        Command::Patient(args) => patient::run(&args),
        Command::Store(args) => store::run(&args),
        Command::Connectors(args) => connectors::run(&args),
        Command::Generate(args) => generate::run(&args),
    };
    match result {
        Ok(exit) => exit.into(),
        Err(error) => {
            error.print();
            error.exit().into()
        }
    }
}

/// Who decides and why, which nobody may leave empty.
fn who_and_why<'a>(by: &'a str, why: &'a str) -> Result<(&'a str, &'a str), CliError> {
    let (by, why) = (by.trim(), why.trim());
    if by.is_empty() || why.is_empty() {
        return Err(CliError::Usage {
            what: "who decides, or why, is empty".into(),
            hint: "a decision needs both, for whoever asks later: --by NAME --why TEXT".into(),
        });
    }
    if by.len() > MOST_WORDS || why.len() > MOST_WORDS {
        return Err(CliError::Usage {
            what: format!("who decides and why take at most {MOST_WORDS} bytes each"),
            hint: "say where the rest stands".into(),
        });
    }
    Ok((by, why))
}

/// It stands beside every pair that a decision is about.
const MOST_WORDS: usize = 1000;

/// More would only take memory.
const MOST_THREADS: usize = 512;

/// Sets how many threads work.
fn use_threads(threads: Option<usize>) -> Result<(), CliError> {
    let Some(threads) = threads else { return Ok(()) };
    if !(1..=MOST_THREADS).contains(&threads) {
        let what = if threads == 0 {
            "--threads is at least 1".into()
        } else {
            format!("--threads is at most {MOST_THREADS}")
        };
        return Err(CliError::Usage { what, hint: "leave it out to use all".into() });
    }
    // Fails only where a pool was made before, which no command does.
    let _ = rayon::ThreadPoolBuilder::new().num_threads(threads).build_global();
    Ok(())
}

/// A panic is our bug; its message may hold a value, so only its place is printed.
fn quiet_panics() {
    std::panic::set_hook(Box::new(|info| {
        if crate::extract::panic_is_caught() {
            return;
        }
        let place = info.location().map(|at| format!("{}:{}", at.file(), at.line())).unwrap_or_default();
        eprintln!(
            "error: internal error at {place}\n  hint: this is a bug of chartlift; the store is as after the last batch"
        );
    }));
}

/// Prints to standard output; a reader that went away (`| head`) is no error.
fn print(text: &str) -> Result<(), CliError> {
    print_bytes(text.as_bytes())
}

fn print_bytes(bytes: &[u8]) -> Result<(), CliError> {
    use std::io::Write;
    match std::io::stdout().write_all(bytes) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        result => result.map_err(|source| CliError::Output { source }),
    }
}
