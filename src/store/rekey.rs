//! Registrations that take another id, and all that hangs on them: rows, reviews, decisions. By sets: a first night of shared keys
//! renames thousands.

use std::collections::{HashMap, HashSet};

use super::batch::{columns, put_all, stored_hashes};
use super::database::Row;
use super::database::SqlType::{Integer, Text};
use super::digest::ItemHasher;
use super::people::filed;
use super::reviews::{DECISION, read_decision};
use super::schema::quoted;
use super::{EhrStore, RekeyWrite, ReviewDecision, StoreDigest, StoreError};
use crate::model::{ChartId, RecordType};

const DOING: &str = "giving registrations other ids";

impl EhrStore {
    /// Gives registrations other ids, one after the other. What the digest holds of the registrations themselves, of their links and of
    /// their patients is the caller's to change.
    pub(super) fn write_rekeys(&mut self, rekeys: &[RekeyWrite], digest: &mut StoreDigest) -> Result<(), StoreError> {
        let mut rest = rekeys;
        while !rest.is_empty() {
            // Whoever takes an id that another just gave up comes in the next round.
            let mut given_up: HashSet<ChartId> = HashSet::new();
            let mut taken: HashSet<ChartId> = HashSet::new();
            let in_round = rest.iter().take_while(|rekey| {
                let is_free =
                    rekey.id == rekey.former || (!given_up.contains(&rekey.id) && !taken.contains(&rekey.former));
                given_up.insert(rekey.former);
                taken.insert(rekey.id);
                is_free
            });
            let count = in_round.count();
            let (round, later) = rest.split_at(count);
            self.write_round(round, digest)?;
            rest = later;
        }
        Ok(())
    }

    fn write_round(&mut self, rekeys: &[RekeyWrite], digest: &mut StoreDigest) -> Result<(), StoreError> {
        let make = "CREATE TEMP TABLE IF NOT EXISTS new_key (former TEXT PRIMARY KEY, id TEXT, source_record BIGINT, ordinal BIGINT);
                    DELETE FROM new_key;
                    CREATE TEMP TABLE IF NOT EXISTS new_row (former TEXT PRIMARY KEY, id TEXT, identity TEXT);
                    CREATE TEMP TABLE IF NOT EXISTS new_pair (row_id BIGINT PRIMARY KEY, left_identity TEXT, right_identity TEXT);";
        self.database.script(DOING, make)?;
        let to =
            columns("new_key", &[("former", Text), ("id", Text), ("source_record", Integer), ("ordinal", Integer)]);
        self.database.add(DOING, &to, rekeys.len(), &mut |at, sink| {
            let RekeyWrite { former, id, source_record, ordinal, .. } = &rekeys[at];
            put_all(sink, &[former.into(), id.into(), (*source_record).into(), i64::from(*ordinal).into()])
        })?;
        for record in filed() {
            self.rename_rows(record, rekeys, digest)?;
        }
        for sql in [
            "UPDATE patient_identity SET id = k.id FROM new_key k WHERE k.former = patient_identity.id AND k.former <> k.id",
            "UPDATE patient_identity SET matched_identity = k.id FROM new_key k
             WHERE k.former = patient_identity.matched_identity AND k.former <> k.id",
            "UPDATE patient SET identity_id = k.id FROM new_key k WHERE k.former = patient.identity_id AND k.former <> k.id",
            "UPDATE source_record SET ordinal = k.ordinal FROM new_key k WHERE k.source_record = source_record.id",
        ] {
            self.database.execute(DOING, sql, &[])?;
        }
        let renamed: HashMap<ChartId, ChartId> =
            rekeys.iter().filter(|key| key.former != key.id).map(|key| (key.former, key.id)).collect();
        self.rename_in_reviews(&renamed)?;
        self.rename_in_decisions(&renamed, digest)?;
        self.rename_in_document_decisions(&renamed, digest)?;
        self.rename_in_links(&renamed, digest)
    }

    /// Chart rows of a type that are filed under the registrations.
    fn rename_rows(
        &mut self,
        record: RecordType,
        rekeys: &[RekeyWrite],
        digest: &mut StoreDigest,
    ) -> Result<(), StoreError> {
        let table = quoted(record.table());
        let under = format!(
            "SELECT t.id, k.id FROM {table} t JOIN new_key k ON k.former = t.identity_id
             WHERE t.patient_id IN (SELECT i.patient_id FROM patient_identity i JOIN new_key k ON k.former = i.id)"
        );
        let found = self.database.query_all(DOING, &under, &[], |row| Ok((row.id(0)?, row.id(1)?)))?;
        if found.is_empty() {
            return Ok(());
        }
        let own: HashMap<ChartId, ChartId> = rekeys
            .iter()
            .flat_map(|rekey| &rekey.rows)
            .filter(|(of, ..)| *of == record)
            .map(|(_, former, renamed)| (*former, *renamed))
            .collect();
        let new_id = |id: &ChartId| own.get(id).copied().unwrap_or(*id);
        self.database.script(DOING, "DELETE FROM new_row;")?;
        let to = columns("new_row", &[("former", Text), ("id", Text), ("identity", Text)]);
        self.database.add(DOING, &to, found.len(), &mut |at, sink| {
            let (former, identity) = &found[at];
            put_all(sink, &[former.into(), (&new_id(former)).into(), identity.into()])
        })?;
        let ids = |new: bool| found.iter().map(|(id, _)| if new { new_id(id) } else { *id }).collect::<Vec<_>>();
        let before = stored_hashes(self.database.as_ref(), record, &ids(false))?;
        let rename = format!(
            "UPDATE {table} SET id = n.id, identity_id = n.identity FROM new_row n WHERE n.former = {table}.id"
        );
        self.database.execute(DOING, &rename, &[])?;
        if record == RecordType::DocumentReference {
            let sql = "UPDATE document_content SET document_id = n.id FROM new_row n WHERE n.former = document_content.document_id";
            self.database.execute(DOING, sql, &[])?;
        }
        let after = stored_hashes(self.database.as_ref(), record, &ids(true))?;
        before.into_values().for_each(|hash| digest.subtract(hash));
        after.into_values().for_each(|hash| digest.add(hash));
        Ok(())
    }

    fn put_pairs(&mut self, pairs: &[(i64, ChartId, ChartId)]) -> Result<(), StoreError> {
        self.database.script(DOING, "DELETE FROM new_pair;")?;
        let to = columns("new_pair", &[("row_id", Integer), ("left_identity", Text), ("right_identity", Text)]);
        self.database.add(DOING, &to, pairs.len(), &mut |at, sink| {
            let (number, left, right) = &pairs[at];
            put_all(sink, &[(*number).into(), left.into(), right.into()])
        })
    }

    fn rename_in_reviews(&mut self, renamed: &HashMap<ChartId, ChartId>) -> Result<(), StoreError> {
        let read = |row: &dyn Row| Ok((row.integer(0)?, row.id(1)?, row.id(2)?));
        let sql = "SELECT row_id, left_identity, right_identity FROM match_review ORDER BY row_id";
        let all = self.database.query_all(DOING, sql, &[], read)?;
        let is_renamed = |left: &ChartId, right: &ChartId| renamed.contains_key(left) || renamed.contains_key(right);
        let mut there: HashSet<(ChartId, ChartId)> = all
            .iter()
            .filter(|(_, left, right)| !is_renamed(left, right))
            .map(|(_, left, right)| (*left, *right))
            .collect();
        let (mut changed, mut gone) = (Vec::new(), Vec::new());
        for (number, left, right) in all.iter().filter(|(_, left, right)| is_renamed(left, right)) {
            let (left, right) = pair_of(*left, *right, renamed);
            // A pair that is there under the other name already stays.
            if there.insert((left, right)) {
                changed.push((*number, left, right));
            } else {
                gone.push((*number, left, right));
            }
        }
        self.put_pairs(&gone)?;
        let delete = "DELETE FROM match_review WHERE row_id IN (SELECT row_id FROM new_pair)";
        self.database.execute(DOING, delete, &[])?;
        self.put_pairs(&changed)?;
        let rename = "UPDATE match_review SET left_identity = n.left_identity, right_identity = n.right_identity
                      FROM new_pair n WHERE n.row_id = match_review.row_id";
        self.database.execute(DOING, rename, &[]).map(drop)
    }

    /// Decisions follow a registration that takes another id.
    fn rename_in_decisions(
        &mut self,
        renamed: &HashMap<ChartId, ChartId>,
        digest: &mut StoreDigest,
    ) -> Result<(), StoreError> {
        let sql = format!("{DECISION}, row_id FROM review_decision ORDER BY row_id");
        let read = |row: &dyn Row| Ok((read_decision(row)?, row.integer(7)?));
        let all = self.database.query_all(DOING, &sql, &[], read)?;
        let is_renamed = |one: &ReviewDecision| renamed.contains_key(&one.left) || renamed.contains_key(&one.right);
        let mut hasher = ItemHasher::default();
        let mut changed = Vec::new();
        for (decision, number) in all.iter().filter(|(decision, _)| is_renamed(decision)) {
            let (left, right) = pair_of(decision.left, decision.right, renamed);
            digest.subtract(hasher.decision(decision));
            digest.add(hasher.decision(&ReviewDecision { left, right, ..decision.clone() }));
            changed.push((*number, left, right));
        }
        self.put_pairs(&changed)?;
        let rename = "UPDATE review_decision SET left_identity = n.left_identity, right_identity = n.right_identity
                      FROM new_pair n WHERE n.row_id = review_decision.row_id";
        self.database.execute(DOING, rename, &[]).map(drop)
    }
}

/// A pair under its new names, the smaller first.
fn pair_of(left: ChartId, right: ChartId, renamed: &HashMap<ChartId, ChartId>) -> (ChartId, ChartId) {
    let new = |id: ChartId| renamed.get(&id).copied().unwrap_or(id);
    let (left, right) = (new(left), new(right));
    (left.min(right), left.max(right))
}
