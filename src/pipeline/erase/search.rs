//! Looks through what the store keeps of a source system for what is about a person: every kept record, as it is and as it was.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use rayon::prelude::*;

use super::super::PipelineError;
use super::super::erased::{Erased, Suspect};
use super::super::identify::{RowText, identify, row_text};
use super::super::plan::{OTHER_FILES, StreamKind, unclaimed_stream};
use crate::connector::{Pack, Stream, StreamUse};
use crate::extract::{Header, RecordBatch, look};
use crate::model::{ChartId, Hash128, PartHasher, PartialDate, RecordType};
use crate::normalize::{Context, RowPlan};
use crate::store::payload::KeptRecord;
use crate::store::{EhrStore, FrameFile, Slots, StoreError, StreamId};

/// What was found.
#[derive(Default)]
pub(super) struct Found {
    /// Where records about the person lie.
    pub slots: Slots,
    /// Records that a human should look at.
    pub doubtful: BTreeSet<i64>,
    /// Records that no chart shows, by number.
    pub uncharted: BTreeSet<i64>,
    /// Streams that are called after the person.
    pub streams: Vec<StreamId>,
}

pub(super) struct Search<'a> {
    pub system: &'a str,
    pub erased: &'a Erased,
    pub pack: Option<&'a Pack>,
    /// Given and family names that the person has or had, in lower case.
    pub names: &'a [(String, String)],
    /// Ids of the person's chart rows.
    pub facts: &'a HashSet<ChartId>,
    /// Files that documents of the person held.
    pub files: &'a [Hash128],
    /// Records that a human named.
    pub also: &'a [i64],
}

/// A stream as kept records of one file are read.
struct Reading {
    stream: Arc<Stream>,
    kind: StreamKind,
    plan: RowPlan,
    header: Header,
    context: Context,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    About,
    Doubtful,
    Nothing,
}

/// A frame on its way.
struct Frame {
    payload: i64,
    stream: String,
    file: FrameFile,
    records: Vec<KeptRecord>,
}

/// Frames that are judged side by side.
const FRAMES_AT_ONCE: usize = 32;

impl Search<'_> {
    /// Looks through everything; gives how many records that no chart shows are about the person, by stream.
    pub fn run(
        &self,
        store: &EhrStore,
        streams: &BTreeMap<i64, (String, String)>,
        found: &mut Found,
    ) -> Result<BTreeMap<String, u64>, PipelineError> {
        let uncharted = store.uncharted_at(self.system)?;
        let mut by_stream: BTreeMap<String, u64> = BTreeMap::new();
        let unclaimed = |name: &str| self.pack.is_none_or(|pack| pack.stream(name).is_none());
        let of_system = streams.iter().filter(|(_, (system, _))| system == self.system);
        let named = of_system.filter(|(_, (_, name))| unclaimed(name) && self.erased.is_in_name(name));
        found.streams.extend(named.map(|(id, _)| *id));
        for chunk in store.frames_of(self.system, OTHER_FILES)?.chunks(FRAMES_AT_ONCE) {
            let mut frames = Vec::new();
            for (payload, stream) in chunk {
                let (file, records) = store.frame_with_file(*payload)?;
                let stream = streams.get(stream).map(|(_, name)| name.clone()).unwrap_or_default();
                frames.push(Frame { payload: *payload, stream, file, records });
            }
            let judged: Vec<Vec<(i64, Verdict)>> =
                frames.par_iter().map(|frame| self.judge(frame, &uncharted)).collect();
            for (frame, verdicts) in frames.iter().zip(judged) {
                for (index, verdict) in verdicts {
                    let record = uncharted.get(&(frame.payload, index));
                    if verdict == Verdict::About {
                        found.slots.entry(frame.payload).or_default().insert(index);
                        *by_stream.entry(frame.stream.clone()).or_default() += u64::from(record.is_some());
                    } else {
                        found.doubtful.extend(record);
                    }
                }
            }
        }
        found.uncharted.extend(uncharted.values());
        self.kept_files(store, &mut by_stream, found)?;
        // What waits for somebody to say whose it is may be the person's: a human decides.
        store.waiting_files(self.system, &mut |record, name, bytes| {
            let looked = look(name, bytes);
            let text = looked.text.unwrap_or_else(|| String::from_utf8_lossy(bytes).into_owned());
            let is_told = self.erased.is_in_bytes(bytes) || self.is_named(&words(name)) || self.is_named(&words(&text));
            if is_told && !self.also.contains(&record) {
                found.doubtful.insert(record);
            }
            Ok(())
        })?;
        by_stream.retain(|_, records| *records > 0);
        Ok(by_stream)
    }

    fn judge(&self, frame: &Frame, uncharted: &HashMap<(i64, i64), i64>) -> Vec<(i64, Verdict)> {
        let Some(reading) = self.reading(&frame.stream, &frame.file.header) else { return Vec::new() };
        let verdicts = frame.records.iter().enumerate().filter(|(_, kept)| !kept.raw.is_empty());
        let verdicts = verdicts.map(|(index, kept)| {
            // What a chart shows of others is theirs, whatever it says.
            let asks_more = uncharted.contains_key(&(frame.payload, index as i64));
            (index as i64, self.verdict(kept, &reading, asks_more))
        });
        verdicts.filter(|(_, verdict)| *verdict != Verdict::Nothing).collect()
    }

    /// Files that are no tables: their names, and what is in them.
    fn kept_files(
        &self,
        store: &EhrStore,
        by_stream: &mut BTreeMap<String, u64>,
        found: &mut Found,
    ) -> Result<(), PipelineError> {
        for file in store.kept_files(self.system, OTHER_FILES)? {
            let mut is_about = self.also.contains(&file.record)
                || self.files.contains(&file.content)
                || self.erased.is_file(self.system, (file.key, file.content), &file.path);
            let mut is_named = self.is_named(&words(&file.path));
            let mut bytes: Vec<u8> = Vec::new();
            store.kept_file_parts(file.record, &mut |part| -> Result<(), StoreError> {
                // A word may go on in the next part.
                bytes.drain(..bytes.len().saturating_sub(256));
                bytes.extend_from_slice(part);
                is_about |= self.erased.is_in_bytes(&bytes);
                is_named = is_named || self.is_named(&words(&String::from_utf8_lossy(&bytes)));
                Ok(())
            })?;
            if is_about {
                found.slots.entry(file.place.0).or_default().insert(file.place.1);
                *by_stream.entry(OTHER_FILES.to_owned()).or_default() += 1;
            } else if is_named {
                found.doubtful.insert(file.record);
            }
        }
        Ok(())
    }

    /// How the records of a stream are read.
    fn reading(&self, name: &str, noted: &str) -> Option<Reading> {
        let header = Header::of_note(noted)?;
        let known = self.pack.and_then(|pack| pack.stream(name));
        let stream = Arc::new(known.cloned().unwrap_or_else(|| unclaimed_stream(name)));
        let plan = match &stream.use_ {
            StreamUse::Chart(_) => RowPlan::bind(&stream, self.system, &header.columns).ok(),
            StreamUse::Archive(_) => None,
        };
        let kind = match (&plan, stream.mappings().first(), known) {
            (_, _, None) => StreamKind::Unclaimed,
            (Some(_), Some(mapping), _) if mapping.record == RecordType::Patient => StreamKind::People,
            (Some(_), Some(_), _) => StreamKind::Chart,
            _ => StreamKind::Archived,
        };
        let plan = plan.unwrap_or_else(|| RowPlan::archived(&stream, self.system, &header.columns));
        let as_of = PartialDate { year: 9999, month: None, day: None };
        let context = Context { as_of, column_order: vec![None; header.columns.len()], held: false, terminology: None };
        Some(Reading { stream, kind, plan, header, context })
    }

    fn verdict(&self, kept: &KeptRecord, reading: &Reading, asks_more: bool) -> Verdict {
        let batch = RecordBatch::of_raw(&kept.raw, kept.row, kept.offset_bytes, &reading.header);
        let verdicts = batch.records().map(|record| {
            let row = row_text(record, &reading.header);
            let identified = identify(&reading.plan, &row, record.flaw(), &mut PartHasher::new());
            let suspect = Suspect {
                system: self.system,
                stream: &reading.stream,
                kind: reading.kind,
                plan: &reading.plan,
                context: &reading.context,
                row: &row,
                identified,
                flaw: record.flaw(),
            };
            match () {
                () if self.erased.is_about(&suspect) => Verdict::About,
                () if !asks_more => Verdict::Nothing,
                () if self.erased.may_be_about(&suspect, self.facts) || self.is_named(&words_of(&row)) => {
                    Verdict::Doubtful
                }
                () => Verdict::Nothing,
            }
        });
        verdicts.fold(Verdict::Nothing, |sum, one| match (sum, one) {
            (Verdict::About, _) | (_, Verdict::About) => Verdict::About,
            (Verdict::Doubtful, _) | (_, Verdict::Doubtful) => Verdict::Doubtful,
            _ => Verdict::Nothing,
        })
    }

    fn is_named(&self, words: &HashSet<String>) -> bool {
        let all = |name: &str| name.split_whitespace().all(|part| words.contains(part));
        self.names.iter().any(|(given, family)| all(given) && all(family))
    }
}

fn words(text: &str) -> HashSet<String> {
    let parts = text.split(|c: char| !c.is_alphanumeric() && c != '\'' && c != '-');
    parts.filter(|part| !part.is_empty()).map(str::to_lowercase).collect()
}

fn words_of(row: &RowText<'_>) -> HashSet<String> {
    row.cells.cells.iter().filter_map(|cell| cell.as_deref()).flat_map(words).collect()
}
