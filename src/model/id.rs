//! Identifiers and hashes: all derived from content, never from a clock or a random number.

use std::fmt;

/// The id of a chart row or an identity: 100 bits of a BLAKE3 hash in lower-case base 32, twenty printable characters.
/// It satisfies FHIR's `id` syntax (`[A-Za-z0-9\-\.]{1,64}`).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChartId([u8; 20]);

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

impl ChartId {
    /// Derives an id from its parts; each part counts with its length, so `("ab", "c")` differs from `("a", "bc")`.
    pub fn derive(parts: &[&[u8]]) -> Self {
        let hash = hash_parts(parts);
        let bytes = hash.as_bytes();
        let mut text = [0u8; 20];
        let mut bits = 0u32;
        let mut pending = 0u32;
        let mut next = 0usize;
        for slot in &mut text {
            if bits < 5 {
                pending = (pending << 8) | u32::from(bytes[next]);
                next += 1;
                bits += 8;
            }
            bits -= 5;
            *slot = ALPHABET[((pending >> bits) & 31) as usize];
        }
        Self(text)
    }

    /// Reads an id as printed; `None` where the text is none.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes: [u8; 20] = text.as_bytes().try_into().ok()?;
        bytes.iter().all(|b| ALPHABET.contains(b)).then_some(Self(bytes))
    }

    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl serde::Serialize for ChartId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl fmt::Display for ChartId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for ChartId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The id of what a source record becomes. `ordinal` tells separate acts of one key apart, `mapping` names every mapping of
/// the stream but its first.
pub fn record_id(system: &str, stream: &str, key: &KeyHash, ordinal: u32, mapping: Option<&str>) -> ChartId {
    let ordinal = ordinal.to_le_bytes();
    let ordinal: &[u8] = if ordinal == [0; 4] { &[] } else { &ordinal };
    ChartId::derive(&[system.as_bytes(), stream.as_bytes(), &key.0, ordinal, mapping.unwrap_or_default().as_bytes()])
}

/// The name of a registration in the crosswalk: the stream that registers patients, and the key in it.
pub fn subject_key(stream: &str, key: &KeyHash) -> KeyHash {
    Hash128::of_parts(&[stream.as_bytes(), &key.0])
}

/// 128 bits of a BLAKE3 hash.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash128(pub [u8; 16]);

/// The hash of a source record's key within its stream.
pub type KeyHash = Hash128;

impl Hash128 {
    /// Hashes parts with their lengths, so that moving a delimiter between cells changes the hash.
    pub fn of_parts(parts: &[&[u8]]) -> Self {
        Self::from_hash(&hash_parts(parts))
    }

    pub fn from_hash(hash: &blake3::Hash) -> Self {
        let mut bytes = [0u8; 16];
        bytes.copy_from_slice(&hash.as_bytes()[..16]);
        Self(bytes)
    }

    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
}

impl fmt::Debug for Hash128 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|b| write!(f, "{b:02x}"))
    }
}

/// Names and keys are short: most are gathered on the stack.
fn hash_parts(parts: &[&[u8]]) -> blake3::Hash {
    let mut gathered = [0u8; 256];
    let length: usize = parts.iter().map(|part| part.len() + 4).sum();
    if length > gathered.len() {
        let mut hasher = PartHasher::new();
        parts.iter().for_each(|part| hasher.part(part));
        return hasher.finish();
    }
    let mut at = 0;
    for part in parts {
        gathered[at..at + 4].copy_from_slice(&(part.len() as u32).to_le_bytes());
        gathered[at + 4..at + 4 + part.len()].copy_from_slice(part);
        at += 4 + part.len();
    }
    blake3::hash(&gathered[..length])
}

/// Builds the hash of a sequence of parts, each counted with its length. Small inputs are gathered first and hashed in
/// one call, which is several times faster than feeding BLAKE3 cell by cell.
#[derive(Default)]
pub struct PartHasher {
    buffer: Vec<u8>,
}

impl PartHasher {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn part(&mut self, part: &[u8]) {
        self.buffer.extend_from_slice(&(part.len() as u32).to_le_bytes());
        self.buffer.extend_from_slice(part);
    }

    pub fn finish(&self) -> blake3::Hash {
        blake3::hash(&self.buffer)
    }

    /// Empties the buffer and keeps its memory for the next record.
    pub fn clear(&mut self) {
        self.buffer.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_fhir_syntax_and_reads_back() {
        let id = ChartId::derive(&[b"oakfield", b"patients", b"17"]);
        assert_eq!(id.as_str().len(), 20);
        assert_eq!(ChartId::parse(id.as_str()), Some(id));
        assert_eq!(ChartId::parse("UPPER-CASE-IS-NO-ID!"), None);
    }

    #[test]
    fn long_and_short_parts_hash_alike() {
        for length in [0, 100, 243, 244, 245, 1000] {
            let part = vec![7u8; length];
            let mut hasher = PartHasher::new();
            [&part[..], b"end"].into_iter().for_each(|part| hasher.part(part));
            assert_eq!(Hash128::of_parts(&[&part, b"end"]), Hash128::from_hash(&hasher.finish()), "{length}");
        }
    }

    #[test]
    fn a_moved_border_between_parts_changes_the_hash() {
        assert_ne!(Hash128::of_parts(&[b"ab", b"c"]), Hash128::of_parts(&[b"a", b"bc"]));
        assert_ne!(Hash128::of_parts(&[b"", b"a"]), Hash128::of_parts(&[b"a", b""]));
    }
}
