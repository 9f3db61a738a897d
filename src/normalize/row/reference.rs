//! What keys refer to. The rows of a table name the same patients, visits and staff again and again; the last ones are remembered,
//! since hashing a key costs more than comparing it.

use std::cell::RefCell;

use crate::model::{ChartId, Hash128, KeyHash, record_id, subject_key};

/// What a key of a stream refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Referred {
    pub id: ChartId,
    pub subject: KeyHash,
}

struct Remembered {
    named: Vec<u8>,
    referred: Referred,
}

const SLOTS: usize = 512;

thread_local! {
    static REMEMBERED: RefCell<(Vec<u8>, Vec<Option<Remembered>>)> =
        RefCell::new((Vec::new(), (0..SLOTS).map(|_| None).collect()));
}

/// The record, or the registration, that the row of a stream with this key becomes.
pub(super) fn refer(system: &str, stream: &str, key: &[&str]) -> Referred {
    REMEMBERED.with_borrow_mut(|(named, slots)| {
        named.clear();
        for part in [system, stream].iter().chain(key) {
            named.extend_from_slice(&(part.len() as u32).to_le_bytes());
            named.extend_from_slice(part.as_bytes());
        }
        let slot = &mut slots[slot_of(named)];
        if let Some(remembered) = slot.as_ref().filter(|remembered| remembered.named == *named) {
            return remembered.referred;
        }
        let referred = looked_up(system, stream, key);
        *slot = Some(Remembered { named: named.clone(), referred });
        referred
    })
}

fn looked_up(system: &str, stream: &str, key: &[&str]) -> Referred {
    let parts: Vec<&[u8]> = key.iter().map(|part| part.as_bytes()).collect();
    let key = Hash128::of_parts(&parts);
    Referred { id: record_id(system, stream, &key, 0, None), subject: subject_key(stream, &key) }
}

/// FNV-1a, eight bytes at a time: it only chooses a slot.
fn slot_of(named: &[u8]) -> usize {
    let step = |hash: u64, word: u64| (hash ^ word).wrapping_mul(0x0100_0000_01b3).rotate_left(23);
    let (words, rest) = named.as_chunks::<8>();
    let hash = words.iter().fold(0xcbf2_9ce4_8422_2325, |hash, word| step(hash, u64::from_le_bytes(*word)));
    let hash = rest.iter().fold(hash, |hash, byte| step(hash, u64::from(*byte)));
    (hash >> 40) as usize % SLOTS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_remembered_is_what_would_be_looked_up() {
        for round in 0..3 {
            for number in 0..2000 {
                let number = number.to_string();
                for key in [&["a", &number][..], &[&number], &["a", &number, ""], &[&format!("a{number}")]] {
                    for (system, stream) in [("one", "visits"), ("one", "people"), ("onev", "isits")] {
                        assert_eq!(refer(system, stream, key), looked_up(system, stream, key), "{round} {key:?}");
                    }
                }
            }
        }
    }
}
