//! Where a store is, as `--store` says it: a file or a server's database.

use std::fmt;
use std::path::{Path, PathBuf};

use super::{StoreError, postgres, sqlite};

/// A file or a server's database.
#[derive(Clone, Debug)]
pub enum StorePlace {
    Sqlite(PathBuf),
    Postgres(postgres::ServerPlace),
}

impl StorePlace {
    /// `sqlite://FILE`, `sqlite:FILE`, a plain path, or `postgres://...`.
    pub fn parse(url: &str) -> Result<Self, StoreError> {
        if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            return Ok(Self::Postgres(postgres::ServerPlace::parse(url)?));
        }
        let path = url.strip_prefix("sqlite://").or_else(|| url.strip_prefix("sqlite:")).unwrap_or(url);
        if path.is_empty() || path.contains("://") || path == ":memory:" {
            // Only what stands before the first `:` is shown: a URL may hold a password.
            let kind = url.split(':').next().unwrap_or_default();
            return Err(StoreError::UnknownUrl { url: format!("{kind}://...") });
        }
        Ok(Self::Sqlite(PathBuf::from(path)))
    }

    /// Takes the right to write a file, which one process has at a time; a server's store is shared.
    pub fn lock(&self) -> Result<Option<sqlite::FileLock>, StoreError> {
        match self {
            Self::Sqlite(path) => sqlite::lock(path).map(Some),
            Self::Postgres(_) => Ok(None),
        }
    }

    /// The store's file, where it is one.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::Sqlite(path) => Some(path),
            Self::Postgres(_) => None,
        }
    }
}

/// As a URL without secrets.
impl fmt::Display for StorePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite://{}", path.display()),
            Self::Postgres(place) => write!(f, "{place}"),
        }
    }
}
