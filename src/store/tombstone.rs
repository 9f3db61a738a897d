//! Tombstones: what is left of people who were erased. Each is sealed with the seal of the one before, so that none can be changed or
//! taken away without it being seen.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::database::Row;
use super::schema::before::{all_tables, tracked};
use super::{EhrStore, StoreError};
use crate::model::Hash128;

/// What a tombstone says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tombstone {
    /// When, as RFC 3339 text.
    pub at: String,
    /// Who gave the command.
    pub by: String,
    /// The order behind it.
    pub reason: String,
    pub registrations: Vec<ErasedRegistration>,
    /// Source records that a human named, since no rule finds them.
    pub records: Vec<ErasedRecord>,
    /// Files that documents of the person held, by what they are known by.
    pub files: Vec<ErasedContent>,
    /// Source records of which nothing is left.
    pub source_records: u64,
    pub chart_rows: u64,
    /// Runs that had loaded or changed the person's data: undoing one of them would need what is gone.
    pub runs: Vec<i64>,
}

/// By which names a source may not bring a person back: hashes. They hold nothing that can be read; but whoever has a list of keys or of
/// people can try which of them it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErasedRegistration {
    pub system: String,
    pub stream: String,
    /// Of the record's key.
    #[serde(with = "hex")]
    pub key: Hash128,
    /// Of what tells people apart.
    #[serde(with = "hex")]
    pub person: Hash128,
    pub known_by: KnownBy,
}

/// A source record that may not come back by itself.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ErasedRecord {
    pub system: String,
    pub stream: String,
    #[serde(with = "hex")]
    pub key: Hash128,
    #[serde(with = "hex")]
    pub content: Hash128,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ErasedContent(#[serde(with = "hex")] pub Hash128);

/// What tells an erased registration from others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KnownBy {
    /// The key names nobody else.
    Key,
    /// The key names other people too: whoever is not one of those, to the letter, is taken for the erased.
    Others,
    /// The row had no key.
    Person,
}

/// A tombstone as the store keeps it.
#[derive(Clone, Debug)]
pub struct KeptTombstone {
    pub run: i64,
    pub tombstone: Tombstone,
    pub scrubbed: bool,
}

mod hex {
    use super::Hash128;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn serialize<S: Serializer>(hash: &Hash128, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&format!("{hash:?}"))
    }

    pub fn deserialize<'d, D: Deserializer<'d>>(from: D) -> Result<Hash128, D::Error> {
        let text = String::deserialize(from)?;
        let byte = |at: usize| text.get(at * 2..at * 2 + 2).and_then(|two| u8::from_str_radix(two, 16).ok());
        let bytes: Option<Vec<u8>> = (0..16).map(byte).collect();
        let hash = bytes.filter(|_| text.len() == 32).and_then(|bytes| Hash128::from_slice(&bytes));
        hash.ok_or_else(|| D::Error::custom("no hash of 32 hexadecimal digits"))
    }
}

pub(super) fn seal(former_seal: &str, text: &str) -> String {
    let hash = Sha256::digest(format!("{former_seal}\n{text}"));
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A row of the table.
struct Sealed {
    run: i64,
    text: String,
    former_seal: String,
    seal: String,
    scrubbed: bool,
}

impl EhrStore {
    fn sealed(&self) -> Result<Vec<Sealed>, StoreError> {
        let sql = "SELECT run_id, text, former_seal, seal, scrubbed FROM tombstone ORDER BY run_id";
        self.database.query_all("reading the tombstones", sql, &[], |row| {
            Ok(Sealed {
                run: row.integer(0)?,
                text: row.text(1)?.to_owned(),
                former_seal: row.text(2)?.to_owned(),
                seal: row.text(3)?.to_owned(),
                scrubbed: row.integer(4)? != 0,
            })
        })
    }

    /// Every tombstone, the earliest first. One that cannot be read would let an erased person back in: that is an error.
    pub fn tombstones(&self) -> Result<Vec<KeptTombstone>, StoreError> {
        let read = |sealed: Sealed| {
            let damaged =
                |_| StoreError::Damaged { what: format!("a tombstone (run {}) that cannot be read", sealed.run) };
            let tombstone = serde_json::from_str(&sealed.text).map_err(damaged)?;
            Ok(KeptTombstone { run: sealed.run, tombstone, scrubbed: sealed.scrubbed })
        };
        self.sealed()?.into_iter().map(read).collect()
    }

    /// The seal that the next tombstone builds on.
    pub(super) fn last_seal(&self) -> Result<String, StoreError> {
        Ok(self.sealed()?.pop().map(|sealed| sealed.seal).unwrap_or_default())
    }

    /// Tombstones that are not as they were sealed, and erasures without one.
    pub(super) fn damaged_tombstones(&self, damages: &mut Vec<String>) -> Result<(), StoreError> {
        let mut former = String::new();
        let sealed = self.sealed()?;
        for one in &sealed {
            if one.former_seal != former || seal(&one.former_seal, &one.text) != one.seal {
                damages.push(format!("the tombstone of run {} is not as it was sealed", one.run));
            }
            former.clone_from(&one.seal);
        }
        let sql = "SELECT id, plan FROM run WHERE command = 'erase' ORDER BY id";
        let read = |row: &dyn Row| Ok((row.integer(0)?, row.text(1)?.to_owned()));
        for (run, plan) in self.database.query_all("reading the runs", sql, &[], read)? {
            let plan: serde_json::Value = serde_json::from_str(&plan).unwrap_or_default();
            match sealed.iter().find(|one| one.run == run) {
                None => damages.push(format!("run {run} erased a person, and its tombstone is not there")),
                Some(one) if plan["seal"].as_str() != Some(&one.seal) => {
                    damages.push(format!("the tombstone of run {run} has another seal than its run"));
                }
                Some(_) => {}
            }
        }
        Ok(())
    }

    /// Writes the space over that erased people's data took.
    pub fn scrub(&self) -> Result<(), StoreError> {
        let before = tracked().into_iter().map(|table| format!("{}_before", table.table));
        let tables: Vec<String> = all_tables().into_iter().map(|table| table.table).chain(before).collect();
        self.database.scrub(&tables)?;
        self.database
            .execute("noting an erasure", "UPDATE tombstone SET scrubbed = 1 WHERE scrubbed = 0", &[])
            .map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tombstone_reads_back() {
        let registration = ErasedRegistration {
            system: "a".into(),
            stream: "people".into(),
            key: Hash128::of_parts(&[b"1"]),
            person: Hash128::of_parts(&[b"x"]),
            known_by: KnownBy::Others,
        };
        let text = serde_json::to_string(&registration).expect("JSON");
        assert_eq!(serde_json::from_str::<ErasedRegistration>(&text).expect("a registration"), registration);
        assert!(serde_json::from_str::<ErasedRegistration>(&text.replace("\"key\":\"", "\"key\":\"0")).is_err());
    }
}
