//! What the words of a diagnosis say beside naming it: that there is none, that it was denied, is over, was a mistake, or something a person must
//! read. A row that calls itself active and says "ruled out" is none that goes on; what is not plain stays as its source says, and is told.

use std::sync::LazyLock;

use super::truth::Fault;
use crate::model::{IssueCode, RecordType, Value};

/// What an entry's words say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spoken {
    /// A diagnosis, or nothing about it.
    Plain,
    /// "No known problems", "none".
    None,
    /// "Ruled out PE", "denies chest pain".
    Denied,
    /// "Pneumonia, resolved".
    Resolved,
    /// "Entered in error".
    Mistaken,
    /// "Rule out DVT", "family history of diabetes", "denies pain, has nausea".
    Doubtful,
}

/// Words of entries that say that there is nothing.
const NOTHING: &[&str] = &[
    "no",
    "none",
    "nil",
    "known",
    "active",
    "current",
    "chronic",
    "significant",
    "past",
    "medical",
    "problem",
    "problems",
    "condition",
    "conditions",
    "diagnosis",
    "diagnoses",
    "history",
    "hx",
    "illness",
    "illnesses",
    "disease",
    "diseases",
    "concerns",
    "issues",
    "reported",
    "noted",
    "recorded",
    "listed",
    "on",
    "file",
    "at",
    "this",
    "time",
    "health",
];

const DENIALS: &[&[&str]] = &[
    &["ruled", "out"],
    &["no", "evidence", "of"],
    &["no", "sign", "of"],
    &["no", "signs", "of"],
    &["no", "history", "of"],
    &["no", "hx", "of"],
    &["no", "h", "o"],
    &["negative", "for"],
    &["denies"],
];

/// What begins so is of somebody else, only thought of, or denied in part. (An absence may be the diagnosis: of a kidney.)
const DOUBTS: &[&[&str]] = &[
    &["r", "o"],
    &["rule", "out"],
    &["possible"],
    &["possibly"],
    &["probable"],
    &["suspected"],
    &["suspect"],
    &["questionable"],
    &["not"],
    &["without"],
    &["denied"],
    &["no"],
    &["family", "history"],
    &["family", "hx"],
    &["fam", "hx"],
    &["fh"],
    &["fhx"],
    &["mother"],
    &["father"],
    &["sister"],
    &["brother"],
    &["parent"],
    &["son"],
    &["daughter"],
];

const MISTAKES: &[&[&str]] =
    &[&["entered", "in", "error"], &["charted", "in", "error"], &["wrong", "patient"], &["wrong", "chart"]];

pub(super) fn spoken(text: &str) -> Spoken {
    let lower = text.trim().to_lowercase();
    let words: Vec<&str> = words_of(&lower).collect();
    let Some(first) = words.first() else { return Spoken::Plain };
    let begins = |all: &[&[&str]]| all.iter().any(|phrase| words.starts_with(phrase));
    if MISTAKES.iter().any(|phrase| words.windows(phrase.len()).any(|window| window == *phrase)) {
        let rest = MISTAKES.iter().fold(lower.clone(), |rest, phrase| rest.replace(&phrase.join(" "), ""));
        return if is_one(&rest) || words_of(&rest).next().is_none() { Spoken::Mistaken } else { Spoken::Doubtful };
    }
    if matches!(*first, "no" | "none" | "nil") && words.iter().all(|word| NOTHING.contains(word)) {
        return Spoken::None;
    }
    if let Some(phrase) = DENIALS.iter().find(|phrase| words.starts_with(phrase)) {
        let rest = words[phrase.len()..].first().and_then(|word| lower.find(word)).map_or("", |at| &lower[at..]);
        // That something did not come back says that it was there.
        let is_known = words.iter().any(|word| word.starts_with("recur") || word.starts_with("metasta"));
        return if is_one(rest) && !is_known { Spoken::Denied } else { Spoken::Doubtful };
    }
    let is_observed = matches!(*first, "encounter" | "observation");
    for (phrase, said) in [("ruled out", Spoken::Denied), ("resolved", Spoken::Resolved)] {
        let Some(rest) = lower.trim_end_matches(SIGNS).strip_suffix(phrase).filter(|rest| rest.ends_with(SIGNS)) else {
            continue;
        };
        let is_taken_back = words_of(rest).last().is_some_and(|word| matches!(word, "not" | "never" | "partially"));
        return match () {
            () if is_observed => Spoken::Plain,
            () if is_taken_back || !is_one(rest) => Spoken::Doubtful,
            () => said,
        };
    }
    if *first == "resolved" && words.len() > 1 {
        return if is_one(&lower) { Spoken::Resolved } else { Spoken::Doubtful };
    }
    if begins(DOUBTS) || lower.starts_with('?') || lower.ends_with('?') {
        return Spoken::Doubtful;
    }
    Spoken::Plain
}

/// What stands between what is named and what is said of it.
const SIGNS: &[char] = &[' ', '-', '\u{2013}', ':', '(', ')', '[', ']', ',', ';', '.'];

fn words_of(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty())
}

/// Whether a text names one thing, so that what is said beside it is said of all of it.
fn is_one(text: &str) -> bool {
    let text = text.trim_matches(SIGNS);
    let joins =
        |word: &str| matches!(word, "but" | "except" | "with" | "however" | "has" | "and" | "or" | "now" | "then");
    !text.is_empty() && !text.contains([',', ';', '/', '+', '&', '.']) && !words_of(text).any(joins)
}

/// Whether the words of an allergy take it back in a way that is not plain enough to follow.
pub(super) fn takes_back(allergy: &str) -> bool {
    let lower = allergy.to_lowercase();
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let says = |phrase: &[&str]| words.windows(phrase.len()).any(|window| window == phrase);
    let is_brand = matches!(words.first(), Some(&("no" | "not" | "without")));
    [&["not", "allergic"][..], &["tolerated"], &["tolerates"], &["denies"], &["denied"]].into_iter().any(says)
        || match spoken(allergy) {
            Spoken::Denied | Spoken::Mistaken | Spoken::Resolved => true,
            Spoken::Doubtful => !is_brand,
            Spoken::Plain | Spoken::None => false,
        }
}

/// Follows the words of a diagnosis, as far as they are plain: that of a code without words is the code's.
pub(super) fn enforce(values: &mut [Value], faults: &mut Vec<Fault>) {
    let [code, text, display, clinical, verification] = *PLACES;
    let named = if values[code].is_null() && values[text].is_null() { display } else { text };
    if matches!(values[verification].as_str(), Some("refuted" | "entered-in-error")) {
        return;
    }
    // What a code itself is called is its meaning ("Suspected disease caused by ...").
    let is_codes = !values[code].is_null() && values[text] == values[display];
    let said = values[named].as_str().filter(|_| !is_codes).map_or(Spoken::Plain, spoken);
    let lives = matches!(values[clinical].as_str(), Some("active" | "recurrence" | "relapse"));
    let mut tell = |code: IssueCode| faults.push(Fault { column: named, code });
    match said {
        Spoken::Plain => {}
        Spoken::Doubtful => tell(IssueCode::StatementDoubtful),
        // A code names something, whatever the words say.
        Spoken::None if !values[code].is_null() => tell(IssueCode::StatementDoubtful),
        Spoken::None => {
            if lives || values[clinical].is_null() {
                values[clinical] = Value::text("inactive");
            }
        }
        // Codes of what somebody had, has not, or is looked at for are no diseases.
        Spoken::Denied if values[code].as_str().is_some_and(|code| code.starts_with('Z')) => {
            tell(IssueCode::StatementDoubtful);
        }
        Spoken::Denied => {
            if matches!(
                values[verification].as_str(),
                None | Some("confirmed" | "unconfirmed" | "provisional" | "differential")
            ) {
                values[verification] = Value::text("refuted");
            }
            if lives {
                tell(IssueCode::StatusContradicted);
            }
        }
        Spoken::Mistaken => {
            values[verification] = Value::text("entered-in-error");
            if lives {
                tell(IssueCode::StatusContradicted);
            }
        }
        Spoken::Resolved => {
            if lives {
                tell(IssueCode::StatusContradicted);
            }
            if lives || values[clinical].is_null() {
                values[clinical] = Value::text("resolved");
            }
        }
    }
}

/// Code, its text, its display, and both statuses.
static PLACES: LazyLock<[usize; 5]> = LazyLock::new(|| {
    ["code", "code_text", "code_display", "clinical_status", "verification_status"]
        .map(|name| RecordType::Condition.column_index(name).unwrap_or_default())
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_say_how_a_diagnosis_stands() {
        for (expected, texts) in [
            (
                Spoken::Plain,
                &[
                    "Essential hypertension",
                    "h/o MI",
                    "History of breast cancer",
                    "Rh negative",
                    "Gram-negative sepsis",
                    "Non-resolved otitis",
                    "Nonunion of fracture",
                    "Noonan syndrome",
                    "Encounter for observation for suspected toxic effect ruled out",
                    "Fhit deficiency",
                    "Resolvedness",
                    "Absence of left kidney",
                    "",
                ][..],
            ),
            (
                Spoken::None,
                &[
                    "No known problems",
                    "none",
                    "NONE",
                    "No active medical problems",
                    "no significant past medical history",
                ],
            ),
            (
                Spoken::Denied,
                &[
                    "ruled out PE",
                    "Pulmonary embolism - ruled out",
                    "no evidence of CHF",
                    "denies chest pain",
                    "Negative for HIV",
                    "no h/o diabetes",
                    "PE (ruled out)",
                    "PE, ruled out",
                ],
            ),
            (Spoken::Resolved, &["Pneumonia, resolved", "Pneumonia (resolved)", "UTI - Resolved.", "resolved UTI"]),
            (
                Spoken::Mistaken,
                &["Diabetes entered in error", "ENTERED IN ERROR: diabetes", "diabetes (wrong patient)", "wrong chart"],
            ),
            (
                Spoken::Doubtful,
                &[
                    "r/o pneumonia",
                    "Rule out DVT",
                    "possible TB",
                    "?TIA",
                    "TIA?",
                    "family history of diabetes",
                    "FH: colon CA",
                    "Mother with diabetes",
                    "not diabetic",
                    "no evidence of DVT but PE present",
                    "denies pain, has nausea",
                    "No diabetes",
                    "resolved UTI, now pyelonephritis",
                    "DVT present, PE ruled out",
                    "DVT, UTI resolved",
                    "UTI not resolved",
                    "DM entered in error, has HTN",
                    "no evidence of DVT or PE",
                    "No evidence of recurrence of breast cancer",
                    "Denied SSI claim",
                ][..],
            ),
        ] {
            for text in texts {
                assert_eq!(spoken(text), expected, "{text}");
            }
        }
    }
}
