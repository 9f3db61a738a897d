//! The transforms `result` and `quantity`: numbers with their units, and the two of a blood pressure.

use crate::connector::{Field, PressurePart, Target};
use crate::model::{Disposition, IssueCode, Value};

use super::{Filling, Work, clean};
use crate::normalize::bind::FieldPlan;
use crate::normalize::transform::number;

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
        match number::parse_quantity(text) {
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
