//! One file of a source, and what it is beside the others.

use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;

use super::super::fixed::FixedWidth;
use super::super::rows::Tables;
use super::super::{ExtractError, Header, RecordReader, TextLayout};

/// One file of a source.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// Relative to SOURCE, with `/` between folders.
    pub path: String,
    pub size_bytes: u64,
    pub(super) place: Place,
    pub(super) part: Part,
}

/// What it is beside the other files.
#[derive(Clone, Debug, Default)]
pub(super) enum Part {
    #[default]
    Whole,
    /// Its tables stand for it: by itself it is only kept.
    Holder,
    /// They hold all that it holds: it is not kept.
    Spent,
    /// So does its one table, which goes by its name, too.
    HolderOfOne,
    /// The one table of a file, which may be called as that is.
    OneOf(String),
    /// More rows of another table, by whose name a stream may claim it.
    More(String),
    /// Made of other tables.
    Derived,
}

#[derive(Clone, Debug)]
pub(super) enum Place {
    Disk(PathBuf),
    /// Number of the member in the archive.
    Zip(Arc<PathBuf>, usize),
    /// Compressed by itself.
    Gzip(PathBuf),
    /// Number of the table in its file.
    Table(Arc<dyn Tables>, usize),
}

impl SourceFile {
    /// Whether it is a table for certain, of rows and not of text.
    pub fn is_rows(&self) -> bool {
        self.table_number().is_some()
    }

    /// Whether it is a table of trees.
    pub fn is_tree(&self) -> bool {
        matches!(&self.place, Place::Table(tables, _) if tables.is_tree())
    }

    /// The paths by which a stream may claim it.
    pub fn claimed_as(&self) -> impl Iterator<Item = &str> {
        let names = match &self.part {
            Part::Whole | Part::Derived => [Some(self.path.as_str()), None],
            Part::Holder | Part::HolderOfOne | Part::Spent => [None, None],
            Part::OneOf(file) => [Some(file.as_str()), Some(self.path.as_str())],
            Part::More(table) => [Some(self.path.as_str()), Some(table.as_str())],
        };
        names.into_iter().flatten()
    }

    /// Whether its rows are those of other tables.
    pub fn is_derived(&self) -> bool {
        matches!(self.part, Part::Derived)
    }

    /// Whether others are its tables, and its name means none of them.
    pub fn holds_tables(&self) -> bool {
        matches!(self.part, Part::Holder | Part::Spent)
    }

    /// Whether its tables hold all that it holds.
    pub fn is_spent(&self) -> bool {
        matches!(self.part, Part::Spent)
    }

    /// Its place among the tables of a file that holds several.
    pub fn table_number(&self) -> Option<usize> {
        match self.place {
            Place::Table(_, number) => Some(number),
            _ => None,
        }
    }

    /// The columns that identify a row, as the source itself says.
    pub fn key(&self) -> &[String] {
        match &self.place {
            Place::Table(tables, number) => tables.key(*number),
            _ => &[],
        }
    }

    /// Whether it has a column of this name only where one of its rows has a value there.
    pub fn has_column_as_met(&self, column: &str) -> bool {
        matches!(&self.place, Place::Table(tables, number) if tables.has_column_as_met(*number, column))
    }

    /// When the document that it is a part of was written, and in which version.
    pub fn age(&self) -> Option<(String, u64)> {
        match &self.place {
            Place::Table(tables, _) => tables.age(),
            _ => None,
        }
    }

    /// What whoever relies on a table of rows should know; no value is in it.
    pub fn notes(&self) -> Vec<String> {
        match &self.place {
            Place::Table(tables, number) => tables.notes(*number),
            _ => Vec::new(),
        }
    }

    /// Reads it as a table, from its bytes as [`super::SourceTree::open_file`] gives them; how text is written is of no matter to rows. Errors
    /// call it `shown`.
    pub fn read(
        &self,
        shown: &str,
        input: Box<dyn Read + Send>,
        layout: &TextLayout,
    ) -> Result<(RecordReader, Header), ExtractError> {
        match &self.place {
            Place::Table(tables, _) if tables.is_tree() => RecordReader::open_trees(shown, input),
            Place::Table(..) => RecordReader::open_rows(shown, input, None),
            _ if !layout.widths.is_empty() => {
                let lines = FixedWidth::new(input, layout.widths.clone());
                match layout.columns.is_empty() {
                    true => RecordReader::open_rows(shown, Box::new(lines), layout.encoding),
                    false => Ok(RecordReader::open_named(shown, Box::new(lines), &layout.columns, layout.encoding)),
                }
            }
            _ => RecordReader::open(shown, input, layout),
        }
    }
}
