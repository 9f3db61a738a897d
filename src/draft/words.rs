//! Names of tables and columns as words: `ENCOUNTERCLASS`, `pat_no` and `BirthDt` are `encounter class`, `patient number`, `birth date`.

use super::lexicon::LEXICON;
use super::meanings::{MEANINGS, WHOLE_WORDS};
use crate::profile::{ColumnProfile, TableProfile};

/// A column's name without what stands before the names of nearly all columns of its table: `pc_title` among `pc_...` is `title`.
pub fn spoken<'a>(table: &TableProfile, column: &'a ColumnProfile) -> &'a str {
    let Some((prefix, rest)) = column.name.split_once('_').filter(|(_, rest)| !rest.is_empty()) else {
        return &column.name;
    };
    let has_it = |other: &&ColumnProfile| other.name.split_once('_').is_some_and(|(other, _)| other == prefix);
    let shared = table.columns.iter().filter(has_it).count();
    if shared >= 4 && shared * 10 >= table.columns.len() * 9 { rest } else { &column.name }
}

/// A name as words, lower case.
pub fn words(name: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut last = ' ';
    for c in name.chars() {
        let is_break =
            (c.is_uppercase() && last.is_lowercase()) || (c.is_ascii_digit() != last.is_ascii_digit() && last != ' ');
        if !c.is_alphanumeric() {
            last = ' ';
            continue;
        }
        if last == ' ' || is_break {
            parts.push(String::new());
        }
        if let Some(part) = parts.last_mut() {
            part.extend(c.to_lowercase());
        }
        last = c;
    }
    // `icd10`, `o2sat` and `spo2` are words although they have digits.
    let mut joined: Vec<String> = Vec::new();
    let mut at = 0;
    while at < parts.len() {
        let known = (2..=3)
            .rev()
            .find(|length| at + length <= parts.len() && meaning(&parts[at..at + length].concat()).is_some());
        let length =
            known.filter(|_| parts[at + 1].chars().all(|c| c.is_ascii_digit()) || parts[at].len() <= 2).unwrap_or(1);
        joined.push(parts[at..at + length].concat());
        at += length;
    }
    let mut out = Vec::new();
    for part in joined {
        for word in split(&part) {
            match meaning(&word) {
                Some(meaning) => out.extend(meaning.split(' ').map(str::to_owned)),
                None => out.push(singular(word)),
            }
        }
    }
    out.dedup();
    out
}

fn meaning(word: &str) -> Option<&'static str> {
    MEANINGS.iter().find(|(short, _)| *short == word).map(|(_, meaning)| *meaning)
}

/// Of several things, one: where that is a word we know.
fn singular(word: String) -> String {
    if WHOLE_WORDS.contains(&word.as_str()) {
        return word;
    }
    let one = match word.strip_suffix("ies") {
        Some(stem) => format!("{stem}y"),
        None => word.strip_suffix('s').unwrap_or_default().to_owned(),
    };
    let is_table = || LEXICON.iter().flat_map(|lexicon| lexicon.tables.split(['|', ' '])).any(|known| known == one);
    if one.len() >= 4 && (WHOLE_WORDS.contains(&one.as_str()) || is_table()) { one } else { word }
}

/// Cuts a word that is none into the fewest known ones.
fn split(part: &str) -> Vec<String> {
    let whole = || vec![part.to_owned()];
    if !part.is_ascii() || part.len() < 5 || meaning(part).is_some() || WHOLE_WORDS.contains(&part) {
        return whole();
    }
    let is_known = |text: &str| WHOLE_WORDS.contains(&text) || (text.len() >= 4 && meaning(text).is_some());
    // Fewest pieces that end at each byte, and where the last of them begins.
    let mut best: Vec<Option<(usize, usize)>> = vec![None; part.len() + 1];
    best[0] = Some((0, 0));
    for end in 1..=part.len() {
        for start in 0..end {
            let Some((pieces, _)) = best[start] else { continue };
            if is_known(&part[start..end]) && best[end].is_none_or(|(known, _)| pieces + 1 < known) {
                best[end] = Some((pieces + 1, start));
            }
        }
    }
    let mut pieces = Vec::new();
    let mut end = part.len();
    while end > 0 {
        let Some((_, start)) = best[end] else { return whole() };
        pieces.push(part[start..end].to_owned());
        end = start;
    }
    pieces.reverse();
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lexicon_is_written_as_names_are_read() {
        let words = LEXICON.iter().flat_map(|lexicon| {
            let names = lexicon.fields.iter().flat_map(|field| field.2.split(['|', ' ']));
            names.chain(lexicon.tables.split(['|', ' ']))
        });
        let unread: Vec<&str> = words.filter(|word| singular((*word).to_owned()) != *word).collect();
        assert!(unread.is_empty(), "{unread:?}");
    }

    #[test]
    fn names_are_words() {
        for (name, expected) in [
            ("ENCOUNTERCLASS", "encounter class"),
            ("pat_no", "patient number"),
            ("BirthDt", "birth date"),
            ("REASONDESCRIPTION", "reason description"),
            ("ADDR1", "address 1"),
            ("DOB", "birth date"),
            ("HOME_PH", "home phone"),
            ("icd10_code", "icd code"),
            ("PATNO", "patient number"),
            ("SPO2", "oxygen saturation"),
            ("MEMBERID", "member id"),
            ("RxNorm", "rxnorm"),
            ("SMOKINGSTATUSCODE", "smoking status code"),
            ("Date of Birth", "date of birth"),
            ("drugs", "drug"),
            ("ADDRESS", "address"),
        ] {
            assert_eq!(words(name).join(" "), expected, "{name}");
        }
    }
}
