//! A wide table as a SELECT. What is asked is what SQLite, MySQL, MariaDB, PostgreSQL and SQL Server read alike; a name is quoted only
//! where it must be, in the way of the server that the source is.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::wide::{Join, View, is_yes};
use crate::profile::{ColumnProfile, SourceProfile, TableProfile};

/// Words that are no names to one of them.
const RESERVED: &str = " all and any as asc authorization between by case cast check collate column condition constraint create cross current_date \
    database default delete desc describe distinct div drop else end escape except exists explain false fetch file for foreign from full \
    function grant group groups having if in index insert intersect interval into is join key keys kill leading left like limit lines \
    load lock match mod natural not null of off offset on option or order outer over plan primary procedure public range rank read \
    references release rename repeat replace restrict return right row rows schema select set show signal some sql system table then \
    to trailing transaction trigger true union unique update usage use user using values view when where window with write ";

/// What a table is called in a query, where that is certain: tables in other schemas, and files of one name in two folders, are not asked
/// for. Files are called by their names without an ending, tables within a file or a server by their own.
pub fn sql_name(profile: &SourceProfile, table: usize) -> Option<&str> {
    let of = |table: &TableProfile| {
        let is_rows = table.encoding == "rows";
        let is_within = table.path.contains('/') || profile.source.contains("://");
        let name = table.path.rsplit('/').next()?.len();
        let name = table.path.len() - name;
        let stem = table.path[name..].rfind('.').map_or(table.path.len(), |dot| name + dot);
        match (is_rows, stem < table.path.len()) {
            (true, true) if is_within => None,
            _ => Some(name..stem),
        }
    };
    let own = &profile.tables[table];
    let range = of(own).filter(|_| own.has_header)?;
    let name = &own.path[range];
    let is_same = |other: &TableProfile| of(other).is_some_and(|range| other.path[range].eq_ignore_ascii_case(name));
    let twice = profile.tables.iter().enumerate().any(|(at, other)| at != table && is_same(other));
    (!twice && !name.is_empty()).then_some(name)
}

/// The SELECT that gives some columns of a wide table, by their numbers there.
pub fn select(
    profile: &SourceProfile,
    table: usize,
    view: &View,
    wanted: &BTreeSet<usize>,
    only: Option<&(usize, Vec<String>)>,
) -> String {
    let named = Naming { is_mysql: ["mysql:", "mariadb:"].iter().any(|kind| profile.source.starts_with(kind)) };
    let used = used_joins(view, wanted);
    let mut text = String::new();
    let columns = wanted.iter().map(|at| {
        let name = named.quoted(&profile.tables[table].columns[*at].name);
        match view.origin(*at) {
            None => format!("t.{name} AS {name}"),
            Some((join, column)) => {
                let origin = named.quoted(&profile.tables[view.joins[join].table].columns[column].name);
                format!("{}.{origin} AS {name}", alias(Some(join)))
            }
        }
    });
    let columns: Vec<String> = columns.collect();
    // Writing to a text cannot fail.
    let _ = write!(text, "SELECT {}\nFROM {} t", columns.join(",\n       "), named.table(profile, table));
    for at in used {
        let join = &view.joins[at];
        named.join(profile, table, view, at, join, &mut text);
    }
    if let Some((column, values)) = only {
        let column = named.quoted(&profile.tables[table].columns[*column].name);
        let values: Vec<String> = values.iter().map(|value| literal(value)).collect();
        let _ = write!(text, "\nWHERE t.{column} IN ({})", values.join(", "));
    }
    text.push('\n');
    text
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// The joins that some columns need, those before that they stand on.
fn used_joins(view: &View, wanted: &BTreeSet<usize>) -> BTreeSet<usize> {
    let mut used = BTreeSet::new();
    for (join, _) in wanted.iter().filter_map(|at| view.origin(*at)) {
        let mut next = Some(join);
        while let Some(at) = next {
            used.insert(at);
            next = view.joins[at].from;
        }
    }
    used
}

fn alias(join: Option<usize>) -> String {
    join.map_or_else(|| "t".to_owned(), |at| format!("j{}", at + 1))
}

struct Naming {
    is_mysql: bool,
}

impl Naming {
    fn quoted(&self, name: &str) -> String {
        let is_word = |c: char| c.is_ascii_lowercase() || c == '_' || c.is_ascii_digit();
        let is_plain = name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(is_word);
        // MySQL takes letters as they are; to PostgreSQL only what is quoted has capitals.
        let is_plain = is_plain || (self.is_mysql && name.chars().all(|c| is_word(c.to_ascii_lowercase())));
        if is_plain && !RESERVED.contains(&format!(" {name} ")) {
            name.to_owned()
        } else if self.is_mysql {
            format!("`{}`", name.replace('`', "``"))
        } else {
            format!("\"{}\"", name.replace('"', "\"\""))
        }
    }

    fn table(&self, profile: &SourceProfile, table: usize) -> String {
        self.quoted(sql_name(profile, table).unwrap_or_default())
    }

    fn join(&self, profile: &SourceProfile, own: usize, view: &View, at: usize, join: &Join, text: &mut String) {
        let left_table = join.from.map_or(own, |from| view.joins[from].table);
        let left =
            format!("{}.{}", alias(join.from), self.quoted(&profile.tables[left_table].columns[join.column].name));
        let table = self.table(profile, join.table);
        let columns = &profile.tables[join.table].columns;
        let (to, name) = (self.quoted(&columns[join.to].name), alias(Some(at)));
        let Some(pick) = &join.pick else {
            let _ = write!(text, "\nLEFT JOIN {table} {name} ON {name}.{to} = {left}");
            return;
        };
        let id = self.quoted(&columns[pick.id].name);
        // A flag without a value says nothing: the row counts.
        let counts = pick.flags.iter().map(|flag| {
            let (said, flag) = (Said::of(&columns[*flag]), self.quoted(&columns[*flag].name));
            let is_no = if said.yes.is_empty() {
                said.no.iter().map(|no| format!("p.{flag} = {no}")).collect::<Vec<_>>().join(" OR ")
            } else {
                said.yes.iter().map(|yes| format!("p.{flag} <> {yes}")).collect::<Vec<_>>().join(" AND ")
            };
            format!("(p.{flag} IS NULL OR {is_no})")
        });
        let counts: Vec<String> = counts.collect();
        let mut first = |suffix: &str, more: Option<String>| {
            let all: Vec<String> = counts.iter().cloned().chain(more).collect();
            let only = if all.is_empty() { String::new() } else { format!(" WHERE {}", all.join(" AND ")) };
            let _ = write!(
                text,
                "\nLEFT JOIN (SELECT p.{to} AS of_row, MIN(p.{id}) AS first_row FROM {table} p{only} GROUP BY p.{to}) {name}{suffix}\n    \
                 ON {name}{suffix}.of_row = {left}"
            );
        };
        first("a", None);
        let mut chosen = format!("{name}a.first_row");
        if let Some(preferred) = pick.preferred {
            let column = self.quoted(&columns[preferred].name);
            let said = Said::of(&columns[preferred]).yes;
            let is_yes = said.iter().map(|yes| format!("p.{column} = {yes}")).collect::<Vec<_>>().join(" OR ");
            first("p", Some(format!("({is_yes})")));
            chosen = format!("COALESCE({name}p.first_row, {name}a.first_row)");
        }
        let _ = write!(text, "\nLEFT JOIN {table} {name} ON {name}.{id} = {chosen}");
    }
}

/// What a flag says in this source, as texts of SQL: a server would compare other words as numbers.
struct Said {
    yes: Vec<String>,
    no: Vec<String>,
}

impl Said {
    fn of(flag: &ColumnProfile) -> Self {
        let text = |(value, _): &(String, u64)| literal(value.trim());
        let (yes, no): (Vec<_>, Vec<_>) = flag.values.iter().partition(|(value, _)| is_yes(value));
        Self { yes: yes.into_iter().map(text).collect(), no: no.into_iter().map(text).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draft::tables::profile;
    use crate::draft::wide::widen;

    #[test]
    fn people_are_put_together() {
        let profile = profile(&[
            ("patient.csv", "patient_id,voided\n10,0\n11,0\n12,1\n"),
            (
                "person.csv",
                "person_id,gender,birthdate\n1,F,1950-01-01\n10,M,1960-01-01\n11,F,1970-01-01\n12,F,1980-01-01\n",
            ),
            (
                "person_name.csv",
                "person_name_id,person_id,preferred,given_name,family_name,voided\n\
                 1,10,0,Ada,Old,0\n2,10,1,Ada,New,0\n3,11,1,Bo,Fixture,0\n4,12,1,Cy,Nobody,1\n5,1,1,Di,Staff,0\n",
            ),
        ]);
        let (wide, views) = widen(&profile);
        let of = |name: &str| wide.tables[0].columns.iter().position(|column| column.name == name).expect("a column");
        let wanted = BTreeSet::from([of("patient_id"), of("gender"), of("family_name")]);
        insta::assert_snapshot!(select(&wide, 0, &views[0], &wanted, None), @r"
        SELECT t.patient_id AS patient_id,
               j1.gender AS gender,
               j2.family_name AS family_name
        FROM patient t
        LEFT JOIN person j1 ON j1.person_id = t.patient_id
        LEFT JOIN (SELECT p.person_id AS of_row, MIN(p.person_name_id) AS first_row FROM person_name p WHERE (p.voided IS NULL OR p.voided <> '1') GROUP BY p.person_id) j2a
            ON j2a.of_row = j1.person_id
        LEFT JOIN (SELECT p.person_id AS of_row, MIN(p.person_name_id) AS first_row FROM person_name p WHERE (p.voided IS NULL OR p.voided <> '1') AND (p.preferred = '1') GROUP BY p.person_id) j2p
            ON j2p.of_row = j1.person_id
        LEFT JOIN person_name j2 ON j2.person_name_id = COALESCE(j2p.first_row, j2a.first_row)
        ");
    }

    #[test]
    fn a_table_is_asked_for_where_its_name_is_certain() {
        let text = "id\n1\n";
        let tables = [("a/Visits.csv", text), ("a/people.csv", text), ("b/people.csv", text)];
        let names = |profile: &SourceProfile| {
            (0..profile.tables.len()).map(|at| sql_name(profile, at).map(str::to_owned)).collect::<Vec<_>>()
        };
        assert_eq!(names(&profile(&tables)), [Some("Visits".to_owned()), None, None]);
        let mut server = profile(&[("visits", text), ("other.visits", text)]);
        server.source = "postgres://host/db".into();
        server.tables.iter_mut().for_each(|table| table.encoding = "rows".into());
        assert_eq!(names(&server), [Some("visits".to_owned()), None]);
    }
}
