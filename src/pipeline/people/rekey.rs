//! Registrations that take another id: when a key turns out to name several people, the one who came first had the id that is
//! made of the key alone. It then takes the id that it would have had if all had come at once.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::super::PipelineError;
use super::super::settings::SourcePriority;
use super::{Known, Scene};
use crate::matching::{Member, golden};
use crate::model::{ChartId, RecordType, Value, record_id};
use crate::store::digest::{ItemHasher, StoreDigest};
use crate::store::{BatchWrite, KnownIdentity, PatientWrite, RecordPlace, RekeyWrite};

/// A known registration and its new ordinal and id.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rekey {
    /// Place in the list of known registrations.
    pub known: usize,
    pub ordinal: u32,
    pub id: ChartId,
}

pub(super) fn rekey(
    scene: Scene<'_>,
    known: &mut [Known],
    rekeys: &[Rekey],
    kinds: &[(RecordType, Option<String>)],
) -> Result<BatchWrite, PipelineError> {
    let patients: BTreeSet<ChartId> = rekeys.iter().map(|rekey| known[rekey.known].patient).collect();
    let mut members: BTreeMap<ChartId, Vec<KnownIdentity>> = BTreeMap::new();
    scene.store.known_identities(|identity| {
        if patients.contains(&identity.patient) {
            members.entry(identity.patient).or_default().push(identity);
        }
    })?;
    let renamed: HashMap<ChartId, ChartId> = rekeys.iter().map(|rekey| (known[rekey.known].id, rekey.id)).collect();
    let stored: HashMap<ChartId, Vec<Value>> =
        scene.store.patients(&patients)?.into_iter().map(|patient| (patient.id, patient.values)).collect();
    let priority = SourcePriority::of_store(scene.store)?;
    let new: HashSet<ChartId> = rekeys.iter().map(|rekey| rekey.id).collect();
    let mut batch = BatchWrite { stream: scene.stream_id, ..Default::default() };
    let mut items = ItemHasher::default();
    for (patient, mut identities) in members {
        // As it was written, by whatever rule.
        let before = stored.get(&patient).cloned().unwrap_or_else(|| survivors(&identities, &priority));
        let mut lost = StoreDigest::default();
        add_patient(&identities, &before, &mut items, &mut lost, |id| renamed.contains_key(&id));
        for identity in &mut identities {
            identity.id = renamed.get(&identity.id).copied().unwrap_or(identity.id);
        }
        let after = survivors(&identities, &priority);
        add_patient(&identities, &after, &mut items, &mut batch.digest, |id| new.contains(&id));
        batch.digest.subtract_all(lost);
        if after != before {
            let smallest = identities.iter().map(|identity| identity.id).min().unwrap_or(patient);
            let record = RecordPlace::Known(0);
            batch.patients.push(PatientWrite { known: true, id: patient, identity: smallest, record, values: after });
        }
    }
    let mut writes = Vec::new();
    for rekey in rekeys {
        let known = &mut known[rekey.known];
        let former = scene.store.known_record(known.source_record)?.ordinal;
        let id = |ordinal, name: &Option<String>| {
            record_id(&scene.plan.system, &scene.stream.name, &known.key, ordinal, name.as_deref())
        };
        let others = kinds.iter().filter(|(record, _)| *record != RecordType::Patient);
        let rows = others.map(|(record, name)| (*record, id(former, name), id(rekey.ordinal, name))).collect();
        let (source_record, ordinal) = (known.source_record, rekey.ordinal);
        writes.push(RekeyWrite { former: known.id, id: rekey.id, source_record, ordinal, rows });
        known.id = rekey.id;
        known.person.identity = rekey.id;
    }
    // Registrations may trade ids: then all go through ids that nobody has.
    if writes.iter().any(|write| renamed.contains_key(&write.id)) {
        let aside = |id: ChartId| ChartId::derive(&[b"set aside", id.as_str().as_bytes()]);
        for write in &mut writes {
            let rows = write.rows.iter().map(|(record, former, _)| (*record, *former, aside(*former))).collect();
            batch.rekeys.push(RekeyWrite { id: aside(write.former), rows, ..write.clone() });
            write.former = aside(write.former);
            write.rows.iter_mut().for_each(|(_, former, _)| *former = aside(*former));
        }
    }
    batch.rekeys.extend(writes);
    Ok(batch)
}

fn survivors(identities: &[KnownIdentity], priority: &SourcePriority) -> Vec<Value> {
    let members: Vec<Member<'_>> = identities
        .iter()
        .map(|one| Member { identity: one.id, values: &one.values, source_rank: priority.rank(&one.system) })
        .collect();
    golden(&members)
}

/// What the digest holds of a patient and its links, and of those of its registrations that are renamed.
fn add_patient(
    identities: &[KnownIdentity],
    survivors: &[Value],
    items: &mut ItemHasher,
    digest: &mut StoreDigest,
    is_renamed: impl Fn(ChartId) -> bool,
) {
    let Some(smallest) = identities.iter().map(|identity| identity.id).min() else { return };
    digest.add(items.patient(smallest, survivors));
    for identity in identities {
        digest.add(items.link(identity.id, smallest));
        if is_renamed(identity.id) {
            digest.add(items.identity(identity.id, &identity.system, &identity.key, &identity.values));
        }
    }
}
