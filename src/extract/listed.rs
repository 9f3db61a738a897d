//! Files that are documents, as a table: a row for each, with the parts of its name.

use std::sync::Arc;

use super::ExtractError;
use super::rows::{RowWriter, Tables};
use crate::model::{DOCUMENT_COLUMNS, NamePattern};

/// A document that is to be a row.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Within the source.
    pub path: String,
    /// The stream of which a record names it.
    pub indexed_by: Option<String>,
}

#[derive(Debug)]
pub(super) struct Listing {
    name: String,
    names: Vec<NamePattern>,
    columns: Vec<String>,
    documents: Vec<Listed>,
}

impl Listing {
    /// A table of documents, in the order of their paths.
    pub fn of(name: &str, names: &[NamePattern], mut documents: Vec<Listed>) -> Arc<Self> {
        documents.sort_by(|a, b| a.path.cmp(&b.path));
        let mut columns: Vec<String> = DOCUMENT_COLUMNS.map(str::to_owned).to_vec();
        for part in names.iter().flat_map(NamePattern::parts) {
            if !columns.iter().any(|column| column == part) {
                columns.push(part.to_owned());
            }
        }
        Arc::new(Self { name: name.to_owned(), names: names.to_vec(), columns, documents })
    }

    fn row<'a>(&'a self, document: &'a Listed) -> Vec<Option<&'a str>> {
        let name = document.path.rsplit('/').next().unwrap_or(&document.path);
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        let stem = if stem.is_empty() { name } else { stem };
        let mut cells = vec![None; self.columns.len()];
        cells[..3].copy_from_slice(&[Some(document.path.as_str()), Some(stem), document.indexed_by.as_deref()]);
        let fitting = self.names.iter().find_map(|pattern| Some((pattern, pattern.parts_of(&document.path)?)));
        if let Some((pattern, values)) = fitting {
            for (part, value) in pattern.parts().zip(values) {
                let at = self.columns.iter().position(|column| column == part);
                if let Some(cell) = at.and_then(|at| cells.get_mut(at)) {
                    *cell = Some(value);
                }
            }
        }
        cells
    }
}

impl Tables for Listing {
    fn names(&self) -> Vec<&str> {
        vec![&self.name]
    }

    fn columns(&self, _table: usize) -> Option<Vec<String>> {
        Some(self.columns.clone())
    }

    fn notes(&self, _table: usize) -> Vec<String> {
        let others = self
            .documents
            .iter()
            .filter(|document| document.indexed_by.is_none())
            .filter(|document| self.names.iter().all(|name| name.parts_of(&document.path).is_none()));
        match others.count() {
            0 => Vec::new(),
            _ if self.names.is_empty() => Vec::new(),
            1 => vec!["1 document is called otherwise than the connector expects".into()],
            count => vec![format!("{count} documents are called otherwise than the connector expects")],
        }
    }

    fn write(&self, _table: usize, rows: &mut RowWriter) -> Result<(), ExtractError> {
        rows.header(self.columns.iter().map(String::as_str));
        for document in &self.documents {
            if !rows.row(self.row(document).into_iter().map(|cell| cell.map(str::as_bytes))) {
                break;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_a_row_with_the_parts_of_its_name() {
        let names = ["{mrn}_{date}_{kind}", "{mrn}_{kind}"].map(|text| NamePattern::parse(text).expect("a pattern"));
        let listed = |path: &str, indexed_by: Option<&str>| Listed {
            path: path.into(),
            indexed_by: indexed_by.map(str::to_owned),
        };
        let all = vec![
            listed("scans/b/7_2019_letter.pdf", None),
            listed("scans/a.tif", Some("index")),
            listed("scans/other.tif", None),
            listed("x/8_ct", None),
        ];
        let listing = Listing::of("scans", &names, all);
        assert_eq!(listing.columns, ["file", "name", "indexed_by", "mrn", "date", "kind"]);
        let rows: Vec<Vec<Option<&str>>> = listing.documents.iter().map(|document| listing.row(document)).collect();
        assert_eq!(rows[0], [Some("scans/a.tif"), Some("a"), Some("index"), None, None, None]);
        assert_eq!(
            rows[1],
            [Some("scans/b/7_2019_letter.pdf"), Some("7_2019_letter"), None, Some("7"), Some("2019"), Some("letter")]
        );
        assert_eq!(rows[3], [Some("x/8_ct"), Some("8_ct"), None, Some("8"), None, Some("ct")]);
        assert_eq!(listing.notes(0), ["1 document is called otherwise than the connector expects"]);
    }
}
