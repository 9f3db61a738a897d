//! Tables widened by what other tables say of their rows. Everything else in a draft reads a wide table as if it stood so in the source;
//! what it takes from elsewhere is fetched by a query (`query.rs`).
//!
//! A row gets at most one row of each other table, so that none is counted twice: along a link to a key, or the one row of a side table
//! that is preferred. Nothing is taken over where two ways lead to it.

use super::DraftStream;
use super::assign::best_field;
use super::classify::table_name;
use super::doubt::{Guard, flag};
use super::lexicon::{Form, LEXICON, Lexicon};
use super::links::{Link, links, name_of};
use super::words::words;
use crate::model::RecordType;
use crate::profile::{ColumnProfile, Kind, SourceProfile};

/// So many tables may lie between a fact and its patient.
const FARTHEST: usize = 3;

/// Words of tables that hold the parts of another's rows.
const DETAILS: [&str; 7] = ["detail", "item", "line", "code", "entry", "part", "test"];

/// Another table beside a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Join {
    pub table: usize,
    /// The join whose table has the column; none where it is the table's own.
    pub from: Option<usize>,
    /// The column there.
    pub column: usize,
    /// The column of this table that has the same value.
    pub to: usize,
    /// Which of its rows, where there may be several.
    pub pick: Option<Pick>,
}

/// The one row of several: of those that count, the first that is preferred, else the first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pick {
    /// The column that identifies the rows.
    pub id: usize,
    pub preferred: Option<usize>,
    /// Flags by which a row does not count.
    pub flags: Vec<usize>,
}

/// What was added to a table.
#[derive(Clone, Debug, Default)]
pub struct View {
    /// How many columns are its own.
    pub own: usize,
    pub joins: Vec<Join>,
    /// Of each further column, its join and its number in that table.
    pub columns: Vec<(usize, usize)>,
    /// The table whose rows it holds the parts of.
    pub header: Option<usize>,
    /// The first table on the way to the patient, where its rows name none.
    pub patient_from: Option<usize>,
}

impl View {
    /// Where a column of the wide table comes from: the join and the column there.
    pub fn origin(&self, column: usize) -> Option<(usize, usize)> {
        self.columns.get(column.checked_sub(self.own)?).copied()
    }
}

/// The tables with what stands beside their rows, and where that is from. Tables and their own columns have the numbers that they had.
pub fn widen(profile: &SourceProfile) -> (SourceProfile, Vec<View>) {
    let links = links(profile);
    let mut wide = profile.clone();
    let mut views = Vec::new();
    for at in 0..profile.tables.len() {
        let view = View { own: profile.tables[at].columns.len(), ..Default::default() };
        let mut widening = Widening { profile, links: &links, at, wide: &mut wide, view };
        // A table without a header has no names to ask by.
        if profile.tables[at].has_header {
            widening.run();
        }
        views.push(widening.view);
    }
    (wide, views)
}

/// Leaves tables open whose rows are told by others: an order is charted once, as what it orders; what is told of an allergy beside it is
/// no allergy.
pub fn heed_kinds(profile: &SourceProfile, views: &[View], streams: &mut [DraftStream]) {
    let charted: Vec<Option<RecordType>> = streams.iter().map(|stream| stream.record).collect();
    let kinds = |table: usize| {
        let of_key = move |stream: &&DraftStream| {
            let mut joins = views[stream.table].joins.iter();
            joins.any(|join| join.table == table && join.from.is_none() && Some(join.column) == stream.key)
        };
        streams.iter().filter(|stream| stream.record.is_some()).filter(of_key)
    };
    let mut told: Vec<(usize, String)> = Vec::new();
    for (at, stream) in streams.iter().enumerate().filter(|(_, stream)| stream.record.is_some()) {
        let view = &views[stream.table];
        for join in view.joins.iter().filter(|join| join.from.is_none() && join.pick.is_none()) {
            let is_kind = Some(join.column) == stream.key;
            let is_same = charted[join.table] == stream.record;
            // A kind of which not every row of the other is one tells no more than a part of them.
            let is_all = profile.tables[stream.table].rows >= profile.tables[join.table].rows
                || kinds(join.table).any(|kind| kind.record != stream.record);
            if is_kind && is_same && !is_all {
                told.push((at, format!("its rows tell more of those of {}", streams[join.table].name)));
            } else if is_kind || (is_same && view.header == Some(join.table)) {
                told.push((join.table, format!("its rows are told by those of {}", stream.name)));
            } else if is_same && view.patient_from == Some(join.table) {
                told.push((at, format!("its rows tell more of those of {}", streams[join.table].name)));
            }
        }
    }
    for (at, why) in told {
        let stream = &mut streams[at];
        if stream.record.take().is_some() {
            stream.why = why;
            stream.columns.clear();
            stream.measurements.clear();
        }
    }
}

/// Takes back words of a row that the draft refers to anyway: what the payer is called stands with the payer.
pub fn settle(views: &[View], streams: &mut [DraftStream]) {
    for stream in streams.iter_mut() {
        let view = &views[stream.table];
        let referred: Vec<usize> =
            stream.columns.iter().filter(|guess| guess.stream.is_some()).map(|guess| guess.column).collect();
        let is_said_twice = |column: usize| {
            let join = view.origin(column).map(|(join, _)| &view.joins[join]);
            join.is_some_and(|join| join.from.is_none() && referred.contains(&join.column))
        };
        stream.columns.retain(|guess| guess.stream.is_some() || !is_said_twice(guess.column));
    }
    // A firm that is only a word in the facts of others is no record of its own beside it.
    let referred: Vec<usize> =
        streams.iter().flat_map(|stream| &stream.columns).filter_map(|guess| guess.stream).collect();
    let guesses = |stream: &DraftStream| stream.columns.iter().map(|guess| guess.column).collect::<Vec<_>>();
    let named: Vec<usize> = streams
        .iter()
        .filter(|stream| stream.record.is_some())
        .flat_map(|stream| {
            let view = &views[stream.table];
            let joined = guesses(stream).into_iter().filter_map(|column| view.origin(column));
            joined.map(|(join, _)| view.joins[join].table).collect::<Vec<_>>()
        })
        .collect();
    for (at, stream) in streams.iter_mut().enumerate() {
        let is_firm = stream.record == Some(RecordType::Organization);
        if is_firm && named.contains(&stream.table) && !referred.contains(&at) {
            stream.record = None;
            stream.why = "its names are told in the facts that refer to it".into();
            stream.columns.clear();
        }
    }
}

struct Widening<'a> {
    profile: &'a SourceProfile,
    links: &'a [Vec<Link>],
    at: usize,
    wide: &'a mut SourceProfile,
    view: View,
}

impl Widening<'_> {
    fn run(&mut self) {
        let roots = self.parents();
        let role = lexicon_of(&self.profile.tables[self.at].path);
        if let Some(lexicon) = role {
            for (from, table) in &roots {
                self.sides(*from, *table, lexicon);
            }
        }
        if role.is_none() {
            self.path_to_patient(&roots);
        }
        for (from, table) in roots {
            self.lookups(from, table);
        }
    }

    /// The table itself and those of which it is a kind: its key names a row of theirs.
    fn parents(&mut self) -> Vec<(Option<usize>, usize)> {
        let mut roots = vec![(None, self.at)];
        let mut next = self.at;
        let mut from = None;
        while roots.len() <= FARTHEST
            && let Some(key) = self.profile.tables[next].key
            && let Some(link) = self.links[next].iter().find(|link| link.column == key)
            && is_borrowed(self.profile, next, link.table)
            && !roots.iter().any(|(_, table)| *table == link.table)
        {
            let Some(to) = self.profile.tables[link.table].key else { break };
            let join = self.join(Join { table: link.table, from, column: key, to, pick: None });
            let all = 0..self.profile.tables[link.table].columns.len();
            for column in all.filter(|column| *column != to) {
                self.take(join, column, None);
            }
            roots.push((Some(join), link.table));
            (next, from) = (link.table, Some(join));
        }
        // One of several things that a row of another table holds: `order_item` of `order`.
        if roots.len() == 1
            && let Some((link, to)) = self.header()
        {
            let join = self.join(Join { table: link.table, from: None, column: link.column, to, pick: None });
            for column in (0..self.profile.tables[link.table].columns.len()).filter(|column| *column != to) {
                self.take(join, column, None);
            }
            self.view.header = Some(link.table);
            roots.push((Some(join), link.table));
        }
        // A row of people that names the person whose it is: a provider, a member of the staff.
        if roots.len() == 1
            && lexicon_of(&self.profile.tables[self.at].path).is_some()
            && let Some((link, to)) = self.person()
        {
            let join = self.join(Join { table: link.table, from: None, column: link.column, to, pick: None });
            for column in 0..self.profile.tables[link.table].columns.len() {
                if column != to {
                    self.take(join, column, None);
                }
            }
            roots.push((Some(join), link.table));
        }
        roots
    }

    fn header(&self) -> Option<(Link, usize)> {
        let name = name_of(&self.profile.tables[self.at].path);
        let is_part = |table: usize| {
            let header = name_of(&self.profile.tables[table].path);
            let rest = name.strip_prefix(header.as_slice()).and_then(|rest| rest.first());
            rest.is_some_and(|word| DETAILS.contains(&word.as_str())) && !is_patients(self.profile, table)
        };
        let mut found = self.links[self.at].iter().filter(|link| is_part(link.table));
        let (link, None) = (found.next()?, found.next()) else { return None };
        Some((*link, self.profile.tables[link.table].key?))
    }

    fn person(&self) -> Option<(Link, usize)> {
        let is_person = |table: usize| name_of(&self.profile.tables[table].path) == ["person"];
        let mut found = self.links[self.at].iter().filter(|link| is_person(link.table));
        let (link, None) = (found.next()?, found.next()) else { return None };
        Some((*link, self.profile.tables[link.table].key?))
    }

    /// Names, addresses and numbers of people that stand in tables beside theirs.
    fn sides(&mut self, from: Option<usize>, table: usize, lexicon: &Lexicon) {
        let profile = self.profile;
        let Some(key) = profile.tables[table].key else { return };
        for (other, side) in profile.tables.iter().enumerate() {
            let Some(kind) = side_of(&profile.tables[table].path, &side.path) else { continue };
            let mut back = self.links[other].iter().filter(|link| link.table == table);
            let (Some(link), None) = (back.next(), back.next()) else { continue };
            let Some(pick) = pick(profile, other) else { continue };
            // Numbers of several kinds, none of them preferred, are nobody's medical record number.
            let has_kinds = side.columns.iter().any(|column| {
                words(&column.name).iter().any(|word| word == "type") && column.distinct > 1 && pick.preferred.is_none()
            });
            if has_kinds && kind != "name" && kind != "address" {
                continue;
            }
            // Where those live who work there is nobody's concern.
            if kind == "address" && lexicon.record != RecordType::Patient {
                continue;
            }
            let used = [Some(link.column), Some(pick.id), pick.preferred];
            let to = link.column;
            let join = Join { table: other, from, column: key, to, pick: Some(pick.clone()) };
            let mut columns: Vec<(usize, Option<&str>)> = Vec::new();
            for (at, column) in side.columns.iter().enumerate() {
                if column.non_empty == 0 || used.contains(&Some(at)) || pick.flags.contains(&at) {
                    continue;
                }
                let name = words(&column.name);
                if kind == "id" {
                    let is_number = [["id"], ["number"], ["value"]].iter().any(|known| name == *known);
                    let is_number = is_number && column.share(Kind::Uuid) < 0.5;
                    if is_number && lexicon.record == RecordType::Patient {
                        columns.push((at, Some("medical_record_number")));
                    }
                } else if best_field(lexicon, side, column).is_some_and(|(field, _)| field.1 != Form::Date) {
                    columns.push((at, None));
                }
            }
            if columns.is_empty() || (kind == "id" && columns.len() > 1) {
                continue;
            }
            let join = self.join(join);
            for (column, name) in columns {
                self.take(join, column, name);
            }
        }
    }

    /// What a small number means where a table says it in words.
    fn lookups(&mut self, from: Option<usize>, table: usize) {
        let profile = self.profile;
        let key = profile.tables[table].key;
        for link in self.links[table].clone() {
            if Some(link.column) == key || lexicon_of(&profile.tables[link.table].path).is_some() {
                continue;
            }
            let stem = stem(&profile.tables[table].columns[link.column].name);
            let Some(to) = profile.tables[link.table].key else { continue };
            let lookup = Join { table: link.table, from, column: link.column, to, pick: None };
            let own = named(profile, link.table);
            let dictionary = self.dictionary(link.table);
            let has_name = own.iter().any(|(_, word)| ["name", "title", "label"].contains(word));
            if has_name || (dictionary.is_none() && own.iter().any(|(_, word)| *word != "code")) {
                // A fact says of itself what it is; its name is no word for the row that refers to it.
                if self.is_a_fact(link.table) {
                    continue;
                }
                let join = self.join(lookup);
                for (column, word) in own {
                    self.take(join, column, Some(&format!("{stem}_{word}")));
                }
            } else if let Some((side, back, pick, name)) = dictionary {
                // The words stand in a table beside: several for one, of which one is preferred.
                let join = Join { table: side, from, column: link.column, to: back, pick: Some(pick) };
                let join = self.join(join);
                self.take(join, name, Some(&format!("{stem}_name")));
            }
        }
    }

    fn is_a_fact(&self, table: usize) -> bool {
        self.links[table].iter().any(|link| is_patients(self.profile, link.table))
    }

    /// The table of the words of a dictionary: `concept_name` of `concept`.
    fn dictionary(&self, table: usize) -> Option<(usize, usize, Pick, usize)> {
        let profile = self.profile;
        profile.tables.iter().enumerate().find_map(|(other, side)| {
            (side_of(&profile.tables[table].path, &side.path)? == "name").then_some(())?;
            let back = self.links[other].iter().find(|link| link.table == table)?;
            let name = named(profile, other).into_iter().find(|(_, word)| *word == "name")?;
            Some((other, back.column, pick(profile, other)?, name.0))
        })
    }

    /// The patient of a row that names none itself, where one way alone leads to him.
    fn path_to_patient(&mut self, roots: &[(Option<usize>, usize)]) {
        let profile = self.profile;
        let names_patient = |table: usize| {
            let mut found = self.links[table].iter().filter(|link| is_patients(profile, link.table));
            let first = found.next().copied();
            first.filter(|_| found.next().is_none())
        };
        let is_named = |table: usize| self.links[table].iter().any(|link| is_patients(profile, link.table));
        if roots.iter().any(|(_, table)| is_named(*table)) {
            return;
        }
        let mut ways: Vec<Vec<(usize, Link)>> = vec![Vec::new()];
        for _ in 0..FARTHEST {
            let mut longer: Vec<Vec<(usize, Link)>> = Vec::new();
            for way in &ways {
                let last = way.last().map_or(self.at, |(_, link)| link.table);
                for link in &self.links[last] {
                    let is_new = link.table != self.at && way.iter().all(|(_, known)| known.table != link.table);
                    if is_new {
                        longer.push(way.iter().copied().chain([(last, *link)]).collect());
                    }
                }
            }
            let arrived = longer.iter().filter(|way| way.last().is_some_and(|(_, link)| is_named(link.table)));
            let arrived: Vec<&Vec<(usize, Link)>> = arrived.collect();
            if let [way] = arrived.as_slice() {
                let Some((_, last)) = way.last() else { return };
                let Some(patient) = names_patient(last.table) else { return };
                let mut from = None;
                for (_, link) in way.iter() {
                    let Some(to) = profile.tables[link.table].key else { return };
                    from = Some(self.join(Join { table: link.table, from, column: link.column, to, pick: None }));
                }
                if let Some(join) = from {
                    self.take(join, patient.column, None);
                    self.view.patient_from = way.first().map(|(_, link)| link.table);
                }
                return;
            }
            if !arrived.is_empty() {
                return;
            }
            ways = longer;
        }
    }

    /// A join, once.
    fn join(&mut self, join: Join) -> usize {
        match self.view.joins.iter().position(|known| *known == join) {
            Some(at) => at,
            None => {
                self.view.joins.push(join);
                self.view.joins.len() - 1
            }
        }
    }

    /// Adds a column, under a name that no other has.
    fn take(&mut self, join: usize, column: usize, name: Option<&str>) {
        let table = &self.profile.tables[self.view.joins[join].table];
        let origin = &table.columns[column];
        if origin.non_empty == 0 || self.view.columns.contains(&(join, column)) {
            return;
        }
        let own = &mut self.wide.tables[self.at].columns;
        let is_free = |name: &str| !own.iter().any(|column| column.name.eq_ignore_ascii_case(name));
        let wanted = name.unwrap_or(&origin.name).to_owned();
        let words = wanted.strip_suffix("_name").map(|stem| format!("{stem}_text"));
        let of_table = name.is_none().then(|| format!("{}_{wanted}", table_name(&table.path)));
        let more = (2..).map(|number| format!("{wanted}_{number}"));
        let names = std::iter::once(wanted.clone()).chain(words.filter(|_| name.is_some())).chain(of_table).chain(more);
        let name = { names }.find(|name| is_free(name)).unwrap_or(wanted);
        own.push(ColumnProfile { name, identifies: false, ..origin.clone() });
        self.view.columns.push((join, column));
    }
}

/// Whether a table's key is that of another: not one that is called as its own rows are, unless patients are persons.
fn is_borrowed(profile: &SourceProfile, table: usize, other: usize) -> bool {
    let own = &profile.tables[table];
    let key = own.key.map(|key| words(&stem(&own.columns[key].name))).unwrap_or_default();
    let name = name_of(&own.path);
    name != key || (is_patients(profile, table) && name_of(&profile.tables[other].path) == ["person"])
}

/// What people a table is of, where its name says that and no more.
fn lexicon_of(path: &str) -> Option<&'static Lexicon> {
    let name = name_of(path).join(" ");
    let is_called = |lexicon: &&Lexicon| lexicon.tables.split('|').any(|known| known == name);
    let people = [RecordType::Patient, RecordType::Practitioner];
    LEXICON.iter().filter(|lexicon| people.contains(&lexicon.record)).find(is_called)
}

fn is_patients(profile: &SourceProfile, table: usize) -> bool {
    lexicon_of(&profile.tables[table].path).is_some_and(|lexicon| lexicon.record == RecordType::Patient)
}

/// What a table beside another holds of its rows, by its name: `person_name` beside `person`.
fn side_of(path: &str, side: &str) -> Option<&'static str> {
    let (main, side) = (words(table_name(path)), words(table_name(side)));
    let rest = side.strip_prefix(main.as_slice())?;
    let kinds: [(&str, &[&str]); 6] = [
        ("name", &["name"]),
        ("address", &["address"]),
        ("id", &["id"]),
        ("phone", &["phone"]),
        ("email", &["email"]),
        ("contact", &["contact"]),
    ];
    kinds.into_iter().find(|(_, words)| rest.iter().map(String::as_str).eq(words.iter().copied())).map(|(kind, _)| kind)
}

/// How one row of several is picked: none where a flag says something that is not known.
fn pick(profile: &SourceProfile, table: usize) -> Option<Pick> {
    let table = &profile.tables[table];
    let id = table.key.filter(|key| table.columns[*key].identifies && table.columns[*key].share(Kind::Uuid) < 0.5)?;
    let filled = || table.columns.iter().enumerate().filter(|(_, column)| column.non_empty > 0);
    let has_yes = |column: &ColumnProfile| column.values.iter().any(|(value, _)| is_yes(value));
    let is_preferred = |(_, column): &(usize, &ColumnProfile)| {
        let words = words(&column.name);
        words.iter().any(|word| ["preferred", "primary", "default"].contains(&word.as_str()))
            && column.share(Kind::YesNo) > 0.999
            && has_yes(column)
    };
    let flags = filled().filter(|(_, column)| flag(column) == Some(Guard::Yes)).map(|(at, _)| at).collect();
    Some(Pick { id, preferred: filled().find(is_preferred).map(|(at, _)| at), flags })
}

/// Whether a value of a flag says yes.
pub fn is_yes(value: &str) -> bool {
    ["1", "y", "yes", "t", "true"].contains(&&*value.trim().to_lowercase())
}

/// The columns of a table that say what a row of it means, and how.
fn named(profile: &SourceProfile, table: usize) -> Vec<(usize, &'static str)> {
    let own = words(table_name(&profile.tables[table].path));
    let mut found: Vec<(usize, &'static str)> = Vec::new();
    for word in ["name", "title", "description", "label", "code"] {
        let is_called = |(at, column): &(usize, &ColumnProfile)| {
            let mut words = words(super::words::spoken(&profile.tables[table], column));
            if words.len() > 1 {
                words.retain(|word| !own.contains(word));
            }
            column.non_empty > 0 && words == [word] && profile.tables[table].key != Some(*at)
        };
        let is_said = found.iter().any(|(_, known)| *known != "code");
        if let Some((at, _)) = profile.tables[table].columns.iter().enumerate().find(is_called)
            && (word == "code" || !is_said)
        {
            found.push((at, word));
        }
    }
    found
}

/// What a column is about: its name without the sign that it is a number.
fn stem(name: &str) -> String {
    let lower = name.to_lowercase();
    let ends = ["_id", "_no", "_number", "_code", "id", "_uuid"];
    let stem = ends.iter().find_map(|end| lower.strip_suffix(end)).filter(|stem| !stem.is_empty()).unwrap_or(&lower);
    stem.trim_end_matches('_').to_owned()
}
