//! Resources of FHIR as JSON: a resource, a Bundle or an array of resources in a file, or one on each line (NDJSON), whatever the file's name
//! ends with. Each type of resource is a table; its records are the resources as they stand, and their columns the paths of all values within
//! (`code.coding.0.code`).
//!
//! A Bundle is a box: what stands in it beside its resources is kept with the file. What is no resource is a record of one of the file's
//! tables, which cannot be read, and so is a file that is damaged.

mod columns;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Cursor, Read};
use std::sync::Arc;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::ExtractError;
use super::batches::{batch, in_batches};
use super::rows::{LocalFile, RowWriter, Tables};
use columns::Columns;

/// Longer lines are no resource; a resource with its documents in it is one.
const MAX_LINE_BYTES: u64 = 120 << 20;
/// A Bundle is held in memory while it is read.
const MAX_BUNDLE_BYTES: u64 = 1 << 30;
/// What is larger than this and called lines is lines, if one of them is a resource.
const MAX_MISCALLED_BYTES: u64 = 256 << 20;

#[derive(Debug)]
struct FhirFile {
    path: String,
    file: LocalFile,
    form: Form,
    /// By type of resource.
    tables: Vec<(String, Vec<String>)>,
    /// What is no resource, and the table that has it.
    garbage: u64,
    garbage_table: usize,
    /// Every line is a resource, to the letter.
    holds_all: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Whole,
    Lines,
    Damaged,
}

/// Whether a file begins as resources do, maybe behind a line that is none.
pub(super) fn is_fhir(file: &LocalFile) -> bool {
    let mut start = Vec::new();
    let read = File::open(file.path()).and_then(|file| file.take(64 << 10).read_to_end(&mut start));
    read.is_ok() && decoded(start).contains("\"resourceType\"")
}

/// Gives the file back where it is another kind of JSON.
pub(super) fn open(path: &str, file: LocalFile) -> Result<Result<Arc<dyn Tables>, LocalFile>, ExtractError> {
    let (tables, form) = (Vec::new(), Form::Whole);
    let mut opened =
        FhirFile { path: path.to_owned(), file, form, tables, garbage: 0, garbage_table: 0, holds_all: false };
    match opened.find_form()? {
        Some(form) => opened.form = form,
        None => return Ok(Err(opened.file)),
    }
    let mut found = opened.look_into()?;
    if opened.form == Form::Damaged {
        found.guessed = kind_in(&opened.text()?);
    }
    if found.garbage > 0 && found.columns.is_empty() {
        found.columns.insert(found.guessed.unwrap_or_else(|| "Patient".into()), Columns::default());
    }
    opened.tables = found.columns.into_iter().map(|(kind, columns)| (kind, columns.sorted())).collect();
    opened.garbage = found.garbage;
    opened.holds_all = opened.form == Form::Lines && !found.has_other && found.garbage == 0;
    opened.garbage_table = opened.tables.iter().position(|(kind, _)| kind == "Patient").unwrap_or_default();
    Ok(Ok(Arc::new(opened)))
}

/// What is in a file, or in some of its lines.
#[derive(Default)]
struct Found {
    columns: BTreeMap<String, Columns>,
    garbage: u64,
    /// The first type of resource that garbage speaks of.
    guessed: Option<String>,
    /// Lines that are more than a resource, or were not read to the letter.
    has_other: bool,
}

impl Found {
    fn in_lines(lines: &[String]) -> Self {
        let mut found = Self::default();
        for line in lines {
            found.has_other |= line.contains("\"Bundle\"") || line.contains('\u{fffd}');
            each_in(line, &mut |kind, text| found.add(kind, text));
        }
        found
    }

    fn add(&mut self, kind: Option<&str>, text: &str) -> bool {
        match kind {
            Some(kind) => match self.columns.get_mut(kind) {
                Some(columns) => columns.add(text),
                None => self.columns.entry(kind.to_owned()).or_default().add(text),
            },
            None => {
                self.garbage += 1;
                self.guessed = self.guessed.take().or_else(|| kind_in(text));
            }
        }
        true
    }

    /// Takes in what stands behind.
    fn extend(&mut self, behind: Self) {
        for (kind, columns) in behind.columns {
            self.columns.entry(kind).or_default().extend(columns);
        }
        self.garbage += behind.garbage;
        self.guessed = self.guessed.take().or(behind.guessed);
        self.has_other |= behind.has_other;
    }
}

/// A type of resource that damaged text speaks of.
fn kind_in(text: &str) -> Option<String> {
    let kinds = text.split("\"resourceType\"").skip(1).filter_map(|rest| {
        let (kind, _) = rest.trim_start().strip_prefix(':')?.trim_start().strip_prefix('"')?.split_once('"')?;
        (kind.len() < 40 && kind.bytes().all(|byte| byte.is_ascii_alphabetic())).then_some(kind)
    });
    kinds.into_iter().find(|kind| *kind != "Bundle").map(str::to_owned)
}

#[derive(Deserialize)]
struct Kind<'a> {
    #[serde(rename = "resourceType", borrow)]
    kind: std::borrow::Cow<'a, str>,
    #[serde(borrow)]
    id: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Bundle<'a> {
    #[serde(borrow)]
    entry: Option<Vec<&'a RawValue>>,
}

#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(rename = "fullUrl", borrow)]
    full_url: Option<&'a RawValue>,
    #[serde(borrow)]
    resource: Option<&'a RawValue>,
    request: Option<Request>,
}

#[derive(Deserialize)]
struct Request {
    method: Option<String>,
}

/// Takes the type of a resource, or none for what is no resource, and its text; false where no more is wanted.
type Sink<'a> = dyn FnMut(Option<&str>, &str) -> bool + 'a;

/// In which encoding bytes are, and how many of them only say so.
fn encoding_of(start: &[u8]) -> (&'static Encoding, usize) {
    match start {
        [0xff, 0xfe, ..] => (UTF_16LE, 2),
        [0xfe, 0xff, ..] => (UTF_16BE, 2),
        [0xef, 0xbb, 0xbf, ..] => (UTF_8, 3),
        [b'{' | b'[', 0, ..] => (UTF_16LE, 0),
        [0, b'{' | b'[', ..] => (UTF_16BE, 0),
        _ => (UTF_8, 0),
    }
}

fn decoded(mut bytes: Vec<u8>) -> String {
    let (encoding, mark) = encoding_of(&bytes);
    bytes.drain(..mark);
    if encoding == UTF_8 {
        return String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
    }
    encoding.decode_without_bom_handling(&bytes).0.into_owned()
}

/// Lines that are not blank.
struct Lines(Box<dyn BufRead + Send>);

impl Lines {
    fn next(&mut self) -> std::io::Result<Option<String>> {
        loop {
            let mut line = Vec::new();
            if (&mut self.0).take(MAX_LINE_BYTES).read_until(b'\n', &mut line)? == 0 {
                return Ok(None);
            }
            let mut text =
                String::from_utf8(line).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
            text.truncate(text.trim_end().len());
            let blank = text.len() - text.trim_start().len();
            if blank > 0 {
                text.drain(..blank);
            }
            if !text.is_empty() {
                return Ok(Some(text));
            }
        }
    }
}

impl FhirFile {
    fn unreadable(&self, source: std::io::Error) -> ExtractError {
        ExtractError::Unreadable { path: self.path.clone(), source }
    }

    fn open_file(&self) -> Result<File, ExtractError> {
        File::open(self.file.path()).map_err(|source| self.unreadable(source))
    }

    /// All of it; what is larger than a Bundle may be is cut, and so none.
    fn text(&self) -> Result<String, ExtractError> {
        let mut bytes = Vec::new();
        let read = self.open_file()?.take(MAX_BUNDLE_BYTES).read_to_end(&mut bytes);
        read.map_err(|source| self.unreadable(source))?;
        Ok(decoded(bytes))
    }

    /// The name's ending says what is likely, and the content what is so; none where it is JSON of another kind.
    fn find_form(&self) -> Result<Option<Form>, ExtractError> {
        let is_called_lines = !self.path.to_lowercase().ends_with(".json");
        let mut lines = 0;
        let mut has_resource = false;
        if is_called_lines {
            self.each_line(&mut |line| {
                (lines, has_resource) = (lines + 1, is_resource(line));
                !has_resource
            })?;
            let size = self.open_file()?.metadata().map_err(|source| self.unreadable(source))?.len();
            if has_resource && (lines == 1 || size > MAX_MISCALLED_BYTES) {
                return Ok(Some(Form::Lines));
            }
        }
        let text = self.text()?;
        if serde_json::from_str::<&RawValue>(&text).is_ok() {
            let items = serde_json::from_str::<Vec<&RawValue>>(&text).unwrap_or_default();
            let is_its = is_resource(&text) || items.iter().any(|item| is_resource(item.get()));
            return Ok(is_its.then_some(Form::Whole));
        }
        if has_resource || text.lines().any(is_resource) {
            return Ok(Some(Form::Lines));
        }
        // Lines of another kind may have resources within.
        let mut lines = text.lines().filter(|line| !line.trim().is_empty());
        let is_other = lines.next().is_some_and(|line| serde_json::from_str::<&RawValue>(line).is_ok());
        Ok((!is_other).then_some(Form::Damaged))
    }

    /// Gives each line that is not blank, until no more is wanted.
    fn each_line(&self, sink: &mut dyn FnMut(&str) -> bool) -> Result<(), ExtractError> {
        let mut lines = self.lines()?;
        while let Some(line) = lines.next().map_err(|source| self.unreadable(source))? {
            if !sink(&line) {
                break;
            }
        }
        Ok(())
    }

    fn lines(&self) -> Result<Lines, ExtractError> {
        let mut input = BufReader::with_capacity(256 << 10, self.open_file()?);
        let (encoding, mark) = encoding_of(input.fill_buf().map_err(|source| self.unreadable(source))?);
        input.consume(mark);
        Ok(Lines(match encoding == UTF_8 {
            true => Box::new(input),
            false => Box::new(Cursor::new(self.text()?)),
        }))
    }

    /// All that is in it; of lines on every core.
    fn look_into(&self) -> Result<Found, ExtractError> {
        let mut found = Found::default();
        if self.form != Form::Lines {
            self.each(&mut |kind, text| found.add(kind, text))?;
            return Ok(found);
        }
        let mut lines = self.lines()?;
        let read = || batch(|| lines.next(), String::len);
        let done = in_batches(read, Found::in_lines, |behind| found.extend(behind));
        done.map_err(|source| self.unreadable(source)).map(|()| found)
    }

    fn each(&self, sink: &mut Sink<'_>) -> Result<(), ExtractError> {
        match self.form {
            Form::Lines => self.each_line(&mut |line| each_in(line, sink)),
            Form::Whole => {
                let text = self.text()?;
                match serde_json::from_str::<Vec<&RawValue>>(&text) {
                    Ok(items) => drop(items.iter().all(|item| each_in(item.get(), sink))),
                    Err(_) => drop(each_in(&text, sink)),
                }
                Ok(())
            }
            Form::Damaged => {
                sink(None, &unreadable(&self.path));
                Ok(())
            }
        }
    }
}

/// Stands for what cannot be given as a record, each by its own; the file is kept.
fn unreadable(what: &str) -> String {
    format!("(unreadable {})", &blake3::hash(what.as_bytes()).to_hex()[..12])
}

fn is_resource(text: &str) -> bool {
    serde_json::from_str::<Kind<'_>>(text).is_ok()
}

/// The resources of a text that is one, or a Bundle.
fn each_in(text: &str, sink: &mut Sink<'_>) -> bool {
    match serde_json::from_str::<Kind<'_>>(text) {
        Ok(kind) => each_of(&kind.kind, text, sink),
        Err(_) => sink(None, text),
    }
}

/// A resource, or those of a Bundle.
fn each_of(kind: &str, text: &str, sink: &mut Sink<'_>) -> bool {
    if kind != "Bundle" {
        return sink(Some(kind), text);
    }
    let Ok(bundle) = serde_json::from_str::<Bundle<'_>>(text) else { return sink(None, text) };
    // A place may be empty.
    let entries = bundle.entry.unwrap_or_default().into_iter().map(RawValue::get).filter(|entry| *entry != "null");
    entries.into_iter().all(|text| {
        let Ok(entry) = serde_json::from_str::<Entry<'_>>(text) else { return sink(None, text) };
        let Some(resource) = entry.resource.map(RawValue::get) else { return true };
        // What a history says was taken out is not what is.
        if entry.request.and_then(|request| request.method).is_some_and(|method| method == "DELETE") {
            return sink(None, resource);
        }
        let url: Option<String> = entry.full_url.and_then(|url| serde_json::from_str(url.get()).ok());
        match serde_json::from_str::<Kind<'_>>(resource) {
            // Others in the Bundle know it by its place in there.
            Ok(Kind { kind, id: None }) => match url.as_deref().and_then(|url| id_in(url, &kind)) {
                Some(id) => {
                    let id = serde_json::to_string(id).unwrap_or_default();
                    let named = resource.trim_start().replacen('{', &format!("{{\"id\":{id},"), 1);
                    each_of(&kind, &named, sink)
                }
                None => each_of(&kind, resource, sink),
            },
            Ok(kind) => each_of(&kind.kind, resource, sink),
            Err(_) => sink(None, resource),
        }
    })
}

/// The id that a URL gives a resource: FHIR R4, 3.1.1 (`urn:uuid:`) and Bundle.fullUrl (`.../Patient/1`).
fn id_in<'u>(url: &'u str, kind: &str) -> Option<&'u str> {
    url.strip_prefix("urn:uuid:").or_else(|| {
        let (before, id) = url.rsplit_once('/')?;
        (before.rsplit('/').next() == Some(kind) && !id.is_empty()).then_some(id)
    })
}

impl Tables for FhirFile {
    fn names(&self) -> Vec<&str> {
        self.tables.iter().map(|(kind, _)| kind.as_str()).collect()
    }

    fn is_tree(&self) -> bool {
        true
    }

    fn hold_all(&self) -> bool {
        self.holds_all
    }

    fn columns(&self, table: usize) -> Option<Vec<String>> {
        Some(self.tables[table].1.clone())
    }

    fn has_column_as_met(&self, _table: usize, _column: &str) -> bool {
        true
    }

    fn notes(&self, table: usize) -> Vec<String> {
        if table != self.garbage_table || self.garbage == 0 {
            return Vec::new();
        }
        let what = if self.form == Form::Lines { "line" } else { "part" };
        vec![match (self.form, self.garbage) {
            (Form::Damaged, _) => "it is no JSON, or damaged: nothing in it is charted".to_owned(),
            (_, 1) => format!("1 {what} is no resource"),
            (_, garbage) => format!("{garbage} {what}s are no resources"),
        }]
    }

    fn is_small(&self, _table: usize) -> bool {
        self.file.is_small()
    }

    fn write(&self, table: usize, rows: &mut RowWriter) -> Result<(), ExtractError> {
        let (wanted, columns) = &self.tables[table];
        let header = serde_json::to_string(columns).unwrap_or_default();
        rows.text(format!("{header}\n").as_bytes());
        self.each(&mut |kind, text| {
            let is_its = kind.map_or(table == self.garbage_table, |kind| kind == wanted);
            if !is_its {
                return true;
            }
            // Line ends stand between the parts of a resource alone, never within its texts.
            let is_too_long = text.len() as u64 > MAX_LINE_BYTES;
            let mut line = if is_too_long { unreadable(text) } else { text.replace(['\n', '\r'], " ") };
            line.push('\n');
            rows.text(line.as_bytes())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::columns::MAX_COLUMNS;
    use super::*;

    /// Each table with its columns and records, as `kind columns / record / record`.
    fn tables(name: &str, bytes: &[u8]) -> Vec<(String, Vec<String>, Vec<String>)> {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), bytes).expect("a file");
        let tables = open(name, LocalFile::Unpacked(file)).expect("it can be read").expect("resources");
        let kinds: Vec<String> = tables.names().into_iter().map(str::to_owned).collect();
        let read = |(at, kind): (usize, String)| {
            let mut text = String::new();
            super::super::rows::read_rows(tables.clone(), at).read_to_string(&mut text).expect("text");
            let lines = text.lines().skip(1).map(str::to_owned).collect();
            (kind, tables.columns(at).expect("columns"), lines)
        };
        kinds.into_iter().enumerate().map(read).collect()
    }

    /// Kinds and numbers of records.
    fn counts(name: &str, text: &str) -> Vec<(String, usize)> {
        let found = tables(name, text.as_bytes());
        found.into_iter().map(|(kind, _, records)| (kind, records.len())).collect()
    }

    const ONE: &str = r#"{"resourceType":"Patient","id":"1","birthDate":"1950"}"#;
    const TWO: &str = r#"{"resourceType":"Patient","id":"2"}"#;

    #[test]
    fn resources_are_found_however_a_file_holds_them() {
        let patients = |count| vec![("Patient".to_owned(), count)];
        let pretty = ONE.replace(',', ",\n ");
        for name in ["a.json", "a.ndjson"] {
            for (text, count) in [
                (ONE.to_owned(), 1),
                (pretty.clone(), 1),
                (format!("[{ONE},\n{TWO}]"), 2),
                (format!("{ONE}\n{TWO}\n"), 2),
                (format!("garbage\n{ONE}\n{TWO}"), 3),
                (format!("{ONE}\n{{\"resourceType\":"), 2),
                (
                    format!(r#"{{"resourceType":"Bundle","entry":[null,{{"resource":{ONE}}},{{"resource":null}},7]}}"#),
                    2,
                ),
            ] {
                assert_eq!(counts(name, &text), patients(count), "{name}: {text}");
            }
            for empty in [r#"{"resourceType":"Bundle"}"#, r#"{"resourceType":"Bundle","entry":[]}"#] {
                assert_eq!(counts(name, empty), [], "{name}: {empty}");
            }
        }
        let wide = |encode: fn(u16) -> [u8; 2], mark: bool| {
            let text = if mark { format!("\u{feff}{ONE}") } else { ONE.to_owned() };
            text.encode_utf16().flat_map(encode).collect::<Vec<u8>>()
        };
        for bytes in [wide(u16::to_le_bytes, true), wide(u16::to_be_bytes, true), wide(u16::to_le_bytes, false)] {
            for name in ["a.json", "a.ndjson"] {
                assert_eq!(tables(name, &bytes)[0].2, [ONE]);
            }
        }
    }

    #[test]
    fn tables_with_resources_in_their_cells_are_tables() {
        let row = format!("{{\"number\":1,\"seen\":{ONE}}}");
        for (name, text) in [("a.ndjson", format!("{row}\n{row}\n")), ("a.json", format!("[{row}]"))] {
            let file = tempfile::NamedTempFile::new().expect("a file");
            std::fs::write(file.path(), text).expect("a file");
            assert!(open(name, LocalFile::Unpacked(file)).expect("it can be read").is_err(), "{name}");
        }
    }

    #[test]
    fn a_damaged_file_is_a_record_that_cannot_be_read() {
        let cut = "{\n\"resourceType\":\"Bundle\",\n\"entry\":[{\"resource\":{\"resourceType\":\"Condition\",\n\"id";
        let found = tables("a.json", cut.as_bytes());
        assert_eq!(found, [("Condition".to_owned(), vec!["id".to_owned()], vec![unreadable("a.json")])]);
    }

    #[test]
    fn a_resource_without_an_id_has_that_of_its_place() {
        let entry = |url: &str| format!(r#"{{"fullUrl":"{url}","resource":{{"resourceType":"Patient"}}}}"#);
        for (url, id) in [
            ("urn:uuid:a-b", Some("a-b")),
            ("http://x.org/fhir/Patient/7", Some("7")),
            ("http://x.org/fhir/Condition/7", None),
            ("http://x.org/fhir?id=7", None),
        ] {
            let bundle = format!(r#"{{"resourceType":"Bundle","entry":[{}]}}"#, entry(url));
            let (_, columns, records) = tables("a.json", bundle.as_bytes()).remove(0);
            assert_eq!(columns, ["id", "resourceType"], "{url}: the table has a key in any case");
            let expected = id.map(|id| format!("\"id\":\"{id}\""));
            assert_eq!(expected.is_some(), records[0].contains("\"id\""), "{url}");
            assert!(expected.is_none_or(|id| records[0].contains(&id)), "{url}: {}", records[0]);
        }
    }

    #[test]
    fn an_element_with_too_many_values_is_one() {
        let members: Vec<String> =
            (0..MAX_COLUMNS).map(|at| format!(r#"{{"entity":{{"reference":"Patient/{at}"}}}}"#)).collect();
        let group = format!(r#"{{"resourceType":"Group","id":"g","member":[{}]}}"#, members.join(","));
        let (_, columns, records) = tables("a.ndjson", group.as_bytes()).remove(0);
        assert_eq!((columns.join(" ").as_str(), records.len()), ("id member resourceType", 1));
        // It is one cell when it is read, too.
        let text = format!("{}\n{}\n", serde_json::to_string(&columns).expect("JSON"), records[0]);
        let (mut reader, _) = super::super::RecordReader::open_trees("a", Box::new(Cursor::new(text))).expect("trees");
        let batch = reader.next_batch(10, 1 << 20).expect("records").expect("a batch");
        let record = batch.record(0);
        assert_eq!((record.flaw(), record.len()), (None, 3));
    }

    #[test]
    fn lines_of_one_file_have_the_columns_of_all() {
        // Each has elements of its own, and together they are more than a table has room for.
        let extension = |line: usize| {
            let inner: Vec<String> = (0..90).map(|at| format!(r#""x{}":1"#, line * 90 + at)).collect();
            format!(r#"{{"resourceType":"Basic","id":"{line}","code":{{{}}},"own{line}":1}}"#, inner.join(","))
        };
        let text: Vec<String> = (0..300).map(extension).collect();
        let (_, columns, records) = tables("a.ndjson", text.join("\n").as_bytes()).remove(0);
        assert_eq!((columns.len(), records), (303, text));
        assert!(columns.contains(&"code".to_owned()) && columns.contains(&"own299".to_owned()));
    }
}
