//! What rows were before a run changed them. Each table that runs change has a second one, `..._before`, which triggers fill: no
//! code that writes can forget it, and rows that are only added cost nothing.

use super::{quoted, sqlite_type};
use crate::model::RecordType;

/// A table whose rows runs change.
pub struct Tracked {
    pub table: String,
    /// The column that numbers its rows, first among `columns`.
    pub key: &'static str,
    /// Name and SQLite type.
    pub columns: Vec<(String, &'static str)>,
}

/// The books' tables of this kind; chart tables come from the dictionary. Types: `i` integer, `t` text, `r` real, `b` blob.
const BOOKS: &[(&str, &str)] = &[
    (
        "source_record",
        "i:id i:stream_id b:key_hash i:ordinal b:content_hash t:fate t:reason i:run_id i:payload_id i:payload_index i:charted",
    ),
    ("source_stream", "i:id t:system t:stream t:mapping"),
    ("column_evidence", "i:row_id i:stream_id t:column_name i:day_first i:month_first"),
    (
        "quarantine",
        "i:row_id i:source_record_id i:run_id t:file i:row i:offset_bytes t:key t:column_name t:reason_code t:reason",
    ),
    (
        "match_review",
        "i:row_id t:left_identity t:right_identity i:run_id r:weight r:probability t:reason t:evidence t:status",
    ),
    ("waiting_document", "i:row_id i:source_record_id i:number t:name b:bytes"),
    ("document_content", "i:row_id t:document_id t:mime_type i:size_bytes t:sha256 t:encoding b:bytes"),
];

const CHART: &str = "i:row_id t:id t:identity_id t:patient_id i:source_record_id";
const IDENTITY: &str =
    "i:row_id t:id t:source_system t:source_key i:stream_id b:key_hash t:patient_id i:source_record_id
    t:matched_identity r:match_weight r:match_probability t:match_evidence";

fn columns(listed: &str) -> impl Iterator<Item = (String, &'static str)> {
    listed.split_whitespace().map(|column| {
        let (kind, name) = column.split_at(2);
        let kind = match kind {
            "i:" => "INTEGER",
            "r:" => "REAL",
            "b:" => "BLOB",
            _ => "TEXT",
        };
        (name.to_owned(), kind)
    })
}

/// Every such table.
pub fn tracked() -> Vec<Tracked> {
    let own = |record: RecordType| {
        record.columns().iter().map(|column| (column.name.to_owned(), sqlite_type(column.kind))).collect::<Vec<_>>()
    };
    let mut tables = Vec::new();
    for record in RecordType::ALL {
        let mut all: Vec<_> = columns(CHART).chain(own(*record)).collect();
        if *record == RecordType::Patient {
            all.push(("replaced_by".into(), "TEXT"));
        }
        tables.push(Tracked { table: record.table().into(), key: "row_id", columns: all });
    }
    let identity = columns(IDENTITY).chain(own(RecordType::Patient)).collect();
    tables.push(Tracked { table: "patient_identity".into(), key: "row_id", columns: identity });
    for (table, listed) in BOOKS {
        let key = if listed.starts_with("i:id ") { "id" } else { "row_id" };
        tables.push(Tracked { table: (*table).into(), key, columns: columns(listed).collect() });
    }
    tables
}

impl Tracked {
    pub fn before(&self) -> String {
        quoted(&format!("{}_before", self.table))
    }

    /// The columns' names, each with something before it, as SQL.
    pub fn names(&self, prefix: &str) -> String {
        let names: Vec<String> = self.columns.iter().map(|(name, _)| format!("{prefix}{}", quoted(name))).collect();
        names.join(", ")
    }

    fn trigger(&self, event: &str) -> String {
        quoted(&format!("{}_before_{}", self.table, event.to_lowercase()))
    }

    fn table_sql(&self) -> String {
        let columns: Vec<String> =
            self.columns.iter().map(|(name, kind)| format!(",\n    {} {kind}", quoted(name))).collect();
        format!(
            "CREATE TABLE {} (\n    run_id_before INTEGER NOT NULL{},\n    PRIMARY KEY (run_id_before, {})\n) WITHOUT ROWID;\n",
            self.before(),
            columns.concat(),
            self.key
        )
    }

    /// The first state of a row in a run is kept, and only of rows that were there when the run began.
    pub fn triggers(&self) -> String {
        let (table, before, key, old) = (quoted(&self.table), self.before(), self.key, self.names("old."));
        let mark = format!("FROM run_mark WHERE table_name = '{}' ORDER BY run_id DESC LIMIT 1", self.table);
        let trigger = |event: &str| {
            format!(
                "CREATE TRIGGER {} BEFORE {event} ON {table}\nWHEN old.{key} <= (SELECT last_row {mark})\nBEGIN\n    \
                 INSERT INTO {before} SELECT run_id, {old}\n    FROM (SELECT run_id {mark}) AS mark\n    \
                 WHERE NOT EXISTS (SELECT 1 FROM {before} AS b WHERE b.run_id_before = mark.run_id AND b.{key} = old.{key});\nEND;\n",
                self.trigger(event)
            )
        };
        trigger("UPDATE") + &trigger("DELETE")
    }

    pub fn drop_triggers(&self) -> String {
        format!("DROP TRIGGER IF EXISTS {}; DROP TRIGGER IF EXISTS {};", self.trigger("UPDATE"), self.trigger("DELETE"))
    }
}

/// The highest number ever given to a row of a table, as SQL: rows that a run took out keep theirs, should they come back.
pub fn last_number_sql(table: &str, key: &str) -> String {
    format!(
        "SELECT max((SELECT coalesce(max({key}), 0) FROM {}),
         (SELECT coalesce(max(last_row), 0) FROM run_mark WHERE table_name = '{table}'))",
        quoted(table)
    )
}

/// Notes how far each table reaches as a run begins; payload frames are only ever added.
pub fn mark_sql(run: i64) -> String {
    let tables = tracked().into_iter().map(|table| (table.table, table.key)).chain([("payload".to_owned(), "id")]);
    let mark = |(table, key): (String, &str)| format!("('{table}', {run}, ({}))", last_number_sql(&table, key));
    format!("INSERT INTO run_mark VALUES {}", tables.map(mark).collect::<Vec<_>>().join(", "))
}

/// `0003_before.sql`, as it must be.
pub fn before_sql() -> String {
    let mut sql = String::from(
        "-- Made by the program (src/store/schema/before.rs); a test holds the two equal.\n\
         -- What rows were before a run changed them, by run: the first state of each in that run.\n",
    );
    for table in tracked() {
        sql.push('\n');
        sql.push_str(&table.table_sql());
        sql.push_str(&table.triggers());
    }
    sql
}

/// Makes the chart tables of an older store anew, with row numbers that stay.
pub fn renew_chart_sql(create_chart: &str) -> String {
    let tables: Vec<Tracked> = tracked().into_iter().filter(|table| is_chart(&table.table)).collect();
    let mut sql = String::new();
    for table in &tables {
        sql.push_str(&format!("ALTER TABLE {} RENAME TO {};\n", quoted(&table.table), former(&table.table)));
    }
    sql.push_str(create_chart);
    for table in &tables {
        // All but the row number, which the former table keeps to itself.
        let names: Vec<String> = table.columns.iter().skip(1).map(|(name, _)| quoted(name)).collect();
        let (names, former) = (names.join(", "), former(&table.table));
        sql.push_str(&format!(
            "INSERT INTO {} (row_id, {names}) SELECT rowid, {names} FROM {former}; DROP TABLE {former};\n",
            quoted(&table.table)
        ));
    }
    sql
}

fn former(table: &str) -> String {
    quoted(&format!("former_{table}"))
}

fn is_chart(table: &str) -> bool {
    table == "patient_identity" || RecordType::ALL.iter().any(|record| record.table() == table)
}
