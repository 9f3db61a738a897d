//! People who were erased from the store, and by which names a source may not bring them back: which of its records are theirs.
//! The same rules find a person's records that the chart shows nothing of when the person is erased.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::PipelineError;
use super::identify::{Identified, RowText};
use super::people::person_hash;
use super::plan::{OTHER_FILES, StreamKind};
use super::prepare::{Crosswalk, Resolution};
use crate::connector::{Pack, Stream, Target, folded};
use crate::extract::Flaw;
use crate::model::{ChartId, Hash128, KeyHash, RecordType, Value, subject_key};
use crate::normalize::{Context, Draft, RowPlan, normalize, resolve_column};
use crate::store::{EhrStore, ErasedRecord, ErasedRegistration, KeptTombstone, KnownBy};

/// From this length on a key is taken for a person's wherever it stands. Shorter ones are only where a connector's streams have
/// patients' keys: any number may be one.
const TELLING: usize = 12;

/// The erased people of one source system.
#[derive(Default)]
pub struct Erased {
    /// Registrations without a key, by stream and person.
    keyless: HashSet<(String, Hash128)>,
    /// As facts name them, with who each was; none of a key that names others too.
    subjects: HashMap<KeyHash, Vec<Hash128>>,
    /// As facts name them, where the key names others too.
    shared_subjects: HashSet<KeyHash>,
    /// Who bears such a key and is there.
    standing: HashMap<KeyHash, Vec<Hash128>>,
    /// Records that a human named.
    records: HashSet<ErasedRecord>,
    /// Files that documents of the erased held.
    files: HashSet<Hash128>,
    /// Keys of one column, wherever they stand.
    keys: HashSet<KeyHash>,
    /// Columns that hold patients' keys in any stream of the connector, folded.
    key_columns: BTreeSet<String>,
}

/// Whether a record refers to an erased person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Referral {
    None,
    /// And to no other patient.
    Alone,
    AmongOthers,
}

/// A record that may be an erased person's.
pub struct Suspect<'a> {
    pub system: &'a str,
    pub stream: &'a Stream,
    pub kind: StreamKind,
    pub plan: &'a RowPlan,
    pub context: &'a Context,
    pub row: &'a RowText<'a>,
    pub identified: Identified,
    pub flaw: Option<Flaw>,
}

impl Erased {
    /// Whom a store says were erased of a system.
    pub fn of_store(store: &EhrStore, system: &str, pack: &Pack) -> Result<Self, PipelineError> {
        let tombstones = store.tombstones()?;
        let registrations = tombstones.iter().flat_map(|kept| &kept.tombstone.registrations);
        let mut erased = Self::new(registrations.filter(|one| one.system == system).cloned(), Some(pack));
        let records = tombstones.iter().flat_map(|kept| &kept.tombstone.records);
        erased.records = records.filter(|record| record.system == system).cloned().collect();
        let mine = |kept: &&KeptTombstone| kept.tombstone.registrations.iter().any(|one| one.system == system);
        let files = tombstones.iter().filter(mine).flat_map(|kept| &kept.tombstone.files);
        erased.files = files.map(|content| content.0).collect();
        if !erased.shared_subjects.is_empty() {
            let streams = store.streams()?;
            store.known_identities(|identity| {
                if let Some((_, stream)) = streams.get(&identity.stream).filter(|(owner, _)| owner == system) {
                    erased.let_stand(stream, identity.key_hash, &identity.values);
                }
            })?;
        }
        Ok(erased)
    }

    pub fn new(registrations: impl IntoIterator<Item = ErasedRegistration>, pack: Option<&Pack>) -> Self {
        let mut erased = Self::default();
        for ErasedRegistration { stream, key, person, known_by, .. } in registrations {
            for stream in people_streams(&stream, pack) {
                match known_by {
                    KnownBy::Key => {
                        erased.subjects.entry(subject_key(&stream, &key)).or_default().push(person);
                        erased.keys.insert(key);
                    }
                    KnownBy::Person => drop(erased.keyless.insert((stream, person))),
                    KnownBy::Others => drop(erased.shared_subjects.insert(subject_key(&stream, &key))),
                }
            }
        }
        if let (false, Some(pack)) = (erased.is_empty(), pack) {
            erased.key_columns = pack.streams.iter().flat_map(patient_columns).map(|column| folded(&column)).collect();
        }
        erased
    }

    /// Notes somebody who is there and may bear the key of an erased person.
    pub fn let_stand(&mut self, stream: &str, key: KeyHash, values: &[Value]) {
        let name = subject_key(stream, &key);
        if self.shared_subjects.contains(&name) {
            self.standing.entry(name).or_default().push(person_hash(values));
        }
    }

    pub fn is_empty(&self) -> bool {
        self.subjects.is_empty()
            && self.shared_subjects.is_empty()
            && self.keyless.is_empty()
            && self.records.is_empty()
    }

    /// Keys that named an erased person and others: whose facts are under them, nobody can say any more.
    pub fn enter_shared(&self, crosswalk: &mut Crosswalk) {
        let mut shared: Vec<KeyHash> = self.shared_subjects.iter().copied().collect();
        shared.sort_unstable();
        crosswalk.extend(shared.into_iter().map(|key| (key, Resolution::Shared)));
    }

    /// Whether a registration is an erased person's, by its key and by who it is.
    pub fn is_registration(&self, stream: &str, key: &KeyHash, values: Option<&[Value]>) -> bool {
        if self.is_empty() {
            return false;
        }
        let name = subject_key(stream, key);
        if self.subjects.contains_key(&name) {
            return true;
        }
        let Some(values) = values else { return false };
        if self.shared_subjects.contains(&name) {
            // Who is there is known by the letter: the next night decides as this one does, also after a change.
            let standing = self.standing.get(&name).map(Vec::as_slice).unwrap_or_default();
            return !standing.contains(&person_hash(values));
        }
        !self.keyless.is_empty() && self.keyless.contains(&(stream.to_owned(), person_hash(values)))
    }

    /// Whether a registration under an erased person's key says something else than that person's did: who it is, nobody can say.
    pub fn is_somebody_else(&self, stream: &str, key: &KeyHash, values: &[Value]) -> bool {
        let name = subject_key(stream, key);
        match self.subjects.get(&name) {
            Some(persons) => !persons.contains(&person_hash(values)),
            // Of those that bore the key with others nobody can say more.
            None => self.shared_subjects.contains(&name),
        }
    }

    /// Whether a record is about an erased person: by the registration it is, by whom its facts are about, or by a cell that holds
    /// the person's key.
    pub fn is_about(&self, suspect: &Suspect<'_>) -> bool {
        if self.is_empty() {
            return false;
        }
        let Suspect { system, stream, kind, plan, context, row, identified, flaw } = suspect;
        if !self.records.is_empty() {
            let (system, stream) = ((*system).to_owned(), stream.name.clone());
            if self.records.contains(&ErasedRecord { system, stream, key: identified.key, content: identified.content })
            {
                return true;
            }
        }
        if *kind == StreamKind::Erased || (*kind == StreamKind::Unclaimed && self.is_in_name(&stream.name)) {
            return true;
        }
        if flaw.is_some() || matches!(kind, StreamKind::Unclaimed | StreamKind::Archived) {
            return self.is_mentioned(stream, &plan.columns, row);
        }
        let normalized = normalize(plan, &row.cells, context);
        if *kind == StreamKind::People {
            let draft = normalized.drafts.iter().find(|draft| draft.record == RecordType::Patient);
            let values = draft.map(|draft| &draft.values[..]);
            if self.is_registration(&stream.name, &identified.key, values) {
                return true;
            }
        }
        if normalized.drafts.is_empty() {
            return self.is_mentioned(stream, &plan.columns, row);
        }
        if *kind != StreamKind::People && normalized.drafts.iter().all(|draft| draft.subject.is_none()) {
            return self.referred_to(row) == Referral::Alone;
        }
        normalized
            .drafts
            .iter()
            .filter_map(|draft| draft.subject)
            .any(|subject| self.subjects.contains_key(&subject.key))
    }

    /// Whether a human should look at a record: its facts are under a key that names an erased person and others, they refer to facts
    /// that were the person's, or a cell that may be anything is like the person's key.
    pub fn may_be_about(&self, suspect: &Suspect<'_>, facts: &HashSet<ChartId>) -> bool {
        if self.is_like_a_key(suspect) || self.referred_to(suspect.row) == Referral::AmongOthers {
            return true;
        }
        if suspect.flaw.is_some() {
            return false;
        }
        let normalized = normalize(suspect.plan, &suspect.row.cells, suspect.context);
        let is_shared =
            |draft: &Draft| draft.subject.is_some_and(|subject| self.shared_subjects.contains(&subject.key));
        let refers = |draft: &Draft| draft.references.iter().any(|reference| facts.contains(&reference.id));
        normalized.drafts.iter().any(|draft| is_shared(draft) || refers(draft))
    }

    /// Whether a short key stands where patients' keys may be: beside its column in a row that has too many cells or too few, or in a
    /// column of a table nobody speaks of that is called after patients.
    fn is_like_a_key(&self, suspect: &Suspect<'_>) -> bool {
        let Suspect { stream, kind, plan, row, flaw, .. } = suspect;
        let is_unclaimed = matches!(kind, StreamKind::Unclaimed | StreamKind::Archived);
        if flaw.is_none() && !is_unclaimed {
            return false;
        }
        let named = self.key_columns_of(stream, &plan.columns);
        let may_be = |at: usize| match flaw {
            Some(_) => named.iter().any(|column| column.abs_diff(at) <= 2),
            None => plan.columns.get(at).is_some_and(|name| {
                let name = folded(name);
                ["patient", "person", "mrn", "chart"].iter().any(|word| name.contains(word))
            }),
        };
        let cells = row.cells.cells.iter().enumerate().filter_map(|(at, cell)| Some((at, cell.as_deref()?)));
        cells.into_iter().any(|(at, text)| may_be(at) && self.keys.contains(&Hash128::of_parts(&[text.as_bytes()])))
    }

    /// Whether a record refers to an erased person as FHIR does: `Patient/7`, `https://ehr/fhir/Patient/7`, `urn:uuid:...`.
    fn referred_to(&self, row: &RowText<'_>) -> Referral {
        let mut people = BTreeSet::new();
        let mut is_theirs = false;
        for text in row.cells.cells.iter().filter_map(|cell| cell.as_deref()) {
            let text = text.split_once("/_history/").map_or(text, |(text, _)| text);
            let Some((before, key)) = text.rsplit_once(['/', ':']) else { continue };
            let is_patient = before == "Patient" || before.ends_with("/Patient");
            if is_patient || (before == "urn:uuid" && key.len() >= TELLING) {
                let key = Hash128::of_parts(&[key.as_bytes()]);
                is_theirs |= self.keys.contains(&key);
                people.extend(is_patient.then_some(key));
            }
        }
        match people.len() {
            _ if !is_theirs => Referral::None,
            0 | 1 => Referral::Alone,
            _ => Referral::AmongOthers,
        }
    }

    fn is_mentioned(&self, stream: &Stream, columns: &[String], row: &RowText<'_>) -> bool {
        if self.referred_to(row) == Referral::Alone {
            return true;
        }
        let named = self.key_columns_of(stream, columns);
        let cells = row.cells.cells.iter().enumerate();
        cells.filter_map(|(at, cell)| Some((at, cell.as_deref()?))).any(|(at, text)| {
            (text.len() >= TELLING || named.contains(&at)) && self.keys.contains(&Hash128::of_parts(&[text.as_bytes()]))
        })
    }

    fn key_columns_of(&self, stream: &Stream, columns: &[String]) -> Vec<usize> {
        let own: Vec<String> = patient_columns(stream).collect();
        let is_named = |at: &usize| {
            self.key_columns.contains(&folded(&columns[*at]))
                || own.iter().any(|name| resolve_column(stream, columns, name) == Some(*at))
        };
        (0..columns.len()).filter(is_named).collect()
    }

    /// Whether a kept file is about an erased person: a human said so, a document of the person held the same, or its name holds the
    /// person's key.
    pub fn is_file(&self, system: &str, (key, content): (KeyHash, Hash128), path: &str) -> bool {
        let record = || ErasedRecord { system: system.to_owned(), stream: OTHER_FILES.to_owned(), key, content };
        self.is_in_name(path)
            || self.files.contains(&content)
            || (!self.records.is_empty() && self.records.contains(&record()))
    }

    /// Whether a document of an erased person held the same.
    pub fn is_document(&self, sha256: &str) -> bool {
        self.files.contains(&Hash128::of_parts(&[sha256.as_bytes()]))
    }

    /// Whether a name holds an erased person's key.
    pub fn is_in_name(&self, name: &str) -> bool {
        self.is_in_bytes(name.as_bytes())
    }

    /// Whether the bytes of a file hold an erased person's key as a word.
    pub fn is_in_bytes(&self, bytes: &[u8]) -> bool {
        let between = |byte: &u8| !byte.is_ascii_alphanumeric() && *byte != b'-' && *byte < 0x80;
        !self.keys.is_empty()
            && bytes
                .split(between)
                .any(|word| (TELLING..=64).contains(&word.len()) && self.keys.contains(&Hash128::of_parts(&[word])))
    }
}

/// The streams that register people under the name that one had when a person was erased: that one, or, where the connector calls none
/// so any more, any.
fn people_streams(stream: &str, pack: Option<&Pack>) -> Vec<String> {
    let registers =
        |stream: &&Stream| stream.mappings().first().is_some_and(|mapping| mapping.record == RecordType::Patient);
    match pack.filter(|pack| pack.stream(stream).is_none()) {
        Some(pack) => {
            let now = pack.streams.iter().filter(registers).map(|stream| stream.name.clone());
            now.chain([stream.to_owned()]).collect()
        }
        None => vec![stream.to_owned()],
    }
}

/// Names that a column of any table may have.
const SAYS_NOTHING: [&str; 6] = ["id", "key", "no", "nr", "number", "code"];

/// The columns of a stream that hold patients' keys, and say so.
fn patient_columns(stream: &Stream) -> impl Iterator<Item = String> {
    let registers = stream.mappings().first().is_some_and(|mapping| mapping.record == RecordType::Patient);
    let own = stream.key.iter().filter(move |column| registers && !SAYS_NOTHING.contains(&&*folded(column)));
    let fields = stream.mappings().iter().flat_map(|mapping| &mapping.fields);
    let about = fields.filter(|field| field.target == Target::Patient).flat_map(|field| &field.from);
    own.chain(about).cloned()
}
