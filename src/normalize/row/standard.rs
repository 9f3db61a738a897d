//! A record in a standard form as chart records: what code read in it, held to the same truth as what mappings read.

use super::super::bind::RowPlan;
use super::super::{Context, plausible, truth};
use super::reference::refer;
use super::{Content, Draft, Normalized, Reference, RowCells, Subject};
use crate::connector::StandardStream;
use crate::exchange::{Chart, Document, Received, Referred, SamePerson, ccda, fhir, hl7v2};
use crate::model::text::trimmed;
use crate::model::{
    ColumnKind, Disposition, Issue, IssueCode, NamedPerson, Phi, RecordType, SaidSame, Sameness, Standard, Value,
};

pub(super) fn normalize(plan: &RowPlan, of: &StandardStream, row: &RowCells<'_>, context: &Context) -> Normalized {
    let text = String::from_utf8_lossy(row.raw);
    let mut received = match of.standard {
        Standard::FhirR4 => fhir::receive(&text, plan.medications()),
        Standard::Ccda => ccda::receive(&of.resource, &text),
        Standard::Hl7v2 => hl7v2::receive(&of.resource, &text),
    };
    let Received { charts, used, issues, rejected, .. } = &mut received;
    let place = |path: &str| plan.places.get(path).copied();
    let issue = |(code, path): (IssueCode, Option<String>)| Issue { code, column: path.as_deref().and_then(place) };
    let mut issues: Vec<Issue> = std::mem::take(issues).into_iter().map(issue).collect();
    let mut rejected = rejected.take().map(issue);
    for chart in charts {
        let mut faults = Vec::new();
        for fault in truth::enforce(chart.record, &mut chart.values, context) {
            let source = chart.sources.iter().find(|(at, _)| *at == fault.column).map(|(_, path)| path.clone());
            faults.push((fault.code, source));
        }
        for (code, source) in faults {
            issues.push(issue((code, source.clone())));
            if let Some(source) = source.filter(|_| !code.is_told_only()) {
                used.insert(source, Disposition::Failed);
            }
        }
        if chart.record == RecordType::Patient && truth::is_nobody(&chart.values) {
            let column = plan.key.first().map(|column| *column as u32);
            rejected.get_or_insert(Issue { code: IssueCode::RequiredMissing, column });
        }
    }
    received.keep_rest();
    let Received { charts, used, .. } = received;
    let drafts = charts.into_iter().map(|chart| draft_of(plan, of, chart)).collect();
    if context.held {
        rejected.get_or_insert(Issue { code: IssueCode::LayoutChanged, column: None });
    }
    let disposition = |(at, cell): (usize, &Option<_>)| {
        cell.as_ref()?;
        Some(plan.columns.get(at).and_then(|path| used.get(path)).copied().unwrap_or(Disposition::Kept))
    };
    let dispositions = row.cells.iter().enumerate().map(disposition).collect();
    Normalized { drafts, dispositions, issues, rejected }
}

fn draft_of(plan: &RowPlan, of: &StandardStream, chart: Chart) -> Draft {
    let Chart { record, part, mut values, patient, references, content, same_person, sources } = chart;
    let column = |referred: &Referred| plan.places.get(&referred.path).copied().unwrap_or_default();
    let stream = |referred: &Referred| of.streams.get(&referred.kind).map_or("", String::as_str);
    let subject = patient.map(|patient| {
        let key = refer(&plan.system, stream(&patient), &[&patient.key]).subject;
        Subject { key, column: column(&patient) }
    });
    let mut refers = Vec::new();
    for (at, referred) in references {
        let ColumnKind::Reference(to) = record.columns()[at].kind else { continue };
        let id = refer(&plan.system, stream(&referred), &[&referred.key]).id;
        values[at] = Value::Id(id);
        refers.push(Reference { to, id, column: column(&referred) });
    }
    let content = content.map(|content| match content {
        Document::Bytes(bytes) => Content::Bytes(Phi::new(bytes)),
        Document::Text(text) => Content::Note(Phi::new(text)),
        Document::File(name, path) => {
            let column = plan.places.get(&path).copied().unwrap_or_default();
            Content::File { under: None, folder: None, name: Phi::new(name), column }
        }
    });
    let mut same_person: Vec<SaidSame> = same_person.into_iter().filter_map(|one| said_same(of, one)).collect();
    same_person.sort_unstable();
    same_person.dedup();
    let of_age = sources.into_iter().filter(|(at, _)| plausible::is_of_age(record, *at));
    let of_age = of_age.filter_map(|(at, path)| Some((at, plan.places.get(&path).copied()?))).collect();
    Draft { record, mapping: part, subject, values, content, references: refers, same_person, of_age }
}

/// None where it names nobody.
fn said_same(of: &StandardStream, said: SamePerson) -> Option<SaidSame> {
    // As cells are, and as no database of text holds a NUL.
    let text = |text: &str| Some(trimmed(text).replace('\0', "\u{fffd}")).filter(|text| !text.is_empty()).map(Phi::new);
    Some(match said {
        SamePerson::Key(referred, sameness) => {
            let stream = of.streams.get(&referred.kind)?.clone();
            SaidSame { named: NamedPerson::Key(stream, text(&referred.key)?), sameness }
        }
        SamePerson::Number { number, .. } => {
            // A number alone does not say who gave it: the two must agree beside it.
            SaidSame { named: NamedPerson::Number(text(&number)?), sameness: Sameness::Related }
        }
    })
}
