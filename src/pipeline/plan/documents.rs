//! The documents of a source: which of its files are some, and which of them a record names.

use std::io::Read;

use super::super::PipelineError;
use super::super::prepare::ordinal_name;
use super::{Plan, PlannedFile, PlannedStream};
use crate::connector::Transform;
use crate::extract::{DocumentLookup, ExtractError};
use crate::model::{Hash128, PartialDate, Phi};
use crate::normalize::{Content, Context, RowCells, normalize};

impl Plan {
    /// A hash of what each file is that a record names, or that it is not there; none where the stream has no documents.
    pub fn document_hashes(
        &self,
        stream: &PlannedStream,
        file: &PlannedFile,
        row: &RowCells<'_>,
    ) -> Result<Vec<Hash128>, PipelineError> {
        let hash = |found| match found {
            DocumentLookup::Found(index) => self.document_hash(index),
            DocumentLookup::Missing => Ok(Hash128::of_parts(&[b"missing"])),
            DocumentLookup::Outside => Ok(Hash128::of_parts(&[b"outside"])),
        };
        self.documents_named(stream, file, row).into_iter().map(hash).collect()
    }

    /// The files that a record names.
    pub(in crate::pipeline) fn documents_named(
        &self,
        stream: &PlannedStream,
        file: &PlannedFile,
        row: &RowCells<'_>,
    ) -> Vec<DocumentLookup> {
        if !stream.has_documents() {
            return Vec::new();
        }
        // No date matters here.
        let as_of = PartialDate { year: 9999, month: None, day: None };
        let context =
            Context { as_of, column_order: vec![None; file.header.columns.len()], held: false, terminology: None };
        let contents = normalize(&file.plan, row, &context).drafts.into_iter().filter_map(|draft| draft.content);
        let found = |content| match content {
            Content::File { under, folder, name, .. } => {
                Some(self.find_document(under.as_deref(), folder.as_ref(), &name))
            }
            Content::Note(_) | Content::Bytes(_) => None,
        };
        contents.filter_map(found).collect()
    }

    /// Opens a file that is no table. In an error an ordinal stands for its name.
    pub fn open_document(&self, index: usize) -> Result<Box<dyn Read + Send>, PipelineError> {
        let file = &self.tree.files[index];
        self.tree.open_file(file).map_err(|error| match error {
            ExtractError::Unreadable { source, .. } => {
                ExtractError::Unreadable { path: ordinal_name(index, &file.path), source }.into()
            }
            error => error.into(),
        })
    }

    pub fn find_document(
        &self,
        under: Option<&str>,
        folder: Option<&Phi<String>>,
        name: &Phi<String>,
    ) -> DocumentLookup {
        self.tree.find_document(under, folder.map(|folder| folder.reveal().as_str()), name.reveal())
    }

    fn document_hash(&self, index: usize) -> Result<Hash128, PipelineError> {
        if let Some(hash) = self.documents.lock().ok().and_then(|known| known.get(&index).copied()) {
            return Ok(hash);
        }
        let file = &self.tree.files[index];
        let mut hasher = blake3::Hasher::new();
        let read = std::io::copy(&mut self.open_document(index)?, &mut hasher);
        read.map_err(|source| ExtractError::Unreadable { path: ordinal_name(index, &file.path), source })?;
        let hash = Hash128::from_hash(&hasher.finalize());
        if let Ok(mut known) = self.documents.lock() {
            known.insert(index, hash);
        }
        Ok(hash)
    }

    /// What lies in a folder of documents is a document, whatever it looks like.
    pub(super) fn is_below_documents(&self, path: &str) -> bool {
        let fields = self.pack.streams.iter().flat_map(|stream| stream.mappings()).flat_map(|mapping| &mapping.fields);
        let mut folders = fields.filter_map(|field| match &field.transform {
            Transform::Document { under, .. } => under.as_deref(),
            _ => None,
        });
        let first = path.split_once('/').map(|(first, _)| first);
        first.is_some_and(|first| folders.any(|folder| folder.split(['/', '\\']).next() == Some(first)))
    }

    /// Whether it is a document, or a table in one.
    pub(super) fn is_document_s(&self, path: &str) -> bool {
        let is_one = |path: &str| {
            let lists = self.pack.streams.iter().filter_map(|stream| stream.documents.as_ref());
            lists.into_iter().any(|documents| documents.matches(path))
        };
        let holder = path.rsplit_once('/').map(|(holder, _)| holder);
        self.is_below_documents(path) || is_one(path) || holder.is_some_and(is_one)
    }
}
