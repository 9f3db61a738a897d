//! quarantine.csv: one line for each quarantined record, written as the run goes on.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use super::{ReportError, private_file, write_error};
use crate::pipeline::QuarantinedRow;

/// How many lines are also kept for the page.
const FIRST_ROWS: usize = 200;

/// The file being written; it takes the place of an earlier run's when the run has come to its end.
pub struct QuarantineFile {
    path: PathBuf,
    unfinished: tempfile::TempPath,
    writer: csv::Writer<std::fs::File>,
    first: Vec<QuarantinedRow>,
    count: u64,
    failed: Option<csv::Error>,
}

impl QuarantineFile {
    pub fn create(folder: &Path) -> Result<Self, ReportError> {
        let path = folder.join("quarantine.csv");
        let unfinished = tempfile::TempPath::try_from_path(folder.join("quarantine.csv.unfinished"));
        let unfinished = unfinished.map_err(write_error(&path))?;
        let file = private_file(&unfinished).map_err(write_error(&path))?;
        let mut writer = csv::Writer::from_writer(file);
        let failed = writer.write_record(["file", "row", "key", "column", "reason_code", "reason"]).err();
        Ok(Self { path, unfinished, writer, first: Vec::new(), count: 0, failed })
    }

    pub fn add(&mut self, row: QuarantinedRow) {
        self.count += 1;
        let number = row.row.to_string();
        let cells = [&row.file, &number, &row.key, &row.column, row.reason_code, &row.reason];
        let result = self.writer.write_record(cells.map(|cell| safe_cell(cell).into_owned()));
        self.failed = self.failed.take().or(result.err());
        if self.first.len() < FIRST_ROWS {
            self.first.push(row);
        }
    }

    /// Ends the file; a failure of any line before comes out here.
    pub fn finish(&mut self) -> Result<(), ReportError> {
        let written = self.failed.take().map(std::io::Error::other).or(self.writer.flush().err());
        let failed = written.or_else(|| std::fs::rename(&self.unfinished, &self.path).err());
        failed.map_or(Ok(()), |source| Err(write_error(&self.path)(source)))
    }

    pub fn first(&self) -> &[QuarantinedRow] {
        &self.first
    }

    pub fn count(&self) -> u64 {
        self.count
    }
}

/// A cell that no spreadsheet takes for a formula (OWASP, CSV injection).
pub fn safe_cell(text: &str) -> Cow<'_, str> {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_formula_is_text() {
        assert_eq!(safe_cell("=cmd|' /C calc'!A0"), "'=cmd|' /C calc'!A0");
        assert_eq!(safe_cell("Smith"), "Smith");
    }
}
