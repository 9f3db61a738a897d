//! Counting again from the rows: the digest, the tables, the ledger of a run. Shares no sum with the load.

use std::collections::{BTreeMap, HashMap};

use super::super::digest::{ItemHasher, record_state};
use super::super::schema::quoted;
use super::super::{StoreDigest, StoreError};
use super::SqliteStore;
use super::bulk::{read_id, read_value};
use crate::model::{ChartId, Fate, Hash128, RecordType};

/// What the ledger holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LedgerCount {
    pub records: u64,
    /// Chart rows and registrations that the records say they have.
    pub charted: u64,
    /// Records decided by the run, by system, stream and fate.
    pub fates: BTreeMap<(String, String, String), u64>,
}

impl SqliteStore {
    /// The digest as kept with every batch.
    pub fn digest(&self) -> Result<StoreDigest, StoreError> {
        let failed = StoreError::rusqlite("reading the digest");
        let text: String = self
            .bulk
            .connection
            .query_row("SELECT value FROM store_meta WHERE name = 'digest'", [], |row| row.get(0))
            .map_err(failed)?;
        StoreDigest::parse(&text).ok_or(StoreError::Damaged { what: "no digest".into() })
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
        Ok(digest)
    }

    fn smallest_identities(&self) -> Result<HashMap<ChartId, ChartId>, StoreError> {
        let failed = StoreError::rusqlite("reading the crosswalk");
        let mut select = self
            .bulk
            .connection
            .prepare("SELECT patient_id, min(id) FROM patient_identity GROUP BY patient_id")
            .map_err(&failed)?;
        let mut rows = select.query([]).map_err(&failed)?;
        let mut smallest = HashMap::new();
        while let Some(row) = rows.next().map_err(&failed)? {
            let patient = read_id(row.get_ref(0).map_err(&failed)?)?;
            let identity = read_id(row.get_ref(1).map_err(&failed)?)?;
            smallest.extend(patient.zip(identity));
        }
        Ok(smallest)
    }

    fn recount_chart(
        &self,
        record: RecordType,
        smallest: &HashMap<ChartId, ChartId>,
        digest: &mut StoreDigest,
    ) -> Result<(), StoreError> {
        let failed = StoreError::rusqlite("reading chart rows");
        let columns = record.columns();
        let names: Vec<String> = columns.iter().map(|column| quoted(column.name)).collect();
        let live = if record == RecordType::Patient { " WHERE replaced_by IS NULL" } else { "" };
        let sql = format!("SELECT id, identity_id, {} FROM {}{live}", names.join(", "), quoted(record.table()));
        let mut select = self.bulk.connection.prepare(&sql).map_err(&failed)?;
        let mut rows = select.query([]).map_err(&failed)?;
        let mut hasher = ItemHasher::default();
        let mut values = Vec::with_capacity(columns.len());
        while let Some(row) = rows.next().map_err(&failed)? {
            values.clear();
            for (index, column) in columns.iter().enumerate() {
                values.push(read_value(row.get_ref(index + 2).map_err(&failed)?, column.kind));
            }
            let id = read_id(row.get_ref(0).map_err(&failed)?)?
                .ok_or_else(|| StoreError::Damaged { what: format!("a row of {} without id", record.table()) })?;
            if record == RecordType::Patient {
                if let Some(identity) = smallest.get(&id) {
                    digest.add(hasher.patient(*identity, &values));
                }
            } else {
                let identity = read_id(row.get_ref(1).map_err(&failed)?)?;
                digest.add(hasher.chart_parts(record, id, identity, &values));
            }
        }
        Ok(())
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
        let failed = StoreError::rusqlite("reading the ledger");
        let streams = self.streams()?;
        let mut select = self
            .bulk
            .connection
            .prepare("SELECT stream_id, key_hash, content_hash, fate FROM source_record")
            .map_err(&failed)?;
        let mut rows = select.query([]).map_err(&failed)?;
        let mut hasher = ItemHasher::default();
        while let Some(row) = rows.next().map_err(&failed)? {
            let get = |index: usize| row.get_ref(index).map_err(&failed);
            let stream: i64 = row.get(0).map_err(&failed)?;
            let hash = |index: usize| {
                get(index)?
                    .as_blob()
                    .ok()
                    .and_then(Hash128::from_slice)
                    .ok_or_else(|| StoreError::Damaged { what: "a hash of another length".into() })
            };
            let (key, content) = (hash(1)?, hash(2)?);
            let state = record_state(get(3)?.as_str().unwrap_or_default());
            let (system, name) = streams
                .get(&stream)
                .ok_or_else(|| StoreError::Damaged { what: "a source record of no stream".into() })?;
            digest.add(hasher.source_record(system, name, &key, &content, state));
        }
        Ok(())
    }

    /// System and name of every stream.
    pub fn streams(&self) -> Result<BTreeMap<i64, (String, String)>, StoreError> {
        let failed = StoreError::rusqlite("reading the streams");
        let mut select =
            self.bulk.connection.prepare("SELECT id, system, stream FROM source_stream").map_err(&failed)?;
        let rows = select.query_map([], |row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?)))).map_err(&failed)?;
        rows.collect::<Result<_, _>>().map_err(&failed)
    }

    /// Rows of every chart table.
    pub fn chart_counts(&self) -> Result<BTreeMap<&'static str, u64>, StoreError> {
        let failed = StoreError::rusqlite("counting chart rows");
        let mut counts = BTreeMap::new();
        for record in RecordType::ALL {
            let sql = format!("SELECT count(*) FROM {}", quoted(record.table()));
            let count: i64 = self.bulk.connection.query_row(&sql, [], |row| row.get(0)).map_err(&failed)?;
            counts.insert(record.table(), count as u64);
        }
        Ok(counts)
    }

    /// Counts the ledger in one pass: what a run decided, and how many chart rows and registrations all records say they have.
    pub fn count_ledger(&self, run: i64) -> Result<LedgerCount, StoreError> {
        let failed = StoreError::rusqlite("counting the ledger");
        let streams = self.streams()?;
        // Counted here: SQLite would sort the whole ledger for it.
        let mut select = self
            .bulk
            .connection
            .prepare("SELECT stream_id, fate, run_id, charted FROM source_record")
            .map_err(&failed)?;
        let mut rows = select.query([]).map_err(&failed)?;
        let mut by_number: BTreeMap<(i64, Option<Fate>), u64> = BTreeMap::new();
        let mut count = LedgerCount::default();
        while let Some(row) = rows.next().map_err(&failed)? {
            count.records += 1;
            count.charted += row.get::<_, u16>(3).map(u64::from).map_err(&failed)?;
            if row.get::<_, i64>(2).map_err(&failed)? == run {
                let fate = row.get_ref(1).map_err(&failed)?.as_str().ok().and_then(Fate::parse);
                *by_number.entry((row.get(0).map_err(&failed)?, fate)).or_default() += 1;
            }
        }
        for ((stream, fate), records) in by_number {
            let (system, stream) = streams.get(&stream).cloned().unwrap_or_default();
            count.fates.insert((system, stream, fate.map_or("", Fate::as_str).to_owned()), records);
        }
        Ok(count)
    }

    /// How many records a run changed, and how many of them it had written itself, before it was cut off.
    pub fn changed_records(&self, run: i64) -> Result<(u64, u64), StoreError> {
        let failed = StoreError::rusqlite("reading the history");
        let sql =
            "SELECT count(*), coalesce(sum(previous_run_id = run_id), 0) FROM source_record_history WHERE run_id = ?";
        let counts =
            self.bulk.connection.query_row(sql, [run], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)));
        counts.map(|(all, own)| (all as u64, own as u64)).map_err(failed)
    }

    /// Chart rows other than patients, and registrations: what the ledger's records made.
    pub fn charted_rows(&self) -> Result<u64, StoreError> {
        let failed = StoreError::rusqlite("counting registrations");
        let rows: u64 =
            self.chart_counts()?.iter().filter(|(table, _)| **table != "patient").map(|(_, rows)| rows).sum();
        let registrations: i64 = self
            .bulk
            .connection
            .query_row("SELECT count(*) FROM patient_identity", [], |row| row.get(0))
            .map_err(&failed)?;
        Ok(rows + registrations as u64)
    }

    /// Closes reviews of registrations that have come to one patient since.
    pub fn close_reviews(&mut self) -> Result<(), StoreError> {
        let failed = StoreError::rusqlite("closing reviews");
        let sql = "UPDATE match_review SET status = 'joined' WHERE status = 'open' AND
             (SELECT patient_id FROM patient_identity WHERE id = left_identity) =
             (SELECT patient_id FROM patient_identity WHERE id = right_identity)";
        self.bulk.connection.execute(sql, []).map(drop).map_err(failed)
    }

    /// Rows of the ledger.
    pub fn ledger_rows(&self) -> Result<u64, StoreError> {
        let failed = StoreError::rusqlite("counting the ledger");
        let count: i64 = self
            .bulk
            .connection
            .query_row("SELECT count(*) FROM source_record", [], |row| row.get(0))
            .map_err(&failed)?;
        Ok(count as u64)
    }
}
