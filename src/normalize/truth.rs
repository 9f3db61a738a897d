//! Truth that no pack can turn off: what is refuted is never active, nobody is born tomorrow, nothing ends before it begins.

use std::sync::LazyLock;

use crate::model::chart::NO_KNOWN_ALLERGY;
use crate::model::{IssueCode, PartialDate, RecordType, Value};

use super::denial::{self, Said};
use super::row::stored_date;
use super::{Context, code_form, code_list, diagnosis, plausible};

/// A value that was taken out of a record, or is in doubt, by its column, and why.
pub(super) struct Fault {
    pub column: usize,
    pub code: IssueCode,
}

/// Code systems of drugs and substances, in which nothing says that there is none.
const SUBSTANCES: [&str; 4] = [
    "http://www.nlm.nih.gov/research/umls/rxnorm",
    "http://hl7.org/fhir/sid/ndc",
    "http://fdasis.nlm.nih.gov",
    "http://hl7.org/fhir/ndfrt",
];

/// The columns of a record type that the rules speak of, looked up once.
struct Places {
    births: Option<(usize, usize)>,
    periods: Vec<(usize, usize)>,
    recorded: Option<usize>,
    closed: Vec<(usize, &'static [&'static str])>,
    clinical_status: Option<usize>,
    verification_status: Option<usize>,
    /// Where an allergy is named: its codes, and its words.
    codes: Vec<usize>,
    words: Vec<usize>,
    /// Its code and the system of that.
    substance: Option<(usize, usize)>,
    /// What an allergy does, and how badly.
    reactions: Vec<usize>,
    severities: Vec<usize>,
}

impl Places {
    fn of(record: RecordType) -> &'static Self {
        static PLACES: LazyLock<Vec<Places>> =
            LazyLock::new(|| RecordType::ALL.iter().map(|r| Places::new(*r)).collect());
        &PLACES[RecordType::ALL.iter().position(|other| *other == record).unwrap_or_default()]
    }

    fn new(record: RecordType) -> Self {
        let find = |name: &str| record.column_index(name);
        let has_births = record == RecordType::Patient || record == RecordType::FamilyMemberHistory;
        let births = find("birth_date").or(find("born")).zip(find("deceased_date")).filter(|_| has_births);
        let periods = [
            ("period_start", "period_end"),
            ("onset", "abatement"),
            ("start", "end"),
            ("performed_start", "performed_end"),
            ("effective_start", "effective_end"),
        ];
        let closed = record.columns().iter().enumerate();
        let is_allergy = record == RecordType::AllergyIntolerance;
        let all = |names: &[&str]| names.iter().filter_map(|name| find(name)).filter(|_| is_allergy).collect();
        Self {
            births,
            periods: periods.iter().filter_map(|(start, end)| find(start).zip(find(end))).collect(),
            recorded: find("recorded_date").or(find("last_updated")),
            closed: closed.filter_map(|(at, column)| Some((at, record.allowed(column.name)?))).collect(),
            clinical_status: find("clinical_status"),
            verification_status: find("verification_status"),
            codes: all(&["code", "code_original"]),
            substance: find("code").zip(find("code_system")).filter(|_| is_allergy),
            words: all(&["code_text", "code_display", "code_original"]),
            reactions: all(&[
                "reaction_code",
                "reaction_display",
                "reaction_text",
                "reaction_2_code",
                "reaction_2_display",
                "reaction_2_text",
            ]),
            severities: all(&["reaction_severity", "reaction_2_severity"]),
        }
    }
}

/// Corrects a record's values where they contradict themselves, and says what was taken out.
pub(super) fn enforce(record: RecordType, values: &mut [Value], context: &Context) -> Vec<Fault> {
    let as_of = context.as_of;
    let mut faults = Vec::new();
    let places = Places::of(record);
    if let Some((birth, death)) = places.births {
        not_in_future(values, birth, as_of, &mut faults);
        not_in_future(values, death, as_of, &mut faults);
        in_order(values, birth, death, IssueCode::DeathBeforeBirth, &mut faults);
    }
    for (start, end) in &places.periods {
        in_order(values, *start, *end, IssueCode::PeriodReversed, &mut faults);
    }
    if let Some(recorded) = places.recorded {
        not_in_future(values, recorded, as_of, &mut faults);
    }
    if let Some(text) = places.verification_status.and_then(|index| values[index].as_str()) {
        // `refuted - tested negative`, `entered-in-error (wrong chart)`: more words say no less.
        let lower = text.to_lowercase();
        // "Not ruled out", "confirmed - no error" say the opposite.
        let is_turned = lower.split(|c: char| !c.is_alphanumeric()).any(|word| matches!(word, "not" | "never" | "no"));
        let refuted = ["refut", "disprov", "ruled out"].iter().any(|word| lower.contains(word));
        let word = if lower.contains("error") { Some("entered-in-error") } else { refuted.then_some("refuted") };
        if let (Some(word), Some(index), false) = (word, places.verification_status, is_turned) {
            values[index] = Value::text(word);
        }
    }
    for (column, words) in &places.closed {
        in_vocabulary(values, *column, words, &mut faults);
    }
    if record == RecordType::Condition {
        diagnosis::enforce(values, &mut faults);
    }
    not_active(places, values, &mut faults);
    plausible::doubts(record, values, as_of, &mut faults);
    code_form::faults(record, values, &mut faults);
    if let Some(tables) = &context.terminology {
        code_list::compare(record, values, tables, &mut faults);
    }
    faults
}

/// A word of a closed vocabulary, or nothing.
fn in_vocabulary(values: &mut [Value], column: usize, words: &'static [&'static str], faults: &mut Vec<Fault>) {
    let Some(text) = values[column].as_str() else { return };
    if words.contains(&text) {
        return;
    }
    let hyphened = text.trim().replace([' ', '_'], "-");
    let word = words.iter().find(|word| word.eq_ignore_ascii_case(&hyphened));
    if word.is_none() {
        faults.push(Fault { column, code: IssueCode::ValueRejected });
    }
    values[column] = word.map_or(Value::Null, |word| Value::text(*word));
}

/// A registration without name and birth date registers nobody: an emptied row must not blank a person.
pub(super) fn is_nobody(values: &[Value]) -> bool {
    let empty = |name: &str| RecordType::Patient.column_index(name).is_none_or(|index| values[index].is_null());
    ["family_name", "given_name", "birth_date"].iter().all(|name| empty(name))
}

fn not_in_future(values: &mut [Value], column: usize, as_of: PartialDate, faults: &mut Vec<Fault>) {
    if stored_date(&values[column]).is_some_and(|date| date.certainly_after(&as_of)) {
        values[column] = Value::Null;
        faults.push(Fault { column, code: IssueCode::DateInFuture });
    }
}

fn in_order(values: &mut [Value], start: usize, end: usize, code: IssueCode, faults: &mut Vec<Fault>) {
    let (Some(from), Some(to)) = (stored_date(&values[start]), stored_date(&values[end])) else { return };
    let reversed = from.certainly_after(&to)
        || (from == to && from.day.is_some() && time_reversed(values[start].as_str(), values[end].as_str()));
    if reversed {
        values[end] = Value::Null;
        faults.push(Fault { column: end, code });
    }
}

/// On one day, by the clock: only where both have a time in the same zone.
fn time_reversed(start: Option<&str>, end: Option<&str>) -> bool {
    let parts = |text: Option<&str>| text.and_then(|text| text.split_once('T')).map(|(_, time)| time.to_owned());
    let (Some(start), Some(end)) = (parts(start), parts(end)) else { return false };
    let zone = |time: &str| time.find(['Z', '+', '-']).map(|at| time[at..].to_owned());
    let clock = |time: &str| time[..time.find(['Z', '+', '-']).unwrap_or(time.len())].to_owned();
    zone(&start) == zone(&end) && clock(&start) > clock(&end) && clock(&start).len() == clock(&end).len()
}

/// Refuted, entered in error, or a statement that there is none: whatever the mapping says, it is not active.
fn not_active(places: &Places, values: &mut [Value], faults: &mut Vec<Fault>) {
    let Some(status) = places.clinical_status else { return };
    let verification = places.verification_status.and_then(|index| values[index].as_str()).unwrap_or_default();
    if verification == "entered-in-error" {
        // FHIR R4 con-5 and ait-2: what was never true has no clinical status.
        values[status] = Value::Null;
        return;
    }
    let refuted = verification == "refuted";
    let coded_none =
        places.codes.iter().any(|code| values[*code].as_str().is_some_and(|c| NO_KNOWN_ALLERGY.contains(&c)));
    let said: Vec<(usize, Said)> =
        places.words.iter().filter_map(|at| Some((*at, denial::said(values[*at].as_str()?)))).collect();
    let says = |wanted: Said| said.iter().find(|(_, said)| *said == wanted).map(|(at, _)| *at);
    // A substance that is coded is one, whatever stands beside it.
    let is_substance = |(code, system): (usize, usize)| {
        values[system].as_str().is_some_and(|system| SUBSTANCES.contains(&system)) && !values[code].is_null()
    };
    let names_one = !coded_none && places.substance.is_some_and(is_substance);
    if let (true, Some(column), false) = (names_one, says(Said::None), refuted) {
        faults.push(Fault { column, code: IssueCode::StatementDoubtful });
        return;
    }
    let none = coded_none || says(Said::None).is_some();
    let denied = says(Said::NotThis).is_some();
    // Who reacts to nothing reacts to something: "NKDA", and hives from penicillin beside it.
    let is_told = |at: &&usize| values[**at].as_str().is_some_and(|text| denial::said(text) == Said::Something);
    let reacts = places.reactions.iter().find(is_told);
    let is_bad = |at: &&usize| matches!(values[**at].as_str(), Some("moderate" | "severe"));
    if none
        && !refuted
        && let Some(column) = reacts.or_else(|| places.severities.iter().find(is_bad))
    {
        faults.push(Fault { column: *column, code: IssueCode::StatementDoubtful });
        if reacts.is_some() {
            return;
        }
    }
    if refuted || none || denied {
        let lives = matches!(values[status].as_str(), Some("active" | "recurrence" | "relapse"));
        if lives || (none || denied) && values[status].is_null() {
            values[status] = Value::text("inactive");
        }
        if denied
            && !none
            && let Some(verification) = places.verification_status
        {
            values[verification] = Value::text("refuted");
        }
    } else if let Some(column) = says(Said::Doubtful) {
        faults.push(Fault { column, code: IssueCode::StatementDoubtful });
    } else {
        // To lose an allergy is worse than to show one too many.
        let takes_back = |at: &&usize| values[**at].as_str().is_some_and(diagnosis::takes_back);
        let column = places.words.iter().find(takes_back);
        faults.extend(column.map(|column| Fault { column: *column, code: IssueCode::StatementDoubtful }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(record: RecordType, given: &[(&str, &str)]) -> (Vec<Value>, Vec<IssueCode>) {
        let mut values = vec![Value::Null; record.columns().len()];
        for (name, text) in given {
            values[record.column_index(name).expect("a column")] = Value::text(*text);
        }
        let as_of = PartialDate::ymd(2026, 3, 1).expect("a day");
        let context = Context { as_of, column_order: Vec::new(), held: false, terminology: None };
        let faults = enforce(record, &mut values, &context);
        (values, faults.into_iter().map(|fault| fault.code).collect())
    }

    fn status(given: &[(&str, &str)]) -> String {
        let (values, _) = record(RecordType::AllergyIntolerance, given);
        values[RecordType::AllergyIntolerance.column_index("clinical_status").expect("a column")]
            .as_str()
            .unwrap_or("")
            .to_owned()
    }

    #[test]
    fn what_is_refuted_or_none_is_never_active() {
        for given in [
            &[("clinical_status", "active"), ("verification_status", "refuted")][..],
            &[("clinical_status", "active"), ("code", "716186003")],
            &[("clinical_status", "active"), ("code_text", "No known drug allergies")],
            &[("clinical_status", "active"), ("code_display", "NKDA")],
            &[("code_text", "Denies any allergy")],
        ] {
            assert_eq!(status(given), "inactive", "{given:?}");
        }
        let coded =
            [("clinical_status", "active"), ("code", "7980"), ("code_system", SUBSTANCES[0]), ("code_text", "None")];
        assert_eq!(status(&coded), "active", "a substance that is coded is one");
        assert_eq!(record(RecordType::AllergyIntolerance, &coded).1, [IssueCode::StatementDoubtful]);
        let mistaken = [("clinical_status", "active"), ("verification_status", "entered-in-error")];
        assert_eq!(status(&mistaken), "", "FHIR R4 ait-2");
        assert_eq!(status(&[("clinical_status", "active"), ("code_text", "Penicillin")]), "active");
        assert_eq!(status(&[("clinical_status", "active"), ("code_text", "None-such weed pollen mix")]), "active");
    }

    #[test]
    fn a_diagnosis_stands_as_its_words_say() {
        use IssueCode::{StatementDoubtful, StatusContradicted};
        let check = |given: &[(&str, &str)], clinical: &str, verification: &str, expected: &[IssueCode]| {
            let (values, codes) = record(RecordType::Condition, given);
            let said = |name: &str| {
                let at = RecordType::Condition.column_index(name).expect("a column");
                values[at].as_str().unwrap_or_default().to_owned()
            };
            let found = (said("clinical_status"), said("verification_status"));
            assert_eq!(
                (found.0.as_str(), found.1.as_str(), codes.as_slice()),
                (clinical, verification, expected),
                "{given:?}"
            );
        };
        let active = ("clinical_status", "active");
        check(&[active, ("code_text", "ruled out PE")], "inactive", "refuted", &[StatusContradicted]);
        check(&[("code_text", "denies chest pain")], "", "refuted", &[]);
        check(&[active, ("code_text", "No known problems")], "inactive", "", &[]);
        check(&[active, ("code_text", "UTI, resolved")], "resolved", "", &[StatusContradicted]);
        check(&[active, ("code_text", "DM entered in error")], "", "entered-in-error", &[StatusContradicted]);
        check(&[active, ("code_text", "family history of DM")], "active", "", &[StatementDoubtful]);
        check(&[active, ("code_text", "Diabetes")], "active", "", &[]);
        let coded = [active, ("code", "I26.99"), ("code_system", "http://hl7.org/fhir/sid/icd-10-cm")];
        check(&[&coded[..], &[("code_text", "PE - ruled out")]].concat(), "inactive", "refuted", &[StatusContradicted]);
        let suspected = "Suspected disease caused by a virus";
        check(&[&coded[..], &[("code_text", suspected), ("code_display", suspected)]].concat(), "active", "", &[]);
        let history = [active, ("code", "Z85.3"), ("code_text", "no evidence of breast cancer")];
        check(&history, "active", "", &[StatementDoubtful]);
        check(&[&coded[..], &[("code_text", "none")]].concat(), "active", "", &[StatementDoubtful]);
        check(&[&coded[..], &[("code_display", "Possible pulmonary embolism")]].concat(), "active", "", &[]);
    }

    #[test]
    fn what_is_not_refuted_is_not_said_to_be() {
        for text in ["not ruled out", "never refuted", "Confirmed - no error"] {
            let given = [("clinical_status", "active"), ("verification_status", text), ("code_text", "PE")];
            let (values, codes) = record(RecordType::Condition, &given);
            let at = RecordType::Condition.column_index("verification_status").expect("a column");
            assert_eq!((values[at].as_str(), codes), (None, vec![IssueCode::ValueRejected]), "{text}");
        }
    }

    #[test]
    fn an_allergy_that_its_words_take_back_is_told() {
        for text in
            ["Penicillin - denies", "PCN - NOT ALLERGIC", "sulfa: tolerated", "?penicillin", "mother allergic to latex"]
        {
            let given = [("clinical_status", "active"), ("code_text", text)];
            assert_eq!(status(&given), "active", "{text}");
            assert_eq!(record(RecordType::AllergyIntolerance, &given).1, [IssueCode::StatementDoubtful], "{text}");
        }
        let brand = [("clinical_status", "active"), ("code_text", "No-Doz")];
        assert_eq!(record(RecordType::AllergyIntolerance, &brand).1, []);
    }

    #[test]
    fn a_denial_that_names_something_stays_and_is_an_issue() {
        let given = [("clinical_status", "active"), ("code_text", "No known allergies except penicillin")];
        assert_eq!(status(&given), "active");
        assert_eq!(record(RecordType::AllergyIntolerance, &given).1, [IssueCode::StatementDoubtful]);
    }

    #[test]
    fn who_has_no_allergy_and_reacts_is_read_by_a_person() {
        let none = ("code_text", "NKDA");
        for (more, expected, is_told) in [
            (("reaction_text", "hives from penicillin"), "active", true),
            (("reaction_code", "247472004"), "active", true),
            (("reaction_severity", "severe"), "inactive", true),
            (("reaction_severity", "mild"), "inactive", false),
            (("reaction_text", "none"), "inactive", false),
            (("reaction_text", "n/a"), "inactive", false),
        ] {
            let given = [("clinical_status", "active"), none, more];
            assert_eq!(status(&given), expected, "{more:?}");
            let issues = record(RecordType::AllergyIntolerance, &given).1;
            assert_eq!(issues.contains(&IssueCode::StatementDoubtful), is_told, "{more:?}");
        }
        let refuted =
            [("clinical_status", "active"), ("verification_status", "refuted"), none, ("reaction_text", "hives")];
        assert_eq!(status(&refuted), "inactive", "what is refuted is never active");
        assert_eq!(
            status(&[("clinical_status", "active"), ("code_text", "NKA?")]),
            "active",
            "a question is no answer"
        );
        assert_eq!(record(RecordType::AllergyIntolerance, &[("code_text", "NKA?")]).1, [IssueCode::StatementDoubtful]);
    }

    #[test]
    fn only_words_of_the_vocabulary_are_charted() {
        let given = [("clinical_status", "Active"), ("verification_status", "Refuted")];
        assert_eq!(status(&given), "inactive", "a capital letter is no way round");
        for said in ["refuted - tested negative", "refuted.", "Disproved", "entered-in-error (wrong chart)"] {
            assert_ne!(status(&[("clinical_status", "active"), ("verification_status", said)]), "active", "{said}");
        }
        let (values, issues) = record(RecordType::Encounter, &[("status", "gone")]);
        assert_eq!(issues, [IssueCode::ValueRejected]);
        assert!(values.iter().all(Value::is_null));
    }

    #[test]
    fn impossible_dates_are_taken_out() {
        let patient = |given: &[(&str, &str)]| record(RecordType::Patient, given).1;
        assert_eq!(patient(&[("birth_date", "2031-01-01")]), [IssueCode::DateInFuture]);
        assert_eq!(
            patient(&[("birth_date", "1980-05-01"), ("deceased_date", "1979-01-01")]),
            [IssueCode::DeathBeforeBirth]
        );
        assert_eq!(patient(&[("birth_date", "1980"), ("deceased_date", "1980-01-01")]), []);
        let encounter =
            |start: &str, end: &str| record(RecordType::Encounter, &[("period_start", start), ("period_end", end)]).1;
        assert_eq!(encounter("2020-01-02", "2020-01-01"), [IssueCode::PeriodReversed]);
        assert_eq!(encounter("2020-01-02T10:00:00Z", "2020-01-02T09:00:00Z"), [IssueCode::PeriodReversed]);
        assert_eq!(encounter("2020-01-02T10:00:00Z", "2020-01-02T09:00:00-05:00"), []);
    }
}
