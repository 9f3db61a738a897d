//! What the last run found in each stream. It saves the next run time, and holds only as long as nothing else has touched the system.

use std::collections::BTreeMap;

use super::database::Row;
use super::known::{RECORD, read_record};
use super::{EhrStore, KnownRecord, StoreError, StreamId};

/// What is remembered of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamMemory {
    pub stream: StreamId,
    /// The numbers that its source records lie between.
    pub records: (i64, i64),
    /// JSON, and a byte for each record; none where the records have to be compared again.
    pub found: Option<(String, Vec<u8>)>,
}

const DOING: &str = "reading what is remembered";

impl EhrStore {
    /// What the last run of a system left, by stream; nothing where anything has changed the system's records since, or may have.
    pub fn stream_memories(&self, system: &str) -> Result<BTreeMap<String, StreamMemory>, StoreError> {
        // Undoing and erasing reach any system.
        let sql = "SELECT m.stream_id, m.first_record, m.last_record, m.survey, m.classes, s.stream
             FROM stream_memory m JOIN source_stream s ON s.id = m.stream_id JOIN run r ON r.id = m.run_id
             WHERE s.system = ?1 AND r.status = 'done' AND NOT EXISTS
             (SELECT 1 FROM run l WHERE l.id > m.run_id AND
              (l.system = '' OR l.id IN (SELECT o.run_id FROM run_system o WHERE o.system = ?1)))";
        let mut memories = BTreeMap::new();
        self.database.query(DOING, sql, &[system.into()], &mut |row| {
            let survey = row.optional_text(3)?.map(str::to_owned);
            let damaged = |_| StoreError::Damaged { what: "a memory that cannot be unpacked".into() };
            let found = match survey {
                Some(survey) => Some((survey, zstd::stream::decode_all(row.bytes(4)?).map_err(damaged)?)),
                None => None,
            };
            let memory = StreamMemory { stream: row.integer(0)?, records: (row.integer(1)?, row.integer(2)?), found };
            memories.insert(row.text(5)?.to_owned(), memory);
            Ok(())
        })?;
        Ok(memories)
    }

    /// The records of a stream that wait in quarantine.
    pub fn waiting_records(&self, stream: StreamId) -> Result<Vec<KnownRecord>, StoreError> {
        let sql =
            format!("{RECORD} id IN (SELECT source_record_id FROM quarantine) AND stream_id = ? ORDER BY ordinal, id");
        self.database.query_all(DOING, &sql, &[stream.into()], |row: &dyn Row| read_record(row))
    }

    /// Puts down what a run leaves, in the open transaction.
    pub(super) fn put_memories(
        &mut self,
        run: i64,
        systems: &[&str],
        memories: &[StreamMemory],
    ) -> Result<(), StoreError> {
        const DOING: &str = "noting what was found";
        let forget = "DELETE FROM stream_memory WHERE stream_id IN (SELECT id FROM source_stream WHERE system = ?)";
        for system in systems {
            self.database.execute(DOING, forget, &[(*system).into()])?;
        }
        for memory in memories {
            let failed = |source: std::io::Error| StoreError::Failed { doing: DOING, source: Box::new(source) };
            let packed = memory.found.as_ref().map(|(_, classes)| zstd::bulk::compress(classes, 1));
            let packed = packed.transpose().map_err(failed)?;
            let put = "INSERT INTO stream_memory (stream_id, run_id, first_record, last_record, survey, classes)
                 VALUES (?, ?, ?, ?, ?, ?)";
            let values = [
                memory.stream.into(),
                run.into(),
                memory.records.0.into(),
                memory.records.1.into(),
                memory.found.as_ref().map(|(survey, _)| survey).into(),
                packed.as_deref().into(),
            ];
            self.database.execute(DOING, put, &values)?;
        }
        Ok(())
    }
}
