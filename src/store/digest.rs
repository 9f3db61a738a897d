//! The store digest: an order-independent sum of one 256-bit hash per item. Equal content, equal digest, whatever the order
//! of loading, the store behind it or the run that did it.

use std::fmt;

use super::identity_links::named_parts;
use super::{DocumentDecision, ReviewDecision};
use crate::model::{ChartId, ChartRow, Hash128, RecordType, SaidSame, Value};

/// A sum of item hashes modulo 2^256, kept as four words, least significant first.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct StoreDigest([u64; 4]);

/// The hash of one item.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ItemHash([u64; 4]);

impl StoreDigest {
    pub fn add(&mut self, item: ItemHash) {
        self.add_words(item.0);
    }

    pub fn subtract(&mut self, item: ItemHash) {
        self.subtract_all(Self(item.0));
    }

    pub fn subtract_all(&mut self, other: Self) {
        // Adding the two's complement.
        let mut carry = true;
        let negated = other.0.map(|word| {
            let (value, overflow) = (!word).overflowing_add(u64::from(carry));
            carry = overflow;
            value
        });
        self.add_words(negated);
    }

    pub fn merge(&mut self, other: Self) {
        self.add_words(other.0);
    }

    fn add_words(&mut self, words: [u64; 4]) {
        let mut carry = false;
        for (sum, word) in self.0.iter_mut().zip(words) {
            let (value, first) = sum.overflowing_add(word);
            let (value, second) = value.overflowing_add(u64::from(carry));
            *sum = value;
            carry = first || second;
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != 64 || !text.is_ascii() {
            return None;
        }
        let word = |index: usize| u64::from_str_radix(&text[index * 16..index * 16 + 16], 16).ok();
        Some(Self([word(3)?, word(2)?, word(1)?, word(0)?]))
    }
}

impl fmt::Display for StoreDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().rev().try_for_each(|word| write!(f, "{word:016x}"))
    }
}

impl fmt::Debug for StoreDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Builds item hashes; reuses its buffer.
#[derive(Default)]
pub struct ItemHasher {
    buffer: Vec<u8>,
}

impl ItemHasher {
    fn start(&mut self, kind: &str) -> &mut Self {
        self.buffer.clear();
        self.part(kind.as_bytes())
    }

    fn part(&mut self, bytes: &[u8]) -> &mut Self {
        self.buffer.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
        self.buffer.extend_from_slice(bytes);
        self
    }

    fn values(&mut self, values: &[Value]) -> &mut Self {
        // Empty columns are left out, named by position, so that a column added later does not change old rows' hashes.
        for (index, value) in values.iter().enumerate().filter(|(_, value)| !value.is_null()) {
            self.buffer.extend_from_slice(&(index as u32).to_le_bytes());
            value.write_canonical(&mut self.buffer);
        }
        self
    }

    fn finish(&self) -> ItemHash {
        let hash = blake3::hash(&self.buffer);
        let bytes = hash.as_bytes();
        ItemHash([0, 1, 2, 3].map(|word| {
            let mut eight = [0u8; 8];
            eight.copy_from_slice(&bytes[word * 8..word * 8 + 8]);
            u64::from_le_bytes(eight)
        }))
    }

    /// A chart row with its identity, never with its patient.
    pub fn chart(&mut self, row: &ChartRow) -> ItemHash {
        self.chart_parts(row.record, row.id, row.identity, &row.values)
    }

    pub fn chart_parts(
        &mut self,
        record: RecordType,
        id: ChartId,
        identity: Option<ChartId>,
        values: &[Value],
    ) -> ItemHash {
        let identity = identity.as_ref().map(|id| id.as_str()).unwrap_or_default();
        self.start("chart").part(record.table().as_bytes()).part(id.as_str().as_bytes()).part(identity.as_bytes());
        self.values(values).finish()
    }

    /// A patient's golden record, known by the smallest identity of the patient.
    pub fn patient(&mut self, smallest_identity: ChartId, values: &[Value]) -> ItemHash {
        self.start("patient").part(smallest_identity.as_str().as_bytes()).values(values).finish()
    }

    pub fn identity(&mut self, id: ChartId, system: &str, key: &str, values: &[Value]) -> ItemHash {
        self.start("identity").part(id.as_str().as_bytes()).part(system.as_bytes()).part(key.as_bytes());
        self.values(values).finish()
    }

    pub fn link(&mut self, identity: ChartId, smallest_identity: ChartId) -> ItemHash {
        self.start("link").part(identity.as_str().as_bytes()).part(smallest_identity.as_str().as_bytes()).finish()
    }

    /// What a person decided of a pair; when is left out.
    pub fn decision(&mut self, decision: &ReviewDecision) -> ItemHash {
        self.start("decision").part(decision.left.as_str().as_bytes()).part(decision.right.as_str().as_bytes());
        self.part(decision.decision.as_str().as_bytes()).part(decision.by.as_bytes());
        self.part(decision.reason.as_bytes()).finish()
    }

    /// Whose a person said that a document is; when is left out.
    pub fn document_decision(&mut self, decision: &DocumentDecision) -> ItemHash {
        self.start("document").part(decision.document.as_str().as_bytes()).part(&decision.content.0);
        self.part(decision.identity.as_str().as_bytes()).part(decision.by.as_bytes());
        self.part(decision.reason.as_bytes()).finish()
    }

    /// Whom a registration calls the same person.
    pub fn identity_link(&mut self, identity: ChartId, system: &str, said: &SaidSame) -> ItemHash {
        let (named_by, stream, named) = named_parts(&said.named);
        self.start("said").part(identity.as_str().as_bytes()).part(system.as_bytes()).part(named_by.as_bytes());
        self.part(stream.as_bytes()).part(named.as_bytes()).part(said.sameness.as_str().as_bytes()).finish()
    }

    /// `state` as in [`record_state`].
    pub fn source_record(
        &mut self,
        system: &str,
        stream: &str,
        key: &Hash128,
        content: &Hash128,
        state: &str,
    ) -> ItemHash {
        self.start("source").part(system.as_bytes()).part(stream.as_bytes()).part(&key.0).part(&content.0);
        self.part(state.as_bytes()).finish()
    }
}

/// The state of a source record that the digest knows: how it came into the chart does not matter.
pub fn record_state(fate: &str) -> &'static str {
    match fate {
        "duplicate" => "duplicate",
        "quarantined" => "quarantined",
        "archived" => "archived",
        "withdrawn" => "withdrawn",
        _ => "in chart",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(text: &str) -> ItemHash {
        ItemHasher::default().start(text).finish()
    }

    #[test]
    fn order_does_not_matter_and_taking_away_undoes_adding() {
        let (mut a, mut b) = (StoreDigest::default(), StoreDigest::default());
        for text in ["x", "y", "z"] {
            a.add(item(text));
        }
        for text in ["z", "x", "y"] {
            b.add(item(text));
        }
        assert_eq!(a, b);
        b.subtract(item("y"));
        assert_ne!(a, b);
        b.add(item("y"));
        assert_eq!(a, b);
        for text in ["x", "y", "z"] {
            a.subtract(item(text));
        }
        assert_eq!(a, StoreDigest::default());
    }

    #[test]
    fn printed_and_read_back() {
        let mut digest = StoreDigest::default();
        digest.add(item("x"));
        assert_eq!(StoreDigest::parse(&digest.to_string()), Some(digest));
        assert_eq!(StoreDigest::parse("xyz"), None);
    }

    #[test]
    fn twice_the_same_item_is_not_none() {
        let mut digest = StoreDigest::default();
        digest.add(item("x"));
        digest.add(item("x"));
        assert_ne!(digest, StoreDigest::default());
    }
}
