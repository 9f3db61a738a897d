//! `chartlift store backup FILE` and `chartlift store restore FILE`.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use age::x25519::{Identity, Recipient};

use super::{CliError, Exit, StoreArg, print};
use crate::report::grouped;
use crate::store::{EhrStore, StoreError, StorePlace, back_up};

const SQLITE: &[u8] = b"SQLite format 3\0";
const AGE: &[u8] = b"age-encryption.org/v1";

#[derive(Debug, clap::Args)]
pub struct BackupArgs {
    /// Where the copy goes; must not be there yet
    file: PathBuf,
    #[command(flatten)]
    store: StoreArg,
    /// Encrypt for the keys in this file: `age1...` lines, or an age key file
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub struct RestoreArgs {
    /// A file that `store backup` wrote
    file: PathBuf,
    #[command(flatten)]
    store: StoreArg,
    /// The age key file that opens it, where it is encrypted
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
}

/// A file on its way, gone unless it is kept.
struct Part {
    path: PathBuf,
    kept: bool,
}

impl Part {
    /// Beside where it will be, under a name that nobody else has.
    fn beside(target: &Path) -> Result<(Self, File), CliError> {
        let mut name = target.as_os_str().to_owned();
        name.push(format!(".{}.part", std::process::id()));
        let path = PathBuf::from(name);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path).map_err(file_error(&path))?;
        Ok((Self { path, kept: false }, file))
    }

    fn keep_as(mut self, target: &Path) -> Result<(), CliError> {
        File::open(&self.path).and_then(|file| file.sync_all()).map_err(file_error(&self.path))?;
        not_there(target)?;
        std::fs::rename(&self.path, target).map_err(file_error(target))?;
        self.kept = true;
        Ok(())
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        if !self.kept {
            for ending in ["", "-wal", "-shm"] {
                let mut name = self.path.as_os_str().to_owned();
                name.push(ending);
                let _ = std::fs::remove_file(name);
            }
        }
    }
}

fn file_error(path: &Path) -> impl FnOnce(std::io::Error) -> CliError {
    let path = path.display().to_string();
    move |source| CliError::File { path, source }
}

fn refused(what: impl Into<String>, hint: &str) -> CliError {
    CliError::NotFound { what: what.into(), hint: hint.into() }
}

pub fn backup(args: &BackupArgs) -> Result<Exit, CliError> {
    not_there(&args.file)?;
    let recipients = args.key.as_deref().map(recipients).transpose()?;
    let place = args.store.place()?;
    let StorePlace::Sqlite(store) = &place else {
        return Err(refused(
            format!("{place} is backed up by the server's own program"),
            "`pg_dump --format=custom --file=FILE URL`, and `pg_restore --dbname=URL FILE`; then `chartlift store digest` counts it again",
        ));
    };
    EhrStore::open(&place)?.close()?;
    let (part, out) = Part::beside(&args.file)?;
    let copied = |copy: &Path| -> Result<String, CliError> {
        back_up(store, copy)?;
        let copy = EhrStore::open(&StorePlace::Sqlite(copy.to_owned()))?;
        let digest = copy.digest()?.to_string();
        copy.close()?;
        Ok(digest)
    };
    let digest = match &recipients {
        None => copied(&part.path)?,
        Some(recipients) => {
            // The open copy stays beside the store, where open data are anyway.
            let mut name = store.as_os_str().to_owned();
            name.push(".backup");
            let (open, _) = Part::beside(Path::new(&name))?;
            let digest = copied(&open.path)?;
            let from = File::open(&open.path).map_err(file_error(&open.path))?;
            encrypt(from, out, recipients).map_err(file_error(&part.path))?;
            digest
        }
    };
    let size = std::fs::metadata(&part.path).map_err(file_error(&part.path))?.len();
    part.keep_as(&args.file)?;
    print(&format!(
        "backed up to {}: {} bytes{}\ndigest: {digest}\n`chartlift store restore` checks it row by row as it brings it back\n",
        args.file.display(),
        grouped(size),
        if recipients.is_some() { ", encrypted" } else { ", not encrypted: keep it where patient data may be" },
    ))?;
    Ok(Exit::Done)
}

pub fn restore(args: &RestoreArgs) -> Result<Exit, CliError> {
    let StorePlace::Sqlite(target) = args.store.place()? else {
        return Err(refused(
            "a backup of this kind becomes a file again, no server's database",
            "name a file with --store; a server's own backup goes back with `pg_restore --dbname=URL FILE`",
        ));
    };
    not_there(&target)?;
    let mut from = BufReader::new(File::open(&args.file).map_err(file_error(&args.file))?);
    let head = from.fill_buf().map_err(file_error(&args.file))?;
    let (plain, encrypted) = (head.starts_with(SQLITE), head.starts_with(AGE));
    let (part, mut out) = Part::beside(&target)?;
    if plain {
        std::io::copy(&mut from, &mut out).map_err(file_error(&part.path))?;
    } else if encrypted {
        let key = args.key.as_deref().ok_or_else(|| {
            refused(format!("{} is encrypted", args.file.display()), "name the key file that opens it with --key")
        })?;
        let closed = || {
            refused(
                format!("{} does not open with this key, or is damaged", args.file.display()),
                "name the key file with the AGE-SECRET-KEY it was encrypted for; nothing was made",
            )
        };
        let identities = identities(key)?;
        let decryptor = age::Decryptor::new_buffered(from).map_err(|_| closed())?;
        let mut opened =
            decryptor.decrypt(identities.iter().map(|key| key as &dyn age::Identity)).map_err(|_| closed())?;
        let mut bytes = vec![0; 1 << 16];
        loop {
            let read = opened.read(&mut bytes).map_err(|_| closed())?;
            if read == 0 {
                break;
            }
            out.write_all(&bytes[..read]).map_err(file_error(&part.path))?;
        }
    } else {
        return Err(refused(
            format!("{} is no backup of a store", args.file.display()),
            "name a file that `chartlift store backup` wrote",
        ));
    }
    drop(out);
    let digest = checked(&part.path, &args.file)?;
    part.keep_as(&target)?;
    print(&format!(
        "restored as {}; charts, ledger, documents and payloads were counted again\ndigest: {digest}\n",
        target.display()
    ))?;
    Ok(Exit::Done)
}

/// Counts a copy again; its digest.
fn checked(copy: &Path, backup: &Path) -> Result<String, CliError> {
    let damaged = || {
        let what = format!("{} does not hold what the store held: it is damaged", backup.display());
        refused(what, "use another backup; nothing was made")
    };
    let store = match EhrStore::open(&StorePlace::Sqlite(copy.to_owned())) {
        Err(error @ (StoreError::Older { .. } | StoreError::Newer { .. } | StoreError::DiskFull)) => {
            return Err(error.into());
        }
        opened => opened.map_err(|_| damaged())?,
    };
    let kept = store.digest().map_err(|_| damaged())?;
    let counted = store.recount_digest().map_err(|_| damaged())?;
    if kept != counted || !store.damages().map_err(|_| damaged())?.is_empty() {
        return Err(damaged());
    }
    store.close()?;
    Ok(kept.to_string())
}

/// Also what SQLite keeps beside a store: it would be taken for the new one's.
fn not_there(path: &Path) -> Result<(), CliError> {
    for ending in ["", "-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        let path = PathBuf::from(name);
        if path.exists() {
            return Err(refused(
                format!("{} is there already; nothing was written", path.display()),
                "name another file, or move this one away",
            ));
        }
    }
    Ok(())
}

fn copy(from: &mut impl Read, to: &mut impl Write) -> std::io::Result<()> {
    std::io::copy(from, to).and_then(|_| to.flush())
}

fn encrypt(mut from: File, to: File, recipients: &[Recipient]) -> std::io::Result<()> {
    let recipients = recipients.iter().map(|key| key as &dyn age::Recipient);
    let encryptor = age::Encryptor::with_recipients(recipients).map_err(std::io::Error::other)?;
    let mut out = encryptor.wrap_output(BufWriter::new(to))?;
    copy(&mut from, &mut out)?;
    out.finish()?.flush()
}

/// The keys that a file names; a line that is none is told by its number, never by its text.
fn keys<K>(path: &Path, wanted: &str, parse: impl Fn(&str) -> Option<K>) -> Result<Vec<K>, CliError> {
    let text = std::fs::read_to_string(path).map_err(file_error(path))?;
    let mut keys = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let key = parse(line).ok_or_else(|| {
            refused(
                format!("{}:{}: this line is no {wanted}", path.display(), number + 1),
                "`age-keygen -o FILE` makes a key file",
            )
        })?;
        keys.push(key);
    }
    if keys.is_empty() {
        return Err(refused(format!("{} holds no {wanted}", path.display()), "`age-keygen -o FILE` makes a key file"));
    }
    Ok(keys)
}

fn recipients(path: &Path) -> Result<Vec<Recipient>, CliError> {
    keys(path, "age key", |line| {
        line.parse::<Recipient>().ok().or_else(|| line.parse::<Identity>().ok().map(|key| key.to_public()))
    })
}

fn identities(path: &Path) -> Result<Vec<Identity>, CliError> {
    keys(path, "AGE-SECRET-KEY", |line| line.parse::<Identity>().ok())
}
