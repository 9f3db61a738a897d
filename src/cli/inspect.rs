//! `chartlift inspect`.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::migrate::source;
use super::terminal::{Terminal, visible, watch_interrupts};
use super::{CliError, Exit, print};
use crate::connector::{Pack, PackFiles, load_folder};
use crate::draft::{Extended, draft, only_new, pack_files};
use crate::pipeline::{InspectOptions, inspect};
use crate::report::{make_folder, private_file, profile_html, profile_text};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// A folder, a zip archive or a file of the legacy export, or a database's URL, as for migrate
    source: PathBuf,
    /// Write a first connector for the source into this folder; where one is there, only add to its code maps what codes are new
    #[arg(long, value_name = "DIR")]
    draft: Option<PathBuf>,
    /// Show values, which may be patients' data: smallest, largest, commonest
    #[arg(long)]
    show_values: bool,
    /// Read no more than so many rows of each table
    #[arg(long, value_name = "N")]
    limit: Option<u64>,
    /// Count the tables of a database there, and look at about so many rows of each
    #[arg(long, value_name = "N", conflicts_with = "limit")]
    sample: Option<u64>,
    /// Write the profile as one HTML page
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Print the profile as one JSON object
    #[arg(long)]
    json: bool,
    /// How many threads may work
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
}

pub fn run(args: &Args) -> Result<Exit, CliError> {
    super::use_threads(args.threads)?;
    let options = InspectOptions {
        source: source(&args.source)?,
        show_values: args.show_values,
        limit: args.limit,
        sample: args.sample,
    };
    let known = args.draft.as_deref().filter(|folder| folder.join("connector.toml").is_file());
    if let Some(folder) = &args.draft
        && folder.exists()
        && known.is_none()
    {
        return Err(CliError::Usage {
            what: format!("{} is there already", visible(&folder.display().to_string())),
            hint: "name a new folder, or one with a connector, whose code maps are to learn new codes".into(),
        });
    }
    watch_interrupts();
    let terminal = Terminal::new(None, args.json);
    let looked_at = inspect(&options, &terminal);
    terminal.finish();
    let mut profile = looked_at?;
    let drafted = draft(&mut profile);
    if let Some(file) = &args.html {
        let page = profile_html(&profile).map_err(|error| CliError::File {
            path: file.display().to_string(),
            source: std::io::Error::other(error),
        })?;
        write_new(file, page.as_bytes())?;
    }
    if args.json {
        print(&format!("{}\n", serde_json::to_string(&profile).unwrap_or_default()))?;
    } else if args.draft.is_none() {
        print(&visible_lines(&profile_text(&profile)))?;
    }
    let Some(folder) = &args.draft else { return Ok(Exit::Done) };
    if profile.tables.iter().all(|table| table.columns.is_empty()) {
        return Err(CliError::NotFound {
            what: "the source has no table to draft a connector for".into(),
            hint: "`chartlift connectors list` shows what is read without one".into(),
        });
    }
    let files = pack_files(&drafted, &id_of(folder));
    if let Some(folder) = known {
        return extend(folder, &files, args.json);
    }
    let (pack, notes) = Pack::parse(&files)
        .map_err(|problems| crate::connector::PackError::Invalid { folder: folder.display().to_string(), problems })?;
    for (path, bytes) in &files {
        let path = folder.join(path);
        make_folder(path.parent().unwrap_or(folder))?;
        write_new(&path, bytes)?;
    }
    let columns: usize =
        profile.tables.iter().flat_map(|table| &table.columns).filter(|column| column.non_empty > 0).count();
    let meant =
        profile.tables.iter().flat_map(|table| &table.columns).filter(|column| column.meaning.is_some()).count();
    let charted = pack.streams.iter().filter(|stream| !stream.mappings().is_empty()).count();
    let shown = visible(&folder.display().to_string());
    if !args.json {
        print(&format!(
            "{shown}: {charted} of {} tables become chart records, {meant} of {columns} columns are mapped, {} points are open\n\
             `chartlift connectors check {shown}` lists them; it runs as it is: `chartlift migrate SOURCE --connector {shown} --dry-run`\n",
            pack.streams.len(),
            notes.len()
        ))?;
    }
    Ok(Exit::Done)
}

/// Adds new codes to the code maps of a connector; nothing else in it changes.
fn extend(folder: &Path, drafted: &PackFiles, json: bool) -> Result<Exit, CliError> {
    let known = load_folder(folder)?;
    let Extended { files, maps, new_codes, open } = only_new(&known, drafted);
    for (path, bytes) in &files {
        // What people decided is never half written.
        let (whole, beside) = (folder.join(path), folder.join(format!("{path}.new")));
        write_new(&beside, bytes)?;
        std::fs::rename(&beside, &whole)
            .map_err(|source| CliError::File { path: whole.display().to_string(), source })?;
    }
    let shown = visible(&folder.display().to_string());
    if !json {
        print(&format!(
            "{shown}: {new_codes} new codes in {} of {maps} code maps, {open} of them open; all else is as it was\n\
             `chartlift connectors check {shown}` lists what is open\n",
            files.len()
        ))?;
    }
    Ok(Exit::Done)
}

/// The name of a connector: lower case, digits, hyphens.
fn id_of(folder: &Path) -> String {
    let name = folder.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    let plain: String =
        name.chars().map(|c| if c.is_ascii_lowercase() || c.is_ascii_digit() { c } else { '-' }).collect();
    let plain = plain.trim_matches('-').to_owned();
    if plain.is_empty() { "draft".into() } else { plain }
}

/// Names of columns come from the source: no sign of them reaches the terminal as a command.
fn visible_lines(text: &str) -> String {
    text.lines().map(|line| format!("{}\n", visible(line))).collect()
}

/// What a source said may be patients' data: nobody else may read it.
fn write_new(path: &Path, bytes: &[u8]) -> Result<(), CliError> {
    let failed = |source| CliError::File { path: path.display().to_string(), source };
    private_file(path).and_then(|mut file| file.write_all(bytes)).map_err(failed)
}
