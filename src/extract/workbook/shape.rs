//! Where the table of a sheet stands: below title rows, under a header of one row or two, above rows of totals.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::cells::{Kind, SheetRow};
use super::others::{Below, Others};

mod beside;

/// Rows that are looked at for the header.
const HEADER_ROWS: usize = 40;

/// Rows at the end that may be totals.
const LAST_ROWS: usize = 3;

/// Cells that are shown as one, from the first row and column to the last, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Merged {
    pub first: (u32, u32),
    pub last: (u32, u32),
}

impl Merged {
    fn is_wide(&self) -> bool {
        self.last.1 > self.first.1
    }

    fn covers(&self, row: u32, column: u32) -> bool {
        (self.first.0..=self.last.0).contains(&row) && (self.first.1..=self.last.1).contains(&column)
    }
}

/// A sheet as a table. Rows and columns count from 0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    /// The last row of the header.
    pub header: u32,
    /// Columns with a name or a value, and their names.
    pub columns: Vec<(u32, String)>,
    /// The column in which another table begins beside it.
    pub beside: Option<u32>,
    /// The column from which one may stand there that is taken for a part of this one.
    pub doubtful_beside: Option<u32>,
    /// The row before which the table ends, where another one stands below it.
    pub end: Option<u32>,
    /// Rows that name the columns again.
    pub repeats: BTreeSet<u32>,
    /// Rows that may name the columns of another table, and are taken for rows of this one.
    pub doubtful: BTreeSet<u32>,
    /// The last row that has a value.
    pub last_row: u32,
    /// Rows at the end that are totals of those above.
    pub totals: BTreeSet<u32>,
    /// The first row of the header.
    pub names: u32,
    /// Values of cells that are merged over several rows: column, first and last row.
    pub filled: Vec<(u32, u32, u32)>,
    pub errors: Found,
    /// Cells with a line through them.
    pub struck: Found,
    /// Numbers in columns whose other values have more digits, or begin with a zero.
    pub short_numbers: BTreeMap<u32, Found>,
}

/// How many cells there are of a kind, and where the first stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Found {
    pub count: u64,
    pub first: Option<(u32, u32)>,
}

impl Found {
    fn note(&mut self, row: u32, column: u32) {
        self.count += 1;
        self.first.get_or_insert((row, column));
    }
}

/// Finds the shape of a sheet whose rows it is shown one by one.
#[derive(Default)]
pub struct Looking {
    /// The first ones.
    first: Vec<SheetRow>,
    /// The last ones, where there are more.
    last: VecDeque<SheetRow>,
    columns: BTreeMap<u32, ColumnLook>,
    errors: Found,
    struck: Found,
    /// Where somebody says that it is.
    header: Option<u32>,
    /// The rows that are looked at.
    from: u32,
    until: Option<u32>,
    others: Others,
}

/// What a column holds.
#[derive(Default)]
struct ColumnLook {
    last_row: u32,
    cells: u64,
    /// Texts of digits that begin with a zero.
    zeros: u64,
    /// Whole numbers by how many digits they have, and where the first of each stands.
    numbers: BTreeMap<usize, Found>,
}

impl Looking {
    /// For a sheet whose columns are named in this row.
    pub fn with_header(row: u32) -> Self {
        Self { header: Some(row), ..Self::default() }
    }

    /// For some rows of a sheet.
    pub fn of_rows(from: u32, until: Option<u32>) -> Self {
        Self { from, until, ..Self::default() }
    }

    /// The last row that has a value.
    pub fn last_row(&self) -> u32 {
        self.columns.values().map(|column| column.last_row).max().unwrap_or_default()
    }

    pub fn look(&mut self, row: SheetRow) {
        if row.row < self.from || self.until.is_some_and(|until| row.row >= until) {
            return;
        }
        self.others.look(&row, &self.first);
        for cell in &row.cells {
            let column = self.columns.entry(cell.column).or_default();
            column.last_row = row.row;
            column.cells += 1;
            if cell.is_struck {
                self.struck.note(row.row, cell.column);
            }
            let is_digits = cell.text.bytes().all(|byte| byte.is_ascii_digit());
            match cell.kind {
                Kind::Error => self.errors.note(row.row, cell.column),
                Kind::Text if is_digits && cell.text.starts_with('0') && cell.text.len() > 1 => column.zeros += 1,
                Kind::Number if is_digits => {
                    column.numbers.entry(cell.text.len()).or_default().note(row.row, cell.column);
                }
                _ => {}
            }
        }
        // Above the header that is named only a row of groups counts.
        if self.header.is_some_and(|header| row.row + 1 < header) {
            return;
        }
        if self.first.len() < HEADER_ROWS {
            self.first.push(row);
        } else {
            self.last.push_back(row);
            if self.last.len() > LAST_ROWS {
                self.last.pop_front();
            }
        }
    }

    /// The table, and those that stand beside it behind an empty column; none where the sheet is empty, or the row that is to name its
    /// columns.
    pub fn shapes(self, merged: &[Merged]) -> Option<Vec<Shape>> {
        let (at, group) = match self.header {
            None => with_group(&self.first, header_at(&self.first)?, merged),
            Some(header) => {
                let at = self.first.iter().position(|row| row.row == header)?;
                (at, group_above(&self.first, at, merged))
            }
        };
        let header = &self.first[at];
        let is_named = self.header.is_some();
        let below = if is_named { Below::default() } else { self.others.below(header) };
        let mut names: BTreeMap<u32, String> = BTreeMap::new();
        for column in self.columns.keys() {
            let own = text_at(header, *column);
            let name = match group.map(|group| (group, group_name(&self.first[group], *column, merged))) {
                Some((_, Some(above))) => [Some(above), own].into_iter().flatten().collect::<Vec<_>>().join(" "),
                _ => own.unwrap_or_default(),
            };
            names.insert(*column, name);
        }
        // What stands in title rows alone is no column.
        let has_value = |column: u32| self.columns[&column].last_row > header.row;
        let columns: Vec<(u32, String)> = names
            .into_iter()
            .filter(|(column, name)| !name.is_empty() || has_value(*column))
            .map(|(column, name)| {
                let later = || below.names.get(&column).cloned();
                let own = (!name.is_empty()).then_some(name).or_else(later);
                (column, own.unwrap_or_else(|| format!("column {}", letters(column))))
            })
            .collect();
        let names = self.first[group.unwrap_or(at)].row;
        let rows: Vec<&SheetRow> = self.first[at + 1..].iter().chain(&self.last).collect();
        let ends = rows.iter().skip(2).rev().take(LAST_ROWS);
        let totals = ends.take_while(|row| is_total(row, &columns)).map(|row| row.row).collect();
        let is_below = |merged: &&Merged| merged.first.0 > header.row && merged.last.0 > merged.first.0;
        let filled = merged.iter().filter(is_below).map(|one| (one.first.1, one.first.0, one.last.0)).collect();
        let short_numbers = columns
            .iter()
            .filter_map(|(column, name)| Some((*column, self.columns.get(column)?.short(name)?)))
            .collect();
        let (tables, doubtful_beside) =
            if is_named { (vec![columns], None) } else { self.side_by_side(header, columns, merged) };
        let (last_row, errors, struck) = (self.last_row(), self.errors, self.struck);
        let shape = |columns: Vec<(u32, String)>| {
            let mut shape = Shape {
                header: header.row,
                beside: None,
                doubtful_beside: None,
                end: below.end,
                repeats: below.repeats.clone(),
                doubtful: below.doubtful.clone(),
                last_row,
                columns,
                totals: BTreeSet::clone(&totals),
                names,
                filled: Vec::clone(&filled),
                errors,
                struck,
                short_numbers: BTreeMap::clone(&short_numbers),
            };
            let has = |column: u32| shape.columns.iter().any(|(at, _)| *at == column);
            shape.filled.retain(|(column, ..)| has(*column));
            shape.short_numbers.retain(|column, _| has(*column));
            shape
        };
        let mut shapes: Vec<Shape> = tables.into_iter().map(shape).collect();
        let beside = shapes.get(1).and_then(|second| Some(second.columns.first()?.0));
        (shapes[0].beside, shapes[0].doubtful_beside) = (beside, doubtful_beside);
        Some(shapes)
    }
}

impl ColumnLook {
    /// Numbers that have lost zeros before them, as far as that can be told.
    fn short(&self, name: &str) -> Option<Found> {
        let name = name.to_lowercase();
        let says = |words: &[&str]| words.iter().any(|word| name.contains(word));
        let wanted = match () {
            () if says(&["zip", "postal", "postcode"]) => 5,
            () if says(&["ssn", "social sec"]) => 9,
            () if self.zeros > 0 => self.numbers.keys().copied().max()?,
            () => return None,
        };
        let mut found = Found::default();
        for (_, numbers) in self.numbers.range(..wanted) {
            found.count += numbers.count;
            found.first = found.first.into_iter().chain(numbers.first).min();
        }
        (found.count > 0).then_some(found)
    }
}

/// The row that names the columns: the first that holds mostly texts, and about as many as rows usually have; the first of the widest
/// where none does.
fn header_at(rows: &[SheetRow]) -> Option<usize> {
    let widest = rows.iter().map(|row| row.cells.len()).max()?;
    let mut widths: Vec<usize> = rows.iter().map(|row| row.cells.len()).collect();
    widths.sort_unstable();
    let usual = widths[widths.len() / 2];
    let is_header = |row: &SheetRow| {
        let texts = row.cells.iter().filter(|cell| cell.kind == Kind::Text).count();
        let is_named = |kind: Kind| matches!(kind, Kind::Text | Kind::Number);
        row.cells.iter().all(|cell| is_named(cell.kind))
            && texts * 3 >= row.cells.len() * 2
            && row.cells.len() * 4 >= usual * 3
    };
    rows.iter().position(is_header).or_else(|| rows.iter().position(|row| row.cells.len() == widest))
}

/// The header with a row of groups above it, if there is one.
fn with_group(rows: &[SheetRow], at: usize, merged: &[Merged]) -> (usize, Option<usize>) {
    match group_above(rows, at + 1, merged) {
        Some(group) => (at + 1, Some(group)),
        None => (at, group_above(rows, at, merged)),
    }
}

/// A row of groups right above a header: cells that are merged over several columns, each with names below.
fn group_above(rows: &[SheetRow], at: usize, merged: &[Merged]) -> Option<usize> {
    let (upper, lower) = (rows.get(at.checked_sub(1)?)?, rows.get(at)?);
    let width = upper.cells.len();
    let groups: Vec<&Merged> =
        merged.iter().filter(|one| one.first.0 == upper.row && one.is_wide() && width > 1).collect();
    // Beside the groups each column is named in one of the rows: where both are filled, the lower one holds values.
    let is_in_group = |column: u32| groups.iter().any(|group| group.covers(upper.row, column));
    let names_all = !groups.is_empty()
        && lower.cells.iter().all(|cell| cell.kind == Kind::Text)
        && lower.cells.iter().all(|cell| is_in_group(cell.column) || text_at(upper, cell.column).is_none())
        && groups.iter().all(|group| (group.first.1..=group.last.1).all(|column| text_at(lower, column).is_some()));
    (upper.row + 1 == lower.row && names_all).then_some(at - 1)
}

/// What stands above a column: the text of the group that covers it, or of a cell that is merged with the one below.
fn group_name(group: &SheetRow, column: u32, merged: &[Merged]) -> Option<String> {
    let covering = merged.iter().find(|one| one.covers(group.row, column));
    text_at(group, covering.map_or(column, |one| one.first.1))
}

/// One line, without white space around it.
pub fn text_at(row: &SheetRow, column: u32) -> Option<String> {
    let cell = row.cells.iter().find(|cell| cell.column == column)?;
    Some(cell.text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Whether a row sums up those above: its first column says so, and it has numbers and is not filled as they are.
fn is_total(row: &SheetRow, columns: &[(u32, String)]) -> bool {
    const WORDS: [&str; 5] = ["total", "totals", "grand total", "subtotal", "sum"];
    let Some((first, others)) = row.cells.split_first() else { return false };
    let word = first.text.trim().trim_end_matches([':', '.']).to_lowercase();
    let is_first = columns.first().is_some_and(|(column, _)| *column == first.column);
    let are_numbers = !others.is_empty() && others.iter().all(|cell| cell.kind == Kind::Number);
    is_first
        && first.kind == Kind::Text
        && WORDS.contains(&word.as_str())
        && are_numbers
        && row.cells.len() < columns.len()
}

/// The name that the program gives a column: A, B, ... Z, AA ...
pub fn letters(column: u32) -> String {
    let mut letters = Vec::new();
    let mut left = column + 1;
    while left > 0 {
        left -= 1;
        letters.push(char::from(b'A' + (left % 26) as u8));
        left /= 26;
    }
    letters.iter().rev().collect()
}

/// A cell as the program names it.
pub fn place((row, column): (u32, u32)) -> String {
    format!("{}{}", letters(column), row + 1)
}

#[cfg(test)]
mod tests {
    use super::super::cells::Cell;
    use super::*;

    /// Rows of cells parted by `|`, from row 0; numbers are numbers, `~` is an empty row.
    fn shape(text: &str, merged: &[[(u32, u32); 2]]) -> Shape {
        look(Looking::default(), text, merged).expect("a table")
    }

    fn look(looking: Looking, text: &str, merged: &[[(u32, u32); 2]]) -> Option<Shape> {
        look_all(looking, text, merged).map(|shapes| shapes[0].clone())
    }

    fn look_all(mut looking: Looking, text: &str, merged: &[[(u32, u32); 2]]) -> Option<Vec<Shape>> {
        for (row, line) in (0..).zip(text.lines()) {
            let cells = line.split('|').zip(0..).filter(|(text, _)| !text.is_empty() && *text != "~");
            let kind = |text: &str| match text.parse::<f64>() {
                Ok(_) if !text.starts_with('\'') => Kind::Number,
                _ if text.starts_with('#') => Kind::Error,
                _ => Kind::Text,
            };
            let cells: Vec<Cell> = cells
                .map(|(text, column)| Cell {
                    column,
                    kind: kind(text),
                    is_struck: false,
                    text: text.trim_start_matches('\'').to_owned(),
                })
                .collect();
            if !cells.is_empty() {
                looking.look(SheetRow { row, cells });
            }
        }
        let merged: Vec<Merged> = merged.iter().map(|[first, last]| Merged { first: *first, last: *last }).collect();
        looking.shapes(&merged)
    }

    fn names(shape: &Shape) -> Vec<&str> {
        shape.columns.iter().map(|(_, name)| name.as_str()).collect()
    }

    #[test]
    fn the_header_stands_below_titles() {
        let found =
            shape("Oakfield Clinic\nPrinted 2019|by Ada\n~\nMRN|Name|Born|Zip\n1|Ann|1980|2139\n2|Bob|1950|10001", &[]);
        assert_eq!((found.header, found.names), (3, 3));
        assert_eq!(names(&found), ["MRN", "Name", "Born", "Zip"]);
        assert_eq!(found.short_numbers[&3], Found { count: 1, first: Some((4, 3)) });
    }

    #[test]
    fn a_header_may_repeat_a_name_or_hold_a_year() {
        for text in [
            "id|Date|Date\na|b|c\nd|e|f",
            "id|name|2019\na|Ann|x\nb|Bob|y",
            "Printed|by Ada\n~\nid|name|born\na|Ann|x\nb|Bob|y\nc|Cid|z",
            "id|name|born\na|Ann|x\nb|Bob|y|see|the|note|here\nc|Cid|z",
        ] {
            let found = shape(text, &[]);
            let header = text.lines().position(|line| line.starts_with("id")).expect("a header");
            assert_eq!(found.header as usize, header, "{text}");
        }
    }

    #[test]
    fn a_header_may_be_named() {
        let text = "a|note|on|the|table\n|Pressure|\n1|2|3\n4|5|6\n7|8|9";
        assert_eq!(shape(text, &[]).header, 0);
        let named = |row: u32, text: &str, merged: &[[(u32, u32); 2]]| look(Looking::with_header(row), text, merged);
        let found = named(2, text, &[]).expect("a table");
        assert_eq!((found.header, found.names, names(&found)), (2, 2, vec!["1", "2", "3"]));
        // Groups above it still count, and rows of values below it do not.
        let text = "a|note|on|the|table\n|Pressure||Pulse\nid|low|high\n4|5|6";
        let found = named(2, text, &[[(1, 1), (1, 2)]]).expect("a table");
        assert_eq!(
            (found.header, found.names, names(&found)),
            (2, 1, vec!["id", "Pressure low", "Pressure high", "Pulse"])
        );
        assert_eq!(named(7, text, &[]), None);
        // However far down it is.
        let deep = "title\n".repeat(200) + "id|name\n1|Ann";
        assert_eq!(names(&named(200, &deep, &[]).expect("a table")), ["id", "name"]);
    }

    #[test]
    fn groups_stand_before_the_names_below_them() {
        let text = "MRN|Pressure||Pulse\n|Systolic|Diastolic\n1|120|80|60";
        let found = shape(text, &[[(0, 1), (0, 2)], [(0, 0), (1, 0)], [(0, 3), (1, 3)]]);
        assert_eq!(names(&found), ["MRN", "Pressure Systolic", "Pressure Diastolic", "Pulse"]);
        assert_eq!(found.header, 1);
        // A title over the whole width is no group.
        let found = shape("All patients\nMRN|Name\n1|Ann", &[[(0, 0), (0, 1)]]);
        assert_eq!((names(&found), found.names), (vec!["MRN", "Name"], 1));
        // Nor are two cells that are one beside values of each column below.
        let found = shape("id|name|other|\na|Ann|x|y\nb|Bob|z|w", &[[(0, 2), (0, 3)]]);
        assert_eq!((names(&found), found.header), (vec!["id", "name", "other", "column D"], 0));
    }

    #[test]
    fn another_table_below_is_none_of_its_rows() {
        for (below, from) in [
            ("~\nID|Drug|Dose\n1|aspirin|5", 4),
            ("~\nMedications\nID|Drug|Dose\n1|aspirin|5", 4),
            ("~\nPatient|Drug\n1|aspirin", 4),
            ("~\nMedications\nTyped by Ada\nPatient|Drug\n1|aspirin", 4),
        ] {
            let found = shape(&format!("ID|Allergy|Seen\n1|penicillin|2019\n2|latex|2020\n{below}"), &[]);
            assert_eq!((found.header, found.end), (0, Some(from)), "{below}");
        }
        // Lines between records, and remarks among them; rows that say in words what others say in numbers.
        for below in [
            "~\npending|sulfa|soon\n3|nuts|2021",
            "~\nsee card|sulfa\n3|nuts|2021",
            "~\nDr Brown|reviewed\n3|nuts|2021",
            "~\nID|Allergy|none",
            "~\n3|nuts|2021",
            "~\n|nuts|",
            "see below\n3|nuts|2021",
            "~\nsee the folder\n3|nuts|",
            "~\n|nuts|unclear",
        ] {
            let found = shape(&format!("ID|Allergy|Seen\n1|penicillin|2019\n2|latex|2020\n{below}"), &[]);
            assert_eq!(found.end, None, "{below}");
        }
        // A value may be a heading's word.
        for text in [
            "ID|Allergy|Reaction|Active\n1|latex|rash|Active\n2|nuts|rash|Active\n~\n|sulfa|hives|Active\n3|milk|rash|Active",
            "ID|Type|Reason\n1|Allergy|Drug\n2|Visit|Problem\n~\nsee card|Allergy|Problem\n3|Visit|Drug",
        ] {
            assert_eq!(shape(text, &[]).end, None, "{text}");
        }
        let found = shape("ID|Allergy\n1|nuts\n2|milk\n~\npending|latex\n3|figs", &[]);
        assert_eq!((found.end, found.doubtful), (None, BTreeSet::from([4])), "it is told all the same");
        // The same columns in another order are other columns.
        let text =
            "MRN|Allergy|Reaction|Active\n1|latex|rash|Active\n~\nMRN|Reaction|Allergy|Active\n2|hives|sulfa|Active";
        assert_eq!(shape(text, &[]).end, Some(3));
        // The same header again, as where pages were put together.
        let found = shape("ID|Allergy\n1|nuts\nID|Allergy\n2|latex\n~\nid|allergy\n3|milk", &[]);
        assert_eq!((found.repeats, found.end), (BTreeSet::from([2, 5]), None));
        let found = shape("ID|Allergy\n1|nuts\n~\nClosed\nID|Allergy|Remark\n2|latex|x", &[]);
        assert_eq!((names(&found), found.repeats.clone()), (vec!["ID", "Allergy", "Remark"], BTreeSet::from([4])));
    }

    #[test]
    fn another_table_beside_is_none_of_its_columns() {
        let all = |text: &str| {
            let shapes = look_all(Looking::default(), text, &[]).expect("a table");
            shapes.iter().map(|shape| names(shape).len()).collect::<Vec<_>>()
        };
        assert_eq!(all("ID|Name||ID|Drug\n1|Ann||1|aspirin\n2|Bob||1|iron\n3|Cid"), [2, 2]);
        assert_eq!(all("ID|Allergy||id|Drug\n1|nuts||1|iron\n||||\n|||2|zinc"), [2, 2]);
        // An empty column alone makes no other table, nor do rows that are not filled behind it.
        assert_eq!(all("ID|Name||Born|Sex\n1|Ann||1980|F\n2|Bob||1950|M"), [4]);
        assert_eq!(all("ID|Name||Born|Sex\n1|Ann||1980|F\n2|Bob||1950|M\n3|Cid"), [4]);
        assert_eq!(all("ID|Name||Doctor|Phone\n1|Ann||Dr. A|5\n2|Bob||Dr. B|6\n3|Cid"), [4]);
        let lists = "ID|Name||Doctor|Phone\n1|Ann||Dr. A|5\n2|Bob||Dr. B|6\n3|Cid||Dr. C|7\n4|Dan\n5|Eve\n6|Fay\n7|Gus";
        assert_eq!(all(lists), [2, 2]);
        assert_eq!(all(&lists.replace("Dr. C", "Dr. B")), [4], "two have one doctor");
        assert_eq!(all(&lists.replace("Doctor", "Reaction")), [4]);
        assert_eq!(all(&lists.replace("\n7|Gus", "")), [4]);
        assert_eq!(all("ID|Name||Drug|Dose\n1|Ann||iron|1\n||||\n|||zinc|2"), [4]);
        assert_eq!(all("ID|Name||Note|By\n1|Ann\n2|Bob||x|y\n3|Cid"), [4]);
        assert_eq!(all("ID|Name||Note\n1|Ann||x\n2|Bob"), [3]);
        let doubtful = |text: &str| shape(text, &[]).doubtful_beside;
        assert_eq!(doubtful("ID|Name||Doctor|Phone\n1|Ann||Dr. A|5\n2|Bob||Dr. B|6\n3|Cid"), Some(3));
        assert_eq!(doubtful("ID|Name||Born|Sex\n1|Ann||1980|F\n2|Bob||1950|M"), None);
    }

    #[test]
    fn totals_at_the_end_are_no_records() {
        let found = shape("Name|Visits|Paid\nAnn|2|30\nTotal|2|\nBob|1|10\nTotal:|3|", &[]);
        assert_eq!(found.totals, BTreeSet::from([4]), "one between records is a record");
        // A measurement of that name is one, and so is the last of a list.
        assert!(shape("Name|Value|Unit\nRBC|5|M\nWBC|4|K\nCount|7|", &[]).totals.is_empty());
        assert!(shape("Name\nAnn\nBob\nTotal", &[]).totals.is_empty());
        // Somebody of that name who is filled as the others are is somebody.
        let found = shape("Name|Visits|Paid\nAnn|2|30\nTotal|1|10", &[]);
        assert!(found.totals.is_empty());
    }

    #[test]
    fn columns_without_a_name_are_kept_where_they_hold_something() {
        let found = shape("Name||Born|\nAnn|x|1980|\nBob||1950|", &[]);
        assert_eq!(names(&found), ["Name", "column B", "Born"]);
    }

    #[test]
    fn values_of_merged_rows_are_those_of_all() {
        let found = shape("Name|Visit\nAnn|2019\n|2020\nBob|2021", &[[(1, 0), (2, 0)]]);
        assert_eq!(found.filled, [(0, 1, 2)]);
    }

    #[test]
    fn numbers_that_lost_zeros_are_found_beside_those_that_kept_them() {
        let found = shape("Name|Chart\nAnn|'00123\nBob|4567\nCid|12345", &[]);
        assert_eq!(found.short_numbers[&1], Found { count: 1, first: Some((2, 1)) });
        assert_eq!(shape("Name|Age\nAnn|7\nBob|71", &[]).short_numbers, BTreeMap::new());
        assert_eq!(shape("Name|Age\nAnn|#N/A\nBob|71", &[]).errors, Found { count: 1, first: Some((1, 1)) });
    }

    #[test]
    fn columns_have_letters() {
        let names: Vec<String> = [0, 25, 26, 51, 701, 702].map(letters).to_vec();
        assert_eq!(names, ["A", "Z", "AA", "AZ", "ZZ", "AAA"]);
        assert_eq!(place((0, 2)), "C1");
    }
}
