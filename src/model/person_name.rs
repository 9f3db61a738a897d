//! A person's name that is written as one text, in its parts.

use super::IssueCode;

/// The parts of a whole name.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct NameParts {
    pub prefix: Option<String>,
    pub given: Option<String>,
    pub middle: Option<String>,
    pub family: Option<String>,
    pub suffix: Option<String>,
}

const PREFIXES: [&str; 9] = ["dr", "mr", "mrs", "ms", "miss", "prof", "rev", "sir", "sister"];
const SUFFIXES: [&str; 16] =
    ["jr", "sr", "ii", "iii", "iv", "md", "do", "np", "pa", "rn", "phd", "dds", "dpm", "pa-c", "fnp", "aprn"];
const PARTICLES: [&str; 13] = ["van", "von", "de", "del", "della", "der", "den", "da", "di", "la", "le", "st", "mac"];

/// "Last, First M", "First M Last", "Dr. First van Last MD".
pub fn parse_name(text: &str) -> Result<NameParts, IssueCode> {
    if !text.chars().any(char::is_alphabetic) {
        return Err(IssueCode::ValueRejected);
    }
    let bare = |word: &str| word.trim_matches(['.', ',']).to_lowercase();
    let mut parts = NameParts::default();
    let mut suffixes = Vec::new();
    let (before, after) = match text.split_once(',') {
        // "First Last, MD": the comma stands before a suffix.
        Some((name, rest)) if rest.split_whitespace().all(|word| SUFFIXES.contains(&bare(word).as_str())) => {
            suffixes.extend(rest.split_whitespace());
            (name, None)
        }
        Some((family, rest)) => (family, Some(rest)),
        None => (text, None),
    };
    let mut words: Vec<&str> = after.unwrap_or(before).split_whitespace().collect();
    if words.len() > 1 && PREFIXES.contains(&bare(words[0]).as_str()) {
        parts.prefix = Some(words.remove(0).to_owned());
    }
    while words.len() > 1 && words.last().is_some_and(|word| SUFFIXES.contains(&bare(word).as_str())) {
        suffixes.extend(words.pop());
    }
    let family_words = match after {
        Some(_) => {
            let mut family: Vec<&str> = before.split_whitespace().collect();
            while family.len() > 1 && family.last().is_some_and(|word| SUFFIXES.contains(&bare(word).as_str())) {
                suffixes.extend(family.pop());
            }
            family
        }
        None => {
            let particle = words.iter().skip(1).position(|word| PARTICLES.contains(&word.to_lowercase().as_str()));
            let start = particle.map_or(words.len().saturating_sub(1), |index| index + 1);
            words.split_off(start)
        }
    };
    let joined = |words: &[&str]| Some(words.join(" ").trim_matches(',').to_owned()).filter(|text| !text.is_empty());
    parts.family = joined(&family_words);
    parts.given = joined(&words[..words.len().min(1)]);
    parts.middle = joined(&words[words.len().min(1)..]);
    parts.suffix = joined(&suffixes);
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let check = |text: &str, expected: [&str; 5]| {
            let parts = parse_name(text).expect("a name");
            let shown =
                [parts.prefix, parts.given, parts.middle, parts.family, parts.suffix].map(Option::unwrap_or_default);
            assert_eq!(shown, expected, "{text}");
        };
        check("Smith, Anna B", ["", "Anna", "B", "Smith", ""]);
        check("Anna B Smith", ["", "Anna", "B", "Smith", ""]);
        check("Dr. Anna Smith MD", ["Dr.", "Anna", "", "Smith", "MD"]);
        check("Anna Smith, MD", ["", "Anna", "", "Smith", "MD"]);
        check("Ludwig van der Berg", ["", "Ludwig", "", "van der Berg", ""]);
        check("Smith Jr, John", ["", "John", "", "Smith", "Jr"]);
        check("Cher", ["", "", "", "Cher", ""]);
        check("Ludivina884 Steuber698", ["", "Ludivina884", "", "Steuber698", ""]);
        assert!(parse_name("12345").is_err());
    }
}
