//! References between chart records: whether what a record refers to is there, and is the same patient's.
//!
//! What this run loads is remembered as it goes by, in twelve bytes each; what is not among it is looked up in the store, once
//! a stream, and again at the end, since a record may come before the one it refers to.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};

use super::PipelineError;
use crate::model::{ChartId, IssueCode, RecordType};
use crate::store::EhrStore;

/// A reference of a record that this run writes.
#[derive(Clone, Copy, Debug)]
pub struct RowReference {
    pub to: RecordType,
    pub id: ChartId,
    /// Whose record refers.
    pub patient: Option<ChartId>,
    pub column: u32,
    pub row: u64,
}

/// A record that others may refer to, with its patient.
pub type Target = (ChartId, Option<ChartId>);

/// Something that is wrong with a reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    pub code: IssueCode,
    pub column: u32,
    pub row: u64,
}

/// The references of one stream.
#[derive(Default)]
pub struct References {
    /// First half of an id's bits to the patient's; zero where it is nobody's.
    present: HashMap<u64, u32, BuildHasherDefault<Hashed>>,
    /// By stream, in the order of loading.
    open: BTreeMap<String, Vec<RowReference>>,
    faults: BTreeMap<String, Vec<Fault>>,
    /// Streams whose open references the store does not answer either.
    asked: HashSet<String>,
}

/// The keys are hashes already.
#[derive(Default)]
struct Hashed(u64);

impl Hasher for Hashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.0 = self.0.rotate_left(8) ^ u64::from(*byte));
    }

    fn write_u64(&mut self, key: u64) {
        self.0 = key.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
    }
}

fn short(id: ChartId) -> u64 {
    id.as_str()
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

fn patient_bits(patient: Option<ChartId>) -> u32 {
    patient.map_or(0, |patient| (short(patient) >> 32) as u32 | 1)
}

impl References {
    /// Takes in what a batch brings: first what may be referred to, then what refers.
    pub fn take(&mut self, stream: &str, targets: &[Target], references: &[RowReference]) {
        for (id, patient) in targets {
            self.present.insert(short(*id), patient_bits(*patient));
        }
        for reference in references {
            match self.present.get(&short(reference.id)) {
                Some(patient) => self.judge(stream, reference, *patient),
                None => self.open.entry(stream.to_owned()).or_default().push(*reference),
            }
        }
    }

    fn judge(&mut self, stream: &str, reference: &RowReference, patient: u32) {
        let mine = patient_bits(reference.patient);
        if patient != 0 && mine != 0 && patient != mine {
            self.fault(stream, reference, IssueCode::ReferenceMismatch);
        }
    }

    fn fault(&mut self, stream: &str, reference: &RowReference, code: IssueCode) {
        let fault = Fault { code, column: reference.column, row: reference.row };
        self.faults.entry(stream.to_owned()).or_default().push(fault);
    }

    /// Asks the store for what a stream refers to and this run did not load.
    pub fn ask_store(&mut self, store: &EhrStore, stream: &str) -> Result<(), PipelineError> {
        if !self.asked.insert(stream.to_owned()) {
            return Ok(());
        }
        let open = self.open.remove(stream).unwrap_or_default();
        let mut wanted: BTreeMap<RecordType, HashSet<ChartId>> = BTreeMap::new();
        for reference in &open {
            wanted.entry(reference.to).or_default().insert(reference.id);
        }
        let mut found: HashMap<ChartId, u32> = HashMap::new();
        for (record, ids) in wanted {
            store.patients_of(record, &ids, |id, patient| {
                found.insert(id, patient_bits(patient));
            })?;
        }
        let mut left = Vec::new();
        for reference in open {
            match found.get(&reference.id) {
                Some(patient) => self.judge(stream, &reference, *patient),
                None => left.push(reference),
            }
        }
        if !left.is_empty() {
            self.open.insert(stream.to_owned(), left);
        }
        Ok(())
    }

    /// What is wrong, by stream, once everything is loaded. A reference to a kind of record of which the store has none is no
    /// fault of the record: such kinds are given with the number of references to them.
    pub fn finish(
        mut self,
        exists: impl Fn(RecordType) -> bool,
    ) -> (BTreeMap<String, Vec<Fault>>, BTreeMap<RecordType, u64>) {
        let mut missing_kinds: BTreeMap<RecordType, u64> = BTreeMap::new();
        for (stream, references) in std::mem::take(&mut self.open) {
            for reference in references {
                match self.present.get(&short(reference.id)).copied() {
                    Some(patient) => self.judge(&stream, &reference, patient),
                    None if exists(reference.to) => self.fault(&stream, &reference, IssueCode::ReferenceInvalid),
                    None => *missing_kinds.entry(reference.to).or_default() += 1,
                }
            }
        }
        for faults in self.faults.values_mut() {
            faults.sort_by_key(|fault| (fault.row, fault.column));
        }
        (self.faults, missing_kinds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> ChartId {
        ChartId::derive(&[text.as_bytes()])
    }

    fn reference(to: &str, patient: &str, row: u64) -> RowReference {
        RowReference { to: RecordType::Encounter, id: id(to), patient: Some(id(patient)), column: 3, row }
    }

    #[test]
    fn what_is_there_and_the_same_patient_s_is_no_fault_in_any_order() {
        let target = (id("visit"), Some(id("ada")));
        let references = [reference("visit", "ada", 1), reference("visit", "bob", 2), reference("other", "ada", 3)];
        let expected = vec![
            Fault { code: IssueCode::ReferenceMismatch, column: 3, row: 2 },
            Fault { code: IssueCode::ReferenceInvalid, column: 3, row: 3 },
        ];
        let mut forth = References::default();
        forth.take("visits", &[target], &[]);
        forth.take("labs", &[], &references);
        assert_eq!(forth.finish(|_| true).0["labs"], expected);
        let mut back = References::default();
        back.take("labs", &[], &references);
        back.take("visits", &[target], &[]);
        assert_eq!(back.finish(|_| true).0["labs"], expected);
    }

    #[test]
    fn a_kind_of_which_there_is_none_is_told_once() {
        let mut references = References::default();
        references.take("labs", &[], &[reference("a", "ada", 1), reference("b", "ada", 2)]);
        let (faults, missing) = references.finish(|_| false);
        assert!(faults.is_empty());
        assert_eq!(missing, BTreeMap::from([(RecordType::Encounter, 2)]));
    }
}
