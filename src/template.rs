//! The workbook that people type charts into, made of a pack's template: headings, drop-downs, formats of dates, hints.
//!
//! What it does not know: what the columns mean. The pack that the template belongs to reads what was typed.

use std::collections::BTreeMap;

use rust_xlsxwriter::{
    Color, DataValidation, DataValidationErrorStyle, DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder,
    Formula, Workbook, Worksheet, XlsxError,
};

use crate::connector::{Template, TemplateColumn, TemplateKind, TemplateSheet};

/// What stands in the sheets, by their names: lines of cells.
///
/// In a column of dates, `2019-03-04` and `2019-03-04 16:00` become cells with a day, and what begins with `'` is the text behind it.
pub type Lines = BTreeMap<String, Vec<Vec<String>>>;

const READ_ME: &str = "Read me";
const LISTS: &str = "Lists";
/// As far as a sheet goes.
const LAST_ROW: u32 = 1_048_575;

/// The workbook as bytes of an xlsx file; the same template and lines give the same bytes.
///
/// # Errors
/// Where a name or a number of lines is more than a workbook can hold.
pub fn workbook(template: &Template, lines: &Lines) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let made = ExcelDateTime::from_ymd(2026, 1, 1)?;
    book.set_properties(&DocProperties::new().set_creation_datetime(&made));
    read_me(book.add_worksheet(), template)?;
    let mut lists = Vec::new();
    for sheet in &template.sheets {
        let worksheet = book.add_worksheet();
        worksheet.set_name(&sheet.name)?;
        head(worksheet, sheet)?;
        for (at, column) in sheet.columns.iter().enumerate() {
            check_cells(worksheet, at as u16, column, &mut lists)?;
        }
        for (row, line) in (1u32..).zip(lines.get(&sheet.name).into_iter().flatten()) {
            for (at, (column, cell)) in sheet.columns.iter().zip(line).enumerate() {
                put(worksheet, (row, at as u16), column, cell)?;
            }
        }
    }
    let worksheet = book.add_worksheet();
    worksheet.set_name(LISTS)?.set_hidden(true);
    for (at, (heading, words)) in lists.iter().enumerate() {
        worksheet.write_string(0, at as u16, *heading)?;
        for (row, word) in (1u32..).zip(*words) {
            worksheet.write_string(row, at as u16, word)?;
        }
    }
    book.save_to_buffer()
}

fn read_me(worksheet: &mut Worksheet, template: &Template) -> Result<(), XlsxError> {
    let title = Format::new().set_bold().set_font_size(16);
    let strong = Format::new().set_bold().set_align(FormatAlign::Top);
    let wrapped = Format::new().set_text_wrap().set_align(FormatAlign::Top);
    worksheet.set_name(READ_ME)?.set_screen_gridlines(false);
    worksheet.set_column_width(0, 22)?.set_column_width(1, 96)?;
    worksheet.write_string_with_format(0, 0, "Charts from paper", &title)?;
    let how = [
        ("How", "One line for each thing, one sheet for each kind of thing. Leave no empty line between."),
        (
            "Dark headings",
            "must be filled in every line. Light ones may stay empty: leave a cell empty where the paper says nothing.",
        ),
        (
            "Lists",
            "Cells with an arrow take a word from their list. Click the cell: a yellow note says what belongs there.",
        ),
        (
            "Headings",
            "Do not change the names of sheets or headings, and add no columns: they are how each cell is understood.",
        ),
        (
            "Afterwards",
            "Save the workbook beside the folder of scans, and load both: chartlift migrate FOLDER --connector paper",
        ),
    ];
    let sheets = template.sheets.iter().map(|sheet| (sheet.name.as_str(), sheet.about.as_str()));
    worksheet.set_row_height(0, 24)?;
    for (row, (name, text)) in (2u32..).zip(how.into_iter().chain([("", "")]).chain(sheets)) {
        worksheet.write_string_with_format(row, 0, name, &strong)?;
        worksheet.write_string_with_format(row, 1, text, &wrapped)?;
        // Programs do not make room for wrapped lines by themselves.
        let lines = text.chars().count().div_ceil(LINE_CHARS).max(1);
        worksheet.set_row_height(row, 15.5 * lines as f64)?;
    }
    worksheet.set_landscape().set_print_fit_to_pages(1, 0);
    Ok(())
}

/// Characters that a line of the text about sheets holds for certain.
const LINE_CHARS: usize = 90;
/// Columns that are printed side by side on one page.
const PAGE_COLUMNS: usize = 14;

fn head(worksheet: &mut Worksheet, sheet: &TemplateSheet) -> Result<(), XlsxError> {
    let heading = Format::new().set_bold().set_text_wrap().set_align(FormatAlign::VerticalCenter);
    let heading = heading.set_border_bottom(FormatBorder::Thin);
    let needed = heading.clone().set_background_color(Color::RGB(0x1F4E5F)).set_font_color(Color::White);
    let other = heading.set_background_color(Color::RGB(0xDCE9EE));
    for (at, column) in sheet.columns.iter().enumerate() {
        let format = if column.required { &needed } else { &other };
        worksheet.write_string_with_format(0, at as u16, &column.name, format)?;
        worksheet.set_column_width(at as u16, column.width)?;
        worksheet.set_column_format(at as u16, &format_of(&column.kind))?;
    }
    worksheet.set_row_height(0, 32)?.set_freeze_panes(1, 1)?;
    let pages = sheet.columns.len().div_ceil(PAGE_COLUMNS) as u16;
    worksheet.set_landscape().set_print_fit_to_pages(pages, 0);
    worksheet.set_repeat_rows(0, 0)?.set_repeat_columns(0, 0)?;
    worksheet.set_header("&L&A").set_footer("&CPage &P of &N");
    Ok(())
}

fn format_of(kind: &TemplateKind) -> Format {
    match kind {
        // A month by its name reads one way only.
        TemplateKind::Date => Format::new().set_num_format("d mmm yyyy"),
        TemplateKind::Number => Format::new(),
        TemplateKind::Text | TemplateKind::List { .. } => Format::new().set_num_format("@"),
    }
}

/// The hint of a column's cells, and what may be typed there.
fn check_cells<'a>(
    worksheet: &mut Worksheet,
    at: u16,
    column: &'a TemplateColumn,
    lists: &mut Vec<(&'a str, &'a [String])>,
) -> Result<(), XlsxError> {
    let letter = column_letters(at);
    let validation = DataValidation::new().ignore_blank(true);
    let validation = match &column.kind {
        TemplateKind::Text => validation.allow_any_value(),
        TemplateKind::Number => validation
            .allow_custom(Formula::new(format!("=ISNUMBER({letter}2)")))
            .set_error_style(DataValidationErrorStyle::Warning)
            .set_error_title("A number?")?
            .set_error_message("This is no number. Words are kept as they are.")?,
        // A year alone, typed as a number, would be a day of 1905.
        TemplateKind::Date => validation
            .allow_custom(Formula::new(format!(
                "=OR(ISTEXT({letter}2),AND(ISNUMBER({letter}2),OR({letter}2<1800,{letter}2>2200)))"
            )))
            .set_error_title("A date?")?
            .set_error_message("Type a whole date. Where only the year is known, type an apostrophe first: '1931")?,
        TemplateKind::List { words, strict } => {
            let known = lists.iter().position(|(_, list)| *list == words.as_slice());
            let list = known.unwrap_or_else(|| {
                lists.push((&column.name, words));
                lists.len() - 1
            });
            let letters = column_letters(list as u16);
            let range = format!("={LISTS}!${letters}$2:${letters}${}", words.len() + 1);
            let validation = validation.allow_list_formula(Formula::new(range)).set_error_title("Not in the list")?;
            if *strict {
                validation.set_error_message("Take a word from the list. Leave the cell empty where none fits.")?
            } else {
                validation
                    .set_error_style(DataValidationErrorStyle::Warning)
                    .set_error_message("This word is not in the list. It is kept as it is.")?
            }
        }
    };
    // The note's title is short; the whole name stands above.
    let title: String = column.name.chars().take(32).collect();
    let validation = validation.set_input_title(title)?.set_input_message(&column.help)?;
    worksheet.add_data_validation(1, at, LAST_ROW, at, &validation)?;
    Ok(())
}

fn put(worksheet: &mut Worksheet, (row, at): (u32, u16), column: &TemplateColumn, cell: &str) -> Result<(), XlsxError> {
    if cell.is_empty() {
        return Ok(());
    }
    match &column.kind {
        TemplateKind::Date => match (cell.strip_prefix('\''), ExcelDateTime::parse_from_str(cell)) {
            (None, Ok(day)) => {
                let format = if cell.contains(':') { "d mmm yyyy hh:mm" } else { "d mmm yyyy" };
                worksheet.write_datetime_with_format(row, at, &day, &Format::new().set_num_format(format))?;
            }
            (text, _) => {
                worksheet.write_string(row, at, text.unwrap_or(cell))?;
            }
        },
        TemplateKind::Number => match cell.parse::<f64>() {
            Ok(number) => drop(worksheet.write_number(row, at, number)?),
            Err(_) => drop(worksheet.write_string(row, at, cell)?),
        },
        TemplateKind::Text | TemplateKind::List { .. } => drop(worksheet.write_string(row, at, cell)?),
    }
    Ok(())
}

/// A column's name in a spreadsheet, from 0: A, B, ... AA.
fn column_letters(column: u16) -> String {
    let (mut rest, mut letters) = (u32::from(column) + 1, Vec::new());
    while rest > 0 {
        letters.push(char::from(b'A' + ((rest - 1) % 26) as u8));
        rest = (rest - 1) / 26;
    }
    letters.iter().rev().collect()
}
