//! What a large store keeps of its matching, so that a night compares new people with those near them and not with all: the blocks that
//! each registration falls into, and every pair that is a match or worth a review.
//!
//! It is derived from the registrations, made when a night first pays for it, and thrown away by whatever changes them otherwise. It is
//! in no digest, no undo and no copy.

use super::batch::{columns, put_all};
use super::database::SqlType::{Bytes, Integer, Real, Text};
use super::database::{Cell, Row};
use super::schema::{Dialect, MATCH_INDEX, POSTGRES_MATCH_INDEX};
use super::{EhrStore, StoreError};
use crate::model::ChartId;

/// Two registrations that are a match or worth a review.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MatchEdge {
    pub left: ChartId,
    pub right: ChartId,
    /// log2.
    pub weight: f64,
    pub is_match: bool,
    /// One of them only repeats what many say.
    pub is_repeat: bool,
}

const DOING: &str = "keeping how people were matched";
const STAMP: &str = "match_index";

/// The last of the indexes that are made: with it the tables are there.
const LAST_INDEX: &str = "match_edge_right";

/// How many bytes a key has.
const KEY_BYTES: usize = 24;

impl EhrStore {
    /// Whether the blocks and pairs that are kept are those of the registrations as they stand, under this model.
    pub fn has_match_index(&self, model: &str) -> Result<bool, StoreError> {
        let sql = "SELECT value FROM store_meta WHERE name = ?";
        let read = |row: &dyn Row| Ok(row.text(0)?.to_owned());
        let Some(stamp) = self.database.query_one(DOING, sql, &[STAMP.into()], read)? else { return Ok(false) };
        Ok(self.database.index_names()?.contains(LAST_INDEX) && stamp == self.match_stamp(model)?)
    }

    /// What changes whenever registrations do: how many there are, the last that was written, and what was taken back or erased.
    fn match_stamp(&self, model: &str) -> Result<String, StoreError> {
        let count = |sql: &str| self.database.count(sql, &[]);
        let registrations = count("SELECT count(*) FROM patient_identity")?;
        let written = count("SELECT max(first_row) FROM run_block WHERE table_name = 'patient_identity'")?;
        let taken_back = count("SELECT count(*) FROM run WHERE command IN ('undo', 'erase')")?;
        Ok(format!("{model} {registrations} {written} {taken_back}"))
    }

    /// Says that what is kept is that of the registrations as they stand.
    pub fn stamp_match_index(&mut self, model: &str) -> Result<(), StoreError> {
        let stamp = self.match_stamp(model)?;
        let put = "INSERT INTO store_meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        self.database.execute(DOING, put, &[STAMP.into(), (&stamp).into()]).map(drop)
    }

    /// From how many registrations on it is worth keeping.
    pub fn match_index_from(&self) -> Result<u64, StoreError> {
        let sql = "SELECT value FROM store_meta WHERE name = 'match_index_from'";
        let set = self.database.query_one(DOING, sql, &[], |row| Ok(row.text(0)?.parse().ok()))?;
        Ok(set.flatten().unwrap_or(WORTH_AN_INDEX))
    }

    pub fn drop_match_index(&mut self) -> Result<(), StoreError> {
        self.database.execute(DOING, "DELETE FROM store_meta WHERE name = ?", &[STAMP.into()])?;
        let drop = "DROP TABLE IF EXISTS match_block; DROP TABLE IF EXISTS match_edge; DROP INDEX IF EXISTS patient_identity_key;";
        self.database.script(DOING, drop)
    }

    /// Makes the tables anew, empty; keys are then put in order, and [`Self::finish_match_index`] ends it.
    pub fn begin_match_index(&mut self) -> Result<(), StoreError> {
        self.drop_match_index()?;
        let tables = match self.database.dialect() {
            Dialect::Sqlite => MATCH_INDEX,
            Dialect::Postgres => POSTGRES_MATCH_INDEX,
        };
        self.database.script(DOING, tables)
    }

    /// Adds what is made after the rows are there.
    pub fn finish_match_index(&mut self) -> Result<(), StoreError> {
        self.database.script(
            DOING,
            "CREATE INDEX patient_identity_key ON patient_identity (stream_id, key_hash);
             CREATE INDEX match_edge_right ON match_edge (right_identity);",
        )
    }

    pub fn add_match_keys(&mut self, keys: &[([u8; KEY_BYTES], ChartId)]) -> Result<(), StoreError> {
        let to = columns("match_block", &[("key", Bytes), ("identity", Text)]);
        self.database.add(DOING, &to, keys.len(), &mut |at, sink| {
            let (key, identity) = &keys[at];
            put_all(sink, &[Cell::from(&key[..]), identity.into()])
        })
    }

    pub fn remove_match_keys(&mut self, keys: &[([u8; KEY_BYTES], ChartId)]) -> Result<(), StoreError> {
        for (key, identity) in keys {
            let delete = "DELETE FROM match_block WHERE key = ? AND identity = ?";
            self.database.execute(DOING, delete, &[Cell::from(&key[..]), identity.into()])?;
        }
        Ok(())
    }

    /// How many keys begin with these bytes, counted up to `most`.
    pub fn count_match_keys(&self, shared: &[u8], most: usize) -> Result<usize, StoreError> {
        let (first, last) = range(shared);
        let sql = "SELECT count(*) FROM (SELECT 1 FROM match_block WHERE key >= ? AND key <= ? LIMIT ?) AS found";
        let values = [Cell::from(&first[..]), Cell::from(&last[..]), (most as i64).into()];
        Ok(self.database.count(sql, &values)? as usize)
    }

    /// Whose keys begin with these bytes.
    pub fn match_members(&self, shared: &[u8]) -> Result<Vec<ChartId>, StoreError> {
        let (first, last) = range(shared);
        let sql = "SELECT identity FROM match_block WHERE key >= ? AND key <= ? ORDER BY key, identity";
        let values = [Cell::from(&first[..]), Cell::from(&last[..])];
        self.database.query_all(DOING, sql, &values, |row| row.id(0))
    }

    pub fn add_match_edges(&mut self, edges: &[MatchEdge]) -> Result<(), StoreError> {
        let listed = [
            ("left_identity", Text),
            ("right_identity", Text),
            ("weight", Real),
            ("is_match", Integer),
            ("is_repeat", Integer),
        ];
        self.database.add(DOING, &columns("match_edge", &listed), edges.len(), &mut |at, sink| {
            let MatchEdge { left, right, weight, is_match, is_repeat } = &edges[at];
            let flags = [i64::from(*is_match).into(), i64::from(*is_repeat).into()];
            put_all(sink, &[left.into(), right.into(), (*weight).into(), flags[0], flags[1]])
        })
    }

    /// All pairs of these registrations; those of two of them twice.
    pub fn match_edges_of(&self, identities: &[ChartId]) -> Result<Vec<MatchEdge>, StoreError> {
        let mut edges = Vec::new();
        for side in ["left_identity", "right_identity"] {
            let select = format!(
                "SELECT left_identity, right_identity, weight, is_match, is_repeat FROM match_edge WHERE {side}"
            );
            self.database.query_ids(DOING, &select, identities, &mut |row| {
                let (left, right, weight) = (row.id(0)?, row.id(1)?, row.real(2)?);
                let (is_match, is_repeat) = (row.integer(3)? == 1, row.integer(4)? == 1);
                edges.push(MatchEdge { left, right, weight, is_match, is_repeat });
                Ok(())
            })?;
        }
        Ok(edges)
    }

    pub fn remove_match_edges_of(&mut self, identities: &[ChartId]) -> Result<(), StoreError> {
        for side in ["left_identity", "right_identity"] {
            self.database.execute_ids(DOING, &format!("DELETE FROM match_edge WHERE {side}"), identities)?;
        }
        Ok(())
    }
}

/// A night in a store with fewer registrations links them all in about a second.
const WORTH_AN_INDEX: u64 = 100_000;

/// The first and the last key that begin with these bytes.
fn range(shared: &[u8]) -> ([u8; KEY_BYTES], [u8; KEY_BYTES]) {
    let (mut first, mut last) = ([0; KEY_BYTES], [0xff; KEY_BYTES]);
    first[..shared.len()].copy_from_slice(shared);
    last[..shared.len()].copy_from_slice(shared);
    (first, last)
}
