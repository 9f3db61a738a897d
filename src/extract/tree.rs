//! What a source is made of: the files of a folder or a zip archive, or one file; and its documents, never outside of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use super::chunks::ChunkReader;
use super::rows::{LocalFile, TableState, Tables, holds_tables, method_for, read_rows};
use super::{ExtractError, Header, RecordReader, is_delimited};

/// An archive may unpack to this much in all.
const MAX_UNPACKED_BYTES: u64 = 256 << 30;
/// A member larger than this must not unpack to more than [`MAX_RATIO`] times its size.
const RATIO_MATTERS_BYTES: u64 = 64 << 20;
const MAX_RATIO: u64 = 200;

/// One file of a source.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// Relative to SOURCE, with `/` between folders.
    pub path: String,
    pub size_bytes: u64,
    place: Place,
    part: Part,
}

/// What it is beside the other files.
#[derive(Clone, Debug, Default)]
enum Part {
    #[default]
    Whole,
    /// Its tables stand for it: by itself it is only kept.
    Holder,
    /// So does its one table, which goes by its name, too.
    HolderOfOne,
    /// The one table of a file, which may be called as that is.
    OneOf(String),
    /// Made of other tables.
    Derived,
}

/// What became of the files that may hold tables, by their paths, where they gave none.
pub struct OpenedTables {
    /// They cannot be read.
    pub refused: Vec<(String, ExtractError)>,
    /// Tables that cannot, with the file of each.
    pub broken: Vec<(String, String)>,
    /// Only called like such a file.
    pub barren: Vec<String>,
}

#[derive(Clone, Debug)]
enum Place {
    Disk(PathBuf),
    /// Number of the member in the archive.
    Zip(Arc<PathBuf>, usize),
    /// Compressed by itself.
    Gzip(PathBuf),
    /// Number of the table in its file.
    Table(Arc<dyn Tables>, usize),
}

impl SourceFile {
    /// Whether it is a table for certain, of rows and not of text.
    pub fn is_rows(&self) -> bool {
        self.table_number().is_some()
    }

    /// The paths by which a stream may claim it.
    pub fn claimed_as(&self) -> impl Iterator<Item = &str> {
        let names = match &self.part {
            Part::Whole | Part::Derived => [Some(self.path.as_str()), None],
            Part::Holder | Part::HolderOfOne => [None, None],
            Part::OneOf(file) => [Some(file.as_str()), Some(self.path.as_str())],
        };
        names.into_iter().flatten()
    }

    /// Whether its rows are those of other tables.
    pub fn is_derived(&self) -> bool {
        matches!(self.part, Part::Derived)
    }

    /// Whether others are its tables, and its name means none of them.
    pub fn holds_tables(&self) -> bool {
        matches!(self.part, Part::Holder)
    }

    /// Its place among the tables of a file that holds several.
    pub fn table_number(&self) -> Option<usize> {
        match self.place {
            Place::Table(_, number) => Some(number),
            _ => None,
        }
    }

    /// What whoever relies on a table of rows should know; no value is in it.
    pub fn notes(&self) -> Vec<String> {
        match &self.place {
            Place::Table(tables, number) => tables.notes(*number),
            _ => Vec::new(),
        }
    }

    /// Reads it as a table, from its bytes as [`SourceTree::open_file`] gives them; how text is written is of no matter to rows. Errors
    /// call it `shown`.
    pub fn read(
        &self,
        shown: &str,
        input: Box<dyn Read + Send>,
        delimiter: Option<u8>,
        fallback: Option<&'static encoding_rs::Encoding>,
    ) -> Result<(RecordReader, Header), ExtractError> {
        match &self.place {
            Place::Table(..) => RecordReader::open_rows(shown, input),
            _ => RecordReader::open(shown, input, delimiter, fallback),
        }
    }
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
    pub fn open(source: &Path) -> Result<Self, ExtractError> {
        let shown = source.display().to_string();
        let unreadable = |source| ExtractError::Unreadable { path: shown.clone(), source };
        let metadata = match std::fs::metadata(source) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(ExtractError::Missing { path: shown });
            }
            other => other.map_err(unreadable)?,
        };
        let mut tree = Self { source: shown.clone(), files: Vec::new(), links_skipped: 0, others_skipped: 0 };
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
            let Some(plain) = file.path.len().checked_sub(3).and_then(|at| file.path.split_at_checked(at)) else {
                continue;
            };
            let (plain, is_gzip) = (plain.0, plain.1.eq_ignore_ascii_case(".gz"));
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
        let (mut refused, mut broken, mut barren) = (Vec::new(), Vec::new(), Vec::new());
        let mut found = Vec::new();
        let mut holders: BTreeMap<String, Part> = BTreeMap::new();
        for file in &self.files {
            let Some(method) = method_for(&file.path) else { continue };
            if file.size_bytes == 0 {
                barren.push(file.path.clone());
                continue;
            }
            let companion = |wanted: &str| self.companion(file, wanted);
            match method.open(&file.path, self.local(file)?, &companion) {
                Ok(None) => barren.push(file.path.clone()),
                Ok(Some(tables)) => {
                    let holds = if tables.is_one() { Part::HolderOfOne } else { Part::Holder };
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
                            TableState::Own => Part::Whole,
                        };
                        let place = Place::Table(tables.clone(), number);
                        found.push(SourceFile { path, size_bytes: 0, place, part });
                    }
                }
                Err(error) => refused.push((file.path.clone(), error)),
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
            Place::Table(tables, number) => Ok(Box::new(read_rows(tables.clone(), *number))),
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

/// How many times its size a member unpacks to, where that is too much.
pub(super) fn bomb_ratio(size: u64, packed: u64) -> Option<u64> {
    let ratio = size / packed.max(1);
    (size > RATIO_MATTERS_BYTES && ratio > MAX_RATIO).then_some(ratio)
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

fn starts_as_zip(path: &Path) -> std::io::Result<bool> {
    let mut start = [0u8; 4];
    let read = File::open(path)?.read(&mut start)?;
    Ok(matches!(&start[..read], b"PK\x03\x04" | b"PK\x05\x06"))
}

fn open_archive(path: &Path) -> Result<zip::ZipArchive<std::io::BufReader<File>>, ExtractError> {
    let shown = path.display().to_string();
    let file = File::open(path).map_err(|source| ExtractError::Unreadable { path: shown.clone(), source })?;
    zip::ZipArchive::new(std::io::BufReader::new(file)).map_err(|source| ExtractError::Zip { path: shown, source })
}

/// How many members the end of an archive says there are (PKWARE APPNOTE 4.3.16); `None` where that says "too many for me".
/// The reader keeps one member per name, so fewer than that are two of one name.
fn members_said(path: &Path) -> std::io::Result<Option<usize>> {
    const END: &[u8] = b"PK\x05\x06";
    const MAX_END_BYTES: u64 = 22 + u16::MAX as u64;
    let mut file = File::open(path)?;
    let size = file.seek(SeekFrom::End(0))?;
    file.seek(SeekFrom::Start(size.saturating_sub(MAX_END_BYTES)))?;
    let mut end = Vec::new();
    file.read_to_end(&mut end)?;
    let at = memchr::memmem::rfind(&end, END);
    let count = at.and_then(|at| end.get(at + 10..at + 12)).map(|count| u16::from_le_bytes([count[0], count[1]]));
    Ok(count.filter(|count| *count != u16::MAX).map(usize::from))
}

/// A member of an archive as a stream that can be sent to another thread: a thread of its own unpacks it.
struct ZipMember {
    chunks: ChunkReader,
    /// Bytes still to come, as the archive's directory says.
    missing_bytes: u64,
}

impl ZipMember {
    fn start(archive: Arc<PathBuf>, ordinal: usize, size_bytes: u64) -> Result<Self, ExtractError> {
        let mut zip = open_archive(&archive)?;
        let (sender, chunks) = ChunkReader::new();
        std::thread::spawn(move || {
            let mut member = match zip.by_index(ordinal) {
                Ok(member) => member.take(size_bytes.saturating_add(1)),
                Err(error) => return drop(sender.send(Err(damaged(error.into())))),
            };
            loop {
                let mut chunk = vec![0; 256 << 10];
                let message = match member.read(&mut chunk) {
                    Ok(0) => return,
                    Ok(read) => {
                        chunk.truncate(read);
                        Ok(chunk)
                    }
                    Err(error) => Err(damaged(error)),
                };
                let failed = message.is_err();
                if sender.send(message).is_err() || failed {
                    return;
                }
            }
        });
        Ok(Self { chunks, missing_bytes: size_bytes })
    }
}

/// A file that is compressed by itself (RFC 1952).
struct Unzipped {
    input: flate2::read::MultiGzDecoder<File>,
    packed_bytes: u64,
    bytes: u64,
}

impl Unzipped {
    fn start(path: &Path) -> std::io::Result<Self> {
        let file = File::open(path)?;
        let packed_bytes = file.metadata()?.len();
        Ok(Self { input: flate2::read::MultiGzDecoder::new(file), packed_bytes, bytes: 0 })
    }
}

impl Read for Unzipped {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let read = self.input.read(out).map_err(damaged)?;
        self.bytes += read as u64;
        if self.bytes > RATIO_MATTERS_BYTES && self.bytes / self.packed_bytes.max(1) > MAX_RATIO {
            return Err(damaged_because("it unpacks to too many times its size"));
        }
        Ok(read)
    }
}

/// What is wrong with the member's bytes, as opposed to the disk they are on.
fn damaged(error: std::io::Error) -> std::io::Error {
    if error.raw_os_error().is_some() { error } else { std::io::Error::new(std::io::ErrorKind::InvalidData, error) }
}

fn damaged_because(reason: &str) -> std::io::Error {
    std::io::Error::new(std::io::ErrorKind::InvalidData, reason)
}

impl Read for ZipMember {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let read = self.chunks.read(out)?;
        if read == 0 && !out.is_empty() && self.missing_bytes > 0 {
            return Err(damaged_because("it is shorter than the archive says"));
        }
        let missing = self.missing_bytes.checked_sub(read as u64);
        self.missing_bytes = missing.ok_or_else(|| damaged_because("it is longer than the archive says"))?;
        Ok(read)
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
        SourceTree { source: String::new(), files, links_skipped: 0, others_skipped: 0 }
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
        let tree = SourceTree::open(folder.path()).expect("a source");
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
        let tree = SourceTree::open(folder.path()).expect("a source");
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
