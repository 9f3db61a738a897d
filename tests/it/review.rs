//! Promises 6 and 7: who belongs together depends on who is there, not on the nights they came in; a link comes apart exactly, with
//! all that is filed under it; and what a person decided holds.

use std::collections::BTreeMap;

use chartlift::pipeline::{NoListener, PeopleOf, PipelineError, ReviewOptions, ReviewOutcome, Verdict, review};
use insta::assert_snapshot;
use proptest::prelude::*;

use crate::promises::cases;
use crate::small::{recounted, write_pack};
use crate::support::{Folder, chartlift};
use crate::undo::{load, rows, take_back};

/// A registration under a key: one of a few people who are easily confused, with what a front desk writes of him this time.
#[derive(Clone, Debug)]
pub struct Registration {
    pub system: usize,
    pub key: u8,
    pub given: usize,
    pub phone: usize,
    pub ssn: usize,
}

pub const SYSTEMS: [&str; 2] = ["north", "south"];

/// Given name with its spellings, birth date; a father, his son of the same name, the son's twin, and somebody of the same day.
const PEOPLE: [([&str; 3], &str, &str); 4] = [
    (["Ottokar", "Otokar", "Ottokar"], "Quimby", "1931-07-08"),
    (["Ottokar", "Otokar", "Ottokar"], "Quimby", "1961-04-09"),
    (["Ottilie", "Otilie", "Ottilie"], "Quimby", "1961-04-09"),
    (["Galina", "Galina", "Galena"], "Petrova", "1961-04-09"),
];
const PHONES: [&str; 3] = ["617-555-0147", "", "617-555-0199"];
const NUMBERS: [&str; 4] = ["", "", "219-45-6781", "532-18-9907"];

impl Registration {
    /// Keys are of one person each, whatever is written of him.
    fn row(&self) -> String {
        let (given, family, born) = PEOPLE[usize::from(self.key) % PEOPLE.len()];
        format!("{},{family},{},{born},{},{}", self.key, given[self.given], PHONES[self.phone], NUMBERS[self.ssn])
    }
}

pub fn registration() -> impl Strategy<Value = Registration> {
    (0..2usize, 0..10u8, 0..3usize, 0..3usize, 0..4usize).prop_map(|(system, key, given, phone, ssn)| Registration {
        system,
        key,
        given,
        phone,
        ssn,
    })
}

pub fn any_nights() -> impl Strategy<Value = Vec<Vec<Registration>>> {
    proptest::collection::vec(proptest::collection::vec(registration(), 1..7), 1..6)
}

/// Writes what a system delivers: its people, each with an allergy and a visit.
pub fn deliver(folder: &Folder, name: &str, people: &[&Registration]) -> std::path::PathBuf {
    let table = |header: &str, row: &dyn Fn(&Registration) -> String| {
        let rows: Vec<String> = people.iter().map(|one| row(one)).collect();
        format!("{header}\n{}\n", rows.join("\n"))
    };
    folder.write(&format!("{name}/people.csv"), table("id,family,given,born,phone,ssn", &Registration::row));
    folder.write(
        &format!("{name}/visits.csv"),
        table("id,person,day,pulse", &|one| format!("{0},{0},2020-01-01,60", one.key)),
    );
    folder.write(
        &format!("{name}/allergies.csv"),
        table("person,substance,status", &|one| format!("{},Latex,active", one.key)),
    );
    folder.path().join(name)
}

/// Loads what a night brings, system by system; of rows of one key the last.
pub fn load_night(folder: &Folder, store: &str, name: &str, night: &[Registration]) -> Result<(), TestCaseError> {
    for (number, system) in SYSTEMS.iter().enumerate() {
        let last: BTreeMap<u8, &Registration> =
            night.iter().filter(|one| one.system == number).map(|one| (one.key, one)).collect();
        if last.is_empty() {
            continue;
        }
        let people: Vec<&Registration> = last.into_values().collect();
        let source = deliver(folder, &format!("{name}-{system}"), &people);
        let run = load(folder, &source, store, system, &NoListener).expect("a run");
        prop_assert!(run.balanced, "{:?}", run.discrepancies);
        is_whole(folder, store)?;
    }
    Ok(())
}

/// The digest is that of the rows, and facts belong to whom their registration belongs to.
pub fn is_whole(folder: &Folder, store: &str) -> Result<(), TestCaseError> {
    let (kept, counted) = recounted(folder, store);
    prop_assert_eq!(kept, counted);
    let sql = folder.sql(store);
    for table in ["encounter", "allergy_intolerance"] {
        let astray = format!(
            "SELECT count(*) FROM {table} f JOIN patient_identity i ON i.id = f.identity_id WHERE i.patient_id <> f.patient_id"
        );
        prop_assert_eq!(sql.number(&astray), 0, "{}", table);
    }
    let nobody =
        "SELECT count(*) FROM patient_identity i LEFT JOIN patient p ON p.id = i.patient_id AND p.replaced_by IS NULL
                  WHERE p.id IS NULL";
    prop_assert_eq!(sql.number(nobody), 0, "a registration whose patient is not there");
    let empty = "SELECT count(*) FROM patient p WHERE replaced_by IS NULL
                 AND NOT EXISTS (SELECT 1 FROM patient_identity i WHERE i.patient_id = p.id)";
    prop_assert_eq!(sql.number(empty), 0, "a patient without registration");
    Ok(())
}

pub fn judge(folder: &Folder, store: &str, verdict: Verdict) -> Result<ReviewOutcome, PipelineError> {
    let now = || "2026-06-02T00:00:00Z".to_owned();
    let place = folder.place(store);
    let (by, reason, yes) = ("Ada", "seen", true);
    review(&ReviewOptions { store: place, verdict, by, reason, overrule: yes, despite_contradictions: yes, now: &now })
}

pub fn named(one: &Registration) -> PeopleOf {
    PeopleOf::Named(format!("{}/people:{}", SYSTEMS[one.system], one.key))
}

/// The patient of a registration.
pub fn patient_of(folder: &Folder, store: &str, one: &Registration) -> Option<String> {
    let sql = format!(
        "SELECT patient_id FROM patient_identity WHERE source_system = '{}' AND source_key = '{}'",
        SYSTEMS[one.system], one.key
    );
    folder.sql(store).rows(&sql).into_iter().flatten().next()
}

proptest! {
    #![proptest_config(cases(60))]

    /// Promise 7: new registrations and corrections, in any order over any nights, end in the store of one load.
    #[test]
    fn nights_end_as_one_load_does(nights in any_nights()) {
        let folder = Folder::new();
        write_pack(&folder);
        for (number, night) in nights.iter().enumerate() {
            load_night(&folder, "nights.db", &format!("night-{number}"), night)?;
        }
        let all: Vec<Registration> = nights.concat();
        load_night(&folder, "once.db", "once", &all)?;
        prop_assert_eq!(recounted(&folder, "nights.db").1, recounted(&folder, "once.db").1);
        let open = "SELECT left_identity, right_identity, reason, status FROM match_review ORDER BY 1, 2";
        prop_assert_eq!(folder.sql("nights.db").rows(open), folder.sql("once.db").rows(open), "the same questions");
    }

    /// Promises 6 and 8: what a person decided holds whatever comes later, and can be undone exactly.
    #[test]
    fn decisions_hold_over_nights_and_can_be_undone(nights in any_nights(), which in (0..40usize, 0..40usize), merges in any::<bool>()) {
        let folder = Folder::new();
        write_pack(&folder);
        load_night(&folder, "ehr.db", "first", &nights[0])?;
        let (one, other) = (&nights[0][which.0 % nights[0].len()], &nights[0][which.1 % nights[0].len()]);
        prop_assume!((one.system, one.key) != (other.system, other.key));
        let before = rows(&folder, "ehr.db");
        let together = patient_of(&folder, "ehr.db", one) == patient_of(&folder, "ehr.db", other);
        let decide = |merges: bool, together: bool| match (merges, together) {
            (true, _) => Verdict::Merge(named(one), named(other)),
            (false, false) => Verdict::KeepApart(named(one), named(other)),
            (false, true) => Verdict::Split(vec![format!("{}/people:{}", SYSTEMS[other.system], other.key)]),
        };
        let decided = judge(&folder, "ehr.db", decide(merges, together));
        let Ok(decided) = decided else {
            prop_assert!(matches!(decided, Err(PipelineError::NotDecidable { .. })), "{:?}", decided);
            prop_assert_eq!(rows(&folder, "ehr.db"), before, "what cannot be decided changes nothing");
            return Ok(());
        };
        is_whole(&folder, "ehr.db")?;
        let holds = |folder: &Folder| {
            (patient_of(folder, "ehr.db", one) == patient_of(folder, "ehr.db", other)) == merges
        };
        prop_assert!(holds(&folder));
        take_back(&folder, "ehr.db", decided.run, false).expect("undone");
        prop_assert_eq!(rows(&folder, "ehr.db"), before, "as it was before");
        judge(&folder, "ehr.db", decide(merges, together)).expect("the same decision again");
        for (number, night) in nights.iter().enumerate().skip(1) {
            load_night(&folder, "ehr.db", &format!("night-{number}"), night)?;
            prop_assert!(holds(&folder), "after night {}", number);
        }
        // The last word counts.
        let now_together = patient_of(&folder, "ehr.db", one) == patient_of(&folder, "ehr.db", other);
        if judge(&folder, "ehr.db", decide(!merges, now_together)).is_ok() {
            is_whole(&folder, "ehr.db")?;
            prop_assert!(!holds(&folder));
        }
    }
}

fn plain(text: &str, folder: &Folder, store: &str) -> String {
    let mut text = text.to_owned();
    let sql = folder.sql(store);
    let ids = sql.rows("SELECT source_system, source_key, id FROM patient_identity ORDER BY source_system, source_key");
    for row in ids {
        text = text
            .replace(&row[2], &format!("[{}-{}]{}", row[0], row[1], " ".repeat(20 - 3 - row[0].len() - row[1].len())));
    }
    // Numbers of rows are what the database gives.
    let mut parts = text.split("source_record:");
    let mut numbered = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.bytes().take_while(u8::is_ascii_digit).count();
        numbered.push_str(&format!("source_record:[n]{}", &part[digits..]));
    }
    text = numbered;
    // Decisions say when they were taken.
    while let Some(at) = text.find(" at 2") {
        let end = text[at + 4..].find('Z').map_or(text.len(), |end| at + 5 + end);
        text.replace_range(at..end, " [then]");
    }
    let line = |line: &str| match line.contains("source_record:[n]") {
        true => line.split_whitespace().collect::<Vec<_>>().join(" ") + "\n",
        false => format!("{}\n", line.trim_end()),
    };
    text.lines().map(line).collect()
}

fn ask(folder: &Folder, args: &[&str]) -> crate::support::Output {
    let store = folder.store("ehr.db");
    chartlift(&[&["review"], args, &["--store", &store]].concat())
}

/// A father, and registrations of his son in two systems, of which one lacks what would settle it.
fn confusing(folder: &Folder) {
    write_pack(folder);
    let north = [
        Registration { system: 0, key: 1, given: 0, phone: 0, ssn: 2 },
        Registration { system: 0, key: 0, given: 0, phone: 0, ssn: 0 },
    ];
    let south = [Registration { system: 1, key: 1, given: 0, phone: 0, ssn: 3 }];
    load_night(folder, "ehr.db", "north", &north).expect("a night");
    load_night(folder, "ehr.db", "south", &south).expect("a night");
}

#[test]
fn pairs_are_listed_shown_and_judged() {
    let folder = Folder::new();
    confusing(&folder);
    let listed = ask(&folder, &["list"]);
    assert_eq!(listed.code, 0, "{}", listed.stderr);
    let number = listed.stdout.split_whitespace().next().expect("a number").to_owned();
    let unnumbered = |text: &str, around: &str| text.replacen(&around.replace("[n]", &number), around, 1);
    assert_snapshot!("review_list", plain(&unnumbered(listed.stdout.trim_start(), "[n]"), &folder, "ehr.db"));
    let shown = ask(&folder, &["show", &number]);
    assert_snapshot!("review_show", plain(&unnumbered(&shown.stdout, "pair [n],"), &folder, "ehr.db"));
    let contradicted = ask(&folder, &["merge", &number, "--by", "Ada", "--why", "same card"]);
    assert_eq!(contradicted.code, 1);
    assert!(contradicted.stderr.contains("(social security numbers far apart)"), "{}", contradicted.stderr);
    assert!(contradicted.stderr.contains("--despite-contradictions"), "{}", contradicted.stderr);
    let despite = ["--by", "Ada", "--why", "same card", "--despite-contradictions"];
    let merged = ask(&folder, &[&["merge", number.as_str()][..], &despite].concat());
    assert_eq!(merged.code, 0, "{}", merged.stderr);
    // What was refused took a number, on a server.
    let told = (1..9).fold(merged.stdout.clone(), |text, run| {
        text.replace(&format!("run {run} "), "run [n] ").replace(&format!("undo {run}`"), "undo [n]`")
    });
    assert_snapshot!("review_merge", plain(&told, &folder, "ehr.db"));
    let again = ask(&folder, &["show", "north/people:1", "south/people:1"]);
    assert_snapshot!("review_show_merged", plain(&again.stdout, &folder, "ehr.db"));
    let other = ask(&folder, &["split", "south/people:1", "--by", "Eve", "--why", "two cards"]);
    assert_eq!(other.code, 1);
    assert_snapshot!(plain(&other.stderr, &folder, "ehr.db"), @"
    error: a person decided otherwise: merge, [then]
      hint: --overrule lets this decision stand instead; of a pair `chartlift review show` prints who decided and why
    ");
    let other = ask(&folder, &["split", "south/people:1", "--by", "Eve", "--why", "two cards", "--overrule", "--json"]);
    assert_eq!(other.code, 0, "{}", other.stderr);
    let value: serde_json::Value = serde_json::from_str(&other.stdout).expect("JSON");
    assert_eq!((value["decision"].as_str(), value["moved"].as_array().map(Vec::len)), (Some("keep-apart"), Some(1)));
    let listed = ask(&folder, &["list", "--json"]);
    let value: serde_json::Value = serde_json::from_str(&listed.stdout).expect("JSON");
    assert_eq!(value["waiting"], 0, "the question is answered");
    let digest = chartlift(&["store", "digest", "--store", &folder.store("ehr.db")]);
    assert_eq!(digest.code, 0, "{}", digest.stderr);
}

#[test]
fn a_decision_that_later_data_contradicts_is_listed_again() {
    let folder = Folder::new();
    confusing(&folder);
    let merged = ask(
        &folder,
        &["merge", "north/people:1", "south/people:1", "--by", "Ada", "--why", "same card", "--despite-contradictions"],
    );
    assert_eq!(merged.code, 0, "{}", merged.stderr);
    let waiting = || {
        let listed = ask(&folder, &["list", "--json"]);
        serde_json::from_str::<serde_json::Value>(&listed.stdout).expect("JSON")
    };
    assert_eq!(waiting()["waiting"], 0, "what spoke against it was seen by whoever decided");
    load_night(&folder, "ehr.db", "other", &[Registration { system: 0, key: 7, given: 0, phone: 1, ssn: 0 }])
        .expect("a night");
    assert_eq!(waiting()["waiting"], 0, "nor is it news a night later");
    let source = deliver(&folder, "moved", &[]);
    folder.write(
        "moved/people.csv",
        "id,family,given,born,phone,ssn\n1,Quimby,Ottokar,1940-11-23,617-555-0147,532-18-9907\n",
    );
    load(&folder, &source, "ehr.db", "south", &NoListener).expect("a run");
    let now = waiting();
    let conflicts = now["pairs"].as_array().expect("pairs").iter().filter(|pair| pair["conflict"] == true).count();
    assert_eq!((conflicts, &now["pairs"][0]["reason"]), (1, &"birth years a generation apart".into()), "{now}");
    let together = "SELECT count(DISTINCT patient_id) FROM patient_identity WHERE source_key = '1'";
    assert_eq!(folder.sql("ehr.db").number(together), 1, "it still holds");
    is_whole(&folder, "ehr.db").expect("a whole store");
}

#[test]
fn what_cannot_be_decided_is_said_and_changes_nothing() {
    let folder = Folder::new();
    confusing(&folder);
    let before = rows(&folder, "ehr.db");
    let why = ["--by", "Ada", "--why", "seen"];
    let mut told = String::new();
    for args in [
        &["merge", "4711"][..],
        &["merge", "north/people:1"],
        &["merge", "north/people:1", "nowhere:1"],
        &["merge", "people:1", "people:0"],
        &["merge", "north/people:0", "north/people:0"],
        &["split", "north/people:1"],
        &["split", "north/people:1", "north/people:0"],
    ] {
        let refused = ask(&folder, &[args, &why].concat());
        assert!(refused.code > 0, "{args:?}");
        told.push_str(&refused.stderr);
    }
    let refused = ask(&folder, &["merge", "1", "--by", " ", "--why", "seen"]);
    assert_eq!(refused.code, 2);
    assert_snapshot!("review_refused", told + &refused.stderr);
    assert!(rows(&folder, "ehr.db") == before);
}

#[test]
fn a_patient_shows_where_each_value_comes_from() {
    let folder = Folder::new();
    confusing(&folder);
    let store = folder.store("ehr.db");
    let merged = ask(
        &folder,
        &["merge", "north/people:1", "south/people:1", "--by", "Ada", "--why", "same card", "--despite-contradictions"],
    );
    assert_eq!(merged.code, 0, "{}", merged.stderr);
    let shown = chartlift(&["patient", "show", "south/people:1", "--store", &store]);
    assert_eq!(shown.code, 0, "{}", shown.stderr);
    assert_snapshot!("patient_show", plain(&shown.stdout, &folder, "ehr.db"));
    let shown = chartlift(&["patient", "show", "south/people:1", "--store", &store, "--json"]);
    let value: serde_json::Value = serde_json::from_str(&shown.stdout).expect("JSON");
    assert_eq!(value[0]["registrations"].as_array().map(Vec::len), Some(2));
    assert_eq!(value[0]["values"]["birth_date"]["reason"], "all agree");
    assert_eq!(value[0]["registrations"][0]["facts"]["allergy_intolerance"], 1, "each keeps its own allergies");
}

/// Promise 10 and the right to be forgotten: who was joined with somebody and taken apart again leaves nothing in that one's chart.
#[test]
fn who_was_joined_and_taken_apart_can_be_erased() {
    let folder = Folder::new();
    write_pack(&folder);
    let write = |name: &str, people: &str| {
        folder.write(&format!("{name}/people.csv"), format!("id,family,given,born,phone,ssn\n{people}\n"));
        folder.write(&format!("{name}/visits.csv"), "id,person,day,pulse\n1,1,2020-01-01,60\n");
        folder.write(&format!("{name}/allergies.csv"), "person,substance,status\n1,Latex,active\n");
        folder.path().join(name)
    };
    let (north, south) =
        (write("north", "1,Petrova,Galina,1961-04-09,,"), write("south", "1,Zqvxov,Zqvxa,1990-01-02,617-555-0199,"));
    load(&folder, &north, "ehr.db", "north", &NoListener).expect("a run");
    load(&folder, &south, "ehr.db", "south", &NoListener).expect("a run");
    for args in [
        &[
            "merge",
            "north/people:1",
            "south/people:1",
            "--by",
            "Ada",
            "--why",
            "Zqvxa said so",
            "--despite-contradictions",
        ][..],
        &["split", "south/people:1", "--by", "Ada", "--why", "Zqvxa was wrong", "--overrule"],
    ] {
        let decided = ask(&folder, args);
        assert_eq!(decided.code, 0, "{}", decided.stderr);
    }
    let tables = |folder: &Folder| -> Vec<String> {
        let sql = folder.sql("ehr.db");
        let holds = |table: &String| {
            let values = sql.bytes(&format!("SELECT * FROM \"{table}\""));
            let plain = |value: &[u8]| zstd::stream::decode_all(value).unwrap_or_else(|_| value.to_vec());
            values.iter().any(|value| memchr::memmem::find(&plain(value), b"Zqvx").is_some())
        };
        sql.tables().into_iter().filter(holds).collect()
    };
    let before = tables(&folder);
    for table in ["patient", "patient_before", "review_decision", "review_decision_before"] {
        assert!(before.iter().any(|other| other == table), "the test says nothing about {table}: {before:?}");
    }
    let store = folder.store("ehr.db");
    let id = folder.sql("ehr.db").rows("SELECT id FROM patient_identity WHERE source_system = 'south'")[0][0].clone();
    let order = ["patient", "erase", &id, "--by", "office", "--reason", "order 17", "--yes", "--store", &store];
    let erased = chartlift(&order);
    assert_eq!(erased.code, 0, "{}", erased.stderr);
    assert_eq!(tables(&folder), Vec::<String>::new());
    let digest = chartlift(&["store", "digest", "--store", &store]);
    assert_eq!(digest.code, 0, "{}", digest.stderr);
}

#[test]
fn another_model_says_first_who_would_change() {
    let folder = Folder::new();
    confusing(&folder);
    let store = folder.store("ehr.db");
    let ask = |args: &[&str]| chartlift(&[&["store", "model"], args, &["--store", &store]].concat());
    assert_snapshot!(ask(&[]).stdout, @"people are matched by the model that ships with chartlift");
    let small = ask(&["--estimate"]);
    assert_snapshot!(small.stderr, @"
    error: a model of its own takes 400 registrations, and the store has 3
      hint: the model that ships is made for small stores; nothing was changed
    ");
    // A model that wants far more before it joins anybody.
    let people = folder
        .write("people.csv", "given_name,family_name,date_of_birth\nAnna,Smith,1980-01-02\nBob,Jones,1950-03-04\n");
    let matched = chartlift(&["match", &people.display().to_string(), "--out", &folder.arg("matched")]);
    assert_eq!(matched.code, 0, "{}", matched.stderr);
    let text = std::fs::read_to_string(folder.path().join("matched/model.json")).expect("a model");
    let mut model: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    model["match_weight"] = 40.0.into();
    model["sparse_match_weight"] = 40.0.into();
    model["sparse_misspelt_match_weight"] = 40.0.into();
    let strict = folder.write("strict.json", model.to_string()).display().to_string();
    let both = [
        Registration { system: 0, key: 3, given: 0, phone: 0, ssn: 0 },
        Registration { system: 1, key: 3, given: 0, phone: 0, ssn: 0 },
    ];
    load_night(&folder, "ehr.db", "both", &both).expect("a night");
    let together = |folder: &Folder| patient_of(folder, "ehr.db", &both[0]) == patient_of(folder, "ehr.db", &both[1]);
    assert!(together(&folder));
    let before = rows(&folder, "ehr.db");
    let would = ask(&["--file", &strict]);
    assert_eq!(would.code, 0, "{}", would.stderr);
    assert_snapshot!("model_would", plain(&would.stdout, &folder, "ehr.db"));
    assert!(rows(&folder, "ehr.db") == before, "looking changes nothing");
    let refused = ask(&["--file", &strict, "--apply"]);
    assert_eq!(refused.code, 2);
    let done = ask(&["--file", &strict, "--apply", "--by", "Ada", "--why", "too many wrong ones", "--json"]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    let run = serde_json::from_str::<serde_json::Value>(&done.stdout).expect("JSON")["run"].as_i64().expect("a run");
    assert!(!together(&folder));
    is_whole(&folder, "ehr.db").expect("a whole store");
    load_night(&folder, "ehr.db", "again", &[Registration { phone: 2, ..both[0].clone() }]).expect("a night");
    assert!(!together(&folder), "later nights are matched by it, too");
    assert!(ask(&[]).stdout.contains("given, taken up by Ada"));
    take_back(&folder, "ehr.db", run, true).expect("undone");
    assert!(together(&folder));
    assert!(rows(&folder, "ehr.db") == before);
}

#[test]
fn a_preferred_source_is_shown_first_and_can_be_undone() {
    let folder = Folder::new();
    write_pack(&folder);
    let north = [Registration { system: 0, key: 1, given: 0, phone: 0, ssn: 2 }];
    let south = [Registration { system: 1, key: 1, given: 1, phone: 0, ssn: 2 }];
    load_night(&folder, "ehr.db", "north", &north).expect("a night");
    load_night(&folder, "ehr.db", "south", &south).expect("a night");
    let store = folder.store("ehr.db");
    let ask = |args: &[&str]| chartlift(&[&["store", "prefer"], args, &["--store", &store]].concat());
    let given = || folder.sql("ehr.db").rows("SELECT given_name FROM patient WHERE replaced_by IS NULL").concat();
    assert_eq!(given().len(), 1, "one person");
    let before = rows(&folder, "ehr.db");
    let other = if given() == ["Ottokar"] { "south" } else { "north" };
    assert_eq!(ask(&[]).stdout, "no source system is preferred to another\n");
    assert_snapshot!(ask(&["east"]).stderr, @"
    error: the store has nothing of a source system `east`
      hint: it has: north, south
    ");
    assert_snapshot!(ask(&[other]).stdout, @"
    1 patients would be shown otherwise
    Nothing was changed. To do it: the same command with --apply --by NAME --why TEXT
    ");
    assert!(rows(&folder, "ehr.db") == before, "looking changes nothing");
    let was = given();
    let done = ask(&[other, "--apply", "--by", "Ada", "--why", "typed from cards", "--json"]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    assert_ne!(given(), was);
    is_whole(&folder, "ehr.db").expect("a whole store");
    let shown = chartlift(&["patient", "show", "south/people:1", "--store", &store]);
    assert!(shown.stdout.contains("preferred source"), "{}", shown.stdout);
    // It holds for what comes later.
    load_night(&folder, "ehr.db", "again", &[Registration { phone: 2, ..north[0].clone() }]).expect("a night");
    assert_ne!(given(), was);
    let run = serde_json::from_str::<serde_json::Value>(&done.stdout).expect("JSON")["run"].as_i64().expect("a run");
    take_back(&folder, "ehr.db", run, true).expect("undone");
    assert!(rows(&folder, "ehr.db") == before);
}

/// Promise 6: a key that several people bear joins nobody.
#[test]
fn a_key_that_names_several_people_decides_nothing() {
    let folder = Folder::new();
    write_pack(&folder);
    let source = deliver(&folder, "north", &[]);
    let people = "1,Quimby,Ottokar,1961-04-09,,219-45-6781\n1,Petrova,Galina,1931-07-08,,532-18-9907\n";
    folder.write("north/people.csv", format!("id,family,given,born,phone,ssn\n{people}"));
    load(&folder, &source, "ehr.db", "north", &NoListener).expect("a run");
    let south = [Registration { system: 1, key: 3, given: 0, phone: 0, ssn: 0 }];
    load_night(&folder, "ehr.db", "south", &south).expect("a night");
    let before = rows(&folder, "ehr.db");
    let why = ["--by", "Ada", "--why", "seen"];
    for (what, rest) in [("merge", &why[..]), ("keep-apart", &why[..]), ("show", &[][..])] {
        let refused = ask(&folder, &[&[what, "north/people:1", "south/people:3"], rest].concat());
        assert_eq!(refused.code, 1, "{what}: {}", refused.stdout);
        assert!(refused.stderr.contains("the key names several people"), "{}", refused.stderr);
    }
    assert!(rows(&folder, "ehr.db") == before);
    let patients = "SELECT count(DISTINCT patient_id) FROM patient_identity";
    assert_eq!(folder.sql("ehr.db").number(patients), 3);
}
