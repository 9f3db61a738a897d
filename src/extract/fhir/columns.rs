//! Of one type of resource the paths of all values, as many as a table can have.

use std::collections::{BTreeMap, BTreeSet};

use super::super::json::{Object, Paths, flatten};

/// Different paths of one type of resource.
pub(super) const MAX_COLUMNS: usize = 16_384;

/// The paths of one type of resource.
#[derive(Default)]
pub(super) struct Columns {
    paths: Paths,
    /// Elements with too many paths within: each is one value.
    whole: BTreeSet<String>,
}

impl Columns {
    pub fn add(&mut self, text: &str) {
        let Ok(Object(elements)) = serde_json::from_str(text) else { return };
        for (name, value) in elements.iter().filter(|(name, _)| !self.whole.contains(name)) {
            flatten(name, value, 0, &mut |path, _| {
                if !self.paths.contains(path) {
                    self.paths.insert(path.to_owned());
                }
            });
        }
        self.narrow();
    }

    /// Takes in those of resources that stand behind.
    pub fn extend(&mut self, behind: Self) {
        self.paths.extend(behind.paths);
        self.whole.extend(behind.whole);
        let Self { paths, whole } = self;
        paths.retain(|path| !whole.contains(element(path)) || whole.contains(path));
        self.narrow();
    }

    /// One place is for the key.
    fn narrow(&mut self) {
        while self.paths.len() >= MAX_COLUMNS {
            let mut widths: BTreeMap<&str, usize> = BTreeMap::new();
            self.paths.iter().for_each(|path| *widths.entry(element(path)).or_default() += 1);
            let Some((widest, _)) = widths.into_iter().max_by_key(|(_, width)| *width) else { return };
            let widest = widest.to_owned();
            self.paths.retain(|path| element(path) != widest);
            self.paths.insert(widest.clone());
            self.whole.insert(widest);
        }
    }

    /// The order in which paths are met is the file's; sorted, files of one export have the same columns in the same order. A resource without
    /// a key lacks it, not the table.
    pub fn sorted(mut self) -> Vec<String> {
        self.paths.insert("id".into());
        let mut columns: Vec<String> = self.paths.into_iter().collect();
        columns.sort_unstable();
        columns
    }
}

fn element(path: &str) -> &str {
    path.split('.').next().unwrap_or(path)
}
