//! Which columns of which tables stand behind what a pack's query gives: enough of SQL for the queries of packs.

use std::collections::{BTreeMap, BTreeSet};

/// Table and column, lower case.
pub type Origin = (String, String);

/// Where a column of a query comes from.
#[derive(Clone, Debug, Default)]
pub struct Output {
    /// It is this column, unchanged.
    pub plain: BTreeSet<Origin>,
    /// It is made of these.
    pub mentioned: BTreeSet<Origin>,
}

/// By the name of the column, lower case.
pub type Outputs = BTreeMap<String, Output>;

/// What stands behind an alias: a table, or a SELECT in parentheses.
enum Relation {
    Table(String),
    Query(Outputs),
}

pub fn outputs(sql: &str) -> Outputs {
    select(&tokens(sql))
}

/// Words, signs, and texts as one quote; comments are left out.
fn tokens(sql: &str) -> Vec<String> {
    let lines: Vec<&str> = sql.lines().map(|line| line.split("--").next().unwrap_or_default()).collect();
    let text = lines.join("\n");
    let mut found = Vec::new();
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        if c == '\'' {
            while rest.next_if(|c| *c != '\'').is_some() {}
            rest.next();
            found.push("'".to_owned());
        } else if matches!(c, '"' | '`') {
            let mut word = String::new();
            while let Some(next) = rest.next_if(|next| *next != c) {
                word.push(next);
            }
            rest.next();
            found.push(word.to_lowercase());
        } else if c.is_alphanumeric() || c == '_' {
            let mut word = c.to_string();
            while let Some(next) = rest.next_if(|next| next.is_alphanumeric() || *next == '_') {
                word.push(next);
            }
            found.push(word.to_lowercase());
        } else if !c.is_whitespace() {
            found.push(c.to_string());
        }
    }
    found
}

/// Parts of tokens between those that are a word outside parentheses.
fn split(tokens: &[String], is_border: impl Fn(&str) -> bool) -> Vec<(&str, &[String])> {
    let (mut depth, mut start, mut border) = (0, 0, "");
    let mut parts = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        match token.as_str() {
            "(" => depth += 1,
            ")" => depth -= 1,
            token if depth == 0 && is_border(token) => {
                parts.push((border, &tokens[start..at]));
                (start, border) = (at + 1, token);
            }
            _ => {}
        }
    }
    parts.push((border, &tokens[start..]));
    parts
}

fn select(tokens: &[String]) -> Outputs {
    let mut all: Outputs = BTreeMap::new();
    let mut names: Vec<String> = Vec::new();
    for (_, part) in split(tokens, |token| token == "union") {
        let clauses = split(part, |token| matches!(token, "select" | "from" | "where" | "group" | "order" | "limit"));
        let of = |wanted: &str| clauses.iter().find(|(clause, _)| *clause == wanted).map_or(&[][..], |(_, part)| part);
        let relations = relations(of("from"));
        let mut at = 0;
        for (_, item) in split(of("select"), |token| token == ",") {
            let (name, output) = match item {
                // All columns of a table, by their own names.
                [alias, dot, star] if dot == "." && star == "*" => {
                    if let Some(Relation::Table(table)) = relations.get(alias) {
                        all.entry(format!("*{table}")).or_default();
                    }
                    continue;
                }
                [value @ .., keyword, name] if keyword == "as" => (name.clone(), output(value, &relations)),
                [.., name] => (name.clone(), output(item, &relations)),
                [] => continue,
            };
            // The columns of a UNION are called as the first SELECT calls them.
            if names.len() <= at {
                names.push(name);
            }
            let known = all.entry(names[at].clone()).or_default();
            known.plain.extend(output.plain);
            known.mentioned.extend(output.mentioned);
            at += 1;
        }
    }
    all
}

fn relations(from: &[String]) -> BTreeMap<String, Relation> {
    let mut found = BTreeMap::new();
    for (_, part) in split(from, |token| matches!(token, "join" | ",")) {
        let (relation, rest) = match part {
            [open, ..] if open == "(" => {
                let mut depth = 0;
                let close = part.iter().position(|token| {
                    depth += i32::from(token == "(") - i32::from(token == ")");
                    depth == 0
                });
                let close = close.unwrap_or(part.len() - 1);
                (Relation::Query(select(&part[1..close])), &part[close + 1..])
            }
            [table, rest @ ..] => (Relation::Table(table.clone()), rest),
            [] => continue,
        };
        let alias = rest.iter().find(|token| *token != "as");
        let alias = alias.filter(|token| !matches!(token.as_str(), "on" | "left" | "inner" | "using" | "cross"));
        let name = match (alias, &relation) {
            (Some(alias), _) => alias.clone(),
            (None, Relation::Table(table)) => table.clone(),
            (None, Relation::Query(_)) => continue,
        };
        found.insert(name, relation);
    }
    found
}

/// What a value of a SELECT is made of.
fn output(value: &[String], relations: &BTreeMap<String, Relation>) -> Output {
    let of = |alias: &str, column: &str| match relations.get(alias) {
        Some(Relation::Table(table)) => {
            let origin = BTreeSet::from([(table.clone(), column.to_owned())]);
            Output { plain: origin.clone(), mentioned: origin }
        }
        Some(Relation::Query(outputs)) => {
            let star = outputs.keys().find_map(|name| name.strip_prefix('*'));
            let through = star.map(|table| {
                let origin = BTreeSet::from([(table.to_owned(), column.to_owned())]);
                Output { plain: origin.clone(), mentioned: origin }
            });
            outputs.get(column).cloned().or(through).unwrap_or_default()
        }
        None => Output::default(),
    };
    match value {
        [alias, dot, column] if dot == "." => of(alias, column),
        [column] if relations.len() == 1 => {
            relations.keys().next().map_or_else(Output::default, |alias| of(alias, column))
        }
        _ => {
            let mut made = Output::default();
            for window in value.windows(3) {
                if window[1] == "." {
                    made.mentioned.extend(of(&window[0], &window[2]).mentioned);
                }
            }
            made
        }
    }
}

#[test]
fn a_query_is_followed_to_its_tables() {
    let sql = "-- words, and a 'quote\nSELECT a.Id AS number, p.name, CASE WHEN a.x <> 'y, z' THEN a.w END AS w, d.zip AS zip\n\
               FROM visits a LEFT JOIN (SELECT q.*, q.code AS zip FROM places q) p ON p.id = a.place\n\
               JOIN (SELECT MIN(u.v) AS zip FROM u GROUP BY u.k) d ON d.k = a.k";
    let found = outputs(sql);
    let plain = |name: &str| found[name].plain.iter().map(|(t, c)| format!("{t}.{c}")).collect::<Vec<_>>();
    assert_eq!(plain("number"), ["visits.id"]);
    assert_eq!(plain("name"), ["places.name"]);
    assert!(plain("w").is_empty() && plain("zip").is_empty());
    assert_eq!(found["w"].mentioned.len(), 2);
    assert_eq!(found["zip"].mentioned.iter().next().map(|(t, c)| format!("{t}.{c}")), Some("u.v".into()));
}
