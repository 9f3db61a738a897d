//! The data types of CDA: coded values, names.

use super::super::filling::Filling;
use super::super::oid;
use crate::model::chart::coding_columns;
use crate::model::{Disposition, Value};

impl Filling<'_, '_> {
    /// A coded value: its code, or the first translation where it has none; the next one as the original. Where nothing is coded, its words.
    pub fn concept(&mut self, prefix: &str, paths: &[&str]) -> bool {
        let Some(columns) = coding_columns(self.chart.record, prefix) else { return false };
        for path in paths {
            let all = self.tree.items(&format!("{path}.translation"));
            let coded = std::iter::once((*path).to_owned()).chain(all);
            let mut coded = coded.filter(|at| self.tree.find(&format!("{at}.@code")).is_some());
            let (main, other) = (coded.next(), coded.next());
            let words = [
                format!("{path}.originalText.#text"),
                format!("{path}.originalText.reference.#text"),
                format!("{path}.#text"),
            ];
            let mut filled = false;
            for (code, system, display, at) in [
                (columns.code, columns.system, Some(columns.display), main),
                (
                    columns.original.map_or(usize::MAX, |at| at.0),
                    columns.original.map_or(usize::MAX, |at| at.1),
                    None,
                    other,
                ),
            ] {
                let Some(at) = at.filter(|_| code != usize::MAX) else { continue };
                let source = format!("{at}.@code");
                if let Some(text) = self.take(&source) {
                    self.tree.mark(&source, Disposition::Coded);
                    self.put(code, Value::text(text), &source);
                    filled = true;
                }
                let source = format!("{at}.@codeSystem");
                if let Some(oid) = self.take(&source) {
                    self.put(system, Value::text(oid::uri(&oid)), &source);
                }
                let source = format!("{at}.@displayName");
                if let Some((text, column)) = display.and_then(|column| Some((self.take(&source)?, column))) {
                    self.put(column, Value::text(text), &source);
                }
            }
            for source in words {
                if let Some(text) = self.take(&source) {
                    self.put(columns.text, Value::text(text), &source);
                    filled = true;
                    break;
                }
            }
            if !filled {
                // Words without a code are better than nothing.
                let source = format!("{path}.@displayName");
                if let Some(text) = self.take(&source) {
                    self.put(columns.text, Value::text(text), &source);
                    filled = true;
                }
            }
            if filled {
                return true;
            }
        }
        false
    }

    /// What a coded value is called.
    pub fn called(&mut self, name: &str, path: &str) {
        let paths = ["originalText.#text", "@displayName", "originalText.reference.#text", "@code"];
        let paths = paths.map(|leaf| format!("{path}.{leaf}"));
        self.text(name, &paths.each_ref().map(String::as_str));
    }

    /// A person's name, in the order in which one says it.
    pub fn name(&mut self, name: &str, path: &str) {
        if self.column(name).is_none() {
            return;
        }
        let Some(first) = self.tree.items(path).into_iter().next() else { return };
        let parts = ["prefix", "given", "family", "suffix"].map(|part| self.tree.items(&format!("{first}.{part}")));
        let words: Vec<String> = parts.iter().flatten().filter_map(|at| self.take(&format!("{at}.#text"))).collect();
        match words.is_empty() {
            true => self.text(name, &[&format!("{first}.#text")]),
            false => self.set(name, Value::text(words.join(" ")), &first),
        }
    }
}
