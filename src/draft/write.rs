//! The draft as the files of a pack.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::codes::{OPEN, code_map, system_map};
use super::lexicon::{Form, SMOKING};
use super::query::select;
use super::words::words;
use super::{Draft, DraftStream, Guard, Guess};
use crate::connector::PackFiles;
use crate::model::RecordType;
use crate::profile::{ColumnProfile, Kind, SourceProfile, TableProfile};

const SNOMED: &str = "http://snomed.info/sct";
const RXNORM: &str = "http://www.nlm.nih.gov/research/umls/rxnorm";

pub fn files(draft: &Draft, profile: &SourceProfile, id: &str) -> PackFiles {
    let mut files = PackFiles::new();
    let mut manifest = String::new();
    // Writing to a text cannot fail.
    let _ = writeln!(
        manifest,
        "# A draft from names, values and references. What says TODO is open: `chartlift connectors check DIR` lists it.\n\
         format = 1\nid = {}\nname = {}\nversion = \"0.1.0\"\ndescription = \"draft\"",
        quoted(id),
        quoted(&format!("{id} (draft)"))
    );
    for stream in &draft.streams {
        let table = &profile.tables[stream.table];
        if table.columns.is_empty() {
            continue;
        }
        let mut mappings = Vec::new();
        if let Some(record) = stream.record {
            mappings = mappings_of(draft, profile, stream, record, &mut files);
        }
        let view = &draft.views[stream.table];
        let used = used_columns(stream);
        let is_joined = used.iter().any(|column| view.origin(*column).is_some());
        let is_asked = !mappings.is_empty() && (is_joined || stream.only.is_some());
        if mappings.is_empty() && stream.only.is_some() {
            continue;
        }
        if is_asked {
            let name = unused(&files, "queries", &stream.name, "sql");
            let key = stream.key.map(|key| quoted(&table.columns[key].name));
            let names: Vec<String> = mappings.iter().map(|name| quoted(name)).collect();
            let _ = writeln!(
                manifest,
                "\n[[stream]]\nname = {}\nquery = {}\n# {}",
                quoted(&stream.name),
                quoted(&name),
                comment(&stream.why)
            );
            let _ = key.map(|key| writeln!(manifest, "key = [{key}]"));
            let _ = writeln!(manifest, "mappings = [{}]", names.join(", "));
            let select = select(profile, stream.table, view, &used, stream.only.as_ref());
            let head = "-- A draft: what other tables say of a row, along keys that they share.\n";
            files.insert(format!("queries/{name}.sql"), format!("{head}{select}").into_bytes());
        }
        // The table itself is the stream of all its rows.
        if stream.only.is_some() {
            continue;
        }
        let name = if is_asked { table_stream(draft, &stream.name) } else { stream.name.clone() };
        let _ =
            writeln!(manifest, "\n[[stream]]\nname = {}\nfiles = [{}]", quoted(&name), quoted(&pattern(&table.path)));
        if is_asked {
            let _ = writeln!(manifest, "# every row of the table is kept, also what the query leaves out");
        } else {
            let _ = writeln!(manifest, "# {}", comment(&stream.why));
        }
        if stream.record == Some(RecordType::Patient) {
            let _ = writeln!(manifest, "required = true");
        }
        if !table.has_header {
            let columns: Vec<String> = table.columns[..view.own].iter().map(|column| quoted(&column.name)).collect();
            let _ = writeln!(manifest, "# the first line looks like a row\ncolumns = [{}]", columns.join(", "));
        }
        if let Some(escape) = table.escape {
            let _ = writeln!(manifest, "escape = {}", quoted(&escape.to_string()));
        }
        if let Some(key) = stream.key {
            let _ = writeln!(manifest, "key = [{}]", quoted(&table.columns[key].name));
        }
        if is_asked {
            let why = format!("read through a query: {}", stream.name);
            let _ = writeln!(manifest, "archive = {}", quoted(&why));
            continue;
        }
        if mappings.is_empty() {
            let _ = writeln!(manifest, "archive = {}", quoted(&format!("{OPEN}: {}", stream.why)));
            continue;
        }
        let names: Vec<String> = mappings.iter().map(|name| quoted(name)).collect();
        let _ = writeln!(manifest, "mappings = [{}]", names.join(", "));
        let open: Vec<String> = open_columns(stream, table, view.own).map(|column| quoted(&column.name)).collect();
        if !open.is_empty() {
            let _ = writeln!(manifest, "ignore = [");
            for column in open {
                let _ = writeln!(manifest, "    {{ columns = [{column}], reason = {} }},", quoted(OPEN));
            }
            let _ = writeln!(manifest, "]");
        }
    }
    files.insert("connector.toml".into(), manifest.into_bytes());
    files
}

/// The columns that a stream needs: its key, what is mapped and what guards that.
fn used_columns(stream: &DraftStream) -> BTreeSet<usize> {
    let guesses = stream.columns.iter().map(|guess| guess.column);
    let guards = stream.guards.iter().map(|(column, _)| *column);
    let measurements = stream.measurements.iter().map(|(column, ..)| *column);
    stream.key.into_iter().chain(guesses).chain(guards).chain(measurements).collect()
}

/// A name for the stream of a table that is charted through a query.
fn table_stream(draft: &Draft, name: &str) -> String {
    let is_free = |name: &String| draft.streams.iter().all(|stream| stream.name != *name);
    let wanted = format!("table-{name}");
    let more = (2..).map(|number| format!("table-{name}-{number}"));
    std::iter::once(wanted).chain(more).find(is_free).unwrap_or_default()
}

/// Columns of its own with values of which nothing is known.
fn open_columns<'a>(
    stream: &'a DraftStream,
    table: &'a TableProfile,
    own: usize,
) -> impl Iterator<Item = &'a ColumnProfile> {
    let used = used_columns(stream);
    table.columns.iter().enumerate().take(own).filter_map(move |(index, column)| {
        (!used.contains(&index) && column.non_empty > 0 && !column.name.is_empty()).then_some(column)
    })
}

fn mappings_of(
    draft: &Draft,
    profile: &SourceProfile,
    stream: &DraftStream,
    record: RecordType,
    files: &mut PackFiles,
) -> Vec<String> {
    let table = &profile.tables[stream.table];
    let is_about_a_patient = record.is_about_a_patient() && record != RecordType::Patient;
    if is_about_a_patient && !stream.columns.iter().any(|guess| guess.target == "patient") {
        return Vec::new();
    }
    let mut names = Vec::new();
    let results: Vec<usize> =
        stream.columns.iter().filter(|guess| guess.form == Form::Result).map(|guess| guess.column).collect();
    if stream.measurements.is_empty() && results.len() < 2 {
        let mut text = head(record, stream);
        text.push_str(&guards(stream, table));
        fields(draft, table, stream, record, &mut text, files);
        let name = unused(files, "mappings", &stream.name, "toml");
        files.insert(format!("mappings/{name}.toml"), text.into_bytes());
        names.push(name);
    } else if stream.measurements.is_empty() {
        // A row has its value in one of several columns.
        for column in &results {
            let is_others = |guess: &Guess| guess.form == Form::Result && guess.column != *column;
            let columns = stream.columns.iter().filter(|guess| !is_others(guess)).cloned().collect();
            let stream = DraftStream { columns, ..stream.clone() };
            let column = &table.columns[*column].name;
            let name = unused(files, "mappings", &mapping_name(&stream, column), "toml");
            let mut text = head(record, &stream);
            text.push_str(&guards(&stream, table));
            let _ = writeln!(text, "\n[[when]]\ncolumn = {}\npresent = true", quoted(column));
            fields(draft, table, &stream, record, &mut text, files);
            files.insert(format!("mappings/{name}.toml"), text.into_bytes());
            names.push(name);
        }
    }
    for (column, code, unit) in &stream.measurements {
        let column = &table.columns[*column];
        let name = mapping_name(stream, &column.name);
        let name = unused(files, "mappings", &name, "toml");
        let mut text = head(record, stream);
        text.push_str(&guards(stream, table));
        let _ = writeln!(text, "\n[[when]]\ncolumn = {}\npresent = true", quoted(&column.name));
        fields(draft, table, stream, record, &mut text, files);
        let is_smoking = *code == SMOKING;
        let transform = if is_smoking && column.share(Kind::Snomed) > 0.9 { "code" } else { "result" };
        let _ = writeln!(
            text,
            "\n[[field]]\nto = \"code\"\ntransform = \"code\"\nvalue = {}\nsystem = \"http://loinc.org\"\n\n[[field]]\n# `{}` is called so\nto = \"value\"\nfrom = {}\ntransform = {}",
            quoted(code),
            comment(&column.name),
            quoted(&column.name),
            quoted(transform)
        );
        if transform == "code" {
            let _ = writeln!(text, "system = {}", quoted(SNOMED));
        } else if is_smoking {
            // Words have no unit.
        } else if unit.is_empty() {
            let _ = writeln!(text, "# {OPEN}: the unit; neither name nor values tell it: unit = \"...\"");
        } else {
            let _ = writeln!(text, "unit = {}", quoted(unit));
        }
        files.insert(format!("mappings/{name}.toml"), text.into_bytes());
        names.push(name);
    }
    names
}

/// The name of the mapping of one column.
fn mapping_name(stream: &DraftStream, column: &str) -> String {
    format!("{}-{}", stream.name, column.to_lowercase().replace(|c: char| !c.is_ascii_alphanumeric(), "-"))
}

/// Adds a code map, unless the same is there already, and gives its name.
fn code_file(files: &mut PackFiles, name: &str, csv: String) -> String {
    let path = |name: &str| format!("codes/{name}.csv");
    if files.get(&path(name)).is_some_and(|known| *known == csv.as_bytes()) {
        return name.to_owned();
    }
    let name = unused(files, "codes", name, "csv");
    files.insert(path(&name), csv.into_bytes());
    name
}

/// A name that no other file of the pack has.
fn unused(files: &PackFiles, folder: &str, name: &str, ending: &str) -> String {
    let is_free = |name: &String| !files.contains_key(&format!("{folder}/{name}.{ending}"));
    let more = (2..).map(|number| format!("{name}-{number}"));
    std::iter::once(name.to_owned()).chain(more).find(is_free).unwrap_or_default()
}

/// Rows of which a column says that they do not count are not charted.
fn guards(stream: &DraftStream, table: &TableProfile) -> String {
    let mut text = String::new();
    for (column, guard) in &stream.guards {
        let name = quoted(&table.columns[*column].name);
        let _ = match guard {
            Guard::Yes => {
                writeln!(text, "\n[[when]]\ncolumn = {name}\nis_not = [\"1\", \"y\", \"yes\", \"true\", \"t\"]")
            }
            Guard::Present => writeln!(text, "\n[[when]]\ncolumn = {name}\npresent = false"),
        };
    }
    text
}

fn head(record: RecordType, stream: &DraftStream) -> String {
    format!("# {}\nrecord = {}\n", comment(&stream.why), quoted(record.name()))
}

fn fields(
    draft: &Draft,
    table: &TableProfile,
    stream: &DraftStream,
    record: RecordType,
    text: &mut String,
    files: &mut PackFiles,
) {
    let mut targets: BTreeMap<&str, Vec<&Guess>> = BTreeMap::new();
    for guess in &stream.columns {
        targets.entry(&guess.target).or_default().push(guess);
    }
    for (target, guesses) in targets {
        let _ = writeln!(text, "\n[[field]]");
        for guess in &guesses {
            let _ = writeln!(text, "# {:.0}%: {}", guess.confidence * 100.0, comment(&guess.why));
        }
        let _ = writeln!(text, "to = {}", quoted(target));
        field(draft, table, stream, record, target, &guesses, text, files);
    }
    let has = |target: &str| stream.columns.iter().any(|guess| guess.target == target);
    if stream.has_unknown_state {
        let _ = writeln!(
            text,
            "\n# {OPEN}: a column that is not mapped tells of the state of a row; no status is charted until it is"
        );
        return;
    }
    let mut derived = |target: &str, from: &str, then: &str, otherwise: &str| {
        let Some(ended) = stream.columns.iter().find(|guess| guess.target == from).filter(|_| !has(target)) else {
            return;
        };
        let _ = writeln!(
            text,
            "\n[[field]]\n# no column tells it: what has an end is over\nto = {}\nfrom = {}\ntransform = \"presence\"\nthen = {}\notherwise = {}",
            quoted(target),
            quoted(&table.columns[ended.column].name),
            quoted(then),
            quoted(otherwise)
        );
    };
    match record {
        RecordType::Condition | RecordType::AllergyIntolerance => {
            derived("clinical_status", "abatement", "resolved", "active");
        }
        RecordType::MedicationRequest => derived("status", "period_end", "completed", "active"),
        RecordType::MedicationStatement => derived("status", "effective_end", "completed", "active"),
        RecordType::Encounter => derived("status", "period_end", "finished", "in-progress"),
        RecordType::CarePlan => derived("status", "period_end", "completed", "active"),
        RecordType::Device => derived("status", "end", "inactive", "active"),
        _ => {}
    }
}

fn field(
    draft: &Draft,
    table: &TableProfile,
    stream: &DraftStream,
    record: RecordType,
    target: &str,
    guesses: &[&Guess],
    text: &mut String,
    files: &mut PackFiles,
) {
    let name = |guess: &Guess| quoted(&table.columns[guess.column].name);
    let of = |form: Form| guesses.iter().find(|guess| guess.form == form);
    let mut line = |words: &str, value: String| {
        let _ = writeln!(text, "{words} = {value}");
    };
    let main = guesses
        .iter()
        .find(|guess| !matches!(guess.form, Form::Unit | Form::Low | Form::High | Form::Folder | Form::CodeSystem));
    let Some(main) = main else { return };
    let column = &table.columns[main.column];
    if let Some(other) = main.stream {
        line("from", name(main));
        line("transform", quoted("reference"));
        line("stream", quoted(&draft.streams[other].name));
        if target == "patient" {
            line("required", "true".into());
        }
        return;
    }
    match main.form {
        Form::Code | Form::CodeText => {
            line("transform", quoted("code"));
            if let Some(code) = of(Form::Code) {
                line("from", name(code));
                let code = &table.columns[code.column];
                match of(Form::CodeSystem) {
                    Some(system) => {
                        let (csv, _) = system_map(&table.columns[system.column]);
                        let map = code_file(files, &format!("{}-systems", stream.name), csv);
                        line("system_from", name(system));
                        line("system_map", quoted(&map));
                    }
                    None => {
                        if let Some(system) = system_of(record, code) {
                            line("system", quoted(system));
                        }
                    }
                }
            }
            if let Some(words) = of(Form::CodeText) {
                line("text_from", name(words));
            }
        }
        Form::Result | Form::Quantity => {
            line("from", name(main));
            line("transform", quoted(if main.form == Form::Result { "result" } else { "quantity" }));
            for (form, option) in [(Form::Unit, "unit_from"), (Form::Low, "low_from"), (Form::High, "high_from")] {
                if let Some(guess) = of(form) {
                    line(option, name(guess));
                }
            }
        }
        Form::Document => {
            line("from", name(main));
            line("transform", quoted("document"));
            if let Some(folder) = of(Form::Folder) {
                line("folder_from", name(folder));
            }
        }
        Form::Map => {
            let map = format!(
                "{}-{}",
                stream.name,
                column.name.to_lowercase().replace(|c: char| !c.is_ascii_alphanumeric(), "-")
            );
            let (csv, _) = code_map(record, target, column);
            let map = code_file(files, &map, csv);
            line("from", name(main));
            line("transform", quoted("map"));
            line("map", quoted(&map));
        }
        form => {
            line("from", name(main));
            let is_date_only = is_date_column(record, target) || column.share(Kind::DateTime) < 0.1;
            let word = match form {
                Form::Date if is_date_only => "date",
                Form::Date => "datetime",
                Form::Integer => "integer",
                Form::Decimal => "decimal",
                Form::Boolean => "boolean",
                Form::Phone => "phone",
                Form::Email => "email",
                Form::Ssn => "ssn",
                Form::PostalCode => "postal_code",
                Form::Name => "name",
                Form::Note => "note",
                _ => "text",
            };
            line("transform", quoted(word));
            // "Dispense as written" forbids what the chart says is allowed.
            if target == "substitution_allowed" && words(&column.name).iter().any(|word| word.starts_with("written")) {
                line("true_values", r#"["0", "n", "no", "f", "false"]"#.into());
                line("false_values", r#"["1", "y", "yes", "t", "true"]"#.into());
            }
        }
    }
}

/// Whether a column of the chart holds days without a time.
fn is_date_column(record: RecordType, target: &str) -> bool {
    let index = record.column_index(target);
    index.is_some_and(|index| record.columns()[index].kind == crate::model::ColumnKind::Date)
}

/// The code system of a column's codes, by its name and the form of its values; none where both leave it open.
fn system_of(record: RecordType, column: &ColumnProfile) -> Option<&'static str> {
    let name = column.name.to_lowercase();
    let by_name = [
        ("snomed", SNOMED),
        ("loinc", "http://loinc.org"),
        ("rxn", RXNORM),
        ("rxcui", RXNORM),
        ("cvx", "http://hl7.org/fhir/sid/cvx"),
        ("ndc", "http://hl7.org/fhir/sid/ndc"),
        ("cpt", "http://www.ama-assn.org/go/cpt"),
    ];
    if let Some((_, system)) = by_name.iter().find(|(word, _)| name.contains(word)) {
        return Some(system);
    }
    let is_drug = matches!(
        record,
        RecordType::MedicationRequest | RecordType::MedicationStatement | RecordType::MedicationDispense
    );
    let of = |kind| column.share(kind) > 0.95;
    match () {
        () if of(Kind::Icd10) && !of(Kind::Sex) => Some("http://hl7.org/fhir/sid/icd-10-cm"),
        () if of(Kind::Icd9) => Some("http://hl7.org/fhir/sid/icd-9-cm"),
        () if of(Kind::Loinc) => Some("http://loinc.org"),
        () if of(Kind::Ndc) && is_drug => Some("http://hl7.org/fhir/sid/ndc"),
        () if column.share(Kind::Snomed) > 0.9 => Some(SNOMED),
        () if is_drug && of(Kind::Integer) => Some(RXNORM),
        () if record == RecordType::Immunization && of(Kind::Integer) && column.longest <= 3 => {
            Some("http://hl7.org/fhir/sid/cvx")
        }
        () => None,
    }
}

/// A file or table as a pack names it: signs that a pattern would read otherwise stand for themselves.
fn pattern(path: &str) -> String {
    let mut out = String::new();
    for c in path.chars() {
        match c {
            '*' | '?' | '[' | ']' | '{' | '}' | '\\' => out.push('?'),
            c => out.push(c),
        }
    }
    out
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// A text on one line.
fn comment(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
