//! How SQL Server is asked to write values: each as text in one form, by the server itself, so that none is read by half.
//!
//! | type | text |
//! |---|---|
//! | `bit`, `tinyint` ... `bigint` | digits |
//! | `decimal`, `numeric` | exact, all places of its scale |
//! | `money`, `smallmoney` | exact, four places, no separators |
//! | `real`, `float` | the shortest that is this number again |
//! | `char` ... `ntext`, `xml`, `json` | as it is; half of a character, where a text was cut off, is U+FFFD |
//! | `date` | `2024-03-01` |
//! | `time` | `10:11:12` and the places of its scale |
//! | `datetime` | `2024-03-01 10:11:12.123`, in the steps of 3.33 ms that it is kept in |
//! | `datetime2` | `2024-03-01 10:11:12` and the places of its scale |
//! | `smalldatetime` | `2024-03-01 10:11:00` |
//! | `datetimeoffset` | `2024-03-01 10:11:12` and the places of its scale and `+02:00`: its own offset, or that of the zone that the URL names |
//! | `binary`, `varbinary`, `image`, `rowversion`, `geometry`, `geography`, other types of .NET | `\x` and two hexadecimal digits for each byte |
//! | `uniqueidentifier` | 36 characters, upper case |
//! | `hierarchyid` | `/1/2/` |
//! | `sql_variant` | as the value's own type; `real` and `float` with 17 digits, `datetime2` and the like with seven places |

/// A server as far as it matters for what it is asked.
#[derive(Clone, Debug, Default)]
pub(super) struct Dialect {
    /// Of the product's version: 11 is SQL Server 2012, 13 is 2016.
    pub major: u32,
    /// In which zone instants are written; empty where each keeps its own offset.
    pub zone: String,
}

/// The first that can say what columns a query has.
pub(super) const OLDEST: u32 = 11;
/// From here on hashes are taken of values of any length, and numbers are written with all their digits.
const SQL_SERVER_2016: u32 = 13;

/// A column of a table or a query.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Column {
    pub name: String,
    /// The base type's name as in `sys.types`; `clr` for a type of .NET.
    pub kind: String,
    /// In bytes; -1 where there is no limit.
    pub length: i32,
}

/// SQL for the kind of a column, given the columns with the ids of its types.
pub(super) fn kind_of(system: &str, user: &str) -> String {
    format!(
        "CASE {system} WHEN 240 THEN CASE {user} WHEN 128 THEN N'hierarchyid' ELSE N'clr' END ELSE TYPE_NAME({system}) END"
    )
}

pub(super) fn quoted(name: &str) -> String {
    format!("[{}]", name.replace(']', "]]"))
}

pub(super) fn literal(text: &str) -> String {
    format!("N'{}'", text.replace('\'', "''"))
}

/// What is selected of columns of the table `alias`.
pub(super) fn wanted(columns: &[Column], alias: &str, dialect: &Dialect) -> String {
    let texts: Vec<String> =
        columns.iter().map(|column| written(column, &format!("{alias}.{}", quoted(&column.name)), dialect)).collect();
    texts.join(", ")
}

/// A value of a column as the server writes it: text, bytes, or a floating number.
fn written(column: &Column, value: &str, dialect: &Dialect) -> String {
    match column.kind.as_str() {
        "bit" | "tinyint" | "smallint" | "int" | "bigint" => format!("CONVERT(nvarchar(20), {value})"),
        "decimal" | "numeric" => format!("CONVERT(nvarchar(41), {value})"),
        "money" | "smallmoney" => format!("CONVERT(nvarchar(30), {value}, 2)"),
        "real" | "float" | "binary" | "varbinary" | "nchar" | "nvarchar" => value.to_owned(),
        // A byte is a character at most.
        "char" | "varchar" if (1..=4000).contains(&column.length) => {
            format!("CONVERT(nvarchar({}), {value})", column.length)
        }
        "date" => format!("CONVERT(nvarchar(10), {value}, 23)"),
        "time" => format!("CONVERT(nvarchar(16), {value}, 121)"),
        "datetime" => format!("CONVERT(nvarchar(23), {value}, 121)"),
        "datetime2" => format!("CONVERT(nvarchar(27), {value}, 121)"),
        "smalldatetime" => format!("CONVERT(nvarchar(19), {value}, 120)"),
        "datetimeoffset" => instant(value, &dialect.zone),
        "image" | "clr" => format!("CONVERT(varbinary(max), {value})"),
        "timestamp" => format!("CONVERT(varbinary(8), {value})"),
        "uniqueidentifier" => format!("CONVERT(nvarchar(36), {value})"),
        "hierarchyid" => format!("{value}.ToString()"),
        "sql_variant" => variant(value, dialect),
        _ => format!("CONVERT(nvarchar(max), {value})"),
    }
}

/// An instant in a zone.
fn instant(value: &str, zone: &str) -> String {
    let moved = match zone.chars().next() {
        None => value.to_owned(),
        Some('+' | '-') => format!("SWITCHOFFSET({value}, {})", literal(zone)),
        Some(_) => format!("{value} AT TIME ZONE {}", literal(zone)),
    };
    // The server puts a blank before the offset.
    format!("REPLACE(REPLACE(CONVERT(nvarchar(34), {moved}, 121), N' +', N'+'), N' -', N'-')")
}

/// A value of a type of its own.
fn variant(value: &str, dialect: &Dialect) -> String {
    let digits = if dialect.major >= SQL_SERVER_2016 { 3 } else { 2 };
    let mut cases = Vec::new();
    for kind in ["real", "float"] {
        cases.push((kind, format!("CONVERT(nvarchar(40), CONVERT({kind}, {value}), {digits})")));
    }
    for kind in ["money", "smallmoney", "date", "time", "datetime", "datetime2", "smalldatetime", "datetimeoffset"] {
        let column = Column { kind: kind.to_owned(), ..Column::default() };
        cases.push((kind, written(&column, &format!("CONVERT({kind}, {value})"), dialect)));
    }
    for kind in ["binary", "varbinary"] {
        let digits = format!("CONVERT(nvarchar(max), CONVERT(varbinary(8000), {value}), 2)");
        cases.push((kind, format!("N'\\x' + LOWER({digits})")));
    }
    let cases: String = cases.iter().map(|(kind, text)| format!(" WHEN N'{kind}' THEN {text}")).collect();
    let kind = format!("CONVERT(nvarchar(128), SQL_VARIANT_PROPERTY({value}, 'BaseType'))");
    format!("CASE {kind}{cases} ELSE CONVERT(nvarchar(max), {value}) END")
}

/// An order of rows that have no key: by a hash of all that stands in them, whatever their collations take for equal.
pub(super) fn whole_row(columns: &[Column], alias: &str, dialect: &Dialect) -> String {
    let limit = if dialect.major >= SQL_SERVER_2016 { "max" } else { "8000" };
    let hashes: String = columns
        .iter()
        .map(|column| {
            let text = written(column, &format!("{alias}.{}", quoted(&column.name)), dialect);
            format!(" + COALESCE(HASHBYTES('SHA2_256', CONVERT(varbinary({limit}), {text})), 0x00)")
        })
        .collect();
    format!("HASHBYTES('SHA2_256', CONVERT(varbinary({limit}), 0x){hashes})")
}

/// Whether the server sorts by values of a column.
pub(super) fn sorts(column: &Column) -> bool {
    !matches!(column.kind.as_str(), "text" | "ntext" | "image" | "xml" | "clr" | "json" | "vector")
}

/// A number as the shortest text that is it again.
pub(super) fn number(value: f64) -> String {
    let size = value.abs();
    if size == 0.0 || (1e-5..1e17).contains(&size) { value.to_string() } else { format!("{value:e}") }
}

/// A number of half the places.
pub(super) fn small_number(value: f32) -> String {
    let size = value.abs();
    if size == 0.0 || (1e-5..1e17).contains(&size) { value.to_string() } else { format!("{value:e}") }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;

    const KINDS: [(&str, i32); 37] = [
        ("bit", 1),
        ("tinyint", 1),
        ("smallint", 2),
        ("int", 4),
        ("bigint", 8),
        ("decimal", 17),
        ("numeric", 9),
        ("money", 8),
        ("smallmoney", 4),
        ("real", 4),
        ("float", 8),
        ("char", 10),
        ("varchar", 4000),
        ("varchar", 8000),
        ("varchar", -1),
        ("nchar", 20),
        ("nvarchar", 80),
        ("nvarchar", -1),
        ("text", 16),
        ("ntext", 16),
        ("xml", -1),
        ("json", -1),
        ("date", 3),
        ("time", 5),
        ("datetime", 8),
        ("datetime2", 8),
        ("smalldatetime", 4),
        ("datetimeoffset", 10),
        ("binary", 8),
        ("varbinary", -1),
        ("image", 16),
        ("timestamp", 8),
        ("uniqueidentifier", 16),
        ("hierarchyid", 892),
        ("clr", -1),
        ("sql_variant", 8016),
        ("of a later version", 8),
    ];

    fn column(kind: &str, length: i32) -> Column {
        Column { name: "c".into(), kind: kind.into(), length }
    }

    #[test]
    fn every_type_is_asked_for_in_one_form() {
        let dialect = Dialect { major: 16, zone: String::new() };
        let all =
            KINDS.map(|(kind, length)| format!("{kind}({length}): {}", wanted(&[column(kind, length)], "t", &dialect)));
        assert_snapshot!(all.join("\n"));
    }

    #[test]
    fn an_instant_is_written_in_the_zone_that_is_asked_for() {
        let in_zone =
            |zone: &str| wanted(&[column("datetimeoffset", 10)], "t", &Dialect { major: 16, zone: zone.to_owned() });
        assert!(in_zone("+01:00").contains("SWITCHOFFSET(t.[c], N'+01:00')"));
        assert!(in_zone("W. Europe Standard Time").contains("t.[c] AT TIME ZONE N'W. Europe Standard Time'"));
    }

    #[test]
    fn rows_without_a_key_are_sorted_by_all_that_is_in_them() {
        let columns = [column("int", 4), column("float", 8), column("text", 16)];
        let order = |major: u32| whole_row(&columns, "t", &Dialect { major, zone: String::new() });
        assert_snapshot!(format!("{}\n{}", order(16), order(12)));
    }

    #[test]
    fn names_end_where_they_should() {
        assert_eq!(quoted("a]b"), "[a]]b]");
        assert_eq!(literal("O'Hara"), "N'O''Hara'");
    }

    #[test]
    fn a_number_is_as_short_as_it_can_be() {
        for (value, text) in [
            (0.0, "0"),
            (0.1, "0.1"),
            (-60.5, "-60.5"),
            (1.0 / 3.0, "0.3333333333333333"),
            (9_007_199_254_740_993.0, "9007199254740992"),
            (1e300, "1e300"),
            (1e-300, "1e-300"),
        ] {
            assert_eq!(number(value), text);
            assert_eq!(text.parse::<f64>().map(f64::to_bits), Ok(value.to_bits()), "{text}");
        }
        assert_eq!(small_number(0.1), "0.1");
        assert_eq!(small_number(1e-30), "1e-30");
    }
}
