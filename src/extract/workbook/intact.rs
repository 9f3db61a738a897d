//! Whether a workbook of the older format (xls) is whole: its reader passes over what it does not know, and so over rows where a block of
//! the file was lost.
//!
//! [MS-XLS] 2.1.4: the stream is a chain of records, each with its type and length, in substreams that begin and end with a record.

use std::io::{Read, Seek};

const BEGINS: [u16; 4] = [0x0809, 0x0409, 0x0209, 0x0009];
const ENDS: u16 = 0x000a;

/// Longer records are continued in others.
const MAX_RECORD_BYTES: usize = 8224;

/// A workbook that is locked is told so by whoever reads it.
const LOCKED: u16 = 0x002f;

pub fn is_intact(file: impl Read + Seek) -> bool {
    let Ok(mut compound) = cfb::CompoundFile::open(file) else { return false };
    let mut stream = Vec::new();
    let found = ["Workbook", "Book", "WORKBOOK", "BOOK"].into_iter().find(|name| compound.exists(name));
    let read = found.and_then(|name| compound.open_stream(name).ok()).map(|mut input| input.read_to_end(&mut stream));
    matches!(read, Some(Ok(_))) && is_chain(&stream)
}

fn is_chain(stream: &[u8]) -> bool {
    let (mut at, mut depth, mut ended) = (0, 0u32, 0u32);
    while let Some(head) = stream.get(at..at + 4) {
        let (kind, length) =
            (u16::from_le_bytes([head[0], head[1]]), usize::from(u16::from_le_bytes([head[2], head[3]])));
        if depth == 0 && ended > 0 && !BEGINS.contains(&kind) {
            // What fills the last sector up.
            return stream[at..].iter().all(|byte| *byte == 0);
        }
        match kind {
            LOCKED => return true,
            0 => return false,
            ENDS if depth == 0 => return false,
            ENDS => (depth, ended) = (depth - 1, ended + 1),
            kind if BEGINS.contains(&kind) => depth += 1,
            _ if depth == 0 || length > MAX_RECORD_BYTES => return false,
            _ => {}
        }
        at += 4 + length;
    }
    depth == 0 && ended > 0 && at <= stream.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(kind: u16, bytes: usize) -> Vec<u8> {
        [&kind.to_le_bytes()[..], &(bytes as u16).to_le_bytes(), &vec![7; bytes]].concat()
    }

    #[test]
    fn a_lost_block_breaks_the_chain() {
        let mut records = vec![record(0x0809, 16)];
        records.extend((0..300).map(|_| record(0x0203, 14)));
        records.push(record(ENDS, 0));
        let whole = records.concat();
        assert!(is_chain(&whole));
        assert!(is_chain(&[&whole[..], &[0; 100]].concat()), "padding");
        for start in (0..whole.len() - 512).step_by(97) {
            let mut lost = whole.clone();
            lost[start..start + 512].fill(0);
            assert!(!is_chain(&lost), "{start}");
        }
        assert!(!is_chain(&whole[..whole.len() - 4]));
        assert!(!is_chain(&[]));
    }
}
