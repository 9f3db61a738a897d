//! Sources that speak the Singer protocol (https://hub.meltano.com/singer/spec): a program, the tap, writes a message a line on its
//! standard output. It runs once; what it gives is kept beside, and read from there as often as tables are.
//!
//! | message | is |
//! |---|---|
//! | `SCHEMA` | a table: its columns, by their paths as those of JSON, and its key |
//! | `RECORD` | a row of it |
//! | `STATE` | how far the tap has read: the last one is given to its next run, if that is wanted |
//! | `ACTIVATE_VERSION` | nothing to us |
//!
//! What the tap says on its standard error may be about patients, and is not shown.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;
use serde_json::value::RawValue;
use tempfile::TempDir;

use super::ExtractError;
use super::json::{Object, flatten};
use super::rows::{RowWriter, Tables};

/// A longer line is no message.
const MAX_LINE_BYTES: u64 = 128 << 20;
/// Columns of one table.
const MAX_COLUMNS: usize = 16_384;
/// Streams of one tap, each of which takes an open file.
const MAX_STREAMS: usize = 500;
/// Objects within objects of a schema.
const MAX_DEPTH: usize = 32;

/// A program that speaks Singer, and where it runs.
#[derive(Clone, Debug)]
pub struct Tap {
    /// A name that is looked up on PATH, or a path.
    pub program: PathBuf,
    pub arguments: Vec<String>,
    /// Where it runs, and where `config` and `catalog` lie.
    pub folder: PathBuf,
    pub config: Option<String>,
    pub catalog: Option<String>,
    /// How far its last run had read.
    pub state: Option<String>,
    /// Whether the next one is to be told how far this one has.
    pub keeps_state: bool,
}

/// What a tap gave, a file for each table.
pub(super) struct Given {
    /// What is called the tap in errors.
    tap: String,
    folder: TempDir,
    streams: Vec<SingerStream>,
    state: Option<String>,
}

#[derive(Debug, Default)]
struct SingerStream {
    name: String,
    columns: Vec<String>,
    key: Vec<String>,
}

#[derive(Deserialize)]
struct Message<'a> {
    #[serde(rename = "type")]
    kind: Option<String>,
    stream: Option<String>,
    #[serde(borrow)]
    schema: Option<&'a RawValue>,
    #[serde(default)]
    key_properties: Option<Vec<String>>,
    #[serde(borrow)]
    record: Option<&'a RawValue>,
    #[serde(borrow)]
    value: Option<&'a RawValue>,
}

/// Part of a JSON schema.
#[derive(Deserialize)]
struct Schema {
    #[serde(default)]
    properties: Properties,
}

/// Names and schemas, in their order.
#[derive(Default)]
struct Properties(Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Properties {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Object::deserialize(deserializer).map(|Object(pairs)| Self(pairs))
    }
}

impl Tap {
    /// Its name in errors.
    fn shown(&self) -> String {
        self.program.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
    }

    /// Runs the program to its end and takes what it writes.
    pub(super) fn run(&self) -> Result<Given, ExtractError> {
        let tap = self.shown();
        let not_started = |source| ExtractError::TapNotStarted { tap: tap.clone(), source };
        let folder = tempfile::tempdir().map_err(not_started)?;
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).current_dir(&self.folder);
        for (option, file) in [("--config", &self.config), ("--catalog", &self.catalog)] {
            if let Some(file) = file {
                command.arg(option).arg(self.file(file)?);
            }
        }
        if let Some(state) = &self.state {
            let path = folder.path().join("state.json");
            std::fs::write(&path, state).map_err(not_started)?;
            command.arg("--state").arg(path);
        }
        // Our own secrets are none of its business.
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("CHARTLIFT_")) {
            command.env_remove(name);
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().map_err(not_started)?;
        let output = child.stdout.take();
        let given = output.map_or(Ok(None), |output| Given::take(tap.clone(), folder, output).map(Some));
        if given.is_err() {
            // It may be gone already.
            let _ = child.kill();
        }
        let ended = child.wait().map_err(not_started)?;
        let given = given?;
        match (ended.success(), given) {
            (true, Some(given)) => {
                // A tap that has nothing new to say of it is where it was.
                let state = given.state.clone().or_else(|| self.state.clone()).filter(|_| self.keeps_state);
                Ok(Given { state, ..given })
            }
            (true, None) => Err(ExtractError::TapFailed { tap, how: "wrote to nobody".into() }),
            (false, _) => {
                let how = ended
                    .code()
                    .map_or("was stopped by a signal".into(), |code| format!("ended with exit code {code}"));
                Err(ExtractError::TapFailed { tap, how })
            }
        }
    }

    /// A file of the folder, which its path does not leave.
    fn file(&self, name: &str) -> Result<PathBuf, ExtractError> {
        let missing = || ExtractError::TapFile { file: name.to_owned() };
        let folder = std::fs::canonicalize(&self.folder).map_err(|_| missing())?;
        let path = std::fs::canonicalize(folder.join(name)).map_err(|_| missing())?;
        if path.starts_with(&folder) && path.is_file() { Ok(path) } else { Err(missing()) }
    }
}

impl Given {
    /// What a tap once wrote, and somebody kept.
    pub fn of_file(path: &Path) -> Result<Self, ExtractError> {
        let shown = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let unreadable = |source| ExtractError::Unreadable { path: shown.clone(), source };
        let input = File::open(path).map_err(unreadable)?;
        let folder = tempfile::tempdir().map_err(unreadable)?;
        let given = Self::take(shown.clone(), folder, input)?;
        // What has been read since, nobody knows.
        Ok(Self { state: None, ..given })
    }

    fn take(tap: String, folder: TempDir, input: impl Read) -> Result<Self, ExtractError> {
        let mut taking = Taking {
            given: Self { tap, folder, streams: Vec::new(), state: None },
            numbers: HashMap::new(),
            known: Vec::new(),
            files: Vec::new(),
            line: 0,
        };
        let mut input = BufReader::with_capacity(256 << 10, input);
        let mut line = Vec::new();
        loop {
            line.clear();
            taking.line += 1;
            let read = (&mut input).take(MAX_LINE_BYTES).read_until(b'\n', &mut line);
            if read.map_err(|source| taking.unkept(source))? == 0 {
                break;
            }
            if line.len() as u64 == MAX_LINE_BYTES {
                return Err(taking.wrong("it is too long"));
            }
            if !line.iter().all(u8::is_ascii_whitespace) {
                taking.message(&line)?;
            }
        }
        for file in &mut taking.files {
            file.flush().map_err(|source| ExtractError::TapUnkept { tap: taking.given.tap.clone(), source })?;
        }
        Ok(taking.given)
    }

    /// How far the tap has read.
    pub fn state(&self) -> Option<&str> {
        self.state.as_deref()
    }

    fn path(&self, table: usize) -> PathBuf {
        self.folder.path().join(format!("{table}.jsonl"))
    }
}

/// What is taken from a tap, while it comes.
struct Taking {
    given: Given,
    numbers: HashMap<String, usize>,
    /// The line in which each column was met last.
    known: Vec<BTreeMap<String, u64>>,
    files: Vec<BufWriter<File>>,
    line: u64,
}

impl Taking {
    fn wrong(&self, why: &'static str) -> ExtractError {
        ExtractError::TapMessage { tap: self.given.tap.clone(), line: self.line, why }
    }

    fn unkept(&self, source: std::io::Error) -> ExtractError {
        ExtractError::TapUnkept { tap: self.given.tap.clone(), source }
    }

    fn message(&mut self, line: &[u8]) -> Result<(), ExtractError> {
        let message: Message<'_> =
            serde_json::from_slice(line).map_err(|_| self.wrong("it is no JSON object, or not of its form"))?;
        match message.kind.as_deref() {
            Some("SCHEMA") => {
                let name = message.stream.filter(|name| !name.is_empty());
                let (Some(name), Some(schema)) = (name, message.schema) else {
                    return Err(self.wrong("a SCHEMA has a `stream` and a `schema`"));
                };
                self.schema(name, schema, message.key_properties.unwrap_or_default())
            }
            Some("RECORD") => {
                let (Some(name), Some(record)) = (message.stream, message.record) else {
                    return Err(self.wrong("a RECORD has a `stream` and a `record`"));
                };
                let number = self.numbers.get(&name).copied();
                let number =
                    number.ok_or_else(|| self.wrong("it is a RECORD of a stream whose SCHEMA has not come"))?;
                self.record(number, record)
            }
            Some("STATE") => {
                let value = message.value.ok_or_else(|| self.wrong("a STATE has a `value`"))?;
                self.given.state = Some(value.get().to_owned());
                Ok(())
            }
            Some("ACTIVATE_VERSION") => Ok(()),
            Some("BATCH") => Err(self.wrong("it is a BATCH: have the tap write RECORDs")),
            _ => Err(self.wrong("its `type` is none that Singer has")),
        }
    }

    fn schema(&mut self, name: String, schema: &RawValue, key: Vec<String>) -> Result<(), ExtractError> {
        let number = match self.numbers.get(&name) {
            Some(number) => *number,
            None => {
                let number = self.files.len();
                if number == MAX_STREAMS {
                    return Err(self.wrong("it is one of too many streams"));
                }
                let file = File::create(self.given.path(number)).map_err(|source| self.unkept(source))?;
                self.files.push(BufWriter::new(file));
                self.known.push(BTreeMap::new());
                self.given.streams.push(SingerStream { name: name.clone(), ..Default::default() });
                self.numbers.insert(name, number);
                number
            }
        };
        let mut columns = Vec::new();
        if !properties_of("", schema, 0, &mut |column| columns.push(column)) {
            return Err(self.wrong("its `schema` is none"));
        }
        for column in columns {
            self.column(number, &column)?;
        }
        self.given.streams[number].key = key;
        Ok(())
    }

    fn record(&mut self, number: usize, record: &RawValue) -> Result<(), ExtractError> {
        let Ok(Object(pairs)) = serde_json::from_str::<Object>(record.get()) else {
            return Err(self.wrong("its `record` is no object"));
        };
        let (mut new, mut is_twice) = (Vec::new(), false);
        let (known, line) = (&mut self.known[number], self.line);
        for (name, value) in &pairs {
            flatten(name, value, 0, &mut |column, text| match known.get_mut(column) {
                Some(met) => is_twice |= std::mem::replace(met, line) == line,
                // An object that is not there has no column of its own.
                None if text.is_none() => {}
                None => new.push(column.to_owned()),
            });
        }
        for column in new {
            is_twice |= !self.column(number, &column)?;
        }
        if is_twice {
            return Err(self.wrong("two values of its `record` have one path"));
        }
        let file = &mut self.files[number];
        let written = file.write_all(record.get().as_bytes()).and_then(|()| file.write_all(b"\n"));
        written.map_err(|source| self.unkept(source))
    }

    /// Notes a column; false where it is known.
    fn column(&mut self, number: usize, column: &str) -> Result<bool, ExtractError> {
        let SingerStream { name, columns, .. } = &mut self.given.streams[number];
        if self.known[number].contains_key(column) {
            return Ok(false);
        }
        self.known[number].insert(column.to_owned(), self.line);
        columns.push(column.to_owned());
        if columns.len() > MAX_COLUMNS {
            let (file, columns) = (name.clone(), columns.len());
            return Err(ExtractError::HeaderTooWide { file, columns, limit: MAX_COLUMNS });
        }
        Ok(true)
    }
}

/// Gives the paths of what a schema describes; what has properties stands for these. False where it is no schema.
fn properties_of(above: &str, schema: &RawValue, depth: usize, found: &mut impl FnMut(String)) -> bool {
    let properties = match serde_json::from_str(schema.get()) {
        Ok(Schema { properties }) => properties.0,
        // A property may be described by `true`.
        Err(_) if above.is_empty() => return false,
        Err(_) => Vec::new(),
    };
    if above.is_empty() || (depth < MAX_DEPTH && !properties.is_empty()) {
        let path = |name: &str| if above.is_empty() { name.to_owned() } else { format!("{above}.{name}") };
        return properties.iter().all(|(name, schema)| properties_of(&path(name), schema, depth + 1, found));
    }
    // Whatever stands in an array or in an object that is not described is a column once it comes.
    if !holds_more(schema) {
        found(above.to_owned());
    }
    true
}

/// Whether a schema may be of an array or an object.
fn holds_more(schema: &RawValue) -> bool {
    let schema: serde_json::Value = serde_json::from_str(schema.get()).unwrap_or_default();
    let is_holder = |kind: &serde_json::Value| kind == "array" || kind == "object";
    is_holder(&schema["type"]) || schema["type"].as_array().is_some_and(|kinds| kinds.iter().any(is_holder))
}

impl fmt::Debug for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Given").field("tap", &self.tap).finish_non_exhaustive()
    }
}

impl Tables for Given {
    fn names(&self) -> Vec<&str> {
        self.streams.iter().map(|stream| stream.name.as_str()).collect()
    }

    fn columns(&self, table: usize) -> Option<Vec<String>> {
        Some(self.streams[table].columns.clone())
    }

    fn key(&self, table: usize) -> &[String] {
        &self.streams[table].key
    }

    /// What an array or an object that the schema does not describe holds is a column where it comes.
    fn has_column_as_met(&self, _table: usize, column: &str) -> bool {
        column.contains('.')
    }

    fn notes(&self, _table: usize) -> Vec<String> {
        Vec::new()
    }

    fn write(&self, table: usize, rows: &mut RowWriter) -> Result<(), ExtractError> {
        let columns = &self.streams[table].columns;
        rows.header(columns.iter().map(String::as_str));
        let places: BTreeMap<&str, usize> =
            columns.iter().enumerate().map(|(at, column)| (column.as_str(), at)).collect();
        let unreadable = |source| ExtractError::TapUnkept { tap: self.tap.clone(), source };
        let file = File::open(self.path(table)).map_err(unreadable)?;
        let mut cells: Vec<Option<String>> = vec![None; columns.len()];
        for line in BufReader::with_capacity(256 << 10, file).split(b'\n') {
            let line = line.map_err(unreadable)?;
            let Object(pairs) = serde_json::from_slice(&line).map_err(|error| unreadable(error.into()))?;
            cells.fill(None);
            for (name, value) in &pairs {
                flatten(name, value, 0, &mut |column, text| {
                    if let Some(at) = places.get(column) {
                        cells[*at] = text;
                    }
                });
            }
            if !rows.row(cells.iter().map(|cell| cell.as_deref().map(str::as_bytes))) {
                break;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(messages: &str) -> Result<Given, ExtractError> {
        Given::take("tap".into(), tempfile::tempdir().expect("a folder"), messages.as_bytes())
    }

    #[test]
    fn columns_are_those_of_the_schema_and_what_records_have_beside() {
        let schema = r#"{"type": "SCHEMA", "stream": "a", "schema": {"properties": {
            "b": {"type": "string"}, "a": {"type": ["null", "object"], "properties": {"y": {}, "x": true}},
            "list": {"type": ["array", "null"]}, "any": {"type": "object"}}}}"#;
        let messages = [
            schema.replace('\n', " ").as_str(),
            r#"{"type": "RECORD", "stream": "a", "record": {"b": 1, "a": null, "list": [1, 2], "any": {}}}"#,
            r#"{"type": "RECORD", "stream": "a", "record": {"c": 1.50, "list": [], "any": {"k": "v"}, "d": null}}"#,
            r#"{"type": "SCHEMA", "stream": "a", "schema": {"properties": {"e": {}}}, "key_properties": ["b"]}"#,
            r#"{"type": "STATE", "value": {"a": 1}}"#,
            r#"{"type": "STATE", "value": {"a": 2}}"#,
        ]
        .join("\n");
        let given = take(&messages).expect("what a tap gives");
        let columns = given.columns(0).expect("columns");
        assert_eq!(columns, ["b", "a.y", "a.x", "list.0", "list.1", "c", "any.k", "e"]);
        assert_eq!((given.key(0), given.state()), (&["b".to_owned()][..], Some(r#"{"a": 2}"#)));
        assert!(given.has_column_as_met(0, "list.0") && !given.has_column_as_met(0, "b"));
    }

    #[test]
    fn a_line_that_is_no_message_is_told_with_its_number() {
        let schema = r#"{"type": "SCHEMA", "stream": "a", "schema": {}}"#;
        for wrong in [
            "",
            "{}",
            "null",
            r#"{"type": "RECORD", "stream": "a"}"#,
            r#"{"type": "RECORD", "stream": "b", "record": {}}"#,
            r#"{"type": "STATE"}"#,
            r#"{"type": "SCHEMA", "stream": "", "schema": {}}"#,
            r#"{"type": "RECORD", "stream": "a", "record": {}"#,
        ] {
            let told = take(&format!("{schema}\n\n{wrong}\n{schema}\n"));
            match told {
                Ok(_) => assert_eq!(wrong, ""),
                Err(ExtractError::TapMessage { line, .. }) => assert_eq!(line, 3, "{wrong}"),
                Err(other) => panic!("{wrong}: {other}"),
            }
        }
    }
}
