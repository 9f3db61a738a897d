//! `chartlift match`.

use std::path::{Path, PathBuf};

use super::migrate::as_of;
use super::terminal::{Terminal, visible, watch_interrupts};
use super::{CliError, Exit, print};
use crate::matching::{Model, Role, ScoredPair, Zone, explain, judge_whole};
use crate::pipeline::{MatchOptions, MatchedPeople, match_people};
use crate::report::{WRITTEN, check_folder, grouped, write_matches};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// A CSV file with a header and one registration of a person in each row
    file: PathBuf,
    /// Where clusters.csv, pairs.csv and model.json go; by default a folder called as the file, with -matches behind it
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// What columns hold, where their names do not say it: given_name=FIRST,date_of_birth=BORN
    #[arg(long, value_name = "ROLE=COLUMN,...")]
    columns: Vec<String>,
    /// Use a model that an earlier matching wrote, instead of finding the set's own
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,
    /// Also write the compared pairs that are neither a match nor worth a review
    #[arg(long)]
    all_pairs: bool,
    /// Show what speaks for and against two rows being one person, as bits; rows are counted from 0
    #[arg(long, num_args = 2, value_names = ["ROW_L", "ROW_R"])]
    explain: Vec<usize>,
    /// Print the account as one JSON object
    #[arg(long)]
    json: bool,
    /// How many threads may work
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// The day taken for today, for births in the future and two-digit years
    #[arg(long, value_name = "YYYY-MM-DD")]
    as_of: Option<String>,
}

pub fn run(args: &Args) -> Result<Exit, CliError> {
    super::use_threads(args.threads)?;
    let columns = args.columns.iter().flat_map(|said| said_columns(said)).map(|said| role_and_column(&said));
    let columns = columns.collect::<Result<_, _>>()?;
    let stem = args.file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let folder = args.out.clone().unwrap_or_else(|| PathBuf::from(format!("{stem}-matches")));
    check_folder(&folder)?;
    for input in [Some(&args.file), args.model.as_ref()].into_iter().flatten() {
        let same = |name: &str| {
            input.canonicalize().ok().is_some_and(|path| folder.join(name).canonicalize().ok() == Some(path))
        };
        if WRITTEN.iter().any(|name| same(name)) {
            return Err(CliError::Usage {
                what: format!("{} would be written over", input.display()),
                hint: "name another folder with --out".into(),
            });
        }
    }
    let options = MatchOptions {
        file: args.file.clone(),
        columns,
        as_of: as_of(args.as_of.as_deref())?,
        model: args.model.as_deref().map(read_model).transpose()?,
        all_pairs: args.all_pairs,
    };
    watch_interrupts();
    let terminal = Terminal::new(None, args.json);
    let matched = match_people(&options, &terminal);
    terminal.finish();
    let matched = matched?;
    if let [left, right] = args.explain[..] {
        print(&waterfall(&matched, left, right)?)?;
        return Ok(Exit::Done);
    }
    write_matches(&folder, &matched)?;
    if args.json {
        print(&format!("{}\n", account_json(&matched, &folder)))?;
    } else {
        print(&account(&matched, &folder))?;
    }
    Ok(Exit::Done)
}

/// Parts a list at its commas, but for those that a column has in its name: what comes after one of these is no `ROLE=`.
fn said_columns(list: &str) -> Vec<String> {
    let mut said: Vec<String> = Vec::new();
    for part in list.split(',') {
        let is_role = part.split_once('=').is_some_and(|(role, _)| Role::parse(role).is_some());
        match said.last_mut() {
            Some(last) if !is_role && !part.contains('=') => *last = format!("{last},{part}"),
            _ => said.push(part.to_owned()),
        }
    }
    said
}

fn role_and_column(said: &str) -> Result<(String, String), CliError> {
    match said.split_once('=') {
        Some((role, column)) if !role.is_empty() => Ok((role.trim().to_owned(), column.trim().to_owned())),
        _ => Err(CliError::Usage {
            what: "--columns takes ROLE=COLUMN".into(),
            hint: "for example --columns given_name=FIRST,date_of_birth=BORN".into(),
        }),
    }
}

pub(super) fn read_model(path: &Path) -> Result<Model, CliError> {
    let shown = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|source| CliError::File { path: shown.clone(), source })?;
    Model::from_json(&text).map_err(|error| CliError::NotFound {
        what: format!("{shown} is no model: {error}"),
        hint: "give the model.json of an earlier `chartlift match`".into(),
    })
}

/// What the columns were taken for.
fn columns(matched: &MatchedPeople) -> (Vec<(String, String)>, Vec<String>) {
    let name = |at: usize| matched.header[at].clone();
    let known = matched.columns.known.iter().map(|(role, at)| (role.to_string(), name(*at))).collect();
    (known, matched.columns.unknown.iter().map(|at| name(*at)).collect())
}

fn account(matched: &MatchedPeople, folder: &Path) -> String {
    let linkage = &matched.linkage;
    let statistics = &linkage.statistics;
    let (known, unknown) = columns(matched);
    let known: Vec<String> = known.iter().map(|(role, column)| format!("{column} as {role}")).collect();
    let mut text = format!("columns: {}", known.join(", "));
    let has_names = matched.columns.known.iter().any(|(_, at)| Role::parse(&matched.header[*at]).is_some());
    match unknown.len() {
        0 => {}
        // Not one name is known: the first line may be a patient's, and is not repeated.
        count if !has_names => text.push_str(&format!("; {count} others not used; does the file have a header?")),
        _ => text.push_str(&format!("; not used: {}", unknown.join(", "))),
    }
    text = visible(&text);
    let model = match (matched.model.is_calibrated, matched.model.has_households) {
        (true, true) => "found in this set, in which families live together",
        (true, false) => "found in this set, in which hardly anybody lives with a relative",
        (false, _) => "as shipped or as given, with the names of this set where it is large enough",
    };
    text.push_str(&format!("\nmodel: {model}\n"));
    if matched.ragged > 0 {
        let rows = grouped(matched.ragged);
        text.push_str(&format!(
            "note: {rows} rows have more or fewer cells than the header; what they have was compared\n"
        ));
    }
    let left_out: u64 = statistics.blocking.iter().map(|rule| rule.people_left_out).sum();
    if left_out > 0 {
        text.push_str(&format!(
            "note: in {} places too many rows say the same to compare each with each; other rules may still have paired them\n",
            grouped(left_out)
        ));
    }
    text.push_str(&format!(
        "{} rows are {} people; {} pairs joined, {} to review, {} compared\nwritten: {}\n",
        grouped(statistics.people),
        grouped(statistics.clusters),
        grouped(linkage.links.len() as u64),
        grouped(linkage.reviews.len() as u64),
        grouped(statistics.pairs_compared),
        visible(&folder.display().to_string())
    ));
    text
}

fn account_json(matched: &MatchedPeople, folder: &Path) -> serde_json::Value {
    let linkage = &matched.linkage;
    let statistics = &linkage.statistics;
    let (known, unknown) = columns(matched);
    let blocking: Vec<serde_json::Value> = statistics
        .blocking
        .iter()
        .map(|rule| {
            serde_json::json!({
                "rule": rule.rule, "blocks": rule.blocks, "pairs": rule.pairs, "narrowed": rule.narrowed,
                "left_out": rule.left_out, "people_left_out": rule.people_left_out,
            })
        })
        .collect();
    serde_json::json!({
        "format": 1,
        "rows": statistics.people,
        "ragged": matched.ragged,
        "clusters": statistics.clusters,
        "pairs": {
            "compared": statistics.pairs_compared, "match": linkage.links.len(), "review": linkage.reviews.len(),
            "vetoed": statistics.vetoed, "refused": statistics.refused,
        },
        "columns": known.into_iter().map(|(role, column)| serde_json::json!({ "role": role, "column": column })).collect::<Vec<_>>(),
        "unused_columns": unknown,
        "model": {
            "lambda": matched.model.lambda, "calibrated": matched.model.is_calibrated,
            "households": matched.model.has_households, "match_weight": matched.model.match_weight,
            "review_weight": matched.model.review_weight,
        },
        "blocking": blocking,
        "out": folder.display().to_string(),
    })
}

/// The evidence of one pair, bit by bit; no value of a person.
fn waterfall(matched: &MatchedPeople, left: usize, right: usize) -> Result<String, CliError> {
    let people = &matched.people;
    if let Some(row) = [left, right].into_iter().find(|row| *row >= people.len()) {
        return Err(CliError::NotFound {
            what: format!("there is no row {row}"),
            hint: format!("rows are counted from 0 without the header; the last is {}", people.len() - 1),
        });
    }
    if left == right {
        return Err(CliError::Usage { what: "a row is itself".into(), hint: "name two different rows".into() });
    }
    let judgement = judge_whole(&people[left], &people[right], &matched.model);
    let pair = explain((left, &people[left]), (right, &people[right]), &judgement, &matched.model);
    let prior = pair.weight - pair.evidence.iter().map(|evidence| evidence.weight).sum::<f64>();
    let mut sum = prior;
    let mut text = format!("rows {left} and {right}\n\n{}", step("before comparing", "", prior, sum));
    for evidence in &pair.evidence {
        sum += evidence.weight;
        text.push_str(&step(&evidence.comparison.replace('_', " "), evidence.level, evidence.weight, sum));
    }
    let same_cluster = matched.linkage.cluster[left] == matched.linkage.cluster[right];
    text.push_str(&format!("\n{}\n", verdict(&pair, same_cluster, &matched.model)));
    Ok(text)
}

/// One line: what was compared, how it came out, its bits, the sum so far, and a bar to one side or the other.
fn step(what: &str, level: &str, bits: f64, sum: f64) -> String {
    const HALF: usize = 16;
    let length = (bits.abs().round() as usize).min(HALF);
    let bar = match bits < 0.0 {
        true => format!("{:>HALF$}|{:HALF$}", "-".repeat(length), ""),
        false => format!("{:HALF$}|{:HALF$}", "", "+".repeat(length)),
    };
    format!("{what:20} {level:36} {bits:>+8.2} {sum:>+9.2}  {}\n", bar.trim_end())
}

fn verdict(pair: &ScoredPair, same_cluster: bool, model: &Model) -> String {
    let weight = format!("weight {:.2} bits, probability {:.4}", pair.weight, pair.probability);
    let decision = match (pair.zone, pair.veto, pair.doubt) {
        (Zone::Match, ..) => "one person by itself".to_owned(),
        (Zone::NonMatch, ..) => format!("not one person: a review takes {:.1} bits", model.review_weight),
        (_, Some(veto), _) => format!("for a person to judge, since they contradict: {veto}"),
        (_, _, Some(doubt)) => format!("for a person to judge: {doubt}"),
        _ => format!("for a person to judge: a match takes {:.1} bits", model.match_weight),
    };
    let cluster = match (same_cluster, pair.zone) {
        (true, Zone::Match) | (false, Zone::NonMatch | Zone::Review) => "",
        (true, _) => "; other rows join them",
        (false, Zone::Match) => "; but rows that belong to them contradict each other, so they are kept apart",
    };
    format!("{weight}: {decision}{cluster}")
}
