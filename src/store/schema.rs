//! The store's tables: chart tables made from the data dictionary, the books written by hand.

use super::database::{Columns, SqlType};
use crate::model::chart::coding_columns;
use crate::model::{Column, ColumnKind, RecordType};

pub mod before;

/// The store format this program writes. Older ones are migrated forward, newer ones refused.
pub const FORMAT: u32 = 8;

pub const BOOKS: &str = include_str!("../../schemas/store/sqlite/0001_books.sql");
pub const CHART: &str = include_str!("../../schemas/store/sqlite/0001_chart.sql");
pub const FORMAT_2: &str = include_str!("../../schemas/store/sqlite/0002_format_2.sql");
pub const FORMAT_3: &str = include_str!("../../schemas/store/sqlite/0003_format_3.sql");
pub const BEFORE: &str = include_str!("../../schemas/store/sqlite/0003_before.sql");
pub const FORMAT_4: &str = include_str!("../../schemas/store/sqlite/0004_format_4.sql");
pub const FORMAT_5: [&str; 2] = [
    include_str!("../../schemas/store/sqlite/0005_format_5.sql"),
    include_str!("../../schemas/store/sqlite/0005_before.sql"),
];

/// The first part is the same in both.
const FORMAT_6_RUNS: &str = include_str!("../../schemas/store/0006_format_6.sql");
pub const FORMAT_6: [&str; 2] = [FORMAT_6_RUNS, include_str!("../../schemas/store/sqlite/0006_chart.sql")];
pub const POSTGRES_FORMAT_6: [&str; 2] = [FORMAT_6_RUNS, include_str!("../../schemas/store/postgres/0006_chart.sql")];

pub const FORMAT_7: [&str; 2] = [
    include_str!("../../schemas/store/sqlite/0007_format_7.sql"),
    include_str!("../../schemas/store/sqlite/0007_before.sql"),
];
pub const POSTGRES_FORMAT_7: [&str; 2] = [
    include_str!("../../schemas/store/postgres/0007_format_7.sql"),
    include_str!("../../schemas/store/postgres/0007_before.sql"),
];

pub const FORMAT_8: [&str; 2] = [
    include_str!("../../schemas/store/sqlite/0008_format_8.sql"),
    include_str!("../../schemas/store/sqlite/0008_before.sql"),
];
pub const POSTGRES_FORMAT_8: [&str; 2] = [
    include_str!("../../schemas/store/postgres/0008_format_8.sql"),
    include_str!("../../schemas/store/postgres/0008_before.sql"),
];

/// What is kept of matching: made and dropped as a whole, in no format.
pub const MATCH_INDEX: &str = include_str!("../../schemas/store/sqlite/match_index.sql");
pub const POSTGRES_MATCH_INDEX: &str = include_str!("../../schemas/store/postgres/match_index.sql");

/// The same in both.
pub const VIEWS: &str = include_str!("../../schemas/store/0003_views.sql");

/// A PostgreSQL store as of format 3, its first.
pub const POSTGRES: [&str; 4] = [
    include_str!("../../schemas/store/postgres/0003_books.sql"),
    include_str!("../../schemas/store/postgres/0003_chart.sql"),
    include_str!("../../schemas/store/postgres/0003_before.sql"),
    VIEWS,
];
pub const POSTGRES_FORMAT_4: &str = include_str!("../../schemas/store/postgres/0004_format_4.sql");
pub const POSTGRES_FORMAT_5: [&str; 2] = [
    include_str!("../../schemas/store/postgres/0005_format_5.sql"),
    include_str!("../../schemas/store/postgres/0005_before.sql"),
];

/// Whose SQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    Sqlite,
    Postgres,
}

impl Dialect {
    /// Texts are compared byte by byte in both.
    fn name(self, kind: SqlType) -> &'static str {
        match (self, kind) {
            (Self::Sqlite, SqlType::Integer | SqlType::Boolean) => "INTEGER",
            (Self::Sqlite, SqlType::Real) => "REAL",
            (Self::Sqlite, SqlType::Text) => "TEXT",
            (Self::Sqlite, SqlType::Bytes) => "BLOB",
            (Self::Postgres, SqlType::Integer) => "BIGINT",
            (Self::Postgres, SqlType::Boolean) => "BOOLEAN",
            (Self::Postgres, SqlType::Real) => "DOUBLE PRECISION",
            (Self::Postgres, SqlType::Text) => "TEXT COLLATE \"C\"",
            (Self::Postgres, SqlType::Bytes) => "BYTEA",
        }
    }
}

impl From<ColumnKind> for SqlType {
    fn from(kind: ColumnKind) -> Self {
        match kind {
            ColumnKind::Integer => Self::Integer,
            ColumnKind::Boolean => Self::Boolean,
            ColumnKind::Real => Self::Real,
            _ => Self::Text,
        }
    }
}

/// Counts `source_record.charted` anew from the rows, as a store of format 1 needs it.
pub fn count_charted() -> String {
    let tables = RecordType::ALL.iter().filter(|record| **record != RecordType::Patient).map(|record| record.table());
    let rows: Vec<String> = tables
        .chain(["patient_identity"])
        .map(|table| format!("SELECT source_record_id FROM {}", quoted(table)))
        .collect();
    format!(
        "UPDATE source_record SET charted = 0;
         UPDATE source_record SET charted = counted.rows FROM (SELECT source_record_id, count(*) AS rows FROM ({})
         GROUP BY source_record_id) AS counted WHERE counted.source_record_id = source_record.id;",
        rows.join(" UNION ALL ")
    )
}

/// The columns that a chart table had before later formats added some.
fn base_columns(record: RecordType) -> impl Iterator<Item = &'static Column> {
    record.columns().iter().filter(|column| column.since == 1)
}

/// Quotes an identifier; identifiers come from the dictionary alone.
pub fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The columns of a chart table as the load puts them.
pub fn chart_columns(record: RecordType) -> Columns {
    let head = [
        ("row_id", SqlType::Integer),
        ("id", SqlType::Text),
        ("identity_id", SqlType::Text),
        ("patient_id", SqlType::Text),
        ("source_record_id", SqlType::Integer),
    ];
    with_head(record.table(), &head, record)
}

/// The columns of the crosswalk as the load puts them.
pub fn identity_columns() -> Columns {
    let head = [
        ("row_id", SqlType::Integer),
        ("id", SqlType::Text),
        ("source_system", SqlType::Text),
        ("source_key", SqlType::Text),
        ("stream_id", SqlType::Integer),
        ("key_hash", SqlType::Bytes),
        ("patient_id", SqlType::Text),
        ("source_record_id", SqlType::Integer),
        ("matched_identity", SqlType::Text),
        ("match_weight", SqlType::Real),
        ("match_probability", SqlType::Real),
        ("match_evidence", SqlType::Text),
    ];
    with_head("patient_identity", &head, RecordType::Patient)
}

fn with_head(table: &str, head: &[(&str, SqlType)], record: RecordType) -> Columns {
    let head = head.iter().map(|(name, kind)| ((*name).to_owned(), *kind));
    let own = record.columns().iter().map(|column| (column.name.to_owned(), column.kind.into()));
    Columns { table: table.to_owned(), columns: head.chain(own).collect() }
}

/// `0001_chart.sql` and its like, as they must be.
pub fn chart_sql(dialect: Dialect) -> String {
    let mut sql = String::from(
        "-- Made from the data dictionary (src/model/chart/dictionary.rs); a test holds the two equal.\n\
         -- Unique ids and indexes are added by the program after a first load: see `indexes` in src/store/schema.rs.\n",
    );
    let (integer, text, real, bytes) = (
        dialect.name(SqlType::Integer),
        dialect.name(SqlType::Text),
        dialect.name(SqlType::Real),
        dialect.name(SqlType::Bytes),
    );
    // In PostgreSQL a small index over ranges of numbers is enough, and is made after a first load.
    let key = match dialect {
        Dialect::Sqlite => "INTEGER PRIMARY KEY",
        Dialect::Postgres => "BIGINT NOT NULL",
    };
    let columns = |sql: &mut String, record: RecordType| {
        for column in base_columns(record) {
            sql.push_str(&format!(",\n    {} {}", quoted(column.name), dialect.name(column.kind.into())));
        }
    };
    for record in RecordType::ALL {
        sql.push_str(&format!("\nCREATE TABLE {} (\n    row_id {key},\n    id {text} NOT NULL,\n    identity_id {text},\n    patient_id {text},\n    source_record_id {integer} NOT NULL", quoted(record.table())));
        columns(&mut sql, *record);
        if *record == RecordType::Patient {
            sql.push_str(&format!(",\n    replaced_by {text}"));
        }
        sql.push_str("\n);\n");
    }
    sql.push_str(&format!(
        "\n-- Each source system's registration of a person, with its own demographics, and the patient it belongs to.\n\
         CREATE TABLE patient_identity (\n    row_id {key},\n    id {text} NOT NULL,\n    source_system {text} NOT NULL,\n    source_key {text} NOT NULL,\n    \
         stream_id {integer} NOT NULL,\n    key_hash {bytes} NOT NULL,\n    patient_id {text} NOT NULL,\n    source_record_id {integer} NOT NULL,\n    \
         matched_identity {text},\n    match_weight {real},\n    match_probability {real},\n    match_evidence {text}",
    ));
    columns(&mut sql, RecordType::Patient);
    sql.push_str("\n);\n");
    sql
}

/// The ledger by key: a quarter of the ledger's size, and needed by a run that maps known records anew alone. `trace` reads the ledger
/// through where it is not there.
pub fn key_index() -> Index {
    Index::new("source_record_key".into(), "", "source_record", "(stream_id, key_hash)")
}

/// An index; made after a first load, kept up to date afterwards.
pub struct Index {
    pub name: String,
    pub statement: String,
}

impl Index {
    fn new(name: String, unique: &str, table: &str, on: &str) -> Self {
        let statement = format!("CREATE {unique}INDEX IF NOT EXISTS {} ON {} {on}", quoted(&name), quoted(table));
        Self { name, statement }
    }
}

pub fn indexes(dialect: Dialect) -> Vec<Index> {
    let mut indexes = Vec::new();
    for record in RecordType::ALL {
        let table = record.table();
        indexes.push(Index::new(format!("{table}_id"), "UNIQUE ", table, "(id)"));
        if record.is_about_a_patient() && *record != RecordType::Patient {
            indexes.push(Index::new(format!("{table}_patient"), "", table, "(patient_id)"));
        }
    }
    for (name, table, columns, unique) in [
        ("patient_identity_id", "patient_identity", "(id)", "UNIQUE "),
        ("patient_identity_patient", "patient_identity", "(patient_id)", ""),
        ("document_content_id", "document_content", "(document_id)", "UNIQUE "),
        ("payload_rows", "payload", "(file_id, first_row)", ""),
    ] {
        indexes.push(Index::new(name.into(), unique, table, columns));
    }
    if dialect == Dialect::Postgres {
        // What is a table's own key in SQLite.
        indexes.push(Index::new("source_record_number".into(), "UNIQUE ", "source_record", "(id)"));
        let charts = RecordType::ALL.iter().map(|record| record.table()).chain(["patient_identity"]);
        indexes.extend(charts.map(|table| Index::new(format!("{table}_number"), "", table, "USING brin (row_id)")));
    }
    indexes
}

/// The data dictionary as Markdown: `schemas/dictionary.md`, as it must be.
pub fn dictionary_markdown() -> String {
    let mut text = String::from(
        "# Data dictionary\n\nEvery chart table and column, named after FHIR R4. Made by the program from \
         `src/model/chart/dictionary.rs`; a test holds the two equal. Every chart row also has `id` (derived from source system, \
         stream and key), `identity_id` (the registration it was filed under), `patient_id` (the person that registration belongs \
         to now) and `source_record_id` (where it came from).\n",
    );
    for record in RecordType::ALL {
        text.push_str(&format!(
            "\n## {} (`{}`)\n\n| column | type | FHIR R4 | meaning |\n|---|---|---|---|\n",
            record.name(),
            record.table()
        ));
        for column in record.columns() {
            let kind = match column.kind {
                ColumnKind::Reference(to) => format!("reference to `{}`", to.table()),
                kind => kind.name().to_owned(),
            };
            text.push_str(&format!(
                "| `{}` | {kind} | {} | {} |\n",
                column.name,
                column.fhir.replace('|', "\\|"),
                column.meaning
            ));
        }
        let codings: Vec<String> = record
            .columns()
            .iter()
            .filter_map(|column| if column.name == "code" { Some("code") } else { column.name.strip_suffix("_code") })
            .filter(|prefix| coding_columns(*record, prefix).is_some())
            .map(|prefix| format!("`{prefix}`"))
            .collect();
        if !codings.is_empty() {
            text.push_str(&format!("\nCoded elements: {}.\n", codings.join(", ")));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Compares a made file with what stands in the repository; `UPDATE_SCHEMAS=1 cargo test` writes it anew.
    fn check(path: &str, made: &str) {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
        if std::env::var_os("UPDATE_SCHEMAS").is_some() {
            std::fs::write(&path, made).expect("the repository can be written");
        }
        let stored = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(stored == made, "{} is out of date: UPDATE_SCHEMAS=1 cargo test --lib schema", path.display());
    }

    #[test]
    fn the_chart_tables_are_those_of_the_dictionary() {
        check("schemas/store/sqlite/0001_chart.sql", &chart_sql(Dialect::Sqlite));
        check("schemas/store/postgres/0003_chart.sql", &chart_sql(Dialect::Postgres));
    }

    #[test]
    fn the_states_before_a_run_have_the_columns_of_their_tables() {
        for format in [3, 5, 7, 8] {
            check(
                &format!("schemas/store/sqlite/000{format}_before.sql"),
                &before::before_sql(Dialect::Sqlite, format),
            );
            let path = format!("schemas/store/postgres/000{format}_before.sql");
            check(&path, &before::before_sql(Dialect::Postgres, format));
        }
        for (name, dialect) in [("sqlite", Dialect::Sqlite), ("postgres", Dialect::Postgres)] {
            check(&format!("schemas/store/{name}/0006_chart.sql"), &before::added_sql(dialect, 6));
        }
        let store = rusqlite::Connection::open_in_memory().expect("a database");
        let steps = [BOOKS, CHART, FORMAT_2, FORMAT_3, BEFORE, VIEWS, FORMAT_4].into_iter();
        let steps = steps.chain(FORMAT_5).chain(FORMAT_6).chain(FORMAT_7).chain(FORMAT_8);
        store.execute_batch(&steps.collect::<String>()).expect("a schema");
        for tracked in before::tracked() {
            let sql = format!("SELECT name, type FROM pragma_table_info('{}')", tracked.table);
            let mut select = store.prepare(&sql).expect("a statement");
            let found = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).expect("columns");
            let found: Vec<(String, String)> = found.collect::<Result<_, _>>().expect("columns");
            let kind = |kind: &SqlType| Dialect::Sqlite.name(*kind).to_owned();
            let known: Vec<_> = tracked.columns.iter().map(|(name, of)| (name.clone(), kind(of))).collect();
            assert_eq!(found, known, "{}", tracked.table);
        }
    }

    #[test]
    fn the_published_dictionary_is_the_program_s() {
        check("schemas/dictionary.md", &dictionary_markdown());
    }

    #[test]
    fn the_published_issue_codes_are_the_program_s() {
        let mut text = String::from(
            "# Issue codes\n\nThe closed list of what can be wrong with a record's data. Made by the program from `src/model/issue.rs`; \
             a test holds the two equal.\n\n| code | meaning |\n|---|---|\n",
        );
        for code in crate::model::IssueCode::ALL {
            text.push_str(&format!("| `{}` | {} |\n", code.as_str(), code.meaning()));
        }
        check("schemas/issue-codes.md", &text);
    }
}
