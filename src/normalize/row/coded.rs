//! The transform `code`: a code, its system, its text, and what a code map makes of it.

use crate::connector::{CodeTransform, Equivalence, Translate, Translation};
use crate::model::chart::CodingColumns;
use crate::model::{Disposition, IssueCode, Value};

use super::{Filling, Work, clean};
use crate::normalize::bind::FieldPlan;
use crate::normalize::terminology::{ICD_9_CM, ICD_10_CM, NDC, gem, ndc};

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
        let mapped = options.map.as_ref().map(|map| map.get(code));
        match (mapped, translates(options, system.as_deref())) {
            (None | Some(None), Some(table)) => {
                // Until something better is found, the code is the one that came.
                filling.values[columns.code] = clean(code);
                set(filling, columns.system, system.as_deref());
                set(filling, columns.display, display.or(options.display.as_deref()));
                match table {
                    Translate::Icd10Cm => {
                        self.chart_icd_10_cm(code, system.as_deref(), display, column, columns, filling);
                    }
                    Translate::Ndc11 => self.chart_ndc_11(code, system.as_deref(), columns, filling),
                }
            }
            (None, None) => {
                filling.values[columns.code] = clean(code);
                set(filling, columns.system, system.as_deref());
                set(filling, columns.display, display.or(options.display.as_deref()));
            }
            (Some(translation), _) => {
                self.keep_original(code, system.as_deref(), words.or(display), columns, filling);
                match translation {
                    Some(translation) if !translation.target.is_empty() => {
                        filling.values[columns.code] = Value::text(translation.target.as_str());
                        set(filling, columns.system, translation.system.as_deref());
                        set(filling, columns.display, translation.display.as_deref());
                        self.doubts_of(translation, column);
                    }
                    // That there is no target is said by somebody, or the line is still open.
                    Some(translation) if translation.equivalence == Equivalence::Unmatched => {
                        self.doubts_of(translation, column);
                    }
                    Some(_) => self.issue(IssueCode::CodeUnmapped, Some(column)),
                    None => self.issue(IssueCode::CodeUnmapped, Some(column)),
                }
            }
        }
        true
    }

    /// What is to be told of a line of a code map that was used.
    pub(super) fn doubts_of(&mut self, translation: &Translation, column: usize) {
        if translation.is_draft {
            self.issue(IssueCode::CodeMapDraft, Some(column));
        }
        if translation.equivalence == Equivalence::Inexact {
            self.issue(IssueCode::CodeMapInexact, Some(column));
        }
    }

    /// A diagnosis of ICD-9-CM becomes the one of ICD-10-CM that it has, if it has just one.
    fn chart_icd_10_cm(
        &mut self,
        code: &str,
        system: Option<&str>,
        display: Option<&str>,
        column: usize,
        columns: CodingColumns,
        filling: &mut Filling,
    ) {
        match gem::icd_10_cm_of(code) {
            gem::Mapped::One { code: target, display: title, exact } => {
                // The title of the code that was is the source's word for it.
                let words = filling.values[columns.text].as_str().map(str::to_owned);
                self.keep_original(code, system, words.as_deref().or(display), columns, filling);
                filling.values[columns.code] = Value::text(target);
                filling.values[columns.system] = Value::text(ICD_10_CM);
                filling.values[columns.display] = title.map_or(Value::Null, Value::text);
                if !exact {
                    self.issue(IssueCode::CodeMapInexact, Some(column));
                }
            }
            gem::Mapped::Several => self.issue(IssueCode::CodeMapAmbiguous, Some(column)),
            gem::Mapped::Nothing => self.issue(IssueCode::CodeNoMap, Some(column)),
        }
    }

    /// A drug code in another form gets its eleven digits; one that cannot be told stays, and is told by its form.
    fn chart_ndc_11(&self, code: &str, system: Option<&str>, columns: CodingColumns, filling: &mut Filling) {
        if let ndc::Ndc::Eleven(digits) = ndc::read(code)
            && digits != code
        {
            self.keep_original(code, system, None, columns, filling);
            filling.values[columns.code] = Value::text(digits);
        }
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
                self.doubts_of(translation, column);
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

/// The table for codes of this system, if the mapping wants one.
fn translates(options: &CodeTransform, system: Option<&str>) -> Option<Translate> {
    let of = match options.translate? {
        Translate::Icd10Cm => ICD_9_CM,
        Translate::Ndc11 => NDC,
    };
    options.translate.filter(|_| system == Some(of))
}

fn set(filling: &mut Filling, column: usize, text: Option<&str>) {
    if let Some(text) = text {
        filling.values[column] = clean(text);
    }
}

#[cfg(test)]
mod tests {
    use super::super::trial::{Outcome, chart};

    const ICD: &str = "[[field]]\nto = \"code\"\ntransform = \"code\"\nfrom = \"CODE\"\nsystem_from = \"SYSTEM\"\n\
        system_map = \"systems\"\ndisplay_from = \"TITLE\"\ntranslate = \"icd-10-cm\"\n";
    const SYSTEMS: (&str, &str) =
        ("systems", "source,target\n9,http://hl7.org/fhir/sid/icd-9-cm\n10,http://hl7.org/fhir/sid/icd-10-cm\n");

    fn coding(outcome: &Outcome) -> [&str; 6] {
        let of = |name| outcome.get(name).unwrap_or_default();
        let system = |name| of(name).trim_start_matches("http://hl7.org/fhir/sid/");
        let original = system("code_original_system");
        [of("code"), system("code_system"), of("code_display"), of("code_text"), of("code_original"), original]
    }

    #[test]
    fn diagnoses_of_icd_9_become_the_one_of_icd_10_that_they_have() {
        let check = |system: &str, code: &str, expected: [&str; 6], issues: &[&str]| {
            let row = [("CODE", code), ("SYSTEM", system), ("TITLE", "as it was")];
            let outcome = chart("Condition", ICD, &[SYSTEMS], &row);
            assert_eq!((coding(&outcome), outcome.issues.as_slice()), (expected, issues), "{code}");
        };
        let diabetes = "Type 2 diabetes mellitus without complications";
        let near = ["code_map_inexact"];
        check("9", "250.00", ["E11.9", "icd-10-cm", diabetes, "as it was", "250.00", "icd-9-cm"], &near);
        check("9", "340", ["G35", "icd-10-cm", "Multiple sclerosis", "as it was", "340", "icd-9-cm"], &near);
        check("10", "E11.9", ["E11.9", "icd-10-cm", "as it was", "", "", ""], &[]);
        // Several targets, none, and a code that is none: they stay what they were.
        for (code, issue) in [("649.51", "code_map_ambiguous"), ("365.70", "code_no_map"), ("250", "code_no_map")] {
            check("9", code, [code, "icd-9-cm", "as it was", "", "", ""], &[issue]);
        }
        check("9", "25.0000", ["25.0000", "icd-9-cm", "as it was", "", "", ""], &["code_invalid", "code_no_map"]);
    }

    #[test]
    fn a_line_of_a_code_map_settles_what_the_table_leaves_open() {
        let fields = format!("{ICD}map = \"settled\"\n");
        let settled = "source,target,system,display,equivalence,status,author,reviewer\n\
            365.70,H40.9,http://hl7.org/fhir/sid/icd-10-cm,Unspecified glaucoma,wider,draft,rw,\n";
        let maps = [SYSTEMS, ("settled", settled)];
        let of = |code| chart("Condition", &fields, &maps, &[("CODE", code), ("SYSTEM", "9"), ("TITLE", "")]);
        let outcome = of("365.70");
        assert_eq!(coding(&outcome), ["H40.9", "icd-10-cm", "Unspecified glaucoma", "", "365.70", "icd-9-cm"]);
        assert_eq!(outcome.issues, ["code_map_draft", "code_map_inexact"]);
        assert_eq!(coding(&of("401.9"))[..2], ["I10", "icd-10-cm"]);
    }

    #[test]
    fn drug_codes_get_their_eleven_digits_where_they_can_be_told() {
        let fields = "[[field]]\nto = \"code\"\ntransform = \"code\"\nfrom = \"NDC\"\n\
            system = \"http://hl7.org/fhir/sid/ndc\"\ntranslate = \"ndc-11\"\n";
        for (text, code, original, issues) in [
            ("0002-1433-80", "00002143380", "0002-1433-80", &[][..]),
            ("00002143380", "00002143380", "", &[]),
            ("0002143380", "0002143380", "", &["code_ambiguous"]),
            ("tablet", "tablet", "", &["code_invalid"]),
        ] {
            let outcome = chart("MedicationStatement", fields, &[], &[("NDC", text)]);
            assert_eq!((coding(&outcome)[0], coding(&outcome)[4]), (code, original), "{text}");
            assert_eq!(outcome.issues, issues, "{text}");
        }
    }
}
