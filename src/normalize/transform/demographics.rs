//! What people are asked at a desk: language, race, ethnicity, marital status, state; words of programs to codes of standards.
//!
//! Only what says the same: "Hispanic" is no race, and a language that is not in the list is no other one.

/// The code of a language (BCP 47): by its name, its code in ISO 639-1 or 639-2, or a tag whose language is known.
pub fn language(text: &str) -> Option<String> {
    let folded = text.trim().to_lowercase().replace('_', "-");
    let (tongue, rest) = folded.split_once('-').map_or((folded.as_str(), None), |(tongue, rest)| (tongue, Some(rest)));
    let by_code = LANGUAGES.iter().find(|(code, ..)| *code == tongue);
    if let (Some((code, ..)), Some(rest)) = (by_code, rest) {
        let region = rest.len() == 2 && rest.bytes().all(|byte| byte.is_ascii_lowercase());
        return region.then(|| format!("{code}-{}", rest.to_uppercase()));
    }
    // "Spanish; Castilian", "Chinese (Mandarin)": the name alone is in the list.
    let known = |(code, codes, names): &&(&str, &str, &str)| {
        *code == folded
            || codes.split_whitespace().any(|other| other == folded)
            || names.split('|').any(|name| name == folded)
    };
    LANGUAGES.iter().find(known).map(|(code, ..)| (*code).to_owned())
}

/// Code, codes of ISO 639-2, names in English: languages that practices in North America meet.
const LANGUAGES: &[(&str, &str, &str)] = &[
    ("af", "afr", "afrikaans"),
    ("am", "amh", "amharic"),
    ("ar", "ara", "arabic"),
    ("ase", "", "american sign language|asl|sign language (american)"),
    ("bn", "ben", "bengali|bangla"),
    ("bs", "bos", "bosnian"),
    ("bg", "bul", "bulgarian"),
    ("my", "bur mya", "burmese"),
    ("ca", "cat", "catalan"),
    ("zh", "chi zho", "chinese"),
    ("cmn", "", "mandarin|chinese (mandarin)|mandarin chinese"),
    ("yue", "", "cantonese|chinese (cantonese)|yue chinese"),
    ("hr", "hrv scr", "croatian"),
    ("cs", "cze ces", "czech"),
    ("da", "dan", "danish"),
    ("nl", "dut nld", "dutch|flemish"),
    ("en", "eng", "english"),
    ("et", "est", "estonian"),
    ("fi", "fin", "finnish"),
    ("fr", "fre fra", "french"),
    ("ka", "geo kat", "georgian"),
    ("de", "ger deu", "german"),
    ("el", "gre ell", "greek"),
    ("gu", "guj", "gujarati"),
    ("ht", "hat", "haitian|haitian creole|haitian; haitian creole"),
    ("ha", "hau", "hausa"),
    ("he", "heb", "hebrew"),
    ("hi", "hin", "hindi"),
    ("hmn", "hmn", "hmong"),
    ("hu", "hun", "hungarian"),
    ("is", "ice isl", "icelandic"),
    ("ig", "ibo", "igbo"),
    ("id", "ind", "indonesian"),
    ("it", "ita", "italian"),
    ("ja", "jpn", "japanese"),
    ("km", "khm", "khmer|cambodian"),
    ("ko", "kor", "korean"),
    ("ku", "kur", "kurdish"),
    ("lo", "lao", "lao|laotian"),
    ("lv", "lav", "latvian"),
    ("lt", "lit", "lithuanian"),
    ("ml", "mal", "malayalam"),
    ("mr", "mar", "marathi"),
    ("nv", "nav", "navajo"),
    ("ne", "nep", "nepali"),
    ("no", "nor", "norwegian"),
    ("fa", "per fas", "persian|farsi"),
    ("pl", "pol", "polish"),
    ("pt", "por", "portuguese"),
    ("pa", "pan", "punjabi|panjabi"),
    ("ro", "rum ron", "romanian"),
    ("ru", "rus", "russian"),
    ("sm", "smo", "samoan"),
    ("sr", "srp scc", "serbian"),
    ("so", "som", "somali"),
    ("es", "spa", "spanish|spanish; castilian|castilian"),
    ("sw", "swa", "swahili"),
    ("sv", "swe", "swedish"),
    ("tl", "tgl", "tagalog|filipino"),
    ("th", "tha", "thai"),
    ("tr", "tur", "turkish"),
    ("uk", "ukr", "ukrainian"),
    ("ur", "urd", "urdu"),
    ("vi", "vie", "vietnamese"),
];

/// HL7 v3 MaritalStatus, as FHIR R4 binds it. Letters count only where HL7 v2's table 0002 means the same by them: `A` is annulled in one,
/// separated in the other.
pub fn marital_status(text: &str) -> Option<&'static str> {
    const WORDS: [(&str, &str); 12] = [
        ("A", "annulled"),
        ("C", "c|common law|common-law|common law marriage"),
        ("D", "d|divorced"),
        ("I", "i|interlocutory"),
        ("L", "legally separated|separated"),
        ("M", "m|married"),
        ("P", "polygamous"),
        ("S", "s|never married|single|never-married"),
        ("T", "domestic partner|life partner|partnered|registered domestic partner|civil union"),
        ("U", "unmarried"),
        ("UNK", "unknown|unk"),
        ("W", "w|widowed|widow|widower"),
    ];
    let folded = folded(text);
    WORDS.iter().find(|(_, words)| words.split('|').any(|word| word == folded)).map(|(code, _)| *code)
}

/// A category of the OMB (CDC Race and Ethnicity code set, 2.16.840.1.113883.6.238).
pub type Category = (&'static str, &'static str);

/// The categories of a race, or of several with separators between; none where a part of it is no race that can be told.
pub fn races(text: &str) -> Option<Vec<Category>> {
    const RACES: [(Category, &str); 6] = [
        (
            ("1002-5", "American Indian or Alaska Native"),
            "american indian|alaska native|native american|american indian/alaska native|american indian or alaskan native|american indian/alaskan native|ai/an",
        ),
        (("2028-9", "Asian"), "asian"),
        (("2054-5", "Black or African American"), "black|african american|black/african american|african-american"),
        (
            ("2076-8", "Native Hawaiian or Other Pacific Islander"),
            "native hawaiian|pacific islander|native hawaiian/pacific islander|native hawaiian/other pacific islander|other pacific islander",
        ),
        (("2106-3", "White"), "caucasian"),
        (("2131-1", "Other Race"), "other race|other"),
    ];
    let one = |part: &str| category(&RACES, part);
    // A slash stands within the names of some.
    let parts: Vec<Category> = match one(text) {
        Some(race) => vec![race],
        None => text.split([',', ';', '|', '&', '+']).map(one).collect::<Option<_>>()?,
    };
    let mut races: Vec<Category> = Vec::new();
    for part in parts {
        if !races.contains(&part) {
            races.push(part);
        }
    }
    Some(races).filter(|races| races.len() <= 5)
}

pub fn ethnicity(text: &str) -> Option<Category> {
    const ETHNICITIES: [(Category, &str); 2] = [
        (
            ("2135-2", "Hispanic or Latino"),
            "hispanic|latino|hispanic/latino|latino/hispanic|hispanic or latino/a|latina|latinx",
        ),
        (
            ("2186-5", "Not Hispanic or Latino"),
            "not hispanic|non-hispanic|non hispanic|nonhispanic|not hispanic/latino|non-hispanic/latino|non-hispanic or latino",
        ),
    ];
    category(&ETHNICITIES, text)
}

fn category(known: &[(Category, &str)], text: &str) -> Option<Category> {
    let folded = folded(text);
    let is = |((code, name), words): &&(Category, &str)| {
        *code == folded || name.eq_ignore_ascii_case(&folded) || words.split('|').any(|word| word == folded)
    };
    known.iter().find(is).map(|(category, _)| *category)
}

/// The code of a state or territory of the United States (USPS Publication 28, appendix B), by its name or its code in any case.
pub fn state(text: &str) -> Option<&'static str> {
    let folded = folded(text);
    let folded = folded.trim_end_matches('.');
    STATES.iter().find(|(code, name)| code.eq_ignore_ascii_case(folded) || *name == folded).map(|(code, _)| *code)
}

const STATES: &[(&str, &str)] = &[
    ("AL", "alabama"),
    ("AK", "alaska"),
    ("AS", "american samoa"),
    ("AZ", "arizona"),
    ("AR", "arkansas"),
    ("CA", "california"),
    ("CO", "colorado"),
    ("CT", "connecticut"),
    ("DE", "delaware"),
    ("DC", "district of columbia"),
    ("FL", "florida"),
    ("GA", "georgia"),
    ("GU", "guam"),
    ("HI", "hawaii"),
    ("ID", "idaho"),
    ("IL", "illinois"),
    ("IN", "indiana"),
    ("IA", "iowa"),
    ("KS", "kansas"),
    ("KY", "kentucky"),
    ("LA", "louisiana"),
    ("ME", "maine"),
    ("MD", "maryland"),
    ("MA", "massachusetts"),
    ("MI", "michigan"),
    ("MN", "minnesota"),
    ("MS", "mississippi"),
    ("MO", "missouri"),
    ("MT", "montana"),
    ("NE", "nebraska"),
    ("NV", "nevada"),
    ("NH", "new hampshire"),
    ("NJ", "new jersey"),
    ("NM", "new mexico"),
    ("NY", "new york"),
    ("NC", "north carolina"),
    ("ND", "north dakota"),
    ("MP", "northern mariana islands"),
    ("OH", "ohio"),
    ("OK", "oklahoma"),
    ("OR", "oregon"),
    ("PA", "pennsylvania"),
    ("PR", "puerto rico"),
    ("RI", "rhode island"),
    ("SC", "south carolina"),
    ("SD", "south dakota"),
    ("TN", "tennessee"),
    ("TX", "texas"),
    ("UT", "utah"),
    ("VT", "vermont"),
    ("VI", "virgin islands"),
    ("VA", "virginia"),
    ("WA", "washington"),
    ("WV", "west virginia"),
    ("WI", "wisconsin"),
    ("WY", "wyoming"),
];

fn folded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages() {
        for (text, code) in [
            ("English", "en"),
            ("ENG", "en"),
            ("en", "en"),
            ("en-us", "en-US"),
            ("es_MX", "es-MX"),
            ("Spanish; Castilian", "es"),
            ("Chinese", "zh"),
            ("Mandarin", "cmn"),
            ("Farsi", "fa"),
            ("ASL", "ase"),
        ] {
            assert_eq!(language(text).as_deref(), Some(code), "{text}");
        }
        for text in ["", "Declined", "Klingon", "english and spanish", "xx-US", "en-USA-2"] {
            assert_eq!(language(text), None, "{text}");
        }
    }

    #[test]
    fn marital_statuses() {
        for (text, code) in [
            ("Married", "M"),
            ("m", "M"),
            ("SINGLE", "S"),
            ("Never  married", "S"),
            ("Widower", "W"),
            ("Legally Separated", "L"),
            ("Domestic Partner", "T"),
            ("unk", "UNK"),
        ] {
            assert_eq!(marital_status(text), Some(code), "{text}");
        }
        assert_eq!((marital_status("engaged"), marital_status("A"), marital_status("")), (None, None, None));
    }

    #[test]
    fn races_and_ethnicities() {
        let codes = |text| races(text).map(|races| races.iter().map(|(code, _)| *code).collect::<Vec<_>>());
        for (text, expected) in [
            ("White", &["2106-3"][..]),
            ("caucasian", &["2106-3"]),
            ("2054-5", &["2054-5"]),
            ("Black or African American", &["2054-5"]),
            ("American Indian/Alaska Native", &["1002-5"]),
            ("White; Asian", &["2106-3", "2028-9"]),
            ("White, white", &["2106-3"]),
        ] {
            assert_eq!(codes(text).as_deref(), Some(expected), "{text}");
        }
        for text in ["", "Hispanic", "White, declined", "unknown", "mixed"] {
            assert_eq!(codes(text), None, "{text}");
        }
        for (text, code) in [
            ("Hispanic", Some("2135-2")),
            ("Hispanic or Latino", Some("2135-2")),
            ("Non-Hispanic", Some("2186-5")),
            ("2186-5", Some("2186-5")),
            ("White", None),
            ("", None),
        ] {
            assert_eq!(ethnicity(text).map(|(code, _)| code), code, "{text}");
        }
    }

    #[test]
    fn states() {
        for (text, code) in
            [("Massachusetts", "MA"), ("ma", "MA"), ("MA", "MA"), ("New  York", "NY"), ("Puerto Rico", "PR")]
        {
            assert_eq!(state(text), Some(code), "{text}");
        }
        assert_eq!((state("Ontario"), state(""), state("M")), (None, None, None));
    }
}
