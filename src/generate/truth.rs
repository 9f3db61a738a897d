//! What is true of the export: who is who, what was planted where, and how the books of a first load must read.

use super::table::{Fate, FinishedTable, Table};
use super::{GenerateError, GenerateOptions};
use std::fmt::Write;
use std::fs;
use std::path::Path;

pub(super) struct Truth {
    patients: Table,
    errors: Table,
    counts: String,
}

/// A planted fault, as `errors.csv` tells it.
#[derive(Clone, Copy)]
pub(super) struct Planted {
    /// The table, and the record's number in it.
    pub(super) file: &'static str,
    pub(super) row: u64,
    pub(super) kind: &'static str,
    /// An issue code, `duplicate` for that fate, or `none` where the record must load without an issue.
    pub(super) expected: &'static str,
    /// The column at fault, empty where it is the whole record.
    pub(super) column: &'static str,
}

impl Truth {
    pub(super) fn create(folder: &Path) -> Result<Self, GenerateError> {
        Ok(Self {
            patients: Table::create(folder, "patients.csv", "PATNO,row,person,how", Fate::Loaded)?,
            errors: Table::create(folder, "errors.csv", "file,row,kind,expected,column", Fate::Loaded)?,
            counts: String::from("file,rows,loaded_or_linked,duplicate,quarantined,archived\r\n"),
        })
    }

    /// Record `row` of PATIENTS.CSV is `person`; `how` says what kind of registration it is.
    pub(super) fn patient(
        &mut self,
        patient: &str,
        row: u64,
        person: &str,
        how: &'static str,
    ) -> Result<(), GenerateError> {
        self.patients.text(patient).number(row as i32).text(person).text(how).end().map(drop)
    }

    pub(super) fn planted(&mut self, planted: Planted) -> Result<(), GenerateError> {
        let Planted { file, row, kind, expected, column } = planted;
        self.errors.text(file).number(row as i32).text(kind).text(expected).text(column).end().map(drop)
    }

    pub(super) fn count(&mut self, table: &FinishedTable) {
        let [loaded, duplicate, quarantined, archived] = table.fates;
        let FinishedTable { name, rows, .. } = table;
        write!(self.counts, "{name},{rows},{loaded},{duplicate},{quarantined},{archived}\r\n")
            .expect("a String takes any text");
    }

    pub(super) fn finish(self, folder: &Path, options: &GenerateOptions) -> Result<(), GenerateError> {
        self.patients.finish()?;
        self.errors.finish()?;
        let write = |name: &str, text: &str| {
            let path = folder.join(name);
            fs::write(&path, text).map_err(GenerateError::io(&path))
        };
        write("counts.csv", &self.counts)?;
        write("README.md", &readme(options))
    }
}

fn readme(options: &GenerateOptions) -> String {
    format!(
        "# The truth about this export\n\n\
         Made by `chartlift generate` with {} patients, seed {}, richness {:?}. Row numbers count records after the header, \
         from 1.\n\n\
         - `patients.csv`: which records of PATIENTS.CSV are one person (`person`), and what kind of registration each is.\n\
         - `errors.csv`: what was planted where. `expected` is the issue or reason code, `duplicate` for that fate, `none` \
         where the record must load without an issue.\n\
         - `counts.csv`: the fates of a first load. Loaded and linked are one number, since linking is for the matcher to say.\n",
        options.patients, options.seed, options.richness
    )
}
