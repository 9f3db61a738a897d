//! Where packs come from: those built into the program, and folders a site names.

use std::path::Path;

use include_dir::{Dir, DirEntry, include_dir};

use super::check::nearest;
use super::pack::{Pack, PackError, PackFiles};
use super::{Note, Problem};

static CONNECTORS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/connectors");

/// Ids of the built-in packs, sorted.
pub fn built_in_ids() -> Vec<&'static str> {
    let mut ids: Vec<&str> = CONNECTORS.dirs().filter_map(|dir| dir.path().to_str()).collect();
    ids.sort_unstable();
    ids
}

/// The files of a built-in pack, with its fixture and golden result.
pub fn built_in(id: &str) -> Option<PackFiles> {
    let dir = CONNECTORS.get_dir(id)?;
    let mut files = PackFiles::new();
    collect(dir, dir.path(), &mut files);
    Some(files)
}

fn collect(dir: &Dir<'_>, root: &Path, files: &mut PackFiles) {
    for entry in dir.entries() {
        match entry {
            DirEntry::Dir(dir) => collect(dir, root, files),
            DirEntry::File(file) => {
                let path = file.path().strip_prefix(root).unwrap_or(file.path());
                files.insert(path.to_string_lossy().replace('\\', "/"), file.contents().to_vec());
            }
        }
    }
}

/// Reads the files of a pack folder. Symbolic links are not followed.
pub fn load_folder(folder: &Path) -> Result<PackFiles, PackError> {
    let mut files = PackFiles::new();
    read_folder(folder, folder, &mut files)?;
    Ok(files)
}

fn read_folder(folder: &Path, root: &Path, files: &mut PackFiles) -> Result<(), PackError> {
    let unreadable = |path: &Path| {
        let path = path.display().to_string();
        move |source| PackError::Unreadable { path, source }
    };
    for entry in std::fs::read_dir(folder).map_err(unreadable(folder))? {
        let entry = entry.map_err(unreadable(folder))?;
        let path = entry.path();
        let kind = entry.file_type().map_err(unreadable(&path))?;
        if kind.is_dir() {
            read_folder(&path, root, files)?;
        } else if kind.is_file() {
            let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
            files.insert(name, std::fs::read(&path).map_err(unreadable(&path))?);
        }
    }
    Ok(())
}

/// A pack by the name of a built-in one or by its folder, with what its author should know.
pub fn load_named(name: &str) -> Result<(Pack, PackFiles, Vec<Note>), PackError> {
    let folder = Path::new(name);
    let (files, place) = if folder.join("connector.toml").is_file() {
        (load_folder(folder)?, name.to_owned())
    } else if let Some(files) = built_in(name) {
        (files, format!("connectors/{name}"))
    } else if folder.is_dir() {
        let problem = Problem { file: "connector.toml".into(), line: 0, message: "is missing".into() };
        return Err(PackError::Invalid { folder: name.to_owned(), problems: vec![problem] });
    } else {
        let nearest = nearest(name, built_in_ids()).map(str::to_owned);
        return Err(PackError::Unknown { name: name.to_owned(), nearest });
    };
    let invalid = |problems: Vec<Problem>| PackError::Invalid { folder: place, problems };
    let (pack, notes) = Pack::parse(&files).map_err(invalid)?;
    Ok((pack, files, notes))
}
