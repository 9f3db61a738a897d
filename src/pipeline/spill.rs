//! Key and content hashes of a whole stream, sorted by key, in bounded memory: beyond a limit they lie in a temporary file
//! without a name, split by the first bits of the key.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};

use crate::model::Hash128;

/// One record's hashes with what belongs to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    pub key: Hash128,
    /// Position in the stream, or id in the store.
    pub tag: u64,
    pub content: Hash128,
    /// Packed by whoever made the entry.
    pub more: u64,
}

const ENTRY_BYTES: usize = 48;
const PARTS: usize = 64;
/// How many entries stay in memory before a file is used.
const MEMORY_ENTRIES: usize = 1 << 16;
/// What is gathered of a partition before it is written.
const BLOCK_BYTES: usize = ENTRY_BYTES * 341;

/// Gathers entries.
#[derive(Default)]
pub struct Spill {
    memory: Vec<Entry>,
    spilled: Option<Spilled>,
}

/// All partitions in one file, block by block: a source may have many streams, and a process may open few files.
struct Spilled {
    file: File,
    end: u64,
    parts: Vec<Part>,
}

#[derive(Default)]
struct Part {
    /// Not written yet.
    open: Vec<u8>,
    /// Where its whole blocks begin.
    blocks: Vec<u64>,
}

/// Entries by partition: all entries of one key are in the same one.
pub struct Partitions {
    memory: Option<Vec<Entry>>,
    spilled: Option<Spilled>,
}

impl Spill {
    pub fn push(&mut self, entry: Entry) -> std::io::Result<()> {
        if let Some(spilled) = &mut self.spilled {
            return spilled.push(&entry);
        }
        self.memory.push(entry);
        if self.memory.len() < MEMORY_ENTRIES { Ok(()) } else { self.spill() }
    }

    /// Moves to a file.
    pub fn spill(&mut self) -> std::io::Result<()> {
        let spilled = match &mut self.spilled {
            Some(spilled) => spilled,
            None => {
                let parts = (0..PARTS).map(|_| Part::default()).collect();
                self.spilled.insert(Spilled { file: tempfile::tempfile()?, end: 0, parts })
            }
        };
        std::mem::take(&mut self.memory).iter().try_for_each(|entry| spilled.push(entry))
    }

    pub fn is_spilled(&self) -> bool {
        self.spilled.is_some()
    }

    pub fn finish(self) -> Partitions {
        let memory = self.spilled.is_none().then_some(self.memory);
        Partitions { memory, spilled: self.spilled }
    }
}

impl Spilled {
    fn push(&mut self, entry: &Entry) -> std::io::Result<()> {
        let part = &mut self.parts[usize::from(entry.key.0[0]) * PARTS / 256];
        part.open.extend_from_slice(&entry.key.0);
        part.open.extend_from_slice(&entry.tag.to_le_bytes());
        part.open.extend_from_slice(&entry.content.0);
        part.open.extend_from_slice(&entry.more.to_le_bytes());
        if part.open.len() < BLOCK_BYTES {
            return Ok(());
        }
        self.file.write_all(&part.open)?;
        part.open.clear();
        part.blocks.push(self.end);
        self.end += BLOCK_BYTES as u64;
        Ok(())
    }

    fn read(&mut self, part: usize) -> std::io::Result<Vec<Entry>> {
        let part = std::mem::take(&mut self.parts[part]);
        let mut bytes = vec![0; part.blocks.len() * BLOCK_BYTES];
        for (block, start) in bytes.chunks_exact_mut(BLOCK_BYTES).zip(&part.blocks) {
            self.file.seek(SeekFrom::Start(*start))?;
            self.file.read_exact(block)?;
        }
        bytes.extend_from_slice(&part.open);
        Ok(bytes.chunks_exact(ENTRY_BYTES).map(entry).collect())
    }
}

impl Partitions {
    pub fn len(&self) -> usize {
        if self.spilled.is_none() { 1 } else { PARTS }
    }

    /// The entries of a partition, by key and tag; each can be read once.
    pub fn read(&mut self, part: usize) -> std::io::Result<Vec<Entry>> {
        let mut entries = match &mut self.spilled {
            None => self.memory.take().unwrap_or_default(),
            Some(spilled) => spilled.read(part)?,
        };
        entries.sort_unstable();
        Ok(entries)
    }
}

fn entry(at: &[u8]) -> Entry {
    let word = |at: &[u8]| u64::from_le_bytes([at[0], at[1], at[2], at[3], at[4], at[5], at[6], at[7]]);
    let hash = |at: &[u8]| {
        let mut hash = [0u8; 16];
        hash.copy_from_slice(&at[..16]);
        Hash128(hash)
    };
    Entry { key: hash(at), tag: word(&at[16..]), content: hash(&at[24..]), more: word(&at[40..]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries() -> Vec<Entry> {
        (0..50_000u64)
            .map(|tag| Entry {
                key: Hash128::of_parts(&[&(tag % 700).to_le_bytes()]),
                tag,
                content: Hash128::of_parts(&[&tag.to_le_bytes()]),
                more: tag * 3,
            })
            .collect()
    }

    fn gathered(spilled: bool) -> Vec<Entry> {
        let mut spill = Spill::default();
        for (index, entry) in entries().into_iter().enumerate() {
            spill.push(entry).expect("room");
            if spilled && index == 100 {
                spill.spill().expect("room");
            }
        }
        let mut partitions = spill.finish();
        (0..partitions.len()).flat_map(|part| partitions.read(part).expect("readable")).collect()
    }

    #[test]
    fn files_hold_what_memory_would() {
        let mut expected = entries();
        expected.sort_unstable();
        assert_eq!(gathered(false), expected);
        assert_eq!(gathered(true), expected, "partitions follow the order of the key");
    }
}
