//! The transform `code`: a code, its system, its text, and what a code map makes of it.

use crate::connector::CodeTransform;
use crate::model::chart::CodingColumns;
use crate::model::{Disposition, IssueCode, Value};

use super::{Filling, Work, clean};
use crate::normalize::bind::FieldPlan;

impl Work<'_> {
    /// Fills a coded element; false where neither code nor text is there.
    pub(super) fn coded(&mut self, options: &CodeTransform, plan: &FieldPlan, filling: &mut Filling) -> bool {
        let Some(columns) = plan.coding else { return false };
        if let Some(value) = &options.value {
            filling.values[columns.code] = Value::text(value.as_str());
            set(filling, columns.system, options.system.as_deref());
            set(filling, columns.display, options.display.as_deref());
            if let Some(text) = self.take_text(plan.display_from).or(self.take_text(plan.text_from)) {
                filling.values[columns.text] = clean(text);
            }
            return true;
        }
        let found = plan.from.iter().copied().find_map(|column| Some((column, self.text(column)?)));
        let display = self.take_text(plan.display_from);
        let words = self.take_text(plan.text_from);
        for (column, place) in [(plan.display_from, columns.display), (plan.text_from, columns.text)] {
            filling.sources.extend(column.map(|column| (place, column)));
        }
        let Some((column, text)) = found else {
            let Some(words) = words.or(display) else { return false };
            filling.values[columns.text] = clean(words);
            filling.sources.extend(plan.display_from.map(|column| (columns.text, column)));
            return true;
        };
        set(filling, columns.text, words);
        let code = options.strip.as_deref().and_then(|front| text.strip_prefix(front)).unwrap_or(text);
        let system = self.system(options, plan);
        self.mark(column, Disposition::Coded);
        filling.sources.push((columns.code, column));
        match &options.map {
            None => {
                filling.values[columns.code] = clean(code);
                set(filling, columns.system, system.as_deref());
                set(filling, columns.display, display.or(options.display.as_deref()));
            }
            Some(map) => {
                self.keep_original(code, system.as_deref(), words.or(display), columns, filling);
                match map.get(code) {
                    Some(translation) if !translation.target.is_empty() => {
                        filling.values[columns.code] = Value::text(translation.target.as_str());
                        set(filling, columns.system, translation.system.as_deref());
                        set(filling, columns.display, translation.display.as_deref());
                    }
                    Some(_) => {}
                    None => self.issue(IssueCode::CodeUnmapped, Some(column)),
                }
            }
        }
        true
    }

    /// A code that is translated keeps what it was: in its own columns where the element has them, else as text.
    fn keep_original(
        &self,
        code: &str,
        system: Option<&str>,
        display: Option<&str>,
        columns: CodingColumns,
        filling: &mut Filling,
    ) {
        match columns.original {
            Some((original, original_system)) => {
                filling.values[original] = clean(code);
                set(filling, original_system, system);
                set(filling, columns.text, display);
            }
            None => filling.values[columns.text] = clean(display.unwrap_or(code)),
        }
    }

    /// The code system: said by the pack, or by a column through a code map.
    fn system(&mut self, options: &CodeTransform, plan: &FieldPlan) -> Option<String> {
        let named = plan.system_from.and_then(|column| Some((column, self.text(column)?)));
        let Some((column, name)) = named else { return options.system.clone() };
        let Some(map) = &options.system_map else {
            self.mark(column, Disposition::Mapped);
            return Some(name.to_owned());
        };
        match map.get(name) {
            Some(translation) => {
                self.mark(column, Disposition::Coded);
                Some(translation.target.clone()).filter(|target| !target.is_empty())
            }
            None => {
                self.issue(IssueCode::CodeUnmapped, Some(column));
                self.mark(column, Disposition::Mapped);
                Some(name.to_owned())
            }
        }
    }
}

fn set(filling: &mut Filling, column: usize, text: Option<&str>) {
    if let Some(text) = text {
        filling.values[column] = clean(text);
    }
}
