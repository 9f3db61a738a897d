//! A pack, whole and typed: the meaning of `connector.toml` together with its mappings and code maps.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use globset::GlobBuilder;

use super::check::{Located, did_you_mean, parse_toml};
use super::manifest::{Manifest, StreamText};
use super::mapping::{DateOrder, Drift};
use super::{CodeMap, Mapping, Note, Problem};
use crate::model::{PartHasher, PartialDate, Standard};

mod fields;
mod files;
mod layout;
mod repeats;
mod tap;

pub use repeats::{NewestBy, Repeats};
pub use tap::TapProgram;

pub use files::{DocumentFiles, TABLE_FILES};
use files::{FilePattern, documents_path, file_patterns, name_patterns};

/// The files of a pack by their path relative to its folder, with `/` between folders.
pub type PackFiles = BTreeMap<String, Vec<u8>>;

/// One legacy system's shape.
#[derive(Clone, Debug)]
pub struct Pack {
    pub id: String,
    pub name: String,
    pub version: String,
    pub description: String,
    /// The day `connectors test` takes for today.
    pub as_of: PartialDate,
    /// Detected only where no other connector fits.
    pub fallback: bool,
    /// The program that reads its sources, where one does.
    pub tap: Option<TapProgram>,
    pub streams: Vec<Stream>,
    /// Over `connector.toml`, mappings, code maps and queries; part of every run.
    pub hash: String,
}

/// One table of the source.
#[derive(Clone, Debug)]
pub struct Stream {
    pub name: String,
    pub patterns: Vec<FilePattern>,
    /// Where its rows are files that are documents.
    pub documents: Option<DocumentFiles>,
    /// Where its rows are what a query gives: the file of that, and its text.
    pub query: Option<(String, Arc<str>)>,
    pub required: bool,
    pub key: Vec<String>,
    /// Where `connector.toml` says the key.
    pub key_line: usize,
    pub repeats: Repeats,
    /// Where the newest row of a key stands, or takes nothing of the last one back: the column that says when a row was written, and those that must say the same in all of them.
    pub newest: Option<NewestBy>,
    /// Column name to the names it had in other layouts.
    pub also: BTreeMap<String, Vec<String>>,
    /// What becomes of changed columns.
    pub drift: Drift,
    /// Lower-cased.
    pub null_values: BTreeSet<String>,
    /// Column and reason.
    pub ignore: Vec<(String, String)>,
    pub use_: StreamUse,
    pub encoding: Option<&'static encoding_rs::Encoding>,
    pub delimiter: Option<u8>,
    /// What stands before quotes within cells, where they are not doubled, and whether letters behind it name characters.
    pub escape: Option<(u8, bool)>,
    /// Whether the chart takes texts that were read as windows-1252 as the UTF-8 that they were.
    pub repairs_mojibake: bool,
    /// The row that names the columns of sheets, from 1, where it is not found by itself.
    pub header_row: Option<u32>,
    /// Of files without a header; else empty.
    pub columns: Vec<String>,
    /// Characters of each column, of files with nothing between them; else empty.
    pub widths: Vec<usize>,
    /// Where code reads its records, and not mappings.
    pub standard: Option<StandardStream>,
    /// Over all that decides what chart records its rows become.
    pub mapping_hash: String,
}

/// A stream of records in a standard form.
#[derive(Clone, Debug)]
pub struct StandardStream {
    pub standard: Standard,
    /// The type of its records, as the standard calls it.
    pub resource: String,
    /// The stream of each type.
    pub streams: Arc<BTreeMap<String, String>>,
}

/// What a stream's records are for.
#[derive(Clone, Debug)]
pub enum StreamUse {
    Chart(Vec<Arc<Mapping>>),
    /// Kept without a chart record, for this reason.
    Archive(String),
}

impl Stream {
    pub fn mappings(&self) -> &[Arc<Mapping>] {
        match &self.use_ {
            StreamUse::Chart(mappings) => mappings,
            StreamUse::Archive(_) => &[],
        }
    }

    /// What the table of its documents is called among the files of a source.
    pub fn documents_path(&self) -> String {
        documents_path(&self.name)
    }

    pub fn matches(&self, path: &str) -> bool {
        self.patterns.iter().any(|pattern| pattern.matches(path))
    }

    /// Whether a table is called nearly as one of its, with numbers or signs beside: `Allergies (2)`.
    pub fn is_nearly_called(&self, path: &str) -> bool {
        let word =
            |name: &str| name.chars().filter(|c| c.is_alphabetic()).flat_map(char::to_lowercase).collect::<String>();
        let table = path.rsplit_once('/').map(|(_, table)| word(table));
        let tables = self.patterns.iter().filter_map(|pattern| pattern.text.rsplit_once('/'));
        table.is_some_and(|table| tables.into_iter().any(|(_, name)| word(name) == table && !table.is_empty()))
    }

    /// Whether a pattern of it may mean a table of this file.
    pub fn wants_tables_of(&self, file: &str) -> bool {
        let name = file.rsplit('/').next().unwrap_or(file);
        let holders = self.patterns.iter().filter_map(|pattern| pattern.text.rsplit_once('/'));
        holders.into_iter().any(|(holder, _)| {
            let matcher = GlobBuilder::new(holder).case_insensitive(true).build();
            let wanted = if holder.contains('/') { file } else { name };
            matcher.is_ok_and(|glob| glob.compile_matcher().is_match(wanted))
        })
    }

    /// The files it is made of, as the pack writes them.
    pub fn pattern_texts(&self) -> String {
        let patterns = self.documents.as_ref().map_or(&self.patterns, |documents| &documents.patterns);
        patterns.iter().map(|pattern| pattern.text.as_str()).collect::<Vec<_>>().join(", ")
    }

    /// What rows of one key mean. Records that are only kept are never in conflict with one another.
    pub fn fate_of_repeats(&self) -> Repeats {
        match (&self.use_, self.repeats) {
            (StreamUse::Archive(_), Repeats::Duplicate) => Repeats::Separate,
            (_, repeats) => repeats,
        }
    }

    /// When this stream is loaded among the others: by what others refer to first.
    pub fn load_rank(&self) -> u8 {
        self.mappings().first().map_or(u8::MAX, |mapping| mapping.record.load_rank())
    }
}

#[derive(Debug, thiserror::Error)]
pub enum PackError {
    #[error("the connector in {folder} has {} problem{}", problems.len(), if problems.len() == 1 { "" } else { "s" })]
    Invalid { folder: String, problems: Vec<Problem> },
    #[error("no connector is called `{name}`")]
    Unknown { name: String, nearest: Option<String> },
    #[error("{path} cannot be read")]
    Unreadable { path: String, source: std::io::Error },
}

/// Column names are compared without case and outer white space.
pub fn folded(name: &str) -> String {
    name.trim().to_lowercase()
}

impl Pack {
    /// Gives a pack's files their meaning, or all that is wrong with them.
    pub fn parse(files: &PackFiles) -> Result<(Self, Vec<Note>), Vec<Problem>> {
        let mut problems = Vec::new();
        let texts = utf8_texts(files, &mut problems);
        let Some(text) = texts.get("connector.toml") else {
            problems.push(Problem { file: "connector.toml".into(), line: 0, message: "is missing".into() });
            return Err(problems);
        };
        let at = Located { file: "connector.toml", text };
        let manifest: Manifest = match parse_toml(at) {
            Ok(manifest) => manifest,
            Err(problem) => {
                problems.push(problem);
                // What can be read without the manifest is checked all the same.
                let mappings = texts.iter().filter(|(path, _)| path.starts_with("mappings/"));
                problems.extend(mappings.filter_map(|(file, text)| fields::syntax(Located { file, text })));
                code_maps(files, &mut problems, &mut Vec::new());
                return Err(problems);
            }
        };
        let mut notes = Vec::new();
        let maps = code_maps(files, &mut problems, &mut notes);
        let queries = queries(files, &mut problems);
        let mut parser = fields::Parser {
            texts: &texts,
            queries: &queries,
            maps: &maps,
            used_maps: BTreeSet::new(),
            parsed: BTreeMap::new(),
            notes,
        };
        let as_of = check_head(&manifest, at, &mut problems);
        let mut streams = Vec::new();
        for stream in &manifest.stream {
            match stream_of(stream, &manifest, at, &mut parser) {
                Ok(parsed) => streams.push(Stream { mapping_hash: mapping_hash(stream, &manifest, files), ..parsed }),
                Err(more) => problems.extend(more),
            }
        }
        let by_type = |stream: &Stream| Some((stream.standard.as_ref()?.resource.clone(), stream.name.clone()));
        let by_type: Arc<BTreeMap<String, String>> = Arc::new(streams.iter().filter_map(by_type).collect());
        streams.iter_mut().filter_map(|stream| stream.standard.as_mut()).for_each(|of| of.streams = by_type.clone());
        check_streams(&manifest, &streams, at, &mut problems);
        problems.extend(super::Template::parse(files).err().unwrap_or_default());
        let tap = tap::tap_of(&manifest, at, &mut problems);
        let mut notes = parser.unused();
        notes.sort();
        if !problems.is_empty() {
            problems.sort();
            problems.dedup();
            return Err(problems);
        }
        let pack = Self {
            id: manifest.id.into_inner(),
            name: manifest.name,
            version: manifest.version,
            description: manifest.description,
            as_of,
            fallback: manifest.fallback,
            tap,
            streams,
            hash: hash_of(files),
        };
        Ok((pack, notes))
    }

    pub fn stream(&self, name: &str) -> Option<&Stream> {
        self.streams.iter().find(|stream| stream.name == name)
    }
}

fn utf8_texts<'a>(files: &'a PackFiles, problems: &mut Vec<Problem>) -> BTreeMap<&'a str, &'a str> {
    let mut texts = BTreeMap::new();
    for (path, bytes) in files.iter().filter(|(path, _)| path.ends_with(".toml")) {
        match std::str::from_utf8(bytes) {
            Ok(text) => drop(texts.insert(path.as_str(), text)),
            Err(_) => problems.push(Problem { file: path.clone(), line: 0, message: "is not UTF-8".into() }),
        }
    }
    texts
}

fn code_maps(files: &PackFiles, problems: &mut Vec<Problem>, notes: &mut Vec<Note>) -> BTreeMap<String, Arc<CodeMap>> {
    let mut maps = BTreeMap::new();
    for (path, bytes) in files {
        let Some(name) = path.strip_prefix("codes/").and_then(|name| name.strip_suffix(".csv")) else { continue };
        match CodeMap::parse(bytes) {
            Ok(map) => {
                let open = map.open().iter().map(|line| Note {
                    file: path.clone(),
                    line: *line,
                    message: "open: say what this code means".into(),
                });
                notes.extend(open);
                let drafts = map.drafts();
                notes.extend(drafts.first().map(|line| Note {
                    file: path.clone(),
                    line: *line,
                    message: format!("draft: {} not approved yet, this the first", lines(drafts.len())),
                }));
                maps.insert(name.to_owned(), Arc::new(map));
            }
            Err((line, message)) => problems.push(Problem { file: path.clone(), line, message }),
        }
    }
    maps
}

fn lines(count: usize) -> String {
    if count == 1 { "1 line is".into() } else { format!("{count} lines are") }
}

fn queries(files: &PackFiles, problems: &mut Vec<Problem>) -> BTreeMap<String, Arc<str>> {
    let mut queries = BTreeMap::new();
    for (path, bytes) in files.iter().filter(|(path, _)| path.starts_with("queries/") && path.ends_with(".sql")) {
        match std::str::from_utf8(bytes) {
            Ok(text) => drop(queries.insert(path.clone(), text.into())),
            Err(_) => problems.push(Problem { file: path.clone(), line: 0, message: "is not UTF-8".into() }),
        }
    }
    queries
}

fn check_head(manifest: &Manifest, at: Located<'_>, problems: &mut Vec<Problem>) -> PartialDate {
    if *manifest.format.get_ref() != 1 {
        problems.push(at.problem(manifest.format.span().start, "this program knows `format = 1`"));
    }
    let id = manifest.id.get_ref();
    if id.is_empty() || !id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-') {
        problems.push(at.problem(manifest.id.span().start, "`id` has lower-case letters, digits and hyphens only"));
    }
    let fallback = PartialDate { year: 2026, month: Some(1), day: Some(1) };
    let Some(as_of) = &manifest.as_of else { return fallback };
    PartialDate::parse_iso(as_of.get_ref()).filter(|date| date.day.is_some()).unwrap_or_else(|| {
        problems.push(at.problem(as_of.span().start, "`as_of` is no day: write YYYY-MM-DD"));
        fallback
    })
}

fn check_streams(manifest: &Manifest, streams: &[Stream], at: Located<'_>, problems: &mut Vec<Problem>) {
    if manifest.stream.is_empty() {
        problems.push(at.problem(0, "there is no [[stream]]"));
    }
    let mut seen = BTreeSet::new();
    for stream in &manifest.stream {
        if !seen.insert(stream.name.get_ref().as_str()) {
            let message = format!("there are two streams called `{}`", stream.name.get_ref());
            problems.push(at.problem(stream.name.span().start, message));
        }
    }
    for name in &manifest.elsewhere {
        if !seen.insert(name.get_ref()) {
            let message = format!("`{}` is a stream of this connector, and named as another source's", name.get_ref());
            problems.push(at.problem(name.span().start, message));
        }
    }
    problems.extend(fields::check_references(streams, &seen));
}

fn stream_of(
    text: &StreamText,
    manifest: &Manifest,
    at: Located<'_>,
    parser: &mut fields::Parser<'_>,
) -> Result<Stream, Vec<Problem>> {
    let mut problems = Vec::new();
    let start = text.name.span().start;
    let mut patterns = Vec::new();
    let mut query = None;
    let mut documents = None;
    match (&text.files, &text.query, &text.documents) {
        (Some(files), None, None) => patterns = file_patterns(files, at, &mut problems),
        (None, None, Some(files)) => {
            let name = globset::escape(&documents_path(text.name.get_ref()));
            patterns.extend(FilePattern::new(&name));
            let names = name_patterns(&text.names, at, &mut problems);
            documents = Some(DocumentFiles { patterns: file_patterns(files, at, &mut problems), names });
        }
        (None, Some(name), None) => {
            let file = format!("queries/{}.sql", name.get_ref());
            match (parser.queries.get(&file), FilePattern::new(&globset::escape(&file))) {
                (Some(sql), Ok(pattern)) => {
                    patterns.push(pattern);
                    query = Some((file, sql.clone()));
                }
                _ => problems.push(at.problem(name.span().start, format!("there is no {file}"))),
            }
        }
        _ => problems.push(at.problem(start, "a stream has one of `files`, `query` and `documents`")),
    }
    if let (None, Some(name)) = (&text.documents, text.names.first()) {
        problems.push(at.problem(name.span().start, "`names` is for a stream of `documents`"));
    }
    let (repeats, newest) = repeats::parse(text, at, start, &mut problems);
    let order = date_order(text.date_order.as_ref().or(manifest.defaults.date_order.as_ref()), at, &mut problems);
    let mut mappings = Vec::new();
    for name in &text.mappings {
        match parser.mapping(name.get_ref(), order) {
            Ok(mapping) => mappings.push(mapping),
            Err(fields::Failed::Missing) => {
                let message = format!("there is no mappings/{}.toml", name.get_ref());
                problems.push(at.problem(name.span().start, message));
            }
            Err(fields::Failed::Wrong(more)) => problems.extend(more),
        }
    }
    let standard = standard_of(text, at, &mut problems);
    if let Some(of) = &standard {
        let kinds = of.standard.kinds(&of.resource).into_iter();
        mappings.extend(
            kinds.map(|(record, name)| Arc::new(Mapping { name, record, when: Vec::new(), fields: Vec::new() })),
        );
    }
    if mappings.iter().skip(1).any(|mapping| mapping.record == crate::model::RecordType::Patient) {
        problems.push(at.problem(start, "a mapping to Patient must be the first of its stream"));
    }
    let is_people = mappings.first().is_some_and(|mapping| mapping.record == crate::model::RecordType::Patient);
    // Where the key is the person, the rows of one key are one person told of several times.
    let key_is_person = standard.as_ref().is_some_and(|of| of.standard.keys_are_people())
        && matches!(repeats, Repeats::Last | Repeats::Newest);
    if is_people && repeats != Repeats::Duplicate && !key_is_person {
        let offset = text.repeats.as_ref().map_or(start, |word| word.span().start);
        let message =
            "rows of one patient key are one person corrected or several people: `repeats` is not for patients";
        problems.push(at.problem(offset, message));
    }
    for ignore in &text.ignore {
        if is_open(ignore.reason.get_ref()) {
            let columns: Vec<String> = ignore.columns.iter().map(|column| format!("`{column}`")).collect();
            let message = format!(
                "open: {} of stream `{}`: map it, or say why it is ignored",
                columns.join(", "),
                text.name.get_ref()
            );
            parser.notes.push(at.problem(ignore.reason.span().start, message));
        }
        if ignore.reason.get_ref().trim().is_empty() {
            problems.push(at.problem(ignore.reason.span().start, "an ignored column needs a reason"));
        }
    }
    if text.archive.as_deref().is_some_and(is_open) {
        let message = format!("open: stream `{}`: map it, or say why it is only kept", text.name.get_ref());
        parser.notes.push(at.problem(start, message));
    }
    layout::check(text, at, &mut problems);
    let use_ = match (&text.archive, mappings.is_empty() && text.mappings.is_empty()) {
        (Some(reason), true) => StreamUse::Archive(reason.clone()),
        (None, false) => StreamUse::Chart(mappings),
        (Some(_), false) => {
            problems.push(at.problem(start, "a stream has either `mappings` or `archive`, not both"));
            StreamUse::Chart(mappings)
        }
        (None, true) => {
            problems.push(at.problem(start, "a stream needs `mappings`, `standard`, or `archive` with the reason"));
            StreamUse::Chart(mappings)
        }
    };
    let stream = Stream {
        name: text.name.get_ref().clone(),
        patterns,
        documents,
        drift: drift_of(text.drift.as_ref().or(manifest.defaults.drift.as_ref()), at, &mut problems),
        query,
        required: text.required,
        key: text.key.iter().map(|column| column.get_ref().clone()).collect(),
        key_line: at.line(text.key.first().map_or(start, |column| column.span().start)),
        repeats,
        newest,
        also: text.also.clone(),
        null_values: manifest.defaults.null_values.iter().chain(&text.null_values).map(|value| folded(value)).collect(),
        ignore: text
            .ignore
            .iter()
            // What is open is kept.
            .filter(|ignore| !is_open(ignore.reason.get_ref()))
            .flat_map(|ignore| ignore.columns.iter().map(|column| (column.clone(), ignore.reason.get_ref().clone())))
            .collect(),
        use_,
        encoding: layout::encoding(text.encoding.as_ref().or(manifest.defaults.encoding.as_ref()), at, &mut problems),
        delimiter: layout::delimiter(
            text.delimiter.as_ref().or(manifest.defaults.delimiter.as_ref()),
            at,
            &mut problems,
        ),
        escape: layout::escape(text, &manifest.defaults, at, &mut problems),
        repairs_mojibake: repairs(text, manifest, at, &mut problems),
        header_row: text.header_row.as_ref().map(|row| *row.get_ref()),
        columns: text.columns.as_ref().map(|columns| columns.get_ref().clone()).unwrap_or_default(),
        widths: text.widths.as_ref().map(|widths| widths.get_ref().clone()).unwrap_or_default(),
        standard,
        mapping_hash: String::new(),
    };
    if problems.is_empty() { Ok(stream) } else { Err(problems) }
}

/// The standard form of a stream's records; whose they are is filled in once all streams are known.
fn standard_of(text: &StreamText, at: Located<'_>, problems: &mut Vec<Problem>) -> Option<StandardStream> {
    let (word, resource) = match (&text.standard, &text.resource) {
        (None, None) => return None,
        (Some(word), Some(resource)) => (word, resource),
        (Some(one), None) | (None, Some(one)) => {
            problems.push(at.problem(one.span().start, "`standard` and `resource` go together"));
            return None;
        }
    };
    if let Some(mapping) = text.mappings.first() {
        problems.push(at.problem(mapping.span().start, "a stream has either `mappings` or `standard`, not both"));
    }
    let Some(standard) = Standard::parse(word.get_ref()) else {
        problems.push(at.problem(word.span().start, "`standard` is one of fhir-r4, ccda, hl7v2"));
        return None;
    };
    if standard.kinds(resource.get_ref()).is_empty() {
        problems.push(at.problem(resource.span().start, format!("the chart has no `{}`", resource.get_ref())));
    }
    Some(StandardStream { standard, resource: resource.get_ref().clone(), streams: Arc::default() })
}

/// Whether a reason says that there is none yet.
fn is_open(reason: &str) -> bool {
    reason == OPEN || reason.starts_with("TODO:")
}

/// Stands in a draft where somebody has to decide.
pub(super) const OPEN: &str = "TODO";

fn drift_of(word: Option<&toml::Spanned<String>>, at: Located<'_>, problems: &mut Vec<Problem>) -> Drift {
    let Some(word) = word else { return Drift::default() };
    Drift::parse(word.get_ref()).unwrap_or_else(|| {
        problems.push(at.problem(word.span().start, "`drift` is one of evolve, freeze, quarantine"));
        Drift::default()
    })
}

fn date_order(word: Option<&toml::Spanned<String>>, at: Located<'_>, problems: &mut Vec<Problem>) -> DateOrder {
    let Some(word) = word else { return DateOrder::Evidence };
    fields::date_order(word.get_ref()).unwrap_or_else(|| {
        problems.push(at.problem(word.span().start, "`date_order` is one of dmy, mdy, evidence"));
        DateOrder::Evidence
    })
}

/// What a pack lets be put right: a stream's own list, or that of all.
fn repairs(text: &StreamText, manifest: &Manifest, at: Located<'_>, problems: &mut Vec<Problem>) -> bool {
    let Some(words) = text.repair.as_ref().or(manifest.defaults.repair.as_ref()) else { return false };
    if words.get_ref().iter().any(|word| word != MOJIBAKE) {
        problems.push(at.problem(words.span().start, format!("`repair` knows only `{MOJIBAKE}`")));
    }
    words.get_ref().iter().any(|word| word == MOJIBAKE)
}

const MOJIBAKE: &str = "mojibake";

fn hash_of(files: &PackFiles) -> String {
    let mut hasher = blake3::Hasher::new();
    for (path, bytes) in files {
        let is_part = ["mappings/", "codes/", "queries/"].iter().any(|folder| path.starts_with(folder));
        if path == "connector.toml" || is_part {
            hasher.update(&(path.len() as u64).to_le_bytes()).update(path.as_bytes());
            hasher.update(&(bytes.len() as u64).to_le_bytes()).update(bytes);
        }
    }
    hasher.finalize().to_hex().to_string()
}

/// A hash of what decides what chart records a stream's rows become: its mappings, the code maps they name, what counts as no
/// value, how dates are read. What only says where rows are found or why columns are ignored is left out.
fn mapping_hash(stream: &StreamText, manifest: &Manifest, files: &PackFiles) -> String {
    let mut hasher = PartHasher::new();
    let word = |word: &Option<toml::Spanned<String>>| word.as_ref().map(|word| word.get_ref().clone());
    let order = word(&stream.date_order).or(word(&manifest.defaults.date_order)).unwrap_or_default();
    hasher.part(order.as_bytes());
    for value in manifest.defaults.null_values.iter().chain(&stream.null_values) {
        hasher.part(folded(value).as_bytes());
    }
    for column in layout::columns(stream) {
        hasher.part(column.as_bytes());
    }
    if repairs(stream, manifest, Located { file: "", text: "" }, &mut Vec::new()) {
        hasher.part(b"repairs mojibake");
    }
    hasher.part(b"also");
    for (column, names) in &stream.also {
        hasher.part(column.as_bytes());
        names.iter().for_each(|name| hasher.part(name.as_bytes()));
    }
    for word in [&stream.standard, &stream.resource].into_iter().flatten() {
        hasher.part(word.get_ref().as_bytes());
    }
    if let Some(name) = &stream.query {
        hasher.part(files.get(&format!("queries/{}.sql", name.get_ref())).map(Vec::as_slice).unwrap_or_default());
    }
    for name in &stream.mappings {
        let path = format!("mappings/{}.toml", name.get_ref());
        let mapping = files.get(&path).map(Vec::as_slice).unwrap_or_default();
        hasher.part(name.get_ref().as_bytes());
        hasher.part(mapping);
        for (path, map) in files {
            let Some(map_name) = path.strip_prefix("codes/").and_then(|name| name.strip_suffix(".csv")) else {
                continue;
            };
            // A name that stands in the mapping for another reason does no harm: the map counts although nothing uses it.
            if memchr::memmem::find(mapping, map_name.as_bytes()).is_some() {
                hasher.part(map_name.as_bytes());
                hasher.part(map);
            }
        }
    }
    hasher.finish().to_hex().to_string()
}

/// Says which names a wrong one resembles.
pub(super) fn suggestion<'a>(wrong: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    did_you_mean(wrong, names)
}
