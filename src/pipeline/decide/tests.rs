//! DESIGN section 5's table of keys, line by line. A record is written as (key, content); the store's side as what it would
//! remember of an earlier run.

use super::*;

fn hash(text: &str) -> Hash128 {
    Hash128::of_parts(&[text.as_bytes()])
}

/// What a run decides, and what the store then remembers: the model the table is checked against.
fn run(repeats: Repeats, known: &mut Vec<KnownRecord>, source: &[(&str, &str)]) -> Vec<Class> {
    let mut new: Vec<Entry> = source
        .iter()
        .enumerate()
        .map(|(tag, (key, content))| Entry { key: hash(key), tag: tag as u64, content: hash(content), more: 0 })
        .collect();
    let mut old: Vec<Entry> = known.iter().map(|record| pack(record, 99)).collect();
    new.sort_unstable();
    old.sort_unstable();
    let mut decisions = Decisions { classes: vec![0; source.len()], ..Default::default() };
    join(&new, &old, 99, (repeats, Mapped::AsNow), &HashSet::new(), &mut decisions);
    let classes: Vec<Class> = (0..source.len() as u64).map(|position| decisions.class(position)).collect();
    for (position, ((key, content), class)) in source.iter().zip(&classes).enumerate() {
        let detail = decisions.detail(position as u64);
        let (fate, reason) = match class {
            Class::New => (Fate::Loaded, None),
            Class::Update => (Fate::Updated, None),
            Class::Duplicate { known: false } => (Fate::Duplicate, None),
            Class::Conflict { known: false } => (Fate::Quarantined, Some(IssueCode::KeyConflict)),
            Class::Superseded { known: false } => (Fate::Archived, Some(IssueCode::KeyConflict)),
            _ => continue,
        };
        let record = KnownRecord {
            id: known.len() as i64 + 1,
            key: hash(key),
            ordinal: detail.ordinal,
            content: hash(content),
            fate,
            reason,
            run: 1,
            charted: 1,
        };
        match detail.known {
            Some(before) => {
                let at = known.iter().position(|other| other.id == before.id).expect("it is known");
                known[at] = KnownRecord { id: before.id, ..record };
            }
            None => known.push(record),
        }
    }
    classes
}

const UNCHANGED: Class = Class::Same { fate: Fate::Loaded, this_run: false };

#[test]
fn an_exact_repeat_is_a_duplicate_and_stays_one() {
    let mut store = Vec::new();
    let source = [("a", "1"), ("a", "1"), ("a", "1"), ("b", "1")];
    let first = run(Repeats::Duplicate, &mut store, &source);
    assert_eq!(first, [Class::New, Class::Duplicate { known: false }, Class::Duplicate { known: false }, Class::New]);
    let again = run(Repeats::Duplicate, &mut store, &source);
    assert_eq!(again, [UNCHANGED, Class::Duplicate { known: true }, Class::Duplicate { known: true }, UNCHANGED]);
}

#[test]
fn distinct_repeats_are_separate_acts() {
    let mut store = Vec::new();
    let source = [("a", "1"), ("a", "1"), ("a", "2")];
    assert_eq!(run(Repeats::Distinct, &mut store, &source), [Class::New, Class::New, Class::New]);
    assert_eq!(run(Repeats::Distinct, &mut store, &source), [UNCHANGED; 3]);
    assert_eq!(store.iter().map(|record| record.ordinal).collect::<Vec<_>>(), [0, 1, 2]);
}

#[test]
fn of_one_key_with_different_content_the_first_stands_and_nothing_is_updated_again() {
    let mut store = Vec::new();
    let source = [("a", "1"), ("a", "2"), ("a", "2")];
    let first = run(Repeats::Duplicate, &mut store, &source);
    assert_eq!(first, [Class::New, Class::Conflict { known: false }, Class::Duplicate { known: false }]);
    let again = run(Repeats::Duplicate, &mut store, &source);
    assert_eq!(again, [UNCHANGED, Class::Conflict { known: true }, Class::Duplicate { known: true }]);
    let turned = run(Repeats::Duplicate, &mut store, &[("a", "2"), ("a", "1")]);
    assert_eq!(turned, [Class::Conflict { known: true }, UNCHANGED]);
}

#[test]
fn where_the_last_stands_the_earlier_are_archived() {
    let mut store = Vec::new();
    let source = [("a", "1"), ("a", "2")];
    assert_eq!(run(Repeats::Last, &mut store, &source), [Class::Superseded { known: false }, Class::New]);
    assert_eq!(run(Repeats::Last, &mut store, &source), [Class::Superseded { known: true }, UNCHANGED]);
    let later = run(Repeats::Last, &mut store, &[("a", "2"), ("a", "3")]);
    assert_eq!(later, [Class::Superseded { known: false }, Class::Update]);
}

#[test]
fn a_changed_record_is_an_update_once() {
    let mut store = Vec::new();
    run(Repeats::Duplicate, &mut store, &[("a", "1"), ("b", "1")]);
    assert_eq!(run(Repeats::Duplicate, &mut store, &[("a", "2"), ("b", "1")]), [Class::Update, UNCHANGED]);
    let same = Class::Same { fate: Fate::Updated, this_run: false };
    assert_eq!(run(Repeats::Duplicate, &mut store, &[("a", "2"), ("b", "1")]), [same, UNCHANGED]);
}

#[test]
fn separate_acts_of_one_key_are_updated_one_by_one() {
    let mut store = Vec::new();
    run(Repeats::Separate, &mut store, &[("a", "1"), ("a", "2"), ("a", "1")]);
    let later = run(Repeats::Separate, &mut store, &[("a", "1"), ("a", "3"), ("a", "1")]);
    assert_eq!(later, [UNCHANGED, Class::Update, Class::Duplicate { known: true }]);
}

#[test]
fn quarantined_records_are_tried_again() {
    let waiting = KnownRecord {
        id: 7,
        key: hash("a"),
        ordinal: 0,
        content: hash("1"),
        fate: Fate::Quarantined,
        reason: Some(IssueCode::Orphan),
        run: 1,
        charted: 0,
    };
    assert_eq!(run(Repeats::Duplicate, &mut vec![waiting], &[("a", "1")]), [Class::Retry]);
}

#[test]
fn a_class_survives_its_byte() {
    for fate in Fate::ALL {
        for this_run in [false, true] {
            let class = Class::Same { fate: *fate, this_run };
            assert_eq!(Class::from_byte(class.to_byte()), class);
        }
    }
    for class in [
        Class::New,
        Class::Update,
        Class::Retry,
        Class::Duplicate { known: true },
        Class::Conflict { known: false },
        Class::Superseded { known: true },
    ] {
        assert_eq!(Class::from_byte(class.to_byte()), class);
    }
}
