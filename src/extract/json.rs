//! JSON as some programs export it: an array of objects, an object of such arrays, or an object on each line (NDJSON). An object is a
//! row; what stands within it is a column called by its path (`address.city`, `phones.0`). Resources of FHIR are another matter ([`fhir`]).
//!
//! | value | text |
//! |---|---|
//! | null, or a name that the object lacks | nothing; an empty text is `""` in the kept row |
//! | text | itself |
//! | number, true, false | as written |

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::sync::Arc;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::rows::{LocalFile, RowWriter, Tables};
use super::{ExtractError, fhir};
#[cfg(test)]
pub(super) use flat::flatten_object;
pub(super) use flat::{Paths, flatten, paths_in};

mod flat;

/// How names of such files end.
pub(super) const ENDINGS: [&str; 3] = [".json", ".ndjson", ".jsonl"];

/// Columns of one table.
const MAX_COLUMNS: usize = 16_384;

#[derive(Debug)]
struct JsonFile {
    path: String,
    file: LocalFile,
    tables: Vec<JsonTable>,
    is_one: bool,
}

#[derive(Debug, Default)]
struct JsonTable {
    name: String,
    columns: Vec<String>,
}

/// An object's names and values, in their order.
pub(super) struct Object(pub Vec<(String, Box<RawValue>)>);

/// None where it holds no table.
pub(super) fn open(path: &str, mut file: LocalFile) -> Result<Option<Arc<dyn Tables>>, ExtractError> {
    if fhir::is_fhir(&file) {
        match fhir::open(path, file)? {
            Ok(tables) => return Ok(Some(tables)),
            Err(other) => file = other,
        }
    }
    let mut looked_at = Columns::default();
    let read = read(path, &file, &mut |table, object| looked_at.add(path, table, object));
    if looked_at.is_fhir {
        return Ok(fhir::open(path, file)?.ok());
    }
    match read {
        Err(ExtractError::NoTables { .. }) => return Ok(None),
        other => other?,
    }
    if looked_at.tables.is_empty() {
        return Ok(None);
    }
    let stem = path.rsplit('/').next().unwrap_or(path).rsplit_once('.').map_or(path, |(stem, _)| stem).to_owned();
    let is_one = looked_at.tables.len() == 1 && looked_at.tables[0].name.is_empty();
    let mut tables = looked_at.tables;
    tables.iter_mut().filter(|table| table.name.is_empty()).for_each(|table| table.name.clone_from(&stem));
    Ok(Some(Arc::new(JsonFile { path: path.to_owned(), file, tables, is_one })))
}

/// The columns of all tables, as their rows show them.
#[derive(Default)]
struct Columns {
    tables: Vec<JsonTable>,
    known: Vec<BTreeMap<String, usize>>,
    /// The row in which each column was met last.
    last_rows: Vec<Vec<u64>>,
    row: u64,
    is_fhir: bool,
}

impl Columns {
    fn add(&mut self, path: &str, table: &str, object: &Object) -> Result<bool, ExtractError> {
        if object.0.iter().any(|(name, _)| name == "resourceType") {
            self.is_fhir = true;
            return Ok(false);
        }
        let at = match self.tables.iter().position(|known| known.name == table) {
            Some(at) => at,
            None => {
                self.tables.push(JsonTable { name: table.to_owned(), columns: Vec::new() });
                self.known.push(BTreeMap::new());
                self.last_rows.push(Vec::new());
                self.tables.len() - 1
            }
        };
        self.row += 1;
        let (columns, known, last_rows) = (&mut self.tables[at].columns, &mut self.known[at], &mut self.last_rows[at]);
        let mut is_twice = false;
        for (name, value) in &object.0 {
            flatten(name, value, 0, &mut |column, _| match known.get(column) {
                Some(at) => is_twice |= std::mem::replace(&mut last_rows[*at], self.row) == self.row,
                None => {
                    known.insert(column.to_owned(), columns.len());
                    columns.push(column.to_owned());
                    last_rows.push(self.row);
                }
            });
        }
        if is_twice {
            // Two values of one path have no place in one row: such a file is kept as it is.
            return Err(ExtractError::NoTables { path: path.to_owned() });
        }
        if columns.len() > MAX_COLUMNS {
            let (file, columns) = (path.to_owned(), columns.len());
            return Err(ExtractError::HeaderTooWide { file, columns, limit: MAX_COLUMNS });
        }
        Ok(true)
    }
}

/// Takes a table's name, which is empty where the file is one, and a row; false where no more is wanted.
type Sink<'a> = dyn FnMut(&str, &Object) -> Result<bool, ExtractError> + 'a;

fn read(path: &str, file: &LocalFile, sink: &mut Sink<'_>) -> Result<(), ExtractError> {
    let unreadable = |source| ExtractError::Unreadable { path: path.to_owned(), source };
    let mut input = BufReader::with_capacity(256 << 10, File::open(file.path()).map_err(unreadable)?);
    // A byte order mark is none of the text.
    if input.fill_buf().map_err(unreadable)?.starts_with(b"\xef\xbb\xbf") {
        input.consume(3);
    }
    if !path.to_lowercase().ends_with(".json") {
        return read_lines(path, input, sink);
    }
    let mut state = State { sink, error: None, is_over: false, is_none: false };
    let mut deserializer = serde_json::Deserializer::from_reader(input);
    let parsed = Level { state: &mut state, table: "", is_top: true }.deserialize(&mut deserializer);
    let parsed = parsed.and_then(|()| deserializer.end());
    match (state.error, parsed) {
        (Some(error), _) => Err(error),
        (None, _) if state.is_over => Ok(()),
        (None, parsed) => {
            parsed.map_err(|error| damaged(path, &error)).map(|()| state.is_none).and_then(|is_none| match is_none {
                true => Err(ExtractError::NoTables { path: path.to_owned() }),
                false => Ok(()),
            })
        }
    }
}

fn damaged(path: &str, error: &serde_json::Error) -> ExtractError {
    ExtractError::JsonDamaged { path: path.to_owned(), line: error.line(), column: error.column() }
}

fn read_lines(path: &str, mut input: impl BufRead, sink: &mut Sink<'_>) -> Result<(), ExtractError> {
    const MAX_LINE_BYTES: u64 = 128 << 20;
    let unreadable = |source| ExtractError::Unreadable { path: path.to_owned(), source };
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        if (&mut input).take(MAX_LINE_BYTES).read_until(b'\n', &mut line).map_err(unreadable)? == 0 {
            break;
        }
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let parsed: Result<Object, _> = serde_json::from_slice(&line);
        let object = parsed.map_err(|error| {
            let column = error.column();
            ExtractError::JsonDamaged { path: path.to_owned(), line: number, column }
        })?;
        if !sink("", &object)? {
            break;
        }
    }
    Ok(())
}

/// What a reading of a file has come to.
struct State<'a, 'b> {
    sink: &'a mut Sink<'b>,
    error: Option<ExtractError>,
    is_over: bool,
    /// It is something else than tables.
    is_none: bool,
}

impl State<'_, '_> {
    /// Hands a row on; an error ends the reading.
    fn take<E: serde::de::Error>(&mut self, table: &str, object: &Object) -> Result<(), E> {
        match (self.sink)(table, object) {
            Ok(true) => return Ok(()),
            Ok(false) => self.is_over = true,
            Err(error) => self.error = Some(error),
        }
        Err(E::custom("no more is wanted"))
    }
}

impl<'de> serde::Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs;
        impl<'de> Visitor<'de> for Pairs {
            type Value = Object;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Object(pairs))
            }
        }
        deserializer.deserialize_map(Pairs)
    }
}

/// A value that is no container is none of a table's.
macro_rules! no_table {
    ($($name:ident: $type:ty),*) => {
        $(fn $name<E>(self, _: $type) -> Result<(), E> {
            self.state.is_none |= self.is_top;
            Ok(())
        })*
    };
}

/// What the parser calls a number whose digits it keeps, which it gives as a map of one pair.
const NUMBER: &str = "$serde_json::private::Number";

/// The whole file, an array or an object of arrays; or one of those arrays.
struct Level<'s, 'a, 'b> {
    state: &'s mut State<'a, 'b>,
    table: &'s str,
    is_top: bool,
}

impl<'de> DeserializeSeed<'de> for Level<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Level<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of objects")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let mut is_table = true;
        while let Some(value) = seq.next_element::<Box<RawValue>>()? {
            is_table &= value.get().starts_with('{');
            if is_table {
                let object: Object = serde_json::from_str(value.get()).map_err(serde::de::Error::custom)?;
                self.state.take(self.table, &object)?;
            } else {
                // Values that are no rows belong to no table: the file is kept as it is.
                self.state.is_none = true;
            }
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<String>()? {
            if name == NUMBER {
                self.state.is_none |= self.is_top;
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            // What stands beside arrays is in no table: such a file is kept as it is.
            if !self.is_top || name == "resourceType" {
                self.state.is_none = true;
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            map.next_value_seed(Level { state: &mut *self.state, table: &name, is_top: false })?;
        }
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.state.is_none |= self.is_top;
        Ok(())
    }

    no_table!(visit_str: &str, visit_f64: f64, visit_u64: u64, visit_i64: i64, visit_bool: bool);
}

impl Tables for JsonFile {
    fn names(&self) -> Vec<&str> {
        self.tables.iter().map(|table| table.name.as_str()).collect()
    }

    fn is_one(&self) -> bool {
        self.is_one
    }

    fn columns(&self, table: usize) -> Option<Vec<String>> {
        Some(self.tables[table].columns.clone())
    }

    fn notes(&self, _table: usize) -> Vec<String> {
        Vec::new()
    }

    fn is_small(&self, _table: usize) -> bool {
        self.file.is_small()
    }

    fn write(&self, table: usize, rows: &mut RowWriter) -> Result<(), ExtractError> {
        let wanted = &self.tables[table];
        rows.header(wanted.columns.iter().map(String::as_str));
        let places: BTreeMap<&str, usize> =
            wanted.columns.iter().enumerate().map(|(at, column)| (column.as_str(), at)).collect();
        let mut cells: Vec<Option<String>> = vec![None; wanted.columns.len()];
        read(&self.path, &self.file, &mut |name, object| {
            if !self.is_one && name != wanted.name {
                return Ok(true);
            }
            cells.fill(None);
            for (name, value) in &object.0 {
                flatten(name, value, 0, &mut |column, text| {
                    if let Some(at) = places.get(column) {
                        cells[*at] = text;
                    }
                });
            }
            Ok(rows.row(cells.iter().map(|cell| cell.as_deref().map(str::as_bytes))))
        })
    }
}
