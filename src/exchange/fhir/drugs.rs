//! What needs more than a path: which drug is meant, how to take it, what an allergy does, which range is normal.

use super::{Chart, Filling, Medications, tree};
use crate::model::chart::coding_columns;
use crate::model::{Disposition, Value};

impl Filling<'_, '_> {
    /// The drug: as a concept, as the Medication says that the reference names, within the resource or beside it, or as the reference calls it.
    pub(super) fn drug(&mut self) {
        let mut paths = vec!["medicationCodeableConcept".to_owned()];
        let reference = self.tree.find("medicationReference.reference");
        if let Some(id) = reference.and_then(|found| found.value.as_str()?.strip_prefix('#')) {
            let is_it = |item: &serde_json::Value| item["id"] == id && item["resourceType"] == "Medication";
            paths.extend(self.tree.item("contained", is_it).map(|item| format!("{item}.code")));
        }
        self.concept("code", &paths);
        if super::is_nameless(&self.chart) {
            self.drug_of_its_own();
        }
        if super::is_nameless(&self.chart) {
            self.concept("code", &["medicationReference.display".to_owned()]);
        }
    }

    /// The drug as the Medication says that is a resource beside this one.
    fn drug_of_its_own(&mut self) {
        let Some(found) = self.tree.find(Medications::PLACE) else { return };
        // Another server's drug is called what the reference calls it.
        let has_name = self.tree.find("medicationReference.display").is_some();
        let reference = found.value.as_str().filter(|reference| !(has_name && reference.contains("://")));
        let named = reference.and_then(|reference| self.medications?.named(reference));
        let Some(medication) = named else { return };
        let tree = tree::Tree::new(medication);
        let mut other = Filling::new(&tree, self.chart.record, 0, "");
        other.concept("code", &["code".to_owned()]);
        let Chart { values, sources, .. } = other.chart;
        for (at, _) in &sources {
            self.note(*at, values[*at].clone(), found.path.clone());
        }
        if !sources.is_empty() {
            self.tree.mark(&found.path, Disposition::Coded);
        }
    }

    /// The paths of the directions, in the order in which they hold.
    pub(super) fn dosages(&self) -> Vec<String> {
        let mut all = self.tree.items("dosageInstruction");
        all.extend(self.tree.items("dosage"));
        all.sort_by_key(|at| self.tree.find(&format!("{at}.sequence")).and_then(|found| found.value.as_u64()));
        all
    }

    /// The words of all directions.
    pub(super) fn directions(&mut self, at: usize) {
        let texts = self.dosages().into_iter().map(|dosage| format!("{dosage}.text")).collect::<Vec<_>>();
        self.join(at, &texts, "\n");
    }

    /// The texts at some paths as one.
    fn join(&mut self, at: usize, paths: &[String], between: &str) {
        let found = paths.iter().filter_map(|path| self.tree.find(path));
        let texts: Vec<_> = found.filter_map(|found| Some((found.value.as_str()?.trim(), found.path))).collect();
        let Some((_, first)) = texts.first().cloned() else { return };
        texts.iter().for_each(|(_, path)| self.tree.mark(path, Disposition::Mapped));
        let joined = texts.iter().map(|(text, _)| *text).collect::<Vec<_>>().join(between);
        self.note(at, Value::text(joined), first);
    }

    /// Where a reaction shows in several ways, the text names them all.
    pub(super) fn manifestations(&mut self) {
        for (prefix, reaction) in [("reaction", "reaction.manifestation"), ("reaction_2", "reaction.1.manifestation")] {
            let all = self.tree.items(&self.path(reaction));
            let Some(columns) = coding_columns(self.chart.record, prefix).filter(|_| all.len() > 1) else { continue };
            let name_of = |at: &String| {
                let names = ["text", "coding.display", "coding.code"].map(|name| format!("{at}.{name}"));
                names.into_iter().find(|path| self.tree.find(path).is_some())
            };
            let names: Vec<String> = all.iter().filter_map(name_of).collect();
            self.join(columns.text, &names, "; ");
        }
    }

    /// The range of what is normal, in the unit of the value.
    pub(super) fn range(&self) -> Option<String> {
        let named =
            |at: String| ["unit", "code"].map(|name| self.tree.find(&format!("{at}.{name}")).map(|found| found.value));
        let of_value = named(self.path("valueQuantity"));
        self.tree.item(&self.path("referenceRange"), |range| {
            let is_normal = range["type"].is_null() || tree::says(range, "type.coding.code", &["normal"]);
            let is_same = ["low", "high"].iter().all(|bound| {
                let of_bound = ["unit", "code"].map(|name| range[*bound].get(name));
                let both = of_value.iter().zip(&of_bound).filter_map(|(one, other)| one.zip(*other));
                let mut both = both.peekable();
                both.peek().is_none() || both.any(|(one, other)| one == other)
            });
            is_normal && is_same
        })
    }
}
