//! Bytes that a thread of their own makes, as a stream.

use std::io::{Cursor, Read};

use crossbeam_channel::{Receiver, Sender, bounded};

/// Chunks that may wait for whoever reads.
const WAITING_CHUNKS: usize = 4;

/// Reads chunk after chunk, until whoever makes them is gone.
pub(super) struct ChunkReader {
    chunks: Receiver<std::io::Result<Vec<u8>>>,
    current: Cursor<Vec<u8>>,
}

impl ChunkReader {
    pub fn new() -> (Sender<std::io::Result<Vec<u8>>>, Self) {
        let (sender, chunks) = bounded(WAITING_CHUNKS);
        (sender, Self { chunks, current: Cursor::new(Vec::new()) })
    }
}

impl Read for ChunkReader {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        loop {
            let read = self.current.read(out)?;
            if read > 0 || out.is_empty() {
                return Ok(read);
            }
            match self.chunks.recv() {
                Ok(chunk) => self.current = Cursor::new(chunk?),
                Err(_) => return Ok(0),
            }
        }
    }
}
