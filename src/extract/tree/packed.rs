//! What is packed: members of zip archives, and files compressed by themselves, as streams of bytes.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::extract::ExtractError;
use crate::extract::chunks::ChunkReader;

/// A member larger than this must not unpack to more than [`MAX_RATIO`] times its size.
const RATIO_MATTERS_BYTES: u64 = 64 << 20;
const MAX_RATIO: u64 = 200;

/// How many times its size a member unpacks to, where that is too much.
pub(in crate::extract) fn bomb_ratio(size: u64, packed: u64) -> Option<u64> {
    let ratio = size / packed.max(1);
    (size > RATIO_MATTERS_BYTES && ratio > MAX_RATIO).then_some(ratio)
}

pub(super) fn starts_as_zip(path: &Path) -> std::io::Result<bool> {
    let mut start = [0u8; 4];
    let read = File::open(path)?.read(&mut start)?;
    Ok(matches!(&start[..read], b"PK\x03\x04" | b"PK\x05\x06"))
}

pub(super) fn open_archive(path: &Path) -> Result<zip::ZipArchive<std::io::BufReader<File>>, ExtractError> {
    let shown = path.display().to_string();
    let file = File::open(path).map_err(|source| ExtractError::Unreadable { path: shown.clone(), source })?;
    zip::ZipArchive::new(std::io::BufReader::new(file)).map_err(|source| ExtractError::Zip { path: shown, source })
}

/// How many members the end of an archive says there are (PKWARE APPNOTE 4.3.16); `None` where that says "too many for me".
/// The reader keeps one member per name, so fewer than that are two of one name.
pub(super) fn members_said(path: &Path) -> std::io::Result<Option<usize>> {
    const END: &[u8] = b"PK\x05\x06";
    const MAX_END_BYTES: u64 = 22 + u16::MAX as u64;
    let mut file = File::open(path)?;
    let size = file.seek(SeekFrom::End(0))?;
    file.seek(SeekFrom::Start(size.saturating_sub(MAX_END_BYTES)))?;
    let mut end = Vec::new();
    file.read_to_end(&mut end)?;
    let at = memchr::memmem::rfind(&end, END);
    let count = at.and_then(|at| end.get(at + 10..at + 12)).map(|count| u16::from_le_bytes([count[0], count[1]]));
    Ok(count.filter(|count| *count != u16::MAX).map(usize::from))
}

/// A member of an archive as a stream that can be sent to another thread: a thread of its own unpacks it.
pub(super) struct ZipMember {
    chunks: ChunkReader,
    /// Bytes still to come, as the archive's directory says.
    missing_bytes: u64,
}

impl ZipMember {
    pub fn start(archive: Arc<PathBuf>, ordinal: usize, size_bytes: u64) -> Result<Self, ExtractError> {
        let mut zip = open_archive(&archive)?;
        let (sender, chunks) = ChunkReader::new();
        std::thread::spawn(move || {
            let mut member = match zip.by_index(ordinal) {
                Ok(member) => member.take(size_bytes.saturating_add(1)),
                Err(error) => return drop(sender.send(Err(damaged(error.into())))),
            };
            loop {
                let mut chunk = vec![0; 256 << 10];
                let message = match member.read(&mut chunk) {
                    Ok(0) => return,
                    Ok(read) => {
                        chunk.truncate(read);
                        Ok(chunk)
                    }
                    Err(error) => Err(damaged(error)),
                };
                let failed = message.is_err();
                if sender.send(message).is_err() || failed {
                    return;
                }
            }
        });
        Ok(Self { chunks, missing_bytes: size_bytes })
    }
}

/// A file that is compressed by itself (RFC 1952).
pub(super) struct Unzipped {
    input: flate2::read::MultiGzDecoder<File>,
    packed_bytes: u64,
    bytes: u64,
}

impl Unzipped {
    pub fn start(path: &Path) -> std::io::Result<Self> {
        let file = File::open(path)?;
        let packed_bytes = file.metadata()?.len();
        Ok(Self { input: flate2::read::MultiGzDecoder::new(file), packed_bytes, bytes: 0 })
    }
}

impl Read for Unzipped {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let read = self.input.read(out).map_err(damaged)?;
        self.bytes += read as u64;
        if self.bytes > RATIO_MATTERS_BYTES && self.bytes / self.packed_bytes.max(1) > MAX_RATIO {
            return Err(damaged_because("it unpacks to too many times its size"));
        }
        Ok(read)
    }
}

/// What is wrong with the member's bytes, as opposed to the disk they are on.
fn damaged(error: std::io::Error) -> std::io::Error {
    if error.raw_os_error().is_some() { error } else { std::io::Error::new(std::io::ErrorKind::InvalidData, error) }
}

fn damaged_because(reason: &str) -> std::io::Error {
    std::io::Error::new(std::io::ErrorKind::InvalidData, reason)
}

impl Read for ZipMember {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let read = self.chunks.read(out)?;
        if read == 0 && !out.is_empty() && self.missing_bytes > 0 {
            return Err(damaged_because("it is shorter than the archive says"));
        }
        let missing = self.missing_bytes.checked_sub(read as u64);
        self.missing_bytes = missing.ok_or_else(|| damaged_because("it is longer than the archive says"))?;
        Ok(read)
    }
}
