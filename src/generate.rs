//! Invents a family practice, "Oakfield Family Practice", and writes the export of its fictional legacy EMR, "Oakfield
//! Practice Manager": what a desktop program of 1998 left behind, dirt included, and the truth beside it.
//!
//! The same options give the same bytes for ever, on every machine: random numbers come from [`random`] alone, each
//! patient's content from (seed, patient number) alone, and no clock is asked. One patient is in memory at a time.
//! Nobody in here is real: social security numbers lie in the area 900-999 that is never issued, telephone area codes and
//! ZIP codes are ones that nobody has, the county is invented.
//!
//! What it does not know: connectors, charts, the store. The pack `connectors/oakfield` reads what this writes.

use std::path::{Path, PathBuf};
use std::{error, fmt, fs, io};

mod calendar;
mod catalog;
mod dirt;
mod facts;
mod names;
mod narrative;
mod office;
mod people;
mod random;
mod registration;
mod rows;
mod scans;
mod surgery;
mod table;
mod tables;
mod truth;
mod visits;

use dirt::Plan;
use people::Population;
use tables::Tables;
use truth::Truth;

/// The first patient number of the practice; the others follow without a gap.
pub const FIRST_PATIENT_NUMBER: u64 = 10_001;

/// How much of a chart each patient has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Richness {
    /// About 14 source rows per patient: small enough to keep in a repository.
    #[default]
    Sample,
    /// About 100 source rows per patient: a practice that charted for seventeen years.
    Full,
}

/// What to invent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GenerateOptions {
    /// Patient numbers given out; a few people have two of them.
    pub patients: u64,
    pub seed: u64,
    pub richness: Richness,
}

impl Default for GenerateOptions {
    fn default() -> Self {
        Self { patients: 250, seed: 1, richness: Richness::Sample }
    }
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Generated {
    /// The tables of the export, relative to its folder, with their records after the header.
    pub files: Vec<(String, u64)>,
    /// Bytes of the export, scanned documents included, the truth not.
    pub bytes: u64,
}

impl Generated {
    /// Records of all tables.
    pub fn rows(&self) -> u64 {
        self.files.iter().map(|(_, rows)| rows).sum()
    }
}

/// Why an export could not be written.
#[derive(Debug)]
pub enum GenerateError {
    /// The folder already holds something; nothing was touched.
    NotEmpty { path: PathBuf },
    /// The file system said no.
    Io { path: PathBuf, source: io::Error },
}

impl GenerateError {
    fn io(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        move |source| Self::Io { path: path.to_owned(), source }
    }
}

impl fmt::Display for GenerateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotEmpty { path } => write!(f, "folder `{}` is not empty; nothing was written", path.display()),
            Self::Io { path, .. } => write!(f, "cannot write `{}`", path.display()),
        }
    }
}

impl error::Error for GenerateError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::NotEmpty { .. } => None,
            Self::Io { source, .. } => Some(source),
        }
    }
}

/// Writes the export into `folder` and the truth about it into the folder of that name with `-truth` behind it. Both must
/// be absent or empty. `progress` hears how many patients are done, some times a thousand patients, and at the end.
///
/// # Errors
/// [`GenerateError`], with the path; what was written until then stays.
pub fn generate(
    folder: &Path,
    options: &GenerateOptions,
    progress: &mut dyn FnMut(u64),
) -> Result<Generated, GenerateError> {
    let truth_folder = truth_folder(folder);
    for folder in [folder, &truth_folder] {
        create_empty_folder(folder)?;
    }
    let mut tables = Tables::create(folder)?;
    let mut truth = Truth::create(&truth_folder)?;
    let plan = Plan::new(options.patients);
    let mut population = Population::new(options.seed);

    let mut bytes = office::write(folder, &mut tables)?;
    bytes += scans::write_batch_folder(folder)?;
    for number in 0..options.patients {
        let registration = population.registration(number);
        bytes += registration::write(folder, &mut tables, &mut truth, &registration, &plan, options)?;
        if number % 256 == 255 {
            progress(number + 1);
        }
    }
    let files = tables.finish(&mut truth)?;
    truth.finish(&truth_folder, options)?;
    progress(options.patients);

    bytes += files.iter().map(|file| file.bytes).sum::<u64>();
    Ok(Generated { files: files.into_iter().map(|file| (file.name, file.rows)).collect(), bytes })
}

/// Where [`generate`] puts the truth about the export in `folder`.
pub fn truth_folder(folder: &Path) -> PathBuf {
    let mut name = folder.file_name().unwrap_or_default().to_owned();
    name.push("-truth");
    folder.with_file_name(name)
}

fn create_empty_folder(folder: &Path) -> Result<(), GenerateError> {
    fs::create_dir_all(folder).map_err(GenerateError::io(folder))?;
    match fs::read_dir(folder).map_err(GenerateError::io(folder))?.next() {
        Some(_) => Err(GenerateError::NotEmpty { path: folder.to_owned() }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
