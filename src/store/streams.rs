//! Streams and their files, what is remembered of them, and the indexes.

use std::collections::BTreeMap;

use super::database::Row;
use super::schema::{indexes, key_index, quoted};
use super::{DateFlags, EhrStore, FileWrite, StoreError, StreamId, StreamMapping};

impl EhrStore {
    /// The number of a stream, new or known.
    pub fn stream_id(&mut self, system: &str, stream: &str) -> Result<StreamId, StoreError> {
        const DOING: &str = "naming a stream";
        let select = "SELECT id FROM source_stream WHERE system = ? AND stream = ?";
        let names = [system.into(), stream.into()];
        if let Some(id) = self.database.query_one(DOING, select, &names, |row| row.integer(0))? {
            return Ok(id);
        }
        self.transaction(|store| {
            let id = store.number("source_stream")?;
            let insert = "INSERT INTO source_stream (id, system, stream) VALUES (?, ?, ?)";
            store.database.execute(DOING, insert, &[id.into(), system.into(), stream.into()])?;
            Ok(id)
        })
    }

    /// Keeps what the dates of a column prove; in an open group, with the group.
    pub fn put_column_evidence(&mut self, stream: StreamId, column: &str, flags: DateFlags) -> Result<(), StoreError> {
        let sql = "INSERT INTO column_evidence (row_id, stream_id, column_name, day_first, month_first) VALUES (?, ?, ?, ?, ?)
                   ON CONFLICT (stream_id, column_name) DO UPDATE SET
                   day_first = CASE WHEN excluded.day_first = 1 THEN 1 ELSE column_evidence.day_first END,
                   month_first = CASE WHEN excluded.month_first = 1 THEN 1 ELSE column_evidence.month_first END";
        self.transaction(|store| {
            let number = store.number("column_evidence")?;
            let (day, month) = (i64::from(flags.0), i64::from(flags.1));
            let values = [number.into(), stream.into(), column.into(), day.into(), month.into()];
            store.database.execute("keeping evidence", sql, &values).map(drop)
        })
    }

    /// What the dates of a stream's columns have proven so far.
    pub fn column_evidence(&self, stream: StreamId) -> Result<BTreeMap<String, DateFlags>, StoreError> {
        let sql = "SELECT column_name, day_first, month_first FROM column_evidence WHERE stream_id = ?";
        let read = |row: &dyn Row| Ok((row.text(0)?.to_owned(), (row.integer(1)? != 0, row.integer(2)? != 0)));
        Ok(self.database.query_all("reading evidence", sql, &[stream.into()], read)?.into_iter().collect())
    }

    /// What a stream's charted records were last mapped with.
    pub fn stream_mapping(&self, stream: StreamId) -> Result<StreamMapping, StoreError> {
        let select = "SELECT mapping FROM source_stream WHERE id = ?";
        let read = |row: &dyn Row| Ok(row.text(0)?.to_owned());
        let text = self.database.query_one("reading a stream", select, &[stream.into()], read)?;
        text.and_then(|text| serde_json::from_str(&text).ok())
            .ok_or_else(|| StoreError::Damaged { what: "a stream's mapping".into() })
    }

    pub fn put_stream_mapping(&mut self, stream: StreamId, mapping: &StreamMapping) -> Result<(), StoreError> {
        let text = serde_json::to_string(mapping).unwrap_or_default();
        let update = "UPDATE source_stream SET mapping = ?1 WHERE id = ?2 AND mapping <> ?1";
        self.database.execute("noting a stream's mapping", update, &[(&text).into(), stream.into()]).map(drop)
    }

    /// Notes a file of this run; the same file of a resumed run keeps its number.
    pub fn file_id(&mut self, run: i64, stream: StreamId, file: &FileWrite) -> Result<i64, StoreError> {
        const DOING: &str = "noting a file";
        let sql = "INSERT INTO source_file (run_id, stream_id, path, sha256, size_bytes, records, header) VALUES (?, ?, ?, ?, ?, ?, ?)
                   ON CONFLICT (run_id, stream_id, path, sha256) DO UPDATE SET size_bytes = excluded.size_bytes,
                   records = excluded.records, header = excluded.header RETURNING id";
        let values = [
            run.into(),
            stream.into(),
            (&file.path).into(),
            (&file.sha256).into(),
            (file.size_bytes as i64).into(),
            (file.records as i64).into(),
            (&file.header).into(),
        ];
        let id = self.database.query_one(DOING, sql, &values, |row| row.integer(0))?;
        id.ok_or_else(|| StoreError::Damaged { what: "a file that was just noted".into() })
    }

    /// Notes files of this run, as one transaction.
    pub fn file_ids(
        &mut self,
        run: i64,
        stream: StreamId,
        mut files: impl Iterator<Item = FileWrite>,
    ) -> Result<Vec<i64>, StoreError> {
        self.transaction(|store| {
            files.try_fold(Vec::new(), |mut ids, file| {
                ids.push(store.file_id(run, stream, &file)?);
                Ok(ids)
            })
        })
    }

    /// How the files of a stream were laid out, as runs that ended noted it, the last first: of one file, or of all.
    pub fn earlier_headers(&self, stream: StreamId, path: Option<&str>) -> Result<Vec<String>, StoreError> {
        let read = |row: &dyn Row| Ok(row.text(0)?.to_owned());
        let doing = "reading the files";
        let Some(path) = path else {
            let of_all = "SELECT f.header FROM source_file f JOIN run r ON r.id = f.run_id WHERE f.stream_id = ?
                 AND r.status IN ('done', 'unbalanced') ORDER BY f.id DESC LIMIT 100";
            return self.database.query_all(doing, of_all, &[stream.into()], read);
        };
        // Asked for each of thousands of files: run, stream and path together have an index.
        let of_one =
            "SELECT header FROM source_file WHERE run_id IN (SELECT id FROM run WHERE status IN ('done', 'unbalanced'))
             AND stream_id = ? AND path = ? ORDER BY id DESC LIMIT 100";
        self.database.query_all(doing, of_one, &[stream.into(), path.into()], read)
    }

    /// Takes the indexes away before a load that is larger than what is there; [`Self::ensure_indexes`] makes them again.
    pub fn drop_indexes(&mut self) -> Result<(), StoreError> {
        let there = self.database.index_names()?;
        for index in indexes(self.database.dialect()) {
            if there.contains(&index.name) {
                self.database.script("dropping indexes", &format!("DROP INDEX IF EXISTS {}", quoted(&index.name)))?;
            }
        }
        Ok(())
    }

    pub fn ensure_indexes(&mut self) -> Result<(), StoreError> {
        let there = self.database.index_names()?;
        let all = indexes(self.database.dialect()).into_iter();
        let missing: Vec<String> =
            all.filter(|index| !there.contains(&index.name)).map(|index| index.statement).collect();
        self.database.make_indexes(&missing)?;
        self.database.settle()
    }

    /// Makes the ledger's index by key, for a run that looks up many records.
    pub fn ensure_key_index(&mut self) -> Result<(), StoreError> {
        let index = key_index();
        if !self.database.index_names()?.contains(&index.name) {
            self.database.make_indexes(&[index.statement])?;
        }
        Ok(())
    }

    /// Keeps a part of a file that is no table.
    pub fn write_kept_file_part(&mut self, source_record: i64, part: i64, bytes: &[u8]) -> Result<(), StoreError> {
        let sql = "INSERT INTO kept_file (source_record_id, part, bytes) VALUES (?, ?, ?)
                   ON CONFLICT (source_record_id, part) DO UPDATE SET bytes = excluded.bytes";
        let values = [source_record.into(), part.into(), bytes.into()];
        self.database.execute("keeping a file", sql, &values).map(drop)
    }

    /// The number that the next new source record will get, in the open group.
    pub fn next_record_id(&mut self) -> Result<i64, StoreError> {
        let next = self.number("source_record")?;
        self.numbers.give_back("source_record");
        Ok(next)
    }
}
