//! Streams whose records are documents of a folder, found once all others are planned: what an index names is said so.

use std::collections::{BTreeMap, BTreeSet};

use super::PipelineError;
use super::identify::row_text;
use super::plan::Plan;
use super::survey::{BATCH_BYTES, BATCH_RECORDS, open};
use crate::connector::Stream;
use crate::extract::{DocumentLookup, Listed};

impl Plan {
    /// Plans the streams of documents.
    pub(super) fn add_documents(&mut self) -> Result<(), PipelineError> {
        let streams = self.pack.streams.iter().filter(|stream| stream.documents.is_some());
        let streams: Vec<Stream> = streams.cloned().collect();
        if streams.is_empty() {
            return Ok(());
        }
        let indexed = self.indexed_documents()?;
        let mut taken: BTreeSet<usize> = BTreeSet::new();
        for stream in streams {
            let Some(documents) = &stream.documents else { continue };
            let is_new = |index: &usize| !taken.contains(index) && documents.matches(&self.tree.files[*index].path);
            let files: Vec<usize> = self.other_files.iter().copied().filter(is_new).collect();
            if files.is_empty() {
                if stream.required {
                    return Err(self.missing(&stream));
                }
                self.notes.push(format!("the source has nothing for: {}", stream.name));
                continue;
            }
            let listed = files.iter().map(|index| Listed {
                path: self.tree.files[*index].path.clone(),
                indexed_by: indexed.get(index).cloned(),
            });
            let listed = listed.collect();
            let table = self.tree.list(&stream.documents_path(), &documents.names, listed);
            taken.extend(files);
            self.add_stream(stream, &[table], &BTreeMap::new())?;
        }
        self.streams.sort_by_key(|stream| stream.stream.load_rank());
        Ok(())
    }

    /// The files that records of other streams name, each with the first such stream.
    fn indexed_documents(&self) -> Result<BTreeMap<usize, String>, PipelineError> {
        let mut indexed = BTreeMap::new();
        for stream in self.streams.iter().filter(|stream| stream.has_documents()) {
            for file in &stream.files {
                let (mut reader, _) = open(self, stream, file)?;
                while let Some(batch) = reader.next_batch(BATCH_RECORDS, BATCH_BYTES)? {
                    for record in batch.records().filter(|record| record.flaw().is_none()) {
                        let row = row_text(record, &file.header);
                        for found in self.documents_named(stream, file, &row.cells) {
                            if let DocumentLookup::Found(index) = found {
                                indexed.entry(index).or_insert_with(|| stream.name.clone());
                            }
                        }
                    }
                }
            }
        }
        Ok(indexed)
    }
}
