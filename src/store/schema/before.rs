//! What rows were before a run changed them. Each table that runs change has a second one, `..._before`, which triggers fill: no
//! code that writes can forget it, and rows that are only added cost nothing.

use super::super::database::{Columns, SqlType};
use super::{Dialect, quoted};
use crate::model::RecordType;

/// A table whose rows runs change.
pub struct Tracked {
    pub table: String,
    /// The column that numbers its rows, first among `columns`.
    pub key: &'static str,
    pub columns: Vec<(String, SqlType)>,
    /// The store format that brought it, or what it was before.
    pub since: u32,
    /// How many of the columns, the last ones, later formats brought, with which.
    added: Vec<u32>,
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
    (
        "review_decision",
        "i:row_id t:left_identity t:right_identity i:run_id t:decision t:decided_by t:decided t:reason
         t:accepted",
    ),
    (
        "document_decision",
        "i:row_id t:document_id b:content_hash t:identity_id i:run_id t:decided_by t:decided t:reason",
    ),
    ("identity_link", "i:row_id t:identity_id t:source_system t:named_by t:stream t:named t:sameness"),
    ("setting", "i:row_id i:run_id t:name t:value t:decided_by t:decided t:reason t:text"),
];

const CHART: &str = "i:row_id t:id t:identity_id t:patient_id i:source_record_id";
const IDENTITY: &str =
    "i:row_id t:id t:source_system t:source_key i:stream_id b:key_hash t:patient_id i:source_record_id
    t:matched_identity r:match_weight r:match_probability t:match_evidence";

fn columns(listed: &str) -> impl Iterator<Item = (String, SqlType)> {
    listed.split_whitespace().map(|column| {
        let (kind, name) = column.split_at(2);
        let kind = match kind {
            "i:" => SqlType::Integer,
            "r:" => SqlType::Real,
            "b:" => SqlType::Bytes,
            _ => SqlType::Text,
        };
        (name.to_owned(), kind)
    })
}

/// The tables whose rows are only added, or that tell of runs alone.
const OTHERS: &[(&str, &str)] = &[
    (
        "run",
        "i:id t:command t:plan t:plan_key t:status t:as_of t:started t:finished t:digest_before t:digest_after t:report i:reported
        t:system t:digest_change",
    ),
    ("run_system", "i:run_id t:system"),
    ("source_file", "i:id i:run_id i:stream_id t:path t:sha256 i:size_bytes i:records t:header"),
    ("payload", "i:id i:file_id i:records i:first_row i:last_row b:bytes"),
    (
        "source_record_history",
        "i:source_record_id i:run_id b:content_hash t:fate t:reason i:previous_run_id i:payload_id i:payload_index",
    ),
    ("kept_file", "i:source_record_id i:part b:bytes"),
    ("document_history", "t:document_id i:run_id t:mime_type i:size_bytes t:sha256 t:encoding b:bytes"),
    ("run_quarantine", "i:run_id b:bytes"),
    ("run_matching", "i:run_id t:text"),
    ("checkpoint", "i:run_id i:stream_id t:file_sha256 i:last_row"),
    ("run_block", "t:table_name i:run_id i:first_row i:last_row"),
    ("patient_move", "i:id i:run_id i:stream_id t:identity t:former t:patient i:founded"),
    ("stream_memory", "i:stream_id i:run_id i:first_record i:last_record t:survey b:classes"),
    ("tombstone", "i:run_id t:text t:former_seal t:seal i:scrubbed"),
];

/// Every table with its columns but `store_meta` and what was before; those that others refer to come first.
pub fn all_tables() -> Vec<Columns> {
    let others =
        OTHERS.iter().map(|(table, listed)| Columns { table: (*table).to_owned(), columns: columns(listed).collect() });
    let tracked = tracked().into_iter().map(|table| Columns { table: table.table, columns: table.columns });
    let mut all: Vec<Columns> = tracked.chain(others).collect();
    all.sort_by_key(|table| match table.table.as_str() {
        "run" | "source_stream" => 0,
        "source_file" => 1,
        _ => 2,
    });
    all
}

/// Every such table.
pub fn tracked() -> Vec<Tracked> {
    let own = |record: RecordType, is_added: bool| {
        let of_kind = record.columns().iter().filter(move |column| (column.since > 1) == is_added);
        of_kind.map(|column| (column.name.to_owned(), column.kind.into())).collect::<Vec<_>>()
    };
    let added = |record: RecordType| {
        record.columns().iter().map(|column| column.since).filter(|since| *since > 1).collect::<Vec<_>>()
    };
    let mut tables = Vec::new();
    for record in RecordType::ALL {
        let mut all: Vec<_> = columns(CHART).chain(own(*record, false)).collect();
        if *record == RecordType::Patient {
            all.push(("replaced_by".into(), SqlType::Text));
        }
        all.extend(own(*record, true));
        let added = added(*record);
        tables.push(Tracked { table: record.table().into(), key: "row_id", columns: all, since: 3, added });
    }
    let (first, later) = (own(RecordType::Patient, false), own(RecordType::Patient, true));
    let identity = columns(IDENTITY).chain(first).chain(later).collect();
    let added = added(RecordType::Patient);
    tables.push(Tracked { table: "patient_identity".into(), key: "row_id", columns: identity, since: 3, added });
    for (table, listed) in BOOKS {
        let key = if listed.starts_with("i:id ") { "id" } else { "row_id" };
        let since = match *table {
            "review_decision" | "setting" => 5,
            "document_decision" => 7,
            "identity_link" => 8,
            _ => 3,
        };
        tables.push(Tracked {
            table: (*table).into(),
            key,
            columns: columns(listed).collect(),
            since,
            added: Vec::new(),
        });
    }
    tables
}

impl Tracked {
    /// The table as it was in an earlier format.
    fn in_format(mut self, format: u32) -> Self {
        let later = self.added.iter().filter(|since| **since > format).count();
        self.columns.truncate(self.columns.len() - later);
        self.added.retain(|since| *since <= format);
        self
    }

    pub fn before(&self) -> String {
        quoted(&format!("{}_before", self.table))
    }

    /// The columns' names, each with something before it, as SQL.
    pub fn names(&self, prefix: &str) -> String {
        let names: Vec<String> = self.columns.iter().map(|(name, _)| format!("{prefix}{}", quoted(name))).collect();
        names.join(", ")
    }

    fn table_sql(&self, dialect: Dialect) -> String {
        let columns: Vec<String> = self
            .columns
            .iter()
            .map(|(name, kind)| format!(",\n    {} {}", quoted(name), dialect.name(*kind)))
            .collect();
        let (integer, ending, sequence) = match dialect {
            Dialect::Sqlite => ("INTEGER", " WITHOUT ROWID", String::new()),
            Dialect::Postgres => {
                let name = quoted(&format!("{}_row_number", self.table));
                ("BIGINT", "", format!("CREATE SEQUENCE {name} AS BIGINT INCREMENT BY 65536;\n"))
            }
        };
        format!(
            "{sequence}CREATE TABLE {} (\n    run_id_before {integer} NOT NULL,\n    gone_before {integer} NOT NULL{},\n    PRIMARY KEY (run_id_before, {})\n){ending};\n",
            self.before(),
            columns.concat(),
            self.key
        )
    }

    /// The first state of a row in a run is kept, and only of rows that the run did not add; `gone_before` says that the run took
    /// it out.
    fn triggers(&self, dialect: Dialect) -> String {
        let (name, table, before, key) = (&self.table, quoted(&self.table), self.before(), self.key);
        let trigger = |event: &str| {
            let trigger = quoted(&format!("{name}_before_{}", event.to_lowercase()));
            if dialect == Dialect::Postgres {
                return format!(
                    "CREATE TRIGGER {trigger} BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION keep_before('{key}');\n"
                );
            }
            let old = self.names("old.");
            let gone = match event {
                "DELETE" => format!(
                    "    UPDATE {before} SET gone_before = 1\n    \
                     WHERE run_id_before = (SELECT run_id FROM active_run) AND {key} = old.{key};\n"
                ),
                _ => String::new(),
            };
            format!(
                "CREATE TRIGGER {trigger} BEFORE {event} ON {table}\nWHEN (SELECT run_id FROM active_run) <> \
                 coalesce((SELECT run_id FROM run_block\n    WHERE table_name = '{name}' AND first_row <= old.{key} \
                 ORDER BY first_row DESC LIMIT 1), 0)\nBEGIN\n    INSERT OR IGNORE INTO {before} SELECT run_id, 0, {old} \
                 FROM active_run;\n{gone}END;\n"
            )
        };
        trigger("UPDATE") + &trigger("DELETE")
    }
}

/// Blocks for the rows that an older store has, so that no number is given twice.
pub fn first_blocks_sql() -> String {
    let first = tracked().into_iter().filter(|table| table.since <= 3);
    let tables = first.map(|table| (table.table, table.key)).chain([("payload".to_owned(), "id")]);
    let block = |(table, key): (String, &str)| {
        let name = quoted(&table);
        format!("INSERT INTO run_block SELECT '{table}', 0, 1, max({key}) FROM {name} HAVING max({key}) IS NOT NULL;\n")
    };
    tables.map(block).collect()
}

/// The tables of what was before that a store format brought, with the triggers that fill them.
pub fn before_sql(dialect: Dialect, format: u32) -> String {
    let mut sql = String::from(
        "-- Made by the program (src/store/schema/before.rs); a test holds the two equal.\n\
         -- What rows were before a run changed them, by run: the first state of each in that run.\n",
    );
    for table in tracked().into_iter().filter(|table| table.since == format).map(|table| table.in_format(format)) {
        sql.push('\n');
        sql.push_str(&table.table_sql(dialect));
        sql.push_str(&table.triggers(dialect));
    }
    sql
}

/// What a store format adds to chart tables: columns, also to what was before, and the triggers that name them.
pub fn added_sql(dialect: Dialect, format: u32) -> String {
    let mut sql =
        String::from("-- Made from the data dictionary (src/model/chart/dictionary.rs); a test holds the two equal.\n");
    for table in
        tracked().into_iter().map(|table| table.in_format(format)).filter(|table| table.added.contains(&format))
    {
        let added = table.added.iter().filter(|since| **since == format).count();
        for (name, kind) in &table.columns[table.columns.len() - added..] {
            for to in [quoted(&table.table), table.before()] {
                sql.push_str(&format!("ALTER TABLE {to} ADD COLUMN {} {};\n", quoted(name), dialect.name(*kind)));
            }
        }
        if dialect == Dialect::Sqlite {
            for event in ["update", "delete"] {
                sql.push_str(&format!("DROP TRIGGER {};\n", quoted(&format!("{}_before_{event}", table.table))));
            }
            sql.push_str(&table.triggers(dialect));
        }
    }
    sql
}

/// Makes the chart tables of an older store anew, with row numbers that stay.
pub fn renew_chart_sql(create_chart: &str) -> String {
    let tables: Vec<Tracked> =
        tracked().into_iter().filter(|table| is_chart(&table.table)).map(|table| table.in_format(3)).collect();
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
