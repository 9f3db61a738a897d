//! quarantine.csv: one line for each quarantined record, written as the run goes on.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use super::{ReportError, make_folder, private_file, write_error};
use crate::pipeline::QuarantinedRow;

/// How many lines are also kept for the page.
const FIRST_ROWS: usize = 200;

const NAME: &str = "quarantine.csv";
/// Its name until it is whole: the report of an earlier run is not spoilt by one that fails.
const PART: &str = "quarantine.csv.part";

/// The file of a run. It is made with its first line, or when the run ends: a run that cannot begin leaves nothing behind.
pub struct QuarantineFile {
    folder: PathBuf,
    writer: Option<csv::Writer<std::fs::File>>,
    first: Vec<QuarantinedRow>,
    count: u64,
    failed: Option<ReportError>,
}

impl QuarantineFile {
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), writer: None, first: Vec::new(), count: 0, failed: None }
    }

    pub fn add(&mut self, row: QuarantinedRow) {
        self.count += 1;
        if self.failed.is_none() {
            self.failed = self.write(&row).err();
        }
        if self.first.len() < FIRST_ROWS {
            self.first.push(row);
        }
    }

    fn write(&mut self, row: &QuarantinedRow) -> Result<(), ReportError> {
        let number = row.row.to_string();
        let cells = [&row.file, &number, row.key.reveal(), &row.column, row.reason_code, &row.reason];
        let cells = cells.map(|cell| safe_cell(cell).into_owned());
        let path = self.folder.join(NAME);
        let failed = write_error(&path);
        self.writer()?.write_record(cells).map_err(|error| failed(std::io::Error::other(error)))
    }

    fn writer(&mut self) -> Result<&mut csv::Writer<std::fs::File>, ReportError> {
        if self.writer.is_none() {
            make_folder(&self.folder)?;
            let path = self.folder.join(PART);
            let mut writer = csv::Writer::from_writer(private_file(&path).map_err(write_error(&path))?);
            let header = ["file", "row", "key", "column", "reason_code", "reason"];
            writer.write_record(header).map_err(|error| write_error(&path)(std::io::Error::other(error)))?;
            self.writer = Some(writer);
        }
        match &mut self.writer {
            Some(writer) => Ok(writer),
            None => Err(write_error(&self.folder)(std::io::Error::other("the file was just opened"))),
        }
    }

    /// Ends the file; a failure of any line before comes out here.
    pub fn finish(&mut self) -> Result<(), ReportError> {
        if let Some(failed) = self.failed.take() {
            return Err(failed);
        }
        let path = self.folder.join(NAME);
        let failed = write_error(&path);
        self.writer()?.flush().map_err(failed)?;
        std::fs::rename(self.folder.join(PART), &path).map_err(write_error(&path))
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
