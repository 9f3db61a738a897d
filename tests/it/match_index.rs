//! Promise 7 in a large store: nights that look only at who is new or changed, and at those near them, end as one load does.

use std::collections::BTreeMap;

use chartlift::matching::Model;
use chartlift::pipeline::{NewModel, NoListener, PeopleOf, RematchOptions, RunOutcome, Verdict, rematch};
use proptest::prelude::*;

use crate::promises::cases;
use crate::review::judge;
use crate::settled::is_settled;
use crate::small::{recounted, write_pack};
use crate::support::Folder;
use crate::undo::{load, take_back};

/// Somebody under a key, who is always the same person, with what a front desk writes of him this time. Many resemble each other,
/// and their blocks grow too large.
#[derive(Clone, Debug)]
struct Somebody {
    key: u16,
    spelling: usize,
    phone: u16,
    ssn: bool,
}

const GIVEN: [&str; 8] = ["Ottokar", "Otokar", "Galina", "Galena", "Ann", "Anna", "Ludmila", "Ludmilla"];
const FAMILY: [&str; 3] = ["Quimby", "Quimbie", "Petrova"];

impl Somebody {
    fn row(&self) -> String {
        let Self { key, spelling, phone, ssn } = self;
        let who = usize::from(*key) * 31 % 240;
        let (given, family, day) = (GIVEN[who % 4 * 2 + spelling], FAMILY[[0, 0, 0, 0, 0, 0, 1, 2][who % 8]], who % 60);
        let number = if *ssn { format!("219-45-{:04}", 1000 + who) } else { String::new() };
        let phone = if *phone == 0 { String::new() } else { format!("617-555-{:04}", 1000 + phone) };
        format!("{key},{family},{given},1961-{:02}-{:02},{phone},{number}", day / 28 + 1, day % 28 + 1)
    }
}

fn somebody(keys: std::ops::Range<u16>) -> impl Strategy<Value = Somebody> {
    (keys, 0..2usize, 0..40u16, any::<bool>()).prop_map(|(key, spelling, phone, ssn)| Somebody {
        key,
        spelling,
        phone,
        ssn,
    })
}

/// A first load, and nights of a few each: corrections of those, and others.
fn loads() -> impl Strategy<Value = (Vec<Somebody>, Vec<Vec<Somebody>>)> {
    let first = proptest::collection::vec(somebody(0..1), 90..125)
        .prop_map(|people| people.into_iter().zip(0..).map(|(somebody, key)| Somebody { key, ..somebody }).collect());
    (first, proptest::collection::vec(proptest::collection::vec(somebody(0..150), 1..12), 2..6))
}

fn deliver(folder: &Folder, name: &str, rows: &[String]) {
    folder.write(&format!("{name}/people.csv"), format!("id,family,given,born,phone,ssn\n{}\n", rows.join("\n")));
    folder.write(&format!("{name}/visits.csv"), "id,person,day,pulse\n");
    folder.write(&format!("{name}/allergies.csv"), "person,substance,status\n");
}

fn load_people(folder: &Folder, store: &str, name: &str, system: &str, people: &[Somebody]) -> RunOutcome {
    let last: BTreeMap<u16, &Somebody> = people.iter().map(|one| (one.key, one)).collect();
    let rows: Vec<String> = last.values().map(|one| one.row()).collect();
    deliver(folder, name, &rows);
    load(folder, &folder.path().join(name), store, system, &NoListener).expect("a run")
}

/// A model by which every pair that is compared at all may be one person: what is asked then tells who was compared.
fn ask_much(folder: &Folder, store: &str) {
    let mut model: serde_json::Value = serde_json::from_str(&Model::shipped().to_json()).expect("JSON");
    model["review_weight"] = (-200.0).into();
    let model = NewModel::Given(Box::new(Model::from_json(&model.to_string()).expect("a model")));
    let now = || "2026-06-02T00:00:00Z".to_owned();
    let options = RematchOptions { store: folder.place(store), model, apply: Some(("Ada", "to see all")), now: &now };
    rematch(&options).expect("another model");
}

/// Says that a store of any size keeps how its people were matched.
fn keep(folder: &Folder) {
    folder.sql("nights.db").execute("INSERT INTO store_meta (name, value) VALUES ('match_index_from', '1')");
}

fn all(folder: &Folder, sql: &str) -> Vec<Vec<String>> {
    folder.sql("nights.db").rows(sql)
}

const KEPT: [&str; 2] = ["SELECT * FROM match_block ORDER BY key, identity", "SELECT * FROM match_edge ORDER BY 1, 2"];

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn nights_that_look_at_few_end_as_one_load_does((first, nights) in loads(), asks_much in any::<bool>()) {
        let folder = Folder::new();
        write_pack(&folder);
        load_people(&folder, "nights.db", "first", "north", &first);
        keep(&folder);
        if asks_much {
            ask_much(&folder, "nights.db");
        }
        let mut looked_at_few = 0;
        for (number, night) in nights.iter().enumerate() {
            let system = ["north", "south"][number % 2];
            let run = load_people(&folder, "nights.db", &format!("night-{number}"), system, night);
            if let Some(account) = run.matching {
                let judged = (account.matched + account.review + account.non_match, account.compared);
                prop_assert_eq!(judged.0, judged.1, "every compared pair is judged");
                looked_at_few += usize::from(account.near.is_some());
            }
        }
        prop_assert!(looked_at_few + 2 >= nights.len(), "the test says nothing");
        for (number, system) in ["north", "south"].into_iter().enumerate() {
            let mut people = if number == 0 { first.clone() } else { Vec::new() };
            people.extend(nights.iter().skip(number).step_by(2).flatten().cloned());
            load_people(&folder, "once.db", &format!("once-{system}"), system, &people);
            if asks_much && number == 0 {
                ask_much(&folder, "once.db");
            }
        }
        prop_assert_eq!(recounted(&folder, "nights.db").1, recounted(&folder, "once.db").1);
        let open = "SELECT left_identity, right_identity, reason, status FROM match_review ORDER BY 1, 2";
        prop_assert_eq!(folder.sql("nights.db").rows(open), folder.sql("once.db").rows(open), "the same questions");
        // What is kept is what linking everybody would keep.
        let kept = KEPT.map(|sql| all(&folder, sql));
        folder.sql("nights.db").execute("DELETE FROM store_meta WHERE name = 'match_index'");
        // Somebody near nobody, who makes no block larger.
        deliver(&folder, "last", &["999,Wolfsberger,Zdenka,1902-03-04,,".to_owned()]);
        load(&folder, &folder.path().join("last"), "nights.db", "west", &NoListener).expect("a run");
        let anew = KEPT.map(|sql| all(&folder, sql));
        let id = folder.sql("nights.db").text("SELECT id FROM patient_identity WHERE source_system = 'west'");
        for (kept, anew) in kept.into_iter().zip(anew) {
            let without: Vec<Vec<String>> = anew.into_iter().filter(|row| !row.contains(&id)).collect();
            prop_assert!(kept == without, "{} rows kept, {} made anew", kept.len(), without.len());
        }
    }

    /// Decisions, what is taken back and what is loaded after it leave people as if they were linked now.
    #[test]
    fn people_are_as_if_linked_now_where_a_store_keeps_it(
        (first, nights) in loads(),
        decisions in proptest::collection::vec((0..150u16, 0..150u16, any::<bool>(), 0..4u8), 4),
    ) {
        let folder = Folder::new();
        write_pack(&folder);
        load_people(&folder, "nights.db", "first", "north", &first);
        keep(&folder);
        for (number, night) in nights.iter().enumerate() {
            load_people(&folder, "nights.db", &format!("night-{number}"), ["north", "south"][number % 2], night);
            is_settled(&folder, "nights.db")?;
            let Some((one, other, merges, then)) = decisions.get(number) else { continue };
            let ids = [one, other].into_iter().map(|key| {
                let sql = "SELECT id, patient_id FROM patient_identity WHERE source_key =";
                all(&folder, &format!("{sql} '{key}' ORDER BY id")).into_iter().next()
            });
            let Some(ids) = ids.collect::<Option<Vec<_>>>().filter(|ids| ids[0][0] != ids[1][0]) else { continue };
            let named = |at: usize| PeopleOf::Named(format!("patient_identity:{}", ids[at][0]));
            let verdict = match (merges, ids[0][1] == ids[1][1]) {
                (true, _) => Verdict::Merge(named(0), named(1)),
                (false, true) => Verdict::Split(vec![format!("patient_identity:{}", ids[1][0])]),
                (false, false) => Verdict::KeepApart(named(0), named(1)),
            };
            let Ok(decided) = judge(&folder, "nights.db", verdict) else { continue };
            is_settled(&folder, "nights.db")?;
            if *then == 0 {
                take_back(&folder, "nights.db", decided.run, false).expect("an undo");
                is_settled(&folder, "nights.db")?;
            }
        }
        let (kept, counted) = recounted(&folder, "nights.db");
        prop_assert_eq!(kept, counted);
    }
}

/// Who is new and near nobody takes no id that another patient has, far from him.
#[test]
fn a_patient_far_away_keeps_its_id() {
    let folder = Folder::new();
    write_pack(&folder);
    let wilhelmina = "900,Zabriskie,Wilhelmina,1988-05-05,,219-45-1111";
    let many: Vec<String> = (0..140).map(|key| Somebody { key, spelling: 0, phone: 0, ssn: true }.row()).collect();
    let nights: [&[&str]; 5] = [
        &["900,Quimby,Ottokar,1950-01-01,,", wilhelmina],
        &["900,Featherstone,Ottokar,1950-01-01,,219-45-2222", wilhelmina],
        &["900,Featherstone,Ottokar,1981-07-09,,219-45-2222", wilhelmina],
        &["301,Lone,Wolf,1933-02-02,,"],
        &["900,Featherstone,Ottokar,1981-07-09,,219-45-2222", wilhelmina, "900,Quimby,Ottokar,1950-01-01,,"],
    ];
    for store in ["nights.db", "all.db"] {
        for (number, night) in nights.iter().enumerate() {
            let mut rows: Vec<String> = night.iter().map(|row| (*row).to_owned()).collect();
            if number == 0 {
                rows.extend(many.iter().cloned());
            }
            let name = format!("{store}-{number}");
            deliver(&folder, &name, &rows);
            let run = load(&folder, &folder.path().join(&name), store, "north", &NoListener).expect("a run");
            let near = run.matching.is_some_and(|matching| matching.near.is_some());
            assert!(number < 4 || near == (store == "nights.db"), "the test says nothing");
            if number == 0 && store == "nights.db" {
                keep(&folder);
            }
        }
    }
    assert_eq!(recounted(&folder, "nights.db"), recounted(&folder, "all.db"));
}
