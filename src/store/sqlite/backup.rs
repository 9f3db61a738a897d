//! A copy of the whole store, consistent while others read and write it.

use std::path::Path;

use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};

use super::super::{StoreDigest, StoreError};
use super::SqliteStore;

impl SqliteStore {
    /// Copies the store page by page, as it is at this moment, into an empty file; gives the copy's digest.
    pub fn back_up(&self, to: &Path) -> Result<StoreDigest, StoreError> {
        let failed = StoreError::rusqlite("backing up the store");
        let mut copy = Connection::open(to).map_err(&failed)?;
        let done = Backup::new(&self.bulk.connection, &mut copy).and_then(|backup| backup.step(-1)).map_err(&failed)?;
        if !matches!(done, StepResult::Done) {
            return Err(StoreError::InUse { path: self.path.display().to_string(), holder: String::new() });
        }
        let select = "SELECT value FROM store_meta WHERE name = 'digest'";
        let digest: String = copy.query_row(select, [], |row| row.get(0)).map_err(&failed)?;
        copy.close().map_err(|(_, error)| failed(error))?;
        StoreDigest::parse(&digest).ok_or_else(|| StoreError::Damaged { what: "no digest".into() })
    }
}
