//! Ties a stream's mappings to the columns of one file.

use std::collections::HashMap;
use std::sync::Arc;

use crate::connector::{Case, Condition, Field, Guard, Mapping, Stream, Target, Transform, folded};
use crate::exchange::fhir::Medications;
use crate::model::chart::{CodingColumns, coding_columns};
use crate::model::{Hash128, PartHasher};

/// A column that a mapping needs and the file does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingColumn {
    pub column: String,
    /// `mappings/patient.toml:6`, or `connector.toml` for a key.
    pub wanted_by: String,
    pub target: String,
}

/// A stream's mappings with column numbers instead of names.
#[derive(Clone, Debug)]
pub struct RowPlan {
    pub stream: Arc<Stream>,
    pub system: String,
    pub columns: Vec<String>,
    /// Column numbers of the key; empty where the key is the content.
    pub key: Vec<usize>,
    /// Per column, whether the pack ignores it.
    pub ignored: Vec<bool>,
    pub(super) mappings: Vec<MappingPlan>,
    /// Columns in the order and under the hash in which their cells enter the content hash, so that a file whose columns
    /// were rearranged has the same records.
    content_order: Vec<(usize, [u8; 8])>,
    /// Column numbers by name, where code looks for them.
    pub(super) places: HashMap<String, u32>,
    /// Columns that are read as dates whose order the column itself decides.
    pub evidence_columns: Vec<usize>,
    /// Drugs that its records name, and the column that names one.
    medications: Option<(usize, Arc<Medications>)>,
}

#[derive(Clone, Debug)]
pub(super) struct MappingPlan {
    pub mapping: Arc<Mapping>,
    pub when: Vec<(usize, Condition)>,
    pub fields: Vec<FieldPlan>,
}

#[derive(Clone, Debug)]
pub(super) struct FieldPlan {
    /// Index into the mapping's fields.
    pub field: usize,
    pub from: Vec<usize>,
    /// Columns of the transform's options, where the file has them.
    pub system_from: Option<usize>,
    pub display_from: Option<usize>,
    pub text_from: Option<usize>,
    pub unit_from: Option<usize>,
    pub low_from: Option<usize>,
    pub high_from: Option<usize>,
    pub folder_from: Option<usize>,
    pub coding: Option<CodingColumns>,
}

/// The number of a column: by its exact name, by a name it had in another layout, or, where only one column fits, without
/// regard to case.
pub fn resolve_column(stream: &Stream, columns: &[String], name: &str) -> Option<usize> {
    let also = stream.also.get(name).map(Vec::as_slice).unwrap_or_default();
    let names = || std::iter::once(name).chain(also.iter().map(String::as_str));
    if let Some(index) = names().find_map(|name| columns.iter().position(|column| column == name)) {
        return Some(index);
    }
    names().find_map(|name| {
        let mut fitting = columns.iter().enumerate().filter(|(_, column)| folded(column) == folded(name));
        match (fitting.next(), fitting.next()) {
            (Some((index, _)), None) => Some(index),
            _ => None,
        }
    })
}

impl RowPlan {
    pub fn bind(stream: &Arc<Stream>, system: &str, columns: &[String]) -> Result<Self, Vec<MissingColumn>> {
        let mut missing = Vec::new();
        let find = |name: &str| resolve_column(stream, columns, name);
        let mut key = Vec::new();
        for column in &stream.key {
            match find(column) {
                Some(index) => key.push(index),
                None => missing.push(MissingColumn {
                    column: column.clone(),
                    wanted_by: format!("connector.toml:{}", stream.key_line),
                    target: format!("the key of stream `{}`", stream.name),
                }),
            }
        }
        let mut mappings = Vec::new();
        for mapping in stream.mappings() {
            mappings.push(bind_mapping(mapping, &find, &mut missing));
        }
        if !missing.is_empty() {
            missing.dedup();
            return Err(missing);
        }
        let mut ignored = vec![false; columns.len()];
        for (name, _) in &stream.ignore {
            if let Some(index) = find(name) {
                ignored[index] = true;
            }
        }
        let evidence_columns = evidence_columns(&mappings);
        Ok(Self {
            stream: stream.clone(),
            system: system.to_owned(),
            columns: columns.to_vec(),
            key,
            ignored,
            content_order: content_order_of(stream, columns),
            mappings,
            places: if stream.standard.is_some() { places(columns) } else { HashMap::new() },
            evidence_columns,
            medications: None,
        })
    }

    /// Notes what the drugs are that records may name.
    pub fn heed_medications(&mut self, medications: &Option<Arc<Medications>>) {
        let column = self.places.get(Medications::PLACE).map(|column| *column as usize);
        self.medications = column.zip(medications.clone());
    }

    pub(super) fn medications(&self) -> Option<&Medications> {
        self.medications.as_ref().map(|(_, medications)| &**medications)
    }

    /// A hash of the drug that a record names, as a resource of its own says it.
    pub fn drug_hash<'c>(&self, cell: impl Fn(usize) -> Option<&'c str>) -> Option<Hash128> {
        let (column, medications) = self.medications.as_ref()?;
        medications.hash_of(cell(*column)?)
    }

    /// A plan for a table whose records are only kept: known by its key, where the file has it.
    pub fn archived(stream: &Arc<Stream>, system: &str, columns: &[String]) -> Self {
        let key: Option<Vec<usize>> = stream.key.iter().map(|name| resolve_column(stream, columns, name)).collect();
        Self { key: key.unwrap_or_default(), ..Self::unclaimed(stream, system, columns) }
    }

    /// A plan for a table that no pack claims: nothing is mapped, everything is kept.
    pub fn unclaimed(stream: &Arc<Stream>, system: &str, columns: &[String]) -> Self {
        Self {
            stream: stream.clone(),
            system: system.to_owned(),
            columns: columns.to_vec(),
            key: Vec::new(),
            ignored: vec![false; columns.len()],
            mappings: Vec::new(),
            content_order: content_order(columns),
            places: HashMap::new(),
            evidence_columns: Vec::new(),
            medications: None,
        }
    }

    /// The hash of a row's content: of its non-blank cells with the names of their columns.
    pub fn content_hash<'c>(&self, hasher: &mut PartHasher, cell: impl Fn(usize) -> Option<&'c [u8]>) -> Hash128 {
        hasher.clear();
        for (index, name) in &self.content_order {
            if let Some(bytes) = cell(*index) {
                hasher.part(name);
                hasher.part(bytes);
            }
        }
        Hash128::from_hash(&hasher.finish())
    }

    /// The column that decides which mapping applies, where one does.
    pub fn deciding_column(&self) -> Option<u32> {
        let deciding = self.mappings.iter().flat_map(|mapping| &mapping.when);
        deciding.filter(|(_, condition)| !condition.column().is_empty()).map(|(column, _)| *column as u32).next()
    }

    /// The mapping behind a draft, by its place in the stream.
    pub fn mapping_name(&self, index: usize) -> &str {
        &self.mappings[index].mapping.name
    }
}

fn places(columns: &[String]) -> HashMap<String, u32> {
    columns.iter().enumerate().map(|(at, name)| (name.clone(), at as u32)).collect()
}

/// Who tells the same again tells nothing new: when it was told is no part of it.
fn content_order_of(stream: &Stream, columns: &[String]) -> Vec<(usize, [u8; 8])> {
    let told = stream.standard.as_ref().and_then(|of| of.standard.told());
    let mut order = content_order(columns);
    order.retain(|(index, _)| Some(columns[*index].as_str()) != told);
    order
}

fn content_order(columns: &[String]) -> Vec<(usize, [u8; 8])> {
    let mut order: Vec<usize> = (0..columns.len()).collect();
    order.sort_by_key(|index| (folded(&columns[*index]), *index));
    let hash = |index: usize| {
        let hash = Hash128::of_parts(&[folded(&columns[index]).as_bytes()]);
        [0, 1, 2, 3, 4, 5, 6, 7].map(|byte: usize| hash.0[byte])
    };
    order.into_iter().map(|index| (index, hash(index))).collect()
}

fn evidence_columns(mappings: &[MappingPlan]) -> Vec<usize> {
    let mut columns = Vec::new();
    for mapping in mappings {
        for plan in &mapping.fields {
            let transform = &mapping.mapping.fields[plan.field].transform;
            if let Transform::Date(order) | Transform::DateTime(order) | Transform::Deceased { order, .. } = transform
                && *order == crate::connector::DateOrder::Evidence
            {
                columns.extend(&plan.from);
            }
        }
    }
    columns.sort_unstable();
    columns.dedup();
    columns
}

fn bind_mapping(
    mapping: &Arc<Mapping>,
    find: &impl Fn(&str) -> Option<usize>,
    missing: &mut Vec<MissingColumn>,
) -> MappingPlan {
    let mut when = Vec::new();
    let mut possible = true;
    for Guard { condition, optional, line } in &mapping.when {
        match (find(condition.column()), condition) {
            (Some(index), _) => when.push((index, condition.clone())),
            (None, _) if !optional => missing.push(MissingColumn {
                column: condition.column().to_owned(),
                wanted_by: format!("mappings/{}.toml:{line}", mapping.name),
                target: "a condition (`[[when]]`)".into(),
            }),
            // Without its column a value is neither one of a list nor present.
            (None, Condition::IsNot { .. } | Condition::Present { present: false, .. }) => {}
            (None, _) => possible = false,
        }
    }
    let mut fields = Vec::new();
    if possible {
        for (index, field) in mapping.fields.iter().enumerate() {
            fields.push(bind_field(mapping, index, field, find, missing));
        }
    }
    if !possible {
        // A mapping that can never apply to this file.
        when = vec![(0, Condition::Is { column: String::new(), values: Vec::new(), case: Case::Exact })];
    }
    MappingPlan { mapping: mapping.clone(), when, fields }
}

fn bind_field(
    mapping: &Mapping,
    index: usize,
    field: &Field,
    find: &impl Fn(&str) -> Option<usize>,
    missing: &mut Vec<MissingColumn>,
) -> FieldPlan {
    let mut plan = FieldPlan {
        field: index,
        from: field.from.iter().filter_map(|name| find(name)).collect(),
        system_from: None,
        display_from: None,
        text_from: None,
        unit_from: None,
        low_from: None,
        high_from: None,
        folder_from: None,
        coding: None,
    };
    let option = |name: &Option<String>| name.as_deref().and_then(find);
    match &field.transform {
        Transform::Code(code) => {
            plan.system_from = option(&code.system_from);
            plan.display_from = option(&code.display_from);
            plan.text_from = option(&code.text_from);
        }
        Transform::Result { unit_from, low_from, high_from, .. } => {
            plan.unit_from = option(unit_from);
            plan.low_from = option(low_from);
            plan.high_from = option(high_from);
        }
        Transform::Quantity { unit_from, .. } => plan.unit_from = option(unit_from),
        Transform::Document { folder_from, .. } => plan.folder_from = option(folder_from),
        _ => {}
    }
    if let Target::Coding(prefix) = &field.target {
        plan.coding = coding_columns(mapping.record, prefix);
    }
    if !field.optional {
        for name in field.columns().filter(|name| find(name).is_none()) {
            missing.push(MissingColumn {
                column: name.to_owned(),
                wanted_by: format!("mappings/{}.toml:{}", mapping.name, field.line),
                target: describe(mapping, field),
            });
        }
    } else if matches!(field.transform, Transform::Reference { .. }) && plan.from.len() < field.from.len() {
        // Part of a key refers to nothing.
        plan.from.clear();
    }
    plan
}

fn describe(mapping: &Mapping, field: &Field) -> String {
    let name = match &field.target {
        Target::Column(index) => mapping.record.columns()[*index].name.to_owned(),
        Target::Extra(name) => format!("extra.{name}"),
        Target::Patient => "patient".into(),
        Target::Coding(prefix) => prefix.clone(),
        Target::Result => "value".into(),
        Target::Content => "content".into(),
        Target::PersonName => "name".into(),
        Target::Address => "address".into(),
        Target::Dosage => "dosage".into(),
    };
    format!("`{name}`")
}
