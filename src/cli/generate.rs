//! `chartlift generate`.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

use super::{CliError, Exit, print};
use crate::connector::{PackError, Template, load_named};
use crate::generate::{GenerateOptions, Richness, generate, truth_folder};
use crate::report::grouped;
use crate::template::{Lines, workbook};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The folder to make; the truth goes into a folder of the same name with `-truth` behind it
    #[arg(required_unless_present = "paper_template", conflicts_with = "paper_template")]
    folder: Option<PathBuf>,
    /// Instead: write the workbook that paper charts are typed into
    #[arg(long, value_name = "FILE", num_args = 0..=1, default_missing_value = "paper-charts.xlsx")]
    paper_template: Option<PathBuf>,
    /// With --paper-template: the connector whose workbook it is
    #[arg(long, value_name = "NAME|DIR", default_value = "paper", requires = "paper_template")]
    connector: String,
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
    match (&args.folder, &args.paper_template) {
        (Some(folder), _) => practice(args, folder),
        (None, file) => paper_template(&args.connector, file.as_deref().unwrap_or(Path::new("paper-charts.xlsx"))),
    }
}

/// Writes a connector's workbook, never over another.
fn paper_template(connector: &str, file: &Path) -> Result<Exit, CliError> {
    let (_, files, _) = load_named(connector)?;
    let template = Template::parse(&files)
        .map_err(|problems| PackError::Invalid { folder: connector.to_owned(), problems })?
        .ok_or_else(|| CliError::Usage {
            what: format!("connector `{connector}` has no {}", Template::FILE),
            hint: "`paper` has one; connectors/README.md says how to write another".into(),
        })?;
    let failed = |source| CliError::File { path: file.display().to_string(), source };
    let bytes = workbook(&template, &Lines::new()).map_err(|error| failed(std::io::Error::other(error)))?;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true).open(file).and_then(|mut file| file.write_all(&bytes)).map_err(failed)?;
    print(&format!(
        "{}: {} sheets to type paper charts into; `Read me` is the first\n",
        file.display(),
        template.sheets.len()
    ))?;
    Ok(Exit::Done)
}

fn practice(args: &Args, folder: &Path) -> Result<Exit, CliError> {
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
    let generated = generate(folder, &options, &mut |done| bar.set_position(done))?;
    bar.finish_and_clear();
    print(&format!(
        "{} rows in {} files ({} bytes) in {}; the truth about them is in {}\n",
        grouped(generated.rows()),
        generated.files.len(),
        grouped(generated.bytes),
        folder.display(),
        truth_folder(folder).display()
    ))?;
    Ok(Exit::Done)
}
