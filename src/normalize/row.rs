//! One row through its mappings: chart records, a disposition for every cell, and the issues.

use std::borrow::Cow;

use serde_json::{Map, Value as Json};

use crate::connector::{Case, Condition, DateOrder, Field, Mapping, Target, Transform};
use crate::model::person_name::parse_name;
use crate::model::text::trimmed;
use crate::model::{
    CellTotals, ChartId, ColumnKind, Disposition, Issue, IssueCode, KeyHash, PartialDate, Phi, RecordType, SaidSame,
    Value, phone,
};

use super::bind::{FieldPlan, MappingPlan, RowPlan};
use super::transform::{address, date, number, person, serial};
use super::{Context, plausible, truth};

mod coded;
mod filling;
mod measured;
mod people;
mod reference;
mod standard;
#[cfg(test)]
mod trial;

use filling::Filling;
use reference::{Referred, refer};

/// The cells of a row as text, trimmed; `None` where a cell is blank.
pub struct RowCells<'a> {
    pub cells: Vec<Option<Cow<'a, str>>>,
    /// Cells whose bytes or characters had to be replaced.
    pub damaged: Vec<usize>,
    /// Cells that are UTF-8 read as windows-1252, and what they were before.
    pub garbled: Vec<(usize, String)>,
    /// The record as it came.
    pub raw: &'a [u8],
}

/// Which registration a chart record is about: `key` as [`subject_key`] makes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subject {
    pub key: KeyHash,
    pub column: u32,
}

/// The content of a document.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    Note(Phi<String>),
    /// What came within the record.
    Bytes(Phi<Vec<u8>>),
    /// A file of the source: below `under`, which the name never leaves, in the folder that a cell names.
    File {
        under: Option<String>,
        folder: Option<Phi<String>>,
        name: Phi<String>,
        /// Of the cell that holds the name.
        column: u32,
    },
}

/// A chart record whose patient is not resolved yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    pub record: RecordType,
    /// Place of the mapping in its stream.
    pub mapping: usize,
    pub subject: Option<Subject>,
    pub values: Vec<Value>,
    pub content: Option<Content>,
    /// Other chart records it refers to.
    pub references: Vec<Reference>,
    /// Of a patient: whom the source calls the same person; sorted.
    pub same_person: Vec<SaidSame>,
    /// Columns that somebody's age may put in doubt, each with the source column that it was read from.
    pub of_age: Vec<(usize, u32)>,
}

/// A reference from one chart record to another, not looked up yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reference {
    pub to: RecordType,
    pub id: ChartId,
    /// The source column that makes it.
    pub column: u32,
}

/// What became of a row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Normalized {
    pub drafts: Vec<Draft>,
    /// Per column; `None` for blank cells.
    pub dispositions: Vec<Option<Disposition>>,
    pub issues: Vec<Issue>,
    /// Why the row cannot be loaded.
    pub rejected: Option<Issue>,
}

impl Normalized {
    pub fn count_cells(&self, totals: &mut CellTotals) {
        for disposition in self.dispositions.iter().flatten() {
            totals.add(*disposition, 1);
        }
    }
}

/// Applies a stream's mappings to a row. Cannot fail: what is wrong stands in the result.
pub fn normalize(plan: &RowPlan, row: &RowCells<'_>, context: &Context) -> Normalized {
    if let Some(standard) = &plan.stream.standard {
        return standard::normalize(plan, standard, row, context);
    }
    let mut work = Work {
        plan,
        context,
        cells: &row.cells,
        meant: if plan.stream.repairs_mojibake { &row.garbled } else { &[] },
        null: row.cells.iter().map(|cell| cell.as_deref().is_some_and(|text| is_null(plan, text))).collect(),
        used: vec![None; row.cells.len()],
        issues: Vec::new(),
        rejected: None,
    };
    for column in &row.damaged {
        work.issue(IssueCode::EncodingInvalid, Some(*column));
    }
    let code = if plan.stream.repairs_mojibake { IssueCode::TextRepaired } else { IssueCode::Mojibake };
    for (column, _) in &row.garbled {
        work.issue(code, Some(*column));
    }
    let mut drafts = Vec::new();
    for (index, mapping) in plan.mappings.iter().enumerate() {
        if work.applies(mapping) {
            drafts.push(work.draft(index, mapping));
        }
    }
    if !drafts.is_empty() {
        // The key decides the record's id: it has its place in the chart.
        for column in &plan.key {
            if work.cells.get(*column).is_some_and(Option::is_some) {
                work.mark(*column, Disposition::Mapped);
            }
        }
    }
    if context.held && work.rejected.is_none() {
        work.rejected = Some(Issue { code: IssueCode::LayoutChanged, column: None });
    }
    let dispositions = work.dispositions();
    Normalized { drafts, dispositions, issues: work.issues, rejected: work.rejected }
}

fn is_null(plan: &RowPlan, text: &str) -> bool {
    !plan.stream.null_values.is_empty() && text.len() <= 32 && plan.stream.null_values.contains(&text.to_lowercase())
}

/// The state of one row's normalization.
struct Work<'a> {
    plan: &'a RowPlan,
    context: &'a Context,
    cells: &'a [Option<Cow<'a, str>>],
    /// What is taken in the place of cells.
    meant: &'a [(usize, String)],
    /// Cells that say "no value".
    null: Vec<bool>,
    used: Vec<Option<Disposition>>,
    issues: Vec<Issue>,
    rejected: Option<Issue>,
}

impl<'a> Work<'a> {
    /// The text of a cell, if it says anything.
    fn text(&self, column: usize) -> Option<&'a str> {
        match self.meant.iter().find(|(at, _)| *at == column) {
            Some((_, meant)) => Some(meant.as_str()).filter(|text| !text.is_empty() && !self.null[column]),
            None => self.written(column),
        }
    }

    /// The same as it stands in the source: what keys and files are called there.
    fn written(&self, column: usize) -> Option<&'a str> {
        if self.null[column] { None } else { self.cells[column].as_deref() }
    }

    fn issue(&mut self, code: IssueCode, column: Option<usize>) {
        self.issues.push(Issue { code, column: column.map(|column| column as u32) });
    }

    /// Notes what became of a cell; a failure outweighs a translation, a translation a plain value.
    fn mark(&mut self, column: usize, disposition: Disposition) {
        let weight = |d: Option<Disposition>| match d {
            Some(Disposition::Failed) => 3,
            Some(Disposition::Coded) => 2,
            Some(Disposition::Mapped) => 1,
            _ => 0,
        };
        if weight(Some(disposition)) > weight(self.used[column]) {
            self.used[column] = Some(disposition);
        }
    }

    fn fail(&mut self, code: IssueCode, column: usize) {
        self.issue(code, Some(column));
        self.mark(column, Disposition::Failed);
    }

    fn dispositions(&self) -> Vec<Option<Disposition>> {
        (0..self.cells.len())
            .map(|column| {
                self.cells[column].as_ref()?;
                Some(match self.used[column] {
                    Some(disposition) => disposition,
                    None if self.plan.ignored.get(column) == Some(&true) || self.null[column] => Disposition::Ignored,
                    None => Disposition::Kept,
                })
            })
            .collect()
    }

    fn applies(&mut self, mapping: &MappingPlan) -> bool {
        let holds = mapping.when.iter().all(|(column, condition)| {
            let text = self.text(*column);
            let one_of = |values: &[String], case: Case| text.is_some_and(|text| case.is_among(text, values));
            match condition {
                Condition::Is { values, case, .. } => one_of(values, *case),
                Condition::IsNot { values, case, .. } => !one_of(values, *case),
                Condition::Present { present, .. } => text.is_some() == *present,
            }
        });
        if holds {
            for (column, _) in &mapping.when {
                if self.text(*column).is_some() {
                    self.mark(*column, Disposition::Mapped);
                }
            }
        }
        holds
    }

    fn draft(&mut self, index: usize, plan: &MappingPlan) -> Draft {
        let mapping = &*plan.mapping;
        let mut filling = Filling {
            record: mapping.record,
            values: vec![Value::Null; mapping.record.columns().len()],
            sources: Vec::new(),
            extra: Map::new(),
            subject: None,
            content: None,
            references: Vec::new(),
        };
        for field_plan in &plan.fields {
            let field = &mapping.fields[field_plan.field];
            let filled = self.field(mapping, field, field_plan, &mut filling);
            if !filled && field.required && self.rejected.is_none() {
                let column = field_plan.from.first().map(|column| *column as u32);
                self.rejected = Some(Issue { code: IssueCode::RequiredMissing, column });
            }
        }
        self.code_unit(&mut filling);
        if !filling.extra.is_empty() {
            let extra = mapping.record.extra_column();
            filling.values[extra] = Value::text(Json::Object(std::mem::take(&mut filling.extra)).to_string());
        }
        for fault in truth::enforce(mapping.record, &mut filling.values, self.context) {
            match filling.sources.iter().find(|(target, _)| *target == fault.column) {
                Some((_, source)) if fault.code.is_told_only() => {
                    self.issue(fault.code, Some(*source));
                }
                Some((_, source)) => self.fail(fault.code, *source),
                None => self.issue(fault.code, None),
            }
        }
        if mapping.record == RecordType::Patient && self.rejected.is_none() && truth::is_nobody(&filling.values) {
            let column = self.plan.key.first().map(|column| *column as u32);
            self.rejected = Some(Issue { code: IssueCode::RequiredMissing, column });
        }
        let Filling { record, values, subject, content, references, sources, .. } = filling;
        let of_age = sources.into_iter().filter(|(at, _)| plausible::is_of_age(record, *at));
        let of_age = of_age.map(|(at, source)| (at, source as u32)).collect();
        Draft { record, mapping: index, subject, values, content, references, same_person: Vec::new(), of_age }
    }

    /// Puts a field's value in its place; false where there is none.
    fn field(&mut self, mapping: &Mapping, field: &Field, plan: &FieldPlan, filling: &mut Filling) -> bool {
        match &field.transform {
            Transform::Constant(value) => {
                return filling.put(&field.target, constant(mapping, &field.target, value), None);
            }
            Transform::Code(code) => return self.coded(code, plan, filling),
            Transform::Presence { then, otherwise } => {
                let present: Vec<usize> = plan.from.iter().copied().filter(|c| self.text(*c).is_some()).collect();
                present.iter().for_each(|column| self.mark(*column, Disposition::Mapped));
                let word = if present.is_empty() { otherwise } else { then };
                let Some(word) = word else { return false };
                return filling.put(&field.target, constant(mapping, &field.target, word), present.first().copied());
            }
            Transform::Join { separator } => {
                let texts: Vec<&str> = plan.from.iter().filter_map(|column| self.text(*column)).collect();
                if !texts.is_empty() {
                    let joined = texts.join(separator);
                    for column in plan.from.iter().copied().filter(|c| self.text(*c).is_some()).collect::<Vec<_>>() {
                        self.mark(column, Disposition::Mapped);
                    }
                    return filling.put(&field.target, clean(&joined), plan.from.first().copied());
                }
            }
            Transform::Reference { stream } => return self.reference(stream, field, plan, filling),
            _ => {}
        }
        let found = plan.from.iter().copied().find_map(|column| Some((column, self.text(column)?)));
        let filled = match found {
            Some((column, text)) => self.single(&field.transform, field, plan, column, text, filling),
            None => false,
        };
        match &field.default {
            Some(default) if !filled => filling.put(&field.target, constant(mapping, &field.target, default), None),
            _ => filled,
        }
    }

    /// A transform of one cell.
    fn single(
        &mut self,
        transform: &Transform,
        field: &Field,
        plan: &FieldPlan,
        column: usize,
        text: &'a str,
        filling: &mut Filling,
    ) -> bool {
        let order = |order: DateOrder| match order {
            DateOrder::Evidence => self.context.column_order.get(column).copied().flatten(),
            order => Some(order),
        };
        let as_of = self.context.as_of;
        let mut disposition = Disposition::Mapped;
        let value = match transform {
            Transform::Text => Ok(clean(text)),
            Transform::Date(wanted) => date::parse_date(text, order(*wanted), as_of).map(Value::date),
            Transform::DateTime(wanted) => {
                date::parse_datetime(text, order(*wanted), as_of).map(|d| Value::text(d.iso()))
            }
            Transform::Serial(kind) => {
                serial::parse_serial(text, *kind).map(|read| match filling.kind(&field.target) {
                    Some(ColumnKind::Date) => Value::date(read.date),
                    _ => Value::text(read.iso()),
                })
            }
            Transform::Integer => match filling.kind(&field.target) {
                Some(ColumnKind::Real) => number::parse_integer(text).map(|n| Value::Real(n as f64)),
                _ => number::parse_integer(text).map(Value::Integer),
            },
            Transform::Decimal => number::parse_decimal(text).map(Value::Real),
            Transform::Boolean { true_values, false_values } => {
                let text = text.to_lowercase();
                match (true_values.contains(&text), false_values.contains(&text)) {
                    (true, _) => Ok(Value::Integer(1)),
                    (_, true) => Ok(Value::Integer(0)),
                    _ => Err(IssueCode::ValueRejected),
                }
            }
            Transform::Deceased { order: wanted, true_values, false_values } => {
                let text_lower = text.to_lowercase();
                let said = match (true_values.contains(&text_lower), false_values.contains(&text_lower)) {
                    (true, _) => Some(true),
                    (_, true) => Some(false),
                    _ => None,
                };
                return self.deceased(text, said, order(*wanted), column, filling);
            }
            Transform::Phone => person::check_phone(text).map(|()| {
                self.tell_placeholder(phone::is_placeholder(text), column);
                clean(text)
            }),
            Transform::Email => person::check_email(text).map(|()| clean(text)),
            Transform::Ssn => person::check_ssn(text).map(|()| {
                self.tell_placeholder(person::is_dummy_ssn(text), column);
                clean(text)
            }),
            Transform::PersonWord(kind) => return self.person_word(*kind, field, column, text, filling),
            Transform::PostalCode => person::check_postal_code(text).map(|()| clean(text)),
            Transform::Map(map) => match map.get(text) {
                Some(translation) if translation.target.is_empty() => {
                    self.mark(column, Disposition::Coded);
                    return false;
                }
                Some(translation) => {
                    self.doubts_of(translation, column);
                    disposition = Disposition::Coded;
                    Ok(typed(filling.kind(&field.target), &translation.target))
                }
                None => Err(IssueCode::CodeUnmapped),
            },
            Transform::Name => match parse_name(text) {
                Ok(parts) => {
                    let parts = [
                        ("name_prefix", parts.prefix),
                        ("given_name", parts.given),
                        ("middle_name", parts.middle),
                        ("family_name", parts.family),
                        ("name_suffix", parts.suffix),
                    ];
                    return self.put_parts(parts, column, filling);
                }
                Err(code) => Err(code),
            },
            Transform::Address => {
                let parts = address::parse_address(text);
                let parts = [
                    ("address_line1", parts.line),
                    ("city", parts.city),
                    ("state", parts.state),
                    ("postal_code", parts.postal_code),
                    ("address_text", Some(text.to_owned())),
                ];
                return self.put_parts(parts, column, filling);
            }
            Transform::Sig => {
                self.mark(column, Disposition::Mapped);
                filling.put_directions(text, column);
                return true;
            }
            Transform::Result { unit, part: Some(part), .. } => {
                return self.pressure(text, *part, unit.as_deref(), plan, column, filling);
            }
            Transform::Result { unit, .. } => {
                self.result(text, unit.as_deref(), plan, column, filling);
                return true;
            }
            Transform::Quantity { unit, .. } => {
                return self.quantity(text, unit.as_deref(), field, plan, column, filling);
            }
            Transform::Document { under, .. } => {
                let folder = plan.folder_from.filter(|folder| self.take_text(Some(*folder)).is_some());
                let folder = folder.and_then(|folder| self.written(folder)).map(|name| Phi::new(name.to_owned()));
                self.mark(column, Disposition::Mapped);
                let name = Phi::new(self.written(column).unwrap_or(text).to_owned());
                let under = under.clone();
                filling.content = Some(Content::File { under, folder, name, column: column as u32 });
                filling.put_named("file_name", clean(text));
                return true;
            }
            Transform::Note => {
                self.mark(column, Disposition::Mapped);
                filling.content = Some(Content::Note(Phi::new(text.replace('\0', ""))));
                return true;
            }
            Transform::Constant(_)
            | Transform::Code(_)
            | Transform::Presence { .. }
            | Transform::Join { .. }
            | Transform::Reference { .. } => {
                return false;
            }
        };
        match value {
            Ok(value) => {
                self.mark(column, disposition);
                filling.put(&field.target, value, Some(column))
            }
            Err(code) => {
                self.fail(code, column);
                false
            }
        }
    }

    fn put_parts<const N: usize>(
        &mut self,
        parts: [(&str, Option<String>); N],
        column: usize,
        filling: &mut Filling,
    ) -> bool {
        self.mark(column, Disposition::Mapped);
        for (name, part) in parts {
            if let Some(part) = part {
                filling.put_named(name, clean(&part));
            }
        }
        true
    }

    /// The id of the record that a key refers to, or the patient.
    fn reference(&mut self, stream: &str, field: &Field, plan: &FieldPlan, filling: &mut Filling) -> bool {
        let cells: Vec<&str> =
            plan.from.iter().map(|column| trimmed(self.written(*column).unwrap_or_default())).collect();
        if cells.iter().all(|cell| cell.is_empty())
            || (field.target != Target::Patient && cells.iter().any(|cell| cell.is_empty()))
        {
            return false;
        }
        for column in &plan.from {
            self.mark(*column, Disposition::Mapped);
        }
        let Referred { id, subject } = refer(&self.plan.system, stream, &cells);
        if field.target == Target::Patient {
            filling.subject = Some(Subject { key: subject, column: plan.from[0] as u32 });
            return true;
        }
        if let Some(ColumnKind::Reference(to)) = filling.kind(&field.target) {
            filling.references.push(Reference { to, id, column: plan.from[0] as u32 });
        }
        filling.put(&field.target, Value::Id(id), Some(plan.from[0]))
    }

    /// The text of an optional column, which is thereby mapped.
    fn take_text(&mut self, column: Option<usize>) -> Option<&'a str> {
        let column = column?;
        let text = self.text(column)?;
        self.mark(column, Disposition::Mapped);
        Some(text)
    }
}

/// Text as the chart takes it: NUL, which PostgreSQL has not and C programs end at, is left out.
fn clean(text: &str) -> Value {
    if text.contains('\0') { Value::text(text.replace('\0', "")) } else { Value::text(text) }
}

fn constant(mapping: &Mapping, target: &Target, word: &str) -> Value {
    match target {
        Target::Column(index) => typed(Some(mapping.record.columns()[*index].kind), word),
        _ => Value::text(word),
    }
}

/// A word of a pack as a value of its column.
fn typed(kind: Option<ColumnKind>, word: &str) -> Value {
    match kind {
        Some(ColumnKind::Boolean) => Value::Integer(i64::from(matches!(word, "true" | "1"))),
        Some(ColumnKind::Integer) => word.parse().map_or(Value::Null, Value::Integer),
        Some(ColumnKind::Real) => word.parse().map_or(Value::Null, Value::Real),
        _ => Value::text(word),
    }
}

/// The date at the front of a stored date or date and time.
pub(super) fn stored_date(value: &Value) -> Option<PartialDate> {
    value.as_str().and_then(PartialDate::parse_iso)
}
