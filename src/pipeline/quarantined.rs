//! The quarantined records of a run, kept with it: what waits later says nothing about what waited then.

use std::fs::File;
use std::io::{Read, Seek};
use std::sync::Mutex;

use super::{Event, Listener, PipelineError, QuarantinedRow};
use crate::model::{IssueCode, Phi};

type Frame = csv::Writer<zstd::stream::write::Encoder<'static, File>>;

/// Passes everything on, and keeps the quarantined rows in a compressed file without a name.
pub(super) struct KeepsQuarantine<'a> {
    listener: &'a dyn Listener,
    frame: Mutex<Result<Frame, std::io::Error>>,
}

impl<'a> KeepsQuarantine<'a> {
    pub fn new(listener: &'a dyn Listener) -> Result<Self, PipelineError> {
        let encoder = tempfile::tempfile().and_then(|file| zstd::stream::write::Encoder::new(file, 3));
        let mut encoder = encoder.map_err(PipelineError::Temporary)?;
        encoder.include_checksum(true).map_err(PipelineError::Temporary)?;
        Ok(Self { listener, frame: Mutex::new(Ok(csv::Writer::from_writer(encoder))) })
    }

    /// All rows, as one zstd frame of CSV without a header.
    pub fn finish(self) -> Result<Vec<u8>, PipelineError> {
        let frame = self.frame.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        let frame = frame.map_err(PipelineError::Temporary)?;
        let encoder = frame.into_inner().map_err(|error| PipelineError::Temporary(error.into_error()))?;
        let mut file = encoder.finish().map_err(PipelineError::Temporary)?;
        let mut bytes = Vec::new();
        file.rewind().and_then(|()| file.read_to_end(&mut bytes)).map_err(PipelineError::Temporary)?;
        Ok(bytes)
    }
}

impl Listener for KeepsQuarantine<'_> {
    fn event(&self, event: Event<'_>) {
        if let Event::Quarantined(row) = &event
            && let Ok(mut frame) = self.frame.lock()
            && let Ok(writer) = &mut *frame
            && let Err(error) = writer.write_record(cells_of(row, &row.row.to_string()))
        {
            *frame = Err(std::io::Error::other(error));
        }
        self.listener.event(event);
    }

    fn interrupted(&self) -> bool {
        self.listener.interrupted()
    }
}

/// Reads such a frame again.
pub fn read_quarantined(frame: &[u8]) -> std::io::Result<Vec<QuarantinedRow>> {
    let mut plain = Vec::new();
    zstd::stream::copy_decode(frame, &mut plain)?;
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(plain.as_slice());
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(std::io::Error::other)?;
        let cell = |index: usize| record.get(index).unwrap_or_default().to_owned();
        rows.push(QuarantinedRow {
            file: cell(0),
            row: cell(1).parse().unwrap_or_default(),
            key: Phi::new(cell(2)),
            column: cell(3),
            reason_code: IssueCode::parse(&cell(4)).map_or("", IssueCode::as_str),
            reason: cell(5),
        });
    }
    Ok(rows)
}

/// Such a frame without some of its rows.
pub(super) fn quarantined_without(frame: &[u8], goes: impl Fn(&QuarantinedRow) -> bool) -> std::io::Result<Vec<u8>> {
    let rows = read_quarantined(frame)?;
    if !rows.iter().any(&goes) {
        return Ok(frame.to_vec());
    }
    let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 3)?;
    encoder.include_checksum(true)?;
    let mut writer = csv::Writer::from_writer(encoder);
    for row in rows.iter().filter(|row| !goes(row)) {
        writer.write_record(cells_of(row, &row.row.to_string()))?;
    }
    writer.into_inner().map_err(csv::IntoInnerError::into_error)?.finish()
}

fn cells_of<'a>(row: &'a QuarantinedRow, number: &'a str) -> [&'a str; 6] {
    [&row.file, number, row.key.reveal(), &row.column, row.reason_code, &row.reason]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::NoListener;

    #[test]
    fn what_is_kept_comes_back() {
        let keeps = KeepsQuarantine::new(&NoListener).expect("room for a file");
        let row = QuarantinedRow {
            file: "a,b.csv".into(),
            row: 17,
            key: Phi::new("=1\"\n2".into()),
            column: "ID".into(),
            reason_code: "orphan",
            reason: "its patient is not there".into(),
        };
        keeps.event(Event::Quarantined(row.clone()));
        let other = QuarantinedRow { row: 18, ..row.clone() };
        keeps.event(Event::Quarantined(other.clone()));
        let frame = keeps.finish().expect("a frame");
        assert_eq!(read_quarantined(&frame).expect("rows"), [row, other.clone()]);
        let without = quarantined_without(&frame, |row| row.row == 17).expect("a frame");
        assert_eq!(read_quarantined(&without).expect("rows"), [other]);
    }
}
