//! The content of documents: notes from cells, files of the source.

use std::io::Read;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::super::PipelineError;
use super::super::survey::hex;
use super::{Class, Known, Work};
use crate::extract::{DocumentFlaw, DocumentKind, DocumentLookup, ExtractError, Looked, Recognized, look};
use crate::matching::InText;
use crate::model::{ChartId, ChartRow, IssueCode, Phi, Value, record_id};
use crate::normalize::{Content, Draft};
use crate::store::{DocumentWrite, WaitingDocument};

/// A document above this size is kept as a file, not as a document's content.
const MAX_DOCUMENT_BYTES: u64 = 512 << 20;

/// Whose letters are recognized less surely than this is not said by them.
const SURE_PERCENT: f64 = 85.0;

const WORTH_COMPRESSING_BYTES: usize = 1024;

/// The content of a document record.
pub(super) enum Attached {
    Nothing,
    Note(DocumentWrite),
    /// A file's, with its index where it is one of the source, and what is odd about it.
    Content {
        document: DocumentWrite,
        file: Option<usize>,
        odd: Option<IssueCode>,
        column: u32,
    },
    /// What is wrong with the file it names, and which that is.
    Fault {
        code: IssueCode,
        column: u32,
        number: usize,
        name: Phi<String>,
    },
}

/// A document that was opened, and what it is and says.
pub(super) struct Opened {
    bytes: Vec<u8>,
    sha256: String,
    looked: Looked,
    recognized: Option<Recognized>,
    /// Where it is a file of the source.
    file: Option<usize>,
}

/// Whose document a text says that it is.
pub(super) enum Found {
    One((ChartId, ChartId)),
    Nobody,
    /// It is nothing that is looked through.
    NotAsked,
}

impl Work<'_> {
    /// Opens the file that a record names, or says why not. `number` tells the documents of one record apart.
    fn open_named(
        &self,
        known: &Known<'_>,
        (under, folder, name): (Option<&str>, Option<&Phi<String>>, &Phi<String>),
        number: usize,
    ) -> Result<Result<Arc<Opened>, IssueCode>, PipelineError> {
        let is_last =
            |(position, last, _): &&(u64, String, Arc<Opened>)| *position == known.position && last == name.reveal();
        if let Some((.., opened)) = self.opened.borrow().as_ref().filter(is_last) {
            return Ok(Ok(opened.clone()));
        }
        let (bytes, file) = match self.shared.kept_documents {
            Some(kept) => match kept.get(&number).filter(|(kept, _)| kept == name.reveal()) {
                Some((_, bytes)) => (bytes.clone(), None),
                None => return Ok(Err(IssueCode::DocumentMissing)),
            },
            None => match self.shared.plan.find_document(under, folder, name) {
                DocumentLookup::Found(index) => match self.read_document(index)? {
                    Some(bytes) => (bytes, Some(index)),
                    None => return Ok(Err(IssueCode::DocumentMissing)),
                },
                DocumentLookup::Missing => return Ok(Err(IssueCode::DocumentMissing)),
                DocumentLookup::Outside => return Ok(Err(IssueCode::DocumentOutside)),
            },
        };
        let looked = look(name.reveal(), &bytes);
        let sha256 = hex(&Sha256::digest(&bytes));
        let ocr = self.shared.plan.ocr.as_ref();
        let recognized = match looked.text {
            Some(_) => None,
            None => match self.recognized_before(known, number, &sha256)? {
                Some(before) => Some(before),
                None => ocr.and_then(|ocr| ocr.read(looked.kind, &bytes)),
            },
        };
        let opened = Arc::new(Opened { bytes, sha256, looked, recognized, file });
        *self.opened.borrow_mut() = Some((known.position, name.reveal().clone(), opened.clone()));
        Ok(Ok(opened))
    }

    /// What was recognized in a document when it was charted, if it is still the same: reading its letters again takes long.
    fn recognized_before(
        &self,
        known: &Known<'_>,
        number: usize,
        sha256: &str,
    ) -> Result<Option<Recognized>, PipelineError> {
        if !matches!(known.class, Class::Remap { .. }) || self.shared.reader.is_none() {
            return Ok(None);
        }
        let id = self.record_id(known, number);
        let held = self.ask(|reader| reader.content(id))?.filter(|held| held.sha256 == sha256);
        let found = |name: &str| {
            let found = held.as_ref()?.found.iter().find(|(column, _)| *column == name)?;
            Some(found.1.clone())
        };
        let is_ocr = found("text_source").is_some_and(|source| source.as_str() == Some("ocr"));
        Ok(match (is_ocr, found("text"), found("text_confidence")) {
            (true, Some(Value::Text(text)), Some(Value::Real(confidence))) => {
                Some(Recognized { text: text.into(), confidence })
            }
            _ => None,
        })
    }

    /// Whether a document that a record names was an erased person's.
    pub(super) fn is_erased_document(&self, known: &Known<'_>) -> Result<bool, PipelineError> {
        if self.shared.stream.stream.documents.is_none() || known.record.flaw().is_some() {
            return Ok(false);
        }
        for draft in self.normalized(known).drafts {
            let Some(Content::File { under, folder, name, .. }) = draft.content else { continue };
            let opened = self.open_named(known, (under.as_deref(), folder.as_ref(), &name), draft.mapping)?;
            if opened.is_ok_and(|opened| self.shared.plan.erased.is_document(&opened.sha256)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whose a document is by what a person decided: registration and patient.
    pub(super) fn decided_subject(&self, known: &Known<'_>, draft: &Draft) -> Option<(ChartId, ChartId)> {
        let subjects = self.shared.subjects.filter(|_| self.shared.stream.stream.documents.is_some())?;
        subjects.decided(self.record_id(known, draft.mapping), known.identified.content)
    }

    /// Whether the text of a document is another person's than whom its name says, for certain.
    pub(super) fn is_anothers_by_text(
        &self,
        known: &Known<'_>,
        draft: &Draft,
        patient: ChartId,
    ) -> Result<bool, PipelineError> {
        Ok(matches!(self.subject_in_text(known, draft)?, Found::One((_, other)) if other != patient))
    }

    /// Whose a document is by its text: the one person whose name and birth date stand in it.
    pub(super) fn subject_in_text(&self, known: &Known<'_>, draft: &Draft) -> Result<Found, PipelineError> {
        if self.shared.stream.stream.documents.is_none() {
            return Ok(Found::NotAsked);
        }
        let (Some(subjects), Some(Content::File { under, folder, name, .. })) = (self.shared.subjects, &draft.content)
        else {
            return Ok(Found::Nobody);
        };
        let file = (under.as_deref(), folder.as_ref(), name);
        let Ok(opened) = self.open_named(known, file, draft.mapping)? else { return Ok(Found::Nobody) };
        let sure = opened.recognized.as_ref().filter(|recognized| recognized.confidence >= SURE_PERCENT);
        let recognized = sure.map(|recognized| recognized.text.as_str());
        let whole = opened.looked.text.as_deref().filter(|_| opened.looked.flaw != Some(DocumentFlaw::TooLarge));
        let text = whole.or(recognized).unwrap_or_default();
        Ok(match subjects.named.find(text) {
            InText::One { identity, patient } => Found::One((identity, patient)),
            InText::Nobody | InText::Doubtful => Found::Nobody,
        })
    }

    /// Reads a document's content and notes it in its row. `number` tells the documents of one record apart.
    pub(super) fn attach(
        &self,
        known: &Known<'_>,
        row: &mut ChartRow,
        content: Content,
        number: usize,
    ) -> Result<Attached, PipelineError> {
        let (under, folder, name, column) = match content {
            Content::Note(text) => {
                let bytes = text.into_inner().into_bytes();
                let sha256 = hex(&Sha256::digest(&bytes));
                // What is written in signs for a program is given to read without them, too.
                let looked = marked_up(&bytes).map(|name| look(name, &bytes));
                if let Some(looked) =
                    looked.filter(|found| matches!(found.kind, DocumentKind::Rtf | DocumentKind::Html))
                {
                    let document = content_of(row, &bytes, &sha256, looked.kind.mime_type())?;
                    put_found(row, &looked, None);
                    return Ok(Attached::Note(document));
                }
                return Ok(Attached::Note(content_of(row, &bytes, &sha256, "text/plain")?));
            }
            Content::Bytes(bytes) => {
                let (bytes, name) = (bytes.into_inner(), row.get("file_name").as_str().unwrap_or_default().to_owned());
                let (sha256, looked) = (hex(&Sha256::digest(&bytes)), look(&name, &bytes));
                let document = content_of(row, &bytes, &sha256, looked.kind.mime_type_of(&name))?;
                put_found(row, &looked, None);
                return Ok(Attached::Note(document));
            }
            Content::File { under, folder, name, column } => (under, folder, name, column),
        };
        let opened = match self.open_named(known, (under.as_deref(), folder.as_ref(), &name), number)? {
            Ok(opened) => opened,
            Err(code) => return Ok(Attached::Fault { code, column, number, name }),
        };
        let Opened { bytes, sha256, looked, recognized, file } = &*opened;
        let document = content_of(row, bytes, sha256, looked.kind.mime_type_of(name.reveal()))?;
        put_found(row, looked, recognized.as_ref());
        let odd = looked.flaw.map(|flaw| match flaw {
            DocumentFlaw::Empty => IssueCode::DocumentEmpty,
            DocumentFlaw::NameContradicts => IssueCode::DocumentTypeDiffers,
            DocumentFlaw::Encrypted | DocumentFlaw::Damaged | DocumentFlaw::TooLarge => IssueCode::DocumentUnreadable,
        });
        Ok(Attached::Content { document, file: *file, odd, column })
    }

    /// Takes in a document's content. Where the file is not there any more, what the chart has of it from before stays.
    pub(super) fn take_attached(
        &mut self,
        known: &Known<'_>,
        row: &mut ChartRow,
        attached: Attached,
    ) -> Result<(), PipelineError> {
        match attached {
            Attached::Nothing => {}
            Attached::Note(document) => self.out.batch.documents.push(document),
            Attached::Content { document, file, odd, column } => {
                self.out.consumed.extend(file);
                self.out.batch.documents.push(document);
                if let Some(code) = odd {
                    self.out.issues.add(code, Some(column), known.record.row());
                }
            }
            Attached::Fault { code, column, number, name } => {
                if code == IssueCode::DocumentMissing {
                    self.take_held(known, row, number, name.reveal())?;
                }
                self.out.issues.add(code, Some(column), known.record.row());
                self.fail_cell(column);
            }
        }
        Ok(())
    }

    /// Takes what the store has under the name of a file that the source does not hold, if anything: the bytes that waited with the record, or
    /// those that its chart row holds, if it is the same registration's.
    fn take_held(
        &mut self,
        known: &Known<'_>,
        row: &mut ChartRow,
        number: usize,
        name: &str,
    ) -> Result<(), PipelineError> {
        let (Some(before), Some(_)) = (known.detail.known, self.shared.reader) else { return Ok(()) };
        if let Some(bytes) = self.ask(|reader| reader.waiting(before.id, number, name))? {
            let looked = look(name, &bytes);
            let sha256 = hex(&Sha256::digest(&bytes));
            let document = content_of(row, &bytes, &sha256, looked.kind.mime_type_of(name))?;
            put_found(row, &looked, None);
            self.out.batch.documents.push(document);
            return Ok(());
        }
        // Its row may take another id in this very run, which only the writing connection sees yet.
        let mapping = (number > 0).then(|| self.shared.file.plan.mapping_name(number));
        let (system, stream) = (&self.shared.plan.system, &self.shared.stream.name);
        let former = record_id(system, stream, &known.identified.key, before.ordinal, mapping);
        let held = self.ask(|reader| reader.content(former))?;
        let is_renamed = former != row.id;
        if let Some(held) = held.filter(|held| held.file_name == name && (held.identity == row.identity || is_renamed))
        {
            put(row, "mime_type", held.mime_type.map_or(Value::Null, Value::text), true);
            put(row, "size_bytes", Value::Integer(held.size_bytes), false);
            put(row, "sha256", Value::text(held.sha256), false);
            held.found.into_iter().for_each(|(name, value)| put(row, name, value, true));
            self.out.batch.kept_contents.push(row.id);
        }
        Ok(())
    }

    /// A cell that was counted as mapped names a file that is not there.
    pub(super) fn fail_cell(&mut self, column: u32) {
        let column = self.out.columns.get_mut(column as usize);
        for cells in column.into_iter().chain([&mut self.out.totals.cells]).filter(|cells| cells.mapped > 0) {
            cells.mapped -= 1;
            cells.failed += 1;
        }
    }

    /// Keeps the files that a quarantined record names with it, so that it can be loaded later without its source. What waits
    /// already and is not delivered again goes on waiting.
    pub(super) fn keep_documents(&mut self, known: &Known<'_>) -> Result<(), PipelineError> {
        if !self.shared.stream.has_documents() || known.record.flaw().is_some() {
            return Ok(());
        }
        let record = self.out.batch.records.len();
        for draft in self.normalized(known).drafts {
            let Some(Content::File { under, folder, name, .. }) = draft.content else { continue };
            let number = draft.mapping;
            let bytes = match self.shared.kept_documents {
                Some(kept) => {
                    let bytes =
                        kept.get(&number).filter(|(kept, _)| kept == name.reveal()).map(|(_, bytes)| bytes.clone());
                    if bytes.is_some() {
                        let id = self.record_id(known, number);
                        self.out.batch.waiting_contents.push(id);
                    }
                    bytes
                }
                None => match self.shared.plan.find_document(under.as_deref(), folder.as_ref(), &name) {
                    DocumentLookup::Found(index) => {
                        let bytes = self.read_document(index)?;
                        self.out.consumed.extend(bytes.as_ref().map(|_| index));
                        bytes
                    }
                    _ => None,
                },
            };
            let packed = bytes.map(|bytes| zstd::bulk::compress(&bytes, 3)).transpose();
            let bytes = packed.map_err(PipelineError::Temporary)?;
            self.out.batch.waiting.push(WaitingDocument { record, number, name: name.into_inner(), bytes });
        }
        Ok(())
    }

    fn read_document(&self, index: usize) -> Result<Option<Vec<u8>>, PipelineError> {
        let file = &self.shared.plan.tree.files[index];
        if file.size_bytes > MAX_DOCUMENT_BYTES {
            return Ok(None);
        }
        let mut bytes = Vec::new();
        let unreadable = |source| ExtractError::Unreadable { path: ordinal_name(index, &file.path), source };
        self.shared.plan.open_document(index)?.take(MAX_DOCUMENT_BYTES).read_to_end(&mut bytes).map_err(unreadable)?;
        Ok(Some(bytes))
    }

    /// The files that a document record written before names are still its content, not unclaimed files. Gives what is wrong
    /// with the others.
    pub(super) fn note_documents(&mut self, known: &Known<'_>) -> Vec<(IssueCode, u32)> {
        let mut faults = Vec::new();
        if !self.shared.stream.has_documents() || known.record.flaw().is_some() {
            return faults;
        }
        for draft in self.normalized(known).drafts {
            if let Some(Content::File { under, folder, name, column }) = draft.content {
                if let Some(kept) = self.shared.kept_documents {
                    if kept.get(&draft.mapping).is_none_or(|(kept, _)| kept != name.reveal()) {
                        faults.push((IssueCode::DocumentMissing, column));
                    }
                    continue;
                }
                match self.shared.plan.find_document(under.as_deref(), folder.as_ref(), &name) {
                    // A file too large for a document is kept as a file.
                    DocumentLookup::Found(index) => {
                        if self.shared.plan.tree.files[index].size_bytes <= MAX_DOCUMENT_BYTES {
                            self.out.consumed.push(index);
                        }
                    }
                    DocumentLookup::Missing => faults.push((IssueCode::DocumentMissing, column)),
                    DocumentLookup::Outside => faults.push((IssueCode::DocumentOutside, column)),
                }
            }
        }
        faults
    }
}

/// A document's content, noted in its row.
fn content_of(
    row: &mut ChartRow,
    bytes: &[u8],
    sha256: &str,
    found_type: &str,
) -> Result<DocumentWrite, PipelineError> {
    put(row, "mime_type", Value::text(found_type), true);
    put(row, "size_bytes", Value::Integer(bytes.len() as i64), false);
    put(row, "sha256", Value::text(sha256), false);
    let mime_type = row.get("mime_type").as_str().map(str::to_owned);
    let (size_bytes, sha256) = (bytes.len() as u64, sha256.to_owned());
    let (compressed, bytes) = packed(bytes)?;
    Ok(DocumentWrite { document: row.id, mime_type, size_bytes, sha256, compressed, bytes })
}

/// Notes what was found in a document.
/// What a note would be called as a file, where it begins as RTF or HTML does.
fn marked_up(note: &[u8]) -> Option<&'static str> {
    let note = note.trim_ascii_start();
    match note {
        [b'<', first, ..] if first.is_ascii_alphabetic() || *first == b'!' => {
            note.contains(&b'>').then_some("note.html")
        }
        _ => note.starts_with(b"{\\rtf").then_some("note.rtf"),
    }
}

fn put_found(row: &mut ChartRow, looked: &Looked, recognized: Option<&Recognized>) {
    let pages = looked.pages.map_or(Value::Null, |pages| Value::Integer(i64::from(pages)));
    put(row, "page_count", pages, true);
    if let Some(text) = &looked.text {
        put(row, "text", Value::text(text.as_str()), false);
        put(row, "text_source", Value::text("document"), false);
    } else if let Some(recognized) = recognized {
        put(row, "text", Value::text(recognized.text.as_str()), false);
        put(row, "text_source", Value::text("ocr"), false);
        put(row, "text_confidence", Value::Real(recognized.confidence), false);
    }
}

fn put(row: &mut ChartRow, name: &str, value: Value, only_if_empty: bool) {
    if let Some(column) = row.record.column_index(name)
        && (!only_if_empty || row.values[column].is_null())
    {
        row.values[column] = value;
    }
}

/// Short notes are not worth a frame each; what does not shrink stays plain.
fn packed(bytes: &[u8]) -> Result<(bool, Vec<u8>), PipelineError> {
    if bytes.len() < WORTH_COMPRESSING_BYTES {
        return Ok((false, bytes.to_vec()));
    }
    let packed = zstd::bulk::compress(bytes, 3).map_err(PipelineError::Temporary)?;
    Ok(if packed.len() < bytes.len() { (true, packed) } else { (false, bytes.to_vec()) })
}

/// Names of documents are patient data: an ordinal and a short hash stand for them in messages.
pub fn ordinal_name(index: usize, path: &str) -> String {
    format!("document {} ({})", index + 1, &hex(&Sha256::digest(path.as_bytes()))[..8])
}
