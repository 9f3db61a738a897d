//! Runs: how they begin and end, and the list of them.

use super::database::Row;
use super::schema::quoted;
use super::{EhrStore, RunStart, StoreDigest, StoreError, StreamMemory};

/// A run as the store remembers it.
#[derive(Clone, Debug)]
pub struct RunRow {
    pub id: i64,
    pub command: String,
    /// Several are listed with a comma between them.
    pub system: String,
    pub plan: String,
    pub status: String,
    pub started: String,
    pub finished: Option<String>,
    pub digest_before: String,
    pub digest_after: Option<String>,
    pub report: Option<String>,
}

/// A run as its command describes it.
#[derive(Clone, Copy, Debug)]
pub struct RunPlan<'a> {
    pub command: &'a str,
    /// The source systems whose records it brings.
    pub systems: &'a [&'a str],
    /// JSON.
    pub plan: &'a str,
    /// What makes a later command the same one.
    pub plan_key: &'a str,
    pub as_of: &'a str,
    pub started: &'a str,
}

impl EhrStore {
    /// Takes the right to load a source system until the store is closed; another holder is named.
    pub fn claim(&self, system: &str) -> Result<(), StoreError> {
        self.database.claim(system)
    }

    /// Keeps out who must be alone with the store until it is closed.
    pub fn claim_presence(&self) -> Result<(), StoreError> {
        self.database.claim_presence()
    }

    /// Begins a run, or goes on with the same command that was cut off.
    pub fn begin_run(&mut self, plan: &RunPlan<'_>) -> Result<RunStart, StoreError> {
        const DOING: &str = "beginning a run";
        let found = self.transaction(|store| {
            let sql = "SELECT id, as_of, started, digest_before, plan FROM run WHERE status = 'running' AND plan_key = ?
                       AND digest_change IS NOT NULL ORDER BY id DESC LIMIT 1";
            let open = store.database.query_one(DOING, sql, &[plan.plan_key.into()], |row| {
                Ok(RunStart {
                    id: row.integer(0)?,
                    resumed: true,
                    digest_before: StoreDigest::parse(row.text(3)?).unwrap_or_default(),
                    as_of: row.text(1)?.to_owned(),
                    started: row.text(2)?.to_owned(),
                    plan: row.text(4)?.to_owned(),
                })
            })?;
            if let Some(open) = open {
                return Ok(open);
            }
            // A run that another of its system overtakes is not gone on with: what it wrote is then known, as of any earlier run.
            let overtaken = "UPDATE run SET status = 'superseded' WHERE status = 'running'
                             AND id IN (SELECT run_id FROM run_system WHERE system = ?)";
            for system in plan.systems {
                store.database.execute(DOING, overtaken, &[(*system).into()])?;
            }
            let before = store.digest()?;
            let insert = "INSERT INTO run (command, system, plan, plan_key, status, as_of, started, digest_before, digest_change, reported)
                 VALUES (?, ?, ?, ?, 'running', ?, ?, ?, ?, 0) RETURNING id";
            let systems = plan.systems.join(", ");
            let (digest, nothing) = (before.to_string(), StoreDigest::default().to_string());
            let values = [
                plan.command.into(),
                (&systems).into(),
                plan.plan.into(),
                plan.plan_key.into(),
                plan.as_of.into(),
                plan.started.into(),
                (&digest).into(),
                (&nothing).into(),
            ];
            let id = store.database.query_one(DOING, insert, &values, |row| row.integer(0))?;
            let id = id.ok_or_else(|| StoreError::Damaged { what: "a run that was just begun".into() })?;
            for system in plan.systems {
                let brings = "INSERT INTO run_system (run_id, system) VALUES (?, ?)";
                store.database.execute(DOING, brings, &[id.into(), (*system).into()])?;
            }
            Ok(RunStart {
                id,
                resumed: false,
                digest_before: before,
                as_of: plan.as_of.into(),
                started: plan.started.into(),
                plan: plan.plan.into(),
            })
        })?;
        self.numbers.start(found.id);
        self.database.set_active_run(Some(found.id))?;
        Ok(found)
    }

    /// Whether another run is under way or was cut off.
    pub fn has_other_open_runs(&self, run: i64) -> Result<bool, StoreError> {
        let sql = "SELECT count(*) FROM run WHERE status = 'running' AND id <> ?";
        Ok(self.database.count(sql, &[run.into()])? > 0)
    }

    /// Puts in order what a run left behind.
    pub fn settle(&self) -> Result<(), StoreError> {
        self.database.settle()
    }

    /// Ends a run with its report and its quarantined rows, and leaves the store in order; in an open group that is left to whoever
    /// commits it.
    pub fn finish_run(
        &mut self,
        run: i64,
        status: &str,
        finished: &str,
        report: &str,
        quarantined: &[u8],
        (systems, memories): (&[&str], &[StreamMemory]),
    ) -> Result<(), StoreError> {
        const DOING: &str = "ending a run";
        self.transaction(|store| {
            store.database.make_durable()?;
            let keep = "INSERT INTO run_quarantine (run_id, bytes) VALUES (?, ?)
                        ON CONFLICT (run_id) DO UPDATE SET bytes = excluded.bytes";
            store.database.execute(DOING, keep, &[run.into(), quarantined.into()])?;
            store.put_memories(run, systems, memories)?;
            store.database.execute(DOING, "DELETE FROM run_matching WHERE run_id = ?", &[run.into()])?;
            let digest = store.digest()?.to_string();
            let end = "UPDATE run SET status = ?, finished = ?, report = ?, digest_after = ? WHERE id = ?";
            let values = [status.into(), finished.into(), report.into(), (&digest).into(), run.into()];
            store.database.execute(DOING, end, &values).map(drop)
        })?;
        self.database.set_active_run(None)?;
        if self.grouped { Ok(()) } else { self.settle() }
    }

    /// Keeps how a run that goes on matched people; as JSON.
    pub fn put_matching(&mut self, run: i64, text: &str) -> Result<(), StoreError> {
        let put = "INSERT INTO run_matching (run_id, text) VALUES (?, ?) ON CONFLICT (run_id) DO UPDATE SET text = excluded.text";
        self.database.execute("keeping the matching", put, &[run.into(), text.into()]).map(drop)
    }

    pub fn matching(&self, run: i64) -> Result<Option<String>, StoreError> {
        let sql = "SELECT text FROM run_matching WHERE run_id = ?";
        self.database.query_one("reading the matching", sql, &[run.into()], |row| Ok(row.text(0)?.to_owned()))
    }

    /// Runs that have not finished, whose people's charts are not complete yet, with the number of these people.
    pub fn incomplete_charts(&self) -> Result<Vec<(i64, String, u64)>, StoreError> {
        let sql = "SELECT run_id, source_system, count(DISTINCT patient_id) FROM incomplete_chart
                   GROUP BY run_id, source_system ORDER BY run_id";
        let read = |row: &dyn Row| Ok((row.integer(0)?, row.text(1)?.to_owned(), row.integer(2)? as u64));
        self.database.query_all("looking for unfinished runs", sql, &[], read)
    }

    /// Runs that have not finished, of systems that the person of a chart row is registered in.
    pub fn incomplete_for(&self, table: &str, id: &str) -> Result<Vec<(i64, String)>, StoreError> {
        let sql = format!(
            "SELECT DISTINCT run_id, source_system FROM incomplete_chart
             WHERE patient_id = (SELECT patient_id FROM {} WHERE id = ?) ORDER BY run_id",
            quoted(table)
        );
        let read = |row: &dyn Row| Ok((row.integer(0)?, row.text(1)?.to_owned()));
        self.database.query_all("looking for unfinished runs", &sql, &[id.into()], read)
    }

    /// Notes that a run's report stands in its folder.
    pub fn note_reported(&mut self, run: i64) -> Result<(), StoreError> {
        let sql = "UPDATE run SET reported = 1 WHERE id = ?";
        self.database.execute("noting a report", sql, &[run.into()]).map(drop)
    }

    pub fn runs(&self) -> Result<Vec<RunRow>, StoreError> {
        let sql = "SELECT id, command, system, plan, status, started, finished, digest_before, digest_after, report FROM run ORDER BY id";
        self.database.query_all("reading the runs", sql, &[], |row| {
            let optional = |column| row.optional_text(column).map(|text| text.map(str::to_owned));
            Ok(RunRow {
                id: row.integer(0)?,
                command: row.text(1)?.to_owned(),
                system: row.text(2)?.to_owned(),
                plan: row.text(3)?.to_owned(),
                status: row.text(4)?.to_owned(),
                started: row.text(5)?.to_owned(),
                finished: optional(6)?,
                digest_before: row.text(7)?.to_owned(),
                digest_after: optional(8)?,
                report: optional(9)?,
            })
        })
    }

    pub fn run(&self, run: i64) -> Result<RunRow, StoreError> {
        self.runs()?.into_iter().find(|row| row.id == run).ok_or(StoreError::NoRun { run })
    }

    /// Runs of a system that ended and whose report was never written.
    pub fn unreported(&self, system: &str) -> Result<Vec<i64>, StoreError> {
        let sql = "SELECT id FROM run JOIN run_system o ON o.run_id = id
             WHERE reported = 0 AND o.system = ? AND status IN ('done', 'unbalanced') ORDER BY id";
        self.database.query_all("reading the runs", sql, &[system.into()], |row| row.integer(0))
    }

    /// The quarantined rows of a run as it wrote them; none where an older program ran it.
    pub fn run_quarantine(&self, run: i64) -> Result<Option<Vec<u8>>, StoreError> {
        let sql = "SELECT bytes FROM run_quarantine WHERE run_id = ?";
        let read = |row: &dyn Row| Ok(row.bytes(0)?.to_vec());
        self.database.query_one("reading the quarantine of a run", sql, &[run.into()], read)
    }
}
