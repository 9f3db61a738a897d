//! Records that cannot be loaded: kept whole, with where they stood and why, and with the files they name.

use super::super::PipelineError;
use super::super::events::QuarantinedRow;
use super::{Class, Known, Work, key_text};
use crate::extract::Flaw;
use crate::model::{Disposition, Fate, Issue, IssueCode, Phi};
use crate::store::QuarantineWrite;

impl Work<'_> {
    /// Quarantines a record that is new, changed, or waited there before.
    pub(super) fn reject(&mut self, known: &Known<'_>, issue: &Issue) -> Result<(), PipelineError> {
        let before = known.detail.known;
        let charted = before.map_or(0, |before| before.charted);
        // What was filed under a key when that named one person may be another's: it leaves the chart.
        let stays = if known.class == Class::Recall { 0 } else { charted };
        let waits_already = known.class == Class::Retry
            && before.is_some_and(|before| before.reason == Some(issue.code) && before.charted == stays);
        if stays < charted {
            self.add_former(known);
        }
        self.quarantine(known, issue, !waits_already, stays)
    }

    /// `charted`: how much of it the chart goes on showing, in an earlier state.
    pub(super) fn quarantine(
        &mut self,
        known: &Known<'_>,
        issue: &Issue,
        write: bool,
        charted: u16,
    ) -> Result<(), PipelineError> {
        self.close(known, Fate::Quarantined, Disposition::Quarantined);
        // Cells beyond the header have no column but are cells of the record all the same.
        let (file, row, key) =
            (self.shared.file.path.clone(), known.record.row(), key_text(&self.shared.file.plan, &known.row));
        self.out.issues.add_of(issue.code, issue.column, row, known.cell(issue.column));
        if charted > 0 {
            self.out.issues.add(IssueCode::ChartOutdated, issue.column, row);
        }
        let column = issue.column.and_then(|column| self.shared.file.header.columns.get(column as usize)).cloned();
        let reason = reason_text(known, issue.code, self.shared.file.header.columns.len());
        self.out.quarantined.push(QuarantinedRow {
            file: file.clone(),
            row,
            key: Phi::new(key.clone()),
            column: column.clone().unwrap_or_default(),
            reason_code: issue.code.as_str(),
            reason: reason.clone(),
        });
        if !write {
            self.note_documents(known);
            return Ok(());
        }
        self.keep_documents(known)?;
        self.out.batch.quarantine.push(QuarantineWrite {
            record: self.out.batch.records.len(),
            file,
            row,
            offset_bytes: known.record.offset_bytes(),
            key,
            column,
            reason_code: issue.code,
            reason,
        });
        self.write_record(known, Fate::Quarantined, Some(issue.code), charted);
        if let Some(conflict) = known.detail.clears {
            self.write(known, Some(conflict), Fate::Duplicate, None, 0);
        }
        Ok(())
    }
}

fn reason_text(known: &Known<'_>, code: IssueCode, columns: usize) -> String {
    match code {
        IssueCode::RowRagged => format!("the row has {} cells, the header has {columns}", known.record.len()),
        IssueCode::QuoteUnbalanced if known.record.flaw() == Some(Flaw::StrayQuote) => {
            let lines = memchr::memchr2_iter(b'\n', b'\r', known.record.raw()).count();
            format!(
                "a quote opened in this row (byte {}) takes in {lines} more lines that look like rows of their own; close or double it at the source",
                known.record.offset_bytes()
            )
        }
        IssueCode::QuoteUnbalanced => {
            let lines = memchr::memchr_iter(b'\n', known.record.raw()).count();
            let at = known.record.offset_bytes();
            format!(
                "a quote opened in this row (byte {at}) is never closed and takes in {lines} more lines, to the end of the file; close or double it at the source"
            )
        }
        code => code.meaning().to_owned(),
    }
}
