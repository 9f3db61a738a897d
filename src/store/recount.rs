//! Counting again from the rows: the digest, the tables, the ledger of a run. Shares no sum with the load.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::digest::{ItemHasher, record_state};
use super::schema::before::tracked;
use super::schema::quoted;
use super::{EhrStore, StoreDigest, StoreError};
use crate::model::{ChartId, Fate, RecordType};

/// What the ledger holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LedgerCount {
    /// Records that the run brought.
    pub new_records: u64,
    /// Chart rows and registrations that all records say they have.
    pub charted: u64,
    /// Records decided by the run, by system, stream and fate.
    pub fates: BTreeMap<(String, String, String), u64>,
    /// The first and the last number of each stream's records.
    pub numbers: BTreeMap<i64, (i64, i64)>,
}

impl EhrStore {
    /// The digest as kept with every batch: what stood before runs kept their change of it, and the change of each run.
    pub fn digest(&self) -> Result<StoreDigest, StoreError> {
        let sql = "SELECT value FROM store_meta WHERE name = 'digest'
                   UNION ALL SELECT digest_change FROM run WHERE digest_change IS NOT NULL";
        let mut digest = StoreDigest::default();
        self.database.query("reading the digest", sql, &[], &mut |row| {
            let change = StoreDigest::parse(row.text(0)?);
            digest.merge(change.ok_or_else(|| StoreError::Damaged { what: "no digest".into() })?);
            Ok(())
        })?;
        Ok(digest)
    }

    /// The digest, counted from every row.
    pub fn recount_digest(&self) -> Result<StoreDigest, StoreError> {
        let mut digest = StoreDigest::default();
        let smallest = self.smallest_identities()?;
        for record in RecordType::ALL {
            self.recount_chart(*record, &smallest, &mut digest)?;
        }
        self.recount_identities(&smallest, &mut digest)?;
        self.recount_records(&mut digest)?;
        let mut hasher = ItemHasher::default();
        self.decisions()?.iter().for_each(|decision| digest.add(hasher.decision(decision)));
        self.document_decisions()?.iter().for_each(|decision| digest.add(hasher.document_decision(decision)));
        let links = self.identity_links()?;
        links.iter().for_each(|link| digest.add(hasher.identity_link(link.identity, &link.system, &link.said)));
        Ok(digest)
    }

    fn smallest_identities(&self) -> Result<HashMap<ChartId, ChartId>, StoreError> {
        let mut smallest = HashMap::new();
        let sql = "SELECT patient_id, min(id) FROM patient_identity GROUP BY patient_id";
        self.database.query("reading the crosswalk", sql, &[], &mut |row| {
            smallest.insert(row.id(0)?, row.id(1)?);
            Ok(())
        })?;
        Ok(smallest)
    }

    fn recount_chart(
        &self,
        record: RecordType,
        smallest: &HashMap<ChartId, ChartId>,
        digest: &mut StoreDigest,
    ) -> Result<(), StoreError> {
        let columns = record.columns();
        let names: Vec<String> = columns.iter().map(|column| quoted(column.name)).collect();
        let live = if record == RecordType::Patient { " WHERE replaced_by IS NULL" } else { "" };
        let sql = format!("SELECT id, identity_id, {} FROM {}{live}", names.join(", "), quoted(record.table()));
        let mut hasher = ItemHasher::default();
        let mut values = Vec::with_capacity(columns.len());
        self.database.query("reading chart rows", &sql, &[], &mut |row| {
            values.clear();
            values.extend(columns.iter().enumerate().map(|(at, column)| row.value(at + 2, column.kind)));
            let id = row.id(0)?;
            if record != RecordType::Patient {
                digest.add(hasher.chart_parts(record, id, row.optional_id(1)?, &values));
            } else if let Some(identity) = smallest.get(&id) {
                digest.add(hasher.patient(*identity, &values));
            }
            Ok(())
        })
    }

    fn recount_identities(
        &self,
        smallest: &HashMap<ChartId, ChartId>,
        digest: &mut StoreDigest,
    ) -> Result<(), StoreError> {
        let mut hasher = ItemHasher::default();
        self.known_identities(|identity| {
            digest.add(hasher.identity(identity.id, &identity.system, &identity.key, &identity.values));
            if let Some(first) = smallest.get(&identity.patient) {
                digest.add(hasher.link(identity.id, *first));
            }
        })
    }

    fn recount_records(&self, digest: &mut StoreDigest) -> Result<(), StoreError> {
        let streams = self.streams()?;
        let mut hasher = ItemHasher::default();
        let sql = "SELECT stream_id, key_hash, content_hash, fate FROM source_record";
        self.database.query("reading the ledger", sql, &[], &mut |row| {
            let (key, content) = (row.hash(1)?, row.hash(2)?);
            let (system, name) = streams
                .get(&row.integer(0)?)
                .ok_or_else(|| StoreError::Damaged { what: "a source record of no stream".into() })?;
            digest.add(hasher.source_record(system, name, &key, &content, record_state(row.text(3)?)));
            Ok(())
        })
    }

    /// System and name of every stream.
    pub fn streams(&self) -> Result<BTreeMap<i64, (String, String)>, StoreError> {
        let mut streams = BTreeMap::new();
        self.database.query(
            "reading the streams",
            "SELECT id, system, stream FROM source_stream",
            &[],
            &mut |row| {
                streams.insert(row.integer(0)?, (row.text(1)?.to_owned(), row.text(2)?.to_owned()));
                Ok(())
            },
        )?;
        Ok(streams)
    }

    /// Chart tables that have rows.
    pub fn filled_tables(&self) -> Result<BTreeSet<&'static str>, StoreError> {
        let mut filled = BTreeSet::new();
        for record in RecordType::ALL {
            let sql = format!("SELECT count(*) FROM (SELECT 1 FROM {} LIMIT 1) AS one", quoted(record.table()));
            if self.database.count(&sql, &[])? > 0 {
                filled.insert(record.table());
            }
        }
        Ok(filled)
    }

    /// Whether a run added or changed any row.
    pub fn has_written(&self, run: i64) -> Result<bool, StoreError> {
        let added = "SELECT count(*) FROM run_block WHERE run_id = ?";
        if self.database.count(added, &[run.into()])? > 0 {
            return Ok(true);
        }
        for table in tracked() {
            let sql = format!(
                "SELECT count(*) FROM (SELECT 1 FROM {} WHERE run_id_before = ? LIMIT 1) AS one",
                table.before()
            );
            if self.database.count(&sql, &[run.into()])? > 0 {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Rows of every chart table.
    pub fn chart_counts(&self) -> Result<BTreeMap<&'static str, u64>, StoreError> {
        let mut counts = BTreeMap::new();
        for record in RecordType::ALL {
            let sql = format!("SELECT count(*) FROM {}", quoted(record.table()));
            counts.insert(record.table(), self.database.count(&sql, &[])?);
        }
        Ok(counts)
    }

    /// How many rows every chart table has more by a run: those it added, without those that it took out.
    pub fn chart_counts_of(&self, run: i64) -> Result<BTreeMap<&'static str, i64>, StoreError> {
        let mut counts = BTreeMap::new();
        for record in RecordType::ALL {
            let table = quoted(record.table());
            let count = format!("SELECT count(*) FROM {table}");
            let mut rows = 0;
            let blocks = joined(self.blocks(record.table(), run)?);
            if !blocks.is_empty() && self.is_alone(record.table(), run)? {
                // By an index, where there is one.
                rows = self.database.count(&count, &[])?;
            } else {
                for (first, last) in blocks {
                    let count = format!("{count} WHERE row_id BETWEEN ? AND ?");
                    rows += self.database.count(&count, &[first.into(), last.into()])?;
                }
            }
            // Whoever changes a person's patient takes its row out and adds another.
            let before = quoted(&format!("{}_before", record.table()));
            let gone = format!("SELECT count(*) FROM {before} WHERE run_id_before = ? AND gone_before = 1");
            let gone = self.database.count(&gone, &[run.into()])?;
            let by_others = format!(
                "SELECT count(*) FROM {before} WHERE run_id_before <> ? AND gone_before = 1 AND {}",
                self.added(record.table(), "row_id", run)?
            );
            let by_others = self.database.count(&by_others, &[run.into()])?;
            counts.insert(record.table(), (rows + by_others) as i64 - gone as i64);
        }
        Ok(counts)
    }

    /// Counts the ledger in one pass: what a run brought and decided, and how many chart rows and registrations all records say
    /// they have.
    pub fn count_ledger(&self, run: i64) -> Result<LedgerCount, StoreError> {
        const DOING: &str = "counting the ledger";
        let streams = self.streams()?;
        let blocks = joined(self.blocks("source_record", run)?);
        let mut by_number: BTreeMap<(i64, Option<Fate>), u64> = BTreeMap::new();
        let mut count = LedgerCount::default();
        if self.database.gathers_well() {
            for (first, last) in blocks {
                let sql = "SELECT count(*) FROM source_record WHERE id BETWEEN ? AND ?";
                count.new_records += self.database.count(sql, &[first.into(), last.into()])?;
            }
            let sql = "SELECT stream_id, fate, run_id, CAST(sum(charted) AS BIGINT), count(*), min(id), max(id)
                       FROM source_record GROUP BY stream_id, fate, run_id";
            self.database.query(DOING, sql, &[], &mut |row| {
                widen(&mut count.numbers, row.integer(0)?, (row.integer(5)?, row.integer(6)?));
                count.charted += row.integer(3)? as u64;
                if row.integer(2)? == run {
                    by_number.insert((row.integer(0)?, Fate::parse(row.text(1)?)), row.integer(4)? as u64);
                }
                Ok(())
            })?;
        } else {
            let sql = "SELECT id, stream_id, fate, run_id, charted FROM source_record";
            self.database.query(DOING, sql, &[], &mut |row| {
                let id = row.integer(0)?;
                widen(&mut count.numbers, row.integer(1)?, (id, id));
                let next = blocks.partition_point(|(first, _)| *first <= id);
                count.new_records += u64::from(next > 0 && id <= blocks[next - 1].1);
                count.charted += row.integer(4)? as u64;
                if row.integer(3)? == run {
                    *by_number.entry((row.integer(1)?, Fate::parse(row.text(2)?))).or_default() += 1;
                }
                Ok(())
            })?;
        }
        for ((stream, fate), records) in by_number {
            let (system, stream) = streams.get(&stream).cloned().unwrap_or_default();
            count.fates.insert((system, stream, fate.map_or("", Fate::as_str).to_owned()), records);
        }
        Ok(count)
    }

    /// The first and the last number of each stream's records.
    pub fn record_numbers(&self) -> Result<BTreeMap<i64, (i64, i64)>, StoreError> {
        let sql = "SELECT stream_id, min(id), max(id) FROM source_record GROUP BY stream_id";
        let read = |row: &dyn super::Row| Ok((row.integer(0)?, (row.integer(1)?, row.integer(2)?)));
        Ok(self.database.query_all("counting the ledger", sql, &[], read)?.into_iter().collect())
    }

    /// How many records a run changed, and how many of them it had written itself, before it was cut off.
    pub fn changed_records(&self, run: i64) -> Result<(u64, u64), StoreError> {
        let sql = "SELECT count(*), coalesce(sum(CASE WHEN previous_run_id = run_id THEN 1 ELSE 0 END), 0)
                   FROM source_record_history WHERE run_id = ?";
        let read = |row: &dyn super::Row| Ok((row.integer(0)? as u64, row.integer(1)? as u64));
        Ok(self.database.query_one("reading the history", sql, &[run.into()], read)?.unwrap_or_default())
    }

    /// Chart rows other than patients, and registrations: what the ledger's records made.
    pub fn charted_rows(&self) -> Result<u64, StoreError> {
        let counts = self.chart_counts()?;
        let rows: u64 = counts.iter().filter(|(table, _)| **table != "patient").map(|(_, rows)| rows).sum();
        Ok(rows + self.database.count("SELECT count(*) FROM patient_identity", &[])?)
    }

    /// Rows of the ledger.
    pub fn ledger_rows(&self) -> Result<u64, StoreError> {
        self.database.count("SELECT count(*) FROM source_record", &[])
    }
}

fn widen(numbers: &mut BTreeMap<i64, (i64, i64)>, stream: i64, (first, last): (i64, i64)) {
    let range = numbers.entry(stream).or_insert((first, last));
    *range = (range.0.min(first), range.1.max(last));
}

/// Blocks that touch, as one.
pub(super) fn joined(blocks: Vec<(i64, i64)>) -> Vec<(i64, i64)> {
    let mut all: Vec<(i64, i64)> = Vec::new();
    for (first, last) in blocks {
        match all.last_mut() {
            Some((_, end)) if *end + 1 == first => *end = last,
            _ => all.push((first, last)),
        }
    }
    all
}
