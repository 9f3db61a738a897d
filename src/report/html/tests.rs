use super::*;
use crate::model::{CellTotals, Phi};
use crate::pipeline::{Listed, PatientsOutcome, RunFacts};

const HOSTILE: [&str; 3] = ["<script>alert(1)</script>", "=cmd|' /C calc'!A0", "\"onload=alert(1)//\u{202e}gpj"];

fn stream(name: &str, read: u64, loaded: u64, quarantined: u64) -> StreamOutcome {
    let totals = StreamTotals { read, loaded, quarantined, ..Default::default() };
    let balanced = totals.balanced();
    let (archive_reason, files, columns) = (None, vec![format!("{name}.csv")], Vec::new());
    StreamOutcome { stream: name.into(), archive_reason, files, totals, balanced, columns }
}

fn outcome(streams: Vec<StreamOutcome>) -> RunOutcome {
    RunOutcome {
        format: 1,
        run: RunFacts { id: 7, ..Default::default() },
        balanced: streams.iter().all(|stream| stream.balanced),
        streams,
        patients: PatientsOutcome::default(),
        issues: Vec::new(),
        digest: Default::default(),
        discrepancies: Vec::new(),
        matching: None,
    }
}

fn page(outcome: &RunOutcome) -> String {
    html(outcome, &[], 0).expect("the template renders")
}

#[test]
fn the_verdict_has_three_states() {
    let check = |streams, state, headline, sentence| {
        let outcome = outcome(streams);
        let found = verdict(&outcome, &sum(&outcome.streams));
        assert_eq!((found.state, found.headline.as_str(), found.sentence.as_str()), (state, headline, sentence));
        let page = page(&outcome);
        assert!(page.contains(&format!("<section class=\"verdict {state}\"")), "{page}");
        assert!(page.contains(&format!("<h1 id=\"verdict\">{headline}</h1>")), "{page}");
    };
    check(
        vec![stream("labs", 12_345, 12_345, 0)],
        "balanced",
        "The books balance.",
        "12,345 records were read; every one is accounted for.",
    );
    check(
        vec![stream("labs", 100, 86, 14)],
        "waiting",
        "The books balance, with 14 records waiting in quarantine.",
        "100 records were read; every one is accounted for. 14 were not loaded: kept whole, with the reason, until \
         somebody decides.",
    );
    check(
        vec![stream("labs", 100, 86, 13)],
        "unbalanced",
        "The books do not balance.",
        "100 records were read. Do not rely on this load before each difference below is explained.",
    );
}

#[test]
fn what_does_not_balance_is_named() {
    let mut lossy = stream("labs", 100, 99, 0);
    lossy.totals.cells = CellTotals { non_empty: 1_000, mapped: 998, ..Default::default() };
    let mut recounted = outcome(vec![lossy]);
    recounted.discrepancies = vec!["table observation: 3 rows before".into()];
    let words = [
        "table observation: 3 rows before",
        "stream labs: 100 records read, 99 accounted for",
        "stream labs: 1,000 values read, 998 accounted for",
    ];
    assert_eq!(verdict(&recounted, &sum(&recounted.streams)).discrepancies, words);
    let page = page(&recounted);
    assert!(words.iter().all(|words| page.contains(words)) && page.contains("1 unaccounted"));
    let marked = RunOutcome { balanced: false, ..outcome(vec![stream("labs", 1, 1, 0)]) };
    assert_eq!(verdict(&marked, &sum(&marked.streams)).state, "unbalanced");
}

#[test]
fn hostile_names_are_inert() {
    for name in HOSTILE {
        let mut hostile = outcome(vec![stream(name, 2, 1, 1)]);
        hostile.streams[0].archive_reason = Some(name.into());
        hostile.streams[0].columns = vec![ColumnOutcome {
            column: name.into(),
            ignored_because: Some(name.into()),
            cells: CellTotals { non_empty: 1, kept: 1, ..Default::default() },
        }];
        let (code, column, rows) = (name.to_owned(), name.to_owned(), vec![1]);
        hostile.issues =
            vec![IssueOutcome { code, stream: name.into(), column, count: 1, rows, shapes: vec!["9a<>".into()] }];
        hostile.discrepancies = vec![name.into()];
        let RunFacts { source, system, store, notes, .. } = &mut hostile.run;
        *store = name.into();
        // One source, and several.
        (*source, *system) = (Listed(vec![name.into()]), Listed(vec![name.into(), name.into()]));
        *notes = vec![name.into()];
        let [file, key, column, reason] = [(); 4].map(|()| name.to_owned());
        let quarantined = QuarantinedRow { file, row: 1, key: Phi::new(key), column, reason_code: "orphan", reason };
        let page = html(&hostile, &[quarantined], 1).expect("the template renders");
        assert!(!page.contains("<script"), "{page}");
        assert!(!page.contains("\"onload") && !page.contains('\u{202e}'), "{page}");
    }
}

#[test]
fn few_of_many_never_look_like_none_nor_nearly_all_like_all() {
    let check = |part, whole, text| assert_eq!(share(part, whole), text);
    check(3, 100_000, "3 of 100,000");
    check(99_997, 100_000, "99,997 of 100,000");
    check(830, 2_000, "830 of 2,000 (41.5%)");
    check(0, 12, "none of 12");
    check(12, 12, "all 12");
    check(0, 0, "none of 0");
    let mut few = outcome(vec![stream("labs", 100_000, 99_997, 3)]);
    let (code, column) = ("date_invalid".into(), "TAKEN".into());
    few.issues =
        vec![IssueOutcome { code, stream: "labs".into(), column, count: 3, rows: vec![5, 6, 7], shapes: Vec::new() }];
    let page = page(&few);
    assert!(page.contains("3 of 100,000 records") && page.contains("99,997 loaded, 3 quarantined"));
    let text = page.split_once("</style>").expect("one style").1;
    assert!(!text.contains("(0.") && !text.contains("(100."), "{text}");
}

#[test]
fn every_part_of_a_bar_can_be_seen_and_the_bar_is_full() {
    let parts = segments(&[("loaded", 999_996), ("linked", 1), ("quarantined", 3)]);
    let widths: Vec<f64> = parts.iter().map(|part| part.width_percent.parse().expect("a number")).collect();
    assert!(widths.iter().all(|width| *width >= NARROWEST_PERCENT), "{widths:?}");
    assert!((widths.iter().sum::<f64>() - 100.0).abs() < 0.05, "{widths:?}");
    assert!(segments(&[]).is_empty());
}

#[test]
fn an_excerpt_of_the_quarantine_says_that_it_is_one() {
    let reason = ("labs.csv".to_owned(), "the patient of this record is not there".to_owned());
    let row = |row| QuarantinedRow {
        file: reason.0.clone(),
        row,
        key: Phi::new(format!("L{row}")),
        column: String::new(),
        reason_code: "orphan",
        reason: reason.1.clone(),
    };
    let outcome = outcome(vec![stream("labs", 1_234, 0, 1_234)]);
    let page = html(&outcome, &[row(1), row(2)], 1_234).expect("the template renders");
    assert!(page.contains("The first 2 of 1,234 records.") && page.contains("2 of the first 2 listed"), "{page}");
}

#[test]
fn an_outcome_without_streams_renders() {
    let page = page(&outcome(Vec::new()));
    assert!(page.contains("No record was read.") && page.contains("No stream was read in this run."), "{page}");
    assert!(page.contains("Nothing in this run waits for a person."), "{page}");
}

#[test]
fn the_page_asks_for_nothing_and_runs_nothing() {
    let page = page(&outcome(vec![stream("labs", 1, 1, 0), stream("empty", 0, 0, 0)]));
    for word in ["<script", "http://", "https://", "@import", "javascript:", "src="] {
        assert!(!page.contains(word), "{word}");
    }
    assert!(page.contains("Without a single record: <bdi>empty</bdi>."), "{page}");
}
