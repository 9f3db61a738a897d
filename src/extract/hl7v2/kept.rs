//! Records as they were taken out of a large file, kept until all tables are read: a file is taken apart once, on every core, and not anew
//! for each table and each reading. They lie packed in files of the temporary folder that have no name: nobody else opens them, and they go with the
//! process, however that ends.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::sync::{Mutex, PoisonError};

use super::super::batches::in_batches;
use super::super::json::Paths;
use super::feed::{Feed, Unit};
use super::line::Line;

/// The least that pays.
const LEVEL: i32 = -4;

/// Columns of each kind of record: the paths of its values.
pub type Columns = BTreeMap<&'static str, Paths>;

/// The records of each kind, in the file's order.
#[derive(Debug, Default)]
pub struct Kept {
    files: BTreeMap<&'static str, Mutex<File>>,
}

/// A file from its start, whoever else reads it.
struct FromStart<'f> {
    file: &'f Mutex<File>,
    at_bytes: u64,
}

impl Read for FromStart<'_> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(self.at_bytes))?;
        let read = file.read(out)?;
        self.at_bytes += read as u64;
        Ok(read)
    }
}

/// Records of some units.
struct Chunk {
    columns: Columns,
    packed: std::io::Result<Vec<(&'static str, Vec<u8>)>>,
}

/// All records of a feed, and their columns; no records where there is no room for them. Each unit is looked at beside, in order.
pub fn keep(
    mut feed: Feed,
    whole: &HashSet<&'static str>,
    mut look: impl FnMut(&Unit) + Send,
) -> std::io::Result<(Columns, Option<Kept>)> {
    let (mut columns, mut kept) = (Columns::new(), Some(Kept::default()));
    let read = || {
        let units = feed.next_batch()?;
        units.iter().for_each(&mut look);
        Ok(units)
    };
    let take = |chunk: Chunk| {
        for (kind, own) in chunk.columns {
            columns.entry(kind).or_default().extend(own);
        }
        // A full disk costs time, and nothing else.
        kept = kept.take().and_then(|kept| kept.with(chunk.packed).ok());
    };
    in_batches(read, |units| Chunk::of(units, whole), take)?;
    Ok((columns, kept))
}

impl Chunk {
    fn of(units: &[Unit], whole: &HashSet<&'static str>) -> Self {
        let mut columns = Columns::new();
        let mut texts: BTreeMap<&'static str, String> = BTreeMap::new();
        for unit in units {
            unit.write_all(&mut |kind, record| {
                let text = texts.entry(kind).or_default();
                let line =
                    Line::behind(std::mem::take(text), Some(columns.entry(kind).or_default()), whole.contains(kind));
                *text = record(line);
                true
            });
        }
        let pack = |(kind, text): (&'static str, String)| {
            zstd::bulk::compress(text.as_bytes(), LEVEL).map(|text| (kind, text))
        };
        Self { columns, packed: texts.into_iter().map(pack).collect() }
    }
}

impl Kept {
    fn with(mut self, packed: std::io::Result<Vec<(&'static str, Vec<u8>)>>) -> std::io::Result<Self> {
        for (kind, bytes) in packed? {
            let file = match self.files.entry(kind) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(new) => new.insert(Mutex::new(tempfile::tempfile()?)),
            };
            file.get_mut().unwrap_or_else(PoisonError::into_inner).write_all(&bytes)?;
        }
        Ok(self)
    }

    /// The records of a kind, each on a line.
    pub fn read(&self, kind: &str) -> std::io::Result<Option<impl Read>> {
        let open = |file| zstd::stream::read::Decoder::new(FromStart { file, at_bytes: 0 });
        self.files.get(kind).map(open).transpose()
    }
}
