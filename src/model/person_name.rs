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

const PREFIXES: [&str; 14] =
    ["dr", "mr", "mrs", "ms", "mx", "miss", "master", "prof", "rev", "fr", "hon", "sir", "dame", "sister"];
const SUFFIXES: [&str; 30] = [
    "jr", "sr", "ii", "iii", "iv", "2nd", "3rd", "4th", "esq", "md", "do", "np", "pa", "rn", "lpn", "phd", "dds",
    "dmd", "dpm", "dnp", "od", "pa-c", "fnp", "aprn", "arnp", "crnp", "cnm", "lcsw", "pharmd", "facp",
];
/// Suffixes that are people's names as well: they are suffixes behind a comma, or where they alone are in capitals.
const ALSO_NAMES: [&str; 3] = ["do", "pa", "od"];
const PARTICLES: [&str; 22] = [
    "van", "von", "de", "del", "della", "der", "den", "da", "di", "la", "le", "st", "mac", "du", "dos", "das", "las",
    "los", "ter", "bin", "ibn", "saint",
];
/// Particles in small letters only: in capitals they begin given names.
const SMALL_PARTICLES: [&str; 2] = ["al", "el"];

/// "Last, First M", "First M Last", "Dr. First van Last MD".
pub fn parse_name(text: &str) -> Result<NameParts, IssueCode> {
    if !text.chars().any(char::is_alphabetic) {
        return Err(IssueCode::ValueRejected);
    }
    let bare = |word: &str| word.replace(['.', ','], "").to_lowercase();
    let in_capitals = |text: &str| text.chars().any(char::is_alphabetic) && !text.chars().any(char::is_lowercase);
    let stands_out = !in_capitals(text);
    let is_suffix = |word: &str| SUFFIXES.contains(&bare(word).as_str());
    let ends_name = |word: &str| {
        is_suffix(word) && (!ALSO_NAMES.contains(&bare(word).as_str()) || (stands_out && in_capitals(word)))
    };
    let mut parts = NameParts::default();
    let mut suffixes = Vec::new();
    // "Last, Jr., First" and "Last, First, MD": pieces of nothing but suffixes, of which "First Last, MD" has one.
    let mut pieces: Vec<&str> = Vec::new();
    for (at, piece) in text.split([',', '，']).map(str::trim).filter(|piece| !piece.is_empty()).enumerate() {
        // "Nguyen, Do": what is all that stands behind a family name is a given name, if it can be one.
        let is_name = pieces.len() == 1
            && text.matches([',', '，']).count() == 1
            && !pieces[0].contains(' ')
            && ALSO_NAMES.contains(&bare(piece).as_str());
        if at > 0 && !is_name && piece.split_whitespace().all(is_suffix) {
            suffixes.extend(piece.split_whitespace());
        } else {
            pieces.push(piece);
        }
    }
    let first_names = pieces.get(1..).unwrap_or_default().join(" ");
    let before = pieces.first().copied().unwrap_or_default();
    let after = (pieces.len() > 1).then_some(first_names.as_str());
    let mut words: Vec<&str> = after.unwrap_or(before).split_whitespace().collect();
    if words.len() > 1 && PREFIXES.contains(&bare(words[0]).as_str()) {
        parts.prefix = Some(words.remove(0).to_owned());
    }
    while words.len() > 1 && words.last().is_some_and(|word| ends_name(word)) {
        suffixes.extend(words.pop());
    }
    let family_words = match after {
        Some(_) => {
            let mut family: Vec<&str> = before.split_whitespace().collect();
            while family.len() > 1 && family.last().is_some_and(|word| ends_name(word)) {
                suffixes.extend(family.pop());
            }
            family
        }
        None => {
            let particle = words
                .iter()
                .skip(1)
                .position(|word| PARTICLES.contains(&bare(word).as_str()) || SMALL_PARTICLES.contains(word));
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
        check("Smith, Jr., John", ["", "John", "", "Smith", "Jr."]);
        check("Smith, John A, MD", ["", "John", "A", "Smith", "MD"]);
        check("Smith, Dr. John, Ph.D., M.D.", ["Dr.", "John", "", "Smith", "Ph.D. M.D."]);
        check("John Smith III", ["", "John", "", "Smith", "III"]);
        check("SMITH-JONES, MARY ANN", ["", "MARY", "ANN", "SMITH-JONES", ""]);
        check("Mary St. John", ["", "Mary", "", "St. John", ""]);
        check("Omar al Rashid", ["", "Omar", "", "al Rashid", ""]);
        check("de la Cruz, José María", ["", "José", "María", "de la Cruz", ""]);
        // A name that is a degree as well.
        check("Anna Do", ["", "Anna", "", "Do", ""]);
        check("ANNA DO", ["", "ANNA", "", "DO", ""]);
        check("Anna Smith DO", ["", "Anna", "", "Smith", "DO"]);
        check("Nguyen, Do", ["", "Do", "", "Nguyen", ""]);
        check("Al Smith", ["", "Al", "", "Smith", ""]);
        check("Do, Anna", ["", "Anna", "", "Do", ""]);
        check("王小明", ["", "", "", "王小明", ""]);
        check("山田，太郎", ["", "太郎", "", "山田", ""]);
        check("Иванов, Пётр Ильич", ["", "Пётр", "Ильич", "Иванов", ""]);
        check("Cher", ["", "", "", "Cher", ""]);
        check("Ludivina884 Steuber698", ["", "Ludivina884", "", "Steuber698", ""]);
        assert!(parse_name("12345").is_err());
    }
}
