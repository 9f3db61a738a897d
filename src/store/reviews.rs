//! Pairs that wait for a person, and what people decided of them.

use std::collections::BTreeMap;

use super::batch::{columns, put_all};
use super::database::SqlType::{Integer, Real, Text};
use super::database::{Cell, Row};
use super::digest::ItemHasher;
use super::schema::quoted;
use super::undo::has_patient;
use super::{BatchWrite, Decision, EhrStore, ReviewDecision, Setting, SettingName, StoreDigest, StoreError};
use crate::model::{ChartId, RecordType};

/// A pair that waits for a person.
#[derive(Clone, Debug)]
pub struct OpenReview {
    /// Its number in this store, for as long as it waits.
    pub number: i64,
    pub left: ChartId,
    pub right: ChartId,
    pub left_system: String,
    pub left_key: String,
    pub right_system: String,
    pub right_key: String,
    pub weight: f64,
    pub probability: f64,
    pub reason: Option<String>,
    /// JSON: comparison, level, weight.
    pub evidence: String,
    /// A person's decision holds them together, and they contradict each other.
    pub conflict: bool,
}

const COLUMNS: &str = "m.row_id, m.left_identity, m.right_identity, l.source_system, l.source_key, r.source_system,
     r.source_key, m.weight, m.probability, m.reason, m.evidence, m.status";
const SIDES: &str = "FROM match_review m
     JOIN patient_identity l ON l.id = m.left_identity JOIN patient_identity r ON r.id = m.right_identity";
const LIKELIEST: &str = "m.probability DESC, m.weight DESC, m.left_identity, m.right_identity";

fn open_review(row: &dyn Row) -> Result<OpenReview, StoreError> {
    Ok(OpenReview {
        number: row.integer(0)?,
        left: row.id(1)?,
        right: row.id(2)?,
        left_system: row.text(3)?.to_owned(),
        left_key: row.text(4)?.to_owned(),
        right_system: row.text(5)?.to_owned(),
        right_key: row.text(6)?.to_owned(),
        weight: row.real(7)?,
        probability: row.real(8)?,
        reason: row.optional_text(9)?.map(str::to_owned),
        evidence: row.text(10)?.to_owned(),
        conflict: row.text(11)? == "conflict",
    })
}

pub(super) fn read_decision(row: &dyn Row) -> Result<ReviewDecision, StoreError> {
    let unknown = || StoreError::Damaged { what: "a decision that is none".into() };
    Ok(ReviewDecision {
        left: row.id(0)?,
        right: row.id(1)?,
        decision: Decision::parse(row.text(2)?).ok_or_else(unknown)?,
        by: row.text(3)?.to_owned(),
        at: row.text(4)?.to_owned(),
        reason: row.text(5)?.to_owned(),
        accepted: row.optional_text(6)?.map(str::to_owned),
    })
}

/// The columns of a decision, for [`read_decision`].
pub(super) const DECISION: &str =
    "SELECT left_identity, right_identity, decision, decided_by, decided, reason, accepted";

/// Facts of the two patients of a pair, per kind.
pub type FactsOf<const KINDS: usize> = [(u64, u64); KINDS];

impl EhrStore {
    /// Pairs that wait for a person: contradicted decisions first, then the likeliest.
    pub fn open_reviews(&self, most: usize) -> Result<Vec<OpenReview>, StoreError> {
        let sql = format!("SELECT {COLUMNS} {SIDES} ORDER BY m.status, {LIKELIEST} LIMIT ?");
        self.database.query_all(
            "reading the reviews",
            &sql,
            &[i64::try_from(most).unwrap_or(i64::MAX).into()],
            open_review,
        )
    }

    /// The pair of a number, while it waits.
    pub fn open_review(&self, number: i64) -> Result<Option<OpenReview>, StoreError> {
        let sql = format!("SELECT {COLUMNS} {SIDES} WHERE m.row_id = ?");
        self.database.query_one("reading the reviews", &sql, &[number.into()], open_review)
    }

    /// Pairs that wait for a person, each with how many facts of each kind (some chart tables) its two patients have: contradicted
    /// decisions first, then where one has another number than the other, by the first such kind, then the likeliest.
    pub fn reviews_by_harm<const KINDS: usize>(
        &self,
        kinds: [&[RecordType]; KINDS],
        most: usize,
    ) -> Result<Vec<(OpenReview, FactsOf<KINDS>)>, StoreError> {
        let count = |records: &[RecordType], side: &str| {
            let of_table = |record: &RecordType| {
                format!("(SELECT count(*) FROM {} f WHERE f.patient_id = {side}.patient_id)", quoted(record.table()))
            };
            records.iter().map(of_table).collect::<Vec<_>>().join(" + ")
        };
        let (mut counts, mut harm) = (String::new(), String::from("0"));
        for (number, records) in kinds.iter().enumerate().rev() {
            counts.insert_str(
                0,
                &format!(", {} AS l{number}, {} AS r{number}", count(records, "l"), count(records, "r")),
            );
            harm = format!("CASE WHEN l{number} <> r{number} THEN {} ELSE {harm} END", KINDS - number);
        }
        // Told apart by counts first, and read whole then: few of many are asked for.
        let sql = format!(
            "WITH counted AS (SELECT m.row_id AS number{counts} {SIDES})
             SELECT {COLUMNS}, counted.* {SIDES} JOIN counted ON counted.number = m.row_id
             ORDER BY m.status, {harm} DESC, {LIKELIEST} LIMIT ?"
        );
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        self.database.query_all("reading the reviews", &sql, &[most.into()], |row| {
            let mut facts = [(0, 0); KINDS];
            for (kind, (left, right)) in facts.iter_mut().enumerate() {
                (*left, *right) = (row.integer(13 + 2 * kind)? as u64, row.integer(14 + 2 * kind)? as u64);
            }
            Ok((open_review(row)?, facts))
        })
    }

    /// How many facts are filed under a registration, by chart table.
    pub fn facts_of(&self, identity: ChartId) -> Result<BTreeMap<&'static str, u64>, StoreError> {
        let mut facts = BTreeMap::new();
        for record in RecordType::ALL.iter().filter(|record| has_patient(record.table())) {
            let sql = format!(
                "SELECT count(*) FROM {} WHERE patient_id = (SELECT patient_id FROM patient_identity WHERE id = ?1)
                 AND identity_id = ?1",
                quoted(record.table())
            );
            let count = self.database.count(&sql, &[(&identity).into()])?;
            if count > 0 {
                facts.insert(record.table(), count);
            }
        }
        Ok(facts)
    }

    /// Everything that people decided, by pair.
    pub fn decisions(&self) -> Result<Vec<ReviewDecision>, StoreError> {
        let sql = format!("{DECISION} FROM review_decision ORDER BY left_identity, right_identity");
        self.database.query_all("reading decisions", &sql, &[], read_decision)
    }

    /// What people decided of a registration, by pair.
    pub fn decisions_of(&self, identity: ChartId) -> Result<Vec<ReviewDecision>, StoreError> {
        let sql = format!(
            "{DECISION} FROM review_decision WHERE left_identity = ?1 OR right_identity = ?1 ORDER BY left_identity, right_identity"
        );
        self.database.query_all("reading decisions", &sql, &[(&identity).into()], read_decision)
    }

    /// Puts the pairs that wait now in the place of those that waited: a question that was asked keeps its number, and one that is
    /// settled goes.
    pub(super) fn write_reviews(&mut self, run: i64, batch: &BatchWrite) -> Result<(), StoreError> {
        const DOING: &str = "writing reviews";
        let Some(reviews) = &batch.reviews else { return Ok(()) };
        self.database.script(DOING, "CREATE TEMP TABLE IF NOT EXISTS new_review (left_identity TEXT, right_identity TEXT, weight DOUBLE PRECISION,
            probability DOUBLE PRECISION, reason TEXT, evidence TEXT, status TEXT, PRIMARY KEY (left_identity, right_identity));
            DELETE FROM new_review;")?;
        let to = columns(
            "new_review",
            &[
                ("left_identity", Text),
                ("right_identity", Text),
                ("weight", Real),
                ("probability", Real),
                ("reason", Text),
                ("evidence", Text),
                ("status", Text),
            ],
        );
        self.database.add(DOING, &to, reviews.len(), &mut |at, sink| {
            let review = &reviews[at];
            let cells: [Cell<'_>; 7] = [
                (&review.left).into(),
                (&review.right).into(),
                review.weight.into(),
                review.probability.into(),
                review.reason.as_deref().into(),
                (&review.evidence).into(),
                if review.conflict { "conflict" } else { "open" }.into(),
            ];
            put_all(sink, &cells)
        })?;
        let same = "n.left_identity = m.left_identity AND n.right_identity = m.right_identity";
        let mut settled =
            format!("DELETE FROM match_review AS m WHERE NOT EXISTS (SELECT 1 FROM new_review n WHERE {same})");
        if let Some(of) = &batch.reviews_of {
            let make = "CREATE TEMP TABLE IF NOT EXISTS reviewed (identity TEXT PRIMARY KEY); DELETE FROM reviewed;";
            self.database.script(DOING, make)?;
            let to = columns("reviewed", &[("identity", Text)]);
            self.database.add(DOING, &to, of.len(), &mut |at, sink| put_all(sink, &[(&of[at]).into()]))?;
            settled.push_str(
                " AND (m.left_identity IN (SELECT identity FROM reviewed) OR m.right_identity IN (SELECT identity FROM reviewed))",
            );
        }
        self.database.execute(DOING, &settled, &[])?;
        let changed = "UPDATE match_review SET weight = n.weight, probability = n.probability, reason = n.reason, evidence = n.evidence,
             status = n.status FROM new_review n
             WHERE n.left_identity = match_review.left_identity AND n.right_identity = match_review.right_identity
             AND (match_review.weight <> n.weight OR match_review.evidence <> n.evidence OR match_review.status <> n.status
             OR coalesce(match_review.reason, '') <> coalesce(n.reason, ''))";
        self.database.execute(DOING, changed, &[])?;
        let select = format!(
            "SELECT left_identity, right_identity FROM new_review n
             WHERE NOT EXISTS (SELECT 1 FROM match_review m WHERE {same}) ORDER BY left_identity, right_identity"
        );
        let new = self.database.query_all(DOING, &select, &[], |row| Ok((row.id(0)?, row.id(1)?)))?;
        let numbers: Vec<i64> = new.iter().map(|_| self.number("match_review")).collect::<Result<_, _>>()?;
        let asked =
            "CREATE TEMP TABLE IF NOT EXISTS new_number (row_id BIGINT, left_identity TEXT, right_identity TEXT,
                     PRIMARY KEY (left_identity, right_identity)); DELETE FROM new_number;";
        self.database.script(DOING, asked)?;
        let to = columns("new_number", &[("row_id", Integer), ("left_identity", Text), ("right_identity", Text)]);
        self.database.add(DOING, &to, new.len(), &mut |at, sink| {
            put_all(sink, &[numbers[at].into(), (&new[at].0).into(), (&new[at].1).into()])
        })?;
        let insert = "INSERT INTO match_review (row_id, left_identity, right_identity, run_id, weight, probability, reason, evidence, status)
             SELECT a.row_id, n.left_identity, n.right_identity, ?, n.weight, n.probability, n.reason, n.evidence, n.status
             FROM new_number a JOIN new_review n ON n.left_identity = a.left_identity AND n.right_identity = a.right_identity
             ORDER BY a.row_id";
        self.database.execute(DOING, insert, &[run.into()]).map(drop)
    }

    /// The last word on a pair counts.
    pub(super) fn write_decisions(
        &mut self,
        run: i64,
        batch: &BatchWrite,
        digest: &mut StoreDigest,
    ) -> Result<(), StoreError> {
        const DOING: &str = "writing decisions";
        if batch.decisions.is_empty() {
            return Ok(());
        }
        let make = "CREATE TEMP TABLE IF NOT EXISTS new_decision (left_identity TEXT, right_identity TEXT,
                    PRIMARY KEY (left_identity, right_identity)); DELETE FROM new_decision;";
        self.database.script(DOING, make)?;
        let to = columns("new_decision", &[("left_identity", Text), ("right_identity", Text)]);
        self.database.add(DOING, &to, batch.decisions.len(), &mut |at, sink| {
            let ReviewDecision { left, right, .. } = &batch.decisions[at];
            put_all(sink, &[left.into(), right.into()])
        })?;
        let is_new = "EXISTS (SELECT 1 FROM new_decision n
                      WHERE n.left_identity = review_decision.left_identity AND n.right_identity = review_decision.right_identity)";
        let mut hasher = ItemHasher::default();
        let former = format!("{DECISION} FROM review_decision WHERE {is_new}");
        for former in self.database.query_all(DOING, &former, &[], read_decision)? {
            digest.subtract(hasher.decision(&former));
        }
        self.database.execute(DOING, &format!("DELETE FROM review_decision WHERE {is_new}"), &[])?;
        let numbers: Vec<i64> =
            batch.decisions.iter().map(|_| self.number("review_decision")).collect::<Result<_, _>>()?;
        let to = columns(
            "review_decision",
            &[
                ("row_id", Integer),
                ("left_identity", Text),
                ("right_identity", Text),
                ("run_id", Integer),
                ("decision", Text),
                ("decided_by", Text),
                ("decided", Text),
                ("reason", Text),
                ("accepted", Text),
            ],
        );
        self.database.add(DOING, &to, numbers.len(), &mut |at, sink| {
            let decision = &batch.decisions[at];
            let cells: [Cell<'_>; 9] = [
                numbers[at].into(),
                (&decision.left).into(),
                (&decision.right).into(),
                run.into(),
                decision.decision.as_str().into(),
                (&decision.by).into(),
                (&decision.at).into(),
                (&decision.reason).into(),
                decision.accepted.as_deref().into(),
            ];
            put_all(sink, &cells)
        })?;
        batch.decisions.iter().for_each(|decision| digest.add(hasher.decision(decision)));
        Ok(())
    }

    /// What somebody chose last; none where nobody did.
    pub fn setting(&self, name: SettingName) -> Result<Option<Setting>, StoreError> {
        let sql =
            "SELECT value, decided_by, decided, reason, text FROM setting WHERE name = ? ORDER BY row_id DESC LIMIT 1";
        self.database.query_one("reading a setting", sql, &[name.as_str().into()], |row| {
            let text = |column| row.text(column).map(str::to_owned);
            Ok(Setting { name, value: text(0)?, by: text(1)?, at: text(2)?, reason: text(3)?, text: text(4)? })
        })
    }

    /// Sets something else from now on, as a part of a run.
    pub fn put_setting(&mut self, run: i64, setting: &Setting) -> Result<(), StoreError> {
        let insert = "INSERT INTO setting (row_id, run_id, name, value, decided_by, decided, reason, text)
                      VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
        let number = self.number("setting")?;
        let values = [
            number.into(),
            run.into(),
            setting.name.as_str().into(),
            (&setting.value).into(),
            (&setting.by).into(),
            (&setting.at).into(),
            (&setting.reason).into(),
            (&setting.text).into(),
        ];
        self.database.execute("keeping a setting", insert, &values).map(drop)
    }

    /// Notes in the order of linking that people were linked, where no registration was written.
    pub fn note_linked(&mut self) -> Result<(), StoreError> {
        self.number("patient_identity")?;
        self.numbers.give_back("patient_identity");
        Ok(())
    }
}
