//! `template.toml` of a pack: the workbook that people type charts into, which the pack then reads.

use std::collections::BTreeSet;

use serde::Deserialize;
use toml::Spanned;

use super::check::{Located, Problem, parse_toml};
use super::pack::PackFiles;

/// A workbook to type into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// What it is usually called.
    pub file: String,
    pub sheets: Vec<TemplateSheet>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateSheet {
    pub name: String,
    /// What it is for, in a sentence.
    pub about: String,
    pub columns: Vec<TemplateColumn>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateColumn {
    /// The heading.
    pub name: String,
    pub kind: TemplateKind,
    /// In characters.
    pub width: u16,
    /// Whether a line makes no sense without it. Only shown: the pack decides what an empty cell means.
    pub required: bool,
    /// Shown where the cell is typed.
    pub help: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TemplateKind {
    Text,
    Number,
    /// A day; text is let through for one that is known in part.
    Date,
    /// One of these words, or, where it is not strict, something else after a warning.
    List {
        words: Vec<String>,
        strict: bool,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TemplateText {
    file: String,
    #[serde(default)]
    sheet: Vec<SheetText>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SheetText {
    name: Spanned<String>,
    about: String,
    #[serde(default)]
    column: Vec<ColumnText>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ColumnText {
    name: Spanned<String>,
    kind: Spanned<String>,
    width: u16,
    #[serde(default)]
    required: bool,
    help: Spanned<String>,
    codes: Option<Spanned<String>>,
    #[serde(default = "yes")]
    strict: bool,
}

fn yes() -> bool {
    true
}

/// A spreadsheet shows no more of a hint.
const LONGEST_HELP: usize = 255;
/// Nor has it longer names of sheets.
const LONGEST_NAME: usize = 31;

impl Template {
    /// Where it stands in a pack.
    pub const FILE: &str = "template.toml";

    /// Reads a pack's template, if it has one.
    ///
    /// # Errors
    /// Everything that is wrong with it, with lines.
    pub fn parse(files: &PackFiles) -> Result<Option<Self>, Vec<Problem>> {
        let Some(bytes) = files.get(Self::FILE) else { return Ok(None) };
        let Ok(text) = std::str::from_utf8(bytes) else {
            return Err(vec![Problem { file: Self::FILE.into(), line: 0, message: "is not UTF-8".into() }]);
        };
        let at = Located { file: Self::FILE, text };
        let parsed: TemplateText = parse_toml(at).map_err(|problem| vec![problem])?;
        let mut problems = Vec::new();
        let mut named = BTreeSet::new();
        let mut sheets = Vec::new();
        for sheet in parsed.sheet {
            let start = sheet.name.span().start;
            let name = sheet.name.into_inner();
            if name.chars().count() > LONGEST_NAME || name.contains(['[', ']', ':', '*', '?', '/', '\\']) {
                problems
                    .push(at.problem(start, "no sheet can be called that: at most 31 characters, none of []:*?/\\"));
            }
            if !named.insert(name.to_lowercase()) {
                problems.push(at.problem(start, "there are two sheets of this name"));
            }
            let mut headings = BTreeSet::new();
            let mut columns = Vec::new();
            for column in sheet.column {
                if !headings.insert(column.name.get_ref().to_lowercase()) {
                    problems.push(at.problem(column.name.span().start, "the sheet has two columns of this name"));
                }
                if column.help.get_ref().chars().count() > LONGEST_HELP {
                    let message = "`help` has at most 255 characters: no more is shown";
                    problems.push(at.problem(column.help.span().start, message));
                }
                match kind_of(&column, files) {
                    Ok(kind) => columns.push(TemplateColumn {
                        name: column.name.into_inner(),
                        kind,
                        width: column.width,
                        required: column.required,
                        help: column.help.into_inner(),
                    }),
                    Err((offset, message)) => problems.push(at.problem(offset, message)),
                }
            }
            sheets.push(TemplateSheet { name, about: sheet.about, columns });
        }
        if sheets.is_empty() {
            problems.push(at.problem(0, "there is no [[sheet]]"));
        }
        if problems.is_empty() { Ok(Some(Self { file: parsed.file, sheets })) } else { Err(problems) }
    }
}

fn kind_of(column: &ColumnText, files: &PackFiles) -> Result<TemplateKind, (usize, String)> {
    let kind = match (column.kind.get_ref().as_str(), &column.codes) {
        ("text", None) => TemplateKind::Text,
        ("number", None) => TemplateKind::Number,
        ("date", None) => TemplateKind::Date,
        ("list", Some(codes)) => {
            let path = format!("codes/{}.csv", codes.get_ref());
            let words = files.get(&path).map(|bytes| words_of(bytes)).unwrap_or_default();
            if words.is_empty() {
                return Err((codes.span().start, format!("there is no {path}, or no word in it")));
            }
            TemplateKind::List { words, strict: column.strict }
        }
        ("list", None) => return Err((column.kind.span().start, "a list names its words: `codes = \"NAME\"`".into())),
        ("text" | "number" | "date", Some(codes)) => {
            return Err((codes.span().start, "`codes` is for kind = \"list\"".into()));
        }
        _ => return Err((column.kind.span().start, "`kind` is one of text, number, date, list".into())),
    };
    Ok(kind)
}

/// The words that a code map knows, as they are written and in their order.
fn words_of(bytes: &[u8]) -> Vec<String> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(bytes);
    let words = reader.records().flatten().filter_map(|record| record.get(0).map(str::to_owned));
    words.filter(|word| word != "*" && !word.is_empty()).collect()
}
