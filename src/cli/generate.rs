//! `chartlift generate`.

use std::io::IsTerminal;
use std::path::PathBuf;

use super::{CliError, Exit, print};
use crate::generate::{GenerateOptions, Richness, generate, truth_folder};
use crate::report::grouped;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The folder to make; the truth goes into a folder of the same name with `-truth` behind it
    folder: PathBuf,
    /// How many people the practice has registered
    #[arg(long, value_name = "N", default_value_t = 250)]
    patients: u64,
    /// The same seed gives the same bytes, always
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// How much each patient has: a sample (about 13 rows) or a full chart (about 100)
    #[arg(long, value_enum)]
    richness: Option<Rich>,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Rich {
    Sample,
    Full,
}

pub fn run(args: &Args) -> Result<Exit, CliError> {
    let richness = match args.richness {
        Some(Rich::Sample) => Richness::Sample,
        Some(Rich::Full) => Richness::Full,
        None if args.patients > 1000 => Richness::Full,
        None => Richness::Sample,
    };
    let options = GenerateOptions { patients: args.patients, seed: args.seed, richness };
    let bar = indicatif::ProgressBar::new(args.patients);
    if !std::io::stderr().is_terminal() {
        bar.set_draw_target(indicatif::ProgressDrawTarget::hidden());
    }
    let generated = generate(&args.folder, &options, &mut |done| bar.set_position(done))?;
    bar.finish_and_clear();
    print(&format!(
        "{} rows in {} files ({} bytes) in {}; the truth about them is in {}\n",
        grouped(generated.rows()),
        generated.files.len(),
        grouped(generated.bytes),
        args.folder.display(),
        truth_folder(&args.folder).display()
    ))?;
    Ok(Exit::Done)
}
