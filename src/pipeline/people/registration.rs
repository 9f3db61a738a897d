//! The registrations of a stream: read from it, as the matcher sees them, and what tells one under a key from another.

use rayon::prelude::*;

use super::super::PipelineError;
use super::super::decide::{Class, Decisions};
use super::super::identify::{identify, key_text, row_text, with_documents};
use super::super::survey::{BATCH_BYTES, BATCH_RECORDS, open};
use super::Scene;
use super::known::system_number;
use crate::matching::{Demographics, Person};
use crate::model::{ChartId, Hash128, KeyHash, PartHasher, RecordType, SaidSame, Value, record_id};
use crate::normalize::{Draft, normalize};
use crate::store::KnownIdentity;

/// A registration of this run that is new or changed.
pub(super) struct Candidate {
    pub position: u64,
    pub key: KeyHash,
    pub source_key: String,
    /// Place in the list of people, once it is there.
    pub person: Person,
    pub known: Option<usize>,
    pub shared: bool,
    /// Whom the source calls the same person.
    pub said: Vec<SaidSame>,
    /// A hash of the medical record number, where it has one.
    pub number: Option<Hash128>,
}

/// A row that its hash does not settle, until it is told apart from the others of its key.
pub(super) struct OpenRow {
    pub candidate: Candidate,
    /// As its hash alone says.
    pub class: Class,
    pub traits: Traits,
    pub fingerprint: u32,
}

impl OpenRow {
    pub fn new(row: Row, draft: &Draft, source_key: String, system: &str) -> Self {
        let Row { position, key, class, .. } = row;
        let values = &draft.values;
        // The id is set once it is known whether the key is shared.
        let id = record_id(system, "", &key, 0, None);
        let person = person(id, system_number(system), values, &source_key);
        Self {
            candidate: Candidate {
                position,
                key,
                source_key,
                person,
                known: None,
                shared: false,
                said: draft.same_person.clone(),
                number: text(values, "medical_record_number").map(number_hash),
            },
            class,
            traits: Traits::of(values),
            fingerprint: fingerprint(values),
        }
    }
}

/// What tells a corrected registration from another person's under the same key; lower case.
#[derive(Clone)]
pub(super) struct Traits {
    given: Box<str>,
    family: Box<str>,
    birth_date: Box<str>,
    ssn: Box<str>,
}

impl Traits {
    pub fn of(values: &[Value]) -> Self {
        let lower = |column| text(values, column).unwrap_or_default().to_lowercase().into_boxed_str();
        Self {
            given: lower("given_name"),
            family: lower("family_name"),
            birth_date: lower("birth_date"),
            ssn: lower("ssn"),
        }
    }

    /// How much it says.
    pub fn said(&self) -> usize {
        [&self.given, &self.family, &self.birth_date, &self.ssn].iter().filter(|text| !text.is_empty()).count()
    }

    /// Whether enough stayed the same that the rest is a correction: the birth date with a name, or the social security
    /// number with both names.
    pub fn is_correction_of(&self, other: &Self) -> bool {
        let same = |a: &str, b: &str| !a.is_empty() && a == b;
        let (given, family) = (same(&self.given, &other.given), same(&self.family, &other.family));
        let spelling = family && strsim::jaro_winkler(&self.given, &other.given) >= SPELLING;
        // Two numbers and two family names are more than one correction.
        let others_number = !self.ssn.is_empty() && !other.ssn.is_empty() && self.ssn != other.ssn;
        (same(&self.birth_date, &other.birth_date) && (given || spelling) && (family || !others_number))
            || (same(&self.ssn, &other.ssn) && given && family)
    }
}

/// Jaro-Winkler similarity from which two given names under one key are spellings of one.
const SPELLING: f64 = 0.85;

/// A record of a stream of patients.
#[derive(Clone, Copy)]
pub(super) struct Row {
    pub position: u64,
    pub key: KeyHash,
    pub content: Hash128,
    pub class: Class,
}

/// Reads a stream and makes something of each record at a wanted position, in parallel, and hands it on in order. Records that cannot
/// be read as rows, and repeats, are passed over. A record that its hash does not settle comes with the patient it describes, if it
/// describes one, and its key as text.
pub(super) fn each_draft<T: Send>(
    scene: Scene<'_>,
    decisions: &Decisions,
    wanted: impl Fn(u64) -> bool + Sync,
    make: impl Fn(Row, Option<(Draft, String)>) -> T + Sync,
    mut each: impl FnMut(T),
) -> Result<(), PipelineError> {
    let Scene { plan, stream, contexts, listener, .. } = scene;
    let mut first = 0;
    for (file, context) in stream.files.iter().zip(contexts) {
        let (mut reader, _) = open(plan, stream, file)?;
        while let Some(batch) = reader.next_batch(BATCH_RECORDS, BATCH_BYTES)? {
            if listener.interrupted() {
                return Err(PipelineError::Interrupted);
            }
            let made = (0..batch.len()).into_par_iter().map_init(PartHasher::new, |hasher, at| {
                let (record, position) = (batch.record(at), first + at as u64);
                let class = decisions.class(position);
                let is_open = matches!(
                    class,
                    Class::New | Class::Update | Class::Retry | Class::Conflict { .. } | Class::Remap { .. }
                );
                let is_settled = matches!(class, Class::Same { .. });
                if !(is_open || is_settled) || record.flaw().is_some() || !wanted(position) {
                    return Ok(None);
                }
                let text = row_text(record, &file.header);
                let mut identified = identify(&file.plan, &text, None, hasher);
                if stream.has_documents() {
                    identified = with_documents(identified, &plan.document_hashes(stream, file, &text.cells)?);
                }
                let row = Row { position, key: identified.key, content: identified.content, class };
                if is_settled {
                    return Ok(Some(make(row, None)));
                }
                let normalized = normalize(&file.plan, &text.cells, context);
                let is_loadable = normalized.rejected.is_none() && text.non_empty > 0;
                let draft = normalized.drafts.into_iter().find(|draft| draft.record == RecordType::Patient);
                let draft = draft.filter(|_| is_loadable).map(|draft| (draft, key_text(&file.plan, &text)));
                Ok(Some(make(row, draft)))
            });
            let made: Vec<Result<Option<T>, PipelineError>> = made.collect();
            for made in made {
                made?.into_iter().for_each(&mut each);
            }
            first += batch.len() as u64;
        }
    }
    Ok(())
}

fn text<'v>(values: &'v [Value], column: &str) -> Option<&'v str> {
    RecordType::Patient.column_index(column).and_then(|index| values[index].as_str())
}

/// A number is compared by its hash: there are as many as registrations.
pub(super) fn number_hash(number: &str) -> Hash128 {
    Hash128::of_parts(&[number.as_bytes()])
}

/// A stored registration as the matcher sees it.
pub fn stored_person(identity: &KnownIdentity, system: u32) -> Person {
    person(identity.id, system, &identity.values, &identity.key)
}

pub(super) fn person(id: ChartId, system: u32, values: &[Value], source_key: &str) -> Person {
    let order = RecordType::Patient.column_index("birth_order").map(|index| &values[index]);
    let order = match order {
        Some(Value::Integer(order)) => Some(order.to_string()),
        _ => None,
    };
    let get = |column| text(values, column);
    // Two numbers of one system speak against one person also where the pack maps no record number.
    let number = get("medical_record_number").or(Some(source_key)).filter(|number| !number.is_empty());
    Person::new(
        id,
        system,
        &Demographics {
            given_name: get("given_name"),
            middle_name: get("middle_name"),
            family_name: get("family_name"),
            name_suffix: get("name_suffix"),
            maiden_name: get("maiden_name"),
            birth_date: get("birth_date"),
            birth_order: order.as_deref(),
            gender: get("gender"),
            ssn: get("ssn"),
            drivers_license: get("drivers_license"),
            passport_number: get("passport_number"),
            phone_home: get("phone_home"),
            phone_mobile: get("phone_mobile"),
            phone_work: get("phone_work"),
            email: get("email"),
            address_line1: get("address_line1"),
            address_line2: get("address_line2"),
            city: get("city"),
            state: get("state"),
            postal_code: get("postal_code"),
            medical_record_number: number,
            mother_maiden_name: get("mother_maiden_name"),
            ..Demographics::default()
        },
    )
}

/// The ordinal of a registration whose key names other people too: made of what tells people apart, so that the order in
/// which they arrive does not matter.
pub(super) fn fingerprint(values: &[Value]) -> u32 {
    let hash = person_hash(values).0;
    u32::from_le_bytes([hash[0], hash[1], hash[2], hash[3]]) | 1
}

/// A hash of what tells people apart.
pub fn person_hash(values: &[Value]) -> Hash128 {
    let traits = Traits::of(values);
    let lower = |column| text(values, column).unwrap_or_default().to_lowercase();
    let order = match RecordType::Patient.column_index("birth_order").map(|index| &values[index]) {
        Some(Value::Integer(order)) => order.to_string(),
        _ => String::new(),
    };
    let (gender, suffix) = (lower("gender"), lower("name_suffix"));
    let parts = [&*traits.family, &*traits.given, &*traits.birth_date, &*traits.ssn, &gender, &suffix, &order];
    Hash128::of_parts(&parts.map(str::as_bytes))
}
