//! Promises 6 to 8 together: whatever was loaded, decided, taken back and erased, in whatever order, people are as they would be if all that
//! stands were linked now, and the same pairs wait for a person.

use chartlift::matching::Model;
use chartlift::pipeline::{NewModel, PipelineError, RematchOptions, ThoseWhoStay, Verdict, rematch};
use proptest::prelude::*;

use crate::erase::take_out;
use crate::promises::cases;
use crate::review::{Registration, SYSTEMS, is_whole, judge, load_night, named, patient_of, registration};
use crate::small::write_pack;
use crate::support::Folder;
use crate::undo::{rows, take_back};

#[derive(Clone, Debug)]
enum Step {
    Load(Vec<Registration>),
    Decide { one: usize, other: usize, merges: bool },
    Undo { which: usize, with_dependents: bool },
    Erase { which: usize },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => proptest::collection::vec(registration(), 1..5).prop_map(Step::Load),
        3 => (0..40usize, 0..40usize, any::<bool>()).prop_map(|(one, other, merges)| Step::Decide { one, other, merges }),
        3 => (0..10usize, any::<bool>()).prop_map(|(which, with_dependents)| Step::Undo { which, with_dependents }),
        1 => (0..40usize).prop_map(|which| Step::Erase { which }),
    ]
}

/// Linking everybody now moves nobody, and asks what is asked already.
pub fn is_settled(folder: &Folder, store: &str) -> Result<(), TestCaseError> {
    let now = || "2026-06-03T00:00:00Z".to_owned();
    let options = RematchOptions { store: folder.place(store), model: NewModel::Shipped, apply: None, now: &now };
    let would = rematch(&options).expect("a look");
    prop_assert_eq!(would.moved, Vec::new());
    prop_assert_eq!(would.review.0, would.review.1);
    Ok(())
}

/// Runs that stand and wrote something.
fn standing(folder: &Folder) -> Vec<i64> {
    let sql = "SELECT id FROM run WHERE status = 'done' AND command <> 'undo' ORDER BY id";
    folder.sql("ehr.db").rows(sql).into_iter().flatten().map(|id| id.parse().expect("a number")).collect()
}

proptest! {
    #![proptest_config(cases(60))]

    #[test]
    fn people_are_as_if_linked_now(steps in proptest::collection::vec(step(), 3..10)) {
        let folder = Folder::new();
        write_pack(&folder);
        let mut seen: Vec<Registration> = Vec::new();
        let mut has_erased = false;
        for (number, step) in steps.into_iter().enumerate() {
            match step {
                Step::Load(night) => {
                    load_night(&folder, "ehr.db", &format!("night-{number}"), &night)?;
                    seen.extend(night);
                }
                Step::Decide { one, other, merges } if !seen.is_empty() => {
                    let (one, other) = (&seen[one % seen.len()], &seen[other % seen.len()]);
                    let (first, second) = (patient_of(&folder, "ehr.db", one), patient_of(&folder, "ehr.db", other));
                    let verdict = match (merges, first == second) {
                        (true, _) => Verdict::Merge(named(one), named(other)),
                        (false, true) => Verdict::Split(vec![format!("{}/people:{}", SYSTEMS[other.system], other.key)]),
                        (false, false) => Verdict::KeepApart(named(one), named(other)),
                    };
                    let before = rows(&folder, "ehr.db");
                    if let Err(error) = judge(&folder, "ehr.db", verdict) {
                        let is_answer = matches!(error, PipelineError::NotDecidable { .. } | PipelineError::NoPerson);
                        prop_assert!(is_answer, "{}", error);
                        prop_assert_eq!(rows(&folder, "ehr.db"), before);
                    }
                }
                Step::Undo { which, with_dependents } if !seen.is_empty() => {
                    let runs = standing(&folder);
                    let Some(run) = runs.get(which % runs.len().max(1)) else { continue };
                    let before = rows(&folder, "ehr.db");
                    if let Err(error) = take_back(&folder, "ehr.db", *run, with_dependents) {
                        let is_for_good = has_erased && matches!(error, PipelineError::NotUndoable { .. });
                        let is_needed = !with_dependents && matches!(error, PipelineError::NeededByLater { .. });
                        prop_assert!(is_for_good || is_needed, "{}", error);
                        prop_assert_eq!(rows(&folder, "ehr.db"), before);
                    }
                }
                Step::Erase { which } if !seen.is_empty() => {
                    let one = &seen[which % seen.len()];
                    let Some(patient) = patient_of(&folder, "ehr.db", one) else { continue };
                    let erased = take_out(&folder, "ehr.db", &patient, &[]);
                    prop_assert!(erased.is_ok(), "{:?}", erased.err());
                    prop_assert_eq!(patient_of(&folder, "ehr.db", one), None);
                    has_erased = true;
                }
                _ => continue,
            }
            is_whole(&folder, "ehr.db")?;
            is_settled(&folder, "ehr.db")?;
        }
    }
}

/// People who came under another model were not linked by the one that would be back.
#[test]
fn a_model_that_later_people_were_linked_by_is_not_taken_back_alone() {
    let folder = Folder::new();
    write_pack(&folder);
    let both = |key| [0, 1].map(|system| Registration { system, key, given: 0, phone: 0, ssn: 0 });
    load_night(&folder, "ehr.db", "first", &both(0)).expect("a night");
    // It wants far more before it joins anybody.
    let mut model: serde_json::Value = serde_json::from_str(&Model::shipped().to_json()).expect("JSON");
    for weight in ["match_weight", "sparse_match_weight", "sparse_misspelt_match_weight"] {
        model[weight] = 40.0.into();
    }
    let model = NewModel::Given(Box::new(Model::from_json(&model.to_string()).expect("a model")));
    let now = || "2026-06-02T00:00:00Z".to_owned();
    let options = RematchOptions { store: folder.place("ehr.db"), model, apply: Some(("Ada", "stricter")), now: &now };
    let strict = rematch(&options).expect("another model").run.expect("a run");
    load_night(&folder, "ehr.db", "second", &both(3)).expect("a night");
    let patient = |one: &Registration| patient_of(&folder, "ehr.db", one);
    assert!(
        both(3).iter().map(patient).collect::<std::collections::BTreeSet<_>>().len() == 2,
        "linked by the strict one"
    );
    let before = rows(&folder, "ehr.db");
    let refused = take_back(&folder, "ehr.db", strict, false);
    assert!(matches!(refused, Err(PipelineError::NeededByLater { .. })), "{refused:?}");
    assert_eq!(rows(&folder, "ehr.db"), before);
    take_back(&folder, "ehr.db", strict, true).expect("with those that stand on it");
    is_settled(&folder, "ehr.db").expect("as if linked now");
}

/// A store that was linked by other rules than this program's is not linked by an erasure: its next run does that, and can be undone.
#[test]
fn an_erasure_leaves_alone_who_was_linked_by_other_rules() {
    let folder = Folder::new();
    write_pack(&folder);
    let both = |key| [0, 1].map(|system| Registration { system, key, given: 0, phone: 0, ssn: 0 });
    let mut model: serde_json::Value = serde_json::from_str(&Model::shipped().to_json()).expect("JSON");
    for weight in ["match_weight", "sparse_match_weight", "sparse_misspelt_match_weight"] {
        model[weight] = 40.0.into();
    }
    load_night(&folder, "ehr.db", "first", &both(3)).expect("a night");
    let model = NewModel::Given(Box::new(Model::from_json(&model.to_string()).expect("a model")));
    let now = || "2026-06-02T00:00:00Z".to_owned();
    let options = RematchOptions { store: folder.place("ehr.db"), model, apply: Some(("Ada", "stricter")), now: &now };
    rematch(&options).expect("another model");
    load_night(&folder, "ehr.db", "second", &both(0)).expect("a night");
    // As if an earlier program had linked them so.
    folder.sql("ehr.db").execute("DELETE FROM setting");
    let patients = || both(0).iter().map(|one| patient_of(&folder, "ehr.db", one)).collect::<Vec<_>>();
    let before = patients();
    assert_ne!(before[0], before[1]);
    let somebody = patient_of(&folder, "ehr.db", &both(3)[0]).expect("a patient");
    let erased = take_out(&folder, "ehr.db", &somebody, &[]).expect("an erasure");
    assert!(matches!(erased.those_who_stay, ThoseWhoStay::LinkedByOtherRules), "{:?}", erased.those_who_stay);
    assert_eq!(patients(), before);
    is_whole(&folder, "ehr.db").expect("a whole store");
}
