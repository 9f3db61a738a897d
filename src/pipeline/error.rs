//! What stops a run. What is wrong with data does not: that is an issue.

use super::undo::Dependent;
use crate::connector::{Candidate, PackError};
use crate::extract::ExtractError;
use crate::matching::{ColumnsError, Role};
use crate::model::ChartId;
use crate::normalize::MissingColumn;
use crate::store::StoreError;

#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    #[error(transparent)]
    Extract(#[from] ExtractError),
    #[error(transparent)]
    Pack(#[from] PackError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("no connector fits {source_path}")]
    NoConnector { source_path: String, nearest: Vec<Candidate>, files: usize },
    #[error("{} connectors fit {source_path} equally well: {}", candidates.len(), names(candidates))]
    ConnectorTie { source_path: String, candidates: Vec<Candidate> },
    #[error("{source_path} holds no file")]
    EmptySource { source_path: String },
    #[error("{file}, which connector `{connector}` cannot do without, is empty")]
    EmptyFile { file: String, connector: String },
    #[error("connector `{connector}` needs a file for its stream `{stream}` ({files}), and {source_path} has none")]
    MissingStream { connector: String, stream: String, files: String, source_path: String, links_skipped: usize },
    #[error("{}: {}", .0.file, missing_text(&.0.missing))]
    MissingColumns(Box<MissingColumns>),
    #[error(
        "{contradicting} of {known} known patient keys of system `{system}` now name people who contradict the stored ones"
    )]
    WrongSystem { system: String, contradicting: usize, known: usize },
    #[error("{file} changed since the last run, and its connector says to stop then: {told}")]
    LayoutChanged { file: String, told: String, stream: String },
    #[error("connector `{connector}` has no stream `{stream}`, of which it is said what becomes of changed columns")]
    NoStream { stream: String, connector: String },
    #[error("{file} has two columns that may be the `{key}` by which records are known: `{first}` and `{second}`")]
    KeyTwice { file: String, key: String, first: String, second: String },
    #[error("letters in pictures cannot be read: {why}")]
    NoOcr { why: String },
    #[error("{path} holds no table of a code system")]
    NoTables { path: String },
    #[error("{path} cannot be read")]
    TablesUnreadable { path: String, source: std::io::Error },
    #[error("{file}:{line}: {why}")]
    TableWrong { file: String, line: usize, why: String },
    #[error("two sources of system `{system}` both have a stream `{stream}`")]
    SystemTwice { system: String, stream: String },
    #[error("{file} had a column `{column}` in an earlier run and has none now")]
    ColumnLost { file: String, column: String },
    #[error("{file} changed while it was read")]
    SourceChanged { file: String },
    #[error("{file} has no row of a person")]
    NoPeople { file: String },
    #[error("{file}: {error}")]
    PeopleColumns { file: String, error: ColumnsError },
    #[error("{file} does not say enough to tell people apart: {}", known_columns(known))]
    NotPeople { file: String, known: Vec<(Role, String)> },
    #[error("a temporary file cannot be written")]
    Temporary(#[source] std::io::Error),
    #[error("the run was interrupted")]
    Interrupted,
    #[error("no patient and no registration of the store has this id")]
    NoPerson,
    #[error(
        "no patient and no registration of the store has this id; somebody was erased whose data still stands in freed space"
    )]
    NoPersonLeft,
    #[error("source record {record} cannot be erased: {why}")]
    NotErasable { record: i64, why: &'static str },
    #[error("this cannot be decided: {why}")]
    NotDecidable { why: String },
    #[error("whose this document is cannot be decided: {why}")]
    NotFiled { why: String, hint: &'static str },
    #[error("a model of its own takes {needed} registrations, and the store has {found}")]
    TooFewPeople { needed: usize, found: usize },
    #[error("the store has nothing of a source system `{system}`")]
    NoSystem { system: String, known: Vec<String> },
    #[error("no pair {number} waits to be judged")]
    NoPair { number: i64 },
    #[error("a person decided otherwise: {decision}, at {at}")]
    DecidedOtherwise { decision: &'static str, at: String },
    #[error("registrations that would be joined contradict each other: {}", contradictions(pairs))]
    Contradicted { pairs: Vec<(ChartId, ChartId, String)> },
    #[error("run {run} cannot be undone: {why}")]
    NotUndoable { run: i64, why: String },
    #[error("run {run} cannot be undone by itself: {}", reasons(dependents))]
    NeededByLater { run: i64, dependents: Vec<Dependent> },
}

/// A file that lacks columns its stream's mappings need.
#[derive(Debug)]
pub struct MissingColumns {
    pub file: String,
    pub missing: Vec<MissingColumn>,
    pub columns: Vec<String>,
    /// Columns that nothing reads, among which a renamed one must be.
    pub spare: Vec<String>,
}

impl PipelineError {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Extract(error) => return error.hint(),
            Self::Store(error) => return error.hint(),
            Self::Pack(PackError::Unknown { nearest, .. }) => match nearest {
                Some(name) => format!("did you mean `{name}`? `chartlift connectors list` shows all"),
                None => "`chartlift connectors list` shows all; a folder with a connector.toml can be named too".into(),
            },
            Self::Pack(_) => "`chartlift connectors check DIR` lists everything at once".into(),
            Self::NoConnector { nearest, .. } => no_connector_hint(nearest),
            Self::ConnectorTie { candidates, .. } => {
                format!("say which one with --connector {}", candidates.first().map_or("NAME", |c| c.id.as_str()))
            }
            Self::EmptySource { .. } => "name the folder that holds the export".into(),
            Self::EmptyFile { .. } => "export it again; nothing was changed".into(),
            Self::MissingStream { links_skipped: 0, .. } => "is the export complete? nothing was changed".into(),
            Self::MissingStream { links_skipped, .. } => {
                format!(
                    "{links_skipped} symbolic links were not followed: put the files themselves there; nothing was changed"
                )
            }
            Self::MissingColumns(at) => missing_hint(&at.missing, &at.columns, &at.spare),
            Self::WrongSystem { system, .. } => format!(
                "if this is another practice's export, give it a name of its own with --system (not `{system}`); nothing was changed"
            ),
            Self::LayoutChanged { stream, .. } => format!(
                "say in the connector what becomes of the columns, or take them as they are: `--accept-drift {stream}`; nothing was changed"
            ),
            Self::NoStream { connector, .. } => {
                format!("`chartlift connectors show {connector}` lists its streams; nothing was changed")
            }
            Self::KeyTwice { .. } => {
                "other tables may mean either: rename one of them, or say in a copy of the connector which it is; nothing was changed".into()
            }
            Self::NoOcr { .. } => {
                "install it with its languages (Debian: `apt install tesseract-ocr`), or leave --ocr out; nothing was changed".into()
            }
            Self::NoTables { .. } | Self::TablesUnreadable { .. } | Self::TableWrong { .. } => {
                "--terminology names a folder of tables like loinc.csv with the columns code, display, status; or leave it out; nothing was changed".into()
            }
            Self::SystemTwice { .. } => {
                "give each practice's EMR a name of its own (`system = \"...\"` in chartlift.toml); nothing was changed".into()
            }
            Self::ColumnLost { .. } => {
                "loading it would blank that value in every chart: export it again with the column, or, if the system has none any \
                 more, take it out of a copy of the connector; nothing was changed"
                    .into()
            }
            Self::SourceChanged { .. } => "run the same command again when the export is complete".into(),
            Self::NoPeople { .. } => "it takes a header, and below it one registration in each row".into(),
            Self::PeopleColumns { error: ColumnsError::Twice { .. }, .. } => {
                "give the columns different names, or take one of them out".into()
            }
            Self::PeopleColumns { .. } | Self::NotPeople { .. } => {
                let roles: Vec<&str> = Role::ALL.iter().map(|(_, name, _)| *name).collect();
                format!(
                    "say what columns hold: --columns given_name=FIRST,family_name=LAST,date_of_birth=BORN; there are {}",
                    roles.join(", ")
                )
            }
            Self::Temporary(_) => "make room in the folder for temporary files (TMPDIR)".into(),
            Self::Interrupted => "the same command, or `chartlift resume`, goes on where it stopped".into(),
            Self::NoSystem { known, .. } => format!("it has: {}", known.join(", ")),
            Self::NoPair { .. } => "`chartlift review list` shows what waits".into(),
            Self::TooFewPeople { .. } => "the model that ships is made for small stores; nothing was changed".into(),
            Self::NotDecidable { .. } => "nothing was changed; `chartlift review show` prints both sides".into(),
            Self::NotFiled { hint, .. } => format!("{hint}; nothing was changed"),
            Self::DecidedOtherwise { .. } => {
                "--overrule lets this decision stand instead; of a pair `chartlift review show` prints who decided and why".into()
            }
            Self::Contradicted { .. } => {
                "`chartlift review show` prints each pair; if they are one person, --despite-contradictions joins them all the same; \
                 nothing was changed"
                    .into()
            }
            Self::NoPerson => {
                "`chartlift trace STREAM:KEY` prints the ids of a registration and of its patient; nothing was changed".into()
            }
            Self::NoPersonLeft => "`chartlift patient scrub` writes over it; `chartlift patient erasures` lists who was erased".into(),
            Self::NotErasable { .. } => {
                "name records with --also that the command lists as doubtful; nothing was changed".into()
            }
            Self::NotUndoable { .. } => "`chartlift store info` lists the runs; nothing was changed".into(),
            Self::NeededByLater { run, dependents } => {
                let (runs, numbers) = (if dependents.len() == 1 { "run" } else { "runs" }, numbers(dependents));
                format!("`chartlift undo {run} --with-dependents` undoes {runs} {numbers} first; nothing was changed")
            }
        })
    }
}

fn reasons(dependents: &[Dependent]) -> String {
    dependents.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// The first few, and how many more there are.
fn contradictions(pairs: &[(ChartId, ChartId, String)]) -> String {
    const TOLD: usize = 5;
    let told = pairs.iter().take(TOLD).map(|(left, right, reason)| format!("{left} and {right} ({reason})"));
    let mut told = told.collect::<Vec<_>>().join("; ");
    if pairs.len() > TOLD {
        told.push_str(&format!("; and {} more pairs", pairs.len() - TOLD));
    }
    told
}

fn known_columns(known: &[(Role, String)]) -> String {
    match known {
        [] => "no column was recognised".into(),
        known => {
            let all: Vec<String> = known.iter().map(|(role, column)| format!("`{column}` as {role}")).collect();
            format!("only {} was recognised", all.join(", "))
        }
    }
}

fn numbers(dependents: &[Dependent]) -> String {
    dependents.iter().map(|dependent| dependent.run.to_string()).collect::<Vec<_>>().join(", ")
}

fn names(candidates: &[Candidate]) -> String {
    candidates.iter().map(|candidate| candidate.id.as_str()).collect::<Vec<_>>().join(", ")
}

fn missing_text(missing: &[MissingColumn]) -> String {
    // A column that several mappings read is told once.
    let is_first = |(at, one): &(usize, &MissingColumn)| missing[..*at].iter().all(|other| other.column != one.column);
    let missing: Vec<&MissingColumn> = missing.iter().enumerate().filter(is_first).map(|(_, one)| one).collect();
    match missing.as_slice() {
        [one] => format!("column `{}` is missing; {} maps it to {}", one.column, one.wanted_by, one.target),
        many => {
            let names: Vec<String> = many
                .iter()
                .map(|missing| format!("`{}` ({} maps it to {})", missing.column, missing.wanted_by, missing.target))
                .collect();
            format!("{} columns are missing: {}", many.len(), names.join(", "))
        }
    }
}

fn missing_hint(missing: &[MissingColumn], columns: &[String], spare: &[String]) -> String {
    let nearest = missing.iter().find_map(|missing| {
        let near = crate::connector::nearest(&missing.column, spare.iter().map(String::as_str))?;
        Some(format!("did you mean `{near}` for `{}`? ", missing.column))
    });
    if let [one] = columns
        && let Some(mark) = [';', '\t', '|', ','].into_iter().find(|mark| one.matches(*mark).count() > 1)
    {
        let mark = if mark == '\t' { "a tab".to_owned() } else { format!("`{mark}`") };
        return format!(
            "{mark} seems to separate the columns of the first line: say so as `delimiter` in the connector"
        );
    }
    if spare.is_empty() {
        return "every column of the file is read already; a renamed column goes into the connector's `also`, one that may be missing is `optional = true`"
            .into();
    }
    if spare.len() == columns.len() {
        // Not one name is known: the first line may be a patient's, and is not repeated.
        return "not one column of the first line is known: does the file have a header?".into();
    }
    format!(
        "{}the file also has {}; a renamed column goes into the connector's `also`, one that may be missing is `optional = true`",
        nearest.unwrap_or_default(),
        spare.iter().map(|column| format!("`{column}`")).collect::<Vec<_>>().join(", ")
    )
}

fn no_connector_hint(nearest: &[Candidate]) -> String {
    let mut text = String::new();
    for candidate in nearest.iter().take(3) {
        text.push_str(&format!(
            "nearest is `{}`: {} of its streams found, but {}; ",
            candidate.id,
            candidate.streams_found.len(),
            candidate.against.join(", ")
        ));
    }
    text.push_str("name one with --connector, or a folder with a pack of your own");
    text
}
