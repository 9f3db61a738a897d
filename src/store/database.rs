//! The seam between the store and the database that holds it. What the store does is written once, in SQL that both databases
//! read; here is what they must be able to do, and the little in which they differ.

use std::collections::{BTreeMap, BTreeSet};

use super::StoreError;
use super::schema::Dialect;
use crate::model::{ChartId, ColumnKind, Hash128, Value};

/// One value, in a statement or in a row. Patient data: it has no `Debug`.
#[derive(Clone, Copy)]
pub enum Cell<'a> {
    Null,
    Integer(i64),
    Real(f64),
    Text(&'a str),
    Bytes(&'a [u8]),
}

impl From<i64> for Cell<'_> {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<f64> for Cell<'_> {
    fn from(number: f64) -> Self {
        Self::Real(number)
    }
}

impl<'a> From<&'a str> for Cell<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a String> for Cell<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a [u8]> for Cell<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::Bytes(bytes)
    }
}

impl<'a> From<&'a Hash128> for Cell<'a> {
    fn from(hash: &'a Hash128) -> Self {
        Self::Bytes(&hash.0)
    }
}

impl<'a> From<&'a ChartId> for Cell<'a> {
    fn from(id: &'a ChartId) -> Self {
        Self::Text(id.as_str())
    }
}

impl<'a> From<&'a Value> for Cell<'a> {
    fn from(value: &'a Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Integer(number) => Self::Integer(*number),
            Value::Real(number) => Self::Real(*number),
            Value::Text(text) => Self::Text(text),
            Value::Id(id) => Self::Text(id.as_str()),
        }
    }
}

impl<'a, T> From<Option<T>> for Cell<'a>
where
    Self: From<T>,
{
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Self::from)
    }
}

/// A row of an answer.
pub trait Row {
    /// The value of a column, from 0; NULL where there is no such column.
    fn cell(&self, column: usize) -> Cell<'_>;
}

impl dyn Row + '_ {
    pub fn integer(&self, column: usize) -> Result<i64, StoreError> {
        match self.cell(column) {
            Cell::Integer(number) => Ok(number),
            _ => Err(not("a number")),
        }
    }

    pub fn real(&self, column: usize) -> Result<f64, StoreError> {
        match self.cell(column) {
            Cell::Real(number) => Ok(number),
            Cell::Integer(number) => Ok(number as f64),
            _ => Err(not("a number")),
        }
    }

    pub fn text(&self, column: usize) -> Result<&str, StoreError> {
        self.optional_text(column)?.ok_or_else(|| not("text"))
    }

    pub fn optional_text(&self, column: usize) -> Result<Option<&str>, StoreError> {
        match self.cell(column) {
            Cell::Text(text) => Ok(Some(text)),
            Cell::Null => Ok(None),
            _ => Err(not("text")),
        }
    }

    pub fn bytes(&self, column: usize) -> Result<&[u8], StoreError> {
        match self.cell(column) {
            Cell::Bytes(bytes) => Ok(bytes),
            _ => Err(not("bytes")),
        }
    }

    pub fn hash(&self, column: usize) -> Result<Hash128, StoreError> {
        Hash128::from_slice(self.bytes(column)?).ok_or_else(|| not("a hash"))
    }

    pub fn id(&self, column: usize) -> Result<ChartId, StoreError> {
        self.optional_id(column)?.ok_or_else(|| not("an id"))
    }

    pub fn optional_id(&self, column: usize) -> Result<Option<ChartId>, StoreError> {
        self.optional_text(column)?.map(|text| ChartId::parse(text).ok_or_else(|| not("an id"))).transpose()
    }

    /// The value of a chart column. What no run writes there reads as none, and the digest no longer fits.
    pub fn value(&self, column: usize, kind: ColumnKind) -> Value {
        match self.cell(column) {
            Cell::Integer(number) if kind == ColumnKind::Real => Value::Real(number as f64),
            Cell::Integer(number) => Value::Integer(number),
            Cell::Real(number) => Value::Real(number),
            Cell::Text(text) => Value::text(text),
            Cell::Null | Cell::Bytes(_) => Value::Null,
        }
    }
}

fn not(what: &str) -> StoreError {
    StoreError::Damaged { what: format!("a value that is not {what}") }
}

/// Takes in the rows of an answer.
pub type EachRow<'a> = &'a mut dyn FnMut(&dyn Row) -> Result<(), StoreError>;

/// Takes the values of a new row, in the order of its columns; those left out are NULL.
pub trait RowSink {
    fn put(&mut self, column: usize, cell: Cell<'_>) -> Result<(), StoreError>;
}

/// Where rows are added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Columns {
    pub table: String,
    /// Name and kind, in the order in which they are put.
    pub columns: Vec<(String, SqlType)>,
}

/// What a column of a table holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SqlType {
    Integer,
    Real,
    Text,
    Bytes,
    Boolean,
}

/// The parts of a store that several processes may want at once, and of which each lets one in at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate {
    /// Who is who: people are matched and linked by one process at a time.
    People,
    /// Which patient a registration belongs to, for as long as a batch that relies on it is written, ...
    CrosswalkRead,
    /// ... and while patients become one.
    CrosswalkWrite,
}

/// A database that can hold a store.
pub trait Database: Send {
    fn dialect(&self) -> Dialect;

    /// Runs a statement; gives the number of rows it touched.
    fn execute(&self, doing: &'static str, sql: &str, values: &[Cell<'_>]) -> Result<u64, StoreError>;

    /// Asks a question. While rows come, nothing else can be asked.
    fn query(&self, doing: &'static str, sql: &str, values: &[Cell<'_>], each: EachRow<'_>) -> Result<(), StoreError>;

    /// Asks for the rows of these ids: `select` ends with the name of the column that holds them.
    fn query_ids(
        &self,
        doing: &'static str,
        select: &str,
        ids: &[ChartId],
        each: EachRow<'_>,
    ) -> Result<(), StoreError>;

    /// Runs a statement on the rows of these ids: it ends with the name of the column that holds them.
    fn execute_ids(&self, doing: &'static str, sql: &str, ids: &[ChartId]) -> Result<u64, StoreError>;

    /// Runs statements without values.
    fn script(&self, doing: &'static str, sql: &str) -> Result<(), StoreError>;

    /// Adds many rows: `fill` puts the values of each, by its number.
    fn add(
        &self,
        doing: &'static str,
        to: &Columns,
        rows: usize,
        fill: &mut dyn FnMut(usize, &mut dyn RowSink) -> Result<(), StoreError>,
    ) -> Result<(), StoreError>;

    /// Begins a transaction that writes.
    fn begin(&self) -> Result<(), StoreError>;

    /// Begins a transaction in which every question is answered as of one moment.
    fn begin_snapshot(&self) -> Result<(), StoreError>;

    /// Waits for its turn; until the transaction ends, nobody else has it.
    fn enter(&self, gate: Gate) -> Result<(), StoreError>;

    /// Says which run changes rows from here on, so that what they were is kept; none while a run is taken back.
    fn set_active_run(&self, run: Option<i64>) -> Result<(), StoreError>;

    /// Numbers that no row of a table was ever given, about as many as wanted: the first and the last.
    fn next_numbers(&self, table: &str, wanted: i64) -> Result<(i64, i64), StoreError>;

    /// Names of the indexes that are there.
    fn index_names(&self) -> Result<BTreeSet<String>, StoreError>;

    /// Makes indexes quickly, each as a transaction of its own.
    fn make_indexes(&self, statements: &[String]) -> Result<(), StoreError>;

    /// Whether a question that gathers rows into groups is answered without sorting all of them.
    fn gathers_well(&self) -> bool;

    /// After a run, or after indexes were made.
    fn settle(&self) -> Result<(), StoreError>;

    fn size_bytes(&self) -> Result<u64, StoreError>;

    /// Sizes of tables with their indexes.
    fn table_bytes(&self) -> Result<BTreeMap<String, u64>, StoreError>;

    /// A second connection, which sees what is committed.
    fn reader(&self) -> Result<Box<dyn Database>, StoreError>;

    /// Takes the right to load a source system, which one process has at a time, until the store is closed.
    fn claim(&self, system: &str) -> Result<(), StoreError>;
    /// Keeps out who must be alone with the store, until it is closed.
    fn claim_presence(&self) -> Result<(), StoreError>;

    /// Takes the right to change what others may rely on: nobody loads until the store is closed.
    fn claim_alone(&self) -> Result<(), StoreError>;

    /// The open transaction, once it ends, outlives a crash of the machine at once.
    fn make_durable(&self) -> Result<(), StoreError>;

    /// From here on the space of what is deleted is written over, as far as the database can do that by itself.
    fn overwrite_deleted(&self) -> Result<(), StoreError>;

    /// Writes these tables anew, so that nothing is left of what was deleted from them.
    fn scrub(&self, tables: &[String]) -> Result<(), StoreError>;
}

impl dyn Database + '_ {
    /// The only row of an answer, or none.
    pub fn query_one<T>(
        &self,
        doing: &'static str,
        sql: &str,
        values: &[Cell<'_>],
        read: impl Fn(&dyn Row) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        let mut found = None;
        self.query(doing, sql, values, &mut |row| {
            found = Some(read(row)?);
            Ok(())
        })?;
        Ok(found)
    }

    pub fn query_all<T>(
        &self,
        doing: &'static str,
        sql: &str,
        values: &[Cell<'_>],
        read: impl Fn(&dyn Row) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let mut found = Vec::new();
        self.query(doing, sql, values, &mut |row| {
            found.push(read(row)?);
            Ok(())
        })?;
        Ok(found)
    }

    /// The number that a question asks for; 0 where there is none.
    pub fn count(&self, sql: &str, values: &[Cell<'_>]) -> Result<u64, StoreError> {
        let count = self.query_one("counting", sql, values, |row| match row.cell(0) {
            Cell::Null => Ok(0),
            _ => row.integer(0),
        })?;
        Ok(count.unwrap_or_default() as u64)
    }
}
