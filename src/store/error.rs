//! What can go wrong with a store. Texts never hold a value or a secret.

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("`{url}` is no store this program can open")]
    UnknownUrl { url: String },
    #[error("`{name}` is no parameter of a store's URL")]
    UnknownParameter { name: String },
    #[error("the database of {place} holds text as {encoding}")]
    Encoding { place: String, encoding: String },
    #[error("there is no store at {path}")]
    Missing { path: String },
    #[error("the store at {path} cannot be opened")]
    Open { path: String, source: Box<dyn std::error::Error + Send + Sync> },
    #[error("{path} is no chartlift store")]
    Foreign { path: String },
    #[error("the store at {path} has format {found}; this program knows formats up to {known}")]
    Newer { path: String, found: u32, known: u32 },
    #[error("the store at {path} has format {found}, which an older program wrote; this one works with format {known}")]
    Older { path: String, found: u32, known: u32 },
    #[error("the store at {path} is in use by another chartlift{holder}")]
    InUse { path: String, holder: String },
    #[error("source system `{system}` is being loaded into this store by another chartlift{holder}")]
    SystemInUse { system: String, holder: String },
    #[error("the server of {place} cannot be reached")]
    Unreachable { place: String, source: Box<dyn std::error::Error + Send + Sync> },
    #[error("the server of {place} refuses the connection: {why}")]
    Refused { place: String, why: String, hint: &'static str },
    #[error("the server of {place} is PostgreSQL {found}; this program needs {needed} or newer")]
    ServerTooOld { place: String, found: u32, needed: u32 },
    #[error("the user of {place} lacks a right for {doing}")]
    NoRight { place: String, doing: &'static str, source: Box<dyn std::error::Error + Send + Sync> },
    #[error("the connection to {place} was lost while {doing}")]
    ConnectionLost { place: String, doing: &'static str, source: Box<dyn std::error::Error + Send + Sync> },
    #[error("the store at {path} may not be written to")]
    ReadOnly { path: String },
    #[error("the disk of the store is full")]
    DiskFull,
    #[error("the store failed while {doing}")]
    Failed { doing: &'static str, source: Box<dyn std::error::Error + Send + Sync> },
    #[error("the store holds something it should not: {what}")]
    Damaged { what: String },
    #[error("there is no run {run}")]
    NoRun { run: i64 },
}

impl StoreError {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::UnknownUrl { .. } => {
                "write a file as `sqlite://ehr.db`, a shared store as `postgres://USER@HOST/DATABASE`".into()
            }
            Self::SystemInUse { .. } => {
                "wait until that one has finished; two practices on one kind of EMR need two names (--system)".into()
            }
            Self::Unreachable { .. } => {
                "check host and port, that the server runs, and, with `sslmode`, that it speaks TLS".into()
            }
            Self::Refused { hint, .. } => (*hint).into(),
            Self::ServerTooOld { .. } => "use a newer server".into(),
            Self::NoRight { .. } => {
                "the user needs CREATE on the schema to make a store, owns the tables it made, and needs TEMP on the database".into()
            }
            Self::ConnectionLost { .. } => {
                "see that the server runs, then run the same command again: it goes on where it stopped".into()
            }
            Self::UnknownParameter { .. } => {
                "sslmode, sslrootcert, sslcert, sslkey, host, port, dbname, user, password and options may stand behind `?`".into()
            }
            Self::Encoding { .. } => "charts need UTF8: `createdb --encoding=UTF8 --template=template0 NAME`".into(),
            Self::Missing { .. } => "`chartlift migrate SOURCE` creates one".into(),
            Self::Open { .. } => "check the path and that this user may read and write there".into(),
            Self::Foreign { .. } => "name another file or database with --store".into(),
            Self::Newer { .. } => "use the newer chartlift that wrote it; nothing was changed".into(),
            Self::Older { .. } => "`chartlift store migrate` brings it forward and keeps all that is in it".into(),
            Self::InUse { .. } => "wait until that one has finished, then run the same command again".into(),
            Self::ReadOnly { .. } => "check the rights of the file and of its folder; SQLite needs both".into(),
            Self::DiskFull => "make room, then run the same command again: it goes on where it stopped".into(),
            Self::NoRun { .. } => "`chartlift store info` lists the runs".into(),
            Self::Failed { .. } | Self::Damaged { .. } => return None,
        })
    }

    pub(super) fn rusqlite(doing: &'static str) -> impl Fn(rusqlite::Error) -> Self {
        move |source| match source.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DiskFull) => Self::DiskFull,
            Some(rusqlite::ErrorCode::ReadOnly) => Self::ReadOnly { path: "--store".into() },
            _ => Self::Failed { doing, source: Box::new(source) },
        }
    }
}
