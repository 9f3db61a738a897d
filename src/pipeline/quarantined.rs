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
        {
            let number = row.row.to_string();
            let cells = [&row.file, &number, row.key.reveal(), &row.column, row.reason_code, &row.reason];
            if let Err(error) = writer.write_record(cells) {
                *frame = Err(std::io::Error::other(error));
            }
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
        assert_eq!(read_quarantined(&keeps.finish().expect("a frame")).expect("rows"), [row]);
    }
}
