//! Reads the tables of code systems that a site brings.

use std::path::Path;

use super::PipelineError;
use crate::normalize::SiteTables;

/// The tables of a folder: each `.csv` in it, by name.
pub fn site_tables(folder: &Path) -> Result<SiteTables, PipelineError> {
    let unreadable = |path: &Path| {
        let path = path.display().to_string();
        move |source| PipelineError::TablesUnreadable { path, source }
    };
    let mut tables = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable(folder))? {
        let path = entry.map_err(unreadable(folder))?.path();
        let is_table = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("csv")) && path.is_file();
        if let Some(name) = path.file_stem().filter(|_| is_table) {
            tables.push((name.to_string_lossy().into_owned(), std::fs::read(&path).map_err(unreadable(&path))?));
        }
    }
    if tables.is_empty() {
        return Err(PipelineError::NoTables { path: folder.display().to_string() });
    }
    SiteTables::read(&mut tables).map_err(|error| PipelineError::TableWrong {
        file: folder.join(error.file).display().to_string(),
        line: error.line,
        why: error.message,
    })
}
