//! Erasing a person: every row that tells of one, in whatever table, also of what was there before; the person's source records in
//! payload frames that hold others' records too; what reports and lists of quarantined rows say. A tombstone stays.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::batch::put_all;
use super::database::{Cell, Columns, SqlType};
use super::tombstone::seal;
use super::{EhrStore, KnownIdentity, StoreDigest, StoreError, StreamId, Tombstone};
use crate::model::{ChartId, Hash128, KeyHash};

mod find;
mod records;
mod rows;

const DOING: &str = "erasing a person";

/// The file that a payload frame was read from.
#[derive(Clone, Debug)]
pub struct FrameFile {
    pub path: String,
    /// JSON.
    pub header: String,
}

/// A file that was kept whole.
#[derive(Clone, Debug)]
pub struct KeptFile {
    pub record: i64,
    pub key: KeyHash,
    pub content: Hash128,
    /// Payload frame, and place in it.
    pub place: (i64, i64),
    pub path: String,
}

/// Somebody whom a registration may be, as far as nobody has judged it.
#[derive(Clone, Debug)]
pub struct PairOf {
    pub other: ChartId,
    pub match_probability: f64,
}

/// Whom to erase, and which source records with them.
pub struct Erasure {
    /// The patient, and those it replaced.
    pub patients: Vec<ChartId>,
    pub registrations: Vec<KnownIdentity>,
    /// Ids that the registrations had before their keys turned out to name others too.
    pub former_ids: Vec<ChartId>,
    /// How many chart rows and registrations each source record makes of the person.
    pub charted: BTreeMap<i64, u64>,
    /// Places in payload frames, by frame, where a record stands that is about the person, as it is or as it was.
    pub slots: Slots,
    /// Streams whose names tell of the person.
    pub streams: Vec<StreamId>,
    /// What the tombstone is to say; counts and runs are filled in.
    pub tombstone: Tombstone,
}

/// Places in payload frames, by frame.
pub type Slots = BTreeMap<i64, BTreeSet<i64>>;

/// Where erased source records stood, in the files as one run read them.
#[derive(Default)]
pub struct ErasedPlaces {
    /// File and row.
    pub rows: HashSet<(String, u64)>,
    /// File and key, as the quarantine has it.
    pub keys: HashSet<(String, String)>,
    /// Files that were kept whole, and those whose names tell of the person.
    pub files: HashSet<String>,
    /// Streams whose names do.
    pub streams: HashSet<String>,
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
    /// That loaded or changed the person's data.
    pub runs: Vec<i64>,
    /// Whose reports or lists of quarantined rows named the person.
    pub reported: Vec<i64>,
}

/// What was erased in a group, with the digest before and how it changes.
pub struct Erased {
    pub counts: EraseCounts,
    before: StoreDigest,
    change: StoreDigest,
}

/// The tables of an erasure's own, which name whom and what.
const LISTS: [(&str, &str); 6] = [
    ("erased_patient", "id TEXT PRIMARY KEY"),
    ("erased_identity", "id TEXT PRIMARY KEY"),
    ("erased_document", "id TEXT PRIMARY KEY"),
    // What others of their source systems call them, and call nobody else.
    ("erased_name", "source_system TEXT, named_by TEXT, stream TEXT, named TEXT"),
    // Records of which what they say now is about the person.
    ("erased_record", "id BIGINT PRIMARY KEY"),
    (
        "erased_slot",
        "payload_id BIGINT NOT NULL, payload_index BIGINT NOT NULL, PRIMARY KEY (payload_id, payload_index)",
    ),
];

impl EhrStore {
    /// Opens a group in which a person is erased and those who stay are linked.
    pub fn begin_erasing(&mut self) -> Result<(), StoreError> {
        self.database.overwrite_deleted()?;
        self.begin_group()
    }

    /// Erases a person in that group, which may be kept once a tombstone says so.
    pub fn erase(&mut self, erasure: &Erasure, redact: &dyn Redact) -> Result<Erased, StoreError> {
        self.database.make_durable()?;
        // What goes here does not go into what was before.
        self.database.set_active_run(None)?;
        self.drop_match_index()?;
        let before = self.digest()?;
        self.list(erasure)?;
        let fates = self.fates_of_records(erasure)?;
        let mut counts = EraseCounts { runs: self.runs_of_erased()?, ..Default::default() };
        // Found by rows that go.
        let mut places = self.places_by_run()?;
        let mut change = StoreDigest::default();
        self.erase_rows(erasure, &mut counts, &mut change)?;
        counts.source_records = self.erase_records(&fates, &mut change)?;
        self.erase_payload(erasure, &mut places)?;
        counts.reported = self.redact_runs(redact, &places)?;
        for (list, _) in LISTS {
            self.database.script(DOING, &format!("DROP TABLE {list}"))?;
        }
        Ok(Erased { counts, before, change })
    }

    /// Makes the lists of whom and what to erase.
    fn list(&mut self, erasure: &Erasure) -> Result<(), StoreError> {
        for (list, columns) in LISTS {
            let make = format!("DROP TABLE IF EXISTS {list}; CREATE TEMP TABLE {list} ({columns})");
            self.database.script(DOING, &make)?;
        }
        self.put_ids("erased_patient", &erasure.patients)?;
        let registrations: Vec<ChartId> = erasure.registrations.iter().map(|identity| identity.id).collect();
        self.put_ids("erased_identity", &registrations)?;
        self.put_ids("erased_identity", &erasure.former_ids)?;
        let named = "source_system, stream_id, source_key, medical_record_number";
        for (named_by, stream, column, same) in [
            ("key", "s.stream", "source_key", "AND o.stream_id = i.stream_id"),
            ("number", "''", "medical_record_number", ""),
        ] {
            let names = format!(
                "INSERT INTO erased_name SELECT DISTINCT i.source_system, '{named_by}', {stream}, i.{column} FROM
                 (SELECT id, {named} FROM patient_identity UNION ALL SELECT id, {named} FROM patient_identity_before) AS i
                 JOIN source_stream s ON s.id = i.stream_id
                 WHERE i.id IN (SELECT id FROM erased_identity) AND i.{column} IS NOT NULL AND NOT EXISTS (
                     SELECT 1 FROM patient_identity o WHERE o.source_system = i.source_system AND o.{column} = i.{column} {same}
                     AND o.id NOT IN (SELECT id FROM erased_identity))"
            );
            self.database.execute(DOING, &names, &[])?;
        }
        // One that was the person's and is another's now stays, as it is now.
        let documents = "INSERT INTO erased_document
             SELECT id FROM document_reference WHERE patient_id IN (SELECT id FROM erased_patient)
             UNION SELECT b.id FROM document_reference_before b WHERE b.identity_id IN (SELECT id FROM erased_identity)
             AND b.id NOT IN (SELECT d.id FROM document_reference d
                              WHERE d.patient_id NOT IN (SELECT id FROM erased_patient))";
        self.database.execute(DOING, documents, &[])?;
        self.put_slots(
            &erasure.slots.iter().flat_map(|(at, all)| all.iter().map(|one| (*at, *one))).collect::<Vec<_>>(),
        )
    }

    fn put_ids(&self, list: &str, ids: &[ChartId]) -> Result<(), StoreError> {
        let to = Columns { table: list.into(), columns: vec![("id".into(), SqlType::Text)] };
        self.database.add(DOING, &to, ids.len(), &mut |at, sink| put_all(sink, &[(&ids[at]).into()]))
    }

    fn put_slots(&self, slots: &[(i64, i64)]) -> Result<(), StoreError> {
        let columns = ["payload_id", "payload_index"].map(|name| (name.to_owned(), SqlType::Integer));
        let to = Columns { table: "erased_slot".into(), columns: columns.to_vec() };
        self.database.add(DOING, &to, slots.len(), &mut |at, sink| {
            put_all(sink, &[Cell::from(slots[at].0), Cell::from(slots[at].1)])
        })
    }

    /// Notes an erasure as a run, and seals its tombstone; gives the run's number.
    pub fn put_tombstone(&mut self, erasure: &Erasure, erased: &Erased) -> Result<i64, StoreError> {
        let Erased { counts, before, change } = erased;
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
        let mut after = *before;
        after.merge(*change);
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
