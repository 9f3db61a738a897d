//! Key and content hashes of a whole stream, sorted by key, in bounded memory: beyond a limit they lie in temporary files
//! without a name, split by the first bits of the key.

use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Seek, Write};

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
/// How many entries stay in memory before files are used.
const MEMORY_ENTRIES: usize = 1 << 16;

/// Gathers entries.
#[derive(Default)]
pub struct Spill {
    memory: Vec<Entry>,
    parts: Vec<BufWriter<File>>,
}

/// Entries by partition: all entries of one key are in the same one.
pub struct Partitions {
    memory: Option<Vec<Entry>>,
    parts: Vec<File>,
}

impl Spill {
    pub fn push(&mut self, entry: Entry) -> std::io::Result<()> {
        if self.parts.is_empty() {
            self.memory.push(entry);
            if self.memory.len() < MEMORY_ENTRIES {
                return Ok(());
            }
            return self.spill();
        }
        write(&mut self.parts[part_of(&entry)], &entry)
    }

    /// Moves to files.
    pub fn spill(&mut self) -> std::io::Result<()> {
        if self.parts.is_empty() {
            for _ in 0..PARTS {
                self.parts.push(BufWriter::with_capacity(16 << 10, tempfile::tempfile()?));
            }
        }
        for entry in std::mem::take(&mut self.memory) {
            write(&mut self.parts[part_of(&entry)], &entry)?;
        }
        Ok(())
    }

    pub fn is_spilled(&self) -> bool {
        !self.parts.is_empty()
    }

    pub fn finish(self) -> std::io::Result<Partitions> {
        let mut parts = Vec::new();
        for part in self.parts {
            parts.push(part.into_inner().map_err(|error| error.into_error())?);
        }
        let memory = parts.is_empty().then_some(self.memory);
        Ok(Partitions { memory, parts })
    }
}

impl Partitions {
    pub fn len(&self) -> usize {
        if self.parts.is_empty() { 1 } else { self.parts.len() }
    }

    /// The entries of a partition, by key and tag.
    pub fn read(&mut self, part: usize) -> std::io::Result<Vec<Entry>> {
        let mut entries = match self.memory.take() {
            Some(memory) => memory,
            None => read(&mut self.parts[part])?,
        };
        entries.sort_unstable();
        Ok(entries)
    }
}

fn part_of(entry: &Entry) -> usize {
    usize::from(entry.key.0[0]) * PARTS / 256
}

fn write(file: &mut BufWriter<File>, entry: &Entry) -> std::io::Result<()> {
    let mut bytes = [0u8; ENTRY_BYTES];
    bytes[..16].copy_from_slice(&entry.key.0);
    bytes[16..24].copy_from_slice(&entry.tag.to_le_bytes());
    bytes[24..40].copy_from_slice(&entry.content.0);
    bytes[40..].copy_from_slice(&entry.more.to_le_bytes());
    file.write_all(&bytes)
}

fn read(file: &mut File) -> std::io::Result<Vec<Entry>> {
    file.rewind()?;
    let mut bytes = Vec::new();
    BufReader::new(file).read_to_end(&mut bytes)?;
    let word = |at: &[u8]| u64::from_le_bytes([at[0], at[1], at[2], at[3], at[4], at[5], at[6], at[7]]);
    let hash = |at: &[u8]| {
        let mut hash = [0u8; 16];
        hash.copy_from_slice(&at[..16]);
        Hash128(hash)
    };
    let entry =
        |at: &[u8]| Entry { key: hash(at), tag: word(&at[16..]), content: hash(&at[24..]), more: word(&at[40..]) };
    Ok(bytes.chunks_exact(ENTRY_BYTES).map(entry).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries() -> Vec<Entry> {
        (0..5000u64)
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
        let mut partitions = spill.finish().expect("room");
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
