//! `chartlift review list | show | merge | keep-apart | split | documents | document | assign`.

mod documents;

use std::collections::{BTreeMap, BTreeSet};

use super::migrate::now;
use super::terminal::visible;
use super::{CliError, Exit, StoreArg, print, who_and_why};
use crate::model::{ChartId, RecordType, Value};
use crate::pipeline::{
    PeopleOf, ReviewOptions, ReviewOutcome, Verdict, named_registrations, one_patient, review, unfiled_documents,
};
use crate::report::counted;
use crate::store::{EhrStore, KnownIdentity, OpenReview, ReviewDecision};

#[derive(Debug, clap::Subcommand)]
pub enum Args {
    /// Pairs that wait for a person: first decisions that no longer fit, then where a missed allergy or medication may hurt, then
    /// the likeliest
    List {
        #[command(flatten)]
        store: StoreArg,
        /// How many to print
        #[arg(long, value_name = "N", default_value_t = 20)]
        limit: usize,
        /// Print one JSON value
        #[arg(long)]
        json: bool,
    },
    /// Two registrations side by side, with what each comparison says in bits, what hangs on them and what was decided
    Show {
        #[command(flatten)]
        pair: Pair,
        #[command(flatten)]
        store: StoreArg,
        /// Print one JSON value
        #[arg(long)]
        json: bool,
    },
    /// They are one person: all registrations of both patients are joined
    Merge {
        #[command(flatten)]
        pair: Pair,
        /// Also registrations that contradict each other hard, as by birth dates of two generations
        #[arg(long)]
        despite_contradictions: bool,
        #[command(flatten)]
        decision: DecisionArgs,
    },
    /// They are two people: no registration of one is ever joined with one of the other
    #[command(name = "keep-apart")]
    KeepApart {
        #[command(flatten)]
        pair: Pair,
        #[command(flatten)]
        decision: DecisionArgs,
    },
    /// These registrations of a patient are somebody else's: they leave, and all that is filed under them goes with them
    Split {
        /// Id of a registration, or STREAM:KEY
        #[arg(required = true)]
        registration: Vec<String>,
        #[command(flatten)]
        decision: DecisionArgs,
    },
    /// Documents that wait for a person to say whose they are: neither an index nor their names and texts do
    Documents {
        #[command(flatten)]
        store: StoreArg,
        /// How many to print
        #[arg(long, value_name = "N", default_value_t = 20)]
        limit: usize,
        /// Print one JSON value
        #[arg(long)]
        json: bool,
    },
    /// One document: what it is and says, and who is named in it
    Document {
        #[command(flatten)]
        document: documents::ShowArgs,
        #[command(flatten)]
        store: StoreArg,
        /// Print one JSON value
        #[arg(long)]
        json: bool,
    },
    /// This document is this patient's: it goes into that chart, also out of another
    ///
    /// It holds for what the document holds now. One that is delivered with other content waits again.
    Assign {
        /// Number of the document, as `documents` prints it, or document_reference:ID
        document: String,
        /// Id of the patient or of a registration, or STREAM:KEY
        patient: String,
        /// Also where name and birth date of somebody else stand in it
        #[arg(long)]
        despite_contradictions: bool,
        #[command(flatten)]
        decision: DecisionArgs,
    },
}

#[derive(Debug, clap::Args)]
pub struct Pair {
    /// Number of a pair, as `list` prints it; or a patient, a registration (by id) or STREAM:KEY
    one: String,
    /// The other side, where the first is no number of a pair
    other: Option<String>,
}

#[derive(Debug, clap::Args)]
pub struct DecisionArgs {
    /// Who decides
    #[arg(long, value_name = "NAME")]
    by: String,
    /// Why; it stays in the store
    #[arg(long, value_name = "TEXT")]
    why: String,
    /// Also where a person decided otherwise before
    #[arg(long)]
    overrule: bool,
    #[command(flatten)]
    store: StoreArg,
    /// Print one JSON value
    #[arg(long)]
    json: bool,
}

impl Pair {
    fn sides(&self) -> Result<(PeopleOf, PeopleOf), CliError> {
        match (self.one.parse::<i64>(), &self.other) {
            (Ok(number), None) => Ok((PeopleOf::LeftOf(number), PeopleOf::RightOf(number))),
            (Ok(_), Some(_)) => Err(CliError::Usage {
                what: "a number names a pair, and both sides of it".into(),
                hint: "leave the other side out, or name two patients or registrations".into(),
            }),
            (_, Some(other)) => Ok((PeopleOf::Named(self.one.clone()), PeopleOf::Named(other.clone()))),
            (Err(_), None) => Err(CliError::Usage {
                what: "a pair has two sides".into(),
                hint: "name the number of a pair (`chartlift review list`), or both sides".into(),
            }),
        }
    }
}

pub fn run(args: &Args) -> Result<Exit, CliError> {
    match args {
        Args::List { store, limit, json } => list(&store.open()?, *limit, *json),
        Args::Show { pair, store, json } => show(&store.open()?, pair, *json),
        Args::Merge { pair, despite_contradictions, decision } => {
            let (left, right) = pair.sides()?;
            decide(Verdict::Merge(left, right), decision, *despite_contradictions)
        }
        Args::KeepApart { pair, decision } => {
            let (left, right) = pair.sides()?;
            decide(Verdict::KeepApart(left, right), decision, false)
        }
        Args::Documents { store, limit, json } => documents::list(&store.open()?, *limit, *json),
        Args::Document { document, store, json } => {
            documents::show(&store.open()?, &document.document, document.out.as_deref(), *json)
        }
        Args::Assign { document, patient, despite_contradictions, decision } => {
            documents::assign(document, patient, decision, *despite_contradictions)
        }
        Args::Split { registration, decision } => decide(Verdict::Split(registration.clone()), decision, false),
    }
}

fn decide(verdict: Verdict, args: &DecisionArgs, despite_contradictions: bool) -> Result<Exit, CliError> {
    let (by, reason) = who_and_why(&args.by, &args.why)?;
    let (store, overrule) = (args.store.place()?, args.overrule);
    let outcome = review(&ReviewOptions { store, verdict, by, reason, overrule, despite_contradictions, now: &now })?;
    if args.json {
        print(&format!("{}\n", serde_json::to_string(&outcome).unwrap_or_default()))?;
    } else {
        print(&text_of(&outcome))?;
    }
    Ok(Exit::Done)
}

fn text_of(outcome: &ReviewOutcome) -> String {
    let mut text =
        format!("decided, as run {} of this store (`chartlift undo {}` takes it back)\n", outcome.run, outcome.run);
    for (patient, members) in &outcome.patients {
        let word = if members.len() == 1 { "registration" } else { "registrations" };
        text.push_str(&format!("  patient:{patient} has {} {word}\n", members.len()));
    }
    text.push_str(&format!(
        "{} to another patient, with all that is filed under them; {} for a person\n",
        counted(outcome.moved.len() as u64, "registration comes", "registrations come"),
        counted(outcome.review, "pair waits", "pairs wait")
    ));
    text
}

/// What is worst to miss: allergies, then medications.
const SAFETY: [&[RecordType]; 2] = [
    &[RecordType::AllergyIntolerance],
    &[RecordType::MedicationRequest, RecordType::MedicationStatement, RecordType::MedicationDispense],
];

/// A waiting pair with the facts of the two patients per kind of [`SAFETY`]: where one chart has what the other lacks, a missed match
/// hides it.
struct Waiting {
    review: OpenReview,
    left: Option<KnownIdentity>,
    right: Option<KnownIdentity>,
    safety: [(u64, u64); 2],
}

fn waiting(store: &EhrStore, limit: usize) -> Result<Vec<Waiting>, CliError> {
    let open = store.reviews_by_harm(SAFETY, limit)?;
    let ids: BTreeSet<ChartId> = open.iter().flat_map(|(pair, _)| [pair.left, pair.right]).collect();
    let identities: BTreeMap<ChartId, KnownIdentity> =
        store.identities_by_id(&ids)?.into_iter().map(|identity| (identity.id, identity)).collect();
    let pair = |(review, safety): (OpenReview, [(u64, u64); 2])| {
        let (left, right) = (identities.get(&review.left).cloned(), identities.get(&review.right).cloned());
        Waiting { review, left, right, safety }
    };
    Ok(open.into_iter().map(pair).collect())
}

fn list(store: &EhrStore, limit: usize, json: bool) -> Result<Exit, CliError> {
    let (found, all) = (waiting(store, limit)?, store.people_counts()?.reviews);
    let documents = unfiled_documents(store)?.len() as u64;
    if json {
        let values: Vec<serde_json::Value> = found.iter().map(json_of_waiting).collect();
        print(&format!("{}\n", serde_json::json!({ "waiting": all, "pairs": values, "documents": documents })))?;
        return Ok(Exit::Done);
    }
    let mut text = String::new();
    for pair in &found {
        let review = &pair.review;
        let why = review.reason.as_deref().unwrap_or("not enough for a decision");
        let why = if review.conflict { format!("joined by a person, but {why}") } else { why.to_owned() };
        text.push_str(&format!("{:>7}  {:.3}  {why}\n", review.number, review.probability));
        for (side, at) in [(&pair.left, 0), (&pair.right, 1)] {
            let Some(identity) = side else { continue };
            let count = |(left, right): (u64, u64)| if at == 0 { left } else { right };
            text.push_str(&format!(
                "                {:30} {:10}  {}/{}  allergies {}, medications {}\n",
                visible(&name_of(identity)),
                visible(shown(identity, "birth_date").as_deref().unwrap_or("-")),
                visible(&identity.system),
                visible(&identity.key),
                count(pair.safety[0]),
                count(pair.safety[1])
            ));
        }
    }
    text.push_str(&match all {
        0 => "no pair waits for a person\n".to_owned(),
        all => {
            format!("{} of {}; `chartlift review show NUMBER` prints one\n", found.len(), counted(all, "pair", "pairs"))
        }
    });
    if documents > 0 {
        let count = counted(documents, "document waits", "documents wait");
        text.push_str(&format!("{count} for a person to say whose; `chartlift review documents` lists them\n"));
    }
    print(&text)?;
    Ok(Exit::Done)
}

fn json_of_waiting(pair: &Waiting) -> serde_json::Value {
    let review = &pair.review;
    let side = |id: ChartId, system: &str, key: &str, at: usize| {
        let count = |(left, right): (u64, u64)| if at == 0 { left } else { right };
        serde_json::json!({ "identity": id, "system": system, "key": key, "allergies": count(pair.safety[0]), "medications": count(pair.safety[1]) })
    };
    serde_json::json!({
        "number": review.number, "match_probability": review.probability, "match_weight": review.weight,
        "reason": review.reason, "conflict": review.conflict,
        "left": side(review.left, &review.left_system, &review.left_key, 0),
        "right": side(review.right, &review.right_system, &review.right_key, 1),
    })
}

fn shown(identity: &KnownIdentity, column: &str) -> Option<String> {
    let at = RecordType::Patient.column_index(column)?;
    value_text(&identity.values[at])
}

pub(super) fn value_text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::Text(text) => Some(text.to_string()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Real(number) => Some(number.to_string()),
        Value::Id(id) => Some(id.to_string()),
    }
}

pub(super) fn name_of(identity: &KnownIdentity) -> String {
    let part = |column| shown(identity, column);
    let given: Vec<String> = ["given_name", "middle_name", "name_suffix"].into_iter().filter_map(part).collect();
    format!("{}, {}", part("family_name").unwrap_or_default(), given.join(" "))
}

/// A pair that is looked at, whether it waits or not.
struct Looked {
    left: KnownIdentity,
    right: KnownIdentity,
    review: Option<OpenReview>,
}

fn look(store: &EhrStore, pair: &Pair) -> Result<Looked, CliError> {
    let (left, right) = pair.sides()?;
    let waits = match left {
        PeopleOf::LeftOf(number) => {
            Some(store.open_review(number)?.ok_or(crate::pipeline::PipelineError::NoPair { number })?)
        }
        _ => None,
    };
    let one = |side: &PeopleOf, id: Option<ChartId>| -> Result<KnownIdentity, CliError> {
        let found = match (side, id) {
            (PeopleOf::Named(name), _) => named_registrations(store, name)?,
            (_, Some(id)) => store.identities_by_id(&BTreeSet::from([id]))?,
            (_, None) => Vec::new(),
        };
        one_patient(&found)?;
        let first = found.into_iter().min_by_key(|identity| identity.id);
        Ok(first.ok_or(crate::pipeline::PipelineError::NoPerson)?)
    };
    let (left, right) = (one(&left, waits.as_ref().map(|w| w.left))?, one(&right, waits.as_ref().map(|w| w.right))?);
    Ok(Looked { left, right, review: waits })
}

fn show(store: &EhrStore, pair: &Pair, json: bool) -> Result<Exit, CliError> {
    let looked = look(store, pair)?;
    let (left, right) = (&looked.left, &looked.right);
    let compared = crate::pipeline::compare(store, left, right)?;
    let decisions: Vec<ReviewDecision> = {
        let mut all = store.decisions_of(left.id)?;
        all.extend(store.decisions_of(right.id)?.into_iter().filter(|d| d.left != left.id && d.right != left.id));
        all
    };
    let others = |identity: &KnownIdentity| -> Result<Vec<KnownIdentity>, CliError> {
        let mut all = store.identities_of_patients(&[identity.patient])?;
        all.retain(|one| one.id != left.id && one.id != right.id);
        all.sort_by_key(|one| one.id);
        Ok(all)
    };
    let (left_others, right_others) = (others(left)?, others(right)?);
    let facts = (store.facts_of(left.id)?, store.facts_of(right.id)?);
    let same_patient = left.patient == right.patient;
    if json {
        let side = |identity: &KnownIdentity, facts: &BTreeMap<&str, u64>, others: &[KnownIdentity]| {
            let columns = RecordType::Patient.columns().iter().zip(&identity.values);
            let values: serde_json::Map<String, serde_json::Value> = columns
                .filter_map(|(column, value)| Some((column.name.to_owned(), value_text(value)?.into())))
                .collect();
            serde_json::json!({
                "identity": identity.id, "patient": identity.patient, "system": identity.system, "key": identity.key,
                "source_record": identity.source_record, "values": values, "facts": facts,
                "other_registrations": others.iter().map(|one| one.id).collect::<Vec<_>>(),
            })
        };
        let evidence: Vec<serde_json::Value> = compared
            .evidence
            .iter()
            .map(|e| serde_json::json!({ "comparison": e.comparison, "level": e.level, "weight": rounded(e.weight) }))
            .collect();
        let decisions: Vec<serde_json::Value> = decisions
            .iter()
            .map(|d| serde_json::json!({ "left": d.left, "right": d.right, "decision": d.decision, "by": d.by, "at": d.at, "reason": d.reason }))
            .collect();
        let value = serde_json::json!({
            "number": looked.review.as_ref().map(|review| review.number), "one_patient": same_patient,
            "match_weight": rounded(compared.weight), "match_probability": rounded(compared.probability),
            "reason": looked.review.as_ref().and_then(|review| review.reason.clone()).or(compared.veto.or(compared.doubt).map(str::to_owned)),
            "prior_weight": rounded(compared.weight - compared.evidence.iter().map(|e| e.weight).sum::<f64>()),
            "evidence": evidence, "left": side(left, &facts.0, &left_others), "right": side(right, &facts.1, &right_others),
            "decisions": decisions,
        });
        print(&format!("{value}\n"))?;
        return Ok(Exit::Done);
    }
    let mut text = String::new();
    text.push_str(&head_line(&looked, same_patient));
    text.push_str(&side_by_side(left, right));
    for (table, _) in facts.0.iter().chain(facts.1.iter().filter(|(table, _)| !facts.0.contains_key(*table))) {
        let count = |of: &BTreeMap<&str, u64>| of.get(table).copied().unwrap_or_default().to_string();
        text.push_str(&row_text("", table, &count(&facts.0), &count(&facts.1)));
    }
    for (identity, others) in [(left, &left_others), (right, &right_others)] {
        for other in others.iter().take(10) {
            text.push_str(&format!(
                "also of patient:{}: {}/{} patient_identity:{}  {}\n",
                identity.patient,
                visible(&other.system),
                visible(&other.key),
                other.id,
                visible(&name_of(other))
            ));
        }
        if same_patient {
            break;
        }
    }
    text.push_str(&waterfall(&compared));
    text.extend(decisions.iter().map(decision_line));
    print(&text)?;
    Ok(Exit::Done)
}

/// A decision, its reason included.
pub(super) fn decision_line(decision: &ReviewDecision) -> String {
    format!(
        "decided {} by {} at {}: {} <> {}: {}\n",
        decision.decision.as_str(),
        visible(&decision.by),
        decision.at,
        decision.left,
        decision.right,
        visible(&decision.reason)
    )
}

fn rounded(number: f64) -> f64 {
    (number * 10_000.0).round() / 10_000.0
}

fn head_line(looked: &Looked, same_patient: bool) -> String {
    let what = match (&looked.review, same_patient) {
        (Some(review), _) => {
            let why = review.reason.as_deref().unwrap_or("not enough for a decision");
            format!("pair {}, waiting for a person: {why}", review.number)
        }
        (None, true) => "both belong to one patient".to_owned(),
        (None, false) => "two patients; nothing waits for a person between them".to_owned(),
    };
    format!("{what}\n\n")
}

const NAME_WIDTH: usize = 22;
const SIDE_WIDTH: usize = 32;

fn row_text(mark: &str, name: &str, left: &str, right: &str) -> String {
    format!("{mark:2}{name:NAME_WIDTH$}  {left:SIDE_WIDTH$}  {right}\n")
}

/// Every column that either says something in; `=` where they agree, `*` where they differ.
fn side_by_side(left: &KnownIdentity, right: &KnownIdentity) -> String {
    let place = |identity: &KnownIdentity| visible(&format!("{}/{}", identity.system, identity.key));
    let mut text = row_text("", "", &place(left), &place(right));
    text.push_str(&row_text("", "registration", left.id.as_str(), right.id.as_str()));
    text.push_str(&row_text("", "patient", left.patient.as_str(), right.patient.as_str()));
    text.push_str(&row_text(
        "",
        "source record",
        &format!("source_record:{}", left.source_record),
        &format!("source_record:{}", right.source_record),
    ));
    for (at, column) in RecordType::Patient.columns().iter().enumerate() {
        let (one, other) = (value_text(&left.values[at]), value_text(&right.values[at]));
        let mark = match (&one, &other) {
            (None, None) => continue,
            (Some(one), Some(other)) if one == other => "=",
            (Some(_), Some(_)) => "*",
            _ => "",
        };
        let shown = |text: Option<String>| visible(text.as_deref().unwrap_or("-"));
        text.push_str(&row_text(mark, column.name, &shown(one), &shown(other)));
    }
    text
}

/// Bits of weight per character of a bar.
const BITS_PER_MARK: f64 = 1.0;

/// From how rare it is that two registrations are one, through what each comparison adds, to the weight.
fn waterfall(compared: &crate::matching::ScoredPair) -> String {
    let sum: f64 = compared.evidence.iter().map(|evidence| evidence.weight).sum();
    let mut text = "\nwhat speaks for one person (+) and against (-), in bits\n".to_owned();
    let mut line = |name: &str, level: &str, weight: f64| {
        let marks = ((weight.abs() / BITS_PER_MARK).round() as usize).min(40);
        let bar = if weight < 0.0 { "-" } else { "+" }.repeat(marks);
        text.push_str(&format!("  {name:22} {level:28} {weight:>7.2}  {bar}\n"));
    };
    line("before looking", "two registrations at random", compared.weight - sum);
    for evidence in &compared.evidence {
        line(evidence.comparison, evidence.level, evidence.weight);
    }
    text.push_str(&format!(
        "  {:22} {:28} {:>7.2}  match probability {:.4}\n",
        "together", "", compared.weight, compared.probability
    ));
    if let Some(against) = compared.veto {
        text.push_str(&format!("a hard contradiction: {against}\n"));
    }
    if let Some(doubt) = compared.doubt {
        text.push_str(&format!("in doubt: {doubt}\n"));
    }
    text
}
