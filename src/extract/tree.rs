//! What a source is made of: the files of a folder or a zip archive, or one file; and its documents, never outside of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Read;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;

use super::listed::{Listed, Listing};
use super::place::SourcePlace;
use super::rows::{LocalFile, TableState, holds_tables, method_for, read_rows, sqlite_method};
use super::server::Server;
use super::singer::{Given, Tap};
use super::{ExtractError, is_delimited};
use crate::model::NamePattern;
pub use file::SourceFile;
use file::{Part, Place};
use packed::{Unzipped, ZipMember, members_said, open_archive, starts_as_zip};

mod asked;
mod file;
mod packed;

pub(super) use packed::bomb_ratio;

/// An archive may unpack to this much in all.
const MAX_UNPACKED_BYTES: u64 = 256 << 30;

/// How names of files end that are compressed by themselves.
const GZIP: &str = ".gz";

/// What became of the files that may hold tables, by their paths, where they gave none.
pub struct OpenedTables {
    /// They cannot be read.
    pub refused: Vec<(String, ExtractError)>,
    /// Tables that cannot, with the file of each.
    pub broken: Vec<(String, String)>,
    /// Only called like such a file.
    pub barren: Vec<String>,
}

/// All files of a source, sorted by path.
#[derive(Clone, Debug)]
pub struct SourceTree {
    /// As the user wrote it.
    pub source: String,
    pub files: Vec<SourceFile>,
    /// How many symbolic links were passed over: they could lead anywhere, also round in a circle.
    pub links_skipped: usize,
    /// Pipes, devices and sockets: reading them could wait for ever.
    pub others_skipped: usize,
    kind: Kind,
}

/// What is read.
#[derive(Clone, Debug)]
enum Kind {
    Files,
    /// One file, which is a database of SQLite whatever it is called.
    Sqlite,
    Server(Arc<Server>),
    Tap(Arc<Given>),
}

/// Where a document record's file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DocumentLookup {
    /// Index into [`SourceTree::files`].
    Found(usize),
    Missing,
    /// The name leads outside the source.
    Outside,
}

impl SourceTree {
    pub fn open(place: &SourcePlace) -> Result<Self, ExtractError> {
        match place {
            SourcePlace::Path(path) => Self::open_path(path),
            SourcePlace::Sqlite(path) if path.is_dir() => {
                Err(ExtractError::DatabaseDamaged { path: path.display().to_string() })
            }
            SourcePlace::Sqlite(path) => {
                let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
                let shown = path.display().to_string();
                let metadata = std::fs::metadata(path).map_err(|source| match source.kind() {
                    std::io::ErrorKind::NotFound => ExtractError::Missing { path: shown },
                    _ => ExtractError::Unreadable { path: shown, source },
                })?;
                let place = Place::Disk(path.clone());
                let file = SourceFile { path: name, size_bytes: metadata.len(), place, part: Part::default() };
                Ok(Self {
                    files: vec![file],
                    kind: Kind::Sqlite,
                    ..Self::empty(format!("sqlite://{}", path.display()))
                })
            }
            SourcePlace::Server(address) => {
                Ok(Self { kind: Kind::Server(Server::open(address)?), ..Self::empty(address.to_string()) })
            }
        }
    }

    /// What a tap gives that runs in a folder, or gave when it wrote this file.
    pub fn open_tap(source: &Path, tap: &Tap) -> Result<Self, ExtractError> {
        let shown = source.display().to_string();
        let given = match std::fs::metadata(source) {
            Ok(metadata) if metadata.is_dir() => tap.run()?,
            Ok(metadata) if metadata.is_file() => Given::of_file(source)?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(ExtractError::Missing { path: shown });
            }
            _ => return Err(ExtractError::TapFolder { path: shown }),
        };
        Ok(Self { kind: Kind::Tap(Arc::new(given)), ..Self::empty(shown) })
    }

    /// How far a tap has read, as it says.
    pub fn tap_state(&self) -> Option<&str> {
        match &self.kind {
            Kind::Tap(given) => given.state(),
            _ => None,
        }
    }

    /// Of no source: for records that the store has.
    pub fn nothing() -> Self {
        Self::empty(String::new())
    }

    fn empty(source: String) -> Self {
        Self { source, files: Vec::new(), links_skipped: 0, others_skipped: 0, kind: Kind::Files }
    }

    /// What may be there without being seen, or may change while it is read.
    pub fn warnings(&self) -> &[&'static str] {
        match &self.kind {
            Kind::Server(server) => &server.warnings,
            _ => &[],
        }
    }

    /// Whether it is read from files, and not from a server or a program.
    pub fn is_of_files(&self) -> bool {
        matches!(self.kind, Kind::Files | Kind::Sqlite)
    }

    /// Whether it is a database of a server.
    pub fn is_server(&self) -> bool {
        matches!(self.kind, Kind::Server(_))
    }

    fn open_path(source: &Path) -> Result<Self, ExtractError> {
        let shown = source.display().to_string();
        let unreadable = |source| ExtractError::Unreadable { path: shown.clone(), source };
        let metadata = match std::fs::metadata(source) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(ExtractError::Missing { path: shown });
            }
            other => other.map_err(unreadable)?,
        };
        let mut tree = Self::empty(shown.clone());
        if metadata.is_dir() {
            tree.add_folder(source, "")?;
        } else if !metadata.is_file() {
            return Err(ExtractError::UnknownKind { path: shown });
        } else if !holds_tables(&shown) && starts_as_zip(source).map_err(unreadable)? {
            tree.add_archive(source)?;
        } else {
            let name = source.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            tree.files.push(SourceFile {
                path: name,
                size_bytes: metadata.len(),
                place: Place::Disk(source.to_owned()),
                part: Part::default(),
            });
        }
        tree.files.sort_by(|a, b| a.path.cmp(&b.path));
        tree.see_through_gzip();
        Ok(tree)
    }

    /// A compressed table goes by its name without `.gz`, unless another file does.
    fn see_through_gzip(&mut self) {
        let paths: BTreeSet<String> = self.files.iter().map(|file| file.path.to_lowercase()).collect();
        for file in &mut self.files {
            let Some(plain) = file.path.len().checked_sub(GZIP.len()).and_then(|at| file.path.split_at_checked(at))
            else {
                continue;
            };
            let (plain, is_gzip) = (plain.0, plain.1.eq_ignore_ascii_case(GZIP));
            let Place::Disk(place) = &file.place else { continue };
            if is_gzip && (is_delimited(plain) || holds_tables(plain)) && !paths.contains(&plain.to_lowercase()) {
                file.place = Place::Gzip(place.clone());
                file.path = plain.to_owned();
            }
        }
        self.files.sort_by(|a, b| a.path.cmp(&b.path));
    }

    fn add_folder(&mut self, folder: &Path, prefix: &str) -> Result<(), ExtractError> {
        let unreadable = |path: &Path| {
            let path = path.display().to_string();
            move |source| ExtractError::Unreadable { path, source }
        };
        for entry in std::fs::read_dir(folder).map_err(unreadable(folder))? {
            let entry = entry.map_err(unreadable(folder))?;
            let path = entry.path();
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            let kind = entry.file_type().map_err(unreadable(&path))?;
            if kind.is_symlink() {
                self.links_skipped += 1;
            } else if kind.is_dir() {
                self.add_folder(&path, &format!("{name}/"))?;
            } else if kind.is_file() {
                let size_bytes = entry.metadata().map_err(unreadable(&path))?.len();
                self.files.push(SourceFile { path: name, size_bytes, place: Place::Disk(path), part: Part::default() });
            } else {
                self.others_skipped += 1;
            }
        }
        Ok(())
    }

    fn add_archive(&mut self, source: &Path) -> Result<(), ExtractError> {
        let path = self.source.clone();
        let mut archive = open_archive(source)?;
        let unreadable = |source| ExtractError::Unreadable { path: path.clone(), source };
        if members_said(source).map_err(unreadable)?.is_some_and(|said| said > archive.len()) {
            return Err(ExtractError::ZipNameTwice { path });
        }
        let place = Arc::new(source.to_owned());
        let mut total = 0u64;
        for ordinal in 0..archive.len() {
            let number = ordinal + 1;
            let member =
                archive.by_index_raw(ordinal).map_err(|source| ExtractError::Zip { path: path.clone(), source })?;
            if member.is_dir() {
                continue;
            }
            if member.encrypted() {
                return Err(ExtractError::ZipEncrypted { path, ordinal: number });
            }
            let Some(name) = member.enclosed_name() else {
                return Err(ExtractError::ZipOutside { path, ordinal: number });
            };
            let size = member.size();
            if let Some(ratio) = bomb_ratio(size, member.compressed_size()) {
                return Err(ExtractError::ZipBomb { path, ordinal: number, size, ratio });
            }
            total = total.saturating_add(size);
            if total > MAX_UNPACKED_BYTES {
                return Err(ExtractError::ZipTooLarge { path, size: total, limit: MAX_UNPACKED_BYTES });
            }
            let name = name.to_string_lossy().replace('\\', "/");
            let place = Place::Zip(place.clone(), ordinal);
            self.files.push(SourceFile { path: name, size_bytes: size, place, part: Part::default() });
        }
        strip_common_folder(&mut self.files);
        Ok(())
    }

    /// Takes files out that lie at or below one of these paths.
    pub fn leave_out(&mut self, paths: &[PathBuf]) {
        let paths: Vec<PathBuf> = paths.iter().filter_map(|path| std::fs::canonicalize(path).ok()).collect();
        self.files.retain(|file| match &file.place {
            Place::Disk(path) | Place::Gzip(path) if !paths.is_empty() => {
                let whole = std::fs::canonicalize(path).unwrap_or_else(|_| path.clone());
                !paths.iter().any(|left_out| whole.starts_with(left_out))
            }
            _ => true,
        });
    }

    /// Adds the tables of files that hold some, beside them: `clinic.xlsx/Visits`.
    pub fn open_tables(&mut self) -> Result<OpenedTables, ExtractError> {
        match self.kind.clone() {
            Kind::Server(server) => return Ok(self.add_tables(server)),
            Kind::Tap(given) => return Ok(self.add_tables(given)),
            Kind::Files | Kind::Sqlite => {}
        }
        let (mut refused, mut broken, mut barren) = (Vec::new(), Vec::new(), Vec::new());
        let mut found = Vec::new();
        let mut holders: BTreeMap<String, Part> = BTreeMap::new();
        let is_sqlite = matches!(self.kind, Kind::Sqlite);
        let method = |file: &SourceFile| if is_sqlite { Some(sqlite_method()) } else { method_for(&file.path) };
        let open = |file: &SourceFile| {
            let method = method(file)?;
            if file.size_bytes == 0 {
                return Some(Ok(Ok(None)));
            }
            let companion = |wanted: &str| self.companion(file, wanted);
            Some(self.local(file).map(|local| method.open(&file.path, local, &companion)))
        };
        // Some are read whole to know what is in them.
        let opened: Vec<_> = self.files.par_iter().map(open).collect();
        for (file, opened) in self.files.iter_mut().zip(opened) {
            let opened = match (opened.transpose(), &file.place) {
                (Ok(opened), _) => opened,
                // What cannot be unpacked is kept packed.
                (Err(error), Place::Gzip(packed)) => {
                    file.place = Place::Disk(packed.clone());
                    file.path.push_str(GZIP);
                    Some(Err(error))
                }
                (Err(error), _) => return Err(error),
            };
            match opened {
                None => {}
                Some(Ok(None)) => barren.push(file.path.clone()),
                Some(Ok(Some(tables))) => {
                    let holds = match () {
                        () if tables.hold_all() => Part::Spent,
                        () if tables.is_one() => Part::HolderOfOne,
                        () => Part::Holder,
                    };
                    holders.insert(file.path.clone(), holds);
                    for (number, name) in tables.names().into_iter().enumerate() {
                        let path = format!("{}/{name}", file.path);
                        let part = match tables.state(number) {
                            TableState::Broken => {
                                broken.push((file.path.clone(), path));
                                continue;
                            }
                            TableState::Derived => Part::Derived,
                            TableState::Own if tables.is_one() => Part::OneOf(file.path.clone()),
                            TableState::Own => match tables.goes_on(number) {
                                Some(table) => Part::More(format!("{}/{table}", file.path)),
                                None => Part::Whole,
                            },
                        };
                        let place = Place::Table(tables.clone(), number);
                        found.push(SourceFile { path, size_bytes: 0, place, part });
                    }
                }
                Some(Err(error)) => refused.push((file.path.clone(), error)),
            }
        }
        for file in &mut self.files {
            if let Some(holds) = holders.remove(&file.path) {
                file.part = holds;
            }
        }
        self.files.extend(found);
        self.files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(OpenedTables { refused, broken, barren })
    }

    /// A file of the source by its path, or one beside a file that is the source by itself.
    fn companion(&self, file: &SourceFile, wanted: &str) -> Result<Option<LocalFile>, ExtractError> {
        let found = self.files.iter().find(|other| other.path.eq_ignore_ascii_case(wanted));
        let found = found.map(|other| self.local(other)).transpose()?;
        let Place::Disk(path) = &file.place else { return Ok(found) };
        let name = wanted.rsplit('/').next().unwrap_or(wanted);
        let beside = || {
            let entries = std::fs::read_dir(path.parent()?).ok()?.flatten();
            let mut named = entries.filter(|entry| entry.file_name().to_string_lossy().eq_ignore_ascii_case(name));
            named.find(|entry| entry.file_type().is_ok_and(|kind| kind.is_file())).map(|entry| entry.path())
        };
        Ok(found.or_else(|| beside().map(LocalFile::Disk)))
    }

    fn local(&self, file: &SourceFile) -> Result<LocalFile, ExtractError> {
        if let Place::Disk(path) = &file.place {
            return Ok(LocalFile::Disk(path.clone()));
        }
        let unreadable = |source| ExtractError::Unreadable { path: file.path.clone(), source };
        let mut unpacked = tempfile::NamedTempFile::new().map_err(unreadable)?;
        std::io::copy(&mut self.open_file(file)?, &mut unpacked).map_err(unreadable)?;
        Ok(LocalFile::Unpacked(unpacked))
    }

    /// Adds a table of documents, called so; gives its index.
    pub fn list(&mut self, path: &str, names: &[NamePattern], documents: Vec<Listed>) -> usize {
        let place = Place::Table(Listing::of(path, names, documents), 0);
        // The others keep their places: who holds an index has it from before.
        self.files.push(SourceFile { path: path.to_owned(), size_bytes: 0, place, part: Part::Derived });
        self.files.len() - 1
    }

    /// Opens a file for reading from its start. Never gives more bytes than the file was said to have.
    pub fn open_file(&self, file: &SourceFile) -> Result<Box<dyn Read + Send>, ExtractError> {
        match &file.place {
            Place::Disk(path) => {
                let unreadable = |source| ExtractError::Unreadable { path: file.path.clone(), source };
                Ok(Box::new(File::open(path).map_err(unreadable)?))
            }
            Place::Zip(archive, ordinal) => {
                let reader = ZipMember::start(archive.clone(), *ordinal, file.size_bytes)?;
                Ok(Box::new(reader))
            }
            Place::Gzip(path) => {
                let unreadable = |source| ExtractError::Unreadable { path: file.path.clone(), source };
                Ok(Box::new(Unzipped::start(path).map_err(unreadable)?))
            }
            Place::Table(tables, number) => Ok(read_rows(tables.clone(), *number)),
        }
    }

    /// Finds the file that a document record names: below `under` (the source itself where there is none), which neither the
    /// folder nor the name can leave.
    pub fn find_document(&self, under: Option<&str>, folder: Option<&str>, name: &str) -> DocumentLookup {
        let mut parts: Vec<String> = Vec::new();
        let mut floor = 0;
        for (text, is_base) in [(under, true), (folder, false), (Some(name), false)] {
            let Some(text) = text else { continue };
            let text = text.replace('\\', "/");
            let drive = text.as_bytes().get(1) == Some(&b':');
            for part in Path::new(&text).components() {
                match part {
                    Component::Normal(part) if !drive => parts.push(part.to_string_lossy().into_owned()),
                    Component::CurDir => {}
                    Component::ParentDir if parts.len() > floor => drop(parts.pop()),
                    _ => return DocumentLookup::Outside,
                }
            }
            if is_base {
                floor = parts.len();
            }
        }
        let wanted = parts.join("/");
        let found = self.files.binary_search_by(|file| file.path.as_str().cmp(&wanted)).ok();
        let found = found.or_else(|| self.files.iter().position(|file| file.path.eq_ignore_ascii_case(&wanted)));
        found.map_or(DocumentLookup::Missing, DocumentLookup::Found)
    }
}

/// An archive of one folder is that folder.
fn strip_common_folder(files: &mut [SourceFile]) {
    let Some(prefix) = files.first().and_then(|file| file.path.split_once('/')).map(|(first, _)| format!("{first}/"))
    else {
        return;
    };
    if files.iter().all(|file| file.path.starts_with(&prefix)) {
        files.iter_mut().for_each(|file| file.path = file.path[prefix.len()..].to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(paths: &[&str]) -> SourceTree {
        let mut files: Vec<SourceFile> = paths
            .iter()
            .map(|path| SourceFile {
                path: (*path).to_owned(),
                size_bytes: 0,
                place: Place::Disk(PathBuf::new()),
                part: Part::default(),
            })
            .collect();
        files.sort_by(|a, b| a.path.cmp(&b.path));
        SourceTree { files, ..SourceTree::empty(String::new()) }
    }

    #[test]
    fn a_document_is_found_below_the_source_and_nowhere_else() {
        let tree = tree(&["documents/17/Scan1.PDF", "index.csv"]);
        let find = |under: &str, folder: &str, name: &str| {
            tree.find_document(Some(under).filter(|t| !t.is_empty()), Some(folder).filter(|t| !t.is_empty()), name)
        };
        assert_eq!(find("documents", "17", "Scan1.PDF"), DocumentLookup::Found(0));
        assert_eq!(find("documents", "17", "scan1.pdf"), DocumentLookup::Found(0));
        assert_eq!(find("", "", "documents\\17\\Scan1.PDF"), DocumentLookup::Found(0));
        assert_eq!(find("", "documents", "../index.csv"), DocumentLookup::Found(1));
        assert_eq!(find("documents", "17", "../17/Scan1.PDF"), DocumentLookup::Found(0));
        assert_eq!(find("documents", "", "../index.csv"), DocumentLookup::Outside);
        assert_eq!(find("documents", "..", "index.csv"), DocumentLookup::Outside);
        assert_eq!(find("documents", "", "other.pdf"), DocumentLookup::Missing);
        for outside in ["../../etc/passwd", "/etc/passwd", "..\\..\\etc\\passwd", "C:\\secrets.txt", "\\\\host\\share"]
        {
            assert_eq!(find("documents", "", outside), DocumentLookup::Outside, "{outside}");
        }
    }

    #[test]
    fn an_archive_of_one_folder_is_that_folder() {
        let mut files = tree(&["export/a.csv", "export/sub/b.csv"]).files;
        strip_common_folder(&mut files);
        assert_eq!(files.iter().map(|file| file.path.as_str()).collect::<Vec<_>>(), ["a.csv", "sub/b.csv"]);
    }

    #[cfg(unix)]
    #[test]
    fn links_are_passed_over_and_counted() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("a.csv"), "a,b\n").expect("a file");
        std::os::unix::fs::symlink(folder.path(), folder.path().join("loop")).expect("a link");
        let tree = SourceTree::open(&SourcePlace::Path(folder.path().to_owned())).expect("a source");
        assert_eq!((tree.files.len(), tree.links_skipped), (1, 1));
    }

    #[test]
    fn a_compressed_table_goes_by_its_name() {
        let folder = tempfile::tempdir().expect("a folder");
        let zipped = |bytes: &[u8]| {
            let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
            std::io::Write::write_all(&mut writer, bytes).expect("bytes");
            writer.finish().expect("bytes")
        };
        let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).expect("a file");
        write("people.csv.gz", &zipped(b"id\n1\n"));
        write("visits.csv", b"id\n1\n");
        write("visits.csv.gz", &zipped(b"id\n2\n"));
        write("scan.pdf.gz", &zipped(b"%PDF"));
        write("bomb.csv.gz", &zipped(&vec![b'\n'; 80 << 20]));
        let tree = SourceTree::open(&SourcePlace::Path(folder.path().to_owned())).expect("a source");
        let names: Vec<&str> = tree.files.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(names, ["bomb.csv", "people.csv", "scan.pdf.gz", "visits.csv", "visits.csv.gz"]);
        let read = |name: &str| {
            let file = tree.files.iter().find(|file| file.path == name).expect("a file");
            let mut bytes = Vec::new();
            tree.open_file(file).expect("a file").read_to_end(&mut bytes).map(|_| bytes)
        };
        assert_eq!(read("people.csv").expect("bytes"), b"id\n1\n");
        assert_eq!(read("bomb.csv").expect_err("a bomb").kind(), std::io::ErrorKind::InvalidData);
    }
}
