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

/// Words that deny.
const DENYING: &[&str] = &[
    "no", "none", "nil", "not", "never", "without", "negative", "denies", "denied", "deny", "denying", "nka", "nkda",
    "nkfa", "nkma", "nkfda", "nada",
];

/// Words that name no substance, in entries that say "none".
const NEUTRAL: &[&str] = &[
    "a",
    "adverse",
    "all",
    "allergic",
    "allergies",
    "allergy",
    "any",
    "as",
    "at",
    "been",
    "by",
    "chart",
    "checked",
    "confirmed",
    "current",
    "currently",
    "date",
    "documented",
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
    "had",
    "has",
    "have",
    "he",
    "her",
    "his",
    "history",
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
    "med",
    "medication",
    "medications",
    "medicine",
    "medicines",
    "meds",
    "mother",
    "noted",
    "now",
    "of",
    "on",
    "or",
    "and",
    "other",
    "parent",
    "parents",
    "patient",
    "per",
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
    "self",
    "sensitivities",
    "sensitivity",
    "she",
    "significant",
    "since",
    "so",
    "stated",
    "states",
    "substance",
    "that",
    "the",
    "they",
    "this",
    "time",
    "to",
    "today",
    "unspecified",
    "updated",
    "verified",
    "was",
    "with",
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

/// Words after which a denial takes something back.
const EXCEPTING: &[&str] = &[
    "except",
    "excepting",
    "excluding",
    "besides",
    "but",
    "other",
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

pub(super) fn said(text: &str) -> Said {
    // Most entries name a substance and nothing else; only a denial is looked at closely.
    let starts = text.bytes().next().map(|byte| byte.to_ascii_lowercase());
    if starts.is_none() || text.len() > 400 {
        return Said::Something;
    }
    let lower = text
        .to_lowercase()
        .replace("n.k.d.a", "nkda")
        .replace("n.k.a", "nka")
        .replace("n/k/a", "nka")
        .replace("n/k/d/a", "nkda");
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let denies = |word: &&str| DENYING.contains(word);
    let neutral = |word: &&str| NEUTRAL.contains(word) || word.bytes().all(|byte| byte.is_ascii_digit());
    let Some(first_denial) = words.iter().position(denies) else { return Said::Something };
    // "Penicillin, no reaction known" names its substance first.
    if !words[..first_denial].iter().all(neutral) {
        return Said::Something;
    }
    let rest: Vec<&str> = words.iter().copied().filter(|word| !denies(word) && !neutral(word)).collect();
    let excepts = words.iter().any(|word| EXCEPTING.contains(word) && *word != "other")
        || words.windows(2).any(|pair| pair == ["other", "than"]);
    let speaks_of_allergy = words.iter().any(|word| {
        matches!(
            *word,
            "allergy" | "allergies" | "allergic" | "known" | "reaction" | "reactions" | "sensitivity" | "intolerance"
        ) || word.starts_with("nk")
            || word.starts_with("den")
    });
    match (rest.is_empty(), excepts) {
        (true, false) => Said::None,
        (true, true) => Said::Doubtful,
        // "None-such weed pollen": the word begins a name and denies nothing.
        (false, _) if !speaks_of_allergy => Said::Something,
        (false, false) if is_one_denial(&lower, &words) => Said::NotThis,
        (false, _) => Said::Doubtful,
    }
}

/// "Denies latex allergy", "no allergy to latex", "not allergic to penicillin": one clause, and the denial governs it.
fn is_one_denial(lower: &str, words: &[&str]) -> bool {
    let one_clause = !lower.contains([';', ',', '.', ':', '(', '\n']) && !lower.contains(" - ") && words.len() <= 8;
    let begins = matches!(words[0], "no" | "denies" | "denied" | "not" | "pt" | "patient" | "negative");
    let known_first = words.len() > 1 && words[1] == "known";
    let names_allergy = words.iter().any(|word| matches!(*word, "allergy" | "allergic" | "allergies"));
    one_clause && begins && names_allergy && !(known_first && words.contains(&"allergies"))
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
                "Patient denies allergies",
                "Denies any allergy",
                "No drug allergies",
                "no medication allergies",
                "Pt has no known allergies",
                "nil known",
                "None",
                "none known",
                "None reported by patient",
                "allergies: none",
                "no hx of allergies",
                "No known allergies on file",
                "Not known",
                "no known allergy (reviewed 03/2020)",
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
            ],
        );
        check(
            Said::Something,
            &[
                "Penicillin",
                "None-such weed pollen mix",
                "Penicillin, no reaction known",
                "Novocaine",
                "Sulfa - denies anaphylaxis",
                "unknown antibiotic",
                "Nonsteroidal anti-inflammatory drugs",
                "",
            ],
        );
    }

    #[test]
    fn a_denied_substance_is_refuted() {
        check(
            Said::NotThis,
            &["Denies latex allergy", "No allergy to penicillin", "not allergic to shellfish", "no latex allergy"],
        );
    }
}
