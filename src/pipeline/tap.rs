//! Sources that a program reads for us: which program, as a site's own pack says, and how far its last run had read.
//!
//! How far that was stands in the plan of the run that stored what was read. It counts once that run is done, and no more once
//! anything was undone, or the pack has changed: then the tap reads everything again, and what is known already is unchanged.

use std::path::{Path, PathBuf};

use super::migrate::sources_of;
use super::{PipelineError, PlanOptions};
use crate::connector::{Pack, Stream, folded, load_named};
use crate::extract::{ExtractError, SourceFile, SourcePlace, SourceTree, Tap};
use crate::store::{EhrStore, RunRow, StoreError, StorePlace};

/// The pack and the tap of whoever names a pack's folder; a built-in pack runs no program.
pub(super) fn tap_of(source: &SourcePlace, options: &PlanOptions) -> Result<Option<(Pack, Tap)>, PipelineError> {
    let Some(folder) = options.connector.as_deref().filter(|name| Path::new(name).join("connector.toml").is_file())
    else {
        return Ok(None);
    };
    // What is wrong with the pack is told with what is wrong with the source, in its turn.
    let Ok((pack, ..)) = load_named(folder) else { return Ok(None) };
    let Some(program) = pack.tap.clone() else { return Ok(None) };
    let SourcePlace::Path(place) = source else {
        return Err(ExtractError::TapFolder { path: source.to_string() }.into());
    };
    let tap = Tap {
        program: program_of(&program.program, Path::new(folder)),
        arguments: program.arguments,
        folder: place.clone(),
        config: program.config,
        catalog: program.catalog,
        state: options.tap_state.clone().filter(|_| program.state),
        keeps_state: program.state,
    };
    Ok(Some((pack, tap)))
}

/// A name without a folder is looked up on PATH.
fn program_of(program: &str, folder: &Path) -> PathBuf {
    let path = Path::new(program);
    let is_name = path.components().count() == 1 && !program.contains(['/', '\\']);
    if is_name || path.is_absolute() {
        return path.to_owned();
    }
    std::path::absolute(folder.join(path)).unwrap_or_else(|_| folder.join(path))
}

/// Reads what a pack's tap gives, where it has one.
pub(super) fn open(source: &SourcePlace, options: &PlanOptions) -> Result<SourceTree, PipelineError> {
    match (tap_of(source, options)?, source) {
        (Some((_, tap)), SourcePlace::Path(path)) => Ok(SourceTree::open_tap(path, &tap)?),
        _ => Ok(SourceTree::open(source)?),
    }
}

/// A note where a tap tells how far its last run had read.
pub(super) const READS_ON: &str =
    "the tap reads on from where its last run stopped: what has not changed since is not read again";

/// A note where the source says that other columns than the pack's key identify a row.
pub(super) fn other_key(file: &SourceFile, stream: &Stream) -> Option<String> {
    let folded = |names: &[String]| names.iter().map(|name| folded(name)).collect::<Vec<_>>();
    let (its, ours) = (file.key(), &stream.key);
    (!its.is_empty() && folded(its) != folded(ours)).then(|| {
        let ours = if ours.is_empty() { "the whole row".to_owned() } else { format!("`{}`", ours.join(", ")) };
        let path = &file.path;
        format!("{path}: the source's key is `{}`, the connector's {ours}", its.join(", "))
    })
}

/// How far the tap had read when its last run was done; none where it has to read everything.
pub(super) fn last_state(
    source: &SourcePlace,
    options: &PlanOptions,
    store: &StorePlace,
) -> Result<Option<String>, PipelineError> {
    let Some((pack, _)) = tap_of(source, options)?.filter(|(_, tap)| tap.keeps_state) else { return Ok(None) };
    let system = options.system.as_ref().unwrap_or(&pack.id);
    let store = match EhrStore::open(store) {
        // The run makes it, or brings it forward.
        Err(StoreError::Missing { .. } | StoreError::Older { .. }) => return Ok(None),
        opened => opened?,
    };
    let runs = store.runs()?;
    store.close()?;
    let place = source.absolute();
    let is_of_system = |of: &serde_json::Value| of["system"] == system.as_str();
    let is_it = |of: &serde_json::Value| is_of_system(of) && of["source_path"] == place.as_str();
    // Whoever read the system otherwise since may have changed what the tap's changes come to.
    let brought = |run: &RunRow| run.status == "done" && sources_of(&run.plan).iter().any(is_of_system);
    let last = runs.iter().rfind(|run| run.command == "undo" || brought(run));
    let sources = last.map(|run| sources_of(&run.plan)).unwrap_or_default();
    let source = sources.iter().find(|of| is_it(of) && of["connector_hash"] == pack.hash.as_str());
    Ok(source.and_then(|source| source["tap_state"].as_str()).map(str::to_owned))
}
