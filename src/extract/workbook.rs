//! Workbooks (xlsx, xlsm, xlsb, xls, ods): each sheet is a table, given out as rows of text in one form.
//!
//! A sheet is read once to find its table ([`shape`]), and again for each pass as delimited text in UTF-8, so that whatever reads
//! tables reads sheets. The workbook itself stays a file of the source beside its sheets: formats, comments and pictures are in it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;
use std::sync::Arc;

use calamine::{Ods, Reader, SheetType, SheetVisible, Sheets, Xls, Xlsb, Xlsx};

use super::ExtractError;
use super::rows::{LocalFile, RowWriter, Tables};
use super::tree::bomb_ratio;

mod cells;
mod intact;
mod number_style;
mod others;
mod placed;
mod shape;

use cells::{Formulas, SheetRow, each_row, formulas};
use placed::{BySheet, Placed, errors_of_xlsx};
use shape::{Found, Looking, Merged, Shape, letters, place};

/// How workbooks' names end.
pub(super) const ENDINGS: [&str; 5] = [".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"];

/// A workbook whose sheets were looked at.
#[derive(Debug)]
struct Workbook {
    /// As it is called in the source.
    path: String,
    file: Arc<LocalFile>,
    sheets: Vec<Sheet>,
}

/// A sheet with a table, or one of several tables of a sheet.
#[derive(Clone, Debug)]
struct Sheet {
    /// What the table is called: as its sheet, where it is the first one there.
    name: String,
    sheet: String,
    is_hidden: bool,
    shape: Shape,
    formulas: Formulas,
    placed: Arc<Placed>,
    /// The last row that a sheet of this format has.
    most_rows: u32,
}

/// More tables of one sheet are not told apart.
const MOST_PARTS: usize = 50;

/// Looks at a workbook's sheets; those without a cell are none.
pub(super) fn open(path: &str, file: LocalFile) -> Result<Option<Arc<dyn Tables>>, ExtractError> {
    let fault = |source: calamine::Error| refused(path, &source);
    let mut book = open_book(path, file.path())?;
    let most_rows = if matches!(book, Sheets::Xls(_)) { 1 << 16 } else { 1 << 20 };
    let mut placed = placed_of(&book, file.path());
    let mut sheets = Vec::new();
    let all = book.sheets_metadata().to_vec();
    for (number, listed) in all.into_iter().enumerate().filter(|(_, sheet)| sheet.typ == SheetType::WorkSheet) {
        let (sheet, is_hidden) = (listed.name, listed.visible != SheetVisible::Visible);
        let merged = merged_cells(&mut book, &sheet).map_err(fault)?;
        let mut own = placed.remove(&number).unwrap_or_default();
        let mut looked = tables_of(&mut book, &sheet, &own, &merged);
        if let Err(calamine::Error::Xlsx(calamine::XlsxError::CellError(_))) = looked {
            own = errors_of_xlsx(reopened(file.path())).and_then(|mut all| all.remove(&number)).unwrap_or_default();
            looked = tables_of(&mut book, &sheet, &own, &merged);
        }
        let placed = Arc::new(own);
        let looked = looked.map_err(fault)?;
        let mut formulas =
            if looked.is_empty() { Formulas::default() } else { formulas(&mut book, &sheet).map_err(fault)? };
        for (name, shape) in looked {
            let placed = placed.clone();
            sheets.push(Sheet { name, sheet: sheet.clone(), is_hidden, shape, formulas, placed, most_rows });
            // They are told once.
            formulas = Formulas::default();
        }
    }
    Ok(Some(Arc::new(Workbook { path: path.to_owned(), file: Arc::new(file), sheets })))
}

/// A file that was open before; what has become of it since is told by whoever reads its values.
fn reopened(path: &Path) -> BufReader<Box<dyn ReadSeek>> {
    let file: Box<dyn ReadSeek> = match File::open(path) {
        Ok(file) => Box::new(file),
        Err(_) => Box::new(std::io::Cursor::new(Vec::new())),
    };
    BufReader::new(file)
}

trait ReadSeek: Read + std::io::Seek {}
impl<T: Read + std::io::Seek> ReadSeek for T {}

fn placed_of(book: &Sheets<BufReader<File>>, path: &Path) -> BySheet {
    match book {
        Sheets::Xls(_) => placed::xls_stream(reopened(path)).map(|stream| placed::of_xls(&stream)),
        Sheets::Ods(_) => placed::of_ods(reopened(path)),
        // Their reader tells it.
        Sheets::Xlsx(_) | Sheets::Xlsb(_) => None,
    }
    .unwrap_or_default()
}

/// The tables of a sheet with their names: one below the other, and side by side.
fn tables_of(
    book: &mut Sheets<BufReader<File>>,
    sheet: &str,
    placed: &Placed,
    merged: &[Merged],
) -> Result<Vec<(String, Shape)>, calamine::Error> {
    let (mut tables, mut from) = (Vec::new(), 0);
    while let Some(mut shapes) = look(book, sheet, placed, Looking::of_rows(from, None))?.shapes(merged) {
        let end = shapes[0].end;
        if end.is_some() {
            let alone = look(book, sheet, placed, Looking::of_rows(from, end))?.shapes(merged);
            shapes = alone.unwrap_or_default();
            shapes.iter_mut().for_each(|shape| shape.end = end);
        }
        for shape in shapes {
            let first = shape.columns.first().map_or(0, |(column, _)| *column);
            let sheet = sheet.trim();
            let name = match (tables.is_empty(), from) {
                (true, _) => sheet.to_owned(),
                (false, 0) => format!("{sheet} (from column {})", letters(first)),
                (false, row) => format!("{sheet} (from {})", place((row, first))),
            };
            tables.push((name, shape));
        }
        match end {
            Some(end) if tables.len() < MOST_PARTS => from = end,
            _ => break,
        }
    }
    Ok(tables)
}

fn look(
    book: &mut Sheets<BufReader<File>>,
    sheet: &str,
    placed: &Placed,
    mut looking: Looking,
) -> Result<Looking, calamine::Error> {
    each_row(book, sheet, placed, |row| {
        looking.look(row);
        true
    })?;
    Ok(looking)
}

impl Tables for Workbook {
    fn names(&self) -> Vec<&str> {
        self.sheets.iter().map(|sheet| sheet.name.as_str()).collect()
    }

    fn goes_on(&self, table: usize) -> Option<&str> {
        let own = &self.sheets[table];
        let first = self.sheets.iter().find(|first| first.sheet == own.sheet)?;
        (own.name != first.name && own.names() == first.names()).then_some(first.name.as_str())
    }

    fn notes(&self, table: usize) -> Vec<String> {
        self.sheets[table].notes()
    }

    fn with_header(&self, table: usize, row: u32) -> Result<Option<Arc<dyn Tables>>, ExtractError> {
        let fault = |source: calamine::Error| refused(&self.path, &source);
        let mut book = open_book(&self.path, self.file.path())?;
        let mut sheets = self.sheets.clone();
        let sheet = &mut sheets[table];
        let merged = merged_cells(&mut book, &sheet.sheet).map_err(fault)?;
        let looking = look(&mut book, &sheet.sheet, &sheet.placed, Looking::with_header(row)).map_err(fault)?;
        let last = looking.last_row();
        let Some(shape) = looking.shapes(&merged).and_then(|shapes| shapes.into_iter().next()) else {
            let table = format!("{}/{}", self.path, sheet.name);
            return Err(ExtractError::HeaderRowEmpty { table, row: row + 1, last: last + 1 });
        };
        sheet.shape = shape;
        Ok(Some(Arc::new(Self { path: self.path.clone(), file: self.file.clone(), sheets })))
    }

    fn write(&self, table: usize, rows: &mut RowWriter) -> Result<(), ExtractError> {
        let Sheet { sheet, shape, placed, .. } = &self.sheets[table];
        rows.header(shape.columns.iter().map(|(_, name)| name.as_str()));
        let mut filling = Filling::new(shape);
        let mut book = open_book(&self.path, self.file.path())?;
        each_row(&mut book, sheet, placed, |row| filling.write(&row, rows))
            .map_err(|source| refused(&self.path, &source))
    }
}

impl Sheet {
    /// The names of its columns, in whatever order.
    fn names(&self) -> BTreeSet<String> {
        self.shape.columns.iter().map(|(_, name)| name.to_lowercase()).collect()
    }

    /// What whoever relies on its table should know; no value is in it.
    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        let Shape { header, names, totals, filled, errors, struck, short_numbers, .. } = &self.shape;
        if self.is_hidden {
            notes.push("the sheet is hidden".to_owned());
        }
        let rows = if names == header { String::new() } else { format!("{} and ", names + 1) };
        if *header > 0 {
            let above = if *names > 0 { ", and what stands above is left out" } else { "" };
            notes.push(format!("its columns are named in row {rows}{}{above}", header + 1));
        }
        if self.name != self.sheet.trim() {
            notes.push("it is another table of its sheet: give each table a sheet of its own".to_owned());
        }
        if let Some(end) = self.shape.end {
            let row = end + 1;
            notes.push(format!("another table seems to begin in row {row}, and is read as one of its own"));
        }
        if let Some(column) = self.shape.beside {
            let column = letters(column);
            notes.push(format!(
                "another table seems to stand beside it from column {column}, and is read as one of its own"
            ));
        }
        if let Some(first) = self.shape.doubtful.first() {
            let (row, more) = (first + 1, self.shape.doubtful.len() - 1);
            let others = if more > 0 { format!(", and {more} more,") } else { String::new() };
            notes.push(format!(
                "row {row}{others} may name the columns of another table, and is read as a row: if it does, give that table a sheet of its own"
            ));
        }
        if let Some(column) = self.shape.doubtful_beside {
            let column = letters(column);
            notes.push(format!(
                "the columns from {column} on are read with those before the gap: if they are another table, give it a sheet of its own"
            ));
        }
        for row in &self.shape.repeats {
            notes.push(format!("row {} names the columns again and is left out", row + 1));
        }
        if self.shape.last_row + 1 >= self.most_rows {
            let rows = self.most_rows;
            notes.push(format!("its {rows} rows are all that such a sheet can have: what came after them is missing"));
        }
        for row in totals {
            notes.push(format!("row {} sums up those above and is left out", row + 1));
        }
        if !filled.is_empty() {
            let first = filled.iter().map(|(column, row, _)| (*row, *column)).min().map(place).unwrap_or_default();
            notes.push(format!(
                "{} merged over several rows, the first {first}: the value counts for each of them",
                cells(filled.len() as u64)
            ));
        }
        let found = |found: &Found| (cells(found.count), found.first.map(place).unwrap_or_default());
        if struck.count > 0 {
            let (cells, first) = found(struck);
            notes.push(format!("{cells} with a line through them, the first {first}: they count as the others do"));
        }
        if errors.count > 0 {
            let (cells, first) = found(errors);
            notes.push(format!("{cells} with an error instead of a value, the first {first}"));
        }
        for (column, short) in short_numbers {
            let (cells, first) = found(short);
            notes.push(format!(
                "{cells} of column {} may have lost leading zeros, being numbers, the first {first}",
                letters(*column)
            ));
        }
        let Formulas { count, without_value, first_without_value } = self.formulas;
        if count > 0 {
            notes.push(format!("{} computed: values are those of when the workbook was saved last", cells(count)));
        }
        if without_value > 0 {
            let first = first_without_value.map(place).unwrap_or_default();
            notes.push(format!(
                "{} computed and without a value, the first {first}: open and save the workbook in its program",
                cells(without_value)
            ));
        }
        notes
    }
}

fn cells(count: u64) -> String {
    format!("{count} {}", if count == 1 { "cell" } else { "cells" })
}

fn open_book(shown: &str, path: &Path) -> Result<Sheets<BufReader<File>>, ExtractError> {
    let unreadable = |source| ExtractError::Unreadable { path: shown.to_owned(), source };
    let file = || File::open(path).map(BufReader::new).map_err(unreadable);
    let mut start = [0; 4];
    let known = file()?.read(&mut start).map_err(unreadable)?;
    let fault = |source: calamine::Error| refused(shown, &source);
    let name = shown.to_lowercase();
    if start[..known] == *b"PK\x03\x04" {
        check_members(shown, file()?)?;
    }
    // Programs go by the content, whatever the name ends with.
    Ok(match &start[..known] {
        b"\xd0\xcf\x11\xe0" if name.ends_with(".xls") => {
            if !intact::is_intact(file()?) {
                return Err(ExtractError::WorkbookDamaged { path: shown.to_owned() });
            }
            Sheets::Xls(Xls::new(file()?).map_err(|source| fault(source.into()))?)
        }
        b"PK\x03\x04" if name.ends_with(".ods") => {
            Sheets::Ods(Ods::new(file()?).map_err(|source| fault(source.into()))?)
        }
        b"PK\x03\x04" | b"\xd0\xcf\x11\xe0" if name.ends_with(".xlsb") => {
            Sheets::Xlsb(Xlsb::new(file()?).map_err(|source| fault(source.into()))?)
        }
        b"PK\x03\x04" | b"\xd0\xcf\x11\xe0" => Sheets::Xlsx(Xlsx::new(file()?).map_err(|source| fault(source.into()))?),
        _ => return Err(ExtractError::NoWorkbook { path: shown.to_owned() }),
    })
}

/// Texts of a workbook are held in memory: what unpacks to more than this is none that a practice has.
const MAX_UNPACKED_BYTES: u64 = 4 << 30;

fn check_members(shown: &str, file: BufReader<File>) -> Result<(), ExtractError> {
    let path = || shown.to_owned();
    let mut archive = zip::ZipArchive::new(file).map_err(|_| ExtractError::WorkbookDamaged { path: path() })?;
    let mut total = 0u64;
    for ordinal in 0..archive.len() {
        let member = archive.by_index_raw(ordinal).map_err(|_| ExtractError::WorkbookDamaged { path: path() })?;
        let size = member.size();
        if let Some(ratio) = bomb_ratio(size, member.compressed_size()) {
            return Err(ExtractError::ZipBomb { path: path(), ordinal: ordinal + 1, size, ratio });
        }
        total = total.saturating_add(size);
    }
    match total > MAX_UNPACKED_BYTES {
        true => Err(ExtractError::ZipTooLarge { path: path(), size: total, limit: MAX_UNPACKED_BYTES }),
        false => Ok(()),
    }
}

/// The text of a reader's error may quote what it read: only its kind is told.
fn refused(path: &str, source: &calamine::Error) -> ExtractError {
    use calamine::{Error, OdsError, XlsError, XlsbError, XlsxError};
    let path = path.to_owned();
    match source {
        Error::Xlsx(XlsxError::Password)
        | Error::Xlsb(XlsbError::Password)
        | Error::Xls(XlsError::Password)
        | Error::Ods(OdsError::Password) => ExtractError::WorkbookLocked { path },
        _ => ExtractError::WorkbookDamaged { path },
    }
}

fn merged_cells(book: &mut Sheets<BufReader<File>>, sheet: &str) -> Result<Vec<Merged>, calamine::Error> {
    let merged = match book {
        Sheets::Xlsx(xlsx) => xlsx.merge_cells_by_sheet_name(sheet)?,
        Sheets::Xls(xls) => xls.merge_cells_by_sheet_name(sheet)?,
        Sheets::Xlsb(_) | Sheets::Ods(_) => Vec::new(),
    };
    Ok(merged.into_iter().map(|one| Merged { first: one.start, last: one.end }).collect())
}

/// Fills the cells of a sheet's rows that are merged with ones above.
struct Filling<'a> {
    shape: &'a Shape,
    /// By column and first row: the last row, and the value once it was met.
    filled: BTreeMap<(u32, u32), (u32, Option<String>)>,
}

impl<'a> Filling<'a> {
    fn new(shape: &'a Shape) -> Self {
        let filled = shape.filled.iter().map(|(column, first, last)| ((*column, *first), (*last, None)));
        Self { shape, filled: filled.collect() }
    }

    /// False where nobody wants more.
    fn write(&mut self, row: &SheetRow, rows: &mut RowWriter) -> bool {
        if self.shape.end.is_some_and(|end| row.row >= end) {
            return false;
        }
        let is_left_out = self.shape.totals.contains(&row.row) || self.shape.repeats.contains(&row.row);
        if row.row <= self.shape.header || is_left_out {
            return true;
        }
        if !self.filled.is_empty() {
            for cell in &row.cells {
                if let Some((_, value)) = self.filled.get_mut(&(cell.column, row.row)) {
                    *value = Some(cell.text.clone());
                }
            }
        }
        let mut left = row.cells.iter().peekable();
        let cells = self.shape.columns.iter().map(|(column, _)| {
            while left.next_if(|cell| cell.column < *column).is_some() {}
            let own = left.next_if(|cell| cell.column == *column).map(|cell| cell.text.as_bytes());
            own.or_else(|| {
                let above = self.filled.range(..=(*column, row.row)).next_back();
                let (_, (_, value)) = above.filter(|((at, _), (last, _))| at == column && row.row <= *last)?;
                value.as_deref().map(str::as_bytes)
            })
        });
        rows.row(cells)
    }
}
