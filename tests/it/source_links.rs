//! What a source says of its own registrations: that two are one person. It joins them unless they contradict each other or a person keeps
//! them apart, whichever comes first, and is taken back with its run, its row, or the person.

use std::collections::BTreeMap;

use chartlift::extract::SourcePlace;
use chartlift::model::PartialDate;
use chartlift::pipeline::{
    MigrateOptions, NoListener, PeopleOf, PlanOptions, RunOutcome, SourceOptions, Verdict, migrate,
};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::erase::take_out;
use crate::promises::cases;
use crate::review::judge;
use crate::settled::is_settled;
use crate::small::recounted;
use crate::support::{Folder, chartlift};
use crate::undo::{rows, take_back};

/// A registration of one of a few people, with what it says of others this time.
#[derive(Clone, Debug)]
struct Registration {
    id: usize,
    spelling: usize,
    /// Whom it calls the same person, by id or number, and how.
    links: Vec<(usize, usize)>,
}

const TYPES: [&str; 4] = ["replaced-by", "replaces", "refer", "seealso"];

/// Given names, family name, birth date: two who look alike, a woman who married, a father and his twins, and a stranger.
const PEOPLE: [([&str; 2], &str, &str); 6] = [
    (["Galina", "Galena"], "Petrova", "1961-04-09"),
    (["Galina", "Galeena"], "Petrova", "1961-04-09"),
    (["Ottilie", "Otilie"], "Zabriskie", "1961-04-19"),
    (["Ottokar", "Otokar"], "Quimby", "1931-07-08"),
    (["Ottokar", "Otokar"], "Quimby", "1961-04-09"),
    (["Wilhelmina", "Wilhelmine"], "Wolfsberger", "1988-05-05"),
];

impl Registration {
    fn resource(&self) -> Value {
        let (given, family, born) = PEOPLE[self.id % PEOPLE.len()];
        let link = |(at, (other, kind)): (usize, &(usize, usize))| {
            let other = match (at + other) % 2 {
                0 => json!({"reference": format!("Patient/p{other}")}),
                _ => json!({"identifier": {"value": format!("N{other}")}}),
            };
            json!({"other": other, "type": TYPES[*kind]})
        };
        json!({
            "resourceType": "Patient", "id": format!("p{}", self.id), "birthDate": born,
            "identifier": [{"type": {"coding": [{"code": "MR"}]}, "value": format!("N{}", self.id)}],
            "name": [{"family": family, "given": [given[self.spelling]]}],
            "link": self.links.iter().enumerate().map(link).collect::<Vec<_>>(),
        })
    }

    fn visit(&self) -> Value {
        json!({
            "resourceType": "Condition", "id": format!("c{}", self.id), "code": {"text": "asthma"},
            "subject": {"reference": format!("Patient/p{}", self.id)},
        })
    }
}

fn registration() -> impl Strategy<Value = Registration> {
    let links = proptest::collection::vec((0..12usize, 0..4usize), 0..3);
    (0..12usize, 0..2usize, links).prop_map(|(id, spelling, links)| Registration { id, spelling, links })
}

fn any_nights() -> impl Strategy<Value = Vec<Vec<Registration>>> {
    proptest::collection::vec(proptest::collection::vec(registration(), 1..6), 1..5)
}

fn load_resources(folder: &Folder, store: &str, name: &str, resources: &[Value]) -> RunOutcome {
    let lines: Vec<String> = resources.iter().map(Value::to_string).collect();
    folder.write(&format!("{name}/all.ndjson"), lines.join("\n"));
    let source = SourceOptions {
        place: SourcePlace::Path(folder.path().join(name)),
        plan: PlanOptions { connector: Some("fhir-r4".into()), system: Some("clinic".into()), ..Default::default() },
    };
    let options = MigrateOptions {
        sources: vec![source],
        store: folder.place(store),
        dry_run: false,
        as_of: PartialDate::ymd(2026, 6, 1).expect("a day"),
        now: &|| "2026-06-01T00:00:00Z".into(),
        report: None,
        config: None,
        config_hash: None,
    };
    let run = migrate(&options, &NoListener).expect("a run");
    assert!(run.balanced, "{:?}", run.discrepancies);
    let (kept, counted) = recounted(folder, store);
    assert_eq!(kept, counted);
    run
}

/// Of registrations of one id the last.
fn load_night(folder: &Folder, store: &str, name: &str, night: &[Registration]) -> RunOutcome {
    let last: BTreeMap<usize, &Registration> = night.iter().map(|one| (one.id, one)).collect();
    let resources: Vec<Value> = last.values().flat_map(|one| [one.resource(), one.visit()]).collect();
    load_resources(folder, store, name, &resources)
}

/// Says that a store of any size keeps how its people were matched.
fn keep(folder: &Folder, store: &str) {
    folder.sql(store).execute("INSERT INTO store_meta (name, value) VALUES ('match_index_from', '1')");
}

fn questions(folder: &Folder, store: &str) -> Vec<Vec<String>> {
    let open = "SELECT left_identity, right_identity, reason, status FROM match_review ORDER BY 1, 2";
    folder.sql(store).rows(open)
}

/// Who is one person with whom, as what, and what is said; the file that each night came in is another one.
fn people(folder: &Folder, store: &str) -> Vec<Vec<String>> {
    let sql = folder.sql(store);
    let with = "SELECT i.id, min(o.id), max(p.given_name), max(p.medical_record_number) FROM patient_identity i
                JOIN patient_identity o ON o.patient_id = i.patient_id JOIN patient p ON p.id = i.patient_id
                GROUP BY i.id ORDER BY 1";
    let said = "SELECT identity_id, source_system, named_by, stream, named, sameness FROM identity_link ORDER BY 1, 2, 3, 4, 5, 6";
    [sql.rows(with), sql.rows(said)].concat()
}

fn patient_of(folder: &Folder, store: &str, id: &str) -> String {
    folder.sql(store).text(&format!("SELECT patient_id FROM patient_identity WHERE source_key = '{id}'"))
}

/// A store of people like nobody else, so that a night has few new ones.
fn many() -> Vec<Value> {
    let person = |at: usize| {
        let born = format!("19{:02}-{:02}-{:02}", at % 60 + 10, at % 12 + 1, at % 28 + 1);
        json!({"resourceType": "Patient", "id": format!("m{at}"), "birthDate": born,
            "name": [{"family": format!("Family{}", at * 7919 % 10_007), "given": [format!("Given{}", at * 104_729 % 10_009)]}]})
    };
    (0..120).map(person).collect()
}

proptest! {
    #![proptest_config(cases(30))]

    /// Promises 5 and 7: what is said, and of whom, may come in any order; the same again changes nothing.
    #[test]
    fn nights_end_as_one_load_does(nights in any_nights(), keeps in any::<bool>()) {
        let folder = Folder::new();
        if keeps {
            load_resources(&folder, "nights.db", "many", &many());
            load_resources(&folder, "once.db", "many", &many());
            keep(&folder, "nights.db");
        }
        for (number, night) in nights.iter().enumerate() {
            load_night(&folder, "nights.db", &format!("night-{number}"), night);
            is_settled(&folder, "nights.db")?;
        }
        load_night(&folder, "once.db", "once", &nights.concat());
        prop_assert_eq!(people(&folder, "nights.db"), people(&folder, "once.db"));
        prop_assert_eq!(questions(&folder, "nights.db"), questions(&folder, "once.db"), "the same questions");
        let before = rows(&folder, "once.db");
        load_night(&folder, "once.db", "once", &nights.concat());
        let but_files = |rows: Vec<String>| rows.into_iter().filter(|row| !row.starts_with("source_file|")).collect::<Vec<_>>();
        prop_assert_eq!(but_files(rows(&folder, "once.db")), but_files(before), "twice is once");
    }

    /// Promise 8: a run that said so is taken back, whatever came of it.
    #[test]
    fn what_is_said_is_taken_back_with_its_run(nights in any_nights(), keeps in any::<bool>()) {
        let folder = Folder::new();
        load_resources(&folder, "ehr.db", "many", &many());
        if keeps {
            keep(&folder, "ehr.db");
        }
        let mut before = Vec::new();
        let without_index = |folder: &Folder| {
            rows(folder, "ehr.db").into_iter().filter(|row| !row.starts_with("match_") && !row.starts_with("shape|")).collect::<Vec<_>>()
        };
        let mut runs = Vec::new();
        for (number, night) in nights.iter().enumerate() {
            before.push((recounted(&folder, "ehr.db").1, without_index(&folder), questions(&folder, "ehr.db")));
            runs.push(load_night(&folder, "ehr.db", &format!("night-{number}"), night).run.id);
        }
        for (run, (digest, rows, asked)) in runs.into_iter().zip(before).rev() {
            take_back(&folder, "ehr.db", run, false).expect("undone");
            prop_assert_eq!(recounted(&folder, "ehr.db").1, digest);
            prop_assert_eq!(without_index(&folder), rows);
            prop_assert_eq!(questions(&folder, "ehr.db"), asked);
            is_settled(&folder, "ehr.db")?;
        }
    }

    /// Promise 6: nobody is joined with whom he contradicts, whatever is said, and what a person keeps apart stays so.
    #[test]
    fn nobody_is_joined_with_whom_he_contradicts(nights in any_nights(), which in (0..12usize, 0..12usize)) {
        let folder = Folder::new();
        let check = |folder: &Folder| {
            let sql = folder.sql("ehr.db");
            let born = "SELECT count(*) FROM (SELECT patient_id FROM patient_identity GROUP BY patient_id
                        HAVING count(DISTINCT substr(birth_date, 1, 4)) > 1 AND max(birth_date) >= '1961' AND min(birth_date) < '1940') AS odd";
            prop_assert_eq!(sql.number(born), 0, "father and child");
            is_settled(folder, "ehr.db")
        };
        load_night(&folder, "ehr.db", "first", &nights[0]);
        check(&folder)?;
        let named = |id: usize| PeopleOf::Named(format!("clinic/patients:p{id}"));
        let has = |id: usize| nights[0].iter().any(|one| one.id == id);
        let (one, other) = which;
        if one == other || !has(one) || !has(other) {
            return Ok(());
        }
        let patient = |id: usize| patient_of(&folder, "ehr.db", &format!("p{id}"));
        let verdict = match patient(one) == patient(other) {
            true => Verdict::Split(vec![format!("clinic/patients:p{other}")]),
            false => Verdict::KeepApart(named(one), named(other)),
        };
        judge(&folder, "ehr.db", verdict).expect("a decision");
        prop_assert_ne!(patient(one), patient(other));
        for (number, night) in nights.iter().enumerate().skip(1) {
            load_night(&folder, "ehr.db", &format!("night-{number}"), night);
            prop_assert_ne!(patient(one), patient(other), "after night {}", number);
            check(&folder)?;
        }
    }

    /// Whoever is erased is in nothing that others say, and what he said is gone.
    #[test]
    fn what_is_said_of_the_erased_goes_with_them(nights in any_nights(), which in 0..12usize) {
        let folder = Folder::new();
        for (number, night) in nights.iter().enumerate() {
            load_night(&folder, "ehr.db", &format!("night-{number}"), night);
        }
        let all = folder.sql("ehr.db").rows("SELECT DISTINCT patient_id FROM patient_identity ORDER BY patient_id");
        let patient = &all[which % all.len()][0];
        let ids = folder.sql("ehr.db").rows(&format!("SELECT id, source_key FROM patient_identity WHERE patient_id = '{patient}'"));
        take_out(&folder, "ehr.db", patient, &[]).expect("erased");
        let (kept, counted) = recounted(&folder, "ehr.db");
        prop_assert_eq!(kept, counted);
        for row in ids {
            for table in ["identity_link", "identity_link_before"] {
                let number = row[1].replace('p', "N");
                let sql = format!("SELECT count(*) FROM {table} WHERE identity_id = '{}' OR named IN ('{}', '{number}')", row[0], row[1]);
                prop_assert_eq!(folder.sql("ehr.db").number(&sql), 0, "{}", table);
            }
        }
        is_settled(&folder, "ehr.db")?;
    }
}

fn person(id: &str, given: &str, family: &str, born: &str, links: Value) -> Value {
    json!({
        "resourceType": "Patient", "id": id, "birthDate": born, "name": [{"family": family, "given": [given]}],
        "identifier": [{"type": {"coding": [{"code": "MR"}]}, "value": format!("N-{id}")}], "link": links,
    })
}

fn link(other: &str, kind: &str) -> Value {
    json!({"other": {"reference": format!("Patient/{other}")}, "type": kind})
}

#[test]
fn who_was_merged_at_the_source_is_one_patient_and_the_evidence_says_so() {
    let folder = Folder::new();
    // Nothing but the source would join a woman with who she was before she married and moved.
    let before = person("old", "Ann", "Fern", "1950-01-01", json!([link("new", "replaced-by")]));
    let after = person("new", "Ann", "Nettle", "1950-01-11", json!([]));
    load_resources(&folder, "ehr.db", "first", std::slice::from_ref(&before));
    load_resources(&folder, "ehr.db", "second", &[after]);
    assert_eq!(patient_of(&folder, "ehr.db", "old"), patient_of(&folder, "ehr.db", "new"));
    let evidence = "SELECT match_evidence FROM patient_identity WHERE source_key = 'new'";
    let told = folder.sql("ehr.db").text(evidence);
    assert!(told.contains("the source says so: one was merged into the other"), "{told}");
    let store = folder.store("ehr.db");
    let shown = chartlift(&["review", "show", "patients:old", "patients:new", "--store", &store]);
    assert!(
        shown.stdout.contains("the source says so: one was merged into the other"),
        "{}{}",
        shown.stdout,
        shown.stderr
    );
    let traced = chartlift(&["trace", "patients:old", "--store", &store]);
    assert!(traced.stdout.contains("the source calls the same person patients:new"), "{}", traced.stdout);
    // What is not said any more holds no more.
    let unsaid = person("old", "Ann", "Fern", "1950-01-01", json!([]));
    let run = load_resources(&folder, "ehr.db", "third", &[unsaid]);
    assert_ne!(patient_of(&folder, "ehr.db", "old"), patient_of(&folder, "ehr.db", "new"));
    take_back(&folder, "ehr.db", run.run.id, false).expect("undone");
    assert_eq!(patient_of(&folder, "ehr.db", "old"), patient_of(&folder, "ehr.db", "new"));
}

/// Where a store keeps how its people were matched, those who are named are looked at with those who name them.
#[test]
fn a_night_that_looks_at_few_finds_whom_it_says_it_of() {
    let folder = Folder::new();
    let before = person("old", "Ann", "Fern", "1950-01-01", json!([]));
    load_resources(&folder, "ehr.db", "many", &[many(), vec![before]].concat());
    keep(&folder, "ehr.db");
    load_resources(&folder, "ehr.db", "first", &[person("lone", "Wolf", "Lone", "1933-02-02", json!([]))]);
    let by_number = json!([{"other": {"identifier": {"value": "N-old"}}, "type": "replaces"}]);
    let after = person("new", "Ann", "Nettle", "1950-01-11", by_number);
    let run = load_resources(&folder, "ehr.db", "second", &[after]);
    assert!(run.matching.is_some_and(|matching| matching.near.is_some()), "the test says nothing");
    assert_eq!(patient_of(&folder, "ehr.db", "old"), patient_of(&folder, "ehr.db", "new"));
    // The number is another's from now on.
    let corrected = json!({"resourceType": "Patient", "id": "old", "birthDate": "1950-01-01", "name": [{"family": "Fern", "given": ["Ann"]}]});
    load_resources(&folder, "ehr.db", "third", &[corrected]);
    assert_ne!(patient_of(&folder, "ehr.db", "old"), patient_of(&folder, "ehr.db", "new"));
    let run = load_resources(&folder, "ehr.db", "fourth", &[person("old", "Ann", "Fern", "1950-01-01", json!([]))]);
    assert!(run.matching.is_some_and(|matching| matching.near.is_some()), "the test says nothing");
    assert_eq!(patient_of(&folder, "ehr.db", "old"), patient_of(&folder, "ehr.db", "new"));
}

#[test]
fn a_merge_that_the_registrations_contradict_is_a_question() {
    let folder = Folder::new();
    let father = person("father", "Ottokar", "Quimby", "1931-07-08", json!([link("son", "replaces")]));
    let son = person("son", "Ottokar", "Quimby", "1961-04-09", json!([]));
    load_resources(&folder, "ehr.db", "s", &[father, son]);
    assert_ne!(patient_of(&folder, "ehr.db", "father"), patient_of(&folder, "ehr.db", "son"));
    let asked = questions(&folder, "ehr.db");
    let reason = "the source says that they are one person, but: birth years a generation apart";
    assert_eq!(asked.iter().map(|row| row[2].as_str()).collect::<Vec<_>>(), [reason]);
    // A person may say so all the same.
    let named = |id: &str| PeopleOf::Named(format!("clinic/patients:{id}"));
    judge(&folder, "ehr.db", Verdict::Merge(named("father"), named("son"))).expect("a decision");
    assert_eq!(patient_of(&folder, "ehr.db", "father"), patient_of(&folder, "ehr.db", "son"));
    assert_eq!(questions(&folder, "ehr.db"), Vec::<Vec<String>>::new());
}

#[test]
fn who_is_called_the_same_as_two_who_are_not_is_a_question_whatever_the_order() {
    let folder = Folder::new();
    let either = person(
        "either",
        "Ottokar",
        "Quimby",
        "1946-01-01",
        json!([link("father", "replaces"), link("son", "replaces")]),
    );
    let father = person("father", "Ottokar", "Quimby", "1931-07-08", json!([]));
    let son = person("son", "Ottokar", "Quimby", "1961-04-09", json!([]));
    load_resources(&folder, "ehr.db", "s", &[either, father, son]);
    let patients = ["either", "father", "son"].map(|id| patient_of(&folder, "ehr.db", id));
    assert!(patients[0] != patients[1] && patients[0] != patients[2] && patients[1] != patients[2]);
    assert_eq!(questions(&folder, "ehr.db").len(), 2);
}

#[test]
fn links_that_go_round_and_lead_nowhere_do_no_harm() {
    let folder = Folder::new();
    let round = |id: &str, next: &str| {
        person(
            id,
            "Ann",
            "Fern",
            "1950-01-01",
            json!([link(next, "replaced-by"), link(id, "seealso"), link("nobody", "refer")]),
        )
    };
    load_resources(&folder, "ehr.db", "s", &[round("a", "b"), round("b", "c"), round("c", "a")]);
    let patients = ["a", "b", "c"].map(|id| patient_of(&folder, "ehr.db", id));
    assert!(patients[0] == patients[1] && patients[1] == patients[2]);
    is_settled(&folder, "ehr.db").expect("settled");
}
