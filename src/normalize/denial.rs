//! What the words of an allergy entry say: an allergy, that there is none, that one is denied, or something a person must read.
//!
//! Either mistake can kill: "no known allergies" shown as an allergy hides the real ones among noise, "no known allergies
//! except penicillin" taken for "none" loses one. So only entries made of nothing but denial say "none"; what begins as a
//! denial and goes on to name something stays as its source says, with an issue.

/// What an entry's words say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// An allergy, or nothing about it.
    Something,
    /// "No known allergies", "NKDA", "none known", "denies allergies".
    None,
    /// "Denies latex allergy", "not allergic to penicillin".
    NotThis,
    /// "No known allergies except penicillin", "none; but sulfa made her ill".
    Doubtful,
}

/// Words that deny. `not` is none of them: "allergies not reviewed" says that nobody asked.
const DENYING: &[&str] = &[
    "no", "none", "nil", "nothing", "never", "without", "negative", "denies", "denied", "deny", "denying", "nka",
    "nkda", "nkfa", "nkma", "nkfda", "nada",
];

/// Words that name no substance, in entries that say "none".
const NEUTRAL: &[&str] = &[
    "a",
    "active",
    "adverse",
    "alergies",
    "all",
    "allergen",
    "allergens",
    "allergic",
    "allergies",
    "allergy",
    "allergys",
    "and",
    "any",
    "anything",
    "as",
    "at",
    "been",
    "by",
    "caregiver",
    "chart",
    "checked",
    "confirmed",
    "current",
    "currently",
    "date",
    "daughter",
    "documented",
    "dr",
    "drug",
    "drugs",
    "dx",
    "environmental",
    "ever",
    "family",
    "father",
    "file",
    "food",
    "foods",
    "found",
    "given",
    "guardian",
    "had",
    "has",
    "have",
    "having",
    "he",
    "her",
    "his",
    "history",
    "husband",
    "hx",
    "identified",
    "in",
    "intolerance",
    "intolerances",
    "is",
    "kind",
    "known",
    "last",
    "listed",
    "md",
    "med",
    "medication",
    "medications",
    "medicine",
    "medicines",
    "meds",
    "mother",
    "noted",
    "now",
    "nurse",
    "of",
    "on",
    "or",
    "other",
    "parent",
    "parents",
    "patient",
    "per",
    "pharmacist",
    "pharmacy",
    "present",
    "presently",
    "prior",
    "pt",
    "reaction",
    "reactions",
    "record",
    "recorded",
    "report",
    "reported",
    "reports",
    "reviewed",
    "rn",
    "s",
    "self",
    "sensitivities",
    "sensitivity",
    "she",
    "significant",
    "since",
    "so",
    "son",
    "spouse",
    "stated",
    "states",
    "substance",
    "that",
    "the",
    "they",
    "this",
    "time",
    "times",
    "to",
    "today",
    "unspecified",
    "updated",
    "verified",
    "was",
    "wife",
    "with",
    "x",
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// Neutral words that may stand before a denial without saying anything themselves: "food allergies, no drug allergies" does.
const OPENING: &[&str] = &[
    "allergies",
    "allergy",
    "alergies",
    "allergys",
    "patient",
    "pt",
    "she",
    "he",
    "has",
    "states",
    "reports",
    "the",
    "mother",
    "father",
    "known",
];

/// Words after which a denial takes something back.
const EXCEPTING: &[&str] = &[
    "except",
    "excepting",
    "excluding",
    "besides",
    "but",
    "only",
    "apart",
    "aside",
    "however",
    "though",
    "although",
    "until",
    "unless",
    "after",
    "before",
];

/// Texts that say that nobody knows.
const UNKNOWN: &[&str] =
    &["n/a", "na", "unk", "unknown", "not known", "unknown allergies", "allergies unknown", "not available"];

pub(super) fn said(text: &str) -> Said {
    if text.len() > 400 {
        return Said::Something;
    }
    let lower = text.trim().to_lowercase();
    if UNKNOWN.contains(&lower.as_str()) {
        return Said::Doubtful;
    }
    if let Some(asked) = lower.strip_suffix('?') {
        return if said(asked.trim_end_matches('?')) == Said::Something { Said::Something } else { Said::Doubtful };
    }
    // "Drug allergies: none": a label speaks for what stands behind it.
    if let Some((label, value)) = lower.split_once(':') {
        let names_a_list = words_of(label).iter().all(|word| NEUTRAL.contains(word)) && label.contains("allerg");
        if names_a_list && !value.trim().is_empty() {
            return said(value);
        }
    }
    let lower = ["n.k.d.a", "n/k/d/a"].iter().fold(lower, |text, spelling| text.replace(spelling, "nkda"));
    let lower = ["n.k.a", "n/k/a"].iter().fold(lower, |text, spelling| text.replace(spelling, "nka"));
    let words = words_of(&lower);
    if words == ["non", "allergic"] {
        return Said::None;
    }
    if words.contains(&"not") {
        return said_with_not(&lower, &words);
    }
    let denies = |word: &&str| DENYING.contains(word);
    let neutral = |word: &&str| NEUTRAL.contains(word) || word.bytes().all(|byte| byte.is_ascii_digit());
    let Some(first_denial) = words.iter().position(denies) else {
        return if lower.contains("ruled out") { Said::Doubtful } else { Said::Something };
    };
    // "Penicillin, no reaction known" names its substance first; "penicillin allergy: none" takes it back.
    if !words[..first_denial].iter().all(neutral) {
        let takes_back = words.last().is_some_and(|word| matches!(*word, "none" | "denied" | "negative" | "no"));
        return if takes_back { Said::Doubtful } else { Said::Something };
    }
    let opens = words[..first_denial].iter().all(|word| OPENING.contains(word));
    let rest: Vec<&str> = words.iter().copied().filter(|word| !denies(word) && !neutral(word)).collect();
    let excepts =
        words.iter().any(|word| EXCEPTING.contains(word)) || words.windows(2).any(|pair| pair == ["other", "than"]);
    match rest.is_empty() {
        true if opens && !excepts => Said::None,
        true => Said::Doubtful,
        false if !excepts && denies_one_thing(&lower, &words) => Said::NotThis,
        // "None-such weed pollen": the word begins a name and denies nothing.
        false if !speaks_of_allergies(&words) => Said::Something,
        false => Said::Doubtful,
    }
}

fn words_of(text: &str) -> Vec<&str> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect()
}

fn speaks_of_allergies(words: &[&str]) -> bool {
    words.iter().any(|word| {
        word.contains("allerg")
            || matches!(*word, "known" | "reaction" | "reactions" | "sensitivity" | "intolerance")
            || word.starts_with("nk")
            || word.starts_with("den")
    })
}

/// "Not allergic to penicillin" denies it, "not allergic to anything" all of it; "allergies not reviewed" says nothing, and "not
/// sure if allergic to sulfa" is for a person.
fn said_with_not(lower: &str, words: &[&str]) -> Said {
    let words = without_subject(words);
    let opens = words.first().is_some_and(|first| *first == "not");
    match words.strip_prefix(&["not", "allergic", "to"]) {
        Some(thing)
            if is_plain(lower)
                && thing.iter().all(|word| matches!(*word, "anything" | "any" | "medications" | "drugs" | "foods")) =>
        {
            Said::None
        }
        Some(thing) if is_plain(lower) && is_thing(thing) => Said::NotThis,
        _ if opens || words.iter().all(|word| NEUTRAL.contains(word) || *word == "not") => Said::Doubtful,
        // "Penicillin - not tolerated" names what it is about.
        _ => Said::Something,
    }
}

/// "Denies latex allergy", "no allergy to penicillin", "no penicillin allergy", in these words and no others.
fn denies_one_thing(lower: &str, words: &[&str]) -> bool {
    if !is_plain(lower) {
        return false;
    }
    let words = without_subject(words);
    let allergy = |word: &str| matches!(word, "allergy" | "allergies");
    let Some((first, rest)) = words.split_first() else { return false };
    let denies = matches!(*first, "denies" | "denied");
    if !denies && *first != "no" {
        return false;
    }
    let rest = match rest {
        ["any" | "having" | "known", rest @ ..] if denies || rest.first().is_some_and(|word| allergy(word)) => rest,
        rest => rest,
    };
    match rest {
        [word, "to", thing @ ..] if allergy(word) => is_thing(thing),
        [thing @ .., last] if allergy(last) => is_thing(thing) && (denies || thing.len() == 1),
        _ => false,
    }
}

fn without_subject<'a, 'w>(words: &'a [&'w str]) -> &'a [&'w str] {
    match words {
        ["patient" | "pt" | "she" | "he", "is", rest @ ..] => rest,
        ["patient" | "pt" | "she" | "he", rest @ ..] => rest,
        words => words,
    }
}

/// One clause of plain words.
fn is_plain(text: &str) -> bool {
    text.trim_end_matches('.').chars().all(|c| c.is_alphanumeric() || c == ' ' || c == '\'')
}

/// The name of one thing: few words, none of which turns the sentence.
fn is_thing(words: &[&str]) -> bool {
    const TURNING: &[&str] = &[
        "about",
        "because",
        "confirmed",
        "doubt",
        "due",
        "if",
        "or",
        "and",
        "proven",
        "sure",
        "test",
        "tested",
        "to",
        "unsure",
        "yet",
    ];
    let turns = |word: &&str| {
        TURNING.contains(word) || word.contains("allerg") || DENYING.contains(word) || EXCEPTING.contains(word)
    };
    (1..=3).contains(&words.len()) && !words.iter().any(turns)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(expected: Said, texts: &[&str]) {
        for text in texts {
            assert_eq!(said(text), expected, "{text}");
            assert_eq!(said(&text.to_uppercase()), expected, "{text} in capitals");
        }
    }

    #[test]
    fn none_is_none_in_all_of_its_spellings() {
        check(
            Said::None,
            &[
                "No known allergies",
                "No known drug allergies",
                "no known food allergies",
                "NKDA",
                "NKA",
                "N.K.D.A.",
                "NKMA",
                "NKDA - verified 2019 per patient",
                "NKDA (verified by nurse)",
                "NKDA per pt's wife",
                "NKDA, verified with pharmacy",
                "NKDA x 2",
                "NONE KNOWN - UPDATED 3/4/2019 BY RN",
                "Patient denies allergies",
                "Patient denies having any allergies",
                "Denies any allergy",
                "No drug allergies",
                "no medication allergies",
                "No active allergies",
                "No known allergens",
                "No known alergies",
                "no allergys",
                "Pt has no known allergies",
                "nil known",
                "None",
                "nothing",
                "none known",
                "None reported by patient",
                "allergies: none",
                "Drug allergies: NKDA",
                "no hx of allergies",
                "No known allergies on file",
                "no known allergy (reviewed 03/2020)",
                "Not allergic to anything",
                "Non-allergic",
            ],
        );
    }

    #[test]
    fn an_allergy_is_one_also_beside_a_denial() {
        check(
            Said::Doubtful,
            &[
                "NO KNOWN ALLERGIES EXCEPT PENICILLIN",
                "No known drug allergies other than sulfa",
                "none known; penicillin",
                "Not known - swelled after antibiotic in hospital",
                "NKDA, latex",
                "No known allergies but peanuts made her ill",
                "denies allergies; rash with amoxicillin",
                "Denies allergies except seasonal",
                "No aspirin due to allergy",
                "No NSAIDs due to allergy",
                "No penicillin because of allergy",
                "Not to receive contrast due to allergy",
                "NO PENICILLIN! ALLERGIC",
                "NO PENICILLIN/ALLERGIC",
                "No penicillin allergic",
                "No sulfa drugs allergy",
                "Not sure if allergic to penicillin",
                "Patient is not sure about allergy to penicillin",
                "Not tested for penicillin allergy",
                "Not yet tested for latex allergy",
                "Not confirmed penicillin allergy",
                "No doubt allergic to penicillin",
                "no allergy to sulfa allergic to penicillin",
                "Not allergic to penicillin allergic to sulfa",
                "denies allergy to sulfa allergy to pcn",
                "no shellfish allergy test positive",
                "Environmental allergies, no drug allergies",
                "Food allergies; no medication allergies",
                "Environmental allergies, NKDA",
                "Food allergy (reaction not documented)",
                "Medication allergy, reaction not known",
                "Drug allergy, substance not recorded",
                "Patient has drug allergy, drug not known",
                "No known drug or latex allergies",
                "Penicillin allergy ruled out",
                "Penicillin allergy - none",
            ],
        );
        check(
            Said::Something,
            &[
                "Penicillin",
                "None-such weed pollen mix",
                "Penicillin, no reaction known",
                "Penicillin - not tolerated",
                "Novocaine",
                "Sulfa - denies anaphylaxis",
                "unknown antibiotic",
                "Nonsteroidal anti-inflammatory drugs",
                "",
            ],
        );
    }

    #[test]
    fn nobody_asked_is_neither() {
        check(
            Said::Doubtful,
            &["Not reviewed", "Allergies not documented", "Not known", "unknown", "n/a", "Allergies not reviewed"],
        );
    }

    #[test]
    fn a_denied_substance_is_refuted() {
        check(
            Said::NotThis,
            &[
                "Denies latex allergy",
                "No allergy to penicillin",
                "not allergic to shellfish",
                "no latex allergy",
                "Pt denies allergy to bee stings",
                "Patient is not allergic to sulfa",
            ],
        );
    }
}
