//! What a run will read: the source's files, each given to a stream of the pack or kept as what it is.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

mod choose;
mod documents;
mod header;

use choose::{ask, choose, claimant, headers};
pub(super) use header::{layout_of, unclaimed_stream};
use header::{read_header, spare_columns, two_for_a_key};

use super::PipelineError;
use super::erased::Erased;
use super::error::MissingColumns;
use super::outcome::ERASED;
use super::prepare::ordinal_name;
use super::tap;
use super::terminology::site_tables;
use crate::connector::{Drift, FileHeader, Pack, Stream, StreamUse, Target, Transform};
use crate::extract::{
    ExtractError, Header, Ocr, OpenedTables, SourceFile, SourcePlace, SourceTree, looks_like_a_table,
};
use crate::model::Hash128;
use crate::normalize::{Medications, RowPlan, SiteTables};

/// What the user asked for.
#[derive(Clone, Debug, Default)]
pub struct PlanOptions {
    /// A built-in pack's name or a pack's folder; detected where not given.
    pub connector: Option<String>,
    pub system: Option<String>,
    /// Files and folders that are no source although they lie in it: the store and the report.
    pub leave_out: Vec<PathBuf>,
    /// Of each file no more records than these are read: only for a look at what would happen.
    pub limit: Option<u64>,
    /// What becomes of a stream whose layout changed, by its name or `*`, where it is not what the connector says.
    pub drift: BTreeMap<String, Drift>,
    /// Streams whose changed layout is right.
    pub accept_drift: Vec<String>,
    /// The languages in which letters in pictures are read, as tesseract names them; not at all where none are.
    pub ocr: Option<String>,
    /// The folder of tables of code systems that the site brings.
    pub terminology: Option<PathBuf>,
    /// How far the source's tap had read when its last run was done.
    pub tap_state: Option<String>,
}

/// The source of a run with everything that is known before its first record is read.
pub struct Plan {
    pub tree: SourceTree,
    pub pack: Pack,
    pub system: String,
    /// What it is called among several sources of one run.
    pub label: Option<String>,
    /// In load order.
    pub streams: Vec<PlannedStream>,
    /// Files that are neither claimed nor tables; those that a document record names are taken out while loading.
    pub other_files: Vec<usize>,
    /// Things the user should know.
    pub notes: Vec<String>,
    /// Whom the source may not bring back; nobody until the store was asked.
    pub erased: Erased,
    /// Records that are read of each file, where not all are.
    pub limit: Option<u64>,
    pub drift: BTreeMap<String, Drift>,
    pub accept_drift: Vec<String>,
    /// Reads letters in pictures.
    pub ocr: Option<Ocr>,
    /// Tables of code systems that the site brought.
    pub terminology: Option<Arc<SiteTables>>,
    /// Documents that were hashed already.
    documents: Mutex<HashMap<usize, Hash128>>,
    /// Drugs that records name; none until the store was asked.
    pub medications: Option<Arc<Medications>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamKind {
    /// Its first mapping makes patients.
    People,
    Chart,
    Archived,
    /// No pack speaks of it.
    Unclaimed,
    /// It is called after a person who was erased: nothing of it is kept.
    Erased,
}

pub struct PlannedStream {
    pub name: String,
    pub stream: Arc<Stream>,
    pub kind: StreamKind,
    pub files: Vec<PlannedFile>,
    /// Whether other streams' records refer to its records.
    pub is_referred_to: bool,
}

impl PlannedStream {
    /// Its name for terminals and logs: one that no pack claims is called after its file, which may bear a patient's name.
    pub fn shown_name(&self, index: usize) -> Cow<'_, str> {
        match self.kind {
            StreamKind::Unclaimed | StreamKind::Erased => format!("table {}", index + 1).into(),
            _ => self.name.as_str().into(),
        }
    }

    /// The name of one of its files for terminals, for the same reason.
    pub fn shown_path(&self, file: &PlannedFile) -> String {
        match self.kind {
            StreamKind::Unclaimed => shown_file(file.file, &file.path),
            // A file of one patient may be called after them.
            _ if self.stream.standard.is_some() => shown_file(file.file, &file.path),
            _ => file.path.clone(),
        }
    }

    /// Whether its records may name files of the source.
    pub fn has_documents(&self) -> bool {
        let fields = self.stream.mappings().iter().flat_map(|mapping| &mapping.fields);
        fields.into_iter().any(|field| matches!(field.transform, Transform::Document { .. }))
            || self.stream.standard.as_ref().is_some_and(|of| of.standard.has_files(&of.resource))
    }
}

pub struct PlannedFile {
    /// Index into the tree's files.
    pub file: usize,
    pub path: String,
    /// Shared by files of a stream that have the same one, as is the plan.
    pub header: Arc<Header>,
    pub plan: Arc<RowPlan>,
    /// Its layout changed, and what is new or changed in it waits until somebody says that this is right.
    pub held: bool,
}

/// Name of the stream of files that are no tables.
pub const OTHER_FILES: &str = "files";

impl Plan {
    pub fn make(source: &SourcePlace, options: &PlanOptions) -> Result<Self, PipelineError> {
        let mut tree = tap::open(source, options)?;
        tree.leave_out(&options.leave_out);
        let mut notes = Vec::new();
        if tree.files.is_empty() && tree.is_of_files() {
            return Err(PipelineError::EmptySource { source_path: tree.source });
        }
        if tree.links_skipped > 0 {
            notes.push(format!("{} symbolic links in {} were not followed", tree.links_skipped, tree.source));
        }
        if tree.others_skipped > 0 {
            notes.push(format!("{} pipes or devices in {} were not read", tree.others_skipped, tree.source));
        }
        let opened = tree.open_tables()?;
        if tree.files.is_empty() {
            return Err(ExtractError::NoTables { path: tree.source }.into());
        }
        let headers = headers(&tree)?;
        let pack = choose(&tree, &headers, options)?;
        tree.head_sheets(|file| claimant(&pack, file)?.header_row)?;
        let without = ask(&mut tree, &pack)?;
        let system = options.system.clone().unwrap_or_else(|| pack.id.clone());
        let documents = Mutex::default();
        let (streams, other_files, erased) = (Vec::new(), Vec::new(), Erased::default());
        let limit = options.limit;
        let (drift, accept_drift) = (options.drift.clone(), options.accept_drift.clone());
        let ocr = options.ocr.as_deref().map(Ocr::new).transpose();
        let ocr = ocr.map_err(|why| PipelineError::NoOcr { why })?;
        let terminology = options.terminology.as_deref().map(site_tables).transpose()?.map(Arc::new);
        let label = None;
        let mut plan = Self {
            tree,
            pack,
            system,
            label,
            streams,
            other_files,
            notes,
            erased,
            limit,
            drift,
            accept_drift,
            ocr,
            terminology,
            documents,
            medications: None,
        };
        plan.notes.extend(plan.tree.warnings().iter().map(|warning| (*warning).to_owned()));
        plan.notes.extend(options.tap_state.as_ref().map(|_| tap::READS_ON.to_owned()));
        if let Some(limit) = limit {
            let what = "what refers to others is counted as an orphan";
            plan.notes.push(format!("only the first {limit} records of each file are read; {what}"));
        }
        plan.heed_unopened(opened)?;
        plan.notes.extend(without);
        plan.assign(&headers)?;
        plan.add_documents()?;
        plan.note_tables();
        Ok(plan)
    }

    /// Of no source: for records that the store has.
    pub(super) fn of_pack(pack: Pack, system: String, ocr: Option<Ocr>, erased: Erased) -> Self {
        Self {
            tree: SourceTree::nothing(),
            pack,
            system,
            label: None,
            streams: Vec::new(),
            other_files: Vec::new(),
            notes: Vec::new(),
            erased,
            limit: None,
            drift: BTreeMap::new(),
            accept_drift: Vec::new(),
            ocr,
            terminology: None,
            documents: Mutex::default(),
            medications: None,
        }
    }

    /// A workbook or database that cannot be read is kept as a file, unless the connector wants its tables. Records in a standard form come in
    /// many files, of which one that cannot be read stops no other.
    fn heed_unopened(&mut self, opened: OpenedTables) -> Result<(), PipelineError> {
        let is_source = |path: &str| {
            Path::new(&self.tree.source).is_file() && self.tree.files.len() == 1 && path == self.tree.files[0].path
        };
        let has_standard = self.pack.streams.iter().any(|stream| stream.standard.is_some());
        let wants = |path: &str| {
            // What a connector of a standard only keeps is of that standard, too.
            let is_of_rows = |stream: &Stream| match stream.use_ {
                StreamUse::Archive(_) => !has_standard,
                StreamUse::Chart(_) => stream.standard.is_none(),
            };
            let mut of_rows = self.pack.streams.iter().filter(|stream| is_of_rows(stream));
            !self.is_document_s(path) && of_rows.any(|stream| stream.wants_tables_of(path))
        };
        // Names may be patients'.
        let shown = |path: &str| {
            let index = self.tree.files.iter().position(|file| file.path == path).unwrap_or_default();
            shown_file(index, path)
        };
        let mut notes = Vec::new();
        for (path, error) in opened.refused {
            if is_source(&path) || wants(path.strip_suffix(".gz").unwrap_or(&path)) {
                return Err(error.into());
            }
            let why = match error {
                ExtractError::WorkbookLocked { .. } => "a workbook that is locked with a password",
                ExtractError::NoWorkbook { .. } => "called like a workbook and none",
                ExtractError::DatabaseLocked { .. } => "a database that is locked with a password",
                ExtractError::DatabaseBusy { .. } => "a database that is being written",
                ExtractError::DatabaseDamaged { .. } => "a database that cannot be read",
                ExtractError::TableCut { .. } => "a table that is cut off",
                ExtractError::JsonDamaged { .. } => "called like JSON and none, or damaged",
                ExtractError::DbaseVersion { .. } => "a table of dBase 7",
                ExtractError::Unreadable { .. } => "compressed and damaged, or cannot be read",
                _ => "a workbook that cannot be read",
            };
            notes.push(format!("{} is {why}; it is kept as a file, and none of its rows is charted", shown(&path)));
        }
        // XML is of many kinds, and a feed of messages has files with nothing in them.
        let may_be_others =
            |path: &str| [".xml", ".hl7"].iter().any(|end| path.to_lowercase().ends_with(end)) && !is_source(path);
        if let Some(path) = opened.barren.into_iter().find(|path| wants(path) && !may_be_others(path)) {
            return Err(ExtractError::NoTables { path }.into());
        }
        let mut broken: BTreeMap<String, usize> = BTreeMap::new();
        for (file, table) in opened.broken {
            if self.pack.streams.iter().any(|stream| stream.matches(&table)) {
                if self.tree.is_server() {
                    let (place, why) = (self.tree.source.clone(), "this user may not read it".into());
                    return Err(ExtractError::TableRefused { place, table, why }.into());
                }
                return Err(ExtractError::DatabaseDamaged { path: table }.into());
            }
            *broken.entry(file).or_default() += 1;
        }
        for (file, count) in broken {
            if self.tree.is_server() {
                let noun = if count == 1 { "table" } else { "tables" };
                notes.push(format!(
                    "{count} {noun} of the database cannot be read: nothing of that is kept; may this user SELECT from all?"
                ));
                continue;
            }
            notes.push(format!(
                "{}: {count} of its tables and views cannot be read; it is kept as a file",
                shown(&file)
            ));
        }
        self.notes.extend(notes);
        Ok(())
    }

    fn note_tables(&mut self) {
        for (number, stream) in self.streams.iter().enumerate() {
            for file in &stream.files {
                let shown = match stream.kind {
                    StreamKind::Unclaimed => stream.shown_name(number).into_owned(),
                    _ if stream.stream.standard.is_some() => format!("{}, {}", stream.name, stream.shown_path(file)),
                    _ => file.path.clone(),
                };
                let notes = self.tree.files[file.file].notes().into_iter();
                self.notes.extend(notes.map(|note| format!("{shown}: {note}")));
            }
        }
    }

    /// Gives every file to a stream.
    fn assign(&mut self, headers: &BTreeMap<usize, FileHeader>) -> Result<(), PipelineError> {
        let mut claimed: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        let mut unclaimed = Vec::new();
        for (index, file) in self.tree.files.iter().enumerate() {
            // A workbook among documents is one of them.
            let is_in_one = file.is_rows() && self.is_document_s(&file.path);
            let is_its = |stream: &Stream| !is_in_one && file.claimed_as().any(|path| stream.matches(path));
            if file.holds_tables() && self.pack.streams.iter().any(|stream| stream.matches(&file.path)) {
                return Err(ExtractError::NameATable { path: file.path.clone() }.into());
            }
            match self.pack.streams.iter().position(is_its) {
                // Their rows are read where they come from, or with the file that they are in.
                None if file.is_derived() || file.is_spent() || (file.is_rows() && self.is_document_s(&file.path)) => {}
                Some(stream) => claimed.entry(stream).or_default().push(index),
                None if headers.contains_key(&index) && !self.is_document_s(&file.path) && self.is_table(file)? => {
                    unclaimed.push(index);
                }
                None => self.other_files.push(index),
            }
        }
        let nearly = |stream: &Stream| {
            let mut tables = unclaimed.iter().enumerate();
            tables.find(|(_, index)| stream.is_nearly_called(&self.tree.files[**index].path)).map(|(_, index)| *index)
        };
        let near: BTreeMap<String, usize> =
            self.pack.streams.iter().filter_map(|stream| Some((stream.name.clone(), nearly(stream)?))).collect();
        let mut absent = Vec::new();
        let streams = self.pack.streams.clone().into_iter().enumerate();
        for (number, stream) in streams.filter(|(_, stream)| stream.documents.is_none()) {
            match claimed.remove(&number) {
                Some(files) => self.add_stream(stream, &files, headers)?,
                None if stream.required => return Err(self.missing(&stream)),
                None if stream.mappings().is_empty() => {}
                None => absent.push(stream.name),
            }
        }
        if !absent.is_empty() {
            self.notes.push(format!("the source has nothing for: {}", absent.join(", ")));
        }
        for (stream, index) in near.iter().filter(|(stream, _)| absent.contains(stream)) {
            let shown = shown_file(*index, &self.tree.files[*index].path);
            self.notes.push(format!(
                "{shown}: it is called nearly as the table of `{stream}`, and not read as that: if it is, give it that name"
            ));
        }
        let mut unknown = Vec::new();
        for index in unclaimed {
            unknown.push(self.add_unclaimed(index, headers.get(&index))?);
        }
        if unknown.len() > MANY_TABLES {
            self.notes.push(format!(
                "{} tables are unknown to the connector; their records are kept, none is charted; the report names them",
                unknown.len()
            ));
        } else {
            self.notes.extend(unknown.into_iter().map(|shown| {
                format!("{shown}: the connector does not know this table; its records are kept, none is charted; the report names it")
            }));
        }
        self.streams.sort_by_key(|stream| stream.stream.load_rank());
        Ok(())
    }

    /// Takes in whom the source may not bring back. A table that is called after one of them goes by a number from here on.
    pub fn heed(&mut self, erased: Erased) {
        for (index, stream) in self.streams.iter_mut().enumerate() {
            let is_named = |stream: &PlannedStream| {
                erased.is_in_name(&stream.name) || stream.files.iter().any(|file| erased.is_in_name(&file.path))
            };
            if stream.kind == StreamKind::Unclaimed && is_named(stream) {
                let name = format!("(erased table {})", index + 1);
                let hidden =
                    Stream { name: name.clone(), use_: StreamUse::Archive(ERASED.into()), ..(*stream.stream).clone() };
                stream.stream = Arc::new(hidden);
                stream.kind = StreamKind::Erased;
                for file in &mut stream.files {
                    file.path.clone_from(&name);
                    file.plan = Arc::new(RowPlan::unclaimed(&stream.stream, &self.system, &file.header.columns));
                }
                stream.name = name;
            }
        }
        self.erased = erased;
    }

    /// A stream's name in reports.
    pub fn named(&self, stream: &str) -> String {
        self.label.as_ref().map_or_else(|| stream.to_owned(), |label| format!("{label}/{stream}"))
    }

    /// Whether the source has this stream.
    pub fn has_stream_now(&self, stream: &str) -> bool {
        stream == OTHER_FILES || self.streams.iter().any(|planned| planned.name == stream)
    }

    /// Whether the source or its connector has this stream.
    pub fn has_stream(&self, stream: &str) -> bool {
        self.has_stream_now(stream) || self.pack.stream(stream).is_some()
    }

    /// Whether records of other streams refer to records of this one, the patient apart.
    pub fn is_referred_to(&self, stream: &str) -> bool {
        let of_standard = |one: &Stream| one.name == stream && one.standard.is_some();
        if self.pack.streams.iter().any(of_standard) {
            return true;
        }
        let fields = self.pack.streams.iter().flat_map(|stream| stream.mappings()).flat_map(|mapping| &mapping.fields);
        fields.into_iter().any(|field| match &field.transform {
            Transform::Reference { stream: to } => field.target != Target::Patient && to == stream,
            _ => false,
        })
    }

    pub(super) fn missing(&self, stream: &Stream) -> PipelineError {
        PipelineError::MissingStream {
            connector: self.pack.id.clone(),
            files: stream.pattern_texts(),
            stream: stream.name.clone(),
            source_path: self.tree.source.clone(),
            links_skipped: self.tree.links_skipped,
        }
    }

    fn is_table(&self, file: &SourceFile) -> Result<bool, PipelineError> {
        if file.is_rows() || !file.path.to_lowercase().ends_with(".txt") {
            return Ok(true);
        }
        let unreadable = |source| ExtractError::Unreadable { path: file.path.clone(), source };
        Ok(looks_like_a_table(self.tree.open_file(file)?).map_err(unreadable)?)
    }

    /// Plans a stream of these files; `headers` are those that were read before.
    pub(super) fn add_stream(
        &mut self,
        stream: Stream,
        files: &[usize],
        headers: &BTreeMap<usize, FileHeader>,
    ) -> Result<(), PipelineError> {
        let stream = Arc::new(stream);
        let mut planned = Vec::new();
        let mut bound: HashMap<Arc<Header>, Arc<RowPlan>> = HashMap::new();
        // Of documents the youngest is read last, and its word stands; the others keep their order.
        let mut files = files.to_vec();
        files.sort_by_cached_key(|index| (self.tree.files[*index].age(), *index));
        for index in &files {
            let file = &self.tree.files[*index];
            let columns = headers.get(index).map(|header| &header.columns[..]);
            let header = Arc::new(read_header(&self.tree, file, &stream, columns)?);
            if header.columns.is_empty() {
                if stream.required {
                    return Err(PipelineError::EmptyFile { file: file.path.clone(), connector: self.pack.id.clone() });
                }
                self.notes.push(format!("{} is empty", file.path));
            }
            self.notes.extend(tap::other_key(file, &stream));
            if let Some((header, plan)) = bound.get_key_value(&header) {
                let (header, plan) = (header.clone(), plan.clone());
                planned.push(PlannedFile { file: *index, path: file.path.clone(), header, plan, held: false });
                continue;
            }
            if let Some((key, first, second)) = two_for_a_key(&stream, &header.columns) {
                return Err(PipelineError::KeyTwice { file: file.path.clone(), key, first, second });
            }
            let plan = match (&stream.use_, header.columns.is_empty()) {
                (StreamUse::Chart(_), false) => {
                    RowPlan::bind(&stream, &self.system, &header.columns).map_err(|missing| {
                        let (file, columns) = (file.path.clone(), header.columns.clone());
                        let spare = spare_columns(&stream, &columns);
                        PipelineError::MissingColumns(Box::new(MissingColumns { file, missing, columns, spare }))
                    })?
                }
                _ => RowPlan::archived(&stream, &self.system, &header.columns),
            };
            let plan = Arc::new(plan);
            bound.insert(header.clone(), plan.clone());
            planned.push(PlannedFile { file: *index, path: file.path.clone(), header, plan, held: false });
        }
        let kind = match stream.mappings().first() {
            None => StreamKind::Archived,
            Some(mapping) if mapping.record == crate::model::RecordType::Patient => StreamKind::People,
            Some(_) => StreamKind::Chart,
        };
        let is_referred_to = self.is_referred_to(&stream.name);
        let name = stream.name.clone();
        self.streams.push(PlannedStream { name, stream, kind, files: planned, is_referred_to });
        Ok(())
    }

    /// Gives the file's name for terminals.
    fn add_unclaimed(&mut self, index: usize, header: Option<&FileHeader>) -> Result<String, PipelineError> {
        let file = &self.tree.files[index];
        let path = file.path.clone();
        let stem = path.rsplit_once('.').filter(|_| !file.is_rows()).map_or(path.as_str(), |(stem, _)| stem);
        let taken = |name: &str| name == OTHER_FILES || self.streams.iter().any(|stream| stream.name == name);
        let more = (2..).map(|number| format!("{path} ({number})"));
        let mut names = [stem.to_owned(), path.clone()].into_iter().chain(more);
        let name = names.find(|name| !taken(name)).unwrap_or_else(|| path.clone());
        let stream = Arc::new(unclaimed_stream(&name));
        let columns = header.map(|header| &header.columns[..]);
        let header = Arc::new(read_header(&self.tree, file, &stream, columns)?);
        let plan = Arc::new(RowPlan::unclaimed(&stream, &self.system, &header.columns));
        let files = vec![PlannedFile { file: index, path: path.clone(), header, plan, held: false }];
        // A practice may name files by its patients: the name is for the report.
        let shown = shown_file(index, &path);
        let kind = StreamKind::Unclaimed;
        self.streams.push(PlannedStream { name, stream, kind, files, is_referred_to: false });
        Ok(shown)
    }
}

/// A file that may be called after a patient, for terminals.
fn shown_file(index: usize, path: &str) -> String {
    ordinal_name(index, path).replacen("document", "file", 1)
}

/// More unknown tables than these are not told one by one.
const MANY_TABLES: usize = 8;
