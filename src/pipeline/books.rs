//! Closing the books of a run: every count again from both ends, and the outcome that the report shows.

use super::PipelineError;
use super::load::{StreamAccount, merge_issue};
use super::loading::{Loaded, Within};
use super::outcome::{
    ColumnOutcome, DigestOutcome, IssueOutcome, PairOutcome, PatientsOutcome, RunFacts, RunOutcome, StreamOutcome,
};
use super::plan::{OTHER_FILES, Plan};
use crate::connector::StreamUse;
use crate::model::Fate;
use crate::reconcile;
use crate::store::{EhrStore, LedgerCount, OpenReview, RunStart, StreamMemory};

/// Counts again from both ends and puts the run's books together.
pub(super) fn close_books(
    store: &mut EhrStore,
    plans: &[Plan],
    (run, within): (&RunStart, Within),
    facts: RunFacts,
    loaded: Vec<Loaded>,
) -> Result<(RunOutcome, Vec<StreamMemory>), PipelineError> {
    let mut streams = Vec::new();
    let mut issues: Vec<IssueOutcome> = Vec::new();
    let mut checks = Vec::new();
    let mut memories = Vec::new();
    for (plan, Loaded { accounts, kept }) in plans.iter().zip(loaded) {
        let named = |issue: &IssueOutcome| IssueOutcome { stream: plan.named(&issue.stream), ..issue.clone() };
        for (stream, account) in plan.streams.iter().zip(accounts) {
            memories.push(account.memory);
            checks.push(reconcile::SourceCheck {
                stream: plan.named(&stream.name),
                surveyed_records: account.surveyed_records,
                surveyed_cells: account.surveyed_cells,
                booked_records: account.books.totals.read,
                booked_cells: account.books.totals.cells.non_empty,
            });
            account.books.issues.iter().map(named).for_each(|issue| merge_issue(issue, &mut issues));
            let files = stream.files.iter().map(|file| file.path.clone()).collect();
            let reason = match &stream.stream.use_ {
                StreamUse::Archive(reason) => Some(reason.clone()),
                StreamUse::Chart(_) => None,
            };
            let name = plan.named(&stream.name);
            streams.push(stream_outcome(&name, files, reason, &stream.stream.ignore, account.books));
        }
        for (name, account) in kept.replayed {
            account.issues.iter().map(named).for_each(|issue| merge_issue(issue, &mut issues));
            let name = plan.named(&format!("{name}:replayed"));
            streams.push(stream_outcome(&name, Vec::new(), None, &[], account));
        }
        if kept.books.totals.read > 0 {
            let reason = Some("no table and no document; the bytes are kept".to_owned());
            streams.push(stream_outcome(&plan.named(OTHER_FILES), kept.files, reason, &[], kept.books));
        }
    }
    issues.sort_by(|a, b| (&a.stream, &a.code, &a.column).cmp(&(&b.stream, &b.code, &b.column)));
    // Other runs may write meanwhile: what is counted is what this one added.
    let chart: Vec<reconcile::TableCheck> = store
        .chart_counts_of(run.id)?
        .iter()
        .map(|(table, added)| reconcile::TableCheck {
            table: (*table).to_owned(),
            added: *added,
            booked: streams
                .iter()
                .map(|s: &StreamOutcome| s.totals.chart.get(*table).copied().unwrap_or_default())
                .sum(),
        })
        .collect();
    // Records that were changed, recalled or archived may make chart rows and take some away.
    let (changed, changed_again) = store.changed_records(run.id)?;
    let rows_may_go = changed > 0;
    // Where a run wrote nothing there is nothing to count again.
    let (count, chart_rows) = match store.has_written(run.id)? {
        true => (store.count_ledger(run.id)?, store.charted_rows()?),
        false => (LedgerCount { numbers: within, ..Default::default() }, 0),
    };
    let numbers = if count.numbers.is_empty() { store.record_numbers()? } else { count.numbers.clone() };
    let is_files =
        |(system, stream): &(String, String)| stream == OTHER_FILES && plans.iter().any(|plan| plan.system == *system);
    let files = store.streams()?.into_iter().filter(|(_, names)| is_files(names)).map(|(id, _)| id);
    memories.extend(files.map(|stream| StreamMemory { stream, records: (1, 0), found: None }));
    for memory in &mut memories {
        memory.records = numbers.get(&memory.stream).copied().unwrap_or((1, 0));
    }
    let ledger = reconcile::LedgerCheck {
        added: count.new_records,
        // What a cut-off run wrote and found changed when it went on was read twice.
        most: streams.iter().map(|s| s.totals.read).sum::<u64>() + changed_again,
        charted: count.charted,
        chart_rows,
    };
    let mut discrepancies = reconcile::discrepancies(&checks, &chart, &ledger, rows_may_go);
    discrepancies.extend(reconcile::fate_discrepancies(&fate_checks(&count, plans, &streams)));
    let counts = store.people_counts()?;
    let balanced = discrepancies.is_empty() && streams.iter().all(|stream| stream.balanced);
    let outcome = RunOutcome {
        format: 1,
        run: facts,
        balanced,
        patients: PatientsOutcome {
            identities: counts.identities,
            patients: counts.patients,
            linked: counts.identities.saturating_sub(counts.patients),
            review: counts.reviews,
            moved: store.moves_of(run.id, None)?.1,
            pairs: pairs_to_judge(store)?,
        },
        matching: store.matching(run.id)?.and_then(|text| serde_json::from_str(&text).ok()),
        issues,
        digest: DigestOutcome { before: run.digest_before.to_string(), after: store.digest()?.to_string() },
        discrepancies,
        streams,
    };
    Ok((outcome, memories))
}

/// How many pairs a report names; `review` counts them all.
const MOST_PAIRS: usize = 200;

fn pairs_to_judge(store: &mut EhrStore) -> Result<Vec<PairOutcome>, PipelineError> {
    let rounded = |number: f64| (number * 10_000.0).round() / 10_000.0;
    let pair = |row: OpenReview| PairOutcome {
        left: (row.left_system, row.left_key),
        right: (row.right_system, row.right_key),
        match_weight: rounded(row.weight),
        match_probability: rounded(row.probability),
        reason: row.reason.unwrap_or_default(),
        evidence: serde_json::from_str(&row.evidence).unwrap_or_default(),
    };
    Ok(store.open_reviews(MOST_PAIRS)?.into_iter().map(pair).collect())
}

/// What was loaded, updated or linked in this run, counted again in the ledger.
fn fate_checks(count: &LedgerCount, plans: &[Plan], streams: &[StreamOutcome]) -> Vec<reconcile::FateCheck> {
    let mut checks = Vec::new();
    for (plan, stream) in plans.iter().flat_map(|plan| plan.pack.streams.iter().map(move |stream| (plan, stream))) {
        let name = plan.named(&stream.name);
        let replayed = format!("{name}:replayed");
        for fate in [Fate::Loaded, Fate::Updated, Fate::Linked] {
            let of = streams.iter().filter(|s| s.stream == name || s.stream == replayed);
            let key = (plan.system.clone(), stream.name.clone(), fate.to_string());
            checks.push(reconcile::FateCheck {
                stream: name.clone(),
                fate: fate.to_string(),
                booked: of.map(|s| s.totals.fate(fate)).sum(),
                stored: count.fates.get(&key).copied().unwrap_or_default(),
            });
        }
    }
    checks
}

fn stream_outcome(
    name: &str,
    files: Vec<String>,
    archive_reason: Option<String>,
    ignore: &[(String, String)],
    books: StreamAccount,
) -> StreamOutcome {
    let columns = books
        .column_order
        .iter()
        .map(|column| ColumnOutcome {
            column: column.clone(),
            ignored_because: ignore
                .iter()
                .find(|(name, _)| name.eq_ignore_ascii_case(column))
                .map(|(_, reason)| reason.clone()),
            cells: books.columns.get(column).cloned().unwrap_or_default(),
        })
        .collect();
    let balanced = books.totals.balanced();
    StreamOutcome { stream: name.to_owned(), archive_reason, files, totals: books.totals, balanced, columns }
}
