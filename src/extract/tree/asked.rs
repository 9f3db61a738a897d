//! Tables that a server has, and those that a pack's queries give.

use std::io::{Cursor, Read};
use std::sync::Arc;

use super::{Kind, OpenedTables, Part, Place, SourceFile, SourceTree};
use crate::extract::query::{Asked, Query, Staged, may_read};
use crate::extract::rows::{Sample, TableState, Tables, header_text};
use crate::extract::{ExtractError, Header, TextLayout, is_delimited};

impl SourceTree {
    pub(super) fn add_tables(&mut self, tables: Arc<dyn Tables>) -> OpenedTables {
        let mut broken = Vec::new();
        for (number, name) in tables.names().into_iter().enumerate() {
            let part = match tables.state(number) {
                TableState::Broken => {
                    broken.push((self.source.clone(), name.to_owned()));
                    continue;
                }
                TableState::Derived => Part::Derived,
                TableState::Own => Part::Whole,
            };
            let place = Place::Table(tables.clone(), number);
            self.files.push(SourceFile { path: name.to_owned(), size_bytes: 0, place, part });
        }
        self.files.sort_by(|a, b| a.path.cmp(&b.path));
        OpenedTables { refused: Vec::new(), broken, barren: Vec::new() }
    }

    /// Takes the headers of sheets from the rows that somebody names, from 1.
    pub fn head_sheets(&mut self, row_of: impl Fn(&SourceFile) -> Option<u32>) -> Result<(), ExtractError> {
        for file in &mut self.files {
            let Some(row) = row_of(file) else { continue };
            // From that row on all of the sheet is one table.
            if matches!(file.part, Part::More(_)) {
                file.part = Part::Whole;
                continue;
            }
            let headed = match &file.place {
                Place::Table(tables, number) => tables.with_header(*number, row - 1)?.map(|tables| (tables, *number)),
                _ => None,
            };
            let Some((tables, number)) = headed else { return Err(ExtractError::NoSheet { path: file.path.clone() }) };
            file.place = Place::Table(tables, number);
        }
        Ok(())
    }

    /// Adds what a pack's queries give, as tables called after the files of the queries. A server runs them; the tables of other sources
    /// are put together for them first. `layout_of` says how text is written. Gives the queries of which a table is
    /// not there, with what is said of it.
    pub fn ask<'a>(
        &mut self,
        queries: &[Query<'a>],
        layout_of: impl Fn(&SourceFile) -> TextLayout,
    ) -> Result<Vec<(Query<'a>, String)>, ExtractError> {
        let mut without = Vec::new();
        let mut staged = None;
        for query in queries {
            let asked = match (&self.kind, &staged) {
                (Kind::Server(server), _) => server.ask(query)?,
                (_, Some(staged)) => Staged::ask(staged, query)?,
                (_, None) => staged.insert(self.stage(queries, &layout_of)?).ask(query)?,
            };
            match asked {
                Asked::NoTable(why) => without.push((query.clone(), why)),
                Asked::Table(tables) => {
                    let place = Place::Table(tables, 0);
                    let path = query.file.clone();
                    self.files.push(SourceFile { path, size_bytes: 0, place, part: Part::Derived });
                }
            }
        }
        Ok(without)
    }

    fn stage(
        &self,
        queries: &[Query<'_>],
        layout_of: impl Fn(&SourceFile) -> TextLayout,
    ) -> Result<Arc<Staged>, ExtractError> {
        let mut staged = Staged::new()?;
        for file in &self.files {
            let name = file.path.rsplit('/').next().unwrap_or(&file.path);
            let table = if file.is_rows() && !matches!(file.part, Part::OneOf(_)) {
                name
            } else {
                name.rsplit_once('.').map_or(name, |(stem, _)| stem)
            };
            let is_table = file.is_rows() || is_delimited(&file.path);
            if is_table && !file.is_derived() && queries.iter().any(|query| may_read(query.sql, table)) {
                let (mut reader, header) = file.read(&file.path, self.open_file(file)?, &layout_of(file))?;
                staged.add(table, &mut reader, &header)?;
            }
        }
        staged.close()
    }

    /// Counts a table where it lies, and gives it with about so many of its rows; nothing where it has to be read anyway.
    pub fn sample(&self, file: &SourceFile, wanted: u64) -> Result<Option<(Sample, SourceFile)>, ExtractError> {
        let Place::Table(tables, number) = &file.place else { return Ok(None) };
        let Some(sample) = tables.clone().sample(*number, wanted)? else { return Ok(None) };
        let some = match &sample.some {
            Some(some) => SourceFile { place: Place::Table(some.clone(), 0), ..file.clone() },
            None => file.clone(),
        };
        Ok(Some((sample, some)))
    }

    /// The header of a table; of some kinds no more is read. Errors call it by its path.
    pub fn header(&self, file: &SourceFile, layout: &TextLayout) -> Result<Header, ExtractError> {
        let known: Option<Box<dyn Read + Send>> = match &file.place {
            Place::Table(tables, number) if tables.is_tree() => match tables.columns(*number) {
                Some(columns) => return Header::of_trees(&file.path, columns),
                None => None,
            },
            Place::Table(tables, number) => {
                header_text(&**tables, *number).map(|header| Box::new(Cursor::new(header)) as _)
            }
            _ => None,
        };
        let input = known.map_or_else(|| self.open_file(file), Ok)?;
        Ok(file.read(&file.path, input, layout)?.1)
    }
}
