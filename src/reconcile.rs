//! Do the books agree with what was counted elsewhere? Pure arithmetic over numbers that different code counted: the first
//! pass over the source, the load, and the store's own tables.

/// A stream as the first pass counted it and as the load booked it.
#[derive(Clone, Debug)]
pub struct SourceCheck {
    pub stream: String,
    pub surveyed_records: u64,
    pub surveyed_cells: u64,
    pub booked_records: u64,
    pub booked_cells: u64,
}

/// The rows that a chart table has more than before a run, and the new rows that the books say.
#[derive(Clone, Debug)]
pub struct TableCheck {
    pub table: String,
    pub added: i64,
    pub booked: u64,
}

/// The ledger's new rows, and how many there may be.
#[derive(Clone, Debug)]
pub struct LedgerCheck {
    pub added: u64,
    /// No record makes two rows.
    pub most: u64,
    /// Chart rows and registrations that all of the ledger's records say they have.
    pub charted: u64,
    /// Chart rows other than patients, and registrations, in the store.
    pub chart_rows: u64,
}

/// One fate of one stream, as booked and as the ledger has it for this run.
#[derive(Clone, Debug)]
pub struct FateCheck {
    pub stream: String,
    pub fate: String,
    pub booked: u64,
    pub stored: u64,
}

/// Fates that the ledger has in another number than the books.
pub fn fate_discrepancies(checks: &[FateCheck]) -> Vec<String> {
    let differs = checks.iter().filter(|check| check.booked != check.stored);
    let text = |check: &FateCheck| {
        format!("stream {}: {} {} by the books, {} in the ledger", check.stream, check.booked, check.fate, check.stored)
    };
    differs.map(text).collect()
}

/// Every difference in words. `rows_may_go`: records changed in this run, which may add and remove chart rows beyond the new
/// ones; then the sum over all tables tells.
pub fn discrepancies(
    sources: &[SourceCheck],
    tables: &[TableCheck],
    ledger: &LedgerCheck,
    rows_may_go: bool,
) -> Vec<String> {
    let mut found = Vec::new();
    for check in sources {
        if check.surveyed_records != check.booked_records {
            found.push(format!(
                "stream {}: the source has {} records, the books have {}",
                check.stream, check.surveyed_records, check.booked_records
            ));
        }
        if check.surveyed_cells != check.booked_cells {
            found.push(format!(
                "stream {}: the source has {} values, the books have {}",
                check.stream, check.surveyed_cells, check.booked_cells
            ));
        }
    }
    for check in tables.iter().filter(|_| !rows_may_go) {
        if check.booked as i64 != check.added {
            found.push(format!(
                "table {}: {} new rows by the books, {} in the store",
                check.table, check.booked, check.added
            ));
        }
    }
    if ledger.added > ledger.most {
        found.push(format!("the ledger has {} new rows; the run read {}", ledger.added, ledger.most));
    }
    if ledger.charted != ledger.chart_rows {
        found.push(format!(
            "the ledger's records have {} chart rows and registrations, the store has {}",
            ledger.charted, ledger.chart_rows
        ));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_agrees_is_silent_and_each_difference_is_named() {
        let source = SourceCheck {
            stream: "labs".into(),
            surveyed_records: 3,
            surveyed_cells: 9,
            booked_records: 3,
            booked_cells: 9,
        };
        let table = TableCheck { table: "observation".into(), added: 3, booked: 3 };
        let ledger = LedgerCheck { added: 3, most: 3, charted: 3, chart_rows: 3 };
        assert!(discrepancies(std::slice::from_ref(&source), std::slice::from_ref(&table), &ledger, false).is_empty());
        let lost = SourceCheck { booked_records: 2, booked_cells: 6, ..source };
        let short = TableCheck { added: 2, ..table };
        let doubled = LedgerCheck { added: 4, chart_rows: 4, ..ledger };
        let found = discrepancies(&[lost], std::slice::from_ref(&short), &doubled, false);
        assert_eq!(found.len(), 5, "{found:?}");
        assert!(
            discrepancies(&[], &[short], &LedgerCheck { added: 0, most: 0, charted: 0, chart_rows: 0 }, true)
                .is_empty()
        );
    }
}
