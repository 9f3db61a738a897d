//! What stands beside the values of a workbook's cells and its reader does not tell, by place: how numbers are shown in xls and ods, and where
//! xlsx has errors of kinds that came later than the reader.

use std::collections::{BTreeMap, HashMap};
use std::io::{BufRead, BufReader, Read, Seek};

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::number_style::NumberStyle;

/// Row and column, from 0.
pub type Place = (u32, u32);

/// Of one sheet.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Placed {
    /// Of numbers that are shown otherwise than in their shortest form.
    pub styles: HashMap<Place, NumberStyle>,
    /// Errors of unknown kinds, in the order of the file.
    pub errors: Vec<Place>,
}

/// Sheets by their number in the workbook, from 0; those of which there is nothing to tell are left out.
pub type BySheet = BTreeMap<usize, Placed>;

/// Of the stream of an xls file. What is not as [MS-XLS] says is passed over: the reader of values judges the file.
pub fn of_xls(stream: &[u8]) -> BySheet {
    let (mut formats, mut styles, mut starts) = (HashMap::new(), Vec::new(), Vec::new());
    let mut is_8 = true;
    for (kind, data) in (Records { stream, at: 0 }) {
        match kind {
            // BOF: the version.
            0x0809 => is_8 = word(data, 0) != Some(0x0500),
            // Format: its number, and a text that is counted in one way or the other.
            0x041e => drop(word(data, 0).zip(format_text(data, is_8)).map(|(at, text)| formats.insert(at, text))),
            // XF: the second word names the format.
            0x00e0 => styles.push(word(data, 2).unwrap_or_default()),
            // BoundSheet8: where the sheet begins.
            0x0085 => {
                starts.push(data.get(..4).map_or(0, |four| u32::from_le_bytes([four[0], four[1], four[2], four[3]])));
            }
            // EOF of the workbook's own part.
            0x000a => break,
            _ => {}
        }
    }
    let style = |format: u16| match formats.get(&format) {
        Some(code) => NumberStyle::of(code),
        // [ECMA-376] part 1, 18.8.30: formats that need not be written.
        None if matches!(format, 9 | 10) => NumberStyle::Percent,
        None => NumberStyle::General,
    };
    let styles: Vec<NumberStyle> = styles.into_iter().map(style).collect();
    let mut sheets = BySheet::new();
    for (number, start) in starts.into_iter().enumerate() {
        let mut placed = Placed::default();
        let mut note = |row: u16, column: u16, style: Option<u16>| {
            if let Some(style) = style.and_then(|at| styles.get(usize::from(at))).filter(|style| style.is_shown()) {
                placed.styles.insert((row.into(), column.into()), style.clone());
            }
        };
        // Charts within a sheet are parts of their own.
        let mut depth = 0;
        for (kind, data) in (Records { stream, at: start as usize }) {
            match kind {
                0x0809 => depth += 1,
                0x000a if depth <= 1 => break,
                0x000a => depth -= 1,
                _ => {}
            }
            let (Some(row), Some(column)) = (word(data, 0), word(data, 2)) else { continue };
            match kind {
                // Number, RK, Formula: row, column, style, value.
                0x0203 | 0x027e | 0x0006 => note(row, column, word(data, 4)),
                // MulRk: row, first column, and for each a style and a value.
                0x00bd => {
                    for (at, next) in (4..data.len().saturating_sub(2)).step_by(6).zip(column..) {
                        note(row, next, word(data, at));
                    }
                }
                _ => {}
            }
        }
        if placed != Placed::default() {
            sheets.insert(number, placed);
        }
    }
    sheets
}

/// Records of a stream of xls, [MS-XLS] 2.1.4.
struct Records<'a> {
    stream: &'a [u8],
    at: usize,
}

impl<'a> Iterator for Records<'a> {
    type Item = (u16, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (kind, length) = (word(self.stream, self.at)?, word(self.stream, self.at + 2)?);
        let data = self.stream.get(self.at + 4..self.at + 4 + usize::from(length))?;
        self.at += 4 + usize::from(length);
        Some((kind, data))
    }
}

fn word(data: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes([*data.get(at)?, *data.get(at + 1)?]))
}

fn format_text(data: &[u8], is_8: bool) -> Option<String> {
    if !is_8 {
        let length = usize::from(*data.get(2)?);
        return Some(data.get(3..3 + length)?.iter().map(|byte| char::from(*byte)).collect());
    }
    let (length, flags) = (usize::from(word(data, 2)?), *data.get(4)?);
    if flags & 1 == 0 {
        return Some(data.get(5..5 + length)?.iter().map(|byte| char::from(*byte)).collect());
    }
    let words: Vec<u16> =
        data.get(5..5 + 2 * length)?.chunks_exact(2).map(|two| u16::from_le_bytes([two[0], two[1]])).collect();
    Some(String::from_utf16_lossy(&words))
}

/// The stream of an xls file.
pub fn xls_stream(file: impl Read + Seek) -> Option<Vec<u8>> {
    let mut compound = cfb::CompoundFile::open(file).ok()?;
    let name = ["Workbook", "Book", "WORKBOOK", "BOOK"].into_iter().find(|name| compound.exists(name))?;
    let mut stream = Vec::new();
    compound.open_stream(name).ok()?.read_to_end(&mut stream).ok()?;
    Some(stream)
}

/// Repeats of a row or a cell that holds a value are few; programs fill the rest of a sheet with empty ones.
const MOST_REPEATS: u32 = 10_000;

/// Of an ods file: percentages, and numbers whose text shows zeros before them.
pub fn of_ods(file: impl Read + Seek) -> Option<BySheet> {
    let mut archive = zip::ZipArchive::new(file).ok()?;
    let content = archive.by_name("content.xml").ok()?;
    let mut reader = Reader::from_reader(BufReader::new(content));
    let mut sheets = BySheet::new();
    let (mut buffer, mut sheet) = (Vec::new(), None::<usize>);
    let (mut row, mut rows, mut column) = (0u32, 1u32, 0u32);
    // The number at hand: how often it stands there, whether it is a percentage, its value and what is shown of it.
    let mut number: Option<(u32, bool, String, String)> = None;
    loop {
        buffer.clear();
        match reader.read_event_into(&mut buffer).ok()? {
            Event::Eof => return Some(sheets),
            Event::Start(tag) => match tag.local_name().as_ref() {
                "table" => (sheet, row, rows) = (Some(sheet.map_or(0, |sheet| sheet + 1)), 0, 1),
                "table-row" => (column, rows) = (0, repeats(&tag, "number-rows-repeated")),
                "table-cell" | "covered-table-cell" => {
                    let kind = attribute(&tag, "value-type").unwrap_or_default();
                    let times = repeats(&tag, "number-columns-repeated");
                    let is_number = kind == "percentage" || kind == "float";
                    let value = attribute(&tag, "value").unwrap_or_default();
                    number = Some((
                        times,
                        kind == "percentage",
                        if is_number { value } else { String::new() },
                        String::new(),
                    ));
                }
                _ => {}
            },
            // A cell or row without anything in it.
            Event::Empty(tag) => match tag.local_name().as_ref() {
                "table-row" => row = row.saturating_add(repeats(&tag, "number-rows-repeated")),
                "table-cell" | "covered-table-cell" => {
                    column = column.saturating_add(repeats(&tag, "number-columns-repeated"));
                }
                _ => {}
            },
            Event::Text(text) => {
                if let Some((.., shown)) = &mut number
                    && shown.len() < 64
                {
                    shown.push_str(&text);
                }
            }
            Event::End(tag) => match tag.local_name().as_ref() {
                "table-row" => row = row.saturating_add(rows),
                "table-cell" | "covered-table-cell" => {
                    let Some((times, is_percent, value, shown)) = number.take() else { continue };
                    let style = match is_percent {
                        true => NumberStyle::Percent,
                        false => NumberStyle::of_shown(&value, &shown),
                    };
                    if let (true, Some(sheet)) = (style.is_shown() && !value.is_empty(), sheet) {
                        let placed = sheets.entry(sheet).or_default();
                        for row in row..row.saturating_add(rows.min(MOST_REPEATS)) {
                            for column in column..column.saturating_add(times.min(MOST_REPEATS)) {
                                placed.styles.insert((row, column), style.clone());
                            }
                        }
                    }
                    column = column.saturating_add(times);
                }
                _ => {}
            },
            _ => {}
        }
    }
}

fn attribute(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    let found = tag.attributes().flatten().find(|attribute| attribute.key.local_name().as_ref() == name)?;
    Some(found.value.into_owned())
}

fn repeats(tag: &BytesStart<'_>, name: &str) -> u32 {
    attribute(tag, name).and_then(|text| text.parse().ok()).unwrap_or(1)
}

/// Errors that the reader of values knows.
const KNOWN_ERRORS: [&str; 7] = ["#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!"];

/// Of an xlsx file: where errors of other kinds stand.
pub fn errors_of_xlsx(file: impl Read + Seek) -> Option<BySheet> {
    let mut archive = zip::ZipArchive::new(file).ok()?;
    let mut sheets = BySheet::new();
    for (number, part) in sheet_parts(&mut archive)?.into_iter().enumerate() {
        let Ok(member) = archive.by_name(&part) else { continue };
        let errors = errors_of_sheet(BufReader::new(member));
        if !errors.is_empty() {
            sheets.insert(number, Placed { errors, ..Placed::default() });
        }
    }
    Some(sheets)
}

/// The parts of an xlsx file that hold its sheets, in their order.
fn sheet_parts(archive: &mut zip::ZipArchive<impl Read + Seek>) -> Option<Vec<String>> {
    let each = |archive: &mut zip::ZipArchive<_>, part: &str, tag: &str, names: [&str; 2]| {
        let mut reader = Reader::from_reader(BufReader::new(archive.by_name(part).ok()?));
        let (mut buffer, mut found) = (Vec::new(), Vec::new());
        loop {
            buffer.clear();
            match reader.read_event_into(&mut buffer).ok()? {
                Event::Eof => return Some(found),
                Event::Start(at) | Event::Empty(at) if at.local_name().as_ref() == tag => {
                    found.push(names.map(|name| attribute(&at, name).unwrap_or_default()));
                }
                _ => {}
            }
        }
    };
    let targets = each(archive, "xl/_rels/workbook.xml.rels", "Relationship", ["Id", "Target"])?;
    let sheets = each(archive, "xl/workbook.xml", "sheet", ["name", "id"])?;
    let part = |[_, id]: [String; 2]| {
        let target = targets.iter().find(|[of, _]| *of == id).map(|[_, target]| target.as_str()).unwrap_or_default();
        target.strip_prefix('/').map_or_else(|| format!("xl/{target}"), str::to_owned)
    };
    Some(sheets.into_iter().map(part).collect())
}

fn errors_of_sheet(part: impl BufRead) -> Vec<Place> {
    let mut reader = Reader::from_reader(part);
    let (mut buffer, mut errors, mut cell, mut is_value) = (Vec::new(), Vec::new(), None, false);
    loop {
        buffer.clear();
        match reader.read_event_into(&mut buffer) {
            Ok(Event::Start(tag)) => match tag.local_name().as_ref() {
                "c" if attribute(&tag, "t").as_deref() == Some("e") => cell = attribute(&tag, "r"),
                "v" => is_value = true,
                _ => {}
            },
            Ok(Event::Text(text)) if is_value => {
                let is_known = KNOWN_ERRORS.contains(&text.trim());
                errors.extend(cell.take().filter(|_| !is_known).as_deref().and_then(place_of));
            }
            Ok(Event::End(tag)) => match tag.local_name().as_ref() {
                "c" => cell = None,
                "v" => is_value = false,
                _ => {}
            },
            Ok(Event::Eof) | Err(_) => return errors,
            Ok(_) => {}
        }
    }
}

/// A cell as the program names it: `AB12`.
fn place_of(name: &str) -> Option<Place> {
    let letters = name.len() - name.trim_start_matches(|c: char| c.is_ascii_uppercase()).len();
    let column = name[..letters]
        .bytes()
        .try_fold(0u32, |sum, letter| sum.checked_mul(26)?.checked_add(u32::from(letter - b'A') + 1))?;
    let row: u32 = name[letters..].parse().ok()?;
    Some((row.checked_sub(1)?, column.checked_sub(1)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_found_by_their_names() {
        assert_eq!(place_of("A1"), Some((0, 0)));
        assert_eq!(place_of("AB12"), Some((11, 27)));
        for wrong in ["", "A", "12", "a1", "A0", "ZZZZZZZZZZ1"] {
            assert_eq!(place_of(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn numbers_of_xls_have_the_styles_that_their_cells_name() {
        let record =
            |kind: u16, data: &[u8]| [&kind.to_le_bytes()[..], &(data.len() as u16).to_le_bytes(), data].concat();
        let words = |words: &[u16]| words.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<u8>>();
        let format =
            |number: u16, code: &str| [&words(&[number, code.len() as u16])[..], &[0], code.as_bytes()].concat();
        let globals = |start: u32| {
            [
                record(0x0809, &words(&[0x0600, 5])),
                record(0x041e, &format(164, "00000")),
                record(0x00e0, &words(&[0, 0])),
                record(0x00e0, &words(&[0, 10])),
                record(0x00e0, &words(&[0, 164])),
                record(0x0085, &[&start.to_le_bytes()[..], &[0, 0]].concat()),
                record(0x000a, &[]),
            ]
            .concat()
        };
        let start = globals(0).len() as u32;
        let sheet = [
            record(0x0809, &words(&[0x0600, 16])),
            record(0x0203, &words(&[3, 1, 1, 0, 0, 0, 0])),
            record(0x0203, &words(&[3, 2, 0, 0, 0, 0, 0])),
            record(0x00bd, &words(&[4, 1, 2, 0, 0, 1, 0, 0, 2])),
            record(0x000a, &[]),
        ]
        .concat();
        let found = of_xls(&[globals(start), sheet].concat());
        let styles: BTreeMap<Place, NumberStyle> = found[&0].styles.clone().into_iter().collect();
        let zeros = NumberStyle::Digits("00000".into());
        assert_eq!(
            styles,
            BTreeMap::from([((3, 1), NumberStyle::Percent), ((4, 1), zeros), ((4, 2), NumberStyle::Percent)])
        );
    }
}
