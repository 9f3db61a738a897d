//! `chartlift connectors list | show | check | test`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{CliError, Exit, print};
use crate::connector::{Pack, PackError, PackFiles, StreamUse, built_in, built_in_ids, load_folder, load_named};
use crate::extract::SourcePlace;
use crate::model::RecordType;
use crate::pipeline::{MigrateOptions, NoListener, PlanOptions, SourceOptions, migrate};
use crate::store::{EhrStore, StorePlace};

#[derive(Debug, clap::Subcommand)]
pub enum Args {
    /// The built-in connectors
    List {
        /// Print one JSON value
        #[arg(long)]
        json: bool,
    },
    /// One connector: its streams, keys and mappings
    Show {
        /// A built-in connector's name, or the folder of one
        #[arg(value_name = "NAME|DIR")]
        name: String,
    },
    /// Everything that is wrong with a connector, with file and line, and what its author should know
    Check {
        /// A built-in connector's name, or the folder of one
        #[arg(value_name = "NAME|DIR")]
        name: String,
    },
    /// Run a connector's fixtures and compare with its golden results
    Test {
        /// A built-in connector's name, or the folder of one
        #[arg(value_name = "NAME|DIR")]
        name: String,
        /// Write the golden results anew instead of comparing
        #[arg(long)]
        update: bool,
    },
}

pub fn run(args: &Args) -> Result<Exit, CliError> {
    match args {
        Args::List { json } => list(*json),
        Args::Show { name } => show(name),
        Args::Check { name } => check(name),
        Args::Test { name, update } => test(name, *update),
    }
}

fn list(json: bool) -> Result<Exit, CliError> {
    let mut packs = Vec::new();
    for id in built_in_ids() {
        packs.push(load_named(id)?.0);
    }
    if json {
        let packs: Vec<serde_json::Value> = packs
            .iter()
            .map(|pack| serde_json::json!({ "id": pack.id, "name": pack.name, "version": pack.version, "streams": pack.streams.len(), "hash": pack.hash }))
            .collect();
        print(&format!("{}\n", serde_json::Value::Array(packs)))?;
        return Ok(Exit::Done);
    }
    let mut text = String::new();
    for pack in packs {
        text.push_str(&format!("{:24} {:8} {}\n", pack.id, pack.version, pack.name));
    }
    print(&text)?;
    Ok(Exit::Done)
}

fn show(name: &str) -> Result<Exit, CliError> {
    let (pack, files, _) = load_named(name)?;
    let mut text =
        format!("{} ({} {})\n{}\nhash {}\n\n", pack.name, pack.id, pack.version, pack.description, pack.hash);
    if let Some(tap) = &pack.tap {
        let command = std::iter::once(&tap.program).chain(&tap.arguments).map(String::as_str);
        text.push_str(&format!("runs in SOURCE: {}\n\n", command.collect::<Vec<_>>().join(" ")));
    }
    for stream in &pack.streams {
        let key = if stream.key.is_empty() { "the whole row".to_owned() } else { stream.key.join(", ") };
        let becomes = match &stream.use_ {
            StreamUse::Archive(reason) => format!("kept: {reason}"),
            StreamUse::Chart(mappings) => {
                let mut counts = BTreeMap::<&str, usize>::new();
                mappings.iter().for_each(|mapping| *counts.entry(mapping.record.name()).or_default() += 1);
                counts
                    .iter()
                    .map(|(name, n)| if *n == 1 { (*name).to_owned() } else { format!("{name} x{n}") })
                    .collect::<Vec<_>>()
                    .join(", ")
            }
        };
        text.push_str(&format!("{:22} {becomes}\n{:22} key: {key}\n", stream.name, ""));
    }
    if let Some(notes) = files.get("NOTES.md") {
        text.push_str(&format!("\n{}", String::from_utf8_lossy(notes)));
    }
    print(&text)?;
    Ok(Exit::Done)
}

/// The files of a pack and the folder it came from, if it is one.
fn files_of(name: &str) -> Result<(PackFiles, Option<PathBuf>), CliError> {
    let folder = Path::new(name);
    if folder.is_dir() {
        return Ok((load_folder(folder)?, Some(folder.to_owned())));
    }
    match built_in(name) {
        Some(files) => Ok((files, None)),
        None => Err(PackError::Unknown {
            name: name.to_owned(),
            nearest: crate::connector::nearest(name, built_in_ids()).map(str::to_owned),
        }
        .into()),
    }
}

fn check(name: &str) -> Result<Exit, CliError> {
    let (files, _) = files_of(name)?;
    let (pack, mut notes) = match Pack::parse(&files) {
        Ok(parsed) => parsed,
        Err(problems) => return Err(PackError::Invalid { folder: name.to_owned(), problems }.into()),
    };
    for fixture in fixtures(&files) {
        notes.extend(kept_columns(&pack, &files, &fixture)?);
    }
    let mut text = String::new();
    for note in &notes {
        text.push_str(&format!("note: {note}\n"));
    }
    text.push_str(&format!("{}: {} streams, no problems, {} notes\n", pack.id, pack.streams.len(), notes.len()));
    print(&text)?;
    Ok(Exit::Done)
}

/// The fixture folders of a pack: `fixture`, and others that begin so.
fn fixtures(files: &PackFiles) -> Vec<String> {
    let mut names: Vec<String> = files
        .keys()
        .filter_map(|path| path.split_once('/').map(|(folder, _)| folder))
        .filter(|folder| folder.starts_with("fixture"))
        .map(str::to_owned)
        .collect();
    names.dedup();
    names
}

/// Populated columns of the fixture that the pack does not name.
fn kept_columns(pack: &Pack, files: &PackFiles, fixture: &str) -> Result<Vec<crate::connector::Note>, CliError> {
    let run = run_fixture(pack, files, fixture, None)?;
    let mut notes = Vec::new();
    for stream in &run.outcome.streams {
        for column in stream.columns.iter().filter(|column| column.cells.kept > 0 && stream.archive_reason.is_none()) {
            let file = format!("{fixture}/{}", stream.files.first().map_or("", String::as_str));
            let message = format!(
                "column `{}` has values ({} here) that no mapping takes and no `ignore` names: they are kept",
                column.column, column.cells.kept
            );
            notes.push(crate::connector::Note { file, line: 1, message });
        }
    }
    Ok(notes)
}

/// A fixture's run: the outcome and every chart row.
struct FixtureRun {
    outcome: crate::pipeline::RunOutcome,
    golden: BTreeMap<String, String>,
}

/// What a tap wrote, in the fixture of its connector.
const TAP_FIXTURE: &str = "tap.jsonl";

fn run_fixture(pack: &Pack, files: &PackFiles, fixture: &str, folder: Option<&Path>) -> Result<FixtureRun, CliError> {
    let scratch = tempfile::tempdir()
        .map_err(|source| CliError::File { path: "the folder for temporary files".into(), source })?;
    write_files(scratch.path(), files)?;
    let connector = folder.unwrap_or(scratch.path());
    let store = scratch.path().join("fixture.db");
    // A tap is not run: its fixture is what it once wrote.
    let source = scratch.path().join(fixture);
    let source = if pack.tap.is_some() { source.join(TAP_FIXTURE) } else { source };
    let options = MigrateOptions {
        sources: vec![SourceOptions {
            place: SourcePlace::Path(source),
            plan: PlanOptions {
                connector: Some(connector.display().to_string()),
                system: Some(pack.id.clone()),
                ..Default::default()
            },
        }],
        store: StorePlace::Sqlite(store.clone()),
        dry_run: false,
        as_of: pack.as_of,
        now: &|| "2026-01-01T00:00:00Z".into(),
        report: None,
        config: None,
        config_hash: None,
    };
    let outcome = migrate(&options, &NoListener)?;
    let store = EhrStore::open(&StorePlace::Sqlite(store))?;
    let mut golden = BTreeMap::new();
    for record in RecordType::ALL {
        let rows = store.dump(*record)?;
        if !rows.is_empty() {
            golden.insert(format!("{}.ndjson", record.table()), rows);
        }
    }
    let mut report = serde_json::to_value(&outcome).unwrap_or_default();
    if let Some(report) = report.as_object_mut() {
        report.remove("run");
        // The model is the program's, not the pack's.
        if let Some(matching) = report.get_mut("matching").and_then(|matching| matching.as_object_mut()) {
            matching
                .retain(|name, _| !["levels", "match_weight", "review_weight", "blocking"].contains(&name.as_str()));
        }
    }
    golden.insert("report.json".into(), format!("{}\n", serde_json::to_string_pretty(&report).unwrap_or_default()));
    Ok(FixtureRun { outcome, golden })
}

fn write_files(folder: &Path, files: &PackFiles) -> Result<(), CliError> {
    for (path, bytes) in files {
        let path = folder.join(path);
        let failed = |source| CliError::File { path: path.display().to_string(), source };
        path.parent()
            .map_or(Ok(()), std::fs::create_dir_all)
            .and_then(|()| std::fs::write(&path, bytes))
            .map_err(failed)?;
    }
    Ok(())
}

fn test(name: &str, update: bool) -> Result<Exit, CliError> {
    let (files, folder) = files_of(name)?;
    let (pack, _) = Pack::parse(&files).map_err(|problems| PackError::Invalid { folder: name.to_owned(), problems })?;
    let fixtures = fixtures(&files);
    if fixtures.is_empty() {
        return Err(CliError::NotFound {
            what: format!("{name} has no fixture/"),
            hint: "put a small export there".into(),
        });
    }
    let mut differences = 0;
    for fixture in &fixtures {
        let expected = fixture.replacen("fixture", "expected", 1);
        let run = run_fixture(&pack, &files, fixture, folder.as_deref())?;
        if update {
            let Some(folder) = &folder else {
                return Err(CliError::Usage {
                    what: "--update needs the pack's folder".into(),
                    hint: "name the folder".into(),
                });
            };
            let _ = std::fs::remove_dir_all(folder.join(&expected));
            let golden = run
                .golden
                .iter()
                .map(|(file, text)| (format!("{expected}/{file}"), text.clone().into_bytes()))
                .collect();
            write_files(folder, &golden)?;
            print(&format!("{fixture}: {} files written to {expected}/\n", run.golden.len()))?;
            continue;
        }
        let found = compare(&files, &expected, &run.golden);
        differences += found.len();
        found.iter().try_for_each(|line| print(&format!("{line}\n")))?;
        print(&format!("{fixture}: {} tables, {} differences\n", run.golden.len() - 1, found.len()))?;
    }
    Ok(if differences == 0 { Exit::Done } else { Exit::Failed })
}

/// Differing lines, at most a few per file.
fn compare(files: &PackFiles, expected: &str, golden: &BTreeMap<String, String>) -> Vec<String> {
    let prefix = format!("{expected}/");
    let mut names: Vec<&str> = files.keys().filter_map(|path| path.strip_prefix(&prefix)).collect();
    names.extend(golden.keys().map(String::as_str));
    names.sort_unstable();
    names.dedup();
    let mut found = Vec::new();
    for name in names {
        let stored = files
            .get(&format!("{prefix}{name}"))
            .map(|bytes| String::from_utf8_lossy(bytes).into_owned())
            .unwrap_or_default();
        let made = golden.get(name).cloned().unwrap_or_default();
        if stored == made {
            continue;
        }
        let (old, new): (Vec<&str>, Vec<&str>) = (stored.lines().collect(), made.lines().collect());
        let lines = (0..old.len().max(new.len())).filter(|at| old.get(*at) != new.get(*at)).take(3);
        for at in lines {
            let line =
                |text: Option<&&str>| text.map_or("(nothing)", |text| *text).chars().take(400).collect::<String>();
            found.push(format!("{expected}/{name}:{}\n  - {}\n  + {}", at + 1, line(old.get(at)), line(new.get(at))));
        }
    }
    found
}
