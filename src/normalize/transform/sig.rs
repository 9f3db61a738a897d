//! Directions as a prescription has them ("1 tab po bid prn"): dose, how often, by which way. What is not plain is left to the words, which
//! are charted beside: half a direction read wrongly is worse than one that nobody read.

/// What directions say, as far as they say it plainly.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sig {
    /// Amount per dose, and its unit as one word: tablet, mL, mg.
    pub dose: Option<(f64, &'static str)>,
    /// Times per unit of time, UCUM: `h`, `d`, `wk`, `mo`.
    pub frequency: Option<(f64, &'static str)>,
    pub route: Option<&'static str>,
}

/// Units of doses. `U` is not among them: it is read as a zero; nor is `T`, which is a tablet, a tablespoon or, written small, a teaspoon.
const UNITS: &[(&str, &[&str])] = &[
    ("tablet", &["tablet", "tablets", "tab", "tabs", "tab(s)", "tablet(s)"]),
    ("capsule", &["capsule", "capsules", "cap", "caps", "cap(s)", "capsule(s)"]),
    ("puff", &["puff", "puffs", "puff(s)", "inhalation", "inhalations"]),
    ("drop", &["drop", "drops", "gtt", "gtts", "drop(s)"]),
    ("spray", &["spray", "sprays", "spray(s)"]),
    ("patch", &["patch", "patches", "patch(es)"]),
    ("suppository", &["suppository", "suppositories", "supp"]),
    ("mL", &["ml", "mls", "milliliter", "milliliters", "cc"]),
    ("mg", &["mg", "mgs", "milligram", "milligrams"]),
    ("ug", &["mcg", "microgram", "micrograms"]),
    ("g", &["g", "gm", "gram", "grams"]),
    ("unit", &["unit", "units"]),
    ("teaspoon", &["tsp", "teaspoon", "teaspoons", "teaspoonful"]),
    ("tablespoon", &["tbsp", "tablespoon", "tablespoons", "tablespoonful"]),
];

const ROUTES: &[(&str, &[&str])] = &[
    ("oral", &["po", "by mouth", "orally", "oral", "per os"]),
    ("sublingual", &["sl", "under the tongue", "sublingual", "sublingually"]),
    ("intramuscular", &["im", "intramuscular", "intramuscularly"]),
    ("intravenous", &["iv", "intravenous", "intravenously"]),
    ("subcutaneous", &["sc", "sq", "subq", "subcut", "subcutaneous", "subcutaneously", "under the skin"]),
    ("rectal", &["pr", "rectally", "per rectum", "rectal"]),
    ("vaginal", &["pv", "vaginally", "per vagina", "vaginal"]),
    ("topical", &["topically", "topical", "to skin", "to affected area", "to the affected area"]),
    ("inhaled", &["inhaled", "inhale", "by inhalation", "via inhaler", "via nebulizer"]),
    ("nasal", &["nasally", "in each nostril", "each nostril", "intranasal", "intranasally"]),
];

const NUMBERS: &[(&str, f64)] = &[
    ("half", 0.5),
    ("one", 1.0),
    ("two", 2.0),
    ("three", 3.0),
    ("four", 4.0),
    ("five", 5.0),
    ("six", 6.0),
    ("eight", 8.0),
    ("ten", 10.0),
    ("twelve", 12.0),
];

/// Phrases that say how often, the longer ones first.
const FREQUENCIES: &[(&str, f64, &str)] = &[
    ("every other day", 0.5, "d"),
    ("every morning and evening", 2.0, "d"),
    ("morning and evening", 2.0, "d"),
    ("four times a day", 4.0, "d"),
    ("four times daily", 4.0, "d"),
    ("three times a day", 3.0, "d"),
    ("three times daily", 3.0, "d"),
    ("two times a day", 2.0, "d"),
    ("two times daily", 2.0, "d"),
    ("twice a day", 2.0, "d"),
    ("twice daily", 2.0, "d"),
    ("once a day", 1.0, "d"),
    ("once daily", 1.0, "d"),
    ("twice a week", 2.0, "wk"),
    ("twice weekly", 2.0, "wk"),
    ("once a week", 1.0, "wk"),
    ("once weekly", 1.0, "wk"),
    ("once a month", 1.0, "mo"),
    ("once monthly", 1.0, "mo"),
    ("every morning", 1.0, "d"),
    ("every evening", 1.0, "d"),
    ("every night", 1.0, "d"),
    ("at bedtime", 1.0, "d"),
    ("each morning", 1.0, "d"),
    ("every day", 1.0, "d"),
    ("every week", 1.0, "wk"),
    ("every month", 1.0, "mo"),
    ("in the morning", 1.0, "d"),
    ("in the evening", 1.0, "d"),
    ("a day", 1.0, "d"),
    ("per day", 1.0, "d"),
    ("a week", 1.0, "wk"),
    ("nightly", 1.0, "d"),
    ("daily", 1.0, "d"),
    ("weekly", 1.0, "wk"),
    ("monthly", 1.0, "mo"),
    ("qod", 0.5, "d"),
    ("bid", 2.0, "d"),
    ("tid", 3.0, "d"),
    ("qid", 4.0, "d"),
    ("qhs", 1.0, "d"),
    ("qam", 1.0, "d"),
    ("qpm", 1.0, "d"),
    ("qd", 1.0, "d"),
    ("qwk", 1.0, "wk"),
];

/// What makes of several directions one, or takes some of it back: then nothing is plain.
const NOT_PLAIN: &[&str] = &[
    "then",
    "taper",
    "alternate",
    "alternating",
    "increase",
    "decrease",
    "reduce",
    "except",
    "unless",
    "skip",
    "until",
    "hold",
    "sliding",
    "scale",
    "mwf",
    "tts",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "mon",
    "tue",
    "wed",
    "thu",
    "fri",
    "sat",
    "sun",
    "repeat",
    "loading",
    "initially",
    "not",
    "stop",
    "discontinue",
    "dc",
    "total",
    "max",
    "maximum",
    "exceed",
    "plus",
    // Ceilings, and parts of what is given.
    "limit",
    "more",
    "divided",
    "kg",
    "dissolve",
    "mix",
    "dilute",
    // What is handed out.
    "disp",
    "dispense",
    "dispensed",
    "qty",
    "quantity",
    "refill",
    "refills",
    "rf",
    // It is over.
    "discontinued",
    "stopped",
    "longer",
    "refuses",
    "refused",
    "off",
    "don't",
    "dont",
    // Numbers that go on in the next word, and those that are none.
    "eleven",
    "twenty",
    "thirty",
    "forty",
    "fifty",
    "sixty",
    "seventy",
    "eighty",
    "ninety",
    "hundred",
    "thousand",
    "quarter",
    "quarters",
    "several",
    "multiple",
    "weekdays",
    "weekends",
    "biweekly",
];

/// Parts of a day, each by what tells of it. A direction that names two of them is for each.
const PARTS_OF_DAY: &[&[&str]] = &[
    &["morning", "qam", "am", "a.m"],
    &["noon", "midday", "lunch", "lunchtime", "afternoon"],
    &["evening", "qpm", "pm", "p.m", "dinner", "supper"],
    &["night", "nightly", "bedtime", "qhs", "hs"],
    &["breakfast"],
];

/// Reads directions.
pub fn parse_sig(text: &str) -> Sig {
    let words = words_of(text);
    let is_open = |word: &String| NOT_PLAIN.contains(&word.trim_matches(['(', ')', '[', ']', '*', '!', '"']));
    if words.iter().any(is_open) || has_odd_signs(text) {
        return Sig::default();
    }
    let joined = format!(" {} ", words.join(" "));
    let comma = comma_in_number(text);
    let dose = if comma == Comma::None { dose(&words) } else { None };
    let frequency = if comma == Comma::Decimal { None } else { frequency(&words, &joined) };
    Sig { dose, frequency, route: route(&joined) }
}

/// Numbers that are counted off, long dashes, words that hang together ("bi-weekly", "twenty-five", "d/c'd").
fn has_odd_signs(text: &str) -> bool {
    let lower = text.to_lowercase();
    let hangs = |at: usize| {
        let is_letter = |c: Option<char>| c.is_some_and(char::is_alphabetic);
        is_letter(lower[..at].chars().next_back()) && is_letter(lower[at + 1..].chars().next())
    };
    lower.contains(['#', '~', '\u{2012}', '\u{2013}', '\u{2014}', '\u{2212}', '\u{2019}'])
        || lower.contains("d/c")
        || lower.match_indices('-').any(|(at, _)| hangs(at))
}

/// What a comma between digits does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comma {
    None,
    /// Three digits stand behind it: thousands, or a fraction of three places.
    Thousands,
    Decimal,
}

/// `0,5 mg` is half a milligram to who wrote it, and five to who takes the comma for a pause.
fn comma_in_number(text: &str) -> Comma {
    let mut found = Comma::None;
    for (at, _) in text.match_indices(',') {
        let (before, behind) = (&text[..at], &text[at + 1..]);
        let digits = behind.bytes().take_while(u8::is_ascii_digit).count();
        if before.ends_with(|c: char| c.is_ascii_digit()) && digits > 0 {
            found = if digits == 3 && found != Comma::Decimal { Comma::Thousands } else { Comma::Decimal };
        }
    }
    found
}

/// In lower case, without the points of abbreviations (`b.i.d.`), with numbers apart from what they count (`10mg`, `q6h`).
fn words_of(text: &str) -> Vec<String> {
    let lower = text.to_lowercase();
    let mut words = Vec::new();
    for token in lower.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | ':')) {
        let is_abbreviation = token.contains('.') && token.chars().all(|c| c.is_alphabetic() || c == '.');
        let token: String =
            if is_abbreviation { token.replace('.', "") } else { token.trim_end_matches('.').to_owned() };
        let mut word = String::new();
        let mut before = None;
        for c in token.chars() {
            let is_number = c.is_ascii_digit()
                || (matches!(c, '.' | '/' | '-') && before.is_some_and(|c: char| c.is_ascii_digit()));
            let was_number = before.is_some_and(|c: char| c.is_ascii_digit() || matches!(c, '.' | '/' | '-'));
            if before.is_some() && is_number != was_number && !word.is_empty() {
                words.push(std::mem::take(&mut word));
            }
            word.push(c);
            before = Some(c);
        }
        if !word.is_empty() {
            words.push(word);
        }
    }
    words
}

/// `2`, `0.5`, `1/2`, `half`; none for a range, or a number that begins with its point.
fn number(word: &str) -> Option<f64> {
    if let Some((_, number)) = NUMBERS.iter().find(|(name, _)| *name == word) {
        return Some(*number);
    }
    // Parts of a tablet: `5/325` are the strengths of two drugs.
    if let Some((above, below)) = word.split_once('/') {
        let (above, below) = (above.parse::<u8>().ok()?, below.parse::<u8>().ok()?);
        return (0 < above && above < below && below <= 4).then(|| f64::from(above) / f64::from(below));
    }
    let is_plain = word.starts_with(|c: char| c.is_ascii_digit()) && !word.ends_with('.');
    word.parse::<f64>().ok().filter(|number| is_plain && *number > 0.0)
}

fn unit(word: &str) -> Option<&'static str> {
    UNITS.iter().find(|(_, names)| names.contains(&word)).map(|(unit, _)| *unit)
}

/// The one amount that is given in the unit of a dose.
fn dose(words: &[String]) -> Option<(f64, &'static str)> {
    if !is_all_counted(words) {
        return None;
    }
    let mut found: Option<(f64, &'static str)> = None;
    for (at, word) in words.iter().enumerate() {
        let Some(unit) = unit(word) else { continue };
        let before = |back: usize| at.checked_sub(back).map(|at| words[at].as_str());
        // "half a tablet", "one (1) tablet", "1 1/2 tablets".
        let amount = match before(1) {
            Some("a" | "an") => before(2).and_then(number).filter(|number| *number < 1.0).or(Some(1.0)),
            Some(word) if word.starts_with('(') => None,
            Some(word) => number(word),
            None => None,
        };
        let Some(mut amount) = amount else {
            // Something is counted in it, in a way that is not plain: a range, a strength within a name.
            return None;
        };
        match wholes(&words[..at], amount)? {
            0.0 => {}
            whole => amount += whole,
        }
        let is_range = before(2) == Some("-") || before(2) == Some("to") || before(2) == Some("or");
        match found {
            _ if is_range => return None,
            // A dose and its strength: which of the two is given is not plain.
            Some(other) if other != (amount, unit) => return None,
            _ => found = Some((amount, unit)),
        }
    }
    found
}

/// Whether every number counts something that is known here: doses, hours, times, how long. Another one is a strength, a date, a second dose.
fn is_all_counted(words: &[String]) -> bool {
    let word = |at: Option<usize>| at.and_then(|at| words.get(at)).map(String::as_str).unwrap_or_default();
    let is_number = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
    let is_part = |text: &str| text == "half" || text.contains('/');
    let counts = |at: usize| {
        let (before, behind) = (word(at.checked_sub(1)), word(Some(at + 1)));
        let is_time = is_span(behind) && matches!(before, "x" | "for" | "q" | "every");
        let is_unit = unit(behind.trim_end_matches(')')).is_some() && !matches!(before, "x" | "of" | "in");
        let is_whole = is_part(behind) || matches!(behind, "and" | "&" | "+") && is_part(word(Some(at + 2)));
        let is_whole = is_whole || behind == "and" && word(Some(at + 2)) == "a" && word(Some(at + 3)) == "half";
        let is_half = words[at] == "half" && matches!(behind, "a" | "an") && unit(word(Some(at + 2))).is_some();
        let is_often = behind.starts_with('x') || matches!(behind, "times" | "h" | "hr" | "hrs" | "hour" | "hours");
        is_time || is_unit || is_whole || is_half || is_often
    };
    (0..words.len()).filter(|at| is_number(&words[*at]) || words[*at] == "half").all(counts)
}

fn is_span(word: &str) -> bool {
    matches!(word, "d" | "day" | "days" | "w" | "wk" | "wks" | "week" | "weeks" | "mo" | "month" | "months")
}

/// What stands before a part of one and belongs to it: "1 1/2", "one and a half", "2 and 1/2". None where it is not plain: of "one half" and
/// "1 half" nobody knows.
fn wholes(before: &[String], amount: f64) -> Option<f64> {
    let mut before: Vec<&str> = before.iter().map(String::as_str).collect();
    let is_word =
        before.pop_if(|word| matches!(*word, "a" | "an")).map_or_else(|| before.last() == Some(&"half"), |_| true);
    if is_word {
        before.pop_if(|word| *word == "half");
        before.pop_if(|word| matches!(*word, "a" | "an"));
    } else {
        before.pop();
    }
    let is_joined = before.pop_if(|word| matches!(*word, "and" | "&" | "+")).is_some();
    // `0. 5` is no five.
    if before.last().is_some_and(|word| word.parse::<f64>().is_ok_and(|number| number <= 0.0)) {
        return None;
    }
    let whole = before.last().and_then(|word| number(word)).filter(|whole| whole.fract() == 0.0);
    match whole {
        Some(whole) if amount < 1.0 && (is_joined || !is_word) => Some(whole),
        // A number before a number is anything.
        Some(_) => None,
        None if is_joined => None,
        _ => Some(0.0),
    }
}

fn route(joined: &str) -> Option<&'static str> {
    let mut found = ROUTES.iter().filter(|(_, names)| names.iter().any(|name| joined.contains(&format!(" {name} "))));
    match (found.next(), found.next()) {
        (Some((route, _)), None) => Some(route),
        _ => None,
    }
}

/// Whether nothing says how often in a way that was not read: `left` is what the phrases left of the words.
fn is_plain_often(words: &[String], left: &str) -> bool {
    let word = |at: usize| words.get(at).map(String::as_str).unwrap_or_default();
    // "twice in a day", "3 times in the day".
    let is_counted = [" twice ", " thrice "].iter().any(|times| left.contains(times));
    let of_time = |word: &str| {
        matches!(
            word.trim_start_matches('/'),
            "d" | "day" | "daily" | "days" | "wk" | "week" | "weekly" | "weeks" | "month" | "months"
        )
    };
    let before = |at: usize| at.checked_sub(1).map(word).unwrap_or_default();
    let is_odd = |at: usize| match word(at) {
        // "every 2 weeks", "q3d", "every other week", "every few hours".
        "q" | "every" => {
            let next = word(at + 1);
            let is_known = matches!(next, "day" | "morning" | "evening" | "night" | "week" | "month" | "hour" | "h")
                || next == "other" && word(at + 2) == "day"
                || number(next).is_some() && matches!(word(at + 2), "h" | "hr" | "hrs" | "hour" | "hours");
            !is_known
        }
        // "5 days a week".
        "days" | "nights" | "mornings" | "evenings" => matches!(word(at + 1), "a" | "per" | "each" | "every"),
        "twice" | "thrice" => matches!(before(at), "or" | "to"),
        // "seven times a day", "2 to 3 times daily".
        "times" if number(before(at)).is_none() || at > 1 && matches!(word(at - 2), "to" | "or") => true,
        "x" if number(before(at)).is_none() && before(at).starts_with(|c: char| c.is_ascii_digit()) => true,
        // "x 3 daily" is three times; "x 3 days" is how long.
        "x" if number(word(at + 1)).is_some() => {
            !matches!(word(at + 2), "d" | "day" | "days" | "wk" | "wks" | "week" | "weeks" | "month" | "months" | "mo")
        }
        "times" | "x" => {
            let rest = if matches!(word(at + 1), "a" | "per" | "each" | "/") { at + 2 } else { at + 1 };
            !of_time(word(rest))
        }
        // "take 2 daily", "2 per day".
        "daily" | "a" | "per" if at > 0 && number(word(at - 1)).is_some() => {
            word(at) == "daily" || of_time(word(at + 1))
        }
        _ => false,
    };
    !is_counted && !(0..words.len()).any(is_odd)
}

/// Whether "daily" may be several times: in the morning and at night, with meals.
fn is_of_parts(words: &[String]) -> bool {
    let is_there = |names: &&&[&str]| words.iter().any(|word| names.contains(&word.as_str()));
    PARTS_OF_DAY.iter().filter(is_there).count() > 1
        || words.iter().any(|word| matches!(word.as_str(), "meal" | "meals"))
}

/// How often, if it is said once, or several times alike.
fn frequency(words: &[String], joined: &str) -> Option<(f64, &'static str)> {
    let mut found: Vec<(f64, &'static str)> = Vec::new();
    let mut left = joined.to_owned();
    for (phrase, times, unit) in FREQUENCIES {
        let padded = format!(" {phrase} ");
        if left.contains(&padded) {
            found.push((*times, unit));
            left = left.replace(&padded, "  ");
        }
    }
    for (at, word) in words.iter().enumerate() {
        let next = |ahead: usize| words.get(at + ahead).map(String::as_str);
        let hours = match (word.as_str(), next(2)) {
            ("q" | "every", Some("h" | "hr" | "hrs" | "hour" | "hours")) => next(1)?,
            _ => continue,
        };
        let hours = number(hours)?;
        let per_day = 24.0 / hours;
        found.push(if per_day >= 1.0 { (per_day, "d") } else { (1.0 / hours, "h") });
    }
    for (at, word) in words.iter().enumerate() {
        // "3 x day", "2 times per week".
        let behind = |ahead: usize| words.get(at + ahead).map(String::as_str).unwrap_or_default();
        let Some(times) = number(word).filter(|_| matches!(behind(1), "x" | "times" | "x/")) else { continue };
        let rest = if matches!(behind(2), "a" | "per" | "each" | "/") { behind(3) } else { behind(2) };
        let unit = match rest.trim_start_matches('/') {
            "day" | "daily" => "d",
            "week" | "weekly" => "wk",
            _ => continue,
        };
        // "daily" stands for the unit here.
        found.retain(|(other, of)| !(*of == unit && (*other - 1.0).abs() < f64::EPSILON));
        found.push((times, unit));
    }
    if !is_plain_often(words, &left) {
        return None;
    }
    let first = *found.first()?;
    if first == (1.0, "d") && is_of_parts(words) {
        return None;
    }
    found.iter().all(|other| *other == first).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directions_are_read_where_they_are_plain() {
        let check = |text: &str, dose: Option<(f64, &str)>, frequency: Option<(f64, &str)>, route: Option<&str>| {
            let sig = parse_sig(text);
            assert_eq!((sig.dose, sig.frequency, sig.route), (dose, frequency, route), "{text}");
        };
        check("1 tab po qd", Some((1.0, "tablet")), Some((1.0, "d")), Some("oral"));
        check("Take 2 tablets by mouth twice daily", Some((2.0, "tablet")), Some((2.0, "d")), Some("oral"));
        check("1 TAB PO B.I.D.", Some((1.0, "tablet")), Some((2.0, "d")), Some("oral"));
        check("one and a half tablets daily", Some((1.5, "tablet")), Some((1.0, "d")), None);
        check("2 and 1/2 tabs daily", Some((2.5, "tablet")), Some((1.0, "d")), None);
        check("1,000 mg po bid", None, Some((2.0, "d")), Some("oral"));
        check("1 tab every night at bedtime", Some((1.0, "tablet")), Some((1.0, "d")), None);
        check("1 tab every morning and evening", Some((1.0, "tablet")), Some((2.0, "d")), None);
        check("1 tab bid with meals", Some((1.0, "tablet")), Some((2.0, "d")), None);
        check("1 tab twice daily with breakfast and dinner", Some((1.0, "tablet")), Some((2.0, "d")), None);
        check("one tablet daily, with water", Some((1.0, "tablet")), Some((1.0, "d")), None);
        check("2 tabs per day", Some((2.0, "tablet")), Some((1.0, "d")), None);
        check("half a tablet every morning", Some((0.5, "tablet")), Some((1.0, "d")), None);
        check("take 1/2 tab po qhs", Some((0.5, "tablet")), Some((1.0, "d")), Some("oral"));
        check("1 1/2 tablets daily", Some((1.5, "tablet")), Some((1.0, "d")), None);
        check("2 puffs inhaled q6h prn", Some((2.0, "puff")), Some((4.0, "d")), Some("inhaled"));
        check("inhale 2 puffs every 4 hours as needed", Some((2.0, "puff")), Some((6.0, "d")), Some("inhaled"));
        check("5 mL po tid x 10 days", Some((5.0, "mL")), Some((3.0, "d")), Some("oral"));
        check("500mg po q8h", Some((500.0, "mg")), Some((3.0, "d")), Some("oral"));
        check("1 patch topically once a week", Some((1.0, "patch")), Some((1.0, "wk")), Some("topical"));
        check("10 units subcut at bedtime", Some((10.0, "unit")), Some((1.0, "d")), Some("subcutaneous"));
        check("2 sprays in each nostril 2 times per day", Some((2.0, "spray")), Some((2.0, "d")), Some("nasal"));
        check("a tablet every other day", Some((1.0, "tablet")), Some((0.5, "d")), None);
        check("1 tablet a day", Some((1.0, "tablet")), Some((1.0, "d")), None);
        check("1 cap 3x daily", Some((1.0, "capsule")), Some((3.0, "d")), None);
        check("apply to affected area bid", None, Some((2.0, "d")), Some("topical"));
        check("1 tab (5 mg) daily", Some((1.0, "tablet")), Some((1.0, "d")), None);
        check("1 tab q72h", Some((1.0, "tablet")), Some((1.0 / 72.0, "h")), None);
    }

    /// Numbers that are no dose, or half of one, or two of one.
    const STRENGTHS_AND_AMOUNTS: &[&str] = &[
        "Percocet 5/325 mg q6h prn",
        "TMP/SMX 800/160 mg bid",
        "lisinopril/HCTZ 20/12.5 mg daily",
        "1 po bid, disp 60 tabs",
        "1 po qd #30 tabs",
        "apply 30 g tube bid qty 1",
        "refill 3 tabs",
        "twenty-five units at bedtime",
        "twenty five units daily",
        "seventy two mg daily",
        "0. 5 mg daily",
        "1\u{2013}2 tabs daily",
        "1~2 tabs daily",
        "900 mg divided tid",
        "5 mg per kg daily",
        "1 packet in 30 mL water daily",
        "lisinopril 10 mg 2 po qd",
        "2 x 500 mg bid",
        "2 pills of 5 mg daily",
        "half of 10 mg daily",
        "1/2 10 mg daily",
        "half 50 mg daily",
        "Coumadin 5 mg 1/2 daily",
        "two-and-a-half tablets daily",
        "one and one-half tablets daily",
        "no more than 4 tabs daily",
        "1 tab bid - discontinued 3/4/2019",
        "D/C'd 3/4/19. 1 tab bid",
        "no longer taking 1 tab bid",
        "1 tab QD (hold if SBP<100)",
        "2 tabs in am and 1 in pm",
        "10 units in the morning, 15 at bedtime",
        "30 tabs 1 daily",
    ];

    #[test]
    fn what_is_not_plain_is_left_to_its_words() {
        let nothing = Sig::default();
        for text in [
            "",
            "as directed",
            "2 tabs daily x 3 days then 1 tab daily",
            "1 tab MWF, 2 tabs TTS",
            "do not take",
            "taper over 2 weeks",
            "hold if SBP < 100",
            "sliding scale",
        ] {
            assert_eq!(parse_sig(text), nothing, "{text}");
        }
        for text in
            ["1-2 tabs po q4h", "take 1 to 2 tablets", "1 or 2 caps", "10U daily", ".5 tab daily", "several drops"]
                .into_iter()
                .chain([
                    "0,5 mg daily",
                    "2,5 tabs bid",
                    "1,000 mg daily",
                    "one half tablet",
                    "1 half tablet",
                    "two half tablets",
                ])
                .chain(STRENGTHS_AND_AMOUNTS.iter().copied())
                .chain([
                    "between 1 and 2 tablets",
                    "1 T PO BID",
                    "1 t po bid",
                    "1½ tabs",
                    "1+1 tabs",
                    "2 (two) tablets",
                    "500 1 tab bid",
                ])
        {
            assert_eq!(parse_sig(text).dose, None, "{text}");
        }
        for text in ["q4-6h prn", "1 tab bid or tid", "1 tab od", "every few hours", "once"].into_iter().chain([
            "5 mg x 3 daily",
            "1 tab x3 daily",
            "1 tab qam and qhs",
            "1 tab every morning and at bedtime",
            "1 tab qam 1 tab qpm",
            "1 tab daily at breakfast and dinner",
            "1 tab daily with meals",
            "1 tab daily at 8 am and 8 pm",
            "1 tab twice in a day",
            "1 tab 3 times in a day",
            "take 2 daily",
            "1 tab 2 per day",
            "1,5 x daily",
            "1 tab q 2 days",
            "40 mg every 2 weeks at bedtime",
            "1 patch q3d qhs",
            "once every 3 months in the morning",
            "1 tab daily every other week",
            "1 tablet 5 days a week",
            "1 tab six days a week",
            "3 nights per week at bedtime",
            "1 tablet 2-3 times a day",
            "1 tab 1-2x daily",
            "seven times a day",
            "several times a day",
            "2 to 3 times daily",
            "two or three times a day",
            "once or twice daily",
            "1 tab bi-weekly",
            "1 tab biweekly",
            "1 tab M-F daily",
        ]) {
            assert_eq!(parse_sig(text).frequency, None, "{text}");
        }
        assert_eq!(parse_sig("1 tab po or pr").route, None);
    }
}
