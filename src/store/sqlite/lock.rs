//! The right to write a file.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, Write};
use std::path::Path;

use super::super::StoreError;
use super::beside;

/// The right to write to a store: held by one process at a time, given back when the process ends, however it ends.
#[derive(Debug)]
pub struct FileLock {
    file: File,
}

impl Drop for FileLock {
    fn drop(&mut self) {
        // Closing alone would leave it to a child process that has just begun and not yet let go of its parent's files.
        let _ = self.file.unlock();
    }
}

/// Takes the right to write. Another holder is named.
pub fn lock(path: &Path) -> Result<FileLock, StoreError> {
    let shown = path.display().to_string();
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let opened = options.open(beside(path, ".lock"));
    let mut file = opened.map_err(|source| match source.kind() {
        std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => {
            StoreError::ReadOnly { path: shown.clone() }
        }
        _ => StoreError::Open { path: shown.clone(), source: Box::new(source) },
    })?;
    match file.try_lock() {
        Ok(()) => {}
        Err(std::fs::TryLockError::WouldBlock) => {
            let mut holder = String::new();
            let _ = file.read_to_string(&mut holder);
            let holder = if holder.trim().is_empty() { String::new() } else { format!(" (process {})", holder.trim()) };
            return Err(StoreError::InUse { path: shown, holder });
        }
        Err(std::fs::TryLockError::Error(source)) => {
            return Err(StoreError::Open { path: shown, source: Box::new(source) });
        }
    }
    // Whoever finds the store in use is told by whom; that this cannot be written is no reason to stop.
    let _ = file.set_len(0).and_then(|()| file.rewind()).and_then(|()| write!(file, "{}", std::process::id()));
    Ok(FileLock { file })
}
