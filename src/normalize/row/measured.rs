//! The transforms `result` and `quantity`: numbers with their units, and the two of a blood pressure.

use serde_json::json;

use crate::connector::{Field, PressurePart, Target};
use crate::model::{Disposition, IssueCode, RecordType, Value};

use super::{Filling, Work, clean};
use crate::normalize::bind::FieldPlan;
use crate::normalize::transform::number;
use crate::normalize::ucum;

impl Work<'_> {
    pub(super) fn result(
        &mut self,
        text: &str,
        unit: Option<&str>,
        plan: &FieldPlan,
        column: usize,
        filling: &mut Filling,
    ) {
        self.mark(column, Disposition::Mapped);
        let unit_cell = self.take_text(plan.unit_from);
        let unit = unit_cell.or(unit);
        // `+2` without a unit is a grade.
        let quantity = number::parse_quantity(text).filter(|_| unit.is_some() || !number::is_grade(text));
        filling.sources.extend(filling.record.column_index("value_quantity").map(|at| (at, column)));
        let of_unit = plan.unit_from.filter(|_| unit_cell.is_some()).unwrap_or(column);
        filling.sources.extend(filling.record.column_index("value_unit").map(|at| (at, of_unit)));
        match quantity {
            Some(quantity) if unit.is_none() || quantity.unit.is_none() || quantity.unit == unit => {
                filling.put_named("value_quantity", Value::Real(quantity.value));
                if let Some(comparator) = quantity.comparator {
                    filling.put_named("value_comparator", Value::text(comparator));
                }
                if let Some(original) = quantity.original {
                    filling.put_named("value_original", Value::text(original));
                }
                if let Some(unit) = unit.or(quantity.unit) {
                    filling.put_named("value_unit", clean(unit));
                }
            }
            Some(_) => {
                // Two units that differ: neither is the result's for certain.
                self.issue(IssueCode::QuantityInvalid, Some(column));
                filling.put_named("value_string", clean(text));
            }
            None => {
                // Where the mapping says the unit there is one number; `120/80` are two.
                if unit_cell.is_none() && unit.is_some() && text.trim_start().starts_with(|c: char| c.is_ascii_digit())
                {
                    self.issue(IssueCode::QuantityInvalid, Some(column));
                }
                filling.put_named("value_string", clean(text));
                if let Some(unit) = unit_cell {
                    filling.put_named("value_unit", clean(unit));
                }
            }
        }
        self.reference_range(plan, filling);
    }

    /// The code of a number's unit stands beside it, where FHIR has it; the unit stays as it is written.
    pub(super) fn code_unit(&mut self, filling: &mut Filling) {
        if filling.record != RecordType::Observation {
            return;
        }
        let at = |name: &str| filling.record.column_index(name);
        let Some((number, place)) = at("value_quantity").zip(at("value_unit")) else { return };
        if filling.values[number].is_null() {
            return;
        }
        let Some(unit) = filling.values[place].as_str() else { return };
        match ucum::code(unit) {
            Some(code) => {
                let quantity = || json!({ "system": ucum::UCUM, "code": code });
                filling.extra.entry("valueQuantity").or_insert_with(quantity);
            }
            None => {
                let source = filling.sources.iter().find(|(target, _)| *target == place).map(|(_, source)| *source);
                self.issue(IssueCode::UnitUnknown, source);
            }
        }
    }

    /// Low and high of what is normal. From 0 to 0 is what programs write where there is no range; a range upside down is none.
    fn reference_range(&mut self, plan: &FieldPlan, filling: &mut Filling) {
        let mut bounds: Vec<(&str, usize, f64)> = Vec::new();
        for (bound, from) in [("reference_low", plan.low_from), ("reference_high", plan.high_from)] {
            let Some((column, text)) = from.and_then(|column| Some((column, self.text(column)?))) else { continue };
            match number::parse_decimal(text) {
                Ok(number) => bounds.push((bound, column, number)),
                Err(code) => self.fail(code, column),
            }
        }
        if let [(_, low_column, low), (_, high_column, high)] = bounds[..] {
            if low == 0.0 && high == 0.0 {
                return;
            }
            if high < low {
                self.fail(IssueCode::QuantityInvalid, high_column);
                self.mark(low_column, Disposition::Failed);
                return;
            }
        }
        for (bound, column, number) in bounds {
            self.mark(column, Disposition::Mapped);
            filling.put_named(bound, Value::Real(number));
        }
    }

    pub(super) fn quantity(
        &mut self,
        text: &str,
        unit: Option<&str>,
        field: &Field,
        plan: &FieldPlan,
        column: usize,
        filling: &mut Filling,
    ) -> bool {
        let Some(quantity) = number::parse_quantity(text).filter(|quantity| quantity.comparator.is_none()) else {
            self.fail(IssueCode::QuantityInvalid, column);
            return false;
        };
        let said = self.take_text(plan.unit_from).or(unit);
        let differs = |own: &str| said.is_some_and(|said| !own.eq_ignore_ascii_case(said.trim()));
        if quantity.unit.is_some_and(differs) {
            // `5 g` in a column of milligrams is neither 5 mg nor, for certain, 5 g.
            self.fail(IssueCode::QuantityInvalid, column);
            return false;
        }
        self.mark(column, Disposition::Mapped);
        let unit = said.or(quantity.unit);
        if let (Target::Column(index), Some(unit)) = (&field.target, unit) {
            let name = filling.record.columns()[*index].name;
            let unit_column = match name {
                "dose_quantity" => "dose_unit".to_owned(),
                name => name.replace("_value", "_unit"),
            };
            filling.put_named(&unit_column, clean(unit));
        }
        filling.put(&field.target, Value::Real(quantity.value), Some(column))
    }

    /// One number of a blood pressure that stands in one cell; a cell that has not just these two is charted as its text, once.
    pub(super) fn pressure(
        &mut self,
        text: &str,
        part: PressurePart,
        unit: Option<&str>,
        plan: &FieldPlan,
        column: usize,
        filling: &mut Filling,
    ) -> bool {
        let unit_cell = self.take_text(plan.unit_from);
        let Some((systolic, diastolic)) = number::parse_pressure(text) else {
            self.fail(IssueCode::QuantityInvalid, column);
            if part == PressurePart::Systolic {
                filling.put_named("value_string", clean(text));
            }
            return part == PressurePart::Systolic;
        };
        self.mark(column, Disposition::Mapped);
        let number = if part == PressurePart::Systolic { systolic } else { diastolic };
        filling.put_named("value_quantity", Value::Real(number));
        if let Some(unit) = unit_cell.or(unit) {
            filling.put_named("value_unit", clean(unit));
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::super::trial::chart;

    fn result(options: &str, row: &[(&str, &str)]) -> [String; 4] {
        let field = format!("[[field]]\nto = \"value\"\nfrom = \"V\"\ntransform = \"result\"\n{options}");
        let outcome = chart("Observation", &field, &[], row);
        let of = |name| outcome.get(name).unwrap_or_default().to_owned();
        let code = of("extra").replace("{\"valueQuantity\":{\"system\":\"http://unitsofmeasure.org\",\"code\":\"", "");
        let number = format!("{}{}", of("value_comparator"), of("value_quantity"));
        let code = if outcome.issues.is_empty() { code.replace("\"}}", "") } else { outcome.issues.join(" ") };
        [number, of("value_unit"), of("value_string"), code]
    }

    #[test]
    fn the_code_of_a_unit_stands_beside_it() {
        let of = |value: &str, unit: &str| result("unit_from = \"U\"\n", &[("V", value), ("U", unit)]);
        assert_eq!(of("5.2", "mg/dl"), ["5.2", "mg/dl", "", "mg/dL"]);
        assert_eq!(of("<5", "K/uL"), ["<5", "K/uL", "", "10*3/uL"]);
        assert_eq!(of("4.5 x10^3/uL", ""), ["4.5", "x10^3/uL", "", "10*3/uL"]);
        assert_eq!(of("5", "cells/mmL"), ["5", "cells/mmL", "", "unit_unknown"]);
        assert_eq!(of("5", ""), ["5", "", "", ""]);
        // A text has no quantity.
        assert_eq!(of("trace", "mg/dL"), ["", "mg/dL", "trace", ""]);
        assert_eq!(result("unit = \"[lb_av]\"\n", &[("V", "150")]), ["150", "[lb_av]", "", "[lb_av]"]);
    }

    #[test]
    fn grades_titres_ranges_and_words_stay_what_they_are() {
        for text in [
            "1+",
            "2+",
            "3 +",
            "4+",
            "++",
            "+1",
            "+4",
            "trace",
            "Trace",
            "positive",
            "NEGATIVE",
            "reactive",
            "Non-Reactive",
            "1:128",
            "<1:10",
            ">=1:640",
            "1:40 titer",
            "3-5",
            "3 - 5",
            "0.5-1.0",
            "0-2 /hpf",
            "5 to 10",
            "10^5",
            "1,234",
            "1/2",
            "120 [H]",
            "20 % of cells",
            "5 (L)",
            "TNTC",
            "1+ bacteria",
            "<5-10",
            "> 100,000",
        ] {
            assert_eq!(result("", &[("V", text)]), ["", "", text, ""], "{text}");
            let with_unit = result("unit_from = \"U\"\n", &[("V", text), ("U", "mg/dL")]);
            if !text.starts_with("+1") && !text.starts_with("+4") {
                assert_eq!(with_unit, ["", "mg/dL", text, ""], "{text}");
            }
        }
        // With a unit a sign is a number's.
        assert_eq!(result("unit = \"mmol/L\"\n", &[("V", "+2")]), ["2", "mmol/L", "", "mmol/L"]);
        assert_eq!(result("", &[("V", "+12.5")]), ["12.5", "", "", ""]);
    }

    #[test]
    fn a_blood_pressure_in_one_cell_is_two_results() {
        let part = |part: &str, text: &str| {
            let field = format!(
                "[[field]]\nto = \"value\"\nfrom = \"BP\"\ntransform = \"result\"\nunit = \"mm[Hg]\"\npart = \"{part}\"\n"
            );
            let outcome = chart("Observation", &field, &[], &[("BP", text)]);
            let of = |name| outcome.get(name).unwrap_or_default().to_owned();
            (of("value_quantity"), of("value_unit"), of("value_string"), outcome.issues)
        };
        let unit = || "mm[Hg]".to_owned();
        let none = String::new;
        for text in ["150/84", "150 over 84", "150 / 84 mmHg", "BP 150/84"] {
            assert_eq!(part("systolic", text), ("150".into(), unit(), none(), vec![]), "{text}");
            assert_eq!(part("diastolic", text), ("84".into(), unit(), none(), vec![]), "{text}");
        }
        let invalid = || vec!["quantity_invalid"];
        assert_eq!(part("systolic", "not taken"), (none(), none(), "not taken".into(), invalid()));
        assert_eq!(part("diastolic", "not taken"), (none(), none(), none(), invalid()));
    }
}
