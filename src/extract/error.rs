//! What can go wrong while reading a source. Texts name positions, never a cell's value.

use std::io;

#[derive(Debug, thiserror::Error)]
pub enum ExtractError {
    #[error("there is nothing at {path}")]
    Missing { path: String },
    #[error("{path} cannot be read")]
    Unreadable { path: String, source: io::Error },
    #[error("{path} is neither a folder, a zip archive, a workbook, a database nor a file of delimited text")]
    UnknownKind { path: String },
    #[error("{path} is no zip archive that can be read")]
    Zip { path: String, source: zip::result::ZipError },
    #[error("{path}: member {ordinal} of the archive is encrypted")]
    ZipEncrypted { path: String, ordinal: usize },
    #[error("{path}: two members of the archive have one name")]
    ZipNameTwice { path: String },
    #[error("{path}: member {ordinal} of the archive has a name that leads outside of it")]
    ZipOutside { path: String, ordinal: usize },
    #[error("{path}: member {ordinal} of the archive unpacks to {ratio} times its size ({size} bytes)")]
    ZipBomb { path: String, ordinal: usize, size: u64, ratio: u64 },
    #[error("{path}: the archive unpacks to {size} bytes, more than the limit of {limit}")]
    ZipTooLarge { path: String, size: u64, limit: u64 },
    #[error("nothing is read from `{scheme}://...`")]
    UnknownUrl { scheme: String },
    #[error("this build of chartlift cannot read {what}")]
    NotBuilt { what: &'static str, feature: &'static str },
    #[error("the URL of the source is no `{scheme}://USER@HOST:PORT/DATABASE`")]
    UrlUnreadable { scheme: &'static str },
    #[error("the URL of the source names no database")]
    UrlWithoutDatabase,
    #[error("the URL of the source has a parameter `{name}` that is unknown")]
    UrlParameter { name: String },
    #[error("the URL of the source gives parameter `{name}` a value that is unknown")]
    UrlParameterValue { name: String },
    #[error("the `timezone` of the source's URL is none that the server knows")]
    UrlZone,
    #[error("{place} cannot be reached")]
    ServerUnreachable { place: String, source: Box<dyn std::error::Error + Send + Sync> },
    #[error("{place}: {why}")]
    ServerRefused { place: String, why: String, hint: &'static str },
    #[error("the connection to {place} was lost")]
    ServerLost { place: String },
    #[error("{place}: table {table} cannot be read: {why}")]
    TableRefused { place: String, table: String, why: String },
    #[error("{at}: {why}")]
    QueryRefused { at: String, why: String },
    #[error("the source's tables cannot be put together for the connector's queries")]
    Staging { source: rusqlite::Error },
    #[error("{path} is locked with a password")]
    WorkbookLocked { path: String },
    #[error("{path} is a workbook that cannot be read")]
    WorkbookDamaged { path: String },
    #[error("{path}:{line}:{column}: it is no JSON, or no object where the others are")]
    JsonDamaged { path: String, line: usize, column: usize },
    #[error("{table}: its columns are to be named in row {row}, which is empty; the last row with a value is {last}")]
    HeaderRowEmpty { table: String, row: u32, last: u32 },
    #[error("{path} is no sheet of a workbook, and has no `header_row`")]
    NoSheet { path: String },
    #[error("the tap `{tap}` cannot be run")]
    TapNotStarted { tap: String, source: io::Error },
    #[error("the tap `{tap}` {how}")]
    TapFailed { tap: String, how: String },
    #[error("line {line} of what the tap `{tap}` writes is no message that can be taken: {why}")]
    TapMessage { tap: String, line: u64, why: &'static str },
    #[error("what the tap `{tap}` writes cannot be kept")]
    TapUnkept { tap: String, source: io::Error },
    #[error("the tap's file `{file}` is not in SOURCE")]
    TapFile { file: String },
    #[error("{path} is no folder for the tap to run in")]
    TapFolder { path: String },
    #[error("{path} is called like a workbook and is none")]
    NoWorkbook { path: String },
    #[error("{path} is a database that somebody is writing")]
    DatabaseBusy { path: String },
    #[error("{path} is a database that is locked with a password")]
    DatabaseLocked { path: String },
    #[error("{path} is a database that cannot be read")]
    DatabaseDamaged { path: String },
    #[error("{path} holds no table that can be read")]
    NoTables { path: String },
    #[error("{path} holds tables, and the connector names it as one")]
    NameATable { path: String },
    #[error("{path} is a table of dBase 7")]
    DbaseVersion { path: String },
    #[error("{path} is cut off: it says it has {said} records, and {found} are there")]
    TableCut { path: String, said: u64, found: u64 },
    #[error("{file}: row {row} (byte {offset}) is longer than {limit} bytes")]
    RecordTooLong { file: String, row: u64, offset: u64, limit: usize },
    #[error("{file}: the header has {columns} columns, more than the limit of {limit}")]
    HeaderTooWide { file: String, columns: usize, limit: usize },
    #[error("{file}: columns {first} and {second} have one name{}", column.as_ref().map(|name| format!(", `{name}`")).unwrap_or_default())]
    ColumnTwice {
        file: String,
        /// Only where it is known to be a name: a first line may be a patient's.
        column: Option<String>,
        first: usize,
        second: usize,
    },
}

impl ExtractError {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Missing { .. } => "check the path; SOURCE is a folder, a zip archive or a file".into(),
            Self::Unreadable { source, .. } if inner(source).is_some() => return inner(source).and_then(Self::hint),
            Self::Unreadable { source, .. } if source.kind() == io::ErrorKind::InvalidData => {
                "the archive is damaged: fetch it again, or unpack it with another program and name the folder".into()
            }
            Self::Unreadable { .. } => "check that this user may read it and that the disk is there".into(),
            Self::UnknownKind { .. } => "name the folder that holds the export".into(),
            Self::Zip { .. } | Self::ZipNameTwice { .. } => "unpack it with another program and name the folder".into(),
            Self::ZipEncrypted { .. } => "unpack it with its password and name the folder".into(),
            Self::ZipOutside { .. } => {
                "do not unpack it: an archive of an export has no such names; ask where it came from".into()
            }
            Self::ZipBomb { .. } | Self::ZipTooLarge { .. } => {
                "if you trust it, unpack it with another program and name the folder".into()
            }
            Self::UnknownUrl { .. } => {
                "SOURCE is a path, `sqlite://FILE`, or `postgres://`, `mysql://` or `mssql://` and `USER@HOST/DATABASE`".into()
            }
            Self::NotBuilt { feature, .. } => {
                format!("build it with `--features {feature}`: `cargo build --release --features {feature}`")
            }
            Self::UrlUnreadable { .. } | Self::UrlWithoutDatabase => {
                "write signs like `@`, `/` and `:` in a name as `%40`, `%2F`, `%3A`; a password is better set as CHARTLIFT_SOURCE_PASSWORD".into()
            }
            Self::UrlParameter { .. } => "parameters are written as `?sslmode=require&timezone=Europe/Vienna`".into(),
            Self::UrlParameterValue { .. } => "`encrypt` is yes, strict, login or no; `trust` is system, any or the path to certificates".into(),
            Self::UrlZone => "write it as `Europe/Vienna` or `+01:00`, or leave it out for UTC".into(),
            Self::ServerUnreachable { .. } => "is the server up, and are host, port and network right?".into(),
            Self::ServerRefused { hint, .. } => (*hint).into(),
            Self::ServerLost { .. } => "run the same command again once the server is there: it goes on where it stopped".into(),
            Self::TableRefused { .. } => "may this user read all of the table?".into(),
            Self::QueryRefused { .. } => "mend it in the connector".into(),
            Self::Staging { .. } => "is there room for a copy of the tables where temporary files go?".into(),
            Self::WorkbookLocked { .. } => {
                "open it in its program with the password, save it without one, and name that".into()
            }
            Self::WorkbookDamaged { .. } => "open it in its program and save it again, as xlsx".into(),
            Self::JsonDamaged { .. } => "fetch it again, or have it exported anew".into(),
            Self::HeaderRowEmpty { .. } => "mend `header_row` in the connector; rows count from 1, as the program shows them".into(),
            Self::NoSheet { .. } => "take `header_row` out of the connector, or name only sheets in that stream's `files`".into(),
            Self::TapNotStarted { .. } => "is it installed, and may this user run it? the connector names it under [tap]; nothing was changed".into(),
            Self::TapFailed { .. } => {
                "run its command in SOURCE by hand: what it says of itself is not shown here, for it may be about patients; nothing was changed".into()
            }
            Self::TapMessage { .. } => "run its command by hand and look at that line; what a tap has to say beside messages goes to standard error; nothing was changed".into(),
            Self::TapUnkept { .. } => "make room in the folder for temporary files (TMPDIR); nothing was changed".into(),
            Self::TapFile { .. } => "put it there; links do not lead out of SOURCE; nothing was changed".into(),
            Self::TapFolder { .. } => "SOURCE is the folder that the tap runs in, or a file of what it wrote; nothing was changed".into(),
            Self::NoWorkbook { .. } => {
                "if it is text or a web page, open it in a spreadsheet program and save it as xlsx".into()
            }
            Self::DatabaseBusy { .. } => "close the program that uses it, or copy the file and name the copy".into(),
            Self::DatabaseLocked { .. } => {
                "open it in its program with the password, take the password off (or save a copy without one), and name that".into()
            }
            Self::DatabaseDamaged { .. } => {
                "fetch it again; if it was copied while in use, copy it once its program is closed".into()
            }
            Self::DbaseVersion { .. } => "open it in its program and save it as dBase IV".into(),
            Self::NoTables { .. } => "is it empty, encrypted, or another program's?".into(),
            Self::NameATable { .. } => "name a table of it in the connector: `files = [\"FILE/TABLE\"]`".into(),
            Self::TableCut { .. } => "fetch it again".into(),
            Self::RecordTooLong { .. } => {
                "a quote that is opened before this row and never closed does this, or one that is written `\\\"` (a connector can say `escape`), or a very large value; look at the row before".into()
            }
            Self::HeaderTooWide { .. } => "is the delimiter right? a connector can say `delimiter`".into(),
            Self::ColumnTwice { .. } => {
                "rename one of the two in the export, so that it is certain which is meant".into()
            }
        })
    }
}

/// What a reader of tables says through a reader of bytes.
fn inner(error: &io::Error) -> Option<&ExtractError> {
    error.get_ref()?.downcast_ref()
}
