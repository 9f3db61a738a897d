//! One row through one mapping, for tests.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Normalized, RowCells, normalize};
use crate::connector::{Pack, PackFiles};
use crate::model::{IssueCode, PartialDate, Value};
use crate::normalize::{Context, RowPlan};

/// What a row became: the filled columns of its chart record, and the issues in the order of their names.
#[derive(Debug, PartialEq)]
pub struct Outcome {
    pub chart: BTreeMap<&'static str, String>,
    pub issues: Vec<&'static str>,
}

impl Outcome {
    pub fn get(&self, column: &str) -> Option<&str> {
        self.chart.get(column).map(String::as_str)
    }
}

/// A row under a mapping to `record` with these fields, in a pack with these code maps.
pub fn chart(record: &str, fields: &str, maps: &[(&str, &str)], row: &[(&str, &str)]) -> Outcome {
    let subject = "[[field]]\nto = \"patient\"\nfrom = \"PID\"\ntransform = \"reference\"\nstream = \"people\"\n";
    let subject = if record == "Patient" || record == "Practitioner" { "" } else { subject };
    let (stream, people) =
        ("[[stream]]\nname = ", "files = [\"people.csv\"]\nmappings = [\"person\"]\nkey = [\"PID\"]\n");
    let manifest = format!(
        "format = 1\nid = \"trial\"\nname = \"Trial\"\nversion = \"1.0.0\"\n{stream}\"people\"\n{people}\
         {stream}\"rows\"\nfiles = [\"rows.csv\"]\nmappings = [\"row\"]\nkey = [\"PID\"]\n"
    );
    let person = "record = \"Patient\"\n[[field]]\nto = \"family_name\"\nfrom = \"NAME\"\n";
    let mut files = PackFiles::from([
        ("connector.toml".to_owned(), manifest.into_bytes()),
        ("mappings/person.toml".to_owned(), person.into()),
        ("mappings/row.toml".to_owned(), format!("record = \"{record}\"\n{subject}{fields}").into_bytes()),
    ]);
    files.extend(maps.iter().map(|(name, map)| (format!("codes/{name}.csv"), map.as_bytes().to_vec())));
    let (pack, _) = Pack::parse(&files).expect("a pack");
    let stream = Arc::new(pack.stream("rows").expect("its stream").clone());
    let columns: Vec<String> =
        ["PID"].into_iter().chain(row.iter().map(|(name, _)| *name)).map(str::to_owned).collect();
    let plan = RowPlan::bind(&stream, "trial", &columns).expect("its columns");
    let cells = ["1"].into_iter().chain(row.iter().map(|(_, text)| *text));
    let cells = cells.map(|text| Some(Cow::Borrowed(text)).filter(|text| !text.is_empty())).collect();
    let context = Context {
        as_of: PartialDate::ymd(2026, 3, 1).expect("a day"),
        column_order: vec![None; columns.len()],
        held: false,
        terminology: None,
    };
    let row = RowCells { cells, damaged: Vec::new(), garbled: Vec::new(), raw: b"" };
    let Normalized { drafts, issues, rejected, .. } = normalize(&plan, &row, &context);
    let draft = drafts.into_iter().next().expect("a chart record");
    let value = |value: &Value| match value {
        Value::Integer(number) => Some(number.to_string()),
        Value::Real(number) => Some(number.to_string()),
        other => other.as_str().map(str::to_owned),
    };
    let chart = draft.record.columns().iter().zip(&draft.values);
    let chart = chart.filter_map(|(column, filled)| Some((column.name, value(filled)?))).collect();
    let mut issues: Vec<&str> = issues.iter().chain(&rejected).map(|issue| IssueCode::as_str(issue.code)).collect();
    issues.sort_unstable();
    Outcome { chart, issues }
}
