//! A copy of the whole store, consistent while others read and write it.

use std::path::Path;

use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};

use super::super::StoreError;
use super::super::open::Older;
use super::open;

/// Copies a store page by page, as it is at this moment, into an empty file.
pub fn back_up(from: &Path, to: &Path) -> Result<(), StoreError> {
    let failed = StoreError::rusqlite("backing up the store");
    let store = open(from, Older::Refused)?.database;
    let mut copy = Connection::open(to).map_err(&failed)?;
    let done = Backup::new(&store.connection, &mut copy).and_then(|backup| backup.step(-1)).map_err(&failed)?;
    if !matches!(done, StepResult::Done) {
        return Err(StoreError::InUse { path: from.display().to_string(), holder: String::new() });
    }
    copy.close().map_err(|(_, error)| failed(error))
}
