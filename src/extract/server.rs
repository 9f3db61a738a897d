//! Databases of servers: each table is one, and each view or query that a pack asks for. One connection reads everything, in one
//! read-only transaction, so that a run sees the database as of one moment, however long it takes and however often it reads.
//!
//! | value | text |
//! |---|---|
//! | NULL | nothing; an empty text is `""` in the kept row |
//! | numbers | as the server writes them: decimals exact |
//! | instants (`timestamptz`, MySQL's `TIMESTAMP`) | in UTC with `+00`, or in the zone that the URL names |
//! | dates and times without zone | as they are, MySQL's zero dates too |
//! | bytes | `\x` and two hexadecimal digits for each |
//! | enumerations, JSON, arrays, ... | the server's own text |
//!
//! `sqlserver/text.rs` has the table of SQL Server's types.

mod mysql;
mod postgres;
#[cfg(feature = "sqlserver")]
mod sqlserver;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::runtime::Runtime;

use super::ExtractError;
use super::place::{DriverOptions, ServerAddress};
use super::query::{self, Asked, Query};
use super::rows::{RowWriter, Sample, TableState, Tables, read_rows};

/// A server that has not answered by then is not there.
const PATIENCE: Duration = Duration::from_secs(20);

/// A server's database while it is read.
pub struct Server {
    place: String,
    session: Mutex<Box<dyn Session>>,
    tables: Vec<ServerTable>,
    pub warnings: Vec<&'static str>,
}

/// A table or view, or what a query gives.
#[derive(Clone, Debug, Default)]
struct ServerTable {
    name: String,
    columns: Vec<String>,
    /// What stands behind FROM.
    place: String,
    /// SELECT without an end.
    select: String,
    state: State,
    note: Option<&'static str>,
    /// The file of the query that it is what is given by.
    query: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Own,
    View,
    /// This user may not read it, or it has no column.
    Closed,
}

/// One kind of server.
trait Session: Send {
    /// Tables and views with their columns, sorted by name.
    fn tables(&mut self) -> Result<Vec<ServerTable>, Complaint>;

    /// What may be in the database without being seen, or may change while it is read.
    fn warnings(&mut self) -> Vec<&'static str> {
        Vec::new()
    }

    /// Columns of what a SELECT gives, which is not run.
    fn columns(&mut self, sql: &str) -> Result<Vec<String>, Complaint>;

    /// A SELECT over the query whose columns were asked for last, in an order that is always the same: by these columns, or by all.
    fn ordered(&self, sql: &str, columns: &[String], by: &[String]) -> String;

    /// Gives the rows of a SELECT with a header before them.
    fn read(&mut self, select: &str, columns: &[String], rows: &mut RowWriter) -> Result<(), Complaint>;

    /// Counts a table: its rows, and of each column the values that are not blank and the different ones among them.
    fn counting(&self, _table: &ServerTable) -> Option<String> {
        None
    }

    /// A SELECT of about a share of a table's rows, from 0 to 1, the same ones as long as nothing changes.
    fn sampling(&self, _table: &ServerTable, _share: f64) -> Option<String> {
        None
    }
}

/// What a server says of an error, in our words, where that holds no value.
#[derive(Debug, PartialEq, Eq)]
enum Complaint {
    /// The connection is gone.
    Lost,
    /// A table that a query reads is not there: its words.
    NoTable(String),
    /// Its words, which speak of SQL alone, and where: line and column from 1, 0 where that is not known.
    Sql(String, usize, usize),
    /// Only the code is told: what else it says may quote a value.
    Other(String),
}

impl Server {
    pub fn open(address: &ServerAddress) -> Result<Arc<Self>, ExtractError> {
        let place = address.to_string();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| ExtractError::ServerUnreachable { place: place.clone(), source: Box::new(error) })?;
        let mut session = match &address.options {
            DriverOptions::Postgres(options) => postgres::connect(runtime, options, address)?,
            DriverOptions::MySql(options) => mysql::connect(runtime, options, address)?,
            #[cfg(feature = "sqlserver")]
            DriverOptions::SqlServer(options) => sqlserver::connect(runtime, options, address)?,
        };
        let tables = session.tables().map_err(|complaint| match complaint {
            Complaint::Other(code) => ExtractError::ServerRefused {
                place: place.clone(),
                why: format!("it does not list its tables ({code})"),
                hint: "may this user read the catalog?",
            },
            _ => ExtractError::ServerLost { place: place.clone() },
        })?;
        let warnings = session.warnings();
        Ok(Arc::new(Self { place, session: Mutex::new(session), tables, warnings }))
    }

    /// A poisoned lock is another thread's panic, which ends the run.
    fn with<T>(&self, work: impl FnOnce(&mut dyn Session) -> T) -> T {
        work(&mut **self.session.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn read(&self, table: &ServerTable, rows: &mut RowWriter) -> Result<(), ExtractError> {
        self.with(|session| {
            let done = session.read(&table.select, &table.columns, rows);
            done.map_err(|complaint| match (complaint, &table.query) {
                (Complaint::Lost, _) => ExtractError::ServerLost { place: self.place.clone() },
                (complaint, Some(file)) => refused(file, in_the_file(complaint)),
                (Complaint::Sql(why, ..), None) => {
                    ExtractError::TableRefused { place: self.place.clone(), table: table.name.clone(), why }
                }
                (Complaint::Other(why), None) => {
                    ExtractError::TableRefused { place: self.place.clone(), table: table.name.clone(), why }
                }
                (Complaint::NoTable(_), None) => ExtractError::TableRefused {
                    place: self.place.clone(),
                    table: table.name.clone(),
                    why: "it is not there any more".into(),
                },
            })
        })
    }

    /// What a query of a pack gives; none where a table that it reads is not there.
    pub fn ask(self: &Arc<Self>, query: &Query<'_>) -> Result<Asked, ExtractError> {
        let sql = query::body(query.sql);
        self.with(|session| {
            let columns = match session.columns(sql) {
                Ok(columns) => columns,
                Err(Complaint::NoTable(why)) => return Ok(Asked::NoTable(why)),
                Err(Complaint::Lost) => return Err(ExtractError::ServerLost { place: self.place.clone() }),
                Err(complaint) => return Err(refused(&query.file, complaint)),
            };
            query::check_columns(query, &columns)?;
            if columns.is_empty() {
                let why = "it is no SELECT".into();
                return Err(ExtractError::QueryRefused { at: query.file.clone(), why });
            }
            let select = session.ordered(sql, &columns, &query::order(query, &columns));
            let name = query.file.clone();
            let table = ServerTable { columns, select, query: Some(name.clone()), name, ..Default::default() };
            Ok(Asked::Table(Arc::new(Selection { server: self.clone(), table })))
        })
    }
}

/// The place of an error in the pack's own words, which stand in ours from the second line on.
fn in_the_file(complaint: Complaint) -> Complaint {
    match complaint {
        Complaint::Sql(why, line, column) if line > 1 => Complaint::Sql(why, line - 1, column),
        Complaint::Sql(why, ..) => Complaint::Sql(why, 0, 0),
        complaint => complaint,
    }
}

fn refused(file: &str, complaint: Complaint) -> ExtractError {
    let (why, line, column) = match complaint {
        Complaint::Sql(why, line, column) => (why, line, column),
        Complaint::Other(why) => (why, 0, 0),
        Complaint::NoTable(why) => (why, 0, 0),
        Complaint::Lost => ("the connection is lost".into(), 0, 0),
    };
    ExtractError::QueryRefused { at: query::position(file, line, column), why }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("place", &self.place).finish_non_exhaustive()
    }
}

impl Tables for Server {
    fn names(&self) -> Vec<&str> {
        self.tables.iter().map(|table| table.name.as_str()).collect()
    }

    fn columns(&self, table: usize) -> Option<Vec<String>> {
        Some(self.tables[table].columns.clone())
    }

    fn state(&self, table: usize) -> TableState {
        match self.tables[table].state {
            State::Own => TableState::Own,
            State::View => TableState::Derived,
            State::Closed => TableState::Broken,
        }
    }

    fn sample(self: Arc<Self>, table: usize, wanted: u64) -> Result<Option<Sample>, ExtractError> {
        let table = &self.tables[table];
        let selection = |select: String, columns: Vec<String>| {
            let table = ServerTable { name: table.name.clone(), columns, select, ..Default::default() };
            Arc::new(Selection { server: self.clone(), table })
        };
        let Some(counting) = self.with(|session| session.counting(table)) else { return Ok(None) };
        let names = (0..table.columns.len() * 2 + 1).map(|number| format!("c{number}")).collect();
        let counted = counts_of(selection(counting, names)).map_err(|source| match source.downcast() {
            Ok(error) => *error,
            Err(_) => ExtractError::ServerLost { place: self.place.clone() },
        })?;
        let (Some(rows), columns) = (counted.first().copied(), counted.get(1..).unwrap_or_default().chunks(2)) else {
            return Ok(None);
        };
        let columns = columns.filter_map(|pair| Some((*pair.first()?, *pair.get(1)?))).collect();
        let share = wanted as f64 / rows.max(1) as f64;
        let sampling = self.with(|session| session.sampling(table, share)).filter(|_| rows > wanted);
        let some = sampling.map(|select| selection(select, table.columns.clone()) as Arc<dyn Tables>);
        Ok(Some(Sample { rows, columns, some }))
    }

    fn notes(&self, table: usize) -> Vec<String> {
        self.tables[table].note.iter().map(|note| (*note).to_owned()).collect()
    }

    fn write(&self, table: usize, rows: &mut RowWriter) -> Result<(), ExtractError> {
        self.read(&self.tables[table], rows)
    }
}

/// The numbers of a row of counts.
fn counts_of(selection: Arc<Selection>) -> Result<Vec<u64>, Box<dyn std::error::Error + Send + Sync>> {
    let mut reader = csv::Reader::from_reader(read_rows(selection, 0));
    let row = match reader.records().next() {
        None => return Ok(Vec::new()),
        Some(Ok(row)) => row,
        Some(Err(error)) => {
            return Err(match error.into_kind() {
                csv::ErrorKind::Io(error) => match error.into_inner() {
                    Some(inner) => inner,
                    None => "it stopped".into(),
                },
                _ => "it is no row of counts".into(),
            });
        }
    };
    Ok(row.iter().map(|cell| cell.parse().unwrap_or_default()).collect())
}

/// Waits for a server as long as one may wait.
fn connected<C, E>(
    runtime: &Runtime,
    connecting: impl Future<Output = Result<C, E>>,
    address: &ServerAddress,
) -> Result<Result<C, E>, ExtractError> {
    let waiting = async { tokio::time::timeout(PATIENCE, connecting).await };
    runtime.block_on(waiting).map_err(|_| ExtractError::ServerUnreachable {
        place: address.to_string(),
        source: "it does not answer".into(),
    })
}

/// What a driver says of a server that it did not reach.
fn unreachable(place: String, error: sqlx::Error) -> ExtractError {
    let source = match error {
        sqlx::Error::Tls(source) => source,
        error => Box::new(error),
    };
    ExtractError::ServerUnreachable { place, source }
}

/// An error that is not the server's.
fn of_the_driver(error: &sqlx::Error) -> Complaint {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed => Complaint::Lost,
        _ => Complaint::Other("the driver does not understand the server".into()),
    }
}

/// What a query gives.
#[derive(Debug)]
struct Selection {
    server: Arc<Server>,
    table: ServerTable,
}

impl Tables for Selection {
    fn names(&self) -> Vec<&str> {
        vec![&self.table.name]
    }

    fn columns(&self, _table: usize) -> Option<Vec<String>> {
        Some(self.table.columns.clone())
    }

    fn state(&self, _table: usize) -> TableState {
        TableState::Derived
    }

    fn notes(&self, _table: usize) -> Vec<String> {
        Vec::new()
    }

    fn write(&self, _table: usize, rows: &mut RowWriter) -> Result<(), ExtractError> {
        self.server.read(&self.table, rows)
    }
}
