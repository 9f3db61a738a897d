//! The file beside a dBase table in which long texts are.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::Path;

/// A text or object longer than this is taken for a sign of damage.
const MAX_BYTES: u64 = 64 << 20;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layout {
    /// Ends with two bytes 1A.
    Ended,
    /// Behind its length, of which the eight bytes before are part.
    Counted,
    /// FoxPro: behind its type and its length, the larger byte first.
    FoxPro,
}

pub struct Memo {
    input: BufReader<File>,
    size: u64,
    block_bytes: u64,
    layout: Layout,
}

impl Memo {
    /// The file of a table of this version.
    pub fn open(path: &Path, version: u8) -> std::io::Result<Self> {
        let file = File::open(path)?;
        let size = file.metadata()?.len();
        let mut input = BufReader::new(file);
        let mut start = [0u8; 24];
        let known = read_up_to(&mut input, &mut start)?;
        start[known..].fill(0);
        let layout = match version {
            0x30..=0x32 | 0xf5 | 0xfb => Layout::FoxPro,
            0x8b | 0xcb | 0x7b => Layout::Counted,
            _ => Layout::Ended,
        };
        let block_bytes = match layout {
            Layout::FoxPro => u64::from(u16::from_be_bytes([start[6], start[7]])),
            Layout::Counted => u64::from(u16::from_le_bytes([start[20], start[21]])),
            Layout::Ended => 512,
        };
        // A block of no bytes is one of the usual size.
        let block_bytes = if block_bytes == 0 { 512 } else { block_bytes };
        Ok(Self { input, size, block_bytes, layout })
    }

    /// What begins with a block; none where the file has no such block, or it ends before its text does.
    pub fn read(&mut self, block: u32) -> std::io::Result<Option<Vec<u8>>> {
        let text = self.read_block(block)?;
        Ok(match self.layout {
            Layout::FoxPro => text,
            _ => text.map(without_wraps),
        })
    }

    fn read_block(&mut self, block: u32) -> std::io::Result<Option<Vec<u8>>> {
        let at = u64::from(block) * self.block_bytes;
        if at >= self.size {
            return Ok(None);
        }
        self.input.seek(SeekFrom::Start(at))?;
        let mut start = [0u8; 8];
        let (four, next) = match self.layout {
            Layout::Ended => return self.until_end(),
            _ if read_up_to(&mut self.input, &mut start)? < 8 => return Ok(None),
            _ => ([start[0], start[1], start[2], start[3]], [start[4], start[5], start[6], start[7]]),
        };
        let length = match self.layout {
            Layout::FoxPro => u64::from(u32::from_be_bytes(next)),
            _ if four[..2] == [0xff, 0xff] => u64::from(u32::from_le_bytes(next)).saturating_sub(8),
            _ => {
                self.input.seek(SeekFrom::Start(at))?;
                return self.until_end();
            }
        };
        if length > MAX_BYTES || at + 8 + length > self.size {
            return Ok(None);
        }
        let mut text = vec![0; length as usize];
        self.input.read_exact(&mut text)?;
        Ok(Some(text))
    }

    fn until_end(&mut self) -> std::io::Result<Option<Vec<u8>>> {
        let mut text = Vec::new();
        let mut chunk = [0u8; 512];
        while (text.len() as u64) < MAX_BYTES {
            let read = read_up_to(&mut self.input, &mut chunk)?;
            let from = text.len().saturating_sub(1);
            text.extend_from_slice(&chunk[..read]);
            if let Some(end) = text[from..].iter().position(|byte| *byte == 0x1a) {
                text.truncate(from + end);
                return Ok(Some(text));
            }
            if read < chunk.len() {
                return Ok(Some(text));
            }
        }
        Ok(None)
    }
}

/// dBase's editor writes 8D 0A where it wraps a line that goes on.
fn without_wraps(text: Vec<u8>) -> Vec<u8> {
    let mut kept = Vec::with_capacity(text.len());
    let mut bytes = text.into_iter().peekable();
    while let Some(byte) = bytes.next() {
        let wraps = byte == 0x8d && bytes.next_if_eq(&b'\n').is_some();
        kept.push(if wraps { b' ' } else { byte });
    }
    kept
}

fn read_up_to(input: &mut impl Read, buffer: &mut [u8]) -> std::io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match input.read(&mut buffer[filled..])? {
            0 => break,
            read => filled += read,
        }
    }
    Ok(filled)
}
