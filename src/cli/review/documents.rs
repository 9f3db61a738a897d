//! `chartlift review documents | document | assign`: documents that wait for a person to say whose they are.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::super::migrate::now;
use super::super::terminal::visible;
use super::super::{CliError, Exit, print, who_and_why};
use super::{DecisionArgs, name_of, value_text};
use crate::extract::Looked;
use crate::matching::Candidate;
use crate::model::{ChartId, RecordType};
use crate::pipeline::{
    FileOptions, FiledDocument, NamedDocument, file_document, looked_at, named_people, unfiled_documents,
};
use crate::report::counted;
use crate::store::{EhrStore, KnownIdentity};

/// The document that is meant: a number, or a chart row.
fn named(document: &str) -> Result<NamedDocument, CliError> {
    let id = document.strip_prefix("document_reference:").unwrap_or(document);
    let number = document.strip_prefix("source_record:").unwrap_or(document);
    match (number.parse::<i64>(), ChartId::parse(id)) {
        (Ok(number), _) => Ok(NamedDocument::Waiting(number)),
        (_, Some(id)) => Ok(NamedDocument::Charted(id)),
        _ => Err(CliError::Usage {
            what: "a document is named by its number, or by its chart row".into(),
            hint: "`chartlift review documents` lists those that wait, with their numbers; else document_reference:ID"
                .into(),
        }),
    }
}

pub(super) fn list(store: &EhrStore, limit: usize, json: bool) -> Result<Exit, CliError> {
    let all = unfiled_documents(store)?;
    let shown = &all[..limit.min(all.len())];
    if json {
        let documents: Vec<serde_json::Value> = shown
            .iter()
            .map(|of| {
                serde_json::json!({ "number": of.number, "system": of.system, "stream": of.stream, "file": of.file, "reason": of.reason.as_str() })
            })
            .collect();
        print(&format!("{}\n", serde_json::json!({ "waiting": all.len(), "documents": documents })))?;
        return Ok(Exit::Done);
    }
    let mut text = String::new();
    for of in shown {
        let (system, file) = (visible(&of.system), visible(&of.file));
        text.push_str(&format!("{:>8}  {:20}  {system}: {file}\n", of.number, of.reason.as_str()));
    }
    text.push_str(&match all.len() {
        0 => "no document waits for a person\n".to_owned(),
        count => format!(
            "{} of {}; `chartlift review document NUMBER` shows one, `chartlift review assign NUMBER PATIENT` says whose it is\n",
            shown.len(),
            counted(count as u64, "document", "documents")
        ),
    });
    print(&text)?;
    Ok(Exit::Done)
}

/// A document that is looked at.
struct Shown {
    file: String,
    system: String,
    waits: Option<&'static str>,
    bytes: Vec<u8>,
    looked: Looked,
    /// Its own, or the letters of its pictures where those were asked for.
    text: Option<String>,
    candidates: Vec<(Candidate, KnownIdentity)>,
}

fn read(store: &EhrStore, document: &str) -> Result<Shown, CliError> {
    let not_found = || CliError::NotFound {
        what: "there is no such document".into(),
        hint: "`chartlift review documents` lists those that wait".into(),
    };
    let (file, bytes, number, waits) = match named(document)? {
        NamedDocument::Waiting(number) => {
            let waiting = store.waiting_documents(number)?.into_iter().next();
            let (_, (file, bytes)) = waiting.ok_or_else(not_found)?;
            let reason = unfiled_documents(store)?.into_iter().find(|of| of.number == number).map(|of| of.reason);
            (file, bytes, number, reason.map(|reason| reason.meaning()))
        }
        NamedDocument::Charted(id) => {
            let (file, bytes) = store.document_content(id)?.ok_or_else(not_found)?;
            (file, bytes, store.source_record_of_document(id)?.ok_or_else(not_found)?, None)
        }
    };
    let system = store.stored_record(number)?.ok_or_else(not_found)?.system;
    let (looked, text) = looked_at(store, number, (&file, &bytes))?;
    let mut candidates = Vec::new();
    if let Some(text) = &text {
        for candidate in named_people(store, &system)?.candidates(text).into_iter().take(20) {
            let registrations = store.identities_of_patients(&[candidate.patient])?;
            let first = registrations.into_iter().min_by_key(|one| (one.system != system, one.id));
            candidates.extend(first.map(|first| (candidate, first)));
        }
    }
    Ok(Shown { file, system, waits, bytes, looked, text, candidates })
}

/// So much of a document's text is shown.
const LINES: usize = 40;

pub(super) fn show(store: &EhrStore, document: &str, out: Option<&Path>, json: bool) -> Result<Exit, CliError> {
    let shown = read(store, document)?;
    if let Some(out) = out {
        write_new(out, &shown.bytes)?;
    }
    let kind = shown.looked.kind.mime_type_of(&shown.file);
    if json {
        let candidates: Vec<serde_json::Value> = shown
            .candidates
            .iter()
            .map(|(candidate, of)| {
                serde_json::json!({ "patient": candidate.patient, "name": name_of(of), "birth_date": birth_of(of), "birth_date_found": candidate.has_birth_date })
            })
            .collect();
        let value = serde_json::json!({
            "system": shown.system, "file": shown.file, "reason": shown.waits, "mime_type": kind, "pages": shown.looked.pages,
            "size_bytes": shown.bytes.len(), "text": shown.text, "candidates": candidates,
        });
        print(&format!("{value}\n"))?;
        return Ok(Exit::Done);
    }
    let pages = shown.looked.pages.map(|pages| format!(", {}", counted(pages.into(), "page", "pages")));
    let mut text = format!(
        "{}: {}\n{kind}, {} bytes{}\n",
        visible(&shown.system),
        visible(&shown.file),
        shown.bytes.len(),
        pages.unwrap_or_default()
    );
    text.extend(shown.waits.map(|why| format!("{why}\n")));
    if let Some(out) = out {
        text.push_str(&format!("written to {}\n", out.display()));
    }
    text.push_str(match shown.candidates.is_empty() {
        true => "\nnobody of this source system is named in it\n",
        false => "\nnamed in it\n",
    });
    for (candidate, of) in &shown.candidates {
        let found = if candidate.has_birth_date { "name and birth date" } else { "name alone" };
        text.push_str(&format!(
            "  {:30} {:10}  {found:20} patient:{}\n",
            visible(&name_of(of)),
            visible(&birth_of(of).unwrap_or_else(|| "-".into())),
            candidate.patient
        ));
    }
    match &shown.text {
        Some(said) => {
            text.push_str("\nits text\n");
            for line in said.lines().take(LINES) {
                text.push_str(&format!("  {}\n", visible(line)));
            }
            let rest = said.lines().count().saturating_sub(LINES);
            if rest > 0 {
                text.push_str(&format!("  ({} more)\n", counted(rest as u64, "line", "lines")));
            }
        }
        None => text.push_str("\nit has no text; --out FILE writes it to look at\n"),
    }
    print(&text)?;
    Ok(Exit::Done)
}

fn birth_of(identity: &KnownIdentity) -> Option<String> {
    let at = RecordType::Patient.column_index("birth_date")?;
    value_text(&identity.values[at])
}

/// Writes a file that only its owner may read; one that is there stays.
fn write_new(path: &Path, bytes: &[u8]) -> Result<(), CliError> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(path).and_then(|mut file| file.write_all(bytes));
    written.map_err(|error| CliError::Usage {
        what: format!("{} cannot be written: {error}", path.display()),
        hint: "name a file that is not there yet, in a folder that is".into(),
    })
}

pub(super) fn assign(
    document: &str,
    patient: &str,
    args: &DecisionArgs,
    despite_contradictions: bool,
) -> Result<Exit, CliError> {
    let (by, reason) = who_and_why(&args.by, &args.why)?;
    let filed = file_document(&FileOptions {
        store: args.store.place()?,
        document: named(document)?,
        patient,
        by,
        reason,
        overrule: args.overrule,
        despite_contradictions,
        now: &now,
    })?;
    if args.json {
        print(&format!("{}\n", serde_json::to_string(&filed).unwrap_or_default()))?;
        return Ok(Exit::Done);
    }
    let FiledDocument { run, document, identity, patient, former, .. } = filed;
    let mut text = format!(
        "filed, as run {run} of this store (`chartlift undo {run}` takes it back)\n  document_reference:{document} is in the chart of \
         patient:{patient}, under patient_identity:{identity}\n"
    );
    if let Some(former) = former.filter(|former| *former != patient) {
        text.push_str(&format!("  it was in the chart of patient:{former}\n"));
    }
    print(&text)?;
    Ok(Exit::Done)
}

#[derive(Debug, clap::Args)]
pub struct ShowArgs {
    /// Number of the document, as `documents` prints it, or document_reference:ID
    pub document: String,
    /// Write the document to a new file, to look at it
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}
