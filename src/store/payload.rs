//! Payload frames: the source records of a batch as they came, with their positions, compressed together.
//!
//! Format 1, before compression: a byte 1; the number of records as LEB128; for each record its row and byte offset as
//! differences to the one before and its length, all LEB128; then the records' bytes. Readers refuse other first bytes.

use super::StoreError;

/// One kept record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptRecord {
    pub row: u64,
    pub offset_bytes: u64,
    pub raw: Vec<u8>,
}

/// Gathers the records of a batch.
#[derive(Default)]
pub struct FrameWriter {
    positions: Vec<(u64, u64, u64)>,
    bytes: Vec<u8>,
}

impl FrameWriter {
    /// Adds a record and returns its place in the frame.
    pub fn push(&mut self, row: u64, offset_bytes: u64, raw: &[u8]) -> u32 {
        self.positions.push((row, offset_bytes, raw.len() as u64));
        self.bytes.extend_from_slice(raw);
        (self.positions.len() - 1) as u32
    }

    pub fn is_empty(&self) -> bool {
        self.positions.is_empty()
    }

    pub fn len(&self) -> usize {
        self.positions.len()
    }

    pub fn rows(&self) -> Option<(u64, u64)> {
        Some((self.positions.first()?.0, self.positions.last()?.0))
    }

    /// The compressed frame.
    pub fn finish(self) -> std::io::Result<Vec<u8>> {
        let mut plain = Vec::with_capacity(self.bytes.len() + self.positions.len() * 4 + 16);
        plain.push(1);
        put(&mut plain, self.positions.len() as u64);
        let (mut row, mut offset) = (0, 0);
        for (next_row, next_offset, length) in self.positions {
            put(&mut plain, next_row.wrapping_sub(row));
            put(&mut plain, next_offset.wrapping_sub(offset));
            put(&mut plain, length);
            (row, offset) = (next_row, next_offset);
        }
        plain.extend_from_slice(&self.bytes);
        let mut compressor = zstd::bulk::Compressor::new(3)?;
        compressor.include_checksum(true)?;
        compressor.compress(&plain)
    }
}

/// The records of a frame.
pub fn read_frame(frame: &[u8]) -> Result<Vec<KeptRecord>, StoreError> {
    let damaged = || StoreError::Damaged { what: "a payload frame that cannot be read".into() };
    let plain = zstd::stream::decode_all(frame).map_err(|_| damaged())?;
    let (version, mut rest) = plain.split_first().ok_or_else(damaged)?;
    if *version != 1 {
        return Err(StoreError::Damaged { what: format!("a payload frame of format {version}; this program knows 1") });
    }
    let count = take(&mut rest).ok_or_else(damaged)?;
    let mut positions = Vec::new();
    let (mut row, mut offset) = (0u64, 0u64);
    for _ in 0..count {
        row = row.wrapping_add(take(&mut rest).ok_or_else(damaged)?);
        offset = offset.wrapping_add(take(&mut rest).ok_or_else(damaged)?);
        positions.push((row, offset, take(&mut rest).ok_or_else(damaged)?));
    }
    let mut records = Vec::with_capacity(positions.len());
    for (row, offset_bytes, length) in positions {
        let (raw, after) = rest.split_at_checked(length as usize).ok_or_else(damaged)?;
        records.push(KeptRecord { row, offset_bytes, raw: raw.to_vec() });
        rest = after;
    }
    Ok(records)
}

fn put(out: &mut Vec<u8>, mut number: u64) {
    loop {
        let byte = (number & 0x7f) as u8;
        number >>= 7;
        if number == 0 {
            return out.push(byte);
        }
        out.push(byte | 0x80);
    }
}

fn take(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0u64;
    for shift in (0..70).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_goes_in_comes_out(records in proptest::collection::vec((any::<u64>(), any::<u64>(), proptest::collection::vec(any::<u8>(), 0..200)), 0..50)) {
            let mut writer = FrameWriter::default();
            for (row, offset, raw) in &records {
                writer.push(*row, *offset, raw);
            }
            let kept = read_frame(&writer.finish().expect("memory compresses")).expect("a frame");
            let kept: Vec<_> = kept.into_iter().map(|record| (record.row, record.offset_bytes, record.raw)).collect();
            prop_assert_eq!(kept, records);
        }
    }

    #[test]
    fn damage_is_noticed() {
        assert!(read_frame(b"no frame").is_err());
        assert!(read_frame(&zstd::bulk::compress(&[2, 0], 1).expect("memory compresses")).is_err());
        assert!(read_frame(&zstd::bulk::compress(&[1, 1, 1, 1, 200, 1], 1).expect("memory compresses")).is_err());
    }
}
