//! `chartlift match`.

use std::path::PathBuf;

use super::migrate::as_of;
use super::terminal::{Terminal, visible, watch_interrupts};
use super::{CliError, Exit, print};
use crate::pipeline::{MatchOptions, MatchedPeople, match_people};
use crate::report::{check_folder, grouped, write_matches};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// A CSV file with a header and one registration of a person in each row
    file: PathBuf,
    /// Where clusters.csv, pairs.csv and model.json go; by default FILE-matches beside this place
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// What columns hold, where their names do not say it: given_name=FIRST,date_of_birth=BORN
    #[arg(long, value_name = "ROLE=COLUMN,...", value_delimiter = ',')]
    columns: Vec<String>,
    /// Print the account as one JSON object
    #[arg(long)]
    json: bool,
    /// How many threads may work
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// The day taken for today, for two-digit years
    #[arg(long, value_name = "YYYY-MM-DD")]
    as_of: Option<String>,
}

pub fn run(args: &Args) -> Result<Exit, CliError> {
    super::use_threads(args.threads)?;
    let columns = args.columns.iter().map(|said| role_and_column(said)).collect::<Result<_, _>>()?;
    let stem = args.file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let folder = args.out.clone().unwrap_or_else(|| PathBuf::from(format!("{stem}-matches")));
    check_folder(&folder)?;
    let options = MatchOptions { file: args.file.clone(), columns, as_of: as_of(args.as_of.as_deref())? };
    watch_interrupts();
    let terminal = Terminal::new(None, args.json);
    let matched = match_people(&options, &terminal);
    terminal.finish();
    let matched = matched?;
    let written = write_matches(&folder, &matched)?;
    let _ = written;
    print(&format!("{}{}\n", account(&matched), visible(&folder.display().to_string())))?;
    Ok(Exit::Done)
}

fn role_and_column(said: &str) -> Result<(String, String), CliError> {
    match said.split_once('=') {
        Some((role, column)) if !role.is_empty() => Ok((role.trim().to_owned(), column.trim().to_owned())),
        _ => Err(CliError::Usage {
            what: "--columns takes ROLE=COLUMN".into(),
            hint: "for example --columns given_name=FIRST,date_of_birth=BORN".into(),
        }),
    }
}

fn account(matched: &MatchedPeople) -> String {
    let statistics = &matched.linkage.statistics;
    format!(
        "{} rows are {} people; {} pairs to review, {} pairs compared\n",
        grouped(statistics.people),
        grouped(statistics.clusters),
        grouped(matched.linkage.reviews.len() as u64),
        grouped(statistics.pairs_compared),
    )
}
