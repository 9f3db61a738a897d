//! An address that came as one text: split where it says itself where its parts end, and nowhere else.

use super::demographics::state;

/// The parts of an address, as they were written.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct AddressParts {
    pub line: Option<String>,
    pub city: Option<String>,
    pub state: Option<String>,
    pub postal_code: Option<String>,
}

/// "123 Main St, Boston, MA 02139" by its commas or lines; "123 Main St Boston MA 02139" by the one word in it that ends a street. Where street and
/// city cannot be told apart, neither is; whatever of the end is certain is taken.
pub fn parse_address(text: &str) -> AddressParts {
    let mut pieces: Vec<&str> =
        text.split([',', '\n', '\r', ';']).map(str::trim).filter(|piece| !piece.is_empty()).collect();
    if pieces.len() > 1 && pieces.last().is_some_and(|piece| is_country(piece)) {
        pieces.pop();
    }
    match pieces.as_slice() {
        [] => AddressParts::default(),
        [one] => without_commas(one),
        [first, last] => two_pieces(first, last),
        _ => by_commas(pieces),
    }
}

fn by_commas(mut pieces: Vec<&str>) -> AddressParts {
    let mut parts = AddressParts::default();
    let last = pieces.pop().unwrap_or_default();
    let end = End::of(last);
    if let (Some(state), false) = (&end.state, end.before.is_empty()) {
        // "12 Elm St, Apt 3, Boston MA 02139".
        parts.state = Some(state.clone());
        parts.postal_code = end.postal_code;
        parts.city = Some(end.before);
    } else {
        (parts.state, parts.postal_code) = state_and_code(last);
        if parts.state.is_none()
            && let Some(state) = pieces.pop()
        {
            parts.state = Some(state.to_owned());
        }
        parts.city = pieces.pop().map(str::to_owned);
    }
    parts.line = Some(pieces.join(", ")).filter(|line| !line.is_empty());
    parts
}

/// "123 Main St, Boston MA 02139", "Boston, MA 02139".
fn two_pieces(first: &str, last: &str) -> AddressParts {
    let end = End::of(last);
    let mut parts = AddressParts { postal_code: end.postal_code, ..AddressParts::default() };
    let Some(state) = end.state else { return parts };
    parts.state = Some(state);
    match (end.before.is_empty(), has_digit(first)) {
        (false, _) => (parts.line, parts.city) = (Some(first.to_owned()), Some(end.before)),
        (true, false) => parts.city = Some(first.to_owned()),
        // "123 Main St Boston, MA 02139": as without commas.
        (true, true) => (parts.line, parts.city) = street_and_city(first).unzip(),
    }
    parts
}

fn without_commas(text: &str) -> AddressParts {
    let end = End::of(text);
    let mut parts = AddressParts { postal_code: end.postal_code, state: end.state, ..AddressParts::default() };
    if parts.state.is_some() {
        (parts.line, parts.city) = street_and_city(&end.before).unzip();
    }
    parts
}

/// What stands at the end of a text: a ZIP code, and a state before it; without a ZIP code no state is certain.
#[derive(Default)]
struct End {
    before: String,
    state: Option<String>,
    postal_code: Option<String>,
}

impl End {
    fn of(text: &str) -> Self {
        let mut words: Vec<&str> = text.split_whitespace().collect();
        if words.len() > 1 && words.last().is_some_and(|word| is_country(word)) {
            words.pop();
        }
        let Some(code) = words.last().copied().filter(|word| is_us_zip(word)) else { return Self::default() };
        words.pop();
        // States have up to four words: "District of Columbia"; a code of two letters, in capitals, is one word.
        let name = (1..=words.len().min(3)).rev().find(|count| {
            let name = words[words.len() - count..].join(" ");
            let is_code = name.len() == 2 && name.bytes().all(|byte| byte.is_ascii_uppercase());
            state(&name).is_some() && (is_code || name.len() > 2)
        });
        let state = name.map(|count| words.split_off(words.len() - count).join(" "));
        Self { before: words.join(" "), state, postal_code: Some(code.to_owned()) }
    }
}

/// Words that end the name of a street (USPS Publication 28, appendix C1), those that do not also begin names of cities.
const STREETS: [&str; 27] = [
    "street",
    "avenue",
    "ave",
    "road",
    "rd",
    "boulevard",
    "blvd",
    "drive",
    "dr",
    "lane",
    "ln",
    "court",
    "ct",
    "circle",
    "cir",
    "terrace",
    "ter",
    "place",
    "pl",
    "parkway",
    "pkwy",
    "highway",
    "hwy",
    "trail",
    "trl",
    "way",
    "st",
];

const UNITS: [&str; 8] = ["apt", "apartment", "unit", "suite", "ste", "rm", "room", "#"];

/// "123 Main St Apt 4 Boston" where just one word ends a street.
fn street_and_city(text: &str) -> Option<(String, String)> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let bare = |word: &str| word.trim_end_matches(['.', ',']).to_lowercase();
    let is_end = |word: &str| STREETS.contains(&bare(word).as_str());
    if !words.first().is_some_and(|word| has_digit(word)) || words.iter().filter(|word| is_end(word)).count() != 1 {
        return None;
    }
    let mut end = words.iter().position(|word| is_end(word))? + 1;
    if end < 3 {
        return None;
    }
    // A direction belongs to the street, a unit to the line.
    if words
        .get(end)
        .is_some_and(|word| matches!(bare(word).as_str(), "n" | "s" | "e" | "w" | "ne" | "nw" | "se" | "sw"))
    {
        end += 1;
    }
    match words.get(end) {
        Some(word) if UNITS.contains(&bare(word).as_str()) => end += 2,
        Some(word) if word.starts_with('#') => end += 1,
        _ => {}
    }
    let city = words.get(end..)?.join(" ");
    let is_name = !city.is_empty() && !has_digit(&city);
    is_name.then(|| (words[..end].join(" "), city))
}

fn has_digit(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_digit())
}

fn is_country(text: &str) -> bool {
    let plain = text.replace('.', "").to_lowercase();
    matches!(plain.as_str(), "us" | "usa" | "united states" | "united states of america")
}

fn state_and_code(text: &str) -> (Option<String>, Option<String>) {
    let (code, words): (Vec<&str>, Vec<&str>) = text.split_whitespace().partition(|word| has_digit(word));
    let some = |words: Vec<&str>| Some(words.join(" ")).filter(|text| !text.is_empty());
    (some(words), some(code))
}

fn is_us_zip(text: &str) -> bool {
    let (zip, plus) = text.split_once('-').unwrap_or((text, "0000"));
    zip.len() == 5 && plus.len() == 4 && [zip, plus].iter().all(|part| part.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_split_where_it_says_so_itself() {
        for (text, expected) in [
            ("12 Elm St, Apt 3, Boston, MA 02139", ["12 Elm St, Apt 3", "Boston", "MA", "02139"]),
            ("12 Elm St, Apt 3, Boston MA 02139", ["12 Elm St, Apt 3", "Boston", "MA", "02139"]),
            ("12 Elm St, Boston, MA, 02139, USA", ["12 Elm St", "Boston", "MA", "02139"]),
            ("12 Elm St, Boston MA 02139-1234", ["12 Elm St", "Boston", "MA", "02139-1234"]),
            ("12 Elm St\nNew Bedford, Massachusetts 02740", ["12 Elm St", "New Bedford", "Massachusetts", "02740"]),
            ("12 Elm St\r\nBoston MA 02139", ["12 Elm St", "Boston", "MA", "02139"]),
            ("Boston, MA 02139", ["", "Boston", "MA", "02139"]),
            ("12 Elm St Boston MA 02139 US", ["12 Elm St", "Boston", "MA", "02139"]),
            ("12 Elm St. Apt 3 New Bedford MA 02740", ["12 Elm St. Apt 3", "New Bedford", "MA", "02740"]),
            ("12 Elm St NW #4 Washington DC 20001", ["12 Elm St NW #4", "Washington", "DC", "20001"]),
            ("12 N Main Avenue Fargo North Dakota 58102", ["12 N Main Avenue", "Fargo", "North Dakota", "58102"]),
            ("12 Elm St Boston, MA 02139", ["12 Elm St", "Boston", "MA", "02139"]),
        ] {
            let parts = parse_address(text);
            let shown = [parts.line, parts.city, parts.state, parts.postal_code].map(Option::unwrap_or_default);
            assert_eq!(shown, expected, "{text}");
        }
    }

    #[test]
    fn what_could_be_either_is_neither() {
        for (text, expected) in [
            // Two words that end a street, none, one that is all there is before the city.
            ("12 St Charles Ave New Orleans LA 70118", ["", "", "LA", "70118"]),
            ("5 Elm St St Paul MN 55101", ["", "", "MN", "55101"]),
            ("5 Broadway Albany NY 12207", ["", "", "NY", "12207"]),
            ("Elm St Boston MA 02139", ["", "", "MA", "02139"]),
            ("12 Elm St Boston 02139", ["", "", "", "02139"]),
            ("12 Elm St Boston or 97201", ["", "", "", "97201"]),
            ("somewhere in Boston", ["", "", "", ""]),
            ("", ["", "", "", ""]),
        ] {
            let parts = parse_address(text);
            let shown = [parts.line, parts.city, parts.state, parts.postal_code].map(Option::unwrap_or_default);
            assert_eq!(shown, expected, "{text}");
        }
    }
}
