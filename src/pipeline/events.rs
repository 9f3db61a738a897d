//! What a run tells while it goes on.

use crate::model::Phi;

/// Something worth showing. Counts are of the stream named last by `Stream`.
#[derive(Clone, Debug)]
pub enum Event<'a> {
    /// A stage begins: a few plain words.
    Stage(&'a str),
    /// A note for people: nothing is lost, but they should know.
    Note(String),
    /// A stream begins, with its number of records.
    Stream { name: &'a str, records: u64 },
    /// Records done in the stream since the last event, and issues among them.
    Progress { records: u64, issues: u64 },
    /// A record went to quarantine, now or before.
    Quarantined(QuarantinedRow),
}

/// A line of quarantine.csv. The key is patient data: for that file and the store alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuarantinedRow {
    pub file: String,
    pub row: u64,
    pub key: Phi<String>,
    pub column: String,
    pub reason_code: &'static str,
    pub reason: String,
}

/// Hears events, from several threads.
pub trait Listener: Sync {
    fn event(&self, event: Event<'_>);

    /// Whether the person at the terminal asked to stop; asked between batches.
    fn interrupted(&self) -> bool {
        false
    }
}

/// Hears nothing.
pub struct NoListener;

impl Listener for NoListener {
    fn event(&self, _: Event<'_>) {}
}
