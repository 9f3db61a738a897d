//! What the store remembers of a stream: the mapping its records were charted with, the columns its files had, what their dates
//! proved about day and month.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::PipelineError;
use super::decide::Mapped;
use super::drift::Layout;
use super::plan::{Plan, PlannedStream, StreamKind};
use super::survey::{StreamSurvey, hex};
use crate::connector::{DateOrder, Mapping};
use crate::extract::TREES;
use crate::model::{PartialDate, RecordType};
use crate::normalize::{self, Context, Evidence, resolve_column};
use crate::store::{DateFlags, EhrStore, StreamId, StreamMapping};

/// What the store remembers of a stream, and what is to be remembered after this run.
pub struct Memory {
    pub id: StreamId,
    pub mapped: Mapped,
    /// Every kind of chart row that the stream makes or made.
    pub kinds: Vec<(RecordType, Option<String>)>,
    /// Per file.
    pub contexts: Vec<Context>,
    hash: String,
    before: StreamMapping,
    /// What this run's dates add to the evidence, by column.
    evidence: Vec<(String, DateFlags)>,
}

impl Memory {
    /// None where nothing is to be noted: records that the source does not hold any more keep their earlier mapping, and are
    /// compared again when they come back.
    pub fn afterwards(&self, unseen: u64) -> Option<StreamMapping> {
        let ever = self.kinds.iter().map(|(record, name)| (record.name().to_owned(), name.clone())).collect();
        let all = self.mapped == Mapped::AsNow || unseen == 0;
        let hash = if all { self.hash.clone() } else { self.before.hash.clone() };
        let after = StreamMapping { hash, ever };
        (after != self.before).then_some(after)
    }

    /// What else decides what the records of the stream become.
    pub fn depends_on(&mut self, what: &str) {
        self.hash.push_str(what);
        let is_as_now = self.before.hash == self.hash || self.before.hash.is_empty();
        self.mapped = if is_as_now { Mapped::AsNow } else { Mapped::Otherwise };
    }

    pub fn keep_evidence(&self, store: &mut EhrStore) -> Result<(), PipelineError> {
        for (column, flags) in &self.evidence {
            store.put_column_evidence(self.id, column, *flags)?;
        }
        Ok(())
    }
}

/// Every kind of chart row that a stream makes or made. The first ones are those of its mappings today, in their order.
pub fn kinds(stream: &PlannedStream, before: &StreamMapping) -> Vec<(RecordType, Option<String>)> {
    let name = |(index, mapping): (usize, &Arc<Mapping>)| (mapping.record, (index > 0).then(|| mapping.name.clone()));
    let mut kinds: Vec<(RecordType, Option<String>)> = stream.stream.mappings().iter().enumerate().map(name).collect();
    let ever = before.ever.iter().filter_map(|(record, name)| Some((RecordType::parse(record)?, name.clone())));
    for kind in ever {
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    kinds
}

/// Looks up every stream of a run. Writes nothing but the streams' numbers.
pub fn memories(
    store: &mut EhrStore,
    plan: &Plan,
    surveys: &[StreamSurvey],
    as_of: PartialDate,
) -> Result<Vec<Memory>, PipelineError> {
    let mut memories = Vec::new();
    for (stream, survey) in plan.streams.iter().zip(surveys) {
        let id = store.stream_id(&plan.system, &stream.name)?;
        refuse_lost_columns(store, plan, stream, id)?;
        let before = store.stream_mapping(id)?;
        let known = store.column_evidence(id)?;
        let (orders, evidence) = orders(stream, survey, known);
        let contexts = stream.files.iter().map(|file| {
            let order = |name: &String| orders.get(name).copied().flatten();
            let column_order = file.header.columns.iter().map(order).collect();
            Context { as_of, column_order, held: file.held, terminology: plan.terminology.clone() }
        });
        let contexts = contexts.collect();
        let hash = match stream.kind {
            StreamKind::Unclaimed => String::new(),
            _ => {
                format!("{}-{}{}{}", normalize::VERSION, stream.stream.mapping_hash, text_of(&orders), tables_of(plan))
            }
        };
        let mapped = if before.hash == hash || before.hash.is_empty() { Mapped::AsNow } else { Mapped::Otherwise };
        let kinds = kinds(stream, &before);
        memories.push(Memory { id, mapped, hash, before, kinds, contexts, evidence });
    }
    Ok(memories)
}

/// Part of what records are mapped with: what the site's tables of code systems say.
pub fn tables_of(plan: &Plan) -> String {
    plan.terminology.as_ref().map(|tables| format!("-terms:{}", hex(&tables.fingerprint().0))).unwrap_or_default()
}

/// By column; none where nothing is proven.
type Orders = BTreeMap<String, Option<DateOrder>>;

/// The order of day and month in each column that decides it by itself, and what is new about them.
fn orders(
    stream: &PlannedStream,
    survey: &StreamSurvey,
    known: BTreeMap<String, DateFlags>,
) -> (Orders, Vec<(String, DateFlags)>) {
    let evidence = |(day_first, month_first): DateFlags| Evidence { day_first, month_first };
    let mut proven: BTreeMap<String, Evidence> =
        known.into_iter().map(|(column, flags)| (column, evidence(flags))).collect();
    let mut new = Vec::new();
    for (column, found) in &survey.evidence {
        let known = proven.entry(column.clone()).or_default();
        let before = *known;
        known.add(*found);
        if *known != before {
            new.push((column.clone(), (known.day_first, known.month_first)));
        }
    }
    let names = stream.files.iter().flat_map(|file| {
        file.plan.evidence_columns.iter().filter_map(|column| file.header.columns.get(*column)).cloned()
    });
    for name in names {
        proven.entry(name).or_default();
    }
    (proven.into_iter().map(|(column, evidence)| (column, evidence.order())).collect(), new)
}

/// Part of what records are mapped with: a column whose order is found out later is read anew.
fn text_of(orders: &Orders) -> String {
    let proven = orders.iter().filter_map(|(column, order)| Some((column, (*order)?)));
    proven.map(|(column, order)| format!("-{column}:{order:?}")).collect()
}

/// A column that a file had and has no more would blank what it filled in every chart, though the pack can do without it.
fn refuse_lost_columns(
    store: &mut EhrStore,
    plan: &Plan,
    stream: &PlannedStream,
    id: StreamId,
) -> Result<(), PipelineError> {
    // Trees have the paths that their values have: none is a column that could be gone.
    for file in stream.files.iter().filter(|file| file.header.reading != TREES) {
        let noted = store.earlier_headers(id, Some(&file.path))?;
        let Some(earlier) = noted.first().and_then(|note| Layout::of_note(note)) else { continue };
        let earlier = earlier.columns;
        let has = |columns: &[String], name: &str| resolve_column(&stream.stream, columns, name).is_some();
        // Of several columns of which the first that has a value is taken, one is enough: layouts change.
        for names in stream.stream.mappings().iter().flat_map(|mapping| alternatives(mapping)) {
            let is_lasting = |name: &str| !plan.tree.files[file.file].has_column_as_met(name);
            let before = names.iter().find(|name| has(&earlier, name) && is_lasting(name));
            if let Some(column) = before.filter(|_| !names.iter().any(|name| has(&file.header.columns, name))) {
                let (file, column) = (file.path.clone(), (*column).to_owned());
                return Err(PipelineError::ColumnLost { file, column });
            }
        }
    }
    Ok(())
}

/// The columns that a mapping reads; those that stand in for one another together.
fn alternatives(mapping: &Mapping) -> Vec<Vec<&str>> {
    let mut all: Vec<Vec<&str>> = mapping.when.iter().map(|guard| vec![guard.condition.column()]).collect();
    for field in &mapping.fields {
        let from: Vec<&str> = field.from.iter().map(String::as_str).collect();
        all.extend(field.columns().filter(|name| !from.contains(name)).map(|name| vec![name]));
        all.push(from);
    }
    all
}
