//! What the pipeline hands to a store, and what it gets back.

use crate::model::{ChartId, ChartRow, Fate, Hash128, IssueCode, KeyHash, RecordType, SaidSame, Value};

use super::digest::{ItemHash, StoreDigest};

/// Number of a stream in the store.
pub type StreamId = i64;

/// A run as it begins.
#[derive(Clone, Debug)]
pub struct RunStart {
    pub id: i64,
    /// The same command was cut off before and goes on now.
    pub resumed: bool,
    pub digest_before: StoreDigest,
    /// The day taken for today, from when the run first started.
    pub as_of: String,
    pub started: String,
    /// JSON; of a resumed run as it was when it began.
    pub plan: String,
}

/// A source record with the place of its payload and of the file it was read from.
#[derive(Clone, Debug)]
pub struct StoredRecord {
    pub record: KnownRecord,
    pub system: String,
    pub stream: String,
    pub file: i64,
    pub path: String,
    /// JSON.
    pub header: String,
    pub payload: i64,
    pub payload_index: i64,
}

/// A source record that the store knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownRecord {
    pub id: i64,
    pub key: KeyHash,
    pub ordinal: u32,
    pub content: Hash128,
    pub fate: Fate,
    pub reason: Option<IssueCode>,
    pub run: i64,
    /// How many chart rows and registrations it has, be it in an earlier state.
    pub charted: u16,
}

impl KnownRecord {
    pub fn is_charted(&self) -> bool {
        self.charted > 0
    }
}

/// A registration that the store knows.
#[derive(Clone, Debug, PartialEq)]
pub struct KnownIdentity {
    pub id: ChartId,
    pub system: String,
    pub key: String,
    pub stream: StreamId,
    pub key_hash: KeyHash,
    pub patient: ChartId,
    pub source_record: i64,
    /// One value per column of `Patient`.
    pub values: Vec<Value>,
}

/// A patient that the store knows.
#[derive(Clone, Debug, PartialEq)]
pub struct KnownPatient {
    pub id: ChartId,
    /// Its smallest registration.
    pub identity: Option<ChartId>,
    /// Of the registration that founded it.
    pub source_record: i64,
    pub replaced_by: Option<ChartId>,
    /// One value per column of `Patient`.
    pub values: Vec<Value>,
}

/// A source record to be written.
#[derive(Clone, Debug)]
pub struct RecordWrite {
    /// The row it takes the place of.
    pub replaces: Option<KnownRecord>,
    pub key: KeyHash,
    pub ordinal: u32,
    pub content: Hash128,
    pub fate: Fate,
    pub reason: Option<IssueCode>,
    /// Place in the batch's payload frame.
    pub payload_index: u32,
    /// How many chart rows and registrations it has after this batch.
    pub charted: u16,
    /// What the digest gains.
    pub hash: ItemHash,
    /// What the digest loses, where a row is replaced.
    pub former_hash: Option<ItemHash>,
}

/// Where a written row's source record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordPlace {
    /// Index into [`BatchWrite::records`].
    InBatch(usize),
    Known(i64),
}

/// A chart row to be written.
#[derive(Clone, Debug)]
pub struct ChartWrite {
    pub row: ChartRow,
    pub record: RecordPlace,
    pub hash: ItemHash,
}

/// What a changed source record may have in the chart from before: each is compared with what the batch brings, and what is
/// the same stays untouched.
#[derive(Clone, Copy, Debug)]
pub struct Former {
    pub record: RecordType,
    pub id: ChartId,
}

#[derive(Clone, Debug)]
pub struct IdentityWrite {
    /// Whether the store has this identity already.
    pub known: bool,
    pub id: ChartId,
    pub system: String,
    pub key: String,
    pub stream: StreamId,
    pub key_hash: KeyHash,
    pub patient: ChartId,
    pub record: RecordPlace,
    pub matched: Option<MatchEvidence>,
    pub values: Vec<Value>,
}

/// Why an identity was linked.
#[derive(Clone, Debug)]
pub struct MatchEvidence {
    pub identity: ChartId,
    pub weight: f64,
    pub probability: f64,
    /// JSON.
    pub evidence: String,
}

#[derive(Clone, Debug)]
pub struct PatientWrite {
    pub known: bool,
    pub id: ChartId,
    pub identity: ChartId,
    pub record: RecordPlace,
    pub values: Vec<Value>,
}

#[derive(Clone, Debug)]
pub struct DocumentWrite {
    pub document: ChartId,
    pub mime_type: Option<String>,
    pub size_bytes: u64,
    pub sha256: String,
    pub compressed: bool,
    pub bytes: Vec<u8>,
}

/// A file that a quarantined record names: its bytes wait with it.
#[derive(Clone, Debug)]
pub struct WaitingDocument {
    /// Index into [`BatchWrite::records`].
    pub record: usize,
    /// Which of the record's documents.
    pub number: usize,
    /// As the record names it.
    pub name: String,
    /// A zstd frame; none where the source has no such file: what waits under this name already goes on waiting.
    pub bytes: Option<Vec<u8>>,
}

/// A registration whose key turned out to name other people too: it takes the id that it has in any order of arrival.
#[derive(Clone, Debug)]
pub struct RekeyWrite {
    pub former: ChartId,
    pub id: ChartId,
    pub source_record: i64,
    pub ordinal: u32,
    /// Further chart rows of the registration's own source record: type, former id, id.
    pub rows: Vec<(RecordType, ChartId, ChartId)>,
}

#[derive(Clone, Debug)]
pub struct QuarantineWrite {
    pub record: usize,
    pub file: String,
    pub row: u64,
    pub offset_bytes: u64,
    pub key: String,
    pub column: Option<String>,
    pub reason_code: IssueCode,
    pub reason: String,
}

/// A registration that comes to another patient, with all that is filed under it.
#[derive(Clone, Debug)]
pub struct IdentityMove {
    pub identity: ChartId,
    pub former: ChartId,
    pub patient: ChartId,
    /// The patient's row is made for it, and for no record of the run.
    pub founded: bool,
    /// Why it belongs there, where it is not there alone.
    pub matched: Option<MatchEvidence>,
}

/// What a person said of two registrations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    Merge,
    KeepApart,
}

impl Decision {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Merge => "merge",
            Self::KeepApart => "keep-apart",
        }
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        [Self::Merge, Self::KeepApart].into_iter().find(|decision| decision.as_str() == text)
    }
}

/// A decision as the store keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewDecision {
    /// The smaller id.
    pub left: ChartId,
    pub right: ChartId,
    pub decision: Decision,
    pub by: String,
    /// RFC 3339.
    pub at: String,
    pub reason: String,
    /// The contradiction that was there already: whoever decided had seen it.
    pub accepted: Option<String>,
}

/// Whose a person said that a document is. It holds for what the document held then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentDecision {
    /// The id of its chart row.
    pub document: ChartId,
    /// Of its source record, with the file that this names.
    pub content: Hash128,
    /// The registration it is filed under.
    pub identity: ChartId,
    pub by: String,
    /// RFC 3339.
    pub at: String,
    pub reason: String,
}

/// Whom a registration calls the same person now: all of them.
#[derive(Clone, Debug)]
pub struct LinksWrite {
    pub identity: ChartId,
    pub system: String,
    pub said: Vec<SaidSame>,
}

/// What somebody chose for the whole store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    pub name: SettingName,
    /// A model: where it comes from. Source systems: the preferred first, as JSON.
    pub value: String,
    pub by: String,
    /// RFC 3339.
    pub at: String,
    pub reason: String,
    /// The model itself.
    pub text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SettingName {
    /// The model that people are matched by.
    MatchModel,
    /// The source systems whose demographics survive others'.
    SourcePriority,
}

impl SettingName {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::MatchModel => "match_model",
            Self::SourcePriority => "source_priority",
        }
    }
}

#[derive(Clone, Debug)]
pub struct ReviewWrite {
    /// A person's decision holds the two together, or would, and they contradict each other.
    pub conflict: bool,
    /// What whoever decides that they are one person accepts.
    pub accepts: Option<String>,
    pub left: ChartId,
    pub right: ChartId,
    pub weight: f64,
    pub probability: f64,
    pub reason: Option<String>,
    pub evidence: String,
}

/// A compressed payload frame.
#[derive(Clone, Debug)]
pub struct PayloadWrite {
    pub file: i64,
    pub records: usize,
    pub first_row: u64,
    pub last_row: u64,
    pub bytes: Vec<u8>,
}

#[derive(Clone, Debug)]
pub struct Checkpoint {
    pub file_sha256: String,
    pub last_row: u64,
}

/// Everything that becomes visible together: one transaction.
#[derive(Clone, Debug, Default)]
pub struct BatchWrite {
    pub stream: StreamId,
    pub records: Vec<RecordWrite>,
    pub payload: Option<PayloadWrite>,
    pub chart: Vec<ChartWrite>,
    pub former: Vec<Former>,
    pub identities: Vec<IdentityWrite>,
    pub patients: Vec<PatientWrite>,
    /// Applied before everything else of the batch.
    pub rekeys: Vec<RekeyWrite>,
    pub moves: Vec<IdentityMove>,
    /// Patients that nobody belongs to any more, each with the one that stands in its place.
    pub replaced: Vec<(ChartId, ChartId)>,
    pub documents: Vec<DocumentWrite>,
    pub waiting: Vec<WaitingDocument>,
    /// Document rows that are written again and keep the bytes they have.
    pub kept_contents: Vec<ChartId>,
    /// Document rows whose bytes go back to wait with their record.
    pub waiting_contents: Vec<ChartId>,
    pub quarantine: Vec<QuarantineWrite>,
    /// All pairs that wait for a person now, where people were matched.
    pub reviews: Option<Vec<ReviewWrite>>,
    /// Registrations of which those are all pairs; none where they are everybody's.
    pub reviews_of: Option<Vec<ChartId>>,
    pub decisions: Vec<ReviewDecision>,
    pub document_decisions: Vec<DocumentDecision>,
    pub links: Vec<LinksWrite>,
    /// Change of the digest by identities, links and patients; the store itself counts records and chart rows.
    pub digest: StoreDigest,
    pub checkpoint: Option<Checkpoint>,
}

impl BatchWrite {
    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
            && self.chart.is_empty()
            && self.identities.is_empty()
            && self.patients.is_empty()
            && self.moves.is_empty()
            && self.rekeys.is_empty()
            && self.reviews.is_none()
            && self.decisions.is_empty()
            && self.document_decisions.is_empty()
            && self.links.is_empty()
    }
}

/// What a stream's charted records were last mapped with.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct StreamMapping {
    /// Over the mappings and the code maps; empty where no record was mapped yet.
    pub hash: String,
    /// Record type and mapping name of every kind of chart row the stream ever made; no name for a stream's first mapping.
    pub ever: Vec<(String, Option<String>)>,
}

/// A file of the source as a run read it.
#[derive(Clone, Debug)]
pub struct FileWrite {
    pub path: String,
    pub sha256: String,
    pub size_bytes: u64,
    pub records: u64,
    /// JSON.
    pub header: String,
}
