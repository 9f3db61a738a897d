//! Orphans whose patient has arrived: records of earlier runs that wait in quarantine load by themselves, also where this
//! run's source does not hold them any more.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::decide::Decisions;
use super::load::{StreamAccount, add};
use super::outcome::IssueCounts;
use super::plan::{Plan, PlannedFile, PlannedStream, StreamKind};
use super::prepare::{Crosswalk, Shared, prepare};
use super::{Listener, PipelineError};
use crate::extract::{Header, RecordBatch};
use crate::model::PartialDate;
use crate::normalize::{Context, Evidence, RowPlan};
use crate::store::payload::KeptRecord;
use crate::store::{KnownRecord, Orphan, SqliteStore};

/// Tries every waiting record that this run did not read. Gives the books of those that loaded, by stream.
pub fn replay(
    store: &mut SqliteStore,
    plan: &Plan,
    run: i64,
    as_of: PartialDate,
    crosswalk: &Crosswalk,
    read_in_this_run: &HashSet<i64>,
    listener: &dyn Listener,
) -> Result<BTreeMap<String, StreamAccount>, PipelineError> {
    let mut accounts = BTreeMap::new();
    let mut frame: (i64, Vec<KeptRecord>) = (0, Vec::new());
    let people = HashMap::new();
    // What this run replayed before it was cut off is counted again, and not written.
    let done = store
        .replayed(run)?
        .into_iter()
        .map(|orphan| (Orphan { record: KnownRecord { charted: false, ..orphan.record }, ..orphan }, true));
    let waiting = store.orphans(&plan.system)?.into_iter().map(|orphan| (orphan, false));
    for (orphan, is_done) in done.chain(waiting).collect::<Vec<_>>() {
        // What this run itself put into quarantine was judged by the same crosswalk.
        let judged = !is_done && orphan.record.run == run;
        if judged || read_in_this_run.contains(&orphan.record.id) {
            continue;
        }
        if listener.interrupted() {
            return Err(PipelineError::Interrupted);
        }
        let Some((stream, file)) = planned(plan, &orphan) else { continue };
        if frame.0 != orphan.payload {
            frame = (orphan.payload, store.frame(orphan.payload)?);
        }
        let Some(kept) = frame.1.get(orphan.payload_index as usize) else { continue };
        let batch = RecordBatch::of_raw(&kept.raw, kept.row, kept.offset_bytes, file.header.delimiter);
        let stream_id = store.stream_id(&plan.system, &orphan.stream)?;
        let evidence = store.column_evidence(stream_id)?;
        let order = |name: &String| {
            let (day_first, month_first) = evidence.get(name).copied()?;
            Evidence { day_first, month_first }.order()
        };
        let shared = Shared {
            plan,
            stream: &stream,
            file: &file,
            mixed_encoding: false,
            file_sha256: "",
            file_id: orphan.file,
            stream_id,
            context: Context { as_of, column_order: file.header.columns.iter().map(order).collect() },
            decisions: &Decisions::retry(orphan.record),
            crosswalk,
            people: &people,
            directory: &HashSet::new(),
        };
        let mut prepared = prepare(&shared, &batch, 0)?;
        if prepared.totals.loaded == 0 {
            continue;
        }
        prepared.batch.checkpoint = None;
        if !is_done {
            store.write(run, &prepared.batch)?;
        }
        let account: &mut StreamAccount = accounts.entry(orphan.stream.clone()).or_default();
        add(&prepared.totals, &mut account.totals);
        let mut issues = IssueCounts::default();
        issues.merge(prepared.issues);
        let name = |column: u32| file.header.columns.get(column as usize).cloned().unwrap_or_default();
        for outcome in issues.outcomes(&format!("{}:replayed", orphan.stream), name) {
            super::load::merge_issue(outcome, &mut account.issues);
        }
        account.consumed.extend(prepared.consumed);
    }
    Ok(accounts)
}

/// The stream and file a kept record came from, as this run's pack sees them; none where the pack has no such stream any more.
fn planned(plan: &Plan, orphan: &Orphan) -> Option<(PlannedStream, PlannedFile)> {
    let stream = Arc::new(plan.pack.stream(&orphan.stream)?.clone());
    let header: serde_json::Value = serde_json::from_str(&orphan.header).ok()?;
    let columns: Vec<String> = serde_json::from_value(header["columns"].clone()).ok()?;
    let delimiter = *header["delimiter"].as_str()?.as_bytes().first()?;
    let fallback = encoding_rs::Encoding::for_label(header["fallback"].as_str()?.as_bytes())?;
    let row_plan = RowPlan::bind(&stream, &plan.system, &columns).ok()?;
    let header = Header { columns, delimiter, fallback, reading: "UTF-8" };
    let file = PlannedFile { file: 0, path: orphan.path.clone(), header, plan: row_plan };
    Some((PlannedStream { name: orphan.stream.clone(), stream, kind: StreamKind::Chart, files: Vec::new() }, file))
}
