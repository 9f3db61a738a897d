//! Erasing a person: every row that tells of one, in whatever table, also of what was there before; the person's source records in
//! payload frames that hold others' records too; what reports and lists of quarantined rows say. A tombstone stays.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::batch::{put_all, stored_hashes};
use super::database::{Cell, Columns, Row, SqlType};
use super::digest::{ItemHasher, record_state};
use super::payload::{FrameWriter, read_frame};
use super::schema::before::{Tracked, tracked};
use super::schema::quoted;
use super::tombstone::seal;
use super::undo::has_patient;
use super::{EhrStore, KnownIdentity, KnownRecord, StoreDigest, StoreError, StreamId, Tombstone};
use crate::model::{ChartId, Fate, KeyHash, RecordType};

const DOING: &str = "erasing a person";

/// A source record that the chart shows nothing of, and where it lies.
#[derive(Clone, Copy, Debug)]
pub struct Uncharted {
    pub id: i64,
    pub stream: StreamId,
    pub key: KeyHash,
    pub payload: i64,
    pub payload_index: i64,
}

/// The file that a payload frame was read from.
#[derive(Clone, Debug)]
pub struct FrameFile {
    pub path: String,
    /// JSON.
    pub header: String,
}

/// Whom to erase, and which source records with them.
pub struct Erasure {
    /// The patient, and those it replaced.
    pub patients: Vec<ChartId>,
    pub registrations: Vec<KnownIdentity>,
    /// Ids that the registrations had before their keys turned out to name others too.
    pub former_ids: Vec<ChartId>,
    /// How many chart rows and registrations each of the person's charted source records makes of the person.
    pub charted: BTreeMap<i64, u64>,
    /// Source records about the person that the chart shows nothing of.
    pub uncharted: BTreeSet<i64>,
    /// What the tombstone is to say; counts and runs are filled in.
    pub tombstone: Tombstone,
}

/// Where erased source records stood.
#[derive(Default)]
pub struct ErasedPlaces {
    /// File and row.
    pub rows: HashSet<(String, u64)>,
    /// File and key, as the quarantine has it.
    pub keys: HashSet<(String, String)>,
    /// Files that were kept whole.
    pub files: HashSet<String>,
}

/// Takes erased people out of what runs have written about themselves.
pub trait Redact {
    /// `report.json` of a run.
    fn report(&self, text: &str, places: &ErasedPlaces) -> Result<String, StoreError>;
    /// The frame of a run's quarantined rows.
    fn quarantine(&self, frame: &[u8], places: &ErasedPlaces) -> Result<Vec<u8>, StoreError>;
}

/// What erasing did, or would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EraseCounts {
    /// By table.
    pub chart: BTreeMap<String, u64>,
    pub source_records: u64,
    pub runs: Vec<i64>,
}

/// Places in payload frames, by frame.
type Slots = BTreeMap<i64, BTreeSet<i64>>;

/// The tables of this erasure's own, which name whom and what.
const LISTS: [&str; 4] = ["erased_patient", "erased_identity", "erased_document", "erased_record"];

impl EhrStore {
    /// The patients that are the person of this id, a patient's or a registration's: the one that stands and all that it replaced.
    pub fn patients_of_person(&self, id: &str) -> Result<Vec<ChartId>, StoreError> {
        let Some(id) = ChartId::parse(id) else { return Ok(Vec::new()) };
        let registered = "SELECT patient_id FROM patient_identity WHERE id = ?";
        let of = self.database.query_one(DOING, registered, &[(&id).into()], |row| row.id(0))?;
        let mut replaced: HashMap<ChartId, ChartId> = HashMap::new();
        let sql = "SELECT id, replaced_by FROM patient WHERE replaced_by IS NOT NULL";
        self.database.query(DOING, sql, &[], &mut |row| {
            replaced.insert(row.id(0)?, row.id(1)?);
            Ok(())
        })?;
        let mut standing = of.unwrap_or(id);
        while let Some(by) = replaced.get(&standing) {
            standing = *by;
        }
        let there = "SELECT count(*) FROM patient WHERE id = ?";
        if self.database.count(there, &[(&standing).into()])? == 0 {
            return Ok(Vec::new());
        }
        let mut patients = vec![standing];
        let mut at = 0;
        while let Some(patient) = patients.get(at).copied() {
            let mut before: Vec<ChartId> =
                replaced.iter().filter(|(_, by)| **by == patient).map(|(former, _)| *former).collect();
            before.sort_unstable();
            patients.extend(before);
            at += 1;
        }
        Ok(patients)
    }

    /// What registrations were before runs changed them, under whatever id. Ids that are another's now are not given.
    pub fn former_registrations(&self, registrations: &[KnownIdentity]) -> Result<Vec<KnownIdentity>, StoreError> {
        let mut theirs: HashSet<ChartId> = registrations.iter().map(|identity| identity.id).collect();
        let mut rows: HashMap<ChartId, Vec<i64>> = HashMap::new();
        let mut ids: HashMap<i64, Vec<ChartId>> = HashMap::new();
        let mut others: HashSet<ChartId> = HashSet::new();
        self.database.query(DOING, "SELECT id, row_id FROM patient_identity", &[], &mut |row| {
            let (id, number) = (row.id(0)?, row.integer(1)?);
            if theirs.contains(&id) {
                rows.entry(id).or_default().push(number);
                ids.entry(number).or_default().push(id);
            } else {
                others.insert(id);
            }
            Ok(())
        })?;
        self.database.query(DOING, "SELECT id, row_id FROM patient_identity_before", &[], &mut |row| {
            let (id, number) = (row.id(0)?, row.integer(1)?);
            rows.entry(id).or_default().push(number);
            ids.entry(number).or_default().push(id);
            Ok(())
        })?;
        // A changed row has a new number and keeps its id; one that takes another id keeps its number.
        let mut open: Vec<ChartId> = theirs.iter().copied().collect();
        while let Some(id) = open.pop() {
            let numbers = rows.get(&id).into_iter().flatten();
            for same in numbers.filter_map(|number| ids.get(number)).flatten() {
                if !others.contains(same) && theirs.insert(*same) {
                    open.push(*same);
                }
            }
        }
        let mut former = Vec::new();
        self.identities_before(|identity| {
            if theirs.contains(&identity.id) {
                former.push(identity);
            }
        })?;
        Ok(former)
    }

    /// The source records of these patients' charts, each with how many rows it has there, registrations included.
    pub fn charted_records_of(&self, patients: &[ChartId]) -> Result<BTreeMap<i64, u64>, StoreError> {
        let mut records: BTreeMap<i64, u64> = BTreeMap::new();
        let tables = RecordType::ALL.iter().map(|record| record.table()).filter(|table| has_patient(table));
        for table in tables.chain(["patient_identity"]) {
            let select = format!("SELECT source_record_id FROM {} WHERE patient_id", quoted(table));
            self.database.query_ids(DOING, &select, patients, &mut |row| {
                *records.entry(row.integer(0)?).or_default() += 1;
                Ok(())
            })?;
        }
        Ok(records)
    }

    /// The source records of a system that the chart shows nothing of, by payload frame.
    pub fn uncharted_records(&self, system: &str) -> Result<Vec<Uncharted>, StoreError> {
        let sql = "SELECT r.id, r.stream_id, r.payload_id, r.payload_index, r.key_hash FROM source_record r
             JOIN source_stream s ON s.id = r.stream_id WHERE r.charted = 0 AND s.system = ?
             ORDER BY r.payload_id, r.payload_index";
        self.database.query_all(DOING, sql, &[system.into()], |row| {
            Ok(Uncharted {
                id: row.integer(0)?,
                stream: row.integer(1)?,
                payload: row.integer(2)?,
                payload_index: row.integer(3)?,
                key: row.hash(4)?,
            })
        })
    }

    pub fn frame_file(&self, payload: i64) -> Result<FrameFile, StoreError> {
        let sql = "SELECT f.path, f.header FROM payload p JOIN source_file f ON f.id = p.file_id WHERE p.id = ?";
        let read = |row: &dyn Row| Ok(FrameFile { path: row.text(0)?.to_owned(), header: row.text(1)?.to_owned() });
        let found = self.database.query_one(DOING, sql, &[payload.into()], read)?;
        found.ok_or_else(|| StoreError::Damaged { what: "a payload that is not there".into() })
    }

    /// Erases a person as one transaction, and gives the number of the run that it stands under. A rehearsal counts, and takes everything
    /// back again.
    pub fn erase(
        &mut self,
        erasure: &Erasure,
        redact: &dyn Redact,
        rehearsal: bool,
    ) -> Result<(i64, EraseCounts), StoreError> {
        self.database.overwrite_deleted()?;
        self.database.begin()?;
        let erased = self.erase_in_transaction(erasure, redact, rehearsal);
        let ending = if erased.is_ok() && !rehearsal { "COMMIT" } else { "ROLLBACK" };
        let ended = self.database.script(DOING, ending);
        self.numbers.forget();
        let erased = erased?;
        ended?;
        Ok(erased)
    }

    fn erase_in_transaction(
        &mut self,
        erasure: &Erasure,
        redact: &dyn Redact,
        rehearsal: bool,
    ) -> Result<(i64, EraseCounts), StoreError> {
        self.database.make_durable()?;
        // What goes here does not go into what was before.
        self.database.set_active_run(None)?;
        let before = self.digest()?;
        self.list(erasure)?;
        let mut counts = EraseCounts { runs: self.runs_of_erased()?, ..Default::default() };
        // Found by rows that go.
        let (slots, mut places) = self.places_of_records()?;
        let (change, stay) = self.erase_chart(erasure, &mut counts)?;
        self.erase_records(erasure, &stay, slots, &mut places)?;
        counts.source_records = (erasure.charted.len() + erasure.uncharted.len()) as u64;
        self.redact_runs(redact, &places)?;
        // No number is taken for what is only counted.
        let run = if rehearsal { 0 } else { self.put_tombstone(erasure, &counts, (before, change))? };
        for list in LISTS {
            self.database.script(DOING, &format!("DROP TABLE {list}"))?;
        }
        Ok((run, counts))
    }

    /// Makes the lists of whom and what to erase.
    fn list(&mut self, erasure: &Erasure) -> Result<(), StoreError> {
        for list in LISTS {
            let kind = if list == "erased_record" { "BIGINT" } else { "TEXT" };
            let make = format!("DROP TABLE IF EXISTS {list}; CREATE TEMP TABLE {list} (id {kind} PRIMARY KEY)");
            self.database.script(DOING, &make)?;
        }
        self.put_ids("erased_patient", &erasure.patients)?;
        let registrations: Vec<ChartId> = erasure.registrations.iter().map(|identity| identity.id).collect();
        self.put_ids("erased_identity", &registrations)?;
        let to = Columns { table: "erased_record".into(), columns: vec![("id".into(), SqlType::Integer)] };
        let records: BTreeSet<i64> = erasure.charted.keys().chain(&erasure.uncharted).copied().collect();
        let records: Vec<i64> = records.into_iter().collect();
        self.database.add(DOING, &to, records.len(), &mut |at, sink| put_all(sink, &[records[at].into()]))?;
        self.put_ids("erased_identity", &erasure.former_ids)?;
        let documents = "INSERT INTO erased_document
             SELECT id FROM document_reference WHERE patient_id IN (SELECT id FROM erased_patient)
             UNION SELECT id FROM document_reference_before WHERE identity_id IN (SELECT id FROM erased_identity)";
        self.database.execute(DOING, documents, &[]).map(drop)
    }

    fn put_ids(&self, list: &str, ids: &[ChartId]) -> Result<(), StoreError> {
        let to = Columns { table: list.into(), columns: vec![("id".into(), SqlType::Text)] };
        self.database.add(DOING, &to, ids.len(), &mut |at, sink| put_all(sink, &[(&ids[at]).into()]))
    }

    /// The runs that added or changed any of the rows that are to go.
    fn runs_of_erased(&self) -> Result<Vec<i64>, StoreError> {
        let mut runs = BTreeSet::new();
        let mut add = |row: &dyn Row| match row.cell(0) {
            Cell::Integer(run) if run > 0 => {
                runs.insert(run);
                Ok(())
            }
            _ => Ok(()),
        };
        for table in tracked() {
            let Some(rows) = erased_rows(&table) else { continue };
            let (name, before, key) = (quoted(&table.table), table.before(), table.key);
            let added = format!(
                "SELECT DISTINCT (SELECT k.run_id FROM run_block k WHERE k.table_name = '{}' AND k.first_row <= t.{key}
                 ORDER BY k.first_row DESC LIMIT 1) FROM {name} t WHERE {rows}",
                table.table
            );
            self.database.query(DOING, &added, &[], &mut add)?;
            let moved = if is_filed(&table.table) { " OR patient_id IN (SELECT id FROM erased_patient)" } else { "" };
            let changed =
                format!("SELECT DISTINCT run_id_before FROM {before} t WHERE {}{moved}", former_rows(&table, &rows));
            self.database.query(DOING, &changed, &[], &mut add)?;
        }
        for sql in [
            "SELECT DISTINCT run_id FROM source_record WHERE id IN (SELECT id FROM erased_record)",
            "SELECT DISTINCT run_id FROM source_record_history WHERE source_record_id IN (SELECT id FROM erased_record)",
        ] {
            self.database.query(DOING, sql, &[], &mut add)?;
        }
        Ok(runs.into_iter().collect())
    }

    /// Takes the chart rows out. Gives what the digest loses, and the records that others' rows lead to too, with their number.
    fn erase_chart(
        &mut self,
        erasure: &Erasure,
        counts: &mut EraseCounts,
    ) -> Result<(StoreDigest, BTreeMap<i64, u64>), StoreError> {
        let mut change = StoreDigest::default();
        let mut hasher = ItemHasher::default();
        let smallest = erasure.registrations.iter().map(|identity| identity.id).min();
        for identity in &erasure.registrations {
            change.subtract(hasher.identity(identity.id, &identity.system, &identity.key, &identity.values));
            change.subtract(hasher.link(identity.id, smallest.unwrap_or(identity.id)));
        }
        for record in RecordType::ALL {
            let mut ids: Vec<ChartId> = Vec::new();
            let column = if *record == RecordType::Patient { "id" } else { "patient_id" };
            let select = format!("SELECT id FROM {} WHERE {column}", quoted(record.table()));
            self.database.query_ids(DOING, &select, &erasure.patients, &mut |row| {
                ids.push(row.id(0)?);
                Ok(())
            })?;
            if *record == RecordType::Patient {
                let standing = erasure.patients.first().zip(smallest);
                if let Some((patient, smallest)) = standing {
                    change.subtract(hasher.patient(smallest, &self.patient_values(*patient)?));
                }
            } else {
                let hashes = stored_hashes(self.database.as_ref(), *record, &ids)?;
                ids.iter().filter_map(|id| hashes.get(id)).for_each(|hash| change.subtract(*hash));
            }
            if !ids.is_empty() {
                counts.chart.insert(record.table().to_owned(), ids.len() as u64);
            }
        }
        let mut stay = BTreeMap::new();
        let streams = self.streams()?;
        for id in erasure.charted.keys().chain(&erasure.uncharted) {
            let known = self.known_record(*id)?;
            let left = u64::from(known.charted).saturating_sub(erasure.charted.get(id).copied().unwrap_or_default());
            if left > 0 {
                stay.insert(*id, left);
                continue;
            }
            change.subtract(self.hash_of_record(&streams, &known)?);
        }
        // Before their rows go: what was before is found by those.
        for table in tracked() {
            let Some(rows) = erased_rows(&table) else { continue };
            let before = format!("DELETE FROM {} WHERE {}", table.before(), former_rows(&table, &rows));
            self.database.execute(DOING, &before, &[])?;
        }
        for table in tracked().into_iter().filter(|table| table.table != "source_record") {
            let Some(rows) = erased_rows(&table) else { continue };
            self.database.execute(DOING, &format!("DELETE FROM {} WHERE {rows}", quoted(&table.table)), &[])?;
        }
        for sql in [
            "DELETE FROM document_history WHERE document_id IN (SELECT id FROM erased_document)",
            "DELETE FROM document_history WHERE document_id IN (SELECT 'source_record:' || id FROM erased_record)",
            "DELETE FROM kept_file WHERE source_record_id IN (SELECT id FROM erased_record)",
            "DELETE FROM patient_merge WHERE later IN (SELECT id FROM erased_patient) OR patient IN (SELECT id FROM erased_patient)",
            "UPDATE patient_identity SET matched_identity = NULL, match_evidence = NULL
             WHERE matched_identity IN (SELECT id FROM erased_identity)",
            "UPDATE patient_identity_before SET matched_identity = NULL, match_evidence = NULL
             WHERE matched_identity IN (SELECT id FROM erased_identity)",
        ] {
            self.database.execute(DOING, sql, &[])?;
        }
        Ok((change, stay))
    }

    fn patient_values(&self, patient: ChartId) -> Result<Vec<crate::model::Value>, StoreError> {
        let columns = RecordType::Patient.columns();
        let names: Vec<String> = columns.iter().map(|column| quoted(column.name)).collect();
        let sql = format!("SELECT {} FROM patient WHERE id = ?", names.join(", "));
        let values = self.database.query_one(DOING, &sql, &[(&patient).into()], |row| {
            Ok(columns.iter().enumerate().map(|(at, column)| row.value(at, column.kind)).collect())
        })?;
        values.ok_or_else(|| StoreError::Damaged { what: "a patient that was just there".into() })
    }

    fn hash_of_record(
        &self,
        streams: &BTreeMap<i64, (String, String)>,
        known: &KnownRecord,
    ) -> Result<super::digest::ItemHash, StoreError> {
        let sql = "SELECT stream_id FROM source_record WHERE id = ?";
        let stream = self.database.query_one(DOING, sql, &[known.id.into()], |row| row.integer(0))?;
        let (system, stream) = stream
            .and_then(|stream| streams.get(&stream))
            .ok_or_else(|| StoreError::Damaged { what: "a source record of no stream".into() })?;
        let state = record_state(Fate::as_str(known.fate));
        Ok(ItemHasher::default().source_record(system, stream, &known.key, &known.content, state))
    }

    /// Where the person's source records lie, and earlier states of others' records that were the person's once; and what the quarantine
    /// calls them.
    fn places_of_records(&self) -> Result<((Slots, Slots), ErasedPlaces), StoreError> {
        let mut slots = Slots::new();
        let mut add = |row: &dyn Row| {
            slots.entry(row.integer(0)?).or_default().insert(row.integer(1)?);
            Ok(())
        };
        for sql in [
            "SELECT payload_id, payload_index FROM source_record WHERE id IN (SELECT id FROM erased_record)",
            "SELECT payload_id, payload_index FROM source_record_history WHERE source_record_id IN (SELECT id FROM erased_record)",
            "SELECT payload_id, payload_index FROM source_record_before WHERE id IN (SELECT id FROM erased_record)",
        ] {
            self.database.query(DOING, sql, &[], &mut add)?;
        }
        // Records that are another person's now and once were this one's, in what they said then.
        let mut others = Slots::new();
        for record in RecordType::ALL.iter().filter(|record| has_patient(record.table())) {
            let sql = format!(
                "SELECT h.payload_id, h.payload_index FROM source_record_history h WHERE h.source_record_id IN
                 (SELECT b.source_record_id FROM {} b WHERE b.identity_id IN (SELECT id FROM erased_identity))",
                quoted(&format!("{}_before", record.table()))
            );
            self.database.query(DOING, &sql, &[], &mut |row| {
                others.entry(row.integer(0)?).or_default().insert(row.integer(1)?);
                Ok(())
            })?;
        }
        let mut places = ErasedPlaces::default();
        for table in ["quarantine", "quarantine_before"] {
            let sql = format!("SELECT file, key FROM {table} WHERE source_record_id IN (SELECT id FROM erased_record)");
            self.database.query(DOING, &sql, &[], &mut |row| {
                places.keys.insert((row.text(0)?.to_owned(), row.text(1)?.to_owned()));
                Ok(())
            })?;
        }
        Ok(((slots, others), places))
    }

    /// Takes the source records out of the ledger and out of the frames that they lie in. Those that `stay` go on leading to others'
    /// chart rows, and hold nothing.
    fn erase_records(
        &mut self,
        erasure: &Erasure,
        stay: &BTreeMap<i64, u64>,
        (mut slots, others): (Slots, Slots),
        places: &mut ErasedPlaces,
    ) -> Result<(), StoreError> {
        for id in erasure.charted.keys().chain(&erasure.uncharted) {
            match stay.get(id) {
                Some(left) => {
                    let sql = "UPDATE source_record SET charted = ? WHERE id = ?";
                    self.database.execute(DOING, sql, &[(*left as i64).into(), (*id).into()])?;
                }
                None => {
                    self.database.execute(DOING, "DELETE FROM source_record WHERE id = ?", &[(*id).into()])?;
                }
            }
            let history = "DELETE FROM source_record_history WHERE source_record_id = ?";
            self.database.execute(DOING, history, &[(*id).into()])?;
        }
        for (payload, indexes) in &others {
            slots.entry(*payload).or_default().extend(indexes);
        }
        for (payload, indexes) in slots {
            let may_go = stay.is_empty() && !others.contains_key(&payload);
            self.empty_slots(payload, &indexes, may_go, places)?;
        }
        Ok(())
    }

    /// Writes a frame anew with nothing where the erased records stood. One that holds nothing else goes whole, and a file with it that was
    /// kept as one record.
    fn empty_slots(
        &mut self,
        payload: i64,
        indexes: &BTreeSet<i64>,
        may_go: bool,
        places: &mut ErasedPlaces,
    ) -> Result<(), StoreError> {
        let FrameFile { path, .. } = self.frame_file(payload)?;
        let records = self.frame(payload)?;
        let mut writer = FrameWriter::default();
        let mut left = 0;
        for (index, record) in records.iter().enumerate() {
            if indexes.contains(&(index as i64)) {
                places.rows.insert((path.clone(), record.row));
                writer.push(record.row, record.offset_bytes, b"");
            } else {
                left += usize::from(!record.raw.is_empty());
                writer.push(record.row, record.offset_bytes, &record.raw);
            }
        }
        if left == 0 && may_go {
            let file = "SELECT f.id FROM payload p JOIN source_file f ON f.id = p.file_id JOIN source_stream s ON s.id = f.stream_id
                 WHERE p.id = ? AND s.stream = 'files'";
            let file = self.database.query_one(DOING, file, &[payload.into()], |row| row.integer(0))?;
            self.database.execute(DOING, "DELETE FROM payload WHERE id = ?", &[payload.into()])?;
            if let Some(file) = file {
                let gone = "DELETE FROM source_file WHERE id = ? AND NOT EXISTS
                     (SELECT 1 FROM payload p WHERE p.file_id = source_file.id)";
                self.database.execute(DOING, gone, &[file.into()])?;
                places.files.insert(path);
            }
            return Ok(());
        }
        let failed = |source: std::io::Error| StoreError::Failed { doing: DOING, source: Box::new(source) };
        let bytes = writer.finish().map_err(failed)?;
        debug_assert!(read_frame(&bytes).is_ok_and(|read| read.len() == records.len()));
        let update = "UPDATE payload SET bytes = ? WHERE id = ?";
        self.database.execute(DOING, update, &[bytes.as_slice().into(), payload.into()]).map(drop)
    }

    fn redact_runs(&mut self, redact: &dyn Redact, places: &ErasedPlaces) -> Result<(), StoreError> {
        for run in self.runs()? {
            if let Some(report) = run.report.filter(|report| !report.is_empty()) {
                let redacted = redact.report(&report, places)?;
                if redacted != report {
                    let update = "UPDATE run SET report = ? WHERE id = ?";
                    self.database.execute(DOING, update, &[(&redacted).into(), run.id.into()])?;
                }
            }
            if let Some(frame) = self.run_quarantine(run.id)?.filter(|frame| !frame.is_empty()) {
                let redacted = redact.quarantine(&frame, places)?;
                if redacted != frame {
                    let update = "UPDATE run_quarantine SET bytes = ? WHERE run_id = ?";
                    self.database.execute(DOING, update, &[redacted.as_slice().into(), run.id.into()])?;
                }
            }
        }
        Ok(())
    }

    /// Notes the erasure as a run, and seals its tombstone.
    fn put_tombstone(
        &mut self,
        erasure: &Erasure,
        counts: &EraseCounts,
        (before, change): (StoreDigest, StoreDigest),
    ) -> Result<i64, StoreError> {
        // A run that was cut off compared with what is gone.
        self.database.execute(DOING, "UPDATE run SET status = 'superseded' WHERE status = 'running'", &[])?;
        let tombstone = Tombstone {
            source_records: counts.source_records,
            chart_rows: counts.chart.values().sum(),
            runs: counts.runs.clone(),
            ..erasure.tombstone.clone()
        };
        let text = serde_json::to_string(&tombstone)
            .map_err(|source| StoreError::Failed { doing: DOING, source: Box::new(source) })?;
        let former_seal = self.last_seal()?;
        let seal = seal(&former_seal, &text);
        let mut after = before;
        after.merge(change);
        let plan = serde_json::json!({ "seal": seal }).to_string();
        let note = "INSERT INTO run (command, system, plan, plan_key, status, as_of, started, finished, digest_before, digest_after,
             digest_change, reported) VALUES ('erase', '', ?1, '', 'done', ?2, ?2, ?2, ?3, ?4, ?5, 1) RETURNING id";
        let now = &tombstone.at;
        let (before, after, change) = (before.to_string(), after.to_string(), change.to_string());
        let values = [(&plan).into(), now.into(), (&before).into(), (&after).into(), (&change).into()];
        let run = self.database.query_one(DOING, note, &values, |row| row.integer(0))?.unwrap_or_default();
        let put = "INSERT INTO tombstone (run_id, text, former_seal, seal, scrubbed) VALUES (?, ?, ?, ?, 0)";
        let values = [run.into(), (&text).into(), (&former_seal).into(), (&seal).into()];
        self.database.execute(DOING, put, &values)?;
        Ok(run)
    }
}

/// Whether rows of a table hang on registrations, or are those.
fn is_filed(table: &str) -> bool {
    table == "patient_identity" || has_patient(table)
}

/// Which rows of a table tell of the person, as a condition; none where no row of it does.
fn erased_rows(table: &Tracked) -> Option<String> {
    let of = |column: &str, list: &str| format!("{column} IN (SELECT id FROM {list})");
    Some(match table.table.as_str() {
        "patient" => of("id", "erased_patient"),
        name if is_filed(name) => of("patient_id", "erased_patient"),
        "source_record" => of("id", "erased_record"),
        "quarantine" | "waiting_document" => of("source_record_id", "erased_record"),
        "document_content" => of("document_id", "erased_document"),
        "match_review" => {
            format!("({} OR {})", of("left_identity", "erased_identity"), of("right_identity", "erased_identity"))
        }
        _ => return None,
    })
}

/// Which rows of what was before tell of the person: what its rows were, and what was filed under its registrations. What was another's
/// all along, and belonged to this patient for a while, is that other's.
fn former_rows(table: &Tracked, rows: &str) -> String {
    let (name, key) = (quoted(&table.table), table.key);
    let own = format!("{key} IN (SELECT o.{key} FROM {name} o WHERE {rows})");
    match table.table.as_str() {
        "patient_identity" => format!("({own} OR id IN (SELECT id FROM erased_identity))"),
        name if has_patient(name) => format!("({own} OR identity_id IN (SELECT id FROM erased_identity))"),
        _ => format!("({own} OR {rows})"),
    }
}
