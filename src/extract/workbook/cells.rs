//! The cells of a sheet, row by row, each as text in one defined form.
//!
//! | cell | text |
//! |---|---|
//! | text | as it stands |
//! | number | its shortest decimal form; with leading zeros, hyphens or a percent sign where its format shows them |
//! | date, time | ISO 8601: `2019-03-04`, `2019-03-04T13:05:00`, `13:05:00` |
//! | span of time | hours, minutes, seconds: `255:10:12` |
//! | true, false | `TRUE`, `FALSE` |
//! | error | as the program shows it: `#N/A` |

use std::io::{Read, Seek};

use calamine::{Data, DataRef, ExcelDateTime, Reader, Sheets};
use jiff::{ToSpan, civil};

use super::number_style::{NumberStyle, number};
use super::placed::Placed;

/// What a cell holds, for telling headers from data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Text,
    Number,
    Date,
    Boolean,
    Error,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// From 0, as below.
    pub column: u32,
    pub kind: Kind,
    /// Whether a line goes through it.
    pub is_struck: bool,
    /// Not empty.
    pub text: String,
}

/// A row that has a cell with a value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SheetRow {
    pub row: u32,
    /// In the order of columns.
    pub cells: Vec<Cell>,
}

/// Formulas of a sheet, whose values are those of when it was saved last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Formulas {
    pub count: u64,
    /// Those without a value, and where the first of them stands.
    pub without_value: u64,
    pub first_without_value: Option<(u32, u32)>,
}

/// The last serial number is that of 9999-12-31, by the earlier epoch.
const LAST_DAY: f64 = 2_958_466.0;

/// To the second, as dates are shown: serial numbers are rounded.
fn date_text(date: &ExcelDateTime) -> String {
    let serial = date.as_f64();
    if !(0.0..LAST_DAY).contains(&serial) {
        return number(serial);
    }
    if date.is_duration() {
        let seconds = (serial * 86_400.0).round() as u64;
        return format!("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    }
    let (year, month, day, hour, minute, second, milli) = date.to_ymd_hms_milli();
    let (year, month, day) = (year as i16, month as i8, day as i8);
    let Ok(time) = civil::DateTime::new(year, month, day, hour as i8, minute as i8, second as i8, 0) else {
        // 29 February 1900, which the program thinks there was.
        return format!("{year:04}-{month:02}-{day:02}");
    };
    let time = if milli >= 500 { time.saturating_add(1.second()) } else { time };
    let of_day = time.time();
    match () {
        // Day 0 of the later epoch is a day, of the earlier one none.
        () if serial < 1.0 && !(serial == 0.0 && year == 1904) => of_day.to_string(),
        () if of_day == civil::Time::midnight() => time.date().to_string(),
        () => time.to_string(),
    }
}

/// Reads a sheet, row by row; `each` says whether to go on. `placed` are the styles of numbers by their places, where they do not stand with
/// the cells.
pub fn each_row<RS: Read + Seek>(
    workbook: &mut Sheets<RS>,
    sheet: &str,
    placed: &Placed,
    mut each: impl FnMut(SheetRow) -> bool,
) -> Result<(), calamine::Error> {
    let mut rows = Rows { current: SheetRow::default(), is_struck: false, each: &mut each, goes_on: true };
    match workbook {
        Sheets::Xlsx(xlsx) => {
            let mut cells = xlsx.worksheet_cells_reader(sheet)?;
            let styles: Vec<NumberStyle> = cells
                .styles()
                .iter()
                .map(|style| style.number_format.as_ref().map(|format| NumberStyle::of(&format.format_code)))
                .map(Option::unwrap_or_default)
                .collect();
            let mut unknown = placed.errors.iter();
            let is_struck = |style: &calamine::Style| style.font.as_ref().is_some_and(|font| font.has_strikethrough());
            let struck: Vec<bool> = cells.styles().iter().map(is_struck).collect();
            while rows.goes_on {
                match cells.next_cell_with_style_id() {
                    Ok(Some((cell, style))) => {
                        rows.is_struck = struck.get(style) == Some(&true);
                        let style = styles.get(style).unwrap_or(&NumberStyle::General);
                        rows.take(cell.get_position(), cell.get_value(), style);
                    }
                    Ok(None) => break,
                    // Newer programs have kinds of errors that the reader does not know; where they stand was found beforehand.
                    Err(calamine::XlsxError::CellError(kind)) if placed.errors.is_empty() => {
                        return Err(calamine::XlsxError::CellError(kind).into());
                    }
                    Err(calamine::XlsxError::CellError(kind)) => {
                        if let Some(place) = unknown.next() {
                            rows.put(*place, Kind::Error, kind);
                        }
                    }
                    Err(error) => return Err(error.into()),
                }
            }
        }
        Sheets::Xlsb(xlsb) => {
            let mut cells = xlsb.worksheet_cells_reader(sheet)?;
            while rows.goes_on
                && let Some(cell) = cells.next_cell()?
            {
                rows.take(cell.get_position(), cell.get_value(), &NumberStyle::General);
            }
        }
        // These are read whole: their programs hold no more than 65,536 rows, or nothing tells where a row begins.
        Sheets::Xls(_) | Sheets::Ods(_) => {
            let range = workbook.worksheet_range(sheet)?;
            let (top, left) = range.start().unwrap_or_default();
            for (row, column, value) in range.used_cells() {
                if !rows.goes_on {
                    break;
                }
                let place = (top + row as u32, left + column as u32);
                rows.take(place, &borrowed(value), placed.styles.get(&place).unwrap_or(&NumberStyle::General));
            }
        }
    }
    rows.finish();
    Ok(())
}

/// Puts cells together to rows.
struct Rows<'a> {
    current: SheetRow,
    is_struck: bool,
    each: &'a mut dyn FnMut(SheetRow) -> bool,
    goes_on: bool,
}

impl Rows<'_> {
    fn take(&mut self, place: (u32, u32), value: &DataRef<'_>, style: &NumberStyle) {
        let (kind, text) = match value {
            DataRef::Empty => return,
            DataRef::String(text) => (Kind::Text, text.clone()),
            DataRef::SharedString(text) => (Kind::Text, (*text).to_owned()),
            DataRef::Int(value) => (Kind::Number, style.text(*value as f64)),
            DataRef::Float(value) => (Kind::Number, style.text(*value)),
            DataRef::Bool(value) => (Kind::Boolean, if *value { "TRUE" } else { "FALSE" }.to_owned()),
            DataRef::DateTime(date) => (Kind::Date, date_text(date)),
            DataRef::DateTimeIso(text) => (Kind::Date, without_midnight(text)),
            DataRef::DurationIso(text) => (Kind::Date, of_duration(text)),
            DataRef::Error(error) => (Kind::Error, error.to_string()),
        };
        self.put(place, kind, text);
    }

    fn put(&mut self, (row, column): (u32, u32), kind: Kind, text: String) {
        if text.trim().is_empty() {
            return;
        }
        if row != self.current.row {
            self.finish();
            self.current.row = row;
        }
        self.current.cells.push(Cell { column, kind, is_struck: self.is_struck, text });
    }

    fn finish(&mut self) {
        let mut row = std::mem::take(&mut self.current);
        // Programs write them in order, and nothing makes them.
        row.cells.sort_by_key(|cell| cell.column);
        if !row.cells.is_empty() && self.goes_on {
            self.goes_on = (self.each)(row);
        }
    }
}

fn borrowed(value: &Data) -> DataRef<'_> {
    match value {
        Data::Int(value) => DataRef::Int(*value),
        Data::Float(value) => DataRef::Float(*value),
        Data::String(text) => DataRef::SharedString(text),
        Data::Bool(value) => DataRef::Bool(*value),
        Data::DateTime(date) => DataRef::DateTime(*date),
        Data::DateTimeIso(text) => DataRef::DateTimeIso(text.clone()),
        Data::DurationIso(text) => DataRef::DurationIso(text.clone()),
        Data::Error(error) => DataRef::Error(error.clone()),
        Data::Empty => DataRef::Empty,
    }
}

/// A time of day as OpenDocument has it, `PT13H05M00S`; what is something else stays so.
fn of_duration(text: &str) -> String {
    let parts = || -> Option<String> {
        let (hours, rest) = text.strip_prefix("PT")?.split_once('H')?;
        let (minutes, seconds) = rest.strip_suffix('S')?.split_once('M')?;
        let number = |text: &str| text.parse::<u32>().ok();
        let (hours, minutes) = (number(hours)?, number(minutes)?);
        let seconds = number(seconds.split(['.', ',']).next()?)?;
        Some(format!("{hours:02}:{minutes:02}:{seconds:02}"))
    };
    parts().unwrap_or_else(|| text.to_owned())
}

/// A day that is written with the time 00:00:00 is a day.
fn without_midnight(text: &str) -> String {
    text.strip_suffix("T00:00:00").unwrap_or(text).to_owned()
}

/// The formulas of a sheet; what cannot be told of its format is left out.
pub fn formulas<RS: Read + Seek>(workbook: &mut Sheets<RS>, sheet: &str) -> Result<Formulas, calamine::Error> {
    let mut found = Formulas::default();
    if let Sheets::Xlsx(xlsx) = workbook {
        let mut cells = xlsx.worksheet_cells_reader(sheet)?;
        loop {
            let cell = match cells.next_cell_with_formula_metadata() {
                Ok(Some(cell)) => cell,
                Ok(None) => break,
                // A computed one with a newer kind of error: its place was noted with the values.
                Err(calamine::XlsxError::CellError(_)) => {
                    found.count += 1;
                    continue;
                }
                Err(error) => return Err(error.into()),
            };
            if cell.formula.is_some() {
                found.count += 1;
                if cell.value == DataRef::Empty {
                    found.without_value += 1;
                    found.first_without_value.get_or_insert(cell.pos);
                }
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_days_times_or_both() {
        let check = |serial: f64, is_1904: bool, expected: &str| {
            let date = ExcelDateTime::new(serial, calamine::ExcelDateTimeType::DateTime, is_1904);
            assert_eq!(date_text(&date), expected, "{serial}");
        };
        check(43_528.0, false, "2019-03-04");
        check(42_066.0, true, "2019-03-04");
        check(43_528.545_138_888_9, false, "2019-03-04T13:05:00");
        check(43_528.999_999_99, false, "2019-03-05");
        check(0.545_138_888_9, false, "13:05:00");
        check(1.0, false, "1900-01-01");
        check(0.0, false, "00:00:00");
        check(0.0, true, "1904-01-01");
        check(60.0, false, "1900-02-29");
        check(61.0, false, "1900-03-01");
        check(-1.0, false, "-1");
        check(4e6, false, "4000000");
        let duration = ExcelDateTime::new(1.5, calamine::ExcelDateTimeType::TimeDelta, false);
        assert_eq!(date_text(&duration), "36:00:00");
    }
}
