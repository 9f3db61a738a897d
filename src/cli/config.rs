//! `chartlift.toml`: the sources of a practice, and where they go. It says what the pipeline is; flags say how one run behaves.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;

use super::CliError;
use crate::connector::{Drift, line_of};

/// Looked for where a command names neither a source nor a file.
pub const DEFAULT: &str = "chartlift.toml";

/// A file of sources. Paths in it are relative to the folder it lies in.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// As `--store`.
    pub store: Option<String>,
    /// As `--report`.
    pub report: Option<PathBuf>,
    #[serde(default)]
    pub source: Vec<Spanned<Source>>,
    /// Of its text: a run that goes on goes on with the same.
    #[serde(skip)]
    pub hash: String,
}

/// One place that is read.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// A folder, an archive or a file; or
    pub path: Option<PathBuf>,
    /// a database.
    pub url: Option<String>,
    /// The environment variable that holds its password.
    pub password_env: Option<String>,
    /// As `--connector`.
    pub connector: Option<String>,
    /// As `--system`.
    pub system: Option<String>,
    /// As `--ocr`.
    pub ocr: Option<String>,
    /// What becomes of streams whose columns changed, before what the connector says; `*` is all of them.
    #[serde(default)]
    pub drift: BTreeMap<String, Spanned<String>>,
}

impl Source {
    /// The policies for changed columns, by stream.
    pub fn policies(&self) -> BTreeMap<String, Drift> {
        self.drift.iter().filter_map(|(stream, word)| Some((stream.clone(), Drift::parse(word.get_ref())?))).collect()
    }
}

impl Config {
    /// Reads a file of sources and makes its paths whole.
    pub fn read(path: &Path) -> Result<Self, CliError> {
        let shown = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|source| match source.kind() {
            std::io::ErrorKind::NotFound => CliError::Usage {
                what: format!("no source is named, and there is no {shown}"),
                hint: "name what to read: `chartlift migrate EXPORT`, or list the sources in chartlift.toml".into(),
            },
            _ => CliError::File { path: shown.clone(), source },
        })?;
        let wrong = |offset: usize, what: String| {
            let line = line_of(&text, offset);
            CliError::Usage {
                what: format!("{shown}:{line}: {what}"),
                hint: "README.md, \"Several sources\", shows such a file".into(),
            }
        };
        let mut config: Self = toml::from_str(&text).map_err(|error| {
            let offset = error.span().map_or(0, |span| span.start);
            // It may quote what stands there, which may be a password.
            let said = error.message().lines().next().unwrap_or_default().to_owned();
            wrong(offset, said)
        })?;
        config.hash = blake3::hash(text.as_bytes()).to_hex().to_string();
        if config.source.is_empty() {
            return Err(wrong(0, "there is no [[source]]".into()));
        }
        let folder = path.parent().map(Path::to_owned).unwrap_or_default();
        for source in &mut config.source {
            let start = source.span().start;
            let source = source.get_mut();
            match (&mut source.path, &source.url) {
                (Some(path), None) => *path = folder.join(&*path),
                (None, Some(_)) => {}
                _ => return Err(wrong(start, "a source has either `path` or `url`".into())),
            }
            if let Some(word) = source.drift.values().find(|word| Drift::parse(word.get_ref()).is_none()) {
                return Err(wrong(word.span().start, "`drift` is one of evolve, freeze, quarantine".into()));
            }
            if let Some(system) = &source.system {
                super::migrate::check_system(system).map_err(|error| wrong(start, error.to_string()))?;
            }
            // A name alone is a connector that the program has, or a folder beside the file.
            if let Some(connector) = &mut source.connector
                && (connector.contains(['/', '\\']) || folder.join(&*connector).is_dir())
            {
                *connector = folder.join(&*connector).display().to_string();
                if !connector.contains('/') {
                    *connector = format!("./{connector}");
                }
            }
        }
        if let Some(report) = &mut config.report {
            *report = folder.join(&*report);
        }
        if let Some(store) = &mut config.store {
            *store = store_beside(&folder, store);
        }
        Ok(config)
    }
}

/// A store's file is relative to the folder of the file that names it.
fn store_beside(folder: &Path, store: &str) -> String {
    let file = match store.strip_prefix("sqlite://") {
        Some(file) => file,
        None if store.contains("://") => return store.to_owned(),
        None => store,
    };
    format!("sqlite://{}", folder.join(file).display())
}
