//! What a run leaves for people and programs: `report.json`, `report.html`, `quarantine.csv`, and the closing table.
//!
//! Renders; counts nothing itself. The folder is 0700 and its files 0600: they hold patient data.

mod html;
mod matches;
mod profile;
mod quarantine;
mod summary;

use std::fs::{DirBuilder, OpenOptions};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

pub use html::{html, profile_html, quality_html};
pub use matches::{WRITTEN, write_matches};
pub use profile::profile_text;
pub use quarantine::{QuarantineFile, safe_cell};
pub use summary::{closing_table, counted, grouped};

use crate::pipeline::RunOutcome;

#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    #[error("{path} cannot be written")]
    Write { path: String, source: std::io::Error },
    #[error("report.html cannot be made")]
    Template(#[from] minijinja::Error),
    #[error("report.json cannot be made")]
    Json(#[from] serde_json::Error),
}

fn write_error(path: &Path) -> impl FnOnce(std::io::Error) -> ReportError {
    let path = path.display().to_string();
    move |source| ReportError::Write { path, source }
}

/// Refuses a folder that is something else, before a run works for it. Makes nothing.
pub fn check_folder(folder: &Path) -> Result<(), ReportError> {
    match std::fs::metadata(folder) {
        Ok(found) if !found.is_dir() => Err(write_error(folder)(std::io::ErrorKind::NotADirectory.into())),
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(write_error(folder)(error)),
        _ => Ok(()),
    }
}

/// Makes the report's folder.
pub fn make_folder(folder: &Path) -> Result<(), ReportError> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(write_error(folder))
}

/// Opens a file that only its owner may read, in place of what was there.
pub fn private_file(path: &Path) -> std::io::Result<std::fs::File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// A file that has its name once it is whole.
fn whole_file(
    folder: &Path,
    name: &str,
    fill: impl FnOnce(&mut dyn Write) -> std::io::Result<()>,
) -> Result<PathBuf, ReportError> {
    let (path, part) = (folder.join(name), folder.join(format!("{name}.part")));
    let mut file = BufWriter::with_capacity(1 << 20, private_file(&part).map_err(write_error(&part))?);
    let filled = fill(&mut file).and_then(|()| file.flush());
    filled.and_then(|()| std::fs::rename(&part, &path)).map_err(write_error(&path))?;
    Ok(path)
}

/// Writes `report.json` and `report.html` beside a finished `quarantine.csv`.
pub fn write(folder: &Path, outcome: &RunOutcome, quarantine: &QuarantineFile) -> Result<Vec<PathBuf>, ReportError> {
    let json = serde_json::to_vec_pretty(outcome)?;
    let page = html(outcome, quarantine.first(), quarantine.count())?;
    let mut written = Vec::new();
    for (name, bytes) in [("report.json", json.as_slice()), ("report.html", page.as_bytes())] {
        let path = whole_file(folder, name, |file| {
            file.write_all(bytes)?;
            file.write_all(b"\n")
        })?;
        written.push(path);
    }
    Ok(written)
}
